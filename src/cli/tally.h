/**
 * @file tally.h
 * The summary of a replay: what DESIGN §5 asks of each station, over the whole
 * trace, exact (every value is kept).
 */
#ifndef TR_CLI_TALLY_H
#define TR_CLI_TALLY_H

#include <stdio.h>

#include "thirdring/core.h"

struct tr_tally;

/** @param plan Borrowed. @return NULL: out of memory. */
struct tr_tally *tr_tally_new(const struct tr_plan *plan);

/** Count an effect; those of no interest are ignored. @return 0 or -ENOMEM. */
int tr_tally_add(struct tr_tally *tally, const struct tr_effect *effect);

/** Print {"type":"summary",...} and a newline. Reorders its samples.
 *  @param core  As it stands at the end: it knows what no record tells. */
void tr_tally_print(struct tr_tally *tally, struct tr_core *core, FILE *to);

/** NULL is a no-op. */
void tr_tally_free(struct tr_tally *tally);

#endif
