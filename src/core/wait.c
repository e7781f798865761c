/* An arrival opens a wait; an answer closes it. */
#include <string.h>

#include "core/core_private.h"

struct wait *tr_wait_open(struct tr_core *core, int station, int64_t opened, bool found)
{
    struct station *st = &core->stations[station];
    if (st->waits_n == TR_WAITS_MAX) {
        const struct closing full = {.at = opened,
                                     .outcome = TR_OUTCOME_UNKNOWN,
                                     .by = TR_BY_RULE,
                                     .reason = TR_REASON_FULL};
        tr_wait_close(core, station, 0, &full);
    }
    /* Two waits of one event (a door with two stations) still get two numbers. */
    if (core->open_seq >= core->event_seq) {
        core->event_seq = core->open_seq + 1;
    }
    core->open_seq = core->event_seq;
    const struct tr_target *target = tr_target_at(core, station, opened);
    const bool open = tr_target_open_at(core, opened);
    int i = st->waits_n++;
    while (i > 0 && st->waits[i - 1].opened > opened) {
        st->waits[i] = st->waits[i - 1];
        i--;
    }
    struct wait *w = &st->waits[i];
    *w = (struct wait){.open_seq = core->open_seq,
                       .opened = opened,
                       .opened_wall_ms = tr_core_wall_ms(core, opened),
                       .last_joined = opened,
                       .threshold_ns = target->unit == TR_TARGET_NONE ? 0 : target->threshold_ns,
                       .rings_limit = target->unit == TR_TARGET_RINGS ? target->rings : 0,
                       .party = 1,
                       .here = 1,
                       .rings = 1,
                       .daypart = open ? tr_target_daypart_at(core, opened) : (int16_t)TR_NONE,
                       .slot = TR_NONE,
                       .away_at = NS_NEVER,
                       .synced = core->synced,
                       .accurate = !found,
                       .found = found,
                       .voided = !open};
    st->total.arrivals++;
    st->day_arrivals++;
    tr_core_news(core, station, TR_NEWS_ARRIVED, w->open_seq, 1, opened);
    tr_core_touch(core, station);
    return w;
}

static enum tr_news news_of(enum tr_outcome outcome)
{
    static const enum tr_news news[TR_OUTCOME_COUNT] = {
        [TR_OUTCOME_ANSWERED] = TR_NEWS_ANSWERED, [TR_OUTCOME_ABANDONED] = TR_NEWS_ABANDONED,
        [TR_OUTCOME_EXPIRED] = TR_NEWS_EXPIRED,   [TR_OUTCOME_VOID] = TR_NEWS_VOID,
        [TR_OUTCOME_UNKNOWN] = TR_NEWS_UNKNOWN,
    };
    return news[outcome];
}

/* A wait opened outside the hours is nobody's promise, however it ends. */
static enum tr_outcome final_outcome(const struct wait *w, enum tr_outcome outcome)
{
    return w->voided ? TR_OUTCOME_VOID : outcome;
}

void tr_wait_settle(struct tr_core *core, int station, int index, const struct closing *how,
                    struct wait *ret)
{
    struct station *st = &core->stations[station];
    const struct wait w = st->waits[index];
    memmove(&st->waits[index], &st->waits[index + 1],
            (size_t)(st->waits_n - index - 1) * sizeof(st->waits[0]));
    st->waits_n--;
    struct closing final = *how;
    final.outcome = final_outcome(&w, how->outcome);
    final.at = tr_max_i64(how->at, w.opened);
    const int64_t wait_ns = final.at - w.opened;
    const enum tr_verdict verdict =
        tr_target_verdict(&core->plan->stations[station], &w, final.outcome, wait_ns);
    tr_core_news(core, station, news_of(final.outcome), w.open_seq, wait_ns, final.at);
    tr_alert_settling(core, station, verdict);
    tr_stats_count(core, station, &w, &final, verdict);
    tr_core_touch(core, station);
    /* A call's own lamp is lit as long as it is open, whatever was promised. */
    core->lamps_stale |= core->plan->stations[station].kind == TR_KIND_CALL;
    if (ret != NULL) {
        *ret = w;
    }
}

