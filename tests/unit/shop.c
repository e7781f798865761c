#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "shop.h"

#define NS(s) ((int64_t)((s)*1e9 + ((s) < 0 ? -0.5 : 0.5)))

static int add_sensor(struct tr_plan *p, const char *id, enum tr_sensor_type type)
{
    struct tr_sensor *s = &p->sensors[p->sensors_n];
    tr_plan_init_sensor(s, type);
    strcpy(s->id, id);
    return p->sensors_n++;
}

static struct tr_station *add_station(struct tr_plan *p, const char *id, enum tr_station_kind kind)
{
    struct tr_station *s = &p->stations[p->stations_n++];
    tr_plan_init_station(s, kind);
    strcpy(s->id, id);
    return s;
}

static void promise(struct tr_target *t, int rings, double seconds)
{
    t->unit = rings > 0 ? TR_TARGET_RINGS : TR_TARGET_SECONDS;
    t->rings = rings;
    t->threshold_ns = rings > 0 ? rings * 6 * TR_NS_PER_S : NS(seconds);
}

static void sensors(struct tr_plan *p)
{
    static const struct {
        const char *id;
        enum tr_sensor_type type;
    } all[SHOP_SENSORS] = {
        [DOOR_OUTER] = {"door_outer", TR_SENSOR_BEAM},
        [DOOR_INNER] = {"door_inner", TR_SENSOR_BEAM},
        [GREET] = {"greet", TR_SENSOR_BUTTON},
        [NOT_CUSTOMER] = {"not", TR_SENSOR_BUTTON},
        [LINE_IN] = {"line_in", TR_SENSOR_BEAM},
        [LINE_OUT] = {"line_out", TR_SENSOR_BEAM},
        [TILL_1] = {"till_1", TR_SENSOR_PRESENCE},
        [TILL_2] = {"till_2", TR_SENSOR_PRESENCE},
        [CALL] = {"call", TR_SENSOR_BUTTON},
        [DONE] = {"done", TR_SENSOR_BUTTON},
        [RING] = {"ring", TR_SENSOR_RING},
        [HOOK] = {"hook", TR_SENSOR_HOOK},
        [GOOD] = {"good", TR_SENSOR_BUTTON},
        [OK_] = {"ok", TR_SENSOR_BUTTON},
        [BAD] = {"bad", TR_SENSOR_BUTTON},
    };
    for (int i = 0; i < SHOP_SENSORS; i++) {
        assert(add_sensor(p, all[i].id, all[i].type) == i);
    }
}

static void outputs(struct tr_plan *p)
{
    static const char *const id[] = {"buzzer", "green", "amber", "red"};
    for (int i = 0; i < 4; i++) {
        strcpy(p->outputs[i].id, id[i]);
        p->outputs[i].type = i == BUZZER ? TR_OUTPUT_BUZZER : TR_OUTPUT_LAMP;
    }
    p->outputs_n = 4;
    p->alerts.buzzer = BUZZER;
    p->alerts.kept_lamp = GREEN;
    p->alerts.kept_streak = 3;
    p->alerts.at_risk.lamp = AMBER;
    p->alerts.late.lamp = RED;
    p->alerts.critical.lamp = RED;
}

void shop_plan(struct tr_plan *p)
{
    tr_plan_init(p);
    strcpy(p->site, "test");
    sensors(p);
    outputs(p);
    strcpy(p->gates[0].id, "door");
    p->gates[0].outer = DOOR_OUTER;
    p->gates[0].inner = DOOR_INNER;
    p->gates[0].max_transit_ns = NS(3);
    p->gates_n = 1;

    struct tr_station *st = add_station(p, "entrance", TR_KIND_GREETING);
    st->u.greeting.arrive = (struct tr_source){TR_SOURCE_GATE, 0};
    st->u.greeting.answer = GREET;
    st->u.greeting.void_key = NOT_CUSTOMER;
    promise(&st->target, 3, 0);

    st = add_station(p, "tills", TR_KIND_QUEUE);
    st->u.queue.join = (struct tr_source){TR_SOURCE_SENSOR, LINE_IN};
    st->u.queue.leave = (struct tr_source){TR_SOURCE_SENSOR, LINE_OUT};
    for (int i = 0; i < 2; i++) {
        struct tr_position *pos = &st->u.queue.positions[i];
        strcpy(pos->id, i == 0 ? "till1" : "till2");
        pos->presence = (int16_t)(TILL_1 + i);
        pos->next = TR_NONE;
        pos->staffed = TR_NONE;
        pos->join = TR_NONE;
    }
    st->u.queue.positions_n = 2;
    st->u.queue.max_length = 4;
    st->u.queue.per_position = true;
    promise(&st->target, 0, 120);

    st = add_station(p, "fitting", TR_KIND_CALL);
    st->u.call.call = CALL;
    st->u.call.answer = DONE;
    promise(&st->target, 0, 60);

    st = add_station(p, "phone", TR_KIND_PHONE);
    strcpy(st->u.phone.lines[0].id, "line1");
    st->u.phone.lines[0].ring = RING;
    st->u.phone.lines[0].hook = HOOK;
    st->u.phone.lines[0].answer = TR_NONE;
    st->u.phone.lines_n = 1;
    promise(&st->target, 3, 0);

    st = add_station(p, "smiles", TR_KIND_FEEDBACK);
    static const int scores[] = {100, 50, 0};
    static const char *const ids[] = {"good", "ok", "bad"};
    for (int i = 0; i < 3; i++) {
        struct tr_vote_button *b = &st->u.feedback.buttons[i];
        strcpy(b->id, ids[i]);
        b->sensor = (int16_t)(GOOD + i);
        b->score = scores[i];
    }
    st->u.feedback.buttons_n = 3;
    st->u.feedback.after[0] = TILLS;
    st->u.feedback.after[1] = ENTRANCE;
    st->u.feedback.after_n = 2;
}

