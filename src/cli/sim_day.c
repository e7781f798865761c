/* The day itself: what happens next, who is in it, when the shop is open. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/calendar.h"
#include "cli/sim.h"

enum { LAST_ORDERS_S = 60, DAY_MIN = 24 * 60 };

struct block {
    struct block *next;
};

void *tr_sim_new(struct tr_sim *sim, size_t size)
{
    const size_t head = (sizeof(struct block) + 15) / 16 * 16;
    struct block *b = calloc(1, head + size);
    if (b == NULL) {
        sim->error = -ENOMEM;
        return NULL;
    }
    b->next = sim->arena;
    sim->arena = b;
    return (char *)b + head;
}

/* One more element's room in a growing array. @return false: out of memory. */
static bool room(struct tr_sim *sim, void **array, size_t n, size_t *cap, size_t size)
{
    if (n < *cap) {
        return true;
    }
    const size_t more = *cap == 0 ? 1024 : *cap * 2;
    void *p = reallocarray(*array, more, size);
    if (p == NULL) {
        sim->error = -ENOMEM;
        return false;
    }
    *array = p;
    *cap = more;
    return true;
}

/* --- what happens next: a heap, first come first served at equal times -------------- */

static bool earlier(const struct tr_sim_event *a, const struct tr_sim_event *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

void tr_sim_at(struct tr_sim *sim, int64_t at_us, tr_sim_fn fn, void *who)
{
    void *heap = sim->heap;
    if (at_us == SIM_NEVER || !room(sim, &heap, sim->heap_n, &sim->heap_cap, sizeof(*sim->heap))) {
        return;
    }
    sim->heap = heap;
    const struct tr_sim_event ev = {.at_us = at_us < sim->now_us ? sim->now_us : at_us,
                                    .order = sim->order++,
                                    .fn = fn,
                                    .who = who};
    size_t i = sim->heap_n++;
    while (i > 0 && earlier(&ev, &sim->heap[(i - 1) / 2])) {
        sim->heap[i] = sim->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    sim->heap[i] = ev;
}

static struct tr_sim_event take(struct tr_sim *sim)
{
    const struct tr_sim_event first = sim->heap[0];
    const struct tr_sim_event last = sim->heap[--sim->heap_n];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= sim->heap_n) {
            break;
        }
        if (child + 1 < sim->heap_n && earlier(&sim->heap[child + 1], &sim->heap[child])) {
            child++;
        }
        if (!earlier(&sim->heap[child], &last)) {
            break;
        }
        sim->heap[i] = sim->heap[child];
        i = child;
    }
    sim->heap[i] = last;
    return first;
}

void tr_sim_cover(struct tr_sim *sim, int sensor, int64_t from_us, int64_t to_us)
{
    void *covers = sim->covers;
    if (sensor == TR_NONE || to_us <= from_us ||
        !room(sim, &covers, sim->covers_n, &sim->covers_cap, sizeof(*sim->covers))) {
        return;
    }
    sim->covers = covers;
    sim->covers[sim->covers_n++] =
        (struct tr_sim_cover){.sensor = (int16_t)sensor, .from_us = from_us, .to_us = to_us};
}

/* --- the truth ------------------------------------------------------------------------ */

size_t tr_sim_truth(struct tr_sim *sim, enum tr_sim_truth_kind kind, int station, int64_t at_us,
                    int32_t party)
{
    void *truths = sim->truths;
    if (!room(sim, &truths, sim->truths_n, &sim->truths_cap, sizeof(*sim->truths))) {
        return 0;
    }
    sim->truths = truths;
    sim->truths[sim->truths_n] = (struct tr_sim_truth){.kind = kind,
                                                       .station = (int16_t)station,
                                                       .party = party,
                                                       .arrived_us = at_us,
                                                       .wait_us = -1,
                                                       .service_us = -1,
                                                       .left_us = -1,
                                                       .outcome = TR_OUTCOME_UNKNOWN,
                                                       .button = TR_NONE,
                                                       .customer = -1};
    return sim->truths_n++;
}

void tr_sim_ends(struct tr_sim *sim, size_t truth, int64_t at_us, enum tr_outcome outcome)
{
    struct tr_sim_truth *t = &sim->truths[truth];
    if (!t->ended) {
        t->ended = true;
        t->outcome = outcome;
        t->wait_us = at_us > t->arrived_us ? at_us - t->arrived_us : 0;
    }
}

