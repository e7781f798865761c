/* Copies of a journal, and a copy in its place. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "journal_fixture.h"

enum { HEAP = 4000 }; /* waits that make a journal of several steps */

static const char *name(struct fixture *f, const char *file, char buf[128])
{
    snprintf(buf, 128, "%s/%s", f->dir, file);
    return buf;
}

static int backup(struct fixture *f, const char *file, bool force, struct tr_journal_copied *ret)
{
    char dest[128];

    f->err[0] = '\0';
    return tr_journal_backup(f->opt.path, name(f, file, dest), force, ret, f->err);
}

static int restore(struct fixture *f, const char *file, struct tr_journal_restored *ret)
{
    char src[128];

    f->err[0] = '\0';
    return tr_journal_restore(name(f, file, src), f->opt.path, ret, f->err);
}

/* Waits up to @p n, and the tail that goes with them, in one commit. */
static void live_on(struct fixture *f, uint64_t from, uint64_t n)
{
    for (uint64_t i = from; i <= n; i++) {
        put_wait(f, i);
        put_input(f, i);
    }
    struct tr_journal_tail tail = {.at.ns = (int64_t)n * 30 * TR_NS_PER_S,
                                   .seq = n,
                                   .record_seq = n,
                                   .wall.ms = 1772442000000 + (int64_t)n * 30000,
                                   .synced = true,
                                   .boot = "boot",
                                   .plan_hash = "0123456789abcdef"};

    assert_int_equal(tr_journal_put_tail(f->journal, &tail), 0);
    assert_int_equal(tr_journal_commit(f->journal), 0);
}

static int64_t ask_of(const char *path, const char *sql)
{
    struct fixture other;

    snprintf(other.opt.path, sizeof(other.opt.path), "%.250s", path);
    return ask(&other, sql);
}

/* A copy of a copy, changed. */
static void spoil(struct fixture *f, const char *from, const char *to, const char *sql)
{
    struct fixture other;
    char cmd[1024];

    snprintf(other.opt.path, sizeof(other.opt.path), "%.60s/%.60s", f->dir, to);
    snprintf(cmd, sizeof(cmd), "cp %s/%s %s", f->dir, from, other.opt.path);
    assert_int_equal(system(cmd), 0);
    alter(&other, sql);
}

static size_t files(struct fixture *f, const char *pattern)
{
    char path[128];
    glob_t got;
    size_t n;

    n = glob(name(f, pattern, path), 0, NULL, &got) == 0 ? got.gl_pathc : 0;
    globfree(&got);
    return n;
}

