#!/usr/bin/python3
"""The link between daemon and broker: cut, cut for a moment, silently swallowing,
half-open, ended with a RST, slow. The test runs in a network namespace of its
own, and daemons behind a cable (veth) in theirs. What must hold after each is in
tests/tools/wirestory.py."""
import datetime
import json
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402
import wirestory  # noqa: E402

OURS = "TR_FAULT_LINK_NETNS"
live.need_broker()
if OURS not in os.environ:
    for program in ("unshare", "nsenter", "ip"):
        if shutil.which(program) is None:
            tap.skip_all(f"{program} is not installed (make deps)")
    if subprocess.run(["unshare", "--net", "ip", "link", "add", "tr-a", "type", "veth"],
                      check=False, stderr=subprocess.DEVNULL).returncode != 0:
        tap.skip_all("no network namespaces here (not root, or the kernel has none)")
    os.environ[OURS] = "1"
    os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
t = tap.Tap()

# A broker ends a connection after one and a half keepalives, speaks the will after
# will_delay_s; Paho notices within two keepalives and some seconds.
WILL_DELAY_S = 3
LONG_S = 3.4 * wirestory.KEEPALIVE_S
SHORT_S = 1.5
DAY_S = 45


class Cable:
    """A veth pair: the broker's end here, the daemon's in a namespace of its own."""
    serial = 0

    def __init__(self):
        Cable.serial += 1
        self.near, self.far = f"tr-near{Cable.serial}", f"tr-far{Cable.serial}"
        net = f"10.91.{Cable.serial}"
        self.address, self.daemons = f"{net}.1", f"{net}.2"
        holder = live.start(["unshare", "--net", "sleep", "infinity"])
        here = os.readlink("/proc/self/ns/net")
        live.wait_until(lambda: os.readlink(f"/proc/{holder.pid}/ns/net") != here, "a namespace")
        self.prefix = ["nsenter", f"--net=/proc/{holder.pid}/ns/net"]
        self.ip("link", "add", self.near, "type", "veth", "peer", "name", self.far, "netns",
                str(holder.pid))
        self.ip("address", "add", f"{self.address}/24", "dev", self.near)
        self.ip("link", "set", self.near, "up")
        for words in (("address", "add", f"{self.daemons}/24", "dev", self.far),
                      ("link", "set", self.far, "up")):
            subprocess.run([*self.prefix, "ip", *words], check=True)
        self.port = live.free_port()
        self.uri = f"mqtt://{self.address}:{self.port}"
        self.broker = f"listener {self.port} {self.address}\n"

    @staticmethod
    def ip(*words):
        subprocess.run(["ip", *words], check=True)

    def pull(self):
        self.ip("link", "set", self.near, "down")

    def plug(self):
        self.ip("link", "set", self.near, "up")

    def blackhole(self):
        """Frames go to somebody who is not there: no end of the cable knows."""
        self.ip("neigh", "replace", self.daemons, "lladdr", "02:00:00:00:00:99", "dev", self.near,
                "nud", "permanent")
        subprocess.run([*self.prefix, "ip", "neigh", "replace", self.address, "lladdr",
                        "02:00:00:00:00:99", "dev", self.far, "nud", "permanent"], check=True)

    def heal(self):
        self.ip("neigh", "del", self.daemons, "dev", self.near)
        subprocess.run([*self.prefix, "ip", "neigh", "del", self.address, "dev", self.far],
                       check=True)

    def story(self, name, fault, sets=(), **options):
        return wirestory.Story(name, lambda story: fault(story, self), DAY_S, proxied=False,
                               prefix=self.prefix, uri=self.uri, broker=self.broker,
                               sets=[f"mqtt.will_delay_s={WILL_DELAY_S}", *sets], **options)


def away(story, cut, heal):
    """Longer than anybody waits: both ends say so, and find each other again."""
    story.until(0.2)
    cut()
    began = time.monotonic()
    said = story.wait(lambda: story.daemon.said("no broker"), "the daemon to notice")
    story.note(f"after {time.monotonic() - began:.1f} s: {said[0]}")
    story.wait(lambda: story.words() == ["online", "offline"], "the broker to say offline")
    time.sleep(max(0, began + LONG_S - time.monotonic()))
    heal()
    story.connected_again(2)
    story.ok(True, "cut, noticed at both ends, connected again")


