/* A line and its tills: people join, stand, step up one after another, give
 * up, are called, walk over, are served. */
#include "cli/sim_line.h"
#include "cli/sim.h"

static const struct tr_queue_plan *plan_of(const struct line *line)
{
    return &line->sim->plan->stations[line->station].u.queue;
}

static bool tickets(const struct line *line)
{
    return plan_of(line)->discipline == TR_DISCIPLINE_TICKETS;
}

/* --- standing in line ----------------------------------------------------------- */

static int place_sensor(const struct guest *g, int32_t place)
{
    const struct tr_queue_plan *plan = plan_of(g->line);
    const bool in_row = g->lane == 0 && !tickets(g->line);
    return in_row && place < plan->places_n ? plan->places[place] : TR_NONE;
}

/* The sensor at a guest's feet lets go. */
static void stand_no_more(struct guest *g, int64_t at_us)
{
    if (g->standing) {
        const int sensor = place_sensor(g, g->place);
        tr_sim_cover(g->line->sim, sensor, g->since_us, at_us);
        g->standing = false;
        if (g->unseen && sensor != TR_NONE &&
            (at_us - g->since_us) * TR_NS_PER_US >= plan_of(g->line)->dwell_ns) {
            /* Without an entry beam this is the first the sensors know of them. */
            g->line->sim->truths[g->truth].arrived_us = g->since_us;
            g->unseen = false;
        }
    }
}

static void step_off(struct tr_sim *sim, void *who);
static void serve(struct line *line);

/* Whoever has room in front steps up, in a moment. */
static void shuffle(struct line *line, int lane)
{
    int32_t front = -1;
    for (struct guest *g = line->lanes[lane]; g != NULL && !tickets(line); g = g->behind) {
        if (g->standing && !g->stepping && g->place > front + 1) {
            g->stepping = true;
            tr_sim_at(line->sim,
                      line->sim->now_us + tr_sim_between(&line->rng, 1000 * SIM_MS, 2000 * SIM_MS),
                      step_off, g);
        }
        front = g->place;
    }
}

static void stands(struct tr_sim *sim, void *who)
{
    struct guest *g = who;
    if (g->gone) {
        return;
    }
    g->standing = true;
    g->since_us = sim->now_us;
    shuffle(g->line, g->lane);
    serve(g->line);
}

static void step_off(struct tr_sim *sim, void *who)
{
    struct guest *g = who;
    g->stepping = false;
    if (g->gone || !g->standing) {
        return;
    }
    stand_no_more(g, sim->now_us);
    g->place--;
    tr_sim_at(sim, sim->now_us + tr_sim_between(&g->line->rng, 400 * SIM_MS, 800 * SIM_MS), stands,
              g);
    shuffle(g->line, g->lane);
}

static void remove_guest(struct guest *g)
{
    struct guest **at = g->regular ? &g->line->regulars : &g->line->lanes[g->lane];
    while (*at != NULL && *at != g) {
        at = &(*at)->behind;
    }
    if (*at == g) {
        *at = g->behind;
    }
    g->behind = NULL;
}

/* --- being served ------------------------------------------------------------------ */

static void till_free(struct tr_sim *sim, void *who)
{
    struct till *till = who;
    till->busy = false;
    till->free_us = sim->now_us;
    serve(till->line);
}

static void served(struct tr_sim *sim, void *who)
{
    struct guest *g = who;
    tr_sim_leaves(sim, g->line->station, g->truth, sim->now_us);
}

static void cover_service(struct line *line, int sensor, int64_t on_us, int64_t off_us)
{
    struct tr_sim *sim = line->sim;
    const bool fidgets = tr_sim_chance(&line->rng, sim->opt->fidget);
    const int64_t away = tr_sim_between(&line->rng, 400 * SIM_MS, 1400 * SIM_MS);
    if (fidgets && off_us - on_us > 30 * SIM_S) {
        const int64_t from =
            tr_sim_between(&line->rng, on_us + 10 * SIM_S, off_us - away - 10 * SIM_S);
        tr_sim_cover(sim, sensor, on_us, from);
        on_us = from + away;
    }
    tr_sim_cover(sim, sensor, on_us, off_us);
}

/* A gate and nothing else: people are served somewhere behind it. */
static bool is_room(const struct tr_queue_plan *plan)
{
    return plan->join.kind == TR_SOURCE_GATE && plan->positions_n == 0 && plan->places_n == 0 &&
           plan->serve == TR_NONE;
}

static void goes_out(struct tr_sim *sim, void *who)
{
    struct guest *g = who;
    struct line *line = g->line;
    const struct tr_source way = plan_of(line)->join;
    const int64_t at = tr_sim_source_free(sim, way, sim->now_us);
    const int64_t clear = tr_sim_walk(sim, way.index, &line->rng, false, true, at);
    tr_sim_source_taken(sim, way, clear + SIM_S);
    tr_sim_ends(sim, g->truth, clear, TR_OUTCOME_ANSWERED);
}

