#!/usr/bin/python3
"""thirdring watch before brokers that are not there, beside other units, and
among payloads that nobody should have sent."""
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import screen  # noqa: E402
import tap  # noqa: E402

live.need_broker()
t = tap.Tap()
broker = live.Broker("log_type error\nlog_type warning\nlog_type notice\nlog_type subscribe\n").start()
BASE = "thirdring/shop/main/"
STATE = ('{"v":1,"waiting":%d,"people":%d,"in_service":0,"oldest_wait_s":%s,"oldest_rings":%d,'
         '"level":%d,"acked":0,"open":1,"streak":0,"threshold_s":18.0,"service_level_pct":null,'
         '"today_pct":66.667,"today_arrivals":3,"today_served":2}')
SIGHT = STATE[:-1] + ',"at_least":%d,"today_void":0,"measuring":"%s","coverage_pct":%s,"staffed":null}'
INFO = ('{"v":1,"site":"shop","unit":"main","name":"%s","timezone":"Europe/London",'
        '"stations":[{"id":"door","name":"Café \\u001b[31mdoor","kind":"greeting",'
        '"audience":"customer","target":{"rings":3,"seconds":18.0,"percent":80.0,"window_min":60}}],'
        '"sensors":[{"id":"greet","name":"Greeted","type":"button"}],'
        '"outputs":[{"id":"buzzer","name":"buzzer","type":"buzzer"},'
        '{"id":"red","name":"red","type":"lamp"}]}')
GARBAGE = ("", "{", "[]", "{}", "null", "\x1b[2J\x1b]0;title\x07", "{\"v\":1e999}", "\u202etfel",
           '{"event_type":7,"at":"yesterday"}', '{"event_type":"arrived","at":"2026-03-02T09:00:00Z"}',
           '{"waiting":-3,"level":99,"oldest_wait_s":1e300,"oldest_rings":1e18,"today_pct":"x"}',
           '{"stations":[7,{"id":7},{"id":""},{"id":"x","target":[]},{"id":"x"}],"outputs":{}}',
           '{"state":"raised","level":"unheard of","rule":"","station":null,"since":5}',
           '{"event_type":"rings","output":"buzzer","bursts":-5,"at":"2026-03-02T09:00:00.000Z"}',
           "x" * 70000)
TOPICS = ("availability", "info", "station/door/state", "station/door/metrics", "event/greeting/door",
          "event/sound/buzzer", "event/input/greet", "event/x", "alert/door-wait", "input/greet/health",
          "output/red/state", "journal/wait", "a", "station//state", "input/" + "i" * 80 + "/state")


def watch(*options, **keywords):
    return live.start([live.CLI, "watch", *options], stdin=subprocess.DEVNULL,
                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                      env=dict(os.environ, LC_ALL=keywords.get("locale", "C.UTF-8")))


def finish(process, seconds=0.0):
    """Its exit code, output and errors, ended by SIGTERM after a while."""
    time.sleep(seconds)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=live.PATIENCE_S)
    return process.returncode, out, err


def say(topic, payload, *options):
    broker.publish(BASE + topic, payload, *options)


def event(kind, word, second, rest=""):
    say(f"event/{kind}", f'{{"v":1,"event_type":"{word}","station":"door","kind":"greeting",'
        f'"at":"2026-07-02T09:00:{second:06.3f}Z","wait":"main-7"{rest}}}')


def check_usage():
    for options, code, words in ((["--broker", "http://x"], 64, "expected mqtt://"),
                                 (["--broker", "mqtt://:99999"], 64, "expected mqtt://"),
                                 (["--site", "a/b"], 64, "expected an id"),
                                 (["--config", "/nowhere.conf"], 66, "cannot read"),
                                 (["nonsense"], 64, "usage:"), (["--help"], 0, "usage:")):
        run = subprocess.run([live.CLI, "watch", *options], capture_output=True, text=True,
                             check=False, timeout=live.PATIENCE_S)
        told = run.stderr + run.stdout
        t.ok(run.returncode == code and words in told, f"watch {' '.join(options)}: exit code {code}",
             run.returncode, told)


