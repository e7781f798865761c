/**
 * @file reader.h
 * What reader.c, records.c, scan.c and absences.c share. Nobody else includes it.
 */
#ifndef TR_JOURNAL_READER_H
#define TR_JOURNAL_READER_H

#include "journal/private.h"

enum tr_read_stmt {
    TR_READ_WAITS,
    TR_READ_WAITS_OF,
    TR_READ_VOTES,
    TR_READ_ALERTS,
    TR_READ_TIED,
    TR_READ_PLAN_AT,
    TR_READ_ABSENCES,
    TR_READ_SCAN,
    TR_READ_SCAN_OF,
    TR_READ_NEXT_STATION,
    TR_READ_NAME,
    TR_READ_FIRST,
    TR_READ_LAST,
    TR_READ_COUNT
};

struct tr_journal_reader {
    struct tr_journal journal; /**< for what it reads alike; without path, lock and VFS */
    sqlite3_stmt *stmt[TR_READ_COUNT];
};

/** The statement, reset and unbound. @return 0 or -errno. */
int tr_journal_read_stmt(struct tr_journal_reader *reader, enum tr_read_stmt which,
                         sqlite3_stmt **ret);

#endif
