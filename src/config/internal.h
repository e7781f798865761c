/**
 * @file internal.h
 * Private to src/config: the typed table of every setting, and what the parts
 * of the reader share. The table drives parsing, the canonical text, the
 * manual's reference and the words of the errors.
 */
#ifndef TR_CONFIG_INTERNAL_H
#define TR_CONFIG_INTERNAL_H

#include <libconfig.h>
#include <stddef.h>
#include <stdio.h>

#include "config/config.h"

/** How a value is written, checked and kept. */
enum tr_cfg_type {
    TR_CFG_STRING,   /**< char[size] */
    TR_CFG_ID,       /**< char[TR_ID_MAX]: [a-z0-9_-]{1,31} */
    TR_CFG_ZONE,     /**< char[size]: an IANA time zone */
    TR_CFG_FILE,     /**< char[size]: an absolute path or a TR_CFG_CREDENTIAL, whose value is never
                          shown in errors */
    TR_CFG_REFUSED,  /**< not stored: @c about says what to do instead */
    TR_CFG_LINE,     /**< struct tr_line: name or offset */
    TR_CFG_BOOL,     /**< bool */
    TR_CFG_SWITCH,   /**< bool spelled as one of two words: words[0] false, words[1] true */
    TR_CFG_ENUM,     /**< an enum, by words[] */
    TR_CFG_WORDS,    /**< bool[words_n]: a list of words */
    TR_CFG_INT,      /**< int32_t */
    TR_CFG_FLOAT,    /**< double */
    TR_CFG_SCALED,   /**< int64_t = value * scale, e.g. seconds kept as ns */
    TR_CFG_CLOCK,    /**< int16_t minutes, "HH:MM" */
    TR_CFG_DATE,     /**< int32_t yyyymmdd, "YYYY-MM-DD" */
    TR_CFG_DAYS,     /**< uint8_t bits, "mon-sat" or "mon,wed" */
    TR_CFG_REF,      /**< int16_t index of an object named by its id */
    TR_CFG_REFS,     /**< int16_t[max_n] and a count */
    TR_CFG_SOURCE,   /**< struct tr_source: a gate or a sensor */
    TR_CFG_GROUP,    /**< { } of @c sub, fields relative to the same struct plus offset */
    TR_CFG_LIST,     /**< ( { } ... ) of @c sub, elements of @c size bytes, and a count */
    TR_CFG_DAYPARTS, /**< ( { id, target } ... ) in struct tr_station.daypart_target */
    TR_CFG_TYPE_COUNT
};

/** Begins the name of a file that systemd provides. */
#define TR_CFG_CREDENTIAL "credential:"

enum tr_cfg_ref {
    TR_CFG_REF_SENSOR,
    TR_CFG_REF_GATE,
    TR_CFG_REF_OUTPUT,
    TR_CFG_REF_STATION,
    TR_CFG_REF_DAYPART,
    TR_CFG_REF_COUNT
};

enum {
    TR_CFG_NEEDED = 1,     /**< missing or empty is an error */
    TR_CFG_SECRET = 2,     /**< never shown in an error, masked when printing */
    TR_CFG_SHORTHAND = 4,  /**< sets its field and the next; not part of the canonical text */
    TR_CFG_CONDITIONAL = 8 /**< the default depends on other settings: @c about says how */
};

struct tr_cfg_ctx;
struct tr_cfg_table;

/** One setting. Unused members are zero. */
struct tr_cfg_key {
    const char *name;
    enum tr_cfg_type type;
    unsigned flags;
    size_t offset; /**< into the struct of the table */
    size_t size;   /**< bytes of a string, or of a list's element */
    size_t count;  /**< offset of the int16_t count of a list */
    int max_n;     /**< entries at most */
    const char *unit;
    int64_t scale; /**< SCALED: stored units per written unit */
    double min, max;
    const char *const *words;
    int words_n;
    enum tr_cfg_ref ref;
    unsigned types;    /**< REF: bits of the sensor or output types that fit; 0: any */
    unsigned variants; /**< bits of the station kinds or types that have it; 0: all */
    const struct tr_cfg_table *sub;
    const char *about; /**< one or two sentences for the manual */
};

