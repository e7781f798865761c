/* Opening, running, closing. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>

#include "base/version.h"
#include "daemon/daemon.h"

enum { ERRORS_MAX = 64, CLOSE_TIMEOUT_MS = 2000 };

/* --- configuration --------------------------------------------------------------- */

/* A relative trace lies beside the configuration that names it. */
static void resolve_trace(const struct tr_daemon *d, struct tr_config *cfg)
{
    char *trace = cfg->options.gpio.trace;
    const char *slash = strrchr(d->config_file, '/');
    if (trace[0] == '\0' || trace[0] == '/' || strcmp(trace, "-") == 0 || slash == NULL) {
        return;
    }
    char joined[2 * TR_PATH_MAX];
    snprintf(joined, sizeof(joined), "%.*s/%s", (int)(slash - d->config_file), d->config_file,
             trace);
    if (strlen(joined) < TR_PATH_MAX) {
        strcpy(trace, joined);
    }
}

static void log_config_error(const struct tr_config_error *e)
{
    const char *colon = e->path[0] != '\0' ? ": " : "";
    if (e->line > 0) {
        tr_log(TR_LOG_ERROR, "%s:%u: %s%s%s", e->file, e->line, e->path, colon, e->text);
    } else { /* a --set has no line */
        tr_log(TR_LOG_ERROR, "%s: %s%s%s", e->file, e->path, colon, e->text);
    }
}

int tr_daemon_config(const struct tr_daemon *d, struct tr_config **ret)
{
    static struct tr_config_error errors[ERRORS_MAX];
    size_t n = 0;
    const int r = tr_config_load(d->config_file, NULL, d->sets, ret, errors, ERRORS_MAX, &n);
    if (r == -EINVAL) {
        for (size_t i = 0; i < n && i < ERRORS_MAX; i++) {
            log_config_error(&errors[i]);
        }
        if (n > ERRORS_MAX) {
            tr_log(TR_LOG_ERROR, "%s: and %zu more", d->config_file, n - ERRORS_MAX);
        }
        return EX_CONFIG;
    }
    if (r < 0) {
        tr_log(TR_LOG_ERROR, "cannot read %s: %s", d->config_file, strerror(-r));
        return r == -ENOMEM ? EX_OSERR : EX_NOINPUT;
    }
    resolve_trace(d, *ret);
    return EX_OK;
}

/* --- opening the parts -------------------------------------------------------------- */

static int open_journal(struct tr_daemon *d)
{
    struct tr_journal_opened opened;
    char error[TR_JOURNAL_ERROR_MAX];
    const int r = tr_journal_open(&d->cfg->options.journal, NULL, &d->journal, &opened, error);
    if (r < 0) {
        tr_log(TR_LOG_ERROR, "%s", error);
        return r == -EPROTO                  ? EX_DATAERR
               : r == -EBUSY                 ? EX_TEMPFAIL
               : r == -EACCES || r == -EROFS ? EX_NOPERM
               : r == -ENOENT                ? EX_CANTCREAT
               : r == -ENOMEM                ? EX_OSERR
                                             : EX_IOERR;
    }
    d->journal_lost = opened.moved_aside[0] != '\0';
    if (d->journal_lost) {
        tr_log(TR_LOG_ERROR, "the journal was damaged (%s): kept as %s, a new one begun",
               opened.why, opened.moved_aside);
    } else if (opened.fresh) {
        tr_log(TR_LOG_INFO, "a new journal: %s", d->cfg->options.journal.path);
    }
    return EX_OK;
}

int tr_daemon_reopen_journal(struct tr_daemon *d)
{
    tr_log(TR_LOG_ERROR,
           "the journal's file is damaged: it is put aside, what was not yet in it is lost");
    tr_journal_close(d->journal);
    d->journal = NULL;
    const int code = open_journal(d);
    if (code != EX_OK) {
        return code;
    }
    (void)tr_daemon_keep_plan(d, d->cfg);
    tr_daemon_snapshot(d);
    d->board.outbox_sent = 0;
    /* At once: numbers must go on from here even if we die the next moment. */
    const int r = tr_daemon_write(d);
    if (r < 0) {
        tr_log(TR_LOG_ERROR, "the new journal cannot be written: %s", strerror(-r));
    }
    return EX_OK;
}

static int on_wake(sd_event_source *s, int fd, uint32_t revents, void *user)
{
    (void)s;
    (void)fd;
    (void)revents;
    (void)user;
    return 0; /* the turn does the work, once, after all sources were seen */
}

