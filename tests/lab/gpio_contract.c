/*
 * The GPIO contract over real kernel lines. Runs in a guest of the lab (as
 * root, LAB_GPIO set): gpio.t does so for libgpiod 1.6 and 2.x. Lines are
 * driven from outside, by gpio-sim's pulls.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/version.h"
#include "gpio/gpio.h"

#define SIM "/sys/kernel/config/gpio-sim/"

enum { MAX = 4096 };

static const char *shop; /* the lab's chip in sysfs: pinctrl-bcm2711, GPIO0 to GPIO53 */
static char extra[256];  /* a chip of our own, likewise; empty: not there */
static struct tr_plan plan;
static struct tr_gpio_options opt = {.backend = TR_BACKEND_GPIOD, .chip = "pinctrl-bcm2711"};
static struct tr_gpio *gpio;
static char error[TR_GPIO_ERROR_MAX];
static struct tr_event got[MAX];

static bool has_sequence(void)
{
    return tr_gpiod_version[0] == '2';
}

static void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) < 0) {
        fail_msg("%s: cannot write %s: %s", path, text, strerror(errno));
    }
    close(fd);
}

static void get(const char *path, char *ret, size_t cap)
{
    FILE *f = fopen(path, "r");
    if (f == NULL || fgets(ret, (int)cap, f) == NULL) {
        fail_msg("%s: cannot read", path);
        return;
    }
    ret[strcspn(ret, "\n")] = '\0';
    fclose(f);
}

