/* The loop's side: when to connect, what may be sent, what is told. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "mqtt/mqtt_private.h"

#define BACKOFF_MIN_NS (TR_NS_PER_S / 2)
#define BACKOFF_MAX_NS (60 * TR_NS_PER_S)
/* A connection that stood so long was a good one: begin again at the minimum. */
#define GOOD_NS (10 * TR_NS_PER_S)
#define ROOM_NS (TR_NS_PER_S / 20)

/* How often a Paho that takes nothing is woken. */
#define POKE_NS (2 * TR_NS_PER_S)
/* So long a goodbye may take. */
#define GOODBYE_NS (TR_NS_PER_S / 5)

int tr_mqtt_open(const struct tr_mqtt_options *opt, const char *client_id, const char *will_topic,
                 struct tr_mqtt **ret_mqtt, char *reterr)
{
    struct tr_mqtt *mqtt = calloc(1, sizeof(*mqtt));
    if (mqtt == NULL) {
        snprintf(reterr, TR_MQTT_ERROR_MAX, "out of memory");
        return -ENOMEM;
    }
    mqtt->inbox = opt->inbox > 0 ? opt->inbox : TR_MQTT_INBOX;
    mqtt->size = mqtt->inbox + TR_MQTT_OWN_NOTES;
    mqtt->queue = calloc((size_t)mqtt->size, sizeof(*mqtt->queue));
    if (mqtt->queue == NULL) {
        free(mqtt);
        snprintf(reterr, TR_MQTT_ERROR_MAX, "out of memory");
        return -ENOMEM;
    }
    int r = tr_mqtt_settings_init(&mqtt->settings, opt, client_id, will_topic, reterr);
    if (r < 0) {
        goto err_free;
    }
    mqtt->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (mqtt->fd < 0) {
        r = -errno;
        snprintf(reterr, TR_MQTT_ERROR_MAX, "eventfd: %s", strerror(errno));
        goto err_free;
    }
    pthread_mutex_init(&mqtt->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&mqtt->changed, &attr);
    pthread_condattr_destroy(&attr);
    mqtt->backoff_ns = BACKOFF_MIN_NS;
    mqtt->retry_at = INT64_MIN;
    for (int i = 0; i < TR_MQTT_WINDOW; i++) {
        mqtt->slots[i].mqtt = mqtt;
    }
    int code = 0;
    mqtt->keeper = tr_mqtt_paho_create(mqtt, &code);
    if (mqtt->keeper == NULL) {
        r = code == TR_MQTT_PAHO_NO_MEMORY ? -ENOMEM : -EINVAL;
        snprintf(reterr, TR_MQTT_ERROR_MAX, "%s: the MQTT library refuses it (code %d)", opt->uri,
                 code);
        goto err_fd;
    }
    *ret_mqtt = mqtt;
    return 0;
err_fd:
    pthread_cond_destroy(&mqtt->changed);
    pthread_mutex_destroy(&mqtt->lock);
    close(mqtt->fd);
err_free:
    tr_mqtt_secrets_wipe(&mqtt->settings);
    free(mqtt->queue);
    free(mqtt);
    return r;
}

int tr_mqtt_fd(const struct tr_mqtt *mqtt)
{
    return mqtt->fd;
}

int tr_mqtt_subscribe(struct tr_mqtt *mqtt, const char *filter)
{
    if (mqtt->filters_n == TR_MQTT_FILTERS) {
        return -ENOSPC;
    }
    if (filter[0] == '\0' || strlen(filter) >= TR_MQTT_TOPIC_MAX) {
        return -EINVAL;
    }
    strcpy(mqtt->filters[mqtt->filters_n++], filter);
    if (mqtt->state == TR_MQTT_UP) {
        tr_mqtt_paho_subscribe(mqtt, filter);
    }
    return 0;
}

/* --- connecting ----------------------------------------------------------- */

