/* thirdring watch: the floor, live, in this terminal. */
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/watch.h"
#include "mqtt/mqtt.h"
#include "thirdring/time.h"

#define FRAME_NS    (80 * TR_NS_PER_MS) /* not more often than this */
#define PATIENCE_NS TR_NS_PER_S
#define IDLE_NS     (250 * TR_NS_PER_MS) /* clocks and waits go on without messages */

struct watch {
    struct tr_watch_options opt;
    struct tr_watch_model model;
    struct tr_mqtt *mqtt;
    int signals;
    bool screen, connected, quit, dirty, keys;
    char trouble[TR_MQTT_ERROR_MAX];
    int64_t drawn_ns;
    uint64_t told; /* news of the chosen unit printed so far */
    const struct tr_watch_unit *telling;
    struct tr_watch_out out; /* lines */
};

static int64_t clock_ns(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return t.tv_sec * TR_NS_PER_S + t.tv_nsec;
}

/* --- what the broker says --------------------------------------------------------- */

/* Lines go to stdout; what is about us, not about the shop, to stderr. */
static void tell(struct watch *w, const char *text)
{
    if (!w->screen) {
        struct tr_watch_out err = w->out;
        err.to = stderr;
        err.ink = tr_watch_term_ink(stderr);
        err.col = 0;
        tr_watch_put(&err, TR_STYLE_PLAIN, "thirdring: ");
        tr_watch_put(&err, TR_STYLE_PLAIN, text);
        fputc('\n', stderr);
    }
}

static void note(struct watch *w, const struct tr_mqtt_note *note)
{
    char text[TR_MQTT_ERROR_MAX + 32];
    switch (note->kind) {
    case TR_MQTT_CONNECTED:
        w->connected = true;
        w->trouble[0] = '\0';
        break;
    case TR_MQTT_DISCONNECTED:
        w->connected = false;
        if (strcmp(w->trouble, note->text) != 0) {
            snprintf(text, sizeof(text), "%s; trying again", note->text);
            tell(w, text);
        }
        memcpy(w->trouble, note->text, sizeof(w->trouble));
        break;
    case TR_MQTT_FAILED:
    case TR_MQTT_REFUSED:
        tell(w, note->text);
        memcpy(w->trouble, note->text, sizeof(w->trouble));
        break;
    case TR_MQTT_MESSAGE:
        (void)tr_watch_message(&w->model, &note->msg, clock_ns(CLOCK_MONOTONIC),
                               clock_ns(CLOCK_REALTIME) / TR_NS_PER_MS);
        break;
    case TR_MQTT_ACK:
    case TR_MQTT_NOTE_COUNT:
        break;
    }
    w->dirty = true;
}

static int names_width(const struct tr_watch_out *out, const struct tr_watch_unit *unit)
{
    int width = tr_watch_columns(out, unit->name);
    for (int i = 0; i < unit->stations_n; i++) {
        const int columns = tr_watch_columns(out, unit->stations[i].name);
        width = columns > width ? columns : width;
    }
    return width < 24 ? width : 24;
}

/* Print what is new. @return false: nobody reads any more. */
static bool print_news(struct watch *w)
{
    const struct tr_watch_unit *unit = tr_watch_chosen(&w->model);
    if (unit == NULL) {
        return true;
    }
    if (!unit->informed && clock_ns(CLOCK_MONOTONIC) - unit->first_ns < PATIENCE_NS) {
        return true; /* the names come in a moment */
    }
    if (unit != w->telling) {
        w->telling = unit;
        w->told = 0;
    }
    if (unit->news_n - w->told > TR_WATCH_NEWS) {
        w->told = unit->news_n - TR_WATCH_NEWS;
    }
    const int width = names_width(&w->out, unit);
    for (; w->told < unit->news_n; w->told++) {
        w->out.col = 0;
        tr_watch_print_line(&w->out, unit, &unit->news[w->told % TR_WATCH_NEWS], width);
    }
    return fflush(stdout) == 0;
}

static void end_of_day(struct watch *w)
{
    const struct tr_watch_unit *unit = tr_watch_chosen(&w->model);
    if (w->opt.until_offline && unit != NULL && unit->was_online &&
        unit->availability == TR_WATCH_OFFLINE) {
        w->quit = true;
    }
}

/* One by one, so that no news is overwritten before it is printed. */
static void take_notes(struct watch *w)
{
    struct tr_mqtt_note n;
    while (!w->quit && tr_mqtt_next(w->mqtt, &n) > 0) {
        note(w, &n);
        if (!w->screen && !print_news(w)) {
            w->quit = true;
        }
        end_of_day(w);
    }
}

/* --- the terminal ------------------------------------------------------------------- */

static void draw(struct watch *w, int64_t now)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    if (to == NULL) {
        return;
    }
    struct tr_watch_view view = {.utf8 = w->out.utf8,
                                 .ink = w->out.ink,
                                 .demo = w->opt.demo,
                                 .connected = w->connected,
                                 .uri = w->opt.mqtt.uri,
                                 .page = w->opt.page,
                                 .trouble = w->trouble,
                                 .now_ns = now};
    tr_watch_term_size(&view.rows, &view.columns);
    tr_watch_draw(to, &w->model, &view);
    if (fclose(to) == 0) {
        for (size_t at = 0; at < n;) {
            const ssize_t done = write(STDOUT_FILENO, text + at, n - at);
            if (done < 0 && errno != EINTR && errno != EAGAIN) {
                w->quit = true;
                break;
            }
            at += done > 0 ? (size_t)done : 0;
        }
    }
    free(text);
    w->drawn_ns = now;
    w->dirty = false;
}

