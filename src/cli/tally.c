#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantile.h"
#include "cli/tally.h"

struct sample {
    double *x;
    size_t n, cap;
};

struct span {
    int64_t at;
    int step;
};

struct figures {
    uint64_t outcome[TR_OUTCOME_COUNT];
    uint64_t arrivals, kept, missed, unsure, votes, discarded, missed_joins;
    int64_t score_sum;
    struct sample wait, abandoned, service;
    struct span *spans; /* comings and goings, for the longest line */
    size_t spans_n, spans_cap;
};

struct tr_tally {
    const struct tr_plan *plan;
    struct figures station[TR_STATIONS_MAX];
};

struct tr_tally *tr_tally_new(const struct tr_plan *plan)
{
    struct tr_tally *t = calloc(1, sizeof(*t));
    if (t != NULL) {
        t->plan = plan;
    }
    return t;
}

static void *grow(void *p, size_t *cap, size_t size)
{
    const size_t more = *cap == 0 ? 256 : *cap * 2;
    void *q = reallocarray(p, more, size);
    if (q != NULL) {
        *cap = more;
    }
    return q;
}

static int push(struct sample *s, double x)
{
    if (s->n == s->cap) {
        double *p = grow(s->x, &s->cap, sizeof(*p));
        if (p == NULL) {
            return -ENOMEM;
        }
        s->x = p;
    }
    s->x[s->n++] = x;
    return 0;
}

static int push_span(struct figures *f, int64_t at, int step)
{
    if (f->spans_n == f->spans_cap) {
        struct span *p = grow(f->spans, &f->spans_cap, sizeof(*p));
        if (p == NULL) {
            return -ENOMEM;
        }
        f->spans = p;
    }
    f->spans[f->spans_n++] = (struct span){at, step};
    return 0;
}

static int add_wait(struct figures *f, const struct tr_wait_record *w)
{
    f->arrivals++;
    f->outcome[w->outcome]++;
    f->kept += w->verdict == TR_VERDICT_KEPT;
    f->missed += w->verdict == TR_VERDICT_MISSED;
    f->unsure += w->threshold_ns > 0 && w->outcome != TR_OUTCOME_VOID &&
                 (w->found || w->outcome == TR_OUTCOME_UNKNOWN);
    int r = 0;
    if (w->found) {
        return 0; /* a lower bound belongs in no quantile */
    }
    if (w->outcome == TR_OUTCOME_ANSWERED) {
        r = push(&f->wait, tr_ns_to_s(w->wait_ns));
    } else if (w->outcome == TR_OUTCOME_ABANDONED) {
        r = push(&f->abandoned, tr_ns_to_s(w->wait_ns));
    }
    if (r == 0 && w->wait_ns > 0) {
        r = push_span(f, w->opened.ns, 1);
        r = r == 0 ? push_span(f, w->closed.ns, -1) : r;
    }
    return r;
}

int tr_tally_add(struct tr_tally *tally, const struct tr_effect *e)
{
    if (e->kind == TR_EFFECT_WAIT) {
        return add_wait(&tally->station[e->u.wait.station], &e->u.wait);
    }
    if (e->kind == TR_EFFECT_VOTE) {
        struct figures *f = &tally->station[e->u.vote.station];
        if (e->u.vote.button == TR_NONE) {
            f->discarded++;
        } else {
            f->votes++;
            f->score_sum += e->u.vote.score;
        }
    } else if (e->kind == TR_EFFECT_NEWS) {
        struct figures *f = &tally->station[e->u.news.station];
        if (e->u.news.news == TR_NEWS_SERVED) {
            return push(&f->service, tr_ns_to_s(e->u.news.value));
        }
        f->missed_joins += e->u.news.news == TR_NEWS_MISSED_JOIN;
    }
    return 0;
}

static int by_time(const void *a, const void *b)
{
    const struct span *x = a;
    const struct span *y = b;
    if (x->at != y->at) {
        return x->at < y->at ? -1 : 1;
    }
    return x->step - y->step; /* who leaves makes room for who comes */
}

static int longest(struct figures *f)
{
    int n = 0;
    int max = 0;
    if (f->spans_n > 0) {
        qsort(f->spans, f->spans_n, sizeof(f->spans[0]), by_time);
    }
    for (size_t i = 0; i < f->spans_n; i++) {
        n += f->spans[i].step;
        max = n > max ? n : max;
    }
    return max;
}

static void print_sample(FILE *to, const char *name, struct sample *s)
{
    if (s->n == 0) {
        fprintf(to,
                ",\"%s\":{\"n\":0,\"mean\":null,\"p50\":null,\"p90\":null,\"p95\":null,"
                "\"max\":null}",
                name);
        return;
    }
    double sum = 0.0;
    double max = s->x[0];
    for (size_t i = 0; i < s->n; i++) {
        sum += s->x[i];
        max = s->x[i] > max ? s->x[i] : max;
    }
    fprintf(to,
            ",\"%s\":{\"n\":%zu,\"mean\":%.6f,\"p50\":%.3f,\"p90\":%.3f,\"p95\":%.3f,"
            "\"max\":%.3f}",
            name, s->n, sum / (double)s->n, tr_quantile(s->x, s->n, 0.50),
            tr_quantile(s->x, s->n, 0.90), tr_quantile(s->x, s->n, 0.95), max);
}

