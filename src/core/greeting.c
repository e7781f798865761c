/* A door: customers are greeted as they walk in (RULES 4 to 9). */
#include <string.h>

#include "core/core_private.h"

enum { INSIDE_S = 3600, INSIDE_BEFORE_S = 3 };

static const struct tr_greeting_plan *plan_of(const struct tr_core *core, int station)
{
    return &core->plan->stations[station].u.greeting;
}

/* --- who is inside (RULES 6) ------------------------------------------------------ */

static void inside_age(struct greeting *g, int64_t now)
{
    int n = 0;
    for (int i = 0; i < g->inside_n; i++) {
        if (g->inside[i].until > now && g->inside[i].people > 0) {
            g->inside[n++] = g->inside[i];
        }
    }
    g->inside_n = n;
}

static void inside_add(struct greeting *g, int32_t people, int64_t at)
{
    inside_age(g, at);
    if (g->inside_n == INSIDE_MAX) {
        memmove(&g->inside[0], &g->inside[1], (INSIDE_MAX - 1) * sizeof(g->inside[0]));
        g->inside_n--;
    }
    g->inside[g->inside_n].until = at + INSIDE_S * TR_NS_PER_S;
    g->inside[g->inside_n].people = people;
    g->inside_n++;
}

static bool inside_take(struct greeting *g, int64_t now)
{
    inside_age(g, now);
    if (g->inside_n == 0) {
        return false;
    }
    g->inside[0].people--;
    inside_age(g, now);
    return true;
}

/* --- answers ------------------------------------------------------------------------ */

static void answer_at(struct tr_core *core, int station, int index, int64_t at, enum tr_by by)
{
    struct station *st = &core->stations[station];
    const struct closing how = {
        .at = at, .outcome = TR_OUTCOME_ANSWERED, .by = by, .reason = TR_REASON_NONE};
    inside_add(&st->u.greeting, st->waits[index].here, at);
    tr_wait_close(core, station, index, &how);
}

static void answer(struct tr_core *core, int station, int64_t at, enum tr_by by)
{
    struct station *st = &core->stations[station];
    const bool all = plan_of(core, station)->answers_all;
    while (st->waits_n > 0) {
        answer_at(core, station, 0, at, by);
        if (!all) {
            break;
        }
    }
}

static bool is_button(const struct tr_core *core, int sensor)
{
    return sensor != TR_NONE && core->plan->sensors[sensor].type == TR_SENSOR_BUTTON;
}

static bool staff_present(const struct tr_core *core, int station)
{
    const int sensor = plan_of(core, station)->answer;
    return sensor != TR_NONE && !is_button(core, sensor) && core->sensors[sensor].level;
}

static void pressed(struct tr_core *core, int station, int64_t at)
{
    struct station *st = &core->stations[station];
    if (st->waits_n == 0) {
        st->u.greeting.early_at = at; /* greeted before the crossing was complete */
    } else {
        answer(core, station, at, TR_BY_STAFF);
    }
}

/* --- arrivals and exits -------------------------------------------------------------- */

/* Does someone coming in at @at belong to those who came just before? */
static bool joins_party(struct tr_core *core, int station, int64_t at)
{
    const struct tr_greeting_plan *plan = plan_of(core, station);
    struct station *st = &core->stations[station];
    struct greeting *g = &st->u.greeting;
    if (plan->party_window_ns == 0 || at - g->party_last > plan->party_window_ns ||
        at - g->party_first > plan->party_max_ns) {
        return false;
    }
    g->party_last = at;
    const int i = tr_wait_find(st, g->last_in_seq);
    if (i != TR_NONE) {
        st->waits[i].party++;
        st->waits[i].here++;
        st->waits[i].last_joined = at;
    } else {
        inside_add(g, 1, at); /* the greeting they got was for all of them */
    }
    tr_core_news(core, station, TR_NEWS_JOINED_PARTY, g->last_in_seq,
                 i != TR_NONE ? st->waits[i].party : 1, at);
    tr_core_touch(core, station);
    return true;
}

static void came_in(struct tr_core *core, int station, bool found, int64_t at)
{
    const struct tr_greeting_plan *plan = plan_of(core, station);
    struct station *st = &core->stations[station];
    struct greeting *g = &st->u.greeting;
    const bool covered = g->void_at != NS_LONG_AGO && at - g->void_at <= plan->void_within_ns;
    g->cross_at = covered ? NS_LONG_AGO : at;
    g->cross_out = false;
    if (!covered && joins_party(core, station, at)) {
        return;
    }
    const struct wait *w = tr_wait_open(core, station, at, found);
    g->last_in_seq = w->open_seq;
    const int index = tr_wait_find(st, g->last_in_seq);
    if (covered) {
        g->void_at = NS_LONG_AGO;
        const struct closing staff = {
            .at = at, .outcome = TR_OUTCOME_VOID, .by = TR_BY_STAFF, .reason = TR_REASON_STAFF_KEY};
        tr_wait_close(core, station, index, &staff);
        return;
    }
    g->party_first = at;
    g->party_last = at;
    if (g->early_at != NS_LONG_AGO && at - g->early_at <= plan->early_ns) {
        g->early_at = NS_LONG_AGO;
        answer_at(core, station, index, at, TR_BY_STAFF);
    } else if (staff_present(core, station) && g->together_at == NS_NEVER) {
        g->together_at = at + plan->staff_together_ns;
    }
}

