/* The journal's records: wait, vote, alert. */
#include <errno.h>
#include <stdio.h>

#include "codec/json_private.h"

const char *tr_json_station_id(const struct tr_plan *plan, int station)
{
    return station >= 0 && station < plan->stations_n ? plan->stations[station].id : NULL;
}

const char *tr_json_sensor_id(const struct tr_plan *plan, int sensor)
{
    return sensor >= 0 && sensor < plan->sensors_n ? plan->sensors[sensor].id : NULL;
}

static const char *daypart_id(const struct tr_plan *plan, int daypart)
{
    return daypart >= 0 && daypart < plan->dayparts_n ? plan->dayparts[daypart].id : NULL;
}

static const char *position_id(const struct tr_plan *plan, int station, int position)
{
    if (station < 0 || station >= plan->stations_n || position < 0) {
        return NULL;
    }
    const struct tr_station *st = &plan->stations[station];
    if (st->kind == TR_KIND_QUEUE && position < st->u.queue.positions_n) {
        return st->u.queue.positions[position].id;
    }
    if (st->kind == TR_KIND_PHONE && position < st->u.phone.lines_n) {
        return st->u.phone.lines[position].id;
    }
    return NULL;
}

static const char *clock_word(bool synced)
{
    return synced ? "synced" : "free";
}

/* Of a store time; before the store's zero it rounds down, as elsewhere. */
static int64_t floor_ms(struct tr_mono at)
{
    return at.ns / TR_NS_PER_MS - (at.ns % TR_NS_PER_MS < 0);
}

int tr_json_wait(const struct tr_plan *plan, const struct tr_wait_record *wait, char *buf,
                 size_t cap)
{
    struct tr_jsonw w;
    tr_jsonw_init(&w, buf, cap);
    tr_json_begin(&w);
    tr_jsonw_put_string(&w, "type", "wait");
    tr_jsonw_key(&w, "id");
    tr_jsonw_id(&w, plan->unit, wait->open_seq);
    tr_jsonw_key(&w, "seq");
    tr_jsonw_uint(&w, wait->seq);
    tr_jsonw_put_string(&w, "site", plan->site);
    tr_jsonw_put_string(&w, "station", tr_json_station_id(plan, wait->station));
    tr_jsonw_put_string(&w, "kind", TR_JSON_WORD(tr_station_kind_name, wait->kind));
    tr_jsonw_key(&w, "party");
    tr_jsonw_int(&w, wait->party);
    tr_jsonw_put_time(&w, "opened", wait->opened_wall);
    tr_jsonw_put_time(&w, "closed", wait->closed_wall);
    tr_jsonw_key(&w, "mono_ms");
    tr_jsonw_int(&w, floor_ms(wait->opened));
    tr_jsonw_key(&w, "wait_s");
    tr_jsonw_seconds(&w, wait->wait_ns);
    tr_jsonw_key(&w, "rings");
    tr_jsonw_int(&w, wait->rings);
    tr_jsonw_key(&w, "service_s");
    tr_json_seconds_or_null(&w, wait->service_ns, wait->service_ns >= 0);
    tr_jsonw_put_string(&w, "position", position_id(plan, wait->station, wait->position));
    tr_jsonw_put_string(&w, "outcome", TR_JSON_WORD(tr_outcome_name, wait->outcome));
    tr_jsonw_key(&w, "in_target");
    if (wait->verdict == TR_VERDICT_NOT_COUNTED) {
        tr_jsonw_null(&w);
    } else {
        tr_jsonw_bool(&w, wait->verdict == TR_VERDICT_KEPT);
    }
    tr_jsonw_put_string(&w, "by", TR_JSON_WORD(tr_by_name, wait->by));
    tr_jsonw_key(&w, "accurate");
    tr_jsonw_bool(&w, wait->accurate);
    tr_jsonw_put_string(&w, "order", wait->order_seen ? "seen" : "assumed");
    tr_jsonw_put_string(&w, "clock", clock_word(wait->synced));
    tr_jsonw_put_string(&w, "daypart", daypart_id(plan, wait->daypart));
    bool reason = wait->reason > TR_REASON_NONE && wait->reason < TR_REASON_COUNT;
    tr_jsonw_put_string(&w, "reason", reason ? tr_reason_name[wait->reason] : NULL);
    tr_jsonw_close(&w, '}');
    return tr_jsonw_finish(&w);
}

