/**
 * @file commissioning.h
 * The record of a walk test: what an installer touched and what was seen of it.
 * Filled by the command line's walk test, written as JSON here, printed there.
 */
#ifndef TR_CODEC_COMMISSIONING_H
#define TR_CODEC_COMMISSIONING_H

#include <stddef.h>

#include "thirdring/plan.h"
#include "thirdring/time.h"

enum {
    TR_BOUNCE_BUCKETS = 12,
    TR_FINDINGS_MAX = 256,
    TR_FINDING_TEXT = 200,
    TR_FINDING_ADVICE = 400,
    TR_COMMISSIONING_MAX = 512 * 1024 /**< enough for any record */
};

/** Upper limits of the buckets of a bounce histogram. */
extern const int64_t tr_bounce_limit_ns[TR_BOUNCE_BUCKETS];

enum tr_commission_result {
    TR_COMMISSION_NOT_TESTED, /**< it was never asked for */
    TR_COMMISSION_SKIPPED,    /**< asked for, and passed over */
    TR_COMMISSION_GOOD,
    TR_COMMISSION_INVERTED, /**< active at rest */
    TR_COMMISSION_CROSSED,  /**< another input answered instead */
    TR_COMMISSION_DEAD,     /**< nothing came */
    TR_COMMISSION_STUCK,    /**< active, and stayed so: a cut cable reads like this */
    TR_COMMISSION_ONE_WAY,  /**< it went and did not come back */
    TR_COMMISSION_UNSTEADY, /**< it hums or flaps */
    TR_COMMISSION_SWAPPED,  /**< a gate: the inner beam broke first */
    TR_COMMISSION_SEEN,     /**< an output: the installer saw it */
    TR_COMMISSION_NOT_SEEN, /**< an output: the installer did not */
    TR_COMMISSION_UNASKED,  /**< an output: it was driven and nobody answered */
    TR_COMMISSION_RESULT_COUNT
};
extern const char *const tr_commission_result_name[TR_COMMISSION_RESULT_COUNT];

struct tr_commission_input {
    enum tr_commission_result result;
    int16_t instead; /**< CROSSED: the sensor that answered; else TR_NONE */
    int8_t at_rest;  /**< level before anybody touched it; -1: not known */
    bool went, back; /**< away from rest, and to it again */
    uint32_t actuations, edges, lost, bounces, spikes;
    uint32_t histogram[TR_BOUNCE_BUCKETS];
    int64_t longest_ns;     /**< the longest bounce; 0: none seen */
    int64_t suggested_ns;   /**< debounce; 0: no bounce to judge by */
    int64_t configured_ns;  /**< the shorter of press and release */
    int32_t unsteady_per_s; /**< changes a second, where UNSTEADY */
};

struct tr_commission_gate {
    enum tr_commission_result result;
    int64_t transit_ns; /**< from outer to inner; negative where inner came first */
    bool outer, inner;  /**< seen */
};

struct tr_commission_output {
    enum tr_commission_result result;
    bool by_option; /**< SEEN because --yes said so beforehand */
};

enum tr_finding_severity { TR_FINDING_FAULT, TR_FINDING_ADVICE_ONLY };

struct tr_finding {
    enum tr_finding_severity severity;
    const char *code;        /**< one word */
    char subject[TR_ID_MAX]; /**< id of a sensor, gate or output; empty: the whole */
    char text[TR_FINDING_TEXT];
    char advice[TR_FINDING_ADVICE]; /**< what to change, and where */
};

enum tr_commission_verdict {
    TR_COMMISSION_PASS,
    TR_COMMISSION_INCOMPLETE,
    TR_COMMISSION_FAIL,
    TR_COMMISSION_VERDICT_COUNT
};
extern const char *const tr_commission_verdict_name[TR_COMMISSION_VERDICT_COUNT];

/** How the lines were seen. */
enum tr_commission_source {
    TR_COMMISSION_LINES,  /**< opened by the walk test itself */
    TR_COMMISSION_DAEMON, /**< told by thirdringd */
    TR_COMMISSION_TRACE,  /**< a recording: no commissioning at all */
    TR_COMMISSION_SOURCE_COUNT
};
extern const char *const tr_commission_source_name[TR_COMMISSION_SOURCE_COUNT];

struct tr_commissioning {
    const struct tr_plan *plan; /**< borrowed, as are the words */
    const char *by, *version, *config_hash, *chip;
    const char *label; /**< gpio.chip, which tells pins; not written */
    enum tr_commission_source source;
    struct tr_wall at;
    int64_t took_ns;
    enum tr_commission_verdict verdict;
    struct tr_commission_input input[TR_SENSORS_MAX];
    struct tr_commission_gate gate[TR_GATES_MAX];
    struct tr_commission_output output[TR_OUTPUTS_MAX];
    struct tr_finding finding[TR_FINDINGS_MAX];
    int findings_n;
};

/** "GPIO17", "line 17", or "no line". @return @p buf. */
const char *tr_line_text(const struct tr_line *line, char *buf, size_t cap);

/** The record as etc/schema/commissioning.json has it, one line.
 *  @return its length without the NUL, or -ENOBUFS. */
int tr_json_commissioning(const struct tr_commissioning *record, char *buf, size_t cap);

#endif
