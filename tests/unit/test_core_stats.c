/* Figures, each against what was worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shop.h"

#define S(x) ((int64_t)((x)*1e9 + 0.5))

static struct tr_station_metrics metrics(const struct shop *shop, int station, double at_s)
{
    struct tr_station_metrics m;
    tr_core_metrics(shop->core, station, (struct tr_mono){S(at_s)}, &m);
    return m;
}

static struct tr_station_state now(const struct shop *shop, int station, double at_s)
{
    struct tr_station_state s;
    tr_core_station_state(shop->core, station, (struct tr_mono){S(at_s)}, &s);
    return s;
}

static void expect_near(double got, double want)
{
    if (isnan(want) ? !isnan(got) : !(fabs(got - want) < 1e-9)) {
        fail_msg("%.12g is not %.12g", got, want);
    }
}

static void health(struct shop *shop, double at_s, int sensor, enum tr_health health)
{
    const struct tr_event ev = {
        .kind = TR_EVENT_HEALTH, .at = {S(at_s)}, .sensor = (int16_t)sensor, .value = health};
    shop_step(shop, &ev);
}

/* Nobody watched for the last @for_s. */
static void restart(struct shop *shop, double at_s, double for_s)
{
    struct tr_event ev = {
        .kind = TR_EVENT_RESTART, .at = {S(at_s)}, .sensor = TR_NONE, .value = S(for_s)};
    ev.u.open_ns = -1;
    shop_step(shop, &ev);
}

static void level(struct shop *shop, double at_s, int sensor)
{
    const struct tr_event ev = {
        .kind = TR_EVENT_LEVEL, .at = {S(at_s)}, .sensor = (int16_t)sensor, .level = true};
    shop_step(shop, &ev);
}

/* Press for help, and be helped a while later. */
static void call(struct shop *shop, double at_s, double wait_s)
{
    shop_pulse(shop, at_s, CALL, 0.2);
    shop_pulse(shop, at_s + wait_s, DONE, 0.2);
    shop_tick(shop, at_s + wait_s + 0.5);
}

/* One kept, one missed; one that a power cut swallowed and one that was found to wait after
 * it: nobody can say about these two. So 1 of 2 is 50 %, and it lies between 1 of 4 and 3
 * of 4. A customer whom the staff took out is none of these. */
static void a_level_has_bounds(void **state)
{
    struct shop *shop = *state;
    call(shop, 100.0, 10.0);
    call(shop, 200.0, 90.0);
    struct tr_station_metrics m = metrics(shop, FITTING, 300.0);
    expect_near(m.low_pct, 50.0);
    expect_near(m.high_pct, 50.0);
    shop_pulse(shop, 400.0, CALL, 0.2);
    restart(shop, 600.0, 190.0);
    level(shop, 600.0, CALL);
    shop_edge(shop, 610.0, CALL, false);
    shop_pulse(shop, 620.0, DONE, 0.2);
    shop_pulse(shop, 700.0, CALL, 0.2);
    shop_command(shop, 705.0, TR_COMMAND_VOID, FITTING, 0);
    m = metrics(shop, FITTING, 710.0);
    assert_int_equal(m.outcome[TR_OUTCOME_UNKNOWN], 1);
    assert_int_equal(m.outcome[TR_OUTCOME_ANSWERED], 3);
    assert_int_equal(m.outcome[TR_OUTCOME_VOID], 1);
    assert_int_equal(m.window_counted, 2);
    assert_int_equal(m.window_kept, 1);
    assert_int_equal(m.window_unsure, 2);
    assert_int_equal(m.window_answered, 2);
    expect_near(m.service_level_pct, 50.0);
    expect_near(m.low_pct, 25.0);
    expect_near(m.high_pct, 75.0);
    assert_int_equal(m.day_unsure, 2);
    expect_near(m.day_low_pct, 25.0);
    expect_near(m.day_high_pct, 75.0);
    expect_near(m.open_s - m.full_s, 190.0); /* the power cut was opening time, too */
    /* An hour after the power cut the window has forgotten all but the found one. */
    m = metrics(shop, FITTING, 620.0 + 3600.0);
    assert_int_equal(m.window_unsure, 1);
    expect_near(m.service_level_pct, NAN);
    expect_near(m.low_pct, 0.0);
    expect_near(m.high_pct, 100.0);
    assert_int_equal(m.day_unsure, 2);
}

