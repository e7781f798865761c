/* The engine's stories, continued: other wiring, commands, figures. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shop_expect.h"

static void ring(struct shop *shop, double at_s, int bursts)
{
    for (int i = 0; i < bursts; i++) {
        shop_pulse(shop, at_s + 6.0 * i, RING, 2.0);
    }
}

static void without_a_hook_nobody_knows(void **state)
{
    struct shop *shop = *state;
    shop->plan.stations[PHONE].u.phone.lines[0].hook = TR_NONE;
    shop_begin(shop);
    ring(shop, 10.0, 3);
    shop_drain(shop);
    expect(shop, 0, TR_OUTCOME_UNKNOWN, TR_REASON_SILENCE, 14.0);
    assert_int_equal(shop_wait(shop, 0)->verdict, TR_VERDICT_NOT_COUNTED);
}

static void an_answer_button_answers(void **state)
{
    struct shop *shop = *state;
    shop->plan.stations[PHONE].u.phone.lines[0].hook = TR_NONE;
    shop->plan.stations[PHONE].u.phone.lines[0].answer = DONE;
    shop_begin(shop);
    ring(shop, 10.0, 1);
    shop_pulse(shop, 13.0, DONE, 0.3);
    shop_drain(shop);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 3.0);
    assert_int_equal(shop_wait(shop, 0)->by, TR_BY_STAFF);
    assert_int_equal(shop_wait(shop, 0)->service_ns, -1);
}

static void another_handset_may_have_answered(void **state)
{
    struct shop *shop = *state;
    shop->plan.stations[PHONE].u.phone.lines[0].hook_sees = TR_HOOK_HANDSET;
    shop_begin(shop);
    ring(shop, 10.0, 2);
    shop_drain(shop);
    expect(shop, 0, TR_OUTCOME_UNKNOWN, TR_REASON_SILENCE, 8.0);
}

static void voicemail_took_it(void **state)
{
    struct shop *shop = *state;
    shop->plan.stations[PHONE].u.phone.divert_rings = 4;
    shop_begin(shop);
    ring(shop, 10.0, 4);
    ring(shop, 100.0, 3);
    shop_drain(shop);
    expect(shop, 0, TR_OUTCOME_UNKNOWN, TR_REASON_DIVERTED, 20.0);
    expect(shop, 1, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 14.0);
}

/* Raw ringing at 25 Hz is one burst: gaps under 200 ms. */
static void raw_ringing_is_one_burst(void **state)
{
    struct shop *shop = *state;
    for (int burst = 0; burst < 2; burst++) {
        for (int i = 0; i < 50; i++) {
            shop_pulse(shop, 10.0 + 6.0 * burst + 0.04 * i, RING, 0.02);
        }
    }
    shop_drain(shop);
    assert_int_equal(shop_count(shop, TR_EFFECT_WAIT), 1);
    assert_int_equal(shop_wait(shop, 0)->rings, 2);
}

static void short_abandons_are_left_out(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 10.0, RING, 2.0);
    shop_drain(shop);
    expect(shop, 0, TR_OUTCOME_ABANDONED, TR_REASON_SILENCE, 2.0);
    assert_int_equal(shop_wait(shop, 0)->verdict, TR_VERDICT_NOT_COUNTED);
}

static void door_without_direction(void **state)
{
    struct shop *shop = *state;
    shop->plan.stations[ENTRANCE].u.greeting.arrive =
        (struct tr_source){TR_SOURCE_SENSOR, DOOR_OUTER};
    shop_begin(shop);
    shop_pulse(shop, 10.0, DOOR_OUTER, 0.5);
    shop_pulse(shop, 13.0, DOOR_OUTER, 0.5); /* within rearm_s */
    shop_drain(shop);
    assert_int_equal(shop_count(shop, TR_EFFECT_WAIT), 1);
    expect(shop, 0, TR_OUTCOME_UNKNOWN, TR_REASON_NO_EXIT, 300.0);
    size_t sounds = 0;
    const struct tr_effect *e;
    for (size_t i = 0; (e = shop_said(shop, TR_EFFECT_SOUND, i)) != NULL; i++) {
        sounds += e->u.sound.sound != TR_SOUND_NONE;
    }
    assert_int_equal(sounds, 2); /* late once, critical once: no nagging */
}

