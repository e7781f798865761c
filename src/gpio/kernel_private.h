/**
 * @file kernel_private.h
 * Kernel lines: shared by opening (kernel.c) and reading (kernel_read.c).
 */
#ifndef TR_GPIO_KERNEL_PRIVATE_H
#define TR_GPIO_KERNEL_PRIVATE_H

#include "gpio/board.h"
#include "gpio/gpio_private.h"

enum {
    TR_KERNEL_PENDING = 4096, /**< events read but not yet handed out */
    TR_KERNEL_PASS = 256,     /**< events of one line before the next has its turn */
    /** epoll's user data beside sensor indices */
    TR_KERNEL_KICK = TR_SENSORS_MAX,
    TR_KERNEL_DEV
};

struct tr_input {
    struct tr_wire *wire;
    int chip, offset;
    bool level;     /**< by its newest event or reading */
    int64_t newest; /**< time of its newest event; INT64_MIN: none */
    bool more;      /**< its turn ended before its queue did */
    bool reread;    /**< edges were lost: read its level when the queue is empty */
    uint32_t ready; /**< epoll events of this turn */
};

struct tr_pending {
    int64_t ns;
    uint32_t order; /**< of reading: keeps equal times in order */
    struct tr_event ev;
};

struct tr_kernel {
    struct tr_gpio gpio; /**< must be first */
    struct tr_board board;
    bool chip_used[TR_CHIPS_MAX];
    struct tr_input in[TR_SENSORS_MAX];
    struct {
        struct tr_wire *wire;
        int chip, offset;
    } out[TR_OUTPUTS_MAX];
    int kick; /**< eventfd: events are pending */
    int dev;  /**< inotify on /dev: chips that go; -1: not there */
    bool gone;
    size_t n;
    uint32_t order;
    char text[TR_NAME_MAX * 4];
    struct tr_pending pending[TR_KERNEL_PENDING];
};

/** Append the level of an input as read now. @return 0, or -errno. */
int tr_kernel_read_level(struct tr_kernel *k, int16_t sensor);

/** As tr_gpio_read(). */
int tr_kernel_read(struct tr_gpio *gpio, struct tr_event *ev, size_t cap);

#endif
