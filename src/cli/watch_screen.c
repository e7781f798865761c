/* The upper half of the picture: the shop, its stations, its signals. */
#include <math.h>
#include <string.h>

#include "cli/watch.h"
#include "thirdring/time.h"

enum {
    WAITING = 9,
    SECONDS = 9,
    RINGS = 12,
    LEVEL = 11,
    TODAY = 16,
    SERVED = 7,
    NAME_MIN = 14,
    NAME_MAX_COLUMNS = 30,
    SOUND_S = 2 /* a sound is shown so long, even where it was shorter */
};

struct tr_watch_out tr_watch_row(FILE *to, const struct tr_watch_view *view, int row)
{
    const bool there = row <= view->rows;
    if (there) {
        fprintf(to, "\033[%d;1H\033[K", row);
    }
    return (struct tr_watch_out){
        .to = to, .utf8 = view->utf8, .ink = view->ink, .width = there ? view->columns : 0};
}

static int name_columns(const struct tr_watch_view *view)
{
    const int left = view->columns - 1 - WAITING - SECONDS - RINGS - LEVEL - TODAY - SERVED;
    return left < NAME_MIN ? NAME_MIN : left > NAME_MAX_COLUMNS ? NAME_MAX_COLUMNS : left;
}

/* --- the title ------------------------------------------------------------------- */

static void title(FILE *to, const struct tr_watch_unit *unit, const struct tr_watch_view *view)
{
    struct tr_watch_out out = tr_watch_row(to, view, 1);
    char time[48] = "", speed[24] = "", left[TR_WATCH_TEXT], right[TR_WATCH_TEXT];
    const bool there = view->connected && unit->availability == TR_WATCH_ONLINE;
    if (unit->clock.known) {
        const int64_t at =
            there ? tr_watch_clock_now(&unit->clock, view->now_ns) : unit->clock.at_ms;
        tr_watch_format_time(at, TR_TIME_TITLE, time, sizeof(time));
        const double rate = tr_watch_clock_rate(&unit->clock);
        if (rate > 1.5) {
            snprintf(speed, sizeof(speed), "  %s%.0f", tr_watch_glyph(&out, TR_GLYPH_TIMES), rate);
        }
    }
    snprintf(left, sizeof(left), " THIRD RING  %.60s%s", unit->name, view->demo ? " (demo)" : "");
    snprintf(right, sizeof(right), "%s%s ", time, speed);
    const char *state = !view->connected                         ? " NO BROKER "
                        : unit->availability == TR_WATCH_ONLINE  ? " online "
                        : unit->availability == TR_WATCH_OFFLINE ? " OFFLINE "
                                                                 : " not seen yet ";
    const int state_n = (int)strlen(state);
    const int right_n = tr_watch_columns(&out, right);
    const int left_n = view->columns - right_n - state_n;
    tr_watch_cell(&out, TR_STYLE_TITLE, left_n > 14 ? left_n : 14, left);
    tr_watch_put(&out, TR_STYLE_TITLE, right);
    tr_watch_put(&out, there ? TR_STYLE_GREEN : TR_STYLE_ALARM, state);
}

/* --- stations ---------------------------------------------------------------------- */

static void heading(FILE *to, const struct tr_watch_view *view, int row)
{
    struct tr_watch_out out = tr_watch_row(to, view, row);
    tr_watch_put(&out, TR_STYLE_DIM, " ");
    tr_watch_cell(&out, TR_STYLE_DIM, name_columns(view), "STATION");
    tr_watch_cell(&out, TR_STYLE_DIM, WAITING, "WAITING");
    tr_watch_cell(&out, TR_STYLE_DIM, SECONDS + RINGS, "LONGEST WAIT");
    tr_watch_cell(&out, TR_STYLE_DIM, LEVEL, "LEVEL");
    tr_watch_cell(&out, TR_STYLE_DIM, TODAY, "TODAY");
    tr_watch_cell(&out, TR_STYLE_DIM, SERVED, "SERVED");
}

