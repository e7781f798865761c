/* thirdring check --hardware on a board that is made of files: warm, hungry, with a clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/hardware.h"

static char root[64];
static struct tr_config cfg;

static void put(const char *path, const char *text)
{
    char full[512];
    snprintf(full, sizeof(full), "%s%s", root, path);
    for (char *slash = strchr(full + strlen(root) + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(full, 0755);
        *slash = '/';
    }
    FILE *f = fopen(full, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int make_root(void **state)
{
    (void)state;
    strcpy(root, "/tmp/tr-hardware-XXXXXX");
    strcpy(cfg.plan.timezone, "UTC");
    return mkdtemp(root) == NULL ? -1 : 0;
}

static int drop_root(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    return system(command);
}

/* What a part says; freed by the caller. */
static char *said(void (*part)(struct tr_hardware *h), int columns, int *ret_todo)
{
    char *text = NULL;
    size_t n = 0;
    struct tr_hardware h = {.to = open_memstream(&text, &n),
                            .cfg = &cfg,
                            .file = "shop.conf",
                            .root = root,
                            .columns = columns};
    assert_non_null(h.to);
    part(&h);
    fclose(h.to);
    *ret_todo = h.todo;
    return text;
}

static void expect(void (*part)(struct tr_hardware *h), int todo, const char *words)
{
    int found = -1;
    char *text = said(part, 400, &found);
    if (strstr(text, words) == NULL || found != todo) {
        print_error("wanted %d to do and \"%s\", got %d:\n%s", todo, words, found, text);
    }
    assert_non_null(strstr(text, words));
    assert_int_equal(found, todo);
    free(text);
}

static void nothing_known(void **state)
{
    (void)state;
    expect(tr_hardware_board, 0, "  -      temperature     not to be had");
    expect(tr_hardware_board, 0, "  -      supply          not to be had");
}

static void temperature(void **state)
{
    (void)state;
    put("/sys/class/thermal/thermal_zone0/temp", "91000\n");
    put("/sys/class/thermal/thermal_zone0/type", "wifi\n");
    put("/sys/class/thermal/thermal_zone1/temp", "54321\n");
    put("/sys/class/thermal/thermal_zone1/type", "cpu-thermal\n");
    expect(tr_hardware_board, 0, "  OK     temperature     54 °C\n");
    put("/sys/class/thermal/thermal_zone1/temp", "72000\n");
    expect(tr_hardware_board, 0, "  OK     temperature     72 °C, warm");
    put("/sys/class/thermal/thermal_zone1/temp", "80000\n");
    expect(tr_hardware_board, 1, "  TO DO  temperature     80 °C: too hot");
}

static void supply(void **state)
{
    (void)state;
    const char *pi = "/sys/devices/platform/soc/soc:firmware/get_throttled";
    put("/sys/class/hwmon/hwmon0/name", "cpu_thermal\n");
    put("/sys/class/hwmon/hwmon1/name", "rpi_volt\n");
    put("/sys/class/hwmon/hwmon1/in0_lcrit_alarm", "0\n");
    expect(tr_hardware_board, 0, "  OK     supply          its voltage is high enough");
    put("/sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n");
    expect(tr_hardware_board, 1, "  TO DO  supply          the voltage is too low");
    put(pi, "0\n");
    expect(tr_hardware_board, 0, "  OK     supply          its voltage was never too low");
    put(pi, "50000\n");
    expect(tr_hardware_board, 1, "  TO DO  supply          the voltage was too low since");
    put(pi, "50005\n");
    expect(tr_hardware_board, 1, "  TO DO  supply          the voltage is too low now");
    put(pi, "20002\n"); /* slowed down, for another reason */
    expect(tr_hardware_board, 0, "never too low");
}

static void clocks(void **state)
{
    (void)state;
    char text[32];
    expect(tr_hardware_clock, 1, "  TO DO  network time    not synchronised");
    put("/run/systemd/timesync/synchronized", "");
    expect(tr_hardware_clock, 0, "  OK     network time    synchronised");
    expect(tr_hardware_clock, 0, "  -      battery clock   none: after a power cut");
    snprintf(text, sizeof(text), "%lld\n", (long long)time(NULL));
    put("/sys/class/rtc/rtc0/since_epoch", text);
    expect(tr_hardware_clock, 0, "  OK     battery clock   there, and right");
    snprintf(text, sizeof(text), "%lld\n", (long long)time(NULL) - 86400);
    put("/sys/class/rtc/rtc0/since_epoch", text);
    expect(tr_hardware_clock, 1, " s behind: once network time is right");
    snprintf(text, sizeof(text), "%lld\n", (long long)time(NULL) + 86400);
    put("/sys/class/rtc/rtc0/since_epoch", text);
    expect(tr_hardware_clock, 1, " s ahead: once network time is right");
}

static void rows(struct tr_hardware *h)
{
    tr_hardware_row(h, TR_HARDWARE_OK, "short", "%s", "a few words");
    tr_hardware_row(h, TR_HARDWARE_MEND, "a_name_that_is_longer_than_its_column", "and %s",
                    "words behind it that need a second line of their own, at least");
    tr_hardware_row(h, TR_HARDWARE_NOTE, "path", "%s is long",
                    "/srv/a-folder-with-a-long-name/and-another-one/journal-of-the-shop.db");
    tr_hardware_row(h, TR_HARDWARE_OK, "letters", "Grüße aus dem Süden, wo man Öl und Äpfel führt");
    tr_hardware_row(h, TR_HARDWARE_OK, "others", "tab\tbell\a escape\033[31m end");
}

static int columns_of(const char *line, size_t n)
{
    int columns = 0;
    for (size_t i = 0; i < n; i++) {
        columns += ((unsigned char)line[i] & 0xc0) != 0x80;
    }
    return columns;
}

static void fits(void **state)
{
    (void)state;
    for (int columns = 30; columns <= 120; columns++) {
        int todo;
        char *text = said(rows, columns, &todo);
        assert_int_equal(todo, 1);
        for (const char *line = text; *line != '\0';) {
            const size_t n = strcspn(line, "\n");
            assert_true(columns_of(line, n) <= columns);
            assert_true(n > 0 && line[n - 1] != ' ');
            line += n + (line[n] == '\n');
        }
        assert_null(strpbrk(text, "\t\a\033"));
        /* No letter is lost by breaking lines. */
        char *joined = text, *to = text;
        for (; *joined != '\0'; joined++) {
            if (*joined != '\n' && *joined != ' ') {
                *to++ = *joined;
            }
        }
        *to = '\0';
        assert_non_null(strstr(text, "journal-of-the-shop.dbislong"));
        assert_non_null(strstr(text, "/srv/a-folder-with-a-long-name/and-another-one/journal"));
        assert_non_null(strstr(text, "asecondlineoftheirown,atleast"));
        assert_non_null(strstr(text, "GrüßeausdemSüden,womanÖlundÄpfelführt"));
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_known, make_root, drop_root),
        cmocka_unit_test_setup_teardown(temperature, make_root, drop_root),
        cmocka_unit_test_setup_teardown(supply, make_root, drop_root),
        cmocka_unit_test_setup_teardown(clocks, make_root, drop_root),
        cmocka_unit_test(fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
