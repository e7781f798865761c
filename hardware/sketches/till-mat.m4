.PS
tr_title(`Mat before a till', `600 by 400 mm under the floor covering; the cable leaves towards the counter.', 84)
tr_mm
k = 1/14
tr_text(40, 70, *from above)
box wid 66 ht 14 with .sw at (6,52)
tr_text(39, 59, ~counter)
box wid 600*k ht 400*k with .n at (39,52-100*k) fill 0.88
tr_from_above(39, 52-300*k)
tr_dim_h(39-300*k, 39+300*k, 10, 600)
line dotted 1 from (39-300*k,52-500*k) to (39-300*k,10)
line dotted 1 from (39+300*k,52-500*k) to (39+300*k,10)
tr_dim_v(66, 52-500*k, 52-100*k, 400, ljust)
line dotted 1 from (39+300*k,52-500*k) to (66,52-500*k)
line dotted 1 from (39+300*k,52-100*k) to (66,52-100*k)
tr_dim_v(12, 52-100*k, 52, 100, rjust)
line dotted 1 from (39-300*k,52-100*k) to (12,52-100*k)
line from (54,52-100*k) to (54,58) to (72,58)
tr_text(73, 58, ~cable to the box, ljust)
k = 1/36
tr_text(102, 68, *from the side)
tr_floor(78, 117, 14)
box wid 10 ht 950*k with .sw at (80,14)
line thick 2 from (90+100*k,14.4) to (90+500*k,14.4)
line from (90,15.4) to (116,15.4)
tr_text(98, 7.4, ~bevelled or flush: nobody)
tr_text(98, 4, ~may stumble)
tr_person(90+330*k, 15.4)
tr_text(3, 3.4, `~Not where a trolley is parked.', ljust)
.PE
