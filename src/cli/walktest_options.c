#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/walktest.h"

enum { STEP_S = 30, WHOLE_MIN = 60, STEP_MAX_S = 3600, WHOLE_MAX_MIN = 1440, TIMES_MAX = 100 };

static void usage(FILE *to)
{
    fputs(
        "usage: thirdring walktest [OPTION...] [FILE]\n\n"
        "Walk through every sensor and output of a configuration, once: says what to touch,\n"
        "shows what is seen, and at the end what to change. Opens the lines itself; where\n"
        "thirdringd holds them, asks it over MQTT (command walktest). FILE is\n"
        "/etc/thirdring/thirdring.conf where none is given. Keys: s skip, r again, b back,\n"
        "n nothing comes (or: not seen), y seen, q end.\n\n"
        "  --sensor ID         only this sensor, gate or output; again for more, in that order\n"
        "  --times N           touch each sensor so often, 1\n"
        "  --seconds N         wait so long for each step; without it for ever, but 30 where\n"
        "                      nobody is at a keyboard\n"
        "  --minutes N         the whole test ends after so long, 60\n"
        "  --yes               take every output as seen; the record says so\n"
        "  --record FILE.json  write the commissioning record\n"
        "  --html FILE         write it for paper, with lines to sign on\n"
        "  --by NAME           who did it, for the record\n"
        "  --publish           leave it at the broker, retained, on topic commissioning\n"
        "  --daemon            ask thirdringd, even if the lines are free\n"
        "  -b, --broker URI    its broker, instead of the configuration's; means --daemon\n"
        "  -s, --set PATH=VALUE  change a setting for this once\n"
        "  -p, --plain         lines on a terminal, too\n"
        "  --quiet             no beeps\n"
        "  -h, --help          print this\n\n"
        "Exit status: 0 pass, 1 something to mend or not tested, 64 to 78 it could not be done.\n",
        to);
}

/* @return 0, or -1, told. */
static int number(const char *what, const char *text, long least, long most, long *ret)
{
    char *end;
    const long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < least || value > most) {
        fprintf(stderr, "thirdring walktest: --%s '%s': expected a whole number from %ld to %ld\n",
                what, text, least, most);
        return -1;
    }
    *ret = value;
    return 0;
}

enum {
    O_SENSOR = 256,
    O_TIMES,
    O_SECONDS,
    O_MINUTES,
    O_YES,
    O_RECORD,
    O_HTML,
    O_BY,
    O_PUBLISH,
    O_DAEMON,
    O_QUIET
};

static const struct option longs[] = {{"sensor", required_argument, NULL, O_SENSOR},
                                      {"times", required_argument, NULL, O_TIMES},
                                      {"seconds", required_argument, NULL, O_SECONDS},
                                      {"minutes", required_argument, NULL, O_MINUTES},
                                      {"yes", no_argument, NULL, O_YES},
                                      {"record", required_argument, NULL, O_RECORD},
                                      {"html", required_argument, NULL, O_HTML},
                                      {"by", required_argument, NULL, O_BY},
                                      {"publish", no_argument, NULL, O_PUBLISH},
                                      {"daemon", no_argument, NULL, O_DAEMON},
                                      {"broker", required_argument, NULL, 'b'},
                                      {"set", required_argument, NULL, 's'},
                                      {"plain", no_argument, NULL, 'p'},
                                      {"quiet", no_argument, NULL, O_QUIET},
                                      {"help", no_argument, NULL, 'h'},
                                      {NULL, 0, NULL, 0}};

/* @return 0, -1: told, or 1: the option is wrong. */
static int take_number(int c, struct tr_walk_request *ret)
{
    long n = 0;
    int r = 0;
    if (c == O_TIMES) {
        r = number("times", optarg, 1, TIMES_MAX, &n);
        ret->opt.times = (int32_t)n;
    } else if (c == O_SECONDS) {
        r = number("seconds", optarg, 1, STEP_MAX_S, &n);
        ret->opt.step_ns = n * TR_NS_PER_S;
        ret->seconds_given = true;
    } else if (c == O_MINUTES) {
        r = number("minutes", optarg, 1, WHOLE_MAX_MIN, &n);
        ret->opt.whole_ns = n * 60 * TR_NS_PER_S;
    } else {
        r = 1;
    }
    return r;
}

static int take_flag(int c, struct tr_walk_request *ret)
{
    switch (c) {
    case O_YES:
        ret->opt.yes = true;
        break;
    case O_PUBLISH:
        ret->publish = true;
        break;
    case O_DAEMON:
        ret->daemon = true;
        break;
    case O_QUIET:
        ret->quiet = true;
        break;
    case 'p':
        ret->plain = true;
        break;
    default:
        return take_number(c, ret);
    }
    return 0;
}

static int take(int c, struct tr_walk_request *ret)
{
    switch (c) {
    case O_SENSOR:
        if (ret->ids_n == TR_WALK_IDS) {
            return 1;
        }
        ret->ids[ret->ids_n++] = optarg;
        break;
    case 's':
        if (ret->sets_n == TR_CLI_SETS_MAX) {
            fprintf(stderr, "thirdring walktest: more than %d --set\n", TR_CLI_SETS_MAX);
            return 1;
        }
        ret->sets[ret->sets_n++] = optarg;
        break;
    case O_RECORD:
        ret->record = optarg;
        break;
    case O_HTML:
        ret->html = optarg;
        break;
    case O_BY:
        ret->by = optarg;
        break;
    case 'b':
        ret->broker = optarg;
        ret->daemon = true;
        break;
    default:
        return take_flag(c, ret);
    }
    return 0;
}

int tr_walk_parse(int argc, char **argv, struct tr_walk_request *ret)
{
    *ret = (struct tr_walk_request){.opt = {.whole_ns = WHOLE_MIN * 60 * TR_NS_PER_S, .times = 1},
                                    .file = TR_CLI_CONFIG};
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, "b:s:ph", longs, NULL)) != -1;) {
        if (c == 'h') {
            usage(stdout);
            return TR_WALK_HELPED;
        }
        const int r = take(c, ret);
        if (r != 0) {
            if (r > 0) {
                usage(stderr);
            }
            return EX_USAGE;
        }
    }
    if (optind + 1 < argc) {
        fputs("thirdring walktest: name one file\n", stderr);
        usage(stderr);
        return EX_USAGE;
    }
    if (optind < argc) {
        ret->file = argv[optind];
    }
    /* Without somebody at a keyboard no step may wait for ever. */
    if (!ret->seconds_given && (ret->opt.yes || !isatty(STDIN_FILENO))) {
        ret->opt.step_ns = STEP_S * TR_NS_PER_S;
    }
    return EX_OK;
}
