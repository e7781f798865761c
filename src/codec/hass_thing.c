/* What Home Assistant is told of sensors, outputs, and the unit itself. */
#include <stdio.h>

#include "codec/hass_private.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* --- sensors ------------------------------------------------------------------------------ */

static const struct tr_sensor *sensor(const struct tr_hass_at *at)
{
    return &at->wire->plan->sensors[at->index];
}

/* What the staff press, whatever it is made of: a key is wired as a contact too. */
static bool staff_key(const struct tr_plan *plan, int index)
{
    for (int s = 0; s < plan->stations_n; s++) {
        const struct tr_station *st = &plan->stations[s];
        if (st->kind == TR_KIND_GREETING && st->u.greeting.void_key == index) {
            return true;
        }
        if (st->kind != TR_KIND_QUEUE) {
            continue;
        }
        if (st->u.queue.void_key == index) {
            return true;
        }
        for (int i = 0; i < st->u.queue.positions_n; i++) {
            if (st->u.queue.positions[i].next == index) {
                return true;
            }
        }
    }
    return false;
}

static bool is_button(const struct tr_hass_at *at)
{
    return sensor(at)->type == TR_SENSOR_BUTTON || staff_key(tr_hass_plan(at), at->index);
}

/* When a button of a staff panel is pressed is nobody's business; that it is broken is. */
static bool is_public(const struct tr_hass_at *at)
{
    return !tr_plan_sensor_private(tr_hass_plan(at), at->index);
}

static bool shows_presses(const struct tr_hass_at *at)
{
    return is_public(at) && is_button(at);
}

static bool shows_level(const struct tr_hass_at *at)
{
    return is_public(at) && !is_button(at);
}

/* How Home Assistant words and draws ON:
 * contact   door: open. A contact that is no door can be renamed there;
 * beam      motion: broken for the moment somebody passes, not for as long as somebody stays;
 * presence  occupancy: for as long as somebody stands there;
 * ring      sound: the bell is heard;
 * hook      none: there is no class for a lifted handset, "on" and "off" are right;
 * staff     occupancy, too: "presence" would say "home" and "away". */
static const char *const sensor_class[TR_SENSOR_TYPE_COUNT] = {
    [TR_SENSOR_CONTACT] = "door",       [TR_SENSOR_BEAM] = "motion", [TR_SENSOR_BUTTON] = NULL,
    [TR_SENSOR_PRESENCE] = "occupancy", [TR_SENSOR_RING] = "sound",  [TR_SENSOR_HOOK] = NULL,
    [TR_SENSOR_STAFF] = "occupancy",
};

static void write_level(struct tr_jsonw *w, const struct tr_hass_at *at,
                        const struct tr_hass_row *row)
{
    (void)row;
    tr_hass_topic_member(w, at, "state_topic", "input", sensor(at)->id, "state");
    if (sensor_class[sensor(at)->type] != NULL) {
        tr_jsonw_put_string(w, "device_class", sensor_class[sensor(at)->type]);
    }
}

static void write_presses(struct tr_jsonw *w, const struct tr_hass_at *at,
                          const struct tr_hass_row *row)
{
    (void)row;
    static const char *const words[] = {"press", "release"};
    tr_hass_write_event(w, at, "input", sensor(at)->id, words, N(words));
    tr_jsonw_put_string(w, "device_class", "button");
}

/* A word, not JSON; an empty payload is a sensor that is no more. */
static void write_health(struct tr_jsonw *w, const struct tr_hass_at *at,
                         const struct tr_hass_row *row)
{
    (void)row;
    tr_hass_topic_member(w, at, "state_topic", "input", sensor(at)->id, "health");
    tr_jsonw_put_string(w, "value_template",
                        "{{ 'OFF' if value == 'ok' else 'ON' if value else none }}");
    tr_hass_topic_member(w, at, "json_attributes_topic", "input", sensor(at)->id, "health");
    tr_jsonw_put_string(w, "json_attributes_template", "{\"health\":\"{{ value }}\"}");
    tr_jsonw_put_string(w, "device_class", "problem");
}

/* The alert says the same a minute calmer, and can be acknowledged. */
static const struct tr_hass_row sensor_rows[] = {
    {"input", "", shows_level, write_level, .platform = TR_HASS_P_BINARY_SENSOR},
    {"press", "", shows_presses, write_presses, .platform = TR_HASS_P_EVENT},
    {"fault", "fault", NULL, write_health, .platform = TR_HASS_P_BINARY_SENSOR,
     .flags = TR_HASS_DIAGNOSTIC},
    {"sensor_alert", "alert", NULL, tr_hass_write_alert, .platform = TR_HASS_P_BINARY_SENSOR,
     .flags = TR_HASS_DIAGNOSTIC | TR_HASS_HIDDEN, .what = TR_RULE_SENSOR},
};

