/* The stations for a person: promises in plain words, and what sees what. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "cli/check.h"
#include "thirdring/time.h"

enum { MARGIN = 13, WIDTH = 80 };

/* Items after a label, with commas, broken before the right edge. */
struct row {
    FILE *to;
    size_t column;
    bool empty;
};

static void begin(struct row *row, const char *label)
{
    fprintf(row->to, "    %-8s ", label);
    row->column = MARGIN;
    row->empty = true;
}

__attribute__((format(printf, 2, 3))) static void item(struct row *row, const char *fmt, ...)
{
    char text[200];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (!row->empty) {
        fputs(",", row->to);
        row->column++;
        if (row->column + 1 + strlen(text) >= WIDTH) {
            fprintf(row->to, "\n%*s", MARGIN, "");
            row->column = MARGIN;
        } else {
            fputs(" ", row->to);
            row->column++;
        }
    }
    fputs(text, row->to);
    row->column += strlen(text);
    row->empty = false;
}

static void end(struct row *row)
{
    fputs("\n", row->to);
}

static const char *ordinal(int n, char *buf)
{
    int last = n % 100 >= 11 && n % 100 <= 13 ? 0 : n % 10;
    const char *suffix = last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th";
    snprintf(buf, 32, "%d%s", n, suffix);
    return buf;
}

static const char *share(double percent, char *buf)
{
    int whole = (int)percent;
    if (percent >= 100) {
        snprintf(buf, 32, "always");
    } else if (percent > whole || whole % 5 != 0) {
        snprintf(buf, 32, "%g in 100", percent);
    } else if (whole % 10 == 0) {
        snprintf(buf, 32, "%d in 10", whole / 10);
    } else if (whole == 75 || whole == 25) {
        snprintf(buf, 32, "%d in 4", whole / 25);
    } else {
        snprintf(buf, 32, "%d in 20", whole / 5);
    }
    return buf;
}

static void show_target(struct row *row, enum tr_station_kind kind, const struct tr_target *t,
                        const char *label)
{
    char one[32], nth[32], part[32], window[32];
    begin(row, label);
    if (t->unit == TR_TARGET_NONE) {
        item(row, "no target: waits are measured, not judged");
        end(row);
        return;
    }
    const char *verb = kind == TR_KIND_GREETING ? "greet"
                       : kind == TR_KIND_QUEUE  ? "serve"
                                                : "answer";
    tr_cli_duration(t->threshold_ns, one);
    if (t->unit == TR_TARGET_RINGS && kind == TR_KIND_PHONE) {
        item(row, "%s by the %s ring (rings as heard; about %s)", verb, ordinal(t->rings, nth),
             one);
    } else if (t->unit == TR_TARGET_RINGS) {
        item(row, "%s by the %s ring (under %s)", verb, ordinal(t->rings, nth), one);
    } else {
        item(row, "%s within %s", verb, one);
    }
    item(row, "%s", share(t->percent, part));
    item(row, "over %s", tr_cli_duration(t->window_ns, window));
    end(row);
}

static const char *source_id(const struct tr_plan *p, const struct tr_source *s)
{
    return s->kind == TR_SOURCE_GATE ? p->gates[s->index].id : p->sensors[s->index].id;
}

static void sensor_item(struct row *row, const struct tr_plan *p, const char *role, int sensor)
{
    if (sensor != TR_NONE) {
        item(row, "%s %s", role, p->sensors[sensor].id);
    }
}

static void show_greeting(struct row *row, const struct tr_plan *p, const struct tr_station *st)
{
    const struct tr_greeting_plan *g = &st->u.greeting;
    char one[32];
    begin(row, "sees");
    item(row, "arrivals at %s", source_id(p, &g->arrive));
    sensor_item(row, p, "people inside at", g->inside);
    item(row, "answers by %s (%s)", p->sensors[g->answer].id,
         g->answers_all ? "for all who wait" : "for the oldest wait");
    sensor_item(row, p, "void key", g->void_key);
    item(row, "a party within %s", tr_cli_duration(g->party_window_ns, one));
    end(row);
}

