/* Sensors that stick, fall silent, storm or lose edges (RULES 1, 2
 * and 17); the rest of the shop goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "shop.h"

#define S(s) ((int64_t)((s)*1e9))

/* When the n-th change of a sensor's health was told, in ns; -1. */
static int64_t told(const struct shop *shop, int sensor, int n)
{
    for (size_t i = 0; i < shop->said_n; i++) {
        const struct tr_effect *e = &shop->said[i];
        if (e->kind == TR_EFFECT_HEALTH && e->u.sensor == sensor && n-- == 0) {
            return e->at.ns;
        }
    }
    return -1;
}

static size_t logged(const struct shop *shop, enum tr_event_kind kind, int sensor)
{
    size_t n = 0;
    for (size_t i = 0; i < shop->said_n; i++) {
        const struct tr_effect *e = &shop->said[i];
        n += e->kind == TR_EFFECT_STORE && e->u.store.event.kind == kind &&
             e->u.store.event.sensor == sensor;
    }
    return n;
}

static enum tr_health health(const struct shop *shop, int sensor)
{
    return tr_core_health(shop->core, sensor);
}

static void read_level(struct shop *shop, double at_s, int sensor, bool level)
{
    const struct tr_event ev = {
        .kind = TR_EVENT_LEVEL, .at = {S(at_s)}, .sensor = (int16_t)sensor, .level = level};
    shop_step(shop, &ev);
}

/* --- stuck, silent, lost edges --------------------------------------------------------- */

static void stuck_on_counts_from_the_edge(void **state)
{
    struct shop *shop = *state;
    shop->plan.sensors[GREET].stuck_on_ns = S(60);
    shop_begin(shop);
    shop_edge(shop, 10, GREET, true);
    shop_tick(shop, 69.9);
    assert_int_equal(health(shop, GREET), TR_HEALTH_OK);
    shop_tick(shop, 200);
    assert_int_equal(health(shop, GREET), TR_HEALTH_STUCK_ON);
    assert_int_equal(told(shop, GREET, 0), S(70));
    shop_edge(shop, 300, GREET, false);
    shop_tick(shop, 301);
    assert_int_equal(health(shop, GREET), TR_HEALTH_OK);
    assert_int_equal(told(shop, GREET, 1), S(300.03)); /* decided after release_ms */
    /* Short presses never add up. */
    for (int i = 0; i < 100; i++) {
        shop_pulse(shop, 400 + 10 * i, GREET, 9);
    }
    assert_int_equal(health(shop, GREET), TR_HEALTH_OK);
}

static void found_active_counts_from_then_on(void **state)
{
    struct shop *shop = *state;
    shop->plan.sensors[TILL_1].stuck_on_ns = S(60);
    shop_begin(shop);
    read_level(shop, 100, TILL_1, true);
    shop_tick(shop, 159.9);
    assert_int_equal(health(shop, TILL_1), TR_HEALTH_OK);
    shop_tick(shop, 161);
    assert_int_equal(health(shop, TILL_1), TR_HEALTH_STUCK_ON);
    /* A long absence forgets that, a short one does not. */
    shop_restart(shop, 200, 10, -1);
    read_level(shop, 200, TILL_1, true);
    shop_tick(shop, 201);
    assert_int_equal(health(shop, TILL_1), TR_HEALTH_STUCK_ON);
    shop_restart(shop, 1000, 700, -1);
    read_level(shop, 1000, TILL_1, true);
    shop_tick(shop, 1001);
    assert_int_equal(health(shop, TILL_1), TR_HEALTH_OK);
    shop_tick(shop, 1060);
    assert_int_equal(health(shop, TILL_1), TR_HEALTH_STUCK_ON);
}

/* Silence is counted in opening hours, anew each day; who was found silent
 * stays so until it speaks. */
