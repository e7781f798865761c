/* Any bytes as a shop's history. The first three are the shop (shops.c) and where
 * its journal stands; the rest is read as events of every kind with any time,
 * sensor and value, and as what a shell does between them: snapshots, restarts,
 * changes of plan. What must hold of it stands in watch.c and stage.c. */
#include <string.h>

#include "fuzz.h"
#include "stage.h"

enum { DRAIN_MAX = 200 };

/* --- the bytes ---------------------------------------------------------------------- */

struct run {
    const uint8_t *at;
    size_t left;
    struct stage stage;
};

static uint8_t byte(struct run *r)
{
    if (r->left == 0) {
        return 0;
    }
    r->left--;
    return *r->at++;
}

static uint64_t word(struct run *r)
{
    uint64_t x = 0;
    for (int i = 0; i < 8; i++) {
        x = x << 8 | byte(r);
    }
    return x;
}

/* A length of time: mostly short, now and then absurd. */
static int64_t span(struct run *r)
{
    const uint8_t b = byte(r);
    if (b < 0x80) {
        return b * TR_NS_PER_MS;
    }
    if (b < 0xc0) {
        return (b - 0x7f) * TR_NS_PER_S;
    }
    if (b < 0xe0) {
        return (b - 0xbf) * 60 * TR_NS_PER_S;
    }
    if (b < 0xf0) {
        return (b - 0xdf) * 3600 * TR_NS_PER_S;
    }
    if (b < 0xf8) {
        return b - 0xef;
    }
    if (b < 0xfc) {
        return (b - 0xf7) * 86400 * TR_NS_PER_S;
    }
    static const int64_t extreme[] = {-1, INT64_MAX, INT64_MIN, 1000 * TR_NS_PER_S};
    const uint8_t which = byte(r);
    return which < 0x10   ? (int64_t)word(r)
           : which < 0x20 ? -(which - 0x0f) * TR_NS_PER_S
                          : extreme[which % (sizeof(extreme) / sizeof(extreme[0]))];
}

static struct tr_mono now_of(const struct run *r)
{
    const struct tr_mono now = tr_core_now(r->stage.live);
    return now.ns == INT64_MIN ? (struct tr_mono){0} : now;
}

/* The next event's time: after a while, at a deadline or just beside it, or wild. */
static struct tr_mono moment(struct run *r)
{
    if (r->left > 0 && (*r->at & 0xfc) == 0xf8) {
        const int beside = (byte(r) & 3) - 1;
        const struct tr_mono deadline = tr_core_deadline(r->stage.live);
        return deadline.ns == INT64_MAX ? now_of(r) : tr_mono_add(deadline, beside);
    }
    return tr_mono_add(now_of(r), span(r));
}

/* An index, or a little beside what there is. */
static int16_t some(struct run *r, int n)
{
    return (int16_t)(byte(r) % (n + 2) - 1);
}

/* --- events ---------------------------------------------------------------------------- */

static struct tr_event event(struct run *r, enum tr_event_kind kind)
{
    return (struct tr_event){.kind = kind, .at = moment(r), .sensor = TR_NONE};
}

static void edge(struct run *r, int16_t sensor, bool level, struct tr_mono at)
{
    const struct tr_event ev = {.kind = TR_EVENT_EDGE, .at = at, .sensor = sensor, .level = level};
    stage_step(&r->stage, &ev);
}

static int16_t any_sensor(struct run *r, uint8_t x)
{
    const int n = stage_plan(&r->stage)->sensors_n;
    return (int16_t)(n > 0 ? x % n : 0);
}

static void sensor_event(struct run *r, enum tr_event_kind kind)
{
    struct tr_event ev = event(r, kind);
    const uint8_t x = byte(r);
    ev.sensor = x < 0xf8 ? any_sensor(r, x >> 1) : some(r, stage_plan(&r->stage)->sensors_n);
    ev.level = (x & 1) != 0;
    if (kind == TR_EVENT_INPUT) {
        ev.edge_at = tr_mono_add(ev.at, -(span(r) & INT64_MAX));
        ev.value = byte(r) & 1;
    } else if (kind == TR_EVENT_HEALTH) {
        ev.value = some(r, TR_HEALTH_COUNT);
    } else if (kind == TR_EVENT_GAP) {
        ev.value = span(r) / TR_NS_PER_MS;
    }
    stage_step(&r->stage, &ev);
}

