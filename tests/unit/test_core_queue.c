/* Lines, in every way to see them: what the stories do not tell. */
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

static void expect(size_t n, enum tr_outcome outcome, enum tr_reason reason, double wait_s)
{
    const struct tr_wait_record *w = shop_wait(&shop, n);
    assert_non_null(w);
    assert_string_equal(tr_outcome_name[w->outcome], tr_outcome_name[outcome]);
    assert_string_equal(tr_reason_name[w->reason], tr_reason_name[reason]);
    assert_int_equal(w->wait_ns, S(wait_s));
}

static struct tr_station_state seen(double at_s)
{
    struct tr_station_state s;
    shop_tick(&shop, at_s);
    tr_core_station_state(shop.core, TILLS, (struct tr_mono){S(at_s)}, &s);
    return s;
}

static void health(double at_s, int sensor, enum tr_health value)
{
    const struct tr_event ev = {.kind = TR_EVENT_HEALTH,
                                .at = {S(at_s)},
                                .sensor = (int16_t)sensor,
                                .value = (int64_t)value};
    shop_step(&shop, &ev);
}

static void full_row_is_at_least(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_PLACES);
    shop_edge(&shop, 10.0, PLACE_1, true);
    shop_edge(&shop, 20.0, PLACE_2, true);
    assert_int_equal(seen(25.0).waiting, 2);
    assert_false(seen(25.0).at_least);
    shop_edge(&shop, 30.0, PLACE_3, true);
    assert_int_equal(seen(35.0).waiting, 3);
    assert_true(seen(35.0).at_least);
    health(36.0, PLACE_3, TR_HEALTH_STORM); /* what is left of the row is full too */
    assert_true(seen(37.0).at_least);
    assert_int_equal(seen(37.0).measuring, TR_MEASURING_DEGRADED);
    shop_edge(&shop, 40.0, PLACE_2, false);
    assert_false(seen(45.0).at_least);
}

static void stepping_aside_is_silence_at_once(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_PLACES);
    shop_edge(&shop, 10.0, PLACE_1, true);
    assert_int_equal(seen(15.0).waiting, 1);
    shop_edge(&shop, 20.0, PLACE_1, false);
    assert_int_equal(seen(24.0).waiting, 0); /* served or gone: certain a moment later */
    assert_int_equal(shop_count(&shop, TR_EFFECT_WAIT), 0);
    shop_tick(&shop, 41.0);
    expect(0, TR_OUTCOME_ABANDONED, TR_REASON_LEFT, 10.0);
    assert_true(shop_wait(&shop, 0)->accurate);
}

static void a_faulty_join_leaves_the_counting_to_the_row(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_JOIN_PLACES);
    health(5.0, LINE_IN, TR_HEALTH_STORM);
    assert_int_equal(tr_core_measuring(shop.core, TILLS), TR_MEASURING_DEGRADED);
    shop_edge(&shop, 10.0, PLACE_1, true);
    assert_int_equal(seen(15.0).waiting, 1);
    shop_edge(&shop, 30.0, PLACE_1, false);
    shop_edge(&shop, 32.0, TILL_1, true);
    shop_edge(&shop, 50.0, TILL_1, false);
    shop_tick(&shop, 60.0);
    expect(0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 22.0);
    assert_int_equal(shop_wait(&shop, 0)->service_ns, S(18.0));
}

static void blind_without_join(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_USUAL);
    shop_pulse(&shop, 10.0, LINE_IN, 0.2);
    shop_edge(&shop, 15.0, TILL_2, true);
    shop_pulse(&shop, 25.0, LINE_IN, 0.2);
    health(30.0, LINE_IN, TR_HEALTH_STORM);
    assert_int_equal(tr_core_measuring(shop.core, TILLS), TR_MEASURING_BLIND);
    expect(0, TR_OUTCOME_UNKNOWN, TR_REASON_BLIND, 5.0);
    shop_edge(&shop, 40.0, TILL_2, false); /* a service that is still seen goes on */
    shop_tick(&shop, 50.0);
    expect(1, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 5.0);
    assert_int_equal(shop_wait(&shop, 1)->service_ns, S(25.0));
    health(60.0, LINE_IN, TR_HEALTH_OK);
    assert_int_equal(tr_core_measuring(shop.core, TILLS), TR_MEASURING_FULL);
}

