#!/usr/bin/python3
"""Write the demo's day: etc/demo/day.trace, the same bytes every time.

    make_demo_day.py [OUT]

A story of our own: the events in story() are set by hand and told in the
trace's comments; around them an invented crowd comes and goes, drawn from a
seeded generator. Nobody's data. All edges lie on a grid of 10 ms, which real
GPIO lines can follow.
"""
import math
import os
import random
import sys
from collections import namedtuple

sys.dont_write_bytecode = True
import tracefile

OPEN_H, CLOSE_S = 9, 11 * 3600
START = "2026-03-02T09:00:00Z"
HEADER = """\
A day in an invented shop: Monday 2 March 2026, 09:00 to 20:00 (London, UTC then).
Made by tests/tools/make_demo_day.py; change that, not this.

Two beams 10 cm apart guard the door; at 1.3 m/s the second breaks 80 ms after
the first. Beams and presence are active when somebody is in them.

Nobody is inside and nothing is active at 09:00, nor at 11:00: the two hours
in between (0 to 7200) are the window for a short run on real lines.
"""
# Parties an hour from each moment on (h, m).
RATES = (((9, 6), 14), ((10, 0), 22), ((10, 34), 0), ((11, 0), 20), ((11, 40), 34),
         ((12, 2), 62), ((12, 40), 42), ((13, 15), 22), ((14, 8), 0), ((14, 26), 16),
         ((15, 10), 0), ((15, 52), 20), ((17, 0), 24), ((18, 15), 14), ((19, 20), 0))
# Who sits at a till when: till 2 takes the early lunch break, and till 3 opens
# because the line has grown.
TILLS = {"till_1": ((9, 0, 20, 0),), "till_2": ((10, 0, 12, 0), (12, 42, 15, 0), (15, 50, 18, 45)),
         "till_3": ((12, 36, 13, 50),)}
DOOR_SPACING_MS = 1200

# Somebody in the till line. service_ms is None for who gives up after gives_up_ms;
# walk_ms is from the line's head to the till, None for as it comes.
Shopper = namedtuple("Shopper", "joins service_ms people gives_up_ms walk_ms",
                     defaults=(1, None, None))


def at(hours, minutes, seconds=0):
    """Milliseconds since opening of a time of day, on the grid."""
    return round(((hours - OPEN_H) * 3600 + minutes * 60 + seconds) * 100) * 10


def clock(ms):
    total = ms // 1000 + OPEN_H * 3600
    return f"{total // 3600:02d}:{total // 60 % 60:02d}:{total % 60:02d}"


class Day:
    """The trace under way, and the dice. Only random() is drawn from: its
    sequence is the one thing Python promises never to change."""

    def __init__(self):
        self.trace = tracefile.Trace(START, HEADER.splitlines())
        self.rng = random.Random(20260302)
        self.door = []   # moments at which somebody is in the doorway
        self.told = []   # moments of the story at the door: the crowd keeps clear of them
        self.greets = [] # presses of the greet button
        self.line = []   # of Shopper

    def between(self, low, high):
        """Milliseconds, evenly spread, on the grid; from seconds."""
        return round((low + (high - low) * self.rng.random()) * 100) * 10

    def skewed(self, low, typical):
        """Milliseconds: mostly near typical seconds, sometimes a good deal more."""
        u = self.rng.random() * self.rng.random() * self.rng.random()
        return round((low + (typical - low) * (0.55 + 4.2 * u)) * 100) * 10

    def chance(self, p):
        return self.rng.random() < p

    def tell(self, ms, text):
        self.trace.comment(ms, f"--- {clock(ms)} {text}")

    def press(self, ms, button, bounce=False, hold=None):
        if bounce:
            self.trace.active(ms, button, 10)
            ms += 20
        self.trace.active(ms, button, hold or self.between(0.12, 0.3))

    # --- the door ---
    def doorway(self, ms):
        """The first moment from ms on at which the doorway is free."""
        while any(abs(ms - taken) < DOOR_SPACING_MS for taken in self.door):
            ms += 100
        self.door.append(ms)
        return ms

    def cross(self, ms, inwards):
        """One person walks through; returns when they are through."""
        first, second = ("door_outer", "door_inner") if inwards else ("door_inner", "door_outer")
        body = self.between(0.2, 0.27)
        self.trace.active(ms, first, body)
        self.trace.active(ms + 80, second, body)
        return ms + 80 + body

    def enter(self, ms, people=1, apart=(1.3, 2.2)):
        """A party comes in; returns when the first is through, and the last."""
        first = last = None
        self.told.append(ms)
        for _ in range(people):
            ms = self.doorway(ms)
            last = self.cross(ms, True)
            first = first or last
            ms += self.between(*apart)
        return first, last

    def leave(self, ms, people=1):
        for _ in range(people):
            ms = self.doorway(ms)
            self.cross(ms, False)
            ms += self.between(1.3, 2.0)

    def shop(self, shopper):
        """Somebody of the story: in by the door four minutes before, greeted, in line."""
        self.greet(self.enter(shopper.joins - 240000)[0] + 6000)
        self.line.append(shopper)

    def greet(self, ms, bounce=False):
        self.greets.append(ms)
        self.press(ms, "greet", bounce)

    # --- the telephone ---
    def ring(self, ms, rings, answer_after=None, talk=None):
        """Bursts of 2 s every 6 s; picked up so long after the last one began."""
        for n in range(rings):
            begin = ms + 6000 * n
            picked_up = talk is not None and n == rings - 1
            if picked_up and answer_after < 2000:
                self.trace.active(begin, "phone_ring", answer_after + 60)
            else:
                self.trace.active(begin, "phone_ring", 2000)
            if picked_up:
                self.trace.active(begin + answer_after, "phone_hook", talk)

    # --- the fitting room ---
    def call(self, ms, answered_after, bounce=False):
        self.press(ms, "fitting_call", bounce)
        self.press(ms + answered_after, "fitting_done")


