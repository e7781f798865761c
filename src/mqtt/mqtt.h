/**
 * @file mqtt.h
 * One connection to a broker through Eclipse Paho (MQTTAsync). Only src/mqtt
 * includes <MQTTAsync.h>. Never logs, never kills the service.
 *
 * Paho's threads only push notes to a bounded queue and ring an eventfd; all
 * functions here are called from the loop's thread. There is no queueing of
 * publications: when not connected, or too much is in flight, publish says so.
 * Reconnecting is this module's, with jittered back-off, on the caller's
 * monotonic clock (tr_mqtt_deadline(), tr_mqtt_tick()).
 *
 * A broker that lets a message wait for its acknowledgement for twice
 * keepalive_s, at least 10 s, is left and connected to anew. With MQTT 5, a will
 * and will_delay_s, session and silence outlive the connection for so long;
 * commands sent meanwhile come then, one of them perhaps a second time. A broker
 * that allows less than keepalive_s has its way from the second connection on.
 */
#ifndef TR_MQTT_MQTT_H
#define TR_MQTT_MQTT_H

#include <stddef.h>

#include "thirdring/options.h"
#include "thirdring/time.h"

struct tr_mqtt;

enum { TR_MQTT_ERROR_MAX = 384, TR_MQTT_TOPIC_MAX = 256, TR_MQTT_CLIENT_MAX = 96 };

/**
 * Prepare; nothing is sent yet. Reads the files that the options name; they are
 * read again at each attempt to connect, where a name or password that cannot be
 * read then stays as it was, which is told.
 *
 * @param opt        Borrowed until closed.
 * @param client_id  Used where opt->client_id is empty. Less than TR_MQTT_CLIENT_MAX bytes.
 * @param will_topic Last will, retained, QoS 1, payload "offline". Copied. NULL: none, for
 *                   one who only listens.
 * @param reterr     One sentence on failure. TR_MQTT_ERROR_MAX bytes.
 * @return 0; -EINVAL a uri or option that cannot work; -EACCES, -ENOENT a
 *         file that cannot be read (named); -ENOMEM.
 */
int tr_mqtt_open(const struct tr_mqtt_options *opt, const char *client_id, const char *will_topic,
                 struct tr_mqtt **ret_mqtt, char *reterr);

/** @return an eventfd, readable when tr_mqtt_next() has a note. */
int tr_mqtt_fd(const struct tr_mqtt *mqtt);

/** Start or retry connecting when due, notice a dead attempt. @p now is
 *  CLOCK_MONOTONIC ns. */
void tr_mqtt_tick(struct tr_mqtt *mqtt, int64_t now);

/** @return CLOCK_MONOTONIC ns at which tr_mqtt_tick() is next needed; INT64_MAX. */
int64_t tr_mqtt_deadline(const struct tr_mqtt *mqtt);

/** Subscribe to this filter at QoS 1 after every connect. Copied.
 *  @return 0; -ENOSPC after the eighth; -EINVAL. */
int tr_mqtt_subscribe(struct tr_mqtt *mqtt, const char *filter);

struct tr_mqtt_message {
    const char *topic;
    const void *payload;
    size_t n;
    int qos;
    bool retain;
    bool dup;                   /**< received only: it came before, perhaps */
    int packet_id;              /**< received QoS 1 only: a message sent again keeps it */
    uint32_t expiry_s;          /**< MQTT 5; 0: none */
    const char *content_type;   /**< MQTT 5; NULL: none */
    uint64_t token;             /**< QoS 1: comes back in ACK or REFUSED; 0: do not tell */
    const char *response_topic; /**< received only; NULL */
    const void *correlation;    /**< MQTT 5; NULL */
    size_t correlation_n;
};

/**
 * Hand one message to Paho.
 * @param msg  Borrowed for the call. qos 0 or 1.
 * @return 0; -ENOTCONN; -EAGAIN: in-flight window full, wait for an ACK (one
 *         with token 0 comes where no other would); or, QoS 0, the link is slow
 *         (something of QoS 1 waits longer than a second): leave it out;
 *         -EMSGSIZE: more than this broker takes, now and later; -EINVAL: a
 *         topic or QoS that cannot be; -ENOMEM; -EIO.
 */
int tr_mqtt_publish(struct tr_mqtt *mqtt, const struct tr_mqtt_message *msg);

enum tr_mqtt_note_kind {
    TR_MQTT_CONNECTED,    /**< text: broker; value = session present */
    TR_MQTT_DISCONNECTED, /**< text: why, in words; every in-flight token is void; value = 1:
                               an attempt that failed, 0: a connection that ended */
    TR_MQTT_ACK,          /**< token */
    TR_MQTT_REFUSED,      /**< token; text: why; for good (never by a 3.1.1 broker, which
                               acknowledges what it throws away) */
    TR_MQTT_FAILED,       /**< token; text: why; worth another try. Token 0: text is a
                               complaint about something else (a subscription, a dropped
                               message, a file, the broker's limits): for the log */
    TR_MQTT_MESSAGE,      /**< msg */
    TR_MQTT_NOTE_COUNT
};

struct tr_mqtt_note {
    enum tr_mqtt_note_kind kind;
    uint64_t token;
    int64_t value;
    char text[TR_MQTT_ERROR_MAX];
    struct tr_mqtt_message msg; /**< MESSAGE: valid until the next tr_mqtt_next() */
};

/** Take one note, oldest first; then tr_mqtt_deadline() may be another.
 *  @return 1; 0: none (the fd is then quiet). */
int tr_mqtt_next(struct tr_mqtt *mqtt, struct tr_mqtt_note *ret);

/** @return true between CONNECTED and DISCONNECTED as seen by tr_mqtt_next(). */
bool tr_mqtt_connected(const struct tr_mqtt *mqtt);

/** QoS 1 messages handed over and not yet acknowledged. */
int tr_mqtt_in_flight(const struct tr_mqtt *mqtt);

/** QoS 1 messages this broker lets be in flight at once. */
int tr_mqtt_window(const struct tr_mqtt *mqtt);

/** What a file of the options says of time. */
struct tr_mqtt_certificates {
    int n;                   /**< in it; 0: the options name no such file */
    int64_t from_s, until_s; /**< Unix */
    char path[2 * TR_PATH_MAX];
};

/**
 * Look into a file of certificates, as the next attempt to connect will. Of
 * several in ca_file the one that holds longest is told, since one is enough; of
 * several in cert_file, a chain, the one that ends first.
 *
 * @param authority true: ca_file; false: cert_file.
 * @param reterr    One sentence on failure. TR_MQTT_ERROR_MAX bytes.
 * @return 0; -EACCES, -ENOENT, -EINVAL: it cannot be read, or is none.
 */
int tr_mqtt_certificates(const struct tr_mqtt_options *opt, bool authority,
                         struct tr_mqtt_certificates *ret, char *reterr);

/** Disconnect cleanly, waiting at most @p timeout_ms for what is in flight,
 *  then at most 2 s for Paho's threads to stop, and free. Publish "offline"
 *  before; where something is in flight even then, the will is said. NULL is a
 *  no-op. */
void tr_mqtt_close(struct tr_mqtt *mqtt, int timeout_ms);

#endif
