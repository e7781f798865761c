/* Lines on bad days: what people and sensors do that the rules did not expect. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shop.h"

#define S(s) ((int64_t)((s)*1e9 + 0.5))

static struct shop shop;

static int teardown(void **state)
{
    (void)state;
    shop_close(&shop);
    return 0;
}

static const struct tr_wait_record *expect(size_t n, enum tr_outcome outcome, double wait_s)
{
    const struct tr_wait_record *w = shop_wait(&shop, n);
    assert_non_null(w);
    assert_string_equal(tr_outcome_name[w->outcome], tr_outcome_name[outcome]);
    assert_int_equal(w->wait_ns, S(wait_s));
    return w;
}

static struct tr_station_state seen(double at_s)
{
    struct tr_station_state s;
    shop_tick(&shop, at_s);
    tr_core_station_state(shop.core, TILLS, (struct tr_mono){S(at_s)}, &s);
    return s;
}

static void level(double at_s, int sensor, bool active)
{
    const struct tr_event ev = {
        .kind = TR_EVENT_LEVEL, .at = {S(at_s)}, .sensor = (int16_t)sensor, .level = active};
    shop_step(&shop, &ev);
}

/* Power comes back to a row that is as full as before: those who stand there are
 * found, none of them is nobody, and none has just come. */
static void power_comes_back_to_people_in_the_row(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_PLACES);
    shop_edge(&shop, 10.0, PLACE_1, true);
    shop_edge(&shop, 20.0, PLACE_2, true);
    assert_int_equal(seen(30.0).waiting, 2);
    shop_restart(&shop, 400.0, 300.0, -1.0);
    assert_int_equal(shop_count(&shop, TR_EFFECT_WAIT), 2);
    level(400.0, PLACE_1, true);
    level(400.0, PLACE_2, true);
    assert_int_equal(seen(405.0).waiting, 2);
    shop_edge(&shop, 410.0, PLACE_1, false);
    shop_edge(&shop, 412.0, TILL_1, true);
    shop_edge(&shop, 430.0, TILL_1, false);
    shop_tick(&shop, 440.0);
    const struct tr_wait_record *w = expect(2, TR_OUTCOME_ANSWERED, 12.0);
    assert_true(w->found);
    assert_false(w->accurate);
    assert_int_equal(w->verdict, TR_VERDICT_NOT_COUNTED);
}

static void nobody_watched_and_nobody_worked(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_TICKETS);
    shop.plan.sensors[MAT_1].press_ns = shop.plan.sensors[MAT_1].release_ns = 0;
    shop_begin(&shop);
    shop_edge(&shop, 10.0, MAT_1, true);
    shop_tick(&shop, 100.0);
    shop_restart(&shop, 500.0, 400.0, -1.0); /* the mat reads nobody: no level event */
    assert_int_equal(seen(501.0).staffed, 0);
    level(600.0, MAT_1, true);
    assert_float_equal(shop_metrics(&shop, TILLS, 610.0).staffed_s, 100.0, 1e-6);
}

static void blind_while_somebody_steps_into_the_row(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_PLACES);
    shop_health(&shop, 5.0, TILL_1, TR_HEALTH_STORM);
    shop_health(&shop, 6.0, TILL_2, TR_HEALTH_STORM);
    assert_int_equal(tr_core_measuring(shop.core, TILLS), TR_MEASURING_BLIND);
    shop_edge(&shop, 10.0, PLACE_1, true);
    assert_int_equal(seen(20.0).waiting, 0);
    expect(0, TR_OUTCOME_UNKNOWN, 0.0);
    assert_int_equal(shop_wait(&shop, 0)->reason, TR_REASON_BLIND);
}

/* A till with both a sensor and a "next" button: line in at 1, 2 and 3 s. */
static void open_keyed_till(void)
{
    shop_open_like(&shop, LIKE_TICKETS);
    struct tr_queue_plan *q = &shop.plan.stations[TILLS].u.queue;
    q->discipline = TR_DISCIPLINE_ONE_LINE;
    q->positions_n = 1;
    shop_begin(&shop);
    for (int i = 1; i <= 3; i++) {
        shop_pulse(&shop, i, LINE_IN, 0.2);
    }
}

/* The one who was served leaves, the one who was called comes: the sensor sees one
 * go and one come, and neither is a customer more. */
