"""A TCP proxy between an MQTT client and its broker that misbehaves on command.

It reads whole MQTT packets (3.1.1 and 5 look alike as far as it looks), so that
it can hold back, double, delay or throw away single ones. Every command may be
given at any time, from any thread:

    proxy.acks = lambda packet: [(3.0, packet)]   what becomes of each PUBACK: (delay, packet)s
    proxy.passes = lambda packet: False           which of the client's packets go on; all
    proxy.rate = 2000                             bytes a second towards the broker; None: all
    proxy.frozen = True                           nothing is read, from either side
    proxy.cut()                                   every connection ends with a RST
    proxy.swallow()                               every connection is half-open for good: it stays,
                                                  what comes is read and thrown away
    proxy.refuse = True                           who connects is sent away with a RST
    proxy.target = host, port                     where who connects from now on is led

With blind=True it passes on what it does not understand (TLS): no acks, no packets.
"""
import collections
import heapq
import itertools
import socket
import struct
import threading
import time

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK = 1, 2, 3, 4, 8, 9
RCVBUF = 4096  # what the kernel may hold for us of what the client writes
TICK_S = 0.02
LATE_S = 1  # so much that a rate let pass too late may be made up for


# --- packets ------------------------------------------------------------------
def kind(packet):
    return packet[0] >> 4


def varint(n):
    out = bytearray()
    while True:
        n, low = n >> 7, n & 0x7f
        out.append(low | (0x80 if n else 0))
        if not n:
            return bytes(out)


def packet(first, body):
    return bytes([first]) + varint(len(body)) + body


def text(s):
    data = s.encode()
    return struct.pack(">H", len(data)) + data


def body_at(data, start=0):
    """(where the packet's body begins, its length); None: not all of it is there."""
    length = 0
    for i in range(1, 5):
        if start + i >= len(data):
            return None
        length |= (data[start + i] & 0x7f) << 7 * (i - 1)
        if not data[start + i] & 0x80:
            at = start + i + 1
            return (at, length) if at + length <= len(data) else None
    raise ValueError("not MQTT")


def split(data):
    """Whole packets off the front of a bytearray."""
    found = []
    while (where := body_at(data)) is not None:
        end = sum(where)
        found.append(bytes(data[:end]))
        del data[:end]
    return found


def varint_at(data, at):
    """(value, where it ends)"""
    value = 0
    for i in range(4):
        value |= (data[at + i] & 0x7f) << 7 * i
        if not data[at + i] & 0x80:
            break
    return value, at + i + 1


EXPIRY, CONTENT_TYPE = 0x02, 0x03
LENGTHS = {0x01: 1, EXPIRY: 4, 0x23: 2}


def properties(data):
    """{identifier: int or bytes} of a PUBLISH of MQTT 5."""
    found, at = {}, 0
    while at < len(data):
        key, at = data[at], at + 1
        if key in LENGTHS:
            found[key], at = int.from_bytes(data[at:at + LENGTHS[key]], "big"), at + LENGTHS[key]
        elif key == 0x0b:
            found[key], at = varint_at(data, at)
        else:  # text or bytes; a user property is two of them
            for _ in range(2 if key == 0x26 else 1):
                n = struct.unpack_from(">H", data, at)[0]
                found[key], at = bytes(data[at + 2:at + 2 + n]), at + 2 + n
    return found


Publication = collections.namedtuple("Publication",
                                     "topic qos retain dup id payload properties")


def publication(data, version=5):
    """The parts of a PUBLISH."""
    at, length = body_at(data)
    end = at + length
    n = struct.unpack_from(">H", data, at)[0]
    topic = data[at + 2:at + 2 + n].decode()
    at += 2 + n
    qos, number = data[0] >> 1 & 3, None
    if qos:
        number = struct.unpack_from(">H", data, at)[0]
        at += 2
    extras = {}
    if version == 5:
        n, at = varint_at(data, at)
        extras, at = properties(data[at:at + n]), at + n
    return Publication(topic, qos, data[0] & 1, data[0] >> 3 & 1, number, bytes(data[at:end]),
                       extras)


def acked_id(data):
    return struct.unpack_from(">H", data, body_at(data)[0])[0]


# --- the proxy -----------------------------------------------------------------
def reset(s):
    """Close with a RST."""
    try:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.shutdown(socket.SHUT_RD)  # wakes who reads it; says nothing to the peer
    except OSError:
        pass
    s.close()


