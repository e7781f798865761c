/**
 * The ring of a station, and the bar of its service level.
 *
 * The ring is the promise: it fills while the longest wait grows, a segment for each
 * ring where the promise is made in rings, twelve like a clock where it is made in
 * seconds. Once full, a second ring inside it fills for what came on top, up to
 * twice the promise.
 */
import { segments } from './view_sums.js';
import { attr, h, renew, s, text } from './view_dom.js';

const R = 51,
    R2 = 39;

/** Room inside the inner ring at the height of the time and of the word under it. */
const BIG_W = 59,
    SUB_W = 53;

/** The size at which bold text is no wider than that, in an ordinary sans serif. */
function fit(says, width, size) {
    const em = [...(says || '')].reduce((sum, c) => sum + (/[ :.,il]/.test(c) ? 0.38 : 0.62), 0);
    return `font-size:${Math.min(size, width / Math.max(em, 0.1)).toFixed(1)}px`;
}

function arc(r, fromDeg, toDeg) {
    const at = (deg) => {
        const a = ((deg - 90) * Math.PI) / 180;
        return `${(60 + r * Math.cos(a)).toFixed(2)} ${(60 + r * Math.sin(a)).toFixed(2)}`;
    };
    const span = Math.min(toDeg - fromDeg, 359.9);
    return `M${at(fromDeg)}A${r} ${r} 0 ${span > 180 ? 1 : 0} 1 ${at(fromDeg + span)}`;
}

/**
 * dial.update({n, share, big, sub, calm}): n segments; share of the promise (null: no
 * promise, an open ring); calm: nobody waits, a tick instead of a time.
 */
export function dial() {
    const tracks = s('g'),
        fills = s('g'),
        laps = s('g');
    const big = s('text', { class: 'big', x: 60, y: 63 });
    const sub = s('text', { class: 'sub', x: 60, y: 77 });
    const tick = s('path', { class: 'tick', d: 'm45 60 11 12 20-23' });
    const svg = s(
        'svg',
        { viewBox: '0 0 120 120', 'aria-hidden': 'true' },
        tracks,
        fills,
        laps,
        tick,
        big,
        sub,
    );
    const el = h('div', { class: 'dial' }, svg);
    function update({ n, share, big: time, sub: below, calm }) {
        const known = share ?? 0;
        renew(tracks, n, () =>
            segments(n, 0).map((a) =>
                s('path', { class: 'track', d: arc(R, a.from, a.to), 'stroke-width': 12 }),
            ),
        );
        renew(fills, [n, Math.round(Math.min(known, 1) * 720)], () =>
            segments(n, Math.min(known, 1))
                .filter((a) => a.fillTo !== null)
                .map((a) =>
                    s('path', { class: 'fill', d: arc(R, a.from, a.fillTo), 'stroke-width': 12 }),
                ),
        );
        const over = Math.max(0, Math.min(1, known - 1));
        renew(laps, Math.round(over * 720), () =>
            over <= 0
                ? []
                : [
                      s('path', { class: 'laptrack', d: arc(R2, 0, 360), 'stroke-width': 5 }),
                      s('path', {
                          class: 'lap',
                          d: arc(R2, 0, Math.max(2, over * 360)),
                          'stroke-width': 5,
                      }),
                  ],
        );
        attr(tick, 'visibility', calm ? null : 'hidden');
        text(big, calm ? '' : time);
        attr(big, 'style', fit(time, BIG_W, 27));
        text(sub, calm ? '' : below);
        attr(sub, 'style', fit(below, SUB_W, 10.2));
    }
    return { el, update };
}

/**
 * The level as a bar from 0 to 100: filled to its lower bound, hatched up to the upper
 * one, a mark at the target. bar.update({pct, low, high, goal}); words stand beside it.
 */
export function bar() {
    const el = h('div', { class: 'bullet', 'aria-hidden': 'true' });
    const within = (p) => Math.max(0, Math.min(100, p));
    function update({ pct, low, high, goal }) {
        renew(el, [pct, low, high, goal], () => {
            const parts = [];
            if (pct !== null && pct !== undefined) {
                const from = within(low ?? pct),
                    to = within(high ?? pct);
                parts.push(h('i', { class: 'sure', style: `width:${from}%` }));
                if (to > from)
                    parts.push(
                        h('i', { class: 'unsure', style: `left:${from}%;width:${to - from}%` }),
                    );
            }
            if (goal !== null && goal !== undefined)
                parts.push(h('i', { class: 'goal', style: `left:${within(goal)}%` }));
            return parts;
        });
    }
    return { el, update };
}
