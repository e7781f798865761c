#!/usr/bin/python3
"""etc/mosquitto: the shipped files and every command of the README in a real shop
(real brokers, the real daemon over TLS). Who gets in, who may read and write what,
what head office gets, and what outlives a death on either side."""
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import live  # noqa: E402
import tap  # noqa: E402
import shopbroker  # noqa: E402

live.need_broker()
for program in ("openssl", "mosquitto_passwd", "mosquitto_rr"):
    if shutil.which(program) is None:
        tap.skip_all(f"{program} is not installed (make deps)")
t = tap.Tap()
SITE = "demo"  # what the README calls highstreet
CA = "etc/mosquitto/ca_certificates/thirdring-ca.crt"
(USERS, CERTIFICATES, FILES, APPLIANCE, WATCH, MUTE, DASHBOARD, HEAD_OFFICE, BRIDGE,
 LINE, CLIENT_CERTIFICATE) = shopbroker.blocks()


def set_up():
    shop = shopbroker.Shop()
    shop.run(USERS)
    shop.run(CERTIFICATES, ("shop.example", "localhost"))
    shop.run(FILES)
    return shop


def subscribe_fails(*options):
    """What mosquitto_sub says; None if it hears its own message."""
    run = subprocess.run(["mosquitto_sub", "-t", "thirdring/#", "-E", "-V", "5", *options],
                         capture_output=True, text=True, check=False, timeout=live.PATIENCE_S)
    return None if run.returncode == 0 else (run.stderr or run.stdout).strip()


def bound(port):
    """The local addresses, as the kernel names them, on which the port listens."""
    found = set()
    for name in ("tcp", "tcp6"):
        with open(f"/proc/net/{name}", encoding="ascii") as file:
            for line in file.readlines()[1:]:
                word = line.split()
                address, at = word[1].split(":")
                if int(at, 16) == port and word[3] == "0A":
                    found.add(address)
    return found


# --- who gets in ---------------------------------------------------------------------

def check_tls(shop):
    ca, word = shop.path(CA), shop.passwords()["manager"]
    known = ("-u", "manager", "-P", word)
    at = ("-h", "localhost", "-p", str(shop.tls))
    t.same(subscribe_fails(*at, "--cafile", ca, *known), None, "TLS: with the CA, refused because")
    other = shop.path("root/other.crt")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=Third Ring shop authority",
                    "-keyout", "/dev/null", "-out", other], check=True, capture_output=True)
    for name, options in (("another CA of the same name", (*at, "--cafile", other)),
                          ("the system's CAs", (*at, "--tls-use-os-certs")),
                          ("a name that is not in the certificate",
                           ("-h", "127.0.0.2", "-p", str(shop.tls), "--cafile", ca))):
        why = subscribe_fails(*options, *known)
        t.ok(why, f"TLS: {name}: refused: {why}")
    t.same(shopbroker.answer_without_tls(shop.tls), b"", "TLS: without it the broker answers")
    for version, good in (("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)):
        run = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{shop.tls}", version,
                              "-cipher", "DEFAULT@SECLEVEL=0", "-CAfile", ca],
                             input="", capture_output=True, text=True, check=False,
                             timeout=live.PATIENCE_S)
        t.same("Verify return code: 0" in run.stdout and "Cipher is (NONE)" not in run.stdout, good,
               f"TLS: spoken with {version}")


def check_bound(shop):
    t.same(bound(shop.plain), {"0100007F"}, "the plain listener is bound to 127.0.0.1 alone")
    # 127.0.0.2 is ours too, and no less another address than the network's.
    t.ok(not shopbroker.reached("127.0.0.2", shop.plain), "and is not reached at another address")
    t.ok(shopbroker.reached("127.0.0.2", shop.tls), "where the TLS listener is")


