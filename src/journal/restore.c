/* A backup in the place of the journal. */
#include "journal/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NAME_BYTES = TR_PATH_MAX + 64, CHANGE_BYTES = 160 };

/* Whose the journal is, or is to be. */
struct owner {
    uid_t uid;
    gid_t gid;
};

static int find_owner(const char *path, struct owner *ret, char *reterr)
{
    char folder[NAME_BYTES];
    struct stat st;

    snprintf(folder, sizeof(folder), "%s", path);
    if (stat(path, &st) < 0 && stat(dirname(folder), &st) < 0) {
        return tr_journal_fail(reterr, -errno, "no folder for the journal %s: %s", path,
                               strerror(errno));
    }
    *ret = (struct owner){.uid = st.st_uid, .gid = st.st_gid};
    if (geteuid() != 0 && geteuid() != st.st_uid) {
        return tr_journal_fail(reterr, -EPERM,
                               "the journal %s is another user's: restore it as root (sudo)", path);
    }
    return 0;
}

static int give(int fd, const struct owner *owner)
{
    return geteuid() == 0 && fchown(fd, owner->uid, owner->gid) < 0 ? -errno : 0;
}

/* What the present journal says, if it can be read: it is kept in any case. */
static void look_at_present(const char *path, struct tr_journal_tail *ret_tail,
                            uint64_t *ret_untold)
{
    struct tr_journal_reader *reader;
    char error[TR_JOURNAL_ERROR_MAX];
    int64_t untold = 0;

    *ret_tail = (struct tr_journal_tail){.at.ns = INT64_MIN};
    *ret_untold = 0;
    if (tr_journal_read_open(path, &reader, error) < 0) {
        return;
    }
    (void)tr_journal_read_tail(reader, ret_tail);
    (void)tr_journal_ask(reader->journal.db, "SELECT count(*) FROM outbox", &untold);
    *ret_untold = (uint64_t)untold;
    tr_journal_read_close(reader);
}

static int backup_tail(const char *src, struct tr_journal_tail *ret, char *reterr)
{
    struct tr_journal_reader *reader;
    int r = tr_journal_read_open(src, &reader, reterr);

    if (r < 0) {
        return r;
    }
    r = tr_journal_read_tail(reader, ret);
    if (r < 0 && r != -ENODATA) {
        tr_journal_fail(reterr, r, "cannot read the journal %s: %s", src, strerror(-r));
    }
    tr_journal_read_close(reader);
    return r == -ENODATA ? 0 : r;
}

static uint64_t beyond(uint64_t n, const struct tr_journal_tail *tail)
{
    const uint64_t most = tail->seq > tail->record_seq ? tail->seq : tail->record_seq;

    return tail->at.ns == INT64_MIN || n > most ? n : most + 1;
}

/* As the daemon does beside a journal it lost: milliseconds since 1970, which no
 * shop's numbers overtake. They are only as good as the clock. */
