"""What Home Assistant lets through of a device discovery message, and what it
makes of the payloads: its documented rules, for tests. Nothing of it runs here.

From its documentation (MQTT integration: device discovery, sensor, binary
sensor, event, button, number) and the schemas that it checks messages with,
2024.12 to 2026.9. In an entity an unknown key is ignored, so that a misspelt
one goes unseen: here it is an error. At the root, in "device" and in "origin"
an unknown key makes it drop the whole message.
"""
import json
import math
import re

import jinja2
import jinja2.sandbox

ROOT = {"device", "origin", "components", "availability", "availability_mode",
        "availability_template", "availability_topic", "payload_available",
        "payload_not_available", "state_topic", "command_topic", "qos", "encoding"}
DEVICE = {"identifiers", "connections", "manufacturer", "model", "name", "hw_version",
          "serial_number", "sw_version", "via_device", "suggested_area", "configuration_url"}
ORIGIN = {"name", "sw_version", "support_url"}

COMMON = {"platform", "unique_id", "default_entity_id", "name", "entity_category",
          "enabled_by_default", "icon", "json_attributes_topic", "json_attributes_template",
          "qos", "encoding", "availability_topic"}
READS = {"state_topic", "value_template"}
COMMANDS = {"command_topic", "command_template", "retain"}
KEYS = {
    "sensor": COMMON | READS | {"device_class", "expire_after", "force_update", "options",
                                "last_reset_value_template", "suggested_display_precision",
                                "state_class", "unit_of_measurement"},
    "binary_sensor": COMMON | READS | {"device_class", "expire_after", "force_update", "off_delay",
                                       "payload_on", "payload_off"},
    "event": COMMON | READS | {"device_class", "event_types"},
    "button": COMMON | COMMANDS | {"device_class", "payload_press"},
    "number": COMMON | READS | COMMANDS | {"device_class", "min", "max", "mode", "step",
                                           "optimistic", "payload_reset", "unit_of_measurement"},
}
REQUIRED = {"sensor": {"state_topic"}, "binary_sensor": {"state_topic"},
            "event": {"state_topic", "event_types"}, "button": {"command_topic"},
            "number": {"command_topic"}}
