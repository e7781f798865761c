#!/usr/bin/python3
"""Whoever may publish may send anything. While the demo day runs, malicious
messages come on every topic the daemon listens to, and then a flood. It lives,
answers what can be answered, says nothing that is not in the contract, speaks
nowhere it should not, keeps its memory; and every record of the day is the one
`thirdring replay` prints."""
import concurrent.futures
import json
import os
import re
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
COMMANDS = ("ack", "mute", "void", "set_count", "test_output", "walktest", "refresh")
AT_ONCE, A_SECOND, OVER_S = 20, 5, 5  # src/daemon/answer.h
FLOOD_S, FLOOD_RATE = 5, 1000
SPEED = 350  # the day in 108 s: all that is tried takes 35, and thrice that on a slow machine
GROWN_KB = 6144  # with all that a day itself takes
truth, _ = tap.replay(live.DEMO_CONF, live.DEMO_TRACE)

# What is sent, and what is said of it; None: nothing, or what is said is not of interest.
NO_JSON = "not JSON"
PAYLOADS = (
    ("4000 brackets", b"[" * 4000, NO_JSON),
    ("4000 nested objects", b'{"a":' * 800, NO_JSON),
    ("64 kB", b"x" * 65536, "65536 bytes are more than the 4096 allowed"),
    ("65 kB", b"x" * 66560, None),
    ("100000 brackets", b"[" * 100000, None),
    ("1 MB", b'{"id":"' + b"x" * (1 << 20) + b'"}', None),
    ("bytes that are no text", bytes(range(1, 256)), NO_JSON),
    ("NULs", bytes(100), NO_JSON),
    ("a NUL after an object", b'{"id":"a"}\0{}', NO_JSON),
    ("an escaped NUL", b'{"id":"a\\u0000b"}', NO_JSON),
    ("half a character", b'{"id":"\xc3"}', NO_JSON),
    ("half a surrogate pair", b'{"id":"\\ud800"}', NO_JSON),
    ("a number beyond all", b'{"id":1e999}', NO_JSON),
    ("an integer beyond all", b'{"id":' + b"9" * 400 + b"}", NO_JSON),
    ("keys that repeat", b'{"id":"a","id":"b"}', NO_JSON),
    ("a list", b"[1,2,3]", "JSON object is expected"),
    ("null", b"null", NO_JSON + "|JSON object is expected"),
    ("an id of a wrong type", b'{"id":["a"]}', '"id" must be a string'),
    ("an id of 65 bytes", b'{"id":"' + b"i" * 65 + b'"}', "at most 64 bytes"),
    ("a format in a key", b'{"%s%n%n%x":"%s%n"}', 'unknown key "%s%n%n%x"'),
    ("a line in a key", b'{"a\\nthirdringd: error: b\\u001b[31m":1}',
     r'unknown key "a\?thirdringd: error: b\?\[31m"'),
    ("a long key", b'{"' + b"k" * 4000 + b'":1}', 'unknown key "k{40}"'),
)
WRONG = {
    "ack": (b'{"station":["tills"]}', b'{"alert":"%s%n"}', b'{"alert":{}}'),
    "mute": (b'{"seconds":1e9}', b'{"seconds":-9223372036854775808}', b'{"seconds":"5"}'),
    "void": (b'{"station":"../../tills"}', b'{"station":"tills\\u0020"}', b'{"station":null}'),
    "set_count": (b'{"station":"tills","count":9223372036854775807}',
                  b'{"station":"tills","count":2.0}', b'{"station":"tills","count":true}'),
    "test_output": (b'{"output":"%n"}', b'{"output":"buzzer","ms":0}', b'{"ms":5}'),
    "walktest": (b'{"seconds":4000}', b"", b'{"seconds":[]}'),
    "refresh": (b'{"station":"tills"}', b"{}}", b'{"id":"\\"}'),
}
NAMES = (("%s%n%x", "unknown"), ("", "unknown"), ("\u00e9" * 60, "unknown"), ("x" * 200, "unknown"),
         ("no such", "unknown"), ("reboot", "reboot"))
