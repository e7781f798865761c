/* The questions: metrics, alerts, calendar, and the end of a history. */
#include <math.h>
#include <string.h>

#include "watch.h"

uint64_t watch_sum(const uint64_t *counts, int n)
{
    uint64_t all = 0;
    for (int i = 0; i < n; i++) {
        all += counts[i];
    }
    return all;
}

bool watch_is_share(double pct)
{
    return isnan(pct) || (pct >= 0.0 && pct <= 100.0);
}

static bool same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void check_quantiles(int32_t n, double p50, double p90, double p95)
{
    MUST(n >= 0);
    if (n == 0) {
        MUST(isnan(p50) && isnan(p90) && isnan(p95));
    } else {
        MUST(p50 >= 0.0 && p50 <= p90 && p90 <= p95 && isfinite(p95));
    }
}

static void check_counters(const struct watch_station *st, const struct tr_station_metrics *m)
{
    MUST(m->arrivals == st->arrivals);
    for (int o = 0; o < TR_OUTCOME_COUNT; o++) {
        MUST(m->outcome[o] == st->ended[o]);
    }
    MUST(m->kept + m->missed <= watch_sum(m->outcome, TR_OUTCOME_COUNT));
    MUST(m->kept <= m->outcome[TR_OUTCOME_ANSWERED]);
    for (int b = 1; b < TR_BUCKETS; b++) {
        MUST(m->bucket[b] >= m->bucket[b - 1]);
    }
    MUST(m->bucket[TR_BUCKETS - 1] <= m->outcome[TR_OUTCOME_ANSWERED]);
    MUST(isfinite(m->wait_sum_s) && m->wait_sum_s >= 0.0);
    MUST(m->drift <= m->outcome[TR_OUTCOME_UNKNOWN] + m->outcome[TR_OUTCOME_VOID]);
    MUST(m->answered_by_staff <= m->outcome[TR_OUTCOME_ANSWERED]);
    MUST(m->full_s >= 0.0 && m->full_s <= m->open_s && isfinite(m->open_s));
    MUST(m->staffed_s >= 0.0 && m->busy_s >= 0.0 && m->idle_s >= 0.0);
    MUST(m->day_void >= 0 && (uint64_t)m->day_void <= m->outcome[TR_OUTCOME_VOID]);
}

/* The level lies between what it would be at worst and at best. */
static void check_bounds(double low, double level, double high)
{
    MUST(watch_is_share(low) && watch_is_share(high) && isnan(low) == isnan(high));
    MUST(isnan(low) || isnan(level) || (low <= level && level <= high));
    MUST(isnan(level) || !isnan(low));
}

static void check_metrics(struct watch *w, struct tr_core *core, int s, struct tr_mono at)
{
    struct tr_station_metrics m;
    struct tr_station_state state;
    tr_core_metrics(core, s, at, &m);
    tr_core_station_state(core, s, at, &state);
    check_counters(&w->stations[s], &m);
    MUST(m.window_ns > 0 && m.window_kept >= 0 && m.window_kept <= m.window_counted);
    MUST(m.day_kept >= 0 && m.day_kept <= m.day_counted && m.day_dropped >= 0);
    MUST(isnan(m.service_level_pct) == (m.window_counted == 0));
    MUST(isnan(m.day_pct) == (m.day_counted == 0));
    MUST(watch_is_share(m.service_level_pct) && watch_is_share(m.day_pct));
    check_quantiles(m.window_answered, m.p50_s, m.p90_s, m.p95_s);
    check_quantiles(m.day_answered, m.day_p50_s, m.day_p90_s, m.day_p95_s);
    check_bounds(m.low_pct, m.service_level_pct, m.high_pct);
    check_bounds(m.day_low_pct, m.day_pct, m.day_high_pct);
    MUST(m.window_unsure >= 0 && m.day_unsure >= 0 && watch_is_share(m.day_coverage_pct));
    int32_t by_daypart = 0;
    for (int d = 0; d < TR_DAYPARTS_MAX; d++) {
        MUST(m.daypart[d].kept >= 0 && m.daypart[d].kept <= m.daypart[d].counted);
        by_daypart += m.daypart[d].counted;
    }
    MUST(by_daypart <= m.day_counted);
    /* One truth, asked in two ways. */
    MUST(state.today_void == m.day_void && same_number(state.coverage_pct, m.day_coverage_pct));
    MUST(state.measuring == tr_core_measuring(core, s));
    MUST(same_number(m.service_level_pct, state.service_level_pct));
    MUST(same_number(m.day_pct, state.today_pct));
    MUST(state.today_served == m.day_answered);
}

static void check_alert(const struct watch *w, const struct tr_core *core, enum tr_alert_rule rule,
                        int index)
{
    struct tr_alert_record r;
    if (!tr_core_alert(core, rule, index, &r)) {
        return;
    }
    MUST(r.rule == rule && r.seq > 0 && r.seq <= w->record_seq);
    MUST(r.state >= 0 && r.state < TR_ALERT_STATE_COUNT && r.level >= 0 &&
         r.level < TR_LEVEL_COUNT);
    MUST(r.since.ns <= r.at.ns && r.at.ns <= tr_core_now(core).ns);
}

