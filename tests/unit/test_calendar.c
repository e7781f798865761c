/* Hours, holidays, dayparts and clock-change nights as UTC instants (RULES 21). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/calendar.h"

enum { MON_SAT = 0x3f, SUN = 0x40, EVERY_DAY = 0x7f };

static struct tr_wall utc(int year, int month, int day, int hour, int min)
{
    struct tm tm = {.tm_year = year - 1900,
                    .tm_mon = month - 1,
                    .tm_mday = day,
                    .tm_hour = hour,
                    .tm_min = min};
    return (struct tr_wall){(int64_t)timegm(&tm) * 1000};
}

static void shop(struct tr_plan *plan)
{
    tr_plan_init(plan);
    plan->hours[0] = (struct tr_hours){.days = MON_SAT, .open_min = 540, .close_min = 1200};
    plan->hours[1] = (struct tr_hours){.days = SUN, .open_min = 660, .close_min = 1020};
    plan->hours_n = 2;
    static const int from[] = {540, 690, 840};
    for (int i = 0; i < 3; i++) {
        plan->dayparts[i].from_min = (int16_t)from[i];
        plan->dayparts[i].id[0] = (char)('a' + i);
    }
    plan->dayparts_n = 3;
    tr_calendar_zone("Europe/London");
}

static struct tr_calendar_state at(const struct tr_plan *plan, struct tr_wall when)
{
    struct tr_calendar_state s;
    tr_calendar_at(plan, when, &s);
    return s;
}

static void ordinary_days(void **state)
{
    (void)state;
    struct tr_plan plan;
    shop(&plan);
    assert_false(at(&plan, utc(2026, 3, 2, 8, 59)).open);
    assert_true(at(&plan, utc(2026, 3, 2, 9, 0)).open);
    assert_true(at(&plan, utc(2026, 3, 2, 19, 59)).open);
    assert_false(at(&plan, utc(2026, 3, 2, 20, 0)).open);
    assert_false(at(&plan, utc(2026, 3, 1, 10, 59)).open); /* a Sunday */
    assert_true(at(&plan, utc(2026, 3, 1, 11, 0)).open);
    assert_int_equal(at(&plan, utc(2026, 3, 2, 11, 29)).daypart, 0);
    assert_int_equal(at(&plan, utc(2026, 3, 2, 11, 30)).daypart, 1);
    assert_int_equal(at(&plan, utc(2026, 3, 2, 3, 59)).day, 20260301); /* day_start 04:00 */
    assert_int_equal(at(&plan, utc(2026, 3, 2, 4, 0)).day, 20260302);
}

static void summer_time_moves_the_instants(void **state)
{
    (void)state;
    struct tr_plan plan;
    shop(&plan);
    assert_true(at(&plan, utc(2026, 7, 1, 8, 0)).open); /* 09:00 in London */
    assert_false(at(&plan, utc(2026, 7, 1, 19, 0)).open);
}

/* The business days around clock change have 23 and 25 hours. */
static void nights_of_clock_change(void **state)
{
    (void)state;
    struct tr_plan plan;
    shop(&plan);
    plan.hours_n = 0;
    plan.dayparts_n = 0;
    /* 29 March 2026, 01:00 UTC: the day began on the 28th at 04:00 UTC. */
    assert_int_equal(tr_calendar_next(&plan, utc(2026, 3, 28, 4, 0)).ms, utc(2026, 3, 29, 3, 0).ms);
    /* 25 October 2026, 01:00 UTC: from 03:00 UTC to 04:00 UTC. */
    assert_int_equal(tr_calendar_next(&plan, utc(2026, 10, 24, 3, 0)).ms,
                     utc(2026, 10, 25, 4, 0).ms);
}

static void a_bar_closes_tomorrow(void **state)
{
    (void)state;
    struct tr_plan plan;
    shop(&plan);
    plan.hours[0] = (struct tr_hours){.days = 0x10, .open_min = 1080, .close_min = 120}; /* Fri */
    plan.hours_n = 1;
    assert_true(at(&plan, utc(2026, 3, 6, 23, 0)).open);
    assert_true(at(&plan, utc(2026, 3, 7, 1, 59)).open);
    assert_false(at(&plan, utc(2026, 3, 7, 2, 0)).open);
    assert_false(at(&plan, utc(2026, 3, 7, 19, 0)).open); /* Saturday */
}

