/* The row of places: the line is the occupied chain from the head, and people
 * move up it (RULES 11). Somebody stands at a place after dwell_ns, and no
 * longer after as long an absence, so that a step forward is neither. */
#include "core/queue_private.h"

static struct row *row_of(struct tr_core *core, int station)
{
    return &queue_of(core, station)->row;
}

static const struct tr_sensor *place_sensor(const struct tr_core *core, int station, int i)
{
    return &core->plan->sensors[queue_plan(core, station)->places[i]];
}

bool tr_row_works(const struct tr_core *core, int station, int i)
{
    return !tr_sensor_faulty(core, queue_plan(core, station)->places[i]);
}

int tr_row_working(const struct tr_core *core, int station)
{
    int n = 0;
    for (int i = 0; i < queue_plan(core, station)->places_n; i++) {
        n += tr_row_works(core, station, i);
    }
    return n;
}

bool tr_row_empty(const struct tr_core *core, int station)
{
    const struct row *row = &queue_seen(core, station)->row;
    for (int i = 0; i < queue_plan(core, station)->places_n; i++) {
        if (tr_row_works(core, station, i) && (row->places[i].on || row->places[i].stands)) {
            return false;
        }
    }
    return true;
}

/* The last place of the chain, TR_NONE; one empty place between people is
 * usual, an occupied one beyond two is a trolley. */
static int chain_end(const struct tr_core *core, int station, int16_t *ret_n)
{
    const struct row *row = &queue_seen(core, station)->row;
    int end = TR_NONE;
    int empty = 0;
    *ret_n = 0;
    for (int i = 0; i < queue_plan(core, station)->places_n && empty < 2; i++) {
        if (row->places[i].stands) {
            end = i;
            empty = 0;
            ++*ret_n;
        } else if (tr_row_works(core, station, i)) {
            empty++;
        }
    }
    return end;
}

/* Count anew. @return by how many the chain grew. */
static int recount(struct tr_core *core, int station)
{
    struct row *row = row_of(core, station);
    const int was = row->chain;
    const bool full = row->full;
    (void)chain_end(core, station, &row->chain);
    const int working = tr_row_working(core, station);
    row->full = working > 0 && row->chain >= working;
    if (row->full != full) {
        tr_core_touch(core, station);
    }
    return row->chain - was;
}

void tr_row_replanned(struct tr_core *core, int station)
{
    (void)recount(core, station);
}

/* --- who came ------------------------------------------------------------------------ */

static void arrive(struct tr_core *core, int station, int place, bool accurate, bool found)
{
    const struct place *p = &row_of(core, station)->places[place];
    const int64_t at = tr_min_i64(p->on ? p->since : p->came, core->now);
    struct wait *w = tr_wait_open(core, station, accurate ? tr_min_i64(p->came, core->now) : at,
                                  found || p->found);
    w->accurate = w->accurate && accurate;
}

/* Somebody from @from places further back stepped up to this one? Then the
 * place behind is empty from now on. @return whether. */
static bool stepped_up(struct tr_core *core, int station, int i)
{
    struct row *row = row_of(core, station);
    const int64_t at = row->places[i].since;
    for (int j = i + 1; j <= i + 2 && j < queue_plan(core, station)->places_n; j++) {
        struct place *behind = &row->places[j];
        if (!behind->on && behind->stands && behind->since >= at - STEP_NS &&
            behind->since <= at + STEP_NS) {
            behind->stands = false;
            return true;
        }
    }
    return false;
}

static void stand(struct tr_core *core, int station, int i)
{
    struct row *row = row_of(core, station);
    struct place *p = &row->places[i];
    p->stands = true;
    p->again = false;
    p->came = p->since;
    (void)stepped_up(core, station, i);
    const int more = recount(core, station);
    if (tr_queue_has_join(core, station)) {
        return;
    }
    for (int n = 0; n < more; n++) {
        /* A gap closed, and what had been a trolley behind it is a customer. */
        int16_t ignored;
        arrive(core, station, n == 0 ? i : chain_end(core, station, &ignored), n == 0, false);
    }
}

/* --- who went ------------------------------------------------------------------------- */

static void forget_freed(struct row *row, int which)
{
    row->freed--;
    for (int i = which; i < row->freed; i++) {
        row->freed_at[i] = row->freed_at[i + 1];
        row->freed_head[i] = row->freed_head[i + 1];
        row->freed_up[i] = row->freed_up[i + 1];
    }
}

static void owe(struct tr_core *core, int station)
{
    struct row *row = row_of(core, station);
    if (row->owed == 0) {
        row->owed_at = core->now;
        row->was_full = row->full;
    }
    row->owed = (int16_t)tr_min_i64(row->owed + 1, TR_WAITS_MAX);
}

/* One is accounted for; the next has its own time, where only the row says when. */
static void paid(struct tr_core *core, int station)
{
    struct row *row = row_of(core, station);
    row->owed = (int16_t)tr_max_i64(row->owed - 1, 0);
    if (tr_row_alone(queue_plan(core, station)) && row->heads_n > 0) {
        row->owed_at = tr_max_i64(row->owed_at, row->heads[row->heads_n - 1].at);
    }
}

