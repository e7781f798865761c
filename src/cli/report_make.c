/* A report from end to end: which days, whose names, the rows, the figures. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/calendar.h"
#include "cli/journal.h"
#include "cli/report_collect.h"

enum { RANGE_MAX = 3660, WEEKS_BESIDE = 9 };

/* --- the report's frame ------------------------------------------------------------------------ */

static void name_stations(struct tr_report_collect *c)
{
    const struct tr_plan *plan = &c->cfg->plan;
    struct tr_report *r = c->report;

    for (int i = 0; i < plan->stations_n; i++) {
        const struct tr_station *p = &plan->stations[i];

        if (c->ask->station != NULL && strcmp(c->ask->station, p->id) != 0) {
            continue;
        }
        struct tr_report_station *st = tr_report_add_station(r, p->id);
        st->gone = false;
        st->kind = p->kind;
        st->audience = p->audience;
        st->unit = p->target.unit;
        if (p->name[0] != '\0') {
            snprintf(st->name, sizeof(st->name), "%s", p->name);
        }
        if (p->target.unit != TR_TARGET_NONE) {
            st->rings = p->target.unit == TR_TARGET_RINGS ? p->target.rings : 0;
            st->threshold_s = tr_ns_to_s(p->target.threshold_ns);
            st->target_pct = p->target.percent;
        }
        for (int b = 0; p->kind == TR_KIND_FEEDBACK && b < p->u.feedback.buttons_n; b++) {
            (void)tr_report_button(&st->smiles, p->u.feedback.buttons[b].id,
                                   p->u.feedback.buttons[b].score);
        }
    }
}

static int name_sensors(struct tr_report_collect *c)
{
    const struct tr_plan *plan = &c->cfg->plan;
    struct tr_report *r = c->report;
    const size_t room = (size_t)plan->sensors_n + c->data.alerts_n + 1;
    const int of = r->only ? tr_plan_find_station(plan, r->station[0].id) : TR_NONE;

    r->sensor = calloc(room, sizeof(*r->sensor));
    if (r->sensor == NULL) {
        return -ENOMEM;
    }
    for (int i = 0; i < plan->sensors_n; i++) {
        const struct tr_sensor *s = &plan->sensors[i];

        if (!r->only || (of >= 0 && tr_report_uses(plan, &plan->stations[of], i))) {
            struct tr_report_sensor *to = &r->sensor[r->sensors_n++];

            snprintf(to->id, sizeof(to->id), "%s", s->id);
            snprintf(to->name, sizeof(to->name), "%s", s->name[0] != '\0' ? s->name : s->id);
        }
    }
    for (size_t i = 0; i < c->data.alerts_n && !r->only; i++) {
        const struct tr_report_alert *a = &c->data.alert[i];
        int k = 0;

        while (k < r->sensors_n && strcmp(r->sensor[k].id, a->sensor) != 0) {
            k++;
        }
        if (a->rule == TR_RULE_SENSOR && k == r->sensors_n && a->until.ms >= r->from.ms) {
            snprintf(r->sensor[k].id, TR_ID_MAX, "%s", a->sensor);
            snprintf(r->sensor[k].name, TR_NAME_MAX, "%s", a->sensor);
            r->sensor[k].gone = true;
            r->sensors_n++;
        }
    }
    return 0;
}

static void name_dayparts(struct tr_report *r, const struct tr_plan *plan)
{
    for (int i = 0; i < plan->dayparts_n; i++) {
        snprintf(r->daypart[i].id, TR_ID_MAX, "%s", plan->dayparts[i].id);
        r->daypart[i].from_min = plan->dayparts[i].from_min;
    }
    r->daypart[plan->dayparts_n].from_min = TR_NONE;
    r->dayparts_n = plan->dayparts_n + 1;
}

