#!/usr/bin/python3
"""thirdring-mqtt(7) and what README.md says of the wire, held to the truth: topics,
keys and words are those of etc/schema, every example is one of the demo day or
fits its schema, every command is run against a real broker and the real daemon
and prints what the page prints.

In the page's literal blocks a line that begins with "$ " is a command, what
follows is what it prints; "..." stands for anything. A block that begins with
"{", or with a topic and then "{", is a payload. SQL, TOML, a systemd drop-in and
a part of a configuration are known by how they begin.
"""
import configparser
import glob
import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
import tomllib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402
import validate  # noqa: E402

live.need_broker()
t = tap.Tap()
os.chdir(tap.TOP)
contract = validate.Contract()
SOURCE = "src/man/thirdring-mqtt.7.scd"
BASE = "thirdring/demo/main/"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


PAGE = read(SOURCE)
README = read("README.md")
BLOCK = re.compile(r"^```\n(.*?)^```$", re.M | re.S)
PROSE = BLOCK.sub("", PAGE)


def section(title, text=PROSE):
    """What stands under a heading, to the next of its rank or above."""
    marks = re.escape(title.split(" ")[0])
    found = re.search(rf"^{re.escape(title)}\n(.*?)(?=^#{{1,{len(marks) // 2}}} |\Z)", text,
                      re.M | re.S)
    return found.group(1) if found else ""


def plain(text):
    return text.replace("\\_", "_")


def bold(text):
    """*words* of scdoc."""
    return set(re.findall(r"\*([^*\s][^*\n]*?)\*", plain(text)))


def slanted(text):
    """_words_ of scdoc: an underline in a word is written with a backslash."""
    return {plain(w) for w in re.findall(r"(?<![\w\\])_((?:\\_|[^_\n])+)_(?!\w)", text)}


def rows(text):
    """Cells of the tables in it."""
    return [re.split(r"\n:[\[<]? +", row) for row in
            re.findall(r"^\|[\[<]? +(.*?)(?=\n\||\n\n|\Z)", text, re.M | re.S)]


# --- topics -------------------------------------------------------------------------
def pattern(topic):
    return "event/+/+" if topic == "event/KIND/STATION" else re.sub(r"\b[A-Z]+\b", "+", topic)


table = {}
for cells in rows(section("# TOPICS"))[1:]:
    table[pattern(plain(cells[0]).strip("_"))] = cells[1:]
want = {}
for entry in contract.topics:
    name = "cmd/+" if entry["topic"].startswith("cmd/") else entry["topic"]
    want.setdefault(name, set()).add(f"{'yes' if entry['retain'] else 'no'}, {entry['qos']}")
t.same(sorted(table), sorted(want), "the table has the topics of topics.json")
for name, kept in want.items():
    t.same({table.get(name, ["?"])[0]}, kept, f"{name}: kept, QoS")
for entry in contract.topics:
    if "words" in entry:
        said = bold(table.get(entry["topic"], ["", ""])[1])
        t.same(sorted(said), sorted(entry["words"]), f"{entry['topic']}: its words")


# --- keys and words of payloads -------------------------------------------------------
def load(name):
    return json.loads(read(os.path.join(validate.SCHEMAS, name)))


def members(schema):
    """Every (key, its schema) in it, however deep."""
    for key, value in schema.get("properties", {}).items():
        yield key, value
        for inner in (value, value.get("items", {}), value.get("additionalProperties")):
            if isinstance(inner, dict):
                yield from members(inner)


def words_of(schema):
    return {w for _, value in members(schema) for w in value.get("enum", []) if isinstance(w, str)}


PAYLOADS = {"## journal/wait": ["wait.json"], "## journal/vote": ["vote.json"],
            "## journal/alert and alert/ID": ["alert.json"],
            "## station/ID/state": ["station-state.json"],
            "## station/ID/metrics": ["station-metrics.json"],
            "## metrics": ["unit-metrics.json"], "## info": ["info.json"],
            "## commissioning": ["commissioning.json"],
            "## event/KIND/STATION": ["event-news.json"],
            "## event/input/ID and event/sound/ID": ["event-input.json", "event-sound.json"],
            "## event/edge/ID": ["event-edge.json"],
            "# COMMANDS": ["response.json"]}
