/* A walk test: what is asked, seen and decided, with invented edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "walktest_shop.h"

static void test_good_and_bounces(void **state)
{
    (void)state;
    BEGIN("greet");
    edge(GREET, true, 700);
    edge(GREET, false, 0.15);
    edge(GREET, true, 0.4);
    edge(GREET, false, 1.5);
    edge(GREET, true, 7);
    wait_ms(100);
    assert_int_equal(walk.phase, TR_WALK_BACK);
    edge(GREET, false, 150);
    wait_ms(60);
    assert_int_equal(result(GREET), TR_COMMISSION_GOOD);
    assert_int_equal(walk.good_n, 1);
    assert_int_equal(record.input[GREET].edges, 6);
    assert_int_equal(record.input[GREET].bounces, 4);
    assert_int_equal(record.input[GREET].actuations, 1);
    const uint32_t want[TR_BOUNCE_BUCKETS] = {0, 1, 1, 0, 1, 0, 1};
    assert_memory_equal(record.input[GREET].histogram, want, sizeof(want));
    assert_int_equal(record.input[GREET].longest_ns, 7 * MS);
    assert_int_equal(record.input[GREET].suggested_ns, 15 * MS);
    wait_ms(1000);
    assert_true(tr_walk_over(&walk));
    judge();
    assert_null(finding("debounce", "greet")); /* 30 ms are configured */
    assert_int_equal(record.verdict, TR_COMMISSION_INCOMPLETE);
}

static void test_debounce_too_short(void **state)
{
    (void)state;
    plan.sensors[GREET].press_ns = 5 * MS;
    BEGIN("greet");
    edge(GREET, true, 700);
    edge(GREET, false, 2);
    edge(GREET, true, 7);
    edge(GREET, false, 300);
    wait_ms(100);
    judge();
    const struct tr_finding *f = finding("debounce", "greet");
    assert_non_null(f);
    assert_int_equal(f->severity, TR_FINDING_FAULT);
    assert_non_null(strstr(f->advice, "debounce_ms = 15 for sensor greet"));
    assert_int_equal(record.verdict, TR_COMMISSION_FAIL);
    plan.sensors[GREET].press_ns = 30 * MS;
}

/* A hand through a beam faster than the burst's limit is somebody, a spike is nobody. */
static void test_short_pulses(void **state)
{
    (void)state;
    BEGIN("door_outer", "door_inner");
    edge(DOOR_OUT, true, 100);
    edge(DOOR_OUT, false, 0.2);
    wait_ms(50);
    assert_int_equal(result(DOOR_OUT), TR_COMMISSION_NOT_TESTED);
    edge(DOOR_OUT, true, 100);
    edge(DOOR_OUT, false, 1);
    edge(DOOR_OUT, true, 1);
    edge(DOOR_OUT, false, 15);
    wait_ms(50);
    assert_int_equal(result(DOOR_OUT), TR_COMMISSION_GOOD);
    assert_int_equal(record.input[DOOR_OUT].spikes, 1);
    assert_int_equal(record.input[DOOR_OUT].longest_ns, 1 * MS); /* not the 15 ms of the hand */
    judge();
    assert_non_null(finding("spikes", "door_outer"));
}

static void test_inverted(void **state)
{
    (void)state;
    begin((const char *const[]){"mat", "door_outer", NULL}, NULL, MAT);
    edge(MAT, false, 500);
    wait_ms(300);
    assert_int_equal(walk.phase, TR_WALK_BACK);
    edge(MAT, true, 500);
    wait_ms(300);
    assert_int_equal(result(MAT), TR_COMMISSION_INVERTED);
    assert_int_equal(walk.bad_n, 1);
    judge();
    const struct tr_finding *f = finding("inverted", "mat");
    assert_non_null(f);
    assert_non_null(strstr(f->advice, "active = \"low\""));
    assert_int_equal(record.verdict, TR_COMMISSION_FAIL);
}

/* Mended, and asked for again. */
static void test_mended(void **state)
{
    (void)state;
    begin((const char *const[]){"mat", "door_outer", NULL}, NULL, MAT);
    edge(MAT, false, 500);
    edge(MAT, true, 500);
    wait_ms(300);
    assert_int_equal(result(MAT), TR_COMMISSION_INVERTED);
    edge(MAT, false, 100); /* another terminal */
    wait_ms(500);
    assert_true(tr_walk_key(&walk, 'r'));
    touch(MAT, 500);
    assert_int_equal(result(MAT), TR_COMMISSION_GOOD);
    wait_ms(1000);
    edge(DOOR_OUT, true, 100); /* in the way while asking anew */
    assert_true(tr_walk_key(&walk, 'r'));
    edge(DOOR_OUT, false, 500);
    wait_ms(100);
    touch(DOOR_OUT, 500);
    assert_int_equal(result(DOOR_OUT), TR_COMMISSION_GOOD);
    assert_int_equal(record.input[DOOR_OUT].edges, 3); /* what was before is forgotten */
}

