"""A shop's mosquitto as etc/mosquitto sets it up: the shipped files and the very
commands of its README, with paths, names and ports put right as an installer would.
A line that is to be changed and is not there ends the test."""
import os
import pwd
import re
import secrets
import shutil
import socket
import ssl
import struct
import subprocess
import threading

import live
import tap

SHIPPED = os.path.join(tap.TOP, "etc", "mosquitto")
FOLDERS = ("etc/mosquitto/conf.d", "etc/mosquitto/certs", "etc/mosquitto/ca_certificates",
           "var/lib/mosquitto", "var/log/mosquitto", "run/mosquitto", "root")
PATHS = re.compile(r"(?<![\w./])/(etc/mosquitto|etc/thirdring|root|var/lib|var/log|run)(?=/|\s)")

# Debian's mosquitto.conf, which reads what is put beside it.
MAIN = """pid_file /run/mosquitto/mosquitto.pid
persistence true
persistence_location /var/lib/mosquitto/
log_dest file /var/log/mosquitto/mosquitto.log
include_dir /etc/mosquitto/conf.d
"""


def blocks():
    """The commands of the README, one text for each block."""
    with open(os.path.join(SHIPPED, "README.md"), encoding="utf-8") as file:
        return re.findall(r"^```sh\n(.*?)^```$", file.read(), re.M | re.S)


def replace(text, *changes):
    """Each (old, new), or an end where old does not stand there."""
    for old, new in changes:
        if old not in text:
            tap.bail_out(f"etc/mosquitto no longer says {old!r}")
        text = text.replace(old, new)
    return text


def broker_user():
    """Whom mosquitto may turn into here, or None: as root its own user, if our
    folders can be reached by others."""
    path = live.folder()
    reached = True
    while path != "/":
        reached &= bool(os.stat(path).st_mode & 1)
        path = os.path.dirname(path)
    try:
        return pwd.getpwnam("mosquitto") if os.geteuid() == 0 and reached else None
    except KeyError:
        return None


# What the system's own policy would refuse must be refused by the shipped files.
LAX = """openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = lax
[lax]
MinProtocol = TLSv1
CipherString = DEFAULT@SECLEVEL=0
"""


