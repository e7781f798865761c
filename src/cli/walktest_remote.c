/* A walk test while thirdringd holds the lines: over MQTT. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/walktest_private.h"
#include "codec/wire.h"

enum {
    LEASE_S = 120, /* thirdringd ends the mode by itself, should we die */
    RENEW_S = 40,
    AGAIN_S = 4,     /* it may be about to begin */
    PATIENCE_S = 15, /* for the broker, then for an answer */
    CLOSE_MS = 2000
};
#define MONO_MS_MAX 4e12                 /* a century: sums of two fit their type */
#define SLACK_NS    (200 * TR_NS_PER_MS) /* edges may be so late on their way */
#define DRIFT_NS    (2 * TR_NS_PER_S)    /* further apart, the two clocks are set anew */

static void topic(const struct tr_walk_link *link, const char *rest, char ret[TR_WIRE_TOPIC_MAX])
{
    const struct tr_wire wire = {.plan = &link->cfg->plan, .base = link->mqtt_options.base};
    tr_wire_topic(&wire, rest, ret);
}

static int subscribe(struct tr_walk_link *link)
{
    static const char *const wanted[] = {"event/edge/+", "input/+/state", "rsp/walktest",
                                         "rsp/test_output", NULL};
    int r = 0;
    for (const char *const *f = wanted; *f != NULL && r == 0; f++) {
        char filter[TR_WIRE_TOPIC_MAX];
        topic(link, *f, filter);
        r = tr_mqtt_subscribe(link->mqtt, filter);
    }
    return r;
}

