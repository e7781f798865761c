/* The journal's API: records, outbox, tail and snapshots; whose files it leaves alone. */
#include "journal_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- records and the outbox ------------------------------------------------ */

static const struct tr_vote_record a_vote = {.seq = 2,
                                             .press_seq = 70,
                                             .button = 1,
                                             .score = 50,
                                             .presses = 3,
                                             .at.ns = 77,
                                             .at_wall.ms = 1772442000777,
                                             .wait_seq = 6,
                                             .wait_station = 4,
                                             .synced = true,
                                             .daypart = TR_NONE};
static const struct tr_alert_record an_alert = {.seq = 3,
                                                .open_seq = 8,
                                                .rule = TR_RULE_SENSOR,
                                                .station = TR_NONE,
                                                .sensor = 9,
                                                .state = TR_ALERT_ACKED,
                                                .level = TR_LEVEL_CRITICAL,
                                                .since.ns = 5,
                                                .at.ns = 88,
                                                .since_wall.ms = 1,
                                                .at_wall.ms = 2,
                                                .synced = false};

static void put_three(struct fixture *f)
{
    put_wait(f, 1);
    assert_int_equal(tr_journal_put_vote(f->journal, "panel", "happy", &a_vote, "{\"seq\":2}"), 0);
    assert_int_equal(tr_journal_put_alert(f->journal, "sensor-door", &an_alert, "{\"seq\":3}"), 0);
}

static void expect_row(struct fixture *f, uint64_t after, uint64_t seq, const char *kind,
                       int64_t at)
{
    struct tr_journal_row row;

    assert_int_equal(tr_journal_outbox_next(f->journal, after, &row), 1);
    assert_int_equal(row.seq, seq);
    assert_string_equal(row.kind, kind);
    assert_int_equal(row.at.ns, at);
    assert_int_equal(strncmp(row.json, "{\"seq\":", 7), 0);
}

static void test_outbox(void **state)
{
    struct fixture *f = *state;
    struct tr_journal_row row;
    struct tr_journal_stats stats;

    put_three(f);
    assert_true(tr_journal_dirty(f->journal));
    assert_int_equal(tr_journal_outbox_next(f->journal, 0, &row), 0);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    assert_false(tr_journal_dirty(f->journal));
    expect_row(f, 0, 1, "wait", a_wait(1).closed.ns);
    expect_row(f, 1, 2, "vote", 77);
    expect_row(f, 2, 3, "alert", 88);
    assert_int_equal(tr_journal_outbox_next(f->journal, 3, &row), 0);

    /* Acknowledged out of order: skipped at once, gone with the commit. */
    assert_int_equal(tr_journal_outbox_sent(f->journal, 3), 0);
    assert_int_equal(tr_journal_outbox_sent(f->journal, 1), 0);
    assert_int_equal(tr_journal_outbox_sent(f->journal, 1), 0);
    expect_row(f, 0, 2, "vote", 77);
    assert_int_equal(tr_journal_outbox_next(f->journal, 2, &row), 0);
    assert_int_equal(ask(f, "SELECT count(*) FROM outbox"), 3);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    tr_journal_stats(f->journal, &stats);
    assert_int_equal(stats.outbox, 1);
    reopen(f);
    tr_journal_stats(f->journal, &stats);
    assert_int_equal(stats.outbox, 1);
    expect_row(f, 0, 2, "vote", 77);
    assert_int_equal(ask(f, "SELECT count(*) FROM wait"), 1);
}

static void test_refused_blocks_nothing(void **state)
{
    struct fixture *f = *state;
    struct tr_journal_stats stats;

    put_three(f);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    assert_int_equal(tr_journal_outbox_refused(f->journal, 1, "not authorised"), 0);
    assert_int_equal(tr_journal_outbox_refused(f->journal, 1, "not authorised"), 0);
    expect_row(f, 0, 2, "vote", 77);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    tr_journal_stats(f->journal, &stats);
    assert_int_equal(stats.outbox, 2);
    assert_int_equal(stats.dead_letters, 1);
    assert_int_equal(stats.lost, 0);
    assert_int_equal(ask(f, "SELECT seq FROM dead_letter WHERE why='not authorised'"
                            " AND json LIKE '{\"seq\":1,%'"),
                     1);
    reopen(f);
    tr_journal_stats(f->journal, &stats);
    assert_int_equal(stats.dead_letters, 1);
}

