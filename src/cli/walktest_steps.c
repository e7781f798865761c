/* What is asked next, and what came of it. */
#include <string.h>

#include "cli/walktest.h"

#define NOT_YET  INT64_MIN
#define REST_NS  (2 * TR_NS_PER_S)     /* nobody touches anything */
#define TOLD_NS  (TR_NS_PER_S)         /* time to read a result; late bounces belong to it */
#define OTHER_NS (3 * TR_NS_PER_S)     /* so long after another answered, it was that one */
#define GATE_NS  (1500 * TR_NS_PER_MS) /* after both beams, whatever they read */

/* --- results ------------------------------------------------------------------------- */

static enum tr_commission_result *result_of(const struct tr_walk *w,
                                            const struct tr_walk_step *step)
{
    return step->kind == TR_WALK_INPUT    ? &w->record->input[step->index].result
           : step->kind == TR_WALK_GATE   ? &w->record->gate[step->index].result
           : step->kind == TR_WALK_OUTPUT ? &w->record->output[step->index].result
                                          : NULL;
}

enum tr_commission_result tr_walk_result(const struct tr_walk *w, const struct tr_walk_step *step)
{
    const enum tr_commission_result *result = result_of(w, step);
    return result != NULL ? *result : TR_COMMISSION_GOOD;
}

/* What the line has to say goes into the record, tested or not. */
static void harvest(struct tr_walk *w, int sensor)
{
    const struct tr_walk_line *line = &w->line[sensor];
    struct tr_commission_input *in = &w->record->input[sensor];
    in->edges = line->edges;
    in->lost = line->lost;
    in->bounces = line->bounces;
    in->spikes = line->spikes;
    memcpy(in->histogram, line->histogram, sizeof(in->histogram));
    in->longest_ns = line->longest_ns;
    in->suggested_ns = tr_walk_suggest(line->longest_ns);
    in->unsteady_per_s = line->unsteady_per_s;
    in->actuations = (line->changes + 1) / 2;
    if (in->unsteady_per_s > 0 && in->result == TR_COMMISSION_GOOD) {
        in->result = TR_COMMISSION_UNSTEADY; /* it began after it was asked for */
    }
}

const struct tr_walk_step *tr_walk_now(const struct tr_walk *w)
{
    return w->phase != TR_WALK_OVER ? &w->step[w->at] : NULL;
}

static struct tr_walk_news *tell(struct tr_walk *w, enum tr_walk_news_kind kind)
{
    struct tr_walk_news *news = &w->news[w->news_n++ % TR_WALK_NEWS];
    *news = (struct tr_walk_news){.kind = kind, .step = w->at, .sensor = TR_NONE};
    return news;
}

/* Begin step w->at, whatever became of it before. */
static void begin_step(struct tr_walk *w)
{
    const struct tr_walk_step *step = &w->step[w->at];
    w->phase = TR_WALK_ASK;
    w->step_ns = w->now_ns;
    w->cycles = 0;
    memset(w->other, 0, sizeof(w->other));
    w->other_ns = w->outer_ns = w->inner_ns = NOT_YET;
    if (step->kind == TR_WALK_INPUT) {
        struct tr_commission_input *in = &w->record->input[step->index];
        const struct tr_walk_line *line = &w->line[step->index];
        in->at_rest = in->at_rest < 0 ? line->settled : in->at_rest;
        in->went = in->back = false;
        in->instead = TR_NONE;
    } else if (step->kind == TR_WALK_OUTPUT) {
        w->driven_n++;
    }
    if (result_of(w, step) != NULL) {
        *result_of(w, step) = TR_COMMISSION_NOT_TESTED;
    }
    (void)tell(w, TR_WALK_ASKED);
}

static void next_step(struct tr_walk *w)
{
    if (++w->at == w->steps_n) {
        w->at--;
        tr_walk_end(w);
    } else {
        begin_step(w);
    }
}

