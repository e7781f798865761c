/* Commands from the wire: what is understood, and how the rest is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec/json.h"

static struct tr_plan plan;

static int setup(void **state)
{
    (void)state;
    tr_plan_init(&plan);
    strcpy(plan.site, "highstreet");
    static const char *const ids[] = {"entrance", "tills"};
    for (int i = 0; i < 2; i++) {
        tr_plan_init_station(&plan.stations[i], i == 0 ? TR_KIND_GREETING : TR_KIND_QUEUE);
        strcpy(plan.stations[i].id, ids[i]);
    }
    plan.stations_n = 2;
    strcpy(plan.sensors[0].id, "door");
    strcpy(plan.sensors[1].id, "greet");
    plan.sensors_n = 2;
    strcpy(plan.outputs[0].id, "buzzer");
    plan.outputs_n = 1;
    return 0;
}

static const struct {
    const char *name, *json;
    int result;
    struct tr_command want;
    const char *error;
} cases[] = {
    {"ack", "{\"station\":\"tills\"}", 0, {TR_COMMAND_ACK, 1, TR_NONE, 0, TR_NONE}, NULL},
    {"ack",
     "{\"alert\":\"tills-wait\",\"id\":\"x\"}",
     0,
     {TR_COMMAND_ACK, 1, -1, 0, TR_NONE},
     NULL},
    {"ack", "", -EINVAL, {0}, "ack: \"station\" or \"alert\" is needed"},
    {"ack", "{\"alert\":\"tills-burning\"}", 0, {TR_COMMAND_ACK, 1, -1, 0, -1}, NULL},
    {"ack", "{\"alert\":\"sensor-greet\"}", 0, {TR_COMMAND_ACK, -1, -1, 0, 1}, NULL},
    {"ack", "{\"alert\":\"offline\"}", 0, {TR_COMMAND_ACK, -1, -1, 0, -1}, NULL},
    {"ack", "{\"alert\":\"sensor-mat\"}", -ENOENT, {0}, "ack: there is no alert \"sensor-mat\""},
    {"ack", "{\"alert\":\"tills\"}", -ENOENT, {0}, "ack: there is no alert \"tills\""},
    {"ack", "{\"alert\":\"\"}", -ENOENT, {0}, "ack: there is no alert \"\""},
    {"ack",
     "{\"alert\":\"tills-wait\",\"station\":\"tills\"}",
     -EINVAL,
     {0},
     "ack: give \"station\" or \"alert\", not both"},
    {"mute", "{\"seconds\":60}", 0, {TR_COMMAND_MUTE, TR_NONE, TR_NONE, 60, TR_NONE}, NULL},
    {"mute",
     "{\"seconds\":0,\"station\":\"entrance\"}",
     0,
     {TR_COMMAND_MUTE, 0, -1, 0, TR_NONE},
     NULL},
    {"mute",
     "{\"seconds\":86401}",
     -EINVAL,
     {0},
     "mute: \"seconds\" must be a whole number from 0 to 86400, not 86401"},
    {"mute",
     "{\"seconds\":1.5}",
     -EINVAL,
     {0},
     "mute: \"seconds\" must be a whole number from 0 to 86400, not 1.5"},
    {"mute", "{}", -EINVAL, {0}, "mute: \"seconds\" is needed"},
    {"mute", "{\"seconds\":1,\"seconds\":2}", -EINVAL, {0}, NULL},
    {"void", "{\"station\":\"nowhere\"}", -ENOENT, {0}, "void: there is no station \"nowhere\""},
    {"void", "{\"station\":5}", -EINVAL, {0}, "void: \"station\" must be a string"},
    {"set_count",
     "{\"station\":\"tills\",\"count\":4}",
     0,
     {TR_COMMAND_SET_COUNT, 1, -1, 4, TR_NONE},
     NULL},
    {"set_count",
     "{\"station\":\"tills\",\"count\":-1}",
     -EINVAL,
     {0},
     "set_count: \"count\" must be a whole number from 0 to 128, not -1"},
    {"set_count",
     "{\"station\":\"tills\",\"count\":128}",
     0,
     {TR_COMMAND_SET_COUNT, 1, -1, TR_WAITS_MAX, TR_NONE},
     NULL},
    {"set_count",
     "{\"station\":\"tills\",\"count\":129}",
     -EINVAL,
     {0},
     "set_count: \"count\" must be a whole number from 0 to 128, not 129"},
    {"set_count",
     "{\"station\":\"tills\",\"count\":{\"a\\u001b\":[\"0123456789012345678901234567890123456789\"]"
     "}}",
     -EINVAL,
     {0},
     "set_count: \"count\" must be a whole number from 0 to 128, not "
     "{\"a\\u001B\":[\"012345678901234567890123456"},
    {"set_count", "{\"station\":\"tills\",\"count\":99999999999999999999}", -EINVAL, {0}, NULL},
    {"test_output",
     "{\"output\":\"buzzer\"}",
     0,
     {TR_COMMAND_TEST_OUTPUT, -1, 0, 1000, TR_NONE},
     NULL},
    {"test_output",
     "{\"output\":\"siren\"}",
     -ENOENT,
     {0},
     "test_output: there is no output \"siren\""},
    {"walktest", "", 0, {TR_COMMAND_WALKTEST, -1, -1, 60, TR_NONE}, NULL},
    {"refresh", "", 0, {TR_COMMAND_REFRESH, -1, -1, 0, TR_NONE}, NULL},
    {"refresh", "{\"seconds\":1}", -EINVAL, {0}, "refresh: unknown key \"seconds\""},
    {"refresh", "[]", -EINVAL, {0}, "refresh: a JSON object is expected"},
    {"refresh", "{", -EINVAL, {0}, NULL},
    {"refresh", "{\"id\":7}", -EINVAL, {0}, "refresh: \"id\" must be a string of at most 64 bytes"},
    {"explode",
     "",
     -ENOENT,
     {0},
     "there is no command \"explode\"; there are: ack, mute, void, set_count, test_output, "
     "walktest, refresh"},
    {"", "", -ENOENT, {0}, NULL},
    {"no\n<3>such\xc3", "", -ENOENT, {0}, NULL},
    {"refresh",
     "{\"a\\nb\\u001b[31m\\u009b1m\\u00e9\":1}",
     -EINVAL,
     {0},
     "refresh: unknown key \"a?b?[31m??1m\xc3\xa9\""},
};

static void commands(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char error[TR_COMMAND_ERROR_MAX] = "";
        struct tr_command got = {0};
        int r = tr_command_from_json(&plan, cases[i].name, cases[i].json, strlen(cases[i].json),
                                     &got, error);
        if (r != cases[i].result) {
            print_message("%s %s: %s\n", cases[i].name, cases[i].json, error);
        }
        assert_int_equal(r, cases[i].result);
        assert_int_equal(r < 0, error[0] != '\0');
        if (cases[i].error != NULL) {
            assert_string_equal(error, cases[i].error);
        }
        if (r == 0) {
            assert_int_equal(got.kind, cases[i].want.kind);
            assert_int_equal(got.station, cases[i].want.station);
            assert_int_equal(got.output, cases[i].want.output);
            assert_int_equal(got.value, cases[i].want.value);
            assert_int_equal(got.sensor, cases[i].want.sensor);
        }
    }
}

static void hostile_commands_are_refused(void **state)
{
    (void)state;
    static char deep[4096];
    struct tr_command got;
    char error[TR_COMMAND_ERROR_MAX];
    memset(deep, '[', sizeof(deep));
    assert_int_equal(tr_command_from_json(&plan, "refresh", deep, sizeof(deep), &got, error),
                     -EINVAL);
    static char large[5000];
    memset(large, ' ', sizeof(large));
    memcpy(large, "{}", 2);
    assert_int_equal(tr_command_from_json(&plan, "refresh", large, sizeof(large), &got, error),
                     -EINVAL);
    assert_string_equal(error, "refresh: 5000 bytes are more than the 4096 allowed");
    static const char nul[] = "{\"station\":\"tills\0x\"}";
    assert_int_equal(tr_command_from_json(&plan, "void", nul, sizeof(nul) - 1, &got, error),
                     -EINVAL);
}

/* Where an asker may have his answer, with discovery under "ha/x". */
static const struct {
    const char *topic;
    bool may;
} answers[] = {
    {"reply/here", true},
    {"/reply", true},
    {"a", true},
    {"t\xc3\xa4glich/\xf0\x9f\x98\x80", true},
    {"thirdrings/x", true},
    {"shop/thirdring/s/main/rsp/ack", true},
    {"shop/thirdring/s/main/rsp/a/b", true},
    {"ha/xyz", true},
    {"ha", true},
    {"1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16", true},
    {"", false},
    {"$SYS/x", false},
    {"$share/x", false},
    {"a/+/b", false},
    {"#", false},
    {"a\nb", false},
    {"a\x7f", false},
    {"a\xc2\x9b", false},
    {"a\xff", false},
    {"a\xc3", false},
    {"\xed\xa0\x80", false},
    {"\xef\xbf\xbf", false},
    {"\xef\xb7\x90", false},
    {"\xf0\x9f\xbf\xbe", false},
    {"shop/thirdring", false},
    {"shop/thirdring/", false},
    {"shop/thirdring/s/main", false},
    {"shop/thirdring/s/main/rsp", false},
    {"shop/thirdring/s/main/rsp/", false},
    {"shop/thirdring/s/main/rspx/a", false},
    {"shop/thirdring/s/main/cmd/ack", false},
    {"shop/thirdring/s/main/availability", false},
    {"shop/thirdring/s/main2/rsp/ack", false},
    {"shop/thirdring/other/unit/rsp/ack", false},
    {"ha/x", false},
    {"ha/x/device/y/config", false},
    {"1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", false},
};

