/*
 * stamps: print the kernel's own timestamps of edges, without any library.
 *
 *   stamps CHIP SECONDS OFFSET...
 *
 * Requests the lines with both edges through the kernel's second interface
 * and prints "NANOSECONDS OFFSET 0|1" (CLOCK_MONOTONIC, physical level) for
 * each until SECONDS have passed without one. The referee for edges.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int request(const char *chip, char **offset, int n)
{
    struct gpio_v2_line_request req = {.num_lines = (unsigned)n, .event_buffer_size = 4096};
    int fd = open(chip, O_RDWR | O_CLOEXEC);

    for (int i = 0; i < n; i++) {
        req.offsets[i] = (unsigned)strtoul(offset[i], NULL, 10);
    }
    snprintf(req.consumer, sizeof req.consumer, "stamps");
    req.config.flags =
        GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING | GPIO_V2_LINE_FLAG_EDGE_FALLING;
    if (fd < 0 || ioctl(fd, GPIO_V2_GET_LINE_IOCTL, &req) != 0) {
        fprintf(stderr, "stamps: %s: %s\n", chip, strerror(errno));
        return -1;
    }
    return req.fd;
}

int main(int argc, char **argv)
{
    struct gpio_v2_line_event ev[64];
    int fd, ms;

    if (argc < 4 || argc - 3 > GPIO_V2_LINES_MAX) {
        fprintf(stderr, "usage: stamps CHIP SECONDS OFFSET...\n");
        return 2;
    }
    ms = atoi(argv[2]) * 1000;
    fd = request(argv[1], argv + 3, argc - 3);
    if (fd < 0) {
        return 1;
    }
    while (poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, ms) > 0) {
        ssize_t n = read(fd, ev, sizeof ev);

        for (size_t i = 0; n > 0 && i < (size_t)n / sizeof ev[0]; i++) {
            printf("%llu %u %d\n", (unsigned long long)ev[i].timestamp_ns, ev[i].offset,
                   ev[i].id == GPIO_V2_LINE_EVENT_RISING_EDGE);
        }
    }
    return 0;
}