class Connection:
    """One client's; a thread for each way, and one for what is late."""

    def __init__(self, proxy, client, broker):
        self.proxy, self.client, self.broker = proxy, client, broker
        self.swallowed = self.over = False
        self.late, self.number = [], itertools.count()
        self.wake = threading.Condition()
        self.flying = set()
        for run in (self.up, self.down, self.deliver):
            threading.Thread(target=run, daemon=True).start()

    def end(self, with_reset=False):
        with self.wake:
            self.over = True
            self.wake.notify()
        for s in (self.client, self.broker):
            if with_reset:
                reset(s)
            else:
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                s.close()

    def chunks(self, s, rated):
        """What comes from @s, at the pace of the moment: a machine that is late does not
        make the link slower."""
        due = time.monotonic()
        while True:
            rate = self.proxy.rate if rated else None
            try:
                data = s.recv(max(1, int(rate * TICK_S)) if rate else 65536)
            except OSError:
                return
            while self.proxy.frozen and not self.over:
                time.sleep(TICK_S)
            if not data:
                return
            yield data
            if rate:
                due = max(due, time.monotonic() - LATE_S) + len(data) / rate
                time.sleep(max(0, due - time.monotonic()))

    def up(self):
        data = bytearray()
        for more in self.chunks(self.client, True):
            if self.proxy.blind:
                whole = [bytes(more)]
            else:
                data += more
                whole = split(data)
                for p in whole:
                    self.note_up(p)
                whole = [p for p in whole if self.proxy.passes(p)]
            if whole and not self.swallowed:
                try:
                    self.broker.sendall(b"".join(whole))
                except OSError:
                    break
        if not self.swallowed:
            self.end()

    def note_up(self, p):
        self.proxy.seen[kind(p)] += 1
        if kind(p) == PUBLISH and p[0] >> 1 & 3:
            self.flying.add(publication(p, 3).id)
            self.proxy.most_in_flight = max(self.proxy.most_in_flight, len(self.flying))

    def down(self):
        data = bytearray()
        for more in self.chunks(self.broker, False):
            if self.proxy.blind:
                self.later(0, bytes(more))
                continue
            data += more
            for p in split(data):
                if self.swallowed:
                    continue
                if kind(p) != PUBACK:
                    self.later(0, p)
                    continue
                for delay, one in self.proxy.acks(p):
                    self.later(delay, one)
        if not self.swallowed:
            self.later(0, None)  # the end, but after its last words

    def later(self, delay, p):
        with self.wake:
            heapq.heappush(self.late, (time.monotonic() + delay, next(self.number), p))
            self.wake.notify()

    def deliver(self):
        while True:
            with self.wake:
                while not self.over and not (self.late and self.late[0][0] <= time.monotonic()):
                    self.wake.wait(self.late[0][0] - time.monotonic() if self.late else None)
                if self.over:
                    return
                p = heapq.heappop(self.late)[2]
                if p is not None and not self.proxy.blind and kind(p) == PUBACK:
                    self.flying.discard(acked_id(p))
            if p is None:
                self.end()
                return
            try:
                if not self.swallowed:
                    self.client.sendall(p)
            except OSError:
                return


class Proxy:
    def __init__(self, broker_port, host="127.0.0.1", blind=False):
        self.target, self.blind = (host, broker_port), blind
        self.acks = lambda p: [(0, p)]
        self.passes = lambda p: True
        self.rate, self.frozen, self.refuse = None, False, False
        self.seen = collections.Counter()  # packets of the client by kind
        self.most_in_flight = 0            # its QoS 1 messages that waited for an ack at once
        self.connections = []
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RCVBUF)
        self.listener.bind((host, 0))
        self.listener.listen(16)
        self.port = self.listener.getsockname()[1]
        self.uri = f"mqtt://{host}:{self.port}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.refuse:
                reset(client)
                continue
            broker = socket.socket()
            try:
                broker.connect(self.target)
            except OSError:
                reset(client)
                continue
            for s in (client, broker):
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections.append(Connection(self, client, broker))

    def cut(self):
        for c in list(self.connections):
            c.end(with_reset=True)
        self.connections.clear()

    def swallow(self):
        for c in list(self.connections):
            c.swallowed = True
        self.connections.clear()  # cut() does not reach them either

    def close(self):
        self.listener.close()
        self.cut()