static void more_sensors(struct tr_plan *p)
{
    static const struct {
        const char *id;
        enum tr_sensor_type type;
    } all[] = {{"place_1", TR_SENSOR_PRESENCE}, {"place_2", TR_SENSOR_PRESENCE},
               {"place_3", TR_SENSOR_PRESENCE}, {"serve", TR_SENSOR_BEAM},
               {"mat_1", TR_SENSOR_STAFF},      {"next_1", TR_SENSOR_BUTTON},
               {"next_2", TR_SENSOR_BUTTON}};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        add_sensor(p, all[i].id, all[i].type);
    }
    assert(p->sensors_n == SHOP_MORE_SENSORS);
}

static void row_of_places(struct tr_queue_plan *q)
{
    for (int16_t i = 0; i < 3; i++) {
        q->places[i] = (int16_t)(PLACE_1 + i);
    }
    q->places_n = 3;
}

void shop_plan_like(struct tr_plan *p, enum shop_like like)
{
    const struct tr_source nowhere = {.kind = TR_SOURCE_NONE, .index = TR_NONE};
    shop_plan(p);
    if (like == LIKE_USUAL) {
        return;
    }
    more_sensors(p);
    struct tr_queue_plan *q = &p->stations[TILLS].u.queue;
    q->positions[0].staffed = MAT_1;
    if (like == LIKE_PLACES || like == LIKE_ROW || like == LIKE_JOIN_PLACES) {
        row_of_places(q);
        q->positions_n = like == LIKE_ROW ? 0 : q->positions_n;
        q->join = like == LIKE_JOIN_PLACES ? q->join : nowhere;
    } else if (like == LIKE_SERVE) {
        q->serve = SERVE;
    } else if (like == LIKE_GATE || like == LIKE_ROOM) {
        q->join = (struct tr_source){TR_SOURCE_GATE, 0};
        q->positions_n = like == LIKE_ROOM ? 0 : q->positions_n;
    } else if (like == LIKE_OWN_LINES) {
        q->discipline = TR_DISCIPLINE_LINE_PER_POSITION;
        q->positions[0].join = PLACE_1;
        q->positions[1].join = PLACE_2;
    } else {
        q->discipline = TR_DISCIPLINE_TICKETS;
        q->positions[0].next = NEXT_1;
        q->positions[1].next = NEXT_2;
        q->no_show_ns = NS(20);
    }
}

void shop_open(struct shop *shop)
{
    shop_open_like(shop, LIKE_USUAL);
}

void shop_open_like(struct shop *shop, enum shop_like like)
{
    memset(shop, 0, sizeof(*shop));
    shop_plan_like(&shop->plan, like);
    shop->core = calloc(1, tr_core_size());
    shop->out = malloc(sizeof(*shop->out));
    assert(shop->core != NULL && shop->out != NULL);
    tr_core_init(shop->core, &shop->plan);
}

void shop_begin(struct shop *shop)
{
    memset(shop->core, 0, tr_core_size());
    tr_core_init(shop->core, &shop->plan);
}

int shop_setup(void **state)
{
    struct shop *shop = malloc(sizeof(*shop));
    assert(shop != NULL);
    shop_open(shop);
    *state = shop;
    return 0;
}

int shop_teardown(void **state)
{
    shop_close(*state);
    free(*state);
    return 0;
}

void shop_close(struct shop *shop)
{
    free(shop->core);
    free(shop->out);
    free(shop->said);
}