/** The settings of one group or of one element of a list. */
struct tr_cfg_table {
    const char *what; /**< "station": an element, in messages */
    const struct tr_cfg_key *keys;
    int keys_n;
    /** Defaults of an element, @p variant by the variant key, else 0; of a group: what its
     *  presence alone changes. NULL: none. */
    void (*init)(void *elem, int variant);
    /** Cross-checks once every key was read. NULL: none. */
    void (*finish)(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem);
    /** true: this key is not part of the canonical text now. NULL: none. */
    bool (*omit)(const struct tr_cfg_key *key, const void *elem);
    const char *variant; /**< name of the ENUM key that selects the variant, or NULL */
};

/** Where a line of the flattened text came from. */
struct tr_cfg_origin {
    int file;
    unsigned line;
};

/** A configuration with its includes in place. */
struct tr_cfg_text {
    char *text;
    size_t len;
    char (*files)[TR_PATH_MAX];
    int files_n;
    struct tr_cfg_origin *origin; /**< of line i + 1 */
    size_t lines;
};

struct tr_cfg_found {
    struct tr_config_error e;
    int file;   /**< index in text.files, for the order; -1: an override */
    size_t seq; /**< keeps equals in the order found */
};

struct tr_cfg_ctx {
    struct tr_config *cfg;
    struct tr_cfg_text text;
    config_t tree;
    struct tr_cfg_found *found;
    size_t found_n, found_cap;
    bool nomem;
};

/* --- table.c, table_station.c, table_options.c -------------------------- */

/** The top level: every section, offsets into struct tr_config. */
extern const struct tr_cfg_table tr_cfg_top;
extern const struct tr_cfg_table tr_cfg_station;
extern const struct tr_cfg_table tr_cfg_target;
extern const struct tr_cfg_table tr_cfg_daypart_target;
extern const struct tr_cfg_table tr_cfg_gpio;
extern const struct tr_cfg_table tr_cfg_mqtt;
extern const struct tr_cfg_table tr_cfg_journal;
extern const struct tr_cfg_table tr_cfg_log;
extern const struct tr_cfg_table tr_cfg_alerts;

/** An element of TR_CFG_DAYPARTS while it is read or printed. */
struct tr_cfg_daypart {
    int16_t daypart;
    struct tr_target target;
};

/** Set @p cfg to what an empty file means. */
void tr_cfg_defaults(struct tr_config *cfg);

/* --- check.c, check_station.c: cross-checks, see tr_cfg_table.finish ------ */

/** @return whether @p key stands in the group and is not empty, even where its
 *  value was already complained about. */
bool tr_cfg_given(const config_setting_t *at, const char *key);

void tr_cfg_finish_top(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem);
void tr_cfg_finish_holiday(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem);
void tr_cfg_finish_gate(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem);
void tr_cfg_finish_target(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem);
void tr_cfg_finish_position(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem);
void tr_cfg_finish_station(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem);
void tr_cfg_finish_alerts(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem);
void tr_cfg_finish_quiet(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem);
void tr_cfg_finish_mqtt(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem);
void tr_cfg_finish_journal(struct tr_cfg_ctx *ctx, config_setting_t *at, void *elem);

/* --- text.c ----------------------------------------------------------------- */

/**
 * Read @p file (or take @p text) and put every included file in its place.
 * Integers too long for 32 bits get libconfig's L, without which libconfig 1.5
 * wraps them silently. A file that cannot be included, or a number beyond 64
 * bits, is an error in @p ctx.
 *
 * @return 0; -EINVAL: see the errors; -ENOMEM; or -errno of @p file itself.
 */
int tr_cfg_text_read(struct tr_cfg_ctx *ctx, const char *file, const char *text);
void tr_cfg_text_free(struct tr_cfg_text *text);

