#!/bin/bash
# Debian 13, its libgpiod 2.x, its MQTT library and its broker: the tree builds
# there, its unit tests pass, and so do the MQTT adapter's contract and a day of
# the real daemon over the wire.
set -euo pipefail
# shellcheck source=tests/lab/lib.bash
. "$(dirname "$0")/lib.bash"

have_debian13 || skip_all "$why"
dir=$(scratch debian13)

# Clean of what the calling environment carries; cmocka speaks TAP here too.
clean=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
    CMOCKA_MESSAGE_OUTPUT=TAP TR_BUILD=/tr/build)
# A loopback, processes and a /proc of its own: nothing meets another's ports.
room=(unshare --mount --pid --net --fork --kill-child)

# shellcheck disable=SC2317
inside() {
    "${clean[@]}" timeout 300 chroot "$root" "$@"
}

# shellcheck disable=SC2317  # called through check
is_two() {
    inside pkg-config --modversion libgpiod
    inside pkg-config --atleast-version=2 libgpiod
}

# Nearly all of it waits, so all of it at once; the verdicts come after.
over_the_wire() { # NAME COMMAND...
    local name=$1 rc=0
    shift
    # The shell stays, as the first process: who is that hears no signals.
    # shellcheck disable=SC2016
    "${clean[@]}" timeout 300 "${room[@]}" --root "$root" --mount-proc \
        sh -ec 'ip link set lo up; cd /tr; "$@"; exit' room "$@" \
        >"$dir/$name.log" 2>&1 </dev/null || rc=$?
    echo "$rc" >"$dir/$name.status"
}

wire_verdict() { # NAME
    local rc
    rc=$(cat "$dir/$1.status")
    # A failed point may stand far above the end, which is what is shown.
    [ "$rc" -eq 0 ] || grep -A 12 '^not ok\|^Bail' "$dir/$1.log" >"$dir/$1.failed" || cp "$dir/$1.log" "$dir/$1.failed"
    point "$rc" "Debian 13, over the wire: $1" "$dir/$1.failed"
}

check "the tree builds on Debian 13 without a warning" "$dir/build.log" timeout 1200 tests/lab/build13 || finish
root=$(tests/lab/root13)
check "its libgpiod is a 2.x" "$dir/version.log" is_two || true

wire=()
no_room="this machine allows no namespaces of our own"
if "${room[@]}" true 2>/dev/null; then
    over_the_wire daemon_wire python3 tests/contract/daemon_wire.t &
    wire+=(daemon_wire)
    for test in tests/contract/test_mqtt*.c; do
        name=$(basename "$test" .c)
        over_the_wire "$name" "build/tests/contract/$name" &
        wire+=("$name")
    done
fi
for test in tests/unit/test_*.c; do
    [ -e "$test" ] || continue
    name=${test#tests/unit/}
    name=${name%.c}
    check "Debian 13: $name" "$dir/$name.log" inside env -C /tr "build/tests/unit/$name" || true
done
wait
for name in "${wire[@]}"; do
    wire_verdict "$name"
done
[ "${#wire[@]}" -gt 0 ] || skip_point "$no_room" "Debian 13, over the wire"
finish
