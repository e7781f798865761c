/**
 * The line to the broker: MQTT over WebSockets, MQTT 5 where the broker speaks it. One
 * session of this browser outlasts its absence, so that the broker hands over the records
 * (journal/#, QoS 1) of meanwhile; all else comes at QoS 0, which no broker keeps for who
 * is away, and retained. Passwords are asked when the broker wants one, and kept until
 * the tab is closed, each for the broker it was given for.
 */

const WEEK_S = 7 * 86_400;
const KEEPALIVE_S = 10;
const CONNECT_MS = 8000;
const FIRST_MS = 500;
const MOST_MS = 15_000;
/** After so long a connection the next absence begins with short tries again. */
const GOOD_MS = 10_000;
const ANSWER_MS = 10_000;
const QUIET_MS = 2.5 * KEEPALIVE_S * 1000;

const RC = { protocol: [1, 132], password: [4, 134], notAllowed: [5, 135], taken: 142, nobody: 16 };

/** What is listened to below BASE/SITE/UNIT/ and how. A sensor's every change is not. */
const TOPICS = {
    availability: 0, info: 0, metrics: 0, praise: 0, 'station/+/state': 0, 'station/+/metrics': 0,
    'alert/+': 0, 'input/#': 0, 'output/#': 0, 'event/greeting/+': 0, 'event/queue/+': 0,
    'event/call/+': 0, 'event/phone/+': 0, 'event/feedback/+': 0, 'journal/+': 1, 'rsp/#': 0,
};

