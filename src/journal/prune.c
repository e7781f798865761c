#include "journal/private.h"

#include <errno.h>

enum { BITE = 2000 };

/* --- sizes ---------------------------------------------------------------- */

static int64_t clamp(int64_t v, int64_t lo, int64_t hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

int64_t tr_journal_reserve_bytes(const struct tr_journal *journal)
{
    int64_t max = journal->opt.max_bytes;

    /* A busy day is under 4 MB of growth (tests/bench/bench_journal). */
    return max <= 0 ? 16 << 20 : clamp(max / 16, 256 << 10, 16 << 20);
}

/* The WAL's share: twice what calls for a checkpoint, as one can be late. */
static int64_t wal_bytes(const struct tr_journal *journal)
{
    int64_t max = journal->opt.max_bytes;

    return max <= 0 ? 8 << 20 : clamp(max / 4, 256 << 10, 8 << 20);
}

int tr_journal_checkpoint_frames(const struct tr_journal *journal)
{
    return (int)(wal_bytes(journal) / 2 / (TR_JOURNAL_PAGE + 24));
}

int64_t tr_journal_page_cap(const struct tr_journal *journal)
{
    int64_t max = journal->opt.max_bytes;

    if (max <= 0) {
        return 0;
    }
    max -= wal_bytes(journal) + tr_journal_reserve_bytes(journal);
    return clamp(max / TR_JOURNAL_PAGE, 64, INT32_MAX);
}

/* --- bites ---------------------------------------------------------------- */

/* One pruning transaction. */
struct bite {
    struct tr_journal *journal;
    int64_t left; /* rows it may still remove */
    int64_t removed, outbox, dead;
    int rc; /* SQLite's, sticky */
};

static int64_t remove_rows(struct bite *b, enum tr_journal_stmt which, int64_t newest,
                           int64_t before)
{
    sqlite3_stmt *stmt;
    int64_t n;

    if (b->rc != SQLITE_OK || b->left <= 0) {
        return 0;
    }
    stmt = tr_journal_stmt(b->journal, which, &b->rc);
    if (stmt == NULL) {
        return 0;
    }
    sqlite3_bind_int64(stmt, 1, newest);
    sqlite3_bind_int64(stmt, 2, before);
    sqlite3_bind_int64(stmt, 3, b->left);
    b->rc = tr_journal_run(stmt);
    n = b->rc == SQLITE_OK ? sqlite3_changes64(b->journal->db) : 0;
    b->left -= n;
    b->removed += n;
    if (which == TR_SQL_PRUNE_OUTBOX) {
        b->outbox += n;
    } else if (which == TR_SQL_PRUNE_DEAD) {
        b->dead += n;
    }
    return n;
}

/* Each is a copy of a row that stays: more than the newest serve nobody. */
static void surplus_dead(struct bite *b)
{
    const int64_t left = b->left;
    const int64_t surplus = (int64_t)b->journal->dead_letters - TR_JOURNAL_DEAD_MAX;

    if (surplus > 0) {
        b->left = surplus < left ? surplus : left;
        b->left = left - remove_rows(b, TR_SQL_PRUNE_DEAD, INT64_MAX, INT64_MAX);
    }
}

static void snapshot_span(struct bite *b, int64_t *ret_first, int64_t *ret_last)
{
    sqlite3_stmt *stmt;

    *ret_first = *ret_last = -1;
    stmt = b->rc == SQLITE_OK ? tr_journal_stmt(b->journal, TR_SQL_SNAPSHOT_SPAN, &b->rc) : NULL;
    if (stmt == NULL) {
        return;
    }
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        *ret_first = sqlite3_column_int64(stmt, 0);
        *ret_last = sqlite3_column_int64(stmt, 1);
    }
    b->rc = tr_journal_run(stmt);
}

static void by_age(struct bite *b, int64_t before)
{
    int64_t first;
    int64_t last;

    snapshot_span(b, &first, &last);
    remove_rows(b, TR_SQL_PRUNE_EVENTS, first, before);
    remove_rows(b, TR_SQL_PRUNE_DEAD, INT64_MAX, before);
    remove_rows(b, TR_SQL_PRUNE_ALERTS, INT64_MAX, before);
    remove_rows(b, TR_SQL_PRUNE_VOTES, INT64_MAX, before);
    remove_rows(b, TR_SQL_PRUNE_WAITS, INT64_MAX, before);
}

static int64_t older_snapshots(struct bite *b)
{
    int64_t n = 0;

    if (b->rc == SQLITE_OK) {
        b->rc = tr_journal_simple(b->journal, TR_SQL_PRUNE_SNAPSHOTS);
        n = b->rc == SQLITE_OK ? sqlite3_changes64(b->journal->db) : 0;
        b->removed += n;
    }
    return n;
}

