/* One turn: edges, notes, calendar, deadlines; effects; commit; publish. */
#include <errno.h>
#include <string.h>

#include "daemon/daemon.h"

/* The kernel stamps an edge first and queues it a moment later. A deadline waits
 * that moment out, or it would be decided without an edge that came before it. */
#define QUEUE_NS (2 * TR_NS_PER_MS)

enum {
    TRACE_PAGE = 2000, /* events */
    PRUNE_S = 60,
    JOURNAL_RETRY_S = 2,
    END_PATIENCE_S = 10,
    SEEN_S = 15 /* how stale the journal's "we watch" may be while someone waits */
};

/* --- effects --------------------------------------------------------------------- */

static void dirty(struct tr_daemon *d)
{
    if (d->commit_at == INT64_MAX) {
        d->commit_at = d->now_ns + d->cfg->options.journal.commit_ns;
    }
}

static const char *daypart_id(const struct tr_plan *plan, int16_t daypart)
{
    return daypart >= 0 && daypart < plan->dayparts_n ? plan->dayparts[daypart].id : NULL;
}

static const char *position_id(const struct tr_plan *plan, const struct tr_wait_record *w)
{
    const struct tr_station *st = &plan->stations[w->station];
    if (w->position < 0) {
        return NULL;
    }
    return st->kind == TR_KIND_QUEUE   ? st->u.queue.positions[w->position].id
           : st->kind == TR_KIND_PHONE ? st->u.phone.lines[w->position].id
                                       : NULL;
}

static void record(struct tr_daemon *d, const struct tr_plan *plan, const struct tr_effect *e)
{
    char json[TR_JSON_MAX];
    int r = 0;
    if (e->kind == TR_EFFECT_WAIT) {
        const struct tr_wait_record *w = &e->u.wait;
        r = tr_json_wait(plan, w, json, sizeof(json));
        if (r > 0) {
            r = tr_journal_put_wait(d->journal, plan->stations[w->station].id, position_id(plan, w),
                                    daypart_id(plan, w->daypart), w, json);
        }
    } else if (e->kind == TR_EFFECT_VOTE) {
        const struct tr_vote_record *v = &e->u.vote;
        const struct tr_station *st = &plan->stations[v->station];
        r = tr_json_vote(plan, v, json, sizeof(json));
        if (r > 0) {
            r = tr_journal_put_vote(d->journal, st->id,
                                    v->button >= 0 ? st->u.feedback.buttons[v->button].id : NULL, v,
                                    json);
        }
    } else {
        char id[TR_ALERT_ID_MAX];
        tr_alert_id(plan, &e->u.alert, id);
        r = tr_json_alert(plan, &e->u.alert, json, sizeof(json));
        if (r > 0) {
            r = tr_journal_put_alert(d->journal, id, &e->u.alert, json);
        }
    }
    if (r < 0) {
        tr_log(TR_LOG_ERROR, "a record could not be kept: %s", strerror(-r));
    }
    dirty(d);
}

static const char *alert_words(const struct tr_alert_record *a)
{
    if (a->state == TR_ALERT_CLEARED) {
        return a->rule == TR_RULE_SENSOR    ? "it can be believed again"
               : a->rule == TR_RULE_LENGTH  ? "the line is short enough again"
               : a->rule == TR_RULE_BURNING ? "the promise of the day is safe again"
                                            : "all well again";
    }
    switch (a->rule) {
    case TR_RULE_LENGTH:
        return "the line is too long";
    case TR_RULE_BURNING:
        return "the promise of the day is at stake";
    case TR_RULE_SENSOR:
        return "it is not to be believed";
    case TR_RULE_WAIT:
    case TR_RULE_OFFLINE:
    case TR_RULE_COUNT:
    default:
        return a->level == TR_LEVEL_CRITICAL ? "a wait is critical"
               : a->level == TR_LEVEL_LATE   ? "a wait is late"
                                             : "a wait is at risk";
    }
}

static void log_alert(const struct tr_plan *plan, const struct tr_alert_record *a)
{
    if (a->rule == TR_RULE_OFFLINE) {
        return; /* said when the daemon began */
    }
    const bool sensor = a->rule == TR_RULE_SENSOR;
    const char *name = sensor ? plan->sensors[a->sensor].name : plan->stations[a->station].name;
    const char *id = sensor ? plan->sensors[a->sensor].id : plan->stations[a->station].id;
    tr_log(sensor && a->state == TR_ALERT_RAISED ? TR_LOG_WARNING : TR_LOG_INFO, "%s: %s%s",
           name[0] != '\0' ? name : id, alert_words(a), a->acked ? " (acknowledged)" : "");
}

