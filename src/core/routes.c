/* Which sensor means what to whom: built from the plan, sorted by sensor. */
#include "core/core_private.h"

static void add(struct tr_core *core, int sensor, int owner, enum role role, int index)
{
    if (sensor < 0 || sensor >= core->plan->sensors_n || core->routes_n >= ROUTES_MAX) {
        return;
    }
    /* Insertion keeps the order of the plan among equals. */
    int i = core->routes_n++;
    while (i > 0 && core->routes[i - 1].sensor > sensor) {
        core->routes[i] = core->routes[i - 1];
        i--;
    }
    core->routes[i] = (struct route){.sensor = (int16_t)sensor,
                                     .owner = (int16_t)owner,
                                     .role = (uint8_t)role,
                                     .index = (int16_t)index};
}

static void add_source(struct tr_core *core, const struct tr_source *source, int station,
                       enum role role)
{
    if (source->kind == TR_SOURCE_SENSOR) {
        add(core, source->index, station, role, 0);
    }
}

static void add_station(struct tr_core *core, int s)
{
    const struct tr_station *st = &core->plan->stations[s];
    switch (st->kind) {
    case TR_KIND_GREETING:
        add_source(core, &st->u.greeting.arrive, s, ROLE_ARRIVE);
        add(core, st->u.greeting.inside, s, ROLE_INSIDE, 0);
        add(core, st->u.greeting.answer, s, ROLE_ANSWER, 0);
        add(core, st->u.greeting.void_key, s, ROLE_VOID, 0);
        break;
    case TR_KIND_QUEUE:
        add_source(core, &st->u.queue.join, s, ROLE_ARRIVE);
        add_source(core, &st->u.queue.leave, s, ROLE_LEAVE);
        add(core, st->u.queue.void_key, s, ROLE_VOID, 0);
        for (int i = 0; i < st->u.queue.positions_n; i++) {
            add(core, st->u.queue.positions[i].presence, s, ROLE_POSITION, i);
            add(core, st->u.queue.positions[i].next, s, ROLE_NEXT, i);
            add(core, st->u.queue.positions[i].staffed, s, ROLE_STAFFED, i);
            add(core, st->u.queue.positions[i].join, s, ROLE_JOIN_POSITION, i);
        }
        for (int i = 0; i < st->u.queue.places_n; i++) {
            add(core, st->u.queue.places[i], s, ROLE_PLACE, i);
        }
        add(core, st->u.queue.serve, s, ROLE_SERVE, 0);
        break;
    case TR_KIND_CALL:
        add(core, st->u.call.call, s, ROLE_CALL, 0);
        add(core, st->u.call.answer, s, ROLE_ANSWER, 0);
        break;
    case TR_KIND_PHONE:
        for (int i = 0; i < st->u.phone.lines_n; i++) {
            add(core, st->u.phone.lines[i].ring, s, ROLE_RING, i);
            add(core, st->u.phone.lines[i].hook, s, ROLE_HOOK, i);
            add(core, st->u.phone.lines[i].answer, s, ROLE_ANSWER, i);
        }
        break;
    case TR_KIND_FEEDBACK:
        for (int i = 0; i < st->u.feedback.buttons_n; i++) {
            add(core, st->u.feedback.buttons[i].sensor, s, ROLE_VOTE, i);
        }
        break;
    case TR_KIND_COUNT:
    default:
        break;
    }
}

void tr_routes_build(struct tr_core *core)
{
    const struct tr_plan *plan = core->plan;
    core->routes_n = 0;
    for (int g = 0; g < plan->gates_n; g++) {
        add(core, plan->gates[g].outer, g, ROLE_GATE_OUTER, 0);
        add(core, plan->gates[g].inner, g, ROLE_GATE_INNER, 0);
    }
    for (int s = 0; s < plan->stations_n; s++) {
        add_station(core, s);
    }
    int r = 0;
    for (int i = 0; i <= plan->sensors_n; i++) {
        while (r < core->routes_n && core->routes[r].sensor < i) {
            r++;
        }
        core->route_of[i] = (int16_t)r;
    }
}

static void to_station(struct tr_core *core, const struct route *route, const struct input *in)
{
    const int s = route->owner;
    const enum role role = (enum role)route->role;
    switch (core->plan->stations[s].kind) {
    case TR_KIND_GREETING:
        tr_greeting_input(core, s, role, in);
        break;
    case TR_KIND_QUEUE:
        tr_queue_input(core, s, route, in);
        break;
    case TR_KIND_CALL:
        tr_call_input(core, s, role, in);
        break;
    case TR_KIND_PHONE:
        tr_phone_input(core, s, route, in);
        break;
    case TR_KIND_FEEDBACK:
        tr_feedback_input(core, s, route->index, in);
        break;
    case TR_KIND_COUNT:
    default:
        break;
    }
    tr_sight_newcomers(core, s);
    tr_alert_update(core, s, in->now);
    tr_station_rearm(core, s);
}

void tr_routes_dispatch(struct tr_core *core, const struct input *in)
{
    for (int r = core->route_of[in->sensor]; r < core->route_of[in->sensor + 1]; r++) {
        const struct route *route = &core->routes[r];
        if (route->role == ROLE_GATE_OUTER || route->role == ROLE_GATE_INNER) {
            tr_gate_input(core, route->owner, in);
        } else {
            to_station(core, route, in);
        }
    }
}

static bool gate_uses(const struct tr_core *core, const struct tr_source *source, int sensor)
{
    if (source->kind != TR_SOURCE_GATE) {
        return false;
    }
    const struct tr_gate *gate = &core->plan->gates[source->index];
    return gate->outer == sensor || gate->inner == sensor;
}

bool tr_routes_uses(const struct tr_core *core, int station, int sensor)
{
    const struct tr_station *st = &core->plan->stations[station];
    for (int r = core->route_of[sensor]; r < core->route_of[sensor + 1]; r++) {
        const struct route *route = &core->routes[r];
        if (route->role != ROLE_GATE_OUTER && route->role != ROLE_GATE_INNER &&
            route->owner == station) {
            return true;
        }
    }
    switch (st->kind) {
    case TR_KIND_GREETING:
        return gate_uses(core, &st->u.greeting.arrive, sensor);
    case TR_KIND_QUEUE:
        return gate_uses(core, &st->u.queue.join, sensor) ||
               gate_uses(core, &st->u.queue.leave, sensor);
    case TR_KIND_CALL:
    case TR_KIND_PHONE:
    case TR_KIND_FEEDBACK:
    case TR_KIND_COUNT:
    default:
        return false;
    }
}
