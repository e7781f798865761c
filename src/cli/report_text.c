/* The report for a terminal, and for mail: words and numbers; colour only repeats them. */
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "cli/report_text.h"

enum { NAME_LEAST = 12 };

void tr_report_line_end(struct tr_report_page *p)
{
    fputc('\n', p->out.to);
    p->out.col = 0;
}

void tr_report_line(struct tr_report_page *p, enum tr_watch_style style, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    /* Words that do not fit go on a line of their own. */
    for (char *word = text; *word != '\0';) {
        const size_t n = strcspn(word + 1, " ") + 1;
        const char next = word[n];

        word[n] = '\0';
        if (p->out.col + tr_watch_columns(&p->out, word) > p->out.width && p->out.col > 0) {
            tr_report_line_end(p);
            tr_watch_put(&p->out, style, "  ");
            tr_watch_put(&p->out, style, word + (*word == ' '));
        } else {
            tr_watch_put(&p->out, style, word);
        }
        word += n;
        *word = next;
    }
    tr_report_line_end(p);
}

void tr_report_heading(struct tr_report_page *p, const char *title)
{
    tr_report_line_end(p);
    tr_report_line(p, TR_STYLE_BOLD, "%s", title);
}

/* --- words for figures ------------------------------------------------------------------- */

/* Few compare with nothing: "3 of 4" (RULES 24). */
static const char *kept(const struct tr_report_level *l, char *buf)
{
    if (l->counted == 0) {
        return "-";
    }
    if (l->counted < TR_REPORT_LEAST) {
        snprintf(buf, TR_REPORT_TEXT, "%lld of %lld", (long long)l->kept, (long long)l->counted);
    } else {
        const struct tr_chart_share share = tr_report_say_share(l);

        snprintf(buf, TR_REPORT_TEXT, "%.1f %%", tr_chart_shown_pct(&share));
    }
    return buf;
}

static const char *sure(const struct tr_report_level *l, char *buf)
{
    if (l->counted < TR_REPORT_LEAST) {
        return "";
    }
    snprintf(buf, TR_REPORT_TEXT, "%.0f-%.0f", floor(l->sure_low_pct), ceil(l->sure_high_pct));
    return buf;
}

const char *tr_report_seconds(double s, char *buf)
{
    if (isnan(s)) {
        return "-";
    }
    if (s < 60.0) {
        snprintf(buf, TR_REPORT_TEXT, "%.1f s", s);
    } else {
        snprintf(buf, TR_REPORT_TEXT, "%lld:%02lld", (long long)(s + 0.5) / 60,
                 (long long)(s + 0.5) % 60);
    }
    return buf;
}

static const char *percent(double pct, char *buf)
{
    if (isnan(pct)) {
        return "-";
    }
    /* 99.96 is not all. */
    snprintf(buf, TR_REPORT_TEXT, "%.0f %%", pct < 100.0 && pct > 99.0 ? 99.0 : pct);
    return buf;
}

const char *tr_report_length(int64_t ms, char *buf)
{
    const int64_t s = ms / 1000;

    if (s < 60) {
        snprintf(buf, TR_REPORT_TEXT, "%lld s", (long long)s);
    } else if (s < 3600) {
        snprintf(buf, TR_REPORT_TEXT, "%lld min", (long long)s / 60);
    } else {
        snprintf(buf, TR_REPORT_TEXT, "%lld h %02lld min", (long long)s / 3600,
                 (long long)s / 60 % 60);
    }
    return buf;
}

const char *tr_report_moment(struct tr_wall at, char *buf)
{
    const time_t t = (time_t)(at.ms / 1000);
    struct tm tm = {.tm_sec = 0};

    (void)localtime_r(&t, &tm);
    if (strftime(buf, TR_REPORT_TEXT, "%a %e %b %Y, %H:%M", &tm) == 0) {
        buf[0] = '\0';
    }
    return buf;
}

/* Of the promise: green only where so many waits prove that it was kept, red where they prove
 * that it was not (RULES 24). */
static enum tr_watch_style judged(const struct tr_report_level *l, double target_pct)
{
    if (l->counted < TR_REPORT_LEAST || isnan(target_pct)) {
        return TR_STYLE_PLAIN;
    }
    return l->sure_low_pct >= target_pct   ? TR_STYLE_GREEN
           : l->sure_high_pct < target_pct ? TR_STYLE_RED
           : l->pct < target_pct           ? TR_STYLE_AMBER
                                           : TR_STYLE_PLAIN;
}

/* --- a table of levels --------------------------------------------------------------------- */

