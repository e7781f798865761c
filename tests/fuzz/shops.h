/** @file shops.h The shops a fuzzed history may take place in: legal plans of
 *  every station kind, sensing and discipline. */
#ifndef FUZZ_SHOPS_H
#define FUZZ_SHOPS_H

#include <stdint.h>

#include "thirdring/plan.h"

/**
 * Any two bytes are a shop. Shops share ids, so that a change of plan finds
 * successors for some things and none for others.
 *
 * @param shop  Which stations, and how they are sensed.
 * @param tune  Bits: durations, opening hours, dayparts, what alerts do.
 */
void fuzz_shop(struct tr_plan *plan, uint8_t shop, uint8_t tune);

#endif
