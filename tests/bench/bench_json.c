/* Wait records written per second, on one core. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "codec/json.h"

static struct tr_plan plan;

static double now_s(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int main(void)
{
    const int n = 3000000;
    tr_plan_init(&plan);
    strcpy(plan.site, "highstreet");
    tr_plan_init_station(&plan.stations[0], TR_KIND_QUEUE);
    strcpy(plan.stations[0].id, "tills");
    strcpy(plan.stations[0].u.queue.positions[0].id, "till1");
    plan.stations[0].u.queue.positions_n = 1;
    plan.stations_n = 1;
    strcpy(plan.dayparts[0].id, "lunch");
    plan.dayparts_n = 1;
    char text[TR_JSON_MAX];
    double bytes = 0, start = now_s();
    for (int i = 0; i < n; i++) {
        int64_t at = INT64_C(1000003) * TR_NS_PER_S + (int64_t)i * 7919 * TR_NS_PER_MS;
        struct tr_wait_record wait = {.seq = (uint64_t)i,
                                      .open_seq = 3 * (uint64_t)i,
                                      .kind = TR_KIND_QUEUE,
                                      .party = 1,
                                      .opened = {.ns = at},
                                      .opened_wall = {.ms = 1772442000000 + i * INT64_C(7919)},
                                      .closed_wall = {.ms = 1772442012345 + i * INT64_C(7919)},
                                      .wait_ns = at % (300 * TR_NS_PER_S),
                                      .rings = 3,
                                      .service_ns = at % (90 * TR_NS_PER_S),
                                      .verdict = TR_VERDICT_KEPT,
                                      .accurate = true,
                                      .synced = true};
        bytes += tr_json_wait(&plan, &wait, text, sizeof(text));
    }
    double took = now_s() - start;
    printf("json: %.2f million wait records/s (%.0f bytes each)\n", n / took / 1e6, bytes / n);
    return 0;
}
