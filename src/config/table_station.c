/* The table of settings: stations, one table for all kinds. */
#include <string.h>

#include "config/keys.h"

enum {
    GREETING = 1 << TR_KIND_GREETING,
    QUEUE = 1 << TR_KIND_QUEUE,
    CALL = 1 << TR_KIND_CALL,
    PHONE = 1 << TR_KIND_PHONE,
    FEEDBACK = 1 << TR_KIND_FEEDBACK,
    WAITING = GREETING | QUEUE | CALL | PHONE
};

#define STRUCT struct tr_target
static bool omit_target(const struct tr_cfg_key *key, const void *elem)
{
    const struct tr_target *t = elem;
    return (t->unit == TR_TARGET_RINGS && strcmp(key->name, "seconds") == 0) ||
           (t->unit == TR_TARGET_SECONDS && strcmp(key->name, "rings") == 0);
}

static const struct tr_cfg_key target_keys[] = {
    {.name = "rings",
     .type = TR_CFG_INT,
     AT(rings),
     CONDITIONAL,
     .unit = "rings",
     .min = 1,
     .max = 100,
     .about = "kept when answered before the next ring begins: by the third of 2 + 4 s "
              "is in less than 18 s. Either this or seconds."},
    SECONDS("seconds", threshold_ns, 0.1, 86400, CONDITIONAL,
            .about = "kept when the wait is at most this. Either this or rings."),
    FLOAT("percent", percent, "%", 1, 100, "the objective: so many of a hundred."),
    MINUTES("window_min", window_ns, 1, 10080, .about = "over how long it is judged."),
};
const struct tr_cfg_table tr_cfg_target = {
    .what = "target", KEYS(target_keys), .finish = tr_cfg_finish_target, .omit = omit_target};
#undef STRUCT

#define STRUCT struct tr_cfg_daypart
static const struct tr_cfg_key daypart_target_keys[] = {
    {.name = "id",
     .type = TR_CFG_REF,
     AT(daypart),
     NEEDED,
     .ref = TR_CFG_REF_DAYPART,
     .about = "one of dayparts."},
    {.name = "target",
     .type = TR_CFG_GROUP,
     AT(target),
     NEEDED,
     .sub = &tr_cfg_target,
     .about =
         "the promise in that part of the day, { seconds = 180; }; what it leaves out is as in "
         "the station's target."},
};
const struct tr_cfg_table tr_cfg_daypart_target = {.what = "entry", KEYS(daypart_target_keys)};
#undef STRUCT

#define STRUCT struct tr_position
static void init_position(void *elem, int variant)
{
    (void)variant;
    struct tr_position *p = elem;
    memset(p, 0, sizeof(*p));
    p->presence = TR_NONE;
    p->next = TR_NONE;
    p->staffed = TR_NONE;
    p->join = TR_NONE;
}

static const struct tr_cfg_key position_keys[] = {
    ID("id", id, "its name."),
    SENSOR("presence", presence, IS_PASSAGE, .about = "sees the customer who is served."),
    SENSOR("next", next, IS_KEY, .about = "the button with which staff take the next customer."),
    SENSOR("staffed", staffed, 0,
           .about = "active while someone works there: a mat, the till's light, a key."),
    SENSOR("join", join, IS_PASSAGE,
           .about = "the beam into this position's own line, with discipline = "
                    "\"line_per_position\"."),
};
static const struct tr_cfg_table position = {.what = "position",
                                             KEYS(position_keys),
                                             .init = init_position,
                                             .finish = tr_cfg_finish_position};
#undef STRUCT

#define STRUCT struct tr_phone_line
static void init_line(void *elem, int variant)
{
    (void)variant;
    struct tr_phone_line *line = elem;
    memset(line, 0, sizeof(*line));
    line->ring = TR_NONE;
    line->hook = TR_NONE;
    line->answer = TR_NONE;
}

static const struct tr_cfg_key line_keys[] = {
    ID("id", id, "its name."),
    SENSOR("ring", ring, IS_RING, NEEDED, .about = "the ring detector."),
    SENSOR("hook", hook, IS_HOOK | IS_CONTACT,
           .about = "active while the receiver is off the hook."),
    SENSOR("answer", answer, IS_KEY,
           .about = "the button pressed on answering, where there is no off-hook sense."),
    ENUM("hook_sees", hook_sees, tr_hook_sees_name, TR_HOOK_COUNT,
         .about =
             "\"handset\": only this receiver, so that ringing that stops may have been answered "
             "elsewhere."),
};
static const struct tr_cfg_table line = {.what = "line", KEYS(line_keys), .init = init_line};
#undef STRUCT

#define STRUCT struct tr_vote_button
static void init_button(void *elem, int variant)
{
    (void)variant;
    struct tr_vote_button *b = elem;
    memset(b, 0, sizeof(*b));
    b->sensor = TR_NONE;
}

