/* Paper first: black on white, colour only where black says it as well. */
#include "cli/page.h"

#include <stdarg.h>
#include <string.h>

#include "codec/jsonw.h"

#define FONT "font-family:'DejaVu Sans',Helvetica,Arial,sans-serif"

static const char style[] =
    "@page{size:A4;margin:14mm}\n"
    "*{box-sizing:border-box}\n"
    "body{" FONT ";font-size:10pt;line-height:1.35;color:#000;background:#fff;"
    "max-width:190mm;margin:0 auto;padding:4mm}\n"
    "h1{font-size:17pt;margin:0}\n"
    "h2{font-size:12.5pt;margin:7mm 0 2mm;border-bottom:0.4mm solid #000;break-after:avoid}\n"
    "h3{font-size:10.5pt;margin:3mm 0 1mm;break-after:avoid}\n"
    "p{margin:1mm 0}\n"
    "ul,ol{margin:1mm 0;padding-left:6mm}\n"
    "table{border-collapse:collapse;width:100%;margin:2mm 0}\n"
    "th,td{border:0.2mm solid #666;padding:0.8mm 1.4mm;text-align:left;vertical-align:top}\n"
    "th{background:#eee}\n"
    "tr{break-inside:avoid}\n"
    "thead{display:table-header-group}\n"
    ".num{text-align:right;white-space:nowrap}\n"
    ".id{width:30mm;overflow-wrap:anywhere}\n"
    ".nb{white-space:nowrap}\n"
    ".note{font-size:8.5pt;color:#444}\n"
    ".ok,.todo,.bad{display:inline-block;padding:0 1.2mm;font-weight:bold;"
    "border:0.3mm solid #000}\n"
    ".todo{border-style:dashed}\n"
    ".bad{border-width:0.7mm}\n"
    ".keep{break-inside:avoid}\n"
    ".newpage{break-before:page}\n"
    ".wide{overflow-x:auto}\n"
    "pre,.art{font-family:'DejaVu Sans Mono',Menlo,Consolas,monospace;font-size:8.5pt;"
    "line-height:1.15;white-space:pre;margin:1mm 0;overflow-x:auto}\n"
    "svg,img{max-width:100%;height:auto}\n"
    ".cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(85mm,1fr));gap:3mm}\n"
    ".card{border:0.2mm solid #666;padding:2mm;break-inside:avoid;min-width:0}\n"
    ".card h3{margin-top:0}\n"
    ".beside{display:flex;gap:4mm;margin-bottom:3mm}\n"
    ".beside>:first-child{flex:0 0 98mm;min-width:0}\n"
    ".labels{display:grid;grid-template-columns:repeat(auto-fill,minmax(42mm,1fr));gap:0}\n"
    ".label{border:0.2mm dashed #000;padding:1.2mm 1.6mm;height:15mm;overflow:hidden;"
    "font-size:8pt;line-height:1.25;break-inside:avoid}\n"
    ".label b{font-size:11pt}\n"
    ".sign{display:inline-block;width:70mm;margin:14mm 8mm 0 0;border-top:0.3mm solid #000;"
    "font-size:8.5pt}\n"
    "footer{margin-top:8mm;border-top:0.2mm solid #666;font-size:8pt;color:#444}\n"
    "@media print{body{padding:0;max-width:none}}\n"
    "@media screen and (max-width:600px){body{font-size:11pt;padding:3mm}"
    ".cards{grid-template-columns:1fr}.beside{display:block}th,td{padding:0.6mm "
    "1mm;font-size:9.5pt}"
    ".sign{width:100%}}\n";

static const char svg_style[] = ".sheet text{" FONT ";font-size:3.2px;fill:#000}\n"
                                ".sheet .t1{font-size:6px;font-weight:bold}\n"
                                ".sheet .t2{font-size:4px;font-weight:bold}\n"
                                ".sheet .b{font-weight:bold}\n"
                                ".sheet .s{font-size:2.6px;fill:#333}\n"
                                ".sheet .m{text-anchor:middle}\n"
                                ".sheet .e{text-anchor:end}\n"
                                ".sheet .line{stroke:#000;stroke-width:0.3;fill:none}\n"
                                ".sheet .thin{stroke:#666;stroke-width:0.15;fill:none}\n"
                                ".sheet .box{stroke:#000;stroke-width:0.3;fill:#fff}\n";

