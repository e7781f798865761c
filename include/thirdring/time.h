/**
 * @file time.h
 * The two clocks of Third Ring, as types that cannot be mixed.
 *
 * Every duration is a difference of two tr_mono. A tr_wall is a label for
 * people: it is printed, compared with opening hours by the shell, and never
 * subtracted to obtain a wait.
 */
#ifndef THIRDRING_TIME_H
#define THIRDRING_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define TR_NS_PER_US INT64_C(1000)
#define TR_NS_PER_MS INT64_C(1000000)
#define TR_NS_PER_S  INT64_C(1000000000)

/** The store timeline, in ns: monotonic, and continuous over restarts and
 *  reboots (the shell maps the kernel's clock to it). */
struct tr_mono {
    int64_t ns;
};

/** Unix time in UTC, in ms. A label. */
struct tr_wall {
    int64_t ms;
};

/** Later than every event: "no deadline". */
#define TR_MONO_NEVER ((struct tr_mono){INT64_MAX})

/** @return t + ns, saturating at TR_MONO_NEVER. */
static inline struct tr_mono tr_mono_add(struct tr_mono t, int64_t ns)
{
    if (ns > 0 && t.ns > INT64_MAX - ns) {
        return TR_MONO_NEVER;
    }
    if (ns < 0 && t.ns < INT64_MIN - ns) {
        return (struct tr_mono){INT64_MIN};
    }
    return (struct tr_mono){t.ns + ns};
}

/** @return a - b in ns; both must be ordinary times, not TR_MONO_NEVER. */
static inline int64_t tr_mono_sub(struct tr_mono a, struct tr_mono b)
{
    return a.ns - b.ns;
}

/** @return true if a is earlier than b. */
static inline bool tr_mono_before(struct tr_mono a, struct tr_mono b)
{
    return a.ns < b.ns;
}

/** @return the earlier of the two. */
static inline struct tr_mono tr_mono_min(struct tr_mono a, struct tr_mono b)
{
    return a.ns < b.ns ? a : b;
}

/** @return ns in seconds. */
static inline double tr_ns_to_s(int64_t ns)
{
    return (double)ns / 1e9;
}

#endif
