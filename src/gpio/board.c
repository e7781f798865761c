/* From the words of a configuration to a chip and an offset. */
#include "gpio/board.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DENIED "add the user that runs thirdringd to the group gpio, or run it by its systemd unit"

/* Labels of the header's chip on Raspberry Pi boards: there GPIO4 is offset 4,
 * whatever the device tree calls the line. */
static bool is_raspberry_pi(const char *label)
{
    static const char *const pi[] = {"pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1"};
    for (size_t i = 0; i < sizeof(pi) / sizeof(*pi); i++) {
        if (strcmp(label, pi[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* A symbolic link is another name of a chip that is listed anyway. */
static int is_chip(const struct dirent *e)
{
    return strncmp(e->d_name, "gpiochip", 8) == 0 && e->d_type != DT_LNK &&
           strlen(e->d_name) < TR_NODE_MAX;
}

void tr_board_open(struct tr_board *board)
{
    memset(board, 0, sizeof(*board));
    struct dirent **entry;
    int n = scandir("/dev", &entry, is_chip, versionsort);
    for (int i = 0; i < n; i++) {
        char path[TR_NODE_MAX + 8];
        snprintf(path, sizeof(path), "/dev/%.31s", entry[i]->d_name);
        struct tr_chip *chip;
        int r = board->n < TR_CHIPS_MAX ? tr_chip_open(path, &chip) : -ENFILE;
        if (r == 0) {
            board->chip[board->n].chip = chip;
            snprintf(board->chip[board->n].node, TR_NODE_MAX, "%.31s", entry[i]->d_name);
            board->n++;
        } else if (r == -EACCES || r == -EPERM) {
            snprintf(board->denied, TR_NODE_MAX, "%.31s", entry[i]->d_name);
        }
        free(entry[i]);
    }
    if (n >= 0) {
        free(entry);
    }
}

void tr_board_close(struct tr_board *board)
{
    for (int i = 0; i < board->n; i++) {
        tr_chip_close(board->chip[i].chip);
    }
    board->n = 0;
}

/* "pinctrl-bcm2711, gpio-sim.0-node0"; "none". */
static void list_labels(const struct tr_board *board, char *text, size_t cap)
{
    size_t used = 0;
    snprintf(text, cap, "none");
    for (int i = 0; i < board->n && used < cap; i++) {
        used += (size_t)snprintf(text + used, cap - used, "%s%s", i > 0 ? ", " : "",
                                 tr_chip_label(board->chip[i].chip));
    }
}

static int find_chip(const struct tr_board *board, const char *label)
{
    if (label[0] == '\0' && board->n == 1) {
        return 0;
    }
    for (int i = 0; i < board->n; i++) {
        const char *have = tr_chip_label(board->chip[i].chip);
        if (label[0] == '\0' ? is_raspberry_pi(have) : strcmp(have, label) == 0) {
            return i;
        }
    }
    return -ENOENT;
}

static int no_chip(const struct tr_board *board, const char *who, const char *label, char *reterr)
{
    if (board->denied[0] != '\0') {
        snprintf(reterr, TR_GPIO_ERROR_MAX, "%s: no permission to open /dev/%s; " DENIED, who,
                 board->denied);
        return -EACCES;
    }
    char have[256];
    list_labels(board, have, sizeof(have));
    if (label[0] == '\0') {
        snprintf(reterr, TR_GPIO_ERROR_MAX,
                 "%s: its chip is not named, and it is not the only one; this machine has: %s", who,
                 have);
    } else {
        snprintf(reterr, TR_GPIO_ERROR_MAX, "%s: no chip labelled %s; this machine has: %s", who,
                 label, have);
    }
    return -ENOENT;
}

/* "GPIO17" on a Raspberry Pi: 17; else -ENOENT. */
static int pi_offset(const char *label, const char *name, int lines)
{
    if (!is_raspberry_pi(label) || strncmp(name, "GPIO", 4) != 0 || name[4] < '0' ||
        name[4] > '9') {
        return -ENOENT;
    }
    char *end;
    long n = strtol(name + 4, &end, 10);
    return *end == '\0' && n < lines ? (int)n : -ENOENT;
}

static int no_line(struct tr_chip *chip, const char *who, const struct tr_line *line, char *reterr)
{
    int lines = tr_chip_lines(chip);
    if (line->name[0] == '\0' && line->offset == TR_NONE) {
        snprintf(reterr, TR_GPIO_ERROR_MAX, "%s: the configuration names no line; %s has 0 to %d",
                 who, tr_chip_label(chip), lines - 1);
        return -ENOENT;
    }
    if (line->name[0] == '\0') {
        snprintf(reterr, TR_GPIO_ERROR_MAX, "%s: %s has no line %d; it has 0 to %d", who,
                 tr_chip_label(chip), line->offset, lines - 1);
        return -ENOENT;
    }
    char have[256] = "none of them has a name";
    size_t used = 0;
    int named = 0;
    for (int i = 0; i < lines && named < 8 && used < sizeof(have); i++) {
        char name[TR_NAME_MAX];
        tr_chip_line_name(chip, i, name);
        if (name[0] != '\0') {
            used += (size_t)snprintf(have + used, sizeof(have) - used, "%s%.24s",
                                     named > 0 ? ", " : "", name);
            named++;
        }
    }
    snprintf(reterr, TR_GPIO_ERROR_MAX, "%s: %s has no line called %s; it has %d: %s%s", who,
             tr_chip_label(chip), line->name, lines, have, named == 8 ? ", ..." : "");
    return -ENOENT;
}

int tr_board_find(const struct tr_board *board, const char *who, const struct tr_line *line,
                  const char *fallback, int *ret_chip, int *ret_offset, char *reterr)
{
    const char *label = line->chip[0] != '\0' ? line->chip : fallback;
    int i = find_chip(board, label);
    if (i < 0) {
        return no_chip(board, who, label, reterr);
    }
    struct tr_chip *chip = board->chip[i].chip;
    int lines = tr_chip_lines(chip);
    int offset = line->offset;
    if (line->name[0] != '\0') {
        offset = tr_chip_find(chip, line->name);
        if (offset < 0) {
            offset = pi_offset(tr_chip_label(chip), line->name, lines);
        }
    }
    if (offset < 0 || offset >= lines) {
        return no_line(chip, who, line, reterr);
    }
    *ret_chip = i;
    *ret_offset = offset;
    return 0;
}

int tr_board_refused(const struct tr_board *board, const char *who, int chip, int offset, int error,
                     char *reterr)
{
    struct tr_chip *c = board->chip[chip].chip;
    char name[TR_NAME_MAX];
    tr_chip_line_name(c, offset, name);
    if (name[0] == '\0') {
        snprintf(name, sizeof(name), "%d", offset);
    }
    const char *label = tr_chip_label(c);
    if (error == -EBUSY) {
        char holder[TR_NAME_MAX];
        tr_chip_holder(c, offset, holder);
        snprintf(reterr, TR_GPIO_ERROR_MAX, "%s: line %s of %s is held by %s%s%s", who, name, label,
                 holder[0] != '\0' ? "'" : "", holder[0] != '\0' ? holder : "the kernel",
                 holder[0] != '\0' ? "'" : "");
    } else if (error == -EACCES || error == -EPERM) {
        snprintf(reterr, TR_GPIO_ERROR_MAX, "%s: no permission for line %s of %s; " DENIED, who,
                 name, label);
        error = -EACCES;
    } else {
        snprintf(reterr, TR_GPIO_ERROR_MAX, "%s: the kernel refuses line %s of %s: %s", who, name,
                 label, strerror(-error));
    }
    return error;
}
