/* The message of Home Assistant's device discovery: rows of tables, for every
 * object of the plan that they fit. */
#include <stdio.h>

#include "codec/hass_private.h"

enum { KEY_MAX = TR_ID_MAX + 24, UNIQUE_MAX = 16 + 2 * TR_ID_MAX + KEY_MAX };

static const char *const platform_name[TR_HASS_PLATFORM_COUNT] = {"sensor", "binary_sensor",
                                                                  "event", "button", "number"};

/* --- what writers share ------------------------------------------------------------- */

void tr_hass_topic_member(struct tr_jsonw *w, const struct tr_hass_at *at, const char *key,
                          const char *a, const char *b, const char *c)
{
    char rest[TR_WIRE_TOPIC_MAX / 2], topic[TR_WIRE_TOPIC_MAX];
    snprintf(rest, sizeof(rest), "%s%s%s%s%s", a, b[0] != '\0' ? "/" : "", b,
             c[0] != '\0' ? "/" : "", c);
    tr_wire_topic(at->wire, rest, topic);
    tr_jsonw_put_string(w, key, topic);
}

/* A payload that is empty (the thing is no more) and a key that an older daemon did not
 * say are unknown, as null is: Home Assistant takes "None" for that. */
static void write_value_template(struct tr_jsonw *w, const char *value)
{
    char text[192];
    if (strpbrk(value, " .") != NULL) {
        tr_jsonw_put_string(w, "value_template", value);
        return;
    }
    snprintf(text, sizeof(text), "{{ (value_json|default({})).get('%s') }}", value);
    tr_jsonw_put_string(w, "value_template", text);
}

void tr_hass_write_figure(struct tr_jsonw *w, const struct tr_hass_at *at,
                          const struct tr_hass_row *row)
{
    if (row->topic == NULL) {
        tr_hass_topic_member(w, at, "state_topic", "metrics", "", "");
    } else {
        tr_hass_topic_member(w, at, "state_topic", "station", tr_hass_station(at)->id, row->topic);
    }
    write_value_template(w, row->value);
    if (row->device_class != NULL) {
        tr_jsonw_put_string(w, "device_class", row->device_class);
    }
    if (row->unit != NULL) {
        tr_jsonw_put_string(w, "unit_of_measurement", row->unit);
        tr_jsonw_put_int(w, "suggested_display_precision", row->unit[0] == '%' ? 1 : 0);
    }
    if (row->state_class != NULL) {
        tr_jsonw_put_string(w, "state_class", row->state_class);
    }
    if (row->options != NULL) {
        tr_jsonw_key(w, "options");
        tr_jsonw_open(w, '[');
        for (int i = 0; row->options[i] != NULL; i++) {
            tr_jsonw_string(w, row->options[i]);
        }
        tr_jsonw_close(w, ']');
    }
    if (at->hass->expire_s > 0) {
        tr_jsonw_put_int(w, "expire_after", at->hass->expire_s);
    }
}

/* The word of the alert's state is not among the attributes: Home Assistant keeps that key
 * for itself. "acked" tells the two apart that are ON. */
void tr_hass_write_alert(struct tr_jsonw *w, const struct tr_hass_at *at,
                         const struct tr_hass_row *row)
{
    const struct tr_alert_record alert = {.rule = (enum tr_alert_rule)row->what,
                                          .station = (int16_t)at->index,
                                          .sensor = (int16_t)at->index};
    char id[TR_ALERT_ID_MAX];
    tr_alert_id(tr_hass_plan(at), &alert, id);
    tr_hass_topic_member(w, at, "state_topic", "alert", id, "");
    tr_jsonw_put_string(
        w, "value_template",
        "{{ {'raised':'ON','acked':'ON','cleared':'OFF'}.get(" TR_HASS_GET("state") ") }}");
    tr_hass_topic_member(w, at, "json_attributes_topic", "alert", id, "");
    tr_jsonw_put_string(w, "json_attributes_template", "{{ value or '{}' }}");
    tr_jsonw_put_string(w, "device_class", "problem");
}

void tr_hass_write_event(struct tr_jsonw *w, const struct tr_hass_at *at, const char *a,
                         const char *b, const char *const *types, size_t n)
{
    tr_hass_topic_member(w, at, "state_topic", "event", a, b);
    tr_jsonw_key(w, "event_types");
    tr_jsonw_open(w, '[');
    for (size_t i = 0; i < n; i++) {
        tr_jsonw_string(w, types[i]);
    }
    tr_jsonw_close(w, ']');
}

void tr_hass_write_command(struct tr_jsonw *w, const struct tr_hass_at *at,
                           const struct tr_hass_row *row, const char *payload_key,
                           const char *payload)
{
    tr_hass_topic_member(w, at, "command_topic", "cmd", tr_command_name[row->what], "");
    tr_jsonw_put_string(w, payload_key, payload);
    /* Here too: the first versions with device discovery ignore the root's. */
    tr_jsonw_put_int(w, "qos", 1);
    tr_jsonw_put_bool(w, "retain", false); /* a retained command is ignored */
}

