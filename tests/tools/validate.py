#!/usr/bin/python3
"""validate.py [CAPTURE]: check messages against etc/schema.

A capture has one message a line: TOPIC<TAB>RETAIN<TAB>QOS<TAB>PAYLOAD, RETAIN
0 or 1. A RETAIN or QOS of "-" is not checked: a subscriber that was there when
a message came sees no retain flag, and sees the lower of two QoS.
Topics outside the base are not looked at. Prints what is wrong and a count;
exits 1 where anything is.
"""
import json
import os
import sys

import jsonschema

SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "etc", "schema")


def topic_matches(pattern, topic):
    want, got = pattern.split("/"), topic.split("/")
    return len(want) == len(got) and all(w in ("+", g) for w, g in zip(want, got))


def no_repeated_keys(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError(f"repeated keys in {keys}")
    return dict(pairs)


def not_json(word):
    raise ValueError(f"{word} is not JSON")


class Contract:
    """The topics of etc/schema/topics.json."""

    def __init__(self, folder=SCHEMAS):
        self.folder = folder
        with open(os.path.join(folder, "topics.json"), encoding="utf-8") as file:
            contract = json.load(file)
        self.base_levels = contract["base"].count("/") + 1
        self.topics = contract["topics"]
        self.validators = {}

    def validator(self, reference):
        if reference not in self.validators:
            name, _, fragment = reference.partition("#")
            with open(os.path.join(self.folder, name), encoding="utf-8") as file:
                schema = json.load(file)
            jsonschema.Draft202012Validator.check_schema(schema)
            if fragment:
                schema = {"$defs": schema["$defs"], "$ref": "#" + fragment}
            self.validators[reference] = jsonschema.Draft202012Validator(
                schema, format_checker=jsonschema.FormatChecker())
        return self.validators[reference]

    def payload_errors(self, entry, payload):
        if not payload:
            return [] if entry.get("empty") else ["empty payload"]
        if "words" in entry:
            return [] if payload in entry["words"] else [f"{payload!r} is none of {entry['words']}"]
        try:
            value = json.loads(payload, object_pairs_hook=no_repeated_keys,
                               parse_constant=not_json)
        except ValueError as error:
            return [f"not JSON: {error}"]
        return [f"{'/'.join(map(str, e.absolute_path)) or 'payload'}: {e.message}"
                for e in self.validator(entry["schema"]).iter_errors(value)]

    def errors(self, topic, retain, qos, payload):
        """What is wrong with one message under the base, its topic given below it."""
        for entry in self.topics:
            if topic_matches(entry["topic"], topic):
                found = self.payload_errors(entry, payload)
                if retain not in ("-", str(int(entry["retain"]))):
                    found.append(f"retain is {retain}")
                if qos not in ("-", str(entry["qos"])):
                    found.append(f"QoS is {qos}, not {entry['qos']}")
                return found
        return ["no such topic in the contract"]


def main():
    contract = Contract()
    file = open(sys.argv[1], encoding="utf-8") if len(sys.argv) > 1 else sys.stdin
    count = bad = 0
    for number, line in enumerate(file, 1):
        fields = line.rstrip("\n").split("\t", 3)
        if len(fields) != 4:
            print(f"line {number}: not TOPIC, RETAIN, QOS, PAYLOAD")
            bad += 1
            continue
        topic = fields[0].split("/")
        if topic[0] != "thirdring":
            continue
        count += 1
        below = "/".join(topic[contract.base_levels:])
        errors = contract.errors(below, *fields[1:])
        bad += bool(errors)
        for error in errors:
            print(f"line {number}: {fields[0]}: {error}")
    print(f"{count} messages, {bad} wrong")
    return 1 if bad or not count else 0


if __name__ == "__main__":
    sys.exit(main())
