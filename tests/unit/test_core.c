/* The engine's stories, one by one: what happened, what must be said of it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "shop.h"

#define S(x) ((int64_t)((x)*1e9 + 0.5))

static void expect_wait(const struct shop *shop, size_t n, enum shop_station station,
                        enum tr_outcome outcome, double wait_s)
{
    const struct tr_wait_record *w = shop_wait(shop, n);
    assert_non_null(w);
    assert_int_equal(w->station, station);
    assert_int_equal(w->outcome, outcome);
    assert_int_equal(w->wait_ns, S(wait_s));
}

static void greeted_in_time(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    shop_pulse(shop, 14.0, GREET, 0.2);
    shop_tick(shop, 20.0);
    expect_wait(shop, 0, ENTRANCE, TR_OUTCOME_ANSWERED, 4.0);
    const struct tr_wait_record *w = shop_wait(shop, 0);
    assert_int_equal(w->verdict, TR_VERDICT_KEPT);
    assert_int_equal(w->rings, 1);
    assert_int_equal(w->by, TR_BY_STAFF);
    assert_int_equal(w->opened.ns, S(10.0));
    assert_true(w->accurate);
}

/* Before the fourth ring starts means under 18 s, not at 18 s. */
static void third_ring_is_strict(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    shop_pulse(shop, 28.0, GREET, 0.2);
    shop_walk(shop, 100.0, true);
    shop_pulse(shop, 117.999, GREET, 0.2);
    shop_tick(shop, 130.0);
    expect_wait(shop, 0, ENTRANCE, TR_OUTCOME_ANSWERED, 18.0);
    assert_int_equal(shop_wait(shop, 0)->verdict, TR_VERDICT_MISSED);
    assert_int_equal(shop_wait(shop, 0)->rings, 4);
    expect_wait(shop, 1, ENTRANCE, TR_OUTCOME_ANSWERED, 17.999);
    assert_int_equal(shop_wait(shop, 1)->verdict, TR_VERDICT_KEPT);
    assert_int_equal(shop_wait(shop, 1)->rings, 3);
}

static void family_is_one_wait(void **state)
{
    struct shop *shop = *state;
    for (int i = 0; i < 4; i++) {
        shop_walk(shop, 10.0 + 2.0 * i, true);
    }
    shop_walk(shop, 20.5, true); /* 10.5 s after the first: another party */
    shop_pulse(shop, 22.0, GREET, 0.1);
    shop_tick(shop, 30.0);
    assert_int_equal(shop_count(shop, TR_EFFECT_WAIT), 2);
    assert_int_equal(shop_wait(shop, 0)->party, 4);
    expect_wait(shop, 0, ENTRANCE, TR_OUTCOME_ANSWERED, 12.0);
    expect_wait(shop, 1, ENTRANCE, TR_OUTCOME_ANSWERED, 1.5);
}

static void greeted_early(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 8.0, GREET, 0.1);
    shop_walk(shop, 10.0, true);
    shop_tick(shop, 11.0);
    expect_wait(shop, 0, ENTRANCE, TR_OUTCOME_ANSWERED, 0.0);
}

static void leaves_ungreeted(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    shop_walk(shop, 40.0, false);
    shop_tick(shop, 54.0); /* the staff's key may still take it back */
    assert_int_equal(shop_count(shop, TR_EFFECT_WAIT), 0);
    shop_tick(shop, 56.0);
    expect_wait(shop, 0, ENTRANCE, TR_OUTCOME_ABANDONED, 30.0);
    assert_int_equal(shop_wait(shop, 0)->verdict, TR_VERDICT_MISSED);
}

/* A greeted customer leaves while a new one waits: the exit is the old one's. */
static void exit_takes_the_greeted_first(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    shop_pulse(shop, 12.0, GREET, 0.1);
    shop_walk(shop, 60.0, true);
    shop_walk(shop, 65.0, false);
    shop_pulse(shop, 70.0, GREET, 0.1);
    shop_tick(shop, 80.0);
    expect_wait(shop, 1, ENTRANCE, TR_OUTCOME_ANSWERED, 10.0);
    assert_false(shop_wait(shop, 1)->accurate);
}