/* --- rows and objects ----------------------------------------------------------------- */

static const struct tr_hass_table *table(int i)
{
    return i == 0 ? &tr_hass_station_table : &tr_hass_thing_tables[i - 1];
}

static int objects(const struct tr_plan *plan, enum tr_hass_scope scope)
{
    return scope == TR_HASS_STATION  ? plan->stations_n
           : scope == TR_HASS_SENSOR ? plan->sensors_n
           : scope == TR_HASS_OUTPUT ? plan->outputs_n
                                     : 1;
}

static const char *object_id(const struct tr_plan *plan, enum tr_hass_scope scope, int i)
{
    return scope == TR_HASS_STATION  ? plan->stations[i].id
           : scope == TR_HASS_SENSOR ? plan->sensors[i].id
           : scope == TR_HASS_OUTPUT ? plan->outputs[i].id
                                     : "";
}

static const char *object_name(const struct tr_plan *plan, enum tr_hass_scope scope, int i)
{
    const char *name = scope == TR_HASS_STATION  ? plan->stations[i].name
                       : scope == TR_HASS_SENSOR ? plan->sensors[i].name
                       : scope == TR_HASS_OUTPUT ? plan->outputs[i].name
                                                 : "";
    return name[0] != '\0' ? name : object_id(plan, scope, i);
}

static int find(const struct tr_plan *plan, enum tr_hass_scope scope, const char *id)
{
    return scope == TR_HASS_STATION  ? tr_plan_find_station(plan, id)
           : scope == TR_HASS_SENSOR ? tr_plan_find_sensor(plan, id)
           : scope == TR_HASS_OUTPUT ? tr_plan_find_output(plan, id)
                                     : 0;
}

static bool fits(const struct tr_hass_row *row, const struct tr_hass_at *at)
{
    return row->when == NULL || row->when(at);
}

static void entity_key(const struct tr_plan *plan, enum tr_hass_scope scope, int index,
                       const struct tr_hass_row *row, char ret[KEY_MAX])
{
    const char *id = object_id(plan, scope, index);
    snprintf(ret, KEY_MAX, "%s%s%s", id, id[0] != '\0' ? "_" : "", row->key);
}

static void write_name(struct tr_jsonw *w, const char *object, const char *name)
{
    char text[2 * TR_NAME_MAX];
    snprintf(text, sizeof(text), "%s%s%s", object, object[0] != '\0' && name[0] != '\0' ? " " : "",
             name);
    tr_jsonw_put_string(w, "name", text);
}

/* An entity id has no hyphen and no two underscores in a row. "object_id", its name until
 * 2026.4, would be warned of since 2025.10; before that this one is ignored and the name makes
 * the id. */
static void write_ids(struct tr_jsonw *w, const struct tr_plan *plan, const char *platform,
                      const char *key)
{
    char unique[UNIQUE_MAX], entity[UNIQUE_MAX + 16];
    snprintf(unique, sizeof(unique), "thirdring_%s_%s_%s", plan->site, plan->unit, key);
    tr_jsonw_put_string(w, "unique_id", unique);
    snprintf(entity, sizeof(entity), "%s.", platform);
    char *to = entity + strlen(entity);
    for (const char *from = unique; *from != '\0'; from++) {
        const char c = *from == '-' ? '_' : *from;
        if (c != '_' || to[-1] != '_') {
            *to++ = c;
        }
    }
    *to = '\0';
    tr_jsonw_put_string(w, "default_entity_id", entity);
}

static void write_entity(struct tr_jsonw *w, const struct tr_hass_at *at, enum tr_hass_scope scope,
                         const struct tr_hass_row *row)
{
    char key[KEY_MAX];
    entity_key(tr_hass_plan(at), scope, at->index, row, key);
    tr_jsonw_key(w, key);
    tr_jsonw_open(w, '{');
    tr_jsonw_put_string(w, "platform", platform_name[row->platform]);
    write_ids(w, tr_hass_plan(at), platform_name[row->platform], key);
    write_name(w, object_name(tr_hass_plan(at), scope, at->index), row->name);
    if ((row->flags & TR_HASS_DIAGNOSTIC) != 0) {
        tr_jsonw_put_string(w, "entity_category", "diagnostic");
    }
    if ((row->flags & TR_HASS_HIDDEN) != 0) {
        tr_jsonw_put_bool(w, "enabled_by_default", false);
    }
    row->write(w, at, row);
    tr_jsonw_close(w, '}');
}

