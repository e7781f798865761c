/* Where customers are served: presence, the "next" button, tickets, and how
 * busy those who work there are (RULES 13, 14 and 16). */
#include "core/queue_private.h"

/* From the head of the line to a position takes less. */
#define HEAD_BEFORE_NS (10 * TR_NS_PER_S)
/* Nobody is served in less: "next" was pressed twice. */
#define TWICE_NS (2 * TR_NS_PER_S)
/* Whoever is called by key is at the position in less, and whoever was there has gone. */
#define AWAITED_NS (30 * TR_NS_PER_S)

static struct position *position_of(struct tr_core *core, int station, int i)
{
    return &queue_of(core, station)->positions[i];
}

/* --- how busy ---------------------------------------------------------------------------- */

void tr_queue_account(struct tr_core *core, int station, int64_t until)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    struct station *st = &core->stations[station];
    struct queue *q = &st->u.queue;
    const int64_t from = q->accounted;
    q->accounted = until;
    if (from == NS_LONG_AGO || until <= from) {
        return;
    }
    for (int i = 0; i < plan->positions_n; i++) {
        if (q->positions[i].staffed) {
            struct tr_position_figures *f = &st->total.position[i];
            const bool idle = q->positions[i].phase == POSITION_FREE;
            st->staffed_ns += until - from;
            f->staffed_ns += until - from;
            *(idle ? &st->idle_ns : &st->busy_ns) += until - from;
            *(idle ? &f->idle_ns : &f->busy_ns) += until - from;
        }
    }
}

/* From @from on it was busy, or idle, after all: edges are older than decisions. */
static void correct(struct tr_core *core, int station, int i, int64_t from, bool busy)
{
    struct station *st = &core->stations[station];
    const struct queue *q = &st->u.queue;
    struct tr_position_figures *f = &st->total.position[i];
    if (!q->positions[i].staffed || from >= q->accounted) {
        return;
    }
    const int64_t most = busy ? f->idle_ns : f->busy_ns;
    const int64_t ns = tr_min_i64(q->accounted - from, most) * (busy ? 1 : -1);
    st->busy_ns += ns;
    st->idle_ns -= ns;
    f->busy_ns += ns;
    f->idle_ns -= ns;
}

/* Nobody stood there any more, or at all. */
static void was_idle(struct tr_core *core, int station, int i, int64_t from)
{
    correct(core, station, i, from, false);
}

/* Somebody stood there before it was certain. */
static void was_busy(struct tr_core *core, int station, int i, int64_t from)
{
    correct(core, station, i, from, true);
}

int tr_queue_staffed(const struct tr_core *core, int station)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    int sensors = 0;
    int n = 0;
    for (int i = 0; i < plan->positions_n; i++) {
        sensors += plan->positions[i].staffed != TR_NONE;
        n += queue_seen(core, station)->positions[i].staffed;
    }
    return sensors > 0 ? n : -1;
}

/* --- services ---------------------------------------------------------------------- */

static void record_served(struct tr_core *core, int station, int i, int64_t ended)
{
    struct position *p = position_of(core, station, i);
    const struct closing how = {.at = p->answered_at,
                                .outcome = TR_OUTCOME_ANSWERED,
                                .by = (enum tr_by)p->by,
                                .reason = TR_REASON_NONE};
    /* One till is one person: who served whom is nobody's business by default. */
    tr_wait_record(core, station, &p->served, &how, ended,
                   queue_plan(core, station)->per_position ? i : TR_NONE);
    p->has_wait = false;
}

static void settle(struct tr_core *core, int station, int i, int who)
{
    struct station *st = &core->stations[station];
    struct position *p = position_of(core, station, i);
    struct wait *w = &st->waits[who];
    const bool lines = queue_plan(core, station)->discipline == TR_DISCIPLINE_LINE_PER_POSITION;
    if (w->away_at != NS_NEVER || (lines && w->slot >= 0 && w->slot != i)) {
        w->accurate = false; /* came back unseen, or from another line */
    }
    const struct closing how = {.at = p->answered_at,
                                .outcome = TR_OUTCOME_ANSWERED,
                                .by = (enum tr_by)p->by,
                                .reason = TR_REASON_NONE};
    tr_wait_settle(core, station, who, &how, &p->served);
    p->has_wait = true;
}

/* Whose turn it is: that of somebody who waits, or of whoever was seen to walk
 * straight up past an empty row, who waits from its head to the position. Who came
 * by no way that is seen may be staff. */
