#!/usr/bin/python3
"""Nothing reported is lost: thirdringd killed again and again in the middle of
its day, its broker too. At the end the broker has had every record of the
journal at least once, copies identical but for "hist", seq without a gap.

The moments are drawn from TR_SEED (printed); each run draws its own."""
import collections
import os
import random
import signal
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import mqttproxy  # noqa: E402
import tap  # noqa: E402
import wirestory  # noqa: E402

live.need_broker()
t = tap.Tap()
seed = int(os.environ.get("TR_SEED", random.randrange(1 << 32)))
rng = random.Random(seed)
t.note(f"TR_SEED={seed}")
truth, _ = tap.replay(live.DEMO_CONF, live.DEMO_TRACE)
SPEED = 3600 if live.SANITIZED else 7200  # the day in eleven seconds, or half of that
KILLS = 8
AGAIN = 5  # who could not tell all within his ten seconds is started once more


class Listener(wirestory.Listener):
    """It hears all that is acknowledged, also by a broker killed the next moment; the
    broker keeps what comes while it is away."""

    def listen(self, s):
        super().listen(Session(s))


class Session:
    """A socket on which who connects goes on with the session he had."""

    def __init__(self, s):
        self.socket = s

    def sendall(self, data):
        if data and mqttproxy.kind(data) == mqttproxy.CONNECT:
            name = mqttproxy.text("listener")
            data = mqttproxy.packet(mqttproxy.CONNECT << 4, mqttproxy.text("MQTT") + b"\x05\0\0\0"
                                    + b"\x05\x11" + struct.pack(">I", 3600) + name)
        self.socket.sendall(data)

    def recv(self, n):
        return self.socket.recv(n)


class Shop:
    """A broker, somebody who listens all the while, a journal that is kept."""

    def __init__(self):
        self.broker = live.Broker().start()
        self.capture = Listener(self.broker)
        self.broker.save()
        self.journal = os.path.join(live.folder(), "journal.db")
        self.conf = live.DEMO_CONF

    def daemon(self, *sets, last=False):
        return live.Daemon(self.conf, f"gpio.speed={SPEED}", f"mqtt.uri={self.broker.uri}",
                           f"gpio.trace={live.DEMO_TRACE}", f"journal.path={self.journal}", *sets,
                           args=["--exit-at-end"] if last else [])

    def finish(self, name):
        """The rest of the day, then the reckoning."""
        for _ in range(AGAIN):
            mark = len(self.capture.messages)
            daemon = self.daemon("mqtt.backfill_per_s=10000", last=True)
            t.same(daemon.wait(live.PATIENCE_S * 2), 0, f"{name}: the last one lives to the end")
            if live.journal_rows(self.journal, "SELECT count(*) FROM outbox") == [(0,)]:
                break
        self.capture.farewell(mark)
        self.capture.stop()
        self.broker.stop()
        return reckon(name, self)


def reckon(name, shop):
    """All that must hold at the end of any such day."""
    kept = live.journal_records(shop.journal)
    got = shop.capture.records()
    copies = collections.defaultdict(list)
    for record in got:
        copies[record["seq"]].append(record)
    again = sum(len(c) > 1 for c in copies.values())
    hist = sum("hist" in r for r in got)
    t.note(f"{name}: {len(kept)} records, {len(got)} came, {again} more than once, {hist} as "
           f"back-fill; undisturbed it would have been {len(truth)}")
    lost = sorted(set(kept) - set(copies))
    t.ok(not lost, f"{name}: each record of the journal came at least once", lost[:20])
    t.ok(not set(copies) - set(kept), f"{name}: and none that the journal does not have",
         sorted(set(copies) - set(kept))[:20])
    t.ok(sorted(kept) == list(range(1, len(kept) + 1)), f"{name}: seq without a gap",
         sorted(set(range(1, len(kept) + 1)) - set(kept))[:20])
    differ = [f"{c[0]}\n{other}" for c in copies.values() for other in c
              if live.without_hist(other) != live.without_hist(c[0])]
    t.ok(not differ, f"{name}: copies are identical but for hist", *differ[:3])
    first_seen = list(copies)
    t.ok(first_seen == sorted(first_seen), f"{name}: what came first came in order")
    ids = [c[0]["id"] for c in copies.values() if c[0]["type"] == "wait"]
    t.ok(len(ids) == len(set(ids)), f"{name}: no wait's id twice")
    t.same(live.journal_rows(shop.journal, "SELECT (SELECT count(*) FROM outbox),"
                             "(SELECT count(*) FROM dead_letter)"), [(0, 0)],
           f"{name}: left in outbox and dead letters")
    return [c[0] for c in copies.values()]


def key(wait):
    return wait["station"], wait["opened"], wait["closed"], wait["outcome"]


def check_waits(name, records, restarts):
    """A wait no restart fell into is the wait it always was."""
    waits = [r for r in records if r["type"] == "wait"]
    have = {key(w) for w in waits if w["accurate"]}
    want = [w for w in truth if w["type"] == "wait"]
    missing = [w for w in want if key(w) not in have]
    touched = [w for w in waits if not w["accurate"]]
    t.note(f"{name}: {len(touched)} waits say that a restart fell into them")
    # A line's order is assumed, so that one restart may touch all who stand in it.
    t.ok(len(missing) <= 12 * restarts and abs(len(waits) - len(want)) <= 6 * restarts,
         f"{name}: {len(want) - len(missing)} of {len(want)} waits as if nothing had happened",
         *[f"missing {key(w)}" for w in missing[:10]])


def pause():
    """Some moments fall into the start, most into the day."""
    s = rng.uniform(0, 0.12) if rng.random() < 0.3 else rng.uniform(0.12, 0.7)
    return s * 7200 / SPEED