/* The head of the line sets off for the till. */
static void depart(struct tr_sim *sim, void *who)
{
    struct guest *g = who;
    struct line *line = g->line;
    const struct tr_queue_plan *plan = plan_of(line);
    const struct till *till = g->till;
    const struct tr_position *position =
        plan->positions_n > 0 ? &plan->positions[till->index] : NULL;
    stand_no_more(g, sim->now_us);
    remove_guest(g);
    const int64_t walk = tr_sim_between(&line->rng, 2500 * SIM_MS, 4500 * SIM_MS);
    int64_t on = sim->now_us + walk;
    if (on < line->last_on_us + 300 * SIM_MS) {
        on = line->last_on_us + 300 * SIM_MS; /* nobody overtakes on the way */
    }
    line->last_on_us = on;
    const int64_t through = sim->now_us + (on - sim->now_us) / 2;
    tr_sim_cover(sim, plan->serve, through,
                 through + tr_sim_between(&line->rng, 180 * SIM_MS, 300 * SIM_MS));
    int64_t service =
        tr_sim_lognormal(&line->rng, sim->opt->habits[line->station].service_us, sim->opt->spread);
    const int64_t least = plan->min_stay_ns / TR_NS_PER_US + 2 * SIM_S;
    service = service < least ? least : service > SIM_HOUR ? SIM_HOUR : service;
    const int64_t off = on + service;
    if (position != NULL) {
        cover_service(line, position->presence, on, off);
    }
    const bool keyed = position != NULL && position->next != TR_NONE;
    const int64_t answered = plan->serve != TR_NONE ? through : position != NULL ? on : sim->now_us;
    struct tr_sim_truth *t = &sim->truths[g->truth];
    if (g->unseen && plan->places_n > 0) { /* straight up an empty row: only its head tells */
        t->arrived_us = g->since_us;
    }
    if (is_room(plan)) {
        tr_sim_at(sim, off, goes_out, g);
    } else if (!keyed) {
        tr_sim_ends(sim, g->truth, answered, TR_OUTCOME_ANSWERED);
    }
    if (!is_room(plan)) {
        t->service_us = off - (t->arrived_us + t->wait_us);
    }
    tr_sim_at(sim, off, served, g);
    tr_sim_at(sim, off, till_free, g->till);
    shuffle(line, g->lane);
}

static void call(struct line *line, struct till *till, struct guest *g)
{
    struct tr_sim *sim = line->sim;
    const struct tr_queue_plan *plan = plan_of(line);
    till->busy = true;
    g->till = till;
    g->called = true;
    if (plan->positions_n > 0 && plan->positions[till->index].next != TR_NONE) {
        const int64_t held = tr_sim_between(&line->rng, 120 * SIM_MS, 300 * SIM_MS);
        tr_sim_cover(sim, plan->positions[till->index].next, sim->now_us, sim->now_us + held);
        if (!g->gone) {
            tr_sim_ends(sim, g->truth, sim->now_us, TR_OUTCOME_ANSWERED);
        }
    }
    if (g->gone) { /* a ticket nobody holds any more: known when it is called */
        tr_sim_ends(sim, g->truth, sim->now_us, TR_OUTCOME_ABANDONED);
        remove_guest(g);
        tr_sim_at(sim, sim->now_us + tr_sim_between(&line->rng, 8 * SIM_S, 15 * SIM_S), till_free,
                  till);
        return;
    }
    tr_sim_at(sim, sim->now_us + tr_sim_between(&line->rng, 300 * SIM_MS, 1200 * SIM_MS), depart,
              g);
}

/* In a line of one's own, the last of a longer one comes over. */
static void change_lines(struct line *line, const struct till *till)
{
    if (!tr_sim_chance(&line->rng, line->sim->opt->change)) {
        return;
    }
    for (int i = 0; i < line->lanes_n; i++) {
        struct guest *g = line->lanes[i];
        if (i == till->index || g == NULL || g->behind == NULL) {
            continue;
        }
        while (g->behind != NULL) {
            g = g->behind;
        }
        if (!g->standing || g->called || place_sensor(g, g->place) != TR_NONE) {
            continue;
        }
        remove_guest(g);
        g->lane = till->index;
        g->place = 0;
        g->standing = false;
        g->stepping = false;
        line->lanes[till->index] = g;
        tr_sim_at(line->sim,
                  line->sim->now_us + tr_sim_between(&line->rng, 1500 * SIM_MS, 3000 * SIM_MS),
                  stands, g);
        return;
    }
}

