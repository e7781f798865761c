/* A trace at its own pace, behind the same interface as the kernel's lines. */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "codec/trace.h"
#include "gpio/gpio_private.h"

struct replay {
    struct tr_gpio gpio; /* must be first */
    struct tr_trace *trace;
    struct tr_trace_feed feed;
    double speed;
    int64_t begin_ns, begin_mono; /* the same moment on both clocks, once begun */
    int64_t last_ns;              /* newest time handed out */
    bool begun, have_next, ended;
    int failed; /* -errno of a malformed trace; its sentence is in text */
    struct tr_event next;
    int16_t level_next; /* sensor whose level at the start is handed out next */
    bool resumed, has_start;
    bool have_clock;       /* a !clock before the resume */
    struct tr_event clock; /* the newest of them */
    int64_t start_ms;
    bool level[TR_SENSORS_MAX];
    bool output[TR_OUTPUTS_MAX];
    char text[TR_GPIO_ERROR_MAX];
};

static struct replay *of(struct tr_gpio *gpio)
{
    return (struct replay *)gpio;
}

static const struct replay *of_const(const struct tr_gpio *gpio)
{
    return (const struct replay *)gpio;
}

static int64_t replay_now(const struct tr_gpio *gpio)
{
    const struct replay *r = of_const(gpio);
    if (r->speed <= 0) {
        return r->last_ns;
    }
    if (!r->begun) {
        return r->begin_ns;
    }
    double gone = (double)(tr_gpio_clock() - r->begin_mono) * r->speed;
    int64_t now = gone >= 9e18 - (double)r->begin_ns ? INT64_MAX : r->begin_ns + (int64_t)gone;
    return now > r->last_ns ? now : r->last_ns;
}

static int64_t replay_monotonic(const struct tr_gpio *gpio, int64_t source_ns)
{
    const struct replay *r = of_const(gpio);
    if (r->speed <= 0) {
        /* Time goes from edge to edge; what lies beyond the next one comes
         * when the trace does, and after the last one at once. */
        return source_ns <= r->last_ns || r->ended ? r->begin_mono : INT64_MAX;
    }
    double ahead = ceil((double)(source_ns - r->begin_ns) / r->speed);
    return ahead >= 9e18 - (double)r->begin_mono ? INT64_MAX : r->begin_mono + (int64_t)ahead;
}

/* Wake at the next event; at once when there is something to say already. */
static void arm(struct replay *r, bool at_once)
{
    int64_t at = 1;
    if (!at_once && r->have_next && r->speed > 0) {
        at = replay_monotonic(&r->gpio, r->next.at.ns);
    }
    struct itimerspec t = {
        .it_value = {.tv_sec = (time_t)(at / TR_NS_PER_S), .tv_nsec = (long)(at % TR_NS_PER_S)}};
    if (t.it_value.tv_sec == 0 && t.it_value.tv_nsec <= 0) {
        t.it_value.tv_nsec = 1;
    }
    timerfd_settime(r->gpio.fd, TFD_TIMER_ABSTIME, &t, NULL);
}

static void disarm(struct replay *r)
{
    timerfd_settime(r->gpio.fd, 0, &(struct itimerspec){0}, NULL);
}

static void look_ahead(struct replay *r)
{
    int n = tr_trace_feed_next(&r->feed, &r->next, r->text);
    r->have_next = n > 0;
    r->ended = n == 0;
    r->failed = n < 0 ? n : 0;
}

/* Levels after a resume: all of them, for the core may remember otherwise. */
static size_t start_levels(struct replay *r, struct tr_event *ev, size_t cap)
{
    size_t n = 0;
    if (r->have_clock) {
        r->have_clock = false;
        ev[n++] = r->clock;
    }
    while (n < cap && r->level_next < r->gpio.plan->sensors_n) {
        int16_t i = r->level_next++;
        if (r->resumed || r->level[i]) {
            ev[n++] = (struct tr_event){
                .kind = TR_EVENT_LEVEL, .at = {r->begin_ns}, .sensor = i, .level = r->level[i]};
        }
    }
    return n;
}

static void hand_out(struct replay *r, struct tr_event *ev)
{
    *ev = r->next;
    if (ev->kind == TR_EVENT_EDGE || ev->kind == TR_EVENT_LEVEL) {
        r->level[ev->sensor] = ev->level;
    }
    if (ev->at.ns > r->last_ns) {
        r->last_ns = ev->at.ns;
    }
    look_ahead(r);
}

static int replay_read(struct tr_gpio *gpio, struct tr_event *ev, size_t cap)
{
    struct replay *r = of(gpio);
    if (!r->begun) {
        /* Not when it was opened: who is slow to be ready must not miss the first edges. */
        r->begun = true;
        r->begin_mono = tr_gpio_clock();
    }
    size_t n = start_levels(r, ev, cap);
    int64_t now = r->speed > 0 ? replay_now(gpio) : INT64_MAX;
    while (n < cap && r->have_next && r->next.at.ns <= now) {
        hand_out(r, &ev[n++]);
    }
    if (n > 0 || r->have_next) {
        arm(r, n == cap || !r->have_next);
        return (int)n;
    }
    disarm(r);
    return r->failed < 0 ? r->failed : -ENODATA;
}

