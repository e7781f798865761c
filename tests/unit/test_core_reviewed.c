/* What a second pair of eyes found: each was wrong once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shop.h"

#define S(x) ((int64_t)((x)*1e9 + 0.5))

static void expect(const struct shop *shop, size_t n, enum tr_outcome outcome, double wait_s)
{
    const struct tr_wait_record *w = shop_wait(shop, n);
    assert_non_null(w);
    assert_int_equal(w->outcome, outcome);
    assert_int_equal(w->wait_ns, S(wait_s));
}

/* One leaves, another comes within the party's window: somebody else. */
static void who_comes_after_one_who_left_is_another(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    shop_walk(shop, 11.5, false);
    shop_walk(shop, 13.0, true);
    shop_drain(shop);
    assert_int_equal(shop_count(shop, TR_EFFECT_WAIT), 2);
    expect(shop, 0, TR_OUTCOME_ABANDONED, 1.5);
    expect(shop, 1, TR_OUTCOME_EXPIRED, 300.0);
}

static void an_abandoned_party_keeps_its_size(void **state)
{
    struct shop *shop = *state;
    for (int i = 0; i < 3; i++) {
        shop_walk(shop, 10.0 + 2 * i, true);
    }
    for (int i = 0; i < 3; i++) {
        shop_walk(shop, 20.0 + 2 * i, false);
    }
    shop_drain(shop);
    expect(shop, 0, TR_OUTCOME_ABANDONED, 14.0);
    assert_int_equal(shop_wait(shop, 0)->party, 3);
}

/* Raw ringing at 25 to 50 Hz is never stable for press_ms, and yet is heard. */
static void raw_ringing_is_heard(void **state)
{
    struct shop *shop = *state;
    for (int hz = 20; hz <= 50; hz += 5) {
        const double half = 0.5 / hz;
        const double at = 100.0 * hz;
        for (int burst = 0; burst < 2; burst++) {
            for (int i = 0; i < 2 * hz; i++) {
                shop_pulse(shop, at + 6.0 * burst + 2 * half * i, RING, half);
            }
        }
        shop_edge(shop, at + 9.0, HOOK, true);
        shop_edge(shop, at + 30.0, HOOK, false);
    }
    shop_drain(shop);
    assert_int_equal(shop_count(shop, TR_EFFECT_WAIT), 7);
    for (size_t i = 0; i < 7; i++) {
        expect(shop, i, TR_OUTCOME_ANSWERED, 9.0);
        assert_int_equal(shop_wait(shop, i)->rings, 2);
    }
}

static void a_spike_is_no_ring(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 10.0, RING, 0.003);
    shop_pulse(shop, 12.0, RING, 0.003);
    shop_drain(shop);
    assert_int_equal(shop_count(shop, TR_EFFECT_WAIT), 0);
}

static const struct tr_alert_record *last_alert(const struct shop *shop)
{
    const size_t n = shop_count(shop, TR_EFFECT_ALERT);
    assert_true(n > 0);
    return &shop_said(shop, TR_EFFECT_ALERT, n - 1)->u.alert;
}

/* Opened in hours: sounds until closing + 30 min, not until it gives up. */
static void half_an_hour_after_closing(void **state)
{
    struct shop *shop = *state;
    shop->plan.stations[ENTRANCE].give_up_ns = S(7200.0);
    shop_begin(shop);
    shop_moment(shop, 0.0, TR_MOMENT_OPEN, 0);
    shop_walk(shop, 10.0, true);
    shop_moment(shop, 100.0, TR_MOMENT_CLOSE, 0);
    shop_tick(shop, 1890.0);
    assert_int_equal(last_alert(shop)->state, TR_ALERT_RAISED);
    shop_tick(shop, 1910.0);
    assert_int_equal(last_alert(shop)->state, TR_ALERT_CLEARED);
}

static void a_long_line_is_none_after_closing(void **state)
{
    struct shop *shop = *state;
    for (int i = 0; i < 6; i++) {
        shop_pulse(shop, 1.0 + i, LINE_IN, 0.2);
    }
    assert_int_equal(last_alert(shop)->rule, TR_RULE_LENGTH);
    shop_moment(shop, 10.0, TR_MOMENT_CLOSE, 0);
    shop_tick(shop, 14.0);
    assert_int_equal(last_alert(shop)->rule, TR_RULE_LENGTH);
    assert_int_equal(last_alert(shop)->state, TR_ALERT_CLEARED);
}

