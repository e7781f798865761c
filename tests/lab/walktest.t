#!/bin/bash
# thirdring walktest over real kernel lines, in virtual time, bounces to the
# microsecond: by itself, held off by another program, and beside a daemon that
# holds the lines. On libgpiod 1.6 and on 2.x.
set -euo pipefail
# shellcheck source=tests/lab/lib.bash
. "$(dirname "$0")/lib.bash"

need_kernel
start=1772442000

# gpio-sim would take a bias for the outside world's doing: none is set.
config() {
    cat <<'EOT'
site = { id = "lab"; };
gpio = { backend = "gpiod"; chip = "pinctrl-bcm2711"; };
mqtt = { uri = "mqtt://127.0.0.1:1883"; commands = [ "walktest", "test_output" ]; };
journal = { path = "/var/lib/thirdring/journal.db"; };
sensors = (
  { id = "outer"; type = "beam";   line = "GPIO5"; },
  { id = "inner"; type = "beam";   line = "GPIO6"; },
  { id = "greet"; type = "button"; line = "GPIO12"; active = "low"; },
  { id = "void";  type = "button"; line = "GPIO13"; active = "low"; }
);
gates = ( { id = "door"; outer = "outer"; inner = "inner"; } );
outputs = ( { id = "buzzer"; type = "buzzer"; line = "GPIO18"; },
            { id = "red";    type = "lamp";   line = "GPIO11"; } );
stations = ( { id = "entrance"; kind = "greeting"; arrive = "door"; answer = "greet"; void = "void"; } );
alerts = { buzzer = "buzzer"; late = { lamp = "red"; }; };
EOT
}

# Two beams, a button that bounces for 0.35, 0.8 and 2.5 ms, one that never comes, and in
# through the gate the wrong way round.
walk() {
    cat <<'EOT'
4 outer 1
4.4 outer 0
8 inner 1
8.4 inner 0
12 greet 1
12.00035 greet 0
12.00115 greet 1
12.5 greet 0
12.5025 greet 1
12.5033 greet 0
27 inner 1
27.25 outer 1
27.4 inner 0
27.7 outer 0
EOT
}

guest_script() { # BIN
    echo "bin=$1"
    cat <<'EOF'
export PATH=$PATH:/usr/sbin COLUMNS=80
edges() { "$bin/tests/lab/edges" --gpio "$LAB_GPIO" --map map "$@"; }
until_true() {
    for _ in {1..300}; do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    echo "in vain: $*" >&2
    exit 1
}
# What the buzzer's and the lamp's line read, whenever it changes.
outputs() {
    local last='' now
    while sleep 0.05; do
        now="$(<"$LAB_GPIO/sim_gpio18/value") $(<"$LAB_GPIO/sim_gpio11/value")"
        [ "$now" = "$last" ] || echo "$now"
        last=$now
    done
}
walk() { # NAME OPTIONS...
    local name=$1
    shift
    outputs >"$name.outputs" & local watcher=$!
    "$bin/thirdring" walktest --yes --seconds 10 --record "$name.json" "$@" live.conf \
        >"$name.txt" 2>&1 </dev/null & local walker=$!
    until_true grep -q 'Touch nothing' "$name.txt"
    edges --start now trace >"$name.edges"
    wait $walker
    echo $? >"$name.status"
    sleep 0.2
    kill $watcher
}

edges --idle
walk alone
"$bin/thirdring" walktest --yes live.conf >stopped.txt 2>&1 </dev/null & holder=$!
until_true grep -q 'Touch nothing' stopped.txt
kill -INT $holder
wait $holder
echo $? >stopped.status
if gpiodetect --version | grep -q 'v1\.'; then
    gpiomon gpiochip0 6 >/dev/null &
else
    gpiomon -c gpiochip0 6 >/dev/null &
fi
other=$!
until_true bash -c 'gpioinfo | grep GPIO6 | grep -q gpiomon'
"$bin/thirdring" walktest --yes live.conf >held.txt 2>&1 </dev/null
echo $? >held.status
kill $other
wait $other 2>/dev/null
"$bin/thirdring" walktest --yes --set gpio.chip=nowhere live.conf >nochip.txt 2>&1 </dev/null
echo $? >nochip.status

mkdir -p /var/lib/thirdring
printf '%s\n' 'listener 1883 127.0.0.1' 'allow_anonymous true' 'persistence false' >/run/broker.conf
"$bin/thirdringd" --config live.conf >daemon.log 2>&1 & daemon=$!
until_true bash -c 'gpioinfo | grep GPIO6 | grep -q thirdringd'
"$bin/thirdring" walktest --yes live.conf >nobroker.txt 2>&1 </dev/null
echo $? >nobroker.status
mosquitto -c /run/broker.conf >broker.log 2>&1 & broker=$!
until_true mosquitto_pub -h 127.0.0.1 -t ready -n
mosquitto_sub -h 127.0.0.1 -t '#' -F '%t %p' >mqtt.log & listener=$!
until_true grep -q '/availability online' mqtt.log
walk beside
sleep 1
kill $daemon
wait $daemon
echo $? >daemon.status
kill $listener $broker
EOF
}

