/* The line: who joins, who leaves, and whose turn it is (RULES 10 and 12). */
#include "core/queue_private.h"

/* --- what is sensed ----------------------------------------------------------------- */

static bool own_lines(const struct tr_queue_plan *plan)
{
    for (int i = 0; i < plan->positions_n; i++) {
        if (plan->positions[i].join != TR_NONE) {
            return true;
        }
    }
    return false;
}

/* A join sensor that is faulty joins nobody: the row, if there is one, takes over. */
bool tr_queue_has_join(const struct tr_core *core, int station)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    if (plan->join.kind == TR_SOURCE_NONE) {
        return own_lines(plan);
    }
    return plan->places_n == 0 || !tr_sight_source_faulty(core, &plan->join);
}

bool tr_queue_is_room(const struct tr_queue_plan *plan)
{
    return plan->join.kind == TR_SOURCE_GATE && plan->positions_n == 0 && plan->places_n == 0 &&
           plan->serve == TR_NONE;
}

enum tr_measuring tr_queue_measuring(const struct tr_core *core, int station)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    int faulty = 0;
    bool part = tr_sensor_faulty(core, plan->void_key) ||
                tr_sight_source_faulty(core, &plan->leave) || tr_sensor_faulty(core, plan->serve) ||
                tr_sight_source_faulty(core, &plan->join);
    for (int i = 0; i < plan->positions_n; i++) {
        const struct tr_position *p = &plan->positions[i];
        faulty += p->presence != TR_NONE ? tr_sensor_faulty(core, p->presence)
                                         : tr_sensor_faulty(core, p->next);
        part |= tr_sensor_faulty(core, p->next) || tr_sensor_faulty(core, p->staffed) ||
                tr_sensor_faulty(core, p->join);
    }
    const int working = tr_row_working(core, station);
    const bool joins =
        (plan->join.kind != TR_SOURCE_NONE && !tr_sight_source_faulty(core, &plan->join)) ||
        own_lines(plan);
    const bool serves = faulty < plan->positions_n ||
                        (plan->serve != TR_NONE && !tr_sensor_faulty(core, plan->serve)) ||
                        (plan->positions_n == 0 && plan->serve == TR_NONE);
    if (!(joins || working > 0) || !serves) {
        return TR_MEASURING_BLIND;
    }
    return part || faulty > 0 || working < plan->places_n ? TR_MEASURING_DEGRADED
                                                          : TR_MEASURING_FULL;
}

/* --- whose turn it is ------------------------------------------------------------------ */

static bool may_serve(const struct wait *w, int64_t at, bool free_only)
{
    return w->opened <= at && w->apart != APART_AWAY && (!free_only || w->apart == APART_NOT);
}

/* The last one of the longest other line: people change lines at the back. */
static int pick_changer(const struct tr_core *core, int station, int64_t at, bool free_only)
{
    const struct station *st = &core->stations[station];
    int length[TR_POSITIONS_MAX] = {0};
    int longest = TR_NONE;
    for (int i = 0; i < st->waits_n; i++) {
        const int slot = st->waits[i].slot;
        if (slot >= 0 && may_serve(&st->waits[i], at, free_only)) {
            length[slot]++;
            if (longest == TR_NONE || length[slot] > length[longest]) {
                longest = slot;
            }
        }
    }
    for (int i = st->waits_n - 1; i >= 0 && longest != TR_NONE; i--) {
        if (st->waits[i].slot == longest && may_serve(&st->waits[i], at, free_only)) {
            return i;
        }
    }
    return TR_NONE;
}

bool tr_queue_seen_to_walk(const struct tr_core *core, int station, int position)
{
    return queue_plan(core, station)->positions[position].presence != TR_NONE &&
           tr_row_working(core, station) > 0 && !tr_queue_has_join(core, station);
}

