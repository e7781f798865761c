#!/usr/bin/python3
"""TLS and passwords from the outside: the real daemon and a real broker that
shows a wrong certificate, wants one or takes another. Whatever is wrong is said
in a sentence, nothing is sent, measuring goes on, and the connection is made as
soon as it is put right, without a restart."""
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import warnings

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
CA = f"mqtt.ca_file={shop.ca.cert}"
# Somebody calls every second and is answered: records without an end.
TRACE = live.write(os.path.join(home, "calls.trace"), "# thirdring trace 1\n" + "".join(
    f"{s} fitting_call 1\n{s}.2 fitting_call 0\n{s}.5 fitting_done 1\n{s}.7 fitting_done 0\n"
    for s in range(1, 1800)))


def path(name):
    return os.path.join(home, name)


shopfronts = []


class Shopfront(live.Daemon):
    """The demo shop, told of every attempt to connect."""

    def __init__(self, uri, *sets, **options):
        shopfronts.append(self)
        self.journal = os.path.join(live.folder(), "journal.db")
        super().__init__(live.DEMO_CONF, f"mqtt.uri={uri}", f"gpio.trace={TRACE}", "gpio.speed=1",
                         f"journal.path={self.journal}", "log.level=debug", *sets, **options)

    def attempts(self):
        return self.said("no broker: ")

    def kept(self):
        """Records in the journal so far."""
        return len(live.journal_records(self.journal)) if os.path.exists(self.journal) else 0

    def end(self, what):
        t.same(self.stop(), 0, f"{what}: stops with exit code")


class Case:
    """One thing that is wrong, and how it is put right."""

    def __init__(self, what, why, broker, daemon, mend):
        self.what, self.why, self.broker, self.daemon, self.mend = what, why, broker, daemon, mend

    def check_refused(self):
        d = self.daemon
        first = d.wait_said("no broker: ")
        t.ok(re.search(self.why, first), f"{self.what}: says why: {first.split('no broker: ')[1]}",
             f"wanted {self.why}")
        kept = d.kept()
        live.wait_until(lambda: len(d.attempts()) >= 3, f"{self.what}: the third attempt")
        live.wait_until(lambda: d.kept() > kept, f"{self.what}: a record more")
        t.ok(True, f"{self.what}: tries again, and measures meanwhile")
        t.same(len(d.said("warning: no broker")), 1, f"{self.what}: warnings of "
               f"{len(d.attempts())} attempts that failed alike")
        t.ok(not self.broker.clients() and not d.said("connected to"),
             f"{self.what}: the broker never hears of it", *self.broker.clients())

    def check_mended(self, moments):
        gaps = [f"{b - a:.1f}" for a, b in zip(moments, moments[1:])]
        t.ok(len(moments) < 4 + (moments[-1] - moments[0]) / 1.5,
             f"{self.what}: {len(moments)} attempts, seconds apart: {' '.join(gaps)}")
        self.daemon.wait_said("connected to")
        live.wait_until(self.broker.clients, f"{self.what}: the broker to log it")
        t.ok(True, f"{self.what}: put right, it connects without a restart")
        self.daemon.end(self.what)
        self.broker.stop()


def play(cases):
    """All at once: most of it is waiting."""
    for case in cases:
        case.check_refused()
    moments = [[at for at, line in case.daemon.lines if "no broker: " in line] for case in cases]
    for case in cases:
        case.mend()
    for case, when in zip(cases, moments):
        case.check_mended(when)


# --- what the broker shows -------------------------------------------------------
UNKNOWN = r"unknown CA|self.signed|not signed|issuer|not trust"


def server_case(what, why, pair, host="localhost", sets=(CA,), mended=shop.good, **options):
    broker = certs.TlsBroker(pair).start()
    daemon = Shopfront(broker.tls_uri(host), *sets, **options)
    return Case(what, why, broker, daemon, lambda: broker.show(mended))


