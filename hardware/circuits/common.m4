divert(-1)
include(libcct.m4)divert(-1)
# What all drawings share. One unit is one millimetre; a circuit is 120 wide.
# Texts: plain 2.7 mm; first character ! title, * bold, ~ small, ^ as typed.

# tr_title(title, caption, height, [name]): begins a drawing; its frame is 120 by height.
define(`tr_title', `cct_init
scale = 25.4
linewid = 12
textht = 1.9
textoffset = 0.8
linethick = 0.8
arrowht = 1.8
arrowwid = 1.2
tr_wide = 120
tr_high = $3
box invis wid tr_wide ht tr_high with .sw at (0,0)
"!$1" at (3,tr_high-4.5) ljust
"~$2" at (3,tr_high-9.8) ljust
ifelse(`$4',,,`"^circuit = \"$4\"" at (117,tr_high-4.5) rjust')
')

# The symbols used here, and then plain words are words again: a text may say "relay".
define(`tr_r', `ebox($1,6,2.2)')
define(`tr_c', defn(`capacitor'))
define(`tr_diode', defn(`diode'))
define(`tr_fuse', defn(`fuse'))
define(`tr_fet', defn(`mosfet'))
define(`tr_switch', defn(`dswitch'))
define(`tr_button', defn(`bswitch'))
define(`tr_forget', `ifelse(`$1',,,`undefine(`$1')tr_forget(shift($@))')')
tr_forget(`And',`Or',`Not',`Header',`Buffer',`battery',`bell',`buzzer',`capacitor',
  `contact',`contacts',`cross',`delay',`diode',`distance',`earphone',`floor',`fuse',`gap',`ground',
  `heater',`inductor',`jack',`jumper',`lamp',`loop',`manhattan',`microphone',`plug',`proximity',
  `reed',`relay',`resistor',`shade',`sign',`source',`speaker',`switch',`tapped',`transformer',
  `variable',`winding',`tick',`antenna',`socket',`clock')

# tr_text(x, y, text, ljust|rjust|): a text.
define(`tr_text', `"$3" at ($1,$2) $4')

# tr_terminal(x, y, name): a terminal of the terminal box.
define(`tr_terminal', `{circle rad 1.5 with .c at ($1,$2) fill 1
line from ($1-1.06,$2-1.06) to ($1+1.06,$2+1.06)
"*$3" at ($1,$2+3)}')

# tr_dot(x, y): wires that meet.
define(`tr_dot', `{circle rad 0.55 with .c at ($1,$2) fill 0}')

# tr_gnd(x, y): the sign for GND, hanging at a point.
define(`tr_gnd', `{line from ($1-1.8,$2) to ($1+1.8,$2)
line from ($1-1.1,$2-0.7) to ($1+1.1,$2-0.7)
line from ($1-0.4,$2-1.4) to ($1+0.4,$2-1.4)}')

# tr_cable(x1, x2, y1, y2, text above [, second line]): a cable around the wires from y1 up to y2.
define(`tr_cable', `{ellipse wid 2.4 ht ($4)-($3)+5 with .c at ($1,(($3)+($4))/2)
ellipse wid 2.4 ht ($4)-($3)+5 with .c at ($2,(($3)+($4))/2)
line dashed 1 from ($1,($4)+2.5) to ($2,($4)+2.5)
line dashed 1 from ($1,($3)-2.5) to ($2,($3)-2.5)
"~$5" at ((($1)+($2))/2,($4)+ifelse(`$6',,4.6,7.6))
ifelse(`$6',,,`"~$6" at ((($1)+($2))/2,($4)+4.6)')}')

# tr_cut(x, y): where a cable may be cut.
define(`tr_cut', `{line from ($1-1.3,$2-1.7) to ($1+0.3,$2+1.7)
line from ($1-0.3,$2-1.7) to ($1+1.3,$2+1.7)
"~cut" at ($1,$2-3.4)}')

# tr_zone(x1, y1, x2, y2, text): a dashed frame with its name inside at the top.
define(`tr_zone', `{box dashed 1.2 wid ($3)-($1) ht ($4)-($2) with .sw at ($1,$2)
"*$5" at ((($1)+($3))/2,($4)-2.6)}')

# Contacts from (x, y1) up to (x, y2): normally closed, normally open, a push button.
define(`tr_nc', `{line from ($1,$2) to ($1,(($2)+($3))/2-2.4) then to ($1+2.2,(($2)+($3))/2+3.2)
line from ($1+2.6,(($2)+($3))/2+2.2) to ($1,(($2)+($3))/2+2.2) then to ($1,$3)}')
define(`tr_no', `{line from ($1,$2) to ($1,(($2)+($3))/2-2.4) then to ($1-2.4,(($2)+($3))/2+2.2)
line from ($1,(($2)+($3))/2+2.4) to ($1,$3)}')
define(`tr_push', `{line from ($1,$2) to ($1,(($2)+($3))/2-2)
line from ($1,(($2)+($3))/2+2) to ($1,$3)
circle rad 0.5 with .c at ($1,(($2)+($3))/2-2) fill 1
circle rad 0.5 with .c at ($1,(($2)+($3))/2+2) fill 1
line from ($1-1.6,(($2)+($3))/2-2.8) to ($1-1.6,(($2)+($3))/2+2.8)
line from ($1-1.6,(($2)+($3))/2) to ($1-4.2,(($2)+($3))/2)
line from ($1-4.2,(($2)+($3))/2-1.4) to ($1-4.2,(($2)+($3))/2+1.4)}')

# tr_nfet(x, y, yd, ys): an n-channel FET, gate at the right (x + 4), drain up to yd, source down to ys.
define(`tr_nfet', `{line from ($1+4,$2) to ($1+2.6,$2)
line from ($1+2.6,$2-2) to ($1+2.6,$2+2)
line from ($1+1.7,$2-2.6) to ($1+1.7,$2+2.6)
line from ($1+1.7,$2+1.9) to ($1,$2+1.9) then to ($1,$3)
line from ($1+1.7,$2-1.9) to ($1,$2-1.9) then to ($1,$4)
line from ($1,$2-1.9) to ($1,$2)
arrow from ($1,$2) to ($1+1.7,$2)}')

# tr_npn(x, y, yc, ye): an NPN transistor, base at the left (x - 3), collector up, emitter down.
define(`tr_npn', `{line from ($1-2,$2-2.2) to ($1-2,$2+2.2)
line from ($1-2,$2+1) to ($1,$2+2.8) then to ($1,$3)
arrow from ($1-2,$2-1) to ($1,$2-2.8)
line from ($1,$2-2.8) to ($1,$4)}')

# tr_pin(y, text, which pin): a pin of the header, at its left edge x = 101.
define(`tr_pin', `{box wid 16 ht 5 with .w at (101,$1)
"*$2" at (109,$1)
"~$3" at (109,$1-4.4)}')

# tr_header(y1, y2): the board around its pins.
define(`tr_header', `tr_zone(98.5,$1,119,$2,board)')

# tr_boxes(y1, y2): terminal box and board.
define(`tr_boxes', `tr_zone(50,$1,96.5,$2,terminal box)
tr_header($1,$2)')

# tr_rc(ys, yg, y3): from the terminals 1 (x 54, ys) and 2 (x 54, yg) to the pins: pull-up
# 2.2 kOhm at y3, clamp, 1 kOhm in series, 100 nF at the pin.
define(`tr_rc', `tr_terminal(54,$1,1)
tr_terminal(54,$2,2)
line from (55.5,$1) to (69,$1)
tr_dot(59,$1)
tr_r(from (59,$1) to (59,$3))
line from (59,$3) to (101,$3)
tr_text(61.4,(($1)+($3))/2+1.7,2.2 kΩ,ljust)
tr_text(61.4,(($1)+($3))/2-1.7,~pull-up,ljust)
tr_dot(63,$1)
tr_diode(from (63,$2) to (63,$1),Z)
tr_text(65.4,(($1)+($2))/2+1.7,~ESD clamp,ljust)
tr_text(65.4,(($1)+($2))/2-1.7,~3.3 V,ljust)
tr_dot(63,$2)
tr_r(from (69,$1) to (81,$1))
tr_text(75,$1+3.2,1 kΩ)
line from (81,$1) to (101,$1)
tr_dot(83.5,$1)
tr_c(from (83.5,$1) to (83.5,$2))
tr_text(86,(($1)+($2))/2,~100 nF,ljust)
tr_dot(83.5,$2)
line from (55.5,$2) to (101,$2)
tr_pin($3,3V3,pin 1 or 17)
tr_pin($1,to GPIOn,pin: see sheet)
tr_pin($2,GND,pin 6 or 9 ...)
')

# tr_opto(ya, yk, y3, xd): an opto-coupler, LED from (68, ya) to (68, yk) with a diode
# across it at xd, transistor to the pins, 10 kOhm pull-up at y3.
define(`tr_opto', `tr_dot($4,$1)
tr_dot($4,$2)
tr_diode(from ($4,$2) to ($4,$1))
line from ($4,$1) to (72,$1)
line from ($4,$2) to (72,$2)
tr_diode(from (72,$1) to (72,$2))
arrow from (74,(($1)+($2))/2+1.6) to (77.4,(($1)+($2))/2+1.6)
arrow from (74,(($1)+($2))/2-0.6) to (77.4,(($1)+($2))/2-0.6)
tr_npn(81,(($1)+($2))/2,$1,$2)
box wid 15 ht ($1)-($2)-3 with .c at (76.3,(($1)+($2))/2)
line from (81,$1) to (101,$1)
line from (81,$2) to (101,$2)
tr_dot(88,$1)
tr_r(from (88,$1) to (88,$3))
line from (88,$3) to (101,$3)
tr_text(86,(($1)+($3))/2+1.7,~10 kΩ,rjust)
tr_text(86,(($1)+($3))/2-1.7,~pull-up,rjust)
tr_text(85.4,(($1)+($2))/2,~PC817B,ljust)
tr_pin($3,3V3,pin 1 or 17)
tr_pin($1,to GPIOn,pin: see sheet)
tr_pin($2,GND,pin 6 or 9 ...)
')

# tr_driver(yd [, x of the left end of GND]): an FET at x = 76 pulls the drain, up to yd, to GND when the line is high;
# 100 Ohm to its gate, 10 kOhm hold it off.
define(`tr_driver', `tr_nfet(76,52,$1,36)
line from (80,52) to (84,52)
tr_dot(82.5,52)
tr_r(from (82.5,36) to (82.5,52))
tr_dot(82.5,36)
tr_text(84.4,44,~10 kΩ,ljust)
tr_r(from (84,52) to (95,52))
tr_text(89.5,55.4,~100 Ω)
line from (95,52) to (101,52)
tr_dot(76,36)
line from (ifelse(`$2',,76,`$2'),36) to (101,36)
tr_pin(52,GPIOn,pin: see sheet)
tr_pin(36,GND,pin 6 or 9 ...)
')

# tr_states(rest, level, active, level, cut, level, reads, configuration): what the line says.
define(`tr_states', `line from (3,20.7) to (117,20.7)
tr_row(17.6,at rest,`$1',`$2',inactive)
tr_row(13.6,active,`$3',`$4',active)
tr_row(9.6,cable cut,`$5',`$6',`$7')
line from (3,7) to (117,7)
tr_text(3,4,^$8,ljust)
')
# tr_works(off, level, on, level, boot, level, what, configuration): the same for an output.
define(`tr_works', `line from (3,20.7) to (117,20.7)
tr_row(17.6,off,`$1',`$2',`dark, silent')
tr_row(13.6,on,`$3',`$4',`on')
tr_row(9.6,booting,`$5',`$6',`$7')
line from (3,7) to (117,7)
tr_text(3,4,^$8,ljust)
tr_text(117,4,~a cut cable is not seen: test it daily,rjust)
')
define(`tr_row', `tr_text(3,$1,*$2,ljust)
tr_text(22,$1,`$3',ljust)
tr_text(77,$1,*$4,ljust)
tr_text(96,$1,`$5',ljust)')
# tr_unit(x1, y1, x2, y2, first line [, second, third]): a box with its name.
define(`tr_unit', `{box wid ($3)-($1) ht ($4)-($2) with .sw at ($1,$2)
"*$5" at ((($1)+($3))/2,(($2)+($4))/2+ifelse(`$7',,ifelse(`$6',,0,1.8),3.2))
ifelse(`$6',,,`"~$6" at ((($1)+($3))/2,(($2)+($4))/2-ifelse(`$7',,1.8,0.2))')
ifelse(`$7',,,`"~$7" at ((($1)+($3))/2,(($2)+($4))/2-3.4)')}')

# tr_mm: what a sketch measures in.
define(`tr_mm', `"~lengths in mm" at (117,tr_high-4.5) rjust')

# Sketches: k is what one millimetre of the shop is on paper.
# tr_floor(x1, x2, y): the floor, hatched.
define(`tr_floor', `{line from ($1,$3) to ($2,$3)
for tr_x = $1+1 to $2-1.5 by 3 do { line from (tr_x+1.2,$3) to (tr_x,$3-1.2) }}')

# tr_person(x, y): somebody 1750 mm tall who stands at y, seen from the front.
define(`tr_person', `{circle rad 115*k with .c at ($1,($2)+1630*k)
line from ($1-70*k,($2)+1470*k) to ($1-210*k,($2)+1400*k) to ($1-240*k,($2)+900*k)
line from ($1+70*k,($2)+1470*k) to ($1+210*k,($2)+1400*k) to ($1+240*k,($2)+900*k)
line from ($1-70*k,($2)+1470*k) to ($1+70*k,($2)+1470*k)
line from ($1-150*k,($2)+1300*k) to ($1-150*k,($2)+850*k) to ($1-120*k,$2) to ($1-20*k,$2) to ($1,($2)+780*k)
line from ($1+150*k,($2)+1300*k) to ($1+150*k,($2)+850*k) to ($1+120*k,$2) to ($1+20*k,$2) to ($1,($2)+780*k)}')

# tr_from_above(x, y): somebody seen from above, walking up the page.
define(`tr_from_above', `{ellipse wid 480*k ht 240*k with .c at ($1,$2) fill 1
circle rad 95*k with .c at ($1,($2)+20*k) fill 1}')

# tr_dim_h(x1, x2, y, text [, above by]), tr_dim_v(x, y1, y2, text, ljust|rjust): a dimension.
define(`tr_dim_h', `{line <-> from ($1,$3) to ($2,$3)
line from ($1,($3)-1.4) to ($1,($3)+1.4)
line from ($2,($3)-1.4) to ($2,($3)+1.4)
"~$4" at ((($1)+($2))/2,($3)+2.4)}')
define(`tr_dim_v', `{line <-> from ($1,$2) to ($1,$3)
line from (($1)-1.4,$2) to (($1)+1.4,$2)
line from (($1)-1.4,$3) to (($1)+1.4,$3)
"~$4" at (($1)ifelse($5,rjust,-,+)1.4,(($2)+($3))/2) $5}')

# tr_point(x, y): a sensor: a black square.
define(`tr_point', `{box wid 2 ht 2 with .c at ($1,$2) fill 0}')
divert(0)dnl
