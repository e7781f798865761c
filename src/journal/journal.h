/**
 * @file journal.h
 * The truth, on disk: logical events in step order, snapshots of the core,
 * plans, closed waits, votes, alert changes, and the outbox of what the broker
 * has not yet acknowledged. Only src/journal includes <sqlite3.h>. Never logs.
 *
 * Puts gather in one open transaction; tr_journal_commit() makes them durable
 * (synchronous=FULL, WAL). What was not committed never happened: the shell
 * publishes journal records only after the commit.
 */
#ifndef TR_JOURNAL_JOURNAL_H
#define TR_JOURNAL_JOURNAL_H

#include <stddef.h>

#include "thirdring/effect.h"
#include "thirdring/options.h"

struct tr_journal;

enum { TR_JOURNAL_ERROR_MAX = 512, TR_JOURNAL_BOOT_MAX = 64 };

/** What happened at opening, for the log. */
struct tr_journal_opened {
    bool fresh;                 /**< a new journal was begun */
    char moved_aside[TR_PATH_MAX + 32]; /**< a corrupt file was moved here; "" none */
    char why[TR_JOURNAL_ERROR_MAX];     /**< why it was moved aside */
    int64_t bytes;
};

/**
 * Open or create. A corrupt file is moved aside (kept) and a new one begun. A
 * newer schema is refused. The parent folder must exist.
 *
 * @param vfs     NULL, or the name of an SQLite VFS (tests inject faults).
 * @param reterr  On failure: one sentence. TR_JOURNAL_ERROR_MAX bytes.
 * @return 0; -EPROTO: newer schema; -EBUSY: another process holds it;
 *         -EACCES; -ENOSPC; -EIO; -ENOENT; -ENOMEM.
 */
int tr_journal_open(const struct tr_journal_options *opt, const char *vfs,
                    struct tr_journal **ret_journal, struct tr_journal_opened *ret_opened,
                    char *reterr);

/** Where the store timeline and the clocks stood at the last commit. */
struct tr_journal_tail {
    struct tr_mono at;      /**< store time; INT64_MIN in a fresh journal */
    uint64_t seq;           /**< newest logical event stored */
    int64_t source_ns;      /**< the gpio source's time then */
    struct tr_wall wall;    /**< wall clock then */
    bool synced;
    char boot[TR_JOURNAL_BOOT_MAX]; /**< boot id, or the trace's identity */
    char plan_hash[17];
};

/** Read the tail. @return 0 or -errno (-ENODATA: fresh). */
int tr_journal_tail(struct tr_journal *journal, struct tr_journal_tail *ret);

/** Put the tail: part of every transaction that has anything in it. */
int tr_journal_put_tail(struct tr_journal *journal, const struct tr_journal_tail *tail);

/** Store a logical event (TR_EFFECT_STORE). */
int tr_journal_put_event(struct tr_journal *journal, uint64_t seq, const struct tr_event *ev);

/** Keep a plan's canonical text under its hash; once is enough. */
int tr_journal_put_plan(struct tr_journal *journal, const char *hash, const char *text);

/** Store a snapshot taken right after event @p seq. Older ones beyond the
 *  newest few are dropped. */
int tr_journal_put_snapshot(struct tr_journal *journal, uint64_t seq, struct tr_mono at,
                            const char *plan_hash, const void *blob, size_t n);

/** A closed wait, as columns for reports, and its wire form for the outbox. */
int tr_journal_put_wait(struct tr_journal *journal, const char *station_id,
                        const char *position_id, const char *daypart_id,
                        const struct tr_wait_record *wait, const char *json);
/** A vote; as tr_journal_put_wait(). @p button_id may be NULL (discarded). */
int tr_journal_put_vote(struct tr_journal *journal, const char *station_id,
                        const char *button_id, const struct tr_vote_record *vote,
                        const char *json);
/** An alert change; as tr_journal_put_wait(). @p alert_id as on the wire. */
int tr_journal_put_alert(struct tr_journal *journal, const char *alert_id,
                         const struct tr_alert_record *alert, const char *json);

/** Anything put since the last commit? */
bool tr_journal_dirty(const struct tr_journal *journal);

/**
 * Make everything put so far durable.
 * @return 0; -ENOSPC or -EIO: nothing of it was kept on disk, all of it is still
 *         held in memory (bounded) and is tried again at the next commit;
 *         what the bound forced out is counted (tr_journal_stats()).
 */
int tr_journal_commit(struct tr_journal *journal);

/** One row of the outbox. */
struct tr_journal_row {
    uint64_t seq;
    char kind[16];       /**< wait, vote, alert: the last part of its topic */
    struct tr_mono at;   /**< when it was put: decides "hist" */
    const char *json;    /**< valid until the next call on this journal */
};

/** The oldest committed row after @p after_seq. @return 1; 0: none; -errno. */
int tr_journal_outbox_next(struct tr_journal *journal, uint64_t after_seq,
                           struct tr_journal_row *ret);
/** Acknowledged by the broker: gone with the next commit. */
int tr_journal_outbox_sent(struct tr_journal *journal, uint64_t seq);
/** Refused for good: to the dead letters, with the reason. */
int tr_journal_outbox_refused(struct tr_journal *journal, uint64_t seq, const char *why);

/** What to restart from. Blob and text are the caller's: free(). */
struct tr_journal_snapshot {
    uint64_t seq;
    struct tr_mono at;
    char plan_hash[17];
    void *blob;
    size_t n;
    char *plan_text;
};

/** The newest snapshot at or before @p seq. @return 1; 0: none; -errno. */
int tr_journal_snapshot(struct tr_journal *journal, uint64_t seq,
                        struct tr_journal_snapshot *ret);

/** Visit stored events after @p after_seq in order. A plan event carries the
 *  hash of the plan that takes over in @p plan_hash, else it is NULL.
 *  @return 0, -errno, or what @p visit returned if not 0 (it stops there). */
int tr_journal_events(struct tr_journal *journal, uint64_t after_seq,
                      int (*visit)(void *user, uint64_t seq, const struct tr_event *ev,
                                   const char *plan_hash),
                      void *user);

/** Plan text by hash; free(). @return 0, -ENOENT, -errno. */
int tr_journal_plan(struct tr_journal *journal, const char *hash, char **ret_text);

struct tr_journal_stats {
    uint64_t outbox;       /**< rows waiting for the broker */
    uint64_t dead_letters;
    uint64_t lost;         /**< records that could not be kept, ever (told, not hidden) */
    uint64_t commits;
    int64_t bytes;         /**< size of the database on disk, WAL included */
    int64_t written_bytes; /**< written to disk since opening (counted in the VFS) */
};
void tr_journal_stats(struct tr_journal *journal, struct tr_journal_stats *ret);

/** Apply retain_days and max_mb (oldest inputs first, closed waits last; a row
 *  still in the outbox never before everything else). A bounded bite a call.
 *  @param now_wall decides the age. @return rows removed, or -errno. */
int tr_journal_prune(struct tr_journal *journal, struct tr_wall now_wall);

/** Commit what can be committed, checkpoint, close. NULL is a no-op. */
void tr_journal_close(struct tr_journal *journal);

#endif
