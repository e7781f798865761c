/* Overrides: "stations.tills.target.seconds=90" onto the tree, before it is read. */
#include <stdlib.h>
#include <string.h>

#include "config/internal.h"

enum { STEP_MAX = 64 };

const char *tr_cfg_set_of(const config_setting_t *at)
{
    for (; at != NULL; at = config_setting_parent(at)) {
        const char *set = config_setting_get_hook(at);
        if (set != NULL) {
            return set;
        }
    }
    return NULL;
}

static void fail_set(struct tr_cfg_ctx *ctx, const char *set, const char *what)
{
    char path[96];
    snprintf(path, sizeof(path), "%.*s", (int)strcspn(set, "="), set);
    tr_cfg_fail_at(ctx, -1, "--set", 0, path, "%s", what);
}

/* Take the next step of a path: a name, or [3]. @return what follows, NULL: no step. */
static const char *next_step(const char *p, char *step, int *ret_index)
{
    *ret_index = -1;
    if (*p == '.') {
        p++;
    }
    if (*p == '[') {
        char *end;
        long i = strtol(p + 1, &end, 10);
        if (end == p + 1 || *end != ']' || i < 0 || i > 9999) {
            return NULL;
        }
        *ret_index = (int)i;
        return end + 1;
    }
    size_t n = strcspn(p, ".[=");
    if (n == 0 || n >= STEP_MAX) {
        return NULL;
    }
    memcpy(step, p, n);
    step[n] = '\0';
    return p + n;
}

static const char *element_id(const config_setting_t *at)
{
    const char *id = "";
    if (config_setting_is_group(at)) {
        config_setting_lookup_string(at, "id", &id);
    }
    return id;
}

/* The element that a step names; NULL after a complaint. */
static config_setting_t *element(struct tr_cfg_ctx *ctx, const char *set, config_setting_t *list,
                                 const char *step, int index)
{
    struct tr_cfg_near near = {.given = step};
    struct tr_cfg_words why = {.s = ""};
    int n = config_setting_length(list);
    if (index >= 0 && index < n) {
        return config_setting_get_elem(list, (unsigned)index);
    }
    for (int i = 0; i < n && index < 0; i++) {
        config_setting_t *e = config_setting_get_elem(list, (unsigned)i);
        const char *id = element_id(e);
        if (strcmp(id, step) == 0) {
            return e;
        }
        if (id[0] != '\0') {
            tr_cfg_near_add(&near, id);
        }
    }
    if (index >= 0) {
        tr_cfg_add(&why, "found [%d]; allowed: [0] to [%d], or an id", index, n - 1);
    } else if (tr_cfg_near_found(&near)) {
        tr_cfg_add(&why, "found no \"%s\" in that list; did you mean \"%s\"?", step, near.best);
    } else {
        tr_cfg_add(&why, "found no \"%s\" in that list of %d; allowed: an id, or [0] and up", step,
                   n);
    }
    fail_set(ctx, set, why.s);
    return NULL;
}

static int copy_into(config_setting_t *to, const config_setting_t *from);

static int copy_member(config_setting_t *to, const char *name, const config_setting_t *from)
{
    config_setting_t *made = config_setting_add(to, name, config_setting_type(from));
    return made == NULL ? -1 : copy_into(made, from);
}

