/**
 * @file json.h
 * Records to JSON, the wire's and replay's own form (DESIGN §5 and §6), and
 * commands from JSON. Writing needs fixed decimals and no memory allocation,
 * which Jansson does not offer, so writing is src/codec/jsonw.h; reading is
 * Jansson's.
 *
 * Every writer returns the text's length without its NUL, or -ENOBUFS when
 * @p cap is too small. One line, no newline. Times in seconds have three
 * decimals (the sensors' resolution is a millisecond); what is not known is
 * null. Stations and the like are indices into @p plan.
 */
#ifndef TR_CODEC_JSON_H
#define TR_CODEC_JSON_H

#include <stddef.h>

#include "thirdring/core.h"
#include "thirdring/options.h"

enum {
    TR_JSON_MAX = 24576,           /**< enough for anything but info */
    TR_JSON_INFO_MAX = 192 * 1024, /**< enough for info of the largest plan */
    TR_ALERT_ID_MAX = 2 * TR_ID_MAX,
    TR_COMMAND_ERROR_MAX = 256,
    TR_COMMAND_TOPIC_MAX = 256, /**< of an answer's topic, with its NUL */
    TR_RESPONSE_MAX = 4096      /**< enough for any answer */
};

/** The wait record of DESIGN §5, plus "reason". in_target is null where the
 *  wait does not count. */
int tr_json_wait(const struct tr_plan *plan, const struct tr_wait_record *wait, char *buf,
                 size_t cap);
/** {"v":1,"type":"vote","id","seq","site","station","button","score","presses",
 *  "at","mono_ms","wait":id|null,"wait_station","clock","daypart"} */
int tr_json_vote(const struct tr_plan *plan, const struct tr_vote_record *vote, char *buf,
                 size_t cap);
/** {"v":1,"type":"alert","id","seq","site","alert","rule","station","sensor",
 *  "state","acked","level","since","at","mono_ms","clock"}. Of an alert that was never
 *  raised (seq 0) id, since, at, mono_ms and clock are null. */
int tr_json_alert(const struct tr_plan *plan, const struct tr_alert_record *alert, char *buf,
                  size_t cap);

/** Append "hist":true to an encoded record in place, once.
 *  @return the new length; -ENOBUFS; -EINVAL: not an encoded record. */
int tr_json_add_hist(char *json, size_t cap);

/** Topic and id of an alert: <station>-<rule>, sensor-<id>, or offline. */
void tr_alert_id(const struct tr_plan *plan, const struct tr_alert_record *alert,
                 char ret[TR_ALERT_ID_MAX]);

/** station/<id>/state: flat, numeric but for "measuring". Keys documented in etc/schema/. */
int tr_json_station_state(const struct tr_plan *plan, int station,
                          const struct tr_station_state *state, char *buf, size_t cap);
/** station/<id>/metrics: numeric, cumulative; flat but for "dayparts". */
int tr_json_station_metrics(const struct tr_plan *plan, int station,
                            const struct tr_station_metrics *metrics, char *buf, size_t cap);

/** event/<kind>/<id> for TR_EFFECT_NEWS: {"v":1,"event_type","station","kind",
 *  "at","wait"} and the news's own figure (see enum tr_news). */
int tr_json_news(const struct tr_plan *plan, const struct tr_effect *effect, struct tr_wall at,
                 char *buf, size_t cap);
/** event/edge/<sensor id>, in a walk test: {"v":1,"event_type":"edge","sensor",
 *  "level":"ON"|"OFF","mono_ms","skipped"}: as the line was read, not conditioned;
 *  "skipped" edges before it could not be shown. */
int tr_json_edge_event(const struct tr_plan *plan, const struct tr_event *edge, uint32_t skipped,
                       char *buf, size_t cap);
/** event/input/<sensor id>: {"v":1,"event_type":"press"|"release","sensor",
 *  "type","at"}. */
