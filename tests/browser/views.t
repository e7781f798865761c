#!/usr/bin/python3
"""Every view of the managers' page, on a phone, a tablet, a desk and a wall, light and
dark, with a day in it: nothing wider than the screen, nothing that axe-core finds,
reachable by keyboard, said to screen readers, tables behind charts. What was seen is
kept as pictures in build/browser/shots: look at them."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import browser  # noqa: E402
import live  # noqa: E402
import tap  # noqa: E402

browser.need()
t = tap.Tap()
home = live.folder()
VIEWS = ("now", "today", "history", "wall")
SCREENS = {"phone": {"width": 390, "height": 844, "touch": True, "scale": 2},
           "tablet": {"width": 820, "height": 1180, "touch": True},
           "desk": {"width": 1280, "height": 800},
           "wall": {"width": 1920, "height": 1080}}


def daemon(trace, speed, *sets, args=()):
    return live.Daemon(live.DEMO_CONF, f"gpio.trace={trace}", f"gpio.speed={speed}",
                       f"journal.path={home}/journal.db", f"mqtt.uri={shop.uri}",
                       "mqtt.metrics_interval_s=2", "stations.entrance.give_up_s=86400", *sets, args=args)


def look(page, screen, scheme, view):
    page.show(view)
    what = f"{view}, {screen}, {scheme}"
    page.shot(f"{view}-{screen}-{scheme}", full=view != "wall" and screen != "wall")
    wide, high, deep = page.eval("[document.documentElement.scrollWidth - innerWidth, "
                                 "document.documentElement.scrollHeight, innerHeight]")
    t.ok(wide <= 0, f"{what}: nothing is wider than the screen", f"{wide} px",
         page.eval("[...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && "
                   "e.getBoundingClientRect().right > innerWidth + 1).slice(0, 6)"
                   ".map(e => e.outerHTML.slice(0, 120)).join('\\n')") if wide > 0 else "")
    if view == "wall" and screen == "wall":
        t.ok(high <= deep, f"{what}: all of it is on the screen at once", high, deep)
    found = page.ask("axe")
    t.ok(not found["value"], f"{what}: axe-core finds nothing in {found['passes']} rules",
         *found["value"])


def check_words(page):
    """Level is told by a word and a shape, not by colour alone. Smileys have none."""
    bare = page.all("#view-now [data-station][data-level]",
                    "e.querySelector('header').textContent.trim().length > "
                    "e.querySelector('h3').textContent.trim().length && "
                    "e.querySelector('header svg') !== null")
    t.ok(len(bare) == 4 and all(bare), "each tile says its level with a word and a shape", bare)
    t.ok(page.eval("document.querySelector('#say').getAttribute('aria-live')") == "polite",
         "alerts are said politely to a screen reader")


def check_keyboard(page):
    """Tab goes round all that can be pressed, and where it stands can be seen."""
    def pressable():
        return set(page.all("header a, header button, #view-now button, #view-now summary",
                            "e.checkVisibility() ? e.tagName + '#' + e.id + ' ' + "
                            "(e.dataset.command ?? '') + e.textContent.trim().slice(0, 30) : ''"))
    page.show("now")
    page.ask("reload")  # from the top
    page.tiles(5, "live")
    page.drawn()
    before, reached = pressable(), []
    for _ in range(60):
        page.ask("key", key="Tab")
        at = page.eval("(e => e === document.body ? null : [e.tagName + '#' + e.id + ' ' + "
                       "(e.dataset.command ?? '') + e.textContent.trim().slice(0, 30), "
                       "getComputedStyle(e).outlineStyle !== 'none' || "
                       "getComputedStyle(e).boxShadow !== 'none'])(document.activeElement)")
        if at is None or (reached and at[0] == reached[0][0]):
            break
        reached.append(at)
    unseen = [name for name, outlined in reached if not outlined]
    t.ok(not unseen, "wherever the keyboard stands can be seen", *unseen)
    names = " ".join(name for name, _ in reached)
    # What came or went meanwhile may have been passed over.
    lacking = [one for one in before & pressable() if one not in names]
    t.ok(len(reached) >= 6 and not lacking, f"Tab reaches all {len(reached)} that can be pressed",
         *lacking, names)


def check_tables(page):
    for view in ("today", "history"):
        page.show(view)
        page.eval("document.querySelectorAll('details').forEach(d => d.open = true)")
        charts, tables, named = browser.eventually(lambda: page.eval(
            f"(v => [v.querySelectorAll('canvas').length, [...v.querySelectorAll('table')]"
            ".map(x => x.rows.length), [...v.querySelectorAll('.uplot')].every(c => "
            "c.closest('[aria-label], [aria-labelledby], figure') !== null)])"
            f"(document.querySelector('#view-{view}'))"), lambda seen: seen[0] and seen[1] and max(seen[1]) >= 2)
        t.ok(charts and tables and max(tables) >= 2,
             f"{view}: {charts} charts, and {len(tables)} tables with their figures", tables)
        lacking = browser.eventually(lambda: page.all(
            f"#view-{view} .panel", "e.checkVisibility() && [...e.querySelectorAll('canvas')].length > 0"
            " && e.querySelectorAll('table').length === 0 ? e.textContent.slice(0, 40) : ''"),
            lambda seen: seen and not any(seen))
        t.ok(lacking and not any(lacking), f"{view}: each group of charts has its table", lacking)
        t.ok(named, f"{view}: each chart has a name")


def check_theme(page):
    """Its switch, and that it is remembered."""
    def background():
        return page.eval("getComputedStyle(document.body).backgroundColor")
    page.show("now")
    colours = {page.state("theme"): background()}
    for _ in range(2):
        page.ask("click", at="#theme")
        page.drawn()
        colours[page.state("theme")] = background()
    t.ok(set(colours) == {None, "light", "dark"} and colours["light"] != colours["dark"],
         "the theme's switch: as the system, light, dark", colours)
    kept = page.state("theme")
    page.ask("reload")
    page.wait_link("live")
    t.same(page.state("theme"), kept, "and it is remembered")


def check_reduced_motion(url):
    page = web.open("still", url, reduced=True)
    page.tiles(5, "live")
    moving = page.eval("document.getAnimations().filter(a => a.playState === 'running' && "
                       "a.effect.getTiming().iterations === Infinity).length")
    t.same(moving, 0, "who asks for less motion gets no endless one")
    page.close()


def check_magnified(url):
    """A desk's screen at 400 % is 320 wide; and a system that puts its own colours in place of ours."""
    page = web.open("magnified", url, width=320, height=256)
    page.tiles(5, "live")
    for view in VIEWS[:3]:
        look(page, "magnified", "light", view)
    page.close()
    page = web.open("forced", url, forced=True)
    page.tiles(5, "live")
    page.show("now")
    filled = page.all(".bullet .sure", "getComputedStyle(e).backgroundColor !== "
                      "getComputedStyle(e.parentElement).backgroundColor")
    t.ok(len(filled) == 4 and all(filled), "forced colours: the bars are still filled", filled)
    page.shot("now-desk-forced")
    page.show("history")
    page.shot("history-desk-forced")
    page.close()


