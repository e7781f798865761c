"""Test Anything Protocol for the scripts under tests/, and running replay."""
import json
import os
import subprocess
import sys

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.path.join(TOP, os.environ.get("TR_BUILD", "build"))
DATA = os.path.join(TOP, "..", "shared", "data")


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def ok(self, good, what, *details):
        """One result; the details are told where it failed, on stderr: prove shows them."""
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {what}")
        if not good:
            sys.stdout.flush()
            for detail in details:
                for line in str(detail).splitlines():
                    print(f"#   {line}", file=sys.stderr)
        return good

    def same(self, got, expected, what, places=None):
        """Equal, or (with places) equal when rounded so; both are printed."""
        good = got == expected
        if places is not None and got is not None:
            good = abs(got - expected) < 0.5000001 * 10 ** -places
            got = round(got, places + 2)
        return self.ok(good, f"{what}: expected {expected}, got {got}")

    def note(self, *lines):
        for line in lines:
            print(f"# {line}")

    def done(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)


def skip_all(why):
    print(f"1..0 # SKIP {why}")
    sys.exit(0)


def need_data(name):
    """Path of a recorded data set, which is never part of the repository."""
    path = os.path.join(DATA, name)
    if not os.path.exists(path):
        skip_all(f"{name} is not in ../shared/data (see tests/data/README.md)")
    return path


def work_dir(name):
    """A folder of this test's own under the build, made anew by each run."""
    path = os.path.join(BUILD, "tests", "scenario", name)
    os.makedirs(path, exist_ok=True)
    return path


def bail_out(why):
    print(f"Bail out! {why}")
    sys.exit(1)


def run_replay(conf, trace, *sets, options=()):
    """`thirdring replay` as it is: a finished process."""
    program = os.path.join(BUILD, "thirdring")
    if not os.path.exists(program):
        bail_out(f"{program} is not built (make all; or set TR_BUILD)")
    command = [program, "replay", "--config", conf, *options]
    for one in sets:
        command += ["--set", one]
    return subprocess.run(command + [trace], capture_output=True, text=True, check=False)


def replay(conf, trace, *sets):
    """Replay a good trace: its JSON lines as (list of records, stations' summary)."""
    run = run_replay(conf, trace, *sets)
    if run.returncode != 0:
        last = run.stderr.strip().splitlines()[-1:]
        bail_out(f"replay of {trace} with {conf} ended with {run.returncode}: {' '.join(last)}")
    records = [json.loads(line) for line in run.stdout.splitlines()]
    return records[:-1], records[-1]["stations"]
