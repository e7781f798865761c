/* Which configuration was in force when: hours, dayparts, stations and sensors come and go,
 * and of a time in which a station was not there nobody can say that no one waited at it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report_data.h"

struct tr_config *tr_report_plan(struct tr_journal_reader *reader, const char *hash)
{
    struct tr_config *cfg = NULL;
    struct tr_config_error error;
    char *text = NULL;
    size_t n;

    if (tr_journal_read_plan(reader, hash, &text) == 0) {
        (void)tr_config_load("journal", text, NULL, &cfg, &error, 1, &n);
    }
    free(text);
    return cfg;
}

/* What the journal remembers: the newest, from when each was in force to the next. */
struct listed {
    int n;
    struct {
        uint64_t seq;
        char hash[17];
    } of[TR_REPORT_PLANS_MAX];
};

static void list(struct listed *l, uint64_t seq, const char *hash)
{
    if (l->n > 0 && strcmp(l->of[l->n - 1].hash, hash) == 0) {
        return;
    }
    if (l->n == TR_REPORT_PLANS_MAX) {
        memmove(&l->of[0], &l->of[1], sizeof(l->of) - sizeof(l->of[0]));
        l->n--;
    }
    l->of[l->n].seq = seq;
    snprintf(l->of[l->n++].hash, sizeof(l->of[0].hash), "%s", hash);
}

void tr_report_plans(struct tr_journal_reader *reader, const struct tr_journal_tail *tail,
                     struct tr_config *today, struct tr_report_data *data)
{
    struct listed l = {.n = 0};
    char hash[17];
    uint64_t next;

    for (uint64_t from = 0; from <= tail->seq; from = next) {
        if (tr_journal_plan_at(reader, from, hash, &next) < 0) {
            break;
        }
        list(&l, from, hash);
    }
    list(&l, tail->seq, tail->plan_hash);
    for (int i = 0; i < l.n; i++) {
        struct tr_config *cfg = strcmp(l.of[i].hash, tail->plan_hash) == 0
                                    ? today
                                    : tr_report_plan(reader, l.of[i].hash);

        if (cfg != NULL) {
            data->plan[data->plans_n++] = (struct tr_report_plan){
                .seq = l.of[i].seq, .cfg = cfg, .first_ms = INT64_MAX, .before_ms = INT64_MIN};
        }
    }
    data->plan[0].from.ms = INT64_MIN;
}

void tr_report_plans_meet(struct tr_report_data *data, uint64_t open_seq, struct tr_wall opened)
{
    for (int i = data->plans_n - 1; i > 0; i--) {
        struct tr_report_plan *p = &data->plan[i];

        if (open_seq >= p->seq) {
            p->first_ms = opened.ms < p->first_ms ? opened.ms : p->first_ms;
        } else {
            p->before_ms = opened.ms > p->before_ms ? opened.ms : p->before_ms;
        }
    }
}

struct beginning {
    struct tr_mono at; /* .ns INT64_MIN: the event is not kept */
    int left;          /* of the events to look at */
};

/* A start with another configuration tells it before it tells that nobody watched: what
 * begins then begins when somebody watched again. */
static int take_event(void *user, uint64_t seq, const struct tr_event *ev, const char *plan_hash)
{
    struct beginning *b = user;

    (void)seq;
    if (b->at.ns == INT64_MIN && plan_hash == NULL) {
        return 1;
    }
    if (plan_hash != NULL || ev->kind == TR_EVENT_RESTART) {
        b->at = ev->at;
    }
    return ev->kind == TR_EVENT_RESTART || --b->left == 0;
}

/* By the store's time of the event, which knows no steps of the clock; the waits around it
 * bear the labels that everything else in a report has, so they have the last word. */
void tr_report_plans_date(struct tr_journal_reader *reader, const struct tr_journal_tail *tail,
                          struct tr_report_data *data)
{
    for (int i = 1; i < data->plans_n; i++) {
        struct tr_report_plan *p = &data->plan[i];
        struct beginning b = {.at.ns = INT64_MIN, .left = 4};
        int64_t at = p->first_ms;

        if (tr_journal_read_events(reader, p->seq > 0 ? p->seq - 1 : 0, take_event, &b) >= 0 &&
            b.at.ns != INT64_MIN) {
            at = tail->wall.ms + b.at.ns / TR_NS_PER_MS - tail->at.ns / TR_NS_PER_MS;
        }
        at = at < p->before_ms ? p->before_ms : at;
        at = at > p->first_ms ? p->first_ms : at;
        at = at == INT64_MAX ? tail->wall.ms : at;
        p->from.ms = at > data->plan[i - 1].from.ms ? at : data->plan[i - 1].from.ms;
    }
}

void tr_report_plans_free(struct tr_report_data *data, const struct tr_config *today)
{
    for (int i = 0; i < data->plans_n; i++) {
        if (data->plan[i].cfg != today) {
            tr_config_free(data->plan[i].cfg);
        }
    }
    data->plans_n = 0;
}

const struct tr_plan *tr_report_plan_with(const struct tr_report_data *data, const char *station)
{
    for (int i = data->plans_n - 1; i >= 0; i--) {
        if (tr_plan_find_station(&data->plan[i].cfg->plan, station) >= 0) {
            return &data->plan[i].cfg->plan;
        }
    }
    return NULL;
}
