/* What all stations are asked, passed on by kind. */
#include <string.h>

#include "core/core_private.h"

void tr_station_reset(struct tr_core *core, int station)
{
    struct station *st = &core->stations[station];
    tr_alert_reset(core, station);
    st->muted_until = NS_LONG_AGO;
    st->sight_at = NS_LONG_AGO;
    switch (core->plan->stations[station].kind) {
    case TR_KIND_GREETING:
        st->u.greeting = (struct greeting){.early_at = NS_LONG_AGO,
                                           .together_at = NS_NEVER,
                                           .void_at = NS_LONG_AGO,
                                           .cross_at = NS_LONG_AGO,
                                           .last_activation = NS_LONG_AGO,
                                           .inside_active_at = NS_LONG_AGO,
                                           .party_last_before = NS_LONG_AGO,
                                           .party_last = NS_LONG_AGO,
                                           .party_first = NS_LONG_AGO};
        break;
    case TR_KIND_CALL:
        st->u.call =
            (struct call){.pressed_at = NS_LONG_AGO, .answer_at = NS_NEVER, .again_at = NS_NEVER};
        break;
    case TR_KIND_PHONE:
        for (int i = 0; i < TR_LINES_MAX; i++) {
            st->u.phone.lines[i] = (struct phone_line){.silent_at = NS_NEVER};
        }
        break;
    case TR_KIND_QUEUE:
        memset(&st->u, 0, sizeof(st->u));
        st->u.queue.left_at = NS_NEVER;
        st->u.queue.empty_since = NS_NEVER;
        st->u.queue.over_since = NS_NEVER;
        st->u.queue.accounted = NS_LONG_AGO;
        break;
    case TR_KIND_FEEDBACK:
    case TR_KIND_COUNT:
    default:
        memset(&st->u, 0, sizeof(st->u));
        break;
    }
}

static int64_t kind_deadline(const struct tr_core *core, int station)
{
    switch (core->plan->stations[station].kind) {
    case TR_KIND_GREETING:
        return tr_greeting_deadline(core, station);
    case TR_KIND_QUEUE:
        return tr_queue_deadline(core, station);
    case TR_KIND_CALL:
        return tr_call_deadline(core, station);
    case TR_KIND_PHONE:
        return tr_phone_deadline(core, station);
    case TR_KIND_FEEDBACK:
        return tr_feedback_deadline(core, station);
    case TR_KIND_COUNT:
    default:
        return NS_NEVER;
    }
}

void tr_station_rearm(struct tr_core *core, int station)
{
    int64_t at = kind_deadline(core, station);
    at = tr_min_i64(at, tr_wait_deadline(core, station));
    at = tr_min_i64(at, tr_alert_deadline(core, station));
    tr_core_arm(core, TIMER_STATION + station, at);
}

void tr_station_due(struct tr_core *core, int station, int64_t now)
{
    switch (core->plan->stations[station].kind) {
    case TR_KIND_GREETING:
        tr_greeting_due(core, station, now);
        break;
    case TR_KIND_QUEUE:
        tr_queue_due(core, station, now);
        break;
    case TR_KIND_CALL:
        tr_call_due(core, station, now);
        break;
    case TR_KIND_PHONE:
        tr_phone_due(core, station, now);
        break;
    case TR_KIND_FEEDBACK:
        tr_feedback_due(core, station, now);
        break;
    case TR_KIND_COUNT:
    default:
        break;
    }
    tr_sight_newcomers(core, station);
    tr_wait_expire(core, station, now);
    tr_alert_update(core, station, now);
    tr_station_rearm(core, station);
}

bool tr_station_busy(const struct tr_core *core, int station)
{
    const struct station *st = &core->stations[station];
    if (st->waits_n > 0) {
        return true;
    }
    for (int i = 0; i < TR_RULE_COUNT; i++) {
        if (st->alerts[i].shown != TR_LEVEL_OK) {
            return true;
        }
    }
    switch (core->plan->stations[station].kind) {
    case TR_KIND_QUEUE:
        return tr_queue_in_service(core, station) > 0;
    case TR_KIND_PHONE:
        return tr_phone_in_service(core, station) > 0;
    case TR_KIND_FEEDBACK:
        return st->u.feedback.presses > 0;
    case TR_KIND_GREETING:
    case TR_KIND_CALL:
    case TR_KIND_COUNT:
    default:
        return false;
    }
}

void tr_station_mark_apart(struct tr_core *core, int station)
{
    struct station *st = &core->stations[station];
    switch (core->plan->stations[station].kind) {
    case TR_KIND_QUEUE:
        tr_queue_mark(core, station);
        break;
    case TR_KIND_CALL:
        for (int i = 0; i < st->waits_n; i++) {
            st->waits[i].apart = i == 0 && st->u.call.answer_at != NS_NEVER ? APART_MET : APART_NOT;
        }
        break;
    case TR_KIND_GREETING:
        for (int i = 0; i < st->waits_n; i++) {
            st->waits[i].apart = st->waits[i].away_at != NS_NEVER ? APART_AWAY : APART_NOT;
        }
        break;
    case TR_KIND_PHONE:
    case TR_KIND_FEEDBACK:
    case TR_KIND_COUNT:
    default:
        break;
    }
}

