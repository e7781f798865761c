/* Where a walk test's edges come from: the lines themselves, or thirdringd, which holds
 * them and tells every raw edge over MQTT for as long as it is asked to. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "cli/walktest_private.h"

int64_t tr_walk_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * TR_NS_PER_S + t.tv_nsec;
}

static bool held_by_daemon(int r, const char *error)
{
    return r == -EBUSY && strstr(error, "thirdringd") != NULL;
}

/* As thirdringd ends. */
static int exit_code(int r, enum tr_backend backend)
{
    return r == -ENOMEM                  ? EX_OSERR
           : backend == TR_BACKEND_GPIOD ? EX_UNAVAILABLE
           : r == -EINVAL                ? EX_DATAERR
                                         : EX_NOINPUT;
}

int tr_walk_link_open(const struct tr_config *cfg, const struct tr_walk_request *req,
                      struct tr_walk_link **ret_link)
{
    char error[TR_GPIO_ERROR_MAX] = "";
    struct tr_walk_link *link = calloc(1, sizeof(*link));
    if (link == NULL) {
        fputs("thirdring: out of memory\n", stderr);
        return EX_OSERR;
    }
    link->cfg = cfg;
    link->beeping = !req->quiet;
    link->driven = TR_NONE;
    int code = EX_OK;
    int r = req->daemon
                ? -EBUSY
                : tr_gpio_open(&cfg->plan, &cfg->options.gpio, INT64_MIN, &link->gpio, error);
    if (r == 0) {
        link->trace = cfg->options.gpio.backend == TR_BACKEND_REPLAY;
        snprintf(link->text, sizeof(link->text), "%s", tr_gpio_describe(link->gpio));
    } else if (!req->daemon && !held_by_daemon(r, error)) {
        fprintf(stderr, "thirdring: %s\n", error);
        code = exit_code(r, cfg->options.gpio.backend);
    } else {
        code = tr_walk_remote_open(link, req);
    }
    if (code != EX_OK) {
        tr_walk_link_close(link);
        return code;
    }
    *ret_link = link;
    return EX_OK;
}

int tr_walk_link_fd(const struct tr_walk_link *link)
{
    return link->gpio != NULL ? (link->ended ? -1 : tr_gpio_fd(link->gpio))
                              : tr_mqtt_fd(link->mqtt);
}

/* --- the lines themselves ------------------------------------------------------------ */

static void take_event(struct tr_walk_link *link, struct tr_walk *walk, const struct tr_event *ev)
{
    const int i = ev->sensor;
    if (ev->kind == TR_EVENT_GAP) {
        tr_walk_lost(walk, i, ev->value > 0 ? (uint32_t)ev->value : 1);
    } else if (ev->kind == TR_EVENT_EDGE ||
               (ev->kind == TR_EVENT_LEVEL && link->begun && walk->line[i].level != ev->level)) {
        tr_walk_edge(walk, i, ev->level, ev->at.ns);
    } else if (ev->kind == TR_EVENT_LEVEL) {
        tr_walk_level(walk, i, ev->level);
    }
}

/* Nothing more comes: whoever is asked now does not answer, and time is not waited for. */
static bool runs_out(const struct tr_walk_link *link)
{
    return link->ended && (link->alone || link->cfg->options.gpio.speed <= 0.0);
}

static int turn_lines(struct tr_walk_link *link, struct tr_walk *walk)
{
    struct tr_event ev[64];
    const int64_t now = tr_gpio_now(link->gpio);
    int n = 0;
    if (!link->begun && link->trace) {
        for (int i = 0; i < walk->plan->sensors_n; i++) {
            tr_walk_level(walk, i, false);
        }
        tr_walk_tick(walk, 0);
        link->begun = true;
    }
    while (!link->ended && (n = tr_gpio_read(link->gpio, ev, 64)) > 0) {
        for (int i = 0; i < n; i++) {
            take_event(link, walk, &ev[i]);
        }
        if (n < 64) {
            break;
        }
    }
    link->begun = true; /* the levels at the start came with the first turn */
    if (n == -ENODATA) {
        link->ended = true;
    } else if (n < 0) {
        snprintf(link->trouble, sizeof(link->trouble), "%s",
                 n == -ENODEV ? "the GPIO chip is gone" : tr_gpio_describe(link->gpio));
        return EX_IOERR;
    }
    if (runs_out(link)) {
        tr_walk_tick(walk, tr_walk_deadline(walk));
    } else if (!link->trace || link->cfg->options.gpio.speed > 0.0) {
        tr_walk_tick(walk, now);
    }
    return EX_OK;
}