def story(day):
    """What the day is remembered for. Each event is checked by demo_day.t."""
    t = at(9, 4, 10)
    day.tell(t, "the first customer finds nobody on the floor and walks out again")
    day.enter(t)
    day.leave(t + 41000)
    t = at(9, 40)
    day.tell(t, "someone turns round in the doorway: both beams broken, nobody came in")
    day.doorway(t)
    day.trace.active(t, "door_outer", 1400)
    day.trace.active(t + 80, "door_inner", 1000)
    t = at(10, 12, 30)
    day.tell(t, "the telephone is answered on its second ring, after 7.5 s")
    day.ring(t, 2, 1500, 95000)
    t = at(10, 24)
    day.tell(t, "the greeting is quicker than the customer: a wait of 0")
    day.greet(t - 1500)
    day.leave(day.enter(t)[0] + 240000)
    t = at(11, 7)
    day.tell(t, "the fitting room calls, and calls again after 14 s (raised priority); help at 52 s")
    day.press(t, "fitting_call", bounce=True)
    day.press(t + 14000, "fitting_call")
    day.press(t + 52000, "fitting_done")
    t = at(11, 31, 15)
    day.tell(t, "a colleague comes back from the bank and presses 'not a customer'")
    day.press(day.enter(t)[0] + 3000, "not_customer")
    t = at(11, 48)
    day.tell(t, "a family of four through the door: one wait, a party of four")
    first, last = day.enter(t, 4, (1.4, 1.9))
    day.greet(last + 4500, bounce=True)
    day.leave(t + 1260000, 4)
    story_lunch(day)
    story_afternoon(day)


def story_lunch(day):
    day.tell(at(12, 0), "the lunch rush begins as till 2 goes on its break")
    t = at(12, 24, 40)
    day.tell(t, "the last in a long line gives up and leaves by the side exit")
    day.shop(Shopper(t - 35000, None, gives_up_ms=35000))
    t = at(12, 31)
    day.tell(t, "the telephone rings five times, nobody has a hand free: abandoned after 26 s")
    day.ring(t, 5)
    day.tell(at(12, 36), "till 3 opens")
    day.tell(at(12, 42), "till 2 is back")
    t = at(13, 50)
    day.tell(t, "till 3 closes, the rush is over")
    t = at(14, 16)
    day.tell(t, "a happy customer after lunch: hardly any wait, and a smile (good)")
    day.shop(Shopper(t, 60000, 0, walk_ms=3000))
    day.press(t + 76000, "smile_good", bounce=True)
    day.leave(t + 95000)


def story_afternoon(day):
    t = at(15, 26)
    day.tell(t, "a long complaint at the only till, and someone waits behind it")
    day.shop(Shopper(t, 430000, walk_ms=3000))
    served = t + 3000 + 430000 + 25000
    day.shop(Shopper(t + 50000, 90000, 0, walk_ms=25000))
    day.tell(served, "served at last, after almost seven minutes ...")
    day.press(served + 98000, "smile_bad")
    day.tell(served + 98000, "... and an unhappy face, tied to that wait")
    day.leave(served + 112000)
    t = at(16, 30)
    day.tell(t, "the fitting room calls; whoever it was has gone when help comes (button held)")
    day.press(t, "fitting_call")
    day.press(t + 95000, "fitting_done", hold=3600)
    t = at(17, 20)
    day.tell(t, "a child at the smileys: five presses, no vote")
    for n, face in enumerate(("good", "bad", "good", "ok", "good")):
        day.press(t + 900 * n, f"smile_{face}")
    t = at(18, 5)
    day.tell(t, "a trolley is parked at till 2 for 3 s: nobody")
    day.trace.active(t, "till_2", 3000)
    day.tell(at(19, 59), "the last customer has left; closing time")


# --- the crowd ---
def rate_at(ms):
    rate = 0
    for (hours, minutes), parties in RATES:
        if ms >= at(hours, minutes):
            rate = parties
    return rate


def party_size(day):
    u = day.rng.random()
    return 1 if u < 0.78 else 2 if u < 0.94 else 3


def greeting_delay(day, busy):
    """Mostly prompt; busy hands are slow."""
    if day.chance(0.22 if busy else 0.07):
        return day.between(19, 48)
    return day.between(3, 16.5)


