#!/usr/bin/python3
"""What the documents print is run: commands, payloads, paths, exit codes.

In Markdown a fenced block says by its word what it is: ```sh commands, ```conf
a configuration that must be good, ```mqtt messages as mosquitto_sub -v prints
them, ```trace a trace. In the manuals every line of a literal block that
begins with the name of a program is a command. Commands that need a broker, a
service manager or root are not run; of our own programs even then every option
must exist.
"""
import glob
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tools"))
import tap  # noqa: E402
import validate  # noqa: E402

t = tap.Tap()
os.chdir(tap.TOP)
TMP = tempfile.TemporaryDirectory(prefix="tr-docs-")
PROGRAMS = {name: os.path.join(tap.BUILD, name) for name in ("thirdring", "thirdringd")}
MARKDOWN = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "etc/privacy.md", "etc/accuracy.md",
            "etc/demo/README.md"]
MANUALS = sorted(glob.glob("src/man/*.scd"))
NOT_RUN = {"git", "sudo", "systemctl", "mosquitto_sub", "mosquitto_pub"}
JOURNAL = "/var/lib/thirdring/journal.db"
STAND_INS = {"/etc/thirdring/thirdring.conf": "etc/thirdring.conf", "FILE": "etc/thirdring.conf",
             "shop.conf": "etc/demo/shop.conf", "day.trace": "etc/demo/day.trace"}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def run(*command, **how):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, **how)


def fenced(text):
    """(word, content) of every fenced block."""
    return re.findall(r"^\s*```(\w*)\n(.*?)^\s*```$", text, re.M | re.S)


def outside(text):
    """The prose: what is not in a fenced block."""
    return re.sub(r"^\s*```.*?^\s*```$", "", text, flags=re.M | re.S)


text_of = {path: read(path) for path in MARKDOWN + MANUALS}

# --- commands ---------------------------------------------------------------------

targets = set(re.findall(r"^([\w-]+):", run("make", "-pqrR", "SANITIZE=", ":").stdout, re.M))
helps = {"thirdringd": run(PROGRAMS["thirdringd"], "--help").stdout}
VERBS = re.findall(r"^  thirdring (\w+)", run(PROGRAMS["thirdring"], "--help").stdout, re.M)
for verb in VERBS:
    helps[verb] = run(PROGRAMS["thirdring"], verb, "--help").stdout


def options_exist(words, where):
    """Every long option of a command of ours is in its help."""
    name = os.path.basename(words[0])
    text = helps.get(name) or helps.get(words[1], "")
    missing = [w for w in words if w.startswith("--") and w.split("=")[0] not in text]
    t.ok(text and not missing, f"{where}: options exist: {shlex.join(words)}", missing)


def journal():
    """A journal to try SQL on: one story, lived through by the daemon."""
    path = os.path.join(TMP.name, "journal.db")
    if not os.path.exists(path):
        conf = os.path.join(TMP.name, "story.conf")
        with open(conf, "w", encoding="utf-8") as file:
            file.write(read("tests/scenario/feedback.conf") +
                       f'\njournal = {{ path = "{path}"; }};\n')
        trace = os.path.abspath("tests/scenario/feedback-votes.trace")
        done = run(PROGRAMS["thirdringd"], "--config", conf, "--set", 'gpio.backend="replay"',
                   "--set", f'gpio.trace="{trace}"', "--set", "gpio.speed=500.0", "--exit-at-end")
        t.ok(done.returncode == 0, "the daemon lives through a story", done.stderr)
    return path


