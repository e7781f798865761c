/* The tree against the table: groups, lists, and the whole file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/internal.h"

bool tr_cfg_in_variant(const struct tr_cfg_key *key, int variant)
{
    return key->variants == 0 || (variant >= 0 && (key->variants & (1U << variant)));
}

static const struct tr_cfg_key *variant_key(const struct tr_cfg_table *table)
{
    for (int i = 0; table->variant != NULL && i < table->keys_n; i++) {
        if (strcmp(table->keys[i].name, table->variant) == 0) {
            return &table->keys[i];
        }
    }
    return NULL;
}

int tr_cfg_variant(const struct tr_cfg_table *table, const void *elem)
{
    const struct tr_cfg_key *key = variant_key(table);
    int variant = 0;
    if (key != NULL) {
        memcpy(&variant, (const char *)elem + key->offset, sizeof(variant));
    }
    return variant;
}

/* A key that exists, but not here: say where it does. */
static bool elsewhere(struct tr_cfg_ctx *ctx, const struct tr_cfg_table *table,
                      config_setting_t *at, int variant)
{
    const struct tr_cfg_key *which = variant_key(table);
    struct tr_cfg_words where = {.s = ""};
    for (int i = 0; which != NULL && i < table->keys_n; i++) {
        const struct tr_cfg_key *key = &table->keys[i];
        if (strcmp(key->name, config_setting_name(at)) != 0) {
            continue;
        }
        for (int v = 0; v < which->words_n; v++) {
            if (tr_cfg_in_variant(key, v)) {
                tr_cfg_add(&where, "%s%s", where.n > 0 ? ", " : "", which->words[v]);
            }
        }
    }
    if (where.n == 0) {
        return false;
    }
    if (variant >= 0) {
        tr_cfg_fail(ctx, at, NULL, "not a setting of a %s %s; it belongs to: %s",
                    which->words[variant], table->what, where.s);
    }
    return true;
}

static void unknown(struct tr_cfg_ctx *ctx, const struct tr_cfg_table *table, config_setting_t *at,
                    int variant)
{
    if (elsewhere(ctx, table, at, variant)) {
        return;
    }
    struct tr_cfg_near near = {.given = config_setting_name(at)};
    struct tr_cfg_words allowed = {.s = ""};
    for (int i = 0; i < table->keys_n; i++) {
        const struct tr_cfg_key *key = &table->keys[i];
        if (key->type == TR_CFG_REFUSED || (variant >= 0 && !tr_cfg_in_variant(key, variant))) {
            continue;
        }
        tr_cfg_near_add(&near, key->name);
        tr_cfg_add(&allowed, "%s%s", i == 0 ? "" : ", ", key->name);
    }
    if (tr_cfg_near_found(&near)) {
        tr_cfg_fail(ctx, at, NULL, "unknown setting; did you mean \"%s\"?", near.best);
    } else {
        tr_cfg_fail(ctx, at, NULL, "unknown setting; allowed: %s", allowed.s);
    }
}

static bool known(const struct tr_cfg_table *table, const char *name, int variant)
{
    for (int i = 0; i < table->keys_n; i++) {
        if (strcmp(table->keys[i].name, name) == 0 && tr_cfg_in_variant(&table->keys[i], variant)) {
            return true;
        }
    }
    return false;
}

/* The list's length if it can be read, capped, else 0 after a complaint. */
static int list_length(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key,
                       const config_setting_t *at)
{
    char found[64];
    int n = config_setting_is_aggregate(at) ? config_setting_length(at) : 0;
    /* "[ ]" is libconfig's empty array, but to a person an empty list. */
    if (!config_setting_is_list(at) && !(config_setting_is_array(at) && n == 0)) {
        tr_cfg_fail(ctx, at, NULL, "found %s; allowed: a list of groups, ( { ... }, { ... } )",
                    tr_cfg_show(at, found, sizeof(found)));
        return 0;
    }
    if (n > key->max_n) {
        tr_cfg_fail(ctx, at, NULL, "found %d entries; allowed: at most %d", n, key->max_n);
        n = key->max_n;
    }
    return n;
}

static bool is_group(struct tr_cfg_ctx *ctx, const config_setting_t *at)
{
    char found[64];
    if (config_setting_is_group(at)) {
        return true;
    }
    tr_cfg_fail(ctx, at, NULL, "found %s; allowed: a group, { ... }",
                tr_cfg_show(at, found, sizeof(found)));
    return false;
}

static void check_unique(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *id, const char *list,
                         const struct tr_cfg_key *key, int i, config_setting_t *at)
{
    const char *mine = list + (size_t)i * key->size + id->offset;
    for (int k = 0; k < i && mine[0] != '\0'; k++) {
        if (strcmp(list + (size_t)k * key->size + id->offset, mine) == 0) {
            tr_cfg_fail(ctx, at, "id",
                        "found \"%s\" a second time; every %s needs an id of its own", mine,
                        key->sub->what);
            return;
        }
    }
}

