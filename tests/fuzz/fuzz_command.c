/* Any bytes as a command: a name, a zero byte, a payload. What is understood names
 * only what the shop has; what is refused has a sentence fit for a log; the answer
 * is JSON. The same bytes are tried as a topic that an asker wants his answer on. */
#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "codec/json.h"
#include "fuzz.h"

enum { NAME_MAX_BYTES = 300 };

static const char base[] = "thirdring", own[] = "thirdring/demo/main";

static const struct tr_plan *shop(void)
{
    static struct tr_plan plan;
    if (plan.stations_n > 0) {
        return &plan;
    }
    tr_plan_init(&plan);
    strcpy(plan.site, "demo");
    strcpy(plan.unit, "main");
    static const char *const stations[] = {"tills", "sensor", "offline"};
    for (int i = 0; i < 3; i++) {
        tr_plan_init_station(&plan.stations[i], i == 0 ? TR_KIND_QUEUE : TR_KIND_GREETING);
        strcpy(plan.stations[i].id, stations[i]);
    }
    strcpy(plan.sensors[0].id, "door");
    strcpy(plan.sensors[1].id, "wait");
    strcpy(plan.outputs[0].id, "buzzer");
    plan.sensors_n = 2;
    plan.outputs_n = 1;
    plan.stations_n = 3;
    return &plan;
}

/* Whole characters, and none that moves a cursor or begins a line. */
static void check_plain(const char *text, size_t cap)
{
    const size_t n = strnlen(text, cap);
    assert(n < cap);
    json_t *string = json_stringn(text, n); /* NULL where it is not UTF-8 */
    assert(string != NULL);
    json_decref(string);
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)text[i];
        assert(c >= ' ' && c != 0x7f);
        assert(c != 0xc2 || (unsigned char)text[i + 1] >= 0xa0);
    }
}

static bool among(int index, int n)
{
    return index == TR_NONE || (index >= 0 && index < n);
}

static void check_command(const struct tr_plan *plan, const struct tr_command *c)
{
    assert((int)c->kind >= 0 && c->kind < TR_COMMAND_COUNT);
    assert(among(c->station, plan->stations_n));
    assert(among(c->output, plan->outputs_n));
    assert(among(c->sensor, plan->sensors_n));
    assert(c->value >= 0 && c->value <= 86400);
    assert(c->sensor == TR_NONE || (c->kind == TR_COMMAND_ACK && c->station == TR_NONE));
    assert((c->output != TR_NONE) == (c->kind == TR_COMMAND_TEST_OUTPUT));
    if (c->kind == TR_COMMAND_VOID || c->kind == TR_COMMAND_SET_COUNT) {
        assert(c->station != TR_NONE);
        assert(c->kind != TR_COMMAND_SET_COUNT || c->value <= TR_WAITS_MAX);
    }
}

static void check_answer(const char *name, const char *payload, size_t n, const char *error)
{
    static char text[TR_RESPONSE_MAX];
    char plain[NAME_MAX_BYTES];
    tr_command_plain(name, strlen(name), plain, TR_COMMAND_ERROR_MAX);
    check_plain(plain, TR_COMMAND_ERROR_MAX);
    const int length = tr_json_response(plain, payload, n, error, text, sizeof(text));
    assert(length > 0 && (size_t)length < sizeof(text) && text[length] == '\0');
    json_t *answer = json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES, NULL);
    assert(json_is_object(answer) && json_object_size(answer) == 5);
    assert(json_is_boolean(json_object_get(answer, "ok")));
    assert(json_is_true(json_object_get(answer, "ok")) == (error == NULL));
    assert(strcmp(json_string_value(json_object_get(answer, "command")), plain) == 0);
    const json_t *id = json_object_get(answer, "id");
    assert(json_is_null(id) || json_string_length(id) <= 64);
    json_decref(answer);
    char little[8];
    assert(tr_json_response(plain, payload, n, error, little, sizeof(little)) == -ENOBUFS);
}

static void check_topic(const char *topic)
{
    if (!tr_command_may_answer(topic, base, own, "homeassistant")) {
        return;
    }
    check_plain(topic, TR_COMMAND_TOPIC_MAX);
    assert(topic[0] != '\0' && topic[0] != '$' && strpbrk(topic, "+#") == NULL);
    assert(strncmp(topic, "homeassistant/", 14) != 0);
    assert(strncmp(topic, "thirdring/", 10) != 0 ||
           strncmp(topic, "thirdring/demo/main/rsp/", 24) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct tr_plan *plan = shop();
    char name[NAME_MAX_BYTES];
    const size_t n = strnlen((const char *)data, size < sizeof(name) ? size : sizeof(name) - 1);
    memcpy(name, data, n);
    name[n] = '\0';
    const char *payload = (const char *)data + n + (n < size);
    const size_t payload_n = size - n - (n < size);

    struct tr_command command = {.kind = TR_COMMAND_COUNT};
    char error[TR_COMMAND_ERROR_MAX];
    memset(error, 'x', sizeof(error));
    const int r = tr_command_from_json(plan, name, payload, payload_n, &command, error);
    if (r == 0) {
        check_command(plan, &command);
    } else {
        assert(r == -EINVAL || r == -ENOENT);
        assert(command.kind == TR_COMMAND_COUNT);
        assert(error[0] != '\0');
        check_plain(error, sizeof(error));
    }
    check_answer(name, payload, payload_n, r == 0 ? NULL : error);
    check_topic(name);
    char shown[96];
    tr_command_plain(payload, payload_n, shown, sizeof(shown));
    check_plain(shown, sizeof(shown));
    return 0;
}
