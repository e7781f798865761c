/** @file config_case.h One wrong setting, and the whole complaint it must earn. */
#ifndef TEST_CONFIG_CASE_H
#define TEST_CONFIG_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/config.h"

#define CASE_K1   "{ id = \"k1\"; type = \"button\"; line = \"L5\"; }"
#define CASE_K2   "{ id = \"k2\"; type = \"button\"; line = \"L6\"; }"
#define CASE_SITE "site = { id = \"shop\"; };"
#define CASE_STATIONS                                                                              \
    "stations = ( { id = \"t\"; kind = \"call\"; call = \"k1\"; answer = \"k2\"; } );"
#define CASE_SENSORS                                                                               \
    "sensors = ( { id = \"b1\"; type = \"beam\"; line = \"L1\"; },"                                \
    " { id = \"b2\"; type = \"beam\"; line = \"L2\"; },"                                           \
    " { id = \"p1\"; type = \"presence\"; line = \"L3\"; },"                                       \
    " { id = \"p2\"; type = \"presence\"; line = \"L4\"; }, " CASE_K1 ", " CASE_K2 ","             \
    " { id = \"c1\"; type = \"contact\"; line = \"L7\"; },"                                        \
    " { id = \"r1\"; type = \"ring\"; line = \"L8\"; },"                                           \
    " { id = \"h1\"; type = \"hook\"; line = \"L9\"; },"                                           \
    " { id = \"s1\"; type = \"staff\"; line = \"L10\"; } );"

/* libconfig 1.5 leaks its lexer's buffer at a syntax error (seen under ASan); ours must not. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libconfig.so";
}

/** Lines 1 to 4 of a configuration; NULL: the good one. */
struct config_case {
    const char *title;
    const char *site, *sensors, *stations, *rest;
    const char *errors; /**< "LINE: PATH: TEXT", joined by newlines */
};

enum { CASE_ERRORS_MAX = 64, CASE_TEXT_MAX = 16384 };

/** Load @p text and write its complaints as a case's errors. @return as tr_config_load(). */
static inline int config_complaints(const char *file, const char *text, const char *const *sets,
                                    char *ret, size_t cap)
{
    static struct tr_config_error errors[CASE_ERRORS_MAX];
    struct tr_config *cfg = NULL;
    size_t n = 0;
    size_t len = 0;
    ret[0] = '\0';
    int r = tr_config_load(file, text, sets, &cfg, errors, CASE_ERRORS_MAX, &n);
    for (size_t i = 0; i < n && len < cap; i++) {
        const struct tr_config_error *e = &errors[i];
        len += (size_t)snprintf(ret + len, cap - len, "%s%s%s%u: %s: %s", i > 0 ? "\n" : "",
                                strcmp(e->file, file) != 0 ? e->file : "",
                                strcmp(e->file, file) != 0 ? ":" : "", e->line, e->path, e->text);
    }
    tr_config_free(cfg);
    return r;
}

/** Run every case; fails at the end, so that all failures show at once. */
static inline void config_run_cases(const struct config_case *cases, size_t n)
{
    static char text[CASE_TEXT_MAX], found[CASE_TEXT_MAX];
    size_t failed = 0;
    for (size_t i = 0; i < n; i++) {
        const struct config_case *c = &cases[i];
        snprintf(text, sizeof(text), "%s\n%s\n%s\n%s\n", c->site != NULL ? c->site : CASE_SITE,
                 c->sensors != NULL ? c->sensors : CASE_SENSORS,
                 c->stations != NULL ? c->stations : CASE_STATIONS, c->rest != NULL ? c->rest : "");
        int r = config_complaints("case.conf", text, NULL, found, sizeof(found));
        if (r != -EINVAL || strcmp(found, c->errors) != 0) {
            print_error("%s: returned %d\n  expected %s\n  found    %s\n", c->title, r, c->errors,
                        found);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

#endif
