/* The table of settings: alerts, and what the adapters are told. */
#include <string.h>

#include "config/keys.h"

#define STRUCT struct tr_alert_plan
/* The three rungs differ only in their names and in what sets them off. */
#define RUNG(rung)                                                                                 \
    LAMP("lamp", rung.lamp, "output of type lamp that lights; empty: none."),                      \
        ENUM("sound", rung.sound, tr_sound_name, TR_SOUND_COUNT,                                   \
             .about = "what the buzzer says."),                                                    \
        ENUM("sound_when", rung.when, tr_sound_when_name, TR_SOUND_WHEN_COUNT,                     \
             .about = "\"needed\": only while the promise of the last hour does not hold."),       \
        SECONDS("repeat_s", rung.repeat_ns, 0, 3600,                                               \
                .about = "the sound comes again after so long; 0: never."),                        \
        INT("repeats", rung.repeats, NULL, 0, 2,                                                   \
            "how often at most; after that the lamp speaks alone.")

static const struct tr_cfg_key at_risk_keys[] = {
    FLOAT("share", at_risk_share, "of the threshold", 0.05, 1,
          "a wait is at risk from this share of its threshold on."),
    RUNG(at_risk),
};
static const struct tr_cfg_key late_keys[] = {
    RUNG(late),
};
static const struct tr_cfg_key critical_keys[] = {
    FLOAT("factor", critical_factor, "times the threshold", 1, 100,
          "a wait is critical from this many times its threshold on."),
    RUNG(critical),
};
static const struct tr_cfg_key kept_keys[] = {
    LAMP("lamp", kept_lamp, "the lamp that says thank you; dark while amber or red is lit."),
    INT("streak", kept_streak, "waits", 1, 10000, "promises kept in a row that earn praise."),
};
static const struct tr_cfg_key burning_keys[] = {
    MINUTES("short_min", burning_short_ns, 1, 1440, .about = "the fast window."),
    MINUTES("long_min", burning_long_ns, 1, 10080, .about = "the slow window; longer."),
    INT("min_waits", burning_min_waits, "waits", 1, 10000, "fewer in the window say nothing."),
    LAMP("lamp", burning_lamp, "lights while the service level burns."),
};
static const struct tr_cfg_key fault_keys[] = {
    LAMP("lamp", fault_lamp, "lights while a sensor is faulty."),
};
static const struct tr_cfg_table fault = {.what = "group", KEYS(fault_keys)};
static const struct tr_cfg_table at_risk = {.what = "rung", KEYS(at_risk_keys)};
static const struct tr_cfg_table late = {.what = "rung", KEYS(late_keys)};
static const struct tr_cfg_table critical = {.what = "rung", KEYS(critical_keys)};
static const struct tr_cfg_table kept = {.what = "group", KEYS(kept_keys)};
static const struct tr_cfg_table burning = {.what = "group", KEYS(burning_keys)};
#undef STRUCT

#define STRUCT struct tr_span
static void init_quiet(void *elem, int variant)
{
    (void)variant;
    *(struct tr_span *)elem = (struct tr_span){.from_min = -1, .to_min = -2};
}

static const struct tr_cfg_key quiet_keys[] = {
    CLOCK("from", from_min, NEEDED, .about = "the quiet begins."),
    CLOCK("to", to_min, NEEDED, .about = "it ends; before \"from\" it is of the next day."),
};
static const struct tr_cfg_table quiet = {
    .what = "entry", KEYS(quiet_keys), .init = init_quiet, .finish = tr_cfg_finish_quiet};
#undef STRUCT

#define STRUCT struct tr_alert_plan
#define PART(n, t, say)                                                                            \
    {                                                                                              \
        .name = n, .type = TR_CFG_GROUP, .sub = &(t), .about = say                                 \
    }
