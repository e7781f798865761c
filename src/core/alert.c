/* Alerts as they are told: raised, acknowledged, cleared; those of a station, of
 * a sensor, and of an absence. Active or over, seen or not: four states. */
#include <string.h>

#include "core/alert_private.h"

enum { FAULT_CLEAR_S = 60 };

static const struct alert no_alert = {.below_since = NS_NEVER, .sound_at = NS_NEVER};

/* @index: a sensor for SENSOR, 0 for OFFLINE, else a station. */
static struct alert *alert_of(struct tr_core *core, enum tr_alert_rule rule, int index)
{
    return rule == TR_RULE_SENSOR    ? &core->faults[index]
           : rule == TR_RULE_OFFLINE ? &core->offline
                                     : &core->stations[index].alerts[rule];
}

static bool of_station(enum tr_alert_rule rule)
{
    return rule != TR_RULE_SENSOR && rule != TR_RULE_OFFLINE;
}

void tr_alert_init(struct tr_core *core)
{
    core->offline = no_alert;
    for (int i = 0; i < core->plan->sensors_n; i++) {
        core->faults[i] = no_alert;
    }
}

void tr_alert_reset(struct tr_core *core, int station)
{
    struct station *st = &core->stations[station];
    for (int i = 0; i < TR_RULE_COUNT; i++) {
        st->alerts[i] = no_alert;
    }
    st->rejudge_at = NS_NEVER;
    st->tell_held_at = NS_NEVER;
}

/* --- telling ------------------------------------------------------------------ */

static void fill(const struct alert *a, enum tr_alert_rule rule, int index,
                 struct tr_alert_record *r)
{
    memset(r, 0, sizeof(*r));
    r->seq = a->seq;
    r->open_seq = a->open_seq;
    r->rule = rule;
    r->station = of_station(rule) ? (int16_t)index : (int16_t)TR_NONE;
    r->sensor = rule == TR_RULE_SENSOR ? (int16_t)index : (int16_t)TR_NONE;
    r->state = (enum tr_alert_state)a->state;
    r->acked = a->acked;
    r->level = (enum tr_level)a->shown;
    r->since.ns = a->since;
    r->since_wall.ms = a->since_wall_ms;
    r->at.ns = a->told_at;
    r->at_wall.ms = a->told_wall_ms;
    r->synced = a->synced;
}

static void tell(struct tr_core *core, enum tr_alert_rule rule, int index, int64_t now)
{
    struct alert *a = alert_of(core, rule, index);
    a->seq = ++core->record_seq;
    a->told_at = now;
    a->told_wall_ms = tr_core_wall_ms(core, now);
    a->synced = core->synced;
    fill(a, rule, index, &tr_core_emit(core, TR_EFFECT_ALERT, now)->u.alert);
    core->lamps_stale = true;
    if (of_station(rule)) {
        tr_core_touch(core, index);
    }
}

static void raise(struct tr_core *core, enum tr_alert_rule rule, int index, enum tr_level level,
                  int64_t since, int64_t now)
{
    struct alert *a = alert_of(core, rule, index);
    if (a->shown == TR_LEVEL_OK) {
        a->since = since;
        a->since_wall_ms = tr_core_wall_ms(core, since);
        a->open_seq = core->event_seq;
    }
    a->ever = true;
    a->acked = false;
    a->shown = (uint8_t)level;
    a->state = TR_ALERT_RAISED;
    a->raised_at = now;
    a->below_since = NS_NEVER;
    tell(core, rule, index, now);
    if (rule == TR_RULE_WAIT) {
        tr_sound_begin(core, index, now);
    }
}

static void lower(struct tr_core *core, enum tr_alert_rule rule, int index, enum tr_level level,
                  int64_t now)
{
    struct alert *a = alert_of(core, rule, index);
    a->shown = (uint8_t)level;
    a->below_since = NS_NEVER;
    a->sound_at = NS_NEVER;
    a->interrupted = false;
    a->unneeded = false;
    if (level == TR_LEVEL_OK) {
        a->state = TR_ALERT_CLEARED;
    }
    tell(core, rule, index, now);
}

static int64_t clear_due(const struct tr_core *core, const struct alert *a, int64_t at_least_ns)
{
    if (a->below_since == NS_NEVER) {
        return NS_NEVER;
    }
    return tr_max_i64(a->below_since + tr_max_i64(core->plan->alerts.clear_after_ns, at_least_ns),
                      a->raised_at + core->plan->alerts.min_on_ns);
}

