/**
 * @file core_state.h
 * Everything the core remembers, in one struct: struct tr_core. What is saved
 * in a snapshot is written there as it stands here (snapshot.c), so a change of
 * these structs is a new TR_CORE_SNAPSHOT_VERSION.
 */
#ifndef TR_CORE_STATE_H
#define TR_CORE_STATE_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "thirdring/core.h"

#define NS_NEVER    INT64_MAX
#define NS_HORIZON  (INT64_C(1) << 61) /* 73 years: every time is within +- this */
#define NS_LONG_AGO (-2 * NS_HORIZON)

enum {
    ENDED_MAX = 8192, /* closed waits a station remembers for windows and quantiles */
    INSIDE_MAX = 64,  /* greeted parties remembered inside */
    PAUSES_MAX = 8,   /* of a call's ringing, to learn the cadence from */
    HEADS_MAX = 8,
    CALLED_MAX = 16, /* on their way from the serve beam to a position */
    ROUTES_MAX = 1024,
    SOUNDS_MAX = 1000, /* remembered for the hourly ceiling: as many as it can be set to */
    TIMER_STATION = 0,
    TIMER_HEALTH = TIMER_STATION + TR_STATIONS_MAX, /* follows from logical events alone */
    TIMER_SENSOR = TIMER_HEALTH + TR_SENSORS_MAX,   /* the conditioning's own */
    TIMER_FAULTS = TIMER_SENSOR + TR_SENSORS_MAX,   /* alerts of sensors that end */
    TIMERS_MAX = TIMER_FAULTS + 1
};

/* The worst event ends everything everywhere: record and news of each. */
static_assert(TR_EFFECTS_RESERVE >=
                  TR_STATIONS_MAX * (2 * (TR_WAITS_MAX + TR_POSITIONS_MAX + CALLED_MAX) + 24) +
                      3 * TR_SENSORS_MAX + 64,
              "one event must fit the effect list");

static inline int64_t tr_min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}
static inline int64_t tr_max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* --- what a sensor means to a station ------------------------------------ */

enum role {
    ROLE_GATE_OUTER,
    ROLE_GATE_INNER,
    ROLE_ARRIVE,
    ROLE_INSIDE,
    ROLE_ANSWER,
    ROLE_VOID,
    ROLE_LEAVE,
    ROLE_POSITION,
    ROLE_NEXT,
    ROLE_PLACE,
    ROLE_SERVE,
    ROLE_STAFFED,
    ROLE_JOIN_POSITION,
    ROLE_CALL,
    ROLE_RING,
    ROLE_HOOK,
    ROLE_VOTE
};

/* Sorted by sensor; derived from the plan, never saved. */
struct route {
    int16_t sensor;
    int16_t owner; /* a gate for ROLE_GATE_*, else a station */
    uint8_t role;
    int16_t index; /* of the position, place, line or button */
};

/* A conditioned input on its way to gates and stations. */
struct input {
    int16_t sensor;
    bool level;
    bool found;  /* read as a level, not seen as an edge: its time is a bound */
    int64_t at;  /* the first edge's time */
    int64_t now; /* the decision's */
};

/* --- state ------------------------------------------------------------------ */

enum { STORM_PARTS = 10 }; /* of the second in which edges are counted */

struct sensor {
    bool level;     /* conditioned */
    uint8_t health; /* the worst of what follows, as told */
    bool storming, stuck_on, stuck_off, silent;
    int64_t on_at;      /* active since: the edge; NS_NEVER: inactive */
    int64_t quiet_from; /* no change since, opening hours only; NS_NEVER: closed */
    int64_t suspect_at; /* stuck_off was set or taken back then, and is to be told; NS_NEVER */
    int64_t heal_at;    /* lost edges are forgiven then; NS_NEVER: none */
    uint64_t lost;
    /* raw: not in the journal */
    bool raw, found;
    int64_t first_edge; /* of the change under way; in a storm the newest */
    int64_t settle_from;
    int64_t decide_at;           /* NS_NEVER: nothing pending */
    int64_t calm_at;             /* the storm is over then; NS_NEVER */
    int64_t part;                /* of the newest edge: its tenth of a second */
    uint32_t edges_n;            /* in the second that ends with it */
    uint32_t edges[STORM_PARTS]; /* by tenth */
};

