/* The report in sentences: what to look at. They choose among the report's figures, and
 * compute none. */
#include "cli/report_say.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

const char *const tr_report_say_weekday[7] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                              "Friday", "Saturday", "Sunday"};
struct tr_chart_share tr_report_say_share(const struct tr_report_level *level)
{
    return (struct tr_chart_share){.k = level->kept,
                                   .n = level->counted,
                                   .pct = level->pct,
                                   .low_pct = level->sure_low_pct,
                                   .high_pct = level->sure_high_pct};
}

char *tr_report_say_pct(const struct tr_report_level *level, char *text, size_t cap)
{
    char kept[32], all[32];
    const struct tr_chart_share share = tr_report_say_share(level);
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

char *tr_report_say_promise(const struct tr_report_station *s, char *text, size_t cap)
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

const char *tr_report_say_nobody(enum tr_report_known known, int64_t waits,
                                 const struct tr_report_sight *sight)
{
    static const char *const word[TR_REPORT_KNOWN_COUNT] = {
        "nobody waited", "closed", "before the journal", "nobody watched", "still to come"};
    if (waits > 0) {
        return "nobody waited who counts";
    }
    return word[tr_report_unseen(waits, sight) ? TR_REPORT_AFTER : known];
}

const char *tr_report_say_nobody_at_all(const struct tr_report *r)
{
    static const enum tr_report_known first[] = {TR_REPORT_OPEN, TR_REPORT_AFTER, TR_REPORT_BEFORE,
                                                 TR_REPORT_TO_COME, TR_REPORT_CLOSED};
    static const char *const word[TR_REPORT_KNOWN_COUNT] = {
        "Nobody waited", "Closed", "The journal begins later", "Nobody watched", "Still to come"};
    if (r->count.waits > 0) {
        return "Nobody waited for whom there is a promise";
    }
    if (tr_report_unseen(r->count.waits, &r->sight)) {
        return word[TR_REPORT_AFTER];
    }
    for (size_t k = 0; k < sizeof(first) / sizeof(first[0]); k++) {
        for (int i = 0; i < r->days_n; i++) {
            if (r->day[i].known == first[k]) {
                return word[first[k]];
            }
        }
    }
    return word[TR_REPORT_OPEN];
}

char *tr_report_say_waiting(const struct tr_report *r, char *text, size_t cap)
{
    char s[32];
    const char *at = r->oldest_at;
    for (int i = 0; i < r->stations_n; i++) {
        at = strcmp(r->station[i].id, r->oldest_at) == 0 ? r->station[i].name : at;
    }
    text[0] = '\0';
    if (r->waiting > 0) {
        snprintf(text, cap, "Still waiting: %lld, the longest for %s (%s), not in these figures",
                 (long long)r->waiting, tr_chart_duration(r->oldest_wait_s, s, sizeof(s)), at);
    }
    return text;
}

/* --- what to look at ------------------------------------------------------------------ */

struct saying {
    struct tr_report_said *said;
    int n;
};

static void begin(struct saying *to, enum tr_report_sign sign)
{
    to->said[to->n++] = (struct tr_report_said){.sign = sign};
}

__attribute__((format(printf, 2, 3))) static void more(struct saying *to, const char *fmt, ...)
{
    char *text = to->said[to->n - 1].text;
    const size_t at = strlen(text);
    va_list args;
    va_start(args, fmt);
    vsnprintf(text + at, TR_REPORT_SAY_MAX - at, fmt, args);
    va_end(args);
}

/* Unlike promises are counted, not averaged. */
static void look_promises(struct saying *to, const struct tr_report *r)
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
    begin(to, missed > 0 ? TR_REPORT_BAD : kept == all ? TR_REPORT_GOOD : TR_REPORT_NOTE);
    more(to, "Of %d promises %s %s surely kept", all,
         kept > 0 ? tr_chart_count(kept, text, sizeof(text)) : "none", kept > 1 ? "were" : "was");
    if (missed > 0) {
        more(to, ", %d %s surely missed", missed, missed > 1 ? "were" : "was");
    }
    if (kept + missed < all) {
        more(to, "; %d may be either", all - kept - missed);
    }
}

