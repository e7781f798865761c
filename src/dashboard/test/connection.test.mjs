/** The line to a broker that does what this test wants; tests/browser has a real one. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import test from 'node:test';
import { address, createConnection, usualBroker } from '../js/connection.js';

class Client extends EventEmitter {
    constructor(broker, options) {
        super();
        Object.assign(this, { broker, options, subscribed: null, published: [], ended: null, forbidden: () => false });
    }

    subscribe(topics, done) { // as mqtt.js: what was refused is an error, and stands in the packet alone
        this.subscribed = topics;
        const asked = Object.entries(topics).map(([topic, { qos }]) => ({ topic, qos }));
        const granted = asked.map(({ topic, qos }) => (this.forbidden(topic) ? 135 : qos));
        done(granted.includes(135) ? new Error('Subscribe error') : null, asked, { granted });
    }

    publish(topic, payload, options, done) {
        this.published.push({ topic, p: JSON.parse(payload), options, done });
    }

    end(force, options) {
        this.ended = { force, ...options };
    }
}

const storage = () => {
    const map = new Map();
    return { map, getItem: (k) => map.get(k) ?? null, setItem: (k, v) => map.set(k, v), removeItem: (k) => map.delete(k) };
};

const turn = () => new Promise((resolve) => { setImmediate(resolve); });

/** setTimeout under the test's hand; node's own mock is not in Debian 12's. */
const timers = { at: 0, next: 1, due: new Map() };
const real = { set: globalThis.setTimeout, clear: globalThis.clearTimeout };

function mockTimers(t) {
    timers.due.clear();
    globalThis.setTimeout = (fn, ms = 0) => {
        timers.due.set(timers.next, { fn, ms: timers.at + ms });
        timers.next += 1;
        return timers.next - 1;
    };
    globalThis.clearTimeout = (id) => timers.due.delete(id);
    t.after(() => {
        globalThis.setTimeout = real.set;
        globalThis.clearTimeout = real.clear;
    });
}

function tick(ms) {
    timers.at += ms;
    for (const [id, { fn, ms: at }] of [...timers.due]) {
        if (at <= timers.at && timers.due.delete(id)) {
            fn();
        }
    }
}

async function line(t, more = {}) {
    if (globalThis.setTimeout === real.set) {
        mockTimers(t);
    }
    const clients = [];
    const heard = [];
    const at = { ms: 0 };
    const c = createConnection({
        connect: (...args) => clients[clients.push(new Client(...args)) - 1], broker: 'ws://shop:9001/mqtt',
        model: { message: (...args) => heard.push(args), link: (up) => heard.push(up) },
        local: storage(), session: storage(), mono: () => at.ms, wall: () => at.ms, ...more,
    });
    const pass = async (ms) => {
        at.ms += ms;
        tick(ms);
        await turn();
    };
    await c.open();
    return { c, clients, heard, pass, last: () => clients.at(-1), link: () => heard.filter((x) => typeof x === 'boolean').at(-1) };
}

test('where the broker is', () => {
    const of = (href) => usualBroker(new URL(href));
    assert.equal(of('http://shop:9001/'), 'ws://shop:9001/mqtt');
    assert.equal(of('http://shop:23712/index.html'), 'ws://shop:23712/mqtt');
    assert.equal(of('http://shop/'), 'ws://shop:9001/mqtt');
    assert.equal(of('https://shop/'), 'wss://shop:9001/mqtt');
    assert.equal(of('http://[::1]:9001/'), 'ws://[::1]:9001/mqtt');
    assert.equal(of('file:///home/me/index.html'), '');
    for (const bad of ['', 'shop:9001', 'http://shop', 'javascript:alert(1)', 'ws://', null]) {
        assert.equal(address(bad), null, String(bad));
    }
});

test('one session that outlasts an absence; records at QoS 1, all else at 0', async (t) => {
    const s = await line(t);
    const { options } = s.last();
    assert.equal(options.clean, false);
    assert.equal(options.properties.sessionExpiryInterval, 7 * 86_400);
    assert.match(options.clientId, /^dash-[a-z0-9]{8}$/);
    assert.equal(options.username, undefined);
    s.last().emit('connect');
    assert.equal(s.c.state.status, 'up');
    assert.equal(s.link(), true);
    const kept = Object.entries(s.last().subscribed).filter(([, { qos }]) => qos > 0).map(([topic]) => topic);
    assert.deepEqual(kept, ['thirdring/+/+/journal/+']);
    s.last().emit('message', 'thirdring/a/b/availability', 'online', { retain: true });
    assert.deepEqual(s.heard.at(-1), ['thirdring/a/b/availability', 'online', { retain: true }]);
});

