/* thirdringd --outputs-off: what a daemon that was killed could not do itself. */
#include <errno.h>
#include <sysexits.h>

#include "config/config.h"
#include "daemon/daemon.h"
#include "gpio/gpio.h"

/* Of the chip only the outputs: a sensor that is missing must keep no lamp lit. */
static int drive_off(struct tr_config *cfg)
{
    char error[TR_GPIO_ERROR_MAX];
    struct tr_gpio *gpio = NULL;
    cfg->plan.sensors_n = 0;
    const int r = tr_gpio_open(&cfg->plan, &cfg->options.gpio, INT64_MIN, &gpio, error);
    if (r < 0) {
        tr_log(TR_LOG_WARNING, "outputs are left as they are: %s", error);
        return EX_UNAVAILABLE;
    }
    tr_gpio_close(gpio);
    return EX_OK;
}

int tr_daemon_outputs_off(const struct tr_daemon *d)
{
    struct tr_config_error error;
    struct tr_config *cfg = NULL;
    size_t n = 0;
    /* Whoever started the daemon has been told every error; once is enough. */
    const int r = tr_config_load(d->config_file, NULL, d->sets, &cfg, &error, 1, &n);
    if (r < 0) {
        tr_log(TR_LOG_WARNING, "outputs are left as they are: %s cannot be used", d->config_file);
        return r == -EINVAL ? EX_CONFIG : r == -ENOMEM ? EX_OSERR : EX_NOINPUT;
    }
    const bool lines = cfg->options.gpio.backend != TR_BACKEND_REPLAY && cfg->plan.outputs_n > 0;
    const int code = lines ? drive_off(cfg) : EX_OK;
    tr_config_free(cfg);
    return code;
}
