/* What is true now: states, metrics, live events, info. */
#include <math.h>
#include <stdio.h>

#include "codec/json_private.h"

static int finish_object(struct tr_jsonw *w)
{
    tr_jsonw_close(w, '}');
    return tr_jsonw_finish(w);
}

int tr_json_station_state(const struct tr_plan *plan, int station,
                          const struct tr_station_state *state, char *buf, size_t cap)
{
    (void)plan;
    (void)station;
    struct tr_jsonw w;
    tr_jsonw_init(&w, buf, cap);
    tr_json_begin(&w);
    tr_jsonw_put_int(&w, "waiting", state->waiting);
    tr_jsonw_put_int(&w, "at_least", state->at_least);
    tr_jsonw_put_int(&w, "people", state->people);
    tr_jsonw_put_int(&w, "in_service", state->in_service);
    tr_jsonw_put_seconds(&w, "oldest_wait_s", state->oldest_wait_ns);
    tr_jsonw_put_int(&w, "oldest_rings", state->oldest_rings);
    tr_jsonw_put_int(&w, "level", state->level);
    tr_jsonw_put_int(&w, "acked", state->acked);
    tr_jsonw_put_int(&w, "open", state->open);
    tr_jsonw_put_int(&w, "streak", state->streak);
    tr_jsonw_key(&w, "threshold_s");
    tr_json_seconds_or_null(&w, state->threshold_ns, state->threshold_ns > 0);
    tr_jsonw_put_decimal(&w, "service_level_pct", state->service_level_pct);
    tr_jsonw_put_decimal(&w, "today_pct", state->today_pct);
    tr_jsonw_put_int(&w, "today_arrivals", state->today_arrivals);
    tr_jsonw_put_int(&w, "today_served", state->today_served);
    tr_jsonw_put_int(&w, "today_void", state->today_void);
    tr_jsonw_put_string(&w, "measuring", TR_JSON_WORD(tr_measuring_name, state->measuring));
    tr_jsonw_put_decimal(&w, "coverage_pct", state->coverage_pct);
    tr_jsonw_key(&w, "staffed");
    if (state->staffed >= 0) {
        tr_jsonw_int(&w, state->staffed);
    } else {
        tr_jsonw_null(&w);
    }
    return finish_object(&w);
}

/* wait_le_<bound>: le is Prometheus's word for "at most". */
static void buckets(struct tr_jsonw *w, const uint64_t bucket[TR_BUCKETS])
{
    for (int i = 0; i < TR_BUCKETS; i++) {
        tr_jsonw_comma(w);
        tr_jsonw_raw(w, "\"wait_le_", 9);
        w->comma = false;
        if (i < TR_BUCKETS - 1) {
            tr_jsonw_int(w, tr_bucket_le_s[i]);
        } else {
            tr_jsonw_raw(w, "inf", 3);
        }
        tr_jsonw_raw(w, "\":", 2);
        w->comma = false;
        tr_jsonw_uint(w, bucket[i]);
    }
}

/* A figure that only some stations can have. */
static void key_decimal_if(struct tr_jsonw *w, const char *key, double value, bool known)
{
    tr_jsonw_put_decimal(w, key, known ? value : (double)NAN);
}

static void counters(struct tr_jsonw *w, const struct tr_station_metrics *m)
{
    tr_jsonw_put_uint(w, "arrivals", m->arrivals);
    tr_jsonw_put_uint(w, "missed_joins", m->missed_joins);
    for (int i = 0; i < TR_OUTCOME_COUNT; i++) {
        tr_jsonw_put_uint(w, tr_outcome_name[i], m->outcome[i]);
    }
    tr_jsonw_put_uint(w, "answered_by_staff", m->answered_by_staff);
    tr_jsonw_put_uint(w, "drift", m->drift);
    tr_jsonw_put_uint(w, "gate_faults", m->gate_faults);
    tr_jsonw_put_uint(w, "late_voids", m->late_voids);
    tr_jsonw_put_uint(w, "kept", m->kept);
    tr_jsonw_put_uint(w, "missed", m->missed);
    buckets(w, m->bucket);
    tr_jsonw_put_decimal(w, "wait_sum_s", m->wait_sum_s);
    tr_jsonw_put_uint(w, "votes", m->votes);
    tr_jsonw_put_uint(w, "votes_discarded", m->votes_discarded);
    tr_jsonw_put_uint(w, "votes_tied", m->votes_tied);
    tr_jsonw_put_int(w, "vote_score_sum", m->vote_score_sum);
    tr_jsonw_put_uint(w, "sounds", m->sounds);
    tr_jsonw_put_uint(w, "sounds_held_back", m->sounds_held_back);
    tr_jsonw_put_decimal(w, "open_s", m->open_s);
    tr_jsonw_put_decimal(w, "full_s", m->full_s);
    key_decimal_if(w, "staffed_s", m->staffed_s, m->has_staffed);
    key_decimal_if(w, "busy_s", m->busy_s, m->has_staffed);
    key_decimal_if(w, "idle_s", m->idle_s, m->has_staffed);
}

