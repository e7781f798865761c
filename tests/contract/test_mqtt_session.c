/* src/mqtt and what outlives a connection: the will, the session, patience. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mqtt_client.h"

/* --- will and session ---------------------------------------------------------- */

static pid_t along;

/* Somebody else who reads along where the will goes. */
static void listen_along(void)
{
    along = fork();
    if (along == 0) {
        char port[12], path[128];
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        snprintf(port, sizeof(port), "%d", broker.port);
        snprintf(path, sizeof(path), "%s/heard", broker.dir);
        int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
        execlp("mosquitto_sub", "mosquitto_sub", "-p", port, "-q", "1", "-t", WILL, "-i",
               "listener", "-F", "%p", (char *)NULL);
        _exit(127);
    }
    shell("until grep -q 'Received SUBSCRIBE from listener' %s/log; do sleep 0.05; done",
          broker.dir);
}

static int teardown_listener(void **state)
{
    if (along > 0) {
        doomed_kill(along, SIGKILL);
        along = 0;
    }
    return teardown(state);
}

static const char *heard(void)
{
    return shell("tr '\\n' ' ' <%s/heard", broker.dir);
}

static bool hears(const char *what, int timeout_ms)
{
    int64_t end = now_ns() + timeout_ms * TR_NS_PER_MS;
    while (strcmp(heard(), what) != 0 && now_ns() < end) {
        usleep(50000);
    }
    return strcmp(heard(), what) == 0;
}

static void who_is_soon_back_was_never_away(void **state)
{
    (void)state;
    broker_start(&broker, ANONYMOUS "log_type all\n");
    listen_along();
    opt.will_delay_s = 15; /* the next one is back before, on however slow a machine */
    doomed_kill(doomed_client(), SIGKILL);
    pid_t child = doomed_client();
    /* half open: the broker only learns of the new one that the old is gone */
    doomed_kill(child, SIGSTOP);
    pid_t other = doomed_client();
    doomed_kill(child, SIGKILL);
    assert_false(hears("never", 17000));
    assert_string_equal(heard(), "online online online ");
    doomed_kill(other, SIGKILL);
    assert_false(hears("never", 500));
    assert_string_equal(heard(), "online online online ");
    assert_true(hears("online online online offline ", PATIENCE_MS));
}

static void with_mqtt311_the_will_speaks_at_once(void **state)
{
    (void)state;
    broker_start(&broker, ANONYMOUS "log_type all\n");
    listen_along();
    opt.version = 3;
    opt.will_delay_s = 300;
    doomed_kill(doomed_client(), SIGKILL);
    assert_true(hears("online offline ", PATIENCE_MS));
}

static void connect_as(const char *will, int session)
{
    char error[TR_MQTT_ERROR_MAX];
    assert_int_equal(tr_mqtt_open(&opt, "tr-test", will, &mqtt, error), 0);
    assert_true(wait_note(TR_MQTT_CONNECTED, PATIENCE_MS));
    assert_int_equal(last[TR_MQTT_CONNECTED].value, session);
}

static void commands_sent_in_a_short_absence_arrive(void **state)
{
    (void)state;
    broker_start(&broker, ANONYMOUS);
    opt.will_delay_s = 60;
    pid_t child = doomed_client();
    doomed_kill(child, SIGSTOP);
    shell("mosquitto_pub -p %d -t tr/cmd/x -q 1 -m in-flight", broker.port);
    doomed_kill(child, SIGKILL);
    shell("mosquitto_pub -p %d -t tr/cmd/x -q 1 -m queued", broker.port);
    connect_as(WILL, 1);
    assert_true(wait_note(TR_MQTT_MESSAGE, PATIENCE_MS));
    assert_string_equal(payload, "in-flight");
    assert_true(wait_note(TR_MQTT_MESSAGE, PATIENCE_MS));
    assert_string_equal(payload, "queued");
    assert_int_equal(publish("tr/x", "x", 1, false, 5), 0);
    assert_true(wait_note(TR_MQTT_ACK, PATIENCE_MS));
    assert_int_equal(last[TR_MQTT_ACK].token, 5);
    /* a clean goodbye leaves nothing for the broker to keep */
    tr_mqtt_close(mqtt, PATIENCE_MS);
    mqtt = NULL;
    shell("mosquitto_pub -p %d -t tr/cmd/x -q 1 -m late", broker.port);
    connect_as(WILL, 0);
    assert_false(wait_note(TR_MQTT_MESSAGE, 500));
}