static void silent_in_opening_hours(void **state)
{
    struct shop *shop = *state;
    shop->plan.hours_n = 1;
    shop->plan.hours[0] = (struct tr_hours){.days = 0x7f, .open_min = 540, .close_min = 1200};
    shop->plan.sensors[LINE_IN].silent_ns = S(600);
    shop_begin(shop);
    shop_tick(shop, 5000);
    shop_moment(shop, 10000, TR_MOMENT_OPEN, 0);
    shop_pulse(shop, 10300, LINE_IN, 0.2);
    shop_tick(shop, 10900);
    assert_int_equal(health(shop, LINE_IN), TR_HEALTH_OK);
    shop_moment(shop, 10900.1, TR_MOMENT_CLOSE, 0);
    shop_tick(shop, 50000);
    assert_int_equal(health(shop, LINE_IN), TR_HEALTH_OK);
    shop_moment(shop, 60000, TR_MOMENT_OPEN, 0);
    shop_tick(shop, 60599);
    assert_int_equal(health(shop, LINE_IN), TR_HEALTH_OK);
    shop_tick(shop, 60601);
    assert_int_equal(health(shop, LINE_IN), TR_HEALTH_SILENT);
    assert_int_equal(told(shop, LINE_IN, 0), S(60600));
    shop_moment(shop, 61000, TR_MOMENT_CLOSE, 0);
    shop_restart(shop, 70000, 5000, 0); /* beginning anew mends no cable */
    shop_moment(shop, 80000, TR_MOMENT_OPEN, 0);
    shop_tick(shop, 80001);
    assert_int_equal(health(shop, LINE_IN), TR_HEALTH_SILENT);
    shop_pulse(shop, 80100, LINE_IN, 0.2);
    shop_tick(shop, 80101);
    assert_int_equal(health(shop, LINE_IN), TR_HEALTH_OK);
    shop_tick(shop, 80701);
    assert_int_equal(told(shop, LINE_IN, 2), S(80700.2));
}

static void always_open_is_silent_from_the_start(void **state)
{
    struct shop *shop = *state;
    shop->plan.sensors[LINE_IN].silent_ns = S(600);
    shop_begin(shop);
    shop_moment(shop, 100, TR_MOMENT_OPEN, 0);
    shop_tick(shop, 1000);
    assert_int_equal(told(shop, LINE_IN, 0), S(700));
}

static void edges_lost_are_forgiven_after_a_minute(void **state)
{
    struct shop *shop = *state;
    struct tr_event gap = {.kind = TR_EVENT_GAP, .at = {S(10)}, .sensor = LINE_IN, .value = 3};
    shop_step(shop, &gap);
    gap.at.ns = S(40);
    shop_step(shop, &gap);
    assert_int_equal(tr_core_measuring(shop->core, TILLS), TR_MEASURING_DEGRADED);
    assert_int_equal(tr_core_measuring(shop->core, ENTRANCE), TR_MEASURING_FULL);
    shop_tick(shop, 101);
    assert_int_equal(told(shop, LINE_IN, 0), S(10));
    assert_int_equal(told(shop, LINE_IN, 1), S(100));
    assert_int_equal(tr_core_measuring(shop->core, TILLS), TR_MEASURING_FULL);
    assert_int_equal(tr_core_edges_lost(shop->core, LINE_IN), 6);
}

/* storm, stuck_on, silent, lost_edges, ok: each shows when the worse one is over. */
static void the_worst_is_told(void **state)
{
    struct shop *shop = *state;
    shop->plan.sensors[GREET].stuck_on_ns = S(60);
    shop->plan.sensors[GREET].silent_ns = S(30);
    shop_begin(shop);
    shop_edge(shop, 10, GREET, true);
    const struct tr_event gap = {.kind = TR_EVENT_GAP, .at = {S(20)}, .sensor = GREET};
    shop_step(shop, &gap);
    assert_int_equal(health(shop, GREET), TR_HEALTH_LOST_EDGES);
    shop_tick(shop, 41);
    assert_int_equal(health(shop, GREET), TR_HEALTH_SILENT);
    shop_tick(shop, 71);
    assert_int_equal(health(shop, GREET), TR_HEALTH_STUCK_ON);
    shop_health(shop, 72, GREET, TR_HEALTH_STORM);
    assert_int_equal(health(shop, GREET), TR_HEALTH_STORM);
    shop_health(shop, 73, GREET, TR_HEALTH_OK);
    assert_int_equal(health(shop, GREET), TR_HEALTH_STUCK_ON);
    const size_t rejects = shop_count(shop, TR_EFFECT_REJECT);
    shop_health(shop, 74, GREET, TR_HEALTH_STUCK_OFF);
    shop_health(shop, 74, GREET, TR_HEALTH_LOST_EDGES);
    shop_health(shop, 74, GREET, -1);
    shop_health(shop, 74, GREET, TR_HEALTH_COUNT);
    assert_int_equal(shop_count(shop, TR_EFFECT_REJECT), rejects + 4);
    assert_int_equal(logged(shop, TR_EVENT_HEALTH, GREET), 2);
    shop_edge(shop, 75, GREET, false);
    shop_tick(shop, 75.1);
    assert_int_equal(health(shop, GREET), TR_HEALTH_LOST_EDGES);
    shop_tick(shop, 80);
    assert_int_equal(health(shop, GREET), TR_HEALTH_OK);
}

