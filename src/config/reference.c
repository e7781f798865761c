/* The manual's list of settings, from the table that the parser uses. */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/internal.h"

enum { VARIANTS_MAX = 8, VALUE_MAX = 300 };

static_assert((int)TR_SENSOR_TYPE_COUNT <= (int)VARIANTS_MAX, "room for every sensor type");

/* A table with a default element for each of its variants. */
struct topic {
    FILE *to;
    const struct tr_config *cfg;
    const struct tr_cfg_table *table;
    const struct tr_cfg_key *which; /* selects the variant, or NULL */
    const void *elem[VARIANTS_MAX];
    int n;
    char path[96];
    const char *about; /* told below the heading, or NULL */
};

static int describe(struct topic *t);

static void escaped(FILE *to, const char *s)
{
    for (; *s != '\0'; s++) {
        if (strchr("*_\\#", *s) != NULL) {
            fputc('\\', to);
        }
        fputc(*s, to);
    }
}

static void words(FILE *to, const char *const *list, int n, unsigned mask, const char *quote)
{
    bool first = true;
    for (int i = 0; i < n; i++) {
        if (mask & (1U << i)) {
            fputs(first ? "" : ", ", to);
            fputs(quote, to);
            escaped(to, list[i]);
            fputs(quote, to);
            first = false;
        }
    }
}

/* What may be written: a sentence. */
static void allowed(FILE *to, const struct tr_cfg_key *key)
{
    char range[96];
    const char *const *types = tr_sensor_type_name;
    switch (key->type) {
    case TR_CFG_ID:
        fputs(" 1 to 31 of a-z, 0-9, \\_ and -.", to);
        break;
    case TR_CFG_SWITCH:
    case TR_CFG_ENUM:
        fputs(" One of ", to);
        words(to, key->words, key->words_n, ~0U, "\"");
        fputs(".", to);
        break;
    case TR_CFG_WORDS:
        fputs(" An array of ", to);
        words(to, key->words, key->words_n, ~0U, "\"");
        fputs(".", to);
        break;
    case TR_CFG_INT:
    case TR_CFG_FLOAT:
    case TR_CFG_SCALED:
        fprintf(to, " %s%s.", key->type == TR_CFG_INT ? "Whole number, " : "",
                tr_cfg_range(key, range, sizeof(range)));
        break;
    case TR_CFG_CLOCK:
        fputs(" \"HH:MM\".", to);
        break;
    case TR_CFG_SOURCE:
        fputs(" A gate, or a sensor of type ", to);
        words(to, types, TR_SENSOR_TYPE_COUNT, key->types, "");
        fputs(".", to);
        break;
    case TR_CFG_REF:
    case TR_CFG_REFS:
        if (key->ref == TR_CFG_REF_SENSOR) {
            fputs(key->type == TR_CFG_REF ? " A sensor" : " An array of sensors", to);
            fputs(key->types != 0 ? " of type " : "", to);
            words(to, types, TR_SENSOR_TYPE_COUNT, key->types, "");
            fputs(".", to);
        }
        break;
    case TR_CFG_LIST:
    case TR_CFG_DAYPARTS:
        fprintf(to, " At most %d; see below.", key->max_n);
        break;
    case TR_CFG_GROUP:
        fputs(" See below.", to);
        break;
    default:
        break;
    }
}

static int value_of(const struct topic *t, const struct tr_cfg_key *key, int variant, char *buf)
{
    buf[0] = '\0';
    FILE *mem = fmemopen(buf, VALUE_MAX, "w");
    if (mem == NULL) {
        return -errno;
    }
    tr_cfg_print_value(mem, t->cfg, key, t->elem[variant]);
    return fclose(mem) == 0 ? 0 : -errno;
}

static int defaults(const struct topic *t, const struct tr_cfg_key *key)
{
    char value[VARIANTS_MAX][VALUE_MAX];
    int first = -1;
    bool same = true;
    if (key->flags & TR_CFG_NEEDED) {
        fputs(" Needed.", t->to);
        return 0;
    }
    if (key->flags & (TR_CFG_CONDITIONAL | TR_CFG_SHORTHAND)) {
        return 0;
    }
    for (int v = 0; v < t->n; v++) {
        if (!tr_cfg_in_variant(key, v)) {
            continue;
        }
        int r = value_of(t, key, v, value[v]);
        if (r < 0) {
            return r;
        }
        first = first < 0 ? v : first;
        same = same && strcmp(value[v], value[first]) == 0;
    }
    if (value[first][0] == '\0' || (same && strcmp(value[first], "\"\"") == 0)) {
        return 0;
    }
    fputs(" Default: ", t->to);
    if (same) {
        escaped(t->to, value[first]);
    }
    for (int v = 0; v < t->n && !same; v++) {
        if (tr_cfg_in_variant(key, v)) {
            fprintf(t->to, "%s%s ", v == first ? "" : ", ", t->which->words[v]);
            escaped(t->to, value[v]);
        }
    }
    fputs(".", t->to);
    return 0;
}

