#!/usr/bin/python3
"""thirdring report: every figure once more, by other means, from what thirdring
journal export hands out of the same journal: levels and Wilson's bounds, nearest
ranks and Kaplan and Meier, hours and weekdays over a night of clock change, dayparts,
days, weeks, coverage, smiles, alerts. And beside a daemon that writes."""
import collections
import csv
import datetime
import io
import json
import math
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402
from reportsums import OF_LEVEL, DAY_START_H, ZONE, Wait, close, count, level, needed, served  # noqa: E402

t = tap.Tap()
CLEAR_MS = 60_000  # a sensor's alert outlives its fault by a minute
EX_USAGE, EX_DATAERR, EX_NOINPUT, EX_CANTCREAT = 64, 65, 66, 73
COLUMNS = ("open_seq station kind party opened opened_wall closed_wall wait_ns after_ns service_ns "
           "threshold_ns rings position daypart outcome verdict closed_by reason accurate order_seen "
           "synced").split()
ANSWERED, ABANDONED, EXPIRED, VOID, UNKNOWN = range(5)
NOT_COUNTED, KEPT, MISSED = range(3)
FIRST, LAST = datetime.date(2026, 1, 26), datetime.date(2026, 4, 5)


def cli(*words, code=0, what=None):
    done = subprocess.run([live.CLI, *words], capture_output=True, text=True, check=False,
                          timeout=live.PATIENCE_S * 2, env={**os.environ, "TZ": "Asia/Tokyo"})
    if done.returncode != code or what:
        t.ok(done.returncode == code, what or f"{' '.join(words)}: exit {code}",
             f"exit {done.returncode}", done.stdout[-500:], done.stderr[-2000:])
    return done


def report(path, *words):
    return json.loads(cli("report", "--journal", path, *words, "--format", "json").stdout)


# --- a journal of ten weeks -------------------------------------------------------------

def lived_day(folder):
    """The demo's day through the daemon, without a broker."""
    path = os.path.join(folder, "day.db")
    daemon = live.Daemon(live.DEMO_CONF, f"gpio.trace={live.DEMO_TRACE}", "gpio.speed=0",
                         f"journal.path={path}", f"mqtt.uri=mqtt://127.0.0.1:{live.free_port()}",
                         args=["--exit-at-end"])
    t.same(daemon.wait(live.PATIENCE_S * 2), 0, "a day is lived through")
    return path


def differ(rng, row):
    """The same customer on another day: longer or shorter, and sometimes gone."""
    row = dict(row)
    wait = max(0, int(row["wait_ns"] * rng.uniform(0.3, 2.5)) // 1_000_000 * 1_000_000
               + rng.choice((0, 499_999, 500_000)))
    kind = rng.choices((ANSWERED, ABANDONED, EXPIRED, VOID, UNKNOWN, "found"),
                       (80, 8, 2, 3, 4, 3))[0]
    row.update(wait_ns=wait, accurate=1, reason=0, outcome=kind, verdict=NOT_COUNTED)
    if kind == "found":
        row.update(outcome=rng.choice((ANSWERED, EXPIRED)), accurate=0)
    elif kind == UNKNOWN:
        row.update(accurate=rng.randrange(2), reason=rng.choice((9, 10, 13)))
    elif kind in (ANSWERED, ABANDONED, EXPIRED) and not (kind == ABANDONED and wait < 5e9):
        kept = kind == ANSWERED and wait <= row["threshold_ns"]
        row.update(verdict=KEPT if kept else MISSED)
    return row


