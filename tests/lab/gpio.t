#!/bin/bash
# The GPIO contract (gpio_contract.c) over real kernel lines, in a guest: once
# with this machine's libgpiod, once with Debian 13's.
set -euo pipefail
# shellcheck source=tests/lab/lib.bash
. "$(dirname "$0")/lib.bash"

need_kernel

# cmocka's points become ours, each under the name of its library.
contract() { # NAME ROOT PROGRAM
    local name=$1 root=$2 program=$3 dir rc=0 verdict test total
    dir=$(scratch "gpio-${name//[^a-z0-9]/-}")
    tests/lab/boot --root "$root" --timeout 400 --share "$dir" \
        bash -c "CMOCKA_MESSAGE_OUTPUT=TAP $program" >"$dir/tap" 2>"$dir/errors" || rc=$?
    while read -r verdict test; do
        [ "$verdict" = ok ] && verdict=0 || verdict=1
        point "$verdict" "$name: $test"
    done < <(sed -nE 's/^(not )?ok [0-9]+ - /\1ok /p' "$dir/tap" | sed 's/^not ok/not/')
    total=$(sed -n 's/^1\.\.//p' "$dir/tap")
    [ "$(grep -cE '^(not )?ok ' "$dir/tap")" = "${total:-none}" ] || rc=1
    cat "$dir/errors" "$dir/tap" >"$dir/all"
    point "$rc" "$name: the contract's ${total:-unknown number of} cases ended well" "$dir/all"
}

contract "libgpiod $(pkg-config --modversion libgpiod)" / "$(in_guest "$build/tests/lab/gpio_contract")"

if have_debian13; then
    log=$(scratch gpio-build13)/log
    if check "the contract builds on Debian 13" "$log" tests/lab/build13 build/tests/lab/gpio_contract; then
        contract "libgpiod 2.x" "$(tests/lab/root13)" /tr/build/tests/lab/gpio_contract
    fi
else
    skip_point "$why" "libgpiod 2.x"
fi
finish