static void turning_round_in_the_doorway_is_nobody(void **state)
{
    struct shop *shop = *state;
    shop_edge(shop, 10.0, DOOR_OUTER, true);
    shop_edge(shop, 10.1, DOOR_INNER, true);
    shop_edge(shop, 10.9, DOOR_INNER, false);
    shop_edge(shop, 11.0, DOOR_OUTER, false);
    shop_drain(shop);
    assert_int_equal(shop_count(shop, TR_EFFECT_WAIT), 0);
}

static void staff_key_voids(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    shop_pulse(shop, 15.0, NOT_CUSTOMER, 0.1);
    shop_pulse(shop, 30.0, NOT_CUSTOMER, 0.1);
    shop_walk(shop, 35.0, true);
    shop_tick(shop, 40.0);
    assert_int_equal(shop_wait(shop, 0)->outcome, TR_OUTCOME_VOID);
    assert_int_equal(shop_wait(shop, 1)->outcome, TR_OUTCOME_VOID);
    assert_int_equal(shop_wait(shop, 1)->verdict, TR_VERDICT_NOT_COUNTED);
}

/* Bounce is one press, and it carries the first edge's time. */
static void bounce_is_one_press_at_its_first_edge(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    for (int i = 0; i < 6; i++) {
        shop_edge(shop, 15.0 + 0.003 * i, GREET, i % 2 == 0);
    }
    shop_edge(shop, 15.018, GREET, true);
    shop_edge(shop, 15.3, GREET, false);
    shop_tick(shop, 16.0);
    expect_wait(shop, 0, ENTRANCE, TR_OUTCOME_ANSWERED, 5.0);
}

static void two_tills_first_come_first_served(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 10.0, LINE_IN, 0.3);
    shop_pulse(shop, 20.0, LINE_IN, 0.3);
    shop_pulse(shop, 30.0, LINE_IN, 0.3);
    shop_edge(shop, 40.0, TILL_2, true);
    shop_edge(shop, 42.0, TILL_1, true);
    shop_edge(shop, 100.0, TILL_1, false);
    shop_edge(shop, 130.0, TILL_2, false);
    shop_edge(shop, 135.0, TILL_2, true);
    shop_edge(shop, 200.0, TILL_2, false);
    shop_tick(shop, 210.0);
    /* Records come when the service is known: till 1 finishes first. */
    expect_wait(shop, 0, TILLS, TR_OUTCOME_ANSWERED, 22.0);
    assert_int_equal(shop_wait(shop, 0)->service_ns, S(58.0));
    assert_int_equal(shop_wait(shop, 0)->position, 0);
    expect_wait(shop, 1, TILLS, TR_OUTCOME_ANSWERED, 30.0);
    assert_int_equal(shop_wait(shop, 1)->service_ns, S(90.0));
    expect_wait(shop, 2, TILLS, TR_OUTCOME_ANSWERED, 105.0);
    assert_false(shop_wait(shop, 2)->order_seen);
}

static void passing_by_is_nobody_and_fetching_is_the_same(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 10.0, LINE_IN, 0.3);
    shop_pulse(shop, 20.0, TILL_1, 4.9); /* nobody */
    shop_edge(shop, 30.0, TILL_1, true);
    shop_edge(shop, 60.0, TILL_1, false);
    shop_edge(shop, 61.9, TILL_1, true); /* the same customer */
    shop_edge(shop, 90.0, TILL_1, false);
    shop_tick(shop, 100.0);
    assert_int_equal(shop_count(shop, TR_EFFECT_WAIT), 1);
    expect_wait(shop, 0, TILLS, TR_OUTCOME_ANSWERED, 20.0);
    assert_int_equal(shop_wait(shop, 0)->service_ns, S(60.0));
}

static void impatient_customer_leaves_the_line(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 10.0, LINE_IN, 0.3);
    shop_pulse(shop, 20.0, LINE_IN, 0.3);
    shop_pulse(shop, 80.0, LINE_OUT, 0.3);
    shop_drain(shop);
    expect_wait(shop, 0, TILLS, TR_OUTCOME_ABANDONED, 60.0); /* the newest */
    assert_false(shop_wait(shop, 0)->accurate);
    /* five minutes beside two free tills: nobody was there */
    expect_wait(shop, 1, TILLS, TR_OUTCOME_UNKNOWN, 300.005);
    assert_int_equal(shop_wait(shop, 1)->reason, TR_REASON_DRIFT);
}

