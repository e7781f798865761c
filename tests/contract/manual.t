#!/usr/bin/python3
"""The installer's manual in hardware/: its sums, commands, configurations, links.

A fenced block says by its word what it is.

sum   one sum or comparison a line, with units: `3.3 V / 2.2 kΩ = 1.5 mA`. It is
      computed again, units and all, and must agree to the digits printed.
sh    commands. Each is run, with the example's configuration in the place of
      /etc/thirdring/thirdring.conf; what needs a board, a package or a broker of
      the shop's is a printed SKIP with its reason.
see   what the command before must have printed, a line each; … is anything.
conf  a configuration; `conf sensors`, `conf outputs`, `conf gates`: entries of
      that list, which a frame makes a shop of. `thirdring check` must accept it.

Tables between <!-- header: --> and <!-- bom: --> marks are made here from
src/cli/header40.c and from bom/*.csv; TR_REFRESH=1 writes them anew.
"""
import collections
import csv
import glob
import html.parser
import io
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402
import units  # noqa: E402

t = tap.Tap()
os.chdir(tap.TOP)
TMP = tempfile.TemporaryDirectory(prefix="tr-manual-")
CLI = os.path.join(tap.BUILD, "thirdring")
FRESH = os.environ.get("TR_REFRESH") == "1"
PAGES = sorted(glob.glob("hardware/*.md"))
SHEETS = sorted(glob.glob("hardware/sheets/*"))
SMALL, FULL = "etc/examples/corner-shop.conf", "etc/thirdring.conf"
INSTALLED = "/etc/thirdring/thirdring.conf"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def run(*command, **how):
    how.setdefault("timeout", 300)
    return subprocess.run(command, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, **how)


def skip(what, why):
    t.count += 1
    print(f"ok {t.count} - {what} # SKIP {why}")


Block = collections.namedtuple("Block", "word text line")


def blocks(page):
    """The fenced blocks of a page, their indentation taken away."""
    text, found = text_of[page], []
    for m in re.finditer(r"^([ ]*)```([^\n]*)\n(.*?)^\1```$", text, re.M | re.S):
        body = "\n".join(s[len(m[1]):] for s in m[3].splitlines())
        found.append(Block(m[2].strip(), body, text.count("\n", 0, m.start()) + 1))
    return found


text_of = {page: read(page) for page in PAGES}
t.ok(len(PAGES) == 13, "twelve chapters and a first page", PAGES)

# --- sums -------------------------------------------------------------------------

sums = 0
for page in PAGES:
    for block in blocks(page):
        for line in block.text.splitlines() if block.word == "sum" else []:
            wrong = units.sum_error(line.split("#")[0].strip())
            t.ok(wrong is None, f"{page}:{block.line}: {line.split('#')[0].strip()}", wrong)
            sums += 1
t.ok(sums > 80, f"{sums} sums were computed again")
for line in ("3.3 V / 2.2 kΩ = 1.4 mA", "3.3 V / 2.2 kΩ = 1.5 V", "3.3 V + 1 mA = 4.3 V",
             "0.8 V < 97 mV", "1 V = 2 V = 3 V", "3 kV"):
    t.ok(units.sum_error(line) is not None, f"a wrong sum is seen: {line}")

# --- configurations ---------------------------------------------------------------

FRAME = """site = {{ id = "frame"; }};
gpio = {{ chip = "pinctrl-bcm2711"; }};
sensors = ({sensors});
outputs = ({outputs});
gates = ({gates});
stations = ({{ id = "frame"; kind = "call"; call = "frame_call"; answer = "frame_answer";
  target = {{ seconds = 60.0; }}; }});
"""
SPARE = ["GPIO17", "GPIO18", "GPIO21", "GPIO23", "GPIO25"]