def crowd(day):
    """Parties come in by the hour's rate, are greeted, look round, and most buy."""
    arrivals = []
    ms = 0
    while ms < CLOSE_S * 1000:
        # Thinning: step by the day's highest rate, keep by the moment's.
        ms += round(-3600 / 62 * math.log(1 - day.rng.random()) * 100) * 10
        keep = day.rng.random() * 62 < rate_at(ms)
        if keep:
            arrivals.append(ms)
    told = list(day.told)
    for begin in arrivals:
        people = party_size(day)
        if any(-20000 < begin - ms < 30000 for ms in told):
            continue
        first, last = day.enter(begin, people)
        due = first + greeting_delay(day, rate_at(begin) > 40)
        while any(abs(press - due) < 1000 for press in day.greets):
            due += 500 # one button, one finger
        if not any(first < press <= due for press in day.greets):
            day.greet(due, day.chance(0.1))
        browse = day.between(120, 900)
        if day.chance(0.72):
            # Lunch is quick: one knows what one wants.
            joins = last + (browse // 20 * 10 if rate_at(begin) > 30 else browse)
            day.line.append(Shopper(joins, day.skewed(22, 82), people))
        else:
            day.leave(last + browse, people)


def till_free(shifts, ms):
    """When a till is staffed from ms on, or None."""
    for h1, m1, h2, m2 in shifts:
        if ms < at(h2, m2):
            return max(ms, at(h1, m1))
    return None


def in_order(line):
    """The line as it formed. Nobody joins while the one who gives up is the
    last: a side exit is taken to be the newest's, and here that is true."""
    for quitter in [s for s in line if s.gives_up_ms]:
        until = quitter.joins + quitter.gives_up_ms
        line = [s._replace(joins=s.joins + quitter.gives_up_ms)
                if quitter.joins < s.joins <= until else s for s in line]
    return sorted(line, key=lambda s: s.joins)


def serve(day):
    """First come, first served at whichever till is free first."""
    free = {till: at(9, 0) for till in TILLS}
    for shopper in in_order(day.line):
        joins = shopper.joins
        day.trace.active(joins, "line_in", day.between(0.2, 0.3))
        if shopper.gives_up_ms:
            day.trace.active(joins + shopper.gives_up_ms, "line_out", 240)
            day.leave(joins + shopper.gives_up_ms + 25000, shopper.people)
            continue
        ready = {till: till_free(TILLS[till], max(free[till], joins)) for till in TILLS}
        till = min((t for t in ready if ready[t] is not None), key=lambda t: (ready[t], t))
        # Longer than gap_s: else two customers would look like one.
        begin = ready[till] + (shopper.walk_ms or day.between(2.6, 5))
        free[till] = stand(day, till, begin, shopper.service_ms)
        if shopper.people:
            after_service(day, free[till], shopper.people)


def stand(day, till, begin, service_ms):
    """Presence at a till; returns its end."""
    end = begin + service_ms
    if service_ms > 100000 and day.chance(0.5):
        # Bends down to the bags: out of sight for a moment, still the same one.
        pause = begin + service_ms // 20 * 10
        day.trace.active(begin, till, pause - begin)
        begin = pause + day.between(0.7, 1.6)
    day.trace.active(begin, till, end - begin)
    return end


def after_service(day, end, people):
    """Some say how it was; then out by the door."""
    if day.chance(0.09):
        u = day.rng.random()
        face = "good" if u < 0.62 else "ok" if u < 0.88 else "bad"
        day.press(end + day.between(6, 25), f"smile_{face}", day.chance(0.2))
    day.leave(end + day.between(12, 40), people)


def telephone_day(day):
    """Some calls an hour, most answered in time; none near the story's own."""
    ms = at(9, 20)
    while ms < at(19, 20):
        u = day.rng.random()
        if not any(abs(ms - at(*told)) < 240000 for told in ((10, 12, 30), (12, 31))):
            if u < 0.86:
                day.ring(ms, 1 + (u > 0.3) + (u > 0.62), day.between(0.6, 4.5),
                         day.between(40, 200))
            elif u < 0.93:
                day.ring(ms, 4, 1200, day.between(60, 150))
            else:
                day.ring(ms, 1 if u < 0.96 else 4)
        ms += day.between(900, 2600)
        if at(10, 50) < ms < at(11, 3):
            ms = at(11, 3)


def fitting_day(day):
    ms = at(9, 50)
    while ms < at(19, 0):
        slow = day.chance(0.1)
        answered = day.between(65, 110) if slow else day.between(12, 55)
        if not any(abs(ms - at(*told)) < 300000 for told in ((11, 7), (16, 30))):
            day.call(ms, answered, day.chance(0.15))
        ms += day.between(1100, 2900)
        if at(10, 50) < ms < at(11, 3):
            ms = at(11, 15)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "../../etc/demo/day.trace")
    day = Day()
    story(day)
    crowd(day)
    serve(day)
    telephone_day(day)
    fitting_day(day)
    day.trace.write(out)


if __name__ == "__main__":
    main()
