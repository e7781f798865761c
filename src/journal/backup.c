/* A copy of a journal, made while another writes it. */
#include "journal/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum {
    PAGES_A_STEP = 256,  /* 1 MB between two pauses */
    ROOM_LEFT = 8 << 20, /* of the medium, after the copy */
    PAUSE_MAX_MS = 1000, /* after one step */
    BUSY_MAX = 500,      /* steps in a row that somebody else's lock held up */
    NAME_BYTES = TR_PATH_MAX + 64,
};

static const char *const beside[] = {"", "-journal", "-wal", "-shm"};

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * TR_NS_PER_S + t.tv_nsec;
}

static void rest(int64_t ns)
{
    const int64_t most = PAUSE_MAX_MS * TR_NS_PER_MS;
    const int64_t n = ns < TR_NS_PER_MS ? TR_NS_PER_MS : ns > most ? most : ns;
    const struct timespec t = {.tv_sec = n / TR_NS_PER_S, .tv_nsec = n % TR_NS_PER_S};

    nanosleep(&t, NULL);
}

/* The medium is the daemon's, too: what was written goes to it in small pieces,
 * never as one flood at the end, and between two it is left in peace as long as
 * the last one took. */
static int copy_pages(sqlite3_backup *backup, int fd)
{
    int busy = 0;

    for (;;) {
        const int64_t began = now_ns();
        const int rc = sqlite3_backup_step(backup, PAGES_A_STEP);

        if (rc == SQLITE_DONE) {
            return rc;
        }
        if (rc != SQLITE_OK && ((rc != SQLITE_BUSY && rc != SQLITE_LOCKED) || ++busy > BUSY_MAX)) {
            return rc;
        }
        if (rc == SQLITE_OK && fdatasync(fd) < 0) {
            return SQLITE_IOERR_FSYNC;
        }
        rest(now_ns() - began);
    }
}

static int count_rows(sqlite3 *db, struct tr_journal_copied *ret)
{
    static const char *const table[] = {"wait", "vote", "alert", "event", "outbox"};
    uint64_t *const n[] = {&ret->waits, &ret->votes, &ret->alerts, &ret->inputs, &ret->outbox};
    int rc = SQLITE_OK;

    for (size_t i = 0; i < sizeof(n) / sizeof(n[0]) && rc == SQLITE_OK; i++) {
        char sql[64];
        int64_t count = 0;

        snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table[i]);
        rc = tr_journal_ask(db, sql, &count);
        *n[i] = (uint64_t)count;
    }
    return rc;
}

/* Whole? @return 0, -EBADMSG, -errno. */
static int check(sqlite3 *db, const char *of, char *reterr)
{
    sqlite3_stmt *stmt;
    int r = 0;
    int rc = sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &stmt, NULL);

    if (rc == SQLITE_OK) {
        rc = sqlite3_step(stmt);
    }
    if (rc != SQLITE_ROW) {
        r = tr_journal_fail(reterr, tr_journal_errno(db, rc), "cannot check the copy of %s: %s", of,
                            sqlite3_errmsg(db));
    } else {
        const char *said = (const char *)sqlite3_column_text(stmt, 0);

        if (said == NULL || strcmp(said, "ok") != 0) {
            r = tr_journal_fail(reterr, -EBADMSG, "the journal %s is damaged: %s", of,
                                said != NULL ? said : "no answer to the check");
        }
    }
    sqlite3_finalize(stmt);
    return r;
}

/* The copy as one file, with what the caller wants changed in it. */
static int finish(sqlite3 *db, const char *from, const char *change, struct tr_journal_copied *ret,
                  char *reterr)
{
    int r = check(db, from, reterr);
    int rc;

    if (r < 0) {
        return r;
    }
    rc = sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE", NULL, NULL,
                      NULL);
    if (rc == SQLITE_OK && change != NULL) {
        rc = sqlite3_exec(db, change, NULL, NULL, NULL);
    }
    rc = rc == SQLITE_OK ? count_rows(db, ret) : rc;
    return rc == SQLITE_OK
               ? 0
               : tr_journal_fail(reterr, tr_journal_errno(db, rc),
                                 "cannot finish the copy of %s: %s", from, sqlite3_errmsg(db));
}

