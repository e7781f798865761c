/* Two beams in a doorway: bodies of all widths at all speeds, one behind the
 * other, turning back, standing; what no body does is a fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "shop.h"

enum { EDGES = 64 };

/* Somebody whose front reaches the first beam at @at. */
struct body {
    double at_s, width_m, speed_m_s;
    bool in;
};

struct span {
    double from_s, to_s;
};

static int by_start(const void *a, const void *b)
{
    const struct span *x = a;
    const struct span *y = b;
    return (x->from_s > y->from_s) - (x->from_s < y->from_s);
}

struct change {
    double at_s;
    int sensor;
    bool level;
};

static int by_time(const void *a, const void *b)
{
    const struct change *x = a;
    const struct change *y = b;
    return (x->at_s > y->at_s) - (x->at_s < y->at_s);
}

/* What one beam says of several bodies: broken while any of them is in it. */
static int beam(const struct body *body, int n, double spacing_m, bool outer, struct change *ret)
{
    struct span span[EDGES / 2];
    int changes = 0;
    for (int i = 0; i < n; i++) {
        const bool far = body[i].in != outer;
        const double from_s = body[i].at_s + (far ? spacing_m / body[i].speed_m_s : 0);
        span[i] = (struct span){from_s, from_s + body[i].width_m / body[i].speed_m_s};
    }
    qsort(span, (size_t)n, sizeof(span[0]), by_start);
    for (int i = 0; i < n; i++) {
        if (changes > 0 && span[i].from_s <= ret[changes - 1].at_s) {
            if (span[i].to_s > ret[changes - 1].at_s) {
                ret[changes - 1].at_s = span[i].to_s;
            }
            continue;
        }
        const int sensor = outer ? DOOR_OUTER : DOOR_INNER;
        ret[changes++] = (struct change){span[i].from_s, sensor, true};
        ret[changes++] = (struct change){span[i].to_s, sensor, false};
    }
    return changes;
}

static void pass(struct shop *shop, const struct body *body, int n, double spacing_m)
{
    struct change change[EDGES];
    int changes = beam(body, n, spacing_m, true, change);
    changes += beam(body, n, spacing_m, false, change + changes);
    qsort(change, (size_t)changes, sizeof(change[0]), by_time);
    for (int i = 0; i < changes; i++) {
        shop_edge(shop, change[i].at_s, change[i].sensor, change[i].level);
    }
    shop_tick(shop, change[changes - 1].at_s + 1);
}

static struct tr_station_metrics metrics(struct shop *shop)
{
    struct tr_station_metrics m;
    tr_core_metrics(shop->core, ENTRANCE, tr_core_now(shop->core), &m);
    return m;
}

/* Everybody is a wait of his own here. */
static void begin(struct shop *shop)
{
    shop->plan.stations[ENTRANCE].u.greeting.party_window_ns = 0;
    shop->plan.stations[ENTRANCE].u.greeting.early_ns = 0;
    shop->plan.stations[ENTRANCE].u.greeting.void_key = TR_NONE; /* who went has gone */
    shop_begin(shop);
    shop->said_n = 0;
}

static int gone(struct shop *shop)
{
    return (int)metrics(shop).outcome[TR_OUTCOME_ABANDONED];
}

static const double widths_m[] = {0.2, 0.3, 0.5};
static const double spacings_m[] = {0.05, 0.10, 0.15};
static const double speeds_m_s[] = {0.3, 0.7, 1.3, 2.0};

#define EACH(i, array) (size_t i = 0; i < sizeof(array) / sizeof((array)[0]); i++)

/* Two people, one behind the other: two, at whatever distance there is light between them. */
static void a_follower_is_the_second_one(void **state)
{
    struct shop *shop = *state;
    static const double gaps_m[] = {0.03, 0.05, 0.08, 0.10, 0.15, 0.5, 1.0, 2.0};
    for
        EACH(w, widths_m)
        for
            EACH(d, spacings_m)
            for
                EACH(v, speeds_m_s)
                for
                    EACH(g, gaps_m)
                    {
                        const double behind_s = (widths_m[w] + gaps_m[g]) / speeds_m_s[v];
                        const struct body in[] = {
                            {10, widths_m[w], speeds_m_s[v], true},
                            {10 + behind_s, widths_m[w], speeds_m_s[v], true}};
                        const struct body out[] = {
                            {60, widths_m[w], speeds_m_s[v], false},
                            {60 + behind_s, widths_m[w], speeds_m_s[v], false}};
                        begin(shop);
                        pass(shop, in, 2, spacings_m[d]);
                        assert_int_equal(metrics(shop).arrivals, 2);
                        assert_int_equal(gone(shop), 0);
                        pass(shop, out, 2, spacings_m[d]);
                        assert_int_equal(metrics(shop).arrivals, 2);
                        assert_int_equal(gone(shop), 2);
                        assert_int_equal(metrics(shop).gate_faults, 0);
                    }
}