/* --- outputs ------------------------------------------------------------------------------ */

static const char *output_id(const struct tr_hass_at *at)
{
    return at->wire->plan->outputs[at->index].id;
}

static void write_output(struct tr_jsonw *w, const struct tr_hass_at *at,
                         const struct tr_hass_row *row)
{
    (void)row;
    const bool lamp = at->wire->plan->outputs[at->index].type == TR_OUTPUT_LAMP;
    tr_hass_topic_member(w, at, "state_topic", "output", output_id(at), "state");
    tr_jsonw_put_string(w, "device_class", lamp ? "light" : "sound");
}

static bool can_test(const struct tr_hass_at *at)
{
    return at->hass->command[TR_COMMAND_TEST_OUTPUT];
}

static void write_test(struct tr_jsonw *w, const struct tr_hass_at *at,
                       const struct tr_hass_row *row)
{
    char payload[TR_ID_MAX + 24];
    snprintf(payload, sizeof(payload), "{\"output\":\"%s\"}", output_id(at));
    tr_hass_write_command(w, at, row, "payload_press", payload);
}

static const struct tr_hass_row output_rows[] = {
    {"output", "", NULL, write_output, .platform = TR_HASS_P_BINARY_SENSOR},
    {"test", "test", can_test, write_test, .platform = TR_HASS_P_BUTTON,
     .flags = TR_HASS_DIAGNOSTIC, .what = TR_COMMAND_TEST_OUTPUT},
};

/* --- the unit ------------------------------------------------------------------------------ */

static bool can_mute(const struct tr_hass_at *at)
{
    return at->hass->command[TR_COMMAND_MUTE] && tr_hass_plan(at)->alerts.buzzer != TR_NONE;
}

static bool can_refresh(const struct tr_hass_at *at)
{
    return at->hass->command[TR_COMMAND_REFRESH];
}

static void write_button(struct tr_jsonw *w, const struct tr_hass_at *at,
                         const struct tr_hass_row *row)
{
    tr_hass_write_command(w, at, row, "payload_press", row->payload);
}

#define FIGURE                                                                                     \
    .platform = TR_HASS_P_SENSOR, .write = tr_hass_write_figure, .flags = TR_HASS_DIAGNOSTIC
#define NOW    .state_class = "measurement"
#define EVER   .state_class = "total_increasing"
#define BUTTON .platform = TR_HASS_P_BUTTON, .write = write_button

static const struct tr_hass_row unit_rows[] = {
    {"outbox", "Records waiting", FIGURE, .value = "outbox", NOW},
    {"dead_letters", "Records refused", FIGURE, .value = "dead_letters", NOW},
    {"lost", "Records lost", FIGURE, .value = "lost", EVER},
    {"journal_bytes", "Journal", FIGURE, .value = "journal_bytes", .device_class = "data_size",
     .unit = "B", NOW},
    {"uptime", "Uptime", .platform = TR_HASS_P_SENSOR, .write = tr_hass_write_figure,
     .flags = TR_HASS_DIAGNOSTIC | TR_HASS_HIDDEN, .value = "uptime_s", .device_class = "duration",
     .unit = "s", EVER},
    {"edges_lost", "Edges lost", FIGURE, .value = "edges_lost", EVER},
    {"offline_alert", "Nobody watched", .platform = TR_HASS_P_BINARY_SENSOR,
     .write = tr_hass_write_alert, .flags = TR_HASS_DIAGNOSTIC, .what = TR_RULE_OFFLINE},
    {"mute", "Mute for 10 minutes", can_mute, BUTTON, .what = TR_COMMAND_MUTE,
     .payload = "{\"seconds\":600}"},
    {"unmute", "Unmute", can_mute, BUTTON, .what = TR_COMMAND_MUTE, .payload = "{\"seconds\":0}"},
    {"refresh", "Refresh", can_refresh, BUTTON, .flags = TR_HASS_DIAGNOSTIC,
     .what = TR_COMMAND_REFRESH, .payload = "{}"},
};

const struct tr_hass_table tr_hass_thing_tables[3] = {
    {TR_HASS_SENSOR, sensor_rows, N(sensor_rows)},
    {TR_HASS_OUTPUT, output_rows, N(output_rows)},
    {TR_HASS_UNIT, unit_rows, N(unit_rows)},
};