static int copy_into(config_setting_t *to, const config_setting_t *from)
{
    switch (config_setting_type(from)) {
    case CONFIG_TYPE_INT:
        return config_setting_set_int(to, config_setting_get_int(from)) ? 0 : -1;
    case CONFIG_TYPE_INT64:
        return config_setting_set_int64(to, config_setting_get_int64(from)) ? 0 : -1;
    case CONFIG_TYPE_FLOAT:
        return config_setting_set_float(to, config_setting_get_float(from)) ? 0 : -1;
    case CONFIG_TYPE_BOOL:
        return config_setting_set_bool(to, config_setting_get_bool(from)) ? 0 : -1;
    case CONFIG_TYPE_STRING:
        return config_setting_set_string(to, config_setting_get_string(from)) ? 0 : -1;
    default:
        break;
    }
    for (int i = 0; i < config_setting_length(from); i++) {
        const config_setting_t *m = config_setting_get_elem(from, (unsigned)i);
        if (copy_member(to, config_setting_name(m), m) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Parse "90", "[ \"a\" ]", "\"text\""; what is none of these is a bare text. */
static void read_literal(config_t *lit, const char *value)
{
    static const char *const safe = "0123456789+-.\"[({tTfF";
    config_init(lit);
    bool plain = value[0] != '\0' && strchr(safe, value[0]) != NULL && strchr(value, '\n') == NULL;
    char *text = NULL;
    if (plain && asprintf(&text, "value = %s;", value) >= 0) {
        bool good =
            config_read_string(lit, text) && config_setting_length(config_root_setting(lit)) == 1;
        free(text);
        if (good) {
            return;
        }
    }
    config_destroy(lit);
    config_init(lit);
    config_setting_t *s = config_setting_add(config_root_setting(lit), "value", CONFIG_TYPE_STRING);
    if (s != NULL) {
        config_setting_set_string(s, value);
    }
}

/* Put @p value at the step's place. An element of an array keeps its place. */
static void put(struct tr_cfg_ctx *ctx, const char *set, config_setting_t *in, const char *step,
                int index, const char *value)
{
    config_t lit;
    read_literal(&lit, value);
    const config_setting_t *from = config_setting_get_member(config_root_setting(&lit), "value");
    config_setting_t *made = NULL;
    if (from == NULL) {
        ctx->nomem = true;
    } else if (config_setting_is_group(in) && index < 0) {
        config_setting_remove(in, step);
        made = config_setting_add(in, step, config_setting_type(from));
        if (made == NULL) {
            fail_set(ctx, set, "that is not the name of a setting");
        }
    } else if (config_setting_is_array(in) || config_setting_is_list(in)) {
        made = element(ctx, set, in, step, index);
        if (made != NULL && config_setting_is_aggregate(made)) {
            fail_set(ctx, set, "name one of that element's settings, e.g. \"...name=value\"");
            made = NULL;
        } else if (made != NULL && config_setting_type(made) != config_setting_type(from)) {
            fail_set(ctx, set, "the new value is of another kind than that element");
            made = NULL;
        }
    } else {
        fail_set(ctx, set, "the path goes on below a setting that has nothing below it");
    }
    if (made != NULL) {
        config_setting_set_hook(made, (void *)(uintptr_t)set);
        if (copy_into(made, from) < 0) {
            fail_set(ctx, set, "that value cannot be put there");
        }
    }
    config_destroy(&lit);
}

/* One step down; a missing group is made, so that a what-if may add settings. */
static config_setting_t *descend(struct tr_cfg_ctx *ctx, const char *set, config_setting_t *in,
                                 const char *step, int index)
{
    if (config_setting_is_list(in) || config_setting_is_array(in)) {
        return element(ctx, set, in, step, index);
    }
    if (!config_setting_is_group(in) || index >= 0) {
        fail_set(ctx, set,
                 index >= 0 ? "found [ ] where no list is"
                            : "the path goes on below a setting that has nothing below it");
        return NULL;
    }
    config_setting_t *m = config_setting_get_member(in, step);
    if (m == NULL) {
        m = config_setting_add(in, step, CONFIG_TYPE_GROUP);
        if (m == NULL) {
            fail_set(ctx, set, "that is not the name of a setting");
        } else {
            config_setting_set_hook(m, (void *)(uintptr_t)set);
        }
    }
    return m;
}

static void apply(struct tr_cfg_ctx *ctx, const char *set)
{
    config_setting_t *in = config_root_setting(&ctx->tree);
    char step[STEP_MAX] = "";
    int index;
    const char *p = next_step(set, step, &index);
    if (strchr(set, '=') == NULL) {
        fail_set(ctx, set,
                 "found no \"=\"; allowed: path=value, e.g. "
                 "stations.tills.target.seconds=90");
        return;
    }
    while (p != NULL && *p != '=' && in != NULL) {
        in = descend(ctx, set, in, step, index);
        p = next_step(p, step, &index);
    }
    if (in != NULL && p == NULL) {
        fail_set(ctx, set,
                 "found a path that cannot be read; allowed: names and [0] joined by "
                 "\".\"");
    } else if (in != NULL) {
        put(ctx, set, in, step, index, p + 1);
    }
}

void tr_cfg_apply_sets(struct tr_cfg_ctx *ctx, const char *const *sets)
{
    for (; *sets != NULL; sets++) {
        apply(ctx, *sets);
    }
}
