/* thirdring check --hardware: rows of findings, and their order. */
#include "cli/hardware.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/calendar.h"
#include "base/version.h"
#include "cli/watch.h"

/* Columns before the text: the mark, then what it is about where there is room. */
enum { MARK_COLUMNS = 9, WHAT_COLUMNS = 16, WIDE = 60, COLUMNS_LEAST = 30, TEXT_MAX = 1024 };

/* --- rows ------------------------------------------------------------------------- */

static int columns_of(const char *text, size_t bytes)
{
    int n = 0;
    for (size_t i = 0; i < bytes; i++) {
        n += ((unsigned char)text[i] & 0xc0) != 0x80;
    }
    return n;
}

/* How many bytes of a word that is wider than a line go into it: up to a slash. */
static size_t cut(const char *word, size_t bytes, int room)
{
    size_t fits = 0, slash = 0;
    while (fits < bytes && columns_of(word, fits + 1) <= room) {
        fits++;
        if (word[fits - 1] == '/' || word[fits - 1] == ',') {
            slash = fits;
        }
    }
    return slash > 0 ? slash : fits;
}

static void wrap(const struct tr_hardware *h, int indent, int col, const char *text)
{
    bool first = true;
    while (*(text += strspn(text, " ")) != '\0') {
        size_t bytes = strcspn(text, " ");
        int wide = columns_of(text, bytes);
        if (!first && col + 1 + wide > h->columns) {
            fprintf(h->to, "\n%*s", indent, "");
            col = indent;
            first = true;
        }
        if (!first) {
            fputc(' ', h->to);
            col++;
        }
        if (col + wide > h->columns) {
            bytes = cut(text, bytes, h->columns - col);
            wide = h->columns; /* the rest of it begins a line */
        }
        fwrite(text, 1, bytes, h->to);
        col += wide;
        text += bytes;
        first = false;
        if (*text != ' ' && *text != '\0') {
            fprintf(h->to, "\n%*s", indent, "");
            col = indent;
            first = true;
        }
    }
    fputc('\n', h->to);
}

/* Texts of others (a broker, a chip's label) may hold anything. */
static void tame(char *text)
{
    for (char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = *c == '\n' || *c == '\t' ? ' ' : '?';
        }
    }
}

void tr_hardware_row(struct tr_hardware *h, enum tr_hardware_mark mark, const char *what,
                     const char *format, ...)
{
    static const struct {
        const char *word, *colour;
    } marks[TR_HARDWARE_MARK_COUNT] = {[TR_HARDWARE_OK] = {"OK", "\033[32m"},
                                       [TR_HARDWARE_MEND] = {"TO DO", "\033[1;31m"},
                                       [TR_HARDWARE_NOTE] = {"-", "\033[2m"}};
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    tame(text);
    h->todo += mark == TR_HARDWARE_MEND;
    fprintf(h->to, "  %s%-5s%s  ", h->colour ? marks[mark].colour : "", marks[mark].word,
            h->colour ? "\033[0m" : "");
    const int wide = columns_of(what, strlen(what));
    if (h->columns >= WIDE && wide < WHAT_COLUMNS) {
        fprintf(h->to, "%s%*s", what, WHAT_COLUMNS - wide, "");
        wrap(h, MARK_COLUMNS + WHAT_COLUMNS, MARK_COLUMNS + WHAT_COLUMNS, text);
    } else {
        char both[TEXT_MAX + 2 * TR_NAME_MAX];
        snprintf(both, sizeof(both), "%s: %s", what, text);
        wrap(h, MARK_COLUMNS, MARK_COLUMNS, both);
    }
}

void tr_hardware_title(const struct tr_hardware *h, const char *title)
{
    fprintf(h->to, "\n%s%s%s\n", h->colour ? "\033[1m" : "", title, h->colour ? "\033[0m" : "");
    fflush(h->to); /* a broker may take its time */
}

bool tr_hardware_read(const struct tr_hardware *h, const char *path, char *ret, size_t cap)
{
    char full[2 * TR_PATH_MAX];
    snprintf(full, sizeof(full), "%s%s", h->root, path);
    FILE *f = fopen(full, "re");
    const bool got = f != NULL && fgets(ret, (int)cap, f) != NULL;
    if (f != NULL) {
        fclose(f);
    }
    if (got) {
        ret[strcspn(ret, "\n")] = '\0';
    }
    return got;
}

/* --- all of it ----------------------------------------------------------------------- */

static int find_columns(void)
{
    int rows, columns;
    const char *told = getenv("COLUMNS");
    const long n = told != NULL ? strtol(told, NULL, 10) : 0;
    tr_watch_term_size(&rows, &columns);
    if (n > 0 && n < 1000) {
        columns = (int)n;
    }
    return columns < COLUMNS_LEAST ? COLUMNS_LEAST : columns;
}

int tr_hardware_check(FILE *to, const char *file, struct tr_config *cfg)
{
    struct tr_hardware h = {.to = to,
                            .cfg = cfg,
                            .file = file,
                            .root = "",
                            .columns = find_columns(),
                            .colour = tr_watch_term_ink(to) == TR_INK_COLOUR};
    const struct tr_plan *p = &cfg->plan;
    tr_calendar_zone(p->timezone);
    fprintf(to, "%s (%s/%s) on this machine, thirdring %s\n",
            p->name[0] != '\0' ? p->name : p->site, p->site, p->unit, tr_version);
    tr_hardware_gpio(&h);
    tr_hardware_broker(&h);
    tr_hardware_disk(&h);
    tr_hardware_clock(&h);
    tr_hardware_board(&h);
    tr_hardware_service(&h);
    if (h.todo == 0) {
        fputs("\nAll is well.\n", to);
    } else {
        fprintf(to, "\n%d thing%s to do.\n", h.todo, h.todo == 1 ? "" : "s");
    }
    return h.todo == 0 ? EX_OK : 1;
}
