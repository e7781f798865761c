#!/usr/bin/python3
"""Turn the bank's month into traces: as telephone lines, or as a line in a shop.

    bank_to_trace.py --form phone|steady|line [--day N] [--after HH:MM] CSV OUT

writes OUT.trace and OUT.conf. Forms:
  phone   each call rings its own telephone line, 2 s on and 4 s off from when
          the caller begins to wait, then off-hook for the service. A caller who
          hangs up in a pause was last heard at the end of the burst before.
  steady  the same, but the line "rings" without a pause for as long as the
          caller waits: what an operator's queue lamp shows. Nothing is rounded.
  line    a shop: a join beam, a leave beam for those who hang up, and one
          presence sensor for each agent.
"""
import argparse
import datetime
import sys

sys.dont_write_bytecode = True
import bank_data
import tracefile

RING_ON_MS, RING_OFF_MS = 2000, 4000
RING_MS = RING_ON_MS + RING_OFF_MS
# A line rests so long after a caller who hung up: only a silence much longer
# than the pause between bursts tells that the ringing is over.
LINE_REST_S = 30
PULSE_MS = 100


def bursts(wait_ms, answered):
    """(start, length) in ms of the ring bursts heard during a wait.

    Who answers as a burst begins hears it; who hangs up just then does not.
    """
    last = wait_ms if answered else wait_ms - 1
    return [(at, min(RING_ON_MS, wait_ms - at)) for at in range(0, last + 1, RING_MS)]


def heard_ms(wait_ms):
    """How long a caller who hung up after wait_ms was heard to wait."""
    start, length = bursts(wait_ms, False)[-1]
    return start + length


class Pool:
    """Numbered things that are taken while free; as many as were ever needed."""

    def __init__(self):
        self.free_at = []

    def take(self, begin, end):
        # The longest idle one, so that a line has rested when it rings again.
        index = min(range(len(self.free_at)), key=self.free_at.__getitem__, default=None)
        if index is None or self.free_at[index] > begin:
            index = len(self.free_at)
            self.free_at.append(0)
        self.free_at[index] = end
        return index


def telephone(calls, trace, base_s, steady):
    """Ring and hook edges of every call; the configuration's text."""
    pool = Pool()
    for call in calls:
        answered = call.outcome == "answered"
        end = call.closed + (call.service_s if answered else LINE_REST_S)
        line = pool.take(call.opened, end + 1)
        opened, wait = (call.opened - base_s) * 1000, (call.closed - call.opened) * 1000
        for start, length in [(0, wait)] if steady else bursts(wait, answered):
            trace.active(opened + start, f"ring{line}", length, 0, 2)
        if answered:
            trace.active(opened + wait, f"hook{line}", call.service_s * 1000, 1)
    numbers = range(len(pool.free_at))
    sensors = [tracefile.sensor(f"{kind}{n}", kind) for n in numbers for kind in ("ring", "hook")]
    lines = ",\n".join(f'      {{ id = "line{n}"; ring = "ring{n}"; hook = "hook{n}"; '
                       f'hook_sees = "line"; }}' for n in numbers)
    station = (f'  {{ id = "bank"; kind = "phone"; short_abandon_s = 0.0; give_up_s = 7200.0;\n'
               f"    target = {{ seconds = 20.0; }};\n    lines = (\n{lines} ); }}")
    return tracefile.config("bank", sensors, station)


class Beam:
    """Pulses of one beam. Several may fall on the same instant, so a pulse ends
    at the next one's start where it would otherwise run into it."""

    def __init__(self, trace, sensor):
        self.trace, self.sensor, self.last = trace, sensor, None

    def pulse(self, ms, rank):
        if self.last is not None:
            last_ms, last_rank = self.last
            early = ms <= last_ms + PULSE_MS
            self.trace.edge(ms if early else last_ms + PULSE_MS, self.sensor, 0,
                            rank if early else last_rank)
        self.trace.edge(ms, self.sensor, 1, rank)
        self.last = (ms, rank)

    def finish(self):
        if self.last is not None:
            self.trace.edge(self.last[0] + PULSE_MS, self.sensor, 0)


