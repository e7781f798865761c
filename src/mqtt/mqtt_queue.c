/* The way from Paho's threads to the loop: a bounded queue and an eventfd. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "mqtt/mqtt_private.h"

static_assert(TR_MQTT_OWN_NOTES >= TR_MQTT_WINDOW + TR_MQTT_FILTERS + 8,
              "notes that are not messages always find room");

/* The next free entry, with a cleared note. Lock held. */
static struct tr_mqtt_entry *append(struct tr_mqtt *mqtt, enum tr_mqtt_note_kind kind)
{
    if (mqtt->n == mqtt->size) {
        return NULL;
    }
    struct tr_mqtt_entry *entry = &mqtt->queue[(mqtt->first + mqtt->n++) % mqtt->size];
    *entry = (struct tr_mqtt_entry){.note.kind = kind};
    eventfd_write(mqtt->fd, 1);
    return entry;
}

__attribute__((format(printf, 4, 0))) static void tell(struct tr_mqtt *mqtt,
                                                       enum tr_mqtt_note_kind kind, int64_t value,
                                                       const char *text, va_list args)
{
    struct tr_mqtt_entry *entry = append(mqtt, kind);
    if (entry != NULL) {
        entry->note.value = value;
        vsnprintf(entry->note.text, sizeof(entry->note.text), text, args);
    }
}

void tr_mqtt_tell(struct tr_mqtt *mqtt, enum tr_mqtt_note_kind kind, int64_t value,
                  const char *text, ...)
{
    va_list args;
    va_start(args, text);
    pthread_mutex_lock(&mqtt->lock);
    if (!mqtt->ended) {
        tell(mqtt, kind, value, text, args);
    }
    pthread_mutex_unlock(&mqtt->lock);
    va_end(args);
}

void tr_mqtt_tell_end(struct tr_mqtt *mqtt, int64_t value, const char *text, ...)
{
    va_list args;
    va_start(args, text);
    pthread_mutex_lock(&mqtt->lock);
    if (!mqtt->ended) {
        tell(mqtt, TR_MQTT_DISCONNECTED, value, text, args);
        mqtt->ended = true;
        pthread_cond_broadcast(&mqtt->changed);
    }
    pthread_mutex_unlock(&mqtt->lock);
    va_end(args);
}

int64_t tr_mqtt_monotonic(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * TR_NS_PER_S + ts.tv_nsec;
}

/* Acknowledgements come in order: what was sent after this one has waited for
 * it and has its time before it; what was sent before it was passed over. */
static void renew_patience(struct tr_mqtt *mqtt, const struct tr_mqtt_slot *through)
{
    const int64_t now = tr_mqtt_monotonic();
    for (int i = 0; i < TR_MQTT_WINDOW; i++) {
        if (mqtt->slots[i].state == TR_SLOT_FLYING && mqtt->slots[i].serial > through->serial) {
            mqtt->slots[i].since = now;
        }
    }
}

void tr_mqtt_tell_slot(struct tr_mqtt_slot *slot, enum tr_mqtt_note_kind kind, const char *text)
{
    struct tr_mqtt *mqtt = slot->mqtt;
    pthread_mutex_lock(&mqtt->lock);
    if (!mqtt->ended && slot->state == TR_SLOT_FLYING) {
        bool tell_it = slot->token != 0 || kind != TR_MQTT_ACK || mqtt->starved;
        struct tr_mqtt_entry *entry = tell_it ? append(mqtt, kind) : NULL;
        renew_patience(mqtt, slot);
        slot->state = TR_SLOT_FREE;
        mqtt->starved = mqtt->starved && !tell_it;
        if (entry != NULL) {
            slot->state = TR_SLOT_TOLD;
            entry->slot = slot;
            entry->note.token = slot->token;
            snprintf(entry->note.text, sizeof(entry->note.text), "%s", text != NULL ? text : "");
        }
        pthread_cond_broadcast(&mqtt->changed);
    }
    pthread_mutex_unlock(&mqtt->lock);
}

/* Copies into one block of memory, aligned for nothing but bytes. */
static void *copy_bytes(char **at, const void *from, size_t n)
{
    char *to = *at;
    memcpy(to, from, n);
    to[n] = '\0';
    *at += n + 1;
    return to;
}

static const MQTTProperty *property(MQTTAsync_message *message, enum MQTTPropertyCodes code)
{
    return message->struct_version >= 1 ? MQTTProperties_getProperty(&message->properties, code)
                                        : NULL;
}

/* A length out of a property: Paho's lengths are signed. */
static size_t data_length(const MQTTProperty *p)
{
    return p != NULL && p->value.data.len > 0 ? (size_t)p->value.data.len : 0;
}

static void fill_message(struct tr_mqtt_entry *entry, const char *topic, size_t topic_n,
                         MQTTAsync_message *message)
{
    struct tr_mqtt_message *msg = &entry->note.msg;
    const MQTTProperty *respond = property(message, MQTTPROPERTY_CODE_RESPONSE_TOPIC);
    const MQTTProperty *correlation = property(message, MQTTPROPERTY_CODE_CORRELATION_DATA);
    char *at = entry->block;
    msg->topic = copy_bytes(&at, topic, topic_n);
    msg->n = (size_t)message->payloadlen;
    msg->payload = copy_bytes(&at, message->payload, msg->n);
    msg->qos = message->qos;
    msg->retain = message->retained != 0;
    msg->dup = message->dup != 0;
    msg->packet_id = message->msgid;
    if (data_length(respond) > 0 && data_length(respond) < TR_MQTT_TOPIC_MAX &&
        memchr(respond->value.data.data, '\0', data_length(respond)) == NULL) {
        msg->response_topic = copy_bytes(&at, respond->value.data.data, data_length(respond));
    }
    if (data_length(correlation) > 0) {
        msg->correlation_n = data_length(correlation);
        msg->correlation = copy_bytes(&at, correlation->value.data.data, msg->correlation_n);
    }
}

void tr_mqtt_tell_message(struct tr_mqtt *mqtt, const char *topic, size_t topic_n,
                          MQTTAsync_message *message)
{
    size_t n = topic_n + (size_t)(message->payloadlen > 0 ? message->payloadlen : 0) +
               data_length(property(message, MQTTPROPERTY_CODE_RESPONSE_TOPIC)) +
               data_length(property(message, MQTTPROPERTY_CODE_CORRELATION_DATA)) + 4;
    bool fits = message->payloadlen >= 0 && message->payloadlen <= TR_MQTT_RECEIVE_MAX &&
                topic_n > 0 && topic_n < TR_MQTT_TOPIC_MAX && memchr(topic, '\0', topic_n) == NULL;
    void *block = fits ? malloc(n) : NULL;
    pthread_mutex_lock(&mqtt->lock);
    struct tr_mqtt_entry *entry = NULL;
    if (block != NULL && !mqtt->ended && mqtt->messages < mqtt->inbox &&
        mqtt->bytes + n <= (size_t)mqtt->inbox * TR_MQTT_RECEIVE_EACH) {
        entry = append(mqtt, TR_MQTT_MESSAGE);
    }
    if (entry != NULL) {
        entry->block = block;
        entry->block_n = n;
        fill_message(entry, topic, topic_n, message);
        mqtt->messages++;
        mqtt->bytes += n;
        block = NULL;
    } else if (!mqtt->ended && mqtt->dropped++ == 0) {
        eventfd_write(mqtt->fd, 1);
    }
    pthread_mutex_unlock(&mqtt->lock);
    free(block);
}
