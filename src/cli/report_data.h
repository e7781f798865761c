/**
 * @file report_data.h
 * Between the journal and the figures: what src/cli/report_*.c share. The forms
 * do not include it.
 */
#ifndef TR_CLI_REPORT_DATA_H
#define TR_CLI_REPORT_DATA_H

#include "cli/report.h"

enum {
    TR_REPORT_MS_NONE = UINT32_MAX >> 1,
    TR_REPORT_FAULT_CLEAR_MS = 60000 /**< as the engine: a loose contact comes and goes */
};

/* --- report_time.c: business days as numbers ----------------------------------------- */

/** Days since 1970-01-01 of "2026-03-02". @return whether it is a date. */
bool tr_report_date_parse(const char *text, int *ret_day);
/** "2026-03-02". */
void tr_report_date(int day, char ret[TR_REPORT_DATE_MAX]);
/** "2 March 2026". */
void tr_report_date_words(int day, char *ret, size_t cap);
/** 0 Monday to 6 Sunday. */
int tr_report_weekday(int day);
/** ISO 8601 week number, 1 to 53. */
int tr_report_week_number(int day);
extern const char *const tr_report_weekday_name[7];
extern const char *const tr_report_month_name[12];
/** First day of a month, and of the one after. */
void tr_report_month(int day, int *ret_first, int *ret_next);
/** The moment at which business day @p day begins, on the process's local clock. */
struct tr_wall tr_report_day_begin(int day, int day_start_min);

/** The shop's clock for many moments; begin with zeroes. Offsets change on quarters. */
struct tr_report_clock {
    int64_t quarter; /**< the quarter of an hour in hand, plus 1 */
    int32_t offset_s;
    int32_t start_s; /**< of the business day, after midnight */
};
/** The business day of a moment. @param ret_hour  NULL, or 0 to 23 on the clock. */
int tr_report_day_of(struct tr_report_clock *clock, struct tr_wall at, int *ret_hour);

/** What the command line asks for. */
enum tr_report_span { TR_REPORT_DAY, TR_REPORT_WEEK, TR_REPORT_MONTH, TR_REPORT_RANGE };
struct tr_report_ask {
    enum tr_report_span span;
    const char *at;        /**< a date, a month, a week; NULL: the newest */
    const char *from, *to; /**< of a range; NULL: the journal's ends */
    const char *station;   /**< NULL: all */
};

/**
 * Which days.
 *
 * @param oldest  The day of the journal's first entry.
 * @param newest  The day of its newest wait.
 * @return NULL, or a sentence about what is wrong with what was asked.
 */
const char *tr_report_range(const struct tr_report_ask *ask, int oldest, int newest, int *ret_from,
                            int *ret_to);
/** "Week 10, 2 to 8 March 2026". */
void tr_report_title(const struct tr_report_ask *ask, int from, int to, char *ret, size_t cap);

/* --- what is counted ---------------------------------------------------------------- */

/** A closed wait, small: a year has a million. */
struct tr_report_wait {
    uint32_t wait_ms;    /**< rounded as on the wire */
    uint32_t service_ms; /**< TR_REPORT_MS_NONE: not known */
    uint16_t day;        /**< closed on, from tr_report_data.base_day */
    uint16_t party;
    uint8_t station;
    uint8_t daypart;       /**< index into tr_report.daypart */
    uint8_t hour, weekday; /**< it was opened in, on */
    uint8_t outcome, verdict;
    bool timed : 1;  /**< its length says something: in the quantiles */
    bool unsure : 1; /**< in the bounds only */
    bool staff : 1, inaccurate : 1;
};

struct tr_report_vote {
    uint16_t day;
    uint8_t station;
    int8_t button; /**< index into smiles.button; -1: discarded */
    int32_t score;
    int64_t wait_ms; /**< of the wait it is tied to; -1: none */
    bool tied;
};

/** A configuration, and from when on it was in force. */
struct tr_report_plan {
    uint64_t seq; /**< of the event that put it in force */
    struct tr_config *cfg;
    struct tr_wall from;              /**< the first: INT64_MIN */
    int64_t first_ms, before_ms;      /**< the oldest wait opened under it, the newest before it */
    int16_t daypart[TR_DAYPARTS_MAX]; /**< its dayparts as indices into tr_report.daypart */
};
enum { TR_REPORT_PLANS_MAX = 32 }; /**< the newest; the oldest of them reaches back for ever */

