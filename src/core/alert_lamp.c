/* Which lamps are lit (RULES 23). */
#include "core/alert_private.h"

static bool light(bool *lamps, int16_t output)
{
    if (output != TR_NONE) {
        lamps[output] = true;
    }
    return output != TR_NONE;
}

/* @return whether an alarm of this station stands, whatever lamp it has. */
static bool light_station(const struct tr_core *core, int s, bool *on)
{
    const struct tr_alert_plan *plan = &core->plan->alerts;
    const struct station *st = &core->stations[s];
    const enum tr_level level = (enum tr_level)st->alerts[TR_RULE_WAIT].shown;
    bool alarm = false;
    if (level > TR_LEVEL_OK) {
        light(on, tr_alert_rung(core, level)->lamp);
        alarm = true;
    }
    if (st->alerts[TR_RULE_LENGTH].shown > TR_LEVEL_OK) {
        light(on, plan->at_risk.lamp);
        alarm = true;
    }
    if (st->alerts[TR_RULE_BURNING].shown > TR_LEVEL_OK) {
        light(on, plan->burning_lamp);
        alarm = true;
    }
    return alarm;
}

static bool light_faults(const struct tr_core *core, bool *on)
{
    for (int i = 0; i < core->plan->sensors_n; i++) {
        if (core->faults[i].shown > TR_LEVEL_OK) {
            return light(on, core->plan->alerts.fault_lamp);
        }
    }
    return false;
}

void tr_alert_lamps(struct tr_core *core, int64_t now)
{
    const struct tr_alert_plan *plan = &core->plan->alerts;
    bool on[TR_OUTPUTS_MAX] = {false};
    bool praise = false;
    bool alarm = light_faults(core, on);
    for (int s = 0; s < core->plan->stations_n; s++) {
        const struct station *st = &core->stations[s];
        alarm |= light_station(core, s, on);
        praise |= plan->kept_streak > 0 && st->streak >= plan->kept_streak &&
                  st->measuring != TR_MEASURING_BLIND;
        if (core->plan->stations[s].kind == TR_KIND_CALL && st->waits_n > 0) {
            light(on, core->plan->stations[s].u.call.sent_lamp);
        }
    }
    if (praise && !alarm) {
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
