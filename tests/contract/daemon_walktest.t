#!/usr/bin/python3
"""A walk test with the daemon running: every raw edge is shown, the buzzer chirps,
nothing is counted, and afterwards the shop is as after an absence (RULES 3)."""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402
import validate  # noqa: E402

live.need_broker()
t = tap.Tap()
contract = validate.Contract()
BASE = "thirdring/demo/main"
COMMANDS = 'mqtt.commands=["walktest","test_output","void","refresh"]'
home = live.folder()
broker = live.Broker().start()
capture = live.Capture(broker)


def walk(name, edges, seconds, *sets):
    """The shop, two in line, then a walk test in which @p edges come; what was heard since."""
    trace = live.write(os.path.join(home, f"{name}.trace"),
                       "# thirdring trace 1\n0.5 line_in 1\n0.7 line_in 0\n0.9 line_in 1\n1.1 line_in 0\n"
                       + edges + "3600 greet 1\n")
    mark = len(capture.settle().messages)  # the last words of the one before are heard
    daemon = live.Daemon(live.DEMO_CONF, f"mqtt.uri={broker.uri}", f"gpio.trace={trace}",
                         "gpio.speed=1", COMMANDS, f"journal.path={home}/{name}.db",
                         "site.resume_s=600", *sets)
    capture.wait("station/tills/state", lambda m: json.loads(m.payload)["waiting"] == 2, after=mark)
    mark = len(capture.messages)
    said = ask("walktest", {"seconds": seconds})
    # What came before it began was an input still.
    mark += next(i for i, m in enumerate(capture.messages[mark:]) if m.topic == f"{BASE}/rsp/walktest")
    return daemon, mark, said


def ask(name, payload):
    mark = len(capture.messages)
    broker.publish(f"{BASE}/cmd/{name}", json.dumps(payload))
    return json.loads(capture.wait(f"rsp/{name}", after=mark).payload)


def edges_of(sensor, mark):
    return [json.loads(m.payload) for m in capture.of(f"event/edge/{sensor}")
            if m in capture.messages[mark:]]


def waits(mark):
    return [json.loads(m.payload) for m in capture.messages[mark:]
            if m.topic == f"{BASE}/journal/wait"]


# A bouncing button, then a door that opens twice; a line that hums. All of it so late
# that the walk test has begun, on a slow machine too.
bounces = ("16 fitting_call 1\n16.0004 fitting_call 0\n16.0011 fitting_call 1\n16.3 fitting_call 0\n"
           "16.5 line_in 1\n16.8 line_in 0\n17 line_in 1\n17.2 line_in 0\n"
           + "".join(f"{17.4 + i / 1000:.3f} smile_good {(i + 1) % 2}\n" for i in range(600))
           + "18.2 fitting_done 1\n18.3 fitting_done 0\n")
daemon, mark, said = walk("shown", bounces, 300)
t.ok(said["ok"], "a walk test begins", said)
capture.wait("event/edge/fitting_done", lambda m: json.loads(m.payload)["level"] == "OFF", after=mark)
seen = edges_of("fitting_call", mark)
t.same([e["level"] for e in seen], ["ON", "OFF", "ON", "OFF"], "every edge is shown, bounces too")
steps = [round(b["mono_ms"] - a["mono_ms"], 1) for a, b in zip(seen, seen[1:])]
t.same(steps, [0.4, 0.7, 298.9], "by the time of the edge itself")
hum = edges_of("smile_good", mark)
t.ok(20 <= len(hum) <= 401 and sum(e["skipped"] for e in hum) + len(hum) <= 600,
     f"a line that hums is shown, not in full ({len(hum)} of 600)")
errors = [e for m in capture.messages[mark:] if "/event/edge/" in m.topic
          for e in contract.errors(m.topic[len(BASE) + 1:], m.retain, m.qos, m.payload)]
t.ok(not errors, "as the schema says", *errors[:5])
capture.wait("output/buzzer/state", lambda m: m.payload == "ON", after=mark)
t.ok(True, "the buzzer chirps")
refused = ask("void", {"station": "tills"})
t.ok(not refused["ok"] and "walk test" in refused["error"], "a void is refused meanwhile", refused)
t.ok(ask("test_output", {"output": "red", "ms": 100})["ok"], "an output may be tried")
capture.wait("output/red/state", lambda m: m.payload == "ON", after=mark)
t.same([m for m in capture.messages[mark:] if m.topic.startswith(f"{BASE}/event/input/")], [],
       "nothing of it is an input")
t.ok(ask("walktest", {"seconds": 0})["ok"], "it is ended")
t.ok(ask("refresh", {})["ok"], "and the shop goes on")
state = json.loads(capture.wait("station/tills/state", after=len(capture.messages)).payload)
t.same((state["waiting"], waits(mark)), (2, []), "a short one: who waited still waits, nobody else")
t.same(daemon.stop(), 0, "exit code")

# Longer than resume_s: nobody knows what became of who waited.
daemon, mark, said = walk("absence", "12 line_in 1\n12.2 line_in 0\n12.5 fitting_call 1\n12.7 fitting_call 0\n",
                          15, "site.resume_s=1")
capture.wait("event/edge/fitting_call", lambda m: json.loads(m.payload)["level"] == "OFF", after=mark)
capture.wait("journal/wait", after=mark)
live.wait_until(lambda: len(waits(mark)) == 2, "two waits to end")
t.same({w["outcome"] for w in waits(mark)}, {"unknown"}, "a longer one ends by itself; waits are unknown")
live.wait_until(lambda: json.loads(capture.of("station/tills/state")[-1].payload)["waiting"] == 0,
                "nobody to wait by what was walked")
t.same(daemon.stop(), 0, "exit code")

# Reloaded in the middle.
daemon, mark, said = walk("reloaded", "", 60)
t.ok(said["ok"], "another begins")
daemon.process.send_signal(signal.SIGHUP)
live.wait_until(lambda: "the walk test is over" in "\n".join(daemon.text()), "a reload to end it")
t.ok(ask("void", {"station": "tills"})["ok"], "a reload ends it")
t.same(daemon.stop(), 0, "exit code")

capture.stop()
complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