static void without_a_will_there_is_no_session(void **state)
{
    (void)state;
    broker_start(&broker, ANONYMOUS);
    opt.will_delay_s = 60;
    doomed_kill(doomed_client(), SIGKILL);
    connect_as(NULL, 0);
    assert_true(tr_mqtt_connected(mqtt));
}

/* --- patience ------------------------------------------------------------------- */

enum deaf { DEAF_TO_ALL, DEAF_TO_THE_FIRST, SLOW };

static void answer(int fd, const unsigned char *packet, enum deaf deaf)
{
    static int seen;
    static const unsigned char connack3[] = {0x20, 2, 0, 0}, connack5[] = {0x20, 3, 0, 0, 0},
                               pingresp[] = {0xd0, 0};
    if (packet[0] == 0x10) {
        const bool v5 = packet[8] == 5;
        (void)!write(fd, v5 ? connack5 : connack3, v5 ? sizeof(connack5) : sizeof(connack3));
    } else if (packet[0] == 0xc0) {
        (void)!write(fd, pingresp, sizeof(pingresp));
    } else if ((packet[0] & 0xf6) == 0x32) {
        const unsigned char *id = packet + 4 + packet[3];
        const unsigned char puback[] = {0x40, 2, id[0], id[1]};
        if (deaf == SLOW) {
            sleep(1);
        }
        if (deaf == SLOW || (deaf == DEAF_TO_THE_FIRST && seen++ > 0)) {
            (void)!write(fd, puback, sizeof(puback));
        }
    }
}

/* A broker for one client at a time whose packets are all short. */
static pid_t deaf_broker(enum deaf deaf)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)broker.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)), 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(listener, 5), 0);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            unsigned char packet[130] = {0};
            int fd = accept(listener, NULL, NULL);
            while (recv(fd, packet, 2, MSG_WAITALL) == 2 &&
                   (packet[1] == 0 ||
                    recv(fd, packet + 2, packet[1], MSG_WAITALL) == (ssize_t)packet[1])) {
                answer(fd, packet, deaf);
            }
            close(fd);
        }
    }
    close(listener);
    return child;
}

static void gives_up(enum deaf deaf, int version)
{
    opt.version = version;
    opt.keepalive_s = 3600; /* Paho itself notices nothing */
    pid_t child = deaf_broker(deaf);
    connect_mqtt();
    opt.keepalive_s = 3;
    assert_int_equal(tr_mqtt_deadline(mqtt) == INT64_MAX, 0); /* the tick has not seen it */
    tr_mqtt_tick(mqtt, now_ns());
    assert_true(tr_mqtt_deadline(mqtt) == INT64_MAX); /* nothing waits: no need to wake up */
    const int64_t began = now_ns();
    assert_int_equal(publish("tr/x", "x", 1, false, 1), 0);
    if (deaf == DEAF_TO_ALL) { /* what need not arrive does not make it longer */
        const int r = publish("tr/news", "x", 0, false, 0);
        assert_true(r == 0 || (r == -EAGAIN && now_ns() - began > TR_NS_PER_S));
        assert_false(wait_note(TR_MQTT_DISCONNECTED, 1500));
        assert_int_equal(publish("tr/news", "x", 0, false, 0), -EAGAIN);
    }
    for (uint64_t i = 2; count[TR_MQTT_DISCONNECTED] == 0 && i < 120; i++) {
        if (deaf == DEAF_TO_THE_FIRST) {
            assert_int_equal(publish("tr/x", "x", 1, false, i), 0);
        }
        wait_note(TR_MQTT_DISCONNECTED, 500);
    }
    assert_int_equal(count[TR_MQTT_DISCONNECTED], 1);
    print_message("# %s\n", last[TR_MQTT_DISCONNECTED].text);
    assert_non_null(strstr(last[TR_MQTT_DISCONNECTED].text, "acknowledges nothing for 10 s"));
    assert_int_equal(last[TR_MQTT_DISCONNECTED].value, 0);
    assert_true(wait_note(TR_MQTT_CONNECTED, PATIENCE_MS));
    assert_int_equal(tr_mqtt_in_flight(mqtt), 0);
    doomed_kill(child, SIGKILL);
}

static void patience_ends_where_nothing_is_acknowledged(void **state)
{
    (void)state;
    gives_up(DEAF_TO_ALL, 3);
}

static void patience_ends_where_one_message_is_passed_over(void **state)
{
    (void)state;
    gives_up(DEAF_TO_THE_FIRST, 5);
}

