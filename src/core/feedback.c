/* Smiley buttons, guarded against children and crowds (RULES 20). */
#include <math.h>

#include "core/core_private.h"

enum { CROWD_PRESSES = 4, WEEK_VOTES_LEAST = 5 };

static const struct tr_feedback_plan *plan_of(const struct tr_core *core, int station)
{
    return &core->plan->stations[station].u.feedback;
}

struct tie {
    int found;
    uint64_t open_seq;
    int16_t station;
};

/* Waits that ended within tie_ns before the vote, at the stations it is about. */
static struct tie tie(const struct tr_core *core, int station, int64_t at)
{
    const struct tr_feedback_plan *plan = plan_of(core, station);
    struct tie t = {.found = 0, .open_seq = 0, .station = TR_NONE};
    for (int a = 0; a < plan->after_n; a++) {
        const struct station *st = &core->stations[plan->after[a]];
        for (uint32_t i = 1; i <= st->ended_count; i++) {
            const struct ended *e = &st->ended[(st->ended_head + ENDED_MAX - i) % ENDED_MAX];
            if (e->closed < at - 24 * 3600 * TR_NS_PER_S || i > 256) {
                break; /* long services end late, but not that late */
            }
            if (e->left <= at && at - e->left <= plan->tie_ns && e->outcome != TR_OUTCOME_VOID) {
                t.found++;
                t.open_seq = e->open_seq;
                t.station = plan->after[a];
            }
        }
    }
    return t;
}

/* A customer's vote: counted, tied to a wait where it can be, and recorded. */
static void record(struct tr_core *core, int station, int32_t score, bool crowd)
{
    struct station *st = &core->stations[station];
    const struct feedback *f = &st->u.feedback;
    const struct tie t = tie(core, station, f->first_at);
    const bool tied = t.found == 1 && !crowd;
    st->total.votes_discarded += crowd;
    st->total.votes += !crowd;
    st->total.votes_tied += tied;
    st->total.vote_score_sum += score;
    if (!crowd && f->last_at >= core->day_began) {
        st->day_votes++;
        st->day_score += score;
    }
    struct tr_vote_record *r = &tr_core_emit(core, TR_EFFECT_VOTE, core->now)->u.vote;
    r->seq = ++core->record_seq;
    r->press_seq = f->first_seq;
    r->station = (int16_t)station;
    r->button = crowd ? (int16_t)TR_NONE : f->button;
    r->score = score;
    r->presses = f->presses;
    r->at.ns = f->last_at;
    r->at_wall.ms = tr_core_wall_ms(core, f->last_at);
    r->wait_seq = tied ? t.open_seq : 0;
    r->wait_station = tied ? t.station : (int16_t)TR_NONE;
    r->synced = core->synced;
    r->daypart = core->daypart;
    if (!crowd) {
        tr_core_news(core, station, TR_NEWS_VOTE, r->wait_seq, score, f->last_at);
    }
    tr_core_touch(core, station);
}

static void vote(struct tr_core *core, int station)
{
    struct feedback *f = &core->stations[station].u.feedback;
    const bool crowd = f->presses >= CROWD_PRESSES;
    const int32_t score = crowd ? 0 : plan_of(core, station)->buttons[f->button].score;
    if (core->plan->stations[station].audience != TR_AUDIENCE_STAFF) {
        record(core, station, score, crowd);
    } else if (!crowd && f->week_votes < INT32_MAX) {
        /* Not a word of it now: its moment would say whose it was. */
        f->week_votes++;
        f->week_score += score;
    }
    f->presses = 0;
}

