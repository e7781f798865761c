#!/usr/bin/python3
"""thirdring report of what a journal does not know: days before it and after it, stations
and hours that came or went, an hour in which nobody watched. None of it may look like open,
and nobody came. And its JSON is what etc/schema/report.json says."""
import csv
import datetime
import html
import io
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402
import validate  # noqa: E402

t = tap.Tap()
where = live.folder()


def report(path, *words):
    done = subprocess.run([live.CLI, "report", "--journal", path, *words], capture_output=True,
                          text=True, check=False, timeout=live.PATIENCE_S, env={**os.environ, "LC_ALL": "C.UTF-8"})
    if done.returncode != 0:
        t.ok(False, f"report {' '.join(words)}", done.stderr[-1000:])
    return done.stdout


def as_json(path, *words):
    return json.loads(report(path, *words, "--format", "json"))


def rows_of(path, *words):
    return list(csv.DictReader(io.StringIO(report(path, *words, "--format", "csv"))))


def page_rows(text):
    """Every table's rows, as words."""
    return [[html.unescape(re.sub("<[^>]*>", "", c)) for c in
             re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.S)]
            for row in re.findall(r"<tr.*?</tr>", text, re.S)]


def live_through(path, conf, trace):
    daemon = live.Daemon(conf, 'gpio.backend="replay"', f'gpio.trace="{trace}"', "gpio.speed=0",
                         f'journal.path="{path}"', f'mqtt.uri="mqtt://127.0.0.1:{live.free_port()}"',
                         args=["--exit-at-end"])
    t.same(daemon.wait(live.PATIENCE_S * 2), 0, f"{os.path.basename(trace)} is lived through")


# --- days -------------------------------------------------------------------------------------

def standing(day, made):
    """What a day beside the one lived is."""
    if day.isoweekday() == 7:
        return "closed"
    if day < datetime.date(2026, 3, 2):
        return "before"
    opens = datetime.datetime(day.year, day.month, day.day, 9, 15, tzinfo=datetime.timezone.utc)
    return "after" if opens < made else "to_come"


def days(path):
    span = ("--from", "2026-02-25", "--to", "2026-03-08")
    r = as_json(path, *span)
    made = datetime.datetime.fromisoformat(r["made"])
    want = {str(d): standing(d, made) for d in
            (datetime.date(2026, 2, 25) + datetime.timedelta(n) for n in range(12))}
    want["2026-03-02"] = "open"
    t.same({d["date"]: d["known"] for d in r["days"]}, want, "each day is told for what it is")
    t.same([d["date"] for d in r["days"] if d["closed"]], ["2026-03-01", "2026-03-08"],
           "closed by the calendar, and no other")
    t.ok(all((d["open_s"] > 0) == (d["known"] == "open") for d in r["days"]), "coverage as well")
    t.same({x["key"]: x["word"] for x in rows_of(path, *span) if x["section"] == "day"}, want,
           "the CSV says the same")
    text = report(path, *span, "--format", "html")
    words = {"before": "before the journal", "after": "nobody watched", "closed": "closed"}
    told = [x[0] for x in page_rows(text) if x and re.match(r"[A-Z][a-z]{2} 2026-", x[0])]
    t.same(told, [f"{datetime.date.fromisoformat(d):%a} {d}" +
                  (f", {words[w]}" if w in words else "")
                  for d, w in want.items() if w != "to_come"], "and the page's table")
    chart = re.search(r'aria-label="Waits by day.*?</svg>', text, re.S).group()
    t.same(chart.count('class="unseen"'), sum(w in ("before", "after") for w in want.values()),
           "in the chart they are hatched")


def nothing_known(path):
    """Of a time that the journal does not know nobody says that all was well."""
    ahead = datetime.date.today() + datetime.timedelta(400)
    ahead -= datetime.timedelta(ahead.weekday())
    for day, known, said in (("2026-02-26", "before", "The journal begins later"),
                             ("2026-02-22", "closed", "Closed"),
                             (str(ahead), "to_come", "Still to come")):
        r = as_json(path, "--day", day)
        t.same([(d["known"], d["closed"]) for d in r["days"]], [(known, known == "closed")],
               f"{day}: {known}")
        text, page = report(path, "--day", day), report(path, "--day", day, "--format", "html")
        t.ok(said in text and said in page, f"{day}: {said}", text)
        t.ok("sensors without a fault" not in text and "None." not in text, f"{day}: no praise", text)
        t.ok("were in order" not in page and "None was raised" not in page, f"{day}: none on the page")
        t.ok("obody waited" not in page, f"{day}: and nobody is said not to have come")


