/* What the broker should know, and what of it it does not know yet. State is
 * said anew after every connect and never queued; records wait in the journal. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/version.h"
#include "daemon/daemon.h"

enum {
    STATION_MIN_MS = 1000,   /* a station speaks at most so often */
    STATION_AGAIN_MS = 5000, /* and at least so often while someone waits */
    STATION_FLOOR_MS = 50    /* whatever the speed of a trace */
};

struct tr_wire tr_board_wire(const struct tr_daemon *d)
{
    return (struct tr_wire){.plan = &d->cfg->plan, .base = d->cfg->options.mqtt.base};
}

int tr_board_send(struct tr_daemon *d, const struct tr_wire_message *m, uint64_t token)
{
    const struct tr_mqtt_message msg = {.topic = m->topic,
                                        .payload = m->payload,
                                        .n = m->n,
                                        .qos = m->qos,
                                        .retain = m->retain,
                                        .expiry_s = m->expiry_s,
                                        .content_type = m->json ? "application/json" : NULL,
                                        .token = token};
    const int r = tr_mqtt_publish(d->mqtt, &msg);
    if (r == -EAGAIN || r == -ENOTCONN) {
        return r;
    }
    if (r < 0 && token == 0) {
        tr_log(TR_LOG_WARNING, "%s could not be published: %s", m->topic, strerror(-r));
        return 0;
    }
    return r;
}

void tr_board_refresh(struct tr_daemon *d)
{
    struct tr_board *b = &d->board;
    b->info = true;
    memset(b->input, 1, sizeof(b->input));
    memset(b->health, 1, sizeof(b->health));
    memset(b->output, 1, sizeof(b->output));
    memset(b->station, 1, sizeof(b->station));
    memset(b->metrics, 1, sizeof(b->metrics));
    memset(b->alert, 1, sizeof(b->alert));
    memset(b->station_at, 0, sizeof(b->station_at));
    b->unit = d->discovery.due = true;
    d->discovery.at = 0;
    b->any = true;
    b->leaving = false;
}

void tr_board_news(struct tr_daemon *d, const struct tr_effect *e)
{
    if (d->mqtt == NULL || !d->board.online) {
        return;
    }
    const struct tr_wire wire = tr_board_wire(d);
    struct tr_wire_message m = {.payload = d->payload, .cap = sizeof(d->payload)};
    if (tr_wire_news(&wire, d->core, e, &m) > 0) {
        (void)tr_board_send(d, &m, 0);
    }
}

void tr_board_input(struct tr_daemon *d, int sensor)
{
    d->board.input[sensor] = true;
    if (d->mqtt == NULL || !d->board.online) {
        return;
    }
    const struct tr_wire wire = tr_board_wire(d);
    struct tr_wire_message m = {.payload = d->payload, .cap = sizeof(d->payload)};
    d->board.input[sensor] =
        tr_wire_input(&wire, d->core, sensor, &m) > 0 && tr_board_send(d, &m, 0) < 0;
}

/* --- state ---------------------------------------------------------------------- */

typedef int (*writer)(struct tr_daemon *d, const struct tr_wire *wire, int i,
                      struct tr_wire_message *m);

static int write_input(struct tr_daemon *d, const struct tr_wire *w, int i,
                       struct tr_wire_message *m)
{
    return tr_wire_input(w, d->core, i, m);
}

static int write_health(struct tr_daemon *d, const struct tr_wire *w, int i,
                        struct tr_wire_message *m)
{
    return tr_wire_health(w, d->core, i, m);
}

static int write_output(struct tr_daemon *d, const struct tr_wire *w, int i,
                        struct tr_wire_message *m)
{
    return tr_wire_output(w, NULL, i, d->board.driven[i] && !d->board.leaving, m);
}

static int write_metrics(struct tr_daemon *d, const struct tr_wire *w, int i,
                         struct tr_wire_message *m)
{
    return tr_wire_metrics(w, d->core, i, tr_daemon_store_now(d), m);
}

/* Say what is due of one kind. @return false: the broker takes no more now. */
static bool say(struct tr_daemon *d, bool *due, int n, writer write)
{
    const struct tr_wire wire = tr_board_wire(d);
    for (int i = 0; i < n; i++) {
        if (!due[i]) {
            continue;
        }
        struct tr_wire_message m = {.payload = d->payload, .cap = sizeof(d->payload)};
        if (write(d, &wire, i, &m) > 0 && tr_board_send(d, &m, 0) < 0) {
            return false;
        }
        due[i] = false;
    }
    return true;
}

