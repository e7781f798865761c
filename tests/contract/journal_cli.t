#!/usr/bin/python3
"""thirdring journal, beside a real daemon with a real broker: a backup while it
writes, that backup in the journal's place after a kill, and no number on two
different records; the export is what the broker got, or tells nobody's name."""
import collections
import csv
import glob
import json
import os
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402
import validate  # noqa: E402

live.need_broker()
t = tap.Tap()
SPEED, HURRY = 800, 2400  # the day in fifty seconds, so that a slow machine is done amid it
SOME = 40
MANY = 100_000 if live.SANITIZED else 1_000_000
NOBODY = 65534
EX_USAGE, EX_DATAERR, EX_NOINPUT, EX_CANTCREAT, EX_TEMPFAIL = 64, 65, 66, 73, 75
NAMING = {"id", "site", "station", "position", "daypart", "button", "wait", "wait_station", "alert",
          "sensor"}


def journal(*words, code=0, what=None):
    """thirdring journal, and what it printed on standard output."""
    done = subprocess.run([live.CLI, "journal", *words], capture_output=True, text=True,
                          timeout=live.PATIENCE_S * 3, check=False)
    t.ok(done.returncode == code, what or f"journal {words[0]}: exit code {code}",
         f"exit {done.returncode}", done.stdout[-500:], done.stderr[-2000:])
    return done


class Shop:
    def __init__(self):
        self.broker = live.Broker().start()
        self.capture = live.Capture(self.broker)
        self.folder = os.path.join(live.folder(), "state")
        os.mkdir(self.folder)
        self.path = os.path.join(self.folder, "journal.db")
        self.copy = os.path.join(self.folder, "copy.db")

    def daemon(self, last=False):
        return live.Daemon(live.DEMO_CONF, f"gpio.speed={HURRY if last else SPEED}",
                           f"mqtt.uri={self.broker.uri}", "mqtt.backfill_per_s=10000",
                           f"gpio.trace={live.DEMO_TRACE}", f"journal.path={self.path}",
                           args=["--exit-at-end"] if last else [])

    def told(self, n):
        live.wait_until(lambda: len(self.capture.of("journal/.*")) >= n, f"{n} records")


def lived_through(shop):
    """A backup while it lives; killed later; and what it had told by then."""
    daemon = shop.daemon()
    shop.told(SOME)
    done = journal("backup", "--config", live.DEMO_CONF, "--set", f"journal.path={shop.path}",
                   shop.copy, what="a backup while the daemon writes")
    rows = sum(int(n) for n in re.findall(r"(\d+) (?:waits|votes|alert)", done.stdout))
    t.ok(rows >= SOME - 5, "it says how much it has saved", done.stdout)
    t.same(rows, len(live.journal_records(shop.copy)), "which is true")
    t.same(oct(os.stat(shop.copy).st_mode & 0o777), "0o600", "for its owner alone")
    done = journal("backup", "--journal", shop.path, shop.copy, code=EX_CANTCREAT,
                   what="it is not overwritten unasked")
    t.ok("--force" in done.stderr, "and says how", done.stderr)
    newest = max(live.journal_records(shop.copy))
    shop.told(newest + SOME)
    done = journal("restore", "--journal", shop.path, shop.copy, code=EX_TEMPFAIL,
                   what="nothing is restored under a running daemon")
    t.ok(f"pid {daemon.pid}" in done.stderr and "systemctl stop" in done.stderr,
         "which is named", done.stderr)
    daemon.stop(signal.SIGKILL)
    shop.capture.settle()
    return newest


