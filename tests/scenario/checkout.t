#!/usr/bin/python3
"""Recorded till transactions through replay: every service time is exact.

The data are not in the repository (tests/data/README.md); without them this
test skips. "Published" figures are those of SOURCES.md.
"""
import datetime
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "tools"))
import checkout_to_trace
import tap
from bank_data import mean, nearest_rank

TRANSACTIONS, START = checkout_to_trace.load(tap.need_data("checkout-2019.csv"))
WORK = tap.work_dir("checkout")
test = tap.Tap()


def run(name, join):
    out = os.path.join(WORK, name)
    checkout_to_trace.convert(TRANSACTIONS, START, out, join)
    return tap.replay(f"{out}.conf", f"{out}.trace")


def check_presence_alone():
    """A blind join beam: services, but nobody was seen to wait."""
    records, stations = run("presence", False)
    service = stations["tills"]["service_s"]
    test.same(service["n"], 9960, "tills alone: services (published)")
    test.same(service["mean"], 58.752, "tills alone: mean service (published)", 3)
    for key, value in (("p50", 48), ("p90", 115), ("p95", 146)):
        test.same(service[key], value, f"tills alone: service {key} (published)")
    test.same(service["max"], max(t.service_s for t in TRANSACTIONS), "tills alone: longest")
    test.same(stations["tills"]["arrivals"], 0, "tills alone: nobody was seen to wait")
    test.same(stations["tills"]["missed_joins"], 9960, "tills alone: each a missed join")
    test.same(sum(r["type"] == "wait" for r in records), 0, "tills alone: no wait records")


def check_each_service():
    records, stations = run("join", True)
    waits = [r for r in records if r["type"] == "wait"]
    got = sorted((r["position"], r["opened"], r["wait_s"], r["service_s"]) for r in waits)
    want = sorted((f"till{t.cashier}", opened(t), 0, t.service_s) for t in TRANSACTIONS)
    wrong = [f"expected {a}, got {b}" for a, b in zip(want, got) if a != b][:5]
    test.ok(got == want, f"with a join beam: {len(want)} services, each exact", *wrong)
    services = [r["service_s"] for r in waits]
    average = mean(services)
    spread = sum((s - average) ** 2 for s in services) / (len(services) - 1)
    test.same(len(services), 9960, "with a join beam: services (published)")
    test.same(average, 58.752, "with a join beam: mean service (published)", 3)
    test.same(spread / average ** 2, 0.581, "with a join beam: CV squared (published)", 3)
    for p, value in ((0.5, 48), (0.9, 115), (0.95, 146)):
        test.same(nearest_rank(services, p), value, f"with a join beam: p{p} (published)")
    test.same(stations["tills"]["wait_s"]["max"], 0, "with a join beam: nobody waits")


def opened(transaction):
    at = START + datetime.timedelta(seconds=transaction.begin_s)
    return at.isoformat(timespec="milliseconds") + "Z"


check_presence_alone()
check_each_service()
test.done()
