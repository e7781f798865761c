/**
 * @file calendar.h
 * Opening hours, holidays, dayparts and the business day of a plan as moments
 * in UTC, for the core that knows no time zone (RULES 21). Boundaries are cut
 * by UTC instants, so the nights of clock change have 23 and 25 hours.
 *
 * Local time is the C library's: call tr_calendar_zone() once, before threads.
 */
#ifndef TR_BASE_CALENDAR_H
#define TR_BASE_CALENDAR_H

#include "thirdring/event.h"
#include "thirdring/plan.h"

/** Make @p zone (an IANA name) the process's local time. */
void tr_calendar_zone(const char *zone);

/** How the shop stands at one moment. */
struct tr_calendar_state {
    int32_t day; /**< business day, local yyyymmdd */
    struct tr_wall day_from;
    bool open;
    bool quiet;
    int16_t daypart; /**< TR_NONE where none began in the last two days */
};

/** The state at @p at. A plan without hours is always open. */
void tr_calendar_at(const struct tr_plan *plan, struct tr_wall at, struct tr_calendar_state *ret);

/** The first moment after @p at when it may change. */
struct tr_wall tr_calendar_next(const struct tr_plan *plan, struct tr_wall at);

/**
 * Opening time between two moments, in ms: how much of an absence mattered.
 *
 * @return 0 where @p to is not after @p from. Of more than 400 days only the
 *         last 400 count.
 */
int64_t tr_calendar_open_ms(const struct tr_plan *plan, struct tr_wall from, struct tr_wall to);

enum { TR_CALENDAR_EVENTS_MAX = 4 };

/**
 * Back from an absence: let a DAY event among @p ev, whose times are set, say
 * how much of that day's opening time went by unseen.
 *
 * @param to    The state at @p at, which the events lead to.
 * @param seen  The last moment watched.
 */
void tr_calendar_unseen(const struct tr_plan *plan, const struct tr_calendar_state *to,
                        struct tr_wall seen, struct tr_wall at, struct tr_event *ev, int n);

/**
 * The CALENDAR events from one state to another: close, day, daypart, open,
 * quiet. Their times are left for the caller to set.
 *
 * @param from  NULL: tell everything (a fresh core).
 * @return how many.
 */
int tr_calendar_events(const struct tr_calendar_state *from, const struct tr_calendar_state *to,
                       struct tr_event ev[TR_CALENDAR_EVENTS_MAX]);

#endif
