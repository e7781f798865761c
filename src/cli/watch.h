/**
 * @file watch.h
 * thirdring watch: what a unit says over MQTT, as a picture and as lines.
 *
 *     watch.c           options, the connection, the loop
 *     watch_options.c   the command line
 *     watch_model.c     topics to a picture of the floor
 *     watch_payload.c   the payloads of those topics
 *     watch_news.c      changes told in words
 *     watch_waits.c     open waits between two states
 *     watch_clock.c     the shop's clock, which may run faster than ours
 *     watch_text.c      clipped, padded, harmless text for a terminal
 *     watch_term.c      the terminal itself
 *     watch_screen.c    the picture; watch_panes.c its lower half
 *     watch_summary.c   the day's table
 *
 * Nothing here trusts a payload: whoever may publish on the broker may be
 * malformed, huge, or full of control characters.
 */
#ifndef TR_CLI_WATCH_H
#define TR_CLI_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "thirdring/effect.h"
#include "thirdring/options.h"

enum {
    TR_WATCH_UNITS = 8,
    TR_WATCH_WAITS = 64,  /**< open waits remembered of a station */
    TR_WATCH_ALERTS = 64, /**< of a unit */
    TR_WATCH_NEWS = 64,
    TR_WATCH_LOG = 128,
    TR_WATCH_TEXT = 160,
    TR_WATCH_ID = 2 * TR_NAME_MAX
};

/* --- the shop's clock -------------------------------------------------------- */

/** Wall times of the payloads against our own monotonic clock. */
struct tr_watch_clock {
    bool known;
    bool live; /**< the payloads' time is ours: no demo, no replay */
    int64_t first_ms, first_ns;
    int64_t at_ms, at_ns;
};

/** A live message said it is @p at_ms. @p real_ms is our own wall clock. */
void tr_watch_clock_feed(struct tr_watch_clock *clock, int64_t at_ms, int64_t now_ns,
                         int64_t real_ms);
/** @return shop seconds a second; 0 while not known. */
double tr_watch_clock_rate(const struct tr_watch_clock *clock);
/** @return the shop's time now, going on between messages; ms. */
int64_t tr_watch_clock_now(const struct tr_watch_clock *clock, int64_t now_ns);
/** RFC 3339 with ms to Unix ms. @return false: it is none. */
bool tr_watch_parse_time(const char *text, int64_t *ret_ms);
/** Local time is that of @p zone from now on; safe while threads run.
 *  Call once with NULL before there are any. */
void tr_watch_zone(const char *zone);
enum tr_watch_time { TR_TIME_CLOCK, TR_TIME_TITLE, TR_TIME_DAY };
/** A Unix time in ms as local time. @return @p buf. */
const char *tr_watch_format_time(int64_t ms, enum tr_watch_time how, char *buf, size_t cap);

/* --- text for a terminal ----------------------------------------------------- */

enum tr_watch_style {
    TR_STYLE_PLAIN,
    TR_STYLE_DIM,
    TR_STYLE_BOLD,
    TR_STYLE_GREEN,
    TR_STYLE_AMBER,
    TR_STYLE_RED,
    TR_STYLE_ALARM, /**< white on red */
    TR_STYLE_BLUE,
    TR_STYLE_CYAN,
    TR_STYLE_TITLE, /**< white on blue */
    TR_STYLE_COUNT
};

enum tr_watch_glyph {
    TR_GLYPH_FULL,
    TR_GLYPH_EMPTY,
    TR_GLYPH_BAR,
    TR_GLYPH_TRACK,
    TR_GLYPH_RULE,
    TR_GLYPH_NOTE,
    TR_GLYPH_DOTS,
    TR_GLYPH_TIMES,
    TR_GLYPH_STAR,
    TR_GLYPH_ALERT,
    TR_GLYPH_COUNT
};

/** What a stream may show besides letters. */
enum tr_watch_ink { TR_INK_NONE, TR_INK_MONO, TR_INK_COLOUR, TR_INK_COUNT };

