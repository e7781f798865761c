# lib.bash: what the lab's TAP scripts share. Source it from tests/lab/NAME.t
# after "set -euo pipefail"; the working directory becomes the tree's top.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
top=$PWD
# shellcheck disable=SC2034  # used by the scripts that source this
build=${TR_BUILD:-$top/build}
points=0
failures=0

# A folder of this test's own under build/lab, empty; kept for looking into.
scratch() { # NAME
    local dir=$top/build/lab/run/$1
    rm -rf "$dir"
    mkdir -p "$dir"
    echo "$dir"
}

point() { # STATUS DESCRIPTION [FILE, whose end is shown on failure]
    points=$((points + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $points - $2"
        return
    fi
    failures=$((failures + 1))
    echo "not ok $points - $2"
    if [ -n "${3:-}" ] && [ -e "$3" ]; then
        tail -n 30 "$3" | sed 's/^/#   /'
    fi
}

# Run a command, its words kept in a file, and make a point of its success.
check() { # DESCRIPTION LOG COMMAND...
    local what=$1 log=$2 rc=0
    shift 2
    "$@" >"$log" 2>&1 </dev/null || rc=$?
    point "$rc" "$what" "$log"
    return "$rc"
}

finish() {
    echo "1..$points"
    [ "$failures" -eq 0 ] || exit 1
    exit 0
}

skip_all() { # REASON
    echo "1..0 # SKIP $*"
    exit 0
}

skip_point() { # REASON DESCRIPTION
    points=$((points + 1))
    echo "ok $points - $2 # SKIP $1"
}

# What a test cannot do without. On the CI machine everything must be there.
need_kernel() {
    [ "$(uname -m)" = x86_64 ] || skip_all "User-Mode Linux needs x86-64; this is $(uname -m)"
    if [ "${CI:-}" != true ] && ! compgen -G '/usr/src/linux-source-*.tar.xz' >/dev/null; then
        skip_all "no linux-source package, so no lab kernel (make deps)"
    fi
}

# @return 0 where a Debian 13 root can be had; else $why says why not.
# shellcheck disable=SC2034
why=''
have_debian13() {
    if [ "$(id -u)" -ne 0 ]; then
        why="making and entering a Debian 13 root needs root"
    elif [ "${CI:-}" != true ] && ! tests/lab/root13 >/dev/null 2>&1; then
        # shellcheck disable=SC2034
        why="no Debian 13 root (no mmdebstrap, or no network): tests/lab/root13 says more"
    else
        return 0
    fi
    return 1
}

# Where a path of this machine is inside the guest: its shell expands it.
in_guest() {
    case $1 in
    "$top"/*) echo "\$LAB_TREE/${1#"$top/"}" ;;
    *) echo "$1" ;;
    esac
}
