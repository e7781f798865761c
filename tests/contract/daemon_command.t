#!/usr/bin/python3
"""Commands from the broker: obeyed, answered, or refused with a reason; a
retained one is never obeyed. The shop is a short trace at real speed."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import mqttproxy  # noqa: E402
import mqttraw  # noqa: E402
import tap  # noqa: E402
import validate  # noqa: E402

live.need_broker()
t = tap.Tap()
contract = validate.Contract()
BASE = "thirdring/demo/main"
TOO_MANY = '"too many commands: '
home = live.folder()
broker = live.Broker().start()
# Somebody calls from the fitting room and is late after 2 s; two stand in line.
# Two of the smileys crackle.
trace = live.write(os.path.join(home, "shop.trace"),
                   "# thirdring trace 1\n0.5 fitting_call 1\n0.8 fitting_call 0\n"
                   "1 line_in 1\n1.3 line_in 0\n2 line_in 1\n2.3 line_in 0\n"
                   + "".join(f"{3 + i / 200:.3f} smile_{which} {(i + 1) % 2}\n" for i in range(400)
                             for which in ("good", "bad"))
                   + "3600 greet 1\n")
# A command that was retained long ago.
broker.publish(f"{BASE}/cmd/set_count", '{"station":"tills","count":9}', "-r")
capture = live.Capture(broker)


# Nothing but somebody who calls.
calm = live.write(os.path.join(home, "calm.trace"),
                  "# thirdring trace 1\n0.5 fitting_call 1\n0.8 fitting_call 0\n3600 greet 1\n")


def begin(*sets, uri=broker.uri):
    capture.settle()  # the last words of the one before
    mark = len(capture.messages)
    journal = os.path.join(home, f"journal-{mark}.db")
    daemon = live.Daemon(live.DEMO_CONF, f"mqtt.uri={uri}", f"gpio.trace={trace}",
                         "gpio.speed=1", "stations.fitting.target.seconds=2",
                         f"journal.path={journal}", *sets)
    capture.wait("alert/fitting-wait", lambda m: '"late"' in m.payload, after=mark)
    capture.wait("station/tills/state", lambda m: json.loads(m.payload)["waiting"] == 2, after=mark)
    return daemon, mark


def answer(name, payload, raw=False):
    """Send it; the answer on rsp/<name> to this very request. Too fast: again."""
    def heard():
        mark = len(capture.messages)
        broker.publish(f"{BASE}/cmd/{name}", payload if raw else json.dumps(payload))
        got = capture.wait(f"rsp/{name}", after=mark)
        time.sleep(0.5 if TOO_MANY in got.payload else 0)
        return TOO_MANY not in got.payload and (got, mark)
    message, mark = live.wait_until(heard, f"an answer to {name} in peace")
    errors = contract.errors(f"rsp/{name}", message.retain, message.qos, message.payload)
    if errors:
        t.ok(False, f"the answer to {name} fits its schema", *errors)
    return json.loads(message.payload), mark


def obeyed(name, payload):
    got, mark = answer(name, {**payload, "id": f"request-{name}"})
    t.same((got["command"], got["ok"], got["error"], got["id"]),
           (name, True, None, f"request-{name}"), f"{name} {payload}: the answer")
    return mark


def refused(name, payload, why, raw=False):
    got, _ = answer(name, payload, raw)
    t.ok(got["ok"] is False and re.search(why, got["error"] or ""),
         f"{name} {str(payload)[:50]}: refused, because {why}", got)


def state(mark, station, predicate):
    message = capture.wait(f"station/{station}/state", lambda m: predicate(json.loads(m.payload)),
                           after=mark)
    return json.loads(message.payload)


class Quiet:
    """A daemon whose broker acknowledges nothing while other things are tried: what
    becomes of an answer that waits for TR_ANSWER_TTL_S, and of a command that comes
    after the last words."""
    TTL_S = 30  # src/daemon/answer.h

    def __init__(self):
        self.broker = live.Broker().start()
        self.proxy = mqttproxy.Proxy(self.broker.port)
        self.ear = mqttraw.Client(self.broker.port).subscribe(f"{BASE}/#")
        self.asker = mqttraw.Client(self.broker.port)
        self.journal = os.path.join(home, "quiet.db")
        self.daemon = self.begin()
        self.still()
        self.held = []
        self.connection = self.proxy.connections[-1]
        self.proxy.acks = lambda packet: self.held.append(packet) or []
        self.ask("refresh", b"{}")
        live.wait_until(lambda: self.heard("rsp/refresh"), "an answer")
        self.ask("void", b'{"station":"bar","id":"old"}')
        self.daemon.wait_said('command void .*"old"')
        self.since = time.monotonic()

    def begin(self):
        mark = len(self.ear.got)
        daemon = live.Daemon(
            live.DEMO_CONF, f"mqtt.uri={self.proxy.uri}", f"gpio.trace={calm}", "gpio.speed=1",
            "mqtt.discovery=false", "mqtt.keepalive_s=3600", f"journal.path={self.journal}")
        live.wait_until(lambda: b"online" in self.heard("availability", mark), "online")
        live.wait_until(lambda: any(json.loads(p)["waiting"] == 1 for p in
                                    self.heard("station/fitting/state", mark)), "somebody to wait")
        return daemon

    def heard(self, tail, after=0):
        return [p.payload for p in self.ear.got[after:] if p.topic == f"{BASE}/{tail}"]

    def ask(self, name, payload):
        self.asker.said(f"{BASE}/cmd/{name}", payload)

    def still(self):
        """All is acknowledged, and nothing new comes: everybody's line has been said."""
        live.wait_until(lambda: self.proxy.connections and not self.proxy.connections[-1].flying,
                        "all to be acknowledged")

    def too_old(self):
        time.sleep(max(0, self.since + self.TTL_S + 1 - time.monotonic()))
        t.same(self.heard("rsp/void"), [], "an answer waits where nothing is acknowledged: heard")
        self.proxy.acks = lambda packet: [(0, packet)]
        for packet in self.held:
            self.connection.later(0, packet)
        self.daemon.wait_said(f"an answer was dropped: the broker took none for {self.TTL_S} s")
        self.ask("void", b'{"station":"bar","id":"new"}')
        live.wait_until(lambda: self.heard("rsp/void"), "the next answer")
        t.same([json.loads(p)["id"] for p in self.heard("rsp/void")], ["new"],
               "one that is too old is dropped, the next is given: ids")

    def too_late(self):
        """Its farewell waits for acknowledgements, two seconds at most; what comes meanwhile
        came too late. A machine that stands still for so long is given another farewell."""
        late = b'{"station":"fitting","id":"late"}'

        def at_once(packet):
            """As soon as it says offline, somebody answers."""
            if mqttproxy.kind(packet) == mqttproxy.PUBLISH:
                said = mqttproxy.publication(packet)
                if (said.topic, said.payload) == (f"{BASE}/availability", b"offline"):
                    self.proxy.connections[-1].later(0, mqttproxy.packet(
                        mqttproxy.PUBLISH << 4, mqttproxy.text(f"{BASE}/cmd/void") + b"\0" + late))
            return True

        for _ in range(5):
            self.still()
            before = live.journal_records(self.journal)
            mark = len(self.ear.got)
            self.proxy.acks, self.proxy.passes = lambda packet: [], at_once
            self.daemon.process.terminate()
            t.same(self.daemon.wait(), 0, "exit code")
            live.wait_until(lambda m=mark: b"offline" in self.heard("availability", m), "offline")
            if self.daemon.said("came too late"):
                break
            self.proxy.acks, self.proxy.passes = lambda packet: [(0, packet)], lambda packet: True
            self.daemon = self.begin()
        t.ok(self.daemon.said("ignored a command that came too late"),
             "a command after the last words is ignored", *self.daemon.text()[-3:])
        said = [(p.topic, p.payload) for p in self.ear.got[mark:]]
        last = (f"{BASE}/availability", b"offline")
        later = [one for one in said[said.index(last):] if one != last]  # his will says it as well
        t.same(later, [], "after offline is said")
        t.same(live.journal_records(self.journal), before, "and nobody's wait is voided: records")
        for one in (self.asker, self.ear, self.proxy):
            one.close()


