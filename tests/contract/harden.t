#!/usr/bin/python3
"""The unit: what it may do is little, and a whole life of the daemon (broker,
reload, commands, stop) asks for no system call that the unit forbids. The unit
itself at work under systemd is tests/lab/deb.t's."""
import os
import re
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402

UNIT = os.path.join(tap.TOP, "systemd", "thirdringd.service")
EXPOSURE_MAX = 1.5
t = tap.Tap()
text = open(UNIT, encoding="utf-8").read()
settings = {}
for line in text.splitlines():
    if re.match(r"[A-Z]\w+=", line):
        key, value = line.split("=", 1)
        settings.setdefault(key, []).append(value)


def analyze(*args):
    return subprocess.run(["systemd-analyze", *args], capture_output=True, text=True, check=False)


# --- what it says --------------------------------------------------------------------------
for key, value in (("User", "thirdring"), ("SupplementaryGroups", "gpio"), ("DevicePolicy", "closed"),
                   ("DeviceAllow", "char-gpiochip rw"), ("ProtectSystem", "strict"),
                   ("NoNewPrivileges", "yes"), ("CapabilityBoundingSet", ""),
                   ("StateDirectory", "thirdring"), ("StateDirectoryMode", "0750"),
                   ("Restart", "on-failure"), ("Type", "notify")):
    t.same(settings.get(key), [value], key)
t.ok(0 < int(settings["WatchdogSec"][0]) <= 60, "a watchdog within a minute")
t.ok("--outputs-off" in settings["ExecStopPost"][0], "no lamp outlives a crash")
t.ok("ProcSubset" not in settings, "/proc/sys stays: the daemon reads the kernel's boot_id")
t.ok(re.search(r"^#LoadCredential=\w+:/", text, re.M), "how a password comes in is shown")
# Each exit code that only a person can mend, as thirdringd(8) tells them.
page = open(os.path.join(tap.TOP, "src/man/thirdringd.8.scd"), encoding="utf-8").read()
told = set(re.findall(r"^\*(\d+)\*$", page, re.M))
final = set(settings["RestartPreventExitStatus"][0].split())
t.ok(final <= told and {"69", "71", "74", "75"}.isdisjoint(final),
     "only what a person must mend is not tried again", sorted(final - told))

# --- what systemd makes of it ----------------------------------------------------------------
if shutil.which("systemd-analyze") is None:
    print(f"ok {t.count + 1} - exposure # SKIP no systemd-analyze: make deps")
    t.count += 1
else:
    found = analyze("security", "--offline=true", UNIT)
    level = re.search(r"Overall exposure level[^:]*: ([\d.]+)", found.stdout)
    t.ok(level and float(level.group(1)) <= EXPOSURE_MAX,
         f"exposure {level and level.group(1)}, at most {EXPOSURE_MAX}", found.stdout, found.stderr)
    # Two settings are newer than Debian 12's systemd; the package there leaves them out.
    strange = [line for line in found.stderr.splitlines()
               if not re.search(r"Unknown key '?(name )?'?(RestartSteps|RestartMaxDelaySec)", line)]
    t.ok(not strange, "systemd knows every setting", *strange)


# --- what the daemon asks for -------------------------------------------------------------------
def members(group, known={}):
    """System calls of a group like @system-service, its groups included."""
    if group not in known:
        known[group] = set()
        for word in analyze("syscall-filter", group).stdout.split("\n")[1:]:
            word = word.strip().split(" ")[0]
            if word.startswith("@"):
                known[group] |= members(word)
            elif word and not word.startswith("#"):
                known[group].add(word)
    return known[group]


def expand(words):
    return set().union(*(members(w) if w.startswith("@") else {w} for w in words.split()))


def calls_of_a_life():
    broker = live.Broker().start()
    home = live.folder()
    seen = os.path.join(home, "strace")
    daemon = live.Daemon(live.DEMO_CONF, f'journal.path="{home}/journal.db"', f'mqtt.uri="{broker.uri}"',
                         "gpio.speed=600", prefix=("strace", "-D", "-f", "-qq", "-o", seen))
    capture = live.Capture(broker)
    capture.wait("availability", lambda m: m.payload == "online")
    broker.publish("thirdring/demo/main/cmd/refresh", "{}")
    live.wait_until(lambda: len(capture.of("journal/wait")) >= 5, "five waits")
    os.kill(daemon.pid, signal.SIGHUP)
    daemon.wait_said("configuration")
    t.ok(daemon.stop() == 0, "a day, a command, a reload, a stop", *daemon.text()[-5:])
    return {m.group(1) for m in re.finditer(r"^\d+ +(\w+)\(", open(seen, encoding="utf-8",
                                                                 errors="replace").read(), re.M)}


why = ("no strace: make deps" if shutil.which("strace") is None else
       "no systemd-analyze: make deps" if shutil.which("systemd-analyze") is None else
       "sanitizers make calls of their own" if b"__asan_init" in open(live.DAEMON, "rb").read() else
       "no mosquitto: make deps" if shutil.which("mosquitto") is None and
       not os.path.exists("/usr/sbin/mosquitto") else
       "no tracing allowed here" if subprocess.run(["strace", "-o", "/dev/null", "true"],
                                                   capture_output=True, check=False).returncode else "")
if why:
    t.count += 1
    print(f"ok {t.count} - no system call that the unit forbids # SKIP {why}")
else:
    allowed, denied = set(), set()
    for words in settings["SystemCallFilter"]:
        if words.startswith("~"):
            denied |= expand(words[1:])
        else:
            allowed |= expand(words)
    # execve is the start itself; SQLite gives its files away only as root, as here.
    used = calls_of_a_life() - {"execve", "fchown"}
    t.note(f"{len(used)} system calls: {' '.join(sorted(used))}")
    t.ok(len(allowed) > 200 and len(used) > 20 and used <= allowed - denied,
         "no system call that the unit forbids", sorted(used - (allowed - denied)))
t.done()
