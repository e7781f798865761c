/**
 * @file core_private.h
 * The core's inside: one struct, and the seams between its modules.
 *
 * Three rules keep replay equal to live. Deadlines live in one flat array and
 * fire in time order; at equal times stations and health go before the
 * conditioning, so that its decision meets the same state as the stored input
 * does later. Evidence carries the edge's time, decisions the
 * deadline's. Nothing depends on how often TICK comes.
 */
#ifndef TR_CORE_PRIVATE_H
#define TR_CORE_PRIVATE_H

#include "core/core_state.h"

/* --- core.c ----------------------------------------------------------------- */

/* Set a timer; NS_NEVER disarms it. */
void tr_core_arm(struct tr_core *core, int timer, int64_t at);
/* Append an effect; its u is zeroed. */
struct tr_effect *tr_core_emit(struct tr_core *core, enum tr_effect_kind kind, int64_t at);
void tr_core_news(struct tr_core *core, int station, enum tr_news news, uint64_t open_seq,
                  int64_t value, int64_t at);
void tr_core_reject(struct tr_core *core, enum tr_reject why, const struct tr_event *ev);
/* Give a logical event its sequence and have it stored. */
uint64_t tr_core_log(struct tr_core *core, const struct tr_event *ev);
static_assert(TR_STATIONS_MAX <= 32, "core->stale has a bit for each station");
static inline void tr_core_touch(struct tr_core *core, int station)
{
    core->stale |= UINT32_C(1) << station;
}
/* Room for one more bounded piece of work in this call? */
static inline bool tr_core_room(const struct tr_core *core)
{
    return core->out->n + TR_EFFECTS_RESERVE <= TR_EFFECTS_MAX;
}
/* Tell what changed since the last flush: lamps, then states. */
void tr_core_flush(struct tr_core *core, int64_t at);
int64_t tr_core_wall_ms(const struct tr_core *core, int64_t at);

/* --- routes.c ------------------------------------------------------------------ */

void tr_routes_build(struct tr_core *core);
/* Hand a conditioned input to everything that uses its sensor. */
void tr_routes_dispatch(struct tr_core *core, const struct input *in);
/* Does this station depend on the sensor (directly or through a gate)? */
bool tr_routes_uses(const struct tr_core *core, int station, int sensor);

/* --- sensor.c, sensor_health.c, gate.c ------------------------------------------ */

void tr_sensor_edge(struct tr_core *core, const struct tr_event *ev);
void tr_sensor_due(struct tr_core *core, int sensor, int64_t now);
/* What follows from logical events alone: stuck, silent, lost edges forgiven. */
void tr_sensor_health_due(struct tr_core *core, int sensor, int64_t now);
void tr_sensor_gap(struct tr_core *core, int sensor, int64_t lost, int64_t now);
void tr_sensor_accept(struct tr_core *core, const struct tr_event *ev);
void tr_sensor_health(struct tr_core *core, const struct tr_event *ev);
/* Set its timers by its state. */
void tr_sensor_rearm(struct tr_core *core, int sensor);
void tr_sensor_reset(struct tr_core *core, int sensor);
/* Drop what is half seen: nothing that the journal knows. */
void tr_sensor_forget(struct tr_core *core, int sensor);
/* Nobody watched: forget the level too if @p forget. tr_sensor_tell() follows. */
void tr_sensor_restart(struct tr_core *core, int sensor, bool forget);
/* Carried over into this plan, which may judge it otherwise. tr_sensor_tell() follows. */
void tr_sensor_replanned(struct tr_core *core, int sensor);
/* Bring its health in line with what is known, and tell. */
void tr_sensor_tell(struct tr_core *core, int sensor);
/* Its level changed: that heals, and is where all waiting for a change begins anew. */
void tr_sensor_changed(struct tr_core *core, int sensor, int64_t at);
/* The shop opened or closed: silence counts in opening hours only. */
void tr_sensor_hours(struct tr_core *core, int sensor);
/* One more raw edge. @return whether the line is quarantined. */
bool tr_sensor_storm(struct tr_core *core, int sensor);
/* Set the timer of what follows from logical events. */
void tr_sensor_arm_health(struct tr_core *core, int sensor);

