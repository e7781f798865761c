#!/usr/bin/python3
"""The broker dies in mid-flight and comes back, with what it kept or without; or
it freezes. What must hold after each is in tests/tools/wirestory.py."""
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402
import wirestory  # noqa: E402

live.need_broker()
t = tap.Tap()
seed = int(os.environ.get("TR_SEED", random.randrange(1 << 32)))
rng = random.Random(seed)
t.note(f"TR_SEED={seed}")
KEEPALIVE_S = wirestory.KEEPALIVE_S
LONG_S = 3 * KEEPALIVE_S + 1  # Paho notices within two, and says so
SHORT_S = 4


def comes_back(story, sig, forgets=False):
    """The daemon may connect once somebody listens who heard all that is acknowledged."""
    again = story.say("connected to") + 1
    before = story.retained() if forgets else {}
    story.proxy.refuse = True
    # In mid-flight: something is on its way, nothing of it is acknowledged.
    story.proxy.acks = lambda packet: []
    story.wait(lambda: story.day_is_over() or story.proxy.connections
               and story.proxy.connections[-1].flying, "something in flight")
    story.broker.stop(sig)
    story.capture.hears.clear()  # it may not have noticed yet
    story.proxy.acks = lambda packet: [(0, packet)]
    if forgets:
        os.unlink(os.path.join(story.broker.dir, "mosquitto.db"))
    time.sleep(rng.uniform(0, 1.5))
    story.broker.start()
    story.wait(story.capture.hears.is_set, "the listener to be back")
    if forgets:
        story.ok(not story.retained(), "the broker forgot everything")
    before_it = len(story.capture.messages)
    story.proxy.refuse = False
    story.connected_again(again)
    story.online(after=before_it)
    if forgets:
        missing = set(before) - set(story.retained())
        story.ok(not missing, f"each of {len(before)} retained topics is there again", missing)


def killed(story):
    """kill -9, four times, at moments of no one's choice."""
    for share in sorted(rng.uniform(0.1, 0.8) for _ in range(4)):
        story.until(share)
        comes_back(story, signal.SIGKILL)


def forgetful(story):
    """Ended and begun anew with nothing: what lay there must be said again."""
    for share, sig in ((0.3, signal.SIGKILL), (0.6, signal.SIGTERM)):
        story.until(share)
        comes_back(story, sig, forgets=True)


def frozen_long(story):
    """A broker whose machine hangs: the socket stands, nobody answers."""
    story.until(0.2)
    story.broker.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    said = story.wait(lambda: story.daemon.said("no broker"), "the daemon to notice")
    story.note(f"after {time.monotonic() - began:.1f} s: {said[0]}")
    time.sleep(max(0, LONG_S - (time.monotonic() - began)))
    story.broker.process.send_signal(signal.SIGCONT)
    story.connected_again(2)


def frozen_short(story):
    """Shorter than keepalive_s (wirestory.PATIENT), again and again: nobody notices."""
    for share in (0.15, 0.35, 0.55, 0.75):
        story.until(share)
        story.broker.process.send_signal(signal.SIGSTOP)
        time.sleep(SHORT_S)
        story.broker.process.send_signal(signal.SIGCONT)
    story.until(0.95)
    story.ok(story.say("connected to") == 1 and not story.say("no broker"),
             f"frozen for {SHORT_S:.0f} s: nothing is noticed", *story.daemon.said("broker"))
    story.ok(story.words() == ["online"], "and nobody says offline", story.words())


Story, Listener = wirestory.Story, wirestory.Listener
wirestory.tell(t, [
    Story("broker killed -9 in mid-flight", killed, listener=Listener),
    Story("broker killed -9 in mid-flight, MQTT 3.1.1", killed, listener=Listener, version=3),
    Story("broker back without memory", forgetful, listener=Listener),
    Story("broker back without memory, MQTT 3.1.1", forgetful, listener=Listener, version=3),
    Story("broker frozen for long", frozen_long, proxied=False),
    Story("broker frozen for long, MQTT 3.1.1", frozen_long, proxied=False, version=3),
    Story("broker frozen for a moment", frozen_short, proxied=False, sets=wirestory.PATIENT),
], wirestory.calm())
