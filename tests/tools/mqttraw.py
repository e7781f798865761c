"""A bare MQTT client over a socket: any bytes as topic, payload and properties,
also those a decent client would not send."""
import os
import socket
import struct
import threading

import live
import mqttproxy

RESPONSE_TOPIC, CORRELATION = 0x08, 0x09


def data(value):
    value = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(value)) + value


class Client:
    """version 5 or 3 (3.1.1). What comes is in .got as mqttproxy.Publication,
    its topic and payload bytes where they are no text."""

    def __init__(self, port, version=5, user=None, password=""):
        self.version, self.number, self.acks, self.got = version, 0, {}, []
        self.alive = True
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=live.PATIENCE_S)
        self.socket.settimeout(None)  # it may be quiet for long
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        flags = 0x02 | (0xc0 if user else 0)
        body = data("MQTT") + bytes([5 if version == 5 else 4, flags]) + struct.pack(">H", 600)
        body += b"\0" if version == 5 else b""
        body += data(f"raw-{os.urandom(6).hex()}")
        body += data(user) + data(password) if user else b""
        self.socket.sendall(mqttproxy.packet(0x10, body))
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        live.wait_until(lambda: "connack" in self.acks or not self.alive, "a CONNACK")

    def _read(self):
        buffer = bytearray()
        try:
            while piece := self.socket.recv(65536):
                buffer += piece
                for packet in mqttproxy.split(buffer):
                    self._take(packet)
        except OSError:
            pass
        self.alive = False

    def _take(self, packet):
        kind = mqttproxy.kind(packet)
        if kind == mqttproxy.CONNACK:
            self.acks["connack"] = packet[3]
        elif kind == mqttproxy.PUBACK:
            self.acks[mqttproxy.acked_id(packet)] = packet[4] if len(packet) > 4 else 0
        elif kind == mqttproxy.SUBACK:
            self.acks[mqttproxy.acked_id(packet)] = packet[-1]
        elif kind == mqttproxy.PUBLISH:
            self.got.append(mqttproxy.publication(packet, self.version))
            if self.got[-1].qos:
                self._send(mqttproxy.packet(0x40, struct.pack(">H", self.got[-1].id)))

    def _send(self, packet):
        try:
            self.socket.sendall(packet)
        except OSError:
            self.alive = False

    def _next(self):
        self.number = self.number % 65535 + 1
        self.acks.pop(self.number, None)
        return self.number

    def subscribe(self, topic):
        number = self._next()
        body = struct.pack(">H", number) + (b"\0" if self.version == 5 else b"") + data(topic)
        # MQTT 5: RETAIN as the publisher asked for it
        self._send(mqttproxy.packet(0x82, body + (b"\x09" if self.version == 5 else b"\1")))
        live.wait_until(lambda: number in self.acks, "a SUBACK")
        return self

    def publish(self, topic, payload=b"", qos=1, retain=False, properties=()):
        """@properties: (identifier, bytes) pairs, MQTT 5 only. @return the packet's number."""
        number = self._next() if qos else None
        body = data(topic) + (struct.pack(">H", number) if qos else b"")
        if self.version == 5:
            listed = b"".join(bytes([key]) + data(value) for key, value in properties)
            body += mqttproxy.varint(len(listed)) + listed
        body += payload.encode() if isinstance(payload, str) else payload
        self._send(mqttproxy.packet(0x30 | qos << 1 | int(retain), body))
        return number

    def said(self, topic, payload=b"", **options):
        """Publish and wait: the broker's reason code; None: it ended the connection."""
        number = self.publish(topic, payload, **options)
        live.wait_until(lambda: number in self.acks or not self.alive, "a PUBACK")
        return self.acks.get(number)

    def close(self):
        self.alive = False
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
        self.thread.join(live.PATIENCE_S)
