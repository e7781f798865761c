/** Records: each once, in order, what is missing said; memory with a bound. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { BEYOND, Journal, SETTLE_MS, toRecord } from '../js/journal.js';
import { LIMITS } from '../js/unit.js';
import { START, alert, door, info, label, shop, state, wait } from './shop.mjs';

const seqs = (list) => list.map((r) => r.seq);

test('a second copy of a record changes nothing, marked as history or not', () => {
    const s = shop();
    s.say('journal/wait', wait(1, 0, 5));
    s.say('journal/wait', { ...wait(1, 0, 5), hist: true });
    s.say('journal/wait', wait(1, 0, 5));
    assert.deepEqual(seqs(s.model.waits(s.key)), [1]);
    assert.equal(s.model.counts.copies, 2);
    assert.equal(s.model.quarters(s.key, { station: 'door' })[0].answered, 1);
    assert.equal(s.stored.length, 1);
});

test('records that come out of order stand in order', () => {
    const s = shop();
    for (const n of [3, 1, 4, 2, 5]) {
        s.say('journal/wait', wait(n, n * 1000, 1));
    }
    assert.deepEqual(seqs(s.model.waits(s.key)), [1, 2, 3, 4, 5]);
    s.pass(SETTLE_MS + 1);
    assert.equal(s.unit().records.missing, 0);
});

test('a hole is one only after a while, and is closed by what comes late', () => {
    const s = shop();
    s.say('journal/wait', wait(1, 0, 1));
    s.say('journal/wait', wait(5, 60_000, 1));
    assert.equal(s.unit().records.missing, 0);
    s.pass(SETTLE_MS + 1);
    assert.equal(s.unit().records.missing, 3);
    const [gap] = s.model.gaps(s.key);
    assert.equal(gap.why, 'records');
    assert.equal(gap.count, 3);
    assert.equal(gap.fromMs, START + 1000);
    assert.equal(gap.toMs, START + 61_000);
    s.say('journal/wait', wait(3, 30_000, 1));
    s.pass(SETTLE_MS + 1);
    assert.equal(s.unit().records.missing, 2);
    s.say('journal/wait', wait(2, 20_000, 1));
    s.say('journal/wait', wait(4, 40_000, 1));
    assert.equal(s.unit().records.missing, 0);
    assert.deepEqual(s.model.gaps(s.key), []);
});

test('votes and alerts are of the same numbers', () => {
    const s = shop();
    s.say('journal/wait', wait(1, 0, 1));
    s.say('journal/alert', alert(2, 'raised', 0, 0));
    s.say('journal/vote', { type: 'vote', id: 'main-3', seq: 3, station: 'smiles', button: 'good', score: 100,
        presses: 1, at: label(START + 5000), wait: null, wait_station: null });
    s.say('journal/wait', wait(4, 9000, 1));
    s.pass(SETTLE_MS + 1);
    assert.equal(s.unit().records.missing, 0);
    assert.equal(s.model.votes(s.key, { station: 'smiles' })[0].score, 100);
});

test('a damaged journal numbers from far beyond: a gap, but nobody knows of how many', () => {
    const s = shop();
    s.say('journal/wait', wait(1, 0, 1));
    s.say('journal/wait', wait(BEYOND * 2, 60_000, 1));
    s.pass(SETTLE_MS + 1);
    assert.equal(s.unit().records.missing, 0);
    assert.equal(s.model.gaps(s.key)[0].count, null);
});

test('a new journal begins at 1 with the ids of the old one: nothing of either is lost', () => {
    const s = shop();
    for (let n = 1; n <= 5; n += 1) {
        s.say('journal/wait', wait(n, n * 1000, 1));
    }
    for (let n = 1; n <= 3; n += 1) {
        s.say('journal/wait', wait(n, 3_600_000 + n * 1000, 1));
        s.say('journal/wait', wait(n, 3_600_000 + n * 1000, 1));
    }
    assert.deepEqual(seqs(s.model.waits(s.key)), [1, 2, 3, 4, 5, 1, 2, 3]);
    s.pass(SETTLE_MS + 1);
    assert.equal(s.unit().records.missing, 0);
    assert.equal(s.model.counts.copies, 3);
});

test('what a browser kept is there again, and the broker’s copies of it change nothing', () => {
    const first = shop();
    for (const n of [1, 2, 5]) {
        first.say('journal/wait', wait(n, n * 1000, 1));
    }
    for (const n of [1, 2]) {
        first.say('journal/wait', wait(n, 3_600_000 + n * 1000, 2)); // a new journal
    }
    const again = shop();
    again.model.restore(first.stored.map(([key, era, p]) => ({ key, era, p })));
    assert.deepEqual(seqs(again.model.waits(again.key)), [1, 2, 5, 1, 2]);
    assert.equal(again.model.units().length, 0, 'a unit that only the store knows may be no more');
    again.say('journal/wait', wait(2, 3_602_000, 2));
    again.say('journal/wait', wait(3, 3_603_000, 2));
    assert.deepEqual(seqs(again.model.waits(again.key)), [1, 2, 5, 1, 2, 3]);
    assert.equal(again.model.gaps(again.key).filter(({ why }) => why === 'records')[0].count, 2);
    assert.equal(again.stored.length, 1);
});

test('what a browser kept may be of another version', () => {
    const s = shop();
    s.model.restore([{ key: null, era: 0, p: {} }, { key: s.key, era: 'x', p: wait(1, 0, 1) },
        { key: s.key, era: 0, p: null }, { key: 'a', era: 0, p: wait(1, 0, 1) }, { key: s.key, era: 0, p: wait(2, 0, 1) }]);
    assert.deepEqual(seqs(s.model.waits(s.key)), [2]);
});

test('memory has a bound: the oldest records go, their hours and that they were there stay', () => {
    const s = shop();
    const all = LIMITS.records + 500;
    for (let n = 1; n <= all; n += 1) {
        s.say('journal/wait', wait(n, n * 1000, 1));
    }
    const { held, first, last } = s.unit().records;
    assert.ok(held <= LIMITS.records && held > LIMITS.records / 2, `${held}`);
    assert.equal(last, all);
    assert.equal(first, all - held + 1);
    const hours = s.model.quarters(s.key, { station: 'door' });
    assert.equal(hours.reduce((sum, h) => sum + h.answered, 0), all);
    s.say('journal/wait', wait(1, 1000, 1));
    assert.equal(s.unit().records.held, held);
    assert.equal(s.model.counts.copies, 1);
    s.pass(SETTLE_MS + 1);
    assert.equal(s.unit().records.missing, 0);
});

test('an alert’s record is its state, too, where the retained one was lost', () => {
    const s = shop();
    s.say('info', info([door]));
    s.say('station/door/state', state());
    s.say('alert/door-wait', alert(3, 'raised', 0, 0));
    s.say('journal/alert', alert(4, 'cleared', 0, 9000));
    assert.equal(s.unit().alerts[0].active, false);
    s.say('journal/alert', alert(2, 'raised', 0, 0, { id: 'main-a-2' }));
    assert.equal(s.unit().alerts[0].active, false);
});

test('what is no record is refused, whatever it is', () => {
    const bad = [null, [], 'x', 7, {}, { type: 'wait' }, { ...wait(1, 0, 1), seq: -1 }, { ...wait(1, 0, 1), seq: 1.5 },
        { ...wait(1, 0, 1), seq: '1' }, { ...wait(1, 0, 1), id: 'x'.repeat(65) }, { ...wait(1, 0, 1), closed: 'noon' },
        { ...wait(1, 0, 1), wait_s: '1' }, { ...wait(1, 0, 1), station: null }, { ...wait(1, 0, 1), type: '__proto__' }];
    for (const p of bad) {
        assert.equal(toRecord(p), null, JSON.stringify(p));
    }
    const journal = new Journal();
    assert.equal(journal.add({ type: 'constructor', id: 'a', seq: 1 }, 0), null);
    const s = shop();
    s.say('journal/wait', wait(1, 0, 1), { retain: true });
    assert.equal(s.unit().records.held, 0);
});
