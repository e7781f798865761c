/**
 * @file plan.h
 * What is wired where and what was promised: the immutable result of reading
 * a configuration, and everything the core knows about the shop.
 *
 * Objects refer to one another by index into the arrays of struct tr_plan;
 * TR_NONE means "not configured". Durations are int64_t nanoseconds, whatever
 * unit the configuration uses. A zeroed struct is an empty, legal plan apart
 * from its indices, so use tr_plan_init().
 */
#ifndef THIRDRING_PLAN_H
#define THIRDRING_PLAN_H

#include <stdbool.h>
#include <stdint.h>

enum {
    TR_ID_MAX = 32,   /**< bytes of an id, with its NUL: [a-z0-9_-]{1,31} */
    TR_NAME_MAX = 64, /**< bytes of a name for people (UTF-8), with its NUL */
    TR_SENSORS_MAX = 256,
    TR_GATES_MAX = 16,
    TR_OUTPUTS_MAX = 16,
    TR_STATIONS_MAX = 24,
    TR_POSITIONS_MAX = 64, /**< of one queue */
    TR_PLACES_MAX = 16,    /**< of one queue */
    TR_LINES_MAX = 64,     /**< of one phone station */
    TR_BUTTONS_MAX = 5,    /**< of one feedback panel */
    TR_DAYPARTS_MAX = 12,
    TR_HOURS_MAX = 28,
    TR_HOLIDAYS_MAX = 64,
    TR_QUIET_MAX = 8,
    TR_AFTER_MAX = 8,
    TR_NONE = -1
};

enum tr_sensor_type {
    TR_SENSOR_CONTACT,
    TR_SENSOR_BEAM,
    TR_SENSOR_BUTTON,
    TR_SENSOR_PRESENCE,
    TR_SENSOR_RING,
    TR_SENSOR_HOOK,
    TR_SENSOR_STAFF,
    TR_SENSOR_TYPE_COUNT
};

/** How an input is wired: a drawing of hardware/circuits. The engine never looks. */
enum tr_circuit {
    TR_CIRCUIT_CONTACT,
    TR_CIRCUIT_BUTTON,
    TR_CIRCUIT_BEAM,
    TR_CIRCUIT_OPTO24,
    TR_CIRCUIT_MAT,
    TR_CIRCUIT_PIR,
    TR_CIRCUIT_TOF,
    TR_CIRCUIT_STAFF,
    TR_CIRCUIT_RING,
    TR_CIRCUIT_HOOK,
    TR_CIRCUIT_EOL,
    TR_CIRCUIT_COUNT
};

/** The same of an output. */
enum tr_drive { TR_DRIVE_BUZZER, TR_DRIVE_STACKLIGHT, TR_DRIVE_SENT_LAMP, TR_DRIVE_COUNT };

enum tr_bias { TR_BIAS_AS_IS, TR_BIAS_DISABLED, TR_BIAS_PULL_UP, TR_BIAS_PULL_DOWN, TR_BIAS_COUNT };

/** A kernel GPIO line: chip by label, line by name or offset (LAB.md §3). */
struct tr_line {
    char chip[TR_NAME_MAX]; /**< label; empty: the gpio section's chip */
    char name[TR_NAME_MAX]; /**< line name; empty: use offset */
    int32_t offset;         /**< TR_NONE where a name is given */
    enum tr_bias bias;
    bool active_low;
};

struct tr_sensor {
    char id[TR_ID_MAX];
    char name[TR_NAME_MAX]; /**< for people; empty: show the id */
    enum tr_sensor_type type;
    enum tr_circuit circuit;
    struct tr_line line;
    int64_t press_ns;    /**< stable this long before "active" counts */
    int64_t release_ns;  /**< stable this long before "inactive" counts */
    int64_t stuck_on_ns; /**< active longer is a fault; 0: never */
    int64_t silent_ns;   /**< no edge in opening hours this long; 0: never */
    int32_t storm_hz;    /**< more edges a second is a storm; 0: never */
};

/** Two beams in a row: outer then inner is in, inner then outer is out. */
struct tr_gate {
    char id[TR_ID_MAX];
    int16_t outer; /**< sensor */
    int16_t inner; /**< sensor */
    int64_t max_transit_ns;
};

enum tr_output_type { TR_OUTPUT_BUZZER, TR_OUTPUT_LAMP, TR_OUTPUT_TYPE_COUNT };

struct tr_output {
    char id[TR_ID_MAX];
    char name[TR_NAME_MAX];
    enum tr_output_type type;
    enum tr_drive circuit;
    struct tr_line line;
    int64_t max_on_ns; /**< a buzzer never sounds longer in one go; 0: no limit */
};

enum tr_station_kind {
    TR_KIND_GREETING,
    TR_KIND_QUEUE,
    TR_KIND_CALL,
    TR_KIND_PHONE,
    TR_KIND_FEEDBACK,
    TR_KIND_COUNT
};

enum tr_target_unit { TR_TARGET_NONE, TR_TARGET_RINGS, TR_TARGET_SECONDS };