def killed_by(name, sig):
    shop = Shop()
    for _ in range(KILLS):
        daemon = shop.daemon()
        time.sleep(pause())
        code = daemon.stop(sig)
        if sig == signal.SIGTERM and code not in (0, -signal.SIGTERM):
            t.ok(False, f"{name}: ends with 0 when told to", code, *daemon.text()[-3:])
    check_waits(name, shop.finish(name), KILLS)


def broker_dies():
    """Each of the two is killed and comes back, in any order."""
    name = "broker and daemon killed"
    shop = Shop()
    daemon = shop.daemon()
    daemon.wait_said("connected to")
    for _ in range(3):
        time.sleep(pause())
        shop.broker.stop(rng.choice([signal.SIGKILL, signal.SIGTERM]))
        time.sleep(pause())
        if rng.random() < 0.7:
            daemon.stop(rng.choice([signal.SIGKILL, signal.SIGTERM]))
            daemon = shop.daemon()
            time.sleep(pause())
        shop.broker.start()
        # What is for somebody who is away lies in the broker's memory alone.
        shop.capture.settle()
        time.sleep(pause())
    daemon.stop(signal.SIGKILL)
    shop.finish(name)


def no_broker_at_first():
    """A broker that comes late hears all of it, in order, as back-fill."""
    name = "the broker comes late"
    shop = Shop()
    shop.broker.stop()
    daemon = shop.daemon("gpio.speed=0")
    daemon.wait_said("the trace has ended")
    kept = len(truth)
    live.wait_until(lambda: len(live.journal_records(shop.journal)) == kept, "the last commit")
    shop.broker.start()
    daemon.wait_said("connected to")
    shop.capture.settle()
    live.wait_until(lambda: len(shop.capture.of("journal/.*")) >= kept, f"{kept} records")
    daemon.stop()
    shop.capture.settle()
    got = shop.capture.records()
    seqs = [r["seq"] for r in got]
    t.same(len(got), len(truth), f"{name}: records that come, each once")
    t.ok(seqs == sorted(seqs) and len(set(seqs)) == len(seqs), f"{name}: in order")
    t.ok(all(r.get("hist") is True for r in got), f"{name}: with hist: true",
         sum("hist" not in r for r in got))
    t.ok([live.without_hist(r) for r in got] == truth, f"{name}: and as replay has them")
    shop.capture.stop()
    shop.broker.stop()


def configuration_changes():
    """Another plan between death and restart: who waits then still waits, under
    the old promise, read from the journal; who comes later has the new one."""
    name = "the configuration changes"
    shop = Shop()
    text = open(live.DEMO_CONF, encoding="utf-8").read()
    where = live.folder()
    shop.conf = live.write(os.path.join(where, "shop.conf"), text)
    trace = live.write(os.path.join(where, "day.trace"),
                       "# thirdring trace 1\n# start 2026-03-02T09:00:00Z\n"
                       "10 line_in 1\n10.3 line_in 0\n"
                       "40 fitting_call 1\n40.5 fitting_call 0\n"
                       "900 till_1 1\n960 till_1 0\n"
                       "1000 line_in 1\n1000.3 line_in 0\n"
                       "1400 till_1 1\n1460 till_1 0\n"
                       "1500 fitting_done 1\n1500.5 fitting_done 0\n2000 line_in 1\n"
                       "2000.5 line_in 0\n2010 till_2 1\n2090 till_2 0\n")

    def daemon(speed, *args):
        return live.Daemon(shop.conf, f"gpio.speed={speed}", f"mqtt.uri={shop.broker.uri}",
                           f"gpio.trace={trace}", f"journal.path={shop.journal}",
                           "stations.fitting.give_up_s=3600", "stations.tills.idle_empty_s=0",
                           args=args)

    first = daemon(20)  # between the call and what comes next lie forty seconds
    # Until the press is in the journal, for sure.
    shop.capture.wait("station/fitting/state", lambda m: '"waiting":1' in m.payload)
    live.wait_until(lambda: live.journal_rows(shop.journal, "SELECT source_ns FROM tail")[0][0]
                    > 41e9, "the journal to have the call")
    first.stop(signal.SIGKILL)
    reached = live.journal_rows(shop.journal, "SELECT source_ns FROM tail")[0][0] / 1e9
    t.ok(reached < 900, f"{name}: killed while two wait ({reached:.0f} s into the trace)")
    live.write(shop.conf, text.replace("seconds = 120.0", "seconds = 500.0")
               .replace('id = "phone"; kind', 'id = "telephone"; kind')
               .replace("{ seconds = 60.0", "{ seconds = 2000.0"))
    second = daemon(1000, "--exit-at-end")
    t.same(second.wait(), 0, f"{name}: the second lives to the end")
    t.ok(second.said("configuration has changed since"), f"{name}: and says that it is another",
         *second.text())
    shop.capture.farewell()
    records = reckon(name, shop)
    waits = sorted((w["opened"][11:19], w["station"], w["outcome"], w["in_target"], w["accurate"],
                    round(w["wait_s"])) for w in records if w["type"] == "wait")
    t.same([w for w in waits if w[1] in ("tills", "fitting")],
           [("09:00:10", "tills", "answered", False, False, 890),
            ("09:00:40", "fitting", "answered", False, False, 1460),
            ("09:16:40", "tills", "answered", True, True, 400),
            ("09:33:20", "tills", "answered", True, True, 10)],
           f"{name}: open waits survive under the old promise, new ones have the new")
    shop.capture.stop()
    shop.broker.stop()


killed_by("kill -9", signal.SIGKILL)
killed_by("SIGTERM", signal.SIGTERM)
broker_dies()
no_broker_at_first()
configuration_changes()
complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
