/* The report's arithmetic without a journal: days as numbers, ranges, Kaplan and Meier,
 * levels, and a thousand invented histories against the slow way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/report_data.h"

static void assert_near(double got, double expected)
{
    if (!(fabs(got - expected) < 1e-6)) {
        fail_msg("expected %.9f, got %.9f", expected, got);
    }
}

/* --- days ------------------------------------------------------------------------------- */

static void test_days_are_numbers(void **state)
{
    char text[TR_REPORT_DATE_MAX];
    int day = 0;

    (void)state;
    for (int d = 0; d < 40000; d++) { /* until 2079, against the C library */
        const time_t t = (time_t)d * 86400;
        struct tm tm;
        char date[16];
        char week[8];

        gmtime_r(&t, &tm);
        assert_true(strftime(date, sizeof(date), "%Y-%m-%d", &tm) > 0);
        assert_true(strftime(week, sizeof(week), "%V", &tm) > 0);
        tr_report_date(d, text);
        assert_string_equal(text, date);
        assert_true(tr_report_date_parse(date, &day));
        assert_int_equal(day, d);
        assert_int_equal(tr_report_weekday(d), (tm.tm_wday + 6) % 7);
        assert_int_equal(tr_report_week_number(d), atoi(week));
    }
    const char *const none[] = {"2026-02-29", "2026-13-01", "2026-3-2",   "2026-03-02x",
                                "26-03-02",   "",           "2026-00-10", "1969-12-31"};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_false(tr_report_date_parse(none[i], &day));
    }
}

static void check_range(enum tr_report_span span, const char *at, const char *from, const char *to,
                        const char *title)
{
    const struct tr_report_ask ask = {.span = span, .at = at};
    char text[80];
    int oldest = 0;
    int newest = 0;
    int a = 0;
    int b = 0;

    assert_true(tr_report_date_parse("2026-01-05", &oldest));
    assert_true(tr_report_date_parse("2026-03-04", &newest));
    assert_null(tr_report_range(&ask, oldest, newest, &a, &b));
    tr_report_date(a, text);
    assert_string_equal(text, from);
    tr_report_date(b, text);
    assert_string_equal(text, to);
    tr_report_title(&ask, a, b, text, sizeof(text));
    assert_string_equal(text, title);
}

static void test_ranges(void **state)
{
    const struct tr_report_ask none = {.span = TR_REPORT_WEEK, .at = "2026-W54"};
    int a;
    int b;

    (void)state;
    check_range(TR_REPORT_DAY, NULL, "2026-03-04", "2026-03-04", "Wednesday 4 March 2026");
    check_range(TR_REPORT_WEEK, "2026-W01", "2025-12-29", "2026-01-04",
                "Week 1, 29 December 2025 to 4 January 2026");
    check_range(TR_REPORT_WEEK, NULL, "2026-03-02", "2026-03-08", "Week 10, 2 to 8 March 2026");
    check_range(TR_REPORT_MONTH, "2024-02", "2024-02-01", "2024-02-29", "February 2024");
    check_range(TR_REPORT_MONTH, "2025-12", "2025-12-01", "2025-12-31", "December 2025");
    check_range(TR_REPORT_RANGE, NULL, "2026-01-05", "2026-03-04", "5 January to 4 March 2026");
    assert_non_null(tr_report_range(&none, 0, 0, &a, &b));
}

/* A night of clock change, a bar's small hours, and half an hour's time zone. */
static void test_the_business_day(void **state)
{
    struct tr_report_clock clock = {.start_s = 4 * 3600};
    int sunday = 0;
    int hour;

    (void)state;
    assert_true(tr_report_date_parse("2026-03-29", &sunday));
    setenv("TZ", "Europe/London", 1);
    tzset();
    const struct tr_wall begin = tr_report_day_begin(sunday, 240);
    assert_int_equal(begin.ms, INT64_C(1774753200000)); /* 04:00 BST is 03:00 UTC */
    assert_int_equal(tr_report_day_of(&clock, (struct tr_wall){begin.ms - 1}, &hour), sunday - 1);
    assert_int_equal(hour, 3);
    assert_int_equal(tr_report_day_of(&clock, begin, &hour), sunday);
    assert_int_equal(hour, 4);
    /* 00:59 UTC is 00:59 GMT, 01:00 UTC is 02:00 BST. */
    tr_report_day_of(&clock, (struct tr_wall){begin.ms - 2 * 3600000 - 1}, &hour);
    assert_int_equal(hour, 0);
    tr_report_day_of(&clock, (struct tr_wall){begin.ms - 2 * 3600000}, &hour);
    assert_int_equal(hour, 2);
    assert_int_equal(tr_report_day_begin(sunday, 240).ms - tr_report_day_begin(sunday - 1, 240).ms,
                     23 * 3600000);
}

