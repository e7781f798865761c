#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "shops.h"
#include "thirdring/time.h"

enum part {
    DOOR,
    OUTER,
    INNER,
    GREET,
    NOT_CUSTOMER,
    INSIDE,
    STAFF,
    LINE_IN,
    LINE_OUT,
    SERVE,
    TILL_1,
    TILL_2,
    NEXT_1,
    NEXT_2,
    STAFFED_1,
    TICKET,
    PLACE_1,
    PLACE_2,
    PLACE_3,
    CALL,
    DONE,
    RING_1,
    RING_2,
    RING_3,
    HOOK_1,
    HOOK_2,
    PICKED_UP,
    GOOD,
    OK_,
    BAD,
    PARTS
};

static const struct {
    const char *id;
    enum tr_sensor_type type;
} parts[PARTS] = {
    [DOOR] = {"door", TR_SENSOR_CONTACT},
    [OUTER] = {"outer", TR_SENSOR_BEAM},
    [INNER] = {"inner", TR_SENSOR_BEAM},
    [GREET] = {"greet", TR_SENSOR_BUTTON},
    [NOT_CUSTOMER] = {"not", TR_SENSOR_BUTTON},
    [INSIDE] = {"inside", TR_SENSOR_BEAM},
    [STAFF] = {"staff", TR_SENSOR_STAFF},
    [LINE_IN] = {"line_in", TR_SENSOR_BEAM},
    [LINE_OUT] = {"line_out", TR_SENSOR_BEAM},
    [SERVE] = {"serve", TR_SENSOR_BEAM},
    [TILL_1] = {"till_1", TR_SENSOR_PRESENCE},
    [TILL_2] = {"till_2", TR_SENSOR_PRESENCE},
    [NEXT_1] = {"next_1", TR_SENSOR_BUTTON},
    [NEXT_2] = {"next_2", TR_SENSOR_BUTTON},
    [STAFFED_1] = {"staffed_1", TR_SENSOR_STAFF},
    [TICKET] = {"ticket", TR_SENSOR_CONTACT},
    [PLACE_1] = {"place_1", TR_SENSOR_PRESENCE},
    [PLACE_2] = {"place_2", TR_SENSOR_PRESENCE},
    [PLACE_3] = {"place_3", TR_SENSOR_PRESENCE},
    [CALL] = {"call", TR_SENSOR_BUTTON},
    [DONE] = {"done", TR_SENSOR_BUTTON},
    [RING_1] = {"ring_1", TR_SENSOR_RING},
    [RING_2] = {"ring_2", TR_SENSOR_RING},
    [RING_3] = {"ring_3", TR_SENSOR_RING},
    [HOOK_1] = {"hook_1", TR_SENSOR_HOOK},
    [HOOK_2] = {"hook_2", TR_SENSOR_HOOK},
    [PICKED_UP] = {"picked_up", TR_SENSOR_BUTTON},
    [GOOD] = {"good", TR_SENSOR_BUTTON},
    [OK_] = {"ok", TR_SENSOR_BUTTON},
    [BAD] = {"bad", TR_SENSOR_BUTTON},
};

/* Index of a sensor in this plan; wired when first asked for, so that shops
 * number the same sensor differently. */
static int16_t wire(struct tr_plan *p, enum part part)
{
    const int at = tr_plan_find_sensor(p, parts[part].id);
    if (at != TR_NONE) {
        return (int16_t)at;
    }
    struct tr_sensor *s = &p->sensors[p->sensors_n];
    tr_plan_init_sensor(s, parts[part].type);
    strcpy(s->id, parts[part].id);
    return p->sensors_n++;
}

static struct tr_source sensor(struct tr_plan *p, enum part part)
{
    return (struct tr_source){TR_SOURCE_SENSOR, wire(p, part)};
}

static struct tr_source gate(struct tr_plan *p)
{
    if (p->gates_n == 0) {
        strcpy(p->gates[0].id, "gate");
        p->gates[0].outer = wire(p, OUTER);
        p->gates[0].inner = wire(p, INNER);
        p->gates[0].max_transit_ns = 3 * TR_NS_PER_S;
        p->gates_n = 1;
    }
    return (struct tr_source){TR_SOURCE_GATE, 0};
}

static struct tr_station *station(struct tr_plan *p, const char *id, enum tr_station_kind kind)
{
    struct tr_station *st = &p->stations[p->stations_n++];
    tr_plan_init_station(st, kind);
    strcpy(st->id, id);
    if (kind != TR_KIND_FEEDBACK) {
        const bool rings = p->stations_n % 2 == 1;
        st->target.unit = rings ? TR_TARGET_RINGS : TR_TARGET_SECONDS;
        st->target.rings = rings ? 3 : 0;
        st->target.threshold_ns = (rings ? 18 : 40) * TR_NS_PER_S;
    }
    return st;
}

