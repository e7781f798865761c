/* The player in virtual time: what the floor would hear and see, in ms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "output/output.h"

enum { BUZZER, GREEN, RED };

static struct tr_plan plan;
static char heard[1024];
static int64_t clock_ms;

static void set(void *user, int output, bool on)
{
    assert_ptr_equal(user, &plan);
    size_t n = strlen(heard);
    snprintf(heard + n, sizeof(heard) - n, "%s%lld%c%d", n > 0 ? " " : "", (long long)clock_ms,
             on ? '+' : '-', output);
}

static struct tr_mono at(int64_t ms)
{
    clock_ms = ms;
    return (struct tr_mono){ms * TR_NS_PER_MS};
}

static struct tr_player *new_player(int64_t max_on_ms)
{
    tr_plan_init(&plan);
    plan.outputs_n = 3;
    plan.outputs[BUZZER].type = TR_OUTPUT_BUZZER;
    plan.outputs[BUZZER].max_on_ns = max_on_ms * TR_NS_PER_MS;
    plan.outputs[GREEN].type = TR_OUTPUT_LAMP;
    plan.outputs[GREEN].max_on_ns = 10 * TR_NS_PER_MS;
    plan.outputs[RED].type = TR_OUTPUT_LAMP;
    heard[0] = '\0';
    struct tr_player *player = tr_player_new(&plan, set, &plan);
    assert_non_null(player);
    assert_true(tr_player_deadline(player).ns == INT64_MAX);
    return player;
}

static void sound(struct tr_player *player, enum tr_sound what, int32_t bursts, int64_t ms)
{
    struct tr_effect e = {.kind = TR_EFFECT_SOUND};
    e.u.sound.output = BUZZER;
    e.u.sound.sound = what;
    e.u.sound.bursts = bursts;
    tr_player_effect(player, &e, at(ms));
}

static void lamp(struct tr_player *player, int16_t output, bool on, int64_t ms)
{
    struct tr_effect e = {.kind = TR_EFFECT_LAMP};
    e.u.lamp.output = output;
    e.u.lamp.on = on;
    tr_player_effect(player, &e, at(ms));
}

/* Tick at each deadline, as the loop does, up to and including until_ms. */
static void run(struct tr_player *player, int64_t until_ms)
{
    for (;;) {
        struct tr_mono next = tr_player_deadline(player);
        if (next.ns > until_ms * TR_NS_PER_MS) {
            break;
        }
        tr_player_tick(player, at(next.ns / TR_NS_PER_MS));
    }
}

