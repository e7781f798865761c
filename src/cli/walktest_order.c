/* What a walk test asks for, and in which order. */
#include <assert.h>
#include <string.h>

#include "cli/walktest.h"

#define LAMP_NS   (3 * TR_NS_PER_S)
#define BUZZER_NS (1 * TR_NS_PER_S)

static void add(struct tr_walk *w, enum tr_walk_step_kind kind, int index)
{
    assert(w->steps_n < TR_WALK_STEPS);
    w->step[w->steps_n++] = (struct tr_walk_step){.kind = kind, .index = (int16_t)index};
}

static void add_named(struct tr_walk *w, const char *id)
{
    const int sensor = tr_plan_find_sensor(w->plan, id), gate = tr_plan_find_gate(w->plan, id),
              output = tr_plan_find_output(w->plan, id);
    for (int i = 1; i < w->steps_n; i++) {
        if (strcmp(tr_walk_id(w->plan, &w->step[i]), id) == 0) {
            return; /* named twice */
        }
    }
    if (sensor != TR_NONE) {
        add(w, TR_WALK_INPUT, sensor);
    } else if (gate != TR_NONE) {
        add(w, TR_WALK_GATE, gate);
    } else if (output != TR_NONE) {
        add(w, TR_WALK_OUTPUT, output);
    }
}

static void add_all(struct tr_walk *w)
{
    for (int i = 0; i < w->plan->sensors_n; i++) {
        add(w, TR_WALK_INPUT, i);
    }
    for (int i = 0; i < w->plan->gates_n; i++) {
        add(w, TR_WALK_GATE, i);
    }
    for (int i = 0; i < w->plan->outputs_n; i++) {
        add(w, TR_WALK_OUTPUT, i);
    }
}

bool tr_walk_knows(const struct tr_plan *plan, const char *id)
{
    return tr_plan_find_sensor(plan, id) != TR_NONE || tr_plan_find_gate(plan, id) != TR_NONE ||
           tr_plan_find_output(plan, id) != TR_NONE;
}

void tr_walk_init(struct tr_walk *w, const struct tr_plan *plan, const struct tr_walk_options *opt,
                  const char *const *ids, struct tr_commissioning *record)
{
    memset(w, 0, sizeof(*w));
    w->plan = plan;
    w->opt = *opt;
    w->record = record;
    record->plan = plan;
    record->findings_n = 0;
    memset(record->gate, 0, sizeof(record->gate));
    memset(record->output, 0, sizeof(record->output));
    for (int i = 0; i < plan->sensors_n; i++) {
        const struct tr_sensor *s = &plan->sensors[i];
        tr_walk_line_init(&w->line[i], s->type);
        record->input[i] = (struct tr_commission_input){
            .instead = TR_NONE,
            .at_rest = -1,
            .configured_ns = s->press_ns < s->release_ns ? s->press_ns : s->release_ns};
    }
    add(w, TR_WALK_REST, 0);
    if (ids == NULL || ids[0] == NULL) {
        add_all(w);
    }
    for (; ids != NULL && *ids != NULL; ids++) {
        add_named(w, *ids);
    }
}

int64_t tr_walk_drive_ns(const struct tr_plan *plan, int output)
{
    return plan->outputs[output].type == TR_OUTPUT_BUZZER ? BUZZER_NS : LAMP_NS;
}
