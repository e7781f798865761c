#!/usr/bin/python3
"""Whatever is published, by an older version, a broken bridge or somebody who means it:
the page goes on showing the shop, shows no word that is none, and runs nothing."""
import datetime
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import browser  # noqa: E402
import live  # noqa: E402
import tap  # noqa: E402

browser.need()
t = tap.Tap()
NOW = datetime.datetime.now(datetime.timezone.utc)
HTML = "<img src=x onerror='pwned=1'><b>bold</b>"
WORD = "x" * 190
LATER = '{"at":"+275760-09-13T00:00:00Z","uptime_s":1e308}'
shop = browser.Shop("max_queued_messages 100000\n").start()
web = browser.Browser()
good = browser.Unit(shop)
good.all_of_it(NOW)
evil = browser.Unit(shop, unit="evil", site="other")
evil.all_of_it(NOW, name=HTML)
# Each of them was seen by the broker's other clients, too: all of it is retained.
EVIL = {
    "info": {"name": HTML, "timezone": HTML, "day_start": "99:99", "metrics_interval_s": 1e300, "stations": [
        {"id": "door", "name": HTML, "kind": "greeting", "target": {"rings": 1e9, "seconds": 1e-300, "percent": "80"}},
        {"id": "smiles", "name": WORD, "kind": "feedback", "target": {"rings": 2.5, "seconds": 5, "percent": 1e308}},
        {"id": "till", "name": "Till", "kind": HTML, "target": {"rings": 0, "seconds": 10, "percent": 80}},
        {"id": "__proto__", "name": "p"}, {"id": "till", "name": "Till again"}, None, 7],
        "sensors": [{"id": "greet", "name": HTML, "type": {}}, {"id": "constructor"}]},
    "metrics": '{"outbox":"<b>","lost":{},"uptime_s":1e308,"at":"+275760-09-12T00:00:00Z","clock_synced":"no"}',
    "station/door/state": '{"waiting":1e308,"level":2.5,"people":"<b>7</b>","oldest_wait_s":1e308,"oldest_rings":{},'
                          '"today_pct":1e5,"today_arrivals":[],"measuring":"<i>","coverage_pct":-4,"threshold_s":-1,'
                          '"__proto__":{"x":1}}',
    "station/till/state": '{"waiting":1,"level":3}',  # an older version: most of it is not there
    "station/smiles/state": '{"waiting":0,"level":0,"people":null}',
    "station/door/metrics": '{"dayparts":{"lunch":null,"tea":7,"<b>":{"pct":"x"},"late":{"counted":"9"}},'
                            '"day_pct":"x","day_counted":1e308,"day_p50_s":"<b>"}',
    "station/smiles/metrics": '{"votes":"many","vote_score_sum":1e308,"week_votes":{},"dayparts":[]}',
    "alert/a": {"state": "raised", "rule": HTML, "station": HTML, "level": "__proto__", "since": "never"},
    "alert/b": {"state": "raised", "rule": "of_next_year", "sensor": "greet", "since": "2026-03-02T10:00:00Z"},
    "input/greet/health": "<b>of_next_year</b>",
    "input/greet/state": "MAYBE",
}
for topic, payload in EVIL.items():
    evil.say(topic, payload)
page = web.open("hostile", shop.url, width=1280, height=900)
page.wait("document.querySelectorAll('#view-now .unit').length === 2", "both units")
good.state(live_=True)
good.metrics(NOW, live_=True)
evil.say("station/door/state", EVIL["station/door/state"], live_=True)
evil.say("metrics", LATER, live_=True)
for n in range(3):
    evil.say("event/greeting/door", {"event_type": HTML, "station": "door", "at": LATER[7:33]}, live_=True)
RECORD = {"v": 1, "type": "wait", "id": "evil-1", "seq": 1, "site": "other", "station": "door", "kind": HTML,
          "party": 1e308, "opened": browser.stamp(NOW), "closed": browser.stamp(NOW), "mono_ms": 1, "wait_s": 1,
          "rings": "x", "outcome": HTML, "in_target": "yes", "by": {}, "accurate": 7, "daypart": HTML,
          "reason": [], "clock": None}
for n, change in enumerate(({}, {"wait_s": 1e308}, {"closed": "+275760-09-12T00:00:00Z"}, {"station": "__proto__"},
                            {"seq": 2 ** 53 - 1}, {"opened": "1970-01-01T00:00:00Z"})):
    evil.say("journal/wait", {**RECORD, "id": f"evil-{n}", "seq": n + 1, **change}, live_=True)
evil.say("journal/vote", {"v": 1, "type": "vote", "id": "v", "seq": 90, "station": "smiles", "button": HTML,
                          "score": 1e308, "at": browser.stamp(NOW)}, live_=True)
# mosquitto 2.0.11 hands no such message over a websocket: it ends the connection instead.
big = live.write(os.path.join(live.folder(), "big"), json.dumps({"name": "y" * 10_000_000}))
shop.publish_file(f"thirdring/{evil.site}/{evil.unit}/info", big)


def bad_words(where):
    return page.eval("(text => [...text.matchAll(/.*(?:undefined|NaN|\\[object|Infinity|Invalid|\\de\\+\\d|null|\\{[a-z]+\\}|"
                     "\\b[a-z]+\\.[a-z_]+\\b).*/g)].map(([line]) => line))"
                     f"(document.querySelector({json.dumps(where)}).innerText)")


places = ["now", "today", "history", "wall"]
places += [f"{view}/{station}/{unit}" for view in ("today", "history") for station, unit in
           (("door", "other/evil"), ("till", "other/evil"), ("door", "demo/main"))]
page.wait_link("live")
for place in places:
    page.show(place)
    t.same(bad_words("main"), [], f"{place}: no word that is none")
    complaints = [c for c in page.ask("complaints")["value"] if "WebSocket" not in c]
    t.same(complaints, [], f"{place}: nothing in the console")
page.show("now")
GOOD = "document.querySelector('#view-now [data-unit=\"demo/main\"] [data-station=door]')"


def news(people):
    """Said again and again: the broker ends the connection over what is too large, perhaps just then."""
    good.state(live_=True, people=people, waiting=people)
    return page.eval(f"(e => e?.dataset.fresh === 'live' && e.textContent.includes('85\u00a0% kept today') && "
                     f"e.querySelector('[data-figure=waiting]').textContent === '{people}')({GOOD})")


live.wait_until(lambda: news(2), "news of the good shop")
t.ok(True, "the other shop's figures are there, and live, after a message of 10 MB, too")
live.wait_until(lambda: news(3), "more of it")
t.ok(True, "and go on being so")
t.ok(page.eval("window.pwned === undefined && document.querySelectorAll('main img, main b b').length === 0 && "
               "({}).x === undefined"), "nothing that was published ran, or became a part of the page")
t.ok(page.eval("document.documentElement.scrollWidth <= innerWidth"), "nor made it wider than the screen")
page.shot("now-desk-hostile", full=True)
for how in (f"fetch('{shop.url}').then(() => 'sent', () => 'refused')",
            f"new Promise(done => {{ const i = new Image(); i.onload = () => done('sent'); i.onerror = () => done('refused');"
            f" i.src = '{shop.url}x.png'; }})"):
    t.same(page.eval(how), "refused", "whatever were to run here could speak to nobody but a broker")
refused = [c for c in page.ask("complaints")["value"] if "Content Security Policy" not in c]
t.same(refused, [], "which is all that is complained of")
web.stop()
t.done()
