/* Trace lines to events: a big buffer, one pass, no copy of a line. */
#include "codec/trace.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec/trace_private.h"

static const char magic[] = "# thirdring trace ";

static unsigned hash_add(unsigned h, char c)
{
    return h * 31U + (unsigned char)c;
}

static unsigned hash_slot(unsigned h)
{
    return (h ^ (h >> 10)) % TR_TRACE_SLOTS;
}

static_assert(TR_TRACE_SLOTS >= 2 * TR_SENSORS_MAX, "a search must meet a free slot");

static void index_sensors(struct tr_trace *trace)
{
    for (int i = 0; i < trace->plan->sensors_n; i++) {
        unsigned h = 0;
        for (const char *c = trace->plan->sensors[i].id; *c != '\0'; c++) {
            h = hash_add(h, *c);
        }
        unsigned at = hash_slot(h);
        while (trace->slot[at] != 0) {
            at = (at + 1) % TR_TRACE_SLOTS;
        }
        trace->slot[at] = (int16_t)(i + 1);
    }
}

int tr_trace_sensor(const struct tr_trace *trace, struct tr_piece s)
{
    size_t n = (size_t)(s.e - s.p);
    if (n >= TR_ID_MAX) {
        return TR_NONE;
    }
    unsigned h = 0;
    for (const char *c = s.p; c < s.e; c++) {
        h = hash_add(h, *c);
    }
    for (unsigned at = hash_slot(h); trace->slot[at] != 0; at = (at + 1) % TR_TRACE_SLOTS) {
        int i = trace->slot[at] - 1;
        const char *id = trace->plan->sensors[i].id;
        if (memcmp(id, s.p, n) == 0 && id[n] == '\0') {
            return i;
        }
    }
    return TR_NONE;
}

struct tr_piece tr_trace_word(struct tr_piece *rest)
{
    struct tr_piece w = *rest;
    while (w.p < w.e && tr_trace_blank(*w.p)) {
        w.p++;
    }
    const char *end = w.p;
    while (end < w.e && !tr_trace_blank(*end) && *end != '#') {
        end++;
    }
    rest->p = end;
    w.e = end;
    return w;
}

bool tr_trace_is(struct tr_piece s, const char *word)
{
    size_t n = (size_t)(s.e - s.p);
    return strlen(word) == n && memcmp(s.p, word, n) == 0;
}

const char *tr_trace_seconds(const char *p, const char *e, int64_t *ret_ns)
{
    static const int32_t scale[10] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                      10000,      1000,      100,      10,      1};
    int64_t whole = 0;
    const char *from = p;
    for (; p < e && *p >= '0' && *p <= '9'; p++) {
        whole = whole * 10 + (*p - '0');
        if (whole > TR_TRACE_SECONDS_MAX) {
            return NULL;
        }
    }
    if (p == from) {
        return NULL;
    }
    int32_t part = 0;
    long decimals = 0;
    if (p < e && *p == '.') {
        from = ++p;
        for (; p < e && *p >= '0' && *p <= '9'; p++) {
            if (p - from == 9) {
                return NULL;
            }
            part = part * 10 + (*p - '0');
        }
        decimals = p - from;
        if (decimals == 0) {
            return NULL;
        }
    }
    if (whole == TR_TRACE_SECONDS_MAX && part > 0) {
        return NULL;
    }
    *ret_ns = whole * TR_NS_PER_S + (int64_t)part * scale[decimals];
    return p;
}

/* 1: more was read; 0: nothing more; else -errno. */
static int refill(struct tr_trace *trace)
{
    size_t kept = (size_t)(trace->e - trace->p);
    assert(kept < TR_TRACE_BUFFER);
    memmove(trace->buffer, trace->p, kept);
    trace->p = trace->buffer;
    trace->e = trace->buffer + kept;
    ssize_t n;
    do {
        n = read(trace->fd, trace->buffer + kept, TR_TRACE_BUFFER - kept);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return -errno;
    }
    trace->eof = n == 0;
    trace->e += n;
    return n > 0 ? 1 : 0;
}

