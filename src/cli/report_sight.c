/* Opening time, and how much of it was seen in full: less what nobody watched, and less
 * what a sensor of the station was out of order (RULES 2 and 3). */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "cli/report_data.h"

struct span {
    int64_t from, to;
};

/* When a station did not see all: in order, and apart from one another. */
struct blind {
    size_t n, next;
    struct span *span;
};

static bool source_uses(const struct tr_plan *plan, const struct tr_source *source, int sensor)
{
    switch (source->kind) {
    case TR_SOURCE_SENSOR:
        return source->index == sensor;
    case TR_SOURCE_GATE:
        return plan->gates[source->index].outer == sensor ||
               plan->gates[source->index].inner == sensor;
    case TR_SOURCE_NONE:
    default:
        return false;
    }
}

static bool queue_uses(const struct tr_plan *plan, const struct tr_queue_plan *q, int sensor)
{
    bool uses = source_uses(plan, &q->join, sensor) || source_uses(plan, &q->leave, sensor) ||
                q->serve == sensor || q->void_key == sensor;

    for (int i = 0; i < q->places_n; i++) {
        uses |= q->places[i] == sensor;
    }
    for (int i = 0; i < q->positions_n; i++) {
        const struct tr_position *p = &q->positions[i];

        uses |=
            p->presence == sensor || p->next == sensor || p->staffed == sensor || p->join == sensor;
    }
    return uses;
}

bool tr_report_uses(const struct tr_plan *plan, const struct tr_station *st, int sensor)
{
    bool any = false;

    switch (st->kind) {
    case TR_KIND_GREETING:
        return source_uses(plan, &st->u.greeting.arrive, sensor) ||
               st->u.greeting.inside == sensor || st->u.greeting.answer == sensor ||
               st->u.greeting.void_key == sensor;
    case TR_KIND_QUEUE:
        return queue_uses(plan, &st->u.queue, sensor);
    case TR_KIND_CALL:
        return st->u.call.call == sensor || st->u.call.answer == sensor;
    case TR_KIND_PHONE:
        for (int i = 0; i < st->u.phone.lines_n; i++) {
            const struct tr_phone_line *l = &st->u.phone.lines[i];

            any |= l->ring == sensor || l->hook == sensor || l->answer == sensor;
        }
        return any;
    case TR_KIND_FEEDBACK:
        for (int i = 0; i < st->u.feedback.buttons_n; i++) {
            any |= st->u.feedback.buttons[i].sensor == sensor;
        }
        return any;
    case TR_KIND_COUNT:
    default:
        return false;
    }
}

static int by_from(const void *a, const void *b)
{
    const int64_t x = ((const struct span *)a)->from;
    const int64_t y = ((const struct span *)b)->from;

    return (x > y) - (x < y);
}

static void merge(struct blind *b)
{
    size_t n = 0;

    if (b->n > 0) {
        qsort(b->span, b->n, sizeof(b->span[0]), by_from);
    }
    for (size_t i = 0; i < b->n; i++) {
        if (n > 0 && b->span[i].from <= b->span[n - 1].to) {
            b->span[n - 1].to =
                b->span[i].to > b->span[n - 1].to ? b->span[i].to : b->span[n - 1].to;
        } else {
            b->span[n++] = b->span[i];
        }
    }
    b->n = n;
}

/* @return 0 or -ENOMEM. */
static int find_blind(const struct tr_report_data *data, const struct tr_report *report,
                      int station, struct blind *ret)
{
    const char *id = report->station[station].id;
    const struct tr_plan *plan = tr_report_plan_with(data, id);
    const int of = plan != NULL ? tr_plan_find_station(plan, id) : TR_NONE;

    ret->span = calloc(data->alerts_n + (size_t)report->absences_n + 1, sizeof(*ret->span));
    if (ret->span == NULL) {
        return -ENOMEM;
    }
    for (int i = 0; i < report->absences_n; i++) {
        ret->span[ret->n++] = (struct span){report->absence[i].from.ms, report->absence[i].to.ms};
    }
    for (size_t i = 0; i < data->alerts_n && of >= 0; i++) {
        const struct tr_report_alert *a = &data->alert[i];
        const int sensor =
            a->rule == TR_RULE_SENSOR ? tr_plan_find_sensor(plan, a->sensor) : TR_NONE;

        if (sensor >= 0 && tr_report_uses(plan, &plan->stations[of], sensor)) {
            ret->span[ret->n++] = (struct span){a->since.ms, tr_report_well_ms(data, a)};
        }
    }
    merge(ret);
    return 0;
}

