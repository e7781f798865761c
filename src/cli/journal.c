/* thirdring journal: backup, restore, export. */
#include "cli/journal.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>

#include "codec/json.h"

enum { GO = -1, OPT_FORCE = 256, OPT_FROM, OPT_TO, OPT_STATION, OPT_TYPE, OPT_ANON, OPT_FORMAT };

static void usage(FILE *to)
{
    fputs("Usage: thirdring journal backup [OPTION]... DEST\n"
          "       thirdring journal restore [OPTION]... SRC\n"
          "       thirdring journal export [OPTION]...\n"
          "Save what the daemon wrote, put it back, or hand it on.\n\n"
          "backup   a whole copy in one file, also while the daemon runs\n"
          "restore  put a backup in the journal's place; the daemon must be stopped,\n"
          "         and what was there is kept beside it\n"
          "export   closed waits, votes and alerts, as JSON Lines or CSV\n\n"
          "  -c, --config FILE     says where the journal is; " TR_CLI_CONFIG "\n"
          "  -s, --set PATH=VALUE  override a setting\n"
          "      --journal PATH    the journal itself, or a backup; no configuration is read\n"
          "      --force           backup: replace DEST if it is there\n"
          "      --from DATE, --to DATE\n"
          "                        export: business days, both included: 2026-03-02\n"
          "      --station ID      export: of this station only\n"
          "      --type LIST       export: of wait,vote,alert (all)\n"
          "      --format csv|jsonl  jsonl unless told\n"
          "      --anonymous       export: no names, hours for times (privacy.md)\n"
          "  -o, --output FILE     export: not to standard output\n"
          "  -h, --help            print this\n",
          to);
}

int tr_journal_exit(int r, const char *error)
{
    fprintf(stderr, "thirdring journal: %s%s\n", error,
            r == -EBUSY ? ": stop it first (systemctl stop thirdringd)" : "");
    return tr_journal_exit_code(r);
}

int tr_journal_exit_code(int r)
{
    switch (r) {
    case -ENOENT:
    case -EISDIR:
    case -ENOTDIR:
        return EX_NOINPUT;
    case -EPROTO:
    case -EBADMSG:
    case -ENODATA:
        return EX_DATAERR;
    case -EBUSY:
    case -ETIME:
        return EX_TEMPFAIL;
    case -EACCES:
    case -EPERM:
    case -EROFS:
        return EX_NOPERM;
    case -EEXIST:
        return EX_CANTCREAT;
    case -EINVAL:
        return EX_USAGE;
    case -ENOMEM:
        return EX_OSERR;
    default:
        return EX_IOERR;
    }
}

/* "wait,vote" to a set. @return 0: not one of them. */
static int kinds_of(const char *list)
{
    static const char *const word[] = {"wait", "vote", "alert"};
    static const int kind[] = {TR_JOURNAL_WAITS, TR_JOURNAL_VOTES, TR_JOURNAL_ALERTS};
    int kinds = 0;

    for (const char *p = list; *p != '\0';) {
        const size_t n = strcspn(p, ",");
        int i = 0;

        while (i < 3 && (strlen(word[i]) != n || memcmp(word[i], p, n) != 0)) {
            i++;
        }
        if (i == 3) {
            return 0;
        }
        kinds |= kind[i];
        p += n + (p[n] == ',');
    }
    return kinds;
}

/* Options of export. @return GO or an exit code. */
static int export_option(int c, struct tr_journal_request *ret)
{
    switch (c) {
    case OPT_FROM:
        ret->from = optarg;
        return GO;
    case OPT_TO:
        ret->to = optarg;
        return GO;
    case OPT_STATION:
        ret->station = optarg;
        return GO;
    case OPT_ANON:
        ret->anonymous = true;
        return GO;
    case 'o':
        ret->output = optarg;
        return GO;
    case OPT_TYPE:
        ret->kinds = kinds_of(optarg);
        if (ret->kinds == 0) {
            fprintf(stderr, "thirdring journal: --type '%s': of wait, vote, alert, with commas\n",
                    optarg);
            return EX_USAGE;
        }
        return GO;
    case OPT_FORMAT:
        ret->csv = strcmp(optarg, "csv") == 0;
        if (!ret->csv && strcmp(optarg, "jsonl") != 0) {
            fprintf(stderr, "thirdring journal: --format '%s': csv or jsonl\n", optarg);
            return EX_USAGE;
        }
        return GO;
    default:
        usage(stderr);
        return EX_USAGE;
    }
}