static int find_customer(struct tr_core *core, int station, int i, bool *ret_straight)
{
    struct station *st = &core->stations[station];
    const struct position *p = &st->u.queue.positions[i];
    const struct departure *head = tr_row_head_for(core, station, p->on_at);
    const bool walked = head != NULL;
    const int64_t came = walked && head->passed ? head->came : p->on_at;
    tr_queue_mark(core, station);
    int who = tr_queue_pick(core, station, i, p->on_at, false);
    if (head != NULL) {
        tr_row_forget_head(core, station, head);
    } else if (who != TR_NONE && tr_queue_seen_to_walk(core, station, i)) {
        st->waits[who].accurate = false; /* so long on the way that it may be another */
    }
    if (who == TR_NONE && st->waits_n > 0 && st->waits[0].away_at != NS_NEVER &&
        st->waits[0].opened <= p->on_at) {
        who = 0;
    }
    *ret_straight = who == TR_NONE && walked && !tr_queue_has_join(core, station);
    if (*ret_straight) {
        const uint64_t seq = tr_wait_open(core, station, came, false)->open_seq;
        who = tr_wait_find(st, seq);
    }
    return who;
}

static void serve_here(struct tr_core *core, int station, int i)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    struct position *p = position_of(core, station, i);
    bool straight;
    const int who = find_customer(core, station, i, &straight);
    if (who == TR_NONE) {
        if (plan->serve == TR_NONE || tr_sensor_faulty(core, plan->serve)) {
            tr_queue_missed_join(core, station, p->on_at); /* else told at the serve beam */
        }
        return;
    }
    struct wait *w = &core->stations[station].waits[who];
    if (p->called_seq != 0) {
        p->by = TR_BY_STAFF; /* "next" served; that the customer came confirms it */
        p->answered_at = tr_max_i64(p->next_at, w->opened);
    } else if (plan->serve != TR_NONE || plan->discipline == TR_DISCIPLINE_TICKETS) {
        w->accurate = false; /* the serve beam missed it, or nobody called it */
    }
    settle(core, station, i, who);
    if (!straight) {
        tr_row_departed(core, station);
    }
}

/* A customer stands here since @at: the one whose turn it is. */
static void start(struct tr_core *core, int station, int i, int64_t at, enum tr_by by)
{
    struct position *p = position_of(core, station, i);
    p->phase = POSITION_SERVING;
    p->on_at = at;
    p->answered_at = at;
    p->by = (uint8_t)by;
    p->has_wait = false;
    p->keyed = by == TR_BY_STAFF || p->called_seq != 0;
    p->awaited = false;
    queue_of(core, station)->left_at = NS_NEVER;
    tr_core_touch(core, station);
    if (!p->found && tr_queue_take_called(core, station, p)) {
        p->has_wait = true;
    } else if (!p->found) {
        serve_here(core, station, i);
    }
    p->called_seq = 0;
    p->ready = false;
}

static void end(struct tr_core *core, int station, int i, int64_t at)
{
    struct position *p = position_of(core, station, i);
    if (!p->found) {
        struct tr_position_figures *f = &core->stations[station].total.position[i];
        const int64_t service_ns = tr_max_i64(0, at - p->answered_at);
        tr_core_news(core, station, TR_NEWS_SERVED, p->has_wait ? p->served.open_seq : 0,
                     service_ns, at);
        f->served++;
        f->service_ns += service_ns;
    }
    was_idle(core, station, i, at);
    if (p->has_wait) {
        record_served(core, station, i, at);
    }
    p->phase = POSITION_FREE;
    p->found = false;
    tr_core_touch(core, station);
}

static void nobody(struct tr_core *core, int station, int i)
{
    struct position *p = position_of(core, station, i);
    was_idle(core, station, i, p->on_at);
    p->phase = POSITION_FREE;
    p->found = false;
    tr_core_touch(core, station);
    tr_queue_leave_late(core, station);
}

/* --- presence ------------------------------------------------------------------------ */

static const struct tr_sensor *presence_of(const struct tr_core *core, int station, int i)
{
    return &core->plan->sensors[queue_plan(core, station)->positions[i].presence];
}

static void came(struct tr_core *core, int station, int i, const struct input *in)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    struct position *p = position_of(core, station, i);
    if (p->phase == POSITION_GAP) {
        /* The same customer, still standing there, unless the line moved up meanwhile. */
        if (in->at - p->off_at < plan->gap_ns &&
            !tr_row_head_moved_up(core, station, p->off_at, in->at)) {
            p->phase = POSITION_SERVING;
            return;
        }
        end(core, station, i, p->off_at);
    } else if (p->phase == POSITION_SERVING) {
        /* Keyed in already: the sensor only confirms. */
        p->awaited = p->awaited && p->off_at >= p->next_at && in->at - p->off_at < plan->gap_ns;
        return;
    }
    p->phase = POSITION_COMING;
    p->on_at = in->at;
    was_busy(core, station, i, in->at);
    p->found = in->found;
    tr_core_touch(core, station);
    if (plan->min_stay_ns == 0) {
        start(core, station, i, in->at, TR_BY_SENSOR);
    }
}

