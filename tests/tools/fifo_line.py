"""An independent model of one line with a join beam, a leave beam and positions.

First come, first served; who leaves by the side exit is taken to be the newest.
Reads the very edges that replay reads and knows nothing else, so that what
replay makes of them can be compared record for record.
"""
from collections import deque, namedtuple

Wait = namedtuple("Wait", "opened_ms closed_ms outcome position service_ms")


def run(edges, join="join", leave="leave"):
    """Waits in order of closing, services without a wait, longest queue, and
    the area under the queue in ms."""
    line, waits, unseen = deque(), [], []
    standing = {}
    longest = area = last = 0
    for ms, sensor, level in edges:
        area += (ms - last) * len(line)
        last = ms
        if sensor == join:
            if level:
                line.append(ms)
        elif sensor == leave:
            if level and line:
                waits.append(Wait(line.pop(), ms, "abandoned", None, None))
        elif level:
            standing[sensor] = (line.popleft() if line else None, ms)
        else:
            opened, begun = standing.pop(sensor)
            if opened is None:
                unseen.append(ms - begun)
            else:
                waits.append(Wait(opened, begun, "answered", sensor, ms - begun))
        longest = max(longest, len(line))
    return waits, unseen, longest, area
