/**
 * @file report_text.h
 * What the files of tr_report_text() share. Nobody else includes it.
 */
#ifndef TR_CLI_REPORT_TEXT_H
#define TR_CLI_REPORT_TEXT_H

#include "cli/report_say.h"
#include "cli/watch.h"

enum { TR_REPORT_TEXT = 96 };

struct tr_report_page {
    struct tr_watch_out out;
    const struct tr_report *r;
    int name; /**< columns of a name */
};

void tr_report_line_end(struct tr_report_page *p);
/** A line, or more of them where the words do not fit. */
__attribute__((format(printf, 3, 4))) void
tr_report_line(struct tr_report_page *p, enum tr_watch_style style, const char *format, ...);
void tr_report_heading(struct tr_report_page *p, const char *title);

/** "12.3 s", "2:05"; "-": not known. @param buf TR_REPORT_TEXT bytes, as below. */
const char *tr_report_seconds(double s, char *buf);
/** "40 s", "12 min", "3 h 05 min". */
const char *tr_report_length(int64_t ms, char *buf);
/** On the shop's clock. */
const char *tr_report_moment(struct tr_wall at, char *buf);

void tr_report_text_smiles(struct tr_report_page *p);
void tr_report_text_alerts(struct tr_report_page *p);
void tr_report_text_sensors(struct tr_report_page *p);

#endif
