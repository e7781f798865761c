/* The report in sentences: what to look at, and how far to believe it. Sentences choose among
 * the report's figures; they compute none. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/page.h"
#include "cli/report_html.h"

const char *const tr_report_html_weekday[7] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                               "Friday", "Saturday", "Sunday"};
const char *const tr_report_html_rule[TR_RULE_COUNT] = {
    [TR_RULE_WAIT] = "Somebody waits",         [TR_RULE_LENGTH] = "Line too long",
    [TR_RULE_BURNING] = "Service level burns", [TR_RULE_SENSOR] = "Sensor out of order",
    [TR_RULE_OFFLINE] = "Nobody watched",
};

char *tr_report_html_pct(const struct tr_report_level *level, char *text, size_t cap)
{
    char kept[32], all[32];
    const struct tr_chart_share share = tr_report_html_share(level);
    if (level->counted == 0) {
        snprintf(text, cap, "\u2013");
    } else if (level->counted < TR_REPORT_LEAST) {
        snprintf(text, cap, "%s of %s", tr_chart_count(level->kept, kept, sizeof(kept)),
                 tr_chart_count(level->counted, all, sizeof(all)));
    } else {
        snprintf(text, cap, "%.1f %%", tr_chart_shown_pct(&share));
    }
    return text;
}

char *tr_report_html_promise(const struct tr_report_station *s, char *text, size_t cap)
{
    char within[32];
    if (s->gone) {
        snprintf(text, cap, "no longer configured");
    } else if (isnan(s->threshold_s)) {
        snprintf(text, cap, "no promise");
    } else if (s->unit == TR_TARGET_RINGS) {
        snprintf(text, cap, "by ring %d, %.0f %% of the time", s->rings, s->target_pct);
    } else {
        snprintf(text, cap, "within %s, %.0f %% of the time",
                 tr_chart_duration(s->threshold_s, within, sizeof(within)), s->target_pct);
    }
    return text;
}

static const char *const month[12] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

char *tr_report_html_moment(struct tr_wall at, char *text, size_t cap)
{
    struct tm t;
    const time_t s = (time_t)(at.ms / 1000);
    if (localtime_r(&s, &t) == NULL) {
        snprintf(text, cap, "?");
    } else {
        snprintf(text, cap, "%d %s %d %02d:%02d", t.tm_mday, month[t.tm_mon], t.tm_year + 1900,
                 t.tm_hour, t.tm_min);
    }
    return text;
}

char *tr_report_html_date(const char *date, char *text, size_t cap)
{
    const int m = strlen(date) >= 10 ? atoi(date + 5) : 0, d = m > 0 ? atoi(date + 8) : 0;
    if (m < 1 || m > 12) {
        snprintf(text, cap, "%s", date);
    } else {
        snprintf(text, cap, "%d %s", d, month[m - 1]);
    }
    return text;
}

char *tr_report_html_long(int64_t ms, char *text, size_t cap)
{
    const long long s = (long long)(ms + 500) / 1000;
    if (s < 120) {
        snprintf(text, cap, "%lld s", s);
    } else if (s < 7200) {
        snprintf(text, cap, "%lld min", (s + 30) / 60);
    } else if (s < 2 * 86400) {
        snprintf(text, cap, "%lld h %lld min", s / 3600, s / 60 % 60);
    } else {
        snprintf(text, cap, "%lld days %lld h", s / 86400, s / 3600 % 24);
    }
    return text;
}

bool tr_report_html_counts(const struct tr_report_station *s)
{
    return s->level.counted > 0;
}

int tr_report_html_days(const struct tr_report_hours *hours, int weekday[7])
{
    int n = 0;
    for (int d = 0; d < 7; d++) {
        bool any = false;
        for (int h = 0; h < 24; h++) {
            any = any || hours->cell[d][h].days > 0 || hours->cell[d][h].waits > 0;
        }
        if (any) {
            weekday[n++] = d;
        }
    }
    return n;
}

int tr_report_html_rows(const struct tr_report_hours *hours)
{
    return hours->first < 0 ? 0 : (hours->last - hours->first + 24) % 24 + 1;
}

/* --- what to look at ------------------------------------------------------------------ */

enum sign { GOOD, BAD, NOTE };

static void item(FILE *to, enum sign sign)
{
    static const char *const class[] = {"sign-good", "sign-bad", "sign-note"};
    static const char *const mark[] = {"\u25cf", "\u25c6", "\u2013"};
    fprintf(to, "<li><span class=\"%s\">%s</span>", class[sign], mark[sign]);
}

