/**
 * Today: the stations side by side, then one of them through the day: how sure its level
 * is, the waits, who came, the line, the alerts and the smiles on one time axis.
 * Figures are the unit's own; the charts are of the records that were heard here.
 */
import { clock, dateLong, wait } from './time.js';
import { bars, chart, edge, line, rule, stepPath, steps } from './view_chart.js';
import { bar } from './view_dial.js';
import { attr, h, renew, show, text } from './view_dom.js';
import { band, spans, votes, waits } from './view_marks.js';
import { address, chosen, picker, places } from './view_pick.js';
import { folded, table } from './view_table.js';
import { bounds, extent, promises, running } from './view_sums.js';
import { levelTone, percent, promise, verdict } from './view_tile.js';

const STEP = 900_000;
const REDRAW_MS = 4000;

/** All stations in a table with bars; a name leads to its charts. */
function compare(app) {
    const { t } = app, place = h('div', { class: 'card compare' });
    function row({ unit, st }, many) {
        const b = bounds(st), m = st.metrics, strip = bar(), live = st.fresh === 'live';
        strip.update(b);
        strip.el.classList.add(live ? levelTone(b) : 'none');
        const name = h('a', { href: address('today', { unit, st }, many) }, many ? `${unit.name}: ${st.name}` : st.name);
        return [h('span', {}, name, live ? null : h('small', { class: 'stale' }, t(st.fresh === 'stale' ? 'fresh.old' : `fresh.${st.fresh}`))),
            h('div', { class: 'kept' }, h('b', {}, percent(app, b.pct, b.goal)), strip.el, live ? verdict(app, b) : ''),
            st.state?.today_arrivals ?? '–', wait(m?.day_p50_s ?? null), wait(m?.day_p90_s ?? null),
            percent(app, st.state?.coverage_pct ?? null)];
    }
    return {
        el: place,
        update(units) {
            const all = places(units), many = units.length > 1;
            renew(place, all.map(({ unit, st }) => [unit.key, st.id, st.name, st.fresh, bounds(st), st.state?.today_arrivals, st.state?.coverage_pct, st.metrics?.day_p50_s, st.metrics?.day_p90_s]), () =>
                table(t('today.compare'), [{ t: t('col.station') }, { t: t('col.kept') }, { t: t('col.came'), num: 1 }, { t: t('fact.median'), num: 1 }, { t: t('fact.p90'), num: 1 }, { t: t('col.seen'), num: 1 }],
                    all.map((x) => row(x, many))));
        },
    };
}

/** What the level of today is, in a sentence with its bounds. */
function sentence(app, st) {
    const { t } = app, b = bounds(st), m = st.metrics;
    if (b.pct === null) return t('level.nothing');
    if (b.low === null) return ''; // the metrics are of earlier, and say something else
    return b.high - b.low < 0.05 ? t('today.sure', { n: m.day_counted })
        : t('today.unsure', { low: percent(app, b.low), high: percent(app, b.high), n: m.day_unsure ?? 0 });
}

function dayparts(app) {
    const { t } = app, el = h('div', { class: 'card parts' });
    return {
        el,
        update(st) {
            const parts = Object.entries(st.metrics?.dayparts || {});
            show(el, parts.length > 0);
            renew(el, [st.id, st.target?.percent, parts], () => [h('h3', {}, t('today.dayparts')),
                h('ul', {}, parts.map(([name, p]) => {
                    const strip = bar(), goal = st.target?.percent ?? null;
                    strip.update({ pct: p.pct, low: null, high: null, goal });
                    strip.el.classList.add(p.pct !== null && goal !== null && p.pct < goal ? 'late' : 'ok');
                    return h('li', {}, h('span', { class: 'name' }, name), strip.el,
                        h('span', {}, h('b', {}, percent(app, p.pct)), ' ', h('small', {}, p.counted ? t('today.of', { kept: p.kept, n: p.counted }) : t('today.none'))));
                }))]);
        },
    };
}