/* Between half of ns and all of it. */
static int64_t jitter(int64_t ns)
{
    uint32_t random = 0;
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0) {
        return ns;
    }
    return ns / 2 + (int64_t)((double)ns / 2 * random / UINT32_MAX);
}

static void *destroy_clients(void *context)
{
    struct tr_mqtt *mqtt = context;
    MQTTAsync_destroy(&mqtt->client);
    if (!mqtt->keep) {
        MQTTAsync_destroy(&mqtt->keeper);
    }
    pthread_mutex_lock(&mqtt->lock);
    mqtt->cleared = true;
    pthread_cond_broadcast(&mqtt->changed);
    eventfd_write(mqtt->fd, 1);
    pthread_mutex_unlock(&mqtt->lock);
    return NULL;
}

/* Destroy the client, and unless told otherwise the keeper, without waiting for it. */
static void clear_up(struct tr_mqtt *mqtt, bool keep)
{
    mqtt->keep = keep;
    mqtt->cleared = false;
    if (pthread_create(&mqtt->clearer, NULL, destroy_clients, mqtt) == 0) {
        mqtt->state = TR_MQTT_CLEARING;
    } else {
        destroy_clients(mqtt);
    }
}

static bool is_cleared(const struct tr_mqtt *mqtt)
{
    struct tr_mqtt *unlocked = (struct tr_mqtt *)(uintptr_t)mqtt; /* only to take the lock */
    pthread_mutex_lock(&unlocked->lock);
    const bool cleared = mqtt->cleared;
    pthread_mutex_unlock(&unlocked->lock);
    return cleared;
}

/* Destroying also throws away what Paho still had queued: nothing old may come
 * out after the next connect.
 *
 * Paho keeps half a WebSocket frame when its connection breaks, takes it for the
 * beginning of the next one, and so never connects again (seen with 1.3.12; the
 * same in 1.3.14). It forgets only when its last client is destroyed, and that
 * takes a second. An attempt that hangs does so with Paho's mutex held, which
 * destroying waits for. */
static void retire(struct tr_mqtt *mqtt, int64_t now)
{
    tr_mqtt_words_unwatch(mqtt);
    if (mqtt->up_since != 0 && now - mqtt->up_since >= GOOD_NS) {
        mqtt->backoff_ns = BACKOFF_MIN_NS;
    }
    mqtt->state = TR_MQTT_IDLE;
    mqtt->leaving = false;
    mqtt->retire_at = 0;
    mqtt->retry_at = now + jitter(mqtt->backoff_ns);
    mqtt->backoff_ns =
        mqtt->backoff_ns * 2 < BACKOFF_MAX_NS ? mqtt->backoff_ns * 2 : BACKOFF_MAX_NS;
    if (mqtt->settings.websocket || mqtt->hangs) {
        clear_up(mqtt, !mqtt->settings.websocket);
    } else {
        MQTTAsync_destroy(&mqtt->client);
    }
}

/* Whoever replaces these files does not tell us. @return whether to go on. */
static bool read_files(struct tr_mqtt *mqtt)
{
    char error[TR_MQTT_ERROR_MAX];
    const bool stale = tr_mqtt_secrets_read(&mqtt->settings, error) < 0;
    if (stale && !mqtt->stale) {
        tr_mqtt_tell(mqtt, TR_MQTT_FAILED, 0, "%s; what it said before is used", error);
    }
    mqtt->stale = stale;
    if (tr_mqtt_certificates_check(&mqtt->settings, error) < 0) {
        tr_mqtt_tell_end(mqtt, 1, "%s", error);
        return false;
    }
    return true;
}

