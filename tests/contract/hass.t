#!/usr/bin/python3
"""What Home Assistant is told: its own rules (tests/tools/hass_rules.py) applied
to the device's description as the broker keeps it, and to every payload of a
day; every button pressed; and what becomes of entities that leave."""
import copy
import json
import os
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402

live.need_broker()
try:
    import hass_rules as rules
except ImportError as missing:
    tap.skip_all(f"{missing.name} is not installed (make deps)")
import validate  # noqa: E402

t = tap.Tap()
contract = validate.Contract()
home = live.folder()
CONFIG = "homeassistant/device/thirdring_demo_main/config"
BASE = "thirdring/demo/main/"
DEMO = open(live.DEMO_CONF, encoding="utf-8").read()
TRACE = f"gpio.trace={live.DEMO_TRACE}"
DESCRIBE = os.path.join(tap.BUILD, "tests", "tools", "hass")
if not os.path.exists(DESCRIBE):
    tap.bail_out(f"{DESCRIBE} is not built (make tests; or set TR_BUILD)")


def replaced(text, *pairs):
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


# The demo's shop and what it lacks: who works at a till, a contact, a key that is wired as
# one, and a panel for the staff.
FULL = replaced(
    DEMO,
    ('{ id = "smile_bad";', '''{ id = "on_duty"; type = "staff"; line = "GPIO20"; },
  { id = "back-door"; type = "contact"; line = "GPIO21"; },
  { id = "not_in_line"; type = "contact"; line = "GPIO2"; },
  { id = "mood_good"; type = "button"; line = "GPIO3"; },
  { id = "mood_bad"; type = "button"; line = "GPIO14"; },
  { id = "smile_bad";'''),
    ('presence = "till_1"; }', 'presence = "till_1"; staffed = "on_duty"; }'),
    ('join = "line_in";', 'join = "line_in"; void = "not_in_line";'),
    ('{ id = "smiles"; kind', '''{ id = "mood"; kind = "feedback"; audience = "staff";
    buttons = ( { id = "good"; sensor = "mood_good"; score = 100; },
                { id = "bad"; sensor = "mood_bad"; score = 0; } ); },
  { id = "smiles"; kind'''))
full = live.write(os.path.join(home, "full.conf"), FULL)


def described(*args):
    """The description the codec makes: (topic, message, bytes)."""
    run = subprocess.run([DESCRIBE, *args], check=False, capture_output=True, text=True)
    if run.returncode != 0:
        tap.bail_out(f"{DESCRIBE} {args}: {run.stdout}{run.stderr}")
    topic, text = run.stdout.splitlines()
    return topic, json.loads(text, object_pairs_hook=validate.no_repeated_keys), len(text)


# --- the rules find what is wrong ------------------------------------------------------
topic, message, size = described(full)


def spoilt(what, spoil):
    bad = copy.deepcopy(message)
    spoil(bad, bad["components"])
    t.ok(rules.message_errors(topic, bad), f"found: {what}")


def change(key, **members):
    return lambda root, c: c[key].update(members)


spoilt("an unknown key at the root", lambda root, c: root.update(name="x"))
spoilt("an unknown key of the device", lambda root, c: root["device"].update(area="x"))
spoilt("no origin", lambda root, c: root.pop("origin"))
spoilt("a misspelt key", change("tills_waiting", state_clas="measurement"))
spoilt("no state topic", lambda root, c: c["tills_waiting"].pop("state_topic"))
spoilt("a unit that is no duration", change("tills_oldest_wait", unit_of_measurement="%"))
spoilt("an enum that is measured", change("tills_level", state_class="measurement"))
spoilt("options without enum", change("tills_waiting", options=["a"]))
spoilt("a sensor to configure", change("tills_waiting", entity_category="config"))
spoilt("a class of another platform", change("till_1_input", device_class="duration"))
spoilt("expire_after on an event", change("tills_event", expire_after=1))
spoilt("an id that is taken", change("tills_waiting", unique_id="thirdring_demo_main_tills_level"))
spoilt("an id with a space", change("tills_waiting", unique_id="a b"))
spoilt("a retained command", change("tills_ack", retain=True))
spoilt("a key that is no more", change("tills_waiting", object_id="tills"))


