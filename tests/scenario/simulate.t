#!/usr/bin/python3
"""Invented days: the trace is legal, the same seed gives the same day, every
option does what it says, and with perfect sensors and people whom sensors can
tell apart the engine finds out every wait to the millisecond.

What sensors cannot know is left out of the exact comparison by options: two
abreast in one beam, regulars served before those who came first, customers who
leave the line or the shop unserved (whose place in it nobody sees), staff who
forget the void key.
"""
import datetime
import hashlib
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import tap

test = tap.Tap()
WORK = tap.work_dir("simulate")
PROGRAM = os.path.join(tap.BUILD, "thirdring")
DEMO = os.path.join(tap.TOP, "etc", "demo", "shop.conf")
EXAMPLE = os.path.join(tap.TOP, "etc", "thirdring.conf")
SEEDS = range(1, 6)
TELLABLE = ["--merged", "0", "--jump", "0", "--forget", "0"]
SHOP = TELLABLE + ["--patience", "entrance=0", "--patience", "tills=0", "--groups", "tills=0"]


def run(*args):
    return subprocess.run([PROGRAM, "simulate", *args], capture_output=True, text=True, check=False)


class Day:
    """One invented day: its trace, its truth and, when asked for, its replay."""

    def __init__(self, conf, *args):
        self.conf = conf
        self.path = os.path.join(WORK, "day.trace")
        truth = os.path.join(WORK, "truth.jsonl")
        done = run("--config", conf, "--truth", truth, *args)
        if done.returncode != 0:
            tap.bail_out(f"simulate {args} ended with {done.returncode}: {done.stderr}")
        self.trace = done.stdout
        with open(truth, encoding="utf-8") as lines:
            self.text = lines.read()
        records = [json.loads(line) for line in self.text.splitlines()]
        self.truth, self.summary = records[:-1], records[-1]["stations"]
        self.edges = [line.split() for line in self.trace.splitlines() if line[0] != "#"]

    def of(self, kind, station=None):
        return [t for t in self.truth
                if t["type"] == kind and station in (None, t.get("station"))]

    def active(self, sensor):
        return [float(e[0]) for e in self.edges if e[1] == sensor and e[2] == "1"]

    def replay(self):
        with open(self.path, "w", encoding="utf-8") as out:
            out.write(self.trace)
        records, summary = tap.replay(self.conf, self.path)
        start = datetime.datetime.fromisoformat(
            self.trace.splitlines()[1].split()[2].replace("Z", "+00:00"))
        return records, summary, start


def since(start, stamp):
    then = datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    return round((then - start).total_seconds() * 1000)


def waits_differ(day, records, start, station, outcome_of=None):
    """Complaints: every customer's moment (within a ms of rounding), outcome and wait."""
    lived = sorted((t["arrived_s"] * 1000, (outcome_of or {}).get(t["outcome"], t["outcome"]),
                    t["wait_s"]) for t in day.of("customer", station))
    seen = sorted((since(start, r["opened"]), r["outcome"], r["wait_s"]) for r in records
                  if r["type"] == "wait" and r["station"] == station
                  and r["reason"] != "staff_key")
    wrong = [f"lived {a}, engine {b}" for a, b in zip(lived, seen)
             if abs(a[0] - b[0]) > 1 or a[1] != b[1] or abs(a[2] - b[2]) > 0.00051]
    if len(lived) != len(seen):
        wrong.append(f"{len(lived)} customers, {len(seen)} waits")
    return wrong[:5]


def votes_differ(day, records, start, station):
    lived = [(round(t["at_s"] * 1000), t["button"]) for t in day.of("vote", station)]
    seen = [(since(start, r["at"]), r["button"]) for r in records
            if r["type"] == "vote" and r["station"] == station]
    wrong = [f"pressed {a}, engine {b}" for a, b in zip(lived, seen)
             if abs(a[0] - b[0]) > 1 or a[1] != b[1]]
    return wrong[:5] + ([f"{len(lived)} and {len(seen)}"] if len(lived) != len(seen) else [])


