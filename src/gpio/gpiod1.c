/* libgpiod 1.6: one fd and a 16-event buffer in the kernel for each line. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>
#include <stdio.h>
#include <stdlib.h>

#include "gpio/chip.h"
#include "thirdring/time.h"

/* What the kernel buffers for a line; what comes when it is full is dropped. */
enum { KERNEL_EVENTS = 16 };
static_assert((int)KERNEL_EVENTS <= (int)TR_WIRE_EVENTS, "a read must be able to empty it");

const bool tr_chip_wire_numbered = false;

struct tr_chip {
    struct gpiod_chip *chip;
};

struct tr_wire {
    struct gpiod_line *line; /* the chip's */
};

static int failed(void)
{
    return errno > 0 ? -errno : -EIO;
}

int tr_chip_open(const char *path, struct tr_chip **ret_chip)
{
    struct tr_chip *chip = malloc(sizeof(*chip));
    if (chip == NULL) {
        return -ENOMEM;
    }
    errno = 0;
    chip->chip = gpiod_chip_open(path);
    if (chip->chip == NULL) {
        int r = failed();
        free(chip);
        return r == -ENOTTY ? -ENODEV : r;
    }
    *ret_chip = chip;
    return 0;
}

void tr_chip_close(struct tr_chip *chip)
{
    if (chip != NULL) {
        gpiod_chip_close(chip->chip);
        free(chip);
    }
}

const char *tr_chip_label(struct tr_chip *chip)
{
    return gpiod_chip_label(chip->chip);
}

int tr_chip_lines(struct tr_chip *chip)
{
    return (int)gpiod_chip_num_lines(chip->chip);
}

int tr_chip_find(struct tr_chip *chip, const char *name)
{
    errno = 0;
    struct gpiod_line *line = gpiod_chip_find_line(chip->chip, name);
    if (line == NULL) {
        return errno > 0 ? -errno : -ENOENT;
    }
    return (int)gpiod_line_offset(line);
}

void tr_chip_line_name(struct tr_chip *chip, int offset, char ret[TR_NAME_MAX])
{
    struct gpiod_line *line = gpiod_chip_get_line(chip->chip, (unsigned)offset);
    const char *name = line == NULL ? NULL : gpiod_line_name(line);
    snprintf(ret, TR_NAME_MAX, "%s", name == NULL ? "" : name);
}

bool tr_chip_line_used(struct tr_chip *chip, int offset)
{
    struct gpiod_line *line = gpiod_chip_get_line(chip->chip, (unsigned)offset);
    return line != NULL && gpiod_line_update(line) == 0 && gpiod_line_is_used(line);
}

void tr_chip_holder(struct tr_chip *chip, int offset, char ret[TR_NAME_MAX])
{
    struct gpiod_line *line = gpiod_chip_get_line(chip->chip, (unsigned)offset);
    const char *name = NULL;
    if (line != NULL && gpiod_line_update(line) == 0) {
        name = gpiod_line_consumer(line);
    }
    snprintf(ret, TR_NAME_MAX, "%s", name == NULL ? "" : name);
}

static int request_flags(const struct tr_line *line)
{
    static const int bias[] = {
        [TR_BIAS_AS_IS] = 0,
        [TR_BIAS_DISABLED] = GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE,
        [TR_BIAS_PULL_UP] = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP,
        [TR_BIAS_PULL_DOWN] = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN,
    };
    static_assert(sizeof(bias) / sizeof(*bias) == TR_BIAS_COUNT, "every bias has its flag");
    return bias[line->bias] | (line->active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0);
}

static int request(struct tr_chip *chip, const struct tr_line *line, int offset, int type,
                   struct tr_wire **ret_wire)
{
    struct tr_wire *wire = malloc(sizeof(*wire));
    if (wire == NULL) {
        return -ENOMEM;
    }
    errno = 0;
    struct gpiod_line_request_config config = {
        .consumer = TR_CONSUMER, .request_type = type, .flags = request_flags(line)};
    wire->line = gpiod_chip_get_line(chip->chip, (unsigned)offset);
    if (wire->line == NULL || gpiod_line_request(wire->line, &config, 0) < 0) {
        int r = failed();
        free(wire);
        return r;
    }
    *ret_wire = wire;
    return 0;
}

int tr_chip_wire_input(struct tr_chip *chip, const struct tr_line *line, int offset,
                       struct tr_wire **ret_wire)
{
    struct tr_wire *wire;
    int r = request(chip, line, offset, GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES, &wire);
    if (r < 0) {
        return r;
    }
    int fd = gpiod_line_event_get_fd(wire->line);
    if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
        r = failed();
        tr_chip_wire_close(wire);
        return r;
    }
    *ret_wire = wire;
    return 0;
}

int tr_chip_wire_output(struct tr_chip *chip, const struct tr_line *line, int offset,
                        struct tr_wire **ret_wire)
{
    return request(chip, line, offset, GPIOD_LINE_REQUEST_DIRECTION_OUTPUT, ret_wire);
}

void tr_chip_wire_close(struct tr_wire *wire)
{
    if (wire == NULL) {
        return;
    }
    gpiod_line_release(wire->line);
    free(wire);
}

int tr_chip_wire_fd(struct tr_wire *wire)
{
    return gpiod_line_event_get_fd(wire->line);
}

int tr_chip_wire_read(struct tr_wire *wire, struct tr_chip_wire_event ev[TR_WIRE_EVENTS],
                      bool *ret_lost_after)
{
    struct gpiod_line_event event[KERNEL_EVENTS];
    *ret_lost_after = false;
    errno = 0;
    int n = gpiod_line_event_read_multiple(wire->line, event, KERNEL_EVENTS);
    if (n < 0) {
        return errno == EAGAIN ? 0 : failed();
    }
    for (int i = 0; i < n; i++) {
        ev[i] = (struct tr_chip_wire_event){
            .ns = (int64_t)event[i].ts.tv_sec * TR_NS_PER_S + event[i].ts.tv_nsec,
            .active = event[i].event_type == GPIOD_LINE_EVENT_RISING_EDGE};
    }
    *ret_lost_after = n == KERNEL_EVENTS;
    return n;
}

int tr_chip_wire_get(struct tr_wire *wire)
{
    errno = 0;
    int v = gpiod_line_get_value(wire->line);
    return v < 0 ? failed() : v;
}

int tr_chip_wire_set(struct tr_wire *wire, bool active)
{
    errno = 0;
    return gpiod_line_set_value(wire->line, active ? 1 : 0) < 0 ? failed() : 0;
}
