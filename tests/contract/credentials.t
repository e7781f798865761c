#!/usr/bin/python3
"""User and password from the outside: wrong ones are said plainly, right ones
taken without a restart, from a file or from systemd's credentials; and no
password is ever told to anybody but the broker."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402

live.need_broker()
import certs  # noqa: E402

if certs.missing():
    tap.skip_all(certs.missing())
t = tap.Tap()
home = live.folder()
shop = certs.Shop(home)
WRONG, RIGHT, NEXT = "wr0ng-horse", "right-b4ttery", "next-st4ple"


def path(name):
    return os.path.join(home, name)


def guarded(broker, user, password):
    """The broker wants this password from now on."""
    guard = os.path.join(broker.dir, "passwords")
    if os.path.exists(guard):
        os.remove(guard)  # a broker may have made it its own
    subprocess.run(["mosquitto_passwd", "-c", "-b", guard, user, password], check=True,
                   capture_output=True)
    os.chmod(guard, 0o644)
    if f"password_file {guard}" not in broker.extra:
        broker.extra = f"password_file {guard}\n" + broker.extra
    if broker.process is not None:
        broker.stop()
    return broker.start()


def secret(name, text):
    """A file swapped whole, as whoever rotates it should."""
    os.chmod(live.write(path(name + ".new"), text), 0o600)
    os.replace(path(name + ".new"), path(name))
    return path(name)


class Rotation:
    """A wrong password, put right, then changed while we are connected."""

    def __init__(self, version):
        self.what, self.name = f"MQTT {version}", f"password-{version}"
        self.broker = guarded(live.Broker(), "shop", RIGHT)
        file = secret(self.name, WRONG + "\n")
        self.seen = 0
        self.daemon = certs.Shopfront(self.broker.uri, "mqtt.username=shop",
                                f"mqtt.password_file={file}", f"mqtt.version={version}")

    def wrong(self):
        d = self.daemon
        first = d.wait_said("no broker: ")
        t.ok(re.search("(?i)refused the connection: (not authori[sz]ed|bad user ?name or password)",
                       first), f"a wrong password, {self.what}: says why: "
             f"{first.split('no broker: ')[1]}")
        kept = d.kept()
        live.wait_until(lambda: len(d.attempts()) >= 3 and d.kept() > kept, "more attempts")
        t.same(len(d.said("warning: no broker")), 1, f"a wrong password, {self.what}: warnings of "
               f"{len(d.attempts())} attempts")
        secret(self.name, RIGHT)

    def changed(self):
        self.daemon.wait_said("connected to")
        t.ok(True, f"a wrong password, {self.what}: the file put right, it connects without a "
             "restart")
        self.seen = len(self.daemon.lines)
        guarded(self.broker, "shop", NEXT)

    def noticed(self):
        self.daemon.wait_said("no broker: .*(?i:not authori|bad user)", self.seen)
        secret(self.name, NEXT + "\r\n")

    def right(self):
        self.daemon.wait_said("connected to", self.seen)
        t.ok(True, f"changed at the broker, then in the file, {self.what}: the same")
        t.same(self.daemon.stop(), 0, f"passwords, {self.what}: stops with exit code")
        self.broker.stop()


class Away:
    """A file that is away for a moment: what was read stays good."""

    def __init__(self):
        self.broker = guarded(live.Broker(), "shop", RIGHT)
        self.file = secret("password-away", RIGHT)
        self.daemon = certs.Shopfront(self.broker.uri, "mqtt.username=shop",
                                f"mqtt.password_file={self.file}")

    def wrong(self):
        self.daemon.wait_said("connected to")
        os.rename(self.file, self.file + ".away")
        seen = len(self.daemon.lines)
        self.broker.stop()
        self.broker.start()
        self.daemon.wait_said("connected to", seen)
        t.ok(self.daemon.said("password_file .*password-away", seen), "the password's file away as it "
             "reconnects: says so, and takes what it had", *self.daemon.text()[seen:])

    def changed(self):
        t.same(self.daemon.stop(), 0, "a password's file away: stops with exit code")
        self.broker.stop()

    noticed = right = lambda self: None


def passwords():
    """All at once, step by step."""
    stories = [Away(), Rotation(5), Rotation(3)]
    for step in ("wrong", "changed", "noticed", "right"):
        for story in stories:
            getattr(story, step)()


def credentials():
    """All five files from systemd's folder, the name of the user too."""
    broker = guarded(certs.TlsBroker(shop.good, f"cafile {shop.ca.cert}\nrequire_certificate true\n"),
                     "till-four", RIGHT)
    os.makedirs(path("credentials"))
    secret("credentials/user", "till-four\n")
    secret("credentials/password", WRONG)
    shop.ca.put(path("credentials/ca"))
    shop.client.put(path("credentials/cert"), path("credentials/key"))
    sets = [f"mqtt.{key}_file=credential:{name}" for key, name in
            (("ca", "ca"), ("cert", "cert"), ("key", "key"), ("username", "user"),
             ("password", "password"))]
    there = {"CREDENTIALS_DIRECTORY": path("credentials")}
    daemon = certs.Shopfront(broker.tls_uri(), *sets, env=there)
    daemon.wait_said("no broker: .*(?i:not authori|bad user)")
    secret("credentials/password", RIGHT)
    daemon.wait_said("connected to")
    live.wait_until(lambda: broker.log("as thirdring-.*u'till-four'"), "the user's name")
    t.ok(True, "credentials for all five files: connected as who they say")
    seen = len(daemon.lines)
    guarded(broker, "till-five", RIGHT)
    daemon.wait_said("no broker: .*(?i:not authori|bad user)", seen)
    secret("credentials/user", "till-five\n")
    daemon.wait_said("connected to", seen)
    t.ok(True, "another user's name in username_file: taken without a restart")
    t.same(daemon.stop(), 0, "credentials: stops with exit code")
    uri = broker.tls_uri()
    for what, codes, why, one, env in (
            ("no CREDENTIALS_DIRECTORY", (78,), "CREDENTIALS_DIRECTORY", "ca_file=credential:ca", {}),
            ("no such credential", (66,), r"ca_file .*nobody.* cannot be read: No such",
             "ca_file=credential:nobody", there),
            ("a credential with a slash", (78,), "credential", "ca_file=credential:../ca", there),
            ("a credential without a name", (78,), "credential", "ca_file=credential:", there),
            ("an empty username_file", (78, 66), "username_file .*empty",
             f"username_file={secret('empty', '')}", there)):
        daemon = certs.Shopfront(uri, f"mqtt.{one}", env=env)
        code = daemon.wait()
        t.ok(code in codes and daemon.said(why), f"{what}: exit {code}, and says: "
             f"{daemon.text()[-1][13:] if daemon.text() else ''}", f"wanted {codes}: {why}",
             *daemon.text())
    broker.stop()
    if not os.path.exists("/run/systemd/system"):
        t.count += 1
        print(f"ok {t.count} # SKIP LoadCredential= itself: systemd does not run this machine")


