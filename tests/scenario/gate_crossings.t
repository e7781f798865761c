#!/usr/bin/python3
"""What two beams can tell of pairs who walked through a real door.

door-crossings.md lists staged pairs, in and out, at four places of a door, two
metres to nothing apart, with the times at which a pair came into view and was
out of it. Each becomes two bodies 0.3 m wide who pass two beams 10 cm apart, at
the speed that its times say. Whoever is behind the other must be found as the
second one; who walks beside the other cannot be. The times are not in the
repository (tests/data/README.md); without them this test skips.
"""
import collections
import datetime
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "tools"))
import tap

SOURCE = tap.need_data("door-crossings.md")
WORK = tap.work_dir("gate_crossings")
WIDTH_M, SPACING_M = 0.3, 0.1
# The field of view is so deep: pairs side by side, and at every distance, then
# all walk about as fast, 1 m/s.
VIEW_M = 1.8
CONF = """site = {{ id = "crossings"; }};
sensors = ({sensors});
gates = ( {{ id = "gate_in"; outer = "in_a"; inner = "in_b"; }},
          {{ id = "gate_out"; outer = "out_a"; inner = "out_b"; }} );
stations = ({stations});
"""
Pair = collections.namedtuple("Pair", "place metres way from_s to_s")
test = tap.Tap()


def load():
    """The staged pairs, in the order of the day."""
    pairs, place, metres, way, times = [], None, None, None, []
    with open(SOURCE, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("## "):
                place, metres = line[3:].strip(), None
            elif line.startswith("### "):
                distance = re.match(r"### 2 people in ([\d.]+) m distance", line)
                beside = line.startswith("### 2 people next to each other")
                metres = float(distance.group(1)) if distance else 0.0 if beside else None
            elif re.match(r"- (exit|enter)\s*$", line):
                way, times = line[2:].strip(), []
            elif metres is not None:
                stamp = re.match(r"\s+- (\d{4}-\d\d-\d\d [\d:.]+)\s*$", line)
                if stamp:
                    moment = datetime.datetime.fromisoformat(stamp.group(1))
                    times.append((moment - moment.replace(hour=0, minute=0, second=0,
                                                          microsecond=0)).total_seconds())
                    if len(times) == 2:
                        pairs.append(Pair(place, metres, way, *times))
    return pairs


def speed_of(pair):
    return (VIEW_M + pair.metres) / (pair.to_s - pair.from_s)


def spans(fronts, reach_m, speed):
    """When a beam @p reach_m behind the first one is broken."""
    broken = []
    for front in sorted(fronts):
        begin, end = front + reach_m / speed, front + (reach_m + WIDTH_M) / speed
        if broken and begin <= broken[-1][1]:
            broken[-1][1] = max(end, broken[-1][1])
        else:
            broken.append([begin, end])
    return broken


def edges(pair):
    """Both gates see the same bodies; each counts one way."""
    speed = speed_of(pair)
    fronts = [pair.from_s, pair.from_s + pair.metres / speed]
    first, second = ("a", "b") if pair.way == "enter" else ("b", "a")
    lines = []
    for beam, reach_m in ((first, 0.0), (second, SPACING_M)):
        for begin, end in spans(fronts, reach_m, speed):
            for gate, name in (("in", beam), ("out", "b" if beam == "a" else "a")):
                lines += [(begin, f"{gate}_{name}", 1), (end, f"{gate}_{name}", 0)]
    return lines


def closer(pair, light_m):
    """The same two at the same speed, with so little light between them."""
    metres = WIDTH_M + light_m
    return pair._replace(metres=metres, to_s=pair.from_s + (VIEW_M + metres) / speed_of(pair))


def count(pairs):
    """How many people each pair is, by a gate that counts its way."""
    sensors = ", ".join(f'{{ id = "{s}"; type = "beam"; line = "{s}"; }}'
                        for s in ("in_a", "in_b", "out_a", "out_b"))
    stations = ", ".join(f'{{ id = "{w}"; kind = "greeting"; arrive = "gate_{w}"; answer = "{a}"; '
                         'party_window_s = 0.0; give_up_s = 1.0; }'
                         for w, a in (("in", "greet_in"), ("out", "greet_out")))
    sensors += "".join(f', {{ id = "{s}"; type = "button"; line = "{s}"; }}'
                       for s in ("greet_in", "greet_out"))
    path = os.path.join(WORK, "pairs")
    with open(f"{path}.conf", "w", encoding="utf-8") as out:
        out.write(CONF.format(sensors=sensors, stations=stations))
    begin = min(p.from_s for p in pairs) - 10
    with open(f"{path}.trace", "w", encoding="utf-8") as out:
        out.write("# thirdring trace 1\n# start 1970-01-01T00:00:00Z\n")
        for at, sensor, level in sorted(e for p in pairs for e in edges(p)):
            out.write(f"{at - begin:.6f} {sensor} {level}\n")
    records, summary = tap.replay(f"{path}.conf", f"{path}.trace")
    opened = [(r["station"], r["mono_ms"] / 1000 + begin) for r in records if r["type"] == "wait"]
    faults = sum(s["gate_faults"] for s in summary.values())
    way = {"enter": "in", "exit": "out"}
    return [sum(s == way[p.way] and p.from_s <= at <= p.to_s for s, at in opened)
            for p in pairs], len(opened), faults


PAIRS = load()
FOUND, TOTAL, FAULTS = count(PAIRS)
test.same(len(PAIRS), 56, "staged pairs read")
table = collections.defaultdict(list)
for one, people in zip(PAIRS, FOUND):
    table[(one.place, one.metres)].append((one, people))
test.note("place                                metres   pairs  m/s   as two  as one")
for (place, metres), rows in table.items():
    speeds = [speed_of(p) for p, _ in rows]
    test.note(f"{place:36} {metres or 'beside':>6} {len(rows):7}"
              f"  {sum(speeds) / len(speeds):4.2f}"
              f" {sum(n == 2 for _, n in rows):7} {sum(n == 1 for _, n in rows):7}")
    want = 2 if metres else 1
    test.ok(all(n == want for _, n in rows),
            f"{place}, {f'{metres} m apart' if metres else 'side by side'}: "
            f"{'two people' if metres else 'one, as two beams see it'}",
            *[f"{p.way} {p.from_s}: {n}" for p, n in rows if n != want])
test.same(TOTAL, sum(FOUND), "nobody is counted by the gate of the other way")
test.same(FAULTS, 0, "no walk is taken for a jump")
behind = [n for p, n in zip(PAIRS, FOUND) if p.metres]
test.note(f"{len(behind)} pairs one behind the other: {behind.count(2)} found as two; "
          f"{len(PAIRS) - len(behind)} side by side: {FOUND.count(1)} found as one")
for light_cm in (15, 9, 5, 2):
    NEAR, _, FAULTS = count([closer(p, light_cm / 100) for p in PAIRS if p.metres])
    test.same([NEAR.count(2), FAULTS], [len(behind), 0],
              f"the same pairs with {light_cm} cm of light between them: found as two, faults")
test.done()
