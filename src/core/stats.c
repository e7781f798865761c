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

void tr_stats_count(struct tr_core *core, int station, const struct wait *w, int64_t closed,
                    enum tr_outcome outcome, enum tr_verdict verdict)
{
    struct station *st = &core->stations[station];
    struct tr_station_metrics *t = &st->total;
    t->outcome[outcome]++;
    if (outcome == TR_OUTCOME_ANSWERED && !w->found) {
        count_answered(t, closed - w->opened);
    }
    if (verdict == TR_VERDICT_KEPT) {
        t->kept++;
        st->streak++;
        const int32_t goal = core->plan->alerts.kept_streak;
        if (goal > 0 && st->streak % goal == 0) {
            tr_core_news(core, station, TR_NEWS_STREAK, w->open_seq, st->streak, closed);
        }
        core->lamps_stale = true;
    } else if (verdict == TR_VERDICT_MISSED) {
        t->missed++;
        st->streak = 0;
        core->lamps_stale = true;
    }
    struct ended *e = &st->ended[st->ended_head];
    if (st->ended_count == ENDED_MAX) {
        if (e->closed >= core->day_began && e->outcome == TR_OUTCOME_ANSWERED) {
            t->day_dropped++;
        }
    } else {
        st->ended_count++;
    }
    *e = (struct ended){.open_seq = w->open_seq,
                        .closed = closed,
                        .left = NS_NEVER,
                        .wait_ns = closed - w->opened,
                        .found = w->found,
                        .outcome = (uint8_t)outcome,
                        .verdict = (uint8_t)verdict};
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

struct tally {
    int32_t counted, kept, answered;
};

/* Closed waits since @from; the waits of the answered ones go to @waits. */
static struct tally tally_since(const struct station *st, int64_t from, double *waits)
{
    struct tally t = {0};
    /* Closing times may be a debounce out of order, never more. */
    const int64_t slack = 600 * TR_NS_PER_S;
    for (uint32_t i = 1; i <= st->ended_count; i++) {
        const struct ended *e = &st->ended[(st->ended_head + ENDED_MAX - i) % ENDED_MAX];
        if (e->closed < from) {
            if (e->closed < from - slack) {
                break;
            }
            continue;
        }
        t.counted += e->verdict != TR_VERDICT_NOT_COUNTED;
        t.kept += e->verdict == TR_VERDICT_KEPT;
        if (e->outcome == TR_OUTCOME_ANSWERED && !e->found) {
            if (waits != NULL) {
                waits[t.answered] = tr_ns_to_s(e->wait_ns);
            }
            t.answered++;
        }
    }
    return t;
}

/* Those still waiting past their threshold have been missed already. */
static int32_t overdue(const struct tr_core *core, int station, int64_t at)
{
    const struct station *st = &core->stations[station];
    int32_t n = 0;
    for (int i = 0; i < st->waits_n; i++) {
        const struct wait *w = &st->waits[i];
        if (w->voided || w->found || w->threshold_ns <= 0) {
            continue;
        }
        if (tr_target_verdict(&core->plan->stations[station], w, TR_OUTCOME_ANSWERED,
                              tr_max_i64(0, at - w->opened)) == TR_VERDICT_MISSED) {
            n++;
        }
    }
    return n;
}

static double percent(int32_t kept, int32_t counted)
{
    return counted > 0 ? 100.0 * kept / counted : (double)NAN;
}

static int64_t window_ns(const struct tr_core *core, int station)
{
    const int64_t ns = core->plan->stations[station].target.window_ns;
    return ns > 0 ? ns : 3600 * TR_NS_PER_S;
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
    const int32_t late = overdue(core, station, at.ns);
    const struct tally window =
        tally_since(st, tr_max_i64(-NS_HORIZON, at.ns - window_ns(core, station)), NULL);
    const struct tally day = tally_since(st, core->day_began, NULL);
    ret->service_level_pct = percent(window.kept, window.counted + late);
    ret->today_pct = percent(day.kept, day.counted + late);
    ret->today_arrivals = (int32_t)tr_min_i64(st->day_arrivals, INT32_MAX);
    ret->today_served = day.answered;
}

static void quantiles(double *waits, int32_t n, double *p50, double *p90, double *p95)
{
    *p50 = n > 0 ? tr_quantile(waits, (size_t)n, 0.50) : (double)NAN;
    *p90 = n > 0 ? tr_quantile(waits, (size_t)n, 0.90) : (double)NAN;
    *p95 = n > 0 ? tr_quantile(waits, (size_t)n, 0.95) : (double)NAN;
}

void tr_core_metrics(struct tr_core *core, int station, struct tr_mono at,
                     struct tr_station_metrics *ret)
{
    const struct station *st = &core->stations[station];
    *ret = st->total;
    const int32_t late = overdue(core, station, at.ns);
    ret->window_ns = window_ns(core, station);
    struct tally t =
        tally_since(st, tr_max_i64(-NS_HORIZON, at.ns - ret->window_ns), core->scratch);
    ret->window_counted = t.counted + late;
    ret->window_kept = t.kept;
    ret->window_answered = t.answered;
    ret->service_level_pct = percent(t.kept, t.counted + late);
    quantiles(core->scratch, t.answered, &ret->p50_s, &ret->p90_s, &ret->p95_s);
    t = tally_since(st, core->day_began, core->scratch);
    ret->day_counted = t.counted + late;
    ret->day_kept = t.kept;
    ret->day_answered = t.answered;
    ret->day_pct = percent(t.kept, t.counted + late);
    quantiles(core->scratch, t.answered, &ret->day_p50_s, &ret->day_p90_s, &ret->day_p95_s);
}