def restored(shop):
    """The older journal is put in its place; the daemon goes on from there."""
    if os.geteuid() == 0:
        os.chown(shop.path, NOBODY, NOBODY)
        os.unlink(shop.path + ".lock")
    before = live.journal_records(shop.path)
    done = journal("restore", "--journal", shop.path, shop.copy, what="after a kill it is")
    aside = glob.glob(glob.escape(shop.path) + ".replaced-*Z")
    t.ok(len(aside) == 1 and aside[0] in done.stdout, "the one that was there is kept, and named",
         done.stdout, *os.listdir(shop.folder))
    t.ok(live.journal_records(aside[0]) == before, "with all that was in its log")
    if os.geteuid() == 0:
        journal("export", "--journal", shop.path, what="root looks into it")
        owners = {os.stat(p).st_uid for p in glob.glob(glob.escape(shop.path) + "*")
                  if not p.endswith(".reserve")}
        t.same(owners, {NOBODY}, "the new one is the old one's owner's")
        for p in glob.glob(glob.escape(shop.path) + "*"):
            os.chown(p, 0, 0)
    told = len(shop.capture.of("journal/.*"))
    daemon = shop.daemon()
    daemon.wait_said("restored: records are numbered anew, from [0-9]{13}")
    t.ok(daemon.said("journal replayed") and not daemon.said("cannot be read"),
         "the daemon knows the shop as it was then", *daemon.text())
    shop.told(told + SOME)
    daemon.stop(signal.SIGKILL)
    daemon = shop.daemon(last=True)
    mark = len(shop.capture.messages)
    t.same(daemon.wait(live.PATIENCE_S * 2), 0, "killed once more, it lives to the day's end")
    t.ok(not daemon.said("numbered anew"), "the numbers go on from there", *daemon.text())
    shop.capture.farewell(mark)


def reckon(shop, newest):
    """By id, and by number: whatever came twice was the same."""
    for key in ("id", "seq"):
        copies = collections.defaultdict(list)
        for record in shop.capture.records():
            copies[record[key]].append(live.without_hist(record))
        differ = [f"{c[0]}\n{x}" for c in copies.values() for x in c if x != c[0]]
        t.ok(not differ, f"no {key} is on two different records", *differ[:3])
    old = {r["seq"] for r in shop.capture.records() if r["seq"] < 10**12}
    new = sorted({r["seq"] for r in shop.capture.records()} - old)
    t.ok(max(old) > newest and len(new) > SOME, "some were told before, and many after",
         max(old), newest, len(new))
    t.same(new[-1] - new[0] + 1, len(new), "the new numbers have no holes")
    untold = set(live.journal_records(shop.path)) - old - set(new)
    t.ok(not untold, "every record of the journal came", sorted(untold)[:10])


def exported(shop):
    """Byte for byte what the broker got."""
    done = journal("export", "--journal", shop.path)
    lines = done.stdout.splitlines()
    got = {}
    for m in shop.capture.of("journal/.*"):
        record = live.without_hist(json.loads(m.payload))
        got[record["seq"]] = json.dumps(record)
    odd = [line for line in lines if got.get(json.loads(line)["seq"]) != json.dumps(json.loads(line))]
    t.ok(len(lines) == len(live.journal_records(shop.path)) and not odd,
         f"each of {len(lines)} exported records is as the broker got it", *odd[:2])
    seqs = [json.loads(line)["seq"] for line in lines]
    t.ok(seqs == sorted(seqs), "in their order")
    one = journal("export", "--journal", shop.path, "--type", "wait", "--station", "tills").stdout
    t.ok(one and one.splitlines() == [x for x in lines if '"type":"wait"' in x
                                      and '"station":"tills"' in x], "one kind, of one station")
    path = os.path.join(shop.folder, "out.csv")
    journal("export", "--journal", shop.path, "--format", "csv", "-o", path)
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    plain = [{k: "" if v is None else str(v).lower() if isinstance(v, bool) else v
              for k, v in json.loads(line).items() if k != "v"} for line in lines]
    odd = [(r, p) for r, p in zip(rows, plain)
           if any(str(p[k]) != r[k] and float(r[k]) != p[k] for k in p)]
    t.ok(len(rows) == len(plain) and not odd, "the CSV says the same", *odd[:1])
    t.ok(not os.path.exists(path + ".part"), "no half of it lies about")
    return lines