static void show_positions(struct row *row, const struct tr_plan *p, const struct tr_queue_plan *q)
{
    if (q->positions_n == 0) {
        return;
    }
    begin(row, "serves");
    for (int i = 0; i < q->positions_n; i++) {
        const struct tr_position *pos = &q->positions[i];
        char text[192];
        size_t n = 0;
        const struct {
            const char *role;
            int sensor;
        } parts[] = {{"", pos->presence},
                     {"next ", pos->next},
                     {"staff ", pos->staffed},
                     {"line ", pos->join}};
        text[0] = '\0';
        for (int k = 0; k < 4; k++) {
            if (parts[k].sensor != TR_NONE) {
                n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s%s", n > 0 ? ", " : "",
                                      parts[k].role, p->sensors[parts[k].sensor].id);
            }
        }
        item(row, "%s (%s)", pos->id, text);
    }
    end(row);
}

/* A gate and nothing else: who comes out was served. */
static bool is_room(const struct tr_queue_plan *q)
{
    return q->join.kind == TR_SOURCE_GATE && q->positions_n == 0 && q->places_n == 0 &&
           q->serve == TR_NONE;
}

static void show_line_sight(struct row *row, const struct tr_plan *p, const struct tr_queue_plan *q)
{
    bool own_lines = false;
    for (int i = 0; i < q->positions_n; i++) {
        own_lines |= q->positions[i].join != TR_NONE;
    }
    begin(row, "sees");
    if (q->join.kind != TR_SOURCE_NONE) {
        item(row, "joining at %s", source_id(p, &q->join));
    } else {
        item(row, "%s",
             own_lines         ? "joining at each position's own line"
             : q->places_n > 0 ? "whoever stands at the places"
                               : "services, and nobody's wait");
    }
    if (is_room(q)) {
        item(row, "who comes out was served");
    }
    if (q->leave.kind != TR_SOURCE_NONE) {
        item(row, "leaving at %s", source_id(p, &q->leave));
    } else if (q->join.kind != TR_SOURCE_GATE && q->places_n == 0 &&
               q->discipline != TR_DISCIPLINE_TICKETS) {
        item(row, "nobody sees who gives up");
    }
    sensor_item(row, p, "being served at", q->serve);
    sensor_item(row, p, "void key", q->void_key);
    end(row);
    if (q->places_n > 0) {
        begin(row, "places");
        for (int i = 0; i < q->places_n; i++) {
            item(row, "%s", p->sensors[q->places[i]].id);
        }
        end(row);
    }
}

static void show_line(struct row *row, const struct tr_queue_plan *q)
{
    static const char *const how[TR_DISCIPLINE_COUNT] = {"one line for all", "a line per position",
                                                         "tickets"};
    char one[32];
    bool seated = false;
    for (int i = 0; i < q->positions_n; i++) {
        seated |= q->positions[i].presence != TR_NONE;
    }
    const int64_t empty_ns = q->places_n > 0 ? q->empty_ns : seated ? q->idle_empty_ns : 0;
    begin(row, "line");
    item(row, "%s", how[q->discipline]);
    if (q->party_window_ns > 0) {
        item(row, "a party within %s", tr_cli_duration(q->party_window_ns, one));
    }
    if (q->discipline == TR_DISCIPLINE_TICKETS) {
        item(row, "called and not there within %s: gone", tr_cli_duration(q->no_show_ns, one));
    }
    if (q->join.kind == TR_SOURCE_GATE && !is_room(q) && q->back_ns > 0) {
        item(row, "back within %s: waits on", tr_cli_duration(q->back_ns, one));
    }
    if (q->join.kind != TR_SOURCE_NONE && empty_ns > 0) {
        item(row, "nobody seen for %s: nobody waits", tr_cli_duration(empty_ns, one));
    }
    if (q->max_length > 0) {
        item(row, "alert above %" PRId32 " waiting", q->max_length);
    }
    end(row);
}

static void show_queue(struct row *row, const struct tr_plan *p, const struct tr_station *st)
{
    const struct tr_queue_plan *q = &st->u.queue;
    show_line_sight(row, p, q);
    show_positions(row, p, q);
    show_line(row, q);
}

static void show_call(struct row *row, const struct tr_plan *p, const struct tr_station *st)
{
    const struct tr_call_plan *c = &st->u.call;
    char one[32];
    begin(row, "sees");
    item(row, "calls at %s", p->sensors[c->call].id);
    item(row, "answers at %s", p->sensors[c->answer].id);
    if (c->hold_gone_ns > 0) {
        item(row, "held %s: gone", tr_cli_duration(c->hold_gone_ns, one));
    }
    if (c->sent_lamp != TR_NONE) {
        item(row, "lamp %s", p->outputs[c->sent_lamp].id);
    }
    end(row);
}

