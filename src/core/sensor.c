/* Conditioning: a level counts once it has been stable, and then carries its
 * first edge's time (DESIGN §2). */
#include <string.h>

#include "core/core_private.h"

void tr_sensor_reset(struct tr_core *core, int sensor)
{
    core->sensors[sensor] = (struct sensor){
        .on_at = NS_NEVER, .quiet_from = NS_NEVER, .suspect_at = NS_NEVER, .heal_at = NS_NEVER};
    tr_sensor_forget(core, sensor);
}

void tr_sensor_forget(struct tr_core *core, int sensor)
{
    struct sensor *s = &core->sensors[sensor];
    s->raw = s->level;
    s->found = false;
    s->first_edge = NS_LONG_AGO;
    s->settle_from = NS_LONG_AGO;
    s->decide_at = NS_NEVER;
    s->calm_at = NS_NEVER;
    s->part = 0;
    s->edges_n = 0;
    memset(s->edges, 0, sizeof(s->edges));
    tr_sensor_rearm(core, sensor);
}

/* A line that storms will do so again, and be found. Who was silent, or said
 * nothing where it should have, has not spoken yet. */
void tr_sensor_restart(struct tr_core *core, int sensor, bool forget)
{
    struct sensor *s = &core->sensors[sensor];
    s->storming = false;
    if (forget) {
        s->level = false;
        s->on_at = NS_NEVER;
        s->stuck_on = false;
        s->quiet_from = core->open ? core->now : NS_NEVER;
    }
    tr_sensor_forget(core, sensor);
    tr_sensor_arm_health(core, sensor);
}

void tr_sensor_replanned(struct tr_core *core, int sensor)
{
    struct sensor *s = &core->sensors[sensor];
    const struct tr_sensor *plan = &core->plan->sensors[sensor];
    if (plan->stuck_on_ns == 0 || s->on_at == NS_NEVER ||
        s->on_at + plan->stuck_on_ns > core->now) {
        s->stuck_on = false;
    }
    if (plan->silent_ns == 0 ||
        (s->quiet_from != NS_NEVER && s->quiet_from + plan->silent_ns > core->now)) {
        s->silent = false;
    }
    if (plan->storm_hz == 0 && s->storming) {
        s->storming = false;
        tr_sensor_forget(core, sensor); /* what was not believed is read anew */
    }
    tr_sensor_hours(core, sensor);
    tr_sensor_rearm(core, sensor);
    tr_sensor_arm_health(core, sensor);
}

/* The conditioning's own timer. */
void tr_sensor_rearm(struct tr_core *core, int sensor)
{
    const struct sensor *s = &core->sensors[sensor];
    tr_core_arm(core, TIMER_SENSOR + sensor, s->storming ? s->calm_at : s->decide_at);
}

static int64_t stable_ns(const struct tr_core *core, int sensor, bool level)
{
    const struct tr_sensor *plan = &core->plan->sensors[sensor];
    return level ? plan->press_ns : plan->release_ns;
}

/* A conditioned level: logged, then told to everything that uses the sensor. */
static void take(struct tr_core *core, const struct tr_event *ev)
{
    struct sensor *s = &core->sensors[ev->sensor];
    const struct input in = {.sensor = ev->sensor,
                             .level = ev->level,
                             .found = ev->value != 0,
                             .at = tr_max_i64(-NS_HORIZON, tr_min_i64(ev->edge_at.ns, core->now)),
                             .now = core->now};
    const bool changed = s->level != ev->level;
    tr_core_log(core, ev);
    s->level = ev->level;
    if (changed) {
        tr_sensor_changed(core, ev->sensor, in.at);
    }
    tr_routes_dispatch(core, &in);
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
    take(core, &ev);
}

void tr_sensor_edge(struct tr_core *core, const struct tr_event *ev)
{
    const int sensor = ev->sensor;
    struct sensor *s = &core->sensors[sensor];
    const int64_t at = core->now;
    const bool quarantined =
        ev->kind == TR_EVENT_EDGE ? tr_sensor_storm(core, sensor) : s->storming;
    if (quarantined) {
        s->raw = ev->level; /* looked at again when the storm is over */
        s->first_edge = at;
        return;
    }
    if (ev->level == s->raw) {
        return; /* a repeated level says nothing new */
    }
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

/* Quiet again: what the line reads now is found, once it is stable. */
static void storm_over(struct tr_core *core, int sensor)
{
    struct sensor *s = &core->sensors[sensor];
    const struct tr_event over = {.kind = TR_EVENT_HEALTH,
                                  .at = {core->now},
                                  .sensor = (int16_t)sensor,
                                  .level = s->raw,
                                  .value = TR_HEALTH_OK};
    const int64_t newest = s->first_edge;
    tr_sensor_health(core, &over);
    if (s->raw != s->level) {
        s->found = true;
        s->first_edge = core->now;
        s->decide_at = tr_max_i64(core->now, newest + stable_ns(core, sensor, s->raw));
    }
}

void tr_sensor_due(struct tr_core *core, int sensor, int64_t now)
{
    struct sensor *s = &core->sensors[sensor];
    if (s->storming) {
        if (s->calm_at <= now) {
            storm_over(core, sensor);
        }
    } else if (s->decide_at <= now) {
        s->settle_from = NS_LONG_AGO;
        decide(core, sensor);
    }
    tr_sensor_rearm(core, sensor);
}

/* A stored input: behind the conditioning, and the levels follow it. */
void tr_sensor_accept(struct tr_core *core, const struct tr_event *ev)
{
    struct sensor *s = &core->sensors[ev->sensor];
    s->raw = ev->level;
    s->decide_at = NS_NEVER;
    s->settle_from = NS_LONG_AGO;
    tr_sensor_rearm(core, ev->sensor);
    take(core, ev);
}
