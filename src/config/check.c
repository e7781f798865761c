/* What no single setting can tell: times, lines, the broker, the alerts. */
#include <stdlib.h>
#include <string.h>

#include "config/internal.h"

static config_setting_t *element(const config_setting_t *at, const char *list, int i)
{
    const config_setting_t *l = config_setting_get_member(at, list);
    return l != NULL ? config_setting_get_elem(l, (unsigned)i) : NULL;
}

void tr_cfg_finish_holiday(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem)
{
    static const char *const times[] = {"open", "close"};
    const struct tr_holiday *h = elem;
    for (int i = 0; i < 2; i++) {
        bool given = config_setting_get_member(at, times[i]) != NULL;
        if (h->closed && given) {
            tr_cfg_fail(ctx, at, times[i], "the shop is closed that day; leave this out");
        } else if (!h->closed && !given) {
            tr_cfg_fail(ctx, at, times[i], "missing; needed unless closed = true");
        }
    }
}

void tr_cfg_finish_gate(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem)
{
    const struct tr_gate *g = elem;
    if (g->outer != TR_NONE && g->outer == g->inner) {
        tr_cfg_fail(ctx, at, "inner", "found the same sensor as outer; a gate is two beams");
    }
}

void tr_cfg_finish_quiet(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem)
{
    const struct tr_span *s = elem;
    if (s->from_min == s->to_min) {
        tr_cfg_fail(ctx, at, "to", "found the same time as from; the quiet would have no end");
    }
}

void tr_cfg_finish_alerts(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem)
{
    const struct tr_alert_plan *a = elem;
    config_setting_t *burning = config_setting_get_member(at, "burning");
    if (burning != NULL && a->burning_short_ns >= a->burning_long_ns) {
        tr_cfg_fail(ctx, burning, "short_min", "found a window not shorter than long_min");
    }
}

/* --- the broker --- */

/* @return NULL, or what is wrong with the address. */
static const char *uri_fault(const char *uri)
{
    static const char *const schemes[] = {"mqtt://", "mqtts://", "ws://", "wss://"};
    size_t i = 0;
    while (i < 4 && strncmp(uri, schemes[i], strlen(schemes[i])) != 0) {
        i++;
    }
    if (i == 4) {
        return "does not begin with mqtt://, mqtts://, ws:// or wss://";
    }
    char host[TR_URI_MAX];
    strcpy(host, uri + strlen(schemes[i]));
    if (uri[0] == 'w') {
        const size_t n = strcspn(host, "/");
        /* The MQTT library takes the last colon of all for the port's. */
        if (strchr(host + n, ':') != NULL) {
            return "has a \":\" in its path";
        }
        host[n] = '\0';
    }
    if (strpbrk(host, "/?# ") != NULL || strpbrk(uri, "# ") != NULL) {
        return "goes on after the host and the port";
    }
    const char *port = strchr(host, ':');
    if (host[0] == '[') {
        const char *end = strchr(host, ']');
        if (end == NULL || end == host + 1 || (end[1] != '\0' && end[1] != ':')) {
            return "has a broken IPv6 address";
        }
        port = end[1] == ':' ? end + 1 : NULL;
    }
    if (host == port || host[0] == '\0') {
        return "names no host";
    }
    if (port != NULL) {
        char *end;
        long n = strtol(port + 1, &end, 10);
        if (port[1] < '0' || port[1] > '9' || *end != '\0' || n < 1 || n > 65535) {
            return "has a port that is not 1 to 65535";
        }
    }
    return NULL;
}

static void check_uri(struct tr_cfg_ctx *ctx, config_setting_t *at, const char *uri)
{
    if (strchr(uri, '@') != NULL) {
        tr_cfg_fail(ctx, at, "uri",
                    "found \"@\": a user and a password do not belong here; use username and "
                    "password_file");
        return;
    }
    const char *fault = uri_fault(uri);
    if (fault != NULL) {
        tr_cfg_fail(ctx, at, "uri",
                    "found \"%.60s\", which %s; allowed: mqtt://HOST, mqtts://HOST, ws://HOST, "
                    "wss://HOST, each with :PORT, the last two with /PATH",
                    uri, fault);
    }
}

static void check_topic(struct tr_cfg_ctx *ctx, config_setting_t *at, const char *key,
                        const char *topic)
{
    size_t n = strlen(topic);
    if (n == 0 || strpbrk(topic, "+#$ ") != NULL || topic[0] == '/' || topic[n - 1] == '/') {
        tr_cfg_fail(ctx, at, key,
                    "found \"%.40s\"; allowed: a topic without +, #, $ or blanks, and no / at its "
                    "ends",
                    topic);
    }
}