/** One line under construction. */
struct tr_watch_out {
    FILE *to;
    bool utf8;
    enum tr_watch_ink ink;
    int width; /**< columns of a line; nothing is written beyond */
    int col;   /**< columns written */
};

const char *tr_watch_glyph(const struct tr_watch_out *out, enum tr_watch_glyph glyph);
/** Write what fits. Control characters and what is not UTF-8 become '?'. */
void tr_watch_put(struct tr_watch_out *out, enum tr_watch_style style, const char *text);
/** As tr_watch_put(), clipped (and said so by an ellipsis) or padded to @p width;
 *  negative: to the right. */
void tr_watch_cell(struct tr_watch_out *out, enum tr_watch_style style, int width,
                   const char *text);
__attribute__((format(printf, 4, 5))) void tr_watch_cellf(struct tr_watch_out *out,
                                                          enum tr_watch_style style, int width,
                                                          const char *format, ...);
/** @p n times a glyph. */
void tr_watch_repeat(struct tr_watch_out *out, enum tr_watch_style style, enum tr_watch_glyph glyph,
                     int n);
/** @return columns of @p text as tr_watch_put() would write it. */
int tr_watch_columns(const struct tr_watch_out *out, const char *text);

/* --- the model --------------------------------------------------------------- */

struct tr_watch_state {
    bool known, acked, open;
    bool at_least;               /**< more may wait than can be seen */
    enum tr_measuring measuring; /**< how much of the station is seen */
    double coverage_pct;         /**< of today's opening time; NAN: not open yet */
    int waiting, people, in_service, rings, level, streak, arrivals, served;
    double oldest_s, threshold_s; /**< threshold_s NAN: no target */
    double today_pct;             /**< NAN: nothing counted */
    int64_t got_ns;
};

struct tr_watch_metrics {
    bool known;
    int64_t arrivals, answered, abandoned, expired;
    int64_t votes, score_sum;
    int64_t day_counted, day_answered, day_unsure;
    double day_low_pct, day_high_pct, coverage_pct;
    double day_pct, p50_s, p90_s, p95_s; /**< of the day; NAN: none */
};

struct tr_watch_wait {
    char id[TR_WATCH_ID];
    double threshold_s; /**< in force when it opened */
    int64_t opened_ms;
    int rings;  /**< telephone: counted bursts */
    bool apart; /**< went out, or was called: not waiting just now */
    int party;
};

struct tr_watch_station {
    char id[TR_NAME_MAX], name[TR_NAME_MAX];
    enum tr_station_kind kind; /**< TR_KIND_COUNT: not told yet */
    int rings;                 /**< 0: no target in rings */
    double target_s, percent;  /**< NAN: no target */
    struct tr_watch_state state;
    struct tr_watch_metrics metrics;
    int64_t votes_since, score_since; /**< news since the metrics */
    struct tr_watch_wait waits[TR_WATCH_WAITS];
    unsigned waits_next;
    unsigned nobody; /**< states in a row that say that nobody waits */
    bool followed;   /**< waits is complete: it agreed with the last state */
};

struct tr_watch_sensor {
    char id[TR_NAME_MAX], name[TR_NAME_MAX];
    char health[16]; /**< empty: not told */
};

struct tr_watch_output {
    char id[TR_NAME_MAX], name[TR_NAME_MAX];
    bool buzzer, known, on;
    char sound[16]; /**< the last it spoke */
    int bursts;
    char station[TR_NAME_MAX]; /**< for whom: an id; empty: nobody in particular */
    int64_t sound_ns;          /**< when we heard of it; 0: never */
};

struct tr_watch_alert {
    char id[TR_WATCH_ID];
    char rule[16], state[16], station[TR_NAME_MAX], sensor[TR_NAME_MAX];
    int level;
    int64_t since_ms;
};

