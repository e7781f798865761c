/* What becomes of a whole walk, and of any: a verdict, and a record that can be written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "walktest_shop.h"

/* All of it, good: the only way to a pass. It ends by itself. */
static void test_whole(void **state)
{
    (void)state;
    begin(NULL, NULL, TR_NONE);
    for (int i = 0; i < SENSORS; i++) {
        assert_int_equal(tr_walk_now(&walk)->index, i);
        touch(i, 400);
        wait_ms(1000);
    }
    walk_in(DOOR_OUT, DOOR_IN);
    wait_ms(1100);
    for (int i = 0; i < 2; i++) {
        wait_ms(3100);
        assert_true(tr_walk_key(&walk, 'y'));
        wait_ms(1000);
    }
    assert_true(tr_walk_over(&walk));
    tr_walk_judge(&record, "");
    assert_int_equal(record.findings_n, 0);
    assert_int_equal(record.verdict, TR_COMMISSION_PASS);
    static char json[TR_COMMISSIONING_MAX];
    record.by = "A \"Fitter\"";
    record.version = record.config_hash = record.chip = "";
    assert_true(tr_json_commissioning(&record, json, sizeof(json)) > 0);
    assert_non_null(strstr(json, "\"by\":\"A \\\"Fitter\\\"\""));
    assert_non_null(strstr(json, "\"verdict\":\"pass\""));
    assert_non_null(strstr(json, "\"result\":\"good\""));
    assert_true(tr_json_commissioning(&record, json, 200) < 0);
}

/* Whatever comes, it ends, and the record can be written. */
static void test_random(void **state)
{
    (void)state;
    static char json[TR_COMMISSIONING_MAX];
    uint32_t x = 12345;
    for (int run = 0; run < 300; run++) {
        const struct tr_walk_options opt = {
            .step_ns = 5 * TR_NS_PER_S, .whole_ns = 300 * TR_NS_PER_S, .times = 1 + run % 3};
        begin(NULL, &opt, run % (SENSORS + 1));
        for (int i = 0; i < 400 && !tr_walk_over(&walk); i++) {
            x = x * 1664525 + 1013904223;
            const uint32_t r = x >> 8;
            now += (int64_t)1 << (r % 33);
            if (r % 7 == 0) {
                (void)tr_walk_key(&walk, "srbnyx"[r / 7 % 6]);
            } else {
                tr_walk_edge(&walk, (int)(r / 11 % SENSORS), r / 101 % 2 == 0, now);
            }
        }
        for (int i = 0; i < 5000 && !tr_walk_over(&walk); i++) {
            now = tr_walk_deadline(&walk);
            tr_walk_tick(&walk, now);
        }
        assert_true(tr_walk_over(&walk));
        judge();
        record.by = record.version = record.config_hash = record.chip = "x";
        assert_true(tr_json_commissioning(&record, json, sizeof(json)) > 0);
    }
}

/* The largest plan fits the buffer. */
static void test_largest(void **state)
{
    (void)state;
    static char json[TR_COMMISSIONING_MAX];
    for (int i = 0; i < TR_SENSORS_MAX; i++) {
        char id[TR_ID_MAX], line[16];
        snprintf(id, sizeof(id), "a-sensor-with-a-long-id-%04d", i);
        snprintf(line, sizeof(line), "L%d", i);
        sensor(i, id, TR_SENSOR_BEAM, line);
    }
    begin(NULL, NULL, TR_NONE);
    for (int i = 0; i < TR_SENSORS_MAX; i++) {
        record.input[i].result = TR_COMMISSION_DEAD;
        walk.line[i].spikes = walk.line[i].lost = walk.line[i].edges = UINT32_MAX;
    }
    judge();
    record.by = record.version = record.config_hash = record.chip = "x";
    assert_int_equal(record.findings_n, TR_FINDINGS_MAX);
    assert_true(tr_json_commissioning(&record, json, sizeof(json)) > 0);
    assert_int_equal(record.verdict, TR_COMMISSION_FAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_whole, make_plan),
        cmocka_unit_test_setup(test_random, make_plan),
        cmocka_unit_test_setup(test_largest, make_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
