/* The files that the options name: where they lie, and what the small ones say. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mqtt/mqtt_private.h"

#define CREDENTIAL "credential:"

static const struct {
    const char *key;
    size_t offset; /* into struct tr_mqtt_options */
} files[TR_MQTT_FILE_COUNT] = {
    [TR_MQTT_USERNAME] = {"username_file", offsetof(struct tr_mqtt_options, username_file)},
    [TR_MQTT_PASSWORD] = {"password_file", offsetof(struct tr_mqtt_options, password_file)},
    [TR_MQTT_CA] = {"ca_file", offsetof(struct tr_mqtt_options, ca_file)},
    [TR_MQTT_CERT] = {"cert_file", offsetof(struct tr_mqtt_options, cert_file)},
    [TR_MQTT_KEY] = {"key_file", offsetof(struct tr_mqtt_options, key_file)},
};

static const char *named(const struct tr_mqtt_options *opt, int file)
{
    return (const char *)opt + files[file].offset;
}

int tr_mqtt_file_path(const struct tr_mqtt_options *opt, enum tr_mqtt_file file, char *path,
                      char *reterr)
{
    const char *value = named(opt, (int)file), *key = files[file].key, *dir = "", *slash = "";
    if (strncmp(value, CREDENTIAL, strlen(CREDENTIAL)) == 0) {
        value += strlen(CREDENTIAL);
        if (value[0] == '\0' || value[0] == '.' || strchr(value, '/') != NULL) {
            return tr_mqtt_refuse(reterr, -EINVAL,
                                  "mqtt.%s: expected " CREDENTIAL "NAME, NAME without / and not "
                                  "beginning with .",
                                  key);
        }
        dir = getenv("CREDENTIALS_DIRECTORY");
        slash = "/";
        if (dir == NULL || dir[0] == '\0') {
            return tr_mqtt_refuse(reterr, -EINVAL,
                                  "mqtt.%s \"" CREDENTIAL "%s\": CREDENTIALS_DIRECTORY is not set; "
                                  "the service's unit needs LoadCredential=%s:FILE",
                                  key, value, value);
        }
    }
    int n = snprintf(path, (size_t)2 * TR_PATH_MAX, "%s%s%s", dir, slash, value);
    if (n < 0 || n >= 2 * TR_PATH_MAX) {
        return tr_mqtt_refuse(reterr, -EINVAL, "mqtt.%s: its path is too long", key);
    }
    return 0;
}

static int unreadable(const struct tr_mqtt_settings *s, int file, int error, char *reterr)
{
    int code = error == EACCES || error == EPERM ? -EACCES : error == ENOENT ? -ENOENT : -EINVAL;
    return tr_mqtt_refuse(reterr, code, "mqtt.%s \"%s\" cannot be read: %s", files[file].key,
                          s->path[file], strerror(error));
}

