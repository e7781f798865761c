/* Waits, one by one, to where they count; and the levels that come of it. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/wilson.h"
#include "cli/report_data.h"

static double percent(int64_t part, int64_t whole)
{
    return whole > 0 ? 100.0 * (double)part / (double)whole : (double)NAN;
}

void tr_report_level_done(struct tr_report_level *level)
{
    const int64_t n = level->counted + level->unsure;

    level->pct = percent(level->kept, level->counted);
    level->low_pct = percent(level->kept, n);
    level->high_pct = percent(level->kept + level->unsure, n);
    level->sure_low_pct = n > 0 ? 100.0 * tr_wilson_low(level->kept, n, TR_WILSON_95) : (double)NAN;
    level->sure_high_pct =
        n > 0 ? 100.0 * tr_wilson_high(level->kept + level->unsure, n, TR_WILSON_95) : (double)NAN;
}

static void add_level(struct tr_report_level *level, const struct tr_report_wait *w)
{
    level->counted += w->verdict != TR_VERDICT_NOT_COUNTED;
    level->kept += w->verdict == TR_VERDICT_KEPT;
    level->unsure += w->unsure;
}

static void add_count(struct tr_report_count *count, const struct tr_report_wait *w)
{
    count->waits++;
    count->people += w->party;
    count->outcome[w->outcome]++;
    count->by_staff += w->outcome == TR_OUTCOME_ANSWERED && w->staff;
    count->inaccurate += w->inaccurate;
}

/* Sums of the answered, for the means of cells. */
struct cell_sum {
    double s[7][24];
    int64_t n[7][24];
};

static void add_cell(struct tr_report_hours *hours, struct cell_sum *sum,
                     const struct tr_report_wait *w)
{
    struct tr_report_cell *cell = &hours->cell[w->weekday][w->hour];

    add_level(&cell->level, w);
    cell->waits++;
    cell->abandoned += w->outcome == TR_OUTCOME_ABANDONED;
    if (w->outcome == TR_OUTCOME_ANSWERED && w->timed) {
        sum->s[w->weekday][w->hour] += w->wait_ms / 1000.0;
        sum->n[w->weekday][w->hour]++;
    }
}

/* Cells that nobody came to and in which the shop is shut are not shown, where they lie
 * before the first or after the last of the business day. */
static void hours_done(struct tr_report_hours *hours, const struct cell_sum *sum, int start_hour)
{
    hours->first = hours->last = -1;
    for (int i = 0; i < 24; i++) {
        const int h = (start_hour + i) % 24;
        bool any = false;

        for (int d = 0; d < 7; d++) {
            struct tr_report_cell *cell = &hours->cell[d][h];

            tr_report_level_done(&cell->level);
            cell->mean_s = sum->n[d][h] > 0 ? sum->s[d][h] / (double)sum->n[d][h] : (double)NAN;
            any |= cell->waits > 0 || cell->days > 0;
        }
        if (any) {
            hours->first = hours->first < 0 ? h : hours->first;
            hours->last = h;
        }
    }
}

static void add_wait(struct tr_report *r, struct cell_sum *sums, const struct tr_report_data *data,
                     const struct tr_report_wait *w)
{
    struct tr_report_station *st = &r->station[w->station];
    const int day = data->base_day + w->day;
    const int week = day < data->week_day ? -1 : (day - data->week_day) / 7;

    if (week >= 0 && week < r->weeks_n) {
        add_level(&r->week[week].level, w);
        add_count(&r->week[week].count, w);
        add_level(&st->week[week].level, w);
        add_count(&st->week[week].count, w);
    }
    if (day < data->from_day || day > data->to_day) {
        return;
    }
    add_level(&r->level, w);
    add_count(&r->count, w);
    add_level(&st->level, w);
    add_count(&st->count, w);
    add_level(&r->daypart[w->daypart].level, w);
    add_count(&r->daypart[w->daypart].count, w);
    add_level(&st->daypart[w->daypart].level, w);
    add_count(&st->daypart[w->daypart].count, w);
    add_level(&r->day[day - data->from_day].level, w);
    add_count(&r->day[day - data->from_day].count, w);
    add_cell(&r->hours, &sums[0], w);
    add_cell(&st->hours, &sums[1 + w->station], w);
}

static void levels_done(struct tr_report *r, struct tr_report_station *st)
{
    tr_report_level_done(st != NULL ? &st->level : &r->level);
    for (int i = 0; i < r->weeks_n; i++) {
        tr_report_level_done(st != NULL ? &st->week[i].level : &r->week[i].level);
    }
    for (int i = 0; i < r->dayparts_n; i++) {
        tr_report_level_done(st != NULL ? &st->daypart[i].level : &r->daypart[i].level);
    }
}

int tr_report_count_waits(const struct tr_report_data *data, struct tr_report *report)
{
    struct cell_sum *sums = calloc((size_t)report->stations_n + 1, sizeof(*sums));
    const int start_hour = data->day_start_min / 60;

    if (sums == NULL) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < data->waits_n; i++) {
        add_wait(report, sums, data, &data->wait[i]);
    }
    levels_done(report, NULL);
    hours_done(&report->hours, &sums[0], start_hour);
    for (int i = 0; i < report->stations_n; i++) {
        levels_done(report, &report->station[i]);
        hours_done(&report->station[i].hours, &sums[1 + i], start_hour);
    }
    for (int i = 0; i < report->days_n; i++) {
        tr_report_level_done(&report->day[i].level);
    }
    free(sums);
    return 0;
}

/* --- dayparts nobody needs ------------------------------------------------------------------ */

/* @return how many are left: those with waits, or in which the shop was open. */
static int keep_dayparts(struct tr_report_daypart *d, int n)
{
    int kept = 0;

    for (int i = 0; i < n; i++) {
        if (d[i].count.waits > 0 || d[i].sight.open_ms > 0) {
            d[kept++] = d[i];
        }
    }
    return kept;
}

int tr_report_figure(const struct tr_report_data *data, struct tr_report *report)
{
    int r = tr_report_count_waits(data, report);

    if (r == 0) {
        r = tr_report_count_quantiles(data, report);
    }
    if (r == 0) {
        tr_report_count_votes(data, report);
        r = tr_report_count_alerts(data, report);
    }
    for (int i = 0; i < report->stations_n; i++) {
        struct tr_report_station *st = &report->station[i];

        st->dayparts_n = keep_dayparts(st->daypart, report->dayparts_n);
    }
    report->dayparts_n = keep_dayparts(report->daypart, report->dayparts_n);
    return r;
}
