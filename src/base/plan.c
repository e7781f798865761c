/* Defaults of DESIGN.md §2 and RULES.md, and look-up by id. */
#include <stddef.h>
#include <string.h>

#include "thirdring/effect.h"
#include "thirdring/time.h"

#define S(x)  ((int64_t)((x)*1e9))
#define MS(x) ((int64_t)(x)*TR_NS_PER_MS)

void tr_plan_init(struct tr_plan *plan)
{
    memset(plan, 0, sizeof(*plan));
    strcpy(plan->unit, "main");
    strcpy(plan->timezone, "UTC");
    plan->day_start_min = 4 * 60;
    plan->ring_on_ns = S(2);
    plan->ring_off_ns = S(4);
    plan->resume_ns = S(60);
    struct tr_alert_plan *a = &plan->alerts;
    a->at_risk_share = 0.67;
    a->critical_factor = 2.0;
    a->at_risk = (struct tr_rung){.lamp = TR_NONE, .sound = TR_SOUND_NONE};
    a->late = (struct tr_rung){
        .lamp = TR_NONE, .sound = TR_SOUND_RINGS, .repeat_ns = S(30), .repeats = 2};
    a->critical = (struct tr_rung){.lamp = TR_NONE,
                                   .sound = TR_SOUND_URGENT,
                                   .when = TR_SOUND_ALWAYS,
                                   .repeat_ns = S(15),
                                   .repeats = 2};
    a->kept_lamp = TR_NONE;
    a->kept_streak = 10;
    a->burning_short_ns = S(15 * 60);
    a->burning_long_ns = S(60 * 60);
    a->burning_min_waits = 10;
    a->burning_lamp = TR_NONE;
    a->fault_lamp = TR_NONE;
    a->buzzer = TR_NONE;
    a->min_on_ns = S(2);
    a->clear_after_ns = S(3);
    a->max_per_hour = 6;
}

static void init_target(struct tr_target *t, double percent, int window_min)
{
    *t = (struct tr_target){.unit = TR_TARGET_NONE,
                            .percent = percent,
                            .window_ns = (int64_t)window_min * 60 * TR_NS_PER_S};
}

void tr_plan_init_station(struct tr_station *st, enum tr_station_kind kind)
{
    memset(st, 0, sizeof(*st));
    st->kind = kind;
    st->late_sound = TR_SOUND_COUNT;
    st->critical_sound = TR_SOUND_COUNT;
    init_target(&st->target, 80.0, 60);
    const struct tr_source nowhere = {.kind = TR_SOURCE_NONE, .index = TR_NONE};
    switch (kind) {
    case TR_KIND_GREETING:
        st->give_up_ns = S(300);
        st->u.greeting = (struct tr_greeting_plan){.arrive = nowhere,
                                                   .inside = TR_NONE,
                                                   .answer = TR_NONE,
                                                   .void_key = TR_NONE,
                                                   .answers_all = true,
                                                   .party_window_ns = S(4),
                                                   .party_max_ns = S(10),
                                                   .early_ns = S(5),
                                                   .void_within_ns = S(15),
                                                   .rearm_ns = S(5),
                                                   .staff_together_ns = S(2)};
        break;
    case TR_KIND_QUEUE:
        st->give_up_ns = S(1800);
        st->u.queue = (struct tr_queue_plan){.join = nowhere,
                                             .leave = nowhere,
                                             .serve = TR_NONE,
                                             .void_key = TR_NONE,
                                             .dwell_ns = S(3),
                                             .min_stay_ns = S(5),
                                             .gap_ns = S(2),
                                             .party_max_ns = S(10),
                                             .no_show_ns = S(60),
                                             .back_ns = S(90),
                                             .empty_ns = S(15),
                                             .idle_empty_ns = S(300)};
        break;
    case TR_KIND_CALL:
        st->give_up_ns = S(900);
        st->u.call = (struct tr_call_plan){.call = TR_NONE,
                                           .answer = TR_NONE,
                                           .sent_lamp = TR_NONE,
                                           .hold_gone_ns = S(3),
                                           .repeat_ns = S(10)};
        break;
    case TR_KIND_PHONE:
        st->give_up_ns = S(600);
        st->short_abandon_ns = S(5);
        break;
    case TR_KIND_FEEDBACK:
        st->u.feedback = (struct tr_feedback_plan){.vote_ns = S(10), .tie_ns = S(120)};
        break;
    case TR_KIND_COUNT:
        break;
    }
}

