/** What day and time it is in the shop, and of which day a figure is. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { SETTLE_MS } from '../js/journal.js';
import { START, door, info, label, shop, state, wait } from './shop.mjs';

const DAY = 86_400_000;
const MARCH = Date.parse('2026-03-02T10:00:00Z');

/** A page opened just now, far from what the unit says it is: a recorded day is replayed. */
function opened(at, wall = Date.parse('2026-11-22T09:24:00Z')) {
    const s = shop();
    s.model.link(false);
    s.at.wall = wall;
    s.model.link(true);
    s.say('info', info([door]), { retain: true });
    s.say('metrics', { uptime_s: 5, ...(at === null ? {} : { at: label(at) }) }, { retain: true });
    s.say('station/door/state', state({ today_pct: 90, today_arrivals: 20 }), { retain: true });
    s.say('station/door/metrics', { day_counted: 20, day_kept: 18 }, { retain: true });
    s.door = () => s.unit().stations[0];
    return s;
}

test('a replayed day is the unit’s from the first message on, not the browser’s', () => {
    const s = opened(MARCH);
    s.say('availability', 'online', { retain: true });
    assert.equal(s.unit().fresh, 'held');
    assert.equal(s.unit().nowMs, MARCH);
    assert.equal(s.unit().dayStartMs, Date.parse('2026-03-02T04:00:00Z'));
    assert.equal(s.door().today, true);
    s.pass(4000);
    s.say('station/door/state', state({ today_pct: 90 }));
    assert.equal(s.unit().fresh, 'live');
    assert.equal(s.unit().nowMs, MARCH + 4000);
    s.say('metrics', { at: label(MARCH + 300_000) });
    assert.equal(s.unit().nowMs, MARCH + 300_000, 'what is said now is so');
});

test('a unit that is off for weeks does not set the clock back, and its figures are of then', () => {
    const s = opened(MARCH);
    s.say('availability', 'offline', { retain: true });
    assert.equal(s.unit().nowMs, s.at.wall);
    assert.equal(s.door().today, false);
    assert.equal(s.door().dayStartMs, Date.parse('2026-03-02T04:00:00Z'));
    assert.ok(s.door().ageS > 200 * 86_400, 'nor was it heard just now');
    const gap = s.model.gaps(s.key).find(({ why }) => why === 'offline');
    assert.equal(gap.fromMs, MARCH, 'nothing was heard since');
});

test('a broker that goes on saying online of a unit that is silent is not believed for long', () => {
    const s = opened(MARCH);
    s.say('availability', 'online', { retain: true });
    s.pass(180_000);
    assert.equal(s.unit().fresh, 'held');
    s.pass(1);
    assert.equal(s.unit().fresh, 'stale');
    assert.equal(s.unit().nowMs, s.at.wall);
    assert.equal(s.door().fresh, 'stale');
    assert.equal(s.door().today, false);
});

test('a browser whose clock is some minutes off shows the unit’s', () => {
    const s = opened(MARCH, MARCH + 400_000);
    s.say('availability', 'online', { retain: true });
    assert.equal(s.unit().nowMs, s.at.wall, 'what was kept may be old');
    s.say('metrics', { at: label(MARCH + 30_000) });
    assert.equal(s.unit().nowMs, MARCH + 30_000);
    s.pass(20_000);
    assert.equal(s.unit().nowMs, MARCH + 50_000);
    s.say('metrics', { at: label(MARCH + 10_000) }); // the unit's clock was set
    assert.equal(s.unit().nowMs, MARCH + 10_000);
});

test('figures of before the day’s start are not today’s', () => {
    const s = opened(null, Date.parse('2026-03-03T03:59:58Z'));
    s.say('availability', 'online', { retain: true });
    s.say('station/door/state', state({ today_pct: 90 }));
    s.say('station/door/metrics', { day_counted: 20 });
    assert.deepEqual([s.door().today, s.door().day.day_counted], [true, 20]);
    s.pass(3000);
    assert.equal(s.door().today, false);
    assert.equal(s.door().dayStartMs, Date.parse('2026-03-02T04:00:00Z'));
    s.say('station/door/state', state());
    assert.equal(s.door().today, true);
    assert.equal(s.door().day, null, 'and those of two days do not stand together');
});

test('whatever does not say when it was is of today only where it would be said again', () => {
    const s = opened(null);
    s.say('availability', 'online', { retain: true });
    assert.equal(s.door().today, true);
    s.say('availability', 'offline');
    assert.equal(s.door().today, null);
    assert.equal(s.door().ageS, null);
});

