/* The journal at its limits: memory, size, age. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "journal_fixture.h"

/* --- limits ---------------------------------------------------------------- */

static void test_memory_gives_up_inputs_first(void **state)
{
    struct fixture *f = *state;
    struct tr_journal_stats stats;

    for (uint64_t i = 1; i <= 100; i++) {
        put_wait(f, i);
    }
    for (uint64_t i = 1; i <= 30000; i++) {
        put_input(f, i);
    }
    tr_journal_stats(f->journal, &stats);
    assert_true(stats.held_rows <= 20000);
    assert_true(stats.held_rows > 5000);
    assert_int_equal(stats.lost, 30100 - stats.held_rows);
    assert_int_equal(stats.lost, stats.lost_inputs);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    assert_int_equal(ask(f, "SELECT count(*) FROM wait"), 100);
    assert_int_equal(ask(f, "SELECT max(seq) FROM event"), 30000); /* the newest stay */
    reopen(f);
    tr_journal_stats(f->journal, &stats);
    assert_int_equal(stats.lost, 30000 - ask(f, "SELECT count(*) FROM event"));
    assert_int_equal(stats.lost_inputs, stats.lost);
}

static void test_memory_gives_up_records_last(void **state)
{
    struct fixture *f = *state;
    struct tr_journal_stats stats;

    put_input(f, 1);
    for (uint64_t i = 1; i <= 12000; i++) {
        put_wait(f, i);
    }
    tr_journal_stats(f->journal, &stats);
    assert_int_equal(stats.lost_inputs, 1);
    assert_true(stats.lost > 1);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    assert_int_equal(ask(f, "SELECT count(*) FROM wait"), 12001 - (int64_t)stats.lost);
    assert_int_equal(ask(f, "SELECT max(seq) - min(seq) + 1 - count(*) FROM wait"), 0);
    assert_int_equal(ask(f, "SELECT max(seq) FROM outbox"), 12000);
}

/* A day: inputs, waits, a snapshot at its start. */
static void put_day(struct fixture *f, uint64_t day, bool delivered)
{
    const uint64_t n = 300;
    uint64_t first = day * n + 1;

    put_snapshot(f, 6 * (first - 1));
    for (uint64_t i = first; i < first + n; i++) {
        for (uint64_t k = 0; k < 6; k++) {
            put_input(f, 6 * i + k);
        }
        put_wait(f, i);
        if (i % 50 == 0) {
            put_tail(f, 6 * i);
            assert_int_equal(tr_journal_commit(f->journal), 0);
        }
    }
    for (uint64_t i = first; i < first + n && delivered; i++) {
        assert_int_equal(tr_journal_outbox_sent(f->journal, i), 0);
    }
    put_tail(f, 6 * (first + n - 1) + 5);
    assert_int_equal(tr_journal_commit(f->journal), 0);
}

static int prune_all(struct fixture *f)
{
    int n = 0;
    int r;

    do {
        r = tr_journal_prune(f->journal, (struct tr_wall){0});
        assert_true(r >= 0);
        n += r;
    } while (r > 0);
    return n;
}

static void reopen_with(struct fixture *f, int64_t max_bytes)
{
    f->opt.max_bytes = max_bytes;
    reopen(f);
}

static void test_prune_order(void **state)
{
    struct fixture *f = *state;
    struct tr_journal_stats before;
    struct tr_journal_stats stats;

    for (uint64_t day = 0; day < 20; day++) {
        put_day(f, day, day < 15);
    }
    assert_int_equal(prune_all(f), 0);
    tr_journal_stats(f->journal, &before);

    /* A little too big: inputs go, oldest first, and nothing else. */
    reopen_with(f, 7 << 18);
    reopen_with(f, INT64_C(3) << 20);
    assert_true(prune_all(f) > 0);
    assert_int_equal(ask(f, "SELECT count(*) FROM wait"), 6000);
    assert_int_equal(ask(f, "SELECT count(*) FROM outbox"), 1500);
    assert_true(ask(f, "SELECT count(*) FROM event") < 36000);
    assert_true(ask(f, "SELECT count(*) FROM event WHERE seq >= 34200") == 1806);
    assert_int_equal(ask(f, "SELECT count(*) FROM snapshot WHERE seq = 34200"), 1);

    /* Much too big: waits too, oldest first, but none that is still to be sent. */
    reopen_with(f, INT64_C(7) << 18);
    assert_true(prune_all(f) > 0);
    assert_true(ask(f, "SELECT count(*) FROM wait") < 6000);
    assert_int_equal(ask(f, "SELECT count(*) FROM wait WHERE seq > 4500"), 1500);
    assert_int_equal(ask(f, "SELECT count(*) FROM outbox"), 1500);
    tr_journal_stats(f->journal, &stats);
    assert_int_equal(stats.lost, 0);

    /* Far too big: the outbox last of all, counted. */
    reopen_with(f, INT64_C(3) << 18);
    assert_true(prune_all(f) > 0);
    tr_journal_stats(f->journal, &stats);
    assert_int_equal(ask(f, "SELECT count(*) FROM event"), 0);
    assert_true(stats.lost > 0);
    assert_int_equal(stats.outbox + stats.lost, 1500);
    assert_int_equal(stats.lost_inputs, 0);
    reopen(f);
    tr_journal_stats(f->journal, &stats);
    assert_int_equal(stats.outbox, ask(f, "SELECT count(*) FROM outbox"));
    assert_true(stats.bytes < before.bytes / 2); /* it really shrank */
}

