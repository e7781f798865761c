#!/usr/bin/python3
"""A bank's month of real calls through replay, against the published figures.

The data are not in the repository (tests/data/README.md); without them this
test skips. Figures marked "published" are those of SOURCES.md; "model" ones
are computed here from the calls, because sensors see something else there.
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "tools"))
import bank_data
import bank_to_trace
import fifo_line
import tap
import tracefile
from bank_data import mean, nearest_rank

CSV = tap.need_data("bank-1999-02.csv")
WORK = tap.work_dir("bank")
CALLS = bank_data.load(CSV)
QUANTILES = (("p50", 0.5), ("p90", 0.9), ("p95", 0.95))
# T: answered within T of offered, of answered; (answered + abandoned within T) of offered
PUBLISHED_LEVELS = {20: (0.5217, 0.5972, 0.5611), 60: (0.6738, 0.7713, 0.7530),
                    120: (0.7754, 0.8877, 0.8808)}
test = tap.Tap()


def run(form, calls, name, *sets, day=None):
    out = os.path.join(WORK, name)
    bank_to_trace.convert(calls, form, out, day)
    return tap.replay(f"{out}.conf", f"{out}.trace", *sets)


def again(name, *sets):
    out = os.path.join(WORK, name)
    return tap.replay(f"{out}.conf", f"{out}.trace", *sets)


def waits(records, outcome=None):
    return [r for r in records if r["type"] == "wait" and outcome in (None, r["outcome"])]


def seconds(records, key="wait_s"):
    return [round(r[key], 3) for r in records]


def check_counts(summary, form):
    served = [c for c in CALLS if c.outcome == "answered"]
    test.same(summary["arrivals"], 31071, f"{form}: offered (published)")
    test.same(summary["answered"], 27141, f"{form}: served (published)")
    test.same(summary["abandoned"], 3930, f"{form}: abandoned in the queue (published)")
    test.same(100 * summary["abandoned"] / summary["arrivals"], 12.65,
              f"{form}: abandonment in % (published)", 2)
    test.same(sum(c.opened == c.closed for c in served), 13066,
              "served without queueing (published)")
    test.same([summary[k] for k in ("expired", "void", "unknown")], [0, 0, 0],
              f"{form}: expired, void, unknown")


def check_served(records, summary, form):
    """Waits and services of the served: no sensor rounds these."""
    answered = waits(records, "answered")
    all_s, queued_s = seconds(answered), [w for w in seconds(answered) if w > 0]
    services = [s for s in seconds(answered, "service_s") if s > 0]
    test.same(len([w for w in all_s if w == 0]), 13066, f"{form}: answered at once (published)")
    test.same(summary["wait_s"]["n"], 27141, f"{form}: summary wait n (published)")
    test.same(summary["wait_s"]["mean"], 40.730, f"{form}: wait of all served, mean (published)", 3)
    for (name, _), value in zip(QUANTILES, (6, 131, 189)):
        test.same(summary["wait_s"][name], value, f"{form}: wait of all served, {name} (published)")
    test.same(len(queued_s), 14075, f"{form}: queued and served (published)")
    test.same(mean(queued_s), 78.540, f"{form}: wait of queued and served, mean (published)", 3)
    for (name, p), value in zip(QUANTILES + (("p99", 0.99),), (52, 186, 239, 359)):
        test.same(nearest_rank(queued_s, p), value,
                  f"{form}: wait of queued and served, {name} (published)")
    test.same(len(services), 27056, f"{form}: services above 0, n (published)")
    test.same(mean(services), 176.937, f"{form}: service above 0, mean (published)", 3)
    for (name, p), value in zip(QUANTILES + (("p99", 0.99),), (107, 409, 584, 1064)):
        test.same(nearest_rank(services, p), value, f"{form}: service above 0, {name} (published)")


def check_levels(form, first_records):
    """The table of service levels; the target is a what-if of the same trace."""
    for target, (of_offered, of_served, both) in PUBLISHED_LEVELS.items():
        records, stations = again(form, f"stations.bank.target.seconds={target}")
        answered, offered = waits(records, "answered"), len(waits(records))
        kept = sum(r["in_target"] for r in answered)
        test.same(stations["bank"]["service_level_pct"] / 100, of_offered,
                  f"{form}: served within {target} s of offered (published)", 4)
        test.same(kept / len(answered), of_served,
                  f"{form}: served within {target} s of served (published)", 4)
        if form == "steady":
            gone = sum(w <= target for w in seconds(waits(first_records, "abandoned")))
            test.same((kept + gone) / offered, both,
                      f"{form}: served or gone within {target} s of offered (published)", 4)


def check_bursts(records, summary):
    """What a ring detector cannot know: a caller who hangs up in the pause
    between two bursts was last heard when the burst before it ended. So an
    abandonment is up to 4 s short; the model rounds the calls the same way."""
    test.note("phone: abandoned waits are rounded down to the last burst heard (up to 4 s)")
    heard = sorted(bank_to_trace.heard_ms((c.closed - c.opened) * 1000) / 1000
                   for c in CALLS if c.outcome == "abandoned")
    test.ok(sorted(seconds(waits(records, "abandoned"))) == heard,
            "phone: every abandoned wait ends with its last burst (model)")
    test.same(summary["abandoned_s"]["mean"], round(mean(heard), 3),
              "phone: abandoned, mean to the last burst (model)", 3)
    for name, p in QUANTILES:
        test.same(summary["abandoned_s"][name], nearest_rank(heard, p),
                  f"phone: abandoned, {name} to the last burst (model)")
    rings = sorted((c.closed - c.opened, (c.closed - c.opened) // 6 + 1)
                   for c in CALLS if c.outcome == "answered")
    got = sorted((round(r["wait_s"]), r["rings"]) for r in waits(records, "answered"))
    test.ok(got == rings, "phone: every answered call heard floor(wait / 6) + 1 rings (model)")


def kaplan_meier(pairs, p):
    """Smallest time at which p have ended; (time, ended) pairs, else censored."""
    survival, at_risk = 1.0, len(pairs)
    for at in sorted({at for at, _ in pairs}):
        ended = sum(1 for t, end in pairs if t == at and end)
        survival *= 1 - ended / at_risk
        if survival <= 1 - p + 1e-12:
            return at
        at_risk -= sum(1 for t, _ in pairs if t == at)
    return None


def check_censored(records):
    queued = [(r["wait_s"], r["outcome"] == "answered") for r in waits(records) if r["wait_s"] > 0]
    for p, value in ((0.25, 28), (0.5, 64), (0.9, 226), (0.95, 287)):
        test.same(kaplan_meier(queued, p), value, f"steady: Kaplan-Meier wait, p{p:.2f} (published)")
    patience = [(wait, not served) for wait, served in queued]
    for p, value in ((0.25, 93), (0.5, 280)):
        test.same(kaplan_meier(patience, p), value,
                  f"steady: Kaplan-Meier patience, p{p:.2f} (published)")


def check_days(month):
    """Day by day gives the very waits of the month in one go."""
    def lived(records):
        return [(r["opened"], r["closed"], r["outcome"], r["wait_s"], r["service_s"])
                for r in waits(records)]
    days = []
    for day in sorted({c.day for c in CALLS}):
        records, _ = run("steady", [c for c in CALLS if c.day == day], f"day{day + 1:02d}",
                         day=day)
        days += lived(records)
    test.ok(sorted(days, key=str) == sorted(lived(month), key=str),
            f"steady: {len(days)} waits of 28 days one by one are those of the month")


def check_line(name, calls, day):
    """The shop's line. First come, first served is an assumption: where a bank
    customer jumped the queue or hung up from the middle, each single wait goes
    to another person, but exits match joins one to one, so the sum of all
    waits, their mean and the area under the queue stay exact. Tails do not."""
    records, stations = run("line", calls, name, day=day)
    summary = stations["bank"]
    expected, unseen, longest, area_ms = fifo_line.run(
        tracefile.read_edges(os.path.join(WORK, f"{name}.trace")))
    want = sorted((round((w.closed_ms - w.opened_ms) / 1000, 3), w.outcome, w.position or "",
                   -1 if w.service_ms is None else w.service_ms / 1000) for w in expected)
    got = sorted((round(r["wait_s"], 3), r["outcome"], r["position"] or "",
                  -1 if r["service_s"] is None else r["service_s"]) for r in waits(records))
    differing = [f"expected {a}, got {b}" for a, b in zip(want, got) if a != b][:5]
    test.ok(want == got, f"{name}: {len(want)} waits are those of the model, one by one",
            f"{len(got)} waits", *differing)
    test.same(len(unseen), 0, f"{name}: services without a wait (model)")
    test.same(summary["queue_max"], longest, f"{name}: longest queue (model)")
    total = round(sum(seconds(waits(records))), 3)
    test.same(total, area_ms / 1000, f"{name}: sum of waits = area under the queue, in s")
    test.same(total, float(sum(c.closed - c.opened for c in calls)),
              f"{name}: sum of waits = what the callers lived through, in s")
    return total, summary, records


def check_third_of_february():
    day = 2
    calls = [c for c in CALLS if c.day == day and c.opened - day * bank_data.DAY_S >= 7 * 3600]
    total, summary, records = check_line("february3", calls, day)
    queued = sum(c.closed > c.opened for c in calls)
    test.same(queued, 915, "february3: joins after 07:00 (published)")
    test.same(total / queued, 62.694, "february3: mean wait of who queued (published)", 3)
    test.same(total / (17 * 3600), 0.937337, "february3: L = lambda W over 17 h (published)", 6)
    test.same(summary["queue_max"], 17, "february3: longest queue (published)")
    lived = sorted((c.closed - c.opened for c in calls if c.outcome == "answered"))
    test.note("what first come, first served cannot know: answered waits on 3 February",
              f"  as lived by the callers: p50 {nearest_rank(lived, .5)} p90 "
              f"{nearest_rank(lived, .9)} p95 {nearest_rank(lived, .95)} max {lived[-1]} s",
              "  as seen by the line:     " + " ".join(
                  f"{k} {summary['wait_s'][k]:.0f}" for k in ("p50", "p90", "p95", "max")) + " s")
    test.ok(all(r["order"] == "assumed" for r in waits(records, "answered")),
            "february3: every wait says that its order is assumed")


phone_records, phone = run("phone", CALLS, "phone")
check_counts(phone["bank"], "phone")
check_served(phone_records, phone["bank"], "phone")
check_levels("phone", phone_records)
check_bursts(phone_records, phone["bank"])
steady_records, steady = run("steady", CALLS, "steady")
check_counts(steady["bank"], "steady")
check_levels("steady", steady_records)
check_censored(steady_records)
check_days(steady_records)
check_third_of_february()
check_line("month", CALLS, None)
test.done()
