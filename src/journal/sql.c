#include "journal/private.h"

#include <errno.h>

const char tr_journal_schema[] =
    "CREATE TABLE event(seq INTEGER PRIMARY KEY, what INTEGER NOT NULL, at INTEGER NOT NULL,"
    " lag INTEGER NOT NULL, value INTEGER NOT NULL, arg INTEGER NOT NULL);"
    "CREATE TABLE plan_event(seq INTEGER PRIMARY KEY, hash TEXT NOT NULL);"
    "CREATE TABLE plan(hash TEXT PRIMARY KEY, text TEXT NOT NULL);"
    "CREATE TABLE snapshot(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, hash TEXT NOT NULL,"
    " core BLOB NOT NULL);"
    "CREATE TABLE name(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    /* Times in ns on the store timeline, *_wall in ms of UTC; names by their id.
     * closed = opened + wait_ns and ended = closed + after_ns are not repeated. */
    "CREATE TABLE wait(seq INTEGER PRIMARY KEY, open_seq INTEGER NOT NULL,"
    " station INTEGER NOT NULL, kind INTEGER NOT NULL, party INTEGER NOT NULL,"
    " opened INTEGER NOT NULL, opened_wall INTEGER NOT NULL, closed_wall INTEGER NOT NULL,"
    " wait_ns INTEGER NOT NULL, after_ns INTEGER NOT NULL, service_ns INTEGER NOT NULL,"
    " threshold_ns INTEGER NOT NULL, rings INTEGER NOT NULL, position INTEGER,"
    " daypart INTEGER, outcome INTEGER NOT NULL, verdict INTEGER NOT NULL,"
    " closed_by INTEGER NOT NULL, reason INTEGER NOT NULL, accurate INTEGER NOT NULL,"
    " order_seen INTEGER NOT NULL, synced INTEGER NOT NULL);"
    "CREATE INDEX wait_by_station ON wait(station, closed_wall);"
    "CREATE TABLE vote(seq INTEGER PRIMARY KEY, press_seq INTEGER NOT NULL,"
    " station INTEGER NOT NULL, button INTEGER, score INTEGER NOT NULL,"
    " presses INTEGER NOT NULL, at INTEGER NOT NULL, at_wall INTEGER NOT NULL,"
    " wait_seq INTEGER NOT NULL, wait_station INTEGER NOT NULL, synced INTEGER NOT NULL,"
    " daypart INTEGER NOT NULL);"
    "CREATE TABLE alert(seq INTEGER PRIMARY KEY, open_seq INTEGER NOT NULL,"
    " alert INTEGER NOT NULL, rule INTEGER NOT NULL, station INTEGER NOT NULL,"
    " sensor INTEGER NOT NULL, state INTEGER NOT NULL, level INTEGER NOT NULL,"
    " since INTEGER NOT NULL, at INTEGER NOT NULL, since_wall INTEGER NOT NULL,"
    " at_wall INTEGER NOT NULL, synced INTEGER NOT NULL);"
    "CREATE TABLE outbox(seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, at INTEGER NOT NULL,"
    " json TEXT NOT NULL);"
    "CREATE TABLE dead_letter(seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL,"
    " at INTEGER NOT NULL, json TEXT NOT NULL, why TEXT NOT NULL);"
    "CREATE TABLE tail(one INTEGER PRIMARY KEY CHECK(one = 1), at INTEGER NOT NULL,"
    " seq INTEGER NOT NULL, source_ns INTEGER NOT NULL, wall INTEGER NOT NULL,"
    " synced INTEGER NOT NULL, boot TEXT NOT NULL, hash TEXT NOT NULL,"
    " record INTEGER NOT NULL);"
    "CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;";

/* Every put may come twice: a commit that failed in its sync can be found whole
 * after a crash, and the same rows are then put again. */
