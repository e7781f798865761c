/* From the journal's end to the present (DESIGN §3: restart). */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "daemon/daemon.h"

int64_t tr_daemon_resume_ns(struct tr_daemon *d, struct tr_journal_tail *ret_tail)
{
    memset(ret_tail, 0, sizeof(*ret_tail));
    if (tr_journal_tail(d->journal, ret_tail) < 0) {
        ret_tail->at.ns = INT64_MIN;
        return INT64_MIN;
    }
    return strcmp(ret_tail->boot, d->boot) == 0 ? ret_tail->source_ns : INT64_MIN;
}

/* Fix the store timeline. @return ns nobody watched; -1 unknown. */
static int64_t fix_timeline(struct tr_daemon *d, const struct tr_journal_tail *tail)
{
    const int64_t source = tr_gpio_now(d->gpio);
    if (tail->at.ns == INT64_MIN) {
        d->offset_ns = 0; /* a trace's times are then the store's own */
        return 0;
    }
    if (strcmp(tail->boot, d->boot) == 0) {
        d->offset_ns = tail->at.ns - tail->source_ns;
        const int64_t down = source - tail->source_ns;
        return down > 0 ? down : 0;
    }
    /* Another boot: only two good wall clocks know how long it was. */
    d->offset_ns = tail->at.ns - source;
    bool synced;
    const int64_t wall_ms = tr_daemon_read_wall(d, &synced) + tail->at.ns / TR_NS_PER_MS;
    const int64_t down_ms = wall_ms - tail->wall.ms;
    if (!synced || !tail->synced || down_ms < 0) {
        d->offset_ns += 1;
        return -1;
    }
    d->offset_ns += down_ms * TR_NS_PER_MS;
    return down_ms * TR_NS_PER_MS;
}

/* --- replaying the journal -------------------------------------------------------------- */

struct replay {
    struct tr_daemon *d;
    struct tr_config *cfg; /* of the plan in force; owned unless it is d->cfg */
    uint64_t events;
    bool broken;
};

static void drop_config(struct replay *r)
{
    if (r->cfg != r->d->cfg) {
        tr_config_free(r->cfg);
    }
    r->cfg = NULL;
}

struct tr_config *tr_daemon_config_of(struct tr_daemon *d, const char *hash)
{
    if (strcmp(hash, d->cfg->hash) == 0) {
        return d->cfg;
    }
    char *text = NULL;
    struct tr_config *cfg = NULL;
    struct tr_config_error error;
    size_t n;
    if (tr_journal_plan(d->journal, hash, &text) == 0) {
        (void)tr_config_load("journal", text, NULL, &cfg, &error, 1, &n);
    }
    free(text);
    return cfg;
}

static int replan(struct replay *r, const char *hash, struct tr_mono at)
{
    struct tr_config *cfg = tr_daemon_config_of(r->d, hash);
    struct tr_core *next = calloc(1, tr_core_size());
    if (cfg == NULL || next == NULL) {
        free(next);
        r->broken = true;
        return 1;
    }
    while (tr_core_replan(next, r->d->core, &cfg->plan, at, r->d->effects) != 0) {
    }
    free(r->d->core);
    r->d->core = next;
    drop_config(r);
    r->cfg = cfg;
    return 0;
}

static int visit(void *user, uint64_t seq, const struct tr_event *ev, const char *plan_hash)
{
    struct replay *r = user;
    if (ev->kind == TR_EVENT_PLAN && plan_hash != NULL) {
        return replan(r, plan_hash, ev->at);
    }
    while (tr_core_step(r->d->core, ev, r->d->effects) != 0) {
    }
    r->events++;
    /* A wait's number may lie between two events', never after its own. */
    r->broken |= tr_core_seq(r->d->core) < seq;
    return 0;
}

static bool load_snapshot(struct replay *r, const struct tr_journal_tail *tail, uint64_t *ret_seq)
{
    struct tr_daemon *d = r->d;
    struct tr_journal_snapshot snap = {0};
    bool ok = false;
    if (tr_journal_snapshot(d->journal, tail->seq, &snap) > 0) {
        r->cfg = tr_daemon_config_of(d, snap.plan_hash);
        ok = r->cfg != NULL && tr_core_load(d->core, &r->cfg->plan, snap.blob, snap.n) == 0;
        if (ok) {
            tr_core_forget_edges(d->core);
        }
        *ret_seq = snap.seq;
    }
    free(snap.blob);
    free(snap.plan_text);
    return ok;
}

/* The core as it was at the last commit. @return false: it cannot be had. */
static bool replay_journal(struct tr_daemon *d, const struct tr_journal_tail *tail)
{
    struct replay r = {.d = d};
    uint64_t from = 0;
    bool ok = load_snapshot(&r, tail, &from);
    if (ok) {
        ok = tr_journal_events(d->journal, from, visit, &r) == 0 && !r.broken;
    }
    if (ok) {
        /* Deadlines that had fired by then were recorded then. */
        const struct tr_event tick = {.kind = TR_EVENT_TICK, .at = tail->at, .sensor = TR_NONE};
        while (tr_core_step(d->core, &tick, d->effects) != 0) {
        }
        tr_log(TR_LOG_INFO, "journal replayed: %" PRIu64 " events since the last snapshot",
               r.events);
        if (strcmp(r.cfg->hash, d->cfg->hash) != 0) {
            tr_log(TR_LOG_INFO, "the configuration has changed since");
        }
    }
    if (ok && r.cfg != d->cfg) {
        struct tr_config *target = d->cfg;
        struct tr_core *next = calloc(1, tr_core_size());
        if (next == NULL) {
            ok = false;
        } else {
            d->cfg = r.cfg;
            tr_daemon_swap_core(d, target, next);
        }
    }
    drop_config(&r);
    return ok;
}

