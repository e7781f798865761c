/* From the journal's rows to what is counted. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report_collect.h"

enum { SKIP = -2 };

/* Room for one more. @return 0 or -ENOMEM. */
static int grow(void **list, size_t n, size_t *cap, size_t size)
{
    if (n < *cap) {
        return 0;
    }
    const size_t more = *cap > 0 ? *cap * 2 : 1024;
    void *bigger = realloc(*list, more * size);
    if (bigger == NULL) {
        return -ENOMEM;
    }
    *list = bigger;
    *cap = more;
    return 0;
}

/* --- stations and dayparts --------------------------------------------------------------- */

struct tr_report_station *tr_report_add_station(struct tr_report *r, const char *id)
{
    struct tr_report_station *st = &r->station[r->stations_n++];

    snprintf(st->id, sizeof(st->id), "%s", id);
    snprintf(st->name, sizeof(st->name), "%s", id);
    st->gone = true;
    st->threshold_s = st->target_pct = (double)NAN;
    st->weeks_n = r->weeks_n;
    memcpy(st->week, r->week, sizeof(st->week));
    memcpy(st->daypart, r->daypart, sizeof(st->daypart));
    return st;
}

/* @return the station's index; SKIP: not asked for, or too many that are gone. */
static int find_station(struct tr_report_collect *c, const char *id, enum tr_station_kind kind)
{
    struct tr_report *r = c->report;

    for (int i = 0; i < r->stations_n; i++) {
        if (strcmp(r->station[i].id, id) == 0) {
            return i;
        }
    }
    if (r->stations_n == TR_REPORT_STATIONS_MAX || id[0] == '\0' ||
        (c->ask->station != NULL && strcmp(c->ask->station, id) != 0)) {
        return SKIP;
    }
    tr_report_add_station(r, id)->kind = kind;
    return r->stations_n - 1;
}

/* @return the daypart's index; one that is too many counts as none. */
static int find_daypart(struct tr_report *r, const char *id, int none)
{
    for (int i = 0; i < r->dayparts_n; i++) {
        if (strcmp(r->daypart[i].id, id) == 0) {
            return i;
        }
    }
    if (r->dayparts_n == TR_DAYPARTS_MAX + 1) {
        return none;
    }
    const int d = r->dayparts_n++;
    snprintf(r->daypart[d].id, TR_ID_MAX, "%s", id);
    r->daypart[d].from_min = TR_NONE;
    for (int i = 0; i < r->stations_n; i++) {
        memcpy(&r->station[i].daypart[d], &r->daypart[d], sizeof(r->daypart[d]));
    }
    return d;
}

/* The index of a number that was met before; else @p n. */
static int known(const struct tr_report_number *list, int n, int64_t number)
{
    int i = 0;

    while (i < n && list[i].number != number) {
        i++;
    }
    return i;
}

/* @return an index, SKIP or -errno of -1000 and below. */
static int station_of(struct tr_report_collect *c, const struct tr_journal_scanned *w)
{
    const int i = known(c->station, c->station_n, w->station);
    char id[TR_ID_MAX] = "";

    if (i < c->station_n) {
        return c->station[i].index;
    }
    (void)tr_journal_name(c->reader, w->station, id);
    const int index = find_station(c, id, (enum tr_station_kind)w->kind);
    if (c->station_n < TR_REPORT_NUMBERS_MAX) {
        c->station[c->station_n++] = (struct tr_report_number){w->station, index};
    }
    return index;
}

static int daypart_of(struct tr_report_collect *c, int64_t number)
{
    const int none = c->data.no_daypart;
    const int i = known(c->daypart, c->daypart_n, number);
    char id[TR_ID_MAX] = "";

    if (number == 0) {
        return none;
    }
    if (i < c->daypart_n) {
        return c->daypart[i].index;
    }
    (void)tr_journal_name(c->reader, number, id);
    const int index = id[0] != '\0' ? find_daypart(c->report, id, none) : none;
    if (c->daypart_n < TR_REPORT_NUMBERS_MAX) {
        c->daypart[c->daypart_n++] = (struct tr_report_number){number, index};
    }
    return index;
}

/* --- waits ----------------------------------------------------------------------------------- */

static uint32_t rounded_ms(int64_t ns)
{
    const int64_t ms = ns / TR_NS_PER_MS + (ns % TR_NS_PER_MS >= TR_NS_PER_MS / 2);

    return ms < 0 ? 0 : ms >= TR_REPORT_MS_NONE ? TR_REPORT_MS_NONE - 1 : (uint32_t)ms;
}

/* Began before anyone watched: its length is a lower bound (RULES 3). The journal has no
 * column for it: it is what neither counts nor is accurate, though it came to an end. */
