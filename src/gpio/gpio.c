/* Dispatch to the kernel's lines or to a trace. */
#include "gpio/gpio.h"

#include <errno.h>
#include <time.h>

#include "gpio/gpio_private.h"
#include "thirdring/time.h"

int64_t tr_gpio_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * TR_NS_PER_S + t.tv_nsec;
}

int tr_gpio_open(const struct tr_plan *plan, const struct tr_gpio_options *opt, int64_t resume_ns,
                 struct tr_gpio **ret_gpio, char *reterr)
{
    if (opt->backend == TR_BACKEND_REPLAY) {
        return tr_replay_open(plan, opt, resume_ns, ret_gpio, reterr);
    }
    return tr_kernel_open(plan, opt, ret_gpio, reterr);
}

int tr_gpio_fd(const struct tr_gpio *gpio)
{
    return gpio->fd;
}

int tr_gpio_read(struct tr_gpio *gpio, struct tr_event *ev, size_t cap)
{
    return gpio->ops->read(gpio, ev, cap);
}

int tr_gpio_level(struct tr_gpio *gpio, int sensor)
{
    if (sensor < 0 || sensor >= gpio->plan->sensors_n) {
        return -EINVAL;
    }
    return gpio->ops->level(gpio, sensor);
}

int tr_gpio_set(struct tr_gpio *gpio, int output, bool on)
{
    if (output < 0 || output >= gpio->plan->outputs_n) {
        return -EINVAL;
    }
    return gpio->ops->set(gpio, output, on);
}

int64_t tr_gpio_now(const struct tr_gpio *gpio)
{
    return gpio->ops->now(gpio);
}

int64_t tr_gpio_monotonic(const struct tr_gpio *gpio, int64_t source_ns)
{
    return gpio->ops->monotonic(gpio, source_ns);
}

bool tr_gpio_wall(const struct tr_gpio *gpio, int64_t *ret_ms)
{
    return gpio->ops->wall(gpio, ret_ms);
}

bool tr_gpio_always_open(const struct tr_gpio *gpio)
{
    return gpio->ops->always_open(gpio);
}

const char *tr_gpio_describe(const struct tr_gpio *gpio)
{
    return gpio->ops->describe(gpio);
}

void tr_gpio_close(struct tr_gpio *gpio)
{
    if (gpio != NULL) {
        gpio->ops->close(gpio);
    }
}
