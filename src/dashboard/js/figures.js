/**
 * Figures from a unit's records, as the daemon makes them (thirdring-rules(7)): service
 * level of those that count, with what it is were all unsure ones missed or kept;
 * quantiles of the answered by nearest rank. Pure.
 */
import { emptyTally, tally } from './journal.js';

/** By nearest rank; sorted ascending. */
export function quantile(sorted, p) {
    return sorted.length === 0 ? null : sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)];
}

/** pct, lowPct, highPct of a tally; null: nothing counted, or no promise at all. */
export function level({ counted, kept, unsure }, promised = true) {
    const share = (n, of) => (of > 0 ? (100 * n) / of : null);
    const bounds = promised || counted > 0;
    return {
        pct: share(kept, counted),
        lowPct: bounds ? share(kept, counted + unsure) : null,
        highPct: bounds ? share(kept + unsure, counted + unsure) : null,
    };
}

/** A ghost that a sensor's miss left in the line is nobody; neither is who was voided. */
const inLine = (r) => r.outcome !== 'void' && !(r.outcome === 'unknown' && r.reason === 'drift');

/** The most that waited at one time, for each step. */
function lines(waits, from, stepMs, count) {
    const steps = [];
    for (const r of waits) {
        if (inLine(r) && r.closedMs > r.openedMs) {
            steps.push([r.openedMs, 1], [r.closedMs, -1]);
        }
    }
    steps.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const most = new Array(count).fill(0);
    let line = 0;
    let next = 0;
    for (let i = 0; i < count; i += 1) {
        const end = from + (i + 1) * stepMs;
        while (next < steps.length && steps[next][0] < from + i * stepMs) {
            line += steps[next][1];
            next += 1;
        }
        most[i] = line;
        while (next < steps.length && steps[next][0] < end) {
            line += steps[next][1];
            most[i] = Math.max(most[i], line);
            next += 1;
        }
    }
    return most;
}

const STEPS_MAX = 5000;

/**
 * Waits by steps of time: arrivals by their opening, all else by their closing.
 * @param {object[]} waits of the journal, of one station or of several
 */
export function buckets(waits, { from, to, stepMs, promised = true }) {
    const count = Math.min(STEPS_MAX, Math.max(0, Math.ceil((to - from) / stepMs)));
    const made = Array.from({ length: count }, (_, i) => emptyTally(from + i * stepMs));
    const answered = made.map(() => []);
    for (const r of waits) {
        const opened = Math.floor((r.openedMs - from) / stepMs);
        if (opened >= 0 && opened < count) {
            made[opened].arrivals += 1;
        }
        const closed = Math.floor((r.closedMs - from) / stepMs);
        if (closed >= 0 && closed < count && tally(made[closed], r)) {
            answered[closed].push(r.waitS);
        }
    }
    const most = lines(waits, from, stepMs, count);
    return made.map((b, i) => {
        const sorted = answered[i].sort((x, y) => x - y);
        return {
            ...b, ...level(b, promised), p50S: quantile(sorted, 0.5), p90S: quantile(sorted, 0.9),
            maxS: sorted.at(-1) ?? null, lineMax: most[i],
        };
    });
}

/** Alerts as spans from the records of their changes; toMs null: it stands. */
export function alertSpans(records, { from, to }) {
    const spans = [];
    const open = new Map();
    for (const r of records) {
        let span = open.get(r.alert);
        if (!span || (r.sinceMs !== null && r.sinceMs !== span.fromMs)) {
            span = {
                alert: r.alert, rule: r.rule, station: r.station, sensor: r.sensor, level: r.level,
                fromMs: r.sinceMs ?? r.atMs, toMs: null, acked: false,
            };
            spans.push(span);
            open.set(r.alert, span);
        }
        span.acked ||= r.acked || r.state === 'acked';
        if (r.state === 'cleared') {
            span.toMs = r.atMs;
            open.delete(r.alert);
        } else {
            span.level = worse(span.level, r.level);
            if (r.rule === 'offline') { // raised and cleared at once, afterwards
                span.toMs = r.atMs;
            }
        }
    }
    // One that was raised again without a record of its end, ended no later than that.
    const next = new Map();
    for (const span of spans.toReversed ? spans.toReversed() : [...spans].reverse()) {
        if (span.toMs === null && next.has(span.alert)) {
            span.toMs = next.get(span.alert);
        }
        next.set(span.alert, span.fromMs);
    }
    return spans.filter((s) => s.fromMs < to && (s.toMs === null || s.toMs >= from));
}

const LEVELS = ['ok', 'at_risk', 'late', 'critical'];
const worse = (a, b) => (LEVELS.indexOf(b) > LEVELS.indexOf(a) ? b : a);
