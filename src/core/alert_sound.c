/* What the buzzer says, and its restraint: nobody learns to ignore what seldom
 * speaks (RULES 22). */
#include "core/alert_private.h"

enum { LATE_BURSTS = 3, CRITICAL_BURSTS = 5, HOUR_S = 3600, SOUND_S = 6 /* none is longer */ };

const struct tr_rung *tr_alert_rung(const struct tr_core *core, enum tr_level level)
{
    const struct tr_alert_plan *a = &core->plan->alerts;
    return level == TR_LEVEL_CRITICAL ? &a->critical
           : level == TR_LEVEL_LATE   ? &a->late
                                      : &a->at_risk;
}

static enum tr_sound sound_of(const struct tr_core *core, int station, enum tr_level level)
{
    const struct tr_station *plan = &core->plan->stations[station];
    const enum tr_sound own = level == TR_LEVEL_CRITICAL ? plan->critical_sound
                              : level == TR_LEVEL_LATE   ? plan->late_sound
                                                         : TR_SOUND_COUNT;
    return own != TR_SOUND_COUNT ? own : tr_alert_rung(core, level)->sound;
}

static struct tr_effect *emit(struct tr_core *core, int station, enum tr_sound sound, int64_t now)
{
    struct tr_effect *e = tr_core_emit(core, TR_EFFECT_SOUND, now);
    e->u.sound.output = core->plan->alerts.buzzer;
    e->u.sound.station = (int16_t)station;
    e->u.sound.sound = sound;
    return e;
}

void tr_sound_hush(struct tr_core *core, int station, int64_t now)
{
    struct alert *a = &core->stations[station].alerts[TR_RULE_WAIT];
    a->sound_at = NS_NEVER;
    a->unneeded = false;
    if (core->sounding == station) {
        core->sounding = TR_NONE;
        emit(core, station, TR_SOUND_NONE, now);
    }
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

static void hold_back(struct tr_core *core, int station, int64_t now)
{
    struct station *st = &core->stations[station];
    if (st->held_back == 0) {
        st->tell_held_at = now + HOUR_S * TR_NS_PER_S;
    }
    st->held_back++;
    st->total.sounds_held_back++;
}

void tr_sound_tell_held(struct tr_core *core, int station, int64_t now)
{
    struct station *st = &core->stations[station];
    if (st->tell_held_at <= now) {
        tr_core_news(core, station, TR_NEWS_HELD_BACK, 0, st->held_back, now);
        st->tell_held_at = NS_NEVER;
        st->held_back = 0;
    }
}

static void play(struct tr_core *core, int station, bool first, int64_t now)
{
    struct station *st = &core->stations[station];
    struct alert *a = &st->alerts[TR_RULE_WAIT];
    const enum tr_level level = (enum tr_level)a->shown;
    const struct tr_rung *rung = tr_alert_rung(core, level);
    const enum tr_sound sound = sound_of(core, station, level);
    a->interrupted = false;
    a->unneeded = false;
    a->sound_at = NS_NEVER;
    if (sound == TR_SOUND_NONE || core->plan->alerts.buzzer == TR_NONE) {
        return;
    }
    if (rung->when == TR_SOUND_NEEDED && tr_alert_hour_holds(core, station, now)) {
        a->unneeded = true;
        return;
    }
    if (a->repeats_left > 0 && rung->repeat_ns > 0) {
        a->sound_at = now + rung->repeat_ns;
    }
    if (core->quiet || now < st->muted_until) {
        return;
    }
    if (!within_ceiling(core, now) && !(first && level == TR_LEVEL_CRITICAL)) {
        hold_back(core, station, now);
        return;
    }
    core->sounds[core->sounds_head] = now;
    core->sounds_head = (core->sounds_head + 1) % SOUNDS_MAX;
    core->sounding = (int16_t)station;
    st->total.sounds++;
    emit(core, station, sound, now)->u.sound.bursts = level == TR_LEVEL_CRITICAL ? CRITICAL_BURSTS
                                                      : level == TR_LEVEL_LATE   ? LATE_BURSTS
                                                                                 : 1;
}

static int32_t repeats_of(const struct tr_core *core, int station)
{
    const struct tr_station *plan = &core->plan->stations[station];
    const uint8_t level = core->stations[station].alerts[TR_RULE_WAIT].shown;
    /* A door that cannot see a customer leave must not nag about one who has. */
    const bool once = plan->kind == TR_KIND_GREETING &&
                      plan->u.greeting.arrive.kind == TR_SOURCE_SENSOR &&
                      plan->u.greeting.inside == TR_NONE;
    return once ? 0 : tr_alert_rung(core, (enum tr_level)level)->repeats;
}

void tr_sound_begin(struct tr_core *core, int station, int64_t now)
{
    core->stations[station].alerts[TR_RULE_WAIT].repeats_left = repeats_of(core, station);
    play(core, station, true, now);
}

void tr_sound_again(struct tr_core *core, int station, int64_t now)
{
    play(core, station, false, now);
}

void tr_sound_interrupt(struct tr_core *core, int station, int64_t now)
{
    struct alert *a = &core->stations[station].alerts[TR_RULE_WAIT];
    const int64_t last = core->sounds[(core->sounds_head + SOUNDS_MAX - 1) % SOUNDS_MAX];
    a->cut = a->unneeded || (core->sounding == station && now - last <= SOUND_S * TR_NS_PER_S);
    a->resume_at = a->sound_at;
    tr_sound_hush(core, station, now);
}

void tr_sound_resume(struct tr_core *core, int station, int64_t now)
{
    struct alert *a = &core->stations[station].alerts[TR_RULE_WAIT];
    if (a->cut) {
        play(core, station, false, now);
    } else {
        a->sound_at = a->resume_at == NS_NEVER ? NS_NEVER : tr_max_i64(a->resume_at, now);
    }
}

void tr_sound_needed(struct tr_core *core, int station, int64_t now)
{
    const struct alert *a = &core->stations[station].alerts[TR_RULE_WAIT];
    play(core, station, a->repeats_left == repeats_of(core, station), now);
}