def check_strangers(shop):
    tls = ("-h", "localhost", "-p", str(shop.tls), "--cafile", shop.path(CA))
    for name, at in (("plain", ("-h", "127.0.0.1", "-p", str(shop.plain))), ("TLS", tls)):
        for who, options in (("nobody", ()), ("a wrong password", ("-u", "manager", "-P", "wrong")),
                             ("an unknown user", ("-u", "stranger", "-P", "wrong"))):
            why = subscribe_fails(*at, *options) or ""
            t.ok("not authori" in why.lower(), f"{name}: {who}: {why}")


def check_web(shop, label, ca=None):
    """What a browser does: the page, then MQTT in WebSocket frames."""
    word = shop.passwords()["manager"]
    status, page = shopbroker.Web(shop.ws, ca).get("/index.html")
    t.same((status.split()[1], page), ("200", PAGE), f"{label}: the dashboard's page is served")
    for user, given, want in (("manager", word, 0), ("manager", "wrong", 5), (None, "", 5)):
        web = shopbroker.Web(shop.ws, ca)
        head = web.upgrade()
        if want == 0:
            t.ok(" 101 " in head and re.search("sec-websocket-protocol: mqtt", head, re.I),
                 f"{label}: becomes MQTT", head)
        t.same(web.connect(user, given), want, f"{label}: {user} with {given and 'a'} password: CONNACK")
        if want == 0:
            # All of a shop's state at once, and one far larger than a frame of TLS.
            payload = "x" * 60000
            shop.publish("tester", "thirdring/demo/main/station/big/metrics", payload)
            web.subscribe("thirdring/#")
            web.frame()
            shop.publish("tester", "thirdring/demo/main/station/big/metrics", payload)
            heard = b""
            while payload.encode() not in heard:
                heard += web.frame()
            t.ok(True, f"{label}: hears a message of 60 kB")


# --- who may do what ---------------------------------------------------------------------

LETTERS = {"A": "appliance", "F": "floor", "M": "manager", "I": "installer", "H": "homeassistant",
           "O": "headoffice"}
UNIT = "thirdring/demo/main/"
MATRIX = {  # topic: who may read, who may write
    UNIT + "availability": ("FMIHO", "A"),
    UNIT + "info": ("FMIHO", "A"),
    UNIT + "metrics": ("MIHO", "A"),
    UNIT + "praise": ("FMIHO", "A"),
    UNIT + "commissioning": ("MIH", "AI"),
    UNIT + "input/door/state": ("FMIH", "A"),
    UNIT + "input/door/health": ("FMIH", "A"),
    UNIT + "output/red/state": ("FMIH", "A"),
    UNIT + "event/input/door": ("FMIH", "A"),
    UNIT + "station/tills/state": ("FMIHO", "A"),
    UNIT + "station/tills/metrics": ("MIHO", "A"),
    UNIT + "alert/tills": ("FMIHO", "A"),
    UNIT + "journal/wait": ("MIHO", "A"),
    UNIT + "journal/vote": ("MIHO", "A"),
    UNIT + "cmd/ack": ("AIH", "FMIH"),
    UNIT + "cmd/mute": ("AIH", "FMIH"),
    UNIT + "cmd/void": ("AIH", "FIH"),
    UNIT + "cmd/set_count": ("AIH", "FIH"),
    UNIT + "cmd/refresh": ("AIH", "MIH"),
    UNIT + "cmd/test_output": ("AIH", "IH"),
    UNIT + "cmd/walktest": ("AIH", "IH"),
    UNIT + "cmd/a/b": ("IH", ""),
    UNIT + "rsp/ack": ("FMIH", "A"),
    UNIT + "rsp/floor/tablet1": ("FIH", "A"),
    UNIT + "rsp/manager/desk": ("MIH", "A"),
    UNIT + "anything": ("IH", ""),
    "thirdring/demo/bridge": ("MIH", ""),
    "homeassistant/status": ("AH", "H"),
    "homeassistant/device/thirdring_demo_main/config": ("H", "AH"),
    "homeassistant/sensor/other/config": ("H", "H"),
    "elsewhere": ("", ""),
    "$SYS/broker/log": ("", ""),
}


