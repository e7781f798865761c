/**
 * @file faultvfs.h
 * An SQLite VFS named "fault" over the default one, that fails the Nth
 * operation, once or from then on, or cuts the power there. It never really
 * syncs: it remembers what a sync would have made durable.
 */
#ifndef TR_TESTS_FAULTVFS_H
#define TR_TESTS_FAULTVFS_H

#include <stdbool.h>
#include <stdint.h>

enum fault_kind {
    FAULT_NONE,
    FAULT_IOERR,
    FAULT_FULL, /**< writes say SQLITE_FULL; what cannot be full says SQLITE_IOERR */
    FAULT_TORN, /**< half of a write arrives, then SQLITE_IOERR */
    FAULT_CUT   /**< the files as the medium has them are copied to cut_dir */
};

/** What is counted, or-ed together. */
enum {
    FAULT_WRITE = 1,
    FAULT_SYNC = 2,
    FAULT_TRUNCATE = 4,
    FAULT_OPEN = 8,
    FAULT_SHM = 16,
    FAULT_DELETE = 32,
    FAULT_READ = 64,
    FAULT_ALL = 127
};

struct fault {
    enum fault_kind kind;
    unsigned ops;   /**< of enum above */
    long at;        /**< fail this one, from 1; 0: none */
    bool for_good;  /**< and every one after it; a cut always is */
    long seen;      /**< operations counted so far */
    unsigned fired; /**< the operation that failed; 0: none yet */
    uint64_t seed;  /**< a cut: which of the unsynced writes arrived, and how torn */
    char cut_dir[96];
};

/**
 * Register the VFS, or forget everything it knows of files.
 * @return its switches, zeroed.
 */
struct fault *fault_reset(void);

/** @return operations counted since the reset. */
long fault_seen(void);

#endif
