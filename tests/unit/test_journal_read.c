/* Reading a journal beside who writes it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "journal_fixture.h"

enum { SEEN_MAX = 4096 };

static const struct tr_journal_which everything = {
    .kinds = TR_JOURNAL_RECORDS, .from.ms = INT64_MIN, .to.ms = INT64_MAX};

/* What a walk saw. */
struct seen {
    size_t n;
    struct tr_journal_record r[SEEN_MAX];
    struct fixture *writer; /* puts another wait at each record */
    uint64_t next;
    size_t stop_after;
};

/* Can all of the WAL be moved now, or does a reader hold some of it? */
static bool can_checkpoint(struct fixture *f)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    bool busy;

    assert_int_equal(sqlite3_open(f->opt.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA wal_checkpoint(TRUNCATE)", -1, &stmt, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    busy = sqlite3_column_int(stmt, 0) != 0;
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return !busy;
}

static int note(void *user, const struct tr_journal_record *record)
{
    struct seen *s = user;

    assert_true(s->n < SEEN_MAX);
    s->r[s->n++] = *record;
    if (s->writer != NULL && s->next < 1000) {
        put_wait(s->writer, s->next++);
        assert_int_equal(tr_journal_commit(s->writer->journal), 0);
        assert_true(s->n % 100 != 0 || can_checkpoint(s->writer));
    }
    return s->n == s->stop_after ? 77 : 0;
}

static struct seen *new_seen(void)
{
    struct seen *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    return s;
}

static struct tr_journal_reader *look(struct fixture *f)
{
    struct tr_journal_reader *reader = NULL;

    if (tr_journal_read_open(f->opt.path, &reader, f->err) != 0) {
        fail_msg("%s", f->err);
    }
    return reader;
}

static void put_vote(struct fixture *f, uint64_t seq, uint64_t wait, const char *button)
{
    const struct tr_vote_record v = {.seq = seq,
                                     .press_seq = 6 * seq,
                                     .score = 50,
                                     .presses = 2,
                                     .at.ns = (int64_t)seq * TR_NS_PER_S,
                                     .at_wall.ms = 1772442000000 + (int64_t)seq * 30000,
                                     .wait_seq = wait,
                                     .synced = true,
                                     .daypart = 2};

    assert_int_equal(tr_journal_put_vote(f->journal, "smiles", button, &v, "{}"), 0);
}

static void put_alert(struct fixture *f, uint64_t seq, uint64_t open, enum tr_alert_state state,
                      const char *id, enum tr_alert_rule rule)
{
    const struct tr_alert_record a = {.seq = seq,
                                      .open_seq = open,
                                      .rule = rule,
                                      .state = state,
                                      .level = TR_LEVEL_LATE,
                                      .at.ns = (int64_t)seq * TR_NS_PER_S,
                                      .since_wall.ms = 1772442000000,
                                      .at_wall.ms = 1772442000000 + (int64_t)seq * 30000};

    assert_int_equal(tr_journal_put_alert(f->journal, id, &a, "{}"), 0);
}

static void test_a_record_is_as_it_was_put(void **state)
{
    struct fixture *f = *state;
    struct seen *s = new_seen();
    struct tr_journal_reader *reader;
    struct tr_wait_record w = a_wait(1);

    put_wait(f, 1);
    put_vote(f, 2, w.open_seq, "good");
    put_vote(f, 3, 999, NULL);
    put_alert(f, 4, 20, TR_ALERT_RAISED, "sensor-till-2", TR_RULE_SENSOR);
    put_alert(f, 5, 21, TR_ALERT_RAISED, "back-room-burning", TR_RULE_BURNING);
    put_alert(f, 6, 22, TR_ALERT_CLEARED, "offline", TR_RULE_OFFLINE);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    reader = look(f);
    assert_int_equal(tr_journal_records(reader, &everything, note, s), 0);
    assert_int_equal(s->n, 6);
    for (size_t i = 0; i < s->n; i++) {
        assert_int_equal(s->r[i].seq, i + 1);
    }
    assert_string_equal(s->r[0].station, "tills");
    assert_string_equal(s->r[0].place, "till2");
    assert_string_equal(s->r[0].daypart, "lunch");
    w.position = w.daypart = 0; /* names stand for them */
    assert_memory_equal(&s->r[0].u.wait.opened, &w.opened, sizeof(w.opened));
    assert_int_equal(s->r[0].u.wait.ended.ns, w.ended.ns);
    assert_int_equal(s->r[0].u.wait.service_ns, w.service_ns);
    assert_int_equal(s->r[0].u.wait.verdict, w.verdict);
    assert_int_equal(s->r[0].u.wait.by, w.by);
    assert_int_equal(s->r[0].u.wait.position, 0);
    assert_string_equal(s->r[1].place, "good");
    assert_string_equal(s->r[1].wait_station, "tills");
    assert_int_equal(s->r[1].u.vote.daypart, 2);
    assert_int_equal(s->r[2].u.vote.button, TR_NONE);
    assert_string_equal(s->r[2].wait_station, ""); /* its wait is not there (any more) */
    assert_string_equal(s->r[3].place, "till-2");
    assert_int_equal(s->r[3].u.alert.station, TR_NONE);
    assert_string_equal(s->r[4].station, "back-room");
    assert_string_equal(s->r[5].station, "");
    tr_journal_read_close(reader);
    free(s);
}

static void test_an_alert_remembers_that_it_was_seen(void **state)
{
    static const struct {
        uint64_t open;
        enum tr_alert_state state;
        bool acked;
    } story[] = {
        {10, TR_ALERT_RAISED, false},  {10, TR_ALERT_ACKED, true},    {10, TR_ALERT_CLEARED, true},
        {30, TR_ALERT_RAISED, false},  {30, TR_ALERT_CLEARED, false}, {30, TR_ALERT_CLEARED, true},
        {40, TR_ALERT_RAISED, false},  {40, TR_ALERT_ACKED, true},    {40, TR_ALERT_RAISED, false},
        {40, TR_ALERT_CLEARED, false},
    };
    const size_t n = sizeof(story) / sizeof(story[0]);
    struct tr_journal_which late = {
        .kinds = TR_JOURNAL_ALERTS, .from.ms = 1772442000000 + 3 * 30000, .to.ms = INT64_MAX};
    struct fixture *f = *state;
    struct seen *s = new_seen();
    struct tr_journal_reader *reader;

    for (size_t i = 0; i < n; i++) {
        put_alert(f, i + 1, story[i].open, story[i].state, "tills-wait", TR_RULE_WAIT);
    }
    assert_int_equal(tr_journal_commit(f->journal), 0);
    reader = look(f);
    assert_int_equal(tr_journal_records(reader, &everything, note, s), 0);
    assert_int_equal(s->n, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(s->r[i].u.alert.acked, story[i].acked);
    }
    s->n = 0;
    assert_int_equal(tr_journal_records(reader, &late, note, s), 0);
    assert_int_equal(s->n, n - 2);
    assert_true(s->r[0].u.alert.acked); /* by a row that is not among them */
    tr_journal_read_close(reader);
    free(s);
}

static void test_only_what_was_asked_for(void **state)
{
    struct tr_journal_which which = everything;
    struct fixture *f = *state;
    struct seen *s = new_seen();
    struct tr_journal_reader *reader;
    struct tr_wait_record w;

    for (uint64_t i = 1; i <= 600; i++) {
        w = a_wait(i);
        w.closed_wall.ms = 1000 * (int64_t)(1000 - i); /* a clock that ran backwards */
        assert_int_equal(
            tr_journal_put_wait(f->journal, i % 3 == 0 ? "door" : "tills", NULL, NULL, &w, "{}"),
            0);
    }
    put_vote(f, 601, 0, "good");
    assert_int_equal(tr_journal_commit(f->journal), 0);
    reader = look(f);
    which.station = "door";
    assert_int_equal(tr_journal_records(reader, &which, note, s), 0);
    assert_int_equal(s->n, 200);
    assert_int_equal(s->r[0].seq, 3);
    s->n = 0;
    which.from.ms = 1000 * 500;
    which.to.ms = 1000 * 700;
    assert_int_equal(tr_journal_waits_of(reader, &which, note, s), 0);
    assert_int_equal(s->n, 66); /* of the waits 301 to 500 */
    for (size_t i = 1; i < s->n; i++) {
        assert_true(s->r[i - 1].u.wait.closed_wall.ms < s->r[i].u.wait.closed_wall.ms);
    }
    s->n = 0;
    which.station = NULL;
    which.kinds = TR_JOURNAL_VOTES;
    which.to.ms = INT64_MAX;
    s->stop_after = 1;
    assert_int_equal(tr_journal_records(reader, &which, note, s), 77);
    assert_int_equal(s->n, 1);
    tr_journal_read_close(reader);
    free(s);
}

/* The writer's life goes on at each record that is read: its commits succeed, and
 * its checkpoints move all of the WAL, for no reader stands in their way. */
static void test_a_slow_reader_holds_up_nobody(void **state)
{
    struct fixture *f = *state;
    struct seen *s = new_seen();
    struct tr_journal_reader *reader;
    struct tr_journal_stats stats;

    for (uint64_t i = 1; i <= 300; i++) {
        put_wait(f, i);
    }
    assert_int_equal(tr_journal_commit(f->journal), 0);
    reader = look(f);
    s->writer = f;
    s->next = 301;
    assert_int_equal(tr_journal_records(reader, &everything, note, s), 0);
    assert_int_equal(s->n, 999); /* what came meanwhile, too */
    tr_journal_stats(f->journal, &stats);
    assert_int_equal(stats.checkpoint_errors, 0);
    tr_journal_read_close(reader);
    free(s);
}

static void test_the_plan_of_a_moment(void **state)
{
    struct fixture *f = *state;
    struct tr_journal_reader *reader;
    struct tr_event ev = {.kind = TR_EVENT_PLAN, .at.ns = 1, .sensor = TR_NONE};
    uint64_t until = 0;
    char hash[17] = "";
    char *text = NULL;

    assert_int_equal(tr_journal_put_plan(f->journal, "aaaaaaaaaaaaaaaa", "first"), 0);
    put_tail(f, 5);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    reader = look(f);
    /* The tail's, whose text was never put. */
    assert_int_equal(tr_journal_plan_at(reader, 3, hash, &until), 0);
    assert_string_equal(hash, "0123456789abcdef");
    assert_true(until == UINT64_MAX);
    assert_int_equal(tr_journal_read_plan(reader, hash, &text), -ENOENT);
    assert_int_equal(tr_journal_put_plan(f->journal, "bbbbbbbbbbbbbbbb", "second"), 0);
    assert_int_equal(tr_journal_put_event(f->journal, 9, &ev), 0);
    assert_int_equal(tr_journal_commit(f->journal), 0);
    assert_int_equal(tr_journal_plan_at(reader, 3, hash, &until), 0);
    assert_string_equal(hash, "aaaaaaaaaaaaaaaa");
    assert_int_equal(until, 9);
    assert_int_equal(tr_journal_plan_at(reader, 9, hash, &until), 0);
    assert_string_equal(hash, "bbbbbbbbbbbbbbbb");
    assert_int_equal(tr_journal_read_plan(reader, hash, &text), 0);
    assert_string_equal(text, "second");
    free(text);
    tr_journal_read_close(reader);
}

struct gaps {
    int n;
    int64_t from[4], to[4], length[4];
};

static int note_gap(void *user, struct tr_wall from, struct tr_wall to, int64_t length_ns)
{
    struct gaps *g = user;

    g->from[g->n] = from.ms;
    g->to[g->n] = to.ms;
    g->length[g->n++] = length_ns;
    return 0;
}

static void test_absences_by_the_wall_clock(void **state)
{
    const int64_t s = TR_NS_PER_S;
    const struct tr_event story[] = {
        {.kind = TR_EVENT_CLOCK, .sensor = TR_NONE, .at.ns = 1 * s, .u.wall_offset_ms = 1000000},
        {.kind = TR_EVENT_INPUT, .sensor = 1, .at.ns = 2 * s, .edge_at.ns = 2 * s},
        {.kind = TR_EVENT_RESTART,
         .sensor = TR_NONE,
         .at.ns = 60 * s,
         .edge_at.ns = 50 * s,
         .value = 10 * s},
        {.kind = TR_EVENT_CLOCK, .sensor = TR_NONE, .at.ns = 60 * s, .u.wall_offset_ms = 1002000},
        {.kind = TR_EVENT_RESTART,
         .sensor = TR_NONE,
         .at.ns = 90 * s,
         .edge_at.ns = 80 * s,
         .value = -1},
    };
    struct fixture *f = *state;
    struct gaps g = {.n = 0};
    struct tr_journal_reader *reader;

    for (uint64_t i = 0; i < sizeof(story) / sizeof(story[0]); i++) {
        assert_int_equal(tr_journal_put_event(f->journal, i + 1, &story[i]), 0);
    }
    assert_int_equal(tr_journal_commit(f->journal), 0);
    reader = look(f);
    assert_int_equal(tr_journal_absences(reader, note_gap, &g), 0);
    assert_int_equal(g.n, 2);
    assert_int_equal(g.from[0], 1050000);
    assert_int_equal(g.to[0], 1062000); /* by the clock as it was set then */
    assert_int_equal(g.length[0], 10 * s);
    assert_int_equal(g.from[1], 1082000);
    assert_int_equal(g.to[1], 1092000);
    assert_int_equal(g.length[1], -1);
    tr_journal_read_close(reader);
}

static void test_what_cannot_be_read_is_told(void **state)
{
    struct fixture *f = *state;
    struct tr_journal_reader *reader = NULL;
    char cmd[512];

    assert_int_equal(tr_journal_read_open("/nowhere/j.db", &reader, f->err), -ENOENT);
    assert_int_equal(tr_journal_read_open(f->dir, &reader, f->err), -EISDIR);
    tr_journal_close(f->journal);
    f->journal = NULL;
    snprintf(cmd, sizeof(cmd), "echo 'this is no database at all' > %s", f->opt.path);
    assert_int_equal(system(cmd), 0);
    assert_int_equal(tr_journal_read_open(f->opt.path, &reader, f->err), -EBADMSG);
    snprintf(cmd, sizeof(cmd), ": > %s", f->opt.path);
    assert_int_equal(system(cmd), 0);
    assert_int_equal(tr_journal_read_open(f->opt.path, &reader, f->err), -ENODATA);
    assert_null(reader);
}

/* --- for figures ------------------------------------------------------------------- */

struct sum {
    int n;
    uint64_t open_seqs;
    struct tr_journal_scanned last;
    int stop_after;
};

static int add_up(void *user, const struct tr_journal_scanned *wait)
{
    struct sum *s = user;

    s->n++;
    s->open_seqs += wait->open_seq;
    s->last = *wait;
    return s->n == s->stop_after ? 55 : 0;
}

/* More than a bite of waits of two stations, by both ways of reading. */
static void test_a_scan_sees_each_wait_once(void **state)
{
    enum { N = 5000 };
    struct fixture *f = *state;
    struct tr_journal_reader *reader;
    struct tr_wall first = a_wait(1).closed_wall;
    struct tr_wall last = a_wait(N).closed_wall;
    struct sum all = {.n = 0};
    struct sum far = {.n = 0};
    struct sum some = {.n = 0};
    struct tr_wall at = {0};
    char name[TR_ID_MAX];

    for (uint64_t seq = 1; seq <= N; seq++) {
        struct tr_wait_record w = a_wait(seq);

        w.closed_wall.ms -= seq % 3 == 0 ? 30000 : 0; /* two that closed at the same moment */
        assert_int_equal(tr_journal_put_wait(f->journal, seq % 2 ? "tills" : "door", NULL,
                                             seq % 5 ? "lunch" : NULL, &w, "{}"),
                         0);
        assert_int_equal(seq % 500 ? 0 : tr_journal_commit(f->journal), 0);
    }
    reader = look(f);
    assert_int_equal(tr_journal_scan(reader, (struct tr_wall){first.ms - 30000},
                                     (struct tr_wall){last.ms + 1}, add_up, &all),
                     0);
    assert_int_equal(tr_journal_scan(reader, (struct tr_wall){INT64_MIN},
                                     (struct tr_wall){INT64_MAX}, add_up, &far),
                     0);
    assert_int_equal(all.n, N);
    assert_int_equal(far.n, N);
    assert_int_equal(all.open_seqs, UINT64_C(6) * N * (N + 1) / 2);
    assert_int_equal(far.open_seqs, all.open_seqs);
    assert_int_equal(far.last.wait_ns, 17123456789);
    assert_int_equal(far.last.outcome, TR_OUTCOME_ANSWERED);
    assert_int_equal(far.last.by, TR_BY_STAFF);
    assert_int_equal(tr_journal_name(reader, far.last.station, name), 0);
    assert_string_equal(name, "door");
    assert_int_equal(far.last.daypart, 0);
    assert_int_equal(tr_journal_name(reader, 999, name), -ENOENT);
    some.stop_after = 7;
    assert_int_equal(tr_journal_scan(reader, first, last, add_up, &some), 55);
    assert_int_equal(some.n, 7);
    some = (struct sum){.n = 0};
    assert_int_equal(
        tr_journal_scan(reader, a_wait(10).closed_wall, a_wait(20).closed_wall, add_up, &some), 0);
    assert_int_equal(some.n, ask(f, "SELECT count(*) FROM wait WHERE closed_wall >="
                                    " 1772442000000 + 10 * 30000 + 17123 AND closed_wall <"
                                    " 1772442000000 + 20 * 30000 + 17123"));
    assert_int_equal(tr_journal_first(reader, &at), 0);
    assert_int_equal(at.ms, a_wait(1).opened_wall.ms);
    assert_int_equal(tr_journal_newest_wait(reader, &at), 0);
    assert_int_equal(at.ms, last.ms);
    assert_int_equal(tr_journal_read_lost(reader), 0);
    tr_journal_read_close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_record_is_as_it_was_put),   TEST(test_an_alert_remembers_that_it_was_seen),
        TEST(test_only_what_was_asked_for),     TEST(test_a_slow_reader_holds_up_nobody),
        TEST(test_the_plan_of_a_moment),        TEST(test_absences_by_the_wall_clock),
        TEST(test_what_cannot_be_read_is_told), TEST(test_a_scan_sees_each_wait_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
