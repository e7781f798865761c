#!/usr/bin/python3
"""Stories: small traces whose every outcome was worked out by hand.

NAME.trace tells a story. Its configuration is NAME.conf, or where that does
not exist FAMILY.conf, FAMILY being NAME up to its first hyphen. Two things
are checked:

1. Lines "#: {...}" in the trace, written by hand. Each names fields of one
   record of replay's output; waits stand in order of opening, votes in order
   of their press, alerts in order of output. Every wait and vote needs its
   line; alerts only where the story names any, and so what is heard, lit and
   held back (replay --floor). A summary names what matters.
2. NAME.golden, replay's whole output, to the letter. UPDATE=1 rewrites it;
   it cannot rewrite what was worked out by hand.

    [UPDATE=1] tests/scenario/golden.t [NAME...]
"""
import difflib
import glob
import json
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tools"))
import tap

test = tap.Tap()
ORDER = {"wait": lambda r: (r["opened"], int(r["id"].rsplit("-", 1)[1])),
         "vote": lambda r: r["at"], "alert": lambda r: r["seq"], "sound": lambda r: r["at"],
         "lamp": lambda r: r["at"], "held_back": lambda r: r["at"], "summary": lambda r: 0}
FLOOR = ("sound", "lamp", "held_back")


def story(trace):
    """What the trace tells: its comments before the first edge, and all "#:" lines."""
    text, expected = [], []
    with open(trace, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("#:"):
                expected.append(json.loads(line[2:]))
            elif line.startswith("#") and not line.startswith(("# thirdring", "# start")):
                text.append(line[1:].strip())
    return text, expected


def fits(want, got):
    """Does @p got have at least what @p want names?"""
    if isinstance(want, dict):
        return isinstance(got, dict) and all(k in got and fits(v, got[k]) for k, v in want.items())
    if isinstance(want, float) or isinstance(got, float):
        return got is not None and want is not None and abs(want - got) < 0.0005
    return want == got


def compare(kind, expected, records):
    """Complaints about one kind of record, pair by pair."""
    want = [e for e in expected if e["type"] == kind]
    got = sorted((r for r in records if r["type"] == kind), key=ORDER[kind])
    if not want and kind in ("alert", "summary", *FLOOR):
        return []
    complaints = [f"expected {json.dumps(w)}\n     got {json.dumps(g)}"
                  for w, g in zip(want, got) if not fits(w, g)]
    complaints += [f"expected {json.dumps(w)}\n     got nothing" for w in want[len(got):]]
    complaints += [f"expected no further {kind}\n     got {json.dumps(g)}" for g in got[len(want):]]
    return complaints


def tell(name):
    trace = os.path.join(HERE, f"{name}.trace")
    conf = os.path.join(HERE, f"{name}.conf")
    if not os.path.exists(conf):
        conf = os.path.join(HERE, f"{name.split('-')[0]}.conf")
    text, expected = story(trace)
    floor = any(e["type"] in FLOOR for e in expected)
    run = tap.run_replay(conf, trace, options=["--floor"] if floor else [])
    if run.returncode != 0:
        test.ok(False, f"{name}: replay ends with {run.returncode}", run.stderr)
        return
    records = [json.loads(line) for line in run.stdout.splitlines()]
    complaints = [c for kind in ORDER for c in compare(kind, expected, records)]
    test.ok(not complaints, f"{name}: what was worked out by hand", *complaints, *text)
    golden = os.path.join(HERE, f"{name}.golden")
    if os.environ.get("UPDATE") == "1":
        with open(golden, "w", encoding="utf-8") as out:
            out.write(run.stdout)
    known = ""
    if os.path.exists(golden):
        with open(golden, encoding="utf-8") as lines:
            known = lines.read()
    difference = difflib.unified_diff(known.splitlines(), run.stdout.splitlines(),
                                      f"{name}.golden", "replay", lineterm="", n=0)
    test.ok(known == run.stdout, f"{name}: the golden file, to the letter", *difference, *text)


names = sys.argv[1:] or sorted(os.path.basename(path)[:-6]
                               for path in glob.glob(os.path.join(HERE, "*.trace")))
for one in names:
    tell(one)
test.done()
