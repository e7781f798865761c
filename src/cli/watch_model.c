/* Topics to a picture of the floor. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/watch.h"
#include "mqtt/mqtt.h"

static void copy(char *to, size_t cap, const char *from)
{
    snprintf(to, cap, "%s", from);
}

struct tr_watch_station *tr_watch_station(struct tr_watch_unit *unit, const char *id)
{
    for (int i = 0; i < unit->stations_n; i++) {
        if (strcmp(unit->stations[i].id, id) == 0) {
            return &unit->stations[i];
        }
    }
    if (unit->stations_n == TR_STATIONS_MAX) {
        return NULL;
    }
    struct tr_watch_station *st = &unit->stations[unit->stations_n++];
    memset(st, 0, sizeof(*st));
    copy(st->id, sizeof(st->id), id);
    copy(st->name, sizeof(st->name), id);
    st->kind = TR_KIND_COUNT;
    return st;
}

struct tr_watch_sensor *tr_watch_sensor(struct tr_watch_unit *unit, const char *id)
{
    for (int i = 0; i < unit->sensors_n; i++) {
        if (strcmp(unit->sensors[i].id, id) == 0) {
            return &unit->sensors[i];
        }
    }
    if (unit->sensors_n == TR_SENSORS_MAX) {
        return NULL;
    }
    struct tr_watch_sensor *sensor = &unit->sensors[unit->sensors_n++];
    memset(sensor, 0, sizeof(*sensor));
    copy(sensor->id, sizeof(sensor->id), id);
    copy(sensor->name, sizeof(sensor->name), id);
    return sensor;
}

struct tr_watch_output *tr_watch_output(struct tr_watch_unit *unit, const char *id)
{
    for (int i = 0; i < unit->outputs_n; i++) {
        if (strcmp(unit->outputs[i].id, id) == 0) {
            return &unit->outputs[i];
        }
    }
    if (unit->outputs_n == TR_OUTPUTS_MAX) {
        return NULL;
    }
    struct tr_watch_output *output = &unit->outputs[unit->outputs_n++];
    memset(output, 0, sizeof(*output));
    copy(output->id, sizeof(output->id), id);
    copy(output->name, sizeof(output->name), id);
    return output;
}

const char *tr_watch_station_name(const struct tr_watch_unit *unit, const char *id)
{
    for (int i = 0; i < unit->stations_n; i++) {
        if (strcmp(unit->stations[i].id, id) == 0) {
            return unit->stations[i].name;
        }
    }
    return id;
}

const char *tr_watch_sensor_name(const struct tr_watch_unit *unit, const char *id)
{
    for (int i = 0; i < unit->sensors_n; i++) {
        if (strcmp(unit->sensors[i].id, id) == 0) {
            return unit->sensors[i].name;
        }
    }
    return id;
}

const char *tr_watch_who(const struct tr_watch_unit *unit, const struct tr_watch_line *line)
{
    return line->sensor           ? tr_watch_sensor_name(unit, line->who)
           : line->who[0] == '\0' ? unit->name
                                  : tr_watch_station_name(unit, line->who);
}

/* --- units -------------------------------------------------------------------- */

struct tr_watch_unit *tr_watch_chosen(const struct tr_watch_model *model)
{
    return model->chosen < 0 ? NULL : model->units[model->chosen];
}

void tr_watch_model_fini(struct tr_watch_model *model)
{
    for (int i = 0; i < model->units_n; i++) {
        free(model->units[i]);
    }
    model->units_n = 0;
    model->chosen = -1;
}

static struct tr_watch_unit *find_unit(struct tr_watch_model *model, const char *site,
                                       const char *unit)
{
    for (int i = 0; i < model->units_n; i++) {
        if (strcmp(model->units[i]->site, site) == 0 && strcmp(model->units[i]->unit, unit) == 0) {
            return model->units[i];
        }
    }
    struct tr_watch_unit *u =
        model->units_n < TR_WATCH_UNITS ? calloc(1, sizeof(struct tr_watch_unit)) : NULL;
    if (u != NULL) {
        copy(u->site, sizeof(u->site), site);
        copy(u->unit, sizeof(u->unit), unit);
        copy(u->name, sizeof(u->name), site);
        model->units[model->units_n++] = u;
    }
    return u;
}

/* The first that speaks is shown; one that is there beats one that is not, as
 * long as nothing was seen of the other but what the broker remembers. */
static void choose(struct tr_watch_model *model)
{
    const struct tr_watch_unit *now = tr_watch_chosen(model);
    if (now != NULL && (now->was_online || now->clock.known)) {
        return;
    }
    for (int i = 0; i < model->units_n; i++) {
        if (model->units[i]->was_online) {
            model->chosen = i;
            return;
        }
    }
    model->chosen = model->units_n > 0 && model->chosen < 0 ? 0 : model->chosen;
}

/* --- topics -------------------------------------------------------------------- */