static void duration(double s, char *buf, size_t cap)
{
    if (s < 100.0) {
        snprintf(buf, cap, "%.0f s", floor(s));
    } else if (s < 36000.0) {
        snprintf(buf, cap, "%d:%02d min", (int)s / 60, (int)s % 60);
    } else {
        snprintf(buf, cap, "%.0f h", floor(fmin(s, 1e9) / 3600.0));
    }
}

static enum tr_watch_style wait_style(int level)
{
    return level >= TR_LEVEL_LATE      ? TR_STYLE_RED
           : level == TR_LEVEL_AT_RISK ? TR_STYLE_AMBER
                                       : TR_STYLE_GREEN;
}

/* A ring each, those not yet heard hollow: "●●○" is the second of three. */
static void rings(struct tr_watch_out *out, const struct tr_watch_station *st, double oldest_s)
{
    const int from = out->col, target = st->rings;
    int heard = st->state.rings;
    if (st->kind != TR_KIND_PHONE && st->target_s > 0.0) {
        const double now = floor(oldest_s / (st->target_s / target)) + 1.0;
        heard = now > heard && now < 1000.0 ? (int)now : heard;
    }
    const int most = RINGS - 4;
    const enum tr_watch_style style = heard > target    ? TR_STYLE_RED
                                      : heard == target ? TR_STYLE_AMBER
                                                        : TR_STYLE_GREEN;
    tr_watch_repeat(out, style, TR_GLYPH_FULL, heard < most ? heard : most);
    tr_watch_repeat(out, TR_STYLE_DIM, TR_GLYPH_EMPTY, target < most ? target - heard : 0);
    if (heard > most) {
        tr_watch_cellf(out, style, 0, "+%d", heard - most);
    }
    tr_watch_cell(out, TR_STYLE_PLAIN, RINGS - (out->col - from), "");
}

/* How much of the threshold is used up. */
static void bar(struct tr_watch_out *out, double oldest_s, double threshold_s, int level)
{
    const int cells = RINGS - 2;
    const double share = threshold_s > 0.0 ? oldest_s / threshold_s : 0.0;
    int full = share >= 1.0 ? cells : (int)(share * cells);
    full = full == 0 && share > 0.0 ? 1 : full;
    const int risk = share > 1.0 && level < TR_LEVEL_LATE ? TR_LEVEL_LATE : level;
    tr_watch_repeat(out, wait_style(risk), TR_GLYPH_BAR, full);
    tr_watch_repeat(out, TR_STYLE_DIM, TR_GLYPH_TRACK, cells - full);
    tr_watch_cell(out, TR_STYLE_PLAIN, RINGS - cells, "");
}

static void waiting(struct tr_watch_out *out, const struct tr_watch_station *st, double passed_s)
{
    const struct tr_watch_state *now = &st->state;
    if (now->measuring == TR_MEASURING_BLIND) {
        tr_watch_cell(out, TR_STYLE_RED, WAITING + SECONDS + RINGS, "nobody can tell");
        return;
    }
    if (now->waiting == 0) {
        tr_watch_cell(out, TR_STYLE_DIM, WAITING + SECONDS + RINGS, "nobody");
        return;
    }
    char text[32];
    const char *more = now->at_least ? "+" : ""; /* at least so many */
    if (now->people > now->waiting) {
        tr_watch_cellf(out, TR_STYLE_BOLD, WAITING, "%d%s (%d)", now->waiting, more, now->people);
    } else {
        tr_watch_cellf(out, TR_STYLE_BOLD, WAITING, "%d%s", now->waiting, more);
    }
    const double oldest = now->oldest_s + passed_s;
    duration(oldest, text, sizeof(text));
    tr_watch_cell(out, wait_style(now->level), SECONDS, text);
    if (st->rings > 0) {
        rings(out, st, oldest);
    } else if (now->threshold_s > 0.0) {
        bar(out, oldest, now->threshold_s, now->level);
    } else {
        tr_watch_cell(out, TR_STYLE_PLAIN, RINGS, "");
    }
}

