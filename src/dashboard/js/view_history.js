/**
 * History: day by day, as far as records were heard here (this browser's session with
 * the broker, and what it kept), and what the retained figures were since the page is
 * open. A day of which nothing is known is a gap, not a zero.
 */
import { clock, date, dayAdd, dayStart, hour, wait } from './time.js';
import { chart, dots, edge, line, midBars, rule, steps } from './view_chart.js';
import { attr, h, renew, show, text } from './view_dom.js';
import { hollow, ranges } from './view_marks.js';
import { chosen, picker } from './view_pick.js';
import { folded, table } from './view_table.js';
import { ENOUGH, days, known, level, retained, shade } from './view_sums.js';
import { percent, share } from './view_tile.js';

const HOUR = 3_600_000,
    REDRAW_MS = 5000;
const SPANS = [7, 28, 91];

/** Which hour hurts: a row a day, a column an hour, the figure in each. */
function heat(app, list, tz) {
    const { t } = app;
    const known = list.filter((d) => d.known);
    const present = known
        .flatMap((d) => d.quarters)
        .filter((x) => x.counted || x.arrivals)
        .map((x) => hour(x.t, tz));
    if (!present.length) return [];
    const first = Math.min(...present),
        last = Math.max(...present),
        columns = [];
    for (let i = first; i <= last; i++) columns.push(i);
    const cell = (own) => {
        const l = level(own),
            s = shade(l.pct, l.counted);
        return h(
            'td',
            {
                class: s !== null ? `h${s}` : l.pct === null ? null : 'few',
                title:
                    l.pct === null
                        ? t('hist.unknown')
                        : t('today.of', { kept: l.kept, n: l.counted }),
            },
            l.pct === null
                ? h('span', { class: 'sr' }, t('hist.unknown'))
                : l.counted < ENOUGH
                  ? `${l.kept}/${l.counted}`
                  : Math.round(l.pct),
        );
    };
    const row = (name, own) =>
        h(
            'tr',
            {},
            h('th', { scope: 'row' }, name),
            columns.map((c) => cell(own.filter((x) => hour(x.t, tz) === c))),
        );
    return h(
        'table',
        {},
        h('caption', { class: 'sr' }, t('hist.heat')),
        h(
            'thead',
            {},
            h(
                'tr',
                {},
                h('th', { scope: 'col' }, t('col.day')),
                columns.map((c) => h('th', { scope: 'col' }, String(c))),
            ),
        ),
        h(
            'tbody',
            {},
            [...known]
                .reverse()
                .slice(0, 28)
                .map((d) => row(date(d.t, tz, app.locale), d.quarters)),
            known.length > 1
                ? row(
                      t('hist.all'),
                      known.flatMap((d) => d.quarters),
                  )
                : null,
        ),
    );
}

function makeCharts(app) {
    const { t } = app,
        common = { sync: 'history' };
    const share = chart(app, {
        ...common,
        title: t('hist.level'),
        height: 210,
        yTick: (v) => `${v} %`,
        yMax: () => 104,
        yIncrs: [20, 25, 50],
        series: [dots('blue')],
        under: (u, d) => ranges(u, { x: d.x, low: d.low, high: d.high, name: 'blue' }),
        over: (u, d) => {
            rule(u, d.goal);
            hollow(u, d);
        },
    });
    const came = chart(app, {
        ...common,
        title: t('hist.came'),
        height: 130,
        yIncrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
        yMax: (d) => Math.max(4, ...d.ys[0].map((v) => v || 0)) * 1.1,
        series: [midBars('blue')],
    });
    const mean = chart(app, {
        ...common,
        title: t('hist.mean'),
        height: 150,
        yTick: (v) => wait(v),
        yIncrs: [5, 10, 15, 30, 60, 120, 300, 600, 1200],
        yMax: (d) => Math.max(20, ...d.ys[0].map((v) => v || 0)) * 1.2,
        series: [dots('blue')],
    });
    const kept = chart(app, {
        title: t('hist.retained'),
        sync: 'retained',
        height: 180,
        yTick: (v) => `${v} %`,
        yMax: () => 104,
        yIncrs: [20, 25, 50],
        series: [edge(), edge(), line('blue', { points: { show: true, size: 4 } })],
        bands: [{ series: [2, 1], fill: () => 'rgb(90 140 220 / 28%)' }],
        over: (u, d) => rule(u, d.goal),
    });
    const stood = chart(app, {
        title: t('hist.waiting'),
        sync: 'retained',
        height: 120,
        yIncrs: [1, 2, 5, 10, 20],
        yMax: (d) => Math.max(3, ...d.ys[0].map((v) => v || 0)) * 1.15,
        series: [steps('blue', 'blue-wash')],
    });
    return { share, came, mean, kept, stood };
}

