/* Wrong alerts, brokers, journals and files: one complaint each, word for word. */
#include "config_case.h"

static const struct config_case alerts_cases[] = {
    {.title = "rung's sound",
     .rest = "alerts = { late = { sound = \"ring\"; }; };",
     .errors = "4: alerts.late.sound: found \"ring\"; allowed: \"none\", \"rings\", \"urgent\", "
               "\"chime\"; did you mean \"rings\"?"},
    {.title = "rung's lamp",
     .rest = "alerts = { late = { lamp = \"red\"; }; };",
     .errors = "4: alerts.late.lamp: found \"red\", but there is no such output; there are none"},
    {.title = "rung's repeats",
     .rest = "alerts = { late = { repeats = 9; }; };",
     .errors = "4: alerts.late.repeats: found 9; allowed: 0 to 2"},
    {.title = "at_risk's share",
     .rest = "alerts = { at_risk = { share = 67; }; };",
     .errors =
         "4: alerts.at_risk.share: found 67 of the threshold; allowed: 0.05 to 1 of the threshold"},
    {.title = "late's share",
     .rest = "alerts = { late = { share = 0.5; }; };",
     .errors = "4: alerts.late.share: unknown setting; allowed: lamp, sound, sound_when, repeat_s, "
               "repeats"},
    {.title = "burning windows",
     .rest = "alerts = { burning = { short_min = 60; long_min = 60; }; };",
     .errors = "4: alerts.burning.short_min: found a window not shorter than long_min"},
    {.title = "buzzer that is a lamp",
     .rest = "outputs = ( { id = \"red\"; type = \"lamp\"; line = \"O1\"; } ); alerts = { buzzer = "
             "\"red\"; };",
     .errors =
         "4: alerts.buzzer: found \"red\", which is a lamp; allowed: an output of type buzzer"},
    {.title = "quiet without end",
     .rest = "alerts = { quiet = ( { from = \"12:00\"; to = \"12:00\"; } ); };",
     .errors = "4: alerts.quiet[0].to: found the same time as from; the quiet would have no end"},
};

