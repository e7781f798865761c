/* A line and its positions: whoever has waited longest is served first
 * (RULES 10, 12, 13). */
#include "core/core_private.h"

static const struct tr_queue_plan *plan_of(const struct tr_core *core, int station)
{
    return &core->plan->stations[station].u.queue;
}

static struct position *position_of(struct tr_core *core, int station, int i)
{
    return &core->stations[station].u.queue.positions[i];
}

/* --- services ---------------------------------------------------------------------- */

static void record_served(struct tr_core *core, int station, int i, int64_t ended)
{
    struct position *p = position_of(core, station, i);
    const struct closing how = {.at = p->on_at,
                                .outcome = TR_OUTCOME_ANSWERED,
                                .by = (enum tr_by)p->by,
                                .reason = TR_REASON_NONE};
    /* One till is one person: who served whom is nobody's business by default. */
    tr_wait_record(core, station, &p->served, &how, ended,
                   plan_of(core, station)->per_position ? i : TR_NONE);
    p->has_wait = false;
}

/* A customer stands here since @at: the one who has waited longest. */
static void start(struct tr_core *core, int station, int i, int64_t at, enum tr_by by)
{
    struct station *st = &core->stations[station];
    struct position *p = position_of(core, station, i);
    p->phase = POSITION_SERVING;
    p->on_at = at;
    p->by = (uint8_t)by;
    p->has_wait = st->waits_n > 0 && st->waits[0].opened <= at && !p->found;
    core->stations[station].u.queue.left_at = NS_NEVER;
    tr_core_touch(core, station);
    if (p->has_wait) {
        const struct closing how = {
            .at = at, .outcome = TR_OUTCOME_ANSWERED, .by = by, .reason = TR_REASON_NONE};
        tr_wait_settle(core, station, 0, &how, &p->served);
    } else if (!p->found) {
        st->total.missed_joins++;
        tr_core_news(core, station, TR_NEWS_MISSED_JOIN, 0, 0, at);
    }
}

static void end(struct tr_core *core, int station, int i, int64_t at)
{
    struct position *p = position_of(core, station, i);
    const int64_t service_ns = tr_max_i64(0, at - p->on_at);
    if (!p->found) {
        tr_core_news(core, station, TR_NEWS_SERVED, p->has_wait ? p->served.open_seq : 0,
                     service_ns, at);
    }
    if (p->has_wait) {
        record_served(core, station, i, at);
    }
    p->phase = POSITION_FREE;
    p->found = false;
    tr_core_touch(core, station);
}

/* Someone left unserved: taken to be the newest (RULES 10). */
static void leave(struct tr_core *core, int station, int64_t at)
{
    struct station *st = &core->stations[station];
    const int newest = st->waits_n - 1;
    tr_queue_mark(core, station);
    if (newest < 0 || st->waits[newest].apart == APART_MET) {
        /* All who wait stand at a position, so it seems: should that have been
         * nobody, it was this one who left. */
        st->u.queue.left_at = newest < 0 ? NS_NEVER : at;
        return;
    }
    if (st->waits_n > 1) {
        st->waits[newest].accurate = false;
    }
    const struct closing left = {
        .at = at, .outcome = TR_OUTCOME_ABANDONED, .by = TR_BY_SENSOR, .reason = TR_REASON_LEFT};
    tr_wait_close(core, station, newest, &left);
}

static void leave_late(struct tr_core *core, int station)
{
    struct queue *q = &core->stations[station].u.queue;
    const int64_t at = q->left_at;
    if (at != NS_NEVER) {
        q->left_at = NS_NEVER;
        leave(core, station, at);
    }
}

/* --- presence ------------------------------------------------------------------------ */

static int64_t press_ns(const struct tr_core *core, int station, int i)
{
    return core->plan->sensors[plan_of(core, station)->positions[i].presence].press_ns;
}

static int64_t release_ns(const struct tr_core *core, int station, int i)
{
    return core->plan->sensors[plan_of(core, station)->positions[i].presence].release_ns;
}

