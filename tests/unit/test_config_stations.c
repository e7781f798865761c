/* Wrong stations: one complaint each, word for word. */
#include "config_case.h"

static const struct config_case any_station_cases[] = {
    {.title = "station without kind",
     .stations = "stations = ( { id = \"t\"; name = \"x\"; } );",
     .errors = "3: stations.t.kind: missing; needed: what sort of place it is"},
    {.title = "station of no kind",
     .stations = "stations = ( { id = \"t\"; kind = \"quueue\"; join = \"b1\"; } );",
     .errors = "3: stations.t.kind: found \"quueue\"; allowed: \"greeting\", \"queue\", \"call\", "
               "\"phone\", \"feedback\"; did you mean \"queue\"?"},
    {.title = "station twice",
     .stations = "stations = ( { id = \"t\"; kind = \"call\"; call = \"k1\"; answer = \"k2\";  }, "
                 "{ id = \"t\"; kind = \"call\"; call = \"k1\"; answer = \"k2\";  } );",
     .errors = "3: stations.t.id: found \"t\" a second time; every station needs an id of its own"},
    {.title = "station and sensor of one alert",
     .sensors = "sensors = ( " CASE_K2 ", { id = \"wait\"; type = \"button\"; line = \"L5\"; } );",
     .stations = "stations = ( { id = \"sensor\"; kind = \"call\"; call = \"wait\"; "
                 "answer = \"k2\"; } );",
     .errors = "3: stations.sensor.id: found \"sensor\" beside a sensor \"wait\": both have an "
               "alert \"sensor-wait\""},
    {.title = "station and sensor of one alert, longer",
     .sensors =
         "sensors = ( " CASE_K2 ", { id = \"a-burning\"; type = \"button\"; line = \"L5\"; } );",
     .stations = "stations = ( { id = \"sensor-a\"; kind = \"call\"; call = \"a-burning\"; "
                 "answer = \"k2\"; } );",
     .errors = "3: stations.sensor-a.id: found \"sensor-a\" beside a sensor \"a-burning\": both "
               "have an alert \"sensor-a-burning\""},
    {.title = "station's audience",
     .stations = "stations = ( { id = \"t\"; kind = \"call\"; call = \"k1\"; answer = \"k2\"; "
                 "audience = \"staff\"; } );",
     .errors = "3: stations.t.audience: found \"staff\"; allowed here: \"customer\", \"internal\" "
               "(only a feedback panel asks staff)"},
    {.title = "target both",
     .stations = "stations = ( { id = \"t\"; kind = \"call\"; call = \"k1\"; answer = \"k2\"; "
                 "target = { rings = 3; seconds = 4; }; } );",
     .errors = "3: stations.t.target: found both rings and seconds; allowed: exactly one of rings "
               "and seconds"},
    {.title = "target neither",
     .stations = "stations = ( { id = \"t\"; kind = \"call\"; call = \"k1\"; answer = \"k2\"; "
                 "target = { percent = 90; }; } );",
     .errors = "3: stations.t.target: found neither rings nor seconds; allowed: exactly one of "
               "rings and seconds"},
    {.title = "target's percent",
     .stations = "stations = ( { id = \"t\"; kind = \"call\"; call = \"k1\"; answer = \"k2\"; "
                 "target = { rings = 3; percent = 0; }; } );",
     .errors = "3: stations.t.target.percent: found 0 %; allowed: 1 to 100 %"},
    {.title = "target's window",
     .stations = "stations = ( { id = \"t\"; kind = \"call\"; call = \"k1\"; answer = \"k2\"; "
                 "target = { rings = 3; window_min = 100000; }; } );",
     .errors = "3: stations.t.target.window_min: found 100000 min; allowed: 1 to 10080 min"},
    {.title = "target's rings",
     .stations = "stations = ( { id = \"t\"; kind = \"call\"; call = \"k1\"; answer = \"k2\"; "
                 "target = { rings = 3.5; }; } );",
     .errors = "3: stations.t.target.rings: found 3.5; allowed: a whole number, 1 to 100 rings"},
    {.title = "target's near miss",
     .stations = "stations = ( { id = \"t\"; kind = \"call\"; call = \"k1\"; answer = \"k2\"; "
                 "target = { secnds = 3; seconds = 4; }; } );",
     .errors = "3: stations.t.target.secnds: unknown setting; did you mean \"seconds\"?"},
    {.title = "daypart that is none",
     .stations =
         "stations = ( { id = \"t\"; kind = \"call\"; call = \"k1\"; answer = \"k2\"; target = { "
         "rings = 3; }; dayparts = ( { id = \"lunch\"; target = { rings = 4; }; } ); } );",
     .errors = "3: stations.t.dayparts.lunch.id: found \"lunch\", but there is no such daypart; "
               "there are none"},
    {.title = "daypart without target",
     .stations = "stations = ( { id = \"t\"; kind = \"call\"; call = \"k1\"; answer = \"k2\"; "
                 "dayparts = ( { id = \"lunch\"; } ); } );",
     .errors = "3: stations.t.dayparts.lunch.id: found \"lunch\", but there is no such daypart; "
               "there are none"
               "\n"
               "3: stations.t.dayparts.lunch.target: missing; needed: the promise in that part of "
               "the day, { seconds = 180; }; what it leaves out is as in the station's target"
               "\n"
               "3: stations.t.target: missing; needed with dayparts: the promise at other times"},
    {.title = "give_up_s",
     .stations = "stations = ( { id = \"t\"; kind = \"call\"; call = \"k1\"; answer = \"k2\"; "
                 "give_up_s = -5; } );",
     .errors = "3: stations.t.give_up_s: found -5 s; allowed: 0 to 86400 s"},
};

