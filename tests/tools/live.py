"""A real thirdringd, a real broker and somebody who listens, for tests/contract.

Everything started here is ended, and every folder made here removed, when the
test ends, however it ends. Every wait has a limit, generous enough for a
sanitizer's build on a busy machine.
"""
import atexit
import collections
import itertools
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
import tap

DAEMON = os.path.join(tap.BUILD, "thirdringd")
CLI = os.path.join(tap.BUILD, "thirdring")
DEMO_CONF = os.path.join(tap.TOP, "etc", "demo", "shop.conf")
DEMO_TRACE = os.path.join(tap.TOP, "etc", "demo", "day.trace")
SANITIZED = "sanitize" in tap.BUILD or bool(os.environ.get("TR_SLOW"))
PATIENCE_S = 180 if SANITIZED else 120

_processes = []
_daemons = []
_folders = []
_ports = []


def _clean_up():
    """Who writes into a folder must be gone before the folder is."""
    for process in _processes:
        if process.poll() is None:
            process.kill()
            process.wait()
    for path in _folders:
        shutil.rmtree(path, ignore_errors=True)


atexit.register(_clean_up)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
# A shell's "&" has us ignore it, and what we start would, too.
signal.signal(signal.SIGINT, signal.default_int_handler)


def start(command, **options):
    """A process that does not outlive the test."""
    process = subprocess.Popen(command, **options)
    _processes.append(process)
    return process


def folder():
    """A new folder of this test's own, removed at its end."""
    path = tempfile.mkdtemp(prefix="tr-", dir=os.environ.get("TMPDIR"))
    os.chmod(path, 0o755)
    _folders.append(path)
    return path


def wait_until(condition, what, seconds=PATIENCE_S):
    """Until the condition holds; its value. The test ends where it never does."""
    until = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            for daemon in _daemons:
                print(f"# thirdringd {daemon.process.pid} said:")
                for line in daemon.text()[-25:]:
                    print(f"#   {line}")
            tap.bail_out(f"waited {seconds} s in vain: {what}")
        time.sleep(0.01)


def free_port():
    """A port that nobody takes before it is used, nor while what used it is away: below
    those that the kernel gives to clients, and held against other tests by a name in the
    abstract namespace for as long as this test lives."""
    while True:
        port = random.randrange(10000, 20000)
        held = socket.socket(socket.AF_UNIX)
        try:
            held.bind(f"\0thirdring-test-port-{port}")
            with socket.socket() as s:
                s.bind(("127.0.0.1", port))
        except OSError:
            held.close()
            continue
        _ports.append(held)
        return port


def need_broker():
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    for program in ("mosquitto", "mosquitto_sub", "mosquitto_pub"):
        if shutil.which(program) is None:
            tap.skip_all(f"{program} is not installed (make deps)")
    if not os.path.exists(DAEMON):
        tap.bail_out(f"{DAEMON} is not built (make all; or set TR_BUILD)")


class Broker:
    """A private mosquitto. It keeps sessions on disk, so that a listener's
    survives the broker's own death."""

    def __init__(self, extra=""):
        self.dir = folder()
        self.port = free_port()
        self.uri = f"mqtt://127.0.0.1:{self.port}"
        self.extra = extra
        self.process = None

    def start(self):
        conf = os.path.join(self.dir, "mosquitto.conf")
        with open(conf, "w", encoding="utf-8") as file:
            file.write(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n"
                       f"log_dest file {self.dir}/log\n"
                       f"persistence true\npersistence_location {self.dir}/\n"
                       "autosave_on_changes true\nautosave_interval 500\n"
                       "max_inflight_messages 0\nmax_queued_messages 0\n"
                       + ("user root\n" if os.geteuid() == 0 else "") + self.extra)
        with open(os.path.join(self.dir, "out"), "a", encoding="utf-8") as out:
            self.process = start(["mosquitto", "-c", conf], stdout=out, stderr=out)
        wait_until(self.listens, "mosquitto to listen")
        return self

    def listens(self):
        if self.process.poll() is not None:
            tap.bail_out(f"mosquitto ended with {self.process.returncode}")
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def save(self):
        """Sessions to disk, now."""
        def kept():
            try:
                found = os.stat(os.path.join(self.dir, "mosquitto.db"))
                return found.st_ino, found.st_mtime_ns
            except FileNotFoundError:
                return None
        before = kept()
        self.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: kept() not in (None, before), "mosquitto to save")

    def stop(self, sig=signal.SIGTERM):
        self.process.send_signal(sig)
        self.process.wait(PATIENCE_S)

    def publish(self, topic, payload, *options):
        subprocess.run(["mosquitto_pub", "-p", str(self.port), "-q", "1", "-t", topic,
                        "-m", payload, *options], check=True, timeout=PATIENCE_S)


def end_listener(process, sig=signal.SIGTERM):
    """A mosquitto_sub. It disconnects within its signal handler, and may wait there for a
    lock that it holds: for ever."""
    process.send_signal(sig)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(PATIENCE_S)


_serial = itertools.count(1)


def until_heard(publish, probes):
    """Until one of the words that are published has come to the probes a listener keeps."""
    sent = []

    def heard():
        sent.append(f"probe {next(_serial)}")
        publish(sent[-1])
        until = time.monotonic() + 0.5
        while probes.isdisjoint(sent) and time.monotonic() < until:
            time.sleep(0.005)
        return not probes.isdisjoint(sent)
    wait_until(heard, "a listener to hear")