def framed(word, text):
    """A shop around some entries of a list."""
    entries = {"sensors": [], "outputs": [], "gates": []}
    entries[word] = [line.strip() for line in text.splitlines() if line.strip()]
    lines = [line for line in SPARE if f'"{line}"' not in text]
    frame = {"frame_call": "button", "frame_answer": "button"}
    for gate in entries["gates"]:
        frame.update({name: "beam" for name in re.findall(r'(?:outer|inner) = "(\w+)"', gate)})
    for name, kind in frame.items():
        active = "high" if kind == "beam" else "low"
        entries["sensors"].append(f'{{ id = "{name}"; type = "{kind}"; line = "{lines.pop(0)}"; '
                                  f'bias = "pull-up"; active = "{active}"; }}')
    return FRAME.format(**{name: ",\n  ".join(list_) for name, list_ in entries.items()})


confs = 0
for page in PAGES:
    for block in blocks(page):
        if block.word.split()[:1] != ["conf"]:
            continue
        confs += 1
        word = block.word.split()[1] if " " in block.word else None
        path = os.path.join(TMP.name, "printed.conf")
        write(path, framed(word, block.text) if word else block.text)
        done = run(CLI, "check", path)
        t.ok(done.returncode == 0, f"{page}:{block.line}: the configuration is accepted",
             done.stderr, block.text)
        # What a manual recommends must not be warned of, but for what it warns of itself.
        warned = [line for line in done.stdout.split("Worth a look")[-1].splitlines()
                  if "Worth a look" in done.stdout and "no station uses" not in line]
        for name in re.findall(r'id = "(\w+)"', block.text):
            said = [line for line in warned if re.search(rf"\b{name}\b", line)]
            known = 'circuit = "button"' in block.text and "presence" in block.text
            t.ok(not said or known, f"{page}:{block.line}: {name} is wired so that nothing is to be said",
                 *said)
t.ok(confs > 14, f"{confs} configurations were checked")

# --- commands ---------------------------------------------------------------------

NEEDS = [  # what this machine cannot do, and who proves it instead
    (r"sudo apt-get install", "no board to install on: tests/lab/deb.t installs the package"),
    (r"sudo (nano|cp)", "writes to the board's own /etc; a person edits"),
    (r"(sudo )?systemctl|journalctl|timedatectl", "needs the service manager of a board"),
    (r"gpiodetect", "needs a board: tests/lab runs it on simulated lines"),
]


class Shop:
    """The example, alive: a broker, the daemon, and nobody who comes."""

    def __init__(self):
        live.need_broker()
        self.broker = live.Broker().start()
        self.journal = os.path.join(TMP.name, "journal.db")
        self.conf = os.path.join(TMP.name, "thirdring.conf")
        trace = os.path.join(TMP.name, "nobody.trace")
        write(trace, "# thirdring trace 1\n80000 greet 1\n80001 greet 0\n")
        text = read(FULL)
        for pattern, ours in ((r'backend = "gpiod";[^\n]*\n[^\n]*chip\s*= "[^"]*";',
                               f'backend = "replay"; trace = "{trace}"; speed = 1.0; chip = "pinctrl-bcm2711";'),
                              (r'\buri\s*= "[^"]*"', f'uri = "{self.broker.uri}"'),
                              (r'path = "[^"]*journal.db"', f'path = "{self.journal}"')):
            text, changed = re.subn(pattern, ours, text)
            t.ok(changed == 1, f"{FULL} has a place for {ours.split(' =')[0]}")
        write(self.conf, text)
        self.heard = live.Capture(self.broker)
        self.daemon = live.Daemon(self.conf)
        self.heard.wait("availability", lambda m: m.payload == "online")

    def stand_in(self, line, seconds):
        """The command as it can be run here; what goes on for ever is given an end."""
        line = re.sub(r"/tmp/(\S+)", rf"{TMP.name}/\1", line).replace(INSTALLED, self.conf)
        line = re.sub(r"^mosquitto_(pub|sub)", rf"mosquitto_\1 -p {self.broker.port}", line)
        if line.startswith("mosquitto_sub"):
            line += f" -W {seconds} || [ $? = 27 ]"
        if line.startswith("thirdring watch"):
            line = f"timeout {seconds} {line} || [ $? = 124 ]"
        if line.startswith("thirdring walktest"):
            # Nobody walks here; tests/lab/manual.t does, through all of it.
            line += " --sensor greet --seconds 1 --minutes 1 || [ $? = 1 ]"
        if line.startswith("thirdring check --hardware"):
            line += " || [ $? = 1 ]"
        return re.sub(r"(^|timeout \d+ )thirdring\b", rf"\1{CLI}", line)


