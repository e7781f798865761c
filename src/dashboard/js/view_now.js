/**
 * Now: a sentence that says it all, the alerts, a tile for each station, the sensors.
 * The same for the wall, where the style sheet makes it large.
 */
import { span, wait } from './time.js';
import { button } from './view_command.js';
import { attr, h, keyed, renew, s, show, text } from './view_dom.js';
import { levelClass, sign, word } from './view_shapes.js';
import { known, today, worst } from './view_sums.js';
import { percent, voteTile, waitTile } from './view_tile.js';

function hero(app) {
    const { t } = app;
    const line = h('h2'),
        under = h('p');
    const el = h('div', { class: 'hero' }, line, under);
    function update(unit) {
        const stations = unit.stations.filter((st) => st.kind !== 'feedback');
        const live = stations.filter((st) => known(st.fresh));
        const blind = stations.filter(
            (st) => !known(st.fresh) || st.word === 'blind' || st.word === 'none',
        );
        const n = live.reduce(
            (sum, st) => sum + (blind.includes(st) ? 0 : st.state?.people || 0),
            0,
        );
        const first = worst(stations),
            level = first ? levelClass(first.word) : 'ok';
        const closed = live.length > 0 && live.every((st) => st.word === 'closed');
        const time = first ? wait(first.oldestS, app.locale) : '';
        renew(
            line,
            [live.length, blind.length, n, first?.id, first?.word, time, closed, unit.fresh],
            () => {
                if (!live.length)
                    return t(`hero.${known(unit.fresh) ? 'unknown' : unit.fresh}`);
                if (!first)
                    return t(
                        closed
                            ? 'hero.closed'
                            : blind.length
                              ? 'hero.unseen_nobody'
                              : 'hero.nobody',
                    );
                return [
                    t('hero.wait', { n }),
                    ' ',
                    h(
                        'span',
                        { class: level },
                        t(`hero.longest_${level}`, { wait: time, name: first.name }),
                    ),
                ];
            },
        );
        const { judged, below, unsure } = today(stations);
        const unseen =
            live.length && blind.length
                ? `${t('hero.unseen', { names: blind.map((st) => st.name).join(', ') })} `
                : '';
        text(
            under,
            unseen +
                (!live.length
                    ? ''
                    : !judged.length
                      ? t('hero.day_none')
                      : below.length
                        ? t('hero.below', {
                              names: below
                                  .map(
                                      (st) =>
                                          `${st.name} ${percent(app, st.state.today_pct, st.target.percent)}`,
                                  )
                                  .join(', '),
                          })
                        : unsure.length
                          ? t('hero.not_sure', { names: unsure.map((st) => st.name).join(', ') })
                          : judged.length > 1 && judged.length === stations.filter((st) => st.target).length
                            ? t('hero.all_met')
                            : t('hero.met', { names: judged.map((st) => st.name).join(', ') })),
        );
    }
    return { el, update };
}

function alertName(app, unit, a) {
    const st = unit.stations.find((x) => x.id === a.station);
    const sensor = unit.inputs.find((x) => x.id === a.sensor);
    return `${st?.name || sensor?.name || a.station || a.sensor || unit.name}: ${app.t.known(`rule.${a.rule}`, a.rule)}`;
}

/** A raised alert as a line. Live alerts only: an old one is not said as news. */
function alertRow(app) {
    const { t } = app;
    let alert = null;
    const mark = h('span'),
        what = h('span'),
        since = h('small');
    const ack = button(
        app,
        'ack',
        () => ({ alert: alert.id }),
        'act',
        () => t('cmd.ack'),
    );
    const el = h('div', { class: 'alert' }, mark, h('div', { class: 'what' }, what, since), ack.el);
    function update({ unit, a }) {
        alert = a;
        const level =
            a.rule === 'wait' ? levelClass(a.level) : a.rule === 'sensor' ? 'late' : 'risk';
        attr(el, 'class', `alert ${level === 'none' ? 'risk' : level} ${a.acked ? 'acked' : ''}`);
        renew(mark, [level, a.acked], () =>
            word(level === 'none' ? 'risk' : level, t(a.acked ? 'alert.acked' : 'alert.raised')),
        );
        text(what, alertName(app, unit, a));
        text(
            since,
            a.sinceMs === null
                ? ''
                : t('alert.since', { age: span(Math.max(0, (unit.nowMs - a.sinceMs) / 1000), t) }),
        );
        ack.update(unit.key, !a.acked && known(unit.fresh));
    }
    return { el, update };
}

