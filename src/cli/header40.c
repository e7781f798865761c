/* The header's pins, and the names their lines go by. */
#include "cli/header40.h"

#include <stddef.h>
#include <string.h>

#define EEPROM                                                                                     \
    "the board reads an add-on board's memory chip here while it boots; leave it unconnected"
#define I2C                                                                                        \
    "wanted by a real-time clock or a UPS, and held up by 1.8 kOhm on the board that cannot be "   \
    "switched off"
#define CONSOLE "the board writes boot messages here, and a console listens"
#define SPI     "free as long as SPI stays switched off (raspi-config; it is off as delivered)"

#define V33(n)                                                                                     \
    {                                                                                              \
        n, TR_NONE, "3V3", TR_PIN_3V3, TR_BOOT_NONE, TR_ADVICE_POWER, "", ""                       \
    }
#define V5(n)                                                                                      \
    {                                                                                              \
        n, TR_NONE, "5V", TR_PIN_5V, TR_BOOT_NONE, TR_ADVICE_POWER, "", ""                         \
    }
#define GND(n)                                                                                     \
    {                                                                                              \
        n, TR_NONE, "GND", TR_PIN_GND, TR_BOOT_NONE, TR_ADVICE_POWER, "", ""                       \
    }
#define LINE(n, gpio, boot, advice, doubles, why)                                                  \
    {                                                                                              \
        n, gpio, "GPIO" #gpio, TR_PIN_GPIO, TR_BOOT_##boot, TR_ADVICE_##advice, doubles, why       \
    }

const struct tr_pin tr_header40[TR_HEADER40_PINS] = {
    V33(1),
    V5(2),
    LINE(3, 2, UP_FIXED, AVOID, "I2C1 SDA", I2C),
    V5(4),
    LINE(5, 3, UP_FIXED, AVOID, "I2C1 SCL", I2C),
    GND(6),
    LINE(7, 4, UP, OK, "GPCLK0, 1-Wire", ""),
    LINE(8, 14, DOWN, AVOID, "UART TXD", CONSOLE),
    GND(9),
    LINE(10, 15, DOWN, AVOID, "UART RXD", CONSOLE),
    LINE(11, 17, DOWN, OK, "SPI1 CE1", ""),
    LINE(12, 18, DOWN, OK, "PWM0, I2S CLK", ""),
    LINE(13, 27, DOWN, OK, "", ""),
    GND(14),
    LINE(15, 22, DOWN, OK, "", ""),
    LINE(16, 23, DOWN, OK, "", ""),
    V33(17),
    LINE(18, 24, DOWN, OK, "", ""),
    LINE(19, 10, DOWN, CARE, "SPI0 MOSI", SPI),
    GND(20),
    LINE(21, 9, DOWN, CARE, "SPI0 MISO", SPI),
    LINE(22, 25, DOWN, OK, "", ""),
    LINE(23, 11, DOWN, CARE, "SPI0 SCLK", SPI),
    LINE(24, 8, UP, CARE, "SPI0 CE0", SPI),
    GND(25),
    LINE(26, 7, UP, CARE, "SPI0 CE1", SPI),
    LINE(27, 0, UP, AVOID, "HAT EEPROM SDA", EEPROM),
    LINE(28, 1, UP, AVOID, "HAT EEPROM SCL", EEPROM),
    LINE(29, 5, UP, OK, "", ""),
    GND(30),
    LINE(31, 6, UP, OK, "", ""),
    LINE(32, 12, DOWN, OK, "PWM0", ""),
    LINE(33, 13, DOWN, OK, "PWM1", ""),
    GND(34),
    LINE(35, 19, DOWN, OK, "PWM1, I2S FS", ""),
    LINE(36, 16, DOWN, OK, "SPI1 CE2", ""),
    LINE(37, 26, DOWN, OK, "", ""),
    LINE(38, 20, DOWN, OK, "SPI1, I2S DIN", ""),
    GND(39),
    LINE(40, 21, DOWN, OK, "SPI1, I2S DOUT", ""),
};

/* Mainline device trees name lines after what they double as (LAB.md, 3). */
static const struct {
    const char *name;
    int offset;
} others[] = {
    {"ID_SDA", 0},   {"ID_SD", 0},     {"ID_SCL", 1},    {"ID_SC", 1},     {"SDA1", 2},
    {"SCL1", 3},     {"GPIO_GCLK", 4}, {"GPCLK0", 4},    {"SPI_CE1_N", 7}, {"SPI_CE0_N", 8},
    {"SPI_MISO", 9}, {"SPI_MOSI", 10}, {"SPI_SCLK", 11}, {"TXD0", 14},     {"TXD1", 14},
    {"RXD0", 15},    {"RXD1", 15},
};

const struct tr_pin *tr_header40_by_offset(int offset)
{
    for (int i = 0; i < TR_HEADER40_PINS; i++) {
        if (offset >= 0 && tr_header40[i].offset == offset) {
            return &tr_header40[i];
        }
    }
    return NULL;
}

bool tr_header40_is_pi(const char *label)
{
    return strcmp(label, "pinctrl-bcm2835") == 0 || strcmp(label, "pinctrl-bcm2711") == 0 ||
           strcmp(label, "pinctrl-rp1") == 0;
}

const struct tr_pin *tr_header40_by_line(const char *chip, const struct tr_line *line)
{
    const char *label = line->chip[0] != '\0' ? line->chip : chip;
    if (label[0] != '\0' && !tr_header40_is_pi(label)) {
        return NULL;
    }
    if (line->name[0] == '\0') {
        return tr_header40_by_offset(line->offset);
    }
    for (int i = 0; i < TR_HEADER40_PINS; i++) {
        if (tr_header40[i].kind == TR_PIN_GPIO && strcmp(tr_header40[i].name, line->name) == 0) {
            return &tr_header40[i];
        }
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strcmp(others[i].name, line->name) == 0) {
            return tr_header40_by_offset(others[i].offset);
        }
    }
    return NULL;
}

const char *tr_header40_boot_text(enum tr_pin_boot boot)
{
    static const char *const text[] = {
        [TR_BOOT_NONE] = "-",
        [TR_BOOT_UP] = "up",
        [TR_BOOT_UP_FIXED] = "up, 1.8 kOhm on the board",
        [TR_BOOT_DOWN] = "down",
    };
    return text[boot];
}