/* The ladder first: it is what somebody hears of. */
static bool say_alerts(struct tr_daemon *d)
{
    const struct tr_plan *p = &d->cfg->plan;
    const struct tr_wire wire = tr_board_wire(d);
    for (enum tr_alert_rule rule = TR_RULE_WAIT; rule < TR_RULE_COUNT; rule++) {
        const int n = tr_plan_alerts_n(p, rule);
        for (int i = 0; i < n; i++) {
            bool *due = &d->board.alert[rule][i];
            struct tr_wire_message m = {.payload = d->payload, .cap = sizeof(d->payload)};
            if (*due && tr_wire_alert(&wire, d->core, rule, i, &m) > 0 &&
                tr_board_send(d, &m, 0) < 0) {
                return false;
            }
            *due = false;
        }
    }
    return true;
}

static bool say_info(struct tr_daemon *d)
{
    if (!d->board.info) {
        return true;
    }
    const struct tr_wire wire = tr_board_wire(d);
    const struct tr_info info = {.version = tr_version,
                                 .config_hash = d->cfg->hash,
                                 .boot_id = d->boot,
                                 .gpio = tr_gpio_describe(d->gpio),
                                 .metrics_interval_ns = d->cfg->options.mqtt.metrics_interval_ns,
                                 .schema = 1};
    struct tr_wire_message m = {.payload = d->payload, .cap = sizeof(d->payload)};
    if (tr_wire_info(&wire, &info, &m) > 0 && tr_board_send(d, &m, 0) < 0) {
        return false;
    }
    d->board.info = false;
    return true;
}

static bool say_unit(struct tr_daemon *d)
{
    if (!d->board.unit || d->journal == NULL) {
        return true;
    }
    struct tr_journal_stats stats;
    tr_journal_stats(d->journal, &stats);
    const struct tr_wire wire = tr_board_wire(d);
    struct tr_unit_metrics unit = {.outbox = stats.outbox,
                                   .dead_letters = stats.dead_letters,
                                   .lost = stats.lost,
                                   .lost_inputs = stats.lost_inputs,
                                   .journal_bytes = stats.bytes,
                                   .written_bytes = stats.written_bytes,
                                   .connects = d->board.connects,
                                   .commands = d->commands,
                                   .commands_refused = d->commands_refused,
                                   .uptime_ns = d->now_ns - d->began_ns,
                                   .at = tr_core_wall(d->core, tr_daemon_store_now(d)),
                                   .synced = d->synced};
    for (int i = 0; i < d->cfg->plan.sensors_n; i++) {
        unit.edges_lost += tr_core_edges_lost(d->core, i);
    }
    struct tr_wire_message m = {.payload = d->payload, .cap = sizeof(d->payload)};
    if (tr_wire_unit(&wire, &unit, &m) > 0 && tr_board_send(d, &m, 0) < 0) {
        return false;
    }
    d->board.unit = false;
    return true;
}

/* A trace's seconds are shorter than ours. */
static int64_t shop_ms(const struct tr_daemon *d, int64_t ms)
{
    const struct tr_gpio_options *opt = &d->cfg->options.gpio;
    if (opt->backend == TR_BACKEND_REPLAY && opt->speed > 1.0) {
        ms = (int64_t)((double)ms / opt->speed);
    }
    return (ms > STATION_FLOOR_MS ? ms : STATION_FLOOR_MS) * TR_NS_PER_MS;
}

/* While someone waits the wait grows, and a retained number must not stand still. */
static int64_t say_again_at(const struct tr_daemon *d, int station)
{
    struct tr_station_state s;
    tr_core_station_state(d->core, station, tr_daemon_store_now(d), &s);
    return s.waiting > 0 ? d->now_ns + shop_ms(d, STATION_AGAIN_MS) : INT64_MAX;
}

/* A station speaks at most once a second: the newest state, never a backlog. */
static bool say_stations(struct tr_daemon *d)
{
    const struct tr_wire wire = tr_board_wire(d);
    struct tr_board *b = &d->board;
    for (int i = 0; i < d->cfg->plan.stations_n; i++) {
        if (!b->station[i] || d->now_ns < b->station_at[i]) {
            continue;
        }
        struct tr_wire_message m = {.payload = d->payload, .cap = sizeof(d->payload)};
        if (tr_wire_station(&wire, d->core, i, tr_daemon_store_now(d), &m) > 0 &&
            tr_board_send(d, &m, 0) < 0) {
            return false;
        }
        b->station[i] = false;
        b->station_at[i] = d->now_ns + shop_ms(d, STATION_MIN_MS);
        b->again_at[i] = say_again_at(d, i);
    }
    return true;
}

static bool say_online(struct tr_daemon *d)
{
    if (d->board.online && !d->board.online_again) {
        return true;
    }
    const struct tr_wire wire = tr_board_wire(d);
    struct tr_wire_message m = {.payload = d->payload, .cap = sizeof(d->payload)};
    if (tr_wire_availability(&wire, true, &m) > 0 && tr_board_send(d, &m, TR_ONLINE_TOKEN) < 0) {
        return false;
    }
    d->board.online = true;
    d->board.online_again = false;
    return true;
}