/* --- when people come ------------------------------------------------------------------- */

/* A morning trickle, a lunch rush, another after work; straight lines between. */
static int64_t curve(int64_t minute)
{
    static const struct {
        int64_t minute, height;
    } day[] = {{0, 150},
               {7 * 60, 250},
               {10 * 60, 600},
               {11 * 60 + 30, 900},
               {12 * 60 + 20, 2000},
               {13 * 60 + 20, 1800},
               {14 * 60 + 20, 700},
               {16 * 60, 800},
               {17 * 60 + 20, 1600},
               {18 * 60 + 20, 1400},
               {20 * 60, 500},
               {DAY_MIN, 150}};
    size_t i = 1;
    while (i + 1 < sizeof(day) / sizeof(day[0]) && minute > day[i].minute) {
        i++;
    }
    const int64_t span = day[i].minute - day[i - 1].minute;
    return day[i - 1].height +
           (day[i].height - day[i - 1].height) * (minute - day[i - 1].minute) / span;
}

enum { CURVE_TOP = 2000 };

static int64_t curve_at(const struct tr_sim *sim, int64_t at_us)
{
    return curve((sim->start_clock_us + at_us) / SIM_MIN % DAY_MIN);
}

static bool taking(const struct tr_sim *sim, int64_t at_us)
{
    for (int i = 0; i < sim->open_n; i++) {
        if (at_us >= sim->open[i].from_us && at_us < sim->open[i].to_us - LAST_ORDERS_S * SIM_S) {
            return true;
        }
    }
    return false;
}

/* Thinning (Lewis & Shedler 1979): come as often as at the top of the curve,
 * stay only in proportion to its height. */
int64_t tr_sim_arrival(const struct tr_sim *sim, struct tr_sim_rng *rng, int64_t rate_mh)
{
    if (rate_mh <= 0 || sim->open_n == 0) {
        return SIM_NEVER;
    }
    const int64_t end = sim->open[sim->open_n - 1].to_us;
    const int64_t gap = SIM_HOUR * 1000 / rate_mh * sim->curve_mean / CURVE_TOP;
    int64_t at = sim->now_us;
    while (at < end) {
        at += tr_sim_exponential(rng, gap);
        if (tr_sim_between(rng, 1, CURVE_TOP) <= curve_at(sim, at) && taking(sim, at)) {
            return at;
        }
    }
    return SIM_NEVER;
}

int32_t tr_sim_size(const struct tr_sim *sim, struct tr_sim_rng *rng, int station)
{
    if (!tr_sim_chance(rng, sim->opt->habits[station].groups)) {
        return 1;
    }
    int32_t n = 2;
    while (n < sim->opt->group_max && tr_sim_chance(rng, SIM_SURE / 3)) {
        n++;
    }
    return n;
}

int64_t tr_sim_patience(const struct tr_sim *sim, struct tr_sim_rng *rng, int station)
{
    const int64_t mean = sim->opt->habits[station].patience_us;
    const int64_t patience = tr_sim_exponential(rng, mean);
    return mean > 0 ? patience : SIM_NEVER;
}

/* --- the opening hours ---------------------------------------------------------------------- */

/* Unix ms of so many hours after local midnight of the day asked for. */
static int64_t local_ms(const struct tr_sim_options *opt, int hour)
{
    struct tm tm = {.tm_year = opt->year - 1900,
                    .tm_mon = opt->month - 1,
                    .tm_mday = opt->day,
                    .tm_hour = hour,
                    .tm_isdst = -1};
    return (int64_t)mktime(&tm) * 1000;
}