function charts(app, readout) {
    const { t } = app;
    const common = { sync: 'today', onCursor: readout };
    const level = chart(app, { ...common, title: t('chart.level'), height: 190, yTick: (v) => `${v} %`, yMax: () => 102, yIncrs: [20, 25, 50],
        series: [edge({ paths: stepPath() }), edge({ paths: stepPath() }), line('blue', { paths: stepPath() })],
        bands: [{ series: [2, 1], fill: () => 'rgb(90 140 220 / 28%)' }],
        over: (u, d) => rule(u, d.goal) });
    const waited = chart(app, { ...common, title: t('chart.waits'), height: 250, yTick: (v) => wait(v), yMax: (d) => d.top,
        yIncrs: [5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600],
        series: [edge()], under: (u, d) => band(u, d),
        over: (u, d) => { waits(u, d.list); for (const p of d.promised) rule(u, p.s, 'ink', p.fromMs, p.toMs); } });
    const came = chart(app, { ...common, title: t('chart.came'), height: 120, yIncrs: [1, 2, 5, 10, 20, 50, 100, 200],
        yMax: (d) => Math.max(4, ...d.ys[0].map((v) => v || 0)) * 1.1, series: [bars('blue')] });
    const stood = chart(app, { ...common, title: t('chart.line'), height: 110, yIncrs: [1, 2, 5, 10, 20, 50],
        yMax: (d) => Math.max(3, ...d.ys[0].map((v) => v || 0)) * 1.15, series: [steps('blue', 'blue-wash')] });
    const alarm = chart(app, { ...common, title: t('chart.alerts'), height: 112, noY: true, yMax: () => 1, series: [edge()], over: (u, d) => spans(u, d) });
    const smile = chart(app, { ...common, title: t('chart.smiles'), height: 112, noY: true, yMax: () => 1, series: [edge()], over: (u, d) => votes(u, d.list) });
    return { level, waited, came, stood, alarm, smile };
}

const alertColour = (a) => a.rule === 'wait' ? { critical: 'crit', late: 'late', at_risk: 'risk' }[a.level] || 'late' : a.rule === 'sensor' ? 'late' : 'risk';

const heard = new Map();

/** Thresholds that a station had while the page was open, its usual one first. */
function thresholds(unit, st) {
    const key = `${unit.key} ${st.id}`;
    const found = heard.get(key) || [];
    for (const s of [st.target?.seconds, st.state?.threshold_s]) {
        if (s !== null && s !== undefined && !found.includes(s)) found.push(s);
    }
    heard.set(key, found.slice(-16));
    return found;
}

/** All charts from what the model holds. */
function feed(app, parts, unit, st) {
    const { t, model } = app, of = { station: st.id, from: unit.dayStartMs, to: unit.nowMs + 1000 };
    const list = model.waits(unit.key, of);
    const { from, to } = extent(unit, list);
    const gaps = model.gaps(unit.key, { from, to }), tz = unit.timezone;
    const buckets = model.buckets(unit.key, { station: st.id, from, to, stepMs: STEP });
    const past = buckets.filter((b) => b.t <= unit.nowMs);
    const base = { from, to, gaps, tz }, ends = [from / 1000, to / 1000], none = [[null, null]];
    const run = running(list);
    parts.level.set({ ...base, x: run.x.length ? run.x : ends, ys: run.x.length ? [run.low, run.high, run.pct] : [...none, ...none, ...none], goal: st.target?.percent ?? null });
    const promised = st.state?.threshold_s ?? st.target?.seconds ?? null;
    const p90 = Math.max(0, ...buckets.map((b) => b.p90S || 0));
    const longest = list.reduce((m, w) => Math.max(m, w.waitS || 0), 0);
    const top = Math.max(20, Math.min(longest * 1.05, Math.max((promised || 0) * 2.4, p90 * 1.1)), (promised || 0) * 1.25);
    parts.waited.set({ ...base, x: ends, ys: none, top, buckets, stepMs: STEP, list, promised: promises(list, thresholds(unit, st), from, to),
        note: `${t('nav.now')}: ${promise(app, st)}` });
    const x = past.map((b) => b.t / 1000);
    parts.came.set({ ...base, x, ys: [past.map((b) => b.arrivals)] });
    parts.stood.set({ ...base, x, ys: [past.map((b) => b.lineMax)] });
    const rules = model.alertSpans(unit.key, { from, to }).filter((a) => a.station === st.id || (!a.station && a.rule !== 'wait'));
    const rows = [...new Set(rules.map((a) => a.rule))].map((r) => ({ rule: r, label: t(`rule.${r}`), spans: rules.filter((a) => a.rule === r), colour: alertColour }));
    parts.alarm.set({ ...base, x: ends, ys: none, rows, now: unit.nowMs, note: rows.length ? '' : t('today.no_alert') });
    const given = model.votes(unit.key, { from, to }).filter((v) => v.score !== null && (!v.waitStation || v.waitStation === st.id));
    parts.smile.set({ ...base, x: ends, ys: none, list: given, note: t('today.votes', { n: given.length }) });
    return { buckets: past, list, rules, gaps };
}