static void went(struct tr_core *core, int station, int i, const struct input *in)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    struct position *p = position_of(core, station, i);
    if (p->phase == POSITION_COMING) {
        /* Too short for a customer, unless the head of the line had just moved up. */
        if (in->at - p->on_at < plan->min_stay_ns &&
            !tr_row_head_moved_up(core, station, p->on_at - HEAD_BEFORE_NS, p->on_at)) {
            nobody(core, station, i);
            return;
        }
        start(core, station, i, p->on_at, TR_BY_SENSOR);
    }
    if (p->phase != POSITION_SERVING) {
        return;
    }
    if (p->awaited) {
        p->off_at = in->at; /* whoever was here before leaves: the one called is yet to come */
        return;
    }
    p->phase = POSITION_GAP;
    p->off_at = tr_max_i64(in->at, p->on_at);
    if (plan->gap_ns == 0) {
        end(core, station, i, p->off_at);
    }
}

void tr_position_input(struct tr_core *core, int station, int i, const struct input *in)
{
    if (in->level) {
        came(core, station, i, in);
    } else {
        went(core, station, i, in);
    }
}

/* --- the "next" button ------------------------------------------------------------------ */

static void no_show(struct tr_core *core, int station, int i, enum tr_by by)
{
    struct position *p = position_of(core, station, i);
    const int who = tr_wait_find(&core->stations[station], p->called_seq);
    const struct closing how = {
        .at = p->next_at, .outcome = TR_OUTCOME_ABANDONED, .by = by, .reason = TR_REASON_NO_SHOW};
    p->called_seq = 0;
    if (who != TR_NONE) {
        tr_wait_close(core, station, who, &how);
    }
}

/* A number is called: its customer has no_show_ns to come. */
static void call_ticket(struct tr_core *core, int station, int i, int who, int64_t at)
{
    struct wait *w = &core->stations[station].waits[who];
    struct position *p = position_of(core, station, i);
    p->ready = false;
    p->called_seq = w->open_seq;
    p->next_at = tr_max_i64(at, w->opened);
    w->apart = APART_MET;
    tr_core_news(core, station, TR_NEWS_CALLED, p->called_seq, p->next_at - w->opened, p->next_at);
    tr_core_touch(core, station);
}

static void next_ticket(struct tr_core *core, int station, int i, int64_t at)
{
    struct position *p = position_of(core, station, i);
    tr_queue_mark(core, station);
    const int who = tr_queue_pick(core, station, i, at, true);
    if (who != TR_NONE) {
        call_ticket(core, station, i, who, at);
    } else {
        p->ready = true; /* whoever draws the next ticket is called at once */
        p->next_at = at;
    }
}

void tr_queue_ticket_drawn(struct tr_core *core, int station, uint64_t open_seq)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    const struct queue *q = queue_of(core, station);
    int first = TR_NONE;
    for (int i = 0; i < plan->positions_n; i++) {
        if (q->positions[i].ready &&
            (first == TR_NONE || q->positions[i].next_at < q->positions[first].next_at)) {
            first = i;
        }
    }
    if (first != TR_NONE) {
        call_ticket(core, station, first, tr_wait_find(&core->stations[station], open_seq),
                    q->positions[first].next_at);
    }
}

/* "Next, please": the last service here ends, the next one begins. Where presence
 * began it, the key is for whoever stands there. */
void tr_position_next(struct tr_core *core, int station, int i, int64_t at)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    const bool tickets = plan->discipline == TR_DISCIPLINE_TICKETS;
    const bool seen = plan->positions[i].presence != TR_NONE;
    struct position *p = position_of(core, station, i);
    if (p->pressed_at != 0 && at - p->pressed_at < TWICE_NS) {
        return; /* the same press */
    }
    p->pressed_at = at;
    if (p->phase == POSITION_SERVING && seen && !tickets && !p->keyed && !p->found) {
        p->keyed = true;
        return;
    }
    if (p->phase == POSITION_SERVING || p->phase == POSITION_GAP) {
        end(core, station, i, p->phase == POSITION_GAP ? p->off_at : at);
    }
    if (p->called_seq != 0 && p->phase == POSITION_FREE) {
        no_show(core, station, i, TR_BY_STAFF); /* whoever was called is given up */
    }
    if (tickets && seen) {
        if (p->phase == POSITION_FREE || p->phase == POSITION_COMING) {
            next_ticket(core, station, i, at);
        }
        return;
    }
    tr_queue_mark(core, station);
    if (tr_queue_pick(core, station, i, at, false) != TR_NONE) {
        const bool here = p->phase == POSITION_COMING;
        p->found = false;
        start(core, station, i, at, TR_BY_STAFF);
        p->awaited = seen && !here;
        p->next_at = at;
    }
}