/* The weeks that the range touches, and some before; none before the journal's first. */
static void name_weeks(struct tr_report_collect *c, int oldest, int newest)
{
    struct tr_report *r = c->report;
    struct tr_report_data *d = &c->data;
    int last = d->to_day < newest ? d->to_day : newest > d->from_day ? newest : d->from_day;
    int n;

    last -= tr_report_weekday(last);
    n = (last - (d->from_day - tr_report_weekday(d->from_day))) / 7 + 1;
    n = n < WEEKS_BESIDE ? WEEKS_BESIDE : n > TR_REPORT_WEEKS_MAX ? TR_REPORT_WEEKS_MAX : n;
    while (n > 1 && last - 7 * (n - 1) + 6 < oldest) {
        n--;
    }
    d->week_day = last - 7 * (n - 1);
    d->base_day = d->week_day < d->from_day ? d->week_day : d->from_day;
    r->weeks_n = n;
    for (int i = 0; i < n; i++) {
        const int monday = d->week_day + 7 * i;

        tr_report_date(monday, r->week[i].monday);
        r->week[i].in_range = monday + 6 >= d->from_day && monday <= d->to_day;
        r->week[i].partial = monday < oldest || monday + 6 >= newest;
    }
}

static int name_days(struct tr_report_collect *c)
{
    struct tr_report *r = c->report;

    r->days_n = c->data.to_day - c->data.from_day + 1;
    r->day = calloc((size_t)r->days_n, sizeof(*r->day));
    if (r->day == NULL) {
        return -ENOMEM;
    }
    for (int i = 0; i < r->days_n; i++) {
        tr_report_date(c->data.from_day + i, r->day[i].date);
        r->day[i].weekday = tr_report_weekday(c->data.from_day + i);
    }
    tr_report_date(c->data.from_day, r->from_date);
    tr_report_date(c->data.to_day, r->to_date);
    return 0;
}

/* --- errors -------------------------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static int fail(struct tr_report_error *error, int code,
                                                      const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(error->text, sizeof(error->text), format, args);
    va_end(args);
    error->code = code;
    return -1;
}

/* --- the whole ------------------------------------------------------------------------------- */

static int load_plan(struct tr_report_collect *c, const char *hash, struct tr_report_error *error)
{
    struct tr_config_error what;
    char *text = NULL;
    size_t n = 0;
    int r = tr_journal_read_plan(c->reader, hash, &text);

    if (r == 0) {
        r = tr_config_load("journal", text, NULL, &c->cfg, &what, 1, &n);
    }
    free(text);
    if (r < 0) {
        return fail(error, EX_DATAERR,
                    "the journal's configuration cannot be read by this build: %s",
                    r == -EINVAL ? what.text : strerror(-r));
    }
    return 0;
}

static int take_absence(void *user, struct tr_wall from, struct tr_wall to, int64_t length_ns)
{
    struct tr_report *r = user;
    struct tr_report_absence *more =
        realloc(r->absence, ((size_t)r->absences_n + 1) * sizeof(*more));

    if (more == NULL) {
        return -ENOMEM;
    }
    r->absence = more;
    r->absence[r->absences_n++] =
        (struct tr_report_absence){.from = from, .to = to, .clock = length_ns == 0};
    return 0;
}

/* A board without a clock of its own begins on the day its image was made, and leaps to today
 * once it is told: the journal begins then, for all that a report can say of days. */
static struct tr_wall after_leap(const struct tr_report *r, struct tr_wall first)
{
    const int64_t hour_ms = INT64_C(3600) * 1000;

    for (int i = 0; i < r->absences_n && r->absence[i].from.ms - first.ms < hour_ms; i++) {
        if (r->absence[i].clock && r->absence[i].to.ms - r->absence[i].from.ms > 24 * hour_ms) {
            first = r->absence[i].to;
        }
    }
    return first;
}

