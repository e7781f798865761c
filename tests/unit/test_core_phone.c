/* Telephones: rings as people count them, and what no sensor saw (RULES 17, 18). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shop.h"

#define S(x) ((int64_t)((x)*1e9 + 0.5))

/* One ring: on, off, on, off ... its last pause is the long one. */
struct cadence {
    const char *where;
    double part[6];
};
static const struct cadence us = {"United States", {2.0, 4.0}};
static const struct cadence uk = {"United Kingdom", {0.4, 0.2, 0.4, 2.0}};
static const struct cadence de = {"Germany", {1.0, 4.0}};
static const struct cadence pbx = {"an office's own", {0.8, 3.2}};
static const struct cadence internal = {"an office, internal", {0.5, 0.5, 0.5, 3.0}};
static const struct cadence hasty = {"an odd exchange", {1.0, 0.8}};
static const struct cadence stutter = {"three shorter ones", {0.4, 0.3, 0.4, 0.3, 0.4, 3.0}};
static const struct cadence triple = {"three short ones", {0.4, 0.6, 0.4, 0.6, 0.4, 3.0}};

/* Ring so many times. @return when the last burst ends. */
static double ring(struct shop *shop, double at_s, const struct cadence *c, int rings)
{
    double end = at_s;
    for (int i = 0; i < rings; i++) {
        for (int p = 0; p < 6 && c->part[p] > 0; p += 2) {
            shop_pulse(shop, at_s, RING, c->part[p]);
            end = at_s + c->part[p];
            at_s = end + c->part[p + 1];
        }
    }
    return end;
}

static void expect(const struct shop *shop, size_t n, enum tr_outcome outcome,
                   enum tr_reason reason, double wait_s, int rings)
{
    const struct tr_wait_record *w = shop_wait(shop, n);
    assert_non_null(w);
    assert_int_equal(w->outcome, outcome);
    assert_int_equal(w->reason, reason);
    assert_int_equal(w->wait_ns, S(wait_s));
    assert_int_equal(w->rings, rings);
}

static size_t waits(const struct shop *shop)
{
    return shop_count(shop, TR_EFFECT_WAIT);
}

static void health(struct shop *shop, double at_s, int sensor, enum tr_health h)
{
    const struct tr_event ev = {
        .kind = TR_EVENT_HEALTH, .at = {S(at_s)}, .sensor = (int16_t)sensor, .value = h};
    shop_step(shop, &ev);
}

/* From the very first call on. */
static void rings_are_right_at_once(void **state)
{
    struct shop *shop = *state;
    static const struct cadence *const all[] = {&us, &uk, &de, &pbx, &internal};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        shop_begin(shop);
        shop->said_n = 0;
        const double end = ring(shop, 10.0, all[i], 4);
        shop_drain(shop);
        assert_int_equal(waits(shop), 1);
        expect(shop, 0, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, end - 10.0, 4);
    }
}

/* By the third ring: three double rings are three, and a fourth is one too many. */
static void a_double_ring_is_one(void **state)
{
    struct shop *shop = *state;
    ring(shop, 10.0, &uk, 2);
    shop_pulse(shop, 16.0, RING, 0.4);
    shop_edge(shop, 16.6, RING, true);
    shop_pulse(shop, 16.7, HOOK, 30.0);
    shop_edge(shop, 46.8, RING, false);
    ring(shop, 100.0, &uk, 3);
    shop_edge(shop, 109.0, RING, true);
    shop_pulse(shop, 109.2, HOOK, 30.0);
    shop_drain(shop);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 6.7, 3);
    assert_int_equal(shop_wait(shop, 0)->verdict, TR_VERDICT_KEPT);
    expect(shop, 1, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 9.2, 4);
    assert_int_equal(shop_wait(shop, 1)->verdict, TR_VERDICT_MISSED);
}

