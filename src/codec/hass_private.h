/** @file hass_private.h The entities of src/codec/hass*.c: tables of rows, one row for each
 *  entity that every station, sensor or output can have. */
#ifndef TR_CODEC_HASS_PRIVATE_H
#define TR_CODEC_HASS_PRIVATE_H

#include "codec/hass.h"
#include "codec/json_private.h"

/** What an entity is about. */
enum tr_hass_scope {
    TR_HASS_STATION,
    TR_HASS_SENSOR,
    TR_HASS_OUTPUT,
    TR_HASS_UNIT,
    TR_HASS_SCOPE_COUNT
};

enum tr_hass_platform {
    TR_HASS_P_SENSOR,
    TR_HASS_P_BINARY_SENSOR,
    TR_HASS_P_EVENT,
    TR_HASS_P_BUTTON,
    TR_HASS_P_NUMBER,
    TR_HASS_PLATFORM_COUNT
};

/** One object of a plan: @c index is a station, sensor or output; 0 for the unit. */
struct tr_hass_at {
    const struct tr_wire *wire;
    const struct tr_hass *hass;
    int index;
};

enum { TR_HASS_DIAGNOSTIC = 1, TR_HASS_HIDDEN = 2 /**< until somebody enables it */ };

struct tr_hass_row {
    /** With the object's id before it the entity's name for ever: changing one orphans what
     *  people have built on it. No key ends with "_" and another one, so that no two ids can
     *  meet (tests/unit/test_hass.c). */
    const char *key;
    const char *name; /**< after the object's name; for people */
    /** NULL: always. */
    bool (*when)(const struct tr_hass_at *at);
    /** The members that belong to the platform. */
    void (*write)(struct tr_jsonw *w, const struct tr_hass_at *at, const struct tr_hass_row *row);
    enum tr_hass_platform platform;
    unsigned flags;
    /* a sensor's */
    const char *topic; /**< below the object's */
    const char *value; /**< a JSON key; with a space or a dot in it a whole template */
    const char *device_class, *unit, *state_class;
    const char *const *options; /**< ends with NULL */
    /* others' */
    int what; /**< an alert's rule; a command's kind */
    const char *payload;
};

struct tr_hass_table {
    enum tr_hass_scope scope;
    const struct tr_hass_row *rows;
    size_t n;
};

extern const struct tr_hass_table tr_hass_station_table;
/** Of sensors, outputs and the unit. */
extern const struct tr_hass_table tr_hass_thing_tables[3];

/** A JSON payload's member @p of, None where it is missing or the payload is empty. */
#define TR_HASS_GET(of) "(value_json|default({})).get('" of "')"

static inline const struct tr_plan *tr_hass_plan(const struct tr_hass_at *at)
{
    return at->wire->plan;
}

static inline const struct tr_station *tr_hass_station(const struct tr_hass_at *at)
{
    return &at->wire->plan->stations[at->index];
}

/** "<base>/<site>/<unit>/<a>/<b>/<c>"; an empty one is left out. */
void tr_hass_topic_member(struct tr_jsonw *w, const struct tr_hass_at *at, const char *key,
                          const char *a, const char *b, const char *c);

/* Writers of rows. */

/** A figure of station/<id>/<row's topic>, or of the unit's own where the topic is its name. */
void tr_hass_write_figure(struct tr_jsonw *w, const struct tr_hass_at *at,
                          const struct tr_hass_row *row);
/** An alert of rule @c what. */
void tr_hass_write_alert(struct tr_jsonw *w, const struct tr_hass_at *at,
                         const struct tr_hass_row *row);
/** Topic event/@p a/@p b, and the words it may say. */
void tr_hass_write_event(struct tr_jsonw *w, const struct tr_hass_at *at, const char *a,
                         const char *b, const char *const *types, size_t n);
/** A press sends @p payload to the command @c what. */
void tr_hass_write_command(struct tr_jsonw *w, const struct tr_hass_at *at,
                           const struct tr_hass_row *row, const char *payload_key,
                           const char *payload);

#endif
