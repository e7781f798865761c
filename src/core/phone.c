/* A telephone: answered by the third ring, counted in real bursts (RULES 17, 18). */
#include "core/core_private.h"

/* Silence of one and a half learned pauses, and a little, ends a call. */
#define SILENCE_SLACK_NS (TR_NS_PER_S / 2)
enum { LEARN_GAPS = 2, LEARN_WEIGHT = 4 };

static const struct tr_phone_line *line_plan(const struct tr_core *core, int station, int i)
{
    return &core->plan->stations[station].u.phone.lines[i];
}

static struct phone_line *line_of(struct tr_core *core, int station, int i)
{
    return &core->stations[station].u.phone.lines[i];
}

static int wait_of_line(const struct station *st, int line)
{
    for (int i = 0; i < st->waits_n; i++) {
        if (st->waits[i].slot == line) {
            return i;
        }
    }
    return TR_NONE;
}

static int64_t silence_ns(const struct tr_core *core, int station, int i)
{
    const int64_t learned = core->stations[station].u.phone.lines[i].gap_ns;
    /* Never hastier than the plan's own cadence: one quick call must not cut
     * every slower one in pieces. Only the decision comes later. */
    const int64_t gap = tr_max_i64(learned, core->plan->ring_off_ns);
    return gap + gap / 2 + SILENCE_SLACK_NS;
}

/* The longest pause of ordinary calls, slowly following the exchange's habits. */
static void learn(struct phone_line *l)
{
    if (l->call_gaps >= LEARN_GAPS) {
        l->gap_ns = l->gap_ns == 0 ? l->call_gap_ns
                                   : l->gap_ns + (l->call_gap_ns - l->gap_ns) / LEARN_WEIGHT;
    }
    l->call_gaps = 0;
    l->call_gap_ns = 0;
}

/* --- ringing ------------------------------------------------------------------------- */

static void burst_begins(struct tr_core *core, int station, int i, const struct input *in)
{
    struct station *st = &core->stations[station];
    struct phone_line *l = line_of(core, station, i);
    l->ringing = true;
    l->silent_at = NS_NEVER;
    if (l->phase == LINE_TALKING) {
        return; /* call waiting: heard by the one who talks, not by the shop */
    }
    if (l->phase == LINE_IDLE) {
        struct wait *w = tr_wait_open(core, station, in->at, in->found);
        w->slot = (int16_t)i;
        w->order_seen = true;
        l->phase = LINE_RINGING;
        return;
    }
    const int64_t gap = in->at - l->burst_end;
    l->call_gaps++;
    l->call_gap_ns = tr_max_i64(l->call_gap_ns, gap);
    const int index = wait_of_line(st, i);
    if (index != TR_NONE) {
        st->waits[index].rings++;
        tr_core_news(core, station, TR_NEWS_RING, st->waits[index].open_seq, st->waits[index].rings,
                     in->at);
        tr_core_touch(core, station);
    }
}

static void burst_ends(struct tr_core *core, int station, int i, const struct input *in)
{
    struct phone_line *l = line_of(core, station, i);
    l->ringing = false;
    l->burst_end = in->at;
    if (l->phase == LINE_RINGING) {
        const struct tr_sensor *ring = &core->plan->sensors[line_plan(core, station, i)->ring];
        l->silent_at = in->at + silence_ns(core, station, i) + ring->press_ns;
    }
}

/* Nobody rings any more and nobody picked up, as far as the sensors can tell. */
static void silent(struct tr_core *core, int station, int i)
{
    struct station *st = &core->stations[station];
    const struct tr_phone_line *plan = line_plan(core, station, i);
    struct phone_line *l = line_of(core, station, i);
    const int32_t divert = core->plan->stations[station].u.phone.divert_rings;
    l->phase = LINE_IDLE;
    l->silent_at = NS_NEVER;
    learn(l);
    const int index = wait_of_line(st, i);
    if (index == TR_NONE) {
        return;
    }
    struct closing how = {.at = l->burst_end,
                          .outcome = TR_OUTCOME_UNKNOWN,
                          .by = TR_BY_SENSOR,
                          .reason = TR_REASON_SILENCE};
    if (divert > 0 && st->waits[index].rings == divert) {
        how.reason = TR_REASON_DIVERTED;
    } else if (plan->hook != TR_NONE && plan->hook_sees == TR_HOOK_LINE) {
        how.outcome = TR_OUTCOME_ABANDONED;
    }
    tr_wait_close(core, station, index, &how);
}

/* --- answers -------------------------------------------------------------------------- */

