/* Drain every line, put all edges in order of time, notice what was lost. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "gpio/kernel_private.h"

/* Room that one line's turn may need: its events, a GAP for each, a LEVEL. */
enum { TURN_ROOM = 2 * (TR_KERNEL_PASS + TR_WIRE_EVENTS) + 2, TURNS = 3 };

static void append(struct tr_kernel *k, struct tr_event ev)
{
    k->pending[k->n] = (struct tr_pending){.ns = ev.at.ns, .order = k->order++, .ev = ev};
    k->n++;
}

static void append_gap(struct tr_kernel *k, int16_t sensor, int64_t ns, int64_t lost)
{
    append(k, (struct tr_event){.kind = TR_EVENT_GAP, .at = {ns}, .sensor = sensor, .value = lost});
    k->in[sensor].reread = true;
}

int tr_kernel_read_level(struct tr_kernel *k, int16_t sensor)
{
    struct tr_input *in = &k->in[sensor];
    int level = tr_chip_wire_get(in->wire);
    if (level < 0) {
        return level;
    }
    in->level = level > 0;
    in->reread = false;
    append(k, (struct tr_event){.kind = TR_EVENT_LEVEL,
                                .at = {tr_gpio_clock()},
                                .sensor = sensor,
                                .level = in->level});
    return 0;
}

/* Without sequence numbers, two edges of one direction say that the one
 * between was lost. Where so short a pulse would have been conditioned away
 * (a contact bouncing faster than the kernel looks), nothing was. */
static bool missing_between(const struct tr_kernel *k, int16_t sensor,
                            const struct tr_chip_wire_event *e)
{
    const struct tr_input *in = &k->in[sensor];
    if (tr_chip_wire_numbered || in->reread || e->active != in->level || in->newest == INT64_MIN) {
        return false;
    }
    const struct tr_sensor *s = &k->gpio.plan->sensors[sensor];
    return e->ns - in->newest >= (e->active ? s->release_ns : s->press_ns);
}

static void take(struct tr_kernel *k, int16_t sensor, const struct tr_chip_wire_event *e)
{
    struct tr_input *in = &k->in[sensor];
    if (e->lost > 0) {
        append_gap(k, sensor, e->ns, e->lost);
    } else if (missing_between(k, sensor, e)) {
        append_gap(k, sensor, e->ns, 0);
    }
    append(k, (struct tr_event){
                  .kind = TR_EVENT_EDGE, .at = {e->ns}, .sensor = sensor, .level = e->active});
    in->level = e->active;
    in->newest = e->ns;
}

/* One line's turn. @return 0 or -errno. */
static int drain(struct tr_kernel *k, int16_t sensor)
{
    struct tr_input *in = &k->in[sensor];
    int taken = 0;
    in->more = false;
    for (;;) {
        struct tr_chip_wire_event e[TR_WIRE_EVENTS];
        bool lost_after;
        int n = tr_chip_wire_read(in->wire, e, &lost_after);
        if (n < 0) {
            return n;
        }
        for (int i = 0; i < n; i++) {
            take(k, sensor, &e[i]);
        }
        if (lost_after) {
            append_gap(k, sensor, e[n - 1].ns, 0);
        }
        taken += n;
        if (n == 0) {
            break;
        }
        if (taken >= TR_KERNEL_PASS) {
            in->more = true;
            return 0;
        }
    }
    return in->reread ? tr_kernel_read_level(k, sensor) : 0;
}

/* A node of /dev went: is it a chip of ours? Kernels before 6.6 wake nobody. */
static void look_at_dev(struct tr_kernel *k)
{
    _Alignas(struct inotify_event) char buf[4096];
    ssize_t n;
    while ((n = read(k->dev, buf, sizeof(buf))) > 0) {
        for (char *p = buf; p < buf + n;) {
            const struct inotify_event *e = (const struct inotify_event *)(void *)p;
            for (int i = 0; i < k->board.n && e->len > 0; i++) {
                if (k->chip_used[i] && strcmp(k->board.chip[i].node, e->name) == 0) {
                    k->gone = true;
                }
            }
            p += sizeof(*e) + e->len;
        }
    }
}

/* Everything that is queued now, as far as there is room. */
static void drain_all(struct tr_kernel *k)
{
    struct epoll_event ready[TR_SENSORS_MAX + 2];
    int n = epoll_wait(k->gpio.fd, ready, TR_SENSORS_MAX + 2, 0);
    for (int i = 0; i < n; i++) {
        uint32_t what = ready[i].data.u32;
        if (what == TR_KERNEL_KICK) {
            uint64_t count;
            (void)!read(k->kick, &count, sizeof(count));
        } else if (what == TR_KERNEL_DEV) {
            look_at_dev(k);
        } else {
            k->in[what].ready = ready[i].events;
        }
    }
    for (int16_t i = 0; i < k->gpio.plan->sensors_n; i++) {
        struct tr_input *in = &k->in[i];
        if ((in->ready == 0 && !in->more) || k->n + TURN_ROOM > TR_KERNEL_PENDING) {
            continue;
        }
        if (drain(k, i) < 0 || (in->ready & (EPOLLHUP | EPOLLERR)) != 0) {
            k->gone = true;
        }
        in->ready = 0;
    }
}

static int by_time(const void *a, const void *b)
{
    const struct tr_pending *x = a;
    const struct tr_pending *y = b;
    if (x->ns != y->ns) {
        return x->ns < y->ns ? -1 : 1;
    }
    return x->order < y->order ? -1 : 1;
}

static bool any_more(const struct tr_kernel *k)
{
    for (int i = 0; i < k->gpio.plan->sensors_n; i++) {
        if (k->in[i].more) {
            return true;
        }
    }
    return false;
}

/* A line that has more queued may still tell of earlier edges than others did. */
static int64_t complete_until(const struct tr_kernel *k, int64_t now)
{
    for (int i = 0; i < k->gpio.plan->sensors_n; i++) {
        const struct tr_input *in = &k->in[i];
        if (in->more && in->newest < now) {
            now = in->newest;
        }
    }
    return now;
}

static size_t hand_out(struct tr_kernel *k, int64_t until, struct tr_event *ev, size_t cap)
{
    size_t n = 0;
    while (n < cap && n < k->n && k->pending[n].ns <= until) {
        ev[n] = k->pending[n].ev;
        n++;
    }
    memmove(k->pending, k->pending + n, (k->n - n) * sizeof(*k->pending));
    k->n -= n;
    return n;
}

int tr_kernel_read(struct tr_gpio *gpio, struct tr_event *ev, size_t cap)
{
    struct tr_kernel *k = (struct tr_kernel *)gpio;
    size_t n = 0;
    for (int turn = 0; turn == 0 || (n == 0 && k->n > 0); turn++) {
        /* What happens while we read stays for the next turn: another line's
         * earlier edge may be queued behind our back. Not for ever, should a
         * driver's clock run ahead of ours. */
        int64_t now = tr_gpio_clock();
        if (!k->gone) {
            drain_all(k);
        }
        qsort(k->pending, k->n, sizeof(*k->pending), by_time);
        n = hand_out(k, k->gone || turn == TURNS ? INT64_MAX : complete_until(k, now), ev, cap);
    }
    if (k->n > 0 || any_more(k)) {
        uint64_t one = 1;
        (void)!write(k->kick, &one, sizeof(one));
    }
    return n == 0 && k->gone ? -ENODEV : (int)n;
}