/* Among the stations with enough waits: the one that surely is best against its promise, and
 * the one that surely breaks it most. */
static void look_stations(struct saying *to, const struct tr_report *r)
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
        begin(to, TR_REPORT_BAD);
        more(to, "%s needs help: %s kept, %.0f %% promised", worst->name,
             tr_report_say_pct(&worst->level, pct, sizeof(pct)), worst->target_pct);
    }
    if (best != NULL) {
        begin(to, TR_REPORT_GOOD);
        more(to, n > 1 ? "%s is worth copying: %s kept" : "%s keeps its promise: %s", best->name,
             tr_report_say_pct(&best->level, pct, sizeof(pct)));
    }
}

/* The hour that surely is the worst: of all with enough waits, the lowest upper bound. One
 * that is no worse than the whole is not worth a line. */
static void look_hour(struct saying *to, const struct tr_report *r)
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
        begin(to, TR_REPORT_BAD);
        more(to, "The hour that hurts: %s %d:00, %s of %s waits", tr_report_say_weekday[day], hour,
             tr_report_say_pct(&worst->level, pct, sizeof(pct)),
             tr_chart_count(worst->level.counted, n, sizeof(n)));
    }
}

static void look_waits(struct saying *to, const struct tr_report *r)
{
    char half[32], most[32], n[32], waits[32];
    const struct tr_report_quantiles *q = &r->quantiles;
    if (q->answered > 0 && !isnan(q->needed_p50_s)) {
        begin(to, TR_REPORT_NOTE);
        more(to, "Half were answered within %s",
             tr_chart_duration(q->needed_p50_s, half, sizeof(half)));
        if (!isnan(q->needed_p90_s)) {
            more(to, ", nine in ten within %s",
                 tr_chart_duration(q->needed_p90_s, most, sizeof(most)));
        } else {
            more(to, "; so many left that nobody can say when nine in ten are");
        }
    }
    const int64_t left = r->count.outcome[TR_OUTCOME_ABANDONED];
    if (left > 0) {
        begin(to, TR_REPORT_NOTE);
        more(to, "In %s of %s waits the customer left unserved", tr_chart_count(left, n, sizeof(n)),
             tr_chart_count(r->count.waits, waits, sizeof(waits)));
    }
}

/* Weeks are compared with the one before, and only where the two are surely apart. */
static void look_weeks(struct saying *to, const struct tr_report *r)
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
    begin(to, better ? TR_REPORT_GOOD : worse ? TR_REPORT_BAD : TR_REPORT_NOTE);
    more(to, "The week is %s the one before (%s)%s",
         better  ? "better than"
         : worse ? "worse than"
                 : "not surely different from",
         tr_report_say_pct(&before->level, then, sizeof(then)),
         now->partial ? "; it is not whole" : "");
}

static void look_smiles(struct saying *to, const struct tr_report *r)
{
    char votes[32];
    for (int i = 0; i < r->stations_n; i++) {
        const struct tr_report_smiles *s = &r->station[i].smiles;
        if (s->votes >= TR_REPORT_LEAST) {
            begin(to, TR_REPORT_NOTE);
            more(to, "%s votes (%s): on average %.0f of 100",
                 tr_chart_count(s->votes, votes, sizeof(votes)), r->station[i].name, s->score_mean);
        }
    }
}

int tr_report_say_look(const struct tr_report *r, struct tr_report_said said[TR_REPORT_SAID_MAX])
{
    struct saying to = {.said = said};
    look_promises(&to, r);
    look_stations(&to, r);
    look_hour(&to, r);
    look_weeks(&to, r);
    look_waits(&to, r);
    look_smiles(&to, r);
    return to.n;
}