def check_reading(shop):
    for letter, user in LETTERS.items():
        ear = shopbroker.Listener(
            shop, user, "#", "$SYS/broker/log",
            heard_on=UNIT + "cmd/ack" if letter == "A" else UNIT + "availability")
        for topic in MATRIX:
            shop.publish("tester", topic, f"for {user}")
        ear.settle()
        got = {m[0] for m in ear.messages if m[2] == f"for {user}"}
        ear.stop()
        want = {topic for topic, (readers, _) in MATRIX.items() if letter in readers}
        t.ok(got == want, f"{user} hears {len(want)} of {len(MATRIX)} topics and no other",
             f"must not: {sorted(got - want)}", f"does not: {sorted(want - got)}")


def check_writing(shop):
    ear = shopbroker.Listener(shop, "tester", "#", heard_on="probe")
    for letter, user in LETTERS.items():
        got = {topic: shop.publish(user, topic, f"of {user}") for topic in MATRIX}
        want = {topic: 0 if letter in writers else 135 for topic, (_, writers) in MATRIX.items()}
        ear.settle()
        came = {m[0] for m in ear.messages if m[2] == f"of {user}"}
        wrong = {topic: f"reason {got[topic]}, not {want[topic]}" for topic in MATRIX
                 if got[topic] != want[topic] or (topic in came) != (want[topic] == 0)}
        t.ok(not wrong, f"{user} may write {list(want.values()).count(0)} of {len(MATRIX)} topics; "
             "the rest is not authorized (135) and reaches nobody", wrong)
    ear.stop()


# --- the appliance -------------------------------------------------------------------------

def appliance(shop, unit, *sets, **options):
    """The real daemon, over TLS; its journal is at the end of the pair."""
    path = os.path.join(live.folder(), "journal.db")
    return live.Daemon(
        live.DEMO_CONF, f"site.unit={unit}", f"journal.path={path}",
        f"mqtt.uri=mqtts://localhost:{shop.tls}", f"mqtt.ca_file={shop.path(CA)}",
        "mqtt.username=appliance", f"mqtt.password_file={shop.path('etc/thirdring/mqtt.password')}",
        *sets, **options), path


def one_day(shop, unit):
    daemon, path = appliance(shop, unit, "gpio.speed=3600", args=["--exit-at-end"])
    t.same(daemon.wait(live.PATIENCE_S * 2), 0, f"{unit}: the day ends with exit code")
    t.same(live.journal_rows(path, "SELECT (SELECT count(*) FROM outbox),"
                             "(SELECT count(*) FROM dead_letter)"), [(0, 0)],
           f"{unit}: left in outbox and dead letters")
    t.ok(not daemon.said("refuses"), f"{unit}: the broker refuses nothing of it",
         *daemon.said("refuses"))
    return len(live.journal_records(path))


def check_records(ear, unit, what):
    """All of the day's records, as replay prints them, but for marks of back-fill."""
    got = {}
    for _, _, payload in ear.of(f"thirdring/{SITE}/{unit}/journal/.*"):
        record = live.without_hist(json.loads(payload))
        before = got.setdefault(record["seq"], record)
        if before != record:
            t.ok(False, f"{what}: copies are identical", before, record)
    truth, _ = tap.replay(live.DEMO_CONF, live.DEMO_TRACE, f"site.unit={unit}")
    want = {r["seq"]: r for r in truth}
    missing = sorted(set(want) - set(got))
    t.ok(not missing, f"{what}: all {len(want)} records arrive", f"missing: {missing[:20]}")
    differ = [f"{want.get(s)}\n{r}" for s, r in got.items() if want.get(s) != r]
    t.ok(not differ, f"{what}: and each is the one replay prints", *differ[:2])


