#!/usr/bin/python3
"""thirdring walktest while thirdringd holds the lines: over MQTT, by the real daemon
and a real broker. The mode ends with the walk, however that ends; refusals and a
broker that is not there are told with what to do instead; the record is published."""
import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402
import validate  # noqa: E402

live.need_broker()
t = tap.Tap()
contract = validate.Contract()
home = live.folder()
BASE = "thirdring/demo/main"
COMMANDS = 'mqtt.commands=["walktest","test_output","refresh"]'
ENV = dict(os.environ, LC_ALL="C.UTF-8", COLUMNS="80")
broker = live.Broker().start()
capture = live.Capture(broker)


def busy_shop():
    """Somebody presses two buttons and walks in, every two seconds; one button bounces."""
    lines = []
    for i in range(1, 1500):
        at = 2.0 * i
        lines += [f"{at:.4f} greet 1", f"{at + 0.0004:.4f} greet 0", f"{at + 0.0015:.4f} greet 1",
                  f"{at + 0.2:.4f} greet 0", f"{at + 0.3:.4f} fitting_call 1", f"{at + 0.5:.4f} fitting_call 0",
                  f"{at + 0.6:.4f} door_outer 1", f"{at + 0.8:.4f} door_inner 1",
                  f"{at + 0.9:.4f} door_outer 0", f"{at + 1.1:.4f} door_inner 0"]
    return live.write(os.path.join(home, "busy.trace"), "\n".join(["# thirdring trace 1", *lines, ""]))


def daemon_on(name, *sets, trace=None):
    mark = len(capture.settle().messages)
    daemon = live.Daemon(live.DEMO_CONF, f"mqtt.uri={broker.uri}", f"gpio.trace={trace or busy_shop()}", "gpio.speed=1",
                         f"journal.path={home}/{name}.db", *sets)
    capture.wait("availability", lambda m: m.payload == "online", after=mark)
    return daemon


def command(*options, uri=broker.uri):
    return [live.CLI, "walktest", "--broker", uri, "--set", f"gpio.trace={home}/busy.trace", *options,
            live.DEMO_CONF]


def walk(*options, uri=broker.uri):
    done = subprocess.run(command(*options, uri=uri), capture_output=True, text=True, check=False, env=ENV,
                          stdin=subprocess.DEVNULL, timeout=3 * live.PATIENCE_S)
    capture.settle()
    return done.returncode, done.stdout, done.stderr


def said(mark, topic):
    return [json.loads(m.payload) for m in list(capture.messages)[mark:] if m.topic == f"{BASE}/{topic}"]


daemon = daemon_on("walk", COMMANDS)
mark = len(capture.messages)
record_file = os.path.join(home, "record.json")
code, out, err = walk("--sensor", "greet", "--sensor", "fitting_call", "--sensor", "front_door", "--sensor",
                      "red", "--sensor", "phone_hook", "--yes", "--seconds", "15", "--record", record_file,
                      "--publish", "--by", "Ada")
record = json.load(open(record_file, encoding="utf-8"))
inputs = {i["sensor"]: i for i in record["inputs"]}
t.same((code, record["verdict"], record["source"]), (1, "fail", "daemon"), "a walk while the daemon runs")
t.same([inputs[s]["result"] for s in ("greet", "fitting_call", "phone_hook")], ["good", "good", "dead"],
       "what is seen, and what is not")
t.ok(inputs["greet"]["longest_bounce_ms"] == 1.1 and inputs["greet"]["bounces"] >= 2,
     "bounces are those of the line", inputs["greet"])
t.same((record["gates"][0]["result"], record["gates"][0]["transit_ms"]), ("good", 200), "the gate")
t.ok("thirdringd, over mqtt://" in record["chip"] and "[1/5]" in out, "it says how", record["chip"], out)
t.same([c["output"] for c in said(mark, "cmd/test_output")], ["red"], "the lamp is driven by the daemon")
walks = [c["seconds"] for c in said(mark, "cmd/walktest")]
t.ok(walks[0] == 120 and walks[-1] == 0, "the mode is asked for, and ended", walks)
t.ok(all(r["ok"] for r in said(mark, "rsp/walktest")), "both obeyed", said(mark, "rsp/walktest"))
published = [m for m in capture.messages[mark:] if m.topic == f"{BASE}/commissioning"]
t.ok(len(published) == 1 and json.loads(published[0].payload) == record, "the record is published", published)
errors = [e for m in published for e in contract.errors("commissioning", m.retain, m.qos, m.payload)]
t.ok(published and not errors, "retained, at QoS 1, as its schema says", *errors[:5])