/* Pauses of 0.8 s are within a ring where nothing is known, and two calls teach. */
static void an_odd_exchange_is_learned(void **state)
{
    struct shop *shop = *state;
    ring(shop, 10.0, &hasty, 5);
    ring(shop, 100.0, &hasty, 5);
    ring(shop, 200.0, &hasty, 5);
    shop_drain(shop);
    expect(shop, 0, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 8.2, 1);
    expect(shop, 1, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 8.2, 1);
    expect(shop, 2, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 8.2, 5);
}

/* Who is told the cadence need not learn it. */
static void a_configured_cadence_is_known(void **state)
{
    struct shop *shop = *state;
    shop->plan.ring_on_ns = S(1.0);
    shop->plan.ring_off_ns = S(0.8);
    shop_begin(shop);
    ring(shop, 10.0, &hasty, 5);
    shop_drain(shop);
    expect(shop, 0, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 8.2, 5);
}

static void save_and_load(struct shop *shop)
{
    const size_t cap = tr_core_save_size(shop->core);
    void *blob = malloc(cap);
    const int64_t n = tr_core_save(shop->core, blob, cap);
    assert_true(n > 0);
    memset(shop->core, 0, tr_core_size());
    assert_int_equal(tr_core_load(shop->core, &shop->plan, blob, (size_t)n), 0);
    free(blob);
}

/* A snapshot, a new plan, a night without power: it is still known. */
static void what_was_learned_is_kept(void **state)
{
    struct shop *shop = *state;
    ring(shop, 10.0, &hasty, 5);
    shop_tick(shop, 50.0);
    save_and_load(shop); /* half of it learned */
    ring(shop, 100.0, &hasty, 5);
    shop_tick(shop, 150.0);
    save_and_load(shop);
    struct tr_core *next = calloc(1, tr_core_size());
    static struct tr_plan other;
    other = shop->plan;
    other.stations[PHONE].short_abandon_ns = S(1.0);
    assert_int_equal(
        tr_core_replan(next, shop->core, &other, (struct tr_mono){S(160.0)}, shop->out), 0);
    free(shop->core);
    shop->core = next;
    const struct tr_event away = {
        .kind = TR_EVENT_RESTART, .at = {S(30000.0)}, .sensor = TR_NONE, .value = S(29800.0)};
    shop_step(shop, &away);
    ring(shop, 30010.0, &hasty, 5);
    shop_drain(shop);
    expect(shop, 2, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 8.2, 5);
}

/* Each odd in its own way, and none of them an exchange's habit. */
static void odd_calls_teach_nothing(void **state)
{
    struct shop *shop = *state;
    ring(shop, 10.0, &hasty, 5);
    ring(shop, 100.0, &hasty, 5);
    shop_pulse(shop, 200.0, RING, 0.3); /* abandoned in mid-burst */
    ring(shop, 300.0, &hasty, 1);
    ring(shop, 400.0, &hasty, 2); /* bursts missed: a hole of 3.6 s */
    ring(shop, 407.2, &hasty, 3);
    ring(shop, 500.0, &us, 5); /* a call passed on from elsewhere, once */
    ring(shop, 600.0, &triple, 1);
    shop_pulse(shop, 602.2, HOOK, 20.0);
    const struct tr_event gap = {
        .kind = TR_EVENT_GAP, .at = {S(712.0)}, .sensor = RING, .value = 2};
    ring(shop, 700.0, &us, 2);
    shop_step(shop, &gap);
    ring(shop, 712.0, &us, 3);
    ring(shop, 750.0, &us, 2);
    const struct tr_event again = {
        .kind = TR_EVENT_GAP, .at = {S(762.0)}, .sensor = RING, .value = 2};
    shop_step(shop, &again);
    ring(shop, 762.0, &us, 3);
    const size_t before = waits(shop);
    ring(shop, 800.0, &hasty, 4);
    shop_drain(shop);
    assert_int_equal(waits(shop), before + 2);
    expect(shop, before + 1, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 6.4, 4);
}

