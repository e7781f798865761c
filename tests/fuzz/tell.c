#include <stdio.h>
#include <stdlib.h>

#include "tell.h"

static bool wanted(void)
{
    static int answer = -1;
    if (answer < 0) {
        answer = getenv("TR_FUZZ_TELL") != NULL;
    }
    return answer == 1;
}

static double seconds(struct tr_mono t)
{
    return tr_ns_to_s(t.ns);
}

static const char *kind_name(enum tr_event_kind kind)
{
    return (unsigned)kind < TR_EVENT_KIND_COUNT ? tr_event_kind_name[kind] : "no event";
}

void tell_event(const struct tr_event *ev)
{
    if (!wanted()) {
        return;
    }
    fprintf(stderr, "%.9f %s", seconds(ev->at), kind_name(ev->kind));
    if (ev->sensor != TR_NONE) {
        fprintf(stderr, " sensor %d level %d", ev->sensor, ev->level);
    }
    if (ev->kind == TR_EVENT_COMMAND) {
        fprintf(stderr, " kind %d station %d value %d", (int)ev->u.command.kind,
                ev->u.command.station, ev->u.command.value);
    } else if (ev->kind == TR_EVENT_CALENDAR) {
        fprintf(stderr, " moment %d", (int)ev->u.moment);
    }
    fprintf(stderr, " value %lld edge at %.9f\n", (long long)ev->value, seconds(ev->edge_at));
}

void tell_effect(const char *who, const struct tr_effect *e)
{
    if (!wanted()) {
        return;
    }
    fprintf(stderr, "    %s %.9f ", who, seconds(e->at));
    if (e->kind == TR_EFFECT_STORE) {
        fprintf(stderr, "store #%llu %s sensor %d level %d edge at %.9f\n",
                (unsigned long long)e->u.store.seq, kind_name(e->u.store.event.kind),
                e->u.store.event.sensor, e->u.store.event.level, seconds(e->u.store.event.edge_at));
    } else if (e->kind == TR_EFFECT_WAIT) {
        const struct tr_wait_record *w = &e->u.wait;
        fprintf(stderr,
                "wait %llu (record %llu) of station %d: %s, %s, opened %.9f waited %.9f served "
                "%.9f party %d by %s accurate %d found %d\n",
                (unsigned long long)w->open_seq, (unsigned long long)w->seq, w->station,
                tr_outcome_name[w->outcome], tr_reason_name[w->reason], seconds(w->opened),
                tr_ns_to_s(w->wait_ns), tr_ns_to_s(w->service_ns), w->party, tr_by_name[w->by],
                w->accurate, w->found);
    } else if (e->kind == TR_EFFECT_NEWS) {
        fprintf(stderr, "news of station %d: %s of %llu, %lld\n", e->u.news.station,
                tr_news_name[e->u.news.news], (unsigned long long)e->u.news.open_seq,
                (long long)e->u.news.value);
    } else if (e->kind == TR_EFFECT_ALERT) {
        const struct tr_alert_record *a = &e->u.alert;
        fprintf(stderr, "alert (record %llu) %s of station %d sensor %d: %s %s\n",
                (unsigned long long)a->seq, tr_alert_rule_name[a->rule], a->station, a->sensor,
                tr_alert_state_name[a->state], tr_level_name[a->level]);
    } else if (e->kind == TR_EFFECT_VOTE) {
        fprintf(stderr, "vote (record %llu) of station %d: button %d presses %d wait %llu\n",
                (unsigned long long)e->u.vote.seq, e->u.vote.station, e->u.vote.button,
                e->u.vote.presses, (unsigned long long)e->u.vote.wait_seq);
    } else {
        static const char *const kind[TR_EFFECT_KIND_COUNT] = {
            "store", "wait", "vote", "alert", "state", "news", "lamp", "sound", "health", "reject"};
        fprintf(stderr, "%s %d\n", (unsigned)e->kind < TR_EFFECT_KIND_COUNT ? kind[e->kind] : "?",
                e->u.station);
    }
}

void tell_state(const char *when, int station, const struct tr_station_state *s)
{
    if (wanted()) {
        fprintf(stderr,
                "    station %d %s: waiting %d people %d in service %d level %d acked %d open %d "
                "streak %d threshold %.9f today %d\n",
                station, when, s->waiting, s->people, s->in_service, (int)s->level, s->acked,
                s->open, s->streak, tr_ns_to_s(s->threshold_ns), s->today_arrivals);
    }
}

void tell_replan(int shop, int tune, struct tr_mono at)
{
    if (wanted()) {
        fprintf(stderr, "%.9f plan of shop %d tuned %d\n", seconds(at), shop, tune);
    }
}
