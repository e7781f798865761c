/* Changes, told in words. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "cli/watch.h"

const char *const tr_watch_level_words[TR_LEVEL_COUNT] = {"ok", "at risk", "LATE", "CRITICAL"};

enum tr_watch_style tr_watch_level_style(int level)
{
    static const enum tr_watch_style styles[TR_LEVEL_COUNT] = {TR_STYLE_GREEN, TR_STYLE_AMBER,
                                                               TR_STYLE_RED, TR_STYLE_ALARM};
    return styles[level];
}

const char *tr_watch_rule_words(const char *rule, int level)
{
    static const struct {
        const char *rule, *words[TR_LEVEL_COUNT];
    } table[] = {
        {"wait",
         {"nobody waits too long", "a wait nears its limit", "someone waits too long",
          "someone waits far too long"}},
        {"length",
         {"the line is short again", "the line is too long", "the line is too long",
          "the line is too long"}},
        {"burning",
         {"the promise of the day is safe again", "the promise of the day is at stake",
          "the promise of the day is at stake", "the promise of the day is at stake"}},
        {"sensor", {"works again", "is out of order", "is out of order", "is out of order"}},
        {"offline", {"watched again", "nobody watched", "nobody watched", "nobody watched"}},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strcmp(table[i].rule, rule) == 0) {
            return table[i].words[level];
        }
    }
    return rule;
}

void tr_watch_sound_words(const char *sound, int bursts, char *buf, size_t cap)
{
    const char *word = strcmp(sound, "rings") == 0    ? "ring"
                       : strcmp(sound, "urgent") == 0 ? "RING!"
                       : strcmp(sound, "chime") == 0  ? "ding-dong"
                                                      : sound;
    size_t at = 0;
    buf[0] = '\0';
    for (int i = 0; (i < bursts || i == 0) && i < 6 && at < cap; i++) {
        at += (size_t)snprintf(buf + at, cap - at, "%s%s", i > 0 ? " " : "", word);
    }
}

/* --- one more line ---------------------------------------------------------------- */

__attribute__((format(printf, 6, 7))) static struct tr_watch_line *
say(struct tr_watch_unit *unit, int64_t at_ms, const char *who, enum tr_watch_style style,
    const char *verdict, const char *what, ...)
{
    struct tr_watch_line *line = &unit->news[unit->news_n++ % TR_WATCH_NEWS];
    line->sensor = false;
    line->at_ms = at_ms;
    line->style = style;
    snprintf(line->who, sizeof(line->who), "%s", who);
    snprintf(line->verdict, sizeof(line->verdict), "%s", verdict);
    va_list args;
    va_start(args, what);
    vsnprintf(line->what, sizeof(line->what), what, args);
    va_end(args);
    return line;
}

static const char *ordinal(int n, char *buf, size_t cap)
{
    static const char *const ends[] = {"th", "st", "nd", "rd"};
    const int last = n % 10, teens = n / 10 % 10 == 1;
    snprintf(buf, cap, "%d%s", n, ends[last < 4 && !teens ? last : 0]);
    return buf;
}

/* --- news of a station --------------------------------------------------------------- */

static const char *arrived_words(enum tr_station_kind kind)
{
    switch (kind) {
    case TR_KIND_GREETING:
        return "a customer comes in";
    case TR_KIND_QUEUE:
        return "a customer joins the line";
    case TR_KIND_CALL:
        return "a customer calls";
    case TR_KIND_PHONE:
        return "the telephone rings";
    case TR_KIND_FEEDBACK:
    case TR_KIND_COUNT:
        break;
    }
    return "someone comes";
}

static const char *answered_words(enum tr_station_kind kind)
{
    return kind == TR_KIND_GREETING ? "greeted" : kind == TR_KIND_QUEUE ? "served" : "answered";
}

