/* A door: people come in alone or together, are greeted or walk out again,
 * and go home in the end. Staff and deliveries use it too. */
#include "cli/sim.h"

enum { MAT_MIN_S = 4, MAT_MAX_S = 12, VISIT_S = 480, VISIT_MAX_S = 3000 };

/* Who came in within one party window: one wait (RULES 5). */
struct party {
    struct party *next;
    size_t truth;
    int32_t here;
    bool open;
};

struct door;
struct group;

struct visitor {
    struct group *group;
    struct party *party;
};

struct group {
    struct door *door;
    int32_t people, inside;
    bool merged; /* side by side, or on the heels: for the beams they are one */
    bool leaving;
    struct visitor visitor[SIM_SIZE_MAX];
};

struct door {
    struct tr_sim *sim;
    int station;
    const struct tr_greeting_plan *plan;
    struct tr_sim_rng rng, staff_rng;
    struct party *open; /* oldest first */
    struct party *last;
    int64_t first_us, last_us; /* of the newest party */
    int64_t early_us;          /* greeted in the doorway */
    int64_t key_us;            /* staff have a hand at the key until then */
    int64_t crossed_us;        /* the newest passage, whoever it was */
    int64_t pressed_us;        /* the greet button is held until then */
    int64_t mat_on_us, mat_until_us, mat_answer_us;
    bool on_mat;
};

struct passage {
    struct door *door;
    bool in, keyed, own_wait;
    enum tr_sim_truth_kind kind;
};

static bool is_button(const struct door *d)
{
    return d->plan->answer != TR_NONE &&
           d->sim->plan->sensors[d->plan->answer].type == TR_SENSOR_BUTTON;
}

static int64_t us(int64_t ns)
{
    return ns / TR_NS_PER_US;
}

/* --- greeting ------------------------------------------------------------------------ */

static void drop(struct door *d, struct party *p)
{
    struct party **at = &d->open;
    while (*at != NULL && *at != p) {
        at = &(*at)->next;
    }
    if (*at == p) {
        *at = p->next;
    }
    p->open = false;
}

static void answer(struct door *d, struct party *p, int64_t at_us)
{
    tr_sim_ends(d->sim, p->truth, at_us, TR_OUTCOME_ANSWERED);
    drop(d, p);
}

/* Staff on the mat meet whoever is there: all at once, or one after another. */
static void meet(struct door *d)
{
    const int64_t together = us(d->plan->staff_together_ns);
    int64_t at = d->sim->now_us;
    while (d->on_mat && d->open != NULL) {
        if (!d->plan->answers_all && at < d->mat_answer_us + together) {
            at = d->mat_answer_us + together;
        }
        d->mat_answer_us = at;
        answer(d, d->open, at);
        if (d->mat_until_us < at + together + SIM_S) {
            d->mat_until_us = at + together + SIM_S; /* nobody is left in mid-sentence */
        }
    }
}

static void step_off(struct tr_sim *sim, void *who)
{
    struct door *d = who;
    if (sim->now_us < d->mat_until_us) {
        tr_sim_at(sim, d->mat_until_us, step_off, d);
        return;
    }
    d->on_mat = false;
    tr_sim_cover(sim, d->plan->answer, d->mat_on_us, sim->now_us);
}

static void press(struct door *d)
{
    const int64_t now = d->sim->now_us;
    d->pressed_us = now + tr_sim_between(&d->staff_rng, 120 * SIM_MS, 400 * SIM_MS);
    tr_sim_cover(d->sim, d->plan->answer, now, d->pressed_us);
}

static void greet(struct tr_sim *sim, void *who)
{
    struct door *d = who;
    if (d->open == NULL) {
        return;
    }
    /* Not while a hand is on the key, nor with the button still down, nor
     * across somebody who is just coming in. */
    int64_t busy = d->key_us > d->pressed_us ? d->key_us : d->pressed_us;
    busy = d->crossed_us > busy ? d->crossed_us : busy;
    if (sim->now_us < busy + 200 * SIM_MS) {
        tr_sim_at(sim, busy + 300 * SIM_MS, greet, d);
        return;
    }
    if (d->plan->answer != TR_NONE && !is_button(d)) {
        if (!d->on_mat) {
            d->on_mat = true;
            d->mat_on_us = sim->now_us;
            d->mat_answer_us = -SIM_HOUR;
            d->mat_until_us =
                sim->now_us + tr_sim_between(&d->staff_rng, MAT_MIN_S * SIM_S, MAT_MAX_S * SIM_S);
            tr_sim_at(sim, d->mat_until_us, step_off, d);
        }
        meet(d);
        return;
    }
    if (d->plan->answer != TR_NONE) {
        press(d);
    }
    do {
        answer(d, d->open, sim->now_us);
    } while (d->plan->answers_all && d->open != NULL);
    if (d->open != NULL) {
        tr_sim_at(sim, sim->now_us + tr_sim_between(&d->staff_rng, 2 * SIM_S, 5 * SIM_S), greet, d);
    }
}

