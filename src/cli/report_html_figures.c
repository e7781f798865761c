/* The figures behind the charts, as tables: for whoever reads numbers, for screen readers, and
 * for paper. Each has the anchor that its charts link to. */
#include <math.h>

#include "cli/page.h"
#include "cli/report_html.h"

enum { ALERTS_LISTED = 100, DAYS_LISTED = 400 };

/* --- cells --------------------------------------------------------------------------------- */

static void table(FILE *to, const char *caption, const char *const *head)
{
    fputs("<div class=\"wide\"><table>\n", to);
    tr_page_element(to, "caption", NULL, "%s", caption);
    fputs("<thead><tr>", to);
    for (int i = 0; head[i] != NULL; i++) {
        fprintf(to, "<th scope=\"col\"%s>", i > 0 ? " class=\"num\"" : "");
        tr_page_text(to, head[i]);
        fputs("</th>", to);
    }
    fputs("</tr></thead>\n<tbody>\n", to);
}

static void table_end(FILE *to)
{
    fputs("</tbody></table></div>\n", to);
}

/* Of several rows of one station all but the first are quiet, and none is nameless. */
static void row_of(FILE *to, const char *head, bool first)
{
    fprintf(to, "<tr%s><th scope=\"row\">", first ? "" : " class=\"again\"");
    tr_page_text(to, head);
    fputs("</th>", to);
}

static void row(FILE *to, const char *head)
{
    row_of(to, head, true);
}

static void count(FILE *to, int64_t n)
{
    char text[32];
    fprintf(to, "<td class=\"num\">%s</td>", tr_chart_count(n, text, sizeof(text)));
}

static void number(FILE *to, double x)
{
    if (isnan(x)) {
        fputs("<td class=\"num\">\u2013</td>", to);
    } else {
        fprintf(to, "<td class=\"num\">%.1f</td>", x);
    }
}

/* Kept, of how many, in percent, between which bounds. */
static void level(FILE *to, const struct tr_report_level *l)
{
    const struct tr_chart_share share = tr_report_html_share(l);
    count(to, l->kept);
    count(to, l->counted);
    number(to, l->counted > 0 ? tr_chart_shown_pct(&share) : NAN);
    if (l->counted > 0) {
        fprintf(to, "<td class=\"num\">%.1f to %.1f</td>", l->sure_low_pct, l->sure_high_pct);
    } else {
        fputs("<td class=\"num\">\u2013</td>", to);
    }
}

static void end(FILE *to)
{
    fputs("</tr>\n", to);
}

#define LEVEL_HEAD "kept", "of", "%", "sure (95 %)"

static void heading(FILE *to, enum tr_report_section section, const char *title)
{
    fprintf(to, "<h3 id=\"%s\">%s</h3>\n", tr_report_html_anchor[section], title);
}

/* --- sections -------------------------------------------------------------------------------- */

static void kept_row(FILE *to, const char *name, const struct tr_report_level *l,
                     const struct tr_report_sight *sight)
{
    row(to, name);
    level(to, l);
    count(to, l->unsure);
    number(to, sight->pct);
    end(to);
}

static void ended_row(FILE *to, const char *name, const struct tr_report_count *c)
{
    row(to, name);
    count(to, c->waits);
    count(to, c->people);
    for (int o = 0; o < TR_OUTCOME_COUNT; o++) {
        count(to, c->outcome[o]);
    }
    count(to, c->by_staff);
    count(to, c->inaccurate);
    end(to);
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
    heading(to, TR_REPORT_LEVEL, "Stations");
    table(to, "Promises kept", kept);
    for (int i = 0; i < r->stations_n; i++) {
        if (has_waits(&r->station[i])) {
            kept_row(to, r->station[i].name, &r->station[i].level, &r->station[i].sight);
        }
    }
    if (r->stations_n > 1) {
        kept_row(to, "all", &r->level, &r->sight);
    }
    table_end(to);
    table(to, "In what the waits ended", ended);
    for (int i = 0; i < r->stations_n; i++) {
        if (has_waits(&r->station[i])) {
            ended_row(to, r->station[i].name, &r->station[i].count);
        }
    }
    if (r->stations_n > 1) {
        ended_row(to, "all", &r->count);
    }
    table_end(to);
}

