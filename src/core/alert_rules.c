/* What each rule of a station wants to be shown: someone waits too long, the line
 * is too long, the service level burns (DESIGN §2). */
#include "base/wilson.h"
#include "core/alert_private.h"

#define ROUNDING 1e-9 /* 1 of 5 is not more than 20 % */

enum { AFTER_CLOSING_S = 1800, HOUR_S = 3600, SHORT_WAITS_MIN = 3, REJUDGE_S = 60 };

int64_t tr_alert_closing(const struct tr_core *core)
{
    return core->open || core->closed_at == NS_NEVER
               ? NS_NEVER
               : core->closed_at + AFTER_CLOSING_S * TR_NS_PER_S + 1;
}

static bool nobody_cares(const struct tr_core *core, int station, int64_t now)
{
    return now >= tr_alert_closing(core) || core->stations[station].measuring == TR_MEASURING_BLIND;
}

void tr_alert_survey(struct tr_core *core, int station, int64_t now, struct tr_survey *ret)
{
    struct station *st = &core->stations[station];
    const struct tr_station *plan = &core->plan->stations[station];
    *ret = (struct tr_survey){.now = TR_LEVEL_OK, .firm = TR_LEVEL_OK};
    if (nobody_cares(core, station, now)) {
        return;
    }
    for (int i = 0; i < st->waits_n; i++) {
        struct wait *w = &st->waits[i];
        if (w->apart == APART_AWAY) {
            continue;
        }
        const enum tr_level level = tr_wait_level(core, station, w, now);
        ret->firm = level > ret->firm ? level : ret->firm;
        ret->waiting_firm++;
        if (w->apart != APART_NOT) {
            continue;
        }
        ret->now = level > ret->now ? level : ret->now;
        ret->waiting++;
        if (level >= TR_LEVEL_LATE) {
            ret->overdue += tr_target_verdict(plan, w, TR_OUTCOME_ANSWERED, now - w->opened) ==
                            TR_VERDICT_MISSED;
            ret->urgent |= level == TR_LEVEL_CRITICAL && !w->urged;
            w->urged |= level == TR_LEVEL_CRITICAL;
        }
    }
}

/* --- windows ---------------------------------------------------------------------- */

static int64_t length_ns(const struct tr_core *core, enum window window)
{
    return window == WINDOW_SHORT  ? core->plan->alerts.burning_short_ns
           : window == WINDOW_LONG ? core->plan->alerts.burning_long_ns
                                   : HOUR_S * TR_NS_PER_S;
}

static void add(struct recent *r, enum tr_verdict verdict)
{
    r->n++;
    r->counted += verdict != TR_VERDICT_NOT_COUNTED;
    r->missed += verdict == TR_VERDICT_MISSED;
}

static const struct ended *oldest(const struct station *st, const struct recent *r)
{
    return &st->ended[(st->ended_head + ENDED_MAX - r->n) % ENDED_MAX];
}

static void drop(struct recent *r, const struct ended *e)
{
    r->n--;
    r->counted -= e->verdict != TR_VERDICT_NOT_COUNTED;
    r->missed -= e->verdict == TR_VERDICT_MISSED;
}

/* Without what has left the window by now. Ends may be known a moment out of order:
 * then one stays that much longer. */
static const struct recent *recent(struct tr_core *core, int station, enum window window,
                                   int64_t now)
{
    struct station *st = &core->stations[station];
    struct recent *r = &st->recent[window];
    const int64_t from = now - length_ns(core, window);
    while (r->n > 0 && oldest(st, r)->closed < from) {
        drop(r, oldest(st, r));
    }
    return r;
}

void tr_alert_settling(struct tr_core *core, int station, enum tr_verdict verdict)
{
    struct station *st = &core->stations[station];
    for (int i = 0; i < WINDOW_COUNT; i++) {
        if (st->recent[i].n == ENDED_MAX) {
            drop(&st->recent[i], oldest(st, &st->recent[i])); /* it is about to be overwritten */
        }
        add(&st->recent[i], verdict);
    }
    st->rejudge |= verdict != TR_VERDICT_NOT_COUNTED;
}

