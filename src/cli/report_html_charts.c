/* The sections of the page, each with its charts. One with nothing to say has no heading. */
#include <math.h>

#include "cli/page.h"
#include "cli/report_html.h"

void tr_report_html_figure(FILE *to, const char *caption, const char *small)
{
    fputs("<figure>\n<figcaption>", to);
    tr_page_text(to, caption);
    if (small != NULL && small[0] != '\0') {
        tr_page_element(to, "small", NULL, "%s", small);
    }
    fputs("</figcaption>\n", to);
}

/* Below few waits a share says nothing: "7 of 9", or "92.1 % of 1,204 waits". */
static char *of_waits(const struct tr_report_level *l, char *text, size_t cap)
{
    char pct[64], n[32];
    tr_report_say_pct(l, pct, sizeof(pct));
    if (l->counted < TR_REPORT_LEAST) {
        snprintf(text, cap, "%s waits", pct);
    } else {
        snprintf(text, cap, "%s of %s waits", pct, tr_chart_count(l->counted, n, sizeof(n)));
    }
    return text;
}

/* --- dayparts -------------------------------------------------------------------------- */

static void daypart_chart(FILE *to, const char *who, const struct tr_report_daypart *d, int n,
                          double objective_pct)
{
    struct tr_chart_row row[TR_DAYPARTS_MAX + 1];
    char note[TR_DAYPARTS_MAX + 1][96], half[32], most[32], title[TR_REPORT_SAY_MAX];
    for (int i = 0; i < n; i++) {
        char from[32] = "";
        if (d[i].from_min >= 0) {
            snprintf(from, sizeof(from), "from %d:%02d; ", d[i].from_min / 60, d[i].from_min % 60);
        }
        if (isnan(d[i].p50_s)) {
            snprintf(note[i], sizeof(note[i]), "%s", from);
        } else {
            snprintf(note[i], sizeof(note[i]), "%shalf by %s, nine in ten by %s", from,
                     tr_chart_duration(d[i].p50_s, half, sizeof(half)),
                     tr_chart_duration(d[i].p90_s, most, sizeof(most)));
        }
        row[i] = (struct tr_chart_row){
            .label = d[i].id[0] != '\0' ? d[i].id : "other times",
            .note = note[i],
            .level = tr_report_say_share(&d[i].level),
            .nobody = tr_report_say_nobody(TR_REPORT_OPEN, d[i].count.waits, &d[i].sight),
            .objective_pct = objective_pct,
            .coverage_pct = d[i].sight.pct};
    }
    tr_report_html_figure(to, who, NULL);
    snprintf(title, sizeof(title), "Service level by daypart: %s", who);
    tr_chart_rows(to, title, row, n);
    fputs("</figure>\n", to);
}

static void dayparts(FILE *to, const struct tr_report *r)
{
    if (r->dayparts_n < 2) {
        return;
    }
    tr_report_html_heading(to, TR_REPORT_DAYPARTS, "By daypart");
    fputs("<div class=\"charts\">\n", to);
    if (r->stations_n > 1 && !r->only) {
        daypart_chart(to, "All stations", r->daypart, r->dayparts_n, NAN);
    }
    for (int i = 0; i < r->stations_n; i++) {
        const struct tr_report_station *s = &r->station[i];
        if (tr_report_html_counts(s)) {
            daypart_chart(to, s->name, s->daypart, s->dayparts_n, s->target_pct);
        }
    }
    fputs("</div>\n", to);
}

/* --- hours ------------------------------------------------------------------------------ */

