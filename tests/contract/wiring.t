#!/usr/bin/env python3
"""thirdring wiring: the sheet of a configuration, in three forms, and its warnings,
which are those of thirdring check. The example's sheet lies in hardware/wiring and is
made anew and compared (TR_REFRESH=1 rewrites it)."""
import base64
import html.parser
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import tap  # noqa: E402

t = tap.Tap()
os.chdir(tap.TOP)
CLI = os.path.join(tap.BUILD, "thirdring")
WORK = tap.work_dir("wiring")
EXAMPLE = "etc/thirdring.conf"
DRAWINGS = "hardware/circuits"
INPUTS = ["contact", "button", "beam", "opto24", "mat", "pir", "tof", "staff", "ring", "hook", "eol"]
DRIVES = ["buzzer", "stacklight", "sent-lamp"]


def cli(*args, columns=80, **env):
    return subprocess.run([CLI, *args], capture_output=True, text=True, check=False,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": str(columns), **env})


def wiring(*args, **how):
    return cli("wiring", *args, **how)


def shop(sensors, outputs="", chip="pinctrl-bcm2711", rest="", name="shop"):
    """A shop of these sensors; where none has a use, a call button has. Its path."""
    path = os.path.join(WORK, name + ".conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write('site = { id = "shop"; };\n'
                   f'gpio = {{ chip = "{chip}"; }};\n'
                   'sensors = ( { id = "k1"; type = "button"; line = "GPIO24"; bias = "pull-up"; active = "low"; },\n'
                   '  { id = "k2"; type = "button"; line = "GPIO25"; bias = "pull-up"; active = "low"; }'
                   f'{"".join("," + s for s in sensors)} );\n'
                   f'outputs = ( {outputs} );\n'
                   'stations = ( { id = "c"; kind = "call"; name = "Counter"; call = "k1"; answer = "k2"; '
                   'target = { seconds = 60.0; }; }' + rest + ' );\n')
    return path


# --- the example -----------------------------------------------------------------------

def without_pictures(text):
    """The page with its circuits' pictures left out: they are drawn elsewhere."""
    return re.sub(r'<img alt=.*?>|<pre>.*?</pre>', "<!-- drawing -->", text, flags=re.S)


form = {}
for kind, more in (("txt", ["--format", "text"]), ("svg", ["--format", "svg"]),
                   ("html", ["--format", "html", "--drawings", DRAWINGS])):
    run = wiring(*more, EXAMPLE)
    form[kind] = run.stdout
    t.ok(run.returncode == 0 and run.stdout and not run.stderr, f"the example as {kind}", run.stderr)
    path = f"hardware/wiring/highstreet.{kind}"
    if os.environ.get("TR_REFRESH"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(run.stdout)
    with open(path, encoding="utf-8") as file:
        kept = file.read()
    t.ok(without_pictures(kept) == without_pictures(run.stdout),
         f"{path} is made of the example as it is (TR_REFRESH=1 makes it anew)")
t.ok("Before you wire" not in "".join(form.values()), "nothing to warn of in the example")
t.ok("Worth a look" not in cli("check", EXAMPLE).stdout, "nor in its check")
for id in re.findall(r'id = "(\w+)"; +type = ', open(EXAMPLE, encoding="utf-8").read()):
    rows = [line for line in form["txt"].splitlines() if re.match(rf"W\d+  {id}$", line)]
    t.ok(len(rows) == 1 and all(re.search(rf"\b{id}\b", f) for f in form.values())
         and len(re.findall(rf"^  W\d+ {id} \|", form["txt"], re.M)) == 2,
         f"{id}: one cable, two labels, in every form")
t.ok("Front door, outer beam" in form["txt"] and "Checkout, place 1 (head of the line)" in form["txt"]
     and "Lamp: a wait at risk; too many late" in form["txt"], "stations and roles in plain words")
numbers = [int(n) for n in re.findall(r"^ {4} *(\d+)  (?:white|brown|black|blue|green|yellow|red)",
                                      form["txt"], re.M)]
inputs = sum(1 for n in numbers if n < 100)
t.ok(inputs > 40 and numbers == [*range(1, inputs + 1), *range(101, 101 + len(numbers) - inputs)],
     "terminals are numbered in one go, those of outputs from the next hundred on", numbers)
terminals = [int(n) for n in re.findall(r'<td class="num">(\d+)</td>', form["html"])]
t.same(terminals, numbers, "on paper too")
t.ok(all(f"keep free ({what})" in form["txt"] for what in
         ("I2C1 SDA", "I2C1 SCL", "UART TXD", "UART RXD", "HAT EEPROM SDA", "HAT EEPROM SCL")),
     "what must stay free says so, and why")
rows = re.findall(r"^.{35} +(\d+) +(\d+) +\S", form["txt"], re.M)[:20]
t.same([int(n) for row in rows for n in row], list(range(1, 41)), "the pins stand as on the board")

# --- every circuit ------------------------------------------------------------------------

lines = [n for n in range(4, 28) if n not in (14, 15, 24, 25)]
ALL = shop([f'{{ id = "s_{c}"; type = "staff"; circuit = "{c}"; line = "GPIO{lines[i]}"; bias = "pull-up"; '
            f'active = "{"low" if c in ("button", "ring", "hook", "eol") else "high"}"; }}'
            for i, c in enumerate(INPUTS)],
           ", ".join(f'{{ id = "o_{c}"; type = "lamp"; circuit = "{c}"; line = "GPIO{lines[i + 12]}"; }}'
                     for i, c in enumerate(DRIVES)), name="all")
for columns in (80, 45):
    run = wiring(ALL, columns=columns)
    wide = [line for line in run.stdout.splitlines() if len(line) > columns or line != line.rstrip()]
    t.ok(run.returncode == 0 and not wide, f"every circuit in {columns} columns", run.stderr, *wide)
    t.ok(all(re.search(rf"^{c}: ", run.stdout, re.M) for c in INPUTS + DRIVES), "each is drawn")
t.ok("Before you wire" not in run.stdout, "wired as drawn, none is warned of", run.stdout)
page = wiring("--format", "html", "--drawings", DRAWINGS, ALL).stdout
pictures = [base64.b64decode(b) for b in re.findall(r"data:image/svg\+xml;base64,([^\"]*)", page)]
drawn = [c for c in INPUTS + DRIVES if os.path.exists(f"{DRAWINGS}/{c}.svg")]
t.ok(pictures == [open(f"{DRAWINGS}/{c}.svg", "rb").read() for c in drawn],
     f"the page holds {len(drawn)} drawings, byte for byte")
t.same(page.count("<pre>"), len(INPUTS + DRIVES) - len(drawn), "what is not drawn there is drawn in ASCII")
bare = wiring("--format", "html", "--drawings", "/nonexistent", ALL).stdout
t.ok(bare.count("<pre>") == len(INPUTS + DRIVES) and "base64" not in bare, "without drawings all are")
for c in INPUTS + DRIVES:
    rows = re.search(rf"<b>W\d+</b>\n<br>[so]_{c}</td>.*?</tbody>", page, re.S)
    marks = re.findall(r'<td class="num">\d+</td>\n<td>[^<]*</td>\n<td>([^<]*)</td>', rows[0]) if rows else []
    try:
        texts = re.findall(r">([^<>]*)</text>", open(f"{DRAWINGS}/{c}.svg", encoding="utf-8").read())
    except FileNotFoundError:
        t.ok(True, f"{c}: terminals as drawn # SKIP not drawn yet")
        continue
    t.ok(marks and all(m.replace("-", "−") in texts or m in texts for m in marks),
         f"{c}: the terminals {marks} are those of the drawing", texts)

for more, rest, expected in (("", "", "sent-lamp"), ('circuit = "stacklight";', "", "stacklight"),
                             ("", 'alerts = { late = { lamp = "lamp"; }; };', "stacklight")):
    conf = shop([], f'{{ id = "lamp"; type = "lamp"; line = "GPIO17"; {more} }}')
    with open(conf, encoding="utf-8") as file:
        text = file.read().replace('answer = "k2";', 'answer = "k2"; sent_lamp = "lamp";') + rest
    with open(conf, "w", encoding="utf-8") as file:
        file.write(text)
    t.ok(f"GPIO17, pin 11; circuit {expected}" in wiring(conf).stdout,
         f"a lamp at a call box is wired as {expected} {more}{rest}", wiring(conf).stderr)
with tempfile.TemporaryDirectory(prefix="tr-wiring-") as prefix:
    os.makedirs(f"{prefix}/share/doc/thirdring/{DRAWINGS}")
    os.makedirs(f"{prefix}/bin")
    shutil.copy(CLI, f"{prefix}/bin")
    with open(f"{prefix}/share/doc/thirdring/{DRAWINGS}/beam.svg", "w", encoding="utf-8") as file:
        file.write("<svg/>")
    run = subprocess.run([f"{prefix}/bin/thirdring", "wiring", "--format", "html", ALL],
                         capture_output=True, text=True, check=False)
    t.ok(base64.b64encode(b"<svg/>").decode() in run.stdout and run.stdout.count("<pre>") == len(INPUTS + DRIVES) - 1,
         "an installed program finds the drawings that were installed with it", run.stderr)

# --- warnings ----------------------------------------------------------------------------

SAFE = 'bias = "pull-up"; active = "high";'


def beam(id, line, rest=SAFE, type="beam"):
    return f'{{ id = "{id}"; type = "{type}"; line = {line}; {rest} }}'


def lamp(line, active="high"):
    return f'{{ id = "lamp"; type = "lamp"; line = {line}; active = "{active}"; }}'


def door(arrive, answer="k2"):
    return f', {{ id = "d"; kind = "greeting"; name = "Door"; arrive = "{arrive}"; answer = "{answer}"; }}'


LOW = 'bias = "pull-up"; active = "low";'
CASES = [
    # name, sensors, outputs, further stations, [(who, what is wrong, what to do), ...]
    ("a clock's pin", [beam("b", '"GPIO2"')], "", "",
     [("b (GPIO2, pin 3)", "doubles as I2C1 SDA", "for instance GPIO4 (pin 7)")]),
    ("a mainline name", [beam("b", '"SDA1"')], "", "",
     [("b (GPIO2 (SDA1), pin 3)", "doubles as I2C1 SDA", "move it")]),
    ("the console", [beam("b", "14")], "", "", [("b (GPIO14, pin 8)", "doubles as UART TXD", "move it")]),
    ("the board's memory chip", [beam("b", '"GPIO1"')], "", "",
     [("b (GPIO1, pin 28)", "doubles as HAT EEPROM SCL", "move it")]),
    ("SPI is only a note", [beam("b", '"GPIO8"')], lamp('"GPIO9"'), "", []),
    ("beyond the header", [beam("b", "40")], "", "",
     [("b (line 40 of pinctrl-bcm2711)", "not on the 40-pin header", "move it")]),
    ("two uses of one line", [beam("b", "24")], "", "",
     [("b (GPIO24, pin 18)", "the same pin as k1", "move it")]),
    ("no bias", [beam("b", '"GPIO5"', 'active = "high";')], "", "",
     [("b (GPIO5, pin 29)", "without a bias", 'bias = "pull-up"')]),
    ("bias off", [beam("b", '"GPIO5"', 'bias = "disabled"; active = "high";')], "", "",
     [("b (GPIO5, pin 29)", "without a bias", 'bias = "pull-up"')]),
    ("a pull-down", [beam("b", '"GPIO5"', 'bias = "pull-down"; active = "low";')], "", "",
     [("b (GPIO5, pin 29)", "works against circuit beam", 'bias = "pull-up"')]),
    ("a pull-down that cannot work", [beam("b", '"GPIO3"', 'bias = "pull-down"; active = "low";')], "", "",
     [("b (GPIO3, pin 5)", "doubles as I2C1 SCL", "move it"),
      ("b (GPIO3, pin 5)", "1.8 kOhm", 'bias = "pull-up"')]),
    ("a beam whose cut cable hides", [beam("b", '"GPIO5"', LOW)], "", "",
     [("b (GPIO5, pin 29)", "nobody there", 'active = "high"')]),
    ("a presence too", [beam("b", '"GPIO5"', LOW, "presence")], "", "",
     [("b (GPIO5, pin 29)", "nobody there", 'active = "high"')]),
    ("a mat with two wires", [beam("b", '"GPIO5"', LOW + ' circuit = "button";', "presence")], "", "",
     [("b (GPIO5, pin 29)", "nobody there", "four wires")]),
    ("a door contact too", [beam("b", '"GPIO5"', LOW, "contact")], "", door("b"),
     [("b (GPIO5, pin 29)", "nobody there", 'active = "high"')]),
    ("a door contact that is never a fault", [beam("b", '"GPIO5"', SAFE, "contact")], "", door("b"),
     [("b (GPIO5, pin 29)", "nothing would ever call it a fault", "stuck_on_s")]),
    ("one that is", [beam("b", '"GPIO5"', SAFE + " silent_s = 7200.0;", "contact")], "", door("b"), []),
    ("a supervised one", [beam("b", '"GPIO5"', LOW + ' circuit = "eol";', "contact")], "", door("b"), []),
    ("a supervised one turned round", [beam("b", '"GPIO5"', SAFE + ' circuit = "eol";', "beam")], "", "",
     [("b (GPIO5, pin 29)", "high while all is well", 'active = "low"')]),
    ("a door with one beam", [beam("b", '"GPIO5"')], "", door("b"),
     [("b (GPIO5, pin 29)", "propped open in this beam is a fault after 5 min", "stuck_on_s")]),
    ("a button turned round", [beam("b", '"GPIO5"', SAFE, "button")], "", "",
     [("b (GPIO5, pin 29)", "open at rest", 'active = "low"')]),
    ("a ticket dispenser's contact", [beam("b", '"GPIO5"', LOW, "contact"), beam("b2", '"GPIO6"')], "",
     ', { id = "q"; kind = "queue"; discipline = "tickets"; join = "b"; '
     'positions = ( { id = "p"; next = "k2"; } ); }',
     [("b (GPIO5, pin 29)", "closed at rest", 'circuit = "button"')]),
    ("a PIR at a place", [beam("b", '"GPIO5"', SAFE + ' circuit = "pir";', "presence"), beam("b2", '"GPIO6"')], "",
     ', { id = "q"; kind = "queue"; places = [ "b" ]; positions = ( { id = "p"; presence = "b2"; } ); }',
     [("b (GPIO5, pin 29)", "not somebody who stands", "tof")]),
    ("a lamp on a line pulled up", [], lamp('"GPIO5"'), "",
     [("lamp (GPIO5, pin 29)", "pulls GPIO5 up while it boots", "for instance GPIO17 (pin 11)")]),
    ("a lamp on a line held up", [], lamp('"GPIO2"'), "",
     [("lamp (GPIO2, pin 3)", "doubles as I2C1 SDA", "move it"),
      ("lamp (GPIO2, pin 3)", "on whenever the service is not running", "move it")]),
    ("two to be moved", [beam("b", '"GPIO2"'), beam("b3", '"GPIO3"')], "", "",
     [("b (GPIO2, pin 3)", "doubles as", "GPIO4 (pin 7)"), ("b3 (GPIO3, pin 5)", "doubles as", "GPIO17 (pin 11)")]),
    ("a lamp turned round, pulled down", [], lamp('"GPIO17"', "low"), "",
     [("lamp (GPIO17, pin 11)", "down while it boots, and low is on", 'active = "high"')]),
    ("a lamp turned round, pulled up", [], lamp('"GPIO5"', "low"), "", []),
]


def told(text, heading):
    """(who, wrong, todo) of each warning below a heading."""
    below = text.partition(f"\n{heading}\n")[2].partition("\n\n")[0]
    one = " ".join(below.split())
    found = re.findall(r"(\w+ \((?:[^()]|\([^()]*\))*\)): (.*?) -> (.*?)(?= \w+ \((?:GPIO|line)[^)]*\)+?[^:]*: |$)", one)
    return found


for name, sensors, outputs, rest, expected in CASES:
    conf = shop(sensors, outputs, rest=rest)
    sheet = wiring(conf)
    found = told(sheet.stdout, "Before you wire")
    good = len(found) == len(expected) and all(
        f[0] == e[0] and e[1] in f[1] and e[2] in f[2] for f, e in zip(found, expected))
    t.ok(sheet.returncode == 0 and good, f"{name}: " + (expected[-1][1] if expected else "no warning"),
         sheet.stderr, "found:", *found)
    check = cli("check", conf).stdout.replace("  d: has no target, so its waits are measured but never late\n", "")
    check = check.replace("  q: has no target, so its waits are measured but never late\n", "")
    t.ok(told(check, "Worth a look") == found, f"{name}: check says the same", check[-800:])

# --- other boards ---------------------------------------------------------------------------

conf = shop([beam("b", '"P8_07"'), beam("b3", "3")], lamp('"P8_08"'), chip="gpio-0-31")
run = wiring(conf)
t.ok("No header is drawn" in run.stdout and "GND" not in run.stdout.partition("Circuits")[0]
     and "P8_07" in run.stdout and "line 3 of gpio-0-31" in run.stdout,
     "a chip that is no Raspberry Pi's: no header, lines by name", run.stdout)
t.ok("only the board's own papers say" in " ".join(run.stdout.split()) and "Before you wire" not in run.stdout,
     "and what is not known is said")
for more in ("svg", "html"):
    run = wiring("--format", more, conf)
    t.ok(run.returncode == 0 and "No header is drawn" in run.stdout and "circle" not in run.stdout,
         f"in {more} too")
run = wiring("--set", 'gpio.chip="pinctrl-rp1"', EXAMPLE)
t.ok("Raspberry Pi 5 (pinctrl-rp1)" in run.stdout, "a what-if: the same on a Raspberry Pi 5")
run = wiring("etc/demo/shop.conf")
t.ok(run.returncode == 0 and "door_outer  GPIO5" in run.stdout, "the demo's shop, which names no chip, is wired to a Pi")

# --- files and pages --------------------------------------------------------------------------

class Page(html.parser.HTMLParser):
    """Elements that are open, and what a page asks for from elsewhere."""
    def __init__(self):
        super().__init__()
        self.open, self.bad, self.outside = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "br", "img", "rect", "circle", "path"):
            self.open.append(tag)
        self.outside += [v for k, v in attrs if k in ("src", "href") and not v.startswith("data:")]

    def handle_endtag(self, tag):
        if tag in ("rect", "circle", "path"):
            return
        if not self.open or self.open.pop() != tag:
            self.bad.append(tag)


hard = shop([beam("b", '"GPIO5"', SAFE + ' name = "<b>&\\"";')], name="hard", rest=door("b").replace('"Door"', '"<Äpfel & \\"Birnen\\" ' + "Ü" * 18 + '>"'))
for name, conf in (("the example", EXAMPLE), ("a shop with a hard name", hard), ("every circuit", ALL)):
    svg = wiring("--format", "svg", conf)
    try:
        root = xml.etree.ElementTree.fromstring(svg.stdout)
        t.ok(root.tag.endswith("svg") and "href" not in svg.stdout and "url(" not in svg.stdout,
             f"{name}: the SVG is whole and asks for nothing")
    except xml.etree.ElementTree.ParseError as error:
        t.ok(False, f"{name}: the SVG is whole", error)
    page = Page()
    text = wiring("--format", "html", conf).stdout
    page.feed(text)
    t.ok(not page.open and not page.bad and not page.outside and "url(" not in text,
         f"{name}: the page is whole and asks for nothing", page.open, page.bad, page.outside)
t.ok("<Äpfel" not in text and "&lt;Äpfel" in wiring("--format", "html", hard).stdout, "names are text")

out = os.path.join(WORK, "sheet.svg")
run = wiring("--output", out, EXAMPLE)
t.ok(run.returncode == 0 and not run.stdout and open(out, encoding="utf-8").read() == form["svg"],
     "the output's name tells the form", run.stderr)
run = wiring("--output", out, shop([beam("b", '"GPIO2"')]))
t.ok(run.returncode == 0 and "doubles as I2C1 SDA" in run.stderr, "written elsewhere, warnings are said all the same")
run = wiring("--output", os.path.join(WORK, "none", "sheet.svg"), EXAMPLE)
t.ok(run.returncode == 73 and "cannot write" in run.stderr, "what cannot be written is said", run.stderr)
paper = os.path.join(WORK, "paper.html")
wiring("--output", paper, EXAMPLE)
before = open(paper, encoding="utf-8").read()
run = subprocess.run(["sh", "-c", 'trap "" XFSZ; ulimit -f 4; exec "$@"', "sh", CLI, "wiring", "--output", paper, EXAMPLE],
                     capture_output=True, text=True, check=False)
t.ok(run.returncode == 74 and "cannot write all" in run.stderr, "nor what there is no room for", run.stderr)
t.ok(open(paper, encoding="utf-8").read() == before and not os.path.exists(paper + ".part"),
     "the sheet that was there is kept whole")
t.same(wiring(os.path.join(WORK, "none.conf")).returncode, 66, "no such file")
t.same(wiring("--set", "sensors.nobody.line=3", EXAMPLE).returncode, 78, "a file with errors")
run = wiring("--format", "pdf", EXAMPLE)
t.ok(run.returncode == 64 and 'found "pdf"; allowed: text, svg, html' in run.stderr, "an unknown form", run.stderr)
t.same(wiring("--frobnicate", EXAMPLE).returncode, 64, "an unknown option")
t.ok("\033[" in wiring("--colour", "always", EXAMPLE).stdout and "\033[" not in form["txt"],
     "colours by word, and none in a pipe")
t.ok(re.sub(r"\033\[[0-9;]*m", "", wiring("--colour", "always", EXAMPLE).stdout) == form["txt"],
     "colour adds nothing but colour")
t.ok("--drawings DIR" in wiring("--help").stdout, "help")
t.done()