/* Unlike promises are counted, not averaged. */
static void look_promises(FILE *to, const struct tr_report *r)
{
    int kept = 0, missed = 0, all = 0;
    char text[32];
    for (int i = 0; i < r->stations_n; i++) {
        const struct tr_report_station *s = &r->station[i];
        if (s->level.counted > 0 && !isnan(s->target_pct)) {
            const bool enough = s->level.counted >= TR_REPORT_LEAST;
            all++;
            kept += enough && s->level.sure_low_pct >= s->target_pct;
            missed += enough && s->level.sure_high_pct < s->target_pct;
        }
    }
    if (all < 2) {
        return;
    }
    item(to, missed > 0 ? BAD : kept == all ? GOOD : NOTE);
    tr_page_textf(to, "Of %d promises %s %s surely kept", all,
                  kept > 0 ? tr_chart_count(kept, text, sizeof(text)) : "none",
                  kept > 1 ? "were" : "was");
    if (missed > 0) {
        tr_page_textf(to, ", %d %s surely missed", missed, missed > 1 ? "were" : "was");
    }
    if (kept + missed < all) {
        tr_page_textf(to, "; %d may be either", all - kept - missed);
    }
    fputs("</li>\n", to);
}

/* Among the stations with enough waits: the one that surely is best against its promise, and
 * the one that surely breaks it most. */
static void look_stations(FILE *to, const struct tr_report *r)
{
    const struct tr_report_station *best = NULL, *worst = NULL;
    char pct[64];
    int n = 0;
    for (int i = 0; i < r->stations_n; i++) {
        const struct tr_report_station *s = &r->station[i];
        if (s->level.counted < TR_REPORT_LEAST || isnan(s->target_pct)) {
            continue;
        }
        n++;
        if (s->level.sure_low_pct >= s->target_pct &&
            (best == NULL || s->level.sure_low_pct > best->level.sure_low_pct)) {
            best = s;
        }
        if (s->level.sure_high_pct < s->target_pct &&
            (worst == NULL || s->level.sure_high_pct - s->target_pct <
                                  worst->level.sure_high_pct - worst->target_pct)) {
            worst = s;
        }
    }
    if (worst != NULL) {
        item(to, BAD);
        tr_page_textf(to, "%s needs help: %s kept, %.0f %% promised", worst->name,
                      tr_report_html_pct(&worst->level, pct, sizeof(pct)), worst->target_pct);
        fputs("</li>\n", to);
    }
    if (best != NULL) {
        item(to, GOOD);
        tr_page_textf(to, n > 1 ? "%s is worth copying: %s kept" : "%s keeps its promise: %s",
                      best->name, tr_report_html_pct(&best->level, pct, sizeof(pct)));
        fputs("</li>\n", to);
    }
}

/* The hour that surely is the worst: of all with enough waits, the lowest upper bound. One
 * that is no worse than the whole is not worth a line. */
static void look_hour(FILE *to, const struct tr_report *r)
{
    const struct tr_report_cell *worst = NULL;
    int day = 0, hour = 0;
    char pct[64], n[32];
    for (int d = 0; d < 7; d++) {
        for (int h = 0; h < 24; h++) {
            const struct tr_report_cell *c = &r->hours.cell[d][h];
            if (c->level.counted >= TR_REPORT_LEAST && c->level.sure_high_pct < r->level.pct &&
                (worst == NULL || c->level.sure_high_pct < worst->level.sure_high_pct)) {
                worst = c;
                day = d;
                hour = h;
            }
        }
    }
    if (worst != NULL) {
        item(to, BAD);
        tr_page_textf(to, "The hour that hurts: %s %d:00, %s of %s waits",
                      tr_report_html_weekday[day], hour,
                      tr_report_html_pct(&worst->level, pct, sizeof(pct)),
                      tr_chart_count(worst->level.counted, n, sizeof(n)));
        fputs("</li>\n", to);
    }
}

static void look_waits(FILE *to, const struct tr_report *r)
{
    char half[32], most[32], n[32], waits[32];
    const struct tr_report_quantiles *q = &r->quantiles;
    if (q->answered > 0 && !isnan(q->needed_p50_s)) {
        item(to, NOTE);
        tr_page_textf(to, "Half were answered within %s",
                      tr_chart_duration(q->needed_p50_s, half, sizeof(half)));
        if (!isnan(q->needed_p90_s)) {
            tr_page_textf(to, ", nine in ten within %s",
                          tr_chart_duration(q->needed_p90_s, most, sizeof(most)));
        } else {
            tr_page_textf(to, "; so many left that nobody can say when nine in ten are");
        }
        fputs("</li>\n", to);
    }
    const int64_t left = r->count.outcome[TR_OUTCOME_ABANDONED];
    if (left > 0) {
        item(to, NOTE);
        tr_page_textf(to, "In %s of %s waits the customer left unserved",
                      tr_chart_count(left, n, sizeof(n)),
                      tr_chart_count(r->count.waits, waits, sizeof(waits)));
        fputs("</li>\n", to);
    }
}

