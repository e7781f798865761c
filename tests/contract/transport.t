#!/usr/bin/python3
"""mqtt://, mqtts://, ws:// and wss://, each with MQTT 5 and 3.1.1: the same
morning told eight ways to one broker. The records are replay's, state lies where
it should, commands are obeyed, a killed unit is offline in due time and one that
stops says so; and what TLS costs in memory."""
import contextlib
import json
import os
import signal
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402

live.need_broker()
import certs  # noqa: E402

if certs.missing():
    tap.skip_all(certs.missing())
t = tap.Tap()
home = live.folder()
shop = certs.Shop(home)
MORNING_S = 7200
SPEED = 300 if live.SANITIZED else 600


def morning():
    """The demo day's first two hours, after which nobody is inside."""
    with open(live.DEMO_TRACE, encoding="utf-8") as day:
        lines = [line for line in day if not line[0].isdigit() or
                 float(line.split()[0]) < MORNING_S]
    return live.write(os.path.join(home, "morning.trace"), "".join(lines))


def calls():
    """Somebody calls and is late after 2 s; two stand in line; then nothing."""
    return live.write(os.path.join(home, "calls.trace"),
                      "# thirdring trace 1\n0.5 fitting_call 1\n0.8 fitting_call 0\n"
                      "1 line_in 1\n1.3 line_in 0\n2 line_in 1\n2.3 line_in 0\n3600 greet 1\n")


class Unit:
    """One way to the broker: a unit of its own, under a name that tells which."""

    def __init__(self, scheme, version):
        self.scheme, self.version = scheme, version
        self.name = f"{scheme}{version}"
        self.what = f"{scheme}://, MQTT {'5' if version == 5 else '3.1.1'}"
        port = {"mqtt": broker.port, "mqtts": broker.tls_port, "ws": WS, "wss": WSS}[scheme]
        self.uri = f"{scheme}://localhost:{port}" + ("/mqtt" if scheme == "wss" else "")
        self.daemon = self.journal = None

    def start(self, trace, speed, *sets, args=()):
        secure = (f"mqtt.ca_file={shop.ca.cert}",) if self.scheme in ("mqtts", "wss") else ()
        self.journal = os.path.join(live.folder(), "journal.db")
        self.daemon = live.Daemon(live.DEMO_CONF, f"mqtt.uri={self.uri}", *secure,
                                  f"mqtt.version={self.version}", f"site.unit={self.name}",
                                  f"gpio.trace={trace}", f"gpio.speed={speed}",
                                  f"journal.path={self.journal}", *sets, args=args)
        return self.daemon

    def tail(self, message):
        """Its topic below base, site and unit; empty where it is another's."""
        parts = message.topic.split("/", 3)
        return parts[3] if parts[2] == self.name else ""

    def of(self, capture, tail, after=0):
        return [m for m in list(capture.messages)[after:] if live.re.fullmatch(tail, self.tail(m))]

    def wait(self, capture, tail, predicate=lambda m: True, after=0):
        def found():
            return next((m for m in self.of(capture, tail, after) if predicate(m)), None)
        return live.wait_until(found, f"{self.what}: a message on {tail}")

    def words(self, capture, after=0):
        return [m.payload for m in self.of(capture, "availability", after)]


# --- the same morning ------------------------------------------------------------
def check_records(unit, capture):
    truth, summary = tap.replay(live.DEMO_CONF, MORNING, f"site.unit={unit.name}")
    got = [json.loads(m.payload) for m in unit.of(capture, "journal/.*")]
    differ = [f"{a}\n{b}" for a, b in zip(map(live.without_hist, got), truth) if a != b]
    t.ok(len(got) == len(truth) > 50 and not differ,
         f"{unit.what}: {len(got)} records, each as replay prints it", len(truth), *differ[:3])
    t.same(live.journal_rows(unit.journal, "SELECT (SELECT count(*) FROM outbox),"
                             "(SELECT count(*) FROM dead_letter)"), [(0, 0)],
           f"{unit.what}: left in outbox and dead letters")
    names = ("answered", "abandoned", "expired", "void", "unknown")
    last = {unit.tail(m).split("/")[1]: json.loads(m.payload)
            for m in unit.of(capture, "station/.*/metrics")}
    wrong = [s for s, want in summary.items() if s not in last or
             [last[s][n] for n in names] != [want[n] for n in names]]
    t.ok(not wrong, f"{unit.what}: the last figures are replay's, too", wrong)


