/* Records, states and commands: the wire's text, byte for byte. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>

#include "codec/json.h"
#include "codec/jsonw.h"

static struct tr_plan plan;

static int16_t add_station(const char *id, enum tr_station_kind kind)
{
    struct tr_station *st = &plan.stations[plan.stations_n];
    tr_plan_init_station(st, kind);
    strcpy(st->id, id);
    return plan.stations_n++;
}

static int setup(void **state)
{
    (void)state;
    tr_plan_init(&plan);
    strcpy(plan.site, "highstreet");
    strcpy(plan.name, "High \"Street\"");
    add_station("entrance", TR_KIND_GREETING);
    int16_t tills = add_station("tills", TR_KIND_QUEUE);
    strcpy(plan.stations[tills].u.queue.positions[0].id, "till1");
    plan.stations[tills].u.queue.positions_n = 1;
    int16_t smiles = add_station("smiles", TR_KIND_FEEDBACK);
    strcpy(plan.stations[smiles].u.feedback.buttons[0].id, "good");
    plan.stations[smiles].u.feedback.buttons_n = 1;
    strcpy(plan.dayparts[0].id, "lunch");
    plan.dayparts_n = 1;
    strcpy(plan.sensors[0].id, "greet");
    plan.sensors[0].type = TR_SENSOR_BUTTON;
    plan.sensors_n = 1;
    strcpy(plan.outputs[0].id, "buzzer");
    plan.outputs_n = 1;
    return 0;
}

static struct tr_wait_record a_wait(void)
{
    return (struct tr_wait_record){
        .seq = 7,
        .open_seq = 40,
        .station = 1,
        .kind = TR_KIND_QUEUE,
        .party = 2,
        .opened = {.ns = 61234567890},
        .opened_wall = {.ms = 1772442000000},
        .closed_wall = {.ms = 1772442012345},
        .wait_ns = 12345 * TR_NS_PER_MS,
        .rings = 3,
        .service_ns = 88100 * TR_NS_PER_MS,
        .position = 0,
        .outcome = TR_OUTCOME_ANSWERED,
        .verdict = TR_VERDICT_KEPT,
        .by = TR_BY_SENSOR,
        .accurate = true,
        .synced = true,
        .daypart = 0,
    };
}

static void wait_has_every_key_in_order(void **state)
{
    (void)state;
    char text[TR_JSON_MAX];
    struct tr_wait_record wait = a_wait();
    int n = tr_json_wait(&plan, &wait, text, sizeof(text));
    assert_string_equal(
        text, "{\"v\":1,\"type\":\"wait\",\"id\":\"main-40\",\"seq\":7,\"site\":\"highstreet\","
              "\"station\":\"tills\",\"kind\":\"queue\",\"party\":2,"
              "\"opened\":\"2026-03-02T09:00:00.000Z\",\"closed\":\"2026-03-02T09:00:12.345Z\","
              "\"mono_ms\":61234,\"wait_s\":12.345,\"rings\":3,\"service_s\":88.100,"
              "\"position\":\"till1\",\"outcome\":\"answered\",\"in_target\":true,"
              "\"by\":\"sensor\",\"accurate\":true,\"order\":\"assumed\",\"clock\":\"synced\","
              "\"daypart\":\"lunch\",\"reason\":null}");
    assert_int_equal(n, strlen(text));
}

static void unknown_things_of_a_wait_are_null(void **state)
{
    (void)state;
    char text[TR_JSON_MAX];
    struct tr_wait_record wait = a_wait();
    wait.position = TR_NONE;
    wait.daypart = TR_NONE;
    wait.service_ns = -1;
    wait.verdict = TR_VERDICT_NOT_COUNTED;
    wait.outcome = TR_OUTCOME_VOID;
    wait.reason = TR_REASON_STAFF_KEY;
    wait.synced = false;
    wait.order_seen = true;
    assert_true(tr_json_wait(&plan, &wait, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "\"service_s\":null,\"position\":null,\"outcome\":\"void\","
                                 "\"in_target\":null,"));
    assert_non_null(strstr(text, "\"order\":\"seen\",\"clock\":\"free\",\"daypart\":null,"
                                 "\"reason\":\"staff_key\"}"));
    wait.station = 99;
    assert_true(tr_json_wait(&plan, &wait, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "\"station\":null,"));
}

static void too_small_a_buffer_is_told(void **state)
{
    (void)state;
    char whole[TR_JSON_MAX], text[TR_JSON_MAX];
    struct tr_wait_record wait = a_wait();
    size_t n = (size_t)tr_json_wait(&plan, &wait, whole, sizeof(whole));
    for (size_t cap = 0; cap <= n; cap++) {
        memset(text, '#', sizeof(text));
        assert_int_equal(tr_json_wait(&plan, &wait, text, cap), -ENOBUFS);
        assert_int_equal(text[cap], '#');
    }
    assert_int_equal(tr_json_wait(&plan, &wait, text, n + 1), n);
    assert_string_equal(text, whole);
    assert_int_equal(tr_json_add_hist(text, n + 1), -ENOBUFS);
    assert_string_equal(text, whole);
    assert_int_equal(tr_json_add_hist(text, n + 13), n + 12);
    assert_string_equal(text + n - 1, ",\"hist\":true}");
    assert_int_equal(tr_json_add_hist(text, sizeof(text)), n + 12);
    strcpy(text, "nonsense");
    assert_int_equal(tr_json_add_hist(text, sizeof(text)), -EINVAL);
}

static void votes(void **state)
{
    (void)state;
    char text[TR_JSON_MAX];
    struct tr_vote_record vote = {.seq = 8,
                                  .press_seq = 50,
                                  .station = 2,
                                  .button = 0,
                                  .score = 100,
                                  .presses = 1,
                                  .at = {.ns = -1},
                                  .at_wall = {.ms = 0},
                                  .wait_seq = 40,
                                  .wait_station = 1,
                                  .daypart = TR_NONE};
    assert_true(tr_json_vote(&plan, &vote, text, sizeof(text)) > 0);
    assert_string_equal(text, "{\"v\":1,\"type\":\"vote\",\"id\":\"main-50\",\"seq\":8,"
                              "\"site\":\"highstreet\",\"station\":\"smiles\",\"button\":\"good\","
                              "\"score\":100,\"presses\":1,\"at\":\"1970-01-01T00:00:00.000Z\","
                              "\"mono_ms\":-1,\"wait\":\"main-40\",\"wait_station\":\"tills\","
                              "\"clock\":\"free\",\"daypart\":null}");
    vote.button = TR_NONE;
    vote.wait_seq = 0;
    vote.wait_station = TR_NONE;
    assert_true(tr_json_vote(&plan, &vote, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "\"button\":null,\"score\":null,"));
    assert_non_null(strstr(text, "\"wait\":null,\"wait_station\":null,"));
}

static void alerts(void **state)
{
    (void)state;
    char text[TR_JSON_MAX];
    struct tr_alert_record alert = {.seq = 9,
                                    .open_seq = 40,
                                    .rule = TR_RULE_WAIT,
                                    .station = 1,
                                    .sensor = TR_NONE,
                                    .state = TR_ALERT_RAISED,
                                    .level = TR_LEVEL_LATE,
                                    .at = {.ns = 5 * TR_NS_PER_MS},
                                    .at_wall = {.ms = 1},
                                    .synced = true};
    assert_true(tr_json_alert(&plan, &alert, text, sizeof(text)) > 0);
    assert_string_equal(
        text, "{\"v\":1,\"type\":\"alert\",\"id\":\"main-40-9\",\"seq\":9,"
              "\"site\":\"highstreet\",\"alert\":\"tills-wait\",\"rule\":\"wait\","
              "\"station\":\"tills\",\"sensor\":null,\"state\":\"raised\",\"acked\":false,"
              "\"level\":\"late\",\"since\":\"1970-01-01T00:00:00.000Z\","
              "\"at\":\"1970-01-01T00:00:00.001Z\",\"mono_ms\":5,"
              "\"clock\":\"synced\"}");
    alert.rule = TR_RULE_OFFLINE;
    alert.station = TR_NONE;
    alert.state = TR_ALERT_CLEARED;
    alert.acked = true;
    assert_true(tr_json_alert(&plan, &alert, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "\"alert\":\"offline\",\"rule\":\"offline\",\"station\":null,"
                                 "\"sensor\":null,\"state\":\"cleared\",\"acked\":true,"));
    alert.rule = TR_RULE_SENSOR;
    alert.sensor = 0;
    assert_true(tr_json_alert(&plan, &alert, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "\"alert\":\"sensor-greet\",\"rule\":\"sensor\","
                                 "\"station\":null,\"sensor\":\"greet\","));
}

static void figures(void **state)
{
    (void)state;
    static const struct {
        int64_t ns;
        const char *text;
    } seconds[] = {
        {0, "0.000"},
        {499999, "0.000"},
        {500000, "0.001"},
        {-499999, "0.000"},
        {-500000, "-0.001"},
        {999499999, "0.999"},
        {999500000, "1.000"},
        {12345678901, "12.346"},
        {INT64_MAX, "9223372036.855"},
        {INT64_MIN, "-9223372036.855"},
    };
    char text[64];
    struct tr_jsonw w;
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        tr_jsonw_init(&w, text, sizeof(text));
        tr_jsonw_seconds(&w, seconds[i].ns);
        tr_jsonw_finish(&w);
        assert_string_equal(text, seconds[i].text);
    }
    static const struct {
        double value;
        const char *text;
    } decimals[] = {
        {0.0, "0.000"},       {-0.0, "0.000"},  {80.0, "80.000"},
        {66.66666, "66.667"}, {-1.5, "-1.500"}, {(double)NAN, "null"},
        {HUGE_VAL, "null"},   {1e20, "1e+20"},  {-0.0001, "0.000"},
    };
    for (size_t i = 0; i < sizeof(decimals) / sizeof(decimals[0]); i++) {
        tr_jsonw_init(&w, text, sizeof(text));
        tr_jsonw_decimal(&w, decimals[i].value);
        tr_jsonw_finish(&w);
        assert_string_equal(text, decimals[i].text);
    }
    tr_jsonw_init(&w, text, sizeof(text));
    tr_jsonw_open(&w, '[');
    tr_jsonw_uint(&w, UINT64_MAX);
    tr_jsonw_int(&w, INT64_MIN);
    tr_jsonw_int(&w, -7);
    tr_jsonw_uint(&w, 100);
    tr_jsonw_close(&w, ']');
    tr_jsonw_finish(&w);
    assert_string_equal(text, "[18446744073709551615,-9223372036854775808,-7,100]");
}

static void strings_are_escaped_and_valid_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *text;
    } cases[] = {
        {"", "\"\""},
        {"a\"b\\c/", "\"a\\\"b\\\\c/\""},
        {"\x01\n\x1f\x7f", "\"\\u0001\\u000a\\u001f\\u007f\""},
        {"K\xc3\xb6ln \xe2\x82\xac \xf0\x9f\x99\x82",
         "\"K\xc3\xb6ln \xe2\x82\xac \xf0\x9f\x99\x82\""},
        {"\xff", "\"\xef\xbf\xbd\""},
        {"\xc3", "\"\xef\xbf\xbd\""},
        {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xe2\x82x", "\"\xef\xbf\xbd\xef\xbf\xbdx\""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[128];
        struct tr_jsonw w;
        tr_jsonw_init(&w, text, sizeof(text));
        tr_jsonw_string(&w, cases[i].raw);
        assert_true(tr_jsonw_finish(&w) > 0);
        assert_string_equal(text, cases[i].text);
        json_t *back = json_loads(text, JSON_DECODE_ANY, NULL);
        assert_non_null(back);
        json_decref(back);
    }
}

static void every_day_of_ten_thousand_years(void **state)
{
    (void)state;
    const int64_t day_ms = 86400000;
    uint32_t random = 1;
    for (int64_t day = -719162; day <= 2932896; day++) {
        random = random * 1664525 + 1013904223;
        int64_t in_day = random % day_ms;
        time_t seconds = (time_t)(day * 86400 + in_day / 1000);
        struct tm tm;
        char want[64], got[25];
        gmtime_r(&seconds, &tm);
        snprintf(want, sizeof(want), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
                 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(in_day % 1000));
        tr_rfc3339((struct tr_wall){day * day_ms + in_day}, got);
        if (strcmp(want, got) != 0) {
            assert_string_equal(got, want);
        }
    }
    char got[25];
    tr_rfc3339((struct tr_wall){INT64_MIN}, got);
    assert_string_equal(got, "0001-01-01T00:00:00.000Z");
    tr_rfc3339((struct tr_wall){INT64_MAX}, got);
    assert_string_equal(got, "9999-12-31T23:59:59.999Z");
    tr_rfc3339((struct tr_wall){-1}, got);
    assert_string_equal(got, "1969-12-31T23:59:59.999Z");
}

static void live_events(void **state)
{
    (void)state;
    char text[TR_JSON_MAX];
    struct tr_effect effect = {
        .kind = TR_EFFECT_NEWS,
        .u.news = {
            .station = 1, .news = TR_NEWS_ANSWERED, .open_seq = 40, .value = 2 * TR_NS_PER_S}};
    assert_true(tr_json_news(&plan, &effect, (struct tr_wall){0}, text, sizeof(text)) > 0);
    assert_string_equal(text, "{\"v\":1,\"event_type\":\"answered\",\"station\":\"tills\","
                              "\"kind\":\"queue\",\"at\":\"1970-01-01T00:00:00.000Z\","
                              "\"wait\":\"main-40\",\"wait_s\":2.000}");
    assert_true(tr_json_input_event(&plan, 0, true, (struct tr_wall){0}, text, sizeof(text)) > 0);
    assert_string_equal(text, "{\"v\":1,\"event_type\":\"press\",\"sensor\":\"greet\","
                              "\"type\":\"button\",\"at\":\"1970-01-01T00:00:00.000Z\"}");
    effect = (struct tr_effect){
        .kind = TR_EFFECT_SOUND,
        .u.sound = {.output = 0, .station = 0, .sound = TR_SOUND_RINGS, .bursts = 3}};
    assert_true(tr_json_sound_event(&plan, &effect, (struct tr_wall){0}, text, sizeof(text)) > 0);
    assert_string_equal(text, "{\"v\":1,\"event_type\":\"rings\",\"output\":\"buzzer\","
                              "\"station\":\"entrance\",\"bursts\":3,"
                              "\"at\":\"1970-01-01T00:00:00.000Z\"}");
}

static void info_of_the_largest_plan_fits(void **state)
{
    (void)state;
    static struct tr_plan big;
    static char text[TR_JSON_INFO_MAX];
    tr_plan_init(&big);
    big.sensors_n = TR_SENSORS_MAX;
    big.stations_n = TR_STATIONS_MAX;
    big.outputs_n = TR_OUTPUTS_MAX;
    for (int i = 0; i < TR_SENSORS_MAX; i++) {
        memset(big.sensors[i].id, 'x', TR_ID_MAX - 1);
        memset(big.sensors[i].name, '\x01', TR_NAME_MAX - 1);
        big.sensors[i].type = TR_SENSOR_PRESENCE;
    }
    for (int i = 0; i < TR_STATIONS_MAX; i++) {
        memset(big.stations[i].name, '\x01', TR_NAME_MAX - 1);
        big.stations[i].target = (struct tr_target){
            .unit = TR_TARGET_RINGS, .rings = INT32_MAX, .threshold_ns = INT64_MAX};
    }
    struct tr_info info = {.version = "1.2.3", .config_hash = "0", .boot_id = "0", .schema = 1};
    int n = tr_json_info(&big, &info, text, sizeof(text));
    assert_true(n > 0);
    json_t *object = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(object);
    assert_true(json_is_null(json_object_get(object, "gpio")));
    assert_true(json_is_null(json_object_get(object, "metrics_interval_s")));
    json_decref(object);

    big.day_start_min = 4 * 60 + 5;
    info.metrics_interval_ns = 90 * TR_NS_PER_S;
    n = tr_json_info(&big, &info, text, sizeof(text));
    assert_true(n > 0);
    object = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
    assert_string_equal(json_string_value(json_object_get(object, "day_start")), "04:05");
    assert_true(json_number_value(json_object_get(object, "metrics_interval_s")) > 89.9);
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(wait_has_every_key_in_order, setup),
        cmocka_unit_test_setup(unknown_things_of_a_wait_are_null, setup),
        cmocka_unit_test_setup(too_small_a_buffer_is_told, setup),
        cmocka_unit_test_setup(votes, setup),
        cmocka_unit_test_setup(alerts, setup),
        cmocka_unit_test(figures),
        cmocka_unit_test(strings_are_escaped_and_valid_utf8),
        cmocka_unit_test(every_day_of_ten_thousand_years),
        cmocka_unit_test_setup(live_events, setup),
        cmocka_unit_test(info_of_the_largest_plan_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