static void next_and_presence_are_one_customer(void **state)
{
    (void)state;
    open_keyed_till();
    shop_pulse(&shop, 5.0, NEXT_1, 0.2);
    shop_edge(&shop, 9.0, TILL_1, true);
    shop_pulse(&shop, 50.0, NEXT_1, 0.2);
    shop_edge(&shop, 51.0, TILL_1, false); /* bends for the bag */
    shop_edge(&shop, 51.8, TILL_1, true);
    shop_edge(&shop, 53.0, TILL_1, false);
    shop_edge(&shop, 56.0, TILL_1, true);
    assert_int_equal(seen(70.0).waiting, 1);
    shop_edge(&shop, 90.0, TILL_1, false);
    shop_tick(&shop, 100.0);
    assert_int_equal(expect(0, TR_OUTCOME_ANSWERED, 4.0)->service_ns, S(45.0));
    assert_int_equal(expect(1, TR_OUTCOME_ANSWERED, 48.0)->service_ns, S(40.0));
    assert_int_equal(shop_count(&shop, TR_EFFECT_WAIT), 2);
    assert_int_equal(shop_metrics(&shop, TILLS, 110.0).missed_joins, 0);
}

static void next_for_who_stands_there_is_nobody_more(void **state)
{
    (void)state;
    open_keyed_till();
    shop_edge(&shop, 10.0, TILL_1, true);
    shop_pulse(&shop, 20.0, NEXT_1, 0.2);
    assert_int_equal(seen(25.0).waiting, 2);
    shop_edge(&shop, 40.0, TILL_1, false);
    shop_tick(&shop, 50.0);
    const struct tr_wait_record *w = expect(0, TR_OUTCOME_ANSWERED, 9.0);
    assert_int_equal(w->by, TR_BY_SENSOR);
    assert_int_equal(w->service_ns, S(30.0));
    assert_int_equal(shop_count(&shop, TR_EFFECT_WAIT), 1);
}

static void called_and_never_seen_has_no_end(void **state)
{
    (void)state;
    open_keyed_till();
    shop_pulse(&shop, 5.0, NEXT_1, 0.2);
    assert_int_equal(seen(34.0).in_service, 1);
    assert_int_equal(seen(36.0).in_service, 0);
    assert_int_equal(expect(0, TR_OUTCOME_ANSWERED, 4.0)->service_ns, -1);
}

static void a_key_pressed_twice_is_pressed_once(void **state)
{
    (void)state;
    open_keyed_till();
    shop.plan.stations[TILLS].u.queue.positions[0].presence = TR_NONE;
    shop_begin(&shop);
    shop_pulse(&shop, 6.0, LINE_IN, 0.2);
    shop_pulse(&shop, 7.0, LINE_IN, 0.2);
    shop_pulse(&shop, 20.0, NEXT_1, 0.2);
    shop_pulse(&shop, 20.6, NEXT_1, 0.2);
    assert_int_equal(seen(30.0).waiting, 1);
    shop_pulse(&shop, 60.0, NEXT_1, 0.2);
    assert_int_equal(expect(0, TR_OUTCOME_ANSWERED, 14.0)->service_ns, S(40.0));
    assert_int_equal(seen(61.0).waiting, 0);
}

/* The counter is never seen free between two customers: the second was called, and
 * somebody stands there. */
static void stepping_up_as_the_other_leaves_is_no_no_show(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_TICKETS);
    shop_pulse(&shop, 1.0, LINE_IN, 0.2);
    shop_pulse(&shop, 2.0, LINE_IN, 0.2);
    shop_pulse(&shop, 10.0, NEXT_1, 0.2);
    shop_edge(&shop, 15.0, TILL_1, true);
    shop_pulse(&shop, 60.0, NEXT_1, 0.2);
    shop_edge(&shop, 150.0, TILL_1, false);
    shop_tick(&shop, 160.0);
    assert_true(expect(0, TR_OUTCOME_ANSWERED, 9.0)->accurate);
    const struct tr_wait_record *w = expect(1, TR_OUTCOME_ANSWERED, 58.0);
    assert_false(w->accurate);
    assert_int_equal(w->by, TR_BY_STAFF);
    assert_int_equal(w->service_ns, S(90.0));
}