static const struct config_case greeting_cases[] = {
    {.title = "greeting without arrive",
     .stations = "stations = ( { id = \"t\"; kind = \"greeting\"; answer = \"k1\"; } );",
     .errors =
         "3: stations.t.arrive: missing; needed: where customers come in: a gate or a sensor"},
    {.title = "greeting without answer",
     .stations = "stations = ( { id = \"t\"; kind = \"greeting\"; arrive = \"b1\"; } );",
     .errors = "3: stations.t.answer: missing; needed: what says that they were greeted: a button, "
               "or a sensor that sees staff"},
    {.title = "greeting at nothing",
     .stations =
         "stations = ( { id = \"t\"; kind = \"greeting\"; arrive = \"b9\"; answer = \"k1\"; } );",
     .errors = "3: stations.t.arrive: found \"b9\", but there is no such sensor or gate; did you "
               "mean \"b1\"?"},
    {.title = "greeting by a ring detector",
     .stations =
         "stations = ( { id = \"t\"; kind = \"greeting\"; arrive = \"b1\"; answer = \"r1\"; } );",
     .errors = "3: stations.t.answer: found \"r1\", which is a ring; allowed: a sensor of type "
               "contact, button, presence, staff"},
    {.title = "greeting with a queue's key",
     .stations = "stations = ( { id = \"t\"; kind = \"greeting\"; arrive = \"b1\"; answer = "
                 "\"k1\"; gap_s = 3; } );",
     .errors = "3: stations.t.gap_s: not a setting of a greeting station; it belongs to: queue"},
    {.title = "greeting with a call's and a phone's keys",
     .stations = "stations = ( { id = \"t\"; kind = \"greeting\"; arrive = \"b1\"; answer = "
                 "\"k1\"; call = \"k1\"; } );",
     .errors = "3: stations.t.call: not a setting of a greeting station; it belongs to: call"},
    {.title = "greeting's answers",
     .stations = "stations = ( { id = \"t\"; kind = \"greeting\"; arrive = \"b1\"; answer = "
                 "\"k1\"; answers = \"every\"; } );",
     .errors = "3: stations.t.answers: found \"every\"; allowed: \"oldest\", \"all\""},
    {.title = "greeting's party",
     .stations = "stations = ( { id = \"t\"; kind = \"greeting\"; arrive = \"b1\"; answer = "
                 "\"k1\"; party_window_s = 20; } );",
     .errors = "3: stations.t.party_window_s: found a window longer than party_max_s"},
    {.title = "greeting's empty arrive",
     .stations =
         "stations = ( { id = \"t\"; kind = \"greeting\"; arrive = \"\"; answer = \"k1\"; } );",
     .errors = "3: stations.t.arrive: found an empty text; allowed: the id of a gate or sensor"},
};