def check_state(unit, capture, late):
    want = {unit.tail(m): m.payload for m in capture.messages if m.retain == "1" and unit.tail(m)}
    # What was emptied does not lie there any more.
    want = {tail: payload for tail, payload in want.items() if payload}
    lies = {unit.tail(m): m.payload for m in late.messages if m.retain == "1" and unit.tail(m)}
    t.ok(len(want) > 40 and lies == want, f"{unit.what}: a late listener finds the last of "
         f"{len(want)} states", *[k for k in {**want, **lies} if want.get(k) != lies.get(k)][:5])
    return frozenset(want)


def same_morning(units):
    capture = live.Capture(broker)
    for unit in units:
        unit.start(MORNING, SPEED, args=["--exit-at-end"])
    for unit in units:
        code = unit.daemon.wait(live.PATIENCE_S * 3)
        if not t.ok(code == 0, f"{unit.what}: the morning ends", code, *unit.daemon.text()[-3:]):
            tap.bail_out("without it nothing can be compared")
    for unit in units:
        unit.wait(capture, "availability", lambda m: m.payload == "offline")
    capture.settle()
    late = live.Capture(broker, as_published=False)
    topics = {}
    for unit in units:
        check_records(unit, capture)
        topics[check_state(unit, capture, late)] = unit.what
        # Who did not hear in time that it was heard has his will say it again.
        words = live.once_each(unit.words(capture))
        t.same(words, ["online", "offline"], f"{unit.what}: availability says")
        t.ok(not unit.daemon.said("no broker"), f"{unit.what}: one connection, from begin to end",
             *unit.daemon.said("no broker"))
    t.same(len(topics), 1, "the states are of the same things, whichever way they came: kinds")
    capture.stop()
    late.stop()


