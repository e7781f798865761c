/** @file mqtt_client.h One tr_mqtt, a private broker and a loop, for contract tests. */
#ifndef TR_TESTS_MQTT_CLIENT_H
#define TR_TESTS_MQTT_CLIENT_H

#include "broker.h"
#include "mqtt/mqtt.h"

#define ANONYMOUS "allow_anonymous true\n"
#define WILL      "tr/test/availability"

/** So long is waited for what must come, on however slow a machine. */
enum { PATIENCE_MS = 60000 };

extern struct broker broker;
extern struct tr_mqtt_options opt; /**< to the broker; change before connecting */
extern struct tr_mqtt *mqtt;

/** The last note of each kind, and how many came. */
extern struct tr_mqtt_note last[TR_MQTT_NOTE_COUNT];
extern int count[TR_MQTT_NOTE_COUNT];
extern uint64_t acked; /**< a bit for each token below 64 */
/** Of the last message. */
extern char topic[TR_MQTT_TOPIC_MAX], payload[256], response[TR_MQTT_TOPIC_MAX], correlation[64];
extern bool payload_is_pattern; /**< it is that of pattern(), throughout */

/**
 * Once for all tests. Under LeakSanitizer a client that is never closed keeps
 * Paho initialised: its threads may log while they stop, into a buffer that
 * is then never freed.
 */
int anchor_paho(void **state);

/** Before and after each test: broker made but not started; all closed. */
int setup(void **state);
/** See setup(). */
int teardown(void **state);

/** CLOCK_MONOTONIC. */
int64_t now_ns(void);

/** tr_mqtt_open() with opt. */
int open_mqtt(char *error);
/** Open and wait until it stands. */
void connect_mqtt(void);

/** Run the loop until a note of @p kind comes. @return true if it did in time. */
bool wait_note(enum tr_mqtt_note_kind kind, int timeout_ms);

/** Publish to @p to until one of them comes back, and none is under way any more: the
 *  subscription stands. */
void wait_subscribed(const char *to);

/** tr_mqtt_publish() of a text. */
int publish(const char *to, const char *text, int qos, bool retain, uint64_t token);

/** A text of @p n bytes that shows where something is missing or changed. Static. */
const char *pattern(size_t n);

/** tests/tools/certs.py: good.crt, other-ca.crt, expired.crt... in the broker's folder. */
void make_certificates(void);

/** What a command prints, at most 1000 bytes: another client's view. */
__attribute__((format(printf, 1, 2))) const char *shell(const char *format, ...);

/**
 * This program once more as a client of its own, to be killed. It is subscribed
 * to tr/cmd/+, has said "online" where its will stands, and reads no command
 * after that. doomed_main() is the main() of it: -1, it is not called so.
 */
pid_t doomed_client(void);
/** See doomed_client(). */
int doomed_main(int argc, char **argv);
/** Kill it, @p sig, and wait for its end where it dies of that. */
void doomed_kill(pid_t child, int sig);

/** A broker that says these bytes to the first who connects. @return its process. */
pid_t scripted_broker(const void *bytes, size_t n);

/** LeakSanitizer's; NULL without it. */
extern void __lsan_disable(void) __attribute__((weak));
/** See __lsan_disable(). */
extern void __lsan_enable(void) __attribute__((weak));
/** Asked by it, where a test has one: what it does not tell of. */
const char *__lsan_default_suppressions(void);

#endif
