/* How much a station sees, and what that does to its waits and its coverage
 * (RULES 1, 2 and 3). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shop.h"

#define S(s) ((int64_t)((s)*1e9))

/* --- blind -------------------------------------------------------------------------------- */

/* A till line's customers are kept out of the count by nobody; a call button
 * without its answer is blind. */
static void blind_ends_what_waits(void **state)
{
    struct shop *shop = *state;
    shop_begin(shop);
    shop_pulse(shop, 10, CALL, 0.2);
    shop_edge(shop, 20, DONE, false);
    shop_health(shop, 30, DONE, TR_HEALTH_STORM);
    assert_int_equal(tr_core_measuring(shop->core, FITTING), TR_MEASURING_BLIND);
    const struct tr_wait_record *w = shop_wait(shop, 0);
    assert_int_equal(w->outcome, TR_OUTCOME_UNKNOWN);
    assert_int_equal(w->reason, TR_REASON_BLIND);
    assert_int_equal(w->wait_ns, S(20));
    shop_pulse(shop, 40, CALL, 0.2); /* somebody calls: nobody will see the answer */
    shop_tick(shop, 500);
    w = shop_wait(shop, 1);
    assert_int_equal(w->outcome, TR_OUTCOME_UNKNOWN);
    assert_int_equal(w->reason, TR_REASON_BLIND);
    assert_int_equal(shop_metrics(shop, FITTING, 500).arrivals, 2);
    struct tr_alert_record alert;
    assert_false(tr_core_alert(shop->core, TR_RULE_WAIT, FITTING, &alert));
    shop_health(shop, 500, DONE, TR_HEALTH_OK);
    assert_int_equal(tr_core_measuring(shop->core, FITTING), TR_MEASURING_FULL);
    shop_pulse(shop, 510, CALL, 0.2);
    shop_pulse(shop, 525, DONE, 0.2);
    shop_drain(shop);
    assert_int_equal(shop_wait(shop, 2)->outcome, TR_OUTCOME_ANSWERED);
    assert_int_equal(shop_wait(shop, 2)->wait_ns, S(15));
}

/* What is still active when a storm is over means anew what it meant. */
static void a_level_that_outlasts_the_storm_is_found(void **state)
{
    struct shop *shop = *state;
    shop_edge(shop, 10, CALL, true);
    shop_tick(shop, 11);
    shop_edge(shop, 12, CALL, false);
    const double last = shop_chatter(shop, 12.001, CALL, 400, 400);
    shop_edge(shop, last + 0.01, CALL, true);
    assert_int_equal(shop_wait(shop, 0)->reason, TR_REASON_BLIND);
    shop_tick(shop, last + 12);
    assert_int_equal(shop_metrics(shop, FITTING, last + 12).arrivals, 2);
    shop_pulse(shop, 60, DONE, 0.2);
    shop_drain(shop);
    assert_true(shop_wait(shop, 1)->found);
    assert_false(shop_wait(shop, 1)->accurate);
}

/* --- coverage ----------------------------------------------------------------------------- */

static void expect_seen(struct shop *shop, double at_s, int station, double open_s, double full_s)
{
    const struct tr_station_metrics m = shop_metrics(shop, station, at_s);
    assert_true(fabs(m.open_s - open_s) < 1e-6);
    assert_true(fabs(m.full_s - full_s) < 1e-6);
    struct tr_station_state st;
    tr_core_station_state(shop->core, station, (struct tr_mono){S(at_s)}, &st);
    if (open_s > 0) {
        assert_true(fabs(st.coverage_pct - m.day_coverage_pct) < 1e-6);
    } else {
        assert_true(isnan(st.coverage_pct));
    }
}