# --- an hour that was not seen ------------------------------------------------------------------

def ms(*args):
    return int(datetime.datetime(*args, tzinfo=datetime.timezone.utc).timestamp() * 1000)


def unseen_hour(day_db, path):
    """A till's sensor was out of order from 13:50 to 15:10, and nothing came of it."""
    shutil.copy(day_db, path)
    since, until = ms(2026, 3, 2, 13, 50), ms(2026, 3, 2, 15, 10)
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM wait WHERE opened_wall >= ? AND opened_wall < ?", (since, until))
        seq = db.execute("SELECT record FROM tail").fetchone()[0] + 1
        db.execute("INSERT INTO name VALUES(900, 'sensor-till_1')")
        for n, (state, at) in enumerate(((1, since), (0, until + 60_000))):
            db.execute("INSERT INTO alert VALUES(?,?,900,3,-1,5,?,0,0,0,?,?,1)",
                       (seq + n, 5000, state, since, at))
        db.execute("UPDATE tail SET record = ?", (seq + 1,))
    db.close()
    r = as_json(path)
    tills = next(s for s in r["stations"] if s["id"] == "tills")
    cells = {c["hour"]: c for c in tills["hours"]}
    t.same([(h, cells[h]["waits"], cells[h]["full_s"], cells[h]["coverage_pct"]) for h in (13, 14)],
           [(13, cells[13]["waits"], 3000.0, cells[13]["coverage_pct"]), (14, 0, 0.0, 0.0)],
           "an hour is known to have been unseen")
    t.ok(abs(cells[13]["coverage_pct"] - 250 / 3) < 0.01, "and one in part", cells[13])
    door = next(s for s in r["stations"] if s["id"] == "entrance")
    t.same({c["hour"]: c["coverage_pct"] for c in door["hours"]}[14], 100.0, "of that station only")
    word = {(x["station"], x["key"]): x["word"] for x in rows_of(path) if x["section"] == "hour"}
    t.same([word[s, "Mon 14:00"] for s in ("tills", "entrance")], ["unseen", "open"], "the CSV knows")
    one = ("--station", "tills")
    t.ok(re.search(r"^14 +\?$", report(path, *one), re.M), "the terminal asks", report(path, *one))
    page = report(path, *one, "--format", "html")
    chart = re.search(r'aria-label="Waits by hour.*?</svg>', page, re.S).group()
    t.same(chart.count('class="unseen"'), 1, "the chart has a gap")
    t.ok(["14:00", "?"] in page_rows(page), "the table asks")


# --- configurations -----------------------------------------------------------------------------

def cut(name, start, first_s, last_s):
    """A part of the demo's day, on another day."""
    lines = ["# thirdring trace 1", f"# start {start}"]
    with open(live.DEMO_TRACE, encoding="utf-8") as file:
        for line in file:
            if line[0].isdigit():
                at, rest = line.split(" ", 1)
                if first_s <= float(at) < last_s:
                    lines.append(f"{float(at) - first_s:.3f} {rest.strip()}")
    return live.write(os.path.join(where, name), "\n".join(lines) + "\n")


