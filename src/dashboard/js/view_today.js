/**
 * Today: the stations side by side, then one of them through the day: how sure its level
 * is, the waits, who came, the line, the alerts and the smiles on one time axis.
 * Figures are the unit's own; the charts are of the records that were heard here.
 */
import { clock, dateLong, wait } from './time.js';
import { STEP, charts, feed, thresholds } from './view_day.js';
import { bar } from './view_dial.js';
import { attr, h, renew, show, text } from './view_dom.js';
import { address, chosen, picker, places } from './view_pick.js';
import { folded, table } from './view_table.js';
import { ENOUGH, bounds, dayOf, known, ofToday } from './view_sums.js';
import { levelLabel, levelTone, percent, share, verdict } from './view_tile.js';

const REDRAW_MS = 4000;

/** All stations in a table with bars; a name leads to its charts. */
function compare(app) {
    const { t } = app,
        place = h('div', { class: 'card compare' });
    function row({ unit, st }, many) {
        const b = bounds(st),
            m = st.day,
            strip = bar(),
            live = known(st.fresh),
            now = ofToday(st);
        strip.update(b);
        strip.el.classList.add(now ? levelTone(b) : 'none');
        const name = h(
            'a',
            { href: address('today', { unit, st }, many) },
            many ? `${unit.name}: ${st.name}` : st.name,
        );
        return [
            h(
                'span',
                {},
                name,
                live
                    ? null
                    : h(
                          'small',
                          { class: 'stale' },
                          t(st.fresh === 'stale' ? 'fresh.old' : `fresh.${st.fresh}`),
                      ),
                st.today === false
                    ? h('small', { class: 'stale' }, levelLabel(app, unit, st, b.pct))
                    : null,
            ),
            h(
                'div',
                { class: 'kept' },
                h('b', {}, percent(app, b.pct, b.goal)),
                strip.el,
                now ? verdict(app, b) : '',
            ),
            st.state?.today_arrivals ?? '–',
            wait(m?.day_p50_s ?? null),
            wait(m?.day_p90_s ?? null),
            percent(app, st.state?.coverage_pct ?? null),
        ];
    }
    return {
        el: place,
        update(units) {
            const all = places(units),
                many = units.length > 1;
            renew(
                place,
                all.map(({ unit, st }) => [
                    unit.key,
                    st.id,
                    st.name,
                    st.fresh,
                    st.today,
                    st.dayStartMs,
                    bounds(st),
                    st.state?.today_arrivals,
                    st.state?.coverage_pct,
                    st.day?.day_p50_s,
                    st.day?.day_p90_s,
                ]),
                () =>
                    table(
                        t('today.compare'),
                        [
                            { t: t('col.station') },
                            { t: t('col.kept') },
                            { t: t('col.came'), num: 1 },
                            { t: t('fact.median'), num: 1 },
                            { t: t('fact.p90'), num: 1 },
                            { t: t('col.seen'), num: 1 },
                        ],
                        all.map((x) => row(x, many)),
                    ),
            );
        },
    };
}

/** What the level of today is, in a sentence with its bounds. */
function sentence(app, st) {
    const { t } = app,
        b = bounds(st),
        m = st.day;
    if (b.pct === null) return '';
    if (b.low === null) return ''; // the metrics are of earlier, and say something else
    return b.high - b.low < 0.05
        ? t('today.sure', { n: m.day_counted })
        : t('today.unsure', {
              low: percent(app, b.low),
              high: percent(app, b.high),
              n: m.day_unsure ?? 0,
          });
}

function dayparts(app) {
    const { t } = app,
        el = h('div', { class: 'card parts' });
    return {
        el,
        update(st) {
            const parts = Object.entries(st.day?.dayparts || {});
            show(el, parts.length > 0);
            renew(el, [st.id, ofToday(st), st.target?.percent, parts], () => [
                h('h3', {}, t('today.dayparts')),
                h(
                    'ul',
                    {},
                    parts.map(([name, p]) => {
                        const strip = bar(),
                            goal = st.target?.percent ?? null;
                        const b = { pct: p.pct, low: null, high: null, goal, n: p.counted };
                        strip.update(b);
                        strip.el.classList.add(ofToday(st) ? levelTone(b) : 'none');
                        return h(
                            'li',
                            {},
                            h('span', { class: 'name' }, name),
                            strip.el,
                            h(
                                'span',
                                {},
                                h('b', {}, share(app, p.kept, p.counted)),
                                ' ',
                                h(
                                    'small',
                                    {},
                                    !p.counted
                                        ? t('today.none')
                                        : p.counted < ENOUGH
                                          ? ''
                                          : t('today.of', { kept: p.kept, n: p.counted }),
                                ),
                            ),
                        );
                    }),
                ),
            ]);
        },
    };
}