static void answers_go_only_where_they_may(void **state)
{
    (void)state;
    static const char base[] = "shop/thirdring", own[] = "shop/thirdring/s/main";
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        const bool may = tr_command_may_answer(answers[i].topic, base, own, "ha/x");
        if (may != answers[i].may) {
            print_message("%s\n", answers[i].topic);
        }
        assert_int_equal(may, answers[i].may);
    }
    assert_true(tr_command_may_answer("ha/x/device", base, own, NULL));
    char topic[TR_COMMAND_TOPIC_MAX + 1];
    memset(topic, 'a', sizeof(topic));
    topic[TR_COMMAND_TOPIC_MAX] = '\0';
    assert_false(tr_command_may_answer(topic, base, own, NULL));
    topic[TR_COMMAND_TOPIC_MAX - 1] = '\0';
    assert_true(tr_command_may_answer(topic, base, own, NULL));
}

static void strangers_text_is_made_plain(void **state)
{
    (void)state;
    char text[8];
    tr_command_plain("a\0\tb\xff", 5, text, sizeof(text));
    assert_string_equal(text, "a??b?");
    tr_command_plain("123456\xc3\xa4", 8, text, sizeof(text)); /* no half of a character */
    assert_string_equal(text, "123456");
    tr_command_plain("\xc3\xa4", 1, text, sizeof(text));
    assert_string_equal(text, "?");
    tr_command_plain("", 0, text, sizeof(text));
    assert_string_equal(text, "");
    tr_command_plain("x", 1, text, 1);
    assert_string_equal(text, "");
}

static void responses_repeat_the_request_id(void **state)
{
    (void)state;
    char text[TR_JSON_MAX];
    static const char request[] = "{\"id\":\"a\\\"1\"}";
    assert_true(
        tr_json_response("refresh", request, sizeof(request) - 1, NULL, text, sizeof(text)) > 0);
    assert_string_equal(text, "{\"v\":1,\"command\":\"refresh\",\"ok\":true,\"error\":null,"
                              "\"id\":\"a\\\"1\"}");
    assert_true(tr_json_response("boom", "{", 1, "no", text, sizeof(text)) > 0);
    assert_string_equal(text, "{\"v\":1,\"command\":\"boom\",\"ok\":false,\"error\":\"no\","
                              "\"id\":null}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(commands, setup),
        cmocka_unit_test_setup(hostile_commands_are_refused, setup),
        cmocka_unit_test(answers_go_only_where_they_may),
        cmocka_unit_test(strangers_text_is_made_plain),
        cmocka_unit_test(responses_repeat_the_request_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