/* Is what this sensor says not to be believed (stuck, silent, storming)? TR_NONE: no. */
bool tr_sensor_faulty(const struct tr_core *core, int sensor);
/* Others saw what this sensor should have seen, and it said nothing: stuck off; or it spoke. */
void tr_sensor_suspect(struct tr_core *core, int sensor, bool stuck_off, int64_t now);

void tr_gate_input(struct tr_core *core, int gate, const struct input *in);
void tr_gate_reset(struct tr_core *core, int gate);
/* One of its beams is not to be believed: the walk under way is none. */
void tr_gate_lost(struct tr_core *core, int gate);

/* --- sight.c: how much is seen (RULES 1 and 2) -------------------------------- */

/* Is what this sensor, or one beam of this gate, says not to be believed? */
bool tr_sight_source_faulty(const struct tr_core *core, const struct tr_source *source);
/* A sensor's health changed: bring the stations that depend on it in line. */
void tr_sight_sensor(struct tr_core *core, int sensor, int64_t now);
/* Bring a station's measuring in line with its sensors; blind ends what is open. */
void tr_sight_update(struct tr_core *core, int station, int64_t now);
/* Account opening time up to @until, before hours, measuring or the day change. */
void tr_sight_account(struct tr_core *core, int station, int64_t until);
/* The first logical event: from now on there is something to see. */
void tr_sight_begin(struct tr_core *core);
/* A blind station's newcomers: seen to come, and nothing more. */
void tr_sight_newcomers(struct tr_core *core, int station);
/* The business day begins; its opening time since @from was not seen. */
void tr_sight_day(struct tr_core *core, int64_t from);
/* Nobody watched from @seen until now; open_ns of it was opening time (-1: as it stands). */
void tr_sight_absence(struct tr_core *core, int64_t seen, int64_t open_ns);

/* --- wait.c: what all stations share -------------------------------------------- */

/* Open a wait; NULL never (a full station ends its oldest as unknown first). */
struct wait *tr_wait_open(struct tr_core *core, int station, int64_t opened, bool found);
/* How a wait ends. */
struct closing {
    int64_t at;
    enum tr_outcome outcome;
    enum tr_by by;
    enum tr_reason reason;
};
/* Count a wait that ended, remove it from the open ones, tell the news. The
 * caller's copy in *ret (may be NULL) goes to tr_wait_record() when all is
 * known: at once, or when the service ends. */
void tr_wait_settle(struct tr_core *core, int station, int index, const struct closing *how,
                    struct wait *ret);
/* Emit the record: ended = NS_NEVER where no service was sensed. */
void tr_wait_record(struct tr_core *core, int station, const struct wait *wait,
                    const struct closing *how, int64_t ended, int position);
/* Settle and record at once: nothing follows the wait. */
void tr_wait_close(struct tr_core *core, int station, int index, const struct closing *how);
/* Somebody who went out has left, as of then. */
void tr_wait_end_left(struct tr_core *core, int station, int index);
/* When the first of those who are away went out, and who; NS_NEVER. */
int64_t tr_wait_away_since(const struct station *st, int *ret);
/* End all that are open: unknown as of @at, or abandoned where they had gone out. */
void tr_wait_end_all(struct tr_core *core, int station, int64_t at, enum tr_reason reason);
/* Index of the open wait with this sequence, or TR_NONE. */
int tr_wait_find(const struct station *st, uint64_t open_seq);
/* Earliest give_up or ladder deadline of the open waits. */
int64_t tr_wait_deadline(const struct tr_core *core, int station);
/* End those that gave up by now. */
void tr_wait_expire(struct tr_core *core, int station, int64_t now);
/* Level of one wait at a time (not counting provisional service). */
enum tr_level tr_wait_level(const struct tr_core *core, int station, const struct wait *w,
                            int64_t at);