static const struct config_case broker_cases[] = {
    {.title = "uri's scheme",
     .rest = "mqtt = { uri = \"http://broker\"; };",
     .errors = "4: mqtt.uri: found \"http://broker\", which does not begin with mqtt://, mqtts://, "
               "ws:// or wss://; allowed: mqtt://HOST, mqtts://HOST, ws://HOST, wss://HOST, each "
               "with :PORT, the last two with /PATH"},
    {.title = "uri's host",
     .rest = "mqtt = { uri = \"mqtt://\"; };",
     .errors = "4: mqtt.uri: found \"mqtt://\", which names no host; allowed: mqtt://HOST, "
               "mqtts://HOST, ws://HOST, wss://HOST, each with :PORT, the last two with /PATH"},
    {.title = "websocket's host",
     .rest = "mqtt = { uri = \"ws:///mqtt\"; };",
     .errors = "4: mqtt.uri: found \"ws:///mqtt\", which names no host; allowed: mqtt://HOST, "
               "mqtts://HOST, ws://HOST, wss://HOST, each with :PORT, the last two with /PATH"},
    {.title = "websocket's port",
     .rest = "mqtt = { uri = \"wss://h:0/mqtt\"; };",
     .errors = "4: mqtt.uri: found \"wss://h:0/mqtt\", which has a port that is not 1 to 65535; "
               "allowed: mqtt://HOST, mqtts://HOST, ws://HOST, wss://HOST, each with :PORT, the "
               "last two with /PATH"},
    {.title = "uri's port",
     .rest = "mqtt = { uri = \"mqtt://h:99999\"; };",
     .errors = "4: mqtt.uri: found \"mqtt://h:99999\", which has a port that is not 1 to 65535; "
               "allowed: mqtt://HOST, mqtts://HOST, ws://HOST, wss://HOST, each with :PORT, the "
               "last two with /PATH"},
    {.title = "uri's path",
     .rest = "mqtt = { uri = \"mqtt://h/x\"; };",
     .errors = "4: mqtt.uri: found \"mqtt://h/x\", which goes on after the host and the port; "
               "allowed: mqtt://HOST, mqtts://HOST, ws://HOST, wss://HOST, each with :PORT, the "
               "last two with /PATH"},
    {.title = "websocket's path with a colon",
     .rest = "mqtt = { uri = \"ws://h/a:b\"; };",
     .errors = "4: mqtt.uri: found \"ws://h/a:b\", which has a \":\" in its path; allowed: "
               "mqtt://HOST, mqtts://HOST, ws://HOST, wss://HOST, each with :PORT, the last two "
               "with /PATH"},
    {.title = "uri of brackets",
     .rest = "mqtt = { uri = \"mqtts://[]:1\"; };",
     .errors = "4: mqtt.uri: found \"mqtts://[]:1\", which has a broken IPv6 address; allowed: "
               "mqtt://HOST, mqtts://HOST, ws://HOST, wss://HOST, each with :PORT, the last two "
               "with /PATH"},
    {.title = "uri with a password",
     .rest = "mqtt = { uri = \"mqtt://user:sesame@h\"; };",
     .errors = "4: mqtt.uri: found \"@\": a user and a password do not belong here; use username "
               "and password_file"},
    {.title = "mqtt version",
     .rest = "mqtt = { version = 4; };",
     .errors = "4: mqtt.version: found 4; allowed: 5, or 3 for MQTT 3.1.1"},
    {.title = "mqtt version 2",
     .rest = "mqtt = { version = 2; };",
     .errors = "4: mqtt.version: found 2; allowed: 3 to 5"},
    {.title = "topic",
     .rest = "mqtt = { base = \"a/#\"; };",
     .errors = "4: mqtt.base: found \"a/#\"; allowed: a topic without +, #, $ or blanks, and no / "
               "at its ends"},
    {.title = "an inline password",
     .rest = "mqtt = { username = \"u\"; password = \"sesame\"; };",
     .errors = "4: mqtt.password: a password does not belong in this file: write it into a file "
               "that only the service can read, name that with password_file, and change the "
               "password if this file was ever shared"},
    {.title = "a password for a file",
     .rest = "mqtt = { username = \"u\"; password_file = \"sesame\"; };",
     .errors =
         "4: mqtt.password_file: found something else than a file's full path; allowed: a path "
         "that begins with \"/\", or credential:NAME (the file holds the secret, this setting only "
         "names it)"},
    {.title = "a name for a file",
     .rest = "mqtt = { username_file = \"shop\"; };",
     .errors = "4: mqtt.username_file: found something else than a file's full path; allowed: a "
               "path that begins with \"/\", or credential:NAME (the file holds the secret, this "
               "setting only names it)"},
    {.title = "a credential without a name",
     .rest = "mqtt = { username = \"u\"; password_file = \"credential:\"; };",
     .errors = "4: mqtt.password_file: found a credential without a proper name; allowed: "
               "credential:NAME, where NAME has no \"/\" and does not begin with \".\""},
    {.title = "a credential elsewhere",
     .rest = "mqtt = { uri = \"mqtts://h\"; ca_file = \"credential:../x\"; };",
     .errors = "4: mqtt.ca_file: found a credential without a proper name; allowed: "
               "credential:NAME, where NAME has no \"/\" and does not begin with \".\""},
    {.title = "two names",
     .rest = "mqtt = { username = \"u\"; username_file = \"/u\"; };",
     .errors = "4: mqtt.username_file: found beside username; allowed: one of the two"},
    {.title = "will delay",
     .rest = "mqtt = { will_delay_s = 301; };",
     .errors = "4: mqtt.will_delay_s: found 301 s; allowed: 0 to 300 s"},
    {.title = "backfill",
     .rest = "mqtt = { backfill_per_s = 0; };",
     .errors = "4: mqtt.backfill_per_s: found 0 records; allowed: 1 to 10000 records"},
    {.title = "password without user",
     .rest = "mqtt = { password_file = \"/p\"; };",
     .errors = "4: mqtt.username: missing; it or username_file is needed with password_file"},
    {.title = "certificate without key",
     .rest = "mqtt = { uri = \"mqtts://h\"; cert_file = \"/c\"; };",
     .errors = "4: mqtt.key_file: missing; cert_file and key_file belong together"},
    {.title = "certificates without TLS",
     .rest = "mqtt = { ca_file = \"/c\"; };",
     .errors = "4: mqtt.uri: certificates are named, but this address is not encrypted; allowed: "
               "mqtts://HOST, wss://HOST"},
    {.title = "no such command",
     .rest = "mqtt = { commands = [ \"acks\" ]; };",
     .errors = "4: mqtt.commands[0]: found \"acks\"; allowed: \"ack\", \"mute\", \"void\", "
               "\"set_count\", \"test_output\", \"walktest\", \"refresh\"; did you mean \"ack\"?"},
    {.title = "a command twice",
     .rest = "mqtt = { commands = [ \"ack\", \"ack\" ]; };",
     .errors = "4: mqtt.commands[1]: found \"ack\" twice"},
    {.title = "commands as a word",
     .rest = "mqtt = { commands = \"ack\"; };",
     .errors =
         "4: mqtt.commands: found \"ack\"; allowed: an array of words, e.g. [ \"ack\", \"mute\" ]"},
    {.title = "keepalive",
     .rest = "mqtt = { keepalive_s = 1; };",
     .errors = "4: mqtt.keepalive_s: found 1 s; allowed: 5 to 3600 s"},
    {.title = "discovery",
     .rest = "mqtt = { discovery = 1; };",
     .errors = "4: mqtt.discovery: found 1; allowed: true or false (without quotes)"},
};

