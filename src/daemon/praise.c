/* Good news: said when it happens, or as soon as there is room or a broker. */
#include <string.h>

#include "daemon/daemon.h"

void tr_praise_add(struct tr_daemon *d, const struct tr_effect *e)
{
    struct tr_praise *p = &d->praise;
    const struct tr_wire wire = tr_board_wire(d);
    struct tr_wire_message m = {.payload = d->payload, .cap = sizeof(p->json[0])};
    if (d->mqtt == NULL || tr_wire_praise(&wire, d->core, e, &m) <= 0) {
        return;
    }
    if (p->n == TR_PRAISE_MAX) { /* the oldest gives way */
        p->n--;
        memmove(p->json[0], p->json[1], (size_t)p->n * sizeof(p->json[0]));
    }
    memcpy(p->json[p->n], m.payload, m.n);
    p->json[p->n++][m.n] = '\0';
    d->board.any = true;
}

bool tr_praise_pump(struct tr_daemon *d)
{
    struct tr_praise *p = &d->praise;
    const struct tr_wire wire = tr_board_wire(d);
    int said = 0;
    while (said < p->n) {
        struct tr_wire_message m = {
            .payload = p->json[said], .n = strlen(p->json[said]), .qos = 1, .json = true};
        tr_wire_topic(&wire, "praise", m.topic);
        if (tr_board_send(d, &m, 0) < 0) {
            break;
        }
        said++;
    }
    p->n -= said;
    memmove(p->json[0], p->json[said], (size_t)p->n * sizeof(p->json[0]));
    return p->n == 0;
}
