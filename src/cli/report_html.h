/**
 * @file report_html.h
 * What the files of tr_report_html() share. Nobody else includes it.
 *
 *     report_html.c          the page: what a manager sees in ten seconds, and the order
 *     report_html_say.c      the sentences: what to look at, how far to trust it
 *     report_html_charts.c   the sections with their charts
 *     report_html_told.c     those of smiles, alerts and sensors
 *     report_html_figures.c  the same figures as tables, at the end
 *     report_html_listed.c   those of smiles, alerts and sensors
 *     report_cell.c          cells of tables
 */
#ifndef TR_CLI_REPORT_HTML_H
#define TR_CLI_REPORT_HTML_H

#include "cli/report.h"
#include "cli/report_say.h"

/** An anchor of the table that a section's charts were drawn from. */
extern const char *const tr_report_html_anchor[TR_REPORT_SECTION_COUNT];

/** A section's heading, with a link to its figures. */
void tr_report_html_heading(FILE *to, enum tr_report_section section, const char *title);

enum {
    TR_REPORT_HTML_WEEKS = 8, /**< of a station, side by side: the newest */
    TR_REPORT_HTML_DAYS = 62  /**< day by day, of a range no longer than this */
};

/** A moment on the shop's clock: "2 Mar 2026 14:05". @return @p text. */
char *tr_report_html_moment(struct tr_wall at, char *text, size_t cap);
/** "2 Mar" of "2026-03-02". @return @p text. */
char *tr_report_html_date(const char *date, char *text, size_t cap);
/** "2 h 5 min", "45 s". @return @p text. */
char *tr_report_html_long(int64_t ms, char *text, size_t cap);

/** Of enum tr_alert_rule, for people. */
extern const char *const tr_report_html_rule[TR_RULE_COUNT];

/** Did anything happen there that counts? */
bool tr_report_html_counts(const struct tr_report_station *s);
/** The columns of an hour map: weekdays with an open hour or a wait. @return how many. */
int tr_report_html_days(const struct tr_report_hours *hours, int weekday[7]);
/** How many hours an hour map has; rows start at hours->first, going around midnight. */
int tr_report_html_rows(const struct tr_report_hours *hours);

/** What to look at: a list. */
void tr_report_html_look(FILE *to, const struct tr_report *r);
/** What to know before believing it: a list; nothing where there is nothing. */
void tr_report_html_trust(FILE *to, const struct tr_report *r);

/** The head of a figure; the caller closes it. @p small NULL or "": none. */
void tr_report_html_figure(FILE *to, const char *caption, const char *small);
void tr_report_html_smiles(FILE *to, const struct tr_report *r);
void tr_report_html_alerts(FILE *to, const struct tr_report *r);
void tr_report_html_sensors(FILE *to, const struct tr_report *r);
/** The sections, in the order of enum tr_report_section, LEVEL left out. */
void tr_report_html_charts(FILE *to, const struct tr_report *r);
void tr_report_html_smiles_figures(FILE *to, const struct tr_report *r);
void tr_report_html_alerts_figures(FILE *to, const struct tr_report *r);
void tr_report_html_sensors_figures(FILE *to, const struct tr_report *r);
/** Every figure that was drawn, as tables. */
void tr_report_html_figures(FILE *to, const struct tr_report *r);

#endif