static void served_without_a_seen_join(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 10.0, TILL_1, 30.0);
    shop_tick(shop, 100.0);
    assert_int_equal(shop_count(shop, TR_EFFECT_WAIT), 0);
    struct tr_station_metrics m;
    tr_core_metrics(shop->core, TILLS, (struct tr_mono){S(100.0)}, &m);
    assert_int_equal(m.missed_joins, 1);
}

static void call_answered_repeated_gone(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 10.0, CALL, 0.2);
    shop_pulse(shop, 15.0, CALL, 0.2); /* the same */
    shop_pulse(shop, 30.0, CALL, 0.2); /* priority */
    shop_pulse(shop, 40.0, DONE, 0.5);
    shop_pulse(shop, 60.0, CALL, 0.2);
    shop_pulse(shop, 90.0, DONE, 3.5); /* held: nobody there */
    shop_drain(shop);
    expect_wait(shop, 0, FITTING, TR_OUTCOME_ANSWERED, 30.0);
    expect_wait(shop, 1, FITTING, TR_OUTCOME_ABANDONED, 30.0);
    assert_int_equal(shop_wait(shop, 1)->reason, TR_REASON_GONE);
}

static void ring(struct shop *shop, double at_s, int bursts)
{
    for (int i = 0; i < bursts; i++) {
        shop_pulse(shop, at_s + 6.0 * i, RING, 2.0);
    }
}

static void phone_by_the_second_ring(void **state)
{
    struct shop *shop = *state;
    ring(shop, 10.0, 1);
    shop_edge(shop, 16.0, RING, true);
    shop_edge(shop, 17.0, HOOK, true);
    shop_edge(shop, 17.05, RING, false);
    shop_edge(shop, 77.0, HOOK, false);
    shop_tick(shop, 90.0);
    expect_wait(shop, 0, PHONE, TR_OUTCOME_ANSWERED, 7.0);
    assert_int_equal(shop_wait(shop, 0)->rings, 2);
    assert_int_equal(shop_wait(shop, 0)->service_ns, S(60.0));
    assert_int_equal(shop_wait(shop, 0)->verdict, TR_VERDICT_KEPT);
}

static void phone_rings_out(void **state)
{
    struct shop *shop = *state;
    ring(shop, 10.0, 5);
    shop_drain(shop);
    expect_wait(shop, 0, PHONE, TR_OUTCOME_ABANDONED, 26.0); /* end of the last burst */
    assert_int_equal(shop_wait(shop, 0)->rings, 5);
    assert_int_equal(shop_wait(shop, 0)->verdict, TR_VERDICT_MISSED);
}

static void an_outgoing_call_is_no_wait(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 10.0, HOOK, 60.0);
    shop_drain(shop);
    assert_int_equal(shop_count(shop, TR_EFFECT_WAIT), 0);
}

static void votes(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 10.0, LINE_IN, 0.3);
    shop_edge(shop, 20.0, TILL_1, true);
    shop_edge(shop, 60.0, TILL_1, false);
    shop_pulse(shop, 100.0, BAD, 0.2);
    shop_pulse(shop, 105.0, GOOD, 0.2); /* changes their mind */
    for (int i = 0; i < 4; i++) {
        shop_pulse(shop, 200.0 + i, BAD, 0.2); /* a child */
    }
    shop_drain(shop);
    assert_int_equal(shop_count(shop, TR_EFFECT_VOTE), 2);
    const struct tr_vote_record *v = &shop_said(shop, TR_EFFECT_VOTE, 0)->u.vote;
    assert_int_equal(v->score, 100);
    assert_int_equal(v->presses, 2);
    assert_int_equal(v->wait_seq, shop_wait(shop, 0)->open_seq);
    assert_int_equal(shop_said(shop, TR_EFFECT_VOTE, 1)->u.vote.button, TR_NONE);
}

static const struct tr_alert_record *alert(const struct shop *shop, size_t n)
{
    const struct tr_effect *e = shop_said(shop, TR_EFFECT_ALERT, n);
    assert_non_null(e);
    return &e->u.alert;
}

