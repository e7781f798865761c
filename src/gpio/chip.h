/**
 * @file chip.h
 * The little that Third Ring needs of libgpiod, the same for 1.6 (gpiod1.c)
 * and 2.x (gpiod2.c). One line is one request: each has a kernel buffer of its
 * own, so that a storm on one line cannot push out another's edges.
 */
#ifndef TR_GPIO_CHIP_H
#define TR_GPIO_CHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "thirdring/plan.h"

struct tr_chip;
struct tr_wire;

enum { TR_WIRE_EVENTS = 64 /**< at most so many a read */ };

/** Who holds our lines, as other programs see it. */
#define TR_CONSUMER "thirdringd"

struct tr_chip_wire_event {
    int64_t ns;   /**< CLOCK_MONOTONIC */
    bool active;  /**< logical */
    int64_t lost; /**< edges lost just before this one; 0: none */
};

/** Do the kernel's events carry sequence numbers (2.x)? If not, loss must be
 *  guessed from their directions. */
extern const bool tr_chip_wire_numbered;

/** @return 0 or -errno: -ENODEV is not a GPIO chip; -EACCES. */
int tr_chip_open(const char *path, struct tr_chip **ret_chip);
/** NULL is a no-op. Close its wires first. */
void tr_chip_close(struct tr_chip *chip);
/** Valid until closed. */
const char *tr_chip_label(struct tr_chip *chip);
int tr_chip_lines(struct tr_chip *chip);
/** @return offset of the first line called @p name; -ENOENT; -errno. */
int tr_chip_find(struct tr_chip *chip, const char *name);
/** Copy the name of a line; empty where it has none. */
void tr_chip_line_name(struct tr_chip *chip, int offset, char ret[TR_NAME_MAX]);
/** @return whether somebody holds a line: a program, or a driver of the kernel. */
bool tr_chip_line_used(struct tr_chip *chip, int offset);
/** Copy the name of who holds a line; empty where nobody says. */
void tr_chip_holder(struct tr_chip *chip, int offset, char ret[TR_NAME_MAX]);

/** Request an input with both edges. @return 0 or -errno: -EBUSY held. */
int tr_chip_wire_input(struct tr_chip *chip, const struct tr_line *line, int offset,
                       struct tr_wire **ret_wire);
/** Request an output, driven inactive. @return as tr_chip_wire_input(). */
int tr_chip_wire_output(struct tr_chip *chip, const struct tr_line *line, int offset,
                        struct tr_wire **ret_wire);
/** Release. What an output does then is the hardware's business: set it first.
 *  NULL is a no-op. */
void tr_chip_wire_close(struct tr_wire *wire);
/** @return an input's fd, never blocking. */
int tr_chip_wire_fd(struct tr_wire *wire);
/**
 * Take queued edges of one input, oldest first.
 * @param ret_lost_after True where the newest ones may have been dropped.
 * @return entries stored; 0: nothing queued; -errno.
 */
int tr_chip_wire_read(struct tr_wire *wire, struct tr_chip_wire_event ev[TR_WIRE_EVENTS],
                      bool *ret_lost_after);
/** @return logical level, or -errno. */
int tr_chip_wire_get(struct tr_wire *wire);
/** @return 0 or -errno. */
int tr_chip_wire_set(struct tr_wire *wire, bool active);

#endif
