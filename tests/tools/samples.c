/*
 * samples: one capture line (see validate.py) of every record kind with every
 * word and the edge values, for tests/contract/schema.t.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "codec/commissioning.h"
#include "codec/json.h"

static struct tr_plan plan;
static char text[TR_JSON_INFO_MAX];

static void put(const char *topic, const char *id, int retain, int qos, int n)
{
    if (n < 0) {
        fprintf(stderr, "samples: %s: %s\n", topic, strerror(-n));
        return;
    }
    printf("thirdring/shop/main/%s%s\t%d\t%d\t%s\n", topic, id, retain, qos, text);
}

static void make_plan(void)
{
    tr_plan_init(&plan);
    strcpy(plan.site, "shop");
    strcpy(plan.name, "The \"Shop\"\n\xff");
    for (int i = 0; i < TR_KIND_COUNT; i++) {
        tr_plan_init_station(&plan.stations[i], (enum tr_station_kind)i);
        snprintf(plan.stations[i].id, TR_ID_MAX, "station-%d", i);
        plan.stations[i].audience = (enum tr_audience)(i % TR_AUDIENCE_COUNT);
    }
    plan.stations_n = TR_KIND_COUNT;
    plan.stations[0].target = (struct tr_target){.unit = TR_TARGET_RINGS,
                                                 .rings = 3,
                                                 .threshold_ns = 18 * TR_NS_PER_S,
                                                 .percent = 80,
                                                 .window_ns = 3600 * TR_NS_PER_S};
    plan.stations[1].target = plan.stations[0].target;
    plan.stations[1].target.unit = TR_TARGET_SECONDS;
    strcpy(plan.stations[TR_KIND_QUEUE].u.queue.positions[0].id, "till1");
    plan.stations[TR_KIND_QUEUE].u.queue.positions_n = 1;
    strcpy(plan.stations[TR_KIND_PHONE].u.phone.lines[0].id, "line1");
    plan.stations[TR_KIND_PHONE].u.phone.lines_n = 1;
    strcpy(plan.stations[TR_KIND_FEEDBACK].u.feedback.buttons[0].id, "good");
    plan.stations[TR_KIND_FEEDBACK].u.feedback.buttons_n = 1;
    for (int i = 0; i < TR_SENSOR_TYPE_COUNT; i++) {
        tr_plan_init_sensor(&plan.sensors[i], (enum tr_sensor_type)i);
        memset(plan.sensors[i].id, 'a' + i, TR_ID_MAX - 1);
        plan.sensors_n++;
    }
    strcpy(plan.outputs[0].id, "buzzer");
    strcpy(plan.outputs[1].id, "green");
    plan.outputs[1].type = TR_OUTPUT_LAMP;
    plan.outputs_n = 2;
    strcpy(plan.dayparts[0].id, "lunch");
    plan.dayparts_n = 1;
}

static void waits(void)
{
    struct tr_wait_record wait = {.party = 1,
                                  .position = TR_NONE,
                                  .service_ns = -1,
                                  .daypart = TR_NONE,
                                  .opened = {INT64_MIN},
                                  .opened_wall = {INT64_MIN},
                                  .closed_wall = {INT64_MAX}};
    put("journal/wait", "", 0, 1, tr_json_wait(&plan, &wait, text, sizeof(text)));
    wait = (struct tr_wait_record){.seq = UINT64_MAX,
                                   .open_seq = UINT64_MAX,
                                   .kind = TR_KIND_PHONE,
                                   .station = TR_KIND_PHONE,
                                   .party = INT32_MAX,
                                   .rings = INT32_MAX,
                                   .wait_ns = INT64_MAX,
                                   .service_ns = INT64_MAX,
                                   .opened = {INT64_MAX},
                                   .verdict = TR_VERDICT_MISSED,
                                   .accurate = true,
                                   .order_seen = true,
                                   .synced = true};
    put("journal/wait", "", 0, 1, tr_json_wait(&plan, &wait, text, sizeof(text)));
    put("journal/wait", "", 0, 1, tr_json_add_hist(text, sizeof(text)));
    for (int i = 0; i < TR_REASON_COUNT; i++) {
        wait.reason = (enum tr_reason)i;
        wait.outcome = (enum tr_outcome)(i % TR_OUTCOME_COUNT);
        wait.by = (enum tr_by)(i % TR_BY_COUNT);
        wait.station = (int16_t)(i % TR_KIND_COUNT);
        wait.kind = (enum tr_station_kind)wait.station;
        wait.verdict = (enum tr_verdict)(i % 3);
        put("journal/wait", "", 0, 1, tr_json_wait(&plan, &wait, text, sizeof(text)));
    }
}

static void votes_and_alerts(void)
{
    struct tr_vote_record vote = {
        .station = TR_KIND_FEEDBACK, .score = 100, .presses = 1, .wait_seq = 1, .daypart = TR_NONE};
    put("journal/vote", "", 0, 1, tr_json_vote(&plan, &vote, text, sizeof(text)));
    vote = (struct tr_vote_record){.station = TR_KIND_FEEDBACK,
                                   .button = TR_NONE,
                                   .presses = INT32_MAX,
                                   .wait_station = TR_NONE,
                                   .synced = true};
    put("journal/vote", "", 0, 1, tr_json_vote(&plan, &vote, text, sizeof(text)));
    put("journal/vote", "", 0, 1, tr_json_add_hist(text, sizeof(text)));
    for (int i = 0; i < TR_RULE_COUNT * TR_LEVEL_COUNT; i++) {
        struct tr_alert_record alert = {.seq = (uint64_t)i + 1,
                                        .rule = (enum tr_alert_rule)(i % TR_RULE_COUNT),
                                        .level = (enum tr_level)(i / TR_RULE_COUNT),
                                        .state = (enum tr_alert_state)(i % TR_ALERT_STATE_COUNT)};
        bool sensor = alert.rule == TR_RULE_SENSOR;
        alert.acked = i % 2 == 1;
        alert.station = sensor || alert.rule == TR_RULE_OFFLINE ? TR_NONE : 0;
        alert.sensor = sensor ? 0 : TR_NONE;
        char id[TR_ALERT_ID_MAX];
        tr_alert_id(&plan, &alert, id);
        int n = tr_json_alert(&plan, &alert, text, sizeof(text));
        put("alert/", id, 1, 1, n);
        put("journal/alert", "", 0, 1, n);
    }
    const struct tr_alert_record never = {.rule = TR_RULE_WAIT, .sensor = TR_NONE};
    put("alert/", "station-0-wait", 1, 1, tr_json_alert(&plan, &never, text, sizeof(text)));
    text[0] = '\0';
    put("alert/", "station-0-wait", 1, 1, 0);
    const struct tr_unit_metrics units[] = {{0},
                                            {.outbox = UINT64_MAX,
                                             .lost = 1,
                                             .journal_bytes = INT64_MAX,
                                             .uptime_ns = INT64_MAX,
                                             .synced = true}};
    for (int i = 0; i < 2; i++) {
        put("metrics", "", 1, 1, tr_json_unit_metrics(&units[i], text, sizeof(text)));
    }
}

static void station_states(void)
{
    struct tr_station_state st = {
        .service_level_pct = NAN, .today_pct = NAN, .coverage_pct = NAN, .staffed = -1};
    put("station/", "s/state", 1, 1, tr_json_station_state(&plan, 0, &st, text, sizeof(text)));
    for (int i = 0; i < TR_MEASURING_COUNT; i++) {
        st = (struct tr_station_state){.waiting = INT32_MAX,
                                       .at_least = true,
                                       .oldest_wait_ns = INT64_MAX,
                                       .level = TR_LEVEL_CRITICAL,
                                       .acked = true,
                                       .open = true,
                                       .threshold_ns = 1,
                                       .service_level_pct = 100.0,
                                       .today_pct = 0.0,
                                       .today_void = INT32_MAX,
                                       .measuring = (enum tr_measuring)i,
                                       .coverage_pct = 100.0,
                                       .staffed = i};
        put("station/", "s/state", 1, 1, tr_json_station_state(&plan, 0, &st, text, sizeof(text)));
    }
}

static void station_metrics(void)
{
    struct tr_station_metrics m;
    memset(&m, 0, sizeof(m));
    for (int s = 0; s < TR_KIND_COUNT; s++) {
        put("station/", "s/metrics", 1, 1,
            tr_json_station_metrics(&plan, s, &m, text, sizeof(text)));
    }
    m.arrivals = m.answered_by_staff = m.drift = UINT64_MAX;
    m.bucket[TR_BUCKETS - 1] = UINT64_MAX;
    m.wait_sum_s = 1e18;
    m.service_level_pct = m.p50_s = m.p90_s = m.p95_s = m.low_pct = m.high_pct = NAN;
    m.day_pct = m.day_p50_s = m.day_p90_s = m.day_p95_s = NAN;
    m.day_low_pct = m.day_high_pct = m.day_coverage_pct = NAN;
    put("station/", "s/metrics", 1, 1, tr_json_station_metrics(&plan, 0, &m, text, sizeof(text)));
    m.has_staffed = true;
    m.open_s = m.full_s = m.staffed_s = m.busy_s = m.idle_s = 1e9;
    m.daypart[0].counted = INT32_MAX;
    m.daypart[0].kept = INT32_MAX;
    m.week_votes = 5;
    m.week_score_mean = 62.5;
    const enum tr_audience audience = plan.stations[TR_KIND_FEEDBACK].audience;
    for (int a = 0; a < TR_AUDIENCE_COUNT; a++) {
        plan.stations[TR_KIND_FEEDBACK].audience = (enum tr_audience)a;
        put("station/", "s/metrics", 1, 1,
            tr_json_station_metrics(&plan, TR_KIND_FEEDBACK, &m, text, sizeof(text)));
    }
    plan.stations[TR_KIND_FEEDBACK].audience = audience;
}

static void live(void)
{
    const struct tr_wall at = {.ms = 1772442000000};
    for (int i = 0; i < TR_NEWS_COUNT; i++) {
        struct tr_effect news = {.u.news = {.news = (enum tr_news)i,
                                            .station = (int16_t)(i % TR_KIND_COUNT),
                                            .open_seq = (uint64_t)i,
                                            .value = 7}};
        put("event/queue/", "s", 0, 0, tr_json_news(&plan, &news, at, text, sizeof(text)));
    }
    for (int i = 0; i < TR_SENSOR_TYPE_COUNT; i++) {
        put("event/input/", plan.sensors[i].id, 0, 0,
            tr_json_input_event(&plan, i, i % 2 == 0, at, text, sizeof(text)));
    }
    struct tr_effect streak = {.u.news = {.news = TR_NEWS_STREAK, .open_seq = 1, .value = 10}};
    put("praise", "", 0, 1, tr_json_news(&plan, &streak, at, text, sizeof(text)));
    for (int i = 0; i < 2; i++) {
        const struct tr_event edge = {.kind = TR_EVENT_EDGE,
                                      .at = {INT64_C(86400123456789)},
                                      .sensor = (int16_t)i,
                                      .level = i == 0};
        put("event/edge/", plan.sensors[i].id, 0, 0,
            tr_json_edge_event(&plan, &edge, (uint32_t)i, text, sizeof(text)));
    }
    for (int i = 0; i < TR_SOUND_COUNT; i++) {
        struct tr_effect sound = {
            .u.sound = {.sound = (enum tr_sound)i, .station = i == 0 ? TR_NONE : 0, .bursts = i}};
        put("event/sound/", "buzzer", 0, 0,
            tr_json_sound_event(&plan, &sound, at, text, sizeof(text)));
    }
    struct tr_info info = {
        .version = "v1", .config_hash = "0", .boot_id = "0", .gpio = "libgpiod 2.2", .schema = 1};
    put("info", "", 1, 1, tr_json_info(&plan, &info, text, sizeof(text)));
    info.metrics_interval_ns = 90 * TR_NS_PER_S;
    put("info", "", 1, 1, tr_json_info(&plan, &info, text, sizeof(text)));
}

static void words(void)
{
    for (int i = 0; i < TR_HEALTH_COUNT; i++) {
        strcpy(text, tr_health_name[i]);
        put("input/", "door/health", 1, 1, 0);
    }
    static const char *const requests[TR_COMMAND_COUNT] = {"{\"station\":\"a\"}",
                                                           "{\"seconds\":0}",
                                                           "{\"station\":\"a\"}",
                                                           "{\"station\":\"a\",\"count\":128}",
                                                           "{\"output\":\"buzzer\"}",
                                                           "{\"seconds\":60,\"id\":\"x\"}",
                                                           ""};
    for (int i = 0; i < TR_COMMAND_COUNT; i++) {
        strcpy(text, requests[i]);
        put("cmd/", tr_command_name[i], 0, 1, 0);
        put("rsp/", tr_command_name[i], 0, 1,
            tr_json_response(tr_command_name[i], requests[i], strlen(requests[i]),
                             i % 2 == 0 ? NULL : "no", text, sizeof(text)));
    }
}

static void commissioning(void)
{
    static struct tr_commissioning c;
    plan.gates_n = 1;
    strcpy(plan.gates[0].id, "door");
    for (int v = 0; v < TR_COMMISSION_RESULT_COUNT; v++) {
        const enum tr_commission_result r = (enum tr_commission_result)v;
        c = (struct tr_commissioning){.plan = &plan,
                                      .by = v % 2 == 0 ? NULL : "A \"Fitter\"\xff",
                                      .version = "1",
                                      .config_hash = "0123456789abcdef",
                                      .chip = "chip",
                                      .source = (enum tr_commission_source)(v % 3),
                                      .verdict = (enum tr_commission_verdict)(v % 3),
                                      .took_ns = INT64_MAX,
                                      .findings_n = 1};
        c.finding[0] = (struct tr_finding){.code = "dead", .severity = v % 2};
        for (int i = 0; i < plan.sensors_n; i++) {
            c.input[i] = (struct tr_commission_input){
                .result = r <= TR_COMMISSION_UNSTEADY ? r : TR_COMMISSION_GOOD,
                .instead = (int16_t)(v % 2 - 1),
                .at_rest = (int8_t)(v % 3 - 1),
                .edges = UINT32_MAX,
                .longest_ns = v,
                .suggested_ns = v * TR_NS_PER_MS};
        }
        c.gate[0] = (struct tr_commission_gate){
            .result =
                r == TR_COMMISSION_SWAPPED || r == TR_COMMISSION_DEAD ? r : TR_COMMISSION_GOOD,
            .outer = v % 2 == 0,
            .inner = true,
            .transit_ns = -v};
        c.output[0].result = r >= TR_COMMISSION_SEEN ? r : TR_COMMISSION_SKIPPED;
        c.output[0].by_option = v % 2 == 0;
        put("commissioning", "", 1, 1, tr_json_commissioning(&c, text, sizeof(text)));
    }
    plan.gates_n = 0;
}

int main(void)
{
    make_plan();
    waits();
    votes_and_alerts();
    station_states();
    station_metrics();
    live();
    words();
    commissioning();
    return 0;
}