/* 1 and the next line without its end; 0: the end; else -errno. */
static int next_line(struct tr_trace *trace, struct tr_piece *ret, char *reterr)
{
    const char *end;
    size_t seen = 0;
    for (;;) {
        size_t have = (size_t)(trace->e - trace->p);
        end = have > seen ? memchr(trace->p + seen, '\n', have - seen) : NULL;
        if (end != NULL || trace->eof || have > TR_TRACE_LINE_MAX) {
            break;
        }
        seen = have;
        int r = refill(trace);
        if (r < 0) {
            snprintf(reterr, TR_TRACE_ERROR_MAX, "%.200s: cannot read: %s", trace->name,
                     strerror(-r));
            return r;
        }
    }
    trace->unfinished = end == NULL && trace->eof && trace->p < trace->e;
    if (trace->unfinished) {
        end = trace->e;
    } else if (end == NULL && trace->eof) {
        return 0;
    }
    trace->line++;
    if (end == NULL || end - trace->p > TR_TRACE_LINE_MAX) {
        return tr_trace_fail(trace, reterr, "found a line of more than %d bytes, expected less",
                             TR_TRACE_LINE_MAX);
    }
    ret->p = trace->p;
    ret->e = end;
    trace->p = end < trace->e ? end + 1 : end;
    if (ret->e > ret->p && ret->e[-1] == '\r') {
        ret->e--;
    }
    return 1;
}

/* The first line. A byte order mark is what some editors put before it. */
static int read_magic(struct tr_trace *trace, char *reterr)
{
    struct tr_piece line;
    int r = next_line(trace, &line, reterr);
    if (r < 0) {
        return r;
    }
    if (r == 0) {
        trace->line = 1;
        return tr_trace_fail(trace, reterr, "found an empty trace, expected '%s1'", magic);
    }
    if (line.e - line.p >= 3 && memcmp(line.p, "\xef\xbb\xbf", 3) == 0) {
        line.p += 3;
    }
    while (line.e > line.p && tr_trace_blank(line.e[-1])) {
        line.e--;
    }
    size_t n = sizeof(magic) - 1;
    if ((size_t)(line.e - line.p) < n || memcmp(line.p, magic, n) != 0) {
        return tr_trace_fail_word(trace, reterr, line, "the first line '# thirdring trace 1'");
    }
    line.p += n;
    if (!tr_trace_is(line, "1")) {
        return tr_trace_fail_word(trace, reterr, line, "version 1 of the trace format");
    }
    return 0;
}

/* A comment, which may be "# start TIME". */
static int read_comment(struct tr_trace *trace, struct tr_piece line, char *reterr)
{
    if (memchr(line.p, '\0', (size_t)(line.e - line.p)) != NULL) {
        return tr_trace_fail(trace, reterr, "found a NUL byte, expected text");
    }
    line.p++;
    if (!tr_trace_is(tr_trace_word(&line), "start")) {
        return 0;
    }
    struct tr_piece when = tr_trace_word(&line);
    /* "# start of the lunch rush" is prose. */
    if (when.p == when.e || *when.p < '0' || *when.p > '9') {
        return 0;
    }
    int64_t ms;
    if (!tr_trace_rfc3339(when, &ms)) {
        return trace->edges
                   ? 0
                   : tr_trace_fail_word(trace, reterr, when, "a time such as 2026-03-02T09:00:00Z");
    }
    if (trace->edges) {
        return tr_trace_fail(trace, reterr,
                             "found '# start' after an edge, expected it before the first");
    }
    if (trace->has_start) {
        return tr_trace_fail(trace, reterr, "found a second '# start', expected one");
    }
    trace->has_start = true;
    trace->start_ms = ms;
    return 0;
}

static int read_edge(struct tr_trace *trace, struct tr_piece word, struct tr_piece rest,
                     struct tr_trace_item *ret, char *reterr)
{
    int sensor = tr_trace_sensor(trace, word);
    if (sensor == TR_NONE) {
        return tr_trace_fail_sensor(trace, reterr, word);
    }
    struct tr_piece level = tr_trace_word(&rest);
    if (level.e - level.p != 1 || (*level.p != '0' && *level.p != '1')) {
        return tr_trace_fail_word(trace, reterr, level, "level 0 or 1");
    }
    struct tr_piece more = tr_trace_word(&rest);
    if (more.p != more.e) {
        return tr_trace_fail_word(trace, reterr, more, "the end of the line");
    }
    uint8_t now = *level.p == '1' ? TR_TRACE_ACTIVE : TR_TRACE_INACTIVE;
    if (trace->level[sensor] == now) {
        return 0;
    }
    trace->level[sensor] = now;
    ret->kind = TR_TRACE_EVENT;
    ret->down_ns = 0;
    ret->ev = (struct tr_event){.kind = TR_EVENT_EDGE,
                                .at = {trace->last_ns},
                                .sensor = (int16_t)sensor,
                                .level = now == TR_TRACE_ACTIVE};
    return 1;
}