struct tr_report_data {
    int base_day; /**< the first day looked at */
    int from_day; /**< the range, both included */
    int to_day;
    int week_day; /**< Monday of tr_report.week[0] */
    int day_start_min;
    int64_t clear_after_ms;              /**< a sensor's alert outlives its fault by so much */
    int no_daypart;                      /**< index of "none" in tr_report.daypart */
    struct tr_wall known_from, known_to; /**< the journal's first entry, and its newest */
    struct tr_wall rows;                 /**< the moment base_day begins */
    struct tr_wall base;                 /**< the same, or when the journal begins */
    size_t waits_n, waits_cap;
    struct tr_report_wait *wait;
    size_t votes_n, votes_cap;
    struct tr_report_vote *vote;
    int plans_n; /* in order; the last is today's */
    struct tr_report_plan plan[TR_REPORT_PLANS_MAX];
    /* all that overlap the time since base, in order of their beginning */
    size_t alerts_n, alerts_cap;
    struct tr_report_alert *alert;
};

/**
 * Every figure of waits, votes and alerts, into a report whose stations, dayparts, weeks and
 * days are named already; pure. @return 0 or -ENOMEM.
 */
int tr_report_figure(const struct tr_report_data *data, struct tr_report *report);

/* --- report_tally.c: the parts of tr_report_figure() --------------------------------- */

/** When the sensor was well again whose alert this is. */
static inline int64_t tr_report_well_ms(const struct tr_report_data *data,
                                        const struct tr_report_alert *alert)
{
    const int64_t at = alert->until.ms - (alert->open ? 0 : data->clear_after_ms);

    return at > alert->since.ms ? at : alert->since.ms;
}

/** pct and bounds from the counts. */
void tr_report_level_done(struct tr_report_level *level);
int tr_report_count_waits(const struct tr_report_data *data, struct tr_report *report);
void tr_report_count_votes(const struct tr_report_data *data, struct tr_report *report);
int tr_report_count_alerts(const struct tr_report_data *data, struct tr_report *report);

/* --- report_km.c --------------------------------------------------------------------- */

/** A wait's length, and whether it ended without an answer, as one number: in ascending
 *  order an answer comes before a leaving of the same length. */
static inline uint32_t tr_report_key(uint32_t ms, bool left)
{
    return (ms > TR_REPORT_MS_NONE ? TR_REPORT_MS_NONE : ms) << 1 | left;
}

/** @param key  tr_report_key()s in ascending order. */
void tr_report_quantiles(const uint32_t *key, size_t n, struct tr_report_quantiles *ret);

/** All quantiles of @p report. @return 0 or -ENOMEM. */
int tr_report_count_quantiles(const struct tr_report_data *data, struct tr_report *report);

/* --- report_sight.c ------------------------------------------------------------------ */

/** @return whether a station's figures come, in part, of a sensor. */
bool tr_report_uses(const struct tr_plan *plan, const struct tr_station *station, int sensor);

/** Opening time, and how much of it was seen: everywhere in @p report.
 *  @return 0 or -ENOMEM. */
int tr_report_see(const struct tr_report_data *data, struct tr_report *report);

/* --- report_plans.c ------------------------------------------------------------------ */

/** @return the configuration of this name in the journal, to be freed; NULL: it is not there, or
 *  this build cannot read it. */
struct tr_config *tr_report_plan(struct tr_journal_reader *reader, const char *hash);
/** The configurations that the journal remembers; @p today's is borrowed, and is the last. */
void tr_report_plans(struct tr_journal_reader *reader, const struct tr_journal_tail *tail,
                     struct tr_config *today, struct tr_report_data *data);
/** A wait that was opened by this event, at this moment. */
void tr_report_plans_meet(struct tr_report_data *data, uint64_t open_seq, struct tr_wall opened);
/** All waits are met: when did each begin? */
void tr_report_plans_date(struct tr_journal_reader *reader, const struct tr_journal_tail *tail,
                          struct tr_report_data *data);
void tr_report_plans_free(struct tr_report_data *data, const struct tr_config *today);
/** The newest configuration that has the station; NULL: none of those remembered. */
const struct tr_plan *tr_report_plan_with(const struct tr_report_data *data, const char *station);

/* --- report_replay.c ------------------------------------------------------------------ */

/** Sounds, as far back as the journal can be replayed. @return 0 or -errno. */
int tr_report_replay(struct tr_journal_reader *reader, struct tr_report *report);

/* --- report_collect.c ------------------------------------------------------------------ */

/** What went wrong: one sentence, TR_JOURNAL_ERROR_MAX bytes, and how to exit. */
struct tr_report_error {
    char text[TR_JOURNAL_ERROR_MAX];
    int code;
};

/** The report of the journal at @p path. Sets the process's time zone.
 *  @return 0 with *ret the caller's: tr_report_free(); else -1 with @p reterr. */
int tr_report_make(const char *path, const struct tr_report_ask *ask, struct tr_report **ret,
                   struct tr_report_error *reterr);

#endif
