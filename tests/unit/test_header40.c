/* The header's table against itself, and lines found by any of their names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/header40.h"
#include "cli/page.h"

static void every_pin_is_there(void **state)
{
    (void)state;
    int seen[28] = {0};
    int grounds = 0;
    for (int i = 0; i < TR_HEADER40_PINS; i++) {
        const struct tr_pin *p = &tr_header40[i];
        assert_int_equal(p->pin, i + 1);
        grounds += p->kind == TR_PIN_GND;
        assert_int_equal(p->kind == TR_PIN_GPIO, p->offset != TR_NONE);
        assert_int_equal(p->kind == TR_PIN_GPIO, p->advice != TR_ADVICE_POWER);
        if (p->kind != TR_PIN_GPIO) {
            continue;
        }
        char name[16];
        snprintf(name, sizeof(name), "GPIO%d", p->offset);
        assert_string_equal(p->name, name);
        assert_in_range(p->offset, 0, 27);
        seen[p->offset]++;
        /* GPIO0 to 8 are pulled up while booting, 9 to 27 down; 2 and 3 for good. */
        assert_int_equal(p->boot, p->offset == 2 || p->offset == 3 ? TR_BOOT_UP_FIXED
                                  : p->offset <= 8                 ? TR_BOOT_UP
                                                                   : TR_BOOT_DOWN);
        assert_int_equal(p->advice == TR_ADVICE_OK, p->why[0] == '\0');
        assert_ptr_equal(tr_header40_by_offset(p->offset), p);
    }
    for (int i = 0; i < 28; i++) {
        assert_int_equal(seen[i], 1);
    }
    assert_int_equal(grounds, 8);
    assert_null(tr_header40_by_offset(TR_NONE));
    assert_null(tr_header40_by_offset(28));
}

static void lines_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *gpio_chip, *chip, *name;
        int offset, pin;
    } cases[] = {
        {"pinctrl-bcm2711", "", "GPIO17", TR_NONE, 11},
        {"pinctrl-bcm2711", "", "", 17, 11},
        {"pinctrl-rp1", "", "GPIO26", TR_NONE, 37},
        {"pinctrl-bcm2835", "", "SDA1", TR_NONE, 3},
        {"pinctrl-bcm2835", "", "TXD0", TR_NONE, 8},
        {"pinctrl-bcm2711", "", "SPI_MOSI", TR_NONE, 19},
        {"", "", "GPIO4", TR_NONE, 7},
        {"", "pinctrl-rp1", "", 4, 7},
        {"pinctrl-bcm2711", "", "", 40, 0},
        {"pinctrl-bcm2711", "", "BT_ON", TR_NONE, 0},
        {"pinctrl-bcm2711", "pcf8574", "GPIO4", TR_NONE, 0},
        {"1e780000.gpio", "", "GPIO4", TR_NONE, 0},
        {"pinctrl-bcm2711", "", "", TR_NONE, 0},
        {"pinctrl-bcm2711", "", "GPIO1", TR_NONE, 28},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tr_line line = {.offset = cases[i].offset};
        strcpy(line.chip, cases[i].chip);
        strcpy(line.name, cases[i].name);
        const struct tr_pin *pin = tr_header40_by_line(cases[i].gpio_chip, &line);
        assert_int_equal(pin != NULL ? pin->pin : 0, cases[i].pin);
    }
}

static void text_is_escaped(void **state)
{
    (void)state;
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    assert_non_null(to);
    tr_page_element(to, "td", "nb", "%s", "<b> & \"Tom's\"");
    assert_int_equal(fclose(to), 0);
    assert_string_equal(text, "<td class=\"nb\">&lt;b&gt; &amp; &quot;Tom&#39;s&quot;</td>\n");
    free(text);
    to = open_memstream(&text, &n);
    assert_non_null(to);
    tr_page_text(to, "\u00e4\u20ac\xff|\x01\n\xe2\x82");
    assert_int_equal(fclose(to), 0);
    assert_string_equal(text, "\u00e4\u20ac\ufffd|\ufffd\n\ufffd\ufffd");
    free(text);
    to = fopen("/dev/full", "w");
    assert_non_null(to);
    setvbuf(to, NULL, _IONBF, 0);
    tr_page_text(to, "a full disk ends it \u20ac");
    assert_true(ferror(to));
    fclose(to);
}

/* A text that is too long loses no half of a character. */
static void text_is_cut_whole(void **state)
{
    (void)state;
    for (int before = 0; before < 3; before++) {
        char long_text[1300], *text = NULL;
        size_t n = 0;
        memset(long_text, 'x', sizeof(long_text));
        for (int i = before; i < 1250; i += 3) {
            memcpy(long_text + i, "\u20ac", 3);
        }
        long_text[1250] = '\0';
        FILE *to = open_memstream(&text, &n);
        assert_non_null(to);
        tr_page_textf(to, "%s", long_text);
        fclose(to);
        assert_in_range(n, 1018, 1023);
        assert_int_equal((n - (size_t)before) % 3, 0);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pin_is_there),
        cmocka_unit_test(lines_are_found),
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(text_is_cut_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