schemas = {name: load(name) for names in PAYLOADS.values() for name in names}
left = {e["schema"].split("#")[0] for e in contract.topics if "schema" in e} \
    - set(schemas) - {"command.json"}
t.ok(not left, "a section for each schema", left)
headings = set(re.findall(r"^## .*$", section("# PAYLOADS"), re.M))
t.same(sorted(headings), sorted(h for h in [*PAYLOADS, "## Keys of many payloads"]
                                if h.startswith("## ")), "no other sections of payloads")
common = section("## Keys of many payloads")
everywhere = {key for s in schemas.values() for key, _ in members(s)}
t.ok(bold(common) <= everywhere, "keys of many payloads exist", bold(common) - everywhere)
for heading, names in PAYLOADS.items():
    text = section(heading)
    keys = {key for name in names for key, _ in members(schemas[name])}
    told = bold(text)
    t.ok(text and keys <= told | bold(common), f"{heading}: every key of {', '.join(names)}",
         keys - told - bold(common))
    if heading.startswith("## "):
        extra = {w for w in told - keys if not re.fullmatch(r"wait_le_(\d+|inf)", w)}
        t.ok(not extra, f"{heading}: no key that does not exist", extra)
    words = {w for name in names for w in words_of(schemas[name])}
    missing = words - slanted(text) - slanted(common)
    if "as in _info_" in text:
        missing -= slanted(section("## info"))
    t.ok(not missing, f"{heading}: all of {len(words)} words", missing)
every_word = {w for s in schemas.values() for w in words_of(s)} | {"wait", "vote", "alert", "true"}
strange = {w for h in [*PAYLOADS, "## Keys of many payloads"] if h.startswith("## ")
           for w in slanted(section(h)) if re.fullmatch(r"[a-z_]+", w)} - every_word
t.same(sorted(strange), ["day_", "info", "per_position"], "other words in italics")

commands = {plain(c[0]).strip("*"): c[1] for c in rows(section("# COMMANDS"))[1:]}
shapes = load("command.json")["$defs"]
t.same(sorted(commands), sorted(shapes), "the commands")
for name, shape in shapes.items():
    cell = commands.get(name, "")
    t.same(sorted(slanted(cell)), sorted(set(shape["properties"]) - {"id"}), f"{name}: its keys")
    for key, value in shape["properties"].items():
        if value.get("type") == "integer":
            needle = f"_{key}_ {value['minimum']} to {value['maximum']}"
            t.ok(needle in plain(cell), f"{name}: {needle}", cell)
told = {w for row in rows(section("## event/KIND/STATION")) for w in slanted(row[0])}
news = schemas["event-news.json"]
for row in rows(section("## event/KIND/STATION")):
    for word in slanted(row[0]):
        figures = {f for rule in news["allOf"]
                   if word in rule["if"]["properties"]["event_type"]["enum"]
                   for f in rule["then"]["required"]}
        t.ok(figures <= bold(row[1]), f"event_type {word}: {figures}", row[1])

# --- settings, limits, symptoms -----------------------------------------------------------
reference = subprocess.run([live.CLI, "check", "--reference"], check=True, capture_output=True,
                           text=True).stdout
mqtt = plain(reference[reference.index("## mqtt\n"):].split("\n## ")[0]
             if "## mqtt\n" in reference else reference)
named = set(re.findall(r"_mqtt\.([a-z_]+?)_(?![a-z])", plain(PROSE)))
t.ok(len(named) > 12 and all(f"*{n}*" in mqtt for n in named), "every setting it names exists",
     [n for n in named if f"*{n}*" not in mqtt])
for name, value in re.findall(r"_mqtt\.([a-z_]+?)_ \((\d+)\)", plain(PROSE)):
    about = re.search(rf"^\*{name}\*\n\t(.*)$", mqtt, re.M).group(1)
    t.ok(f"Default: {value}." in about, f"{name} is {value}", about)