void tr_plan_init_sensor(struct tr_sensor *sensor, enum tr_sensor_type type)
{
    static const struct {
        int32_t press_ms, release_ms, stuck_on_s, storm_hz;
        enum tr_circuit circuit;
    } defaults[TR_SENSOR_TYPE_COUNT] = {
        [TR_SENSOR_CONTACT] = {50, 50, 0, 100, TR_CIRCUIT_CONTACT},
        [TR_SENSOR_BEAM] = {5, 5, 300, 100, TR_CIRCUIT_BEAM},
        [TR_SENSOR_BUTTON] = {30, 30, 60, 100, TR_CIRCUIT_BUTTON},
        [TR_SENSOR_PRESENCE] = {300, 300, 3600, 100, TR_CIRCUIT_TOF},
        [TR_SENSOR_RING] = {20, 200, 60, 400, TR_CIRCUIT_RING},
        [TR_SENSOR_HOOK] = {100, 100, 0, 100, TR_CIRCUIT_HOOK},
        [TR_SENSOR_STAFF] = {300, 300, 0, 100, TR_CIRCUIT_STAFF},
    };
    memset(sensor, 0, sizeof(*sensor));
    sensor->type = type;
    sensor->circuit = defaults[type].circuit;
    sensor->line.offset = TR_NONE;
    sensor->press_ns = MS(defaults[type].press_ms);
    sensor->release_ns = MS(defaults[type].release_ms);
    sensor->stuck_on_ns = defaults[type].stuck_on_s * TR_NS_PER_S;
    sensor->storm_hz = defaults[type].storm_hz;
}

bool tr_plan_sensor_private(const struct tr_plan *plan, int sensor)
{
    for (int s = 0; s < plan->stations_n; s++) {
        const struct tr_station *st = &plan->stations[s];
        if (st->kind != TR_KIND_FEEDBACK || st->audience != TR_AUDIENCE_STAFF) {
            continue;
        }
        for (int i = 0; i < st->u.feedback.buttons_n; i++) {
            if (st->u.feedback.buttons[i].sensor == sensor) {
                return true;
            }
        }
    }
    return false;
}

/* A target of its own, or of any part of the day. */
static bool has_target(const struct tr_plan *plan, const struct tr_station *st)
{
    bool some = st->target.unit != TR_TARGET_NONE;
    for (int i = 0; i < plan->dayparts_n; i++) {
        some |= st->daypart_target[i].unit != TR_TARGET_NONE;
    }
    return some;
}

int tr_plan_alerts_n(const struct tr_plan *plan, enum tr_alert_rule rule)
{
    return rule == TR_RULE_SENSOR    ? plan->sensors_n
           : rule == TR_RULE_OFFLINE ? 1
                                     : plan->stations_n;
}

bool tr_plan_can_alert(const struct tr_plan *plan, enum tr_alert_rule rule, int index)
{
    if (index < 0 || index >= tr_plan_alerts_n(plan, rule)) {
        return false;
    }
    if (rule == TR_RULE_SENSOR || rule == TR_RULE_OFFLINE) {
        return true;
    }
    const struct tr_station *st = &plan->stations[index];
    return rule == TR_RULE_LENGTH ? st->kind == TR_KIND_QUEUE && st->u.queue.max_length > 0
                                  : st->kind != TR_KIND_FEEDBACK && has_target(plan, st);
}

#define FIND(what, array)                                                                          \
    int tr_plan_find_##what(const struct tr_plan *plan, const char *id)                            \
    {                                                                                              \
        for (int i = 0; i < plan->array##_n; i++) {                                                \
            if (strcmp(plan->array[i].id, id) == 0) {                                              \
                return i;                                                                          \
            }                                                                                      \
        }                                                                                          \
        return TR_NONE;                                                                            \
    }
FIND(sensor, sensors)
FIND(gate, gates)
FIND(output, outputs)
FIND(station, stations)
