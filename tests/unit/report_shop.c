#include "report_shop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/wilson.h"

struct tr_report_level report_shop_level(int64_t kept, int64_t counted)
{
    const double pct = counted > 0 ? 100.0 * (double)kept / (double)counted : NAN;
    return (struct tr_report_level){
        .counted = counted,
        .kept = kept,
        .pct = pct,
        .low_pct = pct,
        .high_pct = pct,
        .sure_low_pct = 100 * tr_wilson_low(kept, counted, TR_WILSON_95),
        .sure_high_pct = 100 * tr_wilson_high(kept, counted, TR_WILSON_95),
    };
}

static void add(struct tr_report_level *to, int64_t kept, int64_t counted)
{
    *to = report_shop_level(to->kept + kept, to->counted + counted);
}

/* How busy an hour is, and how much of it goes well: lunch and Friday evening hurt. */
static int64_t busy(int weekday, int hour)
{
    static const int64_t base[24] = {[9] = 6,   [10] = 12, [11] = 18, [12] = 41, [13] = 37,
                                     [14] = 16, [15] = 14, [16] = 20, [17] = 34, [18] = 22};
    return weekday == 6 ? 0 : base[hour] * (weekday == 4 ? 13 : 10) / 10;
}

static double well(int station, int weekday, int hour)
{
    static const double level[] = {0.93, 0.84, 0.97, 0.76};
    const double rush = hour == 12 || hour == 13 ? 0.16 : hour == 17 ? 0.1 : 0;
    return fmax(0.2, level[station] - (station == 2 ? 0.02 : rush) -
                         (weekday == 4 && hour == 17 ? 0.25 : 0));
}

static void hours_of(struct tr_report_hours *h, int station, int days)
{
    h->first = 9;
    h->last = 18;
    for (int d = 0; d < 7 && d < days; d++) {
        for (int hour = 9; hour <= 18; hour++) {
            struct tr_report_cell *c = &h->cell[d][hour];
            const int64_t n = busy(d, hour) / (station + 1) * (days > 7 ? days / 7 : 1);
            c->days = d == 6 ? 0 : days > 7 ? days / 7 : 1;
            c->waits = n;
            c->level = report_shop_level((int64_t)((double)n * well(station, d, hour)), n);
            c->mean_s = 60;
        }
    }
}

static void quantiles_of(struct tr_report_quantiles *q, double scale_s, int64_t answered,
                         int64_t left)
{
    const double share = (double)left / (double)(answered + left);
    q->answered = answered;
    q->left = left;
    for (int i = 0; i < TR_REPORT_QUANTILES; i++) {
        const double p = (i + 1) / 100.0;
        q->served_s[i] = round(-scale_s * log(1 - p) * 0.85);
        q->needed_s[i] = p < 1 - share / 2 ? round(-scale_s * log(1 - p)) : NAN;
    }
    q->mean_s = scale_s;
    q->max_s = scale_s * 7.5;
    q->served_p50_s = q->served_s[49];
    q->served_p90_s = q->served_s[89];
    q->served_p95_s = q->served_s[94];
    q->needed_p50_s = q->needed_s[49];
    q->needed_p90_s = q->needed_s[89];
    q->needed_p95_s = q->needed_s[94];
}

static void dayparts_of(struct tr_report_daypart *d, int *ret_n, const struct tr_report_hours *h)
{
    static const char *const id[] = {"morning", "lunch", "afternoon"};
    static const int from[] = {9, 12, 14, 19};
    for (int i = 0; i < 3; i++) {
        memset(&d[i], 0, sizeof(d[i]));
        strcpy(d[i].id, id[i]);
        d[i].from_min = (int16_t)(from[i] * 60);
        for (int w = 0; w < 7; w++) {
            for (int hour = from[i]; hour < from[i + 1]; hour++) {
                add(&d[i].level, h->cell[w][hour].level.kept, h->cell[w][hour].level.counted);
            }
        }
        d[i].count.waits = d[i].level.counted;
        d[i].sight = (struct tr_report_sight){.pct = i == 1 ? 84.2 : 100};
        d[i].p50_s = 35 + 20 * (i == 1);
        d[i].p90_s = 130 + 85 * (i == 1);
    }
    *ret_n = 3;
}

