/* The figures behind the charts, as tables: for whoever reads numbers, for screen readers, and
 * for paper. Each has the anchor that its charts link to. */
#include <math.h>

#include "cli/page.h"
#include "cli/report_cell.h"
#include "cli/report_html.h"

#define LEVEL_HEAD "kept", "of", "%", "sure (95\u00a0%)"

/* --- sections -------------------------------------------------------------------------------- */

static void kept_row(FILE *to, const char *name, const struct tr_report_level *l,
                     const struct tr_report_sight *sight)
{
    tr_report_cell_row(to, name);
    tr_report_cell_level(to, l);
    tr_report_cell_count(to, l->unsure);
    tr_report_cell_number(to, sight->pct);
    tr_report_cell_end(to);
}

static void ended_row(FILE *to, const char *name, const struct tr_report_count *c)
{
    tr_report_cell_row(to, name);
    tr_report_cell_count(to, c->waits);
    tr_report_cell_count(to, c->people);
    for (int o = 0; o < TR_OUTCOME_COUNT; o++) {
        tr_report_cell_count(to, c->outcome[o]);
    }
    tr_report_cell_count(to, c->by_staff);
    tr_report_cell_count(to, c->inaccurate);
    tr_report_cell_end(to);
}

static bool has_waits(const struct tr_report_station *s)
{
    return s->count.waits > 0 || s->kind != TR_KIND_FEEDBACK;
}

static void stations(FILE *to, const struct tr_report *r)
{
    static const char *const kept[] = {"station", LEVEL_HEAD, "unsure", "seen %", NULL};
    static const char *const ended[] = {"station", "waits",   "people", "answered",
                                        "left",    "expired", "voided", "unknown",
                                        "by key",  "inexact", NULL};
    tr_report_cell_heading(to, TR_REPORT_LEVEL, "Stations");
    tr_report_cell_table(to, "Promises kept", kept);
    for (int i = 0; i < r->stations_n; i++) {
        if (has_waits(&r->station[i])) {
            kept_row(to, r->station[i].name, &r->station[i].level, &r->station[i].sight);
        }
    }
    if (r->stations_n > 1) {
        kept_row(to, "all", &r->level, &r->sight);
    }
    tr_report_cell_table_end(to);
    tr_report_cell_table(to, "In what the waits ended", ended);
    for (int i = 0; i < r->stations_n; i++) {
        if (has_waits(&r->station[i])) {
            ended_row(to, r->station[i].name, &r->station[i].count);
        }
    }
    if (r->stations_n > 1) {
        ended_row(to, "all", &r->count);
    }
    tr_report_cell_table_end(to);
}

static void daypart_rows(FILE *to, const char *who, const struct tr_report_daypart *d, int n)
{
    for (int i = 0; i < n; i++) {
        tr_report_cell_row_of(to, who, i == 0);
        tr_page_element(to, "td", "num", "%s", d[i].id[0] != '\0' ? d[i].id : "other times");
        tr_report_cell_level(to, &d[i].level);
        tr_report_cell_count(to, d[i].count.waits);
        tr_report_cell_number(to, d[i].p50_s);
        tr_report_cell_number(to, d[i].p90_s);
        tr_report_cell_number(to, d[i].sight.pct);
        tr_report_cell_end(to);
    }
}

static void dayparts(FILE *to, const struct tr_report *r)
{
    static const char *const head[] = {"station",   "daypart",    LEVEL_HEAD, "waits",
                                       "median, s", "90 % in, s", "seen %",   NULL};
    if (r->dayparts_n < 2) {
        return;
    }
    tr_report_cell_heading(to, TR_REPORT_DAYPARTS, "Dayparts");
    tr_report_cell_table(to, "Promises kept by daypart; waits of those answered", head);
    for (int i = 0; i < r->stations_n; i++) {
        if (tr_report_html_counts(&r->station[i])) {
            daypart_rows(to, r->station[i].name, r->station[i].daypart, r->station[i].dayparts_n);
        }
    }
    if (r->stations_n > 1) {
        daypart_rows(to, "all", r->daypart, r->dayparts_n);
    }
    tr_report_cell_table_end(to);
}

