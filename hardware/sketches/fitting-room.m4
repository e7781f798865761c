.PS
tr_title(`Fitting room', `Call inside, within reach sitting; answer outside at the same cabin: who answers has come.', 110)
tr_mm
k = 1/28
tr_floor(3, 117, 14)
line thick 2.4 from (8,14) to (8,14+2100*k)
line thick 2.4 from (62,14) to (62,14+2100*k)
tr_text(35, 94, *inside)
tr_text(90, 94, *outside)
# a bench and somebody sitting on it
box wid 14 ht 450*k with .sw at (23,14)
circle rad 115*k with .c at (30,14+1230*k)
line from (30,14+1100*k) to (30,14+470*k) to (30+420*k,14+470*k) to (30+450*k,14)
line from (30,14+1000*k) to (30+300*k,14+760*k) to (30+520*k,14+930*k)
tr_text(30, 18, ~bench)
tr_point(60.6, 14+1000*k)
tr_text(58.6, 14+1000*k+9, ~call button, rjust)
tr_text(58.6, 14+1000*k+12.4, ~with sent lamp, rjust)
line from (57,14+1000*k+7) to (60,14+1000*k+1.4)
tr_point(63.6, 14+1000*k)
tr_text(65.6, 14+1000*k+9, ~answer button, ljust)
line from (67,14+1000*k+7) to (64.4,14+1000*k+1.4)
tr_dim_v(70, 14, 14+1000*k, 900 to 1100, ljust)
tr_person(100, 14)
tr_text(100, 8, ~staff)
tr_text(35, 8, ~customer)
tr_text(3, 3.6, `~No other sensor in a cabin: no beam, no distance sensor, nothing that could look like a camera.', ljust)
.PE
