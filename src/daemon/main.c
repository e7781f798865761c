/* thirdringd(8). */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/version.h"
#include "daemon/daemon.h"

#define DEFAULT_CONFIG "/etc/thirdring/thirdring.conf"

static void usage(FILE *to)
{
    fputs("usage: thirdringd [--config FILE] [--set PATH=VALUE]... [--exit-at-end]\n\n"
          "  -c, --config FILE     default " DEFAULT_CONFIG "\n"
          "  -s, --set PATH=VALUE  override a setting: mqtt.uri=mqtt://10.0.0.5\n"
          "      --exit-at-end     with a replayed trace: leave when it is over\n"
          "      --check           only read the configuration; exit 0 or 78\n"
          "      --outputs-off     only drive all outputs off: after a daemon that was killed\n"
          "      --version\n\n"
          "SIGHUP reads the configuration again. See thirdringd(8), thirdring.conf(5).\n",
          to);
}

enum { GO = -1, OPT_END = 256, OPT_CHECK, OPT_OFF, OPT_VERSION };

/* @return GO, OPT_CHECK, OPT_OFF, or the exit code. */
static int parse(int argc, char **argv, struct tr_daemon *d)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"set", required_argument, NULL, 's'},
                                          {"exit-at-end", no_argument, NULL, OPT_END},
                                          {"check", no_argument, NULL, OPT_CHECK},
                                          {"outputs-off", no_argument, NULL, OPT_OFF},
                                          {"version", no_argument, NULL, OPT_VERSION},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int c, todo = GO;
    while ((c = getopt_long(argc, argv, "c:s:h", longs, NULL)) != -1) {
        switch (c) {
        case 'c':
            d->config_file = optarg;
            break;
        case 's':
            if (d->sets_n == TR_DAEMON_SETS_MAX) {
                fprintf(stderr, "thirdringd: at most %d --set\n", TR_DAEMON_SETS_MAX);
                return EX_USAGE;
            }
            d->sets[d->sets_n++] = optarg;
            break;
        case OPT_END:
            d->exit_at_end = true;
            break;
        case OPT_CHECK:
        case OPT_OFF:
            todo = c;
            break;
        case OPT_VERSION:
            printf("thirdringd %s (libgpiod %s)\n", tr_version, tr_gpiod_version);
            return EX_OK;
        case 'h':
            usage(stdout);
            return EX_OK;
        default:
            usage(stderr);
            return EX_USAGE;
        }
    }
    if (optind != argc) {
        usage(stderr);
        return EX_USAGE;
    }
    return todo;
}

int main(int argc, char **argv)
{
    struct tr_daemon *d = calloc(1, sizeof(*d));
    if (d == NULL) {
        return EX_OSERR;
    }
    d->config_file = DEFAULT_CONFIG;
    int code = parse(argc, argv, d);
    if (code == OPT_CHECK) {
        code = tr_daemon_config(d, &d->cfg);
        tr_config_free(d->cfg);
    } else if (code == OPT_OFF) {
        code = tr_daemon_outputs_off(d);
    } else if (code == GO) {
        code = tr_daemon_open(d);
        if (code == EX_OK) {
            code = tr_daemon_run(d);
        }
        tr_daemon_close(d);
    }
    free(d);
    /* What was asked for (--help, --version) must have arrived. */
    if (fflush(stdout) != 0 && code <= EX_OK) {
        code = EX_IOERR;
    }
    return code;
}