/* Opening hours that begin on the day asked for, however late they end. */
static void find_hours(struct tr_sim *sim)
{
    const int64_t midnight = local_ms(sim->opt, 0);
    const int64_t next_midnight = local_ms(sim->opt, 24);
    struct tr_calendar_state state;
    struct tr_wall at = {midnight - 1000};
    tr_calendar_at(sim->plan, at, &state);
    bool was_open = state.open;
    bool changed = false;
    bool counted = false; /* the opening under way is one of ours */
    int64_t first = 0;
    while (at.ms < next_midnight || counted) {
        at = tr_calendar_next(sim->plan, at);
        tr_calendar_at(sim->plan, at, &state);
        changed |= state.open != was_open;
        if (state.open && !was_open && at.ms < next_midnight && sim->open_n < SIM_SPANS_MAX) {
            first = sim->open_n == 0 ? at.ms : first;
            sim->open[sim->open_n].from_us = (at.ms - first) * SIM_MS;
            counted = true;
        } else if (!state.open && counted) {
            sim->open[sim->open_n++].to_us = (at.ms - first) * SIM_MS;
            counted = false;
        } else if (counted && at.ms >= midnight + INT64_C(2) * DAY_MIN * 60000) {
            sim->open[sim->open_n++].to_us = (next_midnight - first) * SIM_MS;
            counted = false; /* it never closes again */
        }
        was_open = state.open;
    }
    if (!changed && was_open) { /* a shop that never closes: from eight to eight */
        first = local_ms(sim->opt, 8);
        sim->open[0] = (struct tr_sim_opening){0, (local_ms(sim->opt, 20) - first) * SIM_MS};
        sim->open_n = 1;
    }
    sim->start_ms = first;
    const time_t start = (time_t)(first / 1000);
    struct tm tm;
    (void)localtime_r(&start, &tm);
    sim->start_clock_us = (tm.tm_hour * 60 + tm.tm_min) * SIM_MIN + tm.tm_sec * SIM_S;
    int64_t sum = 0;
    int64_t n = 0;
    for (int64_t t = 0; sim->open_n > 0 && t < sim->open[sim->open_n - 1].to_us; t += SIM_MIN) {
        sum += taking(sim, t) ? curve_at(sim, t) : 0;
        n += taking(sim, t);
    }
    sim->curve_mean = n > 0 ? sum / n : CURVE_TOP;
}

/* --- the whole -------------------------------------------------------------------------------- */

static void begin_station(struct tr_sim *sim, int station)
{
    static void (*const begin[TR_KIND_COUNT])(struct tr_sim *, int) = {
        [TR_KIND_GREETING] = tr_sim_greeting, [TR_KIND_QUEUE] = tr_sim_queue,
        [TR_KIND_CALL] = tr_sim_call,         [TR_KIND_PHONE] = tr_sim_phone,
        [TR_KIND_FEEDBACK] = tr_sim_feedback,
    };
    begin[sim->plan->stations[station].kind](sim, station);
}

static void release(struct tr_sim *sim)
{
    for (struct block *b = sim->arena; b != NULL;) {
        struct block *next = b->next;
        free(b);
        b = next;
    }
    free(sim->heap);
    free(sim->covers);
}

int tr_sim_run(const struct tr_plan *plan, const struct tr_sim_options *opt, struct tr_sim_day *ret)
{
    struct tr_sim sim = {.plan = plan, .opt = opt};
    find_hours(&sim);
    if (sim.open_n == 0) {
        return TR_SIM_CLOSED;
    }
    (void)tr_sim_truth(&sim, TR_TRUTH_CUSTOMER, 0, 0, 0); /* nobody */
    for (int s = 0; s < plan->stations_n && sim.error == 0; s++) {
        begin_station(&sim, s);
    }
    while (sim.heap_n > 0 && sim.error == 0) {
        const struct tr_sim_event ev = take(&sim);
        sim.now_us = ev.at_us;
        ev.fn(&sim, ev.who);
    }
    struct tr_sim_day day = {.start_ms = sim.start_ms};
    int r = sim.error;
    if (r == 0) {
        const int64_t closing = sim.open[sim.open_n - 1].to_us;
        day.end_us = sim.now_us > closing ? sim.now_us : closing;
        for (int32_t i = 0; i < opt->faults_n; i++) {
            day.fault_us[i] = tr_sim_clock(&sim, opt->faults[i].clock_s);
        }
        r = tr_sim_sense(&sim, day.end_us, &day.edges, &day.edges_n);
    }
    release(&sim);
    if (r < 0) {
        free(sim.truths);
        return r;
    }
    day.truths = sim.truths;
    day.truths_n = sim.truths_n;
    *ret = day;
    return 0;
}

void tr_sim_free(struct tr_sim_day *day)
{
    free(day->edges);
    free(day->truths);
    *day = (struct tr_sim_day){0};
}
