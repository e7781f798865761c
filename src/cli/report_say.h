/**
 * @file report_say.h
 * The report in words, for a page and for a terminal: plain UTF-8, nothing escaped.
 */
#ifndef TR_CLI_REPORT_SAY_H
#define TR_CLI_REPORT_SAY_H

#include "cli/report.h"
#include "cli/report_chart.h"

enum { TR_REPORT_SAY_MAX = 256, TR_REPORT_SAID_MAX = 8 + TR_REPORT_STATIONS_MAX };

/** @return a chart's share of a level; whiskers are the sure bounds. */
struct tr_chart_share tr_report_say_share(const struct tr_report_level *level);
/** "87.5 %", or "3 of 4" where few waits compare with nothing; "-": none. @return @p text. */
char *tr_report_say_pct(const struct tr_report_level *level, char *text, size_t cap);
/** "within 3:00, 80 % of the time". "" without a target. @return @p text. */
char *tr_report_say_promise(const struct tr_report_station *s, char *text, size_t cap);
/** "Monday", 0 to 6. */
extern const char *const tr_report_say_weekday[7];
/** What to say of a time in which no wait counts: "nobody waited" only where somebody would
 *  have seen it. */
const char *tr_report_say_nobody(enum tr_report_known known, int64_t waits,
                                 const struct tr_report_sight *sight);
/** The same of the whole range. */
const char *tr_report_say_nobody_at_all(const struct tr_report *r);

/** "Still waiting: 2, the longest for 3:20 (Checkout), not in these figures"; "": nobody, or
 *  it is not known. @return @p text. */
char *tr_report_say_waiting(const struct tr_report *r, char *text, size_t cap);

enum tr_report_sign { TR_REPORT_GOOD, TR_REPORT_BAD, TR_REPORT_NOTE };
struct tr_report_said {
    enum tr_report_sign sign;
    char text[TR_REPORT_SAY_MAX];
};

/** What to look at, the most important first; nothing that so few waits do not prove.
 *  @return how many. */
int tr_report_say_look(const struct tr_report *r, struct tr_report_said said[TR_REPORT_SAID_MAX]);

#endif
