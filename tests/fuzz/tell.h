/** @file tell.h With TR_FUZZ_TELL=1 a history is printed, to reduce a finding by
 *  hand; without, nothing happens. */
#ifndef FUZZ_TELL_H
#define FUZZ_TELL_H

#include "thirdring/core.h"

void tell_event(const struct tr_event *ev);
void tell_effect(const char *who, const struct tr_effect *e);
void tell_state(const char *when, int station, const struct tr_station_state *s);
void tell_replan(int shop, int tune, struct tr_mono at);

#endif