static void smiles(struct tr_watch_out *out, const struct tr_watch_station *st)
{
    const int64_t votes = st->metrics.votes + st->votes_since;
    const double sum = (double)(st->metrics.score_sum + st->score_since);
    if (votes <= 0) {
        tr_watch_put(out, TR_STYLE_DIM, "no votes yet");
        return;
    }
    const double mean = fmin(fmax(sum / (double)votes, 0.0), 100.0);
    const enum tr_watch_style style = mean > 66.0   ? TR_STYLE_GREEN
                                      : mean > 33.0 ? TR_STYLE_AMBER
                                                    : TR_STYLE_RED;
    tr_watch_cellf(out, TR_STYLE_PLAIN, WAITING + SECONDS, "%lld vote%s", (long long)votes,
                   votes == 1 ? "" : "s");
    const int cells = RINGS - 2, full = (int)(mean / 100.0 * cells + 0.5);
    tr_watch_repeat(out, style, TR_GLYPH_BAR, full);
    tr_watch_repeat(out, TR_STYLE_DIM, TR_GLYPH_TRACK, cells - full);
    tr_watch_cellf(out, style, 0, "  %.0f of 100 %s", mean,
                   mean > 66.0   ? "happy"
                   : mean > 33.0 ? "so-so"
                                 : "unhappy");
}

static void station(FILE *to, const struct tr_watch_station *st, const struct tr_watch_view *view,
                    int row, double rate)
{
    struct tr_watch_out out = tr_watch_row(to, view, row);
    const struct tr_watch_state *now = &st->state;
    tr_watch_put(&out, TR_STYLE_PLAIN, " ");
    tr_watch_cell(&out, TR_STYLE_BOLD, name_columns(view) - 1, st->name);
    tr_watch_put(&out, TR_STYLE_PLAIN, " ");
    if (st->kind == TR_KIND_FEEDBACK) {
        smiles(&out, st);
        return;
    }
    if (!now->known) {
        tr_watch_put(&out, TR_STYLE_DIM, "no word yet");
        return;
    }
    waiting(&out, st, (double)(view->now_ns - now->got_ns) / (double)TR_NS_PER_S * rate);
    const bool closed = !now->open && now->waiting == 0;
    const bool blind = now->measuring == TR_MEASURING_BLIND;
    const char *word = blind ? "BLIND" : closed ? "closed" : tr_watch_level_words[now->level];
    const int word_n = (int)strlen(word);
    tr_watch_put(&out,
                 blind    ? TR_STYLE_RED
                 : closed ? TR_STYLE_DIM
                          : tr_watch_level_style(now->level),
                 word);
    tr_watch_cell(&out, TR_STYLE_DIM, LEVEL - word_n, now->acked ? " ack" : "");
    if (isnan(now->today_pct)) {
        tr_watch_cell(&out, TR_STYLE_DIM, TODAY, "-");
    } else {
        const bool good = isnan(st->percent) || now->today_pct >= st->percent;
        tr_watch_cellf(&out, good ? TR_STYLE_GREEN : TR_STYLE_RED, 6, "%.0f %%", now->today_pct);
        if (isnan(st->percent)) {
            tr_watch_cell(&out, TR_STYLE_DIM, TODAY - 6, "");
        } else {
            tr_watch_cellf(&out, TR_STYLE_DIM, TODAY - 6, "goal %.0f %%", st->percent);
        }
    }
    tr_watch_cellf(&out, TR_STYLE_PLAIN, SERVED, "%d/%d", now->served, now->arrivals);
}

/* --- lamps, buzzer, sensors, alerts ------------------------------------------------------ */

static bool has(const char *text, const char *word)
{
    return strcasestr(text, word) != NULL;
}

static enum tr_watch_style lamp_style(const struct tr_watch_output *lamp)
{
    static const struct {
        const char *word;
        enum tr_watch_style style;
    } colours[] = {{"green", TR_STYLE_GREEN},  {"amber", TR_STYLE_AMBER},
                   {"yellow", TR_STYLE_AMBER}, {"orange", TR_STYLE_AMBER},
                   {"red", TR_STYLE_RED},      {"blue", TR_STYLE_BLUE}};
    for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++) {
        if (has(lamp->id, colours[i].word) || has(lamp->name, colours[i].word)) {
            return colours[i].style;
        }
    }
    return TR_STYLE_BOLD;
}

