#!/usr/bin/python3
"""thirdring walktest, without hardware: traces drive it, as installers do and as
wires misbehave; the record is checked against its schema; keys and a screen as
wide as a telephone's; nothing waits for ever; bad requests are told."""
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import screen  # noqa: E402
import tap  # noqa: E402
import validate  # noqa: E402

t = tap.Tap()
contract = validate.Contract()
home = live.folder()
conf = live.write(os.path.join(home, "shop.conf"), """
site = { id = "shop"; name = "The Café"; };
gpio = { backend = "replay"; trace = "day.trace"; speed = 0.0; };
sensors = (
  { id = "outer"; type = "beam";   line = "GPIO5";  bias = "pull-up"; active = "high"; },
  { id = "inner"; type = "beam";   line = "GPIO6";  bias = "pull-up"; active = "high"; },
  { id = "greet"; type = "button"; line = "GPIO12"; bias = "pull-up"; active = "low"; debounce_ms = 5; },
  { id = "void";  type = "button"; line = "GPIO13"; bias = "pull-up"; active = "low"; }
);
gates = ( { id = "door"; outer = "outer"; inner = "inner"; } );
outputs = ( { id = "buzzer"; type = "buzzer"; line = "GPIO18"; },
            { id = "red";    type = "lamp";   line = "GPIO11"; } );
stations = ( { id = "entrance"; kind = "greeting"; name = "Front door"; arrive = "door";
               answer = "greet"; void = "void"; } );
alerts = { buzzer = "buzzer"; late = { lamp = "red"; }; };
""")
ENV = dict(os.environ, LC_ALL="C.UTF-8", COLUMNS="80")


def trace(*edges):
    """A trace of (second, sensor, level), to be put in order."""
    lines = [f"{at:.6f} {sensor} {level}" for at, sensor, level in sorted(edges)]
    return live.write(os.path.join(home, "day.trace"), "\n".join(["# thirdring trace 1", *lines, ""]))


def touch(at, sensor, seconds=0.3, bounces=()):
    """On with bounces of so many milliseconds, then off."""
    edges, level = [(at, sensor, 1)], 1
    for ms in bounces:
        at, level = at + ms / 1000, 1 - level
        edges.append((at, sensor, level))
    return edges + [(at + seconds, sensor, 0)]


def walk_in(at, first="outer", second="inner"):
    return [(at, first, 1), (at + 0.2, second, 1), (at + 0.3, first, 0), (at + 0.6, second, 0)]


def run(edges, *options, **how):
    """Exit code, record, what was printed, of a walk driven by a trace."""
    path = trace(*edges)
    record = os.path.join(home, "record.json")
    if os.path.exists(record):
        os.remove(record)
    done = subprocess.run([live.CLI, "walktest", "--set", f"gpio.trace={path}", "--record", record, *options,
                           conf], capture_output=True, text=True, check=False, env={**ENV, **how},
                          stdin=subprocess.DEVNULL, timeout=live.PATIENCE_S)
    return done.returncode, json.load(open(record, encoding="utf-8")), done.stdout + done.stderr


def result(record, sensor):
    return next(i for i in record["inputs"] if i["sensor"] == sensor)


def finding(record, code):
    return next((f for f in record["findings"] if f["code"] == code), {"text": "", "advice": ""})


def fits(record, name):
    errors = contract.payload_errors({"schema": "commissioning.json"}, json.dumps(record))
    t.ok(not errors, f"{name}: the record is as its schema says", *errors[:5])


# A step takes a second after its result; rest takes two.
GOOD = (touch(3, "outer") + touch(6, "inner") + touch(9, "greet", bounces=(0.3, 0.8)) + touch(12, "void")
        + walk_in(15))


def check_good():
    code, record, out = run(GOOD, "--yes", "--by", "A. Fitter", "--seconds", "20")
    t.same((code, record["verdict"]), (0, "pass"), "all well: exit code and verdict")
    fits(record, "all well")
    t.same([i["result"] for i in record["inputs"]], ["good"] * 4, "every sensor")
    t.same((record["by"], record["source"], record["site"]), ("A. Fitter", "trace", "shop"), "who and where")
    greet = result(record, "greet")
    t.same((greet["edges"], greet["bounces"], greet["longest_bounce_ms"], greet["suggested_debounce_ms"]),
           (4, 2, 0.8, 2), "bounces are counted, and a debounce suggested")
    t.same(greet["histogram"][:5], [0, 0, 1, 1, 0], "in a histogram")
    t.same([(o["result"], o["answered"]) for o in record["outputs"]], [("seen", "option")] * 2,
           "--yes: outputs are taken as seen, and the record says so")
    t.ok(record["gates"][0]["transit_ms"] == 200, "the gate is walked", record["gates"])
    for words in ("Press it, then let go: Front door", "greet: GPIO12, pin 32", "no wire has been tested",
                  "PASS", "the longest 0.8 ms; suggested 2 ms, configured 5 ms"):
        t.ok(words in " ".join(out.split()), f"it says: {words}", out)


