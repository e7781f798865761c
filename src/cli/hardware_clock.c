/* Clocks; and how the board itself is: warm, and fed well? */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "cli/hardware.h"

/* A clock that shows less was never set: this program is younger. */
enum { YEAR_FIRST = 2026, YEAR_LAST = 2099, RTC_OFF_S = 300, WARM_C = 70, HOT_C = 80 };

/* --- clocks ---------------------------------------------------------------------------------- */

/* The daemon looks at this and nothing else: no privilege is needed. */
#define SYNCHRONIZED "/run/systemd/timesync/synchronized"

static void show_wall(struct tr_hardware *h, time_t now)
{
    struct tm tm;
    char text[64];
    localtime_r(&now, &tm);
    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %Z", &tm);
    const int year = tm.tm_year + 1900;
    if (year < YEAR_FIRST || year > YEAR_LAST) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "time",
                        "%s cannot be: connect the machine to the network, or set it: sudo "
                        "timedatectl set-time 'YYYY-MM-DD HH:MM'",
                        text);
    } else {
        tr_hardware_row(h, TR_HARDWARE_OK, "time", "%s in %s: is that right?", text,
                        h->cfg->plan.timezone);
    }
}

static void show_synchronised(struct tr_hardware *h)
{
    char path[TR_PATH_MAX];
    struct timex t = {.modes = 0};
    snprintf(path, sizeof(path), "%s" SYNCHRONIZED, h->root);
    if (access(path, F_OK) == 0) {
        tr_hardware_row(h, TR_HARDWARE_OK, "network time", "synchronised");
    } else if (h->root[0] == '\0' && adjtimex(&t) >= 0 && (t.status & STA_UNSYNC) == 0) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "network time",
                        "synchronised, but not by systemd-timesyncd, whose mark the daemon looks "
                        "for: let a start-up script make " SYNCHRONIZED ", or install "
                        "systemd-timesyncd");
    } else {
        tr_hardware_row(h, TR_HARDWARE_MEND, "network time",
                        "not synchronised: waits are measured rightly all the same, but opening "
                        "hours and times of day may be wrong. Is the network there? sudo apt "
                        "install systemd-timesyncd; timedatectl timesync-status");
    }
}

static void show_rtc(struct tr_hardware *h, time_t now)
{
    char text[64];
    if (!tr_hardware_read(h, "/sys/class/rtc/rtc0/since_epoch", text, sizeof(text))) {
        tr_hardware_row(h, TR_HARDWARE_NOTE, "battery clock",
                        "none: after a power cut the time of day is wrong until the network is "
                        "back; waits are not affected");
        return;
    }
    const long long off = strtoll(text, NULL, 10) - (long long)now;
    if (off > RTC_OFF_S || off < -RTC_OFF_S) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "battery clock",
                        "it is %lld s %s: once network time is right, sudo hwclock --systohc; if "
                        "that does not last, change its battery",
                        llabs(off), off > 0 ? "ahead" : "behind");
    } else {
        tr_hardware_row(h, TR_HARDWARE_OK, "battery clock", "there, and right");
    }
}

void tr_hardware_clock(struct tr_hardware *h)
{
    const time_t now = time(NULL);
    tr_hardware_title(h, "Clock");
    show_wall(h, now);
    show_synchronised(h);
    show_rtc(h, now);
}

/* --- the board --------------------------------------------------------------------------------- */

/* The first thermal zone that says it is the processor's, else the first.
 * @return thousandths of a degree. */
static bool read_temperature(const struct tr_hardware *h, int *ret_mc)
{
    char path[64], type[64], text[32];
    bool any = false;
    for (int i = 0; i < 16; i++) {
        snprintf(path, sizeof(path), "/sys/class/thermal/thermal_zone%d/temp", i);
        if (!tr_hardware_read(h, path, text, sizeof(text))) {
            continue;
        }
        snprintf(path, sizeof(path), "/sys/class/thermal/thermal_zone%d/type", i);
        const bool named = tr_hardware_read(h, path, type, sizeof(type)) &&
                           (strstr(type, "cpu") != NULL || strstr(type, "x86_pkg") != NULL);
        if (named || !any) {
            *ret_mc = atoi(text);
            any = true;
        }
        if (named) {
            break;
        }
    }
    return any;
}

static void show_temperature(struct tr_hardware *h)
{
    int mc = 0;
    if (!read_temperature(h, &mc)) {
        tr_hardware_row(h, TR_HARDWARE_NOTE, "temperature", "not to be had on this machine");
    } else if (mc >= HOT_C * 1000) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "temperature",
                        "%d °C: too hot, the board slows down; give it air or a heat sink",
                        mc / 1000);
    } else {
        tr_hardware_row(h, TR_HARDWARE_OK, "temperature", "%d °C%s", mc / 1000,
                        mc >= WARM_C * 1000 ? ", warm: is there air round the board?" : "");
    }
}

#define WEAK                                                                                       \
    "use the board's own supply (5 V, 3 A; a Raspberry Pi 5: 5 A) and a short, thick cable, and "  \
    "feed sensors from a supply of their own"

/* hwmon of the Raspberry Pi's firmware: 1 since the supply was too low. */
static bool read_low(const struct tr_hardware *h, bool *ret_low)
{
    char path[64], text[32];
    for (int i = 0; i < 16; i++) {
        snprintf(path, sizeof(path), "/sys/class/hwmon/hwmon%d/name", i);
        if (!tr_hardware_read(h, path, text, sizeof(text)) || strcmp(text, "rpi_volt") != 0) {
            continue;
        }
        snprintf(path, sizeof(path), "/sys/class/hwmon/hwmon%d/in0_lcrit_alarm", i);
        if (tr_hardware_read(h, path, text, sizeof(text))) {
            *ret_low = atoi(text) != 0;
            return true;
        }
    }
    return false;
}

static void show_supply(struct tr_hardware *h)
{
    /* Bit 0: the supply is too low now; bit 16: it was since the board was started. */
    static const char *const path[] = {
        "/sys/devices/platform/soc/soc:firmware/get_throttled",
        "/sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled",
        "/sys/devices/platform/axi/axi:firmware/get_throttled"};
    char text[32];
    bool low = false;
    for (size_t i = 0; i < sizeof(path) / sizeof(*path); i++) {
        if (tr_hardware_read(h, path[i], text, sizeof(text))) {
            const unsigned long bits = strtoul(text, NULL, 16);
            if (bits & 0x10001) {
                tr_hardware_row(h, TR_HARDWARE_MEND, "supply", "%s: " WEAK,
                                bits & 1 ? "the voltage is too low now"
                                         : "the voltage was too low since the board was started");
            } else {
                tr_hardware_row(h, TR_HARDWARE_OK, "supply",
                                "its voltage was never too low since the board was started");
            }
            return;
        }
    }
    if (!read_low(h, &low)) {
        tr_hardware_row(h, TR_HARDWARE_NOTE, "supply", "not to be had on this machine");
    } else if (low) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "supply", "the voltage is too low: " WEAK);
    } else {
        tr_hardware_row(h, TR_HARDWARE_OK, "supply", "its voltage is high enough");
    }
}

void tr_hardware_board(struct tr_hardware *h)
{
    tr_hardware_title(h, "Board");
    show_temperature(h);
    show_supply(h);
}