static void daypart_rows(FILE *to, const char *who, const struct tr_report_daypart *d, int n)
{
    for (int i = 0; i < n; i++) {
        row_of(to, who, i == 0);
        tr_page_element(to, "td", "num", "%s", d[i].id[0] != '\0' ? d[i].id : "other times");
        level(to, &d[i].level);
        count(to, d[i].count.waits);
        number(to, d[i].p50_s);
        number(to, d[i].p90_s);
        number(to, d[i].sight.pct);
        end(to);
    }
}

static void dayparts(FILE *to, const struct tr_report *r)
{
    static const char *const head[] = {"station",   "daypart",    LEVEL_HEAD, "waits",
                                       "median, s", "90 % in, s", "seen %",   NULL};
    if (r->dayparts_n < 2) {
        return;
    }
    heading(to, TR_REPORT_DAYPARTS, "Dayparts");
    table(to, "Promises kept by daypart; waits of those answered", head);
    for (int i = 0; i < r->stations_n; i++) {
        if (tr_report_html_counts(&r->station[i])) {
            daypart_rows(to, r->station[i].name, r->station[i].daypart, r->station[i].dayparts_n);
        }
    }
    if (r->stations_n > 1) {
        daypart_rows(to, "all", r->daypart, r->dayparts_n);
    }
    table_end(to);
}

/* One row an hour, one column a weekday: "12 of 15", as exact as the map is quick. */
static void hour_table(FILE *to, const char *who, const struct tr_report_hours *h)
{
    const char *head[9] = {"from"};
    char hour[16], kept[32], all[32], name[7][4];
    int weekday[7];
    const int days = tr_report_html_days(h, weekday);
    for (int d = 0; d < days; d++) {
        snprintf(name[d], sizeof(name[d]), "%.3s", tr_report_html_weekday[weekday[d]]);
        head[d + 1] = name[d];
    }
    head[days + 1] = NULL;
    table(to, who, head);
    for (int i = 0; i < tr_report_html_rows(h); i++) {
        snprintf(hour, sizeof(hour), "%d:00", (h->first + i) % 24);
        row(to, hour);
        for (int d = 0; d < days; d++) {
            const struct tr_report_cell *c = &h->cell[weekday[d]][(h->first + i) % 24];
            if (c->level.counted == 0) {
                fprintf(to, "<td class=\"num\">%s</td>", c->days > 0 ? "0" : "");
            } else {
                fprintf(to, "<td class=\"num\">%s of %s</td>",
                        tr_chart_count(c->level.kept, kept, sizeof(kept)),
                        tr_chart_count(c->level.counted, all, sizeof(all)));
            }
        }
        end(to);
    }
    table_end(to);
}

static void hours(FILE *to, const struct tr_report *r)
{
    if (r->hours.first < 0) {
        return;
    }
    heading(to, TR_REPORT_HOURS, "Hours: promises kept");
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
            heading(to, TR_REPORT_QUANTILE, "How long people waited");
            table(to,
                  "Seconds; first with those who left counted as waiting at least so long, "
                  "then of the answered alone",
                  head);
        }
        any = true;
        row(to, r->station[i].name);
        count(to, q->answered);
        count(to, q->left);
        const double all[] = {q->needed_p50_s, q->needed_p90_s, q->needed_p95_s, q->served_p50_s,
                              q->served_p90_s, q->served_p95_s, q->mean_s,       q->max_s};
        for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
            number(to, all[k]);
        }
        end(to);
    }
    if (any) {
        table_end(to);
    }
}

static void week_rows(FILE *to, const char *who, const struct tr_report_week *w, int n)
{
    char label[96];
    for (int i = 0; i < n; i++) {
        snprintf(label, sizeof(label), "%s%s", w[i].monday, w[i].partial ? " (not whole)" : "");
        row_of(to, who, i == 0);
        tr_page_element(to, "td", "num", "%s", label);
        level(to, &w[i].level);
        count(to, w[i].count.waits);
        count(to, w[i].count.outcome[TR_OUTCOME_ABANDONED]);
        number(to, w[i].needed_p50_s);
        number(to, w[i].needed_p90_s);
        number(to, w[i].sight.pct);
        end(to);
    }
}