/* Next time its level changes by itself, NS_NEVER. */
int64_t tr_wait_level_change(const struct tr_core *core, int station, const struct wait *w,
                             int64_t after);

/* --- target.c -------------------------------------------------------------------- */

const struct tr_target *tr_target_now(const struct tr_core *core, int station);
/* Hours and daypart as they were at the moment of an edge, which may have been
 * decided after they changed. */
bool tr_target_open_at(const struct tr_core *core, int64_t at);
int16_t tr_target_daypart_at(const struct tr_core *core, int64_t at);
const struct tr_target *tr_target_at(const struct tr_core *core, int station, int64_t at);
/* Rings heard by a wait of this length in the plan's cadence (DESIGN §2). */
int32_t tr_target_rings(const struct tr_plan *plan, int64_t wait_ns);
enum tr_verdict tr_target_verdict(const struct tr_station *plan, const struct wait *w,
                                  enum tr_outcome outcome, int64_t wait_ns);

/* --- stations: input, due, and how many are provisionally served ---------------------- */

void tr_greeting_crossing(struct tr_core *core, int station, bool in, bool found, int64_t at);
void tr_greeting_input(struct tr_core *core, int station, enum role role, const struct input *in);
void tr_greeting_due(struct tr_core *core, int station, int64_t now);
int64_t tr_greeting_deadline(const struct tr_core *core, int station);
void tr_greeting_void(struct tr_core *core, int station, int64_t at);

void tr_queue_crossing(struct tr_core *core, int station, bool leave, bool in, bool found,
                       int64_t at);
void tr_queue_input(struct tr_core *core, int station, const struct route *route,
                    const struct input *in);
void tr_queue_due(struct tr_core *core, int station, int64_t now);
int64_t tr_queue_deadline(const struct tr_core *core, int station);
/* Which waits stand apart now: call after every change. */
void tr_queue_mark(struct tr_core *core, int station);
enum tr_measuring tr_queue_measuring(const struct tr_core *core, int station);
/* A sensor of it turned faulty: what it last said is no evidence any more. */
void tr_queue_lost(struct tr_core *core, int station, int sensor, int64_t now);
/* Account staffed, busy and idle time up to @until. */
void tr_queue_account(struct tr_core *core, int station, int64_t until);
int tr_queue_staffed(const struct tr_core *core, int station); /* -1: no sensor says */
void tr_queue_day(struct tr_core *core, int station);
void tr_queue_set_count(struct tr_core *core, int station, int32_t people, int64_t at);
int tr_queue_in_service(const struct tr_core *core, int station);
void tr_queue_end(struct tr_core *core, int station);
/* Nobody watched since @from: every level is read anew, from nobody anywhere. */
void tr_queue_unseen(struct tr_core *core, int station, int64_t from);
/* Its places are others: count who stands there, without anybody having come or gone. */
void tr_row_replanned(struct tr_core *core, int station);

void tr_call_input(struct tr_core *core, int station, enum role role, const struct input *in);
void tr_call_due(struct tr_core *core, int station, int64_t now);
int64_t tr_call_deadline(const struct tr_core *core, int station);

void tr_phone_input(struct tr_core *core, int station, const struct route *route,
                    const struct input *in);
void tr_phone_due(struct tr_core *core, int station, int64_t now);
int64_t tr_phone_deadline(const struct tr_core *core, int station);
void tr_phone_resume(struct tr_core *core, int station, int64_t now);
void tr_phone_lost(struct tr_core *core, int station, int sensor, int64_t now);
int tr_phone_in_service(const struct tr_core *core, int station);
void tr_phone_end(struct tr_core *core, int station);