test('a lost line is said at once, and tried again ever more slowly, as the same client', async (t) => {
    const s = await line(t);
    s.last().emit('connect');
    s.last().emit('close');
    assert.equal(s.link(), false);
    assert.deepEqual([s.c.state.status, s.c.state.reason], ['down', 'lost']);
    const delays = [];
    for (let n = 0; n < 9; n += 1) {
        const before = s.clients.length;
        let ms = 0;
        while (s.clients.length === before) {
            await s.pass(50);
            ms += 50;
        }
        delays.push(ms);
        s.last().emit('close');
        assert.equal(s.c.state.reason, 'unreachable');
    }
    assert.ok(delays[0] <= 500 && delays.at(-1) >= 7000 && Math.max(...delays) <= 15_050, String(delays));
    assert.equal(new Set(s.clients.map(({ options }) => options.clientId)).size, 1);
});

test('what an old client still says is not heard', async (t) => {
    const s = await line(t);
    const old = s.last();
    old.emit('connect');
    old.emit('close');
    await s.pass(1000);
    const said = s.heard.length;
    old.emit('message', 'thirdring/a/b/availability', 'online', {});
    old.emit('connect');
    old.emit('close');
    assert.equal(s.heard.length, said);
});

test('a broker that wants a password: it is asked once, and told when it is wrong', async (t) => {
    const s = await line(t);
    s.last().emit('error', Object.assign(new Error('no'), { code: 135 }));
    s.last().emit('close');
    assert.deepEqual([s.c.state.status, s.c.state.reason], ['ask', 'not_allowed']);
    await s.pass(60_000);
    assert.equal(s.clients.length, 1, 'nobody knocks without a key');
    s.c.login({ user: 'manager', password: 'wrong' });
    await turn();
    assert.deepEqual([s.last().options.username, s.last().options.password], ['manager', 'wrong']);
    s.last().emit('error', Object.assign(new Error('no'), { code: 135 }));
    s.last().emit('close');
    assert.deepEqual([s.c.state.status, s.c.state.reason], ['ask', 'password']);
    s.c.login({ user: 'manager', password: 'right' });
    await turn();
    s.last().emit('connect');
    assert.equal(s.c.state.user, 'manager');
});

test('a password goes to the broker it was given for, and to no other', async (t) => {
    const session = storage();
    const s = await line(t, { session });
    s.c.login({ user: 'manager', password: 'secret' });
    await turn();
    assert.equal(s.last().options.password, 'secret');
    s.c.login({ user: '', password: '', broker: 'ws://elsewhere:9001/mqtt' });
    await turn();
    assert.equal(s.last().broker, 'ws://elsewhere:9001/mqtt');
    assert.equal(s.last().options.username, undefined);
    const again = await line(t, { session });
    assert.equal(again.last().broker, 'ws://elsewhere:9001/mqtt', 'a reload keeps what was said');
    const other = await line(t, { session, broker: 'ws://third/mqtt' });
    assert.equal(other.last().broker, 'ws://third/mqtt', 'another address in the page’s is heard');
});

test('a broker that has let this page in and then refuses it may think again', async (t) => {
    const s = await line(t);
    s.c.login({ user: 'wall', password: 'right' });
    await turn();
    s.last().emit('connect');
    s.last().emit('close');
    for (let n = 0; n < 3; n += 1) { // it was restarted, and has not read its passwords yet
        await s.pass(16_000);
        s.last().emit('error', Object.assign(new Error('no'), { code: 135 }));
        s.last().emit('close');
        assert.deepEqual([s.c.state.status, s.c.state.reason], ['down', 'password']);
    }
    await s.pass(16_000);
    assert.equal(s.last().options.password, 'right');
    s.last().emit('connect');
    assert.equal(s.c.state.status, 'up');
    s.last().emit('close');
    s.c.login({ user: 'wall', password: 'wrong' });
    await turn();
    s.last().emit('error', Object.assign(new Error('no'), { code: 135 }));
    s.last().emit('close');
    assert.equal(s.c.state.status, 'ask', 'what somebody has just typed is asked again at once');
});

