/* How long people waited: by nearest rank, and by Kaplan and Meier (1958). */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report_data.h"

enum { RADIX_BITS = 11, RADIX = 1 << RADIX_BITS };

/* The rank of a quantile, as tr_quantile() has it. */
static int64_t rank_of(int percent, int64_t n)
{
    const int64_t rank = (percent * n + 99) / 100;

    return rank < 1 ? 1 : rank;
}

static void forget(struct tr_report_quantiles *q)
{
    *q = (struct tr_report_quantiles){.mean_s = NAN, .max_s = NAN};
    for (int i = 0; i < TR_REPORT_QUANTILES; i++) {
        q->served_s[i] = q->needed_s[i] = NAN;
    }
}

void tr_report_quantiles(const uint32_t *key, size_t n, struct tr_report_quantiles *ret)
{
    double sum = 0.0;
    double left = 1.0; /* share of those who are not answered yet */
    int64_t answered = 0;
    int served = 0;
    int needed = 0;

    forget(ret);
    for (size_t i = 0; i < n; i++) {
        ret->answered += (key[i] & 1) == 0;
    }
    ret->left = (int64_t)n - ret->answered;
    for (size_t i = 0; i < n;) {
        const uint32_t ms = key[i] >> 1;
        const double s = ms / 1000.0;
        const size_t at_risk = n - i;
        size_t events = 0;

        for (; i < n && key[i] >> 1 == ms; i++) {
            events += (key[i] & 1) == 0;
        }
        if (events == 0) {
            continue;
        }
        answered += (int64_t)events;
        sum += s * (double)events;
        ret->max_s = s;
        while (served < TR_REPORT_QUANTILES && answered >= rank_of(served + 1, ret->answered)) {
            ret->served_s[served++] = s;
        }
        left *= (double)(at_risk - events) / (double)at_risk;
        while (needed < TR_REPORT_QUANTILES && left <= 1.0 - (needed + 1) / 100.0 + 1e-9) {
            ret->needed_s[needed++] = s;
        }
    }
    if (ret->answered > 0) {
        ret->mean_s = sum / (double)ret->answered;
    }
    ret->served_p50_s = ret->served_s[49];
    ret->served_p90_s = ret->served_s[89];
    ret->served_p95_s = ret->served_s[94];
    ret->needed_p50_s = ret->needed_s[49];
    ret->needed_p90_s = ret->needed_s[89];
    ret->needed_p95_s = ret->needed_s[94];
}

/* --- all of them: sorted once, then dealt out in that order --------------------------------- */

struct sorted {
    const struct tr_report_data *data;
    struct tr_report *report;
    size_t n;
    uint32_t *key, *index; /* ascending keys, and whose they are */
    uint32_t *dealt;       /* the same keys, group after group */
    size_t *begin;         /* of a group in dealt; groups + 1 of them */
};

static void radix(const uint32_t *key, const uint32_t *index, uint32_t *to_key, uint32_t *to_index,
                  size_t n, int shift)
{
    size_t at[RADIX + 1] = {0};

    for (size_t i = 0; i < n; i++) {
        at[(key[i] >> shift & (RADIX - 1)) + 1]++;
    }
    for (int b = 0; b < RADIX; b++) {
        at[b + 1] += at[b];
    }
    for (size_t i = 0; i < n; i++) {
        const size_t to = at[key[i] >> shift & (RADIX - 1)]++;

        to_key[to] = key[i];
        to_index[to] = index[i];
    }
}

/* Three passes of eleven bits. */
static int sort(struct sorted *s)
{
    const size_t room = s->data->waits_n + 1; /* services may be more than waits that are timed */
    uint32_t *key = malloc(room * sizeof(*key));
    uint32_t *index = malloc(room * sizeof(*index));
    uint32_t *t;

    if (key == NULL || index == NULL) {
        free(key);
        free(index);
        return -ENOMEM;
    }
    for (int shift = 0; shift < 32; shift += RADIX_BITS) {
        radix(s->key, s->index, key, index, s->n, shift);
        t = s->key;
        s->key = key;
        key = t;
        t = s->index;
        s->index = index;
        index = t;
    }
    free(key);
    free(index);
    return 0;
}

