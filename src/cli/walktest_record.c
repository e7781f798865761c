/* The commissioning record: a file, a page to sign, a retained message. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/page.h"
#include "cli/walktest_private.h"
#include "codec/wire.h"

enum { PUBLISH_S = 15 };

/* @return the record, to be freed; NULL: out of memory, told. */
static char *encoded(const struct tr_commissioning *c, size_t *ret_n)
{
    char *json = malloc(TR_COMMISSIONING_MAX);
    const int n = json != NULL ? tr_json_commissioning(c, json, TR_COMMISSIONING_MAX) : -ENOMEM;
    if (n < 0) {
        fprintf(stderr, "thirdring: cannot make the record: %s\n", strerror(-n));
        free(json);
        return NULL;
    }
    *ret_n = (size_t)n;
    return json;
}

/* --- paper --------------------------------------------------------------------------------- */

static void mark(FILE *to, enum tr_commission_result r)
{
    const bool good = r == TR_COMMISSION_GOOD || r == TR_COMMISSION_SEEN;
    const bool open = r <= TR_COMMISSION_SKIPPED || r == TR_COMMISSION_UNASKED;
    char words[32];
    snprintf(words, sizeof(words), "%s", tr_commission_result_name[r]);
    for (char *p = words; *p != '\0'; p++) {
        *p = *p == '_' ? ' ' : *p;
    }
    fputs("<td>", to);
    tr_page_element(to, "span", good ? "ok" : open ? "todo" : "bad", "%s", words);
    fputs("</td>", to);
}

static void cell(FILE *to, const char *text)
{
    fputs("<td>", to);
    tr_page_text(to, text);
    fputs("</td>", to);
}

static void cell_ms(FILE *to, int64_t ns, bool known)
{
    char ms[24];
    fputs("<td class=\"num\">", to);
    tr_page_text(to, known ? tr_walk_ms(ns, ms, sizeof(ms)) : "-");
    fputs("</td>", to);
}

static void head(FILE *to, const char *const *names)
{
    fputs("<div class=\"wide\"><table><thead><tr>", to);
    for (; *names != NULL; names++) {
        tr_page_element(to, "th", NULL, "%s", *names);
    }
    fputs("</tr></thead><tbody>\n", to);
}

/* A cell with a second, smaller line. */
static void cell_note(FILE *to, const char *text, const char *note)
{
    fputs("<td>", to);
    tr_page_text(to, text);
    tr_page_element(to, "div", "note", "%s", note);
    fputs("</td>", to);
}

static void input(FILE *to, const struct tr_commissioning *c, int i)
{
    const struct tr_commission_input *in = &c->input[i];
    char text[TR_WALK_WORDS], note[TR_WALK_WORDS], ms[24];
    fputs("<tr>", to);
    tr_walk_what(c->plan, i, note, sizeof(note));
    cell_note(to, c->plan->sensors[i].id, note);
    tr_walk_where(c->label, &c->plan->sensors[i].line, text, sizeof(text));
    cell(to, text);
    mark(to, in->result);
    fprintf(to, "<td class=\"num\">%" PRIu32 "</td>", in->edges);
    if (in->bounces > 0) {
        snprintf(text, sizeof(text), "%" PRIu32 ", the longest %s", in->bounces,
                 tr_walk_ms(in->longest_ns, ms, sizeof(ms)));
        tr_walk_histogram(in, note, sizeof(note));
        cell_note(to, text, note);
    } else {
        cell(to, "none");
    }
    cell_ms(to, in->suggested_ns, in->suggested_ns > 0);
    cell_ms(to, in->configured_ns, true);
    fputs("</tr>\n", to);
}

static void inputs(FILE *to, const struct tr_commissioning *c)
{
    static const char *const names[] = {"Sensor",  "Line",    "Result", "Edges",
                                        "Bounces", "Suggest", "Set",    NULL};
    tr_page_element(to, "h2", NULL, "Sensors");
    head(to, names);
    for (int i = 0; i < c->plan->sensors_n; i++) {
        input(to, c, i);
    }
    fputs("</tbody></table></div>\n", to);
    tr_page_element(to, "p", "note",
                    "Suggest, set: the debounce. Suggested is twice the longest time between two "
                    "edges of one touch, rounded up; \"-\" where none bounced.");
}

