#include "cli/sim_options.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum kind {
    NUMBER,  /* times scale, within min..max */
    HABIT,   /* the same, [STATION=] before it */
    MISS,    /* the same, [TYPE=] before it */
    CADENCE, /* ON/OFF seconds */
    FAULT
};

struct word {
    const char *name, *value, *help;
    enum kind kind;
    size_t at; /* in the options, or in a station's habits */
    double scale, min, max;
    bool is32;
    enum tr_sim_fault_kind fault;
};

#define OPT(field)   offsetof(struct tr_sim_options, field)
#define USUAL(field) offsetof(struct tr_sim_habits, field)
#define SHARE(n, field, text)                                                                      \
    {                                                                                              \
        .name = (n), .value = "P", .help = (text), .kind = NUMBER, .at = OPT(field), .scale = 1e6, \
        .max = 1.0                                                                                 \
    }
#define HOURLY(n, field, text)                                                                     \
    {                                                                                              \
        .name = (n), .value = "N", .help = (text), .kind = NUMBER, .at = OPT(field), .scale = 1e3, \
        .max = 1e5                                                                                 \
    }
#define FAULTY(n, k, v, text)                                                                      \
    {                                                                                              \
        .name = (n), .value = (v), .help = (text), .kind = FAULT, .fault = (k)                     \
    }

static const struct word words[] = {
    {.name = "rate",
     .value = "[STATION=]N",
     .help = "arrivals an hour, over the day",
     .kind = HABIT,
     .at = USUAL(rate_mh),
     .scale = 1e3,
     .max = 1e5},
    {.name = "patience",
     .value = "[STATION=]S",
     .help = "mean; 0: nobody gives up",
     .kind = HABIT,
     .at = USUAL(patience_us),
     .scale = 1e6,
     .max = 86400},
    {.name = "answer",
     .value = "[STATION=]S",
     .help = "median until staff greet, help, pick up",
     .kind = HABIT,
     .at = USUAL(answer_us),
     .scale = 1e6,
     .min = 0.1,
     .max = 3600},
    {.name = "service",
     .value = "[STATION=]S",
     .help = "median of a service, a telephone call",
     .kind = HABIT,
     .at = USUAL(service_us),
     .scale = 1e6,
     .min = 1,
     .max = 3600},
    {.name = "groups",
     .value = "[STATION=]P",
     .help = "of the customers do not come alone",
     .kind = HABIT,
     .at = USUAL(groups),
     .scale = 1e6,
     .max = 1.0},
    {.name = "spread",
     .value = "X",
     .help = "of answers and services, as sigma of the logarithm",
     .kind = NUMBER,
     .at = OPT(spread),
     .scale = 1e6,
     .max = 1.5},
    {.name = "group-max",
     .value = "N",
     .help = "people in the largest group",
     .kind = NUMBER,
     .at = OPT(group_max),
     .scale = 1,
     .min = 2,
     .max = SIM_SIZE_MAX,
     .is32 = true},
    SHARE("merged", merged, "of the groups walk abreast: one body to a beam"),
    SHARE("jump", jump, "of a line are regulars, who are served first"),
    SHARE("change", change, "of the chances to change to an empty line are taken"),
    SHARE("fidget", fidget, "of the services: out of the sensor's sight for a second"),
    SHARE("early", early, "of the groups are greeted in the doorway"),
    SHARE("turn-back", turn_back, "of the groups: somebody else looks in and goes"),
    SHARE("linger", linger, "of the people stand in the doorway for a while"),
    SHARE("repeat", repeat, "of those who press for help press again"),
    SHARE("unanswered", unanswered, "of the calls: nobody can come to the telephone"),
    SHARE("votes", votes, "of those who are done press a smiley"),
    HOURLY("staff", staff_mh, "passages of staff through each door, an hour"),
    HOURLY("deliveries", deliveries_mh, "deliveries through each door, an hour"),
    SHARE("forget", forget, "of both pass without pressing the void key"),
    HOURLY("passers", passers_mh, "pauses of passers-by at a free position, an hour"),
    {.name = "tills",
     .value = "N",
     .help = "positions at work; 0: all",
     .kind = NUMBER,
     .at = OPT(tills),
     .scale = 1,
     .max = TR_POSITIONS_MAX,
     .is32 = true},
    {.name = "spacing",
     .value = "S",
     .help = "strangers keep so far apart at a way in",
     .kind = NUMBER,
     .at = OPT(spacing_us),
     .scale = 1e6,
     .max = 600},
    {.name = "cadence",
     .value = "ON/OFF",
     .help = "seconds a telephone rings and pauses",
     .kind = CADENCE},
    {.name = "bounce-ms",
     .value = "N",
     .help = "contacts, buttons, hooks, mats bounce up to",
     .kind = NUMBER,
     .at = OPT(bounce_us),
     .scale = 1e3,
     .max = 1000},
    {.name = "miss",
     .value = "[TYPE=]P",
     .help = "of what passes a sensor misses",
     .kind = MISS,
     .at = OPT(miss),
     .scale = 1e6,
     .max = 1.0},
    HOURLY("ghosts", ghosts_mh, "false pulses of every sensor, an hour"),
    FAULTY("stuck", TR_SIM_STUCK, "SENSOR@HH:MM[+S]", "reads active from then on, or for S s"),
    FAULTY("cut", TR_SIM_CUT, "SENSOR@HH:MM[+S]", "its cable is cut"),
    FAULTY("storm", TR_SIM_STORM, "SENSOR@HH:MM+S", "mains hum, 1000 edges a second"),
    FAULTY("power-cut", TR_SIM_POWER_CUT, "HH:MM+S", "nobody watches"),
};