static const struct tr_cfg_key button_keys[] = {
    ID("id", id, "its name."),
    SENSOR("sensor", sensor, IS_KEY, NEEDED, .about = "the button."),
    {.name = "score",
     .type = TR_CFG_INT,
     AT(score),
     NEEDED,
     .min = 0,
     .max = 100,
     .about = "what it is worth, 100 the happiest."},
};
static const struct tr_cfg_table button = {
    .what = "button", KEYS(button_keys), .init = init_button};
#undef STRUCT

#define STRUCT struct tr_station
#define OF(k)  .variants = k

static void init_station(void *elem, int variant)
{
    tr_plan_init_station(elem, (enum tr_station_kind)variant);
}

static bool omit_station(const struct tr_cfg_key *key, const void *elem)
{
    const struct tr_station *st = elem;
    return key->sub == &tr_cfg_target && st->target.unit == TR_TARGET_NONE;
}

static const char *const answers_words[] = {"oldest", "all"};

static const struct tr_cfg_key station_keys[] = {
    ID("id", id, "its name in this file and in MQTT topics."),
    ENUM("kind", kind, tr_station_kind_name, TR_KIND_COUNT, NEEDED,
         .about = "what sort of place it is."),
    STRING("name", name, "for people; empty: the id."),
    ENUM("audience", audience, tr_audience_name, TR_AUDIENCE_COUNT,
         .about = "who waits here: customers, \"internal\" colleagues, or, for a feedback panel, "
                  "\"staff\"."),
    {.name = "target",
     .type = TR_CFG_GROUP,
     AT(target),
     OF(WAITING),
     .sub = &tr_cfg_target,
     .about = "the promise; without it waits are measured, not judged."},
    {.name = "dayparts",
     .type = TR_CFG_DAYPARTS,
     AT(daypart_target),
     OF(WAITING),
     .max_n = TR_DAYPARTS_MAX,
     .sub = &tr_cfg_daypart_target,
     .about = "promises that differ in parts of the day."},
    SECONDS("give_up_s", give_up_ns, 0, 86400, OF(WAITING),
            .about = "a wait that nothing closes ends as expired after so long; 0: never."),
    SECONDS("short_abandon_s", short_abandon_ns, 0, 3600, OF(WAITING),
            .about = "who leaves sooner does not count against the promise."),
    ENUM("late_sound", late_sound, tr_station_sound_name, TR_SOUND_COUNT + 1, OF(WAITING),
         .about = "its own sound for late; \"default\": as alerts say."),
    ENUM("critical_sound", critical_sound, tr_station_sound_name, TR_SOUND_COUNT + 1, OF(WAITING),
         .about = "its own sound for critical; \"default\": as alerts say."),

    SOURCE("arrive", u.greeting.arrive, IS_PASSAGE | IS_BUTTON, NEEDED, OF(GREETING),
           .about = "where customers come in: a gate or a sensor."),
    SENSOR("inside", u.greeting.inside, IS_PASSAGE | IS_STAFF, OF(GREETING),
           .about = "with a single sensor at the door: active just before, it means that someone "
                    "leaves."),
    SENSOR("answer", u.greeting.answer, IS_KEY | IS_PRESENCE | IS_STAFF, NEEDED, OF(GREETING),
           .about = "what says that they were greeted: a button, or a sensor that sees staff."),
    SENSOR("void", u.greeting.void_key, IS_KEY, OF(GREETING),
           .about = "the key for \"not a customer\"."),
    {.name = "answers",
     .type = TR_CFG_SWITCH,
     AT(u.greeting.answers_all),
     OF(GREETING),
     .words = answers_words,
     .words_n = 2,
     .about = "whether one greeting answers all who wait or the oldest wait."},
    SECONDS("party_window_s", u.greeting.party_window_ns, 0, 120, OF(GREETING),
            .about = "people who come in this close together are one party."),
    SECONDS("party_max_s", u.greeting.party_max_ns, 0, 600, OF(GREETING),
            .about = "a party takes at most so long, from its first to its last."),
    SECONDS("early_s", u.greeting.early_ns, 0, 60, OF(GREETING),
            .about = "a greeting this long before the arrival answers it with a wait of 0."),
    SECONDS("void_within_s", u.greeting.void_within_ns, 0, 600, OF(GREETING),
            .about = "the void key covers a crossing this long before or after it."),
    SECONDS("rearm_s", u.greeting.rearm_ns, 0, 600, OF(GREETING),
            .about = "a single sensor counts again only after so long."),
    SECONDS("staff_together_s", u.greeting.staff_together_ns, 0, 600, OF(GREETING),
            .about = "staff already there answer an arrival after so long together."),

    SOURCE("join", u.queue.join, IS_PASSAGE | IS_BUTTON, OF(QUEUE),
           .about =
               "where customers join the line: a beam, a gate or a ticket dispenser's contact."),
    SOURCE("leave", u.queue.leave, IS_PASSAGE, OF(QUEUE),
           .about = "the side exit of those who give up."),
    SENSOR("serve", u.queue.serve, IS_PASSAGE, OF(QUEUE),
           .about = "a beam between line and counter."),
    SENSOR("void", u.queue.void_key, IS_KEY, OF(QUEUE), .about = "the key for \"not a customer\"."),
    REFS("places", u.queue.places, TR_CFG_REF_SENSOR, IS_PASSAGE, TR_PLACES_MAX, OF(QUEUE),
         .about = "presence sensors along the line, the head of the line first."),
    LIST("positions", u.queue.positions, position, TR_POSITIONS_MAX, OF(QUEUE),
         .about = "where customers are served."),
    ENUM("discipline", u.queue.discipline, tr_discipline_name, TR_DISCIPLINE_COUNT, OF(QUEUE),
         .about = "how people line up."),
    BOOL_OF(QUEUE, "per_position", u.queue.per_position,
            "publish figures for each position; one till is one person, so think twice."),
    SECONDS("dwell_s", u.queue.dwell_ns, 0, 600, OF(QUEUE),
            .about = "standing at a place for less is walking past."),
    SECONDS("min_stay_s", u.queue.min_stay_ns, 0, 600, OF(QUEUE),
            .about = "a presence at a position shorter than this is nobody."),
    SECONDS("gap_s", u.queue.gap_ns, 0, 600, OF(QUEUE),
            .about = "an absence shorter than this is the same customer still standing there."),
    SECONDS("party_window_s", u.queue.party_window_ns, 0, 120, OF(QUEUE),
            .about = "people who join this close together are one customer."),
    SECONDS("party_max_s", u.queue.party_max_ns, 0, 600, OF(QUEUE),
            .about = "a party takes at most so long, from its first to its last."),
    SECONDS("no_show_s", u.queue.no_show_ns, 1, 3600, OF(QUEUE),
            .about = "tickets: nobody comes within this after \"next\": they left."),
    SECONDS("back_s", u.queue.back_ns, 0, 3600, OF(QUEUE),
            .about = "with a gate: who goes out again and comes back within this keeps the place."),
    SECONDS("empty_s", u.queue.empty_ns, 1, 3600, OF(QUEUE),
            .about = "all places seen empty this long: who still seems to wait is not there."),
    SECONDS("idle_empty_s", u.queue.idle_empty_ns, 0, 86400, OF(QUEUE),
            .about = "without places: the same where nobody stands at any position; 0: never."),
    INT_OF(QUEUE, "max_length", u.queue.max_length, "waits", 0, 1000,
           "more than this waiting raises an alert; 0: never."),

    SENSOR("call", u.call.call, IS_KEY, NEEDED, OF(CALL), .about = "the customer's button."),
    SENSOR("answer", u.call.answer, IS_KEY | IS_PRESENCE | IS_STAFF, NEEDED, OF(CALL),
           .about = "the answer button at the box."),
    {.name = "sent_lamp",
     .type = TR_CFG_REF,
     AT(u.call.sent_lamp),
     OF(CALL),
     .ref = TR_CFG_REF_OUTPUT,
     .types = 1U << TR_OUTPUT_LAMP,
     .about = "lamp at the box that says \"sent\"; empty: none."},
    SECONDS("hold_gone_s", u.call.hold_gone_ns, 0, 60, OF(CALL),
            .about = "the answer button held this long says that the customer was gone."),
    SECONDS("repeat_s", u.call.repeat_ns, 0, 600, OF(CALL),
            .about = "a press within this is the same call; a later one raises its priority."),

    LIST("lines", u.phone.lines, line, TR_LINES_MAX, NEEDED, OF(PHONE),
         .about = "the telephone lines, ( { id = \"line1\"; ring = \"...\"; } )."),
    INT_OF(PHONE, "divert_rings", u.phone.divert_rings, "rings", 0, 100,
           "rings after which voicemail takes over; 0: never."),

    LIST("buttons", u.feedback.buttons, button, TR_BUTTONS_MAX, NEEDED, OF(FEEDBACK),
         .about = "two to five, ( { id = \"good\"; sensor = \"...\"; score = 100; }, ... )."),
    SECONDS("vote_s", u.feedback.vote_ns, 0, 120, OF(FEEDBACK),
            .about = "presses this close together are one vote, and the last one counts."),
    SECONDS("tie_s", u.feedback.tie_ns, 0, 3600, OF(FEEDBACK),
            .about = "a vote belongs to a wait that ended within this before it, if only one did."),
    REFS("after", u.feedback.after, TR_CFG_REF_STATION, 0, TR_AFTER_MAX, OF(FEEDBACK),
         .about = "stations whose waits a vote may belong to."),
};
const struct tr_cfg_table tr_cfg_station = {.what = "station",
                                            KEYS(station_keys),
                                            .init = init_station,
                                            .finish = tr_cfg_finish_station,
                                            .omit = omit_station,
                                            .variant = "kind"};
#undef STRUCT
