/* The sheet on paper: header, terminals, circuits, and labels to cut out. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/page.h"
#include "cli/wiring.h"

enum { DRAWING_MAX = 1 << 20 /**< a larger file is no drawing of ours */ };

static void advice(FILE *to, const struct tr_wiring *w, bool notes)
{
    if (notes ? w->advice_n == w->warnings_n : w->warnings_n == 0) {
        return;
    }
    tr_page_element(to, "h2", NULL, "%s", notes ? "Good to know" : "Before you wire");
    fputs("<ul>\n", to);
    for (size_t i = 0; i < w->advice_n; i++) {
        const struct tr_wiring_advice *a = &w->advice[i];
        if (a->note == notes) {
            fputs("<li><b>", to);
            tr_page_text(to, a->who);
            fputs("</b>: ", to);
            tr_page_text(to, a->wrong);
            fputs(".<br>\n", to);
            tr_page_element(to, "span", notes ? "note" : "todo", "%s", a->todo);
            fputs("</li>\n", to);
        }
    }
    fputs("</ul>\n", to);
}

static void header(FILE *to, const struct tr_wiring *w)
{
    char board[160];
    tr_page_element(to, "h2", NULL, "Header: %s", tr_wiring_board(w, board, sizeof(board)));
    if (!w->header) {
        tr_page_element(to, "p", NULL,
                        "No header is drawn: that is no Raspberry Pi's chip. Lines are named as "
                        "the configuration names them.");
        return;
    }
    fputs("<div class=\"keep wide\">\n", to);
    tr_page_svg_begin(to, 182, 119, "The 40-pin header");
    tr_wiring_svg_header(to, w, 1, 0);
    tr_page_svg_end(to);
    fputs("</div>\n", to);
    tr_page_element(to, "p", NULL,
                    "Only 3.3 V may ever reach a line of this header, and only through the "
                    "circuits below. \"Keep free\" is for a clock, a UPS, the console and the "
                    "board itself.");
}

static void cable_rows(FILE *to, const struct tr_wiring *w, const struct tr_cable *c)
{
    char place[TR_ROLE_MAX], levels[160];
    const int n = c->circuit->cores_n;
    for (int k = 0; k < n; k++) {
        fputs("<tr>", to);
        if (k == 0) {
            fprintf(to, "<td class=\"id\" rowspan=\"%d\">", n);
            tr_page_element(to, "b", NULL, "W%d", c->number);
            fputs("<br>", to);
            tr_page_text(to, c->id);
            fputs("</td>\n", to);
        }
        tr_page_element(to, "td", "num", "%d", c->first + k);
        tr_page_element(to, "td", NULL, "%s", c->circuit->cores[k].colour);
        tr_page_element(to, "td", NULL, "%s", c->circuit->cores[k].mark);
        tr_page_element(to, "td", "nb", "%s", tr_wiring_core_to(w, c, k, place, sizeof(place)));
        if (k == 0) {
            fprintf(to, "<td rowspan=\"%d\">", n);
            tr_page_element(to, "b", NULL, "%s", c->role);
            tr_page_element(to, "div", "note", "circuit %s; %s", c->circuit->name,
                            tr_wiring_levels(w, c, levels, sizeof(levels)));
            fputs("</td>", to);
        }
        fputs("</tr>\n", to);
    }
}

static void terminals(FILE *to, const struct tr_wiring *w)
{
    tr_page_element(to, "h2", "newpage", "Terminals and cables");
    tr_page_element(to, "p", NULL,
                    "Core colours are a suggestion. A core that leads to a line leads there "
                    "through its circuit, never straight.");
    fputs("<div class=\"wide\"><table>\n<thead><tr><th>cable</th><th>terminal</th><th>core</th>"
          "<th>drawn</th><th>leads to</th><th>what it is</th></tr></thead>\n",
          to);
    for (int i = 0; i < w->cables_n; i++) {
        fputs("<tbody class=\"keep\">\n", to);
        cable_rows(to, w, &w->cables[i]);
        fputs("</tbody>\n", to);
    }
    fputs("</table></div>\n", to);
}

/* --- circuits --------------------------------------------------------------------- */

