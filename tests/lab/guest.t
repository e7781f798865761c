#!/bin/bash
# The lab itself: what the other tests here build on.
set -euo pipefail
# shellcheck source=tests/lab/lib.bash
. "$(dirname "$0")/lib.bash"

need_kernel
dir=$(scratch guest)
start=1772442000
bin=$(in_guest "$build/tests/lab")

check "the kernel is there" "$dir/kernel.log" timeout 1200 tests/lab/kernel || finish

rc=0
tests/lab/boot --share "$dir" bash -c 'echo out; echo err >&2; exit 7' >"$dir/out" 2>"$dir/err" || rc=$?
[ "$rc $(cat "$dir/out" "$dir/err" | tr '\n' ' ')" = "7 out err " ] && rc=0 || rc=1
point "$rc" "a guest's command: its status and its two outputs come through" "$dir/.boot/console"

rc=0
tests/lab/boot --timeout 5 --share "$dir" sleep 60 >"$dir/late" 2>&1 || rc=$?
[ "$rc" -eq 124 ] && rc=0 || rc=1
point "$rc" "a guest that does not finish is ended" "$dir/late"

# shellcheck disable=SC2016
check "the root cannot be written" "$dir/write.log" \
    tests/lab/boot --share "$dir" bash -c '! touch /etc/lab "$LAB_TREE/lab" 2>/dev/null' || true

# Single, simultaneous, close and far apart; 54 lines of one chip.
cat >"$dir/trace" <<'EOT'
0 a 1
0.0001 a 0
0.01 a 1
0.01 b 1
0.01 c 1
0.0234567 b 0
1.003 c 0
3600.5 b 1
7199.999 a 0
EOT
printf '%s\n' 'a 5 high' 'b 6 low' 'c 53 high' >"$dir/map"
lines=$(seq -s ' ' 0 53)
check "two virtual hours of edges" "$dir/boot.log" \
    tests/lab/boot --virtual $((start - 3)) --share "$dir" bash -ec "
        $bin/edges --gpio \$LAB_GPIO --map map --idle
        $bin/stamps /dev/gpiochip0 9000 $lines >stamps & reader=\$!
        sleep 1
        $bin/edges --gpio \$LAB_GPIO --map map --start $start trace >edges.json
        wait \$reader" || true
awk '{ $2 = $2 == "a" ? 5 : $2 == "b" ? 6 : 53; if ($2 == 6) $3 = !$3
       printf "%.0f %d %d\n", 3e9 + $1 * 1e9, $2, $3 }' "$dir/trace" >"$dir/driven"
check "every edge is stamped at the nanosecond it was driven" "$dir/difference" \
    diff -u "$dir/driven" "$dir/stamps" || true
check "the two clocks differ by whole seconds to the end" "$dir/offset.log" \
    grep "\"offset_ns\":$((start - 3))000000000," "$dir/edges.json" || true
finish
