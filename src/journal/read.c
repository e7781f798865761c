#include "journal/private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void column_text(sqlite3_stmt *stmt, int i, char *buf, size_t size)
{
    const char *s = (const char *)sqlite3_column_text(stmt, i);

    snprintf(buf, size, "%s", s != NULL ? s : "");
}

/* Step to a row. @return 1, 0 no row, or -errno; the statement is reset unless 1. */
static int row(struct tr_journal *journal, sqlite3_stmt *stmt)
{
    int rc = sqlite3_step(stmt);

    if (rc == SQLITE_ROW) {
        return 1;
    }
    sqlite3_reset(stmt);
    return rc == SQLITE_DONE ? 0 : tr_journal_failed(journal, rc);
}

int tr_journal_tail(struct tr_journal *journal, struct tr_journal_tail *ret)
{
    int rc = SQLITE_OK;
    sqlite3_stmt *stmt = tr_journal_stmt(journal, TR_SQL_TAIL, &rc);
    int r;

    if (stmt == NULL) {
        return tr_journal_failed(journal, rc);
    }
    r = row(journal, stmt);
    if (r < 0) {
        return r;
    }
    *ret = (struct tr_journal_tail){.at.ns = INT64_MIN};
    if (r == 0) {
        return -ENODATA;
    }
    ret->at.ns = sqlite3_column_int64(stmt, 0);
    ret->seq = (uint64_t)sqlite3_column_int64(stmt, 1);
    ret->source_ns = sqlite3_column_int64(stmt, 2);
    ret->wall.ms = sqlite3_column_int64(stmt, 3);
    ret->synced = sqlite3_column_int(stmt, 4) != 0;
    column_text(stmt, 5, ret->boot, sizeof(ret->boot));
    column_text(stmt, 6, ret->plan_hash, sizeof(ret->plan_hash));
    ret->record_seq = (uint64_t)sqlite3_column_int64(stmt, 7);
    sqlite3_reset(stmt);
    return 0;
}

static const char *kind_name(int64_t kind)
{
    switch (kind) {
    case TR_ITEM_WAIT:
        return "wait";
    case TR_ITEM_VOTE:
        return "vote";
    case TR_ITEM_ALERT:
        return "alert";
    default:
        return NULL;
    }
}

/* Copy the row out, so that no statement stays open over a commit. */
static int take_row(struct tr_journal *journal, sqlite3_stmt *stmt, struct tr_journal_row *ret)
{
    const char *kind = kind_name(sqlite3_column_int64(stmt, 1));
    const void *json = sqlite3_column_text(stmt, 3);
    size_t n = (size_t)sqlite3_column_bytes(stmt, 3);
    char *copy;

    if (kind == NULL || json == NULL) {
        return -EBADMSG;
    }
    copy = malloc(n + 1);
    if (copy == NULL) {
        return -ENOMEM;
    }
    memcpy(copy, json, n);
    copy[n] = '\0';
    free(journal->row);
    journal->row = copy;
    *ret = (struct tr_journal_row){
        .seq = (uint64_t)sqlite3_column_int64(stmt, 0),
        .at.ns = sqlite3_column_int64(stmt, 2),
        .json = copy,
    };
    snprintf(ret->kind, sizeof(ret->kind), "%s", kind);
    return 1;
}

int tr_journal_outbox_next(struct tr_journal *journal, uint64_t after_seq,
                           struct tr_journal_row *ret)
{
    int rc = SQLITE_OK;
    sqlite3_stmt *stmt;
    int r;

    if (after_seq > INT64_MAX) {
        return 0;
    }
    do {
        stmt = tr_journal_stmt(journal, TR_SQL_OUTBOX_NEXT, &rc);
        if (stmt == NULL) {
            return tr_journal_failed(journal, rc);
        }
        sqlite3_bind_int64(stmt, 1, (int64_t)after_seq);
        r = row(journal, stmt);
        if (r <= 0) {
            return r;
        }
        after_seq = (uint64_t)sqlite3_column_int64(stmt, 0);
    } while (tr_journal_is_settled(journal, after_seq));
    r = take_row(journal, stmt, ret);
    sqlite3_reset(stmt);
    return r;
}

static int take_snapshot(sqlite3_stmt *stmt, struct tr_journal_snapshot *ret)
{
    const char *text = (const char *)sqlite3_column_text(stmt, 4);
    struct tr_journal_snapshot s = {
        .seq = (uint64_t)sqlite3_column_int64(stmt, 0),
        .at.ns = sqlite3_column_int64(stmt, 1),
        .n = (size_t)sqlite3_column_bytes(stmt, 3),
    };

    column_text(stmt, 2, s.plan_hash, sizeof(s.plan_hash));
    s.blob = malloc(s.n + 1);
    s.plan_text = text != NULL ? strdup(text) : NULL;
    if (s.blob == NULL || (text != NULL && s.plan_text == NULL)) {
        free(s.blob);
        free(s.plan_text);
        return -ENOMEM;
    }
    if (s.n != 0) {
        memcpy(s.blob, sqlite3_column_blob(stmt, 3), s.n);
    }
    *ret = s;
    return 1;
}

