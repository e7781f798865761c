/* thirdring walktest: through every sensor and output, once, with the installer. */
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/version.h"
#include "cli/walktest_private.h"

#define FRAME_NS (80 * TR_NS_PER_MS)
#define IDLE_NS  (250 * TR_NS_PER_MS)
enum { WORTH_MENDING = 1, WIDTH_MIN = 30 };

struct session {
    struct tr_walk_request req;
    struct tr_config *cfg;
    struct tr_walk_link *link;
    struct tr_walk walk;
    struct tr_commissioning record;
    struct tr_walk_show show;
    int signals, code;
    bool keys, dirty;
    int64_t drawn_ns;
};

/* Before Paho's threads begin, which must not be the ones to take a signal. */
static int catch_signals(bool screen)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGQUIT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    if (screen) {
        sigaddset(&set, SIGWINCH);
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTSTP, SIG_IGN); /* a stopped walk would hold the lines, and a buzzer on */
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void take_signal(struct session *s)
{
    struct signalfd_siginfo info;
    if (read(s->signals, &info, sizeof(info)) == (ssize_t)sizeof(info) &&
        info.ssi_signo != SIGWINCH) {
        tr_walk_end(&s->walk);
    }
    s->dirty = true;
}

static void take_key(struct session *s)
{
    char key;
    if (read(STDIN_FILENO, &key, 1) != 1) {
        s->keys = false; /* nobody there any more: no step may wait for ever */
        if (s->walk.opt.step_ns == 0) {
            s->walk.opt.step_ns = 30 * TR_NS_PER_S;
        }
        tr_walk_link_alone(s->link);
    } else {
        s->dirty = tr_walk_key(&s->walk, key) || s->dirty;
    }
}

/* --- showing --------------------------------------------------------------------------- */

static void measure(struct tr_walk_show *show)
{
    const char *columns = getenv("COLUMNS");
    tr_watch_term_size(&show->rows, &show->columns);
    if (!isatty(STDOUT_FILENO) && columns != NULL && atoi(columns) > 0) {
        show->columns = atoi(columns);
    }
    show->columns = show->columns < WIDTH_MIN ? WIDTH_MIN : show->columns;
}

static void draw(struct session *s, int64_t now)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    if (to == NULL) {
        return;
    }
    measure(&s->show);
    s->show.keys = s->keys;
    tr_walk_frame(to, &s->show);
    if (fclose(to) == 0) {
        fwrite(text, 1, n, stdout);
        fflush(stdout);
    }
    free(text);
    s->drawn_ns = now;
    s->dirty = false;
}

static void show(struct session *s)
{
    s->show.trouble = tr_walk_link_trouble(s->link);
    if (!s->show.screen) {
        tr_walk_lines(stdout, &s->show);
        if (fflush(stdout) != 0) {
            tr_walk_end(&s->walk); /* nobody reads any more */
        }
        return;
    }
    const int64_t now = tr_walk_clock();
    if (now - s->drawn_ns >= (s->dirty ? FRAME_NS : IDLE_NS)) {
        draw(s, now);
    }
}

/* --- the loop ---------------------------------------------------------------------------- */

static int wait_ms(const struct session *s)
{
    const int64_t now = tr_walk_clock();
    int64_t due = tr_walk_link_deadline(s->link, &s->walk);
    if (s->show.screen) {
        const int64_t frame = s->drawn_ns + (s->dirty ? FRAME_NS : IDLE_NS);
        due = frame < due ? frame : due;
    }
    const int64_t ms = due <= now ? 0 : (due - now) / TR_NS_PER_MS + 1;
    return ms < 10000 ? (int)ms : 10000;
}

static void loop(struct session *s)
{
    while (!tr_walk_over(&s->walk) && s->code == EX_OK) {
        struct pollfd fds[] = {{.fd = tr_walk_link_fd(s->link), .events = POLLIN},
                               {.fd = s->signals, .events = POLLIN},
                               {.fd = s->keys ? STDIN_FILENO : -1, .events = POLLIN}};
        (void)poll(fds, 3, wait_ms(s));
        if (fds[1].revents != 0) {
            take_signal(s);
        }
        if (fds[2].revents != 0) {
            take_key(s);
        }
        s->dirty = s->dirty || fds[0].revents != 0;
        if (!tr_walk_over(&s->walk)) {
            s->code = tr_walk_link_turn(s->link, &s->walk);
        }
        tr_walk_link_outputs(s->link, &s->walk);
        show(s);
    }
}

/* --- from start to end ---------------------------------------------------------------------- */

static int check_ids(const struct session *s)
{
    for (int i = 0; i < s->req.ids_n; i++) {
        if (!tr_walk_knows(&s->cfg->plan, s->req.ids[i])) {
            fprintf(stderr,
                    "thirdring walktest: --sensor '%s': the configuration has no sensor, gate or "
                    "output of that id\n",
                    s->req.ids[i]);
            return EX_USAGE;
        }
    }
    return EX_OK;
}

