/**
 * @file publish.h
 * A replay's effects to a broker, as if they were live (replay --publish).
 * Nothing is kept: what the broker does not take in time is an error.
 */
#ifndef TR_CLI_PUBLISH_H
#define TR_CLI_PUBLISH_H

#include "config/config.h"
#include "thirdring/core.h"

struct tr_publisher;

enum { TR_PUBLISH_ERROR_MAX = 512 };

/**
 * Connect, and say what unit this is.
 * @param cfg    Borrowed until closed.
 * @param reterr One sentence on failure.
 * @return 0; -ENOTCONN; -EINVAL; -ENOMEM; and what tr_mqtt_open() says.
 */
int tr_publisher_open(const struct tr_config *cfg, struct tr_publisher **ret, char *reterr);

/** Send what an effect means on the wire. @return 0; -ETIMEDOUT: the broker is gone. */
int tr_publisher_effect(struct tr_publisher *p, struct tr_core *core, const struct tr_effect *e);

/** The figures as they end, "offline", and good-bye. NULL is a no-op. */
void tr_publisher_close(struct tr_publisher *p, struct tr_core *core);

#endif
