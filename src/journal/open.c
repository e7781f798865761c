#include "journal/private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fail_sql(struct tr_journal *journal, int rc, const char *doing, char *reterr)
{
    return tr_journal_fail(reterr, tr_journal_errno(journal->db, rc), "%s the journal %s: %s",
                           doing, journal->opt.path,
                           journal->db != NULL ? sqlite3_errmsg(journal->db) : sqlite3_errstr(rc));
}

int tr_journal_ask(sqlite3 *db, const char *sql, int64_t *ret)
{
    sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

    if (rc != SQLITE_OK) {
        return rc;
    }
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW && ret != NULL) {
        *ret = sqlite3_column_int64(stmt, 0);
    }
    rc = rc == SQLITE_ROW ? SQLITE_OK : rc;
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int on_commit(void *user, sqlite3 *db, const char *name, int frames)
{
    struct tr_journal *journal = user;

    (void)db;
    (void)name;
    journal->wal_frames = frames;
    return SQLITE_OK;
}

/* Close the connection; keep the WAL unless all is well with the file. */
static void disconnect(struct tr_journal *journal, bool well)
{
    for (int i = 0; i < TR_SQL_COUNT; i++) {
        sqlite3_finalize(journal->stmt[i]);
        journal->stmt[i] = NULL;
    }
    if (journal->db != NULL) {
        if (!well) {
            sqlite3_db_config(journal->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        }
        sqlite3_close(journal->db);
        journal->db = NULL;
    }
}

/* Settings of the connection, none of which touches the file. */
static int set_up(struct tr_journal *journal)
{
    char cap[64];
    int rc;

    snprintf(cap, sizeof(cap), "PRAGMA max_page_count=%lld",
             (long long)(journal->max_pages > 0 ? journal->max_pages : 0xfffffffe));
    sqlite3_extended_result_codes(journal->db, 1);
    sqlite3_busy_timeout(journal->db, 200);
    sqlite3_wal_hook(journal->db, on_commit, journal);
    sqlite3_db_config(journal->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(journal->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    rc = sqlite3_exec(journal->db,
                      "PRAGMA cell_size_check=ON; PRAGMA cache_size=-1024;"
                      "PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=8388608;"
                      "PRAGMA synchronous=FULL",
                      NULL, NULL, NULL);
    return rc == SQLITE_OK ? sqlite3_exec(journal->db, cap, NULL, NULL, NULL) : rc;
}

/* Where it cannot change the mode SQLite answers with the one in force and no
 * error; and it commits the change only after its answer. */
static int use_wal(struct tr_journal *journal)
{
    bool wal = false;
    sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v2(journal->db, "PRAGMA journal_mode=WAL", -1, &stmt, NULL);

    if (rc != SQLITE_OK) {
        return rc;
    }
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *mode = (const char *)sqlite3_column_text(stmt, 0);

        wal = mode != NULL && strcmp(mode, "wal") == 0;
    }
    rc = sqlite3_finalize(stmt);
    return rc == SQLITE_OK && !wal ? SQLITE_IOERR : rc;
}

static int create_schema(struct tr_journal *journal)
{
    char sql[160];
    int rc;

    /* Only before the first page is written can these two be chosen. */
    rc = sqlite3_exec(journal->db, "PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL", NULL,
                      NULL, NULL);
    if (rc == SQLITE_OK) {
        rc = use_wal(journal);
    }
    if (rc == SQLITE_OK) {
        rc = tr_journal_simple(journal, TR_SQL_BEGIN);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_exec(journal->db, tr_journal_schema, NULL, NULL, NULL);
    }
    if (rc == SQLITE_OK) {
        snprintf(sql, sizeof(sql), "PRAGMA application_id=%d; PRAGMA user_version=%d",
                 TR_JOURNAL_APPLICATION, TR_JOURNAL_SCHEMA);
        rc = sqlite3_exec(journal->db, sql, NULL, NULL, NULL);
    }
    if (rc == SQLITE_OK) {
        rc = tr_journal_simple(journal, TR_SQL_COMMIT);
    }
    if (rc != SQLITE_OK) {
        tr_journal_rollback(journal);
    }
    return rc;
}

int tr_journal_identify(sqlite3 *db, const char *path, char *reterr)
{
    int64_t app = 0;
    int64_t version = 0;
    int64_t things = 0;
    int rc = tr_journal_ask(db, "PRAGMA application_id", &app);

    if (rc == SQLITE_OK) {
        rc = tr_journal_ask(db, "PRAGMA user_version", &version);
    }
    if (rc == SQLITE_OK) {
        rc = tr_journal_ask(db, "SELECT count(*) FROM sqlite_master", &things);
    }
    if (rc != SQLITE_OK) {
        return tr_journal_fail(reterr, tr_journal_errno(db, rc), "cannot read the journal %s: %s",
                               path, sqlite3_errmsg(db));
    }
    if (app == 0 && version == 0 && things == 0) {
        return 1;
    }
    if (app != TR_JOURNAL_APPLICATION) {
        return tr_journal_fail(reterr, -EPROTO,
                               "%s is a database of another program: choose another path", path);
    }
    if (version > TR_JOURNAL_SCHEMA) {
        return tr_journal_fail(
            reterr, -EPROTO,
            "the journal %s was written by a newer thirdring (schema %lld, this one "
            "knows %d): install that version again",
            path, (long long)version, TR_JOURNAL_SCHEMA);
    }
    return 0;
}

/* The newest rows of each table lie where a torn write would have hit. */
static int probe(struct tr_journal *journal)
{
    static const char *const table[] = {"event", "snapshot", "wait",   "vote",
                                        "alert", "outbox",   "counter"};
    int rc = SQLITE_OK;

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]) && rc == SQLITE_OK; i++) {
        char sql[128];

        snprintf(sql, sizeof(sql), "SELECT * FROM %s ORDER BY 1 DESC LIMIT 64", table[i]);
        rc = sqlite3_exec(journal->db, sql, NULL, NULL, NULL);
    }
    return rc;
}

