/* TLS and WebSockets in words: where errors say that something is wrong, Paho's trace says what. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mqtt/mqtt_private.h"

/* Paho has one trace for the process, and gives it no context. */
static pthread_mutex_t watch_lock = PTHREAD_MUTEX_INITIALIZER;
static struct tr_mqtt *watched; /* (watch_lock) whose attempt runs; of several the last */

/* Copies what follows @p mark. */
static void keep_after(char *ret, size_t cap, const char *text, const char *mark)
{
    const char *at = strstr(text, mark);
    if (at != NULL) {
        snprintf(ret, cap, "%s", at + strlen(mark));
    }
}

/* On Paho's thread, with its log's mutex held. */
static void traced(enum MQTTASYNC_TRACE_LEVELS level, char *text)
{
    (void)level;
    if (text == NULL) {
        return;
    }
    pthread_mutex_lock(&watch_lock);
    if (watched != NULL) {
        struct tr_mqtt_words *words = &watched->words;
        pthread_mutex_lock(&watched->lock);
        keep_after(words->sent, sizeof(words->sent), text, "SSL alert write:fatal:");
        keep_after(words->received, sizeof(words->received), text, "SSL alert read:fatal:");
        words->handshake = words->handshake || strstr(text, "SSL handshake started") != NULL;
        keep_after(words->http, sizeof(words->http), text, "WebSocket HTTP rc ");
        /* An address is never the certificate's name, but may be its address: what
         * follows shows whether Paho was content. */
        if (strstr(text, "X509_check_host for hostname") != NULL) {
            words->wrong_name = true;
        } else if (strstr(text, " -> CONNECT ") != NULL || strstr(text, " WebSocket ") != NULL) {
            words->wrong_name = false;
            words->asked = true;
        }
        pthread_mutex_unlock(&watched->lock);
    }
    pthread_mutex_unlock(&watch_lock);
}

/* Not where somebody asked for Paho's trace, which then says enough. */
static void set_level(enum MQTTASYNC_TRACE_LEVELS level)
{
    if (getenv("MQTT_C_CLIENT_TRACE") == NULL) {
        MQTTAsync_setTraceLevel(level);
    }
}

void tr_mqtt_words_watch(struct tr_mqtt *mqtt)
{
    pthread_mutex_lock(&watch_lock);
    watched = mqtt;
    pthread_mutex_unlock(&watch_lock);
    /* It stays: Paho looks at the pointer again without a lock before it calls. */
    MQTTAsync_setTraceCallback(traced);
    set_level(MQTTASYNC_TRACE_PROTOCOL);
}

void tr_mqtt_words_unwatch(struct tr_mqtt *mqtt)
{
    pthread_mutex_lock(&watch_lock);
    const bool mine = watched == mqtt;
    watched = mine ? NULL : watched;
    pthread_mutex_unlock(&watch_lock);
    if (mine) {
        set_level(MQTTASYNC_TRACE_ERROR);
    }
}

/* OpenSSL's line is THREAD:error:CODE:LIBRARY:FUNCTION:REASON:FILE:LINE:DATA. */
int tr_mqtt_words_of_tls(const char *text, size_t n, void *context)
{
    struct tr_mqtt *mqtt = context;
    const char *reason = text, *end = text + n;
    for (int i = 0; i < 5 && reason != NULL; i++) {
        reason = memchr(reason, ':', (size_t)(end - reason));
        reason = reason != NULL ? reason + 1 : NULL;
    }
    reason = reason != NULL ? reason : text;
    const char *stop = memchr(reason, ':', (size_t)(end - reason));
    size_t reason_n = (size_t)((stop != NULL ? stop : end) - reason);
    pthread_mutex_lock(&mqtt->lock);
    snprintf(mqtt->words.error, sizeof(mqtt->words.error), "%.*s",
             (int)(reason_n < 120 ? reason_n : 120), reason);
    pthread_mutex_unlock(&mqtt->lock);
    return 1;
}

