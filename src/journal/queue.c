#include "journal/private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- items ---------------------------------------------------------------- */

/* Copy up to three ids and one text of n bytes behind a new item. */
static struct tr_item *item_new(enum tr_item_kind kind, uint64_t seq, const char *const id[3],
                                const void *text, size_t n)
{
    size_t len[3] = {0};
    size_t bytes = sizeof(struct tr_item) + n + 1;
    struct tr_item *item;
    char *p;

    for (int i = 0; i < 3; i++) {
        len[i] = id != NULL && id[i] != NULL ? strlen(id[i]) + 1 : 0;
        bytes += len[i];
    }
    item = calloc(1, bytes);
    if (item == NULL) {
        return NULL;
    }
    item->bytes = bytes;
    item->kind = kind;
    item->seq = seq;
    p = item->data;
    for (int i = 0; i < 3; i++) {
        if (len[i] != 0) {
            memcpy(p, id[i], len[i]);
            item->id[i] = p;
            p += len[i];
        }
    }
    if (n != 0) {
        memcpy(p, text, n);
    }
    item->text = p;
    item->n = n;
    return item;
}

static void list_add(struct tr_item_list *list, struct tr_item *item)
{
    if (list->last != NULL) {
        list->last->next = item;
    } else {
        list->head = item;
    }
    list->last = item;
    list->n++;
}

static struct tr_item *list_take(struct tr_item_list *list)
{
    struct tr_item *item = list->head;

    if (item != NULL) {
        list->head = item->next;
        if (list->head == NULL) {
            list->last = NULL;
        }
        list->n--;
    }
    return item;
}

static void list_clear(struct tr_item_list *list)
{
    struct tr_item *item;

    while ((item = list_take(list)) != NULL) {
        free(item);
    }
}

