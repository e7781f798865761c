#!/usr/bin/python3
"""TLS from the outside: the real daemon and a real broker that shows a wrong
certificate, wants one or takes another. Whatever is wrong is said in a sentence,
nothing is sent, measuring goes on, and the connection is made as soon as it is
put right, without a restart."""
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
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


def path(name):
    return os.path.join(home, name)


def stops(daemon, what):
    t.same(daemon.stop(), 0, f"{what}: stops with exit code")


# The alert that says so may be overtaken by the connection's end: one of two sentences.
OUR_CERT = r"the broker (refuses|hung up).*client certificate"


class Case:
    """One thing that is wrong, and how it is put right."""

    def __init__(self, what, why, broker, daemon, mend):
        self.what, self.why, self.broker, self.daemon, self.mend = what, why, broker, daemon, mend
        self.tried_s = 0

    def check_refused(self):
        d = self.daemon
        live.wait_until(lambda: d.attempts() or d.said("connected to"), f"{self.what}: an attempt")
        if d.said("connected to"):
            tap.bail_out(f"{self.what}: not refused")
        first = d.attempts()[0]
        t.ok(re.search(self.why, first), f"{self.what}: says why: {first.split('no broker: ')[1]}",
             f"wanted {self.why}")
        kept = d.kept()
        live.wait_until(lambda: len(d.attempts()) >= 3, f"{self.what}: the third attempt")
        live.wait_until(lambda: d.kept() > kept, f"{self.what}: a record more")
        t.ok(True, f"{self.what}: tries again, and measures meanwhile")
        lines = d.attempts()
        told = [line.split("no broker: ")[1] for line in lines]
        news = list(dict.fromkeys(told))  # each sentence once, though two may take turns
        warned = [text for line, text in zip(lines, told) if "warning: no broker" in line]
        t.ok(warned == news and (len(news) == 1 or self.why == OUR_CERT), f"{self.what}: "
             f"{len(told)} attempts, {len(news)} warning", *told)
        t.ok(not self.broker.clients() and not d.said("connected to"),
             f"{self.what}: the broker never hears of it", *self.broker.clients())

    def check_mended(self, moments):
        gaps = [f"{b - a:.1f}" for a, b in zip(moments, moments[1:])]
        # Since it began and until now: when a line is read here says little.
        t.ok(len(moments) < 4 + self.tried_s / 1.5,
             f"{self.what}: {len(moments)} attempts, seconds apart: {' '.join(gaps)}")
        self.daemon.wait_said("connected to")
        live.wait_until(self.broker.clients, f"{self.what}: the broker to log it")
        t.ok(True, f"{self.what}: put right, it connects without a restart")
        stops(self.daemon, self.what)
        self.broker.stop()


def play(cases):
    """All at once: most of it is waiting."""
    for case in cases:
        case.check_refused()
    moments = []
    for case in cases:
        moments.append([at for at, line in list(case.daemon.lines) if "no broker: " in line])
        case.tried_s = time.monotonic() - case.daemon.began
    for case in cases:
        case.mend()
    for case, when in zip(cases, moments):
        case.check_mended(when)


# --- what the broker shows -------------------------------------------------------
UNKNOWN = r"unknown CA|self.signed|not signed|issuer|not trust"


def server_case(what, why, pair, host="localhost", sets=(CA,), mended=shop.good, **options):
    broker = certs.TlsBroker(pair).start()
    daemon = certs.Shopfront(broker.tls_uri(host), *sets, **options)
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
    daemon = certs.Shopfront(broker.tls_uri())
    first = daemon.wait_said("no broker: ")
    t.ok(re.search(UNKNOWN, first) and not broker.clients(),
         "ca_file empty: our authority is none of the system's, so refused", first)
    stops(daemon, "ca_file empty")
    for version in (5, 3):
        for host in ("localhost", "127.0.0.1", "[::1]"):
            daemon = certs.Shopfront(broker.tls_uri(host), CA, f"mqtt.version={version}")
            daemon.wait_said("connected to")
            t.ok(not daemon.attempts(), f"a good one, by {host}, MQTT {version}: connected at once",
                 *daemon.attempts())
            stops(daemon, f"by {host}, MQTT {version}")
    live.wait_until(lambda: len(broker.clients()) >= 6, "the broker to log them")
    t.same(len(broker.clients()), 6, "the broker's log knows each of them, and nobody else: clients")
    wrong_door(broker)
    broker.stop()


def wrong_door(broker):
    """TLS where there is none, and none where there is."""
    daemon = certs.Shopfront(f"mqtts://127.0.0.1:{broker.port}", CA)
    first = daemon.wait_said("no broker: ")
    t.ok("TLS" in first, "mqtts:// to a plain listener: says why", first)
    stops(daemon, "mqtts:// to a plain listener")
    daemon = certs.Shopfront(f"mqtt://127.0.0.1:{broker.tls_port}")
    first = daemon.wait_said("no broker: ")
    t.note(f"mqtt:// to a TLS listener: {first}")
    stops(daemon, "mqtt:// to a TLS listener")


# --- what the daemon shows ---------------------------------------------------------
MUTUAL = "require_certificate true\nuse_identity_as_username true\n"