NOT_THERE = (f"{BASE}/cmd/refresh", f"{BASE}/availability", f"{BASE}/journal/wait",
             f"{BASE}/rsp", "thirdring/demo/other/rsp/ack", "thirdring", "$SYS/broker/x", "", "a/+/b",
             "#", "/" * 250, "r" * 300, "homeassistant/device/thirdring_demo_main/config",
             "homeassistant/status", b"a\xef\xbf\xbf", b"a\0b", b"\xff", "a\nb")


class Dead(Exception):
    """The daemon is."""


class Told:
    """What a test found, to be told in its turn."""

    def __init__(self):
        self.found = []

    def __getattr__(self, name):
        return lambda *words: self.found.append((name, words))


class Siege:
    def __init__(self, version):
        self.t = Told()
        self.label = "MQTT 5" if version == 5 else "MQTT 3.1.1"
        self.version = version
        self.broker = live.Broker().start()
        self.broker.publish(f"{BASE}/cmd/refresh", "{}", "-r")  # retained long ago
        self.ear = mqttraw.Client(self.broker.port).subscribe("#")
        self.journal = os.path.join(live.folder(), "journal.db")
        self.daemon = live.Daemon(
            live.DEMO_CONF, f"gpio.speed={SPEED}", f"mqtt.uri={self.broker.uri}",
            f"mqtt.version={version}", "mqtt.discovery=true", f"journal.path={self.journal}",
            args=["--exit-at-end"])
        live.wait_until(lambda: self.heard("availability"), "the daemon to be online")
        self.mouth = mqttraw.Client(self.broker.port, version)
        self.lean = self.memory()
        self.sent = 0
        self.began = time.monotonic()
        self.broken = []

    def heard(self, topic, after=0):
        return [p for p in self.ear.got[after:] if p.topic == f"{BASE}/{topic}"]

    def pace(self):
        """Never more at once than are heard."""
        self.sent += 1
        due = self.began + (self.sent - AT_ONCE + 5) / A_SECOND
        time.sleep(max(0, due - time.monotonic()))

    def speak(self, topic, payload, **options):
        """@return whether the broker let it pass."""
        self.pace()
        if not self.mouth.alive:
            self.mouth = mqttraw.Client(self.broker.port, self.version)
        reason = self.mouth.said(topic, payload, **options)
        if self.daemon.process.poll() is not None:
            self.t.ok(False, f"{self.label}: it lives, and the day goes on, after {topic} {payload[:60]}",
                      *self.daemon.text()[-20:])
            raise Dead
        return reason is not None and reason < 128

    def refused(self, what, name, payload, why, rsp=None, **options):
        """It must come back as refused, with the reason, on the topic for it."""
        after = len(self.ear.got)
        if not self.speak(f"{BASE}/cmd/{name}", payload, **options) or why is None:
            return
        rsp = f"rsp/{rsp or name}"
        got = live.wait_until(lambda: self.heard(rsp, after), f"an answer to {what} on {rsp}")
        answer = json.loads(got[0].payload)
        if answer["ok"] is not False or not re.search(why, answer["error"] or ""):
            self.broken.append(f"{what} on {name}: {answer}")

    def obeyed(self):
        after = len(self.ear.got)
        self.speak(f"{BASE}/cmd/refresh", b'{"id":"\xf0\x9f\x92\x90%s"}')
        got = live.wait_until(lambda: self.heard("rsp/refresh", after), "an answer to refresh")
        answer = json.loads(got[0].payload)
        return answer["ok"] is True and answer["id"] == "\U0001f490%s"

    def check(self, what):
        self.t.ok(not self.broken and self.obeyed(), f"{self.label}: {what}", *self.broken)
        self.broken = []

    def run(self):
        try:
            self.payloads()
            self.topics()
            if self.version == 5:
                self.answers()
            self.flood()
            self.day()
        except Dead:
            pass

    # --- what is tried ------------------------------------------------------------
    def payloads(self):
        for i, (what, payload, why) in enumerate(PAYLOADS):
            self.refused(what, COMMANDS[i % len(COMMANDS)], payload, why)
        self.check(f"{len(PAYLOADS)} malicious payloads are refused, with their reason")
        for name, wrong in WRONG.items():
            for payload in wrong:
                self.refused(payload, name, payload, ".")
        self.check("so are wrong arguments to each command")

    def topics(self):
        for name, rsp in NAMES:
            self.refused(name, name, b"{}", "there is no command .*; there are: ack, mute", rsp)
        self.check("names that are none, among them a format and 200 letters, are refused")
        for payload in (b"", b"online", b"offline\0", b"%s%n", b"x" * 60000, b"[" * 4000):
            self.speak("homeassistant/status", payload)
            self.speak("homeassistant/status", payload, retain=True)
        for name in (*COMMANDS, "%n"):
            self.speak(f"{BASE}/cmd/{name}", b'{"station":"tills"}', retain=True)
        self.speak(f"{BASE}/cmd/ack/more", b"{}")
        self.check("what comes on homeassistant/status, or retained, does no harm")

    def answers(self):
        for topic in NOT_THERE:
            self.refused(topic, "void", b'{"station":"bar"}', 'no station "bar"',
                         properties=[(mqttraw.RESPONSE_TOPIC, topic)])
        self.check("a response topic where nothing is to be said: answered under rsp/")
        after = len(self.ear.got)
        self.speak(f"{BASE}/cmd/void", b"{}", properties=[
            (mqttraw.RESPONSE_TOPIC, "reply/%s%n"), (mqttraw.CORRELATION, bytes(1024))])
        live.wait_until(lambda: [p for p in self.ear.got[after:] if p.topic == "reply/%s%n"],
                        "an answer where it was asked for")
        self.refused("60 kB of correlation data", "void", b"{}",
                     "60000 bytes of correlation data are more than the 1024 allowed",
                     properties=[(mqttraw.CORRELATION, b"\0" * 60000)])
        self.check("another is used; correlation data of 60 kB is refused")

    def flood(self):
        time.sleep(AT_ONCE / A_SECOND)  # what was said so far is paid for
        after = len(self.ear.got)
        line = len(self.daemon.lines)
        calm = self.memory()
        began, n = time.monotonic(), 0
        while (now := time.monotonic()) < began + FLOOD_S:
            for _ in range(int((now - began) * FLOOD_RATE) - n):
                self.mouth.publish(f"{BASE}/cmd/refresh", b'{"id":"flood"}', qos=n % 2)
                n += 1
            time.sleep(0.005)
        lasted = time.monotonic() - began
        after_s = time.monotonic()
        # Where the flood stands still for a while, its end is told, and that it begins again.
        begin, end = "warning: too many commands", "no more too many commands: [0-9]+ were not heard"
        self.daemon.wait_said(end, line)
        live.wait_until(lambda: len(self.daemon.said(begin, line)) == len(self.daemon.said(end, line)),
                        "the flood to be over")
        lasted_s = time.monotonic() - after_s

        def answers(ok):
            return [a for a in (json.loads(p.payload) for p in self.heard("rsp/refresh", after))
                    if a["ok"] is ok]
        live.wait_until(lambda: min(len(answers(True)), len(answers(False))) >= AT_ONCE,
                        "answers, and refusals in words")
        obeyed, many = answers(True), answers(False)
        most = AT_ONCE + A_SECOND * (lasted + lasted_s + 1)
        self.t.note(f"{self.label}: {n} commands in {lasted:.1f} s: {len(obeyed)} obeyed, {len(many)} "
                    f"refused in words; memory {calm} kB before, {self.memory()} kB after")
        self.t.ok(AT_ONCE <= len(obeyed) <= most and AT_ONCE <= len(many) <= most
                  and all(a["error"].startswith("too many commands: ") for a in many),
                  f"{self.label}: of {n} commands in {lasted:.0f} s some are obeyed, some refused",
                  len(obeyed), len(many), most)
        self.t.ok(len(self.daemon.said(begin, line)) <= 1 + (lasted + lasted_s) / OVER_S,
                  f"{self.label}: that it begins, and ends, is said once", *self.daemon.said(begin, line))
        self.t.ok(len(self.daemon.lines) - line < 4 * most, f"{self.label}: the log does not fill",
                  len(self.daemon.lines) - line)
        rows = live.journal_rows(self.journal, "SELECT count(*) FROM event WHERE what & 15 = 6")
        self.t.ok(rows[0][0] <= self.sent + most, f"{self.label}: nor does the journal", rows)
        if not live.SANITIZED:
            self.t.ok(self.memory() - calm < 4096, f"{self.label}: memory stays", calm, self.memory())
            self.t.ok(self.memory() - self.lean < GROWN_KB, f"{self.label}: all that came before it "
                      f"grew it by {calm - self.lean} kB", self.lean, calm)
        self.began, self.sent = time.monotonic(), AT_ONCE
        self.check("after the flood commands are obeyed again")

    def memory(self):
        with open(f"/proc/{self.daemon.pid}/status", encoding="ascii") as file:
            return next(int(row.split()[1]) for row in file if row.startswith("VmRSS"))

    def extras(self, heard):
        """What MQTT 5 says beside topic and payload: news passes, and JSON is said to be."""
        events = sum("/event/" in p.topic for p in heard)
        wrong = [f"{p.topic}: expiry {p.properties.get(mqttproxy.EXPIRY)}" for p in heard
                 if (0 < p.properties.get(mqttproxy.EXPIRY, 99) <= 30) != ("/event/" in p.topic)]
        self.t.ok(events > 100 and not wrong,
                  f"{self.label}: each of {events} events expires within 30 s, and nothing else",
                  *wrong[:10])
        wrong = [f"{p.topic}: {p.properties}" for p in heard
                 if (p.properties.get(mqttproxy.CONTENT_TYPE) == b"application/json")
                 != (p.payload[:1] == b"{")]
        self.t.ok(not wrong, f"{self.label}: whatever is JSON is said to be, and nothing else",
                  *wrong[:10])

    # --- what must have held -------------------------------------------------------------
    def day(self):
        self.t.same(self.daemon.wait(live.PATIENCE_S * 3), 0, f"{self.label}: the day ends with exit code")
        live.wait_until(lambda: self.heard("availability")[-1].payload == b"offline", "offline")
        heard = [p for p in self.ear.got if p.topic.startswith(BASE)
                 and not p.topic.startswith(f"{BASE}/cmd/")]
        wrong = [f"{p.topic}: {e}" for p in heard for e in contract.errors(
            live.below(p.topic), str(p.retain), str(p.qos), p.payload.decode())]
        self.t.ok(not wrong, f"{self.label}: each of {len(heard)} messages fits the contract", *wrong[:10])
        if self.version == 5:
            self.extras(heard)
        foreign = {p.topic for p in self.ear.got if b'"ok":' in p.payload
                   and not p.topic.startswith((f"{BASE}/rsp/", "reply/"))}
        self.t.ok(not foreign, f"{self.label}: it answered nowhere else", *foreign)
        records = [json.loads(p.payload) for p in heard if "/journal/" in p.topic]
        self.t.same([r["seq"] for r in records], list(range(1, len(truth) + 1)),
                    f"{self.label}: records in order") if len(records) != len(truth) else None
        # A command that is obeyed has its own number in the journal, and ids follow it.
        ids = ("id", "wait", "hist")
        strip = lambda r: {k: v for k, v in r.items() if k not in ids}  # noqa: E731
        differ = [f"{a}\n{b}" for a, b in zip(records, truth) if strip(a) != strip(b)]
        self.t.ok(len(records) == len(truth) and not differ,
                  f"{self.label}: all {len(truth)} records of the day are replay's", *differ[:3])
        self.t.same(len(self.daemon.said("connected to")), 1, f"{self.label}: connections it needed")
        self.t.same(live.once_each(p.payload for p in self.heard("availability")),
                    [b"online", b"offline"],
                    f"{self.label}: availability, whatever comes")
        ignored = self.daemon.said("ignored a retained command")
        self.t.ok(ignored, f"{self.label}: retained commands are ignored")
        self.t.ok(not [line for line in self.daemon.text() if not line.startswith("thirdringd: ")],
                  f"{self.label}: no line of the log is a stranger's")


# Side by side: most of it is waiting for the pace at which commands are heard.
sieges = [Siege(5), Siege(3)]
with concurrent.futures.ThreadPoolExecutor(len(sieges)) as pool:
    for future in [pool.submit(siege.run) for siege in sieges]:
        future.result()
for siege in sieges:
    for verdict, words in siege.t.found:
        getattr(t, verdict)(*words)
complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