def check_exact(name, conf, *args, outcome_of=None):
    for seed in SEEDS:
        day = Day(conf, "--seed", str(seed), *args)
        records, summary, start = day.replay()
        complaints, lived = [], 0
        for station, figures in day.summary.items():
            if figures["kind"] == "feedback":
                complaints += votes_differ(day, records, start, station)
                lived += len(day.of("vote", station))
                continue
            complaints += waits_differ(day, records, start, station, outcome_of)
            lived += len(day.of("customer", station))
            if outcome_of is None:  # a keyed service ends at the next press: not compared
                complaints += [f"{station}.{k}: lived {v}, engine {summary[station].get(k)}"
                               for k, v in figures.items()
                               if k != "service_s" and summary[station].get(k) != v]
        test.ok(lived > 20 and not complaints,
                f"{name}, seed {seed}: all {lived} as they lived it", *complaints)


# --- shops of one station each ---------------------------------------------------------------

HEAD = ('site = { id = "invented"; timezone = "Europe/London"; };\n'
        'hours = ( { days = "mon-sun"; open = "09:00"; close = "17:00"; } );\n')
GATE = 'gates = ( { id = "g"; outer = "o"; inner = "i"; } );\n'
BEAMS = [("o", "beam"), ("i", "beam")]
TILLS = [("p1", "presence"), ("p2", "presence")]
TWO = 'positions = ( { id = "a"; presence = "p1"; }, { id = "b"; presence = "p2"; } );'


def shop(name, sensors, station, gates="", target="target = { seconds = 60.0; };"):
    path = os.path.join(WORK, f"{name}.conf")
    wires = ",\n".join(f'  {{ id = "{i}"; type = "{t}"; line = "L{n}"; }}'
                       for n, (i, t) in enumerate(sensors))
    with open(path, "w", encoding="utf-8") as out:
        out.write(f'{HEAD}sensors = (\n{wires}\n);\n{gates}stations = ( {{ id = "s"; {station} '
                  f'{target} }} );\n')
    return path


QUIET = ["--staff", "0", "--deliveries", "0", "--patience", "0"]
LINE = TELLABLE + QUIET + ["--groups", "0"]
SHOPS = [
    ("a line and two tills", shop("line", [("j", "beam")] + TILLS,
                                  f'kind = "queue"; join = "j"; {TWO}'), LINE),
    ("a gate to the line, couples", shop(
        "gate", BEAMS + TILLS, f'kind = "queue"; join = "g"; party_window_s = 4.0; {TWO}', GATE),
     TELLABLE + QUIET + ["--groups", "0.3", "--spacing", "5"]),
    ("a next button", shop("next", [("j", "beam"), ("n", "button")],
                           'kind = "queue"; join = "j"; '
                           'positions = ( { id = "a"; next = "n"; } );'), LINE),
    ("tickets", shop("tickets", [("j", "contact"), ("n", "button")] + TILLS[:1],
                     'kind = "queue"; join = "j"; discipline = "tickets"; '
                     'positions = ( { id = "a"; next = "n"; presence = "p1"; } );'), LINE),
    ("a room", shop("room", BEAMS, 'kind = "queue"; join = "g";', GATE),
     LINE + ["--tills", "1", "--rate", "15"]),
    ("a serve beam", shop("serve", [("j", "beam"), ("k", "beam")],
                          'kind = "queue"; join = "j"; serve = "k";'), LINE),
    ("a line for each till", shop(
        "lines", [("j1", "beam"), ("j2", "beam")] + TILLS,
        'kind = "queue"; discipline = "line_per_position"; '
        'positions = ( { id = "a"; join = "j1"; presence = "p1"; }, '
        '{ id = "b"; join = "j2"; presence = "p2"; } );'), LINE + ["--change", "0"]),
    ("a door, the oldest first", shop(
        "oldest", BEAMS + [("hi", "button")],
        'kind = "greeting"; arrive = "g"; answer = "hi"; answers = "oldest";', GATE),
     TELLABLE + QUIET),
    ("a door and a mat", shop("mat", BEAMS + [("m", "staff")],
                              'kind = "greeting"; arrive = "g"; answer = "m";', GATE),
     TELLABLE + QUIET),
    ("a single contact, a mat inside", shop(
        "contact", [("c", "contact"), ("in", "presence"), ("hi", "button")],
        'kind = "greeting"; arrive = "c"; inside = "in"; answer = "hi";'),
     TELLABLE + QUIET + ["--spacing", "12", "--rate", "10"]),
    ("a help button", shop("call", [("c", "button"), ("a", "button")],
                           'kind = "call"; call = "c"; answer = "a";'), ["--rate", "10"]),
    ("two telephone lines", shop(
        "phone", [("r1", "ring"), ("h1", "hook"), ("r2", "ring"), ("h2", "hook")],
        'kind = "phone"; lines = ( { id = "a"; ring = "r1"; hook = "h1"; }, '
        '{ id = "b"; ring = "r2"; hook = "h2"; } );'), ["--rate", "12"]),
    ("smileys", shop("smileys", [("g", "button"), ("b", "button")],
                     'kind = "feedback"; buttons = ( { id = "good"; sensor = "g"; score = 100; }, '
                     '{ id = "bad"; sensor = "b"; score = 0; } );', target=""),
     ["--rate", "20"]),
]


