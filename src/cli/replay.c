/* thirdring replay: what the engine makes of a recorded day. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/calendar.h"
#include "cli/cli.h"
#include "cli/publish.h"
#include "cli/replay.h"
#include "cli/tally.h"
#include "codec/json.h"

struct options {
    const char *config, *trace;
    const char *sets[TR_CLI_SETS_MAX + 1];
    int sets_n;
    double speed; /* 0: as fast as it can */
    bool publish, floor;
};

struct printer {
    const struct tr_plan *plan;
    struct tr_tally *tally;
    struct tr_publisher *publisher; /* NULL: only printed */
    bool floor;
    double speed;
    int64_t began_ns;
};

static void usage(FILE *to)
{
    fputs("usage: thirdring replay --config FILE [--set PATH=VALUE]... [--speed N] [--publish] "
          "[--floor] TRACE\n\n"
          "Runs a trace ('-' is standard input) through the engine and prints JSON Lines:\n"
          "one object per closed wait, vote and alert change, and last a summary.\n\n"
          "  -c, --config FILE     the shop; its gpio section is ignored\n"
          "  -s, --set PATH=VALUE  what if? e.g. stations.tills.target.seconds=90\n"
          "  -x, --speed N         pace it: 1 is real time, 60 a minute a second\n"
          "  -p, --publish         send it to the configuration's broker as live, too\n"
          "  -f, --floor           what is heard and lit, too: objects of type sound, lamp and\n"
          "                        held_back\n",
          to);
}

static int64_t monotonic_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * TR_NS_PER_S + t.tv_nsec;
}

static void pace(void *user, struct tr_mono at)
{
    struct printer *p = user;
    fflush(stdout);
    const int64_t due = p->began_ns + (int64_t)((double)at.ns / p->speed);
    const struct timespec t = {.tv_sec = due / TR_NS_PER_S, .tv_nsec = due % TR_NS_PER_S};
    while (due > 0 && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
    }
}

static int print_effect(struct printer *p, const struct tr_core *core, const struct tr_effect *e)
{
    char json[TR_JSON_MAX];
    int n = 0;
    if (e->kind == TR_EFFECT_WAIT) {
        n = tr_json_wait(p->plan, &e->u.wait, json, sizeof(json));
    } else if (e->kind == TR_EFFECT_VOTE) {
        n = tr_json_vote(p->plan, &e->u.vote, json, sizeof(json));
    } else if (e->kind == TR_EFFECT_ALERT) {
        n = tr_json_alert(p->plan, &e->u.alert, json, sizeof(json));
    } else if (p->floor) {
        n = tr_floor_json(p->plan, core, e, json, sizeof(json));
    }
    if (n > 0) {
        json[n] = '\n';
        if (fwrite(json, 1, (size_t)n + 1, stdout) != (size_t)n + 1) {
            return -EIO;
        }
    }
    return n < 0 ? n : tr_tally_add(p->tally, e);
}

