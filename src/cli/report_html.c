/* The report as a page: ten seconds at the top, the reasons below, the figures at the end. */
#include <math.h>
#include <string.h>

#include "base/version.h"
#include "cli/page.h"
#include "cli/report_html.h"

static const char style[] =
    "body{color:#111}\n"
    "h1{font-size:20pt;letter-spacing:-.01em}\n"
    "h2{border-bottom:0.25mm solid #111;margin:8mm 0 3mm}\n"
    "h2 a{float:right;font-size:8pt;font-weight:normal;color:#444}\n"
    "h1+p{font-size:12pt;color:#444;margin:.5mm 0 0}\n"
    ".top{display:grid;grid-template-columns:88mm 1fr;gap:6mm;margin:5mm 0 0;align-items:start}\n"
    ".big{font-size:42pt;font-weight:bold;line-height:1;letter-spacing:-.03em;margin:0}\n"
    ".big small{font-size:20pt}\n"
    ".under{font-size:10.5pt;color:#444;margin:1.5mm 0 5mm}\n"
    ".look{list-style:none;padding:0;margin:0}\n"
    ".look li{padding:1.6mm 0 1.6mm 6mm;border-top:0.15mm solid #ccc;text-indent:-6mm}\n"
    ".look li:first-child{border-top:0;padding-top:0}\n"
    ".look .sign-good,.look .sign-bad,.look .sign-note{display:inline-block;width:6mm;"
    "text-indent:0;font-weight:bold}\n"
    ".sign-good{color:#0072b2}.sign-bad{color:#c44e00}.sign-note{color:#666}\n"
    ".trust{font-size:8.5pt;color:#333;margin:4mm 0 0;padding:2mm 3mm;background:#f4f4f2;"
    "break-inside:avoid;print-color-adjust:exact;-webkit-print-color-adjust:exact}\n"
    ".trust ul{margin:.5mm 0 0;padding-left:4mm}\n"
    ".charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,86mm),1fr));"
    "gap:6mm;align-items:start}\n"
    "figure{margin:0;break-inside:avoid;min-width:0}\n"
    "figcaption{margin:0 0 1.5mm;font-weight:bold}\n"
    "figcaption small{font-weight:normal;color:#444;display:block;font-size:8.5pt}\n"
    ".figures table{font-size:8pt;margin:1mm 0 4mm;width:auto;min-width:60mm}\n"
    ".figures th,.figures td{border:0;border-bottom:0.15mm solid #ccc;padding:.5mm 2mm .5mm 0;"
    "vertical-align:bottom}\n"
    ".figures th{background:none;border-bottom:0.25mm solid #111}\n"
    ".figures th.num{white-space:normal}\n"
    ".figures td:first-child,.figures tbody th{white-space:nowrap;font-weight:normal;"
    "border-bottom:0.15mm solid #ccc}\n"
    ".figures h3{margin:4mm 0 1mm}\n"
    ".figures caption{text-align:left;font-weight:bold;padding:0 0 1mm}\n"
    /* What is longer than half a sheet would leave the one before it empty. */
    ".figures .wide{break-inside:avoid}.figures tr{break-inside:avoid}\n"
    ".figures .wide:has(tbody tr:nth-child(30)){break-inside:auto}\n"
    ".pairs{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,86mm),1fr));"
    "column-gap:6mm;align-items:start}\n"
    ".pairs table{width:100%;min-width:0}\n"
    "@media print{h2 a{display:none}.figures{break-before:page}.wide{overflow:visible}"
    ".pairs{display:block}.pairs table{width:auto}"
    ".pairs>.wide{display:inline-block;vertical-align:top;max-width:100%;margin-right:6mm}}\n"
    ".again th{color:#6b6b6b}\n"
    /* On a telephone what to do comes before the reasons. */
    "@media screen and (max-width:720px){.top{display:flex;flex-direction:column;gap:0}"
    ".top>div{display:contents}.look{order:1;margin-bottom:5mm}"
    ".top figure,.top .note{order:2}.trust{order:3}"
    ".chart{width:100%;max-width:150mm}}\n"
    "@media screen and (prefers-color-scheme:dark){\n"
    ":root{color-scheme:dark}\n"
    "html,body{background:#14171a;color:#e8e8e6}\n"
    "a,h2 a{color:#8cc8f0}h1+p,.under,figcaption small,.note,footer{color:#b9bdc0}\n"
    "h2,.figures th{border-color:#e8e8e6}footer{border-color:#878d92}\n"
    ".look li,.figures td,.figures tbody th,.figures td:first-child{border-color:#4b5156}\n"
    ".sign-good{color:#56b4e9}.sign-bad{color:#ff8f3f}.sign-note{color:#b9bdc0}\n"
    ".trust{background:#23282c;color:#d8dadb}.again th{color:#a3a8ac}\n"
    "}\n";