/* --- in and out ------------------------------------------------------------------------ */

static bool joins_party(const struct door *d, int64_t at_us)
{
    return d->plan->party_window_ns > 0 && d->last != NULL &&
           at_us - d->last_us <= us(d->plan->party_window_ns) &&
           at_us - d->first_us <= us(d->plan->party_max_ns);
}

static void new_party(struct door *d, struct visitor *v)
{
    struct tr_sim *sim = d->sim;
    struct party *p = tr_sim_new(sim, sizeof(*p));
    if (p == NULL) {
        return;
    }
    p->truth = tr_sim_truth(sim, TR_TRUTH_CUSTOMER, d->station, sim->now_us, 1);
    p->here = 1;
    p->open = true;
    struct party **end = &d->open;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = p;
    v->party = p;
    d->last = p;
    d->first_us = sim->now_us;
    d->last_us = sim->now_us;
    if (sim->now_us - d->early_us <= us(d->plan->early_ns)) {
        d->early_us = -SIM_HOUR;
        answer(d, p, sim->now_us);
        return;
    }
    meet(d);
    tr_sim_at(sim,
              sim->now_us + tr_sim_lognormal(&d->staff_rng, sim->opt->habits[d->station].answer_us,
                                             sim->opt->spread),
              greet, d);
}

static void walk_out(struct tr_sim *sim, void *who);

static void loses_patience(struct tr_sim *sim, void *who)
{
    struct group *g = who;
    const struct party *p = g->visitor[0].party;
    if (p != NULL && p->open) {
        walk_out(sim, g);
    }
}

static void enters(struct tr_sim *sim, void *who)
{
    struct visitor *v = who;
    struct door *d = v->group->door;
    if (joins_party(d, sim->now_us)) {
        d->last_us = sim->now_us;
        v->party = d->last;
        v->party->here++;
        sim->truths[v->party->truth].party += v->party->open;
    } else {
        new_party(d, v);
    }
    if (++v->group->inside < v->group->people) {
        return;
    }
    const int64_t patience = tr_sim_patience(sim, &d->rng, d->station);
    if (patience != SIM_NEVER) {
        tr_sim_at(sim, sim->now_us + patience + 3 * SIM_S, loses_patience, v->group);
    }
    int64_t visit = tr_sim_lognormal(&d->rng, VISIT_S * SIM_S, sim->opt->spread);
    visit = visit > VISIT_MAX_S * SIM_S ? VISIT_MAX_S * SIM_S : visit + 30 * SIM_S;
    tr_sim_at(sim, sim->now_us + visit, walk_out, v->group);
}

static void exits(struct tr_sim *sim, void *who)
{
    struct visitor *v = who;
    struct party *p = v->party;
    struct door *d = v->group->door;
    if (p != NULL && p->open && --p->here == 0) {
        tr_sim_ends(sim, p->truth, sim->now_us, TR_OUTCOME_ABANDONED);
        drop(d, p);
        d->last = d->last == p ? NULL : d->last;
    }
}

/* The single contact of a door, or a single beam: it cannot tell in from out. */
static int64_t through_one(struct door *d, bool in, int64_t at_us)
{
    const int sensor = d->plan->arrive.index;
    const bool beam = d->sim->plan->sensors[sensor].type == TR_SENSOR_BEAM;
    const int64_t until = at_us + (beam ? tr_sim_between(&d->rng, 180 * SIM_MS, 350 * SIM_MS)
                                        : tr_sim_between(&d->rng, 1500 * SIM_MS, 3000 * SIM_MS));
    tr_sim_cover(d->sim, sensor, at_us, until);
    if (in) {
        tr_sim_cover(d->sim, d->plan->inside, at_us + 900 * SIM_MS, at_us + 2200 * SIM_MS);
    } else {
        tr_sim_cover(d->sim, d->plan->inside, at_us - 1800 * SIM_MS, at_us - 400 * SIM_MS);
    }
    return until;
}

