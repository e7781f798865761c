/*
 * Fail every single operation of a story, in every way, and look whether the
 * journal kept its word: what commit() reported is there, whole turns only,
 * and after a fault that passes nothing at all is missing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faultvfs.h"
#include "journal_story.h"

enum { TURNS = 14 };

/* How a story went. */
struct course {
    int opens_failed, commits_failed;
    int reported;      /* newest turn reported durable */
    int put;           /* newest turn put */
    int error;         /* the last one */
    long before_close; /* operations up to there */
    struct tr_journal_stats stats;
};

/* Open (again, if it fails), play all turns, close. */
static void play(const struct tr_journal_options *opt, struct course *c)
{
    struct tr_journal *journal = NULL;
    struct tr_journal_opened opened;
    char err[TR_JOURNAL_ERROR_MAX] = "";

    *c = (struct course){0};
    for (int tries = 0; tries < 3 && journal == NULL; tries++) {
        int r = tr_journal_open(opt, "fault", &journal, &opened, err);

        if (r < 0) {
            c->opens_failed++;
            c->error = r;
            assert_true(err[0] != '\0');
            assert_true(r == -EIO || r == -ENOSPC || r == -EACCES || r == -EBUSY || r == -ENOMEM);
        } else {
            assert_string_equal(opened.moved_aside, "");
        }
    }
    if (journal == NULL) {
        return;
    }
    for (int turn = 1; turn <= TURNS; turn++) {
        int r;

        story_put(journal, turn);
        c->put = turn;
        r = tr_journal_commit(journal);
        if (r == 0) {
            c->reported = turn;
        } else {
            c->commits_failed++;
            c->error = r;
            assert_true(r == -EIO || r == -ENOSPC || r == -EACCES || r == -EBUSY || r == -ENOMEM);
        }
    }
    /* As the next turn of the loop would. */
    if (c->reported < TURNS && tr_journal_commit(journal) == 0) {
        c->reported = TURNS;
    }
    tr_journal_stats(journal, &c->stats);
    c->before_close = fault_seen();
    tr_journal_close(journal);
}

/* Play with the fault at every operation in turn. @return how many there were. */
static long sweep(enum fault_kind kind, unsigned ops, bool for_good)
{
    struct tr_journal_options opt;
    struct fault *fault = fault_reset();
    struct course c;
    long n;

    story_folder(&opt);
    fault->ops = ops;
    play(&opt, &c);
    assert_int_equal(c.reported, TURNS);
    n = fault->seen;
    for (long at = 1; at <= n; at++) {
        story_sweep(&opt, false);
        fault = fault_reset();
        fault->kind = kind;
        fault->ops = ops;
        fault->for_good = for_good;
        fault->at = at;
        play(&opt, &c);
        assert_int_equal(c.stats.lost, 0);
        if (!for_good && c.reported != TURNS) {
            print_error("fault at %ld of %ld (op %u): turn %d of %d, error %d\n", at, n,
                        fault->fired, c.reported, c.put, c.error);
        }
        if (!for_good) {
            assert_int_equal(c.reported, TURNS);
        }
        fault->at = 0;
        if (story_verify(&opt, c.reported, c.put) < 0) {
            break;
        }
    }
    story_sweep(&opt, true);
    print_message("# %ld operations, each failed %s\n", n, for_good ? "for good" : "once");
    return n;
}

enum { MEDIUM = FAULT_WRITE | FAULT_SYNC | FAULT_TRUNCATE | FAULT_OPEN | FAULT_SHM | FAULT_DELETE };

static void test_io_error_once(void **state)
{
    (void)state;
    assert_true(sweep(FAULT_IOERR, MEDIUM, false) > 100);
}

static void test_io_error_for_good(void **state)
{
    (void)state;
    sweep(FAULT_IOERR, MEDIUM, true);
}

static void test_full_once(void **state)
{
    (void)state;
    sweep(FAULT_FULL, MEDIUM, false);
}

static void test_full_for_good(void **state)
{
    (void)state;
    sweep(FAULT_FULL, MEDIUM, true);
}

static void test_torn_write_once(void **state)
{
    (void)state;
    sweep(FAULT_TORN, FAULT_WRITE, false);
}

static void test_torn_write_for_good(void **state)
{
    (void)state;
    sweep(FAULT_TORN, FAULT_WRITE, true);
}

