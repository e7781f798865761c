/** Figures are those of an independent count; nearest rank; bounds; lines; spans. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { alertSpans, level, quantile } from '../js/figures.js';
import { Series } from '../js/series.js';
import { START, alert, door, info, shop, wait } from './shop.mjs';

/** Numbers that look random and are the same each time. */
function dice(seed) {
    let x = seed;
    return () => {
        x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
        return x / 2 ** 32;
    };
}

const near = (a, b) => assert.ok(a === b || Math.abs(a - b) < 1e-9, `${a} and ${b}`);

test('quantiles by nearest rank', () => {
    const ten = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    assert.equal(quantile(ten, 0.5), 5);
    assert.equal(quantile(ten, 0.9), 9);
    assert.equal(quantile(ten, 0.91), 10);
    assert.equal(quantile([7], 0.9), 7);
    assert.equal(quantile([], 0.5), null);
});

test('a level has its bounds; without a promise there are none', () => {
    assert.deepEqual(level({ counted: 8, kept: 6, unsure: 2 }), { pct: 75, lowPct: 60, highPct: 80 });
    assert.deepEqual(level({ counted: 0, kept: 0, unsure: 2 }), { pct: null, lowPct: 0, highPct: 100 });
    assert.deepEqual(level({ counted: 0, kept: 0, unsure: 2 }, false), { pct: null, lowPct: null, highPct: null });
});

test('a day of invented waits, against a count by hand', () => {
    const s = shop();
    s.say('info', info([door]));
    const rand = dice(7);
    const all = [];
    for (let n = 1; n <= 3000; n += 1) {
        const opened = Math.floor(rand() * 8 * 3_600_000);
        const waitS = Math.round(rand() * 60_000) / 1000;
        const kind = rand();
        const change = kind < 0.7 ? {} : kind < 0.8 ? { outcome: 'abandoned', in_target: false }
            : kind < 0.85 ? { outcome: 'void', in_target: null } : kind < 0.9 ? { outcome: 'unknown', in_target: null }
                : kind < 0.95 ? { in_target: null, accurate: false } : { by: 'staff' };
        all.push(wait(n, opened, waitS, change));
        s.say('journal/wait', all.at(-1));
    }
    const stepMs = 1_800_000;
    const buckets = s.model.buckets(s.key, { station: 'door', from: START, to: START + 8 * 3_600_000, stepMs });
    assert.equal(buckets.length, 16);
    const spans = all.filter((w) => w.outcome !== 'void').map((w) => [Date.parse(w.opened), Date.parse(w.closed)]);
    for (const b of buckets) {
        const inside = (ms) => ms >= b.t && ms < b.t + stepMs;
        const closed = all.filter((w) => inside(Date.parse(w.closed)));
        assert.equal(b.arrivals, all.filter((w) => inside(Date.parse(w.opened))).length);
        assert.equal(b.counted, closed.filter((w) => w.in_target !== null).length);
        assert.equal(b.kept, closed.filter((w) => w.in_target === true).length);
        const answered = closed.filter((w) => w.outcome === 'answered' && !(w.in_target === null && !w.accurate));
        assert.equal(b.answered, answered.length);
        assert.equal(b.byStaff, answered.filter((w) => w.by === 'staff').length);
        const unsure = closed.filter((w) => w.outcome === 'unknown' || (w.outcome === 'answered' && w.in_target === null));
        assert.equal(b.unsure, unsure.length);
        near(b.pct, (100 * b.kept) / b.counted);
        near(b.lowPct, (100 * b.kept) / (b.counted + b.unsure));
        near(b.highPct, (100 * (b.kept + b.unsure)) / (b.counted + b.unsure));
        const lengths = answered.map((w) => w.wait_s).sort((x, y) => x - y);
        assert.equal(b.p90S, lengths[Math.ceil(0.9 * lengths.length) - 1]);
        assert.equal(b.maxS, lengths.at(-1));
        let most = 0;
        for (const ms of [b.t, ...spans.map(([from]) => from).filter(inside)]) { // it is longest when somebody comes
            most = Math.max(most, spans.filter(([from, to]) => from <= ms && to > ms).length);
        }
        assert.equal(b.lineMax, most);
    }
    const hours = s.model.quarters(s.key, { station: 'door' });
    const sum = (list, name) => list.reduce((total, x) => total + x[name], 0);
    assert.equal(sum(hours, 'arrivals'), all.length);
    assert.equal(sum(hours, 'counted'), sum(buckets, 'counted') + all.filter((w) => w.in_target !== null
        && Date.parse(w.closed) >= START + 8 * 3_600_000).length);
});

