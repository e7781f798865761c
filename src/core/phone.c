/* A telephone: answered by the third ring, counted in real bursts (RULES 17, 18). */
#include "core/core_private.h"

/* Silence of one and a half learned pauses, and a little, ends a call. */
#define SILENCE_SLACK_NS (TR_NS_PER_S / 2)
/* Pauses of one ring (0.4 s on, 0.2 off, 0.4 on) as long as nothing is learned. */
#define SAME_RING_LEAST_NS (TR_NS_PER_S / 5)
#define SAME_RING_MOST_NS  TR_NS_PER_S
/* No exchange rings again so soon: a shorter pause is within a ring. */
#define LEARN_LEAST_NS (TR_NS_PER_S / 2)
enum { LEARN_TIMES = 2, LEARN_WEIGHT = 4, ALIKE_SHARE = 5 };

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

/* --- the cadence ---------------------------------------------------------------------- */

/* Bursts less than this apart are one ring: clearly less than the cadence's long pause. */
static int64_t same_ring_ns(const struct tr_core *core, const struct phone_line *l)
{
    if (l->gap_ns > 0) {
        return l->gap_ns / 2;
    }
    return tr_max_i64(SAME_RING_LEAST_NS,
                      tr_min_i64(SAME_RING_MOST_NS, core->plan->ring_off_ns / 4));
}

static bool alike(int64_t a, int64_t b)
{
    const int64_t apart = a > b ? a - b : b - a;
    return apart <= tr_max_i64(a, b) / ALIKE_SHARE;
}

/* The long pause of this call's ringing, or 0: the longest one, if it came more
 * than once. Half a ring, one ring, or a hole in the evidence teach nothing. */
static int64_t long_pause(const struct phone_line *l)
{
    int64_t longest = 0;
    int times = 0;
    for (int i = 0; i < l->pauses_n; i++) {
        longest = tr_max_i64(longest, l->pause_ns[i]);
    }
    for (int i = 0; i < l->pauses_n; i++) {
        times += alike(l->pause_ns[i], longest);
    }
    return longest >= LEARN_LEAST_NS && times >= LEARN_TIMES ? longest : 0;
}

/* A call is over. What is learned follows the exchange's habits slowly; another
 * habit must be heard in two calls before it counts. */
static void learn(const struct station *st, struct phone_line *l, int index)
{
    const bool trusted = index != TR_NONE && st->waits[index].accurate;
    const int64_t seen = trusted ? long_pause(l) : 0;
    l->pauses_n = 0;
    if (seen == 0) {
        return;
    }
    if (l->gap_ns > 0 && alike(seen, l->gap_ns)) {
        l->gap_ns += (seen - l->gap_ns) / LEARN_WEIGHT;
        l->maybe_ns = 0;
    } else if (l->maybe_ns > 0 && alike(seen, l->maybe_ns)) {
        l->gap_ns = seen;
        l->maybe_ns = 0;
    } else {
        l->maybe_ns = seen;
    }
}

/* --- ringing ------------------------------------------------------------------------- */

static void another_burst(struct tr_core *core, int station, int i, int64_t at)
{
    struct station *st = &core->stations[station];
    struct phone_line *l = line_of(core, station, i);
    const int64_t pause = at - l->burst_end;
    if (l->pauses_n < PAUSES_MAX) {
        l->pause_ns[l->pauses_n++] = pause;
    }
    const int index = wait_of_line(st, i);
    if (pause < same_ring_ns(core, l) || index == TR_NONE) {
        return;
    }
    l->ring_at = at;
    st->waits[index].rings++;
    tr_core_news(core, station, TR_NEWS_RING, st->waits[index].open_seq, st->waits[index].rings,
                 at);
    tr_core_touch(core, station);
}

static void burst_begins(struct tr_core *core, int station, int i, const struct input *in)
{
    struct phone_line *l = line_of(core, station, i);
    l->ringing = true;
    l->silent_at = NS_NEVER;
    if (l->phase == LINE_RINGING) {
        another_burst(core, station, i, in->at);
    } else if (l->phase == LINE_IDLE) {
        struct wait *w = tr_wait_open(core, station, in->at, in->found);
        w->slot = (int16_t)i;
        w->order_seen = true;
        l->phase = LINE_RINGING;
        l->ring_at = in->at;
        l->pauses_n = 0;
    }
    /* Else call waiting: heard by the one who talks, not by the shop. */
}

/* Picked up by its key, but its hook has not moved: perhaps it never will. */
static bool keyed_only(const struct tr_core *core, int station, int i)
{
    const int16_t hook = line_plan(core, station, i)->hook;
    const struct phone_line *l = &core->stations[station].u.phone.lines[i];
    return l->phase == LINE_TALKING && hook != TR_NONE && !core->sensors[hook].level;
}

