#!/usr/bin/env python3
"""etc/examples: five shops and a chain, to copy from. Each is accepted without
a word of advice, uses pins that are safe, lives through a simulated day with every
station at work, and has its wiring sheet beside it, which is what `thirdring
wiring` says (TR_REFRESH=1 writes it anew). The chain's overrides do override."""
import glob
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import tap

EXAMPLES = os.path.join(tap.TOP, "etc", "examples")
SHOPS = ["corner-shop", "pharmacy", "fitting-rooms", "drive-up", "help-desk"]
CHAIN = ["site/shop-0001", "site/shop-0002"]
CLI = os.path.join(tap.BUILD, "thirdring")
# The memory chip of an add-on board, the clock's bus, the console (src/cli/header40.c).
NOT_OURS = {"GPIO0", "GPIO1", "GPIO2", "GPIO3", "GPIO14", "GPIO15"}

t = tap.Tap()


def cli(*args, **options):
    return subprocess.run([CLI, *args], capture_output=True, text=True, check=False,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "80"}, **options)


def conf(name):
    return os.path.join(EXAMPLES, name + ".conf")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def settings(name):
    """Every setting of a shop, as the canonical text has it."""
    return cli("check", "--print-config", conf(name)).stdout


def accepted(name):
    run = cli("check", conf(name))
    t.ok(run.returncode == 0 and not run.stderr, f"{name}: accepted", run.stdout, run.stderr)
    advice = re.search(r"(?s)\n(Worth a look|Wiring)\n.*?\n\n", run.stdout)
    t.ok("Worth a look" not in run.stdout, f"{name}: nothing to advise",
         advice[0] if advice else run.stdout)
    lines = re.findall(r'\bline = "(GPIO\d+)"', settings(name))
    t.ok(lines and not set(lines) & NOT_OURS, f"{name}: no pin that something else wants", lines)
    t.same(len(set(lines)), len(lines), f"{name}: each line once")


def day(name):
    """Somebody comes to every station, and nearly all the day is seen in full."""
    path = os.path.join(tap.work_dir("examples"), name.replace("/", "-") + ".trace")
    run = cli("simulate", "--config", conf(name))
    t.ok(run.returncode == 0, f"{name}: a day can be invented", run.stderr)
    with open(path, "w", encoding="utf-8") as file:
        file.write(run.stdout)
    run = cli("replay", "--config", conf(name), path)
    t.ok(run.returncode == 0, f"{name}: and replayed", run.stderr)
    summary = json.loads(run.stdout.splitlines()[-1])["stations"]
    for station, figures in summary.items():
        seen = figures["arrivals"] + figures.get("votes", 0)
        staff = 'audience = "staff"' in settings(name) and figures["kind"] == "feedback"
        t.ok((seen > 0 or staff) and figures["coverage_pct"] > 95,
             f"{name}: station {station} is at work", figures)


def sheet(name):
    """The wiring sheet that lies beside it is the one made today."""
    run = cli("wiring", "--format", "text", "--colour", "never", conf(name), cwd=EXAMPLES)
    path = os.path.join(EXAMPLES, name + ".wiring.txt")
    if not t.ok(run.returncode == 0 and run.stdout, f"{name}: has a wiring sheet", run.stderr):
        return
    if os.environ.get("TR_REFRESH") == "1":
        with open(path, "w", encoding="utf-8") as file:
            file.write(run.stdout)
    kept = read(path) if os.path.exists(path) else ""
    difference = [f"made: {made} | kept: {old}" for made, old in
                  zip(run.stdout.splitlines(), kept.splitlines()) if made != old][:8]
    t.ok(run.stdout == kept, f"{name}: its sheet is up to date (else TR_REFRESH=1)", *difference)
    for sensor in re.findall(r'\bid = "([^"]+)";\s+type', read(conf(name))):
        t.ok(re.search(rf"\b{sensor}\b", run.stdout), f"{name}: {sensor} is on the sheet")


if not os.path.exists(CLI):
    tap.bail_out(f"{CLI} is not built (make all; or set TR_BUILD)")
t.same(sorted(os.path.basename(p)[:-5] for p in glob.glob(f"{EXAMPLES}/*.conf")), sorted(SHOPS),
       "the shops are these")
for shop in SHOPS + CHAIN:
    accepted(shop)
    day(shop)
if "wiring" in cli("--help").stdout:
    for shop in SHOPS:
        sheet(shop)
else:
    t.ok(True, "wiring sheets # SKIP this build has no command wiring")

# --- each is what it says it is ------------------------------------------------------
KINDS = {"corner-shop": {"greeting", "queue"}, "pharmacy": {"queue", "call", "phone"},
         "fitting-rooms": {"call", "feedback"}, "drive-up": {"queue", "call"},
         "help-desk": {"queue", "call", "phone", "feedback"}}
for shop, kinds in KINDS.items():
    t.same(set(re.findall(r'kind = "(\w+)"', settings(shop))), kinds, f"{shop}: its kinds of station")
    head = read(conf(shop)).split("\nsite")[0]
    NUMBER = {"six": 6, "seven": 7, "nine": 9, "eleven": 11, "thirteen": 13, "two": 2, "three": 3,
              "four": 4}
    said = re.search(r"(\w+)\s+inputs,\s+(\w+)\s+#?\s*outputs", re.sub(r"\n# ?", " ", head))
    have = (len(re.findall(r';\s+type = "(?!buzzer|lamp)', read(conf(shop)))),
            len(re.findall(r';\s+type = "(?:buzzer|lamp)', read(conf(shop)))))
    t.same(tuple(NUMBER.get(w.lower()) for w in said.groups()) if said else None, have,
           f"{shop}: inputs and outputs are as many as its head says")
    row = re.search(rf"\| `{shop}\.conf` \|[^|]*\| (\d+), (\d+) \|", read(f"{EXAMPLES}/README.md"))
    t.same(tuple(int(n) for n in row.groups()) if row else None, have, f"{shop}: in the README, too")
audience = re.findall(r'audience = "(\w+)"', settings("help-desk"))
t.ok("customer" not in audience, "help-desk: nobody there is a customer", audience)

# --- the chain --------------------------------------------------------------------------
one, two = settings(CHAIN[0]), settings(CHAIN[1])
for name in ("alerts", "dayparts", "ring", "journal"):
    same = [re.search(rf"(?ms)^{name} = [\(\{{].*?^[\)\}}];?", text) for text in (one, two)]
    t.ok(all(same) and same[0][0] == same[1][0], f"chain: {name} is everywhere the same")
t.ok("seconds = 120" in one and "seconds = 75" in two, "chain: a shop's own promise holds")
t.ok('open = "08:00"' in one and 'open = "05:30"' in two, "chain: and its own hours")
t.ok("till3" not in one and "till3" in two, "chain: and its third till")
t.ok("localhost" in one and "broker.example.com" in two, "chain: and its own broker")
t.ok("discovery = false" in one and "discovery = false" in two, "chain: what is common stays")
for part in glob.glob(f"{EXAMPLES}/site/chain*.conf"):
    name = os.path.basename(part)
    users = [shop for shop in CHAIN if f'@include "{name}"' in read(conf(shop))]
    t.ok(users, f"chain: {name} is used")
    t.ok(f"`{name}`" in read(f"{EXAMPLES}/site/README.md"), f"chain: {name} is explained")
    t.ok(cli("check", part).returncode == 78, f"chain: {name} alone is no shop")
run = cli("check", "--set", "stations.tills.target.seconds=90", conf(CHAIN[0]))
t.ok(run.returncode == 0 and "within 90 s" in run.stdout, "chain: a change is tried in a shop")
t.done()