static void decide(struct tr_walk *w, enum tr_commission_result result)
{
    *result_of(w, &w->step[w->at]) = result;
    if (w->step[w->at].kind == TR_WALK_INPUT) {
        harvest(w, w->step[w->at].index);
    }
    w->phase = TR_WALK_TOLD;
    w->told_ns = w->now_ns;
    (void)tell(w, TR_WALK_DECIDED);
    w->good_n += result == TR_COMMISSION_GOOD;
    w->bad_n += result != TR_COMMISSION_GOOD && result != TR_COMMISSION_SEEN &&
                result != TR_COMMISSION_SKIPPED;
}

void tr_walk_end(struct tr_walk *w)
{
    for (int i = 0; i < w->plan->sensors_n; i++) {
        harvest(w, i);
    }
    w->record->took_ns = w->now_ns - w->began_ns;
    w->phase = TR_WALK_OVER;
}

bool tr_walk_over(const struct tr_walk *w)
{
    return w->phase == TR_WALK_OVER;
}

/* --- one input ------------------------------------------------------------------------- */

/* @return the one other that answered both ways and not to its own name; TR_NONE: none, or
 * more than one. */
static int16_t instead(const struct tr_walk *w)
{
    int16_t found = TR_NONE;
    for (int16_t i = 0; i < w->plan->sensors_n; i++) {
        if (w->other[i] == 2 && w->line[i].unsteady_per_s == 0 &&
            w->record->input[i].result != TR_COMMISSION_GOOD) {
            if (found != TR_NONE) {
                return TR_NONE;
            }
            found = i;
        }
    }
    return found;
}

/* The time is up, or the installer says that nothing more comes. */
static void conclude_input(struct tr_walk *w, int sensor)
{
    struct tr_commission_input *in = &w->record->input[sensor];
    const int16_t other = instead(w);
    if (w->line[sensor].unsteady_per_s > 0) {
        decide(w, TR_COMMISSION_UNSTEADY);
    } else if (w->cycles > 0 && w->phase == TR_WALK_ASK) {
        in->back = true; /* fewer times than asked, but both ways */
        decide(w, in->at_rest > 0 ? TR_COMMISSION_INVERTED : TR_COMMISSION_GOOD);
    } else if (in->went) {
        decide(w, TR_COMMISSION_ONE_WAY);
    } else if (other != TR_NONE) {
        in->instead = other;
        decide(w, TR_COMMISSION_CROSSED);
    } else {
        decide(w, w->line[sensor].settled > 0 ? TR_COMMISSION_STUCK : TR_COMMISSION_DEAD);
    }
}

static void asked_changed(struct tr_walk *w, int sensor, const struct tr_walk_change *change)
{
    struct tr_commission_input *in = &w->record->input[sensor];
    if (w->phase == TR_WALK_TOLD) {
        return;
    }
    in->at_rest = in->at_rest < 0 ? (change->n == 1 ? !change->level : change->level) : in->at_rest;
    const bool home = change->level == in->at_rest;
    in->went = in->went || !home || change->n == 2;
    w->phase = home ? TR_WALK_ASK : TR_WALK_BACK;
    if (home && in->went && ++w->cycles >= w->opt.times) {
        in->back = true;
        decide(w, in->at_rest > 0 ? TR_COMMISSION_INVERTED : TR_COMMISSION_GOOD);
    }
}

static void other_changed(struct tr_walk *w, int sensor, const struct tr_walk_change *change)
{
    const int8_t rest = w->record->input[sensor].at_rest;
    const bool home = rest < 0 ? !change->level : change->level == rest;
    if (change->n == 2 || (home && w->other[sensor] == 1)) {
        w->other[sensor] = 2;
        w->other_ns = w->now_ns;
    } else if (!home && w->other[sensor] == 0) {
        w->other[sensor] = 1;
    }
}

/* --- a gate ------------------------------------------------------------------------------ */