def by_day(shop, lines):
    days = {"2026-03-01": 0, "2026-03-02": len(lines), "2026-03-03": 0}
    for date, n in days.items():
        done = journal("export", "--journal", shop.path, "--from", date, "--to", date,
                       what=f"of {date}")
        t.same(len(done.stdout.splitlines()), n, "as many as that business day had")
    for words in (("--from", "2026-02-30"), ("--to", "yesterday"),
                  ("--from", "2026-03-03", "--to", "2026-03-02"), ("--type", "event"),
                  ("--format", "xml"), ("--force",), ("surplus",)):
        journal("export", "--journal", shop.path, *words, code=EX_USAGE,
                what=f"refused: {' '.join(words)}")


def anonymous(shop, lines):
    """Nothing by which to know the shop, or a moment."""
    done = journal("export", "--journal", shop.path, "--anonymous")
    masked = [json.loads(line) for line in done.stdout.splitlines()]
    plain = [json.loads(line) for line in lines]
    t.ok([m["type"] for m in masked] == [p["type"] for p in plain], "every record, in order")
    contract = validate.Contract()
    wrong = [e.message for m in masked for e in contract.validator(m["type"] + ".json").iter_errors(m)]
    t.ok(not wrong, "each still fits its schema", *wrong[:3])
    with open(live.DEMO_CONF, encoding="utf-8") as file:
        names = set(re.findall(r'(?:id|unit|name)\s*=\s*"([^"]+)"', file.read()))
    t.ok(len(names) > 20, "names of this shop", names)
    told = {m[k] for m in masked for k in NAMING & set(m) if m[k]}
    leaks = {(n, v) for n in names for v in told if re.search(rf"(?<![a-z]){re.escape(n)}(?![a-z])", v)}
    t.ok(not leaks, "none of which is told", *sorted(leaks)[:5])
    times = {m[k] for m in masked for k in {"opened", "closed", "at", "since"} & set(m)}
    t.ok(times and all(v.endswith(":00:00.000Z") for v in times), "times are hours", *list(times)[:3])
    waits = [(m, p) for m, p in zip(masked, plain) if m["type"] == "wait"]
    t.ok(all(m["wait_s"] == int(m["wait_s"]) and abs(m["wait_s"] - p["wait_s"]) <= 0.5 and
             m["position"] is None and m["mono_ms"] == 0 and m["outcome"] == p["outcome"]
             for m, p in waits), f"{len(waits)} waits: whole seconds, no till, the outcome stays")
    t.ok([m["seq"] for m in masked] == list(range(1, len(masked) + 1)), "numbered from 1")
    ids = {p["id"]: m["id"] for m, p in waits}
    votes = [(m, p) for m, p in zip(masked, plain) if m["type"] == "vote"]
    tied = [(m["wait"], ids.get(p["wait"])) for m, p in votes if p["wait"]]
    t.ok(tied and all(a == b for a, b in tied), f"{len(tied)} votes still know their waits", tied)
    alerts = [(m, p) for m, p in zip(masked, plain) if m["type"] == "alert"]
    pairs = {(m["id"].rsplit("-", 1)[0], p["alert"], p["id"].rsplit("-", 1)[0]) for m, p in alerts}
    t.same(len({a for a, _, _ in pairs}), len(pairs), "and alerts what raised them")


def cut_off(path, dest):
    """A backup that is killed is none; the next one takes what it left away."""
    def killed():
        """One that was caught in the middle; None where it was faster than we."""
        process = live.start([live.CLI, "journal", "backup", "--journal", path, dest],
                             stdout=subprocess.DEVNULL)
        part = f"{dest}.part-{process.pid}"
        while process.poll() is None and not (os.path.exists(part)
                                              and os.path.getsize(part) > 2**20):
            time.sleep(0.001)
        process.kill()
        process.wait()
        if os.path.exists(dest):
            os.unlink(dest)
            return None
        return part

    part = live.wait_until(killed, "a backup to be caught in the middle")
    t.ok(os.path.exists(part) and not os.path.exists(dest), "a backup that is killed has no name")
    journal("backup", "--journal", path, dest, what="the next one is made")
    t.same([os.path.basename(p) for p in glob.glob(glob.escape(dest) + "*")], ["cut.db"],
           "and nothing else is left")