static void test_read_error_once(void **state)
{
    (void)state;
    sweep(FAULT_IOERR, FAULT_READ, false);
}

static void test_read_error_for_good(void **state)
{
    (void)state;
    sweep(FAULT_IOERR, FAULT_READ, true);
}

/* A write or a sync that failed is never swallowed. */
static void test_every_failure_is_told(void **state)
{
    struct tr_journal_options opt;
    struct fault *fault = fault_reset();
    struct course c;
    long n;

    (void)state;
    story_folder(&opt);
    fault->ops = FAULT_WRITE | FAULT_SYNC;
    play(&opt, &c);
    n = fault->seen;
    for (long at = 1; at <= n; at++) {
        story_sweep(&opt, false);
        fault = fault_reset();
        fault->kind = FAULT_IOERR;
        fault->ops = FAULT_WRITE | FAULT_SYNC;
        fault->at = at;
        play(&opt, &c);
        if (c.opens_failed + c.commits_failed == 0 && c.stats.checkpoint_errors == 0 &&
            at <= c.before_close) {
            print_error("operation %ld (op %u) failed and nobody was told\n", at, fault->fired);
            fail();
        }
    }
    story_sweep(&opt, true);
}

/* The full disk: the reserve is given up first, and no commit fails for it. */
static void test_full_costs_the_reserve_first(void **state)
{
    struct tr_journal_options opt;
    struct fault *fault = fault_reset();
    struct tr_journal *journal = NULL;
    struct tr_journal_opened opened;
    struct tr_journal_stats stats;
    char err[TR_JOURNAL_ERROR_MAX];

    (void)state;
    story_folder(&opt);
    assert_int_equal(tr_journal_open(&opt, "fault", &journal, &opened, err), 0);
    tr_journal_stats(journal, &stats);
    assert_true(stats.reserved_bytes > 0);
    fault->ops = FAULT_WRITE;
    fault->kind = FAULT_FULL;
    fault->at = 1;
    story_put(journal, 1);
    assert_int_equal(tr_journal_commit(journal), 0);
    assert_int_equal(fault->fired, FAULT_WRITE);
    tr_journal_stats(journal, &stats);
    assert_int_equal(stats.reserved_bytes, 0);
    assert_int_equal(tr_journal_prune(journal, (struct tr_wall){0}), 0);
    tr_journal_stats(journal, &stats);
    assert_true(stats.reserved_bytes > 0); /* taken again */
    tr_journal_close(journal);
    story_verify(&opt, 1, 1);
    story_sweep(&opt, true);
}

/* --- power cuts ------------------------------------------------------------ */

static void cut_at(struct tr_journal_options *opt, struct tr_journal_options *after, long at,
                   uint64_t seed)
{
    struct fault *fault = fault_reset();
    char shm[TR_PATH_MAX + 8];
    struct course c;
    FILE *out;

    story_sweep(opt, false);
    story_sweep(after, false);
    fault->kind = FAULT_CUT;
    fault->ops = FAULT_WRITE | FAULT_SYNC | FAULT_TRUNCATE | FAULT_DELETE;
    fault->at = at;
    fault->seed = seed;
    snprintf(fault->cut_dir, sizeof(fault->cut_dir), "%.*s",
             (int)(strrchr(after->path, '/') - after->path), after->path);
    play(opt, &c);
    /* The shared memory was never synced: whatever it holds must not matter. */
    snprintf(shm, sizeof(shm), "%s-shm", after->path);
    out = fopen(shm, "wb");
    assert_non_null(out);
    for (int i = 0; i < 32768; i++) {
        fputc((int)(seed + (uint64_t)i * 31) & 255, out);
    }
    fclose(out);
    story_verify(after, c.reported, c.put);
}

static void test_power_cut_everywhere(void **state)
{
    struct tr_journal_options opt;
    struct tr_journal_options after;
    struct fault *fault = fault_reset();
    struct course c;
    long n;

    (void)state;
    story_folder(&opt);
    story_folder(&after);
    fault->ops = FAULT_WRITE | FAULT_SYNC | FAULT_TRUNCATE | FAULT_DELETE;
    play(&opt, &c);
    n = fault->seen;
    for (long at = 1; at <= n; at++) {
        for (uint64_t seed = 1; seed <= 3; seed++) {
            cut_at(&opt, &after, at, seed * 0x9e3779b97f4a7c15u);
        }
    }
    print_message("# power cut at %ld operations\n", n);
    story_sweep(&opt, true);
    story_sweep(&after, true);
}

