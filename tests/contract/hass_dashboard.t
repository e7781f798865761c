#!/usr/bin/python3
"""etc/homeassistant/dashboard.yaml: every entity in it is one that the daemon tells
Home Assistant of for the demo shop, is enabled there and fit for its card; cards
and options are those that Home Assistant's documentation lists."""
import collections
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402

try:
    import yaml
except ImportError:
    tap.skip_all("python3-yaml is not installed (make deps)")

t = tap.Tap()
FOLDER = os.path.join(tap.TOP, "etc", "homeassistant")
DESCRIBE = os.path.join(tap.BUILD, "tests", "tools", "hass")
if not os.path.exists(DESCRIBE):
    tap.bail_out(f"{DESCRIBE} is not built (make tests; or set TR_BUILD)")

# Home Assistant's documentation of 2026: each card's own options. An unknown one is
# not told of there, the card merely does not do it.
SHOWN = {"visibility", "grid_options"}
CARDS = {
    "heading": {"heading", "heading_style", "icon", "tap_action", "badges"},
    "tile": {"entity", "name", "icon", "color", "vertical", "hide_state", "state_content",
             "tap_action", "icon_tap_action", "features"},
    "gauge": {"entity", "name", "unit", "min", "max", "needle", "severity", "segments"},
    "entities": {"title", "entities", "state_color", "show_header_toggle", "icon"},
    "history-graph": {"title", "entities", "hours_to_show", "show_names", "min_y_axis",
                      "max_y_axis", "fit_y_data"},
    "statistics-graph": {"title", "entities", "chart_type", "period", "days_to_show",
                         "stat_types", "min_y_axis", "max_y_axis"},
    "logbook": {"title", "target", "hours_to_show"},
}
VIEW = {"title", "path", "icon", "type", "max_columns", "badges", "sections"}
BADGE = {"type", "entity", "name", "icon", "color", "show_name", "show_state", "show_icon",
         "state_content", "visibility"}


def described(*args):
    run = subprocess.run([DESCRIBE, *args], check=True, capture_output=True, text=True)
    parts = json.loads(run.stdout.splitlines()[1])["components"].values()
    return {c["default_entity_id"]: c for c in parts}


class OneOfEach(yaml.SafeLoader):
    """YAML lets the last of two equal keys win, silently."""


def no_repeats(loader, node):
    keys = [k.value for k, _ in node.value]
    assert len(keys) == len(set(keys)), f"line {node.start_mark.line}: a key comes twice"
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


OneOfEach.add_constructor("tag:yaml.org,2002:map", no_repeats)


def load(path):
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, OneOfEach)


def named(thing):
    """Every entity under a thing, as (entity, where it stands)."""
    if isinstance(thing, dict):
        for key, value in thing.items():
            if key in ("entity", "entity_id") and isinstance(value, str):
                yield value, thing
            elif key in ("entities", "entity_id") and isinstance(value, list):
                yield from ((one, thing) for one in value if isinstance(one, str))
                yield from named([one for one in value if not isinstance(one, str)])
            else:
                yield from named(value)
    elif isinstance(thing, list):
        for one in thing:
            yield from named(one)


def cards(dashboard):
    for view in dashboard["views"]:
        for section in view["sections"]:
            yield from section["cards"]


def domain(entity):
    return entity.split(".")[0]


def card_errors(card, known):
    kind, found = card.get("type"), []
    if kind not in CARDS:
        return [f"no card {kind}"]
    found += [f"{kind}: no option {k}" for k in set(card) - {"type"} - CARDS[kind] - SHOWN]
    ours = [known[e] for e, _ in named({k: v for k, v in card.items() if k != "visibility"})
            if e in known]
    if kind == "gauge":
        found += [f"a gauge of {c['default_entity_id']}" for c in ours
                  if c.get("state_class") != "measurement" or c["platform"] != "sensor"]
        if not card["severity"].keys() == {"green", "yellow", "red"}:
            found.append(f"severity {card['severity']}")
    if kind in ("history-graph", "statistics-graph"):
        units = {c.get("unit_of_measurement") for c in ours}
        found += [f"{card['title']}: units {units}"] if len(units) != 1 else []
        found += [f"{card['title']}: more than eight"] if len(ours) > 8 else []
    if kind == "statistics-graph":
        wanted = "total_increasing" if card["stat_types"] == ["change"] else "measurement"
        found += [f"{card['title']}: {c['default_entity_id']} is {c.get('state_class')}"
                  for c in ours if c.get("state_class") != wanted]
    action = card.get("tap_action")
    if action and (action.get("action"), action.get("perform_action")) != (
            "perform-action", "button.press"):
        found.append(f"tap_action {action}")
    if action and (action["target"]["entity_id"] != card["entity"]
                   or domain(card["entity"]) != "button"):
        found.append(f"{card['entity']}: presses {action['target']}")
    return found


