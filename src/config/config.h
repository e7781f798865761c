/**
 * @file config.h
 * A libconfig file to a validated, immutable plan and options. Only
 * src/config includes <libconfig.h>. Never logs.
 */
#ifndef TR_CONFIG_CONFIG_H
#define TR_CONFIG_CONFIG_H

#include <stdio.h>

#include "thirdring/options.h"
#include "thirdring/plan.h"

struct tr_config {
    struct tr_plan plan;
    struct tr_options options;
    char hash[17]; /**< of the canonical text: changes exactly when a setting does */
};

/** One complaint, printed as "file:line: path: text". */
struct tr_config_error {
    char file[TR_PATH_MAX]; /**< the included file where that is the place */
    unsigned line;          /**< from 1; 0 means the whole file */
    char path[96];          /**< e.g. "stations.tills.target.seconds" */
    char text[256];         /**< found, allowed (range, unit), nearest name; never a secret */
};

/**
 * Read and check a file, or (where @p text is not NULL) a text, with @p file
 * as its name. Collects all errors; an unknown key is an error.
 *
 * @param file      Path; @include is relative to its folder.
 * @param text      NULL, or the configuration itself (canonical, from a journal).
 * @param sets      NULL or overrides "path=value" (what-if), NULL-terminated;
 *                  a path is as in errors: stations.tills.target.seconds=90.
 * @param ret_cfg   On success; the caller frees it with tr_config_free().
 * @param reterr    Caller's array, filled in file order on -EINVAL only.
 * @param cap       Entries in @p reterr.
 * @param reterr_n  Set on -EINVAL only: errors found; may exceed @p cap.
 * @return 0; -EINVAL; -ENOMEM; or -errno from reading.
 */
int tr_config_load(const char *file, const char *text, const char *const *sets,
                   struct tr_config **ret_cfg, struct tr_config_error *reterr, size_t cap,
                   size_t *reterr_n);

/** Free; NULL is a no-op. */
void tr_config_free(struct tr_config *cfg);

/**
 * The canonical text: every setting with its value, defaults included, in one
 * file that tr_config_load() reads back to the same plan and options.
 *
 * @param secrets  false masks what the table marks secret.
 * @param ret_text On success; free().
 * @return 0 or -ENOMEM.
 */
int tr_config_print(const struct tr_config *cfg, bool secrets, char **ret_text);

/** The reference of every setting, as scdoc text for thirdring.conf(5),
 *  straight from the table that drives the parser. @return 0 or -errno. */
int tr_config_print_reference(FILE *to);

#endif
