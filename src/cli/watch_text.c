#include <stdarg.h>
#include <string.h>
#include <wchar.h>

#include "cli/watch.h"

/* Without colour only what a monochrome screen has; amber is the yellow that
 * most terminals show as one. */
static const char *const styles[TR_STYLE_COUNT][TR_INK_COUNT] = {
    [TR_STYLE_PLAIN] = {"", "", ""},         [TR_STYLE_DIM] = {"", "", "2"},
    [TR_STYLE_BOLD] = {"", "1", "1"},        [TR_STYLE_GREEN] = {"", "", "32"},
    [TR_STYLE_AMBER] = {"", "", "33"},       [TR_STYLE_RED] = {"", "1", "1;31"},
    [TR_STYLE_ALARM] = {"", "7", "1;97;41"}, [TR_STYLE_BLUE] = {"", "", "34"},
    [TR_STYLE_CYAN] = {"", "", "36"},        [TR_STYLE_TITLE] = {"", "7", "1;97;44"},
};

static const char *const glyphs[TR_GLYPH_COUNT][2] = {
    [TR_GLYPH_FULL] = {"*", "●"},  [TR_GLYPH_EMPTY] = {".", "○"}, [TR_GLYPH_BAR] = {"#", "█"},
    [TR_GLYPH_TRACK] = {"-", "░"}, [TR_GLYPH_RULE] = {"-", "─"},  [TR_GLYPH_NOTE] = {"~", "♪"},
    [TR_GLYPH_DOTS] = {"~", "…"},  [TR_GLYPH_TIMES] = {"x", "×"}, [TR_GLYPH_STAR] = {"*", "★"},
    [TR_GLYPH_ALERT] = {"!", "▲"},
};

const char *tr_watch_glyph(const struct tr_watch_out *out, enum tr_watch_glyph glyph)
{
    return glyphs[glyph][out->utf8];
}

/* One character of UTF-8, strictly. @return its bytes, 0 at the end; what is
 * none is one byte long and U+FFFD. */
static int decode(const char *text, int32_t *ret)
{
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80) {
        *ret = s[0];
        return s[0] != '\0';
    }
    const int n = s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;
    static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    int32_t c = n == 0 || s[0] >= 0xf5 ? -1 : s[0] & (0x7f >> n);
    for (int i = 1; i < n && c >= 0; i++) {
        c = (s[i] & 0xc0) == 0x80 ? (c << 6) | (s[i] & 0x3f) : -1;
    }
    const bool good = c >= 0 && c >= least[n] && c <= 0x10ffff && !(c >= 0xd800 && c < 0xe000);
    *ret = good ? c : 0xfffd;
    return good ? n : 1;
}

/* What one character looks like. @return its columns; *ret_text is NULL where
 * its own bytes will do. */
static int look(const struct tr_watch_out *out, int32_t c, const char **ret_text)
{
    *ret_text = NULL;
    if (c >= 0x20 && c < 0x7f) {
        return 1;
    }
    const int width = out->utf8 && c >= 0xa0 && c != 0xfffd ? wcwidth((wchar_t)c) : -1;
    /* Direction marks and the like could turn a whole line around. */
    if (width < 0 || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069)) {
        *ret_text = "?";
        return 1;
    }
    return width;
}

int tr_watch_columns(const struct tr_watch_out *out, const char *text)
{
    int columns = 0;
    int32_t c;
    const char *as;
    for (int n; (n = decode(text, &c)) > 0; text += n) {
        columns += look(out, c, &as);
    }
    return columns;
}

static void style_on(const struct tr_watch_out *out, enum tr_watch_style style)
{
    const char *code = styles[style][out->ink];
    if (code[0] != '\0') {
        fprintf(out->to, "\033[%sm", code);
    }
}

static void style_off(const struct tr_watch_out *out, enum tr_watch_style style)
{
    if (styles[style][out->ink][0] != '\0') {
        fputs("\033[0m", out->to);
    }
}

/* At most @p most columns. */
static void put(struct tr_watch_out *out, const char *text, int most)
{
    const int room = out->width - out->col;
    int left = most < room ? most : room;
    int32_t c;
    const char *as;
    for (int n; (n = decode(text, &c)) > 0; text += n) {
        const int columns = look(out, c, &as);
        if (columns > left) {
            break;
        }
        if (as != NULL) {
            fputs(as, out->to);
        } else {
            fwrite(text, 1, (size_t)n, out->to);
        }
        left -= columns;
        out->col += columns;
    }
}

static void pad(struct tr_watch_out *out, int n)
{
    for (; n > 0 && out->col < out->width; n--, out->col++) {
        fputc(' ', out->to);
    }
}

void tr_watch_put(struct tr_watch_out *out, enum tr_watch_style style, const char *text)
{
    style_on(out, style);
    put(out, text, out->width);
    style_off(out, style);
}

void tr_watch_cell(struct tr_watch_out *out, enum tr_watch_style style, int width, const char *text)
{
    const int cell = width < 0 ? -width : width;
    const int columns = tr_watch_columns(out, text);
    style_on(out, style);
    if (columns > cell) {
        const int from = out->col;
        put(out, text, cell - 1);
        put(out, tr_watch_glyph(out, TR_GLYPH_DOTS), 1);
        pad(out, cell - (out->col - from));
    } else {
        pad(out, width < 0 ? cell - columns : 0);
        put(out, text, cell);
        pad(out, width < 0 ? 0 : cell - columns);
    }
    style_off(out, style);
}

void tr_watch_cellf(struct tr_watch_out *out, enum tr_watch_style style, int width,
                    const char *format, ...)
{
    char text[2 * TR_WATCH_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (width == 0) {
        tr_watch_put(out, style, text);
    } else {
        tr_watch_cell(out, style, width, text);
    }
}

void tr_watch_repeat(struct tr_watch_out *out, enum tr_watch_style style, enum tr_watch_glyph glyph,
                     int n)
{
    style_on(out, style);
    for (; n > 0; n--) {
        put(out, tr_watch_glyph(out, glyph), 1);
    }
    style_off(out, style);
}