/* All of a group through the door, from now on. */
static void pass(struct group *g, bool in, int64_t at_us)
{
    struct door *d = g->door;
    struct tr_sim *sim = d->sim;
    const bool gate = d->plan->arrive.kind == TR_SOURCE_GATE;
    int64_t at = at_us;
    for (int32_t i = 0; i < g->people; i++) {
        int64_t counts = at;
        int64_t clear = at;
        if (gate) {
            clear = tr_sim_walk(sim, d->plan->arrive.index, &d->rng, in, g->people == 1, at);
            counts = clear;
        } else if (d->plan->arrive.kind == TR_SOURCE_SENSOR) {
            clear = through_one(d, in, at);
            counts = at_us; /* one opening of the door */
        }
        tr_sim_at(sim, counts, in ? enters : exits, &g->visitor[i]);
        d->crossed_us = counts;
        at = g->merged ? at + tr_sim_between(&d->rng, 0, 80 * SIM_MS)
                       : (gate ? clear : at) + tr_sim_between(&d->rng, 300 * SIM_MS, 1200 * SIM_MS);
    }
    const int64_t rest = gate ? 500 * SIM_MS : 2500 * SIM_MS;
    tr_sim_source_taken(sim, d->plan->arrive, at + rest + sim->opt->spacing_us);
}

static void comes_out(struct tr_sim *sim, void *who)
{
    struct group *g = who;
    const int64_t at = tr_sim_source_free(sim, g->door->plan->arrive, sim->now_us);
    if (at > sim->now_us) {
        tr_sim_at(sim, at, comes_out, g);
        return;
    }
    pass(g, false, at);
    tr_sim_leaves(sim, g->door->station,
                  g->visitor[0].party != NULL ? g->visitor[0].party->truth : 0, at);
}

static void walk_out(struct tr_sim *sim, void *who)
{
    struct group *g = who;
    if (!g->leaving) {
        g->leaving = true;
        /* Two seconds before the door: a mat inside may see them come. */
        tr_sim_at(sim, sim->now_us + 2 * SIM_S, comes_out, g);
    }
}

static void comes_in(struct tr_sim *sim, void *who)
{
    struct group *g = who;
    struct door *d = g->door;
    int64_t at = tr_sim_source_free(sim, d->plan->arrive, sim->now_us);
    if (at > sim->now_us) {
        tr_sim_at(sim, at, comes_in, g);
        return;
    }
    const bool gate = d->plan->arrive.kind == TR_SOURCE_GATE;
    if (gate && tr_sim_chance(&d->rng, sim->opt->turn_back)) {
        at = tr_sim_turn_back(sim, d->plan->arrive.index, &d->rng, at) + SIM_S;
        tr_sim_source_taken(sim, d->plan->arrive, at);
        tr_sim_at(sim, at, comes_in, g);
        return;
    }
    pass(g, true, at);
    const bool free = sim->now_us > d->key_us && sim->now_us > d->pressed_us + SIM_S;
    if (gate && is_button(d) && d->open == NULL && free && !joins_party(d, at + 2 * SIM_S) &&
        tr_sim_chance(&d->staff_rng, sim->opt->early)) {
        press(d);
        d->early_us = sim->now_us;
    }
}

static void comes(struct tr_sim *sim, void *who)
{
    struct door *d = who;
    struct group *g = tr_sim_new(sim, sizeof(*g));
    if (g == NULL) {
        return;
    }
    g->door = d;
    g->people = tr_sim_size(sim, &d->rng, d->station);
    g->merged = tr_sim_chance(&d->rng, sim->opt->merged);
    for (int32_t i = 0; i < g->people; i++) {
        g->visitor[i].group = g;
    }
    comes_in(sim, g);
    tr_sim_at(sim, tr_sim_arrival(sim, &d->rng, sim->opt->habits[d->station].rate_mh), comes, d);
}

/* --- no customers --------------------------------------------------------------------------- */

static void passed(struct tr_sim *sim, void *who)
{
    const struct passage *p = who;
    const size_t truth = tr_sim_truth(sim, p->kind, p->door->station, sim->now_us, 1);
    struct tr_sim_truth *t = &sim->truths[truth];
    t->in = p->in;
    t->keyed = p->keyed;
    t->own_wait = p->own_wait;
}

