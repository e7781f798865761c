/* A door: customers are greeted as they walk in (RULES 4 to 9). */
#include <string.h>

#include "core/core_private.h"

enum { INSIDE_S = 3600, INSIDE_BEFORE_S = 3, LOOK_BACK = 64 };

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

/* One of those who came last is nobody to be remembered. */
static void inside_drop_newest(struct greeting *g)
{
    if (g->inside_n > 0 && --g->inside[g->inside_n - 1].people <= 0) {
        g->inside_n--;
    }
}

/* Did this wait end with a greeting? */
static bool was_answered(const struct station *st, uint64_t open_seq)
{
    for (uint32_t i = 1; i <= st->ended_count && i <= LOOK_BACK; i++) {
        const struct ended *e = &st->ended[(st->ended_head + ENDED_MAX - i) % ENDED_MAX];
        if (e->open_seq == open_seq) {
            return e->outcome == TR_OUTCOME_ANSWERED;
        }
    }
    return false;
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

/* The one who has waited longest and is still here; TR_NONE. Whoever went out
 * may yet turn out to be a colleague (RULES 9). */
static int first_here(const struct station *st)
{
    for (int i = 0; i < st->waits_n; i++) {
        if (st->waits[i].away_at == NS_NEVER) {
            return i;
        }
    }
    return TR_NONE;
}

static int count_here(const struct station *st)
{
    int n = 0;
    for (int i = 0; i < st->waits_n; i++) {
        n += st->waits[i].away_at == NS_NEVER;
    }
    return n;
}

static void answer(struct tr_core *core, int station, int64_t at, enum tr_by by)
{
    struct station *st = &core->stations[station];
    const bool all = plan_of(core, station)->answers_all;
    for (int i = first_here(st); i != TR_NONE; i = all ? first_here(st) : TR_NONE) {
        answer_at(core, station, i, at, by);
    }
}

/* A key is pressed; whoever else answers is seen to be there. */
static bool is_key(const struct tr_core *core, int sensor)
{
    return sensor != TR_NONE && (core->plan->sensors[sensor].type == TR_SENSOR_BUTTON ||
                                 core->plan->sensors[sensor].type == TR_SENSOR_CONTACT);
}

static bool staff_present(const struct tr_core *core, int station)
{
    const int sensor = plan_of(core, station)->answer;
    return sensor != TR_NONE && !is_key(core, sensor) && core->sensors[sensor].level;
}

/* Staff and customers have stood together: answered as of the moment they met. */
static void met(struct tr_core *core, int station)
{
    struct station *st = &core->stations[station];
    struct greeting *g = &st->u.greeting;
    const int64_t together_ns = plan_of(core, station)->staff_together_ns;
    const int64_t until = g->together_at;
    answer(core, station, until - together_ns, TR_BY_SENSOR);
    /* The next one, as soon as they have stood together too. */
    const int first = first_here(st);
    g->together_at =
        first == TR_NONE ? NS_NEVER : tr_max_i64(until, st->waits[first].opened) + together_ns;
}

static void pressed(struct tr_core *core, int station, int64_t at)
{
    struct station *st = &core->stations[station];
    if (first_here(st) == TR_NONE) {
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
    const int i = tr_wait_find(st, g->last_in_seq);
    if (i == TR_NONE ? !was_answered(st, g->last_in_seq) : st->waits[i].away_at != NS_NEVER) {
        return false; /* their wait ended some other way: this is somebody else */
    }
    g->party_last_before = g->party_last;
    g->party_last = at;
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
    g->cross_took = false;
    if (!covered && joins_party(core, station, at)) {
        g->cross_seq = g->last_in_seq;
        /* Greeted already: he is inside, and no wait is his. */
        g->cross_took = tr_wait_find(st, g->last_in_seq) == TR_NONE;
        return;
    }
    const uint64_t seq = tr_wait_open(core, station, at, found)->open_seq;
    const int index = tr_wait_find(st, seq);
    if (covered) {
        g->void_at = NS_LONG_AGO;
        const struct closing staff = {
            .at = at, .outcome = TR_OUTCOME_VOID, .by = TR_BY_STAFF, .reason = TR_REASON_STAFF_KEY};
        tr_wait_close(core, station, index, &staff);
        return;
    }
    g->last_in_seq = seq;
    g->cross_seq = seq;
    g->party_first = at;
    g->party_last = at;
    g->party_last_before = NS_LONG_AGO;
    if (g->early_at != NS_LONG_AGO && at - g->early_at <= plan->early_ns) {
        g->early_at = NS_LONG_AGO;
        answer_at(core, station, index, at, TR_BY_STAFF);
    } else if (staff_present(core, station) &&
               (count_here(st) == 1 || g->together_at == NS_NEVER)) {
        g->together_at = at + plan->staff_together_ns;
    }
}

/* One person of the oldest party gave up; it was they all when it is empty. */
static void gave_up(struct tr_core *core, int station, int64_t at)
{
    struct station *st = &core->stations[station];
    struct greeting *g = &st->u.greeting;
    const int oldest = first_here(st);
    struct wait *w = &st->waits[oldest];
    g->cross_seq = w->open_seq;
    if (count_here(st) > 1) {
        w->accurate = false; /* the oldest, by assumption */
    }
    tr_core_touch(core, station);
    if (--w->here > 0) {
        return;
    }
    if (w->open_seq == g->last_in_seq) {
        g->party_last = NS_LONG_AGO; /* whoever comes now does not belong to them */
    }
    w->away_at = tr_max_i64(at, w->opened);
    w->apart = APART_AWAY;
    if (plan_of(core, station)->void_key == TR_NONE) {
        tr_wait_end_left(core, station, oldest);
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
    g->cross_seq = 0;
    g->cross_took = inside_take(g, at);
    const int oldest = first_here(st);
    if (oldest == TR_NONE) {
        return;
    }
    if (g->cross_took) {
        st->waits[oldest].accurate = false; /* it may have been one of these */
    } else {
        gave_up(core, station, at);
    }
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

/* --- the staff's key (RULES 9) ----------------------------------------------------------- */

/* The wait has ended and counts; that somebody wanted it not to is reported. */
static void void_late(struct tr_core *core, int station, uint64_t open_seq, int64_t at)
{
    core->stations[station].total.late_voids++;
    tr_core_news(core, station, TR_NEWS_LATE_VOID, open_seq, 0, at);
    tr_core_touch(core, station);
}

/* Somebody who came in is taken back. */
static void void_entry(struct tr_core *core, int station, int64_t at)
{
    struct station *st = &core->stations[station];
    struct greeting *g = &st->u.greeting;
    const int i = tr_wait_find(st, g->cross_seq);
    if (g->party_last_before != NS_LONG_AGO) {
        g->party_last = g->party_last_before; /* nobody came with them just now */
    }
    g->party_last_before = NS_LONG_AGO;
    if (i == TR_NONE) {
        if (was_answered(st, g->cross_seq)) {
            inside_drop_newest(g);
        }
        if (!g->cross_took) {
            void_late(core, station, g->cross_seq, at);
        }
        return;
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

/* It was no customer who left. */
static void void_exit(struct tr_core *core, int station, int64_t at)
{
    struct station *st = &core->stations[station];
    struct greeting *g = &st->u.greeting;
    if (g->cross_took) {
        inside_add(g, 1, at);
        return;
    }
    const int i = tr_wait_find(st, g->cross_seq);
    if (i != TR_NONE) {
        st->waits[i].here++; /* the party is whole again */
        st->waits[i].away_at = NS_NEVER;
        st->waits[i].apart = APART_NOT;
        tr_core_touch(core, station);
    } else if (g->cross_seq != 0) {
        void_late(core, station, g->cross_seq, at);
    }
}

/* The key covers one crossing, in or out, the newest, up to so long after it or before it. */
void tr_greeting_void(struct tr_core *core, int station, int64_t at)
{
    struct greeting *g = &core->stations[station].u.greeting;
    if (g->cross_at == NS_LONG_AGO || at - g->cross_at > plan_of(core, station)->void_within_ns) {
        const bool after_somebody =
            g->cross_at != NS_LONG_AGO && at - g->cross_at <= INSIDE_S * TR_NS_PER_S;
        g->void_at = at; /* for the crossing to come */
        g->void_seq = after_somebody ? g->cross_seq : 0;
        return;
    }
    g->cross_at = NS_LONG_AGO;
    if (g->cross_out) {
        void_exit(core, station, at);
    } else {
        void_entry(core, station, at);
    }
}

/* --- inputs and deadlines ---------------------------------------------------------------- */

/* Staff came to those who wait, or went. */
static void staff_moved(struct tr_core *core, int station, const struct input *in)
{
    const struct tr_greeting_plan *plan = plan_of(core, station);
    struct station *st = &core->stations[station];
    struct greeting *g = &st->u.greeting;
    if (in->level) {
        const int first = first_here(st);
        g->together_at = first == TR_NONE ? NS_NEVER
                                          : tr_max_i64(in->at, st->waits[first].opened) +
                                                plan->staff_together_ns;
        return;
    }
    if (in->at >= g->together_at) {
        met(core, station);
    }
    g->together_at = NS_NEVER;
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
    } else if (role == ROLE_ANSWER && is_key(core, plan->answer)) {
        if (in->level) {
            pressed(core, station, in->at);
        }
    } else if (role == ROLE_ANSWER) {
        staff_moved(core, station, in);
    }
}

/* When it is certain that staff stood there so long: their going is known by then. */
static int64_t met_at(const struct tr_core *core, int station)
{
    const struct station *st = &core->stations[station];
    const struct greeting *g = &st->u.greeting;
    const int16_t answer_by = plan_of(core, station)->answer;
    if (first_here(st) == TR_NONE || g->together_at == NS_NEVER || answer_by == TR_NONE) {
        return NS_NEVER;
    }
    return g->together_at + core->plan->sensors[answer_by].release_ns + 1;
}

/* When a key is known to have covered nothing. */
static int64_t key_spent_at(const struct tr_core *core, int station)
{
    const struct greeting *g = &core->stations[station].u.greeting;
    return g->void_at == NS_LONG_AGO || g->void_seq == 0
               ? NS_NEVER
               : g->void_at + plan_of(core, station)->void_within_ns + TR_NS_PER_S;
}

/* When no key can take back that somebody left. */
static int64_t left_at(const struct tr_core *core, int station, int *ret)
{
    const struct tr_greeting_plan *plan = plan_of(core, station);
    const int64_t at = tr_wait_away_since(&core->stations[station], ret);
    if (at == NS_NEVER) {
        return NS_NEVER;
    }
    return plan->void_key == TR_NONE
               ? at
               : at + plan->void_within_ns + core->plan->sensors[plan->void_key].press_ns + 1;
}

int64_t tr_greeting_deadline(const struct tr_core *core, int station)
{
    int ignored;
    return tr_min_i64(left_at(core, station, &ignored),
                      tr_min_i64(met_at(core, station), key_spent_at(core, station)));
}

void tr_greeting_due(struct tr_core *core, int station, int64_t now)
{
    const struct tr_station *plan = &core->plan->stations[station];
    struct station *st = &core->stations[station];
    struct greeting *g = &st->u.greeting;
    int who;
    while (left_at(core, station, &who) <= now) {
        tr_wait_end_left(core, station, who);
    }
    if (met_at(core, station) <= now) {
        if (staff_present(core, station)) {
            met(core, station);
        } else {
            g->together_at = NS_NEVER; /* another plan, and no such sensor */
        }
    }
    if (key_spent_at(core, station) <= now) {
        void_late(core, station, g->void_seq, g->void_at);
        g->void_at = NS_LONG_AGO;
    }
    /* Whoever was never greeted is inside all the same, and will leave some day. */
    for (int i = 0; i < st->waits_n && plan->give_up_ns > 0; i++) {
        if (st->waits[i].opened + plan->give_up_ns <= now && st->waits[i].here > 0) {
            inside_add(g, st->waits[i].here, now);
        }
    }
}