static void holidays(void **state)
{
    (void)state;
    struct tr_plan plan;
    shop(&plan);
    plan.holidays[0] = (struct tr_holiday){.date = 20261225, .closed = true};
    plan.holidays[1] = (struct tr_holiday){.date = 20261224, .open_min = 540, .close_min = 960};
    plan.holidays_n = 2;
    assert_false(at(&plan, utc(2026, 12, 25, 12, 0)).open);
    assert_true(at(&plan, utc(2026, 12, 24, 15, 59)).open);
    assert_false(at(&plan, utc(2026, 12, 24, 16, 0)).open);
    assert_true(at(&plan, utc(2026, 12, 26, 9, 0)).open);
}

static int64_t open_min(const struct tr_plan *plan, struct tr_wall from, struct tr_wall to)
{
    const int64_t ms = tr_calendar_open_ms(plan, from, to);
    assert_int_equal(ms % 60000, 0);
    return ms / 60000;
}

/* How much of an absence was opening time: 9 to 20 from Monday to Saturday,
 * 11 to 17 on Sundays, in London. */
static void opening_time_between(void **state)
{
    (void)state;
    struct tr_plan plan;
    shop(&plan);
    assert_int_equal(open_min(&plan, utc(2026, 3, 2, 12, 0), utc(2026, 3, 2, 12, 30)), 30);
    assert_int_equal(open_min(&plan, utc(2026, 3, 2, 8, 30), utc(2026, 3, 2, 9, 15)), 15);
    assert_int_equal(open_min(&plan, utc(2026, 3, 2, 20, 0), utc(2026, 3, 3, 9, 0)), 0);
    /* From six on Monday to half past ten on Tuesday: 2 h and 1.5 h. */
    assert_int_equal(open_min(&plan, utc(2026, 3, 2, 18, 0), utc(2026, 3, 3, 10, 30)), 210);
    /* Saturday noon to Monday noon: 8 h, Sunday's 6 h, 3 h. */
    assert_int_equal(open_min(&plan, utc(2026, 3, 7, 12, 0), utc(2026, 3, 9, 12, 0)), 17 * 60);
    assert_int_equal(tr_calendar_open_ms(&plan, (struct tr_wall){utc(2026, 3, 2, 8, 59).ms + 59999},
                                         (struct tr_wall){utc(2026, 3, 2, 9, 0).ms + 1}),
                     1);
    assert_int_equal(open_min(&plan, utc(2026, 3, 2, 12, 0), utc(2026, 3, 2, 12, 0)), 0);
    assert_int_equal(open_min(&plan, utc(2026, 3, 2, 12, 0), utc(2026, 3, 2, 11, 0)), 0);
    plan.holidays[0] = (struct tr_holiday){.date = 20260303, .closed = true};
    plan.holidays[1] = (struct tr_holiday){.date = 20260304, .open_min = 600, .close_min = 720};
    plan.holidays_n = 2;
    assert_int_equal(open_min(&plan, utc(2026, 3, 2, 19, 0), utc(2026, 3, 5, 10, 0)), 4 * 60);
    plan.hours_n = 0;
    assert_int_equal(open_min(&plan, utc(2026, 3, 1, 0, 0), utc(2026, 3, 2, 0, 0)), 24 * 60);
    /* Decades, as a wall clock without a battery jumps: the last 400 days of it. */
    assert_int_equal(open_min(&plan, utc(1970, 1, 1, 0, 0), utc(2026, 3, 2, 0, 0)), 400 * 24 * 60);
}

/* Back from an absence over night: a new day says how much of it is gone. */
static void a_day_that_began_unseen(void **state)
{
    (void)state;
    struct tr_plan plan;
    shop(&plan);
    const struct tr_wall back = utc(2026, 3, 3, 10, 30);
    const struct tr_calendar_state was = at(&plan, utc(2026, 3, 2, 18, 0));
    const struct tr_calendar_state now = at(&plan, back);
    assert_int_equal(now.day_from.ms, utc(2026, 3, 3, 4, 0).ms);
    struct tr_event ev[TR_CALENDAR_EVENTS_MAX];
    const int n = tr_calendar_events(&was, &now, ev);
    assert_int_equal(n, 2); /* the day and its daypart: open as before */
    for (int i = 0; i < n; i++) {
        ev[i].at.ns = 1000000 * TR_NS_PER_S;
    }
    tr_calendar_unseen(&plan, &now, utc(2026, 3, 2, 18, 0), back, ev, n);
    assert_int_equal(ev[0].edge_at.ns, (1000000 - 5400) * TR_NS_PER_S);
    assert_int_equal(ev[1].edge_at.ns, 0);
}

