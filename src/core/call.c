/* A help button: the box shows "sent" at once; the answer button is at the box
 * (RULES 19). */
#include "core/core_private.h"

static const struct tr_call_plan *plan_of(const struct tr_core *core, int station)
{
    return &core->plan->stations[station].u.call;
}

/* A key is pressed, or held to say that nobody was there; who is seen to come
 * just comes, and may stay. */
static bool answers_by_key(const struct tr_core *core, int station)
{
    const int16_t answer = plan_of(core, station)->answer;
    if (answer == TR_NONE) {
        return true;
    }
    const enum tr_sensor_type type = core->plan->sensors[answer].type;
    return type == TR_SENSOR_BUTTON || type == TR_SENSOR_CONTACT;
}

static void close_call(struct tr_core *core, int station, enum tr_outcome outcome,
                       enum tr_reason reason)
{
    struct call *c = &core->stations[station].u.call;
    const struct closing how = {.at = c->answer_at,
                                .outcome = outcome,
                                .by = answers_by_key(core, station) ? TR_BY_STAFF : TR_BY_SENSOR,
                                .reason = reason};
    const int64_t again_at = c->again_at;
    c->answer_at = NS_NEVER;
    c->again_at = NS_NEVER;
    core->lamps_stale = true;
    tr_wait_close(core, station, 0, &how);
    /* Nobody was there, and then somebody called: the next customer. Whoever
     * calls beside the one who answers is answered too. */
    if (outcome == TR_OUTCOME_ABANDONED && again_at != NS_NEVER) {
        tr_wait_open(core, station, again_at, false)->order_seen = true;
        c->pressed_at = again_at;
    }
}

static void called(struct tr_core *core, int station, const struct input *in)
{
    struct station *st = &core->stations[station];
    struct call *c = &st->u.call;
    core->lamps_stale = true;
    if (st->waits_n == 0) {
        tr_wait_open(core, station, in->at, in->found)->order_seen = true;
        c->answer_at = NS_NEVER;
        c->again_at = NS_NEVER;
        c->pressed_at = in->at;
        if (!answers_by_key(core, station) && core->sensors[plan_of(core, station)->answer].level) {
            c->answer_at = in->at; /* they stand there already */
            close_call(core, station, TR_OUTCOME_ANSWERED, TR_REASON_NONE);
        }
        return;
    }
    if (in->at - c->pressed_at < plan_of(core, station)->repeat_ns) {
        return;
    }
    if (in->at > c->answer_at) {
        c->again_at = tr_min_i64(c->again_at, in->at);
    } else if (!st->waits[0].priority) {
        st->waits[0].priority = true;
        tr_core_news(core, station, TR_NEWS_PRIORITY, st->waits[0].open_seq, 1, in->at);
    }
}

void tr_call_input(struct tr_core *core, int station, enum role role, const struct input *in)
{
    const struct tr_call_plan *plan = plan_of(core, station);
    struct station *st = &core->stations[station];
    struct call *c = &st->u.call;
    if (role == ROLE_CALL && in->level) {
        called(core, station, in);
    } else if (role == ROLE_ANSWER && in->level) {
        /* Held since before anybody watched is no answer to anyone. */
        if (st->waits_n > 0 && !in->found) {
            c->answer_at = in->at;
            tr_core_touch(core, station);
            if (plan->hold_gone_ns == 0 || !answers_by_key(core, station)) {
                close_call(core, station, TR_OUTCOME_ANSWERED, TR_REASON_NONE);
            }
        }
    } else if (role == ROLE_ANSWER && c->answer_at != NS_NEVER && st->waits_n > 0) {
        const bool gone = in->at - c->answer_at >= plan->hold_gone_ns;
        close_call(core, station, gone ? TR_OUTCOME_ABANDONED : TR_OUTCOME_ANSWERED,
                   gone ? TR_REASON_GONE : TR_REASON_NONE);
    }
}

int64_t tr_call_deadline(const struct tr_core *core, int station)
{
    const struct tr_call_plan *plan = plan_of(core, station);
    const struct station *st = &core->stations[station];
    if (st->u.call.answer_at == NS_NEVER || st->waits_n == 0) {
        return NS_NEVER;
    }
    return st->u.call.answer_at + plan->hold_gone_ns + core->plan->sensors[plan->answer].release_ns;
}

void tr_call_due(struct tr_core *core, int station, int64_t now)
{
    if (tr_call_deadline(core, station) <= now) {
        close_call(core, station, TR_OUTCOME_ABANDONED, TR_REASON_GONE);
    }
}
