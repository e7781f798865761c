/**
 * @file options.h
 * What the adapters are told: the configuration outside the plan. Filled by
 * src/config, borrowed by the adapters, immutable while they run.
 */
#ifndef THIRDRING_OPTIONS_H
#define THIRDRING_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "thirdring/event.h"
#include "thirdring/plan.h"

enum { TR_PATH_MAX = 256, TR_URI_MAX = 256 };

enum tr_backend { TR_BACKEND_GPIOD, TR_BACKEND_REPLAY, TR_BACKEND_COUNT };

struct tr_gpio_options {
    enum tr_backend backend;
    char chip[TR_NAME_MAX];  /**< default chip label */
    char trace[TR_PATH_MAX]; /**< replay: the trace file */
    double speed;            /**< replay: 1 is real time; 0 as fast as possible */
};

struct tr_mqtt_options {
    bool enabled;         /**< false: no broker; the floor, the journal and reports still work */
    char uri[TR_URI_MAX]; /**< mqtt://, mqtts://, ws:// or wss://, host[:port], and for the last
                               two a /path */
    int32_t version;      /**< 5 or 3 (3.1.1) */
    char base[TR_NAME_MAX];
    char client_id[TR_NAME_MAX]; /**< empty: thirdring-<site>-<unit> */
    char username[TR_NAME_MAX];
    /* The five files: a path, or "credential:NAME" for $CREDENTIALS_DIRECTORY/NAME. */
    char username_file[TR_PATH_MAX], password_file[TR_PATH_MAX];
    char ca_file[TR_PATH_MAX], cert_file[TR_PATH_MAX], key_file[TR_PATH_MAX];
    int32_t keepalive_s;
    int32_t will_delay_s; /**< MQTT 5: a client with a will that is back so soon was never away; 0:
                               it is gone at once, and so is its session */
    int32_t backfill_per_s; /**< records of the past a second, where many wait */
    int64_t metrics_interval_ns;
    bool discovery;
    char discovery_prefix[TR_NAME_MAX];
    bool command[TR_COMMAND_COUNT]; /**< which commands are obeyed */
    int32_t
        inbox; /**< received messages that may wait for us, no setting; 0: a few, for commands */
};

struct tr_journal_options {
    char path[TR_PATH_MAX];
    int32_t retain_days;
    int64_t max_bytes;
    int64_t commit_ns;
};

enum tr_log_level { TR_LOG_ERROR, TR_LOG_WARNING, TR_LOG_INFO, TR_LOG_DEBUG, TR_LOG_LEVEL_COUNT };

struct tr_options {
    struct tr_gpio_options gpio;
    struct tr_mqtt_options mqtt;
    struct tr_journal_options journal;
    enum tr_log_level log_level;
};

#endif