static void staff_already_there(void **state)
{
    struct shop *shop = *state;
    shop->plan.sensors[GREET].type = TR_SENSOR_STAFF;
    shop_begin(shop);
    shop_edge(shop, 5.0, GREET, true);
    shop_walk(shop, 10.0, true);
    shop_tick(shop, 20.0);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 0.0);
    assert_int_equal(shop_wait(shop, 0)->by, TR_BY_SENSOR);
    shop_edge(shop, 30.0, GREET, false);
    shop_walk(shop, 60.0, true);
    shop_pulse(shop, 65.0, GREET, 1.0); /* not two seconds together */
    shop_edge(shop, 70.0, GREET, true);
    shop_tick(shop, 80.0);
    expect(shop, 1, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 10.0);
}

static void oldest_only(void **state)
{
    struct shop *shop = *state;
    shop->plan.stations[ENTRANCE].u.greeting.answers_all = false;
    shop_begin(shop);
    shop_walk(shop, 10.0, true);
    shop_walk(shop, 25.0, true);
    shop_pulse(shop, 30.0, GREET, 0.2);
    shop_tick(shop, 31.0);
    assert_int_equal(shop_count(shop, TR_EFFECT_WAIT), 1);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 20.0);
}

static void keyed_by_next(void **state)
{
    struct shop *shop = *state;
    struct tr_position *till = &shop->plan.stations[TILLS].u.queue.positions[0];
    till->presence = TR_NONE;
    till->next = GREET;
    shop_begin(shop);
    shop_pulse(shop, 10.0, LINE_IN, 0.2);
    shop_pulse(shop, 20.0, LINE_IN, 0.2);
    shop_pulse(shop, 30.0, GREET, 0.2);
    shop_pulse(shop, 90.0, GREET, 0.2);
    shop_pulse(shop, 150.0, GREET, 0.2);
    shop_tick(shop, 160.0);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 20.0);
    assert_int_equal(shop_wait(shop, 0)->service_ns, S(60.0));
    assert_int_equal(shop_wait(shop, 0)->by, TR_BY_STAFF);
    expect(shop, 1, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 70.0);
}

static void zero_debounce_and_zero_gap(void **state)
{
    struct shop *shop = *state;
    for (int i = 0; i < SHOP_SENSORS; i++) {
        shop->plan.sensors[i].press_ns = shop->plan.sensors[i].release_ns = 0;
    }
    shop->plan.stations[TILLS].u.queue.min_stay_ns = 0;
    shop->plan.stations[TILLS].u.queue.gap_ns = 0;
    shop_begin(shop);
    shop_pulse(shop, 10.0, LINE_IN, 0.0);
    shop_pulse(shop, 12.0, LINE_IN, 0.0);
    shop_edge(shop, 20.0, TILL_1, true);
    shop_edge(shop, 50.0, TILL_1, false); /* the next steps up in the same instant */
    shop_edge(shop, 50.0, TILL_1, true);
    shop_edge(shop, 80.0, TILL_1, false);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 10.0);
    assert_int_equal(shop_wait(shop, 0)->service_ns, S(30.0));
    expect(shop, 1, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 38.0);
    assert_int_equal(shop_wait(shop, 1)->service_ns, S(30.0));
}