int tr_queue_pick(const struct tr_core *core, int station, int position, int64_t at, bool free_only)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    const struct station *st = &core->stations[station];
    const uint64_t called = st->u.queue.positions[position].called_seq;
    if (called != 0) {
        return tr_wait_find(st, called);
    }
    if (tr_queue_seen_to_walk(core, station, position)) {
        const struct departure *head = tr_row_head_for(core, station, at);
        if (head != NULL ? head->passed : !tr_row_freed_before(core, station, at)) {
            return TR_NONE; /* whoever stands in the row still stands there */
        }
    }
    const bool lines = plan->discipline == TR_DISCIPLINE_LINE_PER_POSITION;
    for (int i = 0; i < st->waits_n; i++) {
        const struct wait *w = &st->waits[i];
        if (may_serve(w, at, free_only) && (!lines || w->slot < 0 || w->slot == position)) {
            return i;
        }
    }
    return lines ? pick_changer(core, station, at, free_only) : TR_NONE;
}

static bool is_called(const struct queue *q, const struct tr_queue_plan *plan, uint64_t seq)
{
    for (int i = 0; i < plan->positions_n; i++) {
        if (q->positions[i].called_seq == seq) {
            return true;
        }
    }
    return false;
}

/* A place came free: somebody is being served or has left, a moment will tell. */
static void mark_freed(struct station *st, int met)
{
    const struct row *row = &st->u.queue.row;
    for (int n = 0; n < row->freed; n++) {
        if (row->freed_head[n] && met > 0) {
            met--; /* that one stands at a position already */
            continue;
        }
        for (int i = 0; i < st->waits_n; i++) {
            struct wait *w = &st->waits[row->freed_head[n] ? i : st->waits_n - 1 - i];
            if (w->apart == APART_NOT) {
                w->apart = APART_MET;
                break;
            }
        }
    }
}

void tr_queue_mark(struct tr_core *core, int station)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    struct station *st = &core->stations[station];
    const struct queue *q = &st->u.queue;
    const bool tickets = plan->discipline == TR_DISCIPLINE_TICKETS;
    uint8_t was[TR_WAITS_MAX];
    for (int i = 0; i < st->waits_n; i++) {
        struct wait *w = &st->waits[i];
        was[i] = w->apart;
        w->apart = w->away_at != NS_NEVER                       ? APART_AWAY
                   : tickets && is_called(q, plan, w->open_seq) ? APART_MET
                                                                : APART_NOT;
    }
    int met = 0;
    for (int i = 0; i < plan->positions_n; i++) {
        const struct position *p = &q->positions[i];
        if (p->phase == POSITION_COMING && !p->found && p->called_seq == 0 && q->called_n == 0) {
            const int who = tr_queue_pick(core, station, i, p->on_at, true);
            if (who != TR_NONE) {
                st->waits[who].apart = APART_MET;
                met++;
            }
        }
    }
    mark_freed(st, met);
    for (int i = 0; i < st->waits_n; i++) {
        if (st->waits[i].apart != was[i]) {
            tr_core_touch(core, station); /* who stands apart does not count as waiting */
        }
    }
}

/* --- joining and leaving ----------------------------------------------------------------- */

static void join_sensor_speaks(struct tr_core *core, int station, int64_t now)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    queue_of(core, station)->missed_in_row = 0;
    if (plan->join.kind == TR_SOURCE_SENSOR) {
        tr_sensor_suspect(core, plan->join.index, false, now);
    }
}

enum { MISSED_IN_ROW = 10 };

void tr_queue_missed_join(struct tr_core *core, int station, int64_t at)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    struct queue *q = queue_of(core, station);
    core->stations[station].total.missed_joins++;
    tr_core_news(core, station, TR_NEWS_MISSED_JOIN, 0, 0, at);
    q->missed_in_row++;
    if (q->missed_in_row >= MISSED_IN_ROW && plan->join.kind == TR_SOURCE_SENSOR) {
        tr_sensor_suspect(core, plan->join.index, true, core->now);
    }
}

void tr_queue_answer(struct tr_core *core, int station, int index, int64_t at, enum tr_by by)
{
    const struct closing how = {
        .at = at, .outcome = TR_OUTCOME_ANSWERED, .by = by, .reason = TR_REASON_NONE};
    tr_wait_close(core, station, index, &how);
}