void tr_alert_recount(struct tr_core *core, int station)
{
    struct station *st = &core->stations[station];
    for (int i = 0; i < WINDOW_COUNT; i++) {
        st->recent[i] = (struct recent){0};
        for (uint32_t n = 1; n <= st->ended_count; n++) {
            add(&st->recent[i],
                (enum tr_verdict)st->ended[(st->ended_head + ENDED_MAX - n) % ENDED_MAX].verdict);
        }
    }
}

static double objective(const struct tr_core *core, int station)
{
    return tr_target_now(core, station)->percent / 100.0;
}

bool tr_alert_hour_holds(struct tr_core *core, int station, int64_t now)
{
    const struct recent *r = recent(core, station, WINDOW_HOUR, now);
    const int32_t counted = r->counted + core->stations[station].overdue;
    const int32_t kept = r->counted - r->missed;
    return counted > 0 && (double)kept + ROUNDING >= objective(core, station) * (double)counted;
}

/* --- burning ------------------------------------------------------------------------ */

struct share {
    int32_t missed, counted;
};

static struct share share_of(struct tr_core *core, int station, enum window window, int64_t now)
{
    const struct recent *r = recent(core, station, window, now);
    const int32_t overdue = core->stations[station].overdue;
    return (struct share){.missed = r->missed + overdue, .counted = r->counted + overdue};
}

static bool proven(struct share s, int32_t enough, double allowed)
{
    return s.counted >= enough && tr_wilson_low(s.missed, s.counted, TR_WILSON_95) > allowed;
}

static bool burns(struct tr_core *core, int station, int64_t now)
{
    const struct station *st = &core->stations[station];
    if (!core->open || st->measuring == TR_MEASURING_BLIND ||
        tr_target_now(core, station)->unit == TR_TARGET_NONE) {
        return false;
    }
    const double allowed = 1.0 - objective(core, station);
    const struct share brief = share_of(core, station, WINDOW_SHORT, now);
    if (st->alerts[TR_RULE_BURNING].shown != TR_LEVEL_OK) {
        return (double)brief.missed > allowed * (double)brief.counted + ROUNDING;
    }
    const int32_t enough = core->plan->alerts.burning_min_waits;
    const int32_t third = enough / 3 + (enough % 3 != 0);
    const int32_t few = third > SHORT_WAITS_MIN ? third : SHORT_WAITS_MIN;
    return proven(brief, few < enough ? few : enough, allowed) &&
           proven(share_of(core, station, WINDOW_LONG, now), enough, allowed);
}

bool tr_alert_judge(struct tr_core *core, int station, int32_t overdue, int64_t now)
{
    struct station *st = &core->stations[station];
    const bool closed = st->burning && (!core->open || st->measuring == TR_MEASURING_BLIND);
    if (!st->rejudge && overdue == st->overdue && st->rejudge_at > now && !closed) {
        return false;
    }
    st->rejudge = false;
    st->overdue = overdue;
    st->burning = burns(core, station, now);
    /* Minute after minute from now on, as long as time alone can mend it. */
    st->rejudge_at = st->burning && st->recent[WINDOW_SHORT].counted > 0
                         ? now + REJUDGE_S * TR_NS_PER_S
                         : NS_NEVER;
    return true;
}

struct tr_wanted tr_alert_want(const struct tr_core *core, int station, enum tr_alert_rule rule,
                               const struct tr_survey *survey)
{
    const struct tr_station *plan = &core->plan->stations[station];
    if (rule == TR_RULE_WAIT) {
        return (struct tr_wanted){.now = survey->now, .firm = survey->firm};
    }
    if (rule == TR_RULE_LENGTH) {
        const int32_t max =
            plan->kind == TR_KIND_QUEUE && core->open ? plan->u.queue.max_length : 0;
        return (struct tr_wanted){
            .now = max > 0 && survey->waiting > max ? TR_LEVEL_AT_RISK : TR_LEVEL_OK,
            .firm = max > 0 && survey->waiting_firm > max ? TR_LEVEL_AT_RISK : TR_LEVEL_OK};
    }
    const enum tr_level level = core->stations[station].burning ? TR_LEVEL_AT_RISK : TR_LEVEL_OK;
    return (struct tr_wanted){.now = level, .firm = level};
}