static void weeks_of(struct tr_report_week *w, int n, int64_t counted, double level)
{
    static const char *const monday[] = {"2026-01-05", "2026-01-12", "2026-01-19",
                                         "2026-01-26", "2026-02-02", "2026-02-09",
                                         "2026-02-16", "2026-02-23", "2026-03-02"};
    for (int i = 0; i < n; i++) {
        const int64_t m = counted * (90 + (i * 37) % 17) / 100;
        memset(&w[i], 0, sizeof(w[i]));
        strcpy(w[i].monday, monday[9 - n + i]);
        w[i].in_range = i == n - 1;
        w[i].level = report_shop_level((int64_t)((double)m * (level - 0.01 * ((n - i) % 5))), m);
        w[i].count.waits = m;
        w[i].sight.pct = i == 2 ? 71 : 99.2;
        w[i].p50_s = w[i].needed_p50_s = 40 + i;
        w[i].p90_s = w[i].needed_p90_s = i == 1 ? (double)NAN : 150.0 + i * 3;
    }
}

static void smiles_of(struct tr_report_smiles *s)
{
    static const int64_t votes[] = {61, 22, 9, 14};
    static const struct tr_report_band band[] = {{0, 60, 31, 91.4},
                                                 {60, 120, 22, 80.2},
                                                 {120, 180, 11, 55.0},
                                                 {180, 300, 6, 33.3},
                                                 {300, INFINITY, 4, 8.3}};
    static const char *const id[] = {"great", "good", "poor", "awful"};
    s->buttons_n = 4;
    for (int i = 0; i < 4; i++) {
        strcpy(s->button[i].id, id[i]);
        s->button[i].score = 100 - 33 * i;
        s->button[i].votes = votes[i];
        s->votes += votes[i];
    }
    s->discarded = 7;
    s->tied = 74;
    s->score_mean = 74.5;
    s->bands_n = 5;
    memcpy(s->band, band, sizeof(band));
}

static void station_of(struct tr_report_station *s, int i, int days, int weeks)
{
    static const char *const id[] = {"entrance", "tills", "fitting", "phone", "exit"};
    static const char *const name[] = {"Entrance", "Line at the tills", "Fitting room",
                                       "Telephone & <orders>", "How was it?"};
    static const double threshold[] = {30, 180, 60, 18}, target[] = {90, 80, 85, 80};
    strcpy(s->id, id[i]);
    strcpy(s->name, name[i]);
    s->kind = (enum tr_station_kind)i;
    s->hours.first = s->hours.last = -1;
    s->threshold_s = s->target_pct = NAN;
    s->sight.pct = 100;
    s->quantiles.mean_s = s->quantiles.max_s = NAN;
    if (i == TR_KIND_FEEDBACK) {
        s->level = report_shop_level(0, 0);
        smiles_of(&s->smiles);
        return;
    }
    s->threshold_s = threshold[i];
    s->target_pct = target[i];
    s->unit = i == 3 ? TR_TARGET_RINGS : TR_TARGET_SECONDS;
    s->rings = 3;
    hours_of(&s->hours, i, days);
    dayparts_of(s->daypart, &s->dayparts_n, &s->hours);
    for (int d = 0; d < 3; d++) {
        add(&s->level, s->daypart[d].level.kept, s->daypart[d].level.counted);
    }
    s->count.waits = s->level.counted + 4;
    s->count.people = s->count.waits + 30;
    s->count.outcome[TR_OUTCOME_ANSWERED] = s->level.counted * 9 / 10;
    s->count.outcome[TR_OUTCOME_ABANDONED] = s->level.counted / 10;
    s->count.outcome[TR_OUTCOME_VOID] = 4;
    s->count.by_staff = i == 0 ? s->level.counted / 3 : 0;
    s->sight.pct = i == 1 ? 93.7 : 100;
    s->weeks_n = weeks;
    weeks_of(s->week, weeks, s->level.counted, s->level.pct / 100);
    quantiles_of(&s->quantiles, threshold[i] * 0.6, s->count.outcome[TR_OUTCOME_ANSWERED],
                 s->count.outcome[TR_OUTCOME_ABANDONED]);
}

