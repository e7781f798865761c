/* The manual's list of settings is the parser's table, and its defaults are the plan's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "thirdring/time.h"

#define PAGE "src/man/thirdring.conf.5.scd"

static const char begins[] = ";     TR_REFRESH=1 build/tests/unit/test_config_man\n\n";
static const char ends[] = "; settings end\n";

static char *reference(void)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    assert_non_null(to);
    assert_int_equal(tr_config_print_reference(to), 0);
    assert_int_equal(fclose(to), 0);
    return text;
}

static char *read_page(void)
{
    FILE *f = fopen(PAGE, "re");
    if (f == NULL) {
        fail_msg("cannot read " PAGE "; run this from the top of the tree");
    }
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, f) > 0);
    fclose(f);
    return text;
}

static void write_page(const char *page, const char *from, const char *to, const char *text)
{
    FILE *f = fopen(PAGE, "we");
    assert_non_null(f);
    fprintf(f, "%.*s%s%s", (int)(from - page), page, text, to);
    assert_int_equal(fclose(f), 0);
}

static void page_is_current(void **state)
{
    (void)state;
    char *page = read_page();
    char *text = reference();
    char *from = strstr(page, begins);
    char *to = strstr(page, ends);
    assert_non_null(from);
    assert_non_null(to);
    from += sizeof(begins) - 1;
    if (getenv("TR_REFRESH") != NULL) {
        write_page(page, from, to, text);
    } else if (strlen(text) != (size_t)(to - from) || strncmp(from, text, strlen(text)) != 0) {
        fail_msg(PAGE " is older than the settings: run this again with TR_REFRESH=1 from the top "
                      "of the tree, and look at the difference");
    }
    free(text);
    free(page);
}

/* The text of one setting: from its heading to the next. */
static void entry(const char *all, const char *section, const char *key, char *ret, size_t cap)
{
    char heading[128];
    snprintf(heading, sizeof(heading), "## %s\n", section);
    const char *p = strstr(all, heading);
    if (p == NULL) {
        fail_msg("no section %s", section);
        return;
    }
    snprintf(heading, sizeof(heading), "\n*%s*\n", key);
    p = strstr(p, heading);
    if (p == NULL) {
        fail_msg("no setting %s in %s", key, section);
        return;
    }
    p += strlen(heading);
    snprintf(ret, cap, "%.*s", (int)strcspn(p, "\n"), p);
}

static void expect(const char *all, const char *section, const char *key, double value)
{
    char text[1024], wanted[64];
    entry(all, section, key, text, sizeof(text));
    snprintf(wanted, sizeof(wanted), "Default: %g.", value);
    if (strstr(text, wanted) == NULL) {
        fail_msg("%s.%s: no \"%s\" in: %s", section, key, wanted, text);
    }
}

static void defaults_of_the_plan(void **state)
{
    (void)state;
    char *all = reference();
    static struct tr_plan p;
    tr_plan_init(&p);
    const struct tr_alert_plan *a = &p.alerts;
    expect(all, "ring", "on_s", tr_ns_to_s(p.ring_on_ns));
    expect(all, "ring", "off_s", tr_ns_to_s(p.ring_off_ns));
    expect(all, "alerts.at_risk", "share", a->at_risk_share);
    expect(all, "alerts.late", "repeat_s", tr_ns_to_s(a->late.repeat_ns));
    expect(all, "alerts.late", "repeats", a->late.repeats);
    expect(all, "alerts.critical", "factor", a->critical_factor);
    expect(all, "alerts.critical", "repeat_s", tr_ns_to_s(a->critical.repeat_ns));
    expect(all, "alerts.kept", "streak", a->kept_streak);
    expect(all, "alerts.burning", "short_min", tr_ns_to_s(a->burning_short_ns) / 60);
    expect(all, "alerts.burning", "long_min", tr_ns_to_s(a->burning_long_ns) / 60);
    expect(all, "alerts.burning", "min_waits", a->burning_min_waits);
    expect(all, "alerts", "min_on_s", tr_ns_to_s(a->min_on_ns));
    expect(all, "alerts", "clear_after_s", tr_ns_to_s(a->clear_after_ns));
    expect(all, "alerts", "max_per_hour", a->max_per_hour);
    free(all);
}