function feedDays(app, parts, list, unit, st, gaps) {
    const tz = unit.timezone,
        from = list[0].t,
        to = list.at(-1).end;
    // Before the first record all is one gap; later, days on which nothing was heard.
    const before = Math.max(from, ...gaps.filter((g) => g.why === 'before').map((g) => g.toMs));
    const blank = list
        .filter((d) => !d.known && d.end > before)
        .map((d) => ({ fromMs: Math.max(d.t, before), toMs: d.end }));
    const base = { from, to, gaps: [...blank, ...gaps], tz, days: true };
    const mid = list.map((d) => (d.t + d.end) / 2000),
        of = (f) => list.map((d) => (d.known ? f(d) : null));
    parts.share.set({
        ...base,
        x: mid,
        ys: [of((d) => d.pct)],
        low: of((d) => d.low),
        high: of((d) => d.high),
        few: list.map((d) => d.counted > 0 && d.counted < ENOUGH),
        goal: st.target?.percent ?? null,
        note: list.some((d) => d.counted > 0 && d.counted < ENOUGH) ? app.t('hist.few') : '',
    });
    parts.came.set({ ...base, x: mid, ys: [of((d) => d.arrivals)] });
    parts.mean.set({ ...base, x: mid, ys: [of((d) => d.meanS)] });
}

/** Figures as they were retained, since the page is open; nothing heard is a gap. */
function feedRetained(app, parts, unit, st, since) {
    const { model } = app,
        get = (name) => model.series(unit.key, st.id, name);
    const levels = get('service_level_pct'),
        lows = get('service_level_low_pct'),
        highs = get('service_level_high_pct');
    const [ms, pct] = levels,
        low = lows[1],
        high = highs[1];
    const [at, waiting] = get('waiting');
    // Each change is said at once: what was said last still holds, while the unit speaks.
    if (known(st.fresh) && at.length && waiting.at(-1) !== null && unit.nowMs > at.at(-1)) {
        at.push(unit.nowMs);
        waiting.push(waiting.at(-1));
    }
    const all = [...ms, ...at];
    show(parts.kept.el, ms.length > 0);
    show(parts.stood.el, at.length > 0);
    show(since.el, all.length > 0);
    if (!all.length) return;
    const from = Math.min(ms[0] ?? Infinity, at[0] ?? Infinity),
        to = Math.max(unit.nowMs, from + 10 * 60_000);
    const base = { from, to, tz: unit.timezone, gaps: [] };
    const rows = retained(
        {
            waiting: [at, waiting],
            pct: levels,
            low: lows,
            high: highs,
            n: get('window_counted'),
        },
        from,
        to,
    );
    since.set([unit.key, st.id, rows], () => sinceTable(app, rows, unit, st));
    const holes = (t, v) =>
        t.flatMap((x, i) =>
            v[i] === null && i > 0 ? [{ fromMs: t[i - 1], toMs: t[i + 1] ?? to }] : [],
        );
    if (ms.length)
        parts.kept.set({
            ...base,
            x: ms.map((x) => x / 1000),
            ys: [low, high, pct],
            goal: st.target?.percent ?? null,
            note: app.t('hist.window', { n: st.target?.window_min ?? 60 }),
        });
    if (at.length)
        parts.stood.set({
            ...base,
            gaps: holes(at, waiting),
            x: at.map((x) => x / 1000),
            ys: [waiting],
        });
}

function sinceTable(app, rows, unit, st) {
    const { t } = app;
    return table(
        `${t('hist.since')}: ${t('hist.window', { n: st.target?.window_min ?? 60 })}`,
        ['col.time', 'hist.waiting', 'col.counted', 'col.kept', 'hist.low', 'hist.high'].map(
            (k, i) => ({ t: t(k), num: i > 0 }),
        ),
        rows.map((r) => [
            `${date(r.t, unit.timezone, app.locale)} ${clock(r.t, unit.timezone, app.locale)}`,
            r.waiting ?? '–',
            r.n ?? '–',
            percent(app, r.pct),
            percent(app, r.low),
            percent(app, r.high),
        ]),
    );
}