def command(line, where):
    words = shlex.split(line, comments=True)
    first = os.path.basename(words[0]) if words else ""
    if not words or first in NOT_RUN:
        return
    if first == "make":
        unknown = [w for w in words[1:] if "=" not in w and w not in targets]
        t.ok(not unknown, f"{where}: make knows {' '.join(words[1:])}", unknown)
    elif first == "sqlite3":
        path = journal()
        t.ok(JOURNAL in words, f"{where}: names the journal")
        words = [path if w == JOURNAL else w for w in words]
        done = run(*words)
        t.ok(done.returncode == 0 and len(done.stdout.splitlines()) > 1 and not done.stderr,
             f"{where}: {line[:60]}...", done.stderr, done.stdout)
    elif first == "thirdringd" and "--check" not in words:
        options_exist(words, where)
        sets = [w for i, w in enumerate(words) if i > 0 and words[i - 1] == "--set"]
        done = run(PROGRAMS[first], "--check", "--config", "etc/demo/shop.conf",
                   *[x for s in sets for x in ("--set", s)])
        t.ok(done.returncode == 0, f"{where}: settings of {line}", done.stderr)
    elif words[1:2] == ["journal"]:
        options_exist(words, where)
        done = run(PROGRAMS["thirdring"], *words[1:3], "--journal", journal(), *words[3:],
                   cwd=TMP.name)
        made = [w for i, w in enumerate(words) if words[i - 1] == "--output"] or words[3:4]
        t.ok(done.returncode == 0 and os.path.exists(os.path.join(TMP.name, made[0])),
             f"{where}: {line}", done.stderr)
    elif words[1:2] == ["report"]:
        options_exist(words, where)
        done = run(PROGRAMS["thirdring"], *words[1:], "--journal", journal(), cwd=TMP.name)
        made = [w for i, w in enumerate(words) if words[i - 1] == "--output"]
        t.ok(done.returncode == 0 and (os.path.exists(os.path.join(TMP.name, made[0])) if made
                                       else done.stdout), f"{where}: {line}", done.stderr)
    elif words[1:2] in (["watch"], ["walktest"]):
        options_exist(words, where)
    elif first in PROGRAMS:
        line = re.sub(r"^\S+", PROGRAMS[first], line)
        done = run("bash", "-o", "pipefail", "-c", line)
        # head and tail may close the pipe early; then nobody failed.
        t.ok(done.returncode in ((0, 141) if "head" in words else (0,)) and done.stdout
             or "--check" in words and done.returncode == 0, f"{where}: {line}",
             f"exit {done.returncode}", done.stderr[-2000:])
    elif "golden.t" in line:
        path = next(w for w in words if "/" in w)
        t.ok(os.access(path, os.X_OK), f"{where}: {path} is there to be run")
    else:
        t.ok(False, f"{where}: a command this test does not know: {line}")


def stand_in(line):
    for name, file in STAND_INS.items():
        line = re.sub(rf"(?<![\w/.]){re.escape(name)}(?!\w)", file, line)
    return line


for path in MARKDOWN:
    for word, block in fenced(text_of[path]):
        if word == "sh":
            for line in block.splitlines():
                command(line.strip(), path)
        elif word == "conf":
            name = os.path.join(TMP.name, "printed.conf")
            with open(name, "w", encoding="utf-8") as file:
                file.write(block)
            done = run(PROGRAMS["thirdring"], "check", name)
            t.ok(done.returncode == 0 and "Worth a look" not in done.stdout,
                 f"{path}: the configuration is good", done.stderr, done.stdout)

for path in MANUALS:
    for _, block in fenced(text_of[path]):
        if block.startswith("# thirdring trace 1"):
            name = os.path.join(TMP.name, "printed.trace")
            with open(name, "w", encoding="utf-8") as file:
                file.write(block)
            done = tap.run_replay("etc/demo/shop.conf", name)
            t.ok(done.returncode == 0, f"{path}: the trace is good", done.stderr)
            continue
        for line in block.splitlines():
            if re.match(r"(thirdringd?|mosquitto_\w+) ", line):
                command(stand_in(line), path)

# --- payloads ---------------------------------------------------------------------

contract = validate.Contract()
done = tap.run_replay("etc/demo/shop.conf", "etc/demo/day.trace")
lived = set(done.stdout.splitlines())
for path in MARKDOWN:
    for word, block in fenced(text_of[path]):
        for line in block.splitlines() if word == "mqtt" else []:
            topic, _, payload = line.partition(" ")
            below = "/".join(topic.split("/")[contract.base_levels:])
            errors = contract.errors(below, "-", "-", payload)
            t.ok(topic.startswith("thirdring/") and not errors, f"{path}: {topic}", *errors)
            if below.startswith("journal/"):
                t.ok(payload in lived, f"{path}: that {below} is one of the demo day", payload)

pct = {}
for rings in (3, 2):
    day = tap.replay("etc/demo/shop.conf", "etc/demo/day.trace",
                     f"stations.entrance.target.rings={rings}")[1]
    pct[rings] = round(day["entrance"]["service_level_pct"], 1)
t.ok(all(f"{p} %" in text_of["README.md"] for p in pct.values()),
     f"README.md: what the demo shop kept: {pct}")

shown = set(re.findall(r"`([a-z]+(?:/<?\w+>?)+|availability|info)`",
                       "\n".join(re.findall(r"^\| `.*$", text_of["README.md"], re.M))))
topics = {re.sub(r"<\w+>", "x", s) for s in shown if not s.startswith(("src", "tests", "include"))}
unknown = {s for s in topics if not any(
    validate.topic_matches(e["topic"], s) for e in contract.topics) and s not in ("cmd/x", "rsp/x")}
t.ok(len(topics) > 9 and not unknown, f"README.md: all of {len(topics)} topics exist", unknown)

