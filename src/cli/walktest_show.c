/* A walk test on a screen, redrawn in place; as narrow as a telephone's. */
#include <inttypes.h>
#include <string.h>

#include "cli/walktest.h"

enum { MARGIN = 1, HINT_S = 20, SEEN_ROWS = 3, BAR = 12 };

struct frame {
    FILE *to;
    const struct tr_walk_show *show;
    struct tr_watch_view view;
    int row;
};

static struct tr_watch_out next_row(struct frame *f)
{
    struct tr_watch_out out = tr_watch_row(f->to, &f->view, ++f->row);
    return out;
}

static void wrapped(struct frame *f, enum tr_watch_style style, const char *text)
{
    while (*text != '\0') {
        struct tr_watch_out out = next_row(f);
        char line[TR_WALK_WORDS];
        const size_t n = tr_walk_break(text, f->view.columns - MARGIN);
        snprintf(line, sizeof(line), "%.*s", (int)n, text);
        tr_watch_put(&out, TR_STYLE_PLAIN, " ");
        tr_watch_put(&out, style, line);
        text += n;
        text += strspn(text, " ");
    }
}

static void title(struct frame *f)
{
    const struct tr_walk *w = f->show->walk;
    const struct tr_plan *plan = w->plan;
    struct tr_watch_out out = next_row(f);
    char left[TR_NAME_MAX + 16], right[32];
    snprintf(left, sizeof(left), " WALK TEST  %s", plan->name[0] != '\0' ? plan->name : plan->site);
    snprintf(right, sizeof(right), "%d of %d ", w->at > 0 ? w->at : 1, w->steps_n - 1);
    tr_watch_cell(&out, TR_STYLE_TITLE, f->view.columns - (int)strlen(right), left);
    tr_watch_put(&out, TR_STYLE_TITLE, right);
}

static void where(struct frame *f, const struct tr_walk_step *step)
{
    const struct tr_plan *plan = f->show->walk->plan;
    const struct tr_line *line = step->kind == TR_WALK_INPUT    ? &plan->sensors[step->index].line
                                 : step->kind == TR_WALK_OUTPUT ? &plan->outputs[step->index].line
                                                                : NULL;
    struct tr_watch_out out = next_row(f);
    char text[TR_NAME_MAX + 24] = "";
    if (line != NULL) {
        tr_walk_where(f->show->cfg->options.gpio.chip, line, text, sizeof(text));
    }
    tr_watch_cellf(&out, TR_STYLE_DIM, 0, " %s%s%s", tr_walk_id(plan, step),
                   text[0] != '\0' ? "  " : "", text);
}

/* How the line reads, and what it did so far. */
static void level(struct frame *f, int sensor)
{
    const struct tr_walk_line *line = &f->show->walk->line[sensor];
    struct tr_watch_out out = next_row(f);
    const bool on = line->level > 0;
    char longest[24];
    tr_watch_put(&out, TR_STYLE_PLAIN, " ");
    tr_watch_put(&out, on ? TR_STYLE_AMBER : TR_STYLE_DIM,
                 tr_watch_glyph(&out, on ? TR_GLYPH_FULL : TR_GLYPH_EMPTY));
    tr_watch_cell(&out, on ? TR_STYLE_AMBER : TR_STYLE_DIM, 11,
                  line->level < 0 ? " unknown"
                  : on            ? " active"
                                  : " inactive");
    tr_watch_cellf(&out, TR_STYLE_DIM, 0, "%" PRIu32 " edges", line->edges);
    if (line->bounces > 0) {
        tr_watch_cellf(&out, TR_STYLE_DIM, 0, ", bounce %s",
                       tr_walk_ms(line->longest_ns, longest, sizeof(longest)));
    }
}

static void histogram(struct frame *f, int sensor, int rows)
{
    const struct tr_walk_line *line = &f->show->walk->line[sensor];
    uint32_t most = 1;
    for (int b = 0; b < TR_BOUNCE_BUCKETS; b++) {
        most = line->histogram[b] > most ? line->histogram[b] : most;
    }
    for (int b = 0; b < TR_BOUNCE_BUCKETS && rows > 0; b++) {
        char limit[24];
        if (line->histogram[b] == 0) {
            continue;
        }
        rows--;
        struct tr_watch_out out = next_row(f);
        tr_watch_cellf(&out, TR_STYLE_DIM, 16, "   up to %s",
                       tr_walk_ms(tr_bounce_limit_ns[b], limit, sizeof(limit)));
        tr_watch_repeat(&out, TR_STYLE_CYAN, TR_GLYPH_BAR,
                        1 + (int)((uint64_t)line->histogram[b] * (BAR - 1) / most));
        tr_watch_cellf(&out, TR_STYLE_DIM, 0, " %" PRIu32, line->histogram[b]);
    }
}

static bool is_good(enum tr_commission_result r)
{
    return r == TR_COMMISSION_GOOD || r == TR_COMMISSION_SEEN;
}

static enum tr_watch_style style_of(enum tr_commission_result r)
{
    return is_good(r) ? TR_STYLE_GREEN : r <= TR_COMMISSION_SKIPPED ? TR_STYLE_DIM : TR_STYLE_RED;
}

