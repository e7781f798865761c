/* A table's cells. */
#include "cli/report_cell.h"

#include <math.h>

#include "cli/page.h"
#include "cli/report_html.h"

void tr_report_cell_table(FILE *to, const char *caption, const char *const *head)
{
    /* A table wider than a telephone is scrolled, by keys too. */
    fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"", to);
    tr_page_text(to, caption);
    fputs("\"><table>\n", to);
    tr_page_element(to, "caption", NULL, "%s", caption);
    fputs("<thead><tr>", to);
    for (int i = 0; head[i] != NULL; i++) {
        fprintf(to, "<th scope=\"col\"%s>", i > 0 ? " class=\"num\"" : "");
        tr_page_text(to, head[i]);
        fputs("</th>", to);
    }
    fputs("</tr></thead>\n<tbody>\n", to);
}

void tr_report_cell_table_end(FILE *to)
{
    fputs("</tbody></table></div>\n", to);
}

/* Of several rows of one station all but the first are quiet, and none is nameless. */
void tr_report_cell_row_of(FILE *to, const char *head, bool first)
{
    fprintf(to, "<tr%s><th scope=\"row\">", first ? "" : " class=\"again\"");
    tr_page_text(to, head);
    fputs("</th>", to);
}

void tr_report_cell_row(FILE *to, const char *head)
{
    tr_report_cell_row_of(to, head, true);
}

void tr_report_cell_count(FILE *to, int64_t n)
{
    char text[32];
    fprintf(to, "<td class=\"num\">%s</td>", tr_chart_count(n, text, sizeof(text)));
}

void tr_report_cell_number(FILE *to, double x)
{
    if (isnan(x)) {
        fputs("<td class=\"num\">\u2013</td>", to);
    } else {
        fprintf(to, "<td class=\"num\">%.1f</td>", x);
    }
}

/* Kept, of how many, in percent, between which bounds. */
void tr_report_cell_level(FILE *to, const struct tr_report_level *l)
{
    const struct tr_chart_share share = tr_report_say_share(l);
    tr_report_cell_count(to, l->kept);
    tr_report_cell_count(to, l->counted);
    tr_report_cell_number(to, l->counted >= TR_REPORT_LEAST ? tr_chart_shown_pct(&share) : NAN);
    if (l->counted > 0) {
        fprintf(to, "<td class=\"num\">%.1f to %.1f</td>", l->sure_low_pct, l->sure_high_pct);
    } else {
        fputs("<td class=\"num\">\u2013</td>", to);
    }
}

void tr_report_cell_end(FILE *to)
{
    fputs("</tr>\n", to);
}

void tr_report_cell_heading(FILE *to, enum tr_report_section section, const char *title)
{
    fprintf(to, "<h3 id=\"%s\">%s</h3>\n", tr_report_html_anchor[section], title);
}
