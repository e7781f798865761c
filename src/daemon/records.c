/* Records on their way from the journal to the broker: in order, at least once. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/daemon.h"

enum {
    RECORDS_A_TURN = 64,
    BURST_MS = 100, /* so late a turn of the loop may be without slowing the back-fill */
    ROOM_MS = 50    /* when to look for room again that nobody tells of */
};

static void settle_soon(struct tr_daemon *d)
{
    if (d->commit_at == INT64_MAX) {
        d->commit_at = d->now_ns + d->cfg->options.journal.commit_ns;
    }
}

void tr_records_settle(struct tr_daemon *d, uint64_t seq, const char *why)
{
    if (why == NULL) {
        (void)tr_journal_outbox_sent(d->journal, seq);
    } else {
        tr_log(d->board.refused_record_told ? TR_LOG_DEBUG : TR_LOG_WARNING,
               "the broker refuses record %" PRIu64
               " for good: %s; it and what is refused after it "
               "are counted as dead letters",
               seq, why);
        d->board.refused_record_told = true; /* once a connection: an ACL may refuse them all */
        (void)tr_journal_outbox_refused(d->journal, seq, why);
        d->board.unit = d->board.any = true;
    }
    settle_soon(d);
}

/* May an old record go now? If not, backfill_at says when to ask again. */
static bool old_may_go(struct tr_daemon *d)
{
    struct tr_board *b = &d->board;
    if (d->now_ns < b->backfill_due) {
        b->backfill_at = b->backfill_due;
        return false;
    }
    const int window = tr_mqtt_window(d->mqtt);
    if (2 * tr_mqtt_in_flight(d->mqtt) >= window && window > 1) {
        b->backfill_at = d->now_ns + ROOM_MS * TR_NS_PER_MS;
        return false;
    }
    return true;
}

static void old_went(struct tr_daemon *d)
{
    const int64_t burst = d->now_ns - BURST_MS * TR_NS_PER_MS;
    int64_t *due = &d->board.backfill_due;
    *due = (*due > burst ? *due : burst) + TR_NS_PER_S / d->mqtt_options.backfill_per_s;
}

void tr_records_pump(struct tr_daemon *d)
{
    const struct tr_wire wire = tr_board_wire(d);
    struct tr_journal_row row;
    d->board.backfill_at = INT64_MAX;
    if (d->journal == NULL) {
        return;
    }
    if (d->now_ns < d->board.records_due) {
        d->board.backfill_at = d->board.records_due;
        return;
    }
    for (int n = 0; n < RECORDS_A_TURN; n++) {
        if (tr_journal_outbox_next(d->journal, d->board.outbox_sent, &row) <= 0) {
            return;
        }
        struct tr_wire_message m = {.payload = d->payload, .cap = sizeof(d->payload)};
        /* A live record is one that was put since the connection began. */
        const bool hist = row.at.ns < d->board.connected_store;
        if (hist && !old_may_go(d)) {
            return;
        }
        int r = tr_wire_record(&wire, row.kind, row.json, hist, &m);
        if (r > 0) {
            r = tr_board_send(d, &m, row.seq);
        }
        if (r == -EAGAIN || r == -ENOTCONN) {
            return;
        }
        d->board.outbox_sent = row.seq;
        if (hist) {
            old_went(d);
        }
        if (r < 0) {
            tr_records_settle(d, row.seq, strerror(-r));
        }
    }
}