static void gate_changed(struct tr_walk *w, const struct tr_gate *gate, int sensor,
                         const struct tr_walk_change *change)
{
    const int8_t rest = w->record->input[sensor].at_rest;
    if (change->n == 1 && change->level == (rest > 0 ? 1 : 0)) {
        return; /* back at rest */
    }
    int64_t *first = sensor == gate->outer ? &w->outer_ns : &w->inner_ns;
    if ((sensor == gate->outer || sensor == gate->inner) && *first == NOT_YET) {
        *first = change->at_ns;
    }
}

static void conclude_gate(struct tr_walk *w, int index)
{
    struct tr_commission_gate *g = &w->record->gate[index];
    g->outer = w->outer_ns != NOT_YET;
    g->inner = w->inner_ns != NOT_YET;
    g->transit_ns = g->outer && g->inner ? w->inner_ns - w->outer_ns : 0;
    decide(w, !g->outer || !g->inner ? TR_COMMISSION_DEAD
              : g->transit_ns < 0    ? TR_COMMISSION_SWAPPED
                                     : TR_COMMISSION_GOOD);
}

/* Both broken, and nobody between them any more. */
static void look_at_gate(struct tr_walk *w, int index)
{
    const struct tr_gate *gate = &w->plan->gates[index];
    if (w->outer_ns == NOT_YET || w->inner_ns == NOT_YET) {
        return;
    }
    const int64_t second_ns = w->outer_ns > w->inner_ns ? w->outer_ns : w->inner_ns;
    const bool clear =
        w->line[gate->outer].settled == (w->record->input[gate->outer].at_rest > 0) &&
        w->line[gate->inner].settled == (w->record->input[gate->inner].at_rest > 0);
    if (clear || w->now_ns - second_ns >= GATE_NS) {
        conclude_gate(w, index);
    }
}

/* --- an output ----------------------------------------------------------------------------- */

int tr_walk_driven(const struct tr_walk *w)
{
    const struct tr_walk_step *step = tr_walk_now(w);
    if (step == NULL || step->kind != TR_WALK_OUTPUT || w->phase != TR_WALK_ASK || !w->begun) {
        return TR_NONE;
    }
    const bool on = w->now_ns - w->step_ns < tr_walk_drive_ns(w->plan, step->index);
    return on ? step->index : TR_NONE;
}

static void look_at_output(struct tr_walk *w, int output)
{
    if (w->opt.yes && w->now_ns - w->step_ns >= tr_walk_drive_ns(w->plan, output)) {
        w->record->output[output].by_option = true;
        decide(w, TR_COMMISSION_SEEN);
    }
}

/* --- what happens ----------------------------------------------------------------------------- */

/* @p sensor was at !@p level until @p at_ns. */
static void rested(struct tr_walk *w, int sensor, bool level, int64_t at_ns)
{
    const int64_t since = w->mark_ns[sensor] > w->step_ns ? w->mark_ns[sensor] : w->step_ns;
    w->on_ns[sensor] += level ? 0 : at_ns - since;
    w->mark_ns[sensor] = at_ns;
}

static void changed(struct tr_walk *w, int sensor, const struct tr_walk_change *change)
{
    const struct tr_walk_step *step = tr_walk_now(w);
    if (step == NULL || change->n == 0) {
        return;
    }
    const bool asked = step->kind == TR_WALK_INPUT && step->index == sensor;
    struct tr_walk_news *news = tell(w, TR_WALK_CHANGED);
    news->sensor = (int16_t)sensor;
    news->level = change->level > 0;
    news->asked = asked || step->kind != TR_WALK_INPUT;
    if (asked) {
        asked_changed(w, sensor, change);
    } else if (step->kind == TR_WALK_INPUT) {
        other_changed(w, sensor, change);
    } else if (step->kind == TR_WALK_REST && change->n == 1) {
        rested(w, sensor, change->level > 0, change->at_ns);
    } else if (step->kind == TR_WALK_GATE && w->phase == TR_WALK_ASK) {
        gate_changed(w, &w->plan->gates[step->index], sensor, change);
    }
}