static int new_numbers(const struct tr_journal_tail *backup, const struct tr_journal_tail *present,
                       uint64_t *ret, char *reterr)
{
    struct timespec now;
    int64_t now_ms;
    int64_t then_ms = backup->at.ns != INT64_MIN && backup->synced ? backup->wall.ms : 0;

    if (present->at.ns != INT64_MIN && present->synced && present->wall.ms > then_ms) {
        then_ms = present->wall.ms;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / TR_NS_PER_MS;
    if (now_ms < then_ms) {
        return tr_journal_fail(reterr, -ETIME,
                               "this machine's clock is wrong: it is before the newest entry of "
                               "the journal; set it first (timedatectl), for new records are "
                               "numbered by it");
    }
    *ret = beyond(beyond((uint64_t)now_ms, backup), present);
    return 0;
}

/* Fold the WAL in, so that one rename is all it takes. Where that fails the file
 * is damaged, and what is in its WAL goes with it to the side. */
static bool fold_wal(const char *path)
{
    sqlite3 *db = NULL;
    bool ok = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
                  SQLITE_OK &&
              sqlite3_exec(db, "PRAGMA synchronous=FULL; PRAGMA journal_mode=DELETE", NULL, NULL,
                           NULL) == SQLITE_OK;

    sqlite3_close(db);
    return ok;
}

static void name_aside(const char *path, char *to, size_t size)
{
    char stamp[18];
    time_t now = time(NULL);
    struct tm tm;

    gmtime_r(&now, &tm);
    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
    snprintf(to, size, "%s.replaced-%s", path, stamp);
    for (char n = '1'; n <= '9' && access(to, F_OK) == 0; n++) {
        snprintf(to, size, "%s.replaced-%s%c", path, stamp, n);
    }
}

/* A second name for the present journal, then the new one in the place of the
 * first: there is never none. */
static int take_place(const char *part, const char *path, struct tr_journal_restored *ret,
                      char *reterr)
{
    static const char *const log[] = {"-wal", "-shm"};
    char from[NAME_BYTES];
    char to[NAME_BYTES];

    ret->replaced[0] = '\0';
    if (access(path, F_OK) == 0) {
        (void)fold_wal(path);
        name_aside(path, ret->replaced, sizeof(ret->replaced));
        if (link(path, ret->replaced) < 0 && rename(path, ret->replaced) < 0) {
            return tr_journal_fail(reterr, -errno, "cannot put %s aside: %s", path,
                                   strerror(errno));
        }
    }
    /* Left of a damaged one: SQLite would play it into the new file. */
    for (size_t i = 0; i < sizeof(log) / sizeof(log[0]); i++) {
        snprintf(from, sizeof(from), "%s%s", path, log[i]);
        snprintf(to, sizeof(to), "%s%s", ret->replaced[0] != '\0' ? ret->replaced : path, log[i]);
        if ((ret->replaced[0] != '\0' ? rename(from, to) : unlink(from)) < 0 && errno != ENOENT) {
            return tr_journal_fail(reterr, -errno, "cannot put %s aside: %s", from,
                                   strerror(errno));
        }
    }
    if (rename(part, path) < 0) {
        return tr_journal_fail(reterr, -errno, "cannot put the backup in the place of %s: %s", path,
                               strerror(errno));
    }
    return 0;
}

/* The copy beside the journal, numbered anew, and its owner's. */
static int prepare(const char *src, const char *part, const struct owner *owner,
                   struct tr_journal_restored *ret, char *reterr)
{
    char change[CHANGE_BYTES];
    int fd;
    int r;

    snprintf(change, sizeof(change),
             "INSERT OR REPLACE INTO counter VALUES('" TR_JOURNAL_FROM "', %" PRIu64 ")",
             ret->number_from);
    r = tr_journal_copy(src, part, 0640, change, &ret->copied, reterr);
    if (r < 0) {
        return r;
    }
    fd = open(part, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    r = fd < 0 ? -errno : give(fd, owner);
    if (fd >= 0) {
        close(fd);
    }
    if (r < 0) {
        unlink(part);
        return tr_journal_fail(reterr, r, "cannot give %s to its owner: %s", part, strerror(-r));
    }
    return 0;
}

static int restore(struct tr_journal *journal, const char *src, const struct owner *owner,
                   struct tr_journal_restored *ret, char *reterr)
{
    const char *path = journal->opt.path;
    struct tr_journal_tail present;
    struct tr_journal_tail backup;
    char part[NAME_BYTES];
    int r = backup_tail(src, &backup, reterr);

    if (r < 0) {
        return r;
    }
    look_at_present(path, &present, &ret->untold);
    r = new_numbers(&backup, &present, &ret->number_from, reterr);
    if (r < 0) {
        return r;
    }
    snprintf(part, sizeof(part), "%s.restoring", path);
    r = prepare(src, part, owner, ret, reterr);
    if (r < 0) {
        return r;
    }
    r = take_place(part, path, ret, reterr);
    if (r < 0) {
        unlink(part);
        return r;
    }
    tr_journal_trust(journal);
    r = tr_journal_sync_folder_of(path);
    return r < 0
               ? tr_journal_fail(reterr, r, "cannot write the folder of %s: %s", path, strerror(-r))
               : 0;
}

int tr_journal_restore(const char *src, const char *path, struct tr_journal_restored *ret,
                       char *reterr)
{
    struct tr_journal *journal;
    struct owner owner;
    int r;

    *ret = (struct tr_journal_restored){.untold = 0};
    if (strlen(path) >= TR_PATH_MAX) {
        return tr_journal_fail(reterr, -EINVAL, "%s: a path has less than %d bytes", path,
                               TR_PATH_MAX);
    }
    if (tr_journal_owns(path, src)) {
        return tr_journal_fail(reterr, -EINVAL, "%s is the journal itself", src);
    }
    r = find_owner(path, &owner, reterr);
    if (r < 0) {
        return r;
    }
    journal = calloc(1, sizeof(*journal));
    if (journal == NULL) {
        return tr_journal_fail(reterr, -ENOMEM, "out of memory");
    }
    snprintf(journal->opt.path, sizeof(journal->opt.path), "%s", path);
    journal->lock_fd = -1;
    r = tr_journal_lock(journal, reterr);
    if (r == 0) {
        /* A lock file that root makes must not lock its owner out. */
        (void)give(journal->lock_fd, &owner);
        r = restore(journal, src, &owner, ret, reterr);
        close(journal->lock_fd);
    }
    free(journal);
    return r;
}