void tr_row_departed(struct tr_core *core, int station)
{
    struct row *row = row_of(core, station);
    if (queue_plan(core, station)->places_n == 0 || tr_queue_has_join(core, station)) {
        return;
    }
    if (row->freed > 0) {
        /* Whoever is served came from the head. */
        int which = 0;
        while (which < row->freed - 1 && !row->freed_head[which]) {
            which++;
        }
        forget_freed(row, which);
        return;
    }
    owe(core, station);
}

/* --- where to ----------------------------------------------------------------------------- */

bool tr_row_freed_before(const struct tr_core *core, int station, int64_t at)
{
    const struct row *row = &queue_seen(core, station)->row;
    return row->freed > 0 && row->freed_at[0] <= at;
}

/* The last one in the row went away at @at, or the first one did and all moved up. */
static void gone(struct tr_core *core, int station, int64_t at, bool head, bool guess)
{
    struct station *st = &core->stations[station];
    if (st->waits_n == 0) {
        return;
    }
    const int who = head ? 0 : st->waits_n - 1;
    if (st->waits_n > 1 && guess) {
        st->waits[who].accurate = false;
    }
    const struct closing left = {
        .at = at, .outcome = TR_OUTCOME_ABANDONED, .by = TR_BY_SENSOR, .reason = TR_REASON_LEFT};
    tr_wait_close(core, station, who, &left);
}

/* Nothing but the row is there: who leaves it at its head is served. */
static void left_row(struct tr_core *core, int station, int64_t at, bool guess)
{
    const struct departure *head = tr_row_head_left(core, station, at);
    if (core->stations[station].waits_n > 0 && head != NULL) {
        tr_queue_answer(core, station, 0, head->at, TR_BY_SENSOR);
        tr_row_forget_head(core, station, head);
    } else {
        gone(core, station, at, false, guess);
    }
}

/* Whoever stood here until now stands further up since then. */
static bool moved_up(const struct tr_core *core, int station, int i)
{
    const struct row *row = &queue_seen(core, station)->row;
    const int64_t since = row->places[i].since;
    for (int j = i - 1; j >= 0 && j >= i - 2; j--) {
        const struct place *before = &row->places[j];
        if (before->on && before->since >= since - STEP_NS && before->since <= since + STEP_NS) {
            return true;
        }
    }
    return false;
}

static void place_freed(struct tr_core *core, int station, int i)
{
    const struct tr_queue_plan *plan = queue_plan(core, station);
    struct row *row = row_of(core, station);
    struct place *p = &row->places[i];
    p->stands = false;
    const bool up = moved_up(core, station, i);
    /* Who stood here may have stepped up to a place where it is not certain yet. */
    for (int j = i - 1; j >= 0 && j >= i - 2; j--) {
        struct place *before = &row->places[j];
        if (before->on && !before->stands && before->since >= p->since - STEP_NS &&
            before->since <= p->since + STEP_NS) {
            before->stands = true;
            before->came = before->since;
            break;
        }
    }
    const bool counts = tr_row_alone(plan) || !tr_queue_has_join(core, station);
    for (int less = -recount(core, station); less > 0 && counts; less--) {
        if (tr_row_alone(plan)) {
            left_row(core, station, p->since, up);
            paid(core, station);
        } else if (row->owed > 0) {
            row->owed--;
        } else {
            if (row->freed == TR_PLACES_MAX) {
                forget_freed(row, 0);
            }
            row->freed_up[row->freed] = up;
            row->freed_at[row->freed] = p->since;
            row->freed_head[row->freed] = tr_row_head_left(core, station, p->since) != NULL;
            row->freed++;
        }
    }
}

/* The last place of the chain that was left and taken again since @from; TR_NONE. Who
 * came to those behind it was seen to come. */
static int taken_again(const struct tr_core *core, int station, int64_t from)
{
    const struct row *row = &queue_seen(core, station)->row;
    int16_t ignored;
    for (int i = chain_end(core, station, &ignored); i >= 0; i--) {
        const struct place *p = &row->places[i];
        if (p->on && p->stands && p->again && p->since > from) {
            return i;
        }
    }
    return TR_NONE;
}

/* The row is as long as before somebody went: somebody else has come, at the
 * last place; where the row was full, he had waited behind it unseen. */
static void refilled(struct tr_core *core, int station)
{
    struct row *row = row_of(core, station);
    int16_t n;
    int last = chain_end(core, station, &n);
    if (tr_row_alone(queue_plan(core, station))) {
        const struct departure *head = tr_row_head_left(core, station, row->owed_at);
        last = head == NULL ? TR_NONE : taken_again(core, station, head->at);
        if (n < 2 || last == TR_NONE) {
            row->owed = 0;
            return; /* the head only shifted its weight */
        }
        paid(core, station);
        left_row(core, station, head->at, true);
        if (!tr_queue_has_join(core, station)) {
            arrive(core, station, last, false, row->was_full);
            row->places[last].again = false;
        }
        return;
    }
    const int taken = taken_again(core, station, row->owed_at - WALK_NS);
    last = taken != TR_NONE ? taken : last;
    const bool seen = last != TR_NONE && row->places[last].since > row->owed_at - WALK_NS;
    for (; row->owed > 0; row->owed--) {
        if (last != TR_NONE && core->stations[station].waits_n < n) {
            arrive(core, station, last, false, row->was_full || !seen);
            row->places[last].again = false;
        }
    }
}

