/**
 * @file hardware.h
 * thirdring check --hardware: is everything there that a configuration needs
 * on this machine? Only looks: no line is requested, nothing changed, nothing
 * published, so that it may run beside the daemon.
 *
 *     hardware.c          the order of things, and how a finding is printed
 *     hardware_gpio.c     permissions, chips, lines
 *     hardware_broker.c   certificates, and one real connection
 *     hardware_disk.c     the journal and where it lies
 *     hardware_clock.c    wall clock, real-time clock, processor, supply
 *     hardware_service.c  what systemd says of thirdringd
 */
#ifndef TR_CLI_HARDWARE_H
#define TR_CLI_HARDWARE_H

#include <stdbool.h>
#include <stdio.h>

#include "config/config.h"

enum tr_hardware_mark {
    TR_HARDWARE_OK,
    TR_HARDWARE_MEND, /**< the text says what to do */
    TR_HARDWARE_NOTE, /**< not to be had, or worth knowing: nothing to do */
    TR_HARDWARE_MARK_COUNT
};

struct tr_hardware {
    FILE *to;
    const struct tr_config *cfg;
    const char *file; /**< the configuration's */
    const char *root; /**< put before paths of /sys, /proc and /run; "" but in tests */
    int columns;      /**< of a line, at least 30 */
    bool colour;
    int todo; /**< rows so marked */
};

/** Check everything. @return an exit code: EX_OK, or 1: there is something to do. */
int tr_hardware_check(FILE *to, const char *file, struct tr_config *cfg);

void tr_hardware_title(const struct tr_hardware *h, const char *title);
/** One finding, wrapped to h->columns; counts what is to do. */
__attribute__((format(printf, 4, 5))) void tr_hardware_row(struct tr_hardware *h,
                                                           enum tr_hardware_mark mark,
                                                           const char *what, const char *format,
                                                           ...);
/** Read the first line of @p path below h->root. @return false: it cannot be read. */
bool tr_hardware_read(const struct tr_hardware *h, const char *path, char *ret, size_t cap);

void tr_hardware_gpio(struct tr_hardware *h);
void tr_hardware_broker(struct tr_hardware *h);
void tr_hardware_disk(struct tr_hardware *h);
void tr_hardware_clock(struct tr_hardware *h);
void tr_hardware_board(struct tr_hardware *h);
void tr_hardware_service(struct tr_hardware *h);

#endif
