#include <string.h>

#include "tell.h"
#include "watch.h"

/* Of the run under way; only what is used is touched. */
static struct watch_wait lives[WATCH_WAITS_MAX];

static struct watch_wait *find_wait(const struct watch *w, uint64_t open_seq)
{
    size_t low = 0;
    size_t high = w->waits_n;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (w->waits[mid].open_seq < open_seq) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < w->waits_n && w->waits[low].open_seq == open_seq ? &w->waits[low] : NULL;
}

static bool station_ok(const struct watch *w, int station)
{
    return station >= 0 && station < w->plan->stations_n;
}

static void look(const struct tr_core *core, int s, struct tr_station_state *ret)
{
    tr_core_station_state(core, s, tr_core_now(core), ret);
}

void watch_begin(struct watch *w, struct tr_core *core, const struct tr_plan *plan)
{
    memset(w, 0, sizeof(*w));
    w->plan = plan;
    w->waits = lives;
    w->told_at = INT64_MIN;
    w->record_seq = tr_core_record_seq(core);
    w->store_seq = tr_core_seq(core);
    for (int s = 0; s < plan->stations_n; s++) {
        look(core, s, &w->stations[s].state);
    }
}

/* --- effects ------------------------------------------------------------------------ */

static enum tr_outcome outcome_of(enum tr_news news)
{
    switch (news) {
    case TR_NEWS_ANSWERED:
        return TR_OUTCOME_ANSWERED;
    case TR_NEWS_ABANDONED:
        return TR_OUTCOME_ABANDONED;
    case TR_NEWS_EXPIRED:
        return TR_OUTCOME_EXPIRED;
    case TR_NEWS_VOID:
        return TR_OUTCOME_VOID;
    case TR_NEWS_UNKNOWN:
        return TR_OUTCOME_UNKNOWN;
    default:
        return TR_OUTCOME_COUNT;
    }
}

static void on_arrival(struct watch *w, const struct tr_effect *e)
{
    const uint64_t seq = e->u.news.open_seq;
    MUST(seq > 0 && (w->waits_n == 0 || seq > w->waits[w->waits_n - 1].open_seq));
    MUST(e->u.news.value >= 1);
    MUST(w->waits_n < WATCH_WAITS_MAX);
    w->waits[w->waits_n++] = (struct watch_wait){
        .open_seq = seq, .opened = e->at.ns, .station = e->u.news.station, .news = -1};
    w->stations[e->u.news.station].arrivals++;
}

static void on_news(struct watch *w, const struct tr_effect *e)
{
    const enum tr_news news = e->u.news.news;
    MUST(news >= 0 && news < TR_NEWS_COUNT && station_ok(w, e->u.news.station));
    if (news == TR_NEWS_ARRIVED) {
        on_arrival(w, e);
        return;
    }
    struct watch_wait *wait = find_wait(w, e->u.news.open_seq);
    if (e->u.news.open_seq != 0 && news != TR_NEWS_VOTE) {
        MUST(wait != NULL && wait->station == e->u.news.station);
    }
    const enum tr_outcome outcome = outcome_of(news);
    if (outcome != TR_OUTCOME_COUNT) {
        MUST(wait != NULL && wait->news < 0); /* a wait ends once */
        MUST(e->u.news.value >= 0 && e->at.ns - e->u.news.value == wait->opened);
        wait->news = (int8_t)news;
        wait->wait_ns = e->u.news.value;
        w->stations[e->u.news.station].ended[outcome]++;
    } else if (news == TR_NEWS_RING || news == TR_NEWS_PRIORITY) {
        MUST(wait != NULL && wait->news < 0 && e->u.news.value >= 1);
    } else if (news == TR_NEWS_SERVED) {
        MUST(e->u.news.value >= 0);
        MUST(wait == NULL || (wait->news >= 0 && !wait->recorded));
    } else if (news == TR_NEWS_JOINED_PARTY || news == TR_NEWS_STREAK) {
        MUST(wait != NULL && e->u.news.value >= 1);
    }
}