/* " (2nd ring)" where the promise is told in rings, " (of 120 s)" else. */
static void against(const struct tr_watch_station *st, const struct tr_watch_wait *wait,
                    double wait_s, char *buf, size_t cap)
{
    const double threshold = wait != NULL      ? wait->threshold_s
                             : st->state.known ? st->state.threshold_s
                                               : st->target_s;
    char nth[16];
    buf[0] = '\0';
    if (st->rings > 0 && st->target_s > 0.0) {
        const double heard = floor(wait_s / (st->target_s / st->rings)) + 1.0;
        const int rings = st->kind == TR_KIND_PHONE && wait != NULL ? wait->rings
                          : heard < 1e6                             ? (int)heard
                                                                    : 1000000;
        snprintf(buf, cap, " (%s ring)", ordinal(rings, nth, sizeof(nth)));
    } else if (threshold > 0.0) {
        snprintf(buf, cap, " (of %.0f s)", threshold);
    }
}

/* By rings a promise ends as the next one would begin, by seconds it is still
 * kept at the last. */
static bool kept(const struct tr_watch_station *st, const struct tr_watch_wait *wait, double wait_s)
{
    if (st->kind == TR_KIND_PHONE && st->rings > 0 && wait != NULL) {
        return wait->rings <= st->rings;
    }
    const double threshold = wait != NULL ? wait->threshold_s : st->state.threshold_s;
    return st->rings > 0 ? wait_s < threshold : wait_s <= threshold;
}

static void ended(struct tr_watch_unit *unit, struct tr_watch_station *st, const char *type,
                  const char *id, double wait_s, int64_t at)
{
    struct tr_watch_wait *wait = tr_watch_find_wait(st, id);
    char of[48];
    against(st, wait, wait_s, of, sizeof(of));
    const bool promised = (wait != NULL ? wait->threshold_s : st->state.threshold_s) > 0.0;
    if (strcmp(type, "answered") == 0) {
        const bool good = kept(st, wait, wait_s);
        say(unit, at, st->id,
            !promised ? TR_STYLE_PLAIN
            : good    ? TR_STYLE_GREEN
                      : TR_STYLE_RED,
            !promised ? ""
            : good    ? "kept"
                      : "missed",
            "%s after %.1f s%s", answered_words(st->kind), wait_s, of);
    } else if (strcmp(type, "abandoned") == 0) {
        say(unit, at, st->id, TR_STYLE_RED, "left", "gave up after %.1f s%s", wait_s, of);
    } else if (strcmp(type, "expired") == 0) {
        say(unit, at, st->id, TR_STYLE_RED, "missed", "never answered: forgotten after %.0f s",
            wait_s);
    } else if (strcmp(type, "void") == 0) {
        say(unit, at, st->id, TR_STYLE_DIM, "", "not a customer");
    } else {
        say(unit, at, st->id, TR_STYLE_DIM, "", "no telling how it ended, after %.1f s", wait_s);
    }
    if (wait != NULL) {
        *wait = (struct tr_watch_wait){0};
    }
}

static void voted(struct tr_watch_unit *unit, struct tr_watch_station *st, int score, int64_t at)
{
    st->votes_since++;
    st->score_since += score;
    say(unit, at, st->id,
        score > 66   ? TR_STYLE_GREEN
        : score > 33 ? TR_STYLE_AMBER
                     : TR_STYLE_RED,
        "", "%s face (%d of 100)",
        score > 66   ? "a happy"
        : score > 33 ? "a so-so"
                     : "an unhappy",
        score);
}

struct news {
    const char *type, *wait;
    double value; /* of whichever key this news has */
    int64_t at;
};

