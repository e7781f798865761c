/**
 * @file report.h
 * thirdring report: what the journal says of a day, a week, a month or a range.
 *
 *     report.c            the command line; which form, where to
 *     report_range.c      which business days, from what the command line said
 *     report_collect.c    the journal's rows as struct tr_report_data
 *     report_plans.c      which configuration was in force when
 *     report_sight.c      opening time, and how much of it was seen in full
 *     report_replay.c     sounds, and those held back: what no record tells
 *     report_stats.c      pure: struct tr_report_data to struct tr_report
 *     report_km.c         pure: quantiles, naive and censored
 *     report_say.c        the figures in sentences
 *     report_text.c, report_csv.c, report_json.c, report_html.c
 *
 * Whoever writes a form needs struct tr_report alone: every figure is in it, none is
 * computed while printing. Percentages are 0 to 100, NAN where nothing counted; seconds
 * NAN where there is no such wait or it cannot be known. Weekdays are 0 Monday to 6 Sunday
 * of the business day; hours are those on the shop's clock.
 *
 * A later section (forecast, people needed, praise, sensor trust) is a new member of struct
 * tr_report_station or tr_report, and one function in each form, called in the order of
 * enum tr_report_section. A section with nothing to say prints no heading.
 */
#ifndef TR_CLI_REPORT_H
#define TR_CLI_REPORT_H

#include <stdio.h>

#include "cli/cli.h"
#include "journal/journal.h"

enum {
    TR_REPORT_STATIONS_MAX = 64, /**< of the plan, and of those that were before */
    TR_REPORT_WEEKS_MAX = 54,
    TR_REPORT_QUANTILES = 99,
    TR_REPORT_BANDS_MAX = 6,
    TR_REPORT_SCORES_MAX = 8,
    TR_REPORT_LEAST = 10, /**< fewer waits than this compare with nothing (RULES 24) */
    TR_REPORT_DATE_MAX = 16
};

/** The order of every form. */
enum tr_report_section {
    TR_REPORT_LEVEL,    /**< the whole, and stations side by side */
    TR_REPORT_DAYPARTS, /**< level by daypart, with bounds and coverage */
    TR_REPORT_HOURS,    /**< hour by weekday */
    TR_REPORT_QUANTILE, /**< how long people waited */
    TR_REPORT_WEEKS,    /**< this week beside the weeks before */
    TR_REPORT_SMILES,
    TR_REPORT_ALERTS, /**< and what was held back */
    TR_REPORT_SENSORS,
    TR_REPORT_SECTION_COUNT
};

/** How a day or a week stands to what the journal knows. */
enum tr_report_known {
    TR_REPORT_OPEN,    /**< open, and the journal knows of it, though perhaps of a part only */
    TR_REPORT_CLOSED,  /**< all of it, by hours and holidays */
    TR_REPORT_BEFORE,  /**< open before the journal begins: nobody can tell */
    TR_REPORT_AFTER,   /**< open after the journal's newest entry: nobody watched */
    TR_REPORT_TO_COME, /**< not open yet */
    TR_REPORT_KNOWN_COUNT
};
/** "open", "closed", "before", "after", "to_come". */
extern const char *const tr_report_known_name[TR_REPORT_KNOWN_COUNT];

/** How many promises were kept, and how sure that is. */
struct tr_report_level {
    int64_t counted; /**< waits that count */
    int64_t kept;
    int64_t unsure;                     /**< that nobody can tell of: in the bounds only */
    double pct;                         /**< kept of counted */
    double low_pct, high_pct;           /**< the unsure all missed, all kept */
    double sure_low_pct, sure_high_pct; /**< what so few prove at 95 % (Wilson), of the same
                                             two extremes: what a chart shows as the whisker */
};

/** Opening time, and how much of it was measured in full. */
struct tr_report_sight {
    int64_t open_ms, full_ms;
    double pct; /**< NAN: not open at all */
};

/** Waits, and in what they ended. */
struct tr_report_count {
    int64_t waits;  /**< closed; a party is one */
    int64_t people; /**< in them */
    int64_t outcome[TR_OUTCOME_COUNT];
    int64_t by_staff;   /**< of the answered: closed by a key, not seen by a sensor */
    int64_t inaccurate; /**< edges lost, a restart, a guess */
};

/** How long people waited, two ways. Served: those answered, by nearest rank; it flatters,
 *  because who left in anger had no wait. Needed: Kaplan and Meier's estimate of how long an
 *  answer takes, in which those who left (abandoned, expired) waited at least so long. */
struct tr_report_quantiles {
    int64_t answered, left;
    double mean_s, max_s; /**< of the answered */
    double served_p50_s, served_p90_s, served_p95_s;
    double needed_p50_s, needed_p90_s, needed_p95_s; /**< NAN: nobody waited long enough to know */
    double served_s[TR_REPORT_QUANTILES]; /**< [i]: the (i + 1) % quantile; never falling */
    double needed_s[TR_REPORT_QUANTILES]; /**< the same; NAN from where it is not known */
};

