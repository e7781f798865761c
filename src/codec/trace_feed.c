/* Items of a trace to the events a daemon would have seen: !down and !restart. */
#include <string.h>

#include "codec/trace.h"

void tr_trace_feed_init(struct tr_trace_feed *feed, struct tr_trace *trace, int64_t start_ms,
                        bool synced)
{
    memset(feed, 0, sizeof(*feed));
    feed->trace = trace;
    feed->start_ms = feed->wall_ms = start_ms;
    feed->synced = synced;
    feed->level_next = TR_NONE;
}

static void clock_event(const struct tr_trace_feed *feed, int64_t at, struct tr_event *ret)
{
    *ret = (struct tr_event){.kind = TR_EVENT_CLOCK,
                             .at = {at},
                             .sensor = TR_NONE,
                             .value = feed->synced ? 1 : 0,
                             .u.wall_offset_ms = feed->wall_ms};
}

static void set_clock(struct tr_trace_feed *feed, const struct tr_event *ev)
{
    if (ev->value != -1) {
        feed->synced = ev->value == 1;
    }
    if (ev->u.wall_offset_ms != INT64_MIN) {
        feed->wall_ms = feed->start_ms + ev->u.wall_offset_ms;
    }
}

/* Someone watches again: RESTART now, then a clock that was set, then levels. */
static void come_up(struct tr_trace_feed *feed, struct tr_event *ret)
{
    *ret = (struct tr_event){.kind = TR_EVENT_RESTART,
                             .at = {feed->down_until},
                             .sensor = TR_NONE,
                             .edge_at = {feed->down_from},
                             .value = feed->down_until - feed->down_from,
                             .u.open_ns = -1};
    feed->down = false;
    feed->level_next = 0;
}

static bool after_restart(struct tr_trace_feed *feed, struct tr_event *ret)
{
    if (feed->clock_changed) {
        feed->clock_changed = false;
        clock_event(feed, feed->down_until, ret);
        return true;
    }
    while (feed->level_next >= 0 && feed->level_next < TR_SENSORS_MAX) {
        int16_t i = feed->level_next++;
        if (feed->seen[i]) {
            *ret = (struct tr_event){.kind = TR_EVENT_LEVEL,
                                     .at = {feed->down_until},
                                     .sensor = i,
                                     .level = feed->now[i]};
            return true;
        }
    }
    feed->level_next = TR_NONE;
    return false;
}

static void go_down(struct tr_trace_feed *feed, const struct tr_trace_item *item)
{
    int64_t until = item->ev.at.ns + item->down_ns;
    if (!feed->down) {
        feed->down = true;
        feed->down_from = item->ev.at.ns;
        feed->down_until = until;
    } else if (until > feed->down_until) {
        feed->down_until = until;
    }
}

/* Take an item in. @return whether it is an event to hand out. */
static bool digest(struct tr_trace_feed *feed, const struct tr_trace_item *item,
                   struct tr_event *ret)
{
    const struct tr_event *ev = &item->ev;
    if (item->kind == TR_TRACE_DOWN) {
        go_down(feed, item);
        return false;
    }
    switch (ev->kind) {
    case TR_EVENT_EDGE:
        feed->now[ev->sensor] = ev->level;
        feed->seen[ev->sensor] = true;
        break;
    case TR_EVENT_CLOCK:
        set_clock(feed, ev);
        feed->clock_changed = feed->down;
        clock_event(feed, ev->at.ns, ret);
        return !feed->down;
    default:
        break;
    }
    *ret = *ev;
    return !feed->down;
}

int tr_trace_feed_next(struct tr_trace_feed *feed, struct tr_event *ret, char *reterr)
{
    for (;;) {
        if (!feed->down && after_restart(feed, ret)) {
            return 1;
        }
        int r = 1;
        if (!feed->have_held && !feed->ended) {
            r = tr_trace_next(feed->trace, &feed->held, reterr);
            if (r < 0) {
                return r;
            }
            feed->have_held = r > 0;
            feed->ended = r == 0;
        }
        bool over = !feed->have_held || feed->held.ev.at.ns >= feed->down_until;
        if (feed->down && over) {
            come_up(feed, ret);
            return 1;
        }
        if (!feed->have_held) {
            return 0;
        }
        feed->have_held = false;
        if (digest(feed, &feed->held, ret)) {
            return 1;
        }
    }
}