def check_wrong():
    # greet and void crossed, the gate's beams swapped.
    code, record, _ = run(touch(3, "outer") + touch(6, "inner") + touch(9, "void") + touch(14, "greet")
                          + walk_in(21, "inner", "outer"), "--yes", "--seconds", "20")
    t.same((code, record["verdict"]), (1, "fail"), "faults: exit code and verdict")
    fits(record, "faults")
    t.same([result(record, s)["result"] for s in ("greet", "void")], ["crossed"] * 2, "crossed cables")
    t.ok("greet and void are crossed" in finding(record, "crossed")["text"]
         and "GPIO13, pin 33" in finding(record, "crossed")["advice"], "both are named, and the terminals",
         finding(record, "crossed"))
    t.ok('outer = "inner"; inner = "outer";' in finding(record, "swapped")["advice"], "swapped beams",
         record["findings"])
    # active at rest and never moved; active at rest and used; silent; humming; bouncing longer than configured
    hum = [(12 + i / 100, "void", (i + 1) % 2) for i in range(120)]
    code, record, out = run([(0, "outer", 1), (0, "inner", 1), (8, "inner", 0), (8.5, "inner", 1)]
                            + touch(11, "greet", bounces=(1, 8)) + hum, "--seconds", "4", "--sensor", "outer",
                            "--sensor", "inner", "--sensor", "greet", "--sensor", "void", "--sensor", "door",
                            "--sensor", "red")
    fits(record, "more faults")
    t.same({i["sensor"]: i["result"] for i in record["inputs"]},
           {"outer": "stuck", "inner": "inverted", "greet": "good", "void": "unsteady"}, "told apart")
    t.ok("cut cable" in finding(record, "stuck")["advice"], "a cut cable is thought of")
    t.ok('active = "low"' in finding(record, "inverted")["advice"], "levels can be turned")
    t.ok("debounce_ms = 20 for sensor greet" in finding(record, "debounce")["advice"]
         and finding(record, "debounce")["severity"] == "fault", "a debounce that is too short is a fault",
         record["findings"])
    t.ok("50 Hz" in finding(record, "unsteady")["text"], "mains hum is known", record["findings"])
    t.ok("neither beam" in finding(record, "gate")["text"], "a gate that sees nobody")
    t.same([o["result"] for o in record["outputs"]], ["not_tested", "unasked"], "nobody answered for the lamp")
    t.ok("Not tested: buzzer red" in out, "what is left is told", out[-400:])


def check_order():
    code, record, out = run(touch(3, "void") + touch(6, "greet"), "--sensor", "void", "--sensor", "greet",
                            "--times", "1")
    t.ok(out.index("[1/2]") < out.index("[void:") < out.index("[2/2]") < out.index("[greet:"),
         "--sensor gives the order", out)
    t.same((code, record["verdict"]), (1, "incomplete"), "the rest is not tested: incomplete")
    code, record, _ = run(touch(3, "void") + touch(4, "void") + touch(5, "void"), "--sensor", "void", "--times",
                          "3", "--seconds", "60")
    t.same(result(record, "void")["actuations"], 3, "--times")


def check_paper():
    html = os.path.join(home, "record.html")
    run(GOOD, "--yes", "--html", html, "--by", "A <Fitter> & Co")
    text = open(html, encoding="utf-8").read()
    t.ok(text.startswith("<!DOCTYPE html>") and text.rstrip().endswith("</html>"), "a page")
    for words in ("A &lt;Fitter&gt; &amp; Co", "signature", "GPIO12, pin 32", ">pass<", "The Café"):
        t.ok(words in text, f"the page has {words}")
    run(touch(3, "outer") + walk_in(24, "inner", "outer"), "--sensor", "outer", "--sensor", "door", "--seconds", "20",
        "--html", html)
    text = open(html, encoding="utf-8").read()
    t.ok("-200 ms" in text and "swapped" in text, "a gate walked the wrong way round, in ms")
    t.ok("http" not in text.replace("http://www.w3.org", ""), "and nothing from elsewhere")
    t.same(sorted(n for n in os.listdir(home) if ".part" in n), [], "no half file is left")
    pipe = os.path.join(home, "pipe")
    os.mkfifo(pipe)
    fd = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    run(GOOD, "--yes", "--html", pipe)
    t.ok(stat.S_ISFIFO(os.stat(pipe).st_mode), "what is no file (a device, for root) stays what it was")
    try:
        t.ok(os.read(fd, 65536).startswith(b"<!DOCTYPE html>"), "and is written to")
    except BlockingIOError:
        t.ok(False, "and is written to")
    os.close(fd)


