/** @file walktest_private.h The two ways to the lines: walktest_link.c, walktest_remote.c. */
#ifndef TR_CLI_WALKTEST_PRIVATE_H
#define TR_CLI_WALKTEST_PRIVATE_H

#include "cli/walktest.h"
#include "gpio/gpio.h"
#include "mqtt/mqtt.h"

struct tr_walk_link {
    const struct tr_config *cfg;
    char text[TR_GPIO_ERROR_MAX], trouble[TR_MQTT_ERROR_MAX + 256];
    /* the lines themselves */
    struct tr_gpio *gpio; /**< NULL: thirdringd is asked */
    bool trace, begun, ended, alone;
    int driven;
    bool beeping;
    uint32_t good_n, bad_n;
    int beeps; /**< halves of beeps left */
    int64_t beep_ns, beep_step_ns;
    /* thirdringd */
    struct tr_mqtt_options mqtt_options;
    struct tr_mqtt *mqtt;
    bool connected;
    bool on; /**< it said yes */
    char request_id[32];
    int64_t asked_ns;  /**< when walktest was last sent; 0: never */
    int64_t began_ns;  /**< when we began to try */
    int64_t offset_ns; /**< from its clock to ours */
    bool have_offset;
    uint32_t driven_n;
};

int64_t tr_walk_clock(void);

int tr_walk_remote_open(struct tr_walk_link *link, const struct tr_walk_request *req);
int tr_walk_remote_turn(struct tr_walk_link *link, struct tr_walk *walk);
int64_t tr_walk_remote_deadline(const struct tr_walk_link *link, const struct tr_walk *walk);
void tr_walk_remote_outputs(struct tr_walk_link *link, struct tr_walk *walk);
void tr_walk_remote_close(struct tr_walk_link *link);

#endif