static struct tr_position *position(struct tr_station *st)
{
    struct tr_queue_plan *q = &st->u.queue;
    struct tr_position *pos = &q->positions[q->positions_n++];
    /* Whatever sensors a position may have, it has none yet. */
    memset(&pos->presence, 0xff, sizeof(*pos) - offsetof(struct tr_position, presence));
    snprintf(pos->id, sizeof(pos->id), "till%d", q->positions_n);
    return pos;
}

static void two_tills(struct tr_plan *p, struct tr_station *st)
{
    position(st)->presence = wire(p, TILL_1);
    position(st)->presence = wire(p, TILL_2);
}

/* --- stations ------------------------------------------------------------------- */

static void greeting_by_gate(struct tr_plan *p)
{
    struct tr_station *st = station(p, "entrance", TR_KIND_GREETING);
    st->u.greeting.arrive = gate(p);
    st->u.greeting.answer = wire(p, GREET);
    st->u.greeting.void_key = wire(p, NOT_CUSTOMER);
}

static void greeting_by_contact(struct tr_plan *p, bool sees_leaving)
{
    struct tr_station *st = station(p, "entrance", TR_KIND_GREETING);
    st->u.greeting.arrive = sensor(p, DOOR);
    st->u.greeting.answer = wire(p, STAFF);
    st->u.greeting.answers_all = false;
    if (sees_leaving) {
        st->u.greeting.inside = wire(p, INSIDE);
    }
}

static struct tr_station *queue(struct tr_plan *p, const char *id, struct tr_source join)
{
    struct tr_station *st = station(p, id, TR_KIND_QUEUE);
    st->u.queue.join = join;
    st->u.queue.max_length = 3;
    return st;
}

static void places(struct tr_plan *p, struct tr_station *st)
{
    for (int i = 0; i < 3; i++) {
        st->u.queue.places[i] = wire(p, (enum part)(PLACE_1 + i));
    }
    st->u.queue.places_n = 3;
}

static void help(struct tr_plan *p)
{
    struct tr_station *st = station(p, "help", TR_KIND_CALL);
    st->u.call.call = wire(p, CALL);
    st->u.call.answer = wire(p, DONE);
    st->u.call.sent_lamp = p->outputs_n > 1 ? 1 : TR_NONE;
}

static struct tr_phone_line *line(struct tr_plan *p, struct tr_station *st, enum part ring)
{
    struct tr_phone_plan *phone = &st->u.phone;
    struct tr_phone_line *l = &phone->lines[phone->lines_n++];
    snprintf(l->id, sizeof(l->id), "line%d", phone->lines_n);
    l->ring = wire(p, ring);
    l->hook = TR_NONE;
    l->answer = TR_NONE;
    return l;
}

static void phone(struct tr_plan *p, int lines)
{
    struct tr_station *st = station(p, "phone", TR_KIND_PHONE);
    line(p, st, RING_1)->hook = wire(p, HOOK_1);
    if (lines > 1) {
        struct tr_phone_line *l = line(p, st, RING_2);
        l->hook = wire(p, HOOK_2);
        l->hook_sees = TR_HOOK_HANDSET;
        line(p, st, RING_3)->answer = wire(p, PICKED_UP);
        st->u.phone.divert_rings = 4;
    }
}

static void smiles(struct tr_plan *p, enum tr_audience audience)
{
    const int16_t after = p->stations_n;
    struct tr_station *st = station(p, "smiles", TR_KIND_FEEDBACK);
    st->audience = audience;
    for (int i = 0; i < 3; i++) {
        struct tr_vote_button *b = &st->u.feedback.buttons[i];
        snprintf(b->id, sizeof(b->id), "b%d", i);
        b->sensor = wire(p, (enum part)(GOOD + i));
        b->score = 50 * i;
    }
    st->u.feedback.buttons_n = 3;
    for (int16_t s = 0; s < after && s < TR_AFTER_MAX; s++) {
        st->u.feedback.after[s] = s;
        st->u.feedback.after_n = (int16_t)(s + 1);
    }
}

/* --- shops ------------------------------------------------------------------------ */

static void corner_shop(struct tr_plan *p)
{
    greeting_by_gate(p);
    struct tr_station *st = queue(p, "tills", sensor(p, LINE_IN));
    st->u.queue.leave = sensor(p, LINE_OUT);
    st->u.queue.per_position = true;
    two_tills(p, st);
    help(p);
    phone(p, 1);
    smiles(p, TR_AUDIENCE_CUSTOMER);
}

