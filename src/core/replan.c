/* A new plan in the middle of the day: what has a successor lives on. */
#include <string.h>

#include "core/core_private.h"

static int find_position(const struct tr_queue_plan *q, const char *id)
{
    for (int i = 0; i < q->positions_n; i++) {
        if (strcmp(q->positions[i].id, id) == 0) {
            return i;
        }
    }
    return TR_NONE;
}

static int find_line(const struct tr_phone_plan *p, const char *id)
{
    for (int i = 0; i < p->lines_n; i++) {
        if (strcmp(p->lines[i].id, id) == 0) {
            return i;
        }
    }
    return TR_NONE;
}

/* The station that carries on, or TR_NONE. */
static int successor(const struct tr_plan *plan, const struct tr_station *old)
{
    const int s = tr_plan_find_station(plan, old->id);
    return s != TR_NONE && plan->stations[s].kind == old->kind ? s : TR_NONE;
}

/* End what the new plan has no place for. */
static void end_orphans(struct tr_core *core, const struct tr_plan *plan)
{
    for (int s = 0; s < core->plan->stations_n; s++) {
        const struct tr_station *old = &core->plan->stations[s];
        const int n = successor(plan, old);
        if (n == TR_NONE) {
            tr_station_end(core, s, core->now, TR_REASON_END);
            continue;
        }
        bool lost = false;
        for (int i = 0; old->kind == TR_KIND_QUEUE && i < old->u.queue.positions_n; i++) {
            const int p = find_position(&plan->stations[n].u.queue, old->u.queue.positions[i].id);
            lost |= p == TR_NONE || (old->u.queue.positions[i].presence != TR_NONE &&
                                     plan->stations[n].u.queue.positions[p].presence == TR_NONE);
        }
        for (int i = 0; old->kind == TR_KIND_PHONE && i < old->u.phone.lines_n; i++) {
            lost |= find_line(&plan->stations[n].u.phone, old->u.phone.lines[i].id) < 0;
        }
        if (old->kind == TR_KIND_FEEDBACK) {
            tr_feedback_decide(core, s); /* its buttons may be others: the vote stands now */
        }
        if (lost && old->kind == TR_KIND_QUEUE) {
            tr_queue_end(core, s); /* the line stays, only services end */
        } else if (lost) {
            tr_station_end(core, s, core->now, TR_REASON_END);
        }
    }
}

static int16_t same_daypart(const struct tr_plan *from, const struct tr_plan *to, int16_t daypart)
{
    if (daypart < 0 || daypart >= from->dayparts_n) {
        return TR_NONE;
    }
    for (int16_t i = 0; i < to->dayparts_n; i++) {
        if (strcmp(to->dayparts[i].id, from->dayparts[daypart].id) == 0) {
            return i;
        }
    }
    return TR_NONE;
}

static void move_parts(struct tr_core *next, int n, const struct tr_core *core, int s)
{
    const struct tr_station *old = &core->plan->stations[s];
    const struct tr_station *new = &next->plan->stations[n];
    const struct station *from = &core->stations[s];
    struct station *to = &next->stations[n];
    if (old->kind == TR_KIND_QUEUE) {
        to->u.queue.left_at = from->u.queue.left_at;
        for (int i = 0; i < old->u.queue.positions_n; i++) {
            const int p = find_position(&new->u.queue, old->u.queue.positions[i].id);
            if (p != TR_NONE) {
                to->u.queue.positions[p] = from->u.queue.positions[i];
                struct position *moved = &to->u.queue.positions[p];
                moved->served.daypart = same_daypart(core->plan, next->plan, moved->served.daypart);
            }
        }
    } else if (old->kind == TR_KIND_PHONE) {
        for (int i = 0; i < old->u.phone.lines_n; i++) {
            const int l = find_line(&new->u.phone, old->u.phone.lines[i].id);
            if (l != TR_NONE) {
                to->u.phone.lines[l] = from->u.phone.lines[i];
                to->u.phone.lines[l].served.slot = (int16_t)l;
            }
        }
        for (int i = 0; i < to->waits_n; i++) {
            to->waits[i].slot =
                (int16_t)find_line(&new->u.phone, old->u.phone.lines[to->waits[i].slot].id);
        }
    } else if (old->kind != TR_KIND_FEEDBACK) {
        to->u = from->u;
    }
}

static void move_station(struct tr_core *next, int n, const struct tr_core *core, int s)
{
    const struct station *from = &core->stations[s];
    struct station *to = &next->stations[n];
    memcpy(to, from, offsetof(struct station, u));
    memcpy(to->waits, from->waits, (size_t)from->waits_n * sizeof(from->waits[0]));
    memcpy(to->ended, from->ended, sizeof(from->ended));
    for (int i = 0; i < to->waits_n; i++) {
        to->waits[i].daypart = same_daypart(core->plan, next->plan, to->waits[i].daypart);
    }
    move_parts(next, n, core, s);
}

static void carry_over(struct tr_core *next, const struct tr_core *core)
{
    const struct tr_plan *old = core->plan;
    const struct tr_plan *new = next->plan;
    next->now = core->now;
    next->event_seq = core->event_seq;
    next->open_seq = core->open_seq;
    next->record_seq = core->record_seq;
    next->wall_offset_ms = core->wall_offset_ms;
    next->synced = core->synced;
    next->open = core->open || new->hours_n == 0;
    next->quiet = core->quiet;
    next->daypart = same_daypart(old, new, core->daypart);
    next->daypart_before = same_daypart(old, new, core->daypart_before);
    next->daypart_at = core->daypart_at;
    next->open_before = core->open_before;
    next->open_at = core->open_at;
    next->day = core->day;
    next->day_began = core->day_began;
    next->closed_at = core->closed_at;
    memcpy(next->sounds, core->sounds, sizeof(core->sounds));
    next->sounds_head = core->sounds_head;
    for (int i = 0; i < old->sensors_n; i++) {
        const int n = tr_plan_find_sensor(new, old->sensors[i].id);
        if (n != TR_NONE) {
            next->sensors[n] = core->sensors[i];
            tr_sensor_rearm(next, n);
        }
    }
    for (int i = 0; i < old->gates_n; i++) {
        const int n = tr_plan_find_gate(new, old->gates[i].id);
        if (n != TR_NONE) {
            next->gates[n] = core->gates[i];
        }
    }
    for (int s = 0; s < old->stations_n; s++) {
        const int n = successor(new, &old->stations[s]);
        if (n != TR_NONE) {
            move_station(next, n, core, s);
        }
    }
}

int tr_core_replan(struct tr_core *next, struct tr_core *core, const struct tr_plan *plan,
                   struct tr_mono at, struct tr_effects *out)
{
    const struct tr_event tick = {.kind = TR_EVENT_TICK, .at = at};
    if (tr_core_step(core, &tick, out) != 0) {
        return 1;
    }
    if (out->n + TR_EFFECTS_RESERVE > TR_EFFECTS_MAX) {
        return 1;
    }
    core->out = out;
    end_orphans(core, plan);
    const struct tr_event change = {.kind = TR_EVENT_PLAN, .at = {core->now}};
    tr_core_log(core, &change);
    tr_core_init(next, plan);
    carry_over(next, core);
    next->out = out;
    for (int s = 0; s < plan->stations_n; s++) {
        tr_alert_update(next, s, next->now);
        tr_station_rearm(next, s);
        tr_core_touch(next, s);
    }
    next->lamps_stale = true;
    tr_core_flush(next, next->now);
    core->out = NULL;
    next->out = NULL;
    return 0;
}
