/* The broker: its files' dates, and one real connection. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/hardware.h"
#include "codec/wire.h"
#include "mqtt/mqtt.h"

/* Paho gives up after 13 s at most. A broker that refuses to hear of commands says so soon. */
enum { PATIENCE_S = 20, LISTEN_MS = 400, DAYS_LEAST = 30, DAY_S = 86400 };

#define CREDENTIAL  "credential:"
#define CREDENTIALS "/run/credentials/thirdringd.service"

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * TR_NS_PER_S + t.tv_nsec;
}

/* --- certificates ------------------------------------------------------------------------ */

static void show_certificate(struct tr_hardware *h, bool authority)
{
    const struct tr_mqtt_options *opt = &h->cfg->options.mqtt;
    const char *key = authority ? "ca_file" : "cert_file";
    struct tr_mqtt_certificates cert;
    char error[TR_MQTT_ERROR_MAX], day[32];
    if (tr_mqtt_certificates(opt, authority, &cert, error) < 0) {
        tr_hardware_row(h, TR_HARDWARE_MEND, key, "%s", error);
        return;
    }
    if (cert.n == 0) {
        return;
    }
    const time_t until = (time_t)cert.until_s;
    const int64_t left_s = cert.until_s - time(NULL);
    const int64_t days = left_s / DAY_S;
    struct tm tm;
    strftime(day, sizeof(day), "%Y-%m-%d", gmtime_r(&until, &tm));
    if (left_s < 0) {
        tr_hardware_row(h, TR_HARDWARE_MEND, key,
                        "%s ended on %s: put a new one there (or the clock is wrong)", cert.path,
                        day);
    } else if (cert.from_s > time(NULL)) {
        tr_hardware_row(h, TR_HARDWARE_MEND, key, "%s does not hold yet: set the clock, or wait",
                        cert.path);
    } else {
        tr_hardware_row(h, days < DAYS_LEAST ? TR_HARDWARE_MEND : TR_HARDWARE_OK, key,
                        "%s holds until %s, %lld days%s", cert.path, day, (long long)days,
                        days < DAYS_LEAST ? ": put a new one there before" : "");
    }
}

/* A secret that everybody on this machine may read is none. */
static void show_secret(struct tr_hardware *h, const char *key, const char *path)
{
    struct stat st;
    if (path[0] == '\0' || strncmp(path, CREDENTIAL, strlen(CREDENTIAL)) == 0 ||
        stat(path, &st) < 0 || (st.st_mode & 07) == 0) {
        return; /* where it cannot be read, the connection says so */
    }
    tr_hardware_row(h, TR_HARDWARE_MEND, key,
                    "everybody may read %s: sudo chown root:thirdring %s, sudo chmod 640 %s", path,
                    path, path);
}

static bool uses_credentials(const struct tr_mqtt_options *opt)
{
    const char *const file[] = {opt->username_file, opt->password_file, opt->ca_file,
                                opt->cert_file, opt->key_file};
    bool any = false;
    for (size_t i = 0; i < sizeof(file) / sizeof(*file); i++) {
        any = any || strncmp(file[i], CREDENTIAL, strlen(CREDENTIAL)) == 0;
    }
    return any;
}

/* systemd hands credentials to the service alone; root may look at them while it runs.
 * @return false: told that nothing can be tried from here. */
static bool have_credentials(struct tr_hardware *h)
{
    if (!uses_credentials(&h->cfg->options.mqtt) || getenv("CREDENTIALS_DIRECTORY") != NULL) {
        return true;
    }
    if (access(CREDENTIALS, R_OK | X_OK) == 0) {
        setenv("CREDENTIALS_DIRECTORY", CREDENTIALS, 1);
        return true;
    }
    tr_hardware_row(h, TR_HARDWARE_NOTE, "credentials",
                    "only the service has them: start it and run this again with sudo; what the "
                    "broker says to it is in journalctl -u thirdringd");
    return false;
}

/* --- one connection -------------------------------------------------------------------------- */

struct attempt {
    struct tr_mqtt *mqtt;
    bool up, over;
    int64_t took_ns;
    char why[TR_MQTT_ERROR_MAX];
    char complaint[TR_MQTT_ERROR_MAX]; /* of a broker that let us in */
};

static void take_notes(struct attempt *a, int64_t began)
{
    struct tr_mqtt_note note;
    while (tr_mqtt_next(a->mqtt, &note) > 0) {
        if (note.kind == TR_MQTT_CONNECTED) {
            a->up = true;
            a->took_ns = now_ns() - began;
        } else if (note.kind == TR_MQTT_DISCONNECTED) {
            a->over = true;
            a->took_ns = a->up ? a->took_ns : now_ns() - began;
            snprintf(a->why, sizeof(a->why), "%s", note.text);
        } else if (note.kind == TR_MQTT_FAILED && a->complaint[0] == '\0') {
            snprintf(a->complaint, sizeof(a->complaint), "%s", note.text);
            const size_t n = strlen(a->complaint);
            a->complaint[n - (n > 0 && a->complaint[n - 1] == ';')] = '\0';
        }
    }
}

