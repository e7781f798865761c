/* Sounds are counted by the engine and stand in no record: the newest snapshots tell how
 * many there were by then, and what follows them can be replayed. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report_data.h"
#include "thirdring/core.h"

struct replay {
    struct tr_journal_reader *reader;
    struct tr_config *cfg;
    struct tr_core *core;
    struct tr_effects *effects;
    int64_t from_ms, to_ms; /* the range; wall */
    bool begun, broken;
    int64_t sounds, held_back; /* when it began */
};

static void totals(const struct replay *r, int64_t *ret_sounds, int64_t *ret_held_back)
{
    struct tr_station_metrics m;

    *ret_sounds = *ret_held_back = 0;
    for (int i = 0; i < r->cfg->plan.stations_n; i++) {
        tr_core_metrics(r->core, i, tr_core_now(r->core), &m);
        *ret_sounds += (int64_t)m.sounds;
        *ret_held_back += (int64_t)m.sounds_held_back;
    }
}

static int replan(struct replay *r, const char *hash, struct tr_mono at)
{
    struct tr_config *cfg = tr_report_plan(r->reader, hash);
    struct tr_core *next = calloc(1, tr_core_size());

    if (cfg == NULL || next == NULL) {
        tr_config_free(cfg);
        free(next);
        r->broken = true;
        return 1;
    }
    while (tr_core_replan(next, r->core, &cfg->plan, at, r->effects) != 0) {
    }
    free(r->core);
    tr_config_free(r->cfg);
    r->core = next;
    r->cfg = cfg;
    return 0;
}

static int visit(void *user, uint64_t seq, const struct tr_event *ev, const char *plan_hash)
{
    struct replay *r = user;
    const int64_t wall = tr_core_wall(r->core, ev->at).ms;

    (void)seq;
    if (!r->begun && wall >= r->from_ms) {
        r->begun = true;
        totals(r, &r->sounds, &r->held_back);
    }
    if (wall >= r->to_ms) {
        return 1;
    }
    if (ev->kind == TR_EVENT_PLAN && plan_hash != NULL) {
        return replan(r, plan_hash, ev->at);
    }
    while (tr_core_step(r->core, ev, r->effects) != 0) {
    }
    return 0;
}

/* The newest snapshot at or before the range; else the oldest there is. */
static int find_snapshot(struct tr_journal_reader *reader, struct replay *r, uint64_t *ret_seq)
{
    struct tr_journal_snapshot snap = {0};
    uint64_t before = UINT64_MAX;
    int found = 0;

    while (tr_journal_read_snapshot(reader, before, &snap) > 0) {
        struct tr_config *cfg = tr_report_plan(reader, snap.plan_hash);
        struct tr_core *core = calloc(1, tr_core_size());
        const bool ok =
            cfg != NULL && core != NULL && tr_core_load(core, &cfg->plan, snap.blob, snap.n) == 0;

        free(snap.blob);
        free(snap.plan_text);
        if (!ok) {
            free(core);
            tr_config_free(cfg);
            break;
        }
        tr_core_forget_edges(core);
        free(r->core);
        tr_config_free(r->cfg);
        r->core = core;
        r->cfg = cfg;
        *ret_seq = snap.seq;
        found = 1;
        if (tr_core_wall(core, snap.at).ms <= r->from_ms || snap.seq == 0) {
            break;
        }
        before = snap.seq - 1;
        memset(&snap, 0, sizeof(snap));
    }
    return found;
}

/* Those whom nobody has served yet are in no record, and yet they wait (RULES 25). */
static void still_waiting(const struct replay *r, struct tr_report *report)
{
    report->waiting = 0;
    for (int i = 0; i < r->cfg->plan.stations_n; i++) {
        struct tr_station_state state;

        tr_core_station_state(r->core, i, tr_core_now(r->core), &state);
        report->waiting += state.waiting;
        if (state.waiting > 0 && !(tr_ns_to_s(state.oldest_wait_ns) <= report->oldest_wait_s)) {
            report->oldest_wait_s = tr_ns_to_s(state.oldest_wait_ns);
            snprintf(report->oldest_at, sizeof(report->oldest_at), "%s",
                     r->cfg->plan.stations[i].id);
        }
    }
}

int tr_report_replay(struct tr_journal_reader *reader, struct tr_report *report)
{
    struct replay r = {.reader = reader, .from_ms = report->known_from.ms, .to_ms = report->to.ms};
    uint64_t seq = 0;
    int code = 0;

    report->waiting = -1;
    report->oldest_wait_s = (double)NAN;
    r.effects = malloc(sizeof(*r.effects));
    if (r.effects == NULL) {
        return -ENOMEM;
    }
    if (!report->only && report->until.ms > report->from.ms && find_snapshot(reader, &r, &seq)) {
        const int64_t at = tr_core_wall(r.core, tr_core_now(r.core)).ms;

        if (at >= r.from_ms) { /* the range began earlier: since this snapshot, then */
            r.begun = true;
            totals(&r, &r.sounds, &r.held_back);
        }
        code = at < r.to_ms ? tr_journal_read_events(reader, seq, visit, &r) : -ERANGE;
        if (code >= 0 && !r.broken && r.begun) {
            totals(&r, &report->sounds, &report->held_back);
            report->sounds -= r.sounds;
            report->held_back -= r.held_back;
            report->sounds_from.ms = at > r.from_ms ? at : r.from_ms;
            report->sounds_known = true;
            if (report->until.ms < report->to.ms) {
                still_waiting(&r, report);
            }
        }
    }
    free(r.effects);
    free(r.core);
    tr_config_free(r.cfg);
    return code < 0 && code != -ERANGE ? code : 0;
}
