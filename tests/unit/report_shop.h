/**
 * @file report_shop.h
 * An invented shop's report, for tests of its forms: five stations, months of weeks, a
 * fault, a pause. Its figures are plausible, not true: whoever tests sums makes their own.
 */
#ifndef TR_TESTS_REPORT_SHOP_H
#define TR_TESTS_REPORT_SHOP_H

#include "cli/report.h"

/** @param days  1 or 7 and more, beginning on a Monday.  @return to be freed with report_shop_free(). */
struct tr_report *report_shop(int days, int weeks);
void report_shop_free(struct tr_report *r);

/** A level of so many, with Wilson's bounds. */
struct tr_report_level report_shop_level(int64_t kept, int64_t counted);

#endif
