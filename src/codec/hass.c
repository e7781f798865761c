/* The message of Home Assistant's device discovery. */
#include <stdio.h>

#include "codec/hass.h"
#include "codec/jsonw.h"

void tr_hass_topic(const struct tr_wire *wire, const char *prefix, char ret[TR_WIRE_TOPIC_MAX])
{
    snprintf(ret, TR_WIRE_TOPIC_MAX, "%s/device/thirdring_%s_%s/config", prefix, wire->plan->site,
             wire->plan->unit);
}

int tr_hass_device(const struct tr_wire *wire, const struct tr_hass *hass,
                   const struct tr_wire *gone_wire, const struct tr_hass *gone, char *buf,
                   size_t cap)
{
    (void)wire;
    (void)hass;
    (void)gone_wire;
    (void)gone;
    struct tr_jsonw w;
    tr_jsonw_init(&w, buf, cap);
    tr_jsonw_open(&w, '{');
    tr_jsonw_close(&w, '}');
    return tr_jsonw_finish(&w);
}

bool tr_hass_removes(const struct tr_wire *wire, const struct tr_hass *hass,
                     const struct tr_wire *gone_wire, const struct tr_hass *gone)
{
    (void)wire;
    (void)hass;
    (void)gone_wire;
    (void)gone;
    return false;
}