def weeks_of(day_db, path):
    """Other days like it, over a clock change, with a sensor that was out of order."""
    rng = random.Random(7)
    with sqlite3.connect(day_db) as src, sqlite3.connect(path) as db:
        src.backup(db)
        rows = [dict(zip(COLUMNS, r)) for r in
                db.execute(f"SELECT {','.join(COLUMNS)} FROM wait ORDER BY seq")]
        db.execute("DELETE FROM wait")
        begin = datetime.datetime(2026, 3, 2)
        seq = 1_000_000
        for n in range((LAST - FIRST).days + 1):
            date = FIRST + datetime.timedelta(n)
            # A customer may come on any day at any hour, and at those around four in the morning.
            for row in rng.sample(rows, 60 if date.weekday() < 6 else 6):
                row = differ(rng, row)
                at = begin + datetime.timedelta(milliseconds=row["opened_wall"] - 1772409600000)
                at = datetime.datetime.combine(date, at.time())
                if rng.random() < 0.05:
                    at = datetime.datetime.combine(date, datetime.time(rng.choice((0, 1, 3, 4, 23)),
                                                                       rng.randrange(60)))
                row["opened_wall"] = int(at.replace(tzinfo=ZONE).timestamp() * 1000)
                row["closed_wall"] = row["opened_wall"] + row["wait_ns"] // 1_000_000
                db.execute(f"INSERT INTO wait VALUES({','.join('?' * 22)})",
                           [seq, *(row[c] for c in COLUMNS)])
                seq += 1
        db.execute("INSERT INTO name VALUES(900, 'sensor-till_1')")
        for k, (since, until) in enumerate(FAULTS):
            for state, at in ((1, since), (0, until)):
                if at is None:
                    continue
                db.execute("INSERT INTO alert VALUES(?,?,900,3,-1,5,?,0,0,0,?,?,1)",
                           (seq, 5000 + k, state, ms(since), ms(at) + (0 if state else CLEAR_MS)))
                seq += 1
        end = ms(datetime.datetime(2026, 4, 5, 21, 30, tzinfo=ZONE))
        db.execute("UPDATE tail SET record = ?, wall = ?", (seq, end))
    db.close()
    return path


def ms(moment):
    return int(moment.timestamp() * 1000)


def shop(*args):
    return datetime.datetime(*args, tzinfo=ZONE)


# Before the range and into it; within; over the closed night; still out of order at the end.
FAULTS = [(shop(2026, 3, 1, 12), shop(2026, 3, 2, 10, 30)), (shop(2026, 3, 5, 13), shop(2026, 3, 5, 14)),
          (shop(2026, 3, 30, 19, 30), shop(2026, 3, 31, 9, 15)), (shop(2026, 4, 4, 15), None)]


# --- compared ---------------------------------------------------------------------------------

def compare(got, expected, what):
    odd = {k: (got.get(k), v) for k, v in expected.items() if not close(got.get(k), v)}
    return t.ok(not odd, what, "got, expected:", *sorted(odd.items()))


def all_of(pairs, what):
    """Many of a kind as one result: (name, got, expected)."""
    odd = [(name, {k: (g.get(k), v) for k, v in e.items() if not close(g.get(k), v)})
           for name, g, e in pairs]
    odd = [x for x in odd if x[1]]
    t.ok(pairs and not odd, f"{what} ({len(pairs)})", "got, expected:", *odd[:5])


def seen_part(waits):
    return {**level(waits), **count(waits), "p50_s": served(waits, 50), "p90_s": served(waits, 90)}


def exported(path, first, last, kind):
    done = cli("journal", "export", "--journal", path, "--type", kind, "--format", "csv",
               "--from", str(first), "--to", str(last))
    return list(csv.DictReader(io.StringIO(done.stdout)))


def waits_between(path, first, last):
    return [Wait(r) for r in exported(path, first, last, "wait")]


