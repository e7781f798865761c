/* Doors as shops use them: who leaves, who is greeted, what the staff's key covers
 * (RULES 5 to 9). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shop_expect.h"

static void greet(struct shop *shop, double at_s)
{
    shop_pulse(shop, at_s, GREET, 0.1);
}

static void key(struct shop *shop, double at_s)
{
    shop_pulse(shop, at_s, NOT_CUSTOMER, 0.1);
}

/* --- who comes, and who leaves --------------------------------------------------------------- */

/* Three come, one gives up, one more; the last is greeted: three, answered. */
static void a_party_partly_leaves(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    shop_walk(shop, 11.0, true);
    shop_walk(shop, 12.0, true);
    shop_walk(shop, 20.0, false);
    shop_walk(shop, 22.0, false);
    shop_tick(shop, 23.0);
    assert_int_equal(state_of(shop, ENTRANCE).people, 1);
    greet(shop, 26.0);
    shop_walk(shop, 60.0, true);
    shop_walk(shop, 70.0, false); /* the one who was greeted */
    shop_walk(shop, 80.0, false); /* so this is the one who waits */
    shop_tick(shop, 100.0);
    assert_int_equal(waits(shop), 2);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 16.0);
    assert_int_equal(shop_wait(shop, 0)->party, 3);
    assert_true(shop_wait(shop, 0)->accurate);
    expect(shop, 1, TR_OUTCOME_ABANDONED, TR_REASON_LEFT, 20.0);
    assert_false(shop_wait(shop, 1)->accurate);
}

/* Two parties wait and one person walks out: taken to be of the oldest, a guess. */
static void which_of_two_parties_left_is_a_guess(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    shop_walk(shop, 20.0, true);
    shop_walk(shop, 30.0, false);
    greet(shop, 35.0);
    shop_tick(shop, 50.0);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 15.0);
    expect(shop, 1, TR_OUTCOME_ABANDONED, TR_REASON_LEFT, 20.0);
    assert_false(shop_wait(shop, 1)->accurate);
}

/* An hour later nobody remembers who was greeted. */
static void the_greeted_are_forgotten_after_an_hour(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    greet(shop, 12.0);
    shop_walk(shop, 3600.0, true);
    shop_walk(shop, 3611.9, false); /* the greeted one, a moment before */
    shop_walk(shop, 3620.0, false);
    shop_tick(shop, 3640.0);
    expect(shop, 1, TR_OUTCOME_ABANDONED, TR_REASON_LEFT, 20.0);

    shop_begin(shop);
    shop->said_n = 0;
    shop_walk(shop, 10.0, true);
    greet(shop, 12.0);
    shop_walk(shop, 3600.0, true);
    shop_walk(shop, 3612.1, false);
    shop_tick(shop, 3640.0);
    expect(shop, 1, TR_OUTCOME_ABANDONED, TR_REASON_LEFT, 12.1);
    assert_true(shop_wait(shop, 1)->accurate);
}

/* Never greeted, and inside all the same: their way out is no abandonment of others. */
static void the_never_greeted_leave_too(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true); /* expires at 310 */
    shop_walk(shop, 400.0, true);
    shop_walk(shop, 405.0, false);
    greet(shop, 410.0);
    shop_tick(shop, 420.0);
    expect(shop, 0, TR_OUTCOME_EXPIRED, TR_REASON_GIVE_UP, 300.0);
    expect(shop, 1, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 10.0);
    assert_false(shop_wait(shop, 1)->accurate);
}

static struct tr_greeting_plan *one_contact(struct shop *shop, int inside)
{
    struct tr_greeting_plan *g = &shop->plan.stations[ENTRANCE].u.greeting;
    shop->plan.gates_n = 0;
    tr_plan_init_sensor(&shop->plan.sensors[DOOR_OUTER], TR_SENSOR_CONTACT);
    strcpy(shop->plan.sensors[DOOR_OUTER].id, "door_outer");
    g->arrive = (struct tr_source){TR_SOURCE_SENSOR, DOOR_OUTER};
    g->inside = (int16_t)inside;
    shop_begin(shop);
    return g;
}