code = "".join(read(f) for f in glob.glob("src/*/*.[ch]"))
flat = re.sub(r"\s+", " ", plain(PROSE))
for name, phrase in (("COMMAND_BYTES_MAX", "longer than {} bytes"),
                     ("REQUEST_ID_MAX", "up to {} bytes"),
                     ("TR_CORRELATION_MAX", "more than {} bytes"),
                     ("TR_COMMANDS_AT_ONCE", "more than {} commands at once"),
                     ("TR_COMMANDS_A_SECOND", "at once or {} a second"),
                     ("TR_ANSWERS_MAX", "the newest {} of them"),
                     ("TR_ANSWER_TTL_S", "waits up to {} s"),
                     ("ANSWER_LEVELS_MAX", "and {} levels"),
                     ("TR_WIRE_EXPIRY_S", "they expire after {} s"),
                     ("EXPIRE_INTERVALS", "says for {} _mqtt.metrics_interval_s_"),
                     ("TR_MQTT_WINDOW", "At most {} messages wait"),
                     ("TR_JOURNAL_DEAD_MAX", "the newest {} of them, told in the log")):
    value = re.search(rf"\b{name} = (\d+)", code)
    number = int(value.group(1)) if value else -1
    word = {3: "three", 10000: "10,000"}.get(number, str(number))
    t.ok(phrase.format(word) in flat, f"{name}: {phrase.format(word)}")
for phrase in ("no broker: ", "refused the connection", "unacceptable protocol version",
               "the broker's certificate", "it may want a client certificate"):
    t.ok(phrase in flat and phrase in code, f"the log says so: {phrase}")

# --- examples: payloads ---------------------------------------------------------------------
broker = live.Broker().start()
capture = live.Capture(broker)
ended, _ = live.run_daemon(live.DEMO_CONF, f"gpio.trace={live.DEMO_TRACE}", "gpio.speed=3600",
                           f"mqtt.uri={broker.uri}", f"journal.path={live.folder()}/j.db",
                           args=["--exit-at-end"])
t.same(ended, 0, "the demo day ends with")
capture.settle()
capture.stop()
records = capture.records()
day = {}
for m in capture.messages:
    day.setdefault(live.below(m.topic), []).append(m.payload)
replayed = set(tap.run_replay(live.DEMO_CONF, live.DEMO_TRACE).stdout.splitlines())


def anything(text):
    """A pattern in which "..." stands for anything."""
    return ".*".join(re.escape(part) for part in text.split("..."))


def check_said(topic, text):
    """At a pace at which the unit is connected before it: nobody is told what was before."""
    shop = live.Broker().start()
    heard = live.Capture(shop)
    morning = live.Daemon(live.DEMO_CONF, f"gpio.trace={live.DEMO_TRACE}", "gpio.speed=25",
                          f"mqtt.uri={shop.uri}", f"journal.path={live.folder()}/j.db")
    moment = json.loads(text)["at"]
    heard.wait("event/input/.*", lambda m: json.loads(m.payload)["at"] > moment)
    heard.settle()
    t.ok(text in [m.payload for m in heard.of(re.escape(topic))],
         f"{topic}: it was said on the demo day", text)
    t.same(morning.stop(), 0, "that daemon ends with")
    heard.stop()
    shop.stop()


def check_payload(topic, text):
    if "..." in text:
        got = day.get(topic, [""])[-1]
        t.ok(re.fullmatch(anything(text), got), f"{topic}: it ended the demo day so", got)
        return
    errors = contract.errors(topic, "-", "-", text)
    t.ok(not errors, f"{topic}: an example that fits", *errors, text)
    if topic.startswith("journal/"):
        t.ok(text in replayed, f"{topic}: it is one of the demo day", text)
    elif topic.startswith("event/input/"):
        check_said(topic, text)