DEVICE_CLASSES = {
    "binary_sensor": set(
        "battery battery_charging carbon_monoxide cold connectivity door garage_door gas heat light "
        "lock moisture motion moving occupancy opening plug power presence problem running safety "
        "smoke sound tamper update vibration window".split()),
    "event": {"doorbell", "button", "motion"},
    "button": {"identify", "restart", "update"},
    "number": set(),  # none that fits a count
}
STATE_CLASSES = {"measurement", "total", "total_increasing"}
# A sensor's: class, its units, its state classes. Only those that a shop can have.
SENSOR_CLASSES = {
    "duration": ({"d", "h", "min", "s", "ms"}, STATE_CLASSES),
    "data_size": ({"bit", "kbit", "Mbit", "Gbit", "B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB",
                   "YB", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"}, STATE_CLASSES),
    "enum": (set(), set()),
    "timestamp": (set(), set()),
}
CATEGORIES = {"sensor": {"diagnostic"}, "binary_sensor": {"diagnostic"}, "event": {"diagnostic"},
              "button": {"diagnostic", "config"}, "number": {"diagnostic", "config"}}
ID = re.compile(r"[a-zA-Z0-9_-]+")


def unknown(where, got, allowed):
    return [f"{where}: unknown {key}" for key in sorted(set(got) - allowed)]


def sensor_errors(c):
    found = []
    device_class, unit = c.get("device_class"), c.get("unit_of_measurement")
    state_class, options = c.get("state_class"), c.get("options")
    if device_class is not None and device_class not in SENSOR_CLASSES:
        return [f"device_class {device_class} is not known here"]
    if device_class is not None:
        units, states = SENSOR_CLASSES[device_class]
        if (unit is None and units) or (unit is not None and unit not in units):
            found.append(f"unit {unit} does not go with device_class {device_class}")
        if state_class is not None and state_class not in states:
            found.append(f"state_class {state_class} does not go with {device_class}")
    if state_class is not None and state_class not in STATE_CLASSES:
        found.append(f"state_class {state_class}")
    if options is not None and (not options or device_class != "enum" or state_class or unit):
        found.append("options go with device_class enum alone, and are not empty")
    if device_class == "enum" and not options:
        found.append("an enum without options")
    if "expire_after" in c and not (isinstance(c["expire_after"], int) and c["expire_after"] > 0):
        found.append(f"expire_after {c['expire_after']}")
    return found


def command_errors(c):
    found = []
    if c.get("retain", False):
        found.append("a command that would be retained")
    if c.get("qos") != 1:
        found.append("a command below QoS 1")
    if c["platform"] == "number" and not c.get("min", 1) < c.get("max", 100):
        found.append("min is not below max")
    return found


def entity_errors(c):
    platform = c.get("platform")
    if platform not in KEYS:
        return [f"platform {platform}"]
    found = unknown(platform, c, KEYS[platform])
    found += [f"{key} is needed" for key in REQUIRED[platform] | {"unique_id", "name"}
              if key not in c]
    if "entity_category" in c and c["entity_category"] not in CATEGORIES[platform]:
        found.append(f"entity_category {c['entity_category']} on a {platform}")
    if not ID.fullmatch(c.get("unique_id", "")):
        found.append(f"unique_id {c.get('unique_id')}")
    if not re.fullmatch(platform + r"\.[a-z0-9]+(_[a-z0-9]+)*", c.get("default_entity_id", "")):
        found.append(f"default_entity_id {c.get('default_entity_id')}")
    found += [f"{key} has a wildcard" for key in c if key.endswith("_topic")
              and re.search("[+#]", c[key])]
    if platform == "sensor":
        return found + sensor_errors(c)
    if "device_class" in c and c["device_class"] not in DEVICE_CLASSES[platform]:
        found.append(f"device_class {c['device_class']} on a {platform}")
    if platform == "event" and not (c.get("event_types") and isinstance(c["event_types"], list)):
        found.append("an event without types")
    return found + (command_errors(c) if platform in ("button", "number") else [])


def leaves(component):
    """An entity that is named only to be removed."""
    return set(component) == {"platform"}


def message_errors(topic, message):
    """What Home Assistant would not take of the message, or would take and not understand."""
    found = unknown("root", message, ROOT)
    if not re.fullmatch(r"[^+#]+/device/[a-zA-Z0-9_-]+/config", topic):
        found.append(f"topic {topic}")
    for key in ("device", "origin", "components"):
        if not isinstance(message.get(key), dict):
            return found + [f"{key} is needed"]
    found += unknown("device", message["device"], DEVICE)
    found += unknown("origin", message["origin"], ORIGIN)
    if not (message["device"].get("identifiers") or message["device"].get("connections")):
        found.append("a device without identifiers")
    if not message["origin"].get("name"):
        found.append("an origin without a name")
    if "availability" in message and "availability_topic" in message:
        found.append("availability said twice")
    seen = set()
    for key, component in message["components"].items():
        if not ID.fullmatch(key):
            found.append(f"component {key}")
        if leaves(component):
            found += [] if component["platform"] in KEYS else [f"{key}: {component['platform']}"]
            continue
        found += [f"{key}: {error}" for error in entity_errors(component)]
        if component.get("unique_id") in seen:
            found.append(f"{key}: unique_id {component['unique_id']} is taken")
        seen.add(component.get("unique_id"))
    return found


# --- templates -------------------------------------------------------------------------

_environment = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
_compiled = {}


def render(template, **variables):
    """As Home Assistant renders it, but what it only warns of is an error."""
    if template not in _compiled:
        _compiled[template] = _environment.from_string(template)
    return _compiled[template].render(**variables).strip()


def render_payload(template, payload):
    variables = {"value": payload}
    try:
        variables["value_json"] = json.loads(payload)
    except ValueError:
        pass
    return render(template, **variables)


def is_number(text):
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def numeric(c):
    return c["platform"] == "number" or "state_class" in c or "unit_of_measurement" in c


def value_error(c, value):
    """Why the entity would not take the value, or None. The word "None" makes it unknown."""
    platform = c["platform"]
    if value == "None":
        return None
    if platform == "binary_sensor":
        good = value in (c.get("payload_on", "ON"), c.get("payload_off", "OFF"))
    elif "options" in c:
        good = value in c["options"]
    elif numeric(c):
        good = is_number(value)
        if good and platform == "number":
            good = c.get("min", 1) <= float(value) <= c.get("max", 100)
        if good and c.get("state_class") == "total_increasing":
            good = float(value) >= 0
    else:
        good = value != "" and len(value) <= 255
    return None if good else f"{value!r} is no state of this {platform}"


def event_error(c, payload):
    event = json.loads(payload)
    return None if event.get("event_type") in c["event_types"] else \
        f"type {event.get('event_type')} is none of {c['event_types']}"


def state_of(c, payload):
    """The state that a payload gives; raises jinja2.TemplateError."""
    return render_payload(c["value_template"], payload) if "value_template" in c else payload


def payload_errors(c, topic, payload):
    """What goes wrong when this payload comes on this topic."""
    found = []
    try:
        if topic == c.get("state_topic") and c["platform"] == "event":
            found.append(event_error(c, payload))
        elif topic == c.get("state_topic"):
            found.append(value_error(c, state_of(c, payload)))
        if topic == c.get("json_attributes_topic"):
            text = render_payload(c.get("json_attributes_template", "{{ value }}"), payload)
            if not isinstance(json.loads(text), dict):
                found.append(f"attributes {text}")
    except (jinja2.TemplateError, ValueError, TypeError, ZeroDivisionError) as error:
        found.append(f"{type(error).__name__}: {error}")
    return [f"{error}: {payload[:120]}" for error in found if error]


def keys_read(c):
    """The keys of a JSON payload that the entity's template reads."""
    return set(re.findall(r"\.get\('(\w+)'", c.get("value_template", "")))
