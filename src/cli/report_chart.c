/* What all charts share: style, patterns, frame, labels, round numbers. */
#include "cli/report_chart.h"

#include <math.h>
#include <string.h>

#include "cli/page.h"

/* Blue and vermillion of Okabe and Ito: told apart with any eyes, and by their
 * grey on a black and white printer. */
const char tr_chart_style[] =
    ".chart{display:block;max-width:100%;height:auto;overflow:visible}\n"
    ".chart text{font-family:'DejaVu Sans',Helvetica,Arial,sans-serif;font-size:3px;fill:#111}\n"
    ".chart .b{font-weight:bold}\n"
    ".chart .s{font-size:2.6px;fill:#555}\n"
    ".chart .m{text-anchor:middle}\n"
    ".chart .e{text-anchor:end}\n"
    ".chart .w{fill:#fff}\n"
    ".chart .grid{stroke:#ddd;stroke-width:.15}\n"
    ".chart .axis{stroke:#888;stroke-width:.2}\n"
    ".chart .goal{stroke:#111;stroke-width:.5}\n"
    ".chart .dash{stroke:#111;stroke-width:.25;stroke-dasharray:1 .8}\n"
    ".chart .track{fill:#f2f2f0}\n"
    ".chart .bound{fill:#a9cbe5}\n"
    ".chart .boundx{fill:#f4c7a8}\n"
    ".chart .boundq{fill:#d8d8d8}\n"
    ".chart .kept{fill:#0072b2}\n"
    ".chart .kept2{fill:#7fb4d6}\n"
    ".chart .open{fill:#fff;stroke:#111;stroke-width:.5}\n"
    ".chart .bad{fill:#c44e00}\n"
    ".chart .missed{fill:url(#tr-missed);stroke:#c44e00;stroke-width:.2}\n"
    ".chart .held{fill:url(#tr-held);stroke:#555;stroke-width:.2}\n"
    ".chart .unseen{fill:url(#tr-unseen)}\n"
    ".chart .empty{fill:none;stroke:#ccc;stroke-width:.15}\n"
    ".chart .honest{fill:none;stroke:#0072b2;stroke-width:.8;stroke-linejoin:round}\n"
    ".chart .naive{fill:none;stroke:#777;stroke-width:.5;stroke-dasharray:1.4 1}\n"
    ".chart .mark{fill:#111}.chart .markw{fill:#fff}\n"
    ".chart .face{fill:#fff;stroke:#111;stroke-width:.3}\n"
    ".chart .mouth{fill:none;stroke:#111;stroke-width:.35;stroke-linecap:round}\n"
    ".chart .h0{fill:#fff5eb}.chart .h1{fill:#fee0c2}.chart .h2{fill:#fdbe85}\n"
    ".chart .h3{fill:#fd9a4e}.chart .h4{fill:#e6550d}.chart .h5{fill:#8c2d04}\n"
    ".chart .v0{fill:#c44e00}.chart .v1{fill:#f0a878}.chart .v2{fill:#d9d9d9}\n"
    ".chart .v3{fill:#8fc1e0}.chart .v4{fill:#0072b2}\n"
    ".pm0,.ph0{fill:#fff}.pm1{fill:#c44e00}.ph1{fill:#555}.pu1{fill:#777}\n"
    ".chart,.chart *{print-color-adjust:exact;-webkit-print-color-adjust:exact}\n"
    /* In the dark what is worse is brighter, so that it still stands out; paper stays white. */
    "@media screen and (prefers-color-scheme:dark){\n"
    ".chart text{fill:#e8e8e6}.chart .s{fill:#b9bdc0}.chart .w,.chart .markw{fill:#111}\n"
    ".chart .grid{stroke:#343a3f}.chart .axis{stroke:#878d92}\n"
    ".chart .goal,.chart .dash,.chart .mouth{stroke:#e8e8e6}\n"
    ".chart .track{fill:#23282c}.chart .bound{fill:#1f5577}.chart .boundx{fill:#74401b}\n"
    ".chart .boundq{fill:#4b5156}\n"
    ".chart .kept{fill:#56b4e9}.chart .kept2{fill:#2f7199}.chart .bad{fill:#ff8f3f}\n"
    ".chart .open{fill:#14171a;stroke:#e8e8e6}.chart .mark{fill:#e8e8e6}\n"
    ".chart .missed{stroke:#ff8f3f}.chart .held{stroke:#b9bdc0}.chart .empty{stroke:#4b5156}\n"
    ".chart .honest{stroke:#56b4e9}.chart .naive{stroke:#a3a8ac}\n"
    ".chart .face{fill:#14171a;stroke:#e8e8e6}\n"
    ".chart .h0{fill:#241f1a}.chart .h1{fill:#3b2a1a}.chart .h2{fill:#573814}\n"
    ".chart .h3{fill:#7d470e}.chart .h4{fill:#9a4e0a}.chart .h5{fill:#ffc58a}\n"
    ".chart .v0{fill:#ff8f3f}.chart .v1{fill:#9a5a2c}.chart .v2{fill:#5a6065}\n"
    ".chart .v3{fill:#2f7199}.chart .v4{fill:#56b4e9}\n"
    ".pm0,.ph0{fill:#14171a}.pm1{fill:#ff8f3f}.ph1{fill:#b9bdc0}.pu1{fill:#8a9095}\n"
    "}\n";

