#!/usr/bin/python3
"""The demo's day: the committed trace is what its script writes, the shop is a
plausible one, and every event of the story shows up in replay's output."""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools")
sys.path.insert(0, TOOLS)
import tap
import tracefile

DEMO = os.path.join(tap.TOP, "etc", "demo")
CONF, DAY = os.path.join(DEMO, "shop.conf"), os.path.join(DEMO, "day.trace")
LAB_WINDOW_MS = 7200000  # 09:00 to 11:00
test = tap.Tap()


def read(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


def check_trace():
    fresh = os.path.join(tap.work_dir("demo_day"), "day.trace")
    subprocess.run([os.path.join(TOOLS, "make_demo_day.py"), fresh], check=True)
    test.ok(read(fresh) == read(DAY), "etc/demo/day.trace is what make_demo_day.py writes")
    edges = tracefile.read_edges(DAY)
    test.ok(2000 <= len(edges) <= 4000, f"{len(edges)} edges, between 2,000 and 4,000")
    test.ok(not [e for e in edges if e[0] % 10], "every edge lies on the grid of 10 ms")
    level, repeated, at_window = {}, [], None
    for edge in edges:
        if edge[0] > LAB_WINDOW_MS and at_window is None:
            at_window = [s for s, on in level.items() if on]
        if level.get(edge[1], 0) == edge[2]:
            repeated.append(edge)
        level[edge[1]] = edge[2]
    test.same(repeated, [], "no sensor is told to be what it is already")
    test.same(at_window, [], "nothing is active at 11:00, the end of the short window")
    test.same([s for s, on in level.items() if on], [], "nothing is active at the end")


def check_shop(stations):
    for name, low, high in (("entrance", 70, 95), ("tills", 70, 95), ("fitting", 70, 95),
                            ("phone", 70, 95)):
        level = stations[name]["service_level_pct"]
        test.ok(low <= level <= high, f"{name}: service level {level} % between {low} and {high}")
    test.ok(150 <= stations["entrance"]["arrivals"] <= 300, "parties through the door: "
            f"{stations['entrance']['arrivals']}")
    test.ok(stations["tills"]["queue_max"] >= 7, "the line outgrew max_length = 6: "
            f"{stations['tills']['queue_max']}")
    test.same([s["expired"] for s in stations.values() if s["kind"] != "feedback"], [0] * 4,
              "nobody's wait expired: the story forgets nobody")


def check_event(records, what, kind, when, **fields):
    """Exactly one record of that kind at that moment (local time is UTC), with these fields."""
    key = {"wait": "opened", "vote": "at", "alert": "at"}[kind]
    found = [r for r in records if r["type"] == kind
             and r[key].startswith(f"2026-03-02T{when}")
             and r["station"] == fields.get("station", r["station"])]
    good = len(found) == 1 and all(
        abs(found[0][k] - v) < 0.0005 if isinstance(v, float) else found[0][k] == v
        for k, v in fields.items())
    test.ok(good, f"{when} {what}", f"expected one {kind} with {fields}", *found)
    return found[0] if good else None


def check_story(records):
    check_event(records, "walks out again unanswered", "wait", "09:04:10", station="entrance",
                outcome="abandoned", in_target=False, reason="left", accurate=True)
    test.ok(not [r for r in records if r["type"] == "wait" and r["opened"][11:16] == "09:40"
                 and r["station"] == "entrance"], "09:40 turning round in the doorway is no arrival")
    check_event(records, "answered on ring 2", "wait", "10:12:30", station="phone",
                outcome="answered", rings=2, wait_s=7.5, service_s=95.0, in_target=True)
    check_event(records, "greeted before the door closed", "wait", "10:24:00", station="entrance",
                outcome="answered", wait_s=0.0)
    check_event(records, "one call, pressed twice", "wait", "11:07:0", station="fitting",
                outcome="answered", wait_s=52.0, in_target=True)
    check_event(records, "a colleague is no customer", "wait", "11:31:15", station="entrance",
                outcome="void", reason="staff_key", in_target=None)
    check_event(records, "a party of four", "wait", "11:48:0", station="entrance",
                outcome="answered", party=4)
    check_event(records, "leaves the line by the side exit", "wait", "12:24:05", station="tills",
                outcome="abandoned", reason="left", wait_s=35.0)
    check_event(records, "rings out at lunch", "wait", "12:31:00", station="phone",
                outcome="abandoned", rings=5, wait_s=26.0, in_target=False, reason="silence")
    check_event(records, "hardly any wait", "wait", "14:16:00", station="tills",
                outcome="answered", wait_s=3.0, service_s=60.0, position=None)
    check_event(records, "whoever called has gone", "wait", "16:30:00", station="fitting",
                outcome="abandoned", reason="gone", wait_s=95.0)


def check_votes(records):
    happy = check_event(records, "a happy face", "vote", "14:17:16", button="good", score=100,
                        presses=1, wait_station="tills")
    long_wait = check_event(records, "almost seven minutes", "wait", "15:26:50", station="tills",
                            outcome="answered", in_target=False, wait_s=408.0)
    unhappy = check_event(records, "an unhappy face", "vote", "15:35:16", button="bad", score=0,
                          wait_station="tills")
    test.ok(happy and happy["wait"] and unhappy and long_wait
            and unhappy["wait"] == long_wait["id"], "the unhappy vote is tied to that very wait")
    child = [r for r in records if r["type"] == "vote" and r["at"][11:16] == "17:20"]
    test.ok(len(child) == 1 and child[0]["button"] is None and child[0]["presses"] == 5,
            "17:20 a child's five presses are no vote", *child)


def check_alerts(records):
    alerts = [r for r in records if r["type"] == "alert"]
    line = [a for a in alerts if a["rule"] == "length" and a["state"] == "raised"]
    test.ok(line and all("12:05" <= a["at"][11:16] <= "12:50" for a in line),
            f"the line is too long at lunch and only then ({len(line)} alerts)", *line)
    test.ok([a for a in alerts if a["station"] == "tills" and a["level"] == "critical"
             and a["at"][11:13] == "12"], "a wait in the lunch line turns critical")
    last = {(a["rule"], a["station"], a["sensor"]): a for a in alerts}
    test.same([k for k, a in last.items() if a["state"] != "cleared"], [],
              "no alert is left standing at closing time")
    test.same([a for a in alerts if a["rule"] == "sensor"], [], "no sensor is called faulty")
    test.ok(not [r for r in records if r["type"] == "wait" and r["station"] == "tills"
                 and r["closed"][11:19] == "18:05:00"], "18:05 the parked trolley is nobody")


check_trace()
output, summary = tap.replay(CONF, DAY)
check_shop(summary)
check_story(output)
check_votes(output)
check_alerts(output)
test.done()
