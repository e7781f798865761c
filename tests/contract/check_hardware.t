#!/usr/bin/env python3
"""thirdring check --hardware: each finding a row that says OK or what to do, with a
real broker that is there, is not, refuses, or shows a bad certificate; beside a
running daemon, which it must not disturb; in 80 columns and in 45. The lines
themselves are tests/lab/hardware.t's."""
import os
import re
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import tap
import live
import certs

EXAMPLE = os.path.join(tap.TOP, "etc", "thirdring.conf")

t = tap.Tap()


class Report:
    """What one run said: rows as {what: [(mark, text)]}, wrapped lines put together."""

    def __init__(self, *args, columns=200, env=None):
        run = subprocess.run([live.CLI, "check", "--hardware", *args], capture_output=True,
                             text=True, check=False, timeout=live.PATIENCE_S,
                             env={**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": str(columns),
                                  **(env or {})})
        self.code, self.text, self.errors = run.returncode, run.stdout, run.stderr
        self.rows, indent = {}, " " * 25
        last = None
        for line in run.stdout.splitlines():
            row = re.match(r"  (OK|TO DO|-) +(.{15}\S*) (.*)", line)
            if row:
                last = [row[1], row[3].strip()]
                self.rows.setdefault(row[2].strip(), []).append(last)
            elif line.startswith(indent) and last:
                last[1] += " " + line.strip()

    def has(self, what, mark, pattern):
        return any(m == mark and re.search(pattern, text) for m, text in self.rows.get(what, []))

    def todo(self):
        return sum(mark == "TO DO" for rows in self.rows.values() for mark, _ in rows)


def says(report, what, mark, pattern, point):
    t.ok(report.has(what, mark, pattern), point, f"wanted {mark} {what}: {pattern}", report.text,
         report.errors)


def run(uri, *sets, conf=live.DEMO_CONF, **options):
    args = []
    for one in (f"mqtt.uri={uri}", f"journal.path={HOME}/journal.db", *sets):
        args += ["--set", one]
    return Report(*args, conf, **options)


live.need_broker()
HOME = live.folder()

# --- the broker ------------------------------------------------------------------------
broker = live.Broker().start()
good = run(broker.uri)
says(good, "broker", "OK", re.escape(broker.uri) + r" let us in after \d+ ms, MQTT 5$",
     "a broker that is there lets us in, and it is said how soon")
says(run(broker.uri, "mqtt.version=3"), "broker", "OK", "MQTT 3.1.1", "MQTT 3.1.1, too")
with open(os.path.join(broker.dir, "log"), encoding="utf-8") as file:
    log = file.read()
t.ok("as thirdring-demo-main-check" in log and " as thirdring-demo-main " not in log,
     "under a name of its own, so that the daemon keeps its connection", log)
t.ok(not re.search(r"Received PUBLISH", log), "nothing is published")
gone = live.free_port()
says(run(f"mqtt://127.0.0.1:{gone}"), "broker", "TO DO",
     rf"127.0.0.1:{gone} cannot be reached: .*does the broker run\?",
     "no broker: that is to do, and where to look")
says(run("mqtt://nowhere.invalid"), "broker", "TO DO", "nowhere.invalid cannot be reached",
     "no such host")
none = Report("--set", f"journal.path={HOME}/journal.db",
              live.write(f"{HOME}/none.conf", re.sub(r"(?ms)^mqtt = \{.*?^\};", "", open(
                  EXAMPLE, encoding="utf-8").read())))
says(none, "broker", "-", "none is configured", "a shop without a broker has nothing to do")

passwords = live.write(f"{HOME}/passwd", "")
os.chmod(passwords, 0o644)
subprocess.run(["mosquitto_passwd", "-b", passwords, "shop", "right"], check=True,
               capture_output=True)
os.chmod(passwords, 0o644)
broker.stop()
locked = live.Broker(f"allow_anonymous false\npassword_file {passwords}\n"
                     "max_packet_size 4000\n").start()
good_word = live.write(f"{HOME}/good", "right\n")
bad_word = live.write(f"{HOME}/bad", "wrong\n")
says(run(locked.uri, "mqtt.username=shop", f"mqtt.password_file={bad_word}"), "broker", "TO DO",
     "(?i)(not authori[sz]ed|user name|password|refuse)", "a wrong password is told in words")
