/**
 * @file gpio_private.h
 * One table of functions per implementation; gpio.c only dispatches.
 */
#ifndef TR_GPIO_PRIVATE_H
#define TR_GPIO_PRIVATE_H

#include "gpio/gpio.h"

/** As the functions of gpio.h of the same name. */
struct tr_gpio_ops {
    int (*read)(struct tr_gpio *gpio, struct tr_event *ev, size_t cap);
    int (*level)(struct tr_gpio *gpio, int sensor);
    int (*set)(struct tr_gpio *gpio, int output, bool on);
    int64_t (*now)(const struct tr_gpio *gpio);
    int64_t (*monotonic)(const struct tr_gpio *gpio, int64_t source_ns);
    bool (*wall)(const struct tr_gpio *gpio, int64_t *ret_ms);
    bool (*always_open)(const struct tr_gpio *gpio);
    const char *(*describe)(const struct tr_gpio *gpio);
    void (*close)(struct tr_gpio *gpio);
};

/** First member of every implementation's own struct. */
struct tr_gpio {
    const struct tr_gpio_ops *ops;
    const struct tr_plan *plan;
    int fd; /**< readable when there is something to read */
};

int tr_replay_open(const struct tr_plan *plan, const struct tr_gpio_options *opt, int64_t resume_ns,
                   struct tr_gpio **ret_gpio, char *reterr);
int tr_kernel_open(const struct tr_plan *plan, const struct tr_gpio_options *opt,
                   struct tr_gpio **ret_gpio, char *reterr);

/** @return CLOCK_MONOTONIC in ns. */
int64_t tr_gpio_clock(void);

#endif
