/* Paho's side: options in, callbacks out. */
#include <stdio.h>
#include <string.h>

#include "mqtt/mqtt_private.h"

/* CONNACK return codes of MQTT 3.1.1. */
static const char *connack_word(int code)
{
    static const char *const words[] = {"",
                                        "unacceptable protocol version",
                                        "client id rejected",
                                        "server unavailable",
                                        "bad user name or password",
                                        "not authorised"};
    return code > 0 && code < (int)(sizeof(words) / sizeof(words[0])) ? words[code] : NULL;
}

static const char *reason_word(int code)
{
    const char *word = MQTTReasonCode_toString((enum MQTTReasonCodes)code);
    return word != NULL ? word : "unknown reason";
}

/* What it says of itself where the broker could not be asked. */
static void tell_unreachable(struct tr_mqtt *mqtt, const char *message)
{
    char why[256];
    const bool known = tr_mqtt_words_why(mqtt, message, why, sizeof(why));
    tr_mqtt_tell_end(mqtt, 1, "%s cannot be reached%s%s", mqtt->settings.opt->uri,
                     known ? ": " : "", why);
}

/* MQTT 3.1.1 */

static void connected3(void *context, MQTTAsync_successData *data)
{
    struct tr_mqtt *mqtt = context;
    tr_mqtt_tell(mqtt, TR_MQTT_CONNECTED, data->alt.connect.sessionPresent, "%s",
                 mqtt->settings.opt->uri);
}

static void connect_failed3(void *context, MQTTAsync_failureData *data)
{
    struct tr_mqtt *mqtt = context;
    if (data != NULL && connack_word(data->code) != NULL) {
        tr_mqtt_tell_end(mqtt, 1, "%s refused the connection: %s", mqtt->settings.opt->uri,
                         connack_word(data->code));
    } else {
        tell_unreachable(mqtt, data != NULL ? data->message : NULL);
    }
}

static void sent3(void *context, MQTTAsync_successData *data)
{
    (void)data;
    tr_mqtt_tell_slot(context, TR_MQTT_ACK, NULL);
}

static void send_failed3(void *context, MQTTAsync_failureData *data)
{
    /* interrupted by the connection's end, which voids every token anyway */
    if (data != NULL && data->code == MQTTASYNC_OPERATION_INCOMPLETE) {
        return;
    }
    tr_mqtt_tell_slot(context, TR_MQTT_FAILED, "could not be sent");
}

static void subscribe_failed3(void *context, MQTTAsync_failureData *data)
{
    if (data == NULL || data->code != MQTTASYNC_OPERATION_INCOMPLETE) {
        tr_mqtt_tell(context, TR_MQTT_FAILED, 0, "the broker refused a subscription");
    }
}

static void gone3(void *context, MQTTAsync_successData *data)
{
    struct tr_mqtt *mqtt = context;
    (void)data;
    pthread_mutex_lock(&mqtt->lock);
    mqtt->gone = true;
    pthread_cond_broadcast(&mqtt->changed);
    pthread_mutex_unlock(&mqtt->lock);
}

/* MQTT 5 */

/* A contract of retained state and acknowledged records needs more than some
 * brokers give. Said once, not at every connect. */
static void tell_limits(struct tr_mqtt *mqtt, MQTTProperties *properties)
{
    const MQTTProperty *qos = MQTTProperties_getProperty(properties, MQTTPROPERTY_CODE_MAXIMUM_QOS);
    const MQTTProperty *retain =
        MQTTProperties_getProperty(properties, MQTTPROPERTY_CODE_RETAIN_AVAILABLE);
    const MQTTProperty *size =
        MQTTProperties_getProperty(properties, MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE);
    const bool no_qos = qos != NULL && qos->value.byte == 0;
    const bool no_retain = retain != NULL && retain->value.byte == 0;
    const bool small = size != NULL && size->value.integer4 < TR_MQTT_PACKET_NEEDED;
    const unsigned limits = (no_qos ? 1U : 0) | (no_retain ? 2U : 0) | (small ? 4U : 0);
    if (limits != 0 && limits != mqtt->limits_told) {
        tr_mqtt_tell(
            mqtt, TR_MQTT_FAILED, 0, "%s gives less than is needed:%s%s%s", mqtt->settings.opt->uri,
            no_qos ? " it acknowledges nothing (maximum QoS 0), so that no record counts as "
                     "delivered;"
                   : "",
            no_retain ? " it keeps no retained messages, so that who comes later sees no "
                        "state;"
                      : "",
            small ? " it takes only small packets, so that long ones are refused;" : "");
    }
    mqtt->limits_told = limits;
}

