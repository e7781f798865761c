/**
 * @file cli.h
 * The commands of thirdring(1). Each takes its own argument vector (argv[0] is
 * the command's name) and returns the process's exit code (sysexits.h); each
 * prints its own errors.
 */
#ifndef TR_CLI_CLI_H
#define TR_CLI_CLI_H

#include <stddef.h>

#include "config/config.h"

int tr_cli_check(int argc, char **argv);
int tr_cli_journal(int argc, char **argv);
int tr_cli_replay(int argc, char **argv);
int tr_cli_report(int argc, char **argv);
int tr_cli_simulate(int argc, char **argv);
int tr_cli_walktest(int argc, char **argv);
int tr_cli_watch(int argc, char **argv);
int tr_cli_wiring(int argc, char **argv);

/**
 * Where a file is written before it takes its name, so that no half of one has it:
 * "PATH.part". What is there and no file (a device, a pipe) is written as it is, and
 * must not be renamed to: then @p ret is PATH.
 * @return 0 or -ENAMETOOLONG.
 */
int tr_cli_part(const char *path, char *ret, size_t cap);

enum { TR_CLI_SETS_MAX = 32 };

/** The configuration of commands that are told none. */
#define TR_CLI_CONFIG "/etc/thirdring/thirdring.conf"

/**
 * Load a configuration or say on stderr, completely, why not.
 * @return 0 with @p ret_cfg set, else the exit code.
 */
int tr_cli_load(const char *file, const char *const *sets, struct tr_config **ret_cfg);

#endif
