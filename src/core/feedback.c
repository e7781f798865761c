/* Smiley buttons, guarded against children and crowds (RULES 20). */
#include "core/core_private.h"

enum { CROWD_PRESSES = 4 };

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

static void vote(struct tr_core *core, int station)
{
    struct station *st = &core->stations[station];
    struct feedback *f = &st->u.feedback;
    const bool crowd = f->presses >= CROWD_PRESSES;
    const struct tr_vote_button *button = &plan_of(core, station)->buttons[f->button];
    const struct tie t = tie(core, station, f->first_at);
    const int32_t score = crowd ? 0 : button->score;
    if (crowd) {
        st->total.votes_discarded++;
    } else {
        st->total.votes++;
        st->total.vote_score_sum += score;
    }
    /* Staff speak in weekly sums only, never with a time beside it. */
    if (core->plan->stations[station].audience != TR_AUDIENCE_STAFF) {
        struct tr_vote_record *r = &tr_core_emit(core, TR_EFFECT_VOTE, core->now)->u.vote;
        r->seq = ++core->record_seq;
        r->press_seq = f->first_seq;
        r->station = (int16_t)station;
        r->button = crowd ? (int16_t)TR_NONE : f->button;
        r->score = score;
        r->presses = f->presses;
        r->at.ns = f->last_at;
        r->at_wall.ms = tr_core_wall_ms(core, f->last_at);
        r->wait_seq = t.found == 1 && !crowd ? t.open_seq : 0;
        r->wait_station = t.found == 1 && !crowd ? t.station : (int16_t)TR_NONE;
        r->synced = core->synced;
        r->daypart = core->daypart;
        if (!crowd) {
            tr_core_news(core, station, TR_NEWS_VOTE, r->wait_seq, score, f->last_at);
        }
    }
    f->presses = 0;
    tr_core_touch(core, station);
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