static void set_count_and_void(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 10.0, LINE_IN, 0.2);
    shop_command(shop, 20.0, TR_COMMAND_SET_COUNT, TILLS, 3);
    struct tr_station_state s;
    tr_core_station_state(shop->core, TILLS, (struct tr_mono){S(20.0)}, &s);
    assert_int_equal(s.waiting, 3);
    shop_command(shop, 30.0, TR_COMMAND_SET_COUNT, TILLS, 1);
    shop_command(shop, 40.0, TR_COMMAND_VOID, TILLS, 0);
    expect(shop, 0, TR_OUTCOME_UNKNOWN, TR_REASON_DRIFT, 10.0);
    assert_false(shop_wait(shop, 0)->accurate);
    expect(shop, 2, TR_OUTCOME_VOID, TR_REASON_STAFF_KEY, 30.0);
}

static size_t sounds(const struct shop *shop)
{
    struct tr_station_metrics m;
    tr_core_metrics(shop->core, TILLS, tr_core_now(shop->core), &m);
    return m.sounds;
}

/* Somebody at the till who is nobody, after the sound has ended: nothing is heard more
 * often for it, and nothing later than it would have been. */
static void nobody_adds_no_sound(void **state)
{
    struct shop *shop = *state;
    shop->plan.stations[TILLS].target.threshold_ns = S(30.0);
    shop->plan.alerts.critical_factor = 100.0;
    shop_begin(shop);
    shop_pulse(shop, 10.0, LINE_IN, 0.2); /* late at 40, again at 70 and 100 */
    shop_pulse(shop, 60.0, TILL_1, 3.0);
    shop_tick(shop, 69.9);
    assert_int_equal(sounds(shop), 1);
    shop_tick(shop, 70.1);
    assert_int_equal(sounds(shop), 2);
    shop_pulse(shop, 99.0, TILL_1, 3.0); /* the repeat is due meanwhile: heard at 102.3 */
    shop_tick(shop, 102.2);
    assert_int_equal(sounds(shop), 2);
    shop_tick(shop, 300.0);
    assert_int_equal(sounds(shop), 3);
}

static void muted_is_silent(void **state)
{
    struct shop *shop = *state;
    shop_command(shop, 5.0, TR_COMMAND_MUTE, TR_NONE, 60);
    shop_walk(shop, 10.0, true);
    shop_tick(shop, 40.0);
    assert_int_equal(shop_count(shop, TR_EFFECT_SOUND), 0);
    assert_true(tr_core_lamp(shop->core, RED));
}

/* Six sounds an hour, but never is a first critical held back (RULES 22). */
static void an_hours_sounds_are_few(void **state)
{
    struct shop *shop = *state;
    size_t first_criticals = 0;
    for (int i = 0; i < 8; i++) {
        const double at = 10.0 + 200.0 * i;
        shop_walk(shop, at, true);
        shop_tick(shop, at + 120.0);
        shop_pulse(shop, at + 121.0, GREET, 0.2);
        first_criticals++;
    }
    size_t sounds = 0;
    size_t urgent = 0;
    const struct tr_effect *e;
    for (size_t i = 0; (e = shop_said(shop, TR_EFFECT_SOUND, i)) != NULL; i++) {
        sounds += e->u.sound.sound != TR_SOUND_NONE;
        urgent += e->u.sound.sound == TR_SOUND_URGENT;
        assert_true(e->u.sound.bursts <= 5);
    }
    assert_true(urgent >= first_criticals);
    assert_true(sounds <= 6 + first_criticals);
}

static void lost_edges_mark_and_heal(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 10.0, LINE_IN, 0.2);
    const struct tr_event gap = {
        .kind = TR_EVENT_GAP, .at = {S(20.0)}, .sensor = LINE_IN, .value = 3};
    shop_step(shop, &gap);
    assert_int_equal(tr_core_health(shop->core, LINE_IN), TR_HEALTH_LOST_EDGES);
    assert_int_equal(tr_core_edges_lost(shop->core, LINE_IN), 3);
    shop_pulse(shop, 30.0, TILL_1, 20.0);
    shop_tick(shop, 90.0);
    assert_false(shop_wait(shop, 0)->accurate);
    assert_int_equal(tr_core_health(shop->core, LINE_IN), TR_HEALTH_OK);
}

