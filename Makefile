# Third Ring. One Makefile, not recursive; everything built goes under build/.
#
#   make deps     install what is needed (apt; sudo when not root)
#   make demo     a recorded shop day through the real daemon
#   make check    every test there is
#
# Variants: SANITIZE=address,undefined  CC=clang  DESTDIR=  PREFIX=
.DEFAULT_GOAL := all
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PREFIX   ?= /usr/local
PKG_CONFIG ?= pkg-config
SANITIZE ?=
comma := ,
ifneq ($(SANITIZE),)
BUILD ?= build/sanitize-$(subst $(comma),-,$(SANITIZE))
else
BUILD ?= build
endif

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unreleased)

CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))
OPT     ?= -O2 -g
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
           -Wvla -Wformat=2 -Wundef
WERROR  ?= -Werror
CFLAGS  ?= $(OPT)
all_cflags = -std=c17 $(WARN) $(WERROR) $(CFLAGS) -D_GNU_SOURCE -Iinclude -Isrc -MMD -MP \
           -fstack-protector-strong $(if $(SANITIZE),-fsanitize=$(SANITIZE) \
           -fno-sanitize-recover=all -fno-omit-frame-pointer,-D_FORTIFY_SOURCE=2)
all_ldflags = $(LDFLAGS) $(if $(SANITIZE),-fsanitize=$(SANITIZE))

# Goals that need no libraries must work on a machine that has none yet.
PKGS := libgpiod libconfig sqlite3 libsystemd jansson
GPIOD_VERSION := $(shell $(PKG_CONFIG) --modversion libgpiod 2>/dev/null)
gpiod_major := $(firstword $(subst ., ,$(GPIOD_VERSION)))
all_cflags += $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
# Paho's Debian package ships no .pc file.
libs := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null) -lpaho-mqtt3as -lpthread -lm

lib_dirs := base core codec gpio mqtt journal config output
other_gpiod := $(if $(filter 2,$(gpiod_major)),src/gpio/gpiod1.c,src/gpio/gpiod2.c)
lib_src := $(filter-out $(other_gpiod),$(sort $(wildcard $(lib_dirs:%=src/%/*.c))))
daemon_src := $(sort $(wildcard src/daemon/*.c))
cli_src := $(sort $(wildcard src/cli/*.c))
core_src := $(sort $(wildcard src/core/*.c))

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
lib := $(BUILD)/libthirdring.a
programs := $(BUILD)/thirdringd $(BUILD)/thirdring

unit_src := $(sort $(wildcard tests/unit/test_*.c))
contract_src := $(sort $(wildcard tests/contract/test_*.c))
unit_bin := $(unit_src:%.c=$(BUILD)/%)
contract_bin := $(contract_src:%.c=$(BUILD)/%)
# Scripts are tests too: executable, TAP on standard output (see CONTRIBUTING.md).
scenario_t := $(sort $(wildcard tests/scenario/*.t))
contract_t := $(sort $(wildcard tests/contract/*.t))
lab_t := $(sort $(wildcard tests/lab/*.t))
browser_t := $(sort $(wildcard tests/browser/*.t))
fuzz_src := $(sort $(wildcard tests/fuzz/fuzz_*.c))
fuzz_bin := $(fuzz_src:%.c=$(BUILD)/%)
bench_src := $(sort $(wildcard tests/bench/bench_*.c))
bench_bin := $(bench_src:%.c=$(BUILD)/%)
helper_src := $(sort $(wildcard tests/tools/*.c))
helper_bin := $(helper_src:%.c=$(BUILD)/%)
man_src := $(sort $(wildcard src/man/*.scd))

.PHONY: all
all: $(programs) man

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(all_cflags) -c -o $@ $<

# The version is a flag of one object, rebuilt when it changes.
$(BUILD)/version: FORCE
	@mkdir -p $(@D); echo '$(VERSION) $(GPIOD_VERSION)' | cmp -s - $@ || echo '$(VERSION) $(GPIOD_VERSION)' >$@
.PHONY: FORCE
FORCE:
version_obj := $(call obj,src/base/version.c)
$(version_obj): $(BUILD)/version
$(version_obj): all_cflags += -DTR_VERSION='"$(VERSION)"' -DTR_GPIOD_VERSION='"$(GPIOD_VERSION)"'

$(lib): $(call obj,$(lib_src))
	rm -f $@; $(AR) rcs $@ $^

$(BUILD)/thirdringd: $(call obj,$(daemon_src)) $(lib)
	$(CC) $(all_ldflags) -o $@ $^ $(libs)
$(BUILD)/thirdring: $(call obj,$(cli_src)) $(lib)
	$(CC) $(all_ldflags) -o $@ $^ $(libs)

# A test may ask for more objects (tests/rules.mk); they come before the library.
$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(lib)
	@mkdir -p $(@D)
	$(CC) $(all_ldflags) -o $@ $(filter %.o,$^) $(lib) $(libs) -lcmocka

-include $(wildcard $(shell [ -d $(BUILD)/obj ] && find $(BUILD)/obj -name '*.d'))
.SECONDARY:

include tests/rules.mk
