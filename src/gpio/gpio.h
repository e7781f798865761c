/**
 * @file gpio.h
 * Kernel edges, or a recorded trace, to events. One interface, three
 * implementations: libgpiod 2.x, libgpiod 1.6 (one of the two at build time)
 * and replay. Only src/gpio includes <gpiod.h>. Never logs.
 *
 * Times are the source's own: CLOCK_MONOTONIC ns for kernel lines; for a
 * trace, ns since its start, running at options.speed. The shell adds the
 * store timeline's offset and uses tr_gpio_monotonic() to set its timers.
 */
#ifndef TR_GPIO_GPIO_H
#define TR_GPIO_GPIO_H

#include <stddef.h>

#include "thirdring/event.h"
#include "thirdring/options.h"
#include "thirdring/plan.h"

struct tr_gpio;

enum { TR_GPIO_ERROR_MAX = 512 };

/**
 * Request every line of @p plan; outputs are driven inactive.
 *
 * @param plan      Borrowed until tr_gpio_close().
 * @param opt       Borrowed until tr_gpio_close().
 * @param resume_ns Replay only: begin after this source time (edges at or
 *                  before it are folded into the levels read at the start);
 *                  INT64_MIN to begin at the beginning. Kernel lines ignore it.
 * @param ret_gpio  On success; the caller owns it.
 * @param reterr    On failure: one sentence naming the sensor, the chip and
 *                  what exists. TR_GPIO_ERROR_MAX bytes.
 * @return 0; -ENOENT no such chip, line or trace; -EBUSY held elsewhere (says
 *         by whom); -EACCES; -EINVAL a malformed trace (file:line); -ENOMEM;
 *         -ENOTSUP built without kernel GPIO.
 */
int tr_gpio_open(const struct tr_plan *plan, const struct tr_gpio_options *opt, int64_t resume_ns,
                 struct tr_gpio **ret_gpio, char *reterr);

/** @return one fd, readable when tr_gpio_read() has something. */
int tr_gpio_fd(const struct tr_gpio *gpio);

/**
 * Take queued edges, oldest first over all chips and lines. Never blocks. A
 * sequence gap becomes TR_EVENT_GAP followed by TR_EVENT_LEVEL of what the line
 * reads now; on libgpiod 1.6 so does every sign of loss (LAB.md §6). A trace's
 * directives come as the events they stand for (GAP, COMMAND, CLOCK, RESTART
 * followed by LEVELs; CLOCK's u.wall_offset_ms is Unix ms at source time 0).
 *
 * First come the levels at the start: one LEVEL for every sensor; on a trace
 * from its beginning none, for there every sensor starts inactive.
 *
 * @param ev    Caller's array.
 * @param cap   Entries in @p ev, at least 64. Call again while it returns > 0.
 * @return Entries stored, 0..cap; -ENODEV: chip gone, close and reopen;
 *         -ENODATA: the trace has ended (once everything was handed out);
 *         -EINVAL: a trace read from a pipe is malformed (tr_gpio_describe()
 *         then says where; of a file tr_gpio_open() has said so).
 */
int tr_gpio_read(struct tr_gpio *gpio, struct tr_event *ev, size_t cap);

/** @return logical level of a sensor now (0 or 1), or -errno. */
int tr_gpio_level(struct tr_gpio *gpio, int sensor);

/** Drive an output. On replay it is remembered only. @return 0 or -errno. */
int tr_gpio_set(struct tr_gpio *gpio, int output, bool on);

/** @return the source's time now, in ns. A trace's stands until it is read for the
 *  first time. */
int64_t tr_gpio_now(const struct tr_gpio *gpio);

/** @return the CLOCK_MONOTONIC ns at which the source's time is @p source_ns.
 *  A trace at speed 0 has no pace: what is over, or lies behind its end, is a
 *  past moment; what is to come, INT64_MAX (it comes with the next event). */
int64_t tr_gpio_monotonic(const struct tr_gpio *gpio, int64_t source_ns);

/**
 * Does the source bring its own calendar? A trace with "# start" does.
 * @param ret_ms Unix ms at source time 0.
 * @return true for such a trace; false: use the machine's wall clock.
 */
bool tr_gpio_wall(const struct tr_gpio *gpio, int64_t *ret_ms);

/** @return true where the source is a trace without "# start": always open. */
bool tr_gpio_always_open(const struct tr_gpio *gpio);

/** @return what was opened, for one log line: "pinctrl-bcm2711, 18 sensors, 4 outputs (libgpiod 1.6.3)". */
const char *tr_gpio_describe(const struct tr_gpio *gpio);

/** Outputs inactive, lines released, memory freed. NULL is a no-op. */
void tr_gpio_close(struct tr_gpio *gpio);

#endif