/* @return the file's bytes, to be freed, or NULL. */
static unsigned char *read_drawing(const char *folder, const char *name, size_t *ret_n)
{
    char path[PATH_MAX + 64];
    const int n = snprintf(path, sizeof(path), "%s/%s.svg", folder, name);
    FILE *from = n > 0 && (size_t)n < sizeof(path) ? fopen(path, "re") : NULL;
    if (from == NULL) {
        return NULL;
    }
    unsigned char *bytes = malloc(DRAWING_MAX);
    *ret_n = bytes != NULL ? fread(bytes, 1, DRAWING_MAX, from) : 0;
    const bool good = *ret_n > 0 && *ret_n < DRAWING_MAX && ferror(from) == 0;
    fclose(from);
    if (!good) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

static void base64(FILE *to, const unsigned char *b, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        const unsigned v = ((unsigned)b[i] << 16) | (i + 1 < n ? (unsigned)b[i + 1] << 8 : 0) |
                           (i + 2 < n ? (unsigned)b[i + 2] : 0);
        fputc(digits[v >> 18], to);
        fputc(digits[(v >> 12) & 63], to);
        fputc(i + 1 < n ? digits[(v >> 6) & 63] : '=', to);
        fputc(i + 2 < n ? digits[v & 63] : '=', to);
    }
}

/* As an image inside the page: its own style sheet stays its own. */
static void picture(FILE *to, const struct tr_circuit_sheet *s, const char *drawings)
{
    size_t n = 0;
    unsigned char *bytes = read_drawing(drawings, s->name, &n);
    if (bytes != NULL) {
        fputs("<img alt=\"", to);
        tr_page_text(to, s->title);
        fputs("\" src=\"data:image/svg+xml;base64,", to);
        base64(to, bytes, n);
        fputs("\">\n", to);
        free(bytes);
        return;
    }
    fputs("<pre>", to);
    for (int k = 0; s->art[k] != NULL; k++) {
        tr_page_textf(to, "%s\n", s->art[k]);
    }
    fputs("</pre>\n", to);
}

static void circuits(FILE *to, const struct tr_wiring *w, const char *drawings)
{
    char who[1024];
    const struct tr_circuit_sheet *s;
    tr_page_element(to, "h2", "newpage", "Circuits");
    for (int i = 0; (s = tr_wiring_sheet(i)) != NULL; i++) {
        if (!tr_wiring_users(w, s, who, sizeof(who))) {
            continue;
        }
        fputs("<div class=\"card beside\">\n<div>\n", to);
        picture(to, s, drawings);
        fputs("</div>\n<div>\n", to);
        tr_page_element(to, "h3", NULL, "%s: %s", s->name, s->title);
        tr_page_element(to, "p", "note", "%s.", s->values);
        fputs("<p>For ", to);
        tr_page_element(to, "b", NULL, "%s", who);
        fputs("</p>\n</div>\n</div>\n", to);
    }
}

static void one_label(FILE *to, const struct tr_cable *c, const char *end, const char *text)
{
    fputs("<div class=\"label\">", to);
    fprintf(to, "<b>W%d</b> ", c->number);
    tr_page_textf(to, "%s (%s)", c->id, end);
    fputs("<br>", to);
    tr_page_text(to, text);
    fputs("</div>\n", to);
}

static void labels(FILE *to, const struct tr_wiring *w)
{
    char text[TR_ROLE_MAX + 48], range[32], place[TR_ROLE_MAX];
    tr_page_element(to, "h2", "newpage", "Cable labels");
    tr_page_element(to, "p", NULL, "Two for each cable, one for each end. Cut along the lines.");
    fputs("<div class=\"labels\">\n", to);
    for (int i = 0; i < w->cables_n; i++) {
        const struct tr_cable *c = &w->cables[i];
        snprintf(text, sizeof(text), "terminals %s, %s",
                 tr_wiring_terminals(c, range, sizeof(range)),
                 tr_wiring_place(w, c, place, sizeof(place)));
        one_label(to, c, "box", text);
        one_label(to, c, "shop", c->role);
    }
    fputs("</div>\n", to);
}

void tr_wiring_html(FILE *to, const struct tr_wiring *wiring, const char *drawings)
{
    const struct tr_plan *p = &wiring->cfg->plan;
    char title[TR_NAME_MAX + 32], text[TR_NAME_MAX + 128];
    snprintf(title, sizeof(title), "%s: wiring sheet", p->name[0] != '\0' ? p->name : p->site);
    snprintf(text, sizeof(text), "%s/%s, configuration %s; %d cables, %d terminals", p->site,
             p->unit, wiring->cfg->hash, wiring->cables_n, wiring->terminals_n);
    tr_page_begin(to, title, text);
    advice(to, wiring, false);
    header(to, wiring);
    advice(to, wiring, true);
    terminals(to, wiring);
    circuits(to, wiring, drawings);
    labels(to, wiring);
    snprintf(text, sizeof(text),
             "Made by thirdring wiring from configuration %s. After a change, print it anew.",
             wiring->cfg->hash);
    tr_page_end(to, text);
}