/* Of [from, to), what is not blind; called for ever later spans. */
static int64_t seen_ms(struct blind *b, int64_t from, int64_t to)
{
    int64_t seen = to - from;

    while (b->next < b->n && b->span[b->next].to <= from) {
        b->next++;
    }
    for (size_t i = b->next; i < b->n && b->span[i].from < to; i++) {
        const int64_t x = b->span[i].from > from ? b->span[i].from : from;
        const int64_t y = b->span[i].to < to ? b->span[i].to : to;

        seen -= y > x ? y - x : 0;
    }
    return seen;
}

/* --- the calendar's spans, one by one ------------------------------------------------- */

enum { QUARTER_MS = 900000 };

struct walk {
    const struct tr_report_data *data;
    struct tr_report *report;
    struct blind *blind; /* of each station */
    struct tr_report_clock clock;
    int64_t known_from, known_to;     /* the journal begins, and ends */
    int plan;                         /* in force */
    bool has[TR_REPORT_STATIONS_MAX]; /* which stations are in it */
    /* the newest hour that was told, and whether it was known */
    int marked_day, marked_hour;
    bool marked_known;
};

static void add(struct tr_report_sight *sight, int64_t open_ms, int64_t full_ms)
{
    sight->open_ms += open_ms;
    sight->full_ms += full_ms;
}

/* An hour of the clock counts once a day, in the night of clock change too. */
static void mark_hour(struct walk *w, int weekday, int day, int hour, bool known)
{
    struct tr_report *r = w->report;

    if (day == w->marked_day && hour == w->marked_hour && known == w->marked_known) {
        return;
    }
    w->marked_day = day;
    w->marked_hour = hour;
    w->marked_known = known;
    *(known ? &r->hours.cell[weekday][hour].days : &r->hours.cell[weekday][hour].unknown_days) += 1;
    for (int s = 0; s < r->stations_n; s++) {
        struct tr_report_cell *c = &r->station[s].hours.cell[weekday][hour];

        *(known && w->has[s] ? &c->days : &c->unknown_days) += 1;
    }
}

/* At most a quarter of an hour: all of it is of one hour, whatever the time zone. */
static void open_quarter(struct walk *w, int daypart, int64_t from, int64_t to, bool known)
{
    struct tr_report *r = w->report;
    int hour;
    const int day = tr_report_day_of(&w->clock, (struct tr_wall){from}, &hour);
    const int weekday = tr_report_weekday(day);
    const int week = day < w->data->week_day ? -1 : (day - w->data->week_day) / 7;
    const bool in = day >= w->data->from_day && day <= w->data->to_day;

    if (in) {
        mark_hour(w, weekday, day, hour, known);
        r->before_ms += from < w->known_from ? to - from : 0;
        r->after_ms += from >= w->known_to ? to - from : 0;
    }
    for (int s = 0; s < r->stations_n && known; s++) {
        struct tr_report_station *st = &r->station[s];

        if (!w->has[s]) {
            continue;
        }
        const int64_t full = seen_ms(&w->blind[s], from, to);
        if (week >= 0 && week < r->weeks_n) {
            add(&r->week[week].sight, to - from, full);
            add(&st->week[week].sight, to - from, full);
        }
        if (in) {
            add(&r->sight, to - from, full);
            add(&st->sight, to - from, full);
            add(&r->daypart[daypart].sight, to - from, full);
            add(&st->daypart[daypart].sight, to - from, full);
            add(&r->day[day - w->data->from_day].sight, to - from, full);
            add(&r->hours.cell[weekday][hour].sight, to - from, full);
            add(&st->hours.cell[weekday][hour].sight, to - from, full);
        }
    }
}

