/**
 * @file mqtt_private.h
 * The parts of one connection. Fields marked (lock) are shared with Paho's
 * threads; the rest belongs to the loop's thread.
 *
 * Paho calls back with its own mutex held, and the callbacks take the lock
 * here: so nothing here calls Paho with the lock held.
 */
#ifndef TR_MQTT_PRIVATE_H
#define TR_MQTT_PRIVATE_H

#include <MQTTAsync.h>
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>

#include "mqtt/mqtt.h"

enum {
    TR_MQTT_WINDOW = 20, /**< QoS 1 messages in flight */
    TR_MQTT_FILTERS = 8,
    TR_MQTT_UNSENT = 64, /**< handed to Paho, not yet written. Paho before 1.3.14 leaks these when
                              a connection breaks, so: few */
    TR_MQTT_OWN_NOTES = 64, /**< room in the queue for all that is not a received message */
    TR_MQTT_INBOX = 64,     /**< received messages in the queue where the options name no number */
    TR_MQTT_RECEIVE_MAX = 64 << 10, /**< bytes of one received payload */
    TR_MQTT_RECEIVE_EACH = 8 << 10, /**< bytes of all that wait, for each that may */
    TR_MQTT_SECRET_MAX = 4096,
    TR_MQTT_PACKET_NEEDED = 16 << 10, /**< a broker that takes less is complained about */
    TR_MQTT_PAHO_NO_MEMORY = -99,     /**< not in its public headers */
    TR_MQTT_CONNECT_S = 10, /**< Paho gives up an attempt after this (and up to 3 s more) */
    TR_MQTT_WORRY_S = 20,   /**< after this an attempt that still runs is told */
    TR_MQTT_ABANDON_S = 120 /**< after this it is thrown away */
};

/** The last will's payload. */
#define TR_MQTT_WILL "offline"

/** The options that name a file. */
enum tr_mqtt_file {
    TR_MQTT_USERNAME,
    TR_MQTT_PASSWORD,
    TR_MQTT_CA, /**< from here on: of TLS */
    TR_MQTT_CERT,
    TR_MQTT_KEY,
    TR_MQTT_FILE_COUNT
};

struct tr_mqtt_secret {
    char text[TR_MQTT_SECRET_MAX + 1]; /**< ends with a zero; a password may hold others */
    size_t n;
};

/** What stays the same over all attempts, but for the two secrets. */
struct tr_mqtt_settings {
    const struct tr_mqtt_options *opt;
    char server[TR_URI_MAX + 16]; /**< as Paho wants it: tcp://host:port, ssl://, ws://, wss:// */
    bool tls, websocket;
    char client_id[TR_MQTT_CLIENT_MAX];
    char will_topic[TR_MQTT_TOPIC_MAX];             /**< empty: no will */
    char path[TR_MQTT_FILE_COUNT][2 * TR_PATH_MAX]; /**< credentials resolved; empty: none */
    struct tr_mqtt_secret username, password;       /**< n 0: none */
};

/** One QoS 1 message in flight; Paho's callbacks get a pointer to it. */
struct tr_mqtt_slot {
    struct tr_mqtt *mqtt;
    uint64_t token;
    uint64_t serial; /**< (lock) in the order sent */
    int64_t sent;    /**< (lock) */
    int64_t since;   /**< (lock) its wait counts from here: sent, or the one before it was told */
    enum { TR_SLOT_FREE, TR_SLOT_FLYING, TR_SLOT_TOLD } state; /* (lock) TOLD: its note waits */
};

struct tr_mqtt_entry {
    struct tr_mqtt_note note;
    struct tr_mqtt_slot *slot; /**< freed when the note is taken */
    void *block;               /**< a received message's memory */
    size_t block_n;
};

/** What was heard of TLS and HTTP during one attempt. */
struct tr_mqtt_words {
    char error[128];   /**< OpenSSL's last word */
    char sent[48];     /**< the alert we sent */
    char received[48]; /**< and the broker's */
    char http[8];      /**< the status of a WebSocket that was refused */
    bool handshake;    /**< the socket stands, and the files could be used */
    bool asked;        /**< all was well as far as MQTT or HTTP */
    bool wrong_name;   /**< the certificate is good, but not for this host */
};

