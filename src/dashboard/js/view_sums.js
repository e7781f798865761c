/**
 * What the views work out themselves, from what the model gives: pure, so that it is
 * tested without a page (test/view.test.mjs).
 */
import { dayAdd } from './time.js';

const HOUR = 3_600_000,
    GAP_DEG = 5;

/**
 * May figures be shown as what is so? What the broker kept of a unit that is online is
 * the last it said, and it says each change at once; the tile says "as last heard".
 */
export const known = (fresh) => fresh === 'live' || fresh === 'held';

const RANK = { critical: 4, late: 3, at_risk: 2, ok: 1 };

/** Who waits longest, measured by the level first and by the share of the promise then. */
export function worst(stations) {
    let found = null;
    for (const st of stations) {
        if (!known(st.fresh) || st.word === 'blind' || !(st.waiting > 0)) continue;
        const rank = [RANK[st.word] || 0, st.share ?? 0, st.oldestS ?? 0];
        if (
            !found ||
            rank.some(
                (x, i) =>
                    x > found.rank[i] && rank.slice(0, i).every((y, j) => y === found.rank[j]),
            )
        )
            found = { st, rank };
    }
    return found ? found.st : null;
}

/** May it be called today's: said lately, and of the day that it is. */
export const ofToday = (st) => known(st.fresh) && st.today !== false;

/** Who is on target today and who is not, of those with a promise and figures enough. */
export function today(stations) {
    const all = stations.map((st) => ({ st, says: ofToday(st) ? judge(bounds(st)) : null }));
    const judged = all.filter(({ says }) => says && says !== 'few');
    return {
        judged: judged.map(({ st }) => st),
        below: judged.filter(({ says }) => says === 'below').map(({ st }) => st),
        unsure: judged.filter(({ says }) => says === 'unsure').map(({ st }) => st),
    };
}

/** The business day of a station's figures: {from, end, today}; else that which it is. */
export function dayOf(unit, st) {
    const from = st.dayStartMs ?? unit.dayStartMs;
    return {
        from,
        end: dayAdd(from, 1, unit.timezone, unit.dayStart),
        today: from === unit.dayStartMs,
    };
}

/** Fewer than these are told as "3 of 4" and not judged (RULES 24). */
export const ENOUGH = 10;
const few = (n) => n < ENOUGH;

/** Votes by button, best first, with their mean; null: none. */
export function tally(votes) {
    const by = new Map();
    let sum = 0,
        n = 0;
    for (const v of votes) {
        if (v.score === null || v.score === undefined) continue;
        const row = by.get(v.button) || { button: v.button, score: v.score, n: 0 };
        row.n++;
        by.set(v.button, row);
        sum += v.score;
        n++;
    }
    return {
        rows: [...by.values()].sort((a, b) => b.score - a.score),
        n,
        mean: n ? sum / n : null,
    };
}

/** Bounds only where they hold the figure between them: they come a little later. */
export function bounds(st) {
    const p = st.state?.today_pct ?? null,
        m = st.day ?? null;
    const low = m?.day_low_pct ?? null,
        high = m?.day_high_pct ?? null;
    const fit =
        p !== null && m?.day_counted > 0 && low !== null && high !== null && low <= p && p <= high;
    return {
        pct: p,
        low: fit ? low : null,
        high: fit ? high : null,
        goal: st.target?.percent ?? null,
        n: m?.day_counted ?? null,
        kept: m?.day_kept ?? null,
    };
}

/** Kept of counted as the day went on, with what the unsure ones could make of it. */
export function running(list) {
    const x = [],
        pct = [],
        low = [],
        high = [];
    let kept = 0,
        counted = 0,
        unsure = 0;
    for (const w of [...list].sort((a, b) => a.closedMs - b.closedMs)) {
        if (w.inTarget !== null) {
            counted++;
            kept += w.inTarget ? 1 : 0;
        } else if (w.outcome === 'unknown' || (w.outcome === 'answered' && !w.accurate)) unsure++;
        else continue;
        x.push(w.closedMs / 1000);
        pct.push(counted ? (kept / counted) * 100 : null);
        low.push((kept / (counted + unsure)) * 100);
        high.push(((kept + unsure) / (counted + unsure)) * 100);
    }
    return { x, pct, low, high };
}

/** From the hour of the first thing known (or an hour before) to the end of this one. */
export function extent(unit, list) {
    const first = Math.min(unit.nowMs - 2 * HOUR, ...list.slice(0, 1).map((w) => w.openedMs));
    const from = Math.max(unit.dayStartMs, Math.floor(first / HOUR) * HOUR);
    return { from, to: Math.ceil((unit.nowMs + 1) / (HOUR / 2)) * (HOUR / 2) };
}

const sum = (list, name) => list.reduce((n, x) => n + (x[name] || 0), 0);

/** A level and its bounds of some hours taken together; null where nothing counts. */
export function level(list) {
    const counted = sum(list, 'counted'),
        kept = sum(list, 'kept'),
        unsure = sum(list, 'unsure');
    return {
        counted,
        kept,
        unsure,
        pct: counted ? (kept / counted) * 100 : null,
        low: counted + unsure ? (kept / (counted + unsure)) * 100 : null,
        high: counted + unsure ? ((kept + unsure) / (counted + unsure)) * 100 : null,
    };
}

