/**
 * @file daemon.h
 * thirdringd's inside: one loop, one thread of ours (Paho has its own), one
 * struct. Each turn: drain all edges, step, local outputs and live messages at
 * once, the journal's transaction, and only then what was committed goes to
 * the broker.
 */
#ifndef TR_DAEMON_DAEMON_H
#define TR_DAEMON_DAEMON_H

#include <systemd/sd-event.h>

#include "base/calendar.h"
#include "codec/wire.h"
#include "config/config.h"
#include "daemon/answer.h"
#include "gpio/gpio.h"
#include "journal/journal.h"
#include "mqtt/mqtt.h"
#include "output/output.h"
#include "thirdring/core.h"

enum { TR_DAEMON_SETS_MAX = 32, TR_READ_MAX = 256 };

/** What must be said anew on each retained topic, and when it last was. */
struct tr_board {
    bool info;
    bool input[TR_SENSORS_MAX];
    bool health[TR_SENSORS_MAX];
    bool output[TR_OUTPUTS_MAX];
    bool station[TR_STATIONS_MAX];
    bool metrics[TR_STATIONS_MAX];
    bool alert[TR_RULE_COUNT][TR_SENSORS_MAX]; /**< by tr_core_alert()'s index */
    int64_t station_at[TR_STATIONS_MAX];       /**< CLOCK_MONOTONIC ns: not before */
    int64_t again_at[TR_STATIONS_MAX];         /**< and not after; 0: never said */
    int64_t metrics_at;
    bool online;       /**< "online" was said since the connection began */
    bool online_again; /**< and must be said again, for it was refused */
    bool refused_online, refused_state, refused_device; /**< since the last metrics interval */
    bool refused_told, refused_record_told;             /**< since the connection began */
    bool any;                                           /**< something above may be set */
    bool leaving;                /**< the last words: outputs are off, whatever the core wants */
    bool blocked;                /**< the broker takes no more state just now */
    bool unit;                   /**< the unit's own metrics are due */
    uint64_t outbox_sent;        /**< newest record handed to Paho */
    int64_t records_due;         /**< CLOCK_MONOTONIC ns: none before */
    int64_t backfill_due;        /**< CLOCK_MONOTONIC ns: the next old record not before */
    int64_t backfill_at;         /**< when one waits for that; INT64_MAX: none does */
    uint64_t connects;           /**< since the start */
    int64_t connected_store;     /**< store ns when this connection began */
    bool driven[TR_OUTPUTS_MAX]; /**< what the outputs really are */
};

/** Home Assistant's device, and when to say it. */
struct tr_discovery {
    bool due;
    int64_t at;         /**< CLOCK_MONOTONIC ns: not before */
    int64_t not_before; /**< another `online` is not heard before */
    bool removed;       /**< entities that left were named once, so that they go */
};

/** What the broker keeps of a configuration that is no longer in force. */
struct tr_sweep {
    struct tr_config *known; /**< that configuration; NULL: nothing to take back */
    char hash[17];           /**< its */
    int next;                /**< of tr_wire_retained() */
    int asked;               /**< taken back, not yet acknowledged */
    bool all;                /**< everything was asked for */
};

/** A line in a walk test. */
struct tr_walk_line {
    bool any;
    struct tr_mono last, window; /**< its newest edge; when the present second began */
    uint32_t shown, skipped;     /**< edges in that second; edges that could not be shown */
};

/** The walk test that is on. */
struct tr_walk {
    int64_t until;       /**< CLOCK_MONOTONIC ns; 0: none is on */
    struct tr_mono from; /**< store time: from here on nobody watched */
    struct tr_walk_line line[TR_SENSORS_MAX];
};

enum { TR_PRAISE_MAX = 8, TR_PRAISE_JSON_MAX = 1024 };

/** Good news that was not yet said, oldest first. */
struct tr_praise {
    int n;
    char json[TR_PRAISE_MAX][TR_PRAISE_JSON_MAX];
};

enum { TR_TOLD_MAX = 2 };

/** What was told last, so that it is not told at every attempt; two sentences
 *  may take turns where two ends of a connection race. */
struct tr_told {
    char text[TR_TOLD_MAX][TR_MQTT_ERROR_MAX];
    int next;
};