static void run(struct attempt *a)
{
    const int64_t began = now_ns();
    int64_t until = began + PATIENCE_S * TR_NS_PER_S;
    bool was_up = false;
    for (int64_t now = began; !a->over && now < until; now = now_ns()) {
        tr_mqtt_tick(a->mqtt, now);
        struct pollfd fd = {.fd = tr_mqtt_fd(a->mqtt), .events = POLLIN};
        (void)poll(&fd, 1, 50);
        take_notes(a, began);
        if (a->up && !was_up) {
            was_up = true;
            until = now_ns() + LISTEN_MS * TR_NS_PER_MS;
        }
    }
    if (!a->up && !a->over) {
        a->took_ns = now_ns() - began;
        snprintf(a->why, sizeof(a->why), "no answer");
    }
}

static const char *host_of(const char *uri, char *ret, size_t cap)
{
    const char *host = strstr(uri, "://");
    host = host != NULL ? host + 3 : uri;
    const size_t n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
    snprintf(ret, cap, "%.*s", (int)n, host);
    return ret;
}

static bool is_here(const char *host)
{
    return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
           strcmp(host, "[::1]") == 0;
}

static void show_attempt(struct tr_hardware *h, const struct attempt *a)
{
    const struct tr_mqtt_options *opt = &h->cfg->options.mqtt;
    const bool tls = strncmp(opt->uri, "mqtts:", 6) == 0 || strncmp(opt->uri, "wss:", 4) == 0;
    const double ms = (double)a->took_ns / (double)TR_NS_PER_MS;
    char host[TR_URI_MAX];
    if (!a->up) {
        const bool named = strstr(a->why, opt->uri) != NULL;
        tr_hardware_row(h, TR_HARDWARE_MEND, "broker", "%s%s%s (after %.0f ms)%s",
                        named ? "" : opt->uri, named ? "" : ": ", a->why, ms,
                        strstr(a->why, "cannot be reached") == NULL ? ""
                        : is_here(host_of(opt->uri, host, sizeof(host)))
                            ? ": does the broker run? systemctl status mosquitto"
                            : ": is the network there, are address and port right?");
        return;
    }
    tr_hardware_row(h, TR_HARDWARE_OK, "broker", "%s let us in after %.0f ms, MQTT %s%s%s",
                    opt->uri, ms, opt->version == 5 ? "5" : "3.1.1",
                    opt->username[0] != '\0' ? ", as " : "", opt->username);
    if (tls) {
        tr_hardware_row(h, TR_HARDWARE_OK, "TLS", "the broker's certificate holds for %s",
                        host_of(opt->uri, host, sizeof(host)));
    }
    if (a->complaint[0] != '\0') {
        tr_hardware_row(h, TR_HARDWARE_MEND, "broker", "but: %s", a->complaint);
    }
    if (a->over) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "broker", "and threw us out at once: %s", a->why);
    }
}

/* Under a name of its own, or the running daemon would be thrown out. */
static void try_connection(struct tr_hardware *h)
{
    struct tr_mqtt_options opt = h->cfg->options.mqtt;
    const struct tr_plan *p = &h->cfg->plan;
    struct attempt a = {0};
    const struct tr_wire wire = {.plan = p, .base = opt.base};
    char error[TR_MQTT_ERROR_MAX], topic[TR_WIRE_TOPIC_MAX], id[3 * TR_NAME_MAX];
    if (opt.client_id[0] != '\0') {
        snprintf(id, sizeof(id), "%s-check", opt.client_id);
    } else {
        snprintf(id, sizeof(id), "thirdring-%s-%s-check", p->site, p->unit);
    }
    opt.client_id[0] = '\0';
    if (strlen(id) >= TR_MQTT_CLIENT_MAX) {
        snprintf(id, sizeof(id), "thirdring-check-%08x", (unsigned)getpid());
    }
    if (tr_mqtt_open(&opt, id, NULL, &a.mqtt, error) < 0) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "broker", "%s", error);
        return;
    }
    tr_wire_topic(&wire, "cmd/+", topic);
    (void)tr_mqtt_subscribe(a.mqtt, topic);
    run(&a);
    show_attempt(h, &a);
    tr_mqtt_close(a.mqtt, 1000);
}

void tr_hardware_broker(struct tr_hardware *h)
{
    tr_hardware_title(h, "Broker");
    if (!h->cfg->options.mqtt.enabled) {
        tr_hardware_row(h, TR_HARDWARE_NOTE, "broker", "none is configured: nothing is published");
        return;
    }
    if (have_credentials(h)) {
        show_certificate(h, true);
        show_certificate(h, false);
        show_secret(h, "key_file", h->cfg->options.mqtt.key_file);
        show_secret(h, "password_file", h->cfg->options.mqtt.password_file);
        try_connection(h);
    }
}