/* Whatever matters least, of one sort only: then look again how much is left. */
static void by_size(struct bite *b)
{
    static const struct {
        enum tr_journal_stmt which;
    } later[] = {{TR_SQL_PRUNE_DEAD},  {TR_SQL_PRUNE_ALERTS}, {TR_SQL_PRUNE_VOTES},
                 {TR_SQL_PRUNE_WAITS}, {TR_SQL_PRUNE_EVENTS}, {TR_SQL_PRUNE_OUTBOX}};
    int64_t first;
    int64_t last;
    int64_t n;

    snapshot_span(b, &first, &last);
    n = remove_rows(b, TR_SQL_PRUNE_EVENTS, first, INT64_MAX);
    if (n == 0) {
        n = older_snapshots(b) + remove_rows(b, TR_SQL_PRUNE_EVENTS, last, INT64_MAX);
    }
    for (size_t i = 0; i < sizeof(later) / sizeof(later[0]) && n == 0 && b->rc == SQLITE_OK; i++) {
        n = remove_rows(b, later[i].which, INT64_MAX, INT64_MAX);
    }
}

/* Plans that nothing refers to any more. */
static void tidy_plans(struct bite *b)
{
    sqlite3_stmt *stmt;

    if (b->rc == SQLITE_OK) {
        b->rc = tr_journal_simple(b->journal, TR_SQL_PRUNE_PLAN_EVENTS);
    }
    stmt = b->rc == SQLITE_OK ? tr_journal_stmt(b->journal, TR_SQL_PRUNE_PLANS, &b->rc) : NULL;
    if (stmt != NULL) {
        sqlite3_bind_text(stmt, 1, b->journal->plan_hash, -1, SQLITE_STATIC);
        b->rc = tr_journal_run(stmt);
    }
}

static int finish(struct bite *b)
{
    struct tr_journal *journal = b->journal;
    uint64_t lost = journal->lost;

    if (b->removed > 0) {
        tidy_plans(b);
    }
    if (b->outbox > 0 && b->rc == SQLITE_OK) {
        journal->lost += (uint64_t)b->outbox;
        b->rc = tr_journal_put_counters(journal);
    }
    if (b->rc == SQLITE_OK) {
        b->rc = tr_journal_simple(journal, TR_SQL_COMMIT);
    }
    if (b->rc != SQLITE_OK) {
        tr_journal_rollback(journal);
        journal->lost = lost;
        return tr_journal_failed(journal, b->rc);
    }
    journal->outbox -= (uint64_t)b->outbox;
    journal->dead_letters -= (uint64_t)b->dead;
    tr_journal_checkpoint(journal);
    return (int)b->removed;
}

int tr_journal_make_room(struct tr_journal *journal)
{
    struct bite b = {.journal = journal, .left = BITE};

    b.rc = tr_journal_simple(journal, TR_SQL_BEGIN);
    if (b.rc != SQLITE_OK) {
        return tr_journal_failed(journal, b.rc);
    }
    by_size(&b);
    return finish(&b);
}

/* --- the regular round ---------------------------------------------------- */

/* Pages in use and free. @return 0 or -errno. */
static int pages(struct tr_journal *journal, int64_t *ret_used, int64_t *ret_free)
{
    int64_t all = 0;
    int rc = tr_journal_number(journal, TR_SQL_PAGE_COUNT, &all);

    if (rc == SQLITE_OK) {
        rc = tr_journal_number(journal, TR_SQL_FREELIST, ret_free);
    }
    *ret_used = all - *ret_free;
    return rc == SQLITE_OK ? 0 : tr_journal_failed(journal, rc);
}

static int64_t too_old(struct tr_journal *journal, struct tr_wall now_wall)
{
    const int64_t day_ms = INT64_C(86400000);
    struct tr_journal_tail tail;
    int64_t since_ms;

    if (journal->opt.retain_days <= 0 || tr_journal_tail(journal, &tail) != 0) {
        return INT64_MIN;
    }
    since_ms = now_wall.ms > tail.wall.ms ? now_wall.ms - tail.wall.ms : 0;
    since_ms = since_ms < day_ms ? since_ms : day_ms;
    return tr_mono_add(tail.at, (since_ms - journal->opt.retain_days * day_ms) * TR_NS_PER_MS).ns;
}

int tr_journal_prune(struct tr_journal *journal, struct tr_wall now_wall)
{
    struct bite b = {.journal = journal, .left = BITE};
    int64_t before = too_old(journal, now_wall);
    int64_t used = 0;
    int64_t idle = 0;
    int r = pages(journal, &used, &idle);

    if (r < 0) {
        return r;
    }
    tr_journal_reserve(journal);
    b.rc = tr_journal_simple(journal, TR_SQL_BEGIN);
    if (b.rc != SQLITE_OK) {
        return tr_journal_failed(journal, b.rc);
    }
    surplus_dead(&b);
    if (before > INT64_MIN) {
        by_age(&b, before);
    }
    if (journal->max_pages > 0 && used > journal->max_pages - journal->max_pages / 8) {
        by_size(&b);
    }
    r = finish(&b);
    /* A few free pages are the next rows' place: give back only what is much. */
    if (r >= 0 && idle > 256 && idle > used / 16) {
        int rc = tr_journal_simple(journal, TR_SQL_VACUUM);

        if (rc != SQLITE_OK) {
            return tr_journal_failed(journal, rc);
        }
    }
    return r;
}
