#!/usr/bin/python3
"""A thousand messages a second at the managers' page: it goes on answering, its memory
does not grow, and its figures are right afterwards. For a minute, or TR_STORM_S."""
import json
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import browser  # noqa: E402
import live  # noqa: E402
import tap  # noqa: E402

browser.need()
t = tap.Tap()
SECONDS = int(os.environ.get("TR_STORM_S", "60"))
PER_S = 1000
BASE = "thirdring/demo/main/"
STATIONS = ("entrance", "tills", "fitting", "phone")
home = live.folder()


class Writer:
    """mosquitto_pub that publishes each line it is given."""

    def __init__(self, topic, qos):
        self.process = live.start(["mosquitto_pub", "-p", str(shop.port), "-V", "5", "-q", str(qos),
                                   "-l", "-t", BASE + topic], stdin=subprocess.PIPE, text=True)

    def say(self, payloads):
        self.process.stdin.write("".join(json.dumps(p, separators=(",", ":")) + "\n" for p in payloads))
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()
        return self.process.wait(live.PATIENCE_S)


def stamp(n):
    """A moment of the invented storm: a wait every 10 ms of it."""
    at = n * 10
    return f"2026-03-05T{10 + at // 3600000:02d}:{at // 60000 % 60:02d}:{at // 1000 % 60:02d}.{at % 1000:03d}Z"


