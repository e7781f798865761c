/* Charts, drawn from plain arrays and read back: what is where, and in which shape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report_chart.h"
#include "report_shop.h"

static char *drawn;
static size_t drawn_n;

static FILE *draw(void)
{
    free(drawn);
    drawn = NULL;
    FILE *to = open_memstream(&drawn, &drawn_n);
    assert_non_null(to);
    return to;
}

/* cmocka compares floats; these are doubles. */
static void near(double a, double b, double by)
{
    if (!(fabs(a - b) <= by)) {
        fail_msg("%g is not %g", a, b);
    }
}

static int count(const char *what)
{
    int n = 0;
    for (const char *at = drawn; (at = strstr(at, what)) != NULL; at++) {
        n++;
    }
    return n;
}

/* The number that follows @p key in the @p which th (from 0) element with @p what in it. */
static double number_of(const char *what, int which, const char *key)
{
    const char *at = drawn;
    for (int i = 0; i <= which; i++) {
        at = strstr(i == 0 ? at : at + 1, what);
        assert_non_null(at);
    }
    at = strstr(at, key);
    assert_non_null(at);
    return strtod(at + strlen(key), NULL);
}

static struct tr_chart_share share(int64_t k, int64_t n)
{
    const struct tr_report_level l = report_shop_level(k, n);
    return (struct tr_chart_share){k, n, l.pct, l.sure_low_pct, l.sure_high_pct};
}

/* --- numbers and words ------------------------------------------------------------- */

static void numbers_are_round_and_true(void **state)
{
    (void)state;
    char text[32];
    near(tr_chart_step(100, 4), 50, 1e-9);
    near(tr_chart_step(7, 4), 2, 1e-9);
    near(tr_chart_step(0.3, 3), 0.1, 1e-9);
    near(tr_chart_step(0, 3), 1, 1e-9);
    near(tr_chart_step(NAN, 3), 1, 1e-9);
    assert_string_equal(tr_chart_duration(45, text, sizeof(text)), "45 s");
    assert_string_equal(tr_chart_duration(59.6, text, sizeof(text)), "1:00");
    assert_string_equal(tr_chart_duration(125, text, sizeof(text)), "2:05");
    assert_string_equal(tr_chart_duration(3725, text, sizeof(text)), "1:02:05");
    assert_string_equal(tr_chart_count(7, text, sizeof(text)), "7");
    assert_string_equal(tr_chart_count(1204, text, sizeof(text)), "1,204");
    assert_string_equal(tr_chart_count(-123456, text, sizeof(text)), "-123,456");
    assert_string_equal(tr_chart_count(1000000, text, sizeof(text)), "1,000,000");
    assert_string_equal(tr_chart_count(1000000, text, 4), "1,0");
    /* One miss in ten thousand is no hundred percent. */
    struct tr_chart_share s = share(9999, 10000);
    near(tr_chart_shown_pct(&s), 99.9, 1e-9);
    s = share(10000, 10000);
    near(tr_chart_shown_pct(&s), 100, 1e-9);
    s = share(1, 3);
    near(tr_chart_shown_pct(&s), 33.3, 1e-9);
}

static void labels_are_cut_between_characters(void **state)
{
    (void)state;
    FILE *to = draw();
    tr_chart_label(to, 0, 0, "s", 20, "K\u00f6ln & B\u00f6rse, \u00dcbergang am gro\u00dfen Tor");
    fclose(to);
    assert_non_null(strstr(drawn, "\u2026<title>"));
    assert_non_null(strstr(drawn, "K\u00f6ln &amp; B"));
    assert_non_null(strstr(drawn, "gro\u00dfen Tor</title>"));
    for (const char *c = drawn; *c != '\0'; c++) { /* no byte of a character stands alone */
        if (((unsigned char)*c & 0xe0) == 0xc0) {
            assert_int_equal((unsigned char)c[1] & 0xc0, 0x80);
        }
    }
    to = draw();
    tr_chart_label(to, 0, 0, "", 60, "Tills");
    fclose(to);
    assert_null(strstr(drawn, "textLength"));
    assert_null(strstr(drawn, "<title>"));
}

/* --- shares -------------------------------------------------------------------------- */

