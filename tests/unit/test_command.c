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
    {"ack", "{\"station\":\"tills\"}", 0, {TR_COMMAND_ACK, 1, TR_NONE, 0}, NULL},
    {"ack", "{\"alert\":\"tills-wait\",\"id\":\"x\"}", 0, {TR_COMMAND_ACK, 1, -1, 0}, NULL},
    {"ack", "", -EINVAL, {0}, "ack: \"station\" or \"alert\" is needed"},
    {"ack",
     "{\"alert\":\"sensor-greet\"}",
     -ENOENT,
     {0},
     "ack: there is no station's alert \"sensor-greet\""},
    {"ack",
     "{\"alert\":\"tills-wait\",\"station\":\"tills\"}",
     -EINVAL,
     {0},
     "ack: give \"station\" or \"alert\", not both"},
    {"mute", "{\"seconds\":60}", 0, {TR_COMMAND_MUTE, TR_NONE, TR_NONE, 60}, NULL},
    {"mute", "{\"seconds\":0,\"station\":\"entrance\"}", 0, {TR_COMMAND_MUTE, 0, -1, 0}, NULL},
    {"mute",
     "{\"seconds\":86401}",
     -EINVAL,
     {0},
     "mute: \"seconds\" must be a whole number from 0 to 86400"},
    {"mute",
     "{\"seconds\":1.5}",
     -EINVAL,
     {0},
     "mute: \"seconds\" must be a whole number from 0 to 86400"},
    {"mute", "{}", -EINVAL, {0}, "mute: \"seconds\" is needed"},
    {"mute", "{\"seconds\":1,\"seconds\":2}", -EINVAL, {0}, NULL},
    {"void", "{\"station\":\"nowhere\"}", -ENOENT, {0}, "void: there is no station \"nowhere\""},
    {"void", "{\"station\":5}", -EINVAL, {0}, "void: \"station\" must be a string"},
    {"set_count", "{\"station\":\"tills\",\"count\":4}", 0, {TR_COMMAND_SET_COUNT, 1, -1, 4}, NULL},
    {"set_count",
     "{\"station\":\"tills\",\"count\":-1}",
     -EINVAL,
     {0},
     "set_count: \"count\" must be a whole number from 0 to 999"},
    {"set_count", "{\"station\":\"tills\",\"count\":99999999999999999999}", -EINVAL, {0}, NULL},
    {"test_output", "{\"output\":\"buzzer\"}", 0, {TR_COMMAND_TEST_OUTPUT, -1, 0, 1000}, NULL},
    {"test_output",
     "{\"output\":\"siren\"}",
     -ENOENT,
     {0},
     "test_output: there is no output \"siren\""},
    {"walktest", "", 0, {TR_COMMAND_WALKTEST, -1, -1, 60}, NULL},
    {"refresh", "", 0, {TR_COMMAND_REFRESH, -1, -1, 0}, NULL},
    {"refresh", "{\"seconds\":1}", -EINVAL, {0}, "refresh: unknown key \"seconds\""},
    {"refresh", "[]", -EINVAL, {0}, "refresh: a JSON object is expected"},
    {"refresh", "{", -EINVAL, {0}, NULL},
    {"refresh", "{\"id\":7}", -EINVAL, {0}, "refresh: \"id\" must be a string of at most 64 bytes"},
    {"explode", "", -ENOENT, {0}, "there is no command \"explode\""},
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
        cmocka_unit_test(responses_repeat_the_request_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