static void test_records_as_columns(void **state)
{
    struct fixture *f = *state;

    put_three(f);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    assert_int_equal(
        ask(f, "SELECT count(*) FROM wait w JOIN name s ON s.id=w.station JOIN name p ON"
               " p.id=w.position JOIN name d ON d.id=w.daypart WHERE s.name='tills' AND"
               " p.name='till2' AND d.name='lunch' AND w.seq=1 AND open_seq=6 AND kind=1 AND"
               " party=2 AND opened=30000000000 AND opened_wall=1772442030000 AND"
               " closed_wall=1772442047123 AND wait_ns=17123456789 AND"
               " opened+wait_ns+after_ns=129123456789 AND service_ns=82000000000 AND"
               " threshold_ns=120000000000 AND rings=3 AND outcome=0 AND verdict=1 AND"
               " closed_by=1 AND reason=0 AND accurate=1 AND order_seen=0 AND synced=1"),
        1);
    assert_int_equal(
        ask(f, "SELECT count(*) FROM vote v JOIN name s ON s.id=v.station JOIN name b ON"
               " b.id=v.button WHERE s.name='panel' AND b.name='happy' AND seq=2 AND"
               " press_seq=70 AND score=50 AND presses=3 AND at=77 AND at_wall=1772442000777"
               " AND wait_seq=6 AND wait_station=4 AND synced=1 AND daypart=-1"),
        1);
    assert_int_equal(
        ask(f, "SELECT count(*) FROM alert a JOIN name n ON n.id=a.alert WHERE"
               " n.name='sensor-door' AND seq=3 AND open_seq=8 AND rule=3 AND station=-1 AND"
               " sensor=9 AND state=2 AND level=3 AND since=5 AND at=88 AND since_wall=1 AND"
               " at_wall=2 AND synced=0"),
        1);
}

static void test_discarded_vote_has_no_button(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(tr_journal_put_vote(f->journal, "panel", NULL, &a_vote, "{}"), 0);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    assert_int_equal(ask(f, "SELECT button IS NULL FROM vote"), 1);
}

/* --- tail and snapshots ---------------------------------------------------- */

static void test_tail(void **state)
{
    struct fixture *f = *state;
    struct tr_journal_tail tail;

    assert_true(f->opened.fresh);
    assert_int_equal(tr_journal_tail(f->journal, &tail), -ENODATA);
    assert_int_equal(tail.at.ns, INT64_MIN);
    put_tail(f, 3);
    put_tail(f, 4);
    assert_int_equal(tr_journal_tail(f->journal, &tail), -ENODATA);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    reopen(f);
    assert_false(f->opened.fresh);
    assert_int_equal(tr_journal_tail(f->journal, &tail), 0);
    assert_int_equal(tail.at.ns, 20 * TR_NS_PER_S);
    assert_int_equal(tail.seq, 4);
    assert_int_equal(tail.wall.ms, 1772442020000);
    assert_true(tail.synced);
    assert_string_equal(tail.boot, "boot");
    assert_string_equal(tail.plan_hash, "0123456789abcdef");
    put_tail(f, 5);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    assert_int_equal(tr_journal_tail(f->journal, &tail), 0);
    assert_int_equal(tail.seq, 5);
}

static void expect_snapshot(struct fixture *f, uint64_t seq, uint64_t want)
{
    struct tr_journal_snapshot s;

    assert_int_equal(tr_journal_snapshot(f->journal, seq, &s), 1);
    assert_int_equal(s.seq, want);
    assert_int_equal(s.at.ns, (int64_t)want * 7);
    assert_int_equal(s.n, 3000);
    assert_int_equal(((unsigned char *)s.blob)[2999], (unsigned char)want);
    assert_string_equal(s.plan_hash, "0123456789abcdef");
    assert_string_equal(s.plan_text, "the plan");
    free(s.blob);
    free(s.plan_text);
}

static void test_snapshots(void **state)
{
    struct fixture *f = *state;
    struct tr_journal_snapshot s;

    assert_int_equal(tr_journal_put_plan(f->journal, "0123456789abcdef", "the plan"), 0);
    for (uint64_t seq = 10; seq <= 50; seq += 10) {
        put_snapshot(f, seq);
        assert_int_equal(tr_journal_commit(f->journal), 0);
    }
    reopen(f);
    expect_snapshot(f, UINT64_MAX, 50);
    expect_snapshot(f, 49, 40);
    expect_snapshot(f, 30, 30);
    assert_int_equal(tr_journal_snapshot(f->journal, 29, &s), 0);
    /* Of two in one commit only the newer can ever be wanted. */
    put_snapshot(f, 60);
    put_snapshot(f, 70);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    assert_int_equal(ask(f, "SELECT count(*) FROM snapshot WHERE seq=60"), 0);
    expect_snapshot(f, 69, 50);
}

