#!/usr/bin/python3
"""A home's recorded switches: what sticks for days is found, repeats are no arrivals.

The data are not in the repository (tests/data/README.md); without them this
test skips. Figures marked "published" are those of SOURCES.md; everything else
is computed here from the recorded seconds, beside the engine's answer.
"""
import datetime
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "tools"))
import house_to_trace
import tap
from house_to_trace import REARM_S, STUCK_ON_S

FRONT_DOOR = 12
# A contact is believed after 50 ms, and a fault is over after a minute of health.
BELIEVED_S, CLEAR_AFTER_S = 0.05, 60.0
SWITCHES = tap.need_data("house-a-switches.tsv")
EVENTS, START = house_to_trace.load(SWITCHES)
NAMES = house_to_trace.names(tap.need_data("house-a-names.tsv"))
OUT = os.path.join(tap.work_dir("house_a"), "house")
test = tap.Tap()


def named(switch):
    return NAMES.get(switch, f"switch {switch}")


def wall(seconds):
    at = START + datetime.timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def spans(switch):
    """(on, off) of one switch; what goes on in the second it ended never went off."""
    joined = []
    for event in EVENTS:
        if event.switch == switch:
            end = event.begin_s + event.lasts_s
            if joined and event.begin_s <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((event.begin_s, end))
    return joined


def arrivals(switch, rearm_s):
    """Beginnings that count: not again until rearm_s after the last that did."""
    counted = []
    for begin, _ in spans(switch):
        if not counted or begin - counted[-1] >= rearm_s:
            counted.append(begin)
    return counted


def check_arrivals(records, stations):
    total = repeats = 0
    for switch in sorted({event.switch for event in EVENTS}):
        name = house_to_trace.door(switch)
        want = [wall(at) for at in arrivals(switch, REARM_S)]
        got = sorted(r["opened"] for r in records if r["type"] == "wait" and r["station"] == name)
        test.ok(want == got, f"{named(switch)}: {len(want)} arrivals, each at its second",
                f"expected {len(want)}, got {len(got)}", *sorted(set(want) ^ set(got))[:5])
        total += len(want)
        repeats += sum(event.switch == switch for event in EVENTS) - len(want)
        test.same(stations[name]["answered"] + stations[name]["abandoned"], 0,
                  f"{named(switch)}: one contact alone: no end is invented")
    test.same(total + repeats, 1229, "switch events (published)")
    test.note(f"{repeats} of 1229 events were repeats within {REARM_S} s, or never went off between")


def check_front_door(stations):
    events = [event.begin_s for event in EVENTS if event.switch == FRONT_DOOR]
    close = sum(b - a < REARM_S for a, b in zip(events, events[1:]))
    test.same(len(events), 90, "front door: events (published)")
    test.same(close, 6, "front door: within 5 s of the one before (published)")
    test.same(stations[house_to_trace.door(FRONT_DOOR)]["arrivals"], 84,
              "front door: 90 events less 6 repeats are 84 arrivals")


def check_rearm():
    """With no rearm time each of them is an arrival, so it is that rule that takes them out."""
    _, stations = tap.replay(f"{OUT}.conf", f"{OUT}.trace",
                             f"stations.{house_to_trace.door(FRONT_DOOR)}.rearm_s=0")
    test.same(stations[house_to_trace.door(FRONT_DOOR)]["arrivals"], 90,
              "front door, rearm_s = 0: all 90 events")


def check_stuck(records):
    want = []
    for switch in sorted({event.switch for event in EVENTS}):
        for on, off in spans(switch):
            if off - on > STUCK_ON_S:
                want.append((f"switch{switch}", wall(on + STUCK_ON_S),
                             wall(off + BELIEVED_S + CLEAR_AFTER_S)))
    raised = {}
    got = []
    for record in records:
        if record["type"] == "alert" and record["rule"] == "sensor":
            if record["state"] == "raised":
                raised[record["sensor"]] = record["at"]
            else:
                got.append((record["sensor"], raised.pop(record["sensor"]), record["at"]))
    test.ok(sorted(got) == sorted(want),
            f"stuck for more than a day: {len(want)} times, each found and forgiven to the ms",
            *sorted(set(got) ^ set(want)))
    test.same(raised, {}, "no fault is left standing")
    test.same(len(want), 4, "four times a switch was active for more than a day")
    for sensor, since, until in sorted(want, key=lambda one: one[1]):
        test.note(f"{NAMES[int(sensor[6:])]}: stuck, known from {since} to {until}")


def check_coverage(stations):
    """The week of a stuck switch is not a week of quiet customers: it was not measured."""
    last = max(event.begin_s + event.lasts_s for event in EVENTS)
    for switch in sorted({event.switch for event in EVENTS}):
        blind = sum(max(0, off - on - STUCK_ON_S) for on, off in spans(switch))
        test.same(stations[house_to_trace.door(switch)]["coverage_pct"], 100 * (1 - blind / last),
                  f"{named(switch)}: coverage", 1)


house_to_trace.convert(EVENTS, START, NAMES, OUT)
waits, summary = tap.replay(f"{OUT}.conf", f"{OUT}.trace")
check_arrivals(waits, summary)
check_front_door(summary)
check_rearm()
check_stuck(waits)
check_coverage(summary)
test.done()
