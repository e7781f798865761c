/* The sheet in a terminal: 80 columns at a desk, 45 on a phone on a ladder. */
#include <string.h>

#include "cli/wiring.h"

enum { WIDE = 70 /**< columns from which on things stand side by side */ };

static void newline(struct tr_watch_out *out)
{
    fputc('\n', out->to);
    out->col = 0;
}

static void gap(struct tr_watch_out *out, int to)
{
    if (out->col < to) {
        tr_watch_cell(out, TR_STYLE_PLAIN, to - out->col, "");
    }
}

void tr_wiring_wrap(struct tr_watch_out *out, enum tr_watch_style style, int indent,
                    const char *text)
{
    char word[256];
    bool first = true;
    gap(out, out->col == 0 ? indent : 0);
    while (*text != '\0') {
        size_t n = strcspn(text, " ");
        if (n >= sizeof(word)) {
            n = sizeof(word) - 1;
        }
        memcpy(word, text, n);
        word[n] = '\0';
        const int columns = tr_watch_columns(out, word);
        if (!first && out->col + 1 + columns > out->width) {
            newline(out);
            gap(out, indent);
        } else if (!first) {
            tr_watch_put(out, style, " ");
        }
        tr_watch_put(out, style, word);
        first = false;
        text += n;
        text += strspn(text, " ");
    }
    newline(out);
}

static void heading(struct tr_watch_out *out, const char *text)
{
    newline(out);
    tr_watch_put(out, TR_STYLE_BOLD, text);
    newline(out);
}

void tr_wiring_print_advice(struct tr_watch_out *out, const struct tr_wiring *wiring, bool notes)
{
    for (size_t i = 0; i < wiring->advice_n; i++) {
        const struct tr_wiring_advice *a = &wiring->advice[i];
        char text[TR_ROLE_MAX + TR_ADVICE_MAX + 4];
        if (a->note != notes) {
            continue;
        }
        snprintf(text, sizeof(text), "%s: %s", a->who, a->wrong);
        gap(out, 2);
        tr_wiring_wrap(out, notes ? TR_STYLE_PLAIN : TR_STYLE_AMBER, 4, text);
        snprintf(text, sizeof(text), "-> %s", a->todo);
        gap(out, 4);
        tr_wiring_wrap(out, TR_STYLE_PLAIN, 7, text);
    }
}

/* --- the header -------------------------------------------------------------- */

/* What stands beside a pin's name. @return the style of both. */
static enum tr_watch_style pin_text(const struct tr_wiring *w, const struct tr_pin *pin, bool wide,
                                    char *buf, size_t cap)
{
    char who[TR_ROLE_MAX];
    const int users = tr_wiring_on_pin(w, pin, who, sizeof(who));
    buf[0] = '\0';
    if (pin->kind != TR_PIN_GPIO) {
        return pin->kind == TR_PIN_GND  ? TR_STYLE_DIM
               : pin->kind == TR_PIN_5V ? TR_STYLE_RED
                                        : TR_STYLE_CYAN;
    }
    const bool avoid = pin->advice == TR_ADVICE_AVOID;
    if (users > 0) {
        snprintf(buf, cap, "%s%s", avoid || users > 1 ? "! " : "", who);
    } else if (avoid && wide) {
        snprintf(buf, cap, "keep free (%s)", pin->doubles);
    } else {
        snprintf(buf, cap, "%s", avoid ? "keep free" : "");
    }
    return users > 1 || (users > 0 && avoid) ? TR_STYLE_ALARM
           : users > 0                       ? TR_STYLE_GREEN
           : avoid                           ? TR_STYLE_AMBER
                                             : TR_STYLE_PLAIN;
}

static void one_row(struct tr_watch_out *out, const struct tr_wiring *w, int row, bool wide)
{
    enum { NAME = 6 };
    const struct tr_pin *l = &tr_header40[2 * row], *r = &tr_header40[2 * row + 1];
    const int between = wide ? 2 : 1, middle = 6 + between;
    const int side = (wide ? 35 : (out->width - middle) / 2) - NAME - between;
    char text[TR_ROLE_MAX + 80], pins[16];
    enum tr_watch_style style = pin_text(w, l, wide, text, sizeof(text));
    tr_watch_cell(out, style, -side, text);
    gap(out, side + between);
    tr_watch_cell(out, style, l->kind == TR_PIN_GPIO ? NAME : -NAME, l->name);
    snprintf(pins, sizeof(pins), " %2d %2d%*s", l->pin, r->pin, between, "");
    tr_watch_put(out, TR_STYLE_BOLD, pins);
    style = pin_text(w, r, wide, text, sizeof(text));
    tr_watch_put(out, style, r->name);
    if (text[0] != '\0') {
        const int columns = tr_watch_columns(out, text);
        gap(out, side + 2 * (between + NAME) + middle);
        tr_watch_cell(out, style, columns < side ? columns : side, text);
    }
    newline(out);
}

static void header(struct tr_watch_out *out, const struct tr_wiring *w)
{
    const bool wide = out->width >= WIDE;
    char board[160], text[220];
    snprintf(text, sizeof(text), "Header: %s", tr_wiring_board(w, board, sizeof(board)));
    newline(out);
    tr_wiring_wrap(out, TR_STYLE_BOLD, 0, text);
    tr_wiring_wrap(out, TR_STYLE_PLAIN, 0,
                   "As on the board, the USB sockets towards you: pin 1 is the far left one.");
    for (int row = 0; row < TR_HEADER40_PINS / 2; row++) {
        one_row(out, w, row, wide);
    }
    tr_wiring_wrap(out, TR_STYLE_PLAIN, 0,
                   "With an id: ours. Only 3.3 V may ever reach these pins, and only through the "
                   "circuits below.");
}