enum gate_phase {
    GATE_CLEAR,
    GATE_NEAR, /* the beam that was broken first, alone */
    GATE_BOTH,
    GATE_FAR,
    GATE_LOST /* not a walk: nothing counts until the gate is clear */
};

struct gate {
    uint8_t phase;
    bool inward; /* the near beam is the outer one */
    bool found;
    bool deep;       /* this walk has broken both */
    bool behind;     /* both broken again after the far one alone: a step back, or a follower */
    bool last_outer; /* the newest change was the outer beam's */
    bool crossed;    /* and completed a crossing */
    bool alone_outer;
    uint8_t alone; /* walks in a row that broke this one beam only */
    int64_t phase_at;
    int64_t spent_ns;    /* transit time used up, doorway standing not counted */
    int64_t followed_at; /* the one in front was through then, unless it stepped back; NS_NEVER */
};

/* An open wait, or one being served. */
struct wait {
    uint64_t open_seq;
    int64_t opened;
    int64_t opened_wall_ms;
    int64_t last_joined; /* of its party */
    int64_t threshold_ns;
    int32_t rings_limit; /* 0: the target is in seconds */
    int32_t party;       /* who came in together */
    int32_t here;        /* who of them is still here */
    int32_t rings;       /* phone: bursts heard */
    int16_t daypart;
    int16_t slot; /* phone: line */
    bool synced, accurate, order_seen, voided, priority;
    bool found;      /* began before anyone watched: its length is a lower bound */
    bool urged;      /* it was critical once: its first sound of that is not owed any more */
    uint8_t apart;   /* enum apart: does not count as waiting just now */
    int64_t away_at; /* went out through the gate; NS_NEVER */
};

enum apart {
    APART_NOT,
    APART_MET,  /* somebody seems to serve it: certain a moment later */
    APART_AWAY, /* went out, may come back (RULES 10) */
};

/* A closed wait as the statistics remember it. */
struct ended {
    uint64_t open_seq;
    int64_t closed;
    int64_t noted; /* when it was counted: never decreasing, never before closed */
    int64_t left;  /* end of the service; NS_NEVER while it runs */
    int64_t wait_ns;
    uint8_t outcome, verdict;
    int8_t daypart;
    bool found, judged; /* judged: there was a target to keep */
};

/* What closed waits come to. */
struct tally {
    int32_t counted, kept;
    int32_t answered; /* those whose length is known */
    int32_t unsure;   /* had a target to keep, and nobody can say whether it was kept */
    struct {
        int32_t counted, kept;
    } daypart[TR_DAYPARTS_MAX];
};

struct alert {
    uint8_t shown, state;
    int64_t since, raised_at;
    int64_t below_since; /* NS_NEVER: not below */
    int64_t sound_at;    /* next repeat; NS_NEVER */
    int64_t since_wall_ms;
    int64_t told_at, told_wall_ms; /* of the newest record */
    uint64_t open_seq, seq;
    int32_t repeats_left;
    bool interrupted;  /* its sound was stopped provisionally */
    bool cut;          /* in the middle of it, or before it was needed */
    int64_t resume_at; /* else: when the next one would have been */
    bool unneeded;     /* its sound waits until the hour's promise fails (RULES 22) */
    bool acked;        /* somebody has seen it, while it stood or afterwards */
    bool ever, synced;
};

/* Closed waits of the last so many minutes: the newest n of "ended". */
enum window { WINDOW_HOUR, WINDOW_SHORT, WINDOW_LONG, WINDOW_COUNT };
struct recent {
    uint32_t n;
    int32_t counted, missed;
};

