// What the views work out themselves.
import assert from 'node:assert/strict';
import test from 'node:test';
import {
    bounds,
    dayOf,
    days,
    judge,
    level,
    promises,
    retained,
    route,
    running,
    segments,
    shade,
    tally,
    today,
    worst,
} from '../js/view_sums.js';
import { chosen } from '../js/view_pick.js';

const st = (more) => ({
    id: 's',
    name: 'S',
    fresh: 'live',
    word: 'ok',
    waiting: 1,
    share: 0.1,
    oldestS: 5,
    ...more,
});

test('the worst is by level first, by the share of its promise then', () => {
    const late = st({ id: 'late', word: 'late', share: 1.1, oldestS: 20 });
    const long = st({ id: 'long', share: 0.9, oldestS: 500 });
    assert.equal(worst([long, late]).id, 'late');
    assert.equal(worst([st({ share: 0.2 }), long]).id, 'long');
    assert.equal(worst([late, st({ id: 'later', word: 'late', share: 1.4 })]).id, 'later');
});

test('nobody is worst where nothing is known or nobody waits', () => {
    assert.equal(worst([]), null);
    assert.equal(
        worst([
            st({ fresh: 'stale' }),
            st({ fresh: 'link' }),
            st({ word: 'blind' }),
            st({ waiting: 0 }),
        ]),
        null,
    );
});

test('only live stations with a promise and a figure are judged', () => {
    const target = { percent: 80 },
        day = { day_counted: 10 };
    const found = today([
        st({ target, day, state: { today_pct: 79.9 } }),
        st({ target, day, state: { today_pct: 80 } }),
        st({ target, day, state: { today_pct: null } }),
        st({ target: null, day, state: { today_pct: 10 } }),
        st({ target, state: { today_pct: 10 }, day: { day_counted: 9 } }), // too few
        st({ target, state: { today_pct: 10 }, day: null }), // nobody knows of how many
        st({ target, day, state: { today_pct: 10 }, today: false }), // another day's
        st({ target, day, fresh: 'offline', state: { today_pct: 10 } }),
        st({
            target,
            state: { today_pct: 85 },
            day: { day_counted: 20, day_low_pct: 70, day_high_pct: 90 },
        }),
    ]);
    assert.deepEqual(
        [found.judged.length, found.below.length, found.unsure.length],
        [3, 1, 1],
    );
});

test('bounds of other figures than those of now are not shown', () => {
    const of = (pct, low, high, n = 9) =>
        bounds({
            state: { today_pct: pct },
            target: { percent: 80 },
            day: { day_counted: n, day_kept: 7, day_low_pct: low, day_high_pct: high },
        });
    assert.deepEqual(of(75, 70, 78), {
        pct: 75,
        low: 70,
        high: 78,
        goal: 80,
        n: 9,
        kept: 7,
    });
    assert.equal(of(75, 76, 78).low, null);
    assert.equal(of(75, 0, 100, 0).high, null);
    assert.deepEqual(bounds({ state: null, day: null, target: null }), {
        pct: null,
        low: null,
        high: null,
        goal: null,
        n: null,
        kept: null,
    });
});

test('a verdict that the unsure ones decide is none', () => {
    assert.equal(judge({ pct: 85, low: 81, high: 90, goal: 80, n: 20 }), 'met');
    assert.equal(judge({ pct: 85, low: 78, high: 90, goal: 80, n: 20 }), 'unsure');
    assert.equal(judge({ pct: 75, low: 70, high: 80, goal: 80, n: 20 }), 'unsure');
    assert.equal(judge({ pct: 75, low: 70, high: 79, goal: 80, n: 20 }), 'below');
    assert.equal(judge({ pct: 80, low: null, high: null, goal: 80, n: 20 }), 'met');
    assert.equal(judge({ pct: null, low: null, high: null, goal: 80, n: 0 }), null);
    assert.equal(judge({ pct: 0, low: null, high: null, goal: 80 }), null, 'of how many?');
    assert.equal(judge({ pct: 67, low: null, high: null, goal: 80, n: 9 }), 'few');
    assert.equal(judge({ pct: 70, low: null, high: null, goal: 80, n: 10 }), 'below');
});

test('the running level ends at the day’s, between its bounds', () => {
    const w = (i, inTarget, outcome = 'answered', accurate = true) => ({
        closedMs: i * 1000,
        inTarget,
        outcome,
        accurate,
    });
    const run = running([
        w(3, false),
        w(1, true),
        w(2, true),
        w(4, null, 'unknown'),
        w(5, null, 'void'),
        w(6, null, 'answered', false),
    ]);
    assert.deepEqual(run.x, [1, 2, 3, 4, 6]);
    assert.deepEqual(run.pct.map(Math.round), [100, 100, 67, 67, 67]);
    assert.deepEqual([run.low.at(-1), run.high.at(-1)], [40, 80]);
});

test('the station that needs it most is chosen once; an address names another', () => {
    const of = (id, pct) => st({
        id, target: { percent: 80 }, state: { today_pct: pct }, day: { day_counted: 20, day_kept: 1 },
    });
    const units = (a, b) => [{ key: 'x/y', stations: [of('a', a), of('b', b)] }];
    const memory = {};
    assert.equal(chosen(units(90, 70), [], memory).st.id, 'b');
    assert.equal(chosen(units(50, 70), [], memory).st.id, 'b', 'not under the eyes of who reads');
    assert.equal(chosen(units(50, 70), ['a'], memory).st.id, 'a');
    assert.equal(chosen(units(50, 70), []).st.id, 'a');
    assert.equal(chosen([], []), null);
});

