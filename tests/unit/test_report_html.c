/* The report's page: whole, alone, true to the report, and quiet where there is nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "report_shop.h"

static char *page_of(const struct tr_report *r)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    assert_non_null(to);
    tr_report_html(to, r);
    assert_int_equal(ferror(to), 0);
    fclose(to);
    return text;
}

static int count(const char *page, const char *what)
{
    int n = 0;
    for (const char *at = page; (at = strstr(at, what)) != NULL; at++) {
        n++;
    }
    return n;
}

static void has(const char *page, const char *what)
{
    if (strstr(page, what) == NULL) {
        fail_msg("not on the page: %s", what);
    }
}

static void has_not(const char *page, const char *what)
{
    const char *at = strstr(page, what);
    if (at != NULL) {
        fail_msg("on the page: %.80s", at);
    }
}

/* Every element is closed, by the one that was opened last. */
static void assert_balanced(const char *page)
{
    static const char *const alone[] = {"!DOCTYPE", "meta", "br"};
    char open[64][24];
    int n = 0;
    for (const char *at = page; (at = strchr(at, '<')) != NULL; at++) {
        const char *end = strchr(at, '>');
        char tag[24];
        assert_non_null(end);
        const bool closes = at[1] == '/';
        const size_t len = strcspn(at + 1 + closes, " />\n");
        assert_in_range(len, 1, sizeof(tag) - 1);
        memcpy(tag, at + 1 + closes, len);
        tag[len] = '\0';
        bool single = end[-1] == '/';
        for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++) {
            single = single || strcmp(tag, alone[i]) == 0;
        }
        if (closes) {
            assert_true(n > 0);
            if (strcmp(open[--n], tag) != 0) {
                fail_msg("</%s> closes <%s>: %.60s", tag, open[n], at);
            }
        } else if (!single) {
            assert_in_range(n, 0, 63);
            memcpy(open[n++], tag, sizeof(tag));
        }
    }
    assert_int_equal(n, 0);
}

/* Each link leads to one place on the page, and nothing to anywhere else. */
static void assert_alone(const char *page)
{
    for (const char *at = page; (at = strstr(at, "href=\"")) != NULL; at++) {
        char id[80];
        assert_int_equal(at[6], '#');
        snprintf(id, sizeof(id), "id=\"%.*s\"", (int)strcspn(at + 7, "\""), at + 7);
        assert_int_equal(count(page, id), 1);
    }
    for (const char *at = page; (at = strstr(at, "url(")) != NULL; at++) {
        assert_int_equal(at[4], '#');
    }
    assert_int_equal(count(page, "://"), count(page, "xmlns=\"http://www.w3.org/2000/svg\""));
    has_not(page, "src=");
    has_not(page, "@import");
    has_not(page, "<script");
}

static void assert_well(const char *page)
{
    assert_balanced(page);
    assert_alone(page);
    has_not(page, "nan");
    has_not(page, "inf ");
    has_not(page, "inf<");
    has_not(page, "(null)");
    assert_int_equal(count(page, "class=\"chart\""), count(page, "role=\"img\""));
    assert_int_equal(count(page, "role=\""), count(page, "aria-label=\""));
    assert_int_equal(count(page, "aria-label=\"\""), 0);
}

