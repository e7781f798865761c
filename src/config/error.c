/* Complaints: where, what was found, what is allowed, and what may be meant. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config/internal.h"

__attribute__((format(printf, 6, 0))) static void record(struct tr_cfg_ctx *ctx, int file,
                                                         const char *name, unsigned line,
                                                         const char *path, const char *fmt,
                                                         va_list ap)
{
    if (ctx->found_n == ctx->found_cap) {
        size_t cap = 2 * ctx->found_cap + 16;
        struct tr_cfg_found *grown = realloc(ctx->found, cap * sizeof(*grown));
        if (grown == NULL) {
            ctx->nomem = true;
            return;
        }
        ctx->found = grown;
        ctx->found_cap = cap;
    }
    struct tr_cfg_found *f = &ctx->found[ctx->found_n];
    memset(f, 0, sizeof(*f));
    f->file = file;
    f->seq = ctx->found_n++;
    f->e.line = line;
    snprintf(f->e.file, sizeof(f->e.file), "%s", file >= 0 ? ctx->text.files[file] : name);
    snprintf(f->e.path, sizeof(f->e.path), "%s", path);
    vsnprintf(f->e.text, sizeof(f->e.text), fmt, ap);
}

void tr_cfg_fail_at(struct tr_cfg_ctx *ctx, int file, const char *name, unsigned line,
                    const char *path, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    record(ctx, file, name, line, path, fmt, ap);
    va_end(ap);
}

void tr_cfg_fail(struct tr_cfg_ctx *ctx, const config_setting_t *at, const char *key,
                 const char *fmt, ...)
{
    char path[256];
    size_t n = tr_cfg_path(at, path, sizeof(path));
    const config_setting_t *member = NULL;
    if (key != NULL) {
        snprintf(path + n, sizeof(path) - n, "%s%s", n > 0 ? "." : "", key);
        if (config_setting_is_group(at)) {
            member = config_setting_get_member(at, key);
        }
    }
    const config_setting_t *place = member != NULL ? member : at;
    unsigned line = (unsigned)config_setting_source_line(place);
    const struct tr_cfg_text *t = &ctx->text;
    va_list ap;
    va_start(ap, fmt);
    if (tr_cfg_set_of(place) != NULL) {
        record(ctx, -1, "--set", 0, path, fmt, ap);
    } else if (line >= 1 && line <= t->lines) {
        const struct tr_cfg_origin *o = &t->origin[line - 1];
        record(ctx, o->file, NULL, o->line, path, fmt, ap);
    } else {
        record(ctx, 0, NULL, 0, path, fmt, ap);
    }
    va_end(ap);
}

static const char *id_of(const config_setting_t *at)
{
    if (!config_setting_is_group(at)) {
        return NULL;
    }
    const config_setting_t *id = config_setting_get_member(at, "id");
    const char *s = id != NULL && config_setting_type(id) == CONFIG_TYPE_STRING
                        ? config_setting_get_string(id)
                        : NULL;
    return s != NULL && s[0] != '\0' && strlen(s) < TR_ID_MAX ? s : NULL;
}

size_t tr_cfg_path(const config_setting_t *at, char *buf, size_t cap)
{
    const config_setting_t *parent = config_setting_parent(at);
    if (parent == NULL) {
        buf[0] = '\0';
        return 0;
    }
    size_t n = tr_cfg_path(parent, buf, cap);
    const char *name = config_setting_name(at);
    const char *id = name == NULL ? id_of(at) : NULL;
    if (name != NULL || id != NULL) {
        snprintf(buf + n, cap - n, "%s%s", n > 0 ? "." : "", name != NULL ? name : id);
    } else {
        snprintf(buf + n, cap - n, "[%d]", config_setting_index(at));
    }
    return strlen(buf);
}

void tr_cfg_add(struct tr_cfg_words *w, const char *fmt, ...)
{
    static const char more[] = ", ...";
    const size_t room = sizeof(w->s) - w->n;
    if (w->full) {
        return;
    }
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(w->s + w->n, room, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n + sizeof(more) <= room) {
        w->n += (size_t)n;
        return;
    }
    memcpy(w->s + w->n, more, sizeof(more));
    w->full = true;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Edit distance where swapping two neighbours counts once: the commonest slip. */
static unsigned distance(const char *a, const char *b)
{
    unsigned rows[3][TR_NAME_MAX + 1];
    size_t n = strnlen(a, TR_NAME_MAX);
    size_t m = strnlen(b, TR_NAME_MAX);
    unsigned *before = rows[0];
    unsigned *last = rows[1];
    unsigned *now = rows[2];
    for (unsigned j = 0; j <= m; j++) {
        last[j] = j;
        before[j] = j;
    }
    for (unsigned i = 1; i <= n; i++) {
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            unsigned same = last[j - 1] + (a[i - 1] != b[j - 1]);
            now[j] = least(last[j] + 1, now[j - 1] + 1, same);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < now[j]) {
                now[j] = before[j - 2] + 1;
            }
        }
        unsigned *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[m];
}

void tr_cfg_near_add(struct tr_cfg_near *near, const char *name)
{
    unsigned d = distance(near->given, name);
    if (near->best[0] == '\0' || d < near->distance) {
        near->distance = d;
        snprintf(near->best, sizeof(near->best), "%s", name);
    }
}

bool tr_cfg_near_found(const struct tr_cfg_near *near)
{
    size_t n = strlen(near->given);
    return near->best[0] != '\0' && n > 0 && near->distance <= 1 + n / 4;
}

const char *tr_cfg_show(const config_setting_t *at, char *buf, size_t cap)
{
    switch (config_setting_type(at)) {
    case CONFIG_TYPE_GROUP:
        snprintf(buf, cap, "a group { }");
        break;
    case CONFIG_TYPE_LIST:
        snprintf(buf, cap, "a list ( )");
        break;
    case CONFIG_TYPE_ARRAY:
        snprintf(buf, cap, "an array [ ]");
        break;
    case CONFIG_TYPE_INT:
        snprintf(buf, cap, "%d", config_setting_get_int(at));
        break;
    case CONFIG_TYPE_INT64:
        snprintf(buf, cap, "%lld", config_setting_get_int64(at));
        break;
    case CONFIG_TYPE_FLOAT:
        snprintf(buf, cap, "%.10g", config_setting_get_float(at));
        break;
    case CONFIG_TYPE_BOOL:
        snprintf(buf, cap, "%s", config_setting_get_bool(at) ? "true" : "false");
        break;
    case CONFIG_TYPE_STRING:
        snprintf(buf, cap, "\"%.40s\"", config_setting_get_string(at));
        break;
    default:
        snprintf(buf, cap, "nothing");
        break;
    }
    return buf;
}
