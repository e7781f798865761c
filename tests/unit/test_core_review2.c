/* What a later look at sensors, doors, telephones, alerts and reloads found: each
 * was wrong once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shop.h"

#define S(x) ((int64_t)((x)*1e9 + 0.5))
#define DAY  86400.0

/* A beam that is quarantined for a storm says nothing because nobody listens:
 * it is not dead, however many walk through the other one. */
static void who_is_not_listened_to_is_not_dead(void **state)
{
    struct shop *shop = *state;
    shop_health(shop, 10.0, DOOR_INNER, TR_HEALTH_STORM);
    for (int i = 0; i < 12; i++) {
        shop_pulse(shop, 11.0 + 2 * i, DOOR_OUTER, 0.3);
    }
    shop_health(shop, 60.0, DOOR_INNER, TR_HEALTH_OK);
    shop_tick(shop, 61.0);
    assert_int_equal(tr_core_health(shop->core, DOOR_INNER), TR_HEALTH_OK);
    assert_int_equal(tr_core_measuring(shop->core, ENTRANCE), TR_MEASURING_FULL);
}

/* The box says "sent" no longer than the call is open, promised or not. */
static void an_expired_call_puts_its_lamp_out(void **state)
{
    struct shop *shop = *state;
    shop->plan.stations[FITTING].u.call.sent_lamp = GREEN;
    shop->plan.stations[FITTING].target.unit = TR_TARGET_NONE;
    shop->plan.stations[FITTING].target.threshold_ns = 0;
    shop->plan.alerts.kept_lamp = TR_NONE;
    shop_begin(shop);
    shop_pulse(shop, 10.0, CALL, 0.3);
    shop_tick(shop, 11.0);
    assert_true(tr_core_lamp(shop->core, GREEN));
    shop_tick(shop, 1000.0);
    assert_int_equal(shop_wait(shop, 0)->outcome, TR_OUTCOME_EXPIRED);
    assert_false(tr_core_lamp(shop->core, GREEN));
}

/* Who comes and stays is there; only a key that is held says that nobody was. */
static void staff_who_stay_at_the_box_answer(void **state)
{
    struct shop *shop = *state;
    tr_plan_init_sensor(&shop->plan.sensors[DONE], TR_SENSOR_STAFF);
    strcpy(shop->plan.sensors[DONE].id, "done");
    shop_begin(shop);
    shop_pulse(shop, 10.0, CALL, 0.3);
    shop_edge(shop, 30.0, DONE, true);
    shop_edge(shop, 90.0, DONE, false);
    shop_tick(shop, 100.0);
    const struct tr_wait_record *w = shop_wait(shop, 0);
    assert_non_null(w);
    assert_int_equal(w->outcome, TR_OUTCOME_ANSWERED);
    assert_int_equal(w->wait_ns, S(20));
    assert_int_equal(w->by, TR_BY_SENSOR);
}

static void vote_often(struct shop *shop, double from_s, int n)
{
    for (int i = 0; i < n; i++) {
        shop_pulse(shop, from_s + 60.0 * i, GOOD, 0.2);
    }
    shop_tick(shop, from_s + 60.0 * n);
}

/* A clock that was years ahead for a moment does not silence a panel for years. */
static void a_clock_that_ran_ahead_is_forgotten(void **state)
{
    struct shop *shop = *state;
    shop->plan.stations[SMILES].audience = TR_AUDIENCE_STAFF;
    shop_begin(shop);
    shop_moment(shop, 1.0, TR_MOMENT_DAY, 20380118);
    shop_moment(shop, 60.0, TR_MOMENT_DAY, 20270104); /* a Monday */
    vote_often(shop, 100.0, 5);
    shop_moment(shop, 7 * DAY, TR_MOMENT_DAY, 20270111);
    assert_int_equal(shop_metrics(shop, SMILES, 7 * DAY).week_votes, 5);
    /* A clock set back a little, over the week's edge, closes no week twice. */
    shop_moment(shop, 7 * DAY + 60, TR_MOMENT_DAY, 20270110);
    shop_moment(shop, 7 * DAY + 120, TR_MOMENT_DAY, 20270111);
    assert_int_equal(shop_metrics(shop, SMILES, 7 * DAY + 200).week_votes, 5);
}

static void replan(struct shop *shop, double at_s, const struct tr_plan *other)
{
    struct tr_core *next = calloc(1, tr_core_size());
    assert_non_null(next);
    assert_int_equal(tr_core_replan(next, shop->core, other, (struct tr_mono){S(at_s)}, shop->out),
                     0);
    free(shop->core);
    shop->core = next;
    shop->said_n = 0;
    const struct tr_event tick = {.kind = TR_EVENT_TICK, .at = {S(at_s)}, .sensor = TR_NONE};
    shop_step(shop, &tick);
}

/* Storms are not looked for any more: what the line reads counts at once. */
static void a_plan_without_storms_reads_the_line(void **state)
{
    struct shop *shop = *state;
    static struct tr_plan other;
    shop_chatter(shop, 10.0, TILL_1, 401, 200.0);
    shop_edge(shop, 12.5, TILL_1, true);
    assert_int_equal(tr_core_health(shop->core, TILL_1), TR_HEALTH_STORM);
    shop_plan(&other);
    other.sensors[TILL_1].storm_hz = 0;
    replan(shop, 13.0, &other);
    assert_int_equal(tr_core_health(shop->core, TILL_1), TR_HEALTH_OK);
    const struct tr_event level = {
        .kind = TR_EVENT_LEVEL, .at = {S(13.0)}, .sensor = TILL_1, .level = true};
    shop_step(shop, &level);
    shop_tick(shop, 20.0);
    assert_true(tr_core_input(shop->core, TILL_1));
}

/* A plan that takes the hook sense away in mid-talk leaves no line deaf. */
static void a_hook_taken_away_ends_the_talk(void **state)
{
    struct shop *shop = *state;
    static struct tr_plan other;
    shop_pulse(shop, 10.0, RING, 2.0);
    shop_edge(shop, 13.0, HOOK, true);
    shop_tick(shop, 20.0);
    shop_plan(&other);
    other.stations[PHONE].u.phone.lines[0].hook = TR_NONE;
    other.stations[PHONE].u.phone.lines[0].answer = DONE;
    other.stations[FITTING].u.call.answer = GREET;
    replan(shop, 21.0, &other);
    shop_pulse(shop, 100.0, RING, 2.0);
    shop_tick(shop, 102.5);
    struct tr_station_state s;
    tr_core_station_state(shop->core, PHONE, (struct tr_mono){S(102.5)}, &s);
    assert_int_equal(s.waiting, 1);
    assert_int_equal(s.in_service, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, shop_setup, shop_teardown)
    const struct CMUnitTest tests[] = {
        T(who_is_not_listened_to_is_not_dead),   T(an_expired_call_puts_its_lamp_out),
        T(staff_who_stay_at_the_box_answer),     T(a_clock_that_ran_ahead_is_forgotten),
        T(a_plan_without_storms_reads_the_line), T(a_hook_taken_away_ends_the_talk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