/**
 * A promise. By seconds: kept when the wait is at most threshold_ns. By
 * rings: kept when the wait ends before ring rings+1 begins, that is in
 * strictly less than threshold_ns = rings * (on + off); a telephone counts its
 * real bursts instead (at most rings of them heard).
 */
struct tr_target {
    enum tr_target_unit unit;
    int32_t rings;
    int64_t threshold_ns;
    double percent;
    int64_t window_ns;
};

/** Where arrivals come from: a gate's crossing, or one sensor. */
enum tr_source_kind { TR_SOURCE_NONE, TR_SOURCE_SENSOR, TR_SOURCE_GATE };
struct tr_source {
    enum tr_source_kind kind;
    int16_t index;
};

struct tr_greeting_plan {
    struct tr_source arrive;
    int16_t inside; /**< sensor that, active just before, makes a single contact an exit */
    int16_t answer; /**< sensor: button, presence or staff */
    int16_t void_key;
    bool answers_all;
    int64_t party_window_ns, party_max_ns, early_ns, void_within_ns, rearm_ns;
    int64_t staff_together_ns; /**< staff sensor already active: answered after so long together */
};

struct tr_position {
    char id[TR_ID_MAX];
    int16_t presence; /**< sensor */
    int16_t next;     /**< sensor: the staff's "next" button */
    int16_t staffed;  /**< sensor */
    int16_t join;     /**< sensor: joins this position's own line (line per position) */
};

enum tr_discipline {
    TR_DISCIPLINE_ONE_LINE,
    TR_DISCIPLINE_LINE_PER_POSITION,
    TR_DISCIPLINE_TICKETS,
    TR_DISCIPLINE_COUNT
};

struct tr_queue_plan {
    struct tr_source join;
    struct tr_source leave;
    int16_t serve;    /**< beam between line and counter */
    int16_t void_key; /**< staff key: not a customer */
    int16_t places[TR_PLACES_MAX];
    int16_t places_n;
    struct tr_position positions[TR_POSITIONS_MAX];
    int16_t positions_n;
    enum tr_discipline discipline;
    bool per_position; /**< publish figures per position (one till is one person) */
    int64_t dwell_ns, min_stay_ns, gap_ns, party_window_ns, party_max_ns;
    int64_t no_show_ns, back_ns; /**< back_ns: a backward crossing suspends so long */
    int64_t empty_ns;      /**< places seen empty so long: what remains of the line is drift */
    int64_t idle_empty_ns; /**< the same where only positions are seen; 0: never */
    int32_t max_length;    /**< more waiting than this is "line too long"; 0: never */
};

struct tr_call_plan {
    int16_t call;
    int16_t answer;
    int16_t sent_lamp; /**< output at the box */
    int64_t hold_gone_ns, repeat_ns;
};

enum tr_hook_sees { TR_HOOK_LINE, TR_HOOK_HANDSET, TR_HOOK_COUNT };

struct tr_phone_line {
    char id[TR_ID_MAX];
    int16_t ring;
    int16_t hook;
    int16_t answer; /**< answer button, where there is no hook sense */
    enum tr_hook_sees hook_sees;
};

struct tr_phone_plan {
    struct tr_phone_line lines[TR_LINES_MAX];
    int16_t lines_n;
    int32_t divert_rings; /**< rings after which voicemail takes it; 0: never */
};

struct tr_vote_button {
    char id[TR_ID_MAX];
    int16_t sensor;
    int32_t score; /**< 0 to 100 */
};

struct tr_feedback_plan {
    struct tr_vote_button buttons[TR_BUTTONS_MAX];
    int16_t buttons_n;
    int64_t vote_ns, tie_ns;
    int16_t after[TR_AFTER_MAX]; /**< stations whose waits a vote may be tied to */
    int16_t after_n;
};

enum tr_sound { TR_SOUND_NONE, TR_SOUND_RINGS, TR_SOUND_URGENT, TR_SOUND_CHIME, TR_SOUND_COUNT };

enum tr_audience {
    TR_AUDIENCE_CUSTOMER,
    TR_AUDIENCE_INTERNAL,
    TR_AUDIENCE_STAFF,
    TR_AUDIENCE_COUNT
};

struct tr_station {
    char id[TR_ID_MAX];
    char name[TR_NAME_MAX];
    enum tr_station_kind kind;
    enum tr_audience audience;
    struct tr_target target;
    struct tr_target daypart_target[TR_DAYPARTS_MAX]; /**< unit NONE: as target */
    int64_t give_up_ns;       /**< an open wait expires after so long; 0: never */
    int64_t short_abandon_ns; /**< an abandonment shorter than this does not count */
    enum tr_sound late_sound, critical_sound; /**< this station's own; TR_SOUND_COUNT: as alerts */
    union {
        struct tr_greeting_plan greeting;
        struct tr_queue_plan queue;
        struct tr_call_plan call;
        struct tr_phone_plan phone;
        struct tr_feedback_plan feedback;
    } u;
};

struct tr_hours {
    uint8_t days;      /**< bit 0 Monday ... bit 6 Sunday */
    int16_t open_min;  /**< minutes after local midnight */
    int16_t close_min; /**< at or before open_min: of the next day (RULES 21) */
};

