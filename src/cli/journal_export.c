#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/calendar.h"
#include "cli/journal.h"
#include "codec/json.h"

struct export
{
    const struct tr_journal_request *req;
    FILE *to;
    struct tr_journal_scribe *scribe;
    struct tr_journal_mask *mask; /**< NULL: names and times as they are */
    uint64_t n;
};

static int visit(void *user, const struct tr_journal_record *record)
{
    struct export *x = user;
    struct tr_journal_record r = *record;
    char json[TR_JSON_MAX];
    int n = tr_journal_scribe_look(x->scribe, &r);

    if (n < 0) {
        return n;
    }
    if (x->mask != NULL) {
        tr_journal_mask(x->mask, &r);
        strcpy(x->scribe->site, TR_JOURNAL_MASKED);
        strcpy(x->scribe->unit, TR_JOURNAL_MASKED);
    }
    n = tr_journal_scribe_write(x->scribe, &r, json, sizeof(json));
    if (n < 0) {
        return n;
    }
    if (x->req->csv) {
        tr_journal_csv_row(x->to, x->req->kinds, json);
    } else {
        fwrite(json, 1, (size_t)n, x->to);
        fputc('\n', x->to);
    }
    x->n++;
    return ferror(x->to) ? -EPIPE : 0;
}

/* The shop's own days: by its time zone, and from its start of the day. */
static void know_days(struct tr_journal_reader *reader, int *ret_start_min)
{
    struct tr_journal_tail tail;
    struct tr_config *cfg = NULL;
    struct tr_config_error error;
    char *text = NULL;
    size_t n;

    *ret_start_min = 0;
    if (tr_journal_read_tail(reader, &tail) == 0 &&
        tr_journal_read_plan(reader, tail.plan_hash, &text) == 0 &&
        tr_config_load("journal", text, NULL, &cfg, &error, 1, &n) == 0) {
        tr_calendar_zone(cfg->plan.timezone);
        *ret_start_min = cfg->plan.day_start_min;
    }
    tr_config_free(cfg);
    free(text);
}

/* The beginning of a business day, @p later days on. @return whether it is a date. */
static bool day(const char *date, int later, int start_min, struct tr_wall *ret)
{
    struct tm tm = {.tm_isdst = -1};
    const char *end = strptime(date, "%Y-%m-%d", &tm);
    struct tm check = tm;

    if (end == NULL || *end != '\0' || strlen(date) != 10) {
        return false;
    }
    check.tm_hour = 12;
    if (mktime(&check) == -1 || check.tm_mday != tm.tm_mday) {
        return false;
    }
    tm.tm_mday += later;
    tm.tm_hour = start_min / 60;
    tm.tm_min = start_min % 60;
    tm.tm_isdst = -1;
    ret->ms = (int64_t)mktime(&tm) * 1000;
    return true;
}

static int choose(const struct tr_journal_request *req, struct tr_journal_reader *reader,
                  struct tr_journal_which *ret)
{
    int start_min;

    *ret = (struct tr_journal_which){
        .kinds = req->kinds, .station = req->station, .from.ms = INT64_MIN, .to.ms = INT64_MAX};
    if (req->from == NULL && req->to == NULL) {
        return EX_OK;
    }
    know_days(reader, &start_min);
    const bool from_ok = req->from == NULL || day(req->from, 0, start_min, &ret->from);
    if (!from_ok || (req->to != NULL && !day(req->to, 1, start_min, &ret->to))) {
        fprintf(stderr, "thirdring journal: %s '%s': a day is YYYY-MM-DD, such as 2026-03-02\n",
                from_ok ? "--to" : "--from", from_ok ? req->to : req->from);
        return EX_USAGE;
    }
    if (ret->from.ms >= ret->to.ms) {
        fprintf(stderr, "thirdring journal: --from %s is after --to %s\n", req->from, req->to);
        return EX_USAGE;
    }
    return EX_OK;
}

static int run(struct export *x, struct tr_journal_reader *reader)
{
    struct tr_journal_which which;
    int code = choose(x->req, reader, &which);
    int r;

    if (code != EX_OK) {
        return code;
    }
    if (x->req->csv) {
        tr_journal_csv_head(x->to, x->req->kinds);
    }
    r = tr_journal_records(reader, &which, visit, x);
    if (r < 0 && r != -EPIPE) {
        char error[TR_JOURNAL_ERROR_MAX];

        snprintf(error, sizeof(error), "cannot read the journal: %s",
                 r == -EBADMSG ? "it is damaged" : strerror(-r));
        return tr_journal_exit(r, error);
    }
    if (fflush(x->to) != 0 || ferror(x->to)) {
        fprintf(stderr, "thirdring journal: cannot write %s: %s\n",
                x->req->output != NULL ? x->req->output : "standard output", strerror(errno));
        return EX_IOERR;
    }
    return EX_OK;
}

/* To a file: beside it first, so that half of one is never taken for it. */
static int run_to(struct export *x, struct tr_journal_reader *reader, const char *path)
{
    char part[TR_PATH_MAX + 16];
    bool whole;
    int code;

    if (x->req->output == NULL) {
        x->to = stdout;
        return run(x, reader);
    }
    if (tr_journal_owns(path, x->req->output)) {
        fprintf(stderr, "thirdring journal: %s is the journal itself\n", x->req->output);
        return EX_USAGE;
    }
    if (tr_cli_part(x->req->output, part, sizeof(part)) < 0) {
        fprintf(stderr, "thirdring journal: %s: a path has less than %d bytes\n", x->req->output,
                TR_PATH_MAX);
        return EX_USAGE;
    }
    whole = strcmp(part, x->req->output) == 0;
    x->to = fopen(part, "we");
    if (x->to == NULL) {
        fprintf(stderr, "thirdring journal: cannot write %s: %s\n", part, strerror(errno));
        return EX_CANTCREAT;
    }
    code = run(x, reader);
    if ((fclose(x->to) != 0 || (code == EX_OK && !whole && rename(part, x->req->output) < 0)) &&
        code == EX_OK) {
        fprintf(stderr, "thirdring journal: cannot write %s: %s\n", x->req->output,
                strerror(errno));
        code = EX_IOERR;
    }
    if (code != EX_OK && !whole) {
        unlink(part);
    } else if (code == EX_OK) {
        printf("%" PRIu64 " records: %s\n", x->n, x->req->output);
    }
    return code;
}

int tr_journal_export(const struct tr_journal_request *req, const char *path)
{
    struct export x = {.req = req};
    struct tr_journal_reader *reader = NULL;
    char error[TR_JOURNAL_ERROR_MAX];
    int r = tr_journal_read_open(path, &reader, error);
    int code = EX_OSERR;

    if (r < 0) {
        return tr_journal_exit(r, error);
    }
    x.scribe = calloc(1, sizeof(*x.scribe));
    x.mask = req->anonymous ? tr_journal_mask_new() : NULL;
    if (x.scribe == NULL || (req->anonymous && x.mask == NULL)) {
        fputs("thirdring journal: out of memory\n", stderr);
    } else {
        x.scribe->reader = reader;
        x.scribe->from = 1; /* an empty span: the first record asks */
        code = run_to(&x, reader, path);
    }
    tr_journal_mask_free(x.mask);
    free(x.scribe);
    tr_journal_read_close(reader);
    return code;
}