def client_case(what, why, pair, key=None, ca=None, host="localhost"):
    """Its own files, put right by swapping them; each attempt reads them anew."""
    stem = path(f"daemon-{re.sub('[^a-z0-9]', '-', what.lower())}")
    broker = certs.TlsBroker(shop.good, f"cafile {shop.ca.cert}\n{MUTUAL}").start()
    (ca or shop.ca).put(stem + ".ca")
    pair.put(stem + ".crt")
    (key or pair).put(stem + ".none", stem + ".key")

    def mend():
        shop.ca.put(stem + ".ca")
        shop.client.put(stem + ".crt", stem + ".key")
    daemon = certs.Shopfront(broker.tls_uri(host), f"mqtt.ca_file={stem}.ca",
                             f"mqtt.cert_file={stem}.crt", f"mqtt.key_file={stem}.key")
    return Case(what, why, broker, daemon, mend)


def clients():
    cases = [client_case("our certificate by another authority", OUR_CERT,
                         shop.client_foreign),
             client_case("our certificate expired", OUR_CERT, shop.client_expired),
             client_case("our certificate expired, asked by address", OUR_CERT, shop.client_expired,
                         host="127.0.0.1"),
             client_case("our key is another certificate's", "key_file|private ?key|key values",
                         shop.client, key=shop.client_foreign),
             client_case("our ca_file another authority's", UNKNOWN, shop.client, ca=shop.other_ca)]
    play(cases)
    for case in cases:
        live.wait_until(lambda c=case: c.broker.log("as thirdring-"), "the broker to log it")
        t.ok(case.broker.log("as thirdring-.*u'till-four'"),
             f"{case.what}: then the broker knows us by its name", *case.broker.clients())
    broker = certs.TlsBroker(shop.good, f"cafile {shop.ca.cert}\n{MUTUAL}").start()
    daemon = certs.Shopfront(broker.tls_uri(), CA)
    first = daemon.wait_said("no broker: ")
    live.wait_until(lambda: len(daemon.attempts()) >= 3, "the third attempt")
    t.ok(not broker.clients() and re.search(OUR_CERT, first.split("no broker: ")[1]),
         f"none where the broker wants one: says why: {first.split('no broker: ')[1]}")
    stops(daemon, "no certificate of our own")
    swapped(broker)
    broker.stop()


def swapped(broker):
    """A file is away for a moment while it is swapped: what was read stays good."""
    shop.client.put(path("mine.crt"), path("mine.key"))
    daemon = certs.Shopfront(broker.tls_uri(), CA, f"mqtt.cert_file={path('mine.crt')}",
                             f"mqtt.key_file={path('mine.key')}")
    daemon.wait_said("connected to")
    os.rename(path("mine.crt"), path("mine.away"))
    seen = len(daemon.lines)
    broker.show(shop.good)
    daemon.wait_said("no broker: .*(refused|cannot|mine.crt)", seen)
    os.rename(path("mine.away"), path("mine.crt"))
    daemon.wait_said("connected to", seen)
    t.ok(True, "our certificate's file away as it reconnects: it does once the file is back")
    stops(daemon, "a file away")


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
        daemon = certs.Shopfront(f"mqtts://localhost:{old.port}", CA, env=lax())
        live.wait_until(lambda: daemon.attempts() or daemon.said("connected to"), "an attempt")
        t.ok(old.spoken == ["TLSv1.1"] and daemon.attempts(), "a server of TLS 1.1 is refused even "
             "where openssl.cnf would allow it", old.spoken, *daemon.text()[-3:])
        t.note(*daemon.attempts()[:1])
        stops(daemon, "TLS 1.1")
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        stub = Stub(version, version)
        for host in ("localhost", "127.0.0.1"):
            daemon = certs.Shopfront(f"mqtts://{host}:{stub.port}", CA)
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
        daemon = certs.Shopfront(uri, *[f"mqtt.{s}".replace("=none", f"={path('none')}") for s in sets])
        got = daemon.wait()
        t.ok(got == code and daemon.said(why), f"{what}: exit {code}, and says so", got,
             *daemon.text())
    daemon = certs.Shopfront(f"mqtt://localhost:{live.free_port()}", CA)
    t.ok(daemon.wait() == 78 and daemon.said("mqtts://"), "ca_file without TLS: exit 78, for it "
         "would look as if there were some", *daemon.text())
    # What lies there but is no certificate is said as the library says it.
    broker = certs.TlsBroker(shop.good).start()
    rubbish = live.write(path("rubbish.crt"), "this is not a certificate\n")
    daemon = certs.Shopfront(broker.tls_uri(), f"mqtt.ca_file={rubbish}")
    live.wait_until(lambda: daemon.attempts() or daemon.process.poll() is not None, "a refusal")
    t.ok(not broker.clients() and daemon.said("ca_file|load_verify"), "a ca_file that is none: says "
         "so", *daemon.text()[-3:])
    if daemon.process.poll() is None:
        shop.ca.put(rubbish)
        daemon.wait_said("connected to")
        t.ok(True, "a ca_file that is none: put right, it connects")
        stops(daemon, "a ca_file that is none")
    broker.stop()


# One who takes the connection and never says a word: Paho has ten seconds' patience.
silent = socket.create_server(("127.0.0.1", 0))
patient = certs.Shopfront(f"mqtts://127.0.0.1:{silent.getsockname()[1]}", CA)
servers()
clients()
versions()
files()
live.wait_until(lambda: len(patient.attempts()) >= 2 and patient.kept() > 10, "its patience to end")
t.ok(True, f"a server that never speaks: {patient.attempts()[0].split('no broker: ')[1]}")
stops(patient, "a server that never speaks")
complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