static void take_signal(struct watch *w)
{
    struct signalfd_siginfo info;
    if (read(w->signals, &info, sizeof(info)) != (ssize_t)sizeof(info)) {
        return;
    }
    if (info.ssi_signo == SIGTSTP) {
        tr_watch_term_leave();
        raise(SIGSTOP);
        tr_watch_term_enter();
    }
    w->quit = w->quit || (info.ssi_signo != SIGWINCH && info.ssi_signo != SIGTSTP);
    w->dirty = true;
}

static void take_key(struct watch *w)
{
    char key;
    if (read(STDIN_FILENO, &key, 1) != 1) {
        w->keys = false; /* gone, or not for us */
    } else if (key == 'q' || key == 'Q') {
        w->quit = true;
    }
}

static int wait_ms(const struct watch *w, int64_t now)
{
    int64_t until = tr_mqtt_deadline(w->mqtt);
    if (w->screen) {
        const int64_t frame = w->drawn_ns + (w->dirty ? FRAME_NS : IDLE_NS);
        until = frame < until ? frame : until;
    }
    if (until <= now) {
        return 0;
    }
    const int64_t ms = (until - now) / TR_NS_PER_MS + 1;
    return ms < 60000 ? (int)ms : 60000;
}

static void loop(struct watch *w)
{
    while (!w->quit) {
        struct pollfd fds[] = {{.fd = tr_mqtt_fd(w->mqtt), .events = POLLIN},
                               {.fd = w->signals, .events = POLLIN},
                               {.fd = w->keys ? STDIN_FILENO : -1, .events = POLLIN}};
        (void)poll(fds, 3, wait_ms(w, clock_ns(CLOCK_MONOTONIC)));
        if (fds[1].revents != 0) {
            take_signal(w);
        }
        if (fds[2].revents != 0) {
            take_key(w);
        }
        take_notes(w);
        const int64_t now = clock_ns(CLOCK_MONOTONIC);
        tr_mqtt_tick(w->mqtt, now);
        if (w->screen && !w->quit && now - w->drawn_ns >= (w->dirty ? FRAME_NS : IDLE_NS)) {
            draw(w, now);
        }
    }
}

/* --- from start to end ---------------------------------------------------------------- */

/* Before Paho's threads begin, which must not be the ones to take a signal. */
static int catch_signals(bool screen)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    struct sigaction hup;
    if (sigaction(SIGHUP, NULL, &hup) == 0 && hup.sa_handler != SIG_IGN) { /* not under nohup */
        sigaddset(&set, SIGHUP);
    }
    if (screen) {
        sigaddset(&set, SIGWINCH);
        sigaddset(&set, SIGTSTP);
    }
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int connect_up(struct watch *w)
{
    char error[TR_MQTT_ERROR_MAX], id[TR_NAME_MAX], filter[TR_MQTT_TOPIC_MAX];
    uint32_t random = (uint32_t)getpid();
    (void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
    snprintf(id, sizeof(id), "thirdring-watch-%08x", (unsigned)random);
    const int r = tr_mqtt_open(&w->opt.mqtt, id, NULL, &w->mqtt, error);
    if (r < 0) {
        fprintf(stderr, "thirdring: %s\n", error);
        return r == -ENOMEM ? EX_OSERR : r == -EACCES || r == -ENOENT ? EX_NOINPUT : EX_USAGE;
    }
    /* The screen shows all that goes by; lines need less, and lose nothing where
     * a day of messages comes in half a minute. */
    static const char *const all[] = {"#", NULL};
    static const char *const told[] = {"+", "station/#", "alert/#", "event/#", NULL};
    for (const char *const *f = w->screen ? all : told; *f != NULL; f++) {
        snprintf(filter, sizeof(filter), "%s/%s/%s/%s", w->opt.mqtt.base,
                 w->opt.site[0] != '\0' ? w->opt.site : "+",
                 w->opt.unit[0] != '\0' ? w->opt.unit : "+", *f);
        (void)tr_mqtt_subscribe(w->mqtt, filter); /* of eight that it takes */
    }
    return EX_OK;
}

static int finish(struct watch *w)
{
    tr_watch_term_leave();
    tr_mqtt_close(w->mqtt, 0);
    const struct tr_watch_unit *unit = tr_watch_chosen(&w->model);
    if (w->opt.until_offline && unit != NULL && unit->availability == TR_WATCH_OFFLINE) {
        tr_watch_print_summary(&w->out, unit);
    }
    return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

int tr_cli_watch(int argc, char **argv)
{
    static struct watch w;
    w.model.chosen = -1;
    const int parsed = tr_watch_parse(argc, argv, &w.opt);
    if (parsed != EX_OK) {
        return parsed == TR_WATCH_HELPED ? EX_OK : parsed;
    }
    setlocale(LC_CTYPE, "");
    const char *kind = getenv("TERM");
    w.screen = !w.opt.plain && isatty(STDOUT_FILENO) && kind != NULL && strcmp(kind, "dumb") != 0;
    w.out = (struct tr_watch_out){
        .to = stdout, .utf8 = tr_watch_term_utf8(), .ink = tr_watch_term_ink(stdout), .width = 400};
    strcpy(w.model.base, w.opt.mqtt.base);
    tr_watch_zone(NULL);
    if (w.opt.timezone[0] != '\0') {
        tr_watch_zone(w.opt.timezone);
    }
    w.signals = catch_signals(w.screen);
    int code = connect_up(&w);
    if (code == EX_OK && w.signals >= 0) {
        if (w.screen) {
            w.keys = isatty(STDIN_FILENO);
            tr_watch_term_enter();
        }
        loop(&w);
        code = finish(&w);
    }
    tr_watch_model_fini(&w.model);
    close(w.signals);
    return code;
}