static void the_ladder(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    shop_tick(shop, 50.0);
    assert_int_equal(alert(shop, 0)->level, TR_LEVEL_AT_RISK);
    assert_int_equal(alert(shop, 0)->at.ns, S(10.0) + (int64_t)(18e9 * 0.67));
    assert_int_equal(alert(shop, 1)->level, TR_LEVEL_LATE);
    assert_int_equal(alert(shop, 1)->at.ns, S(28.0));
    assert_int_equal(alert(shop, 2)->level, TR_LEVEL_CRITICAL);
    assert_int_equal(alert(shop, 2)->at.ns, S(46.0));
    shop_pulse(shop, 51.0, GREET, 0.2);
    shop_tick(shop, 60.0);
    assert_int_equal(alert(shop, 3)->state, TR_ALERT_CLEARED);
    assert_int_equal(alert(shop, 3)->at.ns, S(54.03)); /* clear_after_s after the decision */
    /* The sound stops with the answer, the lamp with the alert. */
    const struct tr_effect *sound = shop_said(shop, TR_EFFECT_SOUND, 0);
    assert_int_equal(sound->u.sound.sound, TR_SOUND_RINGS);
    assert_true(sound->u.sound.bursts <= 3);
    assert_false(tr_core_lamp(shop->core, RED));
}

static void acknowledged_until_it_grows_worse(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    shop_tick(shop, 28.5);
    shop_command(shop, 29.0, TR_COMMAND_ACK, ENTRANCE, 0);
    const size_t sounds = shop_count(shop, TR_EFFECT_SOUND);
    assert_int_equal(alert(shop, 2)->state, TR_ALERT_ACKED);
    shop_tick(shop, 45.0);
    assert_int_equal(shop_count(shop, TR_EFFECT_SOUND), sounds);
    shop_tick(shop, 47.0);
    assert_int_equal(alert(shop, 3)->state, TR_ALERT_RAISED);
    assert_int_equal(alert(shop, 3)->level, TR_LEVEL_CRITICAL);
}

/* Someone steps up to the till: silence. It was nobody: it sounds again. */
static void sound_stops_provisionally(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 0.0, LINE_IN, 0.3);
    shop_tick(shop, 121.0);
    assert_int_equal(shop_count(shop, TR_EFFECT_SOUND), 1);
    shop_edge(shop, 122.0, TILL_1, true);
    shop_tick(shop, 122.5);
    assert_int_equal(shop_count(shop, TR_EFFECT_SOUND), 2);
    assert_int_equal(shop_said(shop, TR_EFFECT_SOUND, 1)->u.sound.sound, TR_SOUND_NONE);
    shop_edge(shop, 125.0, TILL_1, false);
    shop_tick(shop, 125.5);
    assert_int_equal(shop_count(shop, TR_EFFECT_SOUND), 3);
    assert_int_equal(shop_said(shop, TR_EFFECT_SOUND, 2)->u.sound.sound, TR_SOUND_RINGS);
}

static void closed_hours_are_void(void **state)
{
    struct shop *shop = *state;
    shop_moment(shop, 0.0, TR_MOMENT_CLOSE, 0);
    shop_walk(shop, 10.0, true);
    shop_tick(shop, 200.0);
    shop_pulse(shop, 210.0, GREET, 0.2);
    shop_tick(shop, 220.0);
    expect_wait(shop, 0, ENTRANCE, TR_OUTCOME_VOID, 200.0);
    assert_int_equal(shop_wait(shop, 0)->reason, TR_REASON_CLOSED);
    assert_int_equal(shop_count(shop, TR_EFFECT_ALERT), 0);
}

static void a_short_restart_resumes(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 10.0, LINE_IN, 0.3);
    const struct tr_event restart = {
        .kind = TR_EVENT_RESTART, .at = {S(40.0)}, .sensor = TR_NONE, .value = S(20.0)};
    shop_step(shop, &restart);
    shop_pulse(shop, 50.0, TILL_1, 30.0);
    shop_tick(shop, 100.0);
    expect_wait(shop, 0, TILLS, TR_OUTCOME_ANSWERED, 40.0);
    assert_false(shop_wait(shop, 0)->accurate);
}

