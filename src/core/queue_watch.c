/* What is wrong with the count, and what becomes of it (RULES 2, 11 and 15). */
#include "core/queue_private.h"

/* Nobody is seen where those who wait would be. */
static bool looks_empty(const struct tr_core *core, int station)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    const struct queue *q = queue_seen(core, station);
    if (tr_row_working(core, station) > 0) {
        return tr_row_empty(core, station);
    }
    if (plan->idle_empty_ns == 0 || plan->positions_n == 0 ||
        plan->discipline == TR_DISCIPLINE_TICKETS || tr_queue_staffed(core, station) == 0) {
        return false; /* they may well wait where nobody serves */
    }
    for (int i = 0; i < plan->positions_n; i++) {
        if (plan->positions[i].presence == TR_NONE ||
            tr_sensor_faulty(core, plan->positions[i].presence) ||
            q->positions[i].phase != POSITION_FREE) {
            return false;
        }
    }
    return true;
}

int tr_queue_waiting(const struct tr_core *core, int station)
{
    const struct station *st = &core->stations[station];
    int n = 0;
    for (int i = 0; i < st->waits_n; i++) {
        n += st->waits[i].apart == APART_NOT;
    }
    return n;
}

/* Who is away or called may well be out of sight. */
static bool may_be_drift(const struct wait *w, int64_t since)
{
    return w->apart == APART_NOT && w->opened <= since;
}

static int64_t empty_ns(const struct tr_core *core, int station)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    return tr_row_working(core, station) > 0 ? plan->empty_ns : plan->idle_empty_ns;
}

/* People in the row: while they step up one after another there is always a place
 * just left, by somebody who stands further on already. */
static int in_row(const struct tr_core *core, int station)
{
    const struct row *row = &queue_seen(core, station)->row;
    int n = row->chain;
    for (int i = 0; i < queue_plan(core, station)->places_n; i++) {
        n -= row->places[i].stands && !row->places[i].on;
    }
    return n;
}

/* --- lines of their own: nobody in one steps up to a free position ---------------------- */

static bool own_line_idle(const struct tr_core *core, int station, int i)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    const struct tr_position *at = &plan->positions[i];
    const struct station *st = &core->stations[station];
    const struct position *p = &st->u.queue.positions[i];
    if (plan->discipline != TR_DISCIPLINE_LINE_PER_POSITION || plan->idle_empty_ns == 0 ||
        at->presence == TR_NONE || tr_sensor_faulty(core, at->presence) ||
        p->phase != POSITION_FREE || (at->staffed != TR_NONE && !p->staffed)) {
        return false;
    }
    for (int w = 0; w < st->waits_n; w++) {
        if (st->waits[w].slot == i && st->waits[w].apart == APART_NOT) {
            return true;
        }
    }
    return false;
}

static void watch_own_lines(struct tr_core *core, int station, int64_t now)
{
    for (int i = 0; i < queue_plan(core, station)->positions_n; i++) {
        struct position *p = &queue_of(core, station)->positions[i];
        if (!own_line_idle(core, station, i)) {
            p->idle_since = 0;
        } else if (p->idle_since == 0) {
            p->idle_since = now;
        }
    }
}

void tr_queue_watch(struct tr_core *core, int station, int64_t now)
{
    struct queue *q = queue_of(core, station);
    tr_queue_mark(core, station);
    const int n = tr_queue_waiting(core, station);
    if (n == 0 || !looks_empty(core, station)) {
        q->empty_since = NS_NEVER;
    } else if (q->empty_since == NS_NEVER) {
        q->empty_since = now;
    }
    watch_own_lines(core, station, now);
    /* With a join sensor the row only tells whom it missed. */
    if (!tr_queue_has_join(core, station) ||
        in_row(core, station) <= core->stations[station].waits_n) {
        q->over_since = NS_NEVER;
    } else if (q->over_since == NS_NEVER) {
        q->over_since = now;
    }
}

static void drop_drift(struct tr_core *core, int station, int64_t since)
{
    struct station *st = &core->stations[station];
    /* An empty row was seen to be empty; beside idle positions it was only believed. */
    const int64_t at = tr_row_working(core, station) > 0 ? since : core->now;
    const struct closing drift = {
        .at = at, .outcome = TR_OUTCOME_UNKNOWN, .by = TR_BY_RULE, .reason = TR_REASON_DRIFT};
    for (int i = st->waits_n - 1; i >= 0; i--) {
        if (may_be_drift(&st->waits[i], since)) {
            tr_wait_close(core, station, i, &drift);
        }
    }
}

static void drop_own_line(struct tr_core *core, int station, int i)
{
    struct station *st = &core->stations[station];
    struct position *p = &st->u.queue.positions[i];
    const struct closing drift = {.at = core->now,
                                  .outcome = TR_OUTCOME_UNKNOWN,
                                  .by = TR_BY_RULE,
                                  .reason = TR_REASON_DRIFT};
    for (int w = st->waits_n - 1; w >= 0; w--) {
        if (st->waits[w].slot == i && may_be_drift(&st->waits[w], p->idle_since)) {
            tr_wait_close(core, station, w, &drift);
        }
    }
    p->idle_since = 0;
}

