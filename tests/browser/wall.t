#!/usr/bin/python3
"""A screen on the wall, that nobody touches: it is opened while the broker is down, and
comes alive by itself; it comes back from everything; nothing on it scrolls or is cut
off, with two shops either; nothing on it stands in one place for ever."""
import datetime
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import browser  # noqa: E402
import live  # noqa: E402
import tap  # noqa: E402

browser.need()
t = tap.Tap()
NOW = datetime.datetime.now(datetime.timezone.utc)
shop = browser.Shop()
web = browser.Browser()
SIZE = {"width": 1920, "height": 1080}


def cut_off():
    """Text of tiles that reaches beyond its tile, and tiles beyond the screen."""
    return page.eval(
        "[...document.querySelectorAll('.tile')].flatMap(tile => {"
        " const box = tile.getBoundingClientRect(), bad = [];"
        " if (box.bottom > innerHeight + 1 || box.right > innerWidth + 1) bad.push('beyond the screen');"
        " for (const e of tile.querySelectorAll('h3, .word, .count, .dial, .says, .was, .mean')) {"
        "  const r = e.getBoundingClientRect();"
        "  if (e.checkVisibility() && r.width && (r.bottom > box.bottom + 1 || r.right > box.right + 1 "
        "   || r.top < box.top - 1)) bad.push(e.className + ' ' + e.textContent.slice(0, 30)); }"
        " const parts = [...tile.querySelectorAll('header, .dial, .face, .who, .level, .was')].filter("
        "  e => e.checkVisibility() && e.getBoundingClientRect().width)"
        "  .map(e => [e.className || e.tagName, e.getBoundingClientRect()]);"
        " for (const [i, [a, p]] of parts.entries()) for (const [b, q] of parts.slice(i + 1))"
        "  if (p.left < q.right - 2 && q.left < p.right - 2 && p.top < q.bottom - 2 && q.top < p.bottom - 2)"
        "   bad.push(`${a} is over ${b}`);"
        " for (const e of tile.querySelectorAll('.count'))"
        "  if (e.scrollWidth > e.clientWidth + 1) bad.push('count ' + e.textContent);"
        " for (const e of tile.querySelectorAll('.facts'))"
        "  if (e.checkVisibility() && e.scrollWidth > e.clientWidth + 1) bad.push('facts ' + e.textContent.slice(0, 60));"
        " return bad.map(x => tile.dataset.station + ': ' + x); })")


def reload_page():
    page.ask("go", url="about:blank")
    page.ask("go", url=wall)


wall = f"file://{browser.PAGE}?broker=ws://127.0.0.1:{shop.web}/mqtt#wall"
page = web.open("wall", wall, **SIZE)
page.wait_link("down")
t.ok(page.eval("document.querySelector('#notice').innerText.trim().length > 10"),
     "opened while the broker is down: it says so", page.eval("document.querySelector('#notice').innerText"))
shop.start()
unit = browser.Unit(shop)
unit.all_of_it(NOW)
page.wait_link("live")
page.wait("document.querySelectorAll('.tile').length === 2", "tiles")
unit.state(live_=True)
page.wait("document.querySelector('.tile').dataset.fresh === 'live'", "live")
t.ok(True, "and comes alive by itself")

shop.stop(signal.SIGKILL)
page.wait_link("down")
reload_page()
page.wait_link("down")
t.ok(True, "reloaded while the broker is down: it waits")
shop.start()
unit.all_of_it(NOW)
page.wait_link("live")
page.wait("document.querySelectorAll('.tile').length === 2", "tiles again")
t.ok(True, "and is back with the broker")

other = browser.Unit(shop, unit="second", site="bridge")
other.all_of_it(NOW, name="The Bridge Shop")
page.wait("document.querySelectorAll('.unit').length === 2", "two shops")
for u in (unit, other):
    u.say("alert/door-sensor", {"state": "raised", "rule": "sensor", "sensor": "greet", "level": "ok",
                                "since": browser.stamp(NOW), "at": browser.stamp(NOW), "acked": False})
page.wait("document.querySelectorAll('.unit .alert').length === 2", "both alerts")
page.drawn()
page.shot("wall-wall-two-shops")
t.same(cut_off(), [], "two shops, an alert in each: nothing is cut off")
t.ok(page.eval("document.documentElement.scrollHeight <= innerHeight"), "nothing scrolls")
other.say("availability", "")
page.wait("document.querySelectorAll('.unit').length === 1", "one shop")
t.ok(True, "a shop that was removed is gone")

names = ("Front door", "Checkout", "Fitting rooms upstairs", "Shop telephone", "Collection desk", "Bakery counter",
         "Drive-up bay", "Returns and complaints", "Stock-room bell", "Pharmacy", "Second telephone")
unit.STATIONS = [{**unit.STATIONS[0], "id": f"s{n}", "name": name} for n, name in enumerate(names)]
unit.STATIONS.append(browser.Unit.STATIONS[1])
for n in range(len(names)):
    unit.say(f"station/s{n}/state", {**unit.STATE, "waiting": n, "people": n, "level": n % 4, "coverage_pct": 90.0 + n,
                                     "oldest_wait_s": 700.0 * (n % 3 + 1), "oldest_rings": 120 * (n % 3 + 1)})
    unit.say(f"station/s{n}/metrics", unit.FIGURES)
unit.all_of_it(NOW)
page.wait("document.querySelectorAll('.tile').length === 12", "twelve stations")
for size in ((1920, 1080), (1366, 768), (1080, 1920)):
    page.ask("size", width=size[0], height=size[1])
    page.drawn()
    page.shot(f"wall-{size[0]}-twelve")
    t.same(cut_off(), [], f"twelve stations at {size[0]} x {size[1]}: nothing is cut off")
    said = page.all(".tile .facts", "e.checkVisibility() && [...e.children].some(x => x.checkVisibility() &&"
                    " x.classList.contains('warn'))")
    t.same(said.count(True), 9, "nine were not seen all day, and say so")
page.ask("size", **SIZE)
unit.say("availability", "offline")
page.wait("document.querySelectorAll('.tile[data-fresh=offline]').length === 12", "offline")
page.drawn()
page.shot("wall-wall-twelve-offline")
t.same(cut_off(), [], "all of it offline: nothing is cut off")
unit.say("availability", "online")

moved = page.eval("(() => { const real = Date.now, seen = new Set(); for (let n = 0; n < 64; n += 1) {"
                  " Date.now = () => real() + n * 60000; window.dispatchEvent(new Event('hashchange'));"
                  " seen.add(document.body.style.transform); } Date.now = real; return [...seen]; })()")
t.ok(len(moved) > 8, "each minute all of it stands somewhere else by a pixel or so", moved)
t.ok(page.eval("document.documentElement.scrollHeight <= innerHeight && "
               "document.documentElement.scrollWidth <= innerWidth"), "which makes nothing scroll")
page.eval("location.hash = '#now'")
page.wait("document.body.style.transform === ''", "the wall to be left")
complaints = [c for c in page.ask("complaints")["value"] if "WebSocket" not in c and "ERR_CONNECTION" not in c]
t.same(complaints, [], "nothing in the console")
web.stop()
t.done()