static int copy(sqlite3 *src, const char *from, const char *to, int fd, const char *change,
                struct tr_journal_copied *ret, char *reterr)
{
    sqlite3 *db = NULL;
    sqlite3_backup *backup = NULL;
    int r;
    /* One read transaction all along: what is committed meanwhile stays out, and
     * the copying never has to begin anew. */
    int rc = sqlite3_exec(src, "BEGIN; SELECT count(*) FROM tail", NULL, NULL, NULL);

    rc = rc == SQLITE_OK
             ? sqlite3_open_v2(to, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL)
             : rc;
    if (rc == SQLITE_OK) {
        rc = sqlite3_exec(db, "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY", NULL, NULL,
                          NULL);
    }
    backup = rc == SQLITE_OK ? sqlite3_backup_init(db, "main", src, "main") : NULL;
    if (backup != NULL) {
        rc = copy_pages(backup, fd);
        rc = sqlite3_backup_finish(backup) == SQLITE_OK ? SQLITE_OK : rc;
    } else {
        rc = rc == SQLITE_OK ? sqlite3_errcode(db) : rc;
    }
    sqlite3_exec(src, "ROLLBACK", NULL, NULL, NULL);
    if (rc != SQLITE_OK) {
        r = tr_journal_fail(reterr, tr_journal_errno(db, rc), "cannot copy %s to %s: %s", from, to,
                            sqlite3_errstr(rc));
    } else {
        r = finish(db, from, change, ret, reterr);
    }
    sqlite3_close(db);
    return r;
}

static void forget(const char *name)
{
    char part[NAME_BYTES + 16];

    for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
        snprintf(part, sizeof(part), "%s%s", name, beside[i]);
        unlink(part);
    }
}

/* Is there room for it, and some left? */
static int room(sqlite3 *src, const char *to, char *reterr)
{
    char folder[NAME_BYTES];
    struct statvfs fs;
    int64_t pages = 0;
    int64_t size = TR_JOURNAL_PAGE;
    int64_t free_bytes;

    snprintf(folder, sizeof(folder), "%s", to);
    if (statvfs(dirname(folder), &fs) < 0) {
        return tr_journal_fail(reterr, -errno, "cannot write %s: %s", to, strerror(errno));
    }
    (void)tr_journal_ask(src, "PRAGMA page_count", &pages);
    (void)tr_journal_ask(src, "PRAGMA page_size", &size);
    free_bytes = (int64_t)(fs.f_bavail * fs.f_frsize);
    if (free_bytes < pages * size + ROOM_LEFT) {
        return tr_journal_fail(reterr, -ENOSPC,
                               "no room for %s: it takes %.1f MB, there are %.1f MB, and %d MB "
                               "must be left",
                               to, (double)(pages * size) / 1e6, (double)free_bytes / 1e6,
                               ROOM_LEFT >> 20);
    }
    return 0;
}

static int open_copy(const char *name, mode_t mode, char *reterr)
{
    int fd;

    forget(name); /* of one that was cut off */
    fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) {
        return tr_journal_fail(reterr, -errno, "cannot write %s: %s", name, strerror(errno));
    }
    if (fchmod(fd, mode) < 0) {
        errno = 0; /* a file system without modes: a stick from the till */
    }
    return fd;
}

int tr_journal_copy(const char *from, const char *to, mode_t mode, const char *change,
                    struct tr_journal_copied *ret, char *reterr)
{
    struct tr_journal_reader *reader;
    struct stat st;
    int fd;
    int r = tr_journal_read_open(from, &reader, reterr);