/* A loose contact comes and goes: one alert, not one a minute. */
static int64_t fault_clear_due(const struct tr_core *core, int sensor)
{
    return clear_due(core, &core->faults[sensor], FAULT_CLEAR_S * TR_NS_PER_S);
}

bool tr_core_alert(const struct tr_core *core, enum tr_alert_rule rule, int index,
                   struct tr_alert_record *ret)
{
    const struct alert *a = rule == TR_RULE_SENSOR    ? &core->faults[index]
                            : rule == TR_RULE_OFFLINE ? &core->offline
                                                      : &core->stations[index].alerts[rule];
    if (a->ever) {
        fill(a, rule, index, ret);
    }
    return a->ever;
}

/* --- of a station --------------------------------------------------------------- */

static void update_rule(struct tr_core *core, int station, enum tr_alert_rule rule,
                        const struct tr_survey *survey, int64_t now)
{
    struct alert *a = &core->stations[station].alerts[rule];
    const struct tr_wanted w = tr_alert_want(core, station, rule, survey);
    if (w.now > a->shown) {
        raise(core, rule, station, w.now, now, now);
        return;
    }
    if (a->shown == TR_LEVEL_OK) {
        return;
    }
    if (rule == TR_RULE_WAIT && w.now < a->shown && !a->interrupted) {
        a->interrupted = true; /* somebody serves: silence at once */
        tr_sound_interrupt(core, station, now);
    } else if (rule == TR_RULE_WAIT && w.now == a->shown && a->interrupted) {
        a->interrupted = false; /* it was nobody */
        if (a->state == TR_ALERT_RAISED && !survey->urgent) {
            tr_sound_resume(core, station, now);
        }
    }
    if (w.firm >= a->shown) {
        a->below_since = NS_NEVER;
        return;
    }
    if (a->below_since == NS_NEVER) {
        a->below_since = now;
    }
    if (clear_due(core, a, 0) <= now) {
        lower(core, rule, station, w.firm, now);
    }
}

/* Sounds that no new rung brings: another customer grown critical, a repeat, one
 * that was not needed and is now. */
static void sound_on(struct tr_core *core, int station, bool urgent, bool judged, int64_t now)
{
    struct alert *a = &core->stations[station].alerts[TR_RULE_WAIT];
    if (urgent && a->shown == TR_LEVEL_CRITICAL && a->raised_at != now) {
        if (a->state == TR_ALERT_ACKED) {
            raise(core, TR_RULE_WAIT, station, TR_LEVEL_CRITICAL, now, now);
        } else {
            tr_sound_begin(core, station, now);
        }
    } else if (a->state == TR_ALERT_RAISED && a->sound_at <= now) {
        a->repeats_left--;
        tr_sound_again(core, station, now);
    } else if (a->state == TR_ALERT_RAISED && a->unneeded && judged) {
        tr_sound_needed(core, station, now);
    }
}

void tr_alert_update(struct tr_core *core, int station, int64_t now)
{
    struct tr_survey survey;
    tr_station_mark_apart(core, station);
    tr_alert_survey(core, station, now, &survey);
    const bool judged = tr_alert_judge(core, station, survey.overdue, now);
    update_rule(core, station, TR_RULE_WAIT, &survey, now);
    update_rule(core, station, TR_RULE_LENGTH, &survey, now);
    update_rule(core, station, TR_RULE_BURNING, &survey, now);
    sound_on(core, station, survey.urgent, judged, now);
    tr_sound_tell_held(core, station, now);
}

int64_t tr_alert_deadline(const struct tr_core *core, int station)
{
    const struct station *st = &core->stations[station];
    int64_t at = tr_min_i64(st->rejudge_at, st->tell_held_at);
    for (int i = 0; i < st->waits_n; i++) {
        if (st->waits[i].apart == APART_NOT) {
            at = tr_min_i64(at, tr_wait_level_change(core, station, &st->waits[i], core->now));
        }
    }
    for (int rule = 0; rule < TR_RULE_COUNT; rule++) {
        at = tr_min_i64(at, clear_due(core, &st->alerts[rule], 0));
        at = tr_min_i64(at, st->alerts[rule].sound_at);
    }
    if (st->alerts[TR_RULE_WAIT].shown != TR_LEVEL_OK) {
        const int64_t end = tr_alert_closing(core);
        at = end > core->now ? tr_min_i64(at, end) : at;
    }
    return at;
}