static int watch(struct tr_daemon *d, sd_event_source **source, int fd)
{
    *source = sd_event_source_unref(*source);
    return fd < 0 ? 0 : sd_event_add_io(d->event, source, fd, EPOLLIN, on_wake, d);
}

int tr_daemon_open_gpio(struct tr_daemon *d, const struct tr_config *cfg, int64_t resume_ns)
{
    char error[TR_GPIO_ERROR_MAX];
    const int r = tr_gpio_open(&cfg->plan, &cfg->options.gpio, resume_ns, &d->gpio, error);
    if (r < 0) {
        tr_log(TR_LOG_ERROR, "%s", error);
        if (cfg->options.gpio.backend == TR_BACKEND_REPLAY) {
            return r == -EINVAL ? EX_DATAERR : EX_NOINPUT;
        }
        return EX_UNAVAILABLE;
    }
    tr_log(TR_LOG_INFO, "%s", tr_gpio_describe(d->gpio));
    return watch(d, &d->gpio_source, tr_gpio_fd(d->gpio)) < 0 ? EX_OSERR : EX_OK;
}

void tr_daemon_lost_gpio(struct tr_daemon *d, int why)
{
    if (why == -EINVAL) { /* a trace that came through a pipe */
        tr_log(TR_LOG_ERROR, "%s", tr_gpio_describe(d->gpio));
        tr_daemon_stop(d, EX_DATAERR);
        return;
    }
    tr_log(TR_LOG_ERROR, "the sensors are gone: %s; ending, to be started again", strerror(-why));
    tr_daemon_stop(d, EX_UNAVAILABLE);
}

int tr_daemon_open_mqtt(struct tr_daemon *d)
{
    d->mqtt_options = d->cfg->options.mqtt;
    const struct tr_mqtt_options *opt = &d->mqtt_options;
    if (!opt->enabled) {
        tr_log(TR_LOG_INFO, "no broker is configured: buzzer, lamps and journal work without");
        return EX_OK;
    }
    const struct tr_wire wire = {.plan = &d->cfg->plan, .base = opt->base};
    char error[TR_MQTT_ERROR_MAX];
    char client[2 * TR_ID_MAX + 16];
    char topic[TR_WIRE_TOPIC_MAX];
    snprintf(client, sizeof(client), "thirdring-%s-%s", d->cfg->plan.site, d->cfg->plan.unit);
    tr_wire_topic(&wire, "availability", topic);
    int r = tr_mqtt_open(opt, client, topic, &d->mqtt, error);
    if (r < 0) {
        tr_log(TR_LOG_ERROR, "%s", error);
        return r == -EACCES   ? EX_NOPERM
               : r == -ENOENT ? EX_NOINPUT
               : r == -ENOMEM ? EX_OSERR
                              : EX_CONFIG;
    }
    tr_wire_topic(&wire, "cmd/+", topic);
    r = tr_mqtt_subscribe(d->mqtt, topic);
    if (r == 0 && opt->discovery) {
        snprintf(topic, sizeof(topic), "%s/status", opt->discovery_prefix);
        r = tr_mqtt_subscribe(d->mqtt, topic);
    }
    if (r == 0) {
        r = watch(d, &d->mqtt_source, tr_mqtt_fd(d->mqtt));
    }
    return r < 0 ? EX_OSERR : EX_OK;
}

void tr_daemon_close_mqtt(struct tr_daemon *d)
{
    d->mqtt_source = sd_event_source_unref(d->mqtt_source);
    tr_answers_forget(d);
    tr_mqtt_close(d->mqtt, CLOSE_TIMEOUT_MS);
    d->mqtt = NULL;
}

static void set_output(void *user, int output, bool on)
{
    struct tr_daemon *d = user;
    const int r = tr_gpio_set(d->gpio, output, on);
    if (r < 0) {
        tr_log(TR_LOG_WARNING, "output %s: %s", d->cfg->plan.outputs[output].id, strerror(-r));
    }
    d->board.driven[output] = on;
    d->board.output[output] = true;
    d->board.any = true;
}

struct tr_player *tr_daemon_new_player(struct tr_daemon *d, const struct tr_plan *plan)
{
    return tr_player_new(plan, set_output, d);
}

/* --- signals and the loop --------------------------------------------------------------- */

static int on_signal(sd_event_source *s, const struct signalfd_siginfo *si, void *user)
{
    struct tr_daemon *d = user;
    (void)s;
    if (si->ssi_signo == SIGHUP) {
        tr_daemon_reload(d);
    } else {
        tr_log(TR_LOG_INFO, "told to stop");
        tr_daemon_stop(d, EX_OK);
    }
    return 0;
}

static int on_timer(sd_event_source *s, uint64_t usec, void *user)
{
    (void)s;
    (void)usec;
    (void)user;
    return 0;
}