static void went_out(struct tr_core *core, int station, int64_t at)
{
    struct station *st = &core->stations[station];
    struct greeting *g = &st->u.greeting;
    if (g->void_at != NS_LONG_AGO && at - g->void_at <= plan_of(core, station)->void_within_ns) {
        g->void_at = NS_LONG_AGO;
        g->cross_at = NS_LONG_AGO;
        return;
    }
    g->cross_at = at;
    g->cross_out = true;
    g->cross_took = inside_take(g, at);
    if (g->cross_took) {
        if (st->waits_n > 0) {
            st->waits[0].accurate = false; /* it may have been one of these */
        }
        return;
    }
    if (st->waits_n == 0) {
        return;
    }
    tr_core_touch(core, station);
    if (--st->waits[0].here > 0) {
        return;
    }
    if (st->waits[0].open_seq == g->last_in_seq) {
        g->party_last = NS_LONG_AGO; /* whoever comes now does not belong to them */
    }
    const struct closing left = {
        .at = at, .outcome = TR_OUTCOME_ABANDONED, .by = TR_BY_SENSOR, .reason = TR_REASON_LEFT};
    tr_wait_close(core, station, 0, &left);
}

void tr_greeting_crossing(struct tr_core *core, int station, bool in, bool found, int64_t at)
{
    if (in) {
        came_in(core, station, found, at);
    } else {
        went_out(core, station, at);
    }
}

/* A single contact or beam: only its activation counts (RULES 7). */
static void activated(struct tr_core *core, int station, const struct input *in)
{
    const struct tr_greeting_plan *plan = plan_of(core, station);
    struct greeting *g = &core->stations[station].u.greeting;
    if (in->at - g->last_activation < plan->rearm_ns) {
        return;
    }
    g->last_activation = in->at;
    const bool from_inside = in->at - g->inside_active_at <= INSIDE_BEFORE_S * TR_NS_PER_S ||
                             (plan->inside != TR_NONE && core->sensors[plan->inside].level);
    if (plan->inside != TR_NONE && from_inside) {
        went_out(core, station, in->at);
    } else {
        came_in(core, station, in->found, in->at);
    }
}

/* The staff's key takes back somebody who came in. */
static void void_entry(struct tr_core *core, int station, int64_t at)
{
    struct station *st = &core->stations[station];
    struct greeting *g = &st->u.greeting;
    const int i = tr_wait_find(st, g->last_in_seq);
    if (i == TR_NONE) {
        return; /* greeted meanwhile: the wait counts, and the key is spent */
    }
    tr_core_touch(core, station);
    if (st->waits[i].here > 1) {
        st->waits[i].party--;
        st->waits[i].here--;
        return;
    }
    g->party_last = NS_LONG_AGO;
    const struct closing staff = {
        .at = at, .outcome = TR_OUTCOME_VOID, .by = TR_BY_STAFF, .reason = TR_REASON_STAFF_KEY};
    tr_wait_close(core, station, i, &staff);
}

/* The staff's key covers one crossing, in or out, the newest (RULES 9). */
void tr_greeting_void(struct tr_core *core, int station, int64_t at)
{
    struct greeting *g = &core->stations[station].u.greeting;
    if (g->cross_at == NS_LONG_AGO || at - g->cross_at > plan_of(core, station)->void_within_ns) {
        g->void_at = at; /* for the crossing to come */
        return;
    }
    g->cross_at = NS_LONG_AGO;
    if (!g->cross_out) {
        void_entry(core, station, at);
    } else if (g->cross_took) {
        inside_add(g, 1, at); /* it was no customer who left */
    }
}

void tr_greeting_input(struct tr_core *core, int station, enum role role, const struct input *in)
{
    const struct tr_greeting_plan *plan = plan_of(core, station);
    struct greeting *g = &core->stations[station].u.greeting;
    if (role == ROLE_ARRIVE && in->level) {
        activated(core, station, in);
    } else if (role == ROLE_INSIDE) {
        g->inside_active_at = in->at; /* either edge: active up to here */
    } else if (role == ROLE_VOID && in->level) {
        tr_greeting_void(core, station, in->at);
    } else if (role == ROLE_ANSWER && is_button(core, plan->answer)) {
        if (in->level) {
            pressed(core, station, in->at);
        }
    } else if (role == ROLE_ANSWER) {
        const bool meet = in->level && core->stations[station].waits_n > 0;
        g->together_at = meet ? in->at + plan->staff_together_ns : NS_NEVER;
    }
}

int64_t tr_greeting_deadline(const struct tr_core *core, int station)
{
    const struct station *st = &core->stations[station];
    return st->waits_n > 0 ? st->u.greeting.together_at : NS_NEVER;
}

void tr_greeting_due(struct tr_core *core, int station, int64_t now)
{
    struct greeting *g = &core->stations[station].u.greeting;
    if (g->together_at <= now) {
        const int64_t at = g->together_at - plan_of(core, station)->staff_together_ns;
        g->together_at = NS_NEVER;
        if (staff_present(core, station)) {
            answer(core, station, at, TR_BY_SENSOR);
            if (core->stations[station].waits_n > 0) {
                /* The next one, as soon as they have stood together too. */
                g->together_at = now + plan_of(core, station)->staff_together_ns;
            }
        }
    }
}
