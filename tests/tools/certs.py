"""Certificates for the tests, made with the openssl program: an authority and
what it signs, right and wrong; a broker that shows them, and a daemon that is to
look at them. Keys are elliptic (quick to make) and plain."""
import os
import re
import shutil
import subprocess
import time

import live

LOCAL = "DNS:localhost,IP:127.0.0.1,IP:::1"
DAY_S = 86400

_CONF = """[ca]
default_ca = here
[here]
dir = {dir}
database = {dir}/index.txt
new_certs_dir = {dir}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
copy_extensions = none
[any]
commonName = supplied
[req]
distinguished_name = name
prompt = no
[name]
commonName = {name}
[authority]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = {usage}
"""


def missing():
    """Why no certificates can be made here; None: they can."""
    return None if shutil.which("openssl") else "openssl is not installed (make deps)"


def _openssl(*args):
    run = subprocess.run(["openssl", *args], capture_output=True, text=True, check=False,
                         stdin=subprocess.DEVNULL)
    if run.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(args)}: {run.stderr}")


def _stamp(days):
    """So many days from now, as openssl wants it."""
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * DAY_S))


class Pair:
    """A certificate and its key."""

    def __init__(self, stem):
        self.cert, self.key = stem + ".crt", stem + ".key"

    def put(self, cert, key=None):
        """Copy it to where somebody reads it, each file swapped whole."""
        for source, target in ((self.cert, cert), (self.key, key)):
            if target:
                shutil.copyfile(source, target + ".new")
                os.replace(target + ".new", target)


def _new_key(pair):
    _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", pair.key)
    os.chmod(pair.key, 0o644)  # a broker may run as somebody else


class Authority(Pair):
    """Who signs. Its files lie in the given folder, those it signs too."""

    def __init__(self, folder, name):
        super().__init__(os.path.join(folder, name))
        self.dir = os.path.join(folder, name + ".d")
        os.mkdir(self.dir)
        with open(os.path.join(self.dir, "index.txt"), "w", encoding="ascii"):
            pass
        _new_key(self)
        _openssl("req", "-x509", "-new", "-key", self.key, "-out", self.cert, "-days", "30",
                 "-config", self._conf(name), "-extensions", "authority")

    def _conf(self, common_name, usage="serverAuth", san=None):
        path = os.path.join(self.dir, "openssl.cnf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(_CONF.format(dir=self.dir, name=common_name, usage=usage))
            file.write(f"subjectAltName = {san}\n" if san else "")
        return path

    def issue(self, name, common_name="localhost", san=LOCAL, days=(-1, 30), usage="serverAuth"):
        """A signed pair, good from days[0] to days[1] counted from now."""
        pair = Pair(os.path.join(os.path.dirname(self.dir), name))
        conf = self._conf(common_name, usage, san)
        request = os.path.join(self.dir, "request")
        _new_key(pair)
        _openssl("req", "-new", "-key", pair.key, "-out", request, "-config", conf)
        _openssl("ca", "-batch", "-notext", "-config", conf, "-extensions", "leaf", "-cert",
                 self.cert, "-keyfile", self.key, "-in", request, "-out", pair.cert,
                 "-startdate", _stamp(days[0]), "-enddate", _stamp(days[1]))
        return pair

    def issue_client(self, name, common_name, days=(-1, 30)):
        return self.issue(name, common_name, None, days, "clientAuth")

    def self_signed(self, name):
        """One that nobody vouches for."""
        pair = Pair(os.path.join(os.path.dirname(self.dir), name))
        _new_key(pair)
        _openssl("req", "-x509", "-new", "-key", pair.key, "-out", pair.cert, "-days", "30",
                 "-config", self._conf("localhost", san=LOCAL), "-extensions", "leaf")
        return pair


class Shop:
    """All a test needs, made anew in a folder in about a second."""

    def __init__(self, folder):
        self.ca = Authority(folder, "ca")
        self.other_ca = Authority(folder, "other-ca")
        self.good = self.ca.issue("good")
        # An old client would look at the common name, and be content.
        self.wrong_name = self.ca.issue("wrong-name", "localhost", "DNS:elsewhere.example")
        self.expired = self.ca.issue("expired", days=(-30, -1))
        self.not_yet = self.ca.issue("not-yet", days=(1, 30))
        self.foreign = self.other_ca.issue("foreign")
        self.self_signed = self.ca.self_signed("self-signed")
        self.client = self.ca.issue_client("client", "till-four")
        self.client_foreign = self.other_ca.issue_client("client-foreign", "till-four")
        self.client_expired = self.ca.issue_client("client-expired", "till-four", days=(-30, -1))


class TlsBroker(live.Broker):
    """A private mosquitto with a TLS listener, on both loopback addresses, and a
    plain one to listen by."""

    def __init__(self, pair, lines="", extra=""):
        super().__init__()
        self.tls_port = live.free_port()
        self.pair = pair
        name = os.path.join(self.dir, "server")
        self.cert, self.key = name + ".crt", name + ".key"
        for address in ("127.0.0.1", "::1"):
            self.extra += (f"listener {self.tls_port} {address}\n{lines}"
                           f"certfile {self.cert}\nkeyfile {self.key}\n")
        self.extra += extra

    def start(self):
        self.pair.put(self.cert, self.key)
        return super().start()

    def show(self, pair):
        """Another certificate from now on."""
        self.stop()
        self.pair = pair
        self.start()

    def tls_uri(self, host="localhost", scheme="mqtts"):
        return f"{scheme}://{host}:{self.tls_port}"

    def log(self, pattern):
        with open(os.path.join(self.dir, "log"), encoding="utf-8", errors="replace") as file:
            return [line for line in file if re.search(pattern, line)]

    def clients(self):
        """CONNECTs it had from the daemon."""
        return self.log(r"New client connected from \S+ as thirdring-")


class Shopfront(live.Daemon):
    """The demo shop, told of every attempt to connect. Somebody calls every
    second and is answered: records without an end."""
    all = []

    def __init__(self, uri, *sets, **options):
        home = live.folder()
        self.all.append(self)
        self.journal = os.path.join(home, "journal.db")
        trace = live.write(os.path.join(home, "calls.trace"), "# thirdring trace 1\n" + "".join(
            f"{s} fitting_call 1\n{s}.2 fitting_call 0\n{s}.5 fitting_done 1\n{s}.7 fitting_done 0\n"
            for s in range(1, 1800)))
        super().__init__(live.DEMO_CONF, f"mqtt.uri={uri}", f"gpio.trace={trace}", "gpio.speed=1",
                         f"journal.path={self.journal}", "log.level=debug", *sets, **options)

    def attempts(self):
        return self.said("no broker: ")

    def kept(self):
        """Records in the journal so far."""
        return len(live.journal_records(self.journal)) if os.path.exists(self.journal) else 0
