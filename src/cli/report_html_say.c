/* The page's sentences: what to look at, and how far to believe it; and its words for moments. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/page.h"
#include "cli/report_html.h"

const char *const tr_report_html_rule[TR_RULE_COUNT] = {
    [TR_RULE_WAIT] = "Somebody waits",         [TR_RULE_LENGTH] = "Line too long",
    [TR_RULE_BURNING] = "Service level burns", [TR_RULE_SENSOR] = "Sensor out of order",
    [TR_RULE_OFFLINE] = "Nobody watched",
};

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

void tr_report_html_look(FILE *to, const struct tr_report *r)
{
    static const char *const class[] = {"sign-good", "sign-bad", "sign-note"};
    static const char *const mark[] = {"\u25cf", "\u25c6", "\u2013"};
    struct tr_report_said said[TR_REPORT_SAID_MAX];
    const int n = tr_report_say_look(r, said);
    fputs("<ul class=\"look\">\n", to);
    for (int i = 0; i < n; i++) {
        fprintf(to, "<li><span class=\"%s\">%s</span>", class[said[i].sign], mark[said[i].sign]);
        tr_page_text(to, said[i].text);
        fputs("</li>\n", to);
    }
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
    char at[64], shut[64], said[TR_REPORT_SAY_MAX];
    int n = 0;
    const int64_t minute_ms = 60000;
    if (r->so_far && r->until.ms > r->from.ms) {
        doubt(to, &n, "Until %s: it is not over", tr_report_html_moment(r->until, at, sizeof(at)));
    } else if (r->after_ms >= minute_ms && r->until.ms > r->from.ms) {
        doubt(to, &n, "The journal's last entry is of %s",
              tr_report_html_moment(r->until, at, sizeof(at)));
    }
    if (tr_report_say_waiting(r, said, sizeof(said))[0] != '\0') {
        doubt(to, &n, "%s", said);
    }
    if (r->before_ms >= minute_ms) {
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