/* Take "word/" or a last "word" off @p at. @return false: empty or too long. */
static bool take(const char **at, char *word, size_t cap)
{
    const size_t n = strcspn(*at, "/");
    if (n == 0 || n >= cap) {
        return false;
    }
    memcpy(word, *at, n);
    word[n] = '\0';
    *at += n + ((*at)[n] == '/');
    return true;
}

static int of_station(struct tr_watch_unit *u, const char *id, const char *what, const char *json,
                      size_t n, int64_t now_ns)
{
    struct tr_watch_station *st = tr_watch_station(u, id);
    if (st == NULL) {
        return -EBADMSG;
    }
    if (strcmp(what, "metrics") == 0) {
        return tr_watch_station_metrics(st, json, n);
    }
    if (strcmp(what, "state") != 0) {
        return -EBADMSG;
    }
    const enum tr_measuring before = st->state.measuring;
    const int r = tr_watch_station_state(st, json, n, now_ns);
    if (r == 0) {
        tr_watch_sight(u, st, before, now_ns);
    }
    return r;
}

static int of_sensor(struct tr_watch_unit *u, const char *id, const char *what, const char *word)
{
    struct tr_watch_sensor *sensor = tr_watch_sensor(u, id);
    if (sensor == NULL) {
        return -EBADMSG;
    }
    if (strcmp(what, "health") == 0) {
        copy(sensor->health, sizeof(sensor->health), word);
    }
    return 0;
}

static int of_output(struct tr_watch_unit *u, const char *id, const char *word)
{
    struct tr_watch_output *output = tr_watch_output(u, id);
    if (output == NULL) {
        return -EBADMSG;
    }
    output->known = true;
    output->on = strcmp(word, "ON") == 0;
    return 0;
}

/* The rest of a topic behind <base>/<site>/<unit>/. */
static int dispatch(struct tr_watch_unit *u, const char *rest, const char *payload, size_t n,
                    int64_t now_ns, int64_t real_ms)
{
    char group[TR_NAME_MAX], id[TR_WATCH_ID], what[TR_NAME_MAX] = "", word[16] = "";
    const char *at = rest;
    if (!take(&at, group, sizeof(group))) {
        return -EBADMSG;
    }
    if (n < sizeof(word)) {
        memcpy(word, payload, n);
    }
    if (strcmp(group, "availability") == 0) {
        tr_watch_availability(u,
                              strcmp(word, "online") == 0    ? TR_WATCH_ONLINE
                              : strcmp(word, "offline") == 0 ? TR_WATCH_OFFLINE
                                                             : TR_WATCH_UNKNOWN,
                              now_ns);
        return 0;
    }
    if (strcmp(group, "info") == 0) {
        return tr_watch_info(u, payload, n);
    }
    if (!take(&at, id, sizeof(id))) {
        return -EBADMSG;
    }
    if (strcmp(group, "alert") == 0) {
        return tr_watch_alert(u, id, payload, n);
    }
    const bool more = take(&at, what, sizeof(what));
    if (strcmp(group, "event") == 0 && more) {
        return tr_watch_event(u, id, payload, n, now_ns, real_ms);
    }
    if (strlen(id) >= TR_NAME_MAX || !more) {
        return 0; /* journal, commands, answers: seen going by */
    }
    return strcmp(group, "station") == 0  ? of_station(u, id, what, payload, n, now_ns)
           : strcmp(group, "input") == 0  ? of_sensor(u, id, what, word)
           : strcmp(group, "output") == 0 ? of_output(u, id, word)
                                          : 0;
}

int tr_watch_message(struct tr_watch_model *model, const struct tr_mqtt_message *msg,
                     int64_t now_ns, int64_t real_ms)
{
    const size_t base_n = strlen(model->base);
    char site[TR_NAME_MAX], unit[TR_NAME_MAX];
    const bool ours = strncmp(msg->topic, model->base, base_n) == 0 && msg->topic[base_n] == '/';
    const char *at = ours ? msg->topic + base_n + 1 : "";
    if (!take(&at, site, sizeof(site)) || !take(&at, unit, sizeof(unit)) || *at == '\0') {
        model->malformed++;
        return -EBADMSG;
    }
    struct tr_watch_unit *u = find_unit(model, site, unit);
    if (u == NULL) {
        return model->units_n < TR_WATCH_UNITS ? -ENOMEM : -EBADMSG;
    }
    u->first_ns = u->first_ns == 0 ? now_ns : u->first_ns;
    const char *payload = msg->n > 0 ? msg->payload : "";
    struct tr_watch_entry *entry = &u->log[u->log_n++ % TR_WATCH_LOG];
    copy(entry->topic, sizeof(entry->topic), at);
    tr_watch_shorten(payload, msg->n, entry->payload, sizeof(entry->payload));
    const int r = dispatch(u, at, payload, msg->n, now_ns, real_ms);
    if (r < 0) {
        model->malformed++;
    }
    choose(model);
    const char *zone = model->units[model->chosen]->timezone;
    if (zone[0] != '\0' && strcmp(zone, model->zone) != 0) {
        copy(model->zone, sizeof(model->zone), zone);
        tr_watch_zone(zone);
    }
    return r;
}
