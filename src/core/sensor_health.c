/* What is known of a sensor besides its level: storming, stuck, silent, edges
 * lost (RULES 1 and 17). Only a storm is found among the raw edges, and so is
 * logged; the rest follows from logical events and from time. */
#include "core/core_private.h"

enum { HEAL_S = 60 /* edges lost so long ago are forgiven */, CALM_S = 10 };

#define PART_NS (TR_NS_PER_S / STORM_PARTS)

/* --- the worst of it ------------------------------------------------------------ */

static enum tr_health worst(const struct sensor *s)
{
    return s->storming              ? TR_HEALTH_STORM
           : s->stuck_on            ? TR_HEALTH_STUCK_ON
           : s->stuck_off           ? TR_HEALTH_STUCK_OFF
           : s->silent              ? TR_HEALTH_SILENT
           : s->heal_at != NS_NEVER ? TR_HEALTH_LOST_EDGES
                                    : TR_HEALTH_OK;
}

void tr_sensor_tell(struct tr_core *core, int sensor)
{
    struct sensor *s = &core->sensors[sensor];
    const enum tr_health health = worst(s);
    if (s->health != health) {
        s->health = (uint8_t)health;
        tr_core_emit(core, TR_EFFECT_HEALTH, core->now)->u.sensor = (int16_t)sensor;
        tr_sight_sensor(core, sensor, core->now);
        tr_alert_sensor(core, sensor, core->now);
    }
}

bool tr_sensor_faulty(const struct tr_core *core, int sensor)
{
    if (sensor == TR_NONE) {
        return false;
    }
    const enum tr_health h = (enum tr_health)core->sensors[sensor].health;
    return h != TR_HEALTH_OK && h != TR_HEALTH_LOST_EDGES;
}

/* --- stuck, silent, edges lost ------------------------------------------------------ */

static int64_t stuck_due(const struct tr_core *core, int sensor)
{
    const struct sensor *s = &core->sensors[sensor];
    const int64_t limit = core->plan->sensors[sensor].stuck_on_ns;
    return limit == 0 || s->on_at == NS_NEVER ? NS_NEVER : s->on_at + limit;
}

static int64_t silent_due(const struct tr_core *core, int sensor)
{
    const struct sensor *s = &core->sensors[sensor];
    const int64_t limit = core->plan->sensors[sensor].silent_ns;
    return limit == 0 || s->quiet_from == NS_NEVER ? NS_NEVER : s->quiet_from + limit;
}

void tr_sensor_arm_health(struct tr_core *core, int sensor)
{
    const struct sensor *s = &core->sensors[sensor];
    int64_t at = tr_min_i64(s->heal_at, s->suspect_at);
    if (!s->stuck_on) {
        at = tr_min_i64(at, stuck_due(core, sensor));
    }
    if (!s->silent) {
        at = tr_min_i64(at, silent_due(core, sensor));
    }
    tr_core_arm(core, TIMER_HEALTH + sensor, at);
}

void tr_sensor_health_due(struct tr_core *core, int sensor, int64_t now)
{
    struct sensor *s = &core->sensors[sensor];
    if (s->heal_at <= now) {
        s->heal_at = NS_NEVER;
    }
    if (s->suspect_at <= now) {
        s->suspect_at = NS_NEVER;
    }
    s->stuck_on |= stuck_due(core, sensor) <= now;
    s->silent |= silent_due(core, sensor) <= now;
    tr_sensor_arm_health(core, sensor);
    tr_sensor_tell(core, sensor);
}

void tr_sensor_changed(struct tr_core *core, int sensor, int64_t at)
{
    struct sensor *s = &core->sensors[sensor];
    s->on_at = s->level ? at : NS_NEVER;
    s->stuck_on = false;
    s->stuck_off = false;
    s->silent = false;
    s->suspect_at = NS_NEVER;
    if (s->quiet_from != NS_NEVER) {
        s->quiet_from = tr_max_i64(s->quiet_from, at);
    }
    tr_sensor_arm_health(core, sensor);
    tr_sensor_tell(core, sensor);
}