static void on_wait(struct watch *w, const struct tr_wait_record *r)
{
    MUST(station_ok(w, r->station) && r->kind == w->plan->stations[r->station].kind);
    MUST(r->outcome >= 0 && r->outcome < TR_OUTCOME_COUNT && r->by >= 0 && r->by < TR_BY_COUNT &&
         r->reason >= 0 && r->reason < TR_REASON_COUNT);
    struct watch_wait *wait = find_wait(w, r->open_seq);
    MUST(wait != NULL && wait->station == r->station);
    MUST(wait->news >= 0 && !wait->recorded); /* recorded once, when it has ended */
    MUST(outcome_of((enum tr_news)wait->news) == r->outcome && wait->wait_ns == r->wait_ns);
    MUST(wait->opened == r->opened.ns);
    wait->recorded = true;
    w->stations[r->station].recorded++;
    MUST(r->wait_ns >= 0 && r->closed.ns - r->opened.ns == r->wait_ns);
    MUST(r->ended.ns >= r->closed.ns && r->service_ns >= -1);
    MUST(r->service_ns == (r->service_ns < 0 ? -1 : r->ended.ns - r->closed.ns));
    MUST(r->party >= 1 && r->rings >= 1 && r->threshold_ns >= 0);
    if (r->outcome == TR_OUTCOME_VOID || r->outcome == TR_OUTCOME_UNKNOWN || r->found ||
        r->threshold_ns == 0) {
        MUST(r->verdict == TR_VERDICT_NOT_COUNTED);
    }
    MUST(r->verdict != TR_VERDICT_KEPT || r->outcome == TR_OUTCOME_ANSWERED);
    MUST(!r->found || !r->accurate);
    MUST(r->daypart >= TR_NONE && r->daypart < w->plan->dayparts_n);
    const struct tr_station *st = &w->plan->stations[r->station];
    const int16_t positions = r->kind == TR_KIND_QUEUE   ? st->u.queue.positions_n
                              : r->kind == TR_KIND_PHONE ? st->u.phone.lines_n
                                                         : 0;
    MUST(r->position >= TR_NONE && r->position < positions);
}

static void on_vote(struct watch *w, const struct tr_core *core, const struct tr_vote_record *r)
{
    MUST(station_ok(w, r->station) && w->plan->stations[r->station].kind == TR_KIND_FEEDBACK);
    MUST(w->plan->stations[r->station].audience != TR_AUDIENCE_STAFF);
    MUST(r->press_seq > 0 && r->press_seq <= tr_core_seq(core) && r->presses >= 1);
    MUST(r->button >= TR_NONE && r->button < w->plan->stations[r->station].u.feedback.buttons_n);
    MUST(r->score >= 0 && r->score <= 100);
    MUST((r->wait_seq == 0) == (r->wait_station == TR_NONE));
    if (r->wait_seq != 0) {
        const struct watch_wait *wait = find_wait(w, r->wait_seq);
        MUST(wait != NULL && wait->news >= 0 && wait->station == r->wait_station);
    }
}

static void on_alert(struct watch *w, const struct tr_alert_record *r)
{
    MUST(r->rule >= 0 && r->rule < TR_RULE_COUNT);
    MUST(r->state >= 0 && r->state < TR_ALERT_STATE_COUNT);
    MUST(r->level >= 0 && r->level < TR_LEVEL_COUNT);
    MUST(r->station >= TR_NONE && r->station < w->plan->stations_n);
    MUST(r->sensor >= TR_NONE && r->sensor < w->plan->sensors_n);
    MUST(r->rule != TR_RULE_WAIT || station_ok(w, r->station));
    MUST(r->since.ns <= r->at.ns);
}

static void on_record(struct watch *w, const struct tr_core *core, const struct tr_effect *e)
{
    const uint64_t seq = e->kind == TR_EFFECT_WAIT   ? e->u.wait.seq
                         : e->kind == TR_EFFECT_VOTE ? e->u.vote.seq
                                                     : e->u.alert.seq;
    MUST(seq == w->record_seq + 1); /* gap-free over all kinds */
    w->record_seq = seq;
    if (e->kind == TR_EFFECT_WAIT) {
        on_wait(w, &e->u.wait);
    } else if (e->kind == TR_EFFECT_VOTE) {
        on_vote(w, core, &e->u.vote);
    } else {
        on_alert(w, &e->u.alert);
    }
}

static void on_output(struct watch *w, const struct tr_effect *e)
{
    if (e->kind == TR_EFFECT_LAMP) {
        MUST(e->u.lamp.output >= 0 && e->u.lamp.output < w->plan->outputs_n);
        MUST(w->plan->outputs[e->u.lamp.output].type == TR_OUTPUT_LAMP);
        w->lamp[e->u.lamp.output] = e->u.lamp.on;
    } else {
        MUST(e->u.sound.output >= 0 && e->u.sound.output < w->plan->outputs_n);
        MUST(w->plan->outputs[e->u.sound.output].type == TR_OUTPUT_BUZZER);
        MUST(e->u.sound.station >= TR_NONE && e->u.sound.station < w->plan->stations_n);
        MUST(e->u.sound.sound >= 0 && e->u.sound.sound < TR_SOUND_COUNT);
        MUST(e->u.sound.bursts >= 0 && e->u.sound.bursts <= 5);
    }
}

