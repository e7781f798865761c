#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/version.h"
#include "cli/publish.h"
#include "codec/wire.h"
#include "mqtt/mqtt.h"

enum { CONNECT_S = 10, STALL_S = 30, CLOSE_MS = 5000 };

struct tr_publisher {
    struct tr_mqtt_options options;
    struct tr_mqtt *mqtt;
    struct tr_wire wire;
    char payload[TR_JSON_INFO_MAX];
    char why[TR_MQTT_ERROR_MAX]; /* the last complaint heard */
};

static int64_t monotonic_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * TR_NS_PER_S + t.tv_nsec;
}

/* Let Paho's notes come in, for a moment at most. */
static void listen(struct tr_publisher *p)
{
    static struct tr_mqtt_note note;
    struct pollfd fd = {.fd = tr_mqtt_fd(p->mqtt), .events = POLLIN};
    (void)poll(&fd, 1, 50);
    while (tr_mqtt_next(p->mqtt, &note) > 0) {
        if (note.kind == TR_MQTT_DISCONNECTED) {
            snprintf(p->why, sizeof(p->why), "%s", note.text);
        }
    }
    tr_mqtt_tick(p->mqtt, monotonic_ns());
}

static int send_message(struct tr_publisher *p, const struct tr_wire_message *m)
{
    const struct tr_mqtt_message msg = {.topic = m->topic,
                                        .payload = m->payload,
                                        .n = m->n,
                                        .qos = m->qos,
                                        .retain = m->retain,
                                        .expiry_s = m->expiry_s,
                                        .content_type = m->json ? "application/json" : NULL};
    const int64_t until = monotonic_ns() + STALL_S * TR_NS_PER_S;
    int r;
    while ((r = tr_mqtt_publish(p->mqtt, &msg)) == -EAGAIN || r == -ENOTCONN) {
        if (monotonic_ns() >= until) {
            return -ETIMEDOUT;
        }
        listen(p);
    }
    return r;
}

static struct tr_wire_message blank(struct tr_publisher *p)
{
    return (struct tr_wire_message){.payload = p->payload, .cap = sizeof(p->payload)};
}

static int say(struct tr_publisher *p, int written, const struct tr_wire_message *m)
{
    return written > 0 ? send_message(p, m) : written;
}

int tr_publisher_open(const struct tr_config *cfg, struct tr_publisher **ret, char *reterr)
{
    if (!cfg->options.mqtt.enabled) {
        snprintf(reterr, TR_PUBLISH_ERROR_MAX, "the configuration names no broker (mqtt.uri)");
        return -EINVAL;
    }
    struct tr_publisher *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        snprintf(reterr, TR_PUBLISH_ERROR_MAX, "out of memory");
        return -ENOMEM;
    }
    p->wire = (struct tr_wire){.plan = &cfg->plan, .base = cfg->options.mqtt.base};
    char client[2 * TR_ID_MAX + 24];
    char will[TR_WIRE_TOPIC_MAX];
    snprintf(client, sizeof(client), "thirdring-replay-%s-%s", cfg->plan.site, cfg->plan.unit);
    tr_wire_topic(&p->wire, "availability", will);
    p->options = cfg->options.mqtt;
    p->options.will_delay_s = 0; /* nobody comes back: it leaves no session behind */
    int r = tr_mqtt_open(&p->options, client, will, &p->mqtt, reterr);
    if (r < 0) {
        free(p);
        return r;
    }
    const int64_t until = monotonic_ns() + CONNECT_S * TR_NS_PER_S;
    tr_mqtt_tick(p->mqtt, monotonic_ns());
    while (!tr_mqtt_connected(p->mqtt) && monotonic_ns() < until) {
        listen(p);
    }
    if (!tr_mqtt_connected(p->mqtt)) {
        snprintf(reterr, TR_PUBLISH_ERROR_MAX, "no connection to %.128s within %d s: %.256s",
                 cfg->options.mqtt.uri, CONNECT_S, p->why);
        tr_mqtt_close(p->mqtt, 0);
        free(p);
        return -ENOTCONN;
    }
    const struct tr_info info = {
        .version = tr_version, .config_hash = cfg->hash, .boot_id = "replay", .schema = 1};
    struct tr_wire_message m = blank(p);
    (void)say(p, tr_wire_info(&p->wire, &info, &m), &m);
    m = blank(p);
    (void)say(p, tr_wire_availability(&p->wire, true, &m), &m);
    *ret = p;
    return 0;
}

static int record(struct tr_publisher *p, const struct tr_effect *e, struct tr_wire_message *m)
{
    char json[TR_JSON_MAX];
    int n;
    const char *kind;
    if (e->kind == TR_EFFECT_WAIT) {
        kind = "wait";
        n = tr_json_wait(p->wire.plan, &e->u.wait, json, sizeof(json));
    } else if (e->kind == TR_EFFECT_VOTE) {
        kind = "vote";
        n = tr_json_vote(p->wire.plan, &e->u.vote, json, sizeof(json));
    } else {
        kind = "alert";
        n = tr_json_alert(p->wire.plan, &e->u.alert, json, sizeof(json));
    }
    return n < 0 ? n : say(p, tr_wire_record(&p->wire, kind, json, false, m), m);
}

int tr_publisher_effect(struct tr_publisher *p, struct tr_core *core, const struct tr_effect *e)
{
    struct tr_wire_message m = blank(p);
    int r = 0;
    switch (e->kind) {
    case TR_EFFECT_STORE:
        if (e->u.store.event.kind == TR_EVENT_INPUT) {
            r = say(p, tr_wire_input(&p->wire, core, e->u.store.event.sensor, &m), &m);
            m = blank(p);
            r = r < 0 ? r : say(p, tr_wire_news(&p->wire, core, e, &m), &m);
        }
        return r;
    case TR_EFFECT_NEWS:
    case TR_EFFECT_SOUND:
        return say(p, tr_wire_news(&p->wire, core, e, &m), &m);
    case TR_EFFECT_STATE:
        return say(p, tr_wire_station(&p->wire, core, e->u.station, e->at, &m), &m);
    case TR_EFFECT_LAMP:
        return say(p, tr_wire_output(&p->wire, core, e->u.lamp.output, false, &m), &m);
    case TR_EFFECT_HEALTH:
        return say(p, tr_wire_health(&p->wire, core, e->u.sensor, &m), &m);
    case TR_EFFECT_ALERT:
        r = say(
            p, tr_wire_alert(&p->wire, core, e->u.alert.rule, tr_wire_alert_index(&e->u.alert), &m),
            &m);
        m = blank(p);
        return r < 0 ? r : record(p, e, &m);
    case TR_EFFECT_WAIT:
    case TR_EFFECT_VOTE:
        return record(p, e, &m);
    case TR_EFFECT_REJECT:
    case TR_EFFECT_KIND_COUNT:
    default:
        return 0;
    }
}

void tr_publisher_close(struct tr_publisher *p, struct tr_core *core)
{
    if (p == NULL) {
        return;
    }
    int r = 0;
    for (int s = 0; s < p->wire.plan->stations_n && r >= 0; s++) {
        struct tr_wire_message m = blank(p);
        r = say(p, tr_wire_metrics(&p->wire, core, s, tr_core_now(core), &m), &m);
    }
    struct tr_wire_message m = blank(p);
    if (r >= 0) {
        (void)say(p, tr_wire_availability(&p->wire, false, &m), &m);
    }
    tr_mqtt_close(p->mqtt, CLOSE_MS);
    free(p);
}
