/* The figures of what people said, and of what the unit said, as tables. */
#include <math.h>

#include "cli/page.h"
#include "cli/report_cell.h"
#include "cli/report_html.h"

enum { ALERTS_LISTED = 100 };

static void smile_tables(FILE *to, const struct tr_report_station *s)
{
    static const char *const head[] = {"button", "of 100", "votes", NULL};
    static const char *const bands[] = {"wait before it, s", "votes", "mean vote", NULL};
    char label[64];
    tr_report_cell_table(to, s->name, head);
    for (int b = 0; b < s->smiles.buttons_n; b++) {
        tr_report_cell_row(to, s->smiles.button[b].id);
        tr_report_cell_count(to, s->smiles.button[b].score);
        tr_report_cell_count(to, s->smiles.button[b].votes);
        tr_report_cell_end(to);
    }
    tr_report_cell_table_end(to);
    if (s->smiles.tied == 0) {
        return;
    }
    tr_report_cell_table(to, "Votes that could be tied to a wait", bands);
    for (int i = 0; i < s->smiles.bands_n; i++) {
        const struct tr_report_band *b = &s->smiles.band[i];
        if (isinf(b->to_s)) {
            snprintf(label, sizeof(label), "%.0f and more", b->from_s);
        } else {
            snprintf(label, sizeof(label), "%.0f to under %.0f", b->from_s, b->to_s);
        }
        tr_report_cell_row(to, label);
        tr_report_cell_count(to, b->votes);
        tr_report_cell_number(to, b->votes > 0 ? b->score_mean : NAN);
        tr_report_cell_end(to);
    }
    tr_report_cell_table_end(to);
}

void tr_report_html_smiles_figures(FILE *to, const struct tr_report *r)
{
    bool any = false;
    for (int i = 0; i < r->stations_n; i++) {
        if (r->station[i].smiles.votes > 0) {
            if (!any) {
                tr_report_cell_heading(to, TR_REPORT_SMILES, "Smiles");
            }
            any = true;
            smile_tables(to, &r->station[i]);
        }
    }
}

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
    static const char *const rung[TR_LEVEL_COUNT] = {[TR_LEVEL_OK] = "",
                                                     [TR_LEVEL_AT_RISK] = "at risk",
                                                     [TR_LEVEL_LATE] = "late",
                                                     [TR_LEVEL_CRITICAL] = "critical"};
    char at[64], lasted[64], caption[96];
    const int from = r->alerts_n > ALERTS_LISTED ? r->alerts_n - ALERTS_LISTED : 0;
    if (from > 0) {
        snprintf(caption, sizeof(caption), "The newest %d of %d", ALERTS_LISTED, r->alerts_n);
    } else {
        snprintf(caption, sizeof(caption), "Each alert");
    }
    tr_report_cell_table(to, caption, head);
    for (int i = from; i < r->alerts_n; i++) {
        const struct tr_report_alert *a = &r->alert[i];
        tr_report_cell_row(to, tr_report_html_moment(a->since, at, sizeof(at)));
        tr_page_element(to, "td", "num", "%s", tr_report_html_rule[a->rule]);
        tr_page_element(to, "td", "num", "%s", about(r, a));
        tr_page_element(to, "td", "num", "%s", a->rule == TR_RULE_WAIT ? rung[a->level] : "");
        tr_page_element(to, "td", "num", "%s%s",
                        tr_report_html_long(a->until.ms - a->since.ms, lasted, sizeof(lasted)),
                        a->open ? ", and goes on" : "");
        tr_page_element(to, "td", "num", "%s", a->acked ? "yes" : "");
        tr_report_cell_end(to);
    }
    tr_report_cell_table_end(to);
}

void tr_report_html_alerts_figures(FILE *to, const struct tr_report *r)
{
    static const char *const head[] = {"what",     "raised",      "seen by somebody", "late",
                                       "critical", "in all, min", "median, s",        NULL};
    if (!tr_report_knows(r) || (r->alerts_n == 0 && !r->sounds_known && r->count.waits == 0)) {
        return;
    }
    tr_report_cell_heading(to, TR_REPORT_ALERTS, "Alerts");
    tr_report_cell_table(to, "By kind", head);
    for (int rule = 0; rule < TR_RULE_COUNT; rule++) {
        const struct tr_report_alerts *a = &r->alerts_all[rule];
        tr_report_cell_row(to, tr_report_html_rule[rule]);
        tr_report_cell_count(to, a->n);
        tr_report_cell_count(to, a->acked);
        if (rule == TR_RULE_WAIT) {
            tr_report_cell_count(to, a->late);
            tr_report_cell_count(to, a->critical);
        } else {
            fputs("<td></td><td></td>", to);
        }
        tr_report_cell_number(to, (double)a->total_ms / 60000);
        tr_report_cell_number(to, a->median_s);
        tr_report_cell_end(to);
    }
    tr_report_cell_table_end(to);
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

void tr_report_html_sensors_figures(FILE *to, const struct tr_report *r)
{
    static const char *const head[] = {"sensor", "faults", "out of order, min", "now", NULL};
    static const char *const away[] = {"from", "to", "of it open, min", "why", NULL};
    char from[64], until[64];
    if (!tr_report_knows(r) || (r->sensors_n == 0 && r->absences_n == 0)) {
        return;
    }
    tr_report_cell_heading(to, TR_REPORT_SENSORS, "Sensors, and when nobody watched");
    if (r->sensors_n > 0) {
        tr_report_cell_table(to, "Sensors", head);
        for (int i = 0; i < r->sensors_n; i++) {
            const struct tr_report_sensor *s = &r->sensor[i];
            tr_report_cell_row(to, s->name[0] != '\0' ? s->name : s->id);
            tr_report_cell_count(to, s->faults);
            tr_report_cell_number(to, (double)s->total_ms / 60000);
            tr_page_element(to, "td", "num", "%s",
                            s->gone   ? "no longer configured"
                            : s->open ? "out of order"
                                      : "in order");
            tr_report_cell_end(to);
        }
        tr_report_cell_table_end(to);
    }
    if (r->absences_n > 0) {
        tr_report_cell_table(to, "Nobody watched", away);
        for (int i = 0; i < r->absences_n; i++) {
            const struct tr_report_absence *a = &r->absence[i];
            tr_report_cell_row(to, tr_report_html_moment(a->from, from, sizeof(from)));
            tr_page_element(to, "td", "num", "%s",
                            tr_report_html_moment(a->to, until, sizeof(until)));
            tr_report_cell_number(to, (double)a->open_ms / 60000);
            tr_page_element(to, "td", "num", "%s", a->clock ? "the clock was set" : "");
            tr_report_cell_end(to);
        }
        tr_report_cell_table_end(to);
    }
}
