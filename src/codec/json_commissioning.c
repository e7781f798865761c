/* The record of a walk test. */
#include "codec/commissioning.h"

#include <inttypes.h>
#include <stdio.h>

#include "codec/json_private.h"

const int64_t tr_bounce_limit_ns[TR_BOUNCE_BUCKETS] = {100000,   200000,    500000,    1000000,
                                                       2000000,  5000000,   10000000,  20000000,
                                                       50000000, 100000000, 200000000, 500000000};

const char *const tr_commission_result_name[TR_COMMISSION_RESULT_COUNT] = {
    "not_tested", "skipped",  "good",    "inverted", "crossed",  "dead",   "stuck",
    "one_way",    "unsteady", "swapped", "seen",     "not_seen", "unasked"};
const char *const tr_commission_verdict_name[TR_COMMISSION_VERDICT_COUNT] = {"pass", "incomplete",
                                                                             "fail"};
const char *const tr_commission_source_name[TR_COMMISSION_SOURCE_COUNT] = {"lines", "daemon",
                                                                           "trace"};

const char *tr_line_text(const struct tr_line *line, char *buf, size_t cap)
{
    if (line->name[0] != '\0') {
        snprintf(buf, cap, "%s", line->name);
    } else if (line->offset >= 0) {
        snprintf(buf, cap, "line %" PRId32, line->offset);
    } else {
        snprintf(buf, cap, "no line");
    }
    return buf;
}

static void key_string(struct tr_jsonw *w, const char *key, const char *value)
{
    tr_jsonw_key(w, key);
    tr_jsonw_string(w, value);
}

static void key_uint(struct tr_jsonw *w, const char *key, uint64_t value)
{
    tr_jsonw_key(w, key);
    tr_jsonw_uint(w, value);
}

static void key_bool(struct tr_jsonw *w, const char *key, bool value)
{
    tr_jsonw_key(w, key);
    tr_jsonw_bool(w, value);
}

/* null where there is nothing to say. */
static void key_ms(struct tr_jsonw *w, const char *key, int64_t ns, bool known)
{
    tr_jsonw_key(w, key);
    if (known) {
        tr_jsonw_decimal(w, (double)ns / (double)TR_NS_PER_MS);
    } else {
        tr_jsonw_null(w);
    }
}

static void key_line(struct tr_jsonw *w, const struct tr_line *line)
{
    char text[TR_NAME_MAX + 8];
    key_string(w, "line", tr_line_text(line, text, sizeof(text)));
}

static void write_input(struct tr_jsonw *w, const struct tr_commissioning *c, int i)
{
    const struct tr_sensor *s = &c->plan->sensors[i];
    const struct tr_commission_input *in = &c->input[i];
    tr_jsonw_open(w, '{');
    key_string(w, "sensor", s->id);
    key_string(w, "name", s->name[0] != '\0' ? s->name : s->id);
    key_string(w, "type", TR_JSON_WORD(tr_sensor_type_name, s->type));
    key_line(w, &s->line);
    key_string(w, "active", s->line.active_low ? "low" : "high");
    key_string(w, "result", TR_JSON_WORD(tr_commission_result_name, in->result));
    key_string(w, "instead", tr_json_sensor_id(c->plan, in->instead));
    key_string(w, "at_rest", in->at_rest < 0 ? NULL : in->at_rest > 0 ? "ON" : "OFF");
    key_bool(w, "both_ways", in->went && in->back);
    key_uint(w, "actuations", in->actuations);
    key_uint(w, "edges", in->edges);
    key_uint(w, "lost", in->lost);
    key_uint(w, "bounces", in->bounces);
    key_uint(w, "spikes", in->spikes);
    tr_jsonw_key(w, "histogram");
    tr_jsonw_open(w, '[');
    for (int b = 0; b < TR_BOUNCE_BUCKETS; b++) {
        tr_jsonw_uint(w, in->histogram[b]);
    }
    tr_jsonw_close(w, ']');
    key_ms(w, "longest_bounce_ms", in->longest_ns, in->longest_ns > 0);
    key_ms(w, "suggested_debounce_ms", in->suggested_ns, in->suggested_ns > 0);
    key_ms(w, "configured_debounce_ms", in->configured_ns, true);
    tr_jsonw_key(w, "remarks");
    tr_jsonw_open(w, '[');
    for (int f = 0; f < c->findings_n; f++) {
        if (strcmp(c->finding[f].subject, s->id) == 0) {
            tr_jsonw_string(w, c->finding[f].text);
        }
    }
    tr_jsonw_close(w, ']');
    tr_jsonw_close(w, '}');
}

