#!/bin/bash
# Both libgpiod versions build and pass: the other one here, in a Debian 13 root.
set -euo pipefail
# shellcheck source=tests/lab/lib.bash
. "$(dirname "$0")/lib.bash"

have_debian13 || skip_all "$why"
dir=$(scratch debian13)

# Clean of what the calling environment carries; cmocka speaks TAP here too.
# shellcheck disable=SC2317
inside() {
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        CMOCKA_MESSAGE_OUTPUT=TAP TR_BUILD=/tr/build timeout 300 chroot "$root" "$@"
}

# shellcheck disable=SC2317  # called through check
is_two() {
    inside pkg-config --modversion libgpiod
    inside pkg-config --atleast-version=2 libgpiod
}

check "the tree builds on Debian 13 without a warning" "$dir/build.log" timeout 1200 tests/lab/build13 || finish
root=$(tests/lab/root13)
check "its libgpiod is a 2.x" "$dir/version.log" is_two || true
for test in tests/unit/test_*.c; do
    [ -e "$test" ] || continue
    name=${test#tests/unit/}
    name=${name%.c}
    check "Debian 13: $name" "$dir/$name.log" inside env -C /tr "build/tests/unit/$name" || true
done
finish
