/* Shares with what they prove, and people through time. */
#include <math.h>
#include <stdlib.h>

#include "cli/page.h"
#include "cli/report_chart.h"

#define ROW_MM  13.0
#define FOOT_MM 5.0

/* --- shares ------------------------------------------------------------------------- */

/* Where the axis begins: a multiple of ten below everything that is drawn. */
static double axis_from(const struct tr_chart_row *rows, int n)
{
    double least = 90;
    for (int i = 0; i < n; i++) {
        if (rows[i].level.n > 0) {
            least = fmin(least, rows[i].level.low_pct);
        }
        if (!isnan(rows[i].objective_pct)) {
            least = fmin(least, rows[i].objective_pct);
        }
    }
    return fmax(0, floor((least - 1) / 10) * 10);
}

enum proof { PROOF_KEPT, PROOF_OPEN, PROOF_MISSED, PROOF_NONE };

static enum proof proof_of(const struct tr_chart_row *r)
{
    if (isnan(r->objective_pct)) {
        return PROOF_NONE;
    }
    if (r->level.n < TR_CHART_FEW) {
        return PROOF_OPEN;
    }
    if (r->level.high_pct < r->objective_pct) {
        return PROOF_MISSED;
    }
    return r->level.low_pct >= r->objective_pct ? PROOF_KEPT : PROOF_OPEN;
}

/* A full dot: surely kept. A diamond: surely missed. A ring: it may be either. A stroke:
 * nothing was promised. */
static void dot(FILE *to, enum proof proof, double x, double y)
{
    if (proof == PROOF_MISSED) {
        fprintf(to, "<path class=\"bad\" d=\"M%.2f %.2fl1.7 1.7l-1.7 1.7l-1.7 -1.7z\"/>\n", x,
                y - 1.7);
    } else if (proof == PROOF_NONE) {
        tr_chart_rect(to, "mark", x - 0.4, y - 1.3, 0.8, 2.6);
    } else {
        fprintf(to, "<circle class=\"%s\" cx=\"%.2f\" cy=\"%.2f\" r=\"%s\"/>\n",
                proof == PROOF_KEPT ? "kept" : "open", x, y, proof == PROOF_KEPT ? "1.4" : "1.2");
    }
}

static void row(FILE *to, const struct tr_chart_row *r, double from, double y)
{
    static const char *const bound[] = {"bound", "boundq", "boundx", "boundq"};
    const double width = TR_CHART_WIDTH_MM, scale = width / (100 - from);
    const double middle = y + 5.9;
    const enum proof proof = proof_of(r);
    tr_chart_label(to, 0, y + 3.4, r->accent ? "b" : "", 50, r->label);
    tr_chart_rect(to, "track", 0, middle - 1.3, width, 2.6);
    if (r->level.n > 0) {
        char kept[32], all[32];
        const bool few = r->level.n < TR_CHART_FEW;
        if (!few) {
            tr_page_svg_text(to, width, y + 3.4, "e b", "%.1f %%", tr_chart_shown_pct(&r->level));
        }
        tr_page_svg_text(to, few ? width : width - 15, y + 3.4, "s e", "%s of %s",
                         tr_chart_count(r->level.k, kept, sizeof(kept)),
                         tr_chart_count(r->level.n, all, sizeof(all)));
        const double low = fmax(r->level.low_pct, from);
        tr_chart_rect(to, bound[proof], (low - from) * scale, middle - 1.3,
                      (r->level.high_pct - low) * scale, 2.6);
    } else {
        tr_page_svg_text(to, width, y + 3.4, "s e", "%s",
                         r->nobody != NULL ? r->nobody : "nobody waited");
    }
    if (!isnan(r->objective_pct)) {
        const double x = (r->objective_pct - from) * scale;
        tr_chart_line(to, "goal", x, middle - 2, x, middle + 1.7);
    }
    if (r->level.n > 0) {
        dot(to, proof, fmin((fmax(r->level.pct, from) - from) * scale, width), middle);
    }
    if (r->note != NULL) {
        tr_chart_label(to, 0, y + 10.3, "s", 62, r->note);
    }
    if (!isnan(r->coverage_pct)) {
        tr_page_svg_text(to, width, y + 10.3, r->coverage_pct < 90 ? "s e b" : "s e",
                         "seen %.0f %%", floor(r->coverage_pct + 1e-9));
    }
}

void tr_chart_rows(FILE *to, const char *title, const struct tr_chart_row *rows, int n)
{
    const double from = axis_from(rows, n), height = n * ROW_MM;
    const int step = from < 50 ? 20 : 10;
    tr_chart_begin(to, height + FOOT_MM, title);
    for (int pct = (int)from; pct <= 100; pct += step) {
        const double x = (pct - from) * TR_CHART_WIDTH_MM / (100 - from);
        tr_chart_line(to, "grid", x, 0, x, height);
        tr_page_svg_text(to, x, height + 3.4,
                         pct == (int)from ? "s"
                         : pct == 100     ? "s e"
                                          : "s m",
                         "%d %%", pct);
    }
    for (int i = 0; i < n; i++) {
        row(to, &rows[i], from, i * ROW_MM);
    }
    tr_chart_end(to);
}

/* --- people through time -------------------------------------------------------------- */

void tr_chart_columns(FILE *to, const char *title, const struct tr_chart_column *columns, int n)
{
    const double left = 9, top = 3, height = 34, base = top + height;
    int64_t most = 1;
    bool all = true; /* accents: then none stands out */
    for (int i = 0; i < n; i++) {
        most = columns[i].n > most ? columns[i].n : most;
        all = all && columns[i].accent;
    }
    const double step = fmax(1, tr_chart_step((double)most, 4));
    const double end = ceil((double)most / step) * step;
    const double w = (TR_CHART_WIDTH_MM - left) / (n > 0 ? n : 1);
    const double gap = fmin(0.8, w * 0.2);
    tr_chart_begin(to, base + 6, title);
    for (double v = 0; v <= end + step / 2; v += step) {
        const double y = base - v / end * height;
        tr_chart_line(to, v > 0 ? "grid" : "axis", left, y, TR_CHART_WIDTH_MM, y);
        tr_page_svg_text(to, left - 1.2, y + 0.9, "s e", "%.0f", v);
    }
    for (int i = 0; i < n; i++) {
        const struct tr_chart_column *c = &columns[i];
        const double x = left + i * w + gap / 2;
        const double whole = (double)c->n / end * height, kept = (double)c->kept / end * height;
        if (c->n < 0) {
            tr_chart_rect(to, "unseen", x, top, w - gap, height);
        } else if (c->n > 0) {
            tr_chart_rect(to, c->accent ? "kept" : "kept2", x, base - kept, w - gap, kept);
            if (c->kept < c->n) {
                tr_chart_rect(to, "missed", x, base - whole, w - gap, whole - kept);
            }
        }
        tr_chart_label(to, x + (w - gap) / 2, base + 3.8, c->accent && !all ? "s m b" : "s m",
                       fmax(w, 9), c->label);
    }
    tr_chart_end(to);
}
