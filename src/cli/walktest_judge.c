/* What a walk test found, what to change, and whether the shop can open. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "cli/walktest.h"

enum { WHERE = TR_NAME_MAX + 24 };

struct judge {
    struct tr_commissioning *c;
    const char *chip;
    bool fault, open;
};

/* @return the finding, its advice still to be written; the last of too many is overwritten. */
__attribute__((format(printf, 5, 6))) static struct tr_finding *
find(struct judge *j, enum tr_finding_severity severity, const char *code, const char *subject,
     const char *fmt, ...)
{
    const int last = TR_FINDINGS_MAX - 1;
    struct tr_finding *f = &j->c->finding[j->c->findings_n < last ? j->c->findings_n : last];
    j->c->findings_n += j->c->findings_n <= last;
    *f = (struct tr_finding){.severity = severity, .code = code};
    snprintf(f->subject, sizeof(f->subject), "%s", subject);
    va_list args;
    va_start(args, fmt);
    vsnprintf(f->text, sizeof(f->text), fmt, args);
    va_end(args);
    j->fault = j->fault || severity == TR_FINDING_FAULT;
    return f;
}

__attribute__((format(printf, 2, 3))) static void advise(struct tr_finding *f, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(f->advice, sizeof(f->advice), fmt, args);
    va_end(args);
}

static const char *at_line(const struct judge *j, int sensor, char *buf)
{
    tr_walk_where(j->chip, &j->c->plan->sensors[sensor].line, buf, WHERE);
    return buf;
}

static void judge_inverted(struct judge *j, const struct tr_sensor *s)
{
    const char *other = s->line.active_low ? "high" : "low";
    struct tr_finding *f = find(j, TR_FINDING_FAULT, "inverted", s->id,
                                "%s reads active at rest, and inactive when it is used", s->id);
    if (s->line.bias == TR_BIAS_PULL_UP && !s->line.active_low) {
        advise(f,
               "Use the sensor's normally closed contact (a beam: light-on), so that a cut cable "
               "is seen. Where there is none, set active = \"low\" for sensor %s; then a cut cable "
               "reads as rest and is never noticed.",
               s->id);
    } else {
        advise(f,
               "Set active = \"%s\" for sensor %s, or use the contact's other terminal (NO, NC).",
               other, s->id);
    }
}

static void judge_crossed(struct judge *j, int i)
{
    const struct tr_plan *p = j->c->plan;
    const int o = j->c->input[i].instead;
    const struct tr_commission_input *other = &j->c->input[o];
    const bool pair = other->result == TR_COMMISSION_CROSSED && other->instead == i;
    char here[WHERE], there[WHERE];
    if (pair && o < i) {
        return; /* told with the other one */
    }
    at_line(j, i, here);
    at_line(j, o, there);
    struct tr_finding *f = find(j, TR_FINDING_FAULT, "crossed", p->sensors[i].id,
                                pair ? "%s and %s are crossed: each answers for the other"
                                     : "asked for %s, %s answered",
                                p->sensors[i].id, p->sensors[o].id);
    advise(f,
           "Swap the two cables at the terminals of %s and %s; or swap the two lines in the "
           "configuration: %s on %s, %s on %s.",
           here, there, p->sensors[i].id, there, p->sensors[o].id, here);
}

static void judge_dead(struct judge *j, int i)
{
    const struct tr_sensor *s = &j->c->plan->sensors[i];
    char where[WHERE];
    at_line(j, i, where);
    if (j->c->input[i].result == TR_COMMISSION_STUCK) {
        advise(find(j, TR_FINDING_FAULT, "stuck", s->id, "%s (%s) reads active and never changed",
                    s->id, where),
               "A cut cable, a pulled plug or a sensor without supply reads like this: look at "
               "the cable, the sensor's supply and its lamp. If all is well there, the level is "
               "inverted: try active = \"%s\".",
               s->line.active_low ? "high" : "low");
        return;
    }
    struct tr_finding *f =
        find(j, TR_FINDING_FAULT, "dead", s->id, "nothing came from %s (%s)", s->id, where);
    if (s->line.bias == TR_BIAS_PULL_UP && !s->line.active_low) {
        advise(f,
               "The line is held at rest: a short to ground, the wrong terminal, or a sensor that "
               "never opens. Take the wire off the terminal of %s: it must read active then.",
               where);
    } else {
        advise(f,
               "Bridge the terminal of %s to %s: if it answers then, the fault is in the cable or "
               "the sensor; if not, it is another terminal or another line = in the configuration.",
               where, s->line.bias == TR_BIAS_PULL_DOWN ? "3V3" : "GND");
    }
}