int tr_walk_remote_open(struct tr_walk_link *link, const struct tr_walk_request *req)
{
    char error[TR_MQTT_ERROR_MAX], id[TR_NAME_MAX];
    uint32_t random = (uint32_t)getpid();
    (void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
    link->mqtt_options = link->cfg->options.mqtt;
    link->mqtt_options.client_id[0] = '\0'; /* the daemon's: one client id is one connection */
    link->mqtt_options.inbox = 4096;        /* a door that bounces, and one that hums */
    if (req->broker != NULL) {
        if (strlen(req->broker) >= sizeof(link->mqtt_options.uri)) {
            fputs("thirdring: --broker: expected mqtt://, mqtts://, ws:// or wss://, then "
                  "host[:port]\n",
                  stderr);
            return EX_USAGE;
        }
        strcpy(link->mqtt_options.uri, req->broker);
        link->mqtt_options.enabled = true;
    }
    if (!link->mqtt_options.enabled) {
        fputs("thirdring: thirdringd holds the lines, and the configuration has no mqtt section "
              "to ask it: stop it for the walk test (systemctl stop thirdringd)\n",
              stderr);
        return EX_UNAVAILABLE;
    }
    snprintf(id, sizeof(id), "thirdring-walktest-%08x", (unsigned)random);
    snprintf(link->request_id, sizeof(link->request_id), "walktest-%08x", (unsigned)random);
    const int r = tr_mqtt_open(&link->mqtt_options, id, NULL, &link->mqtt, error);
    if (r < 0) {
        fprintf(stderr, "thirdring: %s\n", error);
        return r == -ENOMEM ? EX_OSERR : r == -EACCES || r == -ENOENT ? EX_NOINPUT : EX_USAGE;
    }
    (void)subscribe(link); /* four of the eight that it takes */
    link->began_ns = tr_walk_clock();
    snprintf(link->text, sizeof(link->text), "thirdringd, over %s", link->mqtt_options.uri);
    return EX_OK;
}

/* --- what we say ----------------------------------------------------------------------- */

static int say(struct tr_walk_link *link, const char *command, const char *payload)
{
    char name[TR_WIRE_TOPIC_MAX], rest[64];
    snprintf(rest, sizeof(rest), "cmd/%s", command);
    topic(link, rest, name);
    const struct tr_mqtt_message m = {
        .topic = name, .payload = payload, .n = strlen(payload), .qos = 1, .token = 1};
    return tr_mqtt_publish(link->mqtt, &m);
}

static void ask(struct tr_walk_link *link, int seconds)
{
    char payload[96];
    snprintf(payload, sizeof(payload), "{\"seconds\":%d,\"id\":\"%s\"}", seconds, link->request_id);
    if (say(link, "walktest", payload) == 0) {
        link->asked_ns = tr_walk_clock();
    }
}

void tr_walk_remote_outputs(struct tr_walk_link *link, struct tr_walk *walk)
{
    const struct tr_walk_step *step = tr_walk_now(walk);
    if (step == NULL || walk->driven_n == link->driven_n || step->kind != TR_WALK_OUTPUT ||
        !link->connected) {
        return;
    }
    char payload[128];
    snprintf(payload, sizeof(payload), "{\"output\":\"%s\",\"ms\":%d,\"id\":\"%s\"}",
             walk->plan->outputs[step->index].id,
             (int)(tr_walk_drive_ns(walk->plan, step->index) / TR_NS_PER_MS), link->request_id);
    if (say(link, "test_output", payload) == 0) {
        link->driven_n = walk->driven_n;
    }
}

/* --- what we hear ------------------------------------------------------------------------ */

/* @return the sensor of ".../PREFIX/ID[/tail]"; TR_NONE. */
static int sensor_of(const struct tr_walk_link *link, const char *name, const char *prefix,
                     const char *tail)
{
    char begin[TR_WIRE_TOPIC_MAX], id[TR_ID_MAX];
    topic(link, prefix, begin);
    const size_t n = strlen(begin), m = strlen(name), t = strlen(tail);
    if (strncmp(name, begin, n) != 0 || m < n + t || m - n - t >= sizeof(id) ||
        strcmp(name + m - t, tail) != 0) {
        return TR_NONE;
    }
    memcpy(id, name + n, m - n - t);
    id[m - n - t] = '\0';
    return tr_plan_find_sensor(&link->cfg->plan, id);
}

/* The edge's own time on our clock: differences within a burst stay as they are. */
static int64_t our_time(struct tr_walk_link *link, double mono_ms)
{
    const int64_t theirs = (int64_t)llround(mono_ms * 1e6), now = tr_walk_clock();
    int64_t off = theirs + link->offset_ns - now;
    off = off < 0 ? -off : off;
    if (!link->have_offset || off > DRIFT_NS) {
        link->offset_ns = now - theirs;
        link->have_offset = true;
    }
    return theirs + link->offset_ns;
}

static void hear_edge(struct tr_walk_link *link, struct tr_walk *walk, int sensor,
                      const json_t *json)
{
    const char *level = json_string_value(json_object_get(json, "level"));
    const json_t *mono = json_object_get(json, "mono_ms");
    const json_int_t skipped = json_integer_value(json_object_get(json, "skipped"));
    const double ms = json_is_number(mono) ? json_number_value(mono) : NAN;
    if (level == NULL || !(ms >= 0.0 && ms < MONO_MS_MAX) || !walk->begun) {
        return;
    }
    if (skipped > 0) {
        tr_walk_lost(walk, sensor, skipped < UINT16_MAX ? (uint32_t)skipped : UINT16_MAX);
    }
    tr_walk_edge(walk, sensor, strcmp(level, "ON") == 0, our_time(link, ms));
}

static void refused(struct tr_walk_link *link, const char *what, const char *why)
{
    snprintf(link->trouble, sizeof(link->trouble),
             "%s: %s. Allow it (mqtt.commands), or stop the service for the walk test: "
             "systemctl stop thirdringd",
             what, why);
}

/* @return EX_OK or an exit code. */
static int hear_answer(struct tr_walk_link *link, bool of_output, const json_t *json)
{
    char why[TR_COMMAND_ERROR_MAX];
    const char *id = json_string_value(json_object_get(json, "id"));
    const char *error = json_string_value(json_object_get(json, "error"));
    if (id == NULL || strcmp(id, link->request_id) != 0) {
        return EX_OK; /* somebody else's */
    }
    if (json_is_true(json_object_get(json, "ok"))) {
        link->on = link->on || !of_output;
        return EX_OK;
    }
    error = error != NULL ? error : "no reason given";
    tr_command_plain(error, strlen(error), why, sizeof(why));
    refused(link, of_output ? "thirdringd does not drive the output" : "thirdringd refuses", why);
    return of_output ? EX_OK : EX_UNAVAILABLE;
}

static int hear(struct tr_walk_link *link, struct tr_walk *walk, const struct tr_mqtt_message *msg)
{
    char answer[TR_WIRE_TOPIC_MAX], answer_output[TR_WIRE_TOPIC_MAX];
    int code = EX_OK;
    int sensor = sensor_of(link, msg->topic, "input/", "/state");
    if (sensor != TR_NONE) {
        if (walk->line[sensor].level < 0) {
            tr_walk_level(walk, sensor, msg->n == 2 && memcmp(msg->payload, "ON", 2) == 0);
        }
        return EX_OK;
    }
    topic(link, "rsp/walktest", answer);
    topic(link, "rsp/test_output", answer_output);
    json_t *json = json_loadb(msg->payload, msg->n, JSON_REJECT_DUPLICATES, NULL);
    sensor = sensor_of(link, msg->topic, "event/edge/", "");
    if (sensor != TR_NONE) {
        hear_edge(link, walk, sensor, json);
    } else if (strcmp(msg->topic, answer) == 0) {
        code = hear_answer(link, false, json);
    } else if (strcmp(msg->topic, answer_output) == 0) {
        code = hear_answer(link, true, json);
    }
    json_decref(json);
    return code;
}

static int take_note(struct tr_walk_link *link, struct tr_walk *walk,
                     const struct tr_mqtt_note *note)
{
    switch (note->kind) {
    case TR_MQTT_CONNECTED:
        link->connected = true;
        link->trouble[0] = '\0';
        ask(link, LEASE_S);
        break;
    case TR_MQTT_DISCONNECTED:
        link->connected = false;
        snprintf(link->trouble, sizeof(link->trouble), "%s", note->text);
        break;
    case TR_MQTT_REFUSED:
        refused(link,
                "the broker refuses the command; use the installer's account (--set "
                "mqtt.username=installer --set mqtt.password_file=...)",
                note->text);
        return EX_NOPERM;
    case TR_MQTT_FAILED:
        snprintf(link->trouble, sizeof(link->trouble), "%s", note->text);
        break;
    case TR_MQTT_MESSAGE:
        return hear(link, walk, &note->msg);
    case TR_MQTT_ACK:
    case TR_MQTT_NOTE_COUNT:
        break;
    }
    return EX_OK;
}

static int64_t renew_at(const struct tr_walk_link *link)
{
    return link->asked_ns + (link->on ? RENEW_S : AGAIN_S) * TR_NS_PER_S;
}

/* Before the first yes: how long do we wait, and what then? */
static int lose_patience(struct tr_walk_link *link, int64_t now)
{
    if (link->on || now - link->began_ns < PATIENCE_S * TR_NS_PER_S) {
        return EX_OK;
    }
    char why[TR_MQTT_ERROR_MAX];
    snprintf(why, sizeof(why), "%.380s", link->trouble);
    snprintf(link->trouble, sizeof(link->trouble),
             "thirdringd holds the lines, and %s%.300s. Stop the service for the walk test "
             "(systemctl stop thirdringd), and start it again afterwards",
             link->connected ? "does not answer at " : "its broker cannot be reached: ",
             link->connected ? link->mqtt_options.uri : why);
    return EX_UNAVAILABLE;
}

int tr_walk_remote_turn(struct tr_walk_link *link, struct tr_walk *walk)
{
    struct tr_mqtt_note note;
    int code = EX_OK;
    while (code == EX_OK && tr_mqtt_next(link->mqtt, &note) > 0) {
        code = take_note(link, walk, &note);
    }
    const int64_t now = tr_walk_clock();
    tr_mqtt_tick(link->mqtt, now);
    if (link->connected && now >= renew_at(link)) {
        ask(link, LEASE_S);
    }
    code = code == EX_OK ? lose_patience(link, now) : code;
    if (link->on && code == EX_OK) {
        tr_walk_tick(walk, now - SLACK_NS);
    }
    return code;
}

int64_t tr_walk_remote_deadline(const struct tr_walk_link *link, const struct tr_walk *walk)
{
    int64_t due = tr_mqtt_deadline(link->mqtt);
    const int64_t renew = renew_at(link);
    const int64_t lost = link->began_ns + PATIENCE_S * TR_NS_PER_S;
    const int64_t step = tr_walk_deadline(walk);
    due = link->connected && renew < due ? renew : due;
    due = !link->on && lost < due ? lost : due;
    if (link->on && step < INT64_MAX - SLACK_NS && step + SLACK_NS < due) {
        due = step == INT64_MIN ? 0 : step + SLACK_NS;
    }
    return due;
}

void tr_walk_remote_close(struct tr_walk_link *link)
{
    if (link->mqtt != NULL) {
        if (link->asked_ns != 0 && link->connected) { /* its yes may be on the way */
            ask(link, 0);
        }
        tr_mqtt_close(link->mqtt, CLOSE_MS);
    }
}
