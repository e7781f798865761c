/* What sensors make of people: covered or not, and everything that goes wrong
 * between the body and the wire. */
#include <errno.h>
#include <stdlib.h>

#include "cli/sim.h"

enum { STREAM = 1000, STORM_HALF_US = 1000, BOUNCES_MAX = 5 };

struct edges {
    struct tr_sim_edge *e;
    size_t n, cap;
    bool failed;
};

/* One sensor's day while it is worked on: when it is active, in order, apart. */
struct wire {
    struct tr_sim *sim;
    int sensor;
    struct tr_sim_rng rng;
    struct tr_sim_cover *on;
    size_t n, cap;
    bool failed;
};

static void push(struct edges *out, int sensor, int64_t at_us, bool level)
{
    if (out->n == out->cap) {
        const size_t more = out->cap == 0 ? 4096 : out->cap * 2;
        struct tr_sim_edge *e = reallocarray(out->e, more, sizeof(*e));
        if (e == NULL) {
            out->failed = true;
            return;
        }
        out->e = e;
        out->cap = more;
    }
    out->e[out->n] = (struct tr_sim_edge){
        .at_us = at_us, .order = (uint32_t)out->n, .sensor = (int16_t)sensor, .level = level};
    out->n++;
}

static void add(struct wire *w, int64_t from_us, int64_t to_us)
{
    if (w->n == w->cap) {
        const size_t more = w->cap == 0 ? 1024 : w->cap * 2;
        struct tr_sim_cover *on = reallocarray(w->on, more, sizeof(*on));
        if (on == NULL) {
            w->failed = true;
            return;
        }
        w->on = on;
        w->cap = more;
    }
    w->on[w->n++] = (struct tr_sim_cover){
        .sensor = (int16_t)w->sensor, .from_us = from_us < 0 ? 0 : from_us, .to_us = to_us};
}

static int by_time(const void *a, const void *b)
{
    const struct tr_sim_cover *x = a;
    const struct tr_sim_cover *y = b;
    if (x->from_us != y->from_us) {
        return x->from_us < y->from_us ? -1 : 1;
    }
    return x->to_us < y->to_us ? -1 : x->to_us > y->to_us;
}

/* Overlapping covers are one: a beam does not count bodies. */
static void unite(struct wire *w)
{
    if (w->n == 0) {
        return;
    }
    qsort(w->on, w->n, sizeof(w->on[0]), by_time);
    size_t n = 0;
    for (size_t i = 1; i < w->n; i++) {
        if (w->on[i].from_us <= w->on[n].to_us) {
            w->on[n].to_us = w->on[i].to_us > w->on[n].to_us ? w->on[i].to_us : w->on[n].to_us;
        } else {
            w->on[++n] = w->on[i];
        }
    }
    w->n = n + 1;
}

/* The wire reads inactive from here to there, whatever stands before it. */
static void silence(struct wire *w, int64_t from_us, int64_t to_us)
{
    const size_t had = w->n;
    for (size_t i = 0; i < had; i++) {
        struct tr_sim_cover *c = &w->on[i];
        if (c->to_us <= from_us || c->from_us >= to_us) {
            continue;
        }
        const int64_t end = c->to_us;
        const bool begins_within = c->from_us >= from_us;
        c->to_us = begins_within ? c->from_us : from_us; /* empty ones go below */
        if (end > to_us) {
            add(w, to_us, end);
        }
    }
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++) {
        if (w->on[i].to_us > w->on[i].from_us) {
            w->on[n++] = w->on[i];
        }
    }
    w->n = n;
}

/* --- faults --------------------------------------------------------------------------- */

int64_t tr_sim_clock(const struct tr_sim *sim, int64_t clock_s)
{
    const int64_t at = clock_s * SIM_S - sim->start_clock_us;
    return at >= 0 ? at : at + 24 * SIM_HOUR; /* after midnight is the same night */
}

static int64_t until(const struct tr_sim_fault *f, int64_t from_us)
{
    return f->for_us == SIM_NEVER ? SIM_NEVER : from_us + f->for_us;
}

/* What an open wire reads: its bias decides, or else how such sensors are wired. */
static bool open_wire(const struct tr_sensor *sensor)
{
    if (sensor->line.bias == TR_BIAS_PULL_UP) {
        return !sensor->line.active_low;
    }
    if (sensor->line.bias == TR_BIAS_PULL_DOWN) {
        return sensor->line.active_low;
    }
    return sensor->type == TR_SENSOR_BEAM || sensor->type == TR_SENSOR_PRESENCE;
}

static void break_down(struct wire *w)
{
    const struct tr_sim_options *opt = w->sim->opt;
    for (int32_t i = 0; i < opt->faults_n; i++) {
        const struct tr_sim_fault *f = &opt->faults[i];
        const int64_t from = tr_sim_clock(w->sim, f->clock_s);
        if (f->sensor != w->sensor) {
            continue;
        }
        const bool cut = f->kind == TR_SIM_CUT;
        if (f->kind == TR_SIM_STUCK || (cut && open_wire(&w->sim->plan->sensors[w->sensor]))) {
            add(w, from, until(f, from));
        } else if (cut) {
            silence(w, from, until(f, from));
        }
        unite(w);
    }
}

static void haunt(struct wire *w, int64_t end_us)
{
    const int64_t rate = w->sim->opt->ghosts_mh;
    if (rate <= 0) {
        return;
    }
    for (int64_t at = 0;;) {
        at += tr_sim_exponential(&w->rng, SIM_HOUR * 1000 / rate);
        if (at >= end_us) {
            return;
        }
        add(w, at, at + tr_sim_between(&w->rng, 1 * SIM_MS, 400 * SIM_MS));
    }
}

