/* SIGHUP: a good file takes over whole, a bad one changes nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>

#include "daemon/daemon.h"

static void notify_reloading(const struct tr_daemon *d)
{
    char text[64];
    snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64, d->now_ns / TR_NS_PER_US);
    sd_notify(0, text);
}

/* The lines of the new plan, or the old ones back. */
static bool swap_gpio(struct tr_daemon *d, const struct tr_config *next)
{
    const int64_t source = tr_gpio_now(d->gpio);
    tr_player_silence(d->player);
    memset(d->board.driven, 0, sizeof(d->board.driven));
    tr_gpio_close(d->gpio);
    d->gpio = NULL;
    if (tr_daemon_open_gpio(d, next, source) == EX_OK) {
        return true;
    }
    if (tr_daemon_open_gpio(d, d->cfg, source) != EX_OK) {
        tr_log(TR_LOG_ERROR,
               "the old lines cannot be had back either; ending, to be started again");
        tr_daemon_stop(d, EX_UNAVAILABLE);
    } else {
        tr_daemon_light_lamps(d);
        memset(d->board.output, 1, sizeof(d->board.output));
        d->board.any = true;
    }
    return false;
}

/* Up to and including the plan's own event, effects speak of the old plan. */
static size_t old_plan_part(const struct tr_effects *effects)
{
    size_t i = 0;
    while (i < effects->n && !(effects->e[i].kind == TR_EFFECT_STORE &&
                               effects->e[i].u.store.event.kind == TR_EVENT_PLAN)) {
        i++;
    }
    return i < effects->n ? i + 1 : i;
}

void tr_daemon_swap_core(struct tr_daemon *d, struct tr_config *next, struct tr_core *core)
{
    const struct tr_mono now = tr_core_now(d->core);
    while (tr_core_replan(core, d->core, &next->plan, now, d->effects) != 0) {
        tr_daemon_act(d, 0, d->effects->n);
    }
    const size_t split = old_plan_part(d->effects);
    tr_daemon_act(d, 0, split);
    tr_board_pump(d); /* the last of what the old plan names: its alerts end on the wire too */
    free(d->core);
    d->core = core;
    d->cfg = next;
    tr_daemon_act(d, split, d->effects->n);
}

static bool same_broker(const struct tr_config *a, const struct tr_config *b)
{
    return memcmp(&a->options.mqtt, &b->options.mqtt, sizeof(a->options.mqtt)) == 0 &&
           strcmp(a->plan.site, b->plan.site) == 0 && strcmp(a->plan.unit, b->plan.unit) == 0;
}

static bool take_over(struct tr_daemon *d, struct tr_config *next)
{
    struct tr_config *old = d->cfg;
    struct tr_core *core = calloc(1, tr_core_size());
    struct tr_player *player = tr_daemon_new_player(d, &next->plan);
    if (core == NULL || player == NULL || !tr_daemon_keep_plan(d, next) || !swap_gpio(d, next)) {
        free(core);
        tr_player_free(player);
        return false;
    }
    const bool new_broker = !same_broker(old, next);
    if (new_broker) {
        tr_board_farewell(d);
        tr_daemon_close_mqtt(d);
    }
    tr_player_free(d->player);
    d->player = player;
    tr_daemon_swap_core(d, next, core);
    tr_log_level(next->options.log_level);
    tr_calendar_zone(next->plan.timezone);
    tr_daemon_calendar_begin(d);
    tr_daemon_snapshot(d);
    if (memcmp(&old->options.journal, &next->options.journal, sizeof(old->options.journal)) != 0) {
        tr_log(TR_LOG_WARNING, "journal settings take effect at the next start");
    }
    if (new_broker && tr_daemon_open_mqtt(d) != EX_OK) {
        tr_log(TR_LOG_ERROR, "going on without a broker");
    }
    tr_board_refresh(d);
    if (d->mqtt != NULL && tr_mqtt_connected(d->mqtt)) {
        tr_sweep_begin(d);
    }
    tr_config_free(old);
    return true;
}

void tr_daemon_reload(struct tr_daemon *d)
{
    d->now_ns = tr_daemon_monotonic();
    notify_reloading(d);
    tr_walktest_end(d);
    (void)tr_daemon_commit(d); /* the old plan holds until now, not until the last event */
    struct tr_config *next = NULL;
    if (tr_daemon_config(d, &next) != EX_OK) {
        tr_log(TR_LOG_WARNING, "the old configuration stays in force");
    } else if (!take_over(d, next)) {
        tr_config_free(next);
        tr_log(TR_LOG_WARNING, "the old configuration stays in force");
    } else {
        tr_log(TR_LOG_INFO, "the new configuration is in force");
    }
    sd_notify(0, "READY=1");
}
