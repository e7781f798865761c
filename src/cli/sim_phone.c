/* Telephones: an exchange rings in its cadence, someone picks up, or the
 * caller gives up, or voicemail takes it. */
#include "cli/sim.h"

enum { QUIET_S = 12, RING_OUT_S = 240, CALL_MAX_S = 3000 };

struct phone {
    struct tr_sim *sim;
    int station;
    const struct tr_phone_plan *plan;
    struct tr_sim_rng rng;
    int64_t free_us[TR_LINES_MAX];
};

struct caller {
    struct phone *phone;
    size_t truth;
};

static void hung_up(struct tr_sim *sim, void *who)
{
    const struct caller *c = who;
    tr_sim_leaves(sim, c->phone->station, c->truth, sim->now_us);
}

/* Bursts from @from_us until the ringing stops. @return how many begin before
 * it does; @p ret_end is the end of the last. */
static int32_t ring(const struct phone *phone, int sensor, int64_t from_us, int64_t until_us,
                    int64_t *ret_end)
{
    const struct tr_sim_options *opt = phone->sim->opt;
    int32_t n = 0;
    *ret_end = from_us;
    for (int64_t at = from_us; at < until_us; at += opt->ring_on_us + opt->ring_off_us) {
        const int64_t end = at + opt->ring_on_us;
        *ret_end = end < until_us ? end : until_us;
        tr_sim_cover(phone->sim, sensor, at, *ret_end);
        n++;
    }
    return n;
}

/* Nobody hears a burst of a few milliseconds, people least of all. */
static int64_t audible(const struct phone *phone, int64_t since_us, int64_t at_us)
{
    const int64_t cycle = phone->sim->opt->ring_on_us + phone->sim->opt->ring_off_us;
    const int64_t into = (at_us - since_us) % cycle;
    return into < 200 * SIM_MS ? at_us + 250 * SIM_MS - into : at_us;
}

static void answered(struct phone *phone, int line, struct caller *c, int64_t at_us)
{
    struct tr_sim *sim = phone->sim;
    const struct tr_phone_line *plan = &phone->plan->lines[line];
    int64_t talk = tr_sim_lognormal(&phone->rng, sim->opt->habits[phone->station].service_us,
                                    sim->opt->spread);
    talk = talk > CALL_MAX_S * SIM_S ? CALL_MAX_S * SIM_S : talk + 3 * SIM_S;
    const int64_t over = at_us + talk;
    struct tr_sim_truth *t = &sim->truths[c->truth];
    int64_t end;
    t->rings = ring(phone, plan->ring, t->arrived_us, at_us, &end);
    if (end == at_us) { /* the exchange needs a moment to notice */
        tr_sim_cover(sim, plan->ring, at_us, at_us + 60 * SIM_MS);
    }
    tr_sim_cover(sim, plan->hook, at_us, over);
    if (plan->hook == TR_NONE) {
        tr_sim_cover(sim, plan->answer, at_us,
                     at_us + tr_sim_between(&phone->rng, 120 * SIM_MS, 300 * SIM_MS));
    }
    tr_sim_ends(sim, c->truth, at_us, TR_OUTCOME_ANSWERED);
    t->service_us = talk;
    phone->free_us[line] = over + QUIET_S * SIM_S;
    tr_sim_at(sim, over, hung_up, c);
}

static void rings(struct phone *phone, int line)
{
    struct tr_sim *sim = phone->sim;
    const struct tr_sim_options *opt = sim->opt;
    const struct tr_sim_habits *habits = &opt->habits[phone->station];
    const int64_t from = sim->now_us;
    struct caller *c = tr_sim_new(sim, sizeof(*c));
    if (c == NULL) {
        return;
    }
    c->phone = phone;
    c->truth = tr_sim_truth(sim, TR_TRUTH_CUSTOMER, phone->station, from, 1);
    const int64_t patience = tr_sim_patience(sim, &phone->rng, phone->station);
    const int64_t pick = audible(
        phone, from, from + tr_sim_lognormal(&phone->rng, habits->answer_us, opt->spread) + SIM_S);
    const bool nobody = tr_sim_chance(&phone->rng, opt->unanswered);
    const int64_t cycle = opt->ring_on_us + opt->ring_off_us;
    const int32_t divert = phone->plan->divert_rings;
    int64_t stops = from + RING_OUT_S * SIM_S; /* the exchange gives up, too */
    bool diverted = false;
    if (divert > 0 && from + (divert - 1) * cycle + opt->ring_on_us < stops) {
        stops = from + (divert - 1) * cycle + opt->ring_on_us;
        diverted = true;
    }
    if (patience < stops - from) {
        stops = audible(phone, from, from + patience);
        diverted = false;
    }
    if (!nobody && pick < stops) {
        answered(phone, line, c, pick);
        return;
    }
    struct tr_sim_truth *t = &sim->truths[c->truth];
    int64_t end;
    t->rings = ring(phone, phone->plan->lines[line].ring, from, stops, &end);
    tr_sim_ends(sim, c->truth, end, diverted ? TR_OUTCOME_UNKNOWN : TR_OUTCOME_ABANDONED);
    t->left_us = stops;
    phone->free_us[line] = stops + QUIET_S * SIM_S;
}

static void calls(struct tr_sim *sim, void *who)
{
    struct phone *phone = who;
    for (int i = 0; i < phone->plan->lines_n; i++) {
        if (phone->free_us[i] <= sim->now_us) {
            rings(phone, i);
            break; /* else: engaged; no sensor of the shop hears it */
        }
    }
    tr_sim_at(sim, tr_sim_arrival(sim, &phone->rng, sim->opt->habits[phone->station].rate_mh),
              calls, phone);
}

void tr_sim_phone(struct tr_sim *sim, int station)
{
    struct phone *phone = tr_sim_new(sim, sizeof(*phone));
    if (phone == NULL) {
        return;
    }
    sim->station[station] = phone;
    phone->sim = sim;
    phone->station = station;
    phone->plan = &sim->plan->stations[station].u.phone;
    tr_sim_rng_init(&phone->rng, sim->opt->seed, (uint64_t)station + 1);
    tr_sim_at(sim, tr_sim_arrival(sim, &phone->rng, sim->opt->habits[station].rate_mh), calls,
              phone);
}
