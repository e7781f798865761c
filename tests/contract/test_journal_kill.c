/*
 * Kill the writer at any moment, again and again on the same journal, and look
 * each time: all it had reported is there, and whole turns only.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "journal_story.h"

enum { KILLS = 150, PER_LIFE = 5 };

/* Turn after turn, each reported when commit() said so. Never returns. */
static void live(const struct tr_journal_options *opt, int turn, int out)
{
    struct tr_journal *journal = NULL;
    struct tr_journal_opened opened;
    char err[TR_JOURNAL_ERROR_MAX];

    if (tr_journal_open(opt, NULL, &journal, &opened, err) != 0) {
        _exit(1);
    }
    for (;; turn++) {
        story_put(journal, turn);
        if (tr_journal_commit(journal) != 0 || write(out, &turn, sizeof(turn)) < 0) {
            _exit(2);
        }
    }
}

/* Read reports until the nth, or all there are if the writer is dead. */
static int read_reports(int in, int n, int last)
{
    int turn;

    while (n-- > 0 && read(in, &turn, sizeof(turn)) == (ssize_t)sizeof(turn)) {
        last = turn;
    }
    return last;
}

/* One life, ended some random moment after its nth report. @return newest report. */
static int one_life(const struct tr_journal_options *opt, int stands_at, int reports, long us)
{
    int fd[2];
    int status;
    int last;
    pid_t pid;

    assert_int_equal(pipe(fd), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(fd[0]);
        live(opt, stands_at + 1, fd[1]);
    }
    close(fd[1]);
    last = read_reports(fd[0], reports, stands_at);
    nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    last = read_reports(fd[0], INT32_MAX, last);
    close(fd[0]);
    return last;
}

static void test_kill_at_any_moment(void **state)
{
    const char *given = getenv("TR_SEED");
    unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    struct tr_journal_options opt;
    int stands_at = 0;
    int found_more = 0;

    (void)state;
    print_message("# TR_SEED=%u\n", seed);
    story_folder(&opt);
    opt.max_bytes = 4 << 20;
    srand(seed);
    for (int i = 0; i < KILLS; i++) {
        int last = one_life(&opt, stands_at, i % (PER_LIFE + 1), rand() % 800);

        stands_at = story_verify(&opt, last, last + 1);
        found_more += stands_at > last;
    }
    print_message("# %d kills, %d turns, %d of them committed but not yet reported\n", KILLS,
                  stands_at, found_more);
    story_sweep(&opt, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kill_at_any_moment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