/* Nobody touched anything: what reads active does so at rest. A customer may pass, though. */
static void end_rest(struct tr_walk *w)
{
    for (int i = 0; i < w->plan->sensors_n; i++) {
        const int8_t settled = w->line[i].settled;
        rested(w, i, settled <= 0, w->now_ns);
        w->record->input[i].at_rest = settled < 0 ? -1 : 2 * w->on_ns[i] > w->now_ns - w->step_ns;
    }
    next_step(w);
}

static void conclude(struct tr_walk *w)
{
    const struct tr_walk_step *step = &w->step[w->at];
    if (step->kind == TR_WALK_INPUT) {
        conclude_input(w, step->index);
    } else if (step->kind == TR_WALK_GATE) {
        conclude_gate(w, step->index);
    } else if (step->kind == TR_WALK_OUTPUT) {
        decide(w, TR_COMMISSION_UNASKED);
    }
}

static void look_at_input(struct tr_walk *w, int sensor)
{
    const struct tr_commission_input *in = &w->record->input[sensor];
    const bool answered_elsewhere = w->other_ns != NOT_YET && !in->went &&
                                    w->line[sensor].burst_n == 0 && instead(w) != TR_NONE &&
                                    w->now_ns - w->other_ns >= OTHER_NS;
    if (w->line[sensor].unsteady_per_s > 0 || answered_elsewhere) {
        conclude_input(w, sensor);
    }
}

/* So long a step waits, or for ever: an output is driven to its end in any case. */
static int64_t patience(const struct tr_walk *w, const struct tr_walk_step *step)
{
    const int64_t drive = step->kind == TR_WALK_OUTPUT ? tr_walk_drive_ns(w->plan, step->index) : 0;
    return w->opt.step_ns <= 0 ? INT64_MAX : w->opt.step_ns > drive ? w->opt.step_ns : drive;
}

/* One step further, if it is time. @return whether it was. */
static bool move_on(struct tr_walk *w)
{
    const struct tr_walk_step *step = tr_walk_now(w);
    if (step == NULL) {
        return false;
    }
    const int at = w->at;
    const enum tr_walk_phase phase = w->phase;
    if (w->now_ns - w->began_ns >= w->opt.whole_ns) {
        tr_walk_end(w);
    } else if (phase == TR_WALK_TOLD) {
        if (w->now_ns - w->told_ns >= TOLD_NS) {
            next_step(w);
        }
    } else if (step->kind == TR_WALK_REST) {
        if (w->now_ns - w->step_ns >= REST_NS) {
            end_rest(w);
        }
    } else {
        if (step->kind == TR_WALK_INPUT) {
            look_at_input(w, step->index);
        } else if (step->kind == TR_WALK_GATE) {
            look_at_gate(w, step->index);
        } else {
            look_at_output(w, step->index);
        }
        if (w->phase != TR_WALK_TOLD && w->now_ns - w->step_ns >= patience(w, step)) {
            conclude(w);
        }
    }
    return w->at != at || w->phase != phase;
}

void tr_walk_tick(struct tr_walk *w, int64_t now_ns)
{
    if (!w->begun) {
        w->begun = true;
        w->now_ns = w->began_ns = now_ns;
        begin_step(w);
    }
    if (tr_walk_over(w)) {
        return;
    }
    w->now_ns = now_ns > w->now_ns ? now_ns : w->now_ns;
    for (int i = 0; i < w->plan->sensors_n; i++) {
        struct tr_walk_change change;
        tr_walk_line_tick(&w->line[i], w->now_ns, &change);
        changed(w, i, &change);
    }
    while (move_on(w)) {
    }
}

void tr_walk_level(struct tr_walk *w, int sensor, bool level)
{
    tr_walk_line_level(&w->line[sensor], level);
}