def check_absent():
    told = os.path.join(live.folder(), "told")
    with open(told, "w", encoding="utf-8") as file:
        w = live.start([live.CLI, "watch", "--broker", f"mqtt://127.0.0.1:{live.free_port()}"],
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=file, text=True)
    live.wait_until(lambda: os.path.getsize(told), "a line")
    code, out, _ = finish(w, 3)
    with open(told, encoding="utf-8") as file:
        err = file.read()
    t.ok(code == 0 and out == "" and len(err.splitlines()) == 1
         and err.rstrip().endswith("trying again"),
         "an absent broker is told once, and tried again", code, out, err)


def heard_by_broker():
    """How many have asked for events, which is the last that watch asks for."""
    with open(os.path.join(broker.dir, "log"), encoding="utf-8") as file:
        return len(re.findall(r"/event/#$", file.read(), re.M))


def check_story():
    """A unit's words, in order; the names are known before the news."""
    say("info", INFO % "The Shop", "-r")
    say("availability", "online", "-r")
    say("station/door/state", STATE % (0, 0, 0, 0, 0), "-r")
    for locale, name in (("C.UTF-8", "Café ?[31mdoor"), ("C", "Caf? ?[31mdoor")):
        listening = heard_by_broker()
        w = watch("--broker", broker.uri, "--until-offline", locale=locale)
        live.wait_until(lambda n=listening: heard_by_broker() > n, "somebody to watch")
        event("greeting/door", "arrived", 0, ',"party":1')
        event("greeting/door", "answered", 13, ',"wait_s":13.0')
        event("greeting/door", "arrived", 20, ',"party":1')
        event("greeting/door", "answered", 39, ',"wait_s":18.0')
        event("sound/buzzer", "rings", 39, ',"output":"buzzer","bursts":3')
        event("greeting/door", "arrived", 40, ',"party":1')
        event("greeting/door", "away", 41, ',"wait_s":1.0')
        event("greeting/door", "back", 43, ',"wait_s":3.0')
        event("greeting/door", "called", 44, ',"wait_s":4.0')
        event("greeting/door", "late_void", 45)
        event("greeting/door", "held_back", 46, ',"held_back":2')
        say("station/door/state", SIGHT % (0, 0, 0, 0, 0, 0, "degraded", 90.0), "-r")
        say("station/door/state", SIGHT % (0, 0, 0, 0, 0, 0, "blind", 80.0), "-r")
        say("station/door/state", SIGHT % (0, 0, 0, 0, 0, 0, "full", 79.96), "-r")
        say("availability", "offline", "-r")
        out, err = w.communicate(timeout=live.PATIENCE_S)
        t.same(w.returncode, 0, f"{locale}: --until-offline ends")
        for line in (f"10:00:00  {name} +a customer comes in",
                     f"10:00:13  {name} +greeted after 13.0 s (3rd ring) +kept",
                     f"10:00:39  {name} +greeted after 18.0 s (4th ring) +missed",
                     f"10:00:39  {name} +buzzer: ring ring ring",
                     f"10:00:41  {name} +went out again after 1 s",
                     f"10:00:43  {name} +came back and goes on waiting, 3 s so far",
                     f"10:00:44  {name} +a number is called after 4 s",
                     f"10:00:45  {name} +the staff's key came too late: that wait counts",
                     f"10:00:46  {name} +2 sounds held back in the last hour",
                     f"{name} +only a part is seen: figures are less sure",
                     f"{name} +nothing is seen: nobody's wait is measured",
                     f"{name} +everything is seen again", "The day at The Shop"):
            pattern = re.escape(line).replace(r"\ \+", " +").replace(r"\ ", " ")
            t.ok(re.search(pattern, out), f"{locale}: {line}", out, err)
        t.ok("\033" not in out + err, "no control character of a payload comes through")
        say("availability", "online", "-r")