void tr_wait_record(struct tr_core *core, int station, const struct wait *w,
                    const struct closing *how, int64_t ended, int position)
{
    const struct tr_station *plan = &core->plan->stations[station];
    struct tr_wait_record *r = &tr_core_emit(core, TR_EFFECT_WAIT, core->now)->u.wait;
    const enum tr_outcome outcome = final_outcome(w, how->outcome);
    const int64_t closed = tr_max_i64(how->at, w->opened);
    const bool served = ended != NS_NEVER;
    r->seq = ++core->record_seq;
    r->open_seq = w->open_seq;
    r->station = (int16_t)station;
    r->kind = plan->kind;
    r->party = w->party;
    r->opened.ns = w->opened;
    r->closed.ns = closed;
    r->ended.ns = served ? tr_max_i64(ended, closed) : closed;
    r->opened_wall.ms = w->opened_wall_ms;
    r->closed_wall.ms = tr_core_wall_ms(core, closed);
    r->wait_ns = closed - w->opened;
    r->rings = plan->kind == TR_KIND_PHONE ? w->rings : tr_target_rings(core->plan, r->wait_ns);
    r->service_ns = served ? r->ended.ns - closed : -1;
    r->threshold_ns = w->threshold_ns;
    r->position = (int16_t)position;
    r->outcome = outcome;
    r->verdict = tr_target_verdict(plan, w, outcome, r->wait_ns);
    r->by = how->by;
    r->reason = w->voided && how->reason != TR_REASON_STAFF_KEY ? TR_REASON_CLOSED : how->reason;
    r->accurate = w->accurate;
    r->found = w->found;
    r->order_seen = w->order_seen;
    r->synced = w->synced;
    r->daypart = w->daypart;
    tr_stats_left(&core->stations[station], w->open_seq, r->ended.ns);
}

void tr_wait_close(struct tr_core *core, int station, int index, const struct closing *how)
{
    struct wait w;
    tr_wait_settle(core, station, index, how, &w);
    tr_wait_record(core, station, &w, how, NS_NEVER,
                   core->plan->stations[station].kind == TR_KIND_PHONE ? w.slot : TR_NONE);
}

void tr_wait_end_left(struct tr_core *core, int station, int index)
{
    const struct closing left = {.at = core->stations[station].waits[index].away_at,
                                 .outcome = TR_OUTCOME_ABANDONED,
                                 .by = TR_BY_SENSOR,
                                 .reason = TR_REASON_LEFT};
    tr_wait_close(core, station, index, &left);
}

int64_t tr_wait_away_since(const struct station *st, int *ret)
{
    int64_t at = NS_NEVER;
    for (int i = 0; i < st->waits_n; i++) {
        if (st->waits[i].away_at < at) {
            at = st->waits[i].away_at;
            *ret = i;
        }
    }
    return at;
}

void tr_wait_end_all(struct tr_core *core, int station, int64_t at, enum tr_reason reason)
{
    struct station *st = &core->stations[station];
    const struct closing how = {
        .at = at, .outcome = TR_OUTCOME_UNKNOWN, .by = TR_BY_RULE, .reason = reason};
    while (st->waits_n > 0) {
        if (st->waits[0].away_at != NS_NEVER) {
            tr_wait_end_left(core, station, 0);
        } else {
            tr_wait_close(core, station, 0, &how);
        }
    }
}

int tr_wait_find(const struct station *st, uint64_t open_seq)
{
    for (int i = 0; i < st->waits_n; i++) {
        if (st->waits[i].open_seq == open_seq) {
            return i;
        }
    }
    return TR_NONE;
}

/* A door that cannot see a leaving cannot say that a customer gave up either. */
static bool leaving_is_seen(const struct tr_station *plan)
{
    return plan->kind != TR_KIND_GREETING || plan->u.greeting.arrive.kind == TR_SOURCE_GATE ||
           plan->u.greeting.inside != TR_NONE;
}

