/* The ladder: at_risk, late, critical; its lamps, its sounds, and their
 * restraint (DESIGN §2, RULES 22 and 23). */
#include <string.h>

#include "core/core_private.h"

enum { AFTER_CLOSING_S = 1800, LATE_BURSTS = 3, CRITICAL_BURSTS = 5, HOUR_S = 3600 };

static bool quiet_after_closing(const struct tr_core *core, int64_t now)
{
    return !core->open && core->closed_at != NS_NEVER &&
           now > core->closed_at + AFTER_CLOSING_S * TR_NS_PER_S;
}

struct wanted {
    enum tr_level now;  /* those at a position already left out */
    enum tr_level firm; /* they are counted until it is certain */
};

static struct wanted want(const struct tr_core *core, int station, enum tr_alert_rule rule,
                          int64_t now)
{
    const struct station *st = &core->stations[station];
    const struct tr_station *plan = &core->plan->stations[station];
    struct wanted w = {TR_LEVEL_OK, TR_LEVEL_OK};
    if (quiet_after_closing(core, now) || st->measuring == TR_MEASURING_BLIND) {
        return w;
    }
    if (rule == TR_RULE_LENGTH) {
        const int32_t max =
            plan->kind == TR_KIND_QUEUE && core->open ? plan->u.queue.max_length : 0;
        int waiting = 0;
        int away = 0;
        for (int i = 0; i < st->waits_n; i++) {
            waiting += st->waits[i].apart == APART_NOT;
            away += st->waits[i].apart == APART_AWAY;
        }
        w.now = max > 0 && waiting > max ? TR_LEVEL_AT_RISK : TR_LEVEL_OK;
        w.firm = max > 0 && st->waits_n - away > max ? TR_LEVEL_AT_RISK : TR_LEVEL_OK;
        return w;
    }
    for (int i = 0; i < st->waits_n; i++) {
        const enum tr_level level = tr_wait_level(core, station, &st->waits[i], now);
        if (st->waits[i].apart == APART_AWAY) {
            continue;
        }
        w.firm = level > w.firm ? level : w.firm;
        if (st->waits[i].apart == APART_NOT) {
            w.now = level > w.now ? level : w.now;
        }
    }
    return w;
}

static const struct tr_rung *rung_of(const struct tr_core *core, enum tr_level level)
{
    const struct tr_alert_plan *a = &core->plan->alerts;
    return level == TR_LEVEL_CRITICAL ? &a->critical
           : level == TR_LEVEL_LATE   ? &a->late
                                      : &a->at_risk;
}

/* --- sound -------------------------------------------------------------------- */

static void hush(struct tr_core *core, int station, int64_t now)
{
    core->stations[station].alerts[TR_RULE_WAIT].sound_at = NS_NEVER;
    if (core->sounding != station) {
        return;
    }
    core->sounding = TR_NONE;
    struct tr_effect *e = tr_core_emit(core, TR_EFFECT_SOUND, now);
    e->u.sound.output = core->plan->alerts.buzzer;
    e->u.sound.station = (int16_t)station;
    e->u.sound.sound = TR_SOUND_NONE;
}

static bool within_ceiling(const struct tr_core *core, int64_t now)
{
    const int32_t max = core->plan->alerts.max_per_hour;
    if (max <= 0 || max > SOUNDS_MAX) {
        return true;
    }
    const int oldest = (core->sounds_head + SOUNDS_MAX - max) % SOUNDS_MAX;
    return now - core->sounds[oldest] >= HOUR_S * TR_NS_PER_S;
}

static void play(struct tr_core *core, int station, bool first, int64_t now)
{
    struct alert *a = &core->stations[station].alerts[TR_RULE_WAIT];
    const struct tr_rung *rung = rung_of(core, (enum tr_level)a->shown);
    a->sound_at = a->repeats_left > 0 && rung->repeat_ns > 0 ? now + rung->repeat_ns : NS_NEVER;
    a->interrupted = false;
    const bool held_back = !within_ceiling(core, now) && !(first && a->shown == TR_LEVEL_CRITICAL);
    if (rung->sound == TR_SOUND_NONE || core->plan->alerts.buzzer == TR_NONE || core->quiet ||
        now < core->stations[station].muted_until || held_back) {
        return;
    }
    core->sounds[core->sounds_head] = now;
    core->sounds_head = (core->sounds_head + 1) % SOUNDS_MAX;
    core->sounding = (int16_t)station;
    struct tr_effect *e = tr_core_emit(core, TR_EFFECT_SOUND, now);
    e->u.sound.output = core->plan->alerts.buzzer;
    e->u.sound.station = (int16_t)station;
    e->u.sound.sound = rung->sound;
    e->u.sound.bursts = a->shown == TR_LEVEL_CRITICAL ? CRITICAL_BURSTS
                        : a->shown == TR_LEVEL_LATE   ? LATE_BURSTS
                                                      : 1;
}