# --- examples: the rest -----------------------------------------------------------------------
def check_sql(block):
    db = check_sql.db
    if "INSERT" in block:
        for _ in range(2):
            db.executescript(block.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS"))
        t.same(db.execute("SELECT count(*) FROM record").fetchone(), (1,), "a copy is none")
        one = db.execute("SELECT * FROM record").fetchone()
        wait = next(r for r in map(json.loads, replayed) if r.get("id") == one[3])
        t.same(one[:5], (wait["site"], "main", wait["type"], wait["id"], wait["seq"]),
               "that row is a record of the demo day")
        db.execute("DELETE FROM record")
        for r in records * 2:
            db.execute("INSERT INTO record VALUES (?, 'main', ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                       (r["site"], r["type"], r["id"], r["seq"], json.dumps(r)))
    else:
        t.same(db.execute(block).fetchall(), [], "SQL: nothing is missing")
        db.execute("DELETE FROM record WHERE seq BETWEEN 100 AND 102")
        t.same(db.execute(block).fetchall(), [("demo", "main", 100, 102)], "SQL: what is missing")


check_sql.db = sqlite3.connect(":memory:")


def check_telegraf(block):
    try:
        inputs = tomllib.loads(block)["inputs"]["mqtt_consumer"]
    except tomllib.TOMLDecodeError as error:
        t.ok(False, f"Telegraf: TOML: {error}", block)
        return
    for one in inputs:
        for topic in one["topics"]:
            entry = next((e for e in contract.topics if
                          e["topic"] == topic.split("/", contract.base_levels)[-1]), None)
            t.ok(entry, f"Telegraf: {topic} is of the contract")
            keys = {k for k, _ in members(load(entry["schema"]))} if entry else set()
            asked = {*one.get("tag_keys", []), one.get("json_time_key", "closed")}
            if "tag_keys" in one:
                asked |= set(one["json_string_fields"])
            t.ok(asked <= keys or "tag_keys" not in one, f"Telegraf: keys of {topic}", asked - keys)
            t.ok(entry and entry["qos"] >= one.get("qos", 0), f"Telegraf: QoS of {topic}")
            for parsing in one.get("topic_parsing", []):
                t.ok({parsing[k].count("/") for k in ("topic", "measurement", "tags")}
                     == {topic.count("/")}, f"Telegraf: levels of {topic}")
    t.ok(any(o.get("persistent_session") and o.get("client_id") and o["qos"] == 1
             for o in inputs), "Telegraf: records by a session of their own at QoS 1")


def check_credentials(unit, settings):
    parsed = configparser.ConfigParser(strict=False, delimiters="=")
    parsed.read_string(unit)
    given = set(re.findall(r"^LoadCredential=(\w+):/", unit, re.M))
    used = set(re.findall(r'"credential:(\w+)"', settings))
    t.ok(parsed.sections() == ["Service"] and given == used != set(),
         f"credentials given are those used: {given}", used)
    name = live.write(os.path.join(live.folder(), "c.conf"),
                      re.sub(r"^mqtt = .*$", lambda _: settings, read(live.DEMO_CONF), flags=re.M))
    done = subprocess.run([live.CLI, "check", name], capture_output=True, text=True, check=False)
    t.ok(done.returncode == 0 and "mqtts://" in done.stdout, "that configuration is good",
         done.stderr)


# --- examples: commands -------------------------------------------------------------------------
# Somebody calls from the fitting room and is late after 2 s.
TRACE = live.write(os.path.join(live.folder(), "shop.trace"),
                   "# thirdring trace 1\n0.5 fitting_call 1\n0.8 fitting_call 0\n3600 greet 1\n")


def run(command, *more):
    """A client of mosquitto's, sent to the test's broker: what it prints."""
    words = shlex.split(command)
    done = subprocess.run([words[0], "-p", str(broker.port), *more, *words[1:]],
                          capture_output=True, text=True, check=False, timeout=live.PATIENCE_S)
    return done.stdout + done.stderr


def check_commands(block):
    """Each command of a block, and what it prints."""
    block = block.replace("\\\\\n", " ").replace("\\\n", " ")
    parts = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M)
    for command, output in parts:
        limit = ("-W", "20") if command.startswith(("mosquitto_sub", "mosquitto_rr")) else ()
        got = run(command, *limit)
        t.ok(re.fullmatch(anything(output), got), f"$ {re.sub(' +', ' ', command)}",
             f"expected {output}", f"it printed {got}")
    return bool(parts)


broker.stop()
broker = live.Broker().start()
capture = live.Capture(broker)
daemon = live.Daemon(live.DEMO_CONF, f"mqtt.uri={broker.uri}", f"gpio.trace={TRACE}",
                     "gpio.speed=1", "stations.fitting.target.seconds=2",
                     f"journal.path={live.folder()}/j.db")
capture.wait("journal/alert", lambda m: '"late"' in m.payload)
capture.wait("availability", lambda m: m.payload == "online")

count = {"payloads": 0, "commands": 0, "others": 0}
blocks = [(PAGE[:m.start()].rsplit("\n## ", 1)[-1].split("\n", 1)[0], m.group(1))
          for m in BLOCK.finditer(PAGE)]
unit = None
for heading, block in blocks:
    payload = re.fullmatch(r"(?:([\w/-]+)\n)?(\{\".*\})\n", block, re.S)
    if payload:
        count["payloads"] += 1
        check_payload(payload.group(1) or re.sub("[A-Z]+", "x", heading),
                      payload.group(2).replace("\n", ""))
    elif block.startswith("$ "):
        count["commands"] += check_commands(block)
    elif block.startswith(("CREATE", "SELECT")):
        count["others"] += 1
        check_sql(block)
    elif block.startswith("[[inputs"):
        count["others"] += 1
        check_telegraf(block)
    elif block.startswith("[Service]"):
        unit = block
    elif block.startswith("mqtt = "):
        count["others"] += 1
        check_credentials(unit, block)
    else:
        t.ok(False, "a literal block this test does not know", block)
t.ok(count["payloads"] >= 9 and count["commands"] >= 5 and count["others"] >= 4,
     f"examples were found: {count}")
wide = [line for _, block in blocks for line in block.replace("\\\\", "\\").splitlines()
        if len(line) > 69]
t.ok(not wide, "literal blocks fit 80 columns", *wide)

# --- what the examples did ---------------------------------------------------------------------
late = live.Capture(broker, as_published=False)
lying = {m.topic for m in late.messages if m.retain == "1"}
t.ok(BASE + "station/tills/state" in lying and BASE + "station/old/state" not in lying,
     "an emptied topic is empty, the others are not")
late.stop()
first = next(i for i, m in enumerate(capture.messages) if m.topic == BASE + "info")
capture.wait("info", after=first + 1)
t.ok(True, "refresh said all again")

# --- the README ------------------------------------------------------------------------------------
wire = re.search(r"^## On the wire\n(.*?)^## ", README, re.M | re.S)
wire = wire.group(1) if wire else ""
t.ok("src/man/thirdring-mqtt.7.scd" in wire, "README: On the wire names the manual")
for line in re.findall(r"^(mosquitto_sub .*)$", wire, re.M):
    got = run(line, "-W", "3")
    if "{" not in got:
        got = run(line, "-W", "30")
    t.ok(re.search(rf"^{BASE}\S+ \{{.*\}}$", got, re.M), f"README: {line}", got)
topics = {re.sub(r"<\w+>", "+", w) for w in re.findall(r"`([a-z]+(?:/<?\w+>?)*)`",
                                                      "\n".join(re.findall(r"^\| [^|]*", wire, re.M)))}
unknown = {w for w in topics if w not in want and not any(
    validate.topic_matches(e["topic"], w) for e in contract.topics)}
t.ok(len(topics) >= 12 and not unknown, f"README: its {len(topics)} topics exist", unknown)

# --- Home Assistant ----------------------------------------------------------------------------------
told = subprocess.Popen(["mosquitto_sub", "-p", str(broker.port), "-C", "1", "-W", "60", "-t",
                         "homeassistant/device/+/config"], stdout=subprocess.PIPE, text=True)
capture.settle()
run("mosquitto_pub -q 1 -t thirdring/demo/main/cmd/refresh -n")
message = told.communicate(timeout=live.PATIENCE_S)[0].rstrip("\n")
number, kilobytes = map(int, re.search(r"has (\d+) entities in (\d+) kB", flat).groups())
t.same(len(json.loads(message)["components"]), number, "Home Assistant's entities")
t.ok(abs(len(message) / 1000 - kilobytes) < 5, f"in {kilobytes} kB: {len(message)} bytes")

t.same(daemon.stop(), 0, "the daemon ends with")
capture.stop()
complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