void watch_ask(struct watch *w, struct tr_core *core)
{
    const struct tr_mono now = tr_core_now(core);
    for (int s = 0; s < w->plan->stations_n; s++) {
        check_metrics(w, core, s, now);
        check_metrics(w, core, s, tr_mono_add(now, TR_NS_PER_S));
        check_metrics(w, core, s, tr_mono_add(now, 86400 * TR_NS_PER_S));
        check_alert(w, core, TR_RULE_WAIT, s);
        check_alert(w, core, TR_RULE_LENGTH, s);
        check_alert(w, core, TR_RULE_BURNING, s);
    }
    for (int i = 0; i < w->plan->sensors_n; i++) {
        check_alert(w, core, TR_RULE_SENSOR, i);
        (void)tr_core_input(core, i);
        (void)tr_core_edges_lost(core, i);
    }
    struct tr_core_calendar calendar;
    tr_core_calendar(core, &calendar);
    MUST(calendar.daypart >= TR_NONE && calendar.daypart < w->plan->dayparts_n);
    (void)tr_core_wall(core, now);
}

/* --- another plan, the end -------------------------------------------------------------- */

void watch_replan(struct watch *w, const struct tr_plan *plan)
{
    struct watch_station carried[TR_STATIONS_MAX];
    int16_t successor[TR_STATIONS_MAX];
    memset(carried, 0, sizeof(carried));
    for (int s = 0; s < w->plan->stations_n; s++) {
        const int n = tr_plan_find_station(plan, w->plan->stations[s].id);
        successor[s] = TR_NONE;
        if (n != TR_NONE && plan->stations[n].kind == w->plan->stations[s].kind) {
            successor[s] = (int16_t)n;
            carried[n] = w->stations[s];
        }
    }
    for (size_t i = 0; i < w->waits_n; i++) {
        struct watch_wait *wait = &w->waits[i];
        if (wait->station != TR_NONE) {
            const int16_t n = successor[wait->station];
            MUST(n != TR_NONE || (wait->news >= 0 && wait->recorded));
            wait->station = n;
        }
    }
    memcpy(w->stations, carried, sizeof(carried));
    memset(w->lamp, 0, sizeof(w->lamp)); /* all outputs are taken to be off */
    for (int i = 0; i < TR_SENSORS_MAX; i++) {
        w->health_told[i] = true; /* others, perhaps */
    }
    w->plan = plan;
}

void watch_finished(struct watch *w, struct tr_core *core)
{
    watch_ask(w, core);
    for (int s = 0; s < w->plan->stations_n; s++) {
        const struct watch_station *st = &w->stations[s];
        MUST(st->arrivals == watch_sum(st->ended, TR_OUTCOME_COUNT));
        MUST(st->arrivals == st->recorded);
        MUST(st->state.waiting == 0);
    }
    for (size_t i = 0; i < w->waits_n; i++) {
        MUST(w->waits[i].news >= 0 && w->waits[i].recorded);
    }
}

/* --- two cores ----------------------------------------------------------------------------- */

bool watch_is_record(const struct tr_effect *e)
{
    return e->kind == TR_EFFECT_WAIT || e->kind == TR_EFFECT_VOTE || e->kind == TR_EFFECT_ALERT;
}

/* Field by field: an event's padding is whatever its maker left there. */
static bool same_event(const struct tr_event *a, const struct tr_event *b)
{
    if (a->kind != b->kind || a->at.ns != b->at.ns || a->sensor != b->sensor ||
        a->level != b->level || a->edge_at.ns != b->edge_at.ns || a->value != b->value) {
        return false;
    }
    switch (a->kind) {
    case TR_EVENT_COMMAND:
        return a->u.command.kind == b->u.command.kind &&
               a->u.command.station == b->u.command.station &&
               a->u.command.output == b->u.command.output &&
               a->u.command.value == b->u.command.value &&
               a->u.command.sensor == b->u.command.sensor;
    case TR_EVENT_CALENDAR:
        return a->u.moment == b->u.moment;
    case TR_EVENT_CLOCK:
        return a->u.wall_offset_ms == b->u.wall_offset_ms;
    case TR_EVENT_RESTART:
        return a->u.open_ns == b->u.open_ns;
    default:
        return true;
    }
}

bool watch_same_effect(const struct tr_effect *a, const struct tr_effect *b)
{
    if (a->kind != b->kind || a->at.ns != b->at.ns) {
        return false;
    }
    if (a->kind == TR_EFFECT_STORE) {
        return a->u.store.seq == b->u.store.seq && same_event(&a->u.store.event, &b->u.store.event);
    }
    return memcmp(&a->u, &b->u, sizeof(a->u)) == 0;
}
