#!/usr/bin/python3
"""thirdringd's life under systemd: what it notifies, how it reloads, stops and
starts, what it costs while nobody waits. Times and sizes are printed beside
their bars (DESIGN §8); only gross misses fail, for machines differ."""
import itertools
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402

live.need_broker()
t = tap.Tap()
DEMO = open(live.DEMO_CONF, encoding="utf-8").read()
home = live.folder()
LATE = 2  # TR_LEVEL_LATE
SO_TIMESTAMPNS = 35  # Linux; the kernel's moment, whenever we get to read it


def path(name):
    return os.path.join(home, name)


class Systemd:
    """The socket it notifies, and what came as (moment it was sent, text)."""
    serial = itertools.count(1)

    def __init__(self, name):
        self.address = path(f"{name}.sock")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.address)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.told = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            data, extras, _, _ = self.socket.recvmsg(4096, 256)
            at = next(struct.unpack("qq", found[:16]) for _, _, found in extras)
            self.told.append((at[0] + at[1] / 1e9, data.decode()))

    def drained(self):
        """How much was told, once all that is told by now is read."""
        last = f"X_TEST={next(self.serial)}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.sendto(last.encode(), self.address)
        self.wait(last)
        return len(self.told)

    def moments(self, pattern, after=0):
        return [at for at, text in list(self.told)[after:]
                if any(re.fullmatch(pattern, line) for line in text.splitlines())]

    def wait(self, pattern, after=0):
        return live.wait_until(lambda: self.moments(pattern, after), f"systemd to hear {pattern}")[0]


def quiet_trace():
    """One wait early on, then an hour of nothing."""
    return live.write(path("quiet.trace"),
                      "# thirdring trace 1\n1 fitting_call 1\n1.5 fitting_call 0\n"
                      "3 fitting_done 1\n3.5 fitting_done 0\n3600 greet 1\n3600.5 greet 0\n")


def quiet_daemon(name, broker, *sets, conf=live.DEMO_CONF, env=None, systemd=None):
    env = dict(env or {})
    if systemd:
        env["NOTIFY_SOCKET"] = systemd.address
    uri = f"mqtt.uri={broker.uri}" if broker else f"mqtt.uri=mqtt://127.0.0.1:{live.free_port()}"
    return live.Daemon(conf, uri, f"gpio.trace={quiet_trace()}", "gpio.speed=1",
                       f"journal.path={path(name + '.db')}", *sets, env=env)


