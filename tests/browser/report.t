#!/usr/bin/python3
"""The report's page in a browser: a day through the real daemon, told as a page; what a
person reads on it is what the report says as JSON; it fits a telephone and a sheet of
paper, fetches nothing, and axe has nothing against it."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import browser  # noqa: E402
import live  # noqa: E402
import tap  # noqa: E402

browser.need()
t = tap.Tap()
home = live.folder()
JOURNAL = os.path.join(home, "journal.db")
SCREENS = {"phone": (360, 740), "tablet": (820, 1100), "wide": (1280, 900)}
RANGES = {"day": ("--day", "2026-03-02"), "month": ("--month", "2026-03")}


def report(*words):
    done = subprocess.run([live.CLI, "report", "--journal", JOURNAL, *words], check=False,
                          capture_output=True, text=True, timeout=live.PATIENCE_S)
    t.same(done.returncode, 0, f"report {' '.join(words[-2:])}")
    return done.stdout


def truth(page, told, name):
    """Kept and of how many, by station: in the table, and beside the chart's mark."""
    rows = {r[0]: r[1:3] for r in page.all("table:first-of-type tbody tr",
                                          "[...e.cells].map(c => c.textContent)") if len(r) == 7}
    words = page.all(".chart text", "e.textContent")
    for s in told["stations"]:
        if s["counted"] > 0:
            kept, counted = f"{s['kept']:,}", f"{s['counted']:,}"
            t.same(rows.get(s["name"]), [kept, counted], f"{name}: the table's {s['id']}")
            t.ok(f"{kept} of {counted}" in words, f"{name}: the chart's {s['id']}", str(words))
    t.same(page.eval("document.querySelector('.big').textContent.split(' ')[0]"),
           f"{told['service_level_pct']:.1f}", f"{name}: the one large number")


def shown(page, name):
    t.ok(page.eval("document.documentElement.scrollWidth <= innerWidth"),
         f"{name}: nothing hangs over the side",
         str(page.eval("document.documentElement.scrollWidth")))
    # a letter on a telephone is never smaller than a person reads at arm's length
    least = min(page.all(".chart text", "e.getBoundingClientRect().height"))
    t.ok(least >= 8, f"{name}: its letters can be read", str(least))
    page.shot(f"report-{name}", full=True)
    t.same(page.ask("axe")["value"], [], f"{name}: axe has nothing against it")
    # no text of a chart stands outside its drawing by more than a hair
    out = page.eval("[...document.querySelectorAll('.chart')].flatMap(c => { const b = "
                    "c.getBoundingClientRect(); return [...c.querySelectorAll('text')].filter(e => "
                    "{ const r = e.getBoundingClientRect(); return r.left < b.left - 4 || r.right > "
                    "b.right + 4; }).map(e => e.textContent); })")
    t.same(out, [], f"{name}: every word of a chart is on it")


daemon = live.Daemon(live.DEMO_CONF, f"gpio.trace={live.DEMO_TRACE}", "gpio.speed=20000.0",
                     f"journal.path={JOURNAL}", f"mqtt.uri=mqtt://127.0.0.1:{live.free_port()}",
                     args=["--exit-at-end"])
t.same(daemon.wait(live.PATIENCE_S * 2), 0, "a day is lived through")
chromium = browser.Browser()
for span, words in RANGES.items():
    path = os.path.join(home, span + ".html")
    report(*words, "--output", path)
    told = json.loads(report(*words, "--format", "json"))
    for screen, (width, height) in SCREENS.items():
        name = f"{span}-{screen}"
        page = chromium.open(name, "file://" + path, width=width, height=height)
        truth(page, told, name)
        shown(page, name)
        t.same(page.ask("complaints")["value"], [], f"{name}: nothing is complained of")
        t.same(page.ask("requests")["value"], ["file://" + path], f"{name}: nothing is fetched")
        page.close()
chromium.stop()
t.same(live.complaints(), [], "sanitizers had nothing to say")
t.done()