static void print_percent(FILE *to, const char *name, double part, double whole)
{
    if (whole > 0.0) {
        fprintf(to, ",\"%s\":%.4f", name, 100.0 * part / whole);
    } else {
        fprintf(to, ",\"%s\":null", name);
    }
}

/* The level, and how far off it can be where the sensors cannot tell. */
static void print_level(FILE *to, const struct figures *f)
{
    const double kept = (double)f->kept;
    const double counted = (double)(f->kept + f->missed);
    const double unsure = (double)f->unsure;
    print_percent(to, "service_level_pct", kept, counted);
    print_percent(to, "service_level_low_pct", kept, counted + unsure);
    print_percent(to, "service_level_high_pct", kept + unsure, counted + unsure);
    fprintf(to, ",\"unsure\":%llu", (unsigned long long)f->unsure);
}

/* What no record tells: how well the station saw, at the end and all along. */
static void print_sight(FILE *to, enum tr_measuring measuring, const struct tr_station_metrics *m)
{
    fprintf(to, ",\"measuring\":\"%s\"", tr_measuring_name[measuring]);
    print_percent(to, "coverage_pct", m->full_s, m->open_s);
    fprintf(to, ",\"drift\":%llu,\"gate_faults\":%llu", (unsigned long long)m->drift,
            (unsigned long long)m->gate_faults);
    if (m->has_staffed) {
        fprintf(to, ",\"staffed_s\":%.3f,\"busy_s\":%.3f,\"idle_s\":%.3f", m->staffed_s, m->busy_s,
                m->idle_s);
    }
}

static void print_votes(FILE *to, const struct figures *f, const struct tr_station_metrics *m)
{
    fprintf(to, ",\"votes\":%llu,\"votes_discarded\":%llu,\"votes_tied\":%llu,\"score_mean\":",
            (unsigned long long)f->votes, (unsigned long long)f->discarded,
            (unsigned long long)m->votes_tied);
    if (f->votes > 0) {
        fprintf(to, "%.3f", (double)f->score_sum / (double)f->votes);
    } else {
        fputs("null", to);
    }
}

/* Of staff, last week's sum is all there is to tell (RULES 20). */
static void print_week(FILE *to, const struct tr_station_metrics *m)
{
    fprintf(to, ",\"week_votes\":%d,\"week_score_mean\":", m->week_votes);
    if (m->week_votes > 0) {
        fprintf(to, "%.3f", m->week_score_mean);
    } else {
        fputs("null", to);
    }
}

static void print_station(FILE *to, struct tr_core *core, const struct tr_plan *plan, int station,
                          struct figures *f)
{
    const struct tr_station *st = &plan->stations[station];
    struct tr_station_metrics metrics;
    tr_core_metrics(core, station, tr_core_now(core), &metrics);
    fprintf(to, "\"%s\":{\"kind\":\"%s\",\"arrivals\":%llu", st->id, tr_station_kind_name[st->kind],
            (unsigned long long)f->arrivals);
    for (int o = 0; o < TR_OUTCOME_COUNT; o++) {
        fprintf(to, ",\"%s\":%llu", tr_outcome_name[o], (unsigned long long)f->outcome[o]);
    }
    print_level(to, f);
    print_sight(to, tr_core_measuring(core, station), &metrics);
    print_sample(to, "wait_s", &f->wait);
    print_sample(to, "abandoned_s", &f->abandoned);
    print_sample(to, "service_s", &f->service);
    fprintf(to, ",\"queue_max\":%d,\"missed_joins\":%llu", longest(f),
            (unsigned long long)f->missed_joins);
    if (st->kind == TR_KIND_GREETING) {
        fprintf(to, ",\"late_voids\":%llu", (unsigned long long)metrics.late_voids);
    } else if (st->kind == TR_KIND_FEEDBACK && st->audience == TR_AUDIENCE_STAFF) {
        print_week(to, &metrics);
    } else if (st->kind == TR_KIND_FEEDBACK) {
        print_votes(to, f, &metrics);
    }
    fputc('}', to);
}

void tr_tally_print(struct tr_tally *tally, struct tr_core *core, FILE *to)
{
    fprintf(to, "{\"v\":1,\"type\":\"summary\",\"site\":\"%s\",\"stations\":{", tally->plan->site);
    for (int s = 0; s < tally->plan->stations_n; s++) {
        if (s > 0) {
            fputc(',', to);
        }
        print_station(to, core, tally->plan, s, &tally->station[s]);
    }
    fputs("}}\n", to);
}

void tr_tally_free(struct tr_tally *tally)
{
    if (tally == NULL) {
        return;
    }
    for (int s = 0; s < TR_STATIONS_MAX; s++) {
        free(tally->station[s].wait.x);
        free(tally->station[s].abandoned.x);
        free(tally->station[s].service.x);
        free(tally->station[s].spans);
    }
    free(tally);
}
