/* thirdring report: a day, a week, a month or a range of the journal, in figures. */
#include "cli/report.h"

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/report_data.h"
#include "cli/watch.h"

enum format { FORMAT_TEXT, FORMAT_CSV, FORMAT_JSON, FORMAT_HTML, FORMAT_COUNT };
static const char *const format_word[FORMAT_COUNT] = {"text", "csv", "json", "html"};

enum { GO = -1, WIDTH_LEAST = 40, WIDTH_MOST = 120 };

struct request {
    const char *config, *journal, *output;
    const char *sets[TR_CLI_SETS_MAX + 1];
    int sets_n, spans_n;
    int format; /* -1: by the output's name */
    struct tr_report_ask ask;
};

static void usage(FILE *to)
{
    fputs("Usage: thirdring report [OPTION]...\n"
          "How promises were kept: levels, waits, hours, smiles, alerts and sensors, from the\n"
          "journal, which is only read, also while the daemon runs.\n\n"
          "  -d, --day [DATE]      a business day: 2026-03-02; the newest, if not told otherwise\n"
          "  -w, --week [WEEK]     a week, by a day of it or by number: 2026-03-02, 2026-W10\n"
          "  -m, --month [MONTH]   a month: 2026-03\n"
          "      --from DATE, --to DATE\n"
          "                        business days, both included; the journal's first and newest,\n"
          "                        where only one is told\n"
          "      --station ID      of this station only\n"
          "      --format text|csv|json|html\n"
          "                        a table for the terminal, for a spreadsheet, for programs, or\n"
          "                        a page to print; else by the output's name\n"
          "  -o, --output FILE     not to standard output\n"
          "  -c, --config FILE     says where the journal is; " TR_CLI_CONFIG "\n"
          "  -s, --set PATH=VALUE  override a setting\n"
          "      --journal PATH    the journal itself, or a backup; no configuration is read\n"
          "  -h, --help            print this\n",
          to);
}

/* "--day 2026-03-02", "--day=2026-03-02" and "--day" alone: the next word is the date unless
 * it is an option, for no file is named here. */
static const char *optional(int argc, char **argv)
{
    if (optarg == NULL && optind < argc && argv[optind][0] != '-') {
        optarg = argv[optind++];
    }
    return optarg;
}

static int read_format(struct request *req)
{
    for (int i = 0; i < FORMAT_COUNT; i++) {
        if (strcmp(optarg, format_word[i]) == 0) {
            req->format = i;
            return GO;
        }
    }
    fprintf(stderr, "thirdring report: --format '%s': text, csv, json or html\n", optarg);
    return EX_USAGE;
}

static int span(struct request *req, enum tr_report_span which, int argc, char **argv)
{
    req->ask.span = which;
    req->ask.at = optional(argc, argv);
    req->spans_n++;
    return GO;
}

/* @return GO or an exit code. */
static int one_option(int c, struct request *req, int argc, char **argv)
{
    switch (c) {
    case 'd':
        return span(req, TR_REPORT_DAY, argc, argv);
    case 'w':
        return span(req, TR_REPORT_WEEK, argc, argv);
    case 'm':
        return span(req, TR_REPORT_MONTH, argc, argv);
    case 'f':
        req->ask.from = optarg;
        return GO;
    case 't':
        req->ask.to = optarg;
        return GO;
    case 'i':
        req->ask.station = optarg;
        return GO;
    case 'F':
        return read_format(req);
    case 'o':
        req->output = optarg;
        return GO;
    case 'c':
        req->config = optarg;
        return GO;
    case 'j':
        req->journal = optarg;
        return GO;
    case 's':
        if (req->sets_n < TR_CLI_SETS_MAX) {
            req->sets[req->sets_n++] = optarg;
            return GO;
        }
        fprintf(stderr, "thirdring report: --set is allowed %d times\n", TR_CLI_SETS_MAX);
        return EX_USAGE;
    case 'h':
        usage(stdout);
        return EX_OK;
    default:
        usage(stderr);
        return EX_USAGE;
    }
}