static void works(struct tr_sim *sim, void *who)
{
    struct passage *p = who;
    struct door *d = p->door;
    int64_t at = tr_sim_source_free(sim, d->plan->arrive, sim->now_us);
    if (at > sim->now_us) {
        tr_sim_at(sim, at, works, p);
        return;
    }
    p->keyed = d->plan->void_key != TR_NONE && !tr_sim_chance(&d->staff_rng, sim->opt->forget);
    /* The key takes back the newest passage: staff are taught to press it first
     * only at a door that has been quiet. */
    const bool quiet = at - d->crossed_us > us(d->plan->void_within_ns) + SIM_S;
    const bool before = tr_sim_chance(&d->staff_rng, SIM_SURE / 2) && quiet;
    const int64_t held = tr_sim_between(&d->staff_rng, 120 * SIM_MS, 300 * SIM_MS);
    if (p->keyed && before) {
        tr_sim_cover(sim, d->plan->void_key, at, at + held);
        at += tr_sim_between(&d->staff_rng, 500 * SIM_MS, 1500 * SIM_MS);
    }
    int64_t clear = at;
    int64_t counts = at;
    if (d->plan->arrive.kind == TR_SOURCE_GATE) {
        clear = tr_sim_walk(sim, d->plan->arrive.index, &d->staff_rng, p->in, true, at);
        counts = clear;
    } else {
        clear = through_one(d, p->in, at);
    }
    p->own_wait = p->in && p->keyed && (before || !joins_party(d, counts));
    if (p->keyed && !before) {
        clear += tr_sim_between(&d->staff_rng, 300 * SIM_MS, 1200 * SIM_MS);
        tr_sim_cover(sim, d->plan->void_key, clear, clear + held);
        clear += held;
    }
    d->key_us = clear > d->key_us ? clear : d->key_us;
    tr_sim_source_taken(sim, d->plan->arrive, clear + SIM_S + sim->opt->spacing_us);
    d->crossed_us = counts;
    tr_sim_at(sim, counts, passed, p);
    if (p->kind == TR_TRUTH_DELIVERY && p->in) { /* what goes in comes out */
        struct passage *out = tr_sim_new(sim, sizeof(*out));
        if (out != NULL) {
            *out = (struct passage){.door = d, .in = false, .kind = p->kind};
            tr_sim_at(sim, clear + tr_sim_between(&d->staff_rng, 40 * SIM_S, 180 * SIM_S), works,
                      out);
        }
    }
}

static void comes_to_work(struct tr_sim *sim, struct door *d, enum tr_sim_truth_kind kind,
                          tr_sim_fn again, int64_t rate_mh)
{
    struct passage *p = tr_sim_new(sim, sizeof(*p));
    if (p == NULL) {
        return;
    }
    *p = (struct passage){.door = d, .kind = kind};
    p->in = kind == TR_TRUTH_DELIVERY || tr_sim_chance(&d->staff_rng, SIM_SURE / 2);
    works(sim, p);
    tr_sim_at(sim, tr_sim_arrival(sim, &d->staff_rng, rate_mh), again, d);
}

static void staff_comes(struct tr_sim *sim, void *who)
{
    comes_to_work(sim, who, TR_TRUTH_STAFF, staff_comes, sim->opt->staff_mh);
}

static void delivery_comes(struct tr_sim *sim, void *who)
{
    comes_to_work(sim, who, TR_TRUTH_DELIVERY, delivery_comes, sim->opt->deliveries_mh);
}

void tr_sim_greeting(struct tr_sim *sim, int station)
{
    struct door *d = tr_sim_new(sim, sizeof(*d));
    if (d == NULL) {
        return;
    }
    sim->station[station] = d;
    d->sim = sim;
    d->station = station;
    d->plan = &sim->plan->stations[station].u.greeting;
    d->last_us = d->first_us = d->early_us = d->key_us = d->pressed_us = d->crossed_us = -SIM_HOUR;
    tr_sim_rng_init(&d->rng, sim->opt->seed, (uint64_t)station + 1);
    tr_sim_rng_init(&d->staff_rng, sim->opt->seed, (uint64_t)station + 101);
    tr_sim_at(sim, tr_sim_arrival(sim, &d->rng, sim->opt->habits[station].rate_mh), comes, d);
    tr_sim_at(sim, tr_sim_arrival(sim, &d->staff_rng, sim->opt->staff_mh), staff_comes, d);
    tr_sim_at(sim, tr_sim_arrival(sim, &d->staff_rng, sim->opt->deliveries_mh), delivery_comes, d);
}