static void a_long_absence_ends_as_unknown(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 10.0, LINE_IN, 0.3);
    shop_tick(shop, 30.0);
    const struct tr_event restart = {
        .kind = TR_EVENT_RESTART, .at = {S(140.0)}, .sensor = TR_NONE, .value = S(100.0)};
    shop_step(shop, &restart);
    const struct tr_event level = {
        .kind = TR_EVENT_LEVEL, .at = {S(140.0)}, .sensor = TILL_1, .level = true};
    shop_step(shop, &level);
    shop_tick(shop, 150.0);
    expect_wait(shop, 0, TILLS, TR_OUTCOME_UNKNOWN, 30.0); /* until its last evidence */
    assert_int_equal(shop_wait(shop, 0)->reason, TR_REASON_GAP);
}

/* Who still waits past the threshold has been missed already. */
static void the_live_level_counts_those_who_wait(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    shop_pulse(shop, 12.0, GREET, 0.1);
    shop_walk(shop, 100.0, true);
    struct tr_station_state s;
    tr_core_station_state(shop->core, ENTRANCE, (struct tr_mono){S(110.0)}, &s);
    assert_true(s.service_level_pct == 100.0);
    shop_tick(shop, 119.0);
    tr_core_station_state(shop->core, ENTRANCE, (struct tr_mono){S(119.0)}, &s);
    assert_true(s.service_level_pct == 50.0);
    assert_int_equal(s.waiting, 1);
    assert_int_equal(s.oldest_wait_ns, S(19.0));
    assert_int_equal(s.oldest_rings, 4);
}

static void a_new_plan_keeps_the_waits(void **state)
{
    struct shop *shop = *state;
    static struct tr_plan other;
    shop_pulse(shop, 10.0, LINE_IN, 0.3);
    shop_walk(shop, 12.0, true);
    shop_plan(&other);
    other.stations[TILLS].target.threshold_ns = S(5.0);
    other.stations[ENTRANCE] = other.stations[SMILES]; /* the door's station goes */
    other.stations_n = SMILES;
    struct tr_core *next = calloc(1, tr_core_size());
    assert_int_equal(tr_core_replan(next, shop->core, &other, (struct tr_mono){S(20.0)}, shop->out),
                     0);
    int ended = 0;
    for (size_t i = 0; i < shop->out->n; i++) {
        ended += shop->out->e[i].kind == TR_EFFECT_WAIT;
    }
    assert_int_equal(ended, 1);
    free(shop->core);
    shop->core = next;
    shop_edge(shop, 50.0, TILL_1, true);
    shop_edge(shop, 80.0, TILL_1, false);
    shop_tick(shop, 90.0);
    const struct tr_wait_record *w = shop_wait(shop, 0);
    assert_int_equal(w->wait_ns, S(40.0));
    assert_int_equal(w->verdict, TR_VERDICT_KEPT); /* under the target it opened under */
}

static void senseless_events_are_told(void **state)
{
    struct shop *shop = *state;
    shop_edge(shop, 10.0, SHOP_SENSORS + 5, true);
    shop_edge(shop, 5.0, LINE_IN, true);
    const struct tr_event odd = {.kind = TR_EVENT_KIND_COUNT, .at = {S(11.0)}};
    shop_step(shop, &odd);
    shop_command(shop, 12.0, TR_COMMAND_ACK, 99, 0);
    assert_int_equal(shop_count(shop, TR_EFFECT_REJECT), 4);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, shop_setup, shop_teardown)
    const struct CMUnitTest tests[] = {
        T(greeted_in_time),
        T(third_ring_is_strict),
        T(family_is_one_wait),
        T(greeted_early),
        T(leaves_ungreeted),
        T(exit_takes_the_greeted_first),
        T(turning_round_in_the_doorway_is_nobody),
        T(staff_key_voids),
        T(bounce_is_one_press_at_its_first_edge),
        T(two_tills_first_come_first_served),
        T(passing_by_is_nobody_and_fetching_is_the_same),
        T(impatient_customer_leaves_the_line),
        T(served_without_a_seen_join),
        T(call_answered_repeated_gone),
        T(phone_by_the_second_ring),
        T(phone_rings_out),
        T(an_outgoing_call_is_no_wait),
        T(votes),
        T(the_ladder),
        T(acknowledged_until_it_grows_worse),
        T(sound_stops_provisionally),
        T(closed_hours_are_void),
        T(a_short_restart_resumes),
        T(a_long_absence_ends_as_unknown),
        T(the_live_level_counts_those_who_wait),
        T(a_new_plan_keeps_the_waits),
        T(senseless_events_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