def weighed(r, waits, what):
    """Everything a report says of waits."""
    compare(r, {**level(waits), **count(waits)}, f"{what}: the whole")
    pairs, curves = [], []
    for name, of, got in [("all", waits, r)] + [
            (s["id"], [w for w in waits if w.station == s["id"]], s) for s in r["stations"]]:
        pairs.append((name, got, {**level(of), **count(of)}))
        timed = [w for w in of if w.timed]
        answers = [w.s for w in timed if w.outcome == "answered"]
        curves.append((name, got["wait_s"], {
            "answered": len(answers), "left": len(timed) - len(answers),
            "mean": sum(answers) / len(answers) if answers else None, "max": max(answers, default=None)}))
        for key, by in (("served", served), ("needed", needed)):
            if timed:
                curves.append((f"{name} {key}", dict(enumerate(got["wait_s"][key], 1)),
                               {p: by(of, p) for p in (1, 10, 25, 50, 75, 90, 95, 99)}))
            curves.append((f"{name} {key}", got["wait_s"],
                           {f"{key}_p{p}": by(of, p) for p in (50, 90, 95)}))
    all_of(pairs, f"{what}: levels and counts, of all and of each station")
    all_of(curves, f"{what}: quantiles, served and needed")
    pairs = []
    for name, of, got in [("all", waits, r)] + [
            (s["id"], [w for w in waits if w.station == s["id"]], s) for s in r["stations"]]:
        cells = collections.defaultdict(list)
        for w in of:
            cells[w.weekday, w.hour].append(w)
        told = {(c["weekday"], c["hour"]): c for c in got["hours"]}
        for key, ws in cells.items():
            mean = [w.s for w in ws if w.timed and w.outcome == "answered"]
            pairs.append((f"{name} {key}", told.get(key, {}), {
                **level(ws), "waits": len(ws), "mean_s": sum(mean) / len(mean) if mean else None}))
        pairs += [(f"{name} {key}", c, {"waits": 0}) for key, c in told.items() if key not in cells]
        for d in got["dayparts"]:
            pairs.append((f"{name} {d['id']}", d,
                          seen_part([w for w in of if w.daypart == (d["id"] or "")])))
        t.same(sum(d["waits"] for d in got["dayparts"]), len(of), f"{what}: {name}: dayparts hold all")
    all_of(pairs, f"{what}: hours, weekdays, dayparts")
    all_of([(d["date"], d, seen_part([w for w in waits if str(w.day) == d["date"]]))
            for d in r["days"]], f"{what}: days")


def weeks(path, r, what):
    """Those before, too, which the range does not hold."""
    mondays = [datetime.date.fromisoformat(w["monday"]) for w in r["weeks"]]
    waits = waits_between(path, mondays[0], mondays[-1] + datetime.timedelta(6))
    pairs = []
    for name, got in [(None, r)] + [(s["id"], s) for s in r["stations"]]:
        for monday, w in zip(mondays, got["weeks"]):
            of = [x for x in waits if 0 <= (x.day - monday).days < 7 and name in (None, x.station)]
            if name is None or r["weeks"][0]["monday"] == got["weeks"][0]["monday"]:
                pairs.append((f"{name} {monday}", w, {
                    **seen_part(of), "needed_p50_s": needed(of, 50), "needed_p90_s": needed(of, 90)}))
    all_of(pairs, f"{what}: weeks")
    t.ok(all((b - a).days == 7 for a, b in zip(mondays, mondays[1:])), f"{what}: one after the other")