static void window_figures(struct tr_jsonw *w, const struct tr_station_metrics *m)
{
    tr_jsonw_put_seconds(w, "window_s", m->window_ns);
    tr_jsonw_put_int(w, "window_counted", m->window_counted);
    tr_jsonw_put_int(w, "window_kept", m->window_kept);
    tr_jsonw_put_int(w, "window_answered", m->window_answered);
    tr_jsonw_put_int(w, "window_unsure", m->window_unsure);
    tr_jsonw_put_decimal(w, "service_level_pct", m->service_level_pct);
    tr_jsonw_put_decimal(w, "service_level_low_pct", m->low_pct);
    tr_jsonw_put_decimal(w, "service_level_high_pct", m->high_pct);
    tr_jsonw_put_decimal(w, "p50_s", m->p50_s);
    tr_jsonw_put_decimal(w, "p90_s", m->p90_s);
    tr_jsonw_put_decimal(w, "p95_s", m->p95_s);
}

static void day_figures(struct tr_jsonw *w, const struct tr_plan *plan,
                        const struct tr_station_metrics *m)
{
    tr_jsonw_put_int(w, "day_counted", m->day_counted);
    tr_jsonw_put_int(w, "day_kept", m->day_kept);
    tr_jsonw_put_int(w, "day_answered", m->day_answered);
    tr_jsonw_put_int(w, "day_unsure", m->day_unsure);
    tr_jsonw_put_int(w, "day_void", m->day_void);
    tr_jsonw_put_int(w, "day_votes", m->day_votes);
    key_decimal_if(w, "day_score_mean", m->day_score_mean, m->day_votes > 0);
    tr_jsonw_put_decimal(w, "day_pct", m->day_pct);
    tr_jsonw_put_decimal(w, "day_low_pct", m->day_low_pct);
    tr_jsonw_put_decimal(w, "day_high_pct", m->day_high_pct);
    tr_jsonw_put_decimal(w, "day_coverage_pct", m->day_coverage_pct);
    tr_jsonw_put_decimal(w, "day_p50_s", m->day_p50_s);
    tr_jsonw_put_decimal(w, "day_p90_s", m->day_p90_s);
    tr_jsonw_put_decimal(w, "day_p95_s", m->day_p95_s);
    tr_jsonw_put_int(w, "day_dropped", m->day_dropped);
    tr_jsonw_key(w, "dayparts");
    tr_jsonw_open(w, '{');
    for (int d = 0; d < plan->dayparts_n; d++) {
        const int32_t counted = m->daypart[d].counted;
        const int32_t kept = m->daypart[d].kept;
        tr_jsonw_key(w, plan->dayparts[d].id);
        tr_jsonw_open(w, '{');
        tr_jsonw_put_int(w, "counted", counted);
        tr_jsonw_put_int(w, "kept", kept);
        key_decimal_if(w, "pct", counted > 0 ? 100.0 * kept / counted : 0.0, counted > 0);
        tr_jsonw_close(w, '}');
    }
    tr_jsonw_close(w, '}');
}