static bool bounces(enum tr_sensor_type type)
{
    return type == TR_SENSOR_CONTACT || type == TR_SENSOR_BUTTON || type == TR_SENSOR_HOOK ||
           type == TR_SENSOR_STAFF;
}

/* A change, and the contact's chatter after it, over before @p next_us. */
static void change(struct wire *w, struct edges *out, int64_t at_us, bool level, int64_t next_us)
{
    push(out, w->sensor, at_us, level);
    const int64_t longest = w->sim->opt->bounce_us;
    if (longest <= 0 || !bounces(w->sim->plan->sensors[w->sensor].type)) {
        return;
    }
    const int64_t end = at_us + tr_sim_between(&w->rng, longest / 4, longest);
    const int64_t last = end < next_us ? end : next_us - 1;
    const int64_t pairs = tr_sim_between(&w->rng, 1, BOUNCES_MAX);
    const int64_t step = (last - at_us) / (2 * pairs);
    for (int64_t i = 0; i < pairs && step > 1; i++) {
        const int64_t off = at_us + 2 * i * step + tr_sim_between(&w->rng, 1, step - 1);
        push(out, w->sensor, off, !level);
        push(out, w->sensor, at_us + (2 * i + 1) * step + tr_sim_between(&w->rng, 1, step - 1),
             level);
    }
}

/* Mains hum takes the wire over; the truth comes back when it ends. */
static void storm(struct wire *w, struct edges *out, size_t first)
{
    const struct tr_sim_options *opt = w->sim->opt;
    for (int32_t i = 0; i < opt->faults_n; i++) {
        const struct tr_sim_fault *f = &opt->faults[i];
        if (f->kind != TR_SIM_STORM || f->sensor != w->sensor) {
            continue;
        }
        const int64_t from = tr_sim_clock(w->sim, f->clock_s);
        const int64_t to = until(f, from);
        size_t n = first;
        bool level = false; /* as the wire would read without the hum */
        bool before = false;
        for (size_t e = first; e < out->n; e++) {
            if (out->e[e].at_us <= to) {
                level = out->e[e].level;
            }
            if (out->e[e].at_us < from) {
                before = out->e[e].level;
            }
            if (out->e[e].at_us < from || out->e[e].at_us > to) {
                out->e[n++] = out->e[e];
            }
        }
        out->n = n;
        for (int64_t at = from; at < to; at += STORM_HALF_US) {
            before = !before;
            push(out, w->sensor, at, before);
        }
        push(out, w->sensor, to, level);
    }
}

/* --- all together ------------------------------------------------------------------------- */

static void wire_up(struct wire *w, struct edges *out, int64_t end_us)
{
    const int64_t miss = w->sim->opt->miss[w->sim->plan->sensors[w->sensor].type];
    size_t n = 0;
    unite(w); /* two bodies at once are seen, or missed, as one */
    for (size_t i = 0; i < w->n; i++) {
        if (!tr_sim_chance(&w->rng, miss)) {
            w->on[n++] = w->on[i];
        }
    }
    w->n = n;
    haunt(w, end_us);
    unite(w);
    break_down(w);
    const size_t first = out->n;
    for (size_t i = 0; i < w->n; i++) {
        const struct tr_sim_cover *c = &w->on[i];
        change(w, out, c->from_us, true, c->to_us);
        if (c->to_us != SIM_NEVER) {
            change(w, out, c->to_us, false, i + 1 < w->n ? w->on[i + 1].from_us : SIM_NEVER);
        }
    }
    storm(w, out, first);
}

static int by_edge(const void *a, const void *b)
{
    const struct tr_sim_edge *x = a;
    const struct tr_sim_edge *y = b;
    if (x->at_us != y->at_us) {
        return x->at_us < y->at_us ? -1 : 1;
    }
    return x->order < y->order ? -1 : x->order > y->order;
}

/* In order of time, and no level told twice. */
static void tidy(struct edges *out)
{
    bool level[TR_SENSORS_MAX] = {false};
    if (out->n == 0) {
        return;
    }
    qsort(out->e, out->n, sizeof(out->e[0]), by_edge);
    size_t n = 0;
    for (size_t i = 0; i < out->n; i++) {
        const struct tr_sim_edge e = out->e[i];
        if (e.sensor == TR_NONE || level[e.sensor] != e.level) {
            out->e[n++] = e;
        }
        if (e.sensor != TR_NONE) {
            level[e.sensor] = e.level;
        }
    }
    out->n = n;
}

int tr_sim_sense(struct tr_sim *sim, int64_t end_us, struct tr_sim_edge **ret_edges, size_t *ret_n)
{
    struct edges out = {0};
    struct wire w = {.sim = sim};
    for (int s = 0; s < sim->plan->sensors_n; s++) {
        w.sensor = s;
        w.n = 0;
        tr_sim_rng_init(&w.rng, sim->opt->seed, (uint64_t)s + STREAM);
        for (size_t i = 0; i < sim->covers_n; i++) {
            if (sim->covers[i].sensor == s) {
                add(&w, sim->covers[i].from_us, sim->covers[i].to_us);
            }
        }
        wire_up(&w, &out, end_us);
    }
    for (int32_t i = 0; i < sim->opt->faults_n; i++) {
        const struct tr_sim_fault *f = &sim->opt->faults[i];
        if (f->kind == TR_SIM_POWER_CUT) {
            push(&out, TR_NONE, tr_sim_clock(sim, f->clock_s), false);
            if (!out.failed) {
                out.e[out.n - 1].down_us = f->for_us;
            }
        }
    }
    free(w.on);
    if (w.failed || out.failed) {
        free(out.e);
        return -ENOMEM;
    }
    tidy(&out);
    *ret_edges = out.e;
    *ret_n = out.n;
    return 0;
}