    *ret = (struct tr_journal_copied){.waits = 0};
    if (r < 0) {
        return r;
    }
    r = room(reader->journal.db, to, reterr);
    fd = r == 0 ? open_copy(to, mode, reterr) : r;
    if (fd < 0) {
        tr_journal_read_close(reader);
        return fd;
    }
    r = copy(reader->journal.db, from, to, fd, change, ret, reterr);
    tr_journal_read_close(reader);
    if (r == 0 && fsync(fd) < 0) {
        r = tr_journal_fail(reterr, -errno, "cannot write %s: %s", to, strerror(errno));
    }
    if (r == 0 && fstat(fd, &st) == 0) {
        ret->bytes = st.st_size;
    }
    close(fd);
    if (r == 0) {
        r = tr_journal_read_open(to, &reader, reterr);
        if (r == 0) {
            const int tail = tr_journal_read_tail(reader, &ret->tail);

            r = tail == -ENODATA ? 0 : tail;
            tr_journal_read_close(reader);
        }
    }
    if (r < 0) {
        forget(to);
    }
    return r;
}

bool tr_journal_owns(const char *path, const char *file)
{
    char name[NAME_BYTES];
    struct stat there;
    struct stat own;

    if (stat(file, &there) < 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
        snprintf(name, sizeof(name), "%s%s", path, beside[i]);
        if (stat(name, &own) == 0 && own.st_dev == there.st_dev && own.st_ino == there.st_ino) {
            return true;
        }
    }
    return false;
}

/* A backup over the journal itself would be its end. */
static int refuse(const char *path, const char *dest, bool force, char *reterr)
{
    struct stat there;

    if (strlen(dest) >= TR_PATH_MAX) {
        return tr_journal_fail(reterr, -EINVAL, "%s: a path has less than %d bytes", dest,
                               TR_PATH_MAX);
    }
    if (lstat(dest, &there) < 0) {
        return errno == ENOENT ? 0
                               : tr_journal_fail(reterr, -errno, "%s: %s", dest, strerror(errno));
    }
    if (!S_ISREG(there.st_mode)) {
        return tr_journal_fail(reterr, -EISDIR, "%s is not a file: name one", dest);
    }
    if (tr_journal_owns(path, dest)) {
        return tr_journal_fail(reterr, -EINVAL, "%s is the journal itself", dest);
    }
    return force ? 0
                 : tr_journal_fail(reterr, -EEXIST, "%s is there already (--force replaces it)",
                                   dest);
}

/* What backups that were cut off left beside @p dest. */
static void clean_up(const char *dest)
{
    char name[NAME_BYTES];
    char copy[NAME_BYTES];
    const char *base = strrchr(dest, '/') != NULL ? strrchr(dest, '/') + 1 : dest;
    const size_t n = strlen(base);
    struct dirent *entry;
    DIR *dir;

    snprintf(copy, sizeof(copy), "%s", dest);
    dir = opendir(dirname(copy));
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        const char *part = entry->d_name;
        const long pid = strncmp(part, base, n) == 0 && strncmp(part + n, ".part-", 6) == 0
                             ? strtol(part + n + 6, NULL, 10)
                             : 0;

        if (pid > 0 && kill((pid_t)pid, 0) < 0 && errno == ESRCH) {
            snprintf(name, sizeof(name), "%s.part-%ld", dest, pid);
            forget(name);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
}

int tr_journal_backup(const char *path, const char *dest, bool force, struct tr_journal_copied *ret,
                      char *reterr)
{
    char part[NAME_BYTES];
    int r = refuse(path, dest, force, reterr);

    if (r < 0) {
        return r;
    }
    clean_up(dest);
    snprintf(part, sizeof(part), "%s.part-%ld", dest, (long)getpid());
    r = tr_journal_copy(path, part, 0600, NULL, ret, reterr);
    if (r < 0) {
        return r;
    }
    /* link() refuses where a file has come meanwhile; not all media have it. */
    if (force || link(part, dest) < 0) {
        if (!force && errno == EEXIST) {
            r = tr_journal_fail(reterr, -EEXIST, "%s is there already", dest);
        } else if (rename(part, dest) < 0) {
            r = tr_journal_fail(reterr, -errno, "cannot write %s: %s", dest, strerror(errno));
        }
    }
    forget(part);
    if (r == 0) {
        r = tr_journal_sync_folder_of(dest);
        if (r < 0) {
            tr_journal_fail(reterr, r, "cannot write %s: %s", dest, strerror(-r));
        }
    }
    return r;
}