def servers():
    named = shop.ca.issue("named", san="DNS:localhost")
    other = f"mqtt.ca_file={shop.other_ca.cert}"
    ours = {"SSL_CERT_FILE": shop.ca.cert, "SSL_CERT_DIR": "/nowhere"}
    play([server_case("signed by another authority", UNKNOWN, shop.foreign),
          server_case("self-signed", UNKNOWN, shop.self_signed),
          server_case("expired", "expired", shop.expired),
          server_case("not yet valid", "not yet valid|bad certificate|verify failed", shop.not_yet),
          server_case("for another host name", r"\bname", shop.wrong_name),
          server_case("for another host name, MQTT 3.1.1", r"\bname", shop.wrong_name,
                      sets=(CA, "mqtt.version=3")),
          server_case("for a name, asked by address", r"\bname", named, "127.0.0.1"),
          server_case("for a name, asked by IPv6 address", r"\bname", named, "[::1]"),
          # The system's authorities are trusted where ca_file is empty, and only there.
          server_case("for another host name, ca_file empty", r"\bname", shop.wrong_name, sets=(),
                      env=ours),
          server_case("not by ca_file but by one the system trusts", UNKNOWN, shop.good,
                      sets=(other,), mended=shop.foreign, env=ours)])
    broker = certs.TlsBroker(shop.good).start()
    daemon = Shopfront(broker.tls_uri())
    first = daemon.wait_said("no broker: ")
    t.ok(re.search(UNKNOWN, first) and not broker.clients(),
         "ca_file empty: our authority is none of the system's, so refused", first)
    daemon.end("ca_file empty")
    for version in (5, 3):
        for host in ("localhost", "127.0.0.1", "[::1]"):
            daemon = Shopfront(broker.tls_uri(host), CA, f"mqtt.version={version}")
            daemon.wait_said("connected to")
            t.ok(not daemon.attempts(), f"a good one, by {host}, MQTT {version}: connected at once",
                 *daemon.attempts())
            daemon.end(f"by {host}, MQTT {version}")
    t.same(len(broker.clients()), 6, "the broker's log knows each of them, and nobody else: clients")
    wrong_door(broker)
    broker.stop()


def wrong_door(broker):
    """TLS where there is none, and none where there is."""
    daemon = Shopfront(f"mqtts://127.0.0.1:{broker.port}", CA)
    first = daemon.wait_said("no broker: ")
    t.ok("TLS" in first, "mqtts:// to a plain listener: says why", first)
    daemon.end("mqtts:// to a plain listener")
    daemon = Shopfront(f"mqtt://127.0.0.1:{broker.tls_port}")
    first = daemon.wait_said("no broker: ")
    t.note(f"mqtt:// to a TLS listener: {first}")
    daemon.end("mqtt:// to a TLS listener")


# --- what the daemon shows ---------------------------------------------------------
OUR_CERT = r"(?<!its )certificate|alert"
MUTUAL = "require_certificate true\nuse_identity_as_username true\n"


def client_case(what, why, pair, key=None, ca=None):
    """Its own files, put right by swapping them; each attempt reads them anew."""
    stem = path(f"daemon-{re.sub('[^a-z0-9]', '-', what.lower())}")
    broker = certs.TlsBroker(shop.good, f"cafile {shop.ca.cert}\n{MUTUAL}").start()
    (ca or shop.ca).put(stem + ".ca")
    pair.put(stem + ".crt")
    (key or pair).put(stem + ".none", stem + ".key")

    def mend():
        shop.ca.put(stem + ".ca")
        shop.client.put(stem + ".crt", stem + ".key")
    daemon = Shopfront(broker.tls_uri(), f"mqtt.ca_file={stem}.ca", f"mqtt.cert_file={stem}.crt",
                       f"mqtt.key_file={stem}.key")
    return Case(what, why, broker, daemon, mend)


def clients():
    cases = [client_case("our certificate by another authority", OUR_CERT,
                         shop.client_foreign),
             client_case("our certificate expired", OUR_CERT, shop.client_expired),
             client_case("our key is another certificate's", "key_file|private ?key|key values",
                         shop.client, key=shop.client_foreign),
             client_case("our ca_file another authority's", UNKNOWN, shop.client, ca=shop.other_ca)]
    play(cases)
    for case in cases:
        t.ok(case.broker.log("as thirdring-.*u'till-four'"),
             f"{case.what}: then the broker knows us by its name", *case.broker.clients())
    broker = certs.TlsBroker(shop.good, f"cafile {shop.ca.cert}\n{MUTUAL}").start()
    daemon = Shopfront(broker.tls_uri(), CA)
    first = daemon.wait_said("no broker: ")
    live.wait_until(lambda: len(daemon.attempts()) >= 3, "the third attempt")
    t.ok(not broker.clients() and re.search(OUR_CERT, first.split("no broker: ")[1]),
         f"none where the broker wants one: says why: {first.split('no broker: ')[1]}")
    daemon.end("no certificate of our own")
    swapped(broker)
    broker.stop()


def swapped(broker):
    """A file is away for a moment while it is swapped: what was read stays good."""
    shop.client.put(path("mine.crt"), path("mine.key"))
    daemon = Shopfront(broker.tls_uri(), CA, f"mqtt.cert_file={path('mine.crt')}",
                       f"mqtt.key_file={path('mine.key')}")
    daemon.wait_said("connected to")
    os.rename(path("mine.crt"), path("mine.away"))
    seen = len(daemon.lines)
    broker.show(shop.good)
    daemon.wait_said("no broker: .*(refused|cannot|mine.crt)", seen)
    os.rename(path("mine.away"), path("mine.crt"))
    daemon.wait_said("connected to", seen)
    t.ok(True, "our certificate's file away as it reconnects: it does once the file is back")
    daemon.end("a file away")


