#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/reader.h"

enum { URI_MAX = 3 * TR_PATH_MAX + 32, PATIENCE_MS = 5000 };

/* "file:" with all but the harmless characters as %XX. */
static void immutable_uri(const char *path, char uri[URI_MAX])
{
    size_t n = (size_t)snprintf(uri, URI_MAX, "file:");

    for (const char *p = path; *p != '\0' && n + 16 < URI_MAX; p++) {
        if (strchr("?#%", *p) != NULL) {
            n += (size_t)snprintf(uri + n, 4, "%%%02X", (unsigned char)*p);
        } else {
            uri[n++] = *p;
        }
    }
    snprintf(uri + n, URI_MAX - n, "?immutable=1");
}

static int connect_by(const char *name, int flags, sqlite3 **ret_db)
{
    int rc = sqlite3_open_v2(
        name, ret_db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | flags,
        NULL);

    if (rc != SQLITE_OK) {
        return rc;
    }
    sqlite3_extended_result_codes(*ret_db, 1);
    sqlite3_busy_timeout(*ret_db, PATIENCE_MS);
    sqlite3_db_config(*ret_db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(*ret_db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(*ret_db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return sqlite3_exec(*ret_db,
                        "PRAGMA query_only=ON; PRAGMA cell_size_check=ON;"
                        "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-2048;"
                        "SELECT count(*) FROM sqlite_master",
                        NULL, NULL, NULL);
}

static bool has_wal(const char *path)
{
    char name[TR_PATH_MAX + 8];
    struct stat st;

    snprintf(name, sizeof(name), "%s-wal", path);
    return stat(name, &st) == 0 && st.st_size > 0;
}

static int look_at(const char *path, char *reterr)
{
    struct stat st;

    if (strlen(path) >= TR_PATH_MAX) {
        return tr_journal_fail(reterr, -EINVAL, "%s: a path has less than %d bytes", path,
                               TR_PATH_MAX);
    }
    if (stat(path, &st) < 0 || access(path, R_OK) < 0) {
        const int r = -errno;

        return tr_journal_fail(reterr, r, "cannot read the journal %s: %s", path, strerror(-r));
    }
    return S_ISREG(st.st_mode) ? 0 : tr_journal_fail(reterr, -EISDIR, "%s is not a file", path);
}

static int connect_to_read(const char *path, sqlite3 **ret_db, char *reterr)
{
    char uri[URI_MAX];
    sqlite3 *db = NULL;
    int r = look_at(path, reterr);
    int rc;

    if (r < 0) {
        return r;
    }
    rc = connect_by(path, 0, &db);
    if (((rc & 0xff) == SQLITE_CANTOPEN || (rc & 0xff) == SQLITE_READONLY) && !has_wal(path)) {
        /* In WAL mode, at rest, and the folder is not ours to write the index
         * in: without a WAL the file alone says all. */
        sqlite3_close(db);
        db = NULL;
        immutable_uri(path, uri);
        rc = connect_by(uri, SQLITE_OPEN_URI, &db);
    }
    if (rc != SQLITE_OK) {
        r = tr_journal_fail(reterr, tr_journal_errno(db, rc), "cannot read the journal %s: %s",
                            path, db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
    } else {
        r = tr_journal_identify(db, path, reterr);
        if (r > 0) {
            r = tr_journal_fail(reterr, -ENODATA, "%s is empty: no journal yet", path);
        }
    }
    if (r < 0) {
        sqlite3_close(db);
        return r;
    }
    *ret_db = db;
    return 0;
}

int tr_journal_read_open(const char *path, struct tr_journal_reader **ret, char *reterr)
{
    struct tr_journal_reader *reader = calloc(1, sizeof(*reader));
    int r;

    if (reader == NULL) {
        return tr_journal_fail(reterr, -ENOMEM, "out of memory");
    }
    r = connect_to_read(path, &reader->journal.db, reterr);
    if (r < 0) {
        free(reader);
        return r;
    }
    *ret = reader;
    return 0;
}

void tr_journal_read_close(struct tr_journal_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    for (int i = 0; i < TR_SQL_COUNT; i++) {
        sqlite3_finalize(reader->journal.stmt[i]);
    }
    for (int i = 0; i < TR_READ_COUNT; i++) {
        sqlite3_finalize(reader->stmt[i]);
    }
    sqlite3_close(reader->journal.db);
    free(reader);
}

int tr_journal_read_tail(struct tr_journal_reader *reader, struct tr_journal_tail *ret)
{
    return tr_journal_tail(&reader->journal, ret);
}

int tr_journal_read_plan(struct tr_journal_reader *reader, const char *hash, char **ret_text)
{
    return tr_journal_plan(&reader->journal, hash, ret_text);
}