inside = run(locked.uri, "mqtt.username=shop", f"mqtt.password_file={good_word}")
says(inside, "broker", "OK", "let us in.*, as shop$", "the right one lets us in")
says(inside, "broker", "TO DO", "but: .*small packets", "and what else it will not do is told")
says(inside, "password_file", "TO DO", f"everybody may read {good_word}: .*chmod 640",
     "a password that everybody may read is told")
os.chmod(good_word, 0o640)
t.ok("password_file" not in run(locked.uri, "mqtt.username=shop",
                                f"mqtt.password_file={good_word}").rows,
     "one that is kept is not worth a word")
says(run(locked.uri, "mqtt.username=shop", "mqtt.password_file=/no/such/file"), "broker", "TO DO",
     "password_file \"/no/such/file\" cannot be read", "a password file that is not there")
says(run(locked.uri, "mqtt.username=shop", "mqtt.password_file=credential:word",
         env={"CREDENTIALS_DIRECTORY": HOME}), "broker", "TO DO", "word", "a missing credential")
if not os.path.exists("/run/credentials/thirdringd.service"):
    says(run(locked.uri, "mqtt.username=shop", "mqtt.password_file=credential:word"),
         "credentials", "-", "only the service has them",
         "what only the service is given cannot be tried from a shell")
locked.stop()

# --- certificates ---------------------------------------------------------------------------
if certs.missing():
    t.ok(True, f"certificates # SKIP {certs.missing()}")
