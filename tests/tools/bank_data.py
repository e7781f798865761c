"""The bank's calls of February 1999, cleaned as ../shared/data/SOURCES.md says.

The definition that reproduces every figure published there:
- PHANTOM rows and rows with a negative menu time are dropped;
- a call *queued* if its q_time_s is above 0. Its wait is q_time_s, from
  q_start to the exit from the queue (the service's clock often starts a second
  earlier, which is the switch at work, not the agent);
- an AGENT call that never queued was answered as its service began (where even
  that is missing, as it left the menu) after a wait of 0;
- a HANG call with q_time_s 0 left without queueing: it was never offered;
- a service lasts ser_time_s from the answer;
- a time of day far below the row's first one belongs to the next day.
"""
import csv
import datetime
import math
from collections import namedtuple

FIRST_DAY = datetime.date(1999, 2, 1)
DAY_S = 86400

Call = namedtuple("Call", "day opened closed service_s outcome server")


def _clock(text):
    hours, minutes, seconds = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)


def _instant(row, day, key):
    """Seconds since the month began of a column, midnight carried."""
    at = _clock(row[key])
    if at < _clock(row["vru_entry"]) - DAY_S // 2:
        at += DAY_S
    return day * DAY_S + at


def _call(row):
    date = row["date"]
    day = (datetime.date(1900 + int(date[:2]), int(date[2:4]), int(date[4:])) - FIRST_DAY).days
    wait = int(row["q_time_s"])
    served = row["outcome"] == "AGENT"
    if wait > 0:
        opened = _instant(row, day, "q_start")
    elif served:
        begun = row["ser_start"] != "0:00:00"
        opened = _instant(row, day, "ser_start" if begun else "vru_exit")
    else:
        return None
    return Call(day, opened, opened + wait, int(row["ser_time_s"]) if served else 0,
                "answered" if served else "abandoned", row["server"])


def load(path):
    """Every offered call, in order of opening."""
    calls = []
    with open(path, encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            if row["outcome"] == "PHANTOM" or int(row["vru_time_s"]) < 0:
                continue
            call = _call(row)
            if call:
                calls.append(call)
    return sorted(calls)


def nearest_rank(values, p):
    """Quantile by nearest rank: the smallest value that p of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(1, math.ceil(round(p * len(ordered), 6))) - 1]


def mean(values):
    return sum(values) / len(values)
