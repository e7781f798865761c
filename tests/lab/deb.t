#!/bin/bash
# The Debian packages: built for Debian 12 and 13, amd64 and arm64, and read by
# lintian; installed, run under systemd with all its restrictions, killed, hung,
# upgraded, removed and purged on machines of both; and the arm64 build's unit
# tests, under qemu.
set -euo pipefail
# shellcheck source=tests/lab/lib.bash
. "$(dirname "$0")/lib.bash"

[ "$(id -u)" -eq 0 ] || skip_all "building in roots of other Debians needs root"
[ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ] || skip_all "the roots here are amd64's"
dir=$(scratch deb)
# Those needed later are made meanwhile.
for which in '12 install' '13 install' '12 build' '13 build'; do
    # shellcheck disable=SC2086  # two words
    tests/lab/debroot $which >/dev/null 2>"$dir/root-${which/ /-}.log" &
done
if [ "${CI:-}" != true ] && ! why=$(tests/lab/debroot 12 build 2>&1 >/dev/null); then
    wait
    skip_all "no Debian root to build in: $(tail -n 1 <<<"$why")"
fi

# What shlibs and debhelper found.
# shellcheck disable=SC2317  # called through check
needs() { # DEB WORD...
    local depends word
    depends=$(dpkg-deb -f "$1" Depends)
    for word in "${@:2}"; do
        grep -q "$word" <<<"$depends" || { echo "no $word among: $depends"; return 1; }
    done
    ! grep -E 'mosquitto|gpiod \(|-dev' <<<"$depends"
}

# The same package under an older number, so that there is something to upgrade.
older() { # DEB VERSION TO [SED SCRIPT FOR THE CONFFILE]
    local tree=$3.tree
    rm -rf "$tree"
    dpkg-deb -R "$1" "$tree"
    sed -i "s/^Version: .*/Version: $2/" "$tree/DEBIAN/control"
    [ -z "${4:-}" ] || sed -i "$4" "$tree/etc/thirdring/thirdring.conf"
    dpkg-deb --root-owner-group -b "$tree" "$3"
}

# Of one Debian's machine; its findings become points.
story() { # N DEB
    local share=$dir/machine-$1 version
    mkdir -p "$share"
    version=$(dpkg-deb -f "$2" Version)
    older "$2" "0.0.1+$version" "$share/older.deb" '1i # Of an older version: of an older version.' &&
        older "$2" "0.0.2+$version" "$share/old.deb" &&
        cp "$2" "$share/new.deb" && cp etc/demo/shop.conf etc/demo/day.trace tests/lab/deb_story "$share/" &&
        tests/lab/machine --share "$share" --timeout 400 "$(tests/lab/debroot "$1" install)" \
            bash /share/deb_story
}

story_points() { # N
    local line share=$dir/machine-$1 words=$dir/story-$1.log last=''
    [ "$(cat "$dir/story-$1.status")" = 0 ] && grep -q '^ok   nothing is left half' "$words" || last=1
    while read -r line; do
        case $line in
        'ok '*) point 0 "Debian $1: ${line#ok }" ;;
        'not ok '*) point 1 "Debian $1: ${line#not ok }" ;;
        '#'*) echo "$line" ;;
        esac
    done <"$words"
    point "${last:-0}" "Debian $1: the story came to its end" "$words"
    check "Debian $1: the upgrade and the removal lost no wait" "$dir/waits-$1.log" kept "$share" || true
}

# shellcheck disable=SC2317
waits() { sqlite3 "$1/journal.db" 'SELECT seq, open_seq FROM wait ORDER BY seq'; }

# Every wait there was before is there afterwards.
# shellcheck disable=SC2317
kept() { # SHARE
    waits "$1" >"$1/before.txt"
    waits "$1/after" >"$1/after.txt"
    wc -l "$1/before.txt" "$1/after.txt"
    [ -s "$1/before.txt" ] && [ -z "$(comm -23 <(sort "$1/before.txt") <(sort "$1/after.txt"))" ]
}

# The tests of the very objects that the package was made from, and its programs.
# shellcheck disable=SC2317
under_qemu() { # ROOT
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 CMOCKA_MESSAGE_OUTPUT=TAP \
        TR_HISTORIES=20 chroot "$1" make -C /src/arm64/thirdring -j"$(nproc)" BUILD=build/package PREFIX=/usr WERROR= \
        VERSION="$(dpkg-deb -f "$2" Version)" CC=aarch64-linux-gnu-gcc AR=aarch64-linux-gnu-ar \
        PKG_CONFIG=aarch64-linux-gnu-pkg-config PROVE='prove --exec qemu-aarch64 --timer -j2' unit
}

declare -A deb
for n in 12 13; do
    for arch in amd64 arm64; do
        check "Debian $n, $arch: builds, and lintian has nothing to say" "$dir/build-$n-$arch.log" \
            tests/lab/deb --debian $n --arch $arch || finish
        deb[$n-$arch]=$(tail -n 1 "$dir/build-$n-$arch.log")
    done
done
for arch in amd64 arm64; do
    check "Debian 12, $arch: depends on what it links" "$dir/needs.log" needs "${deb[12-$arch]}" \
        libgpiod2 libconfig9 libpaho-mqtt1.3 libsqlite3-0 libsystemd0 libjansson4 systemd-sysusers || true
    check "Debian 13, $arch: depends on what it links" "$dir/needs.log" needs "${deb[13-$arch]}" \
        libgpiod3 libconfig11 libpaho-mqtt1.3 libsqlite3-0 libsystemd0 libjansson4 systemd-sysusers || true
done

machines=()
if no_machine=$(tests/lab/machine --can 2>&1); then
    for n in 12 13; do
        { story $n "${deb[$n-amd64]}" >"$dir/story-$n.log" 2>&1 && echo 0 || echo 1; } >"$dir/story-$n.status" &
        machines+=("$n")
    done
fi
root=$(tests/lab/debroot 13 build)
check "arm64: the unit tests pass under qemu" "$dir/qemu.log" under_qemu "$root" "${deb[13-arm64]}" || true
rm -rf "$root/src/try"
dpkg-deb -x "${deb[13-arm64]}" "$root/src/try"
check "arm64: thirdring checks an example" "$dir/qemu-check.log" chroot "$root" \
    qemu-aarch64 /src/try/usr/bin/thirdring check /src/try/usr/share/thirdring/examples/thirdring.conf || true
wait
for n in "${machines[@]}"; do
    story_points "$n"
done
[ "${#machines[@]}" -gt 0 ] || skip_point "$no_machine" "installed, run, upgraded, removed, purged"
finish
