/* What Home Assistant is told. Its rules are tests/contract/hass.t's; here is what
 * must hold for every plan: names that never meet, room, what is removed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <jansson.h>

#include "codec/hass.h"

static struct tr_plan plan, other;
static bool obeyed[TR_COMMAND_COUNT];
static const struct tr_wire wire = {.plan = &plan, .base = "thirdring"};
static const struct tr_wire other_wire = {.plan = &other, .base = "thirdring"};
static const struct tr_hass hass = {
    .prefix = "homeassistant", .version = "1.2", .expire_s = 180, .command = obeyed};

/* One of everything; ids of one letter, so that what follows them is a key's own. */
static int setup(void **state)
{
    (void)state;
    tr_plan_init(&plan);
    strcpy(plan.site, "high-street");
    for (int i = 0; i <= TR_KIND_COUNT; i++) {
        const bool staff = i == TR_KIND_COUNT;
        struct tr_station *st = &plan.stations[i];
        tr_plan_init_station(st, staff ? TR_KIND_FEEDBACK : (enum tr_station_kind)i);
        snprintf(st->id, TR_ID_MAX, "%c", 'a' + i);
        st->target.unit = TR_TARGET_SECONDS;
        st->audience = staff ? TR_AUDIENCE_STAFF : TR_AUDIENCE_CUSTOMER;
    }
    plan.stations_n = TR_KIND_COUNT + 1;
    struct tr_queue_plan *queue = &plan.stations[TR_KIND_QUEUE].u.queue;
    queue->max_length = 5;
    queue->positions[0] = (struct tr_position){.presence = TR_NONE, .next = TR_NONE, .staffed = 0};
    queue->positions_n = 1;
    for (int i = 0; i < TR_SENSOR_TYPE_COUNT; i++) {
        tr_plan_init_sensor(&plan.sensors[i], (enum tr_sensor_type)i);
        snprintf(plan.sensors[i].id, TR_ID_MAX, "%c", 'a' + i);
    }
    plan.sensors_n = TR_SENSOR_TYPE_COUNT;
    strcpy(plan.outputs[0].id, "a");
    strcpy(plan.outputs[1].id, "b");
    plan.outputs[1].type = TR_OUTPUT_LAMP;
    plan.outputs_n = 2;
    plan.alerts.buzzer = 0;
    other = plan;
    memset(obeyed, 1, sizeof(obeyed));
    return 0;
}

/* The components, a new reference. */
static json_t *components_beside(const struct tr_wire *gone_wire, const struct tr_hass *gone)
{
    char *text = malloc(TR_HASS_MAX);
    const int n = tr_hass_device(&wire, &hass, gone_wire, gone, text, TR_HASS_MAX);
    assert_true(n > 0);
    json_t *root = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    assert_non_null(root);
    json_t *components = json_incref(json_object_get(root, "components"));
    json_decref(root);
    assert_non_null(components);
    return components;
}

static json_t *components(void)
{
    return components_beside(NULL, NULL);
}

static const char *member(const json_t *components, const char *key, const char *name)
{
    const char *text = json_string_value(json_object_get(json_object_get(components, key), name));
    if (text == NULL) {
        fail_msg("%s has no %s", key, name);
    }
    return text;
}

static void names(void **state)
{
    (void)state;
    char topic[TR_WIRE_TOPIC_MAX];
    tr_hass_topic(&wire, "homeassistant", topic);
    assert_string_equal(topic, "homeassistant/device/thirdring_high-street_main/config");
    strcpy(plan.stations[1].id, "a-_-b");
    strcpy(plan.stations[1].name, "\xc3\x84 \"row\"");
    json_t *all = components();
    assert_string_equal(member(all, "a-_-b_waiting", "unique_id"),
                        "thirdring_high-street_main_a-_-b_waiting");
    assert_string_equal(member(all, "a-_-b_waiting", "default_entity_id"),
                        "sensor.thirdring_high_street_main_a_b_waiting");
    assert_string_equal(member(all, "a-_-b_waiting", "name"), "\xc3\x84 \"row\" waiting");
    assert_string_equal(member(all, "a_waiting", "name"), "a waiting");
    assert_string_equal(member(all, "a_input", "name"), "a");
    json_decref(all);
}

/* "x_" before one key is never "y_" before another: no key ends with "_" and a second one,
 * whatever it is about. */