int64_t tr_wait_deadline(const struct tr_core *core, int station)
{
    const struct station *st = &core->stations[station];
    const int64_t give_up = core->plan->stations[station].give_up_ns;
    /* Oldest first, so the first to open is the first to give up. */
    return st->waits_n == 0 || give_up == 0 ? NS_NEVER : st->waits[0].opened + give_up;
}

void tr_wait_expire(struct tr_core *core, int station, int64_t now)
{
    const struct tr_station *plan = &core->plan->stations[station];
    const bool seen = leaving_is_seen(plan);
    while (tr_wait_deadline(core, station) <= now) {
        if (core->stations[station].waits[0].away_at != NS_NEVER) {
            tr_wait_end_left(core, station, 0);
            continue;
        }
        const struct closing how = {.at =
                                        core->stations[station].waits[0].opened + plan->give_up_ns,
                                    .outcome = seen ? TR_OUTCOME_EXPIRED : TR_OUTCOME_UNKNOWN,
                                    .by = TR_BY_RULE,
                                    .reason = seen ? TR_REASON_GIVE_UP : TR_REASON_NO_EXIT};
        tr_wait_close(core, station, 0, &how);
    }
}

/* --- the ladder, for one wait ------------------------------------------------- */

static int64_t scaled(int64_t ns, double factor)
{
    const double x = (double)ns * factor;
    return x >= (double)NS_HORIZON ? NS_HORIZON : (int64_t)x;
}

/* The first moment at which the wait is on this rung by time alone. */
static int64_t rung_at(const struct tr_core *core, const struct wait *w, enum tr_level level)
{
    const struct tr_alert_plan *a = &core->plan->alerts;
    /* A target in seconds is still kept at the threshold itself. */
    const int64_t just_past = w->rings_limit == 0 ? 1 : 0;
    switch (level) {
    case TR_LEVEL_AT_RISK:
        return w->opened + scaled(w->threshold_ns, a->at_risk_share);
    case TR_LEVEL_LATE:
        return w->opened + w->threshold_ns + just_past;
    case TR_LEVEL_CRITICAL:
        return w->opened + scaled(w->threshold_ns, a->critical_factor) + just_past;
    case TR_LEVEL_OK:
    case TR_LEVEL_COUNT:
    default:
        return NS_LONG_AGO;
    }
}

/* A telephone is late when its fourth burst begins, not at 18 s of some other
 * country's cadence. */
static bool by_bursts(const struct tr_core *core, int station, const struct wait *w)
{
    return core->plan->stations[station].kind == TR_KIND_PHONE && w->rings_limit > 0;
}

enum tr_level tr_wait_level(const struct tr_core *core, int station, const struct wait *w,
                            int64_t at)
{
    if (w->threshold_ns <= 0 || w->voided) {
        return TR_LEVEL_OK;
    }
    enum tr_level level = TR_LEVEL_OK;
    if (by_bursts(core, station, w)) {
        const double heard = (double)(w->rings - 1);
        const double limit = (double)w->rings_limit;
        if (heard >= limit * core->plan->alerts.critical_factor) {
            level = TR_LEVEL_CRITICAL;
        } else if (heard >= limit) {
            level = TR_LEVEL_LATE;
        } else if (heard >= limit * core->plan->alerts.at_risk_share) {
            level = TR_LEVEL_AT_RISK;
        }
    } else {
        while (level < TR_LEVEL_CRITICAL && rung_at(core, w, level + 1) <= at) {
            level++;
        }
    }
    return w->priority && level < TR_LEVEL_CRITICAL ? level + 1 : level;
}

int64_t tr_wait_level_change(const struct tr_core *core, int station, const struct wait *w,
                             int64_t after)
{
    if (w->threshold_ns <= 0 || w->voided || by_bursts(core, station, w)) {
        return NS_NEVER;
    }
    for (enum tr_level l = TR_LEVEL_AT_RISK; l <= TR_LEVEL_CRITICAL; l++) {
        const int64_t at = rung_at(core, w, l);
        if (at > after) {
            return at;
        }
    }
    return NS_NEVER;
}
