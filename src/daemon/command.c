/* Commands from the wire: only those the configuration allows, never a
 * retained one, each answered and logged. */
#include <string.h>

#include "daemon/daemon.h"

static void respond(struct tr_daemon *d, const char *name, const struct tr_mqtt_message *msg,
                    const char *error)
{
    const struct tr_wire wire = {.plan = &d->cfg->plan, .base = d->cfg->options.mqtt.base};
    char json[TR_JSON_MAX];
    char topic[TR_WIRE_TOPIC_MAX];
    char rest[64];
    const int n = tr_json_response(name, msg->payload, msg->n, error, json, sizeof(json));
    if (n < 0) {
        return;
    }
    snprintf(rest, sizeof(rest), "rsp/%.40s", name);
    tr_wire_topic(&wire, rest, topic);
    const struct tr_mqtt_message answer = {
        .topic = msg->response_topic != NULL ? msg->response_topic : topic,
        .payload = json,
        .n = (size_t)n,
        .qos = 1,
        .content_type = "application/json",
        .correlation = msg->correlation,
        .correlation_n = msg->correlation_n};
    (void)tr_mqtt_publish(d->mqtt, &answer);
}

/* @return NULL, or why there was nothing to obey. */
static const char *obey(struct tr_daemon *d, const struct tr_command *c)
{
    if (c->kind == TR_COMMAND_WALKTEST) {
        return "not in this version";
    }
    d->senseless = false;
    struct tr_event ev = {
        .kind = TR_EVENT_COMMAND, .at = tr_daemon_store_now(d), .sensor = TR_NONE};
    ev.u.command = *c;
    tr_daemon_step(d, &ev);
    if (c->kind == TR_COMMAND_REFRESH) {
        tr_board_refresh(d);
    } else if (c->kind == TR_COMMAND_TEST_OUTPUT) {
        tr_player_test(d->player, c->output, c->value, (struct tr_mono){d->now_ns});
    }
    return !d->senseless                     ? NULL
           : c->kind == TR_COMMAND_VOID      ? "nobody waits there"
           : c->kind == TR_COMMAND_SET_COUNT ? "only the line of a queue can be counted"
                                             : "there is nothing it could change";
}

static const char *name_of(const struct tr_daemon *d, const char *topic)
{
    const struct tr_wire wire = {.plan = &d->cfg->plan, .base = d->cfg->options.mqtt.base};
    char prefix[TR_WIRE_TOPIC_MAX];
    tr_wire_topic(&wire, "cmd/", prefix);
    const size_t n = strlen(prefix);
    return strncmp(topic, prefix, n) == 0 ? topic + n : NULL;
}

void tr_daemon_command(struct tr_daemon *d, const struct tr_mqtt_message *msg)
{
    const char *name = name_of(d, msg->topic);
    if (name == NULL || msg->retain) {
        tr_log(TR_LOG_INFO, "ignored %s on %s", msg->retain ? "a retained command" : "a message",
               msg->topic);
        return;
    }
    struct tr_command command;
    char error[TR_COMMAND_ERROR_MAX] = "";
    const char *refused = NULL;
    if (tr_command_from_json(&d->cfg->plan, name, msg->payload, msg->n, &command, error) < 0) {
        refused = error;
    } else if (!d->cfg->options.mqtt.command[command.kind]) {
        refused = "not among mqtt.commands";
    } else {
        refused = obey(d, &command);
    }
    tr_log(TR_LOG_INFO, "command %.40s: %s", name, refused != NULL ? refused : "obeyed");
    respond(d, name, msg, refused);
}
