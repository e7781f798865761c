/* Call buttons and smileys as shops use them (RULES 19, 20). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/wire.h"
#include "shop_expect.h"

static void greet(struct shop *shop, double at_s)
{
    shop_pulse(shop, at_s, GREET, 0.1);
}

/* --- call buttons --------------------------------------------------------------------------------- */

static void a_call_in_every_order(void **state)
{
    struct shop *shop = *state;
    shop_edge(shop, 5.0, DONE, true); /* leaning on the answer button */
    shop_pulse(shop, 10.0, CALL, 0.2);
    shop_edge(shop, 12.0, DONE, false);
    shop_tick(shop, 20.0);
    assert_int_equal(waits(shop), 0); /* that was no answer */
    shop_pulse(shop, 30.0, DONE, 0.5);
    shop_pulse(shop, 40.0, DONE, 0.5); /* to nobody */
    shop_edge(shop, 50.0, CALL, true); /* both at once */
    shop_edge(shop, 50.0, DONE, true);
    shop_edge(shop, 50.4, CALL, false);
    shop_edge(shop, 50.4, DONE, false);
    shop_edge(shop, 60.0, DONE, true);
    shop_edge(shop, 60.01, CALL, true); /* the call is the later one: it stands */
    shop_edge(shop, 60.4, DONE, false);
    shop_edge(shop, 60.5, CALL, false);
    shop_drain(shop);
    assert_int_equal(waits(shop), 3);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 20.0);
    expect(shop, 1, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 0.0);
    expect(shop, 2, TR_OUTCOME_EXPIRED, TR_REASON_GIVE_UP, 900.0);
}

/* The button says "gone" for one customer while the next one presses. */
static void gone_and_called_again(void **state)
{
    struct shop *shop = *state;
    shop_pulse(shop, 10.0, CALL, 0.2);
    shop_edge(shop, 40.0, DONE, true);
    shop_pulse(shop, 42.0, CALL, 0.2);
    shop_edge(shop, 44.0, DONE, false);
    shop_pulse(shop, 60.0, DONE, 0.5);
    shop_tick(shop, 70.0);
    assert_int_equal(waits(shop), 2);
    expect(shop, 0, TR_OUTCOME_ABANDONED, TR_REASON_GONE, 30.0);
    expect(shop, 1, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 18.0);
    /* A short answer: whoever presses meanwhile is being answered. */
    shop_pulse(shop, 100.0, CALL, 0.2);
    shop_edge(shop, 140.0, DONE, true);
    shop_pulse(shop, 141.0, CALL, 0.2);
    shop_edge(shop, 142.0, DONE, false);
    shop_tick(shop, 150.0);
    assert_int_equal(waits(shop), 3);
    assert_int_equal(state_of(shop, FITTING).waiting, 0);
    assert_int_equal(news(shop, TR_NEWS_PRIORITY), 0);
}

/* Nobody comes: one wait, one raise of the priority, and then a new call. */
static void pressing_while_nobody_comes(void **state)
{
    struct shop *shop = *state;
    for (int i = 0; i < 12; i++) {
        shop_pulse(shop, 10.0 + 80.0 * i, CALL, 0.2); /* until 890 */
    }
    shop_tick(shop, 905.0);
    assert_int_equal(state_of(shop, FITTING).waiting, 1);
    shop_tick(shop, 911.0);
    expect(shop, 0, TR_OUTCOME_EXPIRED, TR_REASON_GIVE_UP, 900.0);
    assert_int_equal(news(shop, TR_NEWS_PRIORITY), 1);
    shop_pulse(shop, 915.0, CALL, 0.2);
    shop_pulse(shop, 920.0, DONE, 0.5);
    shop_tick(shop, 930.0);
    expect(shop, 1, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 5.0);
}

static void level(struct shop *shop, double at_s, int sensor, bool active)
{
    const struct tr_event ev = {
        .kind = TR_EVENT_LEVEL, .at = {S(at_s)}, .sensor = (int16_t)sensor, .level = active};
    shop_step(shop, &ev);
}

/* Found pressed at the start: a call perhaps, never an answer. */
static void buttons_found_pressed(void **state)
{
    struct shop *shop = *state;
    level(shop, 1.0, CALL, true);
    level(shop, 1.1, DONE, true);
    shop_tick(shop, 8.0);
    assert_int_equal(waits(shop), 0);
    shop_edge(shop, 9.0, DONE, false);
    shop_edge(shop, 9.5, CALL, false);
    shop_pulse(shop, 21.0, DONE, 0.4);
    shop_tick(shop, 30.0);
    expect(shop, 0, TR_OUTCOME_ANSWERED, TR_REASON_NONE, 20.0);
    assert_true(shop_wait(shop, 0)->found);
    assert_int_equal(shop_wait(shop, 0)->verdict, TR_VERDICT_NOT_COUNTED);
}