def check_shops():
    check_exact("the demo's shop", DEMO, *SHOP)
    check_exact("the demo's shop, contacts bounce", DEMO, "--bounce-ms", "20", *SHOP)
    # A place of the line that comes free while a served customer is out of
    # sight would be the next one's sign (RULES 13): nobody fidgets here.
    check_exact("the example's shop", EXAMPLE, "--fidget", "0", *SHOP)
    for name, conf, args in SHOPS:
        check_exact(name, conf, *args)
    # No off-hook sense: silence may have been an answer elsewhere.
    check_exact("a telephone with an answer button", shop(
        "button", [("r", "ring"), ("a", "button")],
        'kind = "phone"; lines = ( { id = "a"; ring = "r"; answer = "a"; } );'),
        "--rate", "12", outcome_of={"abandoned": "unknown"})


# --- the trace and the seed --------------------------------------------------------------------

def check_trace():
    day = Day(EXAMPLE, "--seed", "7", "--bounce-ms", "20", "--ghosts", "5", "--miss", "0.1",
              "--stuck", "line_in@12:00+600", "--cut", "door_outer@15:00", "--cut", "greet@15:00+60",
              "--storm", "till_1@12:30+3", "--storm", "phone_ring@13:00+3")
    last, level, wrong = 0.0, {}, []
    for at, sensor, value in day.edges:
        if float(at) < last or level.get(sensor, "0") == value:
            wrong.append((at, sensor, value))
        last, level[sensor] = float(at), value
    test.ok(len(day.edges) > 5000 and not wrong,
            "times never go back, no level is told twice, whatever goes wrong", *wrong[:5])
    records, _, _ = day.replay()
    test.ok(len(records) > 500, "replay reads it")


def check_seed():
    one, again, other = (Day(DEMO, "--seed", s) for s in ("11", "11", "12"))
    test.ok(one.trace == again.trace and one.text == again.text,
            "the same seed gives the same day, byte for byte")
    test.ok(one.trace != other.trace, "another seed, another day")
    broken = Day(DEMO, "--seed", "11", "--miss", "0.3", "--bounce-ms", "9", "--ghosts", "3")
    test.ok(broken.text == one.text and broken.trace != one.trace,
            "sensors change what is seen, not what happened")
    # The same on every machine. A change of the simulation changes this on purpose.
    known = hashlib.sha256(Day(SHOPS[0][1], "--seed", "1").trace.encode()).hexdigest()
    test.same(known, CHECKSUM, "a day known by its checksum")


CHECKSUM = "865e79dea444c2ed8caf63e9348a1a5ec7e7ec96f8c89d47efaeffa2592ddef0"


# --- people ---------------------------------------------------------------------------------------

def share(some, all_of):
    return len(some) / len(all_of) if all_of else 0.0


