/* Nearest rank, against a plain sort. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/quantile.h"

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void known_values(void **state)
{
    (void)state;
    double one[] = {7.0};
    assert_true(tr_quantile(one, 1, 0.5) == 7.0);
    double ten[] = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
    assert_true(tr_quantile(ten, 10, 0.5) == 5.0);
    assert_true(tr_quantile(ten, 10, 0.9) == 9.0);
    assert_true(tr_quantile(ten, 10, 0.95) == 10.0);
    assert_true(tr_quantile(ten, 10, 1.0) == 10.0);
    double twenty[20];
    for (int i = 0; i < 20; i++) {
        twenty[i] = 20 - i;
    }
    /* 0.95 * 20 is a hair above 19 in floating point: the rank is 19 all the same. */
    assert_true(tr_quantile(twenty, 20, 0.95) == 19.0);
}

static void against_a_sort(void **state)
{
    (void)state;
    unsigned seed = 1999;
    for (size_t n = 1; n < 400; n += 1 + n / 7) {
        double *x = malloc(n * sizeof(*x));
        double *sorted = malloc(n * sizeof(*sorted));
        assert_non_null(x);
        assert_non_null(sorted);
        for (size_t i = 0; i < n; i++) {
            x[i] = rand_r(&seed) % (n % 3 == 0 ? 5 : 1000); /* many ties, or few */
        }
        memcpy(sorted, x, n * sizeof(*x));
        qsort(sorted, n, sizeof(*sorted), by_value);
        for (int p = 1; p <= 100; p++) {
            const size_t rank = (n * (size_t)p + 99) / 100;
            assert_true(tr_quantile(x, n, p / 100.0) == sorted[rank - 1]);
        }
        free(x);
        free(sorted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(against_a_sort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
