#!/usr/bin/python3
"""A busy day without a broker, and the evening with one: the past comes in order,
marked, at a bounded pace, and does not hold up the present. Killed amid it, the
daemon sends identical copies."""
import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402

PACE = 100  # records a second
FEW = 600   # shown to come at that pace; the rest may hurry
live.need_broker()
t = tap.Tap()
home = live.folder()
journal = os.path.join(home, "journal.db")
broker = live.Broker()
invented = subprocess.run([live.CLI, "simulate", "--config", live.DEMO_CONF, "--seed", "7",
                           "--rate", "150"], check=True, capture_output=True, text=True,
                          timeout=live.PATIENCE_S).stdout
busy = live.write(os.path.join(home, "busy.trace"), invented)
# The evening: someone calls for help every two seconds.
evening = "# thirdring trace 1\n" + "".join(
    f"{2 * i + 1} fitting_call 1\n{2 * i + 1.3} fitting_call 0\n"
    f"{2 * i + 2} fitting_done 1\n{2 * i + 2.3} fitting_done 0\n" for i in range(600))
evening = live.write(os.path.join(home, "evening.trace"), evening)


def rss_kb(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def begin(*sets):
    return live.Daemon(live.DEMO_CONF, f"mqtt.uri={broker.uri}", f"gpio.trace={evening}",
                       "gpio.speed=1", f"journal.path={journal}", *sets)


def waiting():
    return live.journal_rows(journal, "SELECT count(*) FROM outbox")[0][0]


# --- the day without a broker ------------------------------------------------------
day = live.Daemon(live.DEMO_CONF, f"mqtt.uri={broker.uri}", f"gpio.trace={busy}", "gpio.speed=0",
                  f"journal.path={journal}")
truth, _ = tap.replay(live.DEMO_CONF, busy)
by_seq = {r["seq"]: r for r in truth}
day.wait_said("the trace has ended")
live.wait_until(lambda: waiting() >= len(by_seq), "all its records")
t.same(day.stop(), 0, "a busy day without a broker: exit code")
t.same((waiting(), len(by_seq) > 2 * FEW), (len(by_seq), True), "all its records wait")

# --- the evening with one ------------------------------------------------------------
broker.start()
capture = live.Capture(broker, session="evening")
daemon = begin(f"mqtt.backfill_per_s={PACE}")


def old_ones():
    return [(m, json.loads(m.payload)) for m in capture.of("journal/.*") if '"hist":true' in m.payload]


live.wait_until(lambda: len(old_ones()) >= FEW, "the first of the past")
lean = rss_kb(daemon.pid)
seen = list(capture.messages)
past = old_ones()
t.ok([r["seq"] for _, r in past] == list(range(1, len(past) + 1)), "the past comes in order")
wrong = [r for _, r in past if live.without_hist(r) != by_seq[r["seq"]]]
t.ok(not wrong, "each record of it is what replay prints", *wrong[:3])
# Since before the first of it: who listens hears late on a busy machine, but not early. What
# was late may hurry for a tenth of a second.
seconds = past[-1][0].at - daemon.began
t.ok(len(past) - 1 <= PACE * (seconds + 0.1),
     f"at most {PACE} of it a second: {len(past)} in {seconds:.2f} s")
span = seen[seen.index(past[0][0]):seen.index(past[FEW - 1][0])]
calls = [m for m in span if live.below(m.topic) == "input/fitting_call/state"]
states = [m for m in span if live.below(m.topic) == "station/fitting/state"]
t.ok(len(calls) >= 2 and len(states) >= 2,
     f"meanwhile the present is told: {len(calls)} presses, {len(states)} states")
live_ones = [m for m in span if live.below(m.topic).startswith("journal/")
             and '"hist":true' not in m.payload]
t.ok(not live_ones, "no record of the present overtakes one of the past", live_ones[:2])
unit = [json.loads(m.payload) for m in seen if live.below(m.topic) == "metrics"]
t.ok(unit and unit[0]["outbox"] > FEW and unit[0]["dead_letters"] == 0,
     "metrics says how many wait", unit[:1])

# --- killed amid it ----------------------------------------------------------------------
daemon.process.send_signal(signal.SIGKILL)
daemon.wait()
daemon = begin("mqtt.backfill_per_s=10000")
live.wait_until(lambda: any('"hist":true' not in m.payload for m in capture.of("journal/.*")[FEW:]),
                "the present's turn")
if not live.SANITIZED:
    grown = rss_kb(daemon.pid) - lean
    t.ok(grown < 4096, f"memory does not grow with what waits: {grown} kB more at the end")
mark = len(capture.messages)
t.same(daemon.stop(), 0, "exit code")
capture.farewell(mark)
capture.stop()
first, copies, differ = [], 0, []
known = {}
for record in capture.records():
    plain = live.without_hist(record)
    if record["seq"] in known:
        copies += 1
        if known[record["seq"]] != plain:
            differ.append(f"{known[record['seq']]}\n{plain}")
    else:
        first.append(record["seq"])
        known[record["seq"]] = plain
t.ok(not differ, f"killed amid it: {copies} came twice, all identical copies", *differ[:3])
t.ok(first == list(range(1, len(first) + 1)), "seq without a gap, in order, past and present")
wrong = [known.get(s) for s in by_seq if known.get(s) != by_seq[s]]
t.ok(not wrong, f"all {len(by_seq)} records of the day are there and right", *wrong[:3])
# Somebody may be answered in the very last moment: what is left is newer than all that came.
left = [seq for seq, in live.journal_rows(journal, "SELECT seq FROM outbox")]
t.ok(len(left) <= 2 and min(left, default=max(first) + 1) > max(first), f"left waiting: {left}", max(first))
complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