static int verify(struct tr_journal *journal, char *reterr)
{
    bool suspect = tr_journal_is_suspect(journal);
    int64_t pages = 0;
    sqlite3_stmt *stmt;
    int r = 0;
    int rc = tr_journal_ask(journal->db, "PRAGMA page_count", &pages);

    if (rc == SQLITE_OK && !suspect && pages * TR_JOURNAL_PAGE > TR_JOURNAL_CHECK_BYTES) {
        rc = probe(journal);
        return rc == SQLITE_OK ? 0 : fail_sql(journal, rc, "cannot read", reterr);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_prepare_v2(journal->db,
                                suspect ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)", -1,
                                &stmt, NULL);
    }
    if (rc != SQLITE_OK) {
        return fail_sql(journal, rc, "cannot check", reterr);
    }
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        const char *said = (const char *)sqlite3_column_text(stmt, 0);

        if (said == NULL || strcmp(said, "ok") != 0) {
            r = tr_journal_fail(reterr, -EBADMSG, "the journal %s is damaged: %s",
                                journal->opt.path, said != NULL ? said : "no answer to the check");
        }
    } else {
        r = fail_sql(journal, rc, "cannot check", reterr);
    }
    sqlite3_finalize(stmt);
    if (r == 0 && suspect) {
        tr_journal_trust(journal);
    }
    return r;
}

static int load_counter(struct tr_journal *journal, const char *name, uint64_t *ret)
{
    int rc = SQLITE_OK;
    sqlite3_stmt *stmt = tr_journal_stmt(journal, TR_SQL_COUNTER, &rc);

    if (stmt == NULL) {
        return rc;
    }
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        *ret = (uint64_t)sqlite3_column_int64(stmt, 0);
    }
    return tr_journal_run(stmt);
}

static int load(struct tr_journal *journal)
{
    int64_t dead = 0;
    int rc = tr_journal_count_outbox(journal);

    rc = rc == SQLITE_OK ? tr_journal_number(journal, TR_SQL_DEAD_COUNT, &dead) : rc;
    rc = rc == SQLITE_OK ? load_counter(journal, "lost", &journal->lost) : rc;
    rc = rc == SQLITE_OK ? load_counter(journal, "lost_inputs", &journal->lost_inputs) : rc;
    rc = rc == SQLITE_OK ? load_counter(journal, TR_JOURNAL_FROM, &journal->number_from) : rc;
    for (int i = 0; i < TR_JOURNAL_SAID_MAX && rc == SQLITE_OK; i++) {
        char name[8];

        snprintf(name, sizeof(name), "said%d", i);
        rc = load_counter(journal, name, &journal->said[i]);
    }
    journal->dead_letters = (uint64_t)dead;
    return rc;
}

