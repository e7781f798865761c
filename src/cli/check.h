/**
 * @file check.h
 * thirdring check: what a good file says, for a person to read.
 */
#ifndef TR_CLI_CHECK_H
#define TR_CLI_CHECK_H

#include <stdio.h>

#include "config/config.h"

/** Write the plan the way a person reads it, at most 80 columns wide as long
 *  as names are short. */
void tr_cli_show_plan(FILE *to, const struct tr_config *cfg);

/** The part of tr_cli_show_plan() that tells the stations. */
void tr_cli_show_stations(FILE *to, const struct tr_plan *plan);

/** A duration for people: "5 ms", "2.5 s", "90 s", "30 min", "1 h".
 *  @param buf  At least 32 bytes. @return @p buf. */
const char *tr_cli_duration(int64_t ns, char *buf);

#endif
