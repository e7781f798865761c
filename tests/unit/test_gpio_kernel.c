/* Draining and merging of kernel lines, over lines made up here: what gpio-sim
 * cannot produce at will. The library's chip.h and board.h are not linked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gpio/board.h"
#include "gpio/gpio.h"

enum { LINES = 4, QUEUE = 8192 };

struct tr_wire {
    int fd;
    int n, taken;
    struct tr_chip_wire_event queue[QUEUE];
    bool level;      /**< what a reading says */
    bool lost_after; /**< of the newest ones */
    int error;       /**< of the next reading */
    int sets, last_set;
};

static struct tr_wire wires[LINES];
static int opened, buffer;
static struct tr_plan plan;
static struct tr_gpio *gpio;
static struct tr_event got[LINES * QUEUE];
static char error[TR_GPIO_ERROR_MAX];

const bool tr_chip_wire_numbered = false;

void tr_board_open(struct tr_board *board)
{
    memset(board, 0, sizeof(*board));
    board->n = 1;
}

void tr_board_close(struct tr_board *board)
{
    board->n = 0;
}

int tr_board_find(const struct tr_board *board, const char *who, const struct tr_line *line,
                  const char *fallback, int *ret_chip, int *ret_offset, char *reterr)
{
    (void)board;
    (void)who;
    (void)fallback;
    (void)reterr;
    *ret_chip = 0;
    *ret_offset = line->offset;
    return 0;
}

int tr_board_refused(const struct tr_board *board, const char *who, int chip, int offset, int code,
                     char *reterr)
{
    (void)board;
    (void)chip;
    (void)offset;
    snprintf(reterr, TR_GPIO_ERROR_MAX, "%s", who);
    return code;
}

const char *tr_chip_label(struct tr_chip *chip)
{
    (void)chip;
    return "made-up";
}

int tr_chip_wire_input(struct tr_chip *chip, const struct tr_line *line, int offset,
                       struct tr_wire **ret_wire)
{
    (void)chip;
    (void)line;
    *ret_wire = &wires[offset];
    opened++;
    return 0;
}

int tr_chip_wire_output(struct tr_chip *chip, const struct tr_line *line, int offset,
                        struct tr_wire **ret_wire)
{
    return tr_chip_wire_input(chip, line, offset, ret_wire);
}

void tr_chip_wire_close(struct tr_wire *wire)
{
    opened -= wire != NULL;
}

int tr_chip_wire_fd(struct tr_wire *wire)
{
    return wire->fd;
}

int tr_chip_wire_read(struct tr_wire *wire, struct tr_chip_wire_event ev[TR_WIRE_EVENTS],
                      bool *ret_lost_after)
{
    int n = 0;
    *ret_lost_after = false;
    if (wire->error != 0) {
        return wire->error;
    }
    while (n < buffer && wire->taken < wire->n) {
        ev[n++] = wire->queue[wire->taken++];
    }
    if (n > 0 && wire->taken == wire->n) {
        uint64_t count;
        assert_int_equal(read(wire->fd, &count, sizeof(count)), 8);
        *ret_lost_after = wire->lost_after;
        wire->lost_after = false;
    }
    return n;
}

int tr_chip_wire_get(struct tr_wire *wire)
{
    return wire->error != 0 ? wire->error : wire->level;
}

int tr_chip_wire_set(struct tr_wire *wire, bool active)
{
    wire->sets++;
    wire->last_set = active;
    return 0;
}

static void queue(int line, int64_t ns, bool active)
{
    struct tr_wire *w = &wires[line];
    assert_true(w->n < QUEUE);
    if (w->taken == w->n) {
        uint64_t one = 1;
        assert_int_equal(write(w->fd, &one, sizeof(one)), 8);
    }
    w->queue[w->n++] = (struct tr_chip_wire_event){.ns = ns, .active = active};
    w->level = active;
}

static int begin(void **state)
{
    struct tr_gpio_options opt = {.backend = TR_BACKEND_GPIOD};
    (void)state;
    tr_plan_init(&plan);
    memset(wires, 0, sizeof(wires));
    buffer = 16;
    for (int i = 0; i < LINES; i++) {
        wires[i].fd = eventfd(0, EFD_NONBLOCK);
        struct tr_sensor *s = &plan.sensors[i];
        tr_plan_init_sensor(s, TR_SENSOR_BUTTON);
        snprintf(s->id, sizeof(s->id), "s%d", i);
        s->line.offset = i;
        s->press_ns = s->release_ns = 30 * TR_NS_PER_MS;
    }
    plan.sensors_n = LINES;
    assert_int_equal(tr_gpio_open(&plan, &opt, INT64_MIN, &gpio, error), 0);
    assert_int_equal(tr_gpio_read(gpio, got, 64), LINES);
    return 0;
}

static int end(void **state)
{
    (void)state;
    tr_gpio_close(gpio);
    for (int i = 0; i < LINES; i++) {
        close(wires[i].fd);
    }
    return opened == 0 ? 0 : -1;
}

static int read_all(void)
{
    struct pollfd p = {.fd = tr_gpio_fd(gpio), .events = POLLIN};
    int n = 0;
    while (poll(&p, 1, 0) > 0) {
        int r;
        while ((r = tr_gpio_read(gpio, got + n, 64)) > 0) {
            n += r;
        }
        assert_int_equal(r, 0);
    }
    for (int i = 1; i < n; i++) {
        assert_true(got[i].at.ns >= got[i - 1].at.ns);
    }
    return n;
}

static int64_t past(void)
{
    return tr_gpio_now(gpio) - 100 * TR_NS_PER_S;
}

