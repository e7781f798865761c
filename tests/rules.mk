# The rest of the Makefile's targets: packages, tests, lint, manuals, install.

.PHONY: deps
deps:
	tests/tools/deps

# The core's tests share one invented shop.
core_tests := $(filter $(BUILD)/tests/unit/test_core%,$(unit_bin)) $(BUILD)/tests/bench/bench_core
$(core_tests): $(BUILD)/obj/tests/unit/shop.o

# The broker's contract tests share a private broker and a client with a loop.
mqtt_tests := $(filter $(BUILD)/tests/contract/test_mqtt%,$(contract_bin))
$(mqtt_tests): $(BUILD)/obj/tests/contract/mqtt_client.o $(BUILD)/obj/tests/contract/broker.o

# What thirdring(1) knows of wires is tested without the program around it.
$(BUILD)/tests/unit/test_header40: $(BUILD)/obj/src/cli/header40.o $(BUILD)/obj/src/cli/page.o

# The walk test's thinking is pure, but lives beside its terminal.
walktest_unit := $(filter $(BUILD)/tests/unit/test_walktest%,$(unit_bin))
$(walktest_unit): $(call obj,$(addprefix src/cli/,walktest_line.c walktest_order.c walktest_steps.c \
	walktest_judge.c walktest_words.c wiring_words.c header40.c))

# The report's page and charts are pure, but live beside its command line.
report_page := $(BUILD)/tests/unit/test_report_html $(BUILD)/tests/unit/test_report_chart
$(report_page): $(BUILD)/obj/tests/unit/report_shop.o $(call obj,$(wildcard src/cli/report_html*.c) \
	$(wildcard src/cli/report_chart*.c) src/cli/report_cell.c src/cli/report_say.c src/cli/page.c)

# And its arithmetic is pure altogether.
$(BUILD)/tests/unit/test_report: $(call obj,$(addprefix src/cli/,report_time.c report_km.c report_tally.c \
	report_votes.c))

# What check --hardware says of a board can be asked of one that is made of files.
$(BUILD)/tests/unit/test_hardware: $(call obj,$(wildcard src/cli/hardware*.c) src/cli/header40.c src/cli/watch_term.c)

# --- tests ---------------------------------------------------------------
# prove(1) runs every suite: C tests speak TAP through cmocka, scripts speak it
# themselves. A skipped case is printed with its reason.
PROVE := CMOCKA_MESSAGE_OUTPUT=TAP TR_BUILD=$(abspath $(BUILD)) prove --exec '' --timer --directives --failures -j2 --shuffle
prove_serial := CMOCKA_MESSAGE_OUTPUT=TAP TR_BUILD=$(abspath $(BUILD)) prove --exec '' --timer --directives --failures

