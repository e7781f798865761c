/* What would go wrong on the wall, said while it is still on paper. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/check.h"
#include "cli/wiring.h"
#include "thirdring/time.h"

/* One look at all cables. */
struct look {
    struct tr_wiring *w;
    const struct tr_cable *c;
    const struct tr_sensor *s; /* NULL: an output */
    const struct tr_output *o;
    unsigned uses;
    const struct tr_pin *proposed; /* to this cable */
    unsigned given;                /* offsets that were proposed to others */
    bool notes;                    /* this time only notes are kept, else only warnings */
    bool nomem;
};

static struct tr_wiring_advice *slot(struct look *k, bool note)
{
    struct tr_wiring *w = k->w;
    if (note != k->notes || k->nomem) {
        return NULL;
    }
    if (w->advice_n == w->advice_cap) {
        const size_t cap = w->advice_cap == 0 ? 16 : 2 * w->advice_cap;
        struct tr_wiring_advice *more = realloc(w->advice, cap * sizeof(*more));
        if (more == NULL) {
            k->nomem = true;
            return NULL;
        }
        w->advice = more;
        w->advice_cap = cap;
    }
    struct tr_wiring_advice *a = &w->advice[w->advice_n++];
    *a = (struct tr_wiring_advice){.note = note};
    return a;
}

/* About the cable at hand. @p todo stands after @p wrong, which is a format. */
__attribute__((format(printf, 4, 5))) static void say(struct look *k, bool note, const char *todo,
                                                      const char *wrong, ...)
{
    char place[TR_ROLE_MAX];
    struct tr_wiring_advice *a = slot(k, note);
    va_list args;
    if (a == NULL) {
        return;
    }
    va_start(args, wrong);
    vsnprintf(a->wrong, sizeof(a->wrong), wrong, args);
    va_end(args);
    tr_wiring_place(k->w, k->c, place, sizeof(place));
    snprintf(a->who, sizeof(a->who), "%s (%.120s)", k->c->id, place);
    snprintf(a->todo, sizeof(a->todo), "%s", todo);
}

/* A line for this cable that neither the shop nor an earlier proposal uses. */
static const struct tr_pin *propose(struct look *k)
{
    char who[TR_ID_MAX];
    for (int i = 0; i < TR_HEADER40_PINS && k->proposed == NULL; i++) {
        const struct tr_pin *p = &tr_header40[i];
        if (p->advice == TR_ADVICE_OK && (k->s != NULL || p->boot == TR_BOOT_DOWN) &&
            (k->given & (1U << p->offset)) == 0 &&
            tr_wiring_on_pin(k->w, p, who, sizeof(who)) == 0) {
            k->proposed = p;
            k->given |= 1U << p->offset;
        }
    }
    return k->proposed;
}

/* "move it to a free line, for instance GPIO17 (pin 11)" */
static const char *move_it(struct look *k, char *buf, size_t cap)
{
    const struct tr_pin *p = propose(k);
    if (p != NULL) {
        snprintf(buf, cap, "move it to a free line, for instance %s (pin %d)", p->name, p->pin);
    } else {
        snprintf(buf, cap,
                 "move it; no line of the header is free without a catch, so leave out "
                 "another, or let a second unit take some");
    }
    return buf;
}

static void advise_pin(struct look *k)
{
    const struct tr_pin *p = k->c->pin;
    char todo[TR_ADVICE_MAX];
    if (p != NULL && p->advice == TR_ADVICE_AVOID) {
        say(k, false, move_it(k, todo, sizeof(todo)), "%s doubles as %s: %s", p->name, p->doubles,
            p->why);
    } else if (p == NULL && k->c->line->chip[0] == '\0' && k->c->line->name[0] == '\0' &&
               k->c->line->offset >= 0 && tr_header40_is_pi(k->w->cfg->options.gpio.chip)) {
        say(k, false, move_it(k, todo, sizeof(todo)),
            "this line is not on the 40-pin header, which has 0 to 27");
    }
    for (const struct tr_cable *other = k->w->cables; p != NULL && other < k->c; other++) {
        if (other->pin == p) {
            say(k, false, move_it(k, todo, sizeof(todo)),
                "the same pin as %s: one line cannot be used twice", other->id);
            break;
        }
    }
}

static bool active_high(const struct look *k)
{
    return !k->c->line->active_low;
}

