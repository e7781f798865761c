/* The payloads of the retained topics, and any payload for a narrow line. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "cli/watch.h"

/* @return an object, or NULL. */
static json_t *load(const char *text, size_t n)
{
    json_t *json = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
    if (json != NULL && !json_is_object(json)) {
        json_decref(json);
        json = NULL;
    }
    return json;
}

static double number(const json_t *json, const char *key)
{
    const json_t *value = json_object_get(json, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

/* Any number into a harmless int. */
static int whole(const json_t *json, const char *key)
{
    const double x = number(json, key);
    return x >= 0.0 && x < 1e9 ? (int)x : 0;
}

static int64_t count(const json_t *json, const char *key)
{
    const json_t *value = json_object_get(json, key);
    return json_is_integer(value) ? (int64_t)json_integer_value(value) : 0;
}

static const char *text(const json_t *json, const char *key, const char *otherwise)
{
    const char *value = json_string_value(json_object_get(json, key));
    return value != NULL && value[0] != '\0' ? value : otherwise;
}

enum tr_station_kind tr_watch_kind(const char *word)
{
    int i = 0;
    while (i < TR_KIND_COUNT && strcmp(word, tr_station_kind_name[i]) != 0) {
        i++;
    }
    return (enum tr_station_kind)i;
}

/* A unit that does not say how well it sees is taken at its word. */
static enum tr_measuring measuring(const json_t *json)
{
    const char *word = text(json, "measuring", "");
    for (int i = 0; i < TR_MEASURING_COUNT; i++) {
        if (strcmp(word, tr_measuring_name[i]) == 0) {
            return (enum tr_measuring)i;
        }
    }
    return TR_MEASURING_FULL;
}

/* The plan's order is the order to show: what is known of a station moves. */
static void info_stations(struct tr_watch_unit *unit, const json_t *list)
{
    size_t i;
    const json_t *one;
    int at = 0;
    json_array_foreach((json_t *)(uintptr_t)list, i, one)
    {
        const char *id = text(one, "id", "");
        struct tr_watch_station *st =
            strlen(id) > 0 && strlen(id) < TR_NAME_MAX ? tr_watch_station(unit, id) : NULL;
        if (st == NULL || st < &unit->stations[at]) {
            continue;
        }
        const json_t *target = json_object_get(one, "target");
        snprintf(st->name, sizeof(st->name), "%s", text(one, "name", id));
        st->kind = tr_watch_kind(text(one, "kind", ""));
        st->rings = whole(target, "rings");
        st->target_s = number(target, "seconds");
        st->percent = number(target, "percent");
        const struct tr_watch_station moved = *st;
        memmove(&unit->stations[at + 1], &unit->stations[at],
                (size_t)(st - &unit->stations[at]) * sizeof(*st));
        unit->stations[at++] = moved;
    }
    unit->stations_n = at;
}

static void info_names(struct tr_watch_unit *unit, const json_t *sensors, const json_t *outputs)
{
    size_t i;
    const json_t *one;
    json_array_foreach((json_t *)(uintptr_t)sensors, i, one)
    {
        const char *id = text(one, "id", "");
        struct tr_watch_sensor *sensor =
            strlen(id) < TR_NAME_MAX ? tr_watch_sensor(unit, id) : NULL;
        if (sensor != NULL) {
            snprintf(sensor->name, sizeof(sensor->name), "%s", text(one, "name", id));
        }
    }
    json_array_foreach((json_t *)(uintptr_t)outputs, i, one)
    {
        const char *id = text(one, "id", "");
        struct tr_watch_output *output =
            strlen(id) < TR_NAME_MAX ? tr_watch_output(unit, id) : NULL;
        if (output != NULL) {
            snprintf(output->name, sizeof(output->name), "%s", text(one, "name", id));
            output->buzzer = strcmp(text(one, "type", ""), "buzzer") == 0;
        }
    }
}

int tr_watch_info(struct tr_watch_unit *unit, const char *json, size_t n)
{
    json_t *info = load(json, n);
    if (info == NULL) {
        return -EBADMSG;
    }
    snprintf(unit->name, sizeof(unit->name), "%s", text(info, "name", unit->site));
    snprintf(unit->timezone, sizeof(unit->timezone), "%s", text(info, "timezone", ""));
    info_stations(unit, json_object_get(info, "stations"));
    info_names(unit, json_object_get(info, "sensors"), json_object_get(info, "outputs"));
    json_decref(info);
    unit->informed = true;
    return 0;
}

int tr_watch_station_state(struct tr_watch_station *st, const char *json, size_t n, int64_t now_ns)
{
    json_t *state = load(json, n);
    if (state == NULL) {
        return -EBADMSG;
    }
    const int level = whole(state, "level");
    const double oldest = number(state, "oldest_wait_s");
    st->state = (struct tr_watch_state){
        .known = true,
        .acked = whole(state, "acked") != 0,
        .open = whole(state, "open") != 0,
        .at_least = whole(state, "at_least") != 0,
        .measuring = measuring(state),
        .coverage_pct = number(state, "coverage_pct"),
        .waiting = whole(state, "waiting"),
        .people = whole(state, "people"),
        .in_service = whole(state, "in_service"),
        .rings = whole(state, "oldest_rings"),
        .level = level < TR_LEVEL_COUNT ? level : TR_LEVEL_CRITICAL,
        .streak = whole(state, "streak"),
        .arrivals = whole(state, "today_arrivals"),
        .served = whole(state, "today_served"),
        .oldest_s = oldest >= 0.0 ? oldest : 0.0,
        .threshold_s = number(state, "threshold_s"),
        .today_pct = number(state, "today_pct"),
        .got_ns = now_ns,
    };
    tr_watch_compare(st);
    json_decref(state);
    return 0;
}

int tr_watch_station_metrics(struct tr_watch_station *st, const char *json, size_t n)
{
    json_t *metrics = load(json, n);
    if (metrics == NULL) {
        return -EBADMSG;
    }
    st->metrics = (struct tr_watch_metrics){
        .known = true,
        .arrivals = count(metrics, "arrivals"),
        .answered = count(metrics, "answered"),
        .abandoned = count(metrics, "abandoned"),
        .expired = count(metrics, "expired"),
        .votes = count(metrics, "votes"),
        .score_sum = count(metrics, "vote_score_sum"),
        .day_counted = count(metrics, "day_counted"),
        .day_answered = count(metrics, "day_answered"),
        .day_unsure = count(metrics, "day_unsure"),
        .day_pct = number(metrics, "day_pct"),
        .day_low_pct = number(metrics, "day_low_pct"),
        .day_high_pct = number(metrics, "day_high_pct"),
        .coverage_pct = number(metrics, "day_coverage_pct"),
        .p50_s = number(metrics, "day_p50_s"),
        .p90_s = number(metrics, "day_p90_s"),
        .p95_s = number(metrics, "day_p95_s"),
    };
    st->votes_since = st->score_since = 0;
    json_decref(metrics);
    return 0;
}

/* --- any payload ---------------------------------------------------------------- */

/* What the topic says already, or what says nothing. */
static bool idle(const char *key, const json_t *value)
{
    static const char *const keys[] = {"v",      "type",   "site",    "unit",  "station", "kind",
                                       "sensor", "output", "mono_ms", "clock", "alert"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strcmp(key, keys[i]) == 0) {
            return true;
        }
    }
    return json_is_null(value) || json_is_array(value) || json_is_object(value);
}

static int shorten_value(const json_t *value, char *buf, size_t cap)
{
    int64_t ms;
    char time[16];
    if (json_is_string(value)) {
        const char *s = json_string_value(value);
        return snprintf(buf, cap, "%s",
                        tr_watch_parse_time(s, &ms)
                            ? tr_watch_format_time(ms, TR_TIME_CLOCK, time, sizeof(time))
                            : s);
    }
    return json_is_integer(value)
               ? snprintf(buf, cap, "%" JSON_INTEGER_FORMAT, json_integer_value(value))
           : json_is_number(value) ? snprintf(buf, cap, "%.6g", json_number_value(value))
                                   : snprintf(buf, cap, "%s", json_is_true(value) ? "yes" : "no");
}

void tr_watch_shorten(const char *payload, size_t n, char *buf, size_t cap)
{
    json_t *json = n > 0 && payload[0] == '{' ? load(payload, n) : NULL;
    buf[0] = '\0';
    if (json == NULL) {
        snprintf(buf, cap, "%.*s", (int)(n < cap ? n : cap), payload);
        return;
    }
    const char *key;
    json_t *value;
    size_t at = 0;
    json_object_foreach(json, key, value)
    {
        if (idle(key, value)) {
            continue;
        }
        char shown[TR_NAME_MAX];
        shorten_value(value, shown, sizeof(shown));
        const int more =
            strcmp(key, "event_type") == 0
                ? snprintf(buf + at, cap - at, "%s%s", at > 0 ? " " : "", shown)
                : snprintf(buf + at, cap - at, "%s%s=%s", at > 0 ? " " : "", key, shown);
        at += more > 0 ? (size_t)more : 0;
        if (at >= cap) {
            break;
        }
    }
    json_decref(json);
}