static bool was_answered(const struct station *st, const struct party *party)
{
    for (uint32_t i = 1; i <= st->ended_count; i++) {
        const struct ended *e = &st->ended[(st->ended_head + ENDED_MAX - i) % ENDED_MAX];
        if (e->open_seq == party->seq || e->noted < party->first) {
            return e->open_seq == party->seq && e->outcome == TR_OUTCOME_ANSWERED;
        }
    }
    return false;
}

/* One more of a party that waits, or whose first are being served already. */
static bool joins_party(struct tr_core *core, int station, struct party *party, int64_t at)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    struct station *st = &core->stations[station];
    if (plan->party_window_ns == 0 || party->seq == 0 || at - party->last > plan->party_window_ns ||
        at - party->first > plan->party_max_ns) {
        return false;
    }
    const int who = tr_wait_find(st, party->seq);
    if (who == TR_NONE) {
        if (!was_answered(st, party)) {
            return false;
        }
        party->last = at;
        return true;
    }
    struct wait *w = &st->waits[who];
    w->party++;
    w->here++;
    w->last_joined = at;
    party->last = at;
    tr_core_news(core, station, TR_NEWS_JOINED_PARTY, w->open_seq, w->party, at);
    tr_core_touch(core, station);
    return true;
}

static void join(struct tr_core *core, int station, int slot, bool found, int64_t at)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    struct queue *q = queue_of(core, station);
    struct party *party = slot >= 0 ? &q->positions[slot].joined : &q->joined;
    if (joins_party(core, station, party, at)) {
        return;
    }
    struct wait *w = tr_wait_open(core, station, at, found);
    w->slot = (int16_t)slot;
    *party = (struct party){.seq = w->open_seq, .first = at, .last = at};
    if (plan->discipline == TR_DISCIPLINE_TICKETS) {
        w->order_seen = true;
        tr_queue_ticket_drawn(core, station, w->open_seq);
    }
}

/* The newest who really waits; TR_NONE. */
static int newest_waiting(struct tr_core *core, int station)
{
    const struct station *st = &core->stations[station];
    tr_queue_mark(core, station);
    for (int i = st->waits_n - 1; i >= 0; i--) {
        if (st->waits[i].apart == APART_NOT) {
            return i;
        }
    }
    return TR_NONE;
}

/* Someone left unserved: taken to be the newest (RULES 10). */
static void leave(struct tr_core *core, int station, int64_t at)
{
    struct station *st = &core->stations[station];
    const int newest = newest_waiting(core, station);
    if (newest == TR_NONE) {
        /* All who wait stand at a position, so it seems: should that have been
         * nobody, it was this one who left. */
        st->u.queue.left_at = st->waits_n == 0 ? NS_NEVER : at;
        return;
    }
    if (st->waits_n > 1) {
        st->waits[newest].accurate = false;
    }
    const struct closing left = {
        .at = at, .outcome = TR_OUTCOME_ABANDONED, .by = TR_BY_SENSOR, .reason = TR_REASON_LEFT};
    tr_wait_close(core, station, newest, &left);
}

void tr_queue_leave_late(struct tr_core *core, int station)
{
    struct queue *q = queue_of(core, station);
    const int64_t at = q->left_at;
    if (at != NS_NEVER) {
        q->left_at = NS_NEVER;
        leave(core, station, at);
    }
}

/* --- a gate to the line -------------------------------------------------------------------- */

static void go_away(struct tr_core *core, int station, int64_t at)
{
    struct station *st = &core->stations[station];
    const int newest = newest_waiting(core, station);
    if (newest == TR_NONE || queue_plan(core, station)->back_ns == 0) {
        leave(core, station, at);
        return;
    }
    struct wait *w = &st->waits[newest];
    w->accurate = w->accurate && st->waits_n == 1;
    w->away_at = tr_max_i64(at, w->opened);
    w->apart = APART_AWAY;
    tr_core_news(core, station, TR_NEWS_AWAY, w->open_seq, w->away_at - w->opened, at);
    tr_core_touch(core, station);
}

