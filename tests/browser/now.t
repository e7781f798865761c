#!/usr/bin/python3
"""The managers' page and the truth: a day through the real daemon and broker, the
figures on the page beside the journal's; the daemon killed, frozen and back, the
broker killed and back, the page away and back, and an alert acknowledged."""
import json
import math
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import browser  # noqa: E402
import live  # noqa: E402
import tap  # noqa: E402

browser.need()
t = tap.Tap()
home = live.folder()
JOURNAL = os.path.join(home, "journal.db")
STATIONS = ("entrance", "tills", "fitting", "phone")
AFTERNOON = browser.first_idle(live.DEMO_TRACE, 6 * 3600)
FIRST = browser.cut(live.DEMO_TRACE, os.path.join(home, "first.trace"), 0, AFTERNOON)
STILL = browser.cut(live.DEMO_TRACE, os.path.join(home, "still.trace"), AFTERNOON, AFTERNOON)
EVENING = browser.first_idle(live.DEMO_TRACE, 9 * 3600)
REST = browser.cut(live.DEMO_TRACE, os.path.join(home, "rest.trace"), AFTERNOON, EVENING)
LAST = browser.cut(live.DEMO_TRACE, os.path.join(home, "last.trace"), EVENING, 40000)


def daemon(trace, speed, *sets, args=()):
    return live.Daemon(live.DEMO_CONF, f"gpio.trace={trace}", f"gpio.speed={speed}",
                       f"journal.path={JOURNAL}", f"mqtt.uri={shop.uri}", *sets, args=args)


def journal():
    """Every record there is, by its number, as thirdring journal export tells them."""
    run = subprocess.run([live.CLI, "journal", "export", "--journal", JOURNAL], check=True,
                         capture_output=True, text=True)
    return {r["seq"]: r for r in map(json.loads, run.stdout.splitlines())}


def of(records, kind, station=None):
    return [r for r in records.values() if r["type"] == kind and station in (None, r["station"])]


def rank(waits, p):
    """By nearest rank, of those answered."""
    answered = sorted(w["wait_s"] for w in waits if w["outcome"] == "answered")
    return answered[max(0, math.ceil(p * len(answered)) - 1)] if answered else None


def spoken(seconds):
    """As people read it: whole seconds gone by."""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def percent(p):
    if p is None:
        return "–"
    shown = round(p + 1e-9, 1) if p >= 99.5 else math.floor(p + 0.5)
    return f"{shown:g} %"


def expected(waits):
    """A tile's figures, made from the journal's records alone."""
    counted = [w for w in waits if w["in_target"] is not None]
    kept = sum(w["in_target"] for w in counted)
    answered = [w for w in waits if w["outcome"] == "answered"]
    return {"arrivals": str(len(waits)), "served": str(len(answered)),
            "today": percent(100 * kept / len(counted) if counted else None),
            "p50": spoken(rank(waits, 0.5)), "p90": spoken(rank(waits, 0.9))}


def same_as_journal(page, what):
    """Records one by one, then what stands in the tiles."""
    def both():
        truth = journal()
        held = {r["seq"]: r for kind in ("waits", "votes") for r in page.records(kind)}
        want = {s: r for s, r in truth.items() if r["type"] in ("wait", "vote")}
        return want, held
    want, held = browser.eventually(both, lambda pair: pair[0].keys() == pair[1].keys())
    if not t.ok(held.keys() == want.keys(), f"{what}: the page holds each of the journal's records",
                f"lacks {sorted(want.keys() - held.keys())[:20]}",
                f"has besides {sorted(held.keys() - want.keys())[:20]}", page.unit()["records"]):
        return
    wrong = [f"{want[s]}\n{held[s]}" for s in want if want[s]["type"] == "wait" and (
        held[s]["waitS"], held[s]["outcome"], held[s]["inTarget"], held[s]["station"]) != tuple(
            want[s][k] for k in ("wait_s", "outcome", "in_target", "station"))]
    wrong += [f"{want[s]}\n{held[s]}" for s in want if want[s]["type"] == "vote" and (
        held[s]["button"], held[s]["score"]) != (want[s]["button"], want[s]["score"])]
    t.ok(not wrong, f"{what}: {len(want)} waits and votes are the journal's", *wrong[:3])


