/* Smiley buttons: some who are done press one on their way. */
#include "cli/sim.h"

struct panel {
    struct tr_sim *sim;
    int station;
    const struct tr_feedback_plan *plan;
    struct tr_sim_rng rng;
    int64_t free_us;
};

struct opinion {
    struct panel *panel;
    size_t truth; /* whose; 0: of somebody we do not know */
};

/* From the most content (0) to the least: the button of that rank. */
static int16_t button_of_rank(const struct tr_feedback_plan *plan, int rank)
{
    for (int16_t b = 0; b < plan->buttons_n; b++) {
        int better = 0;
        for (int o = 0; o < plan->buttons_n; o++) {
            const bool tied = plan->buttons[o].score == plan->buttons[b].score && o < b;
            better += plan->buttons[o].score > plan->buttons[b].score || tied;
        }
        if (better == rank) {
            return b;
        }
    }
    return 0;
}

static void votes(struct tr_sim *sim, void *who)
{
    const struct opinion *o = who;
    struct panel *panel = o->panel;
    if (sim->now_us < panel->free_us) {
        return; /* somebody else stands there; it is not that important */
    }
    const struct tr_sim_truth *customer = &sim->truths[o->truth];
    const struct tr_target *target = &sim->plan->stations[customer->station].target;
    const bool content = o->truth == 0 || target->unit == TR_TARGET_NONE ||
                         customer->wait_us <= target->threshold_ns / TR_NS_PER_US;
    /* Most who did not wait long are content; of the others, few. */
    const int n = panel->plan->buttons_n;
    const int64_t mood = tr_sim_between(&panel->rng, 0, 99);
    const int rank = content ? (mood < 75   ? 0
                                : mood < 92 ? n / 2
                                            : n - 1)
                             : (mood < 20   ? 0
                                : mood < 50 ? n / 2
                                            : n - 1);
    const int16_t button = button_of_rank(panel->plan, rank);
    const size_t truth = tr_sim_truth(sim, TR_TRUTH_VOTE, panel->station, sim->now_us, 1);
    sim->truths[truth].button = button;
    sim->truths[truth].customer = o->truth > 0 ? (int64_t)o->truth : -1;
    const int64_t held = tr_sim_between(&panel->rng, 120 * SIM_MS, 400 * SIM_MS);
    tr_sim_cover(sim, panel->plan->buttons[button].sensor, sim->now_us, sim->now_us + held);
    panel->free_us = sim->now_us + panel->plan->vote_ns / TR_NS_PER_US + 3 * SIM_S;
}

static void opines(struct panel *panel, size_t truth, int64_t at_us)
{
    struct opinion *o = tr_sim_new(panel->sim, sizeof(*o));
    if (o != NULL) {
        *o = (struct opinion){.panel = panel, .truth = truth};
        tr_sim_at(panel->sim, at_us + tr_sim_between(&panel->rng, 4 * SIM_S, 15 * SIM_S), votes, o);
    }
}

static bool is_about(const struct tr_feedback_plan *plan, int station)
{
    for (int i = 0; i < plan->after_n; i++) {
        if (plan->after[i] == station) {
            return true;
        }
    }
    return false;
}

void tr_sim_leaves(struct tr_sim *sim, int station, size_t truth, int64_t at_us)
{
    for (int s = 0; s < sim->plan->stations_n; s++) {
        struct panel *panel = sim->station[s];
        if (sim->plan->stations[s].kind == TR_KIND_FEEDBACK && panel != NULL &&
            is_about(panel->plan, station) && tr_sim_chance(&panel->rng, sim->opt->votes)) {
            opines(panel, truth, at_us);
        }
    }
}

static void passes_by(struct tr_sim *sim, void *who)
{
    struct panel *panel = who;
    opines(panel, 0, sim->now_us);
    tr_sim_at(sim, tr_sim_arrival(sim, &panel->rng, sim->opt->habits[panel->station].rate_mh),
              passes_by, panel);
}

void tr_sim_feedback(struct tr_sim *sim, int station)
{
    struct panel *panel = tr_sim_new(sim, sizeof(*panel));
    if (panel == NULL) {
        return;
    }
    sim->station[station] = panel;
    panel->sim = sim;
    panel->station = station;
    panel->plan = &sim->plan->stations[station].u.feedback;
    tr_sim_rng_init(&panel->rng, sim->opt->seed, (uint64_t)station + 1);
    if (panel->plan->after_n == 0) {
        tr_sim_at(sim, tr_sim_arrival(sim, &panel->rng, sim->opt->habits[station].rate_mh),
                  passes_by, panel);
    }
}
