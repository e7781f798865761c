/* The report for a spreadsheet: one table, a row for each thing that has figures. What a row
 * has no figure for is empty. Texts are ids, dates and words: nothing to quote, and nothing
 * that a spreadsheet takes for a formula; an id from a journal that somebody tampered with is
 * made so. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "cli/report.h"
#include "codec/json.h"

static const char *const columns[] = {
    "section",      "station",      "key",           "from",          "to",     "waits",
    "people",       "answered",     "abandoned",     "expired",       "void",   "unknown",
    "by_staff",     "inaccurate",   "counted",       "kept",          "unsure", "level_pct",
    "low_pct",      "high_pct",     "sure_low_pct",  "sure_high_pct", "open_s", "coverage_pct",
    "mean_s",       "max_s",        "p50_s",         "p90_s",         "p95_s",  "needed_p50_s",
    "needed_p90_s", "needed_p95_s", "service_p50_s", "service_p90_s", "n",      "acked",
    "seconds",      "score",        "word"};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]), CELL = 40 };

/* One row, as texts. */
struct row {
    char cell[COLUMNS][CELL];
};

static int find(const char *name)
{
    int i = 0;

    while (i < COLUMNS - 1 && strcmp(columns[i], name) != 0) {
        i++;
    }
    return i;
}

static void text(struct row *row, const char *column, const char *value)
{
    char *cell = row->cell[find(column)];

    snprintf(cell, CELL, "%s", value);
    for (; *cell != '\0'; cell++) {
        if (!isascii(*cell) || (!isalnum(*cell) && strchr(" _-.:()", *cell) == NULL)) {
            *cell = '?';
        }
    }
}

static void whole(struct row *row, const char *column, int64_t value)
{
    snprintf(row->cell[find(column)], CELL, "%lld", (long long)value);
}

static void decimal(struct row *row, const char *column, double value)
{
    if (isfinite(value)) {
        snprintf(row->cell[find(column)], CELL, "%.3f", value);
    }
}

static void moment(struct row *row, const char *column, struct tr_wall at)
{
    char iso[25];

    tr_rfc3339(at, iso);
    text(row, column, iso);
}

static struct row begin(const char *section, const char *station, const char *key)
{
    struct row row = {.cell = {""}};

    text(&row, "section", section);
    text(&row, "station", station);
    text(&row, "key", key);
    return row;
}

static void print(FILE *to, const struct row *row)
{
    for (int i = 0; i < COLUMNS; i++) {
        fprintf(to, "%s%s", i > 0 ? "," : "", row->cell[i]);
    }
    fputs("\r\n", to);
}

static void level(struct row *row, const struct tr_report_level *l)
{
    whole(row, "counted", l->counted);
    whole(row, "kept", l->kept);
    whole(row, "unsure", l->unsure);
    decimal(row, "level_pct", l->pct);
    decimal(row, "low_pct", l->low_pct);
    decimal(row, "high_pct", l->high_pct);
    decimal(row, "sure_low_pct", l->sure_low_pct);
    decimal(row, "sure_high_pct", l->sure_high_pct);
}

static void count(struct row *row, const struct tr_report_count *c)
{
    whole(row, "waits", c->waits);
    whole(row, "people", c->people);
    for (int o = 0; o < TR_OUTCOME_COUNT; o++) {
        whole(row, tr_outcome_name[o], c->outcome[o]);
    }
    whole(row, "by_staff", c->by_staff);
    whole(row, "inaccurate", c->inaccurate);
}

static void sight(struct row *row, const struct tr_report_sight *s)
{
    decimal(row, "open_s", (double)s->open_ms / 1000.0);
    decimal(row, "coverage_pct", s->pct);
}

static void quantiles(struct row *row, const struct tr_report_quantiles *q)
{
    decimal(row, "mean_s", q->mean_s);
    decimal(row, "max_s", q->max_s);
    decimal(row, "p50_s", q->served_p50_s);
    decimal(row, "p90_s", q->served_p90_s);
    decimal(row, "p95_s", q->served_p95_s);
    decimal(row, "needed_p50_s", q->needed_p50_s);
    decimal(row, "needed_p90_s", q->needed_p90_s);
    decimal(row, "needed_p95_s", q->needed_p95_s);
}