/* One row an hour, one column a weekday: "12 of 15", as exact as the map is quick. */
static void hour_table(FILE *to, const char *who, const struct tr_report_hours *h)
{
    const char *head[9] = {"from"};
    char hour[16], kept[32], all[32], name[7][4];
    int weekday[7];
    const int days = tr_report_html_days(h, weekday);
    for (int d = 0; d < days; d++) {
        snprintf(name[d], sizeof(name[d]), "%.3s", tr_report_say_weekday[weekday[d]]);
        head[d + 1] = name[d];
    }
    head[days + 1] = NULL;
    tr_report_cell_table(to, who, head);
    for (int i = 0; i < tr_report_html_rows(h); i++) {
        snprintf(hour, sizeof(hour), "%d:00", (h->first + i) % 24);
        tr_report_cell_row(to, hour);
        for (int d = 0; d < days; d++) {
            const struct tr_report_cell *c = &h->cell[weekday[d]][(h->first + i) % 24];
            if (c->level.counted == 0) {
                fprintf(to, "<td class=\"num\">%s</td>",
                        tr_report_cell_unseen(c) ? "?"
                        : c->days > 0            ? "0"
                                                 : "");
            } else {
                fprintf(to, "<td class=\"num\">%s of %s</td>",
                        tr_chart_count(c->level.kept, kept, sizeof(kept)),
                        tr_chart_count(c->level.counted, all, sizeof(all)));
            }
        }
        tr_report_cell_end(to);
    }
    tr_report_cell_table_end(to);
}

static void hours(FILE *to, const struct tr_report *r)
{
    if (r->hours.first < 0) {
        return;
    }
    tr_report_cell_heading(to, TR_REPORT_HOURS, "Hours: promises kept");
    fputs("<div class=\"pairs\">\n", to);
    if (r->stations_n > 1) {
        hour_table(to, "All stations", &r->hours);
    }
    for (int i = 0; i < r->stations_n; i++) {
        if (tr_report_html_counts(&r->station[i]) && r->station[i].hours.first >= 0) {
            hour_table(to, r->station[i].name, &r->station[i].hours);
        }
    }
    fputs("</div>\n", to);
}

static void quantiles(FILE *to, const struct tr_report *r)
{
    static const char *const head[] = {"station",        "answered",         "left",
                                       "half in",        "90 % in",          "95 % in",
                                       "half, answered", "90 %, answered",   "95 %, answered",
                                       "mean, answered", "longest answered", NULL};
    bool any = false;
    for (int i = 0; i < r->stations_n; i++) {
        const struct tr_report_quantiles *q = &r->station[i].quantiles;
        if (q->answered == 0) {
            continue;
        }
        if (!any) {
            tr_report_cell_heading(to, TR_REPORT_QUANTILE, "How long people waited");
            tr_report_cell_table(
                to,
                "Seconds; first with those who left counted as waiting at least so long, "
                "then of the answered alone",
                head);
        }
        any = true;
        tr_report_cell_row(to, r->station[i].name);
        tr_report_cell_count(to, q->answered);
        tr_report_cell_count(to, q->left);
        const double all[] = {q->needed_p50_s, q->needed_p90_s, q->needed_p95_s, q->served_p50_s,
                              q->served_p90_s, q->served_p95_s, q->mean_s,       q->max_s};
        for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
            tr_report_cell_number(to, all[k]);
        }
        tr_report_cell_end(to);
    }
    if (any) {
        tr_report_cell_table_end(to);
    }
}