record() { # DESCRIPTION NAME JQ-CONDITION
    check "$1" "$dir/show.log" jq -e "$3" "$dir/$2.json" || sed 's/^/#   /' "$dir/$2.txt"
}
says() { # DESCRIPTION NAME STATUS PATTERN
    local rc=0
    [ "$(cat "$dir/$2.status")" = "$3" ] && tr '\n' ' ' <"$dir/$2.txt" | grep -Eq -- "$4" || rc=1
    point "$rc" "$1" "$dir/$2.txt"
}

walked() { # NAME FILE SOURCE: what both ways must find
    local name=$1 f=$2
    record "$name: how the lines were seen" "$f" ".source == \"$3\" and .verdict == \"fail\""
    record "$name: each input" "$f" \
        '([.inputs[] | .result] == ["good", "good", "good", "dead"]) and
         ([.inputs[] | .at_rest] | unique) == ["OFF"]'
    # In virtual time edges are on their nanosecond; a reader may cost some hundred.
    record "$name: bounces as they were driven" "$f" \
        '.inputs[2] | .edges == 6 and .bounces == 4 and .histogram[0:6] == [0, 0, 1, 2, 0, 1] and
         (.longest_bounce_ms - 2.5 | fabs) < 0.01 and .suggested_debounce_ms == 5'
    record "$name: swapped beams" "$f" \
        '.gates[0] | .result == "swapped" and (.transit_ms + 250 | fabs) < 0.1'
    record "$name: the terminals are named" "$f" \
        '[.findings[] | select(.code == "dead") | .text] == ["nothing came from void (GPIO13, pin 33)"]'
    record "$name: exit code 1 is for what is to do" "$f" "$(cat "$dir/$f.status") == 1"
    check "$name: the buzzer beeped and the lamp was lit, both dark at the end" "$dir/show.log" \
        bash -c "grep -q '^1 0' '$dir/$f.outputs' && grep -q '^0 1' '$dir/$f.outputs' &&
                 [ \"\$(tail -n 1 '$dir/$f.outputs')\" = '0 0' ]" || sed 's/^/#   /' "$dir/$f.outputs"
}

walktest() { # NAME ROOT BIN
    local name=$1 root=$2 bin=$3
    dir=$(scratch "walktest-${name//[^a-z0-9]/-}")
    config >"$dir/live.conf"
    walk >"$dir/trace"
    tests/lab/map "$dir/live.conf" >"$dir/map"
    guest_script "$bin" >"$dir/script"
    check "$name: a guest that walks" "$dir/boot.log" \
        tests/lab/boot --virtual $((start - 5)) --root "$root" --timeout 500 --share "$dir" bash script ||
        return 0
    walked "$name, alone" alone lines
    says "$name: told to stop amid it" stopped 1 'INCOMPLETE'
    says "$name: a line that another program holds" held 69 'inner.*gpiomon'
    says "$name: no such chip" nochip 69 'nowhere.*pinctrl-bcm2711'
    says "$name: the daemon holds them, no broker: what to do" nobroker 69 'systemctl stop thirdringd'
    walked "$name, beside the daemon" beside daemon
    check "$name: it went by thirdringd's word" "$dir/show.log" grep -q 'event/edge/greet' "$dir/mqtt.log" || true
    check "$name: the mode is ended" "$dir/show.log" grep -q 'the walk test is over' "$dir/daemon.log" || true
    check "$name: the shop counted nothing" "$dir/show.log" \
        bash -c "! grep -q '^[^ ]*/event/greeting/' '$dir/mqtt.log'" || true
    check "$name: the daemon ends well" "$dir/show.log" grep -qx 0 "$dir/daemon.status" || true
}

walktest "libgpiod $(pkg-config --modversion libgpiod)" / "$(in_guest "$build")"

if have_debian13; then
    log=$(scratch walktest-build13)/log
    if check "the tree builds on Debian 13" "$log" tests/lab/build13; then
        walktest "libgpiod 2.x" "$(tests/lab/root13)" /tr/build
    fi
else
    skip_point "$why" "libgpiod 2.x"
fi
finish