const char *const tr_journal_sql[TR_SQL_COUNT] = {
    [TR_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [TR_SQL_COMMIT] = "COMMIT",
    [TR_SQL_ROLLBACK] = "ROLLBACK",
    [TR_SQL_PUT_EVENT] = "INSERT OR REPLACE INTO event VALUES(?1,?2,?3,?4,?5,?6)",
    [TR_SQL_PUT_PLAN_EVENT] = "INSERT OR REPLACE INTO plan_event VALUES(?1,?2)",
    [TR_SQL_PUT_PLAN] = "INSERT OR IGNORE INTO plan VALUES(?1,?2)",
    [TR_SQL_PUT_SNAPSHOT] = "INSERT OR REPLACE INTO snapshot VALUES(?1,?2,?3,?4)",
    [TR_SQL_TRIM_SNAPSHOTS] = "DELETE FROM snapshot WHERE seq NOT IN"
                              " (SELECT seq FROM snapshot ORDER BY seq DESC LIMIT ?1)",
    [TR_SQL_PUT_NAME] = "INSERT INTO name(name) SELECT ?1 WHERE NOT EXISTS"
                        " (SELECT 1 FROM name WHERE name = ?1)",
    [TR_SQL_PUT_WAIT] =
        "INSERT OR REPLACE INTO wait VALUES(?1,?2,(SELECT id FROM name WHERE name=?3),?4,?5,?6,?7,"
        "?8,?9,?10,?11,?12,?13,(SELECT id FROM name WHERE name=?14),"
        "(SELECT id FROM name WHERE name=?15),?16,?17,?18,?19,?20,?21,?22)",
    [TR_SQL_PUT_VOTE] =
        "INSERT OR REPLACE INTO vote VALUES(?1,?2,(SELECT id FROM name WHERE name=?3),"
        "(SELECT id FROM name WHERE name=?4),?5,?6,?7,?8,?9,?10,?11,?12)",
    [TR_SQL_PUT_ALERT] =
        "INSERT OR REPLACE INTO alert VALUES(?1,?2,(SELECT id FROM name WHERE name=?3),?4,?5,?6,"
        "?7,?8,?9,?10,?11,?12,?13)",
    [TR_SQL_PUT_OUTBOX] = "INSERT OR IGNORE INTO outbox VALUES(?1,?2,?3,?4)",
    [TR_SQL_PUT_TAIL] = "INSERT OR REPLACE INTO tail VALUES(1,?1,?2,?3,?4,?5,?6,?7,?8)",
    [TR_SQL_PUT_COUNTER] = "INSERT OR REPLACE INTO counter VALUES(?1,?2)",
    [TR_SQL_DEAD_LETTER] = "INSERT OR REPLACE INTO dead_letter"
                           " SELECT seq, kind, at, json, ?2 FROM outbox WHERE seq = ?1",
    [TR_SQL_SENT] = "DELETE FROM outbox WHERE seq = ?1",
    [TR_SQL_TAIL] = "SELECT at, seq, source_ns, wall, synced, boot, hash, record FROM tail",
    [TR_SQL_COUNTER] = "SELECT value FROM counter WHERE name = ?1",
    [TR_SQL_OUTBOX_COUNT] = "SELECT count(*) FROM outbox",
    [TR_SQL_OUTBOX_SPAN] = "SELECT coalesce((SELECT seq FROM outbox ORDER BY seq DESC LIMIT 1) -"
                           " (SELECT seq FROM outbox ORDER BY seq LIMIT 1) + 1, 0)",
    [TR_SQL_DEAD_COUNT] = "SELECT count(*) FROM dead_letter",
    [TR_SQL_OUTBOX_NEXT] =
        "SELECT seq, kind, at, json FROM outbox WHERE seq > ?1 ORDER BY seq LIMIT 1",
    [TR_SQL_SNAPSHOT] = "SELECT s.seq, s.at, s.hash, s.core, p.text FROM snapshot s"
                        " LEFT JOIN plan p ON p.hash = s.hash"
                        " WHERE s.seq <= ?1 ORDER BY s.seq DESC LIMIT 1",
    [TR_SQL_EVENTS] =
        "SELECT seq, what, at, lag, value, arg FROM event WHERE seq > ?1 ORDER BY seq",
    [TR_SQL_PLAN_OF_EVENT] = "SELECT hash FROM plan_event WHERE seq = ?1",
    [TR_SQL_PLAN] = "SELECT text FROM plan WHERE hash = ?1",
    [TR_SQL_PAGE_COUNT] = "PRAGMA page_count",
    [TR_SQL_FREELIST] = "PRAGMA freelist_count",
    [TR_SQL_VACUUM] = "PRAGMA incremental_vacuum(256)",
    [TR_SQL_SNAPSHOT_SPAN] = "SELECT coalesce(min(seq), -1), coalesce(max(seq), -1) FROM snapshot",
    /* The inner LIMIT bounds what is looked at, not only what goes: ?1 the
     * newest seq allowed, ?2 older than, ?3 how many. */
    [TR_SQL_PRUNE_EVENTS] =
        "DELETE FROM event WHERE seq IN (SELECT seq FROM (SELECT seq, at FROM event"
        " WHERE seq <= ?1 ORDER BY seq LIMIT ?3) WHERE at < ?2)",
    [TR_SQL_PRUNE_PLAN_EVENTS] = "DELETE FROM plan_event WHERE seq < (SELECT min(seq) FROM event)",
    [TR_SQL_PRUNE_SNAPSHOTS] = "DELETE FROM snapshot WHERE seq < (SELECT max(seq) FROM snapshot)",
    [TR_SQL_PRUNE_PLANS] =
        "DELETE FROM plan WHERE hash NOT IN (SELECT hash FROM snapshot)"
        " AND hash NOT IN (SELECT hash FROM plan_event) AND hash NOT IN (SELECT hash FROM tail)"
        " AND hash <> ?1"
        " AND hash NOT IN (SELECT printf('%016x', value) FROM counter WHERE name GLOB 'said*')",
    [TR_SQL_PRUNE_DEAD] = "DELETE FROM dead_letter WHERE seq IN (SELECT seq FROM"
                          " (SELECT seq, at FROM dead_letter WHERE seq <= ?1 ORDER BY seq"
                          " LIMIT ?3) WHERE at < ?2)",
    [TR_SQL_PRUNE_ALERTS] =
        "DELETE FROM alert WHERE seq IN (SELECT seq FROM (SELECT seq, at AS at FROM alert"
        " WHERE seq <= ?1 ORDER BY seq LIMIT ?3) WHERE at < ?2"
        " AND seq NOT IN (SELECT seq FROM outbox))",
    [TR_SQL_PRUNE_VOTES] =
        "DELETE FROM vote WHERE seq IN (SELECT seq FROM (SELECT seq, at AS at FROM vote"
        " WHERE seq <= ?1 ORDER BY seq LIMIT ?3) WHERE at < ?2"
        " AND seq NOT IN (SELECT seq FROM outbox))",
    [TR_SQL_PRUNE_WAITS] =
        "DELETE FROM wait WHERE seq IN (SELECT seq FROM (SELECT seq, opened AS at FROM wait"
        " WHERE seq <= ?1 ORDER BY seq LIMIT ?3) WHERE at < ?2"
        " AND seq NOT IN (SELECT seq FROM outbox))",
    [TR_SQL_PRUNE_OUTBOX] =
        "DELETE FROM outbox WHERE seq IN (SELECT seq FROM (SELECT seq, at FROM outbox"
        " WHERE seq <= ?1 ORDER BY seq LIMIT ?3) WHERE at < ?2)",
};

int tr_journal_errno(sqlite3 *db, int rc)
{
    int sys = db != NULL ? sqlite3_system_errno(db) : 0;

    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return 0;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return -EBADMSG;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
        return -EACCES;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        if (rc == SQLITE_IOERR_NOMEM) {
            return -ENOMEM;
        }
        if (sys == ENOSPC || sys == EDQUOT) {
            return -ENOSPC;
        }
        if (sys == EACCES || sys == EPERM || sys == EROFS) {
            return -EACCES;
        }
        return -EIO;
    default:
        return -EIO;
    }
}