/* Whose presses are nobody's business is not told over MQTT, and so cannot be asked for. */
static int leave_out_private(struct session *s)
{
    const struct tr_plan *plan = &s->cfg->plan;
    const char *ids[TR_WALK_IDS + 1];
    int n = 0, left = 0;
    if (s->req.ids_n == 0) {
        for (int i = 0; i < plan->sensors_n; i++) {
            s->req.ids[s->req.ids_n++] = plan->sensors[i].id;
        }
        for (int i = 0; i < plan->gates_n; i++) {
            s->req.ids[s->req.ids_n++] = plan->gates[i].id;
        }
        for (int i = 0; i < plan->outputs_n; i++) {
            s->req.ids[s->req.ids_n++] = plan->outputs[i].id;
        }
    }
    for (int i = 0; i < s->req.ids_n; i++) {
        const int sensor = tr_plan_find_sensor(plan, s->req.ids[i]);
        if (sensor != TR_NONE && tr_plan_sensor_private(plan, sensor)) {
            left++;
        } else {
            ids[n++] = s->req.ids[i];
        }
    }
    ids[n] = NULL;
    s->req.ids_n = n;
    memcpy(s->req.ids, ids, sizeof(ids[0]) * (size_t)(n + 1));
    if (left > 0) {
        fprintf(stderr,
                "thirdring: %d button%s of a staff panel left out: thirdringd tells nobody about "
                "them; stop the service to test them\n",
                left, left == 1 ? "" : "s");
    }
    return n > 0 ? EX_OK : EX_UNAVAILABLE;
}

static void introduce(struct session *s)
{
    const struct tr_plan *plan = &s->cfg->plan;
    if (!s->show.screen) {
        printf("Walk test of %s (%s/%s): %s\n", plan->name[0] != '\0' ? plan->name : plan->site,
               plan->site, plan->unit, tr_walk_link_describe(s->link));
        if (isatty(STDIN_FILENO)) {
            puts("Keys, then Enter: s skip, r again, b back, n nothing comes (not seen), y seen, "
                 "q end.");
        }
    }
}

static int finish(struct session *s)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (!s->walk.begun) { /* nothing was tested: no record of nothing */
        tr_watch_term_leave();
        fprintf(stderr, "thirdring: %s\n",
                s->code != EX_OK ? tr_walk_link_trouble(s->link) : "ended before it began");
        return s->code != EX_OK ? s->code : WORTH_MENDING;
    }
    tr_walk_end(&s->walk);
    s->record.at.ms = (int64_t)t.tv_sec * 1000 + t.tv_nsec / TR_NS_PER_MS;
    s->record.by = s->req.by;
    s->record.version = tr_version;
    s->record.config_hash = s->cfg->hash;
    s->record.chip = s->show.source;
    s->record.source = tr_walk_link_source(s->link);
    tr_walk_judge(&s->record, s->cfg->options.gpio.chip);
    if (!s->show.screen) {
        tr_walk_lines(stdout, &s->show);
    }
    tr_watch_term_leave();
    measure(&s->show);
    tr_walk_summary(stdout, &s->show, &s->record);
    if (s->code != EX_OK) {
        fprintf(stderr, "thirdring: %s\n", tr_walk_link_trouble(s->link));
    }
    int code = tr_walk_record_write(&s->record, &s->req);
    s->code = s->code == EX_OK ? code : s->code;
    if (s->req.publish) {
        code = tr_walk_record_publish(&s->record, s->cfg, s->req.broker);
        s->code = s->code == EX_OK ? code : s->code;
    }
    if (s->code == EX_OK && s->record.verdict != TR_COMMISSION_PASS) {
        s->code = WORTH_MENDING;
    }
    return fflush(stdout) == 0 ? s->code : EX_IOERR;
}

static int run(struct session *s)
{
    const char *kind = getenv("TERM");
    setlocale(LC_CTYPE, "");
    s->show = (struct tr_walk_show){.cfg = s->cfg,
                                    .walk = &s->walk,
                                    .screen = !s->req.plain && isatty(STDOUT_FILENO) &&
                                              kind != NULL && strcmp(kind, "dumb") != 0,
                                    .utf8 = tr_watch_term_utf8(),
                                    .ink = tr_watch_term_ink(stdout),
                                    .trouble = ""};
    measure(&s->show);
    s->signals = catch_signals(s->show.screen);
    s->keys = true;
    int code = tr_walk_link_open(s->cfg, &s->req, &s->link);
    if (code != EX_OK) {
        return code;
    }
    s->show.source = tr_walk_link_describe(s->link);
    if (tr_walk_link_source(s->link) == TR_COMMISSION_DAEMON) {
        code = leave_out_private(s);
    }
    if (code != EX_OK) {
        tr_walk_link_close(s->link);
        return code;
    }
    tr_walk_init(&s->walk, &s->cfg->plan, &s->req.opt, s->req.ids, &s->record);
    introduce(s);
    if (s->show.screen) {
        tr_watch_term_enter();
    }
    loop(s);
    code = finish(s);
    tr_walk_link_close(s->link);
    return code;
}

int tr_cli_walktest(int argc, char **argv)
{
    static struct session s;
    int code = tr_walk_parse(argc, argv, &s.req);
    if (code != EX_OK) {
        return code == TR_WALK_HELPED ? EX_OK : code;
    }
    code = tr_cli_load(s.req.file, s.req.sets, &s.cfg);
    if (code == EX_OK) {
        code = check_ids(&s);
    }
    if (code == EX_OK) {
        code = tr_walk_record_try(&s.req);
    }
    if (code == EX_OK) {
        code = run(&s);
    }
    tr_config_free(s.cfg);
    return code;
}
