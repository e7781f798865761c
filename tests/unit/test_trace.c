/* The trace reader: every form of a line, and every way to get one wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "codec/trace.h"

#define HEAD "# thirdring trace 1\n"

static struct tr_plan plan;
static char error[TR_TRACE_ERROR_MAX];

static int setup(void **state)
{
    static const char *const id[] = {"door_outer", "door_inner", "greet", "till_1", "till_2"};
    (void)state;
    tr_plan_init(&plan);
    for (size_t i = 0; i < sizeof(id) / sizeof(*id); i++) {
        struct tr_sensor *s = &plan.sensors[plan.sensors_n++];
        tr_plan_init_sensor(s, TR_SENSOR_BEAM);
        strcpy(s->id, id[i]);
    }
    tr_plan_init_station(&plan.stations[0], TR_KIND_QUEUE);
    strcpy(plan.stations[0].id, "tills");
    plan.stations_n = 1;
    return 0;
}

static struct tr_trace *open_text(const char *text, size_t n)
{
    struct tr_trace *trace = NULL;
    error[0] = '\0';
    int r = tr_trace_open_memory("day.trace", text, n, &plan, &trace, error);
    if (r < 0) {
        assert_int_equal(r, -EINVAL);
        assert_null(trace);
        return NULL;
    }
    return trace;
}

/* Read all of text, which must be good; the items it yields. */
static size_t read_all(const char *text, struct tr_trace_item *items, size_t cap)
{
    struct tr_trace *trace = open_text(text, strlen(text));
    if (trace == NULL) {
        fail_msg("%s", error);
    }
    size_t n = 0;
    int r;
    while (n < cap && (r = tr_trace_next(trace, &items[n], error)) != 0) {
        if (r < 0) {
            fail_msg("%s", error);
        }
        n++;
    }
    tr_trace_close(trace);
    return n;
}

/* Read all of n bytes, which must end in an error that reads as given. */
static void expect_error_n(const char *text, size_t n, const char *expected)
{
    struct tr_trace_item item;
    struct tr_trace *trace = open_text(text, n);
    int r = trace == NULL ? -EINVAL : 1;
    while (r > 0) {
        r = tr_trace_next(trace, &item, error);
    }
    tr_trace_close(trace);
    assert_int_equal(r, -EINVAL);
    assert_string_equal(error, expected);
}

static void expect_error(const char *text, const char *expected)
{
    expect_error_n(text, strlen(text), expected);
}

static void edges_and_comments(void **state)
{
    struct tr_trace_item it[16];
    (void)state;
    size_t n = read_all(HEAD "# a shop\n"
                             "\n"
                             "0 greet 1\r\n"
                             "0.000000001 greet 0 # let go\n"
                             "  1.5\tdoor_outer\t 1  \n"
                             "1.5 till_2 1#close by\n"
                             "# start of the rush\n"
                             "12.123456789 door_outer 0",
                        it, 16);
    assert_int_equal(n, 5);
    static const struct {
        int64_t ns;
        int sensor;
        bool level;
    } want[] = {{0, 2, true},
                {1, 2, false},
                {1500000000, 0, true},
                {1500000000, 4, true},
                {12123456789, 0, false}};
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(it[i].kind, TR_TRACE_EVENT);
        assert_int_equal(it[i].ev.kind, TR_EVENT_EDGE);
        assert_int_equal(it[i].ev.at.ns, want[i].ns);
        assert_int_equal(it[i].ev.sensor, want[i].sensor);
        assert_int_equal(it[i].ev.level, want[i].level);
    }
}

static void only_a_header(void **state)
{
    struct tr_trace_item it[2];
    (void)state;
    assert_int_equal(read_all("# thirdring trace 1", it, 2), 0);
    assert_int_equal(read_all("\xef\xbb\xbf# thirdring trace 1\r\n\r\n", it, 2), 0);
}

static void repeated_levels_are_ignored(void **state)
{
    struct tr_trace_item it[8];
    (void)state;
    /* Inactive at the start; after a gap any level is news. */
    size_t n = read_all(HEAD "1 greet 0\n2 greet 1\n3 greet 1\n4 !gap greet 2\n5 greet 1\n"
                             "6 greet 1\n",
                        it, 8);
    assert_int_equal(n, 3);
    assert_int_equal(it[0].ev.at.ns, 2 * TR_NS_PER_S);
    assert_int_equal(it[1].ev.kind, TR_EVENT_GAP);
    assert_int_equal(it[1].ev.value, 2);
    assert_int_equal(it[1].ev.sensor, 2);
    assert_int_equal(it[2].ev.at.ns, 5 * TR_NS_PER_S);
}

