#!/usr/bin/env python3
"""Completion for bash and zsh: every command, and every option that a command
knows, is offered, and a value that is a file is completed as one. What a command
knows is read from its source; what it prints is read from its help."""
import fcntl
import glob
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import tap
import live

FOLDER = os.path.join(tap.TOP, "etc", "completion")
BASH = os.path.join(FOLDER, "thirdring.bash")
ENV = {**os.environ, "PATH": tap.BUILD + ":" + os.environ["PATH"], "LC_ALL": "C.UTF-8"}
ALIASES = {"--color"}  # the same word, spelt otherwise: taken, not offered
SOURCES = {"simulate": "sim", "thirdringd": "../daemon/main"}  # where not named as the command

t = tap.Tap()


def help_of(*words):
    run = subprocess.run([*words, "--help"], env=ENV, capture_output=True, text=True, check=False)
    t.ok(run.returncode == 0 and run.stdout, f"{' '.join(words)} --help is answered", run.stderr)
    return run.stdout


def told(text):
    """Options that a help tells of: in usage, and in lines that begin with one."""
    lines = [line for line in text.splitlines() if re.match(r" *-|[Uu]sage:| +thirdring", line)]
    return set(re.findall(r"(?<![A-Za-z-])--[a-z][a-z-]*", "\n".join(lines))) | {"--help"}


def known(command):
    """Options in the tables of getopt_long() of a command's sources."""
    found = set()
    pattern = os.path.join(tap.TOP, "src", "cli", SOURCES.get(command, command) + "*.c")
    for path in glob.glob(pattern):
        with open(path, encoding="utf-8") as file:
            found |= set(re.findall(r'\{"([a-z][a-z-]*)", *(?:no|required|optional)_argument',
                                    file.read()))
    return {"--" + name for name in found}


def bash(*words):
    """What bash offers for a line of these words, the last one unfinished."""
    script = (f'source "{BASH}"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
              'function=$(complete -p "${1##*/}" | sed "s/.*-F \\([^ ]*\\) .*/\\1/"); "$function"; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    run = subprocess.run(["bash", "--norc", "-c", script, "bash", *words], env=ENV, cwd=tap.TOP,
                         capture_output=True, text=True, check=False)
    if run.stderr:
        t.note(f"bash said: {run.stderr.strip()}")
    return set(run.stdout.split("\n")) - {""}


class Zsh:
    """One on a terminal of its own, wide enough for a list."""

    def __init__(self):
        self.fd, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 200, 0, 0))
        self.process = live.start(["zsh", "-f", "-i"], stdin=other, stdout=other, stderr=other,
                                  env={**ENV, "TERM": "dumb", "PS1": "ready> "}, cwd=tap.TOP,
                                  start_new_session=True)
        os.close(other)
        self.serial = 0
        self.type(f"fpath=({FOLDER} $fpath); autoload -U compinit; compinit -u -D; LISTMAX=0\n")
        self.settle()

    def type(self, text):
        os.write(self.fd, text.encode())

    def read(self, until, seconds):
        text, end = "", time.monotonic() + seconds
        while not until(text) and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    text += os.read(self.fd, 65536).decode(errors="replace")
                except OSError:
                    break
        return text

    def settle(self):
        """Until it does what it is told again, with an empty line."""
        self.serial += 1
        self.type(f"\x15print se''ttled-{self.serial}\n")
        text = self.read(lambda got: f"settled-{self.serial}" in got, live.PATIENCE_S)
        if f"settled-{self.serial}" not in text:
            tap.bail_out(f"zsh does not answer: {text!r}")

    def offers(self, line, words):
        """Which of the words it shows for a line and two tabs."""
        def shown(text):
            return {w for w in words if re.search(r"(?<![\w-])" + re.escape(w) + r"(?![\w-])", text)}
        self.type(line)
        echo = self.read(lambda got: line[-4:] in got, 5)
        self.type("\t\t")
        text = echo + self.read(lambda got: shown(echo + got) == words, 10)
        got = shown(text)
        if got != words:
            t.note(*(f"zsh: {one}" for one in text.splitlines()[:60]))
        self.settle()
        return got

    def stop(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


if not os.path.exists(live.CLI):
    tap.bail_out(f"{live.CLI} is not built (make all; or set TR_BUILD)")

commands = set(re.findall(r"^  thirdring ([a-z]+)", help_of("thirdring"), re.M))
t.ok({"check", "replay", "simulate", "watch"} <= commands, "the help names the commands", commands)
lines = {f"thirdring {command}": (["thirdring", command], command) for command in sorted(commands)}
lines["thirdringd"] = (["thirdringd"], "thirdringd")

options = {}
for name, (words, command) in lines.items():
    options[name] = told(help_of(*words))
    missing = known(command) - options[name] - ALIASES
    t.ok(known(command), f"{name}: its source has a table of options")
    t.ok(not missing, f"{name}: its help tells of every option it knows", missing)
    got = bash(*words, "--")
    t.ok(got == options[name], f"bash: {name} --", f"missing: {options[name] - got}",
         f"too many: {got - options[name]}")

t.same(bash("thirdring", "") - {"--help", "--version"}, commands, "bash: the commands")
t.same(bash("thirdring", "sim"), {"simulate"}, "bash: one of them")
t.same(bash(os.path.join(tap.BUILD, "thirdring"), "watch", "--un"), {"--unit", "--until-offline"},
       "bash: of a program with its path, some options")
FILE = "etc/thirdring.conf"
t.same(bash("thirdring", "replay", "--config", FILE[:-3]), {FILE}, "bash: a file, behind an option")
t.same(bash("thirdring", "replay", "--config", "=", FILE[:-3]), {FILE}, "bash: behind its =, too")
t.same(bash("thirdring", "replay", "-c", FILE[:-3]), {FILE}, "bash: behind its letter")
t.same(bash("thirdring", "check", FILE[:-3]), {FILE}, "bash: a file, alone")
t.same(bash("thirdring", "replay", "--speed", ""), set(), "bash: a number is nobody's guess")
if "wiring" in commands:
    t.same(bash("thirdring", "wiring", "--format", "s"), {"svg"}, "bash: one word of some")
if "journal" in commands:
    JOURNAL = {"backup", "export", "restore"}
    t.same(bash("thirdring", "journal", ""), JOURNAL, "bash: the commands of a command")
    t.same(bash("thirdring", "journal", "backup", "--journal", FILE[:-3]), {FILE}, "bash: a path")
    t.same(bash("thirdring", "journal", "backup", "--set", "etc/"), set(), "bash: no path=value")
t.same(bash("/no/such/thirdring", "check", "--"), {"--help"}, "bash: without the program, no noise")

if shutil.which("zsh"):
    zsh = Zsh()
    t.same(zsh.offers("thirdring ", commands), commands, "zsh: the commands")
    for name in lines:
        t.same(zsh.offers(f"{name} --", options[name]), options[name], f"zsh: {name} --")
    t.same(zsh.offers("thirdring replay -c etc/thirdr", {FILE}), {FILE}, "zsh: a file, by a letter")
    t.same(zsh.offers("thirdring replay --config=etc/thirdr", {FILE[4:]}), {FILE[4:]},
           "zsh: a file, behind =")
    if "wiring" in commands:
        t.same(zsh.offers("thirdring wiring --format s", {"svg"}), {"svg"}, "zsh: one word of some")
    if "journal" in commands:
        t.same(zsh.offers("thirdring journal ", JOURNAL), JOURNAL, "zsh: the commands of a command")
    zsh.stop()
else:
    t.ok(True, "zsh # SKIP zsh is not installed (make deps)")
t.done()
