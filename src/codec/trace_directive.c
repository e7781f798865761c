/* The rarer lines of a trace: directives, and the time of "# start". */
#include <errno.h>
#include <string.h>

#include "codec/json.h"
#include "codec/trace_private.h"

static int end_of_line(const struct tr_trace *trace, struct tr_piece rest, char *reterr)
{
    struct tr_piece more = tr_trace_word(&rest);
    if (more.p != more.e) {
        return tr_trace_fail_word(trace, reterr, more, "the end of the line");
    }
    return 1;
}

/* "!gap SENSOR N": what the sensor reads is not known until its next line. */
static int read_gap(struct tr_trace *trace, struct tr_piece rest, struct tr_trace_item *ret,
                    char *reterr)
{
    struct tr_piece word = tr_trace_word(&rest);
    if (word.p == word.e) {
        return tr_trace_fail_word(trace, reterr, word, "a sensor after !gap");
    }
    int sensor = tr_trace_sensor(trace, word);
    if (sensor == TR_NONE) {
        return tr_trace_fail_sensor(trace, reterr, word);
    }
    struct tr_piece count = tr_trace_word(&rest);
    int64_t n = 0;
    const char *p = count.p;
    while (p < count.e && *p >= '0' && *p <= '9' && p - count.p < 9) {
        n = n * 10 + (*p++ - '0');
    }
    if (p == count.p || p != count.e) {
        return tr_trace_fail_word(trace, reterr, count,
                                  "how many edges were lost (0: unknown, at most 999999999)");
    }
    trace->level[sensor] = TR_TRACE_UNKNOWN;
    ret->ev.kind = TR_EVENT_GAP;
    ret->ev.sensor = (int16_t)sensor;
    ret->ev.value = n;
    return end_of_line(trace, rest, reterr);
}

/* The end of a JSON text: a '#' within a string is no comment. */
static const char *json_end(const char *p, const char *e)
{
    bool quoted = false;
    for (; p < e; p++) {
        if (quoted && *p == '\\' && p + 1 < e) {
            p++;
        } else if (*p == '"') {
            quoted = !quoted;
        } else if (!quoted && *p == '#') {
            break;
        }
    }
    return p;
}

/* "!cmd NAME JSON" */
static int read_command(struct tr_trace *trace, struct tr_piece rest, struct tr_trace_item *ret,
                        char *reterr)
{
    struct tr_piece word = tr_trace_word(&rest);
    char name[TR_ID_MAX];
    size_t n = (size_t)(word.e - word.p);
    if (n == 0 || n >= sizeof(name) || memchr(word.p, '\0', n) != NULL) {
        return tr_trace_fail_word(trace, reterr, word, "a command after !cmd, such as ack");
    }
    memcpy(name, word.p, n);
    name[n] = '\0';
    while (rest.p < rest.e && tr_trace_blank(*rest.p)) {
        rest.p++;
    }
    rest.e = json_end(rest.p, rest.e);
    while (rest.e > rest.p && tr_trace_blank(rest.e[-1])) {
        rest.e--;
    }
    char why[TR_COMMAND_ERROR_MAX];
    struct tr_command command;
    int r =
        tr_command_from_json(trace->plan, name, rest.p, (size_t)(rest.e - rest.p), &command, why);
    if (r < 0) {
        return tr_trace_fail(trace, reterr,
                             "found a command that is refused (%s), expected "
                             "!cmd NAME JSON as on the wire",
                             why);
    }
    ret->ev.kind = TR_EVENT_COMMAND;
    ret->ev.u.command = command;
    return 1;
}

/* "!clock OFFSET_S|synced|free" */
static int read_clock(struct tr_trace *trace, struct tr_piece rest, struct tr_trace_item *ret,
                      char *reterr)
{
    static const char expected[] = "seconds (up to 9 decimals), synced or free after !clock";
    struct tr_piece word = tr_trace_word(&rest);
    ret->ev.kind = TR_EVENT_CLOCK;
    ret->ev.value = TR_NONE;
    ret->ev.u.wall_offset_ms = INT64_MIN;
    if (tr_trace_is(word, "synced")) {
        ret->ev.value = 1;
    } else if (tr_trace_is(word, "free")) {
        ret->ev.value = 0;
    } else {
        bool negative = word.p < word.e && *word.p == '-';
        bool sign = negative || (word.p < word.e && *word.p == '+');
        int64_t ns;
        if (tr_trace_seconds(word.p + sign, word.e, &ns) != word.e) {
            return tr_trace_fail_word(trace, reterr, word, expected);
        }
        ret->ev.u.wall_offset_ms = (negative ? -ns : ns) / TR_NS_PER_MS;
    }
    return end_of_line(trace, rest, reterr);
}

