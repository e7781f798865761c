/* What Home Assistant is told of a station. */
#include <stdio.h>

#include "codec/hass_private.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* --- which station has what ----------------------------------------------------------- */

static bool waits(const struct tr_hass_at *at)
{
    return tr_hass_station(at)->kind != TR_KIND_FEEDBACK;
}

static bool can(const struct tr_hass_at *at, enum tr_alert_rule rule)
{
    return tr_plan_can_alert(tr_hass_plan(at), rule, at->index);
}

/* Someone can wait too long where a promise was made. */
static bool promises(const struct tr_hass_at *at)
{
    return can(at, TR_RULE_WAIT);
}

static bool can_wait(const struct tr_hass_at *at)
{
    return can(at, TR_RULE_WAIT);
}

static bool can_length(const struct tr_hass_at *at)
{
    return can(at, TR_RULE_LENGTH);
}

static bool can_burn(const struct tr_hass_at *at)
{
    return can(at, TR_RULE_BURNING);
}

static bool knows_staff(const struct tr_hass_at *at)
{
    const struct tr_station *st = tr_hass_station(at);
    for (int i = 0; st->kind == TR_KIND_QUEUE && i < st->u.queue.positions_n; i++) {
        if (st->u.queue.positions[i].staffed != TR_NONE) {
            return true;
        }
    }
    return false;
}

static bool staff_panel(const struct tr_hass_at *at)
{
    const struct tr_station *st = tr_hass_station(at);
    return st->kind == TR_KIND_FEEDBACK && st->audience == TR_AUDIENCE_STAFF;
}

/* A staff panel says how last week was, and nothing sooner or finer (RULES 20). */
static bool not_staff_panel(const struct tr_hass_at *at)
{
    return !staff_panel(at);
}

static bool votes(const struct tr_hass_at *at)
{
    return !waits(at) && !staff_panel(at);
}

static bool can_ack(const struct tr_hass_at *at)
{
    return at->hass->command[TR_COMMAND_ACK] && (can_wait(at) || can_length(at) || can_burn(at));
}

static bool can_count(const struct tr_hass_at *at)
{
    return at->hass->command[TR_COMMAND_SET_COUNT] && tr_hass_station(at)->kind == TR_KIND_QUEUE;
}

/* --- news ------------------------------------------------------------------------------- */

#define NEWS(word) (1U << TR_NEWS_##word)
#define OF_WAITS                                                                                   \
    (NEWS(ARRIVED) | NEWS(ANSWERED) | NEWS(ABANDONED) | NEWS(EXPIRED) | NEWS(VOID) |               \
     NEWS(UNKNOWN) | NEWS(STREAK) | NEWS(HELD_BACK))

/* Exactly what a kind can say: Home Assistant drops an event of another type with a warning. */
static const unsigned kind_news[TR_KIND_COUNT] = {
    [TR_KIND_GREETING] = OF_WAITS | NEWS(JOINED_PARTY) | NEWS(LATE_VOID),
    [TR_KIND_QUEUE] = OF_WAITS | NEWS(JOINED_PARTY) | NEWS(SERVED) | NEWS(MISSED_JOIN) |
                      NEWS(AWAY) | NEWS(BACK) | NEWS(CALLED),
    [TR_KIND_CALL] = OF_WAITS | NEWS(PRIORITY),
    [TR_KIND_PHONE] = OF_WAITS | NEWS(RING) | NEWS(SERVED),
    [TR_KIND_FEEDBACK] = NEWS(VOTE),
};

static void write_news(struct tr_jsonw *w, const struct tr_hass_at *at,
                       const struct tr_hass_row *row)
{
    (void)row;
    const struct tr_station *st = tr_hass_station(at);
    const char *words[TR_NEWS_COUNT];
    size_t n = 0;
    for (int i = 0; i < TR_NEWS_COUNT; i++) {
        if ((kind_news[st->kind] & (1U << i)) != 0) {
            words[n++] = tr_news_name[i];
        }
    }
    tr_hass_write_event(w, at, tr_station_kind_name[st->kind], st->id, words, n);
}

/* --- commands ---------------------------------------------------------------------------- */

static void write_ack(struct tr_jsonw *w, const struct tr_hass_at *at,
                      const struct tr_hass_row *row)
{
    char payload[TR_ID_MAX + 24];
    snprintf(payload, sizeof(payload), "{\"station\":\"%s\"}", tr_hass_station(at)->id);
    tr_hass_write_command(w, at, row, "payload_press", payload);
}

static void write_count(struct tr_jsonw *w, const struct tr_hass_at *at,
                        const struct tr_hass_row *row)
{
    char payload[TR_ID_MAX + 64];
    tr_hass_topic_member(w, at, "state_topic", "station", tr_hass_station(at)->id, "state");
    tr_jsonw_put_string(w, "value_template", "{{ " TR_HASS_GET("waiting") " }}");
    snprintf(payload, sizeof(payload), "{\"station\":\"%s\",\"count\":{{ value|int }}}",
             tr_hass_station(at)->id);
    tr_hass_write_command(w, at, row, "command_template", payload);
    static const struct {
        const char *key;
        int value;
    } range[] = {{"min", 0}, {"max", TR_WAITS_MAX}, {"step", 1}}; /* as the command has it */
    for (size_t i = 0; i < N(range); i++) {
        tr_jsonw_key(w, range[i].key);
        tr_jsonw_int(w, range[i].value);
    }
    tr_jsonw_put_string(w, "mode", "box");
}

