/* Promises: which one is in force, and was it kept (DESIGN §2). */
#include "core/core_private.h"

bool tr_target_open_at(const struct tr_core *core, int64_t at)
{
    return at < core->open_at ? core->open_before : core->open;
}

int16_t tr_target_daypart_at(const struct tr_core *core, int64_t at)
{
    return at < core->daypart_at ? core->daypart_before : core->daypart;
}

const struct tr_target *tr_target_at(const struct tr_core *core, int station, int64_t at)
{
    const struct tr_station *st = &core->plan->stations[station];
    const int16_t daypart = tr_target_daypart_at(core, at);
    if (daypart >= 0 && st->daypart_target[daypart].unit != TR_TARGET_NONE) {
        return &st->daypart_target[daypart];
    }
    return &st->target;
}

const struct tr_target *tr_target_now(const struct tr_core *core, int station)
{
    return tr_target_at(core, station, core->now);
}

int32_t tr_target_rings(const struct tr_plan *plan, int64_t wait_ns)
{
    const int64_t ring = plan->ring_on_ns + plan->ring_off_ns;
    if (wait_ns < 0 || ring <= 0) {
        return 1;
    }
    return (int32_t)tr_min_i64(wait_ns / ring, INT32_MAX - 1) + 1;
}

static bool counts(const struct tr_station *plan, enum tr_outcome outcome, int64_t wait_ns)
{
    switch (outcome) {
    case TR_OUTCOME_ANSWERED:
    case TR_OUTCOME_EXPIRED:
        return true;
    case TR_OUTCOME_ABANDONED:
        return wait_ns >= plan->short_abandon_ns;
    case TR_OUTCOME_VOID:
    case TR_OUTCOME_UNKNOWN:
    case TR_OUTCOME_COUNT:
    default:
        return false;
    }
}

enum tr_verdict tr_target_verdict(const struct tr_station *plan, const struct wait *w,
                                  enum tr_outcome outcome, int64_t wait_ns)
{
    if (w->threshold_ns <= 0 || w->found || !counts(plan, outcome, wait_ns)) {
        return TR_VERDICT_NOT_COUNTED;
    }
    bool kept = false;
    if (outcome == TR_OUTCOME_ANSWERED) {
        if (w->rings_limit == 0) {
            kept = wait_ns <= w->threshold_ns;
        } else if (plan->kind == TR_KIND_PHONE) {
            kept = w->rings <= w->rings_limit; /* real bursts, whatever the cadence */
        } else {
            kept = wait_ns < w->threshold_ns;
        }
    }
    return kept ? TR_VERDICT_KEPT : TR_VERDICT_MISSED;
}