static void always_open_counts_from_the_first_event(void **state)
{
    struct shop *shop = *state;
    shop_tick(shop, 50); /* nothing has happened yet */
    shop_moment(shop, 100, TR_MOMENT_OPEN, 0);
    expect_seen(shop, 100, TILLS, 0, 0);
    shop_tick(shop, 160);
    expect_seen(shop, 160, TILLS, 60, 60);
    shop_health(shop, 200, LINE_IN, TR_HEALTH_STORM);
    expect_seen(shop, 250, TILLS, 150, 100);
    expect_seen(shop, 250, ENTRANCE, 150, 150);
    shop_health(shop, 300, LINE_IN, TR_HEALTH_OK);
    expect_seen(shop, 400, TILLS, 300, 200);
}

static void only_opening_hours_count(void **state)
{
    struct shop *shop = *state;
    shop->plan.hours_n = 1;
    shop_begin(shop);
    shop_moment(shop, 0, TR_MOMENT_DAY, 20260302);
    shop_tick(shop, 100);
    expect_seen(shop, 100, TILLS, 0, 0);
    shop_moment(shop, 200, TR_MOMENT_OPEN, 0);
    shop_health(shop, 300, LINE_IN, TR_HEALTH_STORM);
    shop_moment(shop, 400, TR_MOMENT_CLOSE, 0);
    shop_health(shop, 500, LINE_IN, TR_HEALTH_OK);
    expect_seen(shop, 600, TILLS, 200, 100);
    shop_moment(shop, 1000, TR_MOMENT_DAY, 20260303);
    shop_moment(shop, 1100, TR_MOMENT_OPEN, 0);
    const struct tr_station_metrics m = shop_metrics(shop, TILLS, 1150);
    assert_true(fabs(m.day_coverage_pct - 100) < 1e-6); /* the new day's */
    assert_true(fabs(m.open_s - 250) < 1e-6);
    assert_true(fabs(m.full_s - 150) < 1e-6);
}

/* An hour away, of which the shell knows that ten minutes were opening time. */
static void an_absence_was_not_seen(void **state)
{
    struct shop *shop = *state;
    shop->plan.hours_n = 1;
    shop_begin(shop);
    shop_moment(shop, 0, TR_MOMENT_OPEN, 0);
    shop_restart(shop, 3700, 3600, 600);
    expect_seen(shop, 3700, TILLS, 700, 100);
    shop_moment(shop, 3700, TR_MOMENT_CLOSE, 0);
    expect_seen(shop, 4000, TILLS, 700, 100);
    /* The shell cannot say: as it stood. */
    shop_restart(shop, 5000, 900, -1);
    expect_seen(shop, 5000, TILLS, 700, 100);
    shop_moment(shop, 6000, TR_MOMENT_OPEN, 0);
    shop_restart(shop, 7000, 400, -1);
    expect_seen(shop, 7000, TILLS, 1700, 700);
    /* Nonsense is at most the whole absence. */
    shop_restart(shop, 8000, 500, 1e6);
    expect_seen(shop, 8000, TILLS, 2700, 1200);
}

/* From Monday evening to Tuesday morning: each day bears its own share. */
static void an_absence_over_night(void **state)
{
    struct shop *shop = *state;
    shop->plan.hours_n = 1;
    shop_begin(shop);
    shop_moment(shop, 0, TR_MOMENT_DAY, 20260302);
    shop_moment(shop, 0, TR_MOMENT_OPEN, 0);
    shop_restart(shop, 50000, 49000, 5000); /* 4000 s on Monday, 1000 on Tuesday */
    struct tr_event day = {.kind = TR_EVENT_CALENDAR,
                           .at = {S(50000)},
                           .sensor = TR_NONE,
                           .edge_at = {S(49000)},
                           .value = 20260303};
    day.u.moment = TR_MOMENT_DAY;
    shop_step(shop, &day);
    struct tr_station_metrics m = shop_metrics(shop, TILLS, 51000);
    assert_true(fabs(m.day_coverage_pct - 50) < 1e-6);
    assert_true(fabs(m.open_s - 7000) < 1e-6);
    assert_true(fabs(m.full_s - 2000) < 1e-6);
    day.at.ns = S(90000);
    day.edge_at.ns = S(1); /* nobody was absent since: all of it was seen */
    shop_step(shop, &day);
    m = shop_metrics(shop, TILLS, 90100);
    assert_true(fabs(m.day_coverage_pct - 100) < 1e-6);
}