static void attempt(struct tr_mqtt *mqtt, int64_t now)
{
    pthread_mutex_lock(&mqtt->lock);
    mqtt->ended = mqtt->starved = false;
    mqtt->window = TR_MQTT_WINDOW;
    mqtt->packet_max = 0;
    mqtt->words = (struct tr_mqtt_words){0};
    pthread_mutex_unlock(&mqtt->lock);
    mqtt->state = TR_MQTT_CONNECTING;
    mqtt->attempt_at = now;
    mqtt->up_since = 0;
    mqtt->worried = mqtt->hangs = mqtt->crowded = false;
    mqtt->room_at = mqtt->refused_at = 0;
    if (!read_files(mqtt)) {
        return;
    }
    if (mqtt->settings.tls || mqtt->settings.websocket) {
        tr_mqtt_words_watch(mqtt);
    }
    int code = 0;
    mqtt->client = tr_mqtt_paho_create(mqtt, &code);
    if (mqtt->client != NULL) {
        code = tr_mqtt_paho_connect(mqtt);
    }
    if (code != MQTTASYNC_SUCCESS) {
        tr_mqtt_tell_end(mqtt, 1, "%s: connecting could not begin (code %d)",
                         mqtt->settings.opt->uri, code);
    }
}

void tr_mqtt_tick(struct tr_mqtt *mqtt, int64_t now)
{
    switch (mqtt->state) {
    case TR_MQTT_IDLE:
        if (now >= mqtt->retry_at) {
            attempt(mqtt, now);
        }
        break;
    case TR_MQTT_CONNECTING:
        /* Paho ends an attempt itself, but for a slow name server, which it
         * waits for with its mutex held: do not touch it meanwhile. */
        if (now - mqtt->attempt_at >= TR_MQTT_ABANDON_S * TR_NS_PER_S) {
            mqtt->hangs = true;
            tr_mqtt_tell_end(mqtt, 1, "%s: the attempt to connect hangs", mqtt->settings.opt->uri);
        } else if (!mqtt->worried && now - mqtt->attempt_at >= TR_MQTT_WORRY_S * TR_NS_PER_S) {
            mqtt->worried = true;
            tr_mqtt_tell(mqtt, TR_MQTT_FAILED, 0, "%s: no answer in %d s, still trying",
                         mqtt->settings.opt->uri, TR_MQTT_WORRY_S);
        }
        break;
    case TR_MQTT_UP:
        if (mqtt->up_since == 0) {
            mqtt->up_since = now;
        }
        if (!mqtt->leaving && now >= tr_mqtt_patience_ends(mqtt)) {
            tr_mqtt_lose_patience(mqtt);
        }
        if (mqtt->crowded && mqtt->room_at == 0) {
            mqtt->room_at = now + ROOM_NS;
        } else if (mqtt->crowded && now >= mqtt->room_at) {
            mqtt->crowded = false;
            mqtt->room_at = 0;
            if (now >= mqtt->poke_at) {
                mqtt->poke_at = now + POKE_NS;
                tr_mqtt_paho_poke(mqtt);
            }
            tr_mqtt_tell(mqtt, TR_MQTT_ACK, 0, "%s", "");
        }
        break;
    case TR_MQTT_DOWN:
        if (mqtt->leaving && mqtt->retire_at == 0) {
            mqtt->retire_at = now + GOODBYE_NS;
        }
        if (now >= mqtt->retire_at) {
            retire(mqtt, now);
        }
        break;
    case TR_MQTT_CLEARING:
        if (is_cleared(mqtt)) {
            pthread_join(mqtt->clearer, NULL);
            mqtt->state = TR_MQTT_IDLE;
        }
        break;
    }
}

static int64_t deadline_up(const struct tr_mqtt *mqtt)
{
    const int64_t patience = mqtt->leaving ? INT64_MAX : tr_mqtt_patience_ends(mqtt);
    if (mqtt->up_since == 0) {
        return 0;
    }
    return mqtt->crowded && mqtt->room_at < patience ? mqtt->room_at : patience;
}

