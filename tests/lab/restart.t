#!/bin/bash
# The daemon ends while somebody waits, and is started again: what becomes of
# the wait, on real kernel lines and in virtual time.
set -euo pipefail
# shellcheck source=tests/lab/lib.bash
. "$(dirname "$0")/lib.bash"

need_kernel
start=1772442000
answered=0 unknown=4 gap=8 # enum tr_outcome, enum tr_reason: as the journal has them

common() { # what both configurations begin with
    cat <<'EOT'
site = { id = "lab"; };
gpio = { backend = "gpiod"; chip = "pinctrl-bcm2711"; };
mqtt = { uri = "mqtt://127.0.0.1:1883"; will_delay_s = 0; };
journal = { path = "/var/lib/thirdring/journal.db"; };
EOT
}

call_config() {
    common
    cat <<'EOT'
sensors = (
  { id = "bell";   type = "button"; line = "GPIO24"; active = "low"; },
  { id = "coming"; type = "button"; line = "GPIO25"; active = "low"; }
);
stations = (
  { id = "counter"; kind = "call"; call = "bell"; answer = "coming";
    target = { rings = 3; percent = 80.0; window_min = 60; }; }
);
EOT
}

queue_config() { # TARGET SECONDS
    common
    cat <<EOT
sensors = (
  { id = "line_in"; type = "beam";     line = "GPIO16"; press_ms = 1500; },
  { id = "till_1";  type = "presence"; line = "GPIO22"; }
);
stations = (
  { id = "till"; kind = "queue"; join = "line_in"; positions = ( { id = "till1"; presence = "till_1"; } );
    target = { seconds = $1; percent = 80.0; window_min = 60; }; }
);
EOT
}

live_through() { # NAME SECOND:WHAT...; configuration and trace lie in $dir
    local name=$1
    shift
    tests/lab/map "$dir/live.conf" >"$dir/map"
    check "$name: the daemon lives through it" "$dir/boot.log" \
        tests/lab/boot --virtual $((start - 5)) --timeout 300 --share "$dir" bash -c \
        "$(in_guest "$top/tests/lab/shop") $(in_guest "$build") live.conf map trace $start 5 $*"
}

show() { # DESCRIPTION FILE JQ-CONDITION
    check "$1" "$dir/show.log" jq -e -s "$3" "$2" || sed 's/^/#   /' "$2"
}

# Each record that was published, once, in order; the journal's waits.
harvest() {
    sed -n 's/^[^ ]*\/journal\/wait //p' "$dir/mqtt.log" | jq -c -S 'del(.hist)' | sort -u >"$dir/waits"
    sqlite3 -json "$dir/journal.db" 'SELECT outcome, reason, accurate, wait_ns FROM wait' |
        jq -c '.[]' >"$dir/rows"
    sed -n 's/^thirdringd: nobody watched for \([0-9.]*\) s$/\1/p' "$dir/daemon.log" >"$dir/absent"
    sed -n 's/^[^ ]*\/availability //p' "$dir/mqtt.log" | jq -R -c . >"$dir/availability"
}

was_told() { # NAME: the broker, about who speaks
    show "$1: availability follows" "$dir/availability" '. == ["online", "offline", "online", "offline"]'
}

# The bell at 1 s, the answer's second given.
bell() { # NAME ANSWER SECOND:WHAT...
    local name=$1 answer=$2
    shift 2
    dir=$(scratch "restart-${name//[^a-z0-9]/-}")
    call_config >"$dir/live.conf"
    printf '%s\n' '1 bell 1' '1.3 bell 0' "$answer coming 1" "$answer.3 coming 0" >"$dir/trace"
    live_through "$name" "$@" || return 1
    harvest
    was_told "$name"
}

resumed() { # NAME LONGEST ABSENCE
    show "$1: nobody watched for at most $2 s" "$dir/absent" "length == 1 and .[0] <= $2"
    show "$1: the one wait was answered after 94.000 s, and is called inaccurate" "$dir/waits" \
        'length == 1 and (.[0] | .outcome == "answered" and .wait_s == 94 and .accurate == false)'
    show "$1: the journal says the same" "$dir/rows" \
        ". == [{outcome: $answered, reason: 0, accurate: 0, wait_ns: 94000000000}]"
}

# While someone waits the journal is told every 15 s that we watch.
if bell "killed" 95 82:kill 82:start; then resumed "killed" 16; fi
if bell "stopped" 95 82:term 82:start; then resumed "stopped" 0.1; fi

# Whoever rang is long gone: nobody knows when, or whether they were served.
if bell "away for 100 s" 130 20:term 120:start; then
    show "away for 100 s: and it says so" "$dir/absent" 'length == 1 and (.[0] - 100 | fabs) <= 1'
    show "away for 100 s: the wait ends unknown, where we last looked" "$dir/waits" \
        'length == 1 and (.[0] | .outcome == "unknown" and .reason == "gap" and .in_target == null
         and (.wait_s - 19 | fabs) <= 1)'
    show "away for 100 s: the journal says the same" "$dir/rows" \
        "length == 1 and .[0].outcome == $unknown and .[0].reason == $gap"
fi

# A snapshot holds a change that is not yet decided (the line is entered at 1 s
# and counts from 2.5 s); it comes again as an input or as a level.
snapshot() { # NAME KILLED AT
    local name=$1
    dir=$(scratch "restart-${name//[^a-z0-9]/-}")
    queue_config 30.0 >"$dir/live.conf"
    queue_config 31.0 >"$dir/live.conf.next"
    printf '%s\n' '1 line_in 1' '5 line_in 0' '10 till_1 1' '20 till_1 0' >"$dir/trace"
    live_through "$name" 1.5:reload "$2:kill" "$2:start" || return 1
    harvest
    sed -n 's/^[^ ]*\/station\/till\/state //p' "$dir/mqtt.log" >"$dir/states"
    sed -n 's/^[^ ]*\/event\/queue\/till //p' "$dir/mqtt.log" >"$dir/news"
    was_told "$name"
    sqlite3 -json "$dir/journal.db" 'SELECT at FROM snapshot' | jq -c '.[]' >"$dir/snapshots"
    show "$name: a snapshot was taken after the first edge, before it counted" "$dir/snapshots" \
        "map(.at - $(jq .zero_ns "$dir/edges.json") | . >= 1e9 and . < 1.6e9) | any"
    show "$name: one person joined, and nobody waits at the end" "$dir/states" \
        'map(.waiting) | max == 1 and .[-1] == 0'
    show "$name: one arrival today" "$dir/states" '.[-1].today_arrivals == 1'
    show "$name: one wait, answered" "$dir/waits" 'length == 1 and .[0].outcome == "answered"'
    show "$name: one in the journal" "$dir/rows" "length == 1 and .[0].outcome == $answered"
}

if snapshot "decided before the kill" 3; then
    show "decided before the kill: it began with its first edge" "$dir/waits" \
        '.[0].wait_s == 9 and .[0].accurate == false'
fi
if snapshot "undecided at the kill" 2; then
    show "undecided at the kill: it began when it was found" "$dir/waits" \
        '.[0] | (.wait_s - 8 | fabs) < 0.01 and .accurate == false'
fi
finish
