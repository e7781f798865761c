/* The lower half of the picture: what happened, and the messages behind it. */
#include <string.h>

#include "cli/watch.h"

enum { NEWS_SHARE_PERCENT = 40 };

static void rule(FILE *to, const struct tr_watch_view *view, int row, const char *title)
{
    struct tr_watch_out out = tr_watch_row(to, view, row);
    tr_watch_repeat(&out, TR_STYLE_DIM, TR_GLYPH_RULE, 2);
    tr_watch_cellf(&out, TR_STYLE_BOLD, 0, " %s ", title);
    tr_watch_repeat(&out, TR_STYLE_DIM, TR_GLYPH_RULE, out.width - out.col);
}

static void news(FILE *to, const struct tr_watch_unit *unit, const struct tr_watch_view *view,
                 int row, int rows)
{
    for (int i = 0; i < rows; i++) {
        struct tr_watch_out out = tr_watch_row(to, view, row + i);
        const uint64_t back = (uint64_t)(rows - i);
        const uint64_t kept = unit->news_n < TR_WATCH_NEWS ? unit->news_n : TR_WATCH_NEWS;
        if (back > kept) {
            continue;
        }
        const struct tr_watch_line *line = &unit->news[(unit->news_n - back) % TR_WATCH_NEWS];
        char time[16] = "";
        if (line->at_ms != INT64_MIN) {
            tr_watch_format_time(line->at_ms, TR_TIME_CLOCK, time, sizeof(time));
        }
        tr_watch_cellf(&out, TR_STYLE_DIM, 10, " %s", time);
        tr_watch_cell(&out, TR_STYLE_BOLD, 15, tr_watch_who(unit, line));
        tr_watch_cellf(&out, line->style, 0, " %s%s%s", line->what,
                       line->verdict[0] != '\0' ? ": " : "", line->verdict);
    }
}

/* The group of a topic is its colour. */
static enum tr_watch_style topic_style(const char *topic)
{
    static const struct {
        const char *group;
        enum tr_watch_style style;
    } styles[] = {{"journal/", TR_STYLE_GREEN},
                  {"alert/", TR_STYLE_RED},
                  {"event/", TR_STYLE_CYAN},
                  {"output/", TR_STYLE_AMBER},
                  {"station/", TR_STYLE_BLUE}};
    for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++) {
        if (strncmp(topic, styles[i].group, strlen(styles[i].group)) == 0) {
            return styles[i].style;
        }
    }
    return TR_STYLE_DIM;
}

static void messages(FILE *to, const struct tr_watch_unit *unit, const struct tr_watch_view *view,
                     int row, int rows)
{
    for (int i = 0; i < rows; i++) {
        struct tr_watch_out out = tr_watch_row(to, view, row + i);
        const uint64_t back = (uint64_t)(rows - i);
        const uint64_t kept = unit->log_n < TR_WATCH_LOG ? unit->log_n : TR_WATCH_LOG;
        if (back > kept) {
            continue;
        }
        const struct tr_watch_entry *entry = &unit->log[(unit->log_n - back) % TR_WATCH_LOG];
        tr_watch_put(&out, TR_STYLE_PLAIN, " ");
        tr_watch_cell(&out, topic_style(entry->topic), 26, entry->topic);
        tr_watch_put(&out, TR_STYLE_PLAIN, " ");
        tr_watch_cell(&out, TR_STYLE_PLAIN, out.width - out.col, entry->payload);
    }
}

static void footer(FILE *to, const struct tr_watch_model *model, const struct tr_watch_view *view)
{
    struct tr_watch_out out = tr_watch_row(to, view, view->rows);
    if (view->trouble[0] != '\0') {
        tr_watch_cellf(&out, TR_STYLE_RED, 0, " %.300s%s", view->trouble,
                       view->connected ? "" : "; trying again");
        return;
    }
    if (view->demo && view->page != NULL) {
        tr_watch_cellf(&out, TR_STYLE_DIM, 0, " q ends it; the managers' screen: %s", view->page);
    } else if (view->demo) {
        tr_watch_cellf(&out, TR_STYLE_DIM, 0,
                       " q ends it; all of it: mosquitto_sub -v -L '%s/%s/#'", view->uri,
                       model->base);
    } else {
        tr_watch_put(&out, TR_STYLE_DIM, " q or Ctrl-C ends watching");
    }
    for (int i = 0; i < model->units_n; i++) {
        if (i != model->chosen) {
            tr_watch_cellf(&out, TR_STYLE_DIM, 0, "; also here: %s/%s", model->units[i]->site,
                           model->units[i]->unit);
        }
    }
    if (model->malformed > 0) {
        tr_watch_cellf(&out, TR_STYLE_AMBER, 0, "; %llu malformed messages",
                       (unsigned long long)model->malformed);
    }
}

void tr_watch_draw_panes(FILE *to, const struct tr_watch_model *model,
                         const struct tr_watch_view *view, int row)
{
    const struct tr_watch_unit *unit = tr_watch_chosen(model);
    char title[3 * TR_NAME_MAX + 64];
    int left = view->rows - row; /* the last row is the footer */
    if (left >= 7) {
        const int rows = (left - 2) * NEWS_SHARE_PERCENT / 100;
        rule(to, view, row, "what happens");
        news(to, unit, view, row + 1, rows);
        row += rows + 1;
        left -= rows + 1;
    }
    if (left >= 2) {
        snprintf(title, sizeof(title), "MQTT  %s/%s/%s/  %llu messages", model->base, unit->site,
                 unit->unit, (unsigned long long)unit->log_n);
        rule(to, view, row, title);
        messages(to, unit, view, row + 1, left - 1);
    }
    footer(to, model, view);
}