def check_language(url):
    page = web.open("de", url + "?lang=de", width=390, height=844)
    page.tiles(5, "live")
    words = page.eval("document.querySelector('#nav').textContent")
    t.ok(page.eval("document.documentElement.lang") == "de" and "Heute" in words,
         "another language is another column", words)
    t.ok(page.eval("document.documentElement.scrollWidth <= innerWidth"), "and it fits a phone")
    page.shot("now-phone-german", full=True)
    page.close()


# --- a day: most of it gone by, somebody late just now -----------------------------------
# The first half of the afternoon is over; then it goes on at the shop's own pace, and
# somebody comes in whom nobody greets.
AFTERNOON = browser.first_idle(live.DEMO_TRACE, 6 * 3600)
first = browser.cut(live.DEMO_TRACE, os.path.join(home, "first.trace"), 0, AFTERNOON)
ungreeted = browser.cut(live.DEMO_TRACE, os.path.join(home, "rest.trace"), AFTERNOON, AFTERNOON)
with open(ungreeted, "a", encoding="utf-8") as file:
    file.write("1 door_outer 1\n1.08 door_inner 1\n1.2 door_outer 0\n1.28 door_inner 0\n"
               "4 fitting_call 1\n4.3 fitting_call 0\n9 line_in 1\n9.2 line_in 0\n7200 greet 1\n")
shop = browser.Shop().start()
web = browser.Browser()
pages = {}
for scheme in ("light", "dark"):
    for screen, how in SCREENS.items():
        pages[screen, scheme] = web.open(f"{screen}-{scheme}", shop.url, scheme=scheme, **how)
        pages[screen, scheme].wait_link("live")
code = daemon(first, 3600, args=["--exit-at-end"]).wait(live.PATIENCE_S * 2)
t.same(code, 0, "most of a day: exit code")
unit = daemon(ungreeted, 1)
for page in pages.values():
    page.tiles(5, "live")
    page.wait("['late', 'critical'].includes(document.querySelector('#view-now [data-station=entrance]').dataset.level)",
              "somebody to have waited too long at the door")
for (screen, scheme), page in pages.items():
    for view in VIEWS:
        if (screen == "wall") == (view == "wall") or screen == "desk":
            look(page, screen, scheme, view)
desk = pages["desk", "light"]
desk.show("now")
check_words(desk)
check_keyboard(desk)
check_tables(desk)
check_theme(desk)
check_reduced_motion(shop.url)
check_language(shop.url)
check_magnified(shop.url)

# --- what is seen when something is wrong --------------------------------------------------
phone = pages["phone", "light"]
phone.show("now")
unit.stop()
phone.tiles(5, "offline")
look(phone, "phone", "offline", "now")
shop.stop()
phone.wait_link("down")
look(phone, "phone", "no broker", "now")
empty = web.open("empty", f"file://{browser.PAGE}?broker=ws://127.0.0.1:{shop.web}/mqtt", width=390, height=844)
empty.wait_link("down")
t.ok(empty.eval("document.querySelector('#notice').innerText.trim().length > 20"), "from disk, without a broker: it says so",
     empty.eval("document.body.innerText"))
look(empty, "phone", "from disk", "now")
for page in pages.values():
    complaints = [c for c in page.ask("complaints")["value"]
                  if "WebSocket" not in c and "ERR_CONNECTION" not in c]
    t.same(complaints, [], f"{page.name}: nothing in the console")
web.stop()
t.note(f"pictures: {os.path.relpath(browser.SHOTS, tap.TOP)}")
t.done()