const char *const tr_report_html_anchor[TR_REPORT_SECTION_COUNT] = {
    "stations", "dayparts", "hours", "quantiles", "weeks", "smiles", "alerts", "sensors",
};

void tr_report_html_heading(FILE *to, enum tr_report_section section, const char *title)
{
    fputs("<h2>", to);
    tr_page_text(to, title);
    fprintf(to, " <a href=\"#%s\">the figures</a></h2>\n", tr_report_html_anchor[section]);
}

/* --- the first ten seconds ------------------------------------------------------------ */

static void lead(FILE *to, const struct tr_report *r)
{
    char kept[32], all[32];
    const struct tr_report_level *l = &r->level;
    const struct tr_chart_share share = tr_report_say_share(l);
    if (l->counted == 0) {
        tr_page_element(to, "p", "big", "\u2013");
        tr_page_element(to, "p", "under", "%s", tr_report_say_nobody_at_all(r));
        return;
    }
    tr_chart_count(l->kept, kept, sizeof(kept));
    tr_chart_count(l->counted, all, sizeof(all));
    if (l->counted < TR_REPORT_LEAST) {
        fprintf(to, "<p class=\"big\">%s <small>of %s</small></p>\n", kept, all);
        tr_page_element(to, "p", "under", "waits kept their promise; too few to compare");
        return;
    }
    fprintf(to, "<p class=\"big\">%.1f <small>%%</small></p>\n", tr_chart_shown_pct(&share));
    tr_page_element(to, "p", "under",
                    "of %s waits kept their promise (%s); so many prove %.1f to %.1f %%", all, kept,
                    l->sure_low_pct, l->sure_high_pct);
}

/* A chart's row for a station, with what was promised below. */
static void stations(FILE *to, const struct tr_report *r)
{
    struct tr_chart_row row[TR_REPORT_STATIONS_MAX];
    char note[TR_REPORT_STATIONS_MAX][TR_REPORT_SAY_MAX];
    int n = 0;
    for (int i = 0; i < r->stations_n && n < TR_REPORT_STATIONS_MAX; i++) {
        const struct tr_report_station *s = &r->station[i];
        if (!tr_report_html_counts(s) && (s->gone || isnan(s->target_pct))) {
            continue;
        }
        tr_report_say_promise(s, note[n], sizeof(note[n]));
        row[n] = (struct tr_chart_row){
            .label = s->name,
            .note = note[n],
            .level = tr_report_say_share(&s->level),
            .nobody =
                r->sight.open_ms == 0
                    ? "\u2013"
                    : tr_report_say_nobody(s->sight.open_ms > 0 ? TR_REPORT_OPEN : TR_REPORT_AFTER,
                                           s->count.waits, &s->sight),
            .objective_pct = s->target_pct,
            .coverage_pct = s->sight.pct};
        n++;
    }
    if (n == 0) {
        return;
    }
    tr_report_html_figure(to, n > 1 ? "Stations side by side" : "The promise", NULL);
    tr_chart_rows(to, "Service level of each station, with its bounds and the objective", row, n);
    fputs("</figure>\n", to);
    tr_page_element(to, "p", "note",
                    "\u25cf surely kept  \u25cb may be either  \u25c6 surely missed; the bar is "
                    "what so many waits prove (95 %%), the stroke the objective");
}

static void top(FILE *to, const struct tr_report *r)
{
    fputs("<div class=\"top\">\n<div>\n", to);
    lead(to, r);
    stations(to, r);
    fputs("</div>\n<div>\n", to);
    tr_report_html_look(to, r);
    tr_report_html_trust(to, r);
    fputs("</div>\n</div>\n", to);
}

void tr_report_html(FILE *to, const struct tr_report *r)
{
    char title[TR_REPORT_SAY_MAX], name[TR_REPORT_SAY_MAX], made[64];
    const char *shop = r->name[0] != '\0' ? r->name : r->site;
    snprintf(title, sizeof(title), "%s%s", r->title, r->so_far ? ", so far" : "");
    snprintf(name, sizeof(name), "%s: %s", shop, r->title);
    tr_page_begin_styled(to, name, shop, title, style, tr_chart_style);
    tr_chart_defs(to);
    top(to, r);
    tr_report_html_charts(to, r);
    tr_report_html_figures(to, r);
    snprintf(title, sizeof(title), "Third Ring %s, unit %s/%s, computed %s (%s)", tr_version,
             r->site, r->unit, tr_report_html_moment(r->made, made, sizeof(made)), r->timezone);
    tr_page_end(to, title);
}
