/* Good configurations: what they become, and that they stay it. */
#include "config_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "thirdring/time.h"

#define EXAMPLE "etc/thirdring.conf"

static struct tr_config *load(const char *file, const char *text, const char *const *sets)
{
    static char found[CASE_TEXT_MAX];
    static struct tr_config_error e[1];
    struct tr_config *cfg = NULL;
    size_t n = 0;
    int r = tr_config_load(file, text, sets, &cfg, e, 1, &n);
    if (r == -EINVAL) {
        config_complaints(file, text, sets, found, sizeof(found));
        fail_msg("%s: %zu errors:\n%s", file, n, found);
    }
    if (r < 0) {
        fail_msg("%s: %s (run this from the top of the tree)", file, strerror(-r));
    }
    return cfg;
}

static struct tr_config *load_rest(const char *rest)
{
    static char text[CASE_TEXT_MAX];
    snprintf(text, sizeof(text), CASE_SITE "\n" CASE_SENSORS "\n%s\n%s\n",
             strstr(rest, "stations = ") != NULL ? "" : CASE_STATIONS, rest);
    return load("rest.conf", text, NULL);
}

static void assert_round_trip(const struct tr_config *cfg)
{
    char *text = NULL;
    char *again = NULL;
    assert_int_equal(tr_config_print(cfg, true, &text), 0);
    struct tr_config *back = load("canonical", text, NULL);
    assert_memory_equal(&cfg->plan, &back->plan, sizeof(cfg->plan));
    assert_memory_equal(&cfg->options, &back->options, sizeof(cfg->options));
    assert_string_equal(cfg->hash, back->hash);
    assert_int_equal(tr_config_print(back, true, &again), 0);
    assert_string_equal(text, again);
    free(text);
    free(again);
    tr_config_free(back);
}

static void example(void **state)
{
    (void)state;
    struct tr_config *cfg = load(EXAMPLE, NULL, NULL);
    const struct tr_plan *p = &cfg->plan;
    assert_string_equal(p->site, "highstreet");
    assert_int_equal(p->sensors_n, 18);
    assert_int_equal(p->stations_n, 5);
    assert_int_equal(p->hours[0].days, 0x3f);
    assert_int_equal(p->hours[1].close_min, 17 * 60);
    assert_int_equal(p->holidays[1].date, 20261225);
    assert_int_equal(p->stations[0].target.threshold_ns, 18 * TR_NS_PER_S);
    assert_int_equal(p->stations[1].daypart_target[1].threshold_ns, 180 * TR_NS_PER_S);
    assert_int_equal(p->stations[1].daypart_target[1].window_ns, 3600 * TR_NS_PER_S);
    assert_int_equal(p->stations[1].daypart_target[0].unit, TR_TARGET_NONE);
    assert_int_equal(p->stations[0].u.greeting.arrive.kind, TR_SOURCE_GATE);
    assert_int_equal(p->stations[4].u.feedback.after[1], 0);
    assert_true(cfg->options.mqtt.enabled);
    assert_false(cfg->options.mqtt.command[TR_COMMAND_WALKTEST]);
    assert_round_trip(cfg);
    tr_config_free(cfg);
}

/* The contract's own example, where the documents stand beside the tree. */
static void contract_example(void **state)
{
    (void)state;
    static const char file[] = "../shared/example.conf";
    if (access(file, R_OK) != 0) {
        /* cmocka calls a skipped test "not ok", which prove takes at its word. */
        fprintf(stderr, "# SKIP the contract's example: no %s beside this tree\n", file);
        return;
    }
    struct tr_config *cfg = load(file, NULL, NULL);
    struct tr_config *own = load(EXAMPLE, NULL, NULL);
    assert_string_equal(cfg->hash, own->hash);
    tr_config_free(cfg);
    tr_config_free(own);
}

