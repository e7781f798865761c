/**
 * @file page.h
 * Sheets for paper: an HTML page (A4, black on white, readable on a phone too)
 * and an SVG drawing, each one file with its style inside and nothing from
 * elsewhere. Text is escaped here and nowhere else.
 *
 * Classes for HTML: table (bordered), "num" (right-aligned cell), "ok", "todo",
 * "bad" (words with a frame, told apart without colour, too), "note" (small,
 * grey), "keep" (not broken over pages), "newpage", "art" (ASCII drawing, in
 * pre), "cards" with "card" inside (a grid of boxes), "card beside" (a box with a
 * picture, and text beside it), "labels" with "label"
 * inside (to cut out), "sign" (a line to sign on, its caption below).
 */
#ifndef TR_CLI_PAGE_H
#define TR_CLI_PAGE_H

#include <stdio.h>

/** Write @p text so that it is text in HTML, in SVG and in an attribute; what is not UTF-8, or
 *  a control character, becomes U+FFFD. */
void tr_page_text(FILE *to, const char *text);

/** As tr_page_text(), formatted; at most 1023 bytes, whole UTF-8 characters. */
__attribute__((format(printf, 2, 3))) void tr_page_textf(FILE *to, const char *fmt, ...);

/** <TAG class="CLASS">TEXT</TAG> and a newline; @p class NULL: none. */
__attribute__((format(printf, 4, 5))) void tr_page_element(FILE *to, const char *tag,
                                                           const char *class, const char *fmt, ...);

/** Head of an HTML page up to and with its h1. @p subtitle NULL: none. */
void tr_page_begin(FILE *to, const char *title, const char *subtitle);
/** As tr_page_begin(), with rules of the caller's own after the page's. @p name is what the
 *  window and a printed file are called. */
void tr_page_begin_styled(FILE *to, const char *name, const char *title, const char *subtitle,
                          const char *css, const char *more_css);
/** End of the page; @p footer is a small line, NULL: none. */
void tr_page_end(FILE *to, const char *footer);

/** Head of an SVG of so many user units, of which one is a millimetre. */
void tr_page_svg_begin(FILE *to, double width_mm, double height_mm, const char *title);
/** A line of text. @p class of the style sheet: "t1" title, "t2" heading, "t"
 *  text, "s" small, with "m" (middle) or "e" (end) for the anchor: "t e". */
__attribute__((format(printf, 5, 6))) void
tr_page_svg_text(FILE *to, double x, double y, const char *class, const char *fmt, ...);
void tr_page_svg_end(FILE *to);

#endif
