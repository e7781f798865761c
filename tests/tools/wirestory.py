"""A shop's day on a wire that misbehaves, and the reckoning at its end.

A Story is the demo day through the real daemon, a real broker and somebody who
listens there; meanwhile its fault happens. After it, whatever it was:
  - every record that `thirdring replay` makes of the day came at least once, in
    order, copies identical but for "hist" (so the other stations were undisturbed:
    what is measured never depends on the broker);
  - nothing is left in the outbox, and the journal holds the same;
  - availability says what was so, and what is retained is what was said last;
  - the daemon took no more memory than on an undisturbed day, and did not spin.
Stories run side by side; what each found is told in its turn.
"""
import collections
import concurrent.futures
import json
import os
import re
import signal
import socket
import struct
import threading
import time

import live
import mqttproxy as mq
import tap

DAY_S = 37663          # the demo day, of which the last is at that second
KEEPALIVE_S = 5        # the least there is
# Where nothing may be noticed: what a slow machine is late by is not noticed either.
PATIENT = ["mqtt.keepalive_s=20"]
MEMORY_KB = 3 << 10    # more than this over an undisturbed day is a leak


class InVain(Exception):
    """What never came."""


class Listener(live.Capture):
    """A Capture that reads all there is before it answers anything, so that no
    record is lost that a broker killed with -9 had acknowledged; it is back at
    once, asks for nothing that lay there, and says when it hears."""

    def __init__(self, broker):  # pylint: disable=super-init-not-called
        self.broker, self.messages, self.probes = broker, [], set()
        self.hears, self.over = threading.Event(), False
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        self.settle()

    def read(self):
        while not self.over:
            with socket.socket() as s:
                try:
                    s.connect(("127.0.0.1", self.broker.port))
                    self.listen(s)
                except OSError:
                    pass
            self.hears.clear()
            time.sleep(0.01)

    def listen(self, s):
        s.sendall(mq.packet(mq.CONNECT << 4, mq.text("MQTT") + b"\x05\x02\0\0\0"
                            + mq.text(f"listener-{self.broker.port}")))
        ask = b"".join(mq.text(f) + b"\x29" for f in ("thirdring/#", "probe/#"))
        s.sendall(mq.packet(mq.SUBSCRIBE << 4 | 2, b"\0\1\0" + ask))
        data = bytearray()
        while more := s.recv(1 << 20):
            data += more
            acks = b""
            for p in mq.split(data):
                if mq.kind(p) == mq.SUBACK:
                    self.hears.set()
                elif mq.kind(p) == mq.PUBLISH:
                    m = mq.publication(p)
                    acks += mq.packet(mq.PUBACK << 4, struct.pack(">H", m.id)) if m.qos else b""
                    self.hear(m)
            try:
                s.sendall(acks)
            except OSError:
                pass  # the broker is gone, what it said before may still lie here

    def hear(self, m):
        payload = m.payload.decode()
        if m.topic.startswith("probe/"):
            self.probes.add(payload)
        else:
            self.messages.append(live.Message(time.monotonic(), m.topic, str(m.retain),
                                              str(m.qos), payload))

    def stop(self):
        self.over = True