quiet = Quiet()
daemon, start = begin()
daemon.wait_said("ignored a retained command on .*/cmd/set_count")
t.ok(True, "a retained command is ignored")


# A sensor's alert, by its own name; a minute after it is well again it would be over.
def alert(mark, topic, **want):
    capture.wait(f"alert/{topic}", lambda m: m.payload and want.items() <= json.loads(m.payload).items(),
                 after=mark)


alert(0, "sensor-smile_good", state="raised", acked=False)
alert(0, "sensor-smile_bad", state="raised", acked=False)
mark = obeyed("ack", {"alert": "sensor-smile_good"})
alert(mark, "sensor-smile_good", state="acked", acked=True)
capture.settle()
t.same([m.topic for m in capture.messages[mark:] if "sensor-smile_bad" in m.topic], [],
       "and no other: what is said of another's")

mark = obeyed("ack", {"station": "fitting"})
capture.wait("alert/fitting-wait", lambda m: json.loads(m.payload)["state"] == "acked", after=mark)
capture.wait("journal/alert", lambda m: '"fitting-wait"' in m.payload and
             json.loads(m.payload)["state"] == "acked", after=mark)
t.ok(True, "ack: the alert is acked, in its topic and the journal")
obeyed("ack", {"alert": "tills-wait"})