/* A beam inside, broken up to 3 s before the door: somebody goes. Just after it: comes. */
static void a_contact_with_a_beam_inside(void **state)
{
    struct shop *shop = *state;
    one_contact(shop, DOOR_INNER);
    shop_pulse(shop, 10.0, DOOR_OUTER, 1.0);
    shop_pulse(shop, 11.5, DOOR_INNER, 0.4); /* and walks on inside */
    shop_pulse(shop, 30.0, DOOR_INNER, 0.4);
    shop_pulse(shop, 33.3, DOOR_OUTER, 1.0); /* 2.9 s after it cleared: out */
    shop_pulse(shop, 50.0, DOOR_INNER, 0.4);
    shop_pulse(shop, 53.5, DOOR_OUTER, 1.0); /* 3.1 s: in */
    greet(shop, 60.0);
    shop_tick(shop, 70.0);
    assert_int_equal(waits(shop), 2);
    expect(shop, 0, TR_OUTCOME_ABANDONED, TR_REASON_LEFT, 23.3);
    expect(shop, 1, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 6.5);
}

static void a_contact_alone(void **state)
{
    struct shop *shop = *state;
    one_contact(shop, TR_NONE);
    shop_pulse(shop, 10.0, DOOR_OUTER, 3.0);
    shop_pulse(shop, 14.9, DOOR_OUTER, 1.0); /* within rearm_s */
    greet(shop, 16.0);
    shop_pulse(shop, 60.0, DOOR_OUTER, 1.0);
    shop_drain(shop);
    assert_int_equal(waits(shop), 2);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 6.0);
    expect(shop, 1, TR_OUTCOME_UNKNOWN, TR_REASON_NO_EXIT, 300.0);
    assert_int_equal(shop_wait(shop, 1)->verdict, TR_VERDICT_NOT_COUNTED);
}

/* They gave up hope, and the next one comes through the door behind them. */
static void nobody_joins_a_wait_that_expired(void **state)
{
    struct shop *shop = *state;
    shop->plan.stations[ENTRANCE].give_up_ns = S(3.0);
    shop_begin(shop);
    shop_walk(shop, 10.0, true);
    shop_walk(shop, 13.5, true);
    greet(shop, 15.0);
    shop_tick(shop, 20.0);
    expect(shop, 0, TR_OUTCOME_EXPIRED, TR_REASON_GIVE_UP, 3.0);
    expect(shop, 1, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 1.5);
}

/* --- staff at the door ------------------------------------------------------------------------ */

static void with_staff_sensor(struct shop *shop)
{
    tr_plan_init_sensor(&shop->plan.sensors[GREET], TR_SENSOR_STAFF);
    strcpy(shop->plan.sensors[GREET].id, "greet");
    shop->plan.stations[ENTRANCE].u.greeting.void_key = TR_NONE; /* who goes is gone at once */
    shop_begin(shop);
}

/* 1.9 s are not 2 s, though their going is believed only 0.3 s later. */
static void together_is_by_the_edges(void **state)
{
    struct shop *shop = *state;
    with_staff_sensor(shop);
    shop_edge(shop, 5.0, GREET, true);
    shop_walk(shop, 10.0, true);
    shop_edge(shop, 11.9, GREET, false);
    shop_tick(shop, 15.0);
    assert_int_equal(waits(shop), 0);
    shop_edge(shop, 20.0, GREET, true);
    shop_edge(shop, 22.0, GREET, false); /* 2 s, to the ns */
    shop_tick(shop, 30.0);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 10.0);
}