class Shop:
    """One broker and its folders. Ports: plain (loopback), tls, ws."""

    def __init__(self):
        self.root = live.folder()
        self.user = broker_user()
        self.plain, self.tls, self.ws = live.free_port(), live.free_port(), live.free_port()
        self.process = None
        self.edits = {}
        for name in FOLDERS:
            os.makedirs(self.path(name))
            if self.user and not name.startswith(("etc", "root")):
                os.chown(self.path(name), self.user.pw_uid, self.user.pw_gid)
        main = MAIN if self.user or os.geteuid() != 0 else MAIN + "user root\n"
        live.write(self.path("etc/mosquitto/mosquitto.conf"), self.local(main))
        lax = live.write(self.path("run/openssl.cnf"), LAX)
        self.environment = {**os.environ, "OPENSSL_CONF": lax}
        self.edit("thirdring.conf", ("listener 1883 127", f"listener {self.plain} 127"),
                  ("listener 8883\n", f"listener {self.tls}\n"),
                  ("listener 9001\n", f"listener {self.ws}\n"))

    def path(self, name):
        return os.path.join(self.root, name)

    def local(self, text):
        return PATHS.sub(lambda m: f"{self.root}/{m[1]}", text).replace(
            "-p 1883", f"-p {self.plain}").replace("-p 8883", f"-p {self.tls}")

    def edit(self, name, *changes):
        """To be put right in a file of conf.d before the next start."""
        self.edits.setdefault(name, []).extend(changes)

    def apply(self):
        """What stands in conf.d, put right. Paths once, a change once."""
        folder = self.path("etc/mosquitto/conf.d")
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8") as file:
                text = self.local(file.read())
            with open(path, "w", encoding="utf-8") as file:
                file.write(replace(text, *self.edits.pop(name, ())))

    def run(self, commands, *changes, **options):
        """A README block; a restart of mosquitto in it restarts this broker."""
        commands = replace(commands, *changes)
        if not self.user:
            commands = re.sub(r"^chown .*\n", "", commands, flags=re.M).replace(
                "-o mosquitto -g mosquitto ", "")
        said = ""
        for part in re.split(r"^(systemctl restart mosquitto)\n", commands, flags=re.M):
            if part.startswith("systemctl"):
                self.restart()
                continue
            run = subprocess.run(["bash", "-euo", "pipefail", "-c", self.local(part)], cwd=SHIPPED,
                                 capture_output=True, text=True, check=False,
                                 timeout=live.PATIENCE_S, umask=0o077, **options)
            if run.returncode != 0:
                tap.bail_out(f"README: ended with {run.returncode}: {part}\n# {run.stderr}")
            said += run.stdout
        return said

    def start(self):
        self.apply()
        out = self.path("run/out")
        with open(out, "a", encoding="utf-8") as file:
            self.process = live.start(["mosquitto", "-c", self.path("etc/mosquitto/mosquitto.conf")],
                                      stdout=file, stderr=file, env=self.environment)
        live.wait_until(self.listens, "mosquitto to listen")

    def listens(self):
        if self.process.poll() is not None:
            print("# " + self.log().replace("\n", "\n# "))
            tap.bail_out(f"mosquitto ended with {self.process.returncode}")
        return all(reached("127.0.0.1", port) for port in (self.plain, self.tls, self.ws))

    def stop(self, sig=live.signal.SIGTERM):
        self.process.send_signal(sig)
        self.process.wait(live.PATIENCE_S)

    def restart(self):
        if self.process and self.process.poll() is None:
            self.stop()
        self.start()

    def save(self):
        """What autosave_interval does, now: the file is new afterwards."""
        db = self.path("var/lib/mosquitto/mosquitto.db")
        before = os.stat(db).st_mtime_ns if os.path.exists(db) else 0
        self.process.send_signal(live.signal.SIGUSR1)
        live.wait_until(lambda: os.path.exists(db) and os.stat(db).st_mtime_ns != before,
                        "mosquitto to save")

    def log(self):
        text = ""
        for name in ("run/out", "var/log/mosquitto/mosquitto.log"):
            if os.path.exists(self.path(name)):
                with open(self.path(name), encoding="utf-8", errors="replace") as file:
                    text += file.read()
        return text

    def passwords(self):
        with open(self.path("root/thirdring.users"), encoding="utf-8") as file:
            return dict(line.strip().split(":", 1) for line in file)

    def add_tester(self):
        """A user of the test's own who may do everything."""
        with open(self.path("etc/mosquitto/thirdring.acl"), "a", encoding="utf-8") as file:
            file.write("\nuser tester\ntopic readwrite #\n")
        word = secrets.token_hex(8)
        with open(self.path("root/thirdring.users"), "a", encoding="utf-8") as file:
            file.write(f"tester:{word}\n")
        subprocess.run(["mosquitto_passwd", "-b", self.path("etc/mosquitto/thirdring.passwd"),
                        "tester", word], check=True, capture_output=True)
        if self.user:
            shutil.chown(self.path("etc/mosquitto/thirdring.passwd"), "mosquitto", "mosquitto")
        self.process.send_signal(live.signal.SIGHUP)

    def login(self, user):
        return ["-h", "127.0.0.1", "-p", str(self.plain), "-u", user,
                "-P", self.passwords()[user], "-V", "5"]

    def publish(self, user, topic, payload, *options):
        """MQTT 5's reason for what became of it: 0, or 135 for not authorized."""
        run = subprocess.run(["mosquitto_pub", *self.login(user), "-q", "1", "-d", "-t", topic,
                              "-m", payload, *options], capture_output=True, text=True,
                             check=False, timeout=live.PATIENCE_S)
        reason = re.search(r"PUBACK \(Mid: \d+, RC:(\d+)\)", run.stdout)
        return int(reason[1]) if reason else f"no PUBACK: {run.stdout} {run.stderr}"