/* --- error.c ---------------------------------------------------------------- */

/**
 * Record a complaint about @p at, or about its member or would-be member @p key
 * (NULL: @p at itself).
 */
__attribute__((format(printf, 4, 5))) void tr_cfg_fail(struct tr_cfg_ctx *ctx,
                                                       const config_setting_t *at, const char *key,
                                                       const char *fmt, ...);

/** As tr_cfg_fail(), for a place that has no setting. @p file is an index of
 *  ctx->text.files, or -1 with @p name as the file's name. */
__attribute__((format(printf, 6, 7))) void tr_cfg_fail_at(struct tr_cfg_ctx *ctx, int file,
                                                          const char *name, unsigned line,
                                                          const char *path, const char *fmt, ...);

/** Write the path of @p at, e.g. stations.tills.target. @return its length. */
size_t tr_cfg_path(const config_setting_t *at, char *buf, size_t cap);

/** A text assembled piece by piece; "..." stands for what does not fit. */
struct tr_cfg_words {
    char s[200];
    size_t n;
    bool full;
};
__attribute__((format(printf, 2, 3))) void tr_cfg_add(struct tr_cfg_words *w, const char *fmt, ...);

/** The nearest of several names, by edit distance. Begin with {.given = ...}. */
struct tr_cfg_near {
    const char *given;
    char best[TR_NAME_MAX];
    unsigned distance;
};
void tr_cfg_near_add(struct tr_cfg_near *near, const char *name);
/** @return true if the best is near enough to be meant. */
bool tr_cfg_near_found(const struct tr_cfg_near *near);

/** Describe the value of @p at, e.g. "a list" or 5 or "abc". @return @p buf. */
const char *tr_cfg_show(const config_setting_t *at, char *buf, size_t cap);

/* --- value.c, refs.c -------------------------------------------------------- */

/** Read @p at into base + key->offset, or complain. */
void tr_cfg_read_value(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                       void *base);
void tr_cfg_read_ref(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                     void *base);
/** @return the id of object @p i of a sort, or NULL beyond the last. */
const char *tr_cfg_ref_id(const struct tr_config *cfg, enum tr_cfg_ref ref, int i);
/** @return 0 if @p zone exists, else -EINVAL with the nearest in @p near. */
int tr_cfg_zone_check(const char *zone, struct tr_cfg_near *near);
/** Range of a numeric key in words, e.g. "1 to 100 %". @return @p buf. */
const char *tr_cfg_range(const struct tr_cfg_key *key, char *buf, size_t cap);

/* --- parse.c ------------------------------------------------------------------ */

/** Read the group @p at into @p base; unknown and missing keys are errors.
 *  @param variant  of the element, -1: not known (its own keys go unchecked). */
void tr_cfg_read_group(struct tr_cfg_ctx *ctx, const struct tr_cfg_table *table,
                       config_setting_t *at, void *base, int variant);

/** @return whether @p key exists in @p variant. */
bool tr_cfg_in_variant(const struct tr_cfg_key *key, int variant);

/** @return the variant of @p elem, 0 for a table without. */
int tr_cfg_variant(const struct tr_cfg_table *table, const void *elem);

/* --- sets.c ------------------------------------------------------------------- */

/** Apply overrides to ctx->tree. Complains in @p ctx of paths that lead nowhere. */
void tr_cfg_apply_sets(struct tr_cfg_ctx *ctx, const char *const *sets);

/** @return the override that set @p at or a group around it, or NULL. */
const char *tr_cfg_set_of(const config_setting_t *at);

/* --- print.c -------------------------------------------------------------------- */

/** Shortest decimal that reads back as the same stored value. @return @p buf. */
const char *tr_cfg_decimal(double stored, double scale, char *buf, size_t cap);

/** Print one value as libconfig text. */
void tr_cfg_print_value(FILE *to, const struct tr_config *cfg, const struct tr_cfg_key *key,
                        const void *base);

#endif
