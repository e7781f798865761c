/** A unit as a view gets it: one object to read, and how fresh each part of it is. Pure. */
import { LIMITS, ID, number, object, text } from './unit.js';
import { dayStart } from './time.js';

const LEVELS = ['ok', 'at_risk', 'late', 'critical'];
const RING_S = 6;
/** Between two states of a station where somebody waits there are at most five seconds. */
const AHEAD_S = 15;
const STALE_MIN_MS = 10_000;

/** Objects with an id, of what may be anything. */
export const named = (value) => (Array.isArray(value) ? value : []).slice(0, LIMITS.things)
    .filter((item) => object(item) && ID.test(item.id));

/** Three intervals without a word. */
const staleMs = (unit) => Math.max(STALE_MIN_MS, 3000 * unit.intervalS());

export function unitFresh(unit, env) {
    if (!env.up) {
        return 'link';
    }
    if (unit.availability === 'offline' && unit.said === env.session) {
        return 'offline';
    }
    if (unit.session !== env.session) {
        return unit.said === env.session ? 'held' : 'unknown';
    }
    return env.age(unit.heard) > staleMs(unit) ? 'stale' : 'live';
}

function stationFresh(unit, station, fresh, env) {
    if (fresh !== 'live' && fresh !== 'held') {
        return fresh;
    }
    if (!station || station.session !== env.session) {
        return 'unknown';
    }
    return env.age(station.heard) > staleMs(unit) ? 'stale' : fresh;
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
    const target = object(about.target);
    const ringS = number(target?.rings) > 0 && number(target.seconds) > 0 ? target.seconds / target.rings : RING_S;
    const said = number(state?.oldest_wait_s);
    const rings = number(state?.oldest_rings);
    if (said === null || !(state.waiting > 0) || fresh !== 'live') {
        return { oldestS: said, oldestRings: rings, ringS };
    }
    const oldestS = said + Math.min(AHEAD_S, env.age(station.heard) / 1000) * unit.clock.rate;
    // A telephone's rings are heard, not reckoned; the next is not known.
    const oldestRings = about.kind === 'phone' || rings === null ? rings
        : Math.max(rings, Math.floor(oldestS / ringS) + 1);
    return { oldestS, oldestRings, ringS };
}

function stationView(unit, about, alerts, ofUnit, env) {
    const { id } = about;
    const station = unit.stations.get(id) ?? null;
    const state = station?.state ?? null;
    const fresh = stationFresh(unit, station, ofUnit, env);
    const longest = oldest(unit, station, about, fresh, env);
    const threshold = number(state?.threshold_s);
    return {
        id, name: text(about.name) || id, kind: text(about.kind), audience: text(about.audience),
        target: object(about.target), fresh, ageS: station?.heard ? env.age(station.heard) / 1000 : null,
        state, metrics: station?.metrics ?? null, waiting: state?.waiting ?? null, ...longest,
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
    const fresh = unitFresh(unit, env);
    const tz = text(info?.timezone) ?? 'UTC';
    const begins = text(info?.day_start) ?? '04:00';
    const alerts = [...unit.alerts.values()].map((alert) => ({ ...alert }));
    const stations = info ? named(info.stations) : [...unit.stations.keys()].map((id) => ({ id }));
    return {
        key: unit.key, base: unit.base, site: unit.site, unit: unit.unit,
        name: text(info?.name) || unit.site, timezone: tz, dayStart: begins,
        software: text(info?.version), configHash: text(info?.config_hash),
        fresh, nowMs, ageS: unit.heard ? env.age(unit.heard) / 1000 : null,
        dayStartMs: dayStart(nowMs, tz, begins), metrics: unit.metrics,
        stations: stations.map((about) => stationView(unit, about, alerts, fresh, env)), alerts,
        inputs: named(info?.sensors).map((sensor) => {
            const { state = null, health = null } = unit.inputs.get(sensor.id) ?? {};
            return { ...thing(sensor), state, health, ok: health === null || health === 'ok' };
        }),
        outputs: named(info?.outputs).map((output) =>
            ({ ...thing(output), state: unit.outputs.get(output.id)?.state ?? null })),
        records: records(unit, env),
    };
}