# Programs for the lab's guests (tests/lab/README.md). These two need no library,
# so that one build runs on either root.
lab_src := $(sort $(wildcard tests/lab/*.c))
lab_bin := $(lab_src:%.c=$(BUILD)/%)
lab_plain := $(BUILD)/tests/lab/edges $(BUILD)/tests/lab/stamps
$(lab_plain): $(BUILD)/tests/lab/%: $(BUILD)/obj/tests/lab/%.o
	@mkdir -p $(@D)
	$(CC) $(all_ldflags) -o $@ $^
tests check-lab: $(lab_bin)

# The journal's tests share their makers and a VFS that fails on command.
journal_unit := $(filter $(BUILD)/tests/unit/test_journal%,$(unit_bin))
journal_contract := $(BUILD)/tests/contract/test_journal_faults \
	$(BUILD)/tests/contract/test_journal_kill $(BUILD)/tests/contract/test_journal_damage
$(journal_unit) $(journal_contract): $(BUILD)/obj/tests/unit/journal_fixture.o
$(journal_contract): $(BUILD)/obj/tests/contract/faultvfs.o $(BUILD)/obj/tests/contract/journal_story.o

.PHONY: tests check check-unit check-contract check-scenario check-lab check-browser check-sanitize
tests: all $(unit_bin) $(contract_bin) $(helper_bin) $(fuzz_bin)

check-unit: $(unit_bin) $(fuzz_bin) $(programs) $(helper_bin)
	$(PROVE) $(unit_bin) $(fuzz_bin) $(scenario_t)
check-scenario: $(programs) $(helper_bin)
	$(PROVE) $(scenario_t)
check-contract: $(contract_bin) $(programs) $(helper_bin)
	$(prove_serial) $(contract_bin) $(contract_t)
check-lab: $(programs) $(helper_bin)
	$(prove_serial) $(lab_t)
check-browser: dashboard browser-modules $(programs)
	$(prove_serial) $(browser_t)
# What the browser's tests need of npm, beside the page's own.
.PHONY: browser-modules
browser-modules: build/browser/node_modules/.package-lock.json
build/browser/node_modules/.package-lock.json: tests/browser/package-lock.json
	@mkdir -p build/browser
	cp tests/browser/package.json tests/browser/package-lock.json tests/browser/.npmrc build/browser/
	cd build/browser && npm ci --no-audit --no-fund --loglevel=error
	touch $@
check-sanitize:
	$(MAKE) SANITIZE=address,undefined tests
	$(MAKE) SANITIZE=address,undefined check-unit check-contract

# Most tests wait for shops and brokers, not for the processor: six run beside each
# other, the lab's, which take longest, first; the browser's, which count a page's
# moments, alone. One closing line for everything: unit, fuzz corpus, scenario, contract
# (plain and under ASan and UBSan), the lab and the browser.
san := build/sanitize-address-undefined
check: tests
	$(MAKE) SANITIZE=address,undefined tests
	$(MAKE) lint
	if command -v npm >/dev/null; then $(MAKE) dashboard browser-modules; \
		else echo "npm is not installed (make deps): no dashboard, and the browser's tests are skipped"; fi
	CMOCKA_MESSAGE_OUTPUT=TAP prove --exec tests/tools/variant --timer --directives --failures -j6 \
		--rules 'seq=tests/browser/*.t' --rules 'par=**' \
		$(lab_t) $(unit_bin) $(fuzz_bin) $(scenario_t) $(contract_bin) $(contract_t) $(browser_t) \
		$(patsubst $(BUILD)/%,$(san)/%,$(unit_bin) $(fuzz_bin) $(contract_bin)) \
		$(patsubst %,$(san)/%,$(scenario_t) $(contract_t))

# What the package's build runs, and the arm64 package's under qemu.
.PHONY: unit
unit: $(unit_bin) $(helper_bin) $(programs)
	$(PROVE) $(unit_bin)

# Fuzz targets: with main() of corpus.c they are tests that run the kept inputs
# once; with clang's libFuzzer they look for more (FUZZ_SECONDS each, 600).
# Without the tracing of comparisons, which halves the speed and finds nothing here.
fuzz_help := $(call obj,$(filter-out $(fuzz_src) tests/fuzz/corpus.c,$(sort $(wildcard tests/fuzz/*.c))))
$(fuzz_bin): $(fuzz_help) $(call obj,tests/fuzz/corpus.c)
fuzzer_bin := $(fuzz_src:tests/fuzz/%.c=$(BUILD)/libfuzzer/%)
$(BUILD)/libfuzzer/%: $(BUILD)/obj/tests/fuzz/%.o $(fuzz_help) $(lib)
	@mkdir -p $(@D)
	$(CC) $(all_ldflags) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(lib) $(libs)

.PHONY: fuzz fuzzers
fuzzers: $(fuzzer_bin)
fuzz:
	$(MAKE) CC=clang SANITIZE=address,undefined BUILD=$(BUILD)/fuzz \
		CFLAGS='-O1 -g -fsanitize-coverage=inline-8bit-counters,pc-table' fuzzers
	tests/tools/fuzz $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/libfuzzer/%,$(fuzz_src))

.PHONY: bench lint dashboard deb
bench: $(bench_bin) $(programs)
	@for b in $(bench_bin) $(wildcard tests/bench/*.sh) tests/bench/accuracy; do \
		BUILD=$(BUILD) TR_BUILD=$(abspath $(BUILD)) $$b; echo; done
# The manual's drawings from their sources; tests/contract/drawings.t compares.
.PHONY: drawings
drawings: $(patsubst %.m4,%.svg,$(filter-out %/common.m4,$(wildcard hardware/*.m4 hardware/*/*.m4)))
hardware/%.svg: hardware/%.m4 hardware/circuits/common.m4 tests/tools/draw
	tests/tools/draw $<
# The managers' screen, one file. npm's packages stay out of the folder that a broker
# may serve; the lock names no registry, so that it is whichever npm is set to.
npm_dir := $(BUILD)/npm/dashboard
dashboard: $(BUILD)/dashboard/index.html
$(npm_dir)/done: $(addprefix src/dashboard/,package.json package-lock.json .npmrc)
	command -v npm >/dev/null || { echo "dashboard: npm is not there; 'make deps' installs it" >&2; exit 1; }
	@mkdir -p $(@D); cp $^ $(@D)
	cd $(@D) && npm ci --ignore-scripts --no-audit --no-fund --no-progress --loglevel=error
	touch $@
$(BUILD)/dashboard/index.html: $(npm_dir)/done src/dashboard/index.html src/dashboard/build.mjs \
		$(shell find src/dashboard/css src/dashboard/js -type f 2>/dev/null)
	node src/dashboard/build.mjs $(npm_dir)/node_modules $@
# Packages for Debian 12 and 13, amd64 and arm64, in build/deb. Needs root: each is
# built in a root of its own (tests/lab/debroot). dpkg-buildpackage needs neither.
deb:
	if command -v npm >/dev/null; then $(MAKE) BUILD=build dashboard; \
		else echo "deb: npm is not installed (make deps): packages without the managers' page"; fi
	tests/lab/deb

