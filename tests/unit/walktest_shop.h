/** @file walktest_shop.h A small shop, and somebody who walks through it, for the walk test's
 *  tests. Include once, after cmocka.h. */
#ifndef TR_TESTS_UNIT_WALKTEST_SHOP_H
#define TR_TESTS_UNIT_WALKTEST_SHOP_H

#include <string.h>

#include "cli/walktest.h"

#define MS TR_NS_PER_MS

enum { DOOR_OUT, DOOR_IN, GREET, VOID, MAT, RING, SENSORS };

static struct tr_plan plan;
static struct tr_walk walk;
static struct tr_commissioning record;
static int64_t now;

static inline void sensor(int i, const char *id, enum tr_sensor_type type, const char *line)
{
    tr_plan_init_sensor(&plan.sensors[i], type);
    strcpy(plan.sensors[i].id, id);
    strcpy(plan.sensors[i].line.name, line);
    plan.sensors[i].line.bias = TR_BIAS_PULL_UP;
    plan.sensors[i].line.active_low = type == TR_SENSOR_BUTTON;
    plan.sensors_n = (int16_t)(i + 1);
}

static inline int make_plan(void **state)
{
    (void)state;
    tr_plan_init(&plan);
    strcpy(plan.site, "shop");
    sensor(DOOR_OUT, "door_outer", TR_SENSOR_BEAM, "GPIO5");
    sensor(DOOR_IN, "door_inner", TR_SENSOR_BEAM, "GPIO6");
    sensor(GREET, "greet", TR_SENSOR_BUTTON, "GPIO12");
    sensor(VOID, "not_customer", TR_SENSOR_BUTTON, "GPIO13");
    sensor(MAT, "mat", TR_SENSOR_PRESENCE, "GPIO19");
    sensor(RING, "ring", TR_SENSOR_RING, "GPIO26");
    strcpy(plan.gates[0].id, "front_door");
    plan.gates[0].outer = DOOR_OUT;
    plan.gates[0].inner = DOOR_IN;
    plan.gates[0].max_transit_ns = 3 * TR_NS_PER_S;
    plan.gates_n = 1;
    strcpy(plan.outputs[0].id, "buzzer");
    strcpy(plan.outputs[1].id, "green");
    plan.outputs[1].type = TR_OUTPUT_LAMP;
    plan.outputs_n = 2;
    return 0;
}

/* Everything at rest but @p active; the two seconds of rest are over. */
static inline void begin(const char *const *ids, const struct tr_walk_options *opt, int active)
{
    const struct tr_walk_options usual = {.whole_ns = 3600 * TR_NS_PER_S, .times = 1};
    memset(&record, 0, sizeof(record));
    tr_walk_init(&walk, &plan, opt != NULL ? opt : &usual, ids, &record);
    for (int i = 0; i < plan.sensors_n; i++) {
        tr_walk_level(&walk, i, i == active);
    }
    now = 100 * TR_NS_PER_S;
    tr_walk_tick(&walk, now);
    assert_int_equal(tr_walk_now(&walk)->kind, TR_WALK_REST);
    now += 2 * TR_NS_PER_S;
    tr_walk_tick(&walk, now);
}

#define BEGIN(...) begin((const char *const[]){__VA_ARGS__, NULL}, NULL, TR_NONE)

static inline void edge(int i, bool level, double after_ms)
{
    now += (int64_t)(after_ms * 1e6);
    tr_walk_edge(&walk, i, level, now);
}

static inline void wait_ms(double ms)
{
    now += (int64_t)(ms * 1e6);
    tr_walk_tick(&walk, now);
}

/* On for so long, clean. */
static inline void touch(int i, double ms)
{
    edge(i, true, 500);
    edge(i, false, ms);
    wait_ms(300);
}

static inline enum tr_commission_result result(int i)
{
    return record.input[i].result;
}

static inline const struct tr_finding *finding(const char *code, const char *subject)
{
    for (int i = 0; i < record.findings_n; i++) {
        if (strcmp(record.finding[i].code, code) == 0 &&
            strcmp(record.finding[i].subject, subject) == 0) {
            return &record.finding[i];
        }
    }
    return NULL;
}

static inline void judge(void)
{
    tr_walk_end(&walk);
    tr_walk_judge(&record, "pinctrl-bcm2711");
}

static inline void walk_in(int first, int second)
{
    edge(first, true, 500);
    edge(second, true, 240);
    edge(first, false, 100);
    edge(second, false, 240);
    wait_ms(100);
}

#endif