class Agents:
    """A presence sensor each. "none", and a server who is busy already, are
    stood in for by further sensors."""

    def __init__(self):
        self.busy_until = {}
        self.extra = Pool()

    def sensor(self, call, begin, end):
        name = call.server
        if name == "none" or self.busy_until.get(name, -1) > begin:
            return f"extra{self.extra.take(begin, end)}"
        self.busy_until[name] = end
        return name

    def names(self):
        return sorted(self.busy_until) + [f"extra{n}" for n in range(len(self.extra.free_at))]


# What stands first within one second: services end, the line moves up or loses
# people, newcomers join, and last who joins and is served at once (in pairs).
RANK_END, RANK_MOVE, RANK_JOIN, RANK_DIRECT = 0, 1, 2, 3


def shop_line(calls, trace, base_s):
    """Beam and presence edges of every call; the configuration's text."""
    pulses = []
    agents = Agents()
    for call in sorted(calls, key=lambda c: (c.closed, c.opened)):
        opened, closed = (call.opened - base_s) * 1000, (call.closed - base_s) * 1000
        direct = opened == closed
        pulses.append((opened, RANK_DIRECT if direct else RANK_JOIN, "join", call))
        if call.outcome == "abandoned":
            pulses.append((closed, RANK_MOVE, "leave", call))
            continue
        end = closed + call.service_s * 1000
        pulses.append((closed, RANK_DIRECT if direct else RANK_MOVE,
                       (agents.sensor(call, closed, end), end), call))
    beams = {name: Beam(trace, name) for name in ("join", "leave")}
    for ms, rank, what, call in sorted(pulses, key=lambda p: p[:2]):
        if what in beams:
            beams[what].pulse(ms, rank)
        else:
            name, end = what
            # A service of 0 s must end after it began.
            trace.active(ms, name, end - ms, rank, RANK_END if end > ms else rank)
    for beam in beams.values():
        beam.finish()
    names = agents.names()
    sensors = [tracefile.sensor(n, "beam") for n in beams]
    sensors += [tracefile.sensor(n, "presence") for n in names]
    positions = ",\n".join(f'      {{ id = "{n}"; presence = "{n}"; }}' for n in names)
    station = ('  { id = "bank"; kind = "queue"; join = "join"; leave = "leave";\n'
               "    min_stay_s = 0.0; gap_s = 0.0; give_up_s = 7200.0; short_abandon_s = 0.0;\n"
               # callers on hold do not step up to an agent who is free
               "    idle_empty_s = 0.0; per_position = true; "
               f"target = {{ seconds = 20.0; }};\n    positions = (\n{positions} ); }}")
    return tracefile.config("bank", sensors, station)


def convert(calls, form, out, day=None):
    """Write OUT.trace and OUT.conf; times count from the day, or from the month."""
    base_s = (day or 0) * bank_data.DAY_S
    date = bank_data.FIRST_DAY + datetime.timedelta(days=day or 0)
    trace = tracefile.Trace(f"{date}T00:00:00Z", [f"A bank's call centre, form: {form}."])
    if form == "line":
        text = shop_line(calls, trace, base_s)
    else:
        text = telephone(calls, trace, base_s, form == "steady")
    trace.write(f"{out}.trace")
    with open(f"{out}.conf", "w", encoding="utf-8") as conf:
        conf.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--form", choices=("phone", "steady", "line"), default="phone")
    parser.add_argument("--day", type=int, help="of the month, from 1; default: the whole month")
    parser.add_argument("--after", default="0:00", help="calls that begin to wait from then on")
    parser.add_argument("csv")
    parser.add_argument("out")
    args = parser.parse_args()
    hours, minutes = args.after.split(":")
    after = int(hours) * 3600 + int(minutes) * 60
    day = args.day - 1 if args.day else None
    calls = [call for call in bank_data.load(args.csv)
             if (day is None or call.day == day)
             and call.opened - call.day * bank_data.DAY_S >= after]
    convert(calls, args.form, args.out, day)


if __name__ == "__main__":
    main()