static void a_quick_call_teaches_no_haste(void **state)
{
    struct shop *shop = *state;
    for (int i = 0; i < 4; i++) {
        shop_pulse(shop, 10.0 + 2.0 * i, RING, 1.0);
    }
    for (int call = 1; call <= 2; call++) {
        for (int i = 0; i < 3; i++) {
            shop_pulse(shop, 100.0 * call + 6.0 * i, RING, 2.0);
        }
        shop_pulse(shop, 100.0 * call + 15.0, HOOK, 20.0);
    }
    shop_drain(shop);
    assert_int_equal(shop_count(shop, TR_EFFECT_WAIT), 3);
    expect(shop, 1, TR_OUTCOME_ANSWERED, 15.0);
    expect(shop, 2, TR_OUTCOME_ANSWERED, 15.0);
}

/* The edge decides the hour, the daypart and the target, not its decision. */
static void the_edge_decides_the_hour(void **state)
{
    struct shop *shop = *state;
    strcpy(shop->plan.dayparts[0].id, "late");
    shop->plan.dayparts_n = 1;
    struct tr_target *late = &shop->plan.stations[FITTING].daypart_target[0];
    *late = shop->plan.stations[FITTING].target;
    late->threshold_ns = S(300.0);
    shop_begin(shop);
    shop_moment(shop, 0.0, TR_MOMENT_OPEN, 0);
    shop_edge(shop, 99.99, CALL, true); /* decided at 100.02 */
    shop_moment(shop, 100.0, TR_MOMENT_DAYPART, 0);
    shop_moment(shop, 100.0, TR_MOMENT_CLOSE, 0);
    shop_edge(shop, 100.2, CALL, false);
    shop_pulse(shop, 200.0, DONE, 0.2);
    shop_tick(shop, 210.0);
    expect(shop, 0, TR_OUTCOME_ANSWERED, 100.01);
    assert_int_equal(shop_wait(shop, 0)->daypart, TR_NONE);
    assert_int_equal(shop_wait(shop, 0)->threshold_ns, S(60.0));
    assert_int_equal(shop_wait(shop, 0)->verdict, TR_VERDICT_MISSED);
}

static void staff_who_stay_greet_one_after_another(void **state)
{
    struct shop *shop = *state;
    shop->plan.sensors[GREET].type = TR_SENSOR_STAFF;
    shop->plan.stations[ENTRANCE].u.greeting.answers_all = false;
    shop_begin(shop);
    shop_walk(shop, 10.0, true);
    shop_walk(shop, 25.0, true);
    shop_edge(shop, 30.0, GREET, true);
    shop_tick(shop, 60.0);
    assert_int_equal(shop_count(shop, TR_EFFECT_WAIT), 2);
    expect(shop, 0, TR_OUTCOME_ANSWERED, 20.0);
}

/* A call taken to be none goes on ringing and stays none. */
static void a_voided_call_is_one_call(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 10.0, RING, 2.0);
    shop_command(shop, 13.0, TR_COMMAND_VOID, PHONE, 0);
    shop_pulse(shop, 16.0, RING, 2.0);
    shop_pulse(shop, 19.0, HOOK, 10.0);
    shop_drain(shop);
    assert_int_equal(shop_count(shop, TR_EFFECT_WAIT), 1);
    assert_int_equal(shop_wait(shop, 0)->outcome, TR_OUTCOME_VOID);
}

static void the_key_is_spent_on_the_newest_crossing(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, false); /* staff go out, and say so */
    shop_pulse(shop, 12.0, NOT_CUSTOMER, 0.1);
    shop_walk(shop, 20.0, true);
    shop_pulse(shop, 22.0, GREET, 0.1);
    shop_pulse(shop, 24.0, NOT_CUSTOMER, 0.1); /* too late for this one */
    shop_walk(shop, 30.0, true);
    shop_pulse(shop, 33.0, GREET, 0.1);
    shop_tick(shop, 40.0);
    expect(shop, 0, TR_OUTCOME_ANSWERED, 2.0);
    expect(shop, 1, TR_OUTCOME_ANSWERED, 3.0);
}

