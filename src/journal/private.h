/**
 * @file private.h
 * What the files of src/journal share. Nobody else includes it.
 *
 * Puts gather in memory (queue.c), never in an open SQLite transaction: SQLite
 * may roll one back by itself upon SQLITE_FULL or SQLITE_IOERR, and what was in
 * it would be gone. commit.c writes the memory in one transaction.
 */
#ifndef TR_JOURNAL_PRIVATE_H
#define TR_JOURNAL_PRIVATE_H

#include <sqlite3.h>

#include "journal/journal.h"

enum {
    TR_JOURNAL_SCHEMA = 1,               /**< user_version */
    TR_JOURNAL_APPLICATION = 0x54724a31, /**< application_id: "TrJ1" */
    TR_JOURNAL_PAGE = 4096,
    TR_JOURNAL_ROWS_MAX = 20000,       /**< of the memory */
    TR_JOURNAL_BYTES_MAX = 4 << 20,    /**< of the memory; plans and the snapshot apart */
    TR_JOURNAL_SNAPSHOT_MAX = 8 << 20, /**< bytes of one snapshot */
    TR_JOURNAL_COUNT_MAX = 20000,      /**< outbox rows that are counted one by one */
    TR_JOURNAL_PLANS_MAX = 16,         /**< plans waiting in memory */
    TR_JOURNAL_DEAD_MAX = 10000,       /**< dead letters kept */
    TR_JOURNAL_SNAPSHOTS = 3,          /**< kept on disk */
    TR_JOURNAL_CHECK_BYTES = 8 << 20   /**< a file up to this size is checked whole at open */
};

/** The counter by which a restored journal says where its numbers go on. */
#define TR_JOURNAL_FROM "number_from"

/** Statements, prepared at first use and kept. See tr_journal_sql[]. */
enum tr_journal_stmt {
    TR_SQL_BEGIN,
    TR_SQL_COMMIT,
    TR_SQL_ROLLBACK,
    TR_SQL_PUT_EVENT,
    TR_SQL_PUT_PLAN_EVENT,
    TR_SQL_PUT_PLAN,
    TR_SQL_PUT_SNAPSHOT,
    TR_SQL_TRIM_SNAPSHOTS,
    TR_SQL_PUT_NAME,
    TR_SQL_PUT_WAIT,
    TR_SQL_PUT_VOTE,
    TR_SQL_PUT_ALERT,
    TR_SQL_PUT_OUTBOX,
    TR_SQL_PUT_TAIL,
    TR_SQL_PUT_COUNTER,
    TR_SQL_DEAD_LETTER,
    TR_SQL_SENT,
    TR_SQL_TAIL,
    TR_SQL_COUNTER,
    TR_SQL_OUTBOX_COUNT,
    TR_SQL_OUTBOX_SPAN,
    TR_SQL_DEAD_COUNT,
    TR_SQL_OUTBOX_NEXT,
    TR_SQL_SNAPSHOT,
    TR_SQL_EVENTS,
    TR_SQL_PLAN_OF_EVENT,
    TR_SQL_PLAN,
    TR_SQL_PAGE_COUNT,
    TR_SQL_FREELIST,
    TR_SQL_VACUUM,
    TR_SQL_SNAPSHOT_SPAN,
    TR_SQL_PRUNE_EVENTS,
    TR_SQL_PRUNE_PLAN_EVENTS,
    TR_SQL_PRUNE_SNAPSHOTS,
    TR_SQL_PRUNE_PLANS,
    TR_SQL_PRUNE_DEAD,
    TR_SQL_PRUNE_ALERTS,
    TR_SQL_PRUNE_VOTES,
    TR_SQL_PRUNE_WAITS,
    TR_SQL_PRUNE_OUTBOX,
    TR_SQL_COUNT
};

extern const char *const tr_journal_sql[TR_SQL_COUNT];

/** The whole schema, for one sqlite3_exec(). */
extern const char tr_journal_schema[];

