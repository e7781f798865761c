/**
 * @file report_chart.h
 * The charts of a report, as inline SVG: pure functions from plain arrays to
 * marks on a page. What they need of CSS is tr_chart_style; patterns and colours
 * that several share come once, by tr_chart_defs().
 *
 * A chart is TR_CHART_WIDTH_MM wide: two stand side by side on A4, one fills a
 * telephone. Whatever colour says is said by a shape, a hatching, a place or a
 * word as well; ink stays ink without colour. Each has a title that a screen
 * reader speaks; the figures stand in a table elsewhere (tr_report_html()).
 *
 * Shares are in percent; NAN: there is none. Text is borrowed for the call.
 */
#ifndef TR_CLI_REPORT_CHART_H
#define TR_CLI_REPORT_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TR_CHART_WIDTH_MM 88.0

enum {
    TR_CHART_FEW = 10, /**< fewer waits than this compare with nothing: "3/4", uncoloured */
    TR_CHART_SCORES = 5
};

/** CSS for the page that holds charts. */
extern const char tr_chart_style[];

/** Patterns; once a page, before the first chart. */
void tr_chart_defs(FILE *to);

/** A share and what it rests on. */
struct tr_chart_share {
    int64_t k, n;                  /**< kept, of so many that count */
    double pct, low_pct, high_pct; /**< NAN where n is 0 */
};

/* --- heat map (report_chart_heat.c) ---------------------------------------- */

/** An hour of a weekday. */
struct tr_chart_cell {
    struct tr_chart_share level;
    bool open;   /**< false: closed; shown only where somebody waited all the same */
    bool unseen; /**< nobody can tell whether somebody came; hatched */
};

struct tr_chart_heat {
    const char *title;
    const char *const *columns; /**< weekdays or days */
    int columns_n;              /**< 1 to 7 */
    int hour_from, hour_to;     /**< rows: [from, to), hours of the shop's day, may pass 24 */
    const struct tr_chart_cell *cells; /**< row by row */
    double objective_pct;              /**< NAN: none */
};

/** Hours down, weekdays across; darker is worse (brighter, on a dark screen), on one scale for
 *  every report, so that sheets can be laid side by side. A triangle: surely below the
 *  objective (the upper bound is). */
void tr_chart_heat(FILE *to, const struct tr_chart_heat *h);
/** The scale, once beside all heat maps. */
void tr_chart_heat_legend(FILE *to);

/* --- shares with their bounds (report_chart_rows.c) ------------------------- */

struct tr_chart_row {
    const char *label;
    const char *note; /**< small, below the label; NULL: none */
    struct tr_chart_share level;
    const char *nobody;   /**< said where n is 0; NULL: "nobody waited" */
    double objective_pct; /**< NAN: none */
    double coverage_pct;  /**< NAN: not told */
    bool accent;          /**< the one that the others are compared with */
};

/** A dot for the level, a bar for its bounds, a stroke for the objective, and
 *  how much was seen. The axis ends at 100 and begins where the rows need it. */
void tr_chart_rows(FILE *to, const char *title, const struct tr_chart_row *rows, int n);

/** Columns through time: people who waited, those in time below, the others
 *  hatched on top. A column of NAN counts (n < 0) is a gap and drawn as one. */
struct tr_chart_column {
    const char *label; /**< "" where the axis would be crowded */
    int64_t kept, n;   /**< n < 0: nobody watched */
    bool accent;
};
void tr_chart_columns(FILE *to, const char *title, const struct tr_chart_column *columns, int n);

/* --- how long people waited (report_chart_curve.c) --------------------------- */

/** A point of a curve: by then, so many have been answered. */
struct tr_chart_point {
    double wait_s, pct;
};

struct tr_chart_curve {
    const char *title;
    const struct tr_chart_point *honest; /**< leavers counted as still waiting when they left */
    size_t honest_n;
    const struct tr_chart_point *naive; /**< answered waits alone */
    size_t naive_n;
    double threshold_s; /**< NAN: none */
    double objective_pct;
    double end_s; /**< where the axis ends; 0: chosen */
};

void tr_chart_curve(FILE *to, const struct tr_chart_curve *c);

/* --- smiles and alerts (report_chart_bars.c) ---------------------------------- */

struct tr_chart_smile_row {
    const char *label;
    const char *note;
    int64_t votes[TR_CHART_SCORES]; /**< from the worst to the best face */
};

/** Shares of each face, laid out left and right of the middle. @p scores 2 to 5. */
void tr_chart_smiles(FILE *to, const char *title, int scores, const struct tr_chart_smile_row *rows,
                     int n);

/** The mean vote of those whose wait was of one length. */
struct tr_chart_turn {
    const char *label; /**< "2 to 5 min" */
    double score;      /**< 0 to 100; NAN: nobody voted */
    int64_t votes;
};

/** At which wait the smiles turn: a face for each length of wait, as high as the votes. */
void tr_chart_turn(FILE *to, const char *title, const struct tr_chart_turn *turn, int n);

struct tr_chart_bar {
    const char *label;
    const char *note;
    int64_t solid;   /**< told */
    int64_t hatched; /**< held back */
};

/** Counts: told, and what was held back, hatched, beside it. */
void tr_chart_bars(FILE *to, const char *title, const struct tr_chart_bar *bars, int n);

/* --- shared by the charts (report_chart.c) ------------------------------------- */

void tr_chart_begin(FILE *to, double height_mm, const char *title);
void tr_chart_end(FILE *to);
void tr_chart_rect(FILE *to, const char *class, double x, double y, double w, double h);
void tr_chart_line(FILE *to, const char *class, double x1, double y1, double x2, double y2);
/** Text that is squeezed, not cut, where it would be wider than @p max_mm. */
void tr_chart_label(FILE *to, double x, double y, const char *class, double max_mm,
                    const char *text);

/** 1, 2 or 5 times a power of ten: a step that makes at most @p steps of @p span. */
double tr_chart_step(double span, int steps);

/** The percentage as printed with one decimal: rounded, but 100 only where all were kept. */
double tr_chart_shown_pct(const struct tr_chart_share *share);

/** "1,204". @return @p text. */
char *tr_chart_count(int64_t n, char *text, size_t cap);

/** "45 s", "2:05", "1:02:05". @return @p text. */
char *tr_chart_duration(double s, char *text, size_t cap);

#endif
