#!/usr/bin/python3
"""The managers' page at a broker that is set up as etc/mosquitto says: it asks for user
and password, shows what the user may see, and a command that was refused, forbidden
or never answered says so."""
import json
import os
import shutil
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import browser  # noqa: E402
import live  # noqa: E402
import shopbroker  # noqa: E402
import tap  # noqa: E402

browser.need()
for program in ("openssl", "mosquitto_passwd"):
    if shutil.which(program) is None:
        tap.skip_all(f"{program} is not installed (make deps)")
t = tap.Tap()
USERS, CERTIFICATES, FILES, _, _, _, DASHBOARD = shopbroker.blocks()[:7]
UNIT = "thirdring/demo/main/"
ACK = '#view-now [data-station="entrance"] [data-command="ack"]'
shop = shopbroker.Shop()
shop.run(USERS)
shop.run(CERTIFICATES, ("shop.example", "localhost"))
shop.run(FILES)
shop.add_tester()
folder = shop.path("dashboard")
os.makedirs(folder)
shutil.copy(browser.PAGE, os.path.join(folder, "index.html"))
shop.edit("thirdring.conf", ("\nhttp_dir /usr/share/thirdring/dashboard", f"\nhttp_dir {folder}"))
shop.run(DASHBOARD)
words = shop.passwords()
home = live.folder()
word = live.write(os.path.join(home, "word"), words["appliance"])
os.chmod(word, 0o600)
trace = live.write(os.path.join(home, "late.trace"), "# thirdring trace 1\n# start 2026-03-02T10:00:00Z\n"
                   "1 door_outer 1\n1.08 door_inner 1\n1.2 door_outer 0\n1.28 door_inner 0\n7200 greet 1\n")


def daemon(*sets, interval_s=2):
    """Who comes in at its beginning waits for as long as this test takes."""
    return live.Daemon(live.DEMO_CONF, "gpio.speed=1", f"gpio.trace={trace}",
                       f"journal.path={home}/journal.db", f"mqtt.uri=mqtt://127.0.0.1:{shop.plain}",
                       "mqtt.username=appliance", f"mqtt.password_file={word}",
                       f"mqtt.metrics_interval_s={interval_s}", "stations.entrance.give_up_s=86400", *sets)


def sign_in(page, user, password):
    page.wait("document.querySelector('#login').open", "the page to ask who we are")
    page.ask("fill", at="#login [name=user]", text=user)
    page.ask("fill", at="#login [name=password]", text=password)
    page.ask("click", at="#login [type=submit]")


def wait_button(page, at):
    page.wait(f"document.querySelector({json.dumps(at)})?.checkVisibility() ?? false", f"{at} to be there")


def press(page, at):
    """What is said of it at last."""
    wait_button(page, at)
    page.ask("click", at=at)
    said = (f"(e => e.classList.contains('good') ? ['good', e.textContent] : e.classList.contains('bad')"
            f" ? ['bad', e.textContent] : null)(document.querySelector({json.dumps(at)})"
            ".parentElement.querySelector('.answer'))")
    return page.wait(said, "an answer")


unit = daemon(interval_s=20)  # its buttons stay for a minute where it is not heard
web = browser.Browser()
url = f"http://127.0.0.1:{shop.ws}/"
page = web.open("manager", url)
WHY = "document.querySelector('#login').open && document.querySelector('#login [role=alert]').textContent"
asked = page.wait(WHY, "to be asked who we are")
sign_in(page, "manager", "wrong")
told = page.wait(f"(why => why && why !== {json.dumps(asked)} && why)({WHY})", "to be refused")
t.ok(True, f"a wrong password: asked again, and told why: {told!r}")
page.drawn()
t.same(page.ask("axe")["value"], [], "the dialog: axe-core finds nothing")
page.shot("login-desk-light")
sign_in(page, "manager", words["manager"])
page.wait_link("live")
page.tiles(5, "live")
t.ok(True, "the manager's own: the shop is live")
stored = page.eval("JSON.stringify(localStorage)")
t.ok(words["manager"] not in stored, "the password is not kept beyond the tab", stored)

wait_button(page, ACK)
other = web.open("office", url)
sign_in(other, "headoffice", words["headoffice"])
other.tiles(5, "live")
how, said = press(other, ACK)
t.same(how, "bad", f"head office may not acknowledge, and is told: {said!r}")
t.ok(other.eval("window.thirdring.connection.can('ack')") == "no", "and is not offered it again")
other.close()

floor = web.open("floor", url, width=390, height=844, touch=True)
sign_in(floor, "floor", words["floor"])
floor.tiles(5, "live")
for view in ("today", "history", "now"):
    floor.show(view)
t.ok(all(s["metrics"] is None and s["day"] is None for s in floor.unit()["stations"]) and not floor.records(),
     "the floor's user may read neither figures nor records", floor.unit())
t.same([c for c in floor.ask("complaints")["value"] if "WebSocket" not in c], [], "and no view breaks for it")
floor.eval("document.querySelector('#foot button').click()")
floor.wait("document.documentElement.dataset.link === 'ask' && document.querySelector('#login').open", "to be signed out")
t.ok(not floor.eval(f"JSON.stringify([localStorage, sessionStorage]).includes({json.dumps(words['floor'])})"),
     "signed out: the password is gone")
floor.close()

unit.process.send_signal(signal.SIGSTOP)
how, said = press(page, ACK)
t.same(how, "bad", f"a unit that does not answer: {said!r}")
unit.stop(signal.SIGKILL)  # it never obeys
page.tiles(5, "offline")
unit = daemon('mqtt.commands=["refresh"]')
page.tiles(5, "live")
how, said = press(page, ACK)
t.same(how, "bad", f"a command that the unit does not take: {said!r}")
unit.stop()
page.tiles(5, "offline")
unit = daemon()
page.tiles(5, "live")
how, said = press(page, ACK)
t.same(how, "good", f"the manager acknowledges: {said!r}")
page.eval("document.querySelector('#view-now details').open = true")
how, said = press(page, '#view-now [data-command="mute"]')
t.same(how, "good", f"and mutes: {said!r}")
unit.stop()
complaints = [c for c in page.ask("complaints")["value"] if "WebSocket" not in c]
t.same(complaints, [], "nothing in the console")
web.stop()
t.done()
