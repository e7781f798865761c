.PS
tr_title(`Ring relay beside the telephone', `No wire of the telephone line comes to the box: only the dry contact of an approved relay.', 84)
tr_mm
tr_text(3, 66, *wall, ljust)
line thick 1.6 from (3,22) to (117,22)
tr_text(10, 18.6, ~desk, ljust)
tr_unit(8, 44, 26, 58, telephone, socket)
tr_unit(44, 40, 70, 62, ring relay, in the case, of its maker)
tr_unit(98, 44, 116, 58, mains, socket)
line from (26,51) to (44,51)
tr_text(35, 53.4, ~telephone)
tr_text(35, 48.6, ~line)
tr_dim_h(70, 98, 53, at least 100)
# the telephone on the desk
box wid 18 ht 6 rad 2 with .sw at (8,22)
box wid 22 ht 3.4 rad 1.6 with .sw at (6,28.6)
line from (17,32) to (17,44)
# the dry contact
line thick 1.4 from (57,40) to (57,30) to (112,30)
arrow thick 1.4 from (108,30) to (117,30)
tr_text(62, 33, ~dry contact: 2 cores to the box, ljust)
box wid 46 ht 8 with .sw at (62,10)
tr_text(85, 15.4, ~label: telephone line;)
tr_text(85, 12.2, ~not extra-low voltage)
line dashed 1 from (62,15) to (52,15) to (52,40)
tr_text(3, 5, `~Telephone line on the left of the relay, our cable on its right; never in one cable or one duct.', ljust)
.PE
