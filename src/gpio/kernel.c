/* Request the kernel's lines; the rest is kernel_read.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/version.h"
#include "gpio/kernel_private.h"

static struct tr_kernel *of(struct tr_gpio *gpio)
{
    return (struct tr_kernel *)gpio;
}

static int kernel_level(struct tr_gpio *gpio, int sensor)
{
    return tr_chip_wire_get(of(gpio)->in[sensor].wire);
}

static int kernel_set(struct tr_gpio *gpio, int output, bool on)
{
    return tr_chip_wire_set(of(gpio)->out[output].wire, on);
}

static int64_t kernel_now(const struct tr_gpio *gpio)
{
    (void)gpio;
    return tr_gpio_clock();
}

static int64_t kernel_monotonic(const struct tr_gpio *gpio, int64_t source_ns)
{
    (void)gpio;
    return source_ns;
}

static bool kernel_wall(const struct tr_gpio *gpio, int64_t *ret_ms)
{
    (void)gpio;
    (void)ret_ms;
    return false;
}

static bool kernel_always_open(const struct tr_gpio *gpio)
{
    (void)gpio;
    return false;
}

static const char *kernel_describe(const struct tr_gpio *gpio)
{
    return ((const struct tr_kernel *)gpio)->text;
}

static void kernel_close(struct tr_gpio *gpio)
{
    struct tr_kernel *k = of(gpio);
    for (int i = 0; i < gpio->plan->outputs_n; i++) {
        if (k->out[i].wire != NULL) {
            /* A released line may keep its level: no buzzer outlives us. */
            tr_chip_wire_set(k->out[i].wire, false);
            tr_chip_wire_close(k->out[i].wire);
        }
    }
    for (int i = 0; i < gpio->plan->sensors_n; i++) {
        tr_chip_wire_close(k->in[i].wire);
    }
    tr_board_close(&k->board);
    int fds[] = {k->kick, k->dev, gpio->fd};
    for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    free(k);
}

static const struct tr_gpio_ops kernel_ops = {
    .read = tr_kernel_read,
    .level = kernel_level,
    .set = kernel_set,
    .now = kernel_now,
    .monotonic = kernel_monotonic,
    .wall = kernel_wall,
    .always_open = kernel_always_open,
    .describe = kernel_describe,
    .close = kernel_close,
};

static int watch(struct tr_kernel *k, int fd, uint32_t what)
{
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = what};
    return epoll_ctl(k->gpio.fd, EPOLL_CTL_ADD, fd, &e) < 0 ? -errno : 0;
}

/* The loop's own fds. */
static int open_fds(struct tr_kernel *k)
{
    k->gpio.fd = epoll_create1(EPOLL_CLOEXEC);
    k->kick = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
    if (k->gpio.fd < 0 || k->kick < 0) {
        return -errno;
    }
    int r = watch(k, k->kick, TR_KERNEL_KICK);
    /* A help only: where /dev cannot be watched, newer kernels wake us. */
    k->dev = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (k->dev >= 0 && (inotify_add_watch(k->dev, "/dev", IN_DELETE | IN_ONLYDIR) < 0 ||
                        watch(k, k->dev, TR_KERNEL_DEV) < 0)) {
        close(k->dev);
        k->dev = -1;
    }
    return r;
}

/* Two objects of the configuration on one line: say which, not "busy". */
static int check_twice(const struct tr_kernel *k, const char *who, int chip, int offset,
                       int sensors, int outputs, char *reterr)
{
    const struct tr_plan *plan = k->gpio.plan;
    const char *kind = NULL;
    const char *id = NULL;
    for (int i = 0; i < sensors; i++) {
        if (k->in[i].chip == chip && k->in[i].offset == offset) {
            kind = "sensor";
            id = plan->sensors[i].id;
        }
    }
    for (int i = 0; i < outputs; i++) {
        if (k->out[i].chip == chip && k->out[i].offset == offset) {
            kind = "output";
            id = plan->outputs[i].id;
        }
    }
    if (kind == NULL) {
        return 0;
    }
    snprintf(reterr, TR_GPIO_ERROR_MAX, "%s: line %d of %s is used by %s %s already", who, offset,
             tr_chip_label(k->board.chip[chip].chip), kind, id);
    return -EBUSY;
}