class Story:
    """A day of @day_s seconds. fault(story) is called once the daemon is connected."""

    def __init__(self, name, fault, day_s=40, version=5, sets=(), broker="", proxied=True,
                 listener=None, prefix=(), uri=None, lost=lambda story, record: False,
                 silent=(), mute=False):
        self.name, self.fault, self.day_s = name, fault, day_s
        self.version, self.sets, self.broker_conf = version, list(sets), broker
        self.proxied, self.make_listener = proxied, listener
        self.prefix, self.uri = prefix, uri
        self.lost, self.silent = lost, silent  # records, stations nobody hears of
        self.mute = mute  # nobody hears that it is online, at first
        self.found, self.rss = [], []
        self.cpu_s, self.truth = 0, None
        self.proxy = self.broker = self.capture = self.daemon = self.journal = self.began = None

    # --- what a fault may use ---------------------------------------------------
    def ok(self, good, what, *details):
        self.found.append((good, f"{self.name}: {what}", details))
        return good

    def note(self, text):
        self.found.append((None, f"{self.name}: {text}", ()))

    def until(self, share):
        """Sleep until this share of the day is over."""
        time.sleep(max(0, self.began + share * self.day_s - time.monotonic()))

    def wait(self, condition, what, seconds=live.PATIENCE_S, afterwards=False):
        """Until it holds; its value. The story, but not the others, ends where it never does.
        @afterwards: what may come once the daemon is gone."""
        until = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > until or not (afterwards or self.daemon.process.poll() is None):
                raise InVain(what)
            time.sleep(0.02)
        return value

    def say(self, what):
        """How often the daemon said it, so far."""
        return len(self.daemon.said(what))

    def connected_again(self, times):
        """Connected so often; whoever is told of it is another matter, see online()."""
        self.wait(lambda: self.say("connected to") >= times, f"connection number {times}")

    def online(self, after=0):
        """Until it is heard to be online, the first @after messages passed over."""
        self.wait(lambda: any(m.payload == "online" and live.below(m.topic) == "availability"
                              for m in self.capture.messages[after:]), "online")

    def day_is_over(self):
        """On a slow machine before the fault's turn comes, perhaps."""
        return self.say("the trace has ended") > 0

    def words(self):
        return [m.payload for m in self.capture.of("availability")]

    def retained(self):
        """What a new subscriber is told at once."""
        late = live.Capture(self.broker, as_published=False)
        lie = {live.below(m.topic): m.payload for m in late.messages if m.retain == "1"}
        late.stop()
        return lie

    # --- the day ------------------------------------------------------------------
    def run(self):
        self.truth = [r for r in tap.replay(live.DEMO_CONF, live.DEMO_TRACE)[0]]
        if self.broker is None:
            self.broker = live.Broker(self.broker_conf).start()
        self.capture = (self.make_listener or live.Capture)(self.broker)
        if self.proxied:
            self.proxy = mq.Proxy(self.broker.port)
        self.journal = os.path.join(live.folder(), "journal.db")
        uri = self.uri or (self.proxy or self.broker).uri
        self.daemon = live.Daemon(
            live.DEMO_CONF, f"gpio.speed={DAY_S / self.day_s:.0f}", f"mqtt.uri={uri}",
            f"journal.path={self.journal}", f"mqtt.version={self.version}",
            f"mqtt.keepalive_s={KEEPALIVE_S}", *self.sets, prefix=self.prefix)
        self.began = self.daemon.began
        self.daemon.wait_said("connected to")
        over = threading.Event()
        sampler = threading.Thread(target=self.sample, args=(over,), daemon=True)
        sampler.start()
        try:
            if not self.mute:
                self.online()
            self.fault(self)
            self.finish()
        except InVain as what:
            self.ok(False, f"waited in vain for {what}", f"availability: {self.words()}",
                    *self.daemon.said("broker|connect|mqtt|record|journal")[-15:])
        over.set()
        self.daemon.stop(signal.SIGKILL)
        self.capture.stop()
        if self.proxy:
            self.proxy.close()
        self.broker.stop(signal.SIGKILL)

    def sample(self, over):
        while not over.wait(0.2):
            try:
                with open(f"/proc/{self.daemon.pid}/status", encoding="utf-8") as file:
                    self.rss += [int(line.split()[1]) for line in file
                                 if line.startswith("VmRSS")]
                with open(f"/proc/{self.daemon.pid}/stat", encoding="utf-8") as file:
                    ticks = file.read().rsplit(")", 1)[1].split()[11:13]
                    self.cpu_s = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
            except (OSError, IndexError):
                return

    def finish(self):
        """The rest of the day, the outbox to its end, and goodbye."""
        self.wait(lambda: self.say("the trace has ended"), "the end of the day",
                  self.day_s + live.PATIENCE_S)
        want = {r["seq"] for r in self.truth}
        self.wait(lambda: set(live.journal_records(self.journal)) >= want,
                  f"all {len(want)} records in the journal")
        self.wait(lambda: live.journal_rows(self.journal, "SELECT count(*) FROM outbox")
                  == [(0,)], "an empty outbox", live.PATIENCE_S * 2)
        self.wait(lambda: self.words()[-1:] == ["online"], "being online", live.PATIENCE_S * 2)
        self.ok(self.daemon.stop() == 0, "the daemon ends well", *self.daemon.text()[-5:])
        # What it said last may still be on its way through the proxy.
        self.wait(lambda: self.words()[-1:] == ["offline"], "offline", afterwards=True)
        self.capture.settle()
        self.reckon()

    # --- the reckoning ---------------------------------------------------------------
    def reckon(self):
        truth = [r for r in self.truth if not self.lost(self, r)]
        got = self.capture.records()
        copies = collections.defaultdict(list)
        for record in got:
            copies[record["seq"]].append(live.without_hist(record))
        again = sum(len(c) > 1 for c in copies.values())
        self.note(f"{len(got)} records came, {again} of them more than once, "
                  f"{sum('hist' in r for r in got)} as back-fill; connected "
                  f"{self.say('connected to')} times; availability {' '.join(self.words())}")
        missing = [r for r in truth if r["seq"] not in copies]
        self.ok(not missing, f"each of {len(truth)} records came", *missing[:3])
        other = [f"{r}\n{copies[r['seq']][0]}" for r in truth
                 if r["seq"] in copies and r not in copies[r["seq"]]]
        self.ok(not other and len(copies) == len(truth),
                "they are replay's, so every station was undisturbed", *other[:3],
                sorted(set(copies) - {r["seq"] for r in truth})[:10])
        differ = [c for c in copies.values() if any(one != c[0] for one in c)]
        self.ok(not differ, "copies are identical but for hist", *differ[:3])
        first = list(copies)
        self.ok(first == sorted(first), "what came first came in order",
                [(a, b) for a, b in zip(first, first[1:]) if a > b][:10])
        kept = live.journal_records(self.journal)
        self.ok(kept == {r["seq"]: r["type"] for r in self.truth}, "the journal holds the same")
        self.reckon_state()
        complaints = live.complaints()
        self.ok(not complaints, "no sanitizer complains", *complaints[:20])

    def reckon_state(self):
        # Who is in a hurry may say offline, not hear that it was heard, and have his will
        # say it again.
        words = live.once_each(self.words())
        self.ok(words[:1] == ["online"] and words[-2:] == ["online", "offline"],
                "online at the end, and offline is the last word", self.words())
        said = {live.below(m.topic): m.payload for m in self.capture.messages if m.retain == "1"}
        lie = self.retained()
        stale = [f"{topic}: {said[topic]}\nlies there: {lie.get(topic)}" for topic in said
                 if lie.get(topic, "") != said[topic]]
        self.ok(len(said) > 20 and not stale, f"what lies there is the last of {len(said)} states",
                *stale[:3])
        shown = {topic: json.loads(text) for topic, text in lie.items()
                 if topic.startswith("station/") and topic.endswith("/metrics")}
        for station in {r["station"] for r in self.truth if r["type"] == "wait"} - {*self.silent}:
            want = collections.Counter(r["outcome"] for r in self.truth
                                       if r["type"] == "wait" and r["station"] == station)
            figures = shown.get(f"station/{station}/metrics", {})
            have = {outcome: figures.get(outcome) for outcome in want}
            self.ok(have == dict(want), f"{station}: its figures at the end are replay's",
                    have, dict(want))


def tell(t, stories, calm=None):
    """Run them side by side, each in its own thread; then what each found."""
    chosen = os.environ.get("TR_STORY", "")  # a pattern: only these
    stories = ([calm] if calm else []) + [s for s in stories if re.search(chosen, s.name)]
    with concurrent.futures.ThreadPoolExecutor(len(stories)) as pool:
        for future in [pool.submit(story.run) for story in stories]:
            future.result()
    for story in stories:
        for good, what, details in story.found:
            if good is None:
                t.note(what)
            else:
                t.ok(good, what, *details)
        if calm and story is not calm and story.rss and not live.SANITIZED:
            most, usual = max(story.rss), max(calm.rss)
            t.ok(most <= usual + MEMORY_KB, f"{story.name}: {most} kB of memory at most, "
                 f"{usual} kB on a day without fault")
            t.ok(story.cpu_s <= 3 * calm.cpu_s + 2, f"{story.name}: {story.cpu_s:.1f} s of CPU, "
                 f"{calm.cpu_s:.1f} s on a day without fault")
    t.done()


def calm(day_s=40, **options):
    """Nothing happens: what an undisturbed day looks like."""
    return Story("no fault", lambda story: None, day_s, **options)