static void await_silence(struct tr_core *core, int station, int i, int64_t from)
{
    const struct tr_sensor *ring = &core->plan->sensors[line_plan(core, station, i)->ring];
    line_of(core, station, i)->silent_at = from + silence_ns(core, station, i) + ring->press_ns;
}

static void burst_ends(struct tr_core *core, int station, int i, const struct input *in)
{
    struct phone_line *l = line_of(core, station, i);
    l->ringing = false;
    l->burst_end = in->at;
    if (l->phase == LINE_RINGING || keyed_only(core, station, i)) {
        await_silence(core, station, i, in->at);
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

/* Nobody rings any more and nobody picked up, as far as the sensors can tell. */
static void silent(struct tr_core *core, int station, int i)
{
    struct station *st = &core->stations[station];
    const struct tr_phone_line *plan = line_plan(core, station, i);
    struct phone_line *l = line_of(core, station, i);
    const int32_t divert = core->plan->stations[station].u.phone.divert_rings;
    const int index = wait_of_line(st, i);
    l->phase = LINE_IDLE;
    l->silent_at = NS_NEVER;
    learn(st, l, index);
    if (l->has_wait) {
        record_call(core, station, i, NS_NEVER); /* keyed, and never lifted */
        tr_core_touch(core, station);
    }
    if (index == TR_NONE) {
        return;
    }
    struct closing how = {.at = l->burst_end,
                          .outcome = TR_OUTCOME_UNKNOWN,
                          .by = TR_BY_SENSOR,
                          .reason = TR_REASON_SILENCE};
    if (divert > 0 && st->waits[index].rings == divert) {
        how.reason = TR_REASON_DIVERTED;
    } else if (tr_sensor_faulty(core, plan->hook)) {
        how.reason = TR_REASON_BLIND; /* it would not have seen an answer either */
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
    const bool hook = line_plan(core, station, i)->hook != TR_NONE;
    learn(st, l, index);
    l->answered_at = at;
    l->by = (uint8_t)by;
    /* Without a hook to see, what goes on ringing after the key is the same call. */
    l->phase = hook ? LINE_TALKING : LINE_RINGING;
    if (!hook || keyed_only(core, station, i)) {
        if (!l->ringing) {
            await_silence(core, station, i, tr_max_i64(at, l->burst_end));
        }
    } else {
        l->silent_at = NS_NEVER;
    }
    tr_core_touch(core, station);
    if (index != TR_NONE && l->ring_at > at && st->waits[index].rings > 1) {
        st->waits[index].rings--; /* picked up just before this one, seen just after */
    }
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
        } else if (l->phase == LINE_TALKING) {
            l->silent_at = NS_NEVER; /* keyed first, and lifted now */
        } else {
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

/* What the sensor said last is no evidence any more; what the others say still is. */
static void lost(struct tr_core *core, int station, int i, int sensor, int64_t now)
{
    const struct tr_phone_line *plan = line_plan(core, station, i);
    struct phone_line *l = line_of(core, station, i);
    const int index = wait_of_line(&core->stations[station], i);
    if (index != TR_NONE) {
        const struct closing blind = {
            .at = now, .outcome = TR_OUTCOME_UNKNOWN, .by = TR_BY_RULE, .reason = TR_REASON_BLIND};
        tr_wait_close(core, station, index, &blind);
    }
    l->pauses_n = 0;
    /* Ringing that goes on beside a faulty hook is still the call that has ended. */
    const bool over = l->phase == LINE_TALKING ? sensor == plan->hook : sensor == plan->ring;
    if (over) {
        if (l->has_wait) {
            record_call(core, station, i, NS_NEVER);
        }
        l->phase = LINE_IDLE;
        l->silent_at = NS_NEVER;
        tr_core_touch(core, station);
    }
}

void tr_phone_lost(struct tr_core *core, int station, int sensor, int64_t now)
{
    for (int i = 0; i < core->plan->stations[station].u.phone.lines_n; i++) {
        const struct tr_phone_line *plan = line_plan(core, station, i);
        const bool key = plan->answer == sensor && plan->hook == TR_NONE;
        if (plan->ring == sensor || plan->hook == sensor || key) {
            lost(core, station, i, sensor, now);
        }
    }
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
        *l = (struct phone_line){.phase = LINE_IDLE,
                                 .silent_at = NS_NEVER,
                                 .gap_ns = l->gap_ns,
                                 .maybe_ns = l->maybe_ns};
    }
}
