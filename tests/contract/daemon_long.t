#!/usr/bin/python3
"""A trace longer than the journal's memory, without a pace: nothing is dropped."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402

t = tap.Tap()
home = live.folder()
journal = os.path.join(home, "journal.db")
trace = os.path.join(home, "day.trace")

with open(trace, "w", encoding="utf-8") as out:
    day = subprocess.run([live.CLI, "simulate", "--config", live.DEMO_CONF, "--seed", "3",
                          "--rate", "400"], stdout=out, check=False)
t.same(day.returncode, 0, "a busy day is invented: exit code")
with open(trace, encoding="utf-8") as lines:
    edges = sum(not line.startswith("#") for line in lines)
t.ok(edges > 40000, f"more than the 20000 rows that may wait in memory: {edges} edges")

daemon = live.Daemon(live.DEMO_CONF, "gpio.speed=0", f"gpio.trace={trace}",
                     f"journal.path={journal}", "mqtt.uri=mqtt://127.0.0.1:1",
                     args=("--exit-at-end",))
t.same(daemon.wait(live.PATIENCE_S * 4), 0, "the daemon lives through it: exit code")
run = tap.run_replay(live.DEMO_CONF, trace)
waits = run.stdout.count('"type":"wait"')
t.same(live.journal_rows(journal, "SELECT count(*) FROM wait"), [(waits,)],
       f"each of {waits} waits is in the journal")
t.ok(live.journal_rows(journal, "SELECT count(*) FROM event")[0][0] > 40000, "so is each input")
t.same(live.journal_rows(journal, "SELECT * FROM counter WHERE name LIKE 'lost%' AND value > 0"),
       [], "none is counted as lost")
t.done()
