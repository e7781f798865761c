/* Records as they were put, in bites, for whoever reads beside the daemon. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/reader.h"

enum { BITE = 256, KINDS = 3, ALERTS_MAX = 1024, ALERT_NAME_MAX = 2 * TR_ID_MAX };

#define WAIT_COLUMNS                                                                               \
    "SELECT w.seq, w.open_seq, s.name, w.kind, w.party, w.opened, w.opened_wall, w.closed_wall,"   \
    " w.wait_ns, w.after_ns, w.service_ns, w.threshold_ns, w.rings, p.name, d.name, w.outcome,"    \
    " w.verdict, w.closed_by, w.reason, w.accurate, w.order_seen, w.synced FROM wait w"            \
    " LEFT JOIN name s ON s.id = w.station LEFT JOIN name p ON p.id = w.position"                  \
    " LEFT JOIN name d ON d.id = w.daypart "

#define SCAN_COLUMNS                                                                               \
    "SELECT seq, station, kind, party, opened_wall, closed_wall, wait_ns, service_ns,"             \
    " threshold_ns, daypart, outcome, verdict, closed_by, accurate, synced, open_seq "

/* ?1 after this seq, ?2 and ?3 wall times, ?4 station or NULL, ?5 how many; of a
 * station's waits by the index ?6 is the wall time after which. */
static const char *const read_sql[TR_READ_COUNT] = {
    [TR_READ_WAITS] =
        WAIT_COLUMNS "WHERE w.seq > ?1 AND w.closed_wall >= ?2 AND w.closed_wall < ?3"
                     " AND (?4 IS NULL OR w.station = (SELECT id FROM name WHERE name = ?4))"
                     " ORDER BY w.seq LIMIT ?5",
    [TR_READ_WAITS_OF] = WAIT_COLUMNS
    "WHERE w.station = (SELECT id FROM name WHERE name = ?4) AND w.closed_wall >= ?2"
    " AND w.closed_wall < ?3 AND (w.closed_wall, w.seq) > (?6, ?1)"
    " ORDER BY w.closed_wall, w.seq LIMIT ?5",
    [TR_READ_VOTES] = "SELECT v.seq, v.press_seq, s.name, b.name, v.score, v.presses, v.at, "
                      "v.at_wall, v.wait_seq,"
                      " v.synced, v.daypart FROM vote v LEFT JOIN name s ON s.id = v.station"
                      " LEFT JOIN name b ON b.id = v.button"
                      " WHERE v.seq > ?1 AND v.at_wall >= ?2 AND v.at_wall < ?3"
                      " AND (?4 IS NULL OR s.name = ?4) ORDER BY v.seq LIMIT ?5",
    /* All of them: the rows before tell whether one was acknowledged. */
    [TR_READ_ALERTS] =
        "SELECT a.seq, a.open_seq, n.name, a.rule, a.state, a.level, a.since, a.at, a.since_wall,"
        " a.at_wall, a.synced FROM alert a LEFT JOIN name n ON n.id = a.alert"
        " WHERE a.seq > ?1 ORDER BY a.seq LIMIT ?5",
    /* A vote follows its wait within minutes: the newest rows before it. */
    [TR_READ_TIED] = "SELECT s.name, w.wait_ns FROM wait w JOIN name s ON s.id = w.station"
                     " WHERE w.seq < ?1 AND w.seq > ?1 - 8192 AND w.open_seq = ?2"
                     " ORDER BY w.seq DESC LIMIT 1",
    /* Before the first change: a plan that no change leads to, if there is one. */
    [TR_READ_PLAN_AT] =
        "SELECT coalesce((SELECT hash FROM plan_event WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1),"
        " (SELECT hash FROM plan WHERE hash NOT IN (SELECT hash FROM plan_event)"
        " AND EXISTS (SELECT 1 FROM plan_event) LIMIT 1), (SELECT hash FROM tail)),"
        " (SELECT min(seq) FROM plan_event WHERE seq > ?1)",
    [TR_READ_ABSENCES] = ("SELECT seq, what, at, lag, value, arg FROM event WHERE seq > ?1"
                          " AND (what & 15) IN (?2, ?3) ORDER BY seq LIMIT ?5"),
    [TR_READ_SCAN] = SCAN_COLUMNS "FROM wait WHERE seq > ?1 AND closed_wall >= ?2"
                                  " AND closed_wall < ?3 ORDER BY seq LIMIT ?5",
    [TR_READ_SCAN_OF] = SCAN_COLUMNS "FROM wait WHERE station = ?4 AND closed_wall >= ?2"
                                     " AND closed_wall < ?3 AND (closed_wall, seq) > (?6, ?1)"
                                     " ORDER BY closed_wall, seq LIMIT ?5",
    [TR_READ_NEXT_STATION] = "SELECT min(station) FROM wait WHERE station > ?1",
    [TR_READ_NAME] = "SELECT name FROM name WHERE id = ?1",
    [TR_READ_LAST] = "SELECT closed_wall FROM wait ORDER BY seq DESC LIMIT ?1",
    [TR_READ_FIRST] = "SELECT min(at) FROM (SELECT (SELECT opened_wall FROM wait ORDER BY seq"
                      " LIMIT 1) AS at UNION ALL SELECT (SELECT at_wall FROM vote ORDER BY seq"
                      " LIMIT 1) UNION ALL SELECT (SELECT since_wall FROM alert ORDER BY seq"
                      " LIMIT 1) UNION ALL SELECT (SELECT at / 1000000 + arg FROM event"
                      " WHERE seq < (SELECT min(seq) + 64 FROM event) AND (what & 15) = ?1"
                      " ORDER BY seq LIMIT 1))",
};