mark = obeyed("set_count", {"station": "tills", "count": 5})
t.same(state(mark, "tills", lambda s: s["waiting"] == 5)["waiting"], 5, "set_count: waiting")
mark = obeyed("set_count", {"station": "tills", "count": 1})
state(mark, "tills", lambda s: s["waiting"] == 1)
capture.wait("journal/wait", lambda m: json.loads(m.payload)["outcome"] == "unknown", after=mark)
t.ok(True, "set_count: who is not there after all ends as unknown")

mark = obeyed("void", {"station": "fitting"})
wait = json.loads(capture.wait("journal/wait", lambda m: '"fitting"' in m.payload, after=mark).payload)
t.same((wait["outcome"], wait["by"], wait["in_target"]), ("void", "staff", wait["in_target"]),
       "void: the wait's record")
state(mark, "fitting", lambda s: s["waiting"] == 0)

mark = obeyed("refresh", {})
live.wait_until(lambda: len({m.topic for m in capture.messages[mark:]
                             if live.below(m.topic).startswith(("input/", "output/", "station/"))
                             or live.below(m.topic) == "info"}) == 16 * 2 + 4 + 5 * 2 + 1,
                "refresh to say every state again")
t.ok(True, "refresh: every state is said again")

mark = obeyed("mute", {"seconds": 600})
mark = obeyed("mute", {"seconds": 0, "station": "fitting"})
mark = obeyed("test_output", {"output": "green", "ms": 1000})
capture.wait("output/green/state", lambda m: m.payload == "ON", after=mark)
live.wait_until(lambda: capture.of("output/green/state")[-1].payload == "OFF", "green to go out")
t.ok(True, "test_output: the lamp is lit, and goes out again")

# --- refused ----------------------------------------------------------------------
refused("ack", {}, '"station" or "alert" is needed')
refused("ack", {"station": "bar"}, 'there is no station "bar"')
refused("ack", {"station": "tills", "alert": "tills-wait"}, "not both")
refused("ack", {"station": 7}, "must be a string")
refused("void", {"station": "fitting"}, "nobody waits")
refused("set_count", {"station": "fitting", "count": 3}, "only the line of a queue")
refused("set_count", {"station": "tills"}, '"count" is needed')
refused("set_count", {"station": "tills", "count": 129}, "from 0 to 128, not 129")
refused("set_count", {"station": "tills", "count": 1.5}, "whole number")
refused("mute", {"seconds": -1}, "from 0 to 86400")
refused("mute", {"seconds": 5, "until": "noon"}, 'unknown key "until"')
refused("test_output", {"output": "siren"}, 'there is no output "siren"')
refused("refresh", "{", "not JSON", raw=True)
refused("refresh", "[]", "JSON object is expected", raw=True)
refused("refresh", '{"id":"a","id":"b"}', "not JSON", raw=True)
refused("refresh", '{"id":"' + "x" * 5000 + '"}', "bytes are more than", raw=True)
refused("refresh", "\\xff\\xfe{}", "not JSON", raw=True)
refused("reboot", {}, 'there is no command "reboot"; there are: ack, mute, void, set_count,')
refused("ack", {"alert": "sensor-bar"}, 'there is no alert "sensor-bar"')
t.ok(daemon.process.poll() is None, "and it lives on")
daemon.wait_said('command ack .*"sensor-bar"')
t.ok(len(daemon.said("command .*: ")) >= 20, "every command is logged")