int tr_json_input_event(const struct tr_plan *plan, int sensor, bool level, struct tr_wall at,
                        char *buf, size_t cap);
/** event/sound/<output id>: {"v":1,"event_type":"rings"|...|"silence",
 *  "output","station","bursts","at"}. */
int tr_json_sound_event(const struct tr_plan *plan, const struct tr_effect *effect,
                        struct tr_wall at, char *buf, size_t cap);

/** What topic info says. */
struct tr_info {
    const char *version, *config_hash, *boot_id, *gpio;
    int64_t metrics_interval_ns; /**< how often figures are said; 0: not regularly */
    int schema;
};
int tr_json_info(const struct tr_plan *plan, const struct tr_info *info, char *buf, size_t cap);

/** How the unit itself fares: what waits for the broker, what was lost, and since when it runs. */
struct tr_unit_metrics {
    uint64_t outbox, dead_letters;
    uint64_t lost, lost_inputs; /**< as struct tr_journal_stats has them */
    int64_t journal_bytes;
    int64_t written_bytes;               /**< to disk, since the start */
    uint64_t edges_lost;                 /**< over all sensors, in the journal's life */
    uint64_t connects;                   /**< to the broker, since the start */
    uint64_t commands, commands_refused; /**< since the start */
    int64_t uptime_ns;
    struct tr_wall at; /**< now */
    bool synced;       /**< the wall clock is */
};
int tr_json_unit_metrics(const struct tr_unit_metrics *metrics, char *buf, size_t cap);

/**
 * A command's payload to a command: the inverse of the wire. An empty payload
 * is {}. Unknown and repeated keys are refused. Keys by command ("id", which
 * the answer repeats, is allowed in each):
 *
 *     ack          "station", or "alert" (an alert's id; a station's stands for the station)
 *     mute         "seconds" 0..86400, 0 ends it; "station", else all
 *     void         "station"
 *     set_count    "station", "count" 0..TR_WAITS_MAX
 *     test_output  "output"; "ms" 1..60000, else 1000
 *     walktest     "seconds" 0..3600, 0 ends it, else 60
 *     refresh      nothing
 *
 * @param reterr On failure: one sentence, TR_COMMAND_ERROR_MAX bytes, as
 *               tr_command_plain() makes them.
 * @return 0; -ENOENT no such command, station or output; -EINVAL.
 */
int tr_command_from_json(const struct tr_plan *plan, const char *name, const char *json, size_t n,
                         struct tr_command *ret, char *reterr);

/**
 * The answer on rsp/<name>: {"v":1,"command","ok","error","id"}.
 *
 * @param request  The command's payload of @p n bytes, as received: where it
 *                 has a string "id", the answer repeats it.
 * @param error    NULL: obeyed; else one sentence.
 */
int tr_json_response(const char *name, const char *request, size_t n, const char *error, char *buf,
                     size_t cap);

/** A stranger's @p n bytes as they may stand in a line of a log: whole characters, as many as
 *  fit in @p cap with a NUL; "?" for a control character and for what is not UTF-8. */
void tr_command_plain(const char *text, size_t n, char *ret, size_t cap);

/**
 * May an answer go where the asker wants it (MQTT 5's response topic)? Not where
 * that would be taken for something we say ourselves, nor where a broker ends the
 * connection of who tries: "$" topics, wildcards, bad text, hundreds of levels.
 *
 * @param base       Nothing at or below it, but for @p own's "rsp/...".
 * @param own        "<base>/<site>/<unit>".
 * @param discovery  Nothing at or below it; NULL: no discovery.
 */
bool tr_command_may_answer(const char *topic, const char *base, const char *own,
                           const char *discovery);

/** RFC 3339 UTC with ms: "2026-03-02T09:00:00.000Z". 25 bytes with the NUL.
 *  Outside the years 0 to 9999 it is the nearest moment inside. */
void tr_rfc3339(struct tr_wall at, char ret[25]);

#endif