int tr_journal_read_stmt(struct tr_journal_reader *reader, enum tr_read_stmt which,
                         sqlite3_stmt **ret)
{
    sqlite3_stmt **stmt = &reader->stmt[which];

    if (*stmt == NULL) {
        const int rc = sqlite3_prepare_v3(reader->journal.db, read_sql[which], -1,
                                          SQLITE_PREPARE_PERSISTENT, stmt, NULL);
        if (rc != SQLITE_OK) {
            return tr_journal_errno(reader->journal.db, rc);
        }
    }
    sqlite3_reset(*stmt);
    sqlite3_clear_bindings(*stmt);
    *ret = *stmt;
    return 0;
}

static void text(sqlite3_stmt *stmt, int i, char *buf, size_t size)
{
    const char *s = (const char *)sqlite3_column_text(stmt, i);

    snprintf(buf, size, "%s", s != NULL ? s : "");
}

/* An enumerator; what a newer version may have put there is the first. */
static int word(sqlite3_stmt *stmt, int i, int count)
{
    const int64_t v = sqlite3_column_int64(stmt, i);

    return v >= 0 && v < count ? (int)v : 0;
}

static int16_t index_of(const char *name)
{
    return name[0] != '\0' ? 0 : TR_NONE;
}

static void take_wait(sqlite3_stmt *s, struct tr_journal_record *r)
{
    struct tr_wait_record *w = &r->u.wait;

    r->kind = TR_JOURNAL_WAITS;
    text(s, 2, r->station, sizeof(r->station));
    text(s, 13, r->place, sizeof(r->place));
    text(s, 14, r->daypart, sizeof(r->daypart));
    *w = (struct tr_wait_record){
        .seq = (uint64_t)sqlite3_column_int64(s, 0),
        .open_seq = (uint64_t)sqlite3_column_int64(s, 1),
        .kind = (enum tr_station_kind)word(s, 3, TR_KIND_COUNT),
        .party = sqlite3_column_int(s, 4),
        .opened.ns = sqlite3_column_int64(s, 5),
        .opened_wall.ms = sqlite3_column_int64(s, 6),
        .closed_wall.ms = sqlite3_column_int64(s, 7),
        .wait_ns = sqlite3_column_int64(s, 8),
        .service_ns = sqlite3_column_int64(s, 10),
        .threshold_ns = sqlite3_column_int64(s, 11),
        .rings = sqlite3_column_int(s, 12),
        .position = index_of(r->place),
        .outcome = (enum tr_outcome)word(s, 15, TR_OUTCOME_COUNT),
        .verdict = (enum tr_verdict)word(s, 16, TR_VERDICT_MISSED + 1),
        .by = (enum tr_by)word(s, 17, TR_BY_COUNT),
        .reason = (enum tr_reason)word(s, 18, TR_REASON_COUNT),
        .accurate = sqlite3_column_int(s, 19) != 0,
        .order_seen = sqlite3_column_int(s, 20) != 0,
        .synced = sqlite3_column_int(s, 21) != 0,
        .daypart = index_of(r->daypart),
    };
    w->closed.ns = (int64_t)((uint64_t)w->opened.ns + (uint64_t)w->wait_ns);
    w->ended.ns = (int64_t)((uint64_t)w->closed.ns + (uint64_t)sqlite3_column_int64(s, 9));
}

