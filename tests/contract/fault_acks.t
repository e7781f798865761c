#!/usr/bin/python3
"""Acknowledgements that come late, twice, in another order, or not at all:
between the daemon and a real broker stands a proxy that does it
(tests/tools/mqttproxy.py). What must hold after each is in wirestory.py."""
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402
import wirestory  # noqa: E402

live.need_broker()
t = tap.Tap()
WINDOW = 20
PATIENT = wirestory.PATIENT


def prompt(packet):
    return [(0, packet)]


def stays(story):
    """What only comes late, twice or crosswise is no reason to begin anew."""
    story.ok(story.say("connected to") == 1, "the connection is kept",
             *story.daemon.said("broker|connect"))
    story.ok(0 < story.proxy.most_in_flight <= WINDOW,
             f"at most {WINDOW} messages wait for an acknowledgement: "
             f"{story.proxy.most_in_flight}")


def late(story):
    story.until(0.2)
    story.proxy.acks = lambda packet: [(3.0, packet)]
    story.until(0.6)
    story.proxy.acks = prompt
    story.until(0.7)
    stays(story)


def doubled(story):
    """The copy comes at once, or when the id may be another message's before long."""
    story.proxy.acks = lambda packet: [(0, packet), (random.choice((0, 0.5, 2)), packet)]
    story.until(0.9)
    stays(story)
    story.proxy.acks = prompt


def crosswise(story):
    story.proxy.acks = lambda packet: [(random.uniform(0, 0.4), packet)]
    story.until(0.9)
    stays(story)
    story.proxy.acks = prompt


def withheld(story):
    """The socket is open, pings are answered, and nothing is acknowledged: nobody
    can wait for that for ever."""
    story.until(0.2)
    story.proxy.acks = lambda packet: []
    said = story.wait(lambda: story.daemon.said("acknowledges nothing"), "the daemon to say so")
    story.proxy.acks = prompt
    story.note(said[0])
    story.connected_again(2)
    story.ok(len(said) == 1, "that nothing is acknowledged is said once", *said)


def withheld_for_a_moment(story):
    """Acknowledgements that come in one heap after 4 s: no reason to begin anew."""
    story.until(0.3)
    held = []
    story.proxy.acks = lambda packet: held.append(packet) or []
    story.until(0.4)
    story.proxy.acks = prompt
    story.note(f"{len(held)} acknowledgements were held back")
    connection = story.proxy.connections[-1]
    for packet in held:
        connection.later(0, packet)
    story.until(0.7)
    stays(story)


wirestory.tell(t, [
    wirestory.Story("acks late by 3 s", late, sets=PATIENT),
    wirestory.Story("each ack twice", doubled, sets=PATIENT),
    wirestory.Story("each ack twice, MQTT 3.1.1", doubled, sets=PATIENT, version=3),
    wirestory.Story("acks crosswise", crosswise, sets=PATIENT),
    wirestory.Story("acks crosswise, MQTT 3.1.1", crosswise, sets=PATIENT, version=3),
    wirestory.Story("no acks at all", withheld),
    wirestory.Story("no acks at all, MQTT 3.1.1", withheld, version=3),
    wirestory.Story("no acks for 4 s, then all", withheld_for_a_moment, sets=PATIENT),
], wirestory.calm())