static void keys_never_meet(void **state)
{
    (void)state;
    json_t *all = components();
    const char *one, *two;
    json_t *value;
    json_object_foreach(all, one, value)
    {
        const char *own = one[1] == '_' ? one + 2 : one;
        void *iter = json_object_iter(all);
        for (; iter != NULL; iter = json_object_iter_next(all, iter)) {
            two = json_object_iter_key(iter);
            const size_t n = strlen(own), m = strlen(two);
            const bool has_id = one[1] == '_';
            const char *tail = two[1] == '_' ? two + 2 : two;
            if (has_id && strcmp(tail, own) != 0 && m > n && two[m - n - 1] == '_' &&
                strcmp(two + m - n, own) == 0) {
                fail_msg("%s could be %s of another", two, own);
            }
        }
    }
    json_decref(all);
}

static void room(void **state)
{
    (void)state;
    static char exact[TR_HASS_MAX];
    const int n = tr_hass_device(&wire, &hass, NULL, NULL, exact, sizeof(exact));
    assert_true(n > 0);
    char *text = malloc((size_t)n + 2);
    for (int cap = 0; cap <= n; cap += cap < 64 || n - cap < 64 ? 1 : 61) {
        text[cap] = '#';
        assert_int_equal(tr_hass_device(&wire, &hass, NULL, NULL, text, (size_t)cap), -ENOBUFS);
        assert_int_equal(text[cap], '#');
    }
    assert_int_equal(tr_hass_device(&wire, &hass, NULL, NULL, text, (size_t)n + 1), n);
    assert_memory_equal(text, exact, (size_t)n + 1);
    free(text);
}

/* As much of everything as there can be, in names that need six bytes for one. */
static void fill(struct tr_plan *p, char letter)
{
    for (int i = 0; i < TR_SENSORS_MAX; i++) {
        p->sensors[i] = p->sensors[0];
        snprintf(p->sensors[i].id, TR_ID_MAX, "%c%030d", letter, i);
        memset(p->sensors[i].name, 1, TR_NAME_MAX - 1);
    }
    for (int i = 0; i < TR_OUTPUTS_MAX; i++) {
        p->outputs[i] = p->outputs[0];
        snprintf(p->outputs[i].id, TR_ID_MAX, "%c%030d", letter, i);
        memset(p->outputs[i].name, 1, TR_NAME_MAX - 1);
    }
    for (int i = 0; i < TR_STATIONS_MAX; i++) {
        p->stations[i] = p->stations[TR_KIND_QUEUE];
        snprintf(p->stations[i].id, TR_ID_MAX, "%c%030d", letter, i);
        memset(p->stations[i].name, 1, TR_NAME_MAX - 1);
    }
    memset(p->site, letter, TR_ID_MAX - 1);
    memset(p->unit, letter, TR_ID_MAX - 1);
    p->sensors_n = TR_SENSORS_MAX;
    p->outputs_n = TR_OUTPUTS_MAX;
    p->stations_n = TR_STATIONS_MAX;
}

static void the_largest_fits(void **state)
{
    (void)state;
    static char text[TR_HASS_MAX];
    char base[TR_NAME_MAX];
    memset(base, 'b', sizeof(base) - 1);
    base[sizeof(base) - 1] = '\0';
    fill(&plan, 'a');
    fill(&other, 'z');
    const struct tr_wire big = {.plan = &plan, .base = base};
    const int n = tr_hass_device(&big, &hass, &other_wire, &hass, text, sizeof(text));
    print_message("# the largest possible, nothing of the old one left: %d bytes\n", n);
    assert_true(n > 0);
}

static size_t count_removed(void)
{
    size_t n = 0;
    json_t *all = components_beside(&other_wire, &hass);
    for (void *iter = json_object_iter(all); iter != NULL;
         iter = json_object_iter_next(all, iter)) {
        const json_t *c = json_object_iter_value(iter);
        n += json_object_size(c) == 1 && json_object_get(c, "platform") != NULL;
    }
    json_decref(all);
    assert_int_equal(n > 0, tr_hass_removes(&wire, &hass, &other_wire, &hass));
    return n;
}