static void patterns(void **state)
{
    static const struct {
        enum tr_sound sound;
        int32_t bursts;
        const char *heard;
    } c[] = {
        {TR_SOUND_RINGS, 1, "0+0 400-0 600+0 1000-0"},
        {TR_SOUND_RINGS, 2, "0+0 400-0 600+0 1000-0 2000+0 2400-0 2600+0 3000-0"},
        {TR_SOUND_URGENT, 2,
         "0+0 120-0 200+0 320-0 400+0 520-0 1000+0 1120-0 1200+0 1320-0 1400+0 1520-0"},
        {TR_SOUND_CHIME, 1, "0+0 150-0"},
        {TR_SOUND_CHIME, 0, "0+0 150-0"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
        struct tr_player *player = new_player(10000);
        sound(player, c[i].sound, c[i].bursts, 0);
        run(player, 100000);
        assert_string_equal(heard, c[i].heard);
        assert_true(tr_player_deadline(player).ns == INT64_MAX);
        tr_player_free(player);
    }
}

static void silence_is_immediate(void **state)
{
    struct tr_player *player = new_player(10000);
    (void)state;
    sound(player, TR_SOUND_RINGS, 3, 0);
    sound(player, TR_SOUND_NONE, 0, 100);
    run(player, 100000);
    assert_string_equal(heard, "0+0 100-0");
    sound(player, TR_SOUND_NONE, 0, 200);
    assert_string_equal(heard, "0+0 100-0");
    tr_player_free(player);
}

static void a_new_sound_replaces_the_old(void **state)
{
    struct tr_player *player = new_player(10000);
    (void)state;
    sound(player, TR_SOUND_RINGS, 3, 0);
    run(player, 450);
    sound(player, TR_SOUND_CHIME, 1, 500);
    run(player, 100000);
    assert_string_equal(heard, "0+0 400-0 500+0 650-0");
    tr_player_free(player);
}

static void lamps_hold_their_state(void **state)
{
    struct tr_player *player = new_player(10000);
    (void)state;
    lamp(player, GREEN, true, 5);
    lamp(player, GREEN, true, 6);
    lamp(player, RED, true, 7);
    /* max_on is the buzzer's business. */
    run(player, 100000);
    lamp(player, GREEN, false, 100000);
    lamp(player, 7, true, 100001);
    lamp(player, TR_NONE, true, 100001);
    assert_string_equal(heard, "5+1 7+2 100000-1");
    tr_player_silence(player);
    assert_string_equal(heard, "5+1 7+2 100000-1 100001-2");
    tr_player_free(player);
}

static void a_buzzer_never_sticks(void **state)
{
    struct tr_player *player = new_player(300);
    (void)state;
    sound(player, TR_SOUND_RINGS, 1, 0);
    run(player, 100000);
    assert_string_equal(heard, "0+0 300-0 600+0 900-0");
    heard[0] = '\0';
    tr_player_test(player, BUZZER, 60000, at(100000));
    run(player, 200000);
    assert_string_equal(heard, "100000+0 100300-0");
    heard[0] = '\0';
    lamp(player, BUZZER, true, 200000);
    run(player, 300000);
    lamp(player, BUZZER, true, 300000);
    assert_string_equal(heard, "200000+0 200300-0");
    lamp(player, BUZZER, false, 300001);
    lamp(player, BUZZER, true, 300002);
    assert_string_equal(heard, "200000+0 200300-0 300002+0");
    /* Restarting a sound again and again is still one go. */
    tr_player_free(player);
    player = new_player(300);
    for (int64_t ms = 0; ms <= 400; ms += 50) {
        sound(player, TR_SOUND_RINGS, 1, ms);
        tr_player_tick(player, at(ms));
        if (ms < 300) {
            assert_string_equal(heard, "0+0");
        }
    }
    assert_memory_equal(heard, "0+0 300-0", 9);
    tr_player_free(player);
}

static void late_ticks_skip(void **state)
{
    struct tr_player *player = new_player(10000);
    (void)state;
    sound(player, TR_SOUND_RINGS, 2, 0);
    tr_player_tick(player, at(650));
    assert_string_equal(heard, "0+0");
    tr_player_tick(player, at(2500));
    assert_string_equal(heard, "0+0 2500-0");
    tr_player_tick(player, at(50000));
    assert_string_equal(heard, "0+0 2500-0");
    assert_true(tr_player_deadline(player).ns == INT64_MAX);
    tr_player_free(player);
}

static void testing_an_output(void **state)
{
    struct tr_player *player = new_player(10000);
    (void)state;
    tr_player_test(player, RED, 500, at(0));
    lamp(player, GREEN, true, 10);
    tr_player_test(player, GREEN, 500, at(20));
    run(player, 100000);
    assert_string_equal(heard, "0+2 10+1 500-2");
    tr_player_test(player, 3, 500, at(1000));
    tr_player_test(player, -1, 500, at(1000));
    tr_player_test(player, RED, 0, at(1000));
    run(player, 100000);
    assert_string_equal(heard, "0+2 10+1 500-2");
    clock_ms = 2000;
    tr_player_free(player);
    assert_string_equal(heard, "0+2 10+1 500-2 2000-1");
    tr_player_free(NULL);
}

static void other_effects_are_ignored(void **state)
{
    struct tr_player *player = new_player(10000);
    (void)state;
    for (unsigned kind = 0; kind < TR_EFFECT_KIND_COUNT; kind++) {
        if (kind != TR_EFFECT_LAMP && kind != TR_EFFECT_SOUND) {
            struct tr_effect e = {.kind = (enum tr_effect_kind)kind};
            tr_player_effect(player, &e, at(0));
        }
    }
    assert_string_equal(heard, "");
    tr_player_free(player);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns),
        cmocka_unit_test(silence_is_immediate),
        cmocka_unit_test(a_new_sound_replaces_the_old),
        cmocka_unit_test(lamps_hold_their_state),
        cmocka_unit_test(a_buzzer_never_sticks),
        cmocka_unit_test(late_ticks_skip),
        cmocka_unit_test(testing_an_output),
        cmocka_unit_test(other_effects_are_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