def classes(ear, unit):
    """What was heard of a unit, in words: station/tills/state is station/+/state."""
    tails = {topic.split("/", 3)[3] for topic in ear.topics()
             if topic.startswith(f"thirdring/{SITE}/{unit}/")}
    return {re.sub(r"^(station|input|output|alert)/[^/]+", r"\1/+",
                   re.sub(r"^(event|journal|cmd|rsp)/.*", r"\1", tail)) for tail in tails}


PAGE = "<!doctype html><title>Third Ring</title>"
SENT = {"availability", "info", "metrics", "station/+/state", "station/+/metrics", "alert/+", "journal"}
KEPT = {"input/+/state", "input/+/health", "output/+/state", "event"}
MAY = {"praise"}  # where a streak was told in time

shop = set_up()
shop.run(APPLIANCE)
shop.add_tester()
t.note(f"mosquitto runs as {shop.user.pw_name if shop.user else 'who started it'}")
check_tls(shop)
check_bound(shop)
check_strangers(shop)
check_reading(shop)
check_writing(shop)

# --- the README's own trials, with the appliance there -------------------------------------
daemon, _ = appliance(shop, "main", "gpio.speed=1")
daemon.wait_said("connected to")
said = shop.run(WATCH, ("shop.example", "localhost"))
t.ok("thirdring/demo/main/availability online" in said and '"version"' in said,
     "README: the manager sees the appliance over TLS", said)
daemon.wait_said("connected to")
said = shop.run(MUTE, ("highstreet", SITE))
t.ok(json.loads(said)["ok"], "README: the tablet's command is obeyed, the answer comes", said)
daemon.stop()

# --- the browser ------------------------------------------------------------------------------
page = shop.path("dashboard")
os.makedirs(page)
live.write(os.path.join(page, "index.html"), PAGE)
shop.edit("thirdring.conf", ("\nhttp_dir /usr/share/thirdring/dashboard", f"\nhttp_dir {page}"))
shop.run(DASHBOARD)
check_web(shop, "ws")
conf = os.path.join(shop.path("etc/mosquitto/conf.d"), "thirdring.conf")
shop.edit("thirdring.conf", ("#cafile", "cafile"), ("#certfile", "certfile"), ("#keyfile", "keyfile"))
shop.restart()
check_web(shop, "wss", shop.path(CA))

# --- head office ----------------------------------------------------------------------------------
office = set_up()
office.run(HEAD_OFFICE, ("highstreet", SITE))
office.add_tester()
shutil.copy(office.path(CA), shop.path("etc/mosquitto/ca_certificates/headoffice-ca.crt"))
os.chmod(shop.path("etc/mosquitto/ca_certificates/headoffice-ca.crt"), 0o644)
shop.edit("thirdring-bridge.conf", ("restart_timeout 5 30", "restart_timeout 1 2"))
shop.run(BRIDGE, ("/highstreet/'", f"/{SITE}/'"),
         ("/headoffice.example:8883/'", f"/localhost:{office.tls}/'"),
         ("remote_password secret", f"remote_password {office.passwords()[SITE]}"))
live.wait_until(lambda: "1" in shop.run(LINE, ("highstreet", SITE)), "the line to head office")
t.ok(True, "README: the line to head office is up")
t.ok(re.search(rf" as thirdring-{SITE} \(p5, .*u'{SITE}'\)", office.log()),
     "head office sees the shop by its name, in MQTT 5", office.log()[-2000:])



def over_the_line():
    """What the shop's broker had by now has come to head office, and is heard there.
    A record is asked for: state, at QoS 0, may overtake them."""
    over_the_line.times += 1
    word = f"line {over_the_line.times}"
    shop.publish("tester", f"thirdring/{SITE}/line/journal/line", word)
    live.wait_until(lambda: any(m[2] == word for m in list(reader.messages)), "the line to pass it on")


