#!/bin/bash
# thirdring check --hardware where there is hardware: a chip, lines that are free,
# missing, held by another program or by the running daemon; permissions; and a
# machine of which all is well. On libgpiod 1.6 and on 2.x.
set -euo pipefail
# shellcheck source=tests/lab/lib.bash
. "$(dirname "$0")/lib.bash"

need_kernel

# In the guest: each run's rows in a file of its own, its exit code at the end.
guest_script() { # BIN
    echo "bin=$1"
    cat <<'EOF'
export PATH=$PATH:/usr/sbin COLUMNS=400
ask() { # NAME OPTIONS...
    local name=$1
    shift
    "$bin/thirdring" check --hardware "$@" corner-shop.conf >"$name.txt" 2>&1
    echo "exit $?" >>"$name.txt"
}
until_true() {
    for _ in {1..300}; do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    echo "in vain: $*" >&2
    exit 1
}
if ! getent group gpio >/dev/null; then
    { cat /etc/group; echo gpio:x:7777:; } >/tmp/group
    mount --bind /tmp/group /etc/group
fi
mkdir -p /run/systemd/timesync
touch /run/systemd/timesync/synchronized
mosquitto -p 1883 >/dev/null 2>&1 &
until_true mosquitto_pub -h 127.0.0.1 -t ready -n
chmod 600 /dev/gpiochip0
ask root-only
chgrp gpio /dev/gpiochip0
chmod 660 /dev/gpiochip0
ask well
ask no-chip --set gpio.chip=pinctrl-rp1
ask no-line --set sensors.door_outer.line=GPIO99 --set outputs.red.line=54
ask by-offset --set sensors.door_outer.line=5
ask twice --set sensors.door_outer.line=6 --set outputs.red.line=23
setpriv --reuid 65534 --regid 65534 --clear-groups "$bin/thirdring" check --hardware \
    corner-shop.conf >stranger.txt 2>&1
if gpiodetect --version | grep -q 'v1\.'; then
    gpiomon gpiochip0 6 >/dev/null &
else
    gpiomon -c gpiochip0 6 >/dev/null &
fi
other=$!
until_true bash -c 'gpioinfo | grep GPIO6 | grep -q gpiomon'
ask held
kill $other
wait $other 2>/dev/null
"$bin/thirdringd" --config corner-shop.conf >daemon.log 2>&1 &
daemon=$!
until_true grep -q 'connected' daemon.log
echo $daemon >daemon.pid
ask beside
ask beside-again
kill -0 $daemon && echo alive >daemon.alive
kill $daemon
wait $daemon
echo $? >daemon.status
EOF
}

has() { # DESCRIPTION FILE PATTERN...
    local what=$1 file=$2 rc=0 pattern
    shift 2
    for pattern in "$@"; do
        grep -Eq -- "$pattern" "$file" || rc=1
    done
    point "$rc" "$what" "$file"
}

hardware() { # NAME ROOT BIN
    local name=$1 root=$2 bin=$3 dir todo='^  TO DO  ' ok='^  OK     ' f
    dir=$(scratch "hardware-${name//[^a-z0-9]/-}")
    # gpio-sim would take a bias for the outside world's doing. The guest's /var/lib
    # is in memory, and a journal there is something to do.
    # shellcheck disable=SC2016  # a: sed's own word
    sed -e 's/bias = "pull-up"; //' -e '/^mqtt = /s/localhost/127.0.0.1/' \
        -e '$ajournal = { path = "journal.db"; max_mb = 16; };' \
        etc/examples/corner-shop.conf >"$dir/corner-shop.conf"
    guest_script "$bin" >"$dir/script"
    check "$name: a guest with a chip" "$dir/boot.log" \
        tests/lab/boot --root "$root" --timeout 400 --share "$dir" bash script || return 0
    f=$dir/well.txt
    has "$name: the chip is found" "$f" "${ok}chip +pinctrl-bcm2711 is /dev/gpiochip0, 54 lines\$"
    has "$name: and may be opened, by the service's group too" "$f" "${ok}gpiochip0 +user root may open"
    has "$name: lines are free, and their pins are told" "$f" \
        "${ok}door_outer +GPIO5, pin 29: free\$" "${ok}buzzer +GPIO18, pin 12: free\$"
    has "$name: the broker lets us in" "$f" "${ok}broker .*let us in"
    has "$name: all is well, exit 0" "$f" '^All is well\.$' '^exit 0$'
    has "$name: no such chip: which there are; who waits for it" "$dir/no-chip.txt" \
        "${todo}chip .*no chip labelled pinctrl-rp1; this machine has: pinctrl-bcm2711" \
        "${todo}all +7 wait for their chip\$" "${todo}all +3 wait for their chip\$" '^exit 1$'
    has "$name: no such line: what there is; the rest is looked at" "$dir/no-line.txt" \
        "${todo}door_outer .*no line called GPIO99; it has 54: GPIO0" \
        "${todo}red .*has no line 54; it has 0 to 53" "${ok}door_inner .*: free\$" '^exit 1$'
    has "$name: a line by its number is told with its name" "$dir/by-offset.txt" \
        "${ok}door_outer +line 5 \\(GPIO5\\), pin 29: free\$"
    has "$name: two on one line" "$dir/twice.txt" \
        "${todo}door_inner .*sensor door_outer is on this line, too" \
        "${todo}red .*output amber is on this line, too" '^exit 1$'
    has "$name: held by another program" "$dir/held.txt" \
        "${todo}door_inner +GPIO6, pin 31: held by 'gpiomon" "${ok}door_outer .*: free\$" '^exit 1$'
    has "$name: beside the daemon: its lines and its journal" "$dir/beside.txt" \
        "${ok}door_outer .*: in use by thirdringd\$" "${ok}red .*: in use by thirdringd\$" \
        "${ok}journal .*being written by process $(cat "$dir/daemon.pid")\$" '^exit 0$'
    has "$name: and again" "$dir/beside-again.txt" '^exit 0$'
    has "$name: who goes on undisturbed" "$dir/daemon.alive" alive
    has "$name: and ends well" "$dir/daemon.status" '^0$'
    has "$name: a chip that only root may open" "$dir/root-only.txt" \
        "${todo}gpiochip0 .*the service may not: .*mode 600.*udevadm" '^exit 1$'
    has "$name: a user who may not" "$dir/stranger.txt" \
        "${todo}gpiochip0 .*user nobody may not open /dev/gpiochip0: sudo usermod -a -G gpio nobody" \
        "${todo}chip +no permission"
}

hardware "libgpiod $(pkg-config --modversion libgpiod)" / "$(in_guest "$build")"

if have_debian13; then
    log=$(scratch hardware-build13)/log
    if check "the tree builds on Debian 13" "$log" tests/lab/build13; then
        hardware "libgpiod 2.x" "$(tests/lab/root13)" /tr/build
    fi
else
    skip_point "$why" "libgpiod 2.x"
fi
finish
