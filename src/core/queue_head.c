/* The head of the line: who went from it, and when that is known (RULES 11 and 13). */
#include "core/queue_private.h"

#define LEAST_WALK_NS (TR_NS_PER_S / 2) /* nobody is at a position sooner */

bool tr_row_head_moved_up(const struct tr_core *core, int station, int64_t from, int64_t to)
{
    const struct row *row = &queue_seen(core, station)->row;
    for (int i = 0; i < row->heads_n; i++) {
        const struct departure *d = &row->heads[i];
        if (!d->passed && d->at >= from && d->at <= to - LEAST_WALK_NS) {
            return true;
        }
    }
    return false;
}

const struct departure *tr_row_head_for(const struct tr_core *core, int station, int64_t at)
{
    const struct row *row = &queue_seen(core, station)->row;
    for (int i = 0; i < row->heads_n; i++) {
        if (row->heads[i].at >= at - WALK_NS && row->heads[i].at <= at + LEAST_WALK_NS) {
            return &row->heads[i];
        }
    }
    return NULL;
}

void tr_row_forget_head(struct tr_core *core, int station, const struct departure *head)
{
    struct row *row = &queue_of(core, station)->row;
    const int which = (int)(head - row->heads);
    row->heads_n--;
    for (int i = which; i < row->heads_n; i++) {
        row->heads[i] = row->heads[i + 1];
    }
}

void tr_row_head_goes(struct tr_core *core, int station, int i, int64_t at)
{
    struct row *row = &queue_of(core, station)->row;
    const struct place *p = &row->places[i];
    const struct departure *last = row->heads_n > 0 ? &row->heads[row->heads_n - 1] : NULL;
    if (last != NULL && last->passed && last->place > i && p->on_at - last->at <= STEP_NS) {
        row->heads_n--; /* the same walker, further on */
    }
    if (row->heads_n == HEADS_MAX) {
        tr_row_forget_head(core, station, &row->heads[0]);
    }
    row->heads[row->heads_n++] = (struct departure){.at = at,
                                                    .came = p->stands ? p->came : p->on_at,
                                                    .place = (int16_t)i,
                                                    .passed = !p->stands};
}

/* Who stood at the head is there again, and neither did anybody move up from behind
 * nor come to a position: he only bent down. */
bool tr_row_head_back(struct tr_core *core, int station, int i)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    struct row *row = &queue_of(core, station)->row;
    const int64_t went = row->places[i].since;
    const struct departure *last = row->heads_n > 0 ? &row->heads[row->heads_n - 1] : NULL;
    if (last == NULL || last->place != i || last->at != went || i + 1 >= plan->places_n ||
        !tr_row_works(core, station, i + 1) ||
        row->places[i + 1].since >= (row->places[i + 1].on ? went : went - STEP_NS)) {
        return false;
    }
    for (int n = 0; n < plan->positions_n; n++) {
        const struct position *p = &queue_seen(core, station)->positions[n];
        if (p->phase == POSITION_COMING && p->on_at >= went) {
            return false;
        }
    }
    tr_row_forget_head(core, station, last);
    return true;
}

/* Who stood at the head went, long enough ago for all behind to have moved up. */
const struct departure *tr_row_head_left(const struct tr_core *core, int station, int64_t at)
{
    const struct row *row = &queue_seen(core, station)->row;
    const int64_t from = at - MOVED_UP_NS - STEP_NS * row->chain;
    for (int i = 0; i < row->heads_n; i++) {
        if (!row->heads[i].passed && row->heads[i].at >= from && row->heads[i].at <= at) {
            return &row->heads[i];
        }
    }
    return NULL;
}
