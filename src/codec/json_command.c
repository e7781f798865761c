/* Commands from JSON, and the answers to them. */
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "codec/json_private.h"

enum { COMMAND_BYTES_MAX = 4096, REQUEST_ID_MAX = 64, ANSWER_LEVELS_MAX = 16 };

/* What a command's figure is called, and what it may be. */
struct figure {
    const char *key;
    int32_t min, max;
    int32_t otherwise; /* where it is left out; -1: it is needed */
};

struct shape {
    enum { NO, MAY, MUST } station;
    bool alert; /* an alert's id may stand for the station */
    bool output;
    struct figure figure; /* key NULL: none */
};

static const struct shape shapes[TR_COMMAND_COUNT] = {
    [TR_COMMAND_ACK] = {.station = MUST, .alert = true},
    [TR_COMMAND_MUTE] = {.station = MAY, .figure = {"seconds", 0, 86400, -1}},
    [TR_COMMAND_VOID] = {.station = MUST},
    [TR_COMMAND_SET_COUNT] = {.station = MUST, .figure = {"count", 0, TR_WAITS_MAX, -1}},
    [TR_COMMAND_TEST_OUTPUT] = {.output = true, .figure = {"ms", 1, 60000, 1000}},
    [TR_COMMAND_WALKTEST] = {.figure = {"seconds", 0, 3600, 60}},
    [TR_COMMAND_REFRESH] = {.station = NO},
};

/* --- text of strangers -------------------------------------------------------------- */

/* @return bytes of the character at s; 0: not one for people, or not UTF-8. */
static size_t character(const char *s, size_t n)
{
    char c[5] = "";
    memcpy(c, s, n < 4 ? n : 4);
    if ((unsigned char)c[0] < 0x80) {
        return c[0] >= ' ' && c[0] != 0x7f;
    }
    const size_t length = tr_jsonw_utf8(c);
    const bool c1 = length == 2 && c[0] == '\xc2' && (unsigned char)c[1] < 0xa0;
    return c1 ? 0 : length;
}

/* U+FDD0 to U+FDEF, and the last two of each plane: a broker may end the connection
 * of who sends them. @n: the character's bytes. */
static bool no_character(const char *s, size_t n)
{
    const unsigned char *c = (const unsigned char *)s;
    if (n < 3) {
        return false;
    }
    const bool row_end = c[n - 2] == 0xbf && c[n - 1] >= 0xbe;
    return n == 4 ? row_end && (c[1] & 0x0f) == 0x0f
                  : c[0] == 0xef && (row_end || (c[1] == 0xb7 && c[2] >= 0x90 && c[2] <= 0xaf));
}

void tr_command_plain(const char *text, size_t n, char *ret, size_t cap)
{
    size_t at = 0;
    while (n > 0) {
        const size_t length = character(text, n);
        const size_t taken = length > 0 ? length : 1;
        if (at + taken >= cap) {
            break;
        }
        if (length > 0) {
            memcpy(ret + at, text, length);
        } else {
            ret[at] = '?';
        }
        at += taken;
        text += taken;
        n -= taken;
    }
    ret[at] = '\0';
}

/* Is it @p tree, or below it? @return what follows there, "" or "/..."; NULL. */
static const char *within(const char *topic, const char *tree)
{
    const size_t n = strlen(tree);
    const bool in = strncmp(topic, tree, n) == 0 && (topic[n] == '\0' || topic[n] == '/');
    return in ? topic + n : NULL;
}

bool tr_command_may_answer(const char *topic, const char *base, const char *own,
                           const char *discovery)
{
    const size_t n = strlen(topic);
    int levels = 1;
    if (n == 0 || n >= TR_COMMAND_TOPIC_MAX || topic[0] == '$' || strpbrk(topic, "+#") != NULL) {
        return false;
    }
    for (size_t i = 0, length; i < n; i += length) {
        length = character(topic + i, n - i);
        levels += topic[i] == '/';
        if (length == 0 || no_character(topic + i, length) || levels > ANSWER_LEVELS_MAX) {
            return false;
        }
    }
    if (discovery != NULL && within(topic, discovery) != NULL) {
        return false;
    }
    const char *below = within(topic, own);
    if (below != NULL) {
        return strncmp(below, "/rsp/", 5) == 0 && below[5] != '\0';
    }
    return within(topic, base) == NULL;
}