/* Who may write what can be put right while we stay connected. */
static void say_refused_again(struct tr_daemon *d)
{
    struct tr_board *b = &d->board;
    const bool device = b->refused_device;
    b->online_again = b->refused_online;
    if (b->refused_state) {
        const bool due = d->discovery.due;
        tr_board_refresh(d);
        d->discovery.due = due;
    }
    d->discovery.due |= device;
    b->refused_online = b->refused_state = b->refused_device = false;
}

static bool say_state(struct tr_daemon *d)
{
    struct tr_board *b = &d->board;
    const struct tr_plan *p = &d->cfg->plan;
    if (d->now_ns >= b->metrics_at) {
        b->metrics_at = d->now_ns + d->cfg->options.mqtt.metrics_interval_ns;
        memset(b->metrics, 1, sizeof(b->metrics));
        /* A heartbeat: a number that nobody says any more is no number. */
        memset(b->station, 1, sizeof(b->station));
        b->any = b->unit = true;
        say_refused_again(d);
    }
    for (int i = 0; i < p->stations_n; i++) {
        if (b->again_at[i] != 0 && d->now_ns >= b->again_at[i]) {
            b->station[i] = true;
            b->any = true;
        }
    }
    if (b->any) {
        /* Inputs change as often as they like: on a slow link they must not be all
         * that is ever said. */
        if (!say_alerts(d) || !say_stations(d) || !say(d, b->output, p->outputs_n, write_output) ||
            !say(d, b->input, p->sensors_n, write_input) || !say_info(d) ||
            !say(d, b->health, p->sensors_n, write_health) ||
            !say(d, b->metrics, p->stations_n, write_metrics) || !say_unit(d)) {
            return false;
        }
        b->any = false;
        for (int i = 0; i < p->stations_n; i++) {
            b->any |= b->station[i];
        }
    }
    return tr_discovery_pump(d) && say_online(d) && tr_sweep_pump(d);
}

void tr_board_pump(struct tr_daemon *d)
{
    d->board.backfill_at = INT64_MAX;
    tr_commands_tick(d);
    if (d->mqtt == NULL || !tr_mqtt_connected(d->mqtt)) {
        return;
    }
    d->board.blocked = !tr_answers_pump(d) || !say_state(d) || !tr_praise_pump(d);
    if (!d->board.blocked) {
        tr_records_pump(d);
    }
}

int64_t tr_board_deadline(const struct tr_daemon *d)
{
    /* Blocked: what makes room is told, and looking before is of no use. */
    if (d->mqtt == NULL || !tr_mqtt_connected(d->mqtt) || !d->board.online || d->board.blocked) {
        return INT64_MAX;
    }
    int64_t at = tr_commands_deadline(d);
    at = d->board.metrics_at < at ? d->board.metrics_at : at;
    at = d->board.backfill_at < at ? d->board.backfill_at : at;
    at = d->discovery.due && d->discovery.at < at ? d->discovery.at : at;
    for (int i = 0; i < d->cfg->plan.stations_n; i++) {
        if (d->board.station[i] && d->board.station_at[i] < at) {
            at = d->board.station_at[i];
        }
        if (d->board.again_at[i] != 0 && d->board.again_at[i] < at) {
            at = d->board.again_at[i];
        }
    }
    return at;
}

/* --- the end --------------------------------------------------------------------------- */

void tr_board_farewell(struct tr_daemon *d)
{
    if (d->mqtt == NULL || !tr_mqtt_connected(d->mqtt)) {
        return;
    }
    const struct tr_wire wire = tr_board_wire(d);
    struct tr_wire_message m = {.payload = d->payload, .cap = sizeof(d->payload)};
    /* The figures as they end, and then that nobody speaks any more. */
    memset(d->board.metrics, 1, sizeof(d->board.metrics));
    memset(d->board.station, 1, sizeof(d->board.station));
    memset(d->board.station_at, 0, sizeof(d->board.station_at));
    memset(d->board.output, 1, sizeof(d->board.output));
    d->board.any = d->board.unit = d->board.leaving = true;
    const int64_t until = tr_daemon_monotonic() + 2 * TR_NS_PER_S;
    bool said = false;
    while (!said && tr_mqtt_connected(d->mqtt) && tr_daemon_monotonic() < until) {
        said = say_state(d) && tr_wire_availability(&wire, false, &m) > 0 &&
               tr_board_send(d, &m, 0) == 0;
        if (!said) {
            (void)sd_event_run(d->event, 20000);
            tr_board_notes(d);
        }
    }
    /* What is acknowledged now need not be said twice. No more turns: after
     * "offline" nothing is said. */
    while (said && tr_mqtt_in_flight(d->mqtt) > 0 && tr_mqtt_connected(d->mqtt) &&
           tr_daemon_monotonic() < until) {
        struct pollfd p = {.fd = tr_mqtt_fd(d->mqtt), .events = POLLIN};
        (void)poll(&p, 1, 20);
        tr_board_notes(d);
    }
}