static void judge_unsteady(struct judge *j, int i)
{
    const struct tr_sensor *s = &j->c->plan->sensors[i];
    const int32_t n = j->c->input[i].unsteady_per_s;
    const bool hz50 = (n >= 94 && n <= 106) || (n >= 188 && n <= 212);
    const bool hz60 = (n >= 113 && n <= 127) || (n >= 226 && n <= 254);
    struct tr_finding *f = find(j, TR_FINDING_FAULT, "unsteady", s->id,
                                "%s is never still: %" PRId32 " changes a second%s", s->id, n,
                                hz50   ? ", mains hum (50 Hz)"
                                : hz60 ? ", mains hum (60 Hz)"
                                       : "");
    if (hz50 || hz60) {
        advise(f, "The cable picks up mains: lay it away from mains, ground its screen at the box, "
                  "or use the 24 V circuit with opto-coupler (opto24).");
    } else {
        advise(f, "A loose terminal, a beam that half sees its partner, or no pull-up: tighten, "
                  "align, check bias and supply.");
    }
}

static void judge_bounce(struct judge *j, int i)
{
    const struct tr_sensor *s = &j->c->plan->sensors[i];
    const struct tr_commission_input *in = &j->c->input[i];
    char longest[24], want[24], have[24];
    if (in->spikes > 0 && in->unsteady_per_s == 0) {
        advise(find(j, TR_FINDING_ADVICE_ONLY, "spikes", s->id,
                    "%s had %" PRIu32 " pulse%s too short for anybody", s->id, in->spikes,
                    in->spikes == 1 ? "" : "s"),
               "Interference or a loose wire: check terminal and screen; the debounce keeps them "
               "out as long as it is longer.");
    }
    if (in->suggested_ns == 0 || in->suggested_ns <= in->configured_ns) {
        return;
    }
    tr_walk_ms(in->longest_ns, longest, sizeof(longest));
    tr_walk_ms(in->suggested_ns, want, sizeof(want));
    tr_walk_ms(in->configured_ns, have, sizeof(have));
    const bool counts_twice = in->longest_ns >= in->configured_ns;
    struct tr_finding *f =
        find(j, counts_twice ? TR_FINDING_FAULT : TR_FINDING_ADVICE_ONLY, "debounce", s->id,
             "%s bounced for up to %s; %s are configured%s", s->id, longest, have,
             counts_twice ? ", so one touch may count twice" : "");
    advise(f,
           "Set debounce_ms = %" PRId64 " for sensor %s: twice the longest of %" PRIu32
           " bounce%s seen, rounded up.",
           in->suggested_ns / TR_NS_PER_MS, s->id, in->bounces, in->bounces == 1 ? "" : "s");
}

static void judge_input(struct judge *j, int i)
{
    const struct tr_sensor *s = &j->c->plan->sensors[i];
    const struct tr_commission_input *in = &j->c->input[i];
    if (in->unsteady_per_s > 0) {
        judge_unsteady(j, i);
    } else if (in->result == TR_COMMISSION_INVERTED) {
        judge_inverted(j, s);
    } else if (in->result == TR_COMMISSION_CROSSED) {
        judge_crossed(j, i);
    } else if (in->result == TR_COMMISSION_DEAD || in->result == TR_COMMISSION_STUCK) {
        judge_dead(j, i);
    } else if (in->result == TR_COMMISSION_ONE_WAY) {
        advise(find(j, TR_FINDING_FAULT, "one_way", s->id, "%s went and did not come back", s->id),
               "Something still stands in it, a door hangs, or a button sticks; else the contact "
               "or the beam's receiver is broken.");
    }
    judge_bounce(j, i);
    if (in->lost > 0) {
        advise(find(j, TR_FINDING_ADVICE_ONLY, "lost", s->id,
                    "%" PRIu32 " edges of %s were not told", in->lost, s->id),
               "Its bounces may be longer than seen. Stop the service and walk again without it.");
    }
    j->open = j->open || in->result <= TR_COMMISSION_SKIPPED;
}