static void came(struct tr_core *core, int station, int i, const struct input *in)
{
    const struct tr_queue_plan *plan = plan_of(core, station);
    struct position *p = position_of(core, station, i);
    if (p->phase == POSITION_GAP) {
        if (in->at - p->off_at < plan->gap_ns) {
            p->phase = POSITION_SERVING; /* the same customer, still standing there */
            return;
        }
        end(core, station, i, p->off_at);
    } else if (p->phase == POSITION_SERVING) {
        return; /* keyed in already: the sensor only confirms */
    }
    p->phase = POSITION_COMING;
    p->on_at = in->at;
    p->found = in->found;
    tr_core_touch(core, station);
    if (plan->min_stay_ns == 0) {
        start(core, station, i, in->at, TR_BY_SENSOR);
    }
}

static void went(struct tr_core *core, int station, int i, const struct input *in)
{
    const struct tr_queue_plan *plan = plan_of(core, station);
    struct position *p = position_of(core, station, i);
    if (p->phase == POSITION_COMING) {
        if (in->at - p->on_at < plan->min_stay_ns) {
            p->phase = POSITION_FREE; /* nobody */
            p->found = false;
            tr_core_touch(core, station);
            leave_late(core, station);
            return;
        }
        start(core, station, i, p->on_at, TR_BY_SENSOR);
    }
    if (p->phase != POSITION_SERVING) {
        return;
    }
    p->phase = POSITION_GAP;
    p->off_at = tr_max_i64(in->at, p->on_at);
    if (plan->gap_ns == 0) {
        end(core, station, i, p->off_at);
    }
}

/* "Next, please": the last service here ends, the next one begins. */
static void next_pressed(struct tr_core *core, int station, int i, int64_t at)
{
    struct station *st = &core->stations[station];
    struct position *p = position_of(core, station, i);
    if (p->phase == POSITION_SERVING || p->phase == POSITION_GAP) {
        end(core, station, i, p->phase == POSITION_GAP ? p->off_at : at);
    }
    if (st->waits_n > 0 && st->waits[0].opened <= at) {
        p->found = false;
        start(core, station, i, at, TR_BY_STAFF);
    }
}

/* --- the line ------------------------------------------------------------------------- */

static void join(struct tr_core *core, int station, bool found, int64_t at)
{
    const struct tr_queue_plan *plan = plan_of(core, station);
    struct station *st = &core->stations[station];
    if (plan->party_window_ns > 0 && st->waits_n > 0) {
        struct wait *newest = &st->waits[st->waits_n - 1];
        if (at - newest->last_joined <= plan->party_window_ns &&
            at - newest->opened <= plan->party_max_ns) {
            newest->party++;
            newest->last_joined = at;
            tr_core_news(core, station, TR_NEWS_JOINED_PARTY, newest->open_seq, newest->party, at);
            tr_core_touch(core, station);
            return;
        }
    }
    tr_wait_open(core, station, at, found);
}

void tr_queue_crossing(struct tr_core *core, int station, bool is_leave, bool in, bool found,
                       int64_t at)
{
    if (is_leave) {
        if (!in) {
            leave(core, station, at);
        }
    } else if (in) {
        join(core, station, found, at);
    } else {
        leave(core, station, at);
    }
}

void tr_queue_input(struct tr_core *core, int station, const struct route *route,
                    const struct input *in)
{
    struct station *st = &core->stations[station];
    if (route->role == ROLE_POSITION) {
        if (in->level) {
            came(core, station, route->index, in);
        } else {
            went(core, station, route->index, in);
        }
        return;
    }
    if (!in->level) {
        return;
    }
    if (route->role == ROLE_ARRIVE) {
        join(core, station, in->found, in->at);
    } else if (route->role == ROLE_LEAVE) {
        leave(core, station, in->at);
    } else if (route->role == ROLE_NEXT) {
        next_pressed(core, station, route->index, in->at);
    } else if (route->role == ROLE_VOID && st->waits_n > 0) {
        const struct closing staff = {.at = in->at,
                                      .outcome = TR_OUTCOME_VOID,
                                      .by = TR_BY_STAFF,
                                      .reason = TR_REASON_STAFF_KEY};
        tr_wait_close(core, station, st->waits_n - 1, &staff);
    }
}

