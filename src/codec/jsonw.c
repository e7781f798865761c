#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "codec/json.h"
#include "codec/jsonw.h"

enum { DIGITS_MAX = 20 };

void tr_jsonw_init(struct tr_jsonw *w, char *buf, size_t cap)
{
    *w = (struct tr_jsonw){.start = buf, .at = buf, .end = buf};
    if (cap > 0) {
        w->end = buf + cap - 1;
        *buf = '\0';
    } else {
        w->full = true;
    }
}

int tr_jsonw_finish(struct tr_jsonw *w)
{
    if (w->full) {
        if (w->at > w->start) {
            *w->start = '\0';
        }
        return -ENOBUFS;
    }
    *w->at = '\0';
    return (int)(w->at - w->start);
}

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                            "25262728293031323334353637383940414243444546474849"
                            "50515253545556575859606162636465666768697071727374"
                            "75767778798081828384858687888990919293949596979899";

/* Digits of value, ending before end. @return where they begin. */
static char *digits(char *end, uint64_t value)
{
    while (value >= 100) {
        end -= 2;
        memcpy(end, pairs + 2 * (value % 100), 2);
        value /= 100;
    }
    if (value >= 10) {
        end -= 2;
        memcpy(end, pairs + 2 * value, 2);
    } else {
        *--end = (char)('0' + value);
    }
    return end;
}

void tr_jsonw_uint(struct tr_jsonw *w, uint64_t value)
{
    char text[DIGITS_MAX];
    char *end = text + sizeof(text);
    char *begin = digits(end, value);
    tr_jsonw_comma(w);
    tr_jsonw_raw(w, begin, (size_t)(end - begin));
}

void tr_jsonw_int(struct tr_jsonw *w, int64_t value)
{
    if (value >= 0) {
        tr_jsonw_uint(w, (uint64_t)value);
        return;
    }
    tr_jsonw_comma(w);
    tr_jsonw_raw(w, "-", 1);
    w->comma = false;
    tr_jsonw_uint(w, 0 - (uint64_t)value);
}

/* value / 1000 with three decimals. */
static void thousandths(struct tr_jsonw *w, uint64_t value, bool negative)
{
    char text[DIGITS_MAX + 2];
    char *end = text + sizeof(text);
    uint32_t fraction = (uint32_t)(value % 1000);
    end[-1] = (char)('0' + fraction % 10);
    memcpy(end - 3, pairs + 2 * (fraction / 10), 2);
    end[-4] = '.';
    char *begin = digits(end - 4, value / 1000);
    if (negative && value != 0) {
        *--begin = '-';
    }
    tr_jsonw_comma(w);
    tr_jsonw_raw(w, begin, (size_t)(end - begin));
}

void tr_jsonw_seconds(struct tr_jsonw *w, int64_t ns)
{
    uint64_t magnitude = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    thousandths(w, (magnitude + TR_NS_PER_MS / 2) / TR_NS_PER_MS, ns < 0);
}

void tr_jsonw_decimal(struct tr_jsonw *w, double value)
{
    if (!isfinite(value)) {
        tr_jsonw_null(w);
        return;
    }
    if (fabs(value) < 1e15) {
        thousandths(w, (uint64_t)llround(fabs(value) * 1000), value < 0);
        return;
    }
    char text[32];
    int n = snprintf(text, sizeof(text), "%.17g", value);
    tr_jsonw_comma(w);
    tr_jsonw_raw(w, text, (size_t)n);
}

/* The second byte's range rules out overlong forms, surrogates and what is past
 * U+10FFFF. */
