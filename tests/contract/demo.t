#!/usr/bin/python3
"""make demo's script: the day without a terminal and its summary, the screen on
one, the managers' page that its broker serves, and that nothing is left behind,
however it ends."""
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import screen  # noqa: E402
import shopbroker  # noqa: E402
import tap  # noqa: E402

live.need_broker()
t = tap.Tap()
DEMO = os.path.join(tap.TOP, "tests", "tools", "demo")
home = live.folder()
environment = dict(os.environ, TMPDIR=home, TR_BUILD=tap.BUILD, LC_ALL="C.UTF-8")
environment.pop("NO_COLOR", None)
BUILT = next((path for path in (os.path.join(b, "dashboard", "index.html") for b in
                                (tap.BUILD, os.path.join(tap.TOP, "build")))
              if os.path.exists(path)), None)


def leftovers():
    """Processes that were started with our folder as theirs, and what lies in it."""
    found = os.listdir(home)
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                if f"TMPDIR={home}".encode() in file.read() and int(pid) != os.getpid():
                    with open(f"/proc/{pid}/cmdline", "rb") as line:
                        found.append(line.read().replace(b"\0", b" ").decode())
        except OSError:
            pass
    return found


def check_nothing_left(what):
    """Ended processes may need a moment to be gone."""
    until = time.monotonic() + live.PATIENCE_S
    while leftovers() and time.monotonic() < until:
        time.sleep(0.05)
    t.same(leftovers(), [], f"{what}: no process and no file is left behind")


def check_lines(lines):
    for what, pattern in (
            # the first of them before anybody was connected, and any one may be lost
            ("an arrival", r"1\d:\d\d:\d\d  Front door +a customer comes in"),
            ("a customer who leaves", r"Front door +gave up after \d+\.\d s \(\d+(th|rd|nd|st) ring\) +left"),
            ("an answer on the second ring",
             r"Shop telephone +answered after \d+\.\d s \(2nd ring\) +kept"),
            ("a late answer by seconds", r"Checkout +served after \d{3}\.\d s \(of 120 s\) +missed"),
            ("the buzzer", r"Front door +buzzer: ring ring ring$"),
            ("an alert", r"Checkout +LATE: someone waits too long$"),
            ("its end", r"Checkout +nobody waits too long$"),
            ("the line at lunch", r"12:\d\d:\d\d  Checkout +[\w ]+: the line is too long$"),
            ("a vote", r"\d\d:\d\d:\d\d  How did we do\? +a happy face \(100 of 100\)$"),
            ("good news", r"\d+ promises kept in a row: well done$")):
        t.ok([line for line in lines if re.search(pattern, line)], f"a line tells {what}", pattern)
    t.ok(not [line for line in lines if "\033" in line], "no escape sequence without a terminal")


def check_summary(lines, truth):
    head = next((i for i, line in enumerate(lines)
                 if line == "The day at The Corner Shop, Monday 02 March 2026"), None)
    if not t.ok(head is not None, "the day's summary follows", *lines[-12:]):
        return
    names = {"entrance": "Front door", "tills": "Checkout", "fitting": "Fitting room",
             "phone": "Shop telephone"}
    for station, name in names.items():
        row = next((line for line in lines[head:] if line.startswith(name)), "")
        figures = [float(x) for x in re.findall(r"\d+(?:\.\d+)?", row[len(name):])]
        s = truth[station]
        wanted = [s["arrivals"], s["answered"], s["abandoned"] + s["expired"],
                  s["service_level_pct"], None] + [s["wait_s"][q] for q in ("p50", "p90", "p95")]
        good = len(figures) == len(wanted) and all(
            w is None or abs(f - w) < 0.0501 for f, w in zip(figures, wanted))
        t.ok(good, f"{name}: the summary is replay's: {figures}", f"wanted {wanted}", row)
    s = truth["smiles"]
    t.ok([line for line in lines[head:] if line.startswith("How did we do?")
          and f" {s['votes']} votes, {s['score_mean']:.0f} of 100" in line],
         f"smiles: {s['votes']} votes, {s['score_mean']:.0f} on average", *lines[head:])


def check_day():
    """As `make demo | cat`: faster, a line per event, the summary."""
    began = time.monotonic()
    run = subprocess.run([DEMO], env=environment, stdin=subprocess.DEVNULL, timeout=600,
                         capture_output=True, text=True, check=False)
    took = time.monotonic() - began
    t.same(run.returncode, 0, "without a terminal: exit code")
    t.same(run.stderr, "", "nothing on standard error")
    t.note(f"the day took {took:.0f} s")
    check_nothing_left("after the day")
    lines = run.stdout.splitlines()
    check_lines(lines)
    _, truth = tap.replay(live.DEMO_CONF, live.DEMO_TRACE)
    greeted = [line for line in lines if re.match(r"[\d:]+  Front door +greeted after ", line)]
    # news is QoS 0: a machine in trouble may lose some, a working one does not lose many
    t.ok(0.95 * truth["entrance"]["answered"] <= len(greeted) <= truth["entrance"]["answered"],
         f"{len(greeted)} of {truth['entrance']['answered']} greetings told as they happened")
    check_summary(lines, truth)


