#!/usr/bin/python3
"""Everything that can be wrong around thirdringd and thirdring: a clear sentence
with the file and line where there is one, a fitting exit code (sysexits), and
nothing lost."""
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402

USAGE, DATAERR, NOINPUT, UNAVAILABLE = 64, 65, 66, 69
CANTCREAT, IOERR, TEMPFAIL, NOPERM, CONFIG = 73, 74, 75, 77, 78
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

live.need_broker()
t = tap.Tap()
home = live.folder()
DEMO = open(live.DEMO_CONF, encoding="utf-8").read()
NO_BROKER = f"mqtt.uri=mqtt://127.0.0.1:{live.free_port()}"
ROOT = os.geteuid() == 0


def path(name):
    return os.path.join(home, name)


# Without a broker to wait for at the end of the day.
ALONE = live.write(path("alone.conf"), re.sub(r"(?m)^mqtt = .*\n", "", DEMO))
ALONE_SETS = (f"gpio.trace={live.DEMO_TRACE}", "gpio.speed=0")


def skip(what, why):
    t.count += 1
    print(f"ok {t.count} # SKIP {what}: {why}")
    t.note(f"SKIPPED {what}: {why}")


def refused(name, code, patterns, *sets, conf=live.DEMO_CONF, journal=None, **options):
    """thirdringd ends with the code and says each of the sentences."""
    daemon = live.Daemon(conf, NO_BROKER, f"journal.path={journal or path('journal.db')}", *sets,
                         **options)
    got = daemon.wait()
    text = "\n".join(daemon.text())
    missing = [p for p in patterns if not re.search(p, text)]
    t.ok(got == code and not missing, f"{name}: exit {code}, and says so",
         f"exit {got}", *[f"never said: {p}" for p in missing], text)
    return text


# --- the configuration -----------------------------------------------------------
def configuration():
    refused("no configuration", NOINPUT, [r"cannot read .*none\.conf: No such file"],
            conf=path("none.conf"))
    refused("a folder as configuration", NOINPUT, ["Is a directory"], conf=home)
    refused("an empty configuration", CONFIG, ["site", "sensors", "stations"],
            conf=live.write(path("empty.conf"), ""))
    bad = (DEMO.replace('type = "ring"', 'type = "rings"').replace("Europe/London", "Europe/Lundon")
           .replace("percent = 90.0", "percent = 190.0").replace("max_length = 6;", "max_lenth = 6;"))
    conf = live.write(path("bad.conf"), bad)
    where = [next(n for n, line in enumerate(bad.splitlines(), 1) if word in line)
             for word in ('"rings"', "Lundon", "190.0", "max_lenth")]
    text = refused("four mistakes", CONFIG,
                   [f"{re.escape(conf)}:{n}: " for n in where] + ['did you mean "max_length"'],
                   conf=conf)
    t.same(len(re.findall("error: ", text)), 4, "four mistakes: complaints")
    t.ok(not os.path.exists(path("journal.db")), "nothing is begun on a bad file")
    many = DEMO.replace("sensors = (", "sensors = (" + "".join(
        f'{{ id = "x{n}"; type = "wrong"; }},\n' for n in range(80)))
    text = refused("a hundred mistakes", CONFIG, [r"and \d+ more"],
                   conf=live.write(path("many.conf"), many))
    broken = live.write(path("broken.conf"), DEMO.replace("sensors = (", "sensors = ((", 1))
    refused("broken syntax", CONFIG, [f"{re.escape(broken)}:[0-9]+: "], conf=broken)
    text = refused("a setting that is none", CONFIG, [r"--set: nonsense: unknown setting"],
                   "nonsense.path=3")
    for name, args in (("an unknown option", ["--nonsense"]), ("a stray word", ["word"])):
        daemon = live.Daemon(live.DEMO_CONF, args=args)
        t.ok(daemon.wait() == USAGE and daemon.said("usage: thirdringd"), f"{name}: exit 64")
    daemon = live.Daemon(conf, args=["--check"])
    t.same(daemon.wait(), CONFIG, "--check of a bad file")
    daemon = live.Daemon(live.DEMO_CONF, args=["--check"])
    t.same(daemon.wait(), 0, "--check of a good file")


