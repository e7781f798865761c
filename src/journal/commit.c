#include "journal/private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Bind helpers: statements have up to 22 parameters, told in order. */
struct binder {
    sqlite3_stmt *stmt;
    int i;
};

static void num(struct binder *b, int64_t v)
{
    sqlite3_bind_int64(b->stmt, ++b->i, v);
}

static void txt(struct binder *b, const char *s)
{
    /* NULL binds NULL. The item outlives the statement's run. */
    sqlite3_bind_text(b->stmt, ++b->i, s, -1, SQLITE_STATIC);
}

static int begin(struct tr_journal *journal, enum tr_journal_stmt which, struct binder *b)
{
    int rc = SQLITE_OK;

    *b = (struct binder){.stmt = tr_journal_stmt(journal, which, &rc)};
    return rc;
}

static int put_name(struct tr_journal *journal, const char *name)
{
    struct binder b;
    int rc;

    if (name == NULL) {
        return SQLITE_OK;
    }
    rc = begin(journal, TR_SQL_PUT_NAME, &b);
    if (rc != SQLITE_OK) {
        return rc;
    }
    txt(&b, name);
    return tr_journal_run(b.stmt);
}

static int write_event(struct tr_journal *journal, const struct tr_item *item)
{
    struct tr_event_row row;
    struct binder b;
    int rc = begin(journal, TR_SQL_PUT_EVENT, &b);

    if (rc != SQLITE_OK) {
        return rc;
    }
    tr_journal_pack_event(&item->u.event, &row);
    num(&b, (int64_t)item->seq);
    num(&b, row.what);
    num(&b, row.at);
    num(&b, row.lag);
    num(&b, row.value);
    num(&b, row.arg);
    rc = tr_journal_run(b.stmt);
    if (rc != SQLITE_OK || item->id[0] == NULL) {
        return rc;
    }
    rc = begin(journal, TR_SQL_PUT_PLAN_EVENT, &b);
    if (rc != SQLITE_OK) {
        return rc;
    }
    num(&b, (int64_t)item->seq);
    txt(&b, item->id[0]);
    return tr_journal_run(b.stmt);
}

static int write_wait(struct tr_journal *journal, const struct tr_item *item)
{
    const struct tr_wait_record *w = &item->u.wait;
    struct binder b;
    int rc = begin(journal, TR_SQL_PUT_WAIT, &b);

    if (rc != SQLITE_OK) {
        return rc;
    }
    num(&b, (int64_t)w->seq);
    num(&b, (int64_t)w->open_seq);
    txt(&b, item->id[0]);
    num(&b, (int64_t)w->kind);
    num(&b, w->party);
    num(&b, w->opened.ns);
    num(&b, w->opened_wall.ms);
    num(&b, w->closed_wall.ms);
    num(&b, w->wait_ns);
    num(&b, (int64_t)((uint64_t)w->ended.ns - (uint64_t)w->closed.ns));
    num(&b, w->service_ns);
    num(&b, w->threshold_ns);
    num(&b, w->rings);
    txt(&b, item->id[1]);
    txt(&b, item->id[2]);
    num(&b, (int64_t)w->outcome);
    num(&b, (int64_t)w->verdict);
    num(&b, (int64_t)w->by);
    num(&b, (int64_t)w->reason);
    num(&b, w->accurate);
    num(&b, w->order_seen);
    num(&b, w->synced);
    return tr_journal_run(b.stmt);
}

static int write_vote(struct tr_journal *journal, const struct tr_item *item)
{
    const struct tr_vote_record *v = &item->u.vote;
    struct binder b;
    int rc = begin(journal, TR_SQL_PUT_VOTE, &b);

    if (rc != SQLITE_OK) {
        return rc;
    }
    num(&b, (int64_t)v->seq);
    num(&b, (int64_t)v->press_seq);
    txt(&b, item->id[0]);
    txt(&b, item->id[1]);
    num(&b, v->score);
    num(&b, v->presses);
    num(&b, v->at.ns);
    num(&b, v->at_wall.ms);
    num(&b, (int64_t)v->wait_seq);
    num(&b, v->wait_station);
    num(&b, v->synced);
    num(&b, v->daypart);
    return tr_journal_run(b.stmt);
}

static int write_alert(struct tr_journal *journal, const struct tr_item *item)
{
    const struct tr_alert_record *a = &item->u.alert;
    struct binder b;
    int rc = begin(journal, TR_SQL_PUT_ALERT, &b);

    if (rc != SQLITE_OK) {
        return rc;
    }
    num(&b, (int64_t)a->seq);
    num(&b, (int64_t)a->open_seq);
    txt(&b, item->id[0]);
    num(&b, (int64_t)a->rule);
    num(&b, a->station);
    num(&b, a->sensor);
    num(&b, (int64_t)a->state);
    num(&b, (int64_t)a->level);
    num(&b, a->since.ns);
    num(&b, a->at.ns);
    num(&b, a->since_wall.ms);
    num(&b, a->at_wall.ms);
    num(&b, a->synced);
    return tr_journal_run(b.stmt);
}

