/* Wrong sites, times, sensors, gates and outputs: one complaint each, word for word. */
#include "config_case.h"

static const struct config_case sections_and_site_cases[] = {
    {.title = "no site",
     .site = "",
     .errors = "0: site: missing; needed: the shop, site = { id = \"...\"; timezone = \"...\"; }"},
    {.title = "no sensors",
     .sensors = "",
     .errors = "0: sensors: missing; needed: the inputs: one sensor is one line"
               "\n"
               "3: stations.t.call: found \"k1\", but there is no such sensor; there are none"
               "\n"
               "3: stations.t.answer: found \"k2\", but there is no such sensor; there are none"},
    {.title = "no stations",
     .stations = "",
     .errors = "0: stations: missing; needed: the places that keep a promise"},
    {.title = "unknown section",
     .rest = "stationz = ( );",
     .errors = "4: stationz: unknown setting; did you mean \"stations\"?"},
    {.title = "a far unknown section",
     .rest = "frobnication = 1;",
     .errors = "4: frobnication: unknown setting; allowed: site, hours, holidays, dayparts, ring, "
               "gpio, sensors, gates, outputs, stations, alerts, mqtt, journal, log"},
    {.title = "site id missing",
     .site = "site = { unit = \"a\"; };",
     .errors = "1: site.id: missing; needed: the shop's short name; part of every MQTT topic"},
    {.title = "site id empty",
     .site = "site = { id = \"\"; };",
     .errors = "1: site.id: found \"\"; allowed: 1 to 31 of a-z, 0-9, _ and -, in quotes"},
    {.title = "site id with capitals",
     .site = "site = { id = \"High Street\"; };",
     .errors =
         "1: site.id: found \"High Street\"; allowed: 1 to 31 of a-z, 0-9, _ and -, in quotes"},
    {.title = "site id too long",
     .site = "site = { id = \"a234567890123456789012345678901x\"; };",
     .errors = "1: site.id: found \"a234567890123456789012345678901x\"; allowed: 1 to 31 of a-z, "
               "0-9, _ and -, in quotes"},
    {.title = "site id a number",
     .site = "site = { id = 5; };",
     .errors = "1: site.id: found 5; allowed: 1 to 31 of a-z, 0-9, _ and -, in quotes"},
    {.title = "site name too long",
     .site = "site = { id = \"a\"; name = "
             "\"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\"; };",
     .errors = "1: site.name: found 64 bytes; allowed: at most 63"},
    {.title = "site name with a control character",
     .site = "site = { id = \"a\"; name = \"a\\x07b\"; };",
     .errors = "1: site.name: found bytes that are not printable UTF-8"},
    {.title = "unknown time zone",
     .site = "site = { id = \"a\"; timezone = \"Europe/Londn\"; };",
     .errors = "1: site.timezone: found \"Europe/Londn\", which is no time zone here; did you mean "
               "\"Europe/London\"?"},
    {.title = "time zone outside the zones",
     .site = "site = { id = \"a\"; timezone = \"../../etc/passwd\"; };",
     .errors = "1: site.timezone: found \"../../etc/passwd\", which is no time zone here; allowed: "
               "a time zone such as \"Europe/London\" (see \"timedatectl list-timezones\")"},
    {.title = "time zone that is a folder",
     .site = "site = { id = \"a\"; timezone = \"Europe\"; };",
     .errors = "1: site.timezone: found \"Europe\", which is no time zone here; allowed: a time "
               "zone such as \"Europe/London\" (see \"timedatectl list-timezones\")"},
    {.title = "day_start beyond midnight",
     .site = "site = { id = \"a\"; day_start = \"24:00\"; };",
     .errors = "1: site.day_start: found \"24:00\"; allowed: a time \"HH:MM\" from \"00:00\" to "
               "\"23:59\""},
    {.title = "unknown key of site",
     .site = "site = { id = \"a\"; nmae = \"x\"; };",
     .errors = "1: site.nmae: unknown setting; did you mean \"name\"?"},
};

