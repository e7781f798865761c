/* src/mqtt against a real broker: what passes, and what is refused. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mqtt_client.h"

/* --- with a broker ---------------------------------------------------------- */

static void publishes(int version)
{
    broker_start(&broker, ANONYMOUS);
    opt.version = version;
    connect_mqtt();
    assert_true(tr_mqtt_connected(mqtt));
    assert_string_equal(last[TR_MQTT_CONNECTED].text, opt.uri);
    /* the one that is not acknowledged first: once the others are, the broker has it */
    assert_int_equal(publish("tr/c", "three", 0, true, 3), 0);
    assert_int_equal(publish("tr/a", "one", 1, true, 1), 0);
    assert_int_equal(publish("tr/b", "two", 1, false, 2), 0);
    while (acked != (1U << 1 | 1U << 2)) {
        assert_true(wait_note(TR_MQTT_ACK, PATIENCE_MS));
    }
    assert_int_equal(tr_mqtt_in_flight(mqtt), 0);
    assert_string_equal(
        shell("mosquitto_sub -p %d -t 'tr/#' -q 1 -F '%%t %%q %%r %%p' -C 2 -W 60 | sort",
              broker.port),
        "tr/a 1 1 one\ntr/c 0 1 three\n");
    assert_int_equal(publish("tr/+", "x", 1, false, 1), -EINVAL);
    assert_int_equal(publish("", "x", 1, false, 1), -EINVAL);
    assert_int_equal(publish("tr/a", "x", 2, false, 1), -EINVAL);
}

static void publishes_with_mqtt5(void **state)
{
    (void)state;
    publishes(5);
}

static void publishes_with_mqtt311(void **state)
{
    (void)state;
    publishes(3);
}

static void window_is_bounded(void **state)
{
    (void)state;
    broker_start(&broker, ANONYMOUS);
    connect_mqtt();
    const int64_t began = now_ns();
    for (uint64_t i = 1; i <= 20; i++) {
        assert_int_equal(publish("tr/w", "x", 1, false, i), 0);
    }
    assert_int_equal(publish("tr/w", "x", 1, false, 21), -EAGAIN);
    assert_int_equal(tr_mqtt_in_flight(mqtt), 20);
    /* unless we were held up for so long that the link counts as slow */
    const int r = publish("tr/w", "x", 0, false, 0);
    assert_true(r == 0 || (r == -EAGAIN && now_ns() - began > TR_NS_PER_S));
    while (count[TR_MQTT_ACK] < 20) {
        assert_true(wait_note(TR_MQTT_ACK, PATIENCE_MS));
    }
    assert_int_equal(tr_mqtt_in_flight(mqtt), 0);
    /* without tokens nothing is told, unless somebody was turned away */
    broker_freeze(&broker);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(publish("tr/w", "x", 1, false, 0), 0);
    }
    assert_int_equal(publish("tr/w", "x", 1, false, 0), -EAGAIN);
    kill(broker.pid, SIGCONT);
    assert_true(wait_note(TR_MQTT_ACK, PATIENCE_MS));
    assert_int_equal(last[TR_MQTT_ACK].token, 0);
    const int64_t end = now_ns() + PATIENCE_MS * TR_NS_PER_MS;
    while (tr_mqtt_in_flight(mqtt) > 0 && now_ns() < end) {
        assert_false(wait_note(TR_MQTT_ACK, 20));
    }
    assert_int_equal(tr_mqtt_in_flight(mqtt), 0);
    assert_false(wait_note(TR_MQTT_ACK, 300));
}

static void brokers_receive_maximum_holds(void **state)
{
    (void)state;
    broker_start(&broker, ANONYMOUS "max_inflight_messages 5\n");
    connect_mqtt();
    for (uint64_t i = 1; i <= 5; i++) {
        assert_int_equal(publish("tr/w", "x", 1, false, i), 0);
    }
    assert_int_equal(publish("tr/w", "x", 1, false, 6), -EAGAIN);
}

