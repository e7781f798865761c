#!/bin/bash
# thirdring check: exit codes, what it says, and that its text means the same again.
set -u
tr=${TR_BUILD:-build}/thirdring
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0

ok() { # ok STATUS NAME
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		sed 's/^/# /' "$tmp/out" "$tmp/err"
	fi
}
run() { # run EXPECTED-EXIT NAME ARGUMENTS...
	local want=$1 name=$2
	shift 2
	"$tr" check "$@" >"$tmp/out" 2>"$tmp/err"
	local got=$?
	[ "$got" -eq "$want" ]
	ok $? "$name (exit $got, wanted $want)"
}

run 0 "the example is good" etc/thirdring.conf
grep -q 'greet by the 3rd ring (under 18 s), 8 in 10, over 1 h' "$tmp/out"
ok $? "a promise is told in plain words"
! grep -Eq '.{81}' "$tmp/out"
ok $? "no line is wider than 80 columns"
hash=$(grep -o 'configuration [0-9a-f]*' "$tmp/out")

run 0 "every setting is printed" --print-config etc/thirdring.conf
cp "$tmp/out" "$tmp/canonical.conf"
run 0 "that text is good again" "$tmp/canonical.conf"
[ -n "$hash" ] && grep -q "$hash" "$tmp/out"
ok $? "and means the same"
run 0 "once more" --print-config "$tmp/canonical.conf"
cmp -s "$tmp/out" "$tmp/canonical.conf"
ok $? "and does not change any more"

run 0 "a what-if" --set stations.tills.target.seconds=90 etc/thirdring.conf
grep -q 'serve within 90 s' "$tmp/out"
ok $? "is what is told"
run 78 "a what-if that cannot be" --set stations.tills.target.second=90 etc/thirdring.conf
grep -q '^--set: stations.tills.target.second: unknown setting; did you mean "seconds"?$' "$tmp/err"
ok $? "says why"

run 0 "a station with sounds of its own" --set stations.tills.late_sound=chime \
	--set site.resume_s=0 --set stations.tills.idle_empty_s=0 etc/thirdring.conf
grep -q '^    sounds   late chime$' "$tmp/out" && grep -q 'end as unknown at every absence' "$tmp/out" &&
	grep -q 'nobody seen for 15 s: nobody waits' "$tmp/out" &&
	grep -q '(sounds only while the promise of the last hour does not hold)' "$tmp/out" &&
	grep -q 'phone_ring *more than 200 edges a second are a storm' "$tmp/out"
ok $? "says so, and what makes it silent, unsure or suspicious"
! grep -Eq 'places: the line is counted|burning: no alert|are not found yet' "$tmp/out"
ok $? "and what is at work now is not put off"
wide=0
for conf in tests/scenario/*.conf; do
	"$tr" check "$conf" >"$tmp/out" 2>"$tmp/err" || wide=1
	! grep -Eq '.{81}| $' "$tmp/out" || wide=1
	[ $wide -eq 0 ] || break
done
ok $wide "every story's shop is told, in at most 80 columns"

sed 's/kind = "queue"/kind = "quueue"/; s/line = "GPIO6"/line = "GPIO5"/' etc/thirdring.conf >"$tmp/bad.conf"
run 78 "a file with errors" "$tmp/bad.conf"
[ "$(grep -c "^$tmp/bad.conf:[0-9]*: " "$tmp/err")" -eq 2 ] && [ ! -s "$tmp/out" ]
ok $? "tells each with file and line, on standard error"
sed 's/active = "high";\(.*line_in\)/\1/; /"line_in"/s/"high"/"low"/' etc/thirdring.conf >"$tmp/cut.conf"
run 0 "unsafe wiring is no error" "$tmp/cut.conf"
grep -q 'line_in (GPIO16, pin 36): a cut cable would look like nobody there' "$tmp/out" &&
	grep -q -- '-> active = "high", and wire it closed' "$tmp/out"
ok $? "but worth a look, and what to do is said"
sed 's/arrive = "front_door";/arrive = "door_outer";/' etc/thirdring.conf >"$tmp/alone.conf"
run 0 "a door with one beam" "$tmp/alone.conf"
grep -q 'door_outer (GPIO5, pin 29): a door propped open in this beam is a fault after' "$tmp/out" &&
	[ "$(grep -c -- '  -> ' "$tmp/out")" -eq 1 ]
ok $? "is told when a propped-open door makes it blind, and nothing else"
run 0 "which" --set sensors.door_outer.stuck_on_s=14400 "$tmp/alone.conf"
! grep -q 'Worth a look' "$tmp/out"
ok $? "a time of its own mends"

run 66 "a missing file" "$tmp/none.conf"
run 64 "two files named" etc/thirdring.conf etc/demo/shop.conf
run 64 "an unknown option" --frobnicate etc/thirdring.conf
run 0 "the reference" --reference
grep -q '^## stations of kind queue$' "$tmp/out"
ok $? "has every kind"
run 0 "help" --help
echo "1..$n"
