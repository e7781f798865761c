/* The step function: time passes, the event is folded in, the effects go out. */
#include <string.h>

#include "core/core_private.h"

size_t tr_core_size(void)
{
    return sizeof(struct tr_core);
}

void tr_core_init(struct tr_core *core, const struct tr_plan *plan)
{
    core->plan = plan;
    core->now = INT64_MIN;
    core->next_at = NS_NEVER;
    core->open = plan->hours_n == 0;
    core->daypart = TR_NONE;
    core->daypart_before = TR_NONE;
    core->open_before = core->open;
    core->open_at = NS_LONG_AGO;
    core->daypart_at = NS_LONG_AGO;
    core->sounding = TR_NONE;
    core->day_began = NS_LONG_AGO;
    core->closed_at = NS_NEVER;
    for (int i = 0; i < TIMERS_MAX; i++) {
        core->timers[i] = NS_NEVER;
    }
    for (int i = 0; i < SOUNDS_MAX; i++) {
        core->sounds[i] = NS_LONG_AGO;
    }
    for (int i = 0; i < plan->sensors_n; i++) {
        tr_sensor_reset(core, i);
    }
    tr_alert_init(core);
    for (int i = 0; i < plan->gates_n; i++) {
        tr_gate_reset(core, i);
    }
    for (int i = 0; i < plan->stations_n; i++) {
        tr_station_reset(core, i);
    }
    tr_routes_build(core);
}

/* --- effects ---------------------------------------------------------------- */

struct tr_effect *tr_core_emit(struct tr_core *core, enum tr_effect_kind kind, int64_t at)
{
    assert(core->out->n < TR_EFFECTS_MAX);
    struct tr_effect *e = &core->out->e[core->out->n++];
    memset(&e->u, 0, sizeof(e->u));
    e->kind = kind;
    e->at.ns = at;
    return e;
}

void tr_core_news(struct tr_core *core, int station, enum tr_news news, uint64_t open_seq,
                  int64_t value, int64_t at)
{
    struct tr_effect *e = tr_core_emit(core, TR_EFFECT_NEWS, at);
    e->u.news.station = (int16_t)station;
    e->u.news.news = news;
    e->u.news.open_seq = open_seq;
    e->u.news.value = value;
}

void tr_core_reject(struct tr_core *core, enum tr_reject why, const struct tr_event *ev)
{
    struct tr_effect *e = tr_core_emit(core, TR_EFFECT_REJECT, core->now);
    e->u.reject.why = why;
    e->u.reject.event = ev->kind;
}

uint64_t tr_core_log(struct tr_core *core, const struct tr_event *ev)
{
    if (!core->begun) {
        tr_sight_begin(core);
    }
    struct tr_effect *e = tr_core_emit(core, TR_EFFECT_STORE, ev->at.ns);
    e->at.ns = core->now;
    e->u.store.seq = ++core->event_seq;
    e->u.store.event = *ev;
    e->u.store.event.at.ns = core->now;
    return core->event_seq;
}

/* --- time ------------------------------------------------------------------- */

void tr_core_arm(struct tr_core *core, int timer, int64_t at)
{
    const int64_t was = core->timers[timer];
    core->timers[timer] = at;
    if (at <= core->next_at) {
        core->next_at = at;
    } else if (was == core->next_at) {
        core->next_stale = true;
    }
}

/* First index, in the order stations, health, faults, conditioning, of the earliest timer. */
static int earliest(const struct tr_core *core, int64_t *ret_at)
{
    const struct tr_plan *p = core->plan;
    const struct {
        int from, n;
    } group[] = {{TIMER_STATION, p->stations_n},
                 {TIMER_HEALTH, p->sensors_n},
                 {TIMER_FAULTS, 1},
                 {TIMER_SENSOR, p->sensors_n}};
    int found = TR_NONE;
    int64_t at = NS_NEVER;
    for (size_t g = 0; g < sizeof(group) / sizeof(group[0]); g++) {
        for (int i = group[g].from; i < group[g].from + group[g].n; i++) {
            if (core->timers[i] < at) {
                at = core->timers[i];
                found = i;
            }
        }
    }
    *ret_at = at;
    return found;
}