static void will_speaks_when_killed(void **state)
{
    (void)state;
    broker_start(&broker, ANONYMOUS);
    pid_t child = doomed_client();
    assert_string_equal(
        shell("mosquitto_sub -p %d -t '" WILL "' -F '%%r %%p' -C 1 -W 60", broker.port),
        "1 online\n");
    doomed_kill(child, SIGKILL);
    assert_string_equal(
        shell("for i in $(seq 300); do\n"
              "said=$(mosquitto_sub -p %d -t '" WILL "' -F '%%r %%p' -C 1 -W 60)\n"
              "[ \"$said\" = '1 online' ] || break; sleep 0.2; done; echo \"$said\"",
              broker.port),
        "1 offline\n");
}

static void clean_close_keeps_the_will_silent(void **state)
{
    (void)state;
    broker_start(&broker, ANONYMOUS);
    connect_mqtt();
    assert_int_equal(publish(WILL, "bye", 1, true, 0), 0);
    int64_t before = now_ns();
    tr_mqtt_close(mqtt, PATIENCE_MS);
    mqtt = NULL;
    int64_t took = (now_ns() - before) / TR_NS_PER_MS;
    print_message("# a clean close took %d ms\n", (int)took);
    assert_true(took < PATIENCE_MS / 2); /* it does not wait when all is said */
    assert_string_equal(
        shell("mosquitto_sub -p %d -t '" WILL "' -F '%%r %%p' -C 1 -W 60", broker.port), "1 bye\n");
}

static void receives_commands(void **state)
{
    (void)state;
    broker_start(&broker, ANONYMOUS);
    char error[TR_MQTT_ERROR_MAX];
    assert_int_equal(open_mqtt(error), 0);
    assert_int_equal(tr_mqtt_subscribe(mqtt, "tr/cmd/+"), 0);
    assert_true(wait_note(TR_MQTT_CONNECTED, PATIENCE_MS));
    wait_subscribed("tr/cmd/hello");
    shell("mosquitto_pub -V 5 -p %d -t tr/cmd/ack -q 1 -m '{}' -D publish response-topic tr/rsp "
          "-D publish correlation-data c0",
          broker.port);
    assert_true(wait_note(TR_MQTT_MESSAGE, PATIENCE_MS));
    assert_string_equal(topic, "tr/cmd/ack");
    assert_string_equal(payload, "{}");
    assert_string_equal(response, "tr/rsp");
    assert_string_equal(correlation, "c0");
    assert_false(last[TR_MQTT_MESSAGE].msg.retain);
    assert_int_equal(last[TR_MQTT_MESSAGE].msg.qos, 1);
    shell("mosquitto_pub -p %d -t tr/cmd/mute -q 0 -r -n", broker.port);
    shell("mosquitto_pub -p %d -t tr/cmd/mute -q 0 -r -m old", broker.port);
    assert_true(wait_note(TR_MQTT_MESSAGE, PATIENCE_MS));
    assert_true(wait_note(TR_MQTT_MESSAGE, PATIENCE_MS));
    assert_string_equal(payload, "old");
    assert_true(last[TR_MQTT_MESSAGE].msg.retain);
    /* too large: not for us, and the connection stands */
    shell("head -c 100000 /dev/zero | mosquitto_pub -p %d -t tr/cmd/big -s", broker.port);
    assert_false(wait_note(TR_MQTT_MESSAGE, 300));
    assert_true(tr_mqtt_connected(mqtt));
}

