"""Chromium on the managers' page, for tests/browser: tests/browser/driver.mjs is the
other end. A shop for it: a broker that speaks websockets and serves the page."""
import datetime
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import threading
import time

import live
import tap

DRIVER = os.path.join(tap.TOP, "tests", "browser", "driver.mjs")
# What npm brings does not depend on how the daemon was compiled.
MODULES = os.path.join(tap.TOP, "build", "browser")
SHOTS = os.path.join(MODULES, "shots")
PAGE = next(filter(os.path.exists, (os.path.join(build, "dashboard", "index.html") for build in
                                    (tap.BUILD, os.path.join(tap.TOP, "build")))), None)


def need():
    """Ends the test as skipped where a tool is missing, and says which."""
    live.need_broker()
    for name in ("node", "chromium"):
        if shutil.which(name) is None:
            tap.skip_all(f"{name} is not installed (make deps)")
    if not os.path.exists(os.path.join(MODULES, "node_modules", "playwright-core")):
        tap.skip_all("playwright-core is not there (make check-browser fetches it with npm)")
    if PAGE is None:
        tap.skip_all("the dashboard is not built (make dashboard; it needs npm)")
    os.makedirs(SHOTS, exist_ok=True)


def eventually(ask, good=bool):
    """The first answer that is good; else the last, when all patience is at its end."""
    until = time.monotonic() + live.PATIENCE_S
    while not good(answer := ask()) and time.monotonic() < until:
        time.sleep(0.05)
    return answer


class Shop(live.Broker):
    """A broker with a websockets listener that serves the page at self.url. While it is down
    its ports refuse whoever comes, and no other test gets them."""

    def __init__(self, extra=""):
        self.web = live.free_port()
        self.www = live.folder()
        shutil.copy(PAGE, os.path.join(self.www, "index.html"))
        super().__init__(f"listener {self.web} 127.0.0.1\nprotocol websockets\n"
                         f"http_dir {self.www}\n{extra}")
        self.url = f"http://127.0.0.1:{self.web}/"
        self.held = []
        self.hold()

    def hold(self):
        for port in (self.port, self.web):
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the broker does
            s.bind(("127.0.0.1", port))
            self.held.append(s)

    def start(self):
        super().start()
        while self.held:
            self.held.pop().close()
        return self

    def stop(self, sig=signal.SIGTERM):
        super().stop(sig)
        self.hold()

    def publish_file(self, topic, path):
        """A payload that no command line holds."""
        subprocess.run(["mosquitto_pub", "-p", str(self.port), "-q", "1", "-t", topic, "-f", path],
                       check=True, timeout=live.PATIENCE_S)

    def listens(self):
        if not super().listens():
            return False
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.web)) == 0


def first_idle(trace, after_s):
    """The first moment from then on at which no sensor is active, for 20 s."""
    on, idle = set(), 0.0
    with open(trace, encoding="utf-8") as file:
        for line in file:
            if line[0] in "#!\n":
                continue
            at, sensor, level = line.split()
            if not on and float(at) - idle > 20 and float(at) > after_s + 20:
                return max(idle, after_s) + 10
            (on.add if level == "1" else on.discard)(sensor)
            idle = float(at)
    raise ValueError("never idle")


def cut(trace, to, first_s, last_s):
    """A trace's part, as a trace that begins when that part did."""
    text = ["# thirdring trace 1"]
    with open(trace, encoding="utf-8") as file:
        for line in file:
            if line.startswith("# start "):
                began = datetime.datetime.fromisoformat(line[8:].strip().replace("Z", "+00:00"))
                began += datetime.timedelta(seconds=first_s)
                text.append(f"# start {began.strftime('%Y-%m-%dT%H:%M:%S')}Z")
            elif line[0].isdigit():
                at, rest = line.split(" ", 1)
                if first_s <= float(at) < last_s:
                    text.append(f"{float(at) - first_s:.3f} {rest.strip()}")
    return live.write(to, "\n".join(text) + "\n")