enum tr_mqtt_state {
    TR_MQTT_IDLE,       /**< waits for retry_at */
    TR_MQTT_CONNECTING, /**< an attempt runs */
    TR_MQTT_UP,
    TR_MQTT_DOWN,     /**< over; the client waits to be destroyed by the next tick */
    TR_MQTT_CLEARING, /**< a thread destroys it and all that Paho remembers */
};

struct tr_mqtt {
    struct tr_mqtt_settings settings;
    MQTTAsync client;  /**< one per attempt, so that nothing queued in Paho outlives a connection */
    MQTTAsync keeper;  /**< never connected: while it lives, destroying the other does not wait for
                           Paho's threads to stop, which takes a second. Not over WebSockets: see
                           retire() */
    pthread_t clearer; /**< CLEARING: the thread */
    int fd;
    pthread_mutex_t lock;
    pthread_cond_t changed; /**< a slot or gone */

    struct tr_mqtt_entry *queue; /* (lock) a ring of "inbox" and TR_MQTT_OWN_NOTES */
    int inbox, size;
    int first, n, messages; /* (lock) */
    size_t bytes;           /* (lock) of received messages in the queue */
    uint32_t dropped;       /* (lock) received messages there was no room for */
    struct tr_mqtt_slot slots[TR_MQTT_WINDOW];
    bool ended;                 /* (lock) this client's end is told: it has no more to say */
    bool gone;                  /* (lock) the clean disconnect is done */
    bool cleared;               /* (lock) CLEARING is done */
    bool starved;               /* (lock) a publication was refused for lack of room */
    int window;                 /* (lock) at most TR_MQTT_WINDOW; the broker may want less */
    uint32_t packet_max;        /* (lock) the broker's limit; 0: none known */
    int keepalive_s;            /* (lock) the longest a broker has allowed; 0: any */
    struct tr_mqtt_words words; /* (lock) */

    void *taken; /**< block of the message handed out last */
    enum tr_mqtt_state state;
    int64_t retry_at, attempt_at, up_since; /**< up_since 0: the tick has not seen it yet */
    int64_t backoff_ns;
    bool worried;
    bool hangs;           /**< the attempt does, and is given up */
    bool keep;            /**< CLEARING: the keeper */
    bool stale;           /**< an older secret is in use, and that is told */
    unsigned limits_told; /**< (Paho's thread) the broker's limits that are told, a bit each */
    uint64_t serial;      /**< of the next slot taken */
    bool leaving;         /**< a goodbye is under way: do not destroy the client before retire_at */
    int64_t retire_at;    /**< 0: the tick has not seen it yet */
    bool crowded;         /**< Paho's own queue was full: say so when it is worth another try */
    int64_t room_at;      /**< when; 0: the tick has not seen it yet */
    int64_t crowded_since; /**< and each try since was refused */
    int64_t refused_at;    /**< the last of them */
    int64_t poke_at;       /**< not before */
    char filters[TR_MQTT_FILTERS][TR_MQTT_TOPIC_MAX];
    int filters_n;
};

/** Write a sentence into TR_MQTT_ERROR_MAX bytes. @return @p code. */
__attribute__((format(printf, 3, 4))) int tr_mqtt_refuse(char *reterr, int code, const char *text,
                                                         ...);

/** Check the options, read the files: see tr_mqtt_open(). */
int tr_mqtt_settings_init(struct tr_mqtt_settings *settings, const struct tr_mqtt_options *opt,
                          const char *client_id, const char *will_topic, char *reterr);

/** Find the files, check that what is named fits together, read them. As tr_mqtt_open(). */
int tr_mqtt_files_init(struct tr_mqtt_settings *settings, char *reterr);
/** Where a file of the options lies; empty where they name none.
 *  @param path  2 * TR_PATH_MAX bytes. @return 0; -EINVAL with a sentence. */