static const struct tr_cfg_key alerts_keys[] = {
    PART("at_risk", at_risk, "the first rung: soon too long."),
    PART("late", late, "the second rung: past the threshold."),
    PART("critical", critical, "the third rung."),
    PART("kept", kept, "good news."),
    PART("burning", burning,
         "the service level falls below its objective, in a short and a long window at once."),
    PART("fault", fault, "a sensor that cannot be believed."),
    {.name = "buzzer",
     .type = TR_CFG_REF,
     AT(buzzer),
     .ref = TR_CFG_REF_OUTPUT,
     .types = 1U << TR_OUTPUT_BUZZER,
     .about = "output of type buzzer; empty: no sounds."},
    SECONDS("min_on_s", min_on_ns, 0, 600, .about = "a lamp that lit stays lit at least so long."),
    SECONDS("clear_after_s", clear_after_ns, 0, 600,
            .about = "an alert ends when its cause has been gone so long."),
    INT("max_per_hour", max_per_hour, "sounds", 0, 1000,
        "more sounds in an hour are held back, but never a wait's first critical; 0: no ceiling."),
    LIST("quiet", quiet, quiet, TR_QUIET_MAX, .about = "times without sound."),
};
const struct tr_cfg_table tr_cfg_alerts = {
    .what = "section", KEYS(alerts_keys), .finish = tr_cfg_finish_alerts};
#undef STRUCT

#define STRUCT struct tr_gpio_options
static const char *const backend_words[TR_BACKEND_COUNT] = {"gpiod", "replay"};
static const struct tr_cfg_key gpio_keys[] = {
    ENUM("backend", backend, backend_words, TR_BACKEND_COUNT,
         .about = "\"gpiod\" reads the kernel's lines, \"replay\" a recorded trace."),
    STRING("chip", chip,
           "label of the chip that has the lines, as gpiodetect shows it: \"pinctrl-bcm2711\" on a "
           "Raspberry Pi 4, \"pinctrl-rp1\" on a 5."),
    STRING("trace", trace, "replay: the trace file."),
    FLOAT("speed", speed, "times real time", 0, 1000000,
          "replay: how fast; 0: as fast as possible."),
};
const struct tr_cfg_table tr_cfg_gpio = {.what = "section", KEYS(gpio_keys)};
#undef STRUCT

#define STRUCT     struct tr_mqtt_options
#define CREDENTIAL "credential:NAME for systemd's credential of that name"
static void init_mqtt(void *elem, int variant)
{
    (void)variant;
    ((struct tr_mqtt_options *)elem)->enabled = true;
}

