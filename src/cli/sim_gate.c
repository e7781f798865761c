/* Walking through beams: a body of some depth at some speed breaks one, then
 * the other, a hand's width on. */
#include "cli/sim.h"

enum { SPACING_MM = 100 };

static int64_t us_for(int64_t mm, int64_t mm_s)
{
    return mm * SIM_S / mm_s;
}

int64_t tr_sim_walk(struct tr_sim *sim, int gate, struct tr_sim_rng *rng, bool in, bool alone,
                    int64_t at_us)
{
    const struct tr_gate *plan = &sim->plan->gates[gate];
    const int64_t depth = tr_sim_between(rng, 220, 400);
    const int64_t speed = tr_sim_between(rng, 700, 1600);
    const int64_t lag = us_for(SPACING_MM, speed);
    const int64_t body = us_for(depth, speed);
    /* Some stop in the doorway, in both beams, to look around. */
    const bool lingers = tr_sim_chance(rng, sim->opt->linger);
    const int64_t stop = tr_sim_between(rng, 3 * SIM_S, 12 * SIM_S);
    const int64_t hold = lingers && alone ? stop : 0;
    tr_sim_cover(sim, in ? plan->outer : plan->inner, at_us, at_us + body + hold);
    tr_sim_cover(sim, in ? plan->inner : plan->outer, at_us + lag, at_us + lag + body + hold);
    return at_us + lag + body + hold;
}

int64_t tr_sim_turn_back(struct tr_sim *sim, int gate, struct tr_sim_rng *rng, int64_t at_us)
{
    const struct tr_gate *plan = &sim->plan->gates[gate];
    const int64_t stay = tr_sim_between(rng, 400 * SIM_MS, 1500 * SIM_MS);
    const int64_t lag = us_for(SPACING_MM, tr_sim_between(rng, 700, 1600));
    const bool both = tr_sim_chance(rng, SIM_SURE / 2);
    tr_sim_cover(sim, plan->outer, at_us, at_us + stay);
    if (both) {
        tr_sim_cover(sim, plan->inner, at_us + lag, at_us + stay - lag);
    }
    return at_us + stay;
}

static int64_t *free_of(struct tr_sim *sim, struct tr_source source)
{
    return source.kind == TR_SOURCE_GATE     ? &sim->gate_free_us[source.index]
           : source.kind == TR_SOURCE_SENSOR ? &sim->sensor_free_us[source.index]
                                             : NULL;
}

int64_t tr_sim_source_free(struct tr_sim *sim, struct tr_source source, int64_t at_us)
{
    const int64_t *until = free_of(sim, source);
    return until != NULL && *until > at_us ? *until : at_us;
}

void tr_sim_source_taken(struct tr_sim *sim, struct tr_source source, int64_t until_us)
{
    int64_t *until = free_of(sim, source);
    if (until != NULL && *until < until_us) {
        *until = until_us;
    }
}