/* With a pram it takes twelve seconds from the head of the line to the till. */
static void a_slow_walker_is_one_customer(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_PLACES);
    shop_edge(&shop, 10.0, PLACE_1, true);
    shop_edge(&shop, 20.0, PLACE_2, true);
    shop_edge(&shop, 40.0, PLACE_1, false);
    shop_edge(&shop, 41.0, PLACE_2, false);
    shop_edge(&shop, 42.0, PLACE_1, true);
    shop_edge(&shop, 54.0, TILL_1, true);
    shop_edge(&shop, 80.0, TILL_1, false);
    assert_int_equal(seen(90.0).waiting, 1);
    const struct tr_wait_record *w = expect(0, TR_OUTCOME_ANSWERED, 44.0);
    assert_false(w->accurate); /* it may have been another */
    assert_int_equal(shop_count(&shop, TR_EFFECT_WAIT), 1);
}

/* The cashier wipes the counter from the customers' side: nobody was kept waiting for
 * 0 s, and who stands in the row still waits. */
static void who_comes_by_no_way_is_no_wait(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_PLACES);
    shop_edge(&shop, 10.0, PLACE_1, true);
    shop_edge(&shop, 30.0, TILL_1, true);
    shop_edge(&shop, 50.0, TILL_1, false);
    assert_int_equal(seen(60.0).waiting, 1);
    assert_int_equal(shop_count(&shop, TR_EFFECT_WAIT), 0);
    assert_int_equal(shop_metrics(&shop, TILLS, 60.0).missed_joins, 1);
}

static void bending_down_at_the_head_brings_nobody_to_a_till(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_PLACES);
    shop_edge(&shop, 10.0, PLACE_1, true);
    shop_edge(&shop, 20.0, PLACE_2, true);
    shop_edge(&shop, 40.0, PLACE_1, false);
    shop_edge(&shop, 41.0, PLACE_1, true);
    shop_edge(&shop, 45.0, TILL_1, true);
    shop_edge(&shop, 47.0, TILL_1, false); /* passing by */
    assert_int_equal(seen(60.0).waiting, 2);
    assert_int_equal(shop_count(&shop, TR_EFFECT_WAIT), 0);
    shop_edge(&shop, 70.0, PLACE_1, false);
    shop_edge(&shop, 72.0, TILL_1, true);
    shop_edge(&shop, 90.0, TILL_1, false);
    shop_tick(&shop, 100.0);
    assert_true(expect(0, TR_OUTCOME_ANSWERED, 62.0)->accurate);
}

/* The head goes, all step up, and somebody steps onto the last place before it was
 * seen to be empty, twice in a row: each of them goes and comes by itself. */
static void two_go_before_the_first_is_accounted_for(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_ROW);
    shop_edge(&shop, 10.0, PLACE_1, true);
    shop_edge(&shop, 20.0, PLACE_2, true);
    for (int i = 0; i < 2; i++) {
        const double t = 40.0 + 10.0 * i;
        shop_edge(&shop, t, PLACE_1, false);
        shop_edge(&shop, t + 1.0, PLACE_2, false);
        shop_edge(&shop, t + 2.0, PLACE_1, true);
        shop_edge(&shop, t + 3.0, PLACE_2, true);
    }
    assert_int_equal(seen(80.0).waiting, 2);
    expect(0, TR_OUTCOME_ANSWERED, 30.0);
    expect(1, TR_OUTCOME_ANSWERED, 30.0);
    shop_edge(&shop, 90.0, PLACE_1, false);
    shop_edge(&shop, 91.0, PLACE_2, false);
    shop_edge(&shop, 92.0, PLACE_1, true);
    shop_edge(&shop, 120.0, PLACE_1, false);
    shop_tick(&shop, 150.0);
    expect(2, TR_OUTCOME_ANSWERED, 47.0);
    expect(3, TR_OUTCOME_ANSWERED, 67.0);
    assert_int_equal(shop_count(&shop, TR_EFFECT_WAIT), 4);
}

/* Who stepped onto the last place in that way is known from then on, not from when
 * the next one comes behind him. */