/* Where a text was cut, or came from elsewhere, it may be anything: the page is UTF-8.
 * @return bytes taken. */
static size_t one_character(FILE *to, const char *text)
{
    const unsigned char c = (unsigned char)*text;
    const size_t n = c >= 0x80 ? tr_jsonw_utf8(text) : c >= 0x20 || c == '\n' || c == '\t';
    if (n == 0) {
        fputs("\xef\xbf\xbd", to); /* U+FFFD, as in JSON */
        return 1;
    }
    fwrite(text, 1, n, to);
    return n;
}

void tr_page_text(FILE *to, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", to);
            break;
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        case '"':
            fputs("&quot;", to);
            break;
        case '\'':
            fputs("&#39;", to);
            break;
        default:
            text += one_character(to, text) - 1;
            break;
        }
    }
}

__attribute__((format(printf, 2, 0))) static void text_args(FILE *to, const char *fmt, va_list args)
{
    char text[1024];
    const int n = vsnprintf(text, sizeof(text), fmt, args);
    if (n >= (int)sizeof(text)) {
        /* The last character may have lost its end: it goes. */
        size_t end = sizeof(text) - 1;
        while (end > 0 && ((unsigned char)text[end - 1] & 0xc0) == 0x80) {
            end--;
        }
        text[end > 0 && (unsigned char)text[end - 1] >= 0xc0 ? end - 1 : end] = '\0';
    }
    tr_page_text(to, text);
}

void tr_page_textf(FILE *to, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    text_args(to, fmt, args);
    va_end(args);
}

void tr_page_element(FILE *to, const char *tag, const char *class, const char *fmt, ...)
{
    fprintf(to, "<%s", tag);
    if (class != NULL) {
        fprintf(to, " class=\"%s\"", class);
    }
    fputs(">", to);
    va_list args;
    va_start(args, fmt);
    text_args(to, fmt, args);
    va_end(args);
    fprintf(to, "</%s>\n", tag);
}

void tr_page_begin(FILE *to, const char *title, const char *subtitle)
{
    tr_page_begin_styled(to, title, title, subtitle, "", "");
}

void tr_page_begin_styled(FILE *to, const char *name, const char *title, const char *subtitle,
                          const char *css, const char *more_css)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
          to);
    tr_page_element(to, "title", NULL, "%s", name);
    fprintf(to, "<style>\n%s%s%s</style>\n</head>\n<body>\n<main>\n", style, css, more_css);
    tr_page_element(to, "h1", NULL, "%s", title);
    if (subtitle != NULL) {
        tr_page_element(to, "p", NULL, "%s", subtitle);
    }
}

void tr_page_end(FILE *to, const char *footer)
{
    fputs("</main>\n", to);
    if (footer != NULL) {
        tr_page_element(to, "footer", NULL, "%s", footer);
    }
    fputs("</body>\n</html>\n", to);
}

void tr_page_svg_begin(FILE *to, double width_mm, double height_mm, const char *title)
{
    fprintf(
        to,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"sheet\" width=\"%gmm\" height=\"%gmm\" "
        "viewBox=\"0 0 %g %g\">\n",
        width_mm, height_mm, width_mm, height_mm);
    tr_page_element(to, "title", NULL, "%s", title);
    fprintf(to,
            "<style>\n%s</style>\n<rect width=\"%g\" height=\"%g\" "
            "fill=\"#fff\"/>\n",
            svg_style, width_mm, height_mm);
}

void tr_page_svg_text(FILE *to, double x, double y, const char *class, const char *fmt, ...)
{
    fprintf(to, "<text x=\"%g\" y=\"%g\" class=\"%s\">", x, y, class);
    va_list args;
    va_start(args, fmt);
    text_args(to, fmt, args);
    va_end(args);
    fputs("</text>\n", to);
}

void tr_page_svg_end(FILE *to)
{
    fputs("</svg>\n", to);
}
