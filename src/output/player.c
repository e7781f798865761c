/* Patterns in, level changes out. Time comes with every call. */
#include "output/output.h"

#include <assert.h>
#include <stdlib.h>

enum { STEPS_MAX = 8, BURSTS_MAX = 100 };

/* One burst: on, off, on, ... in ms. The last step is the pause after it,
 * which is not played after the last burst. */
struct pattern {
    int16_t ms[STEPS_MAX];
    int8_t n;
};

/* A telephone's double ring at a fifth of its length: known by everyone, and
 * over before it annoys. Urgent differs in rhythm, not in loudness. */
static const struct pattern patterns[] = {
    [TR_SOUND_NONE] = {.n = 0},
    [TR_SOUND_RINGS] = {.ms = {400, 200, 400, 1000}, .n = 4},
    [TR_SOUND_URGENT] = {.ms = {120, 80, 120, 80, 120, 480}, .n = 6},
    [TR_SOUND_CHIME] = {.ms = {150, 450}, .n = 2},
};
static_assert(sizeof(patterns) / sizeof(*patterns) == TR_SOUND_COUNT, "every sound has a pattern");

struct output {
    bool lamp;    /* what it shows while nothing plays */
    bool playing; /* a pattern or a test, which hides lamp */
    bool step_on; /* what plays is in an on step */
    bool driven;  /* the level it was last driven to */
    bool cut;     /* on too long: off until the next on step */
    bool buzzer;
    int64_t max_on_ns;
    struct tr_mono since;          /* driven on */
    struct tr_mono step_at;        /* the step's end */
    const struct pattern *pattern; /* NULL: a test, one step */
    int32_t step, steps;
};

struct tr_player {
    tr_player_set set;
    void *user;
    int n;
    struct output out[TR_OUTPUTS_MAX];
};

struct tr_player *tr_player_new(const struct tr_plan *plan, tr_player_set set, void *user)
{
    struct tr_player *player = calloc(1, sizeof(*player));
    if (player == NULL) {
        return NULL;
    }
    player->set = set;
    player->user = user;
    player->n = plan->outputs_n;
    for (int i = 0; i < player->n; i++) {
        player->out[i].buzzer = plan->outputs[i].type == TR_OUTPUT_BUZZER;
        player->out[i].max_on_ns = plan->outputs[i].max_on_ns;
    }
    return player;
}

static bool wanted(const struct output *o)
{
    return o->playing ? o->step_on : o->lamp;
}

/* The limit is on what was really driven: a late tick may skip an off step. */
static bool limited(const struct output *o)
{
    return o->driven && o->buzzer && o->max_on_ns > 0;
}

static void drive(struct tr_player *player, int i, struct tr_mono now)
{
    struct output *o = &player->out[i];
    if (!wanted(o)) {
        o->cut = false;
    } else if (limited(o) && tr_mono_sub(now, o->since) >= o->max_on_ns) {
        o->cut = true;
    }
    bool on = wanted(o) && !o->cut;
    if (on == o->driven) {
        return;
    }
    o->driven = on;
    o->since = now;
    player->set(player->user, i, on);
}

static void begin_step(struct output *o, struct tr_mono from)
{
    int32_t k = o->step % o->pattern->n;
    o->step_on = k % 2 == 0;
    if (o->step_on) {
        o->cut = false;
    }
    o->step_at = tr_mono_add(from, o->pattern->ms[k] * TR_NS_PER_MS);
}

static void play(struct output *o, enum tr_sound sound, int32_t bursts, struct tr_mono now)
{
    o->pattern = &patterns[sound];
    o->playing = o->pattern->n > 0;
    if (o->playing) {
        bursts = bursts < 1 ? 1 : bursts > BURSTS_MAX ? BURSTS_MAX : bursts;
        o->step = 0;
        o->steps = bursts * o->pattern->n - 1;
        begin_step(o, now);
    }
}

static void advance(struct output *o, struct tr_mono now)
{
    while (o->playing && !tr_mono_before(now, o->step_at)) {
        o->step++;
        if (o->pattern == NULL || o->step == o->steps) {
            o->playing = false;
        } else {
            begin_step(o, o->step_at);
        }
    }
}

void tr_player_effect(struct tr_player *player, const struct tr_effect *effect, struct tr_mono now)
{
    int i;
    if (effect->kind == TR_EFFECT_LAMP) {
        i = effect->u.lamp.output;
        if (i < 0 || i >= player->n) {
            return;
        }
        player->out[i].lamp = effect->u.lamp.on;
    } else if (effect->kind == TR_EFFECT_SOUND) {
        i = effect->u.sound.output;
        if (i < 0 || i >= player->n || (unsigned)effect->u.sound.sound >= TR_SOUND_COUNT) {
            return;
        }
        play(&player->out[i], effect->u.sound.sound, effect->u.sound.bursts, now);
    } else {
        return;
    }
    drive(player, i, now);
}

void tr_player_tick(struct tr_player *player, struct tr_mono now)
{
    for (int i = 0; i < player->n; i++) {
        advance(&player->out[i], now);
        drive(player, i, now);
    }
}

struct tr_mono tr_player_deadline(const struct tr_player *player)
{
    struct tr_mono at = TR_MONO_NEVER;
    for (int i = 0; i < player->n; i++) {
        const struct output *o = &player->out[i];
        if (o->playing) {
            at = tr_mono_min(at, o->step_at);
        }
        if (limited(o)) {
            at = tr_mono_min(at, tr_mono_add(o->since, o->max_on_ns));
        }
    }
    return at;
}

void tr_player_silence(struct tr_player *player)
{
    for (int i = 0; i < player->n; i++) {
        player->out[i].lamp = false;
        player->out[i].playing = false;
        drive(player, i, player->out[i].since);
    }
}

void tr_player_test(struct tr_player *player, int output, int32_t ms, struct tr_mono now)
{
    if (output < 0 || output >= player->n) {
        return;
    }
    struct output *o = &player->out[output];
    o->pattern = NULL;
    o->playing = ms > 0;
    o->step_on = true;
    o->cut = false;
    o->step_at = tr_mono_add(now, ms * TR_NS_PER_MS);
    drive(player, output, now);
}

void tr_player_free(struct tr_player *player)
{
    if (player == NULL) {
        return;
    }
    tr_player_silence(player);
    free(player);
}
