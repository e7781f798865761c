/* src/mqtt over WebSockets, with and without TLS. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mqtt_client.h"

enum { LARGE = 50000 };

/* As in test_mqtt_lost.c: connections break amid what Paho writes. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libpaho-mqtt3as";
}

static int plain; /* the port of a plain listener beside the one that is tried */

static void start(bool tls)
{
    char lines[512];
    snprintf(lines, sizeof(lines),
             "protocol websockets\n%slistener %d 127.0.0.1\nprotocol mqtt\n" ANONYMOUS,
             tls ? "certfile %s/good.crt\nkeyfile %s/good.key\n" : "", plain);
    broker_start(&broker, lines);
}

static void says_and_hears(uint64_t token)
{
    wait_subscribed("tr/hello");
    assert_int_equal(publish("tr/kept", "short", 1, true, token), 0);
    assert_true(wait_note(TR_MQTT_ACK, PATIENCE_MS));
    /* its own words come back: large ones both ways */
    for (size_t n = 100; n <= LARGE; n += LARGE / 8) {
        topic[0] = '\0';
        assert_int_equal(publish("tr/large", pattern(n), 1, false, token), 0);
        while (strcmp(topic, "tr/large") != 0) {
            assert_true(wait_note(TR_MQTT_MESSAGE, PATIENCE_MS));
        }
        assert_int_equal(last[TR_MQTT_MESSAGE].msg.n, n);
        assert_true(payload_is_pattern);
    }
    /* many at once, small and large in turns */
    count[TR_MQTT_MESSAGE] = 0;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(publish("tr/many", pattern(i % 2 == 0 ? 5 : 5000), 1, false, token), 0);
    }
    while (count[TR_MQTT_MESSAGE] < 10) {
        assert_true(wait_note(TR_MQTT_MESSAGE, PATIENCE_MS));
        assert_true(payload_is_pattern);
    }
    shell("printf cmd | mosquitto_pub -p %d -t tr/cmd -q 1 -s", plain);
    while (strcmp(topic, "tr/cmd") != 0) {
        assert_true(wait_note(TR_MQTT_MESSAGE, PATIENCE_MS));
    }
    assert_string_equal(payload, "cmd");
    assert_string_equal(
        shell("mosquitto_sub -p %d -q 1 -t tr/kept -F '%%t %%q %%r %%p' -C 1 -W 60", plain),
        "tr/kept 1 1 short\n");
}

static void over(const char *scheme, const char *host, const char *path, int version)
{
    const bool tls = scheme[2] == 's';
    plain = broker_free_port();
    if (tls) {
        make_certificates();
        snprintf(opt.ca_file, sizeof(opt.ca_file), "%s/ca.crt", broker.dir);
    }
    snprintf(opt.uri, sizeof(opt.uri), "%s://%s:%d%s", scheme, host, broker.port, path);
    opt.version = version;
    start(tls);
    char error[TR_MQTT_ERROR_MAX];
    assert_int_equal(open_mqtt(error), 0);
    assert_int_equal(tr_mqtt_subscribe(mqtt, "tr/#"), 0);
    for (int i = 0; i < 2; i++) {
        if (!wait_note(TR_MQTT_CONNECTED, PATIENCE_MS)) {
            fail_msg("not connected: %s", last[TR_MQTT_DISCONNECTED].text);
        }
        says_and_hears(7);
        /* gone in the middle of what it says to us, and back */
        count[TR_MQTT_DISCONNECTED] = 0;
        shell("head -c 60000 /dev/zero | mosquitto_pub -p %d -t tr/x -s", plain);
        broker_stop(&broker, i == 1 ? SIGTERM : SIGKILL);
        while (count[TR_MQTT_DISCONNECTED] == 0) {
            assert_true(wait_note(TR_MQTT_DISCONNECTED, PATIENCE_MS));
        }
        start(tls);
    }
    assert_true(wait_note(TR_MQTT_CONNECTED, PATIENCE_MS));
}