def state(n, station):
    return dict(STATE[station], waiting=n % 7, people=n % 7, oldest_wait_s=float(n % 200),
                oldest_rings=n % 200 // 6 + 1 if n % 7 else 0, level=n % 4)


def wait_record(n):
    return {"v": 1, "type": "wait", "id": f"storm-{n}", "seq": FIRST_SEQ + n, "site": "demo",
            "station": STATIONS[n % 4], "kind": "queue", "party": 1, "opened": stamp(n),
            "closed": stamp(n + 100), "mono_ms": n, "wait_s": 1.0, "rings": 1, "service_s": None,
            "position": None, "outcome": "answered", "in_target": True, "by": "sensor",
            "accurate": True, "order": "seen", "clock": "synced", "daypart": None, "reason": None}


def used(page):
    m = page.memory()
    return m["JSHeapUsedSize"] / 1e6, m["Nodes"]


shop = browser.Shop("max_queued_messages 100000\n").start()
capture = live.Capture(shop)
unit = live.Daemon(live.DEMO_CONF, "gpio.speed=3600", f"gpio.trace={live.DEMO_TRACE}",
                   f"journal.path={home}/journal.db", f"mqtt.uri={shop.uri}", args=["--exit-at-end"])
unit.wait(live.PATIENCE_S * 2)
capture.wait("availability", lambda m: m.payload == "offline")  # its last word
STATE = {s: json.loads(capture.of(f"station/{s}/state")[-1].payload) for s in STATIONS}
FIRST_SEQ = max(r["seq"] for r in capture.records()) + 1
capture.stop()
shop.publish(BASE + "availability", "online", "-r")
web = browser.Browser()
page = web.open("storm", shop.url)
idle = web.open("idle", "data:text/html,idle")
page.wait_link("live")
page.wait("document.querySelectorAll('#view-now [data-station]').length === 5", "tiles")
live_words = [Writer(f"station/{s}/state", 0) for s in STATIONS]
calls = Writer("event/call/fitting", 0)
presses = Writer("event/queue/tills", 0)
records = Writer("journal/wait", 1)


def blow(seconds, begin, done):
    """PER_S messages a second: four in ten states, five events, one a record."""
    n, began = begin, time.monotonic()
    for tenth in range(seconds * 10):
        for i, writer in enumerate(live_words):
            writer.say([state(n + k, STATIONS[i]) for k in range(PER_S // 100)])
        at = stamp(n)
        presses.say([{"v": 1, "event_type": "arrived", "station": "tills", "at": at}] * (PER_S * 3 // 100))
        calls.say([{"v": 1, "event_type": "called", "station": "fitting", "at": at}] * (PER_S // 50))
        records.say([wait_record(n + k) for k in range(PER_S // 100)])
        n += PER_S // 100
        ahead = began + (tenth + 1) / 10 - time.monotonic()
        time.sleep(max(0, ahead))
    done += [n, time.monotonic() - began]


def storm(seconds, begin):
    """It does not wait for the page; and what it took to ask the page something meanwhile."""
    done, answers = [], []
    wind = threading.Thread(target=blow, args=(seconds, begin, done), daemon=True)
    wind.start()
    while wind.is_alive():
        asked = time.monotonic()
        page.eval("1 + 1")
        answers.append(time.monotonic() - asked)
        wind.join(0.5)
    if not done:
        tap.bail_out("the storm broke off")
    return done[0], answers, done[1]


def wait_record_heard(last):
    """However slow the machine is, as long as it goes on."""
    was, until = -1, 0.0
    while (now := page.eval("thirdring.model.units()[0].records.last") or 0) < last:
        if now > was:
            was, until = now, time.monotonic() + live.PATIENCE_S
        elif time.monotonic() > until:
            tap.bail_out(f"waited in vain for record {last}, the last heard was {now}")
        time.sleep(0.1)


# Once to fill what is bounded, then the one that counts.
n, _, _ = storm(5, 0)
wait_record_heard(FIRST_SEQ + n - 1)
before, nodes_before = used(page)
heard = page.eval("window.thirdring.model.counts.messages")
for one in (page, idle):
    one.longest_gap_ms()
n, answers, took = storm(SECONDS, n)
wait_record_heard(FIRST_SEQ + n - 1)
gap, machine = page.longest_gap_ms(), idle.longest_gap_ms()
heard = page.eval("window.thirdring.model.counts.messages") - heard
kept = browser.eventually(lambda: page.unit()["records"], lambda r: r["missing"] == 0 and r["held"] >= min(n, 50_000))
t.ok(kept["missing"] == 0 and kept["held"] >= min(n, 50_000), "every record of it is there", n, kept)
# Records are held, some hundred bytes each, and are bounded; nothing else may stay. What is
# on its way yet, to the page or to its database, is gone after a while.
most = before + 10 + 1.5e-3 * SECONDS * PER_S / 10
nodes_most = nodes_before * 1.5 + 500
after, nodes_after = browser.eventually(lambda: used(page), lambda now: now[0] < most and now[1] < nodes_most)
t.note(f"{heard / took:.0f} messages a second for {took:.0f} s; heap {before:.1f} -> {after:.1f} MB, "
       f"{nodes_before:.0f} -> {nodes_after:.0f} nodes; away for {gap:.0f} ms at most; a page "
       f"beside it, that has nothing to do, for {machine:.0f} ms; a question answered in {sorted(answers)[len(answers) // 2] * 1000:.0f} ms, "
       f"at worst {max(answers) * 1000:.0f} ms")
t.ok(after < most, "its memory does not grow", f"{before:.1f} -> {after:.1f} MB")
t.ok(nodes_after < nodes_most, "nor does what is drawn", nodes_before, nodes_after)
t.ok(gap < 5000 + 10 * machine, "it is never frozen, but where the machine is", gap, machine)
for view in ("today", "history", "now"):
    page.show(view)
last = [state(n, s) for s in STATIONS]


def tiles_say():
    """Said until it is seen: a line that was lost for a moment hands over no states."""
    for writer, payload in zip(live_words, last):
        writer.say([payload])
    time.sleep(0.2)
    return page.eval(f"(all => all.length === 4 && all.every(e => e.textContent === '{last[0]['people']}'))"
                     "([...document.querySelectorAll('#view-now [data-figure=waiting]')])")


live.wait_until(tiles_say, "the tiles to say the last state")
t.ok(True, "and afterwards the tiles say what was said last")

t.ok([w.end() for w in (*live_words, calls, presses, records)] == [0] * 7, "all was published")
complaints = [c for c in page.ask("complaints")["value"] if "WebSocket" not in c]
t.same(complaints, [], "nothing in the console")
web.stop()
t.done()
