/* What the MQTT adapter tells: the connection comes and goes, messages arrive,
 * acknowledgements and refusals. */
#include <string.h>

#include "daemon/daemon.h"

enum {
    NOTES_A_TURN = 256,
    DROPPED_AGAIN_S = 60,
    RECORD_AGAIN_S = 2 /* a broker over its quota is not to be asked at the speed of the link */
};

/* @return whether it is none of the last sentences; then it is one. */
static bool told_anew(struct tr_told *told, const char *text)
{
    for (int i = 0; i < TR_TOLD_MAX; i++) {
        if (strcmp(told->text[i], text) == 0) {
            return false;
        }
    }
    snprintf(told->text[told->next], sizeof(told->text[0]), "%s", text);
    told->next = (told->next + 1) % TR_TOLD_MAX;
    return true;
}

static void connected(struct tr_daemon *d, const char *broker)
{
    struct tr_board *b = &d->board;
    tr_log(TR_LOG_INFO, "connected to %s", broker);
    d->no_broker = (struct tr_told){0};
    b->online = b->online_again = false;
    b->refused_online = b->refused_state = b->refused_device = false;
    b->refused_told = b->refused_record_told = false;
    b->connects++;
    b->outbox_sent = 0;
    b->records_due = 0;
    b->connected_store = tr_daemon_store_now(d).ns;
    tr_board_refresh(d);
    tr_sweep_begin(d);
}

static void disconnected(struct tr_daemon *d, const char *why)
{
    tr_log(told_anew(&d->no_broker, why) ? TR_LOG_WARNING : TR_LOG_DEBUG,
           "no broker: %s; records wait in the journal, connecting is tried again", why);
    d->board.online = false;
    tr_sweep_end(d);
}

static void refused(struct tr_daemon *d, const struct tr_mqtt_note *n)
{
    struct tr_board *b = &d->board;
    if (n->token == TR_SWEEP_TOKEN) {
        tr_sweep_settle(d);
        return;
    }
    if (n->token != 0 && n->token != TR_ONLINE_TOKEN && n->token != TR_DEVICE_TOKEN) {
        tr_records_settle(d, n->token, n->text);
        return;
    }
    tr_log(b->refused_told ? TR_LOG_DEBUG : TR_LOG_WARNING,
           "the broker refuses what it is told of the state: %s; it is told again later", n->text);
    b->refused_told = true;
    b->refused_online |= n->token == TR_ONLINE_TOKEN;
    b->refused_device |= n->token == TR_DEVICE_TOKEN;
    b->refused_state |= n->token == 0;
}

static void complain(struct tr_daemon *d, const struct tr_mqtt_note *n)
{
    bool anew = true;
    if (n->value > 0) { /* a number of dropped messages, another each time */
        anew = d->now_ns >= d->dropped_told_at;
        d->dropped_told_at = anew ? d->now_ns + DROPPED_AGAIN_S * TR_NS_PER_S : d->dropped_told_at;
    } else {
        anew = told_anew(&d->complaint, n->text);
        d->board.refused_state = true; /* perhaps it was some state that did not go */
    }
    tr_log(anew ? TR_LOG_WARNING : TR_LOG_DEBUG, "mqtt: %s", n->text);
}

static void failed(struct tr_daemon *d, const struct tr_mqtt_note *n)
{
    struct tr_board *b = &d->board;
    switch (n->token) {
    case 0:
        complain(d, n);
        break;
    case TR_SWEEP_TOKEN:
        tr_sweep_begin(d); /* from the start */
        break;
    case TR_ONLINE_TOKEN:
        b->refused_online = true;
        break;
    case TR_DEVICE_TOKEN:
        b->refused_device = true;
        break;
    default:
        tr_log(TR_LOG_DEBUG, "mqtt: %s", n->text);
        if (n->token <= b->outbox_sent) {
            b->outbox_sent = n->token - 1; /* it goes again, and what came after it */
            b->records_due = d->now_ns + RECORD_AGAIN_S * TR_NS_PER_S;
        }
        break;
    }
}

static void acknowledged(struct tr_daemon *d, uint64_t token)
{
    if (token == TR_SWEEP_TOKEN) {
        tr_sweep_settle(d);
    } else if (token != 0 && token != TR_ONLINE_TOKEN && token != TR_DEVICE_TOKEN) {
        tr_records_settle(d, token, NULL);
    }
}

static void note(struct tr_daemon *d, const struct tr_mqtt_note *n)
{
    if (d->journal == NULL && n->kind != TR_MQTT_CONNECTED && n->kind != TR_MQTT_DISCONNECTED) {
        return; /* nothing could be kept of it any more */
    }
    if (n->token == TR_ANSWER_TOKEN) {
        tr_answer_settle(n);
        return;
    }
    switch (n->kind) {
    case TR_MQTT_CONNECTED:
        connected(d, n->text);
        break;
    case TR_MQTT_DISCONNECTED:
        disconnected(d, n->text);
        break;
    case TR_MQTT_ACK:
        acknowledged(d, n->token);
        break;
    case TR_MQTT_REFUSED:
        refused(d, n);
        break;
    case TR_MQTT_FAILED:
        failed(d, n);
        break;
    case TR_MQTT_MESSAGE:
        if (!tr_discovery_hear(d, &n->msg)) {
            tr_daemon_command(d, &n->msg);
        }
        break;
    case TR_MQTT_NOTE_COUNT:
    default:
        break;
    }
}

void tr_board_notes(struct tr_daemon *d)
{
    static struct tr_mqtt_note n;
    /* The fd stays readable while there are more: a flood must not hold up a turn. */
    for (int i = 0; i < NOTES_A_TURN && tr_mqtt_next(d->mqtt, &n) > 0; i++) {
        note(d, &n);
    }
}