/** Where the broker is, when nothing says so: where the page came from. */
export function usualBroker({ protocol, hostname, port }) {
    if (!hostname || !/^https?:$/.test(protocol)) {
        return '';
    }
    const host = hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname;
    return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}:${port || 9001}/mqtt`;
}

/** An address as mqtt.js takes it, or null. */
export function address(broker) {
    try {
        const url = new URL(broker);
        return /^wss?:$/.test(url.protocol) && url.hostname ? broker : null;
    } catch {
        return null;
    }
}

const random = () => Math.random().toString(36).slice(2, 10).padEnd(8, '0');

function parsed(text) {
    try {
        return JSON.parse(text);
    } catch {
        return null; // nobody's, or of another version
    }
}

/** A storage that may refuse (a page from disk, a private window). */
function careful(storage) {
    const memory = new Map();
    return {
        get(key) {
            try {
                return storage.getItem(key) ?? memory.get(key) ?? null;
            } catch {
                return memory.get(key) ?? null;
            }
        },
        set(key, value) {
            memory.set(key, value);
            try {
                storage.setItem(key, value);
            } catch { /* then until the page is closed */ }
        },
        remove(key) {
            memory.delete(key);
            try {
                storage.removeItem(key);
            } catch { /* was not there */ }
        },
    };
}

/**
 * @param {object} options
 * @param {Function} options.connect mqtt.js's
 * @param {object} options.model gets message() and link()
 * @param {string} options.broker address, or '' where it must be asked
 * @param {BroadcastChannel} [options.channel] to the other tabs of this browser
 * @param {(broker: string) => Promise<void>} [options.prepare] before the first try at a broker
 * @param {() => Promise<void>} [options.forget] when somebody signs out
 */
export function createConnection({
    connect, model, broker = '', base = 'thirdring', site = '+', unit = '+', local, session,
    channel = null, mono = () => performance.now(), wall = () => Date.now(), prepare = async () => {},
    forget = async () => {},
}) {
    const kept = careful(local);
    const tab = careful(session);
    const listeners = new Set();
    const waiting = new Map();
    const can = new Map();
    const state = {
        status: 'connecting', reason: null, detail: null, broker: chosen() ?? broker,
        user: null, sinceMs: wall(), attempts: 0, retryMs: null, persistent: true, refused: [], base,
    };
    let client = null;
    let timer = null;
    let version = 5;
    let upAt = null;
    let heardAt = { mono: 0, wall: 0 };
    let prepared = null;
    let turn = 0;
    let resumed = false;
    // This tab's own, without a session, once another tab has taken the browser's.
    let alone = null;
    // Brokers that let this page in as it is: one that refuses it later may think again.
    const good = new Set();

    /** The broker that somebody named in this tab, instead of the one in the address. */
    function chosen() {
        const said = parsed(tab.get('thirdring.broker'));
        return said?.instead === broker ? said.named : null;
    }

    // A computer that slept wakes with a monotonic clock that slept, too.
    const now = () => ({ mono: mono(), wall: wall() });
    const login = () => parsed(tab.get(`thirdring.login.${state.broker}`));

    function clientId() {
        let id = kept.get('thirdring.client');
        if (!/^dash-[a-z0-9]{8}$/.test(id ?? '')) {
            id = `dash-${random()}`;
            kept.set('thirdring.client', id);
        }
        return alone ?? id;
    }

    function become(status, change = {}) {
        if (status !== state.status) {
            state.sinceMs = wall();
        }
        Object.assign(state, { status, retryMs: null, ...change });
        model.link(status === 'up', { resumed });
        for (const fn of listeners) {
            try {
                fn({ ...state });
            } catch (error) {
                console.error(error); // whoever listens: the next try must not hang on it
            }
        }
    }

    // --- connecting -----------------------------------------------------------------

    function options() {
        const as = login();
        return {
            clientId: clientId(), clean: alone !== null, keepalive: KEEPALIVE_S, connectTimeout: CONNECT_MS,
            // Tries are counted here; nothing that was asked for is asked again unseen.
            reconnectPeriod: 0, resubscribe: false, queueQoSZero: false, protocolVersion: version,
            ...(as?.user ? { username: as.user, password: as.password } : {}),
            ...(version === 5 ? {
                properties: { sessionExpiryInterval: alone ? 0 : WEEK_S, receiveMaximum: 100 },
            } : {}),
        };
    }

    async function open() {
        clearTimeout(timer);
        timer = null;
        if (!address(state.broker)) {
            become('ask', { reason: state.broker ? 'address' : null, detail: null });
            return;
        }
        turn += 1;
        const mineToTake = turn;
        if (prepared !== state.broker) {
            prepared = state.broker;
            try {
                await prepare(state.broker);
            } catch (error) {
                console.error(error); // what was kept cannot be read: then without it
            }
        }
        if (mineToTake !== turn) {
            return; // somebody signed in or out meanwhile
        }
        close();
        state.attempts += 1;
        if (alone === null) {
            channel?.postMessage({ take: clientId(), at: state.broker });
        }
        become('connecting', { user: login()?.user || null, persistent: alone === null });
        let mine;
        try {
            mine = connect(state.broker, options());
        } catch (error) {
            become('ask', { reason: 'address', detail: String(error?.message ?? error) });
            return;
        }
        client = mine;
        let why = { reason: 'unreachable', detail: null };
        const ours = (fn) => (...args) => (client === mine ? fn(...args) : undefined);
        mine.on('connect', ours((packet) => {
            why = { reason: 'lost', detail: null };
            resumed = packet?.sessionPresent === true;
            opened(mine);
        }));
        mine.on('message', ours((topic, payload, packet) => {
            heardAt = now();
            if (!answered(topic, payload, packet)) {
                model.message(topic, payload, { retain: packet?.retain === true });
            }
        }));
        mine.on('packetreceive', ours(() => { heardAt = now(); }));
        mine.on('disconnect', ours((packet) => { why = ended(packet) ?? why; }));
        mine.on('error', ours((error) => {
            why = refused(error) ?? why;
            mine.end(true);
        }));
        mine.on('close', ours(() => closed(why)));
    }

    function opened(mine) {
        upAt = mono();
        heardAt = now();
        good.add(state.broker);
        become('up', { reason: alone ? 'taken' : null, detail: null, attempts: 0, refused: [] });
        const wanted = {};
        for (const [topic, qos] of Object.entries(TOPICS)) {
            wanted[`${base}/${site}/${unit}/${topic}`] = { qos };
        }
        // In its order; mqtt.js calls one refusal an error of all.
        mine.subscribe(wanted, (error, asked, packet) => {
            const no = (asked ?? []).filter((_, i) => packet?.granted?.[i] >= 128).map(({ topic }) => topic);
            if (client === mine && no.length > 0) {
                become(state.status, { refused: no });
            }
        });
    }

    /** Another tab has the session now: two with one name would throw each other out for ever. */
    function leave() {
        alone ??= `dash-${random()}`;
        return { reason: 'taken', detail: null };
    }

    // Brokers say so (MQTT 5), but mosquitto 2.0.11 cuts a WebSocket before its word is out.
    if (channel) {
        channel.onmessage = ({ data }) => {
            if (alone === null && client && data?.take === clientId() && data.at === state.broker) {
                closed(leave());
            }
        };
    }

    /** Why the broker ended it, by its DISCONNECT (MQTT 5). */
    function ended({ reasonCode } = {}) {
        if (reasonCode === RC.taken) {
            return leave();
        }
        return reasonCode ? { reason: 'broker', detail: `0x${reasonCode.toString(16)}` } : null;
    }

    /** Why it did not let us in. */
    function refused({ code, message } = {}) {
        if (RC.protocol.includes(code) && version === 5) {
            version = 4;
            return { reason: null, detail: null, again: true };
        }
        if (RC.password.includes(code) || RC.notAllowed.includes(code)) {
            return { reason: login()?.user ? 'password' : 'not_allowed', detail: null, ask: true };
        }
        return typeof code === 'number' ? { reason: 'broker', detail: message ?? String(code) } : null;
    }

    function closed({ reason, detail, again = false, ask = false }) {
        const long = upAt !== null && mono() - upAt > GOOD_MS;
        close();
        if (ask && !good.has(state.broker)) {
            tab.remove(`thirdring.login.${state.broker}`);
            become('ask', { reason, detail });
            return;
        }
        state.attempts = long ? 0 : state.attempts;
        const most = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(10, Math.max(0, state.attempts - 1)));
        const delay = again || reason === 'taken' ? 0 : most * (0.5 + Math.random() / 2);
        become('down', { reason, detail, retryMs: wall() + delay });
        timer = setTimeout(open, delay);
    }

    /** Lets go of the client there is; what it still says is not heard. */
    function close(end = {}) {
        const old = client;
        client = null;
        upAt = null;
        for (const settle of [...waiting.values()]) {
            settle({ ok: false, why: 'unanswered', text: null });
        }
        if (old) {
            old.on('error', () => {});
            old.end(!end.politely, end.politely ? { properties: { sessionExpiryInterval: 0 } } : {});
        }
    }

    /** Somebody wants to sign in, or to name another broker. */
    function ask() {
        clearTimeout(timer);
        turn += 1;
        close();
        become('ask', { detail: null });
    }

    /** Awake again, or back from another tab: is the line still there? */
    function check() {
        if (state.status === 'down') {
            open();
        } else if (state.status === 'up' && Math.max(mono() - heardAt.mono, wall() - heardAt.wall) > QUIET_MS) {
            closed({ reason: 'lost', detail: null });
            open();
        }
    }

    // --- commands -------------------------------------------------------------------

    function answered(topic, payload, packet) {
        if (!topic.startsWith(`${base}/`) || topic.split('/')[topicDepth(base) + 2] !== 'rsp') {
            return false;
        }
        const p = parsed(new TextDecoder().decode(payload));
        const settle = waiting.get(p?.id);
        if (settle && packet?.retain !== true) {
            settle({ ok: p.ok === true, why: p.ok === true ? null : 'refused', text: p.ok === true ? null : String(p.error ?? '') });
        }
        return true;
    }

    const topicDepth = (topic) => topic.split('/').length;

    /** Where the answer shall go: to this user alone where there is one (etc/mosquitto's ACL). */
    function responseTopic(root, name) {
        const { user } = state;
        return user && !/[+#/\u0000]/.test(user) ? `${root}/rsp/${user}/${name}` : `${root}/rsp/${name}`;
    }

    function command(key, name, payload = {}) {
        if (state.status !== 'up' || !client) {
            return Promise.resolve({ ok: false, why: 'no_link', text: null });
        }
        const mine = client;
        const id = `d${random()}`;
        const root = `${base}/${key}`;
        return new Promise((resolve) => {
            const late = setTimeout(() => settle({ ok: false, why: 'unanswered', text: null }), ANSWER_MS);
            const settle = (answer) => {
                clearTimeout(late);
                if (waiting.delete(id)) {
                    if (answer.why === 'not_allowed') {
                        can.set(name, 'no');
                    } else if (answer.ok) {
                        can.set(name, 'yes');
                    }
                    resolve(answer);
                }
            };
            waiting.set(id, settle);
            const properties = version === 5 ? { properties: {
                responseTopic: responseTopic(root, name), messageExpiryInterval: 30,
            } } : {};
            mine.publish(`${root}/cmd/${name}`, JSON.stringify({ ...payload, id }), { qos: 1, ...properties },
                (error, packet) => {
                    if (RC.notAllowed.includes(error?.code)) {
                        settle({ ok: false, why: 'not_allowed', text: null });
                    } else if (error) {
                        settle({ ok: false, why: 'unanswered', text: null });
                    } else if (packet?.reasonCode === RC.nobody) {
                        settle({ ok: false, why: 'nobody', text: null });
                    }
                });
        });
    }

    return {
        get state() { return { ...state }; },
        onState(fn) {
            listeners.add(fn);
            return () => listeners.delete(fn);
        },
        open, check, command, ask,
        can: (name) => can.get(name) ?? 'unknown',
        retry() {
            if (state.status !== 'up') {
                state.attempts = 0;
                open();
            }
        },
        login({ user = '', password = '', broker: other = '' }) {
            const wanted = other.trim() || state.broker;
            if (wanted !== state.broker) {
                state.broker = wanted;
                tab.set('thirdring.broker', JSON.stringify({ instead: broker, named: wanted }));
            }
            tab.set(`thirdring.login.${wanted}`, JSON.stringify({ user, password }));
            can.clear();
            good.delete(wanted);
            state.attempts = 0;
            open();
        },
        async logout() {
            tab.remove(`thirdring.login.${state.broker}`);
            clearTimeout(timer);
            turn += 1;
            close({ politely: true });
            kept.remove('thirdring.client');
            good.clear();
            prepared = null;
            can.clear();
            become('ask', { reason: null, detail: null, user: null });
            await forget();
        },
    };
}