def of_any_length(shop):
    """A journal of years: all of it, in no more memory at its end than at its beginning."""
    path = os.path.join(shop.folder, "long.db")
    journal("backup", "--journal", shop.path, path)
    with sqlite3.connect(path) as db:
        columns = ("open_seq, station, kind, party, opened, opened_wall, closed_wall, wait_ns, "
                   "after_ns, service_ns, threshold_ns, rings, position, daypart, outcome, verdict, "
                   "closed_by, reason, accurate, order_seen, synced")
        db.execute(f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {MANY}) "
                   f"INSERT INTO wait SELECT 2000000000000 + i, {columns} FROM n, "
                   "(SELECT * FROM wait LIMIT 1)")
    db.close()

    cut_off(path, os.path.join(shop.folder, "cut.db"))
    process = live.start([live.CLI, "journal", "export", "--journal", path, "--anonymous"],
                         stdout=subprocess.PIPE)
    n, held = 0, {}
    for _ in process.stdout:
        n += 1
        if n in (1000, MANY):  # it waits for us to read on
            with open(f"/proc/{process.pid}/status", encoding="utf-8") as file:
                held[n] = int(re.search(r"VmHWM:\s*(\d+) kB", file.read())[1])
    t.same(process.wait(live.PATIENCE_S), 0, "a long export")
    t.same(n, MANY + len(live.journal_records(shop.path)), "all of it comes")
    room = 300_000 if live.SANITIZED else 8192  # what is freed is kept in quarantine
    t.ok(held[MANY] < held[1000] + room, f"memory in kB, after so many records: {held}")


def refused(shop):
    text = live.write(os.path.join(shop.folder, "text"), "no journal\n")
    for words, code in ((("export", "--journal", "/nowhere/j.db"), EX_NOINPUT),
                        (("export", "--journal", text), EX_DATAERR),
                        (("restore", "--journal", shop.path, text), EX_DATAERR),
                        (("restore", "--journal", shop.path), EX_USAGE),
                        (("backup", "--journal", shop.path, shop.path, "--force"), EX_USAGE),
                        (("backup", "--journal", shop.path, "/nowhere/copy.db"), EX_CANTCREAT),
                        (("backup", "--journal", shop.path, shop.folder), EX_CANTCREAT),
                        (("backup", "--journal", "/nowhere/j.db", shop.folder + "/y"), EX_NOINPUT),
                        (("export", "--journal", shop.path, "-o", shop.path), EX_USAGE),
                        (("export", "--journal", shop.path, "-o", "/nowhere/x"), EX_CANTCREAT),
                        (("export", "--journal", shop.path, "-o", shop.folder), EX_CANTCREAT),
                        (("backup", "--config", "/nowhere/x.conf", "y"), EX_NOINPUT),
                        (("prune",), EX_USAGE), ((), EX_USAGE)):
        done = journal(*words, code=code, what=f"journal {' '.join(words[:1])}: refused with {code}")
        t.ok(done.stderr.startswith("thirdring") and not done.stdout, "in a sentence", done.stderr)


def to_a_pipe(shop):
    """What is no file is written as it is: root's export must put none in a device's place."""
    pipe = os.path.join(shop.folder, "pipe")
    os.mkfifo(pipe)
    fd = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    votes = journal("export", "--journal", shop.path, "--type", "vote").stdout
    journal("export", "--journal", shop.path, "--type", "vote", "--output", pipe, what="an export into a pipe")
    t.ok(stat.S_ISFIFO(os.stat(pipe).st_mode), "which is one still")
    try:
        t.same(os.read(fd, 65536).decode(), votes, "and got it all")
    except BlockingIOError:
        t.ok(False, "and got it all")
    os.close(fd)


place = Shop()
last_saved = lived_through(place)
restored(place)
reckon(place, last_saved)
everything = exported(place)
by_day(place, everything)
anonymous(place, everything)
of_any_length(place)
refused(place)
to_a_pipe(place)
place.capture.stop()
place.broker.stop()
complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