static bool was_found(const struct tr_report_collect *c, const struct tr_journal_scanned *w,
                      int station)
{
    const int of = tr_plan_find_station(&c->cfg->plan, c->report->station[station].id);
    const int64_t short_ns = of >= 0 ? c->cfg->plan.stations[of].short_abandon_ns : 0;

    if (w->accurate || w->verdict != TR_VERDICT_NOT_COUNTED) {
        return false;
    }
    return w->outcome == TR_OUTCOME_ANSWERED || w->outcome == TR_OUTCOME_EXPIRED ||
           (w->outcome == TR_OUTCOME_ABANDONED && w->wait_ns >= short_ns);
}

static int take_wait(void *user, const struct tr_journal_scanned *w)
{
    struct tr_report_collect *c = user;
    struct tr_report_data *d = &c->data;
    const int station = station_of(c, w);
    int hour;

    if (station < 0) {
        return 0;
    }
    if (grow((void **)&d->wait, d->waits_n, &d->waits_cap, sizeof(*d->wait)) < 0) {
        return -ENOMEM;
    }
    const int day = tr_report_day_of(&c->clock, w->closed, NULL);
    const int opened = tr_report_day_of(&c->clock, w->opened, &hour);
    const bool found = was_found(c, w, station);
    tr_report_plans_meet(d, w->open_seq, w->opened);
    const bool ended = w->outcome == TR_OUTCOME_ANSWERED || w->outcome == TR_OUTCOME_ABANDONED ||
                       w->outcome == TR_OUTCOME_EXPIRED;
    d->wait[d->waits_n++] = (struct tr_report_wait){
        .wait_ms = rounded_ms(w->wait_ns),
        .service_ms = w->service_ns >= 0 ? rounded_ms(w->service_ns) : TR_REPORT_MS_NONE,
        .day = (uint16_t)(day > d->base_day ? day - d->base_day : 0),
        .party = (uint16_t)(w->party < UINT16_MAX ? w->party : UINT16_MAX),
        .station = (uint8_t)station,
        .daypart = (uint8_t)daypart_of(c, w->daypart),
        .hour = (uint8_t)hour,
        .weekday = (uint8_t)tr_report_weekday(opened),
        .outcome = w->outcome,
        .verdict = w->verdict,
        .timed = ended && !found,
        .unsure = w->threshold_ns > 0 && (found || w->outcome == TR_OUTCOME_UNKNOWN),
        .staff = w->by == TR_BY_STAFF,
        .inaccurate = !w->accurate,
    };
    if (day >= d->from_day) {
        c->report->synced &= w->synced;
        c->first_seq = w->open_seq < c->first_seq ? w->open_seq : c->first_seq;
        c->last_seq = w->open_seq > c->last_seq ? w->open_seq : c->last_seq;
    }
    return 0;
}

/* --- votes and alerts ------------------------------------------------------------------------- */

int tr_report_button(struct tr_report_smiles *s, const char *id, int32_t score)
{
    int i = 0;

    while (i < s->buttons_n && strcmp(s->button[i].id, id) != 0) {
        i++;
    }
    if (i == TR_REPORT_SCORES_MAX) {
        return i - 1;
    }
    if (i == s->buttons_n) {
        snprintf(s->button[i].id, TR_ID_MAX, "%s", id);
        s->button[i].score = score;
        s->buttons_n++;
    }
    return i;
}

static int take_vote(struct tr_report_collect *c, const struct tr_journal_record *record)
{
    const struct tr_vote_record *v = &record->u.vote;
    struct tr_report_data *d = &c->data;
    const int station = find_station(c, record->station, TR_KIND_FEEDBACK);

    if (station < 0) {
        return 0;
    }
    if (grow((void **)&d->vote, d->votes_n, &d->votes_cap, sizeof(*d->vote)) < 0) {
        return -ENOMEM;
    }
    const int day = tr_report_day_of(&c->clock, v->at_wall, NULL);
    const bool counts = record->place[0] != '\0';
    struct tr_report_smiles *s = &c->report->station[station].smiles;
    d->vote[d->votes_n++] = (struct tr_report_vote){
        .day = (uint16_t)(day > d->base_day ? day - d->base_day : 0),
        .station = (uint8_t)station,
        .button = (int8_t)(counts ? tr_report_button(s, record->place, v->score) : -1),
        .score = v->score,
        .wait_ms = record->wait_station[0] != '\0' ? (int64_t)rounded_ms(record->wait_ns) : -1,
        .tied = v->wait_seq != 0,
    };
    return 0;
}