static void answered(struct tr_core *core, int station, int i, int64_t at, enum tr_by by)
{
    struct station *st = &core->stations[station];
    struct phone_line *l = line_of(core, station, i);
    const int index = wait_of_line(st, i);
    const struct closing how = {
        .at = at, .outcome = TR_OUTCOME_ANSWERED, .by = by, .reason = TR_REASON_NONE};
    learn(l);
    l->silent_at = NS_NEVER;
    l->answered_at = at;
    l->by = (uint8_t)by;
    const bool hook = line_plan(core, station, i)->hook != TR_NONE;
    l->phase = hook ? LINE_TALKING : LINE_IDLE;
    tr_core_touch(core, station);
    if (index == TR_NONE) {
        return;
    }
    if (hook) {
        tr_wait_settle(core, station, index, &how, &l->served);
        l->has_wait = true;
    } else {
        tr_wait_close(core, station, index, &how);
    }
}

static void record_call(struct tr_core *core, int station, int i, int64_t ended)
{
    struct phone_line *l = line_of(core, station, i);
    const struct closing how = {.at = l->answered_at,
                                .outcome = TR_OUTCOME_ANSWERED,
                                .by = (enum tr_by)l->by,
                                .reason = TR_REASON_NONE};
    tr_wait_record(core, station, &l->served, &how, ended, i);
    l->has_wait = false;
}

static void hung_up(struct tr_core *core, int station, int i, int64_t at)
{
    struct phone_line *l = line_of(core, station, i);
    if (l->phase != LINE_TALKING) {
        return;
    }
    l->phase = LINE_IDLE;
    tr_core_touch(core, station);
    if (l->has_wait) {
        tr_core_news(core, station, TR_NEWS_SERVED, l->served.open_seq,
                     tr_max_i64(0, at - l->answered_at), at);
        record_call(core, station, i, at);
    }
}

void tr_phone_input(struct tr_core *core, int station, const struct route *route,
                    const struct input *in)
{
    struct phone_line *l = line_of(core, station, route->index);
    const int i = route->index;
    if (route->role == ROLE_RING) {
        if (in->level) {
            burst_begins(core, station, i, in);
        } else {
            burst_ends(core, station, i, in);
        }
    } else if (route->role == ROLE_HOOK) {
        if (!in->level) {
            hung_up(core, station, i, in->at);
        } else if (l->phase == LINE_RINGING) {
            answered(core, station, i, in->at, TR_BY_SENSOR);
        } else if (l->phase == LINE_IDLE) {
            l->phase = LINE_TALKING; /* an outgoing call: nobody waited */
            tr_core_touch(core, station);
        }
    } else if (route->role == ROLE_ANSWER && in->level && l->phase == LINE_RINGING) {
        answered(core, station, i, in->at, TR_BY_STAFF);
    }
}

int64_t tr_phone_deadline(const struct tr_core *core, int station)
{
    int64_t at = NS_NEVER;
    for (int i = 0; i < core->plan->stations[station].u.phone.lines_n; i++) {
        at = tr_min_i64(at, core->stations[station].u.phone.lines[i].silent_at);
    }
    return at;
}

void tr_phone_due(struct tr_core *core, int station, int64_t now)
{
    for (int i = 0; i < core->plan->stations[station].u.phone.lines_n; i++) {
        if (core->stations[station].u.phone.lines[i].silent_at <= now) {
            silent(core, station, i);
        }
    }
}

/* Bursts may have been missed while nobody watched: listen anew. */
void tr_phone_resume(struct tr_core *core, int station, int64_t now)
{
    for (int i = 0; i < core->plan->stations[station].u.phone.lines_n; i++) {
        struct phone_line *l = line_of(core, station, i);
        if (l->phase == LINE_RINGING && !l->ringing) {
            l->silent_at = now + silence_ns(core, station, i);
        }
    }
}

void tr_phone_lost(struct tr_core *core, int station, int sensor, int64_t now)
{
    (void)core;
    (void)station;
    (void)sensor;
    (void)now;
}

int tr_phone_in_service(const struct tr_core *core, int station)
{
    int n = 0;
    for (int i = 0; i < core->plan->stations[station].u.phone.lines_n; i++) {
        n += core->stations[station].u.phone.lines[i].phase == LINE_TALKING;
    }
    return n;
}

void tr_phone_end(struct tr_core *core, int station)
{
    for (int i = 0; i < core->plan->stations[station].u.phone.lines_n; i++) {
        struct phone_line *l = line_of(core, station, i);
        if (l->has_wait) {
            record_call(core, station, i, NS_NEVER);
        }
        *l = (struct phone_line){.phase = LINE_IDLE, .silent_at = NS_NEVER, .gap_ns = l->gap_ns};
    }
}