/* Somebody stood there when it was asked for: that is not inverted. */
static void test_stood_there(void **state)
{
    (void)state;
    BEGIN("greet", "mat");
    edge(MAT, true, 100);
    wait_ms(300);
    touch(GREET, 200);
    wait_ms(1000);
    assert_int_equal(tr_walk_now(&walk)->index, MAT);
    edge(MAT, false, 500);
    wait_ms(300);
    assert_int_equal(result(MAT), TR_COMMISSION_NOT_TESTED);
    touch(MAT, 400);
    assert_int_equal(result(MAT), TR_COMMISSION_GOOD);
}

/* Who passes while nobody should does not turn the levels around. */
static void test_passed_at_rest(void **state)
{
    (void)state;
    const struct tr_walk_options opt = {.whole_ns = 3600 * TR_NS_PER_S, .times = 1};
    tr_walk_init(&walk, &plan, &opt, (const char *const[]){"door_outer", NULL}, &record);
    for (int i = 0; i < plan.sensors_n; i++) {
        tr_walk_level(&walk, i, i == MAT);
    }
    now = 100 * TR_NS_PER_S;
    tr_walk_tick(&walk, now);
    edge(DOOR_OUT, true, 1500);
    edge(MAT, false, 100);
    wait_ms(450);
    assert_int_equal(tr_walk_now(&walk)->kind, TR_WALK_INPUT);
    assert_int_equal(record.input[DOOR_OUT].at_rest, 0);
    assert_int_equal(record.input[MAT].at_rest, 1);
    edge(DOOR_OUT, false, 100);
    touch(DOOR_OUT, 300);
    assert_int_equal(result(DOOR_OUT), TR_COMMISSION_GOOD);
}

static void test_dead_and_stuck(void **state)
{
    (void)state;
    const struct tr_walk_options opt = {
        .step_ns = 10 * TR_NS_PER_S, .whole_ns = 3600 * TR_NS_PER_S, .times = 1};
    begin((const char *const[]){"greet", "mat", "door_outer", NULL}, &opt, MAT);
    wait_ms(9999);
    assert_int_equal(walk.phase, TR_WALK_ASK);
    wait_ms(2);
    assert_int_equal(result(GREET), TR_COMMISSION_DEAD);
    wait_ms(1000);
    wait_ms(10001);
    assert_int_equal(result(MAT), TR_COMMISSION_STUCK);
    wait_ms(1000);
    edge(DOOR_OUT, true, 100);
    wait_ms(10001);
    assert_int_equal(result(DOOR_OUT), TR_COMMISSION_ONE_WAY);
    wait_ms(1000);
    assert_true(tr_walk_over(&walk));
    judge();
    assert_non_null(strstr(finding("dead", "greet")->text, "GPIO12, pin 32"));
    assert_non_null(finding("stuck", "mat"));
    assert_non_null(finding("one_way", "door_outer"));
    assert_null(finding("dead", "ring")); /* never asked for */
}

static void test_crossed(void **state)
{
    (void)state;
    BEGIN("greet", "not_customer");
    touch(VOID, 200);
    assert_int_equal(result(GREET), TR_COMMISSION_NOT_TESTED); /* it may still come */
    wait_ms(3100);
    assert_int_equal(result(GREET), TR_COMMISSION_CROSSED);
    assert_int_equal(record.input[GREET].instead, VOID);
    wait_ms(1000);
    touch(GREET, 200);
    wait_ms(3100);
    assert_int_equal(record.input[VOID].instead, GREET);
    judge();
    const struct tr_finding *f = finding("crossed", "greet");
    assert_non_null(f);
    assert_non_null(strstr(f->text, "greet and not_customer are crossed"));
    assert_non_null(strstr(f->advice, "GPIO13, pin 33"));
    assert_null(finding("crossed", "not_customer")); /* told once */
}

