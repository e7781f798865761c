/*
 * The counting VFS: passes everything on, adds up what is written, and denies
 * SQLITE_IOCAP_POWERSAFE_OVERWRITE. With that flag SQLite would trust that a
 * power cut never harms bytes beside those being written; SD cards do not keep
 * that promise, so each commit is padded to the end of its sector and no
 * sector of the WAL that holds a commit is ever written again.
 */
#include "journal/private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct shim_file {
    sqlite3_file file;
    struct tr_journal_vfs *owner;
    sqlite3_file *real; /**< right behind this struct */
};

static sqlite3_file *real(sqlite3_file *file)
{
    return ((struct shim_file *)file)->real;
}

static struct tr_journal_vfs *owner_of(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

static int noted(sqlite3_file *file, int rc)
{
    if (rc == SQLITE_FULL) {
        ((struct shim_file *)file)->owner->full = true;
    }
    return rc;
}

static int shim_close(sqlite3_file *file)
{
    int rc = real(file)->pMethods->xClose(real(file));

    file->pMethods = NULL;
    return rc;
}

static int shim_read(sqlite3_file *file, void *buf, int n, sqlite3_int64 at)
{
    return real(file)->pMethods->xRead(real(file), buf, n, at);
}

static int shim_write(sqlite3_file *file, const void *buf, int n, sqlite3_int64 at)
{
    ((struct shim_file *)file)->owner->written += n;
    return noted(file, real(file)->pMethods->xWrite(real(file), buf, n, at));
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return real(file)->pMethods->xTruncate(real(file), size);
}

static int shim_sync(sqlite3_file *file, int flags)
{
    return noted(file, real(file)->pMethods->xSync(real(file), flags));
}

static int shim_size(sqlite3_file *file, sqlite3_int64 *ret)
{
    return real(file)->pMethods->xFileSize(real(file), ret);
}

static int shim_lock(sqlite3_file *file, int level)
{
    return real(file)->pMethods->xLock(real(file), level);
}

static int shim_unlock(sqlite3_file *file, int level)
{
    return real(file)->pMethods->xUnlock(real(file), level);
}

static int shim_check_lock(sqlite3_file *file, int *ret)
{
    return real(file)->pMethods->xCheckReservedLock(real(file), ret);
}

static int shim_control(sqlite3_file *file, int op, void *arg)
{
    return real(file)->pMethods->xFileControl(real(file), op, arg);
}

static int shim_sector(sqlite3_file *file)
{
    return real(file)->pMethods->xSectorSize(real(file));
}

static int shim_traits(sqlite3_file *file)
{
    return real(file)->pMethods->xDeviceCharacteristics(real(file)) &
           ~SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int shim_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **ret)
{
    return real(file)->pMethods->xShmMap(real(file), region, size, extend, ret);
}

static int shim_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}

static void shim_shm_barrier(sqlite3_file *file)
{
    real(file)->pMethods->xShmBarrier(real(file));
}

static int shim_shm_unmap(sqlite3_file *file, int remove)
{
    return real(file)->pMethods->xShmUnmap(real(file), remove);
}

/* Version 2: shared memory for WAL, no memory-mapped reads. */
static const sqlite3_io_methods shim_methods = {
    .iVersion = 2,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_check_lock,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector,
    .xDeviceCharacteristics = shim_traits,
    .xShmMap = shim_shm_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_shm_barrier,
    .xShmUnmap = shim_shm_unmap,
};

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *ret_flags)
{
    struct shim_file *shim = (struct shim_file *)file;
    struct tr_journal_vfs *owner = owner_of(vfs);
    int rc;

    shim->owner = owner;
    shim->real = (sqlite3_file *)(shim + 1);
    shim->real->pMethods = NULL;
    rc = owner->base->xOpen(owner->base, name, shim->real, flags, ret_flags);
    /* SQLite closes a file whose methods are set, even when opening failed. */
    file->pMethods = shim->real->pMethods != NULL ? &shim_methods : NULL;
    return rc;
}

static int shim_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
    sqlite3_vfs *base = owner_of(vfs)->base;
    return base->xDelete(base, name, sync_dir);
}

static int shim_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret)
{
    sqlite3_vfs *base = owner_of(vfs)->base;
    return base->xAccess(base, name, flags, ret);
}

static int shim_full_path(sqlite3_vfs *vfs, const char *name, int n, char *ret)
{
    sqlite3_vfs *base = owner_of(vfs)->base;
    return base->xFullPathname(base, name, n, ret);
}

static int shim_randomness(sqlite3_vfs *vfs, int n, char *ret)
{
    sqlite3_vfs *base = owner_of(vfs)->base;
    return base->xRandomness(base, n, ret);
}

static int shim_sleep(sqlite3_vfs *vfs, int us)
{
    sqlite3_vfs *base = owner_of(vfs)->base;
    return base->xSleep(base, us);
}

static int shim_time(sqlite3_vfs *vfs, double *ret)
{
    sqlite3_vfs *base = owner_of(vfs)->base;
    return base->xCurrentTime(base, ret);
}

static int shim_last_error(sqlite3_vfs *vfs, int n, char *ret)
{
    sqlite3_vfs *base = owner_of(vfs)->base;
    return base->xGetLastError(base, n, ret);
}

int tr_journal_vfs_init(struct tr_journal_vfs *vfs, const char *base)
{
    memset(vfs, 0, sizeof(*vfs));
    vfs->base = sqlite3_vfs_find(base);
    if (vfs->base == NULL) {
        return -ENOENT;
    }
    snprintf(vfs->name, sizeof(vfs->name), "thirdring-%p", (void *)vfs);
    vfs->vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = (int)sizeof(struct shim_file) + vfs->base->szOsFile,
        .mxPathname = vfs->base->mxPathname,
        .zName = vfs->name,
        .pAppData = vfs,
        .xOpen = shim_open,
        .xDelete = shim_delete,
        .xAccess = shim_access,
        .xFullPathname = shim_full_path,
        .xRandomness = shim_randomness,
        .xSleep = shim_sleep,
        .xCurrentTime = shim_time,
        .xGetLastError = shim_last_error,
    };
    return sqlite3_vfs_register(&vfs->vfs, 0) == SQLITE_OK ? 0 : -EIO;
}

void tr_journal_vfs_fini(struct tr_journal_vfs *vfs)
{
    if (vfs->base != NULL) {
        sqlite3_vfs_unregister(&vfs->vfs);
        vfs->base = NULL;
    }
}
