/** @file json_private.h What the encoders of src/codec share. */
#ifndef TR_CODEC_JSON_PRIVATE_H
#define TR_CODEC_JSON_PRIVATE_H

#include "codec/json.h"
#include "codec/jsonw.h"

/** A word of a name table; NULL, which is written as null, for what is not in it. */
#define TR_JSON_WORD(table, value)                                                                 \
    ((size_t)(value) < sizeof(table) / sizeof((table)[0]) ? (table)[value] : NULL)

/** Ids by index; NULL for what the plan does not have. */
const char *tr_json_station_id(const struct tr_plan *plan, int station);
/** As tr_json_station_id(), for sensors. */
const char *tr_json_sensor_id(const struct tr_plan *plan, int sensor);

/** '{' and the payload's version. */
static inline void tr_json_begin(struct tr_jsonw *w)
{
    tr_jsonw_open(w, '{');
    tr_jsonw_key(w, "v");
    tr_jsonw_uint(w, 1);
}

static inline void tr_json_seconds_or_null(struct tr_jsonw *w, int64_t ns, bool known)
{
    if (known) {
        tr_jsonw_seconds(w, ns);
    } else {
        tr_jsonw_null(w);
    }
}

static inline void tr_json_id_or_null(struct tr_jsonw *w, const struct tr_plan *plan, uint64_t seq)
{
    if (seq != 0) {
        tr_jsonw_id(w, plan->unit, seq);
    } else {
        tr_jsonw_null(w);
    }
}

#endif