test('votes: best first, discarded ones do not count', () => {
    const found = tally([
        { button: 'bad', score: 0 },
        { button: 'good', score: 100 },
        { button: null, score: null },
        { button: 'good', score: 100 },
    ]);
    assert.deepEqual(
        found.rows.map((r) => [r.button, r.n]),
        [
            ['good', 2],
            ['bad', 1],
        ],
    );
    assert.equal(found.n, 3);
    assert.equal(tally([]).mean, null);
});

test('a day of which nothing is known is not a day on which nobody came', () => {
    const now = Date.parse('2026-03-02T13:00:00Z');
    const list = days(
        [
            {
                t: Date.parse('2026-03-01T12:00:00Z'),
                arrivals: 4,
                counted: 4,
                kept: 3,
                unsure: 1,
                answered: 2,
                waitSumS: 30,
                maxS: 20,
            },
        ],
        { nowMs: now, timezone: 'Europe/London', dayStart: '04:00' },
        3,
        [{ why: 'before', fromMs: 0, toMs: Date.parse('2026-03-01T11:00:00Z') }],
    );
    assert.deepEqual(
        list.map((d) => [d.known, d.part]),
        [
            [false, true],
            [true, true],
            [false, false],
        ],
    );
    assert.deepEqual(
        [list[1].arrivals, list[1].pct, list[1].low, list[1].high, list[1].meanS, list[1].maxS],
        [4, 75, 60, 80, 15, 20],
    );
    assert.equal(list[0].pct, null);
    assert.equal(level([]).pct, null);
});

test('days begin when the shop says', () => {
    const at = (iso) => ({ t: Date.parse(iso), arrivals: 1 });
    const shop = {
        nowMs: Date.parse('2026-03-02T05:30:00Z'),
        timezone: 'Asia/Kolkata',
        dayStart: '06:30',
    };
    const list = days([at('2026-03-02T00:45:00Z'), at('2026-03-02T01:00:00Z')], shop, 2);
    assert.deepEqual(
        list.map((d) => d.arrivals),
        [1, 1],
    );
    const day = dayOf({ ...shop, dayStartMs: list[1].t }, { dayStartMs: list[0].t });
    assert.deepEqual(day, { from: list[0].t, end: list[1].t, today: false });
});

test('shades grow with what was missed; few have none', () => {
    assert.deepEqual(
        [100, 90, 80, 70, 10, null].map((pct) => shade(pct, 10)),
        [0, 1, 2, 3, 4, null],
    );
    assert.equal(shade(0, 9), null);
});

test('retained figures as rows: the line at its longest, the level as it was last', () => {
    const series = {
        waiting: [
            [0, 20_000, 60_000],
            [4, 1, null],
        ],
        pct: [[0, 50_000], [80, 75]],
    };
    assert.deepEqual(retained(series, 0, 90_000), [
        { t: 60_000, waiting: null },
        { t: 0, waiting: 4, pct: 75 },
    ]);
    const long = Array.from({ length: 5000 }, (_, i) => i * 60_000);
    const rows = retained({ waiting: [long, long] }, 0, 5000 * 60_000);
    assert.ok(rows.length <= 100 && rows[0].t > rows[1].t);
});

test('the ring fills segment by segment', () => {
    const three = segments(3, 0.5);
    assert.equal(three[0].fillTo, three[0].to);
    assert.ok(three[1].fillTo > three[1].from && three[1].fillTo < three[1].to);
    assert.equal(three[2].fillTo, null);
    assert.ok(segments(12, 7).every((a) => a.fillTo === a.to));
});

test('an address names a view and what it shows; anything else is Now', () => {
    assert.deepEqual(route('#today/till%2F1'), { name: 'today', rest: ['till/1'] });
    assert.deepEqual(route('#wall'), { name: 'wall', rest: [] });
    for (const odd of ['', '#', '#../x', '#today%']) assert.equal(route(odd).name, 'now');
    assert.deepEqual(route('#today/%').rest, ['%']);
});

test('a promise is drawn where one that was heard fits what the records say', () => {
    const w = (t, daypart, waitS, inTarget, outcome = 'answered') => ({
        openedMs: t,
        daypart,
        waitS,
        inTarget,
        outcome,
    });
    const list = [
        w(1, 'a', 100, true),
        w(2, 'a', 130, false),
        w(10, 'b', 170, true),
        w(11, 'b', 190, false),
        w(12, 'b', 30, false, 'abandoned'),
        w(20, 'c', 500, true),
    ];
    assert.deepEqual(promises(list, [120, 180], 0, 30), [
        { fromMs: 0, toMs: 10, s: 120 },
        { fromMs: 10, toMs: 20, s: 180 },
        { fromMs: 20, toMs: 30, s: null },
    ]);
    assert.deepEqual(
        promises(list, [120], 0, 30).map((p) => p.s),
        [120, null, null],
    );
    assert.deepEqual(promises([], [18], 0, 9), [{ fromMs: 0, toMs: 9, s: 18 }]);
    assert.deepEqual(promises([], [], 0, 9), [{ fromMs: 0, toMs: 9, s: null }]);
});
