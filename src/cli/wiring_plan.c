/* Cables and terminals, numbered as they stand in the file, outputs from the
 * next hundred on: a sensor added at the end moves no number of any other. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/check.h"
#include "cli/wiring.h"

/* What is added to the count. */
struct base {
    int cable, terminal;
};

static struct tr_cable *next_cable(struct tr_wiring *w, const struct base *from,
                                   const struct tr_line *line,
                                   const struct tr_circuit_sheet *circuit)
{
    struct tr_cable *c = &w->cables[w->cables_n++];
    *c = (struct tr_cable){.number = w->cables_n + from->cable,
                           .sensor = TR_NONE,
                           .output = TR_NONE,
                           .line = line,
                           .pin = tr_header40_by_line(w->cfg->options.gpio.chip, line),
                           .circuit = circuit,
                           .first = w->terminals_n + 1 + from->terminal};
    w->terminals_n += circuit->cores_n;
    w->header |= c->pin != NULL;
    return c;
}

static int rest_of_hundred(int n)
{
    return (100 - n % 100) % 100;
}

int tr_wiring_read(const struct tr_config *cfg, struct tr_wiring **ret_wiring)
{
    const struct tr_plan *p = &cfg->plan;
    struct tr_wiring *w = calloc(1, sizeof(*w));
    if (w == NULL) {
        return -ENOMEM;
    }
    w->cfg = cfg;
    struct base from = {0, 0};
    for (int i = 0; i < p->sensors_n; i++) {
        const struct tr_sensor *s = &p->sensors[i];
        struct tr_cable *c = next_cable(w, &from, &s->line, &tr_circuit_sheets[s->circuit]);
        c->sensor = i;
        c->id = s->id;
        tr_wiring_sensor_role(p, i, c->role, sizeof(c->role));
    }
    from = (struct base){rest_of_hundred(w->cables_n), rest_of_hundred(w->terminals_n)};
    for (int i = 0; i < p->outputs_n; i++) {
        const struct tr_output *o = &p->outputs[i];
        struct tr_cable *c = next_cable(w, &from, &o->line, &tr_drive_sheets[o->circuit]);
        c->output = i;
        c->id = o->id;
        tr_wiring_output_role(p, i, c->role, sizeof(c->role));
    }
    int r = tr_wiring_advise(w);
    if (r < 0) {
        tr_wiring_free(w);
        return r;
    }
    *ret_wiring = w;
    return 0;
}

void tr_wiring_free(struct tr_wiring *wiring)
{
    if (wiring != NULL) {
        free(wiring->advice);
        free(wiring);
    }
}

const char *tr_wiring_place(const struct tr_wiring *wiring, const struct tr_cable *cable, char *buf,
                            size_t cap)
{
    const struct tr_line *l = cable->line;
    const char *chip = l->chip[0] != '\0' ? l->chip : wiring->cfg->options.gpio.chip;
    if (cable->pin != NULL && l->name[0] != '\0' && strcmp(l->name, cable->pin->name) != 0) {
        snprintf(buf, cap, "%s (%s), pin %d", cable->pin->name, l->name, cable->pin->pin);
    } else if (cable->pin != NULL) {
        snprintf(buf, cap, "%s, pin %d", cable->pin->name, cable->pin->pin);
    } else if (l->name[0] == '\0' && l->offset < 0) {
        snprintf(buf, cap, "no line yet");
    } else if (l->name[0] == '\0') {
        snprintf(buf, cap, "line %" PRId32 " of %s", l->offset, chip);
    } else if (l->chip[0] != '\0') {
        snprintf(buf, cap, "%s of %s", l->name, chip);
    } else {
        snprintf(buf, cap, "%s", l->name);
    }
    return buf;
}

const char *tr_wiring_core_to(const struct tr_wiring *wiring, const struct tr_cable *cable, int i,
                              char *buf, size_t cap)
{
    const char *to = cable->circuit->cores[i].to;
    if (to != NULL) {
        snprintf(buf, cap, "%s", to);
        return buf;
    }
    return tr_wiring_place(wiring, cable, buf, cap);
}

