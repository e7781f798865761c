#include <assert.h>
#include <math.h>

#include "base/wilson.h"

double tr_wilson_low(int64_t k, int64_t n, double z)
{
    assert(k >= 0 && k <= n);
    if (k == 0) {
        return 0.0; /* exactly, whatever the rounding */
    }
    const double m = (double)n;
    const double p = (double)k / m;
    const double zz = z * z / m;
    return (p + zz / 2.0 - z * sqrt(p * (1.0 - p) / m + zz / (4.0 * m))) / (1.0 + zz);
}

double tr_wilson_high(int64_t k, int64_t n, double z)
{
    return 1.0 - tr_wilson_low(n - k, n, z);
}
