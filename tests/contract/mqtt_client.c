#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
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
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "mqtt_client.h"

struct broker broker;
struct tr_mqtt_options opt;
struct tr_mqtt *mqtt;

struct tr_mqtt_note last[TR_MQTT_NOTE_COUNT];
int count[TR_MQTT_NOTE_COUNT];
uint64_t acked;
char topic[TR_MQTT_TOPIC_MAX], payload[256], response[TR_MQTT_TOPIC_MAX], correlation[64];
bool payload_is_pattern;

int64_t now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * TR_NS_PER_S + ts.tv_nsec;
}

const char *pattern(size_t n)
{
    static char text[1 << 20];
    assert_true(n < sizeof(text));
    for (size_t i = 0; i < n; i++) {
        text[i] = (char)('!' + i * 7 % 89);
    }
    text[n] = '\0';
    return text;
}

static void keep_message(const struct tr_mqtt_message *msg)
{
    snprintf(topic, sizeof(topic), "%s", msg->topic);
    snprintf(payload, sizeof(payload), "%.*s", (int)msg->n, (const char *)msg->payload);
    payload_is_pattern = memcmp(msg->payload, pattern(msg->n), msg->n) == 0;
    snprintf(response, sizeof(response), "%s",
             msg->response_topic != NULL ? msg->response_topic : "");
    snprintf(correlation, sizeof(correlation), "%.*s", (int)msg->correlation_n,
             msg->correlation != NULL ? (const char *)msg->correlation : "");
}

bool wait_note(enum tr_mqtt_note_kind kind, int timeout_ms)
{
    int before = count[kind];
    int64_t end = now_ns() + timeout_ms * TR_NS_PER_MS;
    for (;;) {
        int64_t now = now_ns();
        tr_mqtt_tick(mqtt, now);
        struct tr_mqtt_note note;
        while (tr_mqtt_next(mqtt, &note) == 1) {
            last[note.kind] = note;
            count[note.kind]++;
            if (note.kind == TR_MQTT_ACK && note.token < 64) {
                acked |= UINT64_C(1) << note.token;
            }
            if (note.kind == TR_MQTT_MESSAGE) {
                keep_message(&note.msg);
            }
            if (count[kind] > before) {
                return true;
            }
        }
        now = now_ns();
        int64_t deadline = tr_mqtt_deadline(mqtt);
        int64_t until = deadline < end ? deadline : end;
        struct pollfd fd = {.fd = tr_mqtt_fd(mqtt), .events = POLLIN};
        if (until > now) {
            poll(&fd, 1, (int)((until - now) / TR_NS_PER_MS) + 1);
        }
        if (now >= end) {
            return false;
        }
    }
}

int open_mqtt(char *error)
{
    return tr_mqtt_open(&opt, "tr-test", WILL, &mqtt, error);
}

void connect_mqtt(void)
{
    char error[TR_MQTT_ERROR_MAX] = "";
    if (open_mqtt(error) != 0) {
        fail_msg("%s", error);
    }
    if (!wait_note(TR_MQTT_CONNECTED, PATIENCE_MS)) {
        fail_msg("not connected: %s", last[TR_MQTT_DISCONNECTED].text);
    }
}

int publish(const char *to, const char *text, int qos, bool retain, uint64_t token)
{
    struct tr_mqtt_message msg = {.topic = to,
                                  .payload = text,
                                  .n = strlen(text),
                                  .qos = qos,
                                  .retain = retain,
                                  .token = token,
                                  .content_type = "text/plain",
                                  .expiry_s = qos == 0 ? 30 : 0};
    return tr_mqtt_publish(mqtt, &msg);
}

const char *shell(const char *format, ...)
{
    static char out[1024];
    char command[512];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof(command), format, args);
    va_end(args);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t n = fread(out, 1, sizeof(out) - 1, pipe);
    out[n] = '\0';
    pclose(pipe);
    return out;
}