static void figures(void **state)
{
    struct shop *shop = *state;
    shop_moment(shop, 0.0, TR_MOMENT_DAY, 20260302);
    static const double waits[] = {4, 8, 12, 16, 20, 24, 2, 6, 10, 14};
    for (int i = 0; i < 10; i++) {
        const double at = 100.0 * (i + 1);
        shop_walk(shop, at, true);
        shop_pulse(shop, at + waits[i], GREET, 0.2);
    }
    shop_tick(shop, 1100.0);
    struct tr_station_metrics m;
    tr_core_metrics(shop->core, ENTRANCE, (struct tr_mono){S(1100.0)}, &m);
    assert_int_equal(m.arrivals, 10);
    assert_int_equal(m.kept, 8);
    assert_int_equal(m.missed, 2);
    assert_true(m.p50_s == 10.0 && m.p90_s == 20.0 && m.p95_s == 24.0);
    assert_true(fabs(m.day_pct - 80.0) < 1e-9);
    assert_int_equal(m.bucket[0], 2); /* up to 5 s */
    assert_int_equal(m.bucket[TR_BUCKETS - 1], 10);
    shop_moment(shop, 2000.0, TR_MOMENT_DAY, 20260303);
    tr_core_metrics(shop->core, ENTRANCE, (struct tr_mono){S(2000.0)}, &m);
    assert_int_equal(m.day_answered, 0);
    assert_true(isnan(m.day_p50_s));
    assert_int_equal(m.arrivals, 10); /* counters only grow */
}

/* Whoever stands there when the watching begins came earlier: the wait is a
 * lower bound, shown but in no statistic (RULES 3). */
static void found_at_the_start(void **state)
{
    struct shop *shop = *state;
    const struct tr_event level = {
        .kind = TR_EVENT_LEVEL, .at = {S(1.0)}, .sensor = LINE_IN, .level = true};
    shop_step(shop, &level);
    shop_edge(shop, 2.0, LINE_IN, false);
    shop_pulse(shop, 30.0, TILL_1, 30.0);
    shop_tick(shop, 90.0);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 29.0);
    assert_false(shop_wait(shop, 0)->accurate);
    assert_true(shop_wait(shop, 0)->found);
    assert_int_equal(shop_wait(shop, 0)->verdict, TR_VERDICT_NOT_COUNTED);
    struct tr_station_metrics m;
    tr_core_metrics(shop->core, TILLS, (struct tr_mono){S(90.0)}, &m);
    assert_int_equal(m.window_counted, 0);
    assert_true(isnan(m.p50_s));
}

/* More people than the station can hold: the oldest ends as unknown, told. */
static void a_full_station(void **state)
{
    struct shop *shop = *state;
    for (int i = 0; i < 130; i++) {
        shop_pulse(shop, 1.0 + i, LINE_IN, 0.2);
    }
    assert_int_equal(shop_count(shop, TR_EFFECT_WAIT), 2);
    assert_int_equal(shop_wait(shop, 0)->reason, TR_REASON_FULL);
}

static void a_damaged_snapshot_is_refused(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 10.0, LINE_IN, 0.3);
    const size_t cap = tr_core_save_size(shop->core);
    unsigned char *blob = malloc(cap);
    const int64_t n = tr_core_save(shop->core, blob, cap);
    assert_true(n > 0);
    struct tr_core *other = calloc(1, tr_core_size());
    assert_int_equal(tr_core_save(shop->core, blob, 10), -ENOBUFS);
    blob[n - 5] ^= 1;
    assert_int_equal(tr_core_load(other, &shop->plan, blob, (size_t)n), -EBADMSG);
    blob[n - 5] ^= 1;
    assert_int_equal(tr_core_load(other, &shop->plan, blob, (size_t)n - 1), -EBADMSG);
    blob[8] ^= 1; /* the layout's mark */
    assert_int_equal(tr_core_load(other, &shop->plan, blob, (size_t)n), -EPROTO);
    blob[8] ^= 1;
    static struct tr_plan fewer;
    shop_plan(&fewer);
    fewer.sensors_n--;
    assert_int_equal(tr_core_load(other, &fewer, blob, (size_t)n), -EBADMSG);
    free(other);
    free(blob);
}

