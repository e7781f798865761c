/** @file stage.h Three cores live through one history: the one that is watched,
 *  a twin loaded from its snapshot that must go on byte for byte alike, and one
 *  that hears only what was stored and must make the same records. */
#ifndef FUZZ_STAGE_H
#define FUZZ_STAGE_H

#include "watch.h"

struct stage {
    int plan; /* of two */
    struct tr_core *live, *twin, *replay;
    uint64_t first_seq;
    size_t records_n;  /* the live core's */
    size_t replayed_n; /* of them the replaying core made the same */
    struct watch watch;
};

/** Open the shop of these two bytes; its journal begins after @p first_seq. */
void stage_open(struct stage *r, uint8_t shop, uint8_t tune, uint64_t first_seq);

/** The plan in force. */
const struct tr_plan *stage_plan(const struct stage *r);

/** @return true when a history has become longer than what can be compared. */
bool stage_full(const struct stage *r);

/** One event for all; every rule is checked on the way. */
void stage_step(struct stage *r, const struct tr_event *ev);

/** Time has come to @p at; nothing that was due may be left. */
void stage_tick(struct stage *r, struct tr_mono at);

/** At most so many deadlines, while anything is open. */
void stage_drain(struct stage *r, int most);

/** From here on a core loaded from a snapshot lives beside the watched one. */
void stage_twin(struct stage *r);

/** A damaged snapshot is refused: cut at @p at, or its byte there changed. */
void stage_damage(struct stage *r, size_t at, uint8_t how);

/** The daemon is started again: half-seen edges are lost. */
void stage_restart(struct stage *r);

/** The replaying core goes on from a snapshot, as after a crash. */
void stage_recover(struct stage *r);

/** Another shop's plan comes into force. */
void stage_replan(struct stage *r, uint8_t shop, uint8_t tune, struct tr_mono at);

/** All ends as it stands; the accounts must balance. */
void stage_finish(struct stage *r);

#endif