static int on_turn(sd_event_source *s, void *user)
{
    (void)s;
    tr_daemon_turn(user);
    return 0;
}

static int open_loop(struct tr_daemon *d)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    /* Before Paho's threads are born, so that they inherit it. */
    sigprocmask(SIG_BLOCK, &set, NULL);
    if (sd_event_new(&d->event) < 0 ||
        sd_event_add_signal(d->event, NULL, SIGTERM, on_signal, d) < 0 ||
        sd_event_add_signal(d->event, NULL, SIGINT, on_signal, d) < 0 ||
        sd_event_add_signal(d->event, NULL, SIGHUP, on_signal, d) < 0 ||
        sd_event_add_time(d->event, &d->timer, CLOCK_MONOTONIC, 0, 1, on_timer, d) < 0 ||
        sd_event_add_post(d->event, NULL, on_turn, d) < 0) {
        tr_log(TR_LOG_ERROR, "cannot make an event loop");
        return EX_OSERR;
    }
    uint64_t usec = 0;
    if (sd_watchdog_enabled(0, &usec) > 0) {
        d->watchdog_ns = (int64_t)usec * TR_NS_PER_US / 2;
    }
    return EX_OK;
}

static int open_core(struct tr_daemon *d)
{
    struct tr_journal_tail tail;
    tr_daemon_read_boot(d);
    int code = tr_daemon_open_gpio(d, d->cfg, tr_daemon_resume_ns(d, &tail));
    if (code != EX_OK) {
        return code;
    }
    d->core = calloc(1, tr_core_size());
    d->effects = malloc(sizeof(*d->effects));
    d->player = tr_daemon_new_player(d, &d->cfg->plan);
    if (d->core == NULL || d->effects == NULL || d->player == NULL) {
        tr_log(TR_LOG_ERROR, "out of memory");
        return EX_OSERR;
    }
    tr_core_init(d->core, &d->cfg->plan);
    return tr_daemon_recover(d, &tail);
}

int tr_daemon_open(struct tr_daemon *d)
{
    signal(SIGPIPE, SIG_IGN); /* nobody may read the log */
    signal(SIGXFSZ, SIG_IGN);
    int code = tr_daemon_config(d, &d->cfg);
    if (code != EX_OK) {
        return code;
    }
    tr_log_level(d->cfg->options.log_level);
    tr_log(TR_LOG_INFO, "Third Ring %s, site %s, unit %s: %d sensors, %d stations", tr_version,
           d->cfg->plan.site, d->cfg->plan.unit, d->cfg->plan.sensors_n, d->cfg->plan.stations_n);
    tr_calendar_zone(d->cfg->plan.timezone);
    d->now_ns = d->began_ns = tr_daemon_monotonic();
    d->commit_at = INT64_MAX;
    code = open_loop(d);
    code = code == EX_OK ? open_journal(d) : code;
    code = code == EX_OK ? open_core(d) : code;
    code = code == EX_OK ? tr_daemon_open_mqtt(d) : code;
    return code;
}

int tr_daemon_run(struct tr_daemon *d)
{
    sd_notify(0, "READY=1\nSTATUS=Watching");
    tr_daemon_turn(d);
    while (!d->stopping) {
        const int r = sd_event_run(d->event, UINT64_MAX);
        if (r < 0) {
            tr_log(TR_LOG_ERROR, "the loop broke: %s", strerror(-r));
            return EX_OSERR;
        }
    }
    return d->exit_code;
}

void tr_daemon_stop(struct tr_daemon *d, int code)
{
    d->stopping = true;
    d->exit_code = code;
}

void tr_daemon_close(struct tr_daemon *d)
{
    sd_notify(0, "STOPPING=1");
    if (d->player != NULL) {
        tr_player_silence(d->player);
    }
    if (d->journal != NULL && d->core != NULL) {
        (void)tr_daemon_commit(d);
    }
    if (d->core != NULL) {
        tr_board_farewell(d);
    }
    if (d->mqtt != NULL) {
        tr_daemon_close_mqtt(d);
    }
    if (d->journal != NULL && d->core != NULL) {
        (void)tr_daemon_commit(d); /* what was acknowledged meanwhile */
    }
    tr_sweep_end(d);
    tr_player_free(d->player);
    d->gpio_source = sd_event_source_unref(d->gpio_source);
    tr_gpio_close(d->gpio);
    tr_journal_close(d->journal);
    sd_event_source_unref(d->timer);
    sd_event_unref(d->event);
    free(d->core);
    free(d->effects);
    tr_config_free(d->cfg);
}
