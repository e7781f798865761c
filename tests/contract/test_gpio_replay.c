/* The GPIO contract over a trace: pace, resume, directives, errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gpio/gpio.h"

#define HEAD     "# thirdring trace 1\n"
#define START    "# start 2026-03-02T09:00:00Z\n"
#define START_MS INT64_C(1772442000000)

enum { A, B, C };

static struct tr_plan plan;
static char error[TR_GPIO_ERROR_MAX];
static char dir[] = "/tmp/tr-replay-XXXXXX";
static struct tr_gpio_options opt;

static int setup(void **state)
{
    (void)state;
    tr_plan_init(&plan);
    for (int i = 0; i < 3; i++) {
        tr_plan_init_sensor(&plan.sensors[i], TR_SENSOR_BUTTON);
        snprintf(plan.sensors[i].id, TR_ID_MAX, "%c", 'a' + i);
    }
    plan.sensors_n = 3;
    strcpy(plan.outputs[0].id, "buzzer");
    plan.outputs_n = 1;
    if (mkdtemp(dir) == NULL) {
        return -1;
    }
    snprintf(opt.trace, sizeof(opt.trace), "%s/day.trace", dir);
    opt.backend = TR_BACKEND_REPLAY;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    if (access(opt.trace, F_OK) == 0) {
        unlink(opt.trace);
    }
    return rmdir(dir);
}

static void put(const char *text)
{
    FILE *f = fopen(opt.trace, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static struct tr_gpio *open_trace(const char *text, double speed, int64_t resume_ns)
{
    struct tr_gpio *gpio = NULL;
    put(text);
    opt.speed = speed;
    if (tr_gpio_open(&plan, &opt, resume_ns, &gpio, error) < 0) {
        fail_msg("%s", error);
    }
    return gpio;
}

static bool readable(const struct tr_gpio *gpio, int timeout_ms)
{
    struct pollfd p = {.fd = tr_gpio_fd(gpio), .events = POLLIN};
    return poll(&p, 1, timeout_ms) > 0;
}

/* One event as a word: "5000 edge b 1". */
static int word(const struct tr_event *ev, char *out, size_t cap)
{
    const char *kind = tr_event_kind_name[ev->kind];
    long long ms = (long long)(ev->at.ns / TR_NS_PER_MS);
    switch (ev->kind) {
    case TR_EVENT_EDGE:
    case TR_EVENT_LEVEL:
        return snprintf(out, cap, "%lld %s %c %d; ", ms, kind, 'a' + ev->sensor, ev->level);
    case TR_EVENT_GAP:
        return snprintf(out, cap, "%lld %s %c %d; ", ms, kind, 'a' + ev->sensor, (int)ev->value);
    case TR_EVENT_CLOCK:
        return snprintf(out, cap, "%lld %s %lld %d; ", ms, kind,
                        (long long)(ev->u.wall_offset_ms - START_MS), (int)ev->value);
    case TR_EVENT_RESTART:
        return snprintf(out, cap, "%lld %s %lld; ", ms, kind,
                        (long long)(ev->value / TR_NS_PER_MS));
    default:
        return snprintf(out, cap, "%lld %s; ", ms, kind);
    }
}

/* Everything until the end, waiting on the fd alone. */
static const char *read_all(struct tr_gpio *gpio)
{
    static char out[4096];
    struct tr_event ev[64];
    size_t used = 0;
    out[0] = '\0';
    for (;;) {
        assert_true(readable(gpio, 60000));
        int n = tr_gpio_read(gpio, ev, 64);
        if (n == -ENODATA) {
            break;
        }
        assert_true(n >= 0);
        for (int i = 0; i < n; i++) {
            used += (size_t)word(&ev[i], out + used, sizeof(out) - used);
            assert_true(used < sizeof(out));
            assert_true(ev[i].at.ns <= tr_gpio_now(gpio));
        }
    }
    /* The end is said again, and the loop does not spin. */
    assert_int_equal(tr_gpio_read(gpio, ev, 64), -ENODATA);
    assert_false(readable(gpio, 0));
    return out;
}

static void expect(const char *text, int64_t resume_ns, const char *events)
{
    struct tr_gpio *gpio = open_trace(text, 0, resume_ns);
    assert_string_equal(read_all(gpio), events);
    tr_gpio_close(gpio);
}

static void as_fast_as_read(void **state)
{
    (void)state;
    expect(HEAD "1 a 1\n1 b 1\n3600.25 a 0\n", INT64_MIN,
           "1000 edge a 1; 1000 edge b 1; 3600250 edge a 0; ");
    expect(HEAD, INT64_MIN, "");
}

