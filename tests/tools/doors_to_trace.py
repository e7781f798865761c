#!/usr/bin/python3
"""Turn the recorded counts of a door into a trace of a room.

    doors_to_trace.py CSV OUT

writes OUT.trace and OUT.conf. Whoever comes in breaks one beam, whoever goes
out another. The counts are of half hours; within each they are spread evenly
from its second to its last but one minute, those who come in a little before
those who go out. The business day is the data's, from midnight; the place is
closed for the minute before and the minute after it, in which nobody passes.
"""
import argparse
import csv
import datetime
import sys
from collections import namedtuple

sys.dont_write_bytecode = True
import tracefile

HALF_HOUR_MS, PULSE_MS = 30 * 60 * 1000, 100
FROM_MS, UNTIL_MS = 2 * 60 * 1000, 28 * 60 * 1000
DAY_MS = 48 * HALF_HOUR_MS
OUT, IN = "7", "9"
Passage = namedtuple("Passage", "ms inwards")


def load(path):
    """Passages in order, in ms since the first midnight; that midnight."""
    with open(path, encoding="utf-8", newline="") as text:
        rows = [(datetime.datetime.strptime(f"{day} {time}", "%m/%d/%y %H:%M:%S"), way, int(count))
                for way, day, time, count in csv.reader(text)]
    start = min(at for at, _, _ in rows)
    passages = []
    for at, way, count in rows:
        base = round((at - start).total_seconds()) * 1000
        step = (UNTIL_MS - FROM_MS) / max(count, 1)
        passages += [Passage(base + FROM_MS + round(step * (n + (0.25 if way == IN else 0.75))),
                             way == IN) for n in range(count)]
    # Of two at once the one who comes in is first.
    return sorted(passages, key=lambda one: (one.ms, not one.inwards)), start


def convert(passages, start, out):
    trace = tracefile.Trace(f"{start.isoformat()}Z", ["People in and out of one door."])
    for ms, inwards in passages:
        trace.active(ms, "way_in" if inwards else "way_out", PULSE_MS, 0 if inwards else 1)
    trace.write(f"{out}.trace")
    with open(f"{out}.conf", "w", encoding="utf-8") as conf:
        conf.write(tracefile.config(
            "door", [tracefile.sensor("way_in", "beam"), tracefile.sensor("way_out", "beam")],
            '  { id = "room"; kind = "queue"; join = "way_in"; serve = "way_out";\n'
            "    give_up_s = 0.0; target = { seconds = 1800.0; }; }")
            .replace('timezone = "UTC"', 'timezone = "UTC"; day_start = "00:00"') +
            'hours = ( { days = "mon-sun"; open = "00:01"; close = "23:59"; } );\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("csv")
    parser.add_argument("out")
    args = parser.parse_args()
    convert(*load(args.csv), args.out)


if __name__ == "__main__":
    main()