/* --- states ------------------------------------------------------------------- */

static void fill(const struct tr_core *core, int station, enum tr_alert_rule rule,
                 struct tr_alert_record *r)
{
    const struct alert *a = &core->stations[station].alerts[rule];
    memset(r, 0, sizeof(*r));
    r->seq = a->seq;
    r->open_seq = a->open_seq;
    r->rule = rule;
    r->station = (int16_t)station;
    r->sensor = TR_NONE;
    r->state = (enum tr_alert_state)a->state;
    r->level = (enum tr_level)a->shown;
    r->since.ns = a->since;
    r->since_wall.ms = a->since_wall_ms;
    r->at.ns = a->told_at;
    r->at_wall.ms = a->told_wall_ms;
    r->synced = a->synced;
}

static void tell(struct tr_core *core, int station, enum tr_alert_rule rule, int64_t now)
{
    struct alert *a = &core->stations[station].alerts[rule];
    a->seq = ++core->record_seq;
    a->told_at = now;
    a->told_wall_ms = tr_core_wall_ms(core, now);
    a->synced = core->synced;
    fill(core, station, rule, &tr_core_emit(core, TR_EFFECT_ALERT, now)->u.alert);
    core->lamps_stale = true;
    tr_core_touch(core, station);
}

static void raise(struct tr_core *core, int station, enum tr_alert_rule rule, enum tr_level level,
                  int64_t now)
{
    struct alert *a = &core->stations[station].alerts[rule];
    if (a->shown == TR_LEVEL_OK) {
        a->since = now;
        a->since_wall_ms = tr_core_wall_ms(core, now);
        a->open_seq = core->event_seq;
    }
    a->ever = true;
    a->shown = (uint8_t)level;
    a->state = TR_ALERT_RAISED;
    a->raised_at = now;
    a->below_since = NS_NEVER;
    tell(core, station, rule, now);
    if (rule != TR_RULE_WAIT) {
        return;
    }
    const struct tr_station *plan = &core->plan->stations[station];
    /* A door that cannot see a customer leave must not nag about one who has. */
    const bool once = plan->kind == TR_KIND_GREETING &&
                      plan->u.greeting.arrive.kind == TR_SOURCE_SENSOR &&
                      plan->u.greeting.inside == TR_NONE;
    a->repeats_left = once ? 0 : rung_of(core, level)->repeats;
    play(core, station, true, now);
}

static int64_t clear_due(const struct tr_core *core, const struct alert *a)
{
    if (a->below_since == NS_NEVER) {
        return NS_NEVER;
    }
    return tr_max_i64(a->below_since + core->plan->alerts.clear_after_ns,
                      a->raised_at + core->plan->alerts.min_on_ns);
}

static void lower(struct tr_core *core, int station, enum tr_alert_rule rule, enum tr_level level,
                  int64_t now)
{
    struct alert *a = &core->stations[station].alerts[rule];
    a->shown = (uint8_t)level;
    a->below_since = NS_NEVER;
    a->sound_at = NS_NEVER;
    a->interrupted = false;
    if (level == TR_LEVEL_OK) {
        a->state = TR_ALERT_CLEARED;
    }
    tell(core, station, rule, now);
}

static void update_rule(struct tr_core *core, int station, enum tr_alert_rule rule, int64_t now)
{
    struct alert *a = &core->stations[station].alerts[rule];
    const struct wanted w = want(core, station, rule, now);
    if (w.now > a->shown) {
        raise(core, station, rule, w.now, now);
        return;
    }
    if (a->shown == TR_LEVEL_OK) {
        return;
    }
    if (rule == TR_RULE_WAIT && w.now < a->shown && !a->interrupted) {
        a->interrupted = true; /* somebody serves: silence at once */
        hush(core, station, now);
    } else if (rule == TR_RULE_WAIT && w.now == a->shown && a->interrupted) {
        a->interrupted = false; /* it was nobody */
        if (a->state == TR_ALERT_RAISED) {
            play(core, station, false, now);
        }
    }
    if (w.firm >= a->shown) {
        a->below_since = NS_NEVER;
        return;
    }
    if (a->below_since == NS_NEVER) {
        a->below_since = now;
    }
    if (clear_due(core, a) <= now) {
        lower(core, station, rule, w.firm, now);
    }
}