def check_people():
    day = Day(DEMO, "--seed", "5", "--rate", "tills=60", "--patience", "0", "--votes", "0")
    n = len(day.of("customer", "tills"))
    test.ok(600 < n < 720, f"--rate: 60 an hour in 11 hours are about 660: {n}")
    rush = [t for t in day.of("customer", "tills") if 3 * 3600 <= t["arrived_s"] < 4.5 * 3600]
    calm = [t for t in day.of("customer", "tills") if t["arrived_s"] < 1.5 * 3600]
    test.ok(len(rush) > 2 * len(calm), f"noon is busier than the morning: {len(rush)}, {len(calm)}")
    test.same([t for t in day.of("customer") if t["outcome"] == "abandoned"
               and t["station"] != "phone"], [], "--patience 0: nobody gives up")
    test.same(day.of("vote"), [], "--votes 0: nobody presses")
    day = Day(DEMO, "--seed", "5", "--patience", "20", "--tills", "1")
    gone = [t for t in day.of("customer", "tills") if t["outcome"] == "abandoned"]
    left = day.active("line_out")
    test.ok(len(gone) > 100, f"--patience 20 --tills 1: {len(gone)} leave the line")
    test.ok(gone and all(any(abs(t["arrived_s"] + t["wait_s"] - at) < 1e-5 for at in left)
                         for t in gone), "each by the side exit, whose beam ends the wait")
    test.same(day.active("till_2"), [], "--tills 1: nobody works at the second till")
    day = Day(DEMO, "--seed", "5", "--groups", "1", "--group-max", "3", "--merged", "0",
              "--patience", "0", "--linger", "0", "--turn-back", "0", "--staff", "0",
              "--deliveries", "0", "--rate", "entrance=3")
    sizes = {t["party"] for t in day.of("customer", "entrance")}
    test.ok(sizes and sizes <= {2, 3, 4, 5, 6} and {2, 3} <= sizes, f"--groups 1: {sizes}")
    people = sum(t["party"] for t in day.of("customer", "entrance"))
    test.same(len(day.active("door_outer")), 2 * people, "each of them through the door, twice")
    merged = Day(DEMO, "--seed", "5", "--groups", "1", "--merged", "1")
    test.ok(len(merged.active("door_outer"))
            < 1.4 * sum(t["party"] for t in merged.of("customer", "entrance")),
            "--merged 1: the beams see one body")


def order_broken(day):
    """How often somebody is served before another who came earlier."""
    lived = sorted(day.of("customer", "tills"), key=lambda t: t["arrived_s"])
    ends = [t["arrived_s"] + t["wait_s"] for t in lived]
    return sum(a > b for a, b in zip(ends, ends[1:]))


def check_habits():
    args = ["--patience", "0", "--groups", "0", "--merged", "0", "--rate", "tills=110"]
    test.same(order_broken(Day(DEMO, "--seed", "6", "--jump", "0", *args)), 0,
              "first come, first served")
    test.ok(order_broken(Day(DEMO, "--seed", "6", "--jump", "0.2", *args)) > 20,
            "--jump: regulars are served first")
    day = Day(DEMO, "--seed", "6", "--staff", "10", "--deliveries", "5", "--forget", "0.5")
    passed = day.of("staff") + day.of("delivery")
    test.ok(0.35 < share([t for t in passed if not t["void_key"]], passed) < 0.65,
            f"--forget 0.5: half of {len(passed)} passages without the key")
    test.same(len(day.active("not_customer")), sum(t["void_key"] for t in passed),
              "a press for each of the others")
    test.same(len([t for t in day.of("delivery") if t["in"]]) * 2, len(day.of("delivery")),
              "what is delivered goes out again")
    day = Day(DEMO, "--seed", "6", "--unanswered", "1", "--patience", "0")
    test.ok(day.of("customer", "phone") and not day.active("phone_hook"),
            "--unanswered 1: nobody picks up")
    day = Day(DEMO, "--seed", "6", "--cadence", "1/2", "--unanswered", "1", "--patience", "40")
    bursts = sum(t["rings"] for t in day.of("customer", "phone"))
    test.same(len(day.active("phone_ring")), bursts, "--cadence: as many bursts as rings heard")
    gaps = [b - a for a, b in zip(day.active("phone_ring"), day.active("phone_ring")[1:])]
    test.ok(gaps and abs(min(gaps) - 3.0) < 1e-5, f"--cadence 1/2: 3 s apart, {min(gaps)}")
    slow, quick = (Day(DEMO, "--seed", "6", "--answer", f"{s}", "--early", "0").summary
                   for s in (30, 3))
    test.ok(slow["entrance"]["wait_s"]["p50"] > 3 * quick["entrance"]["wait_s"]["p50"]
            and slow["fitting"]["wait_s"]["p50"] > 2 * quick["fitting"]["wait_s"]["p50"],
            "--answer: how soon staff come")
    long = Day(DEMO, "--seed", "6", "--service", "tills=200", "--tills", "3").summary
    test.ok(150 < long["tills"]["service_s"]["p50"] < 260, "--service: how long it takes")
    same = Day(DEMO, "--seed", "6", "--spread", "0", "--service", "tills=50", "--fidget", "0")
    ends = {round(t["service_s"], 3) for t in same.of("customer", "tills") if t["service_s"]}
    test.same(ends, {50.0}, "--spread 0: all take the same time")
    asked = Day(DEMO, "--seed", "6", "--repeat", "1", "--answer", "60", "--rate", "fitting=10")
    once = Day(DEMO, "--seed", "6", "--repeat", "0", "--answer", "60", "--rate", "fitting=10")
    test.ok(len(asked.active("fitting_call")) > len(asked.of("customer", "fitting")) * 1.3
            and len(once.active("fitting_call")) == len(once.of("customer", "fitting")),
            "--repeat: they press again")
    early = Day(DEMO, "--seed", "6", "--early", "1", "--staff", "0", "--deliveries", "0")
    test.ok(share([t for t in early.of("customer", "entrance") if t["wait_s"] == 0],
                  early.of("customer", "entrance")) > 0.5, "--early: greeted in the doorway")
    fidgets, still = (Day(DEMO, "--seed", "6", "--fidget", p, "--passers", "0") for p in "10")
    test.ok(len(fidgets.active("till_1")) > 1.5 * len(still.active("till_1")),
            "--fidget: out of sight for a second")
    passers = Day(DEMO, "--seed", "6", "--fidget", "0", "--passers", "20")
    test.ok(len(passers.active("till_1")) > len(still.active("till_1")) + 20,
            "--passers: nobody stops at a till")
    lines = next(conf for name, conf, _ in SHOPS if name == "a line for each till")
    busy = ["--seed", "6", "--fidget", "0", "--passers", "0", "--rate", "60"] + LINE
    moved = [len(day.active("j1")) - len(day.active("p1"))
             for day in (Day(lines, "--change", p, *busy) for p in "01")]
    test.ok(moved[0] == 0 and moved[1] != 0, f"--change: to the other, empty line: {moved}")
    back, straight = (Day(DEMO, "--seed", "6", "--turn-back", p) for p in ("0.9", "0"))
    test.ok(len(back.active("door_outer")) > len(straight.active("door_outer")) + 300,
            "--turn-back: somebody looks in and goes")


