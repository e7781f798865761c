/** @file quantile.h Exact quantiles of a sample. */
#ifndef TR_BASE_QUANTILE_H
#define TR_BASE_QUANTILE_H

#include <stddef.h>

/**
 * The p-quantile by nearest rank: the value of rank ceil(p * n), ranks from 1
 * (Hyndman & Fan 1996, definition 1). Selection by Hoare's quickselect (1961),
 * median-of-three pivots: O(n) on average, no allocation.
 *
 * @param x  The sample; reordered.
 * @param n  At least 1.
 * @param p  In (0, 1].
 */
double tr_quantile(double *x, size_t n, double p);

#endif
