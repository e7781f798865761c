/* What the configuration asks for and this version does not do yet: said
 * before anybody relies on it. */
#include "cli/check.h"

struct later {
    FILE *to;
    bool any;
};

static void say(struct later *l, const char *who, const char *what)
{
    if (!l->any) {
        fputs("\nRead, but not at work in this version\n", l->to);
        l->any = true;
    }
    fprintf(l->to, "  %s: %s\n", who, what);
}

static void queue(struct later *l, const struct tr_station *st)
{
    const struct tr_queue_plan *q = &st->u.queue;
    if (q->join.kind == TR_SOURCE_NONE) {
        say(l, st->id, "without a join sensor nobody's wait is measured, only services");
    } else if (q->places_n > 0) {
        say(l, st->id, "places: the line is counted by its join sensor alone");
    }
    if (q->serve != TR_NONE) {
        say(l, st->id, "serve: services are seen by the positions alone");
    }
    if (q->discipline != TR_DISCIPLINE_ONE_LINE) {
        say(l, st->id, "discipline: it is counted as one line for all positions");
    }
    for (int i = 0; i < q->positions_n; i++) {
        if (q->positions[i].staffed != TR_NONE) {
            say(l, st->id, "staffed: idle time is not measured");
            break;
        }
    }
}

void tr_cli_show_later(FILE *to, const struct tr_config *cfg)
{
    struct later l = {.to = to};
    const struct tr_plan *p = &cfg->plan;
    for (int i = 0; i < p->stations_n; i++) {
        if (p->stations[i].kind == TR_KIND_QUEUE) {
            queue(&l, &p->stations[i]);
        }
    }
    if (p->alerts.burning_lamp != TR_NONE) {
        say(&l, "alerts", "burning: no alert on the service level yet");
    }
    for (int i = 0; i < p->sensors_n; i++) {
        if (p->sensors[i].stuck_on_ns > 0 || p->sensors[i].silent_ns > 0) {
            say(&l, "sensors",
                "stuck, silent and storming ones are not found yet (lost edges are)");
            break;
        }
    }
    if (cfg->options.mqtt.enabled && cfg->options.mqtt.discovery) {
        say(&l, "mqtt", "discovery: Home Assistant is not told of the entities yet");
    }
    if (cfg->options.mqtt.command[TR_COMMAND_WALKTEST]) {
        say(&l, "mqtt", "commands: walktest is refused");
    }
}