static void take_vote(sqlite3_stmt *s, struct tr_journal_record *r)
{
    r->kind = TR_JOURNAL_VOTES;
    text(s, 2, r->station, sizeof(r->station));
    text(s, 3, r->place, sizeof(r->place));
    r->u.vote = (struct tr_vote_record){
        .seq = (uint64_t)sqlite3_column_int64(s, 0),
        .press_seq = (uint64_t)sqlite3_column_int64(s, 1),
        .button = index_of(r->place),
        .score = sqlite3_column_int(s, 4),
        .presses = sqlite3_column_int(s, 5),
        .at.ns = sqlite3_column_int64(s, 6),
        .at_wall.ms = sqlite3_column_int64(s, 7),
        .wait_seq = (uint64_t)sqlite3_column_int64(s, 8),
        .wait_station = TR_NONE,
        .synced = sqlite3_column_int(s, 9) != 0,
        .daypart = (int16_t)sqlite3_column_int(s, 10),
    };
}

static void take_alert(sqlite3_stmt *s, struct tr_journal_record *r)
{
    struct tr_alert_record *a = &r->u.alert;
    char name[ALERT_NAME_MAX];

    r->kind = TR_JOURNAL_ALERTS;
    text(s, 2, name, sizeof(name));
    *a = (struct tr_alert_record){
        .seq = (uint64_t)sqlite3_column_int64(s, 0),
        .open_seq = (uint64_t)sqlite3_column_int64(s, 1),
        .rule = (enum tr_alert_rule)word(s, 3, TR_RULE_COUNT),
        .station = TR_NONE,
        .sensor = TR_NONE,
        .state = (enum tr_alert_state)word(s, 4, TR_ALERT_STATE_COUNT),
        .level = (enum tr_level)word(s, 5, TR_LEVEL_COUNT),
        .since.ns = sqlite3_column_int64(s, 6),
        .at.ns = sqlite3_column_int64(s, 7),
        .since_wall.ms = sqlite3_column_int64(s, 8),
        .at_wall.ms = sqlite3_column_int64(s, 9),
        .synced = sqlite3_column_int(s, 10) != 0,
    };
    a->acked = a->state == TR_ALERT_ACKED;
    /* The name is <station>-<rule> or sensor-<id>. */
    if (a->rule == TR_RULE_SENSOR && strncmp(name, "sensor-", 7) == 0) {
        snprintf(r->place, sizeof(r->place), "%.*s", TR_ID_MAX - 1, name + 7);
        a->sensor = 0;
    } else if (a->rule != TR_RULE_SENSOR && a->rule != TR_RULE_OFFLINE) {
        char *dash = strrchr(name, '-');

        if (dash != NULL) {
            *dash = '\0';
        }
        snprintf(r->station, sizeof(r->station), "%.*s", TR_ID_MAX - 1, name);
        a->station = 0;
    }
}

/* --- bites of one kind -------------------------------------------------------- */

struct bite {
    int kind;
    enum tr_read_stmt stmt;
    void (*take)(sqlite3_stmt *, struct tr_journal_record *);
    uint64_t after;
    int64_t after_wall; /* TR_READ_WAITS_OF */
    size_t n, next;
    bool end;
    struct tr_journal_record row[BITE];
};

static int fill(struct tr_journal_reader *reader, const struct tr_journal_which *which,
                struct bite *bite)
{
    sqlite3_stmt *stmt;
    int r = tr_journal_read_stmt(reader, bite->stmt, &stmt);
    int rc = SQLITE_DONE;