# --- versions of TLS, and the name that is asked for -----------------------------------
class Stub(threading.Thread):
    """A TLS server that takes any CONNECT, and tells how it was spoken to."""

    def __init__(self, least, most):
        super().__init__(daemon=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old versions are what it is for
            self.context.minimum_version, self.context.maximum_version = least, most
        self.context.set_ciphers("ALL:@SECLEVEL=0")
        self.context.load_cert_chain(shop.good.cert, shop.good.key)
        self.context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self.names, self.spoken, self.errors, self.packets = [], [], [], []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self):
        while True:
            plain, _ = self.socket.accept()
            try:
                with self.context.wrap_socket(plain, server_side=True) as s:
                    self.serve(s)
            except OSError as error:
                self.errors.append(str(error))

    def serve(self, s):
        self.spoken.append(s.version())
        self.packets.append(s.recv(4096))
        s.sendall(b"\x20\x03\0\0\0" if self.packets[-1] else b"")
        while s.recv(4096):
            pass


def lax():
    """An openssl.cnf under which anything goes: what the daemon insists on then
    is its own doing."""
    conf = live.write(path("lax.cnf"), "openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\n"
                      "system_default = lax\n[lax]\nMinProtocol = TLSv1\n"
                      "CipherString = ALL:@SECLEVEL=0\n")
    return {"OPENSSL_CONF": conf}


def versions():
    old = Stub(ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1)
    control = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{old.port}"],
                             env={**os.environ, **lax()}, stdin=subprocess.DEVNULL,
                             capture_output=True, check=False, timeout=live.PATIENCE_S)
    if control.returncode != 0 or old.spoken != ["TLSv1.1"]:
        t.count += 1
        print(f"ok {t.count} # SKIP TLS 1.1 is refused: this OpenSSL cannot speak it at all")
    else:
        daemon = Shopfront(f"mqtts://localhost:{old.port}", CA, env=lax())
        live.wait_until(lambda: daemon.attempts() or daemon.said("connected to"), "an attempt")
        t.ok(old.spoken == ["TLSv1.1"] and daemon.attempts(), "a server of TLS 1.1 is refused even "
             "where openssl.cnf would allow it", old.spoken, *daemon.text()[-3:])
        t.note(*daemon.attempts()[:1])
        daemon.end("TLS 1.1")
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        stub = Stub(version, version)
        for host in ("localhost", "127.0.0.1"):
            daemon = Shopfront(f"mqtts://{host}:{stub.port}", CA)
            daemon.wait_said("connected to")
            daemon.stop(9)
        t.same(stub.spoken, [version.name.replace("_", ".")] * 2, "spoken where nothing else is")
        t.same(stub.names[0], "localhost", f"{version.name}: the name asked for (SNI)")
        t.note(f"SNI by address: {stub.names[1]} (RFC 6066 wants none; Paho sends what it has)")


# --- files that cannot be right --------------------------------------------------------
def files():
    uri = f"mqtts://localhost:{live.free_port()}"
    for what, code, why, sets in (
            ("ca_file missing", 66, r"ca_file .*none.* cannot be read: No such", ("ca_file=none",)),
            ("cert_file missing", 66, r"cert_file .*none.*: No such",
             ("cert_file=none", f"key_file={shop.client.key}")),
            ("key_file without cert_file", 78, "cert_file and key_file belong together",
             (f"key_file={shop.client.key}",))):
        daemon = Shopfront(uri, *[f"mqtt.{s}".replace("=none", f"={path('none')}") for s in sets])
        got = daemon.wait()
        t.ok(got == code and daemon.said(why), f"{what}: exit {code}, and says so", got,
             *daemon.text())
    daemon = Shopfront(f"mqtt://localhost:{live.free_port()}", CA)
    t.ok(daemon.wait() == 78 and daemon.said("mqtts://"), "ca_file without TLS: exit 78, for it "
         "would look as if there were some", *daemon.text())
    # What lies there but is no certificate is said as the library says it.
    broker = certs.TlsBroker(shop.good).start()
    rubbish = live.write(path("rubbish.crt"), "this is not a certificate\n")
    daemon = Shopfront(broker.tls_uri(), f"mqtt.ca_file={rubbish}")
    live.wait_until(lambda: daemon.attempts() or daemon.process.poll() is not None, "a refusal")
    t.ok(not broker.clients() and daemon.said("ca_file|load_verify"), "a ca_file that is none: says "
         "so", *daemon.text()[-3:])
    if daemon.process.poll() is None:
        shop.ca.put(rubbish)
        daemon.wait_said("connected to")
        t.ok(True, "a ca_file that is none: put right, it connects")
        daemon.end("a ca_file that is none")
    broker.stop()