/* What was found may be quoted in it, whatever it was. */
__attribute__((format(printf, 3, 4))) static int refuse(char *reterr, int code, const char *text,
                                                        ...)
{
    char sentence[TR_COMMAND_ERROR_MAX];
    va_list args;
    va_start(args, text);
    vsnprintf(sentence, sizeof(sentence), text, args);
    va_end(args);
    tr_command_plain(sentence, strlen(sentence), reterr, TR_COMMAND_ERROR_MAX);
    return code;
}

/* --- commands -------------------------------------------------------------------------- */

static int find_command(const char *name)
{
    for (int i = 0; i < TR_COMMAND_COUNT; i++) {
        if (strcmp(name, tr_command_name[i]) == 0) {
            return i;
        }
    }
    return -1;
}

static int check_keys(const char *name, const struct shape *shape, json_t *object, char *reterr)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        bool known = strcmp(key, "id") == 0 || (shape->station != NO && !strcmp(key, "station")) ||
                     (shape->alert && !strcmp(key, "alert")) ||
                     (shape->output && !strcmp(key, "output")) ||
                     (shape->figure.key != NULL && !strcmp(key, shape->figure.key));
        if (!known) {
            return refuse(reterr, -EINVAL, "%s: unknown key \"%.40s\"", name, key);
        }
    }
    json_t *id = json_object_get(object, "id");
    if (id != NULL && (!json_is_string(id) || json_string_length(id) > REQUEST_ID_MAX)) {
        return refuse(reterr, -EINVAL, "%s: \"id\" must be a string of at most %d bytes", name,
                      REQUEST_ID_MAX);
    }
    return 0;
}

/* @return the member's string; NULL with *ret_code 0: not there; negative: refused. */
static const char *string_member(const char *name, json_t *object, const char *key, int *ret_code,
                                 char *reterr)
{
    json_t *value = json_object_get(object, key);
    *ret_code = 0;
    if (value != NULL && !json_is_string(value)) {
        *ret_code = refuse(reterr, -EINVAL, "%s: \"%s\" must be a string", name, key);
        return NULL;
    }
    return json_string_value(value);
}

/* What an alert's id is about: a station, a sensor, or neither where nobody watched.
 * @return whether there is such an alert. */
static bool find_alert(const struct tr_plan *plan, const char *id, struct tr_command *command)
{
    for (enum tr_alert_rule rule = TR_RULE_WAIT; rule < TR_RULE_COUNT; rule++) {
        const bool sensor = rule == TR_RULE_SENSOR;
        for (int i = 0; i < tr_plan_alerts_n(plan, rule); i++) {
            const struct tr_alert_record alert = {
                .rule = rule, .station = (int16_t)i, .sensor = (int16_t)i};
            char name[TR_ALERT_ID_MAX];
            tr_alert_id(plan, &alert, name);
            if (strcmp(name, id) != 0) {
                continue;
            }
            if (sensor) {
                command->sensor = (int16_t)i;
            } else if (rule != TR_RULE_OFFLINE) {
                command->station = (int16_t)i;
            }
            return true;
        }
    }
    return false;
}

static int parse_station(const struct tr_plan *plan, const char *name, const struct shape *shape,
                         json_t *object, struct tr_command *command, char *reterr)
{
    int r;
    const char *station = string_member(name, object, "station", &r, reterr);
    if (r < 0) {
        return r;
    }
    const char *alert = string_member(name, object, "alert", &r, reterr);
    if (r < 0) {
        return r;
    }
    if (station != NULL && alert != NULL) {
        return refuse(reterr, -EINVAL, "%s: give \"station\" or \"alert\", not both", name);
    }
    if (station == NULL && alert == NULL) {
        return shape->station != MUST ? 0
                                      : refuse(reterr, -EINVAL, "%s: \"station\"%s is needed", name,
                                               shape->alert ? " or \"alert\"" : "");
    }
    if (station != NULL) {
        command->station = (int16_t)tr_plan_find_station(plan, station);
        return command->station >= 0
                   ? 0
                   : refuse(reterr, -ENOENT, "%s: there is no station \"%.64s\"", name, station);
    }
    return find_alert(plan, alert, command)
               ? 0
               : refuse(reterr, -ENOENT, "%s: there is no alert \"%.64s\"", name, alert);
}