static void check_credentials(struct tr_cfg_ctx *ctx, config_setting_t *at,
                              const struct tr_mqtt_options *m)
{
    const struct {
        const char *key, *value;
    } files[] = {{"username_file", m->username_file},
                 {"password_file", m->password_file},
                 {"ca_file", m->ca_file},
                 {"cert_file", m->cert_file},
                 {"key_file", m->key_file}};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const size_t n = strlen(TR_CFG_CREDENTIAL);
        const char *name = files[i].value + n;
        if (strncmp(files[i].value, TR_CFG_CREDENTIAL, n) == 0 &&
            (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)) {
            tr_cfg_fail(ctx, at, files[i].key,
                        "found a credential without a proper name; allowed: credential:NAME, "
                        "where NAME has no \"/\" and does not begin with \".\"");
        }
    }
}

void tr_cfg_finish_mqtt(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem)
{
    const struct tr_mqtt_options *m = elem;
    check_uri(ctx, at, m->uri);
    check_topic(ctx, at, "base", m->base);
    check_topic(ctx, at, "discovery_prefix", m->discovery_prefix);
    if (m->version == 4) {
        tr_cfg_fail(ctx, at, "version", "found 4; allowed: 5, or 3 for MQTT 3.1.1");
    }
    check_credentials(ctx, at, m);
    if (m->username[0] != '\0' && m->username_file[0] != '\0') {
        tr_cfg_fail(ctx, at, "username_file", "found beside username; allowed: one of the two");
    }
    if (m->password_file[0] != '\0' && m->username[0] == '\0' && m->username_file[0] == '\0') {
        tr_cfg_fail(ctx, at, "username",
                    "missing; it or username_file is needed with password_file");
    }
    if ((m->cert_file[0] == '\0') != (m->key_file[0] == '\0')) {
        tr_cfg_fail(ctx, at, m->key_file[0] == '\0' ? "key_file" : "cert_file",
                    "missing; cert_file and key_file belong together");
    }
    bool tls = strncmp(m->uri, "mqtts://", 8) == 0 || strncmp(m->uri, "wss://", 6) == 0;
    if (!tls && (m->ca_file[0] != '\0' || m->cert_file[0] != '\0')) {
        tr_cfg_fail(ctx, at, "uri",
                    "certificates are named, but this address is not encrypted; allowed: "
                    "mqtts://HOST, wss://HOST");
    }
}

void tr_cfg_finish_journal(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem)
{
    const struct tr_journal_options *j = elem;
    if (j->path[0] == '\0') {
        tr_cfg_fail(ctx, at, "path", "found an empty text; allowed: the journal's file");
    }
}

/* --- the week --- */

static void check_hours(struct tr_cfg_ctx *ctx, config_setting_t *at)
{
    enum { DAY = 24 * 60, WEEK = 7 * DAY };
    static const char *const day_name[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                           "Friday", "Saturday", "Sunday"};
    const struct tr_plan *p = &ctx->cfg->plan;
    int8_t owner[WEEK];
    memset(owner, -1, sizeof(owner));
    for (int i = 0; i < p->hours_n; i++) {
        const struct tr_hours *h = &p->hours[i];
        int length = h->close_min - h->open_min + (h->close_min <= h->open_min ? DAY : 0);
        int clash = -1;
        if (h->open_min < 0 || h->close_min < 0) {
            continue;
        }
        for (int d = 0; d < 7; d++) {
            for (int m = 0; m < length && (h->days & (1U << d)); m++) {
                int at_min = (d * DAY + h->open_min + m) % WEEK;
                clash = clash < 0 && owner[at_min] >= 0 ? at_min : clash;
                owner[at_min] = (int8_t)i;
            }
        }
        if (clash >= 0) {
            tr_cfg_fail(ctx, element(at, "hours", i), NULL,
                        "overlaps an entry above on %s at %02d:%02d; two spans of one day must lie "
                        "apart",
                        day_name[clash / DAY], clash % DAY / 60, clash % 60);
        }
    }
}

