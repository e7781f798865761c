/* Names of other things: sensors, gates, outputs, stations, dayparts, zones. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/internal.h"

#define ZONE_DIR "/usr/share/zoneinfo/"

static const char *const ref_word[TR_CFG_REF_COUNT] = {"sensor", "gate", "output", "station",
                                                       "daypart"};

const char *tr_cfg_ref_id(const struct tr_config *cfg, enum tr_cfg_ref ref, int i)
{
    const struct tr_plan *p = &cfg->plan;
    switch (ref) {
    case TR_CFG_REF_SENSOR:
        return i < p->sensors_n ? p->sensors[i].id : NULL;
    case TR_CFG_REF_GATE:
        return i < p->gates_n ? p->gates[i].id : NULL;
    case TR_CFG_REF_OUTPUT:
        return i < p->outputs_n ? p->outputs[i].id : NULL;
    case TR_CFG_REF_STATION:
        return i < p->stations_n ? p->stations[i].id : NULL;
    case TR_CFG_REF_DAYPART:
        return i < p->dayparts_n ? p->dayparts[i].id : NULL;
    case TR_CFG_REF_COUNT:
        break;
    }
    return NULL;
}

static const char *article(const char *word)
{
    return strchr("aeiou", word[0]) != NULL ? "an" : "a";
}

static int find(const struct tr_config *cfg, enum tr_cfg_ref ref, const char *id)
{
    const char *have;
    for (int i = 0; (have = tr_cfg_ref_id(cfg, ref, i)) != NULL; i++) {
        if (strcmp(have, id) == 0) {
            return i;
        }
    }
    return TR_NONE;
}

/* "no such sensor" with the nearest of those there are, or a list of them. */
static void no_such(struct tr_cfg_ctx *ctx, config_setting_t *at, const char *id, unsigned refs)
{
    struct tr_cfg_near near = {.given = id};
    struct tr_cfg_words what = {.s = ""};
    struct tr_cfg_words have = {.s = ""};
    for (unsigned r = 0; r < TR_CFG_REF_COUNT; r++) {
        if (!(refs & (1U << r))) {
            continue;
        }
        tr_cfg_add(&what, "%s%s", what.n > 0 ? " or " : "", ref_word[r]);
        const char *name;
        for (int i = 0; (name = tr_cfg_ref_id(ctx->cfg, (enum tr_cfg_ref)r, i)) != NULL; i++) {
            if (name[0] == '\0') {
                continue;
            }
            tr_cfg_near_add(&near, name);
            tr_cfg_add(&have, "%s%s", have.n > 0 ? ", " : "", name);
        }
    }
    if (tr_cfg_near_found(&near)) {
        tr_cfg_fail(ctx, at, NULL, "found \"%.40s\", but there is no such %s; did you mean \"%s\"?",
                    id, what.s, near.best);
    } else {
        tr_cfg_fail(ctx, at, NULL, "found \"%.40s\", but there is no such %s; there %s%s", id,
                    what.s, have.n > 0 ? "are: " : "are none", have.s);
    }
}

/* The id at @p at; NULL where it is empty ("none") or after a complaint. */
static const char *get_id(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key,
                          const config_setting_t *at, const char *what)
{
    char found[64];
    if (config_setting_type(at) != CONFIG_TYPE_STRING) {
        tr_cfg_fail(ctx, at, NULL, "found %s; allowed: the id of %s %s, in quotes",
                    tr_cfg_show(at, found, sizeof(found)), article(what), what);
        return NULL;
    }
    const char *id = config_setting_get_string(at);
    if (id[0] == '\0' && (key->flags & TR_CFG_NEEDED)) {
        tr_cfg_fail(ctx, at, NULL, "found an empty text; allowed: the id of %s %s", article(what),
                    what);
    }
    return id[0] != '\0' ? id : NULL;
}

static bool type_fits(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                      enum tr_cfg_ref ref, int i)
{
    const struct tr_plan *p = &ctx->cfg->plan;
    bool sensor = ref == TR_CFG_REF_SENSOR;
    if (key->types == 0 || (!sensor && ref != TR_CFG_REF_OUTPUT)) {
        return true;
    }
    const char *const *words = sensor ? tr_sensor_type_name : tr_output_type_name;
    int words_n = sensor ? (int)TR_SENSOR_TYPE_COUNT : (int)TR_OUTPUT_TYPE_COUNT;
    int type = sensor ? (int)p->sensors[i].type : (int)p->outputs[i].type;
    if (type >= words_n || (key->types & (1U << type))) {
        return true;
    }
    struct tr_cfg_words allowed = {.s = ""};
    for (int t = 0; t < words_n; t++) {
        if (key->types & (1U << t)) {
            tr_cfg_add(&allowed, "%s%s", allowed.n > 0 ? ", " : "", words[t]);
        }
    }
    tr_cfg_fail(ctx, at, NULL, "found \"%s\", which is a %s; allowed: %s %s of type %s",
                tr_cfg_ref_id(ctx->cfg, ref, i), words[type], article(ref_word[ref]), ref_word[ref],
                allowed.s);
    return false;
}