def opening(first, last, until):
    """Of the demo shop, in minutes of UTC: (moment, daypart)."""
    parts = [(9, 0, "morning"), (11, 30, "lunch"), (14, 0, "afternoon"), (17, 0, "evening")]
    for n in range((last - first).days + 1):
        date = first + datetime.timedelta(n)
        if date.weekday() < 6:
            for minute in range(9 * 60, 20 * 60):
                local = datetime.datetime.combine(date, datetime.time(minute // 60, minute % 60), ZONE)
                if local < until:
                    yield local, [p for h, m, p in parts if (h, m) <= (local.hour, local.minute)][-1]


def coverage(r, first, last):
    until = datetime.datetime.fromisoformat(r["until"])
    minutes = list(opening(first, last, until))

    def blind(moment):
        return any(s <= moment < (e or until) for s, e in FAULTS)

    pairs = []
    for s in r["stations"]:
        full = [(m, p) for m, p in minutes if s["id"] != "tills" or not blind(m)]
        pairs.append((s["id"], s, {"open_s": 60.0 * len(minutes), "full_s": 60.0 * len(full),
                                   "coverage_pct": 100 * len(full) / len(minutes)}))
        for d in s["dayparts"]:
            n, k = (sum(p == d["id"] for _, p in x) for x in (minutes, full))
            pairs.append((f"{s['id']} {d['id']}", d, {"open_s": 60.0 * n, "full_s": 60.0 * k}))
    all_of(pairs, "opening time and how much of it was seen, by the minute")
    sensor = [x for x in r["sensors"] if x["id"] == "till_1"][0]
    told = [f for f in FAULTS if (f[1] or until) >= datetime.datetime.combine(
        first, datetime.time(DAY_START_H), ZONE)]
    compare(sensor, {"faults": len(told), "open": True, "faulty_s": sum(
        ((e or until) - max(s, shop(2026, 3, 2, DAY_START_H))).total_seconds()
        for s, e in told)}, "the sensor's faults, as far as in the range")
    t.ok(all(x["faults"] == 0 for x in r["sensors"] if x["id"] != "till_1"), "nobody else's")
    days = collections.Counter((m.isoweekday(), m.hour) for m, _ in minutes if m.minute == 0)
    t.same({(c["weekday"], c["hour"]): c["days"] for c in r["hours"] if c["days"]}, dict(days),
           "each hour of the week knows on how many days it was open")


def as_seen(folder, story):
    """Coverage of a day with a fault, lived through, beside the engine's own."""
    trace = os.path.join(tap.TOP, "tests", "scenario", f"{story}.trace")
    conf = os.path.join(tap.TOP, "tests", "scenario", "%s.conf")
    conf = next(c for c in (conf % story, conf % story.split("-")[0]) if os.path.exists(c))
    path = os.path.join(folder, f"{story}.db")
    daemon = live.Daemon(conf, 'gpio.backend="replay"', f'gpio.trace="{trace}"', "gpio.speed=0",
                         f"journal.path={path}", args=["--exit-at-end"])
    daemon.wait(live.PATIENCE_S)
    engine = json.loads(cli("replay", "--config", conf, trace).stdout.splitlines()[-1])["stations"]
    for s in report(path)["stations"]:
        full, own = s["coverage_pct"], engine[s["id"]]["coverage_pct"]
        t.ok(abs(full - own) < 0.1, f"{story}: {s['id']} was seen for {own} %, the report says {full}")


def smiles_and_alerts(path, day):
    """Of the lived day."""
    r = report(path, "--day", str(day))
    votes = exported(path, day, day, "vote")
    got = next(s["smiles"] for s in r["stations"] if s["id"] == "smiles")
    scores = [int(v["score"]) for v in votes if v["score"]]
    compare(got, {"votes": len(scores), "discarded": len(votes) - len(scores),
                  "tied": sum(v["wait"] != "" and v["score"] != "" for v in votes),
                  "score_mean": sum(scores) / len(scores)}, "smiles")
    t.same({b["id"]: b["votes"] for b in got["buttons"]},
           {b: sum(v["button"] == b for v in votes) for b in ("good", "ok", "bad")}, "by button")
    lengths = {w["id"]: float(w["wait_s"]) for w in exported(path, day, day, "wait")}
    tied = [(lengths[v["wait"]], int(v["score"])) for v in votes if v["wait"] and v["score"]]
    bands = [(b["votes"], b["score_mean"]) for b in got["by_wait"] if b["votes"]]
    own = []
    for b in got["by_wait"]:
        x = [s for w, s in tied if b["from_s"] <= w < (b["to_s"] or math.inf)]
        own += [(len(x), sum(x) / len(x))] if x else []
    t.ok(tied and bands == own, "at which wait smiles turn", bands, own)
    alerts = {}
    ladder = ("ok", "at_risk", "late", "critical")
    for a in exported(path, day, day, "alert"):
        one = alerts.setdefault((a["alert"], a["since"]), dict(a, worst=0))
        one.update(state=a["state"], at=a["at"], worst=max(one["worst"], ladder.index(a["level"])))
    for rule in {a["rule"] for a in alerts.values()}:
        of = [a for a in alerts.values() if a["rule"] == rule]
        expected = {"n": len(of), "total_s": sum(
            (datetime.datetime.fromisoformat(a["at"]) -
             datetime.datetime.fromisoformat(a["since"])).total_seconds() for a in of)}
        if rule == "wait":
            expected |= {"late": sum(a["worst"] >= 2 for a in of),
                         "critical": sum(a["worst"] >= 3 for a in of)}
        compare(r["alerts"][rule], expected, f"alerts: {rule}")
    t.same(len(r["alerts_list"]), len(alerts), "every alert is listed")
    t.ok(r["sounds"]["made"] > 0 and r["sounds"]["held_back"] > 0, "sounds, and those held back",
         r["sounds"])
    return r


def as_replayed(r):
    """The engine's own summary of the same day says the same."""
    done = cli("replay", "--config", live.DEMO_CONF, live.DEMO_TRACE)
    summary = json.loads(done.stdout.splitlines()[-1])["stations"]
    all_of([(s["id"], {**s, "n": s["wait_s"]["answered"], "p50": s["wait_s"]["served_p50"],
                       "p95": s["wait_s"]["served_p95"]},
             {"answered": x["answered"], "abandoned": x["abandoned"], "void": x["void"],
              "service_level_pct": x["service_level_pct"], "n": x["wait_s"]["n"],
              "p50": x["wait_s"]["p50"], "p95": x["wait_s"]["p95"]})
            for s in r["stations"] for x in [summary[s["id"]]]], "as replay sums the day up")


def forms(path, r, folder):
    """Table, page and terminal say what JSON says."""
    words = ("--from", r["from_date"], "--to", r["to_date"])
    out = os.path.join(folder, "r.csv")
    cli("report", "--journal", path, *words, "-o", out)
    with open(out, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    by = {(x["section"], x["station"], x["key"]): x for x in rows}
    names = {"level_pct": "service_level_pct"}
    pairs = []
    for key, got in [(("all", "", ""), r)] + [(("station", s["id"], s["kind"]), s)
                                              for s in r["stations"]] + [
            (("day", "", d["date"]), d) for d in r["days"]] + [
            (("week", "", w["monday"]), w) for w in r["weeks"]] + [
            (("daypart", "", d["id"] or "(none)"), d) for d in r["dayparts"]]:
        row = by[key]
        pairs.append((key, {k: float(v) if v else None for k, v in row.items()
                            if k in ("waits", "kept", "level_pct", "sure_low_pct", "coverage_pct")},
                      {k: got[names.get(k, k)] for k in
                       ("waits", "kept", "level_pct", "sure_low_pct", "coverage_pct")}))
    all_of(pairs, "the CSV says what JSON says")
    t.ok(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", by["all", "", ""]["from"]),
         "its times are ISO")
    t.ok(not os.path.exists(out + ".part"), "nothing half written is left")
    text = cli("report", "--journal", path, *words).stdout
    for s in r["stations"]:
        if s["counted"] >= 10:
            t.ok(re.search(rf"{re.escape(s['name'][:8])}.* {s['service_level_pct']:.1f} %", text),
                 f"the terminal shows {s['id']}", text)
    t.ok(max(map(len, text.splitlines())) <= 80 and "\033" not in text, "80 columns, no colours")
    page = os.path.join(folder, "r.html")
    cli("report", "--journal", path, *words, "-o", page)
    with open(page, encoding="utf-8") as file:
        html = file.read()
    t.ok("<svg" in html and f"{r['service_level_pct']:.1f}" in html, "the page shows the level")
    t.ok(not re.search(r'(?:src|href)="(?!#|data:)|url\((?!#)|@import', html),
         "and fetches nothing")


def refused(path, folder):
    text = live.write(os.path.join(folder, "text"), "no journal\n")
    for words, code in ((("--journal", "/nowhere/j.db"), EX_NOINPUT),
                        (("--journal", text), EX_DATAERR),
                        (("--journal", path, "--day", "2026-02-30"), EX_USAGE),
                        (("--journal", path, "--week", "2026-W60"), EX_USAGE),
                        (("--journal", path, "--month", "March"), EX_USAGE),
                        (("--journal", path, "--from", "2026-03-03", "--to", "2026-03-02"), EX_USAGE),
                        (("--journal", path, "--day", "--week"), EX_USAGE),
                        (("--journal", path, "--station", "nobody"), EX_USAGE),
                        (("--journal", path, "--format", "pdf"), EX_USAGE),
                        (("--journal", path, "-o", "/nowhere/x"), EX_CANTCREAT),
                        (("surplus",), EX_USAGE)):
        done = cli("report", *words, code=code, what=f"refused: {' '.join(words)[-40:]}")
        t.ok(done.stderr.startswith("thirdring report: ") and not done.stdout, "in a sentence",
             done.stderr)


def spans(path):
    for words, first, last in ((("--week", "2026-W14"), "2026-03-30", "2026-04-05"),
                               (("--week", "2026-04-01"), "2026-03-30", "2026-04-05"),
                               (("--month", "2026-02"), "2026-02-01", "2026-02-28"),
                               (("--month=2026-03",), "2026-03-01", "2026-03-31"),
                               (("-d", "2026-03-29"), "2026-03-29", "2026-03-29"),
                               (("--day",), str(LAST), str(LAST)), ((), str(LAST), str(LAST)),
                               (("--week",), "2026-03-30", "2026-04-05"),
                               (("--to", "2026-02-01"), str(FIRST), "2026-02-01")):
        r = report(path, *words)
        t.same((r["from_date"], r["to_date"]), (first, last), f"report {' '.join(words)}")
    r = report(path, "--from", "2030-01-01", "--to", "2030-01-31")
    t.ok(r["waits"] == 0 and r["service_level_pct"] is None and r["coverage_pct"] is None,
         "of a time that is not come there are no figures")


def beside_a_daemon(folder):
    """It reads while the daemon writes, and the daemon's commits go on."""
    path = os.path.join(folder, "live.db")
    daemon = live.Daemon(live.DEMO_CONF, f"gpio.trace={live.DEMO_TRACE}", "gpio.speed=2400.0",
                         f"journal.path={path}", f"mqtt.uri=mqtt://127.0.0.1:{live.free_port()}")

    def told():
        done = subprocess.run([live.CLI, "report", "--journal", path, "--format", "json"],
                              capture_output=True, text=True, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else {"waits": 0}

    first = live.wait_until(lambda: told()["waits"] > 5 and told(), "the first waits in a report")
    then = live.wait_until(lambda: told()["waits"] > first["waits"] + 20 and told(), "more of them")
    t.ok(first["until"] < then["until"] <= then["to"], "a report of a day that goes on grows")
    t.same(first["so_far"], first["made"] < first["to"], "it is of the day so far, if that is today")
    t.ok(not daemon.said("journal.*(fail|busy|damage)"), "and the daemon does not mind")
    daemon.stop(signal.SIGTERM)


where = live.folder()
day = lived_day(where)
long = weeks_of(day, os.path.join(where, "long.db"))
whole = report(long, "--from", str(FIRST), "--to", str(LAST))
weighed(whole, waits_between(long, FIRST, LAST), "ten weeks")
weeks(long, whole, "ten weeks")
march = report(long, "--month", "2026-03")
weighed(march, waits_between(long, datetime.date(2026, 3, 1), datetime.date(2026, 3, 31)), "a month")
change = report(long, "--week", "2026-03-29")
weeks(long, change, "the week of the clock change")
weighed(change, waits_between(long, datetime.date(2026, 3, 23), datetime.date(2026, 3, 29)),
        "the week of the clock change")
one = report(long, "--month", "2026-03", "--station", "tills")
t.same([s["id"] for s in one["stations"]], ["tills"], "one station")
compare(one, {k: next(s for s in march["stations"] if s["id"] == "tills")[k] for k in OF_LEVEL},
        "has the same figures alone")
coverage(report(long, "--from", "2026-03-02", "--to", str(LAST)), datetime.date(2026, 3, 2), LAST)
lived = smiles_and_alerts(day, datetime.date(2026, 3, 2))
as_replayed(lived)
for told in ("sensor-stuck", "alert-fault", "gate-cut"):
    as_seen(where, told)
forms(long, march, where)
spans(long)
refused(long, where)
beside_a_daemon(where)
complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
