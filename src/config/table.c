/* The table of settings: the shop, its times, sensors, gates and outputs. */
#include <string.h>

#include "config/keys.h"

#define STRUCT struct tr_plan
static const struct tr_cfg_key site_keys[] = {
    ID("id", site, "the shop's short name; part of every MQTT topic."),
    {.name = "unit",
     .type = TR_CFG_ID,
     AT(unit),
     .about = "this appliance within the shop; part of every MQTT topic."},
    STRING("name", name, "the shop's name for people; empty: the id."),
    {.name = "timezone",
     .type = TR_CFG_ZONE,
     AT(timezone),
     .about = "where the shop's clock hangs, as in \"Europe/London\"."},
    CLOCK("day_start", day_start_min,
          .about = "when the business day begins: the day's figures start anew."),
    SECONDS("resume_s", resume_ns, 0, 3600,
            .about = "after an absence of at most so long, open waits go on; else they end as "
                     "unknown."),
};
static const struct tr_cfg_table site = {.what = "site", KEYS(site_keys)};

static const struct tr_cfg_key ring_keys[] = {
    SECONDS("on_s", ring_on_ns, 0.1, 20, .about = "how long one ring sounds."),
    SECONDS("off_s", ring_off_ns, 0, 60, .about = "the silence after it."),
};
static const struct tr_cfg_table ring = {.what = "ring", KEYS(ring_keys)};
#undef STRUCT

#define STRUCT struct tr_hours
/* A time that could not be read stays negative, and out of the cross-checks. */
static void init_hours(void *elem, int variant)
{
    (void)variant;
    *(struct tr_hours *)elem = (struct tr_hours){.open_min = -1, .close_min = -1};
}

static const struct tr_cfg_key hours_keys[] = {
    {.name = "days",
     .type = TR_CFG_DAYS,
     AT(days),
     NEEDED,
     .about = "days of the week: \"mon-sat\", \"mon,wed\" or \"sun\"."},
    CLOCK("open", open_min, NEEDED, .about = "opening time."),
    CLOCK("close", close_min, NEEDED,
          .about = "closing time; at or before the opening time it is of the next day."),
};
static const struct tr_cfg_table hours = {.what = "entry", KEYS(hours_keys), .init = init_hours};
#undef STRUCT

#define STRUCT struct tr_holiday
static bool omit_holiday(const struct tr_cfg_key *key, const void *elem)
{
    const struct tr_holiday *h = elem;
    return h->closed && key->type == TR_CFG_CLOCK;
}

static const struct tr_cfg_key holiday_keys[] = {
    {.name = "date", .type = TR_CFG_DATE, AT(date), NEEDED, .about = "the day, as \"2026-12-25\"."},
    BOOL("closed", closed, "true: the shop stays closed."),
    CLOCK("open", open_min, CONDITIONAL, .about = "opening time; needed unless closed."),
    CLOCK("close", close_min, CONDITIONAL, .about = "closing time; needed unless closed."),
};
static const struct tr_cfg_table holiday = {
    .what = "holiday", KEYS(holiday_keys), .finish = tr_cfg_finish_holiday, .omit = omit_holiday};
#undef STRUCT

#define STRUCT struct tr_daypart
static void init_daypart(void *elem, int variant)
{
    (void)variant;
    memset(elem, 0, sizeof(struct tr_daypart));
    ((struct tr_daypart *)elem)->from_min = -1;
}

static const struct tr_cfg_key daypart_keys[] = {
    ID("id", id, "a name for this part of the day."),
    CLOCK("from", from_min, NEEDED, .about = "when it begins; it lasts until the next begins."),
};
static const struct tr_cfg_table daypart = {
    .what = "daypart", KEYS(daypart_keys), .init = init_daypart};
#undef STRUCT

static const char *const active_words[] = {"high", "low"};

#define STRUCT struct tr_sensor
static void init_sensor(void *elem, int variant)
{
    tr_plan_init_sensor(elem, (enum tr_sensor_type)variant);
}

static const struct tr_cfg_key sensor_keys[] = {
    ID("id", id, "its name in this file and in MQTT topics."),
    ENUM("type", type, tr_sensor_type_name, TR_SENSOR_TYPE_COUNT, NEEDED,
         .about = "what it is; decides the conditioning it starts from."),
    STRING("name", name, "for people; empty: the id."),
    ENUM("circuit", circuit, tr_circuit_name, TR_CIRCUIT_COUNT,
         .about = "how it is wired, by the names of the drawings in hardware/circuits; for the "
                  "wiring sheet and its warnings only."),
    {.name = "line",
     .type = TR_CFG_LINE,
     AT(line),
     CONDITIONAL,
     .about = "the GPIO line: its name, \"GPIO5\", or its offset, 5. Needed unless gpio.backend is "
              "\"replay\"."},
    STRING("chip", line.chip, "label of the GPIO chip; empty: gpio.chip."),
    ENUM("bias", line.bias, tr_bias_name, TR_BIAS_COUNT, .about = "resistor inside the chip."),
    {.name = "active",
     .type = TR_CFG_SWITCH,
     AT(line.active_low),
     .words = active_words,
     .words_n = 2,
     .about = "the level that means \"active\". Wire beams and presence so that a cut cable reads "
              "active."},
    MILLIS("debounce_ms", press_ns, 0, 10000, .flags = TR_CFG_SHORTHAND,
           .about = "short for press_ms and release_ms, both the same."),
    MILLIS("press_ms", press_ns, 0, 10000,
           .about = "active counts once it has been stable this long."),
    MILLIS("release_ms", release_ns, 0, 10000,
           .about = "inactive counts once it has been stable this long."),
    SECONDS("stuck_on_s", stuck_on_ns, 0, 604800,
            .about = "active for longer is a fault (a cut cable, a trolley); 0: never."),
    SECONDS("silent_s", silent_ns, 0, 2592000,
            .about = "no change for longer, in opening hours, is a fault; 0: never."),
    INT("storm_hz", storm_hz, "edges/s", 0, 1000000,
        "more changes in a second are a fault: the line is set aside until it calms down; 0: "
        "never."),
};
static const struct tr_cfg_table sensor = {
    .what = "sensor", KEYS(sensor_keys), .init = init_sensor, .variant = "type"};
