/* One timeline out of three: the trace, the calendar, the core's deadlines. */
#include <errno.h>
#include <stdlib.h>

#include "base/calendar.h"
#include "cli/replay.h"

struct run {
    const struct tr_replay *how;
    struct tr_effects *effects;
    struct tr_calendar_state calendar;
    bool has_calendar;
    bool returned;    /* from an absence, and the calendar not yet told since */
    int64_t seen;     /* store ns of its beginning */
    int64_t boundary; /* store ns of the next calendar moment */
    int64_t edges;
};

static int step(struct run *run, const struct tr_event *ev)
{
    int more;
    do {
        more = tr_core_step(run->how->core, ev, run->effects);
        const int r = run->how->sink(run->how->user, run->how->core, run->effects);
        if (r < 0) {
            return r;
        }
    } while (more != 0);
    return 0;
}

static void find_boundary(struct run *run, struct tr_mono at)
{
    const struct tr_wall wall = tr_core_wall(run->how->core, at);
    const int64_t next = tr_calendar_next(run->how->plan, wall).ms;
    /* From the moment's own ms, so that no fraction of one creeps in. */
    run->boundary = at.ns - at.ns % TR_NS_PER_MS + (next - wall.ms) * TR_NS_PER_MS;
}

static int tell_calendar(struct run *run, struct tr_mono at, bool first)
{
    struct tr_calendar_state now;
    struct tr_event ev[TR_CALENDAR_EVENTS_MAX];
    tr_calendar_at(run->how->plan, tr_core_wall(run->how->core, at), &now);
    const int n = tr_calendar_events(first ? NULL : &run->calendar, &now, ev);
    run->calendar = now;
    for (int i = 0; i < n; i++) {
        ev[i].at = at;
    }
    if (run->returned) {
        tr_calendar_unseen(run->how->plan, &now,
                           tr_core_wall(run->how->core, (struct tr_mono){run->seen}),
                           tr_core_wall(run->how->core, at), ev, n);
        run->returned = false;
    }
    for (int i = 0; i < n; i++) {
        const int r = step(run, &ev[i]);
        if (r < 0) {
            return r;
        }
    }
    find_boundary(run, at);
    return 0;
}

/* Let everything happen that comes before @until. */
static int pass(struct run *run, int64_t until)
{
    while (run->has_calendar && run->boundary <= until) {
        const struct tr_mono at = {run->boundary};
        if (run->how->pace != NULL) {
            run->how->pace(run->how->user, at);
        }
        const int r = tell_calendar(run, at, false);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static int begin(struct run *run, bool has_start, int64_t start_ms)
{
    struct tr_event clock = {.kind = TR_EVENT_CLOCK, .sensor = TR_NONE, .value = has_start};
    clock.u.wall_offset_ms = start_ms;
    int r = step(run, &clock);
    run->has_calendar = has_start;
    if (r == 0 && has_start) {
        r = tell_calendar(run, (struct tr_mono){0}, true);
    } else if (r == 0) {
        struct tr_event open = {.kind = TR_EVENT_CALENDAR, .sensor = TR_NONE};
        open.u.moment = TR_MOMENT_OPEN;
        r = step(run, &open);
    }
    return r;
}

/* The calendar before an event. After an absence it goes on from the return,
 * and from the clock if that was set meanwhile, as in the daemon. */
static int keep_up(struct run *run, const struct tr_event *ev, int64_t until)
{
    if (run->returned) {
        const struct tr_mono back = tr_core_now(run->how->core);
        if (ev->kind == TR_EVENT_CLOCK && ev->at.ns == back.ns) {
            return 0; /* told right after it */
        }
        const int r = tell_calendar(run, back, false);
        if (r < 0) {
            return r;
        }
    }
    return pass(run, until);
}

/* How much of an absence was opening time: the core knows no hours. */
static int64_t open_ns(const struct run *run, const struct tr_event *restart)
{
    if (!run->has_calendar || run->how->plan->hours_n == 0) {
        return -1;
    }
    const struct tr_mono seen = {restart->at.ns - restart->value};
    return tr_calendar_open_ms(run->how->plan, tr_core_wall(run->how->core, seen),
                               tr_core_wall(run->how->core, restart->at)) *
           TR_NS_PER_MS;
}

static int feed(struct run *run, struct tr_event *ev)
{
    const bool restart = ev->kind == TR_EVENT_RESTART;
    int r = keep_up(run, ev, restart ? ev->at.ns - ev->value : ev->at.ns);
    if (r < 0) {
        return r;
    }
    if (run->how->pace != NULL) {
        run->how->pace(run->how->user, ev->at);
    }
    if (restart) {
        ev->u.open_ns = open_ns(run, ev);
    }
    run->edges += ev->kind == TR_EVENT_EDGE;
    r = step(run, ev);
    if (restart) {
        run->returned = run->has_calendar;
        run->seen = ev->at.ns - ev->value;
    }
    if (r == 0 && run->has_calendar && ev->kind == TR_EVENT_CLOCK) {
        r = tell_calendar(run, ev->at, false);
    }
    return r;
}

/* The trace has ended; the waits have not. */
static int drain(struct run *run)
{
    struct tr_core *core = run->how->core;
    while (tr_core_busy(core) && tr_core_deadline(core).ns != INT64_MAX) {
        struct tr_event tick = {
            .kind = TR_EVENT_TICK, .at = tr_core_deadline(core), .sensor = TR_NONE};
        const int r = feed(run, &tick);
        if (r < 0) {
            return r;
        }
    }
    const struct tr_event finish = {
        .kind = TR_EVENT_FINISH, .at = tr_core_now(core), .sensor = TR_NONE};
    int r = keep_up(run, &finish, finish.at.ns);
    if (r == 0) {
        r = step(run, &finish);
    }
    while (r == 0 && tr_core_busy(core) && tr_core_deadline(core).ns != INT64_MAX) {
        struct tr_event tick = {
            .kind = TR_EVENT_TICK, .at = tr_core_deadline(core), .sensor = TR_NONE};
        r = feed(run, &tick);
    }
    return r;
}

int64_t tr_replay_run(const struct tr_replay *replay, char *reterr)
{
    struct run run = {.how = replay, .effects = malloc(sizeof(struct tr_effects))};
    struct tr_trace_feed *source = malloc(sizeof(*source));
    int64_t start_ms = 0;
    int64_t r = -ENOMEM;
    if (run.effects == NULL || source == NULL) {
        goto out;
    }
    const bool has_start = tr_trace_start(replay->trace, &start_ms);
    tr_trace_feed_init(source, replay->trace, start_ms, has_start);
    r = begin(&run, has_start, start_ms);
    struct tr_event ev;
    while (r == 0 && (r = tr_trace_feed_next(source, &ev, reterr)) > 0) {
        r = feed(&run, &ev);
    }
    if (r == 0) {
        r = drain(&run);
    }
    if (r == 0) {
        r = run.edges;
    }
out:
    free(source);
    free(run.effects);
    return r;
}
