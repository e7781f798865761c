/* Files, includes and overrides that go wrong: all of it told, in one run. */
#include "config_case.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/thirdring-config-XXXXXX";
static char found[CASE_TEXT_MAX];

static const char *path(const char *name)
{
    static char full[4][256];
    static int next;
    next = (next + 1) % 4;
    snprintf(full[next], sizeof(full[next]), "%s/%s", dir, name);
    return full[next];
}

static const char *put(const char *name, const char *text)
{
    const char *file = path(name);
    FILE *f = fopen(file, "we");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    return file;
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) == NULL || mkdir(path("sub"), 0700) != 0 ? -1 : 0;
}

static int remove_dir(void **state)
{
    static const char *const made[] = {"main.conf",     "sensors.conf", "sub/deep.conf",
                                       "sub/more.conf", "loop.conf",    "nul.conf"};
    (void)state;
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
        unlink(path(made[i]));
    }
    return rmdir(path("sub")) != 0 || rmdir(dir) != 0 ? -1 : 0;
}

static void all_errors_in_one_run(void **state)
{
    (void)state;
    static const char text[] =
        "log = { level = \"loud\"; };\n"
        "stations = ( { id = \"a\"; kind = \"greeting\"; arive = \"b1\"; },\n"
        "  { id = \"b\"; kind = \"queue\";\n"
        "    target = { seconds = 0; }; } );\n"
        "sensors = (\n"
        "  { id = \"x\"; type = \"beam\"; line = 3; } );\n"
        "site = { };\n";
    assert_int_equal(config_complaints("x", text, NULL, found, sizeof(found)), -EINVAL);
    assert_string_equal(
        found,
        "1: log.level: found \"loud\"; allowed: \"error\", \"warning\", \"info\", \"debug\"\n"
        "2: stations.a.arrive: missing; needed: where customers come in: a gate or a sensor\n"
        "2: stations.a.answer: missing; needed: what says that they were greeted: a button, or a "
        "sensor that sees staff\n"
        "2: stations.a.arive: unknown setting; did you mean \"arrive\"?\n"
        "3: stations.b: found neither join nor places; allowed: at least one of them (a queue must "
        "see who waits)\n"
        "4: stations.b.target.seconds: found 0 s; allowed: 0.1 to 86400 s\n"
        "6: sensors.x.line: an offset needs its chip; name it here or in gpio.chip\n"
        "7: site.id: missing; needed: the shop's short name; part of every MQTT topic");
}

static void counts_beyond_the_array(void **state)
{
    (void)state;
    struct tr_config *cfg = NULL;
    struct tr_config_error e[2];
    size_t n = 0;
    memset(e, 0x55, sizeof(e));
    assert_int_equal(tr_config_load("x", "a = 1;\nb = 1;\nc = 1;\n", NULL, &cfg, e, 1, &n),
                     -EINVAL);
    assert_int_equal(n, 6);
    assert_null(cfg);
    assert_int_equal(e[0].line, 0);
    assert_int_equal((unsigned char)e[1].text[0], 0x55);
}

static void unreadable(void **state)
{
    (void)state;
    struct tr_config *cfg = NULL;
    struct tr_config_error e[1];
    size_t n = 99;
    assert_int_equal(tr_config_load(path("none"), NULL, NULL, &cfg, e, 1, &n), -ENOENT);
    assert_int_equal(tr_config_load(dir, NULL, NULL, &cfg, e, 1, &n), -EISDIR);
    FILE *f = fopen(path("nul.conf"), "we");
    assert_non_null(f);
    fwrite("a\0b", 1, 3, f);
    fclose(f);
    assert_int_equal(tr_config_load(path("nul.conf"), NULL, NULL, &cfg, e, 1, &n), -EILSEQ);
    assert_int_equal(n, 99);
    assert_null(cfg);
}

static void includes(void **state)
{
    (void)state;
    put("sub/more.conf", "{ id = \"k1\"; type = \"button\"; line = \"L5\"; },\n");
    put("sub/deep.conf", "# found beside the file that names it\n"
                         "@include \"more.conf\"\n"
                         "{ id = \"k2\"; type = \"buton\"; line = \"L6\"; }");
    put("sensors.conf", "sensors = (\n  @include \"sub/deep.conf\" // and on\n);");
    const char *file = put("main.conf", "/* \n@include \"not this one\"\n*/\n" CASE_SITE
                                        "\n@include \"sensors.conf\"\n" CASE_STATIONS "\nx = 1;\n");
    char wanted[1024];
    assert_int_equal(config_complaints(file, NULL, NULL, found, sizeof(found)), -EINVAL);
    snprintf(
        wanted, sizeof(wanted),
        "7: x: unknown setting; allowed: site, hours, holidays, dayparts, ring, gpio, sensors, "
        "gates, outputs, stations, alerts, mqtt, journal, log\n"
        "%s:3: sensors.k2.type: found \"buton\"; allowed: \"contact\", \"beam\", \"button\", "
        "\"presence\", \"ring\", \"hook\", \"staff\"; did you mean \"button\"?",
        path("sub/deep.conf"));
    /* The main file first; a sensor of no type fits anywhere: one slip, one complaint. */
    assert_string_equal(found, wanted);
}