#undef STRUCT

#define STRUCT struct tr_gate
static void init_gate(void *elem, int variant)
{
    (void)variant;
    struct tr_gate *gate = elem;
    memset(gate, 0, sizeof(*gate));
    gate->outer = TR_NONE;
    gate->inner = TR_NONE;
    gate->max_transit_ns = 3 * TR_NS_PER_S;
}

static const struct tr_cfg_key gate_keys[] = {
    ID("id", id, "its name in this file."),
    SENSOR("outer", outer, IS_PASSAGE, NEEDED,
           .about = "the beam on the side customers come from."),
    SENSOR("inner", inner, IS_PASSAGE, NEEDED, .about = "the beam on the shop's side."),
    SECONDS("max_transit_s", max_transit_ns, 0.1, 60,
            .about = "longest time from the first beam to the second for one crossing; the time in "
                     "which both are broken does not count."),
};
static const struct tr_cfg_table gate = {
    .what = "gate", KEYS(gate_keys), .init = init_gate, .finish = tr_cfg_finish_gate};
#undef STRUCT

#define STRUCT struct tr_output
static void init_output(void *elem, int variant)
{
    struct tr_output *out = elem;
    memset(out, 0, sizeof(*out));
    out->type = (enum tr_output_type)variant;
    out->circuit = variant == TR_OUTPUT_BUZZER ? TR_DRIVE_BUZZER : TR_DRIVE_STACKLIGHT;
    out->line.offset = TR_NONE;
    if (variant == TR_OUTPUT_BUZZER) {
        out->max_on_ns = 10 * TR_NS_PER_S;
    }
}

static const struct tr_cfg_key output_keys[] = {
    ID("id", id, "its name in this file and in the test_output command."),
    ENUM("type", type, tr_output_type_name, TR_OUTPUT_TYPE_COUNT, NEEDED, .about = "what it is."),
    STRING("name", name, "for people; empty: the id."),
    ENUM("circuit", circuit, tr_drive_name, TR_DRIVE_COUNT, CONDITIONAL,
         .about = "how it is wired, as for sensors; without it a buzzer is \"buzzer\", a lamp "
                  "\"stacklight\", and one that is only a station's sent_lamp \"sent-lamp\"."),
    {.name = "line",
     .type = TR_CFG_LINE,
     AT(line),
     CONDITIONAL,
     .about = "the GPIO line: its name or its offset. Needed unless gpio.backend is \"replay\"."},
    STRING("chip", line.chip, "label of the GPIO chip; empty: gpio.chip."),
    {.name = "active",
     .type = TR_CFG_SWITCH,
     AT(line.active_low),
     .words = active_words,
     .words_n = 2,
     .about = "the level that switches it on."},
    SECONDS("max_on_s", max_on_ns, 0, 3600, .variants = 1U << TR_OUTPUT_BUZZER,
            .about = "a buzzer never sounds longer in one go; 0: no limit."),
};
static const struct tr_cfg_table output = {
    .what = "output", KEYS(output_keys), .init = init_output, .variant = "type"};
#undef STRUCT

#define STRUCT struct tr_config
static const struct tr_cfg_key top_keys[] = {
    {.name = "site",
     .type = TR_CFG_GROUP,
     NEEDED,
     AT(plan),
     .sub = &site,
     .about = "the shop, site = { id = \"...\"; timezone = \"...\"; };"},
    LIST("hours", plan.hours, hours, TR_HOURS_MAX,
         .about = "opening hours; without them the shop is always open."),
    LIST("holidays", plan.holidays, holiday, TR_HOLIDAYS_MAX,
         .about = "days with other hours than their weekday's."),
    LIST("dayparts", plan.dayparts, daypart, TR_DAYPARTS_MAX,
         .about = "parts of the day that may have targets of their own."),
    GROUP("ring", plan, ring, "the cadence in which a wait is counted in rings."),
    GROUP("gpio", options.gpio, tr_cfg_gpio, "where the lines are."),
    LIST("sensors", plan.sensors, sensor, TR_SENSORS_MAX, NEEDED,
         .about = "the inputs: one sensor is one line."),
    LIST("gates", plan.gates, gate, TR_GATES_MAX,
         .about = "two beams in a row: outer then inner is in, inner then outer is out."),
    LIST("outputs", plan.outputs, output, TR_OUTPUTS_MAX, .about = "buzzers and lamps."),
    LIST("stations", plan.stations, tr_cfg_station, TR_STATIONS_MAX, NEEDED,
         .about = "the places that keep a promise."),
    GROUP("alerts", plan.alerts, tr_cfg_alerts, "the ladder of lamps and sounds."),
    GROUP("mqtt", options.mqtt, tr_cfg_mqtt,
          "the broker; without this section nothing is published, and the shop floor, the journal "
          "and the reports still work."),
    GROUP("journal", options.journal, tr_cfg_journal, "the record of every wait, on disk."),
    GROUP("log", options, tr_cfg_log, "what is written to the system's log."),
};
const struct tr_cfg_table tr_cfg_top = {
    .what = "file", KEYS(top_keys), .finish = tr_cfg_finish_top};
#undef STRUCT
