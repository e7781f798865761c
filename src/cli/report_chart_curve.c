/* How long people waited: the share answered by each moment. */
#include <math.h>

#include "cli/page.h"
#include "cli/report_chart.h"

#define LEFT_MM  10.0
#define TOP_MM   6.0
#define PLOT_MM  42.0
#define RIGHT_MM 86.5

struct frame {
    double end_s;
};

static double x_of(const struct frame *f, double s)
{
    return LEFT_MM + fmin(fmax(s, 0), f->end_s) / f->end_s * (RIGHT_MM - LEFT_MM);
}

static double y_of(double pct)
{
    return TOP_MM + (100 - pct) / 100 * PLOT_MM;
}

/* A step of the clock: people read 30 s and 2 min, not 20 s and 1:40. */
static double tick_s(double end_s)
{
    static const double steps[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200};
    const size_t n = sizeof(steps) / sizeof(steps[0]);
    for (size_t i = 0; i < n; i++) {
        if (end_s / steps[i] <= 6) {
            return steps[i];
        }
    }
    return ceil(end_s / 6 / 3600) * 3600;
}

/* Far enough for nine in ten, and for the promise; not for the longest wait of the year. */
static double end_of(const struct tr_chart_curve *c)
{
    double end = isnan(c->threshold_s) ? 0 : c->threshold_s * 1.25;
    for (size_t i = 0; i < c->honest_n && (i == 0 || c->honest[i - 1].pct < 95); i++) {
        end = fmax(end, c->honest[i].wait_s);
    }
    end = c->end_s > 0 ? c->end_s : end;
    end = end > 0 && isfinite(end) ? end : 60;
    const double tick = tick_s(end);
    return ceil(end / tick - 1e-9) * tick;
}

/* Steps, for a share jumps at each wait and is level between them. */
static void curve(FILE *to, const struct frame *f, const char *class,
                  const struct tr_chart_point *p, size_t n)
{
    if (n == 0) {
        return;
    }
    double y = y_of(0);
    fprintf(to, "<path class=\"%s\" d=\"M%.2f %.2f", class, x_of(f, 0), y);
    for (size_t i = 0; i < n && p[i].wait_s <= f->end_s; i++) {
        y = y_of(p[i].pct);
        fprintf(to, "H%.2fV%.2f", x_of(f, p[i].wait_s), y);
    }
    /* Beyond its last point a curve is not known, unless it has arrived. */
    if (p[n - 1].wait_s > f->end_s || p[n - 1].pct >= 100) {
        fprintf(to, "H%.2f", x_of(f, f->end_s));
    }
    fputs("\"/>\n", to);
}

static void grid(FILE *to, const struct frame *f)
{
    char text[32];
    for (int pct = 0; pct <= 100; pct += 25) {
        tr_chart_line(to, pct > 0 ? "grid" : "axis", LEFT_MM, y_of(pct), RIGHT_MM, y_of(pct));
        tr_page_svg_text(to, LEFT_MM - 1.2, y_of(pct) + 0.9, "s e", "%d %%", pct);
    }
    const double tick = tick_s(f->end_s);
    for (int i = 0; i * tick <= f->end_s * (1 + 1e-9); i++) {
        const double x = x_of(f, i * tick);
        tr_chart_line(to, "grid", x, TOP_MM, x, y_of(0));
        tr_page_svg_text(to, x, y_of(0) + 3.8, x > RIGHT_MM - 3 ? "s e" : "s m", "%s",
                         i == 0 ? "0" : tr_chart_duration(i * tick, text, sizeof(text)));
    }
}

void tr_chart_curve(FILE *to, const struct tr_chart_curve *c)
{
    char text[32];
    const struct frame f = {.end_s = end_of(c)};
    tr_chart_begin(to, y_of(0) + 10, c->title);
    grid(to, &f);
    if (!isnan(c->threshold_s) && c->threshold_s <= f.end_s) {
        const double x = x_of(&f, c->threshold_s);
        tr_chart_line(to, "goal", x, TOP_MM - 1.5, x, y_of(0));
        tr_page_svg_text(to, x, TOP_MM - 2.4, x > 70 ? "s e" : "s m", "promise %s",
                         tr_chart_duration(c->threshold_s, text, sizeof(text)));
        if (!isnan(c->objective_pct)) {
            tr_chart_line(to, "dash", LEFT_MM, y_of(c->objective_pct), x, y_of(c->objective_pct));
        }
    }
    curve(to, &f, "naive", c->naive, c->naive_n);
    curve(to, &f, "honest", c->honest, c->honest_n);
    const double y = y_of(0) + 8.2;
    tr_chart_line(to, "honest", LEFT_MM, y - 0.9, LEFT_MM + 5, y - 0.9);
    tr_page_svg_text(to, LEFT_MM + 6, y, "s", "with those who left");
    tr_chart_line(to, "naive", 50, y - 0.9, 55, y - 0.9);
    tr_page_svg_text(to, 56, y, "s", "answered waits alone");
    tr_chart_end(to);
}