static void a_week_has_every_section(void **state)
{
    (void)state;
    struct tr_report *r = report_shop(7, 9);
    char *page = page_of(r), text[96];
    assert_well(page);
    has_not(page, "<orders>");
    has(page, "Telephone &amp; &lt;orders&gt;");
    static const char *const heading[] = {"By daypart",
                                          "Which hour hurts",
                                          "How long people waited",
                                          "Beside the weeks before",
                                          "Smiles",
                                          "Alerts",
                                          "Sensors",
                                          "The figures"};
    const char *last = page;
    for (size_t i = 0; i < sizeof(heading) / sizeof(heading[0]); i++) {
        snprintf(text, sizeof(text), "<h2>%s", heading[i]);
        has(page, text);
        assert_true(strstr(page, text) > last); /* in the order of enum tr_report_section */
        last = strstr(page, text);
    }
    for (int i = 0; i < 4; i++) {
        snprintf(text, sizeof(text), "<td class=\"num\">%.1f to %.1f</td>",
                 r->station[i].level.sure_low_pct, r->station[i].level.sure_high_pct);
        has(page, text);
    }
    has(page, "<title>Corner shop, High Street: Week 10, 2 to 8 March 2026</title>");
    has(page, "Of 4 promises none was surely kept, 3 were surely missed; 1 may be either");
    has(page, "The hour that hurts: Friday 17:00");
    has(page, "Telephone &amp; &lt;orders&gt; needs help");
    has(page, "98.2 % of the opening time was measured in full");
    has(page, "22 + 5");
    has(page, "Door, inner beam: out of order 1 time, 45 min in all");
    free(page);
    report_shop_free(r);
}

static void a_day_is_told_by_its_hours(void **state)
{
    (void)state;
    struct tr_report *r = report_shop(1, 1);
    char *page = page_of(r);
    assert_well(page);
    has(page, "<h2>Through the day");
    has_not(page, "Which hour hurts");
    has_not(page, "Beside the weeks before");
    has_not(page, "Day by day");
    free(page);
    report_shop_free(r);
}

/* A journal of a shop where nothing ever happened, and no heading over nothing. */
static void an_empty_report_is_a_short_page(void **state)
{
    (void)state;
    struct tr_report *r = calloc(1, sizeof(*r));
    strcpy(r->site, "corner");
    strcpy(r->title, "Monday 2 March 2026");
    r->hours.first = r->hours.last = -1;
    r->level = report_shop_level(0, 0);
    r->sight.pct = NAN;
    r->synced = true;
    char *page = page_of(r);
    assert_well(page);
    has(page, "Nobody waited");
    assert_int_equal(count(page, "<h2"), 1); /* the figures' */
    has_not(page, "How far to trust it");
    free(page);
    free(r);
}

/* Fewer than ten waits compare with nothing (RULES 24). */
static void few_waits_make_no_percentage(void **state)
{
    (void)state;
    struct tr_report *r = report_shop(1, 1);
    r->level = report_shop_level(3, 4);
    r->so_far = true;
    r->synced = false;
    r->lost = 12;
    char *page = page_of(r);
    assert_well(page);
    has(page, "<p class=\"big\">3 <small>of 4</small></p>");
    has(page, "Monday 2 March 2026, so far");
    has(page, "it is not over");
    has(page, "The clock was not always set");
    has(page, "has lost 12 rows");
    free(page);
    report_shop_free(r);
}

/* What is sure is said, what is not is not: a best station, a better week. */
static void praise_needs_proof(void **state)
{
    (void)state;
    struct tr_report *r = report_shop(7, 2);
    r->station[2].level = report_shop_level(390, 400);
    r->week[0].level = report_shop_level(700, 1000);
    r->week[1].level = report_shop_level(800, 1000);
    char *page = page_of(r);
    has(page, "Fitting room is worth copying: 97.5 % kept");
    has(page, "The week is better than the one before (70.0 %)");
    free(page);
    r->station[2].level = report_shop_level(9, 9); /* surely above, of too few to praise */
    r->station[2].target_pct = 60;
    r->week[1].level = report_shop_level(710, 1000);
    page = page_of(r);
    has_not(page, "worth copying");
    has(page, "not surely different from the one before");
    free(page);
    report_shop_free(r);
}

int main(void)
{
    tr_calendar_zone("Europe/London");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_week_has_every_section),
        cmocka_unit_test(a_day_is_told_by_its_hours),
        cmocka_unit_test(an_empty_report_is_a_short_page),
        cmocka_unit_test(few_waits_make_no_percentage),
        cmocka_unit_test(praise_needs_proof),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