class Unit:
    """What a unit says, said by hand: for what no daemon would say, or not so soon."""
    STATE = {"v": 1, "waiting": 1, "at_least": 0, "people": 1, "in_service": 0, "oldest_wait_s": 7.0,
             "oldest_rings": 2, "level": 0, "acked": 0, "open": 1, "streak": 0, "threshold_s": 18.0,
             "service_level_pct": 85.0, "today_pct": 85.0, "today_arrivals": 41, "today_served": 40,
             "today_void": 0, "measuring": "full", "coverage_pct": 100.0, "staffed": None}
    FIGURES = {"v": 1, "window_counted": 40, "service_level_pct": 85.0, "service_level_low_pct": 85.0,
               "service_level_high_pct": 85.0, "day_counted": 40, "day_kept": 34, "day_unsure": 0,
               "day_pct": 85.0, "day_low_pct": 85.0, "day_high_pct": 85.0, "day_p50_s": 5.0, "day_p90_s": 21.0,
               "votes": 0, "vote_score_sum": 0, "votes_discarded": 0, "week_votes": None}
    STATIONS = [{"id": "door", "name": "Front door", "kind": "greeting", "audience": "customer",
                 "target": {"rings": 3, "seconds": 18.0, "percent": 80.0, "window_min": 60}},
                {"id": "smiles", "name": "How was it?", "kind": "feedback", "audience": "customer",
                 "target": None}]

    def __init__(self, shop, unit="main", site="demo"):
        self.shop, self.site, self.unit = shop, site, unit

    def say(self, topic, payload, live_=False):
        """Kept by the broker, or only said to whoever listens."""
        text = payload if isinstance(payload, str) else json.dumps(payload)
        self.shop.publish(f"thirdring/{self.site}/{self.unit}/{topic}", text, *([] if live_ else ["-r"]))

    def state(self, live_=False, **change):
        self.say("station/door/state", {**self.STATE, **change}, live_)

    def metrics(self, at, live_=False):
        self.say("metrics", {"v": 1, "outbox": 0, "lost": 0, "uptime_s": 5.0, "at": stamp(at),
                             "clock_synced": 1}, live_)

    def vote(self, seq, score, at):
        self.say("journal/vote", {
            "v": 1, "type": "vote", "id": f"{self.unit}-{seq + 1000}", "seq": seq + 1000, "site": self.site,
            "station": "smiles", "button": "good", "score": score, "presses": 1, "at": stamp(at),
            "mono_ms": 1, "wait": None, "wait_station": None, "clock": "synced", "daypart": None}, live_=True)

    def all_of_it(self, at, availability="online", interval_s=60, name="The Corner Shop"):
        """A unit of a door and a smiley panel, as the broker keeps it."""
        self.say("info", {"v": 1, "site": self.site, "unit": self.unit, "name": name,
                          "timezone": "Europe/London", "day_start": "04:00", "version": "1.0",
                          "metrics_interval_s": interval_s, "stations": self.STATIONS,
                          "sensors": [{"id": "greet", "name": "Greeted", "type": "button"}], "outputs": []})
        self.metrics(at)
        self.state()
        self.say("station/door/metrics", self.FIGURES)
        self.say("station/smiles/state", {**self.STATE, "waiting": 0, "people": 0, "today_pct": None})
        self.say("station/smiles/metrics", {**self.FIGURES, "votes": 9, "vote_score_sum": 603})
        self.say("availability", availability)