static int open_pull(const char *chip, int line)
{
    char path[320];
    snprintf(path, sizeof(path), "%s/sim_gpio%d/pull", chip, line);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void drive_fd(int fd, bool up)
{
    const char *word = up ? "pull-up" : "pull-down";
    assert_true(pwrite(fd, word, strlen(word), 0) > 0);
}

static void drive(const char *chip, int line, bool up)
{
    int fd = open_pull(chip, line);
    drive_fd(fd, up);
    close(fd);
}

/* What an output drives; seen from outside. */
static int driven(int line)
{
    char path[320];
    char text[16];
    snprintf(path, sizeof(path), "%s/sim_gpio%d/value", shop, line);
    get(path, text, sizeof(text));
    return text[0] - '0';
}

static void make_extra(const char *label)
{
    char a[64];
    char b[64];
    assert_int_equal(mkdir(SIM "extra", 0755), 0);
    assert_int_equal(mkdir(SIM "extra/bank0", 0755), 0);
    put(SIM "extra/bank0/num_lines", "8");
    put(SIM "extra/bank0/label", label);
    put(SIM "extra/live", "1");
    get(SIM "extra/dev_name", a, sizeof(a));
    get(SIM "extra/bank0/chip_name", b, sizeof(b));
    snprintf(extra, sizeof(extra), "/sys/devices/platform/%s/%s", a, b);
}

static void remove_extra(void)
{
    char live[8];
    get(SIM "extra/live", live, sizeof(live));
    if (live[0] == '1') {
        put(SIM "extra/live", "0");
    }
    rmdir(SIM "extra/bank0");
    rmdir(SIM "extra");
    extra[0] = '\0';
}

static struct tr_sensor *add_sensor(const char *id, const char *line)
{
    struct tr_sensor *s = &plan.sensors[plan.sensors_n++];
    tr_plan_init_sensor(s, TR_SENSOR_BEAM);
    snprintf(s->id, sizeof(s->id), "%s", id);
    snprintf(s->line.name, sizeof(s->line.name), "%s", line);
    s->press_ns = s->release_ns = 0;
    return s;
}

static struct tr_output *add_output(const char *id, const char *line)
{
    struct tr_output *o = &plan.outputs[plan.outputs_n++];
    snprintf(o->id, sizeof(o->id), "%s", id);
    snprintf(o->line.name, sizeof(o->line.name), "%s", line);
    o->line.offset = TR_NONE;
    return o;
}

static int begin(void **state)
{
    (void)state;
    tr_plan_init(&plan);
    for (int i = 0; i < 12; i++) {
        drive(shop, i, false);
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    tr_gpio_close(gpio);
    gpio = NULL;
    if (extra[0] != '\0') {
        remove_extra();
    }
    return 0;
}

/* Everything there is, by way of the fd alone, until it is quiet for 100 ms. */
static int read_all(void)
{
    int n = 0;
    struct pollfd p = {.fd = tr_gpio_fd(gpio), .events = POLLIN};
    while (poll(&p, 1, 100) > 0) {
        int r;
        while ((r = tr_gpio_read(gpio, got + n, 64)) > 0) {
            n += r;
            assert_true(n <= MAX - 64);
        }
        assert_int_equal(r, 0);
    }
    for (int i = 1; i < n; i++) {
        assert_true(got[i].at.ns >= got[i - 1].at.ns);
    }
    return n;
}

/* Open, which must succeed, and read the levels at the start. */
static int open_all(void)
{
    if (tr_gpio_open(&plan, &opt, INT64_MIN, &gpio, error) < 0) {
        fail_msg("%s", error);
    }
    int n = read_all();
    assert_true(n >= plan.sensors_n);
    for (int i = 0; i < plan.sensors_n; i++) {
        assert_int_equal(got[i].kind, TR_EVENT_LEVEL);
        assert_int_equal(got[i].sensor, i);
    }
    return n;
}

static void expect_refused(int code, const char *sentence)
{
    int r = tr_gpio_open(&plan, &opt, INT64_MIN, &gpio, error);
    assert_string_equal(r < 0 ? error : "opened", sentence);
    assert_int_equal(r, code);
    assert_null(gpio);
}

static void levels_at_start(void **state)
{
    (void)state;
    drive(shop, 5, true);
    add_sensor("high", "GPIO5");
    add_sensor("low", "GPIO6");
    add_sensor("button", "GPIO7")->line.active_low = true;
    struct tr_sensor *by_offset = add_sensor("offset", "");
    by_offset->line.offset = 8;
    assert_int_equal(open_all(), 4);
    static const bool level[] = {true, false, true, false};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(got[i].level, level[i]);
        assert_int_equal(tr_gpio_level(gpio, i), level[i]);
    }
    char want[128];
    snprintf(want, sizeof(want), "pinctrl-bcm2711, 4 sensors, 0 outputs (libgpiod %s)",
             tr_gpiod_version);
    assert_string_equal(tr_gpio_describe(gpio), want);
    int64_t ms;
    assert_false(tr_gpio_wall(gpio, &ms));
    assert_false(tr_gpio_always_open(gpio));
}

static void edges_in_order_of_time(void **state)
{
    (void)state;
    make_extra("shop-extra");
    add_sensor("a", "GPIO5");
    add_sensor("b", "GPIO6")->line.active_low = true;
    struct tr_sensor *far = add_sensor("far", "");
    strcpy(far->line.chip, "shop-extra");
    far->line.offset = 3;
    open_all();
    int64_t before = tr_gpio_now(gpio);
    for (int i = 0; i < 15; i++) {
        drive(extra, 3, i % 2 == 0);
        drive(shop, 6, i % 2 == 0);
        drive(shop, 5, i % 2 == 0);
    }
    int n = read_all();
    int64_t after = tr_gpio_now(gpio);
    assert_int_equal(n, 45);
    for (int i = 0; i < n; i++) {
        static const int16_t order[] = {2, 1, 0};
        assert_int_equal(got[i].kind, TR_EVENT_EDGE);
        assert_int_equal(got[i].sensor, order[i % 3]);
        assert_int_equal(got[i].level, ((i / 3) % 2 == 0) != (got[i].sensor == 1));
        assert_true(got[i].at.ns >= before && got[i].at.ns <= after);
    }
    assert_int_equal(tr_gpio_monotonic(gpio, before), before);
}

static void names_of_a_raspberry_pi(void **state)
{
    (void)state;
    /* Its lines have no names here, so GPIO4 can only be offset 4. */
    make_extra("pinctrl-rp1");
    struct tr_sensor *s = add_sensor("a", "GPIO4");
    strcpy(s->line.chip, "pinctrl-rp1");
    drive(extra, 4, true);
    open_all();
    assert_int_equal(got[0].level, 1);
    tr_gpio_close(gpio);
    gpio = NULL;
    strcpy(s->line.name, "GPIO8");
    expect_refused(-ENOENT, "sensor a: pinctrl-rp1 has no line called GPIO8; it has 8: none of "
                            "them has a name");
}

static void what_does_not_exist(void **state)
{
    (void)state;
    struct tr_sensor *s = add_sensor("door_outer", "GPIO99");
    expect_refused(-ENOENT,
                   "sensor door_outer: pinctrl-bcm2711 has no line called GPIO99; it has 54: "
                   "GPIO0, GPIO1, GPIO2, GPIO3, GPIO4, GPIO5, GPIO6, GPIO7, ...");
    s->line.name[0] = '\0';
    s->line.offset = 54;
    expect_refused(-ENOENT, "sensor door_outer: pinctrl-bcm2711 has no line 54; it has 0 to 53");
    s->line.offset = TR_NONE;
    expect_refused(-ENOENT, "sensor door_outer: the configuration names no line; pinctrl-bcm2711 "
                            "has 0 to 53");
    strcpy(s->line.chip, "pinctrl-bcm2835");
    expect_refused(-ENOENT, "sensor door_outer: no chip labelled pinctrl-bcm2835; this machine "
                            "has: pinctrl-bcm2711");
}

static void held_by_another(void **state)
{
    (void)state;
    add_sensor("door_outer", "GPIO5");
    open_all();
    struct tr_gpio *first = gpio;
    gpio = NULL;
    expect_refused(-EBUSY,
                   "sensor door_outer: line GPIO5 of pinctrl-bcm2711 is held by 'thirdringd'");
    tr_gpio_close(first);
    plan.sensors_n = 0;
    add_sensor("b", "GPIO5");
    add_output("red", "GPIO5");
    expect_refused(-EBUSY, "sensor b: line 5 of pinctrl-bcm2711 is used by output red already");
}

static void without_permission(void **state)
{
    (void)state;
    add_sensor("door_outer", "GPIO5");
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int r = setgid(65534) < 0 || setuid(65534) < 0
                    ? 0
                    : tr_gpio_open(&plan, &opt, INT64_MIN, &gpio, error);
        fprintf(stderr, "# %s\n", error);
        _exit(r != -EACCES || strstr(error, "/dev/gpiochip0") == NULL ||
              strstr(error, "group gpio") == NULL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void outputs_are_off_before_and_after(void **state)
{
    (void)state;
    add_output("buzzer", "GPIO9");
    add_output("inverted", "GPIO10")->line.active_low = true;
    drive(shop, 10, false);
    open_all();
    assert_int_equal(driven(9), 0);
    assert_int_equal(driven(10), 1);
    assert_int_equal(tr_gpio_set(gpio, 0, true), 0);
    assert_int_equal(tr_gpio_set(gpio, 1, true), 0);
    assert_int_equal(driven(9), 1);
    assert_int_equal(driven(10), 0);
    assert_int_equal(tr_gpio_set(gpio, 2, true), -EINVAL);
    tr_gpio_close(gpio);
    gpio = NULL;
    assert_int_equal(driven(9), 0);
}

static void a_chip_that_goes(void **state)
{
    (void)state;
    make_extra("shop-extra");
    struct tr_sensor *s = add_sensor("a", "");
    strcpy(s->line.chip, "shop-extra");
    s->line.offset = 2;
    struct tr_output *o = add_output("red", "");
    strcpy(o->line.chip, "shop-extra");
    o->line.offset = 3;
    open_all();
    put(SIM "extra/live", "0");
    struct pollfd p = {.fd = tr_gpio_fd(gpio), .events = POLLIN};
    assert_int_equal(poll(&p, 1, 5000), 1);
    int n;
    while ((n = tr_gpio_read(gpio, got, 64)) > 0) {
    }
    assert_int_equal(n, -ENODEV);
    assert_true(tr_gpio_level(gpio, 0) < 0);
    assert_true(tr_gpio_set(gpio, 0, true) < 0);
    assert_int_equal(tr_gpio_read(gpio, got, 64), -ENODEV);
}

/* n edges on a line that nobody reads meanwhile, and then a while. */
static void burst(int line, int n)
{
    int fd = open_pull(shop, line);
    for (int i = 0; i < n; i++) {
        drive_fd(fd, i % 2 == 0);
    }
    close(fd);
    usleep(50000);
}

struct tally {
    int edges, gaps, levels, last;
    int64_t lost;
};

static struct tally tally(int n, int16_t sensor)
{
    struct tally t = {.last = -1};
    for (int i = 0; i < n; i++) {
        if (got[i].sensor != sensor) {
            continue;
        }
        t.edges += got[i].kind == TR_EVENT_EDGE;
        t.levels += got[i].kind == TR_EVENT_LEVEL;
        t.gaps += got[i].kind == TR_EVENT_GAP;
        t.lost += got[i].kind == TR_EVENT_GAP ? got[i].value : 0;
        if (got[i].kind != TR_EVENT_GAP) {
            t.last = got[i].level;
        }
    }
    return t;
}

static void a_burst(void **state)
{
    (void)state;
    add_sensor("a", "GPIO5");
    add_sensor("b", "GPIO6");
    open_all();
    drive(shop, 6, true);
    burst(5, 301);
    drive(shop, 6, false);
    usleep(50000);
    int n = read_all();
    struct tally a = tally(n, 0);
    struct tally b = tally(n, 1);
    assert_int_equal(b.edges, 2);
    assert_int_equal(b.gaps, 0);
    assert_int_equal(a.last, 1);
    if (has_sequence()) {
        assert_int_equal(a.edges, 301);
        assert_int_equal(a.gaps + a.levels, 0);
    } else {
        /* The kernel kept 16 and dropped the rest: said, and the level is right. */
        assert_int_equal(a.edges, 16);
        assert_int_equal(a.gaps, 1);
        assert_int_equal(a.levels, 1);
    }
    /* And then all is well again. */
    drive(shop, 5, false);
    n = read_all();
    assert_int_equal(n, 1);
    assert_int_equal(got[0].kind, TR_EVENT_EDGE);
    assert_int_equal(got[0].level, 0);
}

static void a_burst_beyond_every_buffer(void **state)
{
    (void)state;
    add_sensor("a", "GPIO5");
    add_sensor("b", "GPIO6");
    open_all();
    drive(shop, 6, true);
    burst(5, 1500);
    drive(shop, 6, false);
    usleep(50000);
    int n = read_all();
    struct tally a = tally(n, 0);
    assert_int_equal(tally(n, 1).edges, 2);
    assert_true(a.gaps >= 1);
    assert_int_equal(a.levels, 1);
    assert_int_equal(a.last, 0);
    if (has_sequence()) {
        assert_int_equal(a.edges, 1024);
        assert_int_equal(a.edges + a.lost, 1500);
    }
}

int main(void)
{
    shop = getenv("LAB_GPIO");
    if (shop == NULL) {
        printf("1..0 # SKIP no LAB_GPIO: this runs in the lab's guest, see tests/lab/gpio.t\n");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(levels_at_start, begin, end),
        cmocka_unit_test_setup_teardown(edges_in_order_of_time, begin, end),
        cmocka_unit_test_setup_teardown(names_of_a_raspberry_pi, begin, end),
        cmocka_unit_test_setup_teardown(what_does_not_exist, begin, end),
        cmocka_unit_test_setup_teardown(held_by_another, begin, end),
        cmocka_unit_test_setup_teardown(without_permission, begin, end),
        cmocka_unit_test_setup_teardown(outputs_are_off_before_and_after, begin, end),
        cmocka_unit_test_setup_teardown(a_chip_that_goes, begin, end),
        cmocka_unit_test_setup_teardown(a_burst, begin, end),
        cmocka_unit_test_setup_teardown(a_burst_beyond_every_buffer, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