/** Something that happened, in words. */
struct tr_watch_line {
    int64_t at_ms;         /**< INT64_MIN: no time was told */
    char who[TR_NAME_MAX]; /**< id of a station or (sensor) a sensor, or a name: tr_watch_who() */
    bool sensor;
    char what[TR_WATCH_TEXT], verdict[16];
    enum tr_watch_style style;
};

/** A message going by. */
struct tr_watch_entry {
    char topic[TR_WATCH_ID], payload[TR_WATCH_TEXT];
};

enum tr_watch_availability { TR_WATCH_UNKNOWN, TR_WATCH_ONLINE, TR_WATCH_OFFLINE };

struct tr_watch_unit {
    char site[TR_NAME_MAX], unit[TR_NAME_MAX], name[TR_NAME_MAX], timezone[TR_NAME_MAX];
    enum tr_watch_availability availability;
    bool was_online;  /**< since we watch */
    bool informed;    /**< names and targets are known */
    int64_t first_ns; /**< when it first spoke */
    struct tr_watch_clock clock;
    struct tr_watch_station stations[TR_STATIONS_MAX];
    int stations_n;
    struct tr_watch_sensor sensors[TR_SENSORS_MAX];
    int sensors_n;
    struct tr_watch_output outputs[TR_OUTPUTS_MAX];
    int outputs_n;
    struct tr_watch_alert alerts[TR_WATCH_ALERTS]; /**< those that stand, oldest first */
    int alerts_n;
    struct tr_watch_line news[TR_WATCH_NEWS]; /**< a ring: news[(news_n - 1) % size] is the last */
    uint64_t news_n;
    struct tr_watch_entry log[TR_WATCH_LOG]; /**< a ring too */
    uint64_t log_n;
};

struct tr_watch_model {
    char base[TR_NAME_MAX], site[TR_NAME_MAX], unit[TR_NAME_MAX]; /**< empty: whichever comes */
    struct tr_watch_unit *units[TR_WATCH_UNITS];
    int units_n;
    int chosen;             /**< index; -1: none yet */
    char zone[TR_NAME_MAX]; /**< time zone in use */
    uint64_t malformed;
};

struct tr_mqtt_message;

/** Fold one message into the model. @p real_ms is our wall clock.
 *  @return 0; -EBADMSG: not a message of ours, or malformed: counted and ignored;
 *          -ENOMEM. */
int tr_watch_message(struct tr_watch_model *model, const struct tr_mqtt_message *msg,
                     int64_t now_ns, int64_t real_ms);
/** @return the unit to show; NULL: none spoke yet. */
struct tr_watch_unit *tr_watch_chosen(const struct tr_watch_model *model);
void tr_watch_model_fini(struct tr_watch_model *model);

/** Find by id, or add at the end. @return NULL: no room. */
struct tr_watch_station *tr_watch_station(struct tr_watch_unit *unit, const char *id);
struct tr_watch_sensor *tr_watch_sensor(struct tr_watch_unit *unit, const char *id);
struct tr_watch_output *tr_watch_output(struct tr_watch_unit *unit, const char *id);
/** @return the name of a station; its id where it has none; "" for "". */
const char *tr_watch_station_name(const struct tr_watch_unit *unit, const char *id);
const char *tr_watch_sensor_name(const struct tr_watch_unit *unit, const char *id);
/** @return whom a line is about, by the names known now. */
const char *tr_watch_who(const struct tr_watch_unit *unit, const struct tr_watch_line *line);

/** @return TR_KIND_COUNT: no kind of station. */
enum tr_station_kind tr_watch_kind(const char *word);

/* Payloads: each @return 0, -EBADMSG. */
int tr_watch_info(struct tr_watch_unit *unit, const char *json, size_t n);
int tr_watch_station_state(struct tr_watch_station *st, const char *json, size_t n, int64_t now_ns);
int tr_watch_station_metrics(struct tr_watch_station *st, const char *json, size_t n);
/** "event_type=arrived party=2 …": a payload for a narrow line. */
void tr_watch_shorten(const char *payload, size_t n, char *buf, size_t cap);

