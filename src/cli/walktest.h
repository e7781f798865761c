/**
 * @file walktest.h
 * thirdring walktest: through every sensor and output of a configuration, once.
 *
 *     walktest.c          from start to end, the loop
 *     walktest_options.c  the command line
 *     walktest_link.c     the lines themselves, or the other way
 *     walktest_line.c     one line: edges to changes, bounces, noise          (pure)
 *     walktest_order.c    which steps there are                              (pure)
 *     walktest_steps.c    what is asked next, and what came of it             (pure)
 *     walktest_judge.c    findings, what to change, the verdict               (pure)
 *     walktest_words.c    sentences                                           (pure)
 *     walktest_remote.c   a running thirdringd's word for them, over MQTT
 *     walktest_show.c     a screen
 *     walktest_lines.c    lines, and how it ended
 *     walktest_record.c   the commissioning record: file, paper, broker
 *
 * The pure parts know no clock: every time comes in, in ns of the source's own.
 */
#ifndef TR_CLI_WALKTEST_H
#define TR_CLI_WALKTEST_H

#include <stdio.h>

#include "cli/cli.h"
#include "cli/watch.h"
#include "codec/commissioning.h"
#include "config/config.h"

/* --- one line ---------------------------------------------------------------- */

enum { TR_WALK_GAPS = 64 /**< between the edges of one burst; more is noise */ };

/** Raw edges of one line. Edges close together are one burst, which is a change, a short
 *  pulse, or nothing but noise. */
struct tr_walk_line {
    enum tr_sensor_type type;
    int8_t level;   /**< as it reads now; -1: not known */
    int8_t settled; /**< before the burst that is under way */
    int64_t last_ns;
    int64_t burst_ns; /**< its first edge */
    uint32_t burst_n; /**< its edges; 0: none under way */
    int64_t gap[TR_WALK_GAPS];
    uint32_t edges, lost, changes, bounces, spikes;
    uint32_t histogram[TR_BOUNCE_BUCKETS];
    int64_t longest_ns;
    int64_t window_ns; /**< changes are counted from here, for flapping */
    uint32_t window_n;
    int32_t unsteady_per_s; /**< changes a second of a line that hums or flaps; 0: steady */
};

/** What a burst was. */
struct tr_walk_change {
    int n;         /**< 0: nothing; 1: to level; 2: to !level and back to level */
    int8_t level;  /**< as it is now */
    int64_t at_ns; /**< of the first edge */
};

void tr_walk_line_init(struct tr_walk_line *line, enum tr_sensor_type type);
/** The line was read (no edge). */
void tr_walk_line_level(struct tr_walk_line *line, bool level);
/** An edge. @param ret What the burst before it was, where this one begins another. */
void tr_walk_line_edge(struct tr_walk_line *line, bool level, int64_t at_ns,
                       struct tr_walk_change *ret);
/** Time has come to @p now_ns: is the burst over? */
void tr_walk_line_tick(struct tr_walk_line *line, int64_t now_ns, struct tr_walk_change *ret);
/** @return when tr_walk_line_tick() may end a burst; INT64_MAX. */
int64_t tr_walk_line_deadline(const struct tr_walk_line *line);
/** @return a debounce with a margin (twice the longest bounce, rounded up); 0: none was seen. */
int64_t tr_walk_suggest(int64_t longest_ns);

/* --- the test ------------------------------------------------------------------ */

enum tr_walk_step_kind {
    TR_WALK_REST, /**< nobody touches anything */
    TR_WALK_INPUT,
    TR_WALK_GATE,
    TR_WALK_OUTPUT
};

struct tr_walk_step {
    enum tr_walk_step_kind kind;
    int16_t index; /**< sensor, gate or output */
};

enum tr_walk_phase {
    TR_WALK_ASK,  /**< for the first thing to happen */
    TR_WALK_BACK, /**< for the line to come back to rest */
    TR_WALK_TOLD, /**< decided; shown for a moment */
    TR_WALK_OVER
};

enum { TR_WALK_STEPS = 1 + TR_SENSORS_MAX + TR_GATES_MAX + TR_OUTPUTS_MAX };

struct tr_walk_options {
    int64_t step_ns;  /**< a step waits so long; 0: for ever */
    int64_t whole_ns; /**< the whole test */
    int32_t times;    /**< actuations asked of each input, at least 1 */
    bool yes;         /**< outputs are taken as seen */
};

enum tr_walk_news_kind { TR_WALK_ASKED, TR_WALK_CHANGED, TR_WALK_DECIDED };