void tr_alert_hush(struct tr_core *core, int station, int64_t now)
{
    tr_sound_hush(core, station, now);
}

void tr_alert_end(struct tr_core *core, int station, int64_t now)
{
    for (enum tr_alert_rule rule = TR_RULE_WAIT; rule <= TR_RULE_BURNING; rule++) {
        if (core->stations[station].alerts[rule].shown != TR_LEVEL_OK) {
            lower(core, rule, station, TR_LEVEL_OK, now);
        }
    }
}

/* --- of a sensor ------------------------------------------------------------------ */

void tr_alert_faults_rearm(struct tr_core *core)
{
    int64_t at = NS_NEVER;
    for (int i = 0; i < core->plan->sensors_n; i++) {
        at = tr_min_i64(at, fault_clear_due(core, i));
    }
    tr_core_arm(core, TIMER_FAULTS, at);
}

void tr_alert_faults_due(struct tr_core *core, int64_t now)
{
    for (int i = 0; i < core->plan->sensors_n; i++) {
        if (fault_clear_due(core, i) <= now) {
            lower(core, TR_RULE_SENSOR, i, TR_LEVEL_OK, now);
        }
    }
    tr_alert_faults_rearm(core);
}

void tr_alert_sensor(struct tr_core *core, int sensor, int64_t now)
{
    struct alert *a = &core->faults[sensor];
    const bool faulty = tr_sensor_faulty(core, sensor);
    if (faulty && a->shown == TR_LEVEL_OK) {
        raise(core, TR_RULE_SENSOR, sensor, TR_LEVEL_AT_RISK, now, now);
    } else if (faulty) {
        a->below_since = NS_NEVER;
    } else if (a->shown != TR_LEVEL_OK && a->below_since == NS_NEVER) {
        a->below_since = now;
    }
    tr_alert_faults_due(core, now);
}

void tr_alert_end_sensor(struct tr_core *core, int sensor, int64_t now)
{
    if (core->faults[sensor].shown != TR_LEVEL_OK) {
        lower(core, TR_RULE_SENSOR, sensor, TR_LEVEL_OK, now);
    }
}

/* --- of an absence ------------------------------------------------------------------ */

/* Known only when it is over: told as one that was, for the journal's sake. */
void tr_alert_offline(struct tr_core *core, int64_t since, int64_t now)
{
    raise(core, TR_RULE_OFFLINE, 0, TR_LEVEL_AT_RISK, since, now);
    lower(core, TR_RULE_OFFLINE, 0, TR_LEVEL_OK, now);
}

/* --- acknowledged ------------------------------------------------------------------- */

static void acknowledge(struct tr_core *core, enum tr_alert_rule rule, int index, int64_t now)
{
    struct alert *a = alert_of(core, rule, index);
    if (!a->ever || a->acked) {
        return;
    }
    a->acked = true;
    if (a->state == TR_ALERT_RAISED) {
        a->state = TR_ALERT_ACKED;
    }
    tell(core, rule, index, now);
}

void tr_alert_ack(struct tr_core *core, int station, int64_t now)
{
    if (core->stations[station].alerts[TR_RULE_WAIT].state == TR_ALERT_RAISED) {
        tr_sound_hush(core, station, now);
    }
    for (enum tr_alert_rule rule = TR_RULE_WAIT; rule <= TR_RULE_BURNING; rule++) {
        acknowledge(core, rule, station, now);
    }
    for (int i = 0; i < core->plan->sensors_n; i++) {
        if (tr_routes_uses(core, station, i)) {
            acknowledge(core, TR_RULE_SENSOR, i, now);
        }
    }
    acknowledge(core, TR_RULE_OFFLINE, 0, now); /* it was everyone's */
}

void tr_alert_ack_fault(struct tr_core *core, int sensor, int64_t now)
{
    if (sensor == TR_NONE) {
        acknowledge(core, TR_RULE_OFFLINE, 0, now);
    } else {
        acknowledge(core, TR_RULE_SENSOR, sensor, now);
    }
}