/* Twice over the elements: ids first, so that they may refer to each other. */
static void read_list(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                      void *base)
{
    const struct tr_cfg_table *sub = key->sub;
    char *list = (char *)base + key->offset;
    int16_t *count = (int16_t *)(void *)((char *)base + key->count);
    const struct tr_cfg_key *which = variant_key(sub);
    const struct tr_cfg_key *id = sub->keys[0].type == TR_CFG_ID ? &sub->keys[0] : NULL;
    int n = list_length(ctx, key, at);
    int *variant = calloc((size_t)n + 1, sizeof(*variant));
    if (variant == NULL) {
        ctx->nomem = true;
        return;
    }
    *count = (int16_t)n;
    for (int i = 0; i < n; i++) {
        config_setting_t *e = config_setting_get_elem(at, (unsigned)i);
        void *elem = list + (size_t)i * key->size;
        config_setting_t *m;
        if (which != NULL && config_setting_is_group(e)) {
            int v = -1;
            m = config_setting_get_member(e, which->name);
            if (m != NULL) {
                tr_cfg_read_value(ctx,
                                  &(struct tr_cfg_key){.type = TR_CFG_ENUM,
                                                       .words = which->words,
                                                       .words_n = which->words_n},
                                  m, &v);
            }
            variant[i] = v;
        }
        if (sub->init != NULL) {
            sub->init(elem, variant[i] < 0 ? 0 : variant[i]);
        }
        if (variant[i] < 0) {
            /* Of no type: it fits anywhere, so that one slip is one complaint. */
            memcpy((char *)elem + which->offset, &which->words_n, sizeof(which->words_n));
        }
        if (id != NULL && config_setting_is_group(e) &&
            (m = config_setting_get_member(e, "id")) != NULL) {
            tr_cfg_read_value(ctx, id, m, elem);
            check_unique(ctx, id, list, key, i, e);
        }
    }
    for (int i = 0; i < n; i++) {
        config_setting_t *e = config_setting_get_elem(at, (unsigned)i);
        if (is_group(ctx, e)) {
            tr_cfg_read_group(ctx, sub, e, list + (size_t)i * key->size, variant[i]);
        }
    }
    free(variant);
}

static void read_dayparts(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key,
                          config_setting_t *at, void *base)
{
    struct tr_station *st = base;
    bool seen[TR_DAYPARTS_MAX] = {false};
    int n = list_length(ctx, key, at);
    for (int i = 0; i < n; i++) {
        config_setting_t *e = config_setting_get_elem(at, (unsigned)i);
        if (!is_group(ctx, e)) {
            continue;
        }
        /* What it does not say is as in the station's own target. */
        struct tr_cfg_daypart d = {
            .daypart = TR_NONE,
            .target = {.percent = st->target.percent, .window_ns = st->target.window_ns}};
        tr_cfg_read_group(ctx, key->sub, e, &d, 0);
        if (d.daypart == TR_NONE) {
            continue;
        }
        if (seen[d.daypart]) {
            tr_cfg_fail(ctx, e, "id", "found \"%s\" a second time",
                        ctx->cfg->plan.dayparts[d.daypart].id);
        }
        seen[d.daypart] = true;
        st->daypart_target[d.daypart] = d.target;
    }
}

static void read_member(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                        void *base)
{
    switch (key->type) {
    case TR_CFG_GROUP:
        if (is_group(ctx, at)) {
            if (key->sub->init != NULL) {
                key->sub->init((char *)base + key->offset, 0);
            }
            tr_cfg_read_group(ctx, key->sub, at, (char *)base + key->offset, 0);
        }
        break;
    case TR_CFG_LIST:
        read_list(ctx, key, at, base);
        break;
    case TR_CFG_DAYPARTS:
        read_dayparts(ctx, key, at, base);
        break;
    default:
        tr_cfg_read_value(ctx, key, at, base);
        break;
    }
}

static bool already_read(const struct tr_cfg_table *table, const struct tr_cfg_key *key)
{
    return (table->variant != NULL && strcmp(key->name, table->variant) == 0) ||
           (table->init != NULL && key->type == TR_CFG_ID && key == &table->keys[0]);
}

void tr_cfg_read_group(struct tr_cfg_ctx *ctx, const struct tr_cfg_table *table,
                       config_setting_t *at, void *base, int variant)
{
    for (int i = 0; i < table->keys_n; i++) {
        const struct tr_cfg_key *key = &table->keys[i];
        config_setting_t *m = config_setting_get_member(at, key->name);
        if (!tr_cfg_in_variant(key, variant)) {
            continue;
        }
        if (m == NULL && (key->flags & TR_CFG_NEEDED)) {
            tr_cfg_fail(ctx, at, key->name, "missing; needed: %.*s", (int)strlen(key->about) - 1,
                        key->about);
        } else if (m != NULL && !already_read(table, key)) {
            read_member(ctx, key, m, base);
        }
    }
    for (int i = 0; i < config_setting_length(at); i++) {
        config_setting_t *m = config_setting_get_elem(at, (unsigned)i);
        if (!known(table, config_setting_name(m), variant)) {
            unknown(ctx, table, m, variant);
        }
    }
    if (table->finish != NULL && variant >= 0) {
        table->finish(ctx, at, base);
    }
}
