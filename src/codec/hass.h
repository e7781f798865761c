/**
 * @file hass.h
 * Home Assistant's device discovery: one retained message that describes the
 * unit and everything on it. Pure: no I/O, no memory allocation.
 */
#ifndef TR_CODEC_HASS_H
#define TR_CODEC_HASS_H

#include "codec/wire.h"

enum {
    TR_HASS_MAX = 2 * 1024 * 1024 /**< enough for the device of the largest plan */
};

/** What the discovery message says beside the plan. */
struct tr_hass {
    const char *prefix;  /**< discovery prefix: "homeassistant" */
    const char *version; /**< of Third Ring */
    int32_t expire_s; /**< a figure not said anew for so long is unknown: three metrics intervals */
    const bool *command; /**< TR_COMMAND_COUNT: which are obeyed; buttons only for those */
};

/** Write "<prefix>/device/thirdring_<site>_<unit>/config". */
void tr_hass_topic(const struct tr_wire *wire, const char *prefix, char ret[TR_WIRE_TOPIC_MAX]);

/**
 * The device with all its entities, as JSON.
 *
 * @param gone_wire  NULL, or with @p gone what the broker still knows of the same site and
 *                   unit: entities that only it has are named with nothing but their
 *                   platform, which removes them. The next message leaves them out.
 * @return the length without the NUL; -ENOBUFS.
 */
int tr_hass_device(const struct tr_wire *wire, const struct tr_hass *hass,
                   const struct tr_wire *gone_wire, const struct tr_hass *gone, char *buf,
                   size_t cap);

/** @return whether @p gone (the older) has entities that @p wire has not. */
bool tr_hass_removes(const struct tr_wire *wire, const struct tr_hass *hass,
                     const struct tr_wire *gone_wire, const struct tr_hass *gone);

#endif