def check_garbage():
    """All of it, everywhere; then it still works."""
    w = watch("--broker", broker.uri)
    show = screen.Screen([live.CLI, "watch", "--broker", broker.uri], LC_ALL="C.UTF-8")
    t.ok(show.until(lambda rows: "The Shop" in rows.get(1, ""), live.PATIENCE_S), "the screen is up")
    for topic in TOPICS:
        pub = live.start(["mosquitto_pub", "-p", str(broker.port), "-q", "1", "-l", "-t", BASE + topic],
                         stdin=subprocess.PIPE, text=True)
        pub.communicate("\n".join(GARBAGE) + "\n", timeout=live.PATIENCE_S)
        show.read(0.05)
    broker.publish("thirdring", "x")
    broker.publish("thirdring/a/b", "x")
    say("info", INFO % "Still The Shop", "-r")
    say("availability", "online", "-r")
    say("station/door/state", STATE % (3, 4, "14.5", 3, 1), "-r")
    say("output/red/state", "ON", "-r")
    good = show.until(lambda rows: any(re.search(r"Caf.*3 \(4\).*●●●.*at risk.*67 %.*2/3", r)
                                       for r in rows.values())
                      and any("● red ON" in r for r in rows.values())
                      and "Still The Shop" in rows.get(1, ""), live.PATIENCE_S)
    t.ok(good, "after every wrong payload on every topic the screen is right",
         *[r for _, r in sorted(show.rows().items())])
    t.ok("\033]" not in show.text and "\u202e" not in show.text, "and nobody else's to write on")
    say("station/door/state", SIGHT % (3, 3, "14.5", 3, 1, 1, "degraded", 88.2), "-r")
    t.ok(show.until(lambda rows: any(re.search(r"Caf.* 3\+ .*at risk", r) for r in rows.values())
                    and any(re.search("; Caf.* sees only a part \\(88 % of today\\)", r)
                            for r in rows.values()), live.PATIENCE_S),
         "a full row is at least so many, and what is not seen is said",
         *[r for _, r in sorted(show.rows().items())])
    say("station/door/state", SIGHT % (0, 0, 0, 0, 0, 0, "blind", 70.0), "-r")
    t.ok(show.until(lambda rows: any(re.search("Caf.*nobody can tell.*BLIND", r)
                                     for r in rows.values()), live.PATIENCE_S),
         "a blind station does not say that nobody waits",
         *[r for _, r in sorted(show.rows().items())])
    say("availability", "offline", "-r")
    t.ok(show.until(lambda rows: "OFFLINE" in rows.get(1, ""), live.PATIENCE_S), "offline is shown")
    broker.stop()
    t.ok(show.until(lambda rows: "NO BROKER" in rows.get(1, "") and "trying again" in rows.get(24, ""),
                    live.PATIENCE_S), "so is a broker that goes")
    show.press("q")
    t.same(show.wait(live.PATIENCE_S), 0, "q ends it")
    code, out, err = finish(w)
    t.ok(code == 0 and "Sanitizer" not in err, "a line per event survived it too", code, err)
    t.ok("\033" not in out + err, "with no control character either")
    broker.start()


def check_units():
    """Two units: one that is there comes before one that is not; others by name."""
    say("availability", "offline", "-r")
    broker.publish("thirdring/shop/other/availability", "online", "-r")
    broker.publish("thirdring/shop/other/info", INFO % "Next Door", "-r")
    for options, name in ((), "Next Door"), (("--unit", "main"), "Still The Shop"):
        show = screen.Screen([live.CLI, "watch", "--broker", broker.uri, *options], LC_ALL="C.UTF-8")
        t.ok(show.until(lambda rows, n=name: n in rows.get(1, ""), live.PATIENCE_S),
             f"two units, {options}: {name}", show.rows().get(1))
        if not options:
            t.ok(show.until(lambda rows: "shop/main" in rows.get(24, ""), live.PATIENCE_S),
                 "the other is mentioned", show.rows().get(24))
        show.press("q")
        show.wait(live.PATIENCE_S)
    for name, value, no in (("NO_COLOR", "1", "\033[32m"), ("LC_ALL", "C", "○")):
        show = screen.Screen([live.CLI, "watch", "--broker", broker.uri], **{"LC_ALL": "C.UTF-8",
                                                                             name: value})
        show.until(lambda rows: "Next Door" in rows.get(1, ""), live.PATIENCE_S)
        show.press("q")
        show.wait(live.PATIENCE_S)
        t.ok(no not in show.text, f"{name}={value} is respected")


check_usage()
check_absent()
check_story()
check_garbage()
check_units()
t.done()