/* All have moved up already since the first of the owed went, and another came. */
static bool end_taken_again(const struct tr_core *core, int station)
{
    const struct row *row = &queue_seen(core, station)->row;
    const struct departure *head = tr_row_head_left(core, station, row->owed_at);
    int16_t ignored;
    return head != NULL &&
           taken_again(core, station, head->at) == chain_end(core, station, &ignored);
}

/* --- inputs ------------------------------------------------------------------------------ */

static void due_place(struct tr_core *core, int station, int i)
{
    const struct place *p = &row_of(core, station)->places[i];
    if (p->on && !p->stands) {
        stand(core, station, i);
    } else if (!p->on && p->stands) {
        place_freed(core, station, i);
    }
}

void tr_row_input(struct tr_core *core, int station, int i, const struct input *in)
{
    struct row *row = row_of(core, station);
    struct place *p = &row->places[i];
    if (p->on == in->level) {
        return;
    }
    if (p->on != p->stands && in->at - p->since >= queue_plan(core, station)->dwell_ns) {
        due_place(core, station, i);
    }
    if (in->level && p->stands) {
        if (tr_row_head_back(core, station, i) && tr_row_alone(queue_plan(core, station))) {
            paid(core, station);
        }
        p->again = true;
    }
    p->on = in->level;
    p->since = in->at;
    if (p->on) {
        p->on_at = in->at;
        p->found = p->stands ? p->found : in->found;
        return;
    }
    bool head = true;
    for (int j = 0; j < i; j++) {
        head = head && !row->places[j].on && !row->places[j].stands;
    }
    if (!head) {
        return;
    }
    if (row->owed > 0 && tr_row_alone(queue_plan(core, station)) &&
        end_taken_again(core, station)) {
        refilled(core, station);
    }
    tr_row_head_goes(core, station, i, in->at);
    if (p->stands && tr_row_alone(queue_plan(core, station)) && row->chain > 1) {
        owe(core, station);
    }
}

void tr_row_lost(struct tr_core *core, int station, int i)
{
    struct place *p = &row_of(core, station)->places[i];
    struct station *st = &core->stations[station];
    /* Whoever it saw come may be nobody, or be served without being seen to go. */
    for (int w = 0; w < st->waits_n && !tr_queue_has_join(core, station); w++) {
        st->waits[w].accurate = false;
    }
    p->on = false;
    p->stands = false;
    (void)recount(core, station);
    tr_core_touch(core, station);
}

/* --- time ---------------------------------------------------------------------------------- */

static int64_t place_deadline(const struct tr_core *core, int station, int i)
{
    const struct place *p = &queue_seen(core, station)->row.places[i];
    if (p->on == p->stands) {
        return NS_NEVER;
    }
    const struct tr_sensor *s = place_sensor(core, station, i);
    return p->since + queue_plan(core, station)->dwell_ns + (p->on ? s->release_ns : s->press_ns);
}

/* All have moved up, and the last place came free or was taken anew. */
static int64_t owed_deadline(const struct row *row)
{
    return row->owed > 0 ? row->owed_at + MOVED_UP_NS + WALK_NS + STEP_NS * row->chain : NS_NEVER;
}

static int64_t freed_deadline(const struct row *row)
{
    return row->freed > 0 ? row->freed_at[0] + 2 * WALK_NS : NS_NEVER;
}

int64_t tr_row_deadline(const struct tr_core *core, int station)
{
    const struct row *row = &queue_seen(core, station)->row;
    int64_t at = tr_min_i64(owed_deadline(row), freed_deadline(row));
    for (int i = 0; i < queue_plan(core, station)->places_n; i++) {
        at = tr_min_i64(at, place_deadline(core, station, i));
    }
    return at;
}

void tr_row_due(struct tr_core *core, int station, int64_t now)
{
    for (;;) {
        int due = TR_NONE;
        int64_t at = NS_NEVER;
        for (int i = 0; i < queue_plan(core, station)->places_n; i++) {
            const int64_t d = place_deadline(core, station, i);
            if (d <= now && d < at) {
                at = d;
                due = i;
            }
        }
        if (due == TR_NONE) {
            break;
        }
        due_place(core, station, due);
    }
}

void tr_row_settle(struct tr_core *core, int station, int64_t now)
{
    struct row *row = row_of(core, station);
    if (owed_deadline(row) <= now) {
        refilled(core, station);
    }
    while (freed_deadline(row) <= now) {
        const bool head = row->freed_head[0];
        gone(core, station, row->freed_at[0], head, head || row->freed_up[0]);
        forget_freed(row, 0);
    }
}
