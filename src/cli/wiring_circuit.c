/* The circuits of hardware/circuits, short enough for a terminal: the same
 * names, values and cores. The drawings beside them say the rest. */
#include "cli/wiring.h"

#define RC                                                                                         \
    "2.2 kOhm to 3V3 (1.5 mA), 1 kOhm and 100 nF at the pin (corner 0.5 kHz), ESD clamp at the "   \
    "terminal"
#define LOOP                                                                                       \
    "24 V, 4.7 kOhm 0.25 W, PC817-class opto (4.9 mA), 1N4148 across its LED, 10 kOhm to 3V3"
#define NO_TELEPHONE "; nothing of the telephone line ever comes here"
#define SIGNAL       NULL

/* clang-format off */
#define DRY(word, rest)                                                                            \
    {                                                                                              \
        "3V3 --[2k2]---+",                                                                         \
        "              |",                                                                         \
        "GPIO --+-[1k]-+--- signal --" rest "---+",                                                \
        "       |                   " word "|",                                                    \
        "    [100n]                         |",                                                    \
        "       |                           |",                                                    \
        "      GND --------- ground --------+", NULL                                               \
    }
#define LOOPED(word)                                                                               \
    {                                                                                              \
        "+24 V ---------------- brown ---o--o--+",                                                 \
        "                                " word "|",                                               \
        "0 V --|<|--[4k7]------ white ---------+",                                                 \
        "      LED : opto",                                                                        \
        "3V3 --[10k]--+",                                                                          \
        "GPIO --------+--[opto]-- GND", NULL                                                       \
    }
#define SWITCHED(first, load, two)                                                                 \
    {                                                                                              \
        first, load,                                                                               \
        "                +--- " two " --+",                                                        \
        "                |",                                                                       \
        "GPIO -[100]-+--|| FET, on when high",                                                     \
        "            |   |",                                                                       \
        "          [10k] |",                                                                       \
        "GND --------+---+", NULL                                                                  \
    }
#define TWO_CORES .cores = {{"white", "1", SIGNAL}, {"blue", "2", "ground bar"}}, .cores_n = 2

const struct tr_circuit_sheet tr_circuit_sheets[TR_CIRCUIT_COUNT] = {
    [TR_CIRCUIT_CONTACT] = {
        .name = "contact", .title = "Door or reed contact, closed at rest, up to 5 m",
        .values = RC, .art = DRY("contact ", "o--o"), TWO_CORES, .active = TR_DRAWN_HIGH},
    [TR_CIRCUIT_BUTTON] = {
        .name = "button", .title = "Push button, open at rest, up to 5 m",
        .values = RC "; a cut cable cannot be seen: press it at each opening",
        .art = DRY("button  ", "o  o"), TWO_CORES, .active = TR_DRAWN_LOW},
    [TR_CIRCUIT_BEAM] = {
        .name = "beam", .title = "Light beam, light-on, NPN open collector, up to 5 m",
        .values = RC "; the sender takes the same + and 0 V",
        .art = {"3V3 --[2k2]---+                    +------+",
                "GPIO --+-[1k]-+------------- black | beam |",
                "    [100n]                         | recv |",
                "      GND = 0 V ------------ blue  | NPN  |",
                "  12/24 V + ---------------- brown +------+", NULL},
        .cores = {{"black", "1", SIGNAL}, {"blue", "2", "0 V, ground"}, {"brown", "+", "+12/24 V"}},
        .cores_n = 3, .active = TR_DRAWN_HIGH},
    [TR_CIRCUIT_OPTO24] = {
        .name = "opto24", .title = "24 V loop with opto-coupler, from 5 m on",
        .values = LOOP, .art = LOOPED("contact"),
        .cores = {{"brown", "+24", "+24 V"}, {"white", "A", SIGNAL}},
        .cores_n = 2, .active = TR_DRAWN_EITHER},
    [TR_CIRCUIT_MAT] = {
        .name = "mat", .title = "Pressure mat with four wires, 24 V loop through it",
        .values = LOOP "; a mat with two wires: circuit \"button\", and a cut is not seen",
        .art = {"+24 V -[4k7]- brown ====upper plate===+",
                "opto LED + -- white ------------------+",
                "opto LED - -- green ------------------+",
                "0 V --------- blue ====lower plate====+",
                "3V3 --[10k]--+",
                "GPIO --------+--[opto]-- GND", NULL},
        .cores = {{"brown", "1", "+24 V by 4.7 kOhm"}, {"white", "2", SIGNAL},
                  {"green", "3", "LED's return"}, {"blue", "4", "0 V of 24 V"}},
        .cores_n = 4, .active = TR_DRAWN_HIGH},
    [TR_CIRCUIT_PIR] = {
        .name = "pir", .title = "Movement detector with a relay, closed at rest: doors only",
        .values = RC "; holds 2 to 10 s and sees warmth that moves, not who stands; 12 V from a "
                  "converter behind F1, never 24 V",
        .art = {"3V3 --[2k2]---+                    +------+",
                "GPIO --+-[1k]-+------------- white | PIR  |",
                "    [100n]                         | relay|",
                "      GND = 0 V ------------- blue | NC   |",
                "    +12 V ------------------ brown +------+", NULL},
        .cores = {{"white", "1", SIGNAL}, {"blue", "2", "0 V, ground"}, {"brown", "+", "+12 V"}},
        .cores_n = 3, .active = TR_DRAWN_HIGH},
    [TR_CIRCUIT_TOF] = {
        .name = "tof", .title = "Distance sensor with a switching output, 24 V",
        .values = LOOP "; set its output to normally closed",
        .art = {"+24 V --------------------- brown +------+",
                "0 V --|<|--[4k7]----------- black | dist.|",
                "      LED : opto                  | sens.|",
                "0 V ----------------------- blue  +------+",
                "3V3 --[10k]--+",
                "GPIO --------+--[opto]-- GND", NULL},
        .cores = {{"brown", "+24", "+24 V"}, {"black", "A", SIGNAL}, {"blue", "0V", "0 V of 24 V"}},
        .cores_n = 3, .active = TR_DRAWN_HIGH},
    [TR_CIRCUIT_STAFF] = {
        .name = "staff", .title = "Till's key switch, staff mat or till light, 24 V",
        .values = LOOP, .art = LOOPED("switch "),
        .cores = {{"brown", "+24", "+24 V"}, {"white", "A", SIGNAL}},
        .cores_n = 2, .active = TR_DRAWN_EITHER},
    [TR_CIRCUIT_RING] = {
        .name = "ring", .title = "Ring relay or telephone adapter, dry contact, open at rest",
        .values = RC NO_TELEPHONE, .art = DRY("relay NO", "o  o"), TWO_CORES,
        .active = TR_DRAWN_LOW},
    [TR_CIRCUIT_HOOK] = {
        .name = "hook", .title = "Off-hook contact of relay, adapter or exchange, open at rest",
        .values = RC NO_TELEPHONE, .art = DRY("relay NO", "o  o"), TWO_CORES,
        .active = TR_DRAWN_LOW},
    [TR_CIRCUIT_EOL] = {
        .name = "eol", .title = "Contact with an end resistor: open and shorted are seen",
        .values = "4.7 kOhm at the sensor, and to 3V3; ESD clamp at the terminal, 1 kOhm and 100 "
                  "nF before the comparators; a window from 1.1 to 2.2 V: LM393 on 5 V with "
                  "its outputs pulled up to 3V3 only, or LMV393 on 3V3; high while all is well",
        .art = {"3V3 --[4k7]--+--- signal ---o--o---+",
                "             |              contact|",
                "     [1.1 to 2.2 V?]            [4k7] at",
                "GPIO --------'                     | the",
                "GND -------------- ground ---------+ sensor", NULL},
        TWO_CORES, .active = TR_DRAWN_LOW, .supervised = true},
};