static void defaults_are_the_plans(void **state)
{
    (void)state;
    static struct tr_plan plan;
    static struct tr_station st;
    struct tr_sensor sensor;
    struct tr_config *cfg = load_rest("");
    const struct tr_plan *p = &cfg->plan;
    tr_plan_init(&plan);
    assert_memory_equal(&p->alerts, &plan.alerts, sizeof(plan.alerts));
    assert_string_equal(p->unit, plan.unit);
    assert_string_equal(p->timezone, plan.timezone);
    assert_int_equal(p->day_start_min, plan.day_start_min);
    assert_int_equal(p->ring_on_ns, plan.ring_on_ns);
    assert_int_equal(p->ring_off_ns, plan.ring_off_ns);
    assert_int_equal(p->hours_n, 0);
    for (int i = 0; i < p->sensors_n; i++) {
        tr_plan_init_sensor(&sensor, p->sensors[i].type);
        strcpy(sensor.id, p->sensors[i].id);
        sensor.line = p->sensors[i].line;
        assert_memory_equal(&p->sensors[i], &sensor, sizeof(sensor));
    }
    tr_plan_init_station(&st, TR_KIND_CALL);
    strcpy(st.id, "t");
    st.u.call.call = 4;
    st.u.call.answer = 5;
    assert_memory_equal(&p->stations[0], &st, sizeof(st));
    assert_false(cfg->options.mqtt.enabled);
    assert_string_equal(cfg->options.journal.path, "/var/lib/thirdring/journal.db");
    assert_int_equal(cfg->options.log_level, TR_LOG_INFO);
    assert_round_trip(cfg);
    tr_config_free(cfg);
}

/* Each type of value once, written in its several ways. */
static void values(void **state)
{
    (void)state;
    struct tr_config *cfg = load_rest(
        "hours = ( { days = \"sat-mon,wed\"; open = \"18:30\"; close = \"02:00\"; } );"
        "holidays = ( { date = \"2028-02-29\"; closed = true; } );"
        "ring = { on_s = 1; off_s = 0.2; };"
        "gpio = { chip = \"c\"; speed = 60; };"
        "outputs = ( { id = \"o\"; type = \"buzzer\"; line = 7; active = \"low\"; },"
        " { id = \"l\"; type = \"lamp\"; line = \"O2\"; name = \"L\\\"\\\\\xc3\xa9\"; } );"
        "alerts = { burning = { short_min = 0x10; }; buzzer = \"o\"; late = {"
        " lamp = \"\"; sound = \"none\"; }; };"
        "journal = { max_mb = 2048L; commit_ms = 0.25e3; };"
        "mqtt = { enabled = false; version = 3; commands = [ ]; };"
        "log = { level = \"debug\"; };");
    const struct tr_plan *p = &cfg->plan;
    assert_int_equal(p->hours[0].days, 0x65);
    assert_int_equal(p->hours[0].open_min, 18 * 60 + 30);
    assert_int_equal(p->holidays[0].date, 20280229);
    assert_int_equal(p->ring_off_ns, TR_NS_PER_S / 5);
    assert_true(cfg->options.gpio.speed == 60);
    assert_int_equal(p->outputs[0].line.offset, 7);
    assert_true(p->outputs[0].line.active_low);
    assert_int_equal(p->outputs[0].max_on_ns, 10 * TR_NS_PER_S);
    assert_int_equal(p->outputs[1].max_on_ns, 0);
    assert_string_equal(p->outputs[1].name, "L\"\\\xc3\xa9");
    assert_int_equal(p->alerts.burning_short_ns, 16 * 60 * TR_NS_PER_S);
    assert_int_equal(p->alerts.late.lamp, TR_NONE);
    assert_int_equal(p->alerts.late.sound, TR_SOUND_NONE);
    assert_int_equal(cfg->options.journal.max_bytes, INT64_C(2048) << 20);
    assert_int_equal(cfg->options.journal.commit_ns, 250 * TR_NS_PER_MS);
    assert_false(cfg->options.mqtt.enabled);
    assert_false(cfg->options.mqtt.command[TR_COMMAND_ACK]);
    assert_int_equal(cfg->options.log_level, TR_LOG_DEBUG);
    assert_round_trip(cfg);
    tr_config_free(cfg);
}

