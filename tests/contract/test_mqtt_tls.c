/* src/mqtt and who answers: certificates, names, secrets in files. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mqtt_client.h"

static void in_folder(char *field, size_t cap, const char *name)
{
    snprintf(field, cap, "%s/%s", broker.dir, name);
}

/* A broker that shows @p cert, on both loopback addresses. */
static void show(const char *cert, const char *more)
{
    char lines[512];
    snprintf(lines, sizeof(lines),
             "certfile %%s/%s.crt\nkeyfile %%s/%s.key\n%s"
             "listener %d ::1\ncertfile %%s/%s.crt\nkeyfile %%s/%s.key\n" ANONYMOUS,
             cert, cert, more, broker.port, cert, cert);
    broker_stop(&broker, SIGTERM);
    broker_start(&broker, lines);
}

static void name_broker(const char *scheme, const char *host)
{
    snprintf(opt.uri, sizeof(opt.uri), "%s://%s:%d", scheme, host, broker.port);
}

/* One attempt. @return what was said of it; NULL: connected. */
static const char *attempt(void)
{
    char error[TR_MQTT_ERROR_MAX];
    if (open_mqtt(error) != 0) {
        fail_msg("%s", error);
    }
    memset(count, 0, sizeof(count));
    int64_t end = now_ns() + PATIENCE_MS * TR_NS_PER_MS;
    while (count[TR_MQTT_CONNECTED] == 0 && count[TR_MQTT_DISCONNECTED] == 0 && now_ns() < end) {
        wait_note(TR_MQTT_CONNECTED, 100);
    }
    bool up = count[TR_MQTT_CONNECTED] > 0;
    assert_int_equal(up, tr_mqtt_connected(mqtt));
    assert_true(up || count[TR_MQTT_DISCONNECTED] > 0);
    tr_mqtt_close(mqtt, 1000);
    mqtt = NULL;
    if (!up) {
        print_message("# %s\n", last[TR_MQTT_DISCONNECTED].text);
    }
    return up ? NULL : last[TR_MQTT_DISCONNECTED].text;
}

static void says(const char *word)
{
    const char *text = attempt();
    assert_non_null(text);
    if (strstr(text, word) == NULL) {
        fail_msg("%s: says nothing of \"%s\"", text, word);
    }
}

static void a_broker_shows_who_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *cert, *host, *ca, *word;
    } cases[] = {{"good", "localhost", "ca.crt", NULL},
                 {"good", "127.0.0.1", "ca.crt", NULL},
                 {"good", "[::1]", "ca.crt", NULL},
                 {"good", "localhost", "other-ca.crt", "signed by nobody that mqtt.ca_file"},
                 {"good", "localhost", "", "signed by nobody that this system"},
                 {"wrong-name", "localhost", "ca.crt", "does not name this host"},
                 {"wrong-name", "127.0.0.1", "ca.crt", "does not name this host"},
                 {"wrong-name", "[::1]", "ca.crt", "does not name this host"},
                 {"expired", "localhost", "ca.crt", "has expired"},
                 {"not-yet", "localhost", "ca.crt", "not yet valid"},
                 {"foreign", "localhost", "ca.crt", "signed by nobody"},
                 {"self-signed", "localhost", "ca.crt", "signed by nobody"}};
    make_certificates();
    const char *shown = "";
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (strcmp(shown, cases[i].cert) != 0) {
            show(cases[i].cert, "");
            shown = cases[i].cert;
        }
        opt.version = i % 2 == 0 ? 5 : 3;
        name_broker("mqtts", cases[i].host);
        opt.ca_file[0] = '\0';
        if (cases[i].ca[0] != '\0') {
            in_folder(opt.ca_file, sizeof(opt.ca_file), cases[i].ca);
        }
        if (cases[i].word != NULL) {
            says(cases[i].word);
        } else {
            assert_null(attempt());
        }
    }
    /* nobody there is another matter */
    broker_stop(&broker, SIGTERM);
    const char *text = attempt();
    assert_non_null(text);
    assert_non_null(strstr(text, "nobody there"));
}

