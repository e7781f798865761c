/* Smiles and alerts. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantile.h"
#include "cli/report_data.h"

/* Lengths of a wait at which people are asked in vain whether they mind: the third ring, a
 * minute, two, ... */
static const double band_s[TR_REPORT_BANDS_MAX + 1] = {0.0,   18.0,  60.0,    120.0,
                                                       180.0, 300.0, INFINITY};

static void add_band(struct tr_report_smiles *s, const struct tr_report_vote *v)
{
    int b = 0;

    while (b + 1 < TR_REPORT_BANDS_MAX && (double)v->wait_ms / 1000.0 >= band_s[b + 1]) {
        b++;
    }
    s->band[b].votes++;
    s->band[b].score_mean += v->score;
}

static void smiles_done(struct tr_report_smiles *s)
{
    s->score_mean = s->votes > 0 ? s->score_mean / (double)s->votes : (double)NAN;
    s->bands_n = 0;
    for (int b = 0; b < TR_REPORT_BANDS_MAX; b++) {
        struct tr_report_band *band = &s->band[b];

        band->from_s = band_s[b];
        band->to_s = band_s[b + 1];
        band->score_mean = band->votes > 0 ? band->score_mean / (double)band->votes : (double)NAN;
        s->bands_n = band->votes > 0 ? b + 1 : s->bands_n;
    }
}

void tr_report_count_votes(const struct tr_report_data *data, struct tr_report *report)
{
    for (size_t i = 0; i < data->votes_n; i++) {
        const struct tr_report_vote *v = &data->vote[i];
        struct tr_report_smiles *s = &report->station[v->station].smiles;
        const int day = data->base_day + v->day;

        if (day < data->from_day || day > data->to_day) {
            continue;
        }
        if (v->button < 0) {
            s->discarded++;
            continue;
        }
        s->votes++;
        s->score_mean += v->score;
        s->button[v->button].votes++;
        s->tied += v->tied;
        if (v->tied && v->wait_ms >= 0) {
            add_band(s, v);
        }
        report->day[day - data->from_day].votes++;
        report->day[day - data->from_day].score_mean += v->score;
    }
    for (int i = 0; i < report->stations_n; i++) {
        smiles_done(&report->station[i].smiles);
    }
    for (int i = 0; i < report->days_n; i++) {
        struct tr_report_day *d = &report->day[i];

        d->score_mean = d->votes > 0 ? d->score_mean / (double)d->votes : (double)NAN;
    }
}

/* --- alerts --------------------------------------------------------------------------------- */

static int64_t length_ms(const struct tr_report_alert *a)
{
    return a->until.ms > a->since.ms ? a->until.ms - a->since.ms : 0;
}

/* As much of it as lies in the range. */
static int64_t part_ms(const struct tr_report *r, int64_t since_ms, int64_t until_ms)
{
    const int64_t from = since_ms > r->from.ms ? since_ms : r->from.ms;
    const int64_t to = until_ms < r->to.ms ? until_ms : r->to.ms;

    return to > from ? to - from : 0;
}

/* One rule's, of one station or (TR_NONE) of all. */
static void alerts_of(const struct tr_report *report, int station, enum tr_alert_rule rule,
                      double *lengths, struct tr_report_alerts *ret)
{
    size_t n = 0;

    *ret = (struct tr_report_alerts){.median_s = NAN};
    for (int i = 0; i < report->alerts_n; i++) {
        const struct tr_report_alert *a = &report->alert[i];

        if (a->rule != rule || (station != TR_NONE && a->station != station)) {
            continue;
        }
        ret->n++;
        ret->acked += a->acked;
        ret->late += rule == TR_RULE_WAIT && a->level >= TR_LEVEL_LATE;
        ret->critical += rule == TR_RULE_WAIT && a->level >= TR_LEVEL_CRITICAL;
        ret->total_ms += part_ms(report, a->since.ms, a->until.ms);
        lengths[n++] = (double)length_ms(a) / 1000.0;
    }
    if (n > 0) {
        ret->median_s = tr_quantile(lengths, n, 0.5);
    }
}

static void add_fault(const struct tr_report_data *data, struct tr_report *report,
                      const struct tr_report_alert *a)
{
    for (int i = 0; i < report->sensors_n; i++) {
        struct tr_report_sensor *s = &report->sensor[i];

        if (strcmp(s->id, a->sensor) == 0) {
            s->faults++;
            s->total_ms += part_ms(report, a->since.ms, tr_report_well_ms(data, a));
            s->open |= a->open;
            s->last = a->since;
        }
    }
}

/* A report of one station lists the sensors that it uses, and no others. */
static bool concerns(const struct tr_report *report, const struct tr_report_alert *a)
{
    bool any = !report->only || a->station != TR_NONE;

    for (int i = 0; i < report->sensors_n && a->rule == TR_RULE_SENSOR; i++) {
        any |= strcmp(report->sensor[i].id, a->sensor) == 0;
    }
    return any;
}

/* Those of the range, each whole. @return 0 or -ENOMEM. */
static int choose_alerts(const struct tr_report_data *data, struct tr_report *report)
{
    report->alert = calloc(data->alerts_n + 1, sizeof(*report->alert));
    if (report->alert == NULL) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < data->alerts_n; i++) {
        const struct tr_report_alert *a = &data->alert[i];

        if (a->since.ms < report->to.ms && a->until.ms >= report->from.ms && concerns(report, a)) {
            report->alert[report->alerts_n++] = *a;
        }
    }
    return 0;
}

int tr_report_count_alerts(const struct tr_report_data *data, struct tr_report *report)
{
    struct tr_report_clock clock = {.start_s = data->day_start_min * 60};
    double *lengths;
    int r = choose_alerts(data, report);

    if (r < 0) {
        return r;
    }
    lengths = calloc((size_t)report->alerts_n + 1, sizeof(*lengths));
    if (lengths == NULL) {
        return -ENOMEM;
    }
    for (int rule = 0; rule < TR_RULE_COUNT; rule++) {
        alerts_of(report, TR_NONE, (enum tr_alert_rule)rule, lengths, &report->alerts_all[rule]);
        for (int s = 0; s < report->stations_n; s++) {
            alerts_of(report, s, (enum tr_alert_rule)rule, lengths,
                      &report->station[s].alerts[rule]);
        }
    }
    free(lengths);
    for (int i = 0; i < report->alerts_n; i++) {
        const struct tr_report_alert *a = &report->alert[i];
        const int day = tr_report_day_of(&clock, a->since, NULL);

        if (a->rule == TR_RULE_SENSOR) {
            add_fault(data, report, a);
        }
        if (day >= data->from_day && day <= data->to_day) {
            report->day[day - data->from_day].alerts++;
        }
    }
    return 0;
}