static void heat(FILE *to, const char *who, const char *small, const struct tr_report_hours *hours,
                 double objective_pct)
{
    struct tr_chart_cell cell[7 * 24];
    const char *column[7];
    char name[7][4], title[TR_REPORT_SAY_MAX];
    int weekday[7];
    const int days = tr_report_html_days(hours, weekday), rows = tr_report_html_rows(hours);
    for (int d = 0; d < days; d++) {
        snprintf(name[d], sizeof(name[d]), "%.3s", tr_report_say_weekday[weekday[d]]);
        column[d] = name[d];
        for (int i = 0; i < rows; i++) {
            const struct tr_report_cell *c = &hours->cell[weekday[d]][(hours->first + i) % 24];
            cell[i * days + d] = (struct tr_chart_cell){.level = tr_report_say_share(&c->level),
                                                        .open = c->days > 0,
                                                        .unseen = tr_report_cell_unseen(c)};
        }
    }
    snprintf(title, sizeof(title), "Service level by hour and weekday: %s", who);
    const struct tr_chart_heat h = {.title = title,
                                    .columns = column,
                                    .columns_n = days,
                                    .hour_from = hours->first,
                                    .hour_to = hours->first + rows,
                                    .cells = cell,
                                    .objective_pct = objective_pct};
    tr_report_html_figure(to, who, small);
    tr_chart_heat(to, &h);
    fputs("</figure>\n", to);
}

/* People through one day: waits in each hour, of the one weekday there is. */
static void day_columns(FILE *to, const char *who, const char *small,
                        const struct tr_report_hours *hours)
{
    struct tr_chart_column column[24];
    char label[24][8], title[TR_REPORT_SAY_MAX];
    int weekday[7];
    const int rows = tr_report_html_rows(hours);
    if (tr_report_html_days(hours, weekday) != 1) {
        return;
    }
    for (int i = 0; i < rows; i++) {
        const int hour = (hours->first + i) % 24;
        const struct tr_report_cell *c = &hours->cell[weekday[0]][hour];
        snprintf(label[i], sizeof(label[i]), "%d", hour);
        column[i] = (struct tr_chart_column){.label = label[i],
                                             .kept = c->level.kept,
                                             .n = tr_report_cell_unseen(c) ? -1 : c->level.counted,
                                             .accent = true};
    }
    snprintf(title, sizeof(title), "Waits by hour: %s", who);
    tr_report_html_figure(to, who, small);
    tr_chart_columns(to, title, column, rows);
    fputs("</figure>\n", to);
}

static void hours(FILE *to, const struct tr_report *r)
{
    char small[TR_REPORT_SAY_MAX];
    int weekday[7];
    if (r->hours.first < 0) {
        return;
    }
    const bool one_day = tr_report_html_days(&r->hours, weekday) == 1;
    tr_report_html_heading(to, TR_REPORT_HOURS, one_day ? "Through the day" : "Which hour hurts");
    fputs("<div class=\"charts\">\n", to);
    if (!r->only && r->stations_n > 1) {
        of_waits(&r->level, small, sizeof(small));
        if (one_day) {
            day_columns(to, "All stations", small, &r->hours);
        } else {
            heat(to, "All stations", small, &r->hours, NAN);
        }
    }
    for (int i = 0; i < r->stations_n; i++) {
        const struct tr_report_station *s = &r->station[i];
        of_waits(&s->level, small, sizeof(small));
        if (tr_report_html_counts(s) && s->hours.first >= 0 && one_day) {
            day_columns(to, s->name, small, &s->hours);
        } else if (tr_report_html_counts(s) && s->hours.first >= 0) {
            heat(to, s->name, small, &s->hours, s->target_pct);
        }
    }
    if (!one_day) {
        tr_report_html_figure(to, "How to read it", "percent of the waits that kept their promise");
        tr_chart_heat_legend(to);
        fputs("</figure>\n", to);
    }
    fputs("</div>\n", to);
    if (one_day) {
        tr_page_element(to, "p", "note",
                        "Waits that count, by the hour they began in. Full: the promise was kept. "
                        "Hatched: it was not.");
    }
}

/* --- how long people waited ------------------------------------------------------------- */

static size_t points(const double s[TR_REPORT_QUANTILES], struct tr_chart_point *ret)
{
    size_t n = 0;
    for (int i = 0; i < TR_REPORT_QUANTILES && !isnan(s[i]); i++) {
        ret[n++] = (struct tr_chart_point){.wait_s = s[i], .pct = i + 1};
    }
    return n;
}