static void week_rows(FILE *to, const char *who, const struct tr_report_week *w, int n)
{
    char label[96];
    for (int i = 0; i < n; i++) {
        const bool untold = w[i].count.waits == 0 &&
                            (w[i].known != TR_REPORT_OPEN || tr_report_unseen(0, &w[i].sight));
        snprintf(label, sizeof(label), "%s%s%s", w[i].monday,
                 untold         ? ", "
                 : w[i].partial ? " (not whole)"
                                : "",
                 untold ? tr_report_say_nobody(w[i].known, 0, &w[i].sight) : "");
        tr_report_cell_row_of(to, who, i == 0);
        tr_page_element(to, "td", "num", "%s", label);
        tr_report_cell_level(to, &w[i].level);
        tr_report_cell_count(to, w[i].count.waits);
        tr_report_cell_count(to, w[i].count.outcome[TR_OUTCOME_ABANDONED]);
        tr_report_cell_number(to, w[i].needed_p50_s);
        tr_report_cell_number(to, w[i].needed_p90_s);
        tr_report_cell_number(to, w[i].sight.pct);
        tr_report_cell_end(to);
    }
}

static void days(FILE *to, const struct tr_report *r)
{
    static const char *const head[] = {"day",       LEVEL_HEAD,   "waits",  "left",
                                       "median, s", "90 % in, s", "alerts", "votes",
                                       "mean vote", "seen %",     NULL};
    tr_report_cell_table(to, "Day by day; waits of those answered", head);
    for (int i = 0; i < r->days_n; i++) {
        const struct tr_report_day *d = &r->day[i];
        char label[64];
        const bool untold =
            d->count.waits == 0 && (d->known != TR_REPORT_OPEN || tr_report_unseen(0, &d->sight));
        if (d->known == TR_REPORT_TO_COME && untold) {
            continue;
        }
        snprintf(label, sizeof(label), "%.3s %s%s%s", tr_report_say_weekday[d->weekday], d->date,
                 untold ? ", " : "", untold ? tr_report_say_nobody(d->known, 0, &d->sight) : "");
        tr_report_cell_row(to, label);
        tr_report_cell_level(to, &d->level);
        tr_report_cell_count(to, d->count.waits);
        tr_report_cell_count(to, d->count.outcome[TR_OUTCOME_ABANDONED]);
        tr_report_cell_number(to, d->p50_s);
        tr_report_cell_number(to, d->p90_s);
        tr_report_cell_count(to, d->alerts);
        tr_report_cell_count(to, d->votes);
        tr_report_cell_number(to, d->votes > 0 ? d->score_mean : NAN);
        tr_report_cell_number(to, d->sight.pct);
        tr_report_cell_end(to);
    }
    tr_report_cell_table_end(to);
}

static void weeks(FILE *to, const struct tr_report *r)
{
    static const char *const head[] = {"station",    "week from",  LEVEL_HEAD, "waits", "left",
                                       "half in, s", "90 % in, s", "seen %",   NULL};
    const bool days_told = r->days_n > 1 && r->days_n <= TR_REPORT_HTML_DAYS && tr_report_knows(r);
    const bool weeks_told = r->weeks_n >= 2 && tr_report_weeks_known(r);
    if (!weeks_told && !days_told) {
        return;
    }
    tr_report_cell_heading(to, TR_REPORT_WEEKS, "Weeks and days");
    if (weeks_told) {
        tr_report_cell_table(to, "Week by week; waits with those who left", head);
        week_rows(to, "all", r->week, r->weeks_n);
        for (int i = 0; i < r->stations_n && r->stations_n > 1; i++) {
            if (tr_report_html_counts(&r->station[i])) {
                const int n = r->station[i].weeks_n;
                const int from = n > TR_REPORT_HTML_WEEKS ? n - TR_REPORT_HTML_WEEKS : 0;
                week_rows(to, r->station[i].name, r->station[i].week + from, n - from);
            }
        }
        tr_report_cell_table_end(to);
    }
    if (days_told) {
        days(to, r);
    }
}

void tr_report_html_figures(FILE *to, const struct tr_report *r)
{
    fputs("<section class=\"figures\">\n", to);
    tr_page_element(to, "h2", NULL, "The figures");
    stations(to, r);
    dayparts(to, r);
    hours(to, r);
    quantiles(to, r);
    weeks(to, r);
    tr_report_html_smiles_figures(to, r);
    tr_report_html_alerts_figures(to, r);
    tr_report_html_sensors_figures(to, r);
    fputs("</section>\n", to);
}
