#include "journal/private.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NAME_MAX_BYTES = TR_PATH_MAX + 48 };

static void beside(const struct tr_journal *journal, const char *suffix, char *name)
{
    snprintf(name, NAME_MAX_BYTES, "%s%s", journal->opt.path, suffix);
}

int tr_journal_sync_folder_of(const char *path)
{
    char name[NAME_MAX_BYTES];
    int fd;
    int r = 0;

    snprintf(name, sizeof(name), "%s", path);
    fd = open(dirname(name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    /* Some file systems cannot sync a folder, and need not. */
    if (fsync(fd) < 0 && errno != EINVAL) {
        r = -errno;
    }
    close(fd);
    return r;
}

int tr_journal_fail(char *reterr, int r, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    vsnprintf(reterr, TR_JOURNAL_ERROR_MAX, format, ap);
    va_end(ap);
    return r;
}

int tr_journal_lock(struct tr_journal *journal, char *reterr)
{
    char name[NAME_MAX_BYTES];
    char pid[24] = "";
    int fd;

    beside(journal, ".lock", name);
    fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) {
        int r = -errno;
        if (r == -ENOENT) {
            return tr_journal_fail(
                reterr, r, "the journal cannot be kept: its folder does not exist (%s)", name);
        }
        return tr_journal_fail(reterr, r, "the journal cannot be kept: %s: %s", name, strerror(-r));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        int r = errno == EWOULDBLOCK ? -EBUSY : -errno;
        ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

        close(fd);
        pid[n > 0 ? n : 0] = '\0';
        pid[strcspn(pid, "\n")] = '\0';
        return tr_journal_fail(reterr, r, "another process (pid %s) is writing the journal %s",
                               pid[0] != '\0' ? pid : "unknown", journal->opt.path);
    }
    journal->lock_fd = fd;
    /* The number is a courtesy to whoever reads the message: no error of ours. */
    snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, strlen(pid), 0) < 0) {
        errno = 0;
    }
    return 0;
}

int tr_journal_create_file(struct tr_journal *journal, char *reterr)
{
    const char *path = journal->opt.path;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    int r;

    if (fd < 0) {
        r = -errno;
        if (r == -EEXIST) {
            return 0;
        }
        return tr_journal_fail(reterr, r, "cannot create the journal %s: %s", path, strerror(-r));
    }
    /* Whatever the umask: SQLite gives -wal and -shm the mode of the file. */
    r = fchmod(fd, 0640) < 0 ? -errno : 0;
    close(fd);
    if (r == 0) {
        r = tr_journal_sync_folder_of(journal->opt.path);
    }
    return r < 0
               ? tr_journal_fail(reterr, r, "cannot create the journal %s: %s", path, strerror(-r))
               : 1;
}

int tr_journal_move_aside(struct tr_journal *journal, struct tr_journal_opened *opened,
                          char *reterr)
{
    /* The WAL goes first: were the database gone and its WAL left, SQLite
     * would play it into the fresh file. */
    static const char *const part[] = {"-wal", "-shm", ""};
    char to[sizeof(opened->moved_aside)];
    char from[NAME_MAX_BYTES];
    char name[NAME_MAX_BYTES];
    time_t now = time(NULL);
    struct tm tm;
    char stamp[18];
    char again[2] = "";

    gmtime_r(&now, &tm);
    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
    for (char n = '1'; n <= '9'; n++) {
        snprintf(to, sizeof(to), "%s.corrupt-%s%s", journal->opt.path, stamp, again);
        if (access(to, F_OK) < 0) {
            break;
        }
        again[0] = n;
    }
    for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
        beside(journal, part[i], from);
        snprintf(name, sizeof(name), "%s%s", to, part[i]);
        if (rename(from, name) < 0 && errno != ENOENT) {
            int r = -errno;
            return tr_journal_fail(reterr, r, "cannot move the damaged journal %s aside: %s", from,
                                   strerror(-r));
        }
    }
    memcpy(opened->moved_aside, to, sizeof(to));
    return tr_journal_sync_folder_of(journal->opt.path);
}

/* --- reserved space ------------------------------------------------------- */

void tr_journal_reserve(struct tr_journal *journal)
{
    int64_t want = tr_journal_reserve_bytes(journal);
    char name[NAME_MAX_BYTES];
    struct stat st;
    int fd;

    if (journal->reserve >= want) {
        return;
    }
    beside(journal, ".reserve", name);
    fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) {
        return;
    }
    /* Not posix_fallocate(): where the file system cannot reserve, it would
     * write zeros and wear the medium for nothing. */
    if (fallocate(fd, 0, 0, want) == 0 && fstat(fd, &st) == 0 && st.st_size <= want) {
        journal->reserve = want;
    } else if (ftruncate(fd, 0) < 0 || fallocate(fd, 0, 0, want) < 0) {
        unlink(name);
    } else {
        journal->reserve = want;
    }
    close(fd);
}

bool tr_journal_release(struct tr_journal *journal)
{
    char name[NAME_MAX_BYTES];
    bool held = journal->reserve > 0;

    beside(journal, ".reserve", name);
    journal->reserve = 0;
    return unlink(name) == 0 && held;
}

/* --- the mark of suspected damage ----------------------------------------- */

void tr_journal_suspect(struct tr_journal *journal)
{
    char name[NAME_MAX_BYTES];
    int fd;

    if (journal->opt.path[0] == '\0') {
        return; /* a reader's: it writes nothing */
    }
    beside(journal, ".suspect", name);
    fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    if (fd >= 0) {
        close(fd);
    }
}

bool tr_journal_is_suspect(const struct tr_journal *journal)
{
    char name[NAME_MAX_BYTES];

    beside(journal, ".suspect", name);
    return access(name, F_OK) == 0;
}

void tr_journal_trust(struct tr_journal *journal)
{
    char name[NAME_MAX_BYTES];

    beside(journal, ".suspect", name);
    unlink(name);
}