static void test_cap_without_prune(void **state)
{
    struct fixture *f = *state;
    struct tr_journal_stats stats;

    reopen_with(f, INT64_C(3) << 20);
    for (uint64_t day = 0; day < 40; day++) {
        put_day(f, day, true);
    }
    tr_journal_stats(f->journal, &stats);
    assert_true(stats.bytes + stats.reserved_bytes <= INT64_C(3) << 20);
    assert_int_equal(stats.lost, 0);
    assert_int_equal(stats.held_rows, 0);
    assert_int_equal(ask(f, "SELECT max(seq) FROM wait"), 40 * 300);
    assert_int_equal(ask(f, "SELECT max(seq) FROM event"), 6 * 40 * 300 + 5);
}

static void test_prune_by_age(void **state)
{
    struct fixture *f = *state;
    const int64_t day_ns = 86400 * TR_NS_PER_S;

    f->opt.retain_days = 2;
    reopen(f);
    put_snapshot(f, 1000000);
    put_input(f, 1);
    put_wait(f, 1);
    put_input(f, 17280); /* one day of 5 s */
    put_wait(f, 2 * 2880);
    put_input(f, 3 * 17280);
    put_wait(f, 3 * 2880);
    put_tail(f, 3 * 17280);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    assert_int_equal(tr_journal_outbox_sent(f->journal, 1), 0);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    assert_int_equal(prune_all(f), 2);
    assert_int_equal(ask(f, "SELECT min(seq) FROM wait"), 2 * 2880);
    assert_int_equal(ask(f, "SELECT min(seq) FROM event"), 17280);
    /* A clock that claims another century bridges a day and no more, and what
     * is still to be sent outlives its age. */
    assert_int_equal(tr_journal_prune(f->journal, (struct tr_wall){INT64_MAX / 2}), 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM event"), 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM wait"), 2);
    assert_int_equal(ask(f, "SELECT at FROM tail"), 3 * day_ns);
}

static uint64_t outbox_of(struct fixture *f)
{
    struct tr_journal_stats stats;

    tr_journal_stats(f->journal, &stats);
    return stats.outbox;
}

/* A broker away for weeks: the count is at least the truth, and the truth again
 * once the backlog has become short. */
static void test_long_outbox(void **state)
{
    struct fixture *f = *state;

    for (uint64_t i = 1; i <= 24000; i++) {
        put_wait(f, i);
        if (i % 4000 == 0) {
            assert_int_equal(tr_journal_commit(f->journal), 0);
        }
    }
    for (uint64_t i = 3; i < 24000; i += 2) {
        assert_int_equal(tr_journal_outbox_sent(f->journal, i), 0);
    }
    assert_int_equal(tr_journal_commit(f->journal), 0);
    assert_int_equal(outbox_of(f), 12001);
    reopen(f);
    assert_int_equal(outbox_of(f), 24000);
    for (uint64_t i = 1; i < 8000; i++) {
        assert_int_equal(tr_journal_outbox_sent(f->journal, i), 0);
    }
    assert_int_equal(tr_journal_commit(f->journal), 0);
    assert_int_equal(outbox_of(f), 8001);
    assert_int_equal(ask(f, "SELECT count(*) FROM outbox"), 8001);
}

static int restart_of_old(void *user, uint64_t seq, const struct tr_event *ev, const char *hash)
{
    (void)seq;
    (void)hash;
    assert_int_equal(ev->kind, TR_EVENT_RESTART);
    assert_int_equal(ev->value, 70);
    assert_int_equal(ev->edge_at.ns, ev->at.ns);
    assert_int_equal(ev->u.open_ns, -1); /* not 0: it may well have been opening time */
    ++*(int *)user;
    return 0;
}

/* Journals from before opening time was known are read as not knowing it. */
static void test_restart_of_an_older_build(void **state)
{
    struct fixture *f = *state;
    const struct tr_event ev = {.kind = TR_EVENT_RESTART,
                                .at.ns = 1000,
                                .sensor = TR_NONE,
                                .edge_at.ns = 930,
                                .value = 70,
                                .u.open_ns = 40};
    int n = 0;

    assert_int_equal(tr_journal_put_event(f->journal, 1, &ev), 0);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    tr_journal_close(f->journal);
    alter(f, "UPDATE event SET lag = 0, arg = 0");
    assert_int_equal(try_open(f), 0);
    assert_int_equal(tr_journal_events(f->journal, 0, restart_of_old, &n), 0);
    assert_int_equal(n, 1);
}

