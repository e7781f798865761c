/* The journal's events: each kind comes out as it went in, with its plan. */
#include "journal_fixture.h"

#include <errno.h>
#include <stdlib.h>

static const struct tr_event every[] = {
    {.kind = TR_EVENT_INPUT,
     .at.ns = 5000000000,
     .sensor = 255,
     .level = true,
     .edge_at.ns = 4950000000},
    {.kind = TR_EVENT_INPUT, .at.ns = INT64_MIN, .sensor = 0, .edge_at.ns = INT64_MAX},
    {.kind = TR_EVENT_HEALTH, .at.ns = 1, .sensor = 3, .value = TR_HEALTH_STORM},
    {.kind = TR_EVENT_GAP, .at.ns = 2, .sensor = 4, .value = 1000000},
    {.kind = TR_EVENT_COMMAND,
     .at.ns = 3,
     .sensor = TR_NONE,
     .u.command = {TR_COMMAND_MUTE, TR_NONE, TR_NONE, 3600, TR_NONE}},
    {.kind = TR_EVENT_COMMAND,
     .at.ns = 3,
     .sensor = TR_NONE,
     .value = -9,
     .u.command = {TR_COMMAND_TEST_OUTPUT, 23, INT16_MAX, INT32_MIN, INT16_MAX}},
    {.kind = TR_EVENT_COMMAND,
     .at.ns = 3,
     .sensor = TR_NONE,
     .u.command = {TR_COMMAND_ACK, TR_NONE, TR_NONE, 0, 2}},
    {.kind = TR_EVENT_CALENDAR,
     .at.ns = 4,
     .sensor = TR_NONE,
     .value = 20260302,
     .u.moment = TR_MOMENT_DAY},
    {.kind = TR_EVENT_CALENDAR,
     .at.ns = 4,
     .sensor = TR_NONE,
     .edge_at.ns = 3,
     .value = 20260303,
     .u.moment = TR_MOMENT_DAY},
    {.kind = TR_EVENT_CALENDAR,
     .at.ns = 4,
     .sensor = TR_NONE,
     .value = TR_NONE,
     .u.moment = TR_MOMENT_DAYPART},
    {.kind = TR_EVENT_CLOCK,
     .at.ns = 5,
     .sensor = TR_NONE,
     .value = 1,
     .u.wall_offset_ms = 1772442000123},
    {.kind = TR_EVENT_RESTART,
     .at.ns = 6,
     .sensor = TR_NONE,
     .edge_at.ns = 5,
     .value = -1,
     .u.open_ns = -1},
    {.kind = TR_EVENT_RESTART,
     .at.ns = 7,
     .sensor = TR_NONE,
     .edge_at.ns = 6,
     .value = 1,
     .u.open_ns = 0},
    {.kind = TR_EVENT_PLAN, .at.ns = 7, .sensor = TR_NONE},
    {.kind = TR_EVENT_FINISH, .at.ns = INT64_MAX - 1, .sensor = TR_NONE},
    {.kind = TR_EVENT_TICK, .at.ns = 8},
    {.kind = TR_EVENT_EDGE, .at.ns = 9, .sensor = 1, .level = true},
    {.kind = TR_EVENT_LEVEL, .at.ns = 10, .sensor = 2},
};
enum { EVERY = sizeof(every) / sizeof(every[0]) };

static int same(void *user, uint64_t seq, const struct tr_event *ev, const char *plan_hash)
{
    int *n = user;
    const struct tr_event *want = &every[*n];

    assert_int_equal(seq, *n + 1);
    assert_int_equal(ev->kind, want->kind);
    assert_int_equal(ev->at.ns, want->at.ns);
    assert_int_equal(ev->sensor, want->sensor);
    assert_int_equal(ev->level, want->level);
    assert_int_equal(ev->edge_at.ns, want->edge_at.ns);
    assert_int_equal(ev->value, want->value);
    if (ev->kind == TR_EVENT_COMMAND) {
        assert_int_equal(ev->u.command.kind, want->u.command.kind);
        assert_int_equal(ev->u.command.station, want->u.command.station);
        assert_int_equal(ev->u.command.output, want->u.command.output);
        assert_int_equal(ev->u.command.value, want->u.command.value);
        assert_int_equal(ev->u.command.sensor, want->u.command.sensor);
    } else if (ev->kind == TR_EVENT_CALENDAR) {
        assert_int_equal(ev->u.moment, want->u.moment);
    } else if (ev->kind == TR_EVENT_CLOCK) {
        assert_int_equal(ev->u.wall_offset_ms, want->u.wall_offset_ms);
    } else if (ev->kind == TR_EVENT_RESTART) {
        assert_int_equal(ev->u.open_ns, want->u.open_ns);
    }
    if (ev->kind == TR_EVENT_PLAN) {
        assert_string_equal(plan_hash, "0123456789abcdef");
    } else {
        assert_null(plan_hash);
    }
    (*n)++;
    return 0;
}

static void test_every_event(void **state)
{
    struct fixture *f = *state;
    struct tr_event bad = {.kind = TR_EVENT_KIND_COUNT};
    char *text = NULL;
    int n = 0;

    assert_int_equal(tr_journal_put_plan(f->journal, "0123456789abcdef", "the plan"), 0);
    for (uint64_t i = 0; i < EVERY; i++) {
        assert_int_equal(tr_journal_put_event(f->journal, i + 1, &every[i]), 0);
    }
    assert_int_equal(tr_journal_put_event(f->journal, 99, &bad), -EINVAL);
    assert_int_equal(tr_journal_events(f->journal, 0, same, &n), 0);
    assert_int_equal(n, 0); /* not committed: not there */
    assert_int_equal(tr_journal_commit(f->journal), 0);
    assert_int_equal(tr_journal_events(f->journal, 0, same, &n), 0);
    assert_int_equal(n, EVERY);
    reopen(f);
    n = 4;
    assert_int_equal(tr_journal_events(f->journal, 4, same, &n), 0);
    assert_int_equal(n, EVERY);
    assert_int_equal(tr_journal_plan(f->journal, "0123456789abcdef", &text), 0);
    assert_string_equal(text, "the plan");
    free(text);
    assert_int_equal(tr_journal_plan(f->journal, "ffffffffffffffff", &text), -ENOENT);
    assert_int_equal(tr_journal_put_plan(f->journal, "0123456789abcdef0", "too long"), -EINVAL);
}

static int stop_at_three(void *user, uint64_t seq, const struct tr_event *ev, const char *plan_hash)
{
    (void)user;
    (void)ev;
    (void)plan_hash;
    return seq == 3 ? 42 : 0;
}

static void test_visit_stops(void **state)
{
    struct fixture *f = *state;

    for (uint64_t i = 1; i <= 5; i++) {
        put_input(f, i);
    }
    assert_int_equal(tr_journal_commit(f->journal), 0);
    assert_int_equal(tr_journal_events(f->journal, 0, stop_at_three, NULL), 42);
    assert_int_equal(tr_journal_events(f->journal, UINT64_MAX, stop_at_three, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_event),
        TEST(test_visit_stops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