struct tr_report_cell {
    struct tr_report_level level;
    int64_t waits, abandoned;
    int32_t days; /**< of this weekday in the range on which the shop was open in this hour */
    int32_t unknown_days; /**< the same, where the journal, or the station, was not yet or no
                               longer there */
    struct tr_report_sight sight;
    double mean_s; /**< of the answered */
};

/** Hour by weekday. */
struct tr_report_hours {
    struct tr_report_cell cell[7][24];
    int first, last; /**< hours with anything in them, in the order of the business day: from
                          first, going around midnight, to last; -1: none */
};

struct tr_report_daypart {
    char id[TR_ID_MAX]; /**< "": none was in force */
    int16_t from_min;   /**< minutes after midnight; -1: no longer in the plan */
    struct tr_report_level level;
    struct tr_report_sight sight;
    struct tr_report_count count;
    double p50_s, p90_s; /**< served */
};

/** A business week, Monday to Sunday. */
struct tr_report_week {
    char monday[TR_REPORT_DATE_MAX]; /**< "2026-03-02" */
    enum tr_report_known known;
    bool in_range; /**< the report is about it, or about a part of it */
    bool partial;  /**< not whole: it goes on, or the journal begins in it */
    struct tr_report_level level;
    struct tr_report_count count;
    struct tr_report_sight sight;
    double p50_s, p90_s;               /**< served */
    double needed_p50_s, needed_p90_s; /**< needed */
};

/** A business day of the range. */
struct tr_report_day {
    char date[TR_REPORT_DATE_MAX];
    int weekday;
    enum tr_report_known known;
    struct tr_report_level level;
    struct tr_report_count count;
    struct tr_report_sight sight;
    double p50_s, p90_s; /**< served */
    int64_t alerts;      /**< begun that day */
    int64_t votes;
    double score_mean;
};

/** Votes tied to a wait of this length. */
struct tr_report_band {
    double from_s, to_s; /**< to_s INFINITY: and more */
    int64_t votes;
    double score_mean;
};

/** A feedback station's votes. Of a staff panel nothing is in the journal. */
struct tr_report_smiles {
    int64_t votes, discarded, tied;
    double score_mean; /**< 0 to 100 */
    int buttons_n;
    struct {
        char id[TR_ID_MAX];
        int32_t score;
        int64_t votes;
    } button[TR_REPORT_SCORES_MAX]; /**< from the best score to the worst */
    int bands_n;
    struct tr_report_band band[TR_REPORT_BANDS_MAX]; /**< at which wait do smiles turn? */
};

/** One alert from its beginning to its end. */
struct tr_report_alert {
    enum tr_alert_rule rule;
    enum tr_level level;         /**< the worst it came to */
    int station;                 /**< index into tr_report.station; TR_NONE */
    char sensor[TR_ID_MAX];      /**< of a sensor's; "" */
    struct tr_wall since, until; /**< until: the report's end where it is still raised */
    bool acked, open;
};

/** Alerts of one kind. */
struct tr_report_alerts {
    int64_t n, acked;
    int64_t late, critical; /**< of TR_RULE_WAIT: came at least to this rung, to this one */
    int64_t total_ms;       /**< raised all together, in the range */
    double median_s;        /**< of how long one was raised; NAN: none */
};

struct tr_report_sensor {
    char id[TR_ID_MAX], name[TR_NAME_MAX];
    bool gone;                /**< no longer in the plan */
    int64_t faults, total_ms; /**< out of order all together, in the range */
    bool open;                /**< out of order at the report's end */
    struct tr_wall last;      /**< when its last fault began; 0: none */
};

struct tr_report_station {
    char id[TR_ID_MAX], name[TR_NAME_MAX]; /**< name never empty: then the id */
    bool gone;                             /**< no longer in the plan */
    enum tr_station_kind kind;
    enum tr_audience audience;
    enum tr_target_unit unit; /**< the target of today's plan */
    int32_t rings;
    double threshold_s, target_pct; /**< NAN: no target */
    struct tr_report_level level;
    struct tr_report_sight sight;
    struct tr_report_count count;
    struct tr_report_quantiles quantiles;
    double service_p50_s, service_p90_s; /**< of services whose length is known */
    struct tr_report_hours hours;
    int dayparts_n; /**< those in which anything counted or the shop was open */
    struct tr_report_daypart daypart[TR_DAYPARTS_MAX + 1];
    int weeks_n; /**< as tr_report.weeks_n */
    struct tr_report_week week[TR_REPORT_WEEKS_MAX];
    struct tr_report_smiles smiles; /**< of a feedback station */
    struct tr_report_alerts alerts[TR_RULE_COUNT];
};