static void check_days(struct tr_cfg_ctx *ctx, config_setting_t *at)
{
    const struct tr_plan *p = &ctx->cfg->plan;
    for (int i = 0; i < p->holidays_n; i++) {
        for (int k = 0; k < i && p->holidays[i].date != 0; k++) {
            if (p->holidays[k].date == p->holidays[i].date) {
                tr_cfg_fail(ctx, element(at, "holidays", i), "date", "found a second time");
            }
        }
    }
    for (int i = 0; i < p->dayparts_n; i++) {
        int from = p->dayparts[i].from_min;
        for (int k = 0; k < i && from >= 0; k++) {
            if (p->dayparts[k].from_min == from) {
                tr_cfg_fail(ctx, element(at, "dayparts", i), "from",
                            "found %02d:%02d, when \"%s\" begins as well", from / 60, from % 60,
                            p->dayparts[k].id);
            }
        }
    }
}

/* --- the wiring --- */

/* One thing with a wire: a sensor or an output. */
struct wired {
    const char *list;
    int index;
    const char *id;
    const struct tr_line *line;
};

static bool same_line(const struct tr_config *cfg, const struct tr_line *a, const struct tr_line *b)
{
    const char *chip = cfg->options.gpio.chip;
    if (strcmp(a->chip[0] != '\0' ? a->chip : chip, b->chip[0] != '\0' ? b->chip : chip) != 0) {
        return false;
    }
    return a->name[0] != '\0' ? strcmp(a->name, b->name) == 0
                              : b->name[0] == '\0' && a->offset >= 0 && a->offset == b->offset;
}

static void check_lines(struct tr_cfg_ctx *ctx, config_setting_t *at)
{
    const struct tr_config *cfg = ctx->cfg;
    const struct tr_plan *p = &cfg->plan;
    struct wired all[TR_SENSORS_MAX + TR_OUTPUTS_MAX];
    int n = 0;
    for (int i = 0; i < p->sensors_n; i++) {
        all[n++] = (struct wired){"sensors", i, p->sensors[i].id, &p->sensors[i].line};
    }
    for (int i = 0; i < p->outputs_n; i++) {
        all[n++] = (struct wired){"outputs", i, p->outputs[i].id, &p->outputs[i].line};
    }
    for (int i = 0; i < n; i++) {
        const struct tr_line *l = all[i].line;
        config_setting_t *e = element(at, all[i].list, all[i].index);
        if (e == NULL || !config_setting_is_group(e)) {
            continue;
        }
        bool real = cfg->options.gpio.backend == TR_BACKEND_GPIOD;
        if (real && l->name[0] == '\0' && l->offset < 0 && !tr_cfg_given(e, "line")) {
            tr_cfg_fail(ctx, e, "line",
                        "missing; needed: a name or an offset (or gpio = { backend = \"replay\"; "
                        "} where nothing is wired)");
        } else if (real && l->offset >= 0 && l->chip[0] == '\0' &&
                   cfg->options.gpio.chip[0] == '\0') {
            tr_cfg_fail(ctx, e, "line", "an offset needs its chip; name it here or in gpio.chip");
        }
        for (int k = 0; k < i; k++) {
            if (same_line(cfg, all[k].line, l)) {
                tr_cfg_fail(ctx, e, "line", "the same line as %s.%s", all[k].list, all[k].id);
                break;
            }
        }
    }
}

/* A lamp at a call box, and nowhere else, is wired as one. */
static void name_sent_lamps(struct tr_cfg_ctx *ctx, config_setting_t *at)
{
    struct tr_plan *p = &ctx->cfg->plan;
    const struct tr_alert_plan *a = &p->alerts;
    for (int i = 0; i < p->stations_n; i++) {
        const struct tr_station *st = &p->stations[i];
        const int lamp = st->kind == TR_KIND_CALL ? st->u.call.sent_lamp : TR_NONE;
        if (lamp == TR_NONE || lamp == a->at_risk.lamp || lamp == a->late.lamp ||
            lamp == a->critical.lamp || lamp == a->kept_lamp || lamp == a->burning_lamp ||
            lamp == a->fault_lamp) {
            continue;
        }
        config_setting_t *e = element(at, "outputs", lamp);
        if (e != NULL && config_setting_is_group(e) && !tr_cfg_given(e, "circuit")) {
            p->outputs[lamp].circuit = TR_DRIVE_SENT_LAMP;
        }
    }
}

void tr_cfg_finish_top(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem)
{
    (void)elem;
    check_hours(ctx, at);
    check_days(ctx, at);
    check_lines(ctx, at);
    name_sent_lamps(ctx, at);
}