static void a_stuck_till_ends_its_service_without_an_end(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_USUAL);
    shop.plan.sensors[TILL_1].stuck_on_ns = S(600.0);
    shop_begin(&shop);
    shop_pulse(&shop, 10.0, LINE_IN, 0.2);
    shop_edge(&shop, 20.0, TILL_1, true);
    shop_tick(&shop, 700.0);
    expect(0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 10.0);
    assert_int_equal(shop_wait(&shop, 0)->service_ns, -1);
    assert_false(shop_wait(&shop, 0)->accurate);
    assert_int_equal(tr_core_measuring(shop.core, TILLS), TR_MEASURING_DEGRADED);
    assert_int_equal(seen(710.0).in_service, 0);
    shop_edge(&shop, 800.0, TILL_1, false);
    shop_tick(&shop, 801.0);
    assert_int_equal(tr_core_measuring(shop.core, TILLS), TR_MEASURING_FULL);
    shop_pulse(&shop, 810.0, LINE_IN, 0.2);
    shop_edge(&shop, 820.0, TILL_1, true);
    shop_edge(&shop, 830.0, TILL_1, false);
    shop_tick(&shop, 840.0);
    expect(1, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 10.0);
}

static void ten_missed_joins_are_a_dead_beam(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_USUAL);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(tr_core_health(shop.core, LINE_IN), TR_HEALTH_OK);
        shop_pulse(&shop, 10.0 + 30.0 * i, TILL_1, 15.0);
        shop_tick(&shop, 35.0 + 30.0 * i);
    }
    assert_int_equal(tr_core_health(shop.core, LINE_IN), TR_HEALTH_STUCK_OFF);
    assert_int_equal(tr_core_measuring(shop.core, TILLS), TR_MEASURING_BLIND);
    shop_pulse(&shop, 400.0, LINE_IN, 0.2); /* it speaks: it was the staff's friends */
    assert_int_equal(tr_core_health(shop.core, LINE_IN), TR_HEALTH_OK);
}

static void busy_and_idle_to_the_nanosecond(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_TICKETS);
    shop.plan.sensors[MAT_1].press_ns = shop.plan.sensors[MAT_1].release_ns = 0;
    shop_begin(&shop);
    shop_edge(&shop, 10.0, MAT_1, true);
    shop_pulse(&shop, 20.0, TILL_1, 3.0); /* nobody: idle all the same */
    shop_pulse(&shop, 30.0, LINE_IN, 0.2);
    shop_pulse(&shop, 40.0, NEXT_1, 0.2);
    shop_pulse(&shop, 45.0, TILL_1, 20.0);
    shop_edge(&shop, 110.0, MAT_1, false);
    struct tr_station_metrics m;
    tr_core_metrics(shop.core, TILLS, (struct tr_mono){S(200.0)}, &m);
    assert_true(m.has_staffed);
    assert_float_equal(m.staffed_s, 100.0, 1e-6);
    assert_float_equal(m.busy_s, 20.0, 1e-6);
    assert_float_equal(m.idle_s, 80.0, 1e-6);
    assert_int_equal(m.position[0].served, 1);
    assert_int_equal(m.position[0].service_ns, S(25.0)); /* from the call on */
    assert_int_equal(m.position[0].idle_ns, S(80.0));
    assert_int_equal(m.position[1].staffed_ns, 0);
    assert_int_equal(seen(200.0).staffed, 0);
}

static void next_twice_gives_a_ticket_up(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_TICKETS);
    shop_pulse(&shop, 10.0, LINE_IN, 0.2);
    shop_pulse(&shop, 12.0, LINE_IN, 0.2);
    shop_pulse(&shop, 20.0, NEXT_1, 0.2);
    assert_int_equal(seen(21.0).waiting, 1);
    shop_pulse(&shop, 30.0, NEXT_1, 0.2);
    expect(0, TR_OUTCOME_ABANDONED, TR_REASON_NO_SHOW, 10.0);
    assert_int_equal(shop_wait(&shop, 0)->by, TR_BY_STAFF);
    shop_pulse(&shop, 33.0, TILL_1, 10.0);
    shop_tick(&shop, 60.0);
    expect(1, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 18.0);
    assert_int_equal(shop_wait(&shop, 1)->service_ns, S(13.0));
}

static void two_counters_call_two_tickets(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_TICKETS);
    shop_pulse(&shop, 10.0, LINE_IN, 0.2);
    shop_pulse(&shop, 12.0, LINE_IN, 0.2);
    shop_pulse(&shop, 20.0, NEXT_2, 0.2);
    shop_pulse(&shop, 21.0, NEXT_1, 0.2);
    shop_pulse(&shop, 24.0, TILL_1, 20.0); /* the second ticket is there first */
    shop_tick(&shop, 60.0);
    expect(0, TR_OUTCOME_ABANDONED, TR_REASON_NO_SHOW, 10.0);
    expect(1, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 9.0);
}

