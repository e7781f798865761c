/**
 * @file report_collect.h
 * What report_make.c and report_collect.c share. Nobody else includes it.
 */
#ifndef TR_CLI_REPORT_COLLECT_H
#define TR_CLI_REPORT_COLLECT_H

#include "cli/report_data.h"

enum { TR_REPORT_NUMBERS_MAX = 256, TR_REPORT_OPEN_MAX = 512 };

/* A name's number in the journal, and what it is here. */
struct tr_report_number {
    int64_t number;
    int index;
};

struct tr_report_collect {
    struct tr_journal_reader *reader;
    const struct tr_report_ask *ask;
    struct tr_config *cfg;
    struct tr_report *report;
    struct tr_report_data data;
    struct tr_journal_tail tail;
    struct tr_report_clock clock;
    struct tr_report_number station[TR_REPORT_NUMBERS_MAX], daypart[TR_REPORT_NUMBERS_MAX];
    int station_n, daypart_n;
    size_t open[TR_REPORT_OPEN_MAX]; /* alerts that are raised: indices into data.alert */
    int open_n;
    uint64_t first_seq, last_seq; /* of the events that opened waits of the range */
};

/** A station of the report, as yet without a plan. */
struct tr_report_station *tr_report_add_station(struct tr_report *report, const char *id);
/** The index of a button, from then on. */
int tr_report_button(struct tr_report_smiles *smiles, const char *id, int32_t score);
/** All rows into c->data and c->report: days, weeks and stations are named already.
 *  @return 0 or -errno. */
int tr_report_collect(struct tr_report_collect *c);

#endif
