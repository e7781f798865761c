/** @file broker.h A private mosquitto on a free loopback port, for contract tests. */
#ifndef TR_TESTS_BROKER_H
#define TR_TESTS_BROKER_H

#include <sys/types.h>

struct broker {
    pid_t pid; /**< 0: not running */
    int port;
    char dir[64]; /**< temporary folder; readable by mosquitto's own user */
};

/** Make the folder and choose a port; nothing runs yet. Fails the test on errors. */
void broker_init(struct broker *broker);

/** Write file @p name into the folder. */
void broker_file(const struct broker *broker, const char *name, const char *text);

/** Run it with these further lines of configuration and wait until it
 *  listens. "%s" in @p lines is the folder. */
void broker_start(struct broker *broker, const char *lines);

/** SIGSTOP, and wait until it stands still. SIGCONT lets it go on. */
void broker_freeze(const struct broker *broker);

/** Send a signal and wait for its end. */
void broker_stop(struct broker *broker, int sig);

/** Stop it with SIGKILL where it runs, and remove the folder. */
void broker_fini(struct broker *broker);

/** @return a loopback port nobody listens on. */
int broker_free_port(void);

/** @return true where something listens on this loopback port. */
int broker_listens(int port);

#endif
