/* What is wrong with a trace, said so that it can be mended. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codec/trace_private.h"

int tr_trace_fail(const struct tr_trace *trace, char *reterr, const char *format, ...)
{
    int n = snprintf(reterr, TR_TRACE_ERROR_MAX, "%.200s:%llu: ", trace->name,
                     (unsigned long long)trace->line);
    size_t used = n < 0 ? 0 : (size_t)n;
    va_list args;
    va_start(args, format);
    n = vsnprintf(reterr + used, TR_TRACE_ERROR_MAX - used, format, args);
    va_end(args);
    if (n > 0 && trace->unfinished) {
        used = strlen(reterr);
        snprintf(reterr + used, TR_TRACE_ERROR_MAX - used, " (the file ends within this line)");
    }
    return -EINVAL;
}

void tr_trace_quote(struct tr_piece s, char ret[TR_TRACE_QUOTE_MAX])
{
    size_t room = TR_TRACE_QUOTE_MAX - 6;
    size_t n = 0;
    ret[n++] = '\'';
    for (; s.p < s.e && n < room; s.p++) {
        unsigned char c = (unsigned char)*s.p;
        ret[n++] = c < ' ' || c == 0x7f ? '?' : (char)c;
    }
    /* Never cut a UTF-8 sequence in two. */
    if (s.p < s.e) {
        while (n > 1 && ((unsigned char)ret[n - 1] & 0xc0U) == 0x80U) {
            n--;
        }
        if (n > 1 && (unsigned char)ret[n - 1] >= 0xc0U) {
            n--;
        }
        memcpy(ret + n, "...", 3);
        n += 3;
    }
    ret[n++] = '\'';
    ret[n] = '\0';
}

int tr_trace_fail_word(const struct tr_trace *trace, char *reterr, struct tr_piece s,
                       const char *expected)
{
    if (s.p == s.e) {
        return tr_trace_fail(trace, reterr, "found the end of the line, expected %s", expected);
    }
    char quoted[TR_TRACE_QUOTE_MAX];
    tr_trace_quote(s, quoted);
    return tr_trace_fail(trace, reterr, "found %s, expected %s", quoted, expected);
}

static const char *digits(const char *p, const char *e)
{
    while (p < e && *p >= '0' && *p <= '9') {
        p++;
    }
    return p;
}

int tr_trace_fail_seconds(const struct tr_trace *trace, char *reterr, struct tr_piece s,
                          const char *what)
{
    char expected[128];
    const char *point = digits(s.p, s.e);
    const char *end = point < s.e && *point == '.' ? digits(point + 1, s.e) : point;
    if (point == s.p || end != s.e || end == point + 1) {
        snprintf(expected, sizeof(expected), "%s as a decimal number, such as 12.5", what);
    } else if (end > point && end - point - 1 > 9) {
        snprintf(expected, sizeof(expected), "%s with at most 9 decimals", what);
    } else {
        snprintf(expected, sizeof(expected), "%s of at most %lld", what,
                 (long long)TR_TRACE_SECONDS_MAX);
    }
    return tr_trace_fail_word(trace, reterr, s, expected);
}

/* Edits (insert, delete, replace) between a and b; ids are short. */
static unsigned distance(struct tr_piece a, const char *b)
{
    unsigned row[TR_ID_MAX];
    unsigned n = (unsigned)strnlen(b, TR_ID_MAX - 1);
    for (unsigned j = 0; j <= n; j++) {
        row[j] = j;
    }
    unsigned i = 0;
    for (const char *p = a.p; p < a.e; p++) {
        unsigned diagonal = row[0];
        row[0] = ++i;
        for (unsigned j = 1; j <= n; j++) {
            unsigned replace = diagonal + (*p == b[j - 1] ? 0U : 1U);
            diagonal = row[j];
            unsigned shift = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = shift < replace ? shift : replace;
        }
    }
    return row[n];
}

int tr_trace_fail_sensor(const struct tr_trace *trace, char *reterr, struct tr_piece s)
{
    const struct tr_plan *plan = trace->plan;
    if (plan->sensors_n == 0) {
        return tr_trace_fail_word(trace, reterr, s, "no sensor: the configuration declares none");
    }
    int best = 0;
    unsigned least = ~0U;
    for (int i = 0; i < plan->sensors_n && s.e - s.p <= 2 * TR_ID_MAX; i++) {
        unsigned d = distance(s, plan->sensors[i].id);
        if (d < least) {
            least = d;
            best = i;
        }
    }
    char expected[TR_ID_MAX + 64];
    snprintf(expected, sizeof(expected), "a declared sensor (the nearest is '%s')",
             plan->sensors[best].id);
    return tr_trace_fail_word(trace, reterr, s, expected);
}