/* @plan is the plan the effect's indices belong to. */
static void act_on(struct tr_daemon *d, const struct tr_plan *plan, const struct tr_effect *e)
{
    const struct tr_mono now = {d->now_ns};
    d->board.any = true;
    switch (e->kind) {
    case TR_EFFECT_STORE:
        (void)tr_journal_put_event(d->journal, e->u.store.seq, &e->u.store.event);
        dirty(d);
        if (e->u.store.event.kind == TR_EVENT_INPUT) {
            tr_board_input(d, e->u.store.event.sensor);
            tr_board_news(d, e);
        }
        break;
    case TR_EFFECT_ALERT:
        log_alert(plan, &e->u.alert);
        d->board.alert[e->u.alert.rule][tr_wire_alert_index(&e->u.alert)] = true;
        record(d, plan, e);
        break;
    case TR_EFFECT_WAIT:
    case TR_EFFECT_VOTE:
        record(d, plan, e);
        break;
    case TR_EFFECT_STATE:
        d->board.station[e->u.station] = true;
        d->status_stale = true;
        break;
    case TR_EFFECT_NEWS:
        tr_board_news(d, e);
        tr_praise_add(d, e);
        break;
    case TR_EFFECT_LAMP:
        tr_player_effect(d->player, e, now);
        d->board.output[e->u.lamp.output] = true;
        break;
    case TR_EFFECT_SOUND:
        tr_player_effect(d->player, e, now);
        tr_board_news(d, e);
        break;
    case TR_EFFECT_HEALTH:
        d->board.health[e->u.sensor] = true;
        tr_log(tr_core_health(d->core, e->u.sensor) == TR_HEALTH_OK ? TR_LOG_INFO : TR_LOG_WARNING,
               "sensor %s: %s", plan->sensors[e->u.sensor].id,
               tr_health_name[tr_core_health(d->core, e->u.sensor)]);
        break;
    case TR_EFFECT_REJECT:
        d->senseless |= e->u.reject.event == TR_EVENT_COMMAND;
        tr_log(TR_LOG_DEBUG, "a %s event was senseless (%s)",
               e->u.reject.event < TR_EVENT_KIND_COUNT ? tr_event_kind_name[e->u.reject.event]
                                                       : "foreign",
               tr_reject_name[e->u.reject.why]);
        break;
    case TR_EFFECT_KIND_COUNT:
    default:
        break;
    }
}

void tr_daemon_act(struct tr_daemon *d, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        act_on(d, &d->cfg->plan, &d->effects->e[i]);
    }
}

void tr_daemon_step(struct tr_daemon *d, const struct tr_event *ev)
{
    int more;
    do {
        more = tr_core_step(d->core, ev, d->effects);
        tr_daemon_act(d, 0, d->effects->n);
    } while (more != 0);
}

static int64_t queue_ns(const struct tr_daemon *d)
{
    return d->replaying ? 0 : QUEUE_NS;
}

/* --- edges --------------------------------------------------------------------------- */

static void to_store(const struct tr_daemon *d, struct tr_event *ev)
{
    ev->at.ns += d->offset_ns;
    if (ev->kind == TR_EVENT_CLOCK) {
        ev->u.wall_offset_ms -= d->offset_ns / TR_NS_PER_MS;
    }
}

static void take_edge(struct tr_daemon *d, struct tr_event *ev)
{
    to_store(d, ev);
    if (tr_walktest_take(d, ev)) {
        return;
    }
    if (ev->kind == TR_EVENT_RESTART) {
        tr_daemon_return(d, ev);
        return;
    }
    const bool set_meanwhile =
        d->absent && ev->kind == TR_EVENT_CLOCK && ev->at.ns == tr_core_now(d->core).ns;
    if (!set_meanwhile) {
        /* A trace runs ahead of the loop's turns: its calendar comes in between. */
        tr_daemon_calendar(d, ev->at);
    }
    if (ev->kind == TR_EVENT_GAP) {
        tr_log(TR_LOG_WARNING,
               "sensor %s: edges were lost (%lld); open waits are marked inaccurate",
               d->cfg->plan.sensors[ev->sensor].id, (long long)ev->value);
    }
    tr_daemon_step(d, ev);
    if (ev->kind == TR_EVENT_CLOCK) {
        tr_daemon_clock_set(d, ev->at);
    }
}

/* Everything that is queued, before anything else is done. @return false: not all was
 * read, and time must not pass what is left. */
