/* Lines and tables: what is told where nothing can be redrawn. */
#include <math.h>
#include <string.h>

#include "cli/watch.h"

void tr_watch_print_line(struct tr_watch_out *out, const struct tr_watch_unit *unit,
                         const struct tr_watch_line *line, int who_width)
{
    char time[16] = "--:--:--";
    if (line->at_ms != INT64_MIN) {
        tr_watch_format_time(line->at_ms, TR_TIME_CLOCK, time, sizeof(time));
    }
    tr_watch_cell(out, TR_STYLE_DIM, 10, time);
    tr_watch_cell(out, TR_STYLE_BOLD, who_width + 2, tr_watch_who(unit, line));
    if (line->verdict[0] != '\0') {
        tr_watch_cell(out, TR_STYLE_PLAIN, 46, line->what);
        tr_watch_put(out, line->style, line->verdict);
    } else {
        tr_watch_put(out, line->style, line->what);
    }
    fputc('\n', out->to);
}

/* Counters since the unit counts are the day's where it counted one day only. */
static int64_t left_today(const struct tr_watch_station *st)
{
    const struct tr_watch_metrics *m = &st->metrics;
    return !st->state.known || m->arrivals == st->state.arrivals ? m->abandoned + m->expired
                                                                 : m->day_counted - m->day_answered;
}

static void seconds_cell(struct tr_watch_out *out, double s)
{
    if (isnan(s)) {
        tr_watch_cell(out, TR_STYLE_DIM, -9, "-");
    } else {
        tr_watch_cellf(out, TR_STYLE_PLAIN, -9, "%.1f s", s);
    }
}

static void station_row(struct tr_watch_out *out, const struct tr_watch_station *st, int width)
{
    const struct tr_watch_metrics *m = &st->metrics;
    out->col = 0;
    tr_watch_cell(out, TR_STYLE_BOLD, width, st->name);
    tr_watch_cellf(out, TR_STYLE_PLAIN, -9, "%lld",
                   (long long)(st->state.known ? st->state.arrivals : m->arrivals));
    tr_watch_cellf(out, TR_STYLE_PLAIN, -9, "%lld", (long long)m->day_answered);
    tr_watch_cellf(out, TR_STYLE_PLAIN, -5, "%lld", (long long)left_today(st));
    if (isnan(m->day_pct)) {
        tr_watch_cell(out, TR_STYLE_DIM, -8, "-");
    } else {
        const bool good = isnan(st->percent) || m->day_pct >= st->percent;
        tr_watch_cellf(out, good ? TR_STYLE_GREEN : TR_STYLE_RED, -8, "%.1f %%", m->day_pct);
    }
    if (isnan(st->percent)) {
        tr_watch_cell(out, TR_STYLE_DIM, -8, "-");
    } else {
        tr_watch_cellf(out, TR_STYLE_PLAIN, -8, "%.0f %%", st->percent);
    }
    seconds_cell(out, m->p50_s);
    seconds_cell(out, m->p90_s);
    seconds_cell(out, m->p95_s);
    fputc('\n', out->to);
}

/* A figure that is less sure than it looks says so. */
static void doubt_row(struct tr_watch_out *out, const struct tr_watch_station *st, int width)
{
    const struct tr_watch_metrics *m = &st->metrics;
    const bool unseen = m->coverage_pct < 99.95;
    if (!m->known || (!unseen && m->day_unsure <= 0)) {
        return;
    }
    out->col = 0;
    tr_watch_cell(out, TR_STYLE_DIM, width, "");
    if (unseen) {
        tr_watch_cellf(out, TR_STYLE_AMBER, 0, "  seen %.1f %% of the opening time",
                       m->coverage_pct);
    }
    if (m->day_unsure > 0 && !isnan(m->day_low_pct) && !isnan(m->day_high_pct)) {
        tr_watch_cellf(out, TR_STYLE_AMBER, 0, "%s %lld wait%s untold: %.1f to %.1f %% kept",
                       unseen ? ";" : " ", (long long)m->day_unsure, m->day_unsure == 1 ? "" : "s",
                       m->day_low_pct, m->day_high_pct);
    }
    fputc('\n', out->to);
}

static void smiles_row(struct tr_watch_out *out, const struct tr_watch_station *st, int width)
{
    const int64_t votes = st->metrics.votes + st->votes_since;
    out->col = 0;
    tr_watch_cell(out, TR_STYLE_BOLD, width, st->name);
    if (votes == 0) {
        tr_watch_put(out, TR_STYLE_DIM, "  no votes");
    } else {
        tr_watch_cellf(out, TR_STYLE_PLAIN, 0, "  %lld vote%s, %.0f of 100 on average",
                       (long long)votes, votes == 1 ? "" : "s",
                       (double)(st->metrics.score_sum + st->score_since) / (double)votes);
    }
    fputc('\n', out->to);
}

void tr_watch_print_summary(struct tr_watch_out *out, const struct tr_watch_unit *unit)
{
    char day[48] = "";
    if (unit->clock.known) {
        tr_watch_format_time(unit->clock.at_ms, TR_TIME_DAY, day, sizeof(day));
    }
    int width = 12;
    for (int i = 0; i < unit->stations_n; i++) {
        const int columns = tr_watch_columns(out, unit->stations[i].name);
        width = columns > width ? columns : width;
    }
    width = width < 32 ? width : 32;
    out->col = 0;
    fputc('\n', out->to);
    tr_watch_put(out, TR_STYLE_BOLD, "The day at ");
    tr_watch_put(out, TR_STYLE_BOLD, unit->name);
    tr_watch_put(out, TR_STYLE_BOLD, day[0] != '\0' ? ", " : "");
    tr_watch_put(out, TR_STYLE_BOLD, day);
    fputc('\n', out->to);
    out->col = 0;
    static const struct {
        int width;
        const char *title;
    } columns[] = {{-9, "arrivals"}, {-9, "answered"}, {-5, "left"}, {-8, "kept"},
                   {-8, "promise"},  {-9, "wait p50"}, {-9, "p90"},  {-9, "p95"}};
    tr_watch_cell(out, TR_STYLE_DIM, width, "station");
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        tr_watch_cell(out, TR_STYLE_DIM, columns[i].width, columns[i].title);
    }
    fputc('\n', out->to);
    for (int i = 0; i < unit->stations_n; i++) {
        const struct tr_watch_station *st = &unit->stations[i];
        if (st->kind == TR_KIND_FEEDBACK) {
            smiles_row(out, st, width);
        } else {
            station_row(out, st, width);
            doubt_row(out, st, width);
        }
    }
}
