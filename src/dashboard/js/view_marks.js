/**
 * What is drawn on charts by hand: single waits, the band of a quarter of an hour, alert
 * spans, votes. Each kind has a shape of its own.
 */
import { hatch, ink } from './view_chart.js';

const dpr = () => devicePixelRatio;

function clipped(u, draw) {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top - 6 * dpr(), bbox.width, bbox.height + 6 * dpr());
    ctx.clip();
    draw(ctx, bbox);
    ctx.restore();
}

/** Per bucket: a box from the typical wait to what nine in ten were within. */
export function band(u, { buckets, stepMs }) {
    clipped(u, (ctx, bbox) => {
        for (const b of buckets) {
            if (b.p50S === null) continue;
            const x = u.valToPos(b.t / 1000, 'x', true),
                w = u.valToPos((b.t + stepMs) / 1000, 'x', true) - x;
            const y50 = u.valToPos(b.p50S, 'y', true),
                y90 = Math.max(u.valToPos(b.p90S, 'y', true), bbox.top);
            ctx.fillStyle = ink('blue-wash');
            ctx.globalAlpha = 0.62;
            ctx.fillRect(x, y90, w, Math.max(y50 - y90, dpr()));
            ctx.globalAlpha = 1;
            ctx.fillStyle = ink('blue');
            ctx.fillRect(x, y50 - 1.5 * dpr(), w, 3 * dpr());
        }
    });
}

/** Single waits: a dot was kept, a triangle was late, a cross gave up, a ring does not count. */
export function waits(u, list) {
    const top = u.scales.y.max;
    clipped(u, (ctx) => {
        ctx.lineWidth = 1.6 * dpr();
        for (const w of list) {
            if (w.waitS === null || w.outcome === 'void') continue;
            const x = u.valToPos(w.closedMs / 1000, 'x', true),
                y = u.valToPos(Math.min(w.waitS, top), 'y', true);
            shape(
                ctx,
                w.outcome === 'abandoned' || w.outcome === 'expired'
                    ? 'gone'
                    : w.inTarget === null
                      ? 'open'
                      : w.inTarget
                        ? 'kept'
                        : 'late',
                x,
                y,
            );
        }
    });
}

function shape(ctx, kind, x, y) {
    const r = (kind === 'late' ? 4.2 : 3.2) * dpr();
    ctx.beginPath();
    if (kind === 'kept' || kind === 'open') ctx.arc(x, y, kind === 'kept' ? r * 0.8 : r, 0, 7);
    else if (kind === 'late') {
        ctx.moveTo(x, y - r);
        ctx.lineTo(x + r, y + r * 0.8);
        ctx.lineTo(x - r, y + r * 0.8);
        ctx.closePath();
    } else {
        ctx.moveTo(x - r, y - r);
        ctx.lineTo(x + r, y + r);
        ctx.moveTo(x + r, y - r);
        ctx.lineTo(x - r, y + r);
    }
    ctx.globalAlpha = kind === 'kept' ? 0.55 : 0.95;
    if (kind === 'gone' || kind === 'open') {
        ctx.strokeStyle = ink(kind === 'gone' ? 'crit-ink' : 'soft');
        ctx.stroke();
    } else {
        ctx.fillStyle = ink(kind === 'kept' ? 'ok' : 'late');
        ctx.fill();
    }
    ctx.globalAlpha = 1;
}

/** The worse, the higher: seen without colour. */
const HEIGHT = { risk: 0.5, late: 0.8, crit: 1.25 };

/** Alert spans in rows, with their words; an open end is an open alert. */
export function spans(u, { rows, now }) {
    clipped(u, (ctx, bbox) => {
        const high = bbox.height / Math.max(rows.length, 1);
        ctx.font = `${12 * dpr()}px system-ui, sans-serif`;
        ctx.textAlign = 'left'; // the axes leave theirs
        ctx.textBaseline = 'middle';
        rows.forEach((row, i) => {
            const y = bbox.top + i * high,
                tall = Math.min(high * 0.4, 13 * dpr()),
                mid = y + high - tall;
            ctx.fillStyle = ink('soft');
            ctx.fillText(row.label, bbox.left + 3 * dpr(), y + (high - tall) * 0.42);
            for (const a of row.spans) {
                const x = u.valToPos(a.fromMs / 1000, 'x', true),
                    to = u.valToPos((a.toMs ?? now) / 1000, 'x', true);
                const w = Math.max(to - x, 3 * dpr());
                ctx.fillStyle = a.acked ? hatch(ctx, row.colour(a), 5) : ink(row.colour(a));
                const up = tall * (HEIGHT[row.colour(a)] || 1);
                ctx.fillRect(x, mid + tall / 2 - up, w, up);
                ctx.strokeStyle = ink(row.colour(a));
                ctx.lineWidth = 1.5 * dpr();
                ctx.strokeRect(x, mid + tall / 2 - up, w, up);
            }
        });
    });
}

/** Votes: a face each, high is happy; the mouth says it too. */
export function votes(u, list) {
    clipped(u, (ctx, bbox) => {
        const r = 6.5 * dpr();
        for (const v of list) {
            if (v.score === null) continue;
            const x = u.valToPos(v.atMs / 1000, 'x', true);
            const y =
                bbox.top + r + 2 * dpr() + (1 - v.score / 100) * (bbox.height - 2 * r - 4 * dpr());
            ctx.fillStyle = ink('card');
            ctx.strokeStyle = ink(
                v.score >= 67 ? 'ok-ink' : v.score >= 34 ? 'risk-ink' : 'late-ink',
            );
            ctx.lineWidth = 1.6 * dpr();
            ctx.beginPath();
            ctx.arc(x, y, r, 0, 7);
            ctx.fill();
            ctx.stroke();
            ctx.fillStyle = ctx.strokeStyle;
            ctx.fillRect(x - 0.42 * r, y - 0.4 * r, 0.26 * r, 0.26 * r);
            ctx.fillRect(x + 0.18 * r, y - 0.4 * r, 0.26 * r, 0.26 * r);
            const bend = ((v.score - 50) / 50) * 0.38 * r;
            ctx.beginPath();
            ctx.moveTo(x - 0.45 * r, y + 0.32 * r - bend * 0.3);
            ctx.quadraticCurveTo(x, y + 0.32 * r + bend, x + 0.45 * r, y + 0.32 * r - bend * 0.3);
            ctx.stroke();
        }
    });
}

/** Days of fewer than ten are told, not judged: their point is hollow. */
export function hollow(u, { x, ys: [pct], few }) {
    clipped(u, (ctx) => {
        ctx.fillStyle = ink('card');
        x.forEach((at, i) => {
            if (!few[i] || pct[i] === null) return;
            ctx.beginPath();
            ctx.arc(u.valToPos(at, 'x', true), u.valToPos(pct[i], 'y', true), 2.2 * dpr(), 0, 7);
            ctx.fill();
        });
    });
}

/** A range per day, from low to high, under its point. */
export function ranges(u, { x, low, high, name }) {
    clipped(u, (ctx) => {
        ctx.strokeStyle = ink(name);
        ctx.globalAlpha = 0.4;
        ctx.lineWidth = 7 * dpr();
        ctx.lineCap = 'round';
        x.forEach((at, i) => {
            if (low[i] === null || high[i] === null) return;
            const px = u.valToPos(at, 'x', true);
            ctx.beginPath();
            ctx.moveTo(px, u.valToPos(low[i], 'y', true));
            ctx.lineTo(px, u.valToPos(high[i], 'y', true));
            ctx.stroke();
        });
        ctx.globalAlpha = 1;
    });
}