typedef int group_of(const struct sorted *s, const struct tr_report_wait *w);
typedef void take_group(struct sorted *s, int group, const uint32_t *key, size_t n);

/* Deal the sorted keys to groups, and hand each group over. */
static int deal(struct sorted *s, int groups, group_of *of, take_group *take)
{
    uint32_t *group = malloc((s->n + 1) * sizeof(*group));

    if (group == NULL) {
        return -ENOMEM;
    }
    memset(s->begin, 0, ((size_t)groups + 2) * sizeof(*s->begin));
    for (size_t i = 0; i < s->n; i++) {
        group[i] = (uint32_t)of(s, &s->data->wait[s->index[i]]);
        if (group[i] < (uint32_t)groups) {
            s->begin[group[i] + 2]++;
        }
    }
    for (int g = 1; g <= groups; g++) {
        s->begin[g + 1] += s->begin[g];
    }
    for (size_t i = 0; i < s->n; i++) {
        if (group[i] < (uint32_t)groups) {
            s->dealt[s->begin[group[i] + 1]++] = s->key[i];
        }
    }
    for (int g = 0; g < groups; g++) {
        take(s, g, s->dealt + s->begin[g], s->begin[g + 1] - s->begin[g]);
    }
    free(group);
    return 0;
}

static bool in_range(const struct sorted *s, const struct tr_report_wait *w)
{
    const int day = s->data->base_day + w->day;

    return day >= s->data->from_day && day <= s->data->to_day;
}

static int week_of(const struct sorted *s, const struct tr_report_wait *w)
{
    const int day = s->data->base_day + w->day;

    return day < s->data->week_day ? -1 : (day - s->data->week_day) / 7;
}

static int of_all(const struct sorted *s, const struct tr_report_wait *w)
{
    return in_range(s, w) ? 0 : -1;
}

static void take_all(struct sorted *s, int group, const uint32_t *key, size_t n)
{
    (void)group;
    tr_report_quantiles(key, n, &s->report->quantiles);
}

static int of_station(const struct sorted *s, const struct tr_report_wait *w)
{
    return in_range(s, w) ? w->station : -1;
}

static void take_station(struct sorted *s, int group, const uint32_t *key, size_t n)
{
    tr_report_quantiles(key, n, &s->report->station[group].quantiles);
}

static int of_daypart(const struct sorted *s, const struct tr_report_wait *w)
{
    return in_range(s, w) ? w->daypart : -1;
}

static void daypart(struct tr_report_daypart *d, const uint32_t *key, size_t n)
{
    struct tr_report_quantiles q;

    tr_report_quantiles(key, n, &q);
    d->p50_s = q.served_p50_s;
    d->p90_s = q.served_p90_s;
}

static void take_daypart(struct sorted *s, int group, const uint32_t *key, size_t n)
{
    daypart(&s->report->daypart[group], key, n);
}

static int of_station_daypart(const struct sorted *s, const struct tr_report_wait *w)
{
    return in_range(s, w) ? w->station * s->report->dayparts_n + w->daypart : -1;
}

static void take_station_daypart(struct sorted *s, int group, const uint32_t *key, size_t n)
{
    const int of = s->report->dayparts_n;

    daypart(&s->report->station[group / of].daypart[group % of], key, n);
}

static int of_day(const struct sorted *s, const struct tr_report_wait *w)
{
    return in_range(s, w) ? s->data->base_day + w->day - s->data->from_day : -1;
}

static void take_day(struct sorted *s, int group, const uint32_t *key, size_t n)
{
    struct tr_report_quantiles q;

    tr_report_quantiles(key, n, &q);
    s->report->day[group].p50_s = q.served_p50_s;
    s->report->day[group].p90_s = q.served_p90_s;
}