static void curve(FILE *to, const struct tr_report_station *s)
{
    struct tr_chart_point honest[TR_REPORT_QUANTILES], naive[TR_REPORT_QUANTILES];
    char title[TR_REPORT_SAY_MAX], small[TR_REPORT_SAY_MAX], half[32], most[32], n[32];
    const struct tr_report_quantiles *q = &s->quantiles;
    const struct tr_chart_curve c = {.title = title,
                                     .honest = honest,
                                     .honest_n = points(q->needed_s, honest),
                                     .naive = naive,
                                     .naive_n = points(q->served_s, naive),
                                     .threshold_s = s->threshold_s,
                                     .objective_pct = s->target_pct};
    snprintf(title, sizeof(title), "How long people waited: %s", s->name);
    snprintf(small, sizeof(small), "half by %s, nine in ten by %s; %s left or gave up",
             isnan(q->needed_p50_s) ? "?" : tr_chart_duration(q->needed_p50_s, half, sizeof(half)),
             isnan(q->needed_p90_s) ? "?" : tr_chart_duration(q->needed_p90_s, most, sizeof(most)),
             tr_chart_count(q->left, n, sizeof(n)));
    tr_report_html_figure(to, s->name, small);
    tr_chart_curve(to, &c);
    fputs("</figure>\n", to);
}

static void quantiles(FILE *to, const struct tr_report *r)
{
    bool any = false;
    for (int i = 0; i < r->stations_n; i++) {
        const struct tr_report_station *s = &r->station[i];
        if (s->quantiles.answered < TR_REPORT_LEAST) {
            continue;
        }
        if (!any) {
            tr_report_html_heading(to, TR_REPORT_QUANTILE, "How long people waited");
            fputs("<div class=\"charts\">\n", to);
        }
        any = true;
        curve(to, s);
    }
    if (any) {
        fputs("</div>\n", to);
        tr_page_element(to, "p", "note",
                        "Who left had waited at least so long: the full line counts them "
                        "(Kaplan and Meier). Where it ends, nobody stayed long enough to know "
                        "more. The dashed line leaves them out and flatters.");
    }
}

/* --- weeks and days --------------------------------------------------------------------- */

static void week_rows(FILE *to, const char *who, const struct tr_report_week *week, int n,
                      double objective_pct)
{
    struct tr_chart_row row[TR_REPORT_HTML_WEEKS];
    char label[TR_REPORT_HTML_WEEKS][64], note[TR_REPORT_HTML_WEEKS][96], half[32], most[32];
    char title[TR_REPORT_SAY_MAX], day[32];
    const int m = n < TR_REPORT_HTML_WEEKS ? n : TR_REPORT_HTML_WEEKS;
    for (int i = 0; i < m; i++) {
        const struct tr_report_week *w = &week[n - 1 - i];
        snprintf(label[i], sizeof(label[i]), "week of %s%s",
                 tr_report_html_date(w->monday, day, sizeof(day)), w->partial ? ", not whole" : "");
        note[i][0] = '\0';
        if (!isnan(w->needed_p50_s)) {
            snprintf(note[i], sizeof(note[i]), "half by %s, nine in ten by %s",
                     tr_chart_duration(w->needed_p50_s, half, sizeof(half)),
                     isnan(w->needed_p90_s)
                         ? "?"
                         : tr_chart_duration(w->needed_p90_s, most, sizeof(most)));
        }
        row[i] = (struct tr_chart_row){
            .label = label[i],
            .note = note[i],
            .level = tr_report_say_share(&w->level),
            .nobody = tr_report_say_nobody(w->known, w->count.waits, &w->sight),
            .objective_pct = objective_pct,
            .coverage_pct = w->sight.pct,
            .accent = w->in_range};
    }
    snprintf(title, sizeof(title), "This week beside the weeks before: %s", who);
    tr_report_html_figure(to, who, NULL);
    tr_chart_rows(to, title, row, m);
    fputs("</figure>\n", to);
}

/* Nobody can tell who came. */
static bool unseen(enum tr_report_known known, int64_t waits, const struct tr_report_sight *sight)
{
    return tr_report_unseen(waits, sight) ||
           (waits == 0 && (known == TR_REPORT_BEFORE || known == TR_REPORT_AFTER));
}

/* Without those at the end that are still to come. */
static int days_told(const struct tr_report *r)
{
    int n = r->days_n;
    while (n > 0 && r->day[n - 1].known == TR_REPORT_TO_COME && r->day[n - 1].count.waits == 0) {
        n--;
    }
    return n;
}

