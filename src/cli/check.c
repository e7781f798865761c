/* thirdring check: load, say what is wrong or what it means. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/check.h"
#include "cli/cli.h"
#include "cli/hardware.h"

struct request {
    bool print_config, reference, hardware;
    const char *sets[TR_CLI_SETS_MAX + 1];
    int sets_n;
    const char *file;
};

static void usage(FILE *to)
{
    fputs("Usage: thirdring check [OPTION]... [FILE]\n"
          "Check a configuration and tell what it means. Starts nothing. Without "
          "FILE:\n" TR_CLI_CONFIG ".\n\n"
          "  --hardware       is this machine as FILE needs it? chips, lines, permissions,\n"
          "                   broker, certificates, journal, clock, service\n"
          "  --print-config   print every setting with its value, defaults included\n"
          "  --reference      print the manual's list of settings (no FILE needed)\n"
          "  --set PATH=VALUE try a change, e.g. stations.tills.target.seconds=90\n"
          "  --help           print this\n\n"
          "Exit status: 0 good, 1 --hardware found something to do, 78 errors in the\n"
          "file, 66 no such file.\n",
          to);
}

/* @return 0 to go on, else an exit code + 1. */
static int parse_args(int argc, char **argv, struct request *ret)
{
    static const struct option options[] = {
        {"hardware", no_argument, NULL, 'w'},  {"print-config", no_argument, NULL, 'p'},
        {"reference", no_argument, NULL, 'r'}, {"set", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},      {NULL, 0, NULL, 0},
    };
    int c;
    optind = 1;
    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (c == 'h') {
            usage(stdout);
            return EX_OK + 1;
        }
        if (c == 'p') {
            ret->print_config = true;
        } else if (c == 'w') {
            ret->hardware = true;
        } else if (c == 'r') {
            ret->reference = true;
        } else if (c == 's' && ret->sets_n < TR_CLI_SETS_MAX) {
            ret->sets[ret->sets_n++] = optarg;
        } else {
            if (c == 's') {
                fprintf(stderr, "thirdring check: more than %d --set\n", TR_CLI_SETS_MAX);
            }
            usage(stderr);
            return EX_USAGE + 1;
        }
    }
    if (ret->hardware && (ret->print_config || ret->reference)) {
        fputs("thirdring check: --hardware goes with neither --print-config nor --reference\n",
              stderr);
        return EX_USAGE + 1;
    }
    if (optind + 1 < argc) {
        fputs("thirdring check: name one file\n", stderr);
        usage(stderr);
        return EX_USAGE + 1;
    }
    ret->file = optind < argc ? argv[optind] : TR_CLI_CONFIG;
    return 0;
}

int tr_cli_check(int argc, char **argv)
{
    struct request req = {.file = NULL};
    struct tr_config *cfg = NULL;
    int r = parse_args(argc, argv, &req);
    if (r > 0) {
        return r - 1;
    }
    if (req.reference) {
        return tr_config_print_reference(stdout) < 0 ? EX_OSERR : EX_OK;
    }
    r = tr_cli_load(req.file, req.sets, &cfg);
    if (r != EX_OK) {
        return r;
    }
    if (req.hardware) {
        r = tr_hardware_check(stdout, req.file, cfg);
    } else if (req.print_config) {
        char *text = NULL;
        if (tr_config_print(cfg, false, &text) < 0) {
            r = EX_OSERR;
        } else {
            fputs(text, stdout);
        }
        free(text);
    } else {
        tr_cli_show_plan(stdout, cfg);
    }
    tr_config_free(cfg);
    return r <= 1 && fflush(stdout) != 0 ? EX_IOERR : r;
}