/** Sensors, figures of the unit itself, and silence. */
function health(app) {
    const { t } = app;
    const sum = h('span'),
        list = h('ul'),
        own = h('p', { class: 'soft' });
    const mute = button(
        app,
        'mute',
        () => ({ seconds: 600 }),
        'act',
        () => t('cmd.mute', { n: 10 }),
    );
    const unmute = button(
        app,
        'mute',
        () => ({ seconds: 0 }),
        'act',
        () => t('cmd.unmute'),
    );
    const el = h(
        'details',
        { class: 'card health' },
        h('summary', {}, sum),
        list,
        h('div', { class: 'muting' }, mute.el, unmute.el),
        own,
    );
    function update(unit) {
        const live = known(unit.fresh);
        const bad = unit.inputs.filter((i) => i.health && !i.ok);
        renew(sum, [live, unit.inputs.length, bad.map((i) => [i.id, i.health])], () =>
            !live
                ? word('none', t('health.unknown'))
                : bad.length
                  ? [
                        word('late', t('health.bad', { n: bad.length, all: unit.inputs.length })),
                        ' ',
                        bad.map((i) => `${i.name} (${t.known(`health.${i.health}`, i.health)})`).join(', '),
                    ]
                  : [word('ok', t('health.good', { n: unit.inputs.length }))],
        );
        if (el.open) {
            renew(list, [live, unit.inputs.map((i) => [i.id, i.state, i.health])], () =>
                unit.inputs.map((i) =>
                    h(
                        'li',
                        {},
                        h('span', {}, i.name),
                        h(
                            'span',
                            { class: i.ok || !i.health ? 'soft' : 'answer bad' },
                            !live
                                ? t('health.unknown')
                                : `${t(i.state === 'ON' ? 'input.on' : i.state === 'OFF' ? 'input.off' : 'input.unknown')} · ${i.health ? t.known(`health.${i.health}`, i.health) : t('fresh.unknown')}`,
                        ),
                    ),
                ),
            );
        }
        const m = unit.metrics;
        text(
            own,
            m && live
                ? t('own.figures', {
                      outbox: m.outbox ?? '–',
                      lost: m.lost ?? '–',
                      up: m.uptime_s === null ? '–' : span(m.uptime_s, t),
                  }) +
                      (m.clock_synced === 0 ? ` ${t('own.clock')}` : '')
                : '',
        );
        mute.update(unit.key, live);
        unmute.update(unit.key, live);
    }
    return { el, update };
}

function unitPart(app) {
    const name = h('h2', { class: 'unitname' }),
        head = hero(app),
        alerts = h('div', { class: 'alerts' });
    const tiles = h('div', { class: 'tiles' }),
        sensors = health(app);
    const el = h('div', { class: 'unit' }, name, head.el, alerts, tiles, sensors.el);
    function update({ unit, many }) {
        text(name, many ? `${unit.name} · ${unit.unit}` : '');
        show(name, many);
        attr(el, 'data-unit', unit.key);
        attr(el, 'data-fresh', unit.fresh);
        head.update(unit);
        const raised =
            known(unit.fresh) ? unit.alerts.filter((a) => a.active && a.rule !== 'wait') : [];
        keyed(
            alerts,
            raised.map((a) => ({ unit, a })),
            (x) => x.a.id,
            () => alertRow(app),
        );
        keyed(
            tiles,
            unit.stations,
            (st) => `${st.id} ${st.kind}`, // the kind may be heard of after the state
            (st) => {
                const part = st.kind === 'feedback' ? voteTile(app) : waitTile(app);
                return { el: part.el, update: (x) => part.update(x, unitNow(app, unit.key)) };
            },
        );
        attr(tiles, 'style', `--tiles:${unit.stations.length}`);
        attr(tiles, 'data-tiles', unit.stations.length);
        sensors.update(unit);
    }
    return { el, update };
}

let frameUnits = new Map();
function unitNow(app, key) {
    return frameUnits.get(key) || app.model.unit(key);
}

/** Alerts are said to screen readers when they are raised, once, politely. */
function speaker(app) {
    const place = document.getElementById('say');
    const said = new Set();
    let first = true;
    return (_, units) => {
        const fresh = [];
        for (const unit of units) {
            for (const a of unit.alerts) {
                const key = `${unit.key} ${a.id}`;
                const is = a.active && !a.acked && unit.fresh === 'live';
                if (is && !said.has(key) && !first) fresh.push(alertName(app, unit, a));
                if (is) said.add(key);
                else said.delete(key);
            }
        }
        if (units.length) first = false;
        // A new element each time: the same words twice are news twice.
        if (fresh.length) place.replaceChildren(h('p', {}, fresh.join('. ')));
    };
}

export function nowView(app, root) {
    const { t } = app;
    const empty = h(
        'div',
        { class: 'waiting' },
        s(
            'svg',
            { viewBox: '0 0 32 32', 'aria-hidden': 'true' },
            s('circle', { cx: 16, cy: 16, r: 2 }),
            s('path', { d: 'M16 7.2a8.8 8.8 0 1 1-8.8 8.8' }),
            s('path', { d: 'M16 2a14 14 0 1 1-14 14' }),
        ),
        h('p', {}, t('now.empty')),
    );
    const list = h('div');
    root.append(h('h2', { class: 'sr' }, t('nav.now')), empty, list);
    const speak = speaker(app);
    return {
        update(units) {
            frameUnits = new Map(units.map((u) => [u.key, u]));
            show(empty, units.length === 0);
            keyed(
                list,
                units.map((unit) => ({ unit, many: units.length > 1 })),
                (x) => x.unit.key,
                () => unitPart(app),
            );
        },
        speak,
    };
}