static const struct config_case times_cases[] = {
    {.title = "section of the wrong sort",
     .rest = "ring = 3;",
     .errors = "4: ring: found 3; allowed: a group, { ... }"},
    {.title = "hours without days",
     .rest = "hours = ( { open = \"09:00\"; close = \"17:00\"; } );",
     .errors = "4: hours[0].days: missing; needed: days of the week: \"mon-sat\", \"mon,wed\" or "
               "\"sun\""},
    {.title = "hours on no such day",
     .rest = "hours = ( { days = \"mon-fry\"; open = \"09:00\"; close = \"17:00\"; } );",
     .errors = "4: hours[0].days: found \"mon-fry\"; allowed: days mon tue wed thu fri sat sun, as "
               "\"mon-sat\", \"mon,wed\" or \"sun\""},
    {.title = "hours with a short time",
     .rest = "hours = ( { days = \"mon\"; open = \"9:00\"; close = \"17:00\"; } );",
     .errors =
         "4: hours[0].open: found \"9:00\"; allowed: a time \"HH:MM\" from \"00:00\" to \"23:59\""},
    {.title = "hours that overlap",
     .rest = "hours = ( { days = \"mon-sun\"; open = \"09:00\"; close = \"17:00\"; }, { days = "
             "\"sun\"; open = \"16:00\"; close = \"20:00\"; } );",
     .errors = "4: hours[1]: overlaps an entry above on Sunday at 16:00; two spans of one day must "
               "lie apart"},
    {.title = "hours that overlap past midnight",
     .rest = "hours = ( { days = \"sun\"; open = \"20:00\"; close = \"02:00\"; }, { days = "
             "\"mon\"; open = \"01:00\"; close = \"05:00\"; } );",
     .errors = "4: hours[1]: overlaps an entry above on Monday at 01:00; two spans of one day must "
               "lie apart"},
    {.title = "hours not a group",
     .rest = "hours = ( \"mon\" );",
     .errors = "4: hours[0]: found \"mon\"; allowed: a group, { ... }"},
    {.title = "holiday on no day",
     .rest = "holidays = ( { date = \"2026-02-29\"; closed = true; } );",
     .errors = "4: holidays[0].date: found \"2026-02-29\", but that month has 28 days"},
    {.title = "holiday in no month",
     .rest = "holidays = ( { date = \"2026-13-01\"; closed = true; } );",
     .errors =
         "4: holidays[0].date: found \"2026-13-01\", but there is no month 13; allowed: 01 to 12"},
    {.title = "holiday written otherwise",
     .rest = "holidays = ( { date = \"24.12.2026\"; closed = true; } );",
     .errors = "4: holidays[0].date: found \"24.12.2026\"; allowed: a date \"YYYY-MM-DD\" of this "
               "century"},
    {.title = "holiday closed in words",
     .rest = "holidays = ( { date = \"2026-12-25\"; closed = \"yes\"; } );",
     .errors = "4: holidays[0].closed: found \"yes\"; allowed: true or false (without quotes)"
               "\n"
               "4: holidays[0].open: missing; needed unless closed = true"
               "\n"
               "4: holidays[0].close: missing; needed unless closed = true"},
    {.title = "holiday half open",
     .rest = "holidays = ( { date = \"2026-12-25\"; open = \"09:00\"; } );",
     .errors = "4: holidays[0].close: missing; needed unless closed = true"},
    {.title = "holiday closed and open",
     .rest = "holidays = ( { date = \"2026-12-25\"; closed = true; open = \"09:00\"; } );",
     .errors = "4: holidays[0].open: the shop is closed that day; leave this out"},
    {.title = "holiday twice",
     .rest = "holidays = ( { date = \"2026-12-25\"; closed = true; }, { date = \"2026-12-25\"; "
             "closed = true; } );",
     .errors = "4: holidays[1].date: found a second time"},
    {.title = "daypart twice",
     .rest = "dayparts = ( { id = \"a\"; from = \"09:00\"; }, { id = \"a\"; from = \"10:00\"; } );",
     .errors = "4: dayparts.a.id: found \"a\" a second time; every daypart needs an id of its own"},
    {.title = "dayparts at one time",
     .rest = "dayparts = ( { id = \"a\"; from = \"09:00\"; }, { id = \"b\"; from = \"03:00\"; }, { "
             "id = \"c\"; from = \"03:00\"; } );",
     .errors = "4: dayparts.c.from: found 03:00, when \"b\" begins as well"},
    {.title = "too many dayparts",
     .rest = "dayparts = ( { id = \"d0\"; from = \"04:00\"; }, { id = \"d1\"; from = \"05:00\"; }, "
             "{ id = \"d2\"; from = \"06:00\"; }, { id = \"d3\"; from = \"07:00\"; }, { id = "
             "\"d4\"; from = \"08:00\"; }, { id = \"d5\"; from = \"09:00\"; }, { id = \"d6\"; from "
             "= \"10:00\"; }, { id = \"d7\"; from = \"11:00\"; }, { id = \"d8\"; from = \"12:00\"; "
             "}, { id = \"d9\"; from = \"13:00\"; }, { id = \"d10\"; from = \"14:00\"; }, { id = "
             "\"d11\"; from = \"15:00\"; }, { id = \"d12\"; from = \"16:00\"; } );",
     .errors = "4: dayparts: found 13 entries; allowed: at most 12"},
    {.title = "ring too short",
     .rest = "ring = { on_s = 0.01; };",
     .errors = "4: ring.on_s: found 0.01 s; allowed: 0.1 to 20 s"},
    {.title = "ring not a number",
     .rest = "ring = { on_s = \"2\"; };",
     .errors = "4: ring.on_s: found \"2\"; allowed: a number, 0.1 to 20 s"},
    {.title = "ring near miss",
     .rest = "ring = { on = 2.0; };",
     .errors = "4: ring.on: unknown setting; allowed: on_s, off_s"},
};

