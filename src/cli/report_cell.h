/**
 * @file report_cell.h
 * Cells of the report page's tables: a head, rows that begin with a name, numbers to the
 * right, a dash where there is none.
 */
#ifndef TR_CLI_REPORT_CELL_H
#define TR_CLI_REPORT_CELL_H

#include "cli/report.h"

/** A heading that the section's charts link to. */
void tr_report_cell_heading(FILE *to, enum tr_report_section section, const char *title);

/** @param head  Columns' names, NULL at the end. */
void tr_report_cell_table(FILE *to, const char *caption, const char *const *head);
void tr_report_cell_table_end(FILE *to);

/** Begin a row; tr_report_cell_end() ends it. */
void tr_report_cell_row(FILE *to, const char *head);
/** As tr_report_cell_row(), of several rows of one thing: all but the first are quiet. */
void tr_report_cell_row_of(FILE *to, const char *head, bool first);
void tr_report_cell_end(FILE *to);

void tr_report_cell_count(FILE *to, int64_t n);
/** One decimal; NAN: a dash. */
void tr_report_cell_number(FILE *to, double x);
/** Four cells: kept, of how many, in percent (a dash below TR_REPORT_LEAST), between which
 *  bounds. */
void tr_report_cell_level(FILE *to, const struct tr_report_level *level);

#endif