def check_page(said):
    """Where the page is built: its address is told, it is there and speaks MQTT."""
    address = re.search(r"managers' screen: http://127\.0\.0\.1:(\d+)/", said)
    if not BUILT:
        t.ok(not address and "make dashboard" in said, "no managers' page, and how to get it", said)
        return
    if not t.ok(address, "the managers' page: its address is told", said):
        return
    with open(BUILT, encoding="utf-8", newline="") as file:
        page = file.read()
    web = shopbroker.Web(int(address[1]))
    web.send_head("/")
    head = web.take_head()
    length = int(re.search(r"content-length: (\d+)", head, re.I)[1])
    t.ok(" 200 " in head and web.take(length).decode() == page, "it is served there", head)
    web = shopbroker.Web(int(address[1]))
    head = web.upgrade()
    t.ok(" 101 " in head and web.connect() == 0, "MQTT is spoken there", head)
    web.subscribe("thirdring/demo/main/availability")
    heard = b""
    while b"online" not in heard:
        heard += web.frame()
    t.ok(True, "and the shop is online")


def check_signal(sig, group, code):
    """In the middle of the day."""
    log = os.path.join(live.folder(), "out")
    with open(log, "w", encoding="utf-8") as out:
        demo = live.start([DEMO, "--speed", "300"], env=environment, stdin=subprocess.DEVNULL, stdout=out,
                          stderr=out, start_new_session=True)

    def told():
        with open(log, encoding="utf-8") as file:
            return "comes in" in file.read()
    live.wait_until(told, "the first customer")
    if group:
        with open(log, encoding="utf-8") as file:
            check_page(file.read())
        os.killpg(demo.pid, sig)
    else:
        demo.send_signal(sig)
    name = signal.Signals(sig).name + (" to all, as by Ctrl-C" if group else "")
    t.same(demo.wait(live.PATIENCE_S), code, f"{name}: exit code")
    check_nothing_left(name)


def check_daemon_dies():
    fake = live.folder()
    os.symlink(live.CLI, os.path.join(fake, "thirdring"))
    with open(os.path.join(fake, "thirdringd"), "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\necho 'thirdringd: out of luck' >&2\nexit 71\n")
    os.chmod(file.name, 0o755)
    run = subprocess.run([DEMO], env=dict(environment, TR_BUILD=fake), timeout=300,
                         stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    t.ok(run.returncode == 1 and "thirdringd ended with code 71" in run.stderr
         and "out of luck" in run.stderr, "a daemon that dies: told, with its last words",
         run.returncode, run.stderr)
    check_nothing_left("a daemon that dies")


def check_screen():
    show = screen.Screen([DEMO, "--speed", "200"], rows=24, columns=80, TMPDIR=home,
                         TR_BUILD=tap.BUILD, LC_ALL="C.UTF-8")
    names = ("Front door", "Checkout", "Fitting room", "Shop telephone", "How did we do?")
    if BUILT:
        names += ("managers' screen: http://127.0.0.1:",)
    seen = show.until(lambda rows: all([r for r in rows.values() if n in r] for n in names)
                      and any("greeted after" in r for r in rows.values()), live.PATIENCE_S)
    rows = show.rows()
    everything = [rows[i] for i in sorted(rows)]
    t.ok(seen, "on a terminal: every station is on the screen, and what happens", *everything)
    t.ok("The Corner Shop" in rows.get(1, "") and "online" in rows.get(1, ""), "the title", *everything)
    t.ok([r for r in everything if re.search(r"[○●] green (ON|off).*[○●] amber .*[○●] red ", r)],
         "the lamps", *everything)
    t.ok([r for r in everything if re.match(r" (event|input|station|output|journal)/", r)],
         "messages going by", *everything)
    t.ok(max(rows) <= 24 and all(len(r.rstrip()) <= 80 for r in everything), "it fits 24 x 80",
         max(rows), *[r for r in everything if len(r.rstrip()) > 80])
    lit = show.until(lambda _: "\033[33m ● amber ON" in show.text, live.PATIENCE_S)
    t.ok(lit, "a lamp lights up, in its colour")
    t.ok(show.modes() != show.before, "keys are not echoed while it runs")
    show.size(34, 120)
    t.ok(show.until(lambda rows: max(rows) == 34, live.PATIENCE_S), "it follows the window's size")
    show.press("\003")
    t.same(show.wait(live.PATIENCE_S), 130, "Ctrl-C: exit code")
    tail = show.text[show.text.rfind(screen.LEAVE) - 20:]
    t.ok(screen.LEAVE in tail and screen.SHOW in tail and screen.HIDE not in tail
         and screen.ENTER not in tail, "the screen and the cursor are given back", repr(tail))
    t.same(show.modes(), show.before, "so is the keyboard")
    check_nothing_left("Ctrl-C")


check_signal(signal.SIGINT, True, 130)
check_signal(signal.SIGTERM, False, 143)
check_daemon_dies()
check_screen()
check_day()
t.done()
