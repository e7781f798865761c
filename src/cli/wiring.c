/* thirdring wiring: what to screw where, from the configuration itself. */
#include "cli/wiring.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/cli.h"

#define DRAWINGS "share/doc/thirdring/hardware/circuits"

enum format { FORMAT_TEXT, FORMAT_SVG, FORMAT_HTML, FORMAT_COUNT };
enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER, COLOUR_COUNT };
static const char *const format_word[FORMAT_COUNT] = {"text", "svg", "html"};
static const char *const colour_word[COLOUR_COUNT] = {"auto", "always", "never"};

struct request {
    const char *sets[TR_CLI_SETS_MAX + 1];
    int sets_n;
    int format; /* -1: by the output's name */
    int colour;
    const char *output, *drawings, *file;
};

static void usage(FILE *to)
{
    fputs("Usage: thirdring wiring [OPTION]... [FILE]\n"
          "The wiring sheet of a configuration: header pins, terminals, cores, circuits,\n"
          "cable labels, and what would go wrong. Without FILE: " TR_CLI_CONFIG ".\n\n"
          "  --format text|svg|html      for the terminal (the default), as a drawing, or as\n"
          "                              a page to print; else by the output's name\n"
          "  --output FILE               write it there instead of to the terminal\n"
          "  --colour auto|always|never  colours in text; auto: where a terminal shows them\n"
          "  --drawings DIR              where CIRCUIT.svg are, for html\n"
          "  --set PATH=VALUE            try a change, e.g. gpio.chip=\\\"pinctrl-rp1\\\"\n"
          "  --help                      print this\n\n"
          "Exit status: 0 good (warnings too), 78 errors in the file, 66 no such file,\n"
          "73 cannot write.\n",
          to);
}

static int word_of(const char *name, const char *given, const char *const *words, int n)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(given, words[i]) == 0) {
            return i;
        }
    }
    fprintf(stderr, "thirdring wiring: --%s: found \"%s\"; allowed: ", name, given);
    for (int i = 0; i < n; i++) {
        fprintf(stderr, "%s%s", i > 0 ? ", " : "", words[i]);
    }
    fputs("\n", stderr);
    return -1;
}

/* @return 0 to go on, else an exit code + 1. */
static int one_option(int c, struct request *ret)
{
    switch (c) {
    case 'h':
        usage(stdout);
        return EX_OK + 1;
    case 'f':
        ret->format = word_of("format", optarg, format_word, FORMAT_COUNT);
        return ret->format < 0 ? EX_USAGE + 1 : 0;
    case 'c':
        ret->colour = word_of("colour", optarg, colour_word, COLOUR_COUNT);
        return ret->colour < 0 ? EX_USAGE + 1 : 0;
    case 'o':
        ret->output = optarg;
        return 0;
    case 'd':
        ret->drawings = optarg;
        return 0;
    case 's':
        if (ret->sets_n == TR_CLI_SETS_MAX) {
            fprintf(stderr, "thirdring wiring: more than %d --set\n", TR_CLI_SETS_MAX);
            return EX_USAGE + 1;
        }
        ret->sets[ret->sets_n++] = optarg;
        return 0;
    default:
        usage(stderr);
        return EX_USAGE + 1;
    }
}

static int parse_args(int argc, char **argv, struct request *ret)
{
    static const struct option options[] = {
        {"format", required_argument, NULL, 'f'},   {"output", required_argument, NULL, 'o'},
        {"colour", required_argument, NULL, 'c'},   {"color", required_argument, NULL, 'c'},
        {"drawings", required_argument, NULL, 'd'}, {"set", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0},
    };
    int c;
    optind = 1;
    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        const int r = one_option(c, ret);
        if (r != 0) {
            return r;
        }
    }
    if (optind + 1 < argc) {
        fputs("thirdring wiring: name one file\n", stderr);
        return EX_USAGE + 1;
    }
    ret->file = optind < argc ? argv[optind] : TR_CLI_CONFIG;
    return 0;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static int format_of(const struct request *req)
{
    if (req->format >= 0) {
        return req->format;
    }
    if (req->output != NULL && ends_with(req->output, ".svg")) {
        return FORMAT_SVG;
    }
    return req->output != NULL &&
                   (ends_with(req->output, ".html") || ends_with(req->output, ".htm"))
               ? FORMAT_HTML
               : FORMAT_TEXT;
}