/** When nobody watched. */
struct tr_report_absence {
    struct tr_wall from, to;
    bool clock;      /**< the clock was set forward: there were no such moments */
    int64_t open_ms; /**< of it, opening time */
};

struct tr_report {
    char site[TR_ID_MAX], unit[TR_ID_MAX], name[TR_NAME_MAX], timezone[TR_NAME_MAX];
    char title[80]; /**< "Monday 2 March 2026", "Week 10, 2 to 8 March 2026", "March 2026" */
    char from_date[TR_REPORT_DATE_MAX], to_date[TR_REPORT_DATE_MAX]; /**< both included */
    struct tr_wall from, to; /**< moments: the first day's start, the day's start after the last */
    struct tr_wall until;    /**< the journal's newest entry, where that is before to */
    struct tr_wall made;     /**< when this report was computed */
    struct tr_wall
        known_from; /**< the journal's first entry, where that is after from, else from */
    bool so_far;    /**< the range has not ended, neither in the journal nor by our clock */
    bool synced;    /**< no wait of the range was labelled by a clock nobody set */
    bool only;      /**< of one station: --station */
    int plans;      /**< how many configurations were in force */

    struct tr_report_level level; /**< of all stations */
    struct tr_report_sight sight; /**< summed over stations */
    struct tr_report_count count;
    struct tr_report_quantiles quantiles;
    struct tr_report_hours hours;
    int dayparts_n;
    struct tr_report_daypart daypart[TR_DAYPARTS_MAX + 1];
    int weeks_n; /**< oldest first; the last is that of the range's last day */
    struct tr_report_week week[TR_REPORT_WEEKS_MAX];
    int days_n;
    struct tr_report_day *day;

    int stations_n; /**< in the plan's order, then those that were before */
    struct tr_report_station *station;

    int sensors_n; /**< all of the plan, and others that had a fault */
    struct tr_report_sensor *sensor;
    int alerts_n; /**< begun in the range, or raised when it began; in order of time */
    struct tr_report_alert *alert;
    struct tr_report_alerts alerts_all[TR_RULE_COUNT];
    bool sounds_known;          /**< the next three are */
    struct tr_wall sounds_from; /**< not from the range's beginning, where that is later */
    int64_t sounds, held_back;  /**< sounds made; not made, by the ceiling of alarms an hour */
    int64_t waiting;            /**< when the journal ends, in the range: in no figure as yet; -1:
                                    not known, or it ends later */
    double oldest_wait_s;       /**< the longest of them; NAN: none */
    char oldest_at[TR_ID_MAX];  /**< that one's station */
    int absences_n;
    struct tr_report_absence *absence;
    int64_t absent_ms;           /**< opening time that nobody watched */
    int64_t before_ms, after_ms; /**< opening time of the range before the journal's first entry,
                                      and after its newest */
    int64_t lost;                /**< rows the journal says it lost, ever: 0 is the good news */
};

/** Open, no wait, and not a moment of it measured in full: who came, nobody can tell. */
static inline bool tr_report_unseen(int64_t waits, const struct tr_report_sight *sight)
{
    return waits == 0 && sight->open_ms > 0 && sight->full_ms == 0;
}
/** The same of an hour; or it is one of which the journal knows nothing. */
static inline bool tr_report_cell_unseen(const struct tr_report_cell *cell)
{
    return tr_report_unseen(cell->waits, &cell->sight) ||
           (cell->waits == 0 && cell->days == 0 && cell->unknown_days > 0);
}

/** Is there a week to show? */
static inline bool tr_report_weeks_known(const struct tr_report *report)
{
    bool any = false;

    for (int i = 0; i < report->weeks_n; i++) {
        any |= report->week[i].known == TR_REPORT_OPEN || report->week[i].count.waits > 0;
    }
    return any;
}

/** Does the journal know anything of the range? Else no alert and no fault is no good news. */
static inline bool tr_report_knows(const struct tr_report *report)
{
    return report->known_from.ms < report->until.ms;
}

/** Free what @p report holds, and the rest of it. NULL is a no-op. */
void tr_report_free(struct tr_report *report);

/* --- forms: each writes the whole; the caller checks ferror() ---------------------- */

/** @param colour  of the terminal.  @param width  columns, 40 at least. */
void tr_report_text(FILE *to, const struct tr_report *report, bool colour, int width);
/** One table, long: section,station,key,… with ISO times and plain headers. */
void tr_report_csv(FILE *to, const struct tr_report *report);
/** @return false: no memory for it, and nothing is written. */
bool tr_report_json(FILE *to, const struct tr_report *report);
void tr_report_html(FILE *to, const struct tr_report *report);

#endif