# --- MQTT 5: the answer where the asker wants it -------------------------------------
if shutil.which("mosquitto_rr") is None:
    t.count += 1
    print(f"ok {t.count} # SKIP mosquitto_rr is not installed")
else:
    seen = len(capture.settle().of("rsp/.*"))
    run = subprocess.run(["mosquitto_rr", "-p", str(broker.port), "-q", "1", "-V", "5", "-W", "30",
                          "-t", f"{BASE}/cmd/refresh", "-e", "reply/here", "-m", '{"id":"rr"}',
                          "-D", "publish", "correlation-data", "c0ffee"],
                         capture_output=True, text=True, check=False, timeout=live.PATIENCE_S)
    got = json.loads(run.stdout) if run.returncode == 0 else {}
    t.ok(got.get("ok") is True and got.get("id") == "rr", "MQTT 5: answered on the response topic",
         run.returncode, run.stdout, run.stderr)
    capture.settle()
    t.same(len(capture.of("rsp/.*")), seen, "and not on rsp/ as well, answers there")
t.same(daemon.stop(), 0, "exit code")

# --- what the configuration does not allow ---------------------------------------------
daemon, start = begin('mqtt.commands=["ack"]')
obeyed("ack", {"station": "fitting"})
refused("void", {"station": "fitting"}, "not among mqtt.commands")
refused("set_count", {"station": "tills", "count": 9}, "not among mqtt.commands")
capture.settle()
last = [json.loads(m.payload)["waiting"] for m in capture.of("station/tills/state")][-1]
t.same(last, 2, "and not done: waiting")
t.same(daemon.stop(), 0, "exit code")

# --- answers that find no room ------------------------------------------------------------
# Acknowledgements are held back: a refresh fills what may be in flight, and answers wait.
proxy = mqttproxy.Proxy(broker.port)
daemon, start = begin("mqtt.keepalive_s=3600", uri=proxy.uri)
capture.wait("availability", lambda m: m.payload == "online", after=start)
# The buttons that crackle fall silent: what they say would take all the room.
for button in ("smile_good", "smile_bad"):
    capture.wait(f"input/{button}/health", lambda m: m.payload == "storm", after=start)
    capture.wait(f"input/{button}/health", lambda m: m.payload == "ok", after=start)
live.wait_until(lambda: not proxy.connections[-1].flying, "all to be acknowledged")
held = []
proxy.acks = lambda packet: held.append(packet) or []
mark = len(capture.messages)
asker = mqttraw.Client(broker.port)
asker.said(f"{BASE}/cmd/refresh", b"{}")
capture.wait("rsp/refresh", after=mark)
for i in range(18):
    asker.said(f"{BASE}/cmd/void", b'{"station":"bar","id":"%d"}' % i)
daemon.wait_said("command void .*\"17\"")
capture.settle()
t.ok(not [m for m in capture.messages[mark:] if "rsp/void" in m.topic],
     "where there is no room, answers wait")
proxy.acks = lambda packet: [(0, packet)]
for packet in held:
    proxy.connections[-1].later(0, packet)
live.wait_until(lambda: len([m for m in capture.messages[mark:] if "rsp/void" in m.topic]) >= 16,
                "the answers that waited")
late = capture.messages[mark:]
order = [json.loads(m.payload)["id"] for m in late if "rsp/void" in m.topic]
t.same(order, [str(i) for i in range(2, 18)], "then the newest 16 are given, in order: ids")
t.same(len(daemon.said("an answer that waited was dropped")), 2, "and the others told: lines")
last = mark + max(i for i, m in enumerate(late) if "rsp/void" in m.topic)
live.wait_until(lambda: sum(m.retain == "1" for m in capture.messages[last:]) > 10,
                "the state that waited, too")
t.ok(True, "answers go before the state that waits too")
asker.close()
t.same(daemon.stop(), 0, "exit code")
proxy.close()