def condition_errors(dashboard, known):
    """What a card is shown by: a state that the entity can have."""
    found = []

    def walk(thing):
        for one in thing.values() if isinstance(thing, dict) else thing:
            if isinstance(one, (dict, list)):
                walk(one)
        if isinstance(thing, dict):
            for rule in thing.get("visibility", ()):
                entity, word = rule["entity"], rule.get("state", rule.get("state_not"))
                words = known.get(entity, {}).get("options") or ["on", "off"]
                if word not in words or rule["condition"] != "state":
                    found.append(f"{entity} is never {word!r}")
    walk(dashboard)
    return found


def errors(dashboard, known):
    found = []
    for entity, _ in named(dashboard):
        if entity not in known:
            found.append(f"nobody tells of {entity}")
        elif not known[entity].get("enabled_by_default", True):
            found.append(f"{entity} is disabled until somebody enables it")
    for view in dashboard["views"]:
        found += [f"view {view['title']}: no option {k}" for k in set(view) - VIEW]
        for badge in view.get("badges", ()):
            found += [f"badge: no option {k}" for k in set(badge) - BADGE]
        for section in view["sections"]:
            found += [] if section["type"] == "grid" and section["cards"] else ["an empty section"]
    for card in cards(dashboard):
        found += card_errors(card, known)
        for badge in card.get("badges", ()):
            found += [f"badge: no option {k}" for k in set(badge) - BADGE]
    return found + condition_errors(dashboard, known)


known = described(live.DEMO_CONF)
path = os.path.join(FOLDER, "dashboard.yaml")
dashboard = load(path)
wrong = errors(dashboard, known)
count = collections.Counter(e for e, _ in named(dashboard))
t.ok(not wrong, f"{len(count)} entities on {sum(1 for _ in cards(dashboard))} cards are the demo "
     "shop's, enabled, and fit for their cards", *wrong)
paths = [v["path"] for v in dashboard["views"]]
t.same(paths, ["now", "today", "history", "health"], "its views")

# Nothing that a manager looks for is missing.
stations = [m[1] for m in (re.fullmatch(r"sensor\.thirdring_demo_main_(\w+)_waiting", e)
                           for e in known) if m]
needed = {f"sensor.thirdring_demo_main_{s}_{f}" for s in stations
          for f in ("waiting", "oldest_wait", "level", "today_pct", "coverage_pct")}
needed |= {e for e in known if e.endswith("_wait_alert") or e.endswith("_ack")
           or e.endswith("_fault") or e.endswith("_output") and domain(e) == "binary_sensor"}
t.same(sorted(needed - set(count)), [], f"{len(stations)} stations, every alert and sensor are there")

# The test can fail.
for what, old, new in (("an entity that is none", "tills_waiting", "till_waiting"),
                       ("a disabled one", "tills_p90", "tills_p50"),
                       ("a misspelt option", "needle: true", "needel: true"),
                       ("a state that never is", "state: 'on'", "state: 'ON'"),
                       ("a card that is none", "type: gauge", "type: gage")):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    t.ok(old in text and errors(yaml.load(text.replace(old, new), OneOfEach), known),
         f"found: {what}")

# README: what stands in configuration.yaml, and the way to another shop.
with open(os.path.join(FOLDER, "README.md"), encoding="utf-8") as file:
    readme = file.read()
config = yaml.safe_load(re.search(r"```yaml\n(.*?)```", readme, re.S)[1])
t.ok(all("-" in k and d["mode"] == "yaml" and d["filename"] == "thirdring.yaml"
         for k, d in config["lovelace"]["dashboards"].items()), "README: its YAML", config)
home = live.folder()
with open(live.DEMO_CONF, encoding="utf-8") as file:
    conf = file.read()
shop = live.write(os.path.join(home, "shop.conf"),
                  conf.replace('id        = "demo"', 'id        = "highstreet"'))
command = re.search(r"```sh\n(.*?)```", readme, re.S)[1]
subprocess.run(["bash", "-euc", command.replace(">thirdring.yaml", f">{home}/thirdring.yaml")],
               cwd=FOLDER, check=True)
wrong = errors(load(os.path.join(home, "thirdring.yaml")), described(shop))
t.ok(not wrong, "README: made another site's by its command, it is right there", *wrong[:5])
t.done()
