/**
 * @file effect.h
 * What the core wants done, in the order the shell must do it.
 *
 * Stations, sensors and outputs are indices into the plan in force when the
 * effect was made.
 */
#ifndef THIRDRING_EFFECT_H
#define THIRDRING_EFFECT_H

#include <stddef.h>

#include "thirdring/event.h"
#include "thirdring/plan.h"

enum tr_outcome {
    TR_OUTCOME_ANSWERED,
    TR_OUTCOME_ABANDONED,
    TR_OUTCOME_EXPIRED,
    TR_OUTCOME_VOID,
    TR_OUTCOME_UNKNOWN,
    TR_OUTCOME_COUNT
};

/** Who closed the wait; the three are never mixed in one statistic unsaid. */
enum tr_by { TR_BY_SENSOR, TR_BY_STAFF, TR_BY_RULE, TR_BY_COUNT };

/** Does a wait count for the service level, and how (DESIGN §2). */
enum tr_verdict { TR_VERDICT_NOT_COUNTED, TR_VERDICT_KEPT, TR_VERDICT_MISSED };

/** Why a wait ended other than by being answered. */
enum tr_reason {
    TR_REASON_NONE,
    TR_REASON_CLOSED,    /**< void: outside the hours */
    TR_REASON_STAFF_KEY, /**< void: staff said so */
    TR_REASON_LEFT,      /**< abandoned: seen to leave */
    TR_REASON_SILENCE,   /**< ringing stopped */
    TR_REASON_DIVERTED,  /**< unknown: ringing stopped where voicemail takes over */
    TR_REASON_GONE,      /**< abandoned: staff found nobody */
    TR_REASON_GIVE_UP,   /**< expired */
    TR_REASON_GAP,       /**< unknown: power cut, long stop, lost sight */
    TR_REASON_NO_EXIT,   /**< unknown: the sensors cannot see a leaving */
    TR_REASON_DRIFT,     /**< unknown: the place was seen empty */
    TR_REASON_FULL,      /**< unknown: more waits than the station can hold */
    TR_REASON_END,       /**< unknown: the trace or the plan ended */
    TR_REASON_BLIND,     /**< unknown: the sensors it depends on are faulty */
    TR_REASON_NO_SHOW,   /**< abandoned: nobody came when the ticket was called */
    TR_REASON_COUNT
};

enum tr_health {
    TR_HEALTH_OK,
    TR_HEALTH_STUCK_ON,
    TR_HEALTH_STUCK_OFF,
    TR_HEALTH_SILENT,
    TR_HEALTH_STORM,
    TR_HEALTH_LOST_EDGES,
    TR_HEALTH_COUNT
};

/** How much of a station its sensors see (RULES 2). */
enum tr_measuring {
    TR_MEASURING_FULL,
    TR_MEASURING_DEGRADED, /**< part of it, or with help of guesses */
    TR_MEASURING_BLIND,    /**< no wait can be told from no wait */
    TR_MEASURING_COUNT
};

enum tr_level { TR_LEVEL_OK, TR_LEVEL_AT_RISK, TR_LEVEL_LATE, TR_LEVEL_CRITICAL, TR_LEVEL_COUNT };

enum tr_alert_rule {
    TR_RULE_WAIT,    /**< someone waits too long */
    TR_RULE_LENGTH,  /**< line too long */
    TR_RULE_BURNING, /**< service level burning */
    TR_RULE_SENSOR,  /**< sensor fault */
    TR_RULE_OFFLINE, /**< nobody watched: raised and cleared at once when it is known */
    TR_RULE_COUNT
};

enum tr_alert_state { TR_ALERT_CLEARED, TR_ALERT_RAISED, TR_ALERT_ACKED, TR_ALERT_STATE_COUNT };

/** A closed wait, complete: journal and wire carry exactly this. */
struct tr_wait_record {
    uint64_t seq;      /**< gap-free over waits, votes and alert changes */
    uint64_t open_seq; /**< sequence of the opening event: id is <unit>-<open_seq> */
    int16_t station;
    enum tr_station_kind kind;
    int32_t party;
    struct tr_mono opened, closed; /**< closed = opened + wait_ns */
    struct tr_mono ended;          /**< end of the service, or closed where none was seen */
    struct tr_wall opened_wall, closed_wall;
    int64_t wait_ns;
    int32_t rings;        /**< rings heard */
    int64_t service_ns;   /**< -1: not known */
    int64_t threshold_ns; /**< of the target in force at opening; 0: no target */
    int16_t position;     /**< index of the queue's position or phone line; TR_NONE */
    enum tr_outcome outcome;
    enum tr_verdict verdict;
    enum tr_by by;
    enum tr_reason reason;
    bool accurate;
    bool found;      /**< began before anyone watched: wait_ns is a lower bound, in no quantile */
    bool order_seen; /**< order = "seen", else "assumed" */
    bool synced;     /**< the wall clock was synchronised at opening */
    int16_t daypart; /**< TR_NONE */
};

struct tr_vote_record {
    uint64_t seq;
    uint64_t press_seq; /**< id is <unit>-<press_seq> */
    int16_t station;
    int16_t button; /**< TR_NONE: a crowd or a child, discarded */
    int32_t score;
    int32_t presses;
    struct tr_mono at;
    struct tr_wall at_wall;
    uint64_t wait_seq;    /**< open_seq of the tied wait; 0: tied to none */
    int16_t wait_station; /**< TR_NONE */
    bool synced;
    int16_t daypart;
};

/** How many alerts of this rule there may be: one a sensor, one a station, or one. */
int tr_plan_alerts_n(const struct tr_plan *plan, enum tr_alert_rule rule);

