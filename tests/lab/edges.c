/*
 * edges: drive a trace into gpio-sim's inputs, each edge at its own instant.
 *
 *   edges --gpio DIR --map FILE --idle
 *   edges --gpio DIR --map FILE --start UNIX|now TRACE
 *
 * DIR is the chip's folder in sysfs (LAB_GPIO). MAP has lines "SENSOR OFFSET
 * high|low": which line a sensor is on, and its active level. --idle sets
 * every input inactive and ends. Otherwise second 0 of the trace is at UNIX on
 * CLOCK_REALTIME, translated once to CLOCK_MONOTONIC, on which the edges are
 * timed. One line of JSON tells what was done.
 *
 * Run inside the guest (see README.md here). Directives of a trace are not
 * edges of a line and are refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { LINES_MAX = 256, NAME_MAX_ = 64, TEXT_MAX = 512 };
#define NS_PER_S INT64_C(1000000000)

/* A sleeper wakes a little late, so sleep to a little before and then watch
 * the clock. In virtual time each look costs exactly 100 ns: edges at multiples
 * of that fall on their nanosecond. */
#define WATCH_NS INT64_C(20000)

struct input {
    char sensor[NAME_MAX_];
    int fd; /* sim_gpioN/pull */
    bool active_low;
    bool active;
};

struct driver {
    const char *dir;
    struct input input[LINES_MAX];
    int n;
    int64_t zero;    /* CLOCK_MONOTONIC at second 0 of the trace */
    int64_t newest;  /* when the last edge was due */
    int64_t late_ns; /* the worst */
    int64_t edges, late;
};

static int64_t clock_ns(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static bool drive(struct input *in, bool active)
{
    const char *pull = active != in->active_low ? "pull-up" : "pull-down";

    in->active = active;
    return pwrite(in->fd, pull, strlen(pull), 0) == (ssize_t)strlen(pull);
}

static int add_input(struct driver *d, const char *sensor, int offset, bool active_low)
{
    struct input *in = &d->input[d->n];
    char path[TEXT_MAX];

    if (d->n == LINES_MAX || strlen(sensor) >= sizeof in->sensor) {
        return -E2BIG;
    }
    snprintf(path, sizeof path, "%s/sim_gpio%d/pull", d->dir, offset);
    in->fd = open(path, O_WRONLY | O_CLOEXEC);
    if (in->fd < 0) {
        return -errno;
    }
    snprintf(in->sensor, sizeof in->sensor, "%s", sensor);
    in->active_low = active_low;
    d->n++;
    return 0;
}

static int read_map(struct driver *d, const char *file)
{
    FILE *f = fopen(file, "re");
    char text[TEXT_MAX], sensor[128], active[8];
    int offset, line = 0, err = 0;

    if (f == NULL) {
        fprintf(stderr, "edges: %s: %s\n", file, strerror(errno));
        return -1;
    }
    while (err == 0 && fgets(text, sizeof text, f) != NULL) {
        line++;
        if (text[0] == '#' || text[0] == '\n') {
            continue;
        }
        if (sscanf(text, "%127s %d %7s", sensor, &offset, active) != 3 ||
            (strcmp(active, "high") != 0 && strcmp(active, "low") != 0)) {
            err = -EINVAL;
        } else {
            err = add_input(d, sensor, offset, strcmp(active, "low") == 0);
        }
    }
    fclose(f);
    if (err != 0) {
        fprintf(stderr, "edges: %s:%d: expected SENSOR OFFSET high|low of a line of %s: %s\n", file,
                line, d->dir, strerror(-err));
        return -1;
    }
    return 0;
}

static struct input *find(struct driver *d, const char *sensor)
{
    for (int i = 0; i < d->n; i++) {
        if (strcmp(d->input[i].sensor, sensor) == 0) {
            return &d->input[i];
        }
    }
    return NULL;
}

/* Seconds with up to nine decimals, exactly. */
static bool parse_seconds(const char *text, int64_t *ret_ns)
{
    char *end;
    int64_t ns = strtoll(text, &end, 10) * NS_PER_S;
    int64_t unit = NS_PER_S;

    if (end == text || ns < 0) {
        return false;
    }
    if (*end == '.') {
        for (end++; *end >= '0' && *end <= '9'; end++) {
            unit /= 10;
            ns += unit * (*end - '0');
        }
    }
    *ret_ns = ns;
    return *end == '\0';
}

/* @return CLOCK_MONOTONIC now, at or after @p at. */
static int64_t wait_until(int64_t at)
{
    int64_t early = at - WATCH_NS, now = clock_ns(CLOCK_MONOTONIC);
    struct timespec ts = {early / NS_PER_S, early % NS_PER_S};

    if (now < early) {
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR) {
        }
    }
    while (now < at) {
        now = clock_ns(CLOCK_MONOTONIC);
    }
    return now;
}

