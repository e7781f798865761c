/* The journal and where it lies; nothing is opened for writing. */
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "cli/hardware.h"
#include "journal/journal.h"

enum { MIB = 1 << 20 };

/* What a file system does to a journal; those not named here are taken to be good. */
static const struct {
    unsigned long magic;
    const char *name, *trouble;
} kinds[] = {
    {EXT4_SUPER_MAGIC, "ext4", NULL},
    {BTRFS_SUPER_MAGIC, "btrfs", NULL},
    {F2FS_SUPER_MAGIC, "f2fs", NULL},
    {XFS_SUPER_MAGIC, "xfs", NULL},
    {TMPFS_MAGIC, "tmpfs", "in memory: gone with the next restart of the machine"},
    {RAMFS_MAGIC, "ramfs", "in memory: gone with the next restart of the machine"},
    {OVERLAYFS_SUPER_MAGIC, "overlay",
     "what is written may be gone with the next restart (an SD card kept read-only, or a "
     "container)"},
    {MSDOS_SUPER_MAGIC, "vfat", "it has no journal of its own and is easily damaged"},
    {NFS_SUPER_MAGIC, "nfs", "a network's file system: the shop's day would depend on it"},
    {SMB_SUPER_MAGIC, "smb", "a network's file system: the shop's day would depend on it"},
    {CIFS_SUPER_MAGIC, "cifs", "a network's file system: the shop's day would depend on it"},
};

/* --- the folder -------------------------------------------------------------------------- */

static void show_file_system(struct tr_hardware *h, const char *folder)
{
    struct statfs fs;
    if (statfs(folder, &fs) < 0) {
        return;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (kinds[i].magic != (unsigned long)fs.f_type) {
            continue;
        }
        if (kinds[i].trouble == NULL) {
            tr_hardware_row(h, TR_HARDWARE_OK, "file system", "%s", kinds[i].name);
        } else {
            tr_hardware_row(h, TR_HARDWARE_MEND, "file system",
                            "%s: %s; let journal.path lie on a disk", kinds[i].name,
                            kinds[i].trouble);
        }
        return;
    }
    tr_hardware_row(h, TR_HARDWARE_NOTE, "file system", "of another kind (0x%lx)",
                    (unsigned long)fs.f_type);
}

static void show_space(struct tr_hardware *h, const char *folder, int64_t has)
{
    const int64_t wants = h->cfg->options.journal.max_bytes;
    struct statvfs fs;
    if (statvfs(folder, &fs) < 0) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "space", "%s: %s", folder, strerror(errno));
        return;
    }
    const int64_t room = (int64_t)(fs.f_bavail * fs.f_frsize);
    const int64_t grows = wants > has ? wants - has : 0;
    if (fs.f_flag & ST_RDONLY) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "space",
                        "%s is mounted read-only: mount it for writing", folder);
    } else if (fs.f_files > 0 && fs.f_favail == 0) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "space",
                        "no more files can be made on %s: remove some", folder);
    } else if (room < grows) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "space",
                        "%" PRId64 " MiB free; the journal may grow by %" PRId64
                        " MiB: make room, or lower journal.max_mb",
                        room / MIB, grows / MIB);
    } else {
        tr_hardware_row(h, TR_HARDWARE_OK, "space",
                        "%" PRId64 " MiB free; the journal may grow by %" PRId64 " MiB", room / MIB,
                        grows / MIB);
    }
}

/* --- the file ------------------------------------------------------------------------------ */

/* Who writes it? By the kernel's list of locks: taking the lock, be it for a moment, would
 * stop a daemon that starts just then. */
