/**
 * @file sim.h
 * An invented day in the shop of a plan: people, then sensors, then a trace.
 *
 * A small discrete-event simulation without I/O. Models of doors, lines,
 * telephones, call buttons and panels move people about and say which sensor
 * is covered from when to when; what each customer lives through is written
 * down as the truth. Only then do the sensors come in with their faults, so
 * that the same seed gives the same people whatever the sensors do to them.
 *
 * All times are whole microseconds since the trace's start and all chance is
 * integer arithmetic from one seed: the same day on every machine.
 */
#ifndef TR_CLI_SIM_H
#define TR_CLI_SIM_H

#include <stddef.h>

#include "thirdring/effect.h"
#include "thirdring/plan.h"

#define SIM_MS    INT64_C(1000)
#define SIM_S     INT64_C(1000000)
#define SIM_MIN   (60 * SIM_S)
#define SIM_HOUR  (60 * SIM_MIN)
#define SIM_NEVER INT64_MAX
#define SIM_SURE  INT64_C(1000000) /**< a chance of one, in millionths */

enum { SIM_FAULTS_MAX = 32, SIM_SPANS_MAX = 8, SIM_SIZE_MAX = 8 };

/* --- what is asked for ------------------------------------------------------ */

enum tr_sim_fault_kind {
    TR_SIM_STUCK,     /**< reads active */
    TR_SIM_CUT,       /**< reads as its wiring does with nothing on it */
    TR_SIM_STORM,     /**< mains hum: a thousand edges a second */
    TR_SIM_POWER_CUT, /**< nobody watches */
    TR_SIM_FAULT_COUNT
};

struct tr_sim_fault {
    enum tr_sim_fault_kind kind;
    int16_t sensor;  /**< TR_NONE for POWER_CUT */
    int64_t clock_s; /**< local time of day, in seconds after midnight */
    int64_t for_us;  /**< SIM_NEVER: to the day's end */
};

/** What is usual at one station. */
struct tr_sim_habits {
    int64_t rate_mh;     /**< thousandths of arrivals an hour, the day's mean */
    int64_t patience_us; /**< mean; 0: for ever */
    int64_t answer_us;   /**< median, until someone greets, helps, picks up */
    int64_t service_us;  /**< median of a service or a telephone call */
    int64_t groups;      /**< share of those who do not come alone */
};

/** Shares and chances are in millionths, times in microseconds. */
struct tr_sim_options {
    uint64_t seed;
    int32_t year, month, day;
    struct tr_sim_habits habits[TR_STATIONS_MAX];
    int64_t spread; /**< of the natural logarithm of services and answers */
    int64_t merged; /**< of the groups: abreast, one body to a beam */
    int32_t group_max;
    int64_t jump, change, fidget, early, turn_back, linger, forget, unanswered, repeat, votes;
    int32_t tills;                   /**< 0: every position */
    int64_t staff_mh, deliveries_mh; /**< passages of a door, thousandths an hour */
    int64_t passers_mh; /**< who stop at a free position of a line, thousandths an hour */
    int64_t spacing_us; /**< strangers keep so far apart */
    int64_t ring_on_us, ring_off_us; /**< the exchange's cadence */
    int64_t bounce_us;
    int64_t miss[TR_SENSOR_TYPE_COUNT];
    int64_t ghosts_mh; /**< false pulses of each sensor, thousandths an hour */
    struct tr_sim_fault faults[SIM_FAULTS_MAX];
    int32_t faults_n;
};

/** The defaults: an ordinary day with ordinary people and perfect sensors. */
void tr_sim_defaults(struct tr_sim_options *opt, const struct tr_plan *plan);

/* --- what comes of it -------------------------------------------------------- */

struct tr_sim_edge {
    int64_t at_us;
    uint32_t order;
    int16_t sensor; /**< TR_NONE: the power is cut */
    bool level;
    int64_t down_us; /**< power cut: how long */
};

enum tr_sim_truth_kind { TR_TRUTH_CUSTOMER, TR_TRUTH_STAFF, TR_TRUTH_DELIVERY, TR_TRUTH_VOTE };

/** What somebody lived through. */
struct tr_sim_truth {
    enum tr_sim_truth_kind kind;
    int16_t station;
    int32_t party;      /**< people in it */
    int64_t arrived_us; /**< of a vote: the press */
    int64_t wait_us;    /**< -1: it has not ended */
    int64_t service_us; /**< -1: none, or not finished */
    int64_t left_us;    /**< when someone nobody found had really left; -1 */
    int32_t rings;      /**< of a telephone: bursts heard */
    enum tr_outcome outcome;
    bool in, keyed;   /**< staff: the direction; the void key was pressed */
    bool own_wait;    /**< staff: the sensors' rules make it a wait of its own */
    bool ended;       /**< the outcome stands */
    int16_t button;   /**< vote */
    int64_t customer; /**< vote: whose; index of the truth, -1 nobody's */
};

struct tr_sim_day {
    int64_t start_ms;                 /**< Unix */
    int64_t fault_us[SIM_FAULTS_MAX]; /**< when each of the options' faults begins */
    int64_t end_us;
    struct tr_sim_edge *edges;
    size_t edges_n;
    struct tr_sim_truth *truths; /**< in order of creation */
    size_t truths_n;
};

enum { TR_SIM_CLOSED = -1000 };

/**
 * Live through the day. tr_calendar_zone() must have been called.
 * @param ret  On success; free with tr_sim_free().
 * @return 0; TR_SIM_CLOSED: the shop does not open on that date; -ENOMEM.
 */
