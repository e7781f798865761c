"""Writing traces (DESIGN.md, section 5) and the small configurations that go with them."""


def seconds(ms):
    """Whole milliseconds as the trace's seconds, without trailing zeros."""
    text = f"{ms // 1000}.{ms % 1000:03d}"
    return text.rstrip("0").rstrip(".")


class Trace:
    """Edges and directives in any order; written sorted.

    Edges of one instant keep the order of `rank`, then the order of adding:
    the core acts on lines as they stand, so what must be seen first (a join
    before its service) needs the lower rank.
    """

    def __init__(self, start=None, story=()):
        self.start = start
        self.story = list(story)
        self.lines = []

    def edge(self, ms, sensor, level, rank=0):
        self.lines.append((ms, rank, len(self.lines), f"{sensor} {level}"))

    def active(self, ms, sensor, for_ms, rank=0, end_rank=None):
        self.edge(ms, sensor, 1, rank)
        self.edge(ms + for_ms, sensor, 0, rank if end_rank is None else end_rank)

    def directive(self, ms, text, rank=0):
        self.lines.append((ms, rank, len(self.lines), f"!{text}"))

    def comment(self, ms, text):
        """A comment line just before what happens at @p ms."""
        self.lines.append((ms, -99, len(self.lines), None, text))

    def sorted(self):
        return sorted(self.lines, key=lambda line: line[:3])

    def write(self, path):
        with open(path, "w", encoding="utf-8") as out:
            out.write("# thirdring trace 1\n")
            if self.start:
                out.write(f"# start {self.start}\n")
            for line in self.story:
                out.write(f"# {line}".rstrip() + "\n")
            for line in self.sorted():
                if line[3] is None:
                    out.write(f"# {line[4]}\n")
                else:
                    out.write(f"{seconds(line[0])} {line[3]}\n")


def read_edges(path):
    """(ms, sensor, level) of each edge of a trace, for the tests' own models."""
    edges = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            words = line.split("#")[0].split()
            if len(words) == 3 and not words[1].startswith("!"):
                edges.append((round(float(words[0]) * 1000), words[1], int(words[2])))
    return edges


def sensor(ident, kind):
    """One sensor of recorded data: no debounce, and no fault rule may judge it."""
    return (f'  {{ id = "{ident}"; type = "{kind}"; line = "{ident}"; press_ms = 0; '
            f"release_ms = 0; stuck_on_s = 0.0; storm_hz = 0; }}")


def config(site, sensors, station, timezone="UTC"):
    """A whole configuration around one station's text."""
    listed = ",\n".join(sensors)
    return (f'site = {{ id = "{site}"; timezone = "{timezone}"; }};\n'
            f'gpio = {{ backend = "replay"; trace = "unused.trace"; }};\n'
            f"sensors = (\n{listed}\n);\nstations = (\n{station}\n);\n")
