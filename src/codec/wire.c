#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "codec/wire.h"

void tr_wire_topic(const struct tr_wire *wire, const char *rest, char ret[TR_WIRE_TOPIC_MAX])
{
    snprintf(ret, TR_WIRE_TOPIC_MAX, "%s/%s/%s/%s", wire->base, wire->plan->site, wire->plan->unit,
             rest);
}

static void topic3(const struct tr_wire *wire, const char *a, const char *b, const char *c,
                   char ret[TR_WIRE_TOPIC_MAX])
{
    char rest[3 * TR_ID_MAX + 16];
    snprintf(rest, sizeof(rest), "%s/%s%s%s", a, b, c[0] != '\0' ? "/" : "", c);
    tr_wire_topic(wire, rest, ret);
}

static int text(struct tr_wire_message *m, const char *words)
{
    const size_t n = strlen(words);
    if (n > m->cap) {
        return -ENOBUFS;
    }
    memcpy(m->payload, words, n);
    m->n = n;
    return 1;
}

static void retained(struct tr_wire_message *m, bool json)
{
    m->qos = 1;
    m->retain = true;
    m->expiry_s = 0;
    m->json = json;
}

static int encoded(struct tr_wire_message *m, int n)
{
    if (n < 0) {
        return n;
    }
    m->n = (size_t)n;
    return 1;
}

int tr_wire_availability(const struct tr_wire *wire, bool online, struct tr_wire_message *m)
{
    retained(m, false);
    tr_wire_topic(wire, "availability", m->topic);
    return text(m, online ? "online" : "offline");
}

int tr_wire_info(const struct tr_wire *wire, const struct tr_info *info, struct tr_wire_message *m)
{
    retained(m, true);
    tr_wire_topic(wire, "info", m->topic);
    return encoded(m, tr_json_info(wire->plan, info, m->payload, m->cap));
}

int tr_wire_input(const struct tr_wire *wire, const struct tr_core *core, int sensor,
                  struct tr_wire_message *m)
{
    if (tr_plan_sensor_private(wire->plan, sensor)) {
        return 0;
    }
    retained(m, false);
    topic3(wire, "input", wire->plan->sensors[sensor].id, "state", m->topic);
    return text(m, tr_core_input(core, sensor) ? "ON" : "OFF");
}

int tr_wire_health(const struct tr_wire *wire, const struct tr_core *core, int sensor,
                   struct tr_wire_message *m)
{
    retained(m, false);
    topic3(wire, "input", wire->plan->sensors[sensor].id, "health", m->topic);
    return text(m, tr_health_name[tr_core_health(core, sensor)]);
}

int tr_wire_output(const struct tr_wire *wire, const struct tr_core *core, int output,
                   bool sounding, struct tr_wire_message *m)
{
    const struct tr_output *out = &wire->plan->outputs[output];
    retained(m, false);
    topic3(wire, "output", out->id, "state", m->topic);
    const bool on =
        out->type == TR_OUTPUT_LAMP && core != NULL ? tr_core_lamp(core, output) : sounding;
    return text(m, on ? "ON" : "OFF");
}

int tr_wire_station(const struct tr_wire *wire, const struct tr_core *core, int station,
                    struct tr_mono at, struct tr_wire_message *m)
{
    struct tr_station_state state;
    tr_core_station_state(core, station, at, &state);
    retained(m, true);
    topic3(wire, "station", wire->plan->stations[station].id, "state", m->topic);
    return encoded(m, tr_json_station_state(wire->plan, station, &state, m->payload, m->cap));
}

int tr_wire_metrics(const struct tr_wire *wire, struct tr_core *core, int station,
                    struct tr_mono at, struct tr_wire_message *m)
{
    struct tr_station_metrics metrics;
    tr_core_metrics(core, station, at, &metrics);
    retained(m, true);
    topic3(wire, "station", wire->plan->stations[station].id, "metrics", m->topic);
    return encoded(m, tr_json_station_metrics(wire->plan, station, &metrics, m->payload, m->cap));
}

int tr_wire_unit(const struct tr_wire *wire, const struct tr_unit_metrics *metrics,
                 struct tr_wire_message *m)
{
    retained(m, true);
    tr_wire_topic(wire, "metrics", m->topic);
    return encoded(m, tr_json_unit_metrics(metrics, m->payload, m->cap));
}

static struct tr_alert_record never_raised(enum tr_alert_rule rule, int index)
{
    const bool station = rule != TR_RULE_SENSOR && rule != TR_RULE_OFFLINE;
    return (struct tr_alert_record){.rule = rule,
                                    .station = station ? (int16_t)index : (int16_t)TR_NONE,
                                    .sensor =
                                        rule == TR_RULE_SENSOR ? (int16_t)index : (int16_t)TR_NONE,
                                    .state = TR_ALERT_CLEARED,
                                    .level = TR_LEVEL_OK};
}

int tr_wire_alert(const struct tr_wire *wire, const struct tr_core *core, enum tr_alert_rule rule,
                  int index, struct tr_wire_message *m)
{
    struct tr_alert_record record;
    if (!tr_core_alert(core, rule, index, &record)) {
        if (!tr_plan_can_alert(wire->plan, rule, index)) {
            return 0;
        }
        record = never_raised(rule, index);
    }
    char id[TR_ALERT_ID_MAX];
    tr_alert_id(wire->plan, &record, id);
    retained(m, true);
    topic3(wire, "alert", id, "", m->topic);
    return encoded(m, tr_json_alert(wire->plan, &record, m->payload, m->cap));
}