static void alerts_of(struct tr_report *r)
{
    static const struct tr_report_alerts wait = {31, 12, 17, 4, 5400000, 140};
    static const struct tr_report_alerts length = {6, 2, 0, 0, 1800000, 300};
    static const struct tr_report_alerts sensor = {1, 0, 0, 0, 2700000, 2700};
    r->alerts_all[TR_RULE_WAIT] = wait;
    r->alerts_all[TR_RULE_LENGTH] = length;
    r->alerts_all[TR_RULE_SENSOR] = sensor;
    for (int i = 0; i < TR_RULE_COUNT; i++) {
        r->alerts_all[i].median_s = r->alerts_all[i].n > 0 ? r->alerts_all[i].median_s : NAN;
    }
    r->alerts_n = 2;
    r->alert = calloc(2, sizeof(*r->alert));
    r->alert[0] = (struct tr_report_alert){.rule = TR_RULE_WAIT,
                                           .level = TR_LEVEL_CRITICAL,
                                           .station = 1,
                                           .since = {1772454600000},
                                           .until = {1772454890000},
                                           .acked = true};
    r->alert[1] = (struct tr_report_alert){.rule = TR_RULE_SENSOR,
                                           .station = TR_NONE,
                                           .sensor = "door-in",
                                           .since = {1772463600000},
                                           .until = {1772466300000}};
    r->sounds_known = true;
    r->sounds = 22;
    r->held_back = 5;
    r->sensors_n = 2;
    r->sensor = calloc(2, sizeof(*r->sensor));
    strcpy(r->sensor[0].id, "door-in");
    strcpy(r->sensor[0].name, "Door, inner beam");
    r->sensor[0].faults = 1;
    r->sensor[0].total_ms = 2700000;
    r->sensor[0].last.ms = 1772463600000;
    strcpy(r->sensor[1].id, "bell");
    r->absences_n = 1;
    r->absence = calloc(1, sizeof(*r->absence));
    r->absence[0] = (struct tr_report_absence){{1772470000000}, {1772471000000}, false, 1000000};
    r->absent_ms = 1000000;
}

static void days_of(struct tr_report *r, int days)
{
    r->days_n = days;
    r->day = calloc((size_t)days, sizeof(*r->day));
    for (int i = 0; i < days; i++) {
        struct tr_report_day *d = &r->day[i];
        d->weekday = i % 7;
        snprintf(d->date, sizeof(d->date), "2026-03-%02d", 2 + i % 28);
        d->known = d->weekday == 6 ? TR_REPORT_CLOSED : TR_REPORT_OPEN;
        for (int s = 0; s < 4; s++) {
            for (int h = 0; h < 24; h++) {
                const struct tr_report_level *l = &r->station[s].hours.cell[d->weekday][h].level;
                add(&d->level, l->kept / (days > 7 ? days / 7 : 1),
                    l->counted / (days > 7 ? days / 7 : 1));
            }
        }
        d->count.waits = d->level.counted;
        d->sight.pct = d->known == TR_REPORT_CLOSED ? NAN : 99;
        d->p50_s = 42;
        d->p90_s = 160;
    }
}

struct tr_report *report_shop(int days, int weeks)
{
    struct tr_report *r = calloc(1, sizeof(*r));
    strcpy(r->site, "corner");
    strcpy(r->unit, "main");
    strcpy(r->name, "Corner shop, High Street");
    strcpy(r->timezone, "Europe/London");
    strcpy(r->title, days == 1 ? "Monday 2 March 2026" : "Week 10, 2 to 8 March 2026");
    r->from.ms = r->known_from.ms = 1772409600000;
    r->to.ms = r->until.ms = r->from.ms + 86400000LL * days;
    r->made.ms = r->to.ms + 3600000;
    r->synced = true;
    r->plans = 1;
    r->stations_n = 5;
    r->station = calloc(5, sizeof(*r->station));
    r->hours.first = 9;
    r->hours.last = 18;
    for (int i = 0; i < 5; i++) {
        struct tr_report_station *s = &r->station[i];
        station_of(s, i, days, weeks);
        add(&r->level, s->level.kept, s->level.counted);
        r->count.waits += s->count.waits;
        r->count.people += s->count.people;
        r->count.by_staff += s->count.by_staff;
        for (int o = 0; o < TR_OUTCOME_COUNT; o++) {
            r->count.outcome[o] += s->count.outcome[o];
        }
        for (int k = 0; k < 7 * 24; k++) {
            struct tr_report_cell *c = &r->hours.cell[k / 24][k % 24];
            const struct tr_report_cell *one = &s->hours.cell[k / 24][k % 24];
            add(&c->level, one->level.kept, one->level.counted);
            c->waits += one->waits;
            c->days = one->days > c->days ? one->days : c->days;
        }
    }
    r->sight = (struct tr_report_sight){.open_ms = 1000, .full_ms = 982, .pct = 98.2};
    dayparts_of(r->daypart, &r->dayparts_n, &r->hours);
    quantiles_of(&r->quantiles, 60, r->count.outcome[TR_OUTCOME_ANSWERED],
                 r->count.outcome[TR_OUTCOME_ABANDONED]);
    r->weeks_n = weeks;
    weeks_of(r->week, weeks, r->level.counted, r->level.pct / 100);
    days_of(r, days);
    alerts_of(r);
    return r;
}

void report_shop_free(struct tr_report *r)
{
    if (r != NULL) {
        free(r->station);
        free(r->day);
        free(r->sensor);
        free(r->alert);
        free(r->absence);
        free(r);
    }
}
