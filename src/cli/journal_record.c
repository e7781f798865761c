#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/journal.h"
#include "codec/json.h"

/* The event whose number a record carries tells which plan was in force. */
static uint64_t event_of(const struct tr_journal_record *r)
{
    return r->kind == TR_JOURNAL_WAITS   ? r->u.wait.open_seq
           : r->kind == TR_JOURNAL_VOTES ? r->u.vote.press_seq
                                         : r->u.alert.open_seq;
}

static void name(char *to, const char *from)
{
    snprintf(to, TR_ID_MAX, "%s", from);
}

/* Names of a plan that the journal lost, or that this build cannot read. */
static void forget(struct tr_journal_scribe *s)
{
    name(s->site, "unknown");
    name(s->unit, "unknown");
    s->dayparts_n = 0;
}

static void learn(struct tr_journal_scribe *s)
{
    struct tr_config *cfg = NULL;
    struct tr_config_error error;
    char *text = NULL;
    size_t n;

    forget(s);
    if (tr_journal_read_plan(s->reader, s->hash, &text) == 0 &&
        tr_config_load("journal", text, NULL, &cfg, &error, 1, &n) == 0) {
        name(s->site, cfg->plan.site);
        name(s->unit, cfg->plan.unit);
        s->dayparts_n = cfg->plan.dayparts_n;
        for (int i = 0; i < s->dayparts_n; i++) {
            name(s->dayparts[i], cfg->plan.dayparts[i].id);
        }
    }
    tr_config_free(cfg);
    free(text);
}

int tr_journal_scribe_look(struct tr_journal_scribe *s, struct tr_journal_record *record)
{
    const uint64_t seq = event_of(record);

    if (seq < s->from || seq >= s->until) {
        char hash[17] = "";
        const int r = tr_journal_plan_at(s->reader, seq, hash, &s->until);

        if (r < 0 && r != -ENOENT) {
            return r;
        }
        s->from = seq;
        if (strcmp(hash, s->hash) != 0 || s->site[0] == '\0') {
            memcpy(s->hash, hash, sizeof(s->hash));
            learn(s);
        }
    }
    if (record->kind == TR_JOURNAL_VOTES) {
        struct tr_vote_record *v = &record->u.vote;
        const bool known = v->daypart >= 0 && v->daypart < s->dayparts_n;

        name(record->daypart, known ? s->dayparts[v->daypart] : "");
        v->daypart = known ? 0 : TR_NONE;
    }
    return 0;
}

/* The wire's own writer, given a plan of one station, place, sensor and daypart. */
int tr_journal_scribe_write(struct tr_journal_scribe *s, const struct tr_journal_record *record,
                            char *buf, size_t cap)
{
    struct tr_plan *plan = &s->plan;
    struct tr_station *st = &plan->stations[0];
    struct tr_wait_record wait = record->u.wait;
    struct tr_vote_record vote = record->u.vote;

    name(plan->site, s->site);
    name(plan->unit, s->unit);
    plan->stations_n = 2;
    plan->sensors_n = plan->dayparts_n = 1;
    name(st->id, record->station);
    name(plan->stations[1].id, record->wait_station);
    name(plan->dayparts[0].id, record->daypart);
    memset(&st->u, 0, sizeof(st->u));
    if (record->kind == TR_JOURNAL_ALERTS) {
        name(plan->sensors[0].id, record->place);
        return tr_json_alert(plan, &record->u.alert, buf, cap);
    }
    if (record->kind == TR_JOURNAL_VOTES) {
        st->kind = TR_KIND_FEEDBACK;
        st->u.feedback.buttons_n = 1;
        name(st->u.feedback.buttons[0].id, record->place);
        vote.station = 0;
        vote.wait_station = vote.wait_station != TR_NONE ? 1 : TR_NONE;
        return tr_json_vote(plan, &vote, buf, cap);
    }
    st->kind = wait.kind == TR_KIND_PHONE ? TR_KIND_PHONE : TR_KIND_QUEUE;
    if (st->kind == TR_KIND_PHONE) {
        st->u.phone.lines_n = 1;
        name(st->u.phone.lines[0].id, record->place);
    } else {
        st->u.queue.positions_n = 1;
        name(st->u.queue.positions[0].id, record->place);
    }
    wait.station = 0;
    return tr_json_wait(plan, &wait, buf, cap);
}
