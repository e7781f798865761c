/* A million closed waits at once, for figures; and what else a report asks. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "journal/reader.h"

enum { SCAN_BITE = 2048 };

/* By station the index is entered where the range begins, but each row is looked up;
 * of more than a season it is cheaper to read all rows as they lie. */
#define SEASON_MS (INT64_C(100) * 24 * 3600 * 1000)

struct scan {
    struct tr_journal_reader *reader;
    enum tr_read_stmt stmt;
    int64_t station, from, to, after_seq, after_wall;
    int n;
    struct tr_journal_scanned row[SCAN_BITE];
};

static uint8_t small(sqlite3_stmt *s, int i, int count)
{
    const int64_t v = sqlite3_column_int64(s, i);

    return (uint8_t)(v >= 0 && v < count ? v : 0);
}

static void take(sqlite3_stmt *s, struct tr_journal_scanned *w)
{
    *w = (struct tr_journal_scanned){
        .station = sqlite3_column_int64(s, 1),
        .kind = small(s, 2, TR_KIND_COUNT),
        .party = sqlite3_column_int(s, 3),
        .opened.ms = sqlite3_column_int64(s, 4),
        .closed.ms = sqlite3_column_int64(s, 5),
        .wait_ns = sqlite3_column_int64(s, 6),
        .service_ns = sqlite3_column_int64(s, 7),
        .threshold_ns = sqlite3_column_int64(s, 8),
        .daypart = sqlite3_column_int64(s, 9),
        .outcome = small(s, 10, TR_OUTCOME_COUNT),
        .verdict = small(s, 11, TR_VERDICT_MISSED + 1),
        .by = small(s, 12, TR_BY_COUNT),
        .accurate = sqlite3_column_int(s, 13) != 0,
        .synced = sqlite3_column_int(s, 14) != 0,
        .open_seq = (uint64_t)sqlite3_column_int64(s, 15),
    };
}

static int fill(struct scan *scan)
{
    sqlite3_stmt *stmt;
    int r = tr_journal_read_stmt(scan->reader, scan->stmt, &stmt);
    int rc = SQLITE_DONE;

    if (r < 0) {
        return r;
    }
    sqlite3_bind_int64(stmt, 1, scan->after_seq);
    sqlite3_bind_int64(stmt, 2, scan->from);
    sqlite3_bind_int64(stmt, 3, scan->to);
    sqlite3_bind_int64(stmt, 5, SCAN_BITE);
    if (scan->stmt == TR_READ_SCAN_OF) {
        const bool begun = scan->after_wall > scan->from;

        sqlite3_bind_int64(stmt, 2, begun ? scan->after_wall : scan->from);
        sqlite3_bind_int64(stmt, 4, scan->station);
        sqlite3_bind_int64(stmt, 6, scan->after_wall);
    }
    for (scan->n = 0; scan->n < SCAN_BITE && (rc = sqlite3_step(stmt)) == SQLITE_ROW; scan->n++) {
        take(stmt, &scan->row[scan->n]);
        scan->after_seq = sqlite3_column_int64(stmt, 0);
        scan->after_wall = scan->row[scan->n].closed.ms;
    }
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0
                                                 : tr_journal_errno(scan->reader->journal.db, rc);
}

static int run(struct scan *scan, int (*visit)(void *, const struct tr_journal_scanned *),
               void *user)
{
    int r;

    scan->after_seq = INT64_MIN;
    scan->after_wall = INT64_MIN;
    do {
        r = fill(scan);
        for (int i = 0; i < scan->n && r == 0; i++) {
            r = visit(user, &scan->row[i]);
        }
    } while (r == 0 && scan->n == SCAN_BITE);
    return r;
}