static void more_than_one_read(void **state)
{
    (void)state;
    char *text = malloc(65536);
    assert_non_null(text);
    size_t used = (size_t)sprintf(text, HEAD);
    for (int i = 0; i < 1000; i++) {
        used += (size_t)sprintf(text + used, "%d.5 a %d\n", i, (i + 1) % 2);
    }
    struct tr_gpio *gpio = open_trace(text, 0, INT64_MIN);
    struct tr_event ev[64];
    int total = 0;
    int n;
    while ((n = tr_gpio_read(gpio, ev, 64)) > 0) {
        for (int i = 0; i < n; i++) {
            assert_int_equal(ev[i].at.ns, (total + i) * TR_NS_PER_S + TR_NS_PER_S / 2);
        }
        total += n;
        assert_int_equal(tr_gpio_now(gpio), ev[n - 1].at.ns);
        assert_true(tr_gpio_monotonic(gpio, ev[n - 1].at.ns) < INT64_MAX);
    }
    assert_int_equal(n, -ENODATA);
    assert_int_equal(total, 1000);
    tr_gpio_close(gpio);
    free(text);
}

static void directives_are_events(void **state)
{
    (void)state;
    expect(HEAD START "1 a 1\n2 !gap a 3\n3 !clock 60\n4 !clock free\n5 !cmd refresh\n6 a 0\n",
           INT64_MIN,
           "1000 edge a 1; 2000 gap a 3; 3000 clock 60000 1; 4000 clock 60000 0; 5000 command; "
           "6000 edge a 0; ");
    expect(HEAD "1 a 1\n2 !restart\n3 a 0\n", INT64_MIN,
           "1000 edge a 1; 2000 restart 0; 2000 level a 1; 3000 edge a 0; ");
    expect(HEAD "1 a 1\n2 !down 10\n3 a 0\n4 b 1\n5 c 1\n6 c 0\n20 b 0\n", INT64_MIN,
           "1000 edge a 1; 12000 restart 10000; 12000 level a 0; 12000 level b 1; "
           "12000 level c 0; "
           "20000 edge b 0; ");
}

static void resuming(void **state)
{
    static const char text[] = HEAD START "1 a 1\n2 b 1\n3 !clock 5\n4 b 0\n4 a 0\n5 c 1\n";
    (void)state;
    expect(text, 0,
           "0 level a 0; 0 level b 0; 0 level c 0; 1000 edge a 1; 2000 edge b 1; "
           "3000 clock 5000 1; 4000 edge b 0; 4000 edge a 0; 5000 edge c 1; ");
    expect(text, 3 * TR_NS_PER_S,
           "3000 clock 5000 1; 3000 level a 1; 3000 level b 1; 3000 level c 0; 4000 edge b 0; "
           "4000 edge a 0; 5000 edge c 1; ");
    expect(text, 9 * TR_NS_PER_S,
           "9000 clock 5000 1; 9000 level a 0; 9000 level b 0; 9000 level c 1; ");
    /* Stopped while the trace's own daemon was down. */
    expect(HEAD "1 a 1\n2 !down 10\n3 a 0\n20 a 1\n", 5 * TR_NS_PER_S,
           "5000 level a 1; 5000 level b 0; 5000 level c 0; 12000 restart 10000; "
           "12000 level a 0; 20000 edge a 1; ");
}

static int64_t monotonic(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * TR_NS_PER_S + t.tv_nsec;
}

static void at_a_pace(void **state)
{
    (void)state;
    /* An edge that is not due for a hundred seconds, whoever is held up here. */
    struct tr_gpio *gpio = open_trace(HEAD "0 a 1\n1000 a 0\n", 10, INT64_MIN);
    struct tr_event ev[64];
    usleep(1000); /* its time stands until somebody is ready to read */
    assert_int_equal(tr_gpio_now(gpio), 0);
    int64_t from = monotonic();
    assert_int_equal(tr_gpio_read(gpio, ev, 64), 1);
    int64_t begun = monotonic();
    assert_int_equal(tr_gpio_level(gpio, A), 1);
    assert_int_equal(tr_gpio_read(gpio, ev, 64), 0);
    assert_false(readable(gpio, 0));
    int64_t due = tr_gpio_monotonic(gpio, 1000 * TR_NS_PER_S);
    assert_true(due >= from + 100 * TR_NS_PER_S && due <= begun + 100 * TR_NS_PER_S + 1);
    tr_gpio_close(gpio);
    /* Two seconds of a shop in 0.2 s. */
    from = monotonic();
    gpio = open_trace(HEAD "1 a 1\n1 b 1\n2 b 0\n", 10, INT64_MIN);
    assert_int_equal(tr_gpio_read(gpio, ev, 64), 0);
    due = tr_gpio_monotonic(gpio, TR_NS_PER_S);
    assert_true(due >= from + TR_NS_PER_S / 10);
    assert_true(readable(gpio, 60000));
    assert_true(monotonic() >= due);
    assert_true(tr_gpio_now(gpio) >= TR_NS_PER_S);
    assert_string_equal(read_all(gpio), "1000 edge a 1; 1000 edge b 1; 2000 edge b 0; ");
    assert_true(monotonic() >= from + TR_NS_PER_S / 5);
    tr_gpio_close(gpio);
}

