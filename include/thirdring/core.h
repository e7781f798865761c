/**
 * @file core.h
 * The service-time engine: one struct, one function over it.
 *
 * No I/O, no clock, no memory allocation, no log, no time zone. Everything it
 * knows came in an event with its time, so the same events always give the
 * same effects. One thread at a time.
 */
#ifndef THIRDRING_CORE_H
#define THIRDRING_CORE_H

#include "thirdring/effect.h"

struct tr_core; /* opaque */

/** Bumped whenever a snapshot of an older build could be misread. */
#define TR_CORE_SNAPSHOT_VERSION 3

/** @return bytes a struct tr_core needs, a few MB of which only the used
 *  pages are touched if they come zeroed from the kernel (calloc). */
size_t tr_core_size(void);

/**
 * Begin: nobody waits, every sensor inactive, closed unless the plan has no
 * hours.
 *
 * @param core  tr_core_size() zeroed bytes, aligned as malloc aligns.
 * @param plan  Borrowed as long as the core lives or until tr_core_replan().
 */
void tr_core_init(struct tr_core *core, const struct tr_plan *plan);

/**
 * Fold one event into the state. Total: any event is legal in any state; a
 * senseless one yields TR_EFFECT_REJECT, never an error or an assert. First
 * every deadline at or before ev->at fires, in order, each as of its own time.
 *
 * @param core  Mutated in place.
 * @param ev    Borrowed for the call.
 * @param out   Cleared, then filled in the order the shell must act.
 * @return 0: the event is done. 1: @p out is full; act on it, then call again
 *         with the same event.
 */
int tr_core_step(struct tr_core *core, const struct tr_event *ev, struct tr_effects *out);

/**
 * When the shell must next send TR_EVENT_TICK (early or late is safe).
 * @return a store time, or TR_MONO_NEVER. Changes only in tr_core_step(),
 *         tr_core_replan() and tr_core_load().
 */
struct tr_mono tr_core_deadline(const struct tr_core *core);

/** @return true while a wait, a service or a vote is open anywhere. */
bool tr_core_busy(const struct tr_core *core);

/** @return sequence of the newest logical event; 0 before the first. */
uint64_t tr_core_seq(const struct tr_core *core);

/** @return sequence of the newest wait, vote or alert record; 0 before the first. */
uint64_t tr_core_record_seq(const struct tr_core *core);

/** Number on from here: for a core begun anew beside a journal that is kept, or one whose
 *  journal was restored. Only right after tr_core_init(), or a RESTART that ended every wait; a vote
 *  that was being made is forgotten. */
void tr_core_continue(struct tr_core *core, uint64_t seq, uint64_t record_seq);

/** @return the time of the newest event; INT64_MIN before the first. */
struct tr_mono tr_core_now(const struct tr_core *core);

/** The wall label of a store time, by the clock map in force (CLOCK events). */
struct tr_wall tr_core_wall(const struct tr_core *core, struct tr_mono at);

/** How the core believes the calendar stands (CALENDAR events). */
struct tr_core_calendar {
    int32_t day; /**< yyyymmdd; 0: never told */
    bool open, quiet;
    int16_t daypart;
};
void tr_core_calendar(const struct tr_core *core, struct tr_core_calendar *ret);

/** What a station looks like at one moment: topic station/<id>/state. */
struct tr_station_state {
    int32_t waiting;        /**< open waits (a party is one), those provisionally served excluded */
    bool at_least;          /**< the row of places is full: there may be more */
    int32_t people;         /**< people in them */
    int32_t in_service;     /**< services running */
    int64_t oldest_wait_ns; /**< 0 when nobody waits */
    int32_t oldest_rings;   /**< 0 when nobody waits */
    enum tr_level level;    /**< as alarmed: with hysteresis */
    bool acked;
    bool open;                /**< in opening hours */
    int32_t streak;           /**< kept promises in a row */
    int64_t threshold_ns;     /**< in force for an arrival now; 0: no target */
    double service_level_pct; /**< over target.window_ns, live; NaN: nothing counted */
    double today_pct;         /**< since the business day began; NaN */
    int32_t today_arrivals;   /**< waits opened today */
    int32_t today_served;     /**< waits answered today */
    int32_t today_void;       /**< waits voided today: a key must not hide misses */
    enum tr_measuring measuring;
    double coverage_pct; /**< share of today's opening time measured in full; NaN: not open yet */
    int32_t staffed;     /**< positions where somebody works; -1: no sensor says */
};

/** Fill @p ret for @p station as of @p at (not before the newest event). */
void tr_core_station_state(const struct tr_core *core, int station, struct tr_mono at,
                           struct tr_station_state *ret);

enum {
    TR_BUCKETS = 16 /**< wait histogram: 15 upper bounds and +Inf */
};

/** Upper bounds of the first TR_BUCKETS - 1 buckets, in whole seconds. */
extern const int32_t tr_bucket_le_s[TR_BUCKETS - 1];

/** One position's share, shown only where the plan says per_position: one till is one
 *  person. Counters that only grow. */
struct tr_position_figures {
    uint64_t served; /**< services that ended, with or without a wait before them */
    int64_t service_ns;
    int64_t staffed_ns, busy_ns, idle_ns; /**< 0 without a "staffed" sensor */
};

/** Counters that only grow (since the unit's journal began) and figures of
 *  the window: topic station/<id>/metrics. */
