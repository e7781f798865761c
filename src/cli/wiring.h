/**
 * @file wiring.h
 * thirdring wiring: from the configuration that the daemon runs to what an
 * installer holds in the hand. One struct is read once and told in three ways;
 * its warnings are those of thirdring check, too.
 */
#ifndef TR_CLI_WIRING_H
#define TR_CLI_WIRING_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/header40.h"
#include "cli/watch.h"
#include "config/config.h"

enum {
    TR_CORES_MAX = 4,
    TR_ROLE_MAX = 200,
    TR_CABLES_MAX = TR_SENSORS_MAX + TR_OUTPUTS_MAX,
    TR_ADVICE_MAX = 300
};

/** A core of a cable: its usual colour, and where its terminal leads. */
struct tr_wire_core {
    const char *colour;
    const char *mark; /**< of its terminal in the drawing: "A" */
    const char *to;   /**< NULL: through the circuit to the line */
};

/** A circuit of hardware/circuits, in short. */
struct tr_circuit_sheet {
    const char *name;    /**< as in the configuration: "opto24" */
    const char *title;   /**< "Opto-isolated 24 V loop" */
    const char *values;  /**< what to solder, and why so */
    const char *art[10]; /**< drawn in ASCII, at most 43 columns; NULL ends it */
    struct tr_wire_core cores[TR_CORES_MAX];
    int cores_n;
    enum {
        TR_DRAWN_HIGH,  /**< at rest low: active = "high" */
        TR_DRAWN_LOW,   /**< at rest high: active = "low" */
        TR_DRAWN_EITHER /**< as the device switches */
    } active;
    bool supervised; /**< the circuit itself tells a cut or shorted cable from rest */
};

extern const struct tr_circuit_sheet tr_circuit_sheets[TR_CIRCUIT_COUNT];
extern const struct tr_circuit_sheet tr_drive_sheets[TR_DRIVE_COUNT];

/** One sensor or output, its cable and its terminals. */
struct tr_cable {
    int number;     /**< "W1"; of outputs from 101 on */
    int sensor;     /**< index, or TR_NONE */
    int output;     /**< index, or TR_NONE */
    const char *id; /**< of either */
    const struct tr_line *line;
    const struct tr_pin *pin; /**< NULL: not on a Raspberry Pi's header */
    const struct tr_circuit_sheet *circuit;
    int first;              /**< terminal of its first core; the others follow */
    char role[TR_ROLE_MAX]; /**< "Front door, outer beam" */
};

/** Something about the wiring that an installer should know before drilling. */
struct tr_wiring_advice {
    bool note;             /**< nothing to do now, if it stays as it is */
    char who[TR_ROLE_MAX]; /**< "line_in (GPIO16, pin 36)" */
    char wrong[TR_ADVICE_MAX];
    char todo[TR_ADVICE_MAX];
};

struct tr_wiring {
    const struct tr_config *cfg;
    bool header; /**< something is on a Raspberry Pi's header */
    struct tr_cable cables[TR_CABLES_MAX];
    int cables_n;
    int terminals_n;
    struct tr_wiring_advice *advice; /**< warnings first, notes after them */
    size_t advice_n, advice_cap;
    size_t warnings_n;
};

/** @param cfg  Borrowed until tr_wiring_free(). @return 0 or -ENOMEM. */
int tr_wiring_read(const struct tr_config *cfg, struct tr_wiring **ret_wiring);
/** NULL is a no-op. */
void tr_wiring_free(struct tr_wiring *wiring);

/** Fill the advice: part of tr_wiring_read(). @return 0 or -ENOMEM. */
int tr_wiring_advise(struct tr_wiring *wiring);

/** What a sensor is used for; bits. */
enum {
    TR_USE_PASSAGE = 1, /**< sees people go by: door, line */
    TR_USE_ALONE = 2,   /**< is a door's only sensor */
    TR_USE_PLACE = 4,   /**< sees somebody stand in line */
    TR_USE_SERVED = 8,  /**< sees a customer being served */
    TR_USE_KEY = 16,    /**< is pressed, or switched, by somebody */
    TR_USE_STAFF = 32   /**< sees staff */
};

/** Station and role in plain words, and the uses. @return bits of TR_USE_. */
unsigned tr_wiring_sensor_role(const struct tr_plan *plan, int sensor, char *buf, size_t cap);
/** As tr_wiring_sensor_role(), for an output. */
void tr_wiring_output_role(const struct tr_plan *plan, int output, char *buf, size_t cap);

/** "GPIO5, pin 29", "GPIO5", "line 5 of CHIP", "no line yet". @return @p buf. */
const char *tr_wiring_place(const struct tr_wiring *wiring, const struct tr_cable *cable, char *buf,
                            size_t cap);
/** Where core @p i of a cable leads. @return @p buf. */
const char *tr_wiring_core_to(const struct tr_wiring *wiring, const struct tr_cable *cable, int i,
                              char *buf, size_t cap);
/** "bias pull-up, active high; a cut cable reads active, a fault after 5 min". @return @p buf. */
const char *tr_wiring_levels(const struct tr_wiring *wiring, const struct tr_cable *cable,
                             char *buf, size_t cap);
/** Does an open wire read active? */
bool tr_wiring_cut_reads_active(const struct tr_sensor *sensor);
/** "1", "1-3". @return @p buf. */
const char *tr_wiring_terminals(const struct tr_cable *cable, char *buf, size_t cap);
/** Who is on @p pin: "door_outer", "a, b"; empty: nobody. @return how many. */
int tr_wiring_on_pin(const struct tr_wiring *wiring, const struct tr_pin *pin, char *buf,
                     size_t cap);
/** A line of the page's head: "Raspberry Pi (pinctrl-bcm2711)". @return @p buf. */
const char *tr_wiring_board(const struct tr_wiring *wiring, char *buf, size_t cap);
/** Is circuit @p sheet used? Who by: "door_outer, door_inner". */
bool tr_wiring_users(const struct tr_wiring *wiring, const struct tr_circuit_sheet *sheet,
                     char *buf, size_t cap);
/** Circuit sheets in order, inputs before outputs; NULL after the last. */
const struct tr_circuit_sheet *tr_wiring_sheet(int i);

/** Warnings (and notes) wrapped to out->width, each beginning with two spaces. */
void tr_wiring_print_advice(struct tr_watch_out *out, const struct tr_wiring *wiring, bool notes);
/** Words between @p indent and out->width; the first line begins at out->col. */
void tr_wiring_wrap(struct tr_watch_out *out, enum tr_watch_style style, int indent,
                    const char *text);

void tr_wiring_text(struct tr_watch_out *out, const struct tr_wiring *wiring);
void tr_wiring_svg(FILE *to, const struct tr_wiring *wiring);
/** The header alone, to be put into a page or a drawing, its left upper corner at
 *  @p x, @p y; 180 wide. @return its height. */
double tr_wiring_svg_header(FILE *to, const struct tr_wiring *wiring, double x, double y);
/** @param drawings  Folder with CIRCUIT.svg; what is not there is drawn in ASCII. */
void tr_wiring_html(FILE *to, const struct tr_wiring *wiring, const char *drawings);

#endif
