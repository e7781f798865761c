/**
 * A chart on a time axis, by uPlot: axes in the shop's time, gaps hatched, colours of
 * the theme, one cursor over all charts of a group. What a chart says stands in a table
 * too (view_table.js); to a screen reader the picture is only its caption.
 */
import uPlot from 'uplot';
import { clock } from './time.js';
import { h, show, text } from './view_dom.js';

const AXIS_W = 54,
    FONT = '12px system-ui, sans-serif';
let colours = new Map();
window.addEventListener('tr-theme', () => {
    colours = new Map();
});

/** A colour of css/tokens.css, as it is in the present theme. */
export function ink(name) {
    let found = colours.get(name);
    if (!found) {
        found = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
        colours.set(name, found);
    }
    return found;
}

/** Diagonal lines, for what is not known. */
export function hatch(ctx, name, step = 7) {
    const tile = document.createElement('canvas');
    const n = Math.round(step * devicePixelRatio);
    tile.width = tile.height = n;
    const c = tile.getContext('2d');
    c.strokeStyle = ink(name);
    c.lineWidth = devicePixelRatio * 1.3;
    c.beginPath();
    for (const d of [-n, 0, n]) {
        c.moveTo(d, n);
        c.lineTo(d + n, 0);
    }
    c.stroke();
    return ctx.createPattern(tile, 'repeat');
}

/** Gaps that touch are one: hatched twice, they would look like something else. */
function union(gaps) {
    const out = [];
    for (const g of [...gaps].sort((a, b) => a.fromMs - b.fromMs)) {
        const last = out.at(-1);
        if (last && g.fromMs <= last.toMs) last.toMs = Math.max(last.toMs, g.toMs);
        else out.push({ fromMs: g.fromMs, toMs: g.toMs });
    }
    return out;
}

function drawGaps(u, gaps) {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.fillStyle = hatch(ctx, 'hatch');
    for (const g of union(gaps)) {
        const from = u.valToPos(g.fromMs / 1000, 'x', true),
            to = u.valToPos(g.toMs / 1000, 'x', true);
        ctx.fillRect(from, bbox.top, Math.max(to - from, 3 * devicePixelRatio), bbox.height);
    }
    ctx.restore();
}

/** A dashed line at a value of y, where a target or a promise is; from and to: a part of it. */
export function rule(u, value, name = 'ink', fromMs = null, toMs = null) {
    if (value === null || value === undefined) return;
    const { ctx, bbox } = u,
        y = u.valToPos(value, 'y', true);
    if (y < bbox.top - 1 || y > bbox.top + bbox.height + 1) return;
    ctx.save();
    ctx.strokeStyle = ink(name);
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(
        fromMs === null ? bbox.left : Math.max(bbox.left, u.valToPos(fromMs / 1000, 'x', true)),
        y,
    );
    ctx.lineTo(
        toMs === null
            ? bbox.left + bbox.width
            : Math.min(bbox.left + bbox.width, u.valToPos(toMs / 1000, 'x', true)),
        y,
    );
    ctx.stroke();
    ctx.restore();
}

/**
 * chart(app, spec): part.el (a figure) and part.set(data).
 * spec: title, note; height; series (uPlot's, without the first); bands; yMax(data),
 *   yTick(value) a label of y, or noY; under(u, data), over(u, data): own drawing;
 *   sync: name of the group; onCursor(ms|null).
 * data: {x: [s…], ys: [[…]…], from, to (ms), gaps, tz, note?, days?: the axis shows days}
 */