def same_in_tiles(page, what):
    for station in STATIONS:
        def both(station=station):
            want = expected(of(journal(), "wait", station))
            got = page.figures(station)
            return want, {k: got.get(k) for k in want}
        want, got = browser.eventually(both, lambda pair: pair[0] == pair[1])
        t.ok(got == want, f"{what}: {station} shows the journal's figures, {want}", got)


def no_old_count(page, what):
    t.same({page.figures(s)["waiting"] for s in STATIONS}, {"–"},
           f"{what}: no old count stands there as if live")


def seconds(began):
    return f"{time.monotonic() - began:.1f} s"


shop = browser.Shop().start()
web = browser.Browser()
t.note(f"Chromium {web.version}; the shop's first half ends at {AFTERNOON:.0f} s")
page = web.open("now", shop.url)
page.wait_link("live")

# --- most of a day, faster than it was; then its end at its own pace ---------------------
code = daemon(FIRST, 3600, args=["--exit-at-end"]).wait(live.PATIENCE_S * 2)
t.same(code, 0, "most of a day: exit code")
page.tiles(5, "offline")
t.ok(True, "the daemon ended: each tile says offline")
t.same(page.eval("document.querySelector('#link').dataset.fresh"), "offline", "so does the page's head")
same_as_journal(page, "afterwards")

unit = daemon(STILL, 1, "mqtt.metrics_interval_s=2")
page.tiles(5, "live")
same_as_journal(page, "live")
same_in_tiles(page, "live")
said = str(len([v for v in of(journal(), "vote") if v["score"] is not None]))
shown = browser.eventually(lambda: page.figures("smiles").get("votes"), lambda n: n == said)
t.same(shown, said, "smiles: the journal's votes")
strangers = [r for r in page.ask("requests")["value"] if f"127.0.0.1:{shop.web}" not in r]
t.same(strangers, [], "the page asks nobody but the shop's broker")

# Whoever comes later: figures that are retained, at once.
late = web.open("late", shop.url, width=390, height=844, touch=True)
late.tiles(5, "live", "held")
FIRST_SEEN = ("arrivals", "served", "today", "waiting")
want = {s: {**expected(of(journal(), "wait", s)), "waiting": "0"} for s in STATIONS}
want = {s: [want[s][k] for k in FIRST_SEEN] for s in STATIONS}
got = browser.eventually(lambda: {s: [late.figures(s).get(k) for k in FIRST_SEEN] for s in STATIONS},
                         lambda seen: seen == want)
t.same(got, want, "a browser that comes later shows the same day, and who waits")
shown = browser.eventually(lambda: late.figures("smiles").get("votes"), lambda n: n == said)
t.same(shown, said, "and the day's votes, of which it heard none")
t.same(late.records(), [], "for it heard no record")
late.close()

# --- who waits now ---------------------------------------------------------------------
capture = live.Capture(shop)


def now_as_said(page):
    """Tiles against the states that the unit says, at one moment."""
    said = {}
    for m in capture.of("station/[a-z]+/state"):
        said[live.below(m.topic).split("/")[1]] = json.loads(m.payload)
    shown = {s: page.figures(s)["waiting"] for s in STATIONS}
    return shown == {s: str(said[s]["people"]) for s in STATIONS} and said


t.ok(live.wait_until(lambda: now_as_said(page), "the tiles to say who waits"),
     "who waits is what the unit says")

# --- frozen, killed, back ----------------------------------------------------------------
began = time.monotonic()
unit.stop(signal.SIGKILL)
page.tiles(5, "offline")
t.ok(True, f"the daemon killed -9: every tile says offline after {seconds(began)} "
     "(mqtt.will_delay_s is 5)")
no_old_count(page, "killed")
t.ok(page.eval("document.querySelector('#notice').textContent.trim()"), "a line says so")
unit = daemon(REST, 1, "mqtt.metrics_interval_s=1")
page.tiles(5, "live")
t.ok(True, "started again: live")
same_as_journal(page, "after a kill")