/* Where there was nothing to keep there is nothing to be unsure about. */
static void without_a_target_nothing_is_unsure(void **state)
{
    struct shop *shop = *state;
    shop->plan.stations[FITTING].target.unit = TR_TARGET_NONE;
    shop_begin(shop);
    shop_pulse(shop, 400.0, CALL, 0.2);
    restart(shop, 600.0, 190.0);
    const struct tr_station_metrics m = metrics(shop, FITTING, 610.0);
    assert_int_equal(m.outcome[TR_OUTCOME_UNKNOWN], 1);
    assert_int_equal(m.window_unsure, 0);
    expect_near(m.low_pct, NAN);
    expect_near(m.high_pct, NAN);
}

/* Past the target and still waiting is missed; not while somebody seems to be served. */
static void the_overdue_count_unless_they_stand_apart(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 10.0, LINE_IN, 0.2);
    shop_pulse(shop, 20.0, LINE_IN, 0.2);
    shop_tick(shop, 135.0);
    struct tr_station_metrics m = metrics(shop, TILLS, 135.0);
    assert_int_equal(m.window_counted, 1); /* 125 s; the other 115 s, of 120 */
    expect_near(m.service_level_pct, 0.0);
    expect_near(m.low_pct, 0.0);
    expect_near(m.high_pct, 0.0);
    expect_near(now(shop, TILLS, 135.0).service_level_pct, 0.0);
    shop_edge(shop, 136.0, TILL_1, true);
    shop_tick(shop, 139.0); /* three seconds at the till: perhaps nobody */
    m = metrics(shop, TILLS, 139.0);
    assert_int_equal(m.window_counted, 0);
    expect_near(now(shop, TILLS, 139.0).today_pct, NAN);
    assert_int_equal(now(shop, TILLS, 139.0).waiting, 1);
    shop_tick(shop, 145.0); /* after five it was somebody, 126 s after joining */
    m = metrics(shop, TILLS, 145.0);
    assert_int_equal(m.window_counted, 2);
    assert_int_equal(m.missed, 1);
}

/* Open from 100 to 300, the door's beam raving from 160 to 190: 170 of 200 s. */
static void coverage_is_of_opening_time(void **state)
{
    struct shop *shop = *state;
    shop->plan.hours_n = 1;
    shop_begin(shop);
    shop_moment(shop, 0.0, TR_MOMENT_DAY, 20260302);
    expect_near(now(shop, ENTRANCE, 50.0).coverage_pct, NAN);
    expect_near(metrics(shop, ENTRANCE, 50.0).day_coverage_pct, NAN);
    shop_moment(shop, 100.0, TR_MOMENT_OPEN, 0);
    expect_near(now(shop, ENTRANCE, 150.0).coverage_pct, 100.0);
    expect_near(metrics(shop, ENTRANCE, 150.0).open_s, 50.0);
    health(shop, 160.0, DOOR_OUTER, TR_HEALTH_STORM);
    assert_int_equal(now(shop, ENTRANCE, 160.0).measuring, TR_MEASURING_BLIND);
    expect_near(now(shop, ENTRANCE, 180.0).coverage_pct, 75.0); /* 60 of 80 */
    health(shop, 190.0, DOOR_OUTER, TR_HEALTH_OK);
    assert_int_equal(now(shop, ENTRANCE, 190.0).measuring, TR_MEASURING_FULL);
    shop_moment(shop, 300.0, TR_MOMENT_CLOSE, 0);
    struct tr_station_metrics m = metrics(shop, ENTRANCE, 5000.0);
    expect_near(m.open_s, 200.0);
    expect_near(m.full_s, 170.0);
    expect_near(m.day_coverage_pct, 85.0);
    expect_near(now(shop, ENTRANCE, 5000.0).coverage_pct, 85.0);
    expect_near(now(shop, TILLS, 5000.0).coverage_pct, 100.0);
    /* The next day begins with nothing; what was is not forgotten. */
    shop_moment(shop, 86400.0, TR_MOMENT_DAY, 20260303);
    m = metrics(shop, ENTRANCE, 86410.0);
    expect_near(m.day_coverage_pct, NAN);
    expect_near(m.open_s, 200.0);
    shop_moment(shop, 86500.0, TR_MOMENT_OPEN, 0);
    expect_near(now(shop, ENTRANCE, 86510.0).coverage_pct, 100.0);
}