static void advise_bias(struct look *k)
{
    const enum tr_bias bias = k->s->line.bias;
    const enum tr_pin_boot boot = k->c->pin != NULL ? k->c->pin->boot : TR_BOOT_NONE;
    if (bias == TR_BIAS_PULL_DOWN && boot == TR_BOOT_UP_FIXED) {
        say(k, false, "bias = \"pull-up\", and a wiring that closes to ground",
            "a pull-down cannot work here against the 1.8 kOhm on the board");
    } else if (bias == TR_BIAS_PULL_DOWN) {
        say(k, false, "bias = \"pull-up\", and active to match",
            "bias pull-down works against circuit %s, which pulls up", k->c->circuit->name);
    } else if (bias != TR_BIAS_PULL_UP && boot != TR_BOOT_UP_FIXED) {
        say(k, false, "bias = \"pull-up\"",
            "without a bias only the circuit's own pull-up holds this line; where that is missing, "
            "it floats and counts at random%s",
            bias == TR_BIAS_AS_IS ? " (as-is: whatever the line was left at)" : "");
    }
}

static bool sees_people(const struct look *k)
{
    const enum tr_sensor_type t = k->s->type;
    return t == TR_SENSOR_BEAM || t == TR_SENSOR_PRESENCE ||
           (t == TR_SENSOR_CONTACT &&
            (k->uses & (TR_USE_PASSAGE | TR_USE_PLACE | TR_USE_SERVED)) != 0);
}

/* A fault must look like somebody there, and be called one (RULES 1). */
static void advise_cut(struct look *k)
{
    const struct tr_circuit_sheet *c = k->c->circuit;
    char after[32];
    if (sees_people(k) && !tr_wiring_cut_reads_active(k->s) && !c->supervised) {
        say(k, false,
            k->s->line.bias == TR_BIAS_PULL_DOWN
                ? "bias = \"pull-up\" with active = \"high\", and wire it closed (light-on) at rest"
            : c->active == TR_DRAWN_LOW
                ? "take one that is closed at rest (of mats, one with four wires), with active = "
                  "\"high\"; where that cannot be, silent_s, and a try at each opening"
                : "active = \"high\", and wire it closed (light-on) at rest",
            "a cut cable would look like nobody there");
        return;
    }
    if (sees_people(k) && k->s->stuck_on_ns == 0 && k->s->silent_ns == 0 && !c->supervised) {
        say(k, false,
            "stuck_on_s = longer than that is ever the case, or silent_s = longer than it is ever "
            "quiet in opening hours",
            "a cut cable reads active, but nothing would ever call it a fault");
    }
    if ((k->uses & TR_USE_ALONE) != 0 && k->s->type == TR_SENSOR_BEAM &&
        k->s->stuck_on_ns == 300 * TR_NS_PER_S) {
        say(k, false,
            "stuck_on_s = longer than the door is ever propped open (14400.0: four hours); not 0, "
            "or a cut cable is never found",
            "a door propped open in this beam is a fault after %s, and its station is blind until "
            "it is clear",
            tr_cli_duration(k->s->stuck_on_ns, after));
    }
}

/* The level at rest of the circuit as drawn. */
static void advise_active(struct look *k)
{
    const struct tr_circuit_sheet *c = k->c->circuit;
    if (c->active == TR_DRAWN_EITHER || k->s->line.bias == TR_BIAS_PULL_DOWN) {
        return;
    }
    if (c->supervised && active_high(k)) {
        say(k, false, "active = \"low\"",
            "circuit %s is high while all is well: active all the time", c->name);
    } else if (c->active == TR_DRAWN_LOW && active_high(k)) {
        say(k, false,
            "active = \"low\"; or, if it is closed at rest (safer: a cut cable then shows), "
            "circuit = \"contact\"",
            "circuit %s is open at rest, which reads high: active all the time", c->name);
    } else if (c->active == TR_DRAWN_HIGH && !active_high(k) && !sees_people(k)) {
        say(k, false, "active = \"high\"; or, if it is open at rest, circuit = \"button\"",
            "circuit %s is closed at rest, which reads low: active all the time", c->name);
    }
    if (k->s->circuit == TR_CIRCUIT_PIR && (k->uses & (TR_USE_PLACE | TR_USE_SERVED)) != 0) {
        say(k, false, "use a distance sensor (circuit = \"tof\") or a mat (circuit = \"mat\")",
            "a PIR sees warmth that moves, not somebody who stands and waits");
    }
}