int tr_journal_failed(struct tr_journal *journal, int rc)
{
    int r = tr_journal_errno(journal->db, rc);

    if (r == -EBADMSG) {
        tr_journal_suspect(journal);
    }
    return r;
}

sqlite3_stmt *tr_journal_stmt(struct tr_journal *journal, enum tr_journal_stmt which, int *ret_rc)
{
    sqlite3_stmt **stmt = &journal->stmt[which];

    if (*stmt == NULL) {
        int rc = sqlite3_prepare_v3(journal->db, tr_journal_sql[which], -1,
                                    SQLITE_PREPARE_PERSISTENT, stmt, NULL);
        if (rc != SQLITE_OK) {
            *ret_rc = rc;
            return NULL;
        }
    }
    sqlite3_reset(*stmt);
    return *stmt;
}

int tr_journal_run(sqlite3_stmt *stmt)
{
    int rc;

    do {
        rc = sqlite3_step(stmt);
    } while (rc == SQLITE_ROW);
    sqlite3_reset(stmt);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int tr_journal_simple(struct tr_journal *journal, enum tr_journal_stmt which)
{
    int rc = SQLITE_OK;
    sqlite3_stmt *stmt = tr_journal_stmt(journal, which, &rc);

    return stmt != NULL ? tr_journal_run(stmt) : rc;
}

int tr_journal_number(struct tr_journal *journal, enum tr_journal_stmt which, int64_t *ret)
{
    int rc = SQLITE_OK;
    sqlite3_stmt *stmt = tr_journal_stmt(journal, which, &rc);

    if (stmt == NULL) {
        return rc;
    }
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        *ret = sqlite3_column_int64(stmt, 0);
        rc = SQLITE_OK;
    } else if (rc == SQLITE_DONE) {
        rc = SQLITE_ERROR;
    }
    sqlite3_reset(stmt);
    return rc;
}

void tr_journal_rollback(struct tr_journal *journal)
{
    if (!sqlite3_get_autocommit(journal->db)) {
        tr_journal_simple(journal, TR_SQL_ROLLBACK);
    }
}
