#!/bin/bash
# thirdringd --outputs-off, what the unit runs after every end: on real kernel
# lines it asks for each output, low, and for no sensor; it takes no line from
# whoever holds one; without a configuration it says so in one line.
set -euo pipefail
# shellcheck source=tests/lab/lib.bash
. "$(dirname "$0")/lib.bash"

need_kernel
dir=$(scratch off)
daemon=$(in_guest "$build/thirdringd")

# Words for a guest, which expands them.
cat >"$dir/guest" <<EOF
off="$daemon --outputs-off --config \$LAB_TREE/etc/thirdring.conf"
chip=\$(gpiodetect | sed -n '1s/ .*//p')
holds() { # PROGRAM LINE: until it does
    for _ in {1..300}; do
        gpioinfo \$chip | grep "GPIO\$2\"" | grep -q "\$1" && return
        sleep 0.1
    done
    echo "\$1 never holds \$2"
}
gpiomon \$chip 5 >/dev/null & # a sensor's line, held by somebody else
holds gpiomon 5
strace -e trace=ioctl -o \$LAB_SHARE/calls \$off
echo "free: \$?"
gpioset --mode=signal \$chip 18=1 & # a lamp's
holds gpioset 18
\$off
echo "held: \$?"
cat \$LAB_GPIO/sim_gpio18/value
EOF
check "a guest with a chip" "$dir/words" tests/lab/boot --share "$dir" bash ./guest || finish

asked() { # PATTERN: how often the calls have it
    grep -cE "$1" "$dir/calls" || true
}
is() { # DESCRIPTION FILE TEST...
    local rc=0
    [ "${@:3}" ] || rc=1
    point "$rc" "$1" "$2"
}

is "with the lines free it ends well, whoever holds a sensor's" "$dir/words" "$(grep '^free' "$dir/words")" = "free: 0"
is "it asks for every output" "$dir/calls" "$(asked 'REQUEST_OUTPUT|V2_GET_LINE_IOCTL.*FLAG_OUTPUT')" -ge 4
is "low" "$dir/calls" "$(asked 'REQUEST_OUTPUT.*default_values=\[1')" -eq 0
is "and for no sensor" "$dir/calls" "$(asked 'LINEEVENT|REQUEST_INPUT|FLAG_INPUT|FLAG_EDGE')" -eq 0
is "a line that is held it leaves alone" "$dir/words" "$(grep '^held' "$dir/words")" = "held: 69"
is "as it was" "$dir/words" "$(grep -cx 1 "$dir/words")" -eq 1

ended() { # DESCRIPTION STATUS LINES CONFIG
    local rc=0
    "$build/thirdringd" --outputs-off --config "$4" >"$dir/ended" 2>&1 || rc=$?
    is "$1" "$dir/ended" "$rc $(wc -l <"$dir/ended")" = "$2 $3"
}
ended "no configuration: 66, in one line" 66 1 "$dir/none.conf"
ended "one with errors: 78, in one line, for the daemon has told them" 78 1 etc/unconfigured.conf
ended "a recorded day has no lines: nothing to do" 0 0 etc/demo/shop.conf
finish