lint:
	BUILD=$(BUILD) tests/tools/lint
$(BUILD)/core.o: $(call obj,$(core_src) src/base/quantile.c src/base/wilson.c src/base/names.c src/base/plan.c)
	$(LD) -r -o $@ $^
lint: $(BUILD)/core.o

.PHONY: demo
demo: deps-quiet
	$(MAKE) all
	$(MAKE) --no-print-directory -s dashboard || echo "demo: goes without the managers' screen"
	TR_BUILD=$(abspath $(BUILD)) tests/tools/demo
.PHONY: deps-quiet
deps-quiet:
	@tests/tools/deps --quiet --minimal

# --- manuals, install ----------------------------------------------------
man_out := $(man_src:src/man/%.scd=$(BUILD)/man/%)
.PHONY: man
man: $(man_out)
$(BUILD)/man/%: src/man/%.scd
	@mkdir -p $(@D)
	if command -v scdoc >/dev/null; then scdoc <$< >$@; else cp $< $@; fi
	! grep -q '^\.TS' $@ || sed -i "1i '\\\\\" t" $@

# What a shop copies from, and what an integrator reads. The manual of the hardware
# goes along once it is there.
share = $(DESTDIR)$(PREFIX)/share
hardware_files = $(shell find hardware -type f ! -name '*.m4' ! -name '*.pic' 2>/dev/null)
# Where Debian's zsh looks for what packages bring, and for what a person installed.
zsh_dir = $(share)/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
# The managers' page, where make dashboard was there before; a package's build folder
# is its own.
page = $(firstword $(wildcard $(BUILD)/dashboard/index.html build/dashboard/index.html))
example_files = $(shell find etc/examples -type f 2>/dev/null)

.PHONY: install uninstall clean
install: all
	install -D -m 755 $(BUILD)/thirdringd $(DESTDIR)$(PREFIX)/sbin/thirdringd
	install -D -m 755 $(BUILD)/thirdring $(DESTDIR)$(PREFIX)/bin/thirdring
	[ -e $(DESTDIR)/etc/thirdring/thirdring.conf ] || \
		install -D -m 644 etc/unconfigured.conf $(DESTDIR)/etc/thirdring/thirdring.conf
	for m in $(notdir $(man_out)); do \
		install -D -m 644 $(BUILD)/man/$$m $(share)/man/man$${m##*.}/$$m; \
		sed -i 's|/usr/local/|$(PREFIX)/|' $(share)/man/man$${m##*.}/$$m; done
	for u in $(wildcard systemd/*.service); do \
		install -D -m 644 $$u $(DESTDIR)$(PREFIX)/lib/systemd/system/$${u##*/}; \
		sed -i 's|/usr/local/|$(PREFIX)/|' $(DESTDIR)$(PREFIX)/lib/systemd/system/$${u##*/}; done
	install -D -m 644 etc/sysusers.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/thirdring.conf
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/udev/rules.d systemd/60-thirdring.rules
	install -D -m 644 -t $(share)/thirdring/mosquitto etc/mosquitto/*
	install -D -m 644 -t $(share)/thirdring/schema etc/schema/*
	install -D -m 644 -t $(share)/thirdring/homeassistant etc/homeassistant/*
	install -D -m 644 -t $(share)/thirdring/examples etc/thirdring.conf
	for f in $(example_files); do install -D -m 644 $$f $(share)/thirdring/$${f#etc/}; done
	install -D -m 644 -t $(share)/doc/thirdring README.md CHANGELOG.md etc/privacy.md etc/accuracy.md
	for f in $(hardware_files); do install -D -m 644 $$f $(share)/doc/thirdring/$$f; done
	for f in $(page); do install -D -m 644 -t $(share)/thirdring/dashboard $$f; done
	install -D -m 644 etc/completion/thirdring.bash $(share)/bash-completion/completions/thirdring
	ln -sf thirdring $(share)/bash-completion/completions/thirdringd
	install -D -m 644 -t $(zsh_dir) etc/completion/_thirdring
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/thirdringd $(DESTDIR)$(PREFIX)/bin/thirdring
	for m in $(notdir $(man_out)); do rm -f $(share)/man/man$${m##*.}/$$m; done
	for u in $(notdir $(wildcard systemd/*.service)); do rm -f $(DESTDIR)$(PREFIX)/lib/systemd/system/$$u; done
	rm -f $(DESTDIR)$(PREFIX)/lib/sysusers.d/thirdring.conf $(DESTDIR)$(PREFIX)/lib/udev/rules.d/60-thirdring.rules
	rm -f $(share)/bash-completion/completions/thirdring{,d} $(zsh_dir)/_thirdring
	rm -rf $(share)/thirdring $(share)/doc/thirdring
clean:
	rm -rf build