static int open_input(struct tr_kernel *k, int16_t i, const char *fallback, char *reterr)
{
    const struct tr_sensor *s = &k->gpio.plan->sensors[i];
    struct tr_input *in = &k->in[i];
    char who[TR_ID_MAX + 8];
    snprintf(who, sizeof(who), "sensor %s", s->id);
    int r = tr_board_find(&k->board, who, &s->line, fallback, &in->chip, &in->offset, reterr);
    if (r < 0) {
        return r;
    }
    r = check_twice(k, who, in->chip, in->offset, i, k->gpio.plan->outputs_n, reterr);
    if (r < 0) {
        return r;
    }
    k->chip_used[in->chip] = true;
    in->newest = INT64_MIN;
    r = tr_chip_wire_input(k->board.chip[in->chip].chip, &s->line, in->offset, &in->wire);
    if (r == 0) {
        r = watch(k, tr_chip_wire_fd(in->wire), (uint32_t)i);
    }
    if (r == 0) {
        r = tr_kernel_read_level(k, i);
    }
    return r < 0 ? tr_board_refused(&k->board, who, in->chip, in->offset, r, reterr) : 0;
}

static int open_output(struct tr_kernel *k, int16_t i, const char *fallback, char *reterr)
{
    const struct tr_output *o = &k->gpio.plan->outputs[i];
    char who[TR_ID_MAX + 8];
    snprintf(who, sizeof(who), "output %s", o->id);
    int *chip = &k->out[i].chip;
    int *offset = &k->out[i].offset;
    int r = tr_board_find(&k->board, who, &o->line, fallback, chip, offset, reterr);
    if (r < 0) {
        return r;
    }
    r = check_twice(k, who, *chip, *offset, 0, i, reterr);
    if (r < 0) {
        return r;
    }
    k->chip_used[*chip] = true;
    r = tr_chip_wire_output(k->board.chip[*chip].chip, &o->line, *offset, &k->out[i].wire);
    return r < 0 ? tr_board_refused(&k->board, who, *chip, *offset, r, reterr) : 0;
}

static void describe(struct tr_kernel *k)
{
    size_t used = 0;
    for (int i = 0; i < k->board.n && used < sizeof(k->text) / 2; i++) {
        if (k->chip_used[i]) {
            used += (size_t)snprintf(k->text + used, sizeof(k->text) - used, "%s%.31s",
                                     used > 0 ? " + " : "", tr_chip_label(k->board.chip[i].chip));
        }
    }
    snprintf(k->text + used, sizeof(k->text) - used, ", %d sensors, %d outputs (libgpiod %s)",
             k->gpio.plan->sensors_n, k->gpio.plan->outputs_n, tr_gpiod_version);
}

int tr_kernel_open(const struct tr_plan *plan, const struct tr_gpio_options *opt,
                   struct tr_gpio **ret_gpio, char *reterr)
{
    struct tr_kernel *k = calloc(1, sizeof(*k));
    if (k == NULL) {
        snprintf(reterr, TR_GPIO_ERROR_MAX, "out of memory");
        return -ENOMEM;
    }
    k->gpio = (struct tr_gpio){.ops = &kernel_ops, .plan = plan, .fd = -1};
    k->kick = k->dev = -1;
    int r = open_fds(k);
    if (r < 0) {
        snprintf(reterr, TR_GPIO_ERROR_MAX, "cannot watch GPIO lines: %s", strerror(-r));
    } else {
        tr_board_open(&k->board);
    }
    /* Outputs first: a buzzer that floats must not wait for the sensors. */
    for (int16_t i = 0; r == 0 && i < plan->outputs_n; i++) {
        r = open_output(k, i, opt->chip, reterr);
    }
    for (int16_t i = 0; r == 0 && i < plan->sensors_n; i++) {
        r = open_input(k, i, opt->chip, reterr);
    }
    if (r < 0) {
        kernel_close(&k->gpio);
        return r;
    }
    describe(k);
    *ret_gpio = &k->gpio;
    return 0;
}