function figures(app, unit, buckets) {
    const { t } = app,
        time = (ms) => clock(ms, unit.timezone, app.locale);
    return table(
        t('today.figures'),
        [
            'col.time',
            'col.came',
            'col.answered',
            'col.gave_up',
            'col.counted',
            'col.kept',
            'fact.median',
            'fact.p90',
            'col.line',
        ].map((k, i) => ({ t: t(k), num: i > 0 })),
        buckets
            .filter((b) => b.arrivals || b.counted || b.answered)
            .map((b) => [
                time(b.t),
                b.arrivals,
                b.answered,
                b.abandoned,
                b.counted,
                share(app, b.kept, b.counted),
                wait(b.p50S),
                wait(b.p90S),
                b.lineMax ?? '–',
            ]),
    );
}

function alertTable(app, unit, rules) {
    const { t } = app,
        time = (ms) => (ms === null ? t('today.still') : clock(ms, unit.timezone, app.locale));
    return table(
        t('chart.alerts'),
        ['col.alert', 'col.from', 'col.to', 'col.seen_by'].map((k, i) => ({
            t: t(k),
            num: i > 0 && i < 3,
        })),
        rules.map((a) => [
            t.known(`rule.${a.rule}`, a.rule),
            time(a.fromMs),
            time(a.toMs),
            t(a.acked ? 'alert.acked' : 'today.unseen'),
        ]),
    );
}

export function todayView(app, root) {
    const { t, model } = app;
    const title = h('h2', { class: 'viewtitle' }),
        held = h('p', { class: 'soft' });
    const side = compare(app),
        pick = picker(app, 'today');
    const head = h('h3', { class: 'stationname' }),
        says = h('p', { class: 'soft' }),
        readout = h('p', { class: 'readout', 'aria-hidden': 'true' });
    const memory = {};
    let shown = null,
        last = 0,
        lastKey = '',
        lastVersion = null;
    const onCursor = (ms) => {
        const b =
            ms === null || !shown ? null : shown.buckets.find((x) => ms >= x.t && ms < x.t + STEP);
        text(
            readout,
            !b
                ? t('today.point')
                : t('today.at', {
                      from: clock(b.t, shown.tz, app.locale),
                      to: clock(b.t + STEP, shown.tz, app.locale),
                      n: b.arrivals,
                      p50: wait(b.p50S),
                      p90: wait(b.p90S),
                      pct: share(app, b.kept, b.counted),
                      line: b.lineMax ?? '–',
                  }),
        );
    };
    const parts = charts(app, onCursor),
        parted = dayparts(app);
    const key = h('p', { class: 'key' });
    for (const name of ['kept', 'late', 'gone', 'band', 'target', 'gap'])
        key.append(
            h('span', { class: `k ${name}` }, h('i', { 'aria-hidden': 'true' }), t(`key.${name}`)),
        );
    const rows = folded(t('today.figures')),
        alarms = folded(t('today.alert_table'));
    const panel = h(
        'section',
        { class: 'card panel' },
        h('div', { class: 'panelhead' }, head, says),
        readout,
        parts.level.el,
        parts.waited.el,
        key,
        parts.came.el,
        parts.stood.el,
        parts.alarm.el,
        parts.smile.el,
        rows.el,
        alarms.el,
    );
    root.append(title, held, side.el, pick.el, panel, parted.el);
    onCursor(null);
    return {
        update(units, at) {
            const now = chosen(units, at.rest, memory);
            for (const el of [side.el, pick.el, panel, parted.el]) show(el, now);
            for (const { unit, st } of places(units)) thresholds(unit, st);
            if (!now) return text(title, t('now.empty'));
            const { unit, st } = now,
                id = `${unit.key} ${st.id} ${at.name}`;
            const day = dayOf(unit, st),
                name = dateLong(day.from, unit.timezone, app.locale);
            text(title, day.today ? `${t('nav.today')}, ${name}` : t('today.last', { date: name }));
            const since = unit.records.sinceMs;
            text(
                held,
                since === null || since === undefined
                    ? t('today.no_records')
                    : since > day.from
                      ? t('today.since', { time: clock(since, unit.timezone, app.locale) })
                      : t('today.whole'),
            );
            side.update(units);
            pick.update(units, now);
            text(head, st.name);
            attr(panel, 'data-station', st.id);
            renew(
                says,
                [st.fresh, st.today, st.dayStartMs, bounds(st), st.day?.day_unsure],
                () => [
                    h('b', {}, percent(app, bounds(st).pct, bounds(st).goal)),
                    ' ',
                    levelLabel(app, unit, st, bounds(st).pct),
                    ' ',
                    sentence(app, st),
                    ' ',
                    ofToday(st) ? verdict(app, bounds(st)) : '',
                ],
            );
            parted.update(st);
            const stamp = performance.now();
            if (lastKey === id && (lastVersion === model.version || stamp - last < REDRAW_MS))
                return;
            last = stamp;
            lastKey = id;
            lastVersion = model.version;
            shown = { ...feed(app, parts, unit, st), tz: unit.timezone };
            rows.set([id, shown.buckets], () => figures(app, unit, shown.buckets));
            alarms.set(
                [id, shown.rules],
                () => alertTable(app, unit, shown.rules),
                t('today.alert_count', { n: shown.rules.length }),
            );
        },
    };
}