static void refresh_next(struct tr_core *core)
{
    if (core->next_stale) {
        (void)earliest(core, &core->next_at);
        core->next_stale = false;
    }
}

/* Tell what changed, once an instant. */
void tr_core_flush(struct tr_core *core, int64_t at)
{
    if (core->lamps_stale) {
        core->lamps_stale = false;
        tr_alert_lamps(core, at);
    }
    for (uint32_t left = core->stale; left != 0; left &= left - 1) {
        tr_core_emit(core, TR_EFFECT_STATE, at)->u.station = (int16_t)__builtin_ctz(left);
    }
    core->stale = 0;
}

/* Fire everything due up to and including @until. @return false: no room. */
static bool fire(struct tr_core *core, int64_t until)
{
    for (;;) {
        refresh_next(core);
        if (core->next_at > until) {
            return true;
        }
        if (!tr_core_room(core)) {
            return false;
        }
        int64_t at;
        const int timer = earliest(core, &at);
        /* A deadline may be born in the past (an edge decided late): it then
         * acts as of the present, never before it. */
        if (at > core->now) {
            core->now = at;
        }
        tr_core_arm(core, timer, NS_NEVER);
        if (timer == TIMER_FAULTS) {
            tr_alert_faults_due(core, core->now);
        } else if (timer >= TIMER_SENSOR) {
            tr_sensor_due(core, timer - TIMER_SENSOR, core->now);
        } else if (timer >= TIMER_HEALTH) {
            tr_sensor_health_due(core, timer - TIMER_HEALTH, core->now);
        } else {
            tr_station_due(core, timer - TIMER_STATION, core->now);
        }
        tr_core_flush(core, core->now);
    }
}

/* --- events ------------------------------------------------------------------- */

static void calendar(struct tr_core *core, const struct tr_event *ev)
{
    for (int s = 0; s < core->plan->stations_n; s++) {
        tr_sight_account(core, s, core->now);
    }
    switch (ev->u.moment) {
    case TR_MOMENT_DAY:
        core->day = (int32_t)ev->value;
        core->day_began = core->now;
        for (int s = 0; s < core->plan->stations_n; s++) {
            tr_station_day(core, s);
        }
        tr_sight_day(core, ev->edge_at.ns == 0 ? core->now : ev->edge_at.ns);
        break;
    case TR_MOMENT_OPEN:
        core->open_before = core->open;
        core->open_at = core->now;
        core->open = true;
        core->closed_at = NS_NEVER;
        break;
    case TR_MOMENT_CLOSE:
        core->open_before = core->open;
        core->open_at = core->now;
        core->open = false;
        core->closed_at = core->now;
        break;
    case TR_MOMENT_DAYPART:
        core->daypart_before = core->daypart;
        core->daypart_at = core->now;
        core->daypart = ev->value >= 0 && ev->value < core->plan->dayparts_n ? (int16_t)ev->value
                                                                             : (int16_t)TR_NONE;
        break;
    case TR_MOMENT_QUIET:
        core->quiet = ev->value != 0;
        break;
    case TR_MOMENT_COUNT:
    default:
        tr_core_reject(core, TR_REJECT_VALUE, ev);
        return;
    }
    for (int i = 0; i < core->plan->sensors_n; i++) {
        tr_sensor_hours(core, i);
    }
    for (int s = 0; s < core->plan->stations_n; s++) {
        tr_alert_update(core, s, core->now); /* closing ends what only opening hours allow */
        tr_station_rearm(core, s);
        tr_core_touch(core, s);
    }
}

/* Times beyond a lifetime are nonsense, and would overflow sums. */
static int64_t sane_time(int64_t ns)
{
    return ns < -NS_HORIZON ? -NS_HORIZON : tr_min_i64(ns, NS_HORIZON);
}

