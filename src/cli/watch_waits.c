/* Open waits, followed by the news, so that the picture is right between two
 * states of a station, which come once a second at most. */
#include <string.h>

#include "cli/watch.h"
#include "thirdring/time.h"

struct tr_watch_wait *tr_watch_find_wait(struct tr_watch_station *st, const char *id)
{
    for (int i = 0; i < TR_WATCH_WAITS; i++) {
        if (id[0] != '\0' && strcmp(st->waits[i].id, id) == 0) {
            return &st->waits[i];
        }
    }
    return NULL;
}

void tr_watch_open_wait(struct tr_watch_station *st, const char *id, int64_t at_ms)
{
    struct tr_watch_wait *wait = &st->waits[st->waits_next++ % TR_WATCH_WAITS];
    snprintf(wait->id, sizeof(wait->id), "%s", id);
    wait->threshold_s = st->state.known ? st->state.threshold_s : st->target_s;
    wait->opened_ms = at_ms;
    wait->rings = wait->party = 1;
}

/* @return how many wait; the oldest in *ret_oldest. */
static int count_open(const struct tr_watch_station *st, int *ret_people,
                      const struct tr_watch_wait **ret_oldest)
{
    int n = 0;
    *ret_people = 0;
    *ret_oldest = NULL;
    for (int i = 0; i < TR_WATCH_WAITS; i++) {
        const struct tr_watch_wait *wait = &st->waits[i];
        if (wait->id[0] != '\0' && !wait->apart) {
            n++;
            *ret_people += wait->party;
            if (*ret_oldest == NULL || wait->opened_ms < (*ret_oldest)->opened_ms) {
                *ret_oldest = wait;
            }
        }
    }
    return n;
}

void tr_watch_compare(struct tr_watch_station *st)
{
    int people;
    const struct tr_watch_wait *oldest;
    st->nobody = st->state.waiting == 0 ? st->nobody + 1 : 0;
    /* Once may be someone who is only just being served; twice is an end that we missed. */
    if (st->nobody > 1) {
        memset(st->waits, 0, sizeof(st->waits));
    }
    st->followed = count_open(st, &people, &oldest) == st->state.waiting;
}

void tr_watch_follow(struct tr_watch_station *st, const char *type, int64_t at_ms, int64_t now_ns)
{
    if (!st->followed) {
        return;
    }
    const struct tr_watch_wait *oldest;
    struct tr_watch_state *now = &st->state;
    now->waiting = count_open(st, &now->people, &oldest);
    now->oldest_s = oldest != NULL ? (double)(at_ms - oldest->opened_ms) / 1000.0 : 0.0;
    now->oldest_s = now->oldest_s > 0.0 ? now->oldest_s : 0.0;
    now->rings = oldest != NULL ? oldest->rings : 0;
    now->got_ns = now_ns;
    now->arrivals += strcmp(type, "arrived") == 0;
    now->served += strcmp(type, "answered") == 0;
}
