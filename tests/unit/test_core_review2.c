/* What a later look at sensors, doors, telephones, alerts and reloads found: each
 * was wrong once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shop.h"

#define S(x) ((int64_t)((x)*1e9 + 0.5))

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

static void who_joins_unheard_is_no_dead_beam(void **state)
{
    struct shop *shop = *state;
    shop_health(shop, 10.0, LINE_IN, TR_HEALTH_STORM);
    for (int i = 0; i < 10; i++) {
        shop_pulse(shop, 20.0 + 20 * i, TILL_1, 10.0);
    }
    shop_health(shop, 300.0, LINE_IN, TR_HEALTH_OK);
    shop_tick(shop, 301.0);
    assert_int_equal(tr_core_health(shop->core, LINE_IN), TR_HEALTH_OK);
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

/* --- the most that one event can say -------------------------------------------------- */

enum { TILLS_EACH = 40, HALLS = TR_STATIONS_MAX };

/* Halls that share their sensors, so that one edge is news everywhere. */
static void halls(struct tr_plan *p)
{
    tr_plan_init(p);
    strcpy(p->site, "halls");
    p->sensors_n = TR_SENSORS_MAX;
    for (int i = 0; i < TR_SENSORS_MAX; i++) {
        tr_plan_init_sensor(&p->sensors[i], i == 0 ? TR_SENSOR_BEAM : TR_SENSOR_PRESENCE);
        snprintf(p->sensors[i].id, TR_ID_MAX, "s%d", i);
        p->sensors[i].press_ns = p->sensors[i].release_ns = 0;
    }
    for (int i = 0; i < TR_OUTPUTS_MAX; i++) {
        snprintf(p->outputs[i].id, TR_ID_MAX, "o%d", i);
        p->outputs[i].type = i == 0 ? TR_OUTPUT_BUZZER : TR_OUTPUT_LAMP;
    }
    p->outputs_n = TR_OUTPUTS_MAX;
    p->alerts.buzzer = 0;
    p->alerts.at_risk.lamp = 1;
    p->alerts.late.lamp = 2;
    p->alerts.critical.lamp = 3;
    p->alerts.fault_lamp = 4;
    p->alerts.clear_after_ns = p->alerts.min_on_ns = 0;
    p->alerts.max_per_hour = 0;
    p->stations_n = HALLS;
    for (int s = 0; s < HALLS; s++) {
        struct tr_station *st = &p->stations[s];
        tr_plan_init_station(st, TR_KIND_QUEUE);
        snprintf(st->id, TR_ID_MAX, "hall%d", s);
        st->u.queue.join = (struct tr_source){TR_SOURCE_SENSOR, 0};
        st->u.queue.positions_n = TILLS_EACH;
        st->u.queue.max_length = 1;
        st->target.unit = TR_TARGET_SECONDS;
        st->target.threshold_ns = S(10);
        for (int i = 0; i < TILLS_EACH; i++) {
            st->u.queue.positions[i] = (struct tr_position){
                .presence = (int16_t)(1 + i), .next = TR_NONE, .staffed = TR_NONE, .join = TR_NONE};
            snprintf(st->u.queue.positions[i].id, TR_ID_MAX, "t%d", i);
        }
    }
}

/* Everything is open and everything is wrong, and then the power fails. */
static void the_worst_absence_fits_the_list(void **state)
{
    struct shop *shop = *state;
    halls(&shop->plan);
    shop_begin(shop);
    double at = 1.0;
    for (int i = 0; i < 250; i++, at += 0.02) {
        shop_edge(shop, at, 0, i % 2 == 0);
    }
    for (int i = 0; i < TILLS_EACH; i++) {
        shop_edge(shop, at, 1 + i, true);
    }
    shop_tick(shop, at + 10);
    for (at += 10; at < 40; at += 0.1) {
        shop_edge(shop, at, 0, true);
        shop_edge(shop, at + 0.05, 0, false);
    }
    shop_tick(shop, 100);
    for (int i = 1 + TILLS_EACH; i < TR_SENSORS_MAX; i++) {
        shop_health(shop, 100, i, TR_HEALTH_STORM);
    }
    struct tr_station_state s;
    tr_core_station_state(shop->core, HALLS - 1, (struct tr_mono){S(100)}, &s);
    assert_int_equal(s.waiting, 128);
    assert_int_equal(s.in_service, TILLS_EACH);
    const struct tr_event cut = {.kind = TR_EVENT_RESTART,
                                 .at = {S(4000)},
                                 .sensor = TR_NONE,
                                 .value = S(3800),
                                 .u.open_ns = -1};
    int more = 1;
    for (int calls = 0; more != 0; calls++) {
        assert_true(calls < 100);
        more = tr_core_step(shop->core, &cut, shop->out);
    }
    /* Each hall's waits and services, record and news, and each sensor well again. */
    assert_true(shop->out->n > HALLS * 2 * 128);
    assert_true(shop->out->n <= TR_EFFECTS_RESERVE);
}

/* Staff who stand at the box already when it is pressed have answered. */
static void staff_at_the_box_answer_at_once(void **state)
{
    struct shop *shop = *state;
    tr_plan_init_sensor(&shop->plan.sensors[DONE], TR_SENSOR_STAFF);
    shop_begin(shop);
    shop_edge(shop, 5.0, DONE, true);
    shop_pulse(shop, 10.0, CALL, 0.3);
    assert_int_equal(shop_count(shop, TR_EFFECT_WAIT), 1);
    assert_int_equal(shop_wait(shop, 0)->outcome, TR_OUTCOME_ANSWERED);
    assert_int_equal(shop_wait(shop, 0)->wait_ns, 0);
    assert_int_equal(shop_wait(shop, 0)->by, TR_BY_SENSOR);
    assert_false(tr_core_lamp(shop->core, GREEN));
}

/* A contact is a key, and a short press of it is one. */
static void a_contact_greets_as_a_button_does(void **state)
{
    struct shop *shop = *state;
    tr_plan_init_sensor(&shop->plan.sensors[GREET], TR_SENSOR_CONTACT);
    shop_begin(shop);
    shop_walk(shop, 10.0, true);
    shop_pulse(shop, 14.0, GREET, 0.2);
    assert_int_equal(shop_count(shop, TR_EFFECT_WAIT), 1);
    assert_int_equal(shop_wait(shop, 0)->outcome, TR_OUTCOME_ANSWERED);
    assert_int_equal(shop_wait(shop, 0)->wait_ns, 4 * TR_NS_PER_S);
    assert_int_equal(shop_wait(shop, 0)->by, TR_BY_STAFF);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, shop_setup, shop_teardown)
    const struct CMUnitTest tests[] = {
        T(who_is_not_listened_to_is_not_dead), T(who_joins_unheard_is_no_dead_beam),
        T(the_worst_absence_fits_the_list),    T(an_expired_call_puts_its_lamp_out),
        T(staff_who_stay_at_the_box_answer),   T(a_plan_without_storms_reads_the_line),
        T(a_hook_taken_away_ends_the_talk),    T(staff_at_the_box_answer_at_once),
        T(a_contact_greets_as_a_button_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