/* Who went out or was called is not waiting just now. */
static void moved(struct tr_watch_unit *unit, struct tr_watch_station *st, const struct news *news)
{
    const bool back = strcmp(news->type, "back") == 0;
    struct tr_watch_wait *wait = tr_watch_find_wait(st, news->wait);
    if (wait != NULL) {
        wait->apart = !back;
    }
    say(unit, news->at, st->id, TR_STYLE_PLAIN, "",
        back                              ? "came back and goes on waiting, %.0f s so far"
        : strcmp(news->type, "away") == 0 ? "went out again after %.0f s"
                                          : "a number is called after %.0f s",
        news->value >= 0.0 ? news->value : 0.0);
}

static void of_station(struct tr_watch_unit *unit, struct tr_watch_station *st,
                       const struct news *news)
{
    const char *type = news->type;
    const int value = news->value >= 0.0 && news->value < 1e9 ? (int)news->value : 0;
    if (strcmp(type, "arrived") == 0) {
        tr_watch_open_wait(st, news->wait, news->at);
        say(unit, news->at, st->id, TR_STYLE_PLAIN, "", "%s", arrived_words(st->kind));
    } else if (strcmp(type, "joined_party") == 0) {
        struct tr_watch_wait *wait = tr_watch_find_wait(st, news->wait);
        if (wait != NULL) {
            wait->party = value;
        }
        say(unit, news->at, st->id, TR_STYLE_PLAIN, "",
            value > 1 ? "and one more: a party of %d" : "and one more", value);
    } else if (strcmp(type, "answered") == 0 || strcmp(type, "abandoned") == 0 ||
               strcmp(type, "expired") == 0 || strcmp(type, "void") == 0 ||
               strcmp(type, "unknown") == 0) {
        ended(unit, st, type, news->wait, news->value >= 0.0 ? news->value : 0.0, news->at);
    } else if (strcmp(type, "ring") == 0) {
        struct tr_watch_wait *wait = tr_watch_find_wait(st, news->wait);
        if (wait != NULL) {
            wait->rings = value;
        }
    } else if (strcmp(type, "away") == 0 || strcmp(type, "back") == 0 ||
               strcmp(type, "called") == 0) {
        moved(unit, st, news);
    } else if (strcmp(type, "late_void") == 0) {
        say(unit, news->at, st->id, TR_STYLE_AMBER, "",
            "the staff's key came too late: that wait counts");
    } else if (strcmp(type, "held_back") == 0) {
        say(unit, news->at, st->id, TR_STYLE_DIM, "", "%d sound%s held back in the last hour",
            value, value == 1 ? "" : "s");
    } else if (strcmp(type, "priority") == 0) {
        say(unit, news->at, st->id, TR_STYLE_AMBER, "", "called once more: still nobody there");
    } else if (strcmp(type, "missed_join") == 0) {
        say(unit, news->at, st->id, TR_STYLE_DIM, "", "served someone not seen to join");
    } else if (strcmp(type, "vote") == 0) {
        voted(unit, st, value, news->at);
    } else if (strcmp(type, "streak") == 0) {
        say(unit, news->at, st->id, TR_STYLE_GREEN, "", "%d promises kept in a row: well done",
            value);
    }
}

static const char *text(const json_t *json, const char *key)
{
    const char *value = json_string_value(json_object_get(json, key));
    return value != NULL ? value : "";
}

static void of_sound(struct tr_watch_unit *unit, struct tr_watch_output *output, const json_t *json,
                     int64_t at, int64_t now_ns)
{
    const char *type = text(json, "event_type");
    const json_int_t bursts = json_integer_value(json_object_get(json, "bursts"));
    if (strcmp(type, "silence") == 0) {
        output->sound[0] = '\0';
        return;
    }
    output->buzzer = true;
    output->bursts = bursts > 0 && bursts < 100 ? (int)bursts : 1;
    output->sound_ns = now_ns;
    snprintf(output->sound, sizeof(output->sound), "%s", type);
    snprintf(output->station, sizeof(output->station), "%s", text(json, "station"));
    char words[64];
    tr_watch_sound_words(output->sound, output->bursts, words, sizeof(words));
    say(unit, at, output->station, strcmp(type, "chime") == 0 ? TR_STYLE_CYAN : TR_STYLE_AMBER, "",
        "buzzer: %s", words);
}