static void a_storm_delays_nobody(void **state)
{
    (void)state;
    int64_t from = past();
    for (int i = 0; i < 5000; i++) {
        queue(0, from + i * TR_NS_PER_MS, i % 2 == 0);
    }
    for (int i = 0; i < 5; i++) {
        queue(3, from + i * TR_NS_PER_S + 1, i % 2 == 0);
    }
    assert_int_equal(read_all(), 5005);
    for (int i = 0, other = 0; i < 5005; i++) {
        assert_int_equal(got[i].kind, TR_EVENT_EDGE);
        if (got[i].sensor == 3) {
            assert_int_equal(i, other * 1001 + 1);
            other++;
        }
    }
}

/* A turn that ends exactly with the queue must not hold up the others. */
static void a_turn_that_just_fits(void **state)
{
    (void)state;
    for (int n = 240; n <= 272; n += 16) {
        int64_t from = past();
        for (int i = 0; i < n; i++) {
            queue(1, from + i, i % 2 == 0);
        }
        assert_int_equal(read_all(), n);
        queue(2, from + n, true);
        queue(2, from + n + TR_NS_PER_S, false);
        assert_int_equal(read_all(), 2);
    }
}

static void two_edges_of_one_direction(void **state)
{
    (void)state;
    int64_t t = past();
    queue(0, t, true);
    queue(0, t + 29 * TR_NS_PER_MS, true);
    /* So short a release would not have counted. */
    assert_int_equal(read_all(), 2);
    queue(0, t + 60 * TR_NS_PER_MS, true);
    assert_int_equal(read_all(), 3);
    assert_int_equal(got[0].kind, TR_EVENT_GAP);
    assert_int_equal(got[0].at.ns, t + 60 * TR_NS_PER_MS);
    assert_int_equal(got[0].value, 0);
    assert_int_equal(got[1].kind, TR_EVENT_EDGE);
    assert_int_equal(got[2].kind, TR_EVENT_LEVEL);
    assert_int_equal(got[2].level, 1);
}

static void a_full_buffer(void **state)
{
    (void)state;
    int64_t t = past();
    for (int i = 0; i < 16; i++) {
        queue(0, t + i, i % 2 == 0);
    }
    wires[0].lost_after = true;
    wires[0].level = true;
    queue(1, t + 100, true);
    assert_int_equal(read_all(), 19);
    assert_int_equal(got[15].kind, TR_EVENT_EDGE);
    assert_int_equal(got[15].level, 0);
    assert_int_equal(got[16].kind, TR_EVENT_GAP);
    assert_int_equal(got[16].at.ns, t + 15);
    assert_int_equal(got[17].sensor, 1);
    assert_int_equal(got[18].kind, TR_EVENT_LEVEL);
    assert_int_equal(got[18].level, 1);
    /* The level that was read is where the next edge begins. */
    queue(0, t + TR_NS_PER_S, false);
    assert_int_equal(read_all(), 1);
}

static void a_clock_that_runs_ahead(void **state)
{
    (void)state;
    queue(0, tr_gpio_now(gpio) + 3600 * TR_NS_PER_S, true);
    assert_int_equal(read_all(), 1);
}

static void a_line_that_goes(void **state)
{
    (void)state;
    int64_t t = past();
    queue(0, t, true);
    queue(1, t, true);
    wires[1].error = -ENODEV;
    struct tr_event ev[64];
    assert_int_equal(tr_gpio_read(gpio, ev, 64), 1);
    assert_int_equal(ev[0].sensor, 0);
    assert_int_equal(tr_gpio_read(gpio, ev, 64), -ENODEV);
    assert_int_equal(tr_gpio_level(gpio, 1), -ENODEV);
}

/* Random histories: nothing lost, nothing made up, all in order. */
static void random_histories(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 200; seed++) {
        unsigned x = seed * 2654435761U;
        int sent[LINES] = {0};
        int seen[LINES] = {0};
        int total = 0;
        int64_t t = past();
        int n = (int)(seed * 17 % 1900);
        buffer = 1 + (int)(seed % 64);
        for (int i = 0; i < LINES; i++) {
            wires[i].n = wires[i].taken = 0;
        }
        for (int i = 0; i < n; i++) {
            x = x * 1664525U + 1013904223U;
            int line = (int)(x >> 16) % ((x >> 28) < 13 ? 1 : LINES);
            t += (x >> 8) % 3;
            queue(line, t, sent[line] % 2 == 0);
            sent[line]++;
        }
        for (int i = 0; i < LINES; i++) {
            if (sent[i] % 2 == 1) {
                queue(i, t, false);
                sent[i]++;
            }
            total += sent[i];
        }
        int r = read_all();
        for (int i = 0; i < r; i++) {
            int line = got[i].sensor;
            if (got[i].kind != TR_EVENT_EDGE || got[i].level != (seen[line] % 2 == 0) ||
                got[i].at.ns != wires[line].queue[seen[line]].ns) {
                fail_msg("seed %u: event %d", seed, i);
            }
            seen[line]++;
        }
        if (r != total || memcmp(seen, sent, sizeof(seen)) != 0) {
            fail_msg("seed %u: %d of %d", seed, r, total);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_storm_delays_nobody, begin, end),
        cmocka_unit_test_setup_teardown(a_turn_that_just_fits, begin, end),
        cmocka_unit_test_setup_teardown(two_edges_of_one_direction, begin, end),
        cmocka_unit_test_setup_teardown(a_full_buffer, begin, end),
        cmocka_unit_test_setup_teardown(a_clock_that_runs_ahead, begin, end),
        cmocka_unit_test_setup_teardown(a_line_that_goes, begin, end),
        cmocka_unit_test_setup_teardown(random_histories, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
