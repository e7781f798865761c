#include "broker.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* Below the ports that the kernel gives away and above those of tests/tools/live.py, each
 * process from a place of its own: until somebody listens there nobody else takes it. */
int broker_free_port(void)
{
    enum { FIRST = 20000, PLACES = 600, EACH = 20 };
    static int next;
    for (int i = 0; i < PLACES * EACH; i++) {
        int port = FIRST + (getpid() % PLACES * EACH + next++) % (PLACES * EACH);
        struct sockaddr_in at = loopback(port);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bool is_free = bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
        close(fd);
        if (is_free) {
            return port;
        }
    }
    fail_msg("no port is free");
    return -1;
}

int broker_listens(int port)
{
    struct sockaddr_in at = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int yes = connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
    close(fd);
    return yes;
}

void broker_init(struct broker *broker)
{
    *broker = (struct broker){.port = broker_free_port()};
    strcpy(broker->dir, "/tmp/tr-broker-XXXXXX");
    assert_non_null(mkdtemp(broker->dir));
    /* mosquitto started as root reads its files as its own user */
    assert_int_equal(chmod(broker->dir, 0755), 0);
}

void broker_file(const struct broker *broker, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", broker->dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    chmod(path, 0644);
}

static void run(const struct broker *broker)
{
    char conf[128], log[128];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    snprintf(conf, sizeof(conf), "%s/mosquitto.conf", broker->dir);
    snprintf(log, sizeof(log), "%s/log", broker->dir);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(fd, 1);
    dup2(fd, 2);
    execlp("mosquitto", "mosquitto", "-c", conf, (char *)NULL);
    execl("/usr/sbin/mosquitto", "mosquitto", "-c", conf, (char *)NULL);
    _exit(127);
}

void broker_start(struct broker *broker, const char *lines)
{
    char head[256], conf[2048], more[1536] = "";
    const char *at = lines;
    for (size_t n = 0; *at != '\0' && n + sizeof(broker->dir) < sizeof(more); n = strlen(more)) {
        if (at[0] == '%' && at[1] == 's') {
            strcat(more, broker->dir);
            at += 2;
        } else {
            strncat(more, at++, 1);
        }
    }
    snprintf(head, sizeof(head), "listener %d 127.0.0.1\nlog_dest stderr\n", broker->port);
    snprintf(conf, sizeof(conf), "%s%s\n", head, more);
    broker_file(broker, "mosquitto.conf", conf);
    broker->pid = fork();
    assert_true(broker->pid >= 0);
    if (broker->pid == 0) {
        run(broker);
    }
    for (int i = 0; i < 6000 && !broker_listens(broker->port); i++) {
        assert_int_equal(waitpid(broker->pid, NULL, WNOHANG), 0);
        usleep(10000);
    }
    assert_true(broker_listens(broker->port));
}

void broker_freeze(const struct broker *broker)
{
    int status = 0;
    kill(broker->pid, SIGSTOP);
    assert_int_equal(waitpid(broker->pid, &status, WUNTRACED), broker->pid);
    assert_true(WIFSTOPPED(status));
}

void broker_stop(struct broker *broker, int sig)
{
    if (broker->pid > 0) {
        kill(broker->pid, sig);
        waitpid(broker->pid, NULL, 0);
        broker->pid = 0;
    }
}

void broker_fini(struct broker *broker)
{
    broker_stop(broker, SIGKILL);
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", broker->dir);
    assert_int_equal(system(command), 0);
}