else:
    shop = certs.Shop(live.folder())
    tls = certs.TlsBroker(shop.good).start()
    ca = f"mqtt.ca_file={shop.ca.cert}"
    fine = run(tls.tls_uri(), ca)
    says(fine, "broker", "OK", "let us in", "TLS: in")
    says(fine, "TLS", "OK", "holds for localhost$", "the name it is good for is said")
    soon = shop.ca.issue_client("soon", "till-four", days=(-1, 20))
    says(run(tls.tls_uri(), ca, f"mqtt.cert_file={soon.cert}", f"mqtt.key_file={soon.key}"),
         "cert_file", "TO DO", r"holds until 2\d\d\d-\d\d-\d\d, (19|20) days: put a new one",
         "a certificate that ends in less than 30 days is to be renewed")
    lasting = shop.ca.issue("lasting", days=(-1, 400), usage="clientAuth")
    end = subprocess.run(["openssl", "x509", "-in", lasting.cert, "-noout", "-enddate",
                          "-dateopt", "iso_8601"], capture_output=True, text=True, check=True)
    day = re.search(r"notAfter=(\S+)", end.stdout)[1]
    pair = (f"mqtt.cert_file={lasting.cert}", f"mqtt.key_file={lasting.key}")
    says(run(tls.tls_uri(), ca, *pair), "cert_file", "OK", rf"holds until {day}, (399|400) days$",
         "a certificate's last day is the one that openssl reads")
    both = live.write(f"{HOME}/both.crt", open(shop.client_expired.cert, encoding="ascii").read()
                      + open(lasting.cert, encoding="ascii").read())
    says(run(tls.tls_uri(), f"mqtt.ca_file={both}"), "ca_file", "OK", f"holds until {day}",
         "of several authorities the one that lasts is enough")
    says(run(tls.tls_uri(), ca, f"mqtt.cert_file={both}", pair[1]), "cert_file", "TO DO",
         "ended on", "of a chain the one that ends first counts")
    old = (f"mqtt.cert_file={shop.client_expired.cert}", f"mqtt.key_file={shop.client_expired.key}")
    says(run(tls.tls_uri(), ca, *old), "cert_file", "TO DO", "ended on .*put a new one there",
         "one that is over is told")
    early = shop.ca.issue_client("early", "till-four", days=(1, 30))
    says(run(tls.tls_uri(), ca, f"mqtt.cert_file={early.cert}", f"mqtt.key_file={early.key}"),
         "cert_file", "TO DO", "does not hold yet", "and one that is not yet good")
    for name, text, why in (("empty", "", "no certificate in it"),
                            ("cut", open(lasting.cert, encoding="ascii").read()[:200], "damaged"),
                            ("other", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END", "damaged")):
        path = live.write(f"{HOME}/{name}.crt", text)
        says(run(tls.tls_uri(), f"mqtt.ca_file={path}"), "ca_file", "TO DO", why,
             f"a file that is no certificate: {name}")
    says(run(tls.tls_uri(), "mqtt.ca_file=/no/such.crt"), "ca_file", "TO DO", "cannot be read",
         "one that is not there")
    says(run(tls.tls_uri(), f"mqtt.ca_file={shop.other_ca.cert}"), "broker", "TO DO",
         "signed by nobody that mqtt.ca_file trusts", "the wrong authority")
    tls.show(shop.expired)
    says(run(tls.tls_uri(), ca), "broker", "TO DO", "certificate has expired",
         "a broker whose own certificate is over")
    tls.show(shop.wrong_name)
    says(run(tls.tls_uri(), ca), "broker", "TO DO", "localhost",
         "a broker whose certificate is another's")
    tls.stop()

# --- disk ----------------------------------------------------------------------------------
broker.start()
says(good, "journal", "OK", f"none yet: {HOME}/journal.db is begun at the first start",
     "a journal that does not exist yet is nothing to do")
t.ok(not os.path.exists(f"{HOME}/journal.db"), "and is not made by looking")
says(good, "space", "OK", r"\d+ MiB free; the journal may grow by 1024 MiB$", "room is told") \
    if not good.has("space", "TO DO", "make room") else t.note("this disk is nearly full")
says(run(broker.uri, "journal.max_mb=1000000"), "space", "TO DO",
     r"may grow by 1000000 MiB: make room", "a journal larger than the disk")
says(Report("--set", "journal.path=/no/such/folder/journal.db", live.DEMO_CONF), "folder", "TO DO",
     "/no/such/folder is not there", "a folder that is not there")
live.write(f"{HOME}/text.db", "this is no database, but somebody's letter" * 10)
says(run(broker.uri, f"journal.path={HOME}/text.db"), "journal", "TO DO",
     "text.db.*the next start puts it aside", "a file that is no journal")
with sqlite3.connect(f"{HOME}/other.db") as db:
    db.execute("PRAGMA application_id = 7")
    db.execute("CREATE TABLE letters (text)")
db.close()
says(run(broker.uri, f"journal.path={HOME}/other.db"), "journal", "TO DO",
     "database of another program", "nor another program's")

# --- beside the daemon ------------------------------------------------------------------------
trace = live.write(f"{HOME}/calls.trace", "# thirdring trace 1\n" + "".join(
    f"{s} fitting_call 1\n{s}.2 fitting_call 0\n" for s in range(1, 1800, 10)))
daemon = live.Daemon(live.DEMO_CONF, f"mqtt.uri={broker.uri}", f"journal.path={HOME}/journal.db",
                     f"gpio.trace={trace}", "gpio.speed=1", "log.level=debug")
daemon.wait_said("connected")
beside = run(broker.uri, f"gpio.trace={trace}")
says(beside, "journal", "OK", rf"being written by process {daemon.pid}$",
     "beside the daemon: who writes the journal")
says(beside, "broker", "OK", "let us in", "and a second connection")
again = run(broker.uri, f"gpio.trace={trace}")
t.ok(daemon.process.poll() is None and not daemon.said("connection .*(lost|ended)|no broker: "),
     "the daemon was not disturbed", *daemon.text())
t.same(daemon.stop(), 0, "it ends well")
before = sorted(os.listdir(HOME))
says(run(broker.uri), "journal", "OK",
     r"newest entry of 2\d\d\d-\d\d-\d\d \d\d:\d\d, nobody writes it now$",
     "and then nobody writes it; how new it is is told")
left = set(os.listdir(HOME)) - set(before)
t.ok(left <= {"journal.db-wal", "journal.db-shm"} and
     ("journal.db-wal" not in left or os.path.getsize(f"{HOME}/journal.db-wal") == 0),
     "looking leaves nothing behind but SQLite's own empty log and its index", left)
with sqlite3.connect(f"{HOME}/journal.db") as db:
    db.execute("PRAGMA user_version = 4711")
db.close()
says(run(broker.uri), "journal", "TO DO", "newer thirdring", "a journal of a newer version")

# --- the service, as a systemctl tells of it ---------------------------------------------------
def service(*lines, board="1min"):
    """A run with a systemctl that says this."""
    fake = live.folder()
    live.write(f"{fake}/systemctl", "#!/bin/sh\ncase $* in *thirdringd*) cat <<'E'\n"
               + "\n".join(lines) + f"\nE\n;; *) echo RuntimeWatchdogUSec={board};; esac\n")
    os.chmod(f"{fake}/systemctl", 0o755)
    return run(broker.uri, env={"PATH": f"{fake}:{os.environ['PATH']}"})


GOOD = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running", "NRestarts": "0",
        "UnitFileState": "enabled", "WatchdogUSec": "30s", "Result": "success"}


def told(**other):
    return [f"{key}={value}" for key, value in {**GOOD, **other}.items()]


served = service(*told())
for what, pattern in (("service", "^runs$"), ("at power-on", "starts by itself"),
                      ("watchdog", "after 30s$"), ("board watchdog", "after 1min$")):
    says(served, what, "OK", pattern, f"a service of which all is well: {what}")
says(service(*told(ActiveState="inactive", UnitFileState="disabled")), "service", "TO DO",
     "systemctl enable --now", "one that does not run")
says(service(*told(UnitFileState="disabled")), "at power-on", "TO DO", "enable", "nor tomorrow")
says(service(*told(ActiveState="failed", SubState="failed", Result="watchdog")), "service", "TO DO",
     r"failed \(failed, watchdog\): see journalctl", "one that failed, and why")
says(service(*told(NRestarts="3")), "service", "TO DO", "again 3 times", "one that was restarted")
says(service(*told(WatchdogUSec="0")), "watchdog", "TO DO", "^off", "one without a watchdog")
says(service(*told(), board="0"), "board watchdog", "-", "^off", "a board without one")
says(service(*told(LoadState="not-found")), "service", "TO DO", "not installed", "none at all")

# --- no hardware, no columns, exit codes -----------------------------------------------------------
says(good, "backend", "-", r"replay: no GPIO hardware is used; the trace \S+/etc/demo/day.trace is",
     "a replay has no hardware, and says which trace")
says(run(broker.uri, "gpio.trace=/no/such.trace"), "trace", "TO DO", "/no/such.trace cannot be read",
     "a trace that is not there")
if not any(name.startswith("gpiochip") for name in os.listdir("/dev")):
    bare = Report(EXAMPLE)
    says(bare, "chip", "TO DO", "no GPIO chip at all", "a machine without GPIO is told so")
for report, name in ((good, "the demo"), (beside, "the demo, again"), (inside, "with a password")):
    t.same(report.code, 1 if report.todo() else 0, f"{name}: the exit code is 1 where there is "
                                                   "something to do")
    n = report.todo()
    closing = "All is well." if n == 0 else f"{n} thing{'' if n == 1 else 's'} to do."
    t.same(report.text.splitlines()[-1], closing, f"{name}: the last line counts them")
for columns in (45, 80):
    narrow = run(broker.uri, columns=columns)
    wide = [line for line in narrow.text.splitlines()[1:] if len(line) > columns]
    t.ok(not wide, f"in {columns} columns no line is wider", *wide)
    t.ok(not re.search(r" $", narrow.text, re.M), f"in {columns} columns no line ends with a blank")
    t.ok("\033" not in narrow.text, "into a pipe no colours are written")
t.same(Report("/no/such.conf").code, 66, "no such file")
t.same(Report("--print-config", EXAMPLE).code, 64, "two questions at once")
bad = live.write(f"{HOME}/bad.conf", "site = { id = \"x\"; };\n")
t.same(Report(bad).code, 78, "a file with errors is told as ever")
sanitized = [line for line in (good.errors + beside.errors).splitlines() if line]
t.ok(not sanitized, "nothing on standard error", *sanitized)
broker.stop()
t.ok(not live.complaints(), "no sanitizer complained", *live.complaints())
t.done()
