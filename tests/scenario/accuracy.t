#!/usr/bin/python3
"""Invented days with perfect sensors: every wait as it was lived, to the millisecond.

The same shops as in the table of etc/accuracy.md, the same seeds; so is each of
the two simpler ways that stand beside the engine there, on days worked out by
hand. What the engine is worth with sensors that miss and bounce is a figure
(tests/bench/accuracy), not a promise, but for two lines that it must not cross.
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import accuracy
import accuracy_shops
import rivals
import tap

SEEDS = range(1, 6)
# A row of places sees bodies, not people: who steps onto a place as another leaves
# it may be taken for the same one. So many of a hundred may begin otherwise, and so
# far may the mean be off.
ROWS = {"places": (5.0, 4.0), "row": (4.0, 1.0)}
WORK = tap.work_dir("accuracy")
test = tap.Tap()


def check_exact(shop):
    lived, wrong, unlike = 0, [], []
    for seed in SEEDS:
        day = accuracy.live(shop, seed, WORK)
        lived += len(day.lived)
        wrong += [f"seed {seed}: {w}" for w in accuracy.differences(day)]
        got = day.summary
        for what, a, b in (("level", got["service_level_pct"], accuracy.true_level(day)),
                           ("mean", got["wait_s"]["mean"], accuracy.true_mean(day)),
                           ("p90", got["wait_s"]["p90"], accuracy.true_p90(day)),
                           ("coverage", got["coverage_pct"], 100.0)):
            if abs(a - b) > 0.0011:
                unlike.append(f"seed {seed}: {what} {a}, lived {b}")
    test.ok(not wrong and lived > 50 * len(SEEDS),
            f"{shop.title}: {lived} waits of {len(SEEDS)} days, each to the millisecond", *wrong[:5])
    test.ok(not unlike, f"{shop.title}: level, mean, p90 and coverage are those of the truth",
            *unlike[:5])


def check_row(shop):
    most_pct, most_s = ROWS[shop.name]
    for seed in SEEDS:
        day = accuracy.live(shop, seed, WORK)
        score = accuracy.score(day)
        test.ok(100.0 - score.found_pct <= most_pct and abs(score.mean_s) <= most_s,
                f"{shop.title}, seed {seed}: {score.found_pct:.1f} % begin where they were lived, "
                f"mean off by {score.mean_s:+.2f} s")


def check_groups():
    """Families who follow one another are one customer, also past a beam or to a till."""
    for name in ("door", "tills", "both", "serve", "lines"):
        shop = next(s for s in accuracy_shops.SHOPS if s.name == name)
        day = accuracy.live(shop, 2, WORK, "--groups", "0.3", "--group-max", "3")
        wrong = accuracy.differences(day)
        test.ok(not wrong, f"{shop.title}: 30 % families, {len(day.lived)} waits, each exact",
                *wrong[:5])


def check_bounce():
    """Conditioning is there for it: contacts that bounce for less change nothing."""
    for name in ("door", "tickets", "phone", "call"):
        shop = next(s for s in accuracy_shops.SHOPS if s.name == name)
        day = accuracy.live(shop, 1, WORK, "--bounce-ms", "20")
        clean = accuracy.live(shop, 1, WORK)
        wrong = accuracy.differences(day)
        test.ok(not wrong and len(day.trace) > len(clean.trace),
                f"{shop.title}: contacts that bounce for up to 20 ms change nothing", *wrong[:5])


def check_misses():
    """Sensors that miss: the day is worse, and the figures know it is not the same day."""
    shop = next(s for s in accuracy_shops.SHOPS if s.name == "tills")
    day = accuracy.live(shop, 1, WORK, "--miss", "beam=0.05")
    score = accuracy.score(day)
    test.ok(90.0 < score.found_pct < 99.0 and score.each_s > 0.0,
            f"{shop.title}, 5 % missed: {score.found_pct:.1f} % found")
    test.same(day.summary["missed_joins"], sum(lived is not None and record is None
                                              for lived, record in accuracy.pairs(day)),
              f"{shop.title}, 5 % missed: each of them is published as a missed join")


def check_rivals():
    """Two customers who wait 20 s and 40 s, by hand."""
    shop = next(s for s in accuracy_shops.SHOPS if s.name == "tills")
    line = [(100.0, "join", True), (100.3, "join", False), (120.0, "till1", True),
            (200.0, "join", True), (200.3, "join", False), (240.0, "till1", False),
            (240.0, "till2", True)]
    # Looked at every 10 s, at 110 and 120 (the edge of that moment not yet seen) and at
    # 210 to 240: 6 of 3600 looks see one; over 36,000 s with two arrivals that is 30 s.
    test.same(rivals.counter(shop, line), rivals.Claim(2, 30.0), "counter: Little's law")
    test.same(rivals.stats(shop, line), None, "stats: nothing says when somebody waits")
    call = next(s for s in accuracy_shops.SHOPS if s.name == "call")
    presses = [(10.0, "call", True), (10.2, "call", False), (15.0, "call", True),
               (15.2, "call", False), (40.0, "answer", True), (40.2, "answer", False)]
    test.same(rivals.stats(call, presses), rivals.Claim(1, 30.0), "stats: a latched call")
    phone = next(s for s in accuracy_shops.SHOPS if s.name == "phone")
    bursts = [(0.0, "ring", True), (2.0, "ring", False), (6.0, "ring", True),
              (8.0, "ring", False), (60.0, "ring", True), (62.0, "ring", False)]
    test.same(rivals.stats(phone, bursts), rivals.Claim(2, 5.0),
              "stats: bursts behind a delay of 5 s are two calls of 8 s and 2 s")
    door = next(s for s in accuracy_shops.SHOPS if s.name == "door")
    walks = [(1.0, "outer", True), (1.2, "inner", True), (1.4, "outer", False),
             (1.6, "inner", False), (9.2, "greet", True), (9.4, "greet", False),
             (50.0, "inner", True), (50.2, "outer", True), (50.4, "inner", False),
             (50.6, "outer", False)]
    claim = rivals.stats(door, walks)
    test.same((claim.arrivals, round(claim.mean_s, 6)), (1, 8.0),
              "stats: one came in and was greeted after 8 s, one went out")


for one in accuracy_shops.SHOPS:
    if one.name in ROWS:
        check_row(one)
    else:
        check_exact(one)
check_groups()
check_bounce()
check_misses()
check_rivals()
test.done()
