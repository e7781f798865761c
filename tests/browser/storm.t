#!/usr/bin/python3
"""A thousand messages a second at the managers' page: it goes on answering, its memory
does not grow, and its figures are right afterwards. For a minute, or TR_STORM_S."""
import json
import os
import subprocess
import sys
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
capture.settle()
STATE = {s: json.loads(capture.of(f"station/{s}/state")[-1].payload) for s in STATIONS}
FIRST_SEQ = max(r["seq"] for r in capture.records()) + 1
capture.stop()
shop.publish(BASE + "availability", "online", "-r")
web = browser.Browser()
page = web.open("storm", shop.url)
page.wait_link("live")
page.wait("document.querySelectorAll('#view-now [data-station]').length === 5", "tiles")
live_words = [Writer(f"station/{s}/state", 0) for s in STATIONS]
calls = Writer("event/call/fitting", 0)
presses = Writer("event/queue/tills", 0)
records = Writer("journal/wait", 1)


def storm(seconds, begin):
    """PER_S messages a second: four in ten states, five events, one a record; what it took
    to ask the page something meanwhile."""
    n, answers, began = begin, [], time.monotonic()
    for tenth in range(seconds * 10):
        for i, writer in enumerate(live_words):
            writer.say([state(n + k, STATIONS[i]) for k in range(PER_S // 100)])
        at = stamp(n)
        presses.say([{"v": 1, "event_type": "arrived", "station": "tills", "at": at}] * (PER_S * 3 // 100))
        calls.say([{"v": 1, "event_type": "called", "station": "fitting", "at": at}] * (PER_S // 50))
        records.say([wait_record(n + k) for k in range(PER_S // 100)])
        n += PER_S // 100
        if tenth % 5 == 0:
            asked = time.monotonic()
            page.eval("1 + 1")
            answers.append(time.monotonic() - asked)
        ahead = began + (tenth + 1) / 10 - time.monotonic()
        time.sleep(max(0, ahead))
    return n, answers, time.monotonic() - began


# Once to fill what is bounded, then the one that counts.
n, _, _ = storm(5, 0)
page.wait(f"window.thirdring.model.units()[0].records.last === {FIRST_SEQ + n - 1}", "the first records")
before, nodes_before = used(page)
heard = page.eval("window.thirdring.model.counts.messages")
page.longest_gap_ms()
n, answers, took = storm(SECONDS, n)
page.wait(f"window.thirdring.model.units()[0].records.last === {FIRST_SEQ + n - 1}", "the last record")
t.ok(True, "every record of it is there")
gap = page.longest_gap_ms()
heard = page.eval("window.thirdring.model.counts.messages") - heard
after, nodes_after = used(page)
t.note(f"{heard / took:.0f} messages a second for {took:.0f} s; heap {before:.1f} -> {after:.1f} MB, "
       f"{nodes_before:.0f} -> {nodes_after:.0f} nodes; away for {gap:.0f} ms at most; "
       f"a question answered in {sorted(answers)[len(answers) // 2] * 1000:.0f} ms, "
       f"at worst {max(answers) * 1000:.0f} ms")
# Records are held, some hundred bytes each, and are bounded; nothing else may stay.
per_record = 1.5e-3
t.ok(after - before < 10 + per_record * SECONDS * PER_S / 10, "its memory does not grow",
     f"{before:.1f} -> {after:.1f} MB")
t.ok(nodes_after < nodes_before * 1.5 + 500, "nor does what is drawn", nodes_before, nodes_after)
t.ok(gap < 5000 and max(answers) < 10, "it is never frozen", gap, max(answers))
t.same(page.unit()["records"]["missing"], 0, "no record is missing")
for view in ("today", "history", "now"):
    page.eval(f"location.hash = '#{view}'")
    page.wait(f"!document.querySelector('#view-{view}').hidden", view)
last = [state(n - 1, s) for s in STATIONS]
for writer, payload in zip(live_words, last):
    writer.say([payload])
page.wait("(all => all.length === 4 && all.every(e => e.textContent === "
          f"'{last[0]['people']}'))([...document.querySelectorAll("
          "'#view-now [data-figure=waiting]')])", "the tiles to say the last state")
t.ok(True, "and afterwards the tiles say what was said last")

t.ok([w.end() for w in (*live_words, calls, presses, records)] == [0] * 7, "all was published")
complaints = [c for c in page.ask("complaints")["value"] if "WebSocket" not in c]
t.same(complaints, [], "nothing in the console")
web.stop()
t.done()