static const struct tr_cfg_key mqtt_keys[] = {
    {.name = "enabled",
     .type = TR_CFG_BOOL,
     AT(enabled),
     CONDITIONAL,
     .about = "false: as if this section were not there. Default: true where the section is."},
    STRING("uri", uri,
           "the broker: mqtt://HOST or mqtts://HOST (TLS), with :PORT where it is not 1883 or "
           "8883; or over WebSockets ws://HOST or wss://HOST (TLS), with :PORT where it is not 80 "
           "or 443, and /PATH where the server wants one."),
    INT("version", version, NULL, 3, 5, "of the protocol: 5, or 3 for MQTT 3.1.1."),
    STRING("base", base, "first part of every topic."),
    STRING("client_id", client_id, "empty: thirdring-SITE-UNIT."),
    STRING("username", username, "empty: none."),
    FILENAME("username_file", username_file,
             "instead of username: full path of a file whose first line is it, or " CREDENTIAL "."),
    FILENAME("password_file", password_file,
             "full path of a file whose first line is the password, or " CREDENTIAL
             ". Like all files named here it is read again at each attempt to connect."),
    {.name = "password",
     .type = TR_CFG_REFUSED,
     .flags = TR_CFG_SECRET,
     .about = "a password does not belong in this file: write it into a file that only the service "
              "can read, name that with password_file, and change the password if this file was "
              "ever shared"},
    STRING("ca_file", ca_file,
           "TLS: certificates to trust, a file or " CREDENTIAL "; empty: the system's."),
    STRING("cert_file", cert_file,
           "TLS: this appliance's own certificate, a file or " CREDENTIAL "; empty: none."),
    STRING("key_file", key_file, "TLS: the key to cert_file, a file or " CREDENTIAL "."),
    INT("keepalive_s", keepalive_s, "s", 5, 3600, "how soon a dead connection is noticed."),
    INT("will_delay_s", will_delay_s, "s", 0, 300,
        "MQTT 5: the broker says \"offline\" for an appliance that was cut off only after so "
        "long, and not at all where it is back before; 0: at once, as with MQTT 3.1.1."),
    INT("backfill_per_s", backfill_per_s, "records", 1, 10000,
        "after a time without the broker at most so many records of the past are sent a second."),
    SECONDS("metrics_interval_s", metrics_interval_ns, 1, 86400,
            .about = "how often the figures are published."),
    BOOL("discovery", discovery, "tell Home Assistant what there is."),
    STRING("discovery_prefix", discovery_prefix, "Home Assistant's discovery prefix."),
    {.name = "commands",
     .type = TR_CFG_WORDS,
     AT(command),
     .words = tr_command_name,
     .words_n = TR_COMMAND_COUNT,
     .about = "which commands are obeyed; whoever may publish to the broker can send them."},
};
const struct tr_cfg_table tr_cfg_mqtt = {
    .what = "section", KEYS(mqtt_keys), .init = init_mqtt, .finish = tr_cfg_finish_mqtt};
#undef STRUCT

#define STRUCT struct tr_journal_options
static const struct tr_cfg_key journal_keys[] = {
    STRING("path", path, "the journal's file."),
    INT("retain_days", retain_days, "days", 1, 36500, "how long records are kept."),
    SCALED("max_mb", max_bytes, "MiB", INT64_C(1) << 20, 4, 1048576,
           .about = "size at most; wins over retain_days."),
    MILLIS("commit_ms", commit_ns, 1, 10000,
           .about = "a power cut loses at most so much; longer spares the SD card."),
};
const struct tr_cfg_table tr_cfg_journal = {
    .what = "section", KEYS(journal_keys), .finish = tr_cfg_finish_journal};
#undef STRUCT

#define STRUCT struct tr_options
static const char *const level_words[TR_LOG_LEVEL_COUNT] = {"error", "warning", "info", "debug"};
static const struct tr_cfg_key log_keys[] = {
    ENUM("level", log_level, level_words, TR_LOG_LEVEL_COUNT, .about = "how much is said."),
};
const struct tr_cfg_table tr_cfg_log = {.what = "section", KEYS(log_keys)};
#undef STRUCT

void tr_cfg_defaults(struct tr_config *cfg)
{
    memset(cfg, 0, sizeof(*cfg));
    tr_plan_init(&cfg->plan);
    struct tr_options *o = &cfg->options;
    o->gpio.speed = 1.0;
    o->log_level = TR_LOG_INFO;
    struct tr_mqtt_options *m = &o->mqtt;
    strcpy(m->uri, "mqtt://localhost:1883");
    m->version = 5;
    strcpy(m->base, "thirdring");
    m->keepalive_s = 30;
    m->will_delay_s = 5;
    m->backfill_per_s = 100;
    m->metrics_interval_ns = 60 * TR_NS_PER_S;
    m->discovery = true;
    strcpy(m->discovery_prefix, "homeassistant");
    for (int i = 0; i < (int)TR_COMMAND_COUNT; i++) {
        /* A walk test hides customers: who wants it over the air says so. */
        m->command[i] = i != TR_COMMAND_WALKTEST;
    }
    struct tr_journal_options *j = &o->journal;
    strcpy(j->path, "/var/lib/thirdring/journal.db");
    j->retain_days = 400;
    j->max_bytes = INT64_C(1024) << 20;
    j->commit_ns = 250 * TR_NS_PER_MS;
}