static void a_flood_of_commands_is_bounded(void **state)
{
    (void)state;
    broker_start(&broker, ANONYMOUS);
    opt.version = 3;
    char error[TR_MQTT_ERROR_MAX];
    assert_int_equal(open_mqtt(error), 0);
    assert_int_equal(tr_mqtt_subscribe(mqtt, "tr/#"), 0);
    assert_true(wait_note(TR_MQTT_CONNECTED, PATIENCE_MS));
    wait_subscribed("tr/hello");
    shell("head -c 100000 /dev/zero | mosquitto_pub -p %d -t tr/big -s; "
          "seq 1000 | mosquitto_pub -p %d -t tr/x -l; sleep 1",
          broker.port, broker.port);
    assert_true(wait_note(TR_MQTT_FAILED, PATIENCE_MS));
    print_message("# %s, %d were kept\n", last[TR_MQTT_FAILED].text, count[TR_MQTT_MESSAGE]);
    assert_in_range(count[TR_MQTT_MESSAGE], 64, 999);
    assert_true(tr_mqtt_connected(mqtt));
}

static void a_watcher_has_room_for_a_shop(void **state)
{
    (void)state;
    broker_start(&broker, ANONYMOUS);
    opt.inbox = 1500;
    char error[TR_MQTT_ERROR_MAX];
    assert_int_equal(open_mqtt(error), 0);
    assert_int_equal(tr_mqtt_subscribe(mqtt, "tr/#"), 0);
    assert_true(wait_note(TR_MQTT_CONNECTED, PATIENCE_MS));
    wait_subscribed("tr/hello");
    int before = count[TR_MQTT_MESSAGE];
    shell("seq 1000 | mosquitto_pub -p %d -t tr/x -l; sleep 1", broker.port);
    while (count[TR_MQTT_MESSAGE] < before + 1000 && wait_note(TR_MQTT_MESSAGE, 5000)) {
    }
    assert_int_equal(count[TR_MQTT_MESSAGE] - before, 1000);
    assert_int_equal(count[TR_MQTT_FAILED], 0);
    assert_string_equal(payload, "1000");
}

static void acl_refuses_for_good(void **state)
{
    (void)state;
    broker_file(&broker, "acl", "topic readwrite tr/ok/#\n");
    broker_start(&broker, ANONYMOUS "acl_file %s/acl\nmessage_size_limit 1000\n");
    connect_mqtt();
    assert_int_equal(publish("tr/secret", "x", 1, false, 5), 0);
    assert_true(wait_note(TR_MQTT_REFUSED, PATIENCE_MS));
    assert_int_equal(last[TR_MQTT_REFUSED].token, 5);
    print_message("# denied: %s\n", last[TR_MQTT_REFUSED].text);
    static char big[3000];
    memset(big, 'x', sizeof(big) - 1);
    int r = publish("tr/ok/big", big, 1, false, 6);
    if (r == 0) {
        assert_true(wait_note(TR_MQTT_REFUSED, PATIENCE_MS));
        assert_int_equal(last[TR_MQTT_REFUSED].token, 6);
        print_message("# too large: %s\n", last[TR_MQTT_REFUSED].text);
    } else {
        assert_int_equal(r, -EMSGSIZE);
    }
    assert_true(tr_mqtt_connected(mqtt));
    assert_int_equal(publish("tr/ok/small", "x", 1, false, 7), 0);
    assert_true(wait_note(TR_MQTT_ACK, PATIENCE_MS));
    assert_int_equal(tr_mqtt_in_flight(mqtt), 0);
}

static void packet_limit_is_told_before_sending(void **state)
{
    (void)state;
    broker_start(&broker, ANONYMOUS "max_packet_size 2000\n");
    connect_mqtt();
    static char big[3000];
    memset(big, 'x', sizeof(big) - 1);
    assert_int_equal(publish("tr/big", big, 1, false, 6), -EMSGSIZE);
    assert_int_equal(publish("tr/small", "x", 1, false, 7), 0);
    assert_true(wait_note(TR_MQTT_ACK, PATIENCE_MS));
}