static bool writer(const struct tr_hardware *h, char *ret, size_t cap)
{
    char path[2 * TR_PATH_MAX], line[160], pid[24] = "";
    struct stat st;
    bool held = false;
    snprintf(path, sizeof(path), "%s.lock", h->cfg->options.journal.path);
    FILE *lock = fopen(path, "re");
    if (lock == NULL || fstat(fileno(lock), &st) < 0 || fgets(pid, sizeof(pid), lock) == NULL) {
        pid[0] = '\0';
    }
    FILE *locks = lock == NULL ? NULL : fopen("/proc/locks", "re");
    while (locks != NULL && !held && fgets(line, sizeof(line), locks) != NULL) {
        /* Not the device: layered file systems show another one here. */
        unsigned long inode;
        held =
            sscanf(line, "%*d: FLOCK %*s %*s %*d %*x:%*x:%lu", &inode) == 1 && inode == st.st_ino;
    }
    if (locks != NULL) {
        fclose(locks);
    }
    if (lock != NULL) {
        fclose(lock);
    }
    pid[strcspn(pid, "\n")] = '\0';
    snprintf(ret, cap, "%s", pid[0] != '\0' ? pid : "unknown");
    return held;
}

/* What to do where it cannot be read, by why. */
static const char *remedy(int r)
{
    switch (r) {
    case -EACCES:
        return ": run this with sudo, or as the user that runs thirdringd";
    case -EBADMSG:
        return ": the next start puts it aside and begins a new one; thirdring journal restore "
               "brings a copy back";
    case -EPROTO:
        return ", or name another path";
    default:
        return "";
    }
}

static void show_file(struct tr_hardware *h, const char *path, int64_t bytes)
{
    struct tr_journal_reader *reader = NULL;
    struct tr_journal_tail tail;
    char error[TR_JOURNAL_ERROR_MAX], pid[24], newest[48] = "";
    int r = tr_journal_read_open(path, &reader, error);
    if (r == 0 && tr_journal_read_tail(reader, &tail) == 0) {
        const time_t at = (time_t)(tail.wall.ms / 1000);
        struct tm tm;
        strftime(newest, sizeof(newest), ", newest entry of %Y-%m-%d %H:%M", localtime_r(&at, &tm));
    }
    tr_journal_read_close(reader);
    if (r < 0 && r != -ENODATA) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "journal", "%s%s", error, remedy(r));
    } else if (writer(h, pid, sizeof(pid))) {
        tr_hardware_row(h, TR_HARDWARE_OK, "journal",
                        "%s, %" PRId64 " KiB%s, being written by process %s", path, bytes / 1024,
                        newest, pid);
    } else {
        tr_hardware_row(h, TR_HARDWARE_OK, "journal", "%s, %" PRId64 " KiB%s, nobody writes it now",
                        path, bytes / 1024, newest);
    }
    char mark[2 * TR_PATH_MAX];
    snprintf(mark, sizeof(mark), "%s.suspect", path);
    if (access(mark, F_OK) == 0) {
        tr_hardware_row(h, TR_HARDWARE_NOTE, "damage",
                        "damage was met in operation: the next start checks every page");
    }
}

static void show_folder(struct tr_hardware *h, const char *folder, bool there)
{
    if (access(folder, W_OK | X_OK) < 0) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "folder",
                        "%s: this user may not write there (%s); the one that runs thirdringd must",
                        folder, strerror(errno));
    } else if (!there) {
        tr_hardware_row(h, TR_HARDWARE_OK, "journal", "none yet: %s is begun at the first start",
                        h->cfg->options.journal.path);
    }
}

void tr_hardware_disk(struct tr_hardware *h)
{
    const char *path = h->cfg->options.journal.path;
    char copy[TR_PATH_MAX];
    struct stat st;
    tr_hardware_title(h, "Journal");
    snprintf(copy, sizeof(copy), "%s", path);
    const char *folder = dirname(copy);
    if (stat(folder, &st) < 0 || !S_ISDIR(st.st_mode)) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "folder",
                        "%s is not there: the service makes /var/lib/thirdring at its first start; "
                        "any other must be made, and belong to the user that runs thirdringd",
                        folder);
        return;
    }
    const bool there = stat(path, &st) == 0;
    const int64_t bytes = there ? (int64_t)st.st_size : 0;
    if (there && !S_ISREG(st.st_mode)) {
        tr_hardware_row(h, TR_HARDWARE_MEND, "journal", "%s is no file: name another path", path);
    } else if (there) {
        show_file(h, path, bytes);
    }
    show_folder(h, folder, there);
    show_file_system(h, folder);
    show_space(h, folder, bytes);
}
