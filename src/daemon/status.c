/* What systemd hears: that we live, and in a line how the shop stands. */
#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "daemon/daemon.h"

enum { STATUS_EVERY_S = 5 };

static const char *name_of(const struct tr_station *st)
{
    return st->name[0] != '\0' ? st->name : st->id;
}

static void tell_status(struct tr_daemon *d)
{
    const struct tr_plan *plan = &d->cfg->plan;
    struct tr_station_state oldest = {0};
    int32_t waiting = 0;
    int where = TR_NONE;
    for (int i = 0; i < plan->stations_n; i++) {
        struct tr_station_state s;
        tr_core_station_state(d->core, i, tr_daemon_store_now(d), &s);
        waiting += s.waiting;
        if (s.waiting > 0 && (where == TR_NONE || s.oldest_wait_ns > oldest.oldest_wait_ns)) {
            oldest = s;
            where = i;
        }
    }
    if (where == TR_NONE) {
        sd_notify(0, "STATUS=Nobody waits");
        return;
    }
    sd_notifyf(0, "STATUS=%d wait, the longest %.0f s at %s", waiting,
               (double)oldest.oldest_wait_ns / 1e9, name_of(&plan->stations[where]));
}

void tr_daemon_alive(struct tr_daemon *d)
{
    if (d->watchdog_ns > 0 && d->now_ns >= d->watchdog_at) {
        d->watchdog_at = d->now_ns + d->watchdog_ns;
        sd_notify(0, "WATCHDOG=1");
    }
    if (d->status_stale && d->now_ns >= d->status_at) {
        d->status_stale = false;
        d->status_at = d->now_ns + STATUS_EVERY_S * TR_NS_PER_S;
        tell_status(d);
    }
}
