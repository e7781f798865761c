#include <stdlib.h>
#include <string.h>

#include "cli/journal.h"

enum {
    NAMES_MAX = 512, /**< of one sort in a journal's life */
    RECENT = 4096,   /**< waits that a vote may still be tied to */
    RAISED_MAX = 1024,
    HOUR_MS = 3600000
};

struct names {
    int n;
    char name[NAMES_MAX][TR_ID_MAX];
};

/* An alert's records share the number of the first. */
struct raised {
    char what[TR_ID_MAX];
    enum tr_alert_rule rule;
    uint64_t open_seq, number;
};

struct tr_journal_mask {
    struct names stations, dayparts, buttons, inputs;
    uint64_t number;
    struct {
        uint64_t open_seq, number;
    } waits[RECENT];
    struct raised raised[RAISED_MAX];
    int raised_n;
};

struct tr_journal_mask *tr_journal_mask_new(void)
{
    return calloc(1, sizeof(struct tr_journal_mask));
}

void tr_journal_mask_free(struct tr_journal_mask *mask)
{
    free(mask);
}

/* "s3" for the third name that came; past the table's end they share one. */
static void rename_to(struct names *names, char letter, char id[TR_ID_MAX])
{
    int i = 0;

    if (id[0] == '\0') {
        return;
    }
    while (i < names->n && strcmp(names->name[i], id) != 0) {
        i++;
    }
    if (i == names->n && i < NAMES_MAX - 1) {
        memcpy(names->name[i], id, TR_ID_MAX);
        names->n++;
    }
    snprintf(id, TR_ID_MAX, "%c%d", letter, i + 1);
}

static struct tr_wall hour(struct tr_wall at)
{
    const int64_t past = at.ms % HOUR_MS;

    return (struct tr_wall){at.ms - past - (past < 0 ? HOUR_MS : 0)};
}

static int64_t whole_seconds(int64_t ns)
{
    return ns < 0 ? ns : (ns + TR_NS_PER_S / 2) / TR_NS_PER_S * TR_NS_PER_S;
}

static void mask_wait(struct tr_journal_mask *m, struct tr_journal_record *r)
{
    struct tr_wait_record *w = &r->u.wait;

    m->waits[m->number % RECENT].open_seq = w->open_seq;
    m->waits[m->number % RECENT].number = m->number;
    r->place[0] = '\0'; /* one till is one person */
    w->position = TR_NONE;
    w->seq = w->open_seq = m->number;
    w->opened.ns = w->closed.ns = w->ended.ns = 0;
    w->opened_wall = hour(w->opened_wall);
    w->closed_wall = hour(w->closed_wall);
    w->wait_ns = whole_seconds(w->wait_ns);
    w->service_ns = whole_seconds(w->service_ns);
}

static void mask_vote(struct tr_journal_mask *m, struct tr_journal_record *r)
{
    struct tr_vote_record *v = &r->u.vote;
    uint64_t tied = 0;

    for (int i = 0; i < RECENT && v->wait_seq != 0 && tied == 0; i++) {
        tied = m->waits[i].open_seq == v->wait_seq ? m->waits[i].number : 0;
    }
    rename_to(&m->buttons, 'b', r->place);
    v->wait_seq = tied;
    v->seq = v->press_seq = m->number;
    v->at.ns = 0;
    v->at_wall = hour(v->at_wall);
}

static void mask_alert(struct tr_journal_mask *m, struct tr_journal_record *r)
{
    struct tr_alert_record *a = &r->u.alert;
    struct raised *raised = m->raised;

    rename_to(&m->inputs, 'i', r->place);
    const char *what = r->station[0] != '\0' ? r->station : r->place;
    while (raised < m->raised + m->raised_n &&
           (raised->rule != a->rule || strcmp(raised->what, what) != 0)) {
        raised++;
    }
    if (raised == m->raised + m->raised_n && m->raised_n < RAISED_MAX - 1) {
        memcpy(raised->what, what, TR_ID_MAX);
        raised->rule = a->rule;
        raised->number = 0;
        m->raised_n++;
    }
    if (raised->open_seq != a->open_seq || raised->number == 0) {
        raised->open_seq = a->open_seq;
        raised->number = m->number;
    }
    a->open_seq = raised->number;
    a->seq = m->number;
    a->since.ns = a->at.ns = 0;
    a->since_wall = hour(a->since_wall);
    a->at_wall = hour(a->at_wall);
}

void tr_journal_mask(struct tr_journal_mask *m, struct tr_journal_record *r)
{
    m->number++;
    rename_to(&m->stations, 's', r->station);
    rename_to(&m->stations, 's', r->wait_station);
    rename_to(&m->dayparts, 'd', r->daypart);
    if (r->kind == TR_JOURNAL_WAITS) {
        mask_wait(m, r);
    } else if (r->kind == TR_JOURNAL_VOTES) {
        mask_vote(m, r);
    } else {
        mask_alert(m, r);
    }
    r->seq = m->number;
}
