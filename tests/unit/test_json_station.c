/* A station's state and its figures: the wire's text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>

#include "codec/json.h"

static struct tr_plan plan;

static int setup(void **state)
{
    (void)state;
    static const enum tr_station_kind kinds[] = {TR_KIND_GREETING, TR_KIND_QUEUE, TR_KIND_FEEDBACK};
    tr_plan_init(&plan);
    for (int i = 0; i < 3; i++) {
        tr_plan_init_station(&plan.stations[i], kinds[i]);
        strcpy(plan.stations[i].id, tr_station_kind_name[kinds[i]]);
    }
    plan.stations_n = 3;
    strcpy(plan.dayparts[0].id, "lunch");
    plan.dayparts_n = 1;
    return 0;
}

static void states(void **state)
{
    (void)state;
    char text[TR_JSON_MAX];
    struct tr_station_state st = {.waiting = 3,
                                  .people = 4,
                                  .oldest_wait_ns = 14500 * TR_NS_PER_MS,
                                  .oldest_rings = 3,
                                  .level = TR_LEVEL_AT_RISK,
                                  .open = true,
                                  .service_level_pct = NAN,
                                  .today_pct = 200.0 / 3,
                                  .measuring = TR_MEASURING_DEGRADED,
                                  .coverage_pct = 87.5,
                                  .staffed = -1};
    assert_true(tr_json_station_state(&plan, 1, &st, text, sizeof(text)) > 0);
    assert_string_equal(text,
                        "{\"v\":1,\"waiting\":3,\"at_least\":0,\"people\":4,\"in_service\":0,"
                        "\"oldest_wait_s\":14.500,\"oldest_rings\":3,\"level\":1,\"acked\":0,"
                        "\"open\":1,\"streak\":0,\"threshold_s\":null,\"service_level_pct\":null,"
                        "\"today_pct\":66.667,\"today_arrivals\":0,\"today_served\":0,"
                        "\"today_void\":0,\"measuring\":\"degraded\",\"coverage_pct\":87.500,"
                        "\"staffed\":null}");
    st.at_least = true;
    st.today_void = 2;
    st.measuring = TR_MEASURING_BLIND;
    st.coverage_pct = NAN;
    st.staffed = 0;
    assert_true(tr_json_station_state(&plan, 1, &st, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "\"waiting\":3,\"at_least\":1,"));
    assert_non_null(strstr(text, "\"today_void\":2,\"measuring\":\"blind\",\"coverage_pct\":null,"
                                 "\"staffed\":0}"));
}

static json_t *metrics_of(int station, const struct tr_station_metrics *m)
{
    char text[TR_JSON_MAX];
    const int n = tr_json_station_metrics(&plan, station, m, text, sizeof(text));
    assert_true(n > 0);
    json_t *object =
        json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
    assert_non_null(object);
    return object;
}

static void expect_figure(const json_t *object, const char *key, double value)
{
    const json_t *got = json_object_get(object, key);
    if (!json_is_number(got) || fabs(json_number_value(got) - value) > 1e-9) {
        fail_msg("%s is not %g", key, value);
    }
}

static void metrics_are_numbers(void **state)
{
    (void)state;
    struct tr_station_metrics m;
    memset(&m, 0, sizeof(m));
    m.arrivals = UINT64_MAX;
    m.p50_s = NAN;
    m.window_ns = 3600 * TR_NS_PER_S;
    json_t *object = metrics_of(1, &m);
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        assert_true(json_is_number(value) || json_is_null(value) || json_is_object(value));
    }
    assert_non_null(json_object_get(object, "wait_le_inf"));
    assert_non_null(json_object_get(object, "abandoned"));
    assert_true(json_is_null(json_object_get(object, "p50_s")));
    /* Nobody has said who works there, and it is no staff panel: not 0, but not known. */
    static const char *const unknown[] = {"staffed_s",  "busy_s",          "idle_s",
                                          "week_votes", "week_score_mean", "day_score_mean"};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        assert_true(json_is_null(json_object_get(object, unknown[i])));
    }
    json_decref(object);
}

