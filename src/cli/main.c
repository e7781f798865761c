/* thirdring(1): one program, one command at a time. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/version.h"
#include "cli/cli.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *use;
} commands[] = {
    {"check", tr_cli_check, "check FILE               is this configuration right? shows the plan"},
    {"journal", tr_cli_journal,
     "journal backup|restore|export   what the daemon wrote: saved, put back, handed on"},
    {"replay", tr_cli_replay,
     "replay --config FILE TRACE   what the engine makes of a recorded day"},
    {"report", tr_cli_report,
     "report [--week]          how promises were kept: a day, week, month"},
    {"simulate", tr_cli_simulate, "simulate --config FILE      an invented day, as a trace"},
    {"walktest", tr_cli_walktest,
     "walktest [FILE]          through every sensor and output, with the installer"},
    {"watch", tr_cli_watch, "watch [--broker URI]     the floor, live, in this terminal"},
    {"wiring", tr_cli_wiring, "wiring [FILE]            which wire to which pin: a sheet to print"},
};

static void usage(FILE *to)
{
    fputs("Third Ring: customers are greeted, phones answered, lines kept short, and it shows.\n\n"
          "usage: thirdring COMMAND [OPTION...]\n\n",
          to);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        fprintf(to, "  thirdring %s\n", commands[i].use);
    }
    fputs("\n'thirdring COMMAND --help' says more; so does thirdring(1).\n", to);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        usage(stderr);
        return EX_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return EX_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("thirdring %s (libgpiod %s)\n", tr_version, tr_gpiod_version);
        return EX_OK;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    fprintf(stderr, "thirdring: there is no command '%s'\n\n", argv[1]);
    usage(stderr);
    return EX_USAGE;
}
