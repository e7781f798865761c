/* What really happened, in the words and the form of replay's records. */
#include "cli/sim_truth.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/calendar.h"
#include "base/quantile.h"

const char *const tr_sim_fault_name[TR_SIM_FAULT_COUNT] = {
    [TR_SIM_STUCK] = "stuck",
    [TR_SIM_CUT] = "cut",
    [TR_SIM_STORM] = "storm",
    [TR_SIM_POWER_CUT] = "power_cut",
};

static const char *const type_name[] = {
    [TR_TRUTH_CUSTOMER] = "customer",
    [TR_TRUTH_STAFF] = "staff",
    [TR_TRUTH_DELIVERY] = "delivery",
    [TR_TRUTH_VOTE] = "vote",
};

/* Whole microseconds as seconds, without the zeros that say nothing. */
static void print_s(FILE *to, int64_t us)
{
    int64_t part = us % SIM_S;
    fprintf(to, "%lld", (long long)(us / SIM_S));
    if (part != 0) {
        int digits = 6;
        while (part % 10 == 0) {
            part /= 10;
            digits--;
        }
        fprintf(to, ".%0*lld", digits, (long long)part);
    }
}

static void print_member(FILE *to, const char *key, int64_t us)
{
    fprintf(to, ",\"%s\":", key);
    if (us < 0) {
        fputs("null", to);
    } else {
        print_s(to, us);
    }
}

void tr_sim_print_trace(const struct tr_sim_day *day, const struct tr_plan *plan,
                        const struct tr_sim_options *opt, FILE *to)
{
    char start[32];
    const time_t at = (time_t)(day->start_ms / 1000);
    struct tm tm;
    (void)gmtime_r(&at, &tm);
    (void)strftime(start, sizeof(start), "%Y-%m-%dT%H:%M:%SZ", &tm);
    fprintf(to,
            "# thirdring trace 1\n# start %s\n"
            "# An invented day: thirdring simulate --seed %llu\n",
            start, (unsigned long long)opt->seed);
    for (size_t i = 0; i < day->edges_n; i++) {
        const struct tr_sim_edge *e = &day->edges[i];
        print_s(to, e->at_us);
        if (e->sensor == TR_NONE) {
            fputs(" !down ", to);
            print_s(to, e->down_us);
            fputc('\n', to);
        } else {
            fprintf(to, " %s %d\n", plan->sensors[e->sensor].id, e->level);
        }
    }
}

/* --- was the promise kept ------------------------------------------------------------- */

static const struct tr_target *target_of(const struct tr_sim_day *day, const struct tr_plan *plan,
                                         const struct tr_sim_truth *t)
{
    const struct tr_station *st = &plan->stations[t->station];
    struct tr_calendar_state state;
    tr_calendar_at(plan, (struct tr_wall){day->start_ms + t->arrived_us / SIM_MS}, &state);
    if (state.daypart != TR_NONE && st->daypart_target[state.daypart].unit != TR_TARGET_NONE) {
        return &st->daypart_target[state.daypart];
    }
    return &st->target;
}

static enum tr_verdict verdict_of(const struct tr_sim_day *day, const struct tr_plan *plan,
                                  const struct tr_sim_truth *t)
{
    const struct tr_station *st = &plan->stations[t->station];
    const struct tr_target *target = target_of(day, plan, t);
    const bool abandoned = t->ended && t->outcome == TR_OUTCOME_ABANDONED &&
                           t->wait_us * TR_NS_PER_US >= st->short_abandon_ns;
    const bool answered = t->ended && t->outcome == TR_OUTCOME_ANSWERED;
    if (target->unit == TR_TARGET_NONE || (!answered && !abandoned)) {
        return TR_VERDICT_NOT_COUNTED;
    }
    const int64_t wait_ns = t->wait_us * TR_NS_PER_US;
    const bool kept = target->unit == TR_TARGET_SECONDS ? wait_ns <= target->threshold_ns
                      : st->kind == TR_KIND_PHONE       ? t->rings <= target->rings
                                                        : wait_ns < target->threshold_ns;
    return answered && kept ? TR_VERDICT_KEPT : TR_VERDICT_MISSED;
}

/* --- one line each ------------------------------------------------------------------------ */

static void print_customer(FILE *to, const struct tr_sim_day *day, const struct tr_plan *plan,
                           const struct tr_sim_truth *t, size_t number)
{
    static const char *const kept[] = {[TR_VERDICT_NOT_COUNTED] = "null",
                                       [TR_VERDICT_KEPT] = "true",
                                       [TR_VERDICT_MISSED] = "false"};
    fprintf(to, "{\"type\":\"customer\",\"customer\":%zu,\"station\":\"%s\",\"party\":%d", number,
            plan->stations[t->station].id, t->party);
    print_member(to, "arrived_s", t->arrived_us);
    print_member(to, "wait_s", t->ended ? t->wait_us : -1);
    fprintf(to, ",\"outcome\":\"%s\"", tr_outcome_name[t->outcome]);
    print_member(to, "service_s", t->service_us);
    if (t->rings > 0) {
        fprintf(to, ",\"rings\":%d", t->rings);
    }
    if (t->left_us >= 0) {
        print_member(to, "left_s", t->left_us);
    }
    fprintf(to, ",\"kept\":%s}\n", kept[verdict_of(day, plan, t)]);
}