int tr_json_vote(const struct tr_plan *plan, const struct tr_vote_record *vote, char *buf,
                 size_t cap)
{
    const char *button = NULL;
    int station = vote->station;
    if (station >= 0 && station < plan->stations_n && vote->button >= 0 &&
        plan->stations[station].kind == TR_KIND_FEEDBACK &&
        vote->button < plan->stations[station].u.feedback.buttons_n) {
        button = plan->stations[station].u.feedback.buttons[vote->button].id;
    }
    struct tr_jsonw w;
    tr_jsonw_init(&w, buf, cap);
    tr_json_begin(&w);
    tr_jsonw_put_string(&w, "type", "vote");
    tr_jsonw_key(&w, "id");
    tr_jsonw_id(&w, plan->unit, vote->press_seq);
    tr_jsonw_key(&w, "seq");
    tr_jsonw_uint(&w, vote->seq);
    tr_jsonw_put_string(&w, "site", plan->site);
    tr_jsonw_put_string(&w, "station", tr_json_station_id(plan, station));
    tr_jsonw_put_string(&w, "button", button);
    tr_jsonw_key(&w, "score");
    if (vote->button >= 0) {
        tr_jsonw_int(&w, vote->score);
    } else {
        tr_jsonw_null(&w);
    }
    tr_jsonw_key(&w, "presses");
    tr_jsonw_int(&w, vote->presses);
    tr_jsonw_put_time(&w, "at", vote->at_wall);
    tr_jsonw_key(&w, "mono_ms");
    tr_jsonw_int(&w, floor_ms(vote->at));
    tr_jsonw_key(&w, "wait");
    tr_json_id_or_null(&w, plan, vote->wait_seq);
    tr_jsonw_put_string(&w, "wait_station",
                        vote->wait_seq != 0 ? tr_json_station_id(plan, vote->wait_station) : NULL);
    tr_jsonw_put_string(&w, "clock", clock_word(vote->synced));
    tr_jsonw_put_string(&w, "daypart", daypart_id(plan, vote->daypart));
    tr_jsonw_close(&w, '}');
    return tr_jsonw_finish(&w);
}

void tr_alert_id(const struct tr_plan *plan, const struct tr_alert_record *alert,
                 char ret[TR_ALERT_ID_MAX])
{
    const char *what = alert->rule == TR_RULE_SENSOR ? tr_json_sensor_id(plan, alert->sensor)
                                                     : tr_json_station_id(plan, alert->station);
    what = what != NULL ? what : "unknown";
    if (alert->rule == TR_RULE_OFFLINE) {
        snprintf(ret, TR_ALERT_ID_MAX, "offline");
    } else if (alert->rule == TR_RULE_SENSOR) {
        snprintf(ret, TR_ALERT_ID_MAX, "sensor-%s", what);
    } else {
        const char *rule = TR_JSON_WORD(tr_alert_rule_name, alert->rule);
        snprintf(ret, TR_ALERT_ID_MAX, "%s-%s", what, rule != NULL ? rule : "unknown");
    }
}

int tr_json_alert(const struct tr_plan *plan, const struct tr_alert_record *alert, char *buf,
                  size_t cap)
{
    char name[TR_ALERT_ID_MAX], raised[TR_ID_MAX + 24];
    tr_alert_id(plan, alert, name);
    snprintf(raised, sizeof(raised), "%s-%llu", plan->unit, (unsigned long long)alert->open_seq);
    bool ever = alert->seq != 0;
    bool sensor = alert->rule == TR_RULE_SENSOR;
    bool station = !sensor && alert->rule != TR_RULE_OFFLINE;
    struct tr_jsonw w;
    tr_jsonw_init(&w, buf, cap);
    tr_json_begin(&w);
    tr_jsonw_put_string(&w, "type", "alert");
    tr_jsonw_key(&w, "id");
    if (ever) {
        tr_jsonw_id(&w, raised, alert->seq);
    } else {
        tr_jsonw_null(&w);
    }
    tr_jsonw_key(&w, "seq");
    tr_jsonw_uint(&w, alert->seq);
    tr_jsonw_put_string(&w, "site", plan->site);
    tr_jsonw_put_string(&w, "alert", name);
    tr_jsonw_put_string(&w, "rule", TR_JSON_WORD(tr_alert_rule_name, alert->rule));
    tr_jsonw_put_string(&w, "station", station ? tr_json_station_id(plan, alert->station) : NULL);
    tr_jsonw_put_string(&w, "sensor", sensor ? tr_json_sensor_id(plan, alert->sensor) : NULL);
    tr_jsonw_put_string(&w, "state", TR_JSON_WORD(tr_alert_state_name, alert->state));
    tr_jsonw_key(&w, "acked");
    tr_jsonw_bool(&w, alert->acked);
    tr_jsonw_put_string(&w, "level", TR_JSON_WORD(tr_level_name, alert->level));
    if (ever) {
        tr_jsonw_put_time(&w, "since", alert->since_wall);
        tr_jsonw_put_time(&w, "at", alert->at_wall);
        tr_jsonw_key(&w, "mono_ms");
        tr_jsonw_int(&w, floor_ms(alert->at));
    } else {
        tr_jsonw_put_string(&w, "since", NULL);
        tr_jsonw_put_string(&w, "at", NULL);
        tr_jsonw_put_string(&w, "mono_ms", NULL);
    }
    tr_jsonw_put_string(&w, "clock", ever ? clock_word(alert->synced) : NULL);
    tr_jsonw_close(&w, '}');
    return tr_jsonw_finish(&w);
}

int tr_json_add_hist(char *json, size_t cap)
{
    static const char hist[] = ",\"hist\":true}";
    const size_t extra = sizeof(hist) - 1;
    size_t n = strnlen(json, cap);
    if (n >= extra && memcmp(json + n - extra, hist, extra) == 0) {
        return (int)n;
    }
    if (n < 3 || n == cap || json[n - 1] != '}') {
        return -EINVAL;
    }
    if (n - 1 + extra >= cap) {
        return -ENOBUFS;
    }
    memcpy(json + n - 1, hist, extra + 1);
    return (int)(n - 1 + extra);
}