/* A wait is of the moment at which it ended, however much later that was found out: one who
 * joined is given up as drift at 610, as of 310, when the row had been seen empty. */
static void a_window_goes_by_the_end_of_a_wait(void **state)
{
    struct shop *shop = *state;
    shop_close(shop);
    shop_open_like(shop, LIKE_JOIN_PLACES);
    struct tr_station *tills = &shop->plan.stations[TILLS];
    tills->target.window_ns = S(100.0);
    tills->u.queue.empty_ns = S(300.0);
    tills->u.queue.positions_n = 1;
    shop_begin(shop);
    shop_pulse(shop, 10.0, LINE_IN, 0.2);
    shop_pulse(shop, 100.0, LINE_IN, 0.2);
    shop_edge(shop, 110.0, TILL_1, true);
    shop_edge(shop, 150.0, TILL_1, false);
    shop_tick(shop, 700.0);
    const struct tr_station_metrics m = metrics(shop, TILLS, 700.0);
    assert_int_equal(m.outcome[TR_OUTCOME_ANSWERED], 1);
    assert_int_equal(m.outcome[TR_OUTCOME_UNKNOWN], 1);
    assert_int_equal(m.drift, 1);
    assert_int_equal(m.day_unsure, 1);
    assert_int_equal(m.window_unsure, 0); /* decided in it, ended long before it */
}

static void voids_are_counted_by_day(void **state)
{
    struct shop *shop = *state;
    shop_moment(shop, 0.0, TR_MOMENT_DAY, 20260302);
    for (int i = 0; i < 3; i++) {
        shop_walk(shop, 100.0 + 20 * i, true);
        if (i > 0) {
            shop_pulse(shop, 102.0 + 20 * i, NOT_CUSTOMER, 0.2);
        }
    }
    shop_pulse(shop, 170.0, GREET, 0.2);
    assert_int_equal(now(shop, ENTRANCE, 180.0).today_void, 2);
    assert_int_equal(metrics(shop, ENTRANCE, 180.0).day_void, 2);
    assert_int_equal(metrics(shop, ENTRANCE, 180.0).outcome[TR_OUTCOME_VOID], 2);
    shop_moment(shop, 1000.0, TR_MOMENT_DAY, 20260303);
    assert_int_equal(now(shop, ENTRANCE, 1001.0).today_void, 0);
    assert_int_equal(metrics(shop, ENTRANCE, 1001.0).outcome[TR_OUTCOME_VOID], 2);
}

/* One till has a mat, the other only a button: keyed and seen are told apart. */
static void keyed_answers_are_told_apart(void **state)
{
    struct shop *shop = *state;
    shop->plan.stations[TILLS].u.queue.positions[1].presence = TR_NONE;
    shop->plan.stations[TILLS].u.queue.positions[1].next = DONE;
    shop_begin(shop);
    for (int i = 0; i < 3; i++) {
        shop_pulse(shop, 10.0 + i, LINE_IN, 0.2);
    }
    shop_edge(shop, 20.0, TILL_1, true);
    shop_pulse(shop, 30.0, DONE, 0.2);
    shop_pulse(shop, 40.0, DONE, 0.2);
    shop_edge(shop, 50.0, TILL_1, false);
    shop_tick(shop, 100.0);
    const struct tr_station_metrics m = metrics(shop, TILLS, 100.0);
    assert_int_equal(m.outcome[TR_OUTCOME_ANSWERED], 3);
    assert_int_equal(m.answered_by_staff, 2);
}

