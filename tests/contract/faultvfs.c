#include "faultvfs.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES = 6, SECTOR = 4096 };

/* A write or a truncation that no sync has covered. */
struct pending {
    struct pending *next;
    bool truncate;
    int64_t at; /* or the new size */
    size_t n;
    unsigned char data[];
};

/* A file as the medium has it. */
struct image {
    char path[256];
    bool exists;
    unsigned char *data;
    size_t n;
    struct pending *head, **last;
};

struct fault_file {
    sqlite3_file file;
    struct image *image; /* NULL: a temporary file */
    sqlite3_file *real;
};

static struct fault fault;
static struct image image[IMAGES];
static sqlite3_vfs vfs;
static sqlite3_vfs *base;

/* --- images --------------------------------------------------------------- */

static void *must(void *p)
{
    if (p == NULL) {
        abort();
    }
    return p;
}

static void drop_pending(struct image *im)
{
    while (im->head != NULL) {
        struct pending *p = im->head;

        im->head = p->next;
        free(p);
    }
    im->last = &im->head;
}

static struct image *image_of(const char *path)
{
    for (int i = 0; i < IMAGES; i++) {
        if (strcmp(image[i].path, path) == 0) {
            return &image[i];
        }
        if (image[i].path[0] == '\0') {
            snprintf(image[i].path, sizeof(image[i].path), "%s", path);
            image[i].last = &image[i].head;
            return &image[i];
        }
    }
    abort();
}

static void add_pending(struct image *im, bool truncate, int64_t at, const void *data, size_t n)
{
    struct pending *p;

    if (im == NULL) {
        return;
    }
    p = must(malloc(sizeof(*p) + n));
    *p = (struct pending){.truncate = truncate, .at = at, .n = n};
    if (n > 0) {
        memcpy(p->data, data, n);
    }
    *im->last = p;
    im->last = &p->next;
}

static void resize(struct image *im, size_t n)
{
    if (n > im->n) {
        im->data = must(realloc(im->data, n));
        memset(im->data + im->n, 0, n - im->n);
    }
    im->n = n;
}

static void apply(struct image *im, const struct pending *p)
{
    if (p->truncate) {
        resize(im, (size_t)p->at);
        return;
    }
    if (im->n < (size_t)p->at + p->n) {
        resize(im, (size_t)p->at + p->n);
    }
    memcpy(im->data + p->at, p->data, p->n);
}

static uint64_t rnd(void)
{
    fault.seed ^= fault.seed << 13;
    fault.seed ^= fault.seed >> 7;
    fault.seed ^= fault.seed << 17;
    return fault.seed;
}

/* Sectors of a write arrive, or not, or are garbage: the whole sector, with
 * what lay in it before, since a card promises nothing about its neighbours. */
static void apply_torn(struct image *im, const struct pending *p)
{
    int64_t end = p->at + (int64_t)p->n;

    if (im->n < (size_t)end) {
        resize(im, (size_t)end);
    }
    for (int64_t s = p->at / SECTOR * SECTOR; s < end; s += SECTOR) {
        int64_t from = s > p->at ? s : p->at;
        int64_t to = s + SECTOR < end ? s + SECTOR : end;
        uint64_t dice = rnd() % 3;

        if (dice == 1) {
            memcpy(im->data + from, p->data + (from - p->at), (size_t)(to - from));
        } else if (dice == 2) {
            for (int64_t i = s; i < s + SECTOR && i < (int64_t)im->n; i++) {
                im->data[i] = (unsigned char)rnd();
            }
        }
    }
}

static void synced(struct image *im)
{
    if (im == NULL) {
        return;
    }
    for (struct pending *p = im->head; p != NULL; p = p->next) {
        apply(im, p);
    }
    drop_pending(im);
}

/* The power goes: write down what the medium has. */
static void cut(void)
{
    for (int i = 0; i < IMAGES && image[i].path[0] != '\0'; i++) {
        struct image *im = &image[i];
        char name[384];
        FILE *out;

        if (!im->exists) {
            continue;
        }
        for (struct pending *p = im->head; p != NULL; p = p->next) {
            uint64_t dice = rnd() % 3;

            if (dice == 1 || (p->truncate && dice == 2)) {
                apply(im, p);
            } else if (dice == 2) {
                apply_torn(im, p);
            }
        }
        snprintf(name, sizeof(name), "%s%s", fault.cut_dir, strrchr(im->path, '/'));
        out = must(fopen(name, "wb"));
        if (im->n > 0 && fwrite(im->data, 1, im->n, out) != im->n) {
            abort();
        }
        fclose(out);
    }
}

/* Count an operation. @return whether it shall fail. */
static bool fails(unsigned op)
{
    if ((fault.ops & op) == 0) {
        return false;
    }
    fault.seen++;
    if (fault.at == 0 || fault.seen < fault.at) {
        return false;
    }
    if (fault.fired == 0) {
        fault.fired = op;
        if (fault.kind == FAULT_CUT) {
            cut();
        }
        return true;
    }
    return fault.for_good || fault.kind == FAULT_CUT;
}

/* --- files ---------------------------------------------------------------- */

static sqlite3_file *real(sqlite3_file *file)
{
    return ((struct fault_file *)file)->real;
}

static int f_close(sqlite3_file *file)
{
    return real(file)->pMethods->xClose(real(file));
}

static int f_read(sqlite3_file *file, void *buf, int n, sqlite3_int64 at)
{
    return fails(FAULT_READ) ? SQLITE_IOERR_READ
                             : real(file)->pMethods->xRead(real(file), buf, n, at);
}

