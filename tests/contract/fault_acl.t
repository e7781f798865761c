#!/usr/bin/python3
"""A broker that lets the daemon in, but not say everything: its access list
refuses records, or one station, or all, for the day or for a while. What must
hold after each is in tests/tools/wirestory.py; what was refused is the exception,
and stands in the dead letters."""
import errno
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402
import wirestory  # noqa: E402

live.need_broker()
t = tap.Tap()
TREE = "thirdring/+/+/"
# Where max_queued_messages is 0, Mosquitto 2.0.11 ends the connection of whom it refuses.
ENOUGH = "max_queued_messages 100000\n"


class List:
    """An access list; what is refused can change while the broker runs."""

    def __init__(self, *refused):
        self.path = os.path.join(live.folder(), "acl")
        self.write(*refused)

    def write(self, *refused):
        live.write(self.path, "topic readwrite #\n"
                   + "".join(f"topic deny {TREE}{what}\n" for what in refused))
        os.chmod(self.path, 0o644)

    def change(self, story, *refused):
        self.write(*refused)
        story.broker.process.send_signal(signal.SIGHUP)

    def story(self, name, fault, **options):
        return wirestory.Story(name, lambda story: fault(story, self), proxied=False,
                               broker=f"acl_file {self.path}\n{ENOUGH}",
                               sets=["mqtt.metrics_interval_s=2", *wirestory.PATIENT], **options)


def dead(story):
    """{seq: reason}"""
    return dict(live.journal_rows(story.journal, "SELECT seq, why FROM dead_letter"))


def is_dead(story, record):
    return record["seq"] in dead(story)


def undisturbed(story):
    story.ok(story.say("connected to") == 1 and not story.say("no broker"),
             "the connection is kept", *story.daemon.said("broker"))


def day_ends(story):
    story.wait(story.day_is_over, "the end of the day", story.day_s + live.PATIENCE_S)


def counted(story, expected):
    """As many dead letters as records that are refused; said, and published."""
    want = {r["seq"] for r in story.truth if expected(r)}
    day_ends(story)
    story.wait(lambda: set(dead(story)) == want, f"{len(want)} dead letters")
    letters = dead(story)
    story.ok(all("not authorized" in why.lower() for why in letters.values()),
             f"each of {len(letters)} dead letters says why", set(letters.values()))
    story.ok(story.say("refuses record") > 0, "the log says that records are refused")

    def published():
        said = [m.payload for m in story.capture.of("metrics")]
        return said and json.loads(said[-1])["dead_letters"] == len(letters)
    story.wait(published, f"the unit's metrics to say dead_letters: {len(letters)}")
    undisturbed(story)


def records_refused(story, _):
    counted(story, lambda r: True)


def votes_refused(story, _):
    counted(story, lambda r: r["type"] == "vote")


def waits_too_large(story):
    """A broker that takes small packets only: alerts and votes pass, waits do not."""
    want = {r["seq"] for r in story.truth if r["type"] == "wait"}
    day_ends(story)
    story.wait(lambda: set(dead(story)) == want, f"{len(want)} dead letters")
    story.ok(set(dead(story).values()) == {os.strerror(errno.EMSGSIZE)},
             f"each of {len(want)} dead letters says that it is too long", set(dead(story).values()))
    said = story.daemon.said("could not be published|refuses record")
    story.ok(0 < len(said) <= 2 * len(want), f"{len(said)} warnings", *said[:5])
    undisturbed(story)


def records_refused_at_first(story, acl):
    """What was refused is for the dead letters; what comes after it is delivered."""
    story.until(0.5)
    acl.change(story)
    day_ends(story)
    story.wait(lambda: len(live.journal_records(story.journal)) == len(story.truth)
               and live.journal_rows(story.journal, "SELECT count(*) FROM outbox") == [(0,)],
               "an empty outbox")
    story.capture.settle()
    first = min((r["seq"] for r in story.capture.records()), default=0)
    told = dead(story)
    story.ok(told and set(told) == {r["seq"] for r in story.truth if r["seq"] < first},
             f"allowed again, {len(told)} records stay refused and none from the first that came on",
             first, sorted(told)[-5:])
    undisturbed(story)


def records_thrown_away(story, _):
    """MQTT 3.1.1 has no word for it: the broker acknowledges what it throws away."""
    story.until(0.9)
    story.ok(not dead(story), "nothing is known to be refused", dead(story))
    undisturbed(story)


def one_station_refused(story, _):
    story.until(0.9)
    story.wait(lambda: story.say("refuses what it is told of the state"), "that state is refused")
    said = story.daemon.said("refuses what it is told of the state")
    story.ok(len(said) == 1 and "not authorized" in said[0].lower(),
             "that state is refused is said once", *said[:5])
    story.ok(not story.capture.of("station/tills/.*"), "nothing of the station arrives")
    story.ok(not dead(story), "its records do")
    undisturbed(story)


def one_station_thrown_away(story, _):
    story.until(0.9)
    story.ok(not story.capture.of("station/tills/.*"), "nothing of the station arrives")
    undisturbed(story)


def state_refused_at_first(story, acl):
    """What could not be said is said once it may be, without a new connection."""
    story.until(0.3)
    story.ok(not story.words(), "at first not even availability arrives", story.words())
    acl.change(story)
    story.online()
    # What was refused a moment before is said with the next figures.
    want = {"info", "metrics", "input/greet/state", "input/greet/health", "station/tills/state",
            "station/tills/metrics"}
    story.wait(lambda: want <= set(story.retained()), f"{want} to be there")
    story.ok(True, "each retained topic is there, once it is allowed")
    undisturbed(story)


too_large = wirestory.Story("waits too large", waits_too_large, lost=is_dead, proxied=False,
                            broker="max_packet_size 440\n", sets=wirestory.PATIENT,
                            silent=["fitting", "entrance", "phone", "tills"])
wirestory.tell(t, [
    too_large,
    List("journal/#").story("records refused", records_refused, lost=is_dead),
    List("journal/vote").story("votes refused", votes_refused, lost=is_dead),
    List("journal/#").story("records refused at first", records_refused_at_first, lost=is_dead),
    List("journal/#").story("records refused, MQTT 3.1.1, whose broker acknowledges what it "
                            "throws away", records_thrown_away, version=3,
                            lost=lambda story, record: True),
    List("station/tills/#").story("one station refused", one_station_refused, silent=["tills"]),
    List("station/tills/#").story("one station refused, MQTT 3.1.1, whose broker acknowledges "
                                  "what it throws away", one_station_thrown_away, version=3,
                                  silent=["tills"]),
    List("availability", "info", "input/#", "station/#").story(
        "state refused at first", state_refused_at_first, mute=True),
], wirestory.calm())