# --- doors that lead elsewhere ---------------------------------------------------------
def answers(words):
    """The port of a server that says the same to everybody; None: it hangs up."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            with server.accept()[0] as s:
                if words is not None and s.recv(4096):
                    s.sendall(words)
                    s.settimeout(1)
                    with contextlib.suppress(OSError):
                        s.recv(4096)
    threading.Thread(target=serve, daemon=True).start()
    return server.getsockname()[1]


def wrong_doors():
    """What listens there is no broker of this kind: said, tried again, survived."""
    page = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    upgrade = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    doors = [("ws:// to a plain MQTT listener", "ws", broker.port),
             ("mqtt:// to a WebSocket listener", "mqtt", WS),
             ("ws:// to a TLS listener", "ws", WSS),
             ("ws:// to a web server without it", "ws", answers(page)),
             ("ws:// to one who hangs up", "ws", answers(None)),
             ("ws:// to noise", "ws", answers(bytes(range(256)) * 8)),
             ("ws:// to a wrong handshake", "ws", answers(upgrade + b"Sec-WebSocket-Accept: x\r\n\r\n")),
             ("ws:// to a handshake without an end", "ws", answers(upgrade + b"X: " + b"x" * 4000)),
             ("mqtt:// to noise", "mqtt", answers(bytes(range(255, -1, -1)) * 8)),
             ("mqtt:// to a web server", "mqtt", answers(page))]
    shops = [(what, certs.Shopfront(f"{scheme}://127.0.0.1:{port}", "site.unit=lost"))
             for what, scheme, port in doors]
    for what, daemon in shops:
        first = daemon.wait_said("no broker: ")
        kept = daemon.kept()
        live.wait_until(lambda d=daemon: len(d.attempts()) >= 2, f"{what}: another attempt")
        live.wait_until(lambda d=daemon, n=kept: d.kept() > n, f"{what}: a record more")
        t.ok(not daemon.said("connected to"), f"{what}: {first.split('no broker: ')[1]}")
    for what, daemon in shops:
        t.same(daemon.stop(), 0, f"{what}: stops with exit code")


# --- a unit that lives ---------------------------------------------------------------
def ask(unit, capture, name, payload):
    mark = len(capture.messages)
    broker.publish(f"thirdring/demo/{unit.name}/cmd/{name}", json.dumps({**payload, "id": name}))
    answer = json.loads(unit.wait(capture, f"rsp/{name}", after=mark).payload)
    return (answer["ok"], answer["error"], answer["id"])


def commands(unit, capture):
    # Critical after 4 s; only what is so when it connects is told.
    unit.wait(capture, "alert/fitting-wait", lambda m: '"late"' in m.payload
              or '"critical"' in m.payload)
    unit.wait(capture, "station/tills/state", lambda m: json.loads(m.payload)["waiting"] == 2)
    answers = [ask(unit, capture, "ack", {"station": "fitting"}),
               ask(unit, capture, "set_count", {"station": "tills", "count": 5})]
    unit.wait(capture, "alert/fitting-wait", lambda m: '"acked"' in m.payload)
    unit.wait(capture, "station/tills/state", lambda m: json.loads(m.payload)["waiting"] == 5)
    refused = ask(unit, capture, "set_count", {"station": "tills", "count": 5000})
    t.ok(answers == [(True, None, "ack"), (True, None, "set_count")] and not refused[0] and refused[1],
         f"{unit.what}: commands are obeyed or refused, and answered", answers, refused)


def kib(pid, name, file):
    with open(f"/proc/{pid}/{file}", encoding="utf-8") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))


def memory(unit):
    """The bars of DESIGN.md 8, with the demo shop."""
    rss, pss = (kib(unit.daemon.pid, *where) / 1024 for where in
                (("VmRSS", "status"), ("Pss", "smaps_rollup")))
    figures = f"RSS {rss:.1f} MB (bar: 16), PSS {pss:.1f} MB (bar: 10)"
    if live.SANITIZED:
        t.note(f"{unit.what}: {figures}, of a sanitizer's build")
    else:
        t.ok(rss <= 16 and pss <= 10, f"{unit.what}: {figures}")


def alone(unit):
    """After a morning's work; and PSS is fair only without seven others that
    share the libraries."""
    unit.start(MORNING, 4 * SPEED)
    unit.daemon.wait_said("the trace has ended")
    live.wait_until(lambda: live.journal_rows(unit.journal, "SELECT count(*) FROM outbox") == [(0,)],
                    "the last record's acknowledgement")
    memory(unit)
    t.same(unit.daemon.stop(), 0, f"{unit.what}: stops with exit code")


def killed(units, capture):
    """MQTT 5: a will_delay_s after. The others, killed later, are offline earlier."""
    five = [unit for unit in units if unit.version == 5]
    three = [unit for unit in units if unit.version == 3]
    mark = len(capture.messages)
    for unit in five + three:
        unit.daemon.stop(signal.SIGKILL)
    for unit in three:
        unit.wait(capture, "availability", lambda m: m.payload == "offline", mark)
    early = [unit.what for unit in five if unit.words(capture, mark)]
    t.ok(not early, "killed: those of MQTT 3.1.1 are offline before any of MQTT 5 is", early)
    for unit in five + three:
        will = unit.wait(capture, "availability", after=mark)
        t.same((will.payload, will.retain, will.qos), ("offline", "1", "1"),
               f"{unit.what}: killed, the last will says")


def back_in_time(units, capture):
    """Killed and back within will_delay_s: MQTT 5 keeps the will to itself."""
    mark = len(capture.messages)
    for unit in units:
        unit.start(CALLS, 1, "mqtt.will_delay_s=300")
    for _ in range(2):
        for unit in units:
            unit.daemon.wait_said("connected to")
        for unit in units:
            unit.wait(capture, "availability", lambda m: m.payload == "online", mark)
        mark = len(capture.messages)
        for unit in units:
            unit.daemon.stop(signal.SIGKILL)
        for unit in units:
            unit.start(CALLS, 1, "mqtt.will_delay_s=300")
    for unit in units:
        unit.wait(capture, "availability", lambda m: m.payload == "online", mark)
    capture.settle()
    for unit in units:
        wanted = ["online"] if unit.version == 5 else ["offline", "online"]
        t.same(unit.words(capture, mark), wanted, f"{unit.what}: killed and back, availability says")
        seen = len(capture.messages)
        t.same(unit.daemon.stop(), 0, f"{unit.what}: stops with exit code")
        last = unit.wait(capture, "availability", after=seen)
        t.same(last.payload, "offline", f"{unit.what}: and says at once, will_delay_s or not")


def living(units):
    capture = live.Capture(broker)
    capture.messages.clear()  # what lay there from before
    for unit in units:
        unit.start(CALLS, 1, "stations.fitting.target.seconds=2", "mqtt.will_delay_s=25",
                   "alerts.clear_after_s=3")
    for unit in units:
        commands(unit, capture)
    killed(units, capture)
    back_in_time(units, capture)
    capture.stop()


WS, WSS = live.free_port(), live.free_port()
MORNING, CALLS = morning(), calls()
broker = certs.TlsBroker(shop.good)
broker.extra += (f"listener {WS} 127.0.0.1\nprotocol websockets\n"
                 f"listener {WSS} 127.0.0.1\nprotocol websockets\n"
                 f"certfile {broker.cert}\nkeyfile {broker.key}\n")
broker.start()
all_units = [Unit(scheme, version) for scheme in ("mqtt", "mqtts", "ws", "wss")
             for version in (5, 3)]
same_morning(all_units)
living(all_units)
wrong_doors()
for one in all_units:
    if one.name in ("mqtt5", "mqtts5", "wss5"):
        alone(one)
complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
