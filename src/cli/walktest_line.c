/* One line of a walk test: edges to changes, bounces and noise. */
#include <string.h>

#include "cli/walktest.h"

/* Edges closer than this are one burst. People are slower than a contact bounces: a button
 * is held for longer, a leg breaks a beam for longer; mats and doors move slowly. */
static const int64_t burst_gap_ns[TR_SENSOR_TYPE_COUNT] = {
    [TR_SENSOR_CONTACT] = 100 * TR_NS_PER_MS, [TR_SENSOR_BEAM] = 20 * TR_NS_PER_MS,
    [TR_SENSOR_BUTTON] = 50 * TR_NS_PER_MS,   [TR_SENSOR_PRESENCE] = 200 * TR_NS_PER_MS,
    [TR_SENSOR_RING] = 50 * TR_NS_PER_MS,     [TR_SENSOR_HOOK] = 100 * TR_NS_PER_MS,
    [TR_SENSOR_STAFF] = 200 * TR_NS_PER_MS,
};

enum { SPIKE_MS = 2, HUM_EDGES = 20, HUM_MS = 500, FLAPS = 24, FLAP_S = 4 };

void tr_walk_line_init(struct tr_walk_line *line, enum tr_sensor_type type)
{
    *line = (struct tr_walk_line){.type = type, .level = -1, .settled = -1, .last_ns = INT64_MIN};
}

void tr_walk_line_level(struct tr_walk_line *line, bool level)
{
    line->level = level ? 1 : 0;
    if (line->burst_n == 0) {
        line->settled = line->level;
    }
}

static int32_t rate(uint32_t n, int64_t ns)
{
    const int64_t per_s = (int64_t)n * TR_NS_PER_S / (ns > 0 ? ns : 1);
    return per_s < 1 ? 1 : per_s > 100000 ? 100000 : (int32_t)per_s;
}

/* A ring signal is meant to be restless. */
static void look_for_hum(struct tr_walk_line *line)
{
    const int64_t lasts_ns = line->last_ns - line->burst_ns;
    if (line->type != TR_SENSOR_RING && line->burst_n >= HUM_EDGES &&
        lasts_ns >= HUM_MS * TR_NS_PER_MS) {
        line->unsteady_per_s = rate(line->burst_n - 1, lasts_ns);
    }
}

static void look_for_flapping(struct tr_walk_line *line, uint32_t n, int64_t at_ns)
{
    if (line->window_n == 0 || at_ns - line->window_ns > FLAP_S * TR_NS_PER_S) {
        line->window_ns = at_ns;
        line->window_n = 0;
    }
    line->window_n += n;
    if (line->type != TR_SENSOR_RING && line->window_n >= FLAPS) {
        line->unsteady_per_s = rate(line->window_n, at_ns - line->window_ns);
    }
}

static void count_bounce(struct tr_walk_line *line, int64_t gap_ns)
{
    int b = 0;
    while (b < TR_BOUNCE_BUCKETS - 1 && gap_ns > tr_bounce_limit_ns[b]) {
        b++;
    }
    line->histogram[b]++;
    line->bounces++;
    line->longest_ns = gap_ns > line->longest_ns ? gap_ns : line->longest_ns;
}

/* Of a burst that ends where it began the longest time away is what somebody did, unless
 * nobody can be so quick. @return its index; -1: there is none. */
static int pulse_of(const struct tr_walk_line *line, uint32_t gaps)
{
    int longest = -1;
    for (uint32_t i = 0; i < gaps; i += 2) {
        if (line->gap[i] >= SPIKE_MS * TR_NS_PER_MS &&
            (longest < 0 || line->gap[i] > line->gap[longest])) {
            longest = (int)i;
        }
    }
    return longest;
}

static void end_burst(struct tr_walk_line *line, struct tr_walk_change *ret)
{
    const uint32_t n = line->burst_n, all = n - 1;
    const uint32_t gaps = all < TR_WALK_GAPS ? all : TR_WALK_GAPS;
    const bool back = line->level == line->settled;
    const int pulse = back ? pulse_of(line, gaps) : -1;
    line->burst_n = 0;
    /* What hums is no bounce, and of a ring's own rhythm nothing is learnt. */
    if (line->unsteady_per_s == 0 && line->type != TR_SENSOR_RING) {
        for (uint32_t i = 0; i < gaps; i++) {
            if ((int)i != pulse) {
                count_bounce(line, line->gap[i]);
            }
        }
    }
    *ret = (struct tr_walk_change){
        .n = !back                              ? 1
             : pulse >= 0 || all > TR_WALK_GAPS ? 2
                                                : 0,
        .level = line->level,
        .at_ns = line->burst_ns,
    };
    line->spikes += ret->n == 0;
    line->changes += (uint32_t)ret->n;
    line->settled = line->level;
    if (ret->n > 0) {
        look_for_flapping(line, (uint32_t)ret->n, line->burst_ns);
    }
}

void tr_walk_line_edge(struct tr_walk_line *line, bool level, int64_t at_ns,
                       struct tr_walk_change *ret)
{
    tr_walk_line_tick(line, at_ns, ret);
    line->edges++;
    if (line->level >= 0 && line->level == (level ? 1 : 0)) {
        line->lost++; /* the one between was not told */
        line->last_ns = at_ns;
        return;
    }
    line->settled = line->settled < 0 ? !level : line->settled;
    line->level = level ? 1 : 0;
    if (line->burst_n == 0) {
        line->burst_ns = at_ns;
    } else if (line->burst_n <= TR_WALK_GAPS) {
        line->gap[line->burst_n - 1] = at_ns - line->last_ns;
    }
    line->burst_n++;
    line->last_ns = at_ns;
    look_for_hum(line);
}

void tr_walk_line_tick(struct tr_walk_line *line, int64_t now_ns, struct tr_walk_change *ret)
{
    *ret = (struct tr_walk_change){.n = 0};
    if (now_ns >= tr_walk_line_deadline(line)) {
        end_burst(line, ret);
    }
}

int64_t tr_walk_line_deadline(const struct tr_walk_line *line)
{
    return line->burst_n > 0 ? line->last_ns + burst_gap_ns[line->type] + 1 : INT64_MAX;
}

int64_t tr_walk_suggest(int64_t longest_ns)
{
    static const int32_t steps_ms[] = {1,  2,  3,   5,   8,   10,  15,  20, 30,
                                       50, 80, 100, 150, 200, 300, 500, 800};
    const size_t n = sizeof(steps_ms) / sizeof(steps_ms[0]);
    size_t i = 0;
    if (longest_ns <= 0) {
        return 0;
    }
    while (i < n - 1 && steps_ms[i] * TR_NS_PER_MS < 2 * longest_ns) {
        i++;
    }
    return steps_ms[i] * TR_NS_PER_MS;
}
