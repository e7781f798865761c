/** What is live and what is not; what is waited for; nothing that comes may break it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { LIMITS } from '../js/unit.js';
import { BASE, START, alert, door, info, label, shop, state, wait } from './shop.mjs';

function open() {
    const s = shop();
    s.say('info', info([door]), { retain: true });
    s.say('station/door/state', state({ waiting: 1, oldest_wait_s: 7 }), { retain: true });
    s.say('availability', 'online', { retain: true });
    s.door = () => s.unit().stations[0];
    return s;
}

test('what the broker kept is not live until the unit says a word', () => {
    const s = open();
    assert.equal(s.unit().fresh, 'held');
    assert.equal(s.door().fresh, 'held');
    s.pass(1000);
    assert.equal(s.door().oldestS, 7, 'a wait that may be over does not grow');
    s.say('journal/wait', { ...wait(1, 0, 5), hist: true });
    assert.equal(s.unit().fresh, 'held', 'a record may be as old as the broker’s queue');
    s.say('input/greet/state', 'ON');
    assert.equal(s.unit().fresh, 'live');
    assert.equal(s.door().fresh, 'live');
});

test('the longest wait grows between messages, and its rings with it', () => {
    const s = open();
    s.say('station/door/state', state({ waiting: 1, oldest_wait_s: 10, oldest_rings: 2 }));
    s.pass(3000);
    assert.equal(s.door().oldestS, 13);
    assert.equal(s.door().oldestRings, 3);
    assert.equal(s.door().ringS, 6);
    assert.equal(s.door().share, 13 / 18);
    s.pass(60_000);
    assert.equal(s.door().oldestS, 25, 'not without end');
    s.say('station/door/state', state());
    s.pass(5000);
    assert.equal(s.door().oldestS, 0);
});

test('a telephone’s rings are those that were heard', () => {
    const s = shop();
    s.say('info', info([{ ...door, kind: 'phone' }]));
    s.say('station/door/state', state({ waiting: 1, oldest_wait_s: 4, oldest_rings: 1 }));
    s.pass(9000);
    assert.equal(s.unit().stations[0].oldestRings, 1);
});

test('silent for three intervals is stale, by default three minutes', () => {
    const s = open();
    s.say('station/door/state', state());
    s.pass(180_000);
    assert.equal(s.unit().fresh, 'live');
    s.pass(1);
    assert.equal(s.unit().fresh, 'stale');
    assert.equal(s.door().fresh, 'stale');
});

test('the unit says its interval, and when its day begins', () => {
    const s = open();
    s.say('info', { ...info([door]), metrics_interval_s: 600, day_start: '06:00' });
    s.say('station/door/state', state());
    s.pass(1_800_000);
    assert.equal(s.unit().fresh, 'live');
    s.pass(1);
    assert.equal(s.unit().fresh, 'stale');
    assert.equal(s.unit().dayStartMs, Date.parse('2026-03-02T06:00:00Z'));
});

test('an interval that is not said is learned from what is heard', () => {
    const s = open();
    for (let n = 0; n < 3; n += 1) {
        s.say('metrics', { uptime_s: 1 });
        s.say('station/door/state', state());
        s.pass(5000);
    }
    s.pass(10_000);
    assert.equal(s.unit().fresh, 'live');
    s.pass(1);
    assert.equal(s.unit().fresh, 'stale', 'fifteen seconds after the last');
});

test('one station that is silent in a unit that speaks is stale alone', () => {
    const s = open();
    s.say('station/door/state', state());
    s.pass(181_000);
    s.say('input/greet/state', 'ON');
    assert.equal(s.unit().fresh, 'live');
    assert.equal(s.door().fresh, 'stale');
});

test('offline is said at once, and what is retained does not change that', () => {
    const s = open();
    s.say('station/door/state', state());
    s.say('availability', 'offline');
    assert.equal(s.unit().fresh, 'offline');
    assert.equal(s.door().fresh, 'offline');
    s.say('station/door/state', state(), { retain: true });
    assert.equal(s.door().fresh, 'offline');
    s.pass(60_000);
    const [gap] = s.model.gaps(s.key).filter(({ why }) => why === 'offline');
    assert.equal(gap.toMs - gap.fromMs, 60_000);
    s.say('availability', 'online');
    assert.equal(s.unit().fresh, 'live');
});

test('without a connection nothing is live; with a new one nothing is before it is heard again', () => {
    const s = open();
    s.say('station/door/state', state());
    s.model.link(false);
    assert.equal(s.unit().fresh, 'link');
    assert.equal(s.door().fresh, 'link');
    s.model.link(true);
    assert.equal(s.unit().fresh, 'unknown');
    assert.equal(s.door().fresh, 'unknown');
    assert.equal(s.door().word, 'none');
    s.say('availability', 'online', { retain: true });
    assert.equal(s.unit().fresh, 'held');
    assert.equal(s.door().fresh, 'unknown', 'its state was not heard since');
});

test('a computer that slept does not take the figures of then for those of now', () => {
    const s = open();
    s.say('station/door/state', state());
    s.at.wall += 3_600_000; // the monotonic clock stood still
    assert.equal(s.unit().fresh, 'stale');
});

test('words: closed, blind, and the ladder', () => {
    const s = open();
    const word = (change) => {
        s.say('station/door/state', state(change));
        return s.door().word;
    };
    assert.equal(word({}), 'ok');
    assert.equal(word({ waiting: 1, level: 1 }), 'at_risk');
    assert.equal(word({ waiting: 1, level: 2 }), 'late');
    assert.equal(word({ waiting: 1, level: 3 }), 'critical');
    assert.equal(word({ open: 0 }), 'closed');
    assert.equal(word({ open: 0, waiting: 1, level: 2 }), 'late');
    assert.equal(word({ measuring: 'blind' }), 'blind');
});

test('the unit’s clock: the browser’s when near, else its labels, at their own speed', () => {
    const s = open();
    s.say('journal/wait', wait(1, -1500, 1));
    assert.equal(s.unit().nowMs, START, 'half a second apart is the way');
    const demo = shop();
    const day = START + 86_400_000 * 100;
    for (let n = 0; n <= 10; n += 1) { // sixty times as fast
        demo.say('event/greeting/door', { event_type: 'arrived', station: 'door', at: label(day + n * 60_000) });
        demo.pass(1000);
    }
    assert.equal(demo.unit().nowMs, day + 11 * 60_000);
    demo.say('station/door/state', state({ waiting: 1, oldest_wait_s: 10 }));
    demo.pass(500);
    assert.equal(demo.unit().stations[0].oldestS, 40);
    assert.equal(demo.unit().dayStartMs, Date.parse('2026-06-10T04:00:00Z'));
});

test('history does not set the clock', () => {
    const s = open();
    s.say('journal/wait', { ...wait(1, -86_400_000, 1), hist: true });
    assert.equal(s.unit().nowMs, START);
});

test('what the broker empties is gone: station, alert, input, the whole unit', () => {
    const s = open();
    s.say('alert/door-wait', alert(1, 'raised', 0, 0));
    assert.equal(s.door().alerts.length, 1);
    s.say('alert/door-wait', '');
    assert.equal(s.door().alerts.length, 0);
    s.say('station/door/state', '');
    assert.equal(s.door().state, null);
    s.say('info', info([]));
    assert.equal(s.unit().stations.length, 0);
    s.say('availability', '');
    assert.equal(s.unit(), null);
    assert.deepEqual(s.model.units(), []);
});

test('an alert that was emptied while the page was away does not stand for ever', () => {
    const s = open();
    s.say('alert/door-wait', alert(1, 'raised', 0, 0));
    s.model.link(false);
    assert.equal(s.unit().alerts.length, 1);
    s.model.link(true);
    s.say('availability', 'online', { retain: true });
    assert.equal(s.unit().alerts.length, 0, 'the broker says again what there is');
    s.say('alert/door-wait', alert(1, 'raised', 0, 0), { retain: true });
    assert.equal(s.unit().alerts.length, 1);
});

test('what a view gets are figures of their kind, or null', () => {
    const s = open();
    s.say('station/door/state', '{"waiting":2,"level":0,"people":"<b>","today_pct":101,"coverage_pct":-1,'
        + '"oldest_wait_s":1e300,"measuring":"<i>","__proto__":{"x":1}}');
    s.say('station/door/metrics', '{"day_counted":"9","dayparts":{"a":null,"b":7,"<b>":{},"c":{"counted":"x","pct":50}}}');
    const { state: said, metrics } = s.door();
    assert.deepEqual([said.people, said.today_pct, said.coverage_pct, said.oldest_wait_s, said.measuring, said.x],
        [2, null, null, null, 'full', undefined]);
    assert.equal(metrics.day_counted, null);
    assert.deepEqual(metrics.dayparts, { c: { counted: null, kept: null, pct: 50 } });
    s.say('info', info([{ ...door, target: { rings: 2.5, seconds: 18, percent: '80' } }]));
    assert.deepEqual(s.door().target, { seconds: 18, percent: null, window_min: 60 });
    s.say('info', { ...info([{ ...door, target: { seconds: 1e-300 * 0 } }]), timezone: '<b>', metrics_interval_s: 1e300 });
    assert.deepEqual([s.door().target, s.unit().timezone], [null, 'UTC']);
    s.say('metrics', { at: '+275760-09-12T00:00:00Z' });
    assert.equal(s.unit().nowMs, START, 'a label that no calendar can show is none');
    s.pass(86_400_000 * 3 + 1);
    assert.equal(s.unit().fresh, 'stale', 'no unit says of itself that it is never late');
});

test('inputs and their health, outputs', () => {
    const s = open();
    s.say('input/greet/state', 'ON');
    s.say('input/greet/health', 'stuck_on');
    s.say('output/red/state', 'OFF');
    assert.deepEqual(s.unit().inputs, [{ id: 'greet', name: 'Greeted', type: 'button', state: 'ON', health: 'stuck_on', ok: false }]);
    assert.equal(s.unit().outputs[0].state, 'OFF');
});

test('series: the line keeps its peaks, a gap stays one', () => {
    const s = open();
    s.say('station/door/state', state({ waiting: 4 }));
    s.pass(1000);
    s.say('station/door/state', state({ waiting: 1 }));
    s.pass(20_000);
    s.model.link(false);
    s.pass(20_000);
    s.model.link(true);
    s.say('station/door/state', state({ waiting: 2 }));
    assert.deepEqual(s.model.series(s.key, 'door', 'waiting')[1], [4, null, 2]);
});

test('whatever comes, nothing breaks and nothing grows without end', () => {
    const s = shop();
    const payloads = ['', '{', '[]', 'null', '7', '"x"', '{}', '{"waiting":"many","level":{}}', '{"state":{}}',
        '{"stations":7,"sensors":[null,{"id":"../x"}],"timezone":"Nowhere/Land","name":{}}', '{"at":"never"}',
        '{"__proto__":{"x":1}}', '\u0000', '9'.repeat(400)];
    const paths = ['availability', 'info', 'metrics', 'station/a/state', 'station/a/metrics', 'alert/a', 'input/a/state',
        'input/a/health', 'output/a/state', 'event/greeting/a', 'event/input/a', 'praise', 'journal/wait', 'journal/vote',
        'journal/alert', 'rsp/ack', 'x', 'x/y/z/w', 'station', 'station/a', '__proto__/x', 'constructor', 'station/../state'];
    for (const path of paths) {
        for (const payload of payloads) {
            s.say(path, payload);
            s.say(path, payload, { retain: true });
            s.model.units();
        }
    }
    s.model.message('elsewhere', 'x');
    s.model.message(`${BASE}/info`, new Uint8Array([0xff, 0xfe, 0x00]));
    for (let n = 0; n < 2000; n += 1) {
        s.model.message(`thirdring/s${n}/u/availability`, 'online');
        s.say(`station/s${n}/state`, state());
        s.say(`alert/a${n}`, alert(n, 'raised', 0, 0));
        s.say(`input/i${n}/state`, 'ON');
        s.say('praise', { station: 'door', streak: n, at: label(START + n) });
        s.say('event/greeting/door', { event_type: 'arrived', at: label(START + n) });
    }
    assert.ok(s.model.units().length <= LIMITS.units);
    assert.ok(s.unit().alerts.length <= LIMITS.things);
    assert.equal(s.model.praise(s.key).length, LIMITS.praise);
    assert.equal(s.model.events(s.key).length, LIMITS.events);
    assert.equal({}.x, undefined);
});