/* A line that is not a comment. @return as tr_trace_next(), 0: nothing new. */
static int read_item(struct tr_trace *trace, struct tr_piece line, struct tr_trace_item *ret,
                     char *reterr)
{
    int64_t at;
    const char *p = tr_trace_seconds(line.p, line.e, &at);
    if (p == NULL || (p < line.e && !tr_trace_blank(*p) && *p != '#')) {
        return tr_trace_fail_seconds(trace, reterr, tr_trace_word(&line),
                                     "seconds since the start");
    }
    if (at < trace->last_ns) {
        return tr_trace_fail(trace, reterr,
                             "found %.*s, expected at least %lld.%09lld: time never goes back",
                             (int)(p - line.p), line.p, (long long)(trace->last_ns / TR_NS_PER_S),
                             (long long)(trace->last_ns % TR_NS_PER_S));
    }
    trace->last_ns = at;
    trace->edges = true;
    line.p = p;
    struct tr_piece word = tr_trace_word(&line);
    if (word.p == word.e) {
        return tr_trace_fail_word(trace, reterr, word, "a sensor or a !directive");
    }
    if (*word.p == '!') {
        return tr_trace_directive(trace, word, line, ret, reterr);
    }
    return read_edge(trace, word, line, ret, reterr);
}

int tr_trace_next(struct tr_trace *trace, struct tr_trace_item *ret, char *reterr)
{
    struct tr_piece line;
    int r;
    while ((r = next_line(trace, &line, reterr)) > 0) {
        while (line.p < line.e && tr_trace_blank(*line.p)) {
            line.p++;
        }
        if (line.p == line.e) {
            continue;
        }
        r = *line.p == '#' ? read_comment(trace, line, reterr)
                           : read_item(trace, line, ret, reterr);
        if (r != 0) {
            return r;
        }
    }
    return r;
}

/* Comments up to the first edge, which is put back. */
static int read_header(struct tr_trace *trace, char *reterr)
{
    struct tr_piece line;
    int r = read_magic(trace, reterr);
    while (r == 0 && (r = next_line(trace, &line, reterr)) > 0) {
        const char *begin = line.p;
        while (line.p < line.e && tr_trace_blank(*line.p)) {
            line.p++;
        }
        if (line.p < line.e && *line.p != '#') {
            trace->p = begin;
            trace->line--;
            return 0;
        }
        r = line.p < line.e ? read_comment(trace, line, reterr) : 0;
    }
    return r;
}

static struct tr_trace *new_trace(const char *name, const struct tr_plan *plan)
{
    size_t n = strlen(name) + 1;
    struct tr_trace *trace = calloc(1, sizeof(*trace) + n);
    if (trace != NULL) {
        trace->plan = plan;
        trace->fd = -1;
        memcpy(trace->name, name, n);
        index_sensors(trace);
    }
    return trace;
}

static int begin(struct tr_trace *trace, struct tr_trace **ret_trace, char *reterr)
{
    int r = read_header(trace, reterr);
    if (r < 0) {
        tr_trace_close(trace);
        return r;
    }
    *ret_trace = trace;
    return 0;
}

int tr_trace_open(const char *path, const struct tr_plan *plan, struct tr_trace **ret_trace,
                  char *reterr)
{
    bool standard = strcmp(path, "-") == 0;
    struct tr_trace *trace = new_trace(standard ? "standard input" : path, plan);
    if (trace == NULL || (trace->buffer = malloc(TR_TRACE_BUFFER)) == NULL) {
        snprintf(reterr, TR_TRACE_ERROR_MAX, "%.200s: out of memory", path);
        tr_trace_close(trace);
        return -ENOMEM;
    }
    trace->p = trace->e = trace->buffer;
    trace->close_fd = !standard;
    trace->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (trace->fd < 0) {
        int r = -errno;
        snprintf(reterr, TR_TRACE_ERROR_MAX, "%.200s: cannot open: %s", path, strerror(-r));
        tr_trace_close(trace);
        return r;
    }
    return begin(trace, ret_trace, reterr);
}

int tr_trace_open_memory(const char *name, const void *text, size_t n, const struct tr_plan *plan,
                         struct tr_trace **ret_trace, char *reterr)
{
    struct tr_trace *trace = new_trace(name, plan);
    if (trace == NULL) {
        snprintf(reterr, TR_TRACE_ERROR_MAX, "%.200s: out of memory", name);
        return -ENOMEM;
    }
    trace->p = text;
    trace->e = trace->p + n;
    trace->eof = true;
    return begin(trace, ret_trace, reterr);
}

bool tr_trace_start(const struct tr_trace *trace, int64_t *ret_ms)
{
    if (trace->has_start) {
        *ret_ms = trace->start_ms;
    }
    return trace->has_start;
}

void tr_trace_close(struct tr_trace *trace)
{
    if (trace == NULL) {
        return;
    }
    if (trace->fd >= 0 && trace->close_fd) {
        close(trace->fd);
    }
    free(trace->buffer);
    free(trace);
}