static struct guest *next_guest(struct line *line, const struct till *till)
{
    if (line->regulars != NULL && line->regulars->standing && !line->regulars->called) {
        return line->regulars;
    }
    struct guest *g = line->lanes[line->lanes_n > 1 ? till->index : 0];
    while (g != NULL && g->called) {
        g = tickets(line) ? g->behind : NULL;
    }
    const bool ready =
        g != NULL && (tickets(line) ? g->standing || g->gone : g->standing && g->place == 0);
    return ready ? g : NULL;
}

static void serve(struct line *line)
{
    for (int i = 0; i < line->tills_n; i++) {
        struct till *till = &line->tills[i];
        if (till->busy) {
            continue;
        }
        struct guest *g = next_guest(line, till);
        if (g != NULL) {
            call(line, till, g);
        } else if (line->lanes_n > 1 && line->lanes[i] == NULL) {
            change_lines(line, till);
        }
    }
}

/* --- coming and giving up ---------------------------------------------------------- */

static void gives_up(struct tr_sim *sim, void *who)
{
    struct guest *g = who;
    struct line *line = g->line;
    const struct tr_queue_plan *plan = plan_of(line);
    if (g->called || g->gone) {
        return;
    }
    g->gone = true;
    stand_no_more(g, sim->now_us);
    sim->truths[g->truth].left_us = sim->now_us;
    if (tickets(line)) {
        return;
    }
    remove_guest(g);
    struct tr_source way = plan->leave;
    if (way.kind == TR_SOURCE_NONE && plan->join.kind == TR_SOURCE_GATE) {
        way = plan->join;
    }
    int64_t at = sim->now_us;
    if (way.kind != TR_SOURCE_NONE) {
        at = tr_sim_source_free(sim, way,
                                at + tr_sim_between(&line->rng, 1500 * SIM_MS, 4000 * SIM_MS));
        if (way.kind == TR_SOURCE_GATE) {
            at = tr_sim_walk(sim, way.index, &line->rng, false, true, at);
        } else {
            tr_sim_cover(sim, way.index, at,
                         at + tr_sim_between(&line->rng, 180 * SIM_MS, 350 * SIM_MS));
        }
        tr_sim_source_taken(sim, way, at + SIM_S);
    }
    tr_sim_ends(sim, g->truth, at, TR_OUTCOME_ABANDONED);
    shuffle(line, g->lane);
}

/* From the entry to the end of the line, past the places nobody stands on. */
static void walk_up(struct guest *g)
{
    struct line *line = g->line;
    struct tr_sim *sim = line->sim;
    int64_t at = sim->now_us + tr_sim_between(&line->rng, 800 * SIM_MS, 1500 * SIM_MS);
    for (int32_t p = plan_of(line)->places_n - 1; p > g->place; p--) {
        tr_sim_cover(sim, place_sensor(g, p), at,
                     at + tr_sim_between(&line->rng, 300 * SIM_MS, 450 * SIM_MS));
        at += tr_sim_between(&line->rng, 500 * SIM_MS, 700 * SIM_MS);
    }
    tr_sim_at(sim, at, stands, g);
}

static void joined(struct tr_sim *sim, void *who)
{
    struct guest *g = who;
    struct line *line = g->line;
    const struct tr_queue_plan *plan = plan_of(line);
    g->truth = tr_sim_truth(sim, TR_TRUTH_CUSTOMER, line->station, sim->now_us, g->people);
    const int64_t patience = tr_sim_patience(sim, &line->rng, line->station);
    if (patience != SIM_NEVER) {
        tr_sim_at(sim, sim->now_us + patience, gives_up, g);
    }
    const bool own = plan->positions_n > 0 && plan->positions[g->lane].join != TR_NONE;
    g->unseen = plan->join.kind == TR_SOURCE_NONE && !(line->lanes_n > 1 && own);
    struct guest **end = g->regular ? &line->regulars : &line->lanes[g->lane];
    const struct guest *last = NULL;
    while (*end != NULL) {
        last = *end;
        end = &(*end)->behind;
    }
    *end = g;
    g->place = last != NULL ? last->place + 1 : 0;
    if (tickets(line)) { /* a free clerk looks up first */
        tr_sim_at(sim, sim->now_us + tr_sim_between(&line->rng, 1500 * SIM_MS, 4000 * SIM_MS),
                  stands, g);
    } else if (g->regular) {
        g->place = INT32_MAX / 2; /* beside the line, on nobody's place */
        tr_sim_at(sim, sim->now_us + 2 * SIM_S, stands, g);
    } else {
        walk_up(g);
    }
}

static int shortest_lane(const struct line *line)
{
    int best = 0;
    int32_t least = INT32_MAX;
    for (int i = 0; i < line->lanes_n; i++) {
        int32_t n = line->lanes_n > 1 && line->tills[i].busy ? 1 : 0;
        for (const struct guest *g = line->lanes[i]; g != NULL; g = g->behind) {
            n++;
        }
        if (n < least) {
            least = n;
            best = i;
        }
    }
    return best;
}

