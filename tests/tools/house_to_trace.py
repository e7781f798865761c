#!/usr/bin/python3
"""Turn a home's recorded switches into a trace of doors.

    house_to_trace.py SWITCHES NAMES OUT

writes OUT.trace and OUT.conf. Each switch is active from its start for its
duration, to the second, as recorded. Each is the single contact of a door of
its own, so that every one of them is counted by the rules of RULES 7, and none
may be active for a day.
"""
import argparse
import datetime
import sys
from collections import namedtuple

sys.dont_write_bytecode = True
import tracefile

DAY_S = 24 * 3600
STUCK_ON_S = DAY_S
REARM_S = 5
Event = namedtuple("Event", "begin_s lasts_s switch")


def load(path):
    """Events in order of beginning, in seconds since their first midnight (UTC); that midnight."""
    with open(path, encoding="utf-8") as text:
        rows = [tuple(int(word) for word in line.split()) for line in text if line.strip()]
    zero = min(begin for begin, _, _ in rows) // DAY_S * DAY_S
    return (sorted(Event(begin - zero, lasts, switch) for begin, lasts, switch in rows),
            datetime.datetime.fromtimestamp(zero, datetime.timezone.utc))


def names(path):
    with open(path, encoding="utf-8") as text:
        return {int(number): name.strip() for number, name in
                (line.split("\t", 1) for line in text if line.strip())}


def door(switch):
    return f"door{switch}"


def convert(events, start, called, out):
    trace = tracefile.Trace(f"{start:%Y-%m-%dT%H:%M:%SZ}", ["A home's switches."])
    for event in events:
        # Where one ends as the next begins, the contact opens before it closes.
        trace.active(event.begin_s * 1000, f"switch{event.switch}", event.lasts_s * 1000, 1, 0)
    trace.write(f"{out}.trace")
    switches = sorted({event.switch for event in events})
    sensors = [f'  {{ id = "switch{s}"; type = "contact"; line = "{s}"; '
               f'name = "{called.get(s, s)}"; stuck_on_s = {STUCK_ON_S}.0; }}' for s in switches]
    sensors.append('  { id = "greet"; type = "button"; line = "greet"; }')
    stations = ",\n".join(
        f'  {{ id = "{door(s)}"; kind = "greeting"; arrive = "switch{s}"; answer = "greet";\n'
        f"    rearm_s = {REARM_S}.0; party_window_s = 0.0; target = {{ seconds = 30.0; }}; }}"
        for s in switches)
    with open(f"{out}.conf", "w", encoding="utf-8") as conf:
        conf.write(tracefile.config("house", sensors, stations))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("switches")
    parser.add_argument("names")
    parser.add_argument("out")
    args = parser.parse_args()
    convert(*load(args.switches), names(args.names), args.out)


if __name__ == "__main__":
    main()