def longest(day, sensor):
    on, most = None, 0.0
    for at, name, level in day.edges:
        if name == sensor:
            on, most = (float(at), most) if level == "1" else (on, max(most, float(at) - on))
    return most


def check_doorway():
    stop, go = (Day(DEMO, "--seed", "6", "--linger", p) for p in ("0.5", "0"))
    test.ok(longest(stop, "door_outer") > 3 and longest(go, "door_outer") < 2,
            "--linger: they stand in the doorway")
    apart = Day(DEMO, "--seed", "6", "--spacing", "30", "--groups", "0")
    came = apart.active("line_in")
    test.ok(min(b - a for a, b in zip(came, came[1:])) >= 30, "--spacing: strangers keep away")


# --- sensors ------------------------------------------------------------------------------------------

def check_sensors():
    seed = ["--seed", "8"]
    whole = Day(EXAMPLE, *seed)
    n = len(whole.active("line_in"))
    missed = Day(EXAMPLE, *seed, "--miss", "beam=0.3")
    test.ok(0.55 * n < len(missed.active("line_in")) < 0.85 * n, "--miss beam=0.3: about a third")
    test.same(missed.active("till_1"), whole.active("till_1"), "no other type misses anything")
    test.same(Day(EXAMPLE, *seed, "--miss", "1").edges, [], "--miss 1: nothing is seen")
    bounced = Day(EXAMPLE, *seed, "--bounce-ms", "20")
    test.ok(len(bounced.active("greet")) > 2 * len(whole.active("greet"))
            and set(whole.active("greet")) <= set(bounced.active("greet"))
            and bounced.active("line_in") == whole.active("line_in"),
            "--bounce-ms: buttons chatter after each change, beams do not")
    ghosts = Day(EXAMPLE, *seed, "--ghosts", "10")
    test.ok(70 < len(ghosts.active("smile_bad")) - len(whole.active("smile_bad")) < 150,
            "--ghosts 10: about 110 false pulses of each in eleven hours")
    stuck = Day(EXAMPLE, *seed, "--stuck", "line_in@12:00")
    test.same(stuck.active("line_in")[-1], 10800.0, "--stuck line_in@12:00: active from noon on")
    test.same([e[2] for e in stuck.edges if e[1] == "line_in"][-1], "1", "and for good")
    test.same(stuck.of("fault"), [{"type": "fault", "fault": "stuck", "sensor": "line_in",
                                   "from_s": 10800, "for_s": None}], "the truth knows of it")
    cut = Day(EXAMPLE, *seed, "--cut", "door_outer@15:00+600", "--cut", "greet@15:00+600")
    within = [(float(e[0]), e[1], e[2]) for e in cut.edges if 21600 <= float(e[0]) <= 22200]
    test.same([e for e in within if e[1] == "door_outer"],
              [(21600.0, "door_outer", "1"), (22200.0, "door_outer", "0")],
              "--cut: a beam wired to fail safe reads active")
    test.same([e for e in within if e[1] == "greet" and 21600 < e[0]], [],
              "a button reads inactive")
    storm = Day(EXAMPLE, *seed, "--storm", "till_1@12:00+2")
    test.ok(1990 <= sum(e[1] == "till_1" and 10800 <= float(e[0]) <= 10802
                        for e in storm.edges) <= 2010, "--storm: a thousand edges a second")
    before = [e for e in storm.edges if e[1] == "till_1" and float(e[0]) > 10802.01]
    test.same(before, [e for e in whole.edges if e[1] == "till_1" and float(e[0]) > 10802.01],
              "and then as if nothing had been")
    dark = Day(EXAMPLE, *seed, "--power-cut", "13:00+120")
    test.ok("\n14400 !down 120\n" in dark.trace, "--power-cut: nobody watches for two minutes")