static int read_one(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at)
{
    const char *id = get_id(ctx, key, at, ref_word[key->ref]);
    if (id == NULL) {
        return TR_NONE;
    }
    int i = find(ctx->cfg, key->ref, id);
    if (i == TR_NONE) {
        no_such(ctx, at, id, 1U << key->ref);
        return TR_NONE;
    }
    return type_fits(ctx, key, at, key->ref, i) ? i : TR_NONE;
}

static void read_refs(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                      void *base)
{
    char found[64];
    int16_t *refs = (int16_t *)(void *)((char *)base + key->offset);
    int16_t *count = (int16_t *)(void *)((char *)base + key->count);
    int type = config_setting_type(at);
    if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST) {
        tr_cfg_fail(ctx, at, NULL, "found %s; allowed: an array of %s ids, e.g. [ \"a\", \"b\" ]",
                    tr_cfg_show(at, found, sizeof(found)), ref_word[key->ref]);
        return;
    }
    int n = config_setting_length(at);
    if (n > key->max_n) {
        tr_cfg_fail(ctx, at, NULL, "found %d entries; allowed: at most %d", n, key->max_n);
        n = key->max_n;
    }
    *count = 0;
    for (int i = 0; i < n; i++) {
        config_setting_t *one = config_setting_get_elem(at, (unsigned)i);
        const struct tr_cfg_key needed = {
            .ref = key->ref, .types = key->types, .flags = TR_CFG_NEEDED};
        int r = read_one(ctx, &needed, one);
        for (int k = 0; k < *count && r >= 0; k++) {
            if (refs[k] == r) {
                tr_cfg_fail(ctx, one, NULL, "found \"%s\" twice", config_setting_get_string(one));
                r = TR_NONE;
            }
        }
        if (r >= 0) {
            refs[(*count)++] = (int16_t)r;
        }
    }
}

static void read_source(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                        struct tr_source *source)
{
    *source = (struct tr_source){.kind = TR_SOURCE_NONE, .index = TR_NONE};
    const char *id = get_id(ctx, key, at, "gate or sensor");
    if (id == NULL) {
        return;
    }
    int i = find(ctx->cfg, TR_CFG_REF_GATE, id);
    if (i != TR_NONE) {
        *source = (struct tr_source){.kind = TR_SOURCE_GATE, .index = (int16_t)i};
        return;
    }
    i = find(ctx->cfg, TR_CFG_REF_SENSOR, id);
    if (i == TR_NONE) {
        no_such(ctx, at, id, 1U << TR_CFG_REF_SENSOR | 1U << TR_CFG_REF_GATE);
    } else if (type_fits(ctx, key, at, TR_CFG_REF_SENSOR, i)) {
        *source = (struct tr_source){.kind = TR_SOURCE_SENSOR, .index = (int16_t)i};
    }
}

void tr_cfg_read_ref(struct tr_cfg_ctx *ctx, const struct tr_cfg_key *key, config_setting_t *at,
                     void *base)
{
    void *field = (char *)base + key->offset;
    if (key->type == TR_CFG_REFS) {
        read_refs(ctx, key, at, base);
    } else if (key->type == TR_CFG_SOURCE) {
        read_source(ctx, key, at, field);
    } else {
        *(int16_t *)field = (int16_t)read_one(ctx, key, at);
    }
}

/* Only names that can be files below the zone folder, and nowhere else. */
static bool zone_form(const char *zone)
{
    size_t n = strspn(zone, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/");
    return n > 0 && zone[n] == '\0' && n < TR_NAME_MAX && zone[0] != '/' && zone[n - 1] != '/' &&
           strstr(zone, "//") == NULL;
}

static bool zone_exists(const char *zone)
{
    char path[sizeof(ZONE_DIR) + TR_NAME_MAX];
    char magic[4] = "";
    snprintf(path, sizeof(path), ZONE_DIR "%s", zone);
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        return false;
    }
    bool ok = fread(magic, 1, sizeof(magic), f) == sizeof(magic) && memcmp(magic, "TZif", 4) == 0;
    fclose(f);
    return ok;
}

int tr_cfg_zone_check(const char *zone, struct tr_cfg_near *near)
{
    /* UTC needs no file: it must work where no zones are installed. */
    if (strcmp(zone, "UTC") == 0 || (zone_form(zone) && zone_exists(zone))) {
        return 0;
    }
    tr_cfg_near_add(near, "UTC");
    FILE *f = fopen(ZONE_DIR "zone.tab", "re");
    if (f == NULL) {
        return -EINVAL;
    }
    char *line = NULL;
    size_t cap = 0;
    while (getline(&line, &cap, f) > 0) {
        char name[TR_NAME_MAX];
        if (line[0] != '#' && sscanf(line, "%*s %*s %63s", name) == 1) {
            tr_cfg_near_add(near, name);
        }
    }
    free(line);
    fclose(f);
    return -EINVAL;
}
