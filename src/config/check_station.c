/* Cross-checks of a station: does its wiring make a measurement? */
#include <string.h>

#include "config/internal.h"
#include "thirdring/effect.h"

bool tr_cfg_given(const config_setting_t *at, const char *key)
{
    const config_setting_t *m = config_setting_get_member(at, key);
    if (m == NULL) {
        return false;
    }
    if (config_setting_type(m) == CONFIG_TYPE_STRING) {
        return config_setting_get_string(m)[0] != '\0';
    }
    return !config_setting_is_aggregate(m) || config_setting_length(m) > 0;
}

void tr_cfg_finish_target(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem)
{
    const struct tr_plan *p = &ctx->cfg->plan;
    struct tr_target *t = elem;
    bool rings = tr_cfg_given(at, "rings");
    bool seconds = tr_cfg_given(at, "seconds");
    if (rings == seconds) {
        tr_cfg_fail(ctx, at, NULL, "found %s; allowed: exactly one of rings and seconds",
                    rings ? "both rings and seconds" : "neither rings nor seconds");
    } else if (rings) {
        t->unit = TR_TARGET_RINGS;
        t->threshold_ns = t->rings * (p->ring_on_ns + p->ring_off_ns);
    } else {
        t->unit = TR_TARGET_SECONDS;
    }
}

void tr_cfg_finish_position(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem)
{
    (void)elem;
    if (!tr_cfg_given(at, "presence") && !tr_cfg_given(at, "next")) {
        tr_cfg_fail(ctx, at, NULL,
                    "found neither presence nor next; allowed: at least one of them "
                    "(how else would a service begin?)");
    }
}

static void check_queue(struct tr_cfg_ctx *ctx, config_setting_t *at, const struct tr_station *st)
{
    const struct tr_queue_plan *q = &st->u.queue;
    bool join = tr_cfg_given(at, "join");
    bool places = tr_cfg_given(at, "places");
    bool serve = tr_cfg_given(at, "serve");
    bool positions = tr_cfg_given(at, "positions");
    bool tickets = q->discipline == TR_DISCIPLINE_TICKETS;
    bool room = q->join.kind == TR_SOURCE_GATE; /* who comes out of it was served */
    bool own_lines = false;
    for (int i = 0; i < q->positions_n; i++) {
        own_lines |= q->positions[i].join != TR_NONE;
    }
    if (own_lines && q->discipline != TR_DISCIPLINE_LINE_PER_POSITION) {
        tr_cfg_fail(ctx, at, "discipline",
                    "found \"%s\"; a position has a join sensor of its own only with "
                    "discipline = \"line_per_position\"",
                    tr_discipline_name[q->discipline]);
    }
    if (!join && !places && !own_lines) {
        tr_cfg_fail(ctx, at, NULL,
                    "found neither join nor places; allowed: at least one of them "
                    "(a queue must see who waits)");
    }
    if (join && !places && !serve && !positions && !room) {
        tr_cfg_fail(ctx, at, NULL,
                    "found join alone; allowed: join with positions, with serve or "
                    "with places, or a gate as join (a queue must see who is served)");
    }
    if (serve && !join) {
        tr_cfg_fail(ctx, at, "serve", "needs join as well");
    }
    if (tickets && !join) {
        tr_cfg_fail(ctx, at, "join",
                    "missing; needed with discipline = \"tickets\": the "
                    "dispenser's contact");
    }
    if (q->discipline != TR_DISCIPLINE_ONE_LINE && !positions) {
        tr_cfg_fail(ctx, at, "positions", "missing; needed with discipline = \"%s\"",
                    tr_discipline_name[q->discipline]);
    }
    const config_setting_t *list = config_setting_get_member(at, "positions");
    for (int i = 0; i < q->positions_n && tickets && list != NULL; i++) {
        config_setting_t *e = config_setting_get_elem(list, (unsigned)i);
        if (config_setting_is_group(e) && !tr_cfg_given(e, "next")) {
            tr_cfg_fail(ctx, e, "next", "missing; needed with discipline = \"tickets\"");
        }
    }
    if (q->join.kind != TR_SOURCE_NONE && q->leave.kind == q->join.kind &&
        q->leave.index == q->join.index) {
        tr_cfg_fail(ctx, at, "leave", "found the same as join; a side exit has a beam of its own");
    }
}