static void who_went_out_and_is_served_came_back_unseen(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_GATE);
    shop_walk(&shop, 10.0, true);
    shop_walk(&shop, 30.0, false);
    assert_int_equal(seen(31.0).waiting, 0);
    shop_edge(&shop, 50.0, TILL_1, true);
    shop_edge(&shop, 70.0, TILL_1, false);
    shop_tick(&shop, 200.0);
    /* the first record is the entrance's, which shares the gate */
    expect(1, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 40.0);
    assert_false(shop_wait(&shop, 1)->accurate);
}

static void the_serve_beam_keeps_many_on_their_way(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_SERVE);
    for (int i = 0; i < 20; i++) {
        shop_pulse(&shop, 1.0 + 0.1 * i, LINE_IN, 0.03);
    }
    for (int i = 0; i < 20; i++) {
        shop_pulse(&shop, 10.0 + 0.1 * i, SERVE, 0.03);
    }
    shop_edge(&shop, 15.0, TILL_1, true);
    shop_edge(&shop, 25.0, TILL_1, false);
    shop_tick(&shop, 60.0);
    assert_int_equal(shop_count(&shop, TR_EFFECT_WAIT), 20);
    size_t services = 0;
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(shop_wait(&shop, i)->outcome, TR_OUTCOME_ANSWERED);
        assert_int_equal(shop_wait(&shop, i)->wait_ns, S(9.0));
        services += shop_wait(&shop, i)->service_ns >= 0;
    }
    assert_int_equal(services, 1);
}

static void the_day_never_erases_who_stands_there(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_JOIN_PLACES);
    shop.plan.hours_n = 1;
    shop_begin(&shop);
    shop_moment(&shop, 1.0, TR_MOMENT_OPEN, 0);
    shop_pulse(&shop, 10.0, LINE_IN, 0.2);
    shop_edge(&shop, 12.0, PLACE_1, true);
    shop_moment(&shop, 20.0, TR_MOMENT_CLOSE, 0);
    shop_moment(&shop, 30.0, TR_MOMENT_DAY, 20260303);
    assert_int_equal(seen(31.0).waiting, 1);
    shop_edge(&shop, 40.0, PLACE_1, false);
    shop_moment(&shop, 50.0, TR_MOMENT_DAY, 20260304);
    expect(0, TR_OUTCOME_UNKNOWN, TR_REASON_DRIFT, 40.0);
}

static void a_new_plan_keeps_the_line_and_drops_a_new_row(void **state)
{
    (void)state;
    shop_open_like(&shop, LIKE_PLACES);
    shop_edge(&shop, 10.0, PLACE_1, true);
    shop_edge(&shop, 20.0, PLACE_2, true);
    shop_tick(&shop, 30.0);
    struct tr_plan other = shop.plan;
    other.stations[TILLS].u.queue.places_n = 2;
    struct tr_core *next = calloc(1, tr_core_size());
    assert_int_equal(tr_core_replan(next, shop.core, &other, (struct tr_mono){S(40.0)}, shop.out),
                     0);
    free(shop.core);
    shop.core = next;
    struct tr_station_state s = seen(41.0);
    assert_int_equal(s.waiting, 2);
    shop_drain(&shop); /* whatever becomes of them, nobody is lost */
    size_t waits = 0;
    for (size_t i = 0; i < shop.said_n; i++) {
        waits += shop.said[i].kind == TR_EFFECT_WAIT;
    }
    assert_int_equal(waits, 2);
    shop.plan = other;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(full_row_is_at_least, teardown),
        cmocka_unit_test_teardown(stepping_aside_is_silence_at_once, teardown),
        cmocka_unit_test_teardown(a_faulty_join_leaves_the_counting_to_the_row, teardown),
        cmocka_unit_test_teardown(blind_without_join, teardown),
        cmocka_unit_test_teardown(a_stuck_till_ends_its_service_without_an_end, teardown),
        cmocka_unit_test_teardown(ten_missed_joins_are_a_dead_beam, teardown),
        cmocka_unit_test_teardown(busy_and_idle_to_the_nanosecond, teardown),
        cmocka_unit_test_teardown(next_twice_gives_a_ticket_up, teardown),
        cmocka_unit_test_teardown(two_counters_call_two_tickets, teardown),
        cmocka_unit_test_teardown(who_went_out_and_is_served_came_back_unseen, teardown),
        cmocka_unit_test_teardown(the_serve_beam_keeps_many_on_their_way, teardown),
        cmocka_unit_test_teardown(the_day_never_erases_who_stands_there, teardown),
        cmocka_unit_test_teardown(a_new_plan_keeps_the_line_and_drops_a_new_row, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