void tr_sensor_hours(struct tr_core *core, int sensor)
{
    struct sensor *s = &core->sensors[sensor];
    const bool counting = s->quiet_from != NS_NEVER;
    if (core->open != counting) {
        s->quiet_from = core->open ? core->now : NS_NEVER;
        tr_sensor_arm_health(core, sensor);
    }
}

void tr_sensor_suspect(struct tr_core *core, int sensor, bool stuck_off, int64_t now)
{
    struct sensor *s = &core->sensors[sensor];
    if (s->stuck_off == stuck_off || (stuck_off && s->storming)) {
        return; /* in a storm it may say what it likes: nobody listens */
    }
    /* Told by the timer, for whoever suspects is in the middle of an input. */
    s->stuck_off = stuck_off;
    s->suspect_at = now;
    tr_sensor_arm_health(core, sensor);
}

void tr_sensor_gap(struct tr_core *core, int sensor, int64_t lost, int64_t now)
{
    struct sensor *s = &core->sensors[sensor];
    s->lost += lost > 0 ? (uint64_t)lost : 1;
    s->heal_at = now + HEAL_S * TR_NS_PER_S;
    tr_sensor_arm_health(core, sensor);
    tr_sensor_tell(core, sensor);
    for (int st = 0; st < core->plan->stations_n; st++) {
        if (!tr_routes_uses(core, st, sensor)) {
            continue;
        }
        tr_station_mark(core, st);
        tr_core_touch(core, st);
    }
}

/* --- storms --------------------------------------------------------------------------- */

/* The line's own state: as found here, or as a journal tells it. */
void tr_sensor_health(struct tr_core *core, const struct tr_event *ev)
{
    struct sensor *s = &core->sensors[ev->sensor];
    if (ev->value != TR_HEALTH_STORM && ev->value != TR_HEALTH_OK) {
        tr_core_reject(core, TR_REJECT_VALUE, ev);
        return;
    }
    const bool over = s->storming && ev->value == TR_HEALTH_OK;
    tr_core_log(core, ev);
    s->storming = ev->value == TR_HEALTH_STORM;
    if (s->storming) {
        s->decide_at = NS_NEVER; /* half seen, and not to be believed */
    }
    s->settle_from = NS_LONG_AGO;
    s->calm_at = NS_NEVER;
    tr_sensor_rearm(core, ev->sensor);
    tr_sensor_tell(core, ev->sensor);
    if (over && s->level && ev->level) {
        /* Still active: what it meant before was dropped with the storm. */
        const struct input in = {
            .sensor = ev->sensor, .level = true, .found = true, .at = core->now, .now = core->now};
        tr_routes_dispatch(core, &in);
    }
}

/* Edges by tenths of a second: the sum is never more than fell within one. */
static void count(struct sensor *s, int64_t at)
{
    const int64_t part = at / PART_NS;
    if (part - s->part >= STORM_PARTS || part < s->part) {
        for (int i = 0; i < STORM_PARTS; i++) {
            s->edges[i] = 0;
        }
        s->edges_n = 0;
        s->part = part;
    }
    while (s->part < part) {
        uint32_t *next = &s->edges[(uint64_t)++s->part % STORM_PARTS];
        s->edges_n -= *next;
        *next = 0;
    }
    s->edges[(uint64_t)part % STORM_PARTS]++;
    s->edges_n++;
}

bool tr_sensor_storm(struct tr_core *core, int sensor)
{
    struct sensor *s = &core->sensors[sensor];
    const uint32_t limit = (uint32_t)core->plan->sensors[sensor].storm_hz;
    const int64_t at = core->now;
    count(s, at);
    if (!s->storming) {
        if (limit == 0 || s->edges_n <= limit) {
            return false;
        }
        const struct tr_event storm = {.kind = TR_EVENT_HEALTH,
                                       .at = {at},
                                       .sensor = (int16_t)sensor,
                                       .value = TR_HEALTH_STORM};
        tr_sensor_health(core, &storm);
    }
    if (s->calm_at == NS_NEVER) {
        s->calm_at = at + CALM_S * TR_NS_PER_S;
        tr_sensor_rearm(core, sensor);
    } else if (s->edges_n > (limit > 3 ? limit / 2 : 1)) {
        s->calm_at = at + CALM_S * TR_NS_PER_S; /* its timer finds out when it fires */
    }
    return true;
}