static void check_feedback(struct tr_cfg_ctx *ctx, config_setting_t *at,
                           const struct tr_station *st)
{
    const struct tr_feedback_plan *f = &st->u.feedback;
    const struct tr_plan *p = &ctx->cfg->plan;
    const config_setting_t *buttons = config_setting_get_member(at, "buttons");
    if (buttons != NULL && config_setting_is_aggregate(buttons) && f->buttons_n < 2) {
        tr_cfg_fail(ctx, at, "buttons", "found %d; allowed: 2 to %d buttons", f->buttons_n,
                    TR_BUTTONS_MAX);
    }
    const config_setting_t *after = config_setting_get_member(at, "after");
    for (int i = 0; i < f->after_n; i++) {
        if (p->stations[f->after[i]].kind == TR_KIND_FEEDBACK) {
            tr_cfg_fail(ctx, after, NULL,
                        "found \"%s\", where nobody waits; allowed: stations of "
                        "another kind than feedback",
                        p->stations[f->after[i]].id);
        }
    }
}

/* An alert is called STATION-RULE or sensor-SENSOR, on its topic, too (tr_alert_id()): a station
 * "sensor" and a sensor "wait" would share one. */
static void check_alert_names(struct tr_cfg_ctx *ctx, config_setting_t *at,
                              const struct tr_station *st)
{
    static const enum tr_alert_rule rules[] = {TR_RULE_WAIT, TR_RULE_LENGTH, TR_RULE_BURNING};
    const struct tr_plan *p = &ctx->cfg->plan;
    for (size_t r = 0; r < sizeof(rules) / sizeof(rules[0]); r++) {
        char alert[2 * TR_ID_MAX];
        snprintf(alert, sizeof(alert), "%s-%s", st->id, tr_alert_rule_name[rules[r]]);
        for (int i = 0; i < p->sensors_n && strncmp(alert, "sensor-", 7) == 0; i++) {
            if (strcmp(alert + 7, p->sensors[i].id) == 0) {
                tr_cfg_fail(ctx, at, "id",
                            "found \"%s\" beside a sensor \"%s\": both have an alert \"%s\"",
                            st->id, p->sensors[i].id, alert);
            }
        }
    }
}

void tr_cfg_finish_station(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem)
{
    const struct tr_station *st = elem;
    bool feedback = st->kind == TR_KIND_FEEDBACK;
    if (st->audience == TR_AUDIENCE_STAFF && !feedback) {
        tr_cfg_fail(ctx, at, "audience",
                    "found \"staff\"; allowed here: \"customer\", "
                    "\"internal\" (only a feedback panel asks staff)");
    } else if (st->audience == TR_AUDIENCE_INTERNAL && feedback) {
        tr_cfg_fail(ctx, at, "audience",
                    "found \"internal\"; allowed here: \"customer\", "
                    "\"staff\"");
    }
    if (tr_cfg_given(at, "dayparts") && !tr_cfg_given(at, "target")) {
        tr_cfg_fail(ctx, at, "target", "missing; needed with dayparts: the promise at other times");
    }
    check_alert_names(ctx, at, st);
    switch (st->kind) {
    case TR_KIND_QUEUE:
        check_queue(ctx, at, st);
        break;
    case TR_KIND_GREETING:
        if (st->u.greeting.party_max_ns < st->u.greeting.party_window_ns) {
            tr_cfg_fail(ctx, at, "party_window_s", "found a window longer than party_max_s");
        }
        break;
    case TR_KIND_CALL:
        if (st->u.call.call != TR_NONE && st->u.call.call == st->u.call.answer) {
            tr_cfg_fail(ctx, at, "answer", "found the same sensor as call");
        }
        break;
    case TR_KIND_FEEDBACK:
        check_feedback(ctx, at, st);
        break;
    case TR_KIND_PHONE:
    case TR_KIND_COUNT:
        break;
    }
}