/* --- sections -------------------------------------------------------------------------- */

static void levels(FILE *to, const struct tr_report *r)
{
    struct row row = begin("all", "", "");

    moment(&row, "from", r->from);
    moment(&row, "to", r->until);
    level(&row, &r->level);
    count(&row, &r->count);
    sight(&row, &r->sight);
    quantiles(&row, &r->quantiles);
    print(to, &row);
    for (int i = 0; i < r->stations_n; i++) {
        const struct tr_report_station *s = &r->station[i];

        row = begin("station", s->id, s->kind < TR_KIND_COUNT ? tr_station_kind_name[s->kind] : "");
        level(&row, &s->level);
        count(&row, &s->count);
        sight(&row, &s->sight);
        quantiles(&row, &s->quantiles);
        decimal(&row, "service_p50_s", s->service_p50_s);
        decimal(&row, "service_p90_s", s->service_p90_s);
        print(to, &row);
    }
}

static void dayparts(FILE *to, const char *station, const struct tr_report_daypart *list, int n)
{
    for (int i = 0; i < n; i++) {
        struct row row = begin("daypart", station, list[i].id[0] != '\0' ? list[i].id : "(none)");

        level(&row, &list[i].level);
        count(&row, &list[i].count);
        sight(&row, &list[i].sight);
        decimal(&row, "p50_s", list[i].p50_s);
        decimal(&row, "p90_s", list[i].p90_s);
        print(to, &row);
    }
}

static void hours(FILE *to, const char *station, const struct tr_report_hours *h)
{
    static const char *const weekday[7] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

    for (int d = 0; d < 7; d++) {
        for (int i = 0; i < 24; i++) {
            const struct tr_report_cell *c = &h->cell[d][i];
            char key[16];

            if (c->waits == 0 && c->days == 0 && c->unknown_days == 0) {
                continue;
            }
            snprintf(key, sizeof(key), "%s %02d:00", weekday[d], i);
            struct row row = begin("hour", station, key);
            level(&row, &c->level);
            whole(&row, "waits", c->waits);
            whole(&row, "abandoned", c->abandoned);
            decimal(&row, "mean_s", c->mean_s);
            sight(&row, &c->sight);
            whole(&row, "n", c->days);
            text(&row, "word",
                 tr_report_unseen(c->waits, &c->sight) ? "unseen"
                 : tr_report_cell_unseen(c)            ? "unknown"
                 : c->days > 0                         ? "open"
                                                       : "closed");
            print(to, &row);
        }
    }
}

static void weeks(FILE *to, const char *station, const struct tr_report_week *list, int n)
{
    for (int i = 0; i < n; i++) {
        const struct tr_report_week *w = &list[i];
        struct row row = begin("week", station, w->monday);

        level(&row, &w->level);
        count(&row, &w->count);
        sight(&row, &w->sight);
        decimal(&row, "p50_s", w->p50_s);
        decimal(&row, "p90_s", w->p90_s);
        decimal(&row, "needed_p50_s", w->needed_p50_s);
        decimal(&row, "needed_p90_s", w->needed_p90_s);
        text(&row, "word",
             w->known != TR_REPORT_OPEN ? tr_report_known_name[w->known]
             : w->partial               ? "partial"
                                        : "whole");
        print(to, &row);
    }
}

static void days(FILE *to, const struct tr_report *r)
{
    for (int i = 0; i < r->days_n; i++) {
        const struct tr_report_day *d = &r->day[i];
        struct row row = begin("day", "", d->date);

        level(&row, &d->level);
        count(&row, &d->count);
        sight(&row, &d->sight);
        decimal(&row, "p50_s", d->p50_s);
        decimal(&row, "p90_s", d->p90_s);
        decimal(&row, "score", d->score_mean);
        text(&row, "word", tr_report_known_name[d->known]);
        print(to, &row);
    }
}

static void curve(FILE *to, const char *station, const struct tr_report_quantiles *q)
{
    for (int i = 0; i < TR_REPORT_QUANTILES && q->answered > 0; i++) {
        char key[8];

        snprintf(key, sizeof(key), "p%02d", i + 1);
        for (int needed = 0; needed < 2; needed++) {
            struct row row = begin(needed ? "wait needed" : "wait served", station, key);

            decimal(&row, "seconds", needed ? q->needed_s[i] : q->served_s[i]);
            print(to, &row);
        }
    }
}

