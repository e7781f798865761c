/*
 * hass CONFIG [OLD-CONFIG] | hass --largest: the message Home Assistant would be
 * sent, and on a line before it its topic. With OLD-CONFIG what left since is
 * named; the largest is a plan with as much of everything as there can be, and
 * the longest ids and names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/hass.h"
#include "config/config.h"

static char text[TR_HASS_MAX];

static void longest(char *id, char *name, char kind, int i)
{
    snprintf(id, TR_ID_MAX, "%c%030d", kind, i);
    memset(name, '"', TR_NAME_MAX - 1); /* two bytes each in JSON */
    name[TR_NAME_MAX - 1] = '\0';
}

static void largest(struct tr_plan *plan)
{
    tr_plan_init(plan);
    memset(plan->site, 's', TR_ID_MAX - 1);
    memset(plan->unit, 'u', TR_ID_MAX - 1);
    for (int i = 0; i < TR_SENSORS_MAX; i++) {
        tr_plan_init_sensor(&plan->sensors[i], (enum tr_sensor_type)(i % TR_SENSOR_TYPE_COUNT));
        longest(plan->sensors[i].id, plan->sensors[i].name, 'i', i);
    }
    for (int i = 0; i < TR_OUTPUTS_MAX; i++) {
        plan->outputs[i].type = (enum tr_output_type)(i % TR_OUTPUT_TYPE_COUNT);
        longest(plan->outputs[i].id, plan->outputs[i].name, 'o', i);
    }
    for (int i = 0; i < TR_STATIONS_MAX; i++) {
        tr_plan_init_station(&plan->stations[i], TR_KIND_QUEUE);
        longest(plan->stations[i].id, plan->stations[i].name, 'q', i);
        plan->stations[i].target.unit = TR_TARGET_SECONDS;
        plan->stations[i].u.queue.max_length = 1;
        plan->stations[i].u.queue.positions_n = 1; /* somebody works at sensor 0 */
    }
    plan->sensors_n = TR_SENSORS_MAX;
    plan->outputs_n = TR_OUTPUTS_MAX;
    plan->stations_n = TR_STATIONS_MAX;
    plan->alerts.buzzer = 0;
}

static struct tr_config *load(const char *file)
{
    static struct tr_config_error errors[1];
    struct tr_config *cfg = NULL;
    size_t n = 0;
    const int r = tr_config_load(file, NULL, NULL, &cfg, errors, 1, &n);
    if (r < 0) {
        fprintf(stderr, "hass: %s: %s %s\n", file, strerror(-r), n > 0 ? errors[0].text : "");
        exit(1);
    }
    return cfg;
}

int main(int argc, char **argv)
{
    static const bool every[TR_COMMAND_COUNT] = {true, true, true, true, true, true, true};
    static struct tr_plan plan;
    struct tr_config *cfg[2] = {NULL, NULL};
    struct tr_wire wire[2];
    struct tr_hass hass[2];
    if (argc < 2) {
        fprintf(stderr, "usage: hass CONFIG [OLD-CONFIG] | hass --largest\n");
        return 2;
    }
    for (int i = 0; i < argc - 1 && i < 2; i++) {
        const bool invented = strcmp(argv[1], "--largest") == 0;
        if (invented) {
            largest(&plan);
        } else {
            cfg[i] = load(argv[i + 1]);
        }
        const struct tr_mqtt_options *opt = invented ? NULL : &cfg[i]->options.mqtt;
        wire[i] = (struct tr_wire){.plan = invented ? &plan : &cfg[i]->plan,
                                   .base = invented ? "thirdring" : opt->base};
        hass[i] = (struct tr_hass){.prefix = invented ? "homeassistant" : opt->discovery_prefix,
                                   .version = "0",
                                   .expire_s = 180,
                                   .command = invented ? every : opt->command};
    }
    const bool two = argc > 2;
    const int n = tr_hass_device(&wire[0], &hass[0], two ? &wire[1] : NULL, two ? &hass[1] : NULL,
                                 text, sizeof(text));
    char topic[TR_WIRE_TOPIC_MAX];
    tr_hass_topic(&wire[0], hass[0].prefix, topic);
    printf("%s\n%s\n", topic, n > 0 ? text : strerror(-n));
    tr_config_free(cfg[0]);
    tr_config_free(cfg[1]);
    return n > 0 ? 0 : 1;
}
