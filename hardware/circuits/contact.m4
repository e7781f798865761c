.PS
tr_title(`Door contact, normally closed', `Reed contact to GND, up to 5 m. An opened door and a cut cable both read active.', 88, contact)
tr_boxes(25, 74)
tr_rc(52, 36, 66)
tr_zone(1, 25, 26, 74, sensor)
tr_text(13.5, 67, reed contact)
tr_text(13.5, 63, ~closed while the)
tr_text(13.5, 59.8, ~door is shut)
line from (52.5,52) to (13,52)
tr_nc(13, 36, 52)
line from (13,36) to (52.5,36)
tr_cable(30, 46, 36, 52, `2 cores', `up to 5 m')
tr_cut(38, 52)
tr_states(`door shut: contact closed', LOW 0 V, `door open: contact open', HIGH 3.3 V,
  `nothing pulls the line down', HIGH 3.3 V, `reads active', `bias = \"pull-up\"; active = \"high\";')
tr_text(117, 4, ~a fault only if stuck_on_s is set, rjust)
.PE