static void week(struct tr_report_week *w, const uint32_t *key, size_t n)
{
    struct tr_report_quantiles q;

    tr_report_quantiles(key, n, &q);
    w->p50_s = q.served_p50_s;
    w->p90_s = q.served_p90_s;
    w->needed_p50_s = q.needed_p50_s;
    w->needed_p90_s = q.needed_p90_s;
}

static void take_week(struct sorted *s, int group, const uint32_t *key, size_t n)
{
    week(&s->report->week[group], key, n);
}

static int of_station_week(const struct sorted *s, const struct tr_report_wait *w)
{
    const int i = week_of(s, w);

    return i < 0 || i >= s->report->weeks_n ? -1 : w->station * s->report->weeks_n + i;
}

static void take_station_week(struct sorted *s, int group, const uint32_t *key, size_t n)
{
    const int of = s->report->weeks_n;

    week(&s->report->station[group / of].week[group % of], key, n);
}

static void take_service(struct sorted *s, int group, const uint32_t *key, size_t n)
{
    struct tr_report_quantiles q;

    tr_report_quantiles(key, n, &q);
    s->report->station[group].service_p50_s = q.served_p50_s;
    s->report->station[group].service_p90_s = q.served_p90_s;
}

/* Keys of all waits that @p service or the wait itself has. */
static void gather(struct sorted *s, bool service)
{
    s->n = 0;
    for (size_t i = 0; i < s->data->waits_n; i++) {
        const struct tr_report_wait *w = &s->data->wait[i];

        if (service ? w->service_ms != TR_REPORT_MS_NONE : w->timed) {
            s->index[s->n] = (uint32_t)i;
            s->key[s->n++] = service ? tr_report_key(w->service_ms, false)
                                     : tr_report_key(w->wait_ms, w->outcome != TR_OUTCOME_ANSWERED);
        }
    }
}

static int deal_all(struct sorted *s)
{
    const struct tr_report *r = s->report;
    const struct {
        int groups;
        group_of *of;
        take_group *take;
    } deals[] = {{1, of_all, take_all},
                 {r->stations_n, of_station, take_station},
                 {r->dayparts_n, of_daypart, take_daypart},
                 {r->stations_n * r->dayparts_n, of_station_daypart, take_station_daypart},
                 {r->days_n, of_day, take_day},
                 {r->weeks_n, week_of, take_week},
                 {r->stations_n * r->weeks_n, of_station_week, take_station_week}};

    gather(s, false);
    int result = sort(s);
    for (size_t i = 0; i < sizeof(deals) / sizeof(deals[0]) && result == 0; i++) {
        result = deal(s, deals[i].groups, deals[i].of, deals[i].take);
    }
    if (result == 0) {
        gather(s, true);
        result = sort(s);
    }
    return result == 0 ? deal(s, r->stations_n, of_station, take_service) : result;
}

int tr_report_count_quantiles(const struct tr_report_data *data, struct tr_report *report)
{
    struct sorted s = {.data = data, .report = report};
    /* Weeks are more than dayparts. */
    size_t groups = (size_t)report->stations_n * TR_REPORT_WEEKS_MAX;
    int r = -ENOMEM;

    groups = groups > (size_t)report->days_n ? groups : (size_t)report->days_n;
    s.key = malloc((data->waits_n + 1) * sizeof(*s.key));
    s.index = malloc((data->waits_n + 1) * sizeof(*s.index));
    s.dealt = malloc((data->waits_n + 1) * sizeof(*s.dealt));
    s.begin = malloc((groups + TR_REPORT_WEEKS_MAX + 2) * sizeof(*s.begin));
    if (s.key != NULL && s.index != NULL && s.dealt != NULL && s.begin != NULL) {
        r = deal_all(&s);
    }
    free(s.key);
    free(s.index);
    free(s.dealt);
    free(s.begin);
    return r;
}
