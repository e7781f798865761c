/** @file version.h What this build is. */
#ifndef TR_BASE_VERSION_H
#define TR_BASE_VERSION_H

/** From git when it was built: "1.2.0-3-gabc". */
extern const char tr_version[];
/** Of the libgpiod it was built against: "1.6.3". */
extern const char tr_gpiod_version[];

#endif