# --- the broker's settings ----------------------------------------------------------
def broker_settings():
    for uri in ("http://x", "mqtt://", "mqtt://x:0", "mqtt://x:99999", "ws://", "x"):
        refused(f"the uri {uri}", CONFIG, [r"mqtt\.uri"], f"mqtt.uri={uri}")
    secret = live.write(path("secret"), "hunter2\n")
    refused("a missing password file", NOINPUT, [r"password_file .*none.* cannot be read: No such"],
            "mqtt.username=shop", f"mqtt.password_file={path('none')}")
    os.chmod(secret, 0o600)
    if not ROOT or shutil.which("setpriv") is None:
        skip("an unreadable password file", "needs root, and setpriv to be somebody else")
        return
    # The build may lie where nobody may look: run a copy.
    binary = path("thirdringd")
    shutil.copy(live.DAEMON, binary)
    open_dir = path("nobody")
    os.makedirs(open_dir)
    os.chmod(open_dir, 0o777)
    conf = live.write(path("shop.conf"), DEMO)
    shutil.copy(live.DEMO_TRACE, path("day.trace"))
    keep, live.DAEMON = live.DAEMON, binary
    refused("an unreadable password file", NOPERM,
            [r"password_file .*secret.* cannot be read: Permission denied"], "mqtt.username=shop",
            f"mqtt.password_file={secret}", conf=conf, journal=f"{open_dir}/journal.db",
            prefix=NOBODY)
    shut = path("shut")
    os.makedirs(shut, mode=0o755)
    refused("a journal's folder that may not be written", NOPERM, ["journal.db.*Permission denied"],
            conf=conf, journal=f"{shut}/journal.db", prefix=NOBODY)
    os.chmod(conf, 0o600)
    refused("an unreadable configuration", NOINPUT, ["Permission denied"], conf=conf,
            prefix=NOBODY)
    live.DAEMON = keep


# --- the source ---------------------------------------------------------------------
def traces():
    return {
        "missing": (None, NOINPUT, "none.trace.*No such file"),
        "folder": (None, NOINPUT, "Is a directory"),
        "empty": ("", DATAERR, r"empty\.trace:1: .*expected '# thirdring trace 1'"),
        "header": ("# thirdring trace 9\n", DATAERR, r"header\.trace:1: "),
        "sensor": ("# thirdring trace 1\n1 door_outer 1\n2 door_outter 1\n", DATAERR,
                   r"sensor\.trace:3: found 'door_outter'.*nearest is 'door_outer'"),
        "level": ("# thirdring trace 1\n1 door_outer 2\n", DATAERR, r"level\.trace:2: "),
        "backwards": ("# thirdring trace 1\n2 greet 1\n1 greet 0\n", DATAERR,
                      r"backwards\.trace:3: "),
        "binary": ("# thirdring trace 1\n\0\1\2\3\n", DATAERR, r"binary\.trace:2: "),
        "directive": ("# thirdring trace 1\n1 !jump 3\n", DATAERR, r"directive\.trace:2: "),
    }


def trace_file(name, text):
    if name == "folder":
        return home
    if text is None:
        return path("none.trace")
    return live.write(path(f"{name}.trace"), text)


def source():
    for name, (text, code, pattern) in traces().items():
        refused(f"trace: {name}", code, [pattern], f"gpio.trace={trace_file(name, text)}")
    stdin = subprocess.Popen(["printf", "# thirdring trace 1\\n1 greet 1\\n2 gret 1\\n"],
                             stdout=subprocess.PIPE)
    refused("a bad line through a pipe", DATAERR, [r":3: found 'gret'"], "gpio.trace=-",
            "gpio.speed=100", stdin=stdin.stdout)
    stdin.wait()
    if os.path.exists("/dev/gpiochip0"):
        skip("no GPIO chip", "this machine has one")
    else:
        text = refused("no GPIO chip", UNAVAILABLE, ["this machine has: none"],
                       "gpio.backend=gpiod", "gpio.chip=pinctrl-bcm2711")
        t.same(len(re.findall("error: ", text)), 1, "no GPIO chip: sentences")


# --- the journal --------------------------------------------------------------------
def journal_folder():
    refused("no folder for the journal", CANTCREAT, [r"folder does not exist.*/none/journal\.db"],
            journal=path("none/journal.db"))
    os.makedirs(path("folder"))
    refused("a folder as journal", IOERR, [re.escape(path("folder"))], journal=path("folder"))


def journal_read_only():
    if not ROOT or subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0:
        skip("a read-only medium", "needs root and a mount namespace of its own")
        return
    disk = path("read-only")
    os.makedirs(disk)
    mount = f'mount -t tmpfs -o size=1m,ro none "{disk}" && exec "$@"'
    refused("a read-only medium", NOPERM, [r"journal\.db.*Read-only"],
            journal=f"{disk}/journal.db", prefix=["unshare", "-m", "sh", "-c", mount, "sh"])


