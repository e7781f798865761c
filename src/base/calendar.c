#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/calendar.h"

enum { MIN_PER_DAY = 24 * 60, MS_PER_S = 1000 };

/* The latest boundary of each kind at or before a moment, and the first after. */
struct scan {
    int64_t at;   /* Unix s of the moment */
    int64_t next; /* earliest boundary after it */
};

void tr_calendar_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

static int64_t floor_s(struct tr_wall at)
{
    int64_t s = at.ms / MS_PER_S;
    return at.ms % MS_PER_S < 0 ? s - 1 : s;
}

/* Local midnight's date, @days after that of @base. */
static struct tm date_of(const struct tm *base, int days)
{
    struct tm tm = {.tm_year = base->tm_year,
                    .tm_mon = base->tm_mon,
                    .tm_mday = base->tm_mday + days,
                    .tm_hour = 12,
                    .tm_isdst = -1};
    (void)mktime(&tm); /* normalises the date, fills the weekday */
    return tm;
}

/* Unix s of so many minutes after local midnight of a date. */
static int64_t instant(const struct tm *date, int minutes)
{
    struct tm tm = {.tm_year = date->tm_year,
                    .tm_mon = date->tm_mon,
                    .tm_mday = date->tm_mday + minutes / MIN_PER_DAY,
                    .tm_hour = minutes % MIN_PER_DAY / 60,
                    .tm_min = minutes % 60,
                    .tm_isdst = -1};
    return (int64_t)mktime(&tm);
}

static int32_t yyyymmdd(const struct tm *tm)
{
    return (tm->tm_year + 1900) * 10000 + (tm->tm_mon + 1) * 100 + tm->tm_mday;
}

static bool reached(struct scan *s, int64_t boundary)
{
    if (boundary <= s->at) {
        return true;
    }
    if (boundary < s->next) {
        s->next = boundary;
    }
    return false;
}

static bool within(struct scan *s, const struct tm *date, int from_min, int to_min)
{
    const int end = to_min <= from_min ? to_min + MIN_PER_DAY : to_min;
    const bool begun = reached(s, instant(date, from_min));
    const bool ended = reached(s, instant(date, end));
    return begun && !ended;
}

static bool open_on(const struct tr_plan *plan, struct scan *s, const struct tm *date)
{
    const int32_t ymd = yyyymmdd(date);
    for (int i = 0; i < plan->holidays_n; i++) {
        const struct tr_holiday *h = &plan->holidays[i];
        if (h->date == ymd) {
            return !h->closed && within(s, date, h->open_min, h->close_min);
        }
    }
    const int weekday = (date->tm_wday + 6) % 7; /* Monday is 0 */
    bool open = false;
    for (int i = 0; i < plan->hours_n; i++) {
        if (plan->hours[i].days >> weekday & 1) {
            open |= within(s, date, plan->hours[i].open_min, plan->hours[i].close_min);
        }
    }
    return open;
}

static void look(const struct tr_plan *plan, struct scan *s, struct tr_calendar_state *ret)
{
    const time_t now = (time_t)s->at;
    struct tm today;
    memset(&today, 0, sizeof(today));
    (void)localtime_r(&now, &today);
    memset(ret, 0, sizeof(*ret));
    ret->daypart = TR_NONE;
    ret->open = plan->hours_n == 0;
    int64_t newest = INT64_MIN;
    /* Yesterday's hours may reach into today; a holiday closes at most a week,
     * but its neighbours' boundaries come soon enough. */
    for (int d = -2; d <= 2; d++) {
        const struct tm date = date_of(&today, d);
        if (reached(s, instant(&date, plan->day_start_min))) {
            ret->day = yyyymmdd(&date);
            ret->day_from.ms = instant(&date, plan->day_start_min) * MS_PER_S;
        }
        ret->open |= open_on(plan, s, &date);
        for (int i = 0; i < plan->dayparts_n; i++) {
            const int64_t from = instant(&date, plan->dayparts[i].from_min);
            if (reached(s, from) && from >= newest) {
                newest = from;
                ret->daypart = (int16_t)i;
            }
        }
        for (int i = 0; i < plan->alerts.quiet_n; i++) {
            ret->quiet |=
                within(s, &date, plan->alerts.quiet[i].from_min, plan->alerts.quiet[i].to_min);
        }
    }
}

void tr_calendar_at(const struct tr_plan *plan, struct tr_wall at, struct tr_calendar_state *ret)
{
    struct scan s = {.at = floor_s(at), .next = INT64_MAX};
    look(plan, &s, ret);
}

struct tr_wall tr_calendar_next(const struct tr_plan *plan, struct tr_wall at)
{
    struct scan s = {.at = floor_s(at), .next = INT64_MAX};
    struct tr_calendar_state ignored;
    look(plan, &s, &ignored);
    /* Every day has its start, so there always is one. */
    return (struct tr_wall){s.next * MS_PER_S};
}

int64_t tr_calendar_open_ms(const struct tr_plan *plan, struct tr_wall from, struct tr_wall to)
{
    const int64_t longest_ms = INT64_C(400) * MIN_PER_DAY * 60 * MS_PER_S;
    int64_t open_ms = 0;
    int64_t at = from.ms < to.ms && to.ms - longest_ms > from.ms ? to.ms - longest_ms : from.ms;
    while (at < to.ms) {
        struct scan s = {.at = floor_s((struct tr_wall){at}), .next = INT64_MAX};
        struct tr_calendar_state state;
        look(plan, &s, &state);
        const int64_t next = s.next * MS_PER_S < to.ms ? s.next * MS_PER_S : to.ms;
        open_ms += state.open ? next - at : 0;
        at = next;
    }
    return open_ms;
}

static int add(struct tr_event *ev, enum tr_moment moment, int64_t value)
{
    *ev = (struct tr_event){.kind = TR_EVENT_CALENDAR, .sensor = TR_NONE, .value = value};
    ev->u.moment = moment;
    return 1;
}

int tr_calendar_events(const struct tr_calendar_state *from, const struct tr_calendar_state *to,
                       struct tr_event ev[TR_CALENDAR_EVENTS_MAX])
{
    int n = 0;
    const bool closes = from != NULL && from->open && !to->open;
    if (closes) {
        n += add(&ev[n], TR_MOMENT_CLOSE, 0); /* the day begins in a closed shop */
    }
    if (from == NULL || from->day != to->day) {
        n += add(&ev[n], TR_MOMENT_DAY, to->day);
    }
    if (from == NULL || from->daypart != to->daypart) {
        n += add(&ev[n], TR_MOMENT_DAYPART, to->daypart);
    }
    if (from == NULL || (from->open != to->open && !closes)) {
        n += add(&ev[n], to->open ? TR_MOMENT_OPEN : TR_MOMENT_CLOSE, 0);
    }
    if (from == NULL || from->quiet != to->quiet) {
        n += add(&ev[n], TR_MOMENT_QUIET, to->quiet);
    }
    return n;
}

void tr_calendar_unseen(const struct tr_plan *plan, const struct tr_calendar_state *to,
                        struct tr_wall seen, struct tr_wall at, struct tr_event *ev, int n)
{
    for (int i = 0; i < n; i++) {
        if (ev[i].u.moment == TR_MOMENT_DAY) {
            const struct tr_wall from = seen.ms > to->day_from.ms ? seen : to->day_from;
            ev[i].edge_at =
                tr_mono_add(ev[i].at, -tr_calendar_open_ms(plan, from, at) * TR_NS_PER_MS);
        }
    }
}
