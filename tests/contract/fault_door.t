#!/usr/bin/python3
"""Amid the day the link breaks, and where the broker was stands one that the
daemon must not talk to, or that does not let it in: a certificate of another
authority, for another name, expired, not yet valid; another ca_file; a wrong
password. Until it is put right nothing is said and the broker says offline;
what must hold after each is in tests/tools/wirestory.py."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import mqttproxy  # noqa: E402
import tap  # noqa: E402
import wirestory  # noqa: E402

live.need_broker()
import certs  # noqa: E402

if certs.missing():
    tap.skip_all(certs.missing())
t = tap.Tap()
home = live.folder()
shop = certs.Shop(home)
WRONG, RIGHT = "wr0ng-horse", "right-b4ttery"
WILL_DELAY_S = 2


def shut(story, close, reopen, why):
    """The door is shut in mid-flight, and opened after some attempts."""
    story.until(0.25)
    kept = len(live.journal_records(story.journal))
    close()
    story.proxy.cut()
    story.wait(lambda: story.words() == ["online", "offline"], "the broker to say offline")
    story.wait(lambda: story.say("no broker: ") >= 4, "some attempts")
    story.capture.settle()
    mark = len(story.capture.messages)
    story.until(0.55)
    refused = story.daemon.said(f"no broker: .*({why})")
    story.ok(refused, f"{story.say('no broker: ')} attempts are refused: "
             f"{refused[0].split('no broker: ')[1] if refused else why}",
             *story.daemon.said("no broker: ")[:5])
    story.capture.settle()
    story.ok(story.say("connected to") == 1 and len(story.capture.messages) == mark,
             "and nothing is said", *story.capture.messages[mark:][:5])
    story.wait(lambda: len(live.journal_records(story.journal)) > kept, "a record more")
    reopen()
    story.connected_again(2)


def tls_story(name, why="", pair=None, ca=None, **options):
    """@pair: what the other broker shows; or @ca: whom the daemon trusts meanwhile."""
    ca_file = os.path.join(home, f"{name.replace(' ', '-').replace(',', '')}.ca")
    shop.ca.put(ca_file)
    other = live.free_port()
    stem = pair or shop.good
    broker = certs.TlsBroker(shop.good, extra=f"listener {other} 127.0.0.1\ncertfile {stem.cert}\n"
                             f"keyfile {stem.key}\n").start()
    door = mqttproxy.Proxy(broker.tls_port, blind=True)
    good, bad = door.target, ("127.0.0.1", other)

    def close():
        if ca:
            ca.put(ca_file)
        else:
            door.target = bad

    def reopen():
        shop.ca.put(ca_file)
        door.target = good
    fault = (lambda story: shut(story, close, reopen, why)) if why else lambda story: None
    story = wirestory.Story(name, fault, proxied=False, uri=f"mqtts://localhost:{door.port}",
                            sets=[f"mqtt.ca_file={ca_file}", f"mqtt.will_delay_s={WILL_DELAY_S}",
                                  "log.level=debug"], **options)
    story.broker, story.proxy = broker, door
    return story


def password_story(name, version):
    """Its password file is changed, and the broker wants what it was."""
    guard = os.path.join(home, f"users-{version}")
    subprocess.run(["mosquitto_passwd", "-c", "-b", guard, "shop", RIGHT], check=True,
                   capture_output=True)
    os.chmod(guard, 0o644)
    word = os.path.join(home, f"password-{version}")

    def write(text):
        os.chmod(live.write(word + ".new", text), 0o600)
        os.replace(word + ".new", word)
    write(RIGHT)
    return wirestory.Story(
        name, lambda story: shut(story, lambda: write(WRONG), lambda: write(RIGHT),
                                 "(?i:not authori[sz]ed|bad user ?name or password)"),
        version=version, broker=f"password_file {guard}\n",
        sets=["mqtt.username=shop", f"mqtt.password_file={word}",
              f"mqtt.will_delay_s={WILL_DELAY_S}", "log.level=debug"])


UNKNOWN = "unknown CA|self.signed|not signed|issuer|not trust"
wirestory.tell(t, [
    tls_story("wrong CA", UNKNOWN, shop.foreign),
    tls_story("wrong CA, MQTT 3.1.1", UNKNOWN, shop.foreign, version=3),
    tls_story("our ca_file another", UNKNOWN, ca=shop.other_ca),
    tls_story("wrong host name", r"\bname", shop.wrong_name),
    tls_story("expired certificate", "expired", shop.expired),
    tls_story("certificate not yet valid", "not yet valid", shop.not_yet),
    password_story("wrong password", 5),
    password_story("wrong password, MQTT 3.1.1", 3),
], tls_story("no fault, TLS"))
