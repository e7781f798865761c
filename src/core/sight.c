/* How much of a station its sensors see, and for how much of the opening time
 * (RULES 1 and 2): a cut cable must not look like a perfect day. */
#include "core/core_private.h"

bool tr_sight_source_faulty(const struct tr_core *core, const struct tr_source *source)
{
    switch (source->kind) {
    case TR_SOURCE_SENSOR:
        return tr_sensor_faulty(core, source->index);
    case TR_SOURCE_GATE:
        return tr_sensor_faulty(core, core->plan->gates[source->index].outer) ||
               tr_sensor_faulty(core, core->plan->gates[source->index].inner);
    case TR_SOURCE_NONE:
    default:
        return false;
    }
}

static enum tr_measuring of_greeting(const struct tr_core *core,
                                     const struct tr_greeting_plan *plan)
{
    if (tr_sight_source_faulty(core, &plan->arrive) || tr_sensor_faulty(core, plan->answer)) {
        return TR_MEASURING_BLIND;
    }
    return tr_sensor_faulty(core, plan->inside) || tr_sensor_faulty(core, plan->void_key)
               ? TR_MEASURING_DEGRADED
               : TR_MEASURING_FULL;
}

/* Of parts that each see their own share: all of them gone is blindness. */
static enum tr_measuring of_parts(int faulty, int n)
{
    return faulty == 0   ? TR_MEASURING_FULL
           : faulty == n ? TR_MEASURING_BLIND
                         : TR_MEASURING_DEGRADED;
}

static enum tr_measuring of_phone(const struct tr_core *core, const struct tr_phone_plan *plan)
{
    int faulty = 0;
    for (int i = 0; i < plan->lines_n; i++) {
        const struct tr_phone_line *l = &plan->lines[i];
        faulty += tr_sensor_faulty(core, l->ring) || tr_sensor_faulty(core, l->hook) ||
                  tr_sensor_faulty(core, l->answer);
    }
    return of_parts(faulty, plan->lines_n);
}

static enum tr_measuring of_feedback(const struct tr_core *core,
                                     const struct tr_feedback_plan *plan)
{
    int faulty = 0;
    for (int i = 0; i < plan->buttons_n; i++) {
        faulty += tr_sensor_faulty(core, plan->buttons[i].sensor);
    }
    return of_parts(faulty, plan->buttons_n);
}

static enum tr_measuring by_kind(const struct tr_core *core, int station)
{
    const struct tr_station *plan = &core->plan->stations[station];
    switch (plan->kind) {
    case TR_KIND_GREETING:
        return of_greeting(core, &plan->u.greeting);
    case TR_KIND_QUEUE:
        return tr_queue_measuring(core, station);
    case TR_KIND_CALL:
        return tr_sensor_faulty(core, plan->u.call.call) ||
                       tr_sensor_faulty(core, plan->u.call.answer)
                   ? TR_MEASURING_BLIND
                   : TR_MEASURING_FULL;
    case TR_KIND_PHONE:
        return of_phone(core, &plan->u.phone);
    case TR_KIND_FEEDBACK:
        return of_feedback(core, &plan->u.feedback);
    case TR_KIND_COUNT:
    default:
        return TR_MEASURING_FULL;
    }
}

/* Edges lost a moment ago leave a station that sees, but not all. */
static enum tr_measuring measuring_now(const struct tr_core *core, int station)
{
    const enum tr_measuring m = by_kind(core, station);
    if (m != TR_MEASURING_FULL) {
        return m;
    }
    for (int i = 0; i < core->plan->sensors_n; i++) {
        if (core->sensors[i].health != TR_HEALTH_OK && tr_routes_uses(core, station, i)) {
            return TR_MEASURING_DEGRADED;
        }
    }
    return TR_MEASURING_FULL;
}

void tr_sight_begin(struct tr_core *core)
{
    core->begun = true;
    for (int s = 0; s < core->plan->stations_n; s++) {
        core->stations[s].sight_at = core->now;
    }
    for (int i = 0; i < core->plan->sensors_n; i++) {
        tr_sensor_hours(core, i);
    }
}