struct tr_daemon {
    /* given */
    const char *config_file;
    const char *sets[TR_DAEMON_SETS_MAX + 1];
    int sets_n;
    bool exit_at_end;
    /* opened */
    struct tr_config *cfg;
    struct tr_core *core;
    struct tr_effects *effects;
    struct tr_gpio *gpio;
    struct tr_player *player;
    struct tr_journal *journal;
    struct tr_mqtt *mqtt;                /**< NULL: no broker configured */
    struct tr_mqtt_options mqtt_options; /**< a copy that outlives a reload */
    sd_event *event;
    sd_event_source *timer, *gpio_source, *mqtt_source;
    /* the timeline: store time = source time + offset */
    int64_t offset_ns;
    char boot[TR_JOURNAL_BOOT_MAX];
    int64_t wall_offset_ms;
    bool synced;
    bool has_calendar;
    bool absent; /**< back from an absence, and the calendar not yet told since */
    struct tr_mono absent_from;
    int64_t boundary_ns; /**< store ns of the next calendar moment */
    /* the turn */
    int64_t now_ns;    /**< CLOCK_MONOTONIC, read once a turn */
    int64_t seen_at;   /**< CLOCK_MONOTONIC ns: tell the journal by then that we still watch */
    int64_t commit_at; /**< CLOCK_MONOTONIC ns; INT64_MAX: nothing to commit */
    int64_t prune_at;
    int64_t watchdog_ns, watchdog_at;
    bool status_stale;
    int64_t status_at;
    int64_t clock_at;         /**< when to look at the wall clock again */
    bool journal_lost;        /**< the one before was damaged: its numbers must not come again */
    bool journal_ill;         /**< told once, until it is well again */
    struct tr_told no_broker; /**< why there is none; forgotten when there is one */
    struct tr_told complaint; /**< of the adapter */
    int64_t dropped_told_at;  /**< CLOCK_MONOTONIC ns: messages that were dropped */
    bool trace_ended, finished, replaying, stopping;
    bool senseless;     /**< the core could make nothing of the newest command */
    int64_t give_up_at; /**< --exit-at-end: not longer than this for the broker */
    int exit_code;
    struct tr_board board;
    struct tr_discovery discovery;
    struct tr_sweep sweep;
    struct tr_walk walk;
    struct tr_praise praise;
    int64_t began_ns;                    /**< CLOCK_MONOTONIC at the start */
    uint64_t commands, commands_refused; /**< since then */
    struct tr_mono settled; /**< store time up to which this turn has read every edge */
    struct tr_answers answers;
    char payload[TR_JSON_INFO_MAX];
};

/* --- daemon.c -------------------------------------------------------------------- */

/** Open everything. Logs why not. @return 0 or an exit code (sysexits.h). */
int tr_daemon_open(struct tr_daemon *d);
/** Run until told to stop. @return the exit code. */
int tr_daemon_run(struct tr_daemon *d);
/** Say goodbye, silence the outputs, close. */
void tr_daemon_close(struct tr_daemon *d);
/** Load the configuration; log all that is wrong. @return 0 or an exit code. */
int tr_daemon_config(const struct tr_daemon *d, struct tr_config **ret);
/** Leave the loop after this turn. */
void tr_daemon_stop(struct tr_daemon *d, int code);
/** (Re)open the gpio source of @p cfg from source time @p resume_ns. @return 0 or an exit code. */
int tr_daemon_open_gpio(struct tr_daemon *d, const struct tr_config *cfg, int64_t resume_ns);
struct tr_player *tr_daemon_new_player(struct tr_daemon *d, const struct tr_plan *plan);
/** The journal was damaged in operation: aside with it, begin anew. @return 0 or an exit code. */
int tr_daemon_reopen_journal(struct tr_daemon *d);
/** The source is gone: say so, try to open it again until it is back. */
void tr_daemon_lost_gpio(struct tr_daemon *d, int why);
int tr_daemon_open_mqtt(struct tr_daemon *d);
void tr_daemon_close_mqtt(struct tr_daemon *d);

/* --- turn.c ------------------------------------------------------------------------ */

/** One whole turn of the loop; sets the next wake-up. */
void tr_daemon_turn(struct tr_daemon *d);
/** Fold an event (times in store ns) and act on its effects. */
void tr_daemon_step(struct tr_daemon *d, const struct tr_event *ev);
/** Act on d->effects [from, to): their indices are of d->cfg's plan. */
void tr_daemon_act(struct tr_daemon *d, size_t from, size_t to);
/** Ping the watchdog, tell the status: only after a whole turn. */
void tr_daemon_alive(struct tr_daemon *d);
/** Put the tail and commit. @return 0 or -errno. */
int tr_daemon_write(struct tr_daemon *d);
/** Catch up with the present, then commit. @return 0 or -errno (told). */
int tr_daemon_commit(struct tr_daemon *d);