/* One till is one person: only where the shop wants it. */
static void position_figures(struct tr_jsonw *w, const struct tr_plan *plan, int station,
                             const struct tr_station_metrics *m)
{
    const bool shown = tr_json_station_id(plan, station) != NULL &&
                       plan->stations[station].kind == TR_KIND_QUEUE &&
                       plan->stations[station].u.queue.per_position;
    tr_jsonw_key(w, "positions");
    tr_jsonw_open(w, '{');
    for (int i = 0; shown && i < plan->stations[station].u.queue.positions_n; i++) {
        const struct tr_position *p = &plan->stations[station].u.queue.positions[i];
        const struct tr_position_figures *f = &m->position[i];
        const bool staffed = p->staffed != TR_NONE;
        tr_jsonw_key(w, p->id);
        tr_jsonw_open(w, '{');
        tr_jsonw_put_uint(w, "served", f->served);
        tr_jsonw_put_seconds(w, "service_sum_s", f->service_ns);
        key_decimal_if(w, "staffed_s", tr_ns_to_s(f->staffed_ns), staffed);
        key_decimal_if(w, "busy_s", tr_ns_to_s(f->busy_ns), staffed);
        key_decimal_if(w, "idle_s", tr_ns_to_s(f->idle_ns), staffed);
        tr_jsonw_close(w, '}');
    }
    tr_jsonw_close(w, '}');
}

/* A staff panel says how last week was, and nothing sooner or finer (RULES 20). */
static void week_figures(struct tr_jsonw *w, const struct tr_plan *plan, int station,
                         const struct tr_station_metrics *m)
{
    const bool staff = tr_json_station_id(plan, station) != NULL &&
                       plan->stations[station].kind == TR_KIND_FEEDBACK &&
                       plan->stations[station].audience == TR_AUDIENCE_STAFF;
    tr_jsonw_key(w, "week_votes");
    if (staff) {
        tr_jsonw_int(w, m->week_votes);
    } else {
        tr_jsonw_null(w);
    }
    key_decimal_if(w, "week_score_mean", m->week_score_mean, staff && m->week_votes > 0);
}

int tr_json_station_metrics(const struct tr_plan *plan, int station,
                            const struct tr_station_metrics *metrics, char *buf, size_t cap)
{
    struct tr_jsonw w;
    tr_jsonw_init(&w, buf, cap);
    tr_json_begin(&w);
    counters(&w, metrics);
    window_figures(&w, metrics);
    day_figures(&w, plan, metrics);
    position_figures(&w, plan, station, metrics);
    week_figures(&w, plan, station, metrics);
    return finish_object(&w);
}

int tr_json_unit_metrics(const struct tr_unit_metrics *m, char *buf, size_t cap)
{
    struct tr_jsonw w;
    tr_jsonw_init(&w, buf, cap);
    tr_json_begin(&w);
    tr_jsonw_put_uint(&w, "outbox", m->outbox);
    tr_jsonw_put_uint(&w, "dead_letters", m->dead_letters);
    tr_jsonw_put_uint(&w, "lost", m->lost);
    tr_jsonw_put_uint(&w, "lost_inputs", m->lost_inputs);
    tr_jsonw_put_int(&w, "journal_bytes", m->journal_bytes);
    tr_jsonw_put_int(&w, "written_bytes", m->written_bytes);
    tr_jsonw_put_uint(&w, "edges_lost", m->edges_lost);
    tr_jsonw_put_uint(&w, "connects", m->connects);
    tr_jsonw_put_uint(&w, "commands", m->commands);
    tr_jsonw_put_uint(&w, "commands_refused", m->commands_refused);
    tr_jsonw_put_seconds(&w, "uptime_s", m->uptime_ns);
    tr_jsonw_put_time(&w, "at", m->at);
    tr_jsonw_put_int(&w, "clock_synced", m->synced);
    return finish_object(&w);
}