static const struct config_case the_rest_cases[] = {
    {.title = "journal's path",
     .rest = "journal = { path = \"\"; };",
     .errors = "4: journal.path: found an empty text; allowed: the journal's file"},
    {.title = "journal's size",
     .rest = "journal = { path = \"/j\"; max_mb = 1; };",
     .errors = "4: journal.max_mb: found 1 MiB; allowed: 4 to 1048576 MiB"},
    {.title = "journal's days",
     .rest = "journal = { path = \"/j\"; retain_days = 0; };",
     .errors = "4: journal.retain_days: found 0 days; allowed: 1 to 36500 days"},
    {.title = "journal's commit",
     .rest = "journal = { path = \"/j\"; commit_ms = 0; };",
     .errors = "4: journal.commit_ms: found 0 ms; allowed: 1 to 10000 ms"},
    {.title = "log level",
     .rest = "log = { level = \"verbose\"; };",
     .errors =
         "4: log.level: found \"verbose\"; allowed: \"error\", \"warning\", \"info\", \"debug\""},
    {.title = "syntax",
     .rest = "log = { level = ; };",
     .errors = "4: syntax: syntax error here or in the line before: look for a missing \";\", "
               "\",\", quote or bracket (nothing after this line was checked)"},
    {.title = "setting twice",
     .rest = "log = { }; log = { };",
     .errors = "4: syntax: this setting stands here twice"},
    {.title = "missing include",
     .rest = "@include \"nowhere.conf\"",
     .errors = "4: @include: cannot read \"nowhere.conf\": No such file or directory"},
    {.title = "number too long",
     .rest = "x = 12345678901234567890;",
     .errors = "4: syntax: the number 12345678901234567890 is too large"},
};

static void alerts(void **state)
{
    (void)state;
    config_run_cases(alerts_cases, sizeof(alerts_cases) / sizeof(alerts_cases[0]));
}

static void broker(void **state)
{
    (void)state;
    config_run_cases(broker_cases, sizeof(broker_cases) / sizeof(broker_cases[0]));
}

static void the_rest(void **state)
{
    (void)state;
    config_run_cases(the_rest_cases, sizeof(the_rest_cases) / sizeof(the_rest_cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alerts),
        cmocka_unit_test(broker),
        cmocka_unit_test(the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
