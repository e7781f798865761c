/** @file shop.h A small shop for the core's tests: every kind of station, and
 *  a recorder of what the core says. */
#ifndef TEST_SHOP_H
#define TEST_SHOP_H

#include "thirdring/core.h"

enum shop_sensor {
    DOOR_OUTER,
    DOOR_INNER,
    GREET,
    NOT_CUSTOMER,
    LINE_IN,
    LINE_OUT,
    TILL_1,
    TILL_2,
    CALL,
    DONE,
    RING,
    HOOK,
    GOOD,
    OK_,
    BAD,
    SHOP_SENSORS,
    /* in the other shops */
    PLACE_1 = SHOP_SENSORS,
    PLACE_2,
    PLACE_3,
    SERVE,
    MAT_1,
    NEXT_1,
    NEXT_2,
    SHOP_MORE_SENSORS
};
/** What the line's sensors are, for shop_plan_like(). */
enum shop_like {
    LIKE_USUAL, /**< join, leave, two positions: shop_plan() */
    LIKE_PLACES,
    LIKE_ROW,
    LIKE_JOIN_PLACES,
    LIKE_SERVE,
    LIKE_GATE,
    LIKE_ROOM,
    LIKE_OWN_LINES,
    LIKE_TICKETS,
    SHOP_LIKES
};
enum shop_station { ENTRANCE, TILLS, FITTING, PHONE, SMILES };
enum shop_output { BUZZER, GREEN, AMBER, RED };

/** Fill the plan. */
void shop_plan(struct tr_plan *plan);
/** Fill it with a shop whose line is sensed in that way. */
void shop_plan_like(struct tr_plan *plan, enum shop_like like);

/** A core with its plan and everything it ever said. */
struct shop {
    struct tr_plan plan;
    struct tr_core *core;
    struct tr_effects *out;
    struct tr_effect *said;
    size_t said_n, said_cap;
};

void shop_open(struct shop *shop);
void shop_open_like(struct shop *shop, enum shop_like like);
/** The plan was changed before anything happened: begin with it. */
void shop_begin(struct shop *shop);
/** cmocka's: *state is an open shop. */
int shop_setup(void **state);
int shop_teardown(void **state);
void shop_close(struct shop *shop);
/** Step and record. */
void shop_step(struct shop *shop, const struct tr_event *ev);
void shop_edge(struct shop *shop, double at_s, int sensor, bool level);
/** Active for a while: two edges. */
void shop_pulse(struct shop *shop, double at_s, int sensor, double for_s);
void shop_tick(struct shop *shop, double at_s);
void shop_command(struct shop *shop, double at_s, enum tr_command_kind kind, int station,
                  int value);
void shop_moment(struct shop *shop, double at_s, enum tr_moment moment, int64_t value);
/** Someone walks in (or out) through the gate; the crossing is at at_s. */
void shop_walk(struct shop *shop, double at_s, bool in);
/** The line's own state as a journal tells it: TR_HEALTH_STORM or TR_HEALTH_OK. */
void shop_health(struct shop *shop, double at_s, int sensor, int64_t health);
/** Nobody watched for down_s; open_s of it was opening time (below 0: not known). */
void shop_restart(struct shop *shop, double at_s, double down_s, double open_s);
/** So many edges, evenly, the last one inactive. @return when that was. */
double shop_chatter(struct shop *shop, double from_s, int sensor, int edges, double hz);
struct tr_station_metrics shop_metrics(struct shop *shop, int station, double at_s);
/** Fire deadlines until nothing is open, then FINISH. */
void shop_drain(struct shop *shop);
/** The n-th effect of a kind, from 0; NULL. */
const struct tr_effect *shop_said(const struct shop *shop, enum tr_effect_kind kind, size_t n);
size_t shop_count(const struct shop *shop, enum tr_effect_kind kind);
/** The n-th wait record. */
const struct tr_wait_record *shop_wait(const struct shop *shop, size_t n);

#endif