/** Something that happened, for who shows it. */
struct tr_walk_news {
    enum tr_walk_news_kind kind;
    int step;       /**< index: asked for, under way, or decided */
    int16_t sensor; /**< CHANGED */
    bool level;     /**< CHANGED: to */
    bool asked;     /**< CHANGED: it is what was asked for, or may be */
};

enum { TR_WALK_NEWS = 512 };

struct tr_walk {
    const struct tr_plan *plan; /**< borrowed */
    struct tr_walk_options opt;
    struct tr_commissioning *record; /**< borrowed; results are written as they come */
    struct tr_walk_line line[TR_SENSORS_MAX];
    struct tr_walk_step step[TR_WALK_STEPS];
    int steps_n, at;
    enum tr_walk_phase phase;
    bool begun;
    int64_t now_ns, began_ns, step_ns, told_ns;
    int32_t cycles; /**< complete actuations of the asked input */
    int64_t on_ns[TR_SENSORS_MAX], mark_ns[TR_SENSORS_MAX]; /**< active while nobody touched it */
    uint8_t other[TR_SENSORS_MAX];          /**< in this step: 1 went, 2 came back too */
    int64_t other_ns;                       /**< when another one last came back */
    int64_t outer_ns, inner_ns;             /**< of a gate; INT64_MIN: not yet */
    struct tr_walk_news news[TR_WALK_NEWS]; /**< a ring, news[(news_n - 1) % size] the last */
    uint32_t news_n;
    uint32_t good_n, bad_n; /**< steps decided so, for who beeps */
    uint32_t driven_n;      /**< drives of an output begun, for who must ask for them */
};

/**
 * @param ids     Sensors, gates and outputs in the order wanted, NULL-terminated; empty or
 *                NULL: all. Each must exist (tr_walk_knows()).
 * @param record  Its results are set to "not tested".
 */
void tr_walk_init(struct tr_walk *walk, const struct tr_plan *plan,
                  const struct tr_walk_options *opt, const char *const *ids,
                  struct tr_commissioning *record);
/** @return whether @p id is a sensor, gate or output of @p plan. */
bool tr_walk_knows(const struct tr_plan *plan, const char *id);

/** Time comes to @p now_ns. The first call begins the test. */
void tr_walk_tick(struct tr_walk *walk, int64_t now_ns);
/** A line was read; no edge. */
void tr_walk_level(struct tr_walk *walk, int sensor, bool level);
/** An edge; what was due before it happens first. */
void tr_walk_edge(struct tr_walk *walk, int sensor, bool level, int64_t at_ns);
/** @p n edges were lost before the next one. */
void tr_walk_lost(struct tr_walk *walk, int sensor, uint32_t n);
/**
 * A key: s skip, r again, b back, n "nothing comes" or "not seen", y "seen", q end. Others
 * and those that mean nothing now are ignored.
 * @return whether it meant something.
 */
bool tr_walk_key(struct tr_walk *walk, char key);
/** @return when tr_walk_tick() is next needed; INT64_MAX. */
int64_t tr_walk_deadline(const struct tr_walk *walk);
bool tr_walk_over(const struct tr_walk *walk);
/** End now; what was not asked stays "not tested". */
void tr_walk_end(struct tr_walk *walk);
/** @return the present step; NULL: over. */
const struct tr_walk_step *tr_walk_now(const struct tr_walk *walk);
/** @return the output that must be on now; TR_NONE. */
int tr_walk_driven(const struct tr_walk *walk);
/** @return what came of a step so far; of the rest, "good". */
enum tr_commission_result tr_walk_result(const struct tr_walk *walk,
                                         const struct tr_walk_step *step);
/** How long an output is driven. */
int64_t tr_walk_drive_ns(const struct tr_plan *plan, int output);

/* --- the judgement --------------------------------------------------------------- */

/** Fill findings and verdict from the results. @p chip is gpio.chip, the default label. */
void tr_walk_judge(struct tr_commissioning *record, const char *chip);

/* --- words ------------------------------------------------------------------------- */

enum { TR_WALK_WORDS = 400 };

/** What the installer is to do: "Press it, then let go: Front door, greet button". */
void tr_walk_ask(const struct tr_plan *plan, const struct tr_walk_step *step, char *buf,
                 size_t cap);
/** What it is, as the wiring sheet says: "Front door, greet button". */
void tr_walk_what(const struct tr_plan *plan, int sensor, char *buf, size_t cap);
/** Where its wire ends: "GPIO12, pin 32". */
void tr_walk_where(const char *chip, const struct tr_line *line, char *buf, size_t cap);
/** The id of what a step is about; "" for the rest. */
const char *tr_walk_id(const struct tr_plan *plan, const struct tr_walk_step *step);
/** What came of it, in a few words: "good, no bounce in 2 edges". */
void tr_walk_told(const struct tr_commissioning *record, const struct tr_walk_step *step, char *buf,
                  size_t cap);
