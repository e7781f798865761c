/**
 * @file event.h
 * Everything the core ever learns, each thing with its time.
 *
 * Raw events (EDGE, LEVEL, TICK) pass through the conditioning and are not
 * stored. Logical events are stored in step order (TR_EFFECT_STORE) and are
 * what a journal replays: feeding the stored ones to a core in the same state
 * gives the same effects, record for record.
 */
#ifndef THIRDRING_EVENT_H
#define THIRDRING_EVENT_H

#include "thirdring/time.h"

enum tr_event_kind {
    /* raw */
    TR_EVENT_TICK,  /**< time has come to @c at */
    TR_EVENT_EDGE,  /**< a kernel edge: sensor, level; at = the kernel's timestamp */
    TR_EVENT_LEVEL, /**< a level as read (at start, after a gap): sensor, level */
    /* logical */
    TR_EVENT_INPUT,    /**< conditioned: sensor, level, edge_at; at = the decision */
    TR_EVENT_HEALTH,   /**< the line's own state: sensor, value = TR_HEALTH_STORM, or TR_HEALTH_OK
                            when it is over, then with the level it reads; at = the decision */
    TR_EVENT_GAP,      /**< edges lost: sensor, value = how many (0: unknown) */
    TR_EVENT_COMMAND,  /**< command */
    TR_EVENT_CALENDAR, /**< moment, value */
    TR_EVENT_CLOCK,    /**< wall_offset_ms, value = 1 synced, 0 free */
    TR_EVENT_RESTART,  /**< value = ns nobody watched; -1: unknown length, edge_at = last seen;
                            open_ns */
    TR_EVENT_PLAN,     /**< the plan changes at this point (see tr_core_replan()) */
    TR_EVENT_FINISH,   /**< a trace ends: what is still open ends as it stands */
    TR_EVENT_KIND_COUNT
};

/** Calendar moments, cut by UTC instants by the shell (RULES 21). */
enum tr_moment {
    TR_MOMENT_DAY,     /**< the business day begins; value = its local date yyyymmdd; edge_at, where
                            it began while nobody watched: at less its opening time gone by unseen,
                            else 0 */
    TR_MOMENT_OPEN,    /**< opening time */
    TR_MOMENT_CLOSE,   /**< closing time */
    TR_MOMENT_DAYPART, /**< value = index of the daypart that begins, TR_NONE for none */
    TR_MOMENT_QUIET,   /**< value = 1 quiet hours begin, 0 they end */
    TR_MOMENT_COUNT
};

enum {
    TR_WAITS_MAX = 128 /**< open waits of a station; one more and the oldest ends as unknown */
};

enum tr_command_kind {
    TR_COMMAND_ACK,         /**< station: silence its alert until it grows worse; without one,
                                 sensor: its fault is seen; without either, the absence is */
    TR_COMMAND_MUTE,        /**< station or TR_NONE (all); value = seconds, 0 ends it */
    TR_COMMAND_VOID,        /**< station: as the staff's void key */
    TR_COMMAND_SET_COUNT,   /**< station; value = people waiting now, up to TR_WAITS_MAX */
    TR_COMMAND_TEST_OUTPUT, /**< output; value = ms: the shell's business, stored for the record */
    TR_COMMAND_WALKTEST,    /**< value = seconds: inputs are shown, not counted */
    TR_COMMAND_REFRESH,     /**< publish every state again: the shell's business */
    TR_COMMAND_COUNT
};

extern const char *const tr_command_name[TR_COMMAND_COUNT];
extern const char *const tr_moment_name[TR_MOMENT_COUNT];
extern const char *const tr_event_kind_name[TR_EVENT_KIND_COUNT];

struct tr_command {
    enum tr_command_kind kind;
    int16_t station;
    int16_t output;
    int32_t value;
    int16_t sensor; /**< ACK only */
};

struct tr_event {
    enum tr_event_kind kind;
    struct tr_mono at; /**< never before the previous event's; else it is clamped and told */
    int16_t sensor;
    bool level;
    struct tr_mono edge_at; /**< INPUT: the first edge of the level that now counts */
    int64_t value;
    union {
        struct tr_command command;
        enum tr_moment moment;
        int64_t wall_offset_ms; /**< CLOCK: wall = at / 1e6 + offset */
        int64_t open_ns; /**< RESTART: opening time within the absence; -1: as the core believes */
    } u;
};

#endif
