#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "cli/cli.h"

enum { ERRORS_MAX = 64 };

int tr_cli_load(const char *file, const char *const *sets, struct tr_config **ret_cfg)
{
    static struct tr_config_error errors[ERRORS_MAX];
    size_t n = 0;
    const int r = tr_config_load(file, NULL, sets, ret_cfg, errors, ERRORS_MAX, &n);
    if (r == -EINVAL) {
        for (size_t i = 0; i < n && i < ERRORS_MAX; i++) {
            const struct tr_config_error *e = &errors[i];
            if (e->line > 0) {
                fprintf(stderr, "%s:%u: ", e->file, e->line);
            } else {
                fprintf(stderr, "%s: ", e->file);
            }
            fprintf(stderr, "%s%s%s\n", e->path, e->path[0] != '\0' ? ": " : "", e->text);
        }
        if (n > ERRORS_MAX) {
            fprintf(stderr, "%s: and %zu more\n", file, n - ERRORS_MAX);
        }
        return EX_CONFIG;
    }
    if (r < 0) {
        fprintf(stderr, "thirdring: cannot read %s: %s\n", file, strerror(-r));
        return r == -ENOMEM ? EX_OSERR : EX_NOINPUT;
    }
    return EX_OK;
}

int tr_cli_part(const char *path, char *ret, size_t cap)
{
    struct stat st;
    const bool special = stat(path, &st) == 0 && !S_ISREG(st.st_mode);
    const int n = snprintf(ret, cap, "%s%s", path, special ? "" : ".part");
    return n < 0 || (size_t)n >= cap ? -ENAMETOOLONG : 0;
}