void watch_effect(struct watch *w, const struct tr_core *core, const struct tr_effect *e)
{
    MUST(e->at.ns <= tr_core_now(core).ns);
    if (e->kind != TR_EFFECT_NEWS) {
        MUST(e->at.ns >= w->told_at); /* time never goes back; news carry the evidence's */
        w->told_at = e->at.ns;
    }
    switch (e->kind) {
    case TR_EFFECT_STORE:
        MUST(e->u.store.seq > w->store_seq && e->u.store.seq <= tr_core_seq(core));
        MUST(e->u.store.event.kind >= TR_EVENT_INPUT &&
             e->u.store.event.kind < TR_EVENT_KIND_COUNT);
        MUST(e->u.store.event.at.ns == e->at.ns);
        w->store_seq = e->u.store.seq;
        break;
    case TR_EFFECT_WAIT:
    case TR_EFFECT_VOTE:
    case TR_EFFECT_ALERT:
        on_record(w, core, e);
        break;
    case TR_EFFECT_STATE:
        MUST(station_ok(w, e->u.station));
        w->stations[e->u.station].told = true;
        break;
    case TR_EFFECT_NEWS:
        on_news(w, e);
        break;
    case TR_EFFECT_LAMP:
    case TR_EFFECT_SOUND:
        on_output(w, e);
        break;
    case TR_EFFECT_HEALTH:
        MUST(e->u.sensor >= 0 && e->u.sensor < w->plan->sensors_n);
        w->health_told[e->u.sensor] = true;
        break;
    case TR_EFFECT_REJECT:
        MUST(e->u.reject.why >= 0 && e->u.reject.why < TR_REJECT_COUNT);
        break;
    case TR_EFFECT_KIND_COUNT:
    default:
        MUST(e->kind < TR_EFFECT_KIND_COUNT);
    }
}

/* --- what can be asked ------------------------------------------------------------------- */

/* What a change of must have been told, for the shell publishes on change only. */
static bool same_news(const struct tr_station_state *a, const struct tr_station_state *b)
{
    return a->waiting == b->waiting && a->people == b->people && a->in_service == b->in_service &&
           a->level == b->level && a->acked == b->acked && a->open == b->open &&
           a->streak == b->streak && a->threshold_ns == b->threshold_ns &&
           a->today_arrivals == b->today_arrivals && a->today_void == b->today_void &&
           a->at_least == b->at_least && a->measuring == b->measuring && a->staffed == b->staffed;
}

static void check_state(const struct watch *w, int s, const struct tr_station_state *state)
{
    const struct watch_station *st = &w->stations[s];
    const uint64_t open = st->arrivals - watch_sum(st->ended, TR_OUTCOME_COUNT);
    MUST(state->waiting >= 0 && (uint64_t)state->waiting <= open);
    MUST(state->people >= state->waiting && state->in_service >= 0);
    MUST(state->oldest_wait_ns >= 0 && state->oldest_rings >= 0);
    MUST(state->waiting > 0 || (state->oldest_wait_ns == 0 && state->oldest_rings == 0));
    MUST(state->level >= 0 && state->level < TR_LEVEL_COUNT);
    MUST(state->streak >= 0 && state->threshold_ns >= 0);
    MUST(state->today_arrivals >= 0 && state->today_served >= 0);
    MUST(state->today_void >= 0 && state->staffed >= -1);
    MUST(state->measuring >= 0 && state->measuring < TR_MEASURING_COUNT);
    MUST(watch_is_share(state->coverage_pct));
    MUST(watch_is_share(state->service_level_pct) && watch_is_share(state->today_pct));
}

void watch_step(struct watch *w, const struct tr_core *core)
{
    bool busy = false;
    for (int s = 0; s < w->plan->stations_n; s++) {
        struct watch_station *st = &w->stations[s];
        struct tr_station_state state;
        look(core, s, &state);
        check_state(w, s, &state);
        if (!st->told && !same_news(&state, &st->state)) {
            tell_state("was", s, &st->state);
            tell_state("is", s, &state);
        }
        MUST(st->told || same_news(&state, &st->state));
        st->state = state;
        st->told = false;
        busy |= state.waiting > 0 || state.in_service > 0;
    }
    MUST(!busy || tr_core_busy(core));
    for (int i = 0; i < w->plan->sensors_n; i++) {
        const enum tr_health health = tr_core_health(core, i);
        MUST(health >= 0 && health < TR_HEALTH_COUNT);
        MUST(w->health_told[i] || health == w->health[i]);
        w->health[i] = health;
        w->health_told[i] = false;
    }
    for (int i = 0; i < w->plan->outputs_n; i++) {
        MUST(tr_core_lamp(core, i) == w->lamp[i]);
    }
    MUST(tr_core_record_seq(core) == w->record_seq && tr_core_seq(core) >= w->store_seq);
}