static void a_slow_broker_has_time(void **state)
{
    (void)state;
    opt.keepalive_s = 3600;
    pid_t child = deaf_broker(SLOW);
    connect_mqtt();
    /* 14 at once, one a second: longer than patience is, were it for each alone */
    opt.keepalive_s = 3;
    for (uint64_t i = 1; i <= 14; i++) {
        assert_int_equal(publish("tr/x", "x", 1, false, i), 0);
    }
    while (count[TR_MQTT_ACK] < 14) {
        assert_true(wait_note(TR_MQTT_ACK, PATIENCE_MS));
    }
    assert_int_equal(count[TR_MQTT_DISCONNECTED], 0);
    doomed_kill(child, SIGKILL);
}

/* A frozen broker that thaws hears a goodbye that leaves the will in force. */
static void losing_patience_keeps_the_will(void **state)
{
    (void)state;
    broker_start(&broker, ANONYMOUS "log_type all\n");
    listen_along();
    opt.keepalive_s = 3600; /* Paho itself notices nothing */
    opt.will_delay_s = 1;
    connect_mqtt();
    opt.keepalive_s = 3;
    broker_freeze(&broker);
    assert_int_equal(publish("tr/x", "x", 1, false, 1), 0);
    assert_true(wait_note(TR_MQTT_DISCONNECTED, PATIENCE_MS));
    assert_non_null(strstr(last[TR_MQTT_DISCONNECTED].text, "acknowledges nothing"));
    tr_mqtt_tick(mqtt, now_ns());
    usleep(500000); /* the goodbye goes out, and no new attempt is made */
    tr_mqtt_tick(mqtt, now_ns());
    kill(broker.pid, SIGCONT);
    assert_true(hears("offline ", PATIENCE_MS));
}

/* Who has no time left to say that he goes is gone all the same: a broker that is slow to
 * read must not take the goodbye alone for a sign that all was said. */
static void late_goodbye(int version)
{
    broker_start(&broker, ANONYMOUS "log_type all\n");
    listen_along();
    opt.version = version;
    opt.will_delay_s = 1;
    connect_mqtt();
    assert_int_equal(publish(WILL, "online", 1, true, 1), 0);
    assert_true(wait_note(TR_MQTT_ACK, PATIENCE_MS));
    assert_true(hears("online ", PATIENCE_MS));
    broker_freeze(&broker);
    assert_int_equal(publish("tr/x", "x", 1, false, 0), 0);
    tr_mqtt_close(mqtt, 300);
    mqtt = NULL;
    kill(broker.pid, SIGCONT);
    /* once or, where the broker cannot answer any more, twice */
    const int64_t end = now_ns() + PATIENCE_MS * TR_NS_PER_MS;
    while (strncmp(heard(), "online offline ", 15) != 0 && now_ns() < end) {
        usleep(50000);
    }
    assert_int_equal(strncmp(heard(), "online offline ", 15), 0);
    assert_string_equal(shell("mosquitto_sub -p %d -t " WILL " -C 1 -W 60", broker.port),
                        "offline\n");
}

static void a_late_goodbye_keeps_the_will(void **state)
{
    (void)state;
    late_goodbye(5);
}

static void a_late_goodbye_with_mqtt311_says_it(void **state)
{
    (void)state;
    late_goodbye(3);
}

int main(int argc, char **argv)
{
    const int doomed = doomed_main(argc, argv);
    if (doomed >= 0) {
        return doomed;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_is_soon_back_was_never_away, setup, teardown_listener),
        cmocka_unit_test_setup_teardown(with_mqtt311_the_will_speaks_at_once, setup,
                                        teardown_listener),
        cmocka_unit_test_setup_teardown(commands_sent_in_a_short_absence_arrive, setup,
                                        teardown_listener),
        cmocka_unit_test_setup_teardown(without_a_will_there_is_no_session, setup,
                                        teardown_listener),
        cmocka_unit_test_setup_teardown(patience_ends_where_nothing_is_acknowledged, setup,
                                        teardown_listener),
        cmocka_unit_test_setup_teardown(patience_ends_where_one_message_is_passed_over, setup,
                                        teardown_listener),
        cmocka_unit_test_setup_teardown(a_slow_broker_has_time, setup, teardown_listener),
        cmocka_unit_test_setup_teardown(losing_patience_keeps_the_will, setup, teardown_listener),
        cmocka_unit_test_setup_teardown(a_late_goodbye_keeps_the_will, setup, teardown_listener),
        cmocka_unit_test_setup_teardown(a_late_goodbye_with_mqtt311_says_it, setup,
                                        teardown_listener),
    };
    return cmocka_run_group_tests(tests, anchor_paho, NULL);
}
