/* Two beams in a row: outer then inner is in, inner then outer is out. A
 * crossing happens when its far beam clears (RULES 4; quadrature: THEORY 2.11). */
#include "core/core_private.h"

enum { ALONE_WALKS = 10 }; /* so many that broke one beam only: the other one is dead */

/* Body edges pass two beams 5 cm apart 25 ms after one another at a run. */
#define JUMP_NS (2 * TR_NS_PER_MS)

void tr_gate_reset(struct tr_core *core, int gate)
{
    core->gates[gate] =
        (struct gate){.phase = GATE_CLEAR, .phase_at = NS_LONG_AGO, .followed_at = NS_NEVER};
}

void tr_gate_lost(struct tr_core *core, int gate)
{
    const struct tr_gate *plan = &core->plan->gates[gate];
    const bool broken = core->sensors[plan->outer].level || core->sensors[plan->inner].level;
    tr_gate_reset(core, gate);
    core->gates[gate].phase = broken ? GATE_LOST : GATE_CLEAR;
}

static bool used_by(const struct tr_core *core, int gate, int station)
{
    const struct tr_station *st = &core->plan->stations[station];
    if (st->kind == TR_KIND_GREETING) {
        return st->u.greeting.arrive.kind == TR_SOURCE_GATE && st->u.greeting.arrive.index == gate;
    }
    const struct tr_queue_plan *q = &st->u.queue;
    return st->kind == TR_KIND_QUEUE &&
           ((q->join.kind == TR_SOURCE_GATE && q->join.index == gate) ||
            (q->leave.kind == TR_SOURCE_GATE && q->leave.index == gate));
}

/* Tell the stations that count this gate's crossings. */
static void crossed(struct tr_core *core, int gate, bool in, bool found, int64_t at, int64_t now)
{
    for (int s = 0; s < core->plan->stations_n; s++) {
        if (!used_by(core, gate, s)) {
            continue;
        }
        const struct tr_station *st = &core->plan->stations[s];
        if (st->kind == TR_KIND_GREETING) {
            tr_greeting_crossing(core, s, in, found, at);
        } else {
            const struct tr_source *leave = &st->u.queue.leave;
            tr_queue_crossing(core, s, leave->kind == TR_SOURCE_GATE && leave->index == gate, in,
                              found, at);
        }
        tr_sight_newcomers(core, s);
        tr_alert_update(core, s, now);
        tr_station_rearm(core, s);
    }
}

static void fault(struct tr_core *core, int gate)
{
    for (int s = 0; s < core->plan->stations_n; s++) {
        if (used_by(core, gate, s)) {
            core->stations[s].total.gate_faults++;
            tr_core_touch(core, s);
        }
    }
}

/* Both beams changed at once: no body does that. Two may, one clearing the far
 * beam in the moment in which the next one breaks the near one. */
static bool jumps(const struct gate *g, bool outer, int64_t at)
{
    const int64_t apart = at > g->phase_at ? at - g->phase_at : g->phase_at - at;
    const bool two_people = g->crossed || (g->phase == GATE_BOTH && g->behind);
    return outer != g->last_outer && apart <= JUMP_NS && !two_people;
}

/* Walks that broke one beam and never the other, which stayed clear. */
static void count_alone(struct tr_core *core, int gate, int64_t now)
{
    struct gate *g = &core->gates[gate];
    const struct tr_gate *plan = &core->plan->gates[gate];
    if (g->inward != g->alone_outer) {
        g->alone = 0;
        g->alone_outer = g->inward;
    }
    const int16_t other = g->inward ? plan->inner : plan->outer;
    if (core->sensors[other].storming) {
        g->alone = 0; /* it may say what it likes: nobody listens */
    } else if (++g->alone >= ALONE_WALKS) {
        g->alone = 0;
        tr_sensor_suspect(core, other, true, now);
    }
}

static void begin(struct gate *g, bool inward, bool found)
{
    g->phase = GATE_NEAR;
    g->inward = inward;
    g->found = found;
    g->deep = false;
    g->behind = false;
    g->spent_ns = 0;
    g->followed_at = NS_NEVER;
}

/* One beam changed: where the walk stands now. Broken are: near, both, far,
 * none. From far back to both somebody stepped back, or somebody follows; who
 * then clears the far beam was the one in front, if the other comes through. */
static void walk(struct tr_core *core, int gate, const struct input *in, bool near, bool far)
{
    struct gate *g = &core->gates[gate];
    const enum gate_phase was = (enum gate_phase)g->phase;
    const bool in_time = g->spent_ns <= core->plan->gates[gate].max_transit_ns;
    const bool inward = g->inward;
    const bool found = g->found;
    if (near && far) {
        g->behind |= was == GATE_FAR;
        g->deep = true;
        g->phase = GATE_BOTH;
    } else if (near) {
        if (g->behind) {
            g->followed_at = in_time ? in->at : NS_NEVER;
            g->spent_ns = 0;
        }
        g->behind = false;
        g->phase = GATE_NEAR;
    } else if (far) {
        const int64_t followed_at = g->followed_at;
        g->followed_at = NS_NEVER;
        g->behind = false;
        g->phase = GATE_FAR;
        if (followed_at != NS_NEVER) {
            crossed(core, gate, inward, found, followed_at, in->now);
        }
    } else {
        g->phase = GATE_CLEAR;
        if (was == GATE_FAR && in_time) {
            g->crossed = true;
            crossed(core, gate, inward, found, in->at, in->now);
        } else if (was == GATE_NEAR && !g->deep) {
            count_alone(core, gate, in->now);
        }
    }
}

void tr_gate_input(struct tr_core *core, int gate, const struct input *in)
{
    struct gate *g = &core->gates[gate];
    const struct tr_gate *plan = &core->plan->gates[gate];
    const bool outer_on = core->sensors[plan->outer].level;
    const bool inner_on = core->sensors[plan->inner].level;
    const bool outer = in->sensor == plan->outer;
    const bool jump = jumps(g, outer, in->at);
    if (outer != g->alone_outer) {
        g->alone = 0; /* the other one speaks */
    }
    if ((g->phase == GATE_NEAR || g->phase == GATE_FAR) && in->at > g->phase_at) {
        g->spent_ns += in->at - g->phase_at;
    }
    g->phase_at = in->at;
    g->last_outer = outer;
    g->crossed = false;
    if (g->phase == GATE_LOST) {
        g->phase = outer_on || inner_on ? GATE_LOST : GATE_CLEAR;
    } else if (jump) {
        g->phase = outer_on || inner_on ? GATE_LOST : GATE_CLEAR;
        if (!in->found) {
            fault(core, gate); /* levels are read at one time, and say nothing of it */
        }
    } else if (g->phase == GATE_CLEAR) {
        if (outer_on != inner_on) {
            begin(g, outer_on, in->found);
        }
    } else {
        g->found |= in->found;
        walk(core, gate, in, g->inward ? outer_on : inner_on, g->inward ? inner_on : outer_on);
    }
}
