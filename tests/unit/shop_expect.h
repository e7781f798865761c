/** @file shop_expect.h What the tests of one station ask of a shop. Included
 *  after cmocka. */
#ifndef TEST_SHOP_EXPECT_H
#define TEST_SHOP_EXPECT_H

#include "shop.h"

#define S(x) ((int64_t)((x)*1e9 + 0.5))

/** The n-th wait record ended so, after so long. */
static inline void expect(const struct shop *shop, size_t n, enum tr_outcome outcome,
                          enum tr_reason reason, double wait_s)
{
    const struct tr_wait_record *w = shop_wait(shop, n);
    assert_non_null(w);
    assert_string_equal(tr_outcome_name[w->outcome], tr_outcome_name[outcome]);
    assert_string_equal(tr_reason_name[w->reason], tr_reason_name[reason]);
    assert_int_equal(w->wait_ns, S(wait_s));
}

static inline size_t waits(const struct shop *shop)
{
    return shop_count(shop, TR_EFFECT_WAIT);
}

/** How often that piece of news was told. */
static inline size_t news(const struct shop *shop, enum tr_news which)
{
    size_t n = 0;
    const struct tr_effect *e;
    for (size_t i = 0; (e = shop_said(shop, TR_EFFECT_NEWS, i)) != NULL; i++) {
        n += e->u.news.news == which;
    }
    return n;
}

static inline struct tr_station_metrics metrics(struct shop *shop, int station)
{
    struct tr_station_metrics m;
    tr_core_metrics(shop->core, station, tr_core_now(shop->core), &m);
    return m;
}

static inline struct tr_station_state state_of(struct shop *shop, int station)
{
    struct tr_station_state s;
    tr_core_station_state(shop->core, station, tr_core_now(shop->core), &s);
    return s;
}

#endif