/** "1 up to 0.5 ms, 3 up to 1 ms"; empty where none bounced. */
void tr_walk_histogram(const struct tr_commission_input *in, char *buf, size_t cap);
/** "0.4 ms". @return @p buf. */
const char *tr_walk_ms(int64_t ns, char *buf, size_t cap);

/* --- the command line --------------------------------------------------------------- */

enum { TR_WALK_IDS = TR_SENSORS_MAX + TR_GATES_MAX + TR_OUTPUTS_MAX };

struct tr_walk_request {
    struct tr_walk_options opt;
    const char *file, *broker; /**< broker NULL: the configuration's */
    const char *record, *html, *by;
    const char *sets[TR_CLI_SETS_MAX + 1];
    const char *ids[TR_WALK_IDS + 1];
    int sets_n, ids_n;
    bool seconds_given, daemon, publish, plain, quiet;
};

enum { TR_WALK_HELPED = -1 };

/** @return EX_OK to go on, TR_WALK_HELPED, or the exit code, told. */
int tr_walk_parse(int argc, char **argv, struct tr_walk_request *ret);

/* --- the lines ------------------------------------------------------------------------- */

struct tr_walk_link;

/**
 * Open the lines; where thirdringd holds them, ask it over MQTT instead.
 * @param ret_link On success.
 * @return EX_OK or the exit code, told on stderr.
 */
int tr_walk_link_open(const struct tr_config *cfg, const struct tr_walk_request *req,
                      struct tr_walk_link **ret_link);
/** @return an fd to wait for. */
int tr_walk_link_fd(const struct tr_walk_link *link);
/** Take what came and let time pass in @p walk. @return EX_OK, or an exit code, told in
 *  tr_walk_link_trouble(): it cannot go on. */
int tr_walk_link_turn(struct tr_walk_link *link, struct tr_walk *walk);
/** @return CLOCK_MONOTONIC ns of the next turn that is due. */
int64_t tr_walk_link_deadline(const struct tr_walk_link *link, const struct tr_walk *walk);
/** Drive an output, or not; beep. Called after every turn. */
void tr_walk_link_outputs(struct tr_walk_link *link, struct tr_walk *walk);
/** Nobody is there to answer: a trace that has ended is waited for no longer. */
void tr_walk_link_alone(struct tr_walk_link *link);
enum tr_commission_source tr_walk_link_source(const struct tr_walk_link *link);
/** What was opened, for a line. */
const char *tr_walk_link_describe(const struct tr_walk_link *link);
/** Empty: all is well. */
const char *tr_walk_link_trouble(const struct tr_walk_link *link);
/** End the mode, release the lines. NULL is a no-op. */
void tr_walk_link_close(struct tr_walk_link *link);

/* --- showing ------------------------------------------------------------------------------ */

struct tr_walk_show {
    const struct tr_config *cfg;
    const struct tr_walk *walk;
    bool screen, utf8, keys;
    enum tr_watch_ink ink;
    int rows, columns;
    const char *source, *trouble;
    uint32_t told_n; /**< lines: of walk->news */
};

/** Write a whole frame, cursor movements included. */
void tr_walk_frame(FILE *to, const struct tr_walk_show *show);
/** @return bytes of @p text that go on a line of so many columns, broken at a space. */
size_t tr_walk_break(const char *text, int columns);
/** Print what is new as lines. */
void tr_walk_lines(FILE *to, struct tr_walk_show *show);
/** Print the end: what was found, what to change, the verdict. */
void tr_walk_summary(FILE *to, const struct tr_walk_show *show, const struct tr_commissioning *c);

/* --- the record ---------------------------------------------------------------------------- */

/** Can it be written where the request says? Before an hour is walked for it. @return EX_OK or
 *  the exit code, told. */
int tr_walk_record_try(const struct tr_walk_request *req);
/** Write the record as the request says. @return EX_OK or the exit code, told. */
int tr_walk_record_write(const struct tr_commissioning *c, const struct tr_walk_request *req);
/** Publish it, retained. @p broker NULL: the configuration's. @return as
 *  tr_walk_record_write(). */
int tr_walk_record_publish(const struct tr_commissioning *c, const struct tr_config *cfg,
                           const char *broker);
/** The printable page. */
void tr_walk_record_html(FILE *to, const struct tr_commissioning *c);

#endif
