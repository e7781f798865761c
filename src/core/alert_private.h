/**
 * @file alert_private.h
 * The seams inside the alerts: what a rule wants (alert_rules.c), what is told
 * of it (alert.c), and what is heard (alert_sound.c).
 *
 * When does the service level burn? When the share of missed promises is proven
 * to be above what the objective allows, in a short and in a long window at once:
 * the long one so that it matters, the short one so that it is still going on.
 * Burn rates of large services do not fit a shop (at 80 % the largest possible
 * one is 5), so the share itself is tested, by Wilson's lower bound (95 %), which
 * few waits raise hardly at all. Still, one family must not be a trend: the long
 * window needs min_waits, the short one a third of it, at least three. Those who
 * still wait past their target are missed already, in both. It goes on until the
 * short window's own share, not its bound, is what the objective allows: raised
 * on proof, cleared on recovery, so that one kept promise does not make it
 * chatter. Judged only when a wait ends or grows late, and once a minute while
 * raised.
 */
#ifndef TR_ALERT_PRIVATE_H
#define TR_ALERT_PRIVATE_H

#include "core/core_private.h"

/* What the waits of a station amount to now. */
struct tr_survey {
    enum tr_level now;  /* of the worst; those at a position already left out */
    enum tr_level firm; /* they are counted until it is certain */
    int32_t waiting, waiting_firm;
    int32_t overdue; /* past their target: missed, whatever comes */
    bool urgent;     /* one has become critical since the last survey */
};

/* What a rule wants shown: see struct tr_survey. */
struct tr_wanted {
    enum tr_level now, firm;
};

/* --- alert_rules.c ------------------------------------------------------------------ */

void tr_alert_survey(struct tr_core *core, int station, int64_t now, struct tr_survey *ret);
/* Judge the service level if a wait settled, one grew late, or it is time.
 * @return whether it did. */
bool tr_alert_judge(struct tr_core *core, int station, int32_t overdue, int64_t now);
struct tr_wanted tr_alert_want(const struct tr_core *core, int station, enum tr_alert_rule rule,
                               const struct tr_survey *survey);
/* Does the promise of the last hour hold, those overdue now counted as missed? One
 * that nobody was promised anything in is no reason to be silent: false. */
bool tr_alert_hour_holds(struct tr_core *core, int station, int64_t now);
/* When closing time ends the waits' alerts: NS_NEVER while open. */
int64_t tr_alert_closing(const struct tr_core *core);

/* --- alert_sound.c ------------------------------------------------------------------ */

const struct tr_rung *tr_alert_rung(const struct tr_core *core, enum tr_level level);
/* The rung is new, or a customer on it: its sound, and as many repeats as it may have. */
void tr_sound_begin(struct tr_core *core, int station, int64_t now);
/* The sound again: repeated. */
void tr_sound_again(struct tr_core *core, int station, int64_t now);
/* Somebody seems to be served: silence at once; and it was nobody: what was cut short
 * begins anew, what had ended is repeated when it would have been. */
void tr_sound_interrupt(struct tr_core *core, int station, int64_t now);
void tr_sound_resume(struct tr_core *core, int station, int64_t now);
/* A sound that was not needed when it was due may be needed now. */
void tr_sound_needed(struct tr_core *core, int station, int64_t now);
/* Silence, if it is this station's sound that may still play. */
void tr_sound_hush(struct tr_core *core, int station, int64_t now);
/* Tell what was held back, if it is time. */
void tr_sound_tell_held(struct tr_core *core, int station, int64_t now);

#endif