/* --- terminals ------------------------------------------------------------------ */

/* What stands beside the cores of a cable, a line at a time. */
static size_t facts(const struct tr_wiring *w, const struct tr_cable *c,
                    char (*line)[TR_ROLE_MAX + 80])
{
    char place[TR_ROLE_MAX];
    snprintf(line[0], sizeof(line[0]), "%s", c->role);
    snprintf(line[1], sizeof(line[1]), "%s; circuit %s",
             tr_wiring_place(w, c, place, sizeof(place)), c->circuit->name);
    tr_wiring_levels(w, c, line[2], sizeof(line[2]));
    return 3;
}

static void terminals(struct tr_watch_out *out, const struct tr_wiring *w)
{
    char line[3][TR_ROLE_MAX + 80], to[TR_ROLE_MAX], text[TR_ROLE_MAX];
    heading(out, "Terminals and cables");
    tr_wiring_wrap(out, TR_STYLE_PLAIN, 0,
                   "Core colours are a suggestion. A core that leads to a line leads there "
                   "through its circuit, never straight.");
    for (int i = 0; i < w->cables_n; i++) {
        const struct tr_cable *c = &w->cables[i];
        newline(out);
        snprintf(text, sizeof(text), "W%d  %s", c->number, c->id);
        tr_watch_put(out, TR_STYLE_BOLD, text);
        newline(out);
        const size_t n = facts(w, c, line);
        for (size_t k = 0; k < n; k++) {
            tr_wiring_wrap(out, TR_STYLE_PLAIN, 4, line[k]);
        }
        for (int k = 0; k < c->circuit->cores_n; k++) {
            gap(out, 4);
            tr_watch_cellf(out, TR_STYLE_BOLD, -3, "%d", c->first + k);
            tr_watch_cellf(out, TR_STYLE_PLAIN, 9, "  %s", c->circuit->cores[k].colour);
            tr_watch_cellf(out, c->circuit->cores[k].to == NULL ? TR_STYLE_GREEN : TR_STYLE_PLAIN,
                           0, "%s", tr_wiring_core_to(w, c, k, to, sizeof(to)));
            newline(out);
        }
    }
}

static void circuits(struct tr_watch_out *out, const struct tr_wiring *w)
{
    char who[1024], text[1100];
    const struct tr_circuit_sheet *s;
    heading(out, "Circuits");
    for (int i = 0; (s = tr_wiring_sheet(i)) != NULL; i++) {
        if (!tr_wiring_users(w, s, who, sizeof(who))) {
            continue;
        }
        newline(out);
        snprintf(text, sizeof(text), "%s: %s", s->name, s->title);
        tr_wiring_wrap(out, TR_STYLE_BOLD, 0, text);
        for (int k = 0; s->art[k] != NULL; k++) {
            gap(out, 1);
            tr_watch_put(out, TR_STYLE_PLAIN, s->art[k]);
            newline(out);
        }
        gap(out, 1);
        tr_wiring_wrap(out, TR_STYLE_PLAIN, 1, s->values);
        snprintf(text, sizeof(text), "for %s", who);
        gap(out, 1);
        tr_wiring_wrap(out, TR_STYLE_GREEN, 1, text);
    }
}

static void labels(struct tr_watch_out *out, const struct tr_wiring *w)
{
    char text[TR_ROLE_MAX + 80], range[32], place[TR_ROLE_MAX];
    heading(out, "Cable labels, one for each end");
    for (int i = 0; i < w->cables_n; i++) {
        const struct tr_cable *c = &w->cables[i];
        snprintf(text, sizeof(text), "W%d %s | box: terminals %s, %s", c->number, c->id,
                 tr_wiring_terminals(c, range, sizeof(range)),
                 tr_wiring_place(w, c, place, sizeof(place)));
        gap(out, 2);
        tr_wiring_wrap(out, TR_STYLE_PLAIN, 6, text);
        snprintf(text, sizeof(text), "W%d %s | shop: %s", c->number, c->id, c->role);
        gap(out, 2);
        tr_wiring_wrap(out, TR_STYLE_PLAIN, 6, text);
    }
}

void tr_wiring_text(struct tr_watch_out *out, const struct tr_wiring *wiring)
{
    const struct tr_plan *p = &wiring->cfg->plan;
    char text[TR_NAME_MAX + 128];
    snprintf(text, sizeof(text), "%s: wiring sheet", p->name[0] != '\0' ? p->name : p->site);
    tr_wiring_wrap(out, TR_STYLE_TITLE, 0, text);
    snprintf(text, sizeof(text), "%s/%s, configuration %s; %d cables, %d terminals", p->site,
             p->unit, wiring->cfg->hash, wiring->cables_n, wiring->terminals_n);
    tr_wiring_wrap(out, TR_STYLE_PLAIN, 0, text);
    if (wiring->warnings_n > 0) {
        heading(out, "Before you wire");
        tr_wiring_print_advice(out, wiring, false);
    }
    if (wiring->header) {
        header(out, wiring);
    } else {
        char board[160];
        snprintf(text, sizeof(text), "No header is drawn: %.90s is no Raspberry Pi's.",
                 tr_wiring_board(wiring, board, sizeof(board)));
        newline(out);
        tr_wiring_wrap(out, TR_STYLE_PLAIN, 0, text);
    }
    if (wiring->advice_n > wiring->warnings_n) {
        heading(out, "Good to know");
        tr_wiring_print_advice(out, wiring, true);
    }
    terminals(out, wiring);
    circuits(out, wiring);
    labels(out, wiring);
}