/* --- smileys -------------------------------------------------------------------------------------------- */

static void tied_votes_are_counted(void **state)
{
    struct shop *shop = *state;
    shop_walk(shop, 10.0, true);
    greet(shop, 15.0);
    shop_pulse(shop, 30.0, GOOD, 0.2); /* one wait fits */
    shop_pulse(shop, 500.0, OK_, 0.2); /* none */
    for (int i = 0; i < 4; i++) {
        shop_pulse(shop, 600.0 + i, BAD, 0.2); /* a child */
    }
    shop_drain(shop);
    const struct tr_station_metrics m = metrics(shop, SMILES);
    assert_int_equal(m.votes, 2);
    assert_int_equal(m.votes_tied, 1);
    assert_int_equal(m.votes_discarded, 1);
    assert_int_equal(m.vote_score_sum, 150);
    assert_int_equal(m.day_votes, 2);
    assert_true(fabs(m.day_score_mean - 75.0) < 1e-9);
    assert_int_equal(m.week_votes, 0); /* customers' votes are not reported by the week */
}

/* A vote is of the day in which it was pressed, though it is decided seconds later. */
static void votes_are_counted_by_the_day(void **state)
{
    struct shop *shop = *state;
    shop_moment(shop, 0.0, TR_MOMENT_DAY, 20260304);
    shop_pulse(shop, 10.0, GOOD, 0.2);
    shop_pulse(shop, 86399.0, BAD, 0.2);
    shop_moment(shop, 86400.0, TR_MOMENT_DAY, 20260305);
    struct tr_station_metrics m = metrics(shop, SMILES);
    assert_int_equal(m.day_votes, 0);
    assert_true(isnan(m.day_score_mean));
    shop_drain(shop);
    m = metrics(shop, SMILES);
    assert_int_equal(m.votes, 2);
    assert_int_equal(m.day_votes, 0);
    shop_pulse(shop, 86500.0, OK_, 0.2);
    shop_drain(shop);
    m = metrics(shop, SMILES);
    assert_int_equal(m.day_votes, 1);
    assert_true(fabs(m.day_score_mean - 50.0) < 1e-9);
    shop->plan.stations[SMILES].audience = TR_AUDIENCE_STAFF; /* as after a reload */
    m = metrics(shop, SMILES);
    assert_int_equal(m.day_votes, 0);
    assert_true(isnan(m.day_score_mean));
}

static void ask_staff(struct shop *shop)
{
    shop->plan.stations[SMILES].audience = TR_AUDIENCE_STAFF;
    shop_begin(shop);
}

#define DAY 86400.0

/* 2026-03-02 is a Monday. */
static void votes(struct shop *shop, double at_s, int button, int n)
{
    for (int i = 0; i < n; i++) {
        shop_pulse(shop, at_s + 100.0 * i, button, 0.2);
    }
}

/* Nothing but stored inputs leaves the core when staff vote: no state, no news, no record. */
static void a_staff_vote_is_not_told(void **state)
{
    struct shop *shop = *state;
    ask_staff(shop);
    votes(shop, 10.0, GOOD, 3);
    shop_tick(shop, 1000.0);
    for (size_t i = 0; i < shop->said_n; i++) {
        assert_int_equal(shop->said[i].kind, TR_EFFECT_STORE);
    }
    const struct tr_station_metrics m = metrics(shop, SMILES);
    assert_int_equal(m.votes, 0);
    assert_int_equal(m.votes_discarded, 0);
    assert_int_equal(m.vote_score_sum, 0);
    assert_int_equal(m.day_votes, 0);
    assert_int_equal(m.week_votes, 0);
    assert_true(isnan(m.week_score_mean));
}

static void a_week_of_staff_votes(void **state)
{
    struct shop *shop = *state;
    ask_staff(shop);
    shop_moment(shop, 0.0, TR_MOMENT_DAY, 20260304); /* a Wednesday */
    votes(shop, 10.0, GOOD, 3);
    shop_moment(shop, 1 * DAY, TR_MOMENT_DAY, 20260305);
    votes(shop, 1 * DAY + 10.0, OK_, 2);
    assert_int_equal(metrics(shop, SMILES).week_votes, 0); /* not yet */
    shop_moment(shop, 4 * DAY, TR_MOMENT_DAY, 20260308);   /* Sunday */
    assert_int_equal(metrics(shop, SMILES).week_votes, 0);
    shop_moment(shop, 5 * DAY, TR_MOMENT_DAY, 20260309); /* Monday */
    struct tr_station_metrics m = metrics(shop, SMILES);
    assert_int_equal(m.week_votes, 5);
    assert_true(fabs(m.week_score_mean - 80.0) < 1e-9); /* (3 x 100 + 2 x 50) / 5 */
    votes(shop, 5 * DAY + 10.0, BAD, 4);
    assert_int_equal(metrics(shop, SMILES).week_votes, 5); /* last week's, all week long */
    shop_moment(shop, 12 * DAY, TR_MOMENT_DAY, 20260316);
    m = metrics(shop, SMILES);
    assert_int_equal(m.week_votes, 0); /* four are too few to be nobody's */
    assert_true(isnan(m.week_score_mean));
}

