/* The plan for a person: the shop, its wiring, its alerts, its broker. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cli/check.h"
#include "cli/wiring.h"
#include "thirdring/time.h"

const char *tr_cli_duration(int64_t ns, char *buf)
{
    int64_t s = ns / TR_NS_PER_S;
    if (ns < TR_NS_PER_S) {
        snprintf(buf, 32, "%g ms", (double)ns / (double)TR_NS_PER_MS);
    } else if (ns % TR_NS_PER_S != 0 || s < 120 || s % 60 != 0) {
        snprintf(buf, 32, "%g s", tr_ns_to_s(ns));
    } else if (s % 3600 != 0) {
        snprintf(buf, 32, "%" PRId64 " min", s / 60);
    } else {
        snprintf(buf, 32, "%" PRId64 " h", s / 3600);
    }
    return buf;
}

static const char *or_dash(const char *s)
{
    return s[0] != '\0' ? s : "-";
}

static const char *output_id(const struct tr_plan *p, int i)
{
    return i >= 0 ? p->outputs[i].id : "none";
}

static int widest(size_t n, size_t least)
{
    return (int)(n > least ? n : least);
}

/* "mon-sat" where days follow one another, else "mon, wed". */
static const char *days_text(unsigned days, char *buf, size_t cap)
{
    static const char *const name[7] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    size_t n = 0;
    buf[0] = '\0';
    if (days == 0x7f) {
        snprintf(buf, cap, "every day");
        return buf;
    }
    for (int d = 0; d < 7; d++) {
        if (!(days & (1U << d))) {
            continue;
        }
        int to = d;
        while (to < 6 && (days & (1U << (to + 1)))) {
            to++;
        }
        n += (size_t)snprintf(buf + n, cap - n, "%s%s", n > 0 ? ", " : "", name[d]);
        if (to > d) {
            n += (size_t)snprintf(buf + n, cap - n, "%s%s", to > d + 1 ? "-" : ", ", name[to]);
        }
        d = to;
    }
    return buf;
}

static void show_times(FILE *to, const char *when, int open, int close)
{
    fprintf(to, "  %-13s %02d:%02d to %02d:%02d%s\n", when, open / 60, open % 60, close / 60,
            close % 60, close <= open ? " the next day" : "");
}

static void show_hours(FILE *to, const struct tr_plan *p)
{
    char buf[64];
    fputs("\nOpening hours\n", to);
    if (p->hours_n == 0) {
        fputs("  always open\n", to);
    }
    for (int i = 0; i < p->hours_n; i++) {
        show_times(to, days_text(p->hours[i].days, buf, sizeof(buf)), p->hours[i].open_min,
                   p->hours[i].close_min);
    }
    for (int i = 0; i < p->holidays_n; i++) {
        const struct tr_holiday *h = &p->holidays[i];
        snprintf(buf, sizeof(buf), "%04d-%02d-%02d", h->date / 10000, h->date / 100 % 100,
                 h->date % 100);
        if (h->closed) {
            fprintf(to, "  %-13s closed\n", buf);
        } else {
            show_times(to, buf, h->open_min, h->close_min);
        }
    }
    for (int i = 0; i < p->dayparts_n; i++) {
        const struct tr_daypart *d = &p->dayparts[i];
        fprintf(to, "%s%s from %02d:%02d%s",
                i % 3 == 0 ? (i == 0 ? "  dayparts      " : "                ") : ", ", d->id,
                d->from_min / 60, d->from_min % 60,
                i + 1 == p->dayparts_n ? "\n" : (i % 3 == 2 ? ",\n" : ""));
    }
}

static const char *line_text(const struct tr_line *l, char *buf, size_t cap)
{
    if (l->name[0] != '\0') {
        snprintf(buf, cap, "%s", l->name);
    } else if (l->offset >= 0) {
        snprintf(buf, cap, "%" PRId32, l->offset);
    } else {
        snprintf(buf, cap, "-");
    }
    return buf;
}

/* When else this sensor is out of order, where it is not as usual. */
static void show_faults(FILE *to, const struct tr_sensor *s, int id_w)
{
    struct tr_sensor usual;
    char silent[32];
    tr_plan_init_sensor(&usual, s->type);
    if (s->silent_ns > 0) {
        fprintf(to, "  %-*s  silent for %s in opening hours is a fault\n", id_w, s->id,
                tr_cli_duration(s->silent_ns, silent));
    }
    if (s->storm_hz == 0 && usual.storm_hz != 0) {
        fprintf(to, "  %-*s  any number of edges is believed\n", id_w, s->id);
    } else if (s->storm_hz != usual.storm_hz) {
        fprintf(to, "  %-*s  more than %" PRId32 " edges a second are a storm\n", id_w, s->id,
                s->storm_hz);
    }
}

