.PS
tr_title(`Push button, normally open', `Button to GND, up to 5 m. A cut cable cannot be seen: press it every morning.', 88, button)
tr_boxes(25, 74)
tr_rc(52, 36, 66)
tr_zone(1, 25, 26, 74, button)
tr_text(13.5, 67, push button)
tr_text(13.5, 63, ~with a lamp: see)
tr_text(13.5, 59.8, ~also sent-lamp)
line from (52.5,52) to (15,52)
tr_push(15, 36, 52)
line from (15,36) to (52.5,36)
tr_cable(30, 46, 36, 52, `2 cores', `up to 5 m')
tr_cut(38, 52)
tr_states(`not pressed', HIGH 3.3 V, `pressed', LOW 0 V,
  `looks like nobody pressing', HIGH 3.3 V, `NOT SEEN', `bias = \"pull-up\"; active = \"low\";')
.PE