/* Which of the raised ones it is about; open_n: none. */
static int open_of(const struct tr_report_collect *c, enum tr_alert_rule rule, int station,
                   const char *sensor)
{
    int i = 0;

    while (i < c->open_n) {
        const struct tr_report_alert *a = &c->data.alert[c->open[i]];

        if (a->rule == rule && a->station == station && strcmp(a->sensor, sensor) == 0) {
            break;
        }
        i++;
    }
    return i;
}

static int take_alert(struct tr_report_collect *c, const struct tr_journal_record *record)
{
    const struct tr_alert_record *a = &record->u.alert;
    struct tr_report_data *d = &c->data;
    const bool of_station = record->station[0] != '\0';
    const int station = of_station ? find_station(c, record->station, TR_KIND_COUNT) : TR_NONE;
    const char *sensor = a->rule == TR_RULE_SENSOR ? record->place : "";

    if (station == SKIP) {
        return 0;
    }
    int i = open_of(c, a->rule, station, sensor);
    if (i < c->open_n && a->state != TR_ALERT_CLEARED &&
        d->alert[c->open[i]].since.ms != a->since_wall.ms) {
        d->alert[c->open[i]].until = a->since_wall; /* its end is not in the journal */
        c->open[i] = c->open[--c->open_n];
        i = c->open_n;
    }
    if (i == c->open_n) {
        if (grow((void **)&d->alert, d->alerts_n, &d->alerts_cap, sizeof(*d->alert)) < 0) {
            return -ENOMEM;
        }
        if (a->state == TR_ALERT_CLEARED && d->alerts_n > 0 && a->acked) {
            /* Acknowledged after it had ended: told as cleared once more. */
            for (size_t k = d->alerts_n; k-- > 0;) {
                if (d->alert[k].rule == a->rule && d->alert[k].station == station &&
                    strcmp(d->alert[k].sensor, sensor) == 0 &&
                    d->alert[k].since.ms == a->since_wall.ms) {
                    d->alert[k].acked = true;
                    return 0;
                }
            }
        }
        if (c->open_n == TR_REPORT_OPEN_MAX) {
            return 0;
        }
        d->alert[d->alerts_n] = (struct tr_report_alert){
            .rule = a->rule, .station = station, .since = a->since_wall, .level = a->level};
        snprintf(d->alert[d->alerts_n].sensor, TR_ID_MAX, "%s", sensor);
        c->open[c->open_n++] = d->alerts_n++;
    }
    struct tr_report_alert *open = &d->alert[c->open[i]];
    open->level = a->level > open->level ? a->level : open->level;
    open->acked |= a->acked;
    if (a->state == TR_ALERT_CLEARED) {
        open->until = a->at_wall;
        c->open[i] = c->open[--c->open_n];
    }
    return 0;
}

static int take_record(void *user, const struct tr_journal_record *record)
{
    return record->kind == TR_JOURNAL_VOTES ? take_vote(user, record) : take_alert(user, record);
}

/* What is still raised is so until the report's end; what ended before it is dropped. */
static void close_alerts(struct tr_report_collect *c)
{
    struct tr_report_data *d = &c->data;
    size_t n = 0;

    for (int i = 0; i < c->open_n; i++) {
        d->alert[c->open[i]].until = c->report->until;
        d->alert[c->open[i]].open = true;
    }
    for (size_t i = 0; i < d->alerts_n; i++) {
        if (d->alert[i].until.ms >= d->base.ms) {
            d->alert[n++] = d->alert[i];
        }
    }
    d->alerts_n = n;
}

/* Dayparts come and go, as stations do. */
static void name_past_dayparts(struct tr_report_collect *c)
{
    for (int i = 0; i < c->data.plans_n; i++) {
        struct tr_report_plan *p = &c->data.plan[i];

        for (int k = 0; k < p->cfg->plan.dayparts_n; k++) {
            p->daypart[k] =
                (int16_t)find_daypart(c->report, p->cfg->plan.dayparts[k].id, c->data.no_daypart);
        }
    }
}

int tr_report_collect(struct tr_report_collect *c)
{
    const struct tr_report *r = c->report;
    struct tr_journal_which which = {.kinds = TR_JOURNAL_VOTES, .from = c->data.rows, .to = r->to};
    int code;

    name_past_dayparts(c);
    code = tr_journal_scan(c->reader, c->data.rows, r->to, take_wait, c);

    if (code == 0) {
        code = tr_journal_records(c->reader, &which, take_record, c);
    }
    if (code == 0) {
        /* An alert may have been raised long before. */
        which.kinds = TR_JOURNAL_ALERTS;
        which.from.ms = INT64_MIN;
        code = tr_journal_records(c->reader, &which, take_record, c);
    }
    if (code == 0) {
        close_alerts(c);
    }
    return code;
}