/* "!down SECONDS" */
static int read_down(struct tr_trace *trace, struct tr_piece rest, struct tr_trace_item *ret,
                     char *reterr)
{
    struct tr_piece word = tr_trace_word(&rest);
    if (word.p == word.e) {
        return tr_trace_fail_word(trace, reterr, word, "seconds after !down");
    }
    if (tr_trace_seconds(word.p, word.e, &ret->down_ns) != word.e) {
        return tr_trace_fail_seconds(trace, reterr, word, "seconds after !down");
    }
    ret->kind = TR_TRACE_DOWN;
    return end_of_line(trace, rest, reterr);
}

int tr_trace_directive(struct tr_trace *trace, struct tr_piece word, struct tr_piece rest,
                       struct tr_trace_item *ret, char *reterr)
{
    *ret = (struct tr_trace_item){.kind = TR_TRACE_EVENT,
                                  .ev = {.at = {trace->last_ns}, .sensor = TR_NONE}};
    if (tr_trace_is(word, "!gap")) {
        return read_gap(trace, rest, ret, reterr);
    }
    if (tr_trace_is(word, "!cmd")) {
        return read_command(trace, rest, ret, reterr);
    }
    if (tr_trace_is(word, "!clock")) {
        return read_clock(trace, rest, ret, reterr);
    }
    if (tr_trace_is(word, "!down")) {
        return read_down(trace, rest, ret, reterr);
    }
    if (tr_trace_is(word, "!restart")) {
        ret->kind = TR_TRACE_DOWN;
        return end_of_line(trace, rest, reterr);
    }
    return tr_trace_fail_word(trace, reterr, word, "!gap, !cmd, !restart, !clock or !down");
}

/* n digits at *p, in 0..max; -1: not so. */
static int number(const char **p, const char *e, int n, int max)
{
    int value = 0;
    for (int i = 0; i < n; i++, (*p)++) {
        if (*p == e || **p < '0' || **p > '9') {
            return -1;
        }
        value = value * 10 + (**p - '0');
    }
    return value <= max ? value : -1;
}

static bool skip(const char **p, const char *e, char c)
{
    if (*p == e || **p != c) {
        return false;
    }
    (*p)++;
    return true;
}

static int64_t days_since_1970(int year, int month, int day)
{
    /* Count from March, so that the leap day is a year's last. */
    int y = month <= 2 ? year - 1 : year;
    int m = month <= 2 ? month + 9 : month - 3;
    int64_t days = 365 * (int64_t)y + y / 4 - y / 100 + y / 400;
    return days + (153 * m + 2) / 5 + day - 1 - 719468;
}

static bool is_date(int year, int month, int day)
{
    static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1970 || month < 1 || month > 12 || day < 1) {
        return false;
    }
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= length[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* "Z", "+01:00": minutes east. */
static bool zone(const char **p, const char *e, int *ret_min)
{
    *ret_min = 0;
    if (skip(p, e, 'Z') || skip(p, e, 'z')) {
        return true;
    }
    int sign = skip(p, e, '-') ? -1 : 1;
    if (sign > 0 && !skip(p, e, '+')) {
        return false;
    }
    int hour = number(p, e, 2, 23);
    bool colon = skip(p, e, ':');
    int min = number(p, e, 2, 59);
    *ret_min = sign * (hour * 60 + min);
    return hour >= 0 && colon && min >= 0;
}

bool tr_trace_rfc3339(struct tr_piece s, int64_t *ret_ms)
{
    const char *p = s.p;
    int year = number(&p, s.e, 4, 9999);
    bool ok = skip(&p, s.e, '-');
    int month = number(&p, s.e, 2, 12);
    ok = skip(&p, s.e, '-') && ok;
    int day = number(&p, s.e, 2, 31);
    ok = (skip(&p, s.e, 'T') || skip(&p, s.e, 't')) && ok;
    int hour = number(&p, s.e, 2, 23);
    ok = skip(&p, s.e, ':') && ok;
    int min = number(&p, s.e, 2, 59);
    ok = skip(&p, s.e, ':') && ok;
    int sec = number(&p, s.e, 2, 59);
    if (!ok || !is_date(year, month, day) || hour < 0 || min < 0 || sec < 0) {
        return false;
    }
    int ms = 0;
    if (skip(&p, s.e, '.')) {
        const char *from = p;
        for (int unit = 100; p < s.e && *p >= '0' && *p <= '9'; p++, unit /= 10) {
            ms += (*p - '0') * unit;
        }
        if (p == from) {
            return false;
        }
    }
    int east;
    if (!zone(&p, s.e, &east) || p != s.e) {
        return false;
    }
    int64_t minutes = days_since_1970(year, month, day) * 1440 + hour * 60 + min - east;
    *ret_ms = (minutes * 60 + sec) * 1000 + ms;
    return true;
}