static void days(FILE *to, const struct tr_report *r)
{
    static const char *const head[] = {"day",       LEVEL_HEAD,   "waits",  "left",
                                       "median, s", "90 % in, s", "alerts", "votes",
                                       "mean vote", "seen %",     NULL};
    table(to, "Day by day; waits of those answered", head);
    for (int i = 0; i < r->days_n && i < DAYS_LISTED; i++) {
        const struct tr_report_day *d = &r->day[i];
        char label[64];
        snprintf(label, sizeof(label), "%.3s %s%s", tr_report_html_weekday[d->weekday], d->date,
                 d->closed ? ", closed" : "");
        row(to, label);
        level(to, &d->level);
        count(to, d->count.waits);
        count(to, d->count.outcome[TR_OUTCOME_ABANDONED]);
        number(to, d->p50_s);
        number(to, d->p90_s);
        count(to, d->alerts);
        count(to, d->votes);
        number(to, d->votes > 0 ? d->score_mean : NAN);
        number(to, d->sight.pct);
        end(to);
    }
    table_end(to);
}

static void weeks(FILE *to, const struct tr_report *r)
{
    static const char *const head[] = {"station",    "week from",  LEVEL_HEAD, "waits", "left",
                                       "half in, s", "90 % in, s", "seen %",   NULL};
    if (r->weeks_n < 2 && r->days_n < 2) {
        return;
    }
    heading(to, TR_REPORT_WEEKS, "Weeks and days");
    if (r->weeks_n >= 2) {
        table(to, "Week by week; waits with those who left", head);
        week_rows(to, "all", r->week, r->weeks_n);
        for (int i = 0; i < r->stations_n && r->stations_n > 1; i++) {
            if (tr_report_html_counts(&r->station[i])) {
                week_rows(to, r->station[i].name, r->station[i].week, r->station[i].weeks_n);
            }
        }
        table_end(to);
    }
    if (r->days_n >= 2) {
        days(to, r);
    }
}

static void smile_tables(FILE *to, const struct tr_report_station *s)
{
    static const char *const head[] = {"button", "of 100", "votes", NULL};
    static const char *const bands[] = {"wait before it, s", "votes", "mean vote", NULL};
    char label[64];
    table(to, s->name, head);
    for (int b = 0; b < s->smiles.buttons_n; b++) {
        row(to, s->smiles.button[b].id);
        count(to, s->smiles.button[b].score);
        count(to, s->smiles.button[b].votes);
        end(to);
    }
    table_end(to);
    if (s->smiles.tied == 0) {
        return;
    }
    table(to, "Votes that could be tied to a wait", bands);
    for (int i = 0; i < s->smiles.bands_n; i++) {
        const struct tr_report_band *b = &s->smiles.band[i];
        if (isinf(b->to_s)) {
            snprintf(label, sizeof(label), "%.0f and more", b->from_s);
        } else {
            snprintf(label, sizeof(label), "%.0f to under %.0f", b->from_s, b->to_s);
        }
        row(to, label);
        count(to, b->votes);
        number(to, b->votes > 0 ? b->score_mean : NAN);
        end(to);
    }
    table_end(to);
}

static void smiles(FILE *to, const struct tr_report *r)
{
    bool any = false;
    for (int i = 0; i < r->stations_n; i++) {
        if (r->station[i].smiles.votes > 0) {
            if (!any) {
                heading(to, TR_REPORT_SMILES, "Smiles");
            }
            any = true;
            smile_tables(to, &r->station[i]);
        }
    }
}

/* --- alerts and sensors ------------------------------------------------------------------------ */

static const char *about(const struct tr_report *r, const struct tr_report_alert *a)
{
    if (a->sensor[0] != '\0') {
        return a->sensor;
    }
    return a->station >= 0 && a->station < r->stations_n ? r->station[a->station].name : "";
}