/* One who left is not who is greeted: the time together begins anew. */
static void together_with_the_next_one(void **state)
{
    struct shop *shop = *state;
    with_staff_sensor(shop);
    shop_edge(shop, 5.0, GREET, true);
    shop_walk(shop, 10.0, true);
    shop_walk(shop, 11.0, false);
    shop_walk(shop, 11.8, true);
    shop_edge(shop, 13.0, GREET, false); /* 1.2 s with this one */
    shop_tick(shop, 15.0);
    assert_int_equal(waits(shop), 1);
    expect(shop, 0, TR_OUTCOME_ABANDONED, TR_REASON_LEFT, 1.0);
    shop_walk(shop, 20.0, false);
    shop_edge(shop, 30.0, GREET, true);
    shop_walk(shop, 100.0, true);
    shop_tick(shop, 101.9);
    assert_int_equal(waits(shop), 2);
    shop_tick(shop, 103.0);
    expect(shop, 2, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 0.0);
}

/* --- the staff's key --------------------------------------------------------------------------- */

static void a_key_after_the_greeting(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    greet(shop, 12.0);
    key(shop, 14.0);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 2.0);
    assert_int_equal(news(shop, TR_NEWS_LATE_VOID), 1);
    assert_int_equal(metrics(shop, ENTRANCE).late_voids, 1);
    /* A colleague it was: nobody greeted is inside now. */
    shop_walk(shop, 30.0, true);
    shop_walk(shop, 40.0, false);
    shop_tick(shop, 56.0);
    expect(shop, 1, TR_OUTCOME_ABANDONED, TR_REASON_LEFT, 10.0);
    assert_true(shop_wait(shop, 1)->accurate);
}

/* Nobody came within 15 s of it, before or after: it was meant for the one before. */
static void a_key_that_covers_nothing(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    greet(shop, 12.0);
    key(shop, 30.0);
    assert_int_equal(news(shop, TR_NEWS_LATE_VOID), 0);
    shop_tick(shop, 60.0);
    assert_int_equal(news(shop, TR_NEWS_LATE_VOID), 1);
    key(shop, 5000.0); /* for nobody at all */
    shop_tick(shop, 6000.0);
    assert_int_equal(news(shop, TR_NEWS_LATE_VOID), 1);
    key(shop, 7000.0);
    shop_walk(shop, 7010.0, true); /* for this one */
    shop_tick(shop, 8000.0);
    expect(shop, 1, TR_OUTCOME_VOID, TR_REASON_STAFF_KEY, 0.0);
    assert_int_equal(metrics(shop, ENTRANCE).late_voids, 1);
}

/* A colleague between two customers: the second is a customer, and of nobody's party. */
static void a_colleague_between_two_customers(void **state)
{
    struct shop *shop = *state;
    key(shop, 5.0);
    shop_walk(shop, 10.0, true); /* the colleague */
    shop_walk(shop, 11.0, true);
    greet(shop, 21.0);
    shop_walk(shop, 60.0, true);
    key(shop, 60.5);
    shop_walk(shop, 62.0, true);
    greet(shop, 70.0);
    shop_tick(shop, 80.0);
    assert_int_equal(waits(shop), 4);
    expect(shop, 1, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 10.0);
    expect(shop, 2, TR_OUTCOME_VOID, TR_REASON_STAFF_KEY, 0.5);
    expect(shop, 3, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 8.0);
}

/* Out through a gate between two who came together: one party still. */
static void a_colleague_joins_no_party(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    key(shop, 10.5); /* meant for the first */
    key(shop, 10.8); /* for the one to come */
    shop_walk(shop, 12.0, true);
    shop_walk(shop, 13.0, true);
    greet(shop, 20.0);
    shop_tick(shop, 30.0);
    assert_int_equal(waits(shop), 3);
    expect(shop, 0, TR_OUTCOME_VOID, TR_REASON_STAFF_KEY, 0.5);
    expect(shop, 1, TR_OUTCOME_VOID, TR_REASON_STAFF_KEY, 0.0);
    expect(shop, 2, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 7.0);
    assert_int_equal(shop_wait(shop, 2)->party, 1);
}

