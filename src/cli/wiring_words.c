/* What each wire is for, in the words of the shop. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/wiring.h"

/* Roles one after the other, "; " between them. */
struct roles {
    const struct tr_plan *plan;
    int wanted; /* sensor or output */
    char *buf;
    size_t cap, n;
    unsigned uses;
};

__attribute__((format(printf, 2, 3))) static void add(struct roles *r, const char *fmt, ...)
{
    va_list args;
    if (r->n > 0 && r->n < r->cap) {
        r->n += (size_t)snprintf(r->buf + r->n, r->cap - r->n, "; ");
    }
    if (r->n >= r->cap) {
        return;
    }
    va_start(args, fmt);
    r->n += (size_t)vsnprintf(r->buf + r->n, r->cap - r->n, fmt, args);
    va_end(args);
}

/* "Front door, ", but "How did we do? ". */
static const char *station_name(const struct tr_station *st, char *buf, size_t cap)
{
    const char *name = st->name[0] != '\0' ? st->name : st->id;
    const bool stop = strchr("?!.:", name[strlen(name) - 1]) != NULL;
    snprintf(buf, cap, "%s%s ", name, stop ? "" : ",");
    return buf;
}

static const char *noun(const struct roles *r)
{
    static const char *const nouns[TR_SENSOR_TYPE_COUNT] = {
        [TR_SENSOR_CONTACT] = "contact",    [TR_SENSOR_BEAM] = "beam",
        [TR_SENSOR_BUTTON] = "button",      [TR_SENSOR_PRESENCE] = "presence sensor",
        [TR_SENSOR_RING] = "ring detector", [TR_SENSOR_HOOK] = "hook contact",
        [TR_SENSOR_STAFF] = "staff sensor",
    };
    return nouns[r->plan->sensors[r->wanted].type];
}

__attribute__((format(printf, 5, 6))) static void sensor_use(struct roles *r,
                                                             const struct tr_station *st,
                                                             int sensor, unsigned use,
                                                             const char *fmt, ...)
{
    char name[TR_NAME_MAX + 4], what[TR_ROLE_MAX];
    va_list args;
    if (sensor != r->wanted) {
        return;
    }
    r->uses |= use;
    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    add(r, "%s%s", station_name(st, name, sizeof(name)), what);
}

/* A gate's two sensors, or one. @p way tells what goes by. */
static void source_use(struct roles *r, const struct tr_station *st, const struct tr_source *from,
                       const char *way, unsigned alone)
{
    if (from->kind == TR_SOURCE_GATE) {
        const struct tr_gate *g = &r->plan->gates[from->index];
        sensor_use(r, st, g->outer, TR_USE_PASSAGE, "%souter %s", way, noun(r));
        sensor_use(r, st, g->inner, TR_USE_PASSAGE, "%sinner %s", way, noun(r));
    } else if (from->kind == TR_SOURCE_SENSOR) {
        sensor_use(r, st, from->index, TR_USE_PASSAGE | alone, "%s%s", way, noun(r));
    }
}

static void greeting(struct roles *r, const struct tr_station *st)
{
    const struct tr_greeting_plan *g = &st->u.greeting;
    const enum tr_sensor_type type = r->plan->sensors[r->wanted].type;
    source_use(r, st, &g->arrive, "", TR_USE_ALONE);
    sensor_use(r, st, g->inside, TR_USE_PASSAGE, "%s on the inside", noun(r));
    if (type == TR_SENSOR_PRESENCE || type == TR_SENSOR_STAFF) {
        sensor_use(r, st, g->answer, TR_USE_STAFF, "sees staff greet (%s)", noun(r));
    } else {
        sensor_use(r, st, g->answer, TR_USE_KEY, "greet %s", noun(r));
    }
    sensor_use(r, st, g->void_key, TR_USE_KEY, "\"not a customer\" %s", noun(r));
}

static void queue(struct roles *r, const struct tr_station *st)
{
    const struct tr_queue_plan *q = &st->u.queue;
    if (q->discipline == TR_DISCIPLINE_TICKETS && q->join.kind == TR_SOURCE_SENSOR) {
        sensor_use(r, st, q->join.index, TR_USE_KEY, "ticket dispenser (%s)", noun(r));
    } else {
        source_use(r, st, &q->join, "way into the line, ", 0);
    }
    source_use(r, st, &q->leave, "way out unserved, ", 0);
    sensor_use(r, st, q->serve, TR_USE_PASSAGE, "%s before the counter", noun(r));
    sensor_use(r, st, q->void_key, TR_USE_KEY, "\"not a customer\" %s", noun(r));
    for (int i = 0; i < q->places_n; i++) {
        sensor_use(r, st, q->places[i], TR_USE_PLACE, "place %d%s", i + 1,
                   i == 0 ? " (head of the line)" : "");
    }
    for (int i = 0; i < q->positions_n; i++) {
        const struct tr_position *p = &q->positions[i];
        sensor_use(r, st, p->presence, TR_USE_SERVED, "%s: customer there", p->id);
        sensor_use(r, st, p->next, TR_USE_KEY, "%s: \"next\"", p->id);
        sensor_use(r, st, p->staffed, TR_USE_STAFF, "%s: staff there", p->id);
        sensor_use(r, st, p->join, TR_USE_PASSAGE, "%s: way into its line", p->id);
    }
}

