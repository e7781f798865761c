/* The header as a picture, and the sheet on one page. Millimetres. */
#include <string.h>

#include "cli/check.h"
#include "cli/page.h"
#include "cli/wiring.h"

enum { PITCH = 5, HEAD_TOP = 3, PAGE_W = 210, PAGE_H = 297, MARGIN = 12 };

static const struct {
    const char *fill, *word;
} looks[] = {
    {"#bfe8bd", "ours"},    {"#ffd08a", "keep free"}, {"#f7b9b3", "5 V: never to a line"},
    {"#fbeaa8", "3.3 V"},   {"#d5d5d5", "ground"},    {"#ffffff", "free"},
    {"#ff7d70", "mistake"},
};
enum { OURS, KEEP, V5, V33, GROUND, FREE, MISTAKE };

static int look_of(const struct tr_wiring *w, const struct tr_pin *pin, char *who, size_t cap)
{
    const int users = tr_wiring_on_pin(w, pin, who, cap);
    const bool avoid = pin->advice == TR_ADVICE_AVOID;
    switch (pin->kind) {
    case TR_PIN_3V3:
        return V33;
    case TR_PIN_5V:
        return V5;
    case TR_PIN_GND:
        return GROUND;
    case TR_PIN_GPIO:
    default:
        return users > 1 || (users > 0 && avoid) ? MISTAKE : users > 0 ? OURS : avoid ? KEEP : FREE;
    }
}

/* "W1, terminal 3": where the signal of whoever is on this pin comes in. */
static void signal_text(const struct tr_wiring *w, const struct tr_pin *pin, char *buf, size_t cap)
{
    buf[0] = '\0';
    for (int i = 0; i < w->cables_n; i++) {
        const struct tr_cable *c = &w->cables[i];
        for (int k = 0; c->pin == pin && k < c->circuit->cores_n; k++) {
            if (c->circuit->cores[k].to == NULL) {
                snprintf(buf, cap, "W%d, terminal %d", c->number, c->first + k);
            }
        }
    }
}

static void flag(FILE *to, double x, double y, double width, int look)
{
    fprintf(to,
            "<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" rx=\"0.6\" fill=\"%s\" "
            "stroke=\"#000\" stroke-width=\"%s\"/>\n",
            x, y, width, PITCH - 0.8, looks[look].fill, look == MISTAKE ? "0.6" : "0.2");
}

static void one_pin(FILE *to, const struct tr_wiring *w, const struct tr_pin *pin, double x,
                    double y)
{
    char who[TR_ROLE_MAX], where[64];
    const bool left = pin->pin % 2 == 1;
    const int look = look_of(w, pin, who, sizeof(who));
    const double base = y + PITCH / 2.0 + 1.1;
    const double dot = x + (left ? 87.4 : 92.6);
    const double name = x + (left ? 69 : 97);
    const char *outer = left ? "b e" : "b";
    const double text = x + (left ? 67 : 113);
    fprintf(to,
            "<circle cx=\"%g\" cy=\"%g\" r=\"2.1\" fill=\"#fff\" stroke=\"#000\" "
            "stroke-width=\"0.3\"/>\n",
            dot, y + PITCH / 2.0);
    if (pin->pin == 1) {
        fprintf(to,
                "<rect x=\"%g\" y=\"%g\" width=\"4.2\" height=\"4.2\" fill=\"none\" "
                "stroke=\"#000\" stroke-width=\"0.3\"/>\n",
                dot - 2.1, y + PITCH / 2.0 - 2.1);
    }
    tr_page_svg_text(to, dot, base - 0.2, "s m", "%d", pin->pin);
    flag(to, name, y + 0.4, 14, look);
    tr_page_svg_text(to, name + 7, base, "m", "%s", pin->name);
    if (look == OURS || look == MISTAKE) {
        signal_text(w, pin, where, sizeof(where));
        const bool narrow = strlen(who) > 18; /* then there is no room for both */
        tr_page_svg_text(to, text, base, outer, "%.29s%s%s", who, strlen(who) > 29 ? "…" : "",
                         look == MISTAKE ? " !" : "");
        tr_page_svg_text(to, x + (left ? 26 : 154), base, left ? "s e" : "s", "%s",
                         narrow ? "" : where);
    } else if (pin->kind == TR_PIN_GPIO) {
        tr_page_svg_text(
            to, text, base, left ? "s e" : "s", "%s%s%s", look == KEEP ? "keep free: " : "free",
            look == KEEP || pin->doubles[0] == '\0' ? "" : ", doubles as ", pin->doubles);
    }
}

