/**
 * @file journal_fixture.h
 * A journal in a folder of its own, and makers of what goes into it. Failing
 * here fails the test.
 */
#ifndef TR_TESTS_JOURNAL_FIXTURE_H
#define TR_TESTS_JOURNAL_FIXTURE_H

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "journal/journal.h"

struct fixture {
    char dir[64];
    struct tr_journal_options opt;
    struct tr_journal *journal;
    struct tr_journal_opened opened;
    char err[TR_JOURNAL_ERROR_MAX];
};

/** cmocka's set-up: *state is a struct fixture, its journal open and fresh. */
int set_up(void **state);
/** Close, and remove the folder. */
int tear_down(void **state);
/** Open by f->opt; f->err says why not. @return as tr_journal_open(). */
int try_open(struct fixture *f);
/** Close and open again. */
void reopen(struct fixture *f);

/** A queue's wait of record sequence @p seq; every 30 s one, 17 s long. */
struct tr_wait_record a_wait(uint64_t seq);
void put_wait(struct fixture *f, uint64_t seq);
/** An input of event sequence @p seq; every 5 s one. */
void put_input(struct fixture *f, uint64_t seq);
/** The tail as it is right after put_input() of @p seq. */
void put_tail(struct fixture *f, uint64_t seq);
/** 3,000 bytes of value @p seq, at @p seq times 7 ns. */
void put_snapshot(struct fixture *f, uint64_t seq);

/** One integer, read as another process would. */
int64_t ask(struct fixture *f, const char *sql);
/** Change a closed journal behind its back. */
void alter(struct fixture *f, const char *sql);

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