/* News: each appends to unit->news what is worth a line. @return 0, -EBADMSG. */
int tr_watch_event(struct tr_watch_unit *unit, const char *kind, const char *json, size_t n,
                   int64_t now_ns, int64_t real_ms);
int tr_watch_alert(struct tr_watch_unit *unit, const char *id, const char *json, size_t n);
/** A state came: does the station see more or less than in the one @p before? */
void tr_watch_sight(struct tr_watch_unit *unit, const struct tr_watch_station *st,
                    enum tr_measuring before, int64_t now_ns);
void tr_watch_availability(struct tr_watch_unit *unit, enum tr_watch_availability availability,
                           int64_t now_ns);
/* Open waits. */
/** @return NULL: not known. */
struct tr_watch_wait *tr_watch_find_wait(struct tr_watch_station *st, const char *id);
void tr_watch_open_wait(struct tr_watch_station *st, const char *id, int64_t at_ms);
/** A state came: are the waits we know those that it counts? */
void tr_watch_compare(struct tr_watch_station *st);
/** News came: bring the state up to it, where the waits are all known. */
void tr_watch_follow(struct tr_watch_station *st, const char *type, int64_t at_ms, int64_t now_ns);

/** "someone waits too long", …; level ok: that it is over. */
const char *tr_watch_rule_words(const char *rule, int level);
extern const char *const tr_watch_level_words[TR_LEVEL_COUNT];
enum tr_watch_style tr_watch_level_style(int level);
/** What a sound sounds like: "ring ring ring". */
void tr_watch_sound_words(const char *sound, int bursts, char *buf, size_t cap);

/* --- showing ----------------------------------------------------------------- */

/** What the screen tells besides the model. */
struct tr_watch_view {
    int rows, columns;
    bool utf8, demo, connected;
    enum tr_watch_ink ink;
    const char *uri;
    const char *page;    /**< the demo's page for managers, to be named; NULL: none */
    const char *trouble; /**< the connection's last word; empty: none */
    int64_t now_ns;
};

/** Write a whole frame, cursor movements included. */
void tr_watch_draw(FILE *to, const struct tr_watch_model *model, const struct tr_watch_view *view);
/** Its lower half, from row @p row on. */
void tr_watch_draw_panes(FILE *to, const struct tr_watch_model *model,
                         const struct tr_watch_view *view, int row);
/** Begin row @p row of a frame; below the screen nothing is written. */
struct tr_watch_out tr_watch_row(FILE *to, const struct tr_watch_view *view, int row);
/** One line per event. */
void tr_watch_print_line(struct tr_watch_out *out, const struct tr_watch_unit *unit,
                         const struct tr_watch_line *line, int who_width);
/** The day's table. */
void tr_watch_print_summary(struct tr_watch_out *out, const struct tr_watch_unit *unit);

/** Take the terminal: alternate screen, no cursor, no echo. */
void tr_watch_term_enter(void);
/** Give it back as it was. Twice is harmless. */
void tr_watch_term_leave(void);
/** The terminal's size; 24 x 80 where it does not tell. */
void tr_watch_term_size(int *ret_rows, int *ret_columns);
/** May text be UTF-8, by the locale? */
bool tr_watch_term_utf8(void);
/** What this stream may show, by NO_COLOR and TERM. */
enum tr_watch_ink tr_watch_term_ink(FILE *to);

/* --- the command line -------------------------------------------------------- */

struct tr_watch_options {
    struct tr_mqtt_options mqtt;
    char site[TR_NAME_MAX], unit[TR_NAME_MAX]; /**< empty: any */
    char timezone[TR_NAME_MAX];                /**< empty: not known yet */
    bool plain, demo, until_offline;
    const char *page; /**< of the demo, its managers' page; NULL: not told */
};

enum { TR_WATCH_HELPED = -1 };

/** @return EX_OK to go on, TR_WATCH_HELPED, or the exit code. */
int tr_watch_parse(int argc, char **argv, struct tr_watch_options *ret);

#endif
