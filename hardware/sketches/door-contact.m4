.PS
tr_title(`Single door contact', `At the top of the leaf, on the lock side: the gap opens there first.', 98)
tr_mm
k = 1/32
tr_floor(3, 62, 12)
line thick 1.8 from (10,12) to (10,12+2040*k) to (42,12+2040*k) to (42,12)
box wid 30 ht 2000*k-1.4 with .sw at (11,12.6)
tr_text(12.4, 30, ~hinges, ljust)
circle rad 0.9 with .c at (11,24)
circle rad 0.9 with .c at (11,60)
circle rad 1 with .c at (38.6,43)
tr_text(36.6, 43, ~lock, rjust)
box wid 5 ht 1.6 with .c at (37,12+2000*k-1.8) fill 0
box wid 5 ht 1.6 with .c at (37,12+2040*k+1) fill 0
tr_text(37, 12+2040*k+4, ~reed on the frame)
tr_text(33.4, 12+2000*k-5, ~magnet, rjust)
tr_text(33.4, 12+2000*k-8.2, ~on the leaf, rjust)
line from (34.4,12+2000*k-4.8) to (35.6,12+2000*k-2.8)
tr_person(54, 12)
# the two parts, twice their size
tr_text(92, 76, *closed)
box wid 44 ht 9 with .sw at (70,60)
tr_text(92, 64.4, ~frame)
box wid 30 ht 4 with .sw at (77,56) fill 0.85
tr_text(92, 58, ~reed)
box wid 30 ht 4 with .sw at (77,44) fill 0.6
tr_text(92, 46, ~magnet)
box wid 44 ht 9 with .sw at (70,35)
tr_text(92, 39.4, ~leaf)
tr_dim_v(110, 48, 56, , ljust)
tr_text(92, 52, ~gap 5 to 10 mm)
tr_text(92, 29, ~half of what the data sheet allows)
tr_text(92, 25, ~steel frame: 10 mm of plastic under both)
tr_text(92, 21, ~it counts openings: not people and)
tr_text(92, 17.6, ~not which way they go)
.PE