static void metrics_say_how_sure_they_are(void **state)
{
    (void)state;
    struct tr_station_metrics m;
    memset(&m, 0, sizeof(m));
    m.answered_by_staff = 4;
    m.drift = 3;
    m.open_s = 3600;
    m.full_s = 3000.5;
    m.has_staffed = true;
    m.idle_s = 12.25;
    m.window_unsure = 2;
    m.low_pct = 60;
    m.high_pct = 80;
    m.day_void = 1;
    m.day_votes = 4;
    m.day_score_mean = 62.5;
    m.daypart[0].counted = 3;
    m.daypart[0].kept = 2;
    json_t *object = metrics_of(1, &m);
    expect_figure(object, "answered_by_staff", 4);
    expect_figure(object, "drift", 3);
    expect_figure(object, "open_s", 3600);
    expect_figure(object, "full_s", 3000.5);
    expect_figure(object, "idle_s", 12.25);
    expect_figure(object, "window_unsure", 2);
    expect_figure(object, "service_level_low_pct", 60);
    expect_figure(object, "service_level_high_pct", 80);
    expect_figure(object, "day_void", 1);
    expect_figure(object, "day_votes", 4);
    expect_figure(object, "day_score_mean", 62.5);
    const json_t *lunch = json_object_get(json_object_get(object, "dayparts"), "lunch");
    expect_figure(lunch, "counted", 3);
    expect_figure(lunch, "kept", 2);
    expect_figure(lunch, "pct", 66.667);
    json_decref(object);
    m.daypart[0].counted = 0;
    object = metrics_of(1, &m);
    lunch = json_object_get(json_object_get(object, "dayparts"), "lunch");
    assert_true(json_is_null(json_object_get(lunch, "pct")));
    json_decref(object);
}

static void staff_panels_show_whole_weeks(void **state)
{
    (void)state;
    struct tr_station_metrics m;
    memset(&m, 0, sizeof(m));
    plan.stations[2].audience = TR_AUDIENCE_STAFF;
    json_t *object = metrics_of(2, &m);
    expect_figure(object, "week_votes", 0);
    assert_true(json_is_null(json_object_get(object, "week_score_mean")));
    json_decref(object);
    m.week_votes = 5;
    m.week_score_mean = 62.5;
    object = metrics_of(2, &m);
    expect_figure(object, "week_votes", 5);
    expect_figure(object, "week_score_mean", 62.5);
    json_decref(object);
}

/* The largest figures of the largest plan fit the wire's buffer. */
static void the_longest_metrics_fit(void **state)
{
    (void)state;
    static struct tr_plan big;
    static char text[TR_JSON_MAX];
    big = plan;
    big.dayparts_n = TR_DAYPARTS_MAX;
    for (int d = 0; d < TR_DAYPARTS_MAX; d++) {
        memset(big.dayparts[d].id, 'a' + d, TR_ID_MAX - 1);
    }
    big.stations[2].kind = TR_KIND_QUEUE;
    big.stations[2].u.queue.per_position = true;
    big.stations[2].u.queue.positions_n = TR_POSITIONS_MAX;
    for (int p = 0; p < TR_POSITIONS_MAX; p++) {
        memset(big.stations[2].u.queue.positions[p].id, 'a', TR_ID_MAX - 1);
        big.stations[2].u.queue.positions[p].staffed = 0;
    }
    static struct tr_station_metrics m;
    memset(&m, 0x7f, sizeof(m)); /* doubles of 1e306, the largest integers */
    m.has_staffed = true;
    assert_true(tr_json_station_metrics(&big, 2, &m, text, sizeof(text)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(states, setup),
        cmocka_unit_test_setup(metrics_are_numbers, setup),
        cmocka_unit_test_setup(metrics_say_how_sure_they_are, setup),
        cmocka_unit_test_setup(staff_panels_show_whole_weeks, setup),
        cmocka_unit_test_setup(the_longest_metrics_fit, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