static void wrong_credentials(int version)
{
    broker_file(&broker, "pw", "shop:nonsense\n");
    shell("mosquitto_passwd -b -c %s/pw shop right 2>&1; chmod 644 %s/pw", broker.dir, broker.dir);
    broker_start(&broker, "allow_anonymous false\npassword_file %s/pw\n");
    broker_file(&broker, "wrong", "wrong\n");
    broker_file(&broker, "right", "right\r\n");
    opt.version = version;
    strcpy(opt.username, "shop");
    snprintf(opt.password_file, sizeof(opt.password_file), "%s/wrong", broker.dir);
    char error[TR_MQTT_ERROR_MAX];
    assert_int_equal(open_mqtt(error), 0);
    assert_true(wait_note(TR_MQTT_DISCONNECTED, PATIENCE_MS));
    print_message("# %s\n", last[TR_MQTT_DISCONNECTED].text);
    assert_non_null(strstr(last[TR_MQTT_DISCONNECTED].text, "refused the connection: "));
    assert_int_equal(last[TR_MQTT_DISCONNECTED].value, 1);
    tr_mqtt_close(mqtt, 0);
    snprintf(opt.password_file, sizeof(opt.password_file), "%s/right", broker.dir);
    connect_mqtt();
}

static void wrong_credentials_are_said_plainly(void **state)
{
    (void)state;
    wrong_credentials(5);
}

static void wrong_credentials_with_mqtt311(void **state)
{
    (void)state;
    wrong_credentials(3);
}

