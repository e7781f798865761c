/* What a line is made of: guests, lanes, tills. For sim_line.c only. */
#ifndef TR_CLI_SIM_LINE_H
#define TR_CLI_SIM_LINE_H

#include "cli/sim.h"

struct line;

struct till {
    struct line *line;
    int index;
    bool busy;
    int64_t free_us; /* since */
};

/* One customer, or a couple. */
struct guest {
    struct line *line;
    struct guest *behind;
    struct till *till;
    size_t truth;
    int32_t people;
    int32_t place; /* 0 is the head */
    int lane;
    int64_t since_us; /* standing on this place */
    bool standing, stepping, called, gone;
    bool regular; /* is served first, and everybody knows why */
    bool unseen;  /* no sensor has seen them yet */
};

struct line {
    struct tr_sim *sim;
    int station;
    struct tr_sim_rng rng, passers;
    int64_t rate_mh;
    struct guest *lanes[TR_POSITIONS_MAX];
    struct guest *regulars;
    int lanes_n;
    struct till tills[TR_POSITIONS_MAX];
    int tills_n;
    int64_t last_on_us;
};

#endif