test('a replayed day that is over is not carried on into the next', () => {
    const s = opened(MARCH);
    s.say('availability', 'online', { retain: true });
    for (let n = 0; n <= 6; n += 1) { // a thousand times as fast
        s.say('metrics', { at: label(MARCH + n * 1_000_000) });
        s.say('station/door/state', state({ today_pct: 90 }));
        s.pass(1000);
    }
    s.pass(55_000); // of its own clock that would be fifteen hours
    assert.equal(s.unit().nowMs, MARCH + 6_000_000 + 1_800_000);
    assert.equal(s.door().today, true);
    assert.equal(s.door().ageS, 56);
});

test('a computer that slept wakes on the day it is', () => {
    const s = opened(MARCH, MARCH);
    s.say('availability', 'online', { retain: true });
    s.say('metrics', { at: label(MARCH + 5000) });
    s.at.wall += DAY; // the monotonic clock stood still
    s.pass(1000);
    assert.equal(s.unit().nowMs, MARCH + 6000 + DAY);
});

test('records that waited at the broker set no clock and show no speed', () => {
    const s = opened(MARCH, MARCH);
    s.say('availability', 'online', { retain: true });
    s.say('metrics', { at: label(MARCH) });
    s.pass(3000);
    s.say('journal/wait', wait(1, -8 * 3_600_000, 1));
    assert.equal(s.unit().nowMs, MARCH + 3000);
    for (let n = 2; n < 9; n += 1) {
        s.pass(1000);
        s.say('journal/wait', wait(n, n * 600_000, 1));
    }
    assert.equal(s.unit().nowMs, MARCH + 10_000);
});

test('a step of the unit’s clock is no speed', () => {
    const s = opened(MARCH, MARCH);
    s.say('availability', 'online', { retain: true });
    s.say('station/door/state', state({ waiting: 1, oldest_wait_s: 10 }));
    s.say('metrics', { at: label(MARCH) });
    s.pass(10_000);
    s.say('metrics', { at: label(MARCH + 310_000) });
    s.say('station/door/state', state({ waiting: 1, oldest_wait_s: 20 }));
    s.pass(2000);
    assert.equal(s.unit().nowMs, MARCH + 312_000);
    assert.equal(s.door().oldestS, 22, 'and nobody waits the faster for it');
});

test('what was recorded while the page was away is not known, until a number tells', () => {
    const s = shop();
    s.say('availability', 'online');
    s.say('journal/wait', wait(1, 0, 1));
    s.say('journal/wait', wait(2, 5000, 1));
    const range = { from: START - 1000, to: START + DAY };
    assert.equal(s.model.whole(s.key, range), true);
    s.model.link(false);
    s.pass(3_600_000);
    s.model.link(true, { resumed: true });
    assert.equal(s.model.whole(s.key, range), true, 'the broker has kept it');
    s.model.link(false);
    s.pass(3_600_000);
    s.model.link(true, { resumed: false });
    assert.deepEqual(s.model.gaps(s.key, range).map(({ why, fromMs, toMs }) => [why, fromMs, toMs]),
        [['away', START + 6000, START + 7_200_000]]);
    assert.equal(s.model.whole(s.key, range), false);
    s.say('journal/wait', wait(3, 7_300_000, 1));
    assert.equal(s.model.whole(s.key, range), true, 'nothing was missed');
    s.say('journal/wait', wait(9, 7_400_000, 1));
    s.pass(SETTLE_MS + 1);
    assert.equal(s.model.whole(s.key, range), false);
});

test('a journal that was restored begins at an older number: of then and of now nothing is lost', () => {
    const s = shop();
    for (const n of [50, 51, 52]) {
        s.say('journal/wait', wait(n, n * 1000, 1));
    }
    s.pass(DAY);
    s.say('journal/wait', wait(3, DAY, 1)); // a number that was never seen here
    s.say('journal/wait', wait(4, DAY + 5000, 1));
    assert.deepEqual(s.model.waits(s.key).map(({ seq }) => seq), [50, 51, 52, 3, 4]);
    assert.equal(s.unit().records.sinceMs, START + 51_000);
    s.say('journal/wait', { ...wait(2, -5000, 1), hist: true });
    assert.deepEqual(s.model.waits(s.key).map(({ seq }) => seq), [50, 51, 52, 2, 3, 4]);
});

test('quarters of an hour fit days and hours of every zone', () => {
    const s = shop();
    const nepal = Date.parse('2026-03-02T22:15:00Z') - START; // 04:00 in Kathmandu
    s.say('journal/wait', wait(1, nepal - 60_000, 1));
    s.say('journal/wait', wait(2, nepal + 60_000, 1));
    assert.deepEqual(s.model.quarters(s.key, { station: 'door', from: START + nepal }).map((q) => q.arrivals), [1]);
});