/* Of all absences those that a report looks at. */
static void keep_absences(struct tr_report *r, struct tr_wall base)
{
    int n = 0;

    for (int i = 0; i < r->absences_n; i++) {
        const struct tr_report_absence a = r->absence[i];

        if (a.to.ms > a.from.ms && a.to.ms >= base.ms && a.from.ms <= r->until.ms) {
            r->absence[n++] = a;
        }
    }
    r->absences_n = n;
}

/* Moments and days. */
static int frame(struct tr_report_collect *c, const struct tr_journal_tail *tail,
                 struct tr_report_error *error)
{
    struct tr_report *r = c->report;
    struct tr_report_data *d = &c->data;
    const struct tr_plan *plan = &c->cfg->plan;
    struct tr_wall first = tail->wall;
    struct tr_wall last = tail->wall; /* where no day is told: the newest with a wait */
    const char *wrong;

    tr_calendar_zone(plan->timezone);
    d->day_start_min = plan->day_start_min;
    d->clear_after_ms = plan->alerts.clear_after_ns / TR_NS_PER_MS;
    if (d->clear_after_ms < TR_REPORT_FAULT_CLEAR_MS) {
        d->clear_after_ms = TR_REPORT_FAULT_CLEAR_MS;
    }
    c->clock.start_s = plan->day_start_min * 60;
    (void)tr_journal_first(c->reader, &first);
    if (tr_journal_absences(c->reader, take_absence, r) < 0) {
        return fail(error, EX_IOERR, "cannot read the journal");
    }
    first = after_leap(r, first);
    const int oldest = tr_report_day_of(&c->clock, first, NULL);
    const int newest = tr_report_day_of(&c->clock, tail->wall, NULL);
    (void)tr_journal_newest_wait(c->reader, &last);
    wrong = tr_report_range(c->ask, oldest, tr_report_day_of(&c->clock, last, NULL), &d->from_day,
                            &d->to_day);
    if (wrong != NULL) {
        return fail(error, EX_USAGE, "%s", wrong);
    }
    if (d->to_day - d->from_day >= RANGE_MAX) {
        return fail(error, EX_USAGE, "a report is of ten years at most");
    }
    r->from = tr_report_day_begin(d->from_day, d->day_start_min);
    r->to = tr_report_day_begin(d->to_day + 1, d->day_start_min);
    r->made.ms = (int64_t)time(NULL) * 1000;
    r->so_far = tail->wall.ms < r->to.ms && r->made.ms < r->to.ms;
    r->until = tail->wall.ms < r->to.ms ? tail->wall : r->to;
    r->until = r->until.ms < r->from.ms ? r->from : r->until;
    r->known_from = first.ms > r->from.ms ? first : r->from;
    r->known_from = r->known_from.ms > r->until.ms ? r->until : r->known_from;
    name_weeks(c, oldest, newest);
    d->rows = tr_report_day_begin(d->base_day, d->day_start_min);
    d->base = d->rows.ms < first.ms ? first : d->rows;
    keep_absences(r, d->base);
    d->known_from = first;
    d->known_to = tail->wall;
    tr_report_title(c->ask, d->from_day, d->to_day, r->title, sizeof(r->title));
    snprintf(r->site, sizeof(r->site), "%s", plan->site);
    snprintf(r->unit, sizeof(r->unit), "%s", plan->unit);
    snprintf(r->name, sizeof(r->name), "%s", plan->name[0] != '\0' ? plan->name : plan->site);
    snprintf(r->timezone, sizeof(r->timezone), "%s", plan->timezone);
    return 0;
}

/* How many configurations took turns. */
static void count_plans(struct tr_report_collect *c)
{
    uint64_t seq = c->first_seq;
    char hash[17];

    c->report->plans = 0;
    while (seq <= c->last_seq && c->report->plans < INT16_MAX &&
           tr_journal_plan_at(c->reader, seq, hash, &seq) == 0) {
        c->report->plans++;
    }
}