static void restart(struct tr_core *core, const struct tr_event *ev)
{
    const bool resume = ev->value >= 0 && ev->value <= core->plan->resume_ns;
    /* The last evidence is as old as the absence is long. */
    const int64_t seen = ev->value < 0 ? tr_min_i64(sane_time(ev->edge_at.ns), core->now)
                                       : core->now - tr_min_i64(ev->value, NS_HORIZON);
    tr_sight_absence(core, seen, ev->u.open_ns);
    for (int s = 0; s < core->plan->stations_n; s++) {
        if (!resume) {
            tr_station_mark(core, s);
            tr_station_end(core, s, seen, TR_REASON_GAP);
        } else {
            tr_station_mark(core, s);
            if (core->plan->stations[s].kind == TR_KIND_PHONE) {
                tr_phone_resume(core, s, core->now);
            }
        }
        tr_alert_update(core, s, core->now);
        tr_station_rearm(core, s);
        tr_core_touch(core, s);
    }
    for (int i = 0; i < core->plan->sensors_n; i++) {
        /* Half-seen changes are forgotten: the shell reads every level anew. */
        tr_sensor_restart(core, i, !resume);
    }
    for (int i = 0; i < core->plan->gates_n && !resume; i++) {
        tr_gate_reset(core, i);
    }
    for (int i = 0; i < core->plan->sensors_n; i++) {
        tr_sensor_tell(core, i);
    }
    if (!resume && core->event_seq > 1) { /* else nobody ever watched */
        tr_alert_offline(core, seen, core->now);
    }
}

static void finish(struct tr_core *core)
{
    for (int s = 0; s < core->plan->stations_n; s++) {
        tr_station_end(core, s, core->now, TR_REASON_END);
        tr_alert_update(core, s, core->now);
        tr_station_rearm(core, s);
        tr_core_touch(core, s);
    }
}

static bool needs_sensor(enum tr_event_kind kind)
{
    return kind == TR_EVENT_EDGE || kind == TR_EVENT_LEVEL || kind == TR_EVENT_INPUT ||
           kind == TR_EVENT_HEALTH || kind == TR_EVENT_GAP;
}

static void fold(struct tr_core *core, const struct tr_event *ev)
{
    if (needs_sensor(ev->kind) && (ev->sensor < 0 || ev->sensor >= core->plan->sensors_n)) {
        tr_core_reject(core, TR_REJECT_SENSOR, ev);
        return;
    }
    if (ev->kind >= TR_EVENT_GAP && ev->kind < TR_EVENT_KIND_COUNT) {
        tr_core_log(core, ev);
    }
    switch (ev->kind) {
    case TR_EVENT_TICK:
    case TR_EVENT_PLAN:
        break;
    case TR_EVENT_EDGE:
    case TR_EVENT_LEVEL:
        tr_sensor_edge(core, ev);
        break;
    case TR_EVENT_INPUT:
        tr_sensor_accept(core, ev);
        break;
    case TR_EVENT_HEALTH:
        tr_sensor_health(core, ev);
        break;
    case TR_EVENT_GAP:
        tr_sensor_gap(core, ev->sensor, ev->value, core->now);
        break;
    case TR_EVENT_COMMAND:
        tr_station_command(core, ev);
        break;
    case TR_EVENT_CALENDAR:
        calendar(core, ev);
        break;
    case TR_EVENT_CLOCK:
        core->wall_offset_ms = ev->u.wall_offset_ms;
        core->synced = ev->value == 1;
        break;
    case TR_EVENT_RESTART:
        restart(core, ev);
        break;
    case TR_EVENT_FINISH:
        finish(core);
        break;
    case TR_EVENT_KIND_COUNT:
    default:
        tr_core_reject(core, TR_REJECT_EVENT, ev);
        break;
    }
}

/* Nobody watched since when: not before the newest moment that was watched. */
static int64_t absent_from(const struct tr_core *core, const struct tr_event *ev, int64_t at)
{
    const int64_t from = ev->value < 0 ? tr_min_i64(sane_time(ev->edge_at.ns), at)
                                       : at - tr_min_i64(ev->value, NS_HORIZON);
    return tr_max_i64(core->now, from);
}

