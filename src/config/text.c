/* One text out of a file and what it includes, with the origin of every line. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/internal.h"

enum {
    TEXT_MAX = 4 << 20, /* of everything together */
    FILES_MAX = 64,
    DEPTH_MAX = 8
};

/* State of the scan: libconfig's lexer knows the same four. */
enum where { IN_CODE, IN_STRING, IN_LINE_COMMENT, IN_COMMENT };

struct scan {
    struct tr_cfg_ctx *ctx;
    enum where where;
    struct tr_cfg_origin comment; /* where the newest one begins */
    size_t cap, origin_cap;
};

static int put(struct scan *s, const char *p, size_t n)
{
    struct tr_cfg_text *t = &s->ctx->text;
    if (t->len + n + 1 > s->cap) {
        size_t cap = 2 * (t->len + n) + 4096;
        char *grown = realloc(t->text, cap);
        if (grown == NULL) {
            return -ENOMEM;
        }
        t->text = grown;
        s->cap = cap;
    }
    memcpy(t->text + t->len, p, n);
    t->len += n;
    t->text[t->len] = '\0';
    return t->len > TEXT_MAX ? -EFBIG : 0;
}

/* The line that begins now comes from here. */
static int put_origin(struct scan *s, int file, unsigned line)
{
    struct tr_cfg_text *t = &s->ctx->text;
    if (t->lines == s->origin_cap) {
        size_t cap = 2 * s->origin_cap + 256;
        struct tr_cfg_origin *grown = realloc(t->origin, cap * sizeof(*grown));
        if (grown == NULL) {
            return -ENOMEM;
        }
        t->origin = grown;
        s->origin_cap = cap;
    }
    t->origin[t->lines++] = (struct tr_cfg_origin){.file = file, .line = line};
    return 0;
}

/* Through a descriptor, so that a directory or a device is an errno: libconfig
 * 1.5 ends the process when its lexer cannot read. */
static int read_whole(const char *file, char **ret_text)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    int r = 0;
    size_t n = 0;
    size_t cap = 16384;
    char *buf = malloc(cap);
    while (r == 0) {
        if (buf == NULL) {
            r = -ENOMEM;
            break;
        }
        ssize_t got = read(fd, buf + n, cap - n - 1);
        if (got == 0) {
            break;
        }
        if (got < 0) {
            r = errno == EINTR ? 0 : -errno;
            continue;
        }
        n += (size_t)got;
        if (n > TEXT_MAX) {
            r = -EFBIG;
        } else if (n + 1 == cap) {
            char *grown = realloc(buf, cap *= 2);
            if (grown == NULL) {
                free(buf);
            }
            buf = grown;
        }
    }
    close(fd);
    if (r < 0) {
        free(buf);
        return r;
    }
    buf[n] = '\0';
    if (strlen(buf) != n) {
        free(buf);
        return -EILSEQ;
    }
    *ret_text = buf;
    return 0;
}

static int add_file(struct tr_cfg_text *t, const char *name)
{
    if (t->files_n == FILES_MAX) {
        return -EMFILE;
    }
    void *grown = realloc(t->files, sizeof(t->files[0]) * (size_t)(t->files_n + 1));
    if (grown == NULL) {
        return -ENOMEM;
    }
    t->files = grown;
    snprintf(t->files[t->files_n], TR_PATH_MAX, "%s", name);
    return t->files_n++;
}

static int scan_text(struct scan *s, int file, const char *text, int depth);

/* @include "path": relative to the folder of the file it stands in. */
static int include(struct scan *s, int file, unsigned line, const char *path, size_t n, int depth)
{
    struct tr_cfg_text *t = &s->ctx->text;
    char full[TR_PATH_MAX];
    const char *slash = strrchr(t->files[file], '/');
    size_t dir = path[0] != '/' && slash != NULL ? (size_t)(slash - t->files[file]) + 1 : 0;
    const char *why = NULL;
    char *text = NULL;
    if (dir + n >= sizeof(full)) {
        why = "path too long";
    } else if (depth == DEPTH_MAX) {
        why = "files include one another too deeply (at most 8)";
    } else {
        snprintf(full, sizeof(full), "%.*s%.*s", (int)dir, t->files[file], (int)n, path);
        int r = read_whole(full, &text);
        if (r == -ENOMEM) {
            return r;
        }
        why = r < 0 ? strerrordesc_np(-r) : NULL;
    }
    if (why != NULL) {
        tr_cfg_fail_at(s->ctx, file, NULL, line, "@include", "cannot read \"%.*s\": %s",
                       (int)(n < 120 ? n : 120), path, why);
        return 0;
    }
    int inner = add_file(t, full);
    int r = inner < 0 ? inner : scan_text(s, inner, text, depth + 1);
    free(text);
    if (r == 0 && t->len > 0 && t->text[t->len - 1] != '\n') {
        r = put(s, "\n", 1);
    }
    return r;
}

