#!/usr/bin/python3
"""Every payload the codec can write fits its schema; wrong ones do not."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import jsonschema  # noqa: E402

import tap  # noqa: E402
import validate  # noqa: E402

t = tap.Tap()
contract = validate.Contract()

for name in sorted(os.listdir(validate.SCHEMAS)):
    if name == "topics.json" or not name.endswith(".json"):
        continue
    with open(os.path.join(validate.SCHEMAS, name), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    examples = schema.get("examples", [])
    errors = [e.message for x in examples for e in contract.validator(name).iter_errors(x)]
    t.ok(not errors, f"{name}: a schema whose {len(examples)} examples fit", *errors)

samples = subprocess.run([os.path.join(tap.BUILD, "tests/tools/samples")], check=True,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
t.ok(not samples.stderr, "every sample could be written", samples.stderr)
seen = {}
for line in samples.stdout.splitlines():
    topic, retain, qos, payload = line.split("\t", 3)
    topic = "/".join(topic.split("/")[contract.base_levels:])
    entry = next((e for e in contract.topics if validate.topic_matches(e["topic"], topic)), None)
    kind = entry["topic"] if entry else topic
    seen.setdefault(kind, [0, []])
    seen[kind][0] += 1
    seen[kind][1] += [f"{topic}: {e}: {payload[:300]}"
                      for e in contract.errors(topic, retain, qos, payload)]
for kind, (count, errors) in sorted(seen.items()):
    t.ok(not errors, f"{kind}: {count} samples fit", *errors)
left = {e["topic"] for e in contract.topics if "schema" in e} - set(seen)
t.ok(not left, "a sample of every topic that carries a record", left)


def refused(topic, payload, why, retain="0", qos="1"):
    if not isinstance(payload, str):
        payload = json.dumps(payload)
    t.ok(contract.errors(topic, retain, qos, payload), f"refused: {why}")


with open(os.path.join(validate.SCHEMAS, "wait.json"), encoding="utf-8") as file:
    wait = json.load(file)["examples"][0]
t.ok(not contract.errors("journal/wait", "0", "1", json.dumps(wait)), "a right wait passes")
refused("cmd/set_count", {"station": "tills", "count": 129}, "more people than a line can have")
refused("journal/wait", {**wait, "extra": 1}, "an unknown key")
refused("journal/wait", {k: v for k, v in wait.items() if k != "rings"}, "a missing key")
refused("journal/wait", {**wait, "outcome": "lost"}, "an unknown outcome")
refused("journal/wait", {**wait, "opened": "2026-03-02 09:00:00"}, "not RFC 3339")
refused("journal/wait", {**wait, "wait_s": "12"}, "a number as a string")
refused("journal/wait", {**wait, "hist": False}, "hist that is false")
refused("journal/wait", json.dumps(wait)[:-1] + ',"v":1}', "a repeated key")
refused("journal/wait", json.dumps({**wait, "wait_s": float("nan")}), "NaN")
refused("journal/wait", "", "an empty payload")
refused("journal/wait", wait, "a retained record", retain="1")
refused("journal/wait", wait, "a record at QoS 0", qos="0")
refused("availability", "gone", "an unknown word", retain="1")
refused("nonsense", "{}", "a topic outside the contract")
refused("event/queue/tills", {"v": 1, "event_type": "answered", "station": "a", "kind": "queue",
                              "at": wait["opened"], "wait": None}, "news without its figure",
        qos="0")
refused("cmd/mute", {"seconds": 86401}, "a command outside its range")
t.done()
