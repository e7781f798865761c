/* The report for programs: the names of struct tr_report, null for what is not known. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "cli/report.h"
#include "codec/jsonw.h"

enum { FIRST_ROOM = 1 << 20 };

static void known(struct tr_jsonw *w, const char *key, bool is, int64_t value)
{
    tr_jsonw_key(w, key);
    if (is) {
        tr_jsonw_int(w, value);
    } else {
        tr_jsonw_null(w);
    }
}

static void begin(struct tr_jsonw *w, const char *key, char bracket)
{
    tr_jsonw_key(w, key);
    tr_jsonw_open(w, bracket);
}

static void level(struct tr_jsonw *w, const struct tr_report_level *l)
{
    tr_jsonw_put_int(w, "counted", l->counted);
    tr_jsonw_put_int(w, "kept", l->kept);
    tr_jsonw_put_int(w, "unsure", l->unsure);
    tr_jsonw_put_decimal(w, "service_level_pct", l->pct);
    tr_jsonw_put_decimal(w, "low_pct", l->low_pct);
    tr_jsonw_put_decimal(w, "high_pct", l->high_pct);
    tr_jsonw_put_decimal(w, "sure_low_pct", l->sure_low_pct);
    tr_jsonw_put_decimal(w, "sure_high_pct", l->sure_high_pct);
}

static void count(struct tr_jsonw *w, const struct tr_report_count *c)
{
    tr_jsonw_put_int(w, "waits", c->waits);
    tr_jsonw_put_int(w, "people", c->people);
    for (int o = 0; o < TR_OUTCOME_COUNT; o++) {
        tr_jsonw_put_int(w, tr_outcome_name[o], c->outcome[o]);
    }
    tr_jsonw_put_int(w, "by_staff", c->by_staff);
    tr_jsonw_put_int(w, "inaccurate", c->inaccurate);
}

static void sight(struct tr_jsonw *w, const struct tr_report_sight *s)
{
    tr_jsonw_put_decimal(w, "open_s", (double)s->open_ms / 1000.0);
    tr_jsonw_put_decimal(w, "full_s", (double)s->full_ms / 1000.0);
    tr_jsonw_put_decimal(w, "coverage_pct", s->pct);
}

static void quantiles(struct tr_jsonw *w, const struct tr_report_quantiles *q)
{
    begin(w, "wait_s", '{');
    tr_jsonw_put_int(w, "answered", q->answered);
    tr_jsonw_put_int(w, "left", q->left);
    tr_jsonw_put_decimal(w, "mean", q->mean_s);
    tr_jsonw_put_decimal(w, "max", q->max_s);
    tr_jsonw_put_decimal(w, "served_p50", q->served_p50_s);
    tr_jsonw_put_decimal(w, "served_p90", q->served_p90_s);
    tr_jsonw_put_decimal(w, "served_p95", q->served_p95_s);
    tr_jsonw_put_decimal(w, "needed_p50", q->needed_p50_s);
    tr_jsonw_put_decimal(w, "needed_p90", q->needed_p90_s);
    tr_jsonw_put_decimal(w, "needed_p95", q->needed_p95_s);
    begin(w, "served", '[');
    for (int i = 0; i < TR_REPORT_QUANTILES; i++) {
        tr_jsonw_decimal(w, q->served_s[i]);
    }
    tr_jsonw_close(w, ']');
    begin(w, "needed", '[');
    for (int i = 0; i < TR_REPORT_QUANTILES; i++) {
        tr_jsonw_decimal(w, q->needed_s[i]);
    }
    tr_jsonw_close(w, ']');
    tr_jsonw_close(w, '}');
}

static void hours(struct tr_jsonw *w, const struct tr_report_hours *h)
{
    begin(w, "hours", '[');
    for (int d = 0; d < 7; d++) {
        for (int i = 0; i < 24; i++) {
            const struct tr_report_cell *c = &h->cell[d][i];

            if (c->waits == 0 && c->days == 0 && c->unknown_days == 0) {
                continue;
            }
            tr_jsonw_open(w, '{');
            tr_jsonw_put_int(w, "weekday", d + 1);
            tr_jsonw_put_int(w, "hour", i);
            tr_jsonw_put_int(w, "days", c->days);
            tr_jsonw_put_int(w, "unknown_days", c->unknown_days);
            tr_jsonw_put_int(w, "waits", c->waits);
            tr_jsonw_put_int(w, "abandoned", c->abandoned);
            level(w, &c->level);
            sight(w, &c->sight);
            tr_jsonw_put_decimal(w, "mean_s", c->mean_s);
            tr_jsonw_close(w, '}');
        }
    }
    tr_jsonw_close(w, ']');
}

static void dayparts(struct tr_jsonw *w, const struct tr_report_daypart *list, int n)
{
    begin(w, "dayparts", '[');
    for (int i = 0; i < n; i++) {
        const struct tr_report_daypart *d = &list[i];

        tr_jsonw_open(w, '{');
        tr_jsonw_put_string(w, "id", d->id[0] != '\0' ? d->id : NULL);
        level(w, &d->level);
        count(w, &d->count);
        sight(w, &d->sight);
        tr_jsonw_put_decimal(w, "p50_s", d->p50_s);
        tr_jsonw_put_decimal(w, "p90_s", d->p90_s);
        tr_jsonw_close(w, '}');
    }
    tr_jsonw_close(w, ']');
}

static void weeks(struct tr_jsonw *w, const struct tr_report_week *list, int n)
{
    begin(w, "weeks", '[');
    for (int i = 0; i < n; i++) {
        const struct tr_report_week *k = &list[i];

        tr_jsonw_open(w, '{');
        tr_jsonw_put_string(w, "monday", k->monday);
        tr_jsonw_put_string(w, "known", tr_report_known_name[k->known]);
        tr_jsonw_put_bool(w, "in_range", k->in_range);
        tr_jsonw_put_bool(w, "partial", k->partial);
        level(w, &k->level);
        count(w, &k->count);
        sight(w, &k->sight);
        tr_jsonw_put_decimal(w, "p50_s", k->p50_s);
        tr_jsonw_put_decimal(w, "p90_s", k->p90_s);
        tr_jsonw_put_decimal(w, "needed_p50_s", k->needed_p50_s);
        tr_jsonw_put_decimal(w, "needed_p90_s", k->needed_p90_s);
        tr_jsonw_close(w, '}');
    }
    tr_jsonw_close(w, ']');
}

static void days(struct tr_jsonw *w, const struct tr_report *r)
{
    begin(w, "days", '[');
    for (int i = 0; i < r->days_n; i++) {
        const struct tr_report_day *d = &r->day[i];

        tr_jsonw_open(w, '{');
        tr_jsonw_put_string(w, "date", d->date);
        tr_jsonw_put_int(w, "weekday", d->weekday + 1);
        tr_jsonw_put_string(w, "known", tr_report_known_name[d->known]);
        tr_jsonw_put_bool(w, "closed", d->known == TR_REPORT_CLOSED);
        level(w, &d->level);
        count(w, &d->count);
        sight(w, &d->sight);
        tr_jsonw_put_decimal(w, "p50_s", d->p50_s);
        tr_jsonw_put_decimal(w, "p90_s", d->p90_s);
        tr_jsonw_put_int(w, "alerts", d->alerts);
        tr_jsonw_put_int(w, "votes", d->votes);
        tr_jsonw_put_decimal(w, "score_mean", d->score_mean);
        tr_jsonw_close(w, '}');
    }
    tr_jsonw_close(w, ']');
}

static void smiles(struct tr_jsonw *w, const struct tr_report_smiles *s)
{
    begin(w, "smiles", '{');
    tr_jsonw_put_int(w, "votes", s->votes);
    tr_jsonw_put_int(w, "discarded", s->discarded);
    tr_jsonw_put_int(w, "tied", s->tied);
    tr_jsonw_put_decimal(w, "score_mean", s->score_mean);
    begin(w, "buttons", '[');
    for (int i = 0; i < s->buttons_n; i++) {
        tr_jsonw_open(w, '{');
        tr_jsonw_put_string(w, "id", s->button[i].id);
        tr_jsonw_put_int(w, "score", s->button[i].score);
        tr_jsonw_put_int(w, "votes", s->button[i].votes);
        tr_jsonw_close(w, '}');
    }
    tr_jsonw_close(w, ']');
    begin(w, "by_wait", '[');
    for (int i = 0; i < s->bands_n; i++) {
        tr_jsonw_open(w, '{');
        tr_jsonw_put_decimal(w, "from_s", s->band[i].from_s);
        tr_jsonw_put_decimal(w, "to_s", s->band[i].to_s);
        tr_jsonw_put_int(w, "votes", s->band[i].votes);
        tr_jsonw_put_decimal(w, "score_mean", s->band[i].score_mean);
        tr_jsonw_close(w, '}');
    }
    tr_jsonw_close(w, ']');
    tr_jsonw_close(w, '}');
}

static void alerts(struct tr_jsonw *w, const struct tr_report_alerts list[TR_RULE_COUNT])
{
    begin(w, "alerts", '{');
    for (int i = 0; i < TR_RULE_COUNT; i++) {
        begin(w, tr_alert_rule_name[i], '{');
        tr_jsonw_put_int(w, "n", list[i].n);
        tr_jsonw_put_int(w, "acked", list[i].acked);
        if (i == TR_RULE_WAIT) {
            tr_jsonw_put_int(w, "late", list[i].late);
            tr_jsonw_put_int(w, "critical", list[i].critical);
        }
        tr_jsonw_put_decimal(w, "total_s", (double)list[i].total_ms / 1000.0);
        tr_jsonw_put_decimal(w, "median_s", list[i].median_s);
        tr_jsonw_close(w, '}');
    }
    tr_jsonw_close(w, '}');
}

static void station(struct tr_jsonw *w, const struct tr_report_station *s)
{
    tr_jsonw_open(w, '{');
    tr_jsonw_put_string(w, "id", s->id);
    tr_jsonw_put_string(w, "name", s->name);
    tr_jsonw_put_bool(w, "gone", s->gone);
    tr_jsonw_put_string(w, "kind", s->kind < TR_KIND_COUNT ? tr_station_kind_name[s->kind] : NULL);
    tr_jsonw_put_string(w, "audience", tr_audience_name[s->audience]);
    tr_jsonw_put_decimal(w, "threshold_s", s->threshold_s);
    tr_jsonw_put_decimal(w, "target_pct", s->target_pct);
    level(w, &s->level);
    count(w, &s->count);
    sight(w, &s->sight);
    quantiles(w, &s->quantiles);
    tr_jsonw_put_decimal(w, "service_p50_s", s->service_p50_s);
    tr_jsonw_put_decimal(w, "service_p90_s", s->service_p90_s);
    dayparts(w, s->daypart, s->dayparts_n);
    hours(w, &s->hours);
    weeks(w, s->week, s->weeks_n);
    if (s->kind == TR_KIND_FEEDBACK) {
        smiles(w, &s->smiles);
    }
    alerts(w, s->alerts);
    tr_jsonw_close(w, '}');
}

static void told(struct tr_jsonw *w, const struct tr_report *r)
{
    begin(w, "alerts_list", '[');
    for (int i = 0; i < r->alerts_n; i++) {
        const struct tr_report_alert *a = &r->alert[i];

        tr_jsonw_open(w, '{');
        tr_jsonw_put_string(w, "rule", tr_alert_rule_name[a->rule]);
        tr_jsonw_put_string(w, "level", tr_level_name[a->level]);
        tr_jsonw_put_string(w, "station", a->station >= 0 ? r->station[a->station].id : NULL);
        tr_jsonw_put_string(w, "sensor", a->sensor[0] != '\0' ? a->sensor : NULL);
        tr_jsonw_put_time(w, "since", a->since);
        tr_jsonw_put_time(w, "until", a->until);
        tr_jsonw_put_bool(w, "acked", a->acked);
        tr_jsonw_put_bool(w, "open", a->open);
        tr_jsonw_close(w, '}');
    }
    tr_jsonw_close(w, ']');
    known(w, "waiting", r->waiting >= 0, r->waiting);
    tr_jsonw_put_decimal(w, "oldest_wait_s", r->oldest_wait_s);
    begin(w, "sounds", '{');
    tr_jsonw_key(w, "from");
    if (r->sounds_known) {
        tr_jsonw_time(w, r->sounds_from);
    } else {
        tr_jsonw_null(w);
    }
    known(w, "made", r->sounds_known, r->sounds);
    known(w, "held_back", r->sounds_known, r->held_back);
    tr_jsonw_close(w, '}');
}

static void sensors(struct tr_jsonw *w, const struct tr_report *r)
{
    begin(w, "sensors", '[');
    for (int i = 0; i < r->sensors_n; i++) {
        const struct tr_report_sensor *s = &r->sensor[i];

        tr_jsonw_open(w, '{');
        tr_jsonw_put_string(w, "id", s->id);
        tr_jsonw_put_string(w, "name", s->name);
        tr_jsonw_put_bool(w, "gone", s->gone);
        tr_jsonw_put_int(w, "faults", s->faults);
        tr_jsonw_put_decimal(w, "faulty_s", (double)s->total_ms / 1000.0);
        tr_jsonw_put_bool(w, "open", s->open);
        tr_jsonw_key(w, "last");
        if (s->faults > 0) {
            tr_jsonw_time(w, s->last);
        } else {
            tr_jsonw_null(w);
        }
        tr_jsonw_close(w, '}');
    }
    tr_jsonw_close(w, ']');
    begin(w, "absences", '[');
    for (int i = 0; i < r->absences_n; i++) {
        tr_jsonw_open(w, '{');
        tr_jsonw_put_time(w, "from", r->absence[i].from);
        tr_jsonw_put_time(w, "to", r->absence[i].to);
        tr_jsonw_put_bool(w, "clock", r->absence[i].clock);
        tr_jsonw_put_decimal(w, "open_s", (double)r->absence[i].open_ms / 1000.0);
        tr_jsonw_close(w, '}');
    }
    tr_jsonw_close(w, ']');
}

static void head(struct tr_jsonw *w, const struct tr_report *r)
{
    tr_jsonw_put_int(w, "v", 1);
    tr_jsonw_put_string(w, "type", "report");
    tr_jsonw_put_string(w, "site", r->site);
    tr_jsonw_put_string(w, "unit", r->unit);
    tr_jsonw_put_string(w, "name", r->name);
    tr_jsonw_put_string(w, "timezone", r->timezone);
    tr_jsonw_put_string(w, "title", r->title);
    tr_jsonw_put_string(w, "from_date", r->from_date);
    tr_jsonw_put_string(w, "to_date", r->to_date);
    tr_jsonw_put_time(w, "from", r->from);
    tr_jsonw_put_time(w, "to", r->to);
    tr_jsonw_put_time(w, "until", r->until);
    tr_jsonw_put_time(w, "known_from", r->known_from);
    tr_jsonw_put_time(w, "made", r->made);
    tr_jsonw_put_bool(w, "so_far", r->so_far);
    tr_jsonw_put_string(w, "clock", r->synced ? "synced" : "free");
    tr_jsonw_put_int(w, "plans", r->plans);
    tr_jsonw_put_int(w, "lost", r->lost);
}

static void everything(struct tr_jsonw *w, const struct tr_report *r)
{
    tr_jsonw_open(w, '{');
    head(w, r);
    level(w, &r->level);
    count(w, &r->count);
    sight(w, &r->sight);
    quantiles(w, &r->quantiles);
    dayparts(w, r->daypart, r->dayparts_n);
    hours(w, &r->hours);
    weeks(w, r->week, r->weeks_n);
    days(w, r);
    begin(w, "stations", '[');
    for (int i = 0; i < r->stations_n; i++) {
        station(w, &r->station[i]);
    }
    tr_jsonw_close(w, ']');
    alerts(w, r->alerts_all);
    told(w, r);
    sensors(w, r);
    tr_jsonw_put_decimal(w, "absent_s", (double)r->absent_ms / 1000.0);
    tr_jsonw_put_decimal(w, "before_s", (double)r->before_ms / 1000.0);
    tr_jsonw_put_decimal(w, "after_s", (double)r->after_ms / 1000.0);
    tr_jsonw_close(w, '}');
}

bool tr_report_json(FILE *to, const struct tr_report *report)
{
    struct tr_jsonw w;
    char *buf = NULL;
    int n = -ENOBUFS;

    for (size_t cap = FIRST_ROOM; n == -ENOBUFS && cap <= INT32_MAX / 2; cap *= 2) {
        free(buf);
        buf = malloc(cap);
        tr_jsonw_init(&w, buf, buf != NULL ? cap : 0);
        everything(&w, report);
        n = tr_jsonw_finish(&w);
    }
    if (n > 0) {
        fwrite(buf, 1, (size_t)n, to);
    }
    if (n > 0) {
        fputc('\n', to);
    }
    free(buf);
    return n > 0;
}