# --- what is named exists -----------------------------------------------------------

TOPS = ("src", "etc", "tests", "include", "systemd", "hardware", "debian", ".ci")
for path in MARKDOWN + MANUALS:
    text = text_of[path]
    if path.endswith(".scd"):
        names = set(re.findall(r"_(tests/[\w./-]+)_", text))
    else:
        names = {s for s in re.findall(r"`([\w./-]+)`", outside(text))
                 if s.startswith(TOPS) and not s.startswith("build") and not re.search("[A-Z]{4}", s)}
        links = {s for s in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in s}
        names |= {os.path.normpath(os.path.join(os.path.dirname(path), s)) for s in links}
    missing = sorted(s for s in names if not glob.glob(s))
    t.ok(not missing, f"{path}: every path of {len(names)} exists", *missing)

# --- manuals ------------------------------------------------------------------------

for path in MANUALS:
    page = os.path.join(TMP.name, os.path.basename(path)[:-4])
    with open(path, "rb") as source, open(page, "wb") as out:
        done = subprocess.run(["scdoc"], stdin=source, stdout=out, stderr=subprocess.PIPE,
                              check=False)
    if not shutil.which("man"):
        t.ok(True, f"{path} renders # SKIP man is not installed")
        continue
    warnings = run("man", "--warnings", "-l", page,
                   env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
    # groff 1.22 says this of a cell at the end of a page, though here are no pages.
    said = re.sub(r".*warning: page \d+: table text block will not fit on one page\n", "",
                  warnings.stderr)
    t.ok(done.returncode == 0 and not done.stderr and not said and warnings.returncode == 0,
         f"{path} renders without a warning", done.stderr.decode(), said)

for page, verbs, folder in (("thirdring.1", VERBS, "src/cli"),
                            ("thirdringd.8", ("thirdringd",), "src/daemon")):
    text = text_of[f"src/man/{page}.scd"]
    for verb in verbs:
        told = set(re.findall(r"--[a-z-]+", helps[verb]))
        missing = {o for o in told if f"*{o}*" not in text and f"{o}*" not in text}
        t.ok(told and not missing, f"{page}: every option of {verb}", missing)
    known = set(re.findall(r"--[a-z-]+", "".join(helps[v] for v in verbs))) | {"--version", "--help"}
    extra = set(re.findall(r"\*(--[a-z-]+)\*", text)) - known
    t.ok(not extra, f"{page}: no option that does not exist", extra)
    code_of = dict(re.findall(r"#define\s+(EX_\w+)\s+(\d+)", read("/usr/include/sysexits.h")))
    used = {code_of[name] for file in glob.glob(f"{folder}/*.c")
            for name in re.findall(r"\bEX_[A-Z]+\b", read(file)) if name in code_of}
    used |= {"1"} if page == "thirdring.1" else set()  # check --hardware: something to do
    status = re.search(r"^# EXIT STATUS\n(.*?)^# ", text, re.M | re.S).group(1)
    told = set(re.findall(r"^\*(\d+)\*$", status, re.M))
    t.same(sorted(told), sorted(used), f"{page}: exit codes as in {folder}")
    if page == "thirdringd.8":
        table = "\n".join(re.findall(r"^\| [\d, ]+ \|", text_of["README.md"], re.M))
        readme = set(re.findall(r"\b\d+\b", table))
        t.ok(readme >= used, "README.md: every exit code of the daemon", used - readme)

# Settings and defaults that the rules name.
reference = run(PROGRAMS["thirdring"], "check", "--reference").stdout
settings = {}
for name, about in re.findall(r"^\*([\w]+)\*\n\t(.*)$", reference, re.M):
    default = re.search(r"Default: (.*)\.$", about)
    values = re.findall(r'"[^"]*"|[\d.]*\d|true|false', default.group(1)) if default else []
    settings.setdefault(name, set()).update(values)
rules = re.sub(r"\s+", " ", text_of["src/man/thirdring-rules.7.scd"].replace("\\_", "_"))
named = re.findall(r'\*([a-z][a-z_]+_(?:s|ms|min|hz|rings|hour|length|position|sees|lamp|start))\*',
                   rules)
missing = sorted({n for n in named if n not in settings})
t.ok(len(named) > 30 and not missing, "thirdring-rules(7): every setting exists", missing)
for name, value in re.findall(r'\*([a-z_]+)\* = ("[^"]*"|\d+(?:\.\d+)?)', rules):
    if name in ("answers", "audience", "hook_sees"):
        continue
    t.ok(value in settings.get(name, ()), f"thirdring-rules(7): {name} is {value} by default",
         f"it is {sorted(settings.get(name, ()))}")

TMP.cleanup()
t.done()