static int parse_output(const struct tr_plan *plan, const char *name, json_t *object,
                        struct tr_command *command, char *reterr)
{
    int r;
    const char *output = string_member(name, object, "output", &r, reterr);
    if (r < 0) {
        return r;
    }
    if (output == NULL) {
        return refuse(reterr, -EINVAL, "%s: \"output\" is needed", name);
    }
    int found = tr_plan_find_output(plan, output);
    if (found < 0) {
        return refuse(reterr, -ENOENT, "%s: there is no output \"%.40s\"", name, output);
    }
    command->output = (int16_t)found;
    return 0;
}

static int parse_figure(const char *name, const struct figure *figure, json_t *object,
                        struct tr_command *command, char *reterr)
{
    json_t *value = json_object_get(object, figure->key);
    if (value == NULL) {
        if (figure->otherwise < 0) {
            return refuse(reterr, -EINVAL, "%s: \"%s\" is needed", name, figure->key);
        }
        command->value = figure->otherwise;
        return 0;
    }
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < figure->min || number > figure->max) {
        char *found = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        refuse(reterr, -EINVAL, "%s: \"%s\" must be a whole number from %d to %d, not %.40s", name,
               figure->key, (int)figure->min, (int)figure->max, found != NULL ? found : "this");
        free(found);
        return -EINVAL;
    }
    command->value = (int32_t)number;
    return 0;
}

/* @return a new reference to an object, or NULL with a sentence. */
static json_t *load_object(const char *name, const char *json, size_t n, char *reterr)
{
    if (n == 0) {
        return json_object();
    }
    if (n > COMMAND_BYTES_MAX) {
        refuse(reterr, -EINVAL, "%s: %zu bytes are more than the %d allowed", name, n,
               COMMAND_BYTES_MAX);
        return NULL;
    }
    json_error_t error;
    json_t *root = json_loadb(json, n, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        refuse(reterr, -EINVAL, "%s: not JSON: %s (at byte %d)", name, error.text, error.position);
        return NULL;
    }
    if (!json_is_object(root)) {
        json_decref(root);
        refuse(reterr, -EINVAL, "%s: a JSON object is expected", name);
        return NULL;
    }
    return root;
}

static int unknown_command(const char *name, char *reterr)
{
    char all[TR_COMMAND_ERROR_MAX / 2] = "";
    for (int i = 0; i < TR_COMMAND_COUNT; i++) {
        const size_t n = strlen(all);
        snprintf(all + n, sizeof(all) - n, "%s%s", i > 0 ? ", " : "", tr_command_name[i]);
    }
    return refuse(reterr, -ENOENT, "there is no command \"%.40s\"; there are: %s", name, all);
}

int tr_command_from_json(const struct tr_plan *plan, const char *name, const char *json, size_t n,
                         struct tr_command *ret, char *reterr)
{
    int kind = find_command(name);
    if (kind < 0) {
        return unknown_command(name, reterr);
    }
    json_t *object = load_object(name, json, n, reterr);
    if (object == NULL) {
        return -EINVAL;
    }
    const struct shape *shape = &shapes[kind];
    struct tr_command command = {.kind = (enum tr_command_kind)kind,
                                 .station = TR_NONE,
                                 .output = TR_NONE,
                                 .sensor = TR_NONE};
    int r = check_keys(name, shape, object, reterr);
    if (r == 0) {
        r = parse_station(plan, name, shape, object, &command, reterr);
    }
    if (r == 0 && shape->output) {
        r = parse_output(plan, name, object, &command, reterr);
    }
    if (r == 0 && shape->figure.key != NULL) {
        r = parse_figure(name, &shape->figure, object, &command, reterr);
    }
    json_decref(object);
    if (r == 0) {
        *ret = command;
    }
    return r;
}

int tr_json_response(const char *name, const char *request, size_t n, const char *error, char *buf,
                     size_t cap)
{
    char ignored[TR_COMMAND_ERROR_MAX];
    json_t *object = load_object(name, request, n, ignored);
    json_t *id = json_object_get(object, "id");
    struct tr_jsonw w;
    tr_jsonw_init(&w, buf, cap);
    tr_json_begin(&w);
    tr_jsonw_key(&w, "command");
    tr_jsonw_string(&w, name);
    tr_jsonw_key(&w, "ok");
    tr_jsonw_bool(&w, error == NULL);
    tr_jsonw_key(&w, "error");
    tr_jsonw_string(&w, error);
    tr_jsonw_key(&w, "id");
    tr_jsonw_string(&w, json_string_length(id) <= REQUEST_ID_MAX ? json_string_value(id) : NULL);
    tr_jsonw_close(&w, '}');
    json_decref(object);
    return tr_jsonw_finish(&w);
}