static void buzzer(struct tr_watch_out *out, const struct tr_watch_unit *unit,
                   const struct tr_watch_output *buzzer, int64_t now_ns)
{
    char words[64];
    const bool spoke = buzzer->sound_ns != 0 && now_ns - buzzer->sound_ns < SOUND_S * TR_NS_PER_S;
    if (!spoke || buzzer->sound[0] == '\0') {
        tr_watch_cellf(out, buzzer->on ? TR_STYLE_AMBER : TR_STYLE_DIM, 0, "   %s %s %s",
                       tr_watch_glyph(out, TR_GLYPH_NOTE), buzzer->name,
                       buzzer->on ? "sounds" : "silent");
        return;
    }
    tr_watch_sound_words(buzzer->sound, buzzer->bursts, words, sizeof(words));
    tr_watch_cellf(
        out, has(buzzer->sound, "urgent") ? TR_STYLE_RED : TR_STYLE_AMBER, 0, "   %s %s%s%s%s",
        tr_watch_glyph(out, TR_GLYPH_NOTE), words, buzzer->station[0] != '\0' ? "  (" : "",
        tr_watch_station_name(unit, buzzer->station), buzzer->station[0] != '\0' ? ")" : "");
}

static void signals(FILE *to, const struct tr_watch_unit *unit, const struct tr_watch_view *view,
                    int row)
{
    struct tr_watch_out out = tr_watch_row(to, view, row);
    for (int i = 0; i < unit->outputs_n; i++) {
        const struct tr_watch_output *o = &unit->outputs[i];
        if (!o->buzzer) {
            const bool on = o->known && o->on;
            tr_watch_cellf(&out, on ? lamp_style(o) : TR_STYLE_DIM, 0, " %s %s %s ",
                           tr_watch_glyph(&out, on ? TR_GLYPH_FULL : TR_GLYPH_EMPTY), o->name,
                           !o->known ? "?"
                           : on      ? "ON"
                                     : "off");
        }
    }
    for (int i = 0; i < unit->outputs_n; i++) {
        if (unit->outputs[i].buzzer) {
            buzzer(&out, unit, &unit->outputs[i], view->now_ns);
        }
    }
}

/* How well the stations see, where it is not all that happens. */
static void sight(struct tr_watch_out *out, const struct tr_watch_unit *unit)
{
    static const struct {
        enum tr_watch_style style;
        const char *words;
    } sees[TR_MEASURING_COUNT] = {[TR_MEASURING_FULL] = {TR_STYLE_DIM, "sees all"},
                                  [TR_MEASURING_DEGRADED] = {TR_STYLE_AMBER, "sees only a part"},
                                  [TR_MEASURING_BLIND] = {TR_STYLE_RED, "is blind"}};
    for (int i = 0; i < unit->stations_n; i++) {
        const struct tr_watch_state *now = &unit->stations[i].state;
        const bool gaps = now->coverage_pct < 99.5;
        if (now->known && (gaps || now->measuring != TR_MEASURING_FULL)) {
            tr_watch_cellf(out, sees[now->measuring].style, 0, "; %s %s", unit->stations[i].name,
                           sees[now->measuring].words);
            if (gaps) {
                tr_watch_cellf(out, TR_STYLE_DIM, 0, " (%.0f %% of today)", now->coverage_pct);
            }
        }
    }
}

static void sensors(FILE *to, const struct tr_watch_unit *unit, const struct tr_watch_view *view,
                    int row)
{
    struct tr_watch_out out = tr_watch_row(to, view, row);
    int told = 0, faults = 0;
    for (int i = 0; i < unit->sensors_n; i++) {
        const struct tr_watch_sensor *s = &unit->sensors[i];
        told += s->health[0] != '\0';
        if (s->health[0] != '\0' && strcmp(s->health, "ok") != 0) {
            char word[16];
            snprintf(word, sizeof(word), "%s", s->health);
            for (char *c = word; (c = strchr(c, '_')) != NULL;) {
                *c = ' ';
            }
            tr_watch_cellf(&out, TR_STYLE_RED, 0, "%s%s: %s", faults++ == 0 ? " sensors: " : ", ",
                           s->name, word);
        }
    }
    if (faults == 0) {
        tr_watch_cellf(&out, TR_STYLE_DIM, 0,
                       told > 0 ? " all %d sensors are well" : " no sensors yet", told);
    }
    sight(&out, unit);
}