/* A bar is open from 18:00 to 04:00 by the clock on the wall: nine hours in
 * one night of March, eleven in one of October. */
static void opening_time_of_clock_change_nights(void **state)
{
    (void)state;
    struct tr_plan plan;
    shop(&plan);
    plan.hours[0] = (struct tr_hours){.days = EVERY_DAY, .open_min = 1080, .close_min = 240};
    plan.hours_n = 1;
    assert_int_equal(open_min(&plan, utc(2026, 3, 6, 12, 0), utc(2026, 3, 7, 12, 0)), 10 * 60);
    assert_int_equal(open_min(&plan, utc(2026, 3, 28, 12, 0), utc(2026, 3, 29, 12, 0)), 9 * 60);
    assert_int_equal(open_min(&plan, utc(2026, 10, 24, 12, 0), utc(2026, 10, 25, 12, 0)), 11 * 60);
    assert_int_equal(open_min(&plan, utc(2026, 3, 28, 23, 0), utc(2026, 3, 29, 2, 30)), 210);
}

/* Walking from boundary to boundary sees every change there is. */
static void next_misses_nothing(void **state)
{
    (void)state;
    struct tr_plan plan;
    shop(&plan);
    plan.alerts.quiet[0] = (struct tr_span){.from_min = 720, .to_min = 730};
    plan.alerts.quiet_n = 1;
    const struct tr_wall from = utc(2026, 3, 27, 0, 0);
    struct tr_wall boundary = from;
    struct tr_calendar_state was = at(&plan, from);
    for (struct tr_wall t = from; t.ms < utc(2026, 3, 31, 0, 0).ms; t.ms += 60000) {
        while (boundary.ms < t.ms) {
            boundary = tr_calendar_next(&plan, boundary);
        }
        const struct tr_calendar_state now = at(&plan, t);
        if (now.open != was.open || now.day != was.day || now.daypart != was.daypart ||
            now.quiet != was.quiet) {
            assert_int_equal(boundary.ms, t.ms);
        }
        was = now;
    }
}

static void events_tell_what_differs(void **state)
{
    (void)state;
    struct tr_event ev[TR_CALENDAR_EVENTS_MAX];
    const struct tr_calendar_state a = {.day = 1, .open = false, .daypart = TR_NONE};
    struct tr_calendar_state b = a;
    assert_int_equal(tr_calendar_events(&a, &b, ev), 0);
    b.open = true;
    b.daypart = 2;
    assert_int_equal(tr_calendar_events(&a, &b, ev), 2);
    assert_int_equal(ev[0].u.moment, TR_MOMENT_DAYPART);
    assert_int_equal(ev[0].value, 2);
    assert_int_equal(ev[1].u.moment, TR_MOMENT_OPEN);
    assert_int_equal(tr_calendar_events(NULL, &b, ev), 4);
    assert_int_equal(ev[0].u.moment, TR_MOMENT_DAY);
    /* A bar that closes as the day begins has closed before. */
    struct tr_calendar_state c = b;
    c.open = false;
    c.day = 2;
    assert_int_equal(tr_calendar_events(&b, &c, ev), 2);
    assert_int_equal(ev[0].u.moment, TR_MOMENT_CLOSE);
    assert_int_equal(ev[1].u.moment, TR_MOMENT_DAY);
    /* And a shop that opens then begins its day first. */
    assert_int_equal(
        tr_calendar_events(&(struct tr_calendar_state){.day = 1, .daypart = 2}, &b, ev), 1);
    assert_int_equal(ev[0].u.moment, TR_MOMENT_OPEN);
    b.day = 2;
    assert_int_equal(
        tr_calendar_events(&(struct tr_calendar_state){.day = 1, .daypart = 2}, &b, ev), 2);
    assert_int_equal(ev[0].u.moment, TR_MOMENT_DAY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_days),
        cmocka_unit_test(summer_time_moves_the_instants),
        cmocka_unit_test(nights_of_clock_change),
        cmocka_unit_test(a_bar_closes_tomorrow),
        cmocka_unit_test(holidays),
        cmocka_unit_test(opening_time_between),
        cmocka_unit_test(a_day_that_began_unseen),
        cmocka_unit_test(opening_time_of_clock_change_nights),
        cmocka_unit_test(next_misses_nothing),
        cmocka_unit_test(events_tell_what_differs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
