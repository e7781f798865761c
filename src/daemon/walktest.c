/* The walk test: an installer opens doors and steps on mats. What the lines say
 * is shown edge by edge, and counted as nothing: for the shop, it is an absence. */
#include <inttypes.h>
#include <string.h>

#include "daemon/daemon.h"

enum {
    CHIRP_MS = 60,
    QUIET_MS = 100,   /* an edge after so long begins a press, and is beeped */
    EDGES_SHOWN = 200 /* of one line in EDGES_EACH_MS: a humming one must not fill the wire */
};
#define EDGES_EACH_NS TR_NS_PER_S

bool tr_walktest_on(const struct tr_daemon *d)
{
    return d->walk.until != 0;
}

const char *tr_walktest_begin(struct tr_daemon *d, int32_t seconds)
{
    const struct tr_gpio_options *opt = &d->cfg->options.gpio;
    if (opt->backend == TR_BACKEND_REPLAY && (opt->speed <= 0.0 || d->trace_ended)) {
        return "a trace without a pace, or at its end, has nobody who could walk";
    }
    if (!tr_walktest_on(d)) {
        (void)tr_daemon_commit(d); /* watched until now, and from now on nothing */
        memset(&d->walk, 0, sizeof(d->walk));
        d->walk.from = tr_core_now(d->core);
        tr_player_silence(d->player);
    }
    d->walk.until = d->now_ns + seconds * TR_NS_PER_S;
    tr_log(TR_LOG_WARNING, "walk test for %" PRId32 " s: lines are shown, nothing is counted",
           seconds);
    return NULL;
}

void tr_walktest_end(struct tr_daemon *d)
{
    if (!tr_walktest_on(d)) {
        return;
    }
    d->walk.until = 0;
    struct tr_mono now = tr_daemon_store_now(d);
    if (tr_mono_before(now, d->walk.from)) {
        now = d->walk.from;
    }
    tr_log(TR_LOG_WARNING, "the walk test is over after %.1f s",
           (double)tr_mono_sub(now, d->walk.from) / 1e9);
    struct tr_event ev = {.kind = TR_EVENT_RESTART,
                          .at = now,
                          .sensor = TR_NONE,
                          .edge_at = d->walk.from,
                          .value = tr_mono_sub(now, d->walk.from)};
    tr_daemon_return(d, &ev);
    for (int i = 0; i < d->cfg->plan.sensors_n; i++) {
        const int level = tr_gpio_level(d->gpio, i);
        ev = (struct tr_event){
            .kind = TR_EVENT_LEVEL, .at = now, .sensor = (int16_t)i, .level = level > 0};
        if (level >= 0) {
            tr_daemon_step(d, &ev);
        }
    }
    d->clock_at = 0; /* it may have been set meanwhile */
    tr_daemon_clock(d, false);
    tr_daemon_calendar(d, now);
    tr_player_silence(d->player);
    tr_daemon_light_lamps(d);
    tr_board_refresh(d);
    (void)tr_daemon_commit(d);
}

void tr_walktest_tick(struct tr_daemon *d)
{
    if (tr_walktest_on(d) && d->now_ns >= d->walk.until) {
        tr_walktest_end(d);
    }
}

/* So that somebody on a ladder need not look. */
static void chirp(struct tr_daemon *d, const struct tr_event *ev, int64_t since_ns)
{
    const int16_t buzzer = d->cfg->plan.alerts.buzzer;
    if (ev->level && since_ns >= QUIET_MS * TR_NS_PER_MS && buzzer != TR_NONE) {
        tr_player_test(d->player, buzzer, CHIRP_MS, (struct tr_mono){d->now_ns});
    }
}

static void show(struct tr_daemon *d, const struct tr_event *ev, struct tr_walk_line *line)
{
    if (d->mqtt == NULL || !d->board.online) {
        return;
    }
    const struct tr_wire wire = tr_board_wire(d);
    struct tr_wire_message m = {.payload = d->payload, .cap = sizeof(d->payload)};
    if (tr_wire_edge(&wire, ev, line->skipped, &m) > 0 && tr_board_send(d, &m, 0) == 0) {
        line->skipped = 0;
    } else {
        line->skipped++;
    }
}

bool tr_walktest_take(struct tr_daemon *d, const struct tr_event *ev)
{
    if (!tr_walktest_on(d)) {
        return false;
    }
    if (ev->kind == TR_EVENT_GAP) {
        d->walk.line[ev->sensor].skipped += (uint32_t)(ev->value > 0 ? ev->value : 1);
        return true;
    }
    if (ev->kind != TR_EVENT_EDGE && ev->kind != TR_EVENT_LEVEL) {
        tr_walktest_end(d); /* a trace's directive: the shop's own story goes on */
        return false;
    }
    struct tr_walk_line *line = &d->walk.line[ev->sensor];
    const int64_t since_ns = line->any ? tr_mono_sub(ev->at, line->last) : INT64_MAX;
    if (!line->any || tr_mono_sub(ev->at, line->window) >= EDGES_EACH_NS) {
        line->window = ev->at;
        line->shown = 0;
    }
    line->any = true;
    line->last = ev->at;
    if (line->shown < EDGES_SHOWN) {
        line->shown++;
        show(d, ev, line);
    } else {
        line->skipped++;
    }
    chirp(d, ev, since_ns);
    return true;
}
