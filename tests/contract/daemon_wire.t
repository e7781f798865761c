#!/usr/bin/python3
"""What a whole day looks like on the wire: the demo through the real daemon and
a real broker. Every message fits its schema, every record is the one `thirdring
replay` prints, and state is retained where news is not."""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402
import tracefile  # noqa: E402
import validate  # noqa: E402

live.need_broker()
t = tap.Tap()
contract = validate.Contract()
broker = live.Broker().start()
truth, summary = tap.replay(live.DEMO_CONF, live.DEMO_TRACE)


def one_day(name, speed, *sets):
    """The demo day to its end: (capture, journal's path)."""
    path = os.path.join(live.folder(), "journal.db")
    capture = live.Capture(broker)
    seen = len(capture.messages)
    daemon = live.Daemon(live.DEMO_CONF, f"gpio.speed={speed}", f"mqtt.uri={broker.uri}",
                         # at its end it has ten seconds to tell what it has not yet
                         "mqtt.backfill_per_s=10000",
                         f"journal.path={path}", *sets, args=["--exit-at-end"])
    t.same(daemon.wait(live.PATIENCE_S * 2), 0, f"{name}: the day ends with exit code")
    capture.farewell(seen)
    capture.stop()
    del capture.messages[:seen]  # what lay there from before
    return capture, path


def check_schema(name, capture):
    wrong = []
    for m in capture.messages:
        wrong += [f"{m.topic}: {e}: {m.payload[:200]}"
                  for e in contract.errors(live.below(m.topic), m.retain, m.qos, m.payload)]
    t.ok(not wrong, f"{name}: each of {len(capture.messages)} messages fits its schema, retain "
         "flag and QoS", *wrong[:10])


def check_records(name, capture, path):
    got = capture.records()
    plain = [live.without_hist(r) for r in got]
    t.same(len(plain), len(truth), f"{name}: records at the broker")
    differ = [f"{a}\n{b}" for a, b in zip(plain, truth) if a != b]
    t.ok(not differ, f"{name}: each is the one replay prints, in order, ids and mono_ms too",
         *differ[:3])
    t.ok([r["seq"] for r in got] == list(range(1, len(got) + 1)), f"{name}: seq without a gap")
    kinds = {r["seq"]: r["type"] for r in truth}
    t.ok(live.journal_records(path) == kinds, f"{name}: the journal holds the same")
    t.same(live.journal_rows(path, "SELECT (SELECT count(*) FROM outbox),"
                             "(SELECT count(*) FROM dead_letter)"), [(0, 0)],
           f"{name}: left in outbox and dead letters")
    return got


def first(messages, pattern):
    return next((i for i, m in enumerate(messages)
                 if live.re.fullmatch(pattern, live.below(m.topic))), None)


def check_manners(capture):
    messages = capture.messages
    t.same(capture.availability(), ["online", "offline"], "availability says")
    t.same(live.below(messages[-1].topic), "availability", "the last word of all is")
    online = first(messages, "availability")
    before = {live.below(m.topic) for m in messages[:online]}
    state = {live.below(m.topic) for m in messages if m.retain == "1"} - {"availability"}
    missing = state - before
    t.ok(not missing, f"online is said after all {len(before)} states", missing)
    early = [m.topic for m in messages[:online]
             if live.below(m.topic).startswith(("event/", "journal/"))]
    t.ok(not early, "no news and no record before it", early[:5])
    news = capture.of("event/.*")
    t.ok(news and not [m for m in news if m.retain != "0"], "news come, none retained")
    praise = [json.loads(m.payload) for m in capture.of("praise")]
    streaks = [s for s in (json.loads(m.payload) for m in capture.of("event/.*"))
               if s.get("event_type") == "streak" and s["streak"] >= 10]
    lost = [s for s in streaks if s not in praise]
    t.ok(streaks and not lost, f"{len(praise)} streaks of ten and more are praised", *lost)


