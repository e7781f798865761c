/**
 * @file journal.h
 * thirdring journal: what the daemon wrote, saved, put back, or handed on.
 *
 *     journal.c            the command line; backup and restore
 *     journal_export.c     export: which records, in which form, where to
 *     journal_record.c     a record as the wire has it
 *     journal_anonymous.c  what of a record may be shared
 *     journal_csv.c        the same as a line of a table
 */
#ifndef TR_CLI_JOURNAL_H
#define TR_CLI_JOURNAL_H

#include <stdio.h>

#include "cli/cli.h"
#include "journal/journal.h"

/** What the command line said. Texts are its own. */
struct tr_journal_request {
    const char *config, *journal;
    const char *sets[TR_CLI_SETS_MAX + 1];
    int sets_n;
    bool force, anonymous, csv;
    int kinds;
    const char *from, *to, *station, *output;
    const char *file; /**< DEST or SRC */
};

/** thirdring journal export, from the journal at @p path. @return an exit code. */
int tr_journal_export(const struct tr_journal_request *req, const char *path);

/** The exit code for what src/journal answered. */
int tr_journal_exit_code(int r);
/** The same; prints the sentence. */
int tr_journal_exit(int r, const char *error);

/* --- journal_record.c ----------------------------------------------------------- */

/** Who was in charge when a record was made, as far as its text needs it. */
struct tr_journal_scribe {
    struct tr_journal_reader *reader;
    uint64_t from, until; /**< the plan in hand is that of [from, until) */
    char hash[17];
    char site[TR_ID_MAX], unit[TR_ID_MAX];
    char dayparts[TR_DAYPARTS_MAX][TR_ID_MAX];
    int dayparts_n;
    struct tr_plan plan; /**< of as much as one record names */
};

/** A vote's daypart by its name, into record->daypart; nothing for the others. Also learns
 *  site and unit. @return 0 or -errno. */
int tr_journal_scribe_look(struct tr_journal_scribe *scribe, struct tr_journal_record *record);
/** @return the text's length, as tr_json_wait(). */
int tr_journal_scribe_write(struct tr_journal_scribe *scribe,
                            const struct tr_journal_record *record, char *buf, size_t cap);

/* --- journal_anonymous.c ---------------------------------------------------------- */

struct tr_journal_mask;

/** @return NULL: no memory. */
struct tr_journal_mask *tr_journal_mask_new(void);
void tr_journal_mask_free(struct tr_journal_mask *mask);

/**
 * Take out of a record what tells which shop it was, and when exactly: names
 * become s1, d1, b1, i1 in the order in which they come; which till or line it was
 * is left out; records are numbered from 1; times are those of the hour (UTC),
 * durations whole seconds, the continuous clock is 0.
 */
void tr_journal_mask(struct tr_journal_mask *mask, struct tr_journal_record *record);
#define TR_JOURNAL_MASKED "x" /**< site and unit then */

/* --- journal_csv.c ---------------------------------------------------------------- */

/** The names of the columns for these kinds (TR_JOURNAL_WAITS…). */
void tr_journal_csv_head(FILE *to, int kinds);
/** One record, from its JSON. */
void tr_journal_csv_row(FILE *to, int kinds, const char *json);

#endif
