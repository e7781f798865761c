/* Smiles, left and right of the middle; and counts of what was told. */
#include <math.h>

#include "cli/page.h"
#include "cli/report_chart.h"

/* --- smiles ------------------------------------------------------------------------- */

/* A face that needs no colour: the mouth says it. @p mood from -1 to 1. */
static void face(FILE *to, double x, double y, double r, double mood)
{
    const double bend = mood * r * 0.55, mouth = y + r * 0.38 - bend / 2;
    fprintf(to,
            "<circle class=\"face\" cx=\"%.2f\" cy=\"%.2f\" r=\"%.2f\"/>"
            "<circle class=\"mark\" cx=\"%.2f\" cy=\"%.2f\" r=\"%.2f\"/>"
            "<circle class=\"mark\" cx=\"%.2f\" cy=\"%.2f\" r=\"%.2f\"/>"
            "<path class=\"mouth\" d=\"M%.2f %.2fq%.2f %.2f %.2f 0\"/>\n",
            x, y, r, x - r * 0.35, y - r * 0.3, r * 0.11, x + r * 0.35, y - r * 0.3, r * 0.11,
            x - r * 0.5, mouth, r * 0.5, bend * 2, r);
}

static double mood_of(int score, int scores)
{
    return scores > 1 ? 2.0 * score / (scores - 1) - 1 : 0;
}

/* Of five shades, those that fit: two faces are the ends, three have a middle. */
static int shade_of(int score, int scores)
{
    return (int)lround((mood_of(score, scores) + 1) * 2);
}

static void smile_row(FILE *to, const struct tr_chart_smile_row *r, int scores, double y)
{
    const double width = TR_CHART_WIDTH_MM;
    int64_t all = 0;
    for (int s = 0; s < scores; s++) {
        all += r->votes[s];
    }
    tr_chart_label(to, 0, y + 3.2, "", 50, r->label);
    if (all == 0) {
        tr_page_svg_text(to, width, y + 3.2, "s e", "no votes");
        tr_chart_rect(to, "track", 0, y + 4.6, width, 5);
        return;
    }
    tr_page_svg_text(to, width, y + 3.2, "s e", all == 1 ? "%lld vote" : "%lld votes",
                     (long long)all);
    double x = 0;
    for (int s = 0; s < scores; s++) {
        const double w = width * (double)r->votes[s] / (double)all;
        const int shade = shade_of(s, scores);
        char class[4] = {'v', (char)('0' + shade), '\0'};
        if (w <= 0) {
            continue;
        }
        tr_chart_rect(to, class, x, y + 4.6, w - (w > 0.6 ? 0.3 : 0), 5);
        if (w >= 7) {
            tr_page_svg_text(to, x + w / 2, y + 8.2, shade == 0 || shade == 4 ? "m b w" : "m b",
                             "%lld", (long long)r->votes[s]);
        }
        x += w;
    }
    if (r->note != NULL) {
        tr_chart_label(to, 0, y + 12.6, "s", width, r->note);
    }
}

void tr_chart_smiles(FILE *to, const char *title, int scores, const struct tr_chart_smile_row *rows,
                     int n)
{
    const double head = 7;
    double y = head;
    scores = scores < 2 ? 2 : scores > TR_CHART_SCORES ? TR_CHART_SCORES : scores;
    for (int i = 0; i < n; i++) {
        y += rows[i].note != NULL ? 15 : 11.5;
    }
    tr_chart_begin(to, y, title);
    for (int s = 0; s < scores; s++) {
        const double x = 2.6 + s * (TR_CHART_WIDTH_MM - 5.2) / (scores - 1);
        face(to, x, 2.8, 2.5, mood_of(s, scores));
    }
    y = head;
    for (int i = 0; i < n; i++) {
        smile_row(to, &rows[i], scores, y);
        y += rows[i].note != NULL ? 15 : 11.5;
    }
    tr_chart_end(to);
}

void tr_chart_turn(FILE *to, const char *title, const struct tr_chart_turn *turn, int n)
{
    const double top = 4, plot = 26, base = top + plot + 2, w = TR_CHART_WIDTH_MM / (n > 0 ? n : 1);
    double last_x = NAN, last_y = NAN;
    char votes[32];
    tr_chart_begin(to, base + 9, title);
    for (int i = 0; i <= 2; i++) {
        const double y = top + plot * i / 2;
        tr_chart_line(to, i == 1 ? "dash" : "grid", 0, y, TR_CHART_WIDTH_MM, y);
    }
    for (int i = 0; i < n; i++) {
        const double x = (i + 0.5) * w, y = top + plot * (1 - turn[i].score / 100);
        if (turn[i].votes > 0 && !isnan(last_x)) {
            tr_chart_line(to, "axis", last_x, last_y, x, y);
        }
        last_x = turn[i].votes > 0 ? x : NAN;
        last_y = y;
    }
    for (int i = 0; i < n; i++) {
        const double x = (i + 0.5) * w;
        if (turn[i].votes > 0) {
            face(to, x, top + plot * (1 - turn[i].score / 100), 3, turn[i].score / 50 - 1);
        }
        tr_chart_label(to, x, base + 3.6, "m", w - 1, turn[i].label);
        tr_page_svg_text(to, x, base + 7.2, "s m", "%s",
                         tr_chart_count(turn[i].votes, votes, sizeof(votes)));
    }
    tr_chart_end(to);
}

/* --- counts ------------------------------------------------------------------------- */

void tr_chart_bars(FILE *to, const char *title, const struct tr_chart_bar *bars, int n)
{
    const double row = 9.5, width = TR_CHART_WIDTH_MM - 16;
    int64_t most = 1;
    for (int i = 0; i < n; i++) {
        const int64_t all = bars[i].solid + bars[i].hatched;
        most = all > most ? all : most;
    }
    tr_chart_begin(to, n * row + 1, title);
    for (int i = 0; i < n; i++) {
        const struct tr_chart_bar *b = &bars[i];
        const double y = i * row, solid = (double)b->solid / (double)most * width;
        const double hatched = (double)b->hatched / (double)most * width;
        const double label_mm = b->note != NULL ? 48 : TR_CHART_WIDTH_MM;
        tr_chart_label(to, 0, y + 3.2, "", label_mm, b->label);
        if (b->note != NULL) {
            tr_chart_label(to, TR_CHART_WIDTH_MM, y + 3.2, "s e", 38, b->note);
        }
        tr_chart_rect(to, "kept", 0, y + 4.4, solid, 3.4);
        if (b->hatched > 0) {
            tr_chart_rect(to, "held", solid, y + 4.4, hatched, 3.4);
            tr_page_svg_text(to, solid + hatched + 1.2, y + 7.1, "s", "%lld + %lld",
                             (long long)b->solid, (long long)b->hatched);
        } else {
            tr_page_svg_text(to, solid + 1.2, y + 7.1, "s", "%lld", (long long)b->solid);
        }
    }
    tr_chart_end(to);
}
