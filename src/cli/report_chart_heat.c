/* The week as people know it: hours down, days across. */
#include <math.h>

#include "cli/page.h"
#include "cli/report_chart.h"

#define LEFT_MM 9.0
#define TOP_MM  5.0
#define ROW_MM  5.4

/* The scale is fixed, in levels: a good week must look better than a bad one,
 * not both the same for having a best and a worst hour. */
static const struct {
    double from_pct;
    const char *class;
    const char *text;
    const char *word;
} scale[] = {
    {95, "h0", "m", "\u2265 95 %"}, {90, "h1", "m", "\u2265 90"}, {80, "h2", "m", "\u2265 80"},
    {70, "h3", "m", "\u2265 70"},   {60, "h4", "m", "\u2265 60"}, {-1, "h5", "m w", "below"},
};
enum { SCALE_N = sizeof(scale) / sizeof(scale[0]) };

static int shade(double pct)
{
    int i = 0;
    while (i < SCALE_N - 1 && pct < scale[i].from_pct) {
        i++;
    }
    return i;
}

static void triangle(FILE *to, const char *class, double x, double y)
{
    fprintf(to, "<path class=\"%s\" d=\"M%.2f %.2fh-1.7l1.7 1.7z\"/>\n", class, x, y);
}

static void cell(FILE *to, const struct tr_chart_cell *c, double objective_pct, double x, double y,
                 double w)
{
    const double h = ROW_MM - 0.4, middle = x + w / 2, base = y + h / 2 + 1.05;
    const bool told = c->level.n >= TR_CHART_FEW;
    const int s = shade(c->level.pct);
    if (c->unseen && c->level.n <= 0) {
        tr_chart_rect(to, "unseen", x, y, w - 0.4, h);
        return;
    }
    if (!c->open && c->level.n <= 0) {
        return;
    }
    tr_chart_rect(to, told ? scale[s].class : "empty", x, y, w - 0.4, h);
    if (c->level.n == 0) {
        tr_page_svg_text(to, middle, base, "s m", "\u00b7");
        return;
    }
    if (!told) {
        tr_page_svg_text(to, middle, base, "s m", "%lld/%lld", (long long)c->level.k,
                         (long long)c->level.n);
        return;
    }
    /* Rounded down: no cell says 100 that had a miss. */
    tr_page_svg_text(to, middle, base, scale[s].text, "%.0f", floor(c->level.pct + 1e-9));
    if (c->level.high_pct < objective_pct) {
        triangle(to, s == SCALE_N - 1 ? "markw" : "mark", x + w - 0.4, y);
    }
}

void tr_chart_heat(FILE *to, const struct tr_chart_heat *h)
{
    const int rows = h->hour_to > h->hour_from ? h->hour_to - h->hour_from : 0;
    const int columns = h->columns_n > 0 ? h->columns_n : 1;
    const double w = (TR_CHART_WIDTH_MM - LEFT_MM) / columns;
    tr_chart_begin(to, TOP_MM + rows * ROW_MM, h->title);
    for (int c = 0; c < h->columns_n; c++) {
        tr_chart_label(to, LEFT_MM + (c + 0.5) * w, 3.4, "m", w, h->columns[c]);
    }
    for (int r = 0; r < rows; r++) {
        const double y = TOP_MM + r * ROW_MM;
        tr_page_svg_text(to, LEFT_MM - 1.5, y + ROW_MM / 2 + 0.85, "s e", "%d:00",
                         (h->hour_from + r) % 24);
        for (int c = 0; c < h->columns_n; c++) {
            cell(to, &h->cells[r * h->columns_n + c], h->objective_pct, LEFT_MM + c * w, y, w);
        }
    }
    tr_chart_end(to);
}

void tr_chart_heat_legend(FILE *to)
{
    const double w = 11, y = 1;
    tr_chart_begin(to, 18.5, "How to read the hours");
    for (int i = 0; i < SCALE_N; i++) {
        tr_chart_rect(to, scale[i].class, i * w, y, w - 0.4, 4);
    }
    for (int i = 0; i < SCALE_N; i++) {
        tr_chart_label(to, (i + 0.5) * w, y + 7, "s m", w, scale[i].word);
    }
    tr_chart_rect(to, "h4", 0, 10.5, 4, 3);
    triangle(to, "mark", 4, 10.5);
    tr_page_svg_text(to, 5.5, 13, "s", "surely below the promise");
    tr_chart_rect(to, "empty", 44, 10.5, 4, 3);
    tr_page_svg_text(to, 49.5, 13, "s", "3/4: fewer than %d waits", TR_CHART_FEW);
    tr_page_svg_text(to, 1.6, 17.5, "s", "\u00b7");
    tr_page_svg_text(to, 5.5, 17.5, "s", "open, and nobody waited");
    tr_chart_rect(to, "unseen", 44, 15, 4, 3);
    tr_page_svg_text(to, 49.5, 17.5, "s", "not seen, or not yet");
    tr_chart_end(to);
}
