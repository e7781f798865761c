/* Home Assistant: the unit introduces itself, and again when asked. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/version.h"
#include "codec/hass.h"
#include "daemon/daemon.h"

enum { FIRST_CAP = 128 << 10, LATER_MS = 5000, AGAIN_S = 10, EXPIRE_INTERVALS = 3 };

static struct tr_hass hass_of(const struct tr_mqtt_options *opt)
{
    return (struct tr_hass){
        .prefix = opt->discovery_prefix,
        .version = tr_version,
        .expire_s = (int32_t)(EXPIRE_INTERVALS * opt->metrics_interval_ns / TR_NS_PER_S),
        .command = opt->command};
}

/* The configuration the broker still knows, where it described this very device. */
static const struct tr_config *known(const struct tr_daemon *d)
{
    const struct tr_config *old = d->sweep.known;
    return old != NULL && old->options.mqtt.discovery &&
                   strcmp(old->plan.site, d->cfg->plan.site) == 0 &&
                   strcmp(old->plan.unit, d->cfg->plan.unit) == 0 &&
                   strcmp(old->options.mqtt.discovery_prefix,
                          d->cfg->options.mqtt.discovery_prefix) == 0
               ? old
               : NULL;
}

/* The device in memory of its own. @return its length or -errno. */
static int describe(const struct tr_daemon *d, const struct tr_config *old, char **ret)
{
    const struct tr_wire wire = tr_board_wire(d);
    const struct tr_hass hass = hass_of(&d->cfg->options.mqtt);
    struct tr_wire old_wire = wire;
    struct tr_hass old_hass = hass;
    if (old != NULL) {
        old_wire = (struct tr_wire){.plan = &old->plan, .base = old->options.mqtt.base};
        old_hass = hass_of(&old->options.mqtt);
    }
    int n = -ENOBUFS;
    char *text = NULL;
    for (size_t cap = FIRST_CAP; n == -ENOBUFS && cap <= TR_HASS_MAX; cap *= 2) {
        free(text);
        text = malloc(cap);
        n = text == NULL ? -ENOMEM
                         : tr_hass_device(&wire, &hass, old != NULL ? &old_wire : NULL,
                                          old != NULL ? &old_hass : NULL, text, cap);
    }
    *ret = text;
    return n;
}

/* @return -EAGAIN or -ENOTCONN: later; else 0. */
static int say(struct tr_daemon *d, const struct tr_config *old)
{
    const struct tr_wire wire = tr_board_wire(d);
    struct tr_wire_message m = {.qos = 1, .retain = true, .json = true};
    tr_hass_topic(&wire, d->cfg->options.mqtt.discovery_prefix, m.topic);
    const int n = describe(d, old, &m.payload);
    int r = 0;
    if (n > 0) {
        m.n = m.cap = (size_t)n;
        r = tr_board_send(d, &m, old != NULL ? TR_SWEEP_TOKEN : TR_DEVICE_TOKEN);
        d->sweep.asked += old != NULL && r == 0;
    } else {
        r = n;
    }
    if (r < 0 && r != -EAGAIN && r != -ENOTCONN) {
        tr_log(TR_LOG_WARNING, "Home Assistant is not told of this unit: %s", strerror(-r));
    }
    free(m.payload);
    return r == -EAGAIN || r == -ENOTCONN ? r : 0;
}

/* Whether entities left since the broker was told last: they must be named once. */
static bool some_left(const struct tr_daemon *d, const struct tr_config *old)
{
    const struct tr_wire wire = tr_board_wire(d);
    const struct tr_hass hass = hass_of(&d->cfg->options.mqtt);
    const struct tr_wire old_wire = {.plan = &old->plan, .base = old->options.mqtt.base};
    const struct tr_hass old_hass = hass_of(&old->options.mqtt);
    return tr_hass_removes(&wire, &hass, &old_wire, &old_hass);
}

bool tr_discovery_pump(struct tr_daemon *d)
{
    struct tr_discovery *h = &d->discovery;
    if (!d->cfg->options.mqtt.discovery) {
        h->due = false;
    }
    if (!h->due || d->now_ns < h->at) {
        return true;
    }
    const struct tr_config *old = known(d);
    if (old != NULL && !h->removed) {
        if (some_left(d, old) && say(d, old) < 0) {
            return false;
        }
        h->removed = true;
    }
    if (say(d, NULL) < 0) {
        return false;
    }
    h->due = false;
    return true;
}

bool tr_discovery_hear(struct tr_daemon *d, const struct tr_mqtt_message *msg)
{
    const struct tr_mqtt_options *opt = &d->cfg->options.mqtt;
    struct tr_discovery *h = &d->discovery;
    const size_t n = strlen(opt->discovery_prefix);
    if (!opt->discovery || strncmp(msg->topic, opt->discovery_prefix, n) != 0 ||
        strcmp(msg->topic + n, "/status") != 0) {
        return false;
    }
    const bool began = msg->n == 6 && memcmp(msg->payload, "online", 6) == 0;
    if (!began || h->due || d->now_ns < h->not_before) {
        return true;
    }
    uint32_t random = 0;
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0) {
        random = LATER_MS / 2;
    }
    tr_log(TR_LOG_INFO, "Home Assistant began anew: it is told of this unit again");
    h->due = true;
    h->at = d->now_ns + random % LATER_MS * TR_NS_PER_MS;
    h->not_before = d->now_ns + AGAIN_S * TR_NS_PER_S;
    return true;
}