struct greeting {
    int64_t early_at;    /* a greeting pressed before anyone came */
    int64_t together_at; /* staff and customer together since; NS_NEVER */
    int64_t void_at;     /* void pressed, waiting for its crossing */
    uint64_t void_seq;   /* the wait it may have been meant for, too late; 0: none */
    int64_t cross_at;    /* newest crossing no key was pressed for; NS_LONG_AGO */
    bool cross_out;      /* it was an exit */
    bool cross_took;     /* of a greeted one, out, or in to join a greeted party */
    uint64_t cross_seq;  /* the wait that it opened, joined or took somebody from; 0: none */
    int64_t last_activation, inside_active_at;
    int64_t party_last_before;       /* the newest joined it; NS_LONG_AGO: did not */
    int64_t party_last, party_first; /* of the newest party, also once greeted */
    uint64_t last_in_seq;
    struct {
        int64_t until;
        int32_t people;
    } inside[INSIDE_MAX];
    int32_t inside_n;
};

enum position_phase { POSITION_FREE, POSITION_COMING, POSITION_SERVING, POSITION_GAP };

/* Those who came close together are one customer, also when the first of them is
 * served already. */
struct party {
    uint64_t seq; /* the wait that it opened; 0: none */
    int64_t first, last;
};

struct position {
    uint8_t phase;
    bool has_wait, found;
    bool staffed; /* somebody works here, as its sensor says */
    bool ready;   /* tickets: "next" was pressed when nobody waited, at next_at */
    bool keyed;   /* "next" was pressed for the service here */
    bool awaited; /* and its customer has not been seen to come yet, but was called at next_at */
    uint8_t by;
    int64_t on_at, off_at;
    int64_t answered_at; /* the wait's end: on_at, or the serve beam's edge */
    int64_t pressed_at;  /* the newest press of "next"; 0: none */
    int64_t next_at;     /* when "next" was pressed; tickets: when called_seq was called */
    uint64_t called_seq; /* tickets: who was called and has not come yet; 0: nobody */
    struct party joined; /* its own line's newest */
    int64_t idle_since;  /* free though somebody seems to stand in its own line; 0: not so */
    struct wait served;
};

/* One place along the line. */
struct place {
    bool on;       /* the sensor's level */
    bool stands;   /* somebody stands there: on for dwell_ns, and not off for as long */
    bool found;    /* who came there was found, not seen to come */
    bool again;    /* left and taken in less than dwell_ns: by the same one, or by another */
    int64_t since; /* the edge of "on" or of its end */
    int64_t on_at; /* the edge of the newest "on" */
    int64_t came;  /* the edge at which who stands there came */
};

/* Somebody went from the head of the line. */
struct departure {
    int64_t at, came;
    int16_t place;
    bool passed; /* without having stood there: came, and went on */
};

/* The row of places as the line's length (RULES 11). */
struct row {
    int16_t chain; /* occupied places, from the head */
    int16_t owed;  /* went to a position, and nobody's place was seen to come free yet */
    int16_t freed; /* places that came free, and nobody was seen to be served yet: oldest first */
    bool full;     /* every place is taken: there may be more */
    bool was_full; /* when the first of the owed went */
    bool freed_head[TR_PLACES_MAX]; /* the head had moved up before */
    bool freed_up[TR_PLACES_MAX];   /* who stood there had moved up: somebody before him went */
    int64_t freed_at[TR_PLACES_MAX];
    int64_t owed_at;
    int16_t heads_n;
    struct departure heads[HEADS_MAX]; /* not yet accounted for, oldest first */
    struct place places[TR_PLACES_MAX];
};

struct queue {
    int64_t left_at;       /* someone left while all who wait stood at a position; NS_NEVER */
    int64_t empty_since;   /* nobody is seen while somebody seems to wait; NS_NEVER */
    int64_t over_since;    /* more stand in the row than wait; NS_NEVER */
    int64_t accounted;     /* staffed time, up to here */
    int32_t missed_in_row; /* services without a join, one after the other */
    int16_t called_n;
    struct wait called[CALLED_MAX]; /* through the serve beam, on the way to a position */
    int64_t called_at[CALLED_MAX];
    struct party joined; /* the line's newest */
    struct row row;
    struct position positions[TR_POSITIONS_MAX];
};

struct call {
    int64_t pressed_at; /* last press that counted */
    int64_t answer_at;  /* answer button held since; NS_NEVER */
    int64_t again_at;   /* the next call, pressed while that was held; NS_NEVER */
};

