/* What the broker keeps of a configuration that is no longer in force: stations
 * that were renamed, sensors that were taken off. Nobody would ever say anew
 * what they retain, so it would stand there as if it were true. */
#include <errno.h>
#include <string.h>

#include "codec/hass.h"
#include "daemon/daemon.h"

enum { NEAR = 16 };

void tr_sweep_end(struct tr_daemon *d)
{
    tr_config_free(d->sweep.known);
    d->sweep = (struct tr_sweep){0};
}

/* Before anything of this configuration is said: it may be replaced, or this
 * process killed, before what another one said is taken back. */
static void remember(struct tr_daemon *d)
{
    if (tr_journal_said_put(d->journal, d->cfg->hash) > 0) {
        (void)tr_daemon_write(d);
    }
}

/* The oldest other configuration that this build can read. */
static void choose(struct tr_daemon *d)
{
    struct tr_sweep *s = &d->sweep;
    bool forgot = false;
    tr_sweep_end(d);
    for (int i = 0; s->known == NULL && tr_journal_said(d->journal, i, s->hash) > 0;) {
        if (strcmp(s->hash, d->cfg->hash) == 0) {
            i++;
        } else if ((s->known = tr_daemon_config_of(d, s->hash)) == NULL) {
            (void)tr_journal_said_drop(d->journal, s->hash);
            forgot = true;
        }
    }
    if (forgot && d->commit_at == INT64_MAX) {
        d->commit_at = d->now_ns + d->cfg->options.journal.commit_ns;
    }
    if (s->known != NULL) {
        d->discovery.removed = false;
        d->discovery.due = true; /* what left is named in it */
    }
}

void tr_sweep_begin(struct tr_daemon *d)
{
    if (d->journal == NULL) {
        tr_sweep_end(d);
        return;
    }
    remember(d);
    choose(d);
}

static void finish(struct tr_daemon *d)
{
    (void)tr_journal_said_drop(d->journal, d->sweep.hash);
    if (d->commit_at == INT64_MAX) {
        d->commit_at = d->now_ns + d->cfg->options.journal.commit_ns;
    }
    choose(d);
}

/* Is this topic filled by the configuration in force? */
static bool in_use(const struct tr_daemon *d, const char *topic)
{
    const struct tr_wire wire = tr_board_wire(d);
    char now[TR_WIRE_TOPIC_MAX];
    /* Most stand where they stood, or a little further: look there first. */
    const int near = d->sweep.next > NEAR ? d->sweep.next - NEAR : 0;
    for (int i = near; tr_wire_retained(&wire, i, now); i++) {
        if (strcmp(now, topic) == 0) {
            return true;
        }
    }
    for (int i = 0; i < near && tr_wire_retained(&wire, i, now); i++) {
        if (strcmp(now, topic) == 0) {
            return true;
        }
    }
    tr_hass_topic(&wire, d->cfg->options.mqtt.discovery_prefix, now);
    return d->cfg->options.mqtt.discovery && strcmp(now, topic) == 0;
}

/* The next topic the old configuration filled. @return false: that was all. */
static bool next_topic(const struct tr_daemon *d, int i, char ret[TR_WIRE_TOPIC_MAX])
{
    const struct tr_config *old = d->sweep.known;
    const struct tr_wire wire = {.plan = &old->plan, .base = old->options.mqtt.base};
    if (i > 0) {
        return tr_wire_retained(&wire, i - 1, ret);
    }
    /* First of all, so that Home Assistant forgets it before its topics fall silent. */
    tr_hass_topic(&wire, old->options.mqtt.discovery_prefix, ret);
    return true;
}

bool tr_sweep_pump(struct tr_daemon *d)
{
    struct tr_sweep *s = &d->sweep;
    struct tr_wire_message m = {.payload = d->payload, .qos = 1, .retain = true};
    while (s->known != NULL && !s->all) {
        if (!next_topic(d, s->next, m.topic)) {
            s->all = true;
        } else if (!in_use(d, m.topic)) {
            const int r = tr_board_send(d, &m, TR_SWEEP_TOKEN);
            if (r == -EAGAIN || r == -ENOTCONN) {
                return false;
            }
            s->asked += r == 0;
        }
        s->next++;
    }
    if (s->known != NULL && s->asked == 0 && !d->discovery.due) {
        finish(d); /* and the next, in the next turn */
    }
    return true;
}

void tr_sweep_settle(struct tr_daemon *d)
{
    if (d->sweep.known != NULL && d->sweep.asked > 0) {
        d->sweep.asked--;
    }
}