bool tr_daemon_keep_plan(struct tr_daemon *d, const struct tr_config *cfg)
{
    char *text = NULL;
    if (tr_config_print(cfg, true, &text) < 0) {
        return false;
    }
    (void)tr_journal_put_plan(d->journal, cfg->hash, text);
    free(text);
    return true;
}

void tr_daemon_snapshot(struct tr_daemon *d)
{
    const size_t cap = tr_core_save_size(d->core);
    void *blob = malloc(cap);
    if (blob == NULL) {
        return;
    }
    const int64_t n = tr_core_save(d->core, blob, cap);
    if (n > 0) {
        (void)tr_journal_put_snapshot(d->journal, tr_core_seq(d->core), tr_core_now(d->core),
                                      d->cfg->hash, blob, (size_t)n);
    }
    free(blob);
}

/* Replay spoke to nobody: the lamps that its waits had lit are dark. */
void tr_daemon_light_lamps(struct tr_daemon *d)
{
    for (int i = 0; i < d->cfg->plan.outputs_n; i++) {
        if (tr_core_lamp(d->core, i)) {
            struct tr_effect lamp = {.kind = TR_EFFECT_LAMP};
            lamp.u.lamp.output = (int16_t)i;
            lamp.u.lamp.on = true;
            tr_player_effect(d->player, &lamp, (struct tr_mono){d->now_ns});
        }
    }
}

/* A backup was put in the journal's place. What was numbered after it was made is out in the
 * world, and so is how the waits ended that were open then: they end here unheard. */
static void number_anew(struct tr_daemon *d, const struct tr_journal_tail *tail, uint64_t from)
{
    const struct tr_event gap = {.kind = TR_EVENT_RESTART,
                                 .at = tail->at,
                                 .sensor = TR_NONE,
                                 .edge_at = tail->at,
                                 .value = -1,
                                 .u.open_ns = 0};
    while (tr_core_step(d->core, &gap, d->effects) != 0) {
    }
    tr_core_continue(d->core, from, from);
    tr_log(TR_LOG_WARNING,
           "the journal was restored: records are numbered anew, from %" PRIu64
           "; waits that were open when it was saved are not told",
           from + 1);
}

int tr_daemon_recover(struct tr_daemon *d, const struct tr_journal_tail *tail)
{
    const bool fresh = tail->at.ns == INT64_MIN;
    if (!tr_daemon_keep_plan(d, d->cfg)) {
        return EX_OSERR;
    }
    const int64_t down_ns = fix_timeline(d, tail);
    if (!fresh && !replay_journal(d, tail)) {
        tr_log(TR_LOG_WARNING, "the journal's state cannot be read by this build: waits that were "
                               "open are lost, all closed ones are kept");
        memset(d->core, 0, tr_core_size());
        tr_core_init(d->core, &d->cfg->plan);
        tr_core_continue(d->core, tail->seq, tail->record_seq);
    }
    const uint64_t restored = tr_journal_number_from(d->journal);
    if (!fresh && restored > tr_core_seq(d->core)) {
        number_anew(d, tail, restored);
    }
    if (fresh && d->journal_lost) {
        /* What the old journal numbered is out in the world: begin far beyond it. */
        const uint64_t from = (uint64_t)time(NULL) * 1000;
        tr_core_continue(d->core, from, from);
        tr_log(TR_LOG_WARNING, "records are numbered anew, from %" PRIu64, from + 1);
    }
    d->replaying = tr_gpio_wall(d->gpio, &(int64_t){0}) || tr_gpio_always_open(d->gpio);
    d->has_calendar = !tr_gpio_always_open(d->gpio);
    if (!fresh) {
        const struct tr_event restart = {.kind = TR_EVENT_RESTART,
                                         .at = tr_daemon_store_now(d),
                                         .sensor = TR_NONE,
                                         .edge_at = tail->at,
                                         .value = down_ns,
                                         .u.open_ns =
                                             tr_daemon_open_ns(d, tr_daemon_store_now(d), down_ns)};
        tr_daemon_step(d, &restart);
        d->absent = down_ns >= 0 && d->has_calendar;
        d->absent_from = tr_mono_add(restart.at, -down_ns);
        if (down_ns < 0) {
            tr_log(TR_LOG_WARNING, "it is not known how long nobody watched: open waits end as "
                                   "unknown");
        } else {
            tr_log(TR_LOG_INFO, "nobody watched for %.1f s", (double)down_ns / 1e9);
        }
    }
    tr_daemon_clock(d, true);
    tr_daemon_calendar_begin(d);
    tr_daemon_light_lamps(d);
    tr_daemon_snapshot(d);
    return EX_OK;
}
