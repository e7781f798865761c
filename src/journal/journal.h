/**
 * @file journal.h
 * The truth, on disk: logical events in step order, snapshots of the core,
 * plans, closed waits, votes, alert changes, and the outbox of what the broker
 * has not yet acknowledged. Only src/journal includes <sqlite3.h>. Never logs.
 *
 * Puts gather in memory; tr_journal_commit() makes them durable in one
 * transaction (synchronous=FULL, WAL). What was not committed never happened:
 * the shell publishes journal records only after the commit.
 *
 * One handle writes, and says so with a lock on <path>.lock; any number of
 * readers may have the file open meanwhile. Beside the database lie <path>-wal
 * and <path>-shm (SQLite's), <path>.reserve (space held back: given up when the
 * medium is full, so that the shop's day goes on, and taken again by
 * tr_journal_prune() once there is room) and, after damage was met in
 * operation, <path>.suspect (the next open checks every page). One thread at a
 * time. The process should ignore SIGXFSZ.
 */
#ifndef TR_JOURNAL_JOURNAL_H
#define TR_JOURNAL_JOURNAL_H

#include <stddef.h>

#include "thirdring/effect.h"
#include "thirdring/options.h"

struct tr_journal;

enum { TR_JOURNAL_ERROR_MAX = 512, TR_JOURNAL_BOOT_MAX = 64, TR_JOURNAL_SAID_MAX = 8 };

/** What happened at opening, for the log. */
struct tr_journal_opened {
    bool fresh;                         /**< a new journal was begun */
    char moved_aside[TR_PATH_MAX + 32]; /**< a corrupt file was moved here; "" none */
    char why[TR_JOURNAL_ERROR_MAX];     /**< why it was moved aside */
    int64_t bytes;
};

/**
 * Open or create (mode 0640). A corrupt file is moved aside (kept, with its
 * -wal and -shm, as <path>.corrupt-<UTC>) and a new one begun; no other error
 * ever moves a file. A newer schema, or the database of another program, is
 * refused and left as it is. The parent folder must exist. Files up to 8 MB,
 * and suspects of any size, are checked whole; of larger ones the newest pages
 * of each table, where a torn write would be, so that counting starts in time.
 *
 * @param vfs     NULL, or the name of an SQLite VFS (tests inject faults).
 * @param reterr  On failure: one sentence. TR_JOURNAL_ERROR_MAX bytes.
 * @return 0; -EPROTO: newer schema or not ours; -EBUSY: another process holds
 *         it; -EACCES; -EROFS; -ENOSPC; -EIO; -ENOENT; -ENOMEM; -EINVAL.
 */
int tr_journal_open(const struct tr_journal_options *opt, const char *vfs,
                    struct tr_journal **ret_journal, struct tr_journal_opened *ret_opened,
                    char *reterr);

/** Where the store timeline and the clocks stood at the last commit. */
struct tr_journal_tail {
    struct tr_mono at;   /**< store time; INT64_MIN in a fresh journal */
    uint64_t seq;        /**< newest logical event stored */
    uint64_t record_seq; /**< newest wait, vote or alert change */
    int64_t source_ns;   /**< the gpio source's time then */
    struct tr_wall wall; /**< wall clock then */
    bool synced;
    char boot[TR_JOURNAL_BOOT_MAX]; /**< boot id, or the trace's identity */
    char plan_hash[17];
};

/** Read the committed tail. @return 0; -ENODATA: fresh (@p ret says so); -errno. */
int tr_journal_tail(struct tr_journal *journal, struct tr_journal_tail *ret);

/** Put the tail: part of every transaction that has anything in it; the newest
 *  put wins. @return 0. */
int tr_journal_put_tail(struct tr_journal *journal, const struct tr_journal_tail *tail);

/*
 * All puts: 0; -EINVAL: out of range; -ENOMEM. They never touch the disk. What
 * they hold is bounded (20,000 rows, 4 MB; the newest snapshot and up to 16
 * plans apart): beyond it the oldest events go, then the oldest records, each
 * counted in stats.lost. Putting the same seq again does no harm.
 */

/** Store a logical event (TR_EFFECT_STORE). A PLAN event names the plan most
 *  recently passed to tr_journal_put_plan(). */
int tr_journal_put_event(struct tr_journal *journal, uint64_t seq, const struct tr_event *ev);

/** Keep a plan's canonical text under its hash; once is enough, but after an
 *  open it must be told again before a PLAN event. -ENOBUFS: 16 plans wait for
 *  a commit already. */
int tr_journal_put_plan(struct tr_journal *journal, const char *hash, const char *text);

/** Store a snapshot taken right after event @p seq, at most 8 MB. The newest
 *  three are kept; of those not yet committed only the newest. */
int tr_journal_put_snapshot(struct tr_journal *journal, uint64_t seq, struct tr_mono at,
                            const char *plan_hash, const void *blob, size_t n);

