/*
 * What the journal costs: room on disk per wait, commits a second, bytes
 * written in a shop's day, time to open. DESIGN's bar: a million waits in 1 GB.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "journal/journal.h"

enum { DAY = 1000, DAYS = 30, INPUTS = 6 };

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct tr_journal *must_open(const struct tr_journal_options *opt)
{
    struct tr_journal *journal;
    struct tr_journal_opened opened;
    char err[TR_JOURNAL_ERROR_MAX];

    if (tr_journal_open(opt, NULL, &journal, &opened, err) < 0) {
        fprintf(stderr, "%s\n", err);
        exit(1);
    }
    return journal;
}

static void must_commit(struct tr_journal *journal)
{
    int r = tr_journal_commit(journal);

    if (r < 0) {
        fprintf(stderr, "commit: %s\n", strerror(-r));
        exit(1);
    }
}

/* 30 s a customer, to the nanosecond as kernels stamp them. */
static int64_t stamp(int64_t wait, int64_t input)
{
    return wait * 30 * TR_NS_PER_S + input * 4217654321 + (wait * 7919 + input * 104729) % 999983;
}

static void put_input(struct tr_journal *journal, int64_t wait, int64_t input)
{
    int64_t at = stamp(wait, input);
    struct tr_event ev = {.kind = TR_EVENT_INPUT,
                          .at.ns = at,
                          .edge_at.ns = at - 50000000,
                          .sensor = (int16_t)(input + 3),
                          .level = input & 1};

    tr_journal_put_event(journal, (uint64_t)(wait * INPUTS + input + 1), &ev);
}

static void put_tail(struct tr_journal *journal, int64_t wait, int64_t input)
{
    struct tr_journal_tail tail = {.at.ns = stamp(wait, input),
                                   .seq = (uint64_t)(wait * INPUTS + input + 1),
                                   .source_ns = stamp(wait, input) + 123456789,
                                   .wall.ms = 1772442000000 + wait * 30000,
                                   .synced = true,
                                   .boot = "6c2f1d6e-1f6a-4bb8-9d0c-2f6a4bb89d0c",
                                   .plan_hash = "0123456789abcdef"};

    tr_journal_put_tail(journal, &tail);
}

static void put_wait(struct tr_journal *journal, int64_t wait)
{
    int64_t opened = stamp(wait, 0);
    int64_t closed = stamp(wait, INPUTS - 1);
    struct tr_wait_record w = {.seq = (uint64_t)wait + 1,
                               .open_seq = (uint64_t)(wait * INPUTS + 1),
                               .kind = TR_KIND_QUEUE,
                               .party = 1,
                               .opened.ns = opened,
                               .closed.ns = closed,
                               .ended.ns = closed + 61234567890,
                               .opened_wall.ms = 1772442000000 + opened / 1000000,
                               .closed_wall.ms = 1772442000000 + closed / 1000000,
                               .wait_ns = closed - opened,
                               .rings = 4,
                               .service_ns = 61234567890,
                               .threshold_ns = 120 * TR_NS_PER_S,
                               .verdict = TR_VERDICT_KEPT,
                               .accurate = true,
                               .synced = true};
    char json[480];

    snprintf(
        json, sizeof(json),
        "{\"v\":1,\"type\":\"wait\",\"id\":\"front-%lld\",\"seq\":%lld,\"site\":\"store-0042\","
        "\"station\":\"tills\",\"kind\":\"queue\",\"party\":1,"
        "\"opened\":\"2026-03-02T09:00:00.123Z\",\"closed\":\"2026-03-02T09:00:21.456Z\","
        "\"mono_ms\":%lld,\"wait_s\":21.333,\"rings\":4,\"service_s\":61.235,"
        "\"position\":\"till1\",\"outcome\":\"answered\",\"in_target\":true,"
        "\"by\":\"sensor\",\"accurate\":true,\"order\":\"assumed\",\"clock\":\"synced\","
        "\"daypart\":\"lunch\"}",
        (long long)w.open_seq, (long long)w.seq, (long long)(closed / 1000000));
    tr_journal_put_wait(journal, "tills", "till1", "lunch", &w, json);
}