static void print_other(FILE *to, const struct tr_plan *plan, const struct tr_sim_truth *t,
                        const size_t *number_of)
{
    const struct tr_station *st = &plan->stations[t->station];
    fprintf(to, "{\"type\":\"%s\",\"station\":\"%s\"", type_name[t->kind], st->id);
    print_member(to, "at_s", t->arrived_us);
    if (t->kind != TR_TRUTH_VOTE) {
        fprintf(to, ",\"in\":%s,\"void_key\":%s}\n", t->in ? "true" : "false",
                t->keyed ? "true" : "false");
        return;
    }
    const struct tr_vote_button *b = &st->u.feedback.buttons[t->button];
    fprintf(to, ",\"button\":\"%s\",\"score\":%d,\"customer\":", b->id, b->score);
    if (t->customer < 0) {
        fputs("null}\n", to);
    } else {
        fprintf(to, "%zu}\n", number_of[t->customer]);
    }
}

static void print_faults(FILE *to, const struct tr_sim_day *day, const struct tr_plan *plan,
                         const struct tr_sim_options *opt)
{
    for (int32_t i = 0; i < opt->faults_n; i++) {
        const struct tr_sim_fault *f = &opt->faults[i];
        fprintf(to, "{\"type\":\"fault\",\"fault\":\"%s\",\"sensor\":", tr_sim_fault_name[f->kind]);
        if (f->sensor == TR_NONE) {
            fputs("null", to);
        } else {
            fprintf(to, "\"%s\"", plan->sensors[f->sensor].id);
        }
        print_member(to, "from_s", day->fault_us[i]);
        print_member(to, "for_s", f->for_us == SIM_NEVER ? -1 : f->for_us);
        fputs("}\n", to);
    }
}

/* --- the figures of a day -------------------------------------------------------------------- */

struct sums {
    uint64_t arrivals, outcome[TR_OUTCOME_COUNT], kept, missed, votes;
    int64_t score;
};

static void print_sample(FILE *to, const char *name, double *x, size_t n)
{
    if (n == 0) {
        fprintf(to,
                ",\"%s\":{\"n\":0,\"mean\":null,\"p50\":null,\"p90\":null,\"p95\":null,"
                "\"max\":null}",
                name);
        return;
    }
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += x[i];
    }
    fprintf(to,
            ",\"%s\":{\"n\":%zu,\"mean\":%.6f,\"p50\":%.3f,\"p90\":%.3f,\"p95\":%.3f,"
            "\"max\":%.3f}",
            name, n, sum / (double)n, tr_quantile(x, n, 0.50), tr_quantile(x, n, 0.90),
            tr_quantile(x, n, 0.95), tr_quantile(x, n, 1.0));
}

enum sample { WAITS, ABANDONED, SERVICES };

static size_t collect(const struct tr_sim_day *day, int station, enum sample what, double *x)
{
    size_t n = 0;
    for (size_t i = 0; i < day->truths_n; i++) {
        const struct tr_sim_truth *t = &day->truths[i];
        const enum tr_outcome wanted =
            what == ABANDONED ? TR_OUTCOME_ABANDONED : TR_OUTCOME_ANSWERED;
        const int64_t us = what == SERVICES ? t->service_us : t->wait_us;
        if (t->kind == TR_TRUTH_CUSTOMER && t->party > 0 && t->station == station && t->ended &&
            t->outcome == wanted && us >= 0) {
            x[n++] = (double)us / (double)SIM_S;
        }
    }
    return n;
}

static struct sums add_up(const struct tr_sim_day *day, const struct tr_plan *plan, int station)
{
    struct sums s = {0};
    for (size_t i = 0; i < day->truths_n; i++) {
        const struct tr_sim_truth *t = &day->truths[i];
        if (t->party == 0 || t->station != station) {
            continue;
        }
        if (t->kind == TR_TRUTH_CUSTOMER) {
            const enum tr_verdict verdict = verdict_of(day, plan, t);
            s.arrivals++;
            s.outcome[t->outcome]++;
            s.kept += verdict == TR_VERDICT_KEPT;
            s.missed += verdict == TR_VERDICT_MISSED;
        } else if (t->kind == TR_TRUTH_VOTE) {
            s.votes++;
            s.score += plan->stations[station].u.feedback.buttons[t->button].score;
        } else if (t->own_wait) { /* the key takes back an arrival */
            s.arrivals++;
            s.outcome[TR_OUTCOME_VOID]++;
        }
    }
    return s;
}