int tr_journal_snapshot(struct tr_journal *journal, uint64_t seq, struct tr_journal_snapshot *ret)
{
    int rc = SQLITE_OK;
    sqlite3_stmt *stmt = tr_journal_stmt(journal, TR_SQL_SNAPSHOT, &rc);
    int r;

    if (stmt == NULL) {
        return tr_journal_failed(journal, rc);
    }
    sqlite3_bind_int64(stmt, 1, seq > INT64_MAX ? INT64_MAX : (int64_t)seq);
    r = row(journal, stmt);
    if (r <= 0) {
        return r;
    }
    r = take_snapshot(stmt, ret);
    sqlite3_reset(stmt);
    return r;
}

/* The plan's hash of a PLAN event. @return 0 or -errno. */
static int plan_of(struct tr_journal *journal, int64_t seq, char hash[17])
{
    int rc = SQLITE_OK;
    sqlite3_stmt *stmt = tr_journal_stmt(journal, TR_SQL_PLAN_OF_EVENT, &rc);
    int r;

    if (stmt == NULL) {
        return tr_journal_failed(journal, rc);
    }
    sqlite3_bind_int64(stmt, 1, seq);
    r = row(journal, stmt);
    if (r <= 0) {
        return r < 0 ? r : -EBADMSG;
    }
    column_text(stmt, 0, hash, 17);
    sqlite3_reset(stmt);
    return 0;
}

/* Read the event under the cursor. @return 0 or -errno. */
static int take_event(struct tr_journal *journal, sqlite3_stmt *stmt, struct tr_event *ret,
                      char hash[17])
{
    struct tr_event_row packed = {
        .what = sqlite3_column_int64(stmt, 1),
        .at = sqlite3_column_int64(stmt, 2),
        .lag = sqlite3_column_int64(stmt, 3),
        .value = sqlite3_column_int64(stmt, 4),
        .arg = sqlite3_column_int64(stmt, 5),
    };
    int r = tr_journal_unpack_event(&packed, ret);

    if (r == 0 && ret->kind == TR_EVENT_PLAN) {
        r = plan_of(journal, sqlite3_column_int64(stmt, 0), hash);
    }
    return r;
}

int tr_journal_events(struct tr_journal *journal, uint64_t after_seq,
                      int (*visit)(void *user, uint64_t seq, const struct tr_event *ev,
                                   const char *plan_hash),
                      void *user)
{
    int rc = SQLITE_OK;
    sqlite3_stmt *stmt = tr_journal_stmt(journal, TR_SQL_EVENTS, &rc);
    int r = 0;

    if (stmt == NULL) {
        return tr_journal_failed(journal, rc);
    }
    sqlite3_bind_int64(stmt, 1, after_seq > INT64_MAX ? INT64_MAX : (int64_t)after_seq);
    while (r == 0 && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct tr_event ev;
        char hash[17] = "";

        r = take_event(journal, stmt, &ev, hash);
        if (r == 0) {
            r = visit(user, (uint64_t)sqlite3_column_int64(stmt, 0), &ev,
                      ev.kind == TR_EVENT_PLAN ? hash : NULL);
        }
    }
    sqlite3_reset(stmt);
    if (r == 0 && rc != SQLITE_DONE) {
        r = tr_journal_failed(journal, rc);
    }
    return r;
}

int tr_journal_plan(struct tr_journal *journal, const char *hash, char **ret_text)
{
    int rc = SQLITE_OK;
    sqlite3_stmt *stmt = tr_journal_stmt(journal, TR_SQL_PLAN, &rc);
    const char *text;
    char *copy;
    int r;

    if (stmt == NULL) {
        return tr_journal_failed(journal, rc);
    }
    sqlite3_bind_text(stmt, 1, hash, -1, SQLITE_STATIC);
    r = row(journal, stmt);
    if (r <= 0) {
        return r < 0 ? r : -ENOENT;
    }
    text = (const char *)sqlite3_column_text(stmt, 0);
    copy = strdup(text != NULL ? text : "");
    sqlite3_reset(stmt);
    if (copy == NULL) {
        return -ENOMEM;
    }
    *ret_text = copy;
    return 0;
}

static int64_t file_bytes(const struct tr_journal *journal, const char *suffix)
{
    char name[TR_PATH_MAX + 8];
    struct stat st;

    snprintf(name, sizeof(name), "%s%s", journal->opt.path, suffix);
    return stat(name, &st) == 0 ? (int64_t)st.st_size : 0;
}

void tr_journal_stats(struct tr_journal *journal, struct tr_journal_stats *ret)
{
    *ret = (struct tr_journal_stats){
        .outbox = journal->outbox,
        .dead_letters = journal->dead_letters,
        .lost = journal->lost,
        .lost_inputs = journal->lost_inputs,
        .commits = journal->commits,
        .checkpoint_errors = journal->checkpoint_errors,
        .bytes = file_bytes(journal, "") + file_bytes(journal, "-wal"),
        .written_bytes = journal->vfs.written,
        .reserved_bytes = journal->reserve,
        .held_rows =
            journal->inputs.n + journal->records.n + journal->plans.n + (journal->snapshot != NULL),
    };
}