def once_each(words):
    """Without what is said twice in a row: who is not sure to have been heard repeats it."""
    return [word for word, _ in itertools.groupby(words)]


Message = collections.namedtuple("Message", "at topic retain qos payload")


class Capture:
    """Somebody who listens to all that is said under thirdring/.

    as_published: RETAIN is what the publisher asked for (MQTT 5). Without it,
    RETAIN tells what lay at the broker already from what comes live.
    session: a name under which the broker keeps what comes while we are away.
    """
    def __init__(self, broker, as_published=True, session=None):
        self.broker, self.messages, self.probes = broker, [], set()
        command = ["mosquitto_sub", "-p", str(broker.port), "-V", "5", "-q", "2",
                   "-F", "%t\t%r\t%q\t%p", "-t", "thirdring/#", "-t", "probe/#"]
        if as_published:
            command.append("--retain-as-published")
        if session:
            command += ["-c", "-i", session, "-x", "3600"]
        self.process = start(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        self.settle()

    def read(self):
        for line in self.process.stdout:
            topic, retain, qos, payload = line.rstrip("\n").split("\t", 3)
            if topic.startswith("probe/"):
                self.probes.add(payload)
            else:
                self.messages.append(Message(time.monotonic(), topic, retain, qos, payload))

    def settle(self):
        """Until all the broker had by now has come."""
        until_heard(lambda word: self.broker.publish("probe/x", word), self.probes)
        return self

    def farewell(self, after=0):
        """Until the last word of a daemon that has ended was heard: all that it said was."""
        self.wait("availability", lambda m: m.payload == "offline", after)
        return self.settle()

    def availability(self):
        """Each word once: who is not sure to have been heard says "offline" once more."""
        return once_each(m.payload for m in self.of("availability"))

    def of(self, tail):
        """Messages whose topic, below base, site and unit, fits the pattern."""
        return [m for m in list(self.messages) if re.fullmatch(tail, below(m.topic))]

    def wait(self, tail, predicate=lambda m: True, after=0):
        """The first message that fits, the first @after of all passed over."""
        def found():
            return next((m for m in self.messages[after:]
                         if re.fullmatch(tail, below(m.topic)) and predicate(m)), None)
        return wait_until(found, f"a message on {tail}")

    def records(self):
        return [json.loads(m.payload) for m in self.of("journal/.*")]

    def stop(self):
        end_listener(self.process)
        self.thread.join(PATIENCE_S)


def below(topic):
    return topic.split("/", 3)[-1]


class Daemon:
    """thirdringd; what it says is in lines as (moment, text)."""

    def __init__(self, conf, *sets, args=(), env=None, prefix=(), **options):
        command = [*prefix, DAEMON, "--config", conf]
        for one in sets:
            command += ["--set", one]
        self.lines = []
        self.began = time.monotonic()
        self.process = start(command + list(args), stderr=subprocess.PIPE, text=True,
                             errors="replace", env={**os.environ, **(env or {})}, **options)
        self.pid = self.process.pid
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        _daemons.append(self)

    def read(self):
        for line in self.process.stderr:
            self.lines.append((time.monotonic(), line.rstrip("\n")))

    def text(self):
        return [line for _, line in list(self.lines)]

    def said(self, pattern, after=0):
        return [line for line in self.text()[after:] if re.search(pattern, line)]

    def wait_said(self, pattern, after=0):
        def found():
            got = self.said(pattern, after)
            if not got and self.process.poll() is not None:
                self.thread.join(5)
                got = self.said(pattern, after)
                if not got:
                    print("\n".join(f"# {line}" for line in self.text()[-25:]))
                    tap.bail_out(f"thirdringd ended with {self.process.returncode} and never "
                                 f"said {pattern!r}")
            return got
        return wait_until(found, f"thirdringd to say {pattern!r}")[0]

    def wait(self, seconds=PATIENCE_S):
        """Its exit code."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            for line in self.text()[-25:]:
                print(f"# {line}")
            tap.bail_out(f"thirdringd does not end within {seconds} s")
        self.thread.join(PATIENCE_S)
        return code

    def stop(self, sig=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(sig)
        return self.wait()


def run_daemon(conf, *sets, args=(), **options):
    """One that is expected to end by itself: exit code and what it said."""
    daemon = Daemon(conf, *sets, args=args, **options)
    return daemon.wait(), daemon.text()


def state_of(pid):
    """As the kernel's letter: T stands still, Z has ended."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


def complaints():
    """What sanitizers said to any of the daemons of this test."""
    return [line for daemon in _daemons for line in daemon.text()
            if re.search(r"Sanitizer|runtime error|Assertion", line)]


def journal_rows(path, query):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=PATIENCE_S) as db:
        rows = db.execute(query).fetchall()
    db.close()
    return rows


def journal_records(path):
    """{seq: kind} of every record the journal keeps."""
    return {seq: kind for kind in ("wait", "vote", "alert")
            for (seq,) in journal_rows(path, f"SELECT seq FROM {kind}")}


def without_hist(record):
    return {k: v for k, v in record.items() if k != "hist"}


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path