function figures(app, unit, buckets) {
    const { t } = app, time = (ms) => clock(ms, unit.timezone, app.locale);
    return table(t('today.figures'), ['col.time', 'col.came', 'col.answered', 'col.gave_up', 'col.kept', 'fact.median', 'fact.p90', 'col.line'].map((k, i) => ({ t: t(k), num: i > 0 })),
        buckets.filter((b) => b.arrivals || b.counted || b.answered).map((b) => [time(b.t), b.arrivals, b.answered, b.abandoned, percent(app, b.pct), wait(b.p50S), wait(b.p90S), b.lineMax ?? '–']));
}

function alertTable(app, unit, rules) {
    const { t } = app, time = (ms) => ms === null ? t('today.still') : clock(ms, unit.timezone, app.locale);
    return table(t('chart.alerts'), ['col.alert', 'col.from', 'col.to', 'col.seen_by'].map((k, i) => ({ t: t(k), num: i > 0 && i < 3 })),
        rules.map((a) => [t(`rule.${a.rule}`), time(a.fromMs), time(a.toMs), t(a.acked ? 'alert.acked' : 'today.unseen')]));
}

export function todayView(app, root) {
    const { t, model } = app;
    const title = h('h2', { class: 'viewtitle' }), held = h('p', { class: 'soft' });
    const side = compare(app), pick = picker(app, 'today');
    const head = h('h3', { class: 'stationname' }), says = h('p', { class: 'soft' }), readout = h('p', { class: 'readout', 'aria-hidden': 'true' });
    let shown = null, last = 0, lastKey = '', lastVersion = null;
    const onCursor = (ms) => {
        const b = ms === null || !shown ? null : shown.buckets.find((x) => ms >= x.t && ms < x.t + STEP);
        text(readout, !b ? t('today.point') : t('today.at', { from: clock(b.t, shown.tz, app.locale), to: clock(b.t + STEP, shown.tz, app.locale), n: b.arrivals,
            p50: wait(b.p50S), p90: wait(b.p90S), pct: percent(app, b.pct), line: b.lineMax ?? '–' }));
    };
    const parts = charts(app, onCursor), parted = dayparts(app);
    const key = h('p', { class: 'key' });
    for (const name of ['kept', 'late', 'gone', 'band', 'target', 'gap']) key.append(h('span', { class: `k ${name}` }, h('i', { 'aria-hidden': 'true' }), t(`key.${name}`)));
    const rows = folded(t('today.figures')), alarms = folded(t('today.alert_table'));
    const panel = h('section', { class: 'card panel' }, h('div', { class: 'panelhead' }, head, says), readout,
        parts.level.el, parts.waited.el, key, parts.came.el, parts.stood.el, parts.alarm.el, parts.smile.el, rows.el, alarms.el);
    root.append(title, held, side.el, pick.el, panel, parted.el);
    onCursor(null);
    return {
        update(units, at) {
            const now = chosen(units, at.rest);
            for (const el of [side.el, pick.el, panel, parted.el]) show(el, now);
            for (const { unit, st } of places(units)) thresholds(unit, st);
            if (!now) return text(title, t('now.empty'));
            const { unit, st } = now, id = `${unit.key} ${st.id} ${at.name}`;
            text(title, `${t('nav.today')}, ${dateLong(unit.nowMs, unit.timezone, app.locale)}`);
            const since = unit.records.sinceMs;
            text(held, since === null || since === undefined ? t('today.no_records')
                : since > unit.dayStartMs ? t('today.since', { time: clock(since, unit.timezone, app.locale) }) : t('today.whole'));
            side.update(units);
            pick.update(units, now);
            text(head, st.name);
            attr(panel, 'data-station', st.id);
            renew(says, [st.fresh, bounds(st), st.metrics?.day_counted, st.metrics?.day_unsure], () => [h('b', {}, percent(app, bounds(st).pct, bounds(st).goal)), ' ', t(st.fresh === 'live' ? 'level.kept' : 'level.then'), ' ', sentence(app, st), ' ', st.fresh === 'live' ? verdict(app, bounds(st)) : '']);
            parted.update(st);
            const stamp = performance.now();
            if (lastKey === id && (lastVersion === model.version || stamp - last < REDRAW_MS)) return;
            last = stamp;
            lastKey = id;
            lastVersion = model.version;
            shown = { ...feed(app, parts, unit, st), tz: unit.timezone };
            rows.set([id, shown.buckets], () => figures(app, unit, shown.buckets));
            alarms.set([id, shown.rules], () => alertTable(app, unit, shown.rules), t('today.alert_count', { n: shown.rules.length }));
        },
    };
}
