/* Commands from the wire: only those the configuration allows, never a
 * retained one, only so many, each answered and logged. */
#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "daemon/daemon.h"

enum { NAME_SHOWN = 48, PAYLOAD_SHOWN = 96, TOPIC_SHOWN = 128 };

static const char *name_of(const struct tr_daemon *d, const char *topic)
{
    const struct tr_wire wire = {.plan = &d->cfg->plan, .base = d->cfg->options.mqtt.base};
    char prefix[TR_WIRE_TOPIC_MAX];
    tr_wire_topic(&wire, "cmd/", prefix);
    const size_t n = strlen(prefix);
    return strncmp(topic, prefix, n) == 0 ? topic + n : NULL;
}

/* --- how many -------------------------------------------------------------------- */

static bool within_limit(struct tr_limit *limit, int64_t now)
{
    const int64_t each = TR_NS_PER_S / TR_COMMANDS_A_SECOND;
    const int64_t due = limit->due > now ? limit->due : now;
    if (due - now > (TR_COMMANDS_AT_ONCE - 1) * each) {
        return false;
    }
    limit->due = due + each;
    return true;
}

/* Told when it begins and, with the sum, when it is over: a log must not fill. */
static void one_too_many(struct tr_daemon *d)
{
    struct tr_answers *a = &d->answers;
    if (a->too_many++ == 0) {
        tr_log(TR_LOG_WARNING, "too many commands: of more than %d at once, %d a second are heard",
               TR_COMMANDS_AT_ONCE, TR_COMMANDS_A_SECOND);
    }
    a->over_at = d->now_ns + TR_FLOOD_OVER_S * TR_NS_PER_S;
}

void tr_commands_tick(struct tr_daemon *d)
{
    struct tr_answers *a = &d->answers;
    if (a->too_many > 0 && d->now_ns >= a->over_at) {
        tr_log(TR_LOG_WARNING, "no more too many commands: %" PRIu64 " were not heard",
               a->too_many);
        a->too_many = 0;
    }
}

int64_t tr_commands_deadline(const struct tr_daemon *d)
{
    return d->answers.too_many > 0 ? d->answers.over_at : INT64_MAX;
}

/* --- which came before --------------------------------------------------------------- */

static uint64_t fingerprint(const struct tr_mqtt_message *msg)
{
    /* With its zero, so that one part does not run into the next. */
    uint64_t h = tr_hash(TR_HASH_BEGIN, msg->topic, strlen(msg->topic) + 1);
    h = tr_hash(h, &msg->packet_id, sizeof(msg->packet_id));
    h = tr_hash(h, &msg->n, sizeof(msg->n));
    h = tr_hash(h, msg->payload, msg->n);
    return tr_hash(h, msg->correlation, msg->correlation_n);
}

/* A broker that had no acknowledgement of ours sends again what we may have
 * obeyed: two waits must not be voided by one press. */
static bool obeyed_before(const struct tr_daemon *d, const struct tr_mqtt_message *msg)
{
    const uint64_t h = fingerprint(msg);
    for (int i = 0; msg->dup && i < TR_OBEYED_MAX; i++) {
        if (d->answers.obeyed_last[i] == h) {
            return true;
        }
    }
    return false;
}

static void remember(struct tr_daemon *d, const struct tr_mqtt_message *msg)
{
    struct tr_answers *a = &d->answers;
    a->obeyed_last[a->obeyed_next] = fingerprint(msg);
    a->obeyed_next = (a->obeyed_next + 1) % TR_OBEYED_MAX;
}

/* --- one ---------------------------------------------------------------------------- */

/* Nothing reaches the core, for nobody watches the shop. */
static const char *in_walktest(struct tr_daemon *d, const struct tr_command *c)
{
    if (c->kind == TR_COMMAND_REFRESH) {
        tr_board_refresh(d);
    } else if (c->kind == TR_COMMAND_TEST_OUTPUT) {
        tr_player_test(d->player, c->output, c->value, (struct tr_mono){d->now_ns});
    } else {
        return "a walk test is on, nothing is counted; walktest with 0 seconds ends it";
    }
    return NULL;
}