int64_t tr_mqtt_deadline(const struct tr_mqtt *mqtt)
{
    switch (mqtt->state) {
    case TR_MQTT_IDLE:
        return mqtt->retry_at;
    case TR_MQTT_CONNECTING:
        return mqtt->attempt_at +
               (mqtt->worried ? TR_MQTT_ABANDON_S : TR_MQTT_WORRY_S) * TR_NS_PER_S;
    case TR_MQTT_UP:
        return deadline_up(mqtt);
    case TR_MQTT_DOWN:
        return mqtt->retire_at;
    case TR_MQTT_CLEARING:
        return is_cleared(mqtt) ? 0 : INT64_MAX;
    }
    return 0;
}

bool tr_mqtt_connected(const struct tr_mqtt *mqtt)
{
    return mqtt->state == TR_MQTT_UP;
}

/* --- being told ------------------------------------------------------------ */

/* Take the oldest entry, or say that messages were dropped. Lock held. */
static bool pop(struct tr_mqtt *mqtt, struct tr_mqtt_note *ret)
{
    if (mqtt->n == 0) {
        if (mqtt->dropped > 0) {
            *ret = (struct tr_mqtt_note){.kind = TR_MQTT_FAILED, .value = mqtt->dropped};
            snprintf(ret->text, sizeof(ret->text),
                     "%" PRIu32 " received messages were dropped: too many or too large",
                     mqtt->dropped);
            mqtt->dropped = 0;
            return true;
        }
        eventfd_t ignored;
        eventfd_read(mqtt->fd, &ignored);
        return false;
    }
    struct tr_mqtt_entry *entry = &mqtt->queue[mqtt->first];
    mqtt->first = (mqtt->first + 1) % mqtt->size;
    mqtt->n--;
    *ret = entry->note;
    mqtt->taken = entry->block;
    if (entry->block != NULL) {
        mqtt->messages--;
        mqtt->bytes -= entry->block_n;
    }
    if (entry->slot != NULL) {
        entry->slot->state = TR_SLOT_FREE;
    }
    if (ret->kind == TR_MQTT_DISCONNECTED) {
        for (int i = 0; i < TR_MQTT_WINDOW; i++) {
            mqtt->slots[i].state = TR_SLOT_FREE;
        }
    }
    return true;
}

int tr_mqtt_next(struct tr_mqtt *mqtt, struct tr_mqtt_note *ret)
{
    free(mqtt->taken);
    mqtt->taken = NULL;
    pthread_mutex_lock(&mqtt->lock);
    bool some = pop(mqtt, ret);
    pthread_mutex_unlock(&mqtt->lock);
    if (!some) {
        return 0;
    }
    if (ret->kind == TR_MQTT_CONNECTED) {
        mqtt->state = TR_MQTT_UP;
        tr_mqtt_words_unwatch(mqtt);
        for (int i = 0; i < mqtt->filters_n; i++) {
            tr_mqtt_paho_subscribe(mqtt, mqtt->filters[i]);
        }
    } else if (ret->kind == TR_MQTT_DISCONNECTED) {
        mqtt->state = TR_MQTT_DOWN;
    }
    return 1;
}

/* --- closing --------------------------------------------------------------- */

static struct timespec after_ms(int ms)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    ts.tv_sec += ms / 1000;
    ts.tv_nsec += ms % 1000 * 1000000L;
    if (ts.tv_nsec >= 1000000000L) {
        ts.tv_sec++;
        ts.tv_nsec -= 1000000000L;
    }
    return ts;
}

static int flying(const struct tr_mqtt *mqtt)
{
    int n = 0;
    for (int i = 0; i < TR_MQTT_WINDOW; i++) {
        n += mqtt->slots[i].state == TR_SLOT_FLYING;
    }
    return n;
}

/* Who leaves before all is acknowledged may not have been heard to say so: a clean goodbye
 * would make the broker forget the will. @return Paho's code. */