int tr_wire_alert_index(const struct tr_alert_record *alert)
{
    return alert->rule == TR_RULE_SENSOR    ? alert->sensor
           : alert->rule == TR_RULE_OFFLINE ? 0
                                            : alert->station;
}

/* What is retained of a sensor, an output, a station: one topic each. */
static bool retained_of(const struct tr_wire *wire, int i, char ret[TR_WIRE_TOPIC_MAX])
{
    static const char *const alone[] = {"availability", "info", "metrics"};
    const struct tr_plan *p = wire->plan;
    const int alone_n = (int)(sizeof(alone) / sizeof(alone[0]));
    if (i < alone_n) {
        tr_wire_topic(wire, alone[i], ret);
        return true;
    }
    i -= alone_n;
    if (i < 2 * p->sensors_n) {
        topic3(wire, "input", p->sensors[i / 2].id, i % 2 == 0 ? "state" : "health", ret);
        return true;
    }
    i -= 2 * p->sensors_n;
    if (i < p->outputs_n) {
        topic3(wire, "output", p->outputs[i].id, "state", ret);
        return true;
    }
    i -= p->outputs_n;
    if (i < 2 * p->stations_n) {
        topic3(wire, "station", p->stations[i / 2].id, i % 2 == 0 ? "state" : "metrics", ret);
        return true;
    }
    return false;
}

static int retained_count(const struct tr_plan *p)
{
    return 3 + 2 * p->sensors_n + p->outputs_n + 2 * p->stations_n;
}

bool tr_wire_retained(const struct tr_wire *wire, int index, char ret[TR_WIRE_TOPIC_MAX])
{
    const struct tr_plan *p = wire->plan;
    if (retained_of(wire, index, ret)) {
        return true;
    }
    int left = index - retained_count(p);
    for (enum tr_alert_rule rule = TR_RULE_WAIT; rule < TR_RULE_COUNT; rule++) {
        const int n = tr_plan_alerts_n(p, rule);
        if (left < n) {
            const struct tr_alert_record alert = never_raised(rule, left);
            char id[TR_ALERT_ID_MAX];
            tr_alert_id(p, &alert, id);
            topic3(wire, "alert", id, "", ret);
            return true;
        }
        left -= n;
    }
    /* The installer's, under this unit's name: gone with the name. */
    tr_wire_topic(wire, "commissioning", ret);
    return left == 0;
}

static void fleeting(struct tr_wire_message *m)
{
    m->qos = 0;
    m->retain = false;
    m->expiry_s = TR_WIRE_EXPIRY_S;
    m->json = true;
}

int tr_wire_news(const struct tr_wire *wire, const struct tr_core *core, const struct tr_effect *e,
                 struct tr_wire_message *m)
{
    const struct tr_plan *plan = wire->plan;
    const struct tr_wall at = tr_core_wall(core, e->at);
    fleeting(m);
    if (e->kind == TR_EFFECT_NEWS) {
        const struct tr_station *st = &plan->stations[e->u.news.station];
        topic3(wire, "event", tr_station_kind_name[st->kind], st->id, m->topic);
        return encoded(m, tr_json_news(plan, e, at, m->payload, m->cap));
    }
    if (e->kind == TR_EFFECT_SOUND && e->u.sound.output != TR_NONE) {
        topic3(wire, "event", "sound", plan->outputs[e->u.sound.output].id, m->topic);
        return encoded(m, tr_json_sound_event(plan, e, at, m->payload, m->cap));
    }
    if (e->kind == TR_EFFECT_STORE && e->u.store.event.kind == TR_EVENT_INPUT) {
        const struct tr_event *ev = &e->u.store.event;
        if (tr_plan_sensor_private(plan, ev->sensor)) {
            return 0;
        }
        topic3(wire, "event", "input", plan->sensors[ev->sensor].id, m->topic);
        return encoded(m, tr_json_input_event(plan, ev->sensor, ev->level,
                                              tr_core_wall(core, ev->edge_at), m->payload, m->cap));
    }
    return 0;
}

int tr_wire_praise(const struct tr_wire *wire, const struct tr_core *core,
                   const struct tr_effect *e, struct tr_wire_message *m)
{
    if (e->kind != TR_EFFECT_NEWS || e->u.news.news != TR_NEWS_STREAK ||
        e->u.news.value < TR_WIRE_PRAISE_WAITS) {
        return 0;
    }
    m->qos = 1;
    m->retain = false;
    m->expiry_s = 0;
    m->json = true;
    tr_wire_topic(wire, "praise", m->topic);
    return encoded(m, tr_json_news(wire->plan, e, tr_core_wall(core, e->at), m->payload, m->cap));
}

int tr_wire_edge(const struct tr_wire *wire, const struct tr_event *edge, uint32_t skipped,
                 struct tr_wire_message *m)
{
    if (tr_plan_sensor_private(wire->plan, edge->sensor)) {
        return 0;
    }
    fleeting(m);
    topic3(wire, "event", "edge", wire->plan->sensors[edge->sensor].id, m->topic);
    return encoded(m, tr_json_edge_event(wire->plan, edge, skipped, m->payload, m->cap));
}

int tr_wire_record(const struct tr_wire *wire, const char *kind, const char *json, bool hist,
                   struct tr_wire_message *m)
{
    m->qos = 1;
    m->retain = false;
    m->expiry_s = 0;
    m->json = true;
    topic3(wire, "journal", kind, "", m->topic);
    const size_t n = strlen(json);
    if (n + 1 > m->cap) {
        return -ENOBUFS;
    }
    memcpy(m->payload, json, n + 1);
    m->n = n;
    return hist ? encoded(m, tr_json_add_hist(m->payload, m->cap)) : 1;
}