/* Connect, know the file, check it. @return 0, 1 fresh, -errno. */
static int connect_once(struct tr_journal *journal, char *reterr)
{
    int fresh;
    int r;
    int rc = sqlite3_open_v2(journal->opt.path, &journal->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
                             journal->vfs.name);

    if (rc == SQLITE_OK) {
        rc = set_up(journal);
    }
    if (rc != SQLITE_OK) {
        return fail_sql(journal, rc, "cannot open", reterr);
    }
    if (sqlite3_db_readonly(journal->db, "main") == 1) {
        return tr_journal_fail(reterr, -EACCES, "the journal %s cannot be written",
                               journal->opt.path);
    }
    fresh = tr_journal_identify(journal->db, journal->opt.path, reterr);
    if (fresh < 0) {
        return fresh;
    }
    rc = fresh ? create_schema(journal) : use_wal(journal);
    if (rc != SQLITE_OK) {
        return fail_sql(journal, rc, "cannot set up write-ahead logging and tables of", reterr);
    }
    r = verify(journal, reterr);
    if (r < 0) {
        return r;
    }
    rc = load(journal);
    return rc == SQLITE_OK ? fresh : fail_sql(journal, rc, "cannot read", reterr);
}

static int connect_or_replace(struct tr_journal *journal, struct tr_journal_opened *opened,
                              char *reterr)
{
    int r = tr_journal_create_file(journal, reterr);

    if (r < 0) {
        return r;
    }
    r = connect_once(journal, reterr);
    if (r == -EBADMSG) {
        disconnect(journal, false);
        snprintf(opened->why, sizeof(opened->why), "%s", reterr);
        r = tr_journal_move_aside(journal, opened, reterr);
        if (r < 0) {
            return r;
        }
        tr_journal_trust(journal);
        r = tr_journal_create_file(journal, reterr);
        if (r < 0) {
            return r;
        }
        r = connect_once(journal, reterr);
        if (r == -EBADMSG) {
            r = -EIO; /* a fresh file that reads back as damaged: the medium */
        }
    }
    return r;
}

int tr_journal_open(const struct tr_journal_options *opt, const char *vfs,
                    struct tr_journal **ret_journal, struct tr_journal_opened *ret_opened,
                    char *reterr)
{
    struct tr_journal_opened opened = {0};
    struct tr_journal_stats stats;
    struct tr_journal *journal = calloc(1, sizeof(*journal));
    int r;

    if (journal == NULL) {
        return tr_journal_fail(reterr, -ENOMEM, "out of memory");
    }
    journal->opt = *opt;
    journal->lock_fd = -1;
    journal->checkpoint_every = tr_journal_checkpoint_frames(journal);
    journal->checkpoint_at = journal->checkpoint_every;
    journal->max_pages = tr_journal_page_cap(journal);
    r = opt->path[0] != '\0' ? 0 : tr_journal_fail(reterr, -EINVAL, "the journal has no path");
    if (r == 0) {
        r = tr_journal_vfs_init(&journal->vfs, vfs);
        if (r < 0) {
            tr_journal_fail(reterr, r, "no SQLite VFS named %s", vfs != NULL ? vfs : "(default)");
        }
    }
    if (r == 0) {
        r = tr_journal_lock(journal, reterr);
    }
    if (r == 0) {
        r = connect_or_replace(journal, &opened, reterr);
    }
    if (r < 0) {
        disconnect(journal, false);
        tr_journal_close(journal);
        return r;
    }
    tr_journal_reserve(journal);
    tr_journal_stats(journal, &stats);
    opened.fresh = r > 0;
    opened.bytes = stats.bytes;
    *ret_opened = opened;
    *ret_journal = journal;
    return 0;
}

uint64_t tr_journal_number_from(const struct tr_journal *journal)
{
    return journal->number_from;
}

void tr_journal_close(struct tr_journal *journal)
{
    if (journal == NULL) {
        return;
    }
    if (journal->db != NULL) {
        tr_journal_commit(journal);
    }
    disconnect(journal, true);
    tr_journal_vfs_fini(&journal->vfs);
    if (journal->lock_fd >= 0) {
        close(journal->lock_fd);
    }
    tr_journal_queue_clear(journal);
    free(journal->settled);
    free(journal->row);
    free(journal);
}