# --- dates, errors -----------------------------------------------------------------------------------

def hours(name, text):
    """A shop with other hours: (its days' start, the hours in which somebody came)."""
    path = os.path.join(WORK, f"{name}.conf")
    with open(SHOPS[0][1], encoding="utf-8") as old, open(path, "w", encoding="utf-8") as out:
        out.write("".join(text if line.startswith("hours") else line for line in old))
    day = Day(path, "--seed", "3", "--date", "2026-03-28", "--rate", "60")
    came = sorted({int(t["arrived_s"] // 3600) for t in day.of("customer")})
    return day.trace.splitlines()[1][8:], came


def check_hours():
    test.same(hours("siesta", 'hours = ( { days = "sat"; open = "09:00"; close = "12:00"; }, '
                    '{ days = "sat"; open = "13:00"; close = "15:00"; } );\n'),
              ("2026-03-28T09:00:00Z", [0, 1, 2, 4, 5]), "nobody comes in the siesta")
    test.same(hours("bar", 'hours = ( { days = "sat"; open = "21:00"; close = "03:00"; } );\n'),
              ("2026-03-28T21:00:00Z", [0, 1, 2, 3, 4]),
              "a bar until three, in the night that has no hour from one to two")
    test.same(hours("always", ""), ("2026-03-28T08:00:00Z", list(range(12))),
              "a shop that never closes: from eight to eight")


def check_dates():
    day = Day(EXAMPLE, "--date", "2026-07-05")
    test.ok("# start 2026-07-05T10:00:00Z" in day.trace, "--date: a summer Sunday opens at 11 (BST)")
    test.ok(all(t["arrived_s"] < 6 * 3600 for t in day.of("customer")), "and closes at 17")
    for args, code, what in (
            (["--date", "2026-12-25"], 64, "does not open"), (["--date", "1/2/3"], 64, "--date"),
            (["--seed", "x"], 64, "--seed"), (["--rate", "nowhere=3"], 64, "no such station"),
            (["--groups", "2"], 64, "from 0 to 1"), (["--miss", "eye=1"], 64, "no such type"),
            (["--stuck", "nothing@12:00"], 64, "no such sensor"),
            (["--storm", "line_in@12:00"], 64, "SECONDS"), (["--cadence", "3"], 64, "ON/OFF"),
            (["--power-cut", "noon"], 64, "HH:MM"), (["--truth", "/nowhere/t"], 73, "/nowhere/t"),
            (["extra"], 64, "usage")):
        done = run("--config", EXAMPLE, *args)
        test.ok(done.returncode == code and what in done.stderr, f"{' '.join(args)}: {code}",
                done.returncode, done.stderr)
    test.same(run("--seed", "1").returncode, 64, "no --config: wrong usage")
    done = subprocess.run(f"{PROGRAM} simulate --config {EXAMPLE} >/dev/full", shell=True, check=False,
                          capture_output=True)
    test.same(done.returncode, 74, "a full disk is told")


check_trace()
check_seed()
check_people()
check_habits()
check_doorway()
check_sensors()
check_dates()
check_hours()
check_shops()
test.done()
