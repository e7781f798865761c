/* A walk test as lines: for pipes, terminals that know no cursor, and the end of any. */
#include <inttypes.h>
#include <string.h>

#include "cli/walktest.h"

enum { INDENT = 4 };

/* Bytes of @p text, whole characters, that fit in @p columns. */
static size_t fitting(const char *text, int columns)
{
    size_t n = 0;
    for (int used = 0; text[n] != '\0'; n++) {
        used += ((unsigned char)text[n] & 0xc0) != 0x80;
        if (used > columns) {
            break;
        }
    }
    return n;
}

size_t tr_walk_break(const char *text, int columns)
{
    const size_t n = fitting(text, columns < 10 ? 10 : columns);
    if (text[n] == '\0' || text[n] == ' ') {
        return n;
    }
    size_t at = n;
    while (at > 0 && text[at] != ' ') {
        at--;
    }
    return at > 0 ? at : n;
}

static void paragraph(FILE *to, const struct tr_walk_show *show, enum tr_watch_style style,
                      int indent, const char *text)
{
    struct tr_watch_out out = {
        .to = to, .utf8 = show->utf8, .ink = show->ink, .width = show->columns};
    for (bool first = true; *text != '\0' || first; first = false) {
        char line[3 * TR_WALK_WORDS];
        const size_t n = tr_walk_break(text, show->columns - indent);
        snprintf(line, sizeof(line), "%.*s", (int)n, text);
        out.col = 0;
        fprintf(to, "%*s", indent, "");
        tr_watch_put(&out, style, line);
        fputc('\n', to);
        text += n;
        text += strspn(text, " ");
    }
}

static void tell_step(FILE *to, const struct tr_walk_show *show, int at)
{
    const struct tr_walk *w = show->walk;
    const struct tr_walk_step *step = &w->step[at];
    const struct tr_line *line = step->kind == TR_WALK_INPUT ? &w->plan->sensors[step->index].line
                                 : step->kind == TR_WALK_OUTPUT
                                     ? &w->plan->outputs[step->index].line
                                     : NULL;
    char ask[TR_WALK_WORDS], text[2 * TR_WALK_WORDS], where[TR_NAME_MAX + 24] = "";
    tr_walk_ask(w->plan, step, ask, sizeof(ask));
    if (step->kind == TR_WALK_REST) {
        paragraph(to, show, TR_STYLE_BOLD, 0, ask);
        return;
    }
    if (line != NULL) {
        tr_walk_where(show->cfg->options.gpio.chip, line, where, sizeof(where));
    }
    snprintf(text, sizeof(text), "[%d/%d] %s [%s%s%s]", at, w->steps_n - 1, ask,
             tr_walk_id(w->plan, step), where[0] != '\0' ? ": " : "", where);
    paragraph(to, show, TR_STYLE_BOLD, 0, text);
}

static void tell_news(FILE *to, const struct tr_walk_show *show, const struct tr_walk_news *news)
{
    const struct tr_walk *w = show->walk;
    char text[TR_WALK_WORDS];
    switch (news->kind) {
    case TR_WALK_ASKED:
        tell_step(to, show, news->step);
        return;
    case TR_WALK_CHANGED:
        snprintf(text, sizeof(text), "%s %s%s", w->plan->sensors[news->sensor].id,
                 news->level ? "ON" : "off", news->asked ? "" : " (not the one asked)");
        break;
    case TR_WALK_DECIDED:
        tr_walk_told(w->record, &w->step[news->step], text, sizeof(text));
        break;
    }
    paragraph(to, show, TR_STYLE_PLAIN, INDENT, text);
}

void tr_walk_lines(FILE *to, struct tr_walk_show *show)
{
    const struct tr_walk *w = show->walk;
    if (w->news_n - show->told_n > TR_WALK_NEWS) {
        show->told_n = w->news_n - TR_WALK_NEWS;
    }
    for (; show->told_n < w->news_n; show->told_n++) {
        tell_news(to, show, &w->news[show->told_n % TR_WALK_NEWS]);
    }
}

/* --- the end ------------------------------------------------------------------------------ */

