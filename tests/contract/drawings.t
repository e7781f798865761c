#!/usr/bin/python3
"""The manual's drawings: each is what its source says, can be read on paper, and
says of its line what its circuit does."""
import glob
import math
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import tap  # noqa: E402

t = tap.Tap()
HARDWARE = os.path.join(tap.TOP, "hardware")
DRAW = os.path.join(tap.TOP, "tests", "tools", "draw")
SVG = "{http://www.w3.org/2000/svg}"
CIRCUITS = ("contact", "button", "beam", "opto24", "mat", "pir", "tof", "staff", "ring", "hook", "eol",
            "buzzer", "stacklight", "sent-lamp", "power")
OUTPUTS = ("buzzer", "stacklight", "sent-lamp")
# Widths of a wide sans serif's letters in thousandths of its height, a class a line.
WIDTHS = {280: "ijl,.:;'| ", 320: "()[]I/", 390: "rtf-", 520: "scvxykz\"*", 640: "abdeghnopquFLJTSEZ+=0123456789<>~",
          690: "ABCKPRXYV", 770: "DGHNOQUΩµ", 980: "mwMW%@"}
WIDTH = {c: w / 1000 for w, letters in WIDTHS.items() for c in letters}


def sources():
    found = glob.glob(os.path.join(HARDWARE, "**", "*.m4"), recursive=True)
    return sorted(f for f in found if os.path.basename(f) != "common.m4")


def name(path):
    return os.path.relpath(path, HARDWARE)


def texts(root):
    """Each text with its box (x1, y1, x2, y2) in millimetres."""
    for node in root.iter(SVG + "text"):
        text = "".join(node.itertext())
        size = float(node.get("font-size"))
        wide = sum(0.6 if node.get("font-family") else WIDTH.get(c, 0.64) for c in text) * size
        wide *= 1.1 if node.get("font-weight") else 1
        x, y = float(node.get("x")), float(node.get("y"))
        left = {"start": x, "end": x - wide}.get(node.get("text-anchor"), x - wide / 2)
        yield text, size, (left, y - 0.74 * size, left + wide, y + 0.1 * size)


def segments(root):
    """The straight strokes; round shapes as their chords."""
    for node in root.iter():
        tag, got = node.tag.replace(SVG, ""), node.attrib
        points = []
        if tag == "line":
            points = [(float(got["x1"]), float(got["y1"])), (float(got["x2"]), float(got["y2"]))]
        elif tag in ("polyline", "polygon"):
            n = [float(v) for v in re.split(r"[ ,]+", got["points"].strip())]
            points = list(zip(n[::2], n[1::2]))
        elif tag == "rect" and got.get("stroke") != "none":
            x, y = float(got["x"]), float(got["y"])
            w, h = float(got["width"]), float(got["height"])
            points = [(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)]
        elif tag in ("circle", "ellipse"):
            rx, ry = (float(got.get(k, got.get("r", 0))) for k in ("rx", "ry"))
            points = [(float(got["cx"]) + rx * math.cos(a * math.pi / 12),
                       float(got["cy"]) + ry * math.sin(a * math.pi / 12)) for a in range(25)]
        yield from zip(points, points[1:])


def crosses(one, two, box):
    """Whether a stroke goes through a text's inside."""
    x1, y1, x2, y2 = box[0] + 0.3, box[1] + 0.3, box[2] - 0.3, box[3] - 0.3
    steps = max(2, int(math.hypot(two[0] - one[0], two[1] - one[1]) / 0.2))
    for i in range(steps + 1):
        x = one[0] + (two[0] - one[0]) * i / steps
        y = one[1] + (two[1] - one[1]) * i / steps
        if x1 < x < x2 and y1 < y < y2:
            return True
    return False


def overlap(a, b):
    return min(a[2], b[2]) - max(a[0], b[0]) > 0.2 and min(a[3], b[3]) - max(a[1], b[1]) > 0.2


def complaints(root):
    wide, high = float(root.get("viewBox").split()[2]), float(root.get("viewBox").split()[3])
    found = list(texts(root))
    strokes = list(segments(root))
    for i, (text, size, box) in enumerate(found):
        if box[0] < 0 or box[2] > wide or box[1] < 0 or box[3] > high:
            yield f"{text!r} leaves the sheet"
        if size * 120 / wide < 2.3:
            yield f"{text!r} is too small at 12 cm"
        for other, _, its in found[i + 1:]:
            if overlap(box, its):
                yield f"{text!r} lies on {other!r}"
        if any(crosses(one, two, box) for one, two in strokes):
            yield f"a line goes through {text!r}"


def check_readable(path):
    root = ET.parse(path).getroot()
    t.same(list(complaints(root)), [], f"{name(path)}: nothing lies on a text, leaves the sheet or is tiny")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    t.ok(root.find(SVG + "title").text and root.find(SVG + "desc").text,
         f"{name(path)}: has a title and a description")
    outside = re.findall(r"(?:href|url\(|<script|<style|id=)[^ >]*", text)
    t.same(outside, [], f"{name(path)}: refers to nothing and can stand in any page")