test('whoever named a broker that is not there can name another', async (t) => {
    const s = await line(t, { broker: '' });
    s.c.login({ broker: 'ws://wrong:9001/mqtt' });
    await turn();
    s.last().emit('close');
    assert.equal(s.c.state.status, 'down');
    s.c.ask();
    assert.deepEqual([s.c.state.status, s.c.state.reason], ['ask', 'unreachable']);
    const tries = s.clients.length;
    await s.pass(60_000);
    assert.equal(s.clients.length, tries, 'nothing is tried while it is asked');
    s.c.login({ broker: 'ws://right:9001/mqtt' });
    await turn();
    assert.equal(s.last().broker, 'ws://right:9001/mqtt');
});

test('what the broker does not let us read is known', async (t) => {
    const s = await line(t);
    s.last().forbidden = (topic) => /journal|info$/.test(topic);
    s.last().emit('connect');
    assert.equal(s.c.state.status, 'up');
    assert.deepEqual(s.c.state.refused, ['thirdring/+/+/info', 'thirdring/+/+/journal/+']);
});

test('neither a listener that fails nor a store that cannot be read stops the next try', async (t) => {
    const { error } = console;
    console.error = () => {};
    t.after(() => { console.error = error; });
    const s = await line(t, { prepare: async () => { throw new Error('no'); } });
    s.c.onState(() => { throw new Error('no'); });
    s.last().emit('connect');
    s.last().emit('close');
    await s.pass(1000);
    assert.equal(s.clients.length, 2);
});

test('signing out forgets the password and ends the session', async (t) => {
    let forgot = false;
    const session = storage();
    const s = await line(t, { session, forget: async () => { forgot = true; } });
    s.c.login({ user: 'manager', password: 'secret' });
    await turn();
    s.last().emit('connect');
    await s.c.logout();
    assert.ok(forgot);
    assert.equal(s.c.state.status, 'ask');
    assert.deepEqual(s.last().ended, { force: false, properties: { sessionExpiryInterval: 0 } });
    assert.ok(![...session.map.values()].some((value) => value.includes('secret')));
});

test('a second tab takes the session over: this one goes on without, and does not fight', async (t) => {
    const s = await line(t);
    const { clientId } = s.last().options;
    s.last().emit('connect');
    s.last().emit('disconnect', { reasonCode: 142 });
    s.last().emit('close');
    await s.pass(1);
    assert.notEqual(s.last().options.clientId, clientId);
    assert.equal(s.last().options.clean, true);
    s.last().emit('connect');
    assert.deepEqual([s.c.state.status, s.c.state.reason, s.c.state.persistent], ['up', 'taken', false]);
});

test('tabs tell each other, too, where the broker’s word does not come through', async (t) => {
    const channels = [];
    const channel = () => {
        const one = { postMessage: (data) => channels.filter((c) => c !== one).forEach((c) => c.onmessage?.({ data })) };
        channels.push(one);
        return one;
    };
    const local = storage();
    const first = await line(t, { local, channel: channel() });
    first.last().emit('connect');
    const second = await line(t, { local, channel: channel() });
    assert.equal(second.last().options.clientId, first.clients[0].options.clientId);
    assert.equal(first.c.state.reason, 'taken');
    await second.pass(1);
    await first.c.open();
    assert.notEqual(first.last().options.clientId, second.last().options.clientId);
    assert.equal(second.clients.length, 1, 'the first does not take it back');
    await line(t, { local, channel: channel(), broker: 'ws://other:9001/mqtt' });
    assert.equal(second.clients.length, 1, 'a session at another broker is another');
    assert.notEqual(second.c.state.reason, 'taken');
});

test('a broker of MQTT 3.1.1 is spoken to in it', async (t) => {
    const s = await line(t);
    s.last().emit('error', Object.assign(new Error('no'), { code: 132 }));
    s.last().emit('close');
    await s.pass(1);
    assert.equal(s.last().options.protocolVersion, 4);
    assert.equal(s.last().options.properties, undefined);
});