static void command(struct run *r)
{
    static const int32_t extreme[] = {INT32_MAX, INT32_MIN, -1, 128, 129, 1000};
    struct tr_event ev = event(r, TR_EVENT_COMMAND);
    ev.u.command.kind = (enum tr_command_kind)(byte(r) % (TR_COMMAND_COUNT + 1));
    ev.u.command.station = some(r, stage_plan(&r->stage)->stations_n);
    ev.u.command.output = some(r, stage_plan(&r->stage)->outputs_n);
    ev.u.command.sensor = ev.u.command.output; /* of use only where there is no station */
    const uint8_t value = byte(r);
    ev.u.command.value =
        value < 0xf0 ? value : extreme[value % (sizeof(extreme) / sizeof(extreme[0]))];
    stage_step(&r->stage, &ev);
}

static void calendar(struct run *r)
{
    struct tr_event ev = event(r, TR_EVENT_CALENDAR);
    ev.u.moment = (enum tr_moment)(byte(r) % (TR_MOMENT_COUNT + 1));
    ev.value = some(r, ev.u.moment == TR_MOMENT_DAYPART ? 2 : 200);
    stage_step(&r->stage, &ev);
}

static void wall_clock(struct run *r)
{
    struct tr_event ev = event(r, TR_EVENT_CLOCK);
    ev.u.wall_offset_ms = span(r);
    ev.value = byte(r) & 1;
    stage_step(&r->stage, &ev);
}

static void restart(struct run *r)
{
    struct tr_event ev = event(r, TR_EVENT_RESTART);
    const uint8_t how = byte(r);
    ev.value = how < 0x40 ? -1 : span(r);
    ev.edge_at = tr_mono_add(ev.at, -(span(r) & INT64_MAX));
    ev.u.open_ns = how % 2 == 0 ? -1 : span(r);
    if (how >= 0x80 && ev.value > 0) {
        ev.at = tr_mono_add(ev.at, ev.value); /* as it should be: so long nobody watched */
    }
    stage_step(&r->stage, &ev);
}

/* Every field as it comes. */
static void wild(struct run *r)
{
    struct tr_event ev = event(r, (enum tr_event_kind)(byte(r) % (2 * TR_EVENT_KIND_COUNT)));
    ev.sensor = (int16_t)word(r);
    ev.level = (byte(r) & 1) != 0;
    ev.edge_at.ns = (int64_t)word(r);
    ev.value = (int64_t)word(r);
    if (ev.kind == TR_EVENT_COMMAND) {
        const uint64_t x = word(r);
        const uint64_t y = word(r);
        ev.u.command = (struct tr_command){.kind = (enum tr_command_kind)(x & 0xffffffff),
                                           .station = (int16_t)(x >> 32),
                                           .output = (int16_t)(x >> 48),
                                           .value = (int32_t)(y & 0xffffffff),
                                           .sensor = (int16_t)(y >> 32)};
    } else {
        ev.u.wall_offset_ms = (int64_t)word(r);
    }
    stage_step(&r->stage, &ev);
}

/* --- several events in a few bytes ----------------------------------------------------------- */

static void pulse(struct run *r)
{
    const int16_t sensor = any_sensor(r, byte(r));
    const struct tr_mono at = moment(r);
    edge(r, sensor, true, at);
    edge(r, sensor, false, tr_mono_add(at, span(r)));
}

static void chatter(struct run *r)
{
    const int16_t sensor = any_sensor(r, byte(r));
    struct tr_mono at = moment(r);
    const int64_t pace = (byte(r) % 32 + 1) * TR_NS_PER_MS;
    for (int n = byte(r); n > 0; n--) {
        edge(r, sensor, n % 2 == 0, at);
        at = tr_mono_add(at, pace);
    }
}

static void walk(struct run *r)
{
    const struct tr_plan *plan = stage_plan(&r->stage);
    const bool in = (byte(r) & 1) != 0;
    const struct tr_mono at = moment(r);
    if (plan->gates_n == 0) {
        return;
    }
    const int16_t first = in ? plan->gates[0].outer : plan->gates[0].inner;
    const int16_t second = in ? plan->gates[0].inner : plan->gates[0].outer;
    edge(r, first, true, at);
    edge(r, second, true, tr_mono_add(at, 100 * TR_NS_PER_MS));
    edge(r, first, false, tr_mono_add(at, 200 * TR_NS_PER_MS));
    edge(r, second, false, tr_mono_add(at, 300 * TR_NS_PER_MS));
}