/* An integer of more than 9 digits gets an L; libconfig 1.5 would wrap it. */
static int put_number(struct scan *s, int file, unsigned line, const char *p, size_t *ret_n)
{
    bool hex = p[0] == '0' && (p[1] == 'x' || p[1] == 'X');
    size_t n = hex ? 2 : 0;
    while (hex ? isxdigit((unsigned char)p[n]) : isdigit((unsigned char)p[n])) {
        n++;
    }
    *ret_n = n;
    bool ends = !isalnum((unsigned char)p[n]) && p[n] != '.' && p[n] != '_';
    size_t digits = n - (hex ? 2 : 0);
    int r = put(s, p, n);
    if (r < 0 || !ends || digits <= (hex ? 7U : 9U)) {
        return r;
    }
    if (digits > (hex ? 15U : 18U)) {
        tr_cfg_fail_at(s->ctx, file, NULL, line, "syntax", "the number %.*s is too large",
                       (int)(n < 40 ? n : 40), p);
    }
    return put(s, "L", 1);
}

static bool starts_word(const char *text, const char *p)
{
    return p == text || (!isalnum((unsigned char)p[-1]) && strchr("_.*", p[-1]) == NULL);
}

/* The step of the scan outside a string or a comment. @return bytes taken. */
static int scan_code(struct scan *s, int file, unsigned line, const char *text, const char *p,
                     size_t *ret_n)
{
    *ret_n = 1;
    if (*p == '"') {
        s->where = IN_STRING;
    } else if (*p == '#' || (p[0] == '/' && p[1] == '/')) {
        s->where = IN_LINE_COMMENT;
    } else if (p[0] == '/' && p[1] == '*') {
        s->where = IN_COMMENT;
        s->comment = (struct tr_cfg_origin){.file = file, .line = line};
        *ret_n = 2;
    } else if (isdigit((unsigned char)*p) && starts_word(text, p)) {
        return put_number(s, file, line, p, ret_n);
    }
    return put(s, p, *ret_n);
}

static int scan_inside(struct scan *s, const char *p, size_t *ret_n)
{
    *ret_n = 1;
    if (s->where == IN_STRING && *p == '\\' && p[1] != '\0' && p[1] != '\n') {
        *ret_n = 2;
    } else if (s->where == IN_STRING && *p == '"') {
        s->where = IN_CODE;
    } else if (s->where == IN_COMMENT && p[0] == '*' && p[1] == '/') {
        s->where = IN_CODE;
        *ret_n = 2;
    } else if (s->where == IN_LINE_COMMENT && *p == '\n') {
        s->where = IN_CODE;
    }
    return put(s, p, *ret_n);
}

/* @return the quoted path if the line at @p p is an @include, else NULL. */
static const char *include_path(const char *p, size_t *ret_n)
{
    p += strspn(p, " \t");
    if (strncmp(p, "@include", 8) != 0) {
        return NULL;
    }
    p += 8;
    p += strspn(p, " \t");
    if (*p != '"') {
        return NULL;
    }
    *ret_n = strcspn(p + 1, "\"\n");
    return p[1 + *ret_n] == '"' ? p + 1 : NULL;
}

static int scan_text(struct scan *s, int file, const char *text, int depth)
{
    unsigned line = 0;
    bool begins = true;
    for (const char *p = text; *p != '\0';) {
        size_t n = 0;
        int r = 0;
        if (begins) {
            line++;
            const char *path = s->where == IN_CODE ? include_path(p, &n) : NULL;
            if (path != NULL) {
                r = include(s, file, line, path, n, depth);
                p = path + n + 1;
            }
            r = r < 0 ? r : put_origin(s, file, line);
            begins = false;
        } else {
            begins = *p == '\n';
            r = s->where == IN_CODE ? scan_code(s, file, line, text, p, &n) : scan_inside(s, p, &n);
            p += n;
        }
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

int tr_cfg_text_read(struct tr_cfg_ctx *ctx, const char *file, const char *text)
{
    struct scan s = {.ctx = ctx};
    char *own = NULL;
    int r = 0;
    if (strlen(file) >= TR_PATH_MAX) {
        return -ENAMETOOLONG;
    }
    if (text == NULL) {
        r = read_whole(file, &own);
        text = own;
    }
    if (r == 0) {
        r = add_file(&ctx->text, file);
    }
    if (r >= 0) {
        r = put(&s, "", 0);
    }
    if (r == 0) {
        r = scan_text(&s, 0, text, 0);
    }
    free(own);
    if (r == 0 && s.where == IN_COMMENT) {
        /* libconfig would quietly leave out all that follows. */
        tr_cfg_fail_at(ctx, s.comment.file, NULL, s.comment.line, "syntax",
                       "the comment that begins here has no end");
    }
    return r < 0 ? r : ctx->found_n > 0 ? -EINVAL : 0;
}

void tr_cfg_text_free(struct tr_cfg_text *text)
{
    free(text->text);
    free(text->files);
    free(text->origin);
    *text = (struct tr_cfg_text){0};
}
