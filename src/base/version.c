#include "base/version.h"

const char tr_version[] = TR_VERSION;
const char tr_gpiod_version[] = TR_GPIOD_VERSION;