void tr_feedback_input(struct tr_core *core, int station, int button, const struct input *in)
{
    struct feedback *f = &core->stations[station].u.feedback;
    if (!in->level || in->found) {
        return; /* a button found pressed is a stuck one, not an opinion */
    }
    if (f->presses > 0 && in->at - f->last_at > plan_of(core, station)->vote_ns) {
        vote(core, station);
    }
    if (f->presses == 0) {
        f->first_at = in->at;
        f->first_seq = core->event_seq;
    }
    if (f->presses < INT32_MAX) {
        f->presses++;
    }
    f->last_at = f->presses == 1 ? in->at : tr_max_i64(f->last_at, in->at);
    f->button = (int16_t)button;
}

int64_t tr_feedback_deadline(const struct tr_core *core, int station)
{
    const struct tr_feedback_plan *plan = plan_of(core, station);
    const struct feedback *f = &core->stations[station].u.feedback;
    if (f->presses == 0) {
        return NS_NEVER;
    }
    int64_t slowest = 0;
    for (int i = 0; i < plan->buttons_n; i++) {
        slowest = tr_max_i64(slowest, core->plan->sensors[plan->buttons[i].sensor].press_ns);
    }
    return f->last_at + plan->vote_ns + slowest + 1;
}

void tr_feedback_due(struct tr_core *core, int station, int64_t now)
{
    if (tr_feedback_deadline(core, station) <= now) {
        vote(core, station);
    }
}

void tr_feedback_decide(struct tr_core *core, int station)
{
    if (core->stations[station].u.feedback.presses > 0) {
        vote(core, station);
    }
}

/* --- a staff panel's week (RULES 20) ------------------------------------------------ */

/* Weeks from Monday 1969-12-29 to a date yyyymmdd, or 0: not a date. */
static int32_t week_of(int32_t date)
{
    const int32_t d = date % 100;
    const int32_t m = date / 100 % 100;
    if (date < 19700101 || date > 99991231 || m < 1 || m > 12 || d < 1 || d > 31) {
        return 0;
    }
    /* Years from March on, so that a leap day is a year's last: 1 March 0000 is day 0. */
    const int32_t y = date / 10000 - (m <= 2);
    const int32_t day_of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    const int32_t days = y * 365 + y / 4 - y / 100 + y / 400 + day_of_year;
    const int32_t monday = 719465; /* 1969-12-29 */
    return (days - monday) / 7 + 1;
}

void tr_feedback_day(struct tr_core *core, int station)
{
    struct feedback *f = &core->stations[station].u.feedback;
    const int32_t week = week_of(core->day);
    if (week == 0 || (f->week != 0 && week <= f->week)) {
        return; /* no date, the same week, or a clock set back */
    }
    if (f->week != 0) {
        /* Of a week in which nobody watched there is nothing to tell. */
        const bool last = week == f->week + 1;
        f->last_votes = last ? f->week_votes : 0;
        f->last_score = last ? f->week_score : 0;
        f->week_votes = 0;
        f->week_score = 0;
    }
    f->week = week;
}

void tr_feedback_carry(struct feedback *to, const struct feedback *from)
{
    *to = (struct feedback){.week = from->week,
                            .week_votes = from->week_votes,
                            .last_votes = from->last_votes,
                            .week_score = from->week_score,
                            .last_score = from->last_score};
}

void tr_feedback_week(const struct tr_core *core, int station, struct tr_station_metrics *m)
{
    const struct tr_station *plan = &core->plan->stations[station];
    const struct feedback *f = &core->stations[station].u.feedback;
    m->week_votes = 0;
    m->week_score_mean = (double)NAN;
    if (plan->kind != TR_KIND_FEEDBACK || plan->audience != TR_AUDIENCE_STAFF) {
        return;
    }
    m->votes = 0;
    m->votes_discarded = 0;
    m->votes_tied = 0;
    m->vote_score_sum = 0;
    m->day_votes = 0; /* it may have been the customers' this morning */
    m->day_score_mean = (double)NAN;
    if (f->last_votes >= WEEK_VOTES_LEAST) {
        m->week_votes = f->last_votes;
        m->week_score_mean = (double)f->last_score / f->last_votes;
    }
}