/**
 * Quarters of an hour as business days: [{t, end, known, part, arrivals, …}], the n days
 * up to that of nowMs. part: of some of it the records are not here.
 */
export function days(quarters, { nowMs, timezone: tz, dayStart: begins }, n, gaps = []) {
    const out = [];
    for (let i = n - 1; i >= 0; i--) {
        const from = dayAdd(nowMs, -i, tz, begins),
            to = dayAdd(nowMs, -i + 1, tz, begins);
        const own = quarters.filter((x) => x.t >= from && x.t < to);
        const answered = sum(own, 'answered');
        out.push({
            t: from,
            end: to,
            known: own.length > 0,
            part: gaps.some((g) => g.why !== 'unit' && g.fromMs < to && g.toMs > from),
            quarters: own,
            arrivals: sum(own, 'arrivals'),
            ...level(own),
            answered,
            meanS: answered ? sum(own, 'waitSumS') / answered : null,
            maxS: own.reduce(
                (m, x) => (x.maxS === null || x.maxS === undefined ? m : Math.max(m ?? 0, x.maxS)),
                null,
            ),
        });
    }
    return out;
}

const TABLE_ROWS = 100;
const STEPS_MIN = [1, 5, 15, 60, 240, 1440];

/**
 * Retained figures as rows of a table, at most a hundred: of each step of time the line
 * at its longest and the level as it was last. series: {name: [[ms…], [value…]]}.
 */
export function retained(series, from, to) {
    const steps = STEPS_MIN.map((n) => n * 60_000);
    const step = steps.find((ms) => (to - from) / ms <= TABLE_ROWS) ?? steps.at(-1);
    const rows = new Map();
    for (const [name, [times, values]] of Object.entries(series)) {
        times.forEach((ms, i) => {
            const t = Math.floor(ms / step) * step,
                row = rows.get(t) ?? rows.set(t, { t }).get(t),
                value = values[i];
            if (value === null) row[name] ??= null;
            else row[name] = name === 'waiting' ? Math.max(row[name] ?? 0, value) : value;
        });
    }
    return [...rows.values()].sort((a, b) => b.t - a.t).slice(0, TABLE_ROWS);
}

/** 0 (all kept) to 4; null: nothing counted, or so little that it says nothing. */
export const shade = (pct, n) =>
    pct === null || few(n) ? null : pct >= 95 ? 0 : pct >= 85 ? 1 : pct >= 75 ? 2 : pct >= 60 ? 3 : 4;

/** Arcs of n segments, filled up to share 0..1. */
export function segments(n, share) {
    const step = 360 / n,
        gap = n === 1 ? 0 : n <= 6 ? GAP_DEG * 1.6 : GAP_DEG * 0.7;
    const arcs = [];
    for (let i = 0; i < n; i++) {
        const from = i * step + gap / 2,
            to = (i + 1) * step - gap / 2;
        const part = Math.max(0, Math.min(1, share * n - i));
        arcs.push({ from, to, fillTo: part > 0 ? from + (to - from) * part : null });
    }
    return arcs;
}

/** Decoded where it can be: an address may be typed. */
function plain(part) {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}

/** #now, #today, #history, #wall; what follows a slash is the view's own. */
export function route(hash) {
    const [name, ...rest] = String(hash).replace(/^#/, '').split('/');
    const known = ['now', 'today', 'history', 'wall'].includes(name) ? name : 'now';
    return { name: known, rest: rest.map(plain) };
}

/**
 * Is the target met? 'met', 'below', or 'unsure' where those that the sensors cannot
 * tell decide it, or 'few' where fewer than ten are no measure; null: nothing to judge,
 * or not known of how many.
 */
export function judge({ pct, low, high, goal, n = null }) {
    if (pct === null || goal === null || n === null) return null;
    if (few(n)) return 'few';
    if (low !== null && low < goal && high >= goal) return 'unsure';
    return pct >= goal ? 'met' : 'below';
}

/**
 * What was promised when, as far as it can be known: a record does not say its
 * threshold, and parts of the day may have their own. Of the thresholds that were heard,
 * the first that fits what the records of a part say; null where none does.
 * @returns {{fromMs: number, toMs: number, s: number|null}[]} from..to without a hole
 */
export function promises(list, heard, from, to) {
    const parts = [];
    for (const w of [...list].sort((a, b) => a.openedMs - b.openedMs)) {
        const last = parts.at(-1);
        if (last && last.name === w.daypart) last.waits.push(w);
        else parts.push({ name: w.daypart, fromMs: w.openedMs, waits: [w] });
    }
    if (!parts.length) parts.push({ fromMs: from, waits: [] });
    return parts.map((part, i) => {
        const most = Math.max(
            0,
            ...part.waits.filter((w) => w.inTarget === true).map((w) => w.waitS),
        );
        const least = Math.min(
            Infinity,
            ...part.waits
                .filter((w) => w.inTarget === false && w.outcome === 'answered')
                .map((w) => w.waitS),
        );
        const s = heard.find((x) => most <= x + 0.05 && least >= x - 0.05);
        return {
            fromMs: i === 0 ? from : part.fromMs,
            toMs: parts[i + 1]?.fromMs ?? to,
            s: s ?? null,
        };
    });
}