int tr_mqtt_file_path(const struct tr_mqtt_options *opt, enum tr_mqtt_file file, char *path,
                      char *reterr);
/** Read the user's name and the password again; what cannot be read stays as it was.
 *  @return 0; -EINVAL, -EACCES, -ENOENT with a sentence. */
int tr_mqtt_secrets_read(struct tr_mqtt_settings *settings, char *reterr);
/** Can Paho read what it is about to? @return as tr_mqtt_secrets_read(). */
int tr_mqtt_certificates_check(const struct tr_mqtt_settings *settings, char *reterr);
/** Forget the secrets. */
void tr_mqtt_secrets_wipe(struct tr_mqtt_settings *settings);
/** Replace a secret by these at most TR_MQTT_SECRET_MAX bytes. */
void tr_mqtt_secret_set(struct tr_mqtt_secret *secret, const char *text, size_t n);

/** Hear what Paho says of this attempt from now on. */
void tr_mqtt_words_watch(struct tr_mqtt *mqtt);
/** And no longer; where another client is heard, nothing changes. */
void tr_mqtt_words_unwatch(struct tr_mqtt *mqtt);
/** OpenSSL's errors: Paho's ssl_error_cb, with the struct tr_mqtt as context. */
int tr_mqtt_words_of_tls(const char *text, size_t n, void *context);
/** Why there is no connection. @param message  Paho's word, or NULL. @return false: not known. */
bool tr_mqtt_words_why(struct tr_mqtt *mqtt, const char *message, char *ret, size_t cap);

/** Queue a note and ring. Takes the lock. */
__attribute__((format(printf, 4, 5))) void tr_mqtt_tell(struct tr_mqtt *mqtt,
                                                        enum tr_mqtt_note_kind kind, int64_t value,
                                                        const char *text, ...);

/** As tr_mqtt_tell() for DISCONNECTED, but only once per client. */
__attribute__((format(printf, 3, 4))) void tr_mqtt_tell_end(struct tr_mqtt *mqtt, int64_t value,
                                                            const char *text, ...);

/** A slot's message is through (ACK) or not. Text: NULL for ACK. */
void tr_mqtt_tell_slot(struct tr_mqtt_slot *slot, enum tr_mqtt_note_kind kind, const char *text);

/** Queue a received message, copied; drops it where there is no room. */
void tr_mqtt_tell_message(struct tr_mqtt *mqtt, const char *topic, size_t topic_n,
                          MQTTAsync_message *message);

/** @return a new client with its callbacks set; NULL with *ret_code Paho's. */
MQTTAsync tr_mqtt_paho_create(struct tr_mqtt *mqtt, int *ret_code);
/** Begin connecting. @return Paho's code. */
int tr_mqtt_paho_connect(struct tr_mqtt *mqtt);
/** Subscribe to one filter. @return Paho's code. */
int tr_mqtt_paho_subscribe(struct tr_mqtt *mqtt, const char *filter);
/**
 * Wake Paho's sending thread. It sleeps a second at a time by the wall clock, so
 * that one that is set back lets it sleep for hours where its queue is full:
 * nothing that is refused wakes it, but this.
 */
void tr_mqtt_paho_poke(struct tr_mqtt *mqtt);
/** Hand over one message. @return Paho's code. */
int tr_mqtt_paho_publish(struct tr_mqtt *mqtt, const struct tr_mqtt_message *msg,
                         struct tr_mqtt_slot *slot);
/** Ask for a disconnect, with the session's end where nobody wants the will; "gone" is set when
 *  done. @return Paho's code. */
int tr_mqtt_paho_disconnect(struct tr_mqtt *mqtt, enum MQTTReasonCodes reason);

/** CLOCK_MONOTONIC, ns. */
int64_t tr_mqtt_monotonic(void);
/** @return when a broker that acknowledges nothing has had its time; INT64_MAX: nothing waits. */
int64_t tr_mqtt_patience_ends(const struct tr_mqtt *mqtt);
/** End the connection, because it has. */
void tr_mqtt_lose_patience(struct tr_mqtt *mqtt);

#endif