static void alert_list(FILE *to, const struct tr_report *r)
{
    static const char *const head[] = {
        "began", "what", "where", "rung", "lasted", "seen by somebody", NULL};
    char at[64], lasted[64], caption[96];
    const int from = r->alerts_n > ALERTS_LISTED ? r->alerts_n - ALERTS_LISTED : 0;
    if (from > 0) {
        snprintf(caption, sizeof(caption), "The newest %d of %d", ALERTS_LISTED, r->alerts_n);
    } else {
        snprintf(caption, sizeof(caption), "Each alert");
    }
    table(to, caption, head);
    for (int i = from; i < r->alerts_n; i++) {
        const struct tr_report_alert *a = &r->alert[i];
        row(to, tr_report_html_moment(a->since, at, sizeof(at)));
        tr_page_element(to, "td", "num", "%s", tr_report_html_rule[a->rule]);
        tr_page_element(to, "td", "num", "%s", about(r, a));
        tr_page_element(to, "td", "num", "%s",
                        a->rule == TR_RULE_WAIT ? tr_level_name[a->level] : "");
        tr_page_element(to, "td", "num", "%s%s",
                        tr_report_html_long(a->until.ms - a->since.ms, lasted, sizeof(lasted)),
                        a->open ? ", and goes on" : "");
        tr_page_element(to, "td", "num", "%s", a->acked ? "yes" : "");
        end(to);
    }
    table_end(to);
}

static void alerts(FILE *to, const struct tr_report *r)
{
    static const char *const head[] = {"what",     "raised",      "seen by somebody", "late",
                                       "critical", "in all, min", "median, s",        NULL};
    if (r->alerts_n == 0 && !r->sounds_known && r->count.waits == 0) {
        return;
    }
    heading(to, TR_REPORT_ALERTS, "Alerts");
    table(to, "By kind", head);
    for (int rule = 0; rule < TR_RULE_COUNT; rule++) {
        const struct tr_report_alerts *a = &r->alerts_all[rule];
        row(to, tr_report_html_rule[rule]);
        count(to, a->n);
        count(to, a->acked);
        if (rule == TR_RULE_WAIT) {
            count(to, a->late);
            count(to, a->critical);
        } else {
            fputs("<td></td><td></td>", to);
        }
        number(to, (double)a->total_ms / 60000);
        number(to, a->median_s);
        end(to);
    }
    table_end(to);
    if (r->sounds_known) {
        char made[32], held[32];
        tr_page_element(to, "p", NULL, "Sounds made: %s; held back by the ceiling: %s",
                        tr_chart_count(r->sounds, made, sizeof(made)),
                        tr_chart_count(r->held_back, held, sizeof(held)));
    }
    if (r->alerts_n > 0) {
        alert_list(to, r);
    }
}

static void sensors(FILE *to, const struct tr_report *r)
{
    static const char *const head[] = {"sensor", "faults", "out of order, min", "now", NULL};
    static const char *const away[] = {"from", "to", "of it open, min", NULL};
    char from[64], until[64];
    if (r->sensors_n == 0 && r->absences_n == 0) {
        return;
    }
    heading(to, TR_REPORT_SENSORS, "Sensors, and when nobody watched");
    if (r->sensors_n > 0) {
        table(to, "Sensors", head);
        for (int i = 0; i < r->sensors_n; i++) {
            const struct tr_report_sensor *s = &r->sensor[i];
            row(to, s->name[0] != '\0' ? s->name : s->id);
            count(to, s->faults);
            number(to, (double)s->total_ms / 60000);
            tr_page_element(to, "td", "num", "%s",
                            s->gone   ? "no longer configured"
                            : s->open ? "out of order"
                                      : "in order");
            end(to);
        }
        table_end(to);
    }
    if (r->absences_n > 0) {
        table(to, "Nobody watched", away);
        for (int i = 0; i < r->absences_n; i++) {
            const struct tr_report_absence *a = &r->absence[i];
            row(to, tr_report_html_moment(a->from, from, sizeof(from)));
            tr_page_element(to, "td", "num", "%s",
                            tr_report_html_moment(a->to, until, sizeof(until)));
            number(to, (double)a->open_ms / 60000);
            end(to);
        }
        table_end(to);
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
    smiles(to, r);
    alerts(to, r);
    sensors(to, r);
    fputs("</section>\n", to);
}
