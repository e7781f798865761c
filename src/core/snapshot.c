/* The whole core as bytes: versioned, without pointers, only what is in use. */
#include <errno.h>
#include <string.h>

#include "core/core_private.h"

#define MAGIC      UINT64_C(0x31474e4952335254) /* "TR3RING1" */
#define FIXED_FROM offsetof(struct tr_core, now)
#define FIXED_SIZE (offsetof(struct tr_core, sensors) - FIXED_FROM)
#define HEAD_SIZE  offsetof(struct station, u)

struct header {
    uint64_t magic;
    uint64_t layout;
    uint64_t plan;
    uint64_t check; /* of everything after the header */
    uint64_t size;  /* of everything after the header */
};

static uint64_t fnv1a(const void *data, size_t n, uint64_t h)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < n; i++) {
        h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    }
    return h;
}

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)

static uint64_t layout(void)
{
    const uint64_t shape[] = {TR_CORE_SNAPSHOT_VERSION,
                              FIXED_SIZE,
                              HEAD_SIZE,
                              sizeof(struct sensor),
                              sizeof(struct gate),
                              sizeof(struct alert),
                              sizeof(struct wait),
                              sizeof(struct ended),
                              sizeof(struct greeting),
                              sizeof(struct position),
                              offsetof(struct queue, positions),
                              sizeof(struct call),
                              sizeof(struct phone_line),
                              sizeof(struct feedback)};
    return fnv1a(shape, sizeof(shape), FNV_BASIS);
}

/* What of the plan the state's indices depend on. */
static uint64_t plan_mark(const struct tr_plan *plan)
{
    uint64_t h = FNV_BASIS;
    for (int i = 0; i < plan->sensors_n; i++) {
        h = fnv1a(plan->sensors[i].id, strlen(plan->sensors[i].id) + 1, h);
    }
    for (int i = 0; i < plan->gates_n; i++) {
        h = fnv1a(plan->gates[i].id, strlen(plan->gates[i].id) + 1, h);
    }
    for (int i = 0; i < plan->outputs_n; i++) {
        h = fnv1a(plan->outputs[i].id, strlen(plan->outputs[i].id) + 1, h);
    }
    for (int i = 0; i < plan->stations_n; i++) {
        const struct tr_station *st = &plan->stations[i];
        const int32_t kind = (int32_t)st->kind;
        h = fnv1a(st->id, strlen(st->id) + 1, h);
        h = fnv1a(&kind, sizeof(kind), h);
        const int16_t parts = st->kind == TR_KIND_QUEUE   ? st->u.queue.positions_n
                              : st->kind == TR_KIND_PHONE ? st->u.phone.lines_n
                                                          : 0;
        h = fnv1a(&parts, sizeof(parts), h);
    }
    return h;
}

/* The kind's own state that is in use. */
static size_t kind_size(const struct tr_station *plan)
{
    switch (plan->kind) {
    case TR_KIND_GREETING:
        return sizeof(struct greeting);
    case TR_KIND_QUEUE:
        return offsetof(struct queue, positions) +
               (size_t)plan->u.queue.positions_n * sizeof(struct position);
    case TR_KIND_CALL:
        return sizeof(struct call);
    case TR_KIND_PHONE:
        return (size_t)plan->u.phone.lines_n * sizeof(struct phone_line);
    case TR_KIND_FEEDBACK:
        return sizeof(struct feedback);
    case TR_KIND_COUNT:
    default:
        return 0;
    }
}

size_t tr_core_save_size(const struct tr_core *core)
{
    const struct tr_plan *plan = core->plan;
    size_t n = sizeof(struct header) + FIXED_SIZE +
               (size_t)plan->sensors_n * sizeof(struct sensor) +
               (size_t)plan->gates_n * sizeof(struct gate) +
               (size_t)plan->sensors_n * sizeof(struct alert);
    for (int s = 0; s < plan->stations_n; s++) {
        n += HEAD_SIZE + kind_size(&plan->stations[s]) +
             (size_t)core->stations[s].waits_n * sizeof(struct wait) +
             (size_t)core->stations[s].ended_count * sizeof(struct ended);
    }
    return n;
}