/* Every kind with every reference, and durations that no short decimal hits. */
static void stations(void **state)
{
    (void)state;
    struct tr_config *cfg = load_rest(
        "outputs = ( { id = \"o\"; type = \"lamp\"; line = \"O1\"; } );"
        "gates = ( { id = \"g\"; outer = \"b1\"; inner = \"b2\"; max_transit_s = 0.333333333; } );"
        "stations = ( { id = \"f\"; kind = \"feedback\"; audience = \"staff\"; after = [ \"q\" ];"
        "  buttons = ( { id = \"a\"; sensor = \"k1\"; score = 0; },"
        "              { id = \"b\"; sensor = \"k2\"; score = 100; } ); },"
        " { id = \"g\"; kind = \"greeting\"; arrive = \"c1\"; inside = \"p1\"; answer = \"s1\";"
        "   void = \"k1\"; answers = \"oldest\"; rearm_s = 1e-9; },"
        " { id = \"q\"; kind = \"queue\"; join = \"g\"; serve = \"b2\"; void = \"k1\"; leave = "
        "\"c1\";"
        "   discipline = \"tickets\"; per_position = true; no_show_s = 12.000000001;"
        "   positions = ( { id = \"x\"; next = \"k2\"; staffed = \"s1\"; presence = \"p1\"; } );"
        "   target = { seconds = 0.1; percent = 33.333333333333336; window_min = 33.3; }; },"
        " { id = \"l\"; kind = \"queue\"; places = ( \"p1\", \"p2\" ); },"
        " { id = \"c\"; kind = \"call\"; call = \"k1\"; answer = \"k2\"; sent_lamp = \"o\"; },"
        " { id = \"p\"; kind = \"phone\"; divert_rings = 5; lines = ("
        "   { id = \"a\"; ring = \"r1\"; answer = \"k1\"; hook_sees = \"handset\"; } ); } );");
    const struct tr_station *st = cfg->plan.stations;
    assert_int_equal(cfg->plan.gates[0].max_transit_ns, 333333333);
    assert_int_equal(st[0].u.feedback.after[0], 2);
    assert_int_equal(st[1].u.greeting.arrive.kind, TR_SOURCE_SENSOR);
    assert_false(st[1].u.greeting.answers_all);
    assert_int_equal(st[1].u.greeting.rearm_ns, 1);
    assert_int_equal(st[2].u.queue.join.kind, TR_SOURCE_GATE);
    assert_int_equal(st[2].u.queue.positions[0].staffed, 9);
    assert_int_equal(st[2].target.threshold_ns, TR_NS_PER_S / 10);
    assert_int_equal(st[3].u.queue.places_n, 2);
    assert_int_equal(st[4].u.call.sent_lamp, 0);
    assert_int_equal(st[5].u.phone.lines[0].hook, TR_NONE);
    assert_int_equal(st[5].u.phone.lines[0].hook_sees, TR_HOOK_HANDSET);
    assert_round_trip(cfg);
    tr_config_free(cfg);
}

static void debounce_sets_both(void **state)
{
    (void)state;
    struct tr_config *cfg =
        load("d.conf",
             CASE_SITE CASE_STATIONS
             "gpio = { backend = \"replay\"; };"
             "sensors = ( " CASE_K1 ", { id = \"k2\"; type = \"button\"; debounce_ms = 0; },"
             " { id = \"z\"; type = \"beam\"; debounce_ms = 7; release_ms = 9; } );",
             NULL);
    const struct tr_sensor *s = cfg->plan.sensors;
    assert_int_equal(s[1].press_ns, 0);
    assert_int_equal(s[1].release_ns, 0);
    assert_int_equal(s[2].press_ns, 7 * TR_NS_PER_MS);
    assert_int_equal(s[2].release_ns, 9 * TR_NS_PER_MS);
    assert_round_trip(cfg);
    tr_config_free(cfg);
}

static void hash_is_of_the_meaning(void **state)
{
    (void)state;
    struct tr_config *a = load_rest("");
    struct tr_config *b = load_rest("# a word\nring = { off_s = 4; };");
    struct tr_config *c = load_rest("ring = { off_s = 4.000000001; };");
    assert_int_equal(strlen(a->hash), 16);
    assert_string_equal(a->hash, b->hash);
    assert_string_not_equal(a->hash, c->hash);
    tr_config_free(a);
    tr_config_free(b);
    tr_config_free(c);
}