static void a_new_plan_goes_on_counting(void **state)
{
    struct shop *shop = *state;
    shop_moment(shop, 0, TR_MOMENT_OPEN, 0);
    shop_health(shop, 50, LINE_IN, TR_HEALTH_STORM);
    struct tr_plan plan = shop->plan;
    plan.sensors[LINE_IN].storm_hz = 0; /* never a storm: so it is none */
    plan.sensors[GREET].stuck_on_ns = S(20);
    strcpy(plan.stations[FITTING].id, "changing"); /* another station */
    shop_edge(shop, 60, GREET, true);
    struct tr_core *next = calloc(1, tr_core_size());
    assert_int_equal(tr_core_replan(next, shop->core, &plan, (struct tr_mono){S(100)}, shop->out),
                     0);
    free(shop->core);
    shop->core = next;
    expect_seen(shop, 200, TILLS, 200, 150);
    expect_seen(shop, 200, FITTING, 100, 100);
    assert_int_equal(tr_core_measuring(shop->core, TILLS), TR_MEASURING_FULL);
    /* 40 s of a press are more than this plan allows. */
    shop_tick(shop, 100.001);
    assert_int_equal(tr_core_health(shop->core, GREET), TR_HEALTH_STUCK_ON);
    struct tr_plan patient = plan;
    patient.sensors[GREET].stuck_on_ns = S(1000);
    next = calloc(1, tr_core_size());
    assert_int_equal(
        tr_core_replan(next, shop->core, &patient, (struct tr_mono){S(110)}, shop->out), 0);
    free(shop->core);
    shop->core = next;
    assert_int_equal(tr_core_health(shop->core, GREET), TR_HEALTH_OK);
    shop_tick(shop, 1061);
    assert_int_equal(tr_core_health(shop->core, GREET), TR_HEALTH_STUCK_ON);
}

static void a_snapshot_keeps_it(void **state)
{
    struct shop *shop = *state;
    shop->plan.sensors[GREET].stuck_on_ns = S(20);
    shop->plan.sensors[CALL].silent_ns = S(500);
    shop_begin(shop);
    shop_moment(shop, 0, TR_MOMENT_OPEN, 0);
    shop_edge(shop, 10, GREET, true);
    shop_chatter(shop, 20, LINE_IN, 400, 400);
    const size_t cap = tr_core_save_size(shop->core);
    void *blob = malloc(cap);
    const int64_t n = tr_core_save(shop->core, blob, cap);
    struct tr_core *next = calloc(1, tr_core_size());
    assert_int_equal(tr_core_load(next, &shop->plan, blob, (size_t)n), 0);
    free(blob);
    free(shop->core);
    shop->core = next;
    assert_int_equal(tr_core_health(shop->core, LINE_IN), TR_HEALTH_STORM);
    shop_tick(shop, 30.1);
    assert_int_equal(tr_core_health(shop->core, GREET), TR_HEALTH_STUCK_ON);
    shop_tick(shop, 31.1);
    assert_int_equal(tr_core_health(shop->core, LINE_IN), TR_HEALTH_OK);
    shop_tick(shop, 501);
    assert_int_equal(tr_core_health(shop->core, CALL), TR_HEALTH_SILENT);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, shop_setup, shop_teardown)
    const struct CMUnitTest tests[] = {
        T(blind_ends_what_waits),
        T(a_level_that_outlasts_the_storm_is_found),
        T(always_open_counts_from_the_first_event),
        T(only_opening_hours_count),
        T(an_absence_was_not_seen),
        T(an_absence_over_night),
        T(a_new_plan_goes_on_counting),
        T(a_snapshot_keeps_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