const struct tr_circuit_sheet tr_drive_sheets[TR_DRIVE_COUNT] = {
    [TR_DRIVE_BUZZER] = {
        .name = "buzzer", .title = "Active piezo buzzer, 5 V, at most 30 mA",
        .values = "BSS138 or 2N7002, gate 100 Ohm and 10 kOhm to GND; 1N4148 across a magnetic one",
        .art = SWITCHED("+5 V --------------- brown --+", "                          [buzzer]", "white"),
        .cores = {{"brown", "+", "+5 V"}, {"white", "-", SIGNAL}}, .cores_n = 2},
    [TR_DRIVE_STACKLIGHT] = {
        .name = "stacklight", .title = "LED stack light, 12/24 V, at most 100 mA a colour",
        .values = "FET AO3400A at 12 V, SSM3K357R at 24 V; gate 100 Ohm and 10 kOhm to GND; fuse "
                  "0.5 A, TVS SMBJ28A; the colours of one light share a cable and its + core",
        .art = SWITCHED("+12/24 V ----------- brown --+", "                          [lamp]", "white"),
        .cores = {{"brown", "+", "+12/24 V"}, {"white", "L1", SIGNAL}}, .cores_n = 2},
    [TR_DRIVE_SENT_LAMP] = {
        .name = "sent-lamp", .title = "Lamp in the call button",
        .values = "24 V: 2.2 kOhm 0.5 W (10 mA), 12 V: 1 kOhm; BSS138 or 2N7002, gate 100 Ohm "
                  "and 10 kOhm to GND",
        .art = SWITCHED("+24 V --[2k2]------- brown ---+", "                           [LED]", "green"),
        .cores = {{"brown", "3", "+24 V by 2.2 kOhm"}, {"green", "4", SIGNAL}}, .cores_n = 2},
};
/* clang-format on */

const struct tr_circuit_sheet *tr_wiring_sheet(int i)
{
    if (i < TR_CIRCUIT_COUNT) {
        return &tr_circuit_sheets[i];
    }
    return i - TR_CIRCUIT_COUNT < TR_DRIVE_COUNT ? &tr_drive_sheets[i - TR_CIRCUIT_COUNT] : NULL;
}