/** @return whether a plan's alert of this rule can ever be raised: what has a retained state
 *  on the wire and an entity in Home Assistant. @p index is a sensor for TR_RULE_SENSOR, 0 for
 *  TR_RULE_OFFLINE, else a station. */
bool tr_plan_can_alert(const struct tr_plan *plan, enum tr_alert_rule rule, int index);

struct tr_alert_record {
    uint64_t seq;
    uint64_t open_seq; /**< of the event that raised it; id is <unit>-<open_seq>-<seq> */
    enum tr_alert_rule rule;
    int16_t station; /**< TR_NONE for SENSOR and OFFLINE */
    int16_t sensor;  /**< for SENSOR */
    enum tr_alert_state state;
    bool acked; /**< somebody acknowledged it: with state CLEARED, before or after it ended */
    enum tr_level level;
    struct tr_mono since, at;
    struct tr_wall since_wall, at_wall;
    bool synced;
};

/** Live news, gone when nobody listens (topic event/..., QoS 0). */
enum tr_news {
    TR_NEWS_ARRIVED,      /**< value: party */
    TR_NEWS_JOINED_PARTY, /**< value: party, the newcomer included */
    TR_NEWS_ANSWERED,     /**< value: wait_ns */
    TR_NEWS_ABANDONED,    /**< value: wait_ns */
    TR_NEWS_EXPIRED,      /**< value: wait_ns */
    TR_NEWS_VOID,         /**< value: wait_ns */
    TR_NEWS_UNKNOWN,      /**< value: wait_ns */
    TR_NEWS_SERVED,       /**< service ended; value: service_ns */
    TR_NEWS_RING,         /**< a further ring began; value: rings heard, this one included */
    TR_NEWS_PRIORITY,     /**< value: the new priority */
    TR_NEWS_MISSED_JOIN,  /**< no value */
    TR_NEWS_VOTE,         /**< value: score */
    TR_NEWS_STREAK,       /**< value: kept promises in a row */
    TR_NEWS_AWAY,         /**< went out again; value: wait_ns so far */
    TR_NEWS_BACK,         /**< came back and goes on waiting; value: wait_ns so far */
    TR_NEWS_CALLED,       /**< a ticket's number was called; value: wait_ns so far */
    TR_NEWS_LATE_VOID,    /**< the staff's key came too late: the wait counts; no value */
    TR_NEWS_HELD_BACK,    /**< sounds held back in the last hour; value: how many */
    TR_NEWS_COUNT
};

enum tr_reject {
    TR_REJECT_TIME,    /**< an event's time was before the last one's: clamped */
    TR_REJECT_SENSOR,  /**< no such sensor */
    TR_REJECT_STATION, /**< no such station, or of a kind that cannot do it */
    TR_REJECT_EVENT,   /**< not an event of this contract */
    TR_REJECT_VALUE,   /**< a value outside its range */
    TR_REJECT_COUNT
};

enum tr_effect_kind {
    TR_EFFECT_STORE, /**< journal this logical event, under this sequence */
    TR_EFFECT_WAIT,
    TR_EFFECT_VOTE,
    TR_EFFECT_ALERT,
    TR_EFFECT_STATE, /**< tr_core_station_state() of station changed */
    TR_EFFECT_NEWS,
    TR_EFFECT_LAMP,   /**< output, on */
    TR_EFFECT_SOUND,  /**< output, sound, bursts; TR_SOUND_NONE: silence now */
    TR_EFFECT_HEALTH, /**< tr_core_health() of sensor changed */
    TR_EFFECT_REJECT,
    TR_EFFECT_KIND_COUNT
};

struct tr_effect {
    enum tr_effect_kind kind;
    struct tr_mono at; /**< when it happened: a timer's effect carries its deadline */
    union {
        struct {
            uint64_t seq;
            struct tr_event event;
        } store;
        struct tr_wait_record wait;
        struct tr_vote_record vote;
        struct tr_alert_record alert;
        int16_t station; /**< STATE */
        int16_t sensor;  /**< HEALTH */
        struct {
            int16_t station;
            enum tr_news news;
            uint64_t open_seq; /**< of the wait it is about; 0: none */
            int64_t value;     /**< party size, wait_ns, score, streak: see tr_news */
        } news;
        struct {
            int16_t output;
            bool on;
        } lamp;
        struct {
            int16_t output;
            int16_t station; /**< for whom it sounds */
            enum tr_sound sound;
            int32_t bursts;
        } sound;
        struct {
            enum tr_reject why;
            enum tr_event_kind event;
        } reject;
    } u;
};

enum {
    TR_EFFECTS_MAX = 16384,    /**< of one call of tr_core_step(); only used pages are touched */
    TR_EFFECTS_RESERVE = 12288 /**< one deadline or one event never makes more */
};

struct tr_effects {
    size_t n;
    struct tr_effect e[TR_EFFECTS_MAX];
};

extern const char *const tr_outcome_name[TR_OUTCOME_COUNT];
extern const char *const tr_by_name[TR_BY_COUNT];
extern const char *const tr_reason_name[TR_REASON_COUNT];
extern const char *const tr_health_name[TR_HEALTH_COUNT];
extern const char *const tr_measuring_name[TR_MEASURING_COUNT];
extern const char *const tr_level_name[TR_LEVEL_COUNT];
extern const char *const tr_alert_rule_name[TR_RULE_COUNT];
extern const char *const tr_alert_state_name[TR_ALERT_STATE_COUNT];
extern const char *const tr_news_name[TR_NEWS_COUNT];
extern const char *const tr_reject_name[TR_REJECT_COUNT];

#endif
