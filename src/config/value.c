/* One value: from a libconfig setting to its field, or a complaint. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config/internal.h"

typedef void (*reader)(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                       void *field);

const char *tr_cfg_range(const struct tr_cfg_key *key, char *buf, size_t cap)
{
    char lo[40], hi[40];
    bool unit = key->unit != NULL;
    snprintf(buf, cap, "%s to %s%s%s", tr_cfg_decimal(key->min, 1, lo, sizeof(lo)),
             tr_cfg_decimal(key->max, 1, hi, sizeof(hi)), unit ? " " : "", unit ? key->unit : "");
    return buf;
}

static void wrong(struct tr_cfg_ctx *ctx, const config_setting_t *at, const char *allowed)
{
    char found[64];
    tr_cfg_fail(ctx, at, NULL, "found %s; allowed: %s", tr_cfg_show(at, found, sizeof(found)),
                allowed);
}

/* @return the string, or NULL after a complaint that says @p allowed. */
static const char *get_string(struct tr_cfg_ctx *ctx, const config_setting_t *at,
                              const char *allowed)
{
    if (config_setting_type(at) == CONFIG_TYPE_STRING) {
        return config_setting_get_string(at);
    }
    wrong(ctx, at, allowed);
    return NULL;
}

/* Printable UTF-8: names end up on a dashboard, in topics and in terminals. */
static bool printable(const char *s)
{
    const unsigned char *p = (const unsigned char *)s;
    while (*p != '\0') {
        int more = *p < 0x80 ? 0 : *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : 1;
        if (*p < 0x20 || *p == 0x7f || (*p >= 0x80 && *p < 0xc2) || *p > 0xf4) {
            return false;
        }
        for (p++; more > 0; more--, p++) {
            if ((*p & 0xc0) != 0x80) {
                return false;
            }
        }
    }
    return true;
}

static void store_string(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key,
                         const config_setting_t *at, const char *s, char *field)
{
    if (strlen(s) >= key->size) {
        tr_cfg_fail(ctx, at, NULL, "found %zu bytes; allowed: at most %zu", strlen(s),
                    key->size - 1);
    } else if (!printable(s)) {
        tr_cfg_fail(ctx, at, NULL, "found bytes that are not printable UTF-8");
    } else if (key->type == TR_CFG_FILE && s[0] != '\0' && s[0] != '/' &&
               strncmp(s, TR_CFG_CREDENTIAL, strlen(TR_CFG_CREDENTIAL)) != 0) {
        tr_cfg_fail(ctx, at, NULL,
                    "found something else than a file's full path; allowed: a path that begins "
                    "with \"/\", or credential:NAME (the file holds the secret, this setting only "
                    "names it)");
    } else if (s[0] == '\0' && (key->flags & TR_CFG_NEEDED)) {
        tr_cfg_fail(ctx, at, NULL, "found an empty text; allowed: %s", key->about);
    } else {
        memset(field, 0, key->size);
        memcpy(field, s, strlen(s));
    }
}

static void read_string(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                        void *field)
{
    const char *s =
        config_setting_type(at) == CONFIG_TYPE_STRING ? config_setting_get_string(at) : NULL;
    if (s != NULL) {
        store_string(ctx, key, at, s, field);
    } else if (key->type == TR_CFG_FILE) {
        tr_cfg_fail(ctx, at, NULL, "allowed: a text in quotes");
    } else {
        wrong(ctx, at, "a text in quotes");
    }
}

static void read_id(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                    void *field)
{
    static const char allowed[] = "1 to 31 of a-z, 0-9, _ and -, in quotes";
    const char *s = get_string(ctx, at, allowed);
    if (s == NULL) {
        return;
    }
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    if (n == 0 || n >= TR_ID_MAX || s[n] != '\0') {
        wrong(ctx, at, allowed);
        return;
    }
    store_string(ctx, key, at, s, field);
}

static void read_zone(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                      void *field)
{
    static const char allowed[] = "a time zone such as \"Europe/London\"";
    const char *s = get_string(ctx, at, allowed);
    if (s == NULL) {
        return;
    }
    struct tr_cfg_near near = {.given = s};
    if (tr_cfg_zone_check(s, &near) == 0) {
        store_string(ctx, key, at, s, field);
    } else if (tr_cfg_near_found(&near)) {
        tr_cfg_fail(ctx, at, NULL,
                    "found \"%.60s\", which is no time zone here; did you mean \"%s\"?", s,
                    near.best);
    } else {
        tr_cfg_fail(ctx, at, NULL,
                    "found \"%.60s\", which is no time zone here; allowed: %s (see \"timedatectl "
                    "list-timezones\")",
                    s, allowed);
    }
}

