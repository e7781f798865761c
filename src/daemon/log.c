#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/daemon.h"

static enum tr_log_level threshold = TR_LOG_INFO;

void tr_log_level(enum tr_log_level level)
{
    threshold = level;
}

void tr_log(enum tr_log_level level, const char *format, ...)
{
    /* systemd reads "<3>" before a line as its level. */
    static const char *const prefix[TR_LOG_LEVEL_COUNT] = {"<3>", "<4>", "<6>", "<7>"};
    static const char *const word[TR_LOG_LEVEL_COUNT] = {"error: ", "warning: ", "", "debug: "};
    if (level > threshold) {
        return;
    }
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (getenv("JOURNAL_STREAM") != NULL) {
        fprintf(stderr, "%s%s\n", prefix[level], line);
    } else {
        fprintf(stderr, "thirdringd: %s%s\n", word[level], line);
    }
}