/** A closed wait, as columns for reports, and its wire form for the outbox. */
int tr_journal_put_wait(struct tr_journal *journal, const char *station_id, const char *position_id,
                        const char *daypart_id, const struct tr_wait_record *wait,
                        const char *json);
/** A vote; as tr_journal_put_wait(). @p button_id may be NULL (discarded). */
int tr_journal_put_vote(struct tr_journal *journal, const char *station_id, const char *button_id,
                        const struct tr_vote_record *vote, const char *json);
/** An alert change; as tr_journal_put_wait(). @p alert_id as on the wire. */
int tr_journal_put_alert(struct tr_journal *journal, const char *alert_id,
                         const struct tr_alert_record *alert, const char *json);

/** Anything put since the last commit? */
bool tr_journal_dirty(const struct tr_journal *journal);

/**
 * Make everything put so far durable, in one transaction. A full medium makes
 * it give up the reserved space and try once more; a journal at its max_mb
 * makes it remove a bite of what tr_journal_prune() would.
 *
 * @return 0; -ENOSPC, -EIO, -EBUSY, -EACCES, -ENOMEM: all of it is still held in
 *         memory (bounded) and is tried again at the next commit; what the
 *         bound forced out is counted (tr_journal_stats()). A crash right now
 *         finds all of it or nothing. -EBADMSG: the file is damaged; close and
 *         open again, which moves it aside, and put plan and snapshot anew.
 */
int tr_journal_commit(struct tr_journal *journal);

/** One row of the outbox. */
struct tr_journal_row {
    uint64_t seq;
    char kind[16];     /**< wait, vote, alert: the last part of its topic */
    struct tr_mono at; /**< when it was put: decides "hist" */
    const char *json;  /**< valid until the next call on this journal */
};

/** The oldest committed row after @p after_seq that was not told sent or
 *  refused. @return 1; 0: none; -errno. */
int tr_journal_outbox_next(struct tr_journal *journal, uint64_t after_seq,
                           struct tr_journal_row *ret);
/** Acknowledged by the broker: gone with the next commit. @return 0; -ENOMEM or
 *  -ENOBUFS: forgotten, so it goes out once more after a restart. */
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
    char *plan_text; /**< NULL where the plan was lost */
};

/** The newest snapshot at or before @p seq. @return 1; 0: none; -errno. */
int tr_journal_snapshot(struct tr_journal *journal, uint64_t seq, struct tr_journal_snapshot *ret);

/** Visit committed events after @p after_seq in order. A plan event carries the
 *  hash of the plan that takes over in @p plan_hash, else it is NULL. A jump in
 *  seq means that events in between were lost or pruned. @p visit may read the
 *  journal (but not its events) and put, not commit.
 *  @return 0, -errno, or what @p visit returned if not 0 (it stops there). */
int tr_journal_events(struct tr_journal *journal, uint64_t after_seq,
                      int (*visit)(void *user, uint64_t seq, const struct tr_event *ev,
                                   const char *plan_hash),
                      void *user);

/** Plan text by hash; free(). @return 0, -ENOENT, -errno. */
int tr_journal_plan(struct tr_journal *journal, const char *hash, char **ret_text);

/**
 * Remember that the broker may know the retained topics of this plan's
 * configuration: what to take back when another is in force. Part of the next
 * commit; its text is kept as long. Of more than TR_JOURNAL_SAID_MAX the oldest
 * is forgotten. @return 1; 0: known already; -EINVAL: not 16 hex digits.
 */
int tr_journal_said_put(struct tr_journal *journal, const char *plan_hash);
/** The broker knows nothing of that configuration any more. @return 0 or -EINVAL. */
int tr_journal_said_drop(struct tr_journal *journal, const char *plan_hash);
/** The @p i th of them, oldest first. @return 1; 0: there are no more. */
int tr_journal_said(const struct tr_journal *journal, int i, char ret_hash[17]);

/**
 * A restored journal (tr_journal_restore()) lacks what was numbered after it was
 * saved, and that is out in the world: events and records are numbered on from
 * here, and waits that were open when it was saved are not told, for how they
 * ended may be told already.
 * @return 0 where the journal's own numbers go on, or have gone on beyond.
 */
uint64_t tr_journal_number_from(const struct tr_journal *journal);

struct tr_journal_stats {
    uint64_t outbox;       /**< rows waiting for the broker */
    uint64_t dead_letters; /**< the newest 10,000 are kept: what they copy stays in its own table */
    uint64_t lost;         /**< rows that could not be kept or, unsent, were pruned, in the
                                journal's life (told, not hidden) */
    uint64_t lost_inputs;  /**< of those, events: no record was lost with them */
    uint64_t commits;      /**< since opening */
    uint64_t checkpoint_errors; /**< since opening; the WAL keeps what they could not move */
    uint64_t held_rows;         /**< put and not yet committed */
    int64_t reserved_bytes;     /**< held back now; 0: given up, or there was no room */
    int64_t bytes;              /**< size of the database on disk, WAL included */
    int64_t written_bytes;      /**< written to disk since opening (counted in the VFS) */
};
void tr_journal_stats(struct tr_journal *journal, struct tr_journal_stats *ret);