def came_and_went(path):
    """Saturday without a telephone, and closed on Sundays; from Monday noon on with one, and
    open on Sundays: no figure of the days before comes of the new configuration."""
    with open(live.DEMO_CONF, encoding="utf-8") as file:
        new = file.read()
    old, n = re.subn(r'  \{ id = "phone"; kind.*?\}; \},\n', "", new, flags=re.S)
    t.same(n, 1, "a shop without a telephone")
    new = new.replace('"mon-sat"', '"mon-sun"')
    saturday = cut("saturday.trace", "2026-03-07T12:00:00Z", 10800, 28800)
    monday = cut("monday.trace", "2026-03-09T12:00:00Z", 10800, 28800)
    live_through(path, live.write(os.path.join(where, "old.conf"), old), saturday)
    live_through(path, live.write(os.path.join(where, "new.conf"), new), monday)
    r = as_json(path, "--from", "2026-03-07", "--to", "2026-03-09")
    t.same(r["plans"], 2, "two configurations")
    t.same({d["date"]: d["known"] for d in r["days"]},
           {"2026-03-07": "open", "2026-03-08": "closed", "2026-03-09": "open"},
           "Sunday was closed then")
    phone = next(s for s in r["stations"] if s["id"] == "phone")
    cells = {(c["weekday"], c["hour"]): c for c in phone["hours"]}
    t.ok(phone["waits"] > 0 and 0 < phone["open_s"] < 6 * 3600, "the telephone is known from Monday "
         "noon on", phone["open_s"])
    t.same([(cells[k]["days"], cells[k]["unknown_days"], cells[k]["open_s"]) for k in
            ((6, 13), (1, 10), (1, 14))], [(0, 1, 0.0), (0, 1, 0.0), (1, 0, 3600.0)],
           "not on Saturday, nor in Monday's morning")
    door = next(s for s in r["stations"] if s["id"] == "entrance")
    t.ok(door["open_s"] > phone["open_s"] + 10 * 3600, "the door all the time", door["open_s"])
    word = {(x["station"], x["key"]): x["word"] for x in
            rows_of(path, "--from", "2026-03-07", "--to", "2026-03-09") if x["section"] == "hour"}
    t.same([word["phone", "Sat 13:00"], word["phone", "Mon 14:00"]], ["unknown", "open"],
           "the CSV says so")
    page = report(path, "--from", "2026-03-07", "--to", "2026-03-09", "--format", "html",
                  "--station", "phone")
    t.ok(page_rows(page) and any(x[0].endswith("2026-03-07, before the journal")
                                 for x in page_rows(page) if x), "its page, too", *[x for x in page_rows(page) if x and '2026-03-0' in x[0]])


# --- the schema ---------------------------------------------------------------------------------

def fits(path, what, *words):
    r = as_json(path, *words)
    wrong = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}"
             for e in validate.Contract().validator("report.json").iter_errors(r)]
    t.ok(not wrong, f"{what}: as its schema says", *wrong[:10])
    return r


def schema(path, changed):
    for what, words in (("a day", ()), ("a week", ("--week", "2026-W10")),
                        ("a month", ("--month", "2026-03")), ("one station", ("--station", "tills")),
                        ("votes alone", ("--station", "smiles")),
                        ("before the journal", ("--day", "2026-02-01"))):
        r = fits(path, what, *words)
    fits(changed, "two configurations", "--from", "2026-03-01", "--to", "2026-03-12")
    empty = os.path.join(where, "empty.db")
    live_through(empty, live.DEMO_CONF, live.write(
        os.path.join(where, "empty.trace"),
        "# thirdring trace 1\n# start 2026-03-02T10:00:00Z\n1.0 greet 1\n1.5 greet 0\n"))
    t.same(fits(empty, "an empty journal")["waits"], 0, "in which nothing was measured")
    refuse = validate.Contract().validator("report.json").is_valid
    t.ok(not refuse({**r, "extra": 1}), "refused: an unknown key")
    t.ok(not refuse({k: v for k, v in r.items() if k != "kept"}), "refused: a missing key")
    t.ok(not refuse({**r, "days": [{**r["days"][0], "known": "lost"}]}), "refused: an unknown word")