/* Weeks are compared with the one before, and only where the two are surely apart. */
static void look_weeks(FILE *to, const struct tr_report *r)
{
    if (r->weeks_n < 2) {
        return;
    }
    const struct tr_report_week *now = &r->week[r->weeks_n - 1], *before = now - 1;
    char then[64];
    if (now->level.counted < TR_REPORT_LEAST || before->level.counted < TR_REPORT_LEAST) {
        return;
    }
    const bool better = now->level.sure_low_pct > before->level.sure_high_pct;
    const bool worse = now->level.sure_high_pct < before->level.sure_low_pct;
    item(to, better ? GOOD : worse ? BAD : NOTE);
    tr_page_textf(to, "The week is %s the one before (%s)%s",
                  better  ? "better than"
                  : worse ? "worse than"
                          : "not surely different from",
                  tr_report_html_pct(&before->level, then, sizeof(then)),
                  now->partial ? ", so far" : "");
    fputs("</li>\n", to);
}

static void look_smiles(FILE *to, const struct tr_report *r)
{
    char votes[32];
    for (int i = 0; i < r->stations_n; i++) {
        const struct tr_report_smiles *s = &r->station[i].smiles;
        if (s->votes >= TR_REPORT_LEAST) {
            item(to, NOTE);
            tr_page_textf(to, "%s votes (%s): on average %.0f of 100",
                          tr_chart_count(s->votes, votes, sizeof(votes)), r->station[i].name,
                          s->score_mean);
            fputs("</li>\n", to);
        }
    }
}

void tr_report_html_look(FILE *to, const struct tr_report *r)
{
    fputs("<ul class=\"look\">\n", to);
    look_promises(to, r);
    look_stations(to, r);
    look_hour(to, r);
    look_weeks(to, r);
    look_waits(to, r);
    look_smiles(to, r);
    fputs("</ul>\n", to);
}

/* --- how far to trust it ---------------------------------------------------------------- */

/* The list begins with its first sentence. */
__attribute__((format(printf, 3, 4))) static void doubt(FILE *to, int *n, const char *fmt, ...)
{
    char text[TR_REPORT_SAY_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if ((*n)++ == 0) {
        fputs("<div class=\"trust\"><b>How far to trust it</b>\n<ul>\n", to);
    }
    tr_page_element(to, "li", NULL, "%s", text);
}

static void doubt_counts(FILE *to, int *n, const struct tr_report *r)
{
    char a[32], b[32];
    const int64_t answered = r->count.outcome[TR_OUTCOME_ANSWERED];
    if (r->count.by_staff > 0) {
        doubt(to, n, "%s of %s answers were told by a staff key, not seen by a sensor",
              tr_chart_count(r->count.by_staff, a, sizeof(a)),
              tr_chart_count(answered, b, sizeof(b)));
    }
    if (r->level.unsure > 0) {
        doubt(to, n,
              "Of %s waits nobody can say whether the promise was kept; they are in the "
              "bounds only",
              tr_chart_count(r->level.unsure, a, sizeof(a)));
    }
    if (r->count.inaccurate > 0) {
        doubt(to, n,
              r->count.inaccurate > 1
                  ? "%s waits are not exact: signals were lost, or a rule had to guess"
                  : "%s wait is not exact: signals were lost, or a rule had to guess",
              tr_chart_count(r->count.inaccurate, a, sizeof(a)));
    }
    if (r->count.outcome[TR_OUTCOME_VOID] > 0) {
        doubt(to, n,
              r->count.outcome[TR_OUTCOME_VOID] > 1 ? "%s waits were voided and do not count"
                                                    : "%s wait was voided and does not count",
              tr_chart_count(r->count.outcome[TR_OUTCOME_VOID], a, sizeof(a)));
    }
}

void tr_report_html_trust(FILE *to, const struct tr_report *r)
{
    char at[64], shut[64];
    int n = 0;
    if (r->so_far) {
        doubt(to, &n, "Until %s: it is not over", tr_report_html_moment(r->until, at, sizeof(at)));
    } else if (r->until.ms < r->to.ms && r->until.ms > 0) {
        doubt(to, &n, "The journal's last entry is of %s",
              tr_report_html_moment(r->until, at, sizeof(at)));
    }
    if (r->known_from.ms > r->from.ms) {
        doubt(to, &n, "The journal begins on %s",
              tr_report_html_moment(r->known_from, at, sizeof(at)));
    }
    if (!isnan(r->sight.pct) && r->sight.full_ms < r->sight.open_ms) {
        doubt(to, &n, "%.1f %% of the opening time was measured in full", fmin(r->sight.pct, 99.9));
    }
    if (r->absent_ms > 0) {
        doubt(to, &n, "During %s of opening time nobody watched",
              tr_report_html_long(r->absent_ms, shut, sizeof(shut)));
    }
    doubt_counts(to, &n, r);
    if (!r->synced) {
        doubt(to, &n, "The clock was not always set: hours and days may be wrong, waits are not");
    }
    if (r->plans > 1) {
        doubt(to, &n, "%d configurations were in force; each wait keeps the promise it began under",
              r->plans);
    }
    if (r->lost > 0) {
        doubt(to, &n, "The journal has lost %lld rows in its life", (long long)r->lost);
    }
    if (n > 0) {
        fputs("</ul></div>\n", to);
    }
}
