/* Counters that only grow, and the closed waits that windows look back on. */
#include <math.h>
#include <string.h>

#include "base/quantile.h"
#include "core/core_private.h"

const int32_t tr_bucket_le_s[TR_BUCKETS - 1] = {5,   10,  18,  20,  30,  45,   60,  90,
                                                120, 180, 240, 300, 600, 1200, 1800};

static void count_answered(struct tr_station_metrics *t, int64_t wait_ns)
{
    t->wait_sum_s += tr_ns_to_s(wait_ns);
    for (int b = 0; b < TR_BUCKETS; b++) {
        if (b == TR_BUCKETS - 1 || wait_ns <= tr_bucket_le_s[b] * TR_NS_PER_S) {
            t->bucket[b]++;
        }
    }
}

static void count_totals(struct station *st, const struct tr_core *core, const struct wait *w,
                         const struct closing *how)
{
    struct tr_station_metrics *t = &st->total;
    t->outcome[how->outcome]++;
    if (how->outcome == TR_OUTCOME_ANSWERED) {
        t->answered_by_staff += how->by == TR_BY_STAFF;
        if (!w->found) {
            count_answered(t, how->at - w->opened);
        }
    }
    t->drift += how->outcome == TR_OUTCOME_UNKNOWN && how->reason == TR_REASON_DRIFT;
    st->day_void += how->outcome == TR_OUTCOME_VOID && how->at >= core->day_began;
}

static void count_promise(struct tr_core *core, int station, const struct wait *w, int64_t closed,
                          enum tr_verdict verdict)
{
    struct station *st = &core->stations[station];
    if (verdict == TR_VERDICT_KEPT) {
        st->total.kept++;
        st->streak++;
        const int32_t goal = core->plan->alerts.kept_streak;
        if (goal > 0 && st->streak % goal == 0) {
            tr_core_news(core, station, TR_NEWS_STREAK, w->open_seq, st->streak, closed);
        }
        core->lamps_stale = true;
    } else if (verdict == TR_VERDICT_MISSED) {
        st->total.missed++;
        st->streak = 0;
        core->lamps_stale = true;
    }
}

/* @return whether its length is known and is that of an answer. */
static bool tally_one(struct tally *t, const struct ended *e)
{
    const bool counted = e->verdict != TR_VERDICT_NOT_COUNTED;
    const bool kept = e->verdict == TR_VERDICT_KEPT;
    t->counted += counted;
    t->kept += kept;
    t->unsure += e->judged && e->outcome != TR_OUTCOME_VOID &&
                 (e->found || e->outcome == TR_OUTCOME_UNKNOWN);
    if (e->daypart >= 0 && e->daypart < TR_DAYPARTS_MAX) {
        t->daypart[e->daypart].counted += counted;
        t->daypart[e->daypart].kept += kept;
    }
    const bool answered = e->outcome == TR_OUTCOME_ANSWERED && !e->found;
    t->answered += answered;
    return answered;
}

void tr_stats_count(struct tr_core *core, int station, const struct wait *w,
                    const struct closing *how, enum tr_verdict verdict)
{
    struct station *st = &core->stations[station];
    count_totals(st, core, w, how);
    count_promise(core, station, w, how->at, verdict);
    struct ended *e = &st->ended[st->ended_head];
    if (st->ended_count < ENDED_MAX) {
        st->ended_count++;
    } else if (e->closed >= core->day_began) {
        st->total.day_dropped += tally_one(&st->day_beyond, e);
    }
    *e = (struct ended){.open_seq = w->open_seq,
                        .closed = how->at,
                        .noted = tr_max_i64(core->now, how->at),
                        .left = NS_NEVER,
                        .wait_ns = how->at - w->opened,
                        .outcome = (uint8_t)how->outcome,
                        .verdict = (uint8_t)verdict,
                        .daypart = (int8_t)w->daypart,
                        .found = w->found,
                        .judged = w->threshold_ns > 0};
    st->ended_head = (st->ended_head + 1) % ENDED_MAX;
}

void tr_stats_left(struct station *st, uint64_t open_seq, int64_t at)
{
    for (uint32_t i = 1; i <= st->ended_count; i++) {
        struct ended *e = &st->ended[(st->ended_head + ENDED_MAX - i) % ENDED_MAX];
        if (e->open_seq == open_seq) {
            e->left = at;
            return;
        }
    }
}

static int64_t window_ns(const struct tr_core *core, int station)
{
    const int64_t ns = core->plan->stations[station].target.window_ns;
    return ns > 0 ? ns : 3600 * TR_NS_PER_S;
}

/* Those still waiting past their threshold have been missed already. */
static void tally_overdue(const struct tr_core *core, int station, int64_t at, struct tally *t)
{
    const struct station *st = &core->stations[station];
    for (int i = 0; i < st->waits_n; i++) {
        const struct wait *w = &st->waits[i];
        if (w->apart != APART_NOT || w->voided ||
            tr_target_verdict(&core->plan->stations[station], w, TR_OUTCOME_ANSWERED,
                              tr_max_i64(0, at - w->opened)) != TR_VERDICT_MISSED) {
            continue;
        }
        t->counted++;
        if (w->daypart >= 0) {
            t->daypart[w->daypart].counted++;
        }
    }
}

