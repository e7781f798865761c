"""What would be built otherwise, from the very same edges, in plain Python.

Both read raw edges: no debounce, no rule about people. Each gets the kindest
form of it that is still simple; what it cannot say at all is None.

counter   A number that each arrival's sensor raises and each service's lowers,
          never below 0, set to 0 at opening time. Where one answer reaches all
          who wait (door, call button), the answer sets it to 0. It is looked at
          every 10 s, as a poll or an MQTT push would, and the mean wait is its
          mean divided by arrivals per second (Little's law).
stats     As Home Assistant's history_stats does it: how long something was on
          ("type: time") divided by how often it went on ("type: count").
          "head": the sensor of the first place in the line. "ringing": the
          ring detector behind a delay_off of 5 s, or each burst would be a call;
          those 5 s are taken off again.
          "latched": a helper that the arrival's sensor switches on and the
          answer switches off.

At a door both count whoever breaks the inner beam while the outer one is
broken: that much direction is one line in any automation.
"""
from collections import namedtuple

import accuracy_shops

Claim = namedtuple("Claim", "arrivals mean_s")
SAMPLE_S, DELAY_OFF_S = 10.0, 5.0
OPEN_S = (accuracy_shops.CLOSES - accuracy_shops.OPENS) * 3600.0


def walks_in(edges):
    """The edges, but of "inner" only the breaks that come after "outer"'s."""
    outer = False
    for at, sensor, active in edges:
        outer = active if sensor == "outer" else outer
        if sensor != "inner" or not active or outer:
            yield at, sensor, active


def counter(shop, edges):
    if shop.counted is None:
        return None
    come, go, answers_all = shop.counted
    waiting = arrivals = samples = total = 0
    next_at = SAMPLE_S
    for at, sensor, active in walks_in(edges):
        while next_at <= min(at, OPEN_S):
            samples += 1
            total += waiting
            next_at += SAMPLE_S
        if active and sensor in come:
            arrivals += 1
            waiting += 1
        elif active and sensor in go:
            waiting = 0 if answers_all else max(0, waiting - 1)
    while next_at <= OPEN_S:
        samples += 1
        total += waiting
        next_at += SAMPLE_S
    if arrivals == 0:
        return Claim(0, None)
    return Claim(arrivals, total / samples / (arrivals / OPEN_S))


def on_time(changes):
    """(times switched on, seconds on) of (at, active)."""
    times, total, since = 0, 0.0, None
    for at, active in changes:
        if active and since is None:
            times += 1
            since = at
        elif not active and since is not None:
            total += at - since
            since = None
    return times, total


def delayed_off(changes):
    """A template sensor's delay_off: off only when it has been off for so long."""
    off_at = None
    for at, active in changes:
        if off_at is not None and at >= off_at:
            yield off_at, False
        off_at = None if active else at + DELAY_OFF_S
        if active:
            yield at, True
    if off_at is not None:
        yield off_at, False


def stats(shop, edges):
    if shop.occupied is None:
        return None
    how, sensors = shop.occupied
    if how == "latched":
        changes = ((at, sensor == sensors[0]) for at, sensor, active in walks_in(edges)
                   if active and sensor in sensors)
    else:
        changes = ((at, active) for at, sensor, active in edges if sensor in sensors)
    times, total = on_time(delayed_off(changes) if how == "ringing" else changes)
    total -= times * DELAY_OFF_S if how == "ringing" else 0.0
    return Claim(times, total / times if times else None)