static void tell_bounces(FILE *to, const struct tr_walk_show *show,
                         const struct tr_commissioning *c)
{
    bool any = false;
    for (int i = 0; i < c->plan->sensors_n; i++) {
        const struct tr_commission_input *in = &c->input[i];
        char text[3 * TR_WALK_WORDS], histogram[TR_WALK_WORDS], longest[24], want[24], have[24];
        if (in->bounces == 0) {
            continue;
        }
        if (!any) {
            paragraph(to, show, TR_STYLE_BOLD, 0,
                      "Bounces (suggested: twice the longest seen, rounded up)");
            any = true;
        }
        tr_walk_histogram(in, histogram, sizeof(histogram));
        snprintf(text, sizeof(text),
                 "%s: %" PRIu32 ", the longest %s; suggested %s, configured %s: %s",
                 c->plan->sensors[i].id, in->bounces,
                 tr_walk_ms(in->longest_ns, longest, sizeof(longest)),
                 tr_walk_ms(in->suggested_ns, want, sizeof(want)),
                 tr_walk_ms(in->configured_ns, have, sizeof(have)), histogram);
        paragraph(to, show, TR_STYLE_PLAIN, 2, text);
    }
}

static void tell_untested(FILE *to, const struct tr_walk_show *show,
                          const struct tr_commissioning *c)
{
    char text[8192] = "Not tested:";
    size_t n = strlen(text);
    const size_t empty = n;
    for (int i = 0; i < c->plan->sensors_n && n < sizeof(text); i++) {
        if (c->input[i].result <= TR_COMMISSION_SKIPPED) {
            n += (size_t)snprintf(text + n, sizeof(text) - n, " %s", c->plan->sensors[i].id);
        }
    }
    for (int i = 0; i < c->plan->gates_n && n < sizeof(text); i++) {
        if (c->gate[i].result <= TR_COMMISSION_SKIPPED) {
            n += (size_t)snprintf(text + n, sizeof(text) - n, " %s", c->plan->gates[i].id);
        }
    }
    for (int i = 0; i < c->plan->outputs_n && n < sizeof(text); i++) {
        const enum tr_commission_result r = c->output[i].result;
        if (r <= TR_COMMISSION_SKIPPED || r == TR_COMMISSION_UNASKED) {
            n += (size_t)snprintf(text + n, sizeof(text) - n, " %s", c->plan->outputs[i].id);
        }
    }
    if (n > empty) {
        paragraph(to, show, TR_STYLE_AMBER, 0, text);
    }
}

void tr_walk_summary(FILE *to, const struct tr_walk_show *show, const struct tr_commissioning *c)
{
    static const struct {
        enum tr_watch_style style;
        const char *words;
    } verdicts[TR_COMMISSION_VERDICT_COUNT] = {
        [TR_COMMISSION_PASS] = {TR_STYLE_GREEN, "PASS: everything was seen, and seen right."},
        [TR_COMMISSION_INCOMPLETE] = {TR_STYLE_AMBER, "INCOMPLETE: not everything was tested."},
        [TR_COMMISSION_FAIL] = {TR_STYLE_RED, "FAIL: mend what stands above, and walk again."},
    };
    fputc('\n', to);
    for (int i = 0; i < c->findings_n; i++) {
        const struct tr_finding *f = &c->finding[i];
        char text[TR_FINDING_TEXT + 16];
        snprintf(text, sizeof(text), "%d. %s%s", i + 1,
                 f->severity == TR_FINDING_FAULT ? "" : "(advice) ", f->text);
        paragraph(to, show, f->severity == TR_FINDING_FAULT ? TR_STYLE_RED : TR_STYLE_AMBER, 0,
                  text);
        paragraph(to, show, TR_STYLE_PLAIN, 3, f->advice);
    }
    tell_bounces(to, show, c);
    tell_untested(to, show, c);
    if (c->source == TR_COMMISSION_TRACE) {
        paragraph(to, show, TR_STYLE_AMBER, 0,
                  "This was a trace, not a shop: no wire has been tested.");
    }
    paragraph(to, show, verdicts[c->verdict].style, 0, verdicts[c->verdict].words);
}