/* Its columns after the name; those for wider terminals from the left on. */
enum column { WAITS, LEFT, KEPT, SURE, TARGET, P50, P90, NEEDED, SEEN, COLUMN_COUNT };
static const struct {
    const char *title;
    int width, least; /* of the page */
} column[COLUMN_COUNT] = {
    [WAITS] = {"waits", 7, 40}, [LEFT] = {"left", 6, 88},     [KEPT] = {"kept", 9, 40},
    [SURE] = {"95 %", 8, 50},   [TARGET] = {"goal", 7, 72},   [P50] = {"half", 8, 58},
    [P90] = {"9 in 10", 8, 40}, [NEEDED] = {"needed", 8, 80}, [SEEN] = {"seen", 7, 80}};

static void table_head(struct tr_report_page *p, const char *title)
{
    p->name = p->out.width;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        p->name -= p->out.width >= column[i].least ? column[i].width : 0;
    }
    p->name = p->name < NAME_LEAST ? NAME_LEAST : p->name;
    tr_report_line_end(p);
    tr_watch_cell(&p->out, TR_STYLE_BOLD, p->name, title);
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if (p->out.width >= column[i].least) {
            tr_watch_cell(&p->out, TR_STYLE_DIM, -column[i].width, column[i].title);
        }
    }
    tr_report_line_end(p);
}

struct row {
    const char *name;
    const struct tr_report_level *level;
    const struct tr_report_count *count;
    const struct tr_report_sight *sight;
    double target_pct, p50_s, p90_s, needed_s;
    bool needs; /* needed_s is to be had */
    enum tr_report_known known;
};

/* In the place of a level where there is none, and that is not because nobody came. */
static const char *why_none(const struct row *row)
{
    static const char *const word[TR_REPORT_KNOWN_COUNT] = {"-", "closed", "unknown", "unseen",
                                                            "to come"};

    return word[tr_report_unseen(row->count->waits, row->sight) ? TR_REPORT_AFTER
                : row->count->waits > 0                         ? TR_REPORT_OPEN
                                                                : row->known];
}

static void table_row(struct tr_report_page *p, const struct row *row)
{
    char buf[COLUMN_COUNT][TR_REPORT_TEXT];
    const char *text[COLUMN_COUNT];

    snprintf(buf[WAITS], TR_REPORT_TEXT, "%lld", (long long)row->count->waits);
    text[WAITS] = buf[WAITS];
    snprintf(buf[LEFT], TR_REPORT_TEXT, "%lld",
             (long long)(row->count->outcome[TR_OUTCOME_ABANDONED] +
                         row->count->outcome[TR_OUTCOME_EXPIRED]));
    text[LEFT] = buf[LEFT];
    text[KEPT] = row->level->counted > 0 ? kept(row->level, buf[KEPT]) : why_none(row);
    text[SURE] = sure(row->level, buf[SURE]);
    text[TARGET] = isnan(row->target_pct) ? "" : percent(row->target_pct, buf[TARGET]);
    text[P50] = tr_report_seconds(row->p50_s, buf[P50]);
    text[P90] = tr_report_seconds(row->p90_s, buf[P90]);
    text[NEEDED] = row->needs ? tr_report_seconds(row->needed_s, buf[NEEDED]) : "";
    text[SEEN] = percent(row->sight->pct, buf[SEEN]);
    tr_watch_cell(&p->out, TR_STYLE_PLAIN, p->name, row->name);
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if (p->out.width >= column[i].least) {
            tr_watch_cell(&p->out, i == KEPT ? judged(row->level, row->target_pct) : TR_STYLE_PLAIN,
                          -column[i].width, text[i]);
        }
    }
    tr_report_line_end(p);
}

/* --- sections ------------------------------------------------------------------------------ */

