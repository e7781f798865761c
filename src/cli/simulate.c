/* thirdring simulate: an invented day, and what it was really like. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/calendar.h"
#include "cli/cli.h"
#include "cli/sim_options.h"
#include "cli/sim_truth.h"

enum { GIVEN_MAX = 128, FIRST_WORD = 256, HELPED = -1 };

struct request {
    const char *config, *truth, *date, *seed;
    const char *sets[TR_CLI_SETS_MAX + 1];
    int sets_n;
    /* What the day is like: understood only when the shop is known. */
    struct {
        int word;
        const char *text;
    } given[GIVEN_MAX];
    int given_n;
};

static void usage(FILE *to)
{
    fputs("usage: thirdring simulate --config FILE [--seed N] [--truth FILE] [OPTION]... >TRACE\n\n"
          "Invents a day for a shop and prints it as a trace. The same seed gives the same day.\n\n"
          "  -c, --config FILE     the shop\n"
          "  -s, --set PATH=VALUE  in another shop, e.g. stations.tills.gap_s=5\n"
          "      --seed N          which day; 1 without it\n"
          "      --truth FILE      what everybody lived through, as JSON Lines\n"
          "      --date YYYY-MM-DD its date; 2026-03-02 without it\n\n"
          "Shares P are from 0 to 1. Stations and types: all of them where none is named.\n\n",
          to);
    tr_sim_option_help(to);
}

static int take_set(struct request *req, const char *text)
{
    if (req->sets_n == TR_CLI_SETS_MAX) {
        fprintf(stderr, "thirdring: at most %d --set\n", TR_CLI_SETS_MAX);
        return EX_USAGE;
    }
    req->sets[req->sets_n++] = text;
    return EX_OK;
}

static int take_word(struct request *req, int word, const char *text)
{
    if (req->given_n == GIVEN_MAX) {
        fprintf(stderr, "thirdring: at most %d options\n", GIVEN_MAX);
        return EX_USAGE;
    }
    req->given[req->given_n].word = word;
    req->given[req->given_n++].text = text;
    return EX_OK;
}

/* @return EX_OK to go on, HELPED, or the exit code. */
static int parse(int argc, char **argv, struct request *req)
{
    enum { SEED = 1, TRUTH, DATE };
    struct option longs[TR_SIM_WORDS_MAX + 7] = {
        {"config", required_argument, NULL, 'c'}, {"set", required_argument, NULL, 's'},
        {"seed", required_argument, NULL, SEED},  {"truth", required_argument, NULL, TRUTH},
        {"date", required_argument, NULL, DATE},  {"help", no_argument, NULL, 'h'}};
    for (int i = 0; i < tr_sim_option_count(); i++) {
        longs[6 + i] =
            (struct option){tr_sim_option_name(i), required_argument, NULL, FIRST_WORD + i};
    }
    int c;
    int code = EX_OK;
    while (code == EX_OK && (c = getopt_long(argc, argv, "c:s:h", longs, NULL)) != -1) {
        switch (c) {
        case 'c':
            req->config = optarg;
            break;
        case 's':
            code = take_set(req, optarg);
            break;
        case SEED:
            req->seed = optarg;
            break;
        case TRUTH:
            req->truth = optarg;
            break;
        case DATE:
            req->date = optarg;
            break;
        case 'h':
            usage(stdout);
            return HELPED;
        default:
            if (c < FIRST_WORD) {
                usage(stderr);
                return EX_USAGE;
            }
            code = take_word(req, c - FIRST_WORD, optarg);
        }
    }
    if (code == EX_OK && (req->config == NULL || optind != argc)) {
        usage(stderr);
        return EX_USAGE;
    }
    return code;
}

/* @return EX_OK or EX_USAGE, having said why. */
static int understand(const struct request *req, const struct tr_plan *plan,
                      struct tr_sim_options *opt)
{
    char why[TR_SIM_ERROR_MAX];
    tr_sim_defaults(opt, plan);
    if (req->seed != NULL) {
        char *end;
        errno = 0;
        opt->seed = strtoull(req->seed, &end, 10);
        if (end == req->seed || *end != '\0' || errno != 0 || req->seed[0] == '-') {
            fprintf(stderr, "thirdring: --seed '%s': allowed: a whole number from 0\n", req->seed);
            return EX_USAGE;
        }
    }
    if (req->date != NULL && tr_sim_date(opt, req->date) < 0) {
        fprintf(stderr, "thirdring: --date '%s': allowed: YYYY-MM-DD\n", req->date);
        return EX_USAGE;
    }
    for (int i = 0; i < req->given_n; i++) {
        if (tr_sim_option_take(opt, plan, req->given[i].word, req->given[i].text, why) < 0) {
            fprintf(stderr, "thirdring: %s\n", why);
            return EX_USAGE;
        }
    }
    return EX_OK;
}

static int write_truth(const char *path, const struct tr_sim_day *day, const struct tr_plan *plan,
                       const struct tr_sim_options *opt)
{
    FILE *to = fopen(path, "w");
    if (to == NULL) {
        fprintf(stderr, "thirdring: cannot write %s: %s\n", path, strerror(errno));
        return EX_CANTCREAT;
    }
    const int r = tr_sim_print_truth(day, plan, opt, to);
    const bool bad = ferror(to) != 0;
    if (fclose(to) != 0 || bad) {
        fprintf(stderr, "thirdring: cannot write %s: %s\n", path, strerror(errno));
        return EX_IOERR;
    }
    if (r < 0) {
        fputs("thirdring: out of memory\n", stderr);
        return EX_OSERR;
    }
    return EX_OK;
}

static int run(const struct request *req, const struct tr_plan *plan)
{
    struct tr_sim_options opt;
    struct tr_sim_day day;
    int code = understand(req, plan, &opt);
    if (code != EX_OK) {
        return code;
    }
    const int r = tr_sim_run(plan, &opt, &day);
    if (r == TR_SIM_CLOSED) {
        fprintf(stderr, "thirdring: the shop does not open on %04d-%02d-%02d\n", opt.year,
                opt.month, opt.day);
        return EX_USAGE;
    }
    if (r < 0) {
        fputs("thirdring: out of memory\n", stderr);
        return EX_OSERR;
    }
    tr_sim_print_trace(&day, plan, &opt, stdout);
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        fprintf(stderr, "thirdring: cannot write the trace: %s\n", strerror(errno));
        code = EX_IOERR;
    } else if (req->truth != NULL) {
        code = write_truth(req->truth, &day, plan, &opt);
    }
    tr_sim_free(&day);
    return code;
}

int tr_cli_simulate(int argc, char **argv)
{
    struct request req = {0};
    struct tr_config *cfg = NULL;
    int code = parse(argc, argv, &req);
    if (code == EX_OK) {
        code = tr_cli_load(req.config, req.sets, &cfg);
    }
    if (code == EX_OK) {
        tr_calendar_zone(cfg->plan.timezone);
        setvbuf(stdout, NULL, _IOFBF, 1 << 16);
        code = run(&req, &cfg->plan);
    }
    tr_config_free(cfg);
    return code == HELPED ? EX_OK : code;
}