static bool drain(struct tr_daemon *d)
{
    static struct tr_event ev[TR_READ_MAX];
    int n;
    int taken = 0;
    if (d->trace_ended) {
        return true;
    }
    while ((n = tr_gpio_read(d->gpio, ev, TR_READ_MAX)) > 0) {
        for (int i = 0; i < n; i++) {
            take_edge(d, &ev[i]);
        }
        /* Real lines fall silent; a trace without a pace, or behind it, is read by
         * the page, so that the journal keeps up with it. */
        taken += n;
        if (d->replaying && taken >= TRACE_PAGE) {
            (void)tr_daemon_write(d); /* what fails is told by the next commit */
            return false;
        }
    }
    if (n == -ENODATA && !d->trace_ended) {
        d->trace_ended = true;
        tr_log(TR_LOG_INFO, "the trace has ended");
        sd_event_source_set_enabled(d->gpio_source, SD_EVENT_OFF);
    } else if (n < 0 && n != -ENODATA && n != -EAGAIN) {
        tr_daemon_lost_gpio(d, n);
    }
    return true;
}

/* Read what is queued. @return the moment up to which everything that happened is known. */
static struct tr_mono drain_until_now(struct tr_daemon *d)
{
    /* Only what the queue must hold by now has passed. */
    const struct tr_mono now = tr_mono_add(tr_daemon_store_now(d), -queue_ns(d));
    const bool all = drain(d);
    const struct tr_mono known = tr_core_now(d->core);
    return !all && tr_mono_before(known, now) ? known : now;
}

/* A trace without a pace has no time of its own after its last edge: what is
 * still open then ends at once, deadline by deadline, and nothing else happens. */
static bool unpaced_end(const struct tr_daemon *d)
{
    const struct tr_gpio_options *opt = &d->cfg->options.gpio;
    return d->trace_ended && opt->backend == TR_BACKEND_REPLAY && opt->speed <= 0.0;
}

static void tick(struct tr_daemon *d, struct tr_mono now)
{
    const struct tr_mono due = tr_core_deadline(d->core);
    const struct tr_mono newest = tr_core_now(d->core);
    struct tr_event ev = {
        .kind = TR_EVENT_TICK, .at = tr_mono_before(now, newest) ? newest : now, .sensor = TR_NONE};
    if (due.ns > now.ns) {
        if (due.ns == INT64_MAX || !unpaced_end(d) || !tr_core_busy(d->core)) {
            return;
        }
        ev.at = due;
        tr_daemon_calendar(d, due);
    }
    tr_daemon_step(d, &ev);
}

/* --- the journal ------------------------------------------------------------------ */

/* Up to here nothing was missed: what a restart counts its absence from. */
static void watched_until_now(struct tr_daemon *d)
{
    const struct tr_mono now = drain_until_now(d);
    if (!d->trace_ended && !tr_walktest_on(d) && tr_mono_before(tr_core_now(d->core), now)) {
        tr_daemon_calendar(d, now);
        const struct tr_event ev = {.kind = TR_EVENT_TICK, .at = now, .sensor = TR_NONE};
        tr_daemon_step(d, &ev);
    }
}

/* The newest state of all clocks, and everything put so far, in one transaction. */
int tr_daemon_write(struct tr_daemon *d)
{
    struct tr_journal_tail tail = {.at = tr_core_now(d->core),
                                   .seq = tr_core_seq(d->core),
                                   .record_seq = tr_core_record_seq(d->core),
                                   .source_ns = tr_core_now(d->core).ns - d->offset_ns,
                                   .wall = tr_core_wall(d->core, tr_core_now(d->core)),
                                   .synced = d->synced};
    memcpy(tail.boot, d->boot, sizeof(tail.boot));
    memcpy(tail.plan_hash, d->cfg->hash, sizeof(tail.plan_hash));
    (void)tr_journal_put_tail(d->journal, &tail);
    return tr_journal_commit(d->journal);
}

int tr_daemon_commit(struct tr_daemon *d)
{
    if (d->journal == NULL) {
        return -EBADMSG; /* lost for good: we are ending */
    }
    watched_until_now(d);
    d->seen_at = d->now_ns + SEEN_S * TR_NS_PER_S;
    const int r = tr_daemon_write(d);
    if (r == -EBADMSG) {
        const int code = tr_daemon_reopen_journal(d);
        if (code != 0) {
            tr_daemon_stop(d, code);
        }
    } else if (r < 0 && !d->journal_ill) {
        tr_log(TR_LOG_ERROR,
               "the journal cannot be written: %s; the shop floor goes on, records wait in memory",
               strerror(-r));
    } else if (r == 0 && d->journal_ill) {
        struct tr_journal_stats stats;
        tr_journal_stats(d->journal, &stats);
        tr_log(TR_LOG_INFO, "the journal is written again; %llu rows could not be kept in its life",
               (unsigned long long)stats.lost);
    }
    d->journal_ill = r < 0 && r != -EBADMSG;
    d->commit_at = d->journal_ill ? d->now_ns + JOURNAL_RETRY_S * TR_NS_PER_S : INT64_MAX;
    return r;
}