def unknown_options(words):
    """Long options of one of our commands that its help does not tell of."""
    text = run(CLI, words[1], "--help").stdout
    if words[1] == "journal":
        text += run(CLI, "journal", words[2], "--help").stdout
    return [w for w in words if w.startswith("--") and w.split("=")[0] not in text] if text else words[1:2]


def command(shop, line, where):
    """Its output, or None where it was not run."""
    line = line.removeprefix("sudo ") if line.startswith("sudo thirdring") else line
    words = shlex.split(line, comments=True)
    if words[0] == "thirdring" and not words[1].startswith("--"):
        missing = unknown_options(words)
        if not t.ok(not missing, f"{where}: command and options exist: {line}", missing):
            return None
    for pattern, why in NEEDS:
        if re.match(pattern, line):
            skip(f"{where}: {line}", why)
            return None
    before = len(shop.heard.messages)
    quiet = "--output" in words or words[0] == "mosquitto_pub" or "journal/#" in line
    for seconds in (4, 20, 60):  # a slow machine says nothing at first
        done = run("bash", "-c", shop.stand_in(line, seconds), cwd=TMP.name)
        said = done.stdout + done.stderr
        if said or quiet:
            break
    t.ok(done.returncode == 0 and (said or quiet), f"{where}: {line}", f"exit {done.returncode}", said[-3000:])
    if words[0] == "mosquitto_pub":
        m = re.search(r'"output":"(\w+)"', line)
        lit = shop.heard.wait(f"output/{m[1]}/state", lambda m: m.payload == "ON", before)
        t.ok(lit, f"{where}: {m[1]} is lit")
    for option in ("--output", "--record", "--html"):
        if option in words:
            name = os.path.join(TMP.name, words[words.index(option) + 1])
            made = os.path.exists(name) and read(name)
            t.ok(made, f"{where}: {option} writes {os.path.basename(name)}")
            if made and name.endswith(".json"):
                t.ok(isinstance(json.loads(made), dict), f"{where}: which is JSON")
    return done.stdout


commands, shop = 0, Shop()
for page in PAGES:
    printed = None
    for block in blocks(page):
        where = f"{page}:{block.line}"
        if block.word == "sh":
            printed = ""
            for line in block.text.splitlines():
                commands += 1
                out = command(shop, line.strip(), where)
                printed = None if out is None or printed is None else printed + out
        elif block.word == "see" and printed is not None:
            for line in block.text.splitlines():
                pattern = ".*".join(re.escape(part) for part in line.split("…"))
                t.ok(re.search(pattern, printed), f"{where}: is what is seen: {line}", printed[-500:])
t.ok(commands > 20, f"{commands} commands are printed")
t.ok(shop.daemon.stop() == 0 and not live.complaints(), "the shop closes", *live.complaints())
shop.heard.stop()
shop.broker.stop()

# --- what the program says, in quotation marks -----------------------------------------

SAYS = "\n".join(re.sub(r'"\s*(?:PRI\w+\s*)?"', "", read(path)) for path in sorted(glob.glob("src/*/*.c")))
quotes = 0
for page in ("hardware/11-commissioning.md", "hardware/12-faults.md"):
    prose = re.sub(r"`[^`\n]*`", "", re.sub(r"^ *```.*?^ *```$", "", text_of[page], flags=re.M | re.S))
    for quote in re.findall(r'"([^"\n]+)"', prose):
        parts = [part.strip() for part in quote.split("…") if part.strip()]
        missing = [part for part in parts if part not in SAYS]
        quotes += 1
        t.ok(parts and not missing, f'{page}: the program says "{quote}"', *missing)
t.ok(quotes > 15, f"{quotes} sayings were looked up")

# --- tables that are made ------------------------------------------------------------