/* A pause need not be as long as the one that was learned. */
static void what_was_learned_leaves_room(void **state)
{
    struct shop *shop = *state;
    ring(shop, 10.0, &us, 4);
    ring(shop, 100.0, &us, 4);
    ring(shop, 200.0, &pbx, 4);
    shop_drain(shop);
    expect(shop, 2, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 12.8, 4);
}

/* Half of it was learned before the power was cut. */
static void a_power_cut_between_two_lessons(void **state)
{
    struct shop *shop = *state;
    ring(shop, 10.0, &hasty, 5);
    const struct tr_event away = {
        .kind = TR_EVENT_RESTART, .at = {S(500.0)}, .sensor = TR_NONE, .value = S(400.0)};
    shop_step(shop, &away);
    ring(shop, 510.0, &hasty, 5);
    ring(shop, 600.0, &hasty, 5);
    shop_drain(shop);
    expect(shop, 2, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 8.2, 5);
}

/* Answered within its first ring every time: half a ring is all that is heard. */
static void the_quick_shop_still_counts_rings(void **state)
{
    struct shop *shop = *state;
    for (int i = 0; i < 4; i++) {
        const double at = 10.0 + 100.0 * i;
        const double end = ring(shop, at, &uk, 1);
        shop_pulse(shop, end + 0.5, HOOK, 20.0);
    }
    ring(shop, 500.0, &uk, 3);
    for (int i = 0; i < 2; i++) {
        const double end = ring(shop, 600.0 + 100.0 * i, &stutter, 1);
        shop_pulse(shop, end + 0.5, HOOK, 20.0);
    }
    ring(shop, 900.0, &stutter, 3);
    shop_drain(shop);
    expect(shop, 7, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 11.4, 3);
    expect(shop, 3, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 1.5, 1);
    expect(shop, 4, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 7.0, 3);
}

static void an_exchange_may_change(void **state)
{
    struct shop *shop = *state;
    double at = 10.0;
    for (int i = 0; i < 3; i++, at += 100.0) {
        ring(shop, at, &us, 4);
    }
    for (int i = 0; i < 3; i++, at += 100.0) {
        ring(shop, at, &hasty, 5);
    }
    shop_drain(shop);
    expect(shop, 3, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 8.2, 1);
    expect(shop, 5, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 8.2, 5);
}

/* The receiver is off before the fourth ring begins; the hook is believed later than the bell. */
static void lifted_before_it_rang(void **state)
{
    struct shop *shop = *state;
    ring(shop, 10.0, &us, 3);
    shop_edge(shop, 27.98, HOOK, true);
    shop_pulse(shop, 28.0, RING, 0.05);
    shop_edge(shop, 60.0, HOOK, false);
    shop_drain(shop);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 17.98, 3);
    assert_int_equal(shop_wait(shop, 0)->verdict, TR_VERDICT_KEPT);
}

static void two_calls_close_together(void **state)
{
    struct shop *shop = *state;
    ring(shop, 10.0, &us, 2);
    ring(shop, 25.0, &us, 2); /* 7 s after the last burst */
    ring(shop, 100.0, &us, 2);
    ring(shop, 114.0, &us, 2); /* 6 s: a pause as it may be */
    shop_drain(shop);
    assert_int_equal(waits(shop), 3);
    expect(shop, 0, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 8.0, 2);
    expect(shop, 1, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 8.0, 2);
    expect(shop, 2, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 22.0, 4);
}

/* A second line beside the first: its bell and its hook are other sensors. */
static void second_line(struct shop *shop)
{
    struct tr_phone_plan *p = &shop->plan.stations[PHONE].u.phone;
    shop->plan.stations_n = PHONE + 1; /* the smileys' buttons are wired to it */
    const char *ids[] = {"ring2", "hook2"};
    for (int i = 0; i < 2; i++) {
        struct tr_sensor *s = &shop->plan.sensors[GOOD + i];
        tr_plan_init_sensor(s, i == 0 ? TR_SENSOR_RING : TR_SENSOR_HOOK);
        strcpy(s->id, ids[i]);
    }
    p->lines[1] = p->lines[0];
    strcpy(p->lines[1].id, "line2");
    p->lines[1].ring = GOOD;
    p->lines[1].hook = OK_;
    p->lines_n = 2;
    shop_begin(shop);
}