static const struct config_case wiring_cases[] = {
    {.title = "list of the wrong sort",
     .rest = "gates = { };",
     .errors = "4: gates: found a group { }; allowed: a list of groups, ( { ... }, { ... } )"},
    {.title = "no such backend",
     .rest = "gpio = { backend = \"replays\"; };",
     .errors = "4: gpio.backend: found \"replays\"; allowed: \"gpiod\", \"replay\"; did you mean "
               "\"replay\"?"},
    {.title = "backwards speed",
     .rest = "gpio = { speed = -1; };",
     .errors = "4: gpio.speed: found -1 times real time; allowed: 0 to 1000000 times real time"},
    {.title = "sensor without type",
     .sensors = "sensors = ( { id = \"x\"; line = \"L\"; }, " CASE_K1 ", " CASE_K2 " );",
     .errors =
         "2: sensors.x.type: missing; needed: what it is; decides the conditioning it starts from"},
    {.title = "sensor of no type",
     .sensors =
         "sensors = ( { id = \"x\"; type = \"beem\"; line = \"L\"; }, " CASE_K1 ", " CASE_K2 " );",
     .errors = "2: sensors.x.type: found \"beem\"; allowed: \"contact\", \"beam\", \"button\", "
               "\"presence\", \"ring\", \"hook\", \"staff\"; did you mean \"beam\"?"},
    {.title = "sensor without id",
     .sensors = "sensors = ( { type = \"beam\"; line = \"L\"; }, " CASE_K1 ", " CASE_K2 " );",
     .errors = "2: sensors[0].id: missing; needed: its name in this file and in MQTT topics"},
    {.title = "sensor twice",
     .sensors =
         "sensors = ( { id = \"k1\"; type = \"beam\"; line = \"L\"; }, " CASE_K1 ", " CASE_K2 " );",
     .errors = "2: sensors.k1.id: found \"k1\" a second time; every sensor needs an id of its own"
               "\n"
               "3: stations.t.call: found \"k1\", which is a beam; allowed: a sensor of type "
               "contact, button"},
    {.title = "sensor without line",
     .sensors = "sensors = ( { id = \"x\"; type = \"beam\"; }, " CASE_K1 ", " CASE_K2 " );",
     .errors = "2: sensors.x.line: missing; needed: a name or an offset (or gpio = { backend = "
               "\"replay\"; } where nothing is wired)"},
    {.title = "sensor at a negative line",
     .sensors =
         "sensors = ( { id = \"x\"; type = \"beam\"; line = -1; }, " CASE_K1 ", " CASE_K2 " );",
     .errors = "2: sensors.x.line: found -1; allowed: a line's name in quotes, e.g. \"GPIO5\", or "
               "its offset 0 to 1023"},
    {.title = "offset without chip",
     .sensors =
         "sensors = ( { id = \"x\"; type = \"beam\"; line = 5; }, " CASE_K1 ", " CASE_K2 " );",
     .errors = "2: sensors.x.line: an offset needs its chip; name it here or in gpio.chip"},
    {.title = "two sensors on a line",
     .sensors =
         "sensors = ( { id = \"x\"; type = \"beam\"; line = \"L5\"; }, " CASE_K1 ", " CASE_K2 " );",
     .errors = "2: sensors.k1.line: the same line as sensors.x"},
    {.title = "sensor's circuit",
     .sensors = "sensors = ( { id = \"x\"; type = \"beam\"; line = \"L\"; circuit = \"buzzer\"; "
                "}, " CASE_K1 ", " CASE_K2 " );",
     .errors =
         "2: sensors.x.circuit: found \"buzzer\"; allowed: \"contact\", \"button\", \"beam\", "
         "\"opto24\", \"mat\", \"pir\", \"tof\", \"staff\", \"ring\", \"hook\", \"eol\""},
    {.title = "sensor's bias",
     .sensors =
         "sensors = ( { id = \"x\"; type = \"beam\"; line = \"L\"; bias = \"pullup\"; }, " CASE_K1
         ", " CASE_K2 " );",
     .errors = "2: sensors.x.bias: found \"pullup\"; allowed: \"as-is\", \"disabled\", "
               "\"pull-up\", \"pull-down\"; did you mean \"pull-up\"?"},
    {.title = "sensor's level",
     .sensors =
         "sensors = ( { id = \"x\"; type = \"beam\"; line = \"L\"; active = true; }, " CASE_K1
         ", " CASE_K2 " );",
     .errors = "2: sensors.x.active: found true; allowed: \"high\", \"low\""},
    {.title = "sensor's debounce",
     .sensors =
         "sensors = ( { id = \"x\"; type = \"beam\"; line = \"L\"; debounce_ms = 20000; }, " CASE_K1
         ", " CASE_K2 " );",
     .errors = "2: sensors.x.debounce_ms: found 20000 ms; allowed: 0 to 10000 ms"},
    {.title = "sensor's press_ms",
     .sensors =
         "sensors = ( { id = \"x\"; type = \"beam\"; line = \"L\"; press_ms = -1; }, " CASE_K1
         ", " CASE_K2 " );",
     .errors = "2: sensors.x.press_ms: found -1 ms; allowed: 0 to 10000 ms"},
    {.title = "sensor's stuck_on_s",
     .sensors =
         "sensors = ( { id = \"x\"; type = \"beam\"; line = \"L\"; stuck_on_s = \"60\"; }, " CASE_K1
         ", " CASE_K2 " );",
     .errors = "2: sensors.x.stuck_on_s: found \"60\"; allowed: a number, 0 to 604800 s"},
    {.title = "sensor's storm_hz a fraction",
     .sensors =
         "sensors = ( { id = \"x\"; type = \"beam\"; line = \"L\"; storm_hz = 1.5; }, " CASE_K1
         ", " CASE_K2 " );",
     .errors = "2: sensors.x.storm_hz: found 1.5; allowed: a whole number, 0 to 1000000 edges/s"},
    {.title = "sensor's number beyond 32 bits",
     .sensors = "sensors = ( { id = \"x\"; type = \"beam\"; line = \"L\"; storm_hz = 4294967297; "
                "}, " CASE_K1 ", " CASE_K2 " );",
     .errors = "2: sensors.x.storm_hz: found 4294967297 edges/s; allowed: 0 to 1000000 edges/s"},
    {.title = "sensor's unknown key",
     .sensors =
         "sensors = ( { id = \"x\"; type = \"beam\"; line = \"L\"; relase_ms = 3; }, " CASE_K1
         ", " CASE_K2 " );",
     .errors = "2: sensors.x.relase_ms: unknown setting; did you mean \"release_ms\"?"},
    {.title = "sensors not a list",
     .sensors = "sensors = { };",
     .errors = "2: sensors: found a group { }; allowed: a list of groups, ( { ... }, { ... } )"
               "\n"
               "3: stations.t.call: found \"k1\", but there is no such sensor; there are none"
               "\n"
               "3: stations.t.answer: found \"k2\", but there is no such sensor; there are none"},
    {.title = "gate without inner",
     .rest = "gates = ( { id = \"g\"; outer = \"b1\"; } );",
     .errors = "4: gates.g.inner: missing; needed: the beam on the shop's side"},
    {.title = "gate of no sensor",
     .rest = "gates = ( { id = \"g\"; outer = \"b1\"; inner = \"b3\"; } );",
     .errors = "4: gates.g.inner: found \"b3\", but there is no such sensor; did you mean \"b1\"?"},
    {.title = "gate of a button",
     .rest = "gates = ( { id = \"g\"; outer = \"b1\"; inner = \"k1\"; } );",
     .errors = "4: gates.g.inner: found \"k1\", which is a button; allowed: a sensor of type "
               "contact, beam, presence"},
    {.title = "gate of one beam",
     .rest = "gates = ( { id = \"g\"; outer = \"b1\"; inner = \"b1\"; } );",
     .errors = "4: gates.g.inner: found the same sensor as outer; a gate is two beams"},
    {.title = "gate too slow",
     .rest = "gates = ( { id = \"g\"; outer = \"b1\"; inner = \"b2\"; max_transit_s = 90; } );",
     .errors = "4: gates.g.max_transit_s: found 90 s; allowed: 0.1 to 60 s"},
    {.title = "output of no type",
     .rest = "outputs = ( { id = \"o\"; type = \"bell\"; line = \"O1\"; } );",
     .errors = "4: outputs.o.type: found \"bell\"; allowed: \"buzzer\", \"lamp\""},
    {.title = "output on a sensor's line",
     .rest = "outputs = ( { id = \"o\"; type = \"lamp\"; line = \"L1\"; } );",
     .errors = "4: outputs.o.line: the same line as sensors.b1"},
    {.title = "lamp with a buzzer's key",
     .rest = "outputs = ( { id = \"o\"; type = \"lamp\"; line = \"O1\"; max_on_s = 3; } );",
     .errors = "4: outputs.o.max_on_s: not a setting of a lamp output; it belongs to: buzzer"},
    {.title = "output's offset",
     .rest = "outputs = ( { id = \"o\"; type = \"lamp\"; line = 3; } );",
     .errors = "4: outputs.o.line: an offset needs its chip; name it here or in gpio.chip"},
};

static void sections_and_site(void **state)
{
    (void)state;
    config_run_cases(sections_and_site_cases,
                     sizeof(sections_and_site_cases) / sizeof(sections_and_site_cases[0]));
}

static void times(void **state)
{
    (void)state;
    config_run_cases(times_cases, sizeof(times_cases) / sizeof(times_cases[0]));
}

static void wiring(void **state)
{
    (void)state;
    config_run_cases(wiring_cases, sizeof(wiring_cases) / sizeof(wiring_cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_and_site),
        cmocka_unit_test(times),
        cmocka_unit_test(wiring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