static void office(struct tr_plan *p)
{
    phone(p, 3);
    greeting_by_contact(p, true);
    /* Keys only, and couples at the door of the waiting room. */
    struct tr_station *st = queue(p, "tills", gate(p));
    position(st)->next = wire(p, NEXT_1);
    struct tr_position *pos = position(st);
    pos->next = wire(p, NEXT_2);
    pos->staffed = wire(p, STAFFED_1);
    st->u.queue.void_key = wire(p, NOT_CUSTOMER);
    st->u.queue.party_window_ns = 4 * TR_NS_PER_S;
    smiles(p, TR_AUDIENCE_STAFF);
}

static void row_of_places(struct tr_plan *p)
{
    const struct tr_source nowhere = {TR_SOURCE_NONE, TR_NONE};
    struct tr_station *st = queue(p, "row", nowhere);
    places(p, st);
    st = queue(p, "tills", nowhere);
    places(p, st);
    two_tills(p, st);
    st->u.queue.positions[0].staffed = wire(p, STAFFED_1);
    smiles(p, TR_AUDIENCE_CUSTOMER);
}

static void beams(struct tr_plan *p)
{
    struct tr_station *st = queue(p, "row", sensor(p, LINE_IN));
    st->u.queue.serve = wire(p, SERVE);
    st->u.queue.leave = sensor(p, LINE_OUT);
    st = queue(p, "tills", gate(p));
    st->u.queue.serve = wire(p, SERVE);
    two_tills(p, st);
    greeting_by_contact(p, false);
    /* Everything there is, in one line. */
    st = queue(p, "full", sensor(p, LINE_IN));
    st->u.queue.leave = sensor(p, LINE_OUT);
    st->u.queue.serve = wire(p, SERVE);
    places(p, st);
    two_tills(p, st);
    st->u.queue.positions[1].next = wire(p, NEXT_2);
}

static void lines_and_tickets(struct tr_plan *p)
{
    struct tr_station *st = queue(p, "tills", sensor(p, LINE_IN));
    st->u.queue.discipline = TR_DISCIPLINE_LINE_PER_POSITION;
    two_tills(p, st);
    st->u.queue.positions[0].next = wire(p, NEXT_1);
    st->u.queue.positions[0].staffed = wire(p, STAFFED_1);
    st = queue(p, "tickets", sensor(p, TICKET));
    st->u.queue.discipline = TR_DISCIPLINE_TICKETS;
    two_tills(p, st);
    st->u.queue.positions[0].next = wire(p, NEXT_1);
    st->u.queue.positions[1].next = wire(p, NEXT_2);
    st = queue(p, "row", sensor(p, TICKET));
    st->u.queue.discipline = TR_DISCIPLINE_TICKETS;
    position(st)->next = wire(p, NEXT_2);
    smiles(p, TR_AUDIENCE_CUSTOMER);
}

/* One sensor may serve many ends. */
static void thrifty_shop(struct tr_plan *p)
{
    help(p);
    greeting_by_gate(p);
    struct tr_station *st = queue(p, "tills", gate(p));
    st->u.queue.leave = sensor(p, OUTER);
    position(st)->presence = wire(p, OUTER);
    position(st)->next = wire(p, GREET);
    st = queue(p, "row", sensor(p, DONE));
    st->u.queue.void_key = wire(p, GREET);
    position(st)->presence = wire(p, CALL);
    st = station(p, "second", TR_KIND_CALL);
    st->u.call.call = wire(p, DONE);
    st->u.call.answer = wire(p, CALL);
}

static void bare_shop(struct tr_plan *p)
{
    help(p);
}

/* So many lines at one beam that what falls due at once fills the list of effects. */
static void hall(struct tr_plan *p)
{
    for (int i = 0; i < TR_STATIONS_MAX; i++) {
        char id[TR_ID_MAX];
        snprintf(id, sizeof(id), "line%d", i);
        struct tr_station *st = queue(p, id, sensor(p, LINE_IN));
        position(st)->presence = wire(p, TILL_1);
    }
}

/* --- tuning -------------------------------------------------------------------------- */

enum {
    TUNE_PACE = 3, /* durations: as by default, zero, tiny, long */
    TUNE_HOURS = 4,
    TUNE_DAYPARTS = 8,
    TUNE_SILENT_FLOOR = 16, /* no outputs */
    TUNE_NO_PROMISE = 32,
    TUNE_HASTY = 64, /* alerts without hysteresis or ceiling */
    TUNE_NO_END = 128,
    HALL = 0xfc /* rare, for it is slow */
};

static void pace_of(int64_t *ns, unsigned pace)
{
    if (pace == 1) {
        *ns = 0;
    } else if (pace == 2) {
        *ns = *ns % 7 == 0 ? 1 : TR_NS_PER_MS;
    } else if (pace == 3) {
        *ns *= 10;
    }
}