static void week_columns(FILE *to, const struct tr_report *r)
{
    struct tr_chart_column column[TR_REPORT_WEEKS_MAX];
    char label[TR_REPORT_WEEKS_MAX][32];
    const int every = (r->weeks_n + 7) / 8;
    for (int i = 0; i < r->weeks_n; i++) {
        const struct tr_report_week *w = &r->week[i];
        label[i][0] = '\0';
        if ((r->weeks_n - 1 - i) % every == 0) {
            tr_report_html_date(w->monday, label[i], sizeof(label[i]));
        }
        column[i] = (struct tr_chart_column){
            .label = label[i],
            .kept = w->level.kept,
            .n = unseen(w->known, w->count.waits, &w->sight) ? -1 : w->level.counted,
            .accent = w->in_range};
    }
    tr_report_html_figure(to, "Waits by week",
                          "full: kept; hatched: not; thin hatching: nobody watched");
    tr_chart_columns(to, "Waits by week, kept and missed", column, r->weeks_n);
    fputs("</figure>\n", to);
}

static void day_by_day(FILE *to, const struct tr_report *r)
{
    struct tr_chart_column column[TR_REPORT_HTML_DAYS];
    char label[TR_REPORT_HTML_DAYS][32];
    const int n = days_told(r), every = (n + 7) / 8;
    for (int i = 0; i < n; i++) {
        const struct tr_report_day *d = &r->day[i];
        label[i][0] = '\0';
        if (n <= 7) {
            snprintf(label[i], sizeof(label[i]), "%.3s", tr_report_say_weekday[d->weekday]);
        } else if (i % every == 0) {
            tr_report_html_date(d->date, label[i], sizeof(label[i]));
        }
        column[i] = (struct tr_chart_column){
            .label = label[i],
            .kept = d->level.kept,
            .n = unseen(d->known, d->count.waits, &d->sight) ? -1 : d->level.counted,
            .accent = true};
    }
    tr_report_html_figure(to, "Waits by day",
                          "full: kept; hatched: not; thin hatching: nobody watched");
    tr_chart_columns(to, "Waits by day, kept and missed", column, n);
    fputs("</figure>\n", to);
}

static void weeks(FILE *to, const struct tr_report *r)
{
    const bool days = r->days_n > 1 && r->days_n <= TR_REPORT_HTML_DAYS && tr_report_knows(r);
    const bool weeks = r->weeks_n >= 2 && tr_report_weeks_known(r);
    if (!weeks && !days) {
        return;
    }
    tr_report_html_heading(to, TR_REPORT_WEEKS, !weeks ? "Day by day" : "Beside the weeks before");
    fputs("<div class=\"charts\">\n", to);
    if (days && days_told(r) > 0) {
        day_by_day(to, r);
    }
    if (weeks) {
        week_columns(to, r);
        week_rows(to, "All stations", r->week, r->weeks_n, NAN);
        for (int i = 0; i < r->stations_n && r->stations_n > 1; i++) {
            const struct tr_report_station *s = &r->station[i];
            if (tr_report_html_counts(s)) {
                week_rows(to, s->name, s->week, s->weeks_n, s->target_pct);
            }
        }
    }
    fputs("</div>\n", to);
}

void tr_report_html_charts(FILE *to, const struct tr_report *r)
{
    static void (*const section[TR_REPORT_SECTION_COUNT])(FILE *, const struct tr_report *) = {
        [TR_REPORT_DAYPARTS] = dayparts,
        [TR_REPORT_HOURS] = hours,
        [TR_REPORT_QUANTILE] = quantiles,
        [TR_REPORT_WEEKS] = weeks,
        [TR_REPORT_SMILES] = tr_report_html_smiles,
        [TR_REPORT_ALERTS] = tr_report_html_alerts,
        [TR_REPORT_SENSORS] = tr_report_html_sensors,
    };
    for (int i = 0; i < TR_REPORT_SECTION_COUNT; i++) {
        if (section[i] != NULL) {
            section[i](to, r);
        }
    }
}