enum line_phase { LINE_IDLE, LINE_RINGING, LINE_TALKING };

struct phone_line {
    uint8_t phase;
    bool has_wait, ringing;
    uint8_t by;
    int64_t burst_end, silent_at;
    int64_t ring_at;              /* the newest ring began */
    int64_t gap_ns;               /* learned: the cadence's long pause; 0: not yet */
    int64_t maybe_ns;             /* seen in one call, not confirmed by another yet */
    int64_t pause_ns[PAUSES_MAX]; /* the first pauses of this call */
    int32_t pauses_n;
    int64_t answered_at;
    struct wait served;
};

struct phone {
    struct phone_line lines[TR_LINES_MAX];
};

struct feedback {
    int64_t first_at, last_at;
    uint64_t first_seq;
    int32_t presses;
    int16_t button;
    /* a staff panel's sums, by weeks that begin on Mondays (RULES 20) */
    int32_t week; /* weeks since 1969-12-29; 0: no date was ever told */
    int32_t week_votes, last_votes;
    int64_t week_score, last_score;
};

struct station {
    /* statistics */
    struct tr_station_metrics total; /* only its cumulative part is kept */
    int32_t streak;
    uint32_t ended_head;  /* next to write */
    uint32_t ended_count; /* valid, at most ENDED_MAX */
    int64_t day_arrivals, day_void;
    int64_t day_votes, day_score; /* of customers, and their scores together */
    struct tally day_beyond;      /* of today, older than "ended" reaches */
    int64_t muted_until;
    /* how much of the opening time was seen (RULES 2) */
    uint8_t measuring;
    int64_t sight_at; /* accounted up to here */
    int64_t open_ns, full_ns, day_open_ns, day_full_ns;
    int64_t staffed_ns, busy_ns, idle_ns;
    struct alert alerts[TR_RULE_COUNT]; /* those of a station */
    struct recent recent[WINDOW_COUNT];
    int32_t overdue;      /* waits past their target, as of the newest update */
    bool rejudge;         /* a wait settled: does the service level burn? */
    bool burning;         /* as judged last */
    int64_t rejudge_at;   /* NS_NEVER */
    int64_t tell_held_at; /* what was held back is told then; NS_NEVER: nothing was */
    int32_t held_back;
    int16_t waits_n;
    union {
        struct greeting greeting;
        struct queue queue;
        struct call call;
        struct phone phone;
        struct feedback feedback;
    } u;
    struct wait waits[TR_WAITS_MAX]; /* oldest first */
    struct ended ended[ENDED_MAX];
};

struct tr_core {
    /* not saved: borrowed or derived */
    const struct tr_plan *plan;
    struct tr_effects *out;
    struct route routes[ROUTES_MAX];
    int16_t routes_n;
    int16_t route_of[TR_SENSORS_MAX + 1]; /* first route of each sensor */
    int64_t next_at;
    bool next_stale;
    uint32_t stale; /* stations whose state is to be told */
    bool lamps_stale;
    double scratch[ENDED_MAX];
    /* saved */
    int64_t now;
    uint64_t event_seq, open_seq, record_seq;
    int64_t wall_offset_ms;
    bool synced, open, quiet;
    bool begun;        /* the first logical event has come */
    int64_t unseen_ns; /* opening time in the newest absence, until a day begins */
    int16_t daypart;
    bool open_before;       /* until open_at */
    int16_t daypart_before; /* until daypart_at */
    int64_t open_at, daypart_at;
    int32_t day;
    int64_t day_began, closed_at;
    int64_t sounds[SOUNDS_MAX];
    int32_t sounds_head;
    int16_t sounding; /* station of the newest sound; TR_NONE */
    bool lamp[TR_OUTPUTS_MAX];
    struct alert offline;
    int64_t timers[TIMERS_MAX];
    struct sensor sensors[TR_SENSORS_MAX];
    struct gate gates[TR_GATES_MAX];
    struct alert faults[TR_SENSORS_MAX]; /* of each sensor */
    struct station stations[TR_STATIONS_MAX];
};

#endif