/* --- pruning under fire ------------------------------------------------------ */

/* A journal far above its limit, half of whose waits are still to be sent. */
static void make_fat(const struct tr_journal_options *opt)
{
    struct tr_journal *journal = NULL;
    struct tr_journal_opened opened;
    char err[TR_JOURNAL_ERROR_MAX];

    assert_int_equal(tr_journal_open(opt, NULL, &journal, &opened, err), 0);
    for (int turn = 1; turn <= 4000; turn++) {
        story_put(journal, turn);
        if (turn % 500 == 0) {
            assert_int_equal(tr_journal_commit(journal), 0);
        }
    }
    tr_journal_close(journal);
}

/* Prune all there is to prune, and once more after each error. @return errors. */
static int prune_all(const struct tr_journal_options *opt)
{
    struct tr_journal *journal = NULL;
    struct tr_journal_opened opened;
    struct tr_journal_stats stats;
    char err[TR_JOURNAL_ERROR_MAX];
    int errors = 0;
    int r;

    while (tr_journal_open(opt, "fault", &journal, &opened, err) < 0) {
        assert_in_range(++errors, 0, 2);
    }
    assert_string_equal(opened.moved_aside, "");
    do {
        r = tr_journal_prune(journal, (struct tr_wall){0});
        errors += r < 0;
        assert_in_range(errors, 0, 2);
    } while (r != 0);
    tr_journal_stats(journal, &stats);
    assert_int_equal(stats.lost, 0);
    tr_journal_close(journal);
    return errors;
}

static void expect_pruned(const struct tr_journal_options *opt)
{
    struct fixture f = {.opt = *opt};

    /* Nothing that is still to be sent was touched, nor the day's inputs. */
    assert_int_equal(ask(&f, "SELECT count(*) FROM outbox o LEFT JOIN wait w ON w.seq = o.seq"
                             " WHERE w.seq IS NULL"),
                     0);
    assert_int_equal(ask(&f, "SELECT count(*) FROM event WHERE seq > 11991"), 9);
    assert_int_equal(ask(&f, "SELECT max(seq) FROM wait"), 4000);
    assert_true(ask(&f, "SELECT count(*) FROM event") < 12000);
    assert_int_equal(ask(&f, "SELECT count(*) FROM pragma_integrity_check"
                             " WHERE integrity_check <> 'ok'"),
                     0);
}

static void test_prune_under_fire(void **state)
{
    struct tr_journal_options fat;
    struct tr_journal_options opt;
    struct fault *fault;
    char cmd[2 * TR_PATH_MAX + 8];
    long n = 1;

    (void)state;
    story_folder(&fat);
    story_folder(&opt);
    fat.max_bytes = 64 << 20;
    make_fat(&fat);
    opt.max_bytes = 1 << 20;
    snprintf(cmd, sizeof(cmd), "cp %s %s", fat.path, opt.path);
    for (long at = 0; at <= n; at += 1 + n / 150) {
        story_sweep(&opt, false);
        assert_int_equal(system(cmd), 0);
        fault = fault_reset();
        fault->ops = MEDIUM;
        fault->kind = at % 2 != 0 ? FAULT_IOERR : FAULT_FULL;
        fault->at = at;
        prune_all(&opt);
        n = at == 0 ? fault->seen : n;
        expect_pruned(&opt);
    }
    print_message("# %ld operations of pruning, each %ldth failed\n", n, 1 + n / 150);
    story_sweep(&opt, true);
    story_sweep(&fat, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_io_error_once),
        cmocka_unit_test(test_io_error_for_good),
        cmocka_unit_test(test_full_once),
        cmocka_unit_test(test_full_for_good),
        cmocka_unit_test(test_torn_write_once),
        cmocka_unit_test(test_torn_write_for_good),
        cmocka_unit_test(test_read_error_once),
        cmocka_unit_test(test_read_error_for_good),
        cmocka_unit_test(test_every_failure_is_told),
        cmocka_unit_test(test_full_costs_the_reserve_first),
        cmocka_unit_test(test_power_cut_everywhere),
        cmocka_unit_test(test_prune_under_fire),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
