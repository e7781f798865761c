/**
 * @file keys.h
 * Short spellings for the rows of the tables in table*.c; nothing else
 * includes it. Each table sets STRUCT to the struct its offsets are of.
 */
#ifndef TR_CONFIG_KEYS_H
#define TR_CONFIG_KEYS_H

#include "config/internal.h"
#include "thirdring/time.h"

#define AT(field) .offset = offsetof(STRUCT, field), .size = sizeof(((const STRUCT *)NULL)->field)

#define NEEDED      .flags = TR_CFG_NEEDED
#define CONDITIONAL .flags = TR_CFG_CONDITIONAL

#define ID(n, field, text)                                                                         \
    {                                                                                              \
        .name = n, .type = TR_CFG_ID, AT(field), NEEDED, .about = text                             \
    }
#define STRING(n, field, text)                                                                     \
    {                                                                                              \
        .name = n, .type = TR_CFG_STRING, AT(field), .about = text                                 \
    }
#define FILENAME(n, field, text)                                                                   \
    {                                                                                              \
        .name = n, .type = TR_CFG_FILE, AT(field), .about = text                                   \
    }
#define BOOL(n, field, text)                                                                       \
    {                                                                                              \
        .name = n, .type = TR_CFG_BOOL, AT(field), .about = text                                   \
    }
#define INT(n, field, u, lo, hi, text)                                                             \
    {                                                                                              \
        .name = n, .type = TR_CFG_INT, AT(field), .unit = u, .min = lo, .max = hi, .about = text   \
    }
#define FLOAT(n, field, u, lo, hi, text)                                                           \
    {                                                                                              \
        .name = n, .type = TR_CFG_FLOAT, AT(field), .unit = u, .min = lo, .max = hi, .about = text \
    }

#define BOOL_OF(k, n, field, text)                                                                 \
    {                                                                                              \
        .name = n, .type = TR_CFG_BOOL, AT(field), .variants = k, .about = text                    \
    }
#define INT_OF(k, n, field, u, lo, hi, text)                                                       \
    {                                                                                              \
        .name = n, .type = TR_CFG_INT, AT(field), .variants = k, .unit = u, .min = lo, .max = hi,  \
        .about = text                                                                              \
    }

#define SCALED(n, field, u, per, lo, hi, ...)                                                      \
    {                                                                                              \
        .name = n, .type = TR_CFG_SCALED, AT(field), .unit = u, .scale = per, .min = lo,           \
        .max = hi, __VA_ARGS__                                                                     \
    }
/* Durations, all kept in ns. The rest are further members: .about at least. */
#define SECONDS(n, field, lo, hi, ...) SCALED(n, field, "s", TR_NS_PER_S, lo, hi, __VA_ARGS__)
#define MILLIS(n, field, lo, hi, ...)  SCALED(n, field, "ms", TR_NS_PER_MS, lo, hi, __VA_ARGS__)
#define MINUTES(n, field, lo, hi, ...)                                                             \
    SCALED(n, field, "min", 60 * TR_NS_PER_S, lo, hi, __VA_ARGS__)

#define ENUM(n, field, names, count, ...)                                                          \
    {                                                                                              \
        .name = n, .type = TR_CFG_ENUM, AT(field), .words = names, .words_n = count, __VA_ARGS__   \
    }
#define CLOCK(n, field, ...)                                                                       \
    {                                                                                              \
        .name = n, .type = TR_CFG_CLOCK, AT(field), __VA_ARGS__                                    \
    }
#define SENSOR(n, field, fits, ...)                                                                \
    {                                                                                              \
        .name = n, .type = TR_CFG_REF, AT(field), .ref = TR_CFG_REF_SENSOR, .types = fits,         \
        __VA_ARGS__                                                                                \
    }
#define SOURCE(n, field, fits, ...)                                                                \
    {                                                                                              \
        .name = n, .type = TR_CFG_SOURCE, AT(field), .types = fits, __VA_ARGS__                    \
    }
#define LAMP(n, field, text)                                                                       \
    {                                                                                              \
        .name = n, .type = TR_CFG_REF, AT(field), .ref = TR_CFG_REF_OUTPUT,                        \
        .types = 1U << TR_OUTPUT_LAMP, .about = text                                               \
    }
#define GROUP(n, field, table, text)                                                               \
    {                                                                                              \
        .name = n, .type = TR_CFG_GROUP, AT(field), .sub = &(table), .about = text                 \
    }
#define LIST(n, field, table, most, ...)                                                           \
    {                                                                                              \
        .name = n, .type = TR_CFG_LIST, .offset = offsetof(STRUCT, field),                         \
        .size = sizeof(((const STRUCT *)NULL)->field[0]), .count = offsetof(STRUCT, field##_n),    \
        .max_n = most, .sub = &(table), __VA_ARGS__                                                \
    }
#define REFS(n, field, sort, fits, most, ...)                                                      \
    {                                                                                              \
        .name = n, .type = TR_CFG_REFS, .offset = offsetof(STRUCT, field),                         \
        .count = offsetof(STRUCT, field##_n), .max_n = most, .ref = sort, .types = fits,           \
        __VA_ARGS__                                                                                \
    }

#define KEYS(array) .keys = (array), .keys_n = (int)(sizeof(array) / sizeof((array)[0]))

/* Sensor types that fit a role. */
enum {
    IS_CONTACT = 1 << TR_SENSOR_CONTACT,
    IS_BEAM = 1 << TR_SENSOR_BEAM,
    IS_BUTTON = 1 << TR_SENSOR_BUTTON,
    IS_PRESENCE = 1 << TR_SENSOR_PRESENCE,
    IS_RING = 1 << TR_SENSOR_RING,
    IS_HOOK = 1 << TR_SENSOR_HOOK,
    IS_STAFF = 1 << TR_SENSOR_STAFF,
    IS_KEY = IS_BUTTON | IS_CONTACT,
    IS_PASSAGE = IS_BEAM | IS_CONTACT | IS_PRESENCE
};

#endif
