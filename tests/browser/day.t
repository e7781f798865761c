#!/usr/bin/python3
"""What day it is in the shop: a recorded day that is replayed, a unit that has been off
for weeks, a day that begins while nobody looks. No figure is called today's that is not,
and none of them is shown as if it had just been heard."""
import datetime
import os
import re
import sys
import time
import zoneinfo

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import browser  # noqa: E402
import live  # noqa: E402
import tap  # noqa: E402

browser.need()
t = tap.Tap()
MARCH = datetime.datetime(2026, 3, 2, 10, 8, 30, tzinfo=datetime.timezone.utc)
NOW = datetime.datetime.now(datetime.timezone.utc)
shop = browser.Shop().start()
web = browser.Browser()
url = shop.url + "?lang=en"


def texts(page, selector):
    return " | ".join(page.all(selector, "e.checkVisibility() ? e.textContent.trim() : ''")).replace("\u00a0", " ")


def told(page, selector, words):
    """The texts, once these words are among them: what the broker kept comes piece by piece."""
    return browser.eventually(lambda: texts(page, selector), lambda said: words in said)


# --- a day of March, replayed: the page is opened in the middle of it ----------------------
demo = browser.Unit(shop)
demo.all_of_it(MARCH)
page = web.open("demo", url, width=390, height=844)
page.tiles(2, "held")
t.same(page.eval("document.querySelector('#link').dataset.fresh"), "held",
       "what the broker kept is not called live, nor is the page")
t.same(page.unit()["dayStartMs"], int(MARCH.replace(hour=4, minute=0, second=0).timestamp() * 1000),
       "the day is the unit's before a word of it was heard")
demo.state(live_=True)
tiles_said = page.wait("document.querySelector('#clock').textContent", "a clock")
t.ok(re.match("10:[0-5][0-9] ", tiles_said) and "2 Mar" in tiles_said, "so is the clock", tiles_said)
said = told(page, "#view-now", "85 % kept today")
t.ok("85 % kept today" in said, "what was said of that day is today's", said)
t.ok("today's votes" not in said and "0 votes today" not in said and "not heard here" in said,
     "votes that were not heard here are not none", said)
t.ok("9 since counting began: 67 of 100" in said, "those of all time are said to be that", said)
demo.vote(1, 100, MARCH)
page.wait("document.querySelector('#view-now [data-figure=votes]').textContent === '1'", "a vote")
said = texts(page, "#view-now [data-station=smiles]")
t.ok("not all" in said and "today" not in said, "one that was heard is not all of today's", said)
demo.say("station/smiles/metrics", {**demo.FIGURES, "votes": 60, "vote_score_sum": 4000,
                                    "day_votes": 10, "day_score_mean": 71.4}, live_=True)
page.wait("document.querySelector('#view-now [data-figure=votes]').textContent === '10'", "votes")
said = texts(page, "#view-now [data-station=smiles]")
t.ok("votes today" in said and "71 of 100" in said and "60 since counting began: 67" in said,
     "what the unit counted today is today's, heard or not", said)
page.show("today")
t.ok("Today, Monday 2 March 2026" in texts(page, "#view-today h2"), "Today is that day",
     texts(page, "#view-today h2"))

# --- its trace has ended, its clock stands; the page's does not run away ------------------
for _ in range(3):
    heard = page.eval("thirdring.model.counts.messages")
    began = time.monotonic()
    demo.metrics(MARCH, live_=True)
    page.wait(f"thirdring.model.counts.messages > {heard}", "the clock to be heard")
    time.sleep(0.7)  # longer than the page needs to see a speed in it
ahead = page.unit()["nowMs"] / 1000 - MARCH.timestamp()
t.ok(0 <= ahead <= time.monotonic() - began + 0.5, "a clock that stands is not carried on, but by what went by since", ahead)
page.close()

# --- long waits, long words: what stands in a ring stays within it ---------------------------
page = web.open("german", shop.url + "?lang=de", width=390, height=844, touch=True, scale=2)
page.tiles(2, "held")
CORNERS = ("[...e.querySelectorAll('text')].filter(x => x.textContent).map(x => { const b = x.getBBox();"
           " return Math.max(...[b.x, b.x + b.width].flatMap(x => [b.y + b.height * 0.2, b.y + b.height * 0.9].map("
           "y => Math.hypot(x - 60, y - 60)))); })")
for seconds, rings in ((65, 11), (754, 126), (6001, 1001), (90061, 15011)):
    demo.state(live_=True, oldest_wait_s=seconds + 0.1, oldest_rings=rings, level=3)
    page.wait("(n => n >= %d && n < %d)(Number(document.querySelector('.dial .sub').textContent.replace(/\\D/g, '')))"
              % (rings, rings + 9), f"{rings} rings")
    worst = max(page.all("[data-station=door] .dial", CORNERS)[0])
    t.ok(worst <= 37.5, f"{rings} rings: time and word are within the inner ring (36.5)", worst,
         page.all("[data-station=door] .dial", "e.textContent"))
    if rings == 11:
        page.shot("now-phone-german-ring")
page.close()

# --- off for three weeks -------------------------------------------------------------------
then = (NOW - datetime.timedelta(days=21)).replace(hour=15, minute=30)
clock = f"{then.astimezone(zoneinfo.ZoneInfo('Europe/London')):%H:%M}"
day = f"{then:%a} {then.day} {then:%b}".replace("Sep", "Sept")
demo.all_of_it(then, availability="offline")
page = web.open("off", url, width=390, height=844)
page.tiles(2, "offline")
said = told(page, "#view-now", f"85 % kept on {day}")
t.ok(f"85 % kept on {day}" in said, "what an offline unit kept was kept on its day", said)
t.ok("kept today" not in said and "votes today" not in said, "nothing of it is today's", said)
t.ok(f"Last heard on {day}, {clock}" in said, "who waited then waited then, not just now", said)
t.same(texts(page, "#clock"), "", "and no clock says that it is now")
page.show("today")
t.ok(f"Last heard of: {then:%A} {then.day} {then:%B} {then.year}" in texts(page, "#view-today h2"),
     "Today's header names the day of its figures", texts(page, "#view-today h2"))
page.shot("today-phone-three-weeks-off", full=True)
page.show("now")
page.shot("now-phone-three-weeks-off", full=True)
page.close()

# --- a broker that goes on saying online of a unit that has been silent for long -----------
demo.all_of_it(then, interval_s=1)
page = web.open("silent", url)
page.tiles(2, "stale")
said = texts(page, "main")
t.ok("says nothing: what is shown is old" in said and f"kept on {day}" in said,
     "online at the broker, and silent: it is not believed for longer than three intervals", said)
t.ok("live" not in texts(page, "#link"), "and the page's head does not say live", texts(page, "#link"))
complaints = [c for c in page.ask("complaints")["value"] if "WebSocket" not in c]
t.same(complaints, [], "nothing in the console")
web.stop()
t.done()
