/* Wilson's interval against the values of the literature (THEORY 2.7). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/wilson.h"

static void about(double got, double want)
{
    if (!(fabs(got - want) < 5e-7)) {
        print_error("got %.9f, want %.6f\n", got, want);
    }
    assert_true(fabs(got - want) < 5e-7);
}

static void known_values(void **state)
{
    static const struct {
        int64_t k, n;
        double low, high;
    } c[] = {
        {3, 10, 0.107789, 0.603227}, {8, 20, 0.218804, 0.613422}, {20, 100, 0.133366, 0.288831},
        {0, 10, 0.0, 0.277540},      {10, 10, 0.722460, 1.0}, /* the mirror of 0 of 10 */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
        about(tr_wilson_low(c[i].k, c[i].n, TR_WILSON_95), c[i].low);
        about(tr_wilson_high(c[i].k, c[i].n, TR_WILSON_95), c[i].high);
    }
}

static void nothing_is_known_of_nothing(void **state)
{
    (void)state;
    assert_true(tr_wilson_low(0, 0, TR_WILSON_95) == 0.0);
    assert_true(tr_wilson_high(0, 0, TR_WILSON_95) == 1.0);
    for (int64_t n = 1; n < 1000; n++) {
        assert_true(tr_wilson_low(0, n, TR_WILSON_95) == 0.0);
        assert_true(tr_wilson_high(n, n, TR_WILSON_95) == 1.0);
    }
}

/* The bounds hold the share between them, and more of the same brings them nearer. */
static void bounds_close_in(void **state)
{
    (void)state;
    for (int64_t n = 2; n < 2000; n *= 2) {
        for (int64_t k = 1; k < n; k++) {
            const double p = (double)k / (double)n;
            const double low = tr_wilson_low(k, n, TR_WILSON_95);
            const double high = tr_wilson_high(k, n, TR_WILSON_95);
            assert_true(low > 0.0 && low < p && p < high && high < 1.0);
            assert_true(tr_wilson_low(2 * k, 2 * n, TR_WILSON_95) > low);
            assert_true(tr_wilson_low(k + 1, n, TR_WILSON_95) > low);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(nothing_is_known_of_nothing),
        cmocka_unit_test(bounds_close_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