static int print(void *user, struct tr_core *core, const struct tr_effects *effects)
{
    struct printer *p = user;
    for (size_t i = 0; i < effects->n; i++) {
        int r = print_effect(p, core, &effects->e[i]);
        if (r == 0 && p->publisher != NULL) {
            r = tr_publisher_effect(p->publisher, core, &effects->e[i]);
        }
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static int run(const struct options *opt, const struct tr_config *cfg)
{
    const struct tr_plan *plan = &cfg->plan;
    char error[TR_TRACE_ERROR_MAX];
    struct tr_trace *trace = NULL;
    struct tr_core *core = calloc(1, tr_core_size());
    struct printer printer = {.plan = plan,
                              .tally = tr_tally_new(plan),
                              .floor = opt->floor,
                              .speed = opt->speed,
                              .began_ns = monotonic_ns()};
    int code = EX_OSERR;
    if (core == NULL || printer.tally == NULL) {
        fputs("thirdring: out of memory\n", stderr);
        goto out;
    }
    const int opened = tr_trace_open(opt->trace, plan, &trace, error);
    if (opened < 0) {
        fprintf(stderr, "%s\n", error);
        code = opened == -EINVAL ? EX_DATAERR : EX_NOINPUT;
        goto out;
    }
    if (opt->publish) {
        char why[TR_PUBLISH_ERROR_MAX];
        const int r = tr_publisher_open(cfg, &printer.publisher, why);
        if (r < 0) {
            fprintf(stderr, "thirdring: %s\n", why);
            code = r == -ENOTCONN ? EX_UNAVAILABLE
                   : r == -EACCES ? EX_NOPERM
                   : r == -ENOENT ? EX_NOINPUT
                                  : EX_CONFIG;
            goto out;
        }
    }
    tr_core_init(core, plan);
    const struct tr_replay replay = {.plan = plan,
                                     .core = core,
                                     .trace = trace,
                                     .sink = print,
                                     .pace = opt->speed > 0.0 ? pace : NULL,
                                     .user = &printer};
    const int64_t r = tr_replay_run(&replay, error);
    if (r == -EINVAL) {
        fprintf(stderr, "%s\n", error);
        code = EX_DATAERR;
    } else if (r < 0) {
        fprintf(stderr, "thirdring: replay stopped: %s\n", strerror((int)-r));
        code = r == -EIO ? EX_IOERR : EX_OSERR;
    } else {
        tr_tally_print(printer.tally, core, stdout);
        code = fflush(stdout) == 0 ? EX_OK : EX_IOERR;
    }
out:
    tr_publisher_close(printer.publisher, core);
    tr_trace_close(trace);
    tr_tally_free(printer.tally);
    free(core);
    return code;
}

enum { HELPED = -1 };

/* @return EX_OK to go on, HELPED, or the exit code. */
static int parse(int argc, char **argv, struct options *opt)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"set", required_argument, NULL, 's'},
                                          {"speed", required_argument, NULL, 'x'},
                                          {"publish", no_argument, NULL, 'p'},
                                          {"floor", no_argument, NULL, 'f'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int c;
    while ((c = getopt_long(argc, argv, "c:s:x:pfh", longs, NULL)) != -1) {
        char *end;
        switch (c) {
        case 'c':
            opt->config = optarg;
            break;
        case 's':
            if (opt->sets_n == TR_CLI_SETS_MAX) {
                fprintf(stderr, "thirdring: at most %d --set\n", TR_CLI_SETS_MAX);
                return EX_USAGE;
            }
            opt->sets[opt->sets_n++] = optarg;
            break;
        case 'x':
            opt->speed = strtod(optarg, &end);
            if (end == optarg || *end != '\0' || !(opt->speed > 0.0 && opt->speed <= 1e6)) {
                fprintf(stderr, "thirdring: --speed '%s': a number above 0, at most 1000000\n",
                        optarg);
                return EX_USAGE;
            }
            break;
        case 'p':
            opt->publish = true;
            break;
        case 'f':
            opt->floor = true;
            break;
        case 'h':
            usage(stdout);
            return HELPED;
        default:
            usage(stderr);
            return EX_USAGE;
        }
    }
    if (opt->config == NULL || optind != argc - 1) {
        usage(stderr);
        return EX_USAGE;
    }
    opt->trace = argv[optind];
    return EX_OK;
}

int tr_cli_replay(int argc, char **argv)
{
    struct options opt = {0};
    struct tr_config *cfg = NULL;
    int code = parse(argc, argv, &opt);
    if (code == EX_OK) {
        code = tr_cli_load(opt.config, opt.sets, &cfg);
    }
    if (code == EX_OK) {
        tr_calendar_zone(cfg->plan.timezone);
        setvbuf(stdout, NULL, _IOFBF, 1 << 16);
        code = run(&opt, cfg);
    }
    tr_config_free(cfg);
    return code == HELPED ? EX_OK : code;
}