static struct tr_mono record_at(const struct tr_item *item)
{
    switch (item->kind) {
    case TR_ITEM_WAIT:
        return item->u.wait.closed;
    case TR_ITEM_VOTE:
        return item->u.vote.at;
    default:
        return item->u.alert.at;
    }
}

static int write_outbox(struct tr_journal *journal, const struct tr_item *item)
{
    struct binder b;
    int rc = begin(journal, TR_SQL_PUT_OUTBOX, &b);

    if (rc != SQLITE_OK) {
        return rc;
    }
    num(&b, (int64_t)item->seq);
    num(&b, (int64_t)item->kind);
    num(&b, record_at(item).ns);
    sqlite3_bind_text64(b.stmt, ++b.i, item->text, item->n, SQLITE_STATIC, SQLITE_UTF8);
    return tr_journal_run(b.stmt);
}

static int write_refused(struct tr_journal *journal, const struct tr_item *item)
{
    struct binder b;
    int rc = begin(journal, TR_SQL_DEAD_LETTER, &b);

    if (rc != SQLITE_OK) {
        return rc;
    }
    num(&b, (int64_t)item->seq);
    txt(&b, item->text);
    return tr_journal_run(b.stmt);
}

static int write_record(struct tr_journal *journal, const struct tr_item *item)
{
    int rc = SQLITE_OK;

    if (item->kind == TR_ITEM_REFUSED) {
        return write_refused(journal, item);
    }
    for (int i = 0; i < 3 && rc == SQLITE_OK; i++) {
        rc = put_name(journal, item->id[i]);
    }
    if (rc != SQLITE_OK) {
        return rc;
    }
    rc = item->kind == TR_ITEM_WAIT   ? write_wait(journal, item)
         : item->kind == TR_ITEM_VOTE ? write_vote(journal, item)
                                      : write_alert(journal, item);
    return rc == SQLITE_OK ? write_outbox(journal, item) : rc;
}

static int write_plan(struct tr_journal *journal, const struct tr_item *item)
{
    struct binder b;
    int rc = begin(journal, TR_SQL_PUT_PLAN, &b);

    if (rc != SQLITE_OK) {
        return rc;
    }
    txt(&b, item->id[0]);
    txt(&b, item->text);
    return tr_journal_run(b.stmt);
}

static int write_snapshot(struct tr_journal *journal, const struct tr_item *item)
{
    struct binder b;
    int rc;

    if (item == NULL) {
        return SQLITE_OK;
    }
    rc = begin(journal, TR_SQL_PUT_SNAPSHOT, &b);
    if (rc != SQLITE_OK) {
        return rc;
    }
    num(&b, (int64_t)item->seq);
    num(&b, item->u.at.ns);
    txt(&b, item->id[0]);
    sqlite3_bind_blob64(b.stmt, ++b.i, item->text, item->n, SQLITE_STATIC);
    rc = tr_journal_run(b.stmt);
    if (rc != SQLITE_OK) {
        return rc;
    }
    rc = begin(journal, TR_SQL_TRIM_SNAPSHOTS, &b);
    if (rc != SQLITE_OK) {
        return rc;
    }
    num(&b, TR_JOURNAL_SNAPSHOTS);
    return tr_journal_run(b.stmt);
}

static int write_tail(struct tr_journal *journal)
{
    const struct tr_journal_tail *t = &journal->tail;
    struct binder b;
    int rc;

    if (!journal->tail_put) {
        return SQLITE_OK;
    }
    rc = begin(journal, TR_SQL_PUT_TAIL, &b);
    if (rc != SQLITE_OK) {
        return rc;
    }
    num(&b, t->at.ns);
    num(&b, (int64_t)t->seq);
    num(&b, t->source_ns);
    num(&b, t->wall.ms);
    num(&b, t->synced);
    txt(&b, t->boot);
    txt(&b, t->plan_hash);
    num(&b, (int64_t)t->record_seq);
    return tr_journal_run(b.stmt);
}

static int write_counter(struct tr_journal *journal, const char *name, uint64_t value)
{
    struct binder b;
    int rc = begin(journal, TR_SQL_PUT_COUNTER, &b);

    if (rc != SQLITE_OK) {
        return rc;
    }
    txt(&b, name);
    num(&b, (int64_t)value);
    return tr_journal_run(b.stmt);
}

int tr_journal_put_counters(struct tr_journal *journal)
{
    int rc = write_counter(journal, "lost", journal->lost);

    rc = rc == SQLITE_OK ? write_counter(journal, "lost_inputs", journal->lost_inputs) : rc;
    for (int i = 0; i < TR_JOURNAL_SAID_MAX && rc == SQLITE_OK; i++) {
        char name[8];

        snprintf(name, sizeof(name), "said%d", i);
        rc = write_counter(journal, name, journal->said[i]);
    }
    return rc;
}