function dayTable(app, list, tz) {
    const { t } = app;
    return table(
        t('hist.figures'),
        [
            'col.day',
            'col.came',
            'col.answered',
            'col.counted',
            'col.kept',
            'hist.low',
            'hist.high',
            'hist.mean_short',
            'hist.longest',
        ].map((k, i) => ({ t: t(k), num: i > 0 })),
        [...list]
            .reverse()
            .map((d) =>
                d.known
                    ? [
                          d.part
                              ? t('hist.part', { date: date(d.t, tz, app.locale) })
                              : date(d.t, tz, app.locale),
                          d.arrivals,
                          d.answered,
                          d.counted,
                          share(app, d.kept, d.counted),
                          percent(app, d.low),
                          percent(app, d.high),
                          wait(d.meanS),
                          wait(d.maxS),
                      ]
                    : [date(d.t, tz, app.locale), ...Array(8).fill('–')],
            ),
    );
}

export function historyView(app, root) {
    const { t, model } = app;
    const title = h('h2', { class: 'viewtitle' }, t('nav.history')),
        held = h('p', { class: 'soft' });
    const pick = picker(app, 'history'),
        length = h('span', { class: 'apart', role: 'group', 'aria-label': t('hist.span') });
    let span = 7,
        last = 0,
        key = '',
        version = null;
    const press = SPANS.map((n) =>
        h(
            'button',
            {
                type: 'button',
                class: 'act',
                onclick: () => {
                    span = n;
                    key = '';
                    redraw();
                },
            },
            t('hist.days', { n }),
        ),
    );
    length.append(...press);
    const parts = makeCharts(app),
        map = h('div', {
            class: 'heat',
            tabindex: 0,
            role: 'region',
            'aria-label': t('hist.heat'),
        });
    const head = h('h3', { class: 'stationname' }),
        rows = folded(t('hist.figures')),
        sinceRows = folded(t('hist.since_figures')),
        memory = {};
    const heatTitle = h('h4', {}, t('hist.heat')),
        heatNote = h('p', { class: 'soft small' }, t('hist.heat_note'));
    const panel = h(
        'section',
        { class: 'card panel' },
        h('div', { class: 'panelhead' }, head),
        parts.share.el,
        parts.came.el,
        parts.mean.el,
        heatTitle,
        map,
        heatNote,
        rows.el,
    );
    const since = h(
        'section',
        { class: 'card panel' },
        h('h3', { class: 'stationname' }, t('hist.since')),
        parts.kept.el,
        parts.stood.el,
        sinceRows.el,
    );
    const bar2 = h('div', { class: 'bar2' }, pick.el, length);
    root.append(title, held, bar2, panel, since);
    let args = null;
    function redraw() {
        if (!args) return;
        const [units, at] = args,
            now = chosen(units, at.rest, memory);
        for (const el of [bar2, panel, since]) show(el, now);
        if (!now) return;
        const { unit, st } = now,
            id = `${unit.key} ${st.id} ${span}`;
        pick.update(units, now);
        press.forEach((b, i) => attr(b, 'aria-pressed', String(SPANS[i] === span)));
        const stamp = performance.now();
        if (key === id && (version === model.version || stamp - last < REDRAW_MS)) return;
        key = id;
        last = stamp;
        version = model.version;
        const tz = unit.timezone,
            from = dayAdd(unit.nowMs, 1 - span, tz, unit.dayStart),
            gaps = model.gaps(unit.key, { from, to: unit.nowMs });
        const list = days(
            model.quarters(unit.key, { station: st.id, from, to: unit.nowMs + HOUR }),
            unit,
            span,
            gaps,
        );
        const r = unit.records;
        text(
            held,
            r.sinceMs === null || r.sinceMs === undefined
                ? t('hist.nothing')
                : t('hist.held', {
                      n: r.held,
                      date: date(dayStart(r.sinceMs, tz, unit.dayStart), tz, app.locale),
                  }) + (r.missing ? ` ${t('hist.missing', { n: r.missing })}` : '') +
                      (app.connection.state.persistent ? '' : ` ${t('link.why.taken')}`),
        );
        text(head, st.name);
        feedDays(app, parts, list, unit, st, gaps);
        feedRetained(app, parts, unit, st, sinceRows);
        renew(map, [id, list.map((d) => d.quarters.map((x) => [x.t, x.counted, x.kept]))], () =>
            heat(app, list, tz),
        );
        show(heatTitle, map.firstChild);
        show(heatNote, map.firstChild);
        rows.set([id, list.map((d) => [d.t, d.part, d.arrivals, d.counted, d.kept, d.unsure])], () =>
            dayTable(app, list, tz),
        );
    }
    return {
        update(units, at) {
            args = [units, at];
            redraw();
        },
    };
}