static void test_snapshot_without_its_plan(void **state)
{
    struct fixture *f = *state;
    struct tr_journal_snapshot s;

    put_snapshot(f, 1);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    assert_int_equal(tr_journal_snapshot(f->journal, 1, &s), 1);
    assert_null(s.plan_text);
    free(s.blob);
}

/* --- other people's files -------------------------------------------------- */

static void *slurp(const char *path, size_t *ret_n)
{
    FILE *in = fopen(path, "rb");
    void *buf = malloc(1 << 20);

    assert_non_null(in);
    assert_non_null(buf);
    *ret_n = fread(buf, 1, 1 << 20, in);
    fclose(in);
    return buf;
}

static void expect_untouched(struct fixture *f, int want, const char *word)
{
    size_t n;
    size_t m;
    void *before = slurp(f->opt.path, &n);
    void *after;

    assert_int_equal(try_open(f), want);
    assert_non_null(strstr(f->err, word));
    assert_null(f->journal);
    after = slurp(f->opt.path, &m);
    assert_int_equal(n, m);
    assert_memory_equal(before, after, n);
    free(before);
    free(after);
}

static void test_newer_schema(void **state)
{
    struct fixture *f = *state;

    put_three(f);
    tr_journal_close(f->journal);
    f->journal = NULL;
    alter(f, "PRAGMA user_version=2");
    expect_untouched(f, -EPROTO, "newer");
    alter(f, "PRAGMA user_version=1");
    assert_int_equal(try_open(f), 0); /* and the lock was let go */
    expect_row(f, 0, 1, "wait", a_wait(1).closed.ns);
}

static void test_another_programs_file(void **state)
{
    struct fixture *f = *state;

    tr_journal_close(f->journal);
    f->journal = NULL;
    unlink(f->opt.path);
    alter(f, "CREATE TABLE contacts(name)");
    expect_untouched(f, -EPROTO, "another program");
}

static void test_second_writer(void **state)
{
    struct fixture *f = *state;
    struct fixture other = {.opt = f->opt};
    char pid[32];

    assert_int_equal(try_open(&other), -EBUSY);
    snprintf(pid, sizeof(pid), "pid %ld", (long)getpid());
    assert_non_null(strstr(other.err, pid));
    put_three(f);
    assert_int_equal(tr_journal_commit(f->journal), 0);
}

static void test_no_folder(void **state)
{
    struct fixture *f = *state;
    struct fixture other = {.opt = f->opt};

    snprintf(other.opt.path, sizeof(other.opt.path), "%s/no/journal.db", f->dir);
    assert_int_equal(try_open(&other), -ENOENT);
    assert_true(other.err[0] != '\0');
    other.opt.path[0] = '\0';
    assert_int_equal(try_open(&other), -EINVAL);
    assert_int_equal(
        tr_journal_open(&f->opt, "no-such-vfs", &other.journal, &other.opened, other.err), -ENOENT);
    tr_journal_close(NULL);
}

static void test_modes_and_counts(void **state)
{
    struct fixture *f = *state;
    static const char *const suffix[] = {"", "-wal", "-shm", ".lock", ".reserve"};
    struct tr_journal_stats stats;

    put_three(f);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    assert_int_equal(tr_journal_commit(f->journal), 0); /* nothing to do: no commit */
    for (size_t i = 0; i < sizeof(suffix) / sizeof(suffix[0]); i++) {
        char name[TR_PATH_MAX + 16];
        struct stat st;

        snprintf(name, sizeof(name), "%s%s", f->opt.path, suffix[i]);
        assert_int_equal(stat(name, &st), 0);
        assert_int_equal(st.st_mode & 07137, 0);
    }
    tr_journal_stats(f->journal, &stats);
    assert_int_equal(stats.commits, 1);
    assert_true(stats.written_bytes > 0);
    assert_true(stats.bytes > 0);
    assert_true(stats.reserved_bytes > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_outbox),
        TEST(test_refused_blocks_nothing),
        TEST(test_records_as_columns),
        TEST(test_discarded_vote_has_no_button),
        TEST(test_tail),
        TEST(test_snapshots),
        TEST(test_snapshot_without_its_plan),
        TEST(test_newer_schema),
        TEST(test_another_programs_file),
        TEST(test_second_writer),
        TEST(test_no_folder),
        TEST(test_modes_and_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
