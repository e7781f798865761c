/* Two beams in a row: outer then inner is in, inner then outer is out. A
 * crossing happens when its far beam clears (RULES 4; quadrature: THEORY 2.11). */
#include "core/core_private.h"

void tr_gate_reset(struct tr_core *core, int gate)
{
    core->gates[gate] = (struct gate){.phase = GATE_CLEAR, .phase_at = NS_LONG_AGO};
}

/* Which stations count this gate's crossings. */
static void crossed(struct tr_core *core, int gate, bool in, bool found, int64_t at, int64_t now)
{
    for (int s = 0; s < core->plan->stations_n; s++) {
        const struct tr_station *st = &core->plan->stations[s];
        if (st->kind == TR_KIND_GREETING && st->u.greeting.arrive.kind == TR_SOURCE_GATE &&
            st->u.greeting.arrive.index == gate) {
            tr_greeting_crossing(core, s, in, found, at);
        } else if (st->kind == TR_KIND_QUEUE) {
            const struct tr_queue_plan *q = &st->u.queue;
            const bool join = q->join.kind == TR_SOURCE_GATE && q->join.index == gate;
            const bool leave = q->leave.kind == TR_SOURCE_GATE && q->leave.index == gate;
            if (!join && !leave) {
                continue;
            }
            tr_queue_crossing(core, s, leave, in, found, at);
        } else {
            continue;
        }
        tr_alert_update(core, s, now);
        tr_station_rearm(core, s);
    }
}

/* Where the walk stands, by which beams are broken now and where it stood.
 * Walking in: OUTER, BOTH_IN, INNER_IN, clear. Out: the mirror image. Stepping
 * back is the same path in reverse. */
static enum gate_phase next_phase(enum gate_phase phase, bool outer, bool inner)
{
    const bool inward = phase == GATE_OUTER || phase == GATE_BOTH_IN || phase == GATE_INNER_IN;
    if (outer && inner) {
        return inward ? GATE_BOTH_IN : GATE_BOTH_OUT;
    }
    if (outer) {
        return phase == GATE_BOTH_OUT || phase == GATE_OUTER_OUT ? GATE_OUTER_OUT : GATE_OUTER;
    }
    if (inner) {
        return phase == GATE_BOTH_IN || phase == GATE_INNER_IN ? GATE_INNER_IN : GATE_INNER;
    }
    return GATE_CLEAR;
}

void tr_gate_input(struct tr_core *core, int gate, const struct input *in)
{
    struct gate *g = &core->gates[gate];
    const struct tr_gate *plan = &core->plan->gates[gate];
    const bool outer_on = core->sensors[plan->outer].level;
    const bool inner_on = core->sensors[plan->inner].level;
    const enum gate_phase was = (enum gate_phase)g->phase;
    const bool was_both = was == GATE_BOTH_IN || was == GATE_BOTH_OUT;
    if (was != GATE_CLEAR && !was_both) {
        g->spent_ns += tr_max_i64(0, in->at - g->phase_at);
    }
    const bool in_time = g->spent_ns <= plan->max_transit_ns;
    g->phase = (uint8_t)next_phase(was, outer_on, inner_on);
    g->phase_at = in->at;
    g->found = was == GATE_CLEAR ? in->found : g->found || in->found;
    if (was == GATE_CLEAR) {
        g->spent_ns = 0;
    }
    if (g->phase == GATE_CLEAR && was == GATE_INNER_IN && in_time) {
        crossed(core, gate, true, g->found, in->at, in->now);
    } else if (g->phase == GATE_CLEAR && was == GATE_OUTER_OUT && in_time) {
        crossed(core, gate, false, g->found, in->at, in->now);
    }
}
