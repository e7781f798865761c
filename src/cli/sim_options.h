/** @file sim_options.h The words of `thirdring simulate` to what a day is like. */
#ifndef TR_CLI_SIM_OPTIONS_H
#define TR_CLI_SIM_OPTIONS_H

#include <stdio.h>

#include "cli/sim.h"

enum { TR_SIM_ERROR_MAX = 256, TR_SIM_WORDS_MAX = 32 };

/** @return how many options there are; they are numbered from 0. */
int tr_sim_option_count(void);
/** @return its name, without the dashes. */
const char *tr_sim_option_name(int i);

/**
 * Take option number @p i.
 * @param text    Its value, as given.
 * @param reterr  TR_SIM_ERROR_MAX bytes: "--name 'text': what is allowed".
 * @return 0 or -EINVAL.
 */
int tr_sim_option_take(struct tr_sim_options *opt, const struct tr_plan *plan, int i,
                       const char *text, char *reterr);

/** @return 0, or -EINVAL where @p text is no date (YYYY-MM-DD). */
int tr_sim_date(struct tr_sim_options *opt, const char *text);

/** A line for each option, as --help shows it. */
void tr_sim_option_help(FILE *to);

#endif