struct tr_holiday {
    int32_t date; /**< yyyymmdd, local */
    bool closed;
    int16_t open_min, close_min;
};

struct tr_daypart {
    char id[TR_ID_MAX];
    int16_t from_min;
};

struct tr_span {
    int16_t from_min, to_min;
};

/** A target of 80 % plans for one in five to be late: such a rung need not sound
 *  while the promise of the last hour holds (RULES 22). */
enum tr_sound_when { TR_SOUND_NEEDED, TR_SOUND_ALWAYS, TR_SOUND_WHEN_COUNT };

/** One rung of the ladder: its lamp and its sound. */
struct tr_rung {
    int16_t lamp; /**< output */
    enum tr_sound sound;
    enum tr_sound_when when;
    int64_t repeat_ns; /**< 0: sounds once */
    int32_t repeats;
};

struct tr_alert_plan {
    double at_risk_share;   /**< of the threshold */
    double critical_factor; /**< of the threshold */
    struct tr_rung at_risk, late, critical;
    int16_t kept_lamp;
    int32_t kept_streak;
    int64_t burning_short_ns, burning_long_ns;
    int32_t burning_min_waits;
    int16_t burning_lamp;
    int16_t fault_lamp; /**< lit while a sensor is faulty */
    int16_t buzzer;     /**< output */
    int64_t min_on_ns, clear_after_ns;
    int32_t max_per_hour; /**< sounds; 0: no ceiling */
    struct tr_span quiet[TR_QUIET_MAX];
    int16_t quiet_n;
};

struct tr_plan {
    char site[TR_ID_MAX];
    char unit[TR_ID_MAX];
    char name[TR_NAME_MAX];
    char timezone[TR_NAME_MAX];
    int16_t day_start_min;
    int64_t ring_on_ns, ring_off_ns; /**< the cadence in which rings are counted */
    int64_t resume_ns;               /**< open waits go on after a shorter absence (RULES 3) */
    struct tr_hours hours[TR_HOURS_MAX];
    int16_t hours_n; /**< 0: always open */
    struct tr_holiday holidays[TR_HOLIDAYS_MAX];
    int16_t holidays_n;
    struct tr_daypart dayparts[TR_DAYPARTS_MAX];
    int16_t dayparts_n;
    struct tr_sensor sensors[TR_SENSORS_MAX];
    int16_t sensors_n;
    struct tr_gate gates[TR_GATES_MAX];
    int16_t gates_n;
    struct tr_output outputs[TR_OUTPUTS_MAX];
    int16_t outputs_n;
    struct tr_station stations[TR_STATIONS_MAX];
    int16_t stations_n;
    struct tr_alert_plan alerts;
};

/** Set every field of @p plan to the defaults of an empty shop. */
void tr_plan_init(struct tr_plan *plan);

/** Set a station of @p kind to that kind's defaults (DESIGN §2, RULES), with no sensors. */
void tr_plan_init_station(struct tr_station *station, enum tr_station_kind kind);

/** Set a sensor of @p type to that type's conditioning defaults (DESIGN §2). */
void tr_plan_init_sensor(struct tr_sensor *sensor, enum tr_sensor_type type);

/**
 * Look up by id.
 * @return the index, or TR_NONE.
 */
int tr_plan_find_sensor(const struct tr_plan *plan, const char *id);
/** @return whether a sensor is a button of a staff panel: when it is pressed is
 *  nobody's business (RULES 20), so its changes are never published. */
bool tr_plan_sensor_private(const struct tr_plan *plan, int sensor);

/** As tr_plan_find_sensor(), for gates. */
int tr_plan_find_gate(const struct tr_plan *plan, const char *id);
/** As tr_plan_find_sensor(), for outputs. */
int tr_plan_find_output(const struct tr_plan *plan, const char *id);
/** As tr_plan_find_sensor(), for stations. */
int tr_plan_find_station(const struct tr_plan *plan, const char *id);

/** The words of the configuration and of the wire, indexed by the enum. */
extern const char *const tr_sensor_type_name[TR_SENSOR_TYPE_COUNT];
extern const char *const tr_circuit_name[TR_CIRCUIT_COUNT];
extern const char *const tr_drive_name[TR_DRIVE_COUNT];
extern const char *const tr_bias_name[TR_BIAS_COUNT];
extern const char *const tr_output_type_name[TR_OUTPUT_TYPE_COUNT];
extern const char *const tr_station_kind_name[TR_KIND_COUNT];
extern const char *const tr_discipline_name[TR_DISCIPLINE_COUNT];
extern const char *const tr_hook_sees_name[TR_HOOK_COUNT];
extern const char *const tr_audience_name[TR_AUDIENCE_COUNT];
extern const char *const tr_sound_name[TR_SOUND_COUNT];
/** A station's own sound: the last one is "default", as alerts say. */
extern const char *const tr_station_sound_name[TR_SOUND_COUNT + 1];
extern const char *const tr_sound_when_name[TR_SOUND_WHEN_COUNT];

#endif