void tr_chart_defs(FILE *to)
{
    fputs("<svg width=\"0\" height=\"0\" style=\"position:absolute\" aria-hidden=\"true\"><defs>\n"
          "<pattern id=\"tr-missed\" width=\"1.2\" height=\"1.2\" patternUnits=\"userSpaceOnUse\" "
          "patternTransform=\"rotate(45)\"><rect class=\"pm0\" width=\"1.2\" "
          "height=\"1.2\"/><rect class=\"pm1\" width=\".6\" height=\"1.2\"/></pattern>\n"
          "<pattern id=\"tr-held\" width=\"1\" height=\"1\" patternUnits=\"userSpaceOnUse\" "
          "patternTransform=\"rotate(-45)\"><rect class=\"ph0\" width=\"1\" height=\"1\"/>"
          "<rect class=\"ph1\" width=\".3\" height=\"1\"/></pattern>\n"
          "<pattern id=\"tr-unseen\" width=\"1.4\" height=\"1.4\" patternUnits=\"userSpaceOnUse\" "
          "patternTransform=\"rotate(45)\"><rect class=\"pu1\" width=\".25\" height=\"1.4\"/>"
          "</pattern>\n"
          "</defs></svg>\n",
          to);
}

void tr_chart_begin(FILE *to, double height_mm, const char *title)
{
    fprintf(to,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\" "
            "width=\"%gmm\" height=\"%.1fmm\" viewBox=\"0 0 %g %.1f\" aria-label=\"",
            TR_CHART_WIDTH_MM, height_mm, TR_CHART_WIDTH_MM, height_mm);
    tr_page_text(to, title);
    fputs("\">\n", to);
}

void tr_chart_end(FILE *to)
{
    fputs("</svg>\n", to);
}

void tr_chart_rect(FILE *to, const char *class, double x, double y, double w, double h)
{
    fprintf(to, "<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>\n",
            class, x, y, fmax(w, 0), fmax(h, 0));
}

void tr_chart_line(FILE *to, const char *class, double x1, double y1, double x2, double y2)
{
    fprintf(to, "<line class=\"%s\" x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\"/>\n", class, x1,
            y1, x2, y2);
}

/* How many bytes the first @p chars characters of UTF-8 take. */
static size_t bytes_of(const char *text, size_t chars)
{
    size_t i = 0;
    while (text[i] != '\0' && (chars > 0 || ((unsigned char)text[i] & 0xc0) == 0x80)) {
        chars -= ((unsigned char)text[i++] & 0xc0) != 0x80;
    }
    return i;
}

static size_t chars_of(const char *text)
{
    size_t chars = 0;
    for (; *text != '\0'; text++) {
        chars += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return chars;
}

void tr_chart_label(FILE *to, double x, double y, const char *class, double max_mm,
                    const char *text)
{
    /* How wide a character is, roughly; more than a fifth narrower is hard to read. */
    const double em_mm =
        (strchr(class, 's') != NULL ? 2.6 : 3.0) * (strchr(class, 'b') != NULL ? 0.66 : 0.58);
    const double narrow = 0.8, room = fmax(1, floor(max_mm / (em_mm * narrow)));
    const size_t chars = chars_of(text);
    const bool cut = (double)chars > room;
    const double shown = cut ? room : (double)chars;
    if (chars == 0) {
        return;
    }
    fprintf(to, "<text x=\"%.2f\" y=\"%.2f\" class=\"%s\"", x, y, class);
    if (shown * em_mm > max_mm) {
        fprintf(to, " textLength=\"%.2f\" lengthAdjust=\"spacingAndGlyphs\"", max_mm);
    }
    fputs(">", to);
    if (cut) {
        tr_page_textf(to, "%.*s\u2026", (int)bytes_of(text, (size_t)room - 1), text);
        tr_page_element(to, "title", NULL, "%s", text);
    } else {
        tr_page_text(to, text);
    }
    fputs("</text>\n", to);
}

double tr_chart_step(double span, int steps)
{
    const double least = span / (steps > 0 ? steps : 1);
    if (!(least > 0) || !isfinite(least)) {
        return 1;
    }
    double step = pow(10, floor(log10(least)));
    static const double times[] = {1, 2, 5, 10};
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        if (step * times[i] >= least * (1 - 1e-9)) {
            return step * times[i];
        }
    }
    return step * 10;
}

double tr_chart_shown_pct(const struct tr_chart_share *share)
{
    const double pct = round(share->pct * 10) / 10;
    return share->k < share->n ? fmin(pct, 99.9) : pct;
}

char *tr_chart_count(int64_t n, char *text, size_t cap)
{
    char digits[24];
    size_t at = 0;
    const int len = snprintf(digits, sizeof(digits), "%lld", (long long)n);
    for (int i = 0; i < len && at + 2 < cap; i++) {
        if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-') {
            text[at++] = ',';
        }
        text[at++] = digits[i];
    }
    text[at] = '\0';
    return text;
}

char *tr_chart_duration(double s, char *text, size_t cap)
{
    const long long whole = isfinite(s) && fabs(s) < 1e15 ? llround(s) : 0;
    if (whole < 60) {
        snprintf(text, cap, "%lld s", whole);
    } else if (whole < 3600) {
        snprintf(text, cap, "%lld:%02lld", whole / 60, whole % 60);
    } else {
        snprintf(text, cap, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
    }
    return text;
}