void tr_station_day(struct tr_core *core, int station)
{
    struct station *st = &core->stations[station];
    st->day_arrivals = 0;
    st->day_void = 0;
    st->day_votes = 0;
    st->day_score = 0;
    st->day_beyond = (struct tally){0};
    st->day_open_ns = 0;
    st->day_full_ns = 0;
    st->total.day_dropped = 0;
    if (core->plan->stations[station].kind == TR_KIND_QUEUE) {
        tr_queue_day(core, station);
    } else if (core->plan->stations[station].kind == TR_KIND_FEEDBACK) {
        tr_feedback_day(core, station);
    }
}

void tr_station_mark(struct tr_core *core, int station)
{
    const struct tr_station *plan = &core->plan->stations[station];
    struct station *st = &core->stations[station];
    for (int i = 0; i < st->waits_n; i++) {
        st->waits[i].accurate = false;
    }
    for (int i = 0; plan->kind == TR_KIND_QUEUE && i < plan->u.queue.positions_n; i++) {
        st->u.queue.positions[i].served.accurate = false;
    }
    for (int i = 0; plan->kind == TR_KIND_QUEUE && i < st->u.queue.called_n; i++) {
        st->u.queue.called[i].accurate = false;
    }
    for (int i = 0; plan->kind == TR_KIND_PHONE && i < plan->u.phone.lines_n; i++) {
        st->u.phone.lines[i].served.accurate = false;
    }
}

void tr_station_end(struct tr_core *core, int station, int64_t at, enum tr_reason reason)
{
    struct station *st = &core->stations[station];
    tr_wait_end_all(core, station, at, reason);
    core->lamps_stale = true;
    switch (core->plan->stations[station].kind) {
    case TR_KIND_GREETING:
        st->u.greeting.together_at = NS_NEVER;
        st->u.greeting.party_last = NS_LONG_AGO;
        break;
    case TR_KIND_QUEUE:
        tr_queue_end(core, station);
        if (reason == TR_REASON_GAP) {
            tr_queue_unseen(core, station, at);
        }
        break;
    case TR_KIND_CALL:
        st->u.call.answer_at = NS_NEVER;
        break;
    case TR_KIND_PHONE:
        tr_phone_end(core, station);
        break;
    case TR_KIND_FEEDBACK:
    case TR_KIND_COUNT:
    default:
        break;
    }
}

/* --- commands ------------------------------------------------------------------------- */

static void mute(struct tr_core *core, int station, int32_t seconds)
{
    core->stations[station].muted_until = core->now + seconds * TR_NS_PER_S;
    tr_alert_hush(core, station, core->now);
}

/* The staff's key by wire: as the button would do. */
static bool void_newest(struct tr_core *core, int station)
{
    struct station *st = &core->stations[station];
    if (core->plan->stations[station].kind == TR_KIND_GREETING) {
        tr_greeting_void(core, station, core->now);
        return true;
    }
    if (st->waits_n == 0) {
        return false;
    }
    const int newest = st->waits_n - 1;
    const struct closing how = {.at = core->now,
                                .outcome = TR_OUTCOME_VOID,
                                .by = TR_BY_STAFF,
                                .reason = TR_REASON_STAFF_KEY};
    tr_wait_close(core, station, newest, &how);
    /* A telephone goes on ringing: no wait of anybody, until it stops. */
    core->lamps_stale = true;
    return true;
}

/* @return false: it is about a station. */
static bool ack_fault(struct tr_core *core, const struct tr_event *ev)
{
    const struct tr_command *c = &ev->u.command;
    if (c->kind != TR_COMMAND_ACK || c->station != TR_NONE) {
        return false;
    }
    if (c->sensor < TR_NONE || c->sensor >= core->plan->sensors_n) {
        tr_core_reject(core, TR_REJECT_SENSOR, ev);
    } else {
        tr_alert_ack_fault(core, c->sensor, core->now);
    }
    return true;
}

void tr_station_command(struct tr_core *core, const struct tr_event *ev)
{
    if (ack_fault(core, ev)) {
        return;
    }
    const struct tr_command *c = &ev->u.command;
    const bool none = c->station == TR_NONE;
    const bool known = c->station >= 0 && c->station < core->plan->stations_n;
    switch (c->kind) {
    case TR_COMMAND_TEST_OUTPUT:
    case TR_COMMAND_WALKTEST:
    case TR_COMMAND_REFRESH:
        return; /* the shell's business */
    case TR_COMMAND_MUTE:
        if ((!none && !known) || c->value < 0) {
            break;
        }
        for (int s = 0; s < core->plan->stations_n; s++) {
            if (none || s == c->station) {
                mute(core, s, c->value);
                tr_station_rearm(core, s);
            }
        }
        return;
    case TR_COMMAND_ACK:
    case TR_COMMAND_VOID:
    case TR_COMMAND_SET_COUNT: {
        if (!known) {
            break;
        }
        const bool queue = core->plan->stations[c->station].kind == TR_KIND_QUEUE;
        if (c->kind == TR_COMMAND_ACK) {
            tr_alert_ack(core, c->station, core->now);
        } else if (c->kind == TR_COMMAND_VOID) {
            if (!void_newest(core, c->station)) {
                tr_core_reject(core, TR_REJECT_VALUE, ev);
            }
        } else if (queue && c->value >= 0 && c->value <= TR_WAITS_MAX) {
            tr_queue_set_count(core, c->station, c->value, core->now);
        } else {
            tr_core_reject(core, TR_REJECT_VALUE, ev);
        }
        tr_alert_update(core, c->station, core->now);
        tr_station_rearm(core, c->station);
        return;
    }
    case TR_COMMAND_COUNT:
    default:
        break;
    }
    tr_core_reject(core, TR_REJECT_STATION, ev);
}
