/* Answers to commands: where they go, and how they wait where the connection has
 * no room for them. */
#include <errno.h>
#include <string.h>

#include "daemon/daemon.h"

/* @return 0; -EAGAIN, -ENOTCONN: it would have to wait. */
static int say(struct tr_daemon *d, const struct tr_answer *a)
{
    const struct tr_mqtt_message msg = {.topic = a->topic,
                                        .payload = a->json,
                                        .n = a->n,
                                        .qos = 1,
                                        .token = TR_ANSWER_TOKEN,
                                        .content_type = "application/json",
                                        .correlation = a->correlation,
                                        .correlation_n = a->correlation_n};
    const int r = tr_mqtt_publish(d->mqtt, &msg);
    if (r < 0 && r != -EAGAIN && r != -ENOTCONN) {
        tr_log(TR_LOG_WARNING, "an answer could not be sent: %s", strerror(-r));
        return 0;
    }
    return r;
}

/* A name of ours, or one that could have been, has a topic of its own. */
static bool plain_name(const char *name)
{
    const size_t n =
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    return n > 0 && n < TR_ID_MAX && name[n] == '\0';
}

/* @return whether it is where the asker wanted it, if he wanted it anywhere. */
static bool address(const struct tr_daemon *d, const char *name, const char *wanted,
                    char ret[TR_WIRE_TOPIC_MAX])
{
    const struct tr_mqtt_options *opt = &d->cfg->options.mqtt;
    const struct tr_wire wire = {.plan = &d->cfg->plan, .base = opt->base};
    char own[TR_WIRE_TOPIC_MAX];
    tr_wire_topic(&wire, "", own);
    own[strlen(own) - 1] = '\0'; /* its last slash */
    if (wanted != NULL && tr_command_may_answer(wanted, opt->base, own,
                                                opt->discovery ? opt->discovery_prefix : NULL)) {
        strcpy(ret, wanted);
        return true;
    }
    char rest[TR_ID_MAX + 8];
    snprintf(rest, sizeof(rest), "rsp/%s", plain_name(name) ? name : "unknown");
    tr_wire_topic(&wire, rest, ret);
    return wanted == NULL;
}

/* Room for one more: the oldest gives way. */
static struct tr_answer *append(struct tr_answers *all)
{
    if (all->n == TR_ANSWERS_MAX) {
        tr_log(TR_LOG_WARNING, "an answer that waited was dropped: %d wait already",
               TR_ANSWERS_MAX);
        all->first = (all->first + 1) % TR_ANSWERS_MAX;
        all->n--;
    }
    return &all->waiting[(all->first + all->n++) % TR_ANSWERS_MAX];
}

bool tr_answer(struct tr_daemon *d, const char *name, const struct tr_mqtt_message *msg,
               const char *error)
{
    struct tr_answers *all = &d->answers;
    static struct tr_answer a;
    char plain[TR_COMMAND_ERROR_MAX];
    tr_command_plain(name, strlen(name), plain, sizeof(plain));
    const int n = tr_json_response(plain, msg->payload, msg->n, error, a.json, sizeof(a.json));
    if (n < 0) {
        return true; /* no answer is that long */
    }
    a.n = (size_t)n;
    a.until = d->now_ns + TR_ANSWER_TTL_S * TR_NS_PER_S;
    a.correlation_n = msg->correlation_n <= sizeof(a.correlation) ? msg->correlation_n : 0;
    if (a.correlation_n > 0) {
        memcpy(a.correlation, msg->correlation, a.correlation_n);
    }
    const bool as_wanted = address(d, name, msg->response_topic, a.topic);
    if (all->n > 0 || say(d, &a) < 0) { /* in order */
        *append(all) = a;
    }
    return as_wanted;
}

void tr_answer_settle(const struct tr_mqtt_note *note)
{
    if (note->kind != TR_MQTT_ACK) {
        tr_log(TR_LOG_INFO, "the broker does not take an answer: %s", note->text);
    }
}

bool tr_answers_pump(struct tr_daemon *d)
{
    struct tr_answers *all = &d->answers;
    for (; all->n > 0; all->first = (all->first + 1) % TR_ANSWERS_MAX, all->n--) {
        const struct tr_answer *a = &all->waiting[all->first];
        if (d->now_ns >= a->until) {
            tr_log(TR_LOG_WARNING, "an answer was dropped: the broker took none for %d s",
                   TR_ANSWER_TTL_S);
        } else if (say(d, a) < 0) {
            return false;
        }
    }
    return true;
}

void tr_answers_forget(struct tr_daemon *d)
{
    d->answers.n = 0;
}