static void what_leaves_is_named(void **state)
{
    (void)state;
    assert_int_equal(count_removed(), 0);
    /* Elsewhere in the plan is still there. */
    const struct tr_sensor first = plan.sensors[0];
    plan.sensors[0] = plan.sensors[3];
    plan.sensors[3] = first;
    plan.stations[TR_KIND_QUEUE].u.queue.positions[0].staffed = 3;
    assert_int_equal(count_removed(), 0);
    /* A promise less: today_pct, streak, window_pct, two alerts, and nothing to acknowledge. */
    plan.stations[TR_KIND_CALL].target.unit = TR_TARGET_NONE;
    assert_int_equal(count_removed(), 6);
    plan.stations[TR_KIND_CALL].target.unit = TR_TARGET_SECONDS;
    /* A sensor less: its level, its fault, its alert. */
    plan.sensors_n--;
    assert_int_equal(count_removed(), 3);
    plan.sensors_n++;
    /* What a button becomes when it is no button: its presses go, a level comes. */
    for (int i = 0; i < plan.sensors_n; i++) {
        if (plan.sensors[i].type == TR_SENSOR_BUTTON) {
            plan.sensors[i].type = TR_SENSOR_HOOK;
        }
    }
    assert_int_equal(count_removed(), 1);
    json_t *all = components_beside(&other_wire, &hass);
    assert_string_equal(member(all, "c_press", "platform"), "event");
    assert_string_equal(member(all, "c_input", "platform"), "binary_sensor");
    assert_int_equal(json_object_size(json_object_get(all, "c_press")), 1);
    json_decref(all);
}

static void commands_withdrawn_take_their_buttons(void **state)
{
    (void)state;
    static const bool none[TR_COMMAND_COUNT] = {false};
    struct tr_hass deaf = hass;
    deaf.command = none;
    assert_true(tr_hass_removes(&wire, &deaf, &wire, &hass));
    assert_false(tr_hass_removes(&wire, &hass, &wire, &deaf));
    plan.alerts.buzzer = TR_NONE; /* nothing that could be muted */
    json_t *all = components();
    assert_null(json_object_get(all, "mute"));
    assert_non_null(json_object_get(all, "refresh"));
    json_decref(all);
}

/* When a button of a staff panel is pressed is nobody's business. */
static void staff_panels_are_private(void **state)
{
    (void)state;
    struct tr_feedback_plan *panel = &plan.stations[TR_KIND_COUNT].u.feedback;
    panel->buttons[0] = (struct tr_vote_button){.sensor = TR_SENSOR_BUTTON};
    panel->buttons_n = 1;
    json_t *all = components();
    assert_null(json_object_get(all, "c_press"));
    assert_null(json_object_get(all, "c_input"));
    assert_non_null(json_object_get(all, "c_fault"));
    assert_non_null(json_object_get(all, "f_votes_week"));
    assert_null(json_object_get(all, "f_votes"));
    assert_null(json_object_get(all, "f_event"));
    json_decref(all);
}

static void keys_of_the_staff_are_buttons(void **state)
{
    (void)state;
    plan.stations[TR_KIND_GREETING].u.greeting.void_key = 0; /* a contact */
    plan.stations[TR_KIND_QUEUE].u.queue.positions[0].next = 1;
    json_t *all = components();
    assert_string_equal(member(all, "a_press", "platform"), "event");
    assert_string_equal(member(all, "b_press", "platform"), "event");
    assert_null(json_object_get(all, "a_input"));
    json_decref(all);
}

static void without_an_interval_nothing_expires(void **state)
{
    (void)state;
    static char text[TR_HASS_MAX];
    struct tr_hass never = hass;
    never.expire_s = 0;
    assert_true(tr_hass_device(&wire, &hass, NULL, NULL, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "\"expire_after\":180"));
    assert_true(tr_hass_device(&wire, &never, NULL, NULL, text, sizeof(text)) > 0);
    assert_null(strstr(text, "expire_after"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(names, setup),
        cmocka_unit_test_setup(keys_never_meet, setup),
        cmocka_unit_test_setup(room, setup),
        cmocka_unit_test_setup(the_largest_fits, setup),
        cmocka_unit_test_setup(what_leaves_is_named, setup),
        cmocka_unit_test_setup(commands_withdrawn_take_their_buttons, setup),
        cmocka_unit_test_setup(staff_panels_are_private, setup),
        cmocka_unit_test_setup(keys_of_the_staff_are_buttons, setup),
        cmocka_unit_test_setup(without_an_interval_nothing_expires, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
