/* The loop's side of sending: what may be in flight, and how long. */
#include <errno.h>
#include <string.h>

#include "mqtt/mqtt_private.h"

#define PATIENCE_MIN_NS (10 * TR_NS_PER_S)
/* A link on which acknowledgements take longer gets no more than they are for. */
#define SLOW_NS TR_NS_PER_S

/* @return a slot, NULL where the window is full. */
static struct tr_mqtt_slot *take_slot(struct tr_mqtt *mqtt, uint64_t token)
{
    struct tr_mqtt_slot *found = NULL;
    int used = 0;
    pthread_mutex_lock(&mqtt->lock);
    for (int i = 0; i < TR_MQTT_WINDOW; i++) {
        if (mqtt->slots[i].state != TR_SLOT_FREE) {
            used++;
        } else if (found == NULL) {
            found = &mqtt->slots[i];
        }
    }
    if (used >= mqtt->window) {
        found = NULL;
        mqtt->starved = true;
    }
    if (found != NULL) {
        found->state = TR_SLOT_FLYING;
        found->token = token;
        found->serial = mqtt->serial++;
        found->sent = found->since = tr_mqtt_monotonic();
    }
    pthread_mutex_unlock(&mqtt->lock);
    return found;
}

static void release_slot(struct tr_mqtt *mqtt, struct tr_mqtt_slot *slot)
{
    if (slot != NULL) {
        pthread_mutex_lock(&mqtt->lock);
        slot->state = TR_SLOT_FREE;
        pthread_mutex_unlock(&mqtt->lock);
    }
}

static int errno_of(int code)
{
    switch (code) {
    case MQTTASYNC_SUCCESS:
        return 0;
    case MQTTASYNC_DISCONNECTED:
        return -ENOTCONN;
    case MQTTASYNC_MAX_BUFFERED_MESSAGES:
    case MQTTASYNC_NO_MORE_MSGIDS:
    case MQTTASYNC_MAX_MESSAGES_INFLIGHT:
        return -EAGAIN;
    case MQTTASYNC_BAD_UTF8_STRING:
        return -EINVAL;
    case TR_MQTT_PAHO_NO_MEMORY:
        return -ENOMEM;
    default:
        return -EIO;
    }
}

/* Of all that flies: the oldest, and the oldest wait that counts for patience.
 * INT64_MAX: nothing flies. */
struct waits {
    int64_t sent, since;
};

static struct waits waits(const struct tr_mqtt *mqtt)
{
    struct tr_mqtt *unlocked = (struct tr_mqtt *)(uintptr_t)mqtt; /* only to take the lock */
    struct waits w = {INT64_MAX, INT64_MAX};
    pthread_mutex_lock(&unlocked->lock);
    for (int i = 0; i < TR_MQTT_WINDOW; i++) {
        const struct tr_mqtt_slot *slot = &mqtt->slots[i];
        if (slot->state == TR_SLOT_FLYING) {
            w.sent = slot->sent < w.sent ? slot->sent : w.sent;
            w.since = slot->since < w.since ? slot->since : w.since;
        }
    }
    pthread_mutex_unlock(&unlocked->lock);
    return w;
}

int tr_mqtt_publish(struct tr_mqtt *mqtt, const struct tr_mqtt_message *msg)
{
    if (mqtt->state != TR_MQTT_UP) {
        return -ENOTCONN;
    }
    size_t topic_n = strlen(msg->topic);
    if (topic_n == 0 || topic_n >= TR_MQTT_TOPIC_MAX || strpbrk(msg->topic, "+#") != NULL ||
        msg->qos < 0 || msg->qos > 1) {
        return -EINVAL;
    }
    pthread_mutex_lock(&mqtt->lock);
    uint32_t most = mqtt->packet_max;
    pthread_mutex_unlock(&mqtt->lock);
    /* headers, lengths and the fixed properties stay under 64 bytes */
    size_t packet_n = msg->n + topic_n + msg->correlation_n + 64 +
                      (msg->content_type != NULL ? strlen(msg->content_type) : 0);
    if (packet_n > INT32_MAX / 2 || (most != 0 && packet_n > most)) {
        return -EMSGSIZE;
    }
    struct tr_mqtt_slot *slot = NULL;
    if (msg->qos == 0 && tr_mqtt_monotonic() - waits(mqtt).sent > SLOW_NS) {
        return -EAGAIN;
    }
    if (msg->qos > 0) {
        slot = take_slot(mqtt, msg->token);
        if (slot == NULL) {
            return -EAGAIN;
        }
    }
    int code = tr_mqtt_paho_publish(mqtt, msg, slot);
    if (code != MQTTASYNC_SUCCESS) {
        release_slot(mqtt, slot);
    }
    if (slot != NULL && errno_of(code) == -EAGAIN) {
        const int64_t now = tr_mqtt_monotonic();
        mqtt->crowded = true;
        mqtt->crowded_since = now - mqtt->refused_at < SLOW_NS ? mqtt->crowded_since : now;
        mqtt->refused_at = now;
    } else if (slot != NULL) {
        mqtt->refused_at = 0;
    }
    return errno_of(code);
}

int tr_mqtt_in_flight(const struct tr_mqtt *mqtt)
{
    struct tr_mqtt *unlocked = (struct tr_mqtt *)(uintptr_t)mqtt; /* only to take the lock */
    int n = 0;
    pthread_mutex_lock(&unlocked->lock);
    for (int i = 0; i < TR_MQTT_WINDOW; i++) {
        n += mqtt->slots[i].state != TR_SLOT_FREE;
    }
    pthread_mutex_unlock(&unlocked->lock);
    return n;
}

int tr_mqtt_window(const struct tr_mqtt *mqtt)
{
    struct tr_mqtt *unlocked = (struct tr_mqtt *)(uintptr_t)mqtt; /* only to take the lock */
    pthread_mutex_lock(&unlocked->lock);
    const int n = mqtt->window;
    pthread_mutex_unlock(&unlocked->lock);
    return n;
}

static int64_t patience(const struct tr_mqtt *mqtt)
{
    const int64_t ns = 2 * mqtt->settings.opt->keepalive_s * TR_NS_PER_S;
    return ns > PATIENCE_MIN_NS ? ns : PATIENCE_MIN_NS;
}

int64_t tr_mqtt_patience_ends(const struct tr_mqtt *mqtt)
{
    int64_t since = waits(mqtt).since;
    if (mqtt->crowded && mqtt->crowded_since < since) {
        since = mqtt->crowded_since;
    }
    return since == INT64_MAX ? INT64_MAX : since + patience(mqtt);
}

void tr_mqtt_lose_patience(struct tr_mqtt *mqtt)
{
    /* Paho says goodbye when it is destroyed, and then the broker forgets the
     * will. MQTT 5 has a goodbye that keeps it, should we not come back. */
    if (mqtt->settings.opt->version == 5) {
        tr_mqtt_paho_disconnect(mqtt, MQTTREASONCODE_DISCONNECT_WITH_WILL_MESSAGE);
        mqtt->leaving = true;
    }
    tr_mqtt_tell_end(mqtt, 0, "%s acknowledges nothing for %d s: connecting anew",
                     mqtt->settings.opt->uri, (int)(patience(mqtt) / TR_NS_PER_S));
}