/* Index of the first settled row not below seq. */
static size_t settled_find(const struct tr_journal *journal, uint64_t seq)
{
    size_t lo = 0;
    size_t hi = journal->settled_n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (journal->settled[mid] < seq) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static void unsettle(struct tr_journal *journal, uint64_t seq)
{
    size_t i = settled_find(journal, seq);

    if (i < journal->settled_n && journal->settled[i] == seq) {
        memmove(journal->settled + i, journal->settled + i + 1,
                (journal->settled_n - i - 1) * sizeof(*journal->settled));
        journal->settled_n--;
    }
}

/* --- the bound ------------------------------------------------------------ */

static bool over(const struct tr_journal *journal)
{
    return journal->inputs.n + journal->records.n > TR_JOURNAL_ROWS_MAX ||
           journal->bytes > TR_JOURNAL_BYTES_MAX;
}

/* The oldest inputs go first; a record goes only when no input is left. */
static void put(struct tr_journal *journal, struct tr_item *item)
{
    list_add(item->kind == TR_ITEM_EVENT ? &journal->inputs : &journal->records, item);
    journal->bytes += item->bytes;
    while (over(journal)) {
        bool input = journal->inputs.n != 0;
        struct tr_item *gone = list_take(input ? &journal->inputs : &journal->records);

        journal->bytes -= gone->bytes;
        if (gone->kind == TR_ITEM_REFUSED) {
            unsettle(journal, gone->seq); /* it is sent, and refused, again */
        } else {
            journal->lost++;
            journal->lost_inputs += input;
            journal->counters_put = true;
        }
        free(gone);
    }
}

void tr_journal_queue_clear(struct tr_journal *journal)
{
    list_clear(&journal->inputs);
    list_clear(&journal->records);
    list_clear(&journal->plans);
    free(journal->snapshot);
    journal->snapshot = NULL;
    journal->bytes = 0;
    journal->settled_n = 0;
    journal->tail_put = false;
    journal->counters_put = false;
}

bool tr_journal_dirty(const struct tr_journal *journal)
{
    return journal->inputs.n != 0 || journal->records.n != 0 || journal->plans.n != 0 ||
           journal->snapshot != NULL || journal->settled_n != 0 || journal->tail_put ||
           journal->counters_put;
}

/* --- puts ----------------------------------------------------------------- */

int tr_journal_put_tail(struct tr_journal *journal, const struct tr_journal_tail *tail)
{
    journal->tail = *tail;
    journal->tail.boot[sizeof(tail->boot) - 1] = '\0';
    journal->tail.plan_hash[sizeof(tail->plan_hash) - 1] = '\0';
    journal->tail_put = true;
    return 0;
}

int tr_journal_put_event(struct tr_journal *journal, uint64_t seq, const struct tr_event *ev)
{
    const char *id[3] = {ev->kind == TR_EVENT_PLAN ? journal->plan_hash : NULL};
    struct tr_item *item;

    if ((int)ev->kind < 0 || ev->kind >= TR_EVENT_KIND_COUNT || ev->sensor < TR_NONE ||
        seq > INT64_MAX) {
        return -EINVAL;
    }
    item = item_new(TR_ITEM_EVENT, seq, id, NULL, 0);
    if (item == NULL) {
        return -ENOMEM;
    }
    item->u.event = *ev;
    put(journal, item);
    return 0;
}

int tr_journal_put_plan(struct tr_journal *journal, const char *hash, const char *text)
{
    const char *id[3] = {hash};
    struct tr_item *item;

    if (strlen(hash) >= sizeof(journal->plan_hash)) {
        return -EINVAL;
    }
    for (item = journal->plans.head; item != NULL; item = item->next) {
        if (strcmp(item->id[0], hash) == 0) {
            break;
        }
    }
    if (item == NULL) {
        if (journal->plans.n >= TR_JOURNAL_PLANS_MAX) {
            return -ENOBUFS;
        }
        item = item_new(TR_ITEM_PLAN, 0, id, text, strlen(text));
        if (item == NULL) {
            return -ENOMEM;
        }
        list_add(&journal->plans, item);
    }
    memcpy(journal->plan_hash, hash, strlen(hash) + 1);
    return 0;
}

/* @return the hash as a number that is not 0; 0: it is none. */
static uint64_t hash_number(const struct tr_journal *journal, const char *hash)
{
    char *end;
    uint64_t number;

    if (strlen(hash) != sizeof(journal->plan_hash) - 1) {
        return 0;
    }
    number = strtoull(hash, &end, 16);
    return *end == '\0' ? number : 0;
}

/* The list closes up; its unused end is 0. */
static void said_remove(struct tr_journal *journal, int i)
{
    memmove(journal->said + i, journal->said + i + 1,
            (size_t)(TR_JOURNAL_SAID_MAX - i - 1) * sizeof(journal->said[0]));
    journal->said[TR_JOURNAL_SAID_MAX - 1] = 0;
    journal->counters_put = true;
}

int tr_journal_said_put(struct tr_journal *journal, const char *plan_hash)
{
    const uint64_t hash = hash_number(journal, plan_hash);
    int n = 0;

    if (hash == 0) {
        return -EINVAL;
    }
    for (; n < TR_JOURNAL_SAID_MAX && journal->said[n] != 0; n++) {
        if (journal->said[n] == hash) {
            return 0;
        }
    }
    if (n == TR_JOURNAL_SAID_MAX) {
        said_remove(journal, 0);
        n--;
    }
    journal->said[n] = hash;
    journal->counters_put = true;
    return 1;
}

int tr_journal_said_drop(struct tr_journal *journal, const char *plan_hash)
{
    const uint64_t hash = hash_number(journal, plan_hash);

    if (hash == 0) {
        return -EINVAL;
    }
    for (int i = 0; i < TR_JOURNAL_SAID_MAX; i++) {
        if (journal->said[i] == hash) {
            said_remove(journal, i);
            break;
        }
    }
    return 0;
}

int tr_journal_said(const struct tr_journal *journal, int i, char ret_hash[17])
{
    if (i < 0 || i >= TR_JOURNAL_SAID_MAX || journal->said[i] == 0) {
        return 0;
    }
    snprintf(ret_hash, sizeof(journal->plan_hash), "%016" PRIx64, journal->said[i]);
    return 1;
}

int tr_journal_put_snapshot(struct tr_journal *journal, uint64_t seq, struct tr_mono at,
                            const char *plan_hash, const void *blob, size_t n)
{
    const char *id[3] = {plan_hash};
    struct tr_item *item;

    if (n > TR_JOURNAL_SNAPSHOT_MAX || strlen(plan_hash) >= sizeof(journal->plan_hash) ||
        seq > INT64_MAX) {
        return -EINVAL;
    }
    item = item_new(TR_ITEM_SNAPSHOT, seq, id, blob, n);
    if (item == NULL) {
        return -ENOMEM;
    }
    item->u.at = at;
    free(journal->snapshot);
    journal->snapshot = item;
    return 0;
}

/* A record of any kind; the caller fills item->u. */
static struct tr_item *record_new(enum tr_item_kind kind, uint64_t seq, const char *first,
                                  const char *second, const char *third, const char *json)
{
    const char *id[3] = {first, second, third};

    return item_new(kind, seq, id, json, strlen(json));
}

int tr_journal_put_wait(struct tr_journal *journal, const char *station_id, const char *position_id,
                        const char *daypart_id, const struct tr_wait_record *wait, const char *json)
{
    struct tr_item *item =
        record_new(TR_ITEM_WAIT, wait->seq, station_id, position_id, daypart_id, json);

    if (item == NULL) {
        return -ENOMEM;
    }
    item->u.wait = *wait;
    put(journal, item);
    return 0;
}

int tr_journal_put_vote(struct tr_journal *journal, const char *station_id, const char *button_id,
                        const struct tr_vote_record *vote, const char *json)
{
    struct tr_item *item = record_new(TR_ITEM_VOTE, vote->seq, station_id, button_id, NULL, json);

    if (item == NULL) {
        return -ENOMEM;
    }
    item->u.vote = *vote;
    put(journal, item);
    return 0;
}

int tr_journal_put_alert(struct tr_journal *journal, const char *alert_id,
                         const struct tr_alert_record *alert, const char *json)
{
    struct tr_item *item = record_new(TR_ITEM_ALERT, alert->seq, alert_id, NULL, NULL, json);

    if (item == NULL) {
        return -ENOMEM;
    }
    item->u.alert = *alert;
    put(journal, item);
    return 0;
}

/* --- the outbox ----------------------------------------------------------- */

bool tr_journal_is_settled(const struct tr_journal *journal, uint64_t seq)
{
    size_t i = settled_find(journal, seq);

    return i < journal->settled_n && journal->settled[i] == seq;
}

int tr_journal_outbox_sent(struct tr_journal *journal, uint64_t seq)
{
    size_t i = settled_find(journal, seq);

    if (i < journal->settled_n && journal->settled[i] == seq) {
        return 0;
    }
    if (journal->settled_n == TR_JOURNAL_ROWS_MAX) {
        return -ENOBUFS; /* it is sent again after a restart: an identical copy */
    }
    if (journal->settled_n == journal->settled_cap) {
        size_t cap = journal->settled_cap != 0 ? 2 * journal->settled_cap : 64;
        uint64_t *more = realloc(journal->settled, cap * sizeof(*more));

        if (more == NULL) {
            return -ENOMEM;
        }
        journal->settled = more;
        journal->settled_cap = cap;
    }
    memmove(journal->settled + i + 1, journal->settled + i,
            (journal->settled_n - i) * sizeof(*journal->settled));
    journal->settled[i] = seq;
    journal->settled_n++;
    return 0;
}

int tr_journal_outbox_refused(struct tr_journal *journal, uint64_t seq, const char *why)
{
    struct tr_item *item;
    int r;

    if (tr_journal_is_settled(journal, seq)) {
        return 0;
    }
    item = record_new(TR_ITEM_REFUSED, seq, NULL, NULL, NULL, why);
    if (item == NULL) {
        return -ENOMEM;
    }
    r = tr_journal_outbox_sent(journal, seq);
    if (r < 0) {
        free(item);
        return r;
    }
    put(journal, item);
    return 0;
}