def went(path):
    """The other way round: what was there stays what it was."""
    live_through(path, os.path.join(where, "new.conf"), os.path.join(where, "saturday.trace"))
    live_through(path, os.path.join(where, "old.conf"), os.path.join(where, "monday.trace"))
    r = fits(path, "a station that is gone", "--from", "2026-03-07", "--to", "2026-03-09")
    phone = next(s for s in r["stations"] if s["id"] == "phone")
    t.ok(phone["gone"] and phone["waits"] > 0 and abs(phone["open_s"] - 22 * 3600) < 900,
         "the telephone is known until it was taken away", phone["waits"], phone["open_s"])
    cells = {(c["weekday"], c["hour"]): c for c in phone["hours"]}
    t.same([(cells[k]["days"], cells[k]["unknown_days"]) for k in ((6, 13), (1, 14))],
           [(1, 0), (0, 1)], "on Saturday, and not on Monday")
    t.same({d["date"]: d["known"] for d in r["days"]}["2026-03-08"], "open", "Sunday was open then")
    door = next(s for s in r["stations"] if s["id"] == "entrance")
    t.ok(phone["coverage_pct"] < 30 < door["coverage_pct"], "and what nobody watched is not seen",
         phone["coverage_pct"], door["coverage_pct"])


# --- a board without a clock ------------------------------------------------------------------------

def leaps(path):
    """It begins on the day its image was made, is told the time four minutes later, and once
    more after two hours: under the labels between nobody ever watched."""
    began = datetime.datetime(2025, 10, 4, 9)
    first = (datetime.datetime(2026, 3, 2, 10) - began).total_seconds() - 240
    events = [(0.5, "!clock free"), (240, f"!clock {first:.0f}"), (240.001, "!clock synced"),
              (7440, f"!clock {first + 2 * 86400:.0f}")]
    lines = ["# thirdring trace 1", f"# start {began:%Y-%m-%dT%H:%M:%S}Z"]
    with open(live.DEMO_TRACE, encoding="utf-8") as file:
        for line in file:
            if line[0].isdigit() and float(line.split()[0]) < 14400:
                while events and events[0][0] < float(line.split()[0]):
                    lines.append("{:.3f} {}".format(*events.pop(0)))
                lines.append(line.strip())
    live_through(path, live.DEMO_CONF, live.write(os.path.join(where, "leaps.trace"),
                                                  "\n".join(lines) + "\n"))
    r = as_json(path, "--month", "2026-03")
    t.same([w["monday"] for w in r["weeks"]][0], "2026-03-02", "no week before is invented")
    t.ok(r["known_from"].startswith("2026-03-02T10:00"), "the journal begins when it knew the time",
         r["known_from"])
    days = {d["date"]: d for d in r["days"]}
    t.same([(d, days[d]["known"], days[d]["full_s"] > 0) for d in
            ("2026-03-02", "2026-03-03", "2026-03-04")],
           [("2026-03-02", "open", True), ("2026-03-03", "open", False), ("2026-03-04", "open", True)],
           "of a day that was leapt over nothing was seen")
    door = next(s for s in r["stations"] if s["id"] == "entrance")
    odd = [c for c in door["hours"] if c["waits"] == 0 and c["full_s"] > 600 and c["hour"] < 14]
    t.same(odd, [], "no hour looks empty that was not there")
    t.same([(a["clock"], a["from"][:16], a["to"][:16]) for a in r["absences"]],
           [(True, "2026-03-02T12:00", "2026-03-04T12:00")], "the leap is told")
    fits(path, "a leap", "--month", "2026-03")
    t.ok("The clock leapt forward on Mon  2 Mar 2026, 12:00" in report(path, "--month", "2026-03"),
         "in the terminal, too")


# --- who waits still --------------------------------------------------------------------------------