static void ack(struct shop *shop, double at_s, int sensor)
{
    struct tr_event ev = {
        .kind = TR_EVENT_COMMAND, .at = {(int64_t)(at_s * 1e9)}, .sensor = TR_NONE};
    ev.u.command = (struct tr_command){
        .kind = TR_COMMAND_ACK, .station = TR_NONE, .output = TR_NONE, .sensor = (int16_t)sensor};
    shop_step(shop, &ev);
}

static void expect_acked(const struct shop *shop, enum tr_alert_rule rule, int index, bool acked)
{
    struct tr_alert_record a;
    assert_true(tr_core_alert(shop->core, rule, index, &a));
    assert_int_equal(a.acked, acked);
}

/* By its own name, whoever uses the sensor; and that alone. */
static void a_fault_is_acknowledged_alone(void **state)
{
    struct shop *shop = *state;
    static const int16_t faulty[] = {LINE_IN, RING};
    for (int i = 0; i < 2; i++) {
        const struct tr_event ev = {.kind = TR_EVENT_HEALTH,
                                    .at = {10 * TR_NS_PER_S},
                                    .sensor = faulty[i],
                                    .value = TR_HEALTH_STORM};
        shop_step(shop, &ev);
    }
    ack(shop, 12.0, LINE_IN);
    expect_acked(shop, TR_RULE_SENSOR, LINE_IN, true);
    expect_acked(shop, TR_RULE_SENSOR, RING, false);
    const size_t told = shop_count(shop, TR_EFFECT_ALERT);
    ack(shop, 13.0, LINE_IN); /* once is enough */
    ack(shop, 13.0, DOOR_OUTER);
    ack(shop, 13.0, TR_NONE); /* nothing to see */
    assert_int_equal(shop_count(shop, TR_EFFECT_ALERT), told);
    assert_int_equal(shop_count(shop, TR_EFFECT_REJECT), 0);
    ack(shop, 14.0, shop->plan.sensors_n);
    assert_int_equal(shop_count(shop, TR_EFFECT_REJECT), 1);
    const struct tr_event back = {.kind = TR_EVENT_RESTART,
                                  .at = {4000 * TR_NS_PER_S},
                                  .sensor = TR_NONE,
                                  .value = 3600 * TR_NS_PER_S};
    shop_step(shop, &back);
    expect_acked(shop, TR_RULE_OFFLINE, 0, false);
    ack(shop, 4100.0, TR_NONE);
    expect_acked(shop, TR_RULE_OFFLINE, 0, true);
    expect_acked(shop, TR_RULE_SENSOR, RING, false);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, shop_setup, shop_teardown)
    const struct CMUnitTest tests[] = {
        T(without_a_hook_nobody_knows),
        T(an_answer_button_answers),
        T(another_handset_may_have_answered),
        T(voicemail_took_it),
        T(raw_ringing_is_one_burst),
        T(short_abandons_are_left_out),
        T(door_without_direction),
        T(staff_already_there),
        T(oldest_only),
        T(keyed_by_next),
        T(zero_debounce_and_zero_gap),
        T(set_count_and_void),
        T(nobody_adds_no_sound),
        T(muted_is_silent),
        T(an_hours_sounds_are_few),
        T(lost_edges_mark_and_heal),
        T(figures),
        T(found_at_the_start),
        T(a_full_station),
        T(a_damaged_snapshot_is_refused),
        T(a_fault_is_acknowledged_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
