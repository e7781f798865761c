/* Permissions, chips, lines: looked at, never taken. */
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/hardware.h"
#include "cli/header40.h"
#include "gpio/board.h"

/* The group whose members may use the chips; the service's unit names it. */
#define GROUP "gpio"

enum { USES_MAX = TR_SENSORS_MAX + TR_OUTPUTS_MAX };

/* A sensor or an output with its wire. */
struct use {
    const char *kind, *id;
    const struct tr_line *line;
    int chip, offset; /* of the board; chip -1: not found */
};

/* --- permissions ---------------------------------------------------------------------- */

static int is_chip(const struct dirent *e)
{
    return strncmp(e->d_name, "gpiochip", 8) == 0 && e->d_type != DT_LNK;
}

static void show_permission(struct tr_hardware *h, const char *node, const char *user)
{
    char path[TR_NODE_MAX + 8];
    struct stat st;
    snprintf(path, sizeof(path), "/dev/%.31s", node);
    if (stat(path, &st) < 0) {
        tr_hardware_row(h, TR_HARDWARE_MEND, node, "%s: %s", path, strerror(errno));
        return;
    }
    const struct group *g = getgrgid(st.st_gid);
    const char *group = g != NULL ? g->gr_name : "unknown";
    const bool may = access(path, R_OK | W_OK) == 0;
    if (strcmp(group, GROUP) != 0 || (st.st_mode & 0060) != 0060) {
        tr_hardware_row(h, TR_HARDWARE_MEND, node,
                        "user %s may%s open %s; the service may not: it runs in group " GROUP
                        ", the file is of group %s, mode %03o. The package's udev rule "
                        "60-thirdring.rules mends that: sudo udevadm trigger --action=add "
                        "--subsystem-match=gpio, or start the machine again",
                        user, may ? "" : " not", path, group, (unsigned)st.st_mode & 0777U);
    } else if (!may) {
        tr_hardware_row(h, TR_HARDWARE_MEND, node,
                        "user %s may not open %s: sudo usermod -a -G " GROUP
                        " %s, then log in again",
                        user, path, user);
    } else {
        tr_hardware_row(h, TR_HARDWARE_OK, node, "user %s may open %s, and so may group " GROUP,
                        user, path);
    }
}

/* @return how many chips there are. */
static int show_permissions(struct tr_hardware *h)
{
    struct dirent **entry;
    const struct passwd *me = getpwuid(geteuid());
    const int n = scandir("/dev", &entry, is_chip, versionsort);
    for (int i = 0; i < n; i++) {
        show_permission(h, entry[i]->d_name, me != NULL ? me->pw_name : "this user");
        free(entry[i]);
    }
    if (n >= 0) {
        free(entry);
    }
    return n;
}

/* --- chips -------------------------------------------------------------------------------- */

static const char *label_of(const struct tr_hardware *h, const struct use *use)
{
    return use->line->chip[0] != '\0' ? use->line->chip : h->cfg->options.gpio.chip;
}

/* Each chip once, whoever of its lines comes first. */
static void show_chips(struct tr_hardware *h, const struct tr_board *board, struct use *uses, int n)
{
    for (int i = 0; i < n; i++) {
        const char *label = label_of(h, &uses[i]);
        bool told = false;
        for (int before = 0; before < i && !told; before++) {
            told = strcmp(label_of(h, &uses[before]), label) == 0;
        }
        if (told) {
            continue;
        }
        /* Line 0 is there if the chip is. */
        struct tr_line any = *uses[i].line;
        char error[TR_GPIO_ERROR_MAX];
        int chip, offset;
        any.name[0] = '\0';
        any.offset = 0;
        if (tr_board_find(board, "chip", &any, label, &chip, &offset, error) < 0) {
            tr_hardware_row(h, TR_HARDWARE_MEND, "chip", "%s%s", error + strlen("chip: "),
                            strstr(error, "this machine has") == NULL
                                ? ""
                                : "; gpio.chip must be one of these");
        } else {
            tr_hardware_row(h, TR_HARDWARE_OK, "chip", "%s is /dev/%s, %d lines",
                            tr_chip_label(board->chip[chip].chip), board->chip[chip].node,
                            tr_chip_lines(board->chip[chip].chip));
        }
    }
}

static bool has_chip(const struct tr_hardware *h, const struct tr_board *board,
                     const struct use *use)
{
    struct tr_line any = *use->line;
    char error[TR_GPIO_ERROR_MAX];
    int chip, offset;
    any.name[0] = '\0';
    any.offset = 0;
    return tr_board_find(board, "", &any, label_of(h, use), &chip, &offset, error) == 0;
}

/* --- lines -------------------------------------------------------------------------------- */

static const struct use *same_line(const struct use *uses, int n)
{
    for (int i = 0; i < n; i++) {
        if (uses[i].chip == uses[n].chip && uses[i].offset == uses[n].offset) {
            return &uses[i];
        }
    }
    return NULL;
}