class Listener:
    """One user's ears: all that comes to him of the topics. @heard_on is a topic he
    may read, on which the tester tells him where we are. With a session the broker
    keeps what comes while he is away."""
    def __init__(self, shop, user, *topics, heard_on="thirdring/p/p/availability", session=None):
        self.shop, self.heard_on = shop, heard_on
        self.messages, self.probes = [], set()
        command = ["mosquitto_sub", *shop.login(user), "-q", "1", "-F", "%t\t%r\t%p"]
        for topic in topics:
            command += ["-t", topic]
        if heard_on not in topics:
            command += ["-t", heard_on]
        if session:
            command += ["-c", "-i", session, "-x", "86400"]
        self.process = live.start(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  text=True)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        self.settle()

    def read(self):
        for line in self.process.stdout:
            topic, retain, payload = line.rstrip("\n").split("\t", 2)
            if payload.startswith("probe "):
                self.probes.add(payload)
            else:
                self.messages.append((topic, retain, payload))

    def settle(self):
        """Until all the broker had by now has come."""
        live.until_heard(lambda word: self.shop.publish("tester", self.heard_on, word), self.probes)
        return self

    def topics(self):
        return {topic for topic, _, _ in list(self.messages)}

    def of(self, pattern):
        return [m for m in list(self.messages) if re.fullmatch(pattern, m[0])]

    def stop(self, sig=live.signal.SIGTERM):
        live.end_listener(self.process, sig)
        self.thread.join(live.PATIENCE_S)


def reached(address, port):
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as s:
        s.settimeout(live.PATIENCE_S)
        return s.connect_ex((address, port)) == 0


# --- a browser's part: HTTP, and MQTT in WebSocket frames -----------------------------

def _string(text):
    data = text.encode()
    return struct.pack(">H", len(data)) + data


def _packet(kind, body):
    assert len(body) < 128
    return bytes((kind, len(body))) + body


def _connect_packet(user, word):
    body = _string("MQTT") + bytes((4, 0xc2 if user else 2)) + struct.pack(">H", 60)
    body += _string("web")
    return _packet(0x10, body + (_string(user) + _string(word) if user else b""))


def answer_without_tls(port):
    """What a listener says to a plain CONNECT before it hangs up."""
    with socket.create_connection(("127.0.0.1", port), live.PATIENCE_S) as s:
        s.sendall(_connect_packet("manager", "any"))
        try:
            answer = s.recv(16)
        except ConnectionResetError:
            return b""
        return b"" if answer[:1] == b"\x15" else answer  # an alert of TLS is no answer


class Web:
    """A connection to the websockets listener; with @ca over TLS."""

    def __init__(self, port, ca=None):
        self.socket = socket.create_connection(("127.0.0.1", port), live.PATIENCE_S)
        if ca:
            self.socket = ssl.create_default_context(cafile=ca).wrap_socket(
                self.socket, server_hostname="localhost")
        self.rest = b""

    def send_head(self, path, *lines):
        self.socket.sendall("\r\n".join((f"GET {path} HTTP/1.1", "Host: shop", *lines, "",
                                         "")).encode())

    def take(self, n):
        while len(self.rest) < n:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError
            self.rest += more
        taken, self.rest = self.rest[:n], self.rest[n:]
        return taken

    def take_head(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.take(1)
        return head.decode()

    def get(self, path):
        """A file: (status line, content)."""
        self.send_head(path)
        head = self.take_head()
        length = re.search(r"content-length: (\d+)", head, re.I)
        return head.splitlines()[0], self.take(int(length[1])).decode() if length else ""

    def upgrade(self):
        self.send_head("/mqtt", "Upgrade: websocket", "Connection: Upgrade",
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
                       "Sec-WebSocket-Protocol: mqtt")
        return self.take_head()

    def send(self, packet):
        # Masked, as a client must, with a mask of zeros.
        self.socket.sendall(struct.pack(">BBI", 0x82, 0x80 | len(packet), 0) + packet)

    def frame(self):
        """The next frame's content."""
        n = self.take(2)[1] & 0x7f
        if n == 126:
            n = struct.unpack(">H", self.take(2))[0]
        elif n == 127:
            n = struct.unpack(">Q", self.take(8))[0]
        return self.take(n)

    def connect(self, user=None, word=""):
        """MQTT 3.1.1's answer: 0, or 5 for not authorized."""
        self.send(_connect_packet(user, word))
        return self.frame()[3]

    def subscribe(self, topic):
        self.send(_packet(0x82, b"\0\1" + _string(topic) + b"\0"))
