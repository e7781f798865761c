/* From a file, or a text, to a plan: the steps in their order. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "config/internal.h"

static int by_place(const void *a, const void *b)
{
    const struct tr_cfg_found *x = a;
    const struct tr_cfg_found *y = b;
    if (x->file != y->file) {
        /* The file itself, then what it includes, overrides last. */
        return (unsigned)x->file < (unsigned)y->file ? -1 : 1;
    }
    if (x->e.line != y->e.line) {
        return x->e.line < y->e.line ? -1 : 1;
    }
    return x->seq < y->seq ? -1 : 1;
}

/* libconfig says only "syntax error": add what it usually is. */
static void syntax_error(struct tr_cfg_ctx *ctx)
{
    int line = config_error_line(&ctx->tree);
    size_t lines = ctx->text.lines;
    struct tr_cfg_origin o = {.file = 0, .line = 0};
    if (lines > 0) {
        o = ctx->text.origin[line >= 1 && (size_t)line <= lines ? (size_t)line - 1 : lines - 1];
    }
    const char *text = config_error_text(&ctx->tree);
    if (text != NULL && strcmp(text, "duplicate setting name") == 0) {
        tr_cfg_fail_at(ctx, o.file, NULL, o.line, "syntax", "this setting stands here twice");
        return;
    }
    tr_cfg_fail_at(ctx, o.file, NULL, o.line, "syntax",
                   "%s here or in the line before: look for a missing \";\", \",\", quote or "
                   "bracket (nothing after this line was checked)",
                   text != NULL ? text : "syntax error");
}

static int parse(struct tr_cfg_ctx *ctx, const char *file, const char *text,
                 const char *const *sets)
{
    int r = tr_cfg_text_read(ctx, file, text);
    if (r < 0) {
        return r;
    }
    if (!config_read_string(&ctx->tree, ctx->text.text)) {
        syntax_error(ctx);
        return -EINVAL;
    }
    if (sets != NULL) {
        tr_cfg_apply_sets(ctx, sets);
    }
    tr_cfg_defaults(ctx->cfg);
    tr_cfg_read_group(ctx, &tr_cfg_top, config_root_setting(&ctx->tree), ctx->cfg, 0);
    return ctx->nomem ? -ENOMEM : ctx->found_n > 0 ? -EINVAL : 0;
}

static int hash(struct tr_config *cfg)
{
    char *text;
    int r = tr_config_print(cfg, true, &text);
    if (r < 0) {
        return r;
    }
    const uint64_t h = tr_hash(TR_HASH_BEGIN, text, strlen(text));
    free(text);
    snprintf(cfg->hash, sizeof(cfg->hash), "%016" PRIx64, h);
    return 0;
}

int tr_config_load(const char *file, const char *text, const char *const *sets,
                   struct tr_config **ret_cfg, struct tr_config_error *reterr, size_t cap,
                   size_t *reterr_n)
{
    struct tr_cfg_ctx ctx = {.cfg = calloc(1, sizeof(struct tr_config))};
    if (ctx.cfg == NULL) {
        return -ENOMEM;
    }
    config_init(&ctx.tree);
    int r = parse(&ctx, file, text, sets);
    if (r == 0) {
        r = hash(ctx.cfg);
    }
    if (r == 0) {
        *ret_cfg = ctx.cfg;
        ctx.cfg = NULL;
    } else if (r == -EINVAL && ctx.nomem) {
        r = -ENOMEM;
    } else if (r == -EINVAL) {
        qsort(ctx.found, ctx.found_n, sizeof(*ctx.found), by_place);
        for (size_t i = 0; i < ctx.found_n && i < cap; i++) {
            reterr[i] = ctx.found[i].e;
        }
        *reterr_n = ctx.found_n;
    }
    config_destroy(&ctx.tree);
    tr_cfg_text_free(&ctx.text);
    free(ctx.found);
    tr_config_free(ctx.cfg);
    return r;
}

void tr_config_free(struct tr_config *cfg)
{
    free(cfg);
}