static void ws_with_mqtt5(void **state)
{
    (void)state;
    over("ws", "127.0.0.1", "", 5);
}

static void ws_with_mqtt311(void **state)
{
    (void)state;
    over("ws", "localhost", "/some/path?x=1", 3);
}

static void wss_with_mqtt5(void **state)
{
    (void)state;
    over("wss", "localhost", "/mqtt", 5);
}

static void wss_with_mqtt311(void **state)
{
    (void)state;
    over("wss", "127.0.0.1", "/", 3);
}

/* A server that breaks off within a frame, then, at the same address, a real broker. */
static void half_a_frame_does_not_outlive_its_connection(void **state)
{
    (void)state;
    plain = broker_free_port();
    opt.version = 3;
    snprintf(opt.uri, sizeof(opt.uri), "ws://127.0.0.1:%d", broker.port);
    pid_t child = fork();
    if (child == 0) {
        char port[16];
        snprintf(port, sizeof(port), "%d", broker.port);
        execlp("python3", "python3", "-c",
               "import base64, hashlib, socket, sys, time\n"
               "s = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n"
               "c = s.accept()[0]\n"
               "s.close()\n"
               "key = c.recv(4096).decode().split('Sec-WebSocket-Key: ')[1].split('\\r')[0]\n"
               "key += '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'\n"
               "key = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()\n"
               "c.sendall(('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\n'\n"
               "           'Connection: Upgrade\\r\\nSec-WebSocket-Protocol: mqtt\\r\\n'\n"
               "           f'Sec-WebSocket-Accept: {key}\\r\\n\\r\\n').encode())\n"
               "c.recv(4096)\n"
               "c.sendall(bytes([0x82, 4, 0x20, 2, 0, 0]))\n"
               "time.sleep(0.3)\n"
               "c.sendall(bytes([0x82, 126, 0x20, 0]) + b'half of a frame')\n"
               "time.sleep(0.3)\n",
               port, (char *)NULL);
        _exit(127);
    }
    connect_mqtt();
    assert_true(wait_note(TR_MQTT_DISCONNECTED, PATIENCE_MS));
    waitpid(child, NULL, 0);
    start(false);
    if (!wait_note(TR_MQTT_CONNECTED, PATIENCE_MS)) {
        fail_msg("not connected again: %s", last[TR_MQTT_DISCONNECTED].text);
    }
}

static void a_server_without_websockets_says_so(void **state)
{
    (void)state;
    snprintf(opt.uri, sizeof(opt.uri), "ws://127.0.0.1:%d/mqtt", broker.port);
    pid_t child = fork();
    if (child == 0) {
        char port[16];
        snprintf(port, sizeof(port), "%d", broker.port);
        execlp("python3", "python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory",
               broker.dir, "--protocol", "HTTP/1.1", port, (char *)NULL);
        _exit(127);
    }
    while (!broker_listens(broker.port)) {
        assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
        usleep(20000);
    }
    char error[TR_MQTT_ERROR_MAX];
    assert_int_equal(open_mqtt(error), 0);
    assert_true(wait_note(TR_MQTT_DISCONNECTED, PATIENCE_MS));
    print_message("# %s\n", last[TR_MQTT_DISCONNECTED].text);
    assert_non_null(strstr(last[TR_MQTT_DISCONNECTED].text, "HTTP 404"));
    doomed_kill(child, SIGKILL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ws_with_mqtt5, setup, teardown),
        cmocka_unit_test_setup_teardown(ws_with_mqtt311, setup, teardown),
        cmocka_unit_test_setup_teardown(wss_with_mqtt5, setup, teardown),
        cmocka_unit_test_setup_teardown(wss_with_mqtt311, setup, teardown),
        cmocka_unit_test_setup_teardown(a_server_without_websockets_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(half_a_frame_does_not_outlive_its_connection, setup,
                                        teardown),
    };
    /* No anchor: another client would keep Paho from forgetting what it must. */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