struct tally tr_stats_since(const struct tr_core *core, int station, int64_t from, int64_t at,
                            double *waits)
{
    const struct station *st = &core->stations[station];
    struct tally t = {0};
    for (uint32_t i = 1; i <= st->ended_count; i++) {
        const struct ended *e = &st->ended[(st->ended_head + ENDED_MAX - i) % ENDED_MAX];
        if (e->noted < from) {
            break; /* what was counted earlier closed earlier still */
        }
        if (e->closed >= from && tally_one(&t, e) && waits != NULL) {
            waits[t.answered - 1] = tr_ns_to_s(e->wait_ns);
        }
    }
    tally_overdue(core, station, at, &t);
    return t;
}

/* Today's, in which nothing is forgotten but the lengths. */
static struct tally tally_today(const struct tr_core *core, int station, int64_t at, double *waits,
                                int32_t *ret_lengths)
{
    struct tally t = tr_stats_since(core, station, core->day_began, at, waits);
    const struct tally *b = &core->stations[station].day_beyond;
    *ret_lengths = t.answered;
    t.counted += b->counted;
    t.kept += b->kept;
    t.answered += b->answered;
    t.unsure += b->unsure;
    for (int d = 0; d < TR_DAYPARTS_MAX; d++) {
        t.daypart[d].counted += b->daypart[d].counted;
        t.daypart[d].kept += b->daypart[d].kept;
    }
    return t;
}

static struct tally tally_window(const struct tr_core *core, int station, int64_t at, double *waits)
{
    const int64_t from = tr_max_i64(-NS_HORIZON, at) - window_ns(core, station);
    return tr_stats_since(core, station, from, at, waits);
}

/* The whole is 100 exactly, also of more nanoseconds than a double holds. */
static double percent(double part, double whole)
{
    if (whole <= 0.0) {
        return (double)NAN;
    }
    return part == whole ? 100.0 : 100.0 * part / whole;
}

/* Opening time since the last account of it, and what of it is seen in full. */
static int64_t running_ns(const struct tr_core *core, const struct station *st, int64_t at)
{
    return core->open && st->sight_at != NS_LONG_AGO ? tr_max_i64(0, at - st->sight_at) : 0;
}

static int64_t running_full_ns(const struct tr_core *core, const struct station *st, int64_t at)
{
    return st->measuring == TR_MEASURING_FULL ? running_ns(core, st, at) : 0;
}

static double coverage_today(const struct tr_core *core, const struct station *st, int64_t at)
{
    return percent((double)(st->day_full_ns + running_full_ns(core, st, at)),
                   (double)(st->day_open_ns + running_ns(core, st, at)));
}

static int64_t oldest_waiting(const struct tr_core *core, int station, const struct wait **ret)
{
    const struct station *st = &core->stations[station];
    for (int i = 0; i < st->waits_n; i++) {
        if (st->waits[i].apart == APART_NOT) {
            *ret = &st->waits[i];
            return st->waits[i].opened;
        }
    }
    return NS_NEVER;
}

void tr_core_station_state(const struct tr_core *core, int station, struct tr_mono at,
                           struct tr_station_state *ret)
{
    const struct station *st = &core->stations[station];
    const struct tr_station *plan = &core->plan->stations[station];
    memset(ret, 0, sizeof(*ret));
    for (int i = 0; i < st->waits_n; i++) {
        if (st->waits[i].apart == APART_NOT) {
            ret->waiting++;
            ret->people += st->waits[i].here;
        }
    }
    const struct wait *w = NULL;
    if (oldest_waiting(core, station, &w) != NS_NEVER) {
        ret->oldest_wait_ns = tr_max_i64(0, at.ns - w->opened);
        ret->oldest_rings = plan->kind == TR_KIND_PHONE
                                ? w->rings
                                : tr_target_rings(core->plan, ret->oldest_wait_ns);
    }
    ret->in_service = plan->kind == TR_KIND_QUEUE   ? tr_queue_in_service(core, station)
                      : plan->kind == TR_KIND_PHONE ? tr_phone_in_service(core, station)
                                                    : 0;
    ret->level = (enum tr_level)st->alerts[TR_RULE_WAIT].shown;
    ret->acked = st->alerts[TR_RULE_WAIT].state == TR_ALERT_ACKED;
    ret->open = core->open;
    ret->streak = st->streak;
    const struct tr_target *target = tr_target_now(core, station);
    ret->threshold_ns = target->unit == TR_TARGET_NONE ? 0 : target->threshold_ns;
    const struct tally window = tally_window(core, station, at.ns, NULL);
    int32_t lengths;
    const struct tally day = tally_today(core, station, at.ns, NULL, &lengths);
    ret->service_level_pct = percent(window.kept, window.counted);
    ret->today_pct = percent(day.kept, day.counted);
    ret->today_arrivals = (int32_t)tr_min_i64(st->day_arrivals, INT32_MAX);
    ret->today_served = day.answered;
    ret->today_void = (int32_t)tr_min_i64(st->day_void, INT32_MAX);
    ret->measuring = (enum tr_measuring)st->measuring;
    ret->coverage_pct = coverage_today(core, st, at.ns);
    ret->staffed = -1;
    if (plan->kind == TR_KIND_QUEUE) {
        ret->at_least = st->u.queue.row.full;
        ret->staffed = tr_queue_staffed(core, station);
    }
}