static void defaults_of_stations(void **state)
{
    (void)state;
    char *all = reference();
    static struct tr_station st;
    tr_plan_init_station(&st, TR_KIND_GREETING);
    const struct tr_greeting_plan *g = &st.u.greeting;
    static const char greeting[] = "stations of kind greeting";
    expect(all, "stations.target", "percent", st.target.percent);
    expect(all, "stations.target", "window_min", tr_ns_to_s(st.target.window_ns) / 60);
    expect(all, greeting, "party_window_s", tr_ns_to_s(g->party_window_ns));
    expect(all, greeting, "party_max_s", tr_ns_to_s(g->party_max_ns));
    expect(all, greeting, "early_s", tr_ns_to_s(g->early_ns));
    expect(all, greeting, "void_within_s", tr_ns_to_s(g->void_within_ns));
    expect(all, greeting, "rearm_s", tr_ns_to_s(g->rearm_ns));
    expect(all, greeting, "staff_together_s", tr_ns_to_s(g->staff_together_ns));
    tr_plan_init_station(&st, TR_KIND_QUEUE);
    const struct tr_queue_plan *q = &st.u.queue;
    static const char queue[] = "stations of kind queue";
    expect(all, queue, "dwell_s", tr_ns_to_s(q->dwell_ns));
    expect(all, queue, "min_stay_s", tr_ns_to_s(q->min_stay_ns));
    expect(all, queue, "gap_s", tr_ns_to_s(q->gap_ns));
    expect(all, queue, "party_window_s", tr_ns_to_s(q->party_window_ns));
    expect(all, queue, "no_show_s", tr_ns_to_s(q->no_show_ns));
    expect(all, queue, "back_s", tr_ns_to_s(q->back_ns));
    expect(all, queue, "max_length", q->max_length);
    tr_plan_init_station(&st, TR_KIND_CALL);
    expect(all, "stations of kind call", "hold_gone_s", tr_ns_to_s(st.u.call.hold_gone_ns));
    expect(all, "stations of kind call", "repeat_s", tr_ns_to_s(st.u.call.repeat_ns));
    tr_plan_init_station(&st, TR_KIND_FEEDBACK);
    expect(all, "stations of kind feedback", "vote_s", tr_ns_to_s(st.u.feedback.vote_ns));
    expect(all, "stations of kind feedback", "tie_s", tr_ns_to_s(st.u.feedback.tie_ns));
    free(all);
}

/* Where a default depends on the kind or type, every one of them is told. */
static void defaults_by_kind(void **state)
{
    (void)state;
    char text[1024], wanted[64];
    char *all = reference();
    for (int t = 0; t < (int)TR_SENSOR_TYPE_COUNT; t++) {
        struct tr_sensor s;
        tr_plan_init_sensor(&s, (enum tr_sensor_type)t);
        const struct {
            const char *key;
            double value;
        } has[] = {{"press_ms", (double)s.press_ns / 1e6},
                   {"release_ms", (double)s.release_ns / 1e6},
                   {"stuck_on_s", tr_ns_to_s(s.stuck_on_ns)}};
        for (int i = 0; i < 3; i++) {
            entry(all, "sensors", has[i].key, text, sizeof(text));
            snprintf(wanted, sizeof(wanted), "%s %g", tr_sensor_type_name[t], has[i].value);
            if (strstr(text, wanted) == NULL) {
                fail_msg("%s: no \"%s\" in: %s", has[i].key, wanted, text);
            }
        }
    }
    for (int k = 0; k < (int)TR_KIND_FEEDBACK; k++) {
        static struct tr_station st;
        tr_plan_init_station(&st, (enum tr_station_kind)k);
        entry(all, "stations", "give_up_s", text, sizeof(text));
        snprintf(wanted, sizeof(wanted), "%s %g", tr_station_kind_name[k],
                 tr_ns_to_s(st.give_up_ns));
        assert_non_null(strstr(text, wanted));
    }
    free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_is_current),
        cmocka_unit_test(defaults_of_the_plan),
        cmocka_unit_test(defaults_of_stations),
        cmocka_unit_test(defaults_by_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