static void a_shape_says_what_is_proven(void **state)
{
    (void)state;
    const struct tr_chart_row row[] = {
        {.label = "kept", .level = share(95, 100), .objective_pct = 80, .coverage_pct = NAN},
        {.label = "open", .level = share(82, 100), .objective_pct = 80, .coverage_pct = 100},
        {.label = "missed", .level = share(50, 100), .objective_pct = 80, .coverage_pct = 89.9},
        {.label = "few", .level = share(0, 9), .objective_pct = 80, .coverage_pct = NAN},
        {.label = "none", .level = share(0, 0), .objective_pct = 80, .coverage_pct = NAN},
        {.label = "unpromised", .level = share(50, 100), .objective_pct = NAN, .coverage_pct = 7},
    };
    FILE *to = draw();
    tr_chart_rows(to, "t", row, 6);
    fclose(to);
    assert_int_equal(count("<circle class=\"kept\""), 1);
    assert_int_equal(count("<circle class=\"open\""), 2); /* open, few */
    assert_int_equal(count("<path class=\"bad\""), 1);
    assert_int_equal(count("<rect class=\"mark\""), 1);
    assert_int_equal(count("class=\"goal\""), 5);
    assert_int_equal(count("nobody waited"), 1);
    assert_non_null(strstr(drawn, "0 of 9"));
    assert_non_null(strstr(drawn, "95.0 %"));
    assert_non_null(strstr(drawn, "seen 89 %")); /* never rounded up */
    assert_null(strstr(drawn, "nan"));
    /* The axis begins at 0, for the few prove nothing: x is percent of the width. */
    near(number_of("<circle class=\"kept\"", 0, "cx=\""), 95.0 * TR_CHART_WIDTH_MM / 100, 0.01);
    near(number_of("class=\"goal\"", 0, "x1=\""), 80.0 * TR_CHART_WIDTH_MM / 100, 0.01);
    const double low = share(95, 100).low_pct, high = share(95, 100).high_pct;
    near(number_of("class=\"bound\"", 0, " x=\""), low * TR_CHART_WIDTH_MM / 100, 0.01);
    near(number_of("class=\"bound\"", 0, "width=\""), (high - low) * TR_CHART_WIDTH_MM / 100, 0.01);
}

static void columns_stand_on_their_counts(void **state)
{
    (void)state;
    const struct tr_chart_column column[] = {{.label = "9", .kept = 30, .n = 40, .accent = true},
                                             {.label = "10", .kept = 20, .n = 20},
                                             {.label = "11", .kept = 0, .n = -1},
                                             {.label = "12", .kept = 0, .n = 0}};
    FILE *to = draw();
    tr_chart_columns(to, "t", column, 4);
    fclose(to);
    assert_int_equal(count("class=\"unseen\""), 1);
    assert_int_equal(count("class=\"missed\""), 1);
    const double kept = number_of("class=\"kept\"", 0, "height=\"");
    assert_true(kept > 10);
    near(number_of("class=\"missed\"", 0, "height=\"") / kept, 1.0 / 3, 0.01);
    near(number_of("class=\"kept2\"", 0, "height=\"") / kept, 2.0 / 3, 0.01);
}

/* --- the hour map ----------------------------------------------------------------------- */

static void the_hour_map_has_one_scale(void **state)
{
    (void)state;
    static const char *const days[] = {"Mon", "Tue", "Wed"};
    const struct tr_chart_cell cell[] = {
        {.level = share(95, 100), .open = true},
        {.level = share(9499, 10000), .open = true},
        {.level = share(50, 100), .open = true},
        {.level = share(3, 4), .open = true},
        {.level = share(78, 100), .open = true},
        {.level = share(0, 0), .open = true},
        {.level = share(0, 0), .open = false},
        {.level = share(59999, 100000), .open = true},
        {.level = share(100, 100), .open = true},
        {.level = share(2, 2), .open = false},
        {.level = share(0, 0), .open = false},
        {.level = share(0, 0), .open = true, .unseen = true},
    };
    const struct tr_chart_heat h = {.title = "t",
                                    .columns = days,
                                    .columns_n = 3,
                                    .hour_from = 23,
                                    .hour_to = 27,
                                    .cells = cell,
                                    .objective_pct = 80};
    FILE *to = draw();
    tr_chart_heat(to, &h);
    fclose(to);
    assert_int_equal(count("class=\"h0\""), 2);
    assert_int_equal(count("class=\"h1\""), 1);
    assert_int_equal(count("class=\"h5\""), 2);
    assert_non_null(strstr(drawn, ">94<")); /* rounded down, never up */
    assert_non_null(strstr(drawn, ">59<"));
    assert_non_null(strstr(drawn, ">3/4<"));
    assert_non_null(strstr(drawn, ">2/2<")); /* somebody waited though closed */
    assert_int_equal(count("\u00b7"), 1);
    /* 50 and 59.9 %, surely, white on the darkest shade; 78 may be 80 */
    assert_int_equal(count("<path class=\"markw\""), 2);
    assert_int_equal(count("<path class=\"mark\""), 0);
    assert_int_equal(count("class=\"unseen\""), 1); /* and no dot: nobody can tell */
    assert_non_null(strstr(drawn, "23:00"));
    assert_non_null(strstr(drawn, ">1:00")); /* past midnight */
}

