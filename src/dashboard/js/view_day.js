/** The charts of a station's day, and what they are fed with. */
import { wait } from './time.js';
import { bars, chart, edge, line, rule, stepPath, steps } from './view_chart.js';
import { band, spans, votes, waits } from './view_marks.js';
import { dayOf, extent, promises, running } from './view_sums.js';
import { promise } from './view_tile.js';

/** A quarter of an hour. */
export const STEP = 900_000;
const NONE = [[null, null]];

/** One time axis for all of them; readout(ms|null) hears where is pointed at. */
export function charts(app, readout) {
    const { t } = app;
    const common = { sync: 'today', onCursor: readout };
    const level = chart(app, {
        ...common,
        title: t('chart.level'),
        height: 190,
        yTick: (v) => `${v} %`,
        yMax: () => 102,
        yIncrs: [20, 25, 50],
        series: [
            edge({ paths: stepPath() }),
            edge({ paths: stepPath() }),
            line('blue', { paths: stepPath() }),
        ],
        bands: [{ series: [2, 1], fill: () => 'rgb(90 140 220 / 28%)' }],
        over: (u, d) => rule(u, d.goal),
    });
    const waited = chart(app, {
        ...common,
        title: t('chart.waits'),
        height: 250,
        yTick: (v) => wait(v),
        yMax: (d) => d.top,
        yIncrs: [5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600],
        series: [edge()],
        under: (u, d) => band(u, d),
        over: (u, d) => {
            waits(u, d.list);
            for (const p of d.promised) rule(u, p.s, 'ink', p.fromMs, p.toMs);
        },
    });
    const came = chart(app, {
        ...common,
        title: t('chart.came'),
        height: 120,
        yIncrs: [1, 2, 5, 10, 20, 50, 100, 200],
        yMax: (d) => Math.max(4, ...d.ys[0].map((v) => v || 0)) * 1.1,
        series: [bars('blue')],
    });
    const stood = chart(app, {
        ...common,
        title: t('chart.line'),
        height: 110,
        yIncrs: [1, 2, 5, 10, 20, 50],
        yMax: (d) => Math.max(3, ...d.ys[0].map((v) => v || 0)) * 1.15,
        series: [steps('blue', 'blue-wash')],
    });
    const alarm = chart(app, {
        ...common,
        title: t('chart.alerts'),
        height: 112,
        noY: true,
        yMax: () => 1,
        series: [edge()],
        over: (u, d) => spans(u, d),
    });
    const smile = chart(app, {
        ...common,
        title: t('chart.smiles'),
        height: 112,
        noY: true,
        yMax: () => 1,
        series: [edge()],
        over: (u, d) => votes(u, d.list),
    });
    return { level, waited, came, stood, alarm, smile };
}

const alertColour = (a) =>
    a.rule === 'wait'
        ? { critical: 'crit', late: 'late', at_risk: 'risk' }[a.level] || 'late'
        : a.rule === 'sensor'
          ? 'late'
          : 'risk';

const heard = new Map();

/** Thresholds that a station had while the page was open, its usual one first. */
export function thresholds(unit, st) {
    const key = `${unit.key} ${st.id}`;
    const found = heard.get(key) || [];
    for (const s of [st.target?.seconds, st.state?.threshold_s]) {
        if (s !== null && s !== undefined && !found.includes(s)) found.push(s);
    }
    heard.set(key, found.slice(-16));
    return found;
}

/** How far up the waits go: outliers beyond are drawn at the top. */
function highest(list, buckets, promised) {
    const p90 = Math.max(0, ...buckets.map((b) => b.p90S || 0));
    const longest = list.reduce((m, w) => Math.max(m, w.waitS || 0), 0);
    const most = Math.max(promised * 2.4, p90 * 1.1);
    return Math.max(20, Math.min(longest * 1.05, most), promised * 1.25);
}

function feedLevel(part, base, list, st) {
    const run = running(list),
        some = run.x.length > 0;
    part.set({
        ...base,
        x: some ? run.x : base.ends,
        ys: some ? [run.low, run.high, run.pct] : [...NONE, ...NONE, ...NONE],
        goal: st.target?.percent ?? null,
    });
}

function feedAlerts(app, part, base, rules, now, whole) {
    const names = [...new Set(rules.map((a) => a.rule))];
    const rows = names.map((name) => ({
        label: app.t.known(`rule.${name}`, name),
        spans: rules.filter((a) => a.rule === name),
        colour: alertColour,
    }));
    const note = rows.length ? '' : app.t(whole ? 'today.no_alert' : 'today.no_alert_heard');
    part.set({ ...base, x: base.ends, ys: NONE, rows, now, note });
}

/** A day that is over ends with what was last known of it. */
function asOf(unit, st, day, list) {
    if (day.today) return unit;
    const last = list.reduce((ms, w) => Math.max(ms, w.closedMs), st.saidMs ?? day.from);
    return { ...unit, dayStartMs: day.from, nowMs: Math.min(last, day.end - 1) };
}

/** Was nothing of that quarter of an hour heard here? Then it is no zero. */
const unheard = (gaps, b) =>
    !b.arrivals &&
    !b.lineMax &&
    gaps.some((g) => g.why !== 'records' && g.fromMs <= b.t && g.toMs >= b.t + STEP);

/** All charts from what the model holds; returns what the tables show, too. */
export function feed(app, parts, now, st) {
    const { t, model } = app;
    const day = dayOf(now, st);
    const list = model.waits(now.key, { station: st.id, from: day.from, to: day.end });
    const unit = asOf(now, st, day, list);
    const { from, to } = extent(unit, list);
    const gaps = model.gaps(unit.key, { from, to });
    const buckets = model.buckets(unit.key, { station: st.id, from, to, stepMs: STEP });
    const past = buckets.filter((b) => b.t <= unit.nowMs);
    const base = { from, to, gaps, tz: unit.timezone, ends: [from / 1000, to / 1000] };
    feedLevel(parts.level, base, list, st);
    parts.waited.set({
        ...base,
        x: base.ends,
        ys: NONE,
        top: highest(list, buckets, st.state?.threshold_s ?? st.target?.seconds ?? 0),
        buckets,
        stepMs: STEP,
        list,
        promised: promises(list, thresholds(unit, st), from, to),
        note: st.fresh === 'live' && day.today ? `${t('nav.now')}: ${promise(app, st)}` : '',
    });
    const x = past.map((b) => b.t / 1000),
        seen = (name) => past.map((b) => (unheard(gaps, b) ? null : b[name]));
    parts.came.set({ ...base, x, ys: [seen('arrivals')] });
    parts.stood.set({ ...base, x, ys: [seen('lineMax')] });
    const rules = model
        .alertSpans(unit.key, { from, to })
        .filter((a) => a.station === st.id || (!a.station && a.rule !== 'wait'));
    const whole = model.whole(unit.key, { from: day.from, to: unit.nowMs });
    feedAlerts(app, parts.alarm, base, rules, unit.nowMs, whole);
    const given = model
        .votes(unit.key, { from, to })
        .filter((v) => v.score !== null && (!v.waitStation || v.waitStation === st.id));
    const note = t(whole ? 'today.votes' : 'today.votes_heard', { n: given.length });
    parts.smile.set({ ...base, x: base.ends, ys: NONE, list: given, note });
    return { buckets: past, list, rules, gaps };
}