# --- a command that the broker sends again ------------------------------------------------
# Obeyed and answered, but the link breaks before the broker knows that it came.
proxy = mqttproxy.Proxy(broker.port)
daemon, start = begin("mqtt.will_delay_s=60", uri=proxy.uri)
capture.wait("availability", lambda m: m.payload == "online", after=start)
proxy.passes = lambda packet: mqttproxy.kind(packet) != mqttproxy.PUBACK
mark = obeyed("void", {"station": "tills"})
state(mark, "tills", lambda s: s["waiting"] == 1)
proxy.cut()
proxy.passes = lambda packet: True
daemon.wait_said("command void .*sent again by the broker")
live.wait_until(lambda: len(daemon.said("connected to")) > 1, "a second connection")
capture.wait("availability", lambda m: m.payload == "online", after=mark)
t.same([json.loads(m.payload)["waiting"] for m in capture.of("station/tills/state")][-1], 1,
       "a command that is sent again is obeyed once: who waits")
mark = obeyed("void", {"station": "tills"})
t.same(state(mark, "tills", lambda s: s["waiting"] == 0)["waiting"], 0,
       "the same words said anew are obeyed anew: who waits")
t.same(daemon.stop(), 0, "exit code")
proxy.close()

# --- a command takes nothing from an edge ----------------------------------------------------
# Buttons chatter all the time, too shortly to count: eleven thousand edges a second. A
# command that were taken for later than an edge that is not yet read would move it. Nor is
# an edge moved by the time where a machine stands still, and more has come than a turn reads.
SPEED, SHOP_S = 5 if live.SANITIZED else 20, 900
buttons = ("smile_good", "smile_ok", "smile_bad", "greet", "not_customer", "fitting_call",
           "fitting_done")
dense = live.write(os.path.join(home, "dense.trace"), "# thirdring trace 1\n" + "".join(
    f"{1 + i / 80 + j / 1000:.4f} {button} {(i + 1) % 2}\n"
    for i in range(80 * SHOP_S) for j, button in enumerate(buttons)))
mark = len(capture.messages)
daemon = live.Daemon(live.DEMO_CONF, f"mqtt.uri={broker.uri}", f"gpio.trace={dense}",
                     f"gpio.speed={SPEED}", "log.level=debug",
                     f"journal.path={os.path.join(home, 'dense.db')}")
capture.wait("availability", lambda m: m.payload == "online", after=mark)
asker, stood = mqttraw.Client(broker.port), False
while len(daemon.said("command ack .*: obeyed")) < 30 and not daemon.said("the trace has ended"):
    asker.said(f"{BASE}/cmd/ack", b'{"station":"tills"}')
    time.sleep(0.2)  # no more than are heard
    if not stood and len(daemon.said("command ack .*: obeyed")) >= 10:
        stood = True
        daemon.process.send_signal(signal.SIGSTOP)
        time.sleep(2)
        daemon.process.send_signal(signal.SIGCONT)
t.ok(len(daemon.said("command ack .*: obeyed")) >= 5, "thirty commands, or some, come amid edges",
     len(daemon.said("command ack .*: obeyed")))
moved = daemon.said("an edge event was senseless|senseless .time")
t.same(len(moved), 0, "edges that a command, or a moment's standstill, moved")
asker.close()
t.same(daemon.stop(), 0, "exit code")

# --- a broker that does not take the answer ---------------------------------------------------
guarded = live.Broker("max_queued_messages 1000\nacl_file "
                      + live.write(os.path.join(home, "acl"), "topic readwrite thirdring/#\n")
                      + "\n").start()
ear = mqttraw.Client(guarded.port).subscribe(f"{BASE}/#")
daemon = live.Daemon(live.DEMO_CONF, f"mqtt.uri={guarded.uri}", f"gpio.trace={trace}",
                     "gpio.speed=1", "mqtt.discovery=false",
                     f"journal.path={os.path.join(home, 'guarded.db')}")
live.wait_until(lambda: [p for p in ear.got if p.payload == b"online"], "online")
asker = mqttraw.Client(guarded.port)
asker.said(f"{BASE}/cmd/refresh", b"{}", properties=[(mqttraw.RESPONSE_TOPIC, "not/allowed")])
daemon.wait_said("the broker does not take an answer: Not authorized")
asker.said(f"{BASE}/cmd/refresh", b"{}")
live.wait_until(lambda: [p for p in ear.got if p.topic.endswith("/rsp/refresh")], "the next answer")
t.ok(not daemon.said("no broker|of the state"), "an answer that is refused is told; the next is not")
for one in (asker, ear):
    one.close()
t.same(daemon.stop(), 0, "exit code")

# --- an answer that is too old, a command that comes too late -----------------------------------
quiet.too_old()
quiet.too_late()

capture.stop()
complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