static void two_lines_are_two_calls(void **state)
{
    struct shop *shop = *state;
    second_line(shop);
    shop_pulse(shop, 10.0, RING, 2.0);
    shop_pulse(shop, 13.0, GOOD, 2.0);
    shop_edge(shop, 15.5, OK_, true); /* the second is answered first */
    shop_pulse(shop, 16.0, RING, 2.0);
    shop_edge(shop, 18.5, HOOK, true);
    shop_edge(shop, 40.0, OK_, false);
    shop_edge(shop, 50.0, HOOK, false);
    shop_drain(shop);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 2.5, 1);
    assert_int_equal(shop_wait(shop, 0)->position, 1);
    expect(shop, 1, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 8.5, 2);
    assert_int_equal(shop_wait(shop, 1)->position, 0);
    assert_int_equal(shop_wait(shop, 1)->service_ns, S(31.5));
}

/* --- a sensor that is not to be believed -------------------------------------------------- */

static void a_storm_on_one_hook(void **state)
{
    struct shop *shop = *state;
    second_line(shop);
    shop_edge(shop, 10.0, RING, true);
    shop_edge(shop, 11.0, GOOD, true);
    shop_edge(shop, 12.0, RING, false);
    shop_edge(shop, 13.0, GOOD, false);
    health(shop, 14.0, HOOK, TR_HEALTH_STORM);
    expect(shop, 0, TR_OUTCOME_UNKNOWN, TR_REASON_BLIND, 4.0, 1);
    assert_int_equal(tr_core_measuring(shop->core, PHONE), TR_MEASURING_DEGRADED);
    shop_edge(shop, 16.0, RING, true); /* still that call */
    shop_edge(shop, 16.5, OK_, true);  /* the other line is exact */
    shop_edge(shop, 18.0, RING, false);
    shop_edge(shop, 26.5, OK_, false);
    ring(shop, 60.0, &us, 3);
    health(shop, 100.0, HOOK, TR_HEALTH_OK);
    ring(shop, 200.0, &us, 3);
    shop_drain(shop);
    assert_int_equal(waits(shop), 4);
    expect(shop, 1, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 5.5, 1);
    expect(shop, 2, TR_OUTCOME_UNKNOWN, TR_REASON_BLIND, 14.0, 3); /* answered? nobody saw */
    expect(shop, 3, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 14.0, 3);
}

/* The only line: the station is blind, and the ringing that goes on is still that call. */
static void a_storm_on_the_only_hook(void **state)
{
    struct shop *shop = *state;
    ring(shop, 10.0, &us, 1);
    health(shop, 14.0, HOOK, TR_HEALTH_STORM);
    assert_int_equal(tr_core_measuring(shop->core, PHONE), TR_MEASURING_BLIND);
    ring(shop, 16.0, &us, 2);
    shop_drain(shop);
    assert_int_equal(waits(shop), 1);
    expect(shop, 0, TR_OUTCOME_UNKNOWN, TR_REASON_BLIND, 4.0, 1);
}

static void a_talk_whose_hook_is_lost(void **state)
{
    struct shop *shop = *state;
    second_line(shop);
    shop_pulse(shop, 10.0, RING, 2.0);
    shop_edge(shop, 13.0, HOOK, true);
    shop_tick(shop, 20.0);
    health(shop, 30.0, RING, TR_HEALTH_STORM); /* the hook still sees the talk */
    assert_int_equal(waits(shop), 0);
    health(shop, 31.0, HOOK, TR_HEALTH_STORM);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 3.0, 1);
    assert_int_equal(shop_wait(shop, 0)->service_ns, -1);
    struct tr_station_state st;
    tr_core_station_state(shop->core, PHONE, (struct tr_mono){S(32.0)}, &st);
    assert_int_equal(st.in_service, 0);
}

