#!/usr/bin/python3
"""The report's page in a browser, light and dark: a day through the real daemon, told as a
page; what a person reads on it is what the report says as JSON; it fits a telephone and a
sheet of paper, fetches nothing, and axe has nothing against it."""
import json
import os
import sqlite3
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
    t.ok(page.eval("(y => y('.look') < y('.top figure') && y('.look li:nth-child(3)') < 700)"
                   "(what => document.querySelector(what).getBoundingClientRect().top)"),
         f"{name}: what to do is on the first screen, before the reasons")
    t.ok(page.eval("document.documentElement.scrollWidth <= innerWidth"),
         f"{name}: nothing hangs over the side",
         str(page.eval("document.documentElement.scrollWidth")))
    # a letter on a telephone is never smaller than a person reads at arm's length
    least = min(page.all(".chart text", "e.getBoundingClientRect().height"))
    t.ok(least >= 8, f"{name}: its letters can be read", str(least))
    # no text of a chart stands outside its drawing by more than a hair
    out = page.eval("[...document.querySelectorAll('.chart')].flatMap(c => { const b = "
                    "c.getBoundingClientRect(); return [...c.querySelectorAll('text')].filter(e => "
                    "{ const r = e.getBoundingClientRect(); return r.left < b.left - 4 || r.right > "
                    "b.right + 4; }).map(e => e.textContent); })")
    t.same(out, [], f"{name}: every word of a chart is on it")


# Of text on a coloured field: axe does not look into drawings. The least of each page.
CONTRAST = """(() => {
    const light = colour => { const c = colour.match(/[0-9.]+/g).map(Number).slice(0, 3)
        .map(x => x / 255).map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
        return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]; };
    const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const fill = e => light(getComputedStyle(e).fill);
    const page = light(getComputedStyle(document.body).backgroundColor);
    const within = (t, r) => { const a = t.getBoundingClientRect(), b = r.getBoundingClientRect(),
        x = (a.left + a.right) / 2, y = (a.top + a.bottom) / 2;
        return x > b.left && x < b.right && y > b.top && y < b.bottom; };
    return [...document.querySelectorAll('.chart')].flatMap(c => {
        const fields = [...c.querySelectorAll('rect')].filter(r => /rgb/.test(
            getComputedStyle(r).fill) && !/unseen|missed|held|empty/.test(r.className.baseVal));
        return [...c.querySelectorAll('text, .markw')].map(e => {
            const under = fields.filter(r => within(e, r)).pop();
            return [ratio(fill(e), under ? fill(under) : page), e.textContent,
                    under ? under.className.baseVal : 'page']; });
    }).sort((a, b) => a[0] - b[0])[0]; })()"""


def schemes(page, name, scheme):
    """Dark is dark, and can be read; paper is white all the same."""
    page.ask("scheme", scheme=scheme)
    least = page.eval(CONTRAST)
    t.ok(least[0] >= 4.5, f"{name}, {scheme}: every word of a chart stands out", least)
    ground = page.eval("getComputedStyle(document.body).backgroundColor")
    t.same(ground == "rgb(255, 255, 255)", scheme == "light", f"{name}: {scheme} is {ground}")
    page.shot(f"report-{name}-{scheme}", full=True)
    t.same(page.ask("axe")["value"], [], f"{name}, {scheme}: axe has nothing against it")


def on_paper(path, name):
    """As wide as A4 between its margins: nothing hangs over, nothing lies upon something else,
    and a dark screen's owner does not print black."""
    page = chromium.open(name, "file://" + path, width=688, height=1000, scheme="dark")
    page.ask("scheme", scheme="dark", media="print")
    t.same(page.eval("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)",
           f"{name}: white")
    boxes = page.all("table, .chart", "(r => [r.left, r.top, r.right, r.bottom])"
                     "(e.getBoundingClientRect())")
    t.ok(all(b[0] > -1 and b[2] < 689 for b in boxes), f"{name}: all {len(boxes)} are on the sheet",
         *[b for b in boxes if b[2] >= 689])
    over = [(a, b) for i, a in enumerate(boxes) for b in boxes[i + 1:]
            if min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 1]
    t.same(over, [], f"{name}: none lies upon another")
    page.close()


daemon = live.Daemon(live.DEMO_CONF, f"gpio.trace={live.DEMO_TRACE}", "gpio.speed=20000.0",
                     f"journal.path={JOURNAL}", "mqtt.uri=mqtt://127.0.0.1:1",
                     args=["--exit-at-end"])
t.same(daemon.wait(live.PATIENCE_S * 2), 0, "a day is lived through")

# Six more days like it, each worse than the one before: a heat map of every shade.
with sqlite3.connect(JOURNAL) as db:
    columns = [c[1] for c in db.execute("PRAGMA table_info(wait)")]
    for n, missed in enumerate((1, 3, 5, 8, 8, 8), 1):
        change = {"seq": f"seq + {n}000000", "opened_wall": f"opened_wall + {n * 86_400_000}",
                  "closed_wall": f"closed_wall + {n * 86_400_000}",
                  "verdict": f"CASE WHEN verdict = 0 THEN 0 WHEN seq * 7919 % 20 < {missed} THEN 2 ELSE 1 END"}
        db.execute(f"INSERT INTO wait SELECT {','.join(change.get(c, c) for c in columns)} "
                   "FROM wait WHERE seq < 1000000")
    db.execute("UPDATE tail SET record = 9000000, wall = wall + ?", (6 * 86_400_000 + 3_600_000,))
db.close()
chromium = browser.Browser()
for span, words in RANGES.items():
    path = os.path.join(home, span + ".html")
    report(*words, "--output", path)
    told = json.loads(report(*words, "--format", "json"))
    on_paper(path, f"{span}-paper")
    for screen, (width, height) in SCREENS.items():
        name = f"{span}-{screen}"
        page = chromium.open(name, "file://" + path, width=width, height=height)
        truth(page, told, name)
        shown(page, name)
        if span == "month":
            shades = page.eval("[...'012345'].map(i => document.querySelectorAll("
                               "'.chart[aria-label^=\"Service level by hour\"] .h' + i).length)")
            t.ok(all(shades), f"{name}: every shade of the heat map is on it", shades)
        schemes(page, name, "light")
        schemes(page, name, "dark")
        t.same(page.ask("complaints")["value"], [], f"{name}: nothing is complained of")
        t.same(page.ask("requests")["value"], ["file://" + path], f"{name}: nothing is fetched")
        page.close()
chromium.stop()
t.same(live.complaints(), [], "sanitizers had nothing to say")
t.done()
