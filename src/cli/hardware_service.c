/* What systemd says of the service, where there is one; asked of systemctl. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/hardware.h"

#define COMMAND                                                                                    \
    "LC_ALL=C systemctl show thirdringd.service "                                                  \
    "-p LoadState,ActiveState,SubState,UnitFileState,NRestarts,WatchdogUSec,Result "               \
    "2>/dev/null </dev/null"
#define COMMAND_OF_MANAGER "LC_ALL=C systemctl show -p RuntimeWatchdogUSec 2>/dev/null </dev/null"

struct answers {
    char load[32], active[32], sub[32], enabled[32], restarts[32], watchdog[32], result[32];
    char board[32];
};

static void ask(const char *command, struct answers *a)
{
    const struct {
        const char *key;
        char *to;
    } field[] = {{"LoadState=", a->load},
                 {"ActiveState=", a->active},
                 {"SubState=", a->sub},
                 {"UnitFileState=", a->enabled},
                 {"NRestarts=", a->restarts},
                 {"WatchdogUSec=", a->watchdog},
                 {"RuntimeWatchdogUSec=", a->board},
                 {"Result=", a->result}};
    char line[128];
    FILE *from = popen(command, "re");
    while (from != NULL && fgets(line, sizeof(line), from) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        for (size_t i = 0; i < sizeof(field) / sizeof(*field); i++) {
            const size_t n = strlen(field[i].key);
            if (strncmp(line, field[i].key, n) == 0) {
                snprintf(field[i].to, 32, "%.31s", line + n);
            }
        }
    }
    if (from != NULL) {
        pclose(from);
    }
}

static void show_state(struct tr_hardware *h, const struct answers *a)
{
    if (strcmp(a->active, "active") == 0) {
        const int restarts = atoi(a->restarts);
        if (restarts > 0) {
            tr_hardware_row(h, TR_HARDWARE_MEND, "service",
                            "runs, but had to be started again %d times: see journalctl -u "
                            "thirdringd",
                            restarts);
        } else {
            tr_hardware_row(h, TR_HARDWARE_OK, "service", "runs");
        }
    } else if (strcmp(a->active, "inactive") == 0) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "service",
                        "does not run: when all else here is well, sudo systemctl enable --now "
                        "thirdringd");
    } else {
        tr_hardware_row(h, TR_HARDWARE_MEND, "service", "%s (%s, %s): see journalctl -u thirdringd",
                        a->active, a->sub, a->result);
    }
    if (strcmp(a->enabled, "enabled") != 0) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "at power-on",
                        "the service does not start by itself (%s): sudo systemctl enable "
                        "thirdringd",
                        a->enabled[0] != '\0' ? a->enabled : "unknown");
    } else {
        tr_hardware_row(h, TR_HARDWARE_OK, "at power-on", "the service starts by itself");
    }
}

void tr_hardware_service(struct tr_hardware *h)
{
    struct answers a = {0};
    tr_hardware_title(h, "Service");
    ask(COMMAND, &a);
    if (a.load[0] == '\0') {
        tr_hardware_row(h, TR_HARDWARE_NOTE, "service",
                        "no systemd here: nobody to ask, nobody who starts it again");
        return;
    }
    ask(COMMAND_OF_MANAGER, &a);
    if (strcmp(a.load, "loaded") != 0) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "service",
                        "thirdringd is not installed as a service (%s): install the package",
                        a.load);
        return;
    }
    show_state(h, &a);
    if (a.watchdog[0] == '\0' || strcmp(a.watchdog, "0") == 0 ||
        strcmp(a.watchdog, "infinity") == 0) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "watchdog",
                        "off: a daemon that hangs would stay so; take WatchdogSec= from the "
                        "package's unit");
    } else {
        tr_hardware_row(h, TR_HARDWARE_OK, "watchdog", "a daemon that hangs is ended after %s",
                        a.watchdog);
    }
    if (a.board[0] == '\0' || strcmp(a.board, "0") == 0 || strcmp(a.board, "infinity") == 0) {
        tr_hardware_row(h, TR_HARDWARE_NOTE, "board watchdog",
                        "off: a machine that hangs stays so; RuntimeWatchdogSec=15 in "
                        "/etc/systemd/system.conf lets the board restart itself");
    } else {
        tr_hardware_row(h, TR_HARDWARE_OK, "board watchdog",
                        "a machine that hangs restarts after %s", a.board);
    }
}