static void who_refilled_the_row_came_when_he_came(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_PLACES);
    shop_edge(&shop, 10.0, PLACE_1, true);
    shop_edge(&shop, 20.0, PLACE_2, true);
    shop_edge(&shop, 40.0, PLACE_1, false);
    shop_edge(&shop, 41.0, PLACE_2, false);
    shop_edge(&shop, 42.0, PLACE_1, true);
    shop_edge(&shop, 42.0, TILL_1, true);
    shop_edge(&shop, 43.0, PLACE_2, true); /* C */
    shop_edge(&shop, 52.0, PLACE_3, true); /* D */
    assert_int_equal(seen(80.0).waiting, 3);
    shop_drain(&shop);
    int64_t opened[8] = {0};
    size_t n = 0;
    for (size_t i = 0; shop_wait(&shop, i) != NULL; i++) {
        opened[n++ % 8] = shop_wait(&shop, i)->opened.ns;
    }
    assert_int_equal(n, 4);
    int c = 0;
    int d = 0;
    for (size_t i = 0; i < n; i++) {
        c += opened[i] == S(43.0);
        d += opened[i] == S(52.0);
    }
    assert_int_equal(c, 1);
    assert_int_equal(d, 1);
}

/* Who goes from the middle is taken for the last one, and it is said to be a guess;
 * who goes from the end is the last one. */
static void who_left_the_middle_is_a_guess(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_PLACES);
    shop_edge(&shop, 10.0, PLACE_1, true);
    shop_edge(&shop, 20.0, PLACE_2, true);
    shop_edge(&shop, 30.0, PLACE_3, true);
    shop_edge(&shop, 50.0, PLACE_2, false);
    shop_edge(&shop, 51.0, PLACE_3, false);
    shop_edge(&shop, 52.0, PLACE_2, true);
    assert_int_equal(seen(90.0).waiting, 2);
    assert_false(expect(0, TR_OUTCOME_ABANDONED, 21.0)->accurate);
    shop_edge(&shop, 100.0, PLACE_2, false);
    assert_int_equal(seen(130.0).waiting, 1);
    assert_true(expect(1, TR_OUTCOME_ABANDONED, 80.0)->accurate);
}

static void replan(const struct tr_plan *other, double at_s)
{
    struct tr_core *next = calloc(1, tr_core_size());
    assert_non_null(next);
    assert_int_equal(tr_core_replan(next, shop.core, other, (struct tr_mono){S(at_s)}, shop.out),
                     0);
    free(shop.core);
    shop.core = next;
}

/* Another place at the end, a mat at a till: nobody who stands there vanishes. */
static void a_longer_row_keeps_who_stands_there(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_PLACES);
    shop.plan.stations[TILLS].u.queue.places_n = 2;
    shop.plan.stations[TILLS].u.queue.positions[0].staffed = TR_NONE;
    shop_begin(&shop);
    shop_edge(&shop, 5.0, MAT_1, true);
    shop_edge(&shop, 10.0, PLACE_1, true);
    shop_edge(&shop, 20.0, PLACE_2, true);
    shop_edge(&shop, 25.0, PLACE_3, true); /* unseen as yet */
    assert_int_equal(seen(30.0).waiting, 2);
    struct tr_plan other = shop.plan;
    other.stations[TILLS].u.queue.places_n = 3;
    other.stations[TILLS].u.queue.positions[0].staffed = MAT_1;
    replan(&other, 40.0);
    assert_int_equal(seen(80.0).waiting, 3);
    assert_int_equal(seen(80.0).staffed, 1);
    shop_edge(&shop, 90.0, PLACE_1, false);
    shop_edge(&shop, 92.0, TILL_1, true);
    shop_edge(&shop, 99.0, TILL_1, false);
    shop_tick(&shop, 110.0);
    assert_true(expect(0, TR_OUTCOME_ANSWERED, 82.0)->accurate);
    shop_drain(&shop);
    shop.plan = other;
}

/* A place that turns out to be stuck had seen nobody, perhaps. */
static void a_stuck_place_leaves_nothing_accurate(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_PLACES);
    shop.plan.sensors[PLACE_2].stuck_on_ns = S(300.0);
    shop_begin(&shop);
    shop_edge(&shop, 10.0, PLACE_2, true);
    shop_edge(&shop, 200.0, PLACE_1, true);
    assert_int_equal(seen(310.5).measuring, TR_MEASURING_DEGRADED);
    shop_edge(&shop, 320.0, PLACE_1, false);
    shop_edge(&shop, 322.0, TILL_1, true);
    shop_edge(&shop, 340.0, TILL_1, false);
    shop_tick(&shop, 400.0);
    assert_int_equal(expect(0, TR_OUTCOME_UNKNOWN, 123.3)->reason, TR_REASON_DRIFT);
    assert_false(shop_wait(&shop, 0)->accurate);
    assert_false(expect(1, TR_OUTCOME_ANSWERED, 312.0)->accurate);
}