/* Decisions wait until an opposite edge within the limit would have been
 * decided too, so that edges count and not the moments they were believed. */
static int64_t position_deadline(const struct tr_core *core, int station, int i)
{
    const struct position *p = &core->stations[station].u.queue.positions[i];
    const struct tr_queue_plan *plan = plan_of(core, station);
    if (p->phase == POSITION_COMING) {
        return p->on_at + plan->min_stay_ns + release_ns(core, station, i);
    }
    if (p->phase == POSITION_GAP) {
        return p->off_at + plan->gap_ns + press_ns(core, station, i);
    }
    return NS_NEVER;
}

int64_t tr_queue_deadline(const struct tr_core *core, int station)
{
    int64_t at = NS_NEVER;
    for (int i = 0; i < plan_of(core, station)->positions_n; i++) {
        at = tr_min_i64(at, position_deadline(core, station, i));
    }
    return at;
}

void tr_queue_due(struct tr_core *core, int station, int64_t now)
{
    /* In the order people stepped up, whichever position is listed first. */
    for (;;) {
        int due = TR_NONE;
        int64_t at = NS_NEVER;
        for (int i = 0; i < plan_of(core, station)->positions_n; i++) {
            const int64_t d = position_deadline(core, station, i);
            if (d <= now && d < at) {
                at = d;
                due = i;
            }
        }
        if (due == TR_NONE) {
            return;
        }
        struct position *p = position_of(core, station, due);
        if (p->phase == POSITION_COMING) {
            start(core, station, due, p->on_at, TR_BY_SENSOR);
        } else {
            end(core, station, due, p->off_at);
        }
    }
}

void tr_queue_mark(struct tr_core *core, int station)
{
    struct station *st = &core->stations[station];
    int n = 0;
    for (int i = 0; i < st->waits_n; i++) {
        st->waits[i].apart = APART_NOT;
    }
    for (int i = 0; i < plan_of(core, station)->positions_n && n < st->waits_n; i++) {
        const struct position *p = &st->u.queue.positions[i];
        if (p->phase == POSITION_COMING && !p->found && st->waits[n].opened <= p->on_at) {
            st->waits[n++].apart = APART_MET;
        }
    }
}

enum tr_measuring tr_queue_measuring(const struct tr_core *core, int station)
{
    (void)core;
    (void)station;
    return TR_MEASURING_FULL;
}

void tr_queue_lost(struct tr_core *core, int station, int sensor, int64_t now)
{
    (void)core;
    (void)station;
    (void)sensor;
    (void)now;
}

void tr_queue_day(struct tr_core *core, int station)
{
    (void)core;
    (void)station;
}

int tr_queue_in_service(const struct tr_core *core, int station)
{
    int n = 0;
    for (int i = 0; i < plan_of(core, station)->positions_n; i++) {
        n += core->stations[station].u.queue.positions[i].phase != POSITION_FREE;
    }
    return n;
}

void tr_queue_set_count(struct tr_core *core, int station, int32_t people, int64_t at)
{
    struct station *st = &core->stations[station];
    const struct closing drift = {
        .at = at, .outcome = TR_OUTCOME_UNKNOWN, .by = TR_BY_STAFF, .reason = TR_REASON_DRIFT};
    while (st->waits_n > people) {
        tr_wait_close(core, station, st->waits_n - 1, &drift);
    }
    while (st->waits_n < people) {
        tr_wait_open(core, station, at, true);
    }
}

void tr_queue_end(struct tr_core *core, int station)
{
    for (int i = 0; i < plan_of(core, station)->positions_n; i++) {
        struct position *p = position_of(core, station, i);
        if (p->has_wait) {
            /* A gap already seen is the best end there is. */
            record_served(core, station, i, p->phase == POSITION_GAP ? p->off_at : NS_NEVER);
        }
        *p = (struct position){.phase = POSITION_FREE};
    }
}
