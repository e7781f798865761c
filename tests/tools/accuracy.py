"""What the engine makes of an invented day, beside what its people lived through."""
import datetime
import json
import math
import os
import subprocess
import sys
from collections import namedtuple

sys.dont_write_bytecode = True
import accuracy_shops
import tap

# What no sensor of these shops can know happens only where a case asks for it: nobody
# gives up, overtakes, changes lines, steps out of the sensor's sight while being served,
# passes the door as staff, or comes in so close behind a stranger as to be a couple.
ORDERLY = ("--groups", "0", "--merged", "0", "--staff", "0", "--deliveries", "0", "--jump", "0",
           "--change", "0", "--fidget", "0", "--spacing", "5")
PATIENT = ("--patience", "0")
# A wait counts as found when its beginning is within so much of the true one.
FOUND_S = 5.0
# A level is told to people in whole per cent.
WITHIN_POINTS = 0.5
START = datetime.datetime(2026, 3, 2, accuracy_shops.OPENS)

Lived = namedtuple("Lived", "arrived_s wait_s outcome kept")
Day = namedtuple("Day", "shop trace lived records summary")


def orderly(shop):
    # Who hangs up is heard to, and who presses for help and goes is found gone.
    return ORDERLY + (() if shop.name in ("phone", "call") else PATIENT)


def command(*words):
    program = os.path.join(tap.BUILD, "thirdring")
    run = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise RuntimeError(f"thirdring {' '.join(words)}: {run.returncode}: {run.stderr.strip()}")
    return run.stdout


def seconds(text):
    return (datetime.datetime.fromisoformat(text[:-1]) - START).total_seconds()


def live(shop, seed, where, *options, sets=()):
    """One day: simulated into `where`, and replayed, with other settings (replay --set)."""
    path = os.path.join(where, f"{shop.name}-{seed}")
    with open(f"{path}.conf", "w", encoding="utf-8") as conf:
        conf.write(accuracy_shops.config(shop))
    trace = command("simulate", "--config", f"{path}.conf", "--seed", str(seed), "--truth",
                    f"{path}.truth", *orderly(shop), *shop.options, *options)
    with open(f"{path}.trace", "w", encoding="utf-8") as out:
        out.write(trace)
    with open(f"{path}.truth", encoding="utf-8") as lines:
        truth = [json.loads(line) for line in lines]
    told = [json.loads(line) for line in
            command("replay", "--config", f"{path}.conf", *(w for one in sets for w in ("--set", one)),
                    f"{path}.trace").splitlines()]
    for name in ("conf", "trace", "truth"):
        os.unlink(f"{path}.{name}")
    lived = sorted(Lived(t["arrived_s"], t["wait_s"], t["outcome"], t["kept"])
                   for t in truth if t["type"] == "customer" and t["wait_s"] >= shop.least_s)
    records = sorted(((seconds(r["opened"]), r["wait_s"], r) for r in told if r["type"] == "wait"),
                     key=lambda one: one[:2])
    return Day(shop, trace, lived, records, told[-1]["stations"]["it"])


def pairs(day, within_s=FOUND_S):
    """Each truth beside the record of its beginning; None where either has no other."""
    found, i = [], 0
    for lived in day.lived:
        while i < len(day.records) and day.records[i][0] < lived.arrived_s - within_s:
            found.append((None, day.records[i]))
            i += 1
        if i < len(day.records) and day.records[i][0] <= lived.arrived_s + within_s:
            found.append((lived, day.records[i]))
            i += 1
        else:
            found.append((lived, None))
    return found + [(None, record) for record in day.records[i:]]


def differences(day):
    """Of a day with perfect sensors: whatever is not the same to the millisecond."""
    wrong = []
    for lived, record in pairs(day, 0.0011):
        if lived is None:
            wrong.append(f"nobody lived through {json.dumps(record[2])}")
        elif record is None:
            wrong.append(f"no record of {lived}")
        elif lived.outcome != record[2]["outcome"] or abs(lived.wait_s - record[1]) > 0.0011:
            wrong.append(f"{lived} is told as {json.dumps(record[2])}")
    return wrong


# What one day's figures are worth. None: cannot be said.
Score = namedtuple("Score", "found_pct extra_pct each_s mean_s p90_s level within coverage_pct")


def true_mean(day):
    waits = [one.wait_s for one in day.lived if one.outcome == "answered"]
    return sum(waits) / len(waits) if waits else None


def true_p90(day):
    waits = sorted(one.wait_s for one in day.lived if one.outcome == "answered")
    return waits[math.ceil(0.9 * len(waits)) - 1] if waits else None


def true_level(day):
    counted = [one.kept for one in day.lived if one.kept is not None]
    return 100.0 * sum(counted) / len(counted) if counted else None


def minus(got, true):
    return None if got is None or true is None else got - true


def score(day):
    matched = [(lived, record) for lived, record in pairs(day) if lived and record]
    extra = sum(lived is None for lived, _ in pairs(day))
    each = [abs(record[1] - lived.wait_s) for lived, record in matched
            if lived.outcome == record[2]["outcome"] == "answered"]
    got = day.summary
    low, high = got["service_level_low_pct"], got["service_level_high_pct"]
    level = true_level(day)
    within = (None if None in (low, high, level)
              else low - WITHIN_POINTS <= level <= high + WITHIN_POINTS)
    return Score(100.0 * len(matched) / len(day.lived), 100.0 * extra / len(day.lived),
                 sum(each) / len(each) if each else None,
                 minus(got["wait_s"]["mean"], true_mean(day)),
                 minus(got["wait_s"]["p90"], true_p90(day)),
                 minus(got["service_level_pct"], level), within, got["coverage_pct"])


def edges(day):
    """(seconds, sensor, level) of a day's trace."""
    for line in day.trace.splitlines():
        words = line.split()
        if len(words) == 3 and words[2] in "01":
            yield float(words[0]), words[1], words[2] == "1"


def spread(values):
    """Mean and standard deviation of what can be said; None."""
    known = [v for v in values if v is not None]
    if not known:
        return None
    mean = sum(known) / len(known)
    return mean, math.sqrt(sum((v - mean) ** 2 for v in known) / len(known))