test('the line carries over from step to step; who was voided was nobody', () => {
    const s = shop();
    s.say('info', info([door]));
    s.say('journal/wait', wait(1, 0, 3000));
    s.say('journal/wait', wait(2, 1_900_000, 10));
    s.say('journal/wait', wait(3, 1_900_000, 10, { outcome: 'void', in_target: null }));
    const lines = s.model.buckets(s.key, { station: 'door', from: START, to: START + 5_400_000, stepMs: 1_800_000 })
        .map(({ lineMax }) => lineMax);
    assert.deepEqual(lines, [1, 2, 0]);
});

test('alerts as spans: the worst level, seen or not, standing or over', () => {
    const s = shop();
    s.say('journal/alert', alert(1, 'raised', 0, 0, { level: 'at_risk' }));
    s.say('journal/alert', alert(2, 'raised', 0, 5000, { level: 'late' }));
    s.say('journal/alert', alert(3, 'acked', 0, 6000, { level: 'late' }));
    s.say('journal/alert', alert(4, 'cleared', 0, 9000, { level: 'ok' }));
    s.say('journal/alert', alert(5, 'raised', 20_000, 20_000));
    const [first, second] = s.model.alertSpans(s.key, { station: 'door' });
    assert.deepEqual([first.fromMs, first.toMs, first.level, first.acked], [START, START + 9000, 'late', true]);
    assert.deepEqual([second.fromMs, second.toMs, second.acked], [START + 20_000, null, false]);
    assert.equal(s.model.alertSpans(s.key, { from: START + 10_000, to: START + 15_000 }).length, 0);
    s.say('journal/alert', alert(6, 'raised', 40_000, 40_000));
    assert.equal(s.model.alertSpans(s.key)[1].toMs, START + 40_000, 'its end was not heard of');
    assert.deepEqual(alertSpans([], { from: 0, to: 1 }), []);
});

test('an alert whose end was not heard here stands no longer than the unit says', () => {
    const s = shop();
    s.say('journal/alert', alert(1, 'raised', 0, 0));
    assert.equal(s.model.alertSpans(s.key)[0].toMs, null);
    s.say('alert/door-wait', alert(2, 'cleared', 0, 9000), { retain: true });
    assert.equal(s.model.alertSpans(s.key)[0].toMs, START + 9000);
});

test('an absence that the unit told of is a gap', () => {
    const s = shop();
    s.say('journal/wait', wait(1, 0, 1));
    s.say('journal/alert', alert(2, 'raised', 10_000, 60_000, { alert: 'offline', rule: 'offline', station: null }));
    s.say('journal/alert', alert(3, 'cleared', 10_000, 60_000, { alert: 'offline', rule: 'offline', station: null }));
    assert.deepEqual(s.model.gaps(s.key, { from: START, to: START + 50_000 }),
        [{ fromMs: START + 10_000, toMs: START + 50_000, why: 'unit', count: null }]);
});

test('before the oldest record nothing is known, unless it is the first', () => {
    const s = shop();
    const range = { from: START, to: START + 100_000 };
    assert.equal(s.model.gaps(s.key, range).length, 0, 'no unit');
    s.say('availability', 'online');
    s.pass(50_000);
    assert.deepEqual(s.model.gaps(s.key, range).map(({ why, toMs }) => [why, toMs]), [['before', START + 50_000]]);
    s.say('journal/wait', wait(9, 20_000, 1));
    assert.deepEqual(s.model.gaps(s.key, range).map(({ why, toMs }) => [why, toMs]), [['before', START + 21_000]]);
    s.say('journal/wait', wait(1, 0, 1));
    assert.deepEqual(s.model.gaps(s.key, range), []);
});

test('a series has a bound and keeps its span, its peaks and its gaps', () => {
    const series = new Series(['n'], { stepMs: 1000, max: 100, keep: 'max' });
    for (let n = 0; n < 10_000; n += 1) {
        series.add(n * 1000, [n === 5000 ? 99 : 1]);
        if (n === 7000) {
            series.gap(n * 1000 + 500);
        }
    }
    const [t, values] = series.get('n');
    assert.ok(t.length <= 100 && t.length > 25, `${t.length}`);
    assert.ok(t.every((ms, i) => i === 0 || ms > t[i - 1]));
    assert.ok(t[0] < 1_000_000 && t.at(-1) > 9_800_000);
    assert.equal(Math.max(...values), 99);
    assert.equal(values.filter((v) => v === null).length, 1);
    series.add(-90_000_000, [3]);
    assert.deepEqual(series.get('n')[1], [3], 'another clock');
});
