#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/cli.h"
#include "cli/watch.h"

/* Whoever watches a whole shop gets all that is retained at once, and a busy
 * minute in one go when the machine was away for it. */
enum { INBOX = 4096 };

static void usage(FILE *to)
{
    fputs("usage: thirdring watch [OPTION...]\n\n"
          "Shows the floor as one unit tells it over MQTT: who waits, for how many rings, the\n"
          "lamps, the buzzer, the alerts, and the messages going by. On a terminal it redraws in\n"
          "place (q or Ctrl-C ends it); else it prints a line per event.\n\n"
          "  -c, --config FILE     the shop: its broker, site and unit\n"
          "  -b, --broker URI      mqtt://host[:port]; else the configuration's, else localhost\n"
          "  -s, --site ID         only this site; -u, --unit ID only this unit. Else the first\n"
          "                        that speaks\n"
          "  -p, --plain           a line per event on a terminal too\n"
          "  -o, --until-offline   when the unit goes offline, print its day's summary and end\n"
          "  -d, --demo[=URL]      say that this is the demo, and where its managers' page is\n",
          to);
}

/* @return EX_OK or EX_USAGE, told. */
static int copy_id(char *to, size_t cap, const char *what, const char *value)
{
    if (value[0] == '\0' || strlen(value) >= cap || strpbrk(value, "/+#") != NULL) {
        fprintf(stderr, "thirdring: --%s '%s': expected an id\n", what, value);
        return EX_USAGE;
    }
    strcpy(to, value);
    return EX_OK;
}

static int of_config(const char *file, struct tr_watch_options *opt)
{
    struct tr_config *cfg = NULL;
    const int code = tr_cli_load(file, NULL, &cfg);
    if (code != EX_OK) {
        return code;
    }
    opt->mqtt = cfg->options.mqtt;
    opt->mqtt.client_id[0] = '\0'; /* the daemon's: one client id is one connection */
    strcpy(opt->site, cfg->plan.site);
    strcpy(opt->unit, cfg->plan.unit);
    strcpy(opt->timezone, cfg->plan.timezone);
    tr_config_free(cfg);
    return EX_OK;
}

static int set_broker(struct tr_mqtt_options *mqtt, const char *uri)
{
    if (strlen(uri) >= sizeof(mqtt->uri)) {
        fputs(
            "thirdring: --broker: expected mqtt://, mqtts://, ws:// or wss://, then host[:port]\n",
            stderr);
        return EX_USAGE;
    }
    strcpy(mqtt->uri, uri);
    mqtt->enabled = true;
    return EX_OK;
}

int tr_watch_parse(int argc, char **argv, struct tr_watch_options *ret)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"broker", required_argument, NULL, 'b'},
                                          {"site", required_argument, NULL, 's'},
                                          {"unit", required_argument, NULL, 'u'},
                                          {"plain", no_argument, NULL, 'p'},
                                          {"until-offline", no_argument, NULL, 'o'},
                                          {"demo", optional_argument, NULL, 'd'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    const char *config = NULL, *broker = NULL, *site = NULL, *unit = NULL;
    *ret = (struct tr_watch_options){.mqtt = {.enabled = true,
                                              .uri = "mqtt://localhost:1883",
                                              .version = 5,
                                              .base = "thirdring",
                                              .keepalive_s = 30}};
    for (int c; (c = getopt_long(argc, argv, "c:b:s:u:pod::h", longs, NULL)) != -1;) {
        switch (c) {
        case 'c':
            config = optarg;
            break;
        case 'b':
            broker = optarg;
            break;
        case 's':
            site = optarg;
            break;
        case 'u':
            unit = optarg;
            break;
        case 'p':
            ret->plain = true;
            break;
        case 'o':
            ret->until_offline = true;
            break;
        case 'd':
            ret->demo = true;
            ret->page = optarg;
            break;
        case 'h':
            usage(stdout);
            return TR_WATCH_HELPED;
        default:
            usage(stderr);
            return EX_USAGE;
        }
    }
    if (optind != argc) {
        usage(stderr);
        return EX_USAGE;
    }
    int code = config != NULL ? of_config(config, ret) : EX_OK;
    ret->mqtt.inbox = INBOX;
    code = code == EX_OK && broker != NULL ? set_broker(&ret->mqtt, broker) : code;
    code =
        code == EX_OK && site != NULL ? copy_id(ret->site, sizeof(ret->site), "site", site) : code;
    code =
        code == EX_OK && unit != NULL ? copy_id(ret->unit, sizeof(ret->unit), "unit", unit) : code;
    if (code == EX_OK && !ret->mqtt.enabled) {
        fprintf(stderr, "thirdring: %s has no mqtt section: say --broker\n", config);
        code = EX_USAGE;
    }
    return code;
}
