/**
 * @file answer.h
 * What a flood of commands may cost: how often one is obeyed, how often a refusal
 * is answered, and the answers that wait for room in the connection.
 */
#ifndef TR_DAEMON_ANSWER_H
#define TR_DAEMON_ANSWER_H

#include "codec/json.h"

enum {
    TR_COMMANDS_AT_ONCE = 20,
    TR_COMMANDS_A_SECOND = 5,  /**< of all askers together: a broker names none */
    TR_FLOOD_OVER_S = 5,       /**< without one too many */
    TR_CORRELATION_MAX = 1024, /**< bytes */
    TR_ANSWERS_MAX = 16,
    TR_ANSWER_TTL_S = 30,
    TR_OBEYED_MAX = 32 /**< commands remembered, for one that is sent again */
};

/** TR_COMMANDS_AT_ONCE, then TR_COMMANDS_A_SECOND. */
struct tr_limit {
    int64_t due; /**< CLOCK_MONOTONIC ns: when all that was let through would be paid for */
};

/** An answer that waits. */
struct tr_answer {
    int64_t until; /**< CLOCK_MONOTONIC ns: dropped then */
    size_t n, correlation_n;
    char topic[TR_COMMAND_TOPIC_MAX];
    char json[TR_RESPONSE_MAX];
    char correlation[TR_CORRELATION_MAX];
};

struct tr_answers {
    struct tr_limit obeyed, refused, ignored;
    uint64_t too_many;                   /**< in the flood that is on; 0: none is */
    int64_t over_at;                     /**< CLOCK_MONOTONIC ns: then it is over */
    uint64_t obeyed_last[TR_OBEYED_MAX]; /**< fingerprints */
    int obeyed_next;
    int first, n;
    struct tr_answer waiting[TR_ANSWERS_MAX];
};

#endif
