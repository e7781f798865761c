/** A unit as a view gets it: one object to read, and how fresh each part of it is. Pure. */
import { LIMITS, ID, number, object, text } from './unit.js';
import { dayStart, zone } from './time.js';

const LEVELS = ['ok', 'at_risk', 'late', 'critical'];
const RING_S = 6;
/** Between two states of a station where somebody waits there are at most five seconds. */
const AHEAD_S = 15;

/** Objects with an id, of what may be anything. */
export const named = (value) => (Array.isArray(value) ? value : []).slice(0, LIMITS.things)
    .filter((item) => object(item) && ID.test(item.id));

function stationFresh(unit, station, fresh, env) {
    if (fresh !== 'live' && fresh !== 'held') {
        return fresh;
    }
    if (!station || station.session !== env.session) {
        return 'unknown';
    }
    return env.age(station.heard) > unit.staleMs() ? 'stale' : fresh;
}

function wordOf(fresh, state) {
    if (!state || fresh === 'unknown') {
        return 'none';
    }
    if (state.measuring === 'blind') {
        return 'blind';
    }
    return state.open === 0 && state.waiting === 0 ? 'closed' : LEVELS[state.level] ?? 'none';
}

/** The longest wait, which grows between messages as long as they come. */
function oldest(unit, station, about, fresh, env) {
    const { state = null } = station ?? {};
    const target = promise(about.target);
    const ringS = target?.rings ? target.seconds / target.rings : RING_S;
    const { oldest_wait_s: said = null, oldest_rings: rings = null } = state ?? {};
    if (said === null || !(state.waiting > 0) || fresh !== 'live') {
        return { oldestS: said, oldestRings: rings, ringS };
    }
    const oldestS = said + Math.min(AHEAD_S, env.age(station.heard) / 1000) * unit.clock.rate;
    // A telephone's rings are heard, not reckoned; the next is not known.
    const oldestRings = about.kind === 'phone' || rings === null ? rings
        : Math.max(rings, Math.floor(oldestS / ringS) + 1);
    return { oldestS, oldestRings, ringS };
}

/** {rings?, seconds, percent, window_min} of what may be anything, or null. */
function promise(value) {
    const { rings, seconds, percent, window_min: window } = object(value) ?? {};
    if (!(number(seconds) > 0)) {
        return null;
    }
    return {
        ...(Number.isInteger(rings) && rings > 0 ? { rings } : {}), seconds,
        percent: percent >= 0 && percent <= 100 ? number(percent) : null, window_min: number(window) > 0 ? window : 60,
    };
}

/** Of which business day the figures are, by the unit's calendar; today: of the day it has now. */
function days(unit, station, fresh, { dayStartMs, timezone, dayStart: begins }) {
    const sure = fresh === 'live' || fresh === 'held'; // it says each change at once
    const of = (heard, live) => {
        const saidMs = heard && unit.saidMs(heard, live);
        return saidMs === null ? (sure ? dayStartMs : null) : dayStart(saidMs, timezone, begins);
    };
    const [stateMs, metricsMs] = [of(station?.heard ?? null, station?.live), of(station?.told ?? null, station?.toldLive)];
    return {
        dayStartMs: stateMs, today: stateMs === null ? null : stateMs === dayStartMs,
        // Figures of two days do not stand together.
        day: stateMs === metricsMs ? station?.metrics ?? null : null,
    };
}

function stationView(unit, about, alerts, ofUnit, env, calendar) {
    const { id } = about;
    const station = unit.stations.get(id) ?? null;
    const state = station?.state ?? null;
    const fresh = stationFresh(unit, station, ofUnit, env);
    const longest = oldest(unit, station, about, fresh, env);
    const threshold = state?.threshold_s ?? null;
    const saidMs = station?.heard ? unit.saidMs(station.heard, station.live) : null;
    return {
        id, name: text(about.name) || id, kind: text(about.kind), audience: text(about.audience),
        target: promise(about.target), fresh, saidMs,
        ageS: station?.live ? env.age(station.heard) / 1000 : saidMs === null ? null : Math.max(0, calendar.nowMs - saidMs) / 1000,
        state, metrics: station?.metrics ?? null, waiting: state?.waiting ?? null, ...longest,
        ...days(unit, station, fresh, calendar),
        share: longest.oldestS !== null && threshold > 0 ? longest.oldestS / threshold : null,
        word: wordOf(fresh, state),
        alerts: alerts.filter((alert) => alert.active && alert.station === id),
    };
}

const thing = ({ id, name, type }) => ({ id, name: text(name) || id, type: text(type) });

function records(unit, env) {
    const ends = unit.journal.ends();
    return {
        held: unit.journal.held, first: ends?.first.seq ?? null, last: ends?.last.seq ?? null,
        missing: unit.journal.gaps(env.mono()).reduce((sum, hole) => sum + (hole.count ?? 0), 0),
        sinceMs: ends?.first.atMs ?? null,
    };
}

/** @param {import('./unit.js').Unit} unit */
export function snapshot(unit, env) {
    const { info } = unit;
    const nowMs = unit.nowMs();
    const fresh = unit.fresh();
    const timezone = zone(text(info?.timezone, 64));
    const begins = text(info?.day_start) ?? '04:00';
    const calendar = { nowMs, timezone, dayStart: begins, dayStartMs: dayStart(nowMs, timezone, begins) };
    // One that was emptied while this page was away is not said again.
    const alerts = [...unit.alerts.values()].filter(({ session }) => session === env.session).map((alert) => ({ ...alert }));
    const stations = info ? named(info.stations) : [...unit.stations.keys()].map((id) => ({ id }));
    return {
        key: unit.key, base: unit.base, site: unit.site, unit: unit.unit,
        name: text(info?.name) || unit.site, ...calendar,
        software: text(info?.version), configHash: text(info?.config_hash),
        fresh, ageS: unit.heard ? env.age(unit.heard) / 1000 : null, metrics: unit.metrics,
        stations: stations.map((about) => stationView(unit, about, alerts, fresh, env, calendar)), alerts,
        inputs: named(info?.sensors).map((sensor) => {
            const { state = null, health = null } = unit.inputs.get(sensor.id) ?? {};
            return { ...thing(sensor), state, health, ok: health === null || health === 'ok' };
        }),
        outputs: named(info?.outputs).map((output) =>
            ({ ...thing(output), state: unit.outputs.get(output.id)?.state ?? null })),
        records: records(unit, env),
    };
}