/* A piece of news has at most one figure, called by what it is. */
static void news_value(struct tr_jsonw *w, enum tr_news news, int64_t value)
{
    switch (news) {
    case TR_NEWS_ARRIVED:
    case TR_NEWS_JOINED_PARTY:
        tr_jsonw_put_int(w, "party", value);
        break;
    case TR_NEWS_ANSWERED:
    case TR_NEWS_ABANDONED:
    case TR_NEWS_EXPIRED:
    case TR_NEWS_VOID:
    case TR_NEWS_UNKNOWN:
    case TR_NEWS_AWAY:
    case TR_NEWS_BACK:
    case TR_NEWS_CALLED:
        tr_jsonw_put_seconds(w, "wait_s", value);
        break;
    case TR_NEWS_SERVED:
        tr_jsonw_put_seconds(w, "service_s", value);
        break;
    case TR_NEWS_RING:
        tr_jsonw_put_int(w, "rings", value);
        break;
    case TR_NEWS_PRIORITY:
        tr_jsonw_put_int(w, "priority", value);
        break;
    case TR_NEWS_VOTE:
        tr_jsonw_put_int(w, "score", value);
        break;
    case TR_NEWS_STREAK:
        tr_jsonw_put_int(w, "streak", value);
        break;
    case TR_NEWS_HELD_BACK:
        tr_jsonw_put_int(w, "held_back", value);
        break;
    case TR_NEWS_MISSED_JOIN:
    case TR_NEWS_LATE_VOID:
    case TR_NEWS_COUNT:
        break;
    }
}

int tr_json_news(const struct tr_plan *plan, const struct tr_effect *effect, struct tr_wall at,
                 char *buf, size_t cap)
{
    int station = effect->u.news.station;
    bool known = tr_json_station_id(plan, station) != NULL;
    struct tr_jsonw w;
    tr_jsonw_init(&w, buf, cap);
    tr_json_begin(&w);
    tr_jsonw_put_string(&w, "event_type", TR_JSON_WORD(tr_news_name, effect->u.news.news));
    tr_jsonw_put_string(&w, "station", tr_json_station_id(plan, station));
    tr_jsonw_put_string(&w, "kind",
                        known ? tr_station_kind_name[plan->stations[station].kind] : NULL);
    tr_jsonw_put_time(&w, "at", at);
    tr_jsonw_key(&w, "wait");
    tr_json_id_or_null(&w, plan, effect->u.news.open_seq);
    news_value(&w, effect->u.news.news, effect->u.news.value);
    return finish_object(&w);
}

int tr_json_input_event(const struct tr_plan *plan, int sensor, bool level, struct tr_wall at,
                        char *buf, size_t cap)
{
    bool known = tr_json_sensor_id(plan, sensor) != NULL;
    struct tr_jsonw w;
    tr_jsonw_init(&w, buf, cap);
    tr_json_begin(&w);
    tr_jsonw_put_string(&w, "event_type", level ? "press" : "release");
    tr_jsonw_put_string(&w, "sensor", tr_json_sensor_id(plan, sensor));
    tr_jsonw_put_string(&w, "type", known ? tr_sensor_type_name[plan->sensors[sensor].type] : NULL);
    tr_jsonw_put_time(&w, "at", at);
    return finish_object(&w);
}

int tr_json_edge_event(const struct tr_plan *plan, const struct tr_event *edge, uint32_t skipped,
                       char *buf, size_t cap)
{
    struct tr_jsonw w;
    tr_jsonw_init(&w, buf, cap);
    tr_json_begin(&w);
    tr_jsonw_put_string(&w, "event_type", "edge");
    tr_jsonw_put_string(&w, "sensor", tr_json_sensor_id(plan, edge->sensor));
    tr_jsonw_put_string(&w, "level", edge->level ? "ON" : "OFF");
    tr_jsonw_put_decimal(&w, "mono_ms", (double)edge->at.ns / 1e6);
    tr_jsonw_put_uint(&w, "skipped", skipped);
    return finish_object(&w);
}

int tr_json_sound_event(const struct tr_plan *plan, const struct tr_effect *effect,
                        struct tr_wall at, char *buf, size_t cap)
{
    int output = effect->u.sound.output;
    bool known = output >= 0 && output < plan->outputs_n;
    bool silence = effect->u.sound.sound == TR_SOUND_NONE;
    struct tr_jsonw w;
    tr_jsonw_init(&w, buf, cap);
    tr_json_begin(&w);
    tr_jsonw_put_string(&w, "event_type",
                        silence ? "silence" : TR_JSON_WORD(tr_sound_name, effect->u.sound.sound));
    tr_jsonw_put_string(&w, "output", known ? plan->outputs[output].id : NULL);
    tr_jsonw_put_string(&w, "station", tr_json_station_id(plan, effect->u.sound.station));
    tr_jsonw_put_int(&w, "bursts", silence ? 0 : effect->u.sound.bursts);
    tr_jsonw_put_time(&w, "at", at);
    return finish_object(&w);
}