int tr_journal_count_outbox(struct tr_journal *journal)
{
    int64_t n = 0;
    int rc = tr_journal_number(journal, TR_SQL_OUTBOX_SPAN, &n);

    journal->outbox_exact = n <= TR_JOURNAL_COUNT_MAX;
    if (rc == SQLITE_OK && journal->outbox_exact) {
        rc = tr_journal_number(journal, TR_SQL_OUTBOX_COUNT, &n);
    }
    journal->outbox = (uint64_t)n;
    return rc;
}

static int write_settled(struct tr_journal *journal, uint64_t *ret_gone)
{
    for (size_t i = 0; i < journal->settled_n; i++) {
        struct binder b;
        int rc = begin(journal, TR_SQL_SENT, &b);

        if (rc != SQLITE_OK) {
            return rc;
        }
        num(&b, (int64_t)journal->settled[i]);
        rc = tr_journal_run(b.stmt);
        if (rc != SQLITE_OK) {
            return rc;
        }
        *ret_gone += (uint64_t)sqlite3_changes64(journal->db);
    }
    return SQLITE_OK;
}

/* What a transaction changed in the counts kept in memory. */
struct tally {
    uint64_t put, settled, refused;
};

static int write_items(struct tr_journal *journal, struct tally *tally)
{
    const struct tr_item *item;
    int rc = SQLITE_OK;

    for (item = journal->plans.head; item != NULL && rc == SQLITE_OK; item = item->next) {
        rc = write_plan(journal, item);
    }
    for (item = journal->inputs.head; item != NULL && rc == SQLITE_OK; item = item->next) {
        rc = write_event(journal, item);
    }
    for (item = journal->records.head; item != NULL && rc == SQLITE_OK; item = item->next) {
        rc = write_record(journal, item);
        *(item->kind == TR_ITEM_REFUSED ? &tally->refused : &tally->put) +=
            (uint64_t)sqlite3_changes64(journal->db);
    }
    rc = rc == SQLITE_OK ? write_snapshot(journal, journal->snapshot) : rc;
    rc = rc == SQLITE_OK ? write_settled(journal, &tally->settled) : rc;
    rc = rc == SQLITE_OK ? write_tail(journal) : rc;
    if (rc == SQLITE_OK && journal->counters_put) {
        rc = tr_journal_put_counters(journal);
    }
    return rc;
}

/* One attempt at one transaction. @return an SQLite result. */
static int write_all(struct tr_journal *journal)
{
    struct tally tally = {0};
    int rc;

    journal->vfs.full = false;
    rc = tr_journal_simple(journal, TR_SQL_BEGIN);
    if (rc != SQLITE_OK) {
        return rc;
    }
    rc = write_items(journal, &tally);
    if (rc == SQLITE_OK) {
        rc = tr_journal_simple(journal, TR_SQL_COMMIT);
    }
    if (rc != SQLITE_OK) {
        tr_journal_rollback(journal);
        return rc;
    }
    journal->outbox += tally.put - tally.settled;
    journal->dead_letters += tally.refused;
    journal->commits++;
    tr_journal_queue_clear(journal);
    if (!journal->outbox_exact && journal->outbox <= TR_JOURNAL_COUNT_MAX) {
        tr_journal_count_outbox(journal);
    }
    return SQLITE_OK;
}

void tr_journal_checkpoint(struct tr_journal *journal)
{
    int frames = 0;
    int done = 0;
    int rc;

    if (journal->wal_frames < journal->checkpoint_at) {
        return;
    }
    rc = sqlite3_wal_checkpoint_v2(journal->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &done);
    if (rc == SQLITE_OK && done >= frames) {
        journal->checkpoint_at = journal->checkpoint_every;
        return;
    }
    /* A reader holds it up, or the medium: not again at every commit. */
    journal->checkpoint_at = journal->wal_frames + journal->checkpoint_every / 4;
    if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY) {
        journal->checkpoint_errors++;
        if (tr_journal_failed(journal, rc) == -ENOSPC) {
            tr_journal_release(journal);
        }
    }
}

int tr_journal_commit(struct tr_journal *journal)
{
    int rc;

    if (!tr_journal_dirty(journal)) {
        return 0;
    }
    rc = write_all(journal);
    if (tr_journal_errno(journal->db, rc) == -ENOSPC) {
        /* SQLite's own cap, or the medium's end: each has its remedy. */
        bool room = (rc == SQLITE_FULL && !journal->vfs.full) ? tr_journal_make_room(journal) > 0
                                                              : tr_journal_release(journal);

        if (room) {
            rc = write_all(journal);
        }
    }
    if (rc != SQLITE_OK) {
        return tr_journal_failed(journal, rc);
    }
    tr_journal_checkpoint(journal);
    return 0;
}