void make_certificates(void)
{
    char made[128];
    shell("PYTHONPATH=tests/tools python3 -c 'import certs; certs.Shop(\"%s\")' 2>&1", broker.dir);
    snprintf(made, sizeof(made), "%s/client-expired.crt", broker.dir);
    assert_int_equal(access(made, R_OK), 0);
}

void wait_subscribed(const char *to)
{
    char newest[32];
    int64_t end = now_ns() + PATIENCE_MS * TR_NS_PER_MS;
    payload[0] = '\0';
    for (int i = 0; now_ns() < end; i++) {
        snprintf(newest, sizeof(newest), "hello %d", i);
        assert_int_equal(publish(to, newest, 0, false, 0), 0);
        if (wait_note(TR_MQTT_MESSAGE, 300)) {
            break;
        }
    }
    while (strcmp(payload, newest) != 0) {
        assert_true(wait_note(TR_MQTT_MESSAGE, PATIENCE_MS));
    }
    count[TR_MQTT_MESSAGE] = 0;
}

int anchor_paho(void **state)
{
    static struct tr_mqtt_options never = {.version = 5, .uri = "mqtt://localhost"};
    static struct tr_mqtt *anchor;
    char error[TR_MQTT_ERROR_MAX];
    (void)state;
    return __lsan_disable == NULL ? 0 : tr_mqtt_open(&never, "anchor", WILL, &anchor, error);
}

int setup(void **state)
{
    (void)state;
    memset(count, 0, sizeof(count));
    memset(last, 0, sizeof(last));
    acked = 0;
    mqtt = NULL;
    alarm(600); /* no test hangs for ever */
    broker_init(&broker);
    opt = (struct tr_mqtt_options){.enabled = true, .version = 5, .keepalive_s = 30};
    snprintf(opt.uri, sizeof(opt.uri), "mqtt://127.0.0.1:%d", broker.port);
    return 0;
}

int teardown(void **state)
{
    (void)state;
    tr_mqtt_close(mqtt, 500);
    broker_fini(&broker);
    return 0;
}

int doomed_main(int argc, char **argv)
{
    char error[TR_MQTT_ERROR_MAX];
    if (argc != 4) {
        return -1;
    }
    opt = (struct tr_mqtt_options){
        .version = atoi(argv[2]), .keepalive_s = 30, .will_delay_s = atoi(argv[3])};
    snprintf(opt.uri, sizeof(opt.uri), "%s", argv[1]);
    if (open_mqtt(error) != 0 || tr_mqtt_subscribe(mqtt, "tr/cmd/+") != 0 ||
        !wait_note(TR_MQTT_CONNECTED, PATIENCE_MS)) {
        return 1;
    }
    wait_subscribed("tr/cmd/hello");
    publish(WILL, "online", 1, true, 1);
    if (wait_note(TR_MQTT_ACK, PATIENCE_MS) && write(STDOUT_FILENO, "x", 1) == 1) {
        pause();
    }
    return 1;
}

pid_t doomed_client(void)
{
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    /* a process of its own: Paho's threads do not survive a fork */
    pid_t child = fork();
    if (child == 0) {
        char version[12], delay[12];
        snprintf(version, sizeof(version), "%d", (int)opt.version);
        snprintf(delay, sizeof(delay), "%d", (int)opt.will_delay_s);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(ready[1], STDOUT_FILENO);
        execl("/proc/self/exe", "test_mqtt", opt.uri, version, delay, (char *)NULL);
        _exit(127);
    }
    char byte;
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return child;
}

void doomed_kill(pid_t child, int sig)
{
    kill(child, sig);
    if (sig == SIGKILL) {
        waitpid(child, NULL, 0);
    }
}

pid_t scripted_broker(const void *bytes, size_t n)
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
        char connect_packet[512];
        int fd = accept(listener, NULL, NULL);
        if (read(fd, connect_packet, sizeof(connect_packet)) > 0 &&
            write(fd, bytes, n) == (ssize_t)n) {
            pause();
        }
        _exit(0);
    }
    close(listener);
    return child;
}