static void a_client_shows_who_it_is(void **state)
{
    (void)state;
    make_certificates();
    show("good", "cafile %s/ca.crt\nrequire_certificate true\n");
    name_broker("mqtts", "127.0.0.1");
    in_folder(opt.ca_file, sizeof(opt.ca_file), "ca.crt");
    says("client certificate");
    static const struct {
        const char *cert, *word;
    } cases[] = {{"client", NULL},
                 {"client-expired", "client certificate"},
                 {"client-foreign", "client certificate"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char name[64];
        snprintf(name, sizeof(name), "%s.crt", cases[i].cert);
        in_folder(opt.cert_file, sizeof(opt.cert_file), name);
        snprintf(name, sizeof(name), "%s.key", cases[i].cert);
        in_folder(opt.key_file, sizeof(opt.key_file), name);
        if (cases[i].word != NULL) {
            says(cases[i].word);
        } else {
            assert_null(attempt());
        }
    }
    in_folder(opt.key_file, sizeof(opt.key_file), "good.key");
    says("mqtt.cert_file or mqtt.key_file cannot be used");
    in_folder(opt.cert_file, sizeof(opt.cert_file), "ca.d/index.txt");
    says("mqtt.cert_file or mqtt.key_file cannot be used");
}

/* --- secrets -------------------------------------------------------------------- */

static void wants_password(const char *password)
{
    broker_stop(&broker, SIGTERM);
    shell("mosquitto_passwd -b -c %s/pw shop %s 2>&1; chmod 644 %s/pw", broker.dir, password,
          broker.dir);
    broker_start(&broker, "allow_anonymous false\npassword_file %s/pw\n");
}

static void secrets_are_read_again(void **state)
{
    (void)state;
    broker_file(&broker, "user", "shop\r\nnot this\n");
    broker_file(&broker, "word", "first");
    in_folder(opt.username_file, sizeof(opt.username_file), "user");
    in_folder(opt.password_file, sizeof(opt.password_file), "word");
    wants_password("first");
    connect_mqtt();
    wants_password("second");
    memset(count, 0, sizeof(count));
    while (strstr(last[TR_MQTT_DISCONNECTED].text, "refused") == NULL) {
        assert_true(wait_note(TR_MQTT_DISCONNECTED, PATIENCE_MS));
    }
    assert_null(strstr(last[TR_MQTT_DISCONNECTED].text, "first"));
    broker_file(&broker, "word", "second\n");
    assert_true(wait_note(TR_MQTT_CONNECTED, PATIENCE_MS));
    assert_int_equal(count[TR_MQTT_FAILED], 0);
    /* gone while it is replaced: the old one will do, and that is said once */
    unlink(opt.password_file);
    broker_stop(&broker, SIGTERM);
    assert_true(wait_note(TR_MQTT_DISCONNECTED, PATIENCE_MS));
    assert_true(wait_note(TR_MQTT_DISCONNECTED, PATIENCE_MS));
    assert_true(wait_note(TR_MQTT_DISCONNECTED, PATIENCE_MS));
    wants_password("second");
    assert_true(wait_note(TR_MQTT_CONNECTED, PATIENCE_MS));
    assert_int_equal(count[TR_MQTT_FAILED], 1);
    print_message("# %s\n", last[TR_MQTT_FAILED].text);
    assert_non_null(strstr(last[TR_MQTT_FAILED].text, opt.password_file));
    assert_int_equal(last[TR_MQTT_FAILED].token, 0);
}

static void refused(int code, const char *word)
{
    char error[TR_MQTT_ERROR_MAX] = "";
    assert_int_equal(open_mqtt(error), code);
    print_message("# %s\n", error);
    if (strstr(error, word) == NULL) {
        fail_msg("%s: says nothing of \"%s\"", error, word);
    }
    assert_null(strstr(error, "sesame"));
}

static void credentials_are_systemds(void **state)
{
    (void)state;
    broker_file(&broker, "user", "shop\n");
    broker_file(&broker, "word", "sesame\n");
    broker_file(&broker, "empty", "\nsesame\n");
    strcpy(opt.username_file, "credential:user");
    strcpy(opt.password_file, "credential:word");
    unsetenv("CREDENTIALS_DIRECTORY");
    refused(-EINVAL, "CREDENTIALS_DIRECTORY is not set");
    setenv("CREDENTIALS_DIRECTORY", broker.dir, 1);
    wants_password("sesame");
    connect_mqtt();
    tr_mqtt_close(mqtt, 1000);
    mqtt = NULL;
    strcpy(opt.password_file, "credential:");
    refused(-EINVAL, "expected credential:NAME");
    strcpy(opt.password_file, "credential:../word");
    refused(-EINVAL, "expected credential:NAME");
    strcpy(opt.password_file, "credential:none");
    refused(-ENOENT, "none");
    strcpy(opt.password_file, "credential:empty");
    refused(-EINVAL, "first line is empty");
    strcpy(opt.password_file, "credential:word");
    strcpy(opt.username_file, "credential:empty");
    refused(-EINVAL, "first line is empty");
    strcpy(opt.username_file, "credential:user");
    strcpy(opt.username, "shop");
    refused(-EINVAL, "beside mqtt.username");
    opt.username[0] = opt.username_file[0] = '\0';
    refused(-EINVAL, "needs mqtt.username");
    opt.password_file[0] = '\0';
    strcpy(opt.ca_file, "credential:ca.crt");
    refused(-EINVAL, "of no use without an mqtts:// or wss:// uri");
    /* certificates too, and what is missing now may come */
    make_certificates();
    show("good", "");
    name_broker("mqtts", "localhost");
    assert_null(attempt());
    shell("mv %s/ca.crt %s/away", broker.dir, broker.dir);
    refused(-ENOENT, "ca.crt");
    shell("mv %s/away %s/ca.crt", broker.dir, broker.dir);
    char error[TR_MQTT_ERROR_MAX];
    assert_int_equal(open_mqtt(error), 0);
    shell("mv %s/ca.crt %s/away", broker.dir, broker.dir);
    assert_true(wait_note(TR_MQTT_DISCONNECTED, PATIENCE_MS));
    assert_non_null(strstr(last[TR_MQTT_DISCONNECTED].text, "mqtt.ca_file"));
    assert_int_equal(last[TR_MQTT_DISCONNECTED].value, 1);
    shell("mv %s/away %s/ca.crt", broker.dir, broker.dir);
    assert_true(wait_note(TR_MQTT_CONNECTED, PATIENCE_MS));
    unsetenv("CREDENTIALS_DIRECTORY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_broker_shows_who_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(a_client_shows_who_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(secrets_are_read_again, setup, teardown),
        cmocka_unit_test_setup_teardown(credentials_are_systemds, setup, teardown),
    };
    return cmocka_run_group_tests(tests, anchor_paho, NULL);
}
