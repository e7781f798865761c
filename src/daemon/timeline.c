/* Three clocks: the source's, the store's, the wall's. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/daemon.h"

/* A wall clock that moved less than this is being slewed, not set. */
enum { CLOCK_STEP_MS = 250, CLOCK_LOOK_S = 30 };

int64_t tr_daemon_monotonic(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * TR_NS_PER_S + t.tv_nsec;
}

struct tr_mono tr_daemon_store_now(const struct tr_daemon *d)
{
    const struct tr_mono now = {tr_gpio_now(d->gpio) + d->offset_ns};
    /* Deadlines after the end of a trace without a pace are ahead of it; and once
     * its last wait has ended, its time stands: no days follow while a broker is
     * waited for. */
    const struct tr_mono newest = tr_core_now(d->core);
    return newest.ns > now.ns || d->finished ? newest : now;
}

int64_t tr_daemon_when(const struct tr_daemon *d, struct tr_mono at)
{
    return at.ns == INT64_MAX ? INT64_MAX : tr_gpio_monotonic(d->gpio, at.ns - d->offset_ns);
}

/* systemd-timesyncd leaves a stamp once it has set the clock in this boot; no
 * privilege is needed to look (DESIGN §8). chrony's and ntpd's users may touch
 * the same file. */
static bool clock_synchronised(void)
{
    return access("/run/systemd/timesync/synchronized", F_OK) == 0;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t tr_daemon_read_wall(const struct tr_daemon *d, bool *ret_synced)
{
    int64_t at_zero_ms;
    if (tr_gpio_wall(d->gpio, &at_zero_ms)) {
        *ret_synced = true;
        return at_zero_ms - floor_div(d->offset_ns, TR_NS_PER_MS);
    }
    struct timespec t;
    const int64_t store = tr_daemon_store_now(d).ns;
    clock_gettime(CLOCK_REALTIME, &t);
    *ret_synced = clock_synchronised();
    const int64_t wall_ns = t.tv_sec * TR_NS_PER_S + t.tv_nsec;
    return floor_div(wall_ns - store + TR_NS_PER_MS / 2, TR_NS_PER_MS);
}

void tr_daemon_read_boot(struct tr_daemon *d)
{
    const struct tr_gpio_options *opt = &d->cfg->options.gpio;
    if (opt->backend == TR_BACKEND_REPLAY) {
        /* A trace goes on where it stood, whatever booted meanwhile. */
        snprintf(d->boot, sizeof(d->boot), "trace:%.*s", (int)sizeof(d->boot) - 7, opt->trace);
        return;
    }
    FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (f == NULL || fgets(d->boot, sizeof(d->boot), f) == NULL) {
        snprintf(d->boot, sizeof(d->boot), "unknown");
    }
    d->boot[strcspn(d->boot, "\n")] = '\0';
    if (f != NULL) {
        fclose(f);
    }
}

static void find_boundary(struct tr_daemon *d, struct tr_mono at)
{
    const struct tr_wall wall = tr_core_wall(d->core, at);
    const int64_t next_ms = tr_calendar_next(&d->cfg->plan, wall).ms;
    d->boundary_ns = (floor_div(at.ns, TR_NS_PER_MS) + next_ms - wall.ms) * TR_NS_PER_MS;
}

static void tell(struct tr_daemon *d, struct tr_mono at)
{
    struct tr_calendar_state now;
    struct tr_event ev[TR_CALENDAR_EVENTS_MAX];
    tr_calendar_at(&d->cfg->plan, tr_core_wall(d->core, at), &now);
    struct tr_core_calendar was;
    tr_core_calendar(d->core, &was);
    /* The core may remember the day from before a restart: tell what differs. */
    const struct tr_calendar_state known = {
        .day = was.day, .open = was.open, .quiet = was.quiet, .daypart = was.daypart};
    const int n = tr_calendar_events(was.day == 0 ? NULL : &known, &now, ev);
    bool new_day = false;
    for (int i = 0; i < n; i++) {
        ev[i].at = at;
    }
    if (d->absent) {
        tr_calendar_unseen(&d->cfg->plan, &now, tr_core_wall(d->core, d->absent_from),
                           tr_core_wall(d->core, at), ev, n);
        d->absent = false;
    }
    for (int i = 0; i < n; i++) {
        tr_daemon_step(d, &ev[i]);
        new_day |= ev[i].u.moment == TR_MOMENT_DAY;
    }
    find_boundary(d, at);
    if (new_day) {
        tr_daemon_snapshot(d);
    }
}

void tr_daemon_calendar_begin(struct tr_daemon *d)
{
    const struct tr_mono now = tr_daemon_store_now(d);
    if (d->has_calendar) {
        tell(d, now);
        return;
    }
    struct tr_event open = {.kind = TR_EVENT_CALENDAR, .sensor = TR_NONE, .at = now};
    open.u.moment = TR_MOMENT_OPEN;
    tr_daemon_step(d, &open);
}

void tr_daemon_calendar(struct tr_daemon *d, struct tr_mono until)
{
    if (d->absent) {
        tell(d, tr_core_now(d->core));
    }
    while (d->has_calendar && d->boundary_ns <= until.ns) {
        tell(d, (struct tr_mono){d->boundary_ns});
    }
}

int64_t tr_daemon_open_ns(const struct tr_daemon *d, struct tr_mono at, int64_t down_ns)
{
    if (down_ns < 0 || !d->has_calendar || d->cfg->plan.hours_n == 0) {
        return -1;
    }
    bool synced;
    const int64_t now_ms = tr_daemon_read_wall(d, &synced) + floor_div(at.ns, TR_NS_PER_MS);
    const struct tr_wall seen = {now_ms - down_ns / TR_NS_PER_MS};
    return tr_calendar_open_ms(&d->cfg->plan, seen, (struct tr_wall){now_ms}) * TR_NS_PER_MS;
}

void tr_daemon_return(struct tr_daemon *d, struct tr_event *restart)
{
    tr_daemon_calendar(d, tr_mono_add(restart->at, -restart->value));
    restart->u.open_ns = tr_daemon_open_ns(d, restart->at, restart->value);
    tr_daemon_step(d, restart);
    /* Told with what comes next: a clock that was set meanwhile comes first. */
    d->absent = d->has_calendar;
    d->absent_from = tr_mono_add(restart->at, -restart->value);
}

void tr_daemon_clock_set(struct tr_daemon *d, struct tr_mono at)
{
    if (d->has_calendar) {
        tell(d, at);
    }
}

void tr_daemon_clock(struct tr_daemon *d, bool first)
{
    if (!first && (d->replaying || d->now_ns < d->clock_at)) {
        return;
    }
    d->clock_at = d->now_ns + CLOCK_LOOK_S * TR_NS_PER_S;
    bool synced;
    const int64_t offset_ms = tr_daemon_read_wall(d, &synced);
    const int64_t moved = offset_ms - d->wall_offset_ms;
    if (!first && synced == d->synced && moved > -CLOCK_STEP_MS && moved < CLOCK_STEP_MS) {
        return;
    }
    if (!first && synced != d->synced) {
        tr_log(TR_LOG_INFO, "the wall clock is %s", synced ? "synchronised" : "not synchronised");
    }
    if (!first && (moved <= -CLOCK_STEP_MS || moved >= CLOCK_STEP_MS)) {
        tr_log(TR_LOG_WARNING, "the wall clock was set by %+.3f s; waits are not affected",
               (double)moved / 1000.0);
    }
    d->wall_offset_ms = offset_ms;
    d->synced = synced;
    struct tr_event ev = {.kind = TR_EVENT_CLOCK,
                          .at = tr_daemon_store_now(d),
                          .sensor = TR_NONE,
                          .value = synced ? 1 : 0};
    ev.u.wall_offset_ms = offset_ms;
    tr_daemon_step(d, &ev);
    if (!first && d->has_calendar) {
        tell(d, tr_daemon_store_now(d));
    }
}