/* --- keys and hooks -------------------------------------------------------------------------- */

/* No hook to see: what rings on after the key is the call that was answered. */
static void ringing_goes_on_after_the_key(void **state)
{
    struct shop *shop = *state;
    shop->plan.stations[PHONE].u.phone.lines[0].hook = TR_NONE;
    shop->plan.stations[PHONE].u.phone.lines[0].answer = DONE;
    shop_begin(shop);
    shop_pulse(shop, 10.0, RING, 2.0);
    shop_pulse(shop, 15.9, DONE, 0.3);
    shop_pulse(shop, 16.0, RING, 1.0);
    shop_pulse(shop, 60.0, RING, 2.0);
    shop_drain(shop);
    assert_int_equal(waits(shop), 2);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 5.9, 1);
    expect(shop, 1, TR_OUTCOME_UNKNOWN, TR_REASON_SILENCE, 2.0, 1);
}

/* The key was pressed, the receiver never lifted: the line is not engaged for ever. */
static void keyed_and_never_lifted(void **state)
{
    struct shop *shop = *state;
    shop->plan.stations[PHONE].u.phone.lines[0].answer = DONE;
    shop_begin(shop);
    shop_pulse(shop, 10.0, RING, 2.0);
    shop_pulse(shop, 13.0, DONE, 0.3);
    ring(shop, 60.0, &us, 2);
    shop_drain(shop);
    assert_int_equal(waits(shop), 2);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 3.0, 1);
    assert_int_equal(shop_wait(shop, 0)->service_ns, -1);
    expect(shop, 1, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 8.0, 2);
    shop_edge(shop, 200.0, RING, true);
    shop_pulse(shop, 201.0, DONE, 0.3); /* within the burst */
    shop_edge(shop, 202.0, RING, false);
    ring(shop, 260.0, &us, 2);
    shop_drain(shop);
    assert_int_equal(waits(shop), 4);
    expect(shop, 3, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 8.0, 2);
}

static void off_hook_is_nobodys_wait(void **state)
{
    struct shop *shop = *state;
    const struct tr_event found = {
        .kind = TR_EVENT_LEVEL, .at = {S(1.0)}, .sensor = HOOK, .level = true};
    shop_step(shop, &found);
    ring(shop, 10.0, &us, 3); /* call waiting, heard by the one who talks */
    shop_edge(shop, 40.0, HOOK, false);
    ring(shop, 60.0, &us, 2);
    shop_drain(shop);
    assert_int_equal(waits(shop), 1);
    expect(shop, 0, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 8.0, 2);
}

/* Voicemail takes over after four rings, and double rings are rings too. */
static void voicemail_after_double_rings(void **state)
{
    struct shop *shop = *state;
    shop->plan.stations[PHONE].u.phone.divert_rings = 4;
    shop_begin(shop);
    ring(shop, 10.0, &uk, 4);
    ring(shop, 100.0, &uk, 2);
    shop_drain(shop);
    expect(shop, 0, TR_OUTCOME_UNKNOWN, TR_REASON_DIVERTED, 10.0, 4);
    expect(shop, 1, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 4.0, 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(rings_are_right_at_once),
        T(a_double_ring_is_one),
        T(an_odd_exchange_is_learned),
        T(a_configured_cadence_is_known),
        T(what_was_learned_is_kept),
        T(odd_calls_teach_nothing),
        T(what_was_learned_leaves_room),
        T(a_power_cut_between_two_lessons),
        T(the_quick_shop_still_counts_rings),
        T(an_exchange_may_change),
        T(lifted_before_it_rang),
        T(two_calls_close_together),
        T(two_lines_are_two_calls),
        T(a_storm_on_one_hook),
        T(a_storm_on_the_only_hook),
        T(a_talk_whose_hook_is_lost),
        T(ringing_goes_on_after_the_key),
        T(keyed_and_never_lifted),
        T(off_hook_is_nobodys_wait),
        T(voicemail_after_double_rings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