static void pace_of_station(struct tr_station *st, unsigned pace)
{
    switch (st->kind) {
    case TR_KIND_GREETING: {
        struct tr_greeting_plan *g = &st->u.greeting;
        int64_t *const all[] = {&g->party_window_ns, &g->party_max_ns, &g->early_ns,
                                &g->void_within_ns,  &g->rearm_ns,     &g->staff_together_ns};
        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
            pace_of(all[i], pace);
        }
        break;
    }
    case TR_KIND_QUEUE: {
        struct tr_queue_plan *q = &st->u.queue;
        int64_t *const all[] = {&q->dwell_ns,        &q->min_stay_ns,  &q->gap_ns,
                                &q->party_window_ns, &q->party_max_ns, &q->back_ns};
        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
            pace_of(all[i], pace);
        }
        break;
    }
    case TR_KIND_CALL:
        pace_of(&st->u.call.hold_gone_ns, pace);
        pace_of(&st->u.call.repeat_ns, pace);
        break;
    case TR_KIND_FEEDBACK:
        pace_of(&st->u.feedback.vote_ns, pace);
        pace_of(&st->u.feedback.tie_ns, pace);
        break;
    case TR_KIND_PHONE:
    case TR_KIND_COUNT:
    default:
        break;
    }
}

static void dayparts(struct tr_plan *p)
{
    strcpy(p->dayparts[0].id, "lunch");
    strcpy(p->dayparts[1].id, "evening");
    p->dayparts_n = 2;
    for (int s = 0; s < p->stations_n; s++) {
        struct tr_station *st = &p->stations[s];
        if (st->kind == TR_KIND_FEEDBACK) {
            continue;
        }
        for (int d = 0; d < 2; d++) {
            st->daypart_target[d] = st->target;
        }
        st->daypart_target[1].unit = TR_TARGET_SECONDS;
        st->daypart_target[1].threshold_ns = TR_NS_PER_S / 10;
    }
}

static void outputs(struct tr_plan *p)
{
    static const char *const id[] = {"buzzer", "sent", "green", "amber", "red"};
    for (int16_t i = 0; i < 5; i++) {
        strcpy(p->outputs[i].id, id[i]);
        p->outputs[i].type = i == 0 ? TR_OUTPUT_BUZZER : TR_OUTPUT_LAMP;
    }
    p->outputs_n = 5;
    p->alerts.buzzer = 0;
    p->alerts.kept_lamp = 2;
    p->alerts.at_risk.lamp = 3;
    p->alerts.late.lamp = 4;
    p->alerts.critical.lamp = 4;
}

static void tune_alerts(struct tr_alert_plan *a)
{
    a->kept_streak = 1;
    a->min_on_ns = 0;
    a->clear_after_ns = 0;
    a->max_per_hour = 0;
    a->late.repeat_ns = 0;
    a->critical.repeats = 5;
    a->burning_min_waits = 1;
    a->critical_factor = 1.0;
    a->at_risk_share = 1.0;
}

void fuzz_shop(struct tr_plan *p, uint8_t shop, uint8_t tune)
{
    static void (*const shops[])(struct tr_plan *) = {
        corner_shop, office, row_of_places, beams, lines_and_tickets, thrifty_shop, bare_shop};
    tr_plan_init(p);
    strcpy(p->site, "fuzz");
    if ((tune & TUNE_SILENT_FLOOR) == 0) {
        outputs(p);
    }
    p->alerts.kept_streak = 3;
    if (shop >= HALL) {
        hall(p);
    } else {
        shops[shop % (sizeof(shops) / sizeof(shops[0]))](p);
    }
    const unsigned pace = tune & TUNE_PACE;
    for (int i = 0; i < p->sensors_n; i++) {
        pace_of(&p->sensors[i].press_ns, pace);
        pace_of(&p->sensors[i].release_ns, pace);
        p->sensors[i].silent_ns = i % 3 == 0 ? 3600 * TR_NS_PER_S : 0;
    }
    for (int s = 0; s < p->stations_n; s++) {
        struct tr_station *st = &p->stations[s];
        pace_of_station(st, pace);
        if ((tune & TUNE_NO_PROMISE) != 0) {
            st->target.unit = TR_TARGET_NONE;
        }
        st->give_up_ns = (tune & TUNE_NO_END) != 0 ? 0 : st->give_up_ns;
    }
    if ((tune & TUNE_HOURS) != 0) {
        p->hours[0] = (struct tr_hours){.days = 0x7f, .open_min = 540, .close_min = 1080};
        p->hours_n = 1;
    }
    if ((tune & TUNE_DAYPARTS) != 0) {
        dayparts(p);
    }
    if ((tune & TUNE_HASTY) != 0) {
        tune_alerts(&p->alerts);
    }
}