/* The crossing is the moment in which each one's far beam clears. */
static void each_has_the_time_of_the_own_crossing(void **state)
{
    struct shop *shop = *state;
    const struct body two[] = {{10.0, 0.3, 1.0, true}, {10.35, 0.3, 1.0, true}};
    begin(shop);
    pass(shop, two, 2, 0.10);
    shop_drain(shop);
    assert_int_equal(shop_wait(shop, 0)->opened.ns, 10400 * TR_NS_PER_MS);
    assert_int_equal(shop_wait(shop, 1)->opened.ns, 10750 * TR_NS_PER_MS);
}

static void a_whole_group_in_step(void **state)
{
    struct shop *shop = *state;
    struct body six[6];
    for (int i = 0; i < 6; i++) {
        six[i] = (struct body){10 + 0.36 * i, 0.3, 1.0, true};
    }
    begin(shop);
    pass(shop, six, 6, 0.10);
    assert_int_equal(metrics(shop).arrivals, 6);
}

/* Said in the manual: two beams see one body. */
static void side_by_side_is_one(void **state)
{
    struct shop *shop = *state;
    const struct body two[] = {{10.0, 0.3, 1.2, true}, {10.05, 0.3, 1.2, true}};
    begin(shop);
    pass(shop, two, 2, 0.10);
    assert_int_equal(metrics(shop).arrivals, 1);
}

/* The beams one after the other: o and i break, O and I clear; 0.2 s apart. */
static void play(struct shop *shop, double at_s, const char *path)
{
    for (; *path != '\0'; path++, at_s += 0.2) {
        const bool outer = *path == 'o' || *path == 'O';
        shop_edge(shop, at_s, outer ? DOOR_OUTER : DOOR_INNER, *path == 'o' || *path == 'i');
    }
    shop_tick(shop, at_s + 1);
}

static void paths(void **state)
{
    struct shop *shop = *state;
    static const struct {
        const char *path;
        int in, out;
    } c[] = {
        {"oiOI", 1, 0},         {"oiIO", 0, 0},       /* turned back in the doorway */
        {"oO", 0, 0},                                 /* looked in */
        {"oiOoIO", 0, 0},                             /* nearly through, and back again */
        {"oiOoOI", 1, 0},                             /* swayed */
        {"oiOoIiOI", 2, 0},                           /* followed closely */
        {"oiOoIiIO", 0, 0},                           /* somebody turned back: nobody is certain */
        {"oiOoIiIiOI", 2, 0},                         /* the second one hesitates */
        {"oiOoIiOoIiOI", 3, 0}, {"oiOoIiOoIO", 1, 0}, /* of three the first is certain */
        {"ioIO", 0, 1},         {"ioOI", 0, 0},       {"ioIiOI", 0, 0}, {"ioIiOoIO", 0, 2},
    };
    for
        EACH(i, c)
        {
            begin(shop);
            for (int w = 0; w < 3; w++) {
                shop_walk(shop, 10 + 5 * w, true); /* somebody to go out again */
            }
            play(shop, 40, c[i].path);
            assert_int_equal(metrics(shop).arrivals - 3, c[i].in);
            assert_int_equal(gone(shop), c[i].out);
            assert_int_equal(metrics(shop).gate_faults, 0);
        }
}

static void both(struct shop *shop, double at_s, bool outer, bool inner, double apart_s)
{
    shop_edge(shop, at_s, DOOR_OUTER, outer);
    shop_edge(shop, at_s + apart_s, DOOR_INNER, inner);
}

/* Both beams at once: a door leaf, a curtain, a loose wire. */
static void jumps_are_faults(void **state)
{
    struct shop *shop = *state;
    begin(shop);
    both(shop, 10, true, true, 0.001);
    both(shop, 11, false, false, 0.002);
    assert_int_equal(metrics(shop).gate_faults, 1); /* until it is clear, once */
    shop_edge(shop, 20, DOOR_OUTER, true);
    both(shop, 20.5, false, true, 0.001);
    shop_edge(shop, 21, DOOR_INNER, false);
    shop_tick(shop, 22);
    assert_int_equal(metrics(shop).gate_faults, 2);
    assert_int_equal(metrics(shop).arrivals, 0);
    shop_walk(shop, 30, true); /* clear again: counts again */
    shop_tick(shop, 31);
    assert_int_equal(metrics(shop).arrivals, 1);
    shop_edge(shop, 40, DOOR_OUTER, true);
    shop_edge(shop, 40.1, DOOR_INNER, true);
    both(shop, 40.2, false, false, 0.001);
    shop_tick(shop, 41);
    assert_int_equal(metrics(shop).gate_faults, 3);
    assert_int_equal(metrics(shop).arrivals, 1);
    both(shop, 50, true, true, 0.0021); /* more than 2 ms is a fast walk's right */
    both(shop, 50.2, false, false, 0.0021);
    shop_tick(shop, 51);
    assert_int_equal(metrics(shop).gate_faults, 3);
    assert_int_equal(metrics(shop).arrivals, 2);
}