static void two_dayparts(struct tr_plan *plan)
{
    strcpy(plan->dayparts[0].id, "morning");
    strcpy(plan->dayparts[1].id, "lunch");
    plan->dayparts_n = 2;
}

/* The daypart is the arrival's: who came in the morning and was helped at lunch counts
 * for the morning, and so does who came then and still waits. */
static void dayparts_are_of_the_arrival(void **state)
{
    struct shop *shop = *state;
    two_dayparts(&shop->plan);
    shop_begin(shop);
    shop_moment(shop, 0.0, TR_MOMENT_DAYPART, 0);
    call(shop, 10.0, 5.0);
    call(shop, 100.0, 100.0);
    shop_pulse(shop, 300.0, CALL, 0.2);
    shop_moment(shop, 310.0, TR_MOMENT_DAYPART, 1);
    struct tr_station_metrics m = metrics(shop, FITTING, 400.0);
    assert_int_equal(m.daypart[0].counted, 3); /* the third has waited 100 s of 60 */
    assert_int_equal(m.daypart[0].kept, 1);
    assert_int_equal(m.daypart[1].counted, 0);
    shop_pulse(shop, 420.0, DONE, 0.2);
    shop_tick(shop, 421.0);
    call(shop, 500.0, 7.0);
    m = metrics(shop, FITTING, 600.0);
    assert_int_equal(m.daypart[0].counted, 3);
    assert_int_equal(m.daypart[0].kept, 1);
    assert_int_equal(m.daypart[1].counted, 1);
    assert_int_equal(m.daypart[1].kept, 1);
    assert_int_equal(m.day_counted, 4);
    shop_moment(shop, 1000.0, TR_MOMENT_DAY, 20260303);
    m = metrics(shop, FITTING, 1001.0);
    assert_int_equal(m.daypart[0].counted, 0);
    assert_int_equal(m.daypart[1].counted, 0);
}

/* A plan with the dayparts the other way round moves the figures along. */
static void dayparts_move_with_the_plan(void **state)
{
    struct shop *shop = *state;
    two_dayparts(&shop->plan);
    shop_begin(shop);
    shop_moment(shop, 0.0, TR_MOMENT_DAYPART, 1);
    call(shop, 10.0, 5.0);
    call(shop, 100.0, 100.0);
    struct tr_plan *plan = malloc(sizeof(*plan));
    struct tr_core *next = calloc(1, tr_core_size());
    assert_non_null(plan);
    assert_non_null(next);
    *plan = shop->plan;
    strcpy(plan->dayparts[0].id, "lunch");
    strcpy(plan->dayparts[1].id, "evening");
    assert_int_equal(tr_core_replan(next, shop->core, plan, (struct tr_mono){S(300.0)}, shop->out),
                     0);
    struct tr_station_metrics m;
    tr_core_metrics(next, FITTING, (struct tr_mono){S(300.0)}, &m);
    assert_int_equal(m.daypart[0].counted, 2);
    assert_int_equal(m.daypart[0].kept, 1);
    assert_int_equal(m.daypart[1].counted, 0);
    free(next);
    free(plan);
}

/* A day of more waits than are remembered one by one: only the quantiles get shorter. */
static void the_longest_day_is_counted_whole(void **state)
{
    enum { CALLS = 9000, LATE = 10, REMEMBERED = 8192 };
    struct shop *shop = *state;
    two_dayparts(&shop->plan);
    shop_begin(shop);
    shop_moment(shop, 0.0, TR_MOMENT_DAY, 20260302);
    shop_moment(shop, 0.0, TR_MOMENT_DAYPART, 0);
    double at = 10.0;
    for (int i = 0; i < CALLS; i++) {
        const double wait = i < LATE ? 61.0 : 1.0;
        call(shop, at, wait);
        at += wait + 1.0;
        shop->said_n = 0;
    }
    struct tr_station_metrics m = metrics(shop, FITTING, at);
    assert_int_equal(m.day_counted, CALLS);
    assert_int_equal(m.day_kept, CALLS - LATE);
    assert_int_equal(m.day_answered, CALLS);
    assert_int_equal(m.day_dropped, CALLS - REMEMBERED);
    assert_int_equal(m.daypart[0].counted, CALLS);
    assert_int_equal(m.daypart[0].kept, CALLS - LATE);
    expect_near(m.day_pct, 100.0 * (CALLS - LATE) / CALLS);
    expect_near(m.day_p95_s, 1.0); /* the late ones came first */
    assert_int_equal(now(shop, FITTING, at).today_served, CALLS);
    shop_moment(shop, at + 10, TR_MOMENT_DAY, 20260303);
    m = metrics(shop, FITTING, at + 10);
    assert_int_equal(m.day_counted, 0);
    assert_int_equal(m.day_dropped, 0);
    assert_int_equal(m.daypart[0].counted, 0);
}

