/**
 * @file trace.h
 * The trace format (DESIGN §5): text edges to events. Reads a stream, keeps
 * nothing but the current line; fast enough for half a million edges/s.
 */
#ifndef TR_CODEC_TRACE_H
#define TR_CODEC_TRACE_H

#include <stddef.h>

#include "thirdring/event.h"
#include "thirdring/plan.h"

struct tr_trace;

enum { TR_TRACE_ERROR_MAX = 512 };

enum tr_trace_item_kind {
    TR_TRACE_EVENT, /**< EDGE, GAP, COMMAND or CLOCK (wall_offset_ms: see there) */
    TR_TRACE_DOWN,  /**< nobody watches for down_ns from ev.at on; 0 for !restart */
};

/** One line of a trace. ev.at is ns since the trace's start. */
struct tr_trace_item {
    enum tr_trace_item_kind kind;
    struct tr_event ev;
    int64_t down_ns;
};

/**
 * Open and read the header, up to the first edge.
 *
 * @param path       "-" is standard input.
 * @param plan       Names the sensors; borrowed until closed.
 * @param ret_trace  On success; the caller owns it.
 * @param reterr     On failure "file:line: what was found, what was expected";
 *                   TR_TRACE_ERROR_MAX bytes.
 * @return 0; -EINVAL malformed; -ENOMEM; or -errno from opening.
 */
int tr_trace_open(const char *path, const struct tr_plan *plan, struct tr_trace **ret_trace,
                  char *reterr);

/** As tr_trace_open(), over @p n bytes of memory, called @p name in errors. */
int tr_trace_open_memory(const char *name, const void *text, size_t n, const struct tr_plan *plan,
                         struct tr_trace **ret_trace, char *reterr);

/** @param ret_ms Unix ms of "# start". @return true where the trace has one. */
bool tr_trace_start(const struct tr_trace *trace, int64_t *ret_ms);

/** The next line. CLOCK's u.wall_offset_ms is relative to "# start" here: the
 *  reader of the trace adds it; value is TR_NONE where the quality stays and
 *  u.wall_offset_ms is INT64_MIN where the offset stays.
 *  @return 1; 0: the end; -EINVAL or -errno from reading, with @p reterr as in
 *  tr_trace_open(). */
int tr_trace_next(struct tr_trace *trace, struct tr_trace_item *ret, char *reterr);

/** NULL is a no-op. */
void tr_trace_close(struct tr_trace *trace);

/**
 * A trace as the daemon would have lived it: TR_TRACE_DOWN becomes what
 * followed it. While nobody watches, edges, gaps and commands pass unseen; at
 * the end come RESTART with how long it was and a LEVEL for each sensor that
 * had an edge so far. CLOCK events come complete.
 */
struct tr_trace_feed {
    struct tr_trace *trace; /**< borrowed */
    bool down, ended;
    int64_t down_from, down_until; /**< ns since the trace's start */
    int16_t level_next;            /**< sensor to compare next; TR_NONE: none left */
    bool clock_changed;            /**< while down */
    int64_t wall_ms;               /**< Unix ms at 0, by the newest !clock */
    int64_t start_ms;
    bool synced;
    bool have_held;
    struct tr_trace_item held; /**< read, but later than the end of the down time */
    bool seen[TR_SENSORS_MAX]; /**< had an edge */
    bool now[TR_SENSORS_MAX];  /**< level by the trace */
};

/**
 * @param start_ms Unix ms at the trace's start, to which !clock offsets add.
 * @param synced   Quality of the clock until a !clock says otherwise.
 */
void tr_trace_feed_init(struct tr_trace_feed *feed, struct tr_trace *trace, int64_t start_ms,
                        bool synced);

/** The next event: EDGE, GAP, COMMAND, CLOCK (wall_offset_ms is Unix ms at the
 *  trace's start; value 0 or 1), RESTART, LEVEL.
 *  @return as tr_trace_next(). */
int tr_trace_feed_next(struct tr_trace_feed *feed, struct tr_event *ret, char *reterr);

#endif