/* --- both ------------------------------------------------------------------------------ */

int tr_walk_link_turn(struct tr_walk_link *link, struct tr_walk *walk)
{
    return link->gpio != NULL ? turn_lines(link, walk) : tr_walk_remote_turn(link, walk);
}

int64_t tr_walk_link_deadline(const struct tr_walk_link *link, const struct tr_walk *walk)
{
    if (link->gpio == NULL) {
        return tr_walk_remote_deadline(link, walk);
    }
    const int64_t due = runs_out(link) ? INT64_MIN : tr_walk_deadline(walk);
    const int64_t at = due == INT64_MIN   ? 0
                       : due == INT64_MAX ? INT64_MAX
                                          : tr_gpio_monotonic(link->gpio, due);
    return at < link->beep_ns || link->beeps == 0 ? at : link->beep_ns;
}

/* Short for good, long for what is not: somebody on a ladder need not look. */
static bool beep_now(struct tr_walk_link *link, const struct tr_walk *walk)
{
    const int64_t now = tr_walk_clock();
    if (walk->good_n != link->good_n || walk->bad_n != link->bad_n) {
        const bool bad = walk->bad_n != link->bad_n;
        link->beeps = bad ? 6 : 2;
        link->beep_step_ns = (bad ? 250 : 80) * TR_NS_PER_MS;
        link->beep_ns = now;
        link->good_n = walk->good_n;
        link->bad_n = walk->bad_n;
    }
    while (link->beeps > 0 && now >= link->beep_ns) {
        link->beeps--;
        link->beep_ns += link->beep_step_ns;
    }
    return link->beeps % 2 == 1;
}

static int buzzer_of(const struct tr_plan *plan)
{
    int found = plan->alerts.buzzer;
    for (int i = 0; i < plan->outputs_n && found == TR_NONE; i++) {
        found = plan->outputs[i].type == TR_OUTPUT_BUZZER ? i : TR_NONE;
    }
    return found;
}

void tr_walk_link_outputs(struct tr_walk_link *link, struct tr_walk *walk)
{
    if (link->gpio == NULL) {
        tr_walk_remote_outputs(link, walk);
        return;
    }
    const struct tr_walk_step *step = tr_walk_now(walk);
    int want = tr_walk_driven(walk);
    const int buzzer = buzzer_of(walk->plan);
    const bool beep = link->beeping && buzzer != TR_NONE && beep_now(link, walk);
    if (want == TR_NONE && beep && (step == NULL || step->kind != TR_WALK_OUTPUT)) {
        want = buzzer;
    }
    if (want != link->driven) {
        if (link->driven != TR_NONE) {
            (void)tr_gpio_set(link->gpio, link->driven, false);
        }
        const int r = want != TR_NONE ? tr_gpio_set(link->gpio, want, true) : 0;
        if (r < 0) {
            snprintf(link->trouble, sizeof(link->trouble), "cannot drive output %s: %s",
                     walk->plan->outputs[want].id, strerror(-r));
        }
        link->driven = want;
    }
}

void tr_walk_link_alone(struct tr_walk_link *link)
{
    link->alone = true;
}

enum tr_commission_source tr_walk_link_source(const struct tr_walk_link *link)
{
    return link->gpio == NULL ? TR_COMMISSION_DAEMON
           : link->trace      ? TR_COMMISSION_TRACE
                              : TR_COMMISSION_LINES;
}

const char *tr_walk_link_describe(const struct tr_walk_link *link)
{
    return link->text;
}

const char *tr_walk_link_trouble(const struct tr_walk_link *link)
{
    return link->trouble;
}

void tr_walk_link_close(struct tr_walk_link *link)
{
    if (link == NULL) {
        return;
    }
    tr_gpio_close(link->gpio); /* outputs go inactive */
    tr_walk_remote_close(link);
    free(link);
}