static void gates_and_outputs(FILE *to, const struct tr_commissioning *c)
{
    static const char *const gates[] = {"Gate", "Result", "From beam to beam", NULL};
    static const char *const outputs[] = {"Output", "Type", "Line", "Result", "Answered by", NULL};
    char where[TR_NAME_MAX + 24];
    if (c->plan->gates_n > 0) {
        tr_page_element(to, "h2", NULL, "Gates: walking in");
        head(to, gates);
        for (int i = 0; i < c->plan->gates_n; i++) {
            const struct tr_commission_gate *g = &c->gate[i];
            fputs("<tr>", to);
            cell(to, c->plan->gates[i].id);
            mark(to, g->result);
            cell_ms(to, g->transit_ns, g->outer && g->inner);
            fputs("</tr>\n", to);
        }
        fputs("</tbody></table></div>\n", to);
    }
    if (c->plan->outputs_n > 0) {
        tr_page_element(to, "h2", NULL, "Lamps and buzzer");
        head(to, outputs);
        for (int i = 0; i < c->plan->outputs_n; i++) {
            const struct tr_output *o = &c->plan->outputs[i];
            const enum tr_commission_result r = c->output[i].result;
            tr_walk_where(c->label, &o->line, where, sizeof(where));
            fputs("<tr>", to);
            cell(to, o->id);
            cell(to, tr_output_type_name[o->type]);
            cell(to, where);
            mark(to, r);
            cell(to, r != TR_COMMISSION_SEEN && r != TR_COMMISSION_NOT_SEEN ? "nobody"
                     : c->output[i].by_option                               ? "option --yes"
                                                                            : "the installer");
            fputs("</tr>\n", to);
        }
        fputs("</tbody></table></div>\n", to);
    }
}

static void findings(FILE *to, const struct tr_commissioning *c)
{
    tr_page_element(to, "h2", NULL, "Findings");
    if (c->findings_n == 0) {
        tr_page_element(to, "p", NULL, "None.");
        return;
    }
    fputs("<ol>\n", to);
    for (int i = 0; i < c->findings_n; i++) {
        const struct tr_finding *f = &c->finding[i];
        fputs("<li class=\"keep\">", to);
        tr_page_element(to, "b", NULL, "%s%s.",
                        f->severity == TR_FINDING_FAULT ? "" : "Advice: ", f->text);
        tr_page_text(to, f->advice);
        fputs("</li>\n", to);
    }
    fputs("</ol>\n", to);
}

void tr_walk_record_html(FILE *to, const struct tr_commissioning *c)
{
    static const char *const classes[TR_COMMISSION_VERDICT_COUNT] = {"ok", "todo", "bad"};
    char at[25], subtitle[256];
    tr_rfc3339(c->at, at);
    snprintf(subtitle, sizeof(subtitle), "%s (%s/%s)",
             c->plan->name[0] != '\0' ? c->plan->name : c->plan->site, c->plan->site,
             c->plan->unit);
    tr_page_begin(to, "Commissioning record", subtitle);
    fputs("<p>", to);
    tr_page_element(to, "span", classes[c->verdict], "%s", tr_commission_verdict_name[c->verdict]);
    tr_page_textf(to, " Walked on %.10s at %.5s UTC, in %.0f min, by %s.", at, at + 11,
                  (double)c->took_ns / 60e9, c->by != NULL ? c->by : "(no name given)");
    fputs("</p>\n", to);
    if (c->source == TR_COMMISSION_TRACE) {
        tr_page_element(to, "p", NULL, "A recorded trace was played: no wire has been tested.");
    }
    findings(to, c);
    inputs(to, c);
    gates_and_outputs(to, c);
    fputs("<div class=\"keep\">", to);
    tr_page_element(to, "span", "sign", "Installer: name, date, signature");
    tr_page_element(to, "span", "sign", "Shop: name, date, signature");
    fputs("</div>\n", to);
    char footer[512];
    snprintf(footer, sizeof(footer), "thirdring %.60s, configuration %.20s, %.200s", c->version,
             c->config_hash, c->chip);
    tr_page_end(to, footer);
}

/* --- files ------------------------------------------------------------------------------------ */

static int cannot(const char *path, int e)
{
    fprintf(stderr, "thirdring: cannot write %s: %s\n", path, strerror(e));
    return EX_CANTCREAT;
}

/* By making what it will be written through first, and taking that away again. */
static int try_file(const char *path)
{
    char part[TR_PATH_MAX * 4];
    if (tr_cli_part(path, part, sizeof(part)) < 0) {
        return cannot(path, ENAMETOOLONG);
    }
    if (strcmp(part, path) == 0) {
        return EX_OK; /* a device: opened once, when there is something to say */
    }
    const int fd = open(part, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
        return cannot(path, errno);
    }
    close(fd);
    unlink(part);
    return EX_OK;
}

int tr_walk_record_try(const struct tr_walk_request *req)
{
    const int code = req->record != NULL ? try_file(req->record) : EX_OK;
    return code == EX_OK && req->html != NULL ? try_file(req->html) : code;
}

