/* A trace as the daemon would have lived it: !down and !restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "codec/trace.h"

#define HEAD "# thirdring trace 1\n"

static struct tr_plan plan;
static char error[TR_TRACE_ERROR_MAX];

static int setup(void **state)
{
    static const char *const id[] = {"door_outer", "door_inner", "greet", "till_1"};
    (void)state;
    tr_plan_init(&plan);
    for (size_t i = 0; i < sizeof(id) / sizeof(*id); i++) {
        strcpy(plan.sensors[plan.sensors_n++].id, id[i]);
    }
    return 0;
}

/* The events of a text by way of the feed, one word each. */
static void feed(const char *text, char *out, size_t cap)
{
    static const char *const word[] = {"tick", "edge", "level", "input", "health",
                                       "gap",  "cmd",  "cal",   "clock", "restart"};
    struct tr_trace *trace = NULL;
    struct tr_trace_feed f;
    struct tr_event ev;
    assert_int_equal(tr_trace_open_memory("day.trace", text, strlen(text), &plan, &trace, error),
                     0);
    tr_trace_feed_init(&f, trace, 1000, true);
    size_t used = 0;
    out[0] = '\0';
    while (tr_trace_feed_next(&f, &ev, error) > 0) {
        used += (size_t)snprintf(out + used, cap - used, "%s%lld:%s", used > 0 ? " " : "",
                                 (long long)(ev.at.ns / TR_NS_PER_S), word[ev.kind]);
        if (ev.kind == TR_EVENT_EDGE || ev.kind == TR_EVENT_LEVEL) {
            used += (size_t)snprintf(out + used, cap - used, "=%d/%d", ev.sensor, ev.level);
        } else if (ev.kind == TR_EVENT_RESTART) {
            used += (size_t)snprintf(out + used, cap - used, "=%lld",
                                     (long long)(ev.value / TR_NS_PER_S));
        } else if (ev.kind == TR_EVENT_CLOCK) {
            used += (size_t)snprintf(out + used, cap - used, "=%lld/%d",
                                     (long long)ev.u.wall_offset_ms, (int)ev.value);
        }
        assert_true(used < cap);
    }
    assert_int_equal(tr_trace_feed_next(&f, &ev, error), 0);
    tr_trace_close(trace);
}

static void what_a_daemon_would_have_seen(void **state)
{
    static const struct {
        const char *text, *events;
    } c[] = {
        {"1 greet 1\n2 greet 0\n", "1:edge=2/1 2:edge=2/0"},
        {"1 greet 1\n2 !restart\n3 greet 0\n", "1:edge=2/1 2:restart=0 2:level=2/1 3:edge=2/0"},
        /* What changed and changed back is never known. */
        {"1 greet 1\n2 !down 10\n3 greet 0\n4 till_1 1\n5 door_outer 1\n6 door_outer 0\n"
         "7 !gap greet 2\n8 !cmd refresh\n12 till_1 0\n",
         "1:edge=2/1 12:restart=10 12:level=0/0 12:level=2/0 12:level=3/1 12:edge=3/0"},
        {"1 !down 5\n", "6:restart=5"},
        {"1 !down 5\n2 greet 1\n", "6:restart=5 6:level=2/1"},
        {"1 !down 5\n4 !down 5\n5 !restart\n7 greet 1\n9 greet 0\n",
         "9:restart=8 9:level=2/1 9:edge=2/0"},
        {"1 !clock 2\n2 !clock free\n3 !clock synced\n",
         "1:clock=3000/1 2:clock=3000/0 3:clock=3000/1"},
        {"1 !down 3\n2 !clock 2\n3 !clock free\n5 greet 1\n",
         "4:restart=3 4:clock=3000/0 5:edge=2/1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
        char text[256];
        char got[512];
        snprintf(text, sizeof(text), HEAD "%s", c[i].text);
        feed(text, got, sizeof(got));
        assert_string_equal(got, c[i].events);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_daemon_would_have_seen),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