/* As late as a jump of the clock may be, everything that was due before comes first. */
void tr_walk_edge(struct tr_walk *w, int sensor, bool level, int64_t at_ns)
{
    struct tr_walk_change change;
    if (!w->begun) {
        tr_walk_tick(w, at_ns); /* a line that hums may be first */
    }
    for (int64_t due; (due = tr_walk_deadline(w)) < at_ns && !tr_walk_over(w);) {
        tr_walk_tick(w, due);
    }
    tr_walk_tick(w, at_ns);
    tr_walk_line_edge(&w->line[sensor], level, at_ns, &change);
    changed(w, sensor, &change);
    while (move_on(w)) {
    }
}

void tr_walk_lost(struct tr_walk *w, int sensor, uint32_t n)
{
    w->line[sensor].lost += n;
}

/* --- keys, deadlines ------------------------------------------------------------------------- */

/* The wire may have been mended meanwhile: what it did before is forgotten. */
static void again(struct tr_walk *w, int at)
{
    w->at = at;
    if (w->step[at].kind == TR_WALK_INPUT) {
        struct tr_walk_line *line = &w->line[w->step[at].index];
        const int8_t level = line->level;
        tr_walk_line_init(line, line->type);
        line->level = line->settled = level;
        struct tr_commission_input *in = &w->record->input[w->step[at].index];
        if (in->result == TR_COMMISSION_INVERTED || in->result == TR_COMMISSION_STUCK) {
            in->at_rest = level;
        }
    } else if (w->step[at].kind == TR_WALK_OUTPUT) {
        w->record->output[w->step[at].index].by_option = false;
    }
    begin_step(w);
}

bool tr_walk_key(struct tr_walk *w, char key)
{
    const struct tr_walk_step *step = tr_walk_now(w);
    if (step == NULL || !w->begun) {
        return false;
    }
    const bool output = step->kind == TR_WALK_OUTPUT, told = w->phase == TR_WALK_TOLD;
    if (key == 'q') {
        tr_walk_end(w);
    } else if (step->kind == TR_WALK_REST) {
        return false;
    } else if (key == 'r') {
        again(w, w->at);
    } else if (key == 'b' && w->at > 1) {
        again(w, w->at - 1);
    } else if (told) {
        return false;
    } else if (key == 's') {
        decide(w, TR_COMMISSION_SKIPPED);
    } else if (key == 'n') {
        if (output) {
            decide(w, TR_COMMISSION_NOT_SEEN);
        } else {
            conclude(w);
        }
    } else if (key == 'y' && output) {
        decide(w, TR_COMMISSION_SEEN);
    } else {
        return false;
    }
    return true;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t tr_walk_deadline(const struct tr_walk *w)
{
    const struct tr_walk_step *step = tr_walk_now(w);
    if (step == NULL) {
        return INT64_MAX;
    }
    if (!w->begun) {
        return INT64_MIN;
    }
    int64_t due = w->began_ns + w->opt.whole_ns;
    for (int i = 0; i < w->plan->sensors_n; i++) {
        due = earlier(due, tr_walk_line_deadline(&w->line[i]));
    }
    if (w->phase == TR_WALK_TOLD) {
        return earlier(due, w->told_ns + TOLD_NS);
    }
    if (step->kind == TR_WALK_REST) {
        return earlier(due, w->step_ns + REST_NS);
    }
    if (w->opt.step_ns > 0) {
        due = earlier(due, w->step_ns + patience(w, step));
    }
    if (step->kind == TR_WALK_INPUT && w->other_ns != NOT_YET &&
        w->now_ns < w->other_ns + OTHER_NS) {
        due = earlier(due, w->other_ns + OTHER_NS);
    }
    if (step->kind == TR_WALK_GATE && w->outer_ns != NOT_YET && w->inner_ns != NOT_YET) {
        due = earlier(due, (w->outer_ns > w->inner_ns ? w->outer_ns : w->inner_ns) + GATE_NS);
    }
    if (tr_walk_driven(w) != TR_NONE) {
        due = earlier(due, w->step_ns + tr_walk_drive_ns(w->plan, step->index));
    }
    return due;
}