static const struct config_case queue_cases[] = {
    {.title = "queue that sees nobody wait",
     .stations = "stations = ( { id = \"t\"; kind = \"queue\"; positions = ( { id = \"x\"; "
                 "presence = \"p1\"; } ); } );",
     .errors = "3: stations.t: found neither join nor places; allowed: at least one of them (a "
               "queue must see who waits)"},
    {.title = "queue that sees nobody served",
     .stations = "stations = ( { id = \"t\"; kind = \"queue\"; join = \"b1\"; } );",
     .errors = "3: stations.t: found join alone; allowed: join with positions, with serve or with "
               "places, or a gate as join (a queue must see who is served)"},
    {.title = "a line of its own in one line",
     .stations = "stations = ( { id = \"t\"; kind = \"queue\"; positions = ( { id = \"x\"; "
                 "presence = \"p1\"; join = \"b1\"; } ); } );",
     .errors = "3: stations.t.discipline: found \"one_line\"; a position has a join sensor of its "
               "own only with discipline = \"line_per_position\""},
    {.title = "queue served without join",
     .stations =
         "stations = ( { id = \"t\"; kind = \"queue\"; places = [ \"p1\" ]; serve = \"b1\"; } );",
     .errors = "3: stations.t.serve: needs join as well"},
    {.title = "queue's leave",
     .stations = "stations = ( { id = \"t\"; kind = \"queue\"; join = \"b1\"; positions = ( { id = "
                 "\"x\"; presence = \"p1\"; } ); leave = \"b1\"; } );",
     .errors = "3: stations.t.leave: found the same as join; a side exit has a beam of its own"},
    {.title = "queue's places",
     .stations = "stations = ( { id = \"t\"; kind = \"queue\"; join = \"b1\"; positions = ( { id = "
                 "\"x\"; presence = \"p1\"; } ); places = \"p2\"; } );",
     .errors = "3: stations.t.places: found \"p2\"; allowed: an array of sensor ids, e.g. [ \"a\", "
               "\"b\" ]"},
    {.title = "queue's place twice",
     .stations = "stations = ( { id = \"t\"; kind = \"queue\"; join = \"b1\"; positions = ( { id = "
                 "\"x\"; presence = \"p1\"; } ); places = [ \"p2\", \"p2\" ]; } );",
     .errors = "3: stations.t.places[1]: found \"p2\" twice"},
    {.title = "queue's place of no sensor",
     .stations = "stations = ( { id = \"t\"; kind = \"queue\"; join = \"b1\"; positions = ( { id = "
                 "\"x\"; presence = \"p1\"; } ); places = [ \"p2\", \"p3\" ]; } );",
     .errors = "3: stations.t.places[1]: found \"p3\", but there is no such sensor; did you mean "
               "\"p1\"?"},
    {.title = "queue's position sees nothing",
     .stations = "stations = ( { id = \"t\"; kind = \"queue\"; join = \"b1\"; positions = ( { id = "
                 "\"x\"; } ); } );",
     .errors = "3: stations.t.positions.x: found neither presence nor next; allowed: at least one "
               "of them (how else would a service begin?)"},
    {.title = "queue's position twice",
     .stations = "stations = ( { id = \"t\"; kind = \"queue\"; join = \"b1\"; positions = ( { id = "
                 "\"x\"; presence = \"p1\"; }, { id = \"x\"; presence = \"p2\"; } ); } );",
     .errors = "3: stations.t.positions.x.id: found \"x\" a second time; every position needs an "
               "id of its own"},
    {.title = "queue's position of a button",
     .stations = "stations = ( { id = \"t\"; kind = \"queue\"; join = \"b1\"; positions = ( { id = "
                 "\"x\"; presence = \"k1\"; } ); } );",
     .errors = "3: stations.t.positions.x.presence: found \"k1\", which is a button; allowed: a "
               "sensor of type contact, beam, presence"},
    {.title = "queue's discipline",
     .stations = "stations = ( { id = \"t\"; kind = \"queue\"; join = \"b1\"; positions = ( { id = "
                 "\"x\"; presence = \"p1\"; } ); discipline = \"ticket\"; } );",
     .errors = "3: stations.t.discipline: found \"ticket\"; allowed: \"one_line\", "
               "\"line_per_position\", \"tickets\"; did you mean \"tickets\"?"},
    {.title = "tickets without next",
     .stations = "stations = ( { id = \"t\"; kind = \"queue\"; join = \"b1\"; positions = ( { id = "
                 "\"x\"; presence = \"p1\"; } ); discipline = \"tickets\"; } );",
     .errors = "3: stations.t.positions.x.next: missing; needed with discipline = \"tickets\""},
    {.title = "tickets without dispenser",
     .stations = "stations = ( { id = \"t\"; kind = \"queue\"; places = [ \"p1\" ]; discipline = "
                 "\"tickets\"; positions = ( { id = \"x\"; next = \"k1\"; } ); } );",
     .errors = "3: stations.t.join: missing; needed with discipline = \"tickets\": the dispenser's "
               "contact"},
    {.title = "lines without positions",
     .stations = "stations = ( { id = \"t\"; kind = \"queue\"; join = \"b1\"; places = [ \"p1\" ]; "
                 "discipline = \"line_per_position\"; } );",
     .errors = "3: stations.t.positions: missing; needed with discipline = \"line_per_position\""},
    {.title = "queue's max_length",
     .stations = "stations = ( { id = \"t\"; kind = \"queue\"; join = \"b1\"; positions = ( { id = "
                 "\"x\"; presence = \"p1\"; } ); max_length = 5000; } );",
     .errors = "3: stations.t.max_length: found 5000 waits; allowed: 0 to 1000 waits"},
    {.title = "queue with a hook",
     .stations = "stations = ( { id = \"t\"; kind = \"queue\"; join = \"b1\"; positions = ( { id = "
                 "\"x\"; presence = \"p1\"; } ); hook = \"h1\"; } );",
     .errors =
         "3: stations.t.hook: unknown setting; allowed: id, kind, name, audience, target, "
         "dayparts, give_up_s, short_abandon_s, late_sound, critical_sound, join, leave, serve, "
         "void, places, positions, discipline, per_position, dwell_s, min_stay_s, ..."},
};

