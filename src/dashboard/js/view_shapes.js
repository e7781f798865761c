/**
 * Shapes that say without colour what colour says: a level has its own outline
 * (disc, triangle, diamond, octagon), and so have verdicts, faces and people.
 */
import { h, s } from './view_dom.js';

const PATHS = {
    ok: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Z',
    risk: 'M8 1.2 15.4 14.4H.6Z',
    late: 'M8 .4 15.6 8 8 15.6.4 8Z',
    crit: 'M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5Z',
    none: 'M8 2.4a5.6 5.6 0 1 1 0 11.2A5.6 5.6 0 0 1 8 2.4Z',
};
const INNER = {
    ok: 'm4.8 8.2 2.2 2.3 4.2-4.8',
    risk: 'M8 6v4M8 12v.1',
    late: 'M8 4.4v4.4M8 11.2v.1',
    crit: 'm5.4 5.4 5.2 5.2m0-5.2-5.2 5.2',
    none: 'M5.2 8h5.6',
};

/** The sign of a level: 'ok', 'risk', 'late', 'crit', 'none'. Beside it stands a word. */
export function sign(level) {
    return s(
        'svg',
        { viewBox: '0 0 16 16', 'aria-hidden': 'true' },
        s('path', {
            d: PATHS[level],
            fill: level === 'none' ? 'none' : 'currentColor',
            stroke: 'currentColor',
            'stroke-width': level === 'none' ? 1.6 : 0,
        }),
        s('path', {
            d: INNER[level],
            fill: 'none',
            stroke: level === 'none' ? 'currentColor' : 'var(--sign, var(--w, #fff))',
            'stroke-width': 1.9,
            'stroke-linecap': 'round',
            'stroke-linejoin': 'round',
        }),
    );
}

/** Sign and word of a level in one pill. */
export function word(level, says) {
    return h('span', { class: `word ${level}` }, sign(level), says);
}

const ICONS = {
    sun: 'M12 4V2m0 20v-2m8-8h2M2 12h2m13.7-5.7 1.4-1.4M4.9 19.1l1.4-1.4m0-11.4L4.9 4.9m14.2 14.2-1.4-1.4M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8Z',
    moon: 'M20.5 14.2A8.6 8.6 0 1 1 9.8 3.5a6.9 6.9 0 0 0 10.7 10.7Z',
    auto: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18Zm0 0v18m3-16.4v14.8m3-12v9.2',
    wall: 'M3 5h18v11H3Zm6 15h6m-3-4v4',
    back: 'M9 4 4 9l5 5M4 9h10a6 6 0 0 1 0 12h-3',
    up: 'm4 13 8-8 8 8M12 5v15',
    down: 'm4 11 8 8 8-8M12 19V4',
};

export function icon(name) {
    return s(
        'svg',
        {
            viewBox: '0 0 24 24',
            'aria-hidden': 'true',
            fill: 'none',
            stroke: 'currentColor',
            'stroke-width': 2,
            'stroke-linecap': 'round',
            'stroke-linejoin': 'round',
        },
        s('path', { d: ICONS[name] }),
    );
}

/** People who wait, as many as there are, up to most; then a plus. */
export function people(n, most = 14) {
    const made = [];
    for (let i = 0; i < Math.min(n, most); i++) {
        made.push(
            s(
                'svg',
                { viewBox: '0 0 16 19', 'aria-hidden': 'true' },
                s('circle', { cx: 8, cy: 4.2, r: 3.9 }),
                s('path', {
                    d: 'M1.2 19v-3.4a6.2 6.2 0 0 1 6.2-6.2h1.2a6.2 6.2 0 0 1 6.2 6.2V19Z',
                }),
            ),
        );
    }
    if (n > most) {
        made.push(
            s(
                'svg',
                { class: 'more', viewBox: '0 0 16 19', 'aria-hidden': 'true' },
                s('path', {
                    d: 'M8 4v12M2 10h12',
                    stroke: 'currentColor',
                    'stroke-width': 3,
                    'stroke-linecap': 'round',
                }),
            ),
        );
    }
    return made;
}

/** A face of a score from 0 to 100; its mouth says it. Of none it has none. */
export function face(score) {
    const bend = score === null ? 0 : ((score - 50) / 50) * 11;
    return s(
        'svg',
        { viewBox: '0 0 64 64', 'aria-hidden': 'true' },
        s('circle', { class: 'f', cx: 32, cy: 32, r: 28 }),
        s('circle', { class: 'e', cx: 23, cy: 26, r: 3.6 }),
        s('circle', { class: 'e', cx: 41, cy: 26, r: 3.6 }),
        score === null ? null : s('path', {
            class: 'm',
            d: `M20 ${42 - bend / 2.4}Q32 ${42 + bend} 44 ${42 - bend / 2.4}`,
        }),
    );
}

/** 'late' of the unit's 0..3, of its words, or of the model's. */
export function levelClass(word) {
    return (
        {
            ok: 'ok',
            at_risk: 'risk',
            late: 'late',
            critical: 'crit',
            0: 'ok',
            1: 'risk',
            2: 'late',
            3: 'crit',
        }[word] || 'none'
    );
}