def still(path):
    """Two called, one was answered; the other is in no figure, and not forgotten."""
    trace = live.write(os.path.join(where, "still.trace"), "# thirdring trace 1\n"
                       "# start 2026-03-02T10:00:00Z\n1.0 fitting_call 1\n1.5 fitting_call 0\n"
                       "9.0 fitting_done 1\n9.5 fitting_done 0\n12.0 fitting_call 1\n"
                       "12.5 fitting_call 0\n90000 greet 1\n")
    daemon = live.Daemon(live.DEMO_CONF, 'gpio.backend="replay"', f'gpio.trace="{trace}"',
                         "gpio.speed=4.0", f'journal.path="{path}"',
                         f'mqtt.uri="mqtt://127.0.0.1:{live.free_port()}"')

    def told():
        done = subprocess.run([live.CLI, "report", "--journal", path, "--format", "json"],
                              capture_output=True, text=True, check=False)
        r = json.loads(done.stdout) if done.returncode == 0 else {}
        return r if r.get("waits") == 1 and r["waiting"] == 1 else None

    r = live.wait_until(told, "somebody to wait still")
    t.same(r["counted"], 1, "who waits still is in no figure")
    daemon.stop(signal.SIGKILL)
    text, page = report(path), report(path, "--format", "html")
    t.ok("Still waiting: 1, the longest for" in text and "(Fitting room)" in text, "and is told", text)
    t.ok("Still waiting: 1, the longest for" in page, "on the page, too")
    t.ok("\n1 of 1 promises kept;" in text, "one wait is no percentage", text)
    t.same(as_json(path, "--day", "2026-03-01")["waiting"], None, "not of a day before")


# --- where it goes, and what it may hold -----------------------------------------------------------

def hostile(day_db, path):
    """Names in a journal that somebody tampered with stay names."""
    shutil.copy(day_db, path)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE name SET name = ? WHERE name = 'phone'",
                   ('=cmd|"x",\r\n\x1b[31m<script>\u202e',))
    db.close()
    rows = list(csv.reader(io.StringIO(report(path, "--format", "csv"))))
    t.same({len(x) for x in rows}, {len(rows[0])}, "every row has every column")
    bad = [c for x in rows for c in x if c[:1] in ("=", "+", "@", "\t") or not c.isascii()]
    t.same(bad, [], "no cell is a formula")
    t.ok(any(x[1].startswith("?cmd") for x in rows),
         "the name is there all the same", {x[1] for x in rows})
    fits(path, "the JSON")
    text, page = report(path), report(path, "--format", "html")
    t.ok("\x1b" not in text and "\u202e" not in text and "=cmd" in text, "the terminal obeys nobody")
    t.ok("<script" not in page and "=cmd" in page, "nor does the page")


def output(day_db):
    """Whole or not at all, and never over the journal."""
    def out(where_to, code):
        done = subprocess.run([live.CLI, "report", "--journal", day_db, "-o", where_to],
                              capture_output=True, text=True, check=False, timeout=live.PATIENCE_S)
        t.same(done.returncode, code, f"-o {where_to[-20:]}: {done.stderr.strip()[-80:]}")
        return done.stdout

    with open(day_db, "rb") as file:
        before = file.read()
    out(day_db, 64)
    with open(day_db, "rb") as file:
        t.ok(file.read() == before, "the journal is as it was")
    t.ok("promises kept" in out("/dev/stdout", 0), "a device is written to, not replaced")
    pipe = os.path.join(where, "pipe")
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True)
    out(pipe, 0)
    t.ok("promises kept" in reader.communicate(timeout=live.PATIENCE_S)[0] and
         not os.path.isfile(pipe), "so is a pipe")
    out("/dev/full", 74)
    t.ok(not os.path.isfile("/dev/full") and not os.path.exists("/dev/full.part"), "a full disk is said")
    old = live.write(os.path.join(where, "old.csv"), "old\n")
    os.mkdir(old + ".part")
    out(old, 73)
    with open(old, encoding="utf-8") as file:
        t.same(file.read().strip(), "old", "what was there is there")
    done = subprocess.run(f"{live.CLI} report --journal {day_db} --format csv | head -1", shell=True,
                          capture_output=True, text=True, check=False, timeout=live.PATIENCE_S)
    t.ok(done.stdout.startswith("section,") and not done.stderr, "who reads no more is no error")


day = os.path.join(where, "day.db")
live_through(day, live.DEMO_CONF, live.DEMO_TRACE)
days(day)
nothing_known(day)
unseen_hour(day, os.path.join(where, "unseen.db"))
came_and_went(os.path.join(where, "changed.db"))
went(os.path.join(where, "went.db"))
schema(day, os.path.join(where, "changed.db"))
still(os.path.join(where, "still.db"))
leaps(os.path.join(where, "leaps.db"))
hostile(day, os.path.join(where, "hostile.db"))
output(day)
complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
