#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "cli/watch.h"

static struct {
    bool taken;
    bool modes; /* saved is what stdin was */
    struct termios saved;
} term;

static void write_all(const char *text)
{
    for (size_t n = strlen(text); n > 0;) {
        const ssize_t done = write(STDOUT_FILENO, text, n);
        if (done <= 0) {
            return;
        }
        text += done;
        n -= (size_t)done;
    }
}

void tr_watch_term_enter(void)
{
    if (isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &term.saved) == 0) {
        struct termios quiet = term.saved;
        quiet.c_lflag &= ~(tcflag_t)(ICANON | ECHO); /* signals stay keys */
        quiet.c_cc[VMIN] = 0;
        quiet.c_cc[VTIME] = 0;
        term.modes = tcsetattr(STDIN_FILENO, TCSANOW, &quiet) == 0;
    }
    term.taken = true;
    write_all("\033[?1049h\033[?25l\033[2J");
}

void tr_watch_term_leave(void)
{
    if (!term.taken) {
        return;
    }
    term.taken = false;
    write_all("\033[0m\033[?25h\033[?1049l");
    if (term.modes) {
        tcsetattr(STDIN_FILENO, TCSADRAIN, &term.saved);
        term.modes = false;
    }
}

void tr_watch_term_size(int *ret_rows, int *ret_columns)
{
    struct winsize size = {0};
    const bool told = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    *ret_rows = told && size.ws_row > 0 ? size.ws_row : 24;
    *ret_columns = told && size.ws_col > 0 ? size.ws_col : 80;
}

bool tr_watch_term_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

enum tr_watch_ink tr_watch_term_ink(FILE *to)
{
    const char *no = getenv("NO_COLOR"), *kind = getenv("TERM");
    if (!isatty(fileno(to)) || kind == NULL || strcmp(kind, "dumb") == 0) {
        return TR_INK_NONE;
    }
    return no == NULL || no[0] == '\0' ? TR_INK_COLOUR : TR_INK_MONO;
}
