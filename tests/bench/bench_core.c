/* Events a second through tr_core_step(), and bytes of state (DESIGN §8: at
 * least 2 million events/s on one core). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../unit/shop.h"

enum { ROUNDS = 400000 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t steps, waits;

static void step(struct shop *shop, const struct tr_event *ev)
{
    int more;
    do {
        more = tr_core_step(shop->core, ev, shop->out);
        for (size_t i = 0; i < shop->out->n; i++) {
            waits += shop->out->e[i].kind == TR_EFFECT_WAIT;
        }
    } while (more != 0);
    steps++;
}

static void edge(struct shop *shop, int64_t at, int sensor, bool level)
{
    const struct tr_event ev = {
        .kind = TR_EVENT_EDGE, .at = {at}, .sensor = (int16_t)sensor, .level = level};
    step(shop, &ev);
}

/* One customer through the door, the line and a till; half a minute apart. */
static void customer(struct shop *shop, int64_t at)
{
    const int64_t ms = TR_NS_PER_MS;
    edge(shop, at, DOOR_OUTER, true);
    edge(shop, at + 80 * ms, DOOR_INNER, true);
    edge(shop, at + 230 * ms, DOOR_OUTER, false);
    edge(shop, at + 310 * ms, DOOR_INNER, false);
    edge(shop, at + 4000 * ms, GREET, true);
    edge(shop, at + 4200 * ms, GREET, false);
    edge(shop, at + 9000 * ms, LINE_IN, true);
    edge(shop, at + 9300 * ms, LINE_IN, false);
    edge(shop, at + 12000 * ms, TILL_1, true);
    edge(shop, at + 26000 * ms, TILL_1, false);
}

static void report(const char *what, double seconds)
{
    printf("  %-44s %8.2f million/s  (%llu events, %llu waits closed)\n", what,
           (double)steps / seconds / 1e6, (unsigned long long)steps, (unsigned long long)waits);
    steps = 0;
    waits = 0;
}

/* A snapshot holds just what is in use, so its size is the state's. */
static size_t idle_size(const struct tr_plan *like, int stations)
{
    static struct tr_plan plan;
    plan = *like;
    plan.stations_n = (int16_t)stations;
    struct tr_core *core = calloc(1, tr_core_size());
    tr_core_init(core, &plan);
    const size_t n = tr_core_save_size(core);
    free(core);
    return n;
}

static void sizes(const struct shop *shop)
{
    static const char *const kind[TR_KIND_COUNT] = {[TR_KIND_GREETING] = "a door",
                                                    [TR_KIND_QUEUE] = "a line",
                                                    [TR_KIND_CALL] = "a call button",
                                                    [TR_KIND_PHONE] = "a telephone",
                                                    [TR_KIND_FEEDBACK] = "a smiley panel"};
    const int n = shop->plan.stations_n;
    printf("core: bytes of state\n");
    for (int i = 0; i < n; i++) {
        printf("  %-44s %8zu bytes\n", kind[shop->plan.stations[i].kind],
               idle_size(&shop->plan, i + 1) - idle_size(&shop->plan, i));
    }
    const size_t idle = idle_size(&shop->plan, n);
    const size_t busy = tr_core_save_size(shop->core);
    printf("  %-44s %8zu bytes, idle (sensors, gates, alerts and all)\n", "this shop", idle);
    printf("  %-44s %8zu bytes, %zu a station of its %d\n", "this shop after that day", busy,
           busy / (size_t)n, n);
    printf("  %-44s %8zu bytes, %zu a station; most are never touched\n",
           "reserved, however many there are", tr_core_size(), tr_core_size() / TR_STATIONS_MAX);
}

int main(void)
{
    struct shop shop;
    printf("core: tr_core_step(), one core of this machine; the bar is 2 million events/s\n");
    shop_open(&shop);
    double t = now_s();
    for (int i = 0; i < ROUNDS / 10; i++) {
        customer(&shop, (int64_t)i * 30 * TR_NS_PER_S);
    }
    report("a shop's day: 10 edges a customer", now_s() - t);
    sizes(&shop);
    shop_close(&shop);

    shop_open(&shop);
    t = now_s();
    for (int i = 0; i < ROUNDS; i++) {
        edge(&shop, (int64_t)i * 100000, GREET, i % 2 == 0); /* 10,000 edges/s of bounce */
    }
    report("a storm on one line", now_s() - t);
    shop_close(&shop);

    shop_open(&shop);
    t = now_s();
    for (int i = 0; i < ROUNDS; i++) {
        const struct tr_event tick = {
            .kind = TR_EVENT_TICK, .at = {(int64_t)i * TR_NS_PER_MS}, .sensor = TR_NONE};
        step(&shop, &tick);
    }
    report("ticks with nothing due", now_s() - t);
    shop_close(&shop);
    return 0;
}
