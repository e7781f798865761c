.PS
tr_title(`Places along the line', `One sensor a place, 700 mm apart, at least three; place 1 is the head of the line.', 98)
tr_mm
k = 1/36
tr_floor(3, 117, 20)
box wid 12 ht 950*k with .sw at (3,20)
tr_text(9, 34, ~till)
tr_person(27, 20)
tr_person(27+700*k, 20)
tr_person(27+1400*k, 20)
box wid 600*k ht 0.9 with .n at (27,20) fill 0
box wid 600*k ht 0.9 with .n at (27+700*k,20) fill 0
box wid 600*k ht 0.9 with .n at (27+1400*k,20) fill 0
tr_text(27, 15.4, *1)
tr_text(27+700*k, 15.4, *2)
tr_text(27+1400*k, 15.4, *3)
tr_text(27+700*k, 11.6, ~mats: one each and a gap between)
tr_dim_h(27, 27+700*k, 76, 700)
tr_dim_h(27+700*k, 27+1400*k, 76, 700)
line dotted 1 from (27,22+1750*k) to (27,76)
line dotted 1 from (27+700*k,22+1750*k) to (27+700*k,76)
line dotted 1 from (27+1400*k,22+1750*k) to (27+1400*k,76)
tr_dim_h(27+1400*k, 27+2400*k, 76, 1000)
line dotted 1 from (27+2400*k,20) to (27+2400*k,76)
tr_point(27+2400*k, 20+1000*k)
tr_dim_v(27+2400*k-5, 20, 20+1000*k, 1000, rjust)
tr_text(27+2400*k+2, 20+1000*k+4, ~entry beam, ljust)
tr_text(27+2400*k+2, 20+1000*k, ~(join), ljust)
tr_text(116, 34, ~nobody passes, rjust)
tr_text(116, 30.6, ~who does not, rjust)
tr_text(116, 27.2, ~queue, rjust)
tr_text(3, 7, `~Instead of a mat: a distance sensor at 1000 from the side, or at 2300 to 2600 from above.', ljust)
tr_text(3, 3.4, `~Trolleys usual: 1000 mm from place to place, for a trolley takes one of its own.', ljust)
.PE