/* @return NULL, or why there was nothing to obey. */
static const char *obey(struct tr_daemon *d, const struct tr_command *c)
{
    if (c->kind == TR_COMMAND_WALKTEST && c->value > 0) {
        return tr_walktest_begin(d, c->value);
    }
    if (c->kind == TR_COMMAND_WALKTEST) {
        tr_walktest_end(d);
        return NULL;
    }
    if (tr_walktest_on(d)) {
        return in_walktest(d, c);
    }
    /* Not now, but as far as every edge has been seen: none may come too late. */
    struct tr_mono at = d->settled;
    if (tr_mono_before(at, tr_core_now(d->core))) {
        at = tr_core_now(d->core);
    }
    tr_daemon_calendar(d, at);
    d->senseless = false;
    struct tr_event ev = {.kind = TR_EVENT_COMMAND, .at = at, .sensor = TR_NONE};
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

/* @return NULL: obeyed; else why not, perhaps in @p error. */
static const char *consider(struct tr_daemon *d, const char *name,
                            const struct tr_mqtt_message *msg, char *error)
{
    struct tr_command command;
    if (msg->correlation_n > TR_CORRELATION_MAX) {
        snprintf(error, TR_COMMAND_ERROR_MAX,
                 "%zu bytes of correlation data are more than the %d allowed", msg->correlation_n,
                 (int)TR_CORRELATION_MAX);
        return error;
    }
    if (tr_command_from_json(&d->cfg->plan, name, msg->payload, msg->n, &command, error) < 0) {
        return error;
    }
    if (!d->cfg->options.mqtt.command[command.kind]) {
        snprintf(error, TR_COMMAND_ERROR_MAX,
                 "%s is not among mqtt.commands, those this unit obeys", name);
        return error;
    }
    return obey(d, &command);
}

static void ignore(struct tr_daemon *d, const struct tr_mqtt_message *msg)
{
    char topic[TOPIC_SHOWN];
    if (!within_limit(&d->answers.ignored, d->now_ns)) {
        one_too_many(d);
        return;
    }
    tr_command_plain(msg->topic, strlen(msg->topic), topic, sizeof(topic));
    tr_log(TR_LOG_INFO, "ignored %s on %s",
           msg->retain        ? "a retained command"
           : d->board.leaving ? "a command that came too late"
                              : "a message",
           topic);
}

static void refuse_flood(struct tr_daemon *d, const char *name, const struct tr_mqtt_message *msg)
{
    char error[TR_COMMAND_ERROR_MAX];
    one_too_many(d);
    d->commands_refused++;
    if (within_limit(&d->answers.refused, d->now_ns)) {
        snprintf(error, sizeof(error),
                 "too many commands: of more than %d at once, %d a second are heard",
                 TR_COMMANDS_AT_ONCE, TR_COMMANDS_A_SECOND);
        (void)tr_answer(d, name, msg, error);
    }
}

void tr_daemon_command(struct tr_daemon *d, const struct tr_mqtt_message *msg)
{
    const char *name = name_of(d, msg->topic);
    /* After the last words nothing more is said. */
    if (name == NULL || msg->retain || d->board.leaving) {
        ignore(d, msg);
        return;
    }
    d->commands++;
    if (!within_limit(&d->answers.obeyed, d->now_ns)) {
        refuse_flood(d, name, msg);
        return;
    }
    char error[TR_COMMAND_ERROR_MAX] = "";
    const bool again = obeyed_before(d, msg);
    const char *refused = again ? NULL : consider(d, name, msg, error);
    d->commands_refused += refused != NULL;
    if (!again && refused == NULL) {
        remember(d, msg);
    }
    char plain_name[NAME_SHOWN], plain[PAYLOAD_SHOWN];
    tr_command_plain(name, strlen(name), plain_name, sizeof(plain_name));
    tr_command_plain(msg->payload, msg->n, plain, sizeof(plain));
    const bool as_wanted = tr_answer(d, name, msg, refused);
    tr_log(TR_LOG_INFO, "command %s %s: %s%s%s", plain_name, plain,
           refused != NULL ? "refused: "
           : again         ? "obeyed before, and sent again by the broker"
                           : "obeyed",
           refused != NULL ? refused : "",
           as_wanted ? "" : " (answered under rsp/: nothing is said on its response topic)");
}