/* --- timeline.c --------------------------------------------------------------------- */

int64_t tr_daemon_monotonic(void);
/** Store time now. */
struct tr_mono tr_daemon_store_now(const struct tr_daemon *d);
/** CLOCK_MONOTONIC ns of a store time. */
int64_t tr_daemon_when(const struct tr_daemon *d, struct tr_mono at);
/** Unix ms at store time 0, by the source's or the machine's clock. */
int64_t tr_daemon_read_wall(const struct tr_daemon *d, bool *ret_synced);
/** Identity of this boot (or trace). */
void tr_daemon_read_boot(struct tr_daemon *d);
/** Tell the core how the calendar stands. */
void tr_daemon_calendar_begin(struct tr_daemon *d);
/** Tell the calendar moments up to @p until. */
void tr_daemon_calendar(struct tr_daemon *d, struct tr_mono until);
/** Opening time of the @p down_ns before @p at; -1: as the core believes. */
int64_t tr_daemon_open_ns(const struct tr_daemon *d, struct tr_mono at, int64_t down_ns);
/** A trace's own absence: what its calendar would have said comes after it. */
void tr_daemon_return(struct tr_daemon *d, struct tr_event *restart);
/** A trace's own clock was set at @p at: what hours it is by now. */
void tr_daemon_clock_set(struct tr_daemon *d, struct tr_mono at);
/** Tell the core of the wall clock if it changed. */
void tr_daemon_clock(struct tr_daemon *d, bool first);

/* --- recover.c ---------------------------------------------------------------------- */

/** Where the source must begin so that nothing is counted twice. */
int64_t tr_daemon_resume_ns(struct tr_daemon *d, struct tr_journal_tail *ret_tail);
/** Bring the core to where the journal ends, then to the present. @return 0 or an exit code. */
int tr_daemon_recover(struct tr_daemon *d, const struct tr_journal_tail *tail);
/** Drive the lamps as the core believes them lit (after the outputs were reset). */
void tr_daemon_light_lamps(struct tr_daemon *d);
/** The configuration of that hash: the one in use, or (then the caller's) as the journal
 *  kept it; NULL: not to be had. */
struct tr_config *tr_daemon_config_of(struct tr_daemon *d, const char *hash);
/** Keep a configuration's text in the journal, under its hash. @return false: no memory. */
bool tr_daemon_keep_plan(struct tr_daemon *d, const struct tr_config *cfg);
/** Store a snapshot of the core as it is. */
void tr_daemon_snapshot(struct tr_daemon *d);

/* --- board.c ------------------------------------------------------------------------- */

/** Everything must be said anew (connected, refresh). */
void tr_board_refresh(struct tr_daemon *d);
/** Send what is due, as far as the broker takes it. */
void tr_board_pump(struct tr_daemon *d);
/** Live news of one effect, gone if nobody listens. */
void tr_board_news(struct tr_daemon *d, const struct tr_effect *e);
/** An input changed: each change is said, as long as the broker takes it. */
void tr_board_input(struct tr_daemon *d, int sensor);
/** @return CLOCK_MONOTONIC ns when the board wants to be pumped; INT64_MAX. */
int64_t tr_board_deadline(const struct tr_daemon *d);
/** The last words: figures, then "offline". */
void tr_board_farewell(struct tr_daemon *d);
/** Hand one message to Paho. @return 0 sent (or, with token 0, for ever unsendable: told);
 *  -EAGAIN, -ENOTCONN: later; with a token any -errno. */
int tr_board_send(struct tr_daemon *d, const struct tr_wire_message *m, uint64_t token);
/** What the unit speaks by. */
struct tr_wire tr_board_wire(const struct tr_daemon *d);

/** Token of "online". */
#define TR_ONLINE_TOKEN (UINT64_MAX - 2)

/* --- notes.c -------------------------------------------------------------------------- */

/** Take the adapter's notes. */
void tr_board_notes(struct tr_daemon *d);

/* --- records.c ------------------------------------------------------------------------ */