def told_nobody():
    """No password in what any daemon said, kept or would print."""
    said = [line for daemon in certs.Shopfront.all for line in daemon.text()
            for word in (WRONG, RIGHT, NEXT) if word in line]
    t.ok(not said, f"no password in what {len(certs.Shopfront.all)} daemons logged", *said[:3])
    kept = [os.path.join(folder, name) for daemon in certs.Shopfront.all
            for folder in [os.path.dirname(daemon.journal)] for name in os.listdir(folder)]
    found = []
    for name in kept:
        with open(name, "rb") as file:
            content = file.read()
        found += [name for word in (WRONG, RIGHT, NEXT) if word.encode() in content]
    t.ok(kept and not found, f"nor in {len(kept)} files of their journals", *found)
    run = subprocess.run([live.CLI, "check", "--print-config", "--set", "mqtt.username=shop", "--set",
                          f"mqtt.password_file={secret('printed', RIGHT)}", live.DEMO_CONF],
                         capture_output=True, text=True, check=False, timeout=live.PATIENCE_S)
    t.ok(run.returncode == 0 and "password_file" in run.stdout and RIGHT not in run.stdout +
         run.stderr, "nor in check --print-config, which names the file", run.stdout[-500:],
         run.stderr[-500:])


passwords()
credentials()
told_nobody()
complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
