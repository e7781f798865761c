/**
 * @file board.h
 * Which chips this machine has, and which line a configuration means
 * (LAB.md §3): chips by label, lines by name or offset, never by chip number.
 * Every failure becomes one sentence for the installer.
 */
#ifndef TR_GPIO_BOARD_H
#define TR_GPIO_BOARD_H

#include "gpio/chip.h"
#include "gpio/gpio.h"

enum { TR_CHIPS_MAX = 32, TR_NODE_MAX = 32 };

struct tr_board {
    struct {
        struct tr_chip *chip;
        char node[TR_NODE_MAX]; /**< of /dev: gpiochip0 */
    } chip[TR_CHIPS_MAX];
    int n;
    char denied[TR_NODE_MAX]; /**< a chip we may not open; empty: none */
};

/** Open every GPIO chip we may. Closed by tr_board_close() in any case. */
void tr_board_open(struct tr_board *board);
void tr_board_close(struct tr_board *board);

/**
 * @param who       "sensor door_outer", for the sentence.
 * @param fallback  Label where the line names none; may be empty: the only
 *                  chip, or a Raspberry Pi's.
 * @param ret_chip  Index into board->chip.
 * @return 0; -ENOENT, -EACCES with the sentence in @p reterr.
 */
int tr_board_find(const struct tr_board *board, const char *who, const struct tr_line *line,
                  const char *fallback, int *ret_chip, int *ret_offset, char *reterr);

/** Why the kernel refused to hand out a line. @return @p error. */
int tr_board_refused(const struct tr_board *board, const char *who, int chip, int offset, int error,
                     char *reterr);

#endif