/* Whoever passes a beam that is known to be good did not cross a cable. */
static void test_passers_by(void **state)
{
    (void)state;
    BEGIN("door_outer", "greet", "not_customer");
    touch(DOOR_OUT, 200);
    wait_ms(1000);
    touch(DOOR_OUT, 200);
    wait_ms(5000);
    assert_int_equal(result(GREET), TR_COMMISSION_NOT_TESTED);
    touch(MAT, 500); /* that one might be it, but the right one comes in time */
    wait_ms(1000);
    touch(GREET, 200);
    assert_int_equal(result(GREET), TR_COMMISSION_GOOD);
    wait_ms(1000);
    touch(MAT, 500); /* of two, nobody knows which */
    touch(RING, 500);
    wait_ms(5000);
    assert_int_equal(result(VOID), TR_COMMISSION_NOT_TESTED);
    assert_true(tr_walk_key(&walk, 'n'));
    assert_int_equal(result(VOID), TR_COMMISSION_DEAD);
}

static void test_gate(void **state)
{
    (void)state;
    BEGIN("front_door");
    walk_in(DOOR_OUT, DOOR_IN);
    assert_int_equal(record.gate[0].result, TR_COMMISSION_GOOD);
    assert_int_equal(record.gate[0].transit_ns, 240 * MS);
    assert_true(tr_walk_key(&walk, 'r'));
    assert_int_equal(record.gate[0].result, TR_COMMISSION_NOT_TESTED);
    walk_in(DOOR_IN, DOOR_OUT);
    assert_int_equal(record.gate[0].result, TR_COMMISSION_SWAPPED);
    judge();
    const struct tr_finding *f = finding("swapped", "front_door");
    assert_non_null(f);
    assert_non_null(strstr(f->advice, "outer = \"door_inner\"; inner = \"door_outer\";"));
    BEGIN("front_door");
    edge(DOOR_OUT, true, 500);
    edge(DOOR_OUT, false, 200);
    wait_ms(200);
    tr_walk_key(&walk, 'n');
    judge();
    assert_non_null(strstr(finding("gate", "front_door")->text, "only the outer"));
}

static void test_unsteady(void **state)
{
    (void)state;
    BEGIN("greet", "mat");
    for (int i = 0; i < 80; i++) { /* 50 Hz: two edges a period */
        edge(GREET, i % 2 == 0, 10);
    }
    assert_int_equal(result(GREET), TR_COMMISSION_UNSTEADY);
    wait_ms(1500);
    for (int i = 0; i < 40; i++) {
        edge(MAT, true, 120);
        edge(MAT, false, 210);
        wait_ms(0);
    }
    touch(MAT, 300);
    judge();
    assert_non_null(strstr(finding("unsteady", "greet")->text, "mains hum (50 Hz)"));
    assert_non_null(finding("unsteady", "mat"));
    /* What a telephone does is its own affair. */
    BEGIN("ring");
    for (int i = 0; i < 80; i++) {
        edge(RING, i % 2 == 0, 20);
    }
    wait_ms(300);
    judge();
    assert_null(finding("unsteady", "ring"));
    assert_null(finding("debounce", "ring"));
    assert_int_equal(result(RING), TR_COMMISSION_GOOD);
}

static void test_outputs(void **state)
{
    (void)state;
    BEGIN("buzzer", "green");
    assert_int_equal(tr_walk_driven(&walk), 0);
    wait_ms(999);
    assert_int_equal(tr_walk_driven(&walk), 0);
    assert_int_equal(tr_walk_deadline(&walk), now + 1 * MS);
    wait_ms(1);
    assert_int_equal(tr_walk_driven(&walk), TR_NONE);
    assert_int_equal(record.output[0].result, TR_COMMISSION_NOT_TESTED);
    assert_true(tr_walk_key(&walk, 'r'));
    assert_int_equal(tr_walk_driven(&walk), 0);
    assert_int_equal(walk.driven_n, 2);
    assert_true(tr_walk_key(&walk, 'y'));
    assert_int_equal(tr_walk_driven(&walk), TR_NONE);
    wait_ms(1100);
    assert_int_equal(tr_walk_driven(&walk), 1);
    assert_true(tr_walk_key(&walk, 'n'));
    judge();
    assert_int_equal(record.output[0].result, TR_COMMISSION_SEEN);
    assert_non_null(finding("not_seen", "green"));
    /* Said beforehand. */
    const struct tr_walk_options yes = {.whole_ns = 3600 * TR_NS_PER_S, .times = 1, .yes = true};
    begin((const char *const[]){"green", NULL}, &yes, TR_NONE);
    wait_ms(3100);
    assert_int_equal(record.output[1].result, TR_COMMISSION_SEEN);
    assert_true(record.output[1].by_option);
    /* However impatient: it is driven to its end first. */
    struct tr_walk_options brief = {
        .step_ns = TR_NS_PER_S, .whole_ns = 3600 * TR_NS_PER_S, .times = 1, .yes = true};
    for (int i = 0; i < 2; i++) {
        begin((const char *const[]){"green", NULL}, &brief, TR_NONE);
        wait_ms(1500);
        assert_int_equal(tr_walk_driven(&walk), 1);
        assert_int_equal(tr_walk_deadline(&walk), now + 1500 * MS);
        wait_ms(1500);
        assert_int_equal(record.output[1].result,
                         brief.yes ? TR_COMMISSION_SEEN : TR_COMMISSION_UNASKED);
        brief.yes = false;
    }
}