/* Dead letters are copies: beyond the newest they serve nobody. */
static void test_dead_letters_are_capped(void **state)
{
    struct fixture *f = *state;
    struct tr_journal_stats stats;

    for (uint64_t i = 1; i <= 10050; i++) {
        put_wait(f, i);
        if (i % 5000 == 0 || i == 10050) {
            assert_int_equal(tr_journal_commit(f->journal), 0);
        }
    }
    for (uint64_t i = 1; i <= 10050; i++) {
        assert_int_equal(tr_journal_outbox_refused(f->journal, i, "not authorised"), 0);
        if (i % 5000 == 0 || i == 10050) {
            assert_int_equal(tr_journal_commit(f->journal), 0);
        }
    }
    tr_journal_stats(f->journal, &stats);
    assert_int_equal(stats.dead_letters, 10050);
    assert_int_equal(prune_all(f), 50);
    tr_journal_stats(f->journal, &stats);
    assert_int_equal(stats.dead_letters, 10000);
    assert_int_equal(ask(f, "SELECT min(seq) FROM dead_letter"), 51);
    assert_int_equal(ask(f, "SELECT count(*) FROM wait"), 10050);
    assert_int_equal(stats.lost, 0);
}

/* What the broker was told of is remembered, with the text that says what it was. */
static void test_the_broker_was_told_of_a_plan(void **state)
{
    struct fixture *f = *state;
    char hash[17] = "";
    char *text = NULL;

    f->opt.retain_days = 2;
    reopen(f);
    assert_int_equal(tr_journal_said(f->journal, 0, hash), 0);
    assert_int_equal(tr_journal_said_put(f->journal, "not a hash"), -EINVAL);
    assert_int_equal(tr_journal_said_put(f->journal, "00000000000000zz"), -EINVAL);
    assert_int_equal(tr_journal_said_drop(f->journal, "zz"), -EINVAL);
    assert_int_equal(tr_journal_put_plan(f->journal, "fedcba9876543210", "the old one"), 0);
    assert_int_equal(tr_journal_said_put(f->journal, "fedcba9876543210"), 1);
    assert_true(tr_journal_dirty(f->journal));
    assert_int_equal(tr_journal_commit(f->journal), 0);
    reopen(f);
    assert_int_equal(tr_journal_said(f->journal, 0, hash), 1);
    assert_int_equal(tr_journal_said(f->journal, 1, hash), 0);
    assert_string_equal(hash, "fedcba9876543210");
    /* Others come and go, and old rows with them: this one's text stays. */
    assert_int_equal(tr_journal_put_plan(f->journal, "1111111111111111", "the next"), 0);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    assert_int_equal(tr_journal_put_plan(f->journal, "0123456789abcdee", "the one after"), 0);
    put_day(f, 0, true);
    put_day(f, 100, true); /* 250 hours later */
    assert_true(prune_all(f) > 0);
    assert_int_equal(tr_journal_plan(f->journal, "1111111111111111", &text), -ENOENT);
    assert_int_equal(tr_journal_plan(f->journal, hash, &text), 0);
    assert_string_equal(text, "the old one");
    free(text);
    assert_int_equal(tr_journal_said_put(f->journal, hash), 0);
    assert_false(tr_journal_dirty(f->journal)); /* nothing new */
}

/* A configuration may be replaced before what it said is taken back. */
static void test_the_broker_was_told_of_many_plans(void **state)
{
    struct fixture *f = *state;
    char hash[17];
    char want[17];

    for (int i = 0; i < TR_JOURNAL_SAID_MAX + 1; i++) {
        snprintf(want, sizeof(want), "%016x", i + 1);
        assert_int_equal(tr_journal_said_put(f->journal, want), 1);
    }
    assert_int_equal(tr_journal_said_drop(f->journal, "0000000000000004"), 0);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    reopen(f);
    /* The oldest had to give way, one was dropped; the others are there, in order. */
    for (int i = 0, n = 2; i < TR_JOURNAL_SAID_MAX - 1; i++, n++) {
        n += n == 4;
        snprintf(want, sizeof(want), "%016x", n);
        assert_int_equal(tr_journal_said(f->journal, i, hash), 1);
        assert_string_equal(hash, want);
    }
    assert_int_equal(tr_journal_said(f->journal, TR_JOURNAL_SAID_MAX - 1, hash), 0);
    assert_int_equal(tr_journal_said(f->journal, TR_JOURNAL_SAID_MAX, hash), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_memory_gives_up_inputs_first),
        TEST(test_memory_gives_up_records_last),
        TEST(test_prune_order),
        TEST(test_cap_without_prune),
        TEST(test_prune_by_age),
        TEST(test_long_outbox),
        TEST(test_restart_of_an_older_build),
        TEST(test_dead_letters_are_capped),
        TEST(test_the_broker_was_told_of_a_plan),
        TEST(test_the_broker_was_told_of_many_plans),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
