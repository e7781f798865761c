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
static int find_blind(const struct tr_report_data *data, const struct tr_plan *plan,
                      const struct tr_report *report, int station, struct blind *ret)
{
    const int of = tr_plan_find_station(plan, report->station[station].id);

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

struct walk {
    const struct tr_report_data *data;
    const struct tr_plan *plan;
    struct tr_report *report;
    struct blind *blind; /* of each station */
    struct tr_report_clock clock;
    int marked_day, marked_hour; /* the newest hour that was told open */
};

static void add(struct tr_report_sight *sight, int64_t open_ms, int64_t full_ms)
{
    sight->open_ms += open_ms;
    sight->full_ms += full_ms;
}

/* The hours of the clock that an open span touches, each once a day. */
static void mark_hours(struct walk *w, int64_t from, int64_t to)
{
    const int64_t hour_ms = INT64_C(3600) * 1000;

    for (int64_t at = from; at < to; at = (at / hour_ms + 1) * hour_ms) {
        int hour;
        const int day = tr_report_day_of(&w->clock, (struct tr_wall){at}, &hour);

        if (day < w->data->from_day || day > w->data->to_day ||
            (day == w->marked_day && hour == w->marked_hour)) {
            continue;
        }
        w->marked_day = day;
        w->marked_hour = hour;
        w->report->hours.cell[tr_report_weekday(day)][hour].days++;
        for (int s = 0; s < w->report->stations_n; s++) {
            w->report->station[s].hours.cell[tr_report_weekday(day)][hour].days++;
        }
    }
}

static void open_span(struct walk *w, const struct tr_calendar_state *state, int64_t from,
                      int64_t to)
{
    struct tr_report *r = w->report;
    const int day = tr_report_day_of(&w->clock, (struct tr_wall){from}, NULL);
    const int week = day < w->data->week_day ? -1 : (day - w->data->week_day) / 7;
    const bool in = day >= w->data->from_day && day <= w->data->to_day;
    const int daypart = state->daypart >= 0 ? state->daypart : w->plan->dayparts_n;

    for (int s = 0; s < r->stations_n; s++) {
        struct tr_report_station *st = &r->station[s];

        if (st->gone) {
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
        }
    }
    if (in) {
        r->day[day - w->data->from_day].closed = false;
        mark_hours(w, from, to);
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
    for (int s = 0; s < r->stations_n; s++) {
        struct tr_report_station *st = &r->station[s];

        percent(&st->sight);
        for (int i = 0; i < r->weeks_n; i++) {
            percent(&st->week[i].sight);
        }
        for (int i = 0; i < r->dayparts_n; i++) {
            percent(&st->daypart[i].sight);
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

int tr_report_see(const struct tr_report_data *data, const struct tr_plan *plan,
                  struct tr_report *report)
{
    struct walk w = {.data = data,
                     .plan = plan,
                     .report = report,
                     .clock.start_s = data->day_start_min * 60,
                     .marked_day = INT32_MIN};
    int r = 0;

    w.blind = calloc((size_t)report->stations_n + 1, sizeof(*w.blind));
    if (w.blind == NULL) {
        return -ENOMEM;
    }
    for (int s = 0; s < report->stations_n && r == 0; s++) {
        r = find_blind(data, plan, report, s, &w.blind[s]);
    }
    for (int i = 0; i < report->days_n; i++) {
        report->day[i].closed = true;
    }
    for (int64_t at = data->base.ms; r == 0 && at < report->until.ms;) {
        struct tr_calendar_state state;
        int64_t next = tr_calendar_next(plan, (struct tr_wall){at}).ms;

        tr_calendar_at(plan, (struct tr_wall){at}, &state);
        next = next < report->until.ms ? next : report->until.ms;
        if (state.open) {
            open_span(&w, &state, at, next);
        }
        at = next;
    }
    percents(report);
    absences(report, plan);
    for (int s = 0; s < report->stations_n; s++) {
        free(w.blind[s].span);
    }
    free(w.blind);
    return r;
}