static void connected5(void *context, MQTTAsync_successData5 *data)
{
    struct tr_mqtt *mqtt = context;
    const MQTTProperty *most =
        MQTTProperties_getProperty(&data->properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM);
    const MQTTProperty *size =
        MQTTProperties_getProperty(&data->properties, MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE);
    const MQTTProperty *keepalive =
        MQTTProperties_getProperty(&data->properties, MQTTPROPERTY_CODE_SERVER_KEEP_ALIVE);
    pthread_mutex_lock(&mqtt->lock);
    if (most != NULL && most->value.integer2 > 0 && most->value.integer2 < mqtt->window) {
        mqtt->window = most->value.integer2;
    }
    mqtt->packet_max = size != NULL ? size->value.integer4 : 0;
    if (keepalive != NULL && keepalive->value.integer2 > 0) {
        mqtt->keepalive_s = keepalive->value.integer2;
    }
    pthread_mutex_unlock(&mqtt->lock);
    tr_mqtt_tell(mqtt, TR_MQTT_CONNECTED, data->alt.connect.sessionPresent, "%s",
                 mqtt->settings.opt->uri);
    tell_limits(mqtt, &data->properties);
}

static void connect_failed5(void *context, MQTTAsync_failureData5 *data)
{
    struct tr_mqtt *mqtt = context;
    /* Paho before 1.3.15 puts the broker's reason into code. */
    int code = data == NULL           ? 0
               : data->reasonCode > 0 ? (int)data->reasonCode
               : data->code > 0       ? data->code
                                      : 0;
    if (code == 0) {
        tell_unreachable(mqtt, data != NULL ? data->message : NULL);
        return;
    }
    const char *word = connack_word(code); /* a broker that does not know MQTT 5 */
    tr_mqtt_tell_end(mqtt, 1, "%s refused the connection: %s%s", mqtt->settings.opt->uri,
                     word != NULL ? word : reason_word(code),
                     code == 1 || code == MQTTREASONCODE_UNSUPPORTED_PROTOCOL_VERSION
                         ? " (try version = 3)"
                         : "");
}

static void sent5(void *context, MQTTAsync_successData5 *data)
{
    (void)data;
    tr_mqtt_tell_slot(context, TR_MQTT_ACK, NULL);
}

/* Would sending the same once more be refused again? IMPLEMENTATION_SPECIFIC is
 * Mosquitto's word for a payload beyond its limit. */
static bool for_good(int reason)
{
    switch (reason) {
    case MQTTREASONCODE_IMPLEMENTATION_SPECIFIC_ERROR:
    case MQTTREASONCODE_NOT_AUTHORIZED:
    case MQTTREASONCODE_TOPIC_NAME_INVALID:
    case MQTTREASONCODE_PACKET_TOO_LARGE:
    case MQTTREASONCODE_PAYLOAD_FORMAT_INVALID:
    case MQTTREASONCODE_RETAIN_NOT_SUPPORTED:
    case MQTTREASONCODE_QOS_NOT_SUPPORTED:
        return true;
    default:
        return false;
    }
}

static void send_failed5(void *context, MQTTAsync_failureData5 *data)
{
    if (data == NULL || data->code == MQTTASYNC_OPERATION_INCOMPLETE) {
        return; /* as send_failed3() */
    }
    int reason = (int)data->reasonCode;
    if (reason >= MQTTREASONCODE_UNSPECIFIED_ERROR) {
        tr_mqtt_tell_slot(context, for_good(reason) ? TR_MQTT_REFUSED : TR_MQTT_FAILED,
                          reason_word(reason));
    } else {
        tr_mqtt_tell_slot(context, TR_MQTT_FAILED, "could not be sent");
    }
}

static void subscribe_failed5(void *context, MQTTAsync_failureData5 *data)
{
    if (data == NULL || data->code == MQTTASYNC_OPERATION_INCOMPLETE) {
        return;
    }
    tr_mqtt_tell(context, TR_MQTT_FAILED, 0, "the broker refused a subscription: %s",
                 reason_word((int)data->reasonCode));
}

static void gone5(void *context, MQTTAsync_successData5 *data)
{
    (void)data;
    gone3(context, NULL);
}

/* both */

static void lost(void *context, char *cause)
{
    struct tr_mqtt *mqtt = context;
    tr_mqtt_tell_end(mqtt, 0, "%s: the connection broke%s%s", mqtt->settings.opt->uri,
                     cause != NULL ? ": " : "", cause != NULL ? cause : "");
}

