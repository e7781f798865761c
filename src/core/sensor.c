/* Conditioning: a level counts once it has been stable, and then carries its
 * first edge's time (DESIGN §2). */
#include "core/core_private.h"

enum { HEAL_S = 60 }; /* edges lost so long ago are forgiven */

void tr_sensor_reset(struct tr_core *core, int sensor)
{
    const uint64_t lost = core->sensors[sensor].lost;
    core->sensors[sensor] = (struct sensor){.first_edge = NS_LONG_AGO,
                                            .settle_from = NS_LONG_AGO,
                                            .decide_at = NS_NEVER,
                                            .heal_at = NS_NEVER,
                                            .lost = lost};
}

void tr_sensor_rearm(struct tr_core *core, int sensor)
{
    const struct sensor *s = &core->sensors[sensor];
    tr_core_arm(core, TIMER_SENSOR + sensor, s->decide_at);
    tr_core_arm(core, TIMER_HEALTH + sensor, s->heal_at);
}

void tr_sensor_restart(struct tr_core *core, int sensor, bool forget)
{
    struct sensor *s = &core->sensors[sensor];
    const bool level = s->level && !forget;
    const int64_t heal_at = s->heal_at;
    const uint8_t health = s->health;
    tr_sensor_reset(core, sensor);
    s->level = level;
    s->raw = level;
    s->heal_at = heal_at;
    s->health = health;
    tr_sensor_rearm(core, sensor);
}

static int64_t stable_ns(const struct tr_core *core, int sensor, bool level)
{
    const struct tr_sensor *plan = &core->plan->sensors[sensor];
    return level ? plan->press_ns : plan->release_ns;
}

/* The level that was pending now counts. */
static void decide(struct tr_core *core, int sensor)
{
    struct sensor *s = &core->sensors[sensor];
    const struct tr_event ev = {.kind = TR_EVENT_INPUT,
                                .at = {core->now},
                                .sensor = (int16_t)sensor,
                                .level = s->raw,
                                .edge_at = {s->first_edge},
                                .value = s->found ? 1 : 0};
    s->decide_at = NS_NEVER;
    s->found = false;
    tr_sensor_rearm(core, sensor);
    tr_core_log(core, &ev);
    s->level = ev.level;
    const struct input in = {.sensor = ev.sensor,
                             .level = ev.level,
                             .found = ev.value != 0,
                             .at = ev.edge_at.ns,
                             .now = core->now};
    tr_routes_dispatch(core, &in);
}

void tr_sensor_edge(struct tr_core *core, const struct tr_event *ev)
{
    const int sensor = ev->sensor;
    struct sensor *s = &core->sensors[sensor];
    if (ev->level == s->raw) {
        return; /* a repeated level says nothing new */
    }
    const int64_t at = core->now;
    s->raw = ev->level;
    if (ev->level == s->level) {
        /* Back to what counts already. Should it bounce away again before it
         * has been stable, that is still the same change. */
        s->decide_at = NS_NEVER;
        s->settle_from = at;
        tr_sensor_rearm(core, sensor);
        return;
    }
    const bool same_burst = s->settle_from != NS_LONG_AGO &&
                            at - s->settle_from < stable_ns(core, sensor, s->level) &&
                            s->first_edge != NS_LONG_AGO;
    if (!same_burst) {
        s->first_edge = at;
    }
    s->found = ev->kind == TR_EVENT_LEVEL;
    /* Raw ringing is never stable: it is heard once it has gone on long enough. */
    if (core->plan->sensors[sensor].type == TR_SENSOR_RING && ev->level && same_burst &&
        at - s->first_edge >= stable_ns(core, sensor, true)) {
        s->settle_from = NS_LONG_AGO;
        decide(core, sensor);
        return;
    }
    const int64_t stable = stable_ns(core, sensor, ev->level);
    if (stable == 0) {
        s->settle_from = NS_LONG_AGO;
        decide(core, sensor);
        return;
    }
    s->decide_at = at + stable;
    tr_sensor_rearm(core, sensor);
}

static void set_health(struct tr_core *core, int sensor, enum tr_health health)
{
    if (core->sensors[sensor].health != health) {
        core->sensors[sensor].health = (uint8_t)health;
        tr_core_emit(core, TR_EFFECT_HEALTH, core->now)->u.sensor = (int16_t)sensor;
        tr_alert_sensor(core, sensor, core->now);
        tr_sight_sensor(core, sensor, core->now);
    }
}

void tr_sensor_due(struct tr_core *core, int sensor, int64_t now)
{
    struct sensor *s = &core->sensors[sensor];
    if (s->decide_at <= now) {
        s->settle_from = NS_LONG_AGO;
        decide(core, sensor);
    }
    tr_sensor_rearm(core, sensor);
}

void tr_sensor_health_due(struct tr_core *core, int sensor, int64_t now)
{
    struct sensor *s = &core->sensors[sensor];
    if (s->heal_at <= now) {
        s->heal_at = NS_NEVER;
        set_health(core, sensor, TR_HEALTH_OK);
    }
    tr_sensor_rearm(core, sensor);
}

/* A stored input: behind the conditioning, and the levels follow it. */
void tr_sensor_accept(struct tr_core *core, const struct tr_event *ev)
{
    struct sensor *s = &core->sensors[ev->sensor];
    s->level = ev->level;
    s->raw = ev->level;
    s->decide_at = NS_NEVER;
    s->settle_from = NS_LONG_AGO;
    tr_sensor_rearm(core, ev->sensor);
    tr_core_log(core, ev);
    const struct input in = {.sensor = ev->sensor,
                             .level = ev->level,
                             .found = ev->value != 0,
                             .at = tr_max_i64(-NS_HORIZON, tr_min_i64(ev->edge_at.ns, core->now)),
                             .now = core->now};
    tr_routes_dispatch(core, &in);
}

void tr_sensor_health(struct tr_core *core, const struct tr_event *ev)
{
    if (ev->value < 0 || ev->value >= TR_HEALTH_COUNT) {
        tr_core_reject(core, TR_REJECT_VALUE, ev);
        return;
    }
    tr_core_log(core, ev);
    set_health(core, ev->sensor, (enum tr_health)ev->value);
}

void tr_sensor_gap(struct tr_core *core, int sensor, int64_t lost, int64_t now)
{
    struct sensor *s = &core->sensors[sensor];
    s->lost += lost > 0 ? (uint64_t)lost : 1;
    set_health(core, sensor, TR_HEALTH_LOST_EDGES);
    s->heal_at = now + HEAL_S * TR_NS_PER_S;
    tr_sensor_rearm(core, sensor);
    for (int st = 0; st < core->plan->stations_n; st++) {
        if (!tr_routes_uses(core, st, sensor)) {
            continue;
        }
        tr_station_mark(core, st);
        tr_core_touch(core, st);
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

void tr_sensor_suspect(struct tr_core *core, int sensor, bool stuck_off, int64_t now)
{
    (void)core;
    (void)sensor;
    (void)stuck_off;
    (void)now;
}