static void show_sensors(FILE *to, const struct tr_config *cfg)
{
    static const char *const bias[TR_BIAS_COUNT] = {"as is", "off", "pull-up", "pull-down"};
    const struct tr_plan *p = &cfg->plan;
    char line[TR_NAME_MAX], press[32], release[32], stuck[32];
    int id_w = 6;
    int line_w = 4;
    for (int i = 0; i < p->sensors_n; i++) {
        id_w = widest(strlen(p->sensors[i].id), (size_t)id_w);
        line_w = widest(strlen(line_text(&p->sensors[i].line, line, sizeof(line))), (size_t)line_w);
    }
    fprintf(to, "\nSensors: %d", p->sensors_n);
    if (cfg->options.gpio.backend == TR_BACKEND_REPLAY) {
        fputs(", played back from a trace", to);
    } else if (cfg->options.gpio.chip[0] != '\0') {
        fprintf(to, ", on %s", cfg->options.gpio.chip);
    }
    fprintf(to, "\n  %-*s  %-8s  %-*s  %-9s  %-6s  %-7s  %-7s  %s\n", id_w, "", "type", line_w,
            "line", "bias", "active", "counts", "ends", "stuck");
    for (int i = 0; i < p->sensors_n; i++) {
        const struct tr_sensor *s = &p->sensors[i];
        fprintf(to, "  %-*s  %-8s  %-*s  %-9s  %-6s  %-7s  %-7s  %s", id_w, s->id,
                tr_sensor_type_name[s->type], line_w, line_text(&s->line, line, sizeof(line)),
                bias[s->line.bias], s->line.active_low ? "low" : "high",
                tr_cli_duration(s->press_ns, press), tr_cli_duration(s->release_ns, release),
                s->stuck_on_ns > 0 ? tr_cli_duration(s->stuck_on_ns, stuck) : "never");
        if (s->line.chip[0] != '\0') {
            fprintf(to, "  on %s", s->line.chip);
        }
        fputs("\n", to);
    }
    fputs("  counts, ends: so long the level must be stable; stuck: active longer is a\n"
          "  fault, and so is a storm of edges\n",
          to);
    for (int i = 0; i < p->sensors_n; i++) {
        show_faults(to, &p->sensors[i], id_w);
    }
}

static void show_gates(FILE *to, const struct tr_plan *p)
{
    char buf[32];
    if (p->gates_n > 0) {
        fputs("\nGates\n", to);
    }
    for (int i = 0; i < p->gates_n; i++) {
        const struct tr_gate *g = &p->gates[i];
        fprintf(to, "  %-12s  in is %s, then %s, within %s\n", g->id, p->sensors[g->outer].id,
                p->sensors[g->inner].id, tr_cli_duration(g->max_transit_ns, buf));
    }
}

static void show_outputs(FILE *to, const struct tr_plan *p)
{
    char line[TR_NAME_MAX], buf[32];
    fputs("\nOutputs\n", to);
    if (p->outputs_n == 0) {
        fputs("  none: the shop floor hears and sees nothing\n", to);
    }
    for (int i = 0; i < p->outputs_n; i++) {
        const struct tr_output *o = &p->outputs[i];
        fprintf(to, "  %-12s  %-6s  %-7s  active %-4s", o->id, tr_output_type_name[o->type],
                line_text(&o->line, line, sizeof(line)), o->line.active_low ? "low" : "high");
        if (o->max_on_ns > 0) {
            fprintf(to, "  at most %s in one go", tr_cli_duration(o->max_on_ns, buf));
        }
        fputs("\n", to);
    }
}

static void show_rung(FILE *to, const struct tr_plan *p, const char *name, const char *when,
                      const struct tr_rung *r)
{
    char buf[32];
    fprintf(to, "  %-9s %-27s lamp %-7s ", name, when, output_id(p, r->lamp));
    if (r->sound == TR_SOUND_NONE || p->alerts.buzzer == TR_NONE) {
        fputs("no sound\n", to);
        return;
    }
    fprintf(to, "sound %s", tr_sound_name[r->sound]);
    if (r->repeats > 0 && r->repeat_ns > 0) {
        fprintf(to, ", +%" PRId32 " after %s", r->repeats, tr_cli_duration(r->repeat_ns, buf));
    }
    fputs("\n", to);
    if (r->when == TR_SOUND_NEEDED) {
        fprintf(to, "  %-9s (sounds only while the promise of the last hour does not hold)\n", "");
    }
}