/* Whole or not at all: a record that was signed must not be lost to a full disk. */
static int write_file(const char *path, const struct tr_commissioning *c, bool html)
{
    char part[TR_PATH_MAX * 4];
    if (tr_cli_part(path, part, sizeof(part)) < 0) {
        return cannot(path, ENAMETOOLONG);
    }
    const bool whole = strcmp(part, path) == 0;
    FILE *file = fopen(part, "we");
    if (file == NULL) {
        return cannot(path, errno);
    }
    bool good = true;
    if (html) {
        tr_walk_record_html(file, c);
    } else {
        size_t n = 0;
        char *json = encoded(c, &n);
        good = json != NULL && fwrite(json, 1, n, file) == n && fputc('\n', file) != EOF;
        free(json);
    }
    good = good && fflush(file) == 0 && (whole || fsync(fileno(file)) == 0);
    int e = errno;
    good = fclose(file) == 0 && good;
    if (!good || (!whole && rename(part, path) < 0)) {
        e = good ? errno : e;
        if (!whole) {
            unlink(part);
        }
        return cannot(path, e);
    }
    return EX_OK;
}

int tr_walk_record_write(const struct tr_commissioning *c, const struct tr_walk_request *req)
{
    int code = EX_OK;
    if (req->record != NULL) {
        code = write_file(req->record, c, false);
    }
    if (req->html != NULL) {
        const int r = write_file(req->html, c, true);
        code = code == EX_OK ? r : code;
    }
    return code;
}

/* --- the broker --------------------------------------------------------------------------------- */

/* @return EX_OK, an exit code, or -1: go on. */
static int take(struct tr_mqtt *mqtt, const struct tr_mqtt_message *m,
                const struct tr_mqtt_note *note, char *why)
{
    switch (note->kind) {
    case TR_MQTT_CONNECTED:
        if (tr_mqtt_publish(mqtt, m) == -EMSGSIZE) {
            snprintf(why, TR_MQTT_ERROR_MAX, "it is more than this broker takes");
            return EX_UNAVAILABLE;
        }
        return -1;
    case TR_MQTT_ACK:
        return note->token == m->token ? EX_OK : -1;
    case TR_MQTT_REFUSED:
        snprintf(why, TR_MQTT_ERROR_MAX, "%s", note->text);
        return EX_NOPERM;
    case TR_MQTT_DISCONNECTED:
    case TR_MQTT_FAILED:
        snprintf(why, TR_MQTT_ERROR_MAX, "%s", note->text);
        return -1;
    case TR_MQTT_MESSAGE:
    case TR_MQTT_NOTE_COUNT:
        break;
    }
    return -1;
}

static int publish(struct tr_mqtt *mqtt, const struct tr_mqtt_message *m, char *why)
{
    const int64_t until = tr_walk_clock() + PUBLISH_S * TR_NS_PER_S;
    for (;;) {
        struct tr_mqtt_note note;
        const int64_t now = tr_walk_clock();
        tr_mqtt_tick(mqtt, now);
        while (tr_mqtt_next(mqtt, &note) > 0) {
            const int code = take(mqtt, m, &note, why);
            if (code >= 0) {
                return code;
            }
        }
        if (now >= until) {
            return EX_UNAVAILABLE;
        }
        const int64_t due = tr_mqtt_deadline(mqtt) < until ? tr_mqtt_deadline(mqtt) : until;
        struct pollfd fd = {.fd = tr_mqtt_fd(mqtt), .events = POLLIN};
        (void)poll(&fd, 1, due > now ? (int)((due - now) / TR_NS_PER_MS + 1) : 0);
    }
}

int tr_walk_record_publish(const struct tr_commissioning *c, const struct tr_config *cfg,
                           const char *broker)
{
    char why[TR_MQTT_ERROR_MAX] = "no answer", topic[TR_WIRE_TOPIC_MAX], id[TR_NAME_MAX];
    struct tr_mqtt_options opt = cfg->options.mqtt;
    const struct tr_wire wire = {.plan = &cfg->plan, .base = opt.base};
    struct tr_mqtt *mqtt = NULL;
    size_t n = 0;
    opt.client_id[0] = '\0';
    if (broker != NULL && strlen(broker) < sizeof(opt.uri)) {
        strcpy(opt.uri, broker);
        opt.enabled = true;
    }
    if (!opt.enabled) {
        fputs("thirdring: the record cannot be published: no mqtt section\n", stderr);
        return EX_CONFIG;
    }
    char *json = encoded(c, &n);
    if (json == NULL) {
        return EX_OSERR;
    }
    tr_wire_topic(&wire, "commissioning", topic);
    const struct tr_mqtt_message m = {.topic = topic,
                                      .payload = json,
                                      .n = n,
                                      .qos = 1,
                                      .retain = true,
                                      .content_type = "application/json",
                                      .token = 1};
    snprintf(id, sizeof(id), "thirdring-record-%d", (int)getpid());
    int code = tr_mqtt_open(&opt, id, NULL, &mqtt, why) < 0 ? EX_UNAVAILABLE : EX_OK;
    code = code == EX_OK ? publish(mqtt, &m, why) : code;
    if (code != EX_OK) {
        fprintf(stderr, "thirdring: the record is not published: %s\n", why);
    }
    tr_mqtt_close(mqtt, 1000);
    free(json);
    return code;
}