static void includes_that_fail(void **state)
{
    (void)state;
    const char *loop = put("loop.conf", "@include \"loop.conf\"\n");
    assert_int_equal(config_complaints(loop, NULL, NULL, found, sizeof(found)), -EINVAL);
    assert_non_null(strstr(found, "1: @include: cannot read \"loop.conf\": files include one "
                                  "another too deeply (at most 8)"));
    const char *file = put("main.conf", "\n  @include \"none\"\n@include \"sub\"\n");
    assert_int_equal(config_complaints(file, NULL, NULL, found, sizeof(found)), -EINVAL);
    assert_string_equal(found, "2: @include: cannot read \"none\": No such file or directory\n"
                               "3: @include: cannot read \"sub\": Is a directory");
    put("sensors.conf", "a = 1;\nb = ;\n");
    file = put("main.conf", "\n@include \"sensors.conf\"\n");
    assert_int_equal(config_complaints(file, NULL, NULL, found, sizeof(found)), -EINVAL);
    assert_non_null(strstr(found, "sensors.conf:2: syntax: "));
}

static void a_syntax_error_has_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *begins;
    } cases[] = {
        {"a = 1;\nb = {\n", "2: syntax: "},
        {"a = \"\n\n", "2: syntax: "},
        {"a = 1;\n/* b\n c = 1;", "2: syntax: the comment that begins here has no end"},
        {"a = 1;\na = 2;\n", "2: syntax: this setting stands here twice"},
        {"}", "1: syntax: "},
        {"a = [ 1, \"x\" ];", "1: syntax: "},
        {"a = 0x1234567890123456789;", "1: syntax: the number 0x1234567890123456789 is too large"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int r = config_complaints("x", cases[i].text, NULL, found, sizeof(found));
        if (r != -EINVAL || strncmp(found, cases[i].begins, strlen(cases[i].begins)) != 0) {
            fail_msg("%s: %d, %s", cases[i].text, r, found);
        }
    }
    /* An empty file is no syntax error, but lacks what is needed. */
    assert_int_equal(config_complaints("x", "", NULL, found, sizeof(found)), -EINVAL);
    assert_int_equal(strncmp(found, "0: site: missing", 16), 0);
}

static void overrides_that_fail(void **state)
{
    (void)state;
    static const struct {
        const char *set, *error;
    } cases[] = {
        {"stations.tills.target.second=9",
         "--set:0: stations.tills.target.second: unknown setting; did you mean \"seconds\"?"},
        {"stations.til.target.seconds=9", "--set:0: stations.til.target.seconds: found no \"til\" "
                                          "in that list of 5; allowed: an id, "
                                          "or [0] and up"},
        {"stations.tilsl.target.seconds=9", "--set:0: stations.tilsl.target.seconds: found no "
                                            "\"tilsl\" in that list; did you mean \"tills\"?"},
        {"stations[9].name=x",
         "--set:0: stations[9].name: found [9]; allowed: [0] to [4], or an id"},
        {"ring.on_s=99", "--set:0: ring.on_s: found 99 s; allowed: 0.1 to 20 s"},
        {"ring.on_s=fast", "--set:0: ring.on_s: found \"fast\"; allowed: a number, 0.1 to 20 s"},
        {"ring", "--set:0: ring: found no \"=\"; allowed: path=value, e.g. "
                 "stations.tills.target.seconds=90"},
        {"=3",
         "--set:0: : found a path that cannot be read; allowed: names and [0] joined by \".\""},
        {"site.id.x=3",
         "--set:0: site.id.x: the path goes on below a setting that has nothing below it"},
        {"site[0]=3",
         "--set:0: site[0]: the path goes on below a setting that has nothing below it"},
        {"sit.name=3", "--set:0: sit: unknown setting; did you mean \"site\"?"},
        {"site.a b=3", "--set:0: site.a b: that is not the name of a setting"},
        {"stations.tills=3", "--set:0: stations.tills: name one of that element's settings, e.g. "
                             "\"...name=value\""},
        {"stations.tills.places[0]=5", "--set:0: stations.tills.places[0]: the new value is of "
                                       "another kind than that element"},
        {"mqtt.password=sesame",
         "--set:0: mqtt.password: a password does not belong in this file: write it into a file "
         "that only the service can read, name that with password_file, and change the password if "
         "this file was ever shared"},
    };
    size_t failed = 0;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *const sets[] = {cases[i].set, NULL};
        int r = config_complaints("etc/thirdring.conf", NULL, sets, found, sizeof(found));
        if (r != -EINVAL || strcmp(found, cases[i].error) != 0) {
            print_error("%s: returned %d\n  expected %s\n  found    %s\n", cases[i].set, r,
                        cases[i].error, found);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_errors_in_one_run),
        cmocka_unit_test(counts_beyond_the_array),
        cmocka_unit_test(unreadable),
        cmocka_unit_test(includes),
        cmocka_unit_test(includes_that_fail),
        cmocka_unit_test(a_syntax_error_has_its_line),
        cmocka_unit_test(overrides_that_fail),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
