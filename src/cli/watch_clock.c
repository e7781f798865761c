#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/watch.h"
#include "thirdring/time.h"

enum {
    LIVE_MS = 30000,  /* a unit whose clock is so near to ours tells our time */
    BACK_MS = 60000,  /* so far back is another run, not a late message */
    STEADY_MS = 300,  /* so long must we watch to know a rate */
    RATE_MAX = 100000 /* as fast as it can: no rate to go on by */
};

void tr_watch_clock_feed(struct tr_watch_clock *clock, int64_t at_ms, int64_t now_ns,
                         int64_t real_ms)
{
    if (!clock->known || at_ms < clock->at_ms - BACK_MS) {
        *clock = (struct tr_watch_clock){
            .known = true, .first_ms = at_ms, .first_ns = now_ns, .at_ms = at_ms, .at_ns = now_ns};
    }
    clock->live = llabs(at_ms - real_ms) < LIVE_MS;
    if (at_ms > clock->at_ms) {
        clock->at_ms = at_ms;
        clock->at_ns = now_ns;
    }
}

double tr_watch_clock_rate(const struct tr_watch_clock *clock)
{
    if (clock->live) {
        return 1.0;
    }
    const double ms = (double)(clock->at_ns - clock->first_ns) / (double)TR_NS_PER_MS;
    if (!clock->known || ms < STEADY_MS) {
        return 0.0;
    }
    const double rate = (double)(clock->at_ms - clock->first_ms) / ms;
    return rate < RATE_MAX ? rate : 0.0;
}

int64_t tr_watch_clock_now(const struct tr_watch_clock *clock, int64_t now_ns)
{
    const double passed = (double)(now_ns - clock->at_ns) / (double)TR_NS_PER_MS;
    return clock->at_ms + (int64_t)(passed * tr_watch_clock_rate(clock));
}

bool tr_watch_parse_time(const char *text, int64_t *ret_ms)
{
    struct tm tm;
    memset(&tm, 0, sizeof(tm));
    const char *end = text != NULL ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
    if (end == NULL) {
        return false;
    }
    long ms = 0;
    if (*end == '.') {
        char *stop;
        ms = strtol(end + 1, &stop, 10);
        if (stop != end + 4 || ms < 0) {
            return false;
        }
        end = stop;
    }
    if (strcmp(end, "Z") != 0) {
        return false;
    }
    *ret_ms = (int64_t)timegm(&tm) * 1000 + ms;
    return true;
}

/* The environment is given this buffer before there are threads; later only
 * its contents change, because setenv() may move what another thread reads. */
void tr_watch_zone(const char *zone)
{
    static char tz[TR_NAME_MAX + 4];
    if (zone == NULL) {
        const char *now = getenv("TZ");
        snprintf(tz, sizeof(tz), "TZ=%s", now != NULL ? now : ":/etc/localtime");
        putenv(tz);
    } else {
        snprintf(tz, sizeof(tz), "TZ=%s", zone);
    }
    tzset();
}

const char *tr_watch_format_time(int64_t ms, enum tr_watch_time how, char *buf, size_t cap)
{
    const time_t t = (time_t)(ms / 1000 - (ms % 1000 < 0));
    struct tm tm;
    size_t n = 0;
    if (localtime_r(&t, &tm) != NULL) {
        n = how == TR_TIME_CLOCK   ? strftime(buf, cap, "%H:%M:%S", &tm)
            : how == TR_TIME_TITLE ? strftime(buf, cap, "%a %d %b  %H:%M:%S", &tm)
                                   : strftime(buf, cap, "%A %d %B %Y", &tm);
    }
    if (n == 0) {
        snprintf(buf, cap, "?");
    }
    return buf;
}