static void keep_journal(struct tr_daemon *d)
{
    const bool seen_due = d->seen_at <= d->now_ns && tr_core_busy(d->core);
    if (d->commit_at <= d->now_ns || (seen_due && !d->journal_ill)) {
        (void)tr_daemon_commit(d);
    }
    if (d->journal != NULL && d->prune_at <= d->now_ns) {
        const int r = tr_journal_prune(d->journal, tr_core_wall(d->core, tr_daemon_store_now(d)));
        if (r > 0) {
            tr_log(TR_LOG_DEBUG, "%d old rows left the journal", r);
        }
        d->prune_at = d->now_ns + (r > 0 ? TR_NS_PER_S : PRUNE_S * TR_NS_PER_S);
    }
}

/* A trace with --exit-at-end: let the waits end, the broker hear of it, go. */
static void end_of_trace(struct tr_daemon *d)
{
    if (!d->trace_ended || !d->exit_at_end || d->stopping) {
        return;
    }
    tr_walktest_end(d);
    if (!d->finished) {
        if (tr_core_busy(d->core) && tr_core_deadline(d->core).ns != INT64_MAX) {
            return;
        }
        const struct tr_event finish = {
            .kind = TR_EVENT_FINISH, .at = tr_daemon_store_now(d), .sensor = TR_NONE};
        tr_daemon_step(d, &finish);
        d->finished = true;
        d->give_up_at = d->now_ns + END_PATIENCE_S * TR_NS_PER_S;
        (void)tr_daemon_commit(d);
    }
    if (d->journal == NULL) {
        return;
    }
    struct tr_journal_stats stats;
    tr_journal_stats(d->journal, &stats);
    if (d->mqtt == NULL || stats.outbox == 0 || d->now_ns >= d->give_up_at) {
        tr_daemon_stop(d, 0);
    }
}

/* --- the whole turn --------------------------------------------------------------------- */

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* When the core, the calendar or the clock wants to be asked. */
static int64_t shop_deadline(const struct tr_daemon *d)
{
    int64_t at = INT64_MAX;
    if (tr_walktest_on(d)) {
        return d->walk.until;
    }
    if (d->finished) {
        return at;
    }
    if (!unpaced_end(d) || tr_core_busy(d->core)) {
        at = tr_daemon_when(d, tr_mono_add(tr_core_deadline(d->core), queue_ns(d)));
    }
    if (d->has_calendar && !d->trace_ended) {
        at = earlier(at, tr_daemon_when(d, (struct tr_mono){d->boundary_ns + queue_ns(d)}));
    }
    return d->replaying ? at : earlier(at, d->clock_at);
}

static void set_timer(struct tr_daemon *d)
{
    int64_t at = earlier(shop_deadline(d), tr_player_deadline(d->player).ns);
    at = earlier(at, d->commit_at);
    at = earlier(at, d->prune_at);
    if (tr_core_busy(d->core) && !d->journal_ill) {
        at = earlier(at, d->seen_at);
    }
    at = earlier(at, tr_board_deadline(d));
    if (d->mqtt != NULL) {
        at = earlier(at, tr_mqtt_deadline(d->mqtt));
    }
    if (d->watchdog_ns > 0) {
        at = earlier(at, d->watchdog_at);
    }
    if (d->finished) {
        at = earlier(at, d->now_ns + 20 * TR_NS_PER_MS);
    }
    const uint64_t us = at <= 0 ? 0 : (uint64_t)(at / TR_NS_PER_US) + 1;
    sd_event_source_set_time(d->timer, us);
    sd_event_source_set_enabled(d->timer, at == INT64_MAX ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

void tr_daemon_turn(struct tr_daemon *d)
{
    if (d->journal == NULL) {
        return; /* damaged, and no other can be begun: only the farewell is left */
    }
    d->now_ns = tr_daemon_monotonic();
    const struct tr_mono now = drain_until_now(d);
    d->settled = now;
    if (d->mqtt != NULL) {
        tr_board_notes(d);
    }
    tr_walktest_tick(d);
    if (!tr_walktest_on(d)) {
        tr_daemon_clock(d, false);
        tr_daemon_calendar(d, now);
        tick(d, now);
    }
    tr_player_tick(d->player, (struct tr_mono){d->now_ns});
    tr_board_pump(d);
    keep_journal(d);
    end_of_trace(d);
    if (d->journal == NULL) {
        return;
    }
    if (d->mqtt != NULL) {
        tr_mqtt_tick(d->mqtt, d->now_ns);
        tr_board_pump(d);
    }
    tr_daemon_alive(d);
    set_timer(d);
}