static void write_gate(struct tr_jsonw *w, const struct tr_commissioning *c, int i)
{
    const struct tr_commission_gate *g = &c->gate[i];
    tr_jsonw_open(w, '{');
    key_string(w, "gate", c->plan->gates[i].id);
    key_string(w, "result", TR_JSON_WORD(tr_commission_result_name, g->result));
    key_bool(w, "outer_seen", g->outer);
    key_bool(w, "inner_seen", g->inner);
    key_ms(w, "transit_ms", g->transit_ns, g->outer && g->inner);
    tr_jsonw_close(w, '}');
}

static void write_output(struct tr_jsonw *w, const struct tr_commissioning *c, int i)
{
    const struct tr_output *o = &c->plan->outputs[i];
    const struct tr_commission_output *out = &c->output[i];
    const bool answered =
        out->result == TR_COMMISSION_SEEN || out->result == TR_COMMISSION_NOT_SEEN;
    tr_jsonw_open(w, '{');
    key_string(w, "output", o->id);
    key_string(w, "name", o->name[0] != '\0' ? o->name : o->id);
    key_string(w, "type", TR_JSON_WORD(tr_output_type_name, o->type));
    key_line(w, &o->line);
    key_string(w, "result", TR_JSON_WORD(tr_commission_result_name, out->result));
    key_string(w, "answered", !answered ? NULL : out->by_option ? "option" : "person");
    tr_jsonw_close(w, '}');
}

static void write_finding(struct tr_jsonw *w, const struct tr_finding *f)
{
    tr_jsonw_open(w, '{');
    key_string(w, "code", f->code);
    key_string(w, "severity", f->severity == TR_FINDING_FAULT ? "fault" : "advice");
    key_string(w, "subject", f->subject[0] != '\0' ? f->subject : NULL);
    key_string(w, "text", f->text);
    key_string(w, "advice", f->advice);
    tr_jsonw_close(w, '}');
}

static void begin_list(struct tr_jsonw *w, const char *key)
{
    tr_jsonw_key(w, key);
    tr_jsonw_open(w, '[');
}

int tr_json_commissioning(const struct tr_commissioning *c, char *buf, size_t cap)
{
    struct tr_jsonw w;
    tr_jsonw_init(&w, buf, cap);
    tr_json_begin(&w);
    key_string(&w, "type", "commissioning");
    key_string(&w, "site", c->plan->site);
    key_string(&w, "unit", c->plan->unit);
    key_string(&w, "name", c->plan->name[0] != '\0' ? c->plan->name : c->plan->site);
    tr_jsonw_key(&w, "at");
    tr_jsonw_time(&w, c->at);
    key_string(&w, "by", c->by);
    key_string(&w, "version", c->version);
    key_string(&w, "config_hash", c->config_hash);
    key_string(&w, "chip", c->chip);
    key_string(&w, "source", TR_JSON_WORD(tr_commission_source_name, c->source));
    tr_jsonw_key(&w, "took_s");
    tr_jsonw_seconds(&w, c->took_ns);
    key_string(&w, "verdict", TR_JSON_WORD(tr_commission_verdict_name, c->verdict));
    begin_list(&w, "bounce_limits_ms");
    for (int b = 0; b < TR_BOUNCE_BUCKETS; b++) {
        tr_jsonw_decimal(&w, (double)tr_bounce_limit_ns[b] / (double)TR_NS_PER_MS);
    }
    tr_jsonw_close(&w, ']');
    begin_list(&w, "inputs");
    for (int i = 0; i < c->plan->sensors_n; i++) {
        write_input(&w, c, i);
    }
    tr_jsonw_close(&w, ']');
    begin_list(&w, "gates");
    for (int i = 0; i < c->plan->gates_n; i++) {
        write_gate(&w, c, i);
    }
    tr_jsonw_close(&w, ']');
    begin_list(&w, "outputs");
    for (int i = 0; i < c->plan->outputs_n; i++) {
        write_output(&w, c, i);
    }
    tr_jsonw_close(&w, ']');
    begin_list(&w, "findings");
    for (int i = 0; i < c->findings_n; i++) {
        write_finding(&w, &c->finding[i]);
    }
    tr_jsonw_close(&w, ']');
    tr_jsonw_close(&w, '}');
    return tr_jsonw_finish(&w);
}