# --- as the codec makes it --------------------------------------------------------------
def check_message(name, topic, message, size):
    errors = rules.message_errors(topic, message)
    t.ok(not errors, f"{name}: {len(message['components'])} entities in {size} bytes are by the "
         "rules", *errors[:10])


demo = described(live.DEMO_CONF)
check_message("the demo", *demo)
t.ok(demo[2] <= 65536, "the demo's fit 64 KiB with their full names")
check_message("every kind of thing", topic, message, size)
check_message("the example", *described(os.path.join(tap.TOP, "etc", "thirdring.conf")))
largest = described("--largest")
check_message("the largest plan, longest ids and names", *largest)

names = set(message["components"])
private = {k for k in names if k.startswith(("mood", "mood_"))}
t.same(sorted(private), ["mood_bad_fault", "mood_bad_sensor_alert", "mood_good_fault",
                         "mood_good_sensor_alert", "mood_score_week", "mood_votes_week"],
       "of a staff panel")
t.same([message["components"][k].get("device_class") for k in
        ("back-door_input", "line_in_input", "till_1_input", "phone_ring_input",
         "phone_hook_input", "on_duty_input", "not_in_line_press", "greet_press")],
       ["door", "motion", "occupancy", "sound", None, "occupancy", "button", "button"],
       "device classes")
t.ok("tills_staffed" in names and "tills_staffed" not in demo[1]["components"],
     "staffed: where a sensor says so")

# Entities that left are named with their platform, and nothing else is.
gone = described(live.DEMO_CONF, full)[1]["components"]
left = {k for k, c in gone.items() if rules.leaves(c)}
t.same(left, names - set(demo[1]["components"]), "what left")
t.ok({k: c for k, c in gone.items() if k not in left} == demo[1]["components"]
     and all(gone[k]["platform"] == message["components"][k]["platform"] for k in left),
     "by its platform, beside what stays")
come = described(full, live.DEMO_CONF)[1]["components"]
t.ok(come == message["components"], "nothing is removed where things only come")


# --- words of the contract ---------------------------------------------------------------
def schema_words(name, key):
    with open(os.path.join(validate.SCHEMAS, name), encoding="utf-8") as file:
        return json.load(file)["properties"][key]["enum"]


def states(key, payloads):
    return [rules.state_of(message["components"][key], p) for p in payloads]


for key, name, member in (("tills_level", "station-state.json", "level"),
                          ("tills_measuring", "station-state.json", "measuring")):
    got = states(key, [json.dumps({member: w}) for w in schema_words(name, member)])
    t.same(got, message["components"][key]["options"], f"{key}: a state for every word")
t.same(dict(zip(schema_words("alert.json", "state"),
                states("tills_wait_alert", [json.dumps({"state": w}) for w in
                                            schema_words("alert.json", "state")]))),
       {"raised": "ON", "acked": "ON", "cleared": "OFF"}, "an alert's words")
words = next(e["words"] for e in contract.topics if e["topic"] == "input/+/health")
t.same(dict(zip(words, states("till_1_fault", words))),
       {w: "OFF" if w == "ok" else "ON" for w in words}, "a sensor's words")
news = set(schema_words("event-news.json", "event_type"))
said = {w for c in message["components"].values() if c["platform"] == "event"
        for w in c["event_types"]}
t.same(said - {"press", "release"}, news, "every piece of news is some station's")