struct step {
    int64_t at_us;
    int by;
};

static int by_step(const void *a, const void *b)
{
    const struct step *x = a;
    const struct step *y = b;
    if (x->at_us != y->at_us) {
        return x->at_us < y->at_us ? -1 : 1;
    }
    return x->by - y->by; /* who leaves makes room for who comes */
}

/* How many waited at once at most; @p steps has room for two of each truth. */
static int longest(const struct tr_sim_day *day, int station, struct step *steps)
{
    size_t n = 0;
    for (size_t i = 0; i < day->truths_n; i++) {
        const struct tr_sim_truth *t = &day->truths[i];
        if (t->kind == TR_TRUTH_CUSTOMER && t->station == station && t->ended && t->wait_us > 0) {
            steps[n++] = (struct step){t->arrived_us, 1};
            steps[n++] = (struct step){t->arrived_us + t->wait_us, -1};
        }
    }
    if (n > 0) {
        qsort(steps, n, sizeof(*steps), by_step);
    }
    int now = 0;
    int most = 0;
    for (size_t i = 0; i < n; i++) {
        now += steps[i].by;
        most = now > most ? now : most;
    }
    return most;
}

static void print_station(FILE *to, const struct tr_sim_day *day, const struct tr_plan *plan,
                          int station, double *x, struct step *steps)
{
    const struct tr_station *st = &plan->stations[station];
    const struct sums s = add_up(day, plan, station);
    fprintf(to, "\"%s\":{\"kind\":\"%s\",\"arrivals\":%llu", st->id, tr_station_kind_name[st->kind],
            (unsigned long long)s.arrivals);
    for (int o = 0; o < TR_OUTCOME_COUNT; o++) {
        fprintf(to, ",\"%s\":%llu", tr_outcome_name[o], (unsigned long long)s.outcome[o]);
    }
    if (s.kept + s.missed > 0) {
        fprintf(to, ",\"service_level_pct\":%.4f",
                100.0 * (double)s.kept / (double)(s.kept + s.missed));
    } else {
        fputs(",\"service_level_pct\":null", to);
    }
    print_sample(to, "wait_s", x, collect(day, station, WAITS, x));
    print_sample(to, "abandoned_s", x, collect(day, station, ABANDONED, x));
    print_sample(to, "service_s", x, collect(day, station, SERVICES, x));
    fprintf(to, ",\"queue_max\":%d", longest(day, station, steps));
    if (st->kind == TR_KIND_FEEDBACK) {
        fprintf(to, ",\"votes\":%llu,\"score_mean\":", (unsigned long long)s.votes);
        if (s.votes > 0) {
            fprintf(to, "%.3f", (double)s.score / (double)s.votes);
        } else {
            fputs("null", to);
        }
    }
    fputc('}', to);
}

struct numbered {
    int64_t at_us;
    size_t index;
};

static int by_arrival(const void *a, const void *b)
{
    const struct numbered *x = a;
    const struct numbered *y = b;
    if (x->at_us != y->at_us) {
        return x->at_us < y->at_us ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

int tr_sim_print_truth(const struct tr_sim_day *day, const struct tr_plan *plan,
                       const struct tr_sim_options *opt, FILE *to)
{
    struct numbered *order = calloc(day->truths_n + 1, sizeof(*order));
    size_t *number_of = calloc(day->truths_n + 1, sizeof(*number_of));
    double *x = calloc(day->truths_n + 1, sizeof(*x));
    struct step *steps = calloc(2 * day->truths_n + 1, sizeof(*steps));
    const bool enough = order != NULL && number_of != NULL && x != NULL && steps != NULL;
    size_t number = 0;
    for (size_t i = 0; enough && i < day->truths_n; i++) {
        order[i] = (struct numbered){day->truths[i].arrived_us, i};
    }
    if (enough) {
        qsort(order, day->truths_n, sizeof(*order), by_arrival);
    }
    for (size_t i = 0; enough && i < day->truths_n; i++) {
        const struct tr_sim_truth *t = &day->truths[order[i].index];
        if (t->party == 0) {
            continue;
        }
        if (t->kind == TR_TRUTH_CUSTOMER) {
            number_of[order[i].index] = ++number;
            print_customer(to, day, plan, t, number);
        } else {
            print_other(to, plan, t, number_of);
        }
    }
    if (enough) {
        print_faults(to, day, plan, opt);
        fprintf(to, "{\"v\":1,\"type\":\"truth\",\"site\":\"%s\",\"stations\":{", plan->site);
        for (int s = 0; s < plan->stations_n; s++) {
            fputs(s > 0 ? "," : "", to);
            print_station(to, day, plan, s, x, steps);
        }
        fputs("}}\n", to);
    }
    free(order);
    free(number_of);
    free(x);
    free(steps);
    return enough ? 0 : -ENOMEM;
}