static int f_write(sqlite3_file *file, const void *buf, int n, sqlite3_int64 at)
{
    struct image *im = ((struct fault_file *)file)->image;

    if (fails(FAULT_WRITE)) {
        if (fault.kind == FAULT_TORN && n > 1) {
            add_pending(im, false, at, buf, (size_t)n / 2);
            real(file)->pMethods->xWrite(real(file), buf, n / 2, at);
        }
        return fault.kind == FAULT_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    }
    add_pending(im, false, at, buf, (size_t)n);
    return real(file)->pMethods->xWrite(real(file), buf, n, at);
}

static int f_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    if (fails(FAULT_TRUNCATE)) {
        return SQLITE_IOERR_TRUNCATE;
    }
    add_pending(((struct fault_file *)file)->image, true, size, NULL, 0);
    return real(file)->pMethods->xTruncate(real(file), size);
}

static int f_sync(sqlite3_file *file, int flags)
{
    (void)flags;
    if (fails(FAULT_SYNC)) {
        return SQLITE_IOERR_FSYNC;
    }
    synced(((struct fault_file *)file)->image);
    return SQLITE_OK;
}

static int f_size(sqlite3_file *file, sqlite3_int64 *ret)
{
    return real(file)->pMethods->xFileSize(real(file), ret);
}

static int f_lock(sqlite3_file *file, int level)
{
    return real(file)->pMethods->xLock(real(file), level);
}

static int f_unlock(sqlite3_file *file, int level)
{
    return real(file)->pMethods->xUnlock(real(file), level);
}

static int f_check_lock(sqlite3_file *file, int *ret)
{
    return real(file)->pMethods->xCheckReservedLock(real(file), ret);
}

static int f_control(sqlite3_file *file, int op, void *arg)
{
    return real(file)->pMethods->xFileControl(real(file), op, arg);
}

static int f_sector(sqlite3_file *file)
{
    return real(file)->pMethods->xSectorSize(real(file));
}

static int f_traits(sqlite3_file *file)
{
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static int f_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **ret)
{
    return fails(FAULT_SHM) ? SQLITE_IOERR_SHMMAP
                            : real(file)->pMethods->xShmMap(real(file), region, size, extend, ret);
}

static int f_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}

static void f_shm_barrier(sqlite3_file *file)
{
    real(file)->pMethods->xShmBarrier(real(file));
}

static int f_shm_unmap(sqlite3_file *file, int remove)
{
    return real(file)->pMethods->xShmUnmap(real(file), remove);
}

static const sqlite3_io_methods methods = {
    2,          f_close,       f_read,       f_write,   f_truncate, f_sync,   f_size,
    f_lock,     f_unlock,      f_check_lock, f_control, f_sector,   f_traits, f_shm_map,
    f_shm_lock, f_shm_barrier, f_shm_unmap,  NULL,      NULL};

/* --- the VFS -------------------------------------------------------------- */

static int v_open(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags,
                  int *ret_flags)
{
    struct fault_file *f = (struct fault_file *)file;
    int rc;

    (void)self;
    file->pMethods = NULL;
    if (fails(FAULT_OPEN)) {
        return fault.kind == FAULT_FULL ? SQLITE_FULL : SQLITE_CANTOPEN;
    }
    f->real = (sqlite3_file *)(f + 1);
    f->real->pMethods = NULL;
    rc = base->xOpen(base, name, f->real, flags, ret_flags);
    if (f->real->pMethods != NULL) {
        file->pMethods = &methods;
    }
    f->image = name != NULL && rc == SQLITE_OK ? image_of(name) : NULL;
    if (f->image != NULL) {
        f->image->exists = true;
    }
    return rc;
}

static int v_delete(sqlite3_vfs *self, const char *name, int sync_dir)
{
    struct image *im = image_of(name);

    (void)self;
    if (fails(FAULT_DELETE)) {
        return SQLITE_IOERR_DELETE;
    }
    drop_pending(im);
    im->exists = false;
    im->n = 0;
    (void)sync_dir;
    return base->xDelete(base, name, 0);
}

static int v_access(sqlite3_vfs *self, const char *name, int flags, int *ret)
{
    (void)self;
    return base->xAccess(base, name, flags, ret);
}

static int v_full_path(sqlite3_vfs *self, const char *name, int n, char *ret)
{
    (void)self;
    return base->xFullPathname(base, name, n, ret);
}

static int v_randomness(sqlite3_vfs *self, int n, char *ret)
{
    (void)self;
    return base->xRandomness(base, n, ret);
}

static int v_sleep(sqlite3_vfs *self, int us)
{
    (void)self;
    return base->xSleep(base, us);
}

static int v_time(sqlite3_vfs *self, double *ret)
{
    (void)self;
    return base->xCurrentTime(base, ret);
}

static int v_last_error(sqlite3_vfs *self, int n, char *ret)
{
    (void)self;
    (void)n;
    (void)ret;
    return 0;
}

struct fault *fault_reset(void)
{
    if (base == NULL) {
        base = sqlite3_vfs_find(NULL);
        vfs = (sqlite3_vfs){
            .iVersion = 1,
            .szOsFile = (int)sizeof(struct fault_file) + base->szOsFile,
            .mxPathname = base->mxPathname,
            .zName = "fault",
            .xOpen = v_open,
            .xDelete = v_delete,
            .xAccess = v_access,
            .xFullPathname = v_full_path,
            .xRandomness = v_randomness,
            .xSleep = v_sleep,
            .xCurrentTime = v_time,
            .xGetLastError = v_last_error,
        };
        sqlite3_vfs_register(&vfs, 0);
    }
    for (int i = 0; i < IMAGES; i++) {
        if (image[i].path[0] != '\0') {
            drop_pending(&image[i]);
        }
        free(image[i].data);
    }
    memset(image, 0, sizeof(image));
    fault = (struct fault){.seed = 1};
    return &fault;
}

long fault_seen(void)
{
    return fault.seen;
}
