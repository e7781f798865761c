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
            tr_alert_end(core, s, core->now);
            continue;
        }
        bool lost = false;
        for (int i = 0; old->kind == TR_KIND_QUEUE && i < old->u.queue.positions_n; i++) {
            const int p = find_position(&plan->stations[n].u.queue, old->u.queue.positions[i].id);
            lost |= p == TR_NONE || (old->u.queue.positions[i].presence != TR_NONE &&
                                     plan->stations[n].u.queue.positions[p].presence == TR_NONE);
        }
        for (int i = 0; old->kind == TR_KIND_PHONE && i < old->u.phone.lines_n; i++) {
            const int l = find_line(&plan->stations[n].u.phone, old->u.phone.lines[i].id);
            lost |= l == TR_NONE || (old->u.phone.lines[i].hook != TR_NONE &&
                                     plan->stations[n].u.phone.lines[l].hook == TR_NONE);
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

static int find_place(const struct tr_core *core, const struct tr_queue_plan *q, const char *sensor)
{
    for (int i = 0; i < q->places_n; i++) {
        if (strcmp(core->plan->sensors[q->places[i]].id, sensor) == 0) {
            return i;
        }
    }
    return TR_NONE;
}

/* Is it active in the new plan, and to be believed? */
static bool reads_active(const struct tr_core *next, int sensor)
{
    return sensor != TR_NONE && next->sensors[sensor].level && !tr_sensor_faulty(next, sensor);
}

/* The row goes on where it is the same row; in another one people stand where they
 * stood, and who stands at a new place is found there. */
static void move_row(struct tr_core *next, int n, const struct tr_core *core, int s)
{
    const struct tr_queue_plan *old = &core->plan->stations[s].u.queue;
    const struct tr_queue_plan *new = &next->plan->stations[n].u.queue;
    const struct row *from = &core->stations[s].u.queue.row;
    struct row row = {.chain = 0};
    bool same = old->places_n == new->places_n;
    for (int i = 0; i < new->places_n; i++) {
        const int was = find_place(core, old, next->plan->sensors[new->places[i]].id);
        same = same && was == i;
        if (was != TR_NONE) {
            row.places[i] = from->places[was];
        } else if (reads_active(next, new->places[i])) {
            row.places[i] =
                (struct place){.on = true, .found = true, .since = next->now, .on_at = next->now};
        }
    }
    if (!same) {
        next->stations[n].u.queue.row = row;
        tr_row_replanned(next, n);
    }
}

static void move_queue(struct tr_core *next, int n, const struct tr_core *core, int s)
{
    const struct tr_queue_plan *old = &core->plan->stations[s].u.queue;
    const struct tr_queue_plan *new = &next->plan->stations[n].u.queue;
    const struct station *from = &core->stations[s];
    struct station *to = &next->stations[n];
    struct queue *q = &to->u.queue;
    memcpy(q, &from->u.queue, offsetof(struct queue, positions));
    move_row(next, n, core, s);
    for (int i = 0; i < q->called_n; i++) {
        q->called[i].daypart = same_daypart(core->plan, next->plan, q->called[i].daypart);
    }
    memset(to->total.position, 0, sizeof(to->total.position));
    for (int i = 0; i < old->positions_n; i++) {
        const int p = find_position(new, old->positions[i].id);
        if (p != TR_NONE) {
            struct position *moved = &q->positions[p];
            *moved = from->u.queue.positions[i];
            moved->served.daypart = same_daypart(core->plan, next->plan, moved->served.daypart);
            to->total.position[p] = from->total.position[i];
        }
    }
    for (int i = 0; i < new->positions_n; i++) {
        q->positions[i].staffed = reads_active(next, new->positions[i].staffed);
    }
    for (int i = 0; i < to->waits_n; i++) {
        if (to->waits[i].slot >= 0) {
            to->waits[i].slot = (int16_t)find_position(new, old->positions[to->waits[i].slot].id);
        }
    }
}

static void move_parts(struct tr_core *next, int n, const struct tr_core *core, int s)
{
    const struct tr_station *old = &core->plan->stations[s];
    const struct tr_station *new = &next->plan->stations[n];
    const struct station *from = &core->stations[s];
    struct station *to = &next->stations[n];
    if (old->kind == TR_KIND_QUEUE) {
        move_queue(next, n, core, s);
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
    } else if (old->kind == TR_KIND_FEEDBACK) {
        tr_feedback_carry(&to->u.feedback, &from->u.feedback);
    } else {
        to->u = from->u;
    }
}

/* Today's closed waits keep the daypart they opened in, wherever it stands now. */
static void move_dayparts(struct station *st, const struct tr_plan *from, const struct tr_plan *to)
{
    const struct tally old = st->day_beyond;
    memset(st->day_beyond.daypart, 0, sizeof(st->day_beyond.daypart));
    for (int16_t d = 0; d < from->dayparts_n; d++) {
        const int16_t n = same_daypart(from, to, d);
        if (n != TR_NONE) {
            st->day_beyond.daypart[n] = old.daypart[d];
        }
    }
    for (uint32_t i = 0; i < st->ended_count; i++) {
        st->ended[i].daypart = (int8_t)same_daypart(from, to, st->ended[i].daypart);
    }
}

static void move_station(struct tr_core *next, int n, const struct tr_core *core, int s)
{
    const struct station *from = &core->stations[s];
    struct station *to = &next->stations[n];
    memcpy(to, from, offsetof(struct station, u));
    memcpy(to->waits, from->waits, (size_t)from->waits_n * sizeof(from->waits[0]));
    /* Until it is full, the ring begins at its first: the untouched pages stay so. */
    memcpy(to->ended, from->ended, from->ended_count * sizeof(from->ended[0]));
    for (int i = 0; i < to->waits_n; i++) {
        to->waits[i].daypart = same_daypart(core->plan, next->plan, to->waits[i].daypart);
    }
    move_dayparts(to, core->plan, next->plan);
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
    next->offline = core->offline;
    next->begun = core->begun;
    for (int i = 0; i < old->sensors_n; i++) {
        const int n = tr_plan_find_sensor(new, old->sensors[i].id);
        if (n != TR_NONE) {
            next->sensors[n] = core->sensors[i];
            next->faults[n] = core->faults[i];
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
    for (int s = 0; s < new->stations_n && next->begun; s++) {
        next->stations[s].sight_at = next->now;
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
    for (int s = 0; s < core->plan->stations_n; s++) {
        tr_sight_account(core, s, core->now);
    }
    for (int i = 0; i < core->plan->sensors_n; i++) {
        if (tr_plan_find_sensor(plan, core->plan->sensors[i].id) == TR_NONE) {
            tr_alert_end_sensor(core, i, core->now);
        }
    }
    const struct tr_event change = {.kind = TR_EVENT_PLAN, .at = {core->now}};
    tr_core_log(core, &change);
    tr_core_init(next, plan);
    carry_over(next, core);
    next->out = out;
    tr_alert_faults_rearm(next);
    for (int i = 0; i < plan->sensors_n; i++) {
        tr_sensor_replanned(next, i);
    }
    for (int i = 0; i < plan->sensors_n; i++) {
        tr_sensor_tell(next, i);
    }
    for (int s = 0; s < plan->stations_n; s++) {
        tr_sight_update(next, s, next->now); /* it may depend on others now */
        tr_alert_recount(next, s);
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