static int open_file(const struct tr_mqtt_settings *s, int file, char *reterr)
{
    int fd = open(s->path[file], O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    return fd < 0 ? unreadable(s, file, errno, reterr) : fd;
}

/* The first line, without its end, which may be that of another system. */
static int read_line(const struct tr_mqtt_settings *s, int file, char *line, char *reterr)
{
    size_t n = 0;
    ssize_t got;
    int fd = open_file(s, file, reterr);
    if (fd < 0) {
        return fd;
    }
    do {
        got = read(fd, line + n, TR_MQTT_SECRET_MAX - n);
        n += got > 0 ? (size_t)got : 0;
    } while (got > 0 || (got < 0 && errno == EINTR));
    int error = errno;
    close(fd);
    if (got < 0) {
        return unreadable(s, file, error, reterr);
    }
    const char *end = memchr(line, '\n', n);
    if (end == NULL && n == TR_MQTT_SECRET_MAX) {
        return tr_mqtt_refuse(reterr, -EINVAL, "mqtt.%s \"%s\": a line of %d bytes or more",
                              files[file].key, s->path[file], TR_MQTT_SECRET_MAX);
    }
    n = end != NULL ? (size_t)(end - line) : n;
    n -= n > 0 && line[n - 1] == '\r';
    line[n] = '\0';
    if (n == 0 || (file == TR_MQTT_USERNAME && strlen(line) != n)) {
        return tr_mqtt_refuse(reterr, -EINVAL, "mqtt.%s \"%s\": %s", files[file].key, s->path[file],
                              n == 0 ? "its first line is empty" : "a zero byte in a name");
    }
    return (int)n;
}

static int read_secret(struct tr_mqtt_settings *s, int file, struct tr_mqtt_secret *secret,
                       char *reterr)
{
    char line[TR_MQTT_SECRET_MAX + 1];
    if (s->path[file][0] == '\0') {
        return 0;
    }
    int r = read_line(s, file, line, reterr);
    if (r > 0) {
        tr_mqtt_secret_set(secret, line, (size_t)r);
    }
    explicit_bzero(line, sizeof(line));
    return r < 0 ? r : 0;
}

void tr_mqtt_secret_set(struct tr_mqtt_secret *secret, const char *text, size_t n)
{
    explicit_bzero(secret->text, sizeof(secret->text));
    memcpy(secret->text, text, n);
    secret->n = n;
}

int tr_mqtt_secrets_read(struct tr_mqtt_settings *s, char *reterr)
{
    int r = read_secret(s, TR_MQTT_PASSWORD, &s->password, reterr);
    int name = read_secret(s, TR_MQTT_USERNAME, &s->username, reterr);
    return name < 0 ? name : r;
}

int tr_mqtt_certificates_check(const struct tr_mqtt_settings *s, char *reterr)
{
    for (int file = TR_MQTT_CA; file < TR_MQTT_FILE_COUNT; file++) {
        int fd = s->path[file][0] != '\0' ? open_file(s, file, reterr) : 0;
        if (fd < 0) {
            return fd;
        }
        if (s->path[file][0] != '\0') {
            close(fd);
        }
    }
    return 0;
}

int tr_mqtt_files_init(struct tr_mqtt_settings *s, char *reterr)
{
    for (int file = 0; file < TR_MQTT_FILE_COUNT; file++) {
        if (file >= TR_MQTT_CA && named(s->opt, file)[0] != '\0' && !s->tls) {
            return tr_mqtt_refuse(reterr, -EINVAL,
                                  "mqtt.%s is of no use without an mqtts:// or wss:// uri",
                                  files[file].key);
        }
        int r = tr_mqtt_file_path(s->opt, (enum tr_mqtt_file)file, s->path[file], reterr);
        if (r < 0) {
            return r;
        }
    }
    if (s->path[TR_MQTT_KEY][0] != '\0' && s->path[TR_MQTT_CERT][0] == '\0') {
        return tr_mqtt_refuse(reterr, -EINVAL, "mqtt.key_file needs mqtt.cert_file");
    }
    if (s->path[TR_MQTT_USERNAME][0] != '\0' && s->opt->username[0] != '\0') {
        return tr_mqtt_refuse(reterr, -EINVAL, "mqtt.username_file stands beside mqtt.username");
    }
    if (s->path[TR_MQTT_PASSWORD][0] != '\0' && s->path[TR_MQTT_USERNAME][0] == '\0' &&
        s->opt->username[0] == '\0') {
        return tr_mqtt_refuse(reterr, -EINVAL,
                              "mqtt.password_file needs mqtt.username or mqtt.username_file");
    }
    tr_mqtt_secret_set(&s->username, s->opt->username, strlen(s->opt->username));
    int r = tr_mqtt_secrets_read(s, reterr);
    return r < 0 ? r : tr_mqtt_certificates_check(s, reterr);
}

void tr_mqtt_secrets_wipe(struct tr_mqtt_settings *s)
{
    explicit_bzero(&s->username, sizeof(s->username));
    explicit_bzero(&s->password, sizeof(s->password));
}
