#include "journal_story.h"

#include <dirent.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool acked_in(int turn, int seq)
{
    return turn >= seq + 2 && seq % 4 != 0 && seq % 5 != 0;
}

static bool refused_in(int turn, int seq)
{
    return turn >= seq + 2 && seq % 5 == 0;
}

static void put_inputs(struct tr_journal *journal, int turn)
{
    for (int i = 3 * turn - 2; i <= 3 * turn; i++) {
        struct tr_event ev = {.kind = TR_EVENT_INPUT,
                              .at.ns = i * TR_NS_PER_S,
                              .sensor = (int16_t)(i % 9),
                              .level = i & 1,
                              .edge_at.ns = i * TR_NS_PER_S - 5};

        assert_int_equal(tr_journal_put_event(journal, (uint64_t)i, &ev), 0);
    }
}

void story_put(struct tr_journal *journal, int turn)
{
    struct tr_wait_record w = a_wait((uint64_t)turn);
    struct tr_journal_tail tail = {.at.ns = 3 * turn * TR_NS_PER_S,
                                   .seq = (uint64_t)(3 * turn),
                                   .wall.ms = 1772442000000 + turn,
                                   .boot = "story"};
    char json[160];
    int old = turn - 2;

    put_inputs(journal, turn);
    snprintf(json, sizeof(json), "{\"seq\":%d,\"pad\":\"%0100d\"}", turn, turn);
    assert_int_equal(tr_journal_put_wait(journal, "tills", "till1", "lunch", &w, json), 0);
    if (old > 0 && acked_in(turn, old)) {
        assert_int_equal(tr_journal_outbox_sent(journal, (uint64_t)old), 0);
    } else if (old > 0 && refused_in(turn, old)) {
        assert_int_equal(tr_journal_outbox_refused(journal, (uint64_t)old, "too large"), 0);
    }
    if (turn % 4 == 1) {
        char blob[2500];

        memset(blob, turn, sizeof(blob));
        assert_int_equal(tr_journal_put_plan(journal, "feedfacecafebeef", "plan"), 0);
        assert_int_equal(tr_journal_put_snapshot(journal, (uint64_t)(3 * turn), tail.at,
                                                 "feedfacecafebeef", blob, sizeof(blob)),
                         0);
    }
    assert_int_equal(tr_journal_put_tail(journal, &tail), 0);
}

static int next_input(void *user, uint64_t seq, const struct tr_event *ev, const char *plan_hash)
{
    uint64_t *n = user;

    (void)plan_hash;
    assert_int_equal(seq, ++*n);
    assert_int_equal(ev->at.ns, (int64_t)seq * TR_NS_PER_S);
    assert_int_equal(ev->edge_at.ns, ev->at.ns - 5);
    assert_int_equal(ev->sensor, seq % 9);
    return 0;
}

static void verify_outbox(struct tr_journal *journal, int k)
{
    struct tr_journal_row row;
    struct tr_journal_stats stats;
    uint64_t rows = 0;
    uint64_t dead = 0;
    uint64_t after = 0;

    for (int seq = 1; seq <= k; seq++) {
        char start[32];

        dead += refused_in(k, seq);
        if (acked_in(k, seq) || refused_in(k, seq)) {
            continue;
        }
        assert_int_equal(tr_journal_outbox_next(journal, after, &row), 1);
        assert_int_equal(row.seq, seq);
        assert_string_equal(row.kind, "wait");
        snprintf(start, sizeof(start), "{\"seq\":%d,", seq);
        assert_int_equal(strncmp(row.json, start, strlen(start)), 0);
        after = row.seq;
        rows++;
    }
    assert_int_equal(tr_journal_outbox_next(journal, after, &row), 0);
    tr_journal_stats(journal, &stats);
    assert_int_equal(stats.outbox, rows);
    assert_int_equal(stats.dead_letters, dead);
    assert_int_equal(stats.lost, 0);
}

static void verify_snapshot(struct tr_journal *journal, int k)
{
    struct tr_journal_snapshot s;
    int want = k - (k - 1) % 4;

    if (k == 0) {
        assert_int_equal(tr_journal_snapshot(journal, UINT64_MAX, &s), 0);
        return;
    }
    assert_int_equal(tr_journal_snapshot(journal, UINT64_MAX, &s), 1);
    assert_int_equal(s.seq, 3 * want);
    assert_int_equal(s.n, 2500);
    assert_int_equal(((unsigned char *)s.blob)[2499], (unsigned char)want);
    assert_string_equal(s.plan_text, "plan");
    free(s.blob);
    free(s.plan_text);
}

/* Past the API: the pages themselves, and the waits. */
static void verify_file(const struct tr_journal_options *opt, int k)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;

    assert_int_equal(sqlite3_open(opt->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(stmt, 0), "ok");
    sqlite3_finalize(stmt);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT count(*), coalesce(max(seq), 0) FROM wait", -1, &stmt, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(stmt, 0), k);
    assert_int_equal(sqlite3_column_int(stmt, 1), k);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

int story_verify(const struct tr_journal_options *opt, int at_least, int at_most)
{
    struct tr_journal *journal = NULL;
    struct tr_journal_opened opened;
    struct tr_journal_tail tail;
    char err[TR_JOURNAL_ERROR_MAX] = "";
    uint64_t n = 0;
    int k = 0;
    int r = tr_journal_open(opt, NULL, &journal, &opened, err);

    if (r != 0 || opened.moved_aside[0] != '\0') {
        print_error("open: %d %s %s\n", r, err, r == 0 ? opened.why : "");
    }
    assert_int_equal(r, 0);
    assert_string_equal(opened.moved_aside, "");
    if (tr_journal_tail(journal, &tail) == 0) {
        k = (int)tail.seq / 3;
    }
    if (k < at_least || k > at_most) {
        print_error("the journal stands at turn %d, not %d to %d\n", k, at_least, at_most);
    }
    assert_in_range(k, at_least, at_most);
    assert_int_equal(tr_journal_events(journal, 0, next_input, &n), 0);
    assert_int_equal(n, 3 * k);
    verify_outbox(journal, k);
    verify_snapshot(journal, k);
    tr_journal_close(journal);
    verify_file(opt, k);
    return k;
}

void story_folder(struct tr_journal_options *opt)
{
    /* In memory where possible: thousands of journals are begun, and their
     * syncs are simulated or do not matter. */
    char dir[] = "/dev/shm/tr-story-XXXXXX";

    if (mkdtemp(dir) == NULL) {
        snprintf(dir, sizeof(dir), "/tmp/tr-story-XXXXXX");
        assert_non_null(mkdtemp(dir));
    }
    *opt = (struct tr_journal_options){.retain_days = 400, .max_bytes = 1 << 20};
    snprintf(opt->path, sizeof(opt->path), "%s/journal.db", dir);
}

void story_sweep(const struct tr_journal_options *opt, bool all)
{
    char path[TR_PATH_MAX];
    char name[TR_PATH_MAX + 300];
    const char *folder;
    struct dirent *d;
    DIR *dir;

    snprintf(path, sizeof(path), "%s", opt->path);
    folder = dirname(path);
    dir = opendir(folder);
    while (dir != NULL && (d = readdir(dir)) != NULL) {
        snprintf(name, sizeof(name), "%s/%s", folder, d->d_name);
        if (d->d_type == DT_REG) {
            unlink(name);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    if (all) {
        rmdir(folder);
    }
}