/* --- storms ------------------------------------------------------------------------------- */

static void a_storm_is_quarantined(void **state)
{
    struct shop *shop = *state;
    const size_t before = logged(shop, TR_EVENT_INPUT, GREET);
    shop_chatter(shop, 10.005, GREET, 100, 120); /* as many as storm_hz: none */
    assert_int_equal(health(shop, GREET), TR_HEALTH_OK);
    shop_tick(shop, 12);
    const double last = shop_chatter(shop, 20.005, GREET, 1000, 500);
    assert_int_equal(health(shop, GREET), TR_HEALTH_STORM);
    assert_int_equal(told(shop, GREET, 0), S(20.205)); /* the 101st within a second */
    shop_tick(shop, last + 9.99);
    assert_int_equal(health(shop, GREET), TR_HEALTH_STORM);
    shop_tick(shop, last + 10.01);
    assert_int_equal(health(shop, GREET), TR_HEALTH_OK);
    assert_int_equal(logged(shop, TR_EVENT_INPUT, GREET), before);
    assert_int_equal(logged(shop, TR_EVENT_HEALTH, GREET), 2);
}

/* Half as much as a storm keeps it up; less does not. */
static void calm_is_half_a_storm(void **state)
{
    struct shop *shop = *state;
    shop_chatter(shop, 10, GREET, 200, 400);
    const double last = shop_chatter(shop, 11, GREET, 60 * 30, 60); /* 30 s of 60 edges/s */
    assert_int_equal(health(shop, GREET), TR_HEALTH_STORM);
    shop_tick(shop, last + 9);
    assert_int_equal(health(shop, GREET), TR_HEALTH_STORM);
    shop_tick(shop, last + 11);
    assert_int_equal(health(shop, GREET), TR_HEALTH_OK);
    shop_chatter(shop, 100, GREET, 200, 400);
    const double end = shop_chatter(shop, 101, GREET, 40 * 30, 40);
    shop_tick(shop, end);
    assert_int_equal(health(shop, GREET), TR_HEALTH_OK);
    assert_int_equal(told(shop, GREET, 3) / S(1), 111); /* 10 s after the last wild second */
}

/* What the line reads after the storm is found: its time is only a bound. */
static void after_a_storm_the_level_is_found(void **state)
{
    struct shop *shop = *state;
    const double last = shop_chatter(shop, 10, TILL_1, 401, 400);
    shop_edge(shop, last + 0.01, TILL_1, true); /* somebody stands there now */
    shop_tick(shop, last + 5);
    assert_false(tr_core_input(shop->core, TILL_1));
    shop_tick(shop, last + 11);
    assert_true(tr_core_input(shop->core, TILL_1));
    for (size_t i = 0; i < shop->said_n; i++) {
        const struct tr_effect *e = &shop->said[i];
        if (e->kind == TR_EFFECT_STORE && e->u.store.event.kind == TR_EVENT_INPUT) {
            assert_int_equal(e->u.store.event.value, 1);
            assert_true(e->u.store.event.edge_at.ns > S(last + 10));
        }
    }
}

static void a_change_under_way_is_dropped(void **state)
{
    struct shop *shop = *state;
    /* The edge that makes it a storm falls while the one before it is pending. */
    const double last = shop_chatter(shop, 10, HOOK, 151, 1000);
    shop_tick(shop, last + 10.5);
    assert_int_equal(logged(shop, TR_EVENT_INPUT, HOOK), 0);
    assert_int_equal(logged(shop, TR_EVENT_HEALTH, HOOK), 2);
}