over_the_line.times = 0
ears = {name: shopbroker.Listener(shop, name, "#") for name in ("floor", "manager", "headoffice")}
reader = shopbroker.Listener(office, "reader", "#", session="reader")
one_day(shop, "main")
over_the_line()
for ear in (*ears.values(), reader):
    ear.settle()
for name, want in (("floor", SENT - {"journal", "metrics", "station/+/metrics"} | KEPT),
                   ("manager", SENT | KEPT), ("headoffice", SENT)):
    got = classes(ears[name], "main") - MAY
    t.ok(got == want, f"of a real day {name} hears {len(want)} kinds of topic and no other",
         f"must not: {got - want}", f"does not: {want - got}")
    ears[name].stop()
check_records(ears["manager"], "main", "the manager, live")
check_records(reader, "main", "head office, live")
got = classes(reader, "main") - MAY
t.ok(got == SENT, "the bridge sends no edge, no output, no command", got ^ SENT)


def state_of(broker, user, pattern):
    ear = shopbroker.Listener(broker, user, "thirdring/#")
    ear.stop()
    return {topic: payload for topic, retain, payload in ear.messages
            if retain == "1" and re.fullmatch(pattern, topic)}


bridged = f"thirdring/{SITE}/[^/]+/(availability|info|metrics|station/.*|alert/.*)"
here, there = state_of(shop, "tester", bridged), state_of(office, "reader", bridged)
t.ok(here == there and here, f"head office keeps the {len(here)} states the shop keeps",
     *[f"{k}: {here.get(k)} / {there.get(k)}" for k in set(here) | set(there)
       if here.get(k) != there.get(k)][:5])

# --- away ------------------------------------------------------------------------------------------
away = shopbroker.Listener(shop, "manager", f"thirdring/{SITE}/+/journal/#", session="desk")
away.stop()
office.save()
reader.stop()  # or it would take what its session is given, unread
office.stop(live.signal.SIGKILL)
made = one_day(shop, "second")
before = state_of(shop, "tester", ".*")
shop.restart()
after = state_of(shop, "tester", ".*")
line = f"thirdring/{SITE}/bridge"
t.same((after.pop(line, None), before.pop(line, None)), ("0", "0"), "the bridge's state says 0")
t.ok(before == after, f"a restart of the shop's broker keeps its {len(before)} states",
     set(before.items()) ^ set(after.items()))
shop.save()
shop.stop(live.signal.SIGKILL)
shop.start()
office.start()
live.wait_until(lambda: "1" in shop.run(LINE, ("highstreet", SITE)), "the line to be up again")
reader = shopbroker.Listener(office, "reader", "#", session="reader")
live.wait_until(lambda: len({m[2] for m in reader.of(".*/second/journal/.*")}) >= made,
                "what waited to arrive")
over_the_line()
check_records(reader, "second", "head office, killed meanwhile, and then the shop's broker")
here, there = state_of(shop, "tester", bridged), state_of(office, "reader", bridged)
t.ok(here == there, f"and its {len(there)} states are the shop's",
     *[f"{k}: {here.get(k)} / {there.get(k)}" for k in set(here) | set(there)
       if here.get(k) != there.get(k)][:5])
away = shopbroker.Listener(shop, "manager", f"thirdring/{SITE}/+/journal/#", session="desk")
check_records(away, "second", "a manager's session that was away")
away.stop()

# --- the other way: nothing but what is asked for -------------------------------------------------
word = {user: {topic: office.publish(user, topic, "{}") for topic in
               (f"thirdring/{SITE}/main/journal/wait", "thirdring/other/main/journal/wait",
                f"thirdring/{SITE}/main/cmd/refresh", f"thirdring/{SITE}/main/cmd/mute")}
        for user in (SITE, "reader", "operator")}
t.same({user: list(reasons.values()) for user, reasons in word.items()},
       {SITE: [0, 135, 0, 0], "reader": [135] * 4, "operator": [135, 135, 0, 135]},
       "head office: a shop writes its own tree, an operator asks for refresh: reasons")