def stamp(at):
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Browser:
    """One Chromium; its pages share nothing, not even what they keep."""

    def __init__(self):
        self.home = live.folder()
        self.process = live.start(
            ["node", DRIVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "TR_MODULES": MODULES, "TR_CHROMIUM": shutil.which("chromium"),
                 "TMPDIR": self.home})
        self.answers = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.version = self._answer("Chromium to start").get("version")

    def _read(self):
        for line in self.process.stdout:
            self.answers.put(json.loads(line))
        self.answers.put(None)

    def _answer(self, what):
        try:
            answer = self.answers.get(timeout=live.PATIENCE_S * 2)
        except queue.Empty:
            tap.bail_out(f"the browser does not answer: {what}")
        if answer is None:
            tap.bail_out(f"the browser is gone: {what}")
        if "error" in answer:
            tap.bail_out(f"{what}: {answer['error']}")
        return answer

    def ask(self, do, **more):
        self.process.stdin.write(json.dumps({"do": do, **more}) + "\n")
        self.process.stdin.flush()
        return self._answer(f"{do} {more}")

    def open(self, name, url, **how):
        return Page(self, name, url, how)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(live.PATIENCE_S)


class Page:
    """One page in a context of its own."""

    def __init__(self, browser, name, url, how):
        self.browser, self.name = browser, name
        browser.ask("open", page=name, url=url, **how)

    def ask(self, do, **more):
        return self.browser.ask(do, page=self.name, **more)

    def eval(self, js):
        return self.ask("eval", js=js).get("value")

    def all(self, selector, what):
        """An expression of the element e, for each that fits."""
        return self.eval(f"[...document.querySelectorAll({json.dumps(selector)})]"
                         f".map(e => {what})")

    def state(self, name):
        """html's data-NAME."""
        return self.eval(f"document.documentElement.dataset[{json.dumps(name)}] ?? null")

    def figures(self, station):
        """{name: what a person reads} of a station's tile in Now."""
        where = f'#view-now [data-station="{station}"] [data-figure]'
        return {name: text.replace("\u00a0", " ")
                for name, text in self.all(where, "[e.dataset.figure, e.textContent]")}

    def fresh(self):
        """The words that say how fresh each tile is."""
        return set(self.all("#view-now [data-station]", "e.dataset.fresh"))

    def records(self, kind="waits"):
        """What the page itself knows of the journal, of its only unit."""
        return self.eval("(() => { const m = window.thirdring.model, u = m.units()[0]; return u ? "
                         f"m.{kind}(u.key, {{}}) : []; }})()")

    def unit(self):
        return self.eval("window.thirdring.model.units()[0] ?? null")

    def wait(self, js, what, seconds=live.PATIENCE_S):
        return live.wait_until(lambda: self.eval(js), what, seconds)

    def wait_link(self, word):
        return self.wait(f"document.documentElement.dataset.link === {json.dumps(word)}",
                         f"the page to be {word}")

    def tiles(self, n, *fresh):
        """Until there are so many, each of which says one of these words. Who says live has
        heard all that the broker kept: that came before any news."""
        self.wait(f"(all => all.length === {n} && all.every(e => {json.dumps(fresh)}.includes("
                  "e.dataset.fresh)))([...document.querySelectorAll('#view-now [data-station]')])",
                  f"{self.name}: {n} tiles to be {' or '.join(fresh)}")

    DRAWN = ("new Promise(done => { const off = thirdring.onFrame(() => { off(); "
             "requestAnimationFrame(() => requestAnimationFrame(() => Promise.allSettled(["
             "document.fonts.ready, ...document.getAnimations().filter(a => Number.isFinite("
             "a.effect.getComputedTiming().endTime)).map(a => a.finished)]).then(() => done(true)))); }); })")

    def drawn(self):
        """Until all that the page knows by now stands in it, at rest."""
        self.eval(self.DRAWN)

    def show(self, place):
        """A view by its address, and drawn."""
        self.eval("new Promise(done => { const to = " + json.dumps("#" + place) + "; if (location.hash === to) "
                  "done(); else { addEventListener('hashchange', () => done(), {once: true}); location.hash = to; } })")
        self.drawn()

    def memory(self):
        return self.ask("memory")["value"]

    def longest_gap_ms(self):
        """How long its thread was away since last asked."""
        return self.eval("[window.longestGapMs, window.longestGapMs = 0][0]")

    def shot(self, name, full=False):
        path = os.path.join(SHOTS, name + ".png")
        self.ask("shot", path=path, full=full)
        return path

    def close(self):
        self.ask("close")
