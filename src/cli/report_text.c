/* placeholder */
#include "cli/report.h"
void tr_report_text(FILE *to, const struct tr_report *r, bool colour, int width)
{
    (void)colour;
    (void)width;
    fprintf(to, "%s\n", r->title);
}