static void phone(struct roles *r, const struct tr_station *st)
{
    for (int i = 0; i < st->u.phone.lines_n; i++) {
        const struct tr_phone_line *l = &st->u.phone.lines[i];
        sensor_use(r, st, l->ring, TR_USE_KEY, "%s: ringing", l->id);
        sensor_use(r, st, l->hook, TR_USE_KEY, "%s: off the hook", l->id);
        sensor_use(r, st, l->answer, TR_USE_KEY, "%s: answer button", l->id);
    }
}

static void one_station(struct roles *r, const struct tr_station *st)
{
    switch (st->kind) {
    case TR_KIND_GREETING:
        greeting(r, st);
        break;
    case TR_KIND_QUEUE:
        queue(r, st);
        break;
    case TR_KIND_CALL:
        sensor_use(r, st, st->u.call.call, TR_USE_KEY, "call %s", noun(r));
        sensor_use(r, st, st->u.call.answer, TR_USE_KEY, "answer %s", noun(r));
        break;
    case TR_KIND_PHONE:
        phone(r, st);
        break;
    case TR_KIND_FEEDBACK:
        for (int i = 0; i < st->u.feedback.buttons_n; i++) {
            const struct tr_vote_button *b = &st->u.feedback.buttons[i];
            sensor_use(r, st, b->sensor, TR_USE_KEY, "button \"%s\"", b->id);
        }
        break;
    case TR_KIND_COUNT:
    default:
        break;
    }
}

unsigned tr_wiring_sensor_role(const struct tr_plan *plan, int sensor, char *buf, size_t cap)
{
    struct roles r = {.plan = plan, .wanted = sensor, .buf = buf, .cap = cap};
    buf[0] = '\0';
    for (int i = 0; i < plan->stations_n; i++) {
        one_station(&r, &plan->stations[i]);
    }
    for (int i = 0; i < plan->gates_n && r.n == 0; i++) {
        if (plan->gates[i].outer == sensor || plan->gates[i].inner == sensor) {
            add(&r, "gate %s, %s %s (no station uses it)", plan->gates[i].id,
                plan->gates[i].outer == sensor ? "outer" : "inner", noun(&r));
        }
    }
    if (r.n == 0) {
        add(&r, "%s (no station uses it)", noun(&r));
    }
    return r.uses;
}

static void rung(struct roles *r, int lamp, const char *when)
{
    if (lamp == r->wanted) {
        const bool lamp_type = r->plan->outputs[lamp].type == TR_OUTPUT_LAMP;
        add(r, "%s%s", r->n > 0 ? "" : lamp_type ? "Lamp: " : "Buzzer: ", when);
    }
}

void tr_wiring_output_role(const struct tr_plan *plan, int output, char *buf, size_t cap)
{
    const struct tr_alert_plan *a = &plan->alerts;
    struct roles r = {.plan = plan, .wanted = output, .buf = buf, .cap = cap};
    char name[TR_NAME_MAX + 4];
    buf[0] = '\0';
    rung(&r, a->buzzer, "a wait late");
    rung(&r, a->at_risk.lamp, "a wait at risk");
    rung(&r, a->late.lamp, "a wait late");
    rung(&r, a->critical.lamp == a->late.lamp ? TR_NONE : a->critical.lamp, "a wait critical");
    rung(&r, a->burning_lamp, "too many late");
    rung(&r, a->kept_lamp, "praise");
    rung(&r, a->fault_lamp, "a sensor out of order");
    for (int i = 0; i < plan->stations_n; i++) {
        const struct tr_station *st = &plan->stations[i];
        if (st->kind == TR_KIND_CALL && st->u.call.sent_lamp == output) {
            add(&r, "%slamp \"your call was sent\"", station_name(st, name, sizeof(name)));
        }
    }
    if (r.n == 0) {
        add(&r, "%s (nothing uses it)", tr_output_type_name[plan->outputs[output].type]);
    }
}