/* --- Kaplan and Meier ---------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* THEORY 2.13's tie rule: an answer comes before a leaving of the same length. */
static void test_by_hand(void **state)
{
    struct tr_report_quantiles q;
    /* S is 4/5 from 10 on, 4/5 * 3/4 = 0.6 from 20 on, 0.6 * 0/1 = 0 from 40 on. */
    const uint32_t key[] = {tr_report_key(10000, false), tr_report_key(20000, false),
                            tr_report_key(20000, true), tr_report_key(30000, true),
                            tr_report_key(40000, false)};

    (void)state;
    tr_report_quantiles(key, 5, &q);
    assert_int_equal(q.answered, 3);
    assert_int_equal(q.left, 2);
    assert_near(q.mean_s, 70.0 / 3.0);
    assert_near(q.max_s, 40.0);
    assert_near(q.served_p50_s, 20.0);
    assert_near(q.served_p90_s, 40.0);
    assert_near(q.needed_s[19], 10.0); /* S(10) is 0.8: just reached */
    assert_near(q.needed_s[20], 20.0);
    assert_near(q.needed_s[39], 20.0); /* S(20) is 0.6 */
    assert_near(q.needed_s[40], 40.0);
    tr_report_quantiles(key, 4, &q); /* without the last: 3/4 * 2/3, and nobody knows beyond */
    assert_near(q.needed_p50_s, 20.0);
    assert_true(isnan(q.needed_s[50]));
    tr_report_quantiles(key, 0, &q);
    assert_true(isnan(q.mean_s) && isnan(q.served_p50_s) && isnan(q.needed_p50_s));
    assert_int_equal(q.answered, 0);
}

/* S at s, moment by moment. */
static double survival(const uint32_t *key, size_t n, uint32_t ms)
{
    double s = 1.0;

    for (size_t i = 0; i < n; i++) {
        if ((key[i] & 1) == 0 && key[i] >> 1 <= ms) {
            s *= 1.0 - 1.0 / (double)(n - i); /* ties one by one: the same product */
        }
    }
    return s;
}

static void test_a_thousand_histories(void **state)
{
    uint32_t key[64];

    (void)state;
    srandom(7);
    for (int round = 0; round < 1000; round++) {
        const size_t n = (size_t)(random() % 64);
        struct tr_report_quantiles q;

        for (size_t i = 0; i < n; i++) {
            key[i] = tr_report_key((uint32_t)(random() % 40) * 500, random() % 3 == 0);
        }
        qsort(key, n, sizeof(key[0]), ascending);
        tr_report_quantiles(key, n, &q);
        for (int i = 0; i < TR_REPORT_QUANTILES; i++) {
            const double left = 1.0 - (i + 1) / 100.0 + 1e-9;

            if (isnan(q.needed_s[i])) {
                assert_true(survival(key, n, 20000) > left);
                continue;
            }
            const uint32_t ms = (uint32_t)(q.needed_s[i] * 1000.0 + 0.5);
            assert_true(survival(key, n, ms) <= left);
            assert_true(ms == 0 || survival(key, n, ms - 1) > left);
            assert_true(i == 0 || q.needed_s[i] >= q.needed_s[i - 1]);
            assert_true(q.needed_s[i] >= q.served_s[i]); /* who left never shortens it */
        }
    }
}

/* --- levels ------------------------------------------------------------------------------------ */

static void test_levels(void **state)
{
    struct tr_report_level l = {.counted = 10, .kept = 3};

    (void)state;
    tr_report_level_done(&l); /* THEORY 2.7: 3 of 10 */
    assert_near(l.pct, 30.0);
    assert_near(l.low_pct, 30.0);
    assert_near(l.high_pct, 30.0);
    assert_true(fabs(l.sure_low_pct - 10.7789) < 1e-3 && fabs(l.sure_high_pct - 60.3227) < 1e-3);
    l = (struct tr_report_level){.counted = 8, .kept = 6, .unsure = 2};
    tr_report_level_done(&l);
    assert_near(l.pct, 75.0);
    assert_near(l.low_pct, 60.0);
    assert_near(l.high_pct, 80.0);
    assert_true(l.sure_low_pct < l.low_pct && l.sure_high_pct > l.high_pct);
    l = (struct tr_report_level){.counted = 0};
    tr_report_level_done(&l);
    assert_true(isnan(l.pct) && isnan(l.low_pct) && isnan(l.sure_high_pct));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days_are_numbers),     cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_the_business_day),     cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_a_thousand_histories), cmocka_unit_test(test_levels)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