/**
 * Apply retain_days and max_mb, and take the reserved space again if it was
 * given up. Call it every minute or so, and again while it returns > 0.
 *
 * By size, in this order: events before the oldest snapshot, older snapshots
 * and the events up to the newest one, dead letters, alert changes, votes,
 * closed waits, today's events, the outbox (counted as lost). A row still in
 * the outbox is never removed from its own table before that. By age: the same
 * without snapshots, today's events and the outbox. A bounded bite a call; the
 * file shrinks when much of it is free.
 *
 * @param now_wall  Age is measured on the store timeline, since a wrong clock
 *                  must not erase a year: this only bridges the time since the
 *                  newest commit, by at most a day.
 * @return rows removed, or -errno as tr_journal_commit().
 */
int tr_journal_prune(struct tr_journal *journal, struct tr_wall now_wall);

/** Commit what can be committed, checkpoint, close. NULL is a no-op. */
void tr_journal_close(struct tr_journal *journal);

/* --- reading, beside the daemon ----------------------------------------------- */

/**
 * A journal opened to look only, also while thirdringd writes it. Rows are
 * fetched in bites, each a short transaction, and handed out between them: who
 * reads slowly holds up neither commits nor checkpoints, and memory stays the
 * same however long the journal is. What is pruned meanwhile is not seen, what
 * is committed meanwhile is. One thread at a time.
 */
struct tr_journal_reader;

/** @return 0; -ENOENT; -EACCES; -EISDIR; -EPROTO: newer schema, or not ours; -EBADMSG:
 *  damaged; -ENODATA: nothing in it; -EBUSY; -EIO; -ENOMEM. @p reterr: one sentence then. */
int tr_journal_read_open(const char *path, struct tr_journal_reader **ret, char *reterr);
void tr_journal_read_close(struct tr_journal_reader *reader);

/** As tr_journal_tail(). */
int tr_journal_read_tail(struct tr_journal_reader *reader, struct tr_journal_tail *ret);

/** Plan text by hash; free(). @return 0, -ENOENT, -errno. */
int tr_journal_read_plan(struct tr_journal_reader *reader, const char *hash, char **ret_text);

/** The plan in force at an event's sequence, as nearly as the journal knows.
 *  @param ret_until  the same plan before this sequence.
 *  @return 0, -ENOENT, -errno. */
int tr_journal_plan_at(struct tr_journal_reader *reader, uint64_t seq, char ret_hash[17],
                       uint64_t *ret_until);

enum {
    TR_JOURNAL_WAITS = 1,
    TR_JOURNAL_VOTES = 2,
    TR_JOURNAL_ALERTS = 4,
    TR_JOURNAL_RECORDS = TR_JOURNAL_WAITS | TR_JOURNAL_VOTES | TR_JOURNAL_ALERTS
};

/**
 * One record as it was put, names beside it. Indices into a plan are TR_NONE,
 * or, where the name is the only witness of them, 0; but a vote's daypart is an
 * index into the plan in force then (tr_journal_plan_at()).
 */
struct tr_journal_record {
    int kind; /**< one of TR_JOURNAL_WAITS, VOTES, ALERTS */
    uint64_t seq;
    char station[TR_ID_MAX];      /**< "": none, of a sensor's alert or an absence */
    char place[TR_ID_MAX];        /**< a wait's position, a vote's button, an alert's sensor; "" */
    char daypart[TR_ID_MAX];      /**< of a wait; "": none */
    char wait_station[TR_ID_MAX]; /**< of the wait that a vote is tied to; "": not known */
    int64_t wait_ns;              /**< of that wait, where its station is known */
    union {
        struct tr_wait_record wait;
        struct tr_vote_record vote;
        struct tr_alert_record alert; /**< acked as far as the rows before it tell */
    } u;
};

/** Which records. */
struct tr_journal_which {
    int kinds;               /**< of TR_JOURNAL_RECORDS */
    const char *station;     /**< NULL: all */
    struct tr_wall from, to; /**< closed, voted, changed at or after, and before: labels of the
                                  wall clock, which may have been wrong */
};

/**
 * Visit records in the order of their sequence. @p visit may take its time.
 * @return 0, -errno, or what @p visit returned if not 0 (it stops there).
 */
int tr_journal_records(struct tr_journal_reader *reader, const struct tr_journal_which *which,
                       int (*visit)(void *user, const struct tr_journal_record *record),
                       void *user);