def check_errors():
    bad = live.write(os.path.join(home, "bad.conf"), "site = { id = 5; };\n")
    day = trace(*GOOD)
    for options, code, words in (
            (["--help"], 0, "usage:"), (["--sensor", "nobody", conf], 64, "'nobody'"),
            (["--times", "0", conf], 64, "from 1 to 100"), (["--seconds", "x", conf], 64, "from 1 to 3600"),
            (["--minutes", "2000", conf], 64, "from 1 to 1440"), ([conf, conf], 64, "name one file"),
            (["--nonsense", conf], 64, "usage:"), (["/nowhere.conf"], 66, "cannot read"),
            ([bad], 78, "site.id"), (["--set", "gpio.trace=/nowhere.trace", conf], 66, "/nowhere.trace"),
            (["--set", f"gpio.trace={day}", "--daemon", conf], 69, "mqtt"),
            (["--set", f"gpio.trace={day}", "--yes", "--record", "/nowhere/r.json", conf], 73,
             "/nowhere/r.json")):
        done = subprocess.run([live.CLI, "walktest", *options], capture_output=True, text=True, check=False,
                              env=ENV, stdin=subprocess.DEVNULL, timeout=live.PATIENCE_S, cwd=home)
        t.ok(done.returncode == code and words in done.stdout + done.stderr,
             f"walktest {' '.join(os.path.basename(o) for o in options)}: exit code {code}", done.returncode,
             done.stdout + done.stderr)
    t.ok("Touch nothing" not in done.stdout, "nobody walks for a record that cannot be written", done.stdout)


def walk_on_screen(edges, *options, columns=45, rows=24, **how):
    path = trace(*edges)
    return screen.Screen([live.CLI, "walktest", "--set", f"gpio.trace={path}", "--set", "gpio.speed=1", *options,
                          conf], rows, columns, LC_ALL="C.UTF-8", **how)


def seen(show, words, what):
    """On the screen at some time, after what was seen before: who looks late has missed nothing."""
    def found(_):
        text = screen.STYLE.sub("", show.text)
        at = text.find(words, getattr(show, "at", 0))
        show.at = at if at >= 0 else getattr(show, "at", 0)
        return at >= 0
    t.ok(show.until(found, live.PATIENCE_S), what, "\n".join(show.rows().values()))


def check_screen():
    show = walk_on_screen(touch(10, "greet", 4, (0.4, 0.9)), "--sensor", "greet", "--sensor", "red", "--sensor",
                          "buzzer", "--record", os.path.join(home, "keys.json"), "--seconds", "300")
    seen(show, "greet  GPIO12, pin 32", "the screen says which terminal")
    seen(show, "Seen. Now back to rest.", "what is seen is shown at once")
    seen(show, "up to 1 ms", "bounces too")
    seen(show, "Did you", "then the lamp")
    show.press("n")
    seen(show, "nobody saw it", "n: it was not seen")
    seen(show, "Listen: buzzer", "then the buzzer")
    show.press("r")
    show.press("y")
    code = show.wait(live.PATIENCE_S)
    t.same(code, 1, "exit code")
    t.ok(screen.LEAVE in show.text and show.modes() == show.before, "the terminal is as it was")
    wide = [r for r in show.rows().values() if len(re.sub("\033.*", "", r)) > 45]
    t.ok(not wide, "no row is wider than the screen", *wide)
    end = screen.STYLE.sub("", show.text.rsplit(screen.LEAVE, 1)[-1])
    long = [line for line in end.splitlines() if len(line) > 45]
    t.ok("FAIL" in end and not long, "the end is told within the width", end)
    record = json.load(open(os.path.join(home, "keys.json"), encoding="utf-8"))
    t.same([(o["result"], o["answered"]) for o in record["outputs"]],
           [("seen", "person"), ("not_seen", "person")], "the record has the installer's word")
    show = walk_on_screen([], "--sensor", "greet", "--sensor", "void", TERM="dumb")
    t.ok(show.until(lambda _: "Press it" in show.text, live.PATIENCE_S), "a dumb terminal is asked, too")
    show.press("s\n")
    show.until(lambda _: "skipped" in show.text, live.PATIENCE_S)
    show.press("q\n")
    code = show.wait(live.PATIENCE_S)
    t.ok(code == 1 and "skipped" in show.text and "\033[" not in show.text, "a dumb terminal gets lines",
         show.text)


def check_ends():
    """It ends by itself, or as soon as it is told to; the record is written."""
    began = time.monotonic()
    code, record, _ = run([(1, "void", 1), (1.2, "void", 0), (4000, "void", 1)], "--seconds", "3", "--set",
                          "gpio.speed=60")
    t.same((code, record["verdict"]), (1, "fail"), "nobody walks: it ends by itself")
    t.ok(time.monotonic() - began < live.PATIENCE_S, "in time")
    _, record, _ = run([(4000, "void", 1)], "--minutes", "1", "--seconds", "3600")
    t.same((record["took_s"], record["verdict"]), (60, "incomplete"), "--minutes ends the whole")
    path = trace((4000, "void", 1))
    record = os.path.join(home, "stopped.json")
    for sig in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP):
        process = live.start([live.CLI, "walktest", "--set", f"gpio.trace={path}", "--set", "gpio.speed=1",
                              "--record", record, conf], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                             env=ENV)
        process.stdout.readline()
        process.stdout.readline()
        process.send_signal(sig)
        out, _ = process.communicate(timeout=live.PATIENCE_S)
        t.ok(process.returncode == 1 and "INCOMPLETE" in out and os.path.exists(record),
             f"{sig.name}: ends, with what it has", process.returncode, out)
        os.remove(record)


check_good()
check_wrong()
check_order()
check_paper()
check_errors()
check_screen()
check_ends()
t.done()
