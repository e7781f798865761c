/**
 * @file trace_private.h
 * What the parts of the trace reader share. A "piece" is a part of the current
 * line: [p, e), without NUL.
 */
#ifndef TR_CODEC_TRACE_PRIVATE_H
#define TR_CODEC_TRACE_PRIVATE_H

#include "codec/trace.h"

enum {
    TR_TRACE_LINE_MAX = 8192, /**< bytes of a line; a longer one is an error */
    TR_TRACE_BUFFER = 1 << 17,
    TR_TRACE_SLOTS = 1024, /**< of the hash of sensor ids: 4 times TR_SENSORS_MAX */
    TR_TRACE_QUOTE_MAX = 64
};

/** Seconds in a trace: 126 years, so that a sum of two still fits in int64 ns. */
#define TR_TRACE_SECONDS_MAX INT64_C(4000000000)

/** A sensor's level so far: what a line must differ from to be an edge. */
enum { TR_TRACE_INACTIVE, TR_TRACE_ACTIVE, TR_TRACE_UNKNOWN /**< after a gap */ };

struct tr_trace {
    const struct tr_plan *plan;
    int fd; /**< -1: memory */
    bool close_fd;
    char *buffer;      /**< NULL: memory */
    const char *p, *e; /**< read but not yet taken */
    bool eof;
    bool unfinished; /**< the current line had no newline */
    bool edges;      /**< the header is over */
    bool has_start;
    int64_t start_ms;
    int64_t last_ns;
    uint64_t line;
    uint8_t level[TR_SENSORS_MAX];
    int16_t slot[TR_TRACE_SLOTS]; /**< sensor + 1; 0: free */
    char name[];                  /**< for errors */
};

struct tr_piece {
    const char *p, *e;
};

static inline bool tr_trace_blank(char c)
{
    return c == ' ' || c == '\t';
}

/** Take the next word of @p rest; empty at the line's end or at a comment. */
struct tr_piece tr_trace_word(struct tr_piece *rest);

/** @return whether @p s is exactly the string @p word. */
bool tr_trace_is(struct tr_piece s, const char *word);

/** @return index of the sensor called @p s, or TR_NONE. */
int tr_trace_sensor(const struct tr_trace *trace, struct tr_piece s);

/**
 * Decimal seconds to ns, exactly: digits, and a point with 1 to 9 more.
 * @return the first byte not used; NULL: not a number, too many decimals or
 *         beyond TR_TRACE_SECONDS_MAX (tr_trace_fail_seconds() says which).
 */
const char *tr_trace_seconds(const char *p, const char *e, int64_t *ret_ns);

/** RFC 3339 with offset or Z. @return whether @p s is one, completely. */
bool tr_trace_rfc3339(struct tr_piece s, int64_t *ret_ms);

/** Everything after the time, where the word begins with '!'. @return as tr_trace_next(). */
int tr_trace_directive(struct tr_trace *trace, struct tr_piece word, struct tr_piece rest,
                       struct tr_trace_item *ret, char *reterr);

/** Write "file:line: " and the sentence. @return -EINVAL. */
__attribute__((format(printf, 3, 4))) int tr_trace_fail(const struct tr_trace *trace, char *reterr,
                                                        const char *format, ...);
/** "found <s>, expected <expected>". @return -EINVAL. */
int tr_trace_fail_word(const struct tr_trace *trace, char *reterr, struct tr_piece s,
                       const char *expected);
/** Why tr_trace_seconds() refused @p s. @return -EINVAL. */
int tr_trace_fail_seconds(const struct tr_trace *trace, char *reterr, struct tr_piece s,
                          const char *what);
/** An undeclared sensor: names the nearest declared one. @return -EINVAL. */
int tr_trace_fail_sensor(const struct tr_trace *trace, char *reterr, struct tr_piece s);

/** @p s in quotes, shortened and printable: what an error shows. */
void tr_trace_quote(struct tr_piece s, char ret[TR_TRACE_QUOTE_MAX]);

#endif