/* Two colleagues come in among a family: the family is one party. */
static void colleagues_among_a_family(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    shop_walk(shop, 11.0, true);
    key(shop, 11.5); /* for the second */
    key(shop, 11.8); /* for the one to come */
    shop_walk(shop, 12.5, true);
    shop_walk(shop, 14.0, true);
    greet(shop, 20.0);
    shop_tick(shop, 30.0);
    assert_int_equal(waits(shop), 2);
    expect(shop, 0, TR_OUTCOME_VOID, TR_REASON_STAFF_KEY, 0.0);
    expect(shop, 1, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 10.0);
    assert_int_equal(shop_wait(shop, 1)->party, 2);
}

/* It was a colleague who went out: the party is whole again, and waits on. */
static void an_exit_taken_back(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    shop_walk(shop, 11.0, true);
    shop_walk(shop, 20.0, false);
    key(shop, 22.0);
    assert_int_equal(state_of(shop, ENTRANCE).people, 2);
    shop_walk(shop, 30.0, false);
    shop_walk(shop, 31.0, false);
    shop_tick(shop, 32.0);
    assert_int_equal(state_of(shop, ENTRANCE).people, 0);
    key(shop, 33.0);
    assert_int_equal(state_of(shop, ENTRANCE).people, 1);
    greet(shop, 50.0);
    assert_int_equal(waits(shop), 1);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 40.0);
    assert_int_equal(metrics(shop, ENTRANCE).late_voids, 0);
    shop_walk(shop, 100.0, true);
    shop_walk(shop, 110.0, false); /* of the two who were greeted, the one who is still inside */
    shop_walk(shop, 111.0, false);
    key(shop, 126.5); /* too late: it is for a crossing to come */
    shop_tick(shop, 127.0);
    expect(shop, 1, TR_OUTCOME_ABANDONED, TR_REASON_LEFT, 11.0);
}

/* A colleague among customers makes no party of them. */
static void a_colleague_does_not_hold_a_party_together(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    shop_walk(shop, 12.5, true);
    key(shop, 13.5);
    shop_walk(shop, 15.5, true);
    greet(shop, 20.0);
    assert_int_equal(waits(shop), 2);
    assert_int_equal(shop_wait(shop, 0)->party, 1);
    assert_int_equal(shop_wait(shop, 1)->party, 1);
}

/* Who joins a party that was greeted is inside; taken back, he is not. */
static void a_colleague_behind_a_greeted_party(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    greet(shop, 11.0);
    shop_walk(shop, 12.0, true);
    key(shop, 13.0);
    assert_int_equal(news(shop, TR_NEWS_LATE_VOID), 0);
    shop_walk(shop, 30.0, true);
    shop_walk(shop, 40.0, false); /* the greeted one */
    shop_walk(shop, 45.0, false); /* who waited since 30 */
    shop_tick(shop, 61.0);
    expect(shop, 1, TR_OUTCOME_ABANDONED, TR_REASON_LEFT, 15.0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_party_partly_leaves),
        T(which_of_two_parties_left_is_a_guess),
        T(the_greeted_are_forgotten_after_an_hour),
        T(the_never_greeted_leave_too),
        T(a_contact_with_a_beam_inside),
        T(a_contact_alone),
        T(nobody_joins_a_wait_that_expired),
        T(together_is_by_the_edges),
        T(together_with_the_next_one),
        T(a_key_after_the_greeting),
        T(a_key_that_covers_nothing),
        T(a_colleague_between_two_customers),
        T(a_colleague_joins_no_party),
        T(colleagues_among_a_family),
        T(an_exit_taken_back),
        T(a_colleague_does_not_hold_a_party_together),
        T(a_colleague_behind_a_greeted_party),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
