/**
 * @file wire.h
 * The topics of DESIGN §6, and what is said on each. Pure: it writes messages,
 * somebody else sends them.
 */
#ifndef TR_CODEC_WIRE_H
#define TR_CODEC_WIRE_H

#include "codec/json.h"

enum { TR_WIRE_TOPIC_MAX = 256, TR_WIRE_EXPIRY_S = 30, TR_WIRE_PRAISE_WAITS = 10 };

/** One message, ready to go. */
struct tr_wire_message {
    char topic[TR_WIRE_TOPIC_MAX];
    char *payload; /**< the caller's buffer; not NUL-terminated on purpose of length */
    size_t cap;    /**< of payload */
    size_t n;
    int qos;
    bool retain;
    uint32_t expiry_s; /**< MQTT 5; 0: none */
    bool json;         /**< content type application/json, else plain text */
};

/** Where a unit speaks. */
struct tr_wire {
    const struct tr_plan *plan; /**< borrowed */
    const char *base;           /**< borrowed */
};

/*
 * Every writer fills *ret (payload and cap are the caller's) and returns 1; 0
 * where there is nothing to say; -ENOBUFS.
 */

/** Write "<base>/<site>/<unit>/<rest>". */
void tr_wire_topic(const struct tr_wire *wire, const char *rest, char ret[TR_WIRE_TOPIC_MAX]);

int tr_wire_availability(const struct tr_wire *wire, bool online, struct tr_wire_message *ret);
int tr_wire_info(const struct tr_wire *wire, const struct tr_info *info,
                 struct tr_wire_message *ret);
/** @return 0 for a staff panel's button, as tr_wire_news() does: that is not published. */
int tr_wire_input(const struct tr_wire *wire, const struct tr_core *core, int sensor,
                  struct tr_wire_message *ret);
int tr_wire_health(const struct tr_wire *wire, const struct tr_core *core, int sensor,
                   struct tr_wire_message *ret);
/** output/<id>/state: lamps as the core has them lit, a buzzer as @p sounding; with @p core
 *  NULL either as @p sounding. */
int tr_wire_output(const struct tr_wire *wire, const struct tr_core *core, int output,
                   bool sounding, struct tr_wire_message *ret);
int tr_wire_station(const struct tr_wire *wire, const struct tr_core *core, int station,
                    struct tr_mono at, struct tr_wire_message *ret);
int tr_wire_metrics(const struct tr_wire *wire, struct tr_core *core, int station,
                    struct tr_mono at, struct tr_wire_message *ret);
int tr_wire_unit(const struct tr_wire *wire, const struct tr_unit_metrics *metrics,
                 struct tr_wire_message *ret);
/** @p index as tr_core_alert() takes it. One that was never raised is cleared.
 *  @return 0 where the plan has no such alert. */
int tr_wire_alert(const struct tr_wire *wire, const struct tr_core *core, enum tr_alert_rule rule,
                  int index, struct tr_wire_message *ret);
/** @return the index of what an alert is about: see tr_core_alert(). */
int tr_wire_alert_index(const struct tr_alert_record *alert);

/** Write the @p index-th topic on which this plan's unit leaves something retained (Home
 *  Assistant's apart). @return false behind the last. */
bool tr_wire_retained(const struct tr_wire *wire, int index, char ret[TR_WIRE_TOPIC_MAX]);

/** The live news of an effect: NEWS, SOUND, and STORE of an INPUT. */
int tr_wire_news(const struct tr_wire *wire, const struct tr_core *core,
                 const struct tr_effect *effect, struct tr_wire_message *ret);

/** praise: the news of a streak of kept promises, QoS 1, of TR_WIRE_PRAISE_WAITS at least
 *  (RULES 24). @return 0 for every other effect. */
int tr_wire_praise(const struct tr_wire *wire, const struct tr_core *core,
                   const struct tr_effect *effect, struct tr_wire_message *ret);

/** event/edge/<sensor>: a raw edge of a walk test, after @p skipped that could not be
 *  shown. @return 0 for a staff panel's button. */
int tr_wire_edge(const struct tr_wire *wire, const struct tr_event *edge, uint32_t skipped,
                 struct tr_wire_message *ret);

/** journal/<kind>: the record as stored, marked if it is back-fill. */
int tr_wire_record(const struct tr_wire *wire, const char *kind, const char *json, bool hist,
                   struct tr_wire_message *ret);

#endif