def pulled(story, cable):
    away(story, cable.pull, cable.plug)


def blackholed(story, cable):
    away(story, cable.blackhole, cable.heal)


def nothing_seen(story):
    story.ok(story.say("connected to") == 1 and not story.say("no broker"),
             "nothing is noticed", *story.daemon.said("broker"))
    story.ok(story.words() == ["online"], "and nobody says offline", story.words())


def pulled_shortly(story, cable):
    for share in (0.15, 0.4, 0.65):
        story.until(share)
        cable.pull()
        time.sleep(SHORT_S)
        cable.plug()
    story.until(0.95)
    nothing_seen(story)


def half_open(story):
    """As behind a router that forgot the connection: it stands, but nothing passes."""
    for share in (0.15, 0.55):
        story.until(share)
        times = story.say("connected to")
        story.proxy.swallow()
        story.connected_again(times + 1)
    story.ok(True, "noticed twice, connected anew")


def ended(story):
    """RST, six times. Who is back before the will's delay is over was never away."""
    for i in range(6):
        story.until(0.1 + 0.12 * i)
        times, heard = story.say("connected to"), len(story.capture.messages)
        story.proxy.cut()
        story.connected_again(times + 1)
        story.online(after=heard)
    # Back-off grows to 16 s in the meantime; the delay is longer by what a slow machine takes.
    if story.version == 5:
        story.ok("offline" not in story.words(), "MQTT 5: back at once, nobody says offline",
                 story.words())


def seconds(moment):
    return datetime.datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()


def freshness(story, after):
    """How many seconds the tills' states came late, at least: each says how many
    customers came today, and when the next one came is known. All messages tell when
    the day began, at the latest: nobody is told of before he came."""
    came = sorted((seconds(r["opened"]) - seconds("2026-03-02T09:00:00Z"))
                  * story.day_s / wirestory.DAY_S for r in story.truth
                  if r["type"] == "wait" and r["station"] == "tills")
    arrivals = [(m.at, json.loads(m.payload)["today_arrivals"]) if
                live.below(m.topic) == "station/tills/state" else (0, 0)
                for m in list(story.capture.messages)]
    began = min((at - came[n - 1] for at, n in arrivals if 0 < n <= len(came)), default=story.began)
    return [max(0, at - began - came[n]) for at, n in arrivals[after:] if at and n < len(came)]


def slow(story):
    """12 kB/s are to this day, which is many hundred times as fast, what some twenty
    bytes a second are to a real one. What is live may be thinned out, but must not be late."""
    story.until(0.2)
    story.proxy.rate = 12000
    began = len(story.capture.messages)
    story.until(0.6)
    story.wait(lambda: len(freshness(story, began)) >= 2, "states of the tills")
    late = freshness(story, began)
    # A backlog only grows; what a slow machine is late by passes.
    newest = min(late[-3:])
    story.ok(newest < 8, f"{len(late)} states of the tills come, the oldest {max(late):.1f} s late, "
             f"the newest {newest:.1f} s", late)
    story.proxy.rate = None
    story.until(0.75)
    nothing_seen(story)


def crawling(story):
    """Slower than even the newest state of everything: it stays alive and is itself after."""
    story.until(0.2)
    story.proxy.rate = 1000
    story.until(0.6)
    story.proxy.rate = None
    began = len(story.capture.messages)
    story.wait(lambda: min(freshness(story, began), default=99) < 2,
               "a state that is not late, on a link that is fast again")
    story.ok(True, "fast again, the newest state is not 2 s late")


Story = wirestory.Story
wirestory.tell(t, [
    Cable().story("cable pulled for long", pulled),
    Cable().story("cable pulled for a moment", pulled_shortly, sets=wirestory.PATIENT),
    Cable().story("frames vanish for long, MQTT 3.1.1", blackholed, version=3),
    Story("half-open", half_open, DAY_S),
    Story("RST", ended, DAY_S, sets=["mqtt.will_delay_s=40"]),
    Story("RST, MQTT 3.1.1", ended, DAY_S, version=3),
    Story("slow link", slow, DAY_S, sets=wirestory.PATIENT),
    Story("crawling link", crawling, DAY_S),
], wirestory.calm(DAY_S))