/* A walk takes at most max_transit_s = 3, standing between the beams apart. */
static void standing_in_the_doorway(void **state)
{
    struct shop *shop = *state;
    begin(shop);
    shop_edge(shop, 10, DOOR_OUTER, true);
    shop_edge(shop, 11, DOOR_INNER, true);
    shop_edge(shop, 100, DOOR_OUTER, false);
    shop_edge(shop, 101, DOOR_INNER, false);
    shop_tick(shop, 102);
    assert_int_equal(metrics(shop).arrivals, 1);
    shop_edge(shop, 110, DOOR_OUTER, true);
    shop_edge(shop, 112, DOOR_INNER, true);
    shop_edge(shop, 113, DOOR_OUTER, false);
    shop_edge(shop, 115, DOOR_INNER, false);
    shop_tick(shop, 116);
    assert_int_equal(metrics(shop).arrivals, 1); /* 4 s: nobody walks like that */
}

/* The follower's time begins with the follower: 2 s each are not 4. */
static void each_has_the_own_time(void **state)
{
    struct shop *shop = *state;
    begin(shop);
    shop_edge(shop, 10, DOOR_OUTER, true);
    shop_edge(shop, 11, DOOR_INNER, true);
    shop_edge(shop, 12, DOOR_OUTER, false);
    shop_edge(shop, 13, DOOR_OUTER, true);
    shop_edge(shop, 14, DOOR_INNER, false);
    shop_edge(shop, 15, DOOR_INNER, true);
    shop_edge(shop, 16, DOOR_OUTER, false);
    shop_edge(shop, 17, DOOR_INNER, false);
    shop_tick(shop, 18);
    assert_int_equal(metrics(shop).arrivals, 2);
}

/* A beam that is not to be believed any more has seen no walk begin. */
static void a_fault_ends_the_walk(void **state)
{
    struct shop *shop = *state;
    begin(shop);
    shop_edge(shop, 10, DOOR_OUTER, true);
    shop_edge(shop, 10.1, DOOR_INNER, true);
    shop_edge(shop, 10.3, DOOR_OUTER, false);
    shop_tick(shop, 10.35);
    shop_health(shop, 10.35, DOOR_OUTER, TR_HEALTH_STORM);
    shop_edge(shop, 10.4, DOOR_INNER, false);
    shop_tick(shop, 11);
    assert_int_equal(metrics(shop).arrivals, 0);
    shop_health(shop, 20, DOOR_OUTER, TR_HEALTH_OK);
    shop_walk(shop, 30, true);
    shop_tick(shop, 31);
    assert_int_equal(metrics(shop).arrivals, 1);
}

/* Ten walks in a row that only one beam saw: the other is dead. */
static void the_partner_tells_a_dead_beam(void **state)
{
    struct shop *shop = *state;
    begin(shop);
    for (int i = 0; i < 9; i++) {
        shop_pulse(shop, 10 + 5 * i, DOOR_OUTER, 0.3);
    }
    shop_walk(shop, 60, true); /* the row is broken */
    for (int i = 0; i < 9; i++) {
        shop_pulse(shop, 100 + 5 * i, DOOR_OUTER, 0.3);
    }
    shop_tick(shop, 150);
    assert_int_equal(tr_core_health(shop->core, DOOR_INNER), TR_HEALTH_OK);
    shop_pulse(shop, 150, DOOR_OUTER, 0.3);
    shop_tick(shop, 151);
    assert_int_equal(tr_core_health(shop->core, DOOR_INNER), TR_HEALTH_STUCK_OFF);
    assert_int_equal(tr_core_health(shop->core, DOOR_OUTER), TR_HEALTH_OK);
    assert_int_equal(tr_core_measuring(shop->core, ENTRANCE), TR_MEASURING_BLIND);
    shop_walk(shop, 160, true); /* it speaks: all well, and this one counts */
    shop_tick(shop, 161);
    assert_int_equal(tr_core_health(shop->core, DOOR_INNER), TR_HEALTH_OK);
    assert_int_equal(tr_core_measuring(shop->core, ENTRANCE), TR_MEASURING_FULL);
    assert_int_equal(metrics(shop).arrivals, 2);
}

/* Somebody stands in the beams when the daemon begins anew: no fault, and no
 * guess which way. */
static void found_in_the_doorway(void **state)
{
    struct shop *shop = *state;
    begin(shop);
    struct tr_event level = {.kind = TR_EVENT_LEVEL, .at = {10 * TR_NS_PER_S}, .level = true};
    level.sensor = DOOR_OUTER;
    shop_step(shop, &level);
    level.sensor = DOOR_INNER;
    shop_step(shop, &level);
    shop_edge(shop, 11, DOOR_OUTER, false);
    shop_edge(shop, 11.2, DOOR_INNER, false);
    shop_tick(shop, 12);
    assert_int_equal(metrics(shop).gate_faults, 0);
    assert_int_equal(metrics(shop).arrivals, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, shop_setup, shop_teardown)
    const struct CMUnitTest tests[] = {
        T(a_follower_is_the_second_one),
        T(each_has_the_time_of_the_own_crossing),
        T(a_whole_group_in_step),
        T(side_by_side_is_one),
        T(paths),
        T(jumps_are_faults),
        T(standing_in_the_doorway),
        T(each_has_the_own_time),
        T(a_fault_ends_the_walk),
        T(the_partner_tells_a_dead_beam),
        T(found_in_the_doorway),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