static void alerts(FILE *to, const struct tr_watch_unit *unit, const struct tr_watch_view *view,
                   int row, int rows)
{
    for (int i = 0; i < rows; i++) {
        struct tr_watch_out out = tr_watch_row(to, view, row + i);
        if (i >= unit->alerts_n) {
            tr_watch_put(&out, TR_STYLE_DIM, unit->alerts_n == 0 && i == 0 ? " no alerts" : "");
            continue;
        }
        if (i == rows - 1 && unit->alerts_n > rows) {
            tr_watch_cellf(&out, TR_STYLE_RED, 0, " and %d more alerts", unit->alerts_n - i);
            continue;
        }
        const struct tr_watch_alert *a = &unit->alerts[i];
        char since[16] = "?";
        if (a->since_ms != INT64_MIN) {
            tr_watch_format_time(a->since_ms, TR_TIME_CLOCK, since, sizeof(since));
        }
        tr_watch_cellf(&out, tr_watch_level_style(a->level), 0, " %s %s ",
                       tr_watch_glyph(&out, TR_GLYPH_ALERT), tr_watch_level_words[a->level]);
        tr_watch_cellf(&out, TR_STYLE_PLAIN, 0, " %s: %s, since %s%s",
                       a->sensor[0] != '\0' ? tr_watch_sensor_name(unit, a->sensor)
                                            : tr_watch_station_name(unit, a->station),
                       tr_watch_rule_words(a->rule, a->level), since,
                       strcmp(a->state, "acked") == 0 ? ", acknowledged" : "");
    }
}

/* --- the whole ---------------------------------------------------------------------------- */

static void draw_empty(FILE *to, const struct tr_watch_view *view)
{
    struct tr_watch_out out = tr_watch_row(to, view, 1);
    tr_watch_cell(&out, TR_STYLE_TITLE, view->columns, " THIRD RING");
    out = tr_watch_row(to, view, 3);
    tr_watch_cellf(&out, TR_STYLE_PLAIN, 0, " %s %s",
                   view->connected ? "Connected; no unit has spoken yet on" : "Connecting to",
                   view->uri);
    out = tr_watch_row(to, view, 5);
    tr_watch_cellf(&out, TR_STYLE_RED, 0, " %.300s%s", view->trouble,
                   view->trouble[0] != '\0' ? "; trying again" : "");
}

void tr_watch_draw(FILE *to, const struct tr_watch_model *model, const struct tr_watch_view *view)
{
    const struct tr_watch_unit *unit = tr_watch_chosen(model);
    if (unit == NULL) {
        draw_empty(to, view);
        fputs("\033[J", to);
        return;
    }
    const bool there = view->connected && unit->availability == TR_WATCH_ONLINE;
    const double rate = there ? tr_watch_clock_rate(&unit->clock) : 0.0;
    const int alert_rows = view->rows >= 30 ? 3 : 2;
    const int room = view->rows - 13 - alert_rows;
    const int most = room < 1 ? 1 : room;
    int row = 1;
    title(to, unit, view);
    tr_watch_row(to, view, ++row);
    heading(to, view, ++row);
    for (int i = 0; i < unit->stations_n && i < most; i++) {
        if (i == most - 1 && unit->stations_n > most) {
            struct tr_watch_out out = tr_watch_row(to, view, ++row);
            tr_watch_cellf(&out, TR_STYLE_DIM, 0,
                           " and %d more stations: a taller window shows them",
                           unit->stations_n - i);
        } else {
            station(to, &unit->stations[i], view, ++row, rate);
        }
    }
    tr_watch_row(to, view, ++row);
    signals(to, unit, view, ++row);
    alerts(to, unit, view, row + 1, alert_rows);
    row += alert_rows;
    sensors(to, unit, view, ++row);
    tr_watch_draw_panes(to, model, view, row + 1);
}
