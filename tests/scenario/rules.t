#!/usr/bin/python3
"""Every rule of the manual, thirdring-rules(7), has its recorded story.

A rule is a paragraph of one of the sections below that begins with a bold name;
one that ends in a colon is told by the list after it. It names at least one story
(_tests/scenario/NAME.trace_), which has a golden file and prose; every story is
named by a rule. The numbers of the rules that Third Ring set out to keep, "(rule
13)", stand in the page, each at its place.
"""
import glob
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tools"))
import tap

PAGE = os.path.join(tap.TOP, "src", "man", "thirdring-rules.7.scd")
SECTIONS = ["INPUTS", "SEEING", "DOORS AND GREETING", "LINES AND TILLS", "CALL BUTTONS",
            "TELEPHONES", "FEEDBACK", "TIME", "SOUND AND LIGHT"]
RULES, LATER = 23, (24, 25, 26)
STORY = re.compile(r"_tests/scenario/([a-z0-9_-]+)\.trace_")
NUMBERS = re.compile(r"\(rules? ([0-9, and]+)\)")
test = tap.Tap()


def sections(text):
    """{heading: its paragraphs}; what is quoted as code is no paragraph."""
    found, name = {}, None
    for paragraph in re.split(r"\n\s*\n", re.sub(r"```.*?```", "", text, flags=re.S)):
        paragraph = paragraph.strip("\n")
        if paragraph.startswith("# "):
            name = paragraph[2:].splitlines()[0]
            found[name] = []
        elif name and paragraph:
            found[name].append(paragraph)
    return found


def plain(text):
    """As people read it: escaped underscores, broken lines and all."""
    return re.sub(r"\s+", " ", text.replace("\\_", "_"))


def rules(found):
    """(section, name, text) of every rule."""
    for section in SECTIONS:
        for paragraph in found.get(section, []):
            name = re.match(r"\*(.+?)\*", plain(paragraph))
            if name and not plain(paragraph).endswith(":"):
                yield section, name.group(1).rstrip("."), plain(paragraph)


def numbers(text):
    return [int(n) for group in NUMBERS.findall(text) for n in re.findall(r"[0-9]+", group)]


def check_stories(all_rules):
    for section in SECTIONS:
        ours = [rule for rule in all_rules if rule[0] == section]
        without = [name for _, name, text in ours if not STORY.search(text)]
        test.ok(ours and not without, f"{section}: {len(ours)} rules, each with its story", *without)
    named = {story for _, _, text in all_rules for story in STORY.findall(text)}
    missing = [f"{story}.{kind}" for story in sorted(named) for kind in ("trace", "golden")
               if not os.path.exists(os.path.join(HERE, f"{story}.{kind}"))]
    test.ok(named and not missing, f"{len(named)} stories are there, each with its golden file",
            *missing)
    there = {os.path.basename(path)[:-6] for path in glob.glob(os.path.join(HERE, "*.trace"))}
    test.ok(there <= named, "every story is named by a rule", *sorted(there - named))
    silent = [story for story in sorted(there) if not told(story)]
    test.ok(not silent, "every story says in prose what happens, and in numbers what must come of it",
            *silent)


def told(story):
    with open(os.path.join(HERE, f"{story}.trace"), encoding="utf-8") as trace:
        lines = trace.read().splitlines()
    prose = [l for l in lines if re.match(r"# (?!thirdring|start)", l)]
    return prose and any(l.startswith("#:") for l in lines)


def check_numbers(found, all_rules):
    at = {n for _, _, text in all_rules for n in numbers(text)}
    missing = [str(n) for n in range(1, RULES + 1) if n not in at]
    test.ok(not missing, f"rules 1 to {RULES} stand in the page, each with the rule that keeps it",
            *missing)
    known = set(range(1, RULES + 1)) | set(LATER)
    everywhere = [n for paragraphs in found.values() for p in paragraphs for n in numbers(plain(p))]
    test.ok(set(everywhere) <= known, "no other number does", *sorted(set(everywhere) - known))
    later = numbers(plain(" ".join(found.get("NOT YET", []))))
    test.ok(set(LATER) <= set(later), "what is still to come is named as such", later)


with open(PAGE, encoding="utf-8") as page:
    SECTIONED = sections(page.read())
EVERY = list(rules(SECTIONED))
test.ok(all(section in SECTIONED for section in SECTIONS), "the page has its sections",
        *(s for s in SECTIONS if s not in SECTIONED))
check_stories(EVERY)
check_numbers(SECTIONED, EVERY)
test.done()