def journal_newer():
    file = path("newer.db")
    daemon = live.Daemon(ALONE, *ALONE_SETS, f"journal.path={file}", args=["--exit-at-end"])
    t.same(daemon.wait(), 0, "a day without a broker ends with exit code")
    records = len(live.journal_records(file))
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    before = open(file, "rb").read()
    refused("a journal of a newer build", DATAERR, [r"newer\.db", "newer"], journal=file)
    t.ok(open(file, "rb").read() == before, "and it is left as it was")
    foreign = path("foreign.db")
    with sqlite3.connect(foreign) as db:
        db.execute("CREATE TABLE cake(flour)")
    db.close()
    before = open(foreign, "rb").read()
    refused("another program's database", DATAERR, [r"foreign\.db"], journal=foreign)
    t.ok(open(foreign, "rb").read() == before and records, "and it is left as it was")


def journal_garbage():
    file = live.write(path("garbage.db"), "This was never a journal. " * 400)
    daemon = live.Daemon(ALONE, *ALONE_SETS, f"journal.path={file}", args=["--exit-at-end"])
    t.same(daemon.wait(), 0, "garbage for a journal: goes on, exit code")
    t.ok(daemon.said(r"journal was damaged \(.*\): kept as .*garbage\.db\.corrupt-.*new one begun"),
         "garbage for a journal: says what it did", *daemon.text()[:5])
    kept = [n for n in os.listdir(home) if n.startswith("garbage.db.corrupt-")]
    t.ok(kept and open(path(kept[0])).read().startswith("This was never"), "and keeps what was there")
    t.ok(len(live.journal_records(file)) > 600, "and the new one has the day")


def journal_held():
    file = path("held.db")
    first = live.Daemon(live.DEMO_CONF, NO_BROKER, "gpio.speed=60", f"journal.path={file}")
    first.wait_said("no broker")
    refused("a journal in use", TEMPFAIL, [r"held\.db"], journal=file)
    t.ok(first.process.poll() is None, "and the one who holds it goes on")
    t.same(first.stop(), 0, "and stops with exit code")


