/* Help buttons: pressed, pressed again, answered, or the customer has gone. */
#include "cli/sim.h"

enum { IDLE_S = 3 };

struct box {
    struct tr_sim *sim;
    int station;
    const struct tr_call_plan *plan;
    struct tr_sim_rng rng;
    bool waits, gone;
    size_t truth;
    int64_t free_us;
    int64_t held_us; /* the call button is down until then */
    uint64_t turn;   /* counts the customers: an old plan is no plan */
};

struct intent {
    struct box *box;
    uint64_t turn;
};

static void *intent(struct box *box)
{
    struct intent *i = tr_sim_new(box->sim, sizeof(*i));
    if (i != NULL) {
        *i = (struct intent){.box = box, .turn = box->turn};
    }
    return i;
}

static void press(struct box *box)
{
    const int64_t now = box->sim->now_us;
    if (now < box->held_us + 200 * SIM_MS) {
        return;
    }
    box->held_us = now + tr_sim_between(&box->rng, 120 * SIM_MS, 500 * SIM_MS);
    tr_sim_cover(box->sim, box->plan->call, now, box->held_us);
}

static void repeats(struct tr_sim *sim, void *who)
{
    const struct intent *i = who;
    struct box *box = i != NULL ? i->box : NULL;
    if (box == NULL || !box->waits || box->gone || i->turn != box->turn) {
        return;
    }
    press(box);
    if (tr_sim_chance(&box->rng, SIM_SURE / 3)) {
        tr_sim_at(sim, sim->now_us + tr_sim_between(&box->rng, 4 * SIM_S, 40 * SIM_S), repeats,
                  intent(box));
    }
}

static void leaves(struct tr_sim *sim, void *who)
{
    const struct intent *i = who;
    if (i != NULL && i->box->waits && i->turn == i->box->turn) {
        i->box->gone = true;
        sim->truths[i->box->truth].left_us = sim->now_us;
    }
}

static void arrives(struct tr_sim *sim, void *who)
{
    struct box *box = who;
    const int64_t least = box->plan->hold_gone_ns / TR_NS_PER_US;
    const bool tells = box->gone && least > 0;
    int64_t held = tr_sim_between(&box->rng, 150 * SIM_MS, 600 * SIM_MS);
    if (tells) { /* holding it down says: there was nobody */
        held = least + tr_sim_between(&box->rng, 500 * SIM_MS, 1500 * SIM_MS);
    } else if (least > 0 && held > least / 2) {
        held = least / 2;
    }
    tr_sim_cover(sim, box->plan->answer, sim->now_us, sim->now_us + held);
    tr_sim_ends(sim, box->truth, sim->now_us,
                box->gone ? TR_OUTCOME_ABANDONED : TR_OUTCOME_ANSWERED);
    if (!box->gone) {
        tr_sim_leaves(sim, box->station, box->truth, sim->now_us);
    }
    box->waits = false;
    box->free_us = sim->now_us + held + IDLE_S * SIM_S;
}

static void comes(struct tr_sim *sim, void *who)
{
    struct box *box = who;
    const struct tr_sim_habits *habits = &sim->opt->habits[box->station];
    tr_sim_at(sim, tr_sim_arrival(sim, &box->rng, habits->rate_mh), comes, box);
    if (box->waits || sim->now_us < box->free_us) {
        return; /* somebody is at the box already */
    }
    box->waits = true;
    box->gone = false;
    box->turn++;
    box->truth = tr_sim_truth(sim, TR_TRUTH_CUSTOMER, box->station, sim->now_us, 1);
    press(box);
    const int64_t answer = tr_sim_lognormal(&box->rng, habits->answer_us, sim->opt->spread);
    tr_sim_at(sim, sim->now_us + answer + SIM_S, arrives, box);
    const int64_t patience = tr_sim_patience(sim, &box->rng, box->station);
    if (patience != SIM_NEVER) {
        tr_sim_at(sim, sim->now_us + patience + SIM_S, leaves, intent(box));
    }
    if (tr_sim_chance(&box->rng, sim->opt->repeat)) {
        tr_sim_at(sim, sim->now_us + tr_sim_between(&box->rng, 2 * SIM_S, 40 * SIM_S), repeats,
                  intent(box));
    }
}

void tr_sim_call(struct tr_sim *sim, int station)
{
    struct box *box = tr_sim_new(sim, sizeof(*box));
    if (box == NULL) {
        return;
    }
    sim->station[station] = box;
    box->sim = sim;
    box->station = station;
    box->plan = &sim->plan->stations[station].u.call;
    box->held_us = -SIM_S;
    tr_sim_rng_init(&box->rng, sim->opt->seed, (uint64_t)station + 1);
    tr_sim_at(sim, tr_sim_arrival(sim, &box->rng, sim->opt->habits[station].rate_mh), comes, box);
}