static void open_span(struct walk *w, const struct tr_calendar_state *state, int64_t from,
                      int64_t to)
{
    const struct tr_report_plan *plan = &w->data->plan[w->plan];
    const int daypart = state->daypart >= 0 ? plan->daypart[state->daypart] : w->data->no_daypart;
    const bool known = from >= w->known_from && from < w->known_to;
    int64_t next;

    for (int64_t at = from; at < to; at = next) {
        next = (at / QUARTER_MS + 1) * QUARTER_MS;
        next = next < to ? next : to;
        open_quarter(w, daypart, at, next, known);
    }
}

static void take_plan(struct walk *w, int plan)
{
    w->plan = plan;
    for (int s = 0; s < w->report->stations_n; s++) {
        w->has[s] =
            tr_plan_find_station(&w->data->plan[plan].cfg->plan, w->report->station[s].id) >= 0;
    }
}

/* The next moment after @p at at which something else may hold. */
static int64_t boundary(const struct walk *w, int64_t at, int64_t end)
{
    const int64_t edge[] = {end, w->known_from, w->known_to,
                            w->plan + 1 < w->data->plans_n ? w->data->plan[w->plan + 1].from.ms
                                                           : end};
    int64_t next = tr_calendar_next(&w->data->plan[w->plan].cfg->plan, (struct tr_wall){at}).ms;

    for (size_t i = 0; i < sizeof(edge) / sizeof(edge[0]); i++) {
        next = edge[i] > at && edge[i] < next ? edge[i] : next;
    }
    return next;
}

static void walk(struct walk *w)
{
    const int64_t end = w->report->to.ms;

    take_plan(w, 0);
    for (int64_t at = w->data->rows.ms; at < end;) {
        struct tr_calendar_state state;

        while (w->plan + 1 < w->data->plans_n && w->data->plan[w->plan + 1].from.ms <= at) {
            take_plan(w, w->plan + 1);
        }
        const int64_t next = boundary(w, at, end);
        tr_calendar_at(&w->data->plan[w->plan].cfg->plan, (struct tr_wall){at}, &state);
        if (state.open) {
            open_span(w, &state, at, next);
        }
        at = next;
    }
}

/* --- what stands beside it -------------------------------------------------------------- */

const char *const tr_report_known_name[TR_REPORT_KNOWN_COUNT] = {"open", "closed", "before",
                                                                 "after", "to_come"};

/* Of a time in which the shop was open and the station was not in force. */
static enum tr_report_known without(const struct tr_report_data *d, const char *station,
                                    struct tr_wall at)
{
    for (int i = 0; i < d->plans_n; i++) {
        if (tr_plan_find_station(&d->plan[i].cfg->plan, station) >= 0) {
            return d->plan[i].from.ms > at.ms ? TR_REPORT_BEFORE : TR_REPORT_AFTER;
        }
    }
    return TR_REPORT_AFTER;
}

/* Of the days from @p day on. Opened a moment ago is not yet missed. */
static enum tr_report_known known_of(const struct tr_report_data *d, const struct tr_report *r,
                                     int day, int days, const struct tr_report_sight *sight)
{
    const struct tr_plan *plan = &d->plan[d->plans_n - 1].cfg->plan;
    const struct tr_plan *first = &d->plan[0].cfg->plan;
    const struct tr_wall from = tr_report_day_begin(day, d->day_start_min);
    const struct tr_wall to = tr_report_day_begin(day + days, d->day_start_min);
    const struct tr_wall known = {d->known_from.ms < to.ms ? d->known_from.ms : to.ms};
    const struct tr_wall newest = {d->known_to.ms > from.ms ? d->known_to.ms : from.ms};
    const struct tr_wall now = {r->made.ms < to.ms ? r->made.ms : to.ms};

    if (sight->open_ms > 0) {
        return TR_REPORT_OPEN;
    }
    if (tr_calendar_open_ms(first, from, known) > 0) {
        return TR_REPORT_BEFORE;
    }
    if (tr_calendar_open_ms(plan, newest, now) > QUARTER_MS) {
        return TR_REPORT_AFTER;
    }
    if (tr_calendar_open_ms(plan, newest, to) > 0) {
        return TR_REPORT_TO_COME;
    }
    return r->only && tr_calendar_open_ms(plan, from, to) > 0 ? without(d, r->station[0].id, from)
                                                              : TR_REPORT_CLOSED;
}