/* --- rows ---------------------------------------------------------------------------------- */

static const char *const level_options[] = {"ok", "at_risk", "late", "critical", NULL};
static const char *const measuring_options[] = {"full", "degraded", "blind", NULL};

#define FIGURE .platform = TR_HASS_P_SENSOR, .write = tr_hass_write_figure
#define NOW    .state_class = "measurement"
#define EVER   .state_class = "total_increasing"
#define TIME   .device_class = "duration", .unit = "s", NOW
#define SHARE  .unit = "%", NOW
#define WORD   .device_class = "enum"
#define DETAIL .flags = TR_HASS_DIAGNOSTIC | TR_HASS_HIDDEN
#define ALERT  .platform = TR_HASS_P_BINARY_SENSOR, .write = tr_hass_write_alert

/* clang-format off: one row, one line or two */
static const struct tr_hass_row rows[] = {
    {"waiting", "waiting", waits, FIGURE, .topic = "state", .value = "waiting", NOW},
    {"oldest_wait", "oldest wait", waits, FIGURE, .topic = "state", .value = "oldest_wait_s", TIME},
    {"level", "level", waits, FIGURE, .topic = "state", WORD, .options = level_options,
     .value = "{{ {0:'ok',1:'at_risk',2:'late',3:'critical'}.get(" TR_HASS_GET("level") ") }}"},
    {"today_pct", "service level today", promises, FIGURE, .topic = "state", .value = "today_pct",
     SHARE},
    {"streak", "kept in a row", promises, FIGURE, .topic = "state", .value = "streak", NOW},
    {"staffed", "staffed", knows_staff, FIGURE, .topic = "state", .value = "staffed", NOW},
    {"measuring", "measuring", not_staff_panel, FIGURE, .topic = "state", .value = "measuring",
     WORD, .options = measuring_options, .flags = TR_HASS_DIAGNOSTIC},
    {"coverage_pct", "coverage today", not_staff_panel, FIGURE, .topic = "state",
     .value = "coverage_pct", SHARE, .flags = TR_HASS_DIAGNOSTIC},
    {"window_pct", "service level", promises, FIGURE, .topic = "metrics",
     .value = "service_level_pct", SHARE},
    {"p50", "typical wait today", waits, FIGURE, .topic = "metrics", .value = "day_p50_s", TIME,
     .flags = TR_HASS_HIDDEN},
    {"p90", "nine-in-ten wait today", waits, FIGURE, .topic = "metrics", .value = "day_p90_s",
     TIME},
    {"arrivals", "arrivals", waits, FIGURE, .topic = "metrics", .value = "arrivals", EVER},
    {"answered", "answered", waits, FIGURE, .topic = "metrics", .value = "answered", EVER},
    {"abandoned", "abandoned", waits, FIGURE, .topic = "metrics", .value = "abandoned", EVER},
    {"expired", "expired", waits, FIGURE, .topic = "metrics", .value = "expired", EVER, DETAIL},
    {"void", "void", waits, FIGURE, .topic = "metrics", .value = "void", EVER, DETAIL},
    {"unknown", "ended unseen", waits, FIGURE, .topic = "metrics", .value = "unknown", EVER,
     DETAIL},
    {"votes", "votes", votes, FIGURE, .topic = "metrics", .value = "votes", EVER},
    {"score", "mean score", votes, FIGURE, .topic = "metrics", NOW,
     .value = "{% set v = value_json|default({}) %}{{ (v.get('vote_score_sum',0) / v.get('votes'))"
              "|round(1) if v.get('votes') else none }}"},
    {"discarded", "votes discarded", votes, FIGURE, .topic = "metrics", .value = "votes_discarded",
     EVER, DETAIL},
    {"tied", "votes tied to a wait", votes, FIGURE, .topic = "metrics", .value = "votes_tied", EVER,
     DETAIL},
    {"votes_week", "votes last week", staff_panel, FIGURE, .topic = "metrics",
     .value = "week_votes", NOW},
    {"score_week", "mean score last week", staff_panel, FIGURE, .topic = "metrics",
     .value = "week_score_mean", NOW},
    {"wait_alert", "waits too long", can_wait, ALERT, .what = TR_RULE_WAIT},
    {"length_alert", "line too long", can_length, ALERT, .what = TR_RULE_LENGTH},
    {"burning_alert", "too many late", can_burn, ALERT, .what = TR_RULE_BURNING},
    {"event", "event", not_staff_panel, write_news, .platform = TR_HASS_P_EVENT},
    {"ack", "acknowledge", can_ack, write_ack, .platform = TR_HASS_P_BUTTON,
     .what = TR_COMMAND_ACK},
    {"set_count", "count by hand", can_count, write_count, .platform = TR_HASS_P_NUMBER,
     .what = TR_COMMAND_SET_COUNT},
};
/* clang-format on */

const struct tr_hass_table tr_hass_station_table = {TR_HASS_STATION, rows, N(rows)};