static void head(struct tr_report_page *p)
{
    const struct tr_report *r = p->r;
    char a[TR_REPORT_TEXT];
    char b[TR_REPORT_TEXT];
    char said[TR_REPORT_SAY_MAX];
    const int64_t minute_ms = 60000; /* the moment it takes to open */

    tr_report_line(p, TR_STYLE_TITLE, " %s: %s ", r->name, r->title);
    if ((r->so_far || r->after_ms >= minute_ms) && r->until.ms > r->from.ms) {
        tr_report_line(p, TR_STYLE_AMBER, "%s the journal's newest entry is of %s.",
                       r->so_far ? "So far:" : "Not whole:", tr_report_moment(r->until, a));
    }
    if (tr_report_say_waiting(r, said, sizeof(said))[0] != '\0') {
        tr_report_line(p, TR_STYLE_AMBER, "%s.", said);
    }
    if (r->before_ms >= minute_ms && r->known_from.ms < r->until.ms) {
        tr_report_line(p, TR_STYLE_PLAIN, "The journal begins on %s.",
                       tr_report_moment(r->known_from, a));
    }
    if (!r->synced) {
        tr_report_line(p, TR_STYLE_AMBER,
                       "The clock was not set all the time: days and hours may be wrong, "
                       "waits are not.");
    }
    if (r->plans > 1) {
        tr_report_line(p, TR_STYLE_PLAIN, "%d configurations were in force; goals are today's.",
                       r->plans);
    }
    tr_report_line_end(p);
    if (r->level.counted >= TR_REPORT_LEAST) {
        tr_report_line(p, TR_STYLE_BOLD, "%s of %lld promises kept (95 %% sure: %s %%)",
                       kept(&r->level, a), (long long)r->level.counted, sure(&r->level, b));
    } else if (r->level.counted > 0) {
        tr_report_line(p, TR_STYLE_BOLD, "%s promises kept; too few to compare",
                       kept(&r->level, a));
    } else {
        tr_report_line(p, TR_STYLE_BOLD, "%s.", tr_report_say_nobody_at_all(r));
    }
    if (r->count.waits == 0) {
        return;
    }
    if (r->count.outcome[TR_OUTCOME_UNKNOWN] > 0) {
        snprintf(a, sizeof(a), ", %lld nobody can tell of",
                 (long long)r->count.outcome[TR_OUTCOME_UNKNOWN]);
    } else {
        a[0] = '\0';
    }
    tr_report_line(
        p, TR_STYLE_PLAIN,
        "%lld waits of %lld people: %lld answered, %lld left%s, %lld not customers",
        (long long)r->count.waits, (long long)r->count.people,
        (long long)r->count.outcome[TR_OUTCOME_ANSWERED],
        (long long)(r->count.outcome[TR_OUTCOME_ABANDONED] + r->count.outcome[TR_OUTCOME_EXPIRED]),
        a, (long long)r->count.outcome[TR_OUTCOME_VOID]);
    if (r->count.by_staff > 0) {
        tr_report_line(p, TR_STYLE_PLAIN,
                       "%lld of the answers were told by a key of the staff, not seen.",
                       (long long)r->count.by_staff);
    }
}

/* Before any table: what a manager should do about it. */
static void look(struct tr_report_page *p)
{
    static const enum tr_watch_style style[] = {TR_STYLE_GREEN, TR_STYLE_RED, TR_STYLE_PLAIN};
    static const char *const mark[] = {"+", "!", "-"};
    struct tr_report_said said[TR_REPORT_SAID_MAX];
    const int n = tr_report_say_look(p->r, said);

    if (n > 0) {
        tr_report_line_end(p);
    }
    for (int i = 0; i < n; i++) {
        tr_report_line(p, style[said[i].sign], "%s %s", mark[said[i].sign], said[i].text);
    }
}

static void stations(struct tr_report_page *p)
{
    const struct tr_report *r = p->r;

    table_head(p, "Stations");
    for (int i = 0; i < r->stations_n; i++) {
        const struct tr_report_station *s = &r->station[i];

        if (s->kind == TR_KIND_FEEDBACK || (s->gone && s->count.waits == 0)) {
            continue;
        }
        const enum tr_report_known known = s->sight.open_ms > 0 ? TR_REPORT_OPEN
                                           : r->days_n == 1     ? r->day[0].known
                                                                : TR_REPORT_BEFORE;
        table_row(p, &(struct row){s->name, &s->level, &s->count, &s->sight, s->target_pct,
                                   s->quantiles.served_p50_s, s->quantiles.served_p90_s,
                                   s->quantiles.needed_p90_s, true, known});
    }
}

static void dayparts(struct tr_report_page *p)
{
    const struct tr_report *r = p->r;

    if (r->dayparts_n < 2) {
        return;
    }
    table_head(p, "Dayparts");
    for (int i = 0; i < r->dayparts_n; i++) {
        const struct tr_report_daypart *d = &r->daypart[i];

        table_row(p, &(struct row){d->id[0] != '\0' ? d->id : "(none)", &d->level, &d->count,
                                   &d->sight, (double)NAN, d->p50_s, d->p90_s, (double)NAN, false,
                                   TR_REPORT_OPEN});
    }
}

static void cell(struct tr_report_page *p, const struct tr_report_cell *c)
{
    char text[TR_REPORT_TEXT] = "";

    if (c->level.counted == 0) {
        snprintf(text, sizeof(text), "%s", tr_report_cell_unseen(c) ? "?" : c->days > 0 ? "." : "");
    } else if (c->level.counted < TR_REPORT_LEAST) {
        snprintf(text, sizeof(text), "%lld/%lld", (long long)c->level.kept,
                 (long long)c->level.counted);
    } else {
        snprintf(text, sizeof(text), "%.0f", c->level.pct);
    }
    tr_watch_cell(&p->out, TR_STYLE_PLAIN, -5, text);
}