def between(page, mark, made):
    """What stands between a page's marks is what was made."""
    text = text_of[page]
    m = re.search(rf"(<!-- {mark}: [^\n]*-->\n)(.*?)(<!-- /{mark} -->)", text, re.S)
    if not t.ok(m is not None, f"{page}: has a place for the table {mark}"):
        return
    if FRESH:
        text_of[page] = text[:m.start(2)] + made + text[m.end(2):]
        write(page, text_of[page])
    t.ok(FRESH or m[2] == made, f"{page}: the table {mark} is up to date (TR_REFRESH=1 rewrites)")


def header_table():
    """From the data that `thirdring wiring` uses."""
    source = re.sub(r'"\s+"', "", read("src/cli/header40.c").replace("\\\n", " "))
    whys = dict(re.findall(r'^#define (\w+)\s+"([^"]*)"', source, re.M))
    boots = {"UP": "up", "DOWN": "down", "UP_FIXED": "up, 1.8 kΩ, always"}
    advice = {"OK": "yes", "CARE": "yes, if", "AVOID": "**leave free**"}
    rows = {}
    for pin, name in re.findall(r"^    (V33|V5|GND)\((\d+)\),", source, re.M):
        rows[int(name)] = f"| {name} | {dict(V33='3V3', V5='5V', GND='GND')[pin]} | | | power | |"
    for pin, gpio, boot, how, doubles, why in re.findall(
            r'LINE\((\d+), (\d+), (\w+), (\w+), "([^"]*)", ([^)]*)\)', source):
        why = whys.get(why.strip(), why.strip().strip('"'))
        rows[int(pin)] = (f"| {pin} | GPIO{gpio} | {boots[boot]} | {doubles} | {advice[how]} | "
                          f"{why.replace('kOhm', 'kΩ')} |")
    t.same(sorted(rows), list(range(1, 41)), "header40.c: all pins are read")
    head = "\n| pin | name | while booting | doubles as | use it? | why |\n|---|---|---|---|---|---|\n"
    return head + "".join(rows[pin] + "\n" for pin in sorted(rows)) + "\n"


between("hardware/03-board.md", "header", header_table())


def rows_of(name):
    with open(f"hardware/bom/{name}", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


PARTS = {row["part"]: row for row in rows_of("parts.csv")}
CIRCUITS = collections.defaultdict(collections.Counter)
for row in rows_of("circuits.csv"):
    CIRCUITS[row["circuit"]][row["part"]] += int(row["quantity"])
t.ok(all(p in PARTS for c in CIRCUITS.values() for p in c), "bom: every part of a circuit is described")
t.ok(all(p in set().union(*CIRCUITS.values()) for p in PARTS), "bom: every part belongs somewhere",
     set(PARTS) - set().union(*CIRCUITS.values()))


def circuits_of(conf):
    """What the configuration asks for, defaults and all."""
    done = run(CLI, "check", "--print-config", conf)
    t.ok(done.returncode == 0, f"{conf} is good", done.stderr)
    return collections.Counter(re.findall(r'\bcircuit = "([\w-]+)"', done.stdout))


def bill(conf, base):
    total, used = collections.Counter(CIRCUITS[base]), circuits_of(conf)
    t.ok(used and all(c in CIRCUITS for c in used), f"{conf}: every circuit has its parts", used)
    for circuit, many in used.items():
        for part, quantity in CIRCUITS[circuit].items():
            total[part] += many * quantity
    return used, [(total[part], PARTS[part]) for part in PARTS if total[part]]


def bill_csv(lines):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["quantity", "unit", "part", "what", "type", "rating", "alternatives"])
    for many, p in lines:
        writer.writerow([many, p["unit"], p["part"], p["what"], p["type"], p["rating"], p["alternatives"]])
    return out.getvalue()