static void comes(struct tr_sim *sim, void *who)
{
    struct line *line = who;
    const struct tr_queue_plan *plan = plan_of(line);
    struct guest *g = tr_sim_new(sim, sizeof(*g));
    if (g == NULL) {
        return;
    }
    g->line = line;
    g->people = tickets(line) ? 1 : tr_sim_size(sim, &line->rng, line->station);
    g->regular = !tickets(line) && tr_sim_chance(&line->rng, sim->opt->jump);
    g->lane = shortest_lane(line);
    struct tr_source way = plan->join;
    if (line->lanes_n > 1 && plan->positions[g->lane].join != TR_NONE) {
        way = (struct tr_source){TR_SOURCE_SENSOR, plan->positions[g->lane].join};
    }
    int64_t at = tr_sim_source_free(sim, way, sim->now_us);
    int64_t arrived = at;
    const bool merged = tr_sim_chance(&line->rng, sim->opt->merged);
    for (int32_t i = 0; i < g->people; i++) {
        if (way.kind == TR_SOURCE_GATE) {
            const int64_t clear = tr_sim_walk(sim, way.index, &line->rng, true, g->people == 1, at);
            arrived = i == 0 ? clear : arrived;
            at = merged ? at : clear;
        } else {
            const int64_t until = at + tr_sim_between(&line->rng, 180 * SIM_MS, 350 * SIM_MS);
            tr_sim_cover(sim, way.index, at, until);
            at = merged ? at : until;
        }
        at += merged ? tr_sim_between(&line->rng, 0, 80 * SIM_MS)
                     : tr_sim_between(&line->rng, 500 * SIM_MS, 1500 * SIM_MS);
    }
    tr_sim_source_taken(sim, way, at + SIM_S + sim->opt->spacing_us);
    tr_sim_at(sim, arrived, joined, g);
    tr_sim_at(sim, tr_sim_arrival(sim, &line->rng, line->rate_mh), comes, line);
}

/* Somebody stops at a position where nobody is served, and walks on. */
static void passes_by(struct tr_sim *sim, void *who)
{
    struct line *line = who;
    const struct tr_queue_plan *plan = plan_of(line);
    tr_sim_at(sim, tr_sim_arrival(sim, &line->passers, sim->opt->passers_mh), passes_by, line);
    for (int i = 0; i < line->lanes_n; i++) {
        if (line->lanes[i] != NULL) {
            return; /* not with a line standing there */
        }
    }
    const int64_t until = sim->now_us + tr_sim_between(&line->passers, 800 * SIM_MS, 2500 * SIM_MS);
    for (int i = 0; i < line->tills_n; i++) {
        struct till *till = &line->tills[i];
        if (!till->busy && line->last_on_us < sim->now_us - 10 * SIM_S &&
            sim->now_us > till->free_us + 10 * SIM_S) {
            till->busy = true;
            tr_sim_cover(sim, plan->positions[till->index].presence, sim->now_us, until);
            tr_sim_at(sim, until + SIM_S, till_free, till);
            return;
        }
    }
}

void tr_sim_queue(struct tr_sim *sim, int station)
{
    struct line *line = tr_sim_new(sim, sizeof(*line));
    if (line == NULL) {
        return;
    }
    sim->station[station] = line;
    line->sim = sim;
    line->station = station;
    line->rate_mh = sim->opt->habits[station].rate_mh;
    line->last_on_us = -SIM_HOUR;
    tr_sim_rng_init(&line->rng, sim->opt->seed, (uint64_t)station + 1);
    const struct tr_queue_plan *plan = plan_of(line);
    const int32_t all = plan->positions_n > 0 ? plan->positions_n : 2;
    line->tills_n = sim->opt->tills > 0 && sim->opt->tills < all ? sim->opt->tills : all;
    line->lanes_n = plan->discipline == TR_DISCIPLINE_LINE_PER_POSITION ? line->tills_n : 1;
    for (int i = 0; i < line->tills_n; i++) {
        line->tills[i].line = line;
        line->tills[i].index = i;
        for (int o = 0; o < sim->open_n && plan->positions_n > 0; o++) {
            tr_sim_cover(sim, plan->positions[i].staffed, sim->open[o].from_us + SIM_S,
                         sim->open[o].to_us + 5 * SIM_MIN);
        }
    }
    tr_sim_at(sim, tr_sim_arrival(sim, &line->rng, line->rate_mh), comes, line);
    tr_sim_rng_init(&line->passers, sim->opt->seed, (uint64_t)station + 101);
    if (plan->positions_n > 0) {
        tr_sim_at(sim, tr_sim_arrival(sim, &line->passers, sim->opt->passers_mh), passes_by, line);
    }
}
