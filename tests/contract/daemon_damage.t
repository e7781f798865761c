#!/usr/bin/python3
"""The journal's file is spoilt while thirdringd runs. It says so, keeps the
spoilt file, begins another and goes on; killed soon after and started again, it
gives no number a second time. Where no other can be begun, it takes its leave."""
import collections
import glob
import os
import re
import shutil
import signal
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402

live.need_broker()
t = tap.Tap()
SPEED = 600  # the day in a minute: three deaths on a slow machine must fit in
SOME = 12     # records a daemon tells before its journal is spoilt
SHM_HEADER = 96
EX_CANTCREAT = 73


class Shop:
    def __init__(self):
        self.broker = live.Broker().start()
        self.capture = live.Capture(self.broker)
        self.folder = os.path.join(live.folder(), "state")
        os.mkdir(self.folder)
        self.journal = os.path.join(self.folder, "journal.db")

    def daemon(self, last=False):
        """One that has told a few records of its own."""
        told = len(self.capture.of("journal/.*"))
        daemon = live.Daemon(live.DEMO_CONF, f"gpio.speed={SPEED}", f"mqtt.uri={self.broker.uri}",
                             f"gpio.trace={live.DEMO_TRACE}", f"journal.path={self.journal}",
                             "mqtt.will_delay_s=0",  # each death is told
                             args=["--exit-at-end"] if last else [])
        daemon.wait_said("connected to")
        live.wait_until(lambda: len(self.capture.of("journal/.*")) >= told + SOME,
                        f"{SOME} records more")
        return daemon

    def spoil(self, daemon, remove=lambda: None):
        """All of it in one moment of the daemon's life. It holds the pages in
        memory, and looks at the files again only once the index of the log is no
        longer what it wrote. @return what the file is now."""
        daemon.process.send_signal(signal.SIGSTOP)
        live.wait_until(lambda: live.state_of(daemon.pid) == "T", "the daemon to stand still")
        overwrite(self.journal + "-wal")
        overwrite(self.journal + "-shm", SHM_HEADER)
        spoilt = overwrite(self.journal)
        remove()
        daemon.process.send_signal(signal.SIGCONT)
        return spoilt

    def empty(self):
        for path in os.listdir(self.folder):
            os.unlink(os.path.join(self.folder, path))

    def kept(self):
        return glob.glob(glob.escape(self.journal) + ".corrupt-*Z*")

    def kill(self, name, daemon):
        """Once it has begun a new journal, and not before the broker knows of the death."""
        def begun():
            try:
                return live.journal_rows(self.journal, "SELECT * FROM tail")
            except sqlite3.Error:
                return False
        live.wait_until(begun, "a new journal")
        mark = len(self.capture.messages)
        t.same(daemon.stop(signal.SIGKILL), -signal.SIGKILL, f"{name}: it lives until it is killed")
        self.capture.wait("availability", lambda m: m.payload == "offline", mark)


def overwrite(path, n=None):
    """In place: the size stays, and so does who has it open."""
    with open(path, "r+b") as file:
        garbage = os.urandom(n or os.path.getsize(path))
        file.write(garbage)
    return garbage


def says_so(name, daemon, shop, spoilt):
    """It noticed; the spoilt file, if it was there still, is kept as it was."""
    daemon.wait_said("error: the journal's file is damaged: it is put aside")
    if spoilt is None:
        return
    said = daemon.wait_said("a new one begun")
    where = re.search(r"kept as (\S+),", said)
    t.ok(where and where[1] in shop.kept(), f"{name}: it says where the spoilt file is kept", said,
         *shop.kept())
    with open(where[1], "rb") as file:
        t.ok(file.read() == spoilt, f"{name}: which is the spoilt file, unchanged")


def reckon(name, shop):
    """No number twice, none of the new journal's records untold."""
    records = shop.capture.records()
    copies = collections.defaultdict(list)
    for record in records:
        copies[record["seq"]].append(live.without_hist(record))
    differ = [f"{c[0]}\n{other}" for c in copies.values() for other in c if other != c[0]]
    t.ok(not differ, f"{name}: no number is on two different records", *differ[:3])
    first_seen = list(copies)
    t.ok(first_seen == sorted(first_seen), f"{name}: what came first came in order")
    ids = [c[0]["id"] for c in copies.values() if c[0]["type"] == "wait"]
    t.ok(len(ids) == len(set(ids)), f"{name}: no wait's id twice")
    holes = sorted(set(range(1, max(copies) + 1)) - set(copies))
    t.note(f"{name}: {len(copies)} records came, {len(holes)} were lost with the file: {holes}")
    untold = sorted(set(live.journal_records(shop.journal)) - set(copies))
    t.ok(not untold, f"{name}: every record of the journal that is left came", untold)


def goes_on():
    """Spoilt, and killed soon after; its files removed as well, and killed
    again; spoilt, and left to live."""
    name = "spoilt"
    shop = Shop()
    daemon = shop.daemon()
    spoilt = shop.spoil(daemon)
    says_so(name, daemon, shop, spoilt)
    shop.kill(name, daemon)
    daemon = shop.daemon()
    t.ok(daemon.said("journal replayed") and not daemon.said("damaged|cannot be read"),
         f"{name}: the next one reads the new journal", *daemon.text())
    shop.spoil(daemon, remove=shop.empty)
    name = "spoilt and removed"
    says_so(name, daemon, shop, None)
    shop.kill(name, daemon)
    daemon = shop.daemon(last=True)
    t.ok(daemon.said("journal replayed") and not daemon.said("damaged|cannot be read"),
         f"{name}: the next one reads the new journal", *daemon.text())
    name = "spoilt once more"
    says_so(name, daemon, shop, shop.spoil(daemon))
    mark = len(shop.capture.messages)
    code = daemon.wait(live.PATIENCE_S * 3)
    t.ok(code == 0, f"{name}: it lives to the end of the day", code, *daemon.text()[-12:])
    shop.capture.farewell(mark)
    t.same(shop.capture.availability(), ["online", "offline"] * 3, "all three: availability")
    reckon("all three", shop)
    shop.capture.stop()
    shop.broker.stop()


def takes_leave():
    """Spoilt, and the folder gone: no journal can be begun. It ends, to be
    started again; not by a crash, and not without a word."""
    name = "spoilt, the folder gone"
    shop = Shop()
    daemon = shop.daemon()  # the day goes on while it takes its leave
    shop.spoil(daemon, remove=lambda: shutil.rmtree(shop.folder))
    t.same(daemon.wait(), EX_CANTCREAT, f"{name}: exit code")
    t.ok(daemon.said("error: the journal cannot be kept: .*folder"), f"{name}: it says why",
         *daemon.text()[-5:])
    shop.capture.farewell()
    t.same(shop.capture.availability(), ["online", "offline"], f"{name}: availability")
    shop.broker.stop()
    with open(os.path.join(shop.broker.dir, "log"), encoding="utf-8") as file:
        log = file.read()
    t.ok(re.search(r"Client thirdring-demo-main\b.*disconnected\.", log),
         f"{name}: it took its leave of the broker itself",
         *[line for line in log.splitlines() if "thirdring-demo-main" in line])
    shop.capture.stop()


goes_on()
takes_leave()
complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