static void show_phone(struct row *row, const struct tr_plan *p, const struct tr_station *st)
{
    const struct tr_phone_plan *ph = &st->u.phone;
    begin(row, "lines");
    for (int i = 0; i < ph->lines_n; i++) {
        const struct tr_phone_line *l = &ph->lines[i];
        const char *answer = l->hook != TR_NONE     ? p->sensors[l->hook].id
                             : l->answer != TR_NONE ? p->sensors[l->answer].id
                                                    : "unseen";
        item(row, "%s (ring %s, answer %s)", l->id, p->sensors[l->ring].id, answer);
    }
    if (ph->divert_rings > 0) {
        item(row, "voicemail after %" PRId32 " rings", ph->divert_rings);
    }
    end(row);
}

static void show_feedback(struct row *row, const struct tr_plan *p, const struct tr_station *st)
{
    const struct tr_feedback_plan *f = &st->u.feedback;
    char one[32];
    begin(row, "buttons");
    for (int i = 0; i < f->buttons_n; i++) {
        item(row, "%s %" PRId32 " (%s)", f->buttons[i].id, f->buttons[i].score,
             p->sensors[f->buttons[i].sensor].id);
    }
    end(row);
    if (f->after_n > 0) {
        begin(row, "about");
        for (int i = 0; i < f->after_n; i++) {
            item(row, "%s", p->stations[f->after[i]].id);
        }
        item(row, "ended within %s", tr_cli_duration(f->tie_ns, one));
        end(row);
    }
}

static void show_limits(struct row *row, const struct tr_station *st)
{
    char one[32];
    if (st->give_up_ns == 0 && st->short_abandon_ns == 0) {
        return;
    }
    begin(row, "limits");
    if (st->give_up_ns > 0) {
        item(row, "a wait expires after %s", tr_cli_duration(st->give_up_ns, one));
    }
    if (st->short_abandon_ns > 0) {
        item(row, "gone within %s does not count", tr_cli_duration(st->short_abandon_ns, one));
    }
    end(row);
}

/* Its own sounds, where they are not those of the alerts. */
static void show_sounds(struct row *row, const struct tr_station *st)
{
    if (st->late_sound == TR_SOUND_COUNT && st->critical_sound == TR_SOUND_COUNT) {
        return;
    }
    begin(row, "sounds");
    if (st->late_sound != TR_SOUND_COUNT) {
        item(row, "late %s", tr_station_sound_name[st->late_sound]);
    }
    if (st->critical_sound != TR_SOUND_COUNT) {
        item(row, "critical %s", tr_station_sound_name[st->critical_sound]);
    }
    end(row);
}

void tr_cli_show_stations(FILE *to, const struct tr_plan *plan)
{
    static void (*const show[TR_KIND_COUNT])(struct row *, const struct tr_plan *,
                                             const struct tr_station *) = {
        [TR_KIND_GREETING] = show_greeting, [TR_KIND_QUEUE] = show_queue,
        [TR_KIND_CALL] = show_call,         [TR_KIND_PHONE] = show_phone,
        [TR_KIND_FEEDBACK] = show_feedback,
    };
    struct row row = {.to = to};
    fputs("\nStations\n", to);
    for (int i = 0; i < plan->stations_n; i++) {
        const struct tr_station *st = &plan->stations[i];
        fprintf(to, "  %s: %s%s%s%s%s\n", st->id, st->name, st->name[0] != '\0' ? " (" : "",
                tr_station_kind_name[st->kind],
                st->audience == TR_AUDIENCE_CUSTOMER   ? ""
                : st->audience == TR_AUDIENCE_INTERNAL ? ", for colleagues"
                                                       : ", for staff",
                st->name[0] != '\0' ? ")" : "");
        if (st->kind != TR_KIND_FEEDBACK) {
            show_target(&row, st->kind, &st->target, "promise");
        }
        for (int d = 0; d < plan->dayparts_n; d++) {
            if (st->daypart_target[d].unit != TR_TARGET_NONE) {
                show_target(&row, st->kind, &st->daypart_target[d], plan->dayparts[d].id);
            }
        }
        show[st->kind](&row, plan, st);
        show_limits(&row, st);
        show_sounds(&row, st);
    }
}