void shop_step(struct shop *shop, const struct tr_event *ev)
{
    int more;
    do {
        more = tr_core_step(shop->core, ev, shop->out);
        while (shop->said_n + shop->out->n > shop->said_cap) {
            shop->said_cap = shop->said_cap == 0 ? 256 : shop->said_cap * 2;
            shop->said = realloc(shop->said, shop->said_cap * sizeof(shop->said[0]));
            assert(shop->said != NULL);
        }
        for (size_t i = 0; i < shop->out->n; i++) {
            shop->said[shop->said_n++] = shop->out->e[i];
        }
    } while (more != 0);
}

void shop_edge(struct shop *shop, double at_s, int sensor, bool level)
{
    const struct tr_event ev = {
        .kind = TR_EVENT_EDGE, .at = {NS(at_s)}, .sensor = (int16_t)sensor, .level = level};
    shop_step(shop, &ev);
}

void shop_pulse(struct shop *shop, double at_s, int sensor, double for_s)
{
    shop_edge(shop, at_s, sensor, true);
    shop_edge(shop, at_s + for_s, sensor, false);
}

void shop_tick(struct shop *shop, double at_s)
{
    const struct tr_event ev = {.kind = TR_EVENT_TICK, .at = {NS(at_s)}, .sensor = TR_NONE};
    shop_step(shop, &ev);
}

void shop_command(struct shop *shop, double at_s, enum tr_command_kind kind, int station, int value)
{
    struct tr_event ev = {.kind = TR_EVENT_COMMAND, .at = {NS(at_s)}, .sensor = TR_NONE};
    ev.u.command = (struct tr_command){
        .kind = kind, .station = (int16_t)station, .output = TR_NONE, .value = value};
    shop_step(shop, &ev);
}

void shop_moment(struct shop *shop, double at_s, enum tr_moment moment, int64_t value)
{
    struct tr_event ev = {
        .kind = TR_EVENT_CALENDAR, .at = {NS(at_s)}, .sensor = TR_NONE, .value = value};
    ev.u.moment = moment;
    shop_step(shop, &ev);
}

void shop_walk(struct shop *shop, double at_s, bool in)
{
    const int first = in ? DOOR_OUTER : DOOR_INNER;
    const int second = in ? DOOR_INNER : DOOR_OUTER;
    shop_edge(shop, at_s - 0.30, first, true);
    shop_edge(shop, at_s - 0.22, second, true);
    shop_edge(shop, at_s - 0.08, first, false);
    shop_edge(shop, at_s, second, false);
}

void shop_health(struct shop *shop, double at_s, int sensor, int64_t health)
{
    const struct tr_event ev = {
        .kind = TR_EVENT_HEALTH, .at = {NS(at_s)}, .sensor = (int16_t)sensor, .value = health};
    shop_step(shop, &ev);
}

void shop_restart(struct shop *shop, double at_s, double down_s, double open_s)
{
    struct tr_event ev = {
        .kind = TR_EVENT_RESTART, .at = {NS(at_s)}, .sensor = TR_NONE, .value = NS(down_s)};
    ev.u.open_ns = open_s < 0 ? -1 : NS(open_s);
    shop_step(shop, &ev);
}

double shop_chatter(struct shop *shop, double from_s, int sensor, int edges, double hz)
{
    for (int i = 0; i < edges; i++) {
        shop_edge(shop, from_s + i / hz, sensor, (edges - i) % 2 == 0);
    }
    return from_s + (edges - 1) / hz;
}

struct tr_station_metrics shop_metrics(struct shop *shop, int station, double at_s)
{
    struct tr_station_metrics m;
    tr_core_metrics(shop->core, station, (struct tr_mono){NS(at_s)}, &m);
    return m;
}

void shop_drain(struct shop *shop)
{
    while (tr_core_busy(shop->core) && tr_core_deadline(shop->core).ns != INT64_MAX) {
        const struct tr_event ev = {
            .kind = TR_EVENT_TICK, .at = tr_core_deadline(shop->core), .sensor = TR_NONE};
        shop_step(shop, &ev);
    }
    const struct tr_event finish = {
        .kind = TR_EVENT_FINISH, .at = tr_core_now(shop->core), .sensor = TR_NONE};
    shop_step(shop, &finish);
}

const struct tr_effect *shop_said(const struct shop *shop, enum tr_effect_kind kind, size_t n)
{
    for (size_t i = 0; i < shop->said_n; i++) {
        if (shop->said[i].kind == kind && n-- == 0) {
            return &shop->said[i];
        }
    }
    return NULL;
}

size_t shop_count(const struct shop *shop, enum tr_effect_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < shop->said_n; i++) {
        n += shop->said[i].kind == kind;
    }
    return n;
}

const struct tr_wait_record *shop_wait(const struct shop *shop, size_t n)
{
    const struct tr_effect *e = shop_said(shop, TR_EFFECT_WAIT, n);
    return e == NULL ? NULL : &e->u.wait;
}