# --- what systemd hears -------------------------------------------------------------
def notifies(broker):
    systemd = Systemd("notify")
    env = {"WATCHDOG_USEC": "4000000"}  # no WATCHDOG_PID: any process
    daemon = quiet_daemon("notify", broker, systemd=systemd, env=env)
    ready = systemd.wait("READY=1")
    t.ok(len(systemd.moments("READY=1")) == 1, "READY=1 is told once")
    daemon.wait_said("connected")
    systemd.wait("STATUS=.*wait.*")
    # Most of six: a machine may stand still for a moment, or two.
    live.wait_until(lambda: len(systemd.moments("WATCHDOG=1")) > 6, "seven pings")
    pings = [at for at in systemd.moments("WATCHDOG=1") if at > ready]
    gaps = sorted(b - a for a, b in zip(pings, pings[1:]))
    t.note(f"watchdog of 4 s: pings {' '.join(f'{gap:.2f}' for gap in gaps)} s apart")
    t.ok(1.3 < gaps[len(gaps) // 2] < 4, "WATCHDOG=1 comes at about half the limit", gaps)
    seen = systemd.drained()
    daemon.process.send_signal(signal.SIGHUP)
    systemd.wait("RELOADING=1", seen)
    systemd.wait("READY=1", seen)
    order = [line for _, text in systemd.told[seen:] for line in text.splitlines()
             if re.match("RELOADING|READY|MONOTONIC_USEC", line)]
    t.ok([line.split("=")[0] for line in order] == ["RELOADING", "MONOTONIC_USEC", "READY"],
         "SIGHUP: RELOADING=1 with its moment, then READY=1", order)
    t.ok(not systemd.moments("STOPPING=1"), "nor does it say that it stops")
    stop = time.monotonic()
    t.same(daemon.stop(), 0, "SIGTERM: exit code")
    took = time.monotonic() - stop
    systemd.wait("STOPPING=1")
    t.ok(took < 30, f"STOPPING=1 is told; stopping took {took * 1000:.0f} ms")
    env = {"WATCHDOG_USEC": "600000", "WATCHDOG_PID": "1"}
    systemd = Systemd("other")
    daemon = quiet_daemon("other", broker, systemd=systemd, env=env)
    systemd.wait("READY=1")
    # Three seconds of its own life.
    live.wait_until(lambda: live.journal_records(path("other.db")), "the wait's record")
    systemd.drained()
    t.ok(not systemd.moments("WATCHDOG=1"), "a watchdog meant for another process is not pinged")
    t.same(daemon.stop(signal.SIGINT), 0, "SIGINT: exit code")


def hung(broker):
    """The ping comes after a whole turn, so one who hangs does not ping."""
    systemd = Systemd("hung")
    daemon = quiet_daemon("hung", broker, systemd=systemd, env={"WATCHDOG_USEC": "600000"})
    systemd.wait("WATCHDOG=1")
    daemon.process.send_signal(signal.SIGSTOP)
    live.wait_until(lambda: live.state_of(daemon.pid) == "T", "it to stand still")
    seen = systemd.drained()
    time.sleep(1.5)
    t.same(systemd.drained(), seen + 1, "while it is stopped, nobody says it lives: told")
    daemon.process.send_signal(signal.SIGCONT)
    systemd.wait("WATCHDOG=1", seen)
    t.same(daemon.stop(), 0, "it goes on after that, exit code")


# --- SIGHUP ---------------------------------------------------------------------------
def long_story(name):
    """A call at 2 s that is answered at 26 s, long enough for a busy machine to die,
    come back or read its configuration often meanwhile; one at 28 s answered at 34 s;
    then a button to see by that the lines are read."""
    return live.write(path(f"{name}.trace"),
                      "# thirdring trace 1\n2 fitting_call 1\n2.3 fitting_call 0\n"
                      "26 fitting_done 1\n26.3 fitting_done 0\n"
                      "28 fitting_call 1\n28.3 fitting_call 0\n"
                      "34 fitting_done 1\n34.3 fitting_done 0\n36 greet 1\n3600 greet 0\n")


def reloads(broker):
    """The trace's clock stands while a configuration is swapped, and its speed
    is real: the first wait is open across both reloads."""
    conf = live.write(path("reload.conf"), DEMO)
    capture = live.Capture(broker)
    daemon = live.Daemon(conf, f"mqtt.uri={broker.uri}", "gpio.speed=1",
                         f"gpio.trace={long_story('reload')}",
                         f"journal.path={path('reload.db')}")
    capture.wait("station/fitting/state", lambda m: json.loads(m.payload)["waiting"] == 1)
    daemon.wait_said("connected to")
    # A bad one: the old plan stays.
    live.write(conf, DEMO.replace("percent = 90.0", "percent = 900.0"))
    line = next(n for n, text in enumerate(DEMO.splitlines(), 1) if "percent = 90.0" in text)
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_said("old configuration stays in force")
    t.ok(daemon.said(f"{re.escape(conf)}:{line}: stations.fitting.target.percent"),
         "a bad file on SIGHUP: says why, by file and line", *daemon.text()[-4:])
    live.write(conf, "this is not a configuration")
    seen = len(daemon.lines)
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_said("old configuration stays in force", seen)
    os.rename(conf, conf + ".away")
    seen = len(daemon.lines)
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_said("old configuration stays in force", seen)
    t.ok(daemon.process.poll() is None, "a broken and a missing file: the old plan stays, too")
    # A good one: the fitting room promises 3 s, the telephone is gone, a bell is new.
    bell = ('{ id = "bell"; kind = "call"; call = "smile_ok"; answer = "smile_bad";'
            " target = { seconds = 30.0; }; },\n  { id = \"phone\";")
    good = (DEMO.replace("{ seconds = 60.0", "{ seconds = 3.0")
            .replace('{ id = "phone";', bell).replace('id = "phone"; kind', 'id = "telephone"; kind')
            .replace('{ id = "ok";   sensor = "smile_ok";   score = 50; },', "")
            .replace('sensor = "smile_bad"', 'sensor = "smile_ok"')
            .replace('call = "smile_ok"', 'call = "not_customer"')
            .replace('void = "not_customer"; ', ""))
    live.write(conf, good)
    mark = len(capture.messages)
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_said("new configuration is in force")
    capture.wait("station/bell/state", after=mark)
    info = capture.wait("info", lambda m: '"bell"' in m.payload, after=mark)
    t.ok('"id":"telephone"' in info.payload and '"id":"phone"' not in info.payload,
         "a good file: info shows the stations as they are now", info.payload[:600])
    capture.wait("journal/wait", lambda m: json.loads(m.payload)["opened"] and
                 len(capture.of("journal/wait")) >= 2)
    waits = [json.loads(m.payload) for m in capture.of("journal/wait")]
    got = [(w["station"], w["outcome"], w["in_target"], round(w["wait_s"]), w["accurate"])
           for w in waits]
    t.same(got, [("fitting", "answered", True, 24, True), ("fitting", "answered", False, 6, True)],
           "a good file: who waits keeps the old target, who comes has the new")
    below = [live.below(m.topic) for m in capture.messages]
    t.ok(below.index("station/bell/state") < below.index("journal/wait"),
         "and was waiting as it came into force", below)
    states = [(m.topic, m.payload) for m in capture.messages[mark:]
              if live.below(m.topic) == "station/phone/state"]
    t.note(f"after its removal the old station's topics say: {states[-1:] or 'nothing'}")
    t.same(len(daemon.said("connected to")), 1, "the broker stays connected: connections")
    t.ok([m.payload for m in capture.of("availability")] == ["online"], "and never hears offline")
    capture.wait("input/greet/state", lambda m: m.payload == "ON", after=mark)
    t.ok(True, "and the lines are read as before")
    # Another broker address: it moves there.
    seen, mark = len(daemon.lines), len(capture.messages)
    live.write(conf, good.replace('metrics_interval_s = 60.0', 'metrics_interval_s = 50.0'))
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_said("new configuration is in force", seen)
    daemon.wait_said("connected to", seen)
    t.ok(True, "changed broker settings: connected anew")
    online = capture.wait("availability", lambda m: m.payload == "online", after=mark)
    t.same(daemon.stop(), 0, "exit code")
    capture.farewell(capture.messages.index(online))
    t.same(capture.of("availability")[-1].payload, "offline", "the last word")
    capture.stop()


def alerts_end(broker):
    """An alert of a station that a reload takes away is over, on the wire too."""
    conf = live.write(path("ends.conf"), DEMO)
    capture = live.Capture(broker)
    daemon = live.Daemon(conf, f"mqtt.uri={broker.uri}", "gpio.speed=1",
                         f"gpio.trace={long_story('ends')}", f"journal.path={path('ends.db')}",
                         "alerts.at_risk.share=0.05")
    capture.wait("alert/fitting-wait", lambda m: '"raised"' in m.payload)
    mark = len(capture.messages)
    live.write(conf, DEMO.replace('"fitting"', '"cabin"'))
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_said("new configuration is in force")
    capture.wait("alert/fitting-wait", lambda m: m.payload == "", after=mark)
    capture.settle()
    last = [m.payload for m in capture.messages[mark:]
            if live.below(m.topic) == "alert/fitting-wait"]
    t.ok(len(last) > 1 and '"cleared"' in last[-2] and last[-1] == "",
         "its retained topic says so, and is then emptied", last)
    t.same(daemon.stop(), 0, "exit code")
    capture.stop()


def outputs_off(broker):
    """Lamps and buzzer are off once it has stopped, and say so: of a call that nobody
    answers the lamp stays lit."""
    capture = live.Capture(broker)
    trace = live.write(path("outputs.trace"), "# thirdring trace 1\n2 fitting_call 1\n"
                       "2.3 fitting_call 0\n9000 greet 1\n9000.2 greet 0\n")
    daemon = live.Daemon(live.DEMO_CONF, f"mqtt.uri={broker.uri}", "gpio.speed=5",
                         f"gpio.trace={trace}", "stations.fitting.target.seconds=1",
                         f"journal.path={path('outputs.db')}", "stations.fitting.give_up_s=3000")
    on = capture.wait("output/red/state", lambda m: m.payload == "ON")
    t.same(daemon.stop(), 0, f"{live.below(on.topic)} is lit; told to stop, exit code")
    capture.farewell()
    last = {m.topic: m.payload for m in capture.of("output/.*/state")}
    t.ok(last and set(last.values()) == {"OFF"}, "every output's last word is OFF", last)
    capture.stop()


def outputs_again(broker):
    """A lamp that was lit as it died is lit again once it is back."""
    capture = live.Capture(broker)
    sets = ("gpio.speed=1", f"gpio.trace={long_story('lit')}", "stations.fitting.target.seconds=1",
            f"journal.path={path('lit.db')}", f"mqtt.uri={broker.uri}")
    daemon = live.Daemon(live.DEMO_CONF, *sets)
    capture.wait("output/red/state", lambda m: m.payload == "ON")
    live.wait_until(lambda: live.journal_rows(path("lit.db"), "SELECT 1 FROM alert WHERE "
                                              f"rule = 0 AND level >= {LATE}"),
                    "the lamp's reason in the journal")
    daemon.stop(signal.SIGKILL)
    mark = len(capture.messages)
    daemon = live.Daemon(live.DEMO_CONF, *sets)
    capture.wait("availability", lambda m: m.payload == "online", after=mark)
    capture.wait("output/red/state", lambda m: m.payload == "ON", after=mark)
    t.ok(True, "killed while the red lamp was lit: it is lit again after the restart")
    mark = len(capture.messages)
    daemon.process.send_signal(signal.SIGHUP)
    # All is said again, and of this the lamps come before the configuration.
    info = capture.messages.index(capture.wait("info", after=mark))
    last = [m.payload for m in capture.messages[:info] if "output/red/state" in m.topic][-1]
    t.same(last, "ON", "and after a reload the lamp is")
    capture.wait("output/red/state", lambda m: m.payload == "OFF", after=info)
    t.same(daemon.stop(), 0, "and goes out when the wait is over; exit code")
    capture.stop()


# --- figures ---------------------------------------------------------------------------
def starts(broker):
    for name, who, bar in (("with a broker", broker, 200), ("without a broker", None, 200)):
        took = []
        for n in range(5):
            systemd = Systemd(f"start-{name[:5]}-{n}")
            began = time.time()
            daemon = quiet_daemon(f"start-{name[:5]}-{n}", who, systemd=systemd)
            took.append((systemd.wait("READY=1") - began) * 1000)
            daemon.stop()
        took.sort()
        t.note(f"start {name}: READY after {took[0]:.0f} to {took[-1]:.0f} ms, median "
               f"{took[2]:.0f} ms (bar: {bar})")
        t.ok(took[2] < 10000, f"start {name}: it waits for nothing", took)
    # A second start on a full day's journal.
    file = path("full.db")
    daemon = live.Daemon(live.DEMO_CONF, "gpio.speed=0", f"journal.path={file}",
                         "mqtt.uri=mqtt://127.0.0.1:1", args=["--exit-at-end"])
    daemon.wait()
    systemd = Systemd("again")
    began = time.time()
    daemon = live.Daemon(live.DEMO_CONF, f"journal.path={file}", f"mqtt.uri={broker.uri}",
                         env={"NOTIFY_SOCKET": systemd.address})
    ready = (systemd.wait("READY=1") - began) * 1000
    t.note(f"start on the journal of a whole day: READY after {ready:.0f} ms (bar: 200)")
    t.same(daemon.stop(), 0, "start on the journal of a whole day; exit code")


def time_stands():
    """Where a trace has ended, no days follow while a broker that is not there is
    given its ten seconds: at this speed they would be fourteen hours."""
    trace = live.write(path("noon.trace"), "# thirdring trace 1\n# start 2026-03-02T12:00:00Z\n"
                       "1 fitting_call 1\n1.5 fitting_call 0\n3 fitting_done 1\n3.5 fitting_done 0\n"
                       "60 greet 1\n60.3 greet 0\n")
    daemon = live.Daemon(live.DEMO_CONF, "gpio.speed=5000.0", f"gpio.trace={trace}",
                         f"journal.path={path('stands.db')}", "mqtt.uri=mqtt://127.0.0.1:1",
                         args=["--exit-at-end"])
    t.same(daemon.wait(), 0, "a trace ends without a broker; exit code")
    done = subprocess.run([live.CLI, "report", "--journal", path("stands.db"), "--format", "json"],
                          check=False, capture_output=True, text=True, timeout=live.PATIENCE_S)
    t.same(json.loads(done.stdout)["until"][:10], "2026-03-02", "its newest entry is of its day")


def kib(pid, name, file):
    with open(f"/proc/{pid}/{file}", encoding="utf-8") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))