static void start_times(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"2026-03-02T09:00:00Z", INT64_C(1772442000000)},
        {"2026-03-02T10:00:00.250+01:00", INT64_C(1772442000250)},
        {"1970-01-01T00:00:00Z", 0},
        {"2000-02-29T23:59:59.999999999Z", INT64_C(951868799999)},
        {"2026-03-02T00:30:00-08:30", INT64_C(1772442000000)},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        char text[128];
        snprintf(text, sizeof(text), HEAD "# start %s\n1 greet 1\n", good[i].text);
        struct tr_trace *trace = open_text(text, strlen(text));
        int64_t ms = -1;
        assert_non_null(trace);
        assert_true(tr_trace_start(trace, &ms));
        assert_int_equal(ms, good[i].ms);
        tr_trace_close(trace);
    }
    struct tr_trace *trace = open_text(HEAD, strlen(HEAD));
    int64_t ms = 7;
    assert_false(tr_trace_start(trace, &ms));
    assert_int_equal(ms, 7);
    tr_trace_close(trace);

    static const char *const bad[] = {
        "2026-02-29T09:00:00Z", "2026-13-01T09:00:00Z",  "2026-03-02T24:00:00Z",
        "2026-03-02",           "2026-03-02T09:00:00",   "2026-03-02T09:00:00.Z",
        "2026-3-2T09:00:00Z",   "2026-03-02T09:00:00+1",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        char text[128];
        char want[192];
        snprintf(text, sizeof(text), HEAD "# start %s\n", bad[i]);
        snprintf(want, sizeof(want),
                 "day.trace:2: found '%s', expected a time such as 2026-03-02T09:00:00Z", bad[i]);
        expect_error(text, want);
    }
    expect_error(HEAD "1 greet 1\n# start 2026-03-02T09:00:00Z\n",
                 "day.trace:3: found '# start' after an edge, expected it before the first");
    expect_error(HEAD "# start 2026-03-02T09:00:00Z\n# start 2026-03-02T09:00:00Z\n",
                 "day.trace:3: found a second '# start', expected one");
}

static void directives(void **state)
{
    struct tr_trace_item it[16];
    (void)state;
    size_t n = read_all(HEAD "1 !gap door_inner 3\n2 !restart\n3 !clock -3600.5\n4 !clock synced\n"
                             "5 !clock free # no network\n6 !down 90.25\n7 !gap greet 0\n",
                        it, 16);
    assert_int_equal(n, 7);
    assert_int_equal(it[0].ev.kind, TR_EVENT_GAP);
    assert_int_equal(it[0].ev.sensor, 1);
    assert_int_equal(it[0].ev.value, 3);
    assert_int_equal(it[1].kind, TR_TRACE_DOWN);
    assert_int_equal(it[1].down_ns, 0);
    assert_int_equal(it[1].ev.at.ns, 2 * TR_NS_PER_S);
    assert_int_equal(it[2].ev.kind, TR_EVENT_CLOCK);
    assert_int_equal(it[2].ev.u.wall_offset_ms, -3600500);
    assert_int_equal(it[2].ev.value, TR_NONE);
    assert_int_equal(it[3].ev.value, 1);
    assert_true(it[3].ev.u.wall_offset_ms == INT64_MIN);
    assert_int_equal(it[4].ev.value, 0);
    assert_int_equal(it[5].kind, TR_TRACE_DOWN);
    assert_int_equal(it[5].down_ns, INT64_C(90250000000));
    assert_int_equal(it[6].ev.value, 0);
}

static void commands(void **state)
{
    struct tr_trace_item it[4];
    (void)state;
    size_t n = read_all(HEAD "1 !cmd set_count {\"station\": \"tills\", \"count\": 3}\n"
                             "2 !cmd refresh\n3 !cmd refresh {} # say it again\n",
                        it, 4);
    assert_int_equal(n, 3);
    assert_int_equal(it[0].ev.kind, TR_EVENT_COMMAND);
    assert_int_equal(it[0].ev.u.command.kind, TR_COMMAND_SET_COUNT);
    assert_int_equal(it[0].ev.u.command.station, 0);
    assert_int_equal(it[0].ev.u.command.value, 3);
    assert_int_equal(it[2].ev.u.command.kind, TR_COMMAND_REFRESH);

    struct tr_trace_item item;
    static const char bad[] = HEAD "1 !cmd dance {}\n";
    struct tr_trace *trace = open_text(bad, strlen(bad));
    assert_int_equal(tr_trace_next(trace, &item, error), -EINVAL);
    assert_memory_equal(error, "day.trace:2: found a command that is refused (", 45);
    tr_trace_close(trace);
}