static const struct config_case call_and_phone_cases[] = {
    {.title = "call without answer",
     .stations = "stations = ( { id = \"t\"; kind = \"call\"; call = \"k1\"; } );",
     .errors = "3: stations.t.answer: missing; needed: the answer button at the box"},
    {.title = "call answered by itself",
     .stations = "stations = ( { id = \"t\"; kind = \"call\"; call = \"k1\"; answer = \"k1\"; } );",
     .errors = "3: stations.t.answer: found the same sensor as call"},
    {.title = "call's lamp that is none",
     .stations = "stations = ( { id = \"t\"; kind = \"call\"; call = \"k1\"; answer = \"k2\"; "
                 "sent_lamp = \"k1\"; } );",
     .errors =
         "3: stations.t.sent_lamp: found \"k1\", but there is no such output; there are none"},
    {.title = "phone without lines",
     .stations = "stations = ( { id = \"t\"; kind = \"phone\"; } );",
     .errors = "3: stations.t.lines: missing; needed: the telephone lines, ( { id = \"line1\"; "
               "ring = \"...\"; } )"},
    {.title = "phone's line without ring",
     .stations = "stations = ( { id = \"t\"; kind = \"phone\"; lines = ( { id = \"a\"; hook = "
                 "\"h1\"; } ); } );",
     .errors = "3: stations.t.lines.a.ring: missing; needed: the ring detector"},
    {.title = "phone's ring of a beam",
     .stations = "stations = ( { id = \"t\"; kind = \"phone\"; lines = ( { id = \"a\"; ring = "
                 "\"b1\"; } ); } );",
     .errors = "3: stations.t.lines.a.ring: found \"b1\", which is a beam; allowed: a sensor of "
               "type ring"},
    {.title = "phone's hook_sees",
     .stations = "stations = ( { id = \"t\"; kind = \"phone\"; lines = ( { id = \"a\"; ring = "
                 "\"r1\"; hook_sees = \"hand\"; } ); } );",
     .errors = "3: stations.t.lines.a.hook_sees: found \"hand\"; allowed: \"line\", \"handset\""},
    {.title = "phone's divert_rings",
     .stations = "stations = ( { id = \"t\"; kind = \"phone\"; divert_rings = 101; lines = ( { id "
                 "= \"a\"; ring = \"r1\"; } ); } );",
     .errors = "3: stations.t.divert_rings: found 101 rings; allowed: 0 to 100 rings"},
};

