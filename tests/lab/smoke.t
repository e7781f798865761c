#!/bin/bash
# Two hours of the demo day on real kernel lines, in virtual time: what the
# unmodified daemon publishes is, record for record and to the millisecond,
# what a replay of the same trace says. On libgpiod 1.6 and on 2.x.
set -euo pipefail
# shellcheck source=tests/lab/lib.bash
. "$(dirname "$0")/lib.bash"

need_kernel
window=7200 # seconds from the trace's start; nothing is open then
lead=30     # seconds the daemon runs before the shop opens
tail=600    # and after the last edge

# The demo's configuration on lines instead of a trace. gpio-sim would take a
# bias for the outside world's doing, so the driver alone sets the levels.
live_config() {
    sed -e 's/^gpio *=.*/gpio = { backend = "gpiod"; chip = "pinctrl-bcm2711"; };/' \
        -e 's/ *bias *= *"[^"]*";//' \
        -e 's/^journal *=.*/journal = { path = "\/var\/lib\/thirdring\/journal.db"; };/' \
        -e 's/mqtt:\/\/localhost:/mqtt:\/\/127.0.0.1:/' etc/demo/shop.conf
}

cut_trace() {
    awk -v end="$window" '$1 ~ /^[0-9.]+$/ && $1 + 0 >= end { exit } { print }' etc/demo/day.trace
}

# Journal records in order of their sequence, without what may differ: where
# the timeline began, under which number the opening event was stored, whether
# the guest's clock is called synchronised, and whether a copy was back-filled.
comparable() { # one JSON object a line
    jq -c -S 'select(.seq) | del(.id, .mono_ms, .clock, .hist)' | sort -u |
        jq -c -s 'sort_by(.seq)[]'
}

published() { # MQTT LOG
    sed -n 's/^[^ ]*\/journal\/[a-z]* //p' "$1" | comparable
}

replayed() { # TRACE
    "$build/thirdring" replay --config etc/demo/shop.conf "$1" | comparable
}

smoke() { # NAME ROOT BIN
    local name=$1 root=$2 bin=$3 dir start
    dir=$(scratch "smoke-${name//[^a-z0-9]/-}")
    live_config >"$dir/live.conf"
    tests/lab/map etc/demo/shop.conf >"$dir/map"
    cut_trace >"$dir/window.trace"
    start=$(date -u -d "$(sed -n 's/^# start //p' "$dir/window.trace" | head -n 1)" +%s)
    check "$name: the daemon lives through the window" "$dir/boot.log" \
        tests/lab/boot --root "$root" --virtual $((start - lead)) --timeout 500 --share "$dir" bash -c \
        "$(in_guest "$top/tests/lab/shop") $bin live.conf map window.trace $start $tail" || return 0
    replayed "$dir/window.trace" >"$dir/replayed.json" || true
    published "$dir/mqtt.log" >"$dir/published.json" || true
    check "$name: waits, alerts and votes were published" "$dir/count.log" \
        jq -e -s 'group_by(.type) | map({(.[0].type): length}) | add | .wait > 40 and .alert and .vote' \
        "$dir/published.json" || true
    check "$name: published and replayed records are the same" "$dir/difference" \
        diff -u "$dir/replayed.json" "$dir/published.json" || true
    check "$name: every edge fell on its instant" "$dir/late.log" \
        jq -e '.worst_late_ns <= 1000' "$dir/edges.json" || true
}

smoke "libgpiod $(pkg-config --modversion libgpiod)" / "$(in_guest "$build")"

if have_debian13; then
    log=$(scratch smoke-build13)/log
    if check "the daemon builds on Debian 13" "$log" tests/lab/build13 all build/tests/lab/edges; then
        smoke "libgpiod 2.x" "$(tests/lab/root13)" /tr/build
    fi
else
    skip_point "$why" "libgpiod 2.x"
fi
finish