/* Each input comes alone, as in a shop; the acknowledgement later than its wait. */
static void live_day(struct tr_journal *journal, int64_t day)
{
    for (int64_t wait = day * DAY; wait < (day + 1) * DAY; wait++) {
        for (int64_t input = 0; input < INPUTS; input++) {
            put_input(journal, wait, input);
            if (input == INPUTS - 1) {
                put_wait(journal, wait);
            }
            put_tail(journal, wait, input);
            must_commit(journal);
        }
        tr_journal_outbox_sent(journal, (uint64_t)wait + 1);
        must_commit(journal);
    }
}

/* The same rows with fewer commits: only their size matters. */
static void quick_days(struct tr_journal *journal, int64_t from, int64_t to)
{
    for (int64_t wait = from * DAY; wait < to * DAY; wait++) {
        for (int64_t input = 0; input < INPUTS; input++) {
            put_input(journal, wait, input);
        }
        put_wait(journal, wait);
        if (wait % 100 == 99) {
            put_tail(journal, wait, INPUTS - 1);
            must_commit(journal);
            for (int64_t i = wait - 99; i <= wait; i++) {
                tr_journal_outbox_sent(journal, (uint64_t)i + 1);
            }
            must_commit(journal);
        }
    }
}

static int count(void *user, uint64_t seq, const struct tr_event *ev, const char *plan_hash)
{
    (void)seq;
    (void)ev;
    (void)plan_hash;
    ++*(int64_t *)user;
    return 0;
}

static int64_t closed_size(const struct tr_journal_options *opt, struct tr_journal **journal)
{
    struct tr_journal_stats stats;

    tr_journal_close(*journal);
    *journal = must_open(opt);
    tr_journal_stats(*journal, &stats);
    return stats.bytes;
}

int main(void)
{
    struct tr_journal_options opt = {.max_bytes = INT64_C(1) << 30, .retain_days = 400};
    char dir[] = "/tmp/tr-bench-XXXXXX";
    char cmd[64];
    struct tr_journal *journal;
    struct tr_journal_stats stats;
    int64_t events = 0;
    int64_t small;
    int64_t large;
    double live;
    double start;
    double open_s;

    if (mkdtemp(dir) == NULL) {
        return 1;
    }
    snprintf(opt.path, sizeof(opt.path), "%s/journal.db", dir);
    journal = must_open(&opt);
    start = now_s();
    live_day(journal, 0);
    live = now_s() - start;
    tr_journal_stats(journal, &stats);
    printf("journal: a day of %d waits, %d inputs each, a commit for each and for each ack\n", DAY,
           INPUTS);
    printf("  commits                %8llu\n", (unsigned long long)stats.commits);
    printf("  commits/s, durable     %8.0f\n", (double)stats.commits / live);
    printf("  written a day          %8.1f MB, %.1f kB a commit\n",
           (double)stats.written_bytes / 1e6,
           (double)stats.written_bytes / 1e3 / (double)stats.commits);
    small = closed_size(&opt, &journal);
    quick_days(journal, 1, 1 + DAYS);
    large = closed_size(&opt, &journal);
    printf("  on disk a wait         %8.0f B with its inputs\n",
           (double)(large - small) / (DAY * DAYS));
    printf("  a million waits        %8.0f MB of 1000\n",
           (double)(large - small) / (DAY * DAYS) * 1e6 / 1e6);
    tr_journal_close(journal);
    start = now_s();
    journal = must_open(&opt);
    open_s = now_s() - start;
    printf("  open, %3.0f MB           %8.1f ms\n", (double)large / 1e6, open_s * 1e3);
    start = now_s();
    tr_journal_events(journal, 0, count, &events);
    printf("  events read            %8.0f a second\n", (double)events / (now_s() - start));
    tr_journal_close(journal);
    snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
    return system(cmd) == 0 ? 0 : 1;
}
