/* When nobody watched: RESTART events, labelled by the CLOCK events around them; and the labels
 * that a clock leapt over, under which nobody ever watched. */
#include "journal/reader.h"

enum { BITE = 256, STEP_MS = 60000 };

struct absence {
    struct tr_event restart; /* told once the clock is known again */
    bool pending;
    bool mapped; /* offset_ms is known */
    int64_t offset_ms;
};

static struct tr_wall label(int64_t ns, int64_t offset_ms)
{
    return (struct tr_wall){ns / TR_NS_PER_MS + offset_ms};
}

static int tell_absence(const struct absence *a, int64_t offset_ms,
                        int (*visit)(void *, struct tr_wall, struct tr_wall, int64_t), void *user)
{
    const struct tr_event *ev = &a->restart;
    const int64_t seen = ev->value >= 0 ? ev->at.ns - ev->value : ev->edge_at.ns;

    return visit(user, label(seen, a->mapped ? a->offset_ms : offset_ms),
                 label(ev->at.ns, offset_ms), ev->value);
}

/* One RESTART or CLOCK. @return what visit returned, or -errno. */
static int take_absence(struct absence *a, sqlite3_stmt *stmt,
                        int (*visit)(void *, struct tr_wall, struct tr_wall, int64_t), void *user)
{
    const struct tr_event_row row = {
        .what = sqlite3_column_int64(stmt, 1),
        .at = sqlite3_column_int64(stmt, 2),
        .lag = sqlite3_column_int64(stmt, 3),
        .value = sqlite3_column_int64(stmt, 4),
        .arg = sqlite3_column_int64(stmt, 5),
    };
    struct tr_event ev;
    int r = tr_journal_unpack_event(&row, &ev);

    if (r < 0) {
        return r;
    }
    if (ev.kind == TR_EVENT_RESTART) {
        r = a->pending ? tell_absence(a, a->offset_ms, visit, user) : 0;
        a->restart = ev;
        a->pending = true;
        return r;
    }
    if (a->pending) {
        r = tell_absence(a, ev.u.wall_offset_ms, visit, user);
        a->pending = false;
    } else if (a->mapped && ev.u.wall_offset_ms - a->offset_ms >= STEP_MS) {
        r = visit(user, label(ev.at.ns, a->offset_ms), label(ev.at.ns, ev.u.wall_offset_ms), 0);
    }
    a->mapped = true;
    a->offset_ms = ev.u.wall_offset_ms;
    return r;
}

int tr_journal_absences(struct tr_journal_reader *reader,
                        int (*visit)(void *user, struct tr_wall from, struct tr_wall to,
                                     int64_t length_ns),
                        void *user)
{
    struct absence a = {.pending = false};
    int64_t after = -1;
    int n = BITE;
    int r = 0;

    while (n == BITE && r == 0) {
        sqlite3_stmt *stmt;
        int rc = SQLITE_DONE;

        r = tr_journal_read_stmt(reader, TR_READ_ABSENCES, &stmt);
        if (r < 0) {
            return r;
        }
        sqlite3_bind_int64(stmt, 1, after);
        sqlite3_bind_int64(stmt, 2, TR_EVENT_RESTART);
        sqlite3_bind_int64(stmt, 3, TR_EVENT_CLOCK);
        sqlite3_bind_int64(stmt, 5, BITE);
        for (n = 0; r == 0 && n < BITE && (rc = sqlite3_step(stmt)) == SQLITE_ROW; n++) {
            after = sqlite3_column_int64(stmt, 0);
            r = take_absence(&a, stmt, visit, user);
        }
        sqlite3_reset(stmt);
        if (r == 0 && rc != SQLITE_ROW && rc != SQLITE_DONE) {
            r = tr_journal_errno(reader->journal.db, rc);
        }
    }
    return r == 0 && a.pending ? tell_absence(&a, a.offset_ms, visit, user) : r;
}