void tr_feedback_input(struct tr_core *core, int station, int button, const struct input *in);
void tr_feedback_due(struct tr_core *core, int station, int64_t now);
/* Decide the vote under way, if there is one, now. */
void tr_feedback_decide(struct tr_core *core, int station);
void tr_feedback_day(struct tr_core *core, int station);
/* What a new plan's panel takes over of the old one's: its sums, no vote under way. */
void tr_feedback_carry(struct feedback *to, const struct feedback *from);
/* A staff panel shows its last whole week, and nothing else. */
void tr_feedback_week(const struct tr_core *core, int station, struct tr_station_metrics *m);
int64_t tr_feedback_deadline(const struct tr_core *core, int station);

/* --- station.c: by kind ------------------------------------------------------------- */

void tr_station_reset(struct tr_core *core, int station);
void tr_station_due(struct tr_core *core, int station, int64_t now);
void tr_station_rearm(struct tr_core *core, int station);
bool tr_station_busy(const struct tr_core *core, int station);
/* Bring the waits' "apart" in line with what the kind knows. */
void tr_station_mark_apart(struct tr_core *core, int station);
/* The business day begins. */
void tr_station_day(struct tr_core *core, int station);
/* End everything as it stands: waits as unknown, services without an end. */
void tr_station_end(struct tr_core *core, int station, int64_t at, enum tr_reason reason);
/* Evidence was lost: what is open here, waits and services, is not accurate. */
void tr_station_mark(struct tr_core *core, int station);
void tr_station_command(struct tr_core *core, const struct tr_event *ev);

/* --- stats.c ------------------------------------------------------------------------- */

/* Count a wait that ended: @how is final, at its time of closing. */
void tr_stats_count(struct tr_core *core, int station, const struct wait *w,
                    const struct closing *how, enum tr_verdict verdict);
void tr_stats_left(struct station *st, uint64_t open_seq, int64_t at);
/* Of the waits closed since @from, as far as "ended" reaches, and of those still open at
 * @at and past their target already: missed, whatever comes. The lengths of the answered
 * ones go to @waits (ENDED_MAX of them; may be NULL). */
struct tally tr_stats_since(const struct tr_core *core, int station, int64_t from, int64_t at,
                            double *waits);

/* --- alert.c --------------------------------------------------------------------------- */

void tr_alert_init(struct tr_core *core);
void tr_alert_reset(struct tr_core *core, int station);
/* The windows anew from "ended": after a snapshot, or under another plan. */
void tr_alert_recount(struct tr_core *core, int station);
/* A wait is about to be counted as ended. */
void tr_alert_settling(struct tr_core *core, int station, enum tr_verdict verdict);
/* An object leaves the plan: what stands of it ends. */
void tr_alert_end(struct tr_core *core, int station, int64_t now);
void tr_alert_end_sensor(struct tr_core *core, int sensor, int64_t now);
/* Alerts of sensors that have been well for long enough. */
void tr_alert_faults_due(struct tr_core *core, int64_t now);
void tr_alert_faults_rearm(struct tr_core *core);
/* A sensor's health changed. */
void tr_alert_sensor(struct tr_core *core, int sensor, int64_t now);
/* Nobody watched since then. */
void tr_alert_offline(struct tr_core *core, int64_t since, int64_t now);
/* Bring a station's alerts in line with its waits as of now. */
void tr_alert_update(struct tr_core *core, int station, int64_t now);
int64_t tr_alert_deadline(const struct tr_core *core, int station);
void tr_alert_ack(struct tr_core *core, int station, int64_t now);
/* The fault of one sensor alone; TR_NONE: the absence. */
void tr_alert_ack_fault(struct tr_core *core, int sensor, int64_t now);
/* Stop a station's sound (mute). */
void tr_alert_hush(struct tr_core *core, int station, int64_t now);
void tr_alert_lamps(struct tr_core *core, int64_t now);

#endif
