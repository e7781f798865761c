/**
 * @file replay.h
 * A trace through the core, with its calendar and its deadlines: what the
 * daemon does with kernel edges, without the kernel.
 */
#ifndef TR_CLI_REPLAY_H
#define TR_CLI_REPLAY_H

#include "codec/trace.h"
#include "thirdring/core.h"

/** Called with each call's effects, in order. @return 0 to go on, or an errno
 *  negative, which ends the run. */
typedef int (*tr_replay_sink)(void *user, struct tr_core *core, const struct tr_effects *effects);
/** Called before the store time moves on to @p at (pacing). */
typedef void (*tr_replay_pace)(void *user, struct tr_mono at);

struct tr_replay {
    const struct tr_plan *plan;
    struct tr_core *core;
    struct tr_trace *trace;
    tr_replay_sink sink;
    tr_replay_pace pace; /**< may be NULL */
    void *user;
};

/**
 * Run the whole trace, then fire deadlines until nothing is open.
 * @param reterr TR_TRACE_ERROR_MAX bytes, on -EINVAL.
 * @return edges folded in; -EINVAL; or what the sink returned.
 */
int64_t tr_replay_run(const struct tr_replay *replay, char *reterr);

/** What the floor hears and sees of an effect, as an object of type "sound", "lamp" or
 *  "held_back". @return its length, 0: nothing; -ENOBUFS. */
int tr_floor_json(const struct tr_plan *plan, const struct tr_core *core,
                  const struct tr_effect *effect, char *buf, size_t cap);

#endif