int tr_sim_run(const struct tr_plan *plan, const struct tr_sim_options *opt,
               struct tr_sim_day *ret);
void tr_sim_free(struct tr_sim_day *day);

/* --- chance -------------------------------------------------------------------- */

/** PCG32 (O'Neill 2014), one stream for each that needs chance. */
struct tr_sim_rng {
    uint64_t state, inc;
};
void tr_sim_rng_init(struct tr_sim_rng *rng, uint64_t seed, uint64_t stream);
uint32_t tr_sim_next(struct tr_sim_rng *rng);
/** @return one of lo..hi, both included; at most 2^32 of them. */
int64_t tr_sim_between(struct tr_sim_rng *rng, int64_t lo, int64_t hi);
bool tr_sim_chance(struct tr_sim_rng *rng, int64_t millionths);
int64_t tr_sim_exponential(struct tr_sim_rng *rng, int64_t mean_us);
/** @param spread Standard deviation of the natural logarithm, in millionths. */
int64_t tr_sim_lognormal(struct tr_sim_rng *rng, int64_t median_us, int64_t spread);

/* --- the simulation's inside ------------------------------------------------------ */

struct tr_sim;
typedef void (*tr_sim_fn)(struct tr_sim *sim, void *who);

struct tr_sim_event {
    int64_t at_us;
    uint64_t order;
    tr_sim_fn fn;
    void *who;
};

/** A sensor is covered from here to there. */
struct tr_sim_cover {
    int16_t sensor;
    int64_t from_us, to_us;
};

struct tr_sim_opening {
    int64_t from_us, to_us;
};

struct tr_sim {
    const struct tr_plan *plan;
    const struct tr_sim_options *opt;
    int64_t start_ms, start_clock_us; /**< local time of day at the start */
    struct tr_sim_opening open[SIM_SPANS_MAX];
    int32_t open_n;
    int64_t now_us;
    struct tr_sim_event *heap;
    size_t heap_n, heap_cap;
    uint64_t order;
    struct tr_sim_cover *covers;
    size_t covers_n, covers_cap;
    struct tr_sim_truth *truths;
    size_t truths_n, truths_cap;
    void *arena; /**< list of all blocks */
    void *station[TR_STATIONS_MAX];
    int64_t gate_free_us[TR_GATES_MAX], sensor_free_us[TR_SENSORS_MAX];
    int64_t curve_mean; /**< of the day curve over the opening hours */
    int error;
};

/** Zeroed memory for the day; NULL with sim->error set. */
void *tr_sim_new(struct tr_sim *sim, size_t size);
/** Have @p fn called at @p at_us, or now if that is past. */
void tr_sim_at(struct tr_sim *sim, int64_t at_us, tr_sim_fn fn, void *who);
/** A sensor (TR_NONE: none is there) is covered. */
void tr_sim_cover(struct tr_sim *sim, int sensor, int64_t from_us, int64_t to_us);
/** The next moment at so many an hour by the day's curve, opening hours only; SIM_NEVER. */
int64_t tr_sim_arrival(const struct tr_sim *sim, struct tr_sim_rng *rng, int64_t rate_mh);
/** @return 1 or a group's size. */
int32_t tr_sim_size(const struct tr_sim *sim, struct tr_sim_rng *rng, int station);
/** @return how long someone new at @p station has patience; SIM_NEVER: for ever. */
int64_t tr_sim_patience(const struct tr_sim *sim, struct tr_sim_rng *rng, int station);

/** Open a truth. @return its index; 0 is nobody. */
size_t tr_sim_truth(struct tr_sim *sim, enum tr_sim_truth_kind kind, int station, int64_t at_us,
                    int32_t party);
/** End a customer's wait; once only. */
void tr_sim_ends(struct tr_sim *sim, size_t truth, int64_t at_us, enum tr_outcome outcome);

/** A walk through a gate; whoever is alone may linger in it. @return when its far beam clears. */
int64_t tr_sim_walk(struct tr_sim *sim, int gate, struct tr_sim_rng *rng, bool in, bool alone,
                    int64_t at_us);
/** Somebody looks in and goes away again. @return when the door is clear. */
int64_t tr_sim_turn_back(struct tr_sim *sim, int gate, struct tr_sim_rng *rng, int64_t at_us);
/** When the gate (or the single sensor) lets the next stranger begin. */
int64_t tr_sim_source_free(struct tr_sim *sim, struct tr_source source, int64_t at_us);
void tr_sim_source_taken(struct tr_sim *sim, struct tr_source source, int64_t until_us);

void tr_sim_greeting(struct tr_sim *sim, int station);
void tr_sim_queue(struct tr_sim *sim, int station);
void tr_sim_call(struct tr_sim *sim, int station);
void tr_sim_phone(struct tr_sim *sim, int station);
void tr_sim_feedback(struct tr_sim *sim, int station);
/** A customer is done at @p station and may have an opinion. */
void tr_sim_leaves(struct tr_sim *sim, int station, size_t truth, int64_t at_us);

/** A local time of day, as time since the start. */
int64_t tr_sim_clock(const struct tr_sim *sim, int64_t clock_s);
/** What the sensors make of the day. @return 0 or -ENOMEM. */
int tr_sim_sense(struct tr_sim *sim, int64_t end_us, struct tr_sim_edge **ret_edges, size_t *ret_n);

#endif