struct tr_station_metrics {
    uint64_t arrivals, missed_joins;
    uint64_t drift;             /**< waits that ended as unknown because the place was empty */
    uint64_t answered_by_staff; /**< of the answered: closed by a key, not seen by a sensor */
    uint64_t gate_faults;       /**< jumps that no walk makes */
    uint64_t late_voids;        /**< staff keys that came too late: their waits count */
    uint64_t sounds, sounds_held_back;
    double open_s, full_s;            /**< opening time, and how much of it was measured in full */
    double staffed_s, busy_s, idle_s; /**< over positions with a "staffed" sensor; else 0 */
    bool has_staffed;
    struct tr_position_figures position[TR_POSITIONS_MAX];
    uint64_t outcome[TR_OUTCOME_COUNT];
    uint64_t kept, missed;
    uint64_t bucket[TR_BUCKETS]; /**< answered waits, cumulative (each includes the lower) */
    double wait_sum_s;           /**< of answered waits */
    uint64_t votes, votes_discarded;
    uint64_t votes_tied; /**< of the votes: exactly one wait fitted */
    int64_t vote_score_sum;
    /* over the target's window, or the last hour where there is no target */
    int64_t window_ns;
    int32_t window_counted, window_kept, window_answered, window_unsure;
    double service_level_pct;   /**< NaN: nothing counted */
    double low_pct, high_pct;   /**< bounds: the unsure ones all missed, all kept; NaN */
    double p50_s, p90_s, p95_s; /**< answered waits, nearest rank; NaN: none */
    /* since the business day began */
    int32_t day_counted, day_kept, day_answered, day_unsure, day_void;
    int32_t day_votes;     /**< customers' alone, as votes */
    double day_score_mean; /**< NaN: no vote yet */
    double day_low_pct, day_high_pct, day_coverage_pct;
    double day_pct, day_p50_s, day_p90_s, day_p95_s;
    int32_t day_dropped; /**< answered waits beyond what the day's memory holds: quantiles then
                              cover the newest ones only */
    /** Today by daypart of the arrival, as in the plan. */
    struct {
        int32_t counted, kept;
    } daypart[TR_DAYPARTS_MAX];
    /** A staff panel's last whole week; 0 votes below five (RULES 20). Its other vote figures
     *  are 0. */
    int32_t week_votes;
    double week_score_mean;
};

/** Fill @p ret for @p station as of @p at. Uses scratch inside @p core. */
void tr_core_metrics(struct tr_core *core, int station, struct tr_mono at,
                     struct tr_station_metrics *ret);

/** @return how much of a station its sensors see. */
enum tr_measuring tr_core_measuring(const struct tr_core *core, int station);

/** @return health of a sensor. */
enum tr_health tr_core_health(const struct tr_core *core, int sensor);

/** @return conditioned level of a sensor. */
bool tr_core_input(const struct tr_core *core, int sensor);

/** @return edges reported lost on a sensor (GAP events), cumulative. */
uint64_t tr_core_edges_lost(const struct tr_core *core, int sensor);

/** Current state of one alert, for the retained topic and for a fresh broker: @p index is a
 *  sensor for TR_RULE_SENSOR, 0 for TR_RULE_OFFLINE, else a station.
 *  @return false where it was never raised since the unit's journal began. */
bool tr_core_alert(const struct tr_core *core, enum tr_alert_rule rule, int index,
                   struct tr_alert_record *ret);

/** @return whether a lamp is lit. */
bool tr_core_lamp(const struct tr_core *core, int output);

/**
 * Swap the plan: carry the state of @p core over into @p next. Stations,
 * sensors and gates of the same id (and kind) keep their state, open waits
 * keep the target they opened under; what has no successor ends as unknown.
 * Effects name objects of the old plan up to and including the STORE of the
 * PLAN event, of the new one after it. All outputs are taken to be off.
 *
 * @param next  tr_core_size() zeroed bytes; used instead of @p core from then
 *              on. @p core and its plan may be freed when 0 was returned.
 * @param plan  Borrowed by @p next.
 * @return as tr_core_step(): call again with the same arguments after 1.
 */
int tr_core_replan(struct tr_core *next, struct tr_core *core, const struct tr_plan *plan,
                   struct tr_mono at, struct tr_effects *out);

/**
 * Forget half-seen changes of the sensors: what a journal goes on with are
 * decided inputs, and who watches anew reads every level. After tr_core_load(),
 * unless the very same edges follow.
 */
void tr_core_forget_edges(struct tr_core *core);

/** @return an upper bound of what tr_core_save() writes now, in bytes. */
size_t tr_core_save_size(const struct tr_core *core);

/**
 * Write a snapshot: versioned, without pointers, only what is in use.
 * @return bytes written, or -ENOBUFS.
 */
int64_t tr_core_save(const struct tr_core *core, void *buf, size_t cap);

/**
 * Read a snapshot back.
 * @param core  As for tr_core_init(); untouched on failure only if -EPROTO.
 * @param plan  The plan the snapshot was made under.
 * @return 0; -EPROTO: another build's layout; -EBADMSG: damaged, or made
 *         under a different plan (begin with tr_core_init() then).
 */
int tr_core_load(struct tr_core *core, const struct tr_plan *plan, const void *buf, size_t n);

#endif
