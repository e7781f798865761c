/*
 * A logical event as five integers, because SQLite stores 0 and 1 in no byte
 * and small integers in few: an input is some 30 bytes on disk, all told.
 *
 *   what   kind | level << 4 | (sensor + 1) << 5
 *   lag    INPUT, RESTART, a DAY that began unseen: at - edge_at; COMMAND: the command's value
 *   value  as it is
 *   arg    COMMAND: kind | (station + 1) << 8 | (output + 1) << 24 | (sensor + 1) << 40,
 *          so that one of a journal that knew no sensor there reads as none;
 *          CALENDAR: moment; CLOCK: wall_offset_ms; RESTART: open_ns + 1, so
 *          that one of a journal that knew no opening time reads as unknown
 */
#include "journal/private.h"

#include <errno.h>

_Static_assert(TR_EVENT_KIND_COUNT <= 16, "kind has four bits");
_Static_assert(TR_COMMAND_COUNT <= 256, "the command's kind has eight bits");

void tr_journal_pack_event(const struct tr_event *ev, struct tr_event_row *ret)
{
    const struct tr_command *c = &ev->u.command;

    *ret = (struct tr_event_row){
        .what = (int64_t)ev->kind | (int64_t)ev->level << 4 | ((int64_t)ev->sensor + 1) * 32,
        .at = ev->at.ns,
        .value = ev->value,
    };
    switch (ev->kind) {
    case TR_EVENT_INPUT:
        ret->lag = (int64_t)((uint64_t)ev->at.ns - (uint64_t)ev->edge_at.ns);
        break;
    case TR_EVENT_COMMAND:
        ret->lag = c->value;
        ret->arg = (int64_t)c->kind | (int64_t)(uint16_t)(c->station + 1) << 8 |
                   (int64_t)(uint16_t)(c->output + 1) << 24 |
                   (int64_t)(uint16_t)(c->sensor + 1) << 40;
        break;
    case TR_EVENT_CALENDAR:
        ret->arg = (int64_t)ev->u.moment;
        if (ev->u.moment == TR_MOMENT_DAY && ev->edge_at.ns != 0) {
            ret->lag = (int64_t)((uint64_t)ev->at.ns - (uint64_t)ev->edge_at.ns);
        }
        break;
    case TR_EVENT_CLOCK:
        ret->arg = ev->u.wall_offset_ms;
        break;
    case TR_EVENT_RESTART:
        ret->lag = (int64_t)((uint64_t)ev->at.ns - (uint64_t)ev->edge_at.ns);
        ret->arg = ev->u.open_ns < 0 ? 0 : (int64_t)((uint64_t)ev->u.open_ns + 1);
        break;
    default:
        break;
    }
}

static int unpack_command(const struct tr_event_row *row, struct tr_command *ret)
{
    int64_t kind = row->arg & 0xff;

    if (row->arg < 0 || row->arg >> 56 != 0 || kind >= TR_COMMAND_COUNT || row->lag < INT32_MIN ||
        row->lag > INT32_MAX) {
        return -EBADMSG;
    }
    ret->kind = (enum tr_command_kind)kind;
    ret->station = (int16_t)((row->arg >> 8 & 0xffff) - 1);
    ret->output = (int16_t)((row->arg >> 24 & 0xffff) - 1);
    ret->sensor = (int16_t)((row->arg >> 40 & 0xffff) - 1);
    ret->value = (int32_t)row->lag;
    return 0;
}

int tr_journal_unpack_event(const struct tr_event_row *row, struct tr_event *ret)
{
    int64_t kind = row->what & 15;
    int64_t sensor = (row->what >> 5) - 1;

    if (row->what < 0 || kind >= TR_EVENT_KIND_COUNT || sensor < TR_NONE || sensor > INT16_MAX) {
        return -EBADMSG;
    }
    *ret = (struct tr_event){
        .kind = (enum tr_event_kind)kind,
        .level = (row->what & 16) != 0,
        .sensor = (int16_t)sensor,
        .at.ns = row->at,
        .value = row->value,
    };
    switch (ret->kind) {
    case TR_EVENT_INPUT:
        ret->edge_at.ns = (int64_t)((uint64_t)row->at - (uint64_t)row->lag);
        return 0;
    case TR_EVENT_COMMAND:
        return unpack_command(row, &ret->u.command);
    case TR_EVENT_CALENDAR:
        if (row->arg < 0 || row->arg >= TR_MOMENT_COUNT) {
            return -EBADMSG;
        }
        ret->u.moment = (enum tr_moment)row->arg;
        if (row->lag != 0) {
            ret->edge_at.ns = (int64_t)((uint64_t)row->at - (uint64_t)row->lag);
        }
        return 0;
    case TR_EVENT_CLOCK:
        ret->u.wall_offset_ms = row->arg;
        return 0;
    case TR_EVENT_RESTART:
        if (row->arg < 0) {
            return -EBADMSG;
        }
        ret->edge_at.ns = (int64_t)((uint64_t)row->at - (uint64_t)row->lag);
        ret->u.open_ns = row->arg - 1;
        return 0;
    default:
        return 0;
    }
}