/** Hand over what the journal holds for the broker, in order: what was made while it was
 *  away at mqtt.backfill_per_s and in half of the window, so that what is true now always
 *  finds room. */
void tr_records_pump(struct tr_daemon *d);
/** The broker has it, or refuses it for good (@p why). */
void tr_records_settle(struct tr_daemon *d, uint64_t seq, const char *why);

/* --- discovery.c ------------------------------------------------------------------------ */

/** Token of the device. */
#define TR_DEVICE_TOKEN (UINT64_MAX - 3)

/** Say Home Assistant's device, if it is due. @return false: the broker takes no more now. */
bool tr_discovery_pump(struct tr_daemon *d);
/** Home Assistant began anew? Then the device is said again, after a moment that differs
 *  from unit to unit. @return whether the message was its. */
bool tr_discovery_hear(struct tr_daemon *d, const struct tr_mqtt_message *msg);

/* --- sweep.c ------------------------------------------------------------------------------ */

/** Token of a message that takes something back. */
#define TR_SWEEP_TOKEN UINT64_MAX

/** A connection, or a configuration, is new: is there something to take back? */
void tr_sweep_begin(struct tr_daemon *d);
/** Empty what the configuration in force does not fill. @return false: no more now. */
bool tr_sweep_pump(struct tr_daemon *d);
/** One was acknowledged (or refused: told). */
void tr_sweep_settle(struct tr_daemon *d);
/** Forget it: the connection ended. */
void tr_sweep_end(struct tr_daemon *d);

/* --- command.c ------------------------------------------------------------------------- */

/** A message on cmd/<name>. */
void tr_daemon_command(struct tr_daemon *d, const struct tr_mqtt_message *msg);
/** Tell when a flood of commands is over. */
void tr_commands_tick(struct tr_daemon *d);
/** @return CLOCK_MONOTONIC ns when that is due; INT64_MAX. */
int64_t tr_commands_deadline(const struct tr_daemon *d);

/* --- answer.c ---------------------------------------------------------------------------- */

/** Answer @p msg, now or when there is room; @p error as for tr_json_response().
 *  @return false: not on the response topic it names, which is none to speak on. */
bool tr_answer(struct tr_daemon *d, const char *name, const struct tr_mqtt_message *msg,
               const char *error);
/** Token of an answer. */
#define TR_ANSWER_TOKEN (UINT64_MAX - 1)

/** One was acknowledged or refused. */
void tr_answer_settle(const struct tr_mqtt_note *note);
/** Send the answers that wait. @return false: the broker takes no more now. */
bool tr_answers_pump(struct tr_daemon *d);
/** Another broker is not to have them. */
void tr_answers_forget(struct tr_daemon *d);

/* --- praise.c ------------------------------------------------------------------------------ */

/** Praise what an effect tells, if it is worth it. */
void tr_praise_add(struct tr_daemon *d, const struct tr_effect *e);
/** Say it. @return false: the broker takes no more now. */
bool tr_praise_pump(struct tr_daemon *d);

/* --- walktest.c --------------------------------------------------------------------------- */

bool tr_walktest_on(const struct tr_daemon *d);
/** From now on lines are shown, raw and at once, and counted as nothing. @return NULL or why not. */
const char *tr_walktest_begin(struct tr_daemon *d, int32_t seconds);
/** The shop is watched again, as after an absence. */
void tr_walktest_end(struct tr_daemon *d);
/** End it when its time is over. */
void tr_walktest_tick(struct tr_daemon *d);
/** An event of the source, in store time. @return true: it was the walk test's. */
bool tr_walktest_take(struct tr_daemon *d, const struct tr_event *ev);

/* --- reload.c ---------------------------------------------------------------------------- */

/** SIGHUP: a good file takes over, a bad one is told and changes nothing. */
void tr_daemon_reload(struct tr_daemon *d);
/** Swap plan and core, now: @p core is zeroed, d->cfg becomes @p next. */
void tr_daemon_swap_core(struct tr_daemon *d, struct tr_config *next, struct tr_core *core);

/* --- off.c ---------------------------------------------------------------------------------- */

/** Drive every output of the configuration off and let go of it; for after a kill. @return an exit code. */
int tr_daemon_outputs_off(const struct tr_daemon *d);

/* --- log.c ---------------------------------------------------------------------------------- */

void tr_log_level(enum tr_log_level level);
/** One line a person reads; to the journal with its level, else to stderr. */
void tr_log(enum tr_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