static void ring(struct run *r)
{
    const int16_t sensor = any_sensor(r, byte(r));
    struct tr_mono at = moment(r);
    for (int n = byte(r) % 8; n >= 0; n--) {
        edge(r, sensor, true, at);
        edge(r, sensor, false, tr_mono_add(at, TR_NS_PER_S));
        at = tr_mono_add(at, 3 * TR_NS_PER_S);
    }
}

/* --- the history -------------------------------------------------------------------------------- */

enum op {
    OP_TICK,
    OP_PULSE,
    OP_WALK,
    OP_RING,
    OP_CHATTER,
    OP_LEVEL,
    OP_INPUT,
    OP_HEALTH,
    OP_GAP,
    OP_COMMAND,
    OP_CALENDAR,
    OP_CLOCK,
    OP_RESTART,
    OP_PLAIN, /* PLAN and FINISH say nothing more */
    OP_WILD,
    OP_TWIN,
    OP_DAMAGE,
    OP_DAEMON_RESTART,
    OP_RECOVER,
    OP_REPLAN,
    OP_ASK,
    OP_DRAIN,
    OP_COUNT
};
enum { OP_EDGE = 0x50 }; /* from here on: sensor and level in one byte */

static void shell(struct run *r, enum op op)
{
    struct stage *stage = &r->stage;
    if (op == OP_TWIN) {
        stage_twin(stage);
    } else if (op == OP_DAMAGE) {
        const size_t at = (size_t)byte(r) << 8 | byte(r);
        stage_damage(stage, at, byte(r));
    } else if (op == OP_DAEMON_RESTART) {
        stage_restart(stage);
    } else if (op == OP_RECOVER) {
        stage_recover(stage);
    } else if (op == OP_REPLAN) {
        const uint8_t shop = byte(r);
        const uint8_t tune = byte(r);
        stage_replan(stage, shop, tune, moment(r));
    } else if (op == OP_ASK) {
        watch_ask(&stage->watch, stage->live);
    } else {
        stage_drain(stage, byte(r) % DRAIN_MAX);
    }
}

static void happen(struct run *r, uint8_t op)
{
    if (op >= OP_EDGE) {
        const int16_t sensor = any_sensor(r, (uint8_t)((op - OP_EDGE) >> 1));
        edge(r, sensor, (op & 1) != 0, moment(r));
        return;
    }
    switch ((enum op)(op % OP_COUNT)) {
    case OP_TICK:
        stage_tick(&r->stage, moment(r));
        break;
    case OP_PULSE:
        pulse(r);
        break;
    case OP_WALK:
        walk(r);
        break;
    case OP_RING:
        ring(r);
        break;
    case OP_CHATTER:
        chatter(r);
        break;
    case OP_LEVEL:
        sensor_event(r, TR_EVENT_LEVEL);
        break;
    case OP_INPUT:
        sensor_event(r, TR_EVENT_INPUT);
        break;
    case OP_HEALTH:
        sensor_event(r, TR_EVENT_HEALTH);
        break;
    case OP_GAP:
        sensor_event(r, TR_EVENT_GAP);
        break;
    case OP_COMMAND:
        command(r);
        break;
    case OP_CALENDAR:
        calendar(r);
        break;
    case OP_CLOCK:
        wall_clock(r);
        break;
    case OP_RESTART:
        restart(r);
        break;
    case OP_PLAIN: {
        const struct tr_event ev = event(r, (byte(r) & 1) != 0 ? TR_EVENT_PLAN : TR_EVENT_FINISH);
        stage_step(&r->stage, &ev);
        break;
    }
    case OP_WILD:
        wild(r);
        break;
    default:
        shell(r, (enum op)(op % OP_COUNT));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run r = {.at = data, .left = size};
    const uint8_t shop = byte(&r);
    const uint8_t tune = byte(&r);
    stage_open(&r.stage, shop, tune, byte(&r));
    while (r.left > 0 && !stage_full(&r.stage)) {
        happen(&r, byte(&r));
    }
    stage_drain(&r.stage, DRAIN_MAX);
    stage_finish(&r.stage);
    return 0;
}
