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
    tr_jsonw_put_string(w, "line", tr_line_text(line, text, sizeof(text)));
}

static void write_input(struct tr_jsonw *w, const struct tr_commissioning *c, int i)
{
    const struct tr_sensor *s = &c->plan->sensors[i];
    const struct tr_commission_input *in = &c->input[i];
    tr_jsonw_open(w, '{');
    tr_jsonw_put_string(w, "sensor", s->id);
    tr_jsonw_put_string(w, "name", s->name[0] != '\0' ? s->name : s->id);
    tr_jsonw_put_string(w, "type", TR_JSON_WORD(tr_sensor_type_name, s->type));
    key_line(w, &s->line);
    tr_jsonw_put_string(w, "active", s->line.active_low ? "low" : "high");
    tr_jsonw_put_string(w, "result", TR_JSON_WORD(tr_commission_result_name, in->result));
    tr_jsonw_put_string(w, "instead", tr_json_sensor_id(c->plan, in->instead));
    tr_jsonw_put_string(w, "at_rest", in->at_rest < 0 ? NULL : in->at_rest > 0 ? "ON" : "OFF");
    tr_jsonw_put_bool(w, "both_ways", in->went && in->back);
    tr_jsonw_put_uint(w, "actuations", in->actuations);
    tr_jsonw_put_uint(w, "edges", in->edges);
    tr_jsonw_put_uint(w, "lost", in->lost);
    tr_jsonw_put_uint(w, "bounces", in->bounces);
    tr_jsonw_put_uint(w, "spikes", in->spikes);
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
    tr_jsonw_put_string(w, "gate", c->plan->gates[i].id);
    tr_jsonw_put_string(w, "result", TR_JSON_WORD(tr_commission_result_name, g->result));
    tr_jsonw_put_bool(w, "outer_seen", g->outer);
    tr_jsonw_put_bool(w, "inner_seen", g->inner);
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
    tr_jsonw_put_string(w, "output", o->id);
    tr_jsonw_put_string(w, "name", o->name[0] != '\0' ? o->name : o->id);
    tr_jsonw_put_string(w, "type", TR_JSON_WORD(tr_output_type_name, o->type));
    key_line(w, &o->line);
    tr_jsonw_put_string(w, "result", TR_JSON_WORD(tr_commission_result_name, out->result));
    tr_jsonw_put_string(w, "answered", !answered ? NULL : out->by_option ? "option" : "person");
    tr_jsonw_close(w, '}');
}

static void write_finding(struct tr_jsonw *w, const struct tr_finding *f)
{
    tr_jsonw_open(w, '{');
    tr_jsonw_put_string(w, "code", f->code);
    tr_jsonw_put_string(w, "severity", f->severity == TR_FINDING_FAULT ? "fault" : "advice");
    tr_jsonw_put_string(w, "subject", f->subject[0] != '\0' ? f->subject : NULL);
    tr_jsonw_put_string(w, "text", f->text);
    tr_jsonw_put_string(w, "advice", f->advice);
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
    tr_jsonw_put_string(&w, "type", "commissioning");
    tr_jsonw_put_string(&w, "site", c->plan->site);
    tr_jsonw_put_string(&w, "unit", c->plan->unit);
    tr_jsonw_put_string(&w, "name", c->plan->name[0] != '\0' ? c->plan->name : c->plan->site);
    tr_jsonw_key(&w, "at");
    tr_jsonw_time(&w, c->at);
    tr_jsonw_put_string(&w, "by", c->by);
    tr_jsonw_put_string(&w, "version", c->version);
    tr_jsonw_put_string(&w, "config_hash", c->config_hash);
    tr_jsonw_put_string(&w, "chip", c->chip);
    tr_jsonw_put_string(&w, "source", TR_JSON_WORD(tr_commission_source_name, c->source));
    tr_jsonw_key(&w, "took_s");
    tr_jsonw_seconds(&w, c->took_ns);
    tr_jsonw_put_string(&w, "verdict", TR_JSON_WORD(tr_commission_verdict_name, c->verdict));
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