static int leave(struct tr_mqtt *mqtt, bool heard)
{
    const struct tr_mqtt_message will = {.topic = mqtt->settings.will_topic,
                                         .payload = TR_MQTT_WILL,
                                         .n = strlen(TR_MQTT_WILL),
                                         .qos = 1,
                                         .retain = true};
    if (heard || will.topic[0] == '\0') {
        return tr_mqtt_paho_disconnect(mqtt, MQTTREASONCODE_SUCCESS);
    }
    if (mqtt->settings.opt->version == 5) {
        return tr_mqtt_paho_disconnect(mqtt, MQTTREASONCODE_DISCONNECT_WITH_WILL_MESSAGE);
    }
    /* MQTT 3.1.1 has no such goodbye */
    tr_mqtt_paho_publish(mqtt, &will, NULL);
    return tr_mqtt_paho_disconnect(mqtt, MQTTREASONCODE_SUCCESS);
}

static void say_goodbye(struct tr_mqtt *mqtt, const struct timespec *until)
{
    int late = 0;
    pthread_mutex_lock(&mqtt->lock);
    while (flying(mqtt) > 0 && !mqtt->ended && late == 0) {
        late = pthread_cond_timedwait(&mqtt->changed, &mqtt->lock, until);
    }
    const bool ended = mqtt->ended;
    const bool heard = flying(mqtt) == 0;
    pthread_mutex_unlock(&mqtt->lock);
    if (ended || leave(mqtt, heard) != MQTTASYNC_SUCCESS) {
        return;
    }
    const struct timespec a_little = after_ms((int)(GOODBYE_NS / TR_NS_PER_MS));
    pthread_mutex_lock(&mqtt->lock);
    late = 0;
    while (!mqtt->gone && !mqtt->ended && late == 0) {
        late = pthread_cond_timedwait(&mqtt->changed, &mqtt->lock, heard ? until : &a_little);
    }
    pthread_mutex_unlock(&mqtt->lock);
}

void tr_mqtt_close(struct tr_mqtt *mqtt, int timeout_ms)
{
    if (mqtt == NULL) {
        return;
    }
    struct timespec until = after_ms(timeout_ms);
    /* Paho needs up to a second and a half to stop its threads. */
    struct timespec stopped = after_ms(timeout_ms + 2000);
    if (mqtt->state == TR_MQTT_UP) {
        say_goodbye(mqtt, &until);
    }
    pthread_mutex_lock(&mqtt->lock);
    mqtt->ended = true;
    pthread_mutex_unlock(&mqtt->lock);
    tr_mqtt_words_unwatch(mqtt);
    tr_mqtt_secrets_wipe(&mqtt->settings);
    if (mqtt->state != TR_MQTT_CLEARING) {
        clear_up(mqtt, false);
    }
    if (mqtt->state == TR_MQTT_CLEARING) {
        int late = 0;
        pthread_mutex_lock(&mqtt->lock);
        while (!mqtt->cleared && late == 0) {
            late = pthread_cond_timedwait(&mqtt->changed, &mqtt->lock, &stopped);
        }
        const bool cleared = mqtt->cleared;
        pthread_mutex_unlock(&mqtt->lock);
        if (!cleared) {
            /* Paho hangs, in a name server most likely. The process is about to
             * end: better to leave this to it than to wait or to free it underneath. */
            pthread_detach(mqtt->clearer);
            return;
        }
        pthread_join(mqtt->clearer, NULL);
    }
    MQTTAsync_destroy(&mqtt->keeper); /* where an attempt hung until now */
    while (mqtt->n > 0) {
        free(mqtt->queue[mqtt->first].block);
        mqtt->first = (mqtt->first + 1) % mqtt->size;
        mqtt->n--;
    }
    free(mqtt->taken);
    close(mqtt->fd);
    pthread_cond_destroy(&mqtt->changed);
    pthread_mutex_destroy(&mqtt->lock);
    free(mqtt->queue);
    free(mqtt);
}