static void info_target(struct tr_jsonw *w, const struct tr_target *target)
{
    tr_jsonw_key(w, "target");
    if (target->unit == TR_TARGET_NONE) {
        tr_jsonw_null(w);
        return;
    }
    tr_jsonw_open(w, '{');
    if (target->unit == TR_TARGET_RINGS) {
        tr_jsonw_put_int(w, "rings", target->rings);
    }
    tr_jsonw_put_seconds(w, "seconds", target->threshold_ns);
    tr_jsonw_put_decimal(w, "percent", target->percent);
    tr_jsonw_put_int(w, "window_min", target->window_ns / (60 * TR_NS_PER_S));
    tr_jsonw_close(w, '}');
}

/* "id" and "name" of an object, left open. */
static void info_object(struct tr_jsonw *w, const char *id, const char *name)
{
    tr_jsonw_open(w, '{');
    tr_jsonw_put_string(w, "id", id);
    tr_jsonw_put_string(w, "name", name[0] != '\0' ? name : id);
}

static void info_objects(struct tr_jsonw *w, const struct tr_plan *plan)
{
    tr_jsonw_key(w, "stations");
    tr_jsonw_open(w, '[');
    for (int i = 0; i < plan->stations_n; i++) {
        const struct tr_station *st = &plan->stations[i];
        info_object(w, st->id, st->name);
        tr_jsonw_put_string(w, "kind", tr_station_kind_name[st->kind]);
        tr_jsonw_put_string(w, "audience", tr_audience_name[st->audience]);
        info_target(w, &st->target);
        tr_jsonw_close(w, '}');
    }
    tr_jsonw_close(w, ']');
    tr_jsonw_key(w, "sensors");
    tr_jsonw_open(w, '[');
    for (int i = 0; i < plan->sensors_n; i++) {
        info_object(w, plan->sensors[i].id, plan->sensors[i].name);
        tr_jsonw_put_string(w, "type", tr_sensor_type_name[plan->sensors[i].type]);
        tr_jsonw_close(w, '}');
    }
    tr_jsonw_close(w, ']');
    tr_jsonw_key(w, "outputs");
    tr_jsonw_open(w, '[');
    for (int i = 0; i < plan->outputs_n; i++) {
        info_object(w, plan->outputs[i].id, plan->outputs[i].name);
        tr_jsonw_put_string(w, "type", tr_output_type_name[plan->outputs[i].type]);
        tr_jsonw_close(w, '}');
    }
    tr_jsonw_close(w, ']');
}

int tr_json_info(const struct tr_plan *plan, const struct tr_info *info, char *buf, size_t cap)
{
    const unsigned begins = (unsigned)plan->day_start_min;
    char day_start[8];
    snprintf(day_start, sizeof(day_start), "%02u:%02u", begins / 60 % 24, begins % 60);
    struct tr_jsonw w;
    tr_jsonw_init(&w, buf, cap);
    tr_json_begin(&w);
    tr_jsonw_put_string(&w, "site", plan->site);
    tr_jsonw_put_string(&w, "unit", plan->unit);
    tr_jsonw_put_string(&w, "name", plan->name[0] != '\0' ? plan->name : plan->site);
    tr_jsonw_put_string(&w, "timezone", plan->timezone);
    tr_jsonw_put_string(&w, "day_start", day_start);
    tr_jsonw_put_string(&w, "version", info->version);
    tr_jsonw_put_string(&w, "config_hash", info->config_hash);
    tr_jsonw_put_string(&w, "boot_id", info->boot_id);
    tr_jsonw_put_string(&w, "gpio", info->gpio);
    tr_jsonw_put_int(&w, "schema", info->schema);
    key_decimal_if(&w, "metrics_interval_s", tr_ns_to_s(info->metrics_interval_ns),
                   info->metrics_interval_ns > 0);
    info_objects(&w, plan);
    return finish_object(&w);
}