/** A VFS over another one, that counts what is written and keeps SQLite from
 *  trusting the medium more than an SD card deserves. One per journal. */
struct tr_journal_vfs {
    sqlite3_vfs vfs;
    sqlite3_vfs *base;
    char name[48];
    int64_t written; /**< bytes, ever */
    bool full;       /**< the medium said "full" since this was cleared */
};

enum tr_item_kind {
    TR_ITEM_EVENT,
    TR_ITEM_PLAN,
    TR_ITEM_SNAPSHOT,
    TR_ITEM_WAIT,
    TR_ITEM_VOTE,
    TR_ITEM_ALERT,
    TR_ITEM_REFUSED
};

/** One put, in memory. Texts lie in data[]. */
struct tr_item {
    struct tr_item *next;
    size_t bytes; /**< allocated */
    uint64_t seq;
    enum tr_item_kind kind;
    union {
        struct tr_event event;
        struct tr_wait_record wait;
        struct tr_vote_record vote;
        struct tr_alert_record alert;
        struct tr_mono at; /**< snapshot */
    } u;
    const char *text;  /**< json; plan text; blob; why it was refused */
    size_t n;          /**< bytes of text */
    const char *id[3]; /**< station, position, daypart; or hash; or alert; NULL */
    char data[];
};

struct tr_item_list {
    struct tr_item *head, *last;
    size_t n;
};

struct tr_journal {
    sqlite3 *db;
    sqlite3_stmt *stmt[TR_SQL_COUNT];
    struct tr_journal_vfs vfs;
    struct tr_journal_options opt;
    int lock_fd;
    int64_t reserve;      /**< bytes held in <path>.reserve now */
    int64_t max_pages;    /**< 0: no cap */
    int wal_frames;       /**< as of the last commit */
    int checkpoint_every; /**< frames of WAL that call for a checkpoint */
    int checkpoint_at;    /**< frames at which the next one is tried */

    struct tr_item_list inputs;  /**< first to be given up */
    struct tr_item_list records; /**< waits, votes, alerts, refusals */
    struct tr_item_list plans;
    struct tr_item *snapshot; /**< only the newest is worth keeping */
    size_t bytes;             /**< of inputs and records */
    uint64_t *settled;        /**< outbox rows to delete, ascending */
    size_t settled_n, settled_cap;
    struct tr_journal_tail tail;
    bool tail_put, counters_put;
    uint64_t said[TR_JOURNAL_SAID_MAX]; /**< plan hashes as numbers, then 0 */
    char plan_hash[17];                 /**< of the newest put_plan */
    uint64_t number_from;               /**< counter TR_JOURNAL_FROM */

    char *row;         /**< text of the last outbox row handed out */
    bool outbox_exact; /**< else outbox is an upper bound: see tr_journal_count_outbox() */
    uint64_t outbox, dead_letters, lost, lost_inputs, commits, checkpoint_errors;
};

/* --- sql.c ---------------------------------------------------------------- */

/** @return -errno for an SQLite result; the system's errno decides where there is one. */
int tr_journal_errno(sqlite3 *db, int rc);

/** @return the statement, reset, ready to bind; NULL: *ret_rc says why. */
sqlite3_stmt *tr_journal_stmt(struct tr_journal *journal, enum tr_journal_stmt which, int *ret_rc);

/** Step a statement that gives no row and reset it. @return an SQLite result. */
int tr_journal_run(sqlite3_stmt *stmt);

/** One integer from a statement without parameters. @return an SQLite result. */
int tr_journal_number(struct tr_journal *journal, enum tr_journal_stmt which, int64_t *ret);

/** Prepare and run a statement of no parameters. @return an SQLite result. */
int tr_journal_simple(struct tr_journal *journal, enum tr_journal_stmt which);

/** An error came: leave a mark if it means damage, so that the next open looks
 *  closely. @return tr_journal_errno(). */
