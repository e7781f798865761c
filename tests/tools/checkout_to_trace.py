#!/usr/bin/python3
"""Turn the recorded till transactions into a trace of tills.

    checkout_to_trace.py [--join] CSV OUT

writes OUT.trace and OUT.conf. Each cashier is a position whose presence sensor
is active for each transaction. Transactions of 0 s are left out: nobody stood
there long enough to be seen, and the published figures leave them out too.

The data have no arrival times. With --join everybody breaks the join beam the
moment their transaction begins (an invented wait of 0), so that each service
shows up in a wait record; without it the beam sees nobody, and each is a
service without a wait.
"""
import argparse
import csv
import datetime
import sys
from collections import namedtuple

sys.dont_write_bytecode = True
import tracefile

PULSE_MS = 100
Transaction = namedtuple("Transaction", "begin_s cashier service_s idle_s")


def load(path):
    """Transactions above 0 s in order of beginning; their start, as a datetime."""
    with open(path, encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    begun = [datetime.datetime.fromisoformat(row["begin"]) for row in rows]
    start = min(begun).replace(hour=0, minute=0, second=0)
    return sorted(Transaction(round((begin - start).total_seconds()), row["cashier"],
                              int(row["service_s"]), int(row["idle_s"]))
                  for begin, row in zip(begun, rows) if int(row["service_s"]) > 0), start


def convert(transactions, start, out, join=False):
    trace = tracefile.Trace(f"{start.isoformat()}Z", ["Till transactions, nine cashiers."])
    last_join = None
    for t in transactions:
        begin_ms = t.begin_s * 1000
        if join:
            # Two cashiers may begin in the same second: the beam clears between.
            if last_join is not None:
                trace.edge(min(last_join + PULSE_MS, begin_ms), "join", 0, 1)
            trace.edge(begin_ms, "join", 1, 1)
            last_join = begin_ms
        trace.edge(begin_ms, f"till{t.cashier}", 1, 1)
        # Whoever ends in a second frees the till for whoever begins in it.
        trace.edge(begin_ms + t.service_s * 1000, f"till{t.cashier}", 0, 0)
    if last_join is not None:
        trace.edge(last_join + PULSE_MS, "join", 0)
    trace.write(f"{out}.trace")
    tills = sorted({f"till{t.cashier}" for t in transactions})
    sensors = [tracefile.sensor("join", "beam")]
    sensors += [tracefile.sensor(till, "presence") for till in tills]
    positions = ",\n".join(f'      {{ id = "{t}"; presence = "{t}"; }}' for t in tills)
    with open(f"{out}.conf", "w", encoding="utf-8") as conf:
        conf.write(tracefile.config(
            "checkout", sensors,
            '  { id = "tills"; kind = "queue"; join = "join"; min_stay_s = 0.0; gap_s = 0.0;\n'
            "    per_position = true; target = { seconds = 120.0; };\n"
            f"    positions = (\n{positions} ); }}"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--join", action="store_true", help="with invented joins")
    parser.add_argument("csv")
    parser.add_argument("out")
    args = parser.parse_args()
    convert(*load(args.csv), args.out, args.join)


if __name__ == "__main__":
    main()
