#include <assert.h>
#include <math.h>

#include "base/quantile.h"

static void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

static void order_three(double *x, size_t lo, size_t mid, size_t hi)
{
    if (x[mid] < x[lo]) {
        swap(&x[mid], &x[lo]);
    }
    if (x[hi] < x[lo]) {
        swap(&x[hi], &x[lo]);
    }
    if (x[hi] < x[mid]) {
        swap(&x[hi], &x[mid]);
    }
}

static double select_rank(double *x, size_t n, size_t k)
{
    size_t lo = 0;
    size_t hi = n - 1;
    while (lo < hi) {
        order_three(x, lo, lo + (hi - lo) / 2, hi);
        const double pivot = x[lo + (hi - lo) / 2];
        size_t i = lo;
        size_t j = hi;
        for (;;) {
            while (x[i] < pivot) {
                i++;
            }
            while (pivot < x[j]) {
                j--;
            }
            if (i >= j) {
                break;
            }
            swap(&x[i++], &x[j--]);
        }
        if (k <= j) {
            hi = j;
        } else {
            lo = j + 1;
        }
    }
    return x[k];
}

double tr_quantile(double *x, size_t n, double p)
{
    assert(n > 0 && p > 0.0 && p <= 1.0);
    /* p * n in floating point may land a hair above a whole number (0.95 * 20):
     * the rank must not move for that. */
    const double exact = p * (double)n;
    size_t rank = (size_t)ceil(exact - 1e-9 * (double)n);
    if (rank < 1) {
        rank = 1;
    }
    return select_rank(x, n, rank - 1);
}