# --- user and password ---------------------------------------------------------------
WRONG, RIGHT, NEXT = "wr0ng-horse", "right-b4ttery", "next-st4ple"


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


def rotates(version):
    """A wrong password, put right, then changed while we are connected."""
    what = f"MQTT {version}"
    broker = guarded(live.Broker(), "shop", RIGHT)
    file = secret(f"password-{version}", WRONG + "\n")
    daemon = Shopfront(broker.uri, "mqtt.username=shop", f"mqtt.password_file={file}",
                       f"mqtt.version={version}")
    first = daemon.wait_said("no broker: ")
    t.ok(re.search("(?i)refused the connection: (not authori[sz]ed|bad user ?name or password)",
                   first), f"a wrong password, {what}: says why: {first.split('no broker: ')[1]}")
    kept = daemon.kept()
    live.wait_until(lambda: len(daemon.attempts()) >= 3 and daemon.kept() > kept, "more attempts")
    t.same(len(daemon.said("warning: no broker")), 1, f"a wrong password, {what}: warnings of "
           f"{len(daemon.attempts())} attempts")
    secret(f"password-{version}", RIGHT)
    daemon.wait_said("connected to")
    t.ok(True, f"a wrong password, {what}: the file put right, it connects without a restart")
    seen = len(daemon.lines)
    guarded(broker, "shop", NEXT)
    daemon.wait_said("no broker: .*(not authori|bad user)", seen)
    secret(f"password-{version}", NEXT + "\r\n")
    daemon.wait_said("connected to", seen)
    t.ok(True, f"changed at the broker, then in the file, {what}: the same")
    # Taken away for a moment: what was read stays good.
    os.rename(file, file + ".away")
    seen = len(daemon.lines)
    broker.stop()
    broker.start()
    daemon.wait_said("connected to", seen)
    t.ok(daemon.said(f"password_file .*{os.path.basename(file)}", seen), f"the file away as it "
         f"reconnects, {what}: says so, and takes what it had", *daemon.text()[seen:])
    daemon.end(f"passwords, {what}")
    broker.stop()


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
    daemon = Shopfront(broker.tls_uri(), *sets, env=there)
    daemon.wait_said("no broker: .*(not authori|bad user)")
    secret("credentials/password", RIGHT)
    daemon.wait_said("connected to")
    live.wait_until(lambda: broker.log("as thirdring-.*u'till-four'"), "the user's name")
    t.ok(True, "credentials for all five files: connected as who they say")
    seen = len(daemon.lines)
    guarded(broker, "till-five", RIGHT)
    daemon.wait_said("no broker: .*(not authori|bad user)", seen)
    secret("credentials/user", "till-five\n")
    daemon.wait_said("connected to", seen)
    t.ok(True, "another user's name in username_file: taken without a restart")
    daemon.end("credentials")
    uri = broker.tls_uri()
    for what, codes, why, one, env in (
            ("no CREDENTIALS_DIRECTORY", (78,), "CREDENTIALS_DIRECTORY", "ca_file=credential:ca", {}),
            ("no such credential", (66,), r"ca_file .*nobody.* cannot be read: No such",
             "ca_file=credential:nobody", there),
            ("a credential with a slash", (78,), "credential", "ca_file=credential:../ca", there),
            ("a credential without a name", (78,), "credential", "ca_file=credential:", there),
            ("an empty username_file", (78, 66), "username_file .*empty",
             f"username_file={secret('empty', '')}", there)):
        daemon = Shopfront(uri, f"mqtt.{one}", env=env)
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
    said = [line for daemon in shopfronts for line in daemon.text()
            for word in (WRONG, RIGHT, NEXT) if word in line]
    t.ok(not said, f"no password in what {len(shopfronts)} daemons logged", *said[:3])
    kept = [os.path.join(folder, name) for daemon in shopfronts
            for folder in [os.path.dirname(daemon.journal)] for name in os.listdir(folder)]
    found = []
    for name in kept:
        with open(name, "rb") as file:
            content = file.read()
        found += [name for word in (WRONG, RIGHT, NEXT) if word.encode() in content]
    t.ok(kept and not found, f"nor in {len(kept)} files of their journals", *found)
    run = subprocess.run([live.CLI, "check", "--print-config", "--config", live.DEMO_CONF,
                          "--set", "mqtt.username=shop",
                          "--set", f"mqtt.password_file={secret('printed', RIGHT)}"],
                         capture_output=True, text=True, check=False, timeout=live.PATIENCE_S)
    t.ok(run.returncode == 0 and "password_file" in run.stdout and RIGHT not in run.stdout +
         run.stderr, "nor in check --print-config, which names the file", run.stdout[-500:],
         run.stderr[-500:])


servers()
clients()
versions()
files()
for mqtt in (5, 3):
    rotates(mqtt)
credentials()
told_nobody()
complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