def numbers_apart(a, b):
    """Whether two drawings differ by more than a dpic's rounding."""
    split = re.compile(r"-?\d+\.?\d*")
    if split.sub("#", a) != split.sub("#", b):
        return True
    return any(abs(float(x) - float(y)) > 0.05 for x, y in zip(split.findall(a), split.findall(b)))


def check_same():
    probe = subprocess.run([sys.executable, DRAW, "--can"], capture_output=True, text=True, check=False)
    if probe.returncode:
        t.count += 1
        print(f"ok {t.count} - the drawings are what their sources draw # SKIP {probe.stderr.strip()}")
        return
    with tempfile.TemporaryDirectory() as folder:
        for source in sources():
            run = subprocess.run([sys.executable, DRAW, "--to", folder, source],
                                 capture_output=True, text=True, check=False)
            made = os.path.join(folder, os.path.basename(source)[:-3] + ".svg")
            if run.returncode or not os.path.exists(source[:-3] + ".svg"):
                t.ok(False, f"{name(source)} can be drawn and is committed drawn", run.stderr)
                continue
            with open(made, encoding="utf-8") as one, open(source[:-3] + ".svg", encoding="utf-8") as two:
                t.ok(not numbers_apart(one.read(), two.read()),
                     f"{name(source)[:-3]}.svg is what its source draws",
                     f"make drawings, and look at {name(source)[:-3]}.svg")


def rows(root):
    """What a circuit's drawing says of its line: {row: (level, reads)}."""
    lines = {}
    for text, _, box in texts(root):
        lines.setdefault(round(box[3]), []).append((box[0], text))
    said = {}
    for line in lines.values():
        cells = [text for _, text in sorted(line)]
        if cells[0] in ("at rest", "active", "cable cut", "off", "on", "booting") and len(cells) == 4:
            said[cells[0]] = (cells[2].split()[0], cells[3])
    return said


def setting(root):
    words = " ".join(text for text, _, _ in texts(root))
    found = re.search(r'active = "(high|low)"', words)
    return found.group(1) if found else None


def check_electric(circuit):
    """The table under the circuit agrees with itself and with the configuration."""
    root = ET.parse(os.path.join(HARDWARE, "circuits", circuit + ".svg")).getroot()
    said, active = rows(root), setting(root)
    words = {text for text, _, _ in texts(root)}
    t.ok(f'circuit = "{circuit}"' in words, f"{circuit}: the drawing bears the name of the setting")
    if circuit == "power":
        return
    level = {"high": "HIGH", "low": "LOW"}[active]
    rest = {"high": "LOW", "low": "HIGH"}[active]
    if circuit in OUTPUTS:
        t.same([said[r][0] for r in ("off", "on", "booting")], [rest, level, rest],
               f"{circuit}: off, on and booting are told with their levels")
        t.ok("GPIOn" in words and "10 kΩ" in words and "100 Ω" in words,
             f"{circuit}: a gate resistor, and one that holds it off")
        return
    t.same((said["at rest"], said["active"]), ((rest, "inactive"), (level, "active")),
           f"{circuit}: rest and active are the levels that active = {active} makes of them")
    cut = said["cable cut"]
    t.same(cut[1], "reads active" if cut[0] == level else "NOT SEEN",
           f"{circuit}: what a cut cable reads follows from its level")
    t.ok({"to GPIOn", "3V3", "GND"} <= words, f"{circuit}: names the pins it goes to")


def check_header():
    """The header's drawing and the program's table are one."""
    with open(os.path.join(tap.TOP, "src", "cli", "header40.c"), encoding="utf-8") as file:
        code = file.read()
    pins = {}
    for pin, gpio, boot in re.findall(r"LINE\((\d+), (\d+), (\w+),", code):
        pins[int(pin)] = (f"GPIO{gpio}", {"UP": "up", "UP_FIXED": "up!", "DOWN": "down"}[boot])
    for word, kind in (("V33", "3V3"), ("V5", "5V"), ("GND", "GND")):
        for pin in re.findall(rf"{word}\((\d+)\)[,;]", code):
            pins[int(pin)] = (kind, "")
    t.same(len(pins), 40, "the program knows 40 pins")
    with open(os.path.join(HARDWARE, "header.m4"), encoding="utf-8") as file:
        drawn = {int(p): (n, b) for p, n, b in
                 re.findall(r"^tr_hpin\((\d+), (\w+), ([a-z!]*),", file.read(), re.M)}
    wrong = {p: (drawn.get(p), pins[p]) for p in pins if drawn.get(p) != pins[p]}
    t.same(wrong, {}, "header.m4 draws every pin with the program's name and pull")


def main():
    have = {name(s)[:-3] for s in sources()}
    t.same(sorted({f"circuits/{c}" for c in CIRCUITS} - have), [], "every circuit has a source")
    check_same()
    for source in sources():
        if t.ok(os.path.exists(source[:-3] + ".svg"), f"{name(source)}: drawn and committed"):
            check_readable(source[:-3] + ".svg")
    for circuit in CIRCUITS:
        check_electric(circuit)
    check_header()
    t.done()


if __name__ == "__main__":
    main()
