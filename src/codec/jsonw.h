/**
 * @file jsonw.h
 * A bounded JSON writer: no memory allocation, no locale, decimals by integer
 * arithmetic. Made for records that leave at a million a second.
 *
 * Members and elements get their commas by themselves. Once the buffer is too
 * small nothing more is written and tr_jsonw_finish() says so; no call needs
 * checking in between. Nesting is the caller's to balance.
 */
#ifndef TR_CODEC_JSONW_H
#define TR_CODEC_JSONW_H

#include <stddef.h>
#include <string.h>

#include "thirdring/time.h"

struct tr_jsonw {
    char *start, *at, *end; /**< end leaves room for the NUL */
    bool comma;             /**< the next key or element needs one before it */
    bool full;
};

/** Begin at @p buf. @p cap counts the NUL; 0 is allowed and always full. */
void tr_jsonw_init(struct tr_jsonw *w, char *buf, size_t cap);

/** Terminate. @return the length without the NUL, or -ENOBUFS (@p buf is then
 *  an empty string where it holds at least one byte). */
int tr_jsonw_finish(struct tr_jsonw *w);

/** Bytes as they are, without a comma. */
static inline void tr_jsonw_raw(struct tr_jsonw *w, const char *s, size_t n)
{
    if ((size_t)(w->end - w->at) < n) {
        w->full = true;
        w->end = w->at;
        return;
    }
    memcpy(w->at, s, n);
    w->at += n;
}

/** The comma that is due, if one is. For writers of values of their own. */
static inline void tr_jsonw_comma(struct tr_jsonw *w)
{
    if (w->comma) {
        tr_jsonw_raw(w, ",", 1);
    }
    w->comma = true;
}

/** Open '{' or '['. */
static inline void tr_jsonw_open(struct tr_jsonw *w, char bracket)
{
    tr_jsonw_comma(w);
    tr_jsonw_raw(w, &bracket, 1);
    w->comma = false;
}

/** Close with '}' or ']'. */
static inline void tr_jsonw_close(struct tr_jsonw *w, char bracket)
{
    tr_jsonw_raw(w, &bracket, 1);
    w->comma = true;
}

/** A member's name: plain ASCII that needs no escape. */
static inline void tr_jsonw_key(struct tr_jsonw *w, const char *key)
{
    tr_jsonw_comma(w);
    tr_jsonw_raw(w, "\"", 1);
    tr_jsonw_raw(w, key, strlen(key));
    tr_jsonw_raw(w, "\":", 2);
    w->comma = false;
}

static inline void tr_jsonw_null(struct tr_jsonw *w)
{
    tr_jsonw_comma(w);
    tr_jsonw_raw(w, "null", 4);
}

static inline void tr_jsonw_bool(struct tr_jsonw *w, bool value)
{
    tr_jsonw_comma(w);
    tr_jsonw_raw(w, value ? "true" : "false", value ? 4 : 5);
}

void tr_jsonw_uint(struct tr_jsonw *w, uint64_t value);
void tr_jsonw_int(struct tr_jsonw *w, int64_t value);

/** @return bytes of the one character beyond ASCII at @p s, which ends with a NUL; 0: not UTF-8. */
size_t tr_jsonw_utf8(const char *s);

/** A string, escaped; what is not valid UTF-8 becomes U+FFFD. NULL: null. */
void tr_jsonw_string(struct tr_jsonw *w, const char *s);

/** Nanoseconds as seconds with three decimals, rounded half away from zero. */
void tr_jsonw_seconds(struct tr_jsonw *w, int64_t ns);

/** With three decimals; null where it is not finite. */
void tr_jsonw_decimal(struct tr_jsonw *w, double value);

/** RFC 3339 UTC with ms, in quotes; see tr_rfc3339(). */
void tr_jsonw_time(struct tr_jsonw *w, struct tr_wall at);

/** "<unit>-<seq>", the id of a record. @p unit is an id: nothing to escape. */
void tr_jsonw_id(struct tr_jsonw *w, const char *unit, uint64_t seq);

/* --- members: a name and its value ---------------------------------------------------- */

static inline void tr_jsonw_put_string(struct tr_jsonw *w, const char *key, const char *s)
{
    tr_jsonw_key(w, key);
    tr_jsonw_string(w, s);
}

static inline void tr_jsonw_put_uint(struct tr_jsonw *w, const char *key, uint64_t value)
{
    tr_jsonw_key(w, key);
    tr_jsonw_uint(w, value);
}

static inline void tr_jsonw_put_int(struct tr_jsonw *w, const char *key, int64_t value)
{
    tr_jsonw_key(w, key);
    tr_jsonw_int(w, value);
}

static inline void tr_jsonw_put_bool(struct tr_jsonw *w, const char *key, bool value)
{
    tr_jsonw_key(w, key);
    tr_jsonw_bool(w, value);
}

static inline void tr_jsonw_put_seconds(struct tr_jsonw *w, const char *key, int64_t ns)
{
    tr_jsonw_key(w, key);
    tr_jsonw_seconds(w, ns);
}

static inline void tr_jsonw_put_decimal(struct tr_jsonw *w, const char *key, double value)
{
    tr_jsonw_key(w, key);
    tr_jsonw_decimal(w, value);
}

static inline void tr_jsonw_put_time(struct tr_jsonw *w, const char *key, struct tr_wall at)
{
    tr_jsonw_key(w, key);
    tr_jsonw_time(w, at);
}

#endif