/** One station's closed waits in the order in which they closed, by the index: of a
 *  million, only those asked for are read. @p which names the station.
 *  @return as tr_journal_records(). */
int tr_journal_waits_of(struct tr_journal_reader *reader, const struct tr_journal_which *which,
                        int (*visit)(void *user, const struct tr_journal_record *record),
                        void *user);

/** A closed wait as far as figures need it: names as numbers, for a million of them. */
struct tr_journal_scanned {
    uint64_t open_seq;
    int64_t station, daypart; /**< tr_journal_name(); daypart 0: none */
    struct tr_wall opened, closed;
    int64_t wait_ns, service_ns, threshold_ns;
    int32_t party;
    uint8_t kind, outcome, verdict, by; /**< enumerators of struct tr_wait_record */
    bool accurate, synced;
};

/**
 * Visit the waits closed at or after @p from and before @p to, each once, in no order
 * that is promised: by sequence, or by station where that reads less.
 * @return as tr_journal_records().
 */
int tr_journal_scan(struct tr_journal_reader *reader, struct tr_wall from, struct tr_wall to,
                    int (*visit)(void *user, const struct tr_journal_scanned *wait), void *user);

/** The name of a number. @return 0; -ENOENT; -errno. */
int tr_journal_name(struct tr_journal_reader *reader, int64_t number, char ret[TR_ID_MAX]);

/** The label of the oldest entry. @return 0; -ENODATA; -errno. */
int tr_journal_first(struct tr_journal_reader *reader, struct tr_wall *ret);
/** When the newest wait closed. @return as tr_journal_first(). */
int tr_journal_newest_wait(struct tr_journal_reader *reader, struct tr_wall *ret);

/** What the journal says it could not keep, ever (tr_journal_stats()). */
uint64_t tr_journal_read_lost(struct tr_journal_reader *reader);

/** As tr_journal_snapshot() and tr_journal_events(). */
int tr_journal_read_snapshot(struct tr_journal_reader *reader, uint64_t seq,
                             struct tr_journal_snapshot *ret);
int tr_journal_read_events(struct tr_journal_reader *reader, uint64_t after_seq,
                           int (*visit)(void *user, uint64_t seq, const struct tr_event *ev,
                                        const char *plan_hash),
                           void *user);

/** Visit the absences, oldest first: from when to when nobody watched. @p length_ns is -1
 *  where it is not known, and @p to is then only when watching began again; 0: the wall clock
 *  was set forward by a minute or more, from one label to the other in no time. As far back
 *  as events are kept. @return as tr_journal_records(). */
int tr_journal_absences(struct tr_journal_reader *reader,
                        int (*visit)(void *user, struct tr_wall from, struct tr_wall to,
                                     int64_t length_ns),
                        void *user);

/* --- backup and restore ---------------------------------------------------------- */

/** What is in a copy. */
struct tr_journal_copied {
    uint64_t waits, votes, alerts, inputs, outbox;
    int64_t bytes;
    struct tr_journal_tail tail; /**< at: INT64_MIN where the journal was fresh */
};

/** @return whether @p file is the journal at @p path or one of its logs: not to be written over. */
bool tr_journal_owns(const char *path, const char *file);

/**
 * Copy a journal as it stands at one moment, WAL and all, into one file of mode
 * 0600, also while thirdringd writes: at half of the medium's pace, so that
 * commits find their turn. Either @p dest is there whole, checked and on disk,
 * or it is as it was.
 *
 * @param force  replace @p dest where it exists.
 * @return 0; -EEXIST; -ENOSPC: also where it would leave less than 8 MB; else as
 *         tr_journal_read_open() and tr_journal_open(). @p reterr: one sentence then.
 */
int tr_journal_backup(const char *path, const char *dest, bool force, struct tr_journal_copied *ret,
                      char *reterr);

struct tr_journal_restored {
    struct tr_journal_copied copied;
    char replaced[TR_PATH_MAX + 32]; /**< the journal that was there is kept here; "" none */
    uint64_t untold;                 /**< of its records: not acknowledged by the broker */
    uint64_t number_from;            /**< as tr_journal_number_from() */
};

/**
 * Put a backup in the place of the journal at @p path, which is kept beside it as
 * <path>.replaced-<UTC>. The copy is checked whole first; at every moment there is one
 * journal or the other. It belongs to whom the present one belongs, or the folder.
 *
 * @return 0; -EBUSY: thirdringd runs; -ETIME: the machine's clock is before the backup's, so
 *         that no new numbers can be had; -EPERM: neither root nor the owner; else as
 *         tr_journal_backup(). Nothing was changed then. @p reterr: one sentence.
 */
int tr_journal_restore(const char *src, const char *path, struct tr_journal_restored *ret,
                       char *reterr);

#endif
