#include "journal_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int try_open(struct fixture *f)
{
    f->err[0] = '\0';
    return tr_journal_open(&f->opt, NULL, &f->journal, &f->opened, f->err);
}

void reopen(struct fixture *f)
{
    int r;

    tr_journal_close(f->journal);
    f->journal = NULL;
    r = try_open(f);
    if (r != 0) {
        print_error("%s\n", f->err);
    }
    assert_int_equal(r, 0);
}

int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    snprintf(f->dir, sizeof(f->dir), "/tmp/tr-journal-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->opt.path, sizeof(f->opt.path), "%s/journal.db", f->dir);
    f->opt.retain_days = 400;
    f->opt.max_bytes = INT64_C(64) << 20;
    f->opt.commit_ns = 250 * TR_NS_PER_MS;
    assert_int_equal(try_open(f), 0);
    *state = f;
    return 0;
}

int tear_down(void **state)
{
    struct fixture *f = *state;
    char cmd[128];

    tr_journal_close(f->journal);
    snprintf(cmd, sizeof(cmd), "rm -rf %s", f->dir);
    if (system(cmd) != 0) {
        print_error("cannot remove %s\n", f->dir);
    }
    free(f);
    return 0;
}

/* --- makers --------------------------------------------------------------- */

struct tr_wait_record a_wait(uint64_t seq)
{
    return (struct tr_wait_record){
        .seq = seq,
        .open_seq = 6 * seq,
        .kind = TR_KIND_QUEUE,
        .party = 2,
        .opened.ns = (int64_t)seq * 30 * TR_NS_PER_S,
        .closed.ns = (int64_t)seq * 30 * TR_NS_PER_S + 17123456789,
        .ended.ns = (int64_t)seq * 30 * TR_NS_PER_S + 99123456789,
        .opened_wall.ms = 1772442000000 + (int64_t)seq * 30000,
        .closed_wall.ms = 1772442000000 + (int64_t)seq * 30000 + 17123,
        .wait_ns = 17123456789,
        .rings = 3,
        .service_ns = 82000000000,
        .threshold_ns = 120000000000,
        .position = 1,
        .outcome = TR_OUTCOME_ANSWERED,
        .verdict = TR_VERDICT_KEPT,
        .by = TR_BY_STAFF,
        .accurate = true,
        .synced = true,
        .daypart = 1,
    };
}

void put_wait(struct fixture *f, uint64_t seq)
{
    struct tr_wait_record w = a_wait(seq);
    char json[450];

    snprintf(json, sizeof(json), "{\"seq\":%llu,\"pad\":\"%0380d\"}", (unsigned long long)seq, 0);
    assert_int_equal(tr_journal_put_wait(f->journal, "tills", "till2", "lunch", &w, json), 0);
}

void put_input(struct fixture *f, uint64_t seq)
{
    struct tr_event ev = {.kind = TR_EVENT_INPUT,
                          .at.ns = (int64_t)seq * 5 * TR_NS_PER_S,
                          .sensor = 7,
                          .level = seq & 1,
                          .edge_at.ns = (int64_t)seq * 5 * TR_NS_PER_S - 50000000};

    assert_int_equal(tr_journal_put_event(f->journal, seq, &ev), 0);
}

void put_tail(struct fixture *f, uint64_t seq)
{
    struct tr_journal_tail tail = {.at.ns = (int64_t)seq * 5 * TR_NS_PER_S,
                                   .seq = seq,
                                   .wall.ms = 1772442000000 + (int64_t)seq * 5000,
                                   .synced = true,
                                   .boot = "boot",
                                   .plan_hash = "0123456789abcdef"};

    assert_int_equal(tr_journal_put_tail(f->journal, &tail), 0);
}

int64_t ask(struct fixture *f, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    int64_t n;

    assert_int_equal(sqlite3_open_v2(f->opt.path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    n = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return n;
}

/* Change a closed journal behind its back. */
void alter(struct fixture *f, const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(f->opt.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

void put_snapshot(struct fixture *f, uint64_t seq)
{
    char blob[3000];

    memset(blob, (int)seq, sizeof(blob));
    assert_int_equal(tr_journal_put_snapshot(f->journal, seq, (struct tr_mono){(int64_t)seq * 7},
                                             "0123456789abcdef", blob, sizeof(blob)),
                     0);
}
