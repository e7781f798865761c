/** @file hash.h A hash for telling texts apart, not for secrets. */
#ifndef TR_BASE_HASH_H
#define TR_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define TR_HASH_BEGIN UINT64_C(0xcbf29ce484222325)

/** @p h with @p n bytes mixed in: FNV-1a, 64 bits (Fowler, Noll and Vo 1991). */
uint64_t tr_hash(uint64_t h, const void *bytes, size_t n);

#endif