int tr_journal_failed(struct tr_journal *journal, int rc);

/** Roll back whatever transaction is still open after an error. */
void tr_journal_rollback(struct tr_journal *journal);

/* --- open.c: of any connection ---------------------------------------------- */

/** Run SQL that gives at most one integer. @return an SQLite result. */
int tr_journal_ask(sqlite3 *db, const char *sql, int64_t *ret);

/** Whose file is it? @return 0 ours; 1 empty; -EPROTO; -errno; @p reterr filled then. */
int tr_journal_identify(sqlite3 *db, const char *path, char *reterr);

/* --- event.c: logical events as five integers ------------------------------ */

struct tr_event_row {
    int64_t what, at, lag, value, arg;
};

void tr_journal_pack_event(const struct tr_event *ev, struct tr_event_row *ret);
/** @return 0, or -EBADMSG: not a row that tr_journal_pack_event() makes. */
int tr_journal_unpack_event(const struct tr_event_row *row, struct tr_event *ret);

/* --- queue.c -------------------------------------------------------------- */

/** Forget what a commit has written. */
void tr_journal_queue_clear(struct tr_journal *journal);
/** @return whether an outbox row is already settled in memory. */
bool tr_journal_is_settled(const struct tr_journal *journal, uint64_t seq);

/* --- vfs.c ---------------------------------------------------------------- */

/** Register over the VFS named @p base (NULL: the default). @return 0; -ENOENT; -EIO. */
int tr_journal_vfs_init(struct tr_journal_vfs *vfs, const char *base);
void tr_journal_vfs_fini(struct tr_journal_vfs *vfs);

/* --- file.c: the files around the database --------------------------------- */

/** Take <path>.lock. @return 0; -EBUSY; -errno; @p reterr filled then. */
int tr_journal_lock(struct tr_journal *journal, char *reterr);
/** Create an empty file of mode 0640 where there is none. @return 1 created; 0; -errno. */
int tr_journal_create_file(struct tr_journal *journal, char *reterr);
/** Move a damaged database and its -wal and -shm aside. */
int tr_journal_move_aside(struct tr_journal *journal, struct tr_journal_opened *opened,
                          char *reterr);
/** Make a new or renamed entry beside @p path survive a power cut. @return 0 or -errno. */
int tr_journal_sync_folder_of(const char *path);
/** One sentence into TR_JOURNAL_ERROR_MAX bytes. @return @p r. */
int tr_journal_fail(char *reterr, int r, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Hold, or give up, the reserved space. */
void tr_journal_reserve(struct tr_journal *journal);
bool tr_journal_release(struct tr_journal *journal);
/** The mark of suspected damage; a reader leaves none. */
void tr_journal_suspect(struct tr_journal *journal);
bool tr_journal_is_suspect(const struct tr_journal *journal);
void tr_journal_trust(struct tr_journal *journal);

/* --- commit.c ------------------------------------------------------------- */

/** Checkpoint if it is time. A failure is counted, and is no failure of what was
 *  committed: that is safe in the WAL. */
void tr_journal_checkpoint(struct tr_journal *journal);

/** Write the counters within the transaction. @return an SQLite result. */
int tr_journal_put_counters(struct tr_journal *journal);

/**
 * Count the outbox: exactly while it is short; a long one (a broker away for
 * weeks) by the span of its seq, so that counting never holds up a start, and
 * exactly once it has become short. @return an SQLite result.
 */
int tr_journal_count_outbox(struct tr_journal *journal);

/* --- prune.c -------------------------------------------------------------- */

/** At the cap: remove a bite of what matters least. @return rows or -errno. */
int tr_journal_make_room(struct tr_journal *journal);

/** Sizes that follow from max_bytes. */
int64_t tr_journal_reserve_bytes(const struct tr_journal *journal);
int64_t tr_journal_page_cap(const struct tr_journal *journal);
int tr_journal_checkpoint_frames(const struct tr_journal *journal);

#endif