    if (r < 0) {
        return r;
    }
    sqlite3_bind_int64(stmt, 1, (int64_t)bite->after);
    if (bite->kind != TR_JOURNAL_ALERTS) {
        /* Where the bite before ended: the index is entered there. */
        sqlite3_bind_int64(stmt, 2,
                           bite->after_wall > which->from.ms ? bite->after_wall : which->from.ms);
        sqlite3_bind_int64(stmt, 3, which->to.ms);
        sqlite3_bind_text(stmt, 4, which->station, -1, SQLITE_STATIC);
    }
    sqlite3_bind_int64(stmt, 5, BITE);
    if (bite->stmt == TR_READ_WAITS_OF) {
        sqlite3_bind_int64(stmt, 6, bite->after_wall);
    }
    bite->n = bite->next = 0;
    while (bite->n < BITE && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct tr_journal_record *row = &bite->row[bite->n++];

        memset(row, 0, sizeof(*row));
        bite->take(stmt, row);
        row->seq = (uint64_t)sqlite3_column_int64(stmt, 0);
        bite->after = row->seq;
        if (bite->stmt == TR_READ_WAITS_OF) {
            bite->after_wall = row->u.wait.closed_wall.ms;
        }
    }
    sqlite3_reset(stmt);
    bite->end = bite->n < BITE;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : tr_journal_errno(reader->journal.db, rc);
}

/* The next row of a kind. @return 1 with @p ret; 0: no more; -errno. */
static int peek(struct tr_journal_reader *reader, const struct tr_journal_which *which,
                struct bite *bite, struct tr_journal_record **ret)
{
    if (bite->next == bite->n && !bite->end) {
        const int r = fill(reader, which, bite);

        if (r < 0) {
            return r;
        }
    }
    *ret = &bite->row[bite->next];
    return bite->next < bite->n;
}

/* --- what a row alone does not tell ------------------------------------------- */

static int tie(struct tr_journal_reader *reader, struct tr_journal_record *vote)
{
    sqlite3_stmt *stmt;
    int r;

    if (vote->u.vote.wait_seq == 0) {
        return 0;
    }
    r = tr_journal_read_stmt(reader, TR_READ_TIED, &stmt);
    if (r < 0) {
        return r;
    }
    sqlite3_bind_int64(stmt, 1, (int64_t)vote->seq);
    sqlite3_bind_int64(stmt, 2, (int64_t)vote->u.vote.wait_seq);
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        text(stmt, 0, vote->wait_station, sizeof(vote->wait_station));
        vote->u.vote.wait_station = 0;
        vote->wait_ns = sqlite3_column_int64(stmt, 1);
    }
    sqlite3_reset(stmt);
    return 0;
}

/* How each alert stood last. */
struct standing {
    uint64_t open_seq;
    enum tr_alert_rule rule;
    char what[TR_ID_MAX];
    bool acked, cleared;
};

struct walk {
    struct tr_journal_reader *reader;
    const struct tr_journal_which *which;
    struct bite *bites;
    int bites_n;
    struct standing *alerts;
    size_t alerts_n;
};

/* An acknowledged alert is so when it is cleared, too; and one that is told as
 * cleared twice was acknowledged after it had ended. */
static void recall(struct walk *w, struct tr_journal_record *row)
{
    struct tr_alert_record *a = &row->u.alert;
    const char *what = row->station[0] != '\0' ? row->station : row->place;
    struct standing *s = w->alerts;

    while (s < w->alerts + w->alerts_n && (s->rule != a->rule || strcmp(s->what, what) != 0)) {
        s++;
    }
    if (s == w->alerts + w->alerts_n) {
        if (w->alerts_n == ALERTS_MAX) {
            return;
        }
        w->alerts_n++;
        s->rule = a->rule;
        memcpy(s->what, what, sizeof(s->what));
    }
    if (s->open_seq != a->open_seq || a->state == TR_ALERT_RAISED) {
        s->open_seq = a->open_seq;
        s->acked = s->cleared = false;
    }
    s->acked |= a->state == TR_ALERT_ACKED || (s->cleared && a->state == TR_ALERT_CLEARED);
    s->cleared |= a->state == TR_ALERT_CLEARED;
    a->acked = s->acked;
}

static bool wanted(const struct tr_journal_which *which, const struct tr_journal_record *alert)
{
    const int64_t at = alert->u.alert.at_wall.ms;

    return at >= which->from.ms && at < which->to.ms &&
           (which->station == NULL || strcmp(which->station, alert->station) == 0);
}