/* --- time -------------------------------------------------------------------------------- */

/* Decisions wait until an opposite edge within the limit would have been
 * decided too, so that edges count and not the moments they were believed. */
int64_t tr_position_deadline(const struct tr_core *core, int station, int i)
{
    const struct position *p = &queue_seen(core, station)->positions[i];
    const struct tr_queue_plan *plan = queue_plan(core, station);
    if (p->phase == POSITION_COMING) {
        return p->on_at + plan->min_stay_ns + presence_of(core, station, i)->release_ns;
    }
    if (p->phase == POSITION_GAP) {
        return p->off_at + plan->gap_ns + presence_of(core, station, i)->press_ns;
    }
    if (p->phase == POSITION_SERVING && p->awaited) {
        return p->next_at + AWAITED_NS + presence_of(core, station, i)->press_ns;
    }
    if (p->called_seq != 0) {
        return p->next_at + plan->no_show_ns + presence_of(core, station, i)->press_ns;
    }
    return NS_NEVER;
}

/* Whoever was called by key stands here by now, or nobody saw him come and go. */
static void awaited_due(struct tr_core *core, int station, int i)
{
    struct position *p = position_of(core, station, i);
    p->awaited = false;
    if (core->sensors[queue_plan(core, station)->positions[i].presence].level) {
        return;
    }
    if (p->has_wait) {
        record_served(core, station, i, NS_NEVER);
    }
    was_idle(core, station, i, tr_max_i64(p->off_at, p->on_at));
    p->phase = POSITION_FREE;
    tr_core_touch(core, station);
}

/* Somebody has been standing here ever since the call: whoever was called stepped up
 * as the one before left, so it seems. */
static bool came_unseen(struct tr_core *core, int station, int i)
{
    const struct position *p = position_of(core, station, i);
    const int16_t presence = queue_plan(core, station)->positions[i].presence;
    const int who = tr_wait_find(&core->stations[station], p->called_seq);
    if (p->phase != POSITION_FREE || who == TR_NONE || !core->sensors[presence].level ||
        tr_sensor_faulty(core, presence)) {
        return false;
    }
    core->stations[station].waits[who].accurate = false;
    start(core, station, i, p->next_at, TR_BY_STAFF);
    return true;
}

void tr_position_due(struct tr_core *core, int station, int i)
{
    const struct position *p = position_of(core, station, i);
    if (p->phase == POSITION_COMING) {
        start(core, station, i, p->on_at, TR_BY_SENSOR);
    } else if (p->phase == POSITION_GAP) {
        end(core, station, i, p->off_at);
    } else if (p->phase == POSITION_SERVING) {
        awaited_due(core, station, i);
    } else if (!came_unseen(core, station, i)) {
        no_show(core, station, i, TR_BY_RULE);
    }
}

void tr_position_lost(struct tr_core *core, int station, int i)
{
    struct position *p = position_of(core, station, i);
    if (p->phase == POSITION_COMING) {
        nobody(core, station, i);
    } else if (p->phase != POSITION_FREE) {
        p->served.accurate = false;
        if (p->has_wait) {
            /* A gap already seen is the best end there is. */
            record_served(core, station, i, p->phase == POSITION_GAP ? p->off_at : NS_NEVER);
        }
        p->phase = POSITION_FREE;
        p->found = false;
    }
    p->called_seq = 0;
    p->ready = false;
    tr_core_touch(core, station);
}

int tr_queue_in_service(const struct tr_core *core, int station)
{
    int n = 0;
    for (int i = 0; i < queue_plan(core, station)->positions_n; i++) {
        n += queue_seen(core, station)->positions[i].phase != POSITION_FREE;
    }
    return n;
}

void tr_queue_end(struct tr_core *core, int station)
{
    struct queue *q = queue_of(core, station);
    while (q->called_n > 0) {
        tr_queue_called_due(core, station);
    }
    for (int i = 0; i < queue_plan(core, station)->positions_n; i++) {
        struct position *p = &q->positions[i];
        if (p->has_wait) {
            record_served(core, station, i, p->phase == POSITION_GAP ? p->off_at : NS_NEVER);
        }
        *p = (struct position){.phase = POSITION_FREE, .staffed = p->staffed};
    }
    q->left_at = NS_NEVER;
    q->row.owed = 0;
    q->row.freed = 0;
}