int tr_watch_event(struct tr_watch_unit *unit, const char *kind, const char *payload, size_t n,
                   int64_t now_ns, int64_t real_ms)
{
    json_t *json = json_loadb(payload, n, 0, NULL);
    struct news news = {
        .type = text(json, "event_type"), .wait = text(json, "wait"), .value = -1.0};
    if (!tr_watch_parse_time(text(json, "at"), &news.at) || news.type[0] == '\0') {
        json_decref(json);
        return -EBADMSG;
    }
    tr_watch_clock_feed(&unit->clock, news.at, now_ns, real_ms);
    static const char *const keys[] = {"party", "wait_s", "rings", "score", "streak", "held_back"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const json_t *value = json_object_get(json, keys[i]);
        news.value = json_is_number(value) ? json_number_value(value) : news.value;
    }
    const char *id = text(json, "station"), *output_id = text(json, "output");
    int r = 0;
    if (strcmp(kind, "sound") == 0) {
        struct tr_watch_output *output = output_id[0] != '\0' && strlen(output_id) < TR_NAME_MAX
                                             ? tr_watch_output(unit, output_id)
                                             : NULL;
        if (output != NULL) {
            of_sound(unit, output, json, news.at, now_ns);
        }
        r = output != NULL ? 0 : -EBADMSG;
    } else if (strcmp(kind, "input") != 0) {
        struct tr_watch_station *st =
            id[0] != '\0' && strlen(id) < TR_NAME_MAX ? tr_watch_station(unit, id) : NULL;
        if (st != NULL) {
            st->kind = st->kind == TR_KIND_COUNT ? tr_watch_kind(kind) : st->kind;
            of_station(unit, st, &news);
            tr_watch_follow(st, news.type, news.at, now_ns);
        }
        r = st != NULL ? 0 : -EBADMSG;
    }
    json_decref(json);
    return r;
}

/* --- alerts, availability ---------------------------------------------------------------- */

static int level_of(const char *word)
{
    static const char *const words[TR_LEVEL_COUNT] = {"ok", "at_risk", "late", "critical"};
    int i = TR_LEVEL_COUNT - 1;
    while (i > 0 && strcmp(word, words[i]) != 0) {
        i--;
    }
    return i;
}

/* The state of a station may come a second later. */
static void show_level(struct tr_watch_unit *unit, const struct tr_watch_alert *alert, int level)
{
    if (strcmp(alert->rule, "wait") == 0 && alert->station[0] != '\0') {
        struct tr_watch_station *st = tr_watch_station(unit, alert->station);
        if (st != NULL) {
            st->state.level = level;
        }
    }
}

static void drop_alert(struct tr_watch_unit *unit, struct tr_watch_alert *alert)
{
    const struct tr_watch_alert *end = &unit->alerts[unit->alerts_n--];
    memmove(alert, alert + 1, (size_t)((const char *)end - (const char *)(alert + 1)));
}

/* An outage is told when it is over; how bad it was is in its length. */
static const char *level_words(const struct tr_watch_alert *alert)
{
    return strcmp(alert->rule, "offline") == 0 ? "outage" : tr_watch_level_words[alert->level];
}

static void tell_alert(struct tr_watch_unit *unit, const struct tr_watch_alert *alert, int64_t at)
{
    const bool sensor = alert->sensor[0] != '\0', acked = strcmp(alert->state, "acked") == 0;
    say(unit, at, sensor ? alert->sensor : alert->station,
        acked ? TR_STYLE_AMBER : tr_watch_level_style(alert->level), "", "%s: %s",
        acked ? "acknowledged" : level_words(alert), tr_watch_rule_words(alert->rule, alert->level))
        ->sensor = sensor;
}

