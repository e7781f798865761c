/* libgpiod 2.x: sequence numbers, and a buffer as large as the kernel allows. */
#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>
#include <stdio.h>
#include <stdlib.h>

#include "gpio/chip.h"

/* The kernel's limit for one request (64 lines of 16). */
enum { KERNEL_EVENTS = 1024 };

const bool tr_chip_wire_numbered = true;

struct tr_chip {
    struct gpiod_chip *chip;
    struct gpiod_chip_info *info;
};

struct tr_wire {
    struct gpiod_line_request *request;
    struct gpiod_edge_event_buffer *buffer; /* NULL: an output */
    unsigned offset;
    unsigned long seq; /* of the newest event read; the kernel counts from 1 */
};

static int failed(void)
{
    return errno > 0 ? -errno : -EIO;
}

int tr_chip_open(const char *path, struct tr_chip **ret_chip)
{
    struct tr_chip *chip = calloc(1, sizeof(*chip));
    if (chip == NULL) {
        return -ENOMEM;
    }
    errno = 0;
    chip->chip = gpiod_chip_open(path);
    chip->info = chip->chip == NULL ? NULL : gpiod_chip_get_info(chip->chip);
    if (chip->info == NULL) {
        int r = failed();
        tr_chip_close(chip);
        return r == -ENOTTY ? -ENODEV : r;
    }
    *ret_chip = chip;
    return 0;
}

void tr_chip_close(struct tr_chip *chip)
{
    if (chip == NULL) {
        return;
    }
    if (chip->info != NULL) {
        gpiod_chip_info_free(chip->info);
    }
    if (chip->chip != NULL) {
        gpiod_chip_close(chip->chip);
    }
    free(chip);
}

const char *tr_chip_label(struct tr_chip *chip)
{
    return gpiod_chip_info_get_label(chip->info);
}

int tr_chip_lines(struct tr_chip *chip)
{
    return (int)gpiod_chip_info_get_num_lines(chip->info);
}

int tr_chip_find(struct tr_chip *chip, const char *name)
{
    errno = 0;
    int offset = gpiod_chip_get_line_offset_from_name(chip->chip, name);
    return offset < 0 ? failed() : offset;
}

/* Copy one string of a line's info. */
static void line_text(struct tr_chip *chip, int offset,
                      const char *(*get)(struct gpiod_line_info *), char ret[TR_NAME_MAX])
{
    struct gpiod_line_info *info = gpiod_chip_get_line_info(chip->chip, (unsigned)offset);
    const char *text = info == NULL ? NULL : get(info);
    snprintf(ret, TR_NAME_MAX, "%s", text == NULL ? "" : text);
    if (info != NULL) {
        gpiod_line_info_free(info);
    }
}

void tr_chip_line_name(struct tr_chip *chip, int offset, char ret[TR_NAME_MAX])
{
    line_text(chip, offset, gpiod_line_info_get_name, ret);
}

bool tr_chip_line_used(struct tr_chip *chip, int offset)
{
    struct gpiod_line_info *info = gpiod_chip_get_line_info(chip->chip, (unsigned)offset);
    bool used = info != NULL && gpiod_line_info_is_used(info);
    if (info != NULL) {
        gpiod_line_info_free(info);
    }
    return used;
}

void tr_chip_holder(struct tr_chip *chip, int offset, char ret[TR_NAME_MAX])
{
    line_text(chip, offset, gpiod_line_info_get_consumer, ret);
}

static int set_settings(struct gpiod_line_settings *settings, const struct tr_line *line,
                        bool output)
{
    static const enum gpiod_line_bias bias[TR_BIAS_COUNT] = {
        [TR_BIAS_AS_IS] = GPIOD_LINE_BIAS_AS_IS,
        [TR_BIAS_DISABLED] = GPIOD_LINE_BIAS_DISABLED,
        [TR_BIAS_PULL_UP] = GPIOD_LINE_BIAS_PULL_UP,
        [TR_BIAS_PULL_DOWN] = GPIOD_LINE_BIAS_PULL_DOWN,
    };
    gpiod_line_settings_set_active_low(settings, line->active_low);
    int r = gpiod_line_settings_set_bias(settings, bias[line->bias]);
    if (output) {
        r |= gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_OUTPUT);
        r |= gpiod_line_settings_set_output_value(settings, GPIOD_LINE_VALUE_INACTIVE);
    } else {
        r |= gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT);
        r |= gpiod_line_settings_set_edge_detection(settings, GPIOD_LINE_EDGE_BOTH);
        r |= gpiod_line_settings_set_event_clock(settings, GPIOD_LINE_CLOCK_MONOTONIC);
    }
    return r < 0 ? failed() : 0;
}