/* @return what @p core looks like from outside, all stations, at @p at_s. */
static void expect_same(struct tr_core *a, struct tr_core *b, double at_s)
{
    for (int s = ENTRANCE; s <= SMILES; s++) {
        struct tr_station_metrics x;
        struct tr_station_metrics y;
        memset(&x, 0, sizeof(x));
        memset(&y, 0, sizeof(y));
        tr_core_metrics(a, s, (struct tr_mono){S(at_s)}, &x);
        tr_core_metrics(b, s, (struct tr_mono){S(at_s)}, &y);
        assert_memory_equal(&x, &y, sizeof(x));
    }
}

/* A week's window looks back beyond the day: so must what a restart goes on with. */
static void a_snapshot_keeps_the_longest_window(void **state)
{
    struct shop *shop = *state;
    shop->plan.stations[FITTING].target.window_ns = S(7 * 86400.0);
    shop->plan.hours_n = 1;
    shop_begin(shop);
    for (int day = 0; day < 6; day++) {
        const double at = day * 86400.0;
        shop_moment(shop, at, TR_MOMENT_DAY, 20260302 + day);
        shop_moment(shop, at + 100, TR_MOMENT_OPEN, 0);
        call(shop, at + 500, day < 2 ? 70.0 : 10.0);
        health(shop, at + 1000, CALL, TR_HEALTH_STORM);
        health(shop, at + 1000 + 10 * day, CALL, TR_HEALTH_OK);
        shop_walk(shop, at + 1200, true);
        shop_pulse(shop, at + 1202, NOT_CUSTOMER, 0.2);
        shop_moment(shop, at + 2100, TR_MOMENT_CLOSE, 0);
    }
    const double at = 5 * 86400.0 + 3000;
    const struct tr_station_metrics m = metrics(shop, FITTING, at);
    assert_int_equal(m.window_counted, 6);
    assert_int_equal(m.window_kept, 4);
    expect_near(m.open_s, 12000.0);
    expect_near(m.full_s, 12000.0 - 150.0);
    assert_int_equal(metrics(shop, ENTRANCE, at).day_void, 1);
    const size_t cap = tr_core_save_size(shop->core);
    void *snapshot = malloc(cap);
    struct tr_core *other = calloc(1, tr_core_size());
    assert_non_null(snapshot);
    assert_non_null(other);
    const int64_t n = tr_core_save(shop->core, snapshot, cap);
    assert_true(n > 0);
    assert_int_equal(tr_core_load(other, &shop->plan, snapshot, (size_t)n), 0);
    expect_same(shop->core, other, at);
    expect_same(shop->core, other, at + 2 * 86400.0);
    free(snapshot);
    free(other);
}

/* A key says from 100 to 300 that somebody works at the first till; a customer stands there
 * from 150 to 200. A key's change counts 100 ms after its edge, a customer's 300 ms. */