static void test_a_copy_has_what_is_only_in_the_wal(void **state)
{
    struct fixture *f = *state;
    struct tr_journal_copied copied;
    struct stat st;
    char dest[128];

    live_on(f, 1, 50);
    assert_int_equal(backup(f, "copy.db", false, &copied), 0);
    assert_int_equal(copied.waits, 50);
    assert_int_equal(copied.inputs, 50);
    assert_int_equal(copied.outbox, 50);
    assert_int_equal(copied.tail.record_seq, 50);
    live_on(f, 51, 60); /* the journal goes on, the copy does not */
    assert_int_equal(ask(f, "SELECT count(*) FROM wait"), 60);
    name(f, "copy.db", dest);
    assert_int_equal(ask_of(dest, "SELECT max(seq) FROM wait"), 50);
    assert_int_equal(stat(dest, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_size, copied.bytes);
    assert_int_equal(files(f, "copy.db*"), 1); /* all of it in one file */
}

static void test_a_copy_is_whole_or_not_there(void **state)
{
    struct fixture *f = *state;
    struct tr_journal_copied copied;
    char dest[128];
    FILE *file;

    live_on(f, 1, 10);
    assert_int_equal(backup(f, "copy.db", false, &copied), 0);
    live_on(f, 11, 20);
    assert_int_equal(backup(f, "copy.db", false, &copied), -EEXIST);
    assert_non_null(strstr(f->err, "--force"));
    name(f, "copy.db", dest);
    assert_int_equal(ask_of(dest, "SELECT max(seq) FROM wait"), 10);
    assert_int_equal(backup(f, "copy.db", true, &copied), 0);
    assert_int_equal(ask_of(dest, "SELECT max(seq) FROM wait"), 20);
    assert_int_equal(backup(f, "journal.db", true, &copied), -EINVAL);
    assert_int_equal(backup(f, "journal.db-wal", true, &copied), -EINVAL);
    assert_int_equal(backup(f, "no/copy.db", false, &copied), -ENOENT);
    assert_int_equal(backup(f, "", true, &copied), -EISDIR);
    /* A damaged journal gives no copy, and takes away none. */
    live_on(f, 21, 900);
    tr_journal_close(f->journal);
    f->journal = NULL;
    file = fopen(f->opt.path, "r+b");
    assert_non_null(file);
    for (long at = 8; at < 60; at++) {
        assert_int_equal(fseek(file, at * 4096 + 100, SEEK_SET), 0);
        assert_int_equal(fwrite("damaged, all of it", 1, 18, file), 18);
    }
    fclose(file);
    assert_int_equal(backup(f, "copy.db", true, &copied), -EBADMSG);
    assert_int_equal(ask_of(dest, "SELECT max(seq) FROM wait"), 20);
    assert_int_equal(files(f, "copy.db*"), 1);
}

/* Another process copies again and again; each copy is of one moment. */
static void test_commits_go_on_beside_a_copy(void **state)
{
    struct fixture *f = *state;
    struct tr_journal_copied copied;
    uint64_t n = HEAP;
    int status = 0;
    pid_t pid;

    live_on(f, 1, n);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int bad = 0;

        for (int i = 0; i < 5 && bad == 0; i++) {
            bad = backup(f, "copy.db", true, &copied) != 0 ||
                  copied.waits != copied.tail.record_seq || copied.inputs != copied.waits;
        }
        _exit(bad);
    }
    while (waitpid(pid, &status, WNOHANG) == 0) {
        n++;
        live_on(f, n, n); /* fails the test where it cannot commit */
        usleep(2000);
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_true(n > HEAP);
    assert_int_equal(backup(f, "copy.db", true, &copied), 0);
    assert_int_equal(copied.waits, n);
}

static void test_a_restored_journal_numbers_anew(void **state)
{
    struct fixture *f = *state;
    struct tr_journal_restored restored;
    struct tr_journal_copied copied;
    struct tr_journal_tail tail;
    struct stat st;
    char suspect[128];

    live_on(f, 1, 30);
    assert_int_equal(tr_journal_number_from(f->journal), 0);
    assert_int_equal(backup(f, "copy.db", false, &copied), 0);
    live_on(f, 31, 40);
    assert_int_equal(restore(f, "copy.db", &restored), -EBUSY);
    tr_journal_close(f->journal);
    f->journal = NULL;
    close(open(name(f, "journal.db.suspect", suspect), O_CREAT | O_WRONLY, 0640));
    assert_int_equal(restore(f, "copy.db", &restored), 0);
    assert_int_equal(restored.copied.waits, 30);
    assert_int_equal(restored.untold, 40);
    assert_true(restored.number_from > 1772442000000);
    assert_int_equal(ask_of(restored.replaced, "SELECT max(seq) FROM wait"), 40);
    assert_int_equal(access(suspect, F_OK), -1);
    assert_int_equal(stat(f->opt.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(files(f, "journal.db.restoring*"), 0);
    assert_int_equal(try_open(f), 0);
    assert_false(f->opened.fresh);
    assert_string_equal(f->opened.moved_aside, "");
    assert_int_equal(tr_journal_tail(f->journal, &tail), 0);
    assert_int_equal(tail.record_seq, 30);
    assert_int_equal(tr_journal_number_from(f->journal), restored.number_from);
    live_on(f, 41, 41);
    reopen(f);
    assert_int_equal(tr_journal_number_from(f->journal), restored.number_from);
}

/* What was written last is only in the WAL when the daemon is killed. */
static void test_the_one_put_aside_keeps_its_wal(void **state)
{
    struct fixture *f = *state;
    struct tr_journal_restored restored;
    struct tr_journal_copied copied;
    char cmd[1024];

    live_on(f, 1, 5);
    assert_int_equal(backup(f, "copy.db", false, &copied), 0);
    live_on(f, 6, 9);
    snprintf(cmd, sizeof(cmd), "mkdir %s/k && cp %s %s-wal %s/k", f->dir, f->opt.path, f->opt.path,
             f->dir);
    assert_int_equal(system(cmd), 0);
    tr_journal_close(f->journal);
    f->journal = NULL;
    snprintf(f->opt.path, sizeof(f->opt.path), "%s/k/journal.db", f->dir);
    assert_int_equal(restore(f, "copy.db", &restored), 0);
    assert_int_equal(ask_of(restored.replaced, "SELECT max(seq) FROM wait"), 9);
    assert_int_equal(ask(f, "SELECT max(seq) FROM wait"), 5);
    assert_int_equal(files(f, "k/journal.db-wal"), 0);
}

static void test_a_bad_backup_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct tr_journal_restored restored;
    struct tr_journal_copied copied;
    char cmd[1024];

    live_on(f, 1, 900);
    assert_int_equal(backup(f, "copy.db", false, &copied), 0);
    tr_journal_close(f->journal);
    f->journal = NULL;
    spoil(f, "copy.db", "newer.db", "PRAGMA user_version=9");
    spoil(f, "copy.db", "other.db", "PRAGMA application_id=9");
    spoil(f, "copy.db", "later.db", "UPDATE tail SET wall=9999999999999");
    snprintf(cmd, sizeof(cmd),
             "cd %s && head -c 100000 copy.db >cut.db && echo text >text.db && : >empty.db",
             f->dir);
    assert_int_equal(system(cmd), 0);
    assert_int_equal(restore(f, "newer.db", &restored), -EPROTO);
    assert_non_null(strstr(f->err, "newer"));
    assert_int_equal(restore(f, "other.db", &restored), -EPROTO);
    assert_int_equal(restore(f, "cut.db", &restored), -EBADMSG);
    assert_int_equal(restore(f, "text.db", &restored), -EBADMSG);
    assert_int_equal(restore(f, "empty.db", &restored), -ENODATA);
    assert_int_equal(restore(f, "later.db", &restored), -ETIME);
    assert_int_equal(restore(f, "none.db", &restored), -ENOENT);
    assert_int_equal(restore(f, "journal.db", &restored), -EINVAL);
    assert_int_equal(files(f, "journal.db.replaced*"), 0);
    assert_int_equal(files(f, "journal.db.restoring*"), 0);
    assert_int_equal(ask(f, "SELECT count(*) FROM wait"), 900);
    /* On a new card there is none to put aside; and a spoilt one is in nobody's way. */
    snprintf(cmd, sizeof(cmd), "rm %s*", f->opt.path);
    assert_int_equal(system(cmd), 0);
    assert_int_equal(restore(f, "copy.db", &restored), 0);
    assert_string_equal(restored.replaced, "");
    snprintf(cmd, sizeof(cmd), "echo spoilt > %s", f->opt.path);
    assert_int_equal(system(cmd), 0);
    assert_int_equal(restore(f, "copy.db", &restored), 0);
    assert_int_equal(files(f, "journal.db.replaced*"), 1);
    assert_int_equal(try_open(f), 0);
    assert_int_equal(ask(f, "SELECT count(*) FROM wait"), 900);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_copy_has_what_is_only_in_the_wal), TEST(test_a_copy_is_whole_or_not_there),
        TEST(test_commits_go_on_beside_a_copy),        TEST(test_a_restored_journal_numbers_anew),
        TEST(test_the_one_put_aside_keeps_its_wal),    TEST(test_a_bad_backup_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