size_t tr_jsonw_utf8(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    unsigned char low = 0x80, high = 0xbf;
    size_t n;
    if (s[0] >= 0xc2 && s[0] <= 0xdf) {
        n = 2;
    } else if (s[0] >= 0xe0 && s[0] <= 0xef) {
        n = 3;
        low = s[0] == 0xe0 ? 0xa0 : low;
        high = s[0] == 0xed ? 0x9f : high;
    } else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        n = 4;
        low = s[0] == 0xf0 ? 0x90 : low;
        high = s[0] == 0xf4 ? 0x8f : high;
    } else {
        return 0;
    }
    if (s[1] < low || s[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return n;
}

static bool plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* One character that is not plain. @return bytes of it taken from s. */
static size_t escape(struct tr_jsonw *w, const char *s)
{
    unsigned char c = (unsigned char)*s;
    if (c == '"' || c == '\\') {
        tr_jsonw_raw(w, "\\", 1);
        tr_jsonw_raw(w, s, 1);
        return 1;
    }
    if (c < 0x80) {
        static const char hex[] = "0123456789abcdef";
        char text[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        tr_jsonw_raw(w, text, sizeof(text));
        return 1;
    }
    size_t n = tr_jsonw_utf8(s);
    if (n == 0) {
        tr_jsonw_raw(w, "\xef\xbf\xbd", 3);
        return 1;
    }
    tr_jsonw_raw(w, s, n);
    return n;
}

void tr_jsonw_string(struct tr_jsonw *w, const char *s)
{
    if (s == NULL) {
        tr_jsonw_null(w);
        return;
    }
    tr_jsonw_comma(w);
    tr_jsonw_raw(w, "\"", 1);
    while (*s != '\0') {
        size_t n = 0;
        while (plain((unsigned char)s[n])) {
            n++;
        }
        tr_jsonw_raw(w, s, n);
        s += n;
        if (*s != '\0') {
            s += escape(w, s);
        }
    }
    tr_jsonw_raw(w, "\"", 1);
}

void tr_jsonw_time(struct tr_jsonw *w, struct tr_wall at)
{
    char text[27] = "\"";
    tr_rfc3339(at, text + 1);
    text[25] = '"';
    tr_jsonw_comma(w);
    tr_jsonw_raw(w, text, 26);
}

void tr_jsonw_id(struct tr_jsonw *w, const char *unit, uint64_t seq)
{
    tr_jsonw_comma(w);
    tr_jsonw_raw(w, "\"", 1);
    tr_jsonw_raw(w, unit, strlen(unit));
    tr_jsonw_raw(w, "-", 1);
    w->comma = false;
    tr_jsonw_uint(w, seq);
    tr_jsonw_raw(w, "\"", 1);
}

/* Days since 0000-03-01, so that the leap day ends the year, to a date. */
static void civil(uint32_t days, uint32_t *ret_year, uint32_t *ret_month, uint32_t *ret_day)
{
    /* first day of each month of a year that begins in March, and the end */
    static const uint16_t first[13] = {0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337, 367};
    uint32_t era = days / 146097;
    days %= 146097;
    /* the fourth century of an era and the fourth year of four are a day longer */
    uint32_t century = days / 36524 - days / 146096;
    days -= century * 36524;
    uint32_t four = days / 1461;
    days -= four * 1461;
    uint32_t year = days / 365 - days / 1460;
    days -= year * 365;
    uint32_t month = days / 32;
    month += days >= first[month + 1];
    *ret_year = era * 400 + century * 100 + four * 4 + year + (month >= 10);
    *ret_month = month + (month >= 10 ? -9U : 3U);
    *ret_day = days - first[month] + 1;
}

void tr_rfc3339(struct tr_wall at, char ret[25])
{
    const int64_t day_ms = INT64_C(86400000), first_ms = INT64_C(-62167219200000),
                  last_ms = INT64_C(253402300799999);
    const int64_t year_1_ms = INT64_C(-62135596800000); /* many readers know no year 0 */
    int64_t ms = at.ms < year_1_ms ? year_1_ms : at.ms > last_ms ? last_ms : at.ms;
    uint64_t since = (uint64_t)(ms - first_ms);
    uint32_t in_day = (uint32_t)(since % (uint64_t)day_ms);
    uint32_t year, month, day;
    /* one era of 400 years ahead, so that January of year 0 is not negative */
    civil((uint32_t)(since / (uint64_t)day_ms) + 146097 - 60, &year, &month, &day);
    year -= 400;
    uint32_t s = in_day / 1000, fraction = in_day % 1000;
    memcpy(ret, "0000-00-00T00:00:00.000Z", 25);
    memcpy(ret, pairs + 2 * (year / 100), 2);
    memcpy(ret + 2, pairs + 2 * (year % 100), 2);
    memcpy(ret + 5, pairs + 2 * month, 2);
    memcpy(ret + 8, pairs + 2 * day, 2);
    memcpy(ret + 11, pairs + 2 * (s / 3600), 2);
    memcpy(ret + 14, pairs + 2 * (s / 60 % 60), 2);
    memcpy(ret + 17, pairs + 2 * (s % 60), 2);
    memcpy(ret + 20, pairs + 2 * (fraction / 10), 2);
    ret[22] = (char)('0' + fraction % 10);
}
