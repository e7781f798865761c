#!/usr/bin/python3
"""Nobody watches over night: daemon and replay tell the same of it, and the
journal keeps how much of the absence was opening time, and of which day."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402

STORIES = os.path.join(tap.TOP, "tests", "scenario")
TRACE = os.path.join(STORIES, "sight-power-cut.trace")
CALENDAR, RESTART = 7, 9
NS = 10 ** 9
t = tap.Tap()
home = live.folder()
journal = os.path.join(home, "journal.db")

with open(os.path.join(STORIES, "sight.conf"), encoding="utf-8") as conf:
    CONF = live.write(os.path.join(home, "sight.conf"), conf.read() + f"""
gpio = {{ backend = "replay"; trace = "{TRACE}"; speed = 0.0; }};
journal = {{ path = "{journal}"; }};
""")
run = tap.run_replay(CONF, TRACE)
replayed = [json.loads(line) for line in run.stdout.splitlines()]
replayed = [r for r in replayed if r["type"] != "summary"]
daemon = live.Daemon(CONF)
daemon.wait_said("the trace has ended")
# What is open at the end of the trace ends by its deadlines.
live.wait_until(lambda: len(live.journal_records(journal)) >= len(replayed), "all records")
t.same(daemon.stop(), 0, "the day and the night between are over: exit code")

t.same(live.journal_records(journal), {r["seq"]: r["type"] for r in replayed},
       "records of the journal, and of replay")
t.same([(seq, round(opened / 1e6), round(wait / 1e9, 3), bool(accurate)) for
        seq, opened, wait, accurate in live.journal_rows(
            journal, "SELECT seq, opened, wait_ns, accurate FROM wait ORDER BY seq")],
       [(r["seq"], r["mono_ms"], r["wait_s"], r["accurate"]) for r in replayed
        if r["type"] == "wait"], "waits of the journal, and of replay")

events = live.journal_rows(journal, "SELECT what & 15, at, lag, value, arg FROM event ORDER BY seq")
back = [e for e in events if e[0] == RESTART]
t.same([e[1:] for e in back], [(55800 * NS, 52200 * NS, 52200 * NS, 5400 * NS + 1)],
       "14.5 hours away, of which 1.5 were opening time")
days = [e for e in events if e[0] == CALENDAR and e[4] == 0]
t.same([e[2:4] for e in days], [(0, 20260302), (1800 * NS, 20260303)],
       "half an hour of it was Tuesday's")
t.ok(events.index(back[0]) < events.index(days[1]), "the absence is told before its calendar")


# A trace's clock that is set: to daemon and replay the shop is open from then on.
def both(name, trace, outcomes):
    trace = live.write(os.path.join(home, f"{name}.trace"), trace)
    kept_in = os.path.join(home, f"{name}.db")
    one = live.Daemon(live.DEMO_CONF, f"gpio.trace={trace}", "gpio.speed=0",
                      f"mqtt.uri=mqtt://127.0.0.1:{live.free_port()}", f"journal.path={kept_in}")
    lines = tap.run_replay(live.DEMO_CONF, trace).stdout.splitlines()
    told = [(r["id"], r.get("outcome")) for r in map(json.loads, lines) if r["type"] != "summary"]
    one.wait_said("the trace has ended")
    live.wait_until(lambda: len(live.journal_records(kept_in)) >= len(told), "all records")
    t.same(one.stop(), 0, f"{name}: exit code")
    kept = [(r["id"], r.get("outcome")) for r in map(
        json.loads, (row[0] for row in live.journal_rows(
            kept_in, "SELECT json FROM outbox ORDER BY seq")))]
    t.same([outcome for _, outcome in kept if outcome], outcomes, f"{name}: before, after")
    t.same(kept, told, f"{name}: replay tells the same")


CALL = "10 fitting_call 1\n10.3 fitting_call 0\n15 fitting_done 1\n15.3 fitting_done 0\n"
LATER = CALL.replace("10", "7310").replace("15", "7315")
both("set by day", "# thirdring trace 1\n# start 2026-03-02T05:00:00Z\n" + CALL +
     "20 !clock 18000\n" + LATER, ["void", "answered"])
both("set while nobody watched", "# thirdring trace 1\n# start 2026-03-02T18:00:00Z\n" + CALL +
     "3600 !down 3600\n3700 !clock 46800\n" + LATER, ["answered", "answered"])
t.done()