static void state(struct frame *f, const struct tr_walk_step *step)
{
    const struct tr_walk *w = f->show->walk;
    char text[TR_WALK_WORDS];
    const int64_t waits_s = (w->now_ns - w->step_ns) / TR_NS_PER_S;
    if (w->phase == TR_WALK_TOLD) {
        tr_walk_told(w->record, step, text, sizeof(text));
        wrapped(f, style_of(tr_walk_result(w, step)), text);
        return;
    }
    if (w->phase == TR_WALK_BACK) {
        snprintf(text, sizeof(text), "Seen. Now back to rest.");
    } else if (w->opt.step_ns > 0 && step->kind != TR_WALK_REST) {
        const int64_t left_s = w->opt.step_ns / TR_NS_PER_S - waits_s;
        snprintf(text, sizeof(text), "waiting, %" PRId64 " s left", left_s > 0 ? left_s : 0);
    } else if (step->kind == TR_WALK_OUTPUT) {
        snprintf(text, sizeof(text), "y yes, n no, r again");
    } else if (waits_s >= HINT_S) {
        snprintf(text, sizeof(text), "Nothing for %" PRId64 " s. n: nothing comes; s: skip it.",
                 waits_s);
    } else {
        snprintf(text, sizeof(text), "waiting");
    }
    wrapped(f, w->phase == TR_WALK_BACK ? TR_STYLE_CYAN : TR_STYLE_PLAIN, text);
}

static void seen(struct frame *f)
{
    const struct tr_walk *w = f->show->walk;
    const uint32_t n = w->news_n < TR_WALK_NEWS ? w->news_n : TR_WALK_NEWS;
    int rows = 0;
    for (uint32_t i = 0; i < n && rows < SEEN_ROWS; i++) {
        const struct tr_walk_news *s = &w->news[(w->news_n - 1 - i) % TR_WALK_NEWS];
        if (s->kind == TR_WALK_CHANGED) {
            struct tr_watch_out out = next_row(f);
            tr_watch_cellf(&out, rows++ == 0 ? TR_STYLE_BOLD : TR_STYLE_DIM, 0, " %s %s%s",
                           w->plan->sensors[s->sensor].id, s->level ? "ON" : "off",
                           s->asked ? "" : ", not the one asked");
        }
    }
}

/* What was done, the newest first, as far as there is room. */
static void done(struct frame *f)
{
    const struct tr_walk *w = f->show->walk;
    for (int i = w->at - 1; i > 0 && f->row < f->view.rows - 2; i--) {
        const struct tr_walk_step *step = &w->step[i];
        const enum tr_commission_result r = tr_walk_result(w, step);
        char text[TR_WALK_WORDS];
        struct tr_watch_out out = next_row(f);
        tr_walk_told(w->record, step, text, sizeof(text));
        tr_watch_cellf(&out, style_of(r), 0, " %s ", is_good(r) ? "+" : "-");
        tr_watch_cellf(&out, TR_STYLE_PLAIN, 14, "%s", tr_walk_id(w->plan, step));
        tr_watch_put(&out, TR_STYLE_PLAIN, " ");
        tr_watch_cell(&out, style_of(r), f->view.columns - out.col, text);
    }
}

void tr_walk_frame(FILE *to, const struct tr_walk_show *show)
{
    struct frame f = {.to = to, .show = show};
    f.view = (struct tr_watch_view){
        .rows = show->rows, .columns = show->columns, .utf8 = show->utf8, .ink = show->ink};
    const struct tr_walk_step *step = tr_walk_now(show->walk);
    title(&f);
    (void)next_row(&f);
    if (step == NULL || !show->walk->begun) {
        wrapped(&f, TR_STYLE_PLAIN, step == NULL ? "done" : show->source);
    } else {
        char text[TR_WALK_WORDS];
        tr_walk_ask(show->walk->plan, step, text, sizeof(text));
        wrapped(&f, TR_STYLE_BOLD, text);
        where(&f, step);
        (void)next_row(&f);
        if (step->kind == TR_WALK_INPUT) {
            level(&f, step->index);
        } else if (step->kind == TR_WALK_GATE) {
            level(&f, show->walk->plan->gates[step->index].outer);
            level(&f, show->walk->plan->gates[step->index].inner);
        }
        state(&f, step);
        if (step->kind == TR_WALK_INPUT) {
            histogram(&f, step->index, show->rows - f.row > 12 ? 4 : 1);
        }
        (void)next_row(&f);
        seen(&f);
        (void)next_row(&f);
        done(&f);
    }
    (void)next_row(&f); /* a full last line would lose its last letter */
    fputs("\033[J", to);
    if (show->trouble[0] != '\0') {
        f.row = f.view.rows - 2;
        struct tr_watch_out out = next_row(&f);
        tr_watch_put(&out, TR_STYLE_ALARM, show->trouble);
    }
    f.row = f.view.rows - 1;
    struct tr_watch_out out = next_row(&f);
    tr_watch_put(&out, TR_STYLE_DIM,
                 show->keys ? " s skip  r again  b back  n no  y yes  q end" : " Ctrl-C ends it");
}