/* After a DISCONNECT packet Paho does not call lost(). */
static void ended_by_broker(void *context, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
    struct tr_mqtt *mqtt = context;
    (void)properties;
    tr_mqtt_tell_end(
        mqtt, 0, "%s ended the connection: %s%s", mqtt->settings.opt->uri, reason_word((int)reason),
        reason == MQTTREASONCODE_SESSION_TAKEN_OVER ? " (another client uses the same client id)"
                                                    : "");
}

static int arrived(void *context, char *topic, int topic_n, MQTTAsync_message *message)
{
    tr_mqtt_tell_message(context, topic, topic_n > 0 ? (size_t)topic_n : strlen(topic), message);
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

MQTTAsync tr_mqtt_paho_create(struct tr_mqtt *mqtt, int *ret_code)
{
    const struct tr_mqtt_settings *s = &mqtt->settings;
    MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
    MQTTAsync client = NULL;
    options.MQTTVersion = s->opt->version == 5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
    options.sendWhileDisconnected = 0;
    options.maxBufferedMessages = TR_MQTT_UNSENT;
    int code = MQTTAsync_createWithOptions(&client, s->server, s->client_id,
                                           MQTTCLIENT_PERSISTENCE_NONE, NULL, &options);
    if (code == MQTTASYNC_SUCCESS) {
        code = MQTTAsync_setCallbacks(client, mqtt, lost, arrived, NULL);
    }
    if (code == MQTTASYNC_SUCCESS && s->opt->version == 5) {
        code = MQTTAsync_setDisconnected(client, mqtt, ended_by_broker);
    }
    if (code != MQTTASYNC_SUCCESS) {
        MQTTAsync_destroy(&client);
        *ret_code = code;
        return NULL;
    }
    return client;
}

static void add_property4(MQTTProperties *properties, enum MQTTPropertyCodes code, uint32_t value)
{
    MQTTProperty property = {.identifier = code};
    property.value.integer4 = value;
    MQTTProperties_add(properties, &property);
}

static void add_property_text(MQTTProperties *properties, enum MQTTPropertyCodes code,
                              const void *data, size_t n)
{
    MQTTProperty property = {.identifier = code};
    property.value.data.data = (char *)(uintptr_t)data; /* copied, never written */
    property.value.data.len = (int)n;
    MQTTProperties_add(properties, &property);
}

/* The broker keeps the session over a short absence, and the will unsaid. */
static bool lasting(const struct tr_mqtt_settings *s)
{
    return s->opt->version == 5 && s->will_topic[0] != '\0' && s->opt->will_delay_s > 0;
}

/* Paho does not do as a broker says that wants a shorter one, and is thrown out where it is
 * silent: so that is asked for from the next attempt on. */
static int keepalive(struct tr_mqtt *mqtt)
{
    const int wanted = mqtt->settings.opt->keepalive_s;
    pthread_mutex_lock(&mqtt->lock);
    const int most = mqtt->keepalive_s;
    pthread_mutex_unlock(&mqtt->lock);
    return most > 0 && most < wanted ? most : wanted;
}

static const char *path_of(const struct tr_mqtt_settings *s, enum tr_mqtt_file file)
{
    return s->path[file][0] != '\0' ? s->path[file] : NULL;
}

int tr_mqtt_paho_connect(struct tr_mqtt *mqtt)
{
    const struct tr_mqtt_settings *s = &mqtt->settings;
    const struct tr_mqtt_options *opt = s->opt;
    MQTTAsync_connectOptions v5 = MQTTAsync_connectOptions_initializer5;
    MQTTAsync_connectOptions v3 = MQTTAsync_connectOptions_initializer;
    MQTTAsync_connectOptions v5_ws = MQTTAsync_connectOptions_initializer5_ws;
    MQTTAsync_connectOptions v3_ws = MQTTAsync_connectOptions_initializer_ws;
    MQTTAsync_connectOptions options =
        opt->version == 5 ? (s->websocket ? v5_ws : v5) : (s->websocket ? v3_ws : v3);
    MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer;
    MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
    MQTTProperties properties = MQTTProperties_initializer;
    MQTTProperties will_properties = MQTTProperties_initializer;
    will.topicName = s->will_topic;
    will.message = TR_MQTT_WILL;
    will.retained = 1;
    will.qos = 1;
    options.will = s->will_topic[0] != '\0' ? &will : NULL;
    options.context = mqtt;
    options.keepAliveInterval = keepalive(mqtt);
    options.connectTimeout = TR_MQTT_CONNECT_S;
    options.maxInflight = TR_MQTT_WINDOW + TR_MQTT_FILTERS;
    options.username = s->username.n > 0 ? s->username.text : NULL;
    if (s->password.n > 0) {
        options.binarypwd.data = s->password.text;
        options.binarypwd.len = (int)s->password.n;
    }
    if (opt->version == 5) {
        options.onSuccess5 = connected5;
        options.onFailure5 = connect_failed5;
        add_property4(&properties, MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE,
                      TR_MQTT_RECEIVE_MAX + 2 * TR_MQTT_TOPIC_MAX);
        options.cleanstart = !lasting(s);
        if (lasting(s)) {
            add_property4(&properties, MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL,
                          (uint32_t)opt->will_delay_s);
            add_property4(&will_properties, MQTTPROPERTY_CODE_WILL_DELAY_INTERVAL,
                          (uint32_t)opt->will_delay_s);
            options.willProperties = &will_properties;
        }
        options.connectProperties = &properties;
    } else {
        options.MQTTVersion = MQTTVERSION_3_1_1;
        options.onSuccess = connected3;
        options.onFailure = connect_failed3;
    }
    if (s->tls) {
        tls.trustStore = path_of(s, TR_MQTT_CA);
        tls.disableDefaultTrustStore = tls.trustStore != NULL;
        tls.keyStore = path_of(s, TR_MQTT_CERT);
        tls.privateKey = path_of(s, TR_MQTT_KEY);
        /* Paho ignores sslVersion, and 1.3.12 lowers the security level: so the
         * ciphers say both. Those of TLS 1.3 are a list of their own. */
        tls.enabledCipherSuites = "TLSv1.2:!aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=2";
        tls.enableServerCertAuth = 1;
        tls.verify = 1;
        tls.ssl_error_cb = tr_mqtt_words_of_tls;
        tls.ssl_error_context = mqtt;
        options.ssl = &tls;
    }
    int code = MQTTAsync_connect(mqtt->client, &options);
    MQTTProperties_free(&properties);
    MQTTProperties_free(&will_properties);
    return code;
}

int tr_mqtt_paho_subscribe(struct tr_mqtt *mqtt, const char *filter)
{
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    options.context = mqtt;
    if (mqtt->settings.opt->version == 5) {
        options.onFailure5 = subscribe_failed5;
        options.subscribeOptions.retainAsPublished = 1;
    } else {
        options.onFailure = subscribe_failed3;
    }
    return MQTTAsync_subscribe(mqtt->client, filter, 1, &options);
}

void tr_mqtt_paho_poke(struct tr_mqtt *mqtt)
{
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    MQTTAsync_unsubscribe(mqtt->client, "thirdring-nobody", &options);
}

int tr_mqtt_paho_publish(struct tr_mqtt *mqtt, const struct tr_mqtt_message *msg,
                         struct tr_mqtt_slot *slot)
{
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    bool v5 = mqtt->settings.opt->version == 5;
    options.context = slot;
    if (slot != NULL && v5) {
        options.onSuccess5 = sent5;
        options.onFailure5 = send_failed5;
    } else if (slot != NULL) {
        options.onSuccess = sent3;
        options.onFailure = send_failed3;
    }
    if (v5 && msg->expiry_s > 0) {
        add_property4(&options.properties, MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL,
                      msg->expiry_s);
    }
    if (v5 && msg->content_type != NULL) {
        add_property_text(&options.properties, MQTTPROPERTY_CODE_CONTENT_TYPE, msg->content_type,
                          strlen(msg->content_type));
    }
    if (v5 && msg->correlation_n > 0) {
        add_property_text(&options.properties, MQTTPROPERTY_CODE_CORRELATION_DATA, msg->correlation,
                          msg->correlation_n);
    }
    int code = MQTTAsync_send(mqtt->client, msg->topic, (int)msg->n, msg->payload, msg->qos,
                              msg->retain, &options);
    MQTTProperties_free(&options.properties);
    return code;
}

int tr_mqtt_paho_disconnect(struct tr_mqtt *mqtt, enum MQTTReasonCodes reason)
{
    MQTTAsync_disconnectOptions v5 = MQTTAsync_disconnectOptions_initializer5;
    MQTTAsync_disconnectOptions v3 = MQTTAsync_disconnectOptions_initializer;
    MQTTAsync_disconnectOptions options = mqtt->settings.opt->version == 5 ? v5 : v3;
    options.context = mqtt;
    if (mqtt->settings.opt->version == 5) {
        options.onSuccess5 = gone5;
        options.reasonCode = reason;
        if (reason == MQTTREASONCODE_SUCCESS && lasting(&mqtt->settings)) {
            /* Nobody comes back: nothing is to be kept for him. */
            add_property4(&options.properties, MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, 0);
        }
    } else {
        options.onSuccess = gone3;
    }
    const int code = MQTTAsync_disconnect(mqtt->client, &options);
    MQTTProperties_free(&options.properties);
    return code;
}