def check_figures(capture):
    """The live figures end where the trace's summary does."""
    last = {m.topic.split("/")[-2]: json.loads(m.payload) for m in capture.of("station/.*/metrics")}
    for station, want in summary.items():
        names = ("answered", "abandoned", "expired", "void", "unknown")
        t.same({n: last[station][n] for n in names}, {n: want[n] for n in names},
               f"{station}: the metrics' last outcomes")
    said = [json.loads(m.payload)["at"] for m in capture.of("metrics")]
    t.ok(len(said) > 1 and said == sorted(said) and said[-1][:10] == "2026-03-02"
         and said[-1] > max(json.loads(m.payload)["at"] for m in capture.of("journal/vote")),
         "the unit's figures say when, by the trace's clock", said)


def check_retained(capture):
    """Who comes late finds the last state of everything, and nothing else."""
    late = live.Capture(broker, as_published=False)
    lie = {m.topic: m.payload for m in late.messages if m.retain == "1"}
    want = {m.topic: m.payload for m in capture.messages if m.retain == "1"}
    stale = [topic for topic in want if lie.get(topic, "") != want[topic]]
    t.ok(not stale, f"a late subscriber finds the last of {len(want)} states", *stale[:5])
    t.ok(not set(lie) - set(want), "and nothing that is not state", *sorted(set(lie) - set(want)))
    late.stop()
    lit = [topic for topic, word in lie.items() if "/output/" in topic and word != "OFF"]
    t.ok(not lit, "no output stays lit after the end", lit)
    alerts = {}
    for m in capture.of("journal/alert"):
        record = json.loads(m.payload)
        alerts[record["alert"]] = record["state"]
    shown = {m.topic.rsplit("/", 1)[1]: json.loads(m.payload)["state"]
             for m in capture.of("alert/.*") if m.payload}
    t.ok(alerts and all(shown.get(a) == s for a, s in alerts.items()),
         "each alert's topic shows its newest record's state", alerts, shown)


def check_inputs(capture):
    """An input's last state is what its line says last. News of it come, though not for
    sure all: where a broker is slow they are not said."""
    news = {m.topic.rsplit("/", 1)[1] for m in capture.of("event/input/.*")}
    last = {sensor: level for _, sensor, level in tracefile.read_edges(live.DEMO_TRACE)}
    state = {m.topic.split("/")[-2]: m.payload for m in capture.of("input/.*/state")}
    on = {m.topic.split("/")[-2] for m in capture.of("input/.*/state") if m.payload == "ON"}
    # A press may begin and end before there is room to say so, in a day this fast.
    t.ok(on, f"{len(on)} of {len(state)} inputs were seen ON", set(state) - on)
    wrong = [s for s, word in state.items() if word != ("ON" if last.get(s) else "OFF")]
    t.ok(len(news) > len(state) / 2 and not wrong,
         f"each of {len(state)} inputs, {len(news)} with news, ends as its line does", wrong)


day, journal = one_day("1200 times as fast", 1200)
check_schema("1200 times as fast", day)
check_records("1200 times as fast", day, journal)
hist = ["hist" in r for r in day.records()]
t.ok(hist == sorted(hist, reverse=True) and not hist[-1],
     f"back-fill is what happened before the connection: {sum(hist)} records")
check_manners(day)
check_figures(day)
check_retained(day)
check_inputs(day)

# As fast as it can, the records are behind the day: they may be back-fill.
for label, speed, sets in (("as fast as it can", 0, ()),
                           ("MQTT 3.1.1", 0, ("mqtt.version=3",))):
    day, journal = one_day(label, speed, *sets)
    check_schema(label, day)
    check_records(label, day, journal)

# --- the last will -------------------------------------------------------------
capture = live.Capture(broker)
daemon = live.Daemon(live.DEMO_CONF, "gpio.speed=60", f"mqtt.uri={broker.uri}",
                     f"journal.path={live.folder()}/journal.db")
capture.wait("availability", lambda m: m.payload == "online")
seen = len(capture.messages)
daemon.stop(signal.SIGKILL)
will = capture.wait("availability", after=seen)
t.same((will.payload, will.retain, will.qos), ("offline", "1", "1"), "killed: the last will says")
capture.stop()
complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