bool tr_wiring_cut_reads_active(const struct tr_sensor *s)
{
    /* Circuits pull up; a window comparator goes low instead. */
    const bool high =
        s->line.bias != TR_BIAS_PULL_DOWN && !tr_circuit_sheets[s->circuit].supervised;
    return high != s->line.active_low;
}

const char *tr_wiring_levels(const struct tr_wiring *wiring, const struct tr_cable *cable,
                             char *buf, size_t cap)
{
    static const char *const bias[TR_BIAS_COUNT] = {"as is", "off", "pull-up", "pull-down"};
    if (cable->output != TR_NONE) {
        const struct tr_output *o = &wiring->cfg->plan.outputs[cable->output];
        snprintf(buf, cap, "active %s; a cut cable is not seen: test it at each opening",
                 o->line.active_low ? "low" : "high");
        return buf;
    }
    const struct tr_sensor *s = &wiring->cfg->plan.sensors[cable->sensor];
    int n = snprintf(buf, cap, "bias %s, active %s; ", bias[s->line.bias],
                     s->line.active_low ? "low" : "high");
    if (n < 0 || (size_t)n >= cap) {
        return buf;
    }
    if (!tr_wiring_cut_reads_active(s)) {
        snprintf(buf + n, cap - (size_t)n, "a cut cable reads as at rest and is not seen");
    } else if (s->stuck_on_ns > 0) {
        char after[32];
        snprintf(buf + n, cap - (size_t)n, "a cut cable reads active, a fault after %s",
                 tr_cli_duration(s->stuck_on_ns, after));
    } else {
        snprintf(buf + n, cap - (size_t)n, "a cut cable reads active");
    }
    return buf;
}

const char *tr_wiring_terminals(const struct tr_cable *cable, char *buf, size_t cap)
{
    const int last = cable->first + cable->circuit->cores_n - 1;
    snprintf(buf, cap, "%d-%d", cable->first, last);
    return buf;
}

/* One more id, with a comma before all but the first. */
static size_t append(char *buf, size_t cap, size_t n, const char *id)
{
    if (n >= cap) {
        return n;
    }
    return n + (size_t)snprintf(buf + n, cap - n, "%s%s", n > 0 ? ", " : "", id);
}

int tr_wiring_on_pin(const struct tr_wiring *wiring, const struct tr_pin *pin, char *buf,
                     size_t cap)
{
    size_t n = 0;
    int users = 0;
    buf[0] = '\0';
    for (int i = 0; i < wiring->cables_n; i++) {
        if (wiring->cables[i].pin == pin) {
            n = append(buf, cap, n, wiring->cables[i].id);
            users++;
        }
    }
    return users;
}

bool tr_wiring_users(const struct tr_wiring *wiring, const struct tr_circuit_sheet *sheet,
                     char *buf, size_t cap)
{
    size_t n = 0;
    buf[0] = '\0';
    for (int i = 0; i < wiring->cables_n; i++) {
        if (wiring->cables[i].circuit == sheet) {
            n = append(buf, cap, n, wiring->cables[i].id);
        }
    }
    return n > 0;
}

const char *tr_wiring_board(const struct tr_wiring *wiring, char *buf, size_t cap)
{
    static const struct {
        const char *label, *board;
    } boards[] = {{"pinctrl-bcm2835", "Raspberry Pi up to 3 and Zero"},
                  {"pinctrl-bcm2711", "Raspberry Pi 4"},
                  {"pinctrl-rp1", "Raspberry Pi 5"}};
    const char *chip = wiring->cfg->options.gpio.chip;
    for (size_t i = 0; i < sizeof(boards) / sizeof(boards[0]); i++) {
        if (strcmp(chip, boards[i].label) == 0) {
            snprintf(buf, cap, "%s (%s)", boards[i].board, chip);
            return buf;
        }
    }
    if (wiring->header && chip[0] == '\0') {
        snprintf(buf, cap, "Raspberry Pi (gpio.chip names no other)");
    } else if (wiring->header) {
        snprintf(buf, cap, "Raspberry Pi, beside %s", chip);
    } else {
        snprintf(buf, cap, "%s", chip[0] != '\0' ? chip : "no chip named");
    }
    return buf;
}
