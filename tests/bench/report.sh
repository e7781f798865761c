#!/bin/bash
# A store-year, a million closed waits, reported (DESIGN §8; the bar is two seconds).
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${BUILD:-build}
dir=$(mktemp -d "${TMPDIR:-/tmp}/tr-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
"$build/thirdringd" --config etc/demo/shop.conf --set "gpio.trace=\"$PWD/etc/demo/day.trace\"" \
    --set gpio.speed=20000.0 --set "journal.path=\"$dir/journal.db\"" \
    --set 'mqtt.uri="mqtt://127.0.0.1:1"' --exit-at-end 2>"$dir/said" || { cat "$dir/said" >&2; exit 1; }
# The demo day, again and again for a year, with waits that differ; and the votes and alerts.
python3 - "$dir/journal.db" <<'PYTHON'
import sqlite3
import sys

WAITS, DAYS, DAY_MS, FIRST = 1_000_000, 365, 86_400_000, 10_000_000
with sqlite3.connect(sys.argv[1]) as db:
    rows = [list(r[1:]) for r in db.execute("SELECT * FROM wait ORDER BY seq")]
    votes = [list(r[1:]) for r in db.execute("SELECT * FROM vote ORDER BY seq")]
    alerts = [list(r[1:]) for r in db.execute("SELECT * FROM alert ORDER BY seq")]

    def year():
        for n in range(WAITS):
            day, i = n * DAYS // WAITS - DAYS + 1, n * 7919 % len(rows)
            r = list(rows[i])
            more = n * 104729 % 30_011
            r[4] += day * DAY_MS * 1_000_000
            r[5] += day * DAY_MS
            r[6] += day * DAY_MS + more
            r[7] += more * 1_000_000
            yield (FIRST + 2 * n, *r)

    db.execute("DELETE FROM wait")
    db.executemany(f"INSERT INTO wait VALUES({','.join('?' * 22)})", year())
    for day in range(1 - DAYS, 0):
        seq = FIRST - 1 + 2 * (WAITS * (day + DAYS - 1) // DAYS)
        for r in votes:
            seq += 2
            db.execute(f"INSERT INTO vote VALUES({','.join('?' * 12)})",
                       (seq, *r[:6], r[6] + day * DAY_MS, *r[7:]))
        for r in alerts:
            seq += 2
            db.execute(f"INSERT INTO alert VALUES({','.join('?' * 13)})",
                       (seq, *r[:9], r[9] + day * DAY_MS, r[10] + day * DAY_MS, *r[11:]))
    db.execute("UPDATE tail SET record = ?", (FIRST + 2 * WAITS,))
db.close()
PYTHON
printf 'report: a journal of %s MB with a million waits; the bar is 2,000 ms for the year\n' \
    $(($(stat -c %s "$dir/journal.db") / 1000000))
for what in "--from 2025-03-03 --to 2026-03-02" "--month 2026-02" "--week" "--day"; do
    for format in text json html; do
        began=$(date +%s%N)
        # shellcheck disable=SC2086 # words
        "$build/thirdring" report --journal "$dir/journal.db" $what --format "$format" >"$dir/out"
        printf '  %-34s %-4s %6d ms\n' "$what" "$format" $((($(date +%s%N) - began) / 1000000))
    done
done
# shellcheck disable=SC2016
/usr/bin/python3 - "$build/thirdring" "$dir/journal.db" <<'PYTHON'
import resource
import subprocess
import sys

subprocess.run([sys.argv[1], "report", "--journal", sys.argv[2], "--from", "2025-03-03", "--to",
                "2026-03-02"], stdout=subprocess.DEVNULL, check=True)
print(f"  memory for the year           {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:6.0f} MB")
PYTHON
