/* The beam between line and counter: whoever passes it is served, and is on the
 * way to a position for a moment. */
#include <string.h>

#include "core/queue_private.h"

enum { CALLED_S = 30 }; /* from the serve beam to a position takes less */

static void forget_oldest(struct queue *q)
{
    q->called_n--;
    memmove(&q->called[0], &q->called[1], (size_t)q->called_n * sizeof(q->called[0]));
    memmove(&q->called_at[0], &q->called_at[1], (size_t)q->called_n * sizeof(q->called_at[0]));
}

bool tr_queue_take_called(struct tr_core *core, int station, struct position *p)
{
    struct queue *q = queue_of(core, station);
    if (q->called_n == 0 || q->called_at[0] > p->on_at) {
        return false;
    }
    p->served = q->called[0];
    p->answered_at = q->called_at[0];
    p->by = TR_BY_SENSOR;
    forget_oldest(q);
    return true;
}

/* Nobody came to a position: where the service was is not known, that it began is. */
void tr_queue_called_due(struct tr_core *core, int station)
{
    struct queue *q = queue_of(core, station);
    const struct closing how = {.at = q->called_at[0],
                                .outcome = TR_OUTCOME_ANSWERED,
                                .by = TR_BY_SENSOR,
                                .reason = TR_REASON_NONE};
    tr_wait_record(core, station, &q->called[0], &how, NS_NEVER, TR_NONE);
    forget_oldest(q);
}

void tr_queue_serve(struct tr_core *core, int station, int64_t at)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    struct station *st = &core->stations[station];
    struct queue *q = &st->u.queue;
    int who = 0;
    while (who < st->waits_n && st->waits[who].away_at != NS_NEVER) {
        who++;
    }
    if (who == st->waits_n && who > 0) {
        who = 0; /* somebody who had gone out came back unseen */
        st->waits[0].accurate = false;
    }
    if (who >= st->waits_n || st->waits[who].opened > at) {
        tr_queue_missed_join(core, station, at);
        return;
    }
    tr_row_departed(core, station);
    if (plan->positions_n == 0) {
        tr_queue_answer(core, station, who, at, TR_BY_SENSOR);
        return;
    }
    if (q->called_n == CALLED_MAX) {
        tr_queue_called_due(core, station);
    }
    const struct closing how = {
        .at = at, .outcome = TR_OUTCOME_ANSWERED, .by = TR_BY_SENSOR, .reason = TR_REASON_NONE};
    tr_wait_settle(core, station, who, &how, &q->called[q->called_n]);
    q->called_at[q->called_n] = tr_max_i64(at, q->called[q->called_n].opened);
    q->called_n++;
}

int64_t tr_queue_called_deadline(const struct tr_core *core, int station)
{
    const struct queue *q = queue_seen(core, station);
    return q->called_n > 0 ? q->called_at[0] + CALLED_S * TR_NS_PER_S : NS_NEVER;
}