static void judge_gate(struct judge *j, int i)
{
    const struct tr_plan *p = j->c->plan;
    const struct tr_gate *gate = &p->gates[i];
    const struct tr_commission_gate *g = &j->c->gate[i];
    char outer[WHERE], inner[WHERE], ms[24];
    at_line(j, gate->outer, outer);
    at_line(j, gate->inner, inner);
    if (g->result == TR_COMMISSION_SWAPPED) {
        advise(find(j, TR_FINDING_FAULT, "swapped", gate->id,
                    "walking in broke the inner beam of %s %s before the outer", gate->id,
                    tr_walk_ms(-g->transit_ns, ms, sizeof(ms))),
               "Who comes in is counted as going out. Swap the cables at the terminals of %s and "
               "%s, or in the configuration: outer = \"%s\"; inner = \"%s\";",
               outer, inner, p->sensors[gate->inner].id, p->sensors[gate->outer].id);
    } else if (g->result == TR_COMMISSION_DEAD) {
        advise(find(j, TR_FINDING_FAULT, "gate", gate->id, "walking in through %s: %s", gate->id,
                    g->outer   ? "only the outer beam was seen"
                    : g->inner ? "only the inner beam was seen"
                               : "neither beam was seen"),
               "Whoever walks through must break both: check their height (hip, not foot), and the "
               "terminals of %s (outer) and %s (inner).",
               outer, inner);
    } else if (g->result == TR_COMMISSION_GOOD && g->transit_ns > gate->max_transit_ns) {
        advise(find(j, TR_FINDING_FAULT, "slow_gate", gate->id,
                    "walking in took %s from beam to beam; more than %.1f s is not counted",
                    tr_walk_ms(g->transit_ns, ms, sizeof(ms)), (double)gate->max_transit_ns / 1e9),
               "Move the beams closer together, or raise max_transit_s of gate %s.", gate->id);
    }
    j->open = j->open || g->result <= TR_COMMISSION_SKIPPED;
}

static void judge_output(struct judge *j, int i)
{
    const struct tr_output *o = &j->c->plan->outputs[i];
    const enum tr_commission_result result = j->c->output[i].result;
    char where[WHERE];
    tr_walk_where(j->chip, &o->line, where, sizeof(where));
    if (result == TR_COMMISSION_NOT_SEEN) {
        advise(find(j, TR_FINDING_FAULT, "not_seen", o->id, "nobody %s %s (%s)",
                    o->type == TR_OUTPUT_BUZZER ? "heard" : "saw", o->id, where),
               "If it was on all the time, set active = \"%s\". Else check its supply, its fuse "
               "and polarity; the terminal must show 3.3 V while it is driven.",
               o->line.active_low ? "high" : "low");
    }
    j->open = j->open || result <= TR_COMMISSION_SKIPPED || result == TR_COMMISSION_UNASKED;
}

void tr_walk_judge(struct tr_commissioning *c, const char *chip)
{
    struct judge j = {.c = c, .chip = chip};
    c->label = chip;
    c->findings_n = 0;
    for (int i = 0; i < c->plan->sensors_n; i++) {
        judge_input(&j, i);
    }
    for (int i = 0; i < c->plan->gates_n; i++) {
        judge_gate(&j, i);
    }
    for (int i = 0; i < c->plan->outputs_n; i++) {
        judge_output(&j, i);
    }
    c->verdict = j.fault  ? TR_COMMISSION_FAIL
                 : j.open ? TR_COMMISSION_INCOMPLETE
                          : TR_COMMISSION_PASS;
}