export function chart(app, spec) {
    const head = h('span', { class: 'what' }, spec.title),
        note = h('span', { class: 'note' }, spec.note || '');
    const place = h('div', { class: 'canvas', 'aria-hidden': 'true' });
    const el = h('figure', { class: 'plot' }, h('figcaption', {}, head, note), place);
    let data = null,
        u = null;

    /** The middles of days, as many as there is room for. */
    function dayTicks(c) {
        const room = Math.max(1, Math.floor(c.bbox.width / devicePixelRatio / 52)),
            every = Math.ceil(data.x.length / room);
        return data.x.filter((_, i) => (data.x.length - 1 - i) % every === 0);
    }

    function options(width) {
        const day = (s) =>
            new Intl.DateTimeFormat(app.locale === 'en' ? 'en-GB' : app.locale, {
                day: 'numeric',
                month: 'numeric',
                timeZone: data.tz,
            }).format(s * 1000);
        return {
            width,
            height: spec.height,
            padding: [8, 24, 0, spec.noY ? AXIS_W : 0],
            tzDate: (s) => uPlot.tzDate(new Date(s * 1000), data.tz),
            legend: { show: false },
            cursor: {
                y: false,
                drag: { x: false, y: false },
                points: { show: false },
                sync: spec.sync ? { key: spec.sync } : undefined,
            },
            scales: {
                x: { time: true, range: () => [data.from / 1000, data.to / 1000] },
                y: { range: () => [0, spec.yMax ? spec.yMax(data) : 100] },
            },
            axes: [
                {
                    stroke: () => ink('soft'),
                    grid: { stroke: () => ink('grid'), width: 1 },
                    ticks: { show: false },
                    font: FONT,
                    gap: 7,
                    size: 30,
                    space: 56,
                    incrs: data.days
                        ? [86400, 2 * 86400, 7 * 86400, 28 * 86400]
                        : [60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600],
                    splits: data.days ? (c) => dayTicks(c) : undefined,
                    values: (_, splits) =>
                        splits.map((s) =>
                            data.days ? day(s) : clock(s * 1000, data.tz, app.locale),
                        ),
                },
                {
                    show: !spec.noY,
                    scale: 'y',
                    size: AXIS_W,
                    stroke: () => ink('soft'),
                    font: FONT,
                    gap: 6,
                    space: 34,
                    grid: { stroke: () => ink('grid'), width: 1 },
                    ticks: { show: false },
                    incrs: spec.yIncrs,
                    values: (_, splits) => splits.map((v) => (spec.yTick ? spec.yTick(v) : v)),
                },
            ],
            series: [{}, ...spec.series],
            bands: spec.bands,
            hooks: {
                drawClear: [(c) => drawGaps(c, data.gaps || [])],
                drawAxes: [(c) => spec.under && spec.under(c, data)],
                draw: [(c) => spec.over && spec.over(c, data)],
                setCursor: [
                    (c) =>
                        spec.onCursor &&
                        spec.onCursor(
                            c.cursor.left >= 0 ? c.posToVal(c.cursor.left, 'x') * 1000 : null,
                        ),
                ],
            },
        };
    }

    function build() {
        const width = Math.floor(place.clientWidth);
        if (!data || width < 80) return;
        if (u && u.trDays === Boolean(data.days)) {
            if (u.width !== width) u.setSize({ width, height: spec.height });
            u.setData([data.x, ...data.ys]);
            return;
        }
        if (u) u.destroy();
        u = new uPlot(options(width), [data.x, ...data.ys], place);
        u.trDays = Boolean(data.days);
    }
    new ResizeObserver(() => {
        if (u && data && Math.floor(place.clientWidth) === u.width) return;
        build();
    }).observe(place);
    window.addEventListener(
        'tr-theme',
        () => u && requestAnimationFrame(() => u.redraw(true, true)),
    );

    return {
        el,
        set(next) {
            data = next;
            if (next.note !== undefined) text(note, next.note);
            show(place, next.x.length > 0);
            build();
        },
    };
}

const stroke = (name) => () => ink(name);

/** Series of the usual looks; name is a colour of css/tokens.css. */
export const line = (name, more = {}) => ({
    stroke: stroke(name),
    width: 2.2,
    points: { show: false },
    spanGaps: false,
    ...more,
});
export const dots = (name, more = {}) => ({
    stroke: stroke(name),
    width: 2,
    points: { show: true, size: 7, fill: stroke(name) },
    spanGaps: false,
    ...more,
});
export const edge = (more = {}) => ({
    stroke: 'transparent',
    width: 0,
    points: { show: false },
    spanGaps: false,
    ...more,
});
export const bars = (name, more = {}) => ({
    stroke: stroke(name),
    fill: stroke(name),
    width: 0,
    points: { show: false },
    paths: uPlot.paths.bars({ align: 1, size: [0.82, 60], radius: 0.15 }),
    ...more,
});
/** Bars around their x, as of days. */
export const midBars = (name) =>
    bars(name, { paths: uPlot.paths.bars({ align: 0, size: [0.6, 60], radius: 0.15 }) });
export const steps = (name, fill, more = {}) => ({
    stroke: stroke(name),
    fill: fill ? stroke(fill) : undefined,
    width: 2,
    points: { show: false },
    paths: uPlot.paths.stepped({ align: 1 }),
    spanGaps: false,
    ...more,
});
export const stepPath = () => uPlot.paths.stepped({ align: 1 });
