/* What the configuration asks for and this version does not do yet: said
 * before anybody relies on it. */
#include "cli/check.h"

struct later {
    FILE *to;
    bool any;
};

static void say(struct later *l, const char *who, const char *what)
{
    if (!l->any) {
        fputs("\nRead, but not at work in this version\n", l->to);
        l->any = true;
    }
    fprintf(l->to, "  %s: %s\n", who, what);
}

void tr_cli_show_later(FILE *to, const struct tr_config *cfg)
{
    struct later l = {.to = to};
    if (cfg->options.mqtt.command[TR_COMMAND_WALKTEST]) {
        say(&l, "mqtt", "commands: walktest is refused");
    }
}