static void advise_output(struct look *k)
{
    const enum tr_pin_boot boot = k->c->pin != NULL ? k->c->pin->boot : TR_BOOT_NONE;
    char todo[TR_ADVICE_MAX];
    if (active_high(k) && boot == TR_BOOT_UP) {
        say(k, false, move_it(k, todo, sizeof(todo)),
            "the board pulls %s up while it boots: only the circuit's 10 kOhm to GND keeps it off",
            k->c->pin->name);
    } else if (active_high(k) && boot == TR_BOOT_UP_FIXED) {
        say(k, false, move_it(k, todo, sizeof(todo)),
            "the board holds %s up by 1.8 kOhm: it is on whenever the service is not running",
            k->c->pin->name);
    } else if (!active_high(k) && boot == TR_BOOT_DOWN) {
        say(k, false,
            "active = \"high\" with the circuit as drawn; a module that must have it low: a line "
            "of GPIO4 to GPIO8",
            "the board pulls %s down while it boots, and low is on", k->c->pin->name);
    }
    if (!active_high(k)) {
        say(k, true, "active = \"high\", unless another circuit is used",
            "circuit %s, as drawn, is on when the line is high", k->c->circuit->name);
    }
}

static void look_at(struct look *k, const struct tr_cable *c)
{
    char role[TR_ROLE_MAX];
    const struct tr_plan *p = &k->w->cfg->plan;
    k->c = c;
    k->proposed = NULL;
    k->s = c->sensor != TR_NONE ? &p->sensors[c->sensor] : NULL;
    k->o = c->output != TR_NONE ? &p->outputs[c->output] : NULL;
    k->uses = k->s != NULL ? tr_wiring_sensor_role(p, c->sensor, role, sizeof(role)) : 0;
    if (c->line->name[0] == '\0' && c->line->offset < 0) {
        return; /* nothing is wired: a trace plays it */
    }
    advise_pin(k);
    if (k->s == NULL) {
        advise_output(k);
        return;
    }
    advise_bias(k);
    advise_cut(k);
    advise_active(k);
}

/* What holds of several at once is said once. */
static void note_all(struct look *k)
{
    struct tr_wiring *w = k->w;
    char who[TR_ROLE_MAX] = "";
    size_t n = 0;
    int elsewhere = 0;
    for (int i = 0; i < w->cables_n; i++) {
        const struct tr_cable *c = &w->cables[i];
        elsewhere += c->pin == NULL && (c->line->name[0] != '\0' || c->line->offset >= 0);
        if (c->pin != NULL && c->pin->advice == TR_ADVICE_CARE && n < sizeof(who)) {
            n += (size_t)snprintf(who + n, sizeof(who) - n, "%s%s", n > 0 ? ", " : "", c->id);
        }
    }
    struct tr_wiring_advice *a = n > 0 ? slot(k, true) : NULL;
    if (a != NULL) {
        snprintf(a->who, sizeof(a->who), "%s", who);
        snprintf(a->wrong, sizeof(a->wrong), "GPIO7 to GPIO11 double as SPI");
        snprintf(a->todo, sizeof(a->todo),
                 "leave SPI switched off, as it is delivered (raspi-config, Interface Options)");
    }
    a = elsewhere > 0 ? slot(k, true) : NULL;
    if (a != NULL) {
        const char *chip = w->cfg->options.gpio.chip;
        snprintf(a->who, sizeof(a->who), "%s", chip[0] != '\0' ? chip : "other chips");
        snprintf(a->wrong, sizeof(a->wrong),
                 "%d %s not on a Raspberry Pi's header: which pins these are, and what they do "
                 "while the board boots, only the board's own papers say",
                 elsewhere, elsewhere == 1 ? "line is" : "lines are");
        snprintf(a->todo, sizeof(a->todo), "look them up, and write the pins beside the terminals");
    }
}

int tr_wiring_advise(struct tr_wiring *wiring)
{
    struct look k = {.w = wiring};
    for (int round = 0; round < 2; round++) {
        k.notes = round == 1;
        for (int i = 0; i < wiring->cables_n; i++) {
            look_at(&k, &wiring->cables[i]);
        }
        if (k.notes) {
            note_all(&k);
        } else {
            wiring->warnings_n = wiring->advice_n;
        }
    }
    return k.nomem ? -ENOMEM : 0;
}