# Told to stop amid it.
daemon.wait_said("the walk test is over")
for sig in (signal.SIGINT, signal.SIGTERM):
    lines, mark = len(daemon.lines), len(capture.settle().messages)
    process = live.start(command("--seconds", "600"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True, env=ENV)
    capture.wait("event/edge/greet", after=mark)
    for junk in ("x", "[]", "", '{"level":7}', '{"level":"ON","mono_ms":1e300,"skipped":-1}',
                 '{"level":"OFF","mono_ms":-5}', '{"level":"ON","mono_ms":3e12,"skipped":1e18}', "z" * 70000):
        broker.publish(f"{BASE}/event/edge/greet", junk)
        broker.publish(f"{BASE}/rsp/walktest", junk)
    process.send_signal(sig)
    out, err = process.communicate(timeout=live.PATIENCE_S)
    live.wait_until(lambda: [c["seconds"] for c in said(mark, "cmd/walktest")][-1:] == [0], "the mode to be ended")
    daemon.wait_said("the walk test is over", lines)
    t.ok(process.returncode == 1 and "INCOMPLETE" in out, f"{sig.name}: the mode is ended, too",
         process.returncode, out, err)

# The broker goes away in the middle, and comes again: the walk goes on.
mark = len(capture.settle().messages)
process = live.start(command("--sensor", "greet", "--sensor", "phone_hook", "--seconds", "20"),
                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENV)
capture.wait("event/edge/greet", after=mark)
broker.stop()
broker.start()
out, err = process.communicate(timeout=3 * live.PATIENCE_S)
t.ok(process.returncode == 1 and "nothing came" in out, "a broker that goes and comes does not end it",
     process.returncode, out, err)
t.same(daemon.stop(), 0, "the daemon's exit code")

# Not allowed; no daemon; no broker.
daemon = daemon_on("refuse")
code, out, err = walk("--yes")
t.ok(code == 69 and "walktest is not among mqtt.commands" in err and "systemctl stop" in err,
     "a daemon that may not is told, and what to do", code, err)
t.same(daemon.stop(), 0, "the daemon's exit code")
code, out, err = walk("--yes")
t.ok(code == 69 and "does not answer" in err and "systemctl stop" in err, "no daemon behind the broker", code, err)
mark = len(capture.messages)
nothing = os.path.join(home, "nothing.json")
process = live.start(command("--record", nothing, "--publish"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE, text=True, env=ENV)
capture.wait("cmd/walktest", after=mark)
process.send_signal(signal.SIGINT)
out, err = process.communicate(timeout=live.PATIENCE_S)
live.wait_until(lambda: [c["seconds"] for c in said(mark, "cmd/walktest")][-1:] == [0], "the mode to be ended")
t.ok(process.returncode == 1 and not os.path.exists(nothing) and not said(mark, "commissioning"),
     "told to stop before it began: the mode is ended, and nothing recorded", process.returncode, out, err)
code, out, err = walk("--yes", uri=f"mqtt://127.0.0.1:{live.free_port()}")
t.ok(code == 69 and "cannot be reached" in err and "systemctl stop" in err, "no broker", code, err)
code, out, err = walk("--yes", uri="http://x")
t.ok(code == 64 and "mqtt://" in err, "no such protocol", code, err)

acl = live.write(os.path.join(home, "acl"), "topic read thirdring/#\n")
strict = live.Broker(extra=f"acl_file {acl}\n").start()
code, out, err = walk("--yes", uri=strict.uri)
t.ok(code == 77 and "installer" in err and "systemctl stop" in err, "a broker that lets nobody command", code, err)
strict.stop()

# A staff panel's buttons are nobody's business.
trace = live.write(os.path.join(home, "busy.trace"), "# thirdring trace 1\n1 smile_ok 1\n900 smile_ok 0\n")
private = 'stations.smiles.audience="staff"'
daemon = daemon_on("private", COMMANDS, private, trace=trace)
code, out, err = walk("--set", private, "--sensor", "smile_ok", "--sensor", "red", "--yes")
t.ok("1 button of a staff panel left out" in err and "[1/1]" in out, "a staff panel is left out, and told", err, out)
t.same(daemon.stop(), 0, "the daemon's exit code")

complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
