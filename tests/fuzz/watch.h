/** @file watch.h What must hold of everything a core ever says, whatever it was
 *  told. A breach says where and aborts. */
#ifndef FUZZ_WATCH_H
#define FUZZ_WATCH_H

#include <stdio.h>
#include <stdlib.h>

#include "thirdring/core.h"

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum { WATCH_WAITS_MAX = 1 << 17 };

/* One wait's life as the core told it. */
struct watch_wait {
    uint64_t open_seq;
    int64_t opened, wait_ns;
    int16_t station;
    int8_t news; /* how it ended, an enum tr_news; -1: it has not */
    bool recorded;
};

/* What the shell may have been told about a station, and repeats to the world. */
struct watch_station {
    struct tr_station_state state;
    uint64_t arrivals, ended[TR_OUTCOME_COUNT];
    uint64_t recorded;
    bool told; /* STATE came since the last look */
};

/** The observer of one core. */
struct watch {
    const struct tr_plan *plan; /* in force */
    uint64_t record_seq, store_seq;
    int64_t told_at;          /* of the newest effect that carries the present */
    struct watch_wait *waits; /* by open_seq, which only grows */
    size_t waits_n;
    struct watch_station stations[TR_STATIONS_MAX];
    enum tr_health health[TR_SENSORS_MAX];
    bool health_told[TR_SENSORS_MAX];
    bool lamp[TR_OUTPUTS_MAX];
};

/** Begin with a fresh core. */
void watch_begin(struct watch *w, struct tr_core *core, const struct tr_plan *plan);

/** One effect, in the order of their coming. */
void watch_effect(struct watch *w, const struct tr_core *core, const struct tr_effect *e);

/** After a step was done: what can be asked agrees with what was told. */
void watch_step(struct watch *w, const struct tr_core *core);

/** All that can be asked, also of a later moment. */
void watch_ask(struct watch *w, struct tr_core *core);

/** The plan's change is under way: indices are of @p plan from here on. */
void watch_replan(struct watch *w, const struct tr_plan *plan);

/** After FINISH: every wait came to its end and into its record. */
void watch_finished(struct watch *w, struct tr_core *core);

/** @return the sum of n counters. */
uint64_t watch_sum(const uint64_t *counts, int n);
/** @return whether it is a percentage, or NaN. */
bool watch_is_share(double pct);

/** Both made the same effect, whatever lies between their fields. */
bool watch_same_effect(const struct tr_effect *a, const struct tr_effect *b);
bool watch_is_record(const struct tr_effect *e);

#endif
