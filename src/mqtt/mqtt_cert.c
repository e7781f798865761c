/*
 * How long certificates hold. Only what lies on the way to the two times is read,
 * of the DER inside the PEM (RFC 7468, RFC 5280 §4.1): whether a certificate is
 * any good is TLS's to say, so no library is linked for this.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mqtt/mqtt_private.h"

enum { FILE_BYTES_MAX = 4 << 20 };

struct span {
    const unsigned char *at, *end;
};

/* Take one tag, length, value off the front. @return its tag, or -1. */
static int take(struct span *from, struct span *ret_value)
{
    if (from->end - from->at < 2) {
        return -1;
    }
    const int tag = *from->at++;
    size_t n = *from->at++;
    if (n & 0x80) {
        int more = (int)(n & 0x7f);
        n = 0;
        if (more == 0 || more > 4 || from->end - from->at < more) {
            return -1;
        }
        while (more-- > 0) {
            n = n << 8 | *from->at++;
        }
    }
    if ((size_t)(from->end - from->at) < n) {
        return -1;
    }
    *ret_value = (struct span){from->at, from->at + n};
    from->at += n;
    return tag;
}

static int digits(const unsigned char *at, int n)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return -1;
        }
        value = value * 10 + at[i] - '0';
    }
    return value;
}

/* UTCTime (two digits of year, RFC 5280) or GeneralizedTime. @return whether it is one. */
static bool take_time(struct span *from, int64_t *ret_s)
{
    struct span t;
    const int tag = take(from, &t);
    const int year_n = tag == 0x17 ? 2 : 4;
    if ((tag != 0x17 && tag != 0x18) || t.end - t.at != year_n + 11 || t.end[-1] != 'Z') {
        return false;
    }
    int part[6] = {digits(t.at, year_n)};
    for (int i = 0; i < 5; i++) {
        part[i + 1] = digits(t.at + year_n + (ptrdiff_t)2 * i, 2);
    }
    for (int i = 0; i < 6; i++) {
        if (part[i] < 0) {
            return false;
        }
    }
    if (year_n == 2) {
        part[0] += part[0] < 50 ? 2000 : 1900;
    }
    struct tm tm = {.tm_year = part[0] - 1900,
                    .tm_mon = part[1] - 1,
                    .tm_mday = part[2],
                    .tm_hour = part[3],
                    .tm_min = part[4],
                    .tm_sec = part[5]};
    *ret_s = timegm(&tm);
    return true;
}

/* Certificate { tbs { [0] version?, serial, algorithm, issuer, validity { from, until } ... */
static bool validity(struct span der, int64_t *ret_from_s, int64_t *ret_until_s)
{
    struct span certificate, tbs, value;
    if (take(&der, &certificate) != 0x30 || take(&certificate, &tbs) != 0x30) {
        return false;
    }
    if (tbs.at < tbs.end && *tbs.at == 0xa0) {
        (void)take(&tbs, &value);
    }
    return take(&tbs, &value) == 0x02 && take(&tbs, &value) == 0x30 && take(&tbs, &value) == 0x30 &&
           take(&tbs, &value) == 0x30 && take_time(&value, ret_from_s) &&
           take_time(&value, ret_until_s);
}

/* Base64 in place, up to the first '-'. @return bytes. */
static size_t decode(char *text)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char *const start = (unsigned char *)text, *to = start;
    uint32_t bits = 0;
    int have = 0;
    for (; *text != '\0' && *text != '-' && *text != '='; text++) {
        const char *at = strchr(letters, *text);
        if (at == NULL) {
            continue;
        }
        bits = bits << 6 | (uint32_t)(at - letters);
        have += 6;
        if (have >= 8) {
            have -= 8;
            *to++ = (unsigned char)(bits >> have);
        }
    }
    return (size_t)(to - start);
}

static void keep(struct tr_mqtt_certificates *ret, bool authority, int64_t from_s, int64_t until_s)
{
    const bool other = authority ? until_s > ret->until_s : until_s < ret->until_s;
    if (ret->n == 0 || other) {
        ret->from_s = from_s;
        ret->until_s = until_s;
    }
    ret->n++;
}

/* Each certificate of a text, which is spoilt by it. @return false: one is none. */
static bool look(char *text, bool authority, struct tr_mqtt_certificates *ret)
{
    static const char *const begin[] = {"-----BEGIN CERTIFICATE-----",
                                        "-----BEGIN TRUSTED CERTIFICATE-----"};
    while (text != NULL && (text = strstr(text, "-----BEGIN ")) != NULL) {
        const bool plain = strncmp(text, begin[0], strlen(begin[0])) == 0;
        const bool trusted = strncmp(text, begin[1], strlen(begin[1])) == 0;
        text += strlen("-----BEGIN ");
        if (!plain && !trusted) {
            continue;
        }
        text = strstr(text, "-----") + strlen("-----");
        char *end = strchr(text, '-');
        int64_t from_s, until_s;
        const size_t n = decode(text);
        const struct span der = {(unsigned char *)text, (unsigned char *)text + n};
        if (!validity(der, &from_s, &until_s)) {
            return false;
        }
        keep(ret, authority, from_s, until_s);
        text = end;
    }
    return true;
}

/* @return the text, to be freed; NULL with errno. */
static char *read_whole(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    char *text = fd < 0 ? NULL : malloc(FILE_BYTES_MAX + 1);
    size_t n = 0;
    ssize_t got = text == NULL ? -1 : 1;
    while (got > 0 && n < FILE_BYTES_MAX) {
        got = read(fd, text + n, FILE_BYTES_MAX - n);
        n += got > 0 ? (size_t)got : 0;
    }
    const int error = errno;
    if (fd >= 0) {
        close(fd);
    }
    if (got < 0) {
        free(text);
        errno = error;
        return NULL;
    }
    text[n] = '\0';
    return text;
}

int tr_mqtt_certificates(const struct tr_mqtt_options *opt, bool authority,
                         struct tr_mqtt_certificates *ret, char *reterr)
{
    const enum tr_mqtt_file file = authority ? TR_MQTT_CA : TR_MQTT_CERT;
    const char *key = authority ? "ca_file" : "cert_file";
    *ret = (struct tr_mqtt_certificates){0};
    int r = tr_mqtt_file_path(opt, file, ret->path, reterr);
    if (r < 0 || ret->path[0] == '\0') {
        return r;
    }
    char *text = read_whole(ret->path);
    if (text == NULL) {
        r = errno == EACCES || errno == EPERM ? -EACCES : errno == ENOENT ? -ENOENT : -EINVAL;
        return tr_mqtt_refuse(reterr, r, "mqtt.%s \"%s\" cannot be read: %s", key, ret->path,
                              strerror(errno));
    }
    const bool good = look(text, authority, ret);
    free(text);
    if (!good || ret->n == 0) {
        return tr_mqtt_refuse(reterr, -EINVAL, "mqtt.%s \"%s\": %s", key, ret->path,
                              good ? "there is no certificate in it (PEM is expected)"
                                   : "a certificate in it is damaged");
    }
    return 0;
}