/* The row of the lowest sequence. @return as peek(). */
static int lowest(struct walk *w, struct bite **ret, struct tr_journal_record **ret_row)
{
    int got = 0;

    for (int i = 0; i < w->bites_n; i++) {
        struct tr_journal_record *row;
        const int r = peek(w->reader, w->which, &w->bites[i], &row);

        if (r < 0) {
            return r;
        }
        if (r > 0 && (got == 0 || row->seq < (*ret_row)->seq)) {
            *ret = &w->bites[i];
            *ret_row = row;
            got = 1;
        }
    }
    return got;
}

static int walk_all(struct walk *w,
                    int (*visit)(void *user, const struct tr_journal_record *record), void *user)
{
    for (;;) {
        struct tr_journal_record *row = NULL;
        struct bite *bite = NULL;
        int r = lowest(w, &bite, &row);

        if (r <= 0) {
            return r;
        }
        bite->next++;
        if (row->kind == TR_JOURNAL_ALERTS) {
            recall(w, row);
            if (!wanted(w->which, row)) {
                continue;
            }
        } else if (row->kind == TR_JOURNAL_VOTES) {
            r = tie(w->reader, row);
        }
        if (r >= 0) {
            r = visit(user, row);
        }
        if (r != 0) {
            return r;
        }
    }
}

int tr_journal_records(struct tr_journal_reader *reader, const struct tr_journal_which *which,
                       int (*visit)(void *user, const struct tr_journal_record *record), void *user)
{
    static const struct {
        int kind;
        enum tr_read_stmt stmt;
        void (*take)(sqlite3_stmt *, struct tr_journal_record *);
    } kinds[KINDS] = {{TR_JOURNAL_WAITS, TR_READ_WAITS, take_wait},
                      {TR_JOURNAL_VOTES, TR_READ_VOTES, take_vote},
                      {TR_JOURNAL_ALERTS, TR_READ_ALERTS, take_alert}};
    struct walk w = {.reader = reader, .which = which};
    int r = -ENOMEM;

    w.bites = calloc(KINDS, sizeof(*w.bites));
    w.alerts = calloc(ALERTS_MAX, sizeof(*w.alerts));
    for (int i = 0; i < KINDS && w.bites != NULL; i++) {
        if ((which->kinds & kinds[i].kind) != 0) {
            struct bite *bite = &w.bites[w.bites_n++];

            bite->kind = kinds[i].kind;
            bite->stmt = kinds[i].stmt;
            bite->take = kinds[i].take;
            bite->after_wall = INT64_MIN;
        }
    }
    if (w.bites != NULL && w.alerts != NULL) {
        r = walk_all(&w, visit, user);
    }
    free(w.bites);
    free(w.alerts);
    return r;
}

int tr_journal_waits_of(struct tr_journal_reader *reader, const struct tr_journal_which *which,
                        int (*visit)(void *user, const struct tr_journal_record *record),
                        void *user)
{
    struct bite *bite = calloc(1, sizeof(*bite));
    struct tr_journal_record *row;
    int r;

    if (bite == NULL) {
        return -ENOMEM;
    }
    bite->kind = TR_JOURNAL_WAITS;
    bite->stmt = TR_READ_WAITS_OF;
    bite->take = take_wait;
    bite->after_wall = INT64_MIN;
    while ((r = peek(reader, which, bite, &row)) > 0) {
        bite->next++;
        r = visit(user, row);
        if (r != 0) {
            break;
        }
    }
    free(bite);
    return r;
}

int tr_journal_plan_at(struct tr_journal_reader *reader, uint64_t seq, char ret_hash[17],
                       uint64_t *ret_until)
{
    sqlite3_stmt *stmt;
    int r = tr_journal_read_stmt(reader, TR_READ_PLAN_AT, &stmt);
    int rc;

    if (r < 0) {
        return r;
    }
    sqlite3_bind_int64(stmt, 1, seq > INT64_MAX ? INT64_MAX : (int64_t)seq);
    rc = sqlite3_step(stmt);
    r = rc == SQLITE_ROW ? 0 : tr_journal_errno(reader->journal.db, rc);
    if (r == 0) {
        text(stmt, 0, ret_hash, 17);
        *ret_until = sqlite3_column_type(stmt, 1) == SQLITE_NULL
                         ? UINT64_MAX
                         : (uint64_t)sqlite3_column_int64(stmt, 1);
        r = ret_hash[0] != '\0' ? 0 : -ENOENT;
    }
    sqlite3_reset(stmt);
    return r;
}