static void overrides(void **state)
{
    (void)state;
    static const char *const sets[] = {"stations.tills.target.seconds=90",
                                       "stations.tills.positions.till2.staffed=greet",
                                       "stations[0].target.percent=95.5",
                                       "hours.[0].close=21:00",
                                       "alerts.buzzer=",
                                       "log.level=debug",
                                       "stations.tills.places[0]=line_2",
                                       "stations.tills.places[1]=\"line_1\"",
                                       "mqtt.commands=[ \"ack\" ]",
                                       "mqtt.username=shop",
                                       "ring={ on_s = 1.0; }",
                                       "site.name=Tom & Co = best",
                                       NULL};
    struct tr_config *cfg = load(EXAMPLE, NULL, sets);
    const struct tr_plan *p = &cfg->plan;
    assert_int_equal(p->stations[1].target.threshold_ns, 90 * TR_NS_PER_S);
    assert_int_equal(p->stations[1].u.queue.positions[1].staffed, 2);
    assert_int_equal(p->stations[1].u.queue.places[0], 7);
    assert_int_equal(p->stations[1].u.queue.places[1], 6);
    assert_true(p->stations[0].target.percent == 95.5);
    assert_int_equal(p->hours[0].close_min, 21 * 60);
    assert_int_equal(p->alerts.buzzer, TR_NONE);
    assert_true(cfg->options.mqtt.command[TR_COMMAND_ACK]);
    assert_false(cfg->options.mqtt.command[TR_COMMAND_MUTE]);
    assert_string_equal(cfg->options.mqtt.username, "shop");
    assert_int_equal(p->ring_on_ns, TR_NS_PER_S);
    assert_int_equal(p->ring_off_ns, 4 * TR_NS_PER_S);
    assert_string_equal(p->name, "Tom & Co = best");
    assert_round_trip(cfg);
    tr_config_free(cfg);
}

static void masking(void **state)
{
    (void)state;
    /* Nothing secret is ever kept, so that masked and plain are the same. */
    char *plain = NULL;
    char *masked = NULL;
    struct tr_config *cfg =
        load_rest("mqtt = { username = \"shop\"; password_file = \"/run/p\"; };");
    assert_int_equal(tr_config_print(cfg, true, &plain), 0);
    assert_int_equal(tr_config_print(cfg, false, &masked), 0);
    assert_string_equal(plain, masked);
    free(plain);
    free(masked);
    tr_config_free(cfg);
    tr_config_free(NULL);
}

static void broker_options(void **state)
{
    (void)state;
    struct tr_config *cfg = load_rest(
        "mqtt = { uri = \"wss://h:8443/a/mqtt?x=1\"; username_file = \"credential:user\";"
        " password_file = \"credential:pw\"; ca_file = \"credential:ca\"; cert_file = \"/c\";"
        " key_file = \"/k\"; will_delay_s = 0; backfill_per_s = 10000; };");
    const struct tr_mqtt_options *m = &cfg->options.mqtt;
    assert_string_equal(m->uri, "wss://h:8443/a/mqtt?x=1");
    assert_string_equal(m->username_file, "credential:user");
    assert_string_equal(m->password_file, "credential:pw");
    assert_string_equal(m->ca_file, "credential:ca");
    assert_int_equal(m->will_delay_s, 0);
    assert_int_equal(m->backfill_per_s, 10000);
    assert_round_trip(cfg);
    tr_config_free(cfg);
    cfg = load_rest("mqtt = { uri = \"ws://[::1]\"; };");
    assert_int_equal(cfg->options.mqtt.will_delay_s, 5);
    assert_int_equal(cfg->options.mqtt.backfill_per_s, 100);
    tr_config_free(cfg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(example),
        cmocka_unit_test(contract_example),
        cmocka_unit_test(defaults_are_the_plans),
        cmocka_unit_test(values),
        cmocka_unit_test(stations),
        cmocka_unit_test(debounce_sets_both),
        cmocka_unit_test(hash_is_of_the_meaning),
        cmocka_unit_test(overrides),
        cmocka_unit_test(masking),
        cmocka_unit_test(broker_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
