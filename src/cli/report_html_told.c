/* What people said of it, and what the unit said: smiles, alerts, sensors. */
#include <math.h>

#include "cli/page.h"
#include "cli/report_html.h"

/* --- smiles ----------------------------------------------------------------------------- */

static void smile_bar(FILE *to, const struct tr_report_station *s)
{
    struct tr_chart_smile_row row = {.label = "All votes"};
    char title[TR_REPORT_SAY_MAX], small[TR_REPORT_SAY_MAX];
    const int n = s->smiles.buttons_n;
    snprintf(title, sizeof(title), "Votes: %s", s->name);
    snprintf(small, sizeof(small), "on average %.0f of 100; %lld discarded (children, crowds)",
             s->smiles.score_mean, (long long)s->smiles.discarded);
    tr_report_html_figure(to, s->name, small);
    if (n >= 2 && n <= TR_CHART_SCORES) {
        for (int b = 0; b < n; b++) {
            row.votes[n - 1 - b] = s->smiles.button[b].votes;
        }
        tr_chart_smiles(to, title, n, &row, 1);
    }
    fputs("</figure>\n", to);
}

static void smile_turn(FILE *to, const struct tr_report_station *s)
{
    struct tr_chart_turn turn[TR_REPORT_BANDS_MAX];
    char label[TR_REPORT_BANDS_MAX][64], from[32], until[32], title[TR_REPORT_SAY_MAX];
    for (int i = 0; i < s->smiles.bands_n; i++) {
        const struct tr_report_band *b = &s->smiles.band[i];
        tr_chart_duration(b->from_s, from, sizeof(from));
        if (isinf(b->to_s)) {
            snprintf(label[i], sizeof(label[i]), "%s +", from);
        } else {
            snprintf(label[i], sizeof(label[i]), "< %s",
                     tr_chart_duration(b->to_s, until, sizeof(until)));
        }
        turn[i] =
            (struct tr_chart_turn){.label = label[i], .score = b->score_mean, .votes = b->votes};
    }
    snprintf(title, sizeof(title), "At which wait the smiles turn: %s", s->name);
    tr_report_html_figure(to, "At which wait the smiles turn",
                          "mean vote by the wait before it, and how many");
    tr_chart_turn(to, title, turn, s->smiles.bands_n);
    fputs("</figure>\n", to);
}

void tr_report_html_smiles(FILE *to, const struct tr_report *r)
{
    bool any = false;
    for (int i = 0; i < r->stations_n; i++) {
        const struct tr_report_station *s = &r->station[i];
        if (s->smiles.votes == 0) {
            continue;
        }
        if (!any) {
            tr_report_html_heading(to, TR_REPORT_SMILES, "Smiles");
            fputs("<div class=\"charts\">\n", to);
        }
        any = true;
        smile_bar(to, s);
        if (s->smiles.tied >= TR_REPORT_LEAST && s->smiles.bands_n > 1) {
            smile_turn(to, s);
        }
    }
    if (any) {
        fputs("</div>\n", to);
    }
}

/* --- alerts and sensors -------------------------------------------------------------------- */

static int alert_bars(const struct tr_report *r, struct tr_chart_bar *bar, char note[][96])
{
    char half[32];
    int n = 0;
    for (int rule = 0; rule < TR_RULE_COUNT; rule++) {
        const struct tr_report_alerts *a = &r->alerts_all[rule];
        if (a->n == 0) {
            continue;
        }
        note[n][0] = '\0';
        if (!isnan(a->median_s)) {
            snprintf(note[n], 96, "half were over in %s",
                     tr_chart_duration(a->median_s, half, sizeof(half)));
        }
        bar[n] = (struct tr_chart_bar){
            .label = tr_report_html_rule[rule], .note = note[n], .solid = a->n};
        n++;
        if (rule == TR_RULE_WAIT) {
            bar[n++] = (struct tr_chart_bar){.label = "of these, late", .solid = a->late};
            bar[n++] = (struct tr_chart_bar){.label = "of these, critical", .solid = a->critical};
        }
    }
    return n;
}

void tr_report_html_alerts(FILE *to, const struct tr_report *r)
{
    struct tr_chart_bar bar[TR_RULE_COUNT + 2];
    char note[TR_RULE_COUNT + 2][96], from[64];
    const int n = alert_bars(r, bar, note);
    if (!tr_report_knows(r) || (r->count.waits == 0 && n == 0)) {
        return;
    }
    tr_report_html_heading(to, TR_REPORT_ALERTS, "Alerts");
    if (n == 0) {
        tr_page_element(to, "p", NULL, "None was raised.");
    }
    fputs("<div class=\"charts\">\n", to);
    if (n > 0) {
        tr_report_html_figure(to, "Raised", NULL);
        tr_chart_bars(to, "Alerts raised, by kind", bar, n);
        fputs("</figure>\n", to);
    }
    if (r->sounds_known && r->sounds + r->held_back > 0) {
        const struct tr_chart_bar sound = {
            .label = "Sounds", .solid = r->sounds, .hatched = r->held_back};
        tr_report_html_figure(
            to, "What the floor heard",
            "hatched: held back by the ceiling of sounds an hour, so that nobody learns to "
            "ignore them");
        tr_chart_bars(to, "Sounds made and held back", &sound, 1);
        if (r->sounds_from.ms > r->from.ms) {
            tr_page_element(to, "p", "note", "Known from %s on.",
                            tr_report_html_moment(r->sounds_from, from, sizeof(from)));
        }
        fputs("</figure>\n", to);
    }
    fputs("</div>\n", to);
}

void tr_report_html_sensors(FILE *to, const struct tr_report *r)
{
    char total[64], last[64];
    int bad = 0;
    if (r->sensors_n == 0 || !tr_report_knows(r)) {
        return;
    }
    for (int i = 0; i < r->sensors_n; i++) {
        bad += r->sensor[i].faults > 0;
    }
    tr_report_html_heading(to, TR_REPORT_SENSORS, "Sensors");
    if (bad == 0) {
        tr_page_element(to, "p", NULL, "All %d were in order.", r->sensors_n);
        return;
    }
    tr_page_element(to, "p", NULL,
                    "%d of %d were in order throughout. The others:", r->sensors_n - bad,
                    r->sensors_n);
    fputs("<ul>\n", to);
    for (int i = 0; i < r->sensors_n; i++) {
        const struct tr_report_sensor *s = &r->sensor[i];
        if (s->faults > 0) {
            tr_page_element(to, "li", NULL, "%s: out of order %lld %s, %s in all, last on %s%s",
                            s->name[0] != '\0' ? s->name : s->id, (long long)s->faults,
                            s->faults == 1 ? "time" : "times",
                            tr_report_html_long(s->total_ms, total, sizeof(total)),
                            tr_report_html_moment(s->last, last, sizeof(last)),
                            !s->open    ? ""
                            : r->so_far ? "; it still is"
                                        : "; it was at the end");
        }
    }
    fputs("</ul>\n", to);
}
