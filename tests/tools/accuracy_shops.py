"""Shops with one station each, "it", one for every way to see a wait (thirdring-rules(7)).

Conditioning and rules are the manual's defaults. Two things are set where
there is a line: a couple is one customer (party_window_s = 4), and the row is
long enough for the line.

`missed` is what a beam, a mat or a button does not see when sensors miss things:
types of sensors. `counted` and `occupied` say what the simple counters of
rivals.py go by: counted = (sensors of arrivals, sensors of services, does one
answer reach all), occupied = (how, sensors): "head", "ringing" or "latched".
`least_s`: who waits less than this, those sensors cannot see.
"""
from collections import namedtuple

Shop = namedtuple("Shop",
                  "name title sensors gates station options missed counted occupied least_s",
                  defaults=(0.0,))

OPENS, CLOSES = 9, 19
# Two tills, 50 customers an hour, most of a minute each: a line now and then.
LINE = ("--rate", "50", "--service", "50")


def sensors(**kinds):
    return [f'  {{ id = "{ident}"; type = "{kind}"; line = "{ident}"; }}'
            for kind, idents in kinds.items() for ident in idents.split()]


def queue(text, party="party_window_s = 4.0; "):
    return (f'  {{ id = "it"; kind = "queue"; {party}{text}\n'
            "    target = { seconds = 60.0; percent = 80.0; }; }")


def station(kind, text, target):
    return (f'  {{ id = "it"; kind = "{kind}"; {text}\n'
            f"    target = {{ {target}; percent = 80.0; }}; }}")


TILLS = ('positions = ( { id = "t1"; presence = "till1"; }, '
         '{ id = "t2"; presence = "till2"; } );')
ROW = [f"p{n}" for n in range(1, 13)]
PLACES = f'places = [ {", ".join(f"{chr(34)}{p}{chr(34)}" for p in ROW)} ];'

SHOPS = [
    Shop("door", "door: two beams, greet button", sensors(beam="outer inner", button="greet"),
         'gates = ( { id = "gate"; outer = "outer"; inner = "inner"; } );\n',
         station("greeting", 'arrive = "gate"; answer = "greet";', "rings = 3"),
         ("--rate", "30"), ("beam",), (("inner",), ("greet",), True), ("latched", ("inner", "greet"))),
    Shop("tills", "line: join beam, tills", sensors(beam="join leave", presence="till1 till2"), "",
         queue(f'join = "join"; leave = "leave"; {TILLS}'), LINE, ("beam",), (("join",), ("till1", "till2"), False), None),
    Shop("places", "line: places alone", sensors(presence=" ".join(ROW)), "",
         queue(PLACES, ""), LINE, ("presence",), None, ("head", ("p1",)), 3.0),
    Shop("row", "line: places, tills", sensors(presence=" ".join(ROW) + " till1 till2"), "",
         queue(f"{PLACES} {TILLS}", ""), LINE, ("presence",), None, ("head", ("p1",))),
    Shop("both", "line: join beam, places, tills",
         sensors(beam="join leave", presence=" ".join(ROW) + " till1 till2"), "",
         queue(f'join = "join"; leave = "leave"; {PLACES} {TILLS}'), LINE, ("beam",),
         (("join",), ("till1", "till2"), False), ("head", ("p1",))),
    Shop("serve", "line: join beam, serve beam", sensors(beam="join leave serve"), "",
         queue('join = "join"; leave = "leave"; serve = "serve";'), LINE, ("beam",),
         (("join",), ("serve",), False), None),
    Shop("lines", "a line to each till", sensors(beam="join1 join2", presence="till1 till2"), "",
         queue('discipline = "line_per_position"; positions = (\n'
               '      { id = "t1"; presence = "till1"; join = "join1"; },\n'
               '      { id = "t2"; presence = "till2"; join = "join2"; } );'), LINE, ("beam",),
         (("join1", "join2"), ("till1", "till2"), False), None),
    Shop("tickets", "tickets, \"next\" buttons",
         sensors(contact="ticket", presence="till1 till2", button="next1 next2"), "",
         queue('discipline = "tickets"; join = "ticket"; positions = (\n'
               '      { id = "t1"; presence = "till1"; next = "next1"; },\n'
               '      { id = "t2"; presence = "till2"; next = "next2"; } );', ""), LINE, ("contact",),
         (("ticket",), ("next1", "next2"), False), None),
    Shop("phone", "telephone, off-hook sense", sensors(ring="ring", hook="hook"), "",
         station("phone", 'lines = ( { id = "l1"; ring = "ring"; hook = "hook"; } );', "rings = 3"),
         ("--rate", "12"), ("ring",), None, ("ringing", ("ring",))),
    Shop("call", "call button, answer button", sensors(button="call answer"), "",
         station("call", 'call = "call"; answer = "answer";', "seconds = 60.0"),
         ("--rate", "12"), ("button",), (("call",), ("answer",), True), ("latched", ("call", "answer"))),
]


def config(shop):
    listed = ",\n".join(shop.sensors)
    return ('site = { id = "accuracy"; timezone = "UTC"; };\n'
            f'hours = ( {{ days = "mon-sun"; open = "{OPENS:02d}:00"; close = "{CLOSES}:00"; }} );\n'
            f"sensors = (\n{listed}\n);\n{shop.gates}stations = (\n{shop.station}\n);\n")