static int one_key(const struct topic *t, const struct tr_cfg_key *key)
{
    fprintf(t->to, "*%s*\n\t%c", key->name, toupper((unsigned char)key->about[0]));
    escaped(t->to, key->about + 1);
    fputs(key->about[strlen(key->about) - 1] == '.' ? "" : ".", t->to);
    if (key->type == TR_CFG_REFUSED) {
        fputs("\n\n", t->to);
        return 0;
    }
    allowed(t->to, key);
    int r = defaults(t, key);
    fputs("\n\n", t->to);
    return r;
}

static int bits(unsigned v)
{
    int n = 0;
    for (; v != 0; v &= v - 1) {
        n++;
    }
    return n;
}

/* The keys of all variants (only < 0), or those of one alone. */
static int keys_of(const struct topic *t, int only)
{
    for (int i = 0; i < t->table->keys_n; i++) {
        const struct tr_cfg_key *key = &t->table->keys[i];
        bool own = bits(key->variants) == 1 && t->which != NULL;
        if (only < 0 ? own : !(own && (key->variants & (1U << only)))) {
            continue;
        }
        int r = one_key(t, key);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* The group or list below a key, on a default of its own. */
static int below(const struct topic *t, const struct tr_cfg_key *key)
{
    struct topic sub = {.to = t->to, .cfg = t->cfg, .table = key->sub, .n = 1};
    snprintf(sub.path, sizeof(sub.path), "%.50s%s%.40s", t->path, t->path[0] != '\0' ? "." : "",
             key->name);
    /* Deeper ones were told about among the settings of their parent. */
    sub.about = t->path[0] == '\0' ? key->about : NULL;
    int v = 0;
    while (!tr_cfg_in_variant(key, v)) {
        v++;
    }
    if (key->type == TR_CFG_GROUP) {
        sub.elem[0] = (const char *)t->elem[v] + key->offset;
        return describe(&sub);
    }
    for (int i = 0; i < key->sub->keys_n; i++) {
        const struct tr_cfg_key *k = &key->sub->keys[i];
        if (key->sub->variant != NULL && strcmp(k->name, key->sub->variant) == 0) {
            sub.which = k;
            sub.n = k->words_n;
        }
    }
    char *elems = calloc((size_t)sub.n, key->size);
    if (elems == NULL) {
        return -ENOMEM;
    }
    for (int i = 0; i < sub.n; i++) {
        char *elem = elems + (size_t)i * key->size;
        if (key->sub->init != NULL) {
            key->sub->init(elem, i);
        }
        sub.elem[i] = elem;
    }
    int r = describe(&sub);
    free(elems);
    return r;
}

static int describe(struct topic *t)
{
    int r = 0;
    if (t->path[0] != '\0') {
        fprintf(t->to, "## %s\n\n", t->path);
        if (t->about != NULL) {
            fputc(toupper((unsigned char)t->about[0]), t->to);
            escaped(t->to, t->about + 1);
            fputs("\n\n", t->to);
        }
        r = keys_of(t, -1);
    }
    for (int v = 0; r == 0 && t->which != NULL && v < t->n; v++) {
        bool any = false;
        for (int i = 0; i < t->table->keys_n; i++) {
            any = any || t->table->keys[i].variants == 1U << v;
        }
        if (any) {
            fprintf(t->to, "## %s of %s %s\n\n", t->path, t->which->name, t->which->words[v]);
            r = keys_of(t, v);
        }
    }
    for (int i = 0; r == 0 && i < t->table->keys_n; i++) {
        const struct tr_cfg_key *key = &t->table->keys[i];
        /* A daypart's target has the settings of a station's. */
        bool told = t->table == &tr_cfg_daypart_target;
        if (key->sub != NULL && !told) {
            r = below(t, key);
        }
    }
    return r;
}

int tr_config_print_reference(FILE *to)
{
    struct tr_config *cfg = calloc(1, sizeof(*cfg));
    if (cfg == NULL) {
        return -ENOMEM;
    }
    tr_cfg_defaults(cfg);
    struct topic top = {.to = to, .cfg = cfg, .table = &tr_cfg_top, .elem = {cfg}, .n = 1};
    int r = describe(&top);
    free(cfg);
    return r < 0 ? r : ferror(to) ? -EIO : 0;
}