static void stand(const struct tr_report_data *data, struct tr_report *r)
{
    for (int i = 0; i < r->days_n; i++) {
        r->day[i].known = known_of(data, r, data->from_day + i, 1, &r->day[i].sight);
    }
    for (int i = 0; i < r->weeks_n; i++) {
        r->week[i].known = known_of(data, r, data->week_day + 7 * i, 7, &r->week[i].sight);
        for (int s = 0; s < r->stations_n; s++) {
            struct tr_report_week *w = &r->station[s].week[i];

            w->known =
                r->week[i].known == TR_REPORT_OPEN && w->sight.open_ms == 0
                    ? without(data, r->station[s].id,
                              tr_report_day_begin(data->week_day + 7 * i, data->day_start_min))
                    : r->week[i].known;
        }
    }
}

static void percent(struct tr_report_sight *s)
{
    s->pct = s->open_ms > 0 ? 100.0 * (double)s->full_ms / (double)s->open_ms : (double)NAN;
}

static void percents(struct tr_report *r)
{
    percent(&r->sight);
    for (int i = 0; i < r->weeks_n; i++) {
        percent(&r->week[i].sight);
    }
    for (int i = 0; i < r->dayparts_n; i++) {
        percent(&r->daypart[i].sight);
    }
    for (int i = 0; i < r->days_n; i++) {
        percent(&r->day[i].sight);
    }
    for (int i = 0; i < 7 * 24; i++) {
        percent(&r->hours.cell[i / 24][i % 24].sight);
    }
    for (int s = 0; s < r->stations_n; s++) {
        struct tr_report_station *st = &r->station[s];

        percent(&st->sight);
        for (int i = 0; i < r->weeks_n; i++) {
            percent(&st->week[i].sight);
        }
        for (int i = 0; i < r->dayparts_n; i++) {
            percent(&st->daypart[i].sight);
        }
        for (int i = 0; i < 7 * 24; i++) {
            percent(&st->hours.cell[i / 24][i % 24].sight);
        }
    }
}

static void absences(struct tr_report *r, const struct tr_plan *plan)
{
    int n = 0;

    for (int i = 0; i < r->absences_n; i++) {
        struct tr_report_absence a = r->absence[i];

        if (a.from.ms >= r->until.ms || a.to.ms <= r->known_from.ms) {
            continue;
        }
        a.from.ms = a.from.ms > r->known_from.ms ? a.from.ms : r->known_from.ms;
        a.to.ms = a.to.ms < r->until.ms ? a.to.ms : r->until.ms;
        a.open_ms = tr_calendar_open_ms(plan, a.from, a.to);
        r->absent_ms += a.open_ms;
        r->absence[n++] = a;
    }
    r->absences_n = n;
}

int tr_report_see(const struct tr_report_data *data, struct tr_report *report)
{
    struct walk w = {.data = data,
                     .report = report,
                     .clock.start_s = data->day_start_min * 60,
                     .known_from = data->known_from.ms,
                     .known_to = data->known_to.ms,
                     .marked_day = INT32_MIN};
    int r = 0;

    w.blind = calloc((size_t)report->stations_n + 1, sizeof(*w.blind));
    if (w.blind == NULL) {
        return -ENOMEM;
    }
    for (int s = 0; s < report->stations_n && r == 0; s++) {
        r = find_blind(data, report, s, &w.blind[s]);
    }
    if (r == 0) {
        walk(&w);
        percents(report);
        stand(data, report);
        absences(report, &data->plan[data->plans_n - 1].cfg->plan);
    }
    for (int s = 0; s < report->stations_n; s++) {
        free(w.blind[s].span);
    }
    free(w.blind);
    return r;
}
