/* Smiles, alerts and sensors, for a terminal. */
#include <math.h>
#include <time.h>

#include "cli/report_text.h"

enum { BAR = 20 };

void tr_report_text_smiles(struct tr_report_page *p)
{
    char a[TR_REPORT_TEXT];
    char b[TR_REPORT_TEXT];

    for (int i = 0; i < p->r->stations_n; i++) {
        const struct tr_report_station *s = &p->r->station[i];
        const struct tr_report_smiles *m = &s->smiles;

        if (m->votes == 0) {
            continue;
        }
        tr_report_heading(p, s->name);
        tr_report_line(
            p, TR_STYLE_PLAIN, "%lld votes, mean %.0f of 100; %lld discarded, %lld tied to a wait",
            (long long)m->votes, m->score_mean, (long long)m->discarded, (long long)m->tied);
        for (int k = 0; k < m->buttons_n; k++) {
            tr_watch_cell(&p->out, TR_STYLE_PLAIN, 10, m->button[k].id);
            tr_watch_cellf(&p->out, TR_STYLE_PLAIN, -6, "%lld ", (long long)m->button[k].votes);
            tr_watch_repeat(&p->out, TR_STYLE_PLAIN, TR_GLYPH_BAR,
                            (int)(BAR * m->button[k].votes / m->votes));
            tr_report_line_end(p);
        }
        for (int k = 0; k < m->bands_n; k++) {
            const struct tr_report_band *d = &m->band[k];

            if (d->votes > 0) {
                tr_report_line(p, TR_STYLE_PLAIN, "after a wait from %s%s%s: %.0f (%lld)",
                               tr_report_seconds(d->from_s, a), isinf(d->to_s) ? "" : " to ",
                               isinf(d->to_s) ? " on" : tr_report_seconds(d->to_s, b),
                               d->score_mean, (long long)d->votes);
            }
        }
    }
}

static void alert_row(struct tr_report_page *p, const char *what, const struct tr_report_alerts *a,
                      const char *more)
{
    char text[TR_REPORT_TEXT];

    if (a->n > 0) {
        tr_report_line(
            p, TR_STYLE_PLAIN, "%s: %lld%s, half of them shorter than %s, %lld acknowledged", what,
            (long long)a->n, more,
            a->median_s < 3600.0 ? tr_report_seconds(a->median_s, text)
                                 : tr_report_length((int64_t)(a->median_s * 1000.0), text),
            (long long)a->acked);
    }
}

void tr_report_text_alerts(struct tr_report_page *p)
{
    static const char *const what[TR_RULE_COUNT] = {"Waits", "Lines too long",
                                                    "Promises of the hour not kept",
                                                    "Sensors out of order", "Nobody watched"};
    const struct tr_report *r = p->r;
    char text[TR_REPORT_TEXT] = "";

    tr_report_heading(p, "Alerts");
    for (int i = 0; i < TR_RULE_COUNT; i++) {
        const struct tr_report_alerts *a = &r->alerts_all[i];

        snprintf(text, sizeof(text), " (%lld came to late, %lld to critical)", (long long)a->late,
                 (long long)a->critical);
        alert_row(p, what[i], a, i == TR_RULE_WAIT ? text : "");
    }
    if (r->alerts_n == 0) {
        tr_report_line(p, TR_STYLE_PLAIN, "None.");
    }
    if (r->sounds_known) {
        const bool later = r->sounds_from.ms > r->known_from.ms + 60000;

        tr_report_line(p, TR_STYLE_PLAIN,
                       "Sounds: %lld made, %lld held back by the hourly ceiling%s%s",
                       (long long)r->sounds, (long long)r->held_back, later ? ", since " : "",
                       later ? tr_report_moment(r->sounds_from, text) : "");
    }
}

void tr_report_text_sensors(struct tr_report_page *p)
{
    const struct tr_report *r = p->r;
    int faulty = 0;
    char a[TR_REPORT_TEXT];
    char b[TR_REPORT_TEXT];

    tr_report_heading(p, "Sensors");
    for (int i = 0; i < r->sensors_n; i++) {
        const struct tr_report_sensor *s = &r->sensor[i];

        if (s->faults > 0) {
            faulty++;
            tr_report_line(p, s->open ? TR_STYLE_RED : TR_STYLE_PLAIN,
                           "%s (%s): %lld %s, %s in all, the last on %s%s", s->name, s->id,
                           (long long)s->faults, s->faults == 1 ? "fault" : "faults",
                           tr_report_length(s->total_ms, a), tr_report_moment(s->last, b),
                           !s->open    ? ""
                           : r->so_far ? "; STILL OUT OF ORDER"
                                       : "; out of order at the end");
        }
    }
    tr_report_line(p, TR_STYLE_PLAIN, "%d of %d sensors without a fault", r->sensors_n - faulty,
                   r->sensors_n);
    for (int i = 0; i < r->absences_n; i++) {
        if (r->absence[i].open_ms > 0) {
            tr_report_line(p, TR_STYLE_PLAIN,
                           r->absence[i].clock
                               ? "The clock leapt forward on %s, over %s of opening time"
                               : "Nobody watched from %s for %s of opening time",
                           tr_report_moment(r->absence[i].from, a),
                           tr_report_length(r->absence[i].open_ms, b));
        }
    }
    if (r->lost > 0) {
        tr_report_line(p, TR_STYLE_RED,
                       "The journal could not keep %lld records or inputs in its life.",
                       (long long)r->lost);
    }
}