other = shopbroker.Listener(office, SITE, "#", heard_on=f"thirdring/{SITE}/main/cmd/refresh")
office.publish("tester", f"thirdring/{SITE}/main/journal/wait", "{}")
office.publish("tester", "thirdring/other/main/cmd/refresh", "{}")
other.settle().stop()
t.same(other.topics(), set(), "head office: a shop reads no records, and no other's commands")
wanted = f"topic thirdring/{SITE}/+/cmd/refresh"
shop.edit("thirdring-bridge.conf", ("#" + wanted, wanted))
shop.restart()
live.wait_until(lambda: "1" in shop.run(LINE, ("highstreet", SITE)), "the line with commands")
ear = shopbroker.Listener(shop, "tester", f"thirdring/{SITE}/+/cmd/#")


def refresh_comes():
    office.publish("tester", f"thirdring/{SITE}/main/cmd/mute", '{"seconds":60}')
    office.publish("operator", f"thirdring/{SITE}/main/cmd/refresh", "{}")
    return ear.messages


live.wait_until(refresh_comes, "a command of head office")
t.same(ear.topics(), {f"thirdring/{SITE}/main/cmd/refresh"}, "of head office's commands come in")
ear.stop()

# --- a head office that is not ours ------------------------------------------------------------------
def refused(what):
    seen = len(office.log())
    shop.restart()
    live.wait_until(lambda: re.search("SSL routines::.* alert ", office.log()[seen:]),
                    f"the bridge to refuse {what}")
    live.wait_until(lambda: "0" in shop.run(LINE, ("highstreet", SITE)), "the state to say 0")
    known = f" as thirdring-{SITE} "
    t.ok(known not in office.log()[seen:], f"head office with {what} is told nothing")


shop.edit("thirdring-bridge.conf", ("address localhost:", "address 127.0.0.2:"))
refused("a name that is not in its certificate")
shop.edit("thirdring-bridge.conf", ("address 127.0.0.2:", "address localhost:"))
shutil.copy(shop.path(CA), shop.path("etc/mosquitto/ca_certificates/headoffice-ca.crt"))
refused("a certificate that another CA signed")

# --- certificates for clients --------------------------------------------------------------------
shop.run(CLIENT_CERTIFICATE)
shop.edit("thirdring.conf", ("#require_certificate", "require_certificate"),
          ("#use_identity_as_username", "use_identity_as_username"))
shop.restart()
at = ("-h", "localhost", "-p", str(shop.tls), "--cafile", shop.path(CA))
why = subscribe_fails(*at, "-u", "manager", "-P", shop.passwords()["manager"])
t.ok(why, f"with require_certificate a password alone is refused: {why}")
pub = subprocess.run(["mosquitto_pub", *at, "--cert", shop.path("etc/thirdring/mqtt.crt"), "--key",
                      shop.path("etc/thirdring/mqtt.key"), "-V", "5", "-q", "1", "-d", "-m", "x",
                      "-t", f"thirdring/{SITE}/main/journal/wait", "-t", f"thirdring/{SITE}/main/info"],
                     capture_output=True, text=True, check=False, timeout=live.PATIENCE_S)
t.ok("RC:0" in pub.stdout or "RC:16" in pub.stdout,
     "the certificate's name is the user: the appliance writes", pub.stdout, pub.stderr)

text = "\n".join(broker.log() for broker in (shop, office))
wrong = [line for line in text.splitlines() if re.search("Warning|Error", line)
         and not re.search("creating bridge|TLS|SSL|host name verif", line)]
t.ok(not wrong, f"{re.search('mosquitto version [0-9.]+', text)[0]} finds no fault with the files",
     *wrong[:10])

complaints = live.complaints()
t.ok(not complaints, "no sanitizer complains", *complaints[:20])
t.done()