double tr_wiring_svg_header(FILE *to, const struct tr_wiring *wiring, double x, double y)
{
    const double rows = TR_HEADER40_PINS / 2 * PITCH;
    fprintf(to,
            "<rect x=\"%g\" y=\"%g\" width=\"11.4\" height=\"%g\" rx=\"1\" fill=\"#eee\" "
            "stroke=\"#000\" stroke-width=\"0.3\"/>\n",
            x + 84.3, y + HEAD_TOP - 0.5, rows + 1);
    for (int i = 0; i < TR_HEADER40_PINS; i++) {
        one_pin(to, wiring, &tr_header40[i], x, y + HEAD_TOP + i / 2 * PITCH);
    }
    const double legend = y + HEAD_TOP + rows + 4;
    double at = x;
    for (int i = OURS; i <= FREE; i++) {
        flag(to, at, legend, 5, i);
        tr_page_svg_text(to, at + 6.5, legend + 3.2, "s", "%s", looks[i].word);
        at += 11 + 1.55 * (double)strlen(looks[i].word);
    }
    tr_page_svg_text(to, x, legend + 9, "s",
                     "The board with its USB sockets towards you: pin 1, the square one, is far "
                     "left. Beside each id: its cable, and the terminal of its signal.");
    return legend + 11 - y;
}

/* --- the page ------------------------------------------------------------------- */

/* At most @p n bytes, and no half of a character. */
static int whole(const char *text, size_t n)
{
    while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80) {
        n--;
    }
    return (int)n;
}

/* Text in lines of at most @p columns; with to NULL they are only counted. */
static double wrapped(FILE *to, double x, double y, size_t columns, const char *class,
                      const char *text)
{
    while (*text != '\0') {
        size_t n = strlen(text);
        if (n > columns) {
            for (n = columns; n > 0 && text[n] != ' ';) {
                n--;
            }
            n = n == 0 ? (size_t)whole(text, columns) : n;
        }
        if (to != NULL) {
            tr_page_svg_text(to, x, y, class, "%.*s", (int)n, text);
        }
        y += 4.2;
        text += n;
        text += strspn(text, " ");
    }
    return y;
}

static double advice(FILE *to, const struct tr_wiring *w, double y, bool notes)
{
    char text[TR_ROLE_MAX + 2 * TR_ADVICE_MAX + 16];
    bool any = false;
    for (size_t i = 0; i < w->advice_n; i++) {
        const struct tr_wiring_advice *a = &w->advice[i];
        if (a->note != notes) {
            continue;
        }
        if (!any && to != NULL) {
            tr_page_svg_text(to, MARGIN, y + 1, "t2", "%s",
                             notes ? "Good to know" : "Before you wire");
        }
        y += any ? 0 : 6;
        any = true;
        snprintf(text, sizeof(text), "%s: %s. Do: %s.", a->who, a->wrong, a->todo);
        y = wrapped(to, MARGIN, y, notes ? 105 : 92, notes ? "t" : "b", text) + 0.8;
    }
    return y + (any ? 2 : 0);
}

static void cut_text(const struct tr_wiring *w, const struct tr_cable *c, char *buf, size_t cap)
{
    char after[32];
    const struct tr_sensor *s = c->sensor != TR_NONE ? &w->cfg->plan.sensors[c->sensor] : NULL;
    if (s == NULL || !tr_wiring_cut_reads_active(s)) {
        snprintf(buf, cap, "not seen");
    } else if (s->stuck_on_ns > 0) {
        snprintf(buf, cap, "fault, %s", tr_cli_duration(s->stuck_on_ns, after));
    } else {
        snprintf(buf, cap, "active");
    }
}