static const struct config_case feedback_cases[] = {
    {.title = "feedback of one button",
     .stations = "stations = ( { id = \"t\"; kind = \"feedback\"; buttons = ( { id = \"g\"; sensor "
                 "= \"k1\"; score = 100; } ); } );",
     .errors = "3: stations.t.buttons: found 1; allowed: 2 to 5 buttons"},
    {.title = "feedback of six",
     .stations = "stations = ( { id = \"t\"; kind = \"feedback\"; buttons = ( { id = \"b0\"; "
                 "sensor = \"k1\"; score = 1; }, { id = \"b1\"; sensor = \"k1\"; score = 1; }, { "
                 "id = \"b2\"; sensor = \"k1\"; score = 1; }, { id = \"b3\"; sensor = \"k1\"; "
                 "score = 1; }, { id = \"b4\"; sensor = \"k1\"; score = 1; }, { id = \"b5\"; "
                 "sensor = \"k1\"; score = 1; } ); } );",
     .errors = "3: stations.t.buttons: found 6 entries; allowed: at most 5"},
    {.title = "feedback's score",
     .stations = "stations = ( { id = \"t\"; kind = \"feedback\"; buttons = ( { id = \"g\"; sensor "
                 "= \"k1\"; score = 100; }, { id = \"b\"; sensor = \"k2\"; score = 101; } ); } );",
     .errors = "3: stations.t.buttons.b.score: found 101; allowed: 0 to 100"},
    {.title = "feedback's score missing",
     .stations = "stations = ( { id = \"t\"; kind = \"feedback\"; buttons = ( { id = \"g\"; sensor "
                 "= \"k1\"; score = 100; }, { id = \"b\"; sensor = \"k2\"; } ); } );",
     .errors =
         "3: stations.t.buttons.b.score: missing; needed: what it is worth, 100 the happiest"},
    {.title = "feedback with a target",
     .stations = "stations = ( { id = \"t\"; kind = \"feedback\"; buttons = ( { id = \"g\"; sensor "
                 "= \"k1\"; score = 100; }, { id = \"b\"; sensor = \"k2\"; score = 0; } ); target "
                 "= { rings = 3; }; } );",
     .errors = "3: stations.t.target: not a setting of a feedback station; it belongs to: "
               "greeting, queue, call, phone"},
    {.title = "feedback after nothing",
     .stations = "stations = ( { id = \"t\"; kind = \"feedback\"; buttons = ( { id = \"g\"; sensor "
                 "= \"k1\"; score = 100; }, { id = \"b\"; sensor = \"k2\"; score = 0; } ); after = "
                 "[ \"tt\" ]; } );",
     .errors =
         "3: stations.t.after[0]: found \"tt\", but there is no such station; did you mean \"t\"?"},
    {.title = "feedback after itself",
     .stations = "stations = ( { id = \"t\"; kind = \"feedback\"; buttons = ( { id = \"g\"; sensor "
                 "= \"k1\"; score = 100; }, { id = \"b\"; sensor = \"k2\"; score = 0; } ); after = "
                 "[ \"t\" ]; } );",
     .errors = "3: stations.t.after: found \"t\", where nobody waits; allowed: stations of another "
               "kind than feedback"},
    {.title = "feedback of colleagues",
     .stations = "stations = ( { id = \"t\"; kind = \"feedback\"; audience = \"internal\"; buttons "
                 "= ( { id = \"g\"; sensor = \"k1\"; score = 100; }, { id = \"b\"; sensor = "
                 "\"k2\"; score = 0; } ); } );",
     .errors = "3: stations.t.audience: found \"internal\"; allowed here: \"customer\", \"staff\""},
};

static void any_station(void **state)
{
    (void)state;
    config_run_cases(any_station_cases, sizeof(any_station_cases) / sizeof(any_station_cases[0]));
}

static void greeting(void **state)
{
    (void)state;
    config_run_cases(greeting_cases, sizeof(greeting_cases) / sizeof(greeting_cases[0]));
}

static void queue(void **state)
{
    (void)state;
    config_run_cases(queue_cases, sizeof(queue_cases) / sizeof(queue_cases[0]));
}

static void call_and_phone(void **state)
{
    (void)state;
    config_run_cases(call_and_phone_cases,
                     sizeof(call_and_phone_cases) / sizeof(call_and_phone_cases[0]));
}

static void feedback(void **state)
{
    (void)state;
    config_run_cases(feedback_cases, sizeof(feedback_cases) / sizeof(feedback_cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_station),    cmocka_unit_test(greeting), cmocka_unit_test(queue),
        cmocka_unit_test(call_and_phone), cmocka_unit_test(feedback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