/* Others' waits are exact while one line storms with 10,000 edges a second. */
static void others_stay_exact(void **state)
{
    struct shop *shop = *state;
    static const struct {
        double at_s;
        int sensor;
        bool level;
    } customer[] = {{10.2, LINE_IN, true}, {10.4, LINE_IN, false}, {20.7, TILL_1, true},
                    {30.9, TILL_1, false}, {41.1, CALL, true},     {41.3, CALL, false},
                    {52.123, DONE, true},  {52.3, DONE, false}};
    size_t next = 0;
    for (int i = 0; i < 600000; i++) {
        const double at_s = 10 + i / 10000.0;
        if (next < 8 && customer[next].at_s <= at_s) {
            shop_edge(shop, customer[next].at_s, customer[next].sensor, customer[next].level);
            next++;
        }
        shop_edge(shop, at_s + 0.00005, GREET, i % 2 == 0);
    }
    shop_drain(shop);
    assert_int_equal(shop_count(shop, TR_EFFECT_WAIT), 2);
    assert_int_equal(shop_wait(shop, 0)->wait_ns, 10500 * TR_NS_PER_MS);
    assert_int_equal(shop_wait(shop, 0)->service_ns, 10200 * TR_NS_PER_MS);
    assert_int_equal(shop_wait(shop, 1)->wait_ns, 11023 * TR_NS_PER_MS);
    assert_int_equal(logged(shop, TR_EVENT_INPUT, GREET), 0);
}

/* Raw ringing, half-wave, with bounce at each edge: rings, and no storm. */
static void ringing_is_no_storm(void **state)
{
    struct shop *shop = *state;
    static const double mains_hz[] = {20, 25, 50};
    for (int f = 0; f < 3; f++) {
        shop_begin(shop);
        shop->said_n = 0;
        const double half_s = 0.5 / mains_hz[f];
        for (int ring = 0; ring < 3; ring++) {
            for (int wave = 0; wave < (int)(2 * mains_hz[f]); wave++) {
                for (int level = 1; level >= 0; level--) {
                    const double at_s = 10 + 6 * ring + (2 * wave + 1 - level) * half_s;
                    shop_edge(shop, at_s, RING, level == 1);
                    shop_edge(shop, at_s + 0.0002, RING, level == 0);
                    shop_edge(shop, at_s + 0.0004, RING, level == 1);
                }
            }
        }
        shop_edge(shop, 24, HOOK, true);
        shop_tick(shop, 25);
        assert_int_equal(health(shop, RING), TR_HEALTH_OK);
        assert_int_equal(shop_count(shop, TR_EFFECT_NEWS), 4); /* came, 2 rings more, answered */
        shop_edge(shop, 30, HOOK, false);
        shop_drain(shop);
        assert_int_equal(shop_wait(shop, 0)->rings, 3);
        assert_int_equal(shop_wait(shop, 0)->wait_ns, S(14));
    }
}

static void a_restart_ends_a_storm(void **state)
{
    struct shop *shop = *state;
    shop_chatter(shop, 10, GREET, 400, 400);
    assert_int_equal(health(shop, GREET), TR_HEALTH_STORM);
    shop_restart(shop, 20, 5, -1);
    assert_int_equal(health(shop, GREET), TR_HEALTH_OK);
    shop_chatter(shop, 21, GREET, 400, 400); /* and it is found again */
    assert_int_equal(health(shop, GREET), TR_HEALTH_STORM);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, shop_setup, shop_teardown)
    const struct CMUnitTest tests[] = {
        T(stuck_on_counts_from_the_edge),
        T(found_active_counts_from_then_on),
        T(silent_in_opening_hours),
        T(always_open_is_silent_from_the_start),
        T(edges_lost_are_forgiven_after_a_minute),
        T(the_worst_is_told),
        T(a_storm_is_quarantined),
        T(calm_is_half_a_storm),
        T(after_a_storm_the_level_is_found),
        T(a_change_under_way_is_dropped),
        T(others_stay_exact),
        T(ringing_is_no_storm),
        T(a_restart_ends_a_storm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