int tr_watch_alert(struct tr_watch_unit *unit, const char *id, const char *payload, size_t n)
{
    struct tr_watch_alert *known = NULL;
    for (int i = 0; i < unit->alerts_n && known == NULL; i++) {
        known = strcmp(unit->alerts[i].id, id) == 0 ? &unit->alerts[i] : NULL;
    }
    json_t *json = json_loadb(payload, n, 0, NULL);
    if (n > 0 && !json_is_object(json)) {
        json_decref(json);
        return -EBADMSG;
    }
    struct tr_watch_alert alert = {.level = level_of(text(json, "level")), .since_ms = INT64_MIN};
    snprintf(alert.id, sizeof(alert.id), "%s", id);
    snprintf(alert.rule, sizeof(alert.rule), "%s", text(json, "rule"));
    snprintf(alert.state, sizeof(alert.state), "%s", text(json, "state"));
    snprintf(alert.station, sizeof(alert.station), "%s", text(json, "station"));
    snprintf(alert.sensor, sizeof(alert.sensor), "%s", text(json, "sensor"));
    tr_watch_parse_time(text(json, "since"), &alert.since_ms);
    int64_t at = INT64_MIN;
    tr_watch_parse_time(text(json, "at"), &at);
    json_decref(json);
    if (alert.state[0] == '\0' || strcmp(alert.state, "cleared") == 0) {
        if (known != NULL) {
            const bool sensor = known->sensor[0] != '\0';
            say(unit, at, sensor ? known->sensor : known->station, TR_STYLE_GREEN, "", "%s",
                tr_watch_rule_words(known->rule, TR_LEVEL_OK))
                ->sensor = sensor;
            show_level(unit, known, TR_LEVEL_OK);
            drop_alert(unit, known);
        }
        return 0;
    }
    if (known == NULL && unit->alerts_n == TR_WATCH_ALERTS) {
        return -EBADMSG;
    }
    const bool news =
        known == NULL || strcmp(known->state, alert.state) != 0 || known->level != alert.level;
    known = known == NULL ? &unit->alerts[unit->alerts_n++] : known;
    *known = alert;
    show_level(unit, known, known->level);
    if (news) {
        tell_alert(unit, &alert, at);
    }
    return 0;
}

void tr_watch_sight(struct tr_watch_unit *unit, const struct tr_watch_station *st,
                    enum tr_measuring before, int64_t now_ns)
{
    static const struct {
        enum tr_watch_style style;
        const char *words;
    } told[TR_MEASURING_COUNT] = {
        [TR_MEASURING_FULL] = {TR_STYLE_GREEN, "everything is seen again"},
        [TR_MEASURING_DEGRADED] = {TR_STYLE_AMBER, "only a part is seen: figures are less sure"},
        [TR_MEASURING_BLIND] = {TR_STYLE_RED, "nothing is seen: nobody's wait is measured"},
    };
    const enum tr_measuring m = st->state.measuring;
    if (m != before) {
        const int64_t at = unit->clock.known ? tr_watch_clock_now(&unit->clock, now_ns) : INT64_MIN;
        say(unit, at, st->id, told[m].style, "", "%s", told[m].words);
    }
}

void tr_watch_availability(struct tr_watch_unit *unit, enum tr_watch_availability availability,
                           int64_t now_ns)
{
    if (availability == unit->availability) {
        return;
    }
    const int64_t at = unit->clock.known ? tr_watch_clock_now(&unit->clock, now_ns) : INT64_MIN;
    unit->availability = availability;
    if (availability == TR_WATCH_ONLINE) {
        unit->was_online = true;
        unit->clock.known = false; /* another run may begin at another time */
        say(unit, at, unit->name, TR_STYLE_GREEN, "", "the unit is online");
    } else if (availability == TR_WATCH_OFFLINE) {
        say(unit, at, unit->name, TR_STYLE_RED, "", "the unit is offline");
    }
}