/* People who have been standing in the row without having been seen to join. */
static void add_missed(struct tr_core *core, int station)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    struct station *st = &core->stations[station];
    for (int i = plan->places_n - 1; i >= 0 && st->waits_n < in_row(core, station); i--) {
        const struct place *p = &st->u.queue.row.places[i];
        if (p->stands && p->on) {
            tr_queue_missed_join(core, station, core->now);
            tr_wait_open(core, station, tr_min_i64(p->came, core->now), p->found)->accurate = false;
        }
    }
}

int64_t tr_queue_watch_deadline(const struct tr_core *core, int station)
{
    const struct queue *q = queue_seen(core, station);
    int64_t at = NS_NEVER;
    if (q->empty_since != NS_NEVER) {
        at = q->empty_since + empty_ns(core, station);
    }
    if (q->over_since != NS_NEVER) {
        at = tr_min_i64(at, q->over_since + queue_plan(core, station)->empty_ns);
    }
    for (int i = 0; i < queue_plan(core, station)->positions_n; i++) {
        if (q->positions[i].idle_since != 0) {
            at = tr_min_i64(at,
                            q->positions[i].idle_since + queue_plan(core, station)->idle_empty_ns);
        }
    }
    return at;
}

void tr_queue_watch_due(struct tr_core *core, int station, int64_t now)
{
    struct queue *q = queue_of(core, station);
    for (int i = 0; i < queue_plan(core, station)->positions_n; i++) {
        if (q->positions[i].idle_since != 0 &&
            q->positions[i].idle_since + queue_plan(core, station)->idle_empty_ns <= now) {
            drop_own_line(core, station, i);
        }
    }
    if (q->empty_since != NS_NEVER && q->empty_since + empty_ns(core, station) <= now) {
        drop_drift(core, station, q->empty_since);
        q->empty_since = NS_NEVER; /* those who have come since are given as long */
    }
    if (q->over_since != NS_NEVER && q->over_since + queue_plan(core, station)->empty_ns <= now) {
        q->over_since = NS_NEVER;
        add_missed(core, station);
    }
}

/* The daily reset never erases people who stand there. */
void tr_queue_day(struct tr_core *core, int station)
{
    const struct queue *q = queue_seen(core, station);
    if (core->open || q->row.chain > 0 || tr_queue_in_service(core, station) > 0) {
        return;
    }
    drop_drift(core, station, core->now);
}

void tr_queue_lost(struct tr_core *core, int station, int sensor, int64_t now)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    tr_queue_account(core, station, now);
    for (int i = 0; i < plan->places_n; i++) {
        if (plan->places[i] == sensor) {
            tr_row_lost(core, station, i);
        }
    }
    for (int i = 0; i < plan->positions_n; i++) {
        const struct tr_position *p = &plan->positions[i];
        if (p->presence == sensor || (p->presence == TR_NONE && p->next == sensor)) {
            tr_position_lost(core, station, i);
        }
        if (p->staffed == sensor) {
            queue_of(core, station)->positions[i].staffed = false;
            tr_core_touch(core, station);
        }
    }
    tr_queue_watch(core, station, now);
}

void tr_queue_unseen(struct tr_core *core, int station, int64_t from)
{
    struct queue *q = queue_of(core, station);
    tr_queue_account(core, station, from);
    q->accounted = tr_max_i64(q->accounted, core->now);
    q->row = (struct row){.chain = 0};
    q->missed_in_row = 0;
    for (int i = 0; i < queue_plan(core, station)->positions_n; i++) {
        q->positions[i].staffed = false;
    }
    tr_queue_watch(core, station, core->now);
}

/* --- what falls due ------------------------------------------------------------------------ */

static int64_t away_deadline(const struct tr_core *core, int station, int *ret)
{
    const int64_t at = tr_wait_away_since(&core->stations[station], ret);
    return at == NS_NEVER ? NS_NEVER : at + queue_plan(core, station)->back_ns + 1;
}

static int64_t positions_deadline(const struct tr_core *core, int station, int *ret)
{
    int64_t at = NS_NEVER;
    for (int i = 0; i < queue_plan(core, station)->positions_n; i++) {
        const int64_t d = tr_position_deadline(core, station, i);
        if (d < at) {
            at = d;
            *ret = i;
        }
    }
    return at;
}

int64_t tr_queue_deadline(const struct tr_core *core, int station)
{
    int ignored;
    int64_t at = positions_deadline(core, station, &ignored);
    at = tr_min_i64(at, tr_row_deadline(core, station));
    at = tr_min_i64(at, away_deadline(core, station, &ignored));
    at = tr_min_i64(at, tr_queue_called_deadline(core, station));
    return tr_min_i64(at, tr_queue_watch_deadline(core, station));
}

void tr_queue_due(struct tr_core *core, int station, int64_t now)
{
    int who = TR_NONE;
    tr_queue_account(core, station, now);
    tr_row_due(core, station, now);
    /* In the order people stepped up, whichever position is listed first. */
    while (positions_deadline(core, station, &who) <= now) {
        tr_position_due(core, station, who);
    }
    tr_row_settle(core, station, now); /* after them: all may be due at once, after an absence */
    while (away_deadline(core, station, &who) <= now) {
        tr_wait_end_left(core, station, who);
    }
    while (tr_queue_called_deadline(core, station) <= now) {
        tr_queue_called_due(core, station);
    }
    tr_queue_watch_due(core, station, now);
    tr_queue_watch(core, station, now);
}