/* Columns: the shell's word, the terminal's, or 80; never too few for the header. */
static int columns(void)
{
    const char *told = getenv("COLUMNS");
    int rows, n = told != NULL ? atoi(told) : 0;
    if (n <= 0) {
        tr_watch_term_size(&rows, &n);
    }
    return n < 40 ? 40 : n > 100 ? 100 : n;
}

/* Beside the program itself: PREFIX/bin and PREFIX/share. */
static const char *find_drawings(char *buf, size_t cap)
{
    char self[PATH_MAX];
    const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (n > 0) {
        self[n] = '\0';
        char *slash = strrchr(self, '/');
        if (slash != NULL) {
            *slash = '\0';
            const int m = snprintf(buf, cap, "%s/../" DRAWINGS, self);
            if (m > 0 && (size_t)m < cap && access(buf, X_OK) == 0) {
                return buf;
            }
        }
    }
    return "/usr/" DRAWINGS;
}

static void write_sheet(FILE *to, const struct request *req, const struct tr_wiring *w)
{
    char found[PATH_MAX + 64];
    struct tr_watch_out out = {.to = to, .utf8 = tr_watch_term_utf8(), .width = columns()};
    switch (format_of(req)) {
    case FORMAT_SVG:
        tr_wiring_svg(to, w);
        break;
    case FORMAT_HTML:
        tr_wiring_html(to, w,
                       req->drawings != NULL ? req->drawings : find_drawings(found, sizeof(found)));
        break;
    default:
        out.ink = req->colour == COLOUR_ALWAYS  ? TR_INK_COLOUR
                  : req->colour == COLOUR_NEVER ? TR_INK_NONE
                                                : tr_watch_term_ink(to);
        tr_wiring_text(&out, w);
        break;
    }
}

static int to_output(const struct request *req, const struct tr_wiring *w)
{
    char part[PATH_MAX + 8] = "";
    FILE *to = stdout;
    bool whole = true; /* as it is: not by way of PART */
    if (req->output != NULL) {
        const int r = tr_cli_part(req->output, part, sizeof(part));
        errno = -r;
        to = r == 0 ? fopen(part, "we") : NULL;
        whole = strcmp(part, req->output) == 0;
    }
    if (to == NULL) {
        fprintf(stderr, "thirdring wiring: --output: cannot write %s: %s\n", req->output,
                strerror(errno));
        return EX_CANTCREAT;
    }
    write_sheet(to, req, w);
    bool bad = ferror(to) != 0;
    bad = (to != stdout ? fclose(to) : fflush(to)) != 0 || bad;
    if (bad || (!whole && rename(part, req->output) < 0)) {
        if (!whole) {
            unlink(part);
        }
        fprintf(stderr, "thirdring wiring: cannot write all of %s\n",
                req->output != NULL ? req->output : "the sheet");
        return EX_IOERR;
    }
    if (req->output != NULL && w->warnings_n > 0) {
        struct tr_watch_out out = {.to = stderr, .width = columns()};
        fprintf(stderr, "thirdring wiring: before you wire\n");
        tr_wiring_print_advice(&out, w, false);
    }
    return EX_OK;
}

int tr_cli_wiring(int argc, char **argv)
{
    struct request req = {.format = -1};
    struct tr_config *cfg = NULL;
    struct tr_wiring *w = NULL;
    setlocale(LC_CTYPE, "");
    int r = parse_args(argc, argv, &req);
    if (r > 0) {
        return r - 1;
    }
    r = tr_cli_load(req.file, req.sets, &cfg);
    if (r != EX_OK) {
        return r;
    }
    if (tr_wiring_read(cfg, &w) < 0) {
        fputs("thirdring wiring: out of memory\n", stderr);
        tr_config_free(cfg);
        return EX_OSERR;
    }
    r = to_output(&req, w);
    tr_wiring_free(w);
    tr_config_free(cfg);
    return r;
}