def switches(pid):
    """{thread: (name, times it went to sleep of its own will)}"""
    threads = {}
    for tid in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{tid}/status", encoding="utf-8") as lines:
            fields = dict(line.rstrip("\n").split(":", 1) for line in lines)
        threads[int(tid)] = (fields["Name"].strip(), int(fields["voluntary_ctxt_switches"]))
    return threads


def idles(broker):
    """Nobody waits. How often does it wake, and what does it hold?"""
    def window():
        began, before = time.monotonic(), switches(daemon.pid)
        time.sleep(20)
        return time.monotonic() - began, before, switches(daemon.pid)

    def woke(before, after):
        return after[daemon.pid][1] - before[daemon.pid][1]

    daemon = quiet_daemon("idle", broker, "mqtt.keepalive_s=60")
    daemon.wait_said("connected")
    # Past the only wait, its alert's hysteresis and the last station's state.
    live.wait_until(lambda: live.os.path.exists(path("idle.db")) and
                    live.journal_records(path("idle.db")), "the wait's record")
    time.sleep(6)
    # A machine in trouble wakes it as well, but not for ever.
    for _ in range(4):
        lasted, before, after = window()
        if woke(before, after) < 2 * lasted:
            break
    t.note(f"idle {lasted:.0f} s: the main thread woke {woke(before, after)} times (bar: at most "
           f"{lasted / 5:.0f})")
    for tid, (name, n) in after.items():
        if tid != daemon.pid:
            t.note(f"  and Paho's thread {name}: {n - before.get(tid, (name, 0))[1]} times")
    t.ok(woke(before, after) < 2 * lasted, "idle: it sleeps", woke(before, after), lasted)
    rss, pss = kib(daemon.pid, "VmRSS", "status"), kib(daemon.pid, "Pss", "smaps_rollup")
    t.note(f"memory: RSS {rss / 1024:.1f} MB (bar: 16), PSS {pss / 1024:.1f} MB (bar: 10)")
    if not live.SANITIZED:
        t.ok(rss < 48 * 1024 and pss < 30 * 1024, "memory: within thrice the bar")
    t.same(daemon.stop(), 0, "idle: exit code")


# Each with a broker of its own, at which nothing lies from before.
for part in (notifies, hung, reloads, alerts_end, outputs_off, outputs_again, starts, idles):
    place = live.Broker().start()
    part(place)
    place.stop()
time_stands()
complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
