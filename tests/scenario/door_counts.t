#!/usr/bin/python3
"""Fifteen weeks of people in and out of one door: counting drifts, and is put right.

The data are not in the repository (tests/data/README.md); without them this
test skips. Figures marked "published" are those of SOURCES.md; "model" ones
are computed here from the counts, by a line of its own.
"""
import datetime
import os
import statistics
import sys
from collections import defaultdict, namedtuple

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "tools"))
import doors_to_trace
import tap
from doors_to_trace import DAY_MS

PASSAGES, START = doors_to_trace.load(tap.need_data("door-counts-2005.csv"))
OUT = os.path.join(tap.work_dir("door_counts"), "door")
DAYS = 105
test = tap.Tap()
Day = namedtuple("Day", "came went left_over unseen longest inside_ms")


def model():
    """Each day by itself: who comes stands in, who goes takes one out, if there is one."""
    days = []
    for day in range(DAYS):
        inside = unseen = longest = area = came = went = 0
        last = day * DAY_MS
        for ms, inwards in (p for p in PASSAGES if p.ms // DAY_MS == day):
            area += inside * (ms - last)
            last = ms
            if inwards:
                came += 1
                inside += 1
                longest = max(longest, inside)
            else:
                went += 1
                unseen += inside == 0
                inside -= inside > 0
        area += inside * ((day + 1) * DAY_MS - last)
        days.append(Day(came, went, inside, unseen, longest, area))
    return days


def at_ms(text):
    at = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    return round((at - START).total_seconds() * 1000)


def by_day(records):
    """Of each day: waits begun, ended as answered, ended as drift, and their sum in ms."""
    days = defaultdict(lambda: [0, 0, 0, 0])
    for r in records:
        if r["type"] == "wait":
            day = days[at_ms(r["opened"]) // DAY_MS]
            day[0] += 1
            day[1] += r["outcome"] == "answered"
            day[2] += (r["outcome"], r["reason"]) == ("unknown", "drift")
            day[3] += round(r["wait_s"] * 1000)
    return [tuple(days[day]) for day in range(DAYS)]


def check_mismatch(days):
    off = [d.came - d.went for d in days]
    test.same(sum(d.came for d in days), 19597, "came in (published)")
    test.same(sum(d.went for d in days), 18837, "went out (published)")
    test.same(statistics.mean(off), 7.24, "mean of a day's in - out (published)", 2)
    test.same(statistics.stdev(off), 18.58, "standard deviation of it (published)", 2)
    test.same((min(off), max(off)), (-33, 59), "least and most (published)")


def check_days(days, records, summary):
    got = by_day(records)
    for what, column, of in (("everybody who came opened a wait", 0, lambda d: d.came),
                             ("whoever went out took one", 1, lambda d: d.went - d.unseen),
                             ("who was left over at midnight is drift", 2, lambda d: d.left_over),
                             ("sum of all waits = area under the room's count, in ms", 3,
                              lambda d: d.inside_ms)):
        wrong = [f"{START + datetime.timedelta(days=n):%F}: expected {of(d)}, got {g[column]}"
                 for n, (d, g) in enumerate(zip(days, got)) if of(d) != g[column]]
        test.ok(not wrong, f"{DAYS} days: {what} (model)", *wrong[:5])
    # A service without a wait has no record: it is an exit that took nobody.
    wrong = [n for n, (d, g) in enumerate(zip(days, got))
             if g[2] - (d.went - g[1]) != d.came - d.went]
    test.ok(not wrong, f"{DAYS} days: drift - missed joins = the door's in - out, day by day", wrong)
    test.same(summary["drift"], sum(d.left_over for d in days), "published drift (model)")
    test.same(summary["missed_joins"], sum(d.unseen for d in days), "published missed joins (model)")
    test.same(summary["drift"] - summary["missed_joins"], 19597 - 18837,
              "published drift - missed joins = in - out of all weeks")
    test.same(summary["queue_max"], max(d.longest for d in days), "most people at once (model)")


def check_never_negative(records):
    """More ends than beginnings at no moment; and at midnight nobody is carried over."""
    waits = [(at_ms(r["opened"]), at_ms(r["closed"])) for r in records if r["type"] == "wait"]
    changes = sorted([(a, 0, 1) for a, _ in waits] + [(b, 1, -1) for _, b in waits])
    inside = least = 0
    for _, _, change in changes:
        inside += change
        least = min(least, inside)
    test.same((least, inside), (0, 0), "the room never holds fewer than nobody, and ends empty")
    test.ok(all(a // DAY_MS == (b - 1) // DAY_MS or a == b for a, b in waits),
            "no wait outlives its day")
    longest = max((b - a) for a, b in waits)
    test.ok(longest < DAY_MS, f"the longest stay is {longest / 3.6e6:.1f} h")


def check_without_reset(days):
    """What the same two beams would claim to be true without a reset."""
    raw = low = high = clamped = 0
    for _, inwards in PASSAGES:
        raw += 1 if inwards else -1
        low, high = min(low, raw), max(high, raw)
        clamped = max(0, clamped + (1 if inwards else -1))
    _, stations = tap.replay(f"{OUT}.conf", f"{OUT}.trace", 'hours[0].open="00:00"',
                             'hours[0].close="00:00"')
    lost = stations["room"]
    test.same(lost["drift"], 0, "a room that never closes is never reset")
    test.ok(lost["wait_s"]["mean"] > 3 * sum(d.inside_ms for d in days) / 19597 / 1000,
            "and its mean stay is wrong by a multiple")
    test.note(f"in - out without a reset: from {low} to {high}, {raw} after {DAYS} days; "
              f"with a floor at nobody {clamped}",
              f"mean stay with the reset {sum(d.inside_ms for d in days) / 19597 / 60000:.0f} min,"
              f" without it {lost['wait_s']['mean'] / 60:.0f} min")


doors_to_trace.convert(PASSAGES, START, OUT)
replayed, stations_told = tap.replay(f"{OUT}.conf", f"{OUT}.trace")
modelled = model()
check_mismatch(modelled)
check_days(modelled, replayed, stations_told["room"])
check_never_negative(replayed)
check_without_reset(modelled)
test.done()