/* --- curves ---------------------------------------------------------------------------------- */

static void a_curve_ends_where_knowledge_does(void **state)
{
    (void)state;
    const struct tr_chart_point honest[] = {{10, 25}, {20, 50}};
    const struct tr_chart_point naive[] = {{10, 50}, {30, 100}};
    const struct tr_chart_curve c = {.title = "t",
                                     .honest = honest,
                                     .honest_n = 2,
                                     .naive = naive,
                                     .naive_n = 2,
                                     .threshold_s = 40,
                                     .objective_pct = 80,
                                     .end_s = 60};
    FILE *to = draw();
    tr_chart_curve(to, &c);
    fclose(to);
    assert_non_null(strstr(drawn, "promise 40 s"));
    assert_null(strstr(drawn, "nan"));
    char *path = strstr(drawn, "<path class=\"honest\"");
    assert_non_null(path);
    *strchr(path, '>') = '\0';
    assert_non_null(strstr(path, "H22.75V")); /* 10 s of 60 */
    assert_non_null(strstr(path, "H35.50V")); /* 20 s */
    assert_null(strstr(path, "H86.50"));      /* and no further */

    const struct tr_chart_curve none = {.title = "t", .threshold_s = NAN, .objective_pct = NAN};
    to = draw();
    tr_chart_curve(to, &none);
    fclose(to);
    assert_null(strstr(drawn, "nan"));
    assert_int_equal(count("<path"), 0);
}

/* --- smiles and bars ---------------------------------------------------------------------------- */

static void smiles_fill_the_width_by_their_share(void **state)
{
    (void)state;
    const struct tr_chart_smile_row row[] = {{.label = "a", .votes = {10, 0, 30}},
                                             {.label = "b", .votes = {0, 0, 0}}};
    FILE *to = draw();
    tr_chart_smiles(to, "t", 3, row, 2);
    fclose(to);
    assert_int_equal(count("<circle class=\"face\""), 3);
    near(number_of("class=\"v0\"", 0, "width=\""), TR_CHART_WIDTH_MM / 4 - 0.3, 0.02);
    near(number_of("class=\"v4\"", 0, " x=\""), TR_CHART_WIDTH_MM / 4, 0.02);
    assert_int_equal(count("class=\"v2\""), 0);
    assert_int_equal(count("no votes"), 1);
    assert_int_equal(count("40 votes"), 1);

    const struct tr_chart_turn turn[] = {{"< 1:00", 90, 12}, {"< 2:00", NAN, 0}, {"2:00 +", 10, 3}};
    to = draw();
    tr_chart_turn(to, "t", turn, 3);
    fclose(to);
    assert_int_equal(count("<circle class=\"face\""), 2);
    assert_int_equal(count("class=\"axis\""), 0); /* no line over what nobody said */
    assert_true(number_of("<circle class=\"face\"", 0, "cy=\"") <
                number_of("<circle class=\"face\"", 1, "cy=\""));
    assert_null(strstr(drawn, "nan"));
}

static void what_was_held_back_is_beside_what_was_told(void **state)
{
    (void)state;
    const struct tr_chart_bar bar[] = {{"Sounds", "", 30, 10}, {"Other", NULL, 20, 0}};
    FILE *to = draw();
    tr_chart_bars(to, "t & t", bar, 2);
    fclose(to);
    const double solid = number_of("class=\"kept\"", 0, "width=\"");
    near(number_of("class=\"held\"", 0, " x=\""), solid, 0.02);
    near(number_of("class=\"held\"", 0, "width=\"") / solid, 1.0 / 3, 0.01);
    near(number_of("class=\"kept\"", 1, "width=\"") / solid, 2.0 / 3, 0.01);
    assert_int_equal(count("class=\"held\""), 1);
    assert_non_null(strstr(drawn, "30 + 10"));
    assert_non_null(strstr(drawn, "role=\"img\""));
    assert_non_null(strstr(drawn, "aria-label=\"t &amp; t\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_round_and_true),
        cmocka_unit_test(labels_are_cut_between_characters),
        cmocka_unit_test(a_shape_says_what_is_proven),
        cmocka_unit_test(columns_stand_on_their_counts),
        cmocka_unit_test(the_hour_map_has_one_scale),
        cmocka_unit_test(a_curve_ends_where_knowledge_does),
        cmocka_unit_test(smiles_fill_the_width_by_their_share),
        cmocka_unit_test(what_was_held_back_is_beside_what_was_told),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(drawn);
    return failed;
}