static void show_alerts(FILE *to, const struct tr_plan *p)
{
    const struct tr_alert_plan *a = &p->alerts;
    char when[48], one[32], two[32];
    fputs("\nAlerts\n", to);
    snprintf(when, sizeof(when), "from %g %% of the threshold", a->at_risk_share * 100);
    show_rung(to, p, "at risk", when, &a->at_risk);
    show_rung(to, p, "late", "past the threshold", &a->late);
    snprintf(when, sizeof(when), "from %g times the threshold", a->critical_factor);
    show_rung(to, p, "critical", when, &a->critical);
    snprintf(when, sizeof(when), "over %s and %s", tr_cli_duration(a->burning_short_ns, one),
             tr_cli_duration(a->burning_long_ns, two));
    fprintf(to, "  %-9s %-27s lamp %s\n", "burning", when, output_id(p, a->burning_lamp));
    fprintf(to, "  %-9s %-27s lamp %s\n", "fault", "a sensor out of order",
            output_id(p, a->fault_lamp));
    snprintf(when, sizeof(when), "%" PRId32 " in a row earn praise", a->kept_streak);
    fprintf(to, "  %-9s %-27s lamp %s\n", "kept", when, output_id(p, a->kept_lamp));
    fprintf(to, "  %-9s %s", "buzzer", output_id(p, a->buzzer));
    if (a->buzzer != TR_NONE && a->max_per_hour > 0) {
        fprintf(to, ", at most %" PRId32 " sounds an hour", a->max_per_hour);
    }
    for (int i = 0; i < a->quiet_n; i++) {
        const struct tr_span *q = &a->quiet[i];
        fprintf(to, "%s%02d:%02d-%02d:%02d", i == 0 ? ", quiet " : ", ", q->from_min / 60,
                q->from_min % 60, q->to_min / 60, q->to_min % 60);
    }
    fputs("\n", to);
}

static void show_options(FILE *to, const struct tr_config *cfg)
{
    const struct tr_options *o = &cfg->options;
    const struct tr_mqtt_options *m = &o->mqtt;
    char buf[32];
    fputs("\nBroker\n", to);
    if (!m->enabled) {
        fputs("  none: nothing is published\n", to);
    } else {
        bool tls = strncmp(m->uri, "mqtts:", 6) == 0 || strncmp(m->uri, "wss:", 4) == 0;
        fprintf(to, "  %s, MQTT %s, %s%s%s\n", m->uri, m->version == 5 ? "5" : "3.1.1",
                tls ? "encrypted" : "not encrypted", m->username[0] != '\0' ? ", as " : "",
                m->username);
        fprintf(to, "  topics %s/%s/%s/..., figures every %s\n", m->base, cfg->plan.site,
                cfg->plan.unit, tr_cli_duration(m->metrics_interval_ns, buf));
        fputs("  obeys", to);
        const char *comma = " ";
        for (int i = 0; i < (int)TR_COMMAND_COUNT; i++) {
            if (m->command[i]) {
                fprintf(to, "%s%s", comma, tr_command_name[i]);
                comma = ", ";
            }
        }
        fprintf(to, "%s\n", comma[0] == ' ' ? " no commands" : "");
        if (m->discovery) {
            fprintf(to, "  tells Home Assistant under %s/\n", m->discovery_prefix);
        }
    }
    fprintf(to,
            "\nJournal\n  %s\n  kept %" PRId32 " days, at most %" PRId64 " MiB, written every %s\n",
            o->journal.path, o->journal.retain_days, o->journal.max_bytes >> 20,
            tr_cli_duration(o->journal.commit_ns, buf));
}

static void show_advice(FILE *to, const struct tr_config *cfg)
{
    const struct tr_plan *p = &cfg->plan;
    struct tr_watch_out out = {.to = to, .width = 80};
    struct tr_wiring *wiring = NULL;
    bool any = false;
    if (tr_wiring_read(cfg, &wiring) == 0 && wiring->warnings_n > 0) {
        fputs("\nWorth a look\n", to);
        any = true;
        tr_wiring_print_advice(&out, wiring, false);
    }
    tr_wiring_free(wiring);
    for (int i = 0; i < p->stations_n; i++) {
        const struct tr_station *st = &p->stations[i];
        if (st->kind != TR_KIND_FEEDBACK && st->target.unit == TR_TARGET_NONE) {
            fprintf(to, "%s  %s: has no target, so its waits are measured but never late\n",
                    any ? "" : "\nWorth a look\n", st->id);
            any = true;
        }
    }
}

void tr_cli_show_plan(FILE *to, const struct tr_config *cfg)
{
    const struct tr_plan *p = &cfg->plan;
    fprintf(to, "%s (%s/%s), %s\n", or_dash(p->name[0] != '\0' ? p->name : p->site), p->site,
            p->unit, p->timezone);
    fprintf(to, "  the business day begins at %02d:%02d; a ring is %g s + %g s of silence\n",
            p->day_start_min / 60, p->day_start_min % 60, tr_ns_to_s(p->ring_on_ns),
            tr_ns_to_s(p->ring_off_ns));
    if (p->resume_ns > 0) {
        char resume[32];
        fprintf(to, "  open waits go on after an absence of at most %s\n",
                tr_cli_duration(p->resume_ns, resume));
    } else {
        fputs("  open waits end as unknown at every absence\n", to);
    }
    show_hours(to, p);
    show_sensors(to, cfg);
    show_gates(to, p);
    show_outputs(to, p);
    tr_cli_show_stations(to, p);
    show_alerts(to, p);
    show_options(to, cfg);
    show_advice(to, cfg);
    fprintf(to, "\nGood. %d stations, %d sensors; configuration %s.\n", p->stations_n, p->sensors_n,
            cfg->hash);
}