static void quantiles(double *waits, int32_t n, double *p50, double *p90, double *p95)
{
    *p50 = n > 0 ? tr_quantile(waits, (size_t)n, 0.50) : (double)NAN;
    *p90 = n > 0 ? tr_quantile(waits, (size_t)n, 0.90) : (double)NAN;
    *p95 = n > 0 ? tr_quantile(waits, (size_t)n, 0.95) : (double)NAN;
}

/* Bounds: those that nobody can be sure of all missed, all kept. */
static double low_pct(const struct tally *t)
{
    return percent(t->kept, t->counted + t->unsure);
}

static double high_pct(const struct tally *t)
{
    return percent(t->kept + t->unsure, t->counted + t->unsure);
}

static void window_figures(struct tr_core *core, int station, int64_t at,
                           struct tr_station_metrics *ret)
{
    const struct tally t = tally_window(core, station, at, core->scratch);
    ret->window_ns = window_ns(core, station);
    ret->window_counted = t.counted;
    ret->window_kept = t.kept;
    ret->window_answered = t.answered;
    ret->window_unsure = t.unsure;
    ret->service_level_pct = percent(t.kept, t.counted);
    ret->low_pct = low_pct(&t);
    ret->high_pct = high_pct(&t);
    quantiles(core->scratch, t.answered, &ret->p50_s, &ret->p90_s, &ret->p95_s);
}

static void day_figures(struct tr_core *core, int station, int64_t at,
                        struct tr_station_metrics *ret)
{
    const struct station *st = &core->stations[station];
    int32_t lengths;
    const struct tally t = tally_today(core, station, at, core->scratch, &lengths);
    ret->day_counted = t.counted;
    ret->day_kept = t.kept;
    ret->day_answered = t.answered;
    ret->day_unsure = t.unsure;
    ret->day_void = (int32_t)tr_min_i64(st->day_void, INT32_MAX);
    ret->day_votes = (int32_t)tr_min_i64(st->day_votes, INT32_MAX);
    ret->day_score_mean =
        st->day_votes > 0 ? (double)st->day_score / (double)st->day_votes : (double)NAN;
    ret->day_pct = percent(t.kept, t.counted);
    ret->day_low_pct = low_pct(&t);
    ret->day_high_pct = high_pct(&t);
    ret->day_coverage_pct = coverage_today(core, st, at);
    for (int d = 0; d < core->plan->dayparts_n; d++) {
        ret->daypart[d].counted = t.daypart[d].counted;
        ret->daypart[d].kept = t.daypart[d].kept;
    }
    quantiles(core->scratch, lengths, &ret->day_p50_s, &ret->day_p90_s, &ret->day_p95_s);
}

static void position_figures(struct tr_core *core, int station, int64_t at,
                             struct tr_station_metrics *ret)
{
    struct station *st = &core->stations[station];
    const struct tr_queue_plan *plan = &core->plan->stations[station].u.queue;
    for (int i = 0; i < plan->positions_n; i++) {
        ret->has_staffed |= plan->positions[i].staffed != TR_NONE;
    }
    if (!ret->has_staffed) {
        return;
    }
    /* To look is not an event: what comes next must find everything as it was. */
    struct tr_position_figures figures[TR_POSITIONS_MAX];
    const size_t size = (size_t)plan->positions_n * sizeof(figures[0]);
    const int64_t staffed = st->staffed_ns;
    const int64_t busy = st->busy_ns;
    const int64_t idle = st->idle_ns;
    const int64_t accounted = st->u.queue.accounted;
    memcpy(figures, st->total.position, size);
    tr_queue_account(core, station, at);
    memcpy(ret->position, st->total.position, size);
    ret->staffed_s = tr_ns_to_s(st->staffed_ns);
    ret->busy_s = tr_ns_to_s(st->busy_ns);
    ret->idle_s = tr_ns_to_s(st->idle_ns);
    memcpy(st->total.position, figures, size);
    st->staffed_ns = staffed;
    st->busy_ns = busy;
    st->idle_ns = idle;
    st->u.queue.accounted = accounted;
}

void tr_core_metrics(struct tr_core *core, int station, struct tr_mono at,
                     struct tr_station_metrics *ret)
{
    const struct station *st = &core->stations[station];
    *ret = st->total;
    ret->open_s = tr_ns_to_s(st->open_ns + running_ns(core, st, at.ns));
    ret->full_s = tr_ns_to_s(st->full_ns + running_full_ns(core, st, at.ns));
    if (core->plan->stations[station].kind == TR_KIND_QUEUE) {
        position_figures(core, station, at.ns, ret);
    }
    window_figures(core, station, at.ns, ret);
    day_figures(core, station, at.ns, ret);
    tr_feedback_week(core, station, ret);
}
