#!/bin/bash
# Edges a second through `thirdring replay` with JSON out (DESIGN §8: 500,000).
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${BUILD:-build}
dir=$(mktemp -d "${TMPDIR:-/tmp}/tr-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
# The demo day, many times over: each copy a day later.
days=${1:-200}
awk -v days="$days" '
    $1 ~ /^[0-9.]+$/ { at[n] = $1; rest[n++] = $2 " " $3; next }
    NR <= 2 { head = head $0 "\n" }
    END { printf "%s", head
          for (d = 0; d < days; d++) for (i = 0; i < n; i++) printf "%.3f %s\n", at[i] + d * 86400, rest[i] }
    ' etc/demo/day.trace >"$dir/trace"
grep -q '^# start' "$dir/trace" || sed -i "1a $(grep '^# start' etc/demo/day.trace)" "$dir/trace"
edges=$(grep -c '^[0-9]' "$dir/trace")
began=$(date +%s%N)
"$build/thirdring" replay --config etc/demo/shop.conf "$dir/trace" >"$dir/out.jsonl"
took=$((($(date +%s%N) - began) / 1000000))
printf 'replay: %s edges, %s waits as JSON Lines in %s ms: %s edges/s; the bar is 500,000\n' \
    "$edges" "$(grep -c '"type":"wait"' "$dir/out.jsonl")" "$took" $((edges * 1000 / took))
