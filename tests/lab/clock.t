#!/bin/bash
# The wall clock is set, back and on, by an hour and by a year, while the
# unmodified daemon speaks to a real broker (clock_guest says what is done and
# what must hold). In virtual time with this machine's MQTT library and with
# Debian 13's; the shortest of it in real time too.
set -euo pipefail
# shellcheck source=tests/lab/lib.bash
. "$(dirname "$0")/lib.bash"

need_kernel
command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || skip_all "no mosquitto (make deps)"
start=1792442000

# What is said goes to DIR/out, how the guest ended to DIR/status.
guest() { # DIR ROOT BIN BOOT-OPTION... -- SCENARIO...
    local dir=$1 root=$2 bin=$3 rc=0 options=()
    shift 3
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    tests/lab/boot --root "$root" "${options[@]}" --timeout 500 --share "$dir" bash -c \
        "TR_BUILD=$bin $(in_guest "$top/tests/lab/clock_guest") $*" >"$dir/out" 2>&1 </dev/null || rc=$?
    echo "$rc" >"$dir/status"
}

verdicts() { # NAME DIR
    local name=$1 dir=$2 verdict test rc=1
    while read -r verdict test; do
        [ "$verdict" = ok ] && verdict=0 || verdict=1
        point "$verdict" "$name: $test"
    done < <(sed -nE 's/^not ok /not /p; s/^ok /ok /p' "$dir/out")
    if [ "$(cat "$dir/status")" -eq 0 ] && grep -q '^ended ' "$dir/out"; then rc=0; fi
    point "$rc" "$name: the guest came to its end" "$dir/out"
}

here=$(scratch clock-here)
real=$(scratch clock-real)
# One after the other in virtual time; what passes in real time mostly sleeps.
guest "$real" / "$(in_guest "$build")" -- --first connected stopped_while_hanging in_flight &
sleeper=$!
guest "$here" / "$(in_guest "$build")" --virtual "$start" --
verdicts "Paho here" "$here"
if have_debian13; then
    there=$(scratch clock-debian13)
    if check "the daemon builds on Debian 13" "$there/build.log" tests/lab/build13 all; then
        guest "$there" "$(tests/lab/root13)" /tr/build --virtual "$start" --
        verdicts "Paho of Debian 13" "$there"
    fi
else
    skip_point "$why" "Paho of Debian 13"
fi
wait "$sleeper"
verdicts "real time" "$real"
finish