int tr_sim_option_count(void)
{
    static_assert(sizeof(words) / sizeof(words[0]) <= TR_SIM_WORDS_MAX, "room for every word");
    return (int)(sizeof(words) / sizeof(words[0]));
}

const char *tr_sim_option_name(int i)
{
    return words[i].name;
}

void tr_sim_option_help(FILE *to)
{
    for (int i = 0; i < tr_sim_option_count(); i++) {
        char left[64];
        snprintf(left, sizeof(left), "--%s %s", words[i].name, words[i].value);
        fprintf(to, "      %-28s %s\n", left, words[i].help);
    }
}

void tr_sim_defaults(struct tr_sim_options *opt, const struct tr_plan *plan)
{
    static const struct tr_sim_habits usual[TR_KIND_COUNT] = {
        [TR_KIND_GREETING] = {20000, 240 * SIM_S, 8 * SIM_S, 0, 250000},
        [TR_KIND_QUEUE] = {20000, 600 * SIM_S, 0, 55 * SIM_S, 100000},
        [TR_KIND_CALL] = {4000, 300 * SIM_S, 30 * SIM_S, 0, 0},
        [TR_KIND_PHONE] = {6000, 45 * SIM_S, 7 * SIM_S, 90 * SIM_S, 0},
        [TR_KIND_FEEDBACK] = {6000, 0, 0, 0, 0},
    };
    *opt = (struct tr_sim_options){.seed = 1,
                                   .year = 2026,
                                   .month = 3,
                                   .day = 2,
                                   .spread = 600000,
                                   .merged = 100000,
                                   .group_max = 4,
                                   .jump = 20000,
                                   .change = 500000,
                                   .fidget = 100000,
                                   .early = 50000,
                                   .turn_back = 30000,
                                   .linger = 20000,
                                   .forget = 200000,
                                   .unanswered = 50000,
                                   .repeat = 200000,
                                   .votes = 150000,
                                   .staff_mh = 2000,
                                   .deliveries_mh = 300,
                                   .passers_mh = 1000,
                                   .ring_on_us = plan->ring_on_ns / TR_NS_PER_US,
                                   .ring_off_us = plan->ring_off_ns / TR_NS_PER_US};
    for (int s = 0; s < plan->stations_n; s++) {
        const struct tr_station *st = &plan->stations[s];
        opt->habits[s] = usual[st->kind];
        if (st->kind == TR_KIND_QUEUE) { /* as many customers as its tills can take */
            opt->habits[s].rate_mh *= st->u.queue.positions_n > 0 ? st->u.queue.positions_n : 2;
        }
    }
}

