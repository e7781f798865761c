/* Business days as numbers, and the words for them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/report_data.h"

const char *const tr_report_weekday_name[7] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                               "Friday", "Saturday", "Sunday"};
const char *const tr_report_month_name[12] = {"January",   "February", "March",    "April",
                                              "May",       "June",     "July",     "August",
                                              "September", "October",  "November", "December"};

enum { DAYS_PER_ERA = 146097, QUARTER_S = 900, DAY_S = 86400 };

struct date {
    int y, m, d;
};

/* The proleptic Gregorian calendar by eras of 400 years from March 1st (H. Hinnant,
 * "chrono-compatible low-level date algorithms"). */
static int day_number(int y, int m, int d)
{
    y -= m <= 2;
    const int era = (y >= 0 ? y : y - 399) / 400;
    const int yoe = y - era * 400;
    const int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * DAYS_PER_ERA + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static struct date date_of(int day)
{
    day += 719468;
    const int era = (day >= 0 ? day : day - DAYS_PER_ERA + 1) / DAYS_PER_ERA;
    const int doe = day - era * DAYS_PER_ERA;
    const int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int mp = (5 * doy + 2) / 153;
    const int m = mp < 10 ? mp + 3 : mp - 9;
    return (struct date){yoe + era * 400 + (m <= 2), m, doy - (153 * mp + 2) / 5 + 1};
}

bool tr_report_date_parse(const char *text, int *ret_day)
{
    struct date t = {0, 0, 0};
    int n = 0;

    if (sscanf(text, "%4d-%2d-%2d%n", &t.y, &t.m, &t.d, &n) != 3 || text[n] != '\0' || n != 10 ||
        t.y < 1970 || t.m < 1 || t.m > 12 || t.d < 1) {
        return false;
    }
    const int day = day_number(t.y, t.m, t.d);
    const struct date back = date_of(day);
    if (back.d != t.d || back.m != t.m) {
        return false;
    }
    *ret_day = day;
    return true;
}

void tr_report_date(int day, char ret[TR_REPORT_DATE_MAX])
{
    const struct date t = date_of(day);

    snprintf(ret, TR_REPORT_DATE_MAX, "%04d-%02d-%02d", t.y % 10000, t.m, t.d);
}

void tr_report_date_words(int day, char *ret, size_t cap)
{
    const struct date t = date_of(day);

    snprintf(ret, cap, "%d %s %d", t.d, tr_report_month_name[t.m - 1], t.y);
}

int tr_report_weekday(int day)
{
    return ((day + 3) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
}

/* A week belongs to the year that has its Thursday. */
int tr_report_week_number(int day)
{
    const int thursday = day - tr_report_weekday(day) + 3;

    return (thursday - day_number(date_of(thursday).y, 1, 1)) / 7 + 1;
}

void tr_report_month(int day, int *ret_first, int *ret_next)
{
    const struct date t = date_of(day);

    *ret_first = day_number(t.y, t.m, 1);
    *ret_next = t.m == 12 ? day_number(t.y + 1, 1, 1) : day_number(t.y, t.m + 1, 1);
}

struct tr_wall tr_report_day_begin(int day, int day_start_min)
{
    const struct date t = date_of(day);
    struct tm tm = {.tm_year = t.y - 1900,
                    .tm_mon = t.m - 1,
                    .tm_mday = t.d,
                    .tm_hour = day_start_min / 60,
                    .tm_min = day_start_min % 60,
                    .tm_isdst = -1};

    return (struct tr_wall){(int64_t)mktime(&tm) * 1000};
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int tr_report_day_of(struct tr_report_clock *clock, struct tr_wall at, int *ret_hour)
{
    const int64_t s = floor_div(at.ms, 1000);
    const int64_t quarter = floor_div(s, QUARTER_S) + 1;

    if (quarter != clock->quarter) {
        const time_t t = (time_t)s;
        struct tm tm = {.tm_gmtoff = 0};

        (void)localtime_r(&t, &tm);
        clock->offset_s = (int32_t)tm.tm_gmtoff;
        clock->quarter = quarter;
    }
    const int64_t local = s + clock->offset_s;
    if (ret_hour != NULL) {
        *ret_hour = (int)((local - floor_div(local, DAY_S) * DAY_S) / 3600);
    }
    return (int)floor_div(local - clock->start_s, DAY_S);
}

/* --- the range ---------------------------------------------------------------------------- */

/* "2026-W10" */
static bool parse_week(const char *text, int *ret_day)
{
    int y = 0;
    int w = 0;
    int n = 0;

    if (sscanf(text, "%4d-W%2d%n", &y, &w, &n) != 2 || text[n] != '\0' || y < 1970 || w < 1) {
        return false;
    }
    const int fourth = day_number(y, 1, 4); /* always in week 1 */
    *ret_day = fourth - tr_report_weekday(fourth) + 7 * (w - 1);
    return tr_report_week_number(*ret_day) == w;
}

/* "2026-03" */
static bool parse_month(const char *text, int *ret_day)
{
    char date[TR_REPORT_DATE_MAX];

    if (strlen(text) != 7) {
        return false;
    }
    snprintf(date, sizeof(date), "%s-01", text);
    return tr_report_date_parse(date, ret_day);
}

static const char *range_of(const struct tr_report_ask *ask, int oldest, int newest, int *ret_from,
                            int *ret_to)
{
    *ret_from = oldest;
    *ret_to = newest;
    if (ask->from != NULL && !tr_report_date_parse(ask->from, ret_from)) {
        return "--from: a day is YYYY-MM-DD, such as 2026-03-02";
    }
    if (ask->to != NULL && !tr_report_date_parse(ask->to, ret_to)) {
        return "--to: a day is YYYY-MM-DD, such as 2026-03-02";
    }
    return *ret_from > *ret_to ? "the range ends before it begins" : NULL;
}

const char *tr_report_range(const struct tr_report_ask *ask, int oldest, int newest, int *ret_from,
                            int *ret_to)
{
    int day = newest;
    int next;

    switch (ask->span) {
    case TR_REPORT_WEEK:
        if (ask->at != NULL && !parse_week(ask->at, &day) && !tr_report_date_parse(ask->at, &day)) {
            return "--week: a week is YYYY-Www or any day of it, such as 2026-W10 or 2026-03-02";
        }
        *ret_from = day - tr_report_weekday(day);
        *ret_to = *ret_from + 6;
        return NULL;
    case TR_REPORT_MONTH:
        if (ask->at != NULL && !parse_month(ask->at, &day) &&
            !tr_report_date_parse(ask->at, &day)) {
            return "--month: a month is YYYY-MM, such as 2026-03";
        }
        tr_report_month(day, ret_from, &next);
        *ret_to = next - 1;
        return NULL;
    case TR_REPORT_RANGE:
        return range_of(ask, oldest, newest, ret_from, ret_to);
    case TR_REPORT_DAY:
    default:
        if (ask->at != NULL && !tr_report_date_parse(ask->at, &day)) {
            return "--day: a day is YYYY-MM-DD, such as 2026-03-02";
        }
        *ret_from = *ret_to = day;
        return NULL;
    }
}

void tr_report_title(const struct tr_report_ask *ask, int from, int to, char *ret, size_t cap)
{
    const struct date a = date_of(from);
    const struct date b = date_of(to);
    char first[32];
    char last[32];

    tr_report_date_words(from, first, sizeof(first));
    tr_report_date_words(to, last, sizeof(last));
    if (ask->span == TR_REPORT_MONTH) {
        snprintf(ret, cap, "%s %d", tr_report_month_name[a.m - 1], a.y);
    } else if (from == to) {
        snprintf(ret, cap, "%s %s", tr_report_weekday_name[tr_report_weekday(from)], first);
    } else {
        if (a.y == b.y && a.m == b.m) {
            snprintf(first, sizeof(first), "%d", a.d);
        } else if (a.y == b.y) {
            snprintf(first, sizeof(first), "%d %s", a.d, tr_report_month_name[a.m - 1]);
        }
        const int n = ask->span == TR_REPORT_WEEK
                          ? snprintf(ret, cap, "Week %d, ", tr_report_week_number(from))
                          : 0;
        snprintf(ret + n, cap - (size_t)n, "%s to %s", first, last);
    }
}