/* Somebody looks at the till, the customer leaves meanwhile. */
static void leaving_while_nobody_stands_at_the_till(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 1.0, LINE_IN, 0.2);
    shop_edge(shop, 10.0, TILL_1, true);
    shop_pulse(shop, 12.0, LINE_OUT, 0.2);
    shop_edge(shop, 13.0, TILL_1, false);
    shop_drain(shop);
    expect(shop, 0, TR_OUTCOME_ABANDONED, 11.0);
}

static void calling_again_and_again_is_heard(void **state)
{
    struct shop *shop = *state;
    for (int i = 0; i < 4; i++) {
        shop_pulse(shop, 10.0 + 8.0 * i, CALL, 0.2);
    }
    size_t raised = 0;
    const struct tr_effect *e;
    for (size_t i = 0; (e = shop_said(shop, TR_EFFECT_NEWS, i)) != NULL; i++) {
        raised += e->u.news.news == TR_NEWS_PRIORITY;
    }
    assert_int_equal(raised, 1);
}

static void who_keyed_is_not_who_lifted(void **state)
{
    struct shop *shop = *state;
    shop->plan.stations[PHONE].u.phone.lines[0].answer = DONE;
    shop_begin(shop);
    shop_pulse(shop, 10.0, RING, 2.0);
    shop_pulse(shop, 13.0, DONE, 0.2);
    shop_pulse(shop, 13.5, HOOK, 10.0);
    shop_drain(shop);
    assert_int_equal(shop_wait(shop, 0)->by, TR_BY_STAFF);
}

static void evidence_lost_in_the_service(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 10.0, LINE_IN, 0.2);
    shop_edge(shop, 20.0, TILL_1, true);
    shop_tick(shop, 30.0);
    const struct tr_event gap = {
        .kind = TR_EVENT_GAP, .at = {S(40.0)}, .sensor = TILL_1, .value = 2};
    shop_step(shop, &gap);
    shop_edge(shop, 90.0, TILL_1, false);
    shop_tick(shop, 100.0);
    assert_false(shop_wait(shop, 0)->accurate);
}

/* A new plan may take a till's sensor away, not the record of who stood there. */
static void replanning_loses_no_record(void **state)
{
    struct shop *shop = *state;
    static struct tr_plan other;
    shop_pulse(shop, 10.0, LINE_IN, 0.2);
    shop_edge(shop, 20.0, TILL_1, true);
    shop_edge(shop, 60.0, TILL_1, false);
    shop_pulse(shop, 61.0, GOOD, 0.2);
    shop_plan(&other);
    other.stations[TILLS].u.queue.positions[0].presence = TR_NONE;
    other.stations[TILLS].u.queue.positions[0].next = GREET;
    other.stations[ENTRANCE].u.greeting.answer = DONE;
    struct tr_core *next = calloc(1, tr_core_size());
    assert_int_equal(tr_core_replan(next, shop->core, &other, (struct tr_mono){S(61.5)}, shop->out),
                     0);
    int waits = 0;
    int votes = 0;
    for (size_t i = 0; i < shop->out->n; i++) {
        waits += shop->out->e[i].kind == TR_EFFECT_WAIT;
        votes += shop->out->e[i].kind == TR_EFFECT_VOTE;
    }
    assert_int_equal(waits, 1);
    assert_int_equal(votes, 1);
    free(next);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, shop_setup, shop_teardown)
    const struct CMUnitTest tests[] = {
        T(who_comes_after_one_who_left_is_another),
        T(an_abandoned_party_keeps_its_size),
        T(raw_ringing_is_heard),
        T(a_spike_is_no_ring),
        T(half_an_hour_after_closing),
        T(a_long_line_is_none_after_closing),
        T(a_quick_call_teaches_no_haste),
        T(the_edge_decides_the_hour),
        T(staff_who_stay_greet_one_after_another),
        T(a_voided_call_is_one_call),
        T(the_key_is_spent_on_the_newest_crossing),
        T(leaving_while_nobody_stands_at_the_till),
        T(calling_again_and_again_is_heard),
        T(who_keyed_is_not_who_lifted),
        T(evidence_lost_in_the_service),
        T(replanning_loses_no_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