made = "\n"
for title, name, conf, base in (("Small shop", "small", SMALL, "base-small"),
                                ("Full shop", "full", FULL, "base-full")):
    used, lines = bill(conf, base)
    sheet = re.search(r"(\d+) terminals", run(CLI, "wiring", conf).stdout)
    t.same(sum(n * CIRCUITS[circuit]["TERM"] for circuit, n in used.items()), int(sheet[1]) if sheet else None,
           f"{conf}: terminals as on the wiring sheet")
    path = f"hardware/bom/{name}.csv"
    if FRESH:
        write(path, bill_csv(lines))
    t.ok(os.path.exists(path) and read(path) == bill_csv(lines),
         f"{path}: adds up with {conf} (TR_REFRESH=1 rewrites)")
    needs = ", ".join(f"{n} {circuit}" for circuit, n in sorted(used.items()))
    made += (f"## {title}\n\nFor `{conf}`: {needs}.\n\n"
             "| quantity | what | type | rating | alternatives |\n|---|---|---|---|---|\n")
    for many, p in lines:
        unit = " m" if p["unit"] == "m" else ""
        made += f"| {many}{unit} | {p['what']} | {p['type']} | {p['rating']} | {p['alternatives']} |\n"
    made += "\n"
between("hardware/01-parts.md", "bom", made)

# --- links and pictures --------------------------------------------------------------


def anchor(heading):
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


anchors = {page: {anchor(h) for h in re.findall(r"^#+ (.*)$", text, re.M)}
           for page, text in text_of.items()}
links = 0
for page, text in text_of.items():
    bad = []
    for target in re.findall(r"\]\(([^)]+)\)", text):
        links += 1
        name, _, part = target.partition("#")
        path = os.path.normpath(os.path.join("hardware", name)) if name else page
        if not os.path.exists(path) or part and part not in anchors.get(path, ()):
            bad.append(target)
    named = {s for s in re.findall(r"`((?:src|etc|tests|hardware)/[\w./-]+)`", text)}
    bad += [s for s in named if not os.path.exists(s)]
    t.ok(not bad, f"{page}: every link and picture exists", *bad)
t.ok(links > 80, f"{links} links were followed")
shown = set(re.findall(r"\]\(((?:circuits|sketches)/[\w.-]+)\)", "".join(text_of.values())))
drawn = {p[len("hardware/"):] for p in glob.glob("hardware/circuits/*.svg") + glob.glob("hardware/sketches/*.svg")}
t.ok(drawn <= shown, "every drawing is in the manual", *sorted(drawn - shown))
t.ok(all(f"]({os.path.basename(p)})" in text_of["hardware/README.md"] for p in PAGES if "README" not in p),
     "the first page lists every chapter")

# --- sheets ---------------------------------------------------------------------------


class Sheet(html.parser.HTMLParser):
    """Every element is closed; nothing is fetched from anywhere."""
    VOID = {"meta", "br", "hr", "img", "input", "link", "col"}

    def __init__(self):
        super().__init__()
        self.open, self.bad = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        self.bad += [f"{tag} {k}={v}" for k, v in attrs if k in ("src", "href") or "http" in (v or "")]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.bad.append(f"</{tag}> at {self.getpos()}")


t.same([os.path.basename(s) for s in SHEETS], ["commissioning.html", "opening.html", "survey.html"], "sheets")
for path in SHEETS:
    sheet, text = Sheet(), read(path)
    sheet.feed(text)
    t.ok(not sheet.bad and not sheet.open and "url(" not in text and "<title>" in text,
         f"{path}: whole, and of one file", *sheet.bad, *sheet.open)
t.same(len(re.findall(r"<li>", read("hardware/sheets/opening.html"))), 5, "the opening checklist has five lines")

# Its last line, lived through: amber after 12 s, and the key takes the wait out of the count.
opening = os.path.join(TMP.name, "opening.trace")
write(opening, """# thirdring trace 1
# start 2026-03-02T10:00:00Z
10.0 door_outer 1
10.3 door_inner 1
10.6 door_outer 0
10.9 door_inner 0
24.0 not_customer 1
24.2 not_customer 0
""")
for conf in (SMALL, FULL):
    done = tap.run_replay(conf, opening, options=("--floor",))
    lived = [json.loads(line) for line in done.stdout.splitlines()]
    lit = [r["at"] for r in lived if r["type"] == "lamp" and r["output"] == "amber" and r["on"]]
    waits = [(r["outcome"], r["reason"]) for r in lived if r["type"] == "wait"]
    t.ok(lit and lit[0].startswith("2026-03-02T10:00:22.9") and waits == [("void", "staff_key")],
         f"{conf}: the checklist's last line is so", lit, waits, done.stderr)

TMP.cleanup()
t.done()
