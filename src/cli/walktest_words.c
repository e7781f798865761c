/* Sentences of a walk test, made from station, role and type. */
#include <inttypes.h>
#include <string.h>

#include "cli/walktest.h"
#include "cli/wiring.h"

/* Whose door a gate is. */
static void gate_place(const struct tr_plan *plan, int gate, char *buf, size_t cap)
{
    tr_walk_what(plan, plan->gates[gate].outer, buf, cap);
    char *comma = strchr(buf, ',');
    if (comma != NULL && strncmp(buf, "gate ", 5) != 0) {
        *comma = '\0';
    } else {
        snprintf(buf, cap, "gate %s", plan->gates[gate].id);
    }
}

void tr_walk_what(const struct tr_plan *plan, int sensor, char *buf, size_t cap)
{
    (void)tr_wiring_sensor_role(plan, sensor, buf, cap);
}

static const char *const touch[TR_SENSOR_TYPE_COUNT] = {
    [TR_SENSOR_CONTACT] = "Open it, then close it",
    [TR_SENSOR_BEAM] = "Hold a hand in the beam, then take it away",
    [TR_SENSOR_BUTTON] = "Press it, then let go",
    [TR_SENSOR_PRESENCE] = "Stand there, then step away",
    [TR_SENSOR_RING] = "Call this telephone, let it ring once, hang up",
    [TR_SENSOR_HOOK] = "Lift the handset, then put it down",
    [TR_SENSOR_STAFF] = "Be the staff there, then leave",
};

void tr_walk_ask(const struct tr_plan *plan, const struct tr_walk_step *step, char *buf, size_t cap)
{
    char what[TR_ROLE_MAX];
    if (step->kind == TR_WALK_REST) {
        snprintf(buf, cap, "Touch nothing for two seconds, and stand in no beam.");
    } else if (step->kind == TR_WALK_INPUT) {
        tr_walk_what(plan, step->index, what, sizeof(what));
        snprintf(buf, cap, "%s: %s", touch[plan->sensors[step->index].type], what);
    } else if (step->kind == TR_WALK_GATE) {
        gate_place(plan, step->index, what, sizeof(what));
        snprintf(buf, cap, "Walk in once, alone, from the street into the shop: %s", what);
    } else {
        const struct tr_output *o = &plan->outputs[step->index];
        const char *name = o->name[0] != '\0' ? o->name : o->id;
        tr_wiring_output_role(plan, step->index, what, sizeof(what));
        if (o->type == TR_OUTPUT_BUZZER) {
            snprintf(buf, cap, "Listen: %s sounds for 1 s, then is quiet. Did you hear it? (%s)",
                     name, what);
        } else {
            snprintf(buf, cap, "Look: %s is on for 3 s, then dark. Did you see both? (%s)", name,
                     what);
        }
    }
}

const char *tr_walk_id(const struct tr_plan *plan, const struct tr_walk_step *step)
{
    return step->kind == TR_WALK_INPUT    ? plan->sensors[step->index].id
           : step->kind == TR_WALK_GATE   ? plan->gates[step->index].id
           : step->kind == TR_WALK_OUTPUT ? plan->outputs[step->index].id
                                          : "";
}

void tr_walk_where(const char *chip, const struct tr_line *line, char *buf, size_t cap)
{
    char text[TR_NAME_MAX + 8];
    const struct tr_pin *pin = tr_header40_by_line(chip, line);
    tr_line_text(line, text, sizeof(text));
    if (pin != NULL) {
        snprintf(buf, cap, "%s, pin %d", text, pin->pin);
    } else {
        snprintf(buf, cap, "%s", text);
    }
}

const char *tr_walk_ms(int64_t ns, char *buf, size_t cap)
{
    const double ms = (double)ns / (double)TR_NS_PER_MS;
    snprintf(buf, cap, ms < 10.0 && ms > -10.0 ? "%.2g ms" : "%.0f ms", ms);
    return buf;
}

void tr_walk_histogram(const struct tr_commission_input *in, char *buf, size_t cap)
{
    size_t n = 0;
    buf[0] = '\0';
    for (int b = 0; b < TR_BOUNCE_BUCKETS && n < cap; b++) {
        char limit[24];
        if (in->histogram[b] > 0) {
            n += (size_t)snprintf(buf + n, cap - n, "%s%" PRIu32 " up to %s", n > 0 ? ", " : "",
                                  in->histogram[b],
                                  tr_walk_ms(tr_bounce_limit_ns[b], limit, sizeof(limit)));
        }
    }
}

static void told_input(const struct tr_commissioning *record, int sensor, char *buf, size_t cap)
{
    const struct tr_commission_input *in = &record->input[sensor];
    char longest[24];
    switch (in->result) {
    case TR_COMMISSION_GOOD:
        if (in->bounces == 0) {
            snprintf(buf, cap, "good: both ways, no bounce");
        } else {
            snprintf(buf, cap, "good: both ways, bounces up to %s",
                     tr_walk_ms(in->longest_ns, longest, sizeof(longest)));
        }
        break;
    case TR_COMMISSION_INVERTED:
        snprintf(buf, cap, "the wrong way round: active at rest");
        break;
    case TR_COMMISSION_CROSSED:
        snprintf(buf, cap, "%s answered instead", record->plan->sensors[in->instead].id);
        break;
    case TR_COMMISSION_STUCK:
        snprintf(buf, cap, "active, and nothing changes it");
        break;
    case TR_COMMISSION_ONE_WAY:
        snprintf(buf, cap, "it went and did not come back");
        break;
    case TR_COMMISSION_UNSTEADY:
        snprintf(buf, cap, "unsteady: %" PRId32 " changes a second", in->unsteady_per_s);
        break;
    default:
        snprintf(buf, cap, "%s", in->result == TR_COMMISSION_SKIPPED ? "skipped" : "nothing came");
        break;
    }
}

void tr_walk_told(const struct tr_commissioning *record, const struct tr_walk_step *step, char *buf,
                  size_t cap)
{
    char transit[24];
    if (step->kind == TR_WALK_INPUT) {
        told_input(record, step->index, buf, cap);
    } else if (step->kind == TR_WALK_GATE) {
        const struct tr_commission_gate *g = &record->gate[step->index];
        tr_walk_ms(g->transit_ns < 0 ? -g->transit_ns : g->transit_ns, transit, sizeof(transit));
        if (g->result == TR_COMMISSION_GOOD || g->result == TR_COMMISSION_SWAPPED) {
            snprintf(buf, cap, "%s: %s broke first, by %s",
                     g->result == TR_COMMISSION_GOOD ? "good" : "swapped",
                     g->transit_ns < 0 ? "inner" : "outer", transit);
        } else {
            snprintf(buf, cap, "%s",
                     g->result == TR_COMMISSION_SKIPPED ? "skipped"
                     : g->outer                         ? "only the outer beam was seen"
                     : g->inner                         ? "only the inner beam was seen"
                                                        : "nothing came");
        }
    } else if (step->kind == TR_WALK_OUTPUT) {
        const enum tr_commission_result r = record->output[step->index].result;
        snprintf(buf, cap, "%s",
                 r == TR_COMMISSION_SEEN       ? "good: seen"
                 : r == TR_COMMISSION_NOT_SEEN ? "nobody saw it"
                 : r == TR_COMMISSION_SKIPPED  ? "skipped"
                                               : "nobody answered");
    } else {
        snprintf(buf, cap, "%s", "");
    }
}