static int replay_level(struct tr_gpio *gpio, int sensor)
{
    return of(gpio)->level[sensor] ? 1 : 0;
}

static int replay_set(struct tr_gpio *gpio, int output, bool on)
{
    of(gpio)->output[output] = on;
    return 0;
}

static bool replay_wall(const struct tr_gpio *gpio, int64_t *ret_ms)
{
    const struct replay *r = of_const(gpio);
    if (r->has_start) {
        *ret_ms = r->start_ms;
    }
    return r->has_start;
}

static bool replay_always_open(const struct tr_gpio *gpio)
{
    return !of_const(gpio)->has_start;
}

static const char *replay_describe(const struct tr_gpio *gpio)
{
    return of_const(gpio)->text;
}

static void replay_close(struct tr_gpio *gpio)
{
    struct replay *r = of(gpio);
    tr_trace_close(r->trace);
    if (gpio->fd >= 0) {
        close(gpio->fd);
    }
    free(r);
}

static const struct tr_gpio_ops replay_ops = {
    .read = replay_read,
    .level = replay_level,
    .set = replay_set,
    .now = replay_now,
    .monotonic = replay_monotonic,
    .wall = replay_wall,
    .always_open = replay_always_open,
    .describe = replay_describe,
    .close = replay_close,
};

/* A bad line must stop the start, not the afternoon: read a file through once.
 * A pipe cannot be read twice; its errors come from tr_gpio_read(). */
static int check_file(const char *path, const struct tr_plan *plan, char *reterr)
{
    struct stat st;
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode)) {
        return 0;
    }
    struct tr_trace *trace;
    int n = tr_trace_open(path, plan, &trace, reterr);
    if (n < 0) {
        return n;
    }
    struct tr_trace_item item;
    do {
        n = tr_trace_next(trace, &item, reterr);
    } while (n > 0);
    tr_trace_close(trace);
    return n;
}

/* Fold what happened before the resume into levels and clock. */
static void skip_to(struct replay *r, int64_t resume_ns)
{
    r->begin_ns = resume_ns > 0 ? resume_ns : 0;
    r->resumed = true;
    while (r->have_next && r->next.at.ns <= resume_ns) {
        struct tr_event seen;
        hand_out(r, &seen);
        if (seen.kind == TR_EVENT_CLOCK) {
            r->clock = seen;
            r->clock.at.ns = r->begin_ns;
            r->have_clock = true;
        }
    }
    r->last_ns = r->begin_ns;
}

static void describe(struct replay *r, const char *path)
{
    char pace[64];
    if (r->speed > 0) {
        snprintf(pace, sizeof(pace), "%g times real speed", r->speed);
    } else {
        snprintf(pace, sizeof(pace), "as fast as possible");
    }
    snprintf(r->text, sizeof(r->text), "trace %.300s, %d sensors, %d outputs, %s", path,
             r->gpio.plan->sensors_n, r->gpio.plan->outputs_n, pace);
}

static_assert((int)TR_TRACE_ERROR_MAX <= (int)TR_GPIO_ERROR_MAX, "a trace's sentence must fit");

int tr_replay_open(const struct tr_plan *plan, const struct tr_gpio_options *opt, int64_t resume_ns,
                   struct tr_gpio **ret_gpio, char *reterr)
{
    struct replay *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        snprintf(reterr, TR_GPIO_ERROR_MAX, "out of memory");
        return -ENOMEM;
    }
    r->gpio = (struct tr_gpio){.ops = &replay_ops, .plan = plan, .fd = -1};
    r->speed = opt->speed;
    int e = check_file(opt->trace, plan, reterr);
    if (e == 0) {
        e = tr_trace_open(opt->trace, plan, &r->trace, reterr);
    }
    if (e < 0) {
        goto err;
    }
    r->gpio.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (r->gpio.fd < 0) {
        e = -errno;
        snprintf(reterr, TR_GPIO_ERROR_MAX, "cannot make a timer: %s", strerror(-e));
        goto err;
    }
    describe(r, opt->trace);
    r->has_start = tr_trace_start(r->trace, &r->start_ms);
    r->begin_mono = tr_gpio_clock();
    int64_t base_ms = r->start_ms;
    if (!r->has_start) {
        /* !clock then shifts the machine's own wall clock. */
        struct timespec t;
        clock_gettime(CLOCK_REALTIME, &t);
        base_ms = (int64_t)t.tv_sec * 1000 + t.tv_nsec / TR_NS_PER_MS;
        if (resume_ns != INT64_MIN) {
            base_ms -= resume_ns / TR_NS_PER_MS;
        }
    }
    tr_trace_feed_init(&r->feed, r->trace, base_ms, true);
    look_ahead(r);
    if (resume_ns != INT64_MIN) {
        skip_to(r, resume_ns);
    }
    arm(r, r->resumed || !r->have_next || r->speed <= 0);
    *ret_gpio = &r->gpio;
    return 0;
err:
    replay_close(&r->gpio);
    return e;
}