began = time.monotonic()
shop.stop(signal.SIGKILL)
page.wait_link("down")
page.tiles(5, "link")
t.ok(True, f"the broker killed -9: said after {seconds(began)}")
no_old_count(page, "no broker")
time.sleep(2)
shop.start()
page.wait_link("live")
page.tiles(5, "live")
t.ok(True, "the broker back: live again, by itself")
capture = live.Capture(shop)

# How often it speaks is learned from the last five intervals.
said = len(capture.of("metrics"))
live.wait_until(lambda: len(capture.of("metrics")) > said + 7, "the unit to speak each second")
unit.process.send_signal(signal.SIGSTOP)
began = time.monotonic()
page.tiles(5, "stale", "offline")
t.ok(True, f"the daemon frozen: {page.fresh()} after {seconds(began)} (figures are due each second)")
no_old_count(page, "frozen")
unit.process.send_signal(signal.SIGCONT)
page.tiles(5, "live")
unit.stop()

# --- away, and what the broker kept meanwhile --------------------------------------------
shop.save()
before = len(page.records())
page.ask("leave")
unit = daemon(REST, 600, "mqtt.metrics_interval_s=1")
live.wait_until(lambda: len(of(journal(), "wait")) > before + 20, "waits while nobody looks")
unit.stop()
unit = daemon(STILL, 1)  # what was not told before the stop is told now
page.ask("go", url=shop.url)
page.wait_link("live")
same_as_journal(page, "back after an absence")
held = browser.eventually(lambda: page.unit()["records"], lambda r: r["held"] == len(journal()))
t.same((held["held"], held["missing"]), (len(journal()), 0), "nothing is missing in between")

# The broker forgets what the page has: so a reload forgets nothing either, even where the
# browser's database did not get to writing it.
page.eval("(() => { const real = IDBDatabase.prototype.transaction;"
          " IDBDatabase.prototype.transaction = function (names, mode) {"
          " if (mode === 'readwrite') throw new Error('not now');"
          " return real.apply(this, arguments); }; return true; })()")
before = len(page.records())
unit.stop()
unit = daemon(LAST, 600, "mqtt.metrics_interval_s=1")
live.wait_until(lambda: len(page.records()) > before + 10, "waits that the database does not take")
unit.stop()
unit = daemon(STILL, 1)
same_as_journal(page, "with a database that takes nothing")
for what in ("after a reload", "after another"):
    page.ask("reload")
    page.wait_link("live")
    same_as_journal(page, what)
    live.wait_until(lambda: page.eval("Object.keys(localStorage).filter(k => k.includes('.left.')).length") == 0,
                    "what was left to be in the database")
unit.stop()

# --- an alert, acknowledged from the page ----------------------------------------------
# As late as it can be, so that nothing raises it anew once it is acknowledged.
call = live.write(os.path.join(home, "call.trace"), "# thirdring trace 1\n# start 2026-03-03T10:00:00Z\n"
                  "1 fitting_call 1\n1.3 fitting_call 0\n36000 greet 1\n")
JOURNAL = os.path.join(home, "other.db")
unit = daemon(call, 1, "mqtt.metrics_interval_s=1", "stations.fitting.target.seconds=1",
              "stations.fitting.give_up_s=86400")
page.wait("(st => st?.word === 'critical' && st.state.threshold_s === 1)("
          "thirdring.model.units()[0].stations.find(({id}) => id === 'fitting'))", "a call to be far too late")
ACK = '#view-now [data-station="fitting"] [data-command="ack"]'
page.wait(f"document.querySelector({json.dumps(ACK)})?.checkVisibility() ?? false",
          "a button to acknowledge")
at = len(capture.messages)
page.ask("click", at=ACK)
record = json.loads(capture.wait("journal/alert", lambda m: json.loads(m.payload)["acked"], at).payload)
t.same((record["alert"], record["state"]), ("fitting-wait", "acked"), "acknowledged from the page, journalled")
page.wait(f"!document.querySelector({json.dumps(ACK)}).checkVisibility()", "the button to go")
t.ok(True, "and the button goes")
wrong = [c for c in page.ask("complaints")["value"]
         if "WebSocket" not in c and "ERR_CONNECTION" not in c]
t.same(wrong, [], "the page never complained in the console")
unit.stop()
web.stop()
t.same(live.complaints(), [], "sanitizers had nothing to say")
t.done()
