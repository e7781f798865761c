/* After a restored journal: nothing that had a number before is told under it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shop.h"

enum { FROM = 1000000 };

static void test_what_was_under_way_is_told_by_no_old_number(void **state)
{
    struct shop *shop = *state;
    const struct tr_event gap = {
        .kind = TR_EVENT_RESTART, .at.ns = 21 * TR_NS_PER_S, .sensor = TR_NONE, .value = -1};

    shop_walk(shop, 10, true);          /* waits to be greeted */
    shop_pulse(shop, 12, LINE_IN, 0.3); /* waits in the line */
    shop_pulse(shop, 14, CALL, 0.5);    /* waits for help */
    shop_edge(shop, 15, TILL_1, true);  /* is being served */
    shop_pulse(shop, 20, GOOD, 0.3);    /* is making up their mind */
    shop_tick(shop, 21);
    assert_true(tr_core_busy(shop->core));
    shop_step(shop, &gap); /* its effects go nowhere (src/daemon/recover.c) */
    tr_core_continue(shop->core, FROM, FROM);
    shop->said_n = 0;
    shop_restart(shop, 3600, 3579, -1);
    shop_walk(shop, 4000, true);
    shop_pulse(shop, 4002, GREET, 0.3);
    shop_pulse(shop, 4010, BAD, 0.3);
    shop_drain(shop);
    assert_true(shop_count(shop, TR_EFFECT_WAIT) > 0);
    assert_int_equal(shop_count(shop, TR_EFFECT_VOTE), 1);
    for (size_t i = 0; i < shop_count(shop, TR_EFFECT_WAIT); i++) {
        const struct tr_wait_record *w = shop_wait(shop, i);

        assert_true(w->open_seq > FROM);
        assert_true(w->seq > FROM);
    }
    assert_true(shop_said(shop, TR_EFFECT_VOTE, 0)->u.vote.press_seq > FROM);
    assert_int_equal(shop_said(shop, TR_EFFECT_VOTE, 0)->u.vote.presses, 1);
    for (size_t i = 0; i < shop_count(shop, TR_EFFECT_ALERT); i++) {
        assert_true(shop_said(shop, TR_EFFECT_ALERT, i)->u.alert.seq > FROM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_was_under_way_is_told_by_no_old_number,
                                        shop_setup, shop_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
