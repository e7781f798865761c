/* From options to settings: everything that can be wrong before a broker is asked. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mqtt/mqtt_private.h"

int tr_mqtt_refuse(char *reterr, int code, const char *text, ...)
{
    va_list args;
    va_start(args, text);
    vsnprintf(reterr, TR_MQTT_ERROR_MAX, text, args);
    va_end(args);
    return code;
}

/* How a uri begins, what Paho calls it, and its own port. */
static const struct scheme {
    const char *begins, *paho;
    long port;
    bool tls, path;
} schemes[] = {{"mqtt://", "tcp://", 1883, false, false},
               {"mqtts://", "ssl://", 8883, true, false},
               {"ws://", "ws://", 80, false, true},
               {"wss://", "wss://", 443, true, true}};

struct address {
    const char *host, *path; /**< the path with its slash, or "" */
    int host_n;              /**< brackets included */
    long port;               /**< left alone where the address names none */
};

/* Split "host:port/path", "[::1]:port" or "host". @return 0 or -EINVAL. */
static int split_address(const char *text, struct address *ret)
{
    ret->host = text;
    ret->path = text + strcspn(text, "/");
    /* Paho looks for the port behind the last colon, wherever that is. */
    if (strpbrk(text, "@# \t\r\n") != NULL || strchr(ret->path, ':') != NULL) {
        return -EINVAL;
    }
    const char *end = memchr(text, ']', (size_t)(ret->path - text));
    if (text[0] == '[') {
        end = end != NULL && end > text + 1 ? end + 1 : text;
    } else {
        end = text + strcspn(text, ":/?");
    }
    ret->host_n = (int)(end - text);
    if (ret->host_n == 0) {
        return -EINVAL;
    }
    if (end != ret->path) {
        char *after;
        if (end[0] != ':' || end[1] < '0' || end[1] > '9') {
            return -EINVAL;
        }
        ret->port = strtol(end + 1, &after, 10);
        if (after != ret->path || ret->port < 1 || ret->port > 65535) {
            return -EINVAL;
        }
    }
    return 0;
}

static int parse_uri(struct tr_mqtt_settings *s, const char *uri, char *reterr)
{
    const struct scheme *scheme = NULL;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (strncmp(uri, schemes[i].begins, strlen(schemes[i].begins)) == 0) {
            scheme = &schemes[i];
        }
    }
    if (scheme == NULL) {
        return tr_mqtt_refuse(reterr, -EINVAL,
                              "mqtt.uri \"%s\": expected mqtt://, mqtts://, ws:// or wss://, then "
                              "host[:port]",
                              uri);
    }
    struct address at = {.port = scheme->port};
    if (split_address(uri + strlen(scheme->begins), &at) < 0 ||
        (at.path[0] != '\0' && !scheme->path)) {
        return tr_mqtt_refuse(reterr, -EINVAL,
                              "mqtt.uri \"%s\": expected %shost[:port]%s, port 1 to 65535%s", uri,
                              scheme->begins, scheme->path ? "[/path]" : "",
                              scheme->path ? ", no : in the path" : "");
    }
    s->tls = scheme->tls;
    s->websocket = scheme->path;
    /* With its brackets on Paho compares an IPv6 address with a certificate in vain. */
    if (s->tls && at.host[0] == '[') {
        at.host++;
        at.host_n -= 2;
    }
    snprintf(s->server, sizeof(s->server), "%s%.*s:%ld%s", scheme->paho, at.host_n, at.host,
             at.port, at.path);
    return 0;
}

int tr_mqtt_settings_init(struct tr_mqtt_settings *s, const struct tr_mqtt_options *opt,
                          const char *client_id, const char *will_topic, char *reterr)
{
    s->opt = opt;
    if (opt->version != 5 && opt->version != 3) {
        return tr_mqtt_refuse(reterr, -EINVAL, "mqtt.version %d: expected 5, or 3 for MQTT 3.1.1",
                              (int)opt->version);
    }
    int r = parse_uri(s, opt->uri, reterr);
    if (r < 0) {
        return r;
    }
    const char *id = opt->client_id[0] != '\0' ? opt->client_id : client_id;
    /* cut short it might be another's, and the two would throw each other out */
    if (strlen(id) >= sizeof(s->client_id)) {
        return tr_mqtt_refuse(reterr, -EINVAL, "mqtt.client_id \"%s\": longer than %d bytes", id,
                              TR_MQTT_CLIENT_MAX - 1);
    }
    strcpy(s->client_id, id);
    if (will_topic != NULL) {
        if (strlen(will_topic) >= sizeof(s->will_topic) || will_topic[0] == '\0') {
            return tr_mqtt_refuse(reterr, -EINVAL,
                                  "the topic of the last will must have 1 to %d bytes",
                                  TR_MQTT_TOPIC_MAX - 1);
        }
        strcpy(s->will_topic, will_topic);
    }
    return tr_mqtt_files_init(s, reterr);
}