/* --- taking a value ------------------------------------------------------------------ */

static int fail(const struct word *w, const char *text, const char *allowed, char *reterr)
{
    snprintf(reterr, TR_SIM_ERROR_MAX, "--%s '%.80s': %s", w->name, text, allowed);
    return -EINVAL;
}

static bool number(const struct word *w, const char *text, int64_t *ret)
{
    char *end;
    const double x = strtod(text, &end);
    if (end == text || *end != '\0' || !(x >= w->min && x <= w->max)) {
        return false;
    }
    *ret = (int64_t)(x * w->scale + 0.5);
    return true;
}

static int fail_number(const struct word *w, const char *text, char *reterr)
{
    char allowed[64];
    snprintf(allowed, sizeof(allowed), "allowed: a number from %g to %g", w->min, w->max);
    return fail(w, text, allowed, reterr);
}

/* "NAME=VALUE": the name's length, and where the value begins; else 0. */
static size_t name_of(const char *text, char name[TR_ID_MAX], const char **value)
{
    const char *equals = strchr(text, '=');
    *value = text;
    if (equals == NULL || equals - text >= TR_ID_MAX) {
        return 0;
    }
    const size_t n = (size_t)(equals - text);
    memcpy(name, text, n);
    name[n] = '\0';
    *value = equals + 1;
    return n;
}

static int take_habit(struct tr_sim_options *opt, const struct tr_plan *plan, const struct word *w,
                      const char *text, char *reterr)
{
    char name[TR_ID_MAX];
    const char *value;
    const bool one = name_of(text, name, &value) > 0;
    const int station = one ? tr_plan_find_station(plan, name) : TR_NONE;
    int64_t x;
    if (one && station == TR_NONE) {
        return fail(w, text, "the configuration has no such station", reterr);
    }
    if (!number(w, value, &x)) {
        return fail_number(w, text, reterr);
    }
    for (int s = 0; s < plan->stations_n; s++) {
        if (!one || s == station) {
            memcpy((char *)&opt->habits[s] + w->at, &x, sizeof(x));
        }
    }
    return 0;
}

static int take_miss(struct tr_sim_options *opt, const struct word *w, const char *text,
                     char *reterr)
{
    char name[TR_ID_MAX];
    const char *value;
    const bool one = name_of(text, name, &value) > 0;
    bool found = !one;
    int64_t x;
    if (!number(w, value, &x)) {
        return fail_number(w, text, reterr);
    }
    for (int t = 0; t < TR_SENSOR_TYPE_COUNT; t++) {
        if (!one || strcmp(name, tr_sensor_type_name[t]) == 0) {
            opt->miss[t] = x;
            found = true;
        }
    }
    return found ? 0 : fail(w, text, "there is no such type of sensor", reterr);
}

static int take_cadence(struct tr_sim_options *opt, const struct word *w, const char *text,
                        char *reterr)
{
    char *end;
    const double on = strtod(text, &end);
    const double off = *end == '/' ? strtod(end + 1, &end) : 0.0;
    if (*end != '\0' || !(on >= 0.3 && on <= 60.0) || !(off >= 0.3 && off <= 60.0)) {
        return fail(w, text, "allowed: ON/OFF in seconds, each from 0.3 to 60", reterr);
    }
    opt->ring_on_us = (int64_t)(on * 1e6 + 0.5);
    opt->ring_off_us = (int64_t)(off * 1e6 + 0.5);
    return 0;
}