static void read_refused(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                         void *field)
{
    (void)field;
    tr_cfg_fail(ctx, at, NULL, "%s", key->about);
}

static void read_line(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                      void *field)
{
    (void)key;
    struct tr_line *line = field;
    static const char allowed[] =
        "a line's name in quotes, e.g. \"GPIO5\", or its offset 0 to 1023";
    if (config_setting_type(at) == CONFIG_TYPE_INT) {
        int offset = config_setting_get_int(at);
        if (offset < 0 || offset > 1023) {
            wrong(ctx, at, allowed);
            return;
        }
        line->offset = offset;
        return;
    }
    const char *s = get_string(ctx, at, allowed);
    if (s == NULL) {
        return;
    }
    const struct tr_cfg_key name = {.type = TR_CFG_STRING, .size = sizeof(line->name)};
    store_string(ctx, &name, at, s, line->name);
}

static void read_bool(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                      void *field)
{
    (void)key;
    if (config_setting_type(at) != CONFIG_TYPE_BOOL) {
        wrong(ctx, at, "true or false (without quotes)");
        return;
    }
    *(bool *)field = config_setting_get_bool(at) != 0;
}

/* @return the index of the word at @p at, or -1 after a complaint. */
static int get_word(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at)
{
    struct tr_cfg_words allowed = {.s = ""};
    for (int i = 0; i < key->words_n; i++) {
        tr_cfg_add(&allowed, "%s\"%s\"", i == 0 ? "" : ", ", key->words[i]);
    }
    const char *s = get_string(ctx, at, allowed.s);
    if (s == NULL) {
        return -1;
    }
    struct tr_cfg_near near = {.given = s};
    for (int i = 0; i < key->words_n; i++) {
        if (strcmp(s, key->words[i]) == 0) {
            return i;
        }
        tr_cfg_near_add(&near, key->words[i]);
    }
    if (tr_cfg_near_found(&near)) {
        tr_cfg_fail(ctx, at, NULL, "found \"%.40s\"; allowed: %s; did you mean \"%s\"?", s,
                    allowed.s, near.best);
    } else {
        tr_cfg_fail(ctx, at, NULL, "found \"%.40s\"; allowed: %s", s, allowed.s);
    }
    return -1;
}

static void read_switch(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                        void *field)
{
    int i = get_word(ctx, key, at);
    if (i >= 0) {
        *(bool *)field = i == 1;
    }
}

static void read_enum(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                      void *field)
{
    int i = get_word(ctx, key, at);
    if (i >= 0) {
        memcpy(field, &i, sizeof(i));
    }
}

static void read_words(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                       void *field)
{
    int type = config_setting_type(at);
    if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST) {
        wrong(ctx, at, "an array of words, e.g. [ \"ack\", \"mute\" ]");
        return;
    }
    bool *set = field;
    memset(set, 0, sizeof(*set) * (size_t)key->words_n);
    for (int i = 0; i < config_setting_length(at); i++) {
        config_setting_t *word = config_setting_get_elem(at, (unsigned)i);
        int w = get_word(ctx, key, word);
        if (w >= 0 && set[w]) {
            tr_cfg_fail(ctx, word, NULL, "found \"%s\" twice", key->words[w]);
        } else if (w >= 0) {
            set[w] = true;
        }
    }
}

/* @return true with the number within the key's range, else complains. */
static bool get_number(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                       bool whole, double *ret)
{
    char range[96], allowed[160], found[64];
    tr_cfg_range(key, range, sizeof(range));
    snprintf(allowed, sizeof(allowed), "%s %s", whole ? "a whole number," : "a number,", range);
    double v = 0;
    switch (config_setting_type(at)) {
    case CONFIG_TYPE_INT:
        v = config_setting_get_int(at);
        break;
    case CONFIG_TYPE_INT64:
        v = (double)config_setting_get_int64(at);
        break;
    case CONFIG_TYPE_FLOAT:
        v = config_setting_get_float(at);
        if (!whole) {
            break;
        }
        /* fall through */
    default:
        wrong(ctx, at, allowed);
        return false;
    }
    if (!(v >= key->min && v <= key->max)) {
        const char *unit = key->unit != NULL ? key->unit : "";
        tr_cfg_fail(ctx, at, NULL, "found %s%s%s; allowed: %s",
                    tr_cfg_show(at, found, sizeof(found)), unit[0] != '\0' ? " " : "", unit, range);
        return false;
    }
    *ret = v;
    return true;
}

static void read_int(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                     void *field)
{
    double v;
    if (get_number(ctx, key, at, true, &v)) {
        *(int32_t *)field = (int32_t)v;
    }
}