/* @return GO or an exit code. */
static int parse(int argc, char **argv, struct request *req)
{
    static const struct option longs[] = {{"day", optional_argument, NULL, 'd'},
                                          {"week", optional_argument, NULL, 'w'},
                                          {"month", optional_argument, NULL, 'm'},
                                          {"from", required_argument, NULL, 'f'},
                                          {"to", required_argument, NULL, 't'},
                                          {"station", required_argument, NULL, 'i'},
                                          {"format", required_argument, NULL, 'F'},
                                          {"output", required_argument, NULL, 'o'},
                                          {"config", required_argument, NULL, 'c'},
                                          {"set", required_argument, NULL, 's'},
                                          {"journal", required_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int c;

    optind = 1;
    while ((c = getopt_long(argc, argv, "d::w::m::o:c:s:h", longs, NULL)) != -1) {
        const int code = one_option(c, req, argc, argv);

        if (code != GO) {
            return code;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "thirdring report: '%s': see --output and --journal\n", argv[optind]);
        return EX_USAGE;
    }
    if (req->ask.from != NULL || req->ask.to != NULL) {
        req->ask.span = TR_REPORT_RANGE;
        req->spans_n++;
    }
    if (req->spans_n > 1) {
        fputs("thirdring report: one of --day, --week, --month, or --from and --to\n", stderr);
        return EX_USAGE;
    }
    return GO;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text);
    const size_t m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

static enum format format_of(const struct request *req)
{
    const char *name = req->output != NULL ? req->output : "";

    if (req->format >= 0) {
        return (enum format)req->format;
    }
    return ends_with(name, ".csv")                               ? FORMAT_CSV
           : ends_with(name, ".json")                            ? FORMAT_JSON
           : ends_with(name, ".html") || ends_with(name, ".htm") ? FORMAT_HTML
                                                                 : FORMAT_TEXT;
}

/* Columns: the shell's word, the terminal's, or 80. */
static int columns(void)
{
    const char *told = getenv("COLUMNS");
    int rows;
    int n = told != NULL ? atoi(told) : 0;

    if (n <= 0) {
        tr_watch_term_size(&rows, &n);
    }
    return n < WIDTH_LEAST ? WIDTH_LEAST : n > WIDTH_MOST ? WIDTH_MOST : n;
}

/* @return whether all of it went out. */
static bool write_report(FILE *to, enum format format, const struct tr_report *report)
{
    bool whole = true;

    switch (format) {
    case FORMAT_CSV:
        tr_report_csv(to, report);
        break;
    case FORMAT_JSON:
        whole = tr_report_json(to, report);
        errno = whole ? errno : ENOMEM;
        break;
    case FORMAT_HTML:
        tr_report_html(to, report);
        break;
    default:
        tr_report_text(to, report, tr_watch_term_ink(to) == TR_INK_COLOUR, columns());
        break;
    }
    return whole && ferror(to) == 0;
}

static int cannot_write(const char *name)
{
    fprintf(stderr, "thirdring report: cannot write %s: %s\n", name, strerror(errno));
    return EX_IOERR;
}

/* To a file: beside it first, so that half of one is never taken for it. */
static int write_file(const struct request *req, const char *journal,
                      const struct tr_report *report)
{
    char part[TR_PATH_MAX + 16];

    if (tr_journal_owns(journal, req->output)) {
        fprintf(stderr, "thirdring report: %s is the journal itself\n", req->output);
        return EX_USAGE;
    }
    if (tr_cli_part(req->output, part, sizeof(part)) < 0) {
        fprintf(stderr, "thirdring report: %s: a path has less than %d bytes\n", req->output,
                TR_PATH_MAX);
        return EX_USAGE;
    }
    const bool whole = strcmp(part, req->output) == 0; /* a device or a pipe */
    FILE *to = fopen(part, "we");
    if (to == NULL) {
        cannot_write(part);
        return EX_CANTCREAT;
    }
    const bool good = write_report(to, format_of(req), report);
    if (fclose(to) != 0 || !good || (!whole && rename(part, req->output) < 0)) {
        const int code = cannot_write(req->output);

        if (!whole) {
            unlink(part);
        }
        return code;
    }
    return EX_OK;
}

static int run(const struct request *req, const char *path)
{
    struct tr_report_error error = {.code = EX_IOERR};
    struct tr_report *report = NULL;
    int code;

    if (tr_report_make(path, &req->ask, &report, &error) < 0) {
        fprintf(stderr, "thirdring report: %s\n", error.text);
        return error.code;
    }
    if (req->output != NULL) {
        code = write_file(req, path, report);
    } else {
        const bool good = write_report(stdout, format_of(req), report);

        code = fflush(stdout) != 0 || !good ? cannot_write("standard output") : EX_OK;
    }
    tr_report_free(report);
    return code;
}

int tr_cli_report(int argc, char **argv)
{
    struct request req = {.config = TR_CLI_CONFIG, .format = -1};
    struct tr_config *cfg = NULL;

    setlocale(LC_CTYPE, "");
    int code = parse(argc, argv, &req);
    if (code != GO) {
        return code;
    }
    code = req.journal != NULL ? EX_OK : tr_cli_load(req.config, req.sets, &cfg);
    if (code == EX_OK) {
        code = run(&req, req.journal != NULL ? req.journal : cfg->options.journal.path);
    }
    tr_config_free(cfg);
    return code;
}