/* --- writing ---------------------------------------------------------------------- */

static unsigned char *put(unsigned char *to, const void *from, size_t n)
{
    memcpy(to, from, n);
    return to + n;
}

/* Closed waits that no window or day can look back on stay behind. */
static uint32_t remembered(const struct tr_core *core, const struct station *st)
{
    const int64_t window =
        tr_max_i64(core->plan->alerts.burning_long_ns,
                   tr_max_i64(core->plan->stations[st - core->stations].target.window_ns,
                              24 * 3600 * TR_NS_PER_S));
    const int64_t from = tr_min_i64(core->day_began, tr_max_i64(-NS_HORIZON, core->now) - window);
    uint32_t n = 0;
    while (n < st->ended_count &&
           st->ended[(st->ended_head + ENDED_MAX - n - 1) % ENDED_MAX].noted >= from) {
        n++;
    }
    return n;
}

static unsigned char *put_station(const struct tr_core *core, int s, unsigned char *to)
{
    const struct station *st = &core->stations[s];
    const uint32_t n = remembered(core, st);
    unsigned char *head = to;
    to = put(to, st, HEAD_SIZE);
    memcpy(head + offsetof(struct station, ended_head), &(uint32_t){n % ENDED_MAX},
           sizeof(uint32_t));
    memcpy(head + offsetof(struct station, ended_count), &n, sizeof(n));
    to = put(to, &st->u, kind_size(&core->plan->stations[s]));
    to = put(to, st->waits, (size_t)st->waits_n * sizeof(struct wait));
    for (uint32_t i = n; i > 0; i--) {
        to =
            put(to, &st->ended[(st->ended_head + ENDED_MAX - i) % ENDED_MAX], sizeof(struct ended));
    }
    return to;
}

int64_t tr_core_save(const struct tr_core *core, void *buf, size_t cap)
{
    const struct tr_plan *plan = core->plan;
    if (cap < tr_core_save_size(core)) {
        return -ENOBUFS;
    }
    unsigned char *const from = (unsigned char *)buf + sizeof(struct header);
    unsigned char *to = put(from, (const unsigned char *)core + FIXED_FROM, FIXED_SIZE);
    to = put(to, core->sensors, (size_t)plan->sensors_n * sizeof(struct sensor));
    to = put(to, core->gates, (size_t)plan->gates_n * sizeof(struct gate));
    to = put(to, core->faults, (size_t)plan->sensors_n * sizeof(struct alert));
    for (int s = 0; s < plan->stations_n; s++) {
        to = put_station(core, s, to);
    }
    const size_t n = (size_t)(to - from);
    const struct header h = {.magic = MAGIC,
                             .layout = layout(),
                             .plan = plan_mark(plan),
                             .check = fnv1a(from, n, FNV_BASIS),
                             .size = n};
    memcpy(buf, &h, sizeof(h));
    return (int64_t)(sizeof(h) + n);
}

/* --- reading ------------------------------------------------------------------------ */

struct reader {
    const unsigned char *at;
    size_t left;
};

static bool get(struct reader *r, void *to, size_t n)
{
    if (n > r->left) {
        return false;
    }
    memcpy(to, r->at, n);
    r->at += n;
    r->left -= n;
    return true;
}

static bool get_station(struct tr_core *core, int s, struct reader *r)
{
    struct station *st = &core->stations[s];
    return get(r, st, HEAD_SIZE) && st->waits_n >= 0 && st->waits_n <= TR_WAITS_MAX &&
           st->ended_count <= ENDED_MAX && st->ended_head == st->ended_count % ENDED_MAX &&
           get(r, &st->u, kind_size(&core->plan->stations[s])) &&
           get(r, st->waits, (size_t)st->waits_n * sizeof(struct wait)) &&
           get(r, st->ended, st->ended_count * sizeof(struct ended));
}