static void idle_time_is_staffed_time(void **state)
{
    struct shop *shop = *state;
    struct tr_station_metrics m = metrics(shop, TILLS, 1.0);
    assert_false(m.has_staffed);
    assert_int_equal(now(shop, TILLS, 1.0).staffed, -1);
    assert_int_equal(now(shop, ENTRANCE, 1.0).staffed, -1);
    shop->plan.stations[TILLS].u.queue.positions[0].staffed = HOOK;
    shop_begin(shop);
    shop_tick(shop, 50.0);
    assert_int_equal(now(shop, TILLS, 50.0).staffed, 0);
    shop_edge(shop, 100.0, HOOK, true);
    shop_edge(shop, 150.0, TILL_1, true);
    assert_int_equal(now(shop, TILLS, 150.0).staffed, 1);
    m = metrics(shop, TILLS, 150.0);
    assert_true(m.has_staffed);
    expect_near(m.staffed_s, 49.9);
    expect_near(m.busy_s, 0.0);
    expect_near(m.idle_s, 49.9);
    shop_edge(shop, 200.0, TILL_1, false);
    shop_edge(shop, 300.0, HOOK, false);
    shop_tick(shop, 400.0);
    m = metrics(shop, TILLS, 400.0);
    expect_near(m.staffed_s, 200.0);
    expect_near(m.busy_s + m.idle_s, 200.0);
    assert_true(m.busy_s > 49.6 && m.busy_s < 50.1);
    assert_int_equal(now(shop, TILLS, 400.0).staffed, 0);
}

/* A full row of places says "at least". */
static void a_full_row_is_said(void **state)
{
    struct shop *shop = *state;
    struct tr_queue_plan *q = &shop->plan.stations[TILLS].u.queue;
    q->places[0] = GOOD;
    q->places[1] = OK_;
    q->places_n = 2;
    q->join.kind = TR_SOURCE_NONE;
    q->leave.kind = TR_SOURCE_NONE;
    shop_begin(shop);
    shop_edge(shop, 10.0, GOOD, true);
    shop_tick(shop, 20.0);
    assert_int_equal(now(shop, TILLS, 20.0).waiting, 1);
    assert_false(now(shop, TILLS, 20.0).at_least);
    shop_edge(shop, 30.0, OK_, true);
    shop_tick(shop, 40.0);
    assert_int_equal(now(shop, TILLS, 40.0).waiting, 2);
    assert_true(now(shop, TILLS, 40.0).at_least);
    shop_edge(shop, 50.0, OK_, false);
    shop_tick(shop, 60.0);
    assert_false(now(shop, TILLS, 60.0).at_least);
}

/* Looking at the figures ahead of time changes nothing. */
static void to_look_is_not_an_event(void **state)
{
    struct shop *shop = *state;
    shop->plan.stations[TILLS].u.queue.positions[0].staffed = HOOK;
    shop_begin(shop);
    shop_moment(shop, 0.0, TR_MOMENT_DAY, 20260302);
    shop_edge(shop, 1.0, HOOK, true);
    shop_pulse(shop, 10.0, LINE_IN, 0.2);
    shop_edge(shop, 20.0, TILL_1, true);
    shop_tick(shop, 30.0);
    const size_t cap = tr_core_save_size(shop->core);
    unsigned char *before = malloc(cap);
    unsigned char *after = malloc(cap);
    assert_non_null(before);
    assert_non_null(after);
    const int64_t n = tr_core_save(shop->core, before, cap);
    for (int s = ENTRANCE; s <= SMILES; s++) {
        metrics(shop, s, 500.0);
        now(shop, s, 500.0);
    }
    assert_int_equal(tr_core_save(shop->core, after, cap), n);
    assert_memory_equal(before, after, (size_t)n);
    free(before);
    free(after);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_level_has_bounds),
        CASE(without_a_target_nothing_is_unsure),
        CASE(the_overdue_count_unless_they_stand_apart),
        CASE(coverage_is_of_opening_time),
        CASE(a_window_goes_by_the_end_of_a_wait),
        CASE(voids_are_counted_by_day),
        CASE(keyed_answers_are_told_apart),
        CASE(dayparts_are_of_the_arrival),
        CASE(dayparts_move_with_the_plan),
        CASE(the_longest_day_is_counted_whole),
        CASE(a_snapshot_keeps_the_longest_window),
        CASE(idle_time_is_staffed_time),
        CASE(a_full_row_is_said),
        CASE(to_look_is_not_an_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
