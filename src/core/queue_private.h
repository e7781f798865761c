/**
 * @file queue_private.h
 * The parts of a queue: its line (queue.c), its positions
 * (queue_position.c), the beam between them (queue_serve.c), its row of places
 * (queue_places.c) with its head (queue_head.c), and what is wrong with the
 * count (queue_watch.c).
 */
#ifndef TR_QUEUE_PRIVATE_H
#define TR_QUEUE_PRIVATE_H

#include "core/core_private.h"

static inline const struct tr_queue_plan *queue_plan(const struct tr_core *core, int station)
{
    return &core->plan->stations[station].u.queue;
}
static inline struct queue *queue_of(struct tr_core *core, int station)
{
    return &core->stations[station].u.queue;
}
static inline const struct queue *queue_seen(const struct tr_core *core, int station)
{
    return &core->stations[station].u.queue;
}

/* --- queue.c ------------------------------------------------------------------ */

/* Does a join sensor tell who comes? Else the row of places does. */
bool tr_queue_has_join(const struct tr_core *core, int station);
/* A gate and nothing else: who comes out was served (RULES 10). */
bool tr_queue_is_room(const struct tr_queue_plan *plan);
/* Who would be served at this position by somebody who came at @at; TR_NONE.
 * Those already apart are passed over if @free_only. */
int tr_queue_pick(const struct tr_core *core, int station, int position, int64_t at,
                  bool free_only);
/* Nothing but the row says who comes, and it says who goes to this position. */
bool tr_queue_seen_to_walk(const struct tr_core *core, int station, int position);
void tr_queue_leave_late(struct tr_core *core, int station);
/* A place of somebody who waits, served now: settled, recorded at once. */
void tr_queue_answer(struct tr_core *core, int station, int index, int64_t at, enum tr_by by);
/* Somebody was served who had not been seen to join. */
void tr_queue_missed_join(struct tr_core *core, int station, int64_t at);

/* --- queue_position.c ----------------------------------------------------------- */

int64_t tr_position_deadline(const struct tr_core *core, int station, int i);
void tr_position_due(struct tr_core *core, int station, int i);
void tr_position_input(struct tr_core *core, int station, int i, const struct input *in);
void tr_position_next(struct tr_core *core, int station, int i, int64_t at);
/* A ticket was drawn: a position that is ready calls it. */
void tr_queue_ticket_drawn(struct tr_core *core, int station, uint64_t open_seq);
/* The sensor there cannot be believed: what it began has no end. */
void tr_position_lost(struct tr_core *core, int station, int i);

/* --- queue_serve.c --------------------------------------------------------------- */

/* The serve beam: whoever has waited longest goes to the counter. */
void tr_queue_serve(struct tr_core *core, int station, int64_t at);
/* The oldest of those who went through it comes here. @return whether there was one. */
bool tr_queue_take_called(struct tr_core *core, int station, struct position *p);
/* When the oldest of those on their way is given up; NS_NEVER. */
int64_t tr_queue_called_deadline(const struct tr_core *core, int station);
void tr_queue_called_due(struct tr_core *core, int station);

/* --- queue_places.c --------------------------------------------------------------- */

void tr_row_input(struct tr_core *core, int station, int i, const struct input *in);
int64_t tr_row_deadline(const struct tr_core *core, int station);
void tr_row_due(struct tr_core *core, int station, int64_t now);
/* Whoever went and is at no position by now has left; whoever is missed has come. */
void tr_row_settle(struct tr_core *core, int station, int64_t now);
/* Somebody went from the line to a position. */
void tr_row_departed(struct tr_core *core, int station);
/* Somebody went from the row before @at, and nobody knows yet where to? */
bool tr_row_freed_before(const struct tr_core *core, int station, int64_t at);
void tr_row_lost(struct tr_core *core, int station, int i);
bool tr_row_empty(const struct tr_core *core, int station);
int tr_row_working(const struct tr_core *core, int station);

/* Is its sensor to be believed? */
bool tr_row_works(const struct tr_core *core, int station, int i);
/* Nothing but the row is there: who leaves it at its head is served. */
static inline bool tr_row_alone(const struct tr_queue_plan *plan)
{
    return plan->positions_n == 0 && plan->serve == TR_NONE;
}

/* --- queue_head.c ----------------------------------------------------------------- */

#define STEP_NS     (5 * TR_NS_PER_S / 2) /* one step forward takes less */
#define WALK_NS     (10 * TR_NS_PER_S)    /* so does the way to a position, until it is certain */
#define MOVED_UP_NS (3 * TR_NS_PER_S)

/* Did the head of the line, who had stood there, go between these moments, early
 * enough to be at a position by the second? */
bool tr_row_head_moved_up(const struct tr_core *core, int station, int64_t from, int64_t to);
void tr_row_forget_head(struct tr_core *core, int station, const struct departure *head);
/* The departure that brought somebody to a position at @at; NULL. */
const struct departure *tr_row_head_for(const struct tr_core *core, int station, int64_t at);
/* Somebody went from place @i, and nobody is before him. */
void tr_row_head_goes(struct tr_core *core, int station, int i, int64_t at);
/* Place @i is taken again. @return whether by the one who had gone from it, who only
 * bent down: he has not gone, then. */
bool tr_row_head_back(struct tr_core *core, int station, int i);
/* Who stood at the head went, long enough before @at for all behind to have moved up; NULL. */
const struct departure *tr_row_head_left(const struct tr_core *core, int station, int64_t at);

/* --- queue_watch.c ----------------------------------------------------------------- */

/* Look whether the count can be right: call after every change. */
void tr_queue_watch(struct tr_core *core, int station, int64_t now);
/* How many really wait, as of the newest tr_queue_mark(). */
int tr_queue_waiting(const struct tr_core *core, int station);
int64_t tr_queue_watch_deadline(const struct tr_core *core, int station);
void tr_queue_watch_due(struct tr_core *core, int station, int64_t now);

#endif