/* "HH:MM" and, where there is one, "+S". */
static bool moment(const char *text, struct tr_sim_fault *ret)
{
    char *end;
    const long hour = strtol(text, &end, 10);
    if (end == text || *end != ':') {
        return false;
    }
    const char *min_text = end + 1;
    const long min = strtol(min_text, &end, 10);
    if (end == min_text || hour < 0 || hour > 23 || min < 0 || min > 59) {
        return false;
    }
    ret->clock_s = (hour * 60 + min) * 60;
    ret->for_us = SIM_NEVER;
    if (*end == '+') {
        const char *s_text = end + 1;
        const double s = strtod(s_text, &end);
        if (end == s_text || !(s > 0.0 && s <= 86400.0)) {
            return false;
        }
        ret->for_us = (int64_t)(s * 1e6 + 0.5);
    }
    return *end == '\0';
}

static int take_fault(struct tr_sim_options *opt, const struct tr_plan *plan, const struct word *w,
                      const char *text, char *reterr)
{
    struct tr_sim_fault f = {.kind = w->fault, .sensor = TR_NONE};
    const char *when = text;
    if (opt->faults_n == SIM_FAULTS_MAX) {
        return fail(w, text, "too many faults for one day", reterr);
    }
    if (w->fault != TR_SIM_POWER_CUT) {
        char name[TR_ID_MAX];
        const char *at = strchr(text, '@');
        const size_t n = at != NULL ? (size_t)(at - text) : 0;
        if (n == 0 || n >= sizeof(name)) {
            return fail(w, text, "allowed: SENSOR@HH:MM, and +SECONDS", reterr);
        }
        memcpy(name, text, n);
        name[n] = '\0';
        f.sensor = (int16_t)tr_plan_find_sensor(plan, name);
        if (f.sensor == TR_NONE) {
            return fail(w, text, "the configuration has no such sensor", reterr);
        }
        when = at + 1;
    }
    const bool endless = w->fault == TR_SIM_STUCK || w->fault == TR_SIM_CUT;
    if (!moment(when, &f) || (!endless && f.for_us == SIM_NEVER)) {
        return fail(w, text,
                    endless                        ? "allowed: SENSOR@HH:MM, and +SECONDS"
                    : w->fault == TR_SIM_POWER_CUT ? "allowed: HH:MM+SECONDS"
                                                   : "allowed: SENSOR@HH:MM+SECONDS",
                    reterr);
    }
    if (w->fault == TR_SIM_STORM && f.for_us > SIM_HOUR) {
        return fail(w, text, "a storm may last an hour", reterr);
    }
    opt->faults[opt->faults_n++] = f;
    return 0;
}

int tr_sim_option_take(struct tr_sim_options *opt, const struct tr_plan *plan, int i,
                       const char *text, char *reterr)
{
    const struct word *w = &words[i];
    int64_t x;
    switch (w->kind) {
    case HABIT:
        return take_habit(opt, plan, w, text, reterr);
    case MISS:
        return take_miss(opt, w, text, reterr);
    case CADENCE:
        return take_cadence(opt, w, text, reterr);
    case FAULT:
        return take_fault(opt, plan, w, text, reterr);
    case NUMBER:
    default:
        break;
    }
    if (!number(w, text, &x)) {
        return fail_number(w, text, reterr);
    }
    const int32_t small = (int32_t)x;
    memcpy((char *)opt + w->at, w->is32 ? (const void *)&small : (const void *)&x,
           w->is32 ? sizeof(small) : sizeof(x));
    return 0;
}

int tr_sim_date(struct tr_sim_options *opt, const char *text)
{
    int year, month, day, n = 0;
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &n) != 3 || text[n] != '\0' ||
        year < 1971 || month < 1 || month > 12 || day < 1 || day > days[month - 1]) {
        return -EINVAL;
    }
    opt->year = year;
    opt->month = month;
    opt->day = day;
    return 0;
}