/* Days on which nobody told the date, and clocks that were set. */
static void weeks_with_missed_days(void **state)
{
    struct shop *shop = *state;
    ask_staff(shop);
    votes(shop, 10.0, GOOD, 6); /* before any date was told: this week's */
    shop_moment(shop, 1 * DAY, TR_MOMENT_DAY, 20261230);
    shop_moment(shop, 2 * DAY, TR_MOMENT_DAY, 0); /* no date at all */
    shop_moment(shop, 3 * DAY, TR_MOMENT_DAY, 20261399);
    shop_moment(shop, 4 * DAY, TR_MOMENT_DAY, 20260101); /* a clock set back */
    assert_int_equal(metrics(shop, SMILES).week_votes, 0);
    shop_moment(shop, 7 * DAY, TR_MOMENT_DAY, 20270105); /* Tuesday; Monday was missed */
    assert_int_equal(metrics(shop, SMILES).week_votes, 6);
    votes(shop, 7 * DAY + 10.0, GOOD, 6);
    shop_moment(shop, 20 * DAY, TR_MOMENT_DAY, 20270118); /* the week after next */
    assert_int_equal(metrics(shop, SMILES).week_votes, 0);
}

/* A snapshot in mid-week keeps its sums. */
static void a_week_outlives_a_restart(void **state)
{
    struct shop *shop = *state;
    ask_staff(shop);
    shop_moment(shop, 0.0, TR_MOMENT_DAY, 20260304);
    votes(shop, 10.0, GOOD, 5);
    shop_tick(shop, 1000.0);
    const size_t cap = tr_core_save_size(shop->core);
    void *blob = malloc(cap);
    const int64_t n = tr_core_save(shop->core, blob, cap);
    memset(shop->core, 0, tr_core_size());
    assert_int_equal(tr_core_load(shop->core, &shop->plan, blob, (size_t)n), 0);
    free(blob);
    struct tr_core *next = calloc(1, tr_core_size());
    static struct tr_plan other;
    other = shop->plan;
    assert_int_equal(
        tr_core_replan(next, shop->core, &other, (struct tr_mono){S(1001.0)}, shop->out), 0);
    free(shop->core);
    shop->core = next;
    shop_moment(shop, 5 * DAY, TR_MOMENT_DAY, 20260309);
    assert_int_equal(metrics(shop, SMILES).week_votes, 5);
}

/* When a staff panel's button is pressed is not published, of other buttons it is. */
static void staff_buttons_are_not_published(void **state)
{
    struct shop *shop = *state;
    ask_staff(shop);
    const struct tr_wire wire = {.plan = &shop->plan, .base = "thirdring"};
    char payload[512];
    struct tr_wire_message m = {.payload = payload, .cap = sizeof(payload)};
    assert_int_equal(tr_wire_input(&wire, shop->core, GOOD, &m), 0);
    assert_int_equal(tr_wire_input(&wire, shop->core, GREET, &m), 1);
    shop_pulse(shop, 10.0, GOOD, 0.2);
    shop_pulse(shop, 20.0, GREET, 0.2);
    shop_tick(shop, 30.0);
    int told = 0;
    const struct tr_effect *e;
    for (size_t i = 0; (e = shop_said(shop, TR_EFFECT_STORE, i)) != NULL; i++) {
        const int r = tr_wire_news(&wire, shop->core, e, &m);
        assert_int_equal(r, e->u.store.event.sensor == GREET);
        told += r;
    }
    assert_int_equal(told, 2);
    shop->plan.stations[SMILES].audience = TR_AUDIENCE_CUSTOMER;
    assert_int_equal(tr_wire_input(&wire, shop->core, GOOD, &m), 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_call_in_every_order),           T(gone_and_called_again),
        T(pressing_while_nobody_comes),     T(buttons_found_pressed),
        T(tied_votes_are_counted),          T(votes_are_counted_by_the_day),
        T(a_staff_vote_is_not_told),        T(a_week_of_staff_votes),
        T(weeks_with_missed_days),          T(a_week_outlives_a_restart),
        T(staff_buttons_are_not_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