int tr_core_step(struct tr_core *core, const struct tr_event *ev, struct tr_effects *out)
{
    core->out = out;
    out->n = 0;
    int64_t at = sane_time(ev->at.ns);
    if (at < core->now) {
        at = core->now;
    }
    /* What fell due while nobody watched must not be decided for want of
     * evidence: the absence ends first. */
    int64_t until = at;
    struct tr_event absence;
    if (ev->kind == TR_EVENT_RESTART && ev->value != 0) {
        until = absent_from(core, ev, at);
        /* Stored as believed: a replay does not know how far ticks had come. */
        absence = *ev;
        absence.value = ev->value < 0 ? -1 : at - until;
        absence.edge_at.ns = until;
        ev = &absence;
    }
    if (!fire(core, until) || !tr_core_room(core)) {
        return 1;
    }
    core->now = at;
    if (ev->at.ns != at) {
        tr_core_reject(core, TR_REJECT_TIME, ev);
    }
    fold(core, ev);
    tr_core_flush(core, core->now);
    refresh_next(core);
    core->out = NULL;
    return 0;
}

/* --- what the shell asks ---------------------------------------------------------- */

struct tr_mono tr_core_deadline(const struct tr_core *core)
{
    return (struct tr_mono){core->next_at};
}

uint64_t tr_core_seq(const struct tr_core *core)
{
    return core->event_seq;
}

uint64_t tr_core_record_seq(const struct tr_core *core)
{
    return core->record_seq;
}

void tr_core_continue(struct tr_core *core, uint64_t seq, uint64_t record_seq)
{
    core->event_seq = seq;
    core->open_seq = seq;
    core->record_seq = record_seq;
    for (int s = 0; s < core->plan->stations_n; s++) {
        if (core->plan->stations[s].kind == TR_KIND_FEEDBACK) {
            core->stations[s].u.feedback.presses = 0; /* it had a number of before */
        }
    }
}

struct tr_mono tr_core_now(const struct tr_core *core)
{
    return (struct tr_mono){core->now};
}

bool tr_core_busy(const struct tr_core *core)
{
    for (int s = 0; s < core->plan->stations_n; s++) {
        if (tr_station_busy(core, s)) {
            return true;
        }
    }
    if (core->timers[TIMER_FAULTS] != NS_NEVER) {
        return true;
    }
    for (int i = 0; i < core->plan->sensors_n; i++) {
        if (core->sensors[i].decide_at != NS_NEVER) {
            return true;
        }
    }
    return false;
}

int64_t tr_core_wall_ms(const struct tr_core *core, int64_t at)
{
    /* Floor, so that a label never lies in the future of its moment. */
    int64_t ms = at / TR_NS_PER_MS;
    if (at % TR_NS_PER_MS < 0) {
        ms--;
    }
    int64_t wall;
    if (__builtin_add_overflow(ms, core->wall_offset_ms, &wall)) {
        return ms < 0 ? INT64_MIN : INT64_MAX;
    }
    return wall;
}

struct tr_wall tr_core_wall(const struct tr_core *core, struct tr_mono at)
{
    return (struct tr_wall){tr_core_wall_ms(core, at.ns)};
}

enum tr_health tr_core_health(const struct tr_core *core, int sensor)
{
    return (enum tr_health)core->sensors[sensor].health;
}

bool tr_core_input(const struct tr_core *core, int sensor)
{
    return core->sensors[sensor].level;
}

uint64_t tr_core_edges_lost(const struct tr_core *core, int sensor)
{
    return core->sensors[sensor].lost;
}

bool tr_core_lamp(const struct tr_core *core, int output)
{
    return core->lamp[output];
}

void tr_core_calendar(const struct tr_core *core, struct tr_core_calendar *ret)
{
    *ret = (struct tr_core_calendar){
        .day = core->day, .open = core->open, .quiet = core->quiet, .daypart = core->daypart};
}