static void smiles(FILE *to, const struct tr_report_station *s)
{
    const struct tr_report_smiles *m = &s->smiles;
    struct row row = begin("smiles", s->id, "all");

    whole(&row, "n", m->votes);
    decimal(&row, "score", m->score_mean);
    print(to, &row);
    row = begin("smiles", s->id, "discarded");
    whole(&row, "n", m->discarded);
    print(to, &row);
    row = begin("smiles", s->id, "tied");
    whole(&row, "n", m->tied);
    print(to, &row);
    for (int i = 0; i < m->buttons_n; i++) {
        row = begin("smiles by button", s->id, m->button[i].id);
        whole(&row, "n", m->button[i].votes);
        whole(&row, "score", m->button[i].score);
        print(to, &row);
    }
    for (int i = 0; i < m->bands_n; i++) {
        char key[32];

        snprintf(key, sizeof(key), "from %.0f s", m->band[i].from_s);
        row = begin("smiles by wait", s->id, key);
        whole(&row, "n", m->band[i].votes);
        decimal(&row, "score", m->band[i].score_mean);
        print(to, &row);
    }
}

static void alerts(FILE *to, const struct tr_report *r)
{
    struct row row;

    for (int i = 0; i < r->alerts_n; i++) {
        const struct tr_report_alert *a = &r->alert[i];

        row = begin("alert", a->station >= 0 ? r->station[a->station].id : a->sensor,
                    tr_alert_rule_name[a->rule]);
        moment(&row, "from", a->since);
        moment(&row, "to", a->until);
        whole(&row, "acked", a->acked);
        decimal(&row, "seconds",
                a->until.ms > a->since.ms ? (double)(a->until.ms - a->since.ms) / 1000.0 : 0.0);
        text(&row, "word", tr_level_name[a->level]);
        print(to, &row);
    }
    for (int i = 0; i < 2 && r->sounds_known; i++) {
        row = begin("sounds", "", i == 0 ? "made" : "held back");
        moment(&row, "from", r->sounds_from);
        moment(&row, "to", r->until);
        whole(&row, "n", i == 0 ? r->sounds : r->held_back);
        print(to, &row);
    }
}

static void sensors(FILE *to, const struct tr_report *r)
{
    struct row row;

    for (int i = 0; i < r->sensors_n; i++) {
        const struct tr_report_sensor *s = &r->sensor[i];

        row = begin("sensor", "", s->id);
        whole(&row, "n", s->faults);
        decimal(&row, "seconds", (double)s->total_ms / 1000.0);
        if (s->faults > 0) {
            moment(&row, "from", s->last);
        }
        text(&row, "word", s->open ? "faulty" : "ok");
        print(to, &row);
    }
    for (int i = 0; i < r->absences_n; i++) {
        row = begin("absence", "", r->absence[i].clock ? "clock" : "");
        moment(&row, "from", r->absence[i].from);
        moment(&row, "to", r->absence[i].to);
        decimal(&row, "seconds", (double)r->absence[i].open_ms / 1000.0);
        print(to, &row);
    }
}

void tr_report_csv(FILE *to, const struct tr_report *report)
{
    const struct tr_report *r = report;

    for (int i = 0; i < COLUMNS; i++) {
        fprintf(to, "%s%s", i > 0 ? "," : "", columns[i]);
    }
    fputs("\r\n", to);
    levels(to, r);
    dayparts(to, "", r->daypart, r->dayparts_n);
    hours(to, "", &r->hours);
    curve(to, "", &r->quantiles);
    weeks(to, "", r->week, r->weeks_n);
    days(to, r);
    for (int i = 0; i < r->stations_n; i++) {
        const struct tr_report_station *s = &r->station[i];

        dayparts(to, s->id, s->daypart, s->dayparts_n);
        hours(to, s->id, &s->hours);
        curve(to, s->id, &s->quantiles);
        weeks(to, s->id, s->week, s->weeks_n);
        if (s->kind == TR_KIND_FEEDBACK && s->audience != TR_AUDIENCE_STAFF) {
            smiles(to, s);
        }
    }
    alerts(to, r);
    sensors(to, r);
}