def fill(folder):
    """Take all there is."""
    with open(os.path.join(folder, "filler"), "ab", buffering=0) as file:
        block = bytes(65536)
        while block:
            try:
                file.write(block)
            except OSError:
                block = block[:len(block) // 2]


def full_disk():
    if not ROOT or subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0:
        skip("a full disk", "needs root and a mount namespace of its own")
        return
    truth, _ = tap.replay(live.DEMO_CONF, live.DEMO_TRACE)
    broker = live.Broker().start()
    capture = live.Capture(broker)
    disk = path("disk")
    os.makedirs(disk)
    mount = f'mount -t tmpfs -o size=24m none "{disk}" && exec "$@"'
    # The day in half a minute: it must not be over before the disk is full.
    daemon = live.Daemon(live.DEMO_CONF, f"mqtt.uri={broker.uri}", "gpio.speed=1200",
                         f"journal.path={disk}/journal.db", args=["--exit-at-end"],
                         prefix=["unshare", "-m", "sh", "-c", mount, "sh"])
    capture.wait("journal/wait")
    inside = f"/proc/{daemon.pid}/root{disk}"
    def full():
        fill(inside)
        return daemon.said("the journal cannot be written: No space left.*goes on")
    live.wait_until(full, "the disk to be full")
    seen = len(capture.messages)
    capture.wait("input/.*/state", after=seen)
    capture.wait("station/.*/state", after=seen)
    t.ok(True, "full disk: the floor goes on, and it is told")
    time.sleep(1)
    t.same(len(daemon.said("cannot be written")), 1, "full disk: told so many times")
    os.unlink(f"{inside}/filler")
    daemon.wait_said("the journal is written again; 0 rows could not be kept")
    t.same(daemon.wait(live.PATIENCE_S * 2), 0, "full disk: lives to the end of the day")
    capture.farewell()
    got = {r["seq"]: live.without_hist(r) for r in capture.records()}
    t.ok([got[s] for s in sorted(got)] == truth, "full disk: no record is lost",
         f"{len(got)} of {len(truth)}")
    capture.stop()
    broker.stop()


# --- the broker ----------------------------------------------------------------------
def absent_broker():
    daemon = live.Daemon(live.DEMO_CONF, NO_BROKER, "gpio.speed=600", "log.level=debug",
                         f"journal.path={path('absent.db')}")
    live.wait_until(lambda: len(daemon.said("no broker")) >= 4, "four attempts")
    said = [line for line in daemon.said("broker") if "debug: " not in line]
    t.ok(len(said) == 1, "an absent broker is told once, not every time", *said)
    t.ok("cannot be reached" in said[0], "and why", said[0])
    live.wait_until(lambda: live.journal_records(path("absent.db")), "a record")
    t.ok(daemon.process.poll() is None, "and the shop is measured without one")
    t.same(daemon.stop(), 0, "and it stops with exit code")


def false_broker():
    """Something else listens on the port, and answers with nonsense."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    over, came = threading.Event(), []

    def answer():
        while not over.is_set():
            try:
                peer, _ = server.accept()
                with peer:
                    came.append(peer)
                    peer.recv(1000)
                    peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            except OSError:
                pass

    thread = threading.Thread(target=answer)
    thread.start()
    uri = f"mqtt.uri=mqtt://127.0.0.1:{server.getsockname()[1]}"
    daemon = live.Daemon(live.DEMO_CONF, uri, "gpio.speed=600", f"journal.path={path('false.db')}")
    daemon.wait_said("no broker")
    live.wait_until(lambda: len(came) >= 6, "six attempts")
    said = daemon.said("no broker")
    t.ok(daemon.process.poll() is None and 2 * len(said) <= len(came),
         "a port in use by something else: told, and the shop is measured", *said)
    t.same(daemon.stop(), 0, "and it stops with exit code")
    over.set()
    thread.join()
    server.close()


def nobody_reads_the_log():
    sets = [word for one in (*ALONE_SETS, f"journal.path={path('deaf.db')}") for word in ("-s", one)]
    daemon = live.start([live.DAEMON, "-c", ALONE, *sets, "--exit-at-end"], stderr=subprocess.PIPE)
    daemon.stderr.close()
    t.same(daemon.wait(live.PATIENCE_S), 0, "nobody reads its log: exit code")
    t.ok(len(live.journal_records(path("deaf.db"))) > 600, "and the day is kept")


# --- thirdring -------------------------------------------------------------------------
def cli(name, code, pattern, *args, **options):
    options = {"stdout": subprocess.PIPE, **options}
    run = subprocess.run([live.CLI, *args], stderr=subprocess.PIPE, text=True, check=False,
                         timeout=live.PATIENCE_S, **options)
    t.ok(run.returncode == code and re.search(pattern, run.stderr) and
         not re.search("Sanitizer|runtime error", run.stderr),
         f"thirdring {name}: exit {code}", f"exit {run.returncode}", run.stderr)
    return run


def replay_command():
    conf = ["--config", live.DEMO_CONF]
    for name, (text, code, pattern) in traces().items():
        cli(f"replay, trace: {name}", code, pattern, "replay", *conf, trace_file(name, text))
    day = live.DEMO_TRACE
    cli("replay, no configuration", NOINPUT, "none.conf", "replay", "--config", path("none.conf"),
        day)
    bad = path("bad.conf")
    cli("replay, four mistakes", CONFIG, rf"(?s)({re.escape(bad)}:\d+: .*){{4}}", "replay",
        "--config", bad, day)
    cli("replay, no trace named", USAGE, "usage", "replay", *conf)
    cli("replay, two traces named", USAGE, "usage", "replay", *conf, day, day)
    for speed in ("fast", "0", "-1", "nan", "1e9", "10x", ""):
        cli(f"replay, speed '{speed}'", USAGE, "--speed", "replay", *conf, "--speed", speed, day)
    for what, why in (("nonsense", 'no "="'), ("a.b=1", "unknown setting"),
                      ("stations.tills.target.seconds=soon", "stations.tills.target.seconds"),
                      ("stations.bar.name=x", "bar")):
        cli(f"replay, --set {what}", CONFIG, why, "replay", *conf, "--set", what, day)
    with open("/dev/full", "w", encoding="utf-8") as full:
        cli("replay, a full medium for its output", IOERR, "Input/output|No space", "replay",
            *conf, day, stdout=full)
        cli("check, a full medium for its output", IOERR, "", "check", live.DEMO_CONF, stdout=full)
    cli("replay, output closed", IOERR, ".", "replay", *conf, day, stdout=None,
        preexec_fn=lambda: os.close(1))
    reader, writer = os.pipe()
    os.close(reader)
    run = subprocess.run([live.CLI, "replay", *conf, day], stdout=writer, stderr=subprocess.PIPE,
                         check=False, timeout=live.PATIENCE_S, text=True)
    os.close(writer)
    t.ok(run.returncode in (-13, IOERR), "thirdring replay, nobody reads on: ends",
         run.returncode, run.stderr)
    run = cli("replay, a header alone", 0, "^$", "replay", *conf,
              live.write(path("header-only.trace"), "# thirdring trace 1\n"))
    t.ok(json.loads(run.stdout.splitlines()[-1])["type"] == "summary", "is an empty day")
    cli("nonsense", USAGE, "there is no command 'nonsense'", "nonsense")
    cli("alone", USAGE, "usage")


configuration()
broker_settings()
source()
journal_folder()
journal_read_only()
journal_newer()
journal_garbage()
journal_held()
full_disk()
absent_broker()
false_broker()
nobody_reads_the_log()
replay_command()
complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