test('without an address it is asked for', async (t) => {
    const s = await line(t, { broker: '' });
    assert.equal(s.clients.length, 0);
    assert.deepEqual([s.c.state.status, s.c.state.reason], ['ask', null]);
    s.c.login({ broker: 'shop' });
    await turn();
    assert.deepEqual([s.c.state.status, s.c.state.reason], ['ask', 'address']);
});

test('a line that was asleep is looked at when the page is looked at', async (t) => {
    const s = await line(t);
    s.last().emit('connect');
    s.c.check();
    assert.equal(s.clients.length, 1);
    await s.pass(60_000);
    s.c.check();
    await turn();
    assert.equal(s.clients.length, 2);
    assert.equal(s.link(), false);
});

async function asked(t, more) {
    const s = await line(t, more);
    assert.deepEqual(await s.c.command('demo/main', 'ack'), { ok: false, why: 'no_link', text: null });
    s.last().emit('connect');
    const answer = s.c.command('demo/main', 'ack', { station: 'door' });
    return { ...s, answer, sent: s.last().published[0] };
}

const rsp = (s, p, packet = {}) => s.last().emit('message', 'thirdring/demo/main/rsp/ack', new TextEncoder().encode(JSON.stringify(p)), packet);

test('a computer that slept looks at its line when it wakes, though its monotonic clock slept, too', async (t) => {
    const at = { mono: 0, wall: 0 };
    const s = await line(t, { mono: () => at.mono, wall: () => at.wall });
    s.last().emit('connect');
    at.wall += 3_600_000;
    s.c.check();
    await turn();
    assert.equal(s.clients.length, 2);
});

test('a command is answered by the unit, by its id', async (t) => {
    const s = await asked(t);
    assert.equal(s.sent.topic, 'thirdring/demo/main/cmd/ack');
    assert.equal(s.sent.p.station, 'door');
    assert.equal(s.sent.options.qos, 1);
    assert.ok(!s.sent.options.retain);
    rsp(s, { ok: false, id: 'another' });
    rsp(s, { ok: true, id: s.sent.p.id }, { retain: true });
    rsp(s, { v: 1, command: 'ack', ok: true, error: null, id: s.sent.p.id });
    assert.deepEqual(await s.answer, { ok: true, why: null, text: null });
    assert.equal(s.c.can('ack'), 'yes');
    assert.equal(s.heard.filter((x) => x !== true && x !== false).length, 0, 'answers are not the model’s');
});

test('refused by the unit, with its sentence', async (t) => {
    const s = await asked(t);
    rsp(s, { ok: false, error: 'no such station', id: s.sent.p.id });
    assert.deepEqual(await s.answer, { ok: false, why: 'refused', text: 'no such station' });
});

test('refused by the broker: not offered again', async (t) => {
    const s = await asked(t);
    s.sent.done(Object.assign(new Error('Publish error: Not authorized'), { code: 135 }));
    assert.equal((await s.answer).why, 'not_allowed');
    assert.equal(s.c.can('ack'), 'no');
});

test('heard by nobody; unanswered; cut off', async (t) => {
    const s = await asked(t);
    s.sent.done(null, { reasonCode: 16 });
    assert.equal((await s.answer).why, 'nobody');
    const late = s.c.command('demo/main', 'ack');
    await s.pass(10_000);
    assert.equal((await late).why, 'unanswered');
    const cut = s.c.command('demo/main', 'ack');
    s.last().emit('close');
    assert.equal((await cut).why, 'unanswered');
});

test('an answer goes to the user alone, where there is one whose name fits into a topic', async (t) => {
    const s = await asked(t);
    assert.equal(s.sent.options.properties.responseTopic, 'thirdring/demo/main/rsp/ack');
    for (const [user, topic] of [['manager', 'rsp/manager/ack'], ['a/b', 'rsp/ack'], ['+', 'rsp/ack']]) {
        s.c.login({ user, password: 'x' });
        await turn();
        s.last().emit('connect');
        s.c.command('demo/main', 'ack');
        assert.equal(s.last().published[0].options.properties.responseTopic, `thirdring/demo/main/${topic}`);
    }
});