static double table(FILE *to, const struct tr_wiring *w, double y)
{
    static const struct {
        double x;
        double wide; /* of a letter */
        const char *head, *class;
    } column[] = {{12, 2.1, "cable", "b"},    {24, 1.8, "term.", "t"},      {37, 2.1, "id", "b"},
                  {68, 1.55, "what", "s"},    {120, 1.5, "circuit", "s"},   {137, 1.75, "pin", "t"},
                  {163, 1.75, "active", "t"}, {175, 1.75, "cable cut", "t"}};
    enum { COLUMNS = sizeof(column) / sizeof(column[0]) };
    char cell[COLUMNS][TR_ROLE_MAX];
    for (int k = 0; k < COLUMNS; k++) {
        tr_page_svg_text(to, column[k].x, y, "b", "%s", column[k].head);
    }
    fprintf(to, "<path class=\"line\" d=\"M%d %gH%d\"/>\n", MARGIN, y + 1.3, PAGE_W - MARGIN);
    for (int i = 0; i < w->cables_n; i++) {
        const struct tr_cable *c = &w->cables[i];
        y += 4.4;
        snprintf(cell[0], sizeof(cell[0]), "W%d", c->number);
        tr_wiring_terminals(c, cell[1], sizeof(cell[1]));
        snprintf(cell[2], sizeof(cell[2]), "%s", c->id);
        snprintf(cell[3], sizeof(cell[3]), "%s", c->role);
        snprintf(cell[4], sizeof(cell[4]), "%s", c->circuit->name);
        tr_wiring_place(w, c, cell[5], sizeof(cell[5]));
        snprintf(cell[6], sizeof(cell[6]), "%s", c->line->active_low ? "low" : "high");
        cut_text(w, c, cell[7], sizeof(cell[7]));
        for (int k = 0; k < COLUMNS; k++) {
            const double room = (k + 1 < COLUMNS ? column[k + 1].x : PAGE_W - MARGIN) - column[k].x;
            const size_t most = (size_t)(room / column[k].wide);
            const bool clip = strlen(cell[k]) > most;
            tr_page_svg_text(to, column[k].x, y,
                             k == 0 || k == 2 ? "b"
                             : k == 3         ? "s"
                                              : "t",
                             "%.*s%s", whole(cell[k], clip ? most - 1 : strlen(cell[k])), cell[k],
                             clip ? "…" : "");
        }
        fprintf(to, "<path class=\"thin\" d=\"M%d %gH%d\"/>\n", MARGIN, y + 1.3, PAGE_W - MARGIN);
    }
    return y + 4;
}

void tr_wiring_svg(FILE *to, const struct tr_wiring *wiring)
{
    const struct tr_plan *p = &wiring->cfg->plan;
    const char *name = p->name[0] != '\0' ? p->name : p->site;
    char title[TR_NAME_MAX + 32], board[160];
    const double head = wiring->header ? 119 : 6;
    const double need = advice(NULL, wiring, advice(NULL, wiring, 26, false) + head, true) + 14 +
                        4.4 * wiring->cables_n;
    snprintf(title, sizeof(title), "%s: wiring sheet", name);
    tr_page_svg_begin(to, PAGE_W, need > PAGE_H ? need : PAGE_H, title);
    tr_page_svg_text(to, MARGIN, 14, "t1", "%s", title);
    tr_page_svg_text(to, MARGIN, 20, "s", "%s/%s, configuration %s; %s; %d cables, %d terminals",
                     p->site, p->unit, wiring->cfg->hash,
                     tr_wiring_board(wiring, board, sizeof(board)), wiring->cables_n,
                     wiring->terminals_n);
    double y = advice(to, wiring, 26, false);
    if (wiring->header) {
        y += tr_wiring_svg_header(to, wiring, 15, y - 4) + 1;
    } else {
        tr_page_svg_text(to, MARGIN, y + 1, "t", "No header is drawn: %s is no Raspberry Pi's.",
                         board);
        y += 8;
    }
    y = advice(to, wiring, y, true);
    table(to, wiring, y + 3);
    tr_page_svg_end(to);
}
