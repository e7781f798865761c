/**
 * @file header40.h
 * The Raspberry Pi's 40-pin header as data: which pin is which line, what it
 * doubles as, what pulls it while the board boots, and whether to use it.
 */
#ifndef TR_CLI_HEADER40_H
#define TR_CLI_HEADER40_H

#include <stdbool.h>

#include "thirdring/plan.h"

enum { TR_HEADER40_PINS = 40 };

enum tr_pin_kind { TR_PIN_3V3, TR_PIN_5V, TR_PIN_GND, TR_PIN_GPIO };

/** What holds the line from power-on until thirdringd asks for it. */
enum tr_pin_boot {
    TR_BOOT_NONE,     /**< no GPIO */
    TR_BOOT_UP,       /**< the chip's pull-up, about 50 kOhm: GPIO0 to 8 */
    TR_BOOT_UP_FIXED, /**< 1.8 kOhm to 3V3 on the board, always: GPIO2, 3 */
    TR_BOOT_DOWN      /**< the chip's pull-down, about 50 kOhm: GPIO9 to 27 */
};

enum tr_pin_advice {
    TR_ADVICE_POWER, /**< supply or ground */
    TR_ADVICE_OK,    /**< nothing else wants it, unless somebody switches it on */
    TR_ADVICE_CARE,  /**< free as long as one thing stays switched off: see why */
    TR_ADVICE_AVOID  /**< leave it free: see why */
};

struct tr_pin {
    int pin;          /**< 1 to 40, as printed on the board */
    int offset;       /**< of the line; TR_NONE for supply and ground */
    const char *name; /**< "3V3", "5V", "GND", "GPIO17" */
    enum tr_pin_kind kind;
    enum tr_pin_boot boot;
    enum tr_pin_advice advice;
    const char *doubles; /**< "SPI0 MOSI"; empty where nothing usual */
    const char *why;     /**< of the advice, in plain words; empty where it is TR_ADVICE_OK */
};

/** Pin 1 is [0]. Odd pins are the row nearer the board's middle. */
extern const struct tr_pin tr_header40[TR_HEADER40_PINS];

/** @return the pin of line @p offset, or NULL beyond GPIO0 to GPIO27. */
const struct tr_pin *tr_header40_by_offset(int offset);

/** @return whether @p label is the chip of a Raspberry Pi's header. */
bool tr_header40_is_pi(const char *label);

/**
 * From a plan's line to its pin. Knows GPIOn and the other names that device
 * trees give these lines (SDA1, SPI_MOSI, TXD1, ...). Where neither the line nor
 * @p chip names a chip, the board is taken for a Raspberry Pi.
 *
 * @param chip  gpio.chip, the default label; may be empty.
 * @return the pin, or NULL: another chip, no line at all, or a line that is not
 *         on the header.
 */
const struct tr_pin *tr_header40_by_line(const char *chip, const struct tr_line *line);

/** @return "up", "up, 1.8 kOhm on the board", "down", or "-". */
const char *tr_header40_boot_text(enum tr_pin_boot boot);

#endif