static void malformed_lines(void **state)
{
    static const struct {
        const char *text, *error;
    } bad[] = {
        {"x greet 1\n", "found 'x', expected seconds since the start as a decimal number, such "
                        "as 12.5"},
        {"-1 greet 1\n", "found '-1', expected seconds since the start as a decimal number, such "
                         "as 12.5"},
        {"1. greet 1\n", "found '1.', expected seconds since the start as a decimal number, such "
                         "as 12.5"},
        {".5 greet 1\n", "found '.5', expected seconds since the start as a decimal number, such "
                         "as 12.5"},
        {"1e3 greet 1\n", "found '1e3', expected seconds since the start as a decimal number, "
                          "such as 12.5"},
        {"1.0123456789 greet 1\n", "found '1.0123456789', expected seconds since the start with "
                                   "at most 9 decimals"},
        {"4000000000.1 greet 1\n", "found '4000000000.1', expected seconds since the start of at "
                                   "most 4000000000"},
        {"99999999999999999999999999 greet 1\n", "found '99999999999999999999999999', expected "
                                                 "seconds since the start of at most 4000000000"},
        {"5 greet 1\n4.5 greet 0\n", NULL},
        {"1\n", "found the end of the line, expected a sensor or a !directive"},
        {"1 greet\n", "found the end of the line, expected level 0 or 1"},
        {"1 greet 2\n", "found '2', expected level 0 or 1"},
        {"1 greet 10\n", "found '10', expected level 0 or 1"},
        {"1 greet 1 1\n", "found '1', expected the end of the line"},
        {"1 dor_outer 1\n", "found 'dor_outer', expected a declared sensor (the nearest is "
                            "'door_outer')"},
        {"1 !gap till_3 1\n", "found 'till_3', expected a declared sensor (the nearest is "
                              "'till_1')"},
        {"1 !gap\n", "found the end of the line, expected a sensor after !gap"},
        {"1 !gap greet\n", "found the end of the line, expected how many edges were lost (0: "
                           "unknown, at most 999999999)"},
        {"1 !gap greet -1\n", "found '-1', expected how many edges were lost (0: unknown, at "
                              "most 999999999)"},
        {"1 !clock maybe\n", "found 'maybe', expected seconds (up to 9 decimals), synced or free "
                             "after !clock"},
        {"1 !clock\n", "found the end of the line, expected seconds (up to 9 decimals), synced or "
                       "free after !clock"},
        {"1 !down\n", "found the end of the line, expected seconds after !down"},
        {"1 !down -5\n", "found '-5', expected seconds after !down as a decimal number, such as "
                         "12.5"},
        {"1 !restart now\n", "found 'now', expected the end of the line"},
        {"1 !reboot\n", "found '!reboot', expected !gap, !cmd, !restart, !clock or !down"},
        {"1 !cmd\n", "found the end of the line, expected a command after !cmd, such as ack"},
        {"12.5 greet", "found the end of the line, expected level 0 or 1 (the file ends within "
                       "this line)"},
        {"12.5 gre", "found 'gre', expected a declared sensor (the nearest is 'greet') (the file "
                     "ends within this line)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        char text[256];
        char want[512];
        snprintf(text, sizeof(text), HEAD "%s", bad[i].text);
        snprintf(want, sizeof(want), "day.trace:2: %s", bad[i].error == NULL ? "" : bad[i].error);
        if (bad[i].error == NULL) {
            snprintf(want, sizeof(want),
                     "day.trace:3: found 4.5, expected at least 5.000000000: time never goes back");
        }
        expect_error(text, want);
    }
}

static void malformed_headers(void **state)
{
    (void)state;
    expect_error("", "day.trace:1: found an empty trace, expected '# thirdring trace 1'");
    expect_error("1 greet 1\n", "day.trace:1: found '1 greet 1', expected the first line "
                                "'# thirdring trace 1'");
    expect_error("# thirdring trace 2\n",
                 "day.trace:1: found '2', expected version 1 of the trace format");
    expect_error("# thirdring tr", "day.trace:1: found '# thirdring tr', expected the first line "
                                   "'# thirdring trace 1' (the file ends within this line)");
}

static void bytes_that_are_not_text(void **state)
{
    (void)state;
    static const char in_comment[] = HEAD "# a\0b\n";
    expect_error_n(in_comment, sizeof(in_comment) - 1,
                   "day.trace:2: found a NUL byte, expected text");
    static const char in_id[] = HEAD "1 gr\0et 1\n";
    expect_error_n(in_id, sizeof(in_id) - 1,
                   "day.trace:2: found 'gr?et', expected a declared sensor (the nearest is "
                   "'greet')");
    static const char only_nul[1];
    expect_error_n(only_nul, 1,
                   "day.trace:1: found '?', expected the first line '# thirdring "
                   "trace 1' (the file ends within this line)");
    size_t n = 100000;
    char *text = malloc(n);
    assert_non_null(text);
    memset(text, 'a', n);
    memcpy(text, HEAD, strlen(HEAD));
    expect_error_n(text, n,
                   "day.trace:2: found a line of more than 8192 bytes, expected less (the file "
                   "ends within this line)");
    text[n - 1] = '\n';
    expect_error_n(text, n, "day.trace:2: found a line of more than 8192 bytes, expected less");
    free(text);
}

/* Every prefix of a good trace, and every byte of it broken, must be survived. */
static void cut_and_broken_anywhere(void **state)
{
    static const char good[] = HEAD "# start 2026-03-02T09:00:00Z\n1.25 greet 1\n"
                                    "2 !gap door_outer 2\n3 !clock -1.5\n4 !down 2\n5 greet 0\n";
    (void)state;
    for (size_t n = 0; n < sizeof(good); n++) {
        for (int byte = -1; byte < 256; byte += byte < 0 ? 1 : 17) {
            /* On the heap and exactly as long, so that a sanitizer sees a step beyond. */
            char *text = malloc(n > 0 ? n : 1);
            assert_non_null(text);
            memcpy(text, good, n);
            if (byte >= 0 && n > 0) {
                text[(n * 7 + (size_t)byte) % n] = (char)byte;
            }
            struct tr_trace *trace = open_text(text, n);
            struct tr_trace_item item;
            while (trace != NULL && tr_trace_next(trace, &item, error) > 0) {
                assert_in_range(item.ev.at.ns, 0, INT64_C(4000000000000000000));
            }
            tr_trace_close(trace);
            free(text);
        }
    }
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A file much larger than the buffer: no line lost at its seams; and fast. */
static void big_file(void **state)
{
    enum { LINES = 1000000 };
    char path[] = "/tmp/tr-trace-XXXXXX";
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    assert_non_null(f);
    fputs(HEAD, f);
    for (int i = 0; i < LINES; i++) {
        fprintf(f, "%d.%03d %s %d\n", i / 1000, i % 1000, plan.sensors[i % 5].id, (i / 5 + 1) % 2);
    }
    assert_int_equal(fclose(f), 0);
    struct tr_trace *trace = NULL;
    struct tr_trace_item item;
    assert_int_equal(tr_trace_open(path, &plan, &trace, error), 0);
    int64_t n = 0;
    double from = seconds_now();
    int r;
    while ((r = tr_trace_next(trace, &item, error)) > 0) {
        assert_true(item.ev.at.ns == n * TR_NS_PER_MS && item.ev.sensor == n % 5);
        n++;
    }
    double took = seconds_now() - from;
    assert_int_equal(r, 0);
    assert_int_equal(n, LINES);
    tr_trace_close(trace);
    unlink(path);
    print_message("# %.1f million lines/s\n", LINES / took / 1e6);
}

static void files_that_cannot_be_read(void **state)
{
    struct tr_trace *trace = NULL;
    (void)state;
    assert_int_equal(tr_trace_open("/nowhere/x.trace", &plan, &trace, error), -ENOENT);
    assert_string_equal(error, "/nowhere/x.trace: cannot open: No such file or directory");
    assert_int_equal(tr_trace_open("/", &plan, &trace, error), -EISDIR);
    assert_string_equal(error, "/: cannot read: Is a directory");
    assert_null(trace);
    tr_trace_close(NULL);
}

/* A pipe gives its text piecemeal. */
static void standard_input(void **state)
{
    int p[2];
    (void)state;
    assert_int_equal(pipe(p), 0);
    static const char text[] = HEAD "1 greet 1\n2 greet 0\n";
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        for (size_t i = 0; i < sizeof(text) - 1; i++) {
            if (write(p[1], text + i, 1) != 1) {
                _exit(1);
            }
        }
        _exit(0);
    }
    close(p[1]);
    int saved = dup(STDIN_FILENO);
    dup2(p[0], STDIN_FILENO);
    struct tr_trace *trace = NULL;
    struct tr_trace_item item;
    assert_int_equal(tr_trace_open("-", &plan, &trace, error), 0);
    assert_int_equal(tr_trace_next(trace, &item, error), 1);
    assert_int_equal(tr_trace_next(trace, &item, error), 1);
    assert_int_equal(item.ev.at.ns, 2 * TR_NS_PER_S);
    assert_int_equal(tr_trace_next(trace, &item, error), 0);
    tr_trace_close(trace);
    assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(p[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_and_comments),
        cmocka_unit_test(only_a_header),
        cmocka_unit_test(repeated_levels_are_ignored),
        cmocka_unit_test(start_times),
        cmocka_unit_test(directives),
        cmocka_unit_test(commands),
        cmocka_unit_test(malformed_lines),
        cmocka_unit_test(malformed_headers),
        cmocka_unit_test(bytes_that_are_not_text),
        cmocka_unit_test(cut_and_broken_anywhere),
        cmocka_unit_test(big_file),
        cmocka_unit_test(files_that_cannot_be_read),
        cmocka_unit_test(standard_input),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
