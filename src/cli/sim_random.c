/* Chance in integers: the C library's logarithms differ from machine to
 * machine in their last digit, and one digit is another day. */
#include "cli/sim.h"

enum { HALF_SUMS = 12, FRACTION = 24 };
#define LN2_Q20   INT64_C(726817)  /* ln 2 * 2^20 */
#define LOG2E_Q20 INT64_C(1512775) /* 2^20 / ln 2 */

uint32_t tr_sim_next(struct tr_sim_rng *rng)
{
    const uint64_t old = rng->state;
    rng->state = old * UINT64_C(6364136223846793005) + rng->inc;
    const uint32_t x = (uint32_t)(((old >> 18) ^ old) >> 27);
    const uint32_t turn = (uint32_t)(old >> 59);
    return (x >> turn) | (x << (-turn & 31));
}

void tr_sim_rng_init(struct tr_sim_rng *rng, uint64_t seed, uint64_t stream)
{
    rng->state = 0;
    rng->inc = (stream << 1) | 1;
    (void)tr_sim_next(rng);
    rng->state += seed;
    (void)tr_sim_next(rng);
}

int64_t tr_sim_between(struct tr_sim_rng *rng, int64_t lo, int64_t hi)
{
    if (hi <= lo) {
        return lo;
    }
    const uint64_t range = (uint64_t)(hi - lo) + 1;
    if (range > UINT32_MAX) {
        return lo + (int64_t)tr_sim_next(rng);
    }
    return lo + (int64_t)((tr_sim_next(rng) * range) >> 32);
}

bool tr_sim_chance(struct tr_sim_rng *rng, int64_t millionths)
{
    return tr_sim_between(rng, 0, SIM_SURE - 1) < millionths;
}

/* log2 of x (at least 1), with FRACTION binary digits, by repeated squaring. */
static int64_t log2_of(uint64_t x)
{
    int64_t whole = 0;
    while (x >> (whole + 1) != 0) {
        whole++;
    }
    uint64_t y = whole > 31 ? x >> (whole - 31) : x << (31 - whole); /* 1 <= y / 2^31 < 2 */
    int64_t result = whole;
    for (int i = 0; i < FRACTION; i++) {
        y = (y * y) >> 31;
        result <<= 1;
        if (y >> 32 != 0) {
            y >>= 1;
            result |= 1;
        }
    }
    return result;
}

int64_t tr_sim_exponential(struct tr_sim_rng *rng, int64_t mean_us)
{
    const int64_t bits = (INT64_C(32) << FRACTION) - log2_of((uint64_t)tr_sim_next(rng) + 1);
    const int64_t nats_q20 = ((bits >> 4) * LN2_Q20) >> 20;
    /* In two parts, so that a mean of days does not overflow. */
    return (mean_us >> 20) * nats_q20 + (((mean_us & ((1 << 20) - 1)) * nats_q20) >> 20);
}

/* median * 2^(q20 / 2^20). */
static int64_t scale(int64_t median_us, int64_t q20)
{
    /* 2^(1/2), 2^(1/4), ... with 30 binary digits. */
    static const int64_t root[] = {1518500250, 1276901417, 1170923762, 1121280436,
                                   1097253708, 1085434106, 1079572136, 1076653033,
                                   1075196443, 1074468888, 1074105294, 1073923544};
    const int64_t whole = q20 >= 0 ? q20 >> 20 : -((-q20 + (1 << 20) - 1) >> 20);
    int64_t rest = q20 - whole * (1 << 20);
    int64_t factor = INT64_C(1) << 30;
    for (size_t i = 0; i < sizeof(root) / sizeof(root[0]); i++) {
        rest <<= 1;
        if (rest >> 20 != 0) {
            rest -= 1 << 20;
            factor = (factor * root[i]) >> 30;
        }
    }
    const int64_t ms = median_us / SIM_MS; /* room for the product */
    const int64_t x = (ms * factor) >> 20; /* 1/1024 ms */
    const int64_t us = (whole >= 0 ? x << whole : x >> -whole) * SIM_MS >> 10;
    return us > 0 ? us : 1;
}

int64_t tr_sim_lognormal(struct tr_sim_rng *rng, int64_t median_us, int64_t spread)
{
    int64_t sum = 0;
    for (int i = 0; i < HALF_SUMS; i++) {
        sum += tr_sim_next(rng) >> 12;
    }
    const int64_t normal_q20 = sum - HALF_SUMS / 2 * (INT64_C(1) << 20);
    const int64_t nats_q20 = normal_q20 * spread / SIM_SURE;
    return scale(median_us, (nats_q20 * LOG2E_Q20) >> 20);
}