static void calendar(void **state)
{
    int64_t ms = 0;
    (void)state;
    struct tr_gpio *gpio = open_trace(HEAD START "1 a 1\n", 0, INT64_MIN);
    assert_true(tr_gpio_wall(gpio, &ms));
    assert_int_equal(ms, START_MS);
    assert_false(tr_gpio_always_open(gpio));
    tr_gpio_close(gpio);
    gpio = open_trace(HEAD "1 a 1\n", 60, INT64_MIN);
    assert_false(tr_gpio_wall(gpio, &ms));
    assert_true(tr_gpio_always_open(gpio));
    char want[TR_GPIO_ERROR_MAX];
    snprintf(want, sizeof(want), "trace %s, 3 sensors, 1 outputs, 60 times real speed", opt.trace);
    assert_string_equal(tr_gpio_describe(gpio), want);
    tr_gpio_close(gpio);
}

static void levels_and_outputs(void **state)
{
    (void)state;
    struct tr_gpio *gpio = open_trace(HEAD "1 a 1\n", 0, INT64_MIN);
    assert_int_equal(tr_gpio_level(gpio, A), 0);
    read_all(gpio);
    assert_int_equal(tr_gpio_level(gpio, A), 1);
    assert_int_equal(tr_gpio_level(gpio, C), 0);
    assert_int_equal(tr_gpio_level(gpio, 3), -EINVAL);
    assert_int_equal(tr_gpio_level(gpio, TR_NONE), -EINVAL);
    assert_int_equal(tr_gpio_set(gpio, 0, true), 0);
    assert_int_equal(tr_gpio_set(gpio, 1, true), -EINVAL);
    tr_gpio_close(gpio);
    tr_gpio_close(NULL);
}

static void bad_traces_stop_the_start(void **state)
{
    struct tr_gpio *gpio = NULL;
    char want[TR_GPIO_ERROR_MAX];
    (void)state;
    put(HEAD "1 a 1\n2 z 1\n");
    assert_int_equal(tr_gpio_open(&plan, &opt, INT64_MIN, &gpio, error), -EINVAL);
    snprintf(want, sizeof(want), "%s:3: found 'z', expected a declared sensor (the nearest is 'a')",
             opt.trace);
    assert_string_equal(error, want);
    unlink(opt.trace);
    assert_int_equal(tr_gpio_open(&plan, &opt, INT64_MIN, &gpio, error), -ENOENT);
    assert_null(gpio);
}

/* A pipe is read once: its bad line comes when its turn has come. */
static void bad_pipe(void **state)
{
    struct tr_gpio *gpio = NULL;
    struct tr_event ev[64];
    (void)state;
    unlink(opt.trace);
    assert_int_equal(mkfifo(opt.trace, 0600), 0);
    if (fork() == 0) {
        FILE *f = fopen(opt.trace, "w");
        _exit(f == NULL || fputs(HEAD "1 a 1\n2 z 1\n", f) < 0 || fclose(f) != 0);
    }
    opt.speed = 0;
    assert_int_equal(tr_gpio_open(&plan, &opt, INT64_MIN, &gpio, error), 0);
    assert_int_equal(tr_gpio_read(gpio, ev, 64), 1);
    assert_true(readable(gpio, 0));
    assert_int_equal(tr_gpio_read(gpio, ev, 64), -EINVAL);
    assert_non_null(strstr(tr_gpio_describe(gpio), ":3: found 'z'"));
    assert_false(readable(gpio, 0));
    tr_gpio_close(gpio);
    unlink(opt.trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_fast_as_read),
        cmocka_unit_test(more_than_one_read),
        cmocka_unit_test(directives_are_events),
        cmocka_unit_test(resuming),
        cmocka_unit_test(at_a_pace),
        cmocka_unit_test(calendar),
        cmocka_unit_test(levels_and_outputs),
        cmocka_unit_test(bad_traces_stop_the_start),
        cmocka_unit_test(bad_pipe),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