/* @return whether it was somebody who had gone out. */
static bool come_back(struct tr_core *core, int station, int64_t at)
{
    struct station *st = &core->stations[station];
    for (int i = st->waits_n - 1; i >= 0; i--) {
        struct wait *w = &st->waits[i];
        if (w->away_at != NS_NEVER && at - w->away_at <= queue_plan(core, station)->back_ns) {
            w->away_at = NS_NEVER;
            w->apart = APART_NOT;
            tr_core_news(core, station, TR_NEWS_BACK, w->open_seq, at - w->opened, at);
            tr_core_touch(core, station);
            return true;
        }
    }
    return false;
}

static void out_of_room(struct tr_core *core, int station, int64_t at)
{
    if (core->stations[station].waits_n > 0) {
        tr_queue_answer(core, station, 0, at, TR_BY_SENSOR);
    } else {
        tr_queue_missed_join(core, station, at);
    }
}

void tr_queue_crossing(struct tr_core *core, int station, bool is_leave, bool in, bool found,
                       int64_t at)
{
    if (is_leave) {
        if (!in) {
            leave(core, station, at);
        }
    } else if (in) {
        join_sensor_speaks(core, station, core->now);
        if (tr_queue_has_join(core, station) && !come_back(core, station, at)) {
            join(core, station, TR_NONE, found, at);
        }
    } else if (tr_queue_is_room(queue_plan(core, station))) {
        out_of_room(core, station, at);
    } else {
        go_away(core, station, at);
    }
    tr_queue_watch(core, station, core->now);
}

/* --- inputs and commands ---------------------------------------------------------------- */

static void void_newest(struct tr_core *core, int station, int64_t at)
{
    struct station *st = &core->stations[station];
    if (st->waits_n == 0) {
        return;
    }
    const struct closing staff = {
        .at = at, .outcome = TR_OUTCOME_VOID, .by = TR_BY_STAFF, .reason = TR_REASON_STAFF_KEY};
    tr_wait_close(core, station, st->waits_n - 1, &staff);
}

static void active(struct tr_core *core, int station, const struct route *route,
                   const struct input *in)
{
    switch ((enum role)route->role) {
    case ROLE_ARRIVE:
        join_sensor_speaks(core, station, in->now);
        if (tr_queue_has_join(core, station)) {
            join(core, station, TR_NONE, in->found, in->at);
        }
        break;
    case ROLE_JOIN_POSITION:
        join(core, station, route->index, in->found, in->at);
        break;
    case ROLE_LEAVE:
        leave(core, station, in->at);
        break;
    case ROLE_SERVE:
        if (!in->found) {
            tr_queue_serve(core, station, in->at);
        }
        break;
    case ROLE_NEXT:
        if (!in->found) {
            tr_position_next(core, station, route->index, in->at);
        }
        break;
    case ROLE_VOID:
        void_newest(core, station, in->at);
        break;
    default:
        break;
    }
}

void tr_queue_input(struct tr_core *core, int station, const struct route *route,
                    const struct input *in)
{
    tr_queue_account(core, station, in->now);
    if (route->role == ROLE_POSITION) {
        tr_position_input(core, station, route->index, in);
    } else if (route->role == ROLE_PLACE) {
        tr_row_input(core, station, route->index, in);
    } else if (in->level) {
        active(core, station, route, in);
    }
    if (route->role == ROLE_STAFFED) {
        queue_of(core, station)->positions[route->index].staffed = in->level;
        tr_core_touch(core, station);
    }
    tr_queue_watch(core, station, in->now);
}

void tr_queue_set_count(struct tr_core *core, int station, int32_t people, int64_t at)
{
    struct station *st = &core->stations[station];
    const struct closing drift = {
        .at = at, .outcome = TR_OUTCOME_UNKNOWN, .by = TR_BY_STAFF, .reason = TR_REASON_DRIFT};
    /* Who went out or stands at a position is not in line. */
    int who = newest_waiting(core, station);
    while (who != TR_NONE && tr_queue_waiting(core, station) > people) {
        tr_wait_close(core, station, who, &drift);
        who = newest_waiting(core, station);
    }
    for (int n = tr_queue_waiting(core, station); n < people && st->waits_n < TR_WAITS_MAX; n++) {
        tr_wait_open(core, station, at, true);
    }
    tr_queue_watch(core, station, at);
}