static void goodbye_of_the_broker_is_repeated(void **state)
{
    (void)state;
    /* CONNACK, then DISCONNECT with 0x8e, session taken over */
    static const unsigned char script[] = {0x20, 3, 0, 0, 0, 0xe0, 2, 0x8e, 0};
    pid_t child = scripted_broker(script, sizeof(script));
    connect_mqtt();
    assert_true(wait_note(TR_MQTT_DISCONNECTED, PATIENCE_MS));
    print_message("# %s\n", last[TR_MQTT_DISCONNECTED].text);
    assert_non_null(strstr(last[TR_MQTT_DISCONNECTED].text, "client id"));
    assert_int_equal(last[TR_MQTT_DISCONNECTED].value, 0);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void limits_that_are_too_narrow_are_told_once(void **state)
{
    (void)state;
    /* CONNACK: maximum QoS 0, no retained messages, packets of 1000 bytes */
    static const unsigned char script[] = {0x20, 12, 0,    0, 9, 0x24, 0,
                                           0x25, 0,  0x27, 0, 0, 3,    0xe8};
    pid_t child = scripted_broker(script, sizeof(script));
    connect_mqtt();
    assert_true(wait_note(TR_MQTT_FAILED, PATIENCE_MS));
    print_message("# %s\n", last[TR_MQTT_FAILED].text);
    assert_int_equal(last[TR_MQTT_FAILED].token, 0);
    assert_non_null(strstr(last[TR_MQTT_FAILED].text, "maximum QoS 0"));
    assert_non_null(strstr(last[TR_MQTT_FAILED].text, "no retained"));
    assert_non_null(strstr(last[TR_MQTT_FAILED].text, "small packets"));
    doomed_kill(child, SIGKILL);
    assert_true(wait_note(TR_MQTT_DISCONNECTED, PATIENCE_MS));
    child = scripted_broker(script, sizeof(script));
    assert_true(wait_note(TR_MQTT_CONNECTED, PATIENCE_MS));
    assert_false(wait_note(TR_MQTT_FAILED, 300));
    doomed_kill(child, SIGKILL);
}

static void a_topic_with_a_zero_byte_is_nobodys(void **state)
{
    (void)state;
    /* CONNACK, then a PUBLISH to t/x with the response topic "a\0b", then one with "a" */
    static const unsigned char script[] = {
        0x20, 3,   0,   0,    0,  0x30, 13, 0,   3,   't', '/', 'x',  6, 0x08, 0,   3,  'a',
        0,    'b', '1', 0x30, 11, 0,    3,  't', '/', 'x', 4,   0x08, 0, 1,    'a', '2'};
    pid_t child = scripted_broker(script, sizeof(script));
    connect_mqtt();
    /* Paho may end it there and then, too */
    const int64_t end = now_ns() + PATIENCE_MS * TR_NS_PER_MS;
    while (count[TR_MQTT_MESSAGE] + count[TR_MQTT_DISCONNECTED] == 0 && now_ns() < end) {
        wait_note(TR_MQTT_MESSAGE, 100);
    }
    if (count[TR_MQTT_MESSAGE] > 0) {
        if (strcmp(payload, "1") == 0) {
            assert_string_equal(response, "");
            assert_true(wait_note(TR_MQTT_MESSAGE, PATIENCE_MS));
        }
        assert_string_equal(payload, "2");
        assert_string_equal(response, "a");
    } else {
        print_message("# Paho takes no such message\n");
    }
    doomed_kill(child, SIGKILL);
}

static void old_brokers_are_recognised(void **state)
{
    (void)state;
    /* CONNACK as a 3.1.1 broker answers MQTT 5: unacceptable protocol version */
    static const unsigned char script[] = {0x20, 2, 0, 1};
    pid_t child = scripted_broker(script, sizeof(script));
    char error[TR_MQTT_ERROR_MAX];
    assert_int_equal(open_mqtt(error), 0);
    assert_true(wait_note(TR_MQTT_DISCONNECTED, PATIENCE_MS));
    print_message("# %s\n", last[TR_MQTT_DISCONNECTED].text);
    assert_int_equal(last[TR_MQTT_DISCONNECTED].value, 1);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

/* --- without a broker ------------------------------------------------------------ */

static void bad_options_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *uri;
        int result;
    } cases[] = {{"", -EINVAL},
                 {"localhost", -EINVAL},
                 {"tcp://localhost", -EINVAL},
                 {"mqtt://", -EINVAL},
                 {"mqtt://:1883", -EINVAL},
                 {"mqtt://host:0", -EINVAL},
                 {"mqtt://host:65536", -EINVAL},
                 {"mqtt://host:1883/x", -EINVAL},
                 {"mqtt://host:12x", -EINVAL},
                 {"mqtt://user@host", -EINVAL},
                 {"mqtt://[::1", -EINVAL},
                 {"mqtt://[::1]x", -EINVAL},
                 {"mqtt://[]", -EINVAL},
                 {"ws://", -EINVAL},
                 {"ws:///mqtt", -EINVAL},
                 {"ws://host:x/mqtt", -EINVAL},
                 {"ws://host:80x/mqtt", -EINVAL},
                 {"ws://host/a:b", -EINVAL},
                 {"ws://host/a#b", -EINVAL},
                 {"wss://host?x", -EINVAL},
                 {"ws://host", 0},
                 {"ws://host/", 0},
                 {"wss://host:8443/a/mqtt?x=1", 0},
                 {"wss://[::1]:8443/mqtt", 0},
                 {"mqtts://[::1]", 0},
                 {"mqtt://host", 0},
                 {"mqtt://[::1]:1883", 0},
                 {"mqtts://host", 0}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char error[TR_MQTT_ERROR_MAX] = "";
        snprintf(opt.uri, sizeof(opt.uri), "%s", cases[i].uri);
        int r = open_mqtt(error);
        if (r != cases[i].result) {
            fail_msg("%s: %d %s", cases[i].uri, r, error);
        }
        assert_int_equal(r < 0, error[0] != '\0');
        if (r == 0) {
            tr_mqtt_close(mqtt, 0);
            mqtt = NULL;
        }
    }
    char error[TR_MQTT_ERROR_MAX] = "";
    strcpy(opt.uri, "mqtt://host");
    opt.version = 4;
    assert_int_equal(open_mqtt(error), -EINVAL);
    opt.version = 5;
    strcpy(opt.ca_file, "/etc/passwd");
    assert_int_equal(open_mqtt(error), -EINVAL);
}