/* What is wrong with the broker's certificate, by the alert we sent about it. */
static void judge(const struct tr_mqtt *mqtt, const char *alert, char *ret, size_t cap)
{
    if (strcmp(alert, "certificate expired") == 0) {
        snprintf(ret, cap, "the broker's certificate has expired, or this clock is wrong");
    } else if (strcmp(alert, "unknown CA") == 0) {
        snprintf(ret, cap, "the broker's certificate is signed by nobody that %s trusts (%s)",
                 mqtt->settings.path[TR_MQTT_CA][0] != '\0' ? "mqtt.ca_file" : "this system",
                 alert);
    } else if (strcmp(alert, "bad certificate") == 0) {
        snprintf(ret, cap, "the broker's certificate is not yet valid, or this clock is wrong (%s)",
                 alert);
    } else {
        snprintf(ret, cap, "the broker's certificate is refused: %s", alert);
    }
}

/* Where TLS fails: what is known, or "". */
static void why_no_tls(const struct tr_mqtt *mqtt, const struct tr_mqtt_words *w, char *ret,
                       size_t cap)
{
    const bool own = mqtt->settings.path[TR_MQTT_CERT][0] != '\0';
    ret[0] = '\0';
    if (w->wrong_name) {
        snprintf(ret, cap, "the broker's certificate does not name this host");
    } else if (w->sent[0] != '\0' && strstr(w->error, "certificate verify failed") != NULL) {
        judge(mqtt, w->sent, ret, cap);
    } else if (w->received[0] != '\0' && own) {
        snprintf(ret, cap, "the broker refuses the client certificate: %s", w->received);
    } else if (w->received[0] != '\0') {
        /* OpenSSL 3.0 has no word for "certificate required" */
        snprintf(ret, cap,
                 "the broker refuses it (%s); it may want a client certificate: mqtt.cert_file",
                 w->received);
    } else if (w->asked && w->http[0] == '\0') {
        /* its alert was lost with the connection */
        snprintf(ret, cap, "the broker hung up; it may want %s client certificate%s",
                 own ? "another" : "a", own ? "" : ": mqtt.cert_file");
    } else if (w->error[0] != '\0' && w->handshake) {
        snprintf(ret, cap, "%s", w->error);
    }
}

/* Paho's word in ours; its own where there is none. */
static const char *plainly(const char *message)
{
    if (message != NULL && strcmp(message, "TCP connect completion failure") == 0) {
        return "closed before it answered (is it the right port, the right scheme?)";
    }
    if (message != NULL && strcmp(message, "TCP connect timeout") == 0) {
        return "no answer in time";
    }
    return message;
}

bool tr_mqtt_words_why(struct tr_mqtt *mqtt, const char *message, char *ret, size_t cap)
{
    const struct tr_mqtt_settings *s = &mqtt->settings;
    char why[160] = "";
    pthread_mutex_lock(&mqtt->lock);
    const struct tr_mqtt_words w = mqtt->words;
    pthread_mutex_unlock(&mqtt->lock);
    if (s->tls) {
        why_no_tls(mqtt, &w, why, sizeof(why));
    }
    if (why[0] != '\0') {
        snprintf(ret, cap, "TLS: %s", why);
    } else if (w.http[0] != '\0') {
        snprintf(ret, cap, "the server speaks no MQTT at this path (HTTP %s)", w.http);
    } else if (!w.handshake &&
               (s->path[TR_MQTT_CA][0] != '\0' || s->path[TR_MQTT_CERT][0] != '\0')) {
        /* Paho says the same of a port where nobody listens and of a bad file. */
        snprintf(ret, cap, "%s (%s%s cannot be used)",
                 w.error[0] != '\0' ? w.error
                 : message != NULL  ? message
                                    : "no connection",
                 w.error[0] != '\0' ? "" : "nobody there, or ",
                 s->path[TR_MQTT_CERT][0] == '\0'
                     ? "mqtt.ca_file"
                     : "mqtt.ca_file, mqtt.cert_file or mqtt.key_file");
    } else {
        snprintf(ret, cap, "%s", message != NULL ? plainly(message) : "");
    }
    return ret[0] != '\0';
}