def check_robust(message):
    """An empty payload, an older daemon's, a null: unknown, and no error."""
    wrong = []
    for key, c in message["components"].items():
        if c["platform"] in ("event", "button"):
            continue
        nulls = json.dumps({name: None for name in rules.keys_read(c)})
        for payload in ("", "{}", nulls) if "value_template" in c else ():
            if "json_attributes_topic" in c and "value ==" in c["value_template"] and payload:
                continue  # a word, no JSON
            for where in {c["state_topic"], c.get("json_attributes_topic", c["state_topic"])}:
                wrong += [f"{key}: {e}" for e in rules.payload_errors(c, where, payload)]
            state = rules.state_of(c, payload)
            wrong += [] if state == "None" else [f"{key}: {payload!r} gives {state}"]
    t.ok(not wrong, "what is missing, null or empty is unknown, not an error", *wrong[:10])


check_robust(message)


# --- a day, from the broker ----------------------------------------------------------------
class Home(live.Capture):
    """Who listens to the discovery prefix; its messages are in order."""

    def __init__(self, broker):
        self.broker, self.messages, self.probes = broker, [], set()
        self.process = live.start(
            ["mosquitto_sub", "-p", str(broker.port), "-V", "5", "-q", "2",
             "--retain-as-published", "-F", "%t\t%r\t%q\t%p", "-t", "homeassistant/#",
             "-t", "probe/#"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        self.settle()

    def configs(self, after=0):
        return [m for m in self.messages[after:] if m.topic == CONFIG]

    def wait_config(self, predicate, after=0):
        def found():
            return next((m for m in self.configs(after) if predicate(components(m))), None)
        return live.wait_until(found, f"a message on {CONFIG}")


def components(m):
    return json.loads(m.payload)["components"] if m.payload else {}


broker = live.Broker().start()
capture, listener = live.Capture(broker), Home(broker)
# No faster than a slow machine follows: of what is over before it is said nobody hears.
daemon = live.Daemon(full, "gpio.speed=1200", TRACE, f"mqtt.uri={broker.uri}",
                     f"journal.path={home}/day.db", args=["--exit-at-end"])
t.same(daemon.wait(live.PATIENCE_S * 3), 0, "a day: exit code")
capture.settle()
listener.settle()
told = listener.configs()
t.same([(m.retain, m.qos) for m in told], [("1", "1")], "told once, retained, at QoS 1")
day = json.loads(told[0].payload, object_pairs_hook=validate.no_repeated_keys)
check_message("from the broker", CONFIG, day, len(told[0].payload))
t.same({k: v for k, v in day["components"].items()}, message["components"],
       "it is what the codec made")
entities = day["components"]


def entry_of(topic):
    below = topic[len(BASE):] if topic.startswith(BASE) else topic
    return next((e for e in contract.topics if validate.topic_matches(e["topic"], below)), None)


def check_topics():
    wrong = []
    published = {m.topic for m in capture.messages}
    for key, c in entities.items():
        for name in ("state_topic", "json_attributes_topic"):
            entry = entry_of(c.get(name, ""))
            if name not in c:
                continue
            if entry is None or c[name] not in published:
                # Nobody pressed what the demo's trace does not have.
                if not (c["platform"] == "event" and key.startswith("not_in_line")):
                    wrong.append(f"{key}: {c[name]} is not published")
            elif entry["retain"] == (c["platform"] == "event"):
                wrong.append(f"{key}: a {c['platform']} from {c[name]}")
    topics = {day["availability_topic"]} | {c.get("state_topic") for c in entities.values()}
    pressed = {c["state_topic"] for k, c in entities.items() if k.endswith("_press")}
    # A button is shown by its presses, a staff panel by its weeks alone.
    others = {f"{BASE}info", f"{BASE}station/mood/state"} | {
        topic.replace("event/", "") + "/state" for topic in pressed}
    wrong += [f"nobody shows {m.topic}" for m in capture.messages if m.retain == "1"
              and m.topic not in topics | others]
    wrong += [f"nobody shows {e}" for e in published if entry_of(e) and
              entry_of(e)["topic"] == "event/+/+" and e not in topics]
    wrong += [f"{topic} is private" for topic in pressed if "mood" in topic]
    t.ok(not wrong, f"{len(topics)} topics: published, retained where state is read, and all "
         "that is retained is shown", *sorted(set(wrong))[:10])


def check_payloads():
    """Every payload of the day, as every entity takes it."""
    readers, wrong, count, known = {}, [], 0, set()
    for key, c in entities.items():
        for where in {c.get("state_topic"), c.get("json_attributes_topic")} - {None}:
            readers.setdefault(where, []).append((key, c))
    for m in capture.messages:
        for key, c in readers.get(m.topic, ()):
            count += 1
            wrong += [f"{key}: {e}" for e in rules.payload_errors(c, m.topic, m.payload)]
            reads = rules.keys_read(c)
            if reads and not reads <= set(json.loads(m.payload)):
                wrong.append(f"{key}: {reads} is not said on {m.topic}")
            if m.topic == c["state_topic"] and c["platform"] != "event" and \
                    rules.state_of(c, m.payload) != "None":
                known.add(key)
    t.ok(not wrong, f"{count} times a payload met an entity, and gave it a state", *wrong[:10])
    never = {k for k, c in entities.items() if "state_topic" in c and c["platform"] != "event"}
    # How long somebody waits is known where he was told of before his wait was over.
    waited = {m.topic for m in capture.messages if live.below(m.topic).startswith("station/")
              and m.topic.endswith("/state") and m.payload and json.loads(m.payload)["waiting"]}
    too_short = {k for k in never - known if k.endswith("_oldest_wait")
                 and entities[k]["state_topic"] not in waited}
    t.note(f"waits that were over before they were told: {too_short or 'none'}")
    # Fewer than five votes in a week are nobody's; nobody was seen at the till.
    t.same(never - known - too_short, {"mood_score_week"}, "never known all day")


check_topics()
check_payloads()
expires = {c["expire_after"] for c in entities.values() if "expire_after" in c}
t.same(expires, {180}, "figures expire after three intervals")


# --- commands ---------------------------------------------------------------------------
def presses():
    """(key, command, payload) of each button; the number set to 3."""
    for key, c in entities.items():
        if "command_topic" in c:
            payload = c["payload_press"] if c["platform"] == "button" else \
                rules.render(c["command_template"], value=3)
            yield key, c["command_topic"], payload


wrong = []
for key, where, payload in presses():
    entry = entry_of(where)
    wrong += [f"{key}: {where}"] if entry is None or not entry["topic"].startswith("cmd/") else \
        [f"{key}: {e}" for e in contract.payload_errors(entry, payload)]
t.ok(not wrong, f"{len(list(presses()))} commands fit the contract", *wrong)

allowed = described(live.write(os.path.join(home, "few.conf"), replaced(
    DEMO, ("metrics_interval_s = 60.0;", 'commands = ( "refresh" );'))))[1]["components"]
t.same([k for k, c in allowed.items() if "command_topic" in c], ["refresh"], "buttons only for what is obeyed")

still = live.write(os.path.join(home, "still.trace"), "# thirdring trace 1\n3600 greet 1\n")
conf = live.write(os.path.join(home, "shop.conf"), FULL)


def begin():
    """The shop at real speed, nobody in it; both listeners hear from then on."""
    heard = len(capture.settle().messages)
    daemon = live.Daemon(conf, "gpio.speed=1", f"gpio.trace={still}", f"mqtt.uri={broker.uri}",
                         f"journal.path={home}/shop.db")
    capture.wait("availability", lambda m: m.payload == "online", after=heard)
    return daemon


mark = len(listener.messages)
daemon = begin()
listener.wait_config(lambda c: c == entities, mark)
before_them, refused = len(capture.messages), {}
for key, where, payload in presses():
    name = where.rsplit("/", 1)[1]
    seen, before = len(capture.messages), len(listener.messages)
    broker.publish(where, payload)
    answer = json.loads(capture.wait(f"rsp/{name}", after=seen).payload)
    if not answer["ok"]:
        refused[key] = answer["error"]
    if name == "refresh":
        listener.wait_config(lambda c: True, before)  # it comes after the answer
t.ok(not refused, "every button is obeyed", refused)
capture.wait("station/tills/state", lambda m: json.loads(m.payload)["waiting"] == 3, before_them)

# --- asked again --------------------------------------------------------------------------
mark = len(listener.messages)
# In one breath: a second later it would be another beginning.
subprocess.run(["mosquitto_pub", "-p", str(broker.port), "-q", "1", "-t", "homeassistant/status", "-l"],
               input="offline\nonline\nonline\n", text=True, check=True, timeout=live.PATIENCE_S)
again = listener.wait_config(lambda c: True, mark)
t.ok(again.payload == told[0].payload, "Home Assistant began anew: it is told the same again")
time.sleep(6)  # the longest delay there may be
listener.settle()
t.same(len(listener.configs(mark)), 1, "asked twice at once: told once")


# --- what leaves --------------------------------------------------------------------------
def check_leaving(name, mark, old, new):
    """First named with nothing but their platform, then not at all."""
    want = set(old) - set(new)
    last = listener.wait_config(lambda c: set(c) == set(new), mark)
    messages = listener.configs(mark)
    first = next((m for m in messages if {k for k, c in components(m).items()
                                          if rules.leaves(c)} == want), None)
    t.ok(want and first is not None and messages.index(first) < messages.index(last),
         f"{name}: {len(want)} entities are removed, then no longer named",
         *[f"left {sorted(k for k, c in components(m).items() if rules.leaves(c))}" for m in messages],
         f"to leave {sorted(want)}")
    errors = [e for m in messages for e in rules.message_errors(CONFIG, json.loads(m.payload))]
    t.ok(not errors, f"{name}: by the rules", *errors[:5])


mark = len(listener.messages)
less = replaced(FULL, ('max_length = 6;', ''), ('{ id = "amber";  type', '{ id = "orange"; type'),
                ('lamp = "amber"; };\n  late', 'lamp = "orange"; };\n  late'),
                ('min_waits = 10; lamp = "amber";', 'min_waits = 10; lamp = "orange";'))
live.write(conf, less)
smaller = described(conf)[1]["components"]
daemon.process.send_signal(signal.SIGHUP)
check_leaving("a reload", mark, entities, smaller)


# Killed before the broker has acknowledged what it was to forget.
daemon.stop(signal.SIGKILL)
mark = len(listener.messages)
live.write(conf, DEMO)
daemon = begin()
want = set(smaller) - set(demo[1]["components"])


def removed():
    """Entities that were named as leaving, once the newest description names none of them."""
    messages = listener.configs(mark)
    newest = messages and set(components(messages[-1]))
    gone = {k for m in messages for k, c in components(m).items() if rules.leaves(c)}
    return gone if newest == set(demo[1]["components"]) and want <= gone else None


gone = live.wait_until(removed, "the entities to leave")
t.ok({"orange_output"} <= want <= gone <= want | set(entities),
     f"killed, and another configuration: {len(gone)} entities are removed")
live.wait_until(lambda: [m.payload for m in capture.of("output/orange/state")][-1:] == [""],
                "the state of an output that only the killed one had to go")
mark = len(listener.messages)
live.write(conf, replaced(DEMO, ("metrics_interval_s = 60.0;", "discovery = false;")))
daemon.process.send_signal(signal.SIGHUP)
live.wait_until(lambda: listener.configs(mark), "the description to go")
t.same([m.payload for m in listener.configs(mark)], [""], "discovery = false takes it back")
t.same(daemon.stop(), 0, "exit code")

capture.stop()
listener.stop()
complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