void tr_sight_account(struct tr_core *core, int station, int64_t until)
{
    struct station *st = &core->stations[station];
    const int64_t from = st->sight_at;
    if (from == NS_LONG_AGO || until <= from) {
        return;
    }
    st->sight_at = until;
    if (!core->open) {
        return;
    }
    st->open_ns += until - from;
    st->day_open_ns += until - from;
    if (st->measuring == TR_MEASURING_FULL) {
        st->full_ns += until - from;
        st->day_full_ns += until - from;
    }
}

void tr_sight_absence(struct tr_core *core, int64_t seen, int64_t open_ns)
{
    for (int s = 0; s < core->plan->stations_n; s++) {
        struct station *st = &core->stations[s];
        tr_sight_account(core, s, seen);
        const int64_t away = core->now - tr_max_i64(seen, st->sight_at);
        const int64_t open = open_ns < 0 ? (core->open ? away : 0) : tr_min_i64(open_ns, away);
        st->open_ns += open;
        st->day_open_ns += open;
        st->sight_at = core->now;
        core->unseen_ns = tr_max_i64(s == 0 ? 0 : core->unseen_ns, open);
    }
}

void tr_sight_day(struct tr_core *core, int64_t from)
{
    const int64_t since = core->now - tr_max_i64(-NS_HORIZON, tr_min_i64(from, core->now));
    const int64_t unseen = tr_min_i64(since, core->unseen_ns);
    core->unseen_ns = 0;
    for (int s = 0; s < core->plan->stations_n; s++) {
        core->stations[s].day_open_ns = unseen;
        core->stations[s].day_full_ns = 0;
    }
}

/* Nobody can say any more how long they wait. A service whose own sensors
 * still see goes on. */
static void end_waits(struct tr_core *core, int station, int64_t now)
{
    const enum tr_station_kind kind = core->plan->stations[station].kind;
    if (kind == TR_KIND_QUEUE || kind == TR_KIND_PHONE) {
        tr_wait_end_all(core, station, now, TR_REASON_BLIND);
    } else {
        tr_station_end(core, station, now, TR_REASON_BLIND);
    }
}

void tr_sight_newcomers(struct tr_core *core, int station)
{
    struct station *st = &core->stations[station];
    while (st->measuring == TR_MEASURING_BLIND && st->waits_n > 0) {
        const struct closing how = {.at = st->waits[0].opened,
                                    .outcome = TR_OUTCOME_UNKNOWN,
                                    .by = TR_BY_RULE,
                                    .reason = TR_REASON_BLIND};
        tr_wait_close(core, station, 0, &how);
    }
}

void tr_sight_update(struct tr_core *core, int station, int64_t now)
{
    struct station *st = &core->stations[station];
    const enum tr_measuring m = measuring_now(core, station);
    if (m == st->measuring) {
        return;
    }
    tr_sight_account(core, station, now);
    st->measuring = (uint8_t)m;
    if (m == TR_MEASURING_BLIND) {
        end_waits(core, station, now);
    }
    tr_core_touch(core, station);
}

void tr_sight_sensor(struct tr_core *core, int sensor, int64_t now)
{
    const bool faulty = tr_sensor_faulty(core, sensor);
    for (int g = 0; g < core->plan->gates_n && faulty; g++) {
        if (core->plan->gates[g].outer == sensor || core->plan->gates[g].inner == sensor) {
            tr_gate_lost(core, g);
        }
    }
    for (int s = 0; s < core->plan->stations_n; s++) {
        if (!tr_routes_uses(core, s, sensor)) {
            continue;
        }
        const enum tr_station_kind kind = core->plan->stations[s].kind;
        if (faulty && kind == TR_KIND_QUEUE) {
            tr_queue_lost(core, s, sensor, now);
        } else if (faulty && kind == TR_KIND_PHONE) {
            tr_phone_lost(core, s, sensor, now);
        }
        tr_sight_update(core, s, now);
        tr_alert_update(core, s, now);
        tr_station_rearm(core, s);
    }
}

enum tr_measuring tr_core_measuring(const struct tr_core *core, int station)
{
    return (enum tr_measuring)core->stations[station].measuring;
}