/* @return GO or an exit code. */
static int parse(int argc, char **argv, struct tr_journal_request *ret)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"set", required_argument, NULL, 's'},
                                          {"journal", required_argument, NULL, 'j'},
                                          {"force", no_argument, NULL, OPT_FORCE},
                                          {"from", required_argument, NULL, OPT_FROM},
                                          {"to", required_argument, NULL, OPT_TO},
                                          {"station", required_argument, NULL, OPT_STATION},
                                          {"type", required_argument, NULL, OPT_TYPE},
                                          {"format", required_argument, NULL, OPT_FORMAT},
                                          {"anonymous", no_argument, NULL, OPT_ANON},
                                          {"output", required_argument, NULL, 'o'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    const char *verb = argv[0];
    int c;

    ret->config = TR_CLI_CONFIG;
    ret->kinds = TR_JOURNAL_RECORDS;
    optind = 1;
    while ((c = getopt_long(argc, argv, "c:s:o:h", longs, NULL)) != -1) {
        if (c == 'h') {
            usage(stdout);
            return EX_OK;
        }
        if (c == 'c') {
            ret->config = optarg;
        } else if (c == 'j') {
            ret->journal = optarg;
        } else if (c == 's' && ret->sets_n < TR_CLI_SETS_MAX) {
            ret->sets[ret->sets_n++] = optarg;
        } else if (c == OPT_FORCE && strcmp(verb, "backup") == 0) {
            ret->force = true;
        } else if (c != '?' && c != 's' && strcmp(verb, "export") != 0) {
            fprintf(stderr, "thirdring journal: %s has no such option\n", verb);
            return EX_USAGE;
        } else {
            const int code = export_option(c, ret);

            if (code != GO) {
                return code;
            }
        }
    }
    const int files = strcmp(verb, "export") != 0;
    if (optind + files != argc) {
        fprintf(stderr, "thirdring journal: %s\n",
                !files                        ? "export takes no file: see --output"
                : strcmp(verb, "backup") == 0 ? "backup: name one file to write"
                                              : "restore: name one backup");
        return EX_USAGE;
    }
    ret->file = argv[optind];
    return GO;
}

/* "12 waits, ...; 1.2 MB; newest entry ..." */
static void show(const struct tr_journal_copied *c)
{
    char at[25] = "none";

    if (c->tail.at.ns != INT64_MIN) {
        tr_rfc3339(c->tail.wall, at);
    }
    printf("  %" PRIu64 " waits, %" PRIu64 " votes, %" PRIu64 " alert changes, %" PRIu64
           " inputs; %.1f MB\n"
           "  newest entry: %s\n",
           c->waits, c->votes, c->alerts, c->inputs, (double)c->bytes / 1e6, at);
    if (c->outbox > 0) {
        printf("  %" PRIu64 " records that the broker had not acknowledged\n", c->outbox);
    }
}

static int backup(const struct tr_journal_request *req, const char *path)
{
    struct tr_journal_copied copied;
    char error[TR_JOURNAL_ERROR_MAX];
    struct timespec began;
    struct timespec ended;
    int r;

    clock_gettime(CLOCK_MONOTONIC, &began);
    r = tr_journal_backup(path, req->file, req->force, &copied, error);
    if (r < 0) {
        const int code = tr_journal_exit(r, error);
        struct stat st;

        /* No such file, though the journal is there: it was said of DEST. */
        return code == EX_NOINPUT && stat(path, &st) == 0 && S_ISREG(st.st_mode) ? EX_CANTCREAT
                                                                                 : code;
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%s is a backup of %s, checked, in %.1f s\n", req->file, path,
           (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9);
    show(&copied);
    return EX_OK;
}

static int restore(const struct tr_journal_request *req, const char *path)
{
    struct tr_journal_restored restored;
    char error[TR_JOURNAL_ERROR_MAX];
    int r = tr_journal_restore(req->file, path, &restored, error);

    if (r < 0) {
        return tr_journal_exit(r, error);
    }
    printf("%s is now the journal of %s, checked\n", path, req->file);
    show(&restored.copied);
    printf("  new records are numbered from %" PRIu64 "; waits that were open then are not told\n",
           restored.number_from + 1);
    if (restored.replaced[0] != '\0') {
        printf("What was there is kept: %s\n", restored.replaced);
    }
    if (restored.untold > 0) {
        printf("  %" PRIu64 " of its records were not acknowledged by the broker: look at them "
               "with\n  thirdring journal export --journal %s\n",
               restored.untold, restored.replaced);
    }
    puts("Now: systemctl start thirdringd");
    return EX_OK;
}

int tr_cli_journal(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(const struct tr_journal_request *req, const char *path);
    } verbs[] = {{"backup", backup}, {"restore", restore}, {"export", tr_journal_export}};
    struct tr_journal_request req = {.config = NULL};
    struct tr_config *cfg = NULL;
    size_t i = 0;

    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        usage(stdout);
        return fflush(stdout) != 0 ? EX_IOERR : EX_OK;
    }
    while (argc >= 2 && i < 3 && strcmp(argv[1], verbs[i].name) != 0) {
        i++;
    }
    if (argc < 2 || i == 3) {
        fprintf(stderr, "thirdring journal: %s%s%s\n", argc < 2 ? "" : "there is no '",
                argc < 2 ? "what?" : argv[1], argc < 2 ? "" : "'");
        usage(stderr);
        return EX_USAGE;
    }
    int code = parse(argc - 1, argv + 1, &req);
    if (code != GO) {
        return code;
    }
    code = req.journal != NULL ? EX_OK : tr_cli_load(req.config, req.sets, &cfg);
    if (code == EX_OK) {
        code = verbs[i].run(&req, req.journal != NULL ? req.journal : cfg->options.journal.path);
    }
    tr_config_free(cfg);
    return code == EX_OK && fflush(stdout) != 0 ? EX_IOERR : code;
}
