/** @file sim_truth.h An invented day in writing: the trace and the truth. */
#ifndef TR_CLI_SIM_TRUTH_H
#define TR_CLI_SIM_TRUTH_H

#include <stdio.h>

#include "cli/sim.h"

extern const char *const tr_sim_fault_name[TR_SIM_FAULT_COUNT];

/** The trace (DESIGN §5). */
void tr_sim_print_trace(const struct tr_sim_day *day, const struct tr_plan *plan,
                        const struct tr_sim_options *opt, FILE *to);

/**
 * The truth as JSON Lines: one object for each customer, vote, passage of
 * staff and fault, and last {"type":"truth"} with the figures of replay's
 * summary as they really were.
 * @return 0 or -ENOMEM.
 */
int tr_sim_print_truth(const struct tr_sim_day *day, const struct tr_plan *plan,
                       const struct tr_sim_options *opt, FILE *to);

#endif
