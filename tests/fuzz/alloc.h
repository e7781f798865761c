/** @file alloc.h Between the two calls nothing may be allocated. */
#ifndef FUZZ_ALLOC_H
#define FUZZ_ALLOC_H

#include <stddef.h>

/** Count from here. */
void alloc_watch_begin(void);

/** @return how often something was allocated since alloc_watch_begin(). */
size_t alloc_watch_end(void);

#endif
