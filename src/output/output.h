/**
 * @file output.h
 * Plays the floor's signals: short buzzer patterns and lamps. Patterns are
 * data. No timers of its own: it says when it wants to be called. Does not
 * know GPIO: it drives outputs through a function.
 */
#ifndef TR_OUTPUT_OUTPUT_H
#define TR_OUTPUT_OUTPUT_H

#include "thirdring/effect.h"
#include "thirdring/plan.h"

struct tr_player;

/** Drive one output; called only when its level changes. */
typedef void (*tr_player_set)(void *user, int output, bool on);

/** @param plan Borrowed until freed. @return NULL: out of memory. */
struct tr_player *tr_player_new(const struct tr_plan *plan, tr_player_set set, void *user);

/** Obey a LAMP or SOUND effect; others are ignored. A new sound replaces the
 *  one that plays. No output stays on longer than its max_on_ns in one go
 *  when it is a buzzer. @p now is any monotonic time, the same as in tick. */
void tr_player_effect(struct tr_player *player, const struct tr_effect *effect, struct tr_mono now);

/** Advance the patterns to @p now. */
void tr_player_tick(struct tr_player *player, struct tr_mono now);

/** @return when tr_player_tick() is next needed; TR_MONO_NEVER. */
struct tr_mono tr_player_deadline(const struct tr_player *player);

/** Everything off, at once (start, stop, crash recovery). */
void tr_player_silence(struct tr_player *player);

/** Drive a single output for @p ms (the test_output command). */
void tr_player_test(struct tr_player *player, int output, int32_t ms, struct tr_mono now);

/** Silences, then frees. NULL is a no-op. */
void tr_player_free(struct tr_player *player);

#endif