/* A short absence while somebody walks to the till: all deadlines fall due at its end. */
static void a_short_absence_makes_nobody_leave(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_PLACES);
    shop_edge(&shop, 10.0, PLACE_1, true);
    shop_edge(&shop, 20.0, PLACE_2, true);
    shop_edge(&shop, 40.0, PLACE_1, false);
    shop_edge(&shop, 42.0, TILL_1, true);
    shop_edge(&shop, 43.0, PLACE_2, false);
    shop_edge(&shop, 44.0, PLACE_1, true);
    shop_tick(&shop, 45.0);
    shop_restart(&shop, 70.0, 25.0, -1.0);
    shop_edge(&shop, 80.0, TILL_1, false);
    assert_int_equal(seen(90.0).waiting, 1);
    expect(0, TR_OUTCOME_ANSWERED, 32.0);
    assert_int_equal(shop_count(&shop, TR_EFFECT_WAIT), 1);
}

static void one_missed_join_at_two_sensors_is_one(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_SERVE);
    shop_pulse(&shop, 10.0, SERVE, 0.2);
    shop_pulse(&shop, 12.0, TILL_1, 20.0);
    assert_int_equal(shop_metrics(&shop, TILLS, 60.0).missed_joins, 1);
}

/* "Three people wait": who went out for a moment is none of them, and is not lost. */
static void a_count_by_hand_is_of_those_in_line(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_GATE);
    shop_walk(&shop, 10.0, true);
    shop_walk(&shop, 20.0, true);
    shop_walk(&shop, 30.0, false); /* out, for a moment */
    shop_command(&shop, 40.0, TR_COMMAND_SET_COUNT, TILLS, 3);
    assert_int_equal(seen(41.0).waiting, 3);
    shop_command(&shop, 50.0, TR_COMMAND_SET_COUNT, TILLS, 1);
    assert_int_equal(seen(51.0).waiting, 1);
    shop_walk(&shop, 60.0, true);
    assert_int_equal(seen(61.0).waiting, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(power_comes_back_to_people_in_the_row, teardown),
        cmocka_unit_test_teardown(nobody_watched_and_nobody_worked, teardown),
        cmocka_unit_test_teardown(blind_while_somebody_steps_into_the_row, teardown),
        cmocka_unit_test_teardown(next_and_presence_are_one_customer, teardown),
        cmocka_unit_test_teardown(next_for_who_stands_there_is_nobody_more, teardown),
        cmocka_unit_test_teardown(called_and_never_seen_has_no_end, teardown),
        cmocka_unit_test_teardown(a_key_pressed_twice_is_pressed_once, teardown),
        cmocka_unit_test_teardown(stepping_up_as_the_other_leaves_is_no_no_show, teardown),
        cmocka_unit_test_teardown(a_slow_walker_is_one_customer, teardown),
        cmocka_unit_test_teardown(who_comes_by_no_way_is_no_wait, teardown),
        cmocka_unit_test_teardown(bending_down_at_the_head_brings_nobody_to_a_till, teardown),
        cmocka_unit_test_teardown(two_go_before_the_first_is_accounted_for, teardown),
        cmocka_unit_test_teardown(who_refilled_the_row_came_when_he_came, teardown),
        cmocka_unit_test_teardown(who_left_the_middle_is_a_guess, teardown),
        cmocka_unit_test_teardown(a_longer_row_keeps_who_stands_there, teardown),
        cmocka_unit_test_teardown(a_stuck_place_leaves_nothing_accurate, teardown),
        cmocka_unit_test_teardown(a_short_absence_makes_nobody_leave, teardown),
        cmocka_unit_test_teardown(one_missed_join_at_two_sensors_is_one, teardown),
        cmocka_unit_test_teardown(a_count_by_hand_is_of_those_in_line, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