/* A request of one line, or NULL and errno. */
static struct gpiod_line_request *request(struct tr_chip *chip, const struct tr_line *line,
                                          unsigned offset, bool output)
{
    struct gpiod_line_request *request = NULL;
    struct gpiod_request_config *how = gpiod_request_config_new();
    struct gpiod_line_config *config = gpiod_line_config_new();
    struct gpiod_line_settings *settings = gpiod_line_settings_new();
    if (how != NULL && config != NULL && settings != NULL &&
        set_settings(settings, line, output) == 0 &&
        gpiod_line_config_add_line_settings(config, &offset, 1, settings) == 0) {
        gpiod_request_config_set_consumer(how, TR_CONSUMER);
        gpiod_request_config_set_event_buffer_size(how, output ? 0 : KERNEL_EVENTS);
        request = gpiod_chip_request_lines(chip->chip, how, config);
    }
    int saved = errno;
    gpiod_line_settings_free(settings);
    gpiod_line_config_free(config);
    gpiod_request_config_free(how);
    errno = saved;
    return request;
}

static int new_wire(struct tr_chip *chip, const struct tr_line *line, int offset, bool output,
                    struct tr_wire **ret_wire)
{
    struct tr_wire *wire = calloc(1, sizeof(*wire));
    if (wire == NULL) {
        return -ENOMEM;
    }
    errno = 0;
    wire->offset = (unsigned)offset;
    wire->request = request(chip, line, wire->offset, output);
    if (wire->request == NULL) {
        goto err;
    }
    if (!output) {
        /* Small: libgpiod clears all of it before every read. */
        wire->buffer = gpiod_edge_event_buffer_new(TR_WIRE_EVENTS);
        if (wire->buffer == NULL || fcntl(tr_chip_wire_fd(wire), F_SETFL, O_NONBLOCK) < 0) {
            goto err;
        }
    }
    *ret_wire = wire;
    return 0;
err:;
    int r = failed();
    tr_chip_wire_close(wire);
    return r;
}

int tr_chip_wire_input(struct tr_chip *chip, const struct tr_line *line, int offset,
                       struct tr_wire **ret_wire)
{
    return new_wire(chip, line, offset, false, ret_wire);
}

int tr_chip_wire_output(struct tr_chip *chip, const struct tr_line *line, int offset,
                        struct tr_wire **ret_wire)
{
    return new_wire(chip, line, offset, true, ret_wire);
}

void tr_chip_wire_close(struct tr_wire *wire)
{
    if (wire == NULL) {
        return;
    }
    gpiod_edge_event_buffer_free(wire->buffer);
    gpiod_line_request_release(wire->request);
    free(wire);
}

int tr_chip_wire_fd(struct tr_wire *wire)
{
    return gpiod_line_request_get_fd(wire->request);
}

int tr_chip_wire_read(struct tr_wire *wire, struct tr_chip_wire_event ev[TR_WIRE_EVENTS],
                      bool *ret_lost_after)
{
    /* A full kernel buffer drops its oldest: the gap shows before, never after. */
    *ret_lost_after = false;
    errno = 0;
    int n = gpiod_line_request_read_edge_events(wire->request, wire->buffer, TR_WIRE_EVENTS);
    if (n < 0) {
        return errno == EAGAIN ? 0 : failed();
    }
    for (int i = 0; i < n; i++) {
        struct gpiod_edge_event *e =
            gpiod_edge_event_buffer_get_event(wire->buffer, (unsigned long)i);
        unsigned long seq = gpiod_edge_event_get_line_seqno(e);
        /* The kernel's counter has 32 bits, whatever unsigned long has here. */
        uint32_t step = (uint32_t)seq - (uint32_t)wire->seq;
        ev[i] = (struct tr_chip_wire_event){.ns = (int64_t)gpiod_edge_event_get_timestamp_ns(e),
                                            .active = gpiod_edge_event_get_event_type(e) ==
                                                      GPIOD_EDGE_EVENT_RISING_EDGE,
                                            .lost = step > 1 ? (int64_t)step - 1 : 0};
        wire->seq = seq;
    }
    return n;
}

int tr_chip_wire_get(struct tr_wire *wire)
{
    errno = 0;
    enum gpiod_line_value v = gpiod_line_request_get_value(wire->request, wire->offset);
    return v == GPIOD_LINE_VALUE_ERROR ? failed() : v == GPIOD_LINE_VALUE_ACTIVE;
}

int tr_chip_wire_set(struct tr_wire *wire, bool active)
{
    errno = 0;
    int r = gpiod_line_request_set_value(
        wire->request, wire->offset, active ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE);
    return r < 0 ? failed() : 0;
}