static void show_held(struct tr_hardware *h, const char *id, const char *line, const char *holder)
{
    if (strcmp(holder, TR_CONSUMER) == 0) {
        tr_hardware_row(h, TR_HARDWARE_OK, id, "%s: in use by " TR_CONSUMER, line);
    } else if (holder[0] != '\0') {
        tr_hardware_row(h, TR_HARDWARE_MEND, id,
                        "%s: held by '%s'; end that program, or, where it is a driver (spi, i2c, "
                        "uart), switch it off in /boot/firmware/config.txt, or take another line",
                        line, holder);
    } else {
        tr_hardware_row(h, TR_HARDWARE_MEND, id,
                        "%s: held by a driver of the kernel; switch that off in "
                        "/boot/firmware/config.txt, or take another line",
                        line);
    }
}

static void show_line(struct tr_hardware *h, const struct tr_board *board, struct use *uses, int n)
{
    struct use *use = &uses[n];
    char error[TR_GPIO_ERROR_MAX], line[2 * TR_NAME_MAX], name[TR_NAME_MAX], holder[TR_NAME_MAX];
    use->chip = -1;
    if (tr_board_find(board, use->kind, use->line, h->cfg->options.gpio.chip, &use->chip,
                      &use->offset, error) < 0) {
        tr_hardware_row(h, TR_HARDWARE_MEND, use->id, "%s", error + strlen(use->kind) + 2);
        return;
    }
    struct tr_chip *chip = board->chip[use->chip].chip;
    tr_chip_line_name(chip, use->offset, name);
    if (use->line->name[0] != '\0') {
        snprintf(line, sizeof(line), "%s", use->line->name);
    } else {
        snprintf(line, sizeof(line), "line %d%s%s%s", use->offset, name[0] != '\0' ? " (" : "",
                 name, name[0] != '\0' ? ")" : "");
    }
    const struct tr_pin *pin = tr_header40_by_line(h->cfg->options.gpio.chip, use->line);
    if (pin != NULL && tr_header40_is_pi(tr_chip_label(chip))) {
        const size_t used = strlen(line);
        snprintf(line + used, sizeof(line) - used, ", pin %d", pin->pin);
    }
    const struct use *other = same_line(uses, n);
    if (other != NULL) {
        tr_hardware_row(h, TR_HARDWARE_MEND, use->id,
                        "%s: %s %s is on this line, too; each needs one of its own", line,
                        other->kind, other->id);
    } else if (!tr_chip_line_used(chip, use->offset)) {
        tr_hardware_row(h, TR_HARDWARE_OK, use->id, "%s: free", line);
    } else {
        tr_chip_holder(chip, use->offset, holder);
        show_held(h, use->id, line, holder);
    }
}

static void show_lines(struct tr_hardware *h, const struct tr_board *board, struct use *uses, int n,
                       const char *title)
{
    int waiting = 0;
    tr_hardware_title(h, title);
    for (int i = 0; i < n; i++) {
        if (uses[i].kind[0] != title[0] + 'a' - 'A') {
            continue;
        }
        if (has_chip(h, board, &uses[i])) {
            show_line(h, board, uses, i);
        } else {
            uses[i].chip = -1 - i; /* nobody else's */
            waiting++;
        }
    }
    if (waiting > 0) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "all", "%d wait%s for %s chip", waiting,
                        waiting == 1 ? "s" : "", waiting == 1 ? "its" : "their");
    }
}

/* --- all of it ---------------------------------------------------------------------------- */

static int gather(const struct tr_plan *plan, struct use *uses)
{
    int n = 0;
    for (int i = 0; i < plan->sensors_n; i++) {
        uses[n++] = (struct use){
            .kind = "sensor", .id = plan->sensors[i].id, .line = &plan->sensors[i].line};
    }
    for (int i = 0; i < plan->outputs_n; i++) {
        uses[n++] = (struct use){
            .kind = "output", .id = plan->outputs[i].id, .line = &plan->outputs[i].line};
    }
    return n;
}

static void show_replay(struct tr_hardware *h)
{
    const char *trace = h->cfg->options.gpio.trace;
    const char *slash = strrchr(h->file, '/');
    char path[2 * TR_PATH_MAX];
    const bool beside = trace[0] != '/' && strcmp(trace, "-") != 0 && slash != NULL;
    snprintf(path, sizeof(path), "%.*s%s", beside ? (int)(slash - h->file + 1) : 0, h->file, trace);
    tr_hardware_row(h, TR_HARDWARE_NOTE, "backend",
                    "replay: no GPIO hardware is used; the trace %s is played. A shop needs "
                    "gpio.backend = \"gpiod\"",
                    path);
    if (trace[0] != '\0' && strcmp(trace, "-") != 0 && access(path, R_OK) < 0) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "trace", "%s cannot be read: %s", path,
                        strerror(errno));
    }
}

void tr_hardware_gpio(struct tr_hardware *h)
{
    static struct use uses[USES_MAX];
    struct tr_board board;
    tr_hardware_title(h, "GPIO");
    if (h->cfg->options.gpio.backend == TR_BACKEND_REPLAY) {
        show_replay(h);
        return;
    }
    const int n = gather(&h->cfg->plan, uses);
    const int chips = show_permissions(h);
    tr_board_open(&board);
    if (chips <= 0) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "chip",
                        "this machine has no GPIO chip at all (no /dev/gpiochip*): run this on the "
                        "board in the shop");
    } else if (n > 0) {
        show_chips(h, &board, uses, n);
        show_lines(h, &board, uses, n, "Sensors");
        if (h->cfg->plan.outputs_n > 0) {
            show_lines(h, &board, uses, n, "Outputs");
        }
    }
    tr_board_close(&board);
}