static void unreadable_files_are_named(void **state)
{
    (void)state;
    char error[TR_MQTT_ERROR_MAX] = "";
    strcpy(opt.username, "shop");
    snprintf(opt.password_file, sizeof(opt.password_file), "%s/none", broker.dir);
    assert_int_equal(open_mqtt(error), -ENOENT);
    assert_non_null(strstr(error, opt.password_file));
    broker_file(&broker, "none", "secret");
    chmod(opt.password_file, 0);
    uid_t me = geteuid();
    assert_true(me != 0 || seteuid(65534) == 0);
    assert_int_equal(open_mqtt(error), -EACCES);
    assert_true(me != 0 || seteuid(me) == 0);
    assert_non_null(strstr(error, opt.password_file));
    snprintf(opt.password_file, sizeof(opt.password_file), "%s", broker.dir);
    assert_int_equal(open_mqtt(error), -EINVAL);
    opt.password_file[0] = '\0';
    strcpy(opt.uri, "mqtts://localhost");
    snprintf(opt.ca_file, sizeof(opt.ca_file), "%s/ca.crt", broker.dir);
    assert_int_equal(open_mqtt(error), -ENOENT);
    assert_non_null(strstr(error, opt.ca_file));
}

/* The longest names of a site and a unit: two units that differ at the end are two. */
static void a_long_client_id_is_sent_whole(void **state)
{
    (void)state;
    char error[TR_MQTT_ERROR_MAX], id[200];
    memset(id, 'x', sizeof(id));
    id[sizeof(id) - 1] = '\0';
    assert_int_equal(tr_mqtt_open(&opt, id, NULL, &mqtt, error), -EINVAL);
    strcpy(id, "thirdring-a-site-of-one-and-thirty-bytes--a-unit-of-one-and-thirty-bytes-1");
    broker_start(&broker, ANONYMOUS "log_type all\n");
    assert_int_equal(tr_mqtt_open(&opt, id, NULL, &mqtt, error), 0);
    assert_true(wait_note(TR_MQTT_CONNECTED, PATIENCE_MS));
    assert_non_null(strstr(shell("grep 'New client connected' %s/log", broker.dir), id));
}

static void an_unknown_host_is_told(void **state)
{
    (void)state;
    char error[TR_MQTT_ERROR_MAX];
    strcpy(opt.uri, "mqtt://no-such-host.invalid");
    assert_int_equal(open_mqtt(error), 0);
    tr_mqtt_tick(mqtt, now_ns()); /* test_mqtt_lost.c: however long the name takes */
    assert_true(wait_note(TR_MQTT_DISCONNECTED, PATIENCE_MS));
    print_message("# %s\n", last[TR_MQTT_DISCONNECTED].text);
    tr_mqtt_close(NULL, 0);
}

int main(int argc, char **argv)
{
    const int doomed = doomed_main(argc, argv);
    if (doomed >= 0) {
        return doomed;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(publishes_with_mqtt5, setup, teardown),
        cmocka_unit_test_setup_teardown(publishes_with_mqtt311, setup, teardown),
        cmocka_unit_test_setup_teardown(window_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(brokers_receive_maximum_holds, setup, teardown),
        cmocka_unit_test_setup_teardown(will_speaks_when_killed, setup, teardown),
        cmocka_unit_test_setup_teardown(clean_close_keeps_the_will_silent, setup, teardown),
        cmocka_unit_test_setup_teardown(receives_commands, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flood_of_commands_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(a_watcher_has_room_for_a_shop, setup, teardown),
        cmocka_unit_test_setup_teardown(acl_refuses_for_good, setup, teardown),
        cmocka_unit_test_setup_teardown(packet_limit_is_told_before_sending, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_credentials_are_said_plainly, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_credentials_with_mqtt311, setup, teardown),
        cmocka_unit_test_setup_teardown(goodbye_of_the_broker_is_repeated, setup, teardown),
        cmocka_unit_test_setup_teardown(limits_that_are_too_narrow_are_told_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_topic_with_a_zero_byte_is_nobodys, setup, teardown),
        cmocka_unit_test_setup_teardown(old_brokers_are_recognised, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_options_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(unreadable_files_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_client_id_is_sent_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unknown_host_is_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, anchor_paho, NULL);
}