/* The checksum says the bytes are ours; this says they cannot hurt. */
static bool sound_state(const struct tr_core *core)
{
    const struct tr_plan *plan = core->plan;
    bool ok = core->sounds_head >= 0 && core->sounds_head < SOUNDS_MAX &&
              core->daypart >= TR_NONE && core->daypart < TR_DAYPARTS_MAX &&
              core->sounding >= TR_NONE && core->sounding < plan->stations_n;
    for (int s = 0; s < plan->stations_n && ok; s++) {
        const struct station *st = &core->stations[s];
        if (plan->stations[s].kind == TR_KIND_GREETING) {
            ok = st->u.greeting.inside_n >= 0 && st->u.greeting.inside_n <= INSIDE_MAX;
        } else if (plan->stations[s].kind == TR_KIND_QUEUE) {
            ok = st->u.queue.called_n >= 0 && st->u.queue.called_n <= CALLED_MAX &&
                 st->u.queue.row.heads_n >= 0 && st->u.queue.row.heads_n <= HEADS_MAX &&
                 st->u.queue.row.owed >= 0 && st->u.queue.row.owed <= TR_WAITS_MAX &&
                 st->u.queue.row.freed >= 0 && st->u.queue.row.freed <= TR_PLACES_MAX;
            for (int i = 0; i < st->waits_n; i++) {
                ok = ok && st->waits[i].slot >= TR_NONE && st->waits[i].slot < TR_POSITIONS_MAX;
            }
        } else if (plan->stations[s].kind == TR_KIND_PHONE) {
            for (int i = 0; i < plan->stations[s].u.phone.lines_n; i++) {
                ok = ok && st->u.phone.lines[i].pauses_n >= 0 &&
                     st->u.phone.lines[i].pauses_n <= PAUSES_MAX;
            }
        } else if (plan->stations[s].kind == TR_KIND_FEEDBACK) {
            ok = st->u.feedback.button >= 0 &&
                 (st->u.feedback.presses == 0 ||
                  st->u.feedback.button < plan->stations[s].u.feedback.buttons_n);
        }
    }
    return ok;
}

int tr_core_load(struct tr_core *core, const struct tr_plan *plan, const void *buf, size_t n)
{
    struct header h;
    struct reader r = {buf, n};
    if (!get(&r, &h, sizeof(h)) || h.magic != MAGIC) {
        return -EBADMSG;
    }
    if (h.layout != layout()) {
        return -EPROTO;
    }
    if (h.plan != plan_mark(plan) || h.size != r.left ||
        h.check != fnv1a(r.at, r.left, FNV_BASIS)) {
        return -EBADMSG;
    }
    tr_core_init(core, plan);
    bool ok = get(&r, (unsigned char *)core + FIXED_FROM, FIXED_SIZE) &&
              get(&r, core->sensors, (size_t)plan->sensors_n * sizeof(struct sensor)) &&
              get(&r, core->gates, (size_t)plan->gates_n * sizeof(struct gate)) &&
              get(&r, core->faults, (size_t)plan->sensors_n * sizeof(struct alert));
    for (int s = 0; s < plan->stations_n && ok; s++) {
        ok = get_station(core, s, &r);
    }
    if (!ok || r.left != 0 || !sound_state(core)) {
        return -EBADMSG;
    }
    for (int s = 0; s < plan->stations_n; s++) {
        tr_alert_recount(core, s);
    }
    core->next_at = NS_NEVER;
    for (int i = 0; i < TIMERS_MAX; i++) {
        core->next_at = tr_min_i64(core->next_at, core->timers[i]);
    }
    core->next_stale = false;
    return 0;
}

void tr_core_forget_edges(struct tr_core *core)
{
    for (int i = 0; i < core->plan->sensors_n; i++) {
        tr_sensor_forget(core, i);
    }
}