/* One line of the trace. NULL, or what is wrong with it. */
static const char *step(struct driver *d, char *text)
{
    char seconds[32], sensor[128], level[4];
    int64_t at, now;
    struct input *in;

    text[strcspn(text, "#\n")] = '\0';
    if (text[strspn(text, " \t")] == '\0') {
        return NULL;
    }
    if (sscanf(text, "%31s %127s %3s", seconds, sensor, level) != 3 ||
        !parse_seconds(seconds, &at) || (strcmp(level, "0") != 0 && strcmp(level, "1") != 0)) {
        return "expected SECONDS SENSOR 0|1 (directives cannot be driven)";
    }
    in = find(d, sensor);
    if (in == NULL) {
        return "this sensor is on no line of the map";
    }
    if (in->active == (level[0] == '1')) {
        return NULL;
    }
    at += d->zero;
    now = at == d->newest ? at : wait_until(at);
    d->newest = at;
    if (!drive(in, level[0] == '1')) {
        return "the line could not be driven";
    }
    d->edges++;
    if (now - at > d->late_ns) {
        d->late_ns = now - at;
    }
    d->late += now - at > NS_PER_S / 1000;
    return NULL;
}

static int run(struct driver *d, const char *file)
{
    FILE *f = fopen(file, "re");
    char text[TEXT_MAX];
    const char *wrong = NULL;
    int line = 0;

    if (f == NULL) {
        fprintf(stderr, "edges: %s: %s\n", file, strerror(errno));
        return -1;
    }
    while (wrong == NULL && fgets(text, sizeof text, f) != NULL) {
        line++;
        wrong = step(d, text);
    }
    fclose(f);
    if (wrong != NULL) {
        fprintf(stderr, "edges: %s:%d: %s\n", file, line, wrong);
        return -1;
    }
    return 0;
}

/* The offset between the clocks, read so that virtual time's cost of a look
 * cancels out. */
static int64_t realtime_minus_monotonic(void)
{
    int64_t before = clock_ns(CLOCK_MONOTONIC);
    int64_t wall = clock_ns(CLOCK_REALTIME);
    int64_t after = clock_ns(CLOCK_MONOTONIC);

    return wall - (before + after) / 2;
}

static bool set_start(struct driver *d, const char *start)
{
    int64_t wall;

    if (strcmp(start, "now") == 0) {
        d->zero = clock_ns(CLOCK_MONOTONIC);
        return true;
    }
    if (!parse_seconds(start, &wall)) {
        fprintf(stderr, "edges: --start wants Unix seconds or now\n");
        return false;
    }
    d->zero = wall - realtime_minus_monotonic();
    if (d->zero < clock_ns(CLOCK_MONOTONIC)) {
        fprintf(stderr, "edges: the start %s is past\n", start);
        return false;
    }
    return true;
}

static void prepare(void)
{
    /* The default lets a sleeper wake 50 us late. */
    prctl(PR_SET_TIMERSLACK, 1UL);
    /* Edges of one instant all happen before any reader runs. */
    sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 1});
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"gpio", required_argument, NULL, 'g'},
        {"map", required_argument, NULL, 'm'},
        {"start", required_argument, NULL, 's'},
        {"idle", no_argument, NULL, 'i'},
        {0},
    };
    static struct driver d;
    const char *map = NULL, *start = "now";
    bool idle = false;
    int o;

    while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (o) {
        case 'g':
            d.dir = optarg;
            break;
        case 'm':
            map = optarg;
            break;
        case 's':
            start = optarg;
            break;
        case 'i':
            idle = true;
            break;
        default:
            return 2;
        }
    }
    if (d.dir == NULL || map == NULL || optind != argc - (idle ? 0 : 1)) {
        fprintf(stderr, "usage: edges --gpio DIR --map FILE --idle | --start UNIX|now TRACE\n");
        return 2;
    }
    if (read_map(&d, map) != 0) {
        return 1;
    }
    if (idle) {
        for (int i = 0; i < d.n; i++) {
            if (!drive(&d.input[i], false)) {
                fprintf(stderr, "edges: %s: %s\n", d.input[i].sensor, strerror(errno));
                return 1;
            }
        }
        return 0;
    }
    prepare();
    if (!set_start(&d, start) || run(&d, argv[optind]) != 0) {
        return 1;
    }
    printf("{\"edges\":%" PRId64 ",\"zero_ns\":%" PRId64 ",\"offset_ns\":%" PRId64
           ",\"worst_late_ns\":%" PRId64 ",\"late_over_1ms\":%" PRId64 "}\n",
           d.edges, d.zero, realtime_minus_monotonic(), d.late_ns, d.late);
    return 0;
}
