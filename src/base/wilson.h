/** @file wilson.h How much a few observations prove about a share. */
#ifndef TR_BASE_WILSON_H
#define TR_BASE_WILSON_H

#include <stdint.h>

/** Of a two-sided 95 % interval; to the two places that every table has, so that
 *  a bound can be checked by hand. */
#define TR_WILSON_95 1.96

/**
 * Wilson's score interval (Wilson 1927): bounds of the true share where @p k of
 * @p n were seen. Unlike p +- z s it never leaves [0, 1], and is honest for a
 * handful of observations and for none or all of them.
 *
 * @param k  0 to n.
 * @param n  Observations; 0: nothing is known, the bounds are 0 and 1.
 * @param z  How sure: TR_WILSON_95.
 */
double tr_wilson_low(int64_t k, int64_t n, double z);
/** As tr_wilson_low(): the upper bound. */
double tr_wilson_high(int64_t k, int64_t n, double z);

#endif