/* As the panel shows them, from the best to the worst: few, so by insertion. */
static void order_buttons(struct tr_report_smiles *s)
{
    for (int i = 1; i < s->buttons_n; i++) {
        for (int k = i; k > 0 && s->button[k].score > s->button[k - 1].score; k--) {
            const __typeof__(s->button[0]) b = s->button[k];

            s->button[k] = s->button[k - 1];
            s->button[k - 1] = b;
        }
    }
}

static int fill(struct tr_report_collect *c, struct tr_report_error *error)
{
    struct tr_report *r = c->report;
    int code = name_days(c);

    name_dayparts(r, &c->cfg->plan);
    c->data.no_daypart = c->cfg->plan.dayparts_n;
    name_stations(c);
    tr_report_plans(c->reader, &c->tail, c->cfg, &c->data);
    if (code == 0) {
        code = tr_report_collect(c);
    }
    if (code == 0 && r->stations_n == 0 && r->only) {
        return fail(error, EX_USAGE, "--station '%s': the journal knows no such station",
                    c->ask->station);
    }
    if (code == 0) {
        code = name_sensors(c);
    }
    if (code == 0) {
        tr_report_plans_date(c->reader, &c->tail, &c->data);
        code = tr_report_see(&c->data, r);
    }
    if (code == 0) {
        code = tr_report_figure(&c->data, r);
    }
    if (code == 0) {
        code = tr_report_replay(c->reader, r);
    }
    if (code < 0) {
        return fail(error,
                    code == -ENOMEM    ? EX_OSERR
                    : code == -EBADMSG ? EX_DATAERR
                                       : EX_IOERR,
                    "cannot read the journal: %s",
                    code == -EBADMSG ? "it is damaged" : strerror(-code));
    }
    for (int i = 0; i < r->stations_n; i++) {
        order_buttons(&r->station[i].smiles);
    }
    count_plans(c);
    r->lost = (int64_t)tr_journal_read_lost(c->reader);
    return 0;
}

static int make(struct tr_report_collect *c, struct tr_report_error *error)
{
    int r = tr_journal_read_tail(c->reader, &c->tail);

    if (r < 0) {
        return fail(error, EX_DATAERR, "%s",
                    r == -ENODATA ? "the journal is fresh: nothing was measured yet"
                                  : "cannot read the journal");
    }
    c->report->synced = true;
    c->report->only = c->ask->station != NULL;
    c->first_seq = UINT64_MAX;
    r = load_plan(c, c->tail.plan_hash, error);
    if (r == 0) {
        r = frame(c, &c->tail, error);
    }
    return r == 0 ? fill(c, error) : r;
}

int tr_report_make(const char *path, const struct tr_report_ask *ask, struct tr_report **ret,
                   struct tr_report_error *reterr)
{
    struct tr_report_collect *c = calloc(1, sizeof(*c));
    struct tr_report *report = calloc(1, sizeof(*report));
    int r = -1;

    if (report != NULL) {
        report->station = calloc(TR_REPORT_STATIONS_MAX, sizeof(*report->station));
    }
    if (c == NULL || report == NULL || report->station == NULL) {
        fail(reterr, EX_OSERR, "out of memory");
        goto out;
    }
    c->ask = ask;
    c->report = report;
    r = tr_journal_read_open(path, &c->reader, reterr->text);
    if (r < 0) {
        reterr->code = tr_journal_exit_code(r);
        r = -1;
        goto out;
    }
    r = make(c, reterr);
out:
    if (c != NULL) {
        tr_journal_read_close(c->reader);
        tr_report_plans_free(&c->data, c->cfg);
        tr_config_free(c->cfg);
        free(c->data.wait);
        free(c->data.vote);
        free(c->data.alert);
        free(c);
    }
    if (r < 0) {
        tr_report_free(report);
    } else {
        *ret = report;
    }
    return r;
}

void tr_report_free(struct tr_report *report)
{
    if (report == NULL) {
        return;
    }
    free(report->day);
    free(report->station);
    free(report->sensor);
    free(report->alert);
    free(report->absence);
    free(report);
}