static bool weekday_seen(const struct tr_report_hours *h, int d)
{
    bool any = false;

    for (int i = 0; i < 24; i++) {
        any |= h->cell[d][i].waits > 0 || h->cell[d][i].days > 0;
    }
    return any;
}

static bool any_unseen(const struct tr_report_hours *h)
{
    bool any = false;

    for (int i = 0; i < 7 * 24; i++) {
        any |= weekday_seen(h, i / 24) && tr_report_cell_unseen(&h->cell[i / 24][i % 24]);
    }
    return any;
}

/* Hours down, weekdays across: fits a narrow terminal. */
static void hours(struct tr_report_page *p)
{
    static const char *const weekday[7] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    const struct tr_report_hours *h = &p->r->hours;

    if (h->first < 0) {
        return;
    }
    tr_report_heading(p, "Kept by hour, in % (below ten waits: kept/counted)");
    if (any_unseen(h)) {
        tr_report_line(p, TR_STYLE_DIM, "a dot: open, and nobody waited; ?: not seen, or not yet");
    }
    tr_watch_cell(&p->out, TR_STYLE_DIM, 5, "");
    for (int d = 0; d < 7; d++) {
        if (weekday_seen(h, d)) {
            tr_watch_cell(&p->out, TR_STYLE_DIM, -5, weekday[d]);
        }
    }
    tr_report_line_end(p);
    for (int i = h->first;; i = (i + 1) % 24) {
        tr_watch_cellf(&p->out, TR_STYLE_DIM, 5, "%02d", i);
        for (int d = 0; d < 7; d++) {
            if (weekday_seen(h, d)) {
                cell(p, &h->cell[d][i]);
            }
        }
        tr_report_line_end(p);
        if (i == h->last) {
            break;
        }
    }
}

static void quantiles(struct tr_report_page *p)
{
    static const int at[] = {50, 75, 90, 95, 99};
    const struct tr_report_quantiles *q = &p->r->quantiles;
    const int most = (int)(sizeof(at) / sizeof(at[0]));
    const int n = (p->out.width - 9) / 8 < most ? (p->out.width - 9) / 8 : most;
    char a[TR_REPORT_TEXT];

    if (q->answered == 0) {
        return;
    }
    tr_report_heading(p, "How long people waited");
    tr_watch_cell(&p->out, TR_STYLE_DIM, 9, "");
    for (int i = 0; i < n; i++) {
        tr_watch_cellf(&p->out, TR_STYLE_DIM, -8, "%d %%", at[i]);
    }
    tr_report_line_end(p);
    for (int needed = 0; needed < 2; needed++) {
        tr_watch_cell(&p->out, TR_STYLE_PLAIN, 9, needed ? "needed" : "answered");
        for (int i = 0; i < n; i++) {
            tr_watch_cell(
                &p->out, TR_STYLE_PLAIN, -8,
                tr_report_seconds(needed ? q->needed_s[at[i] - 1] : q->served_s[at[i] - 1], a));
        }
        tr_report_line_end(p);
    }
    tr_report_line(p, TR_STYLE_DIM,
                   "needed: also counts the %lld who left, who waited at least so long",
                   (long long)q->left);
}

static void weeks(struct tr_report_page *p)
{
    const struct tr_report *r = p->r;

    if (r->weeks_n < 2 || !tr_report_weeks_known(r)) {
        return;
    }
    table_head(p, "Weeks (* this)");
    for (int i = 0; i < r->weeks_n; i++) {
        const struct tr_report_week *w = &r->week[i];
        char name[TR_REPORT_TEXT];

        if (w->known == TR_REPORT_TO_COME && w->count.waits == 0) {
            continue;
        }
        snprintf(name, sizeof(name), "%s%s%s", w->monday, w->in_range ? "*" : "",
                 w->partial ? " part" : "");
        table_row(p, &(struct row){name, &w->level, &w->count, &w->sight, (double)NAN, w->p50_s,
                                   w->p90_s, w->needed_p90_s, true, w->known});
    }
}

void tr_report_text(FILE *to, const struct tr_report *report, bool colour, int width)
{
    struct tr_report_page p = {.out = {.to = to,
                                       .utf8 = tr_watch_term_utf8(),
                                       .ink = colour ? TR_INK_COLOUR : TR_INK_NONE,
                                       .width = width},
                               .r = report};

    head(&p);
    look(&p);
    stations(&p);
    dayparts(&p);
    hours(&p);
    quantiles(&p);
    weeks(&p);
    tr_report_text_smiles(&p);
    if (tr_report_knows(report)) {
        tr_report_text_alerts(&p);
        tr_report_text_sensors(&p);
    }
}