static void read_float(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                       void *field)
{
    double v;
    if (get_number(ctx, key, at, false, &v)) {
        *(double *)field = v;
    }
}

static void read_scaled(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                        void *field)
{
    double v;
    if (get_number(ctx, key, at, false, &v)) {
        int64_t *stored = field;
        stored[0] = llround(v * (double)key->scale);
        if (key->flags & TR_CFG_SHORTHAND) {
            stored[1] = stored[0];
        }
    }
}

/* @return @p n digits at @p s as a number, or -1. */
static int digits(const char *s, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9') {
            return -1;
        }
        v = v * 10 + (s[i] - '0');
    }
    return v;
}

static void read_clock(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                       void *field)
{
    (void)key;
    static const char allowed[] = "a time \"HH:MM\" from \"00:00\" to \"23:59\"";
    const char *s = get_string(ctx, at, allowed);
    if (s == NULL) {
        return;
    }
    if (strlen(s) != 5 || s[2] != ':' || digits(s, 2) < 0 || digits(s, 2) > 23 ||
        digits(s + 3, 2) < 0 || digits(s + 3, 2) > 59) {
        wrong(ctx, at, allowed);
        return;
    }
    *(int16_t *)field = (int16_t)(digits(s, 2) * 60 + digits(s + 3, 2));
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static void read_date(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                      void *field)
{
    (void)key;
    static const char allowed[] = "a date \"YYYY-MM-DD\" of this century";
    const char *s = get_string(ctx, at, allowed);
    if (s == NULL) {
        return;
    }
    bool form = strlen(s) == 10 && s[4] == '-' && s[7] == '-';
    int y = form ? digits(s, 4) : -1;
    int m = form ? digits(s + 5, 2) : -1;
    int d = form ? digits(s + 8, 2) : -1;
    if (y < 2000 || y > 2099 || m < 0 || d < 0) {
        wrong(ctx, at, allowed);
    } else if (m < 1 || m > 12) {
        tr_cfg_fail(ctx, at, NULL, "found \"%s\", but there is no month %d; allowed: 01 to 12", s,
                    m);
    } else if (d < 1 || d > month_days(y, m)) {
        tr_cfg_fail(ctx, at, NULL, "found \"%s\", but that month has %d days", s, month_days(y, m));
    } else {
        *(int32_t *)field = y * 10000 + m * 100 + d;
    }
}

static int day_of(const char *s)
{
    static const char names[] = "montuewedthufrisatsun";
    for (int i = 0; i < 7; i++) {
        if (strncmp(s, names + 3 * i, 3) == 0) {
            return i;
        }
    }
    return -1;
}

static void read_days(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                      void *field)
{
    (void)key;
    static const char allowed[] =
        "days mon tue wed thu fri sat sun, as \"mon-sat\", \"mon,wed\" or \"sun\"";
    const char *s = get_string(ctx, at, allowed);
    unsigned days = 0;
    for (const char *p = s; p != NULL; p++) {
        int from = day_of(p);
        int to = from;
        p += from < 0 ? 0 : 3;
        if (from >= 0 && *p == '-') {
            to = day_of(p + 1);
            p += to < 0 ? 0 : 4;
        }
        if (from < 0 || to < 0 || (*p != '\0' && *p != ',')) {
            wrong(ctx, at, allowed);
            return;
        }
        for (int d = from;; d = (d + 1) % 7) {
            days |= 1U << d;
            if (d == to) {
                break;
            }
        }
        if (*p == '\0') {
            *(uint8_t *)field = (uint8_t)days;
            return;
        }
    }
}

void tr_cfg_read_value(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                       void *base)
{
    static const reader readers[TR_CFG_TYPE_COUNT] = {
        [TR_CFG_STRING] = read_string, [TR_CFG_ID] = read_id,           [TR_CFG_ZONE] = read_zone,
        [TR_CFG_FILE] = read_string,   [TR_CFG_REFUSED] = read_refused, [TR_CFG_LINE] = read_line,
        [TR_CFG_BOOL] = read_bool,     [TR_CFG_SWITCH] = read_switch,   [TR_CFG_ENUM] = read_enum,
        [TR_CFG_WORDS] = read_words,   [TR_CFG_INT] = read_int,         [TR_CFG_FLOAT] = read_float,
        [TR_CFG_SCALED] = read_scaled, [TR_CFG_CLOCK] = read_clock,     [TR_CFG_DATE] = read_date,
        [TR_CFG_DAYS] = read_days,
    };
    if (readers[key->type] != NULL) {
        readers[key->type](ctx, key, at, (char *)base + key->offset);
    } else {
        tr_cfg_read_ref(ctx, key, at, base);
    }
}