static void write_entities(struct tr_jsonw *w, const struct tr_wire *wire,
                           const struct tr_hass *hass)
{
    for (int t = 0; t < TR_HASS_SCOPE_COUNT; t++) {
        const enum tr_hass_scope scope = table(t)->scope;
        struct tr_hass_at at = {.wire = wire, .hass = hass};
        for (at.index = 0; at.index < objects(wire->plan, scope); at.index++) {
            for (size_t r = 0; r < table(t)->n; r++) {
                if (fits(&table(t)->rows[r], &at)) {
                    write_entity(w, &at, scope, &table(t)->rows[r]);
                }
            }
        }
    }
}

/* --- what left -------------------------------------------------------------------------- */

/* By object and row, so that no two sets of names need comparing. With @w NULL it only looks. */
static bool write_gone(struct tr_jsonw *w, const struct tr_wire *wire, const struct tr_hass *hass,
                       const struct tr_wire *gone_wire, const struct tr_hass *gone)
{
    bool some = false;
    for (int t = 0; t < TR_HASS_SCOPE_COUNT; t++) {
        const enum tr_hass_scope scope = table(t)->scope;
        struct tr_hass_at old = {.wire = gone_wire, .hass = gone};
        for (old.index = 0; old.index < objects(gone_wire->plan, scope); old.index++) {
            const char *id = object_id(gone_wire->plan, scope, old.index);
            const struct tr_hass_at new = {
                .wire = wire, .hass = hass, .index = find(wire->plan, scope, id)};
            for (size_t r = 0; r < table(t)->n; r++) {
                const struct tr_hass_row *row = &table(t)->rows[r];
                if (!fits(row, &old) || (new.index >= 0 && fits(row, &new))) {
                    continue;
                }
                some = true;
                if (w != NULL) {
                    char key[KEY_MAX];
                    entity_key(gone_wire->plan, scope, old.index, row, key);
                    tr_jsonw_key(w, key);
                    tr_jsonw_open(w, '{');
                    tr_jsonw_put_string(w, "platform", platform_name[row->platform]);
                    tr_jsonw_close(w, '}');
                }
            }
        }
    }
    return some;
}

bool tr_hass_removes(const struct tr_wire *wire, const struct tr_hass *hass,
                     const struct tr_wire *gone_wire, const struct tr_hass *gone)
{
    return write_gone(NULL, wire, hass, gone_wire, gone);
}

/* --- the message ------------------------------------------------------------------------ */

void tr_hass_topic(const struct tr_wire *wire, const char *prefix, char ret[TR_WIRE_TOPIC_MAX])
{
    snprintf(ret, TR_WIRE_TOPIC_MAX, "%s/device/thirdring_%s_%s/config", prefix, wire->plan->site,
             wire->plan->unit);
}

/* Here an unknown key spoils the message, other than in an entity: only what the first version
 * with device discovery knew. */
static void write_root(struct tr_jsonw *w, const struct tr_wire *wire, const struct tr_hass *hass)
{
    const struct tr_plan *plan = wire->plan;
    const struct tr_hass_at unit = {.wire = wire, .hass = hass};
    char id[UNIQUE_MAX];
    snprintf(id, sizeof(id), "thirdring_%s_%s", plan->site, plan->unit);
    tr_jsonw_key(w, "device");
    tr_jsonw_open(w, '{');
    tr_jsonw_key(w, "identifiers");
    tr_jsonw_open(w, '[');
    tr_jsonw_string(w, id);
    tr_jsonw_close(w, ']');
    tr_jsonw_put_string(w, "name", plan->name[0] != '\0' ? plan->name : plan->site);
    tr_jsonw_put_string(w, "manufacturer", "Third Ring");
    tr_jsonw_put_string(w, "model", "Service time monitor");
    tr_jsonw_put_string(w, "sw_version", hass->version);
    tr_jsonw_close(w, '}');
    tr_jsonw_key(w, "origin");
    tr_jsonw_open(w, '{');
    tr_jsonw_put_string(w, "name", "Third Ring");
    tr_jsonw_put_string(w, "sw_version", hass->version);
    tr_jsonw_close(w, '}');
    tr_hass_topic_member(w, &unit, "availability_topic", "availability", "", "");
    tr_jsonw_put_int(w, "qos", 1);
}

int tr_hass_device(const struct tr_wire *wire, const struct tr_hass *hass,
                   const struct tr_wire *gone_wire, const struct tr_hass *gone, char *buf,
                   size_t cap)
{
    struct tr_jsonw w;
    tr_jsonw_init(&w, buf, cap);
    tr_jsonw_open(&w, '{');
    write_root(&w, wire, hass);
    tr_jsonw_key(&w, "components");
    tr_jsonw_open(&w, '{');
    write_entities(&w, wire, hass);
    if (gone_wire != NULL) {
        write_gone(&w, wire, hass, gone_wire, gone);
    }
    tr_jsonw_close(&w, '}');
    tr_jsonw_close(&w, '}');
    return tr_jsonw_finish(&w);
}