/* One integer of a statement of one parameter. @return 1; 0: NULL, or no row; -errno. */
static int ask(struct tr_journal_reader *reader, enum tr_read_stmt which, int64_t parameter,
               int64_t *ret)
{
    sqlite3_stmt *stmt;
    int r = tr_journal_read_stmt(reader, which, &stmt);
    int rc;

    if (r < 0) {
        return r;
    }
    sqlite3_bind_int64(stmt, 1, parameter);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW && sqlite3_column_type(stmt, 0) != SQLITE_NULL) {
        *ret = sqlite3_column_int64(stmt, 0);
        r = 1;
    } else if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        r = tr_journal_errno(reader->journal.db, rc);
    }
    sqlite3_reset(stmt);
    return r;
}

int tr_journal_scan(struct tr_journal_reader *reader, struct tr_wall from, struct tr_wall to,
                    int (*visit)(void *user, const struct tr_journal_scanned *wait), void *user)
{
    struct scan *scan = calloc(1, sizeof(*scan));
    int r;

    if (scan == NULL) {
        return -ENOMEM;
    }
    scan->reader = reader;
    scan->from = from.ms;
    scan->to = to.ms;
    if (to.ms > from.ms && (uint64_t)to.ms - (uint64_t)from.ms > (uint64_t)SEASON_MS) {
        scan->stmt = TR_READ_SCAN;
        r = run(scan, visit, user);
    } else {
        scan->stmt = TR_READ_SCAN_OF;
        scan->station = INT64_MIN;
        while ((r = ask(reader, TR_READ_NEXT_STATION, scan->station, &scan->station)) > 0) {
            r = run(scan, visit, user);
            if (r != 0) {
                break;
            }
        }
    }
    free(scan);
    return r;
}

int tr_journal_name(struct tr_journal_reader *reader, int64_t number, char ret[TR_ID_MAX])
{
    sqlite3_stmt *stmt;
    int r = tr_journal_read_stmt(reader, TR_READ_NAME, &stmt);
    int rc;

    if (r < 0) {
        return r;
    }
    sqlite3_bind_int64(stmt, 1, number);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, 0);

        snprintf(ret, TR_ID_MAX, "%s", name != NULL ? name : "");
    } else {
        r = rc == SQLITE_DONE ? -ENOENT : tr_journal_errno(reader->journal.db, rc);
    }
    sqlite3_reset(stmt);
    return r;
}

int tr_journal_first(struct tr_journal_reader *reader, struct tr_wall *ret)
{
    const int r = ask(reader, TR_READ_FIRST, TR_EVENT_CLOCK, &ret->ms);

    return r > 0 ? 0 : r == 0 ? -ENODATA : r;
}

int tr_journal_newest_wait(struct tr_journal_reader *reader, struct tr_wall *ret)
{
    const int r = ask(reader, TR_READ_LAST, 1, &ret->ms);

    return r > 0 ? 0 : r == 0 ? -ENODATA : r;
}

uint64_t tr_journal_read_lost(struct tr_journal_reader *reader)
{
    int64_t lost = 0;
    int rc = SQLITE_OK;
    sqlite3_stmt *stmt = tr_journal_stmt(&reader->journal, TR_SQL_COUNTER, &rc);

    if (stmt != NULL) {
        sqlite3_bind_text(stmt, 1, "lost", -1, SQLITE_STATIC);
        if (sqlite3_step(stmt) == SQLITE_ROW) {
            lost = sqlite3_column_int64(stmt, 0);
        }
        sqlite3_reset(stmt);
    }
    return (uint64_t)lost;
}

int tr_journal_read_snapshot(struct tr_journal_reader *reader, uint64_t seq,
                             struct tr_journal_snapshot *ret)
{
    return tr_journal_snapshot(&reader->journal, seq, ret);
}

int tr_journal_read_events(struct tr_journal_reader *reader, uint64_t after_seq,
                           int (*visit)(void *user, uint64_t seq, const struct tr_event *ev,
                                        const char *plan_hash),
                           void *user)
{
    return tr_journal_events(&reader->journal, after_seq, visit, user);
}
