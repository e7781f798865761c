#!/bin/bash
# A newcomer follows chapter 11 of the manual in hardware/, on real kernel lines:
# checks, walk-tests, starts, serves a customer, backs up. The commands are those
# that are printed there, the configuration is the one that is printed there.
set -euo pipefail
# shellcheck source=tests/lab/lib.bash
. "$(dirname "$0")/lib.bash"

need_kernel
exec tests/lab/boot --timeout 300 --share "$(scratch manual)" \
    bash -c "exec $(in_guest "$top/tests/lab/newcomer") $(in_guest "$build")"