static void test_keys_and_end(void **state)
{
    (void)state;
    BEGIN("greet", "mat", "ring");
    assert_false(tr_walk_key(&walk, 'y'));
    assert_false(tr_walk_key(&walk, '?'));
    assert_true(tr_walk_key(&walk, 's'));
    assert_int_equal(result(GREET), TR_COMMISSION_SKIPPED);
    wait_ms(1100);
    assert_int_equal(tr_walk_now(&walk)->index, MAT);
    assert_true(tr_walk_key(&walk, 'b'));
    assert_int_equal(tr_walk_now(&walk)->index, GREET);
    assert_int_equal(result(GREET), TR_COMMISSION_NOT_TESTED);
    touch(GREET, 200);
    assert_int_equal(result(GREET), TR_COMMISSION_GOOD);
    assert_true(tr_walk_key(&walk, 'q'));
    assert_true(tr_walk_over(&walk));
    assert_false(tr_walk_key(&walk, 'r'));
    const struct tr_walk_options brief = {.whole_ns = 60 * TR_NS_PER_S, .times = 1};
    begin(NULL, &brief, TR_NONE);
    for (int i = 0; i < 1000 && !tr_walk_over(&walk); i++) {
        const int64_t due = tr_walk_deadline(&walk);
        assert_true(due > now); /* it never spins */
        now = due;
        tr_walk_tick(&walk, now);
    }
    assert_true(tr_walk_over(&walk));
    assert_int_equal(record.took_ns, 60 * TR_NS_PER_S);
}

/* A line that hums has an edge ready before the first turn: the test begins with it. */
static void test_edge_first(void **state)
{
    (void)state;
    const struct tr_walk_options opt = {.whole_ns = 60 * TR_NS_PER_S, .times = 1};
    memset(&record, 0, sizeof(record));
    tr_walk_init(&walk, &plan, &opt, (const char *const[]){"greet", NULL}, &record);
    now = 100 * TR_NS_PER_S;
    tr_walk_edge(&walk, MAT, true, now);
    assert_false(tr_walk_over(&walk));
    assert_int_equal(tr_walk_now(&walk)->kind, TR_WALK_REST);
    edge(MAT, false, 400);
    wait_ms(2000);
    assert_int_equal(tr_walk_now(&walk)->index, GREET);
    touch(GREET, 200);
    assert_int_equal(result(GREET), TR_COMMISSION_GOOD);
    judge();
    assert_int_equal(record.took_ns, 3400 * MS);
}

/* Two edges of one direction: the one between was not told. */
static void test_lost(void **state)
{
    (void)state;
    BEGIN("greet");
    edge(GREET, true, 500);
    wait_ms(100);
    edge(GREET, true, 500);
    edge(GREET, false, 200);
    wait_ms(100);
    tr_walk_lost(&walk, GREET, 3);
    judge();
    assert_int_equal(result(GREET), TR_COMMISSION_GOOD);
    assert_int_equal(record.input[GREET].lost, 4);
    assert_non_null(finding("lost", "greet"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_good_and_bounces, make_plan),
        cmocka_unit_test_setup(test_debounce_too_short, make_plan),
        cmocka_unit_test_setup(test_short_pulses, make_plan),
        cmocka_unit_test_setup(test_inverted, make_plan),
        cmocka_unit_test_setup(test_mended, make_plan),
        cmocka_unit_test_setup(test_stood_there, make_plan),
        cmocka_unit_test_setup(test_passed_at_rest, make_plan),
        cmocka_unit_test_setup(test_dead_and_stuck, make_plan),
        cmocka_unit_test_setup(test_crossed, make_plan),
        cmocka_unit_test_setup(test_passers_by, make_plan),
        cmocka_unit_test_setup(test_gate, make_plan),
        cmocka_unit_test_setup(test_unsteady, make_plan),
        cmocka_unit_test_setup(test_outputs, make_plan),
        cmocka_unit_test_setup(test_keys_and_end, make_plan),
        cmocka_unit_test_setup(test_edge_first, make_plan),
        cmocka_unit_test_setup(test_lost, make_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