void tr_alert_update(struct tr_core *core, int station, int64_t now)
{
    struct alert *a = &core->stations[station].alerts[TR_RULE_WAIT];
    tr_station_mark_apart(core, station);
    update_rule(core, station, TR_RULE_WAIT, now);
    update_rule(core, station, TR_RULE_LENGTH, now);
    if (a->sound_at <= now && a->state == TR_ALERT_RAISED) {
        a->repeats_left--;
        play(core, station, false, now);
    }
}

int64_t tr_alert_deadline(const struct tr_core *core, int station)
{
    const struct station *st = &core->stations[station];
    int64_t at = NS_NEVER;
    for (int i = 0; i < st->waits_n; i++) {
        if (st->waits[i].apart == APART_NOT) {
            at = tr_min_i64(at, tr_wait_level_change(core, station, &st->waits[i], core->now));
        }
    }
    for (int rule = 0; rule < TR_RULE_COUNT; rule++) {
        at = tr_min_i64(at, clear_due(core, &st->alerts[rule]));
        at = tr_min_i64(at, st->alerts[rule].sound_at);
    }
    if (!core->open && core->closed_at != NS_NEVER &&
        st->alerts[TR_RULE_WAIT].shown != TR_LEVEL_OK) {
        const int64_t end = core->closed_at + AFTER_CLOSING_S * TR_NS_PER_S + 1;
        at = end > core->now ? tr_min_i64(at, end) : at;
    }
    return at;
}

void tr_alert_ack(struct tr_core *core, int station, int64_t now)
{
    for (enum tr_alert_rule rule = 0; rule < TR_RULE_COUNT; rule++) {
        struct alert *a = &core->stations[station].alerts[rule];
        if (a->state != TR_ALERT_RAISED) {
            continue;
        }
        a->state = TR_ALERT_ACKED;
        if (rule == TR_RULE_WAIT) {
            hush(core, station, now);
        }
        tell(core, station, rule, now);
    }
}

void tr_alert_hush(struct tr_core *core, int station, int64_t now)
{
    hush(core, station, now);
}

void tr_alert_sensor(struct tr_core *core, int sensor, int64_t now)
{
    (void)core;
    (void)sensor;
    (void)now;
}

void tr_alert_offline(struct tr_core *core, int64_t since, int64_t now)
{
    (void)core;
    (void)since;
    (void)now;
}

bool tr_core_alert(const struct tr_core *core, enum tr_alert_rule rule, int index,
                   struct tr_alert_record *ret)
{
    if (rule == TR_RULE_SENSOR || rule == TR_RULE_OFFLINE ||
        !core->stations[index].alerts[rule].ever) {
        return false;
    }
    fill(core, index, rule, ret);
    return true;
}

/* --- lamps --------------------------------------------------------------------- */

static void light(bool *lamps, int16_t output)
{
    if (output != TR_NONE) {
        lamps[output] = true;
    }
}

void tr_alert_lamps(struct tr_core *core, int64_t now)
{
    const struct tr_alert_plan *plan = &core->plan->alerts;
    bool on[TR_OUTPUTS_MAX] = {false};
    bool warning = false;
    bool streak = false;
    for (int s = 0; s < core->plan->stations_n; s++) {
        const struct station *st = &core->stations[s];
        const enum tr_level level = (enum tr_level)st->alerts[TR_RULE_WAIT].shown;
        if (level > TR_LEVEL_OK) {
            light(on, rung_of(core, level)->lamp);
            warning = true;
        }
        if (st->alerts[TR_RULE_LENGTH].shown > TR_LEVEL_OK) {
            light(on, plan->at_risk.lamp);
            warning = true;
        }
        streak |= plan->kept_streak > 0 && st->streak >= plan->kept_streak;
        if (core->plan->stations[s].kind == TR_KIND_CALL && st->waits_n > 0) {
            light(on, core->plan->stations[s].u.call.sent_lamp);
        }
    }
    if (streak && !warning) {
        light(on, plan->kept_lamp);
    }
    for (int i = 0; i < core->plan->outputs_n; i++) {
        if (core->plan->outputs[i].type == TR_OUTPUT_LAMP && on[i] != core->lamp[i]) {
            core->lamp[i] = on[i];
            struct tr_effect *e = tr_core_emit(core, TR_EFFECT_LAMP, now);
            e->u.lamp.output = (int16_t)i;
            e->u.lamp.on = on[i];
        }
    }
}
