/**
 * What is known of the shops that a broker tells of: made from messages, asked by views
 * (README.md beside this folder lists what they get). Pure: it is told what time it is,
 * touches neither page nor network, and its memory has bounds whatever comes.
 */
import { UnitClock } from './clock.js';
import { alertSpans, buckets } from './figures.js';
import { Journal } from './journal.js';
import { Series } from './series.js';
import { dayStart } from './time.js';

export const LIMITS = {
    units: 256, things: 256, records: 60_000, events: 50, praise: 20, payload: 262_144, cache: 100,
};
const ID = /^[a-z0-9_-]{1,31}$/;
const ALERT = /^[a-z0-9_-]{1,71}$/;
const LEVELS = ['ok', 'at_risk', 'late', 'critical'];
const INTERVAL_S = 60;
/** Between two states of a station where somebody waits there are at most five seconds. */
const AHEAD_S = 15;

const STATE = ['waiting', 'level', 'oldest_wait_s'];
const METRICS = ['service_level_pct', 'service_level_low_pct', 'service_level_high_pct', 'day_pct',
    'day_low_pct', 'day_high_pct', 'p50_s', 'p90_s', 'day_p50_s', 'day_p90_s', 'day_coverage_pct'];

const object = (value) => (value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null);
const number = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const text = (value, max = 200) => (typeof value === 'string' ? value.slice(0, max) : null);
const moment = (value) => number(typeof value === 'string' ? Date.parse(value) : NaN);

/** An array of objects with an id; anything else is left out. */
const named = (value, max) => (Array.isArray(value) ? value : []).slice(0, max)
    .filter((item) => object(item) && ID.test(item.id));

class Unit {
    constructor(site, unit, base) {
        Object.assign(this, {
            site, unit, base, key: `${site}/${unit}`, clock: new UnitClock(), journal: new Journal(),
            availability: null, session: -1, live: false, heard: null, info: null, metrics: null,
            offlineMs: null, told: [], toldMs: null, stations: new Map(), alerts: new Map(),
            inputs: new Map(), outputs: new Map(), praise: [], events: [], version: 0, cache: new Map(),
        });
    }

    station(id) {
        return entry(this.stations, id, () => ({
            state: null, metrics: null, heard: null, session: -1,
            line: new Series(STATE, { stepMs: 10_000, keep: 'max' }),
            figures: new Series(METRICS, { stepMs: 60_000 }),
        }));
    }

    /** The longest of the last intervals between its own metrics, in seconds. */
    intervalS() {
        return number(this.info?.metrics_interval_s) ?? (this.told.length > 0 ? Math.max(...this.told) : INTERVAL_S);
    }

    gap(ms) {
        for (const station of this.stations.values()) {
            station.line.gap(ms);
            station.figures.gap(ms);
        }
    }
}

function entry(map, id, make) {
    let found = map.get(id);
    if (!found && map.size < LIMITS.things) {
        map.set(id, found = make());
    }
    return found ?? null;
}

/**
 * @param {object} options
 * @param {() => number} options.mono milliseconds that never go back
 * @param {() => number} options.wall milliseconds since 1970
 * @param {string} [options.base] mqtt.base of the units
 * @param {(key: string, era: number, payload: object) => void} [options.onRecord] of each new record
 */
export function createModel({ mono, wall, base = 'thirdring', onRecord = () => {} }) {
    const units = new Map();
    const counts = { messages: 0, refused: 0, records: 0, copies: 0 };
    let version = 0;
    let session = 0;
    let up = false;

    const now = () => ({ mono: mono(), wall: wall() });
    /** A computer that slept wakes with a monotonic clock that did not: the longer one is true. */
    const age = (heard) => (heard ? Math.max(mono() - heard.mono, wall() - heard.wall, 0) : null);

    // --- messages -------------------------------------------------------------------

    function unitOf(site, name) {
        const key = `${site}/${name}`;
        let unit = units.get(key);
        if (!unit && units.size < LIMITS.units && ID.test(site) && ID.test(name)) {
            units.set(key, unit = new Unit(site, name, `${base}/${site}/${name}`));
        }
        return unit ?? null;
    }

    function availability(unit, payload) {
        if (payload === '') {
            units.delete(unit.key);
        } else if (payload === 'online' || payload === 'offline') {
            if (payload === 'offline' && unit.availability !== 'offline') {
                unit.offlineMs = unit.clock.now(mono(), wall());
                unit.gap(unit.offlineMs);
            } else if (payload === 'online') {
                unit.offlineMs = null;
            }
            unit.availability = payload;
            unit.said = session;
        }
    }

    function unitMetrics(unit, p, retain) {
        unit.metrics = p;
        if (!p || retain) {
            unit.toldMs = null;
            return;
        }
        const at = mono();
        if (unit.toldMs !== null && at - unit.toldMs >= 900) {
            unit.told = [...unit.told, Math.min(3600, (at - unit.toldMs) / 1000)].slice(-5);
        }
        unit.toldMs = at;
    }

    function stationState(unit, id, p) {
        if (!p) {
            unit.stations.delete(id);
            return;
        }
        const station = unit.station(id);
        if (!station || number(p.waiting) === null || number(p.level) === null) {
            counts.refused += 1;
            return;
        }
        station.state = p;
        station.heard = now();
        station.session = session;
        station.line.add(unit.clock.now(mono(), wall()), STATE.map((name) => number(p[name])));
    }

    function stationMetrics(unit, id, p) {
        const station = p ? unit.station(id) : unit.stations.get(id);
        if (station) {
            station.metrics = p;
            if (p) {
                station.figures.add(unit.clock.now(mono(), wall()), METRICS.map((name) => number(p[name])));
            }
        }
    }

    function alertState(unit, id, p) {
        if (!p) {
            unit.alerts.delete(id);
        } else if (ALERT.test(id) && text(p.state)) {
            const old = unit.alerts.get(id);
            const alert = {
                id, rule: text(p.rule), station: text(p.station), sensor: text(p.sensor),
                state: p.state, acked: p.acked === true, level: text(p.level) ?? 'ok',
                sinceMs: moment(p.since), atMs: moment(p.at), seq: number(p.seq) ?? 0,
                active: p.state === 'raised' || p.state === 'acked',
            };
            if (!old) {
                entry(unit.alerts, id, () => alert);
            } else {
                unit.alerts.set(id, alert);
            }
        }
    }

    function record(unit, p, retain) {
        if (retain || !object(p)) {
            counts.refused += 1;
            return;
        }
        const r = unit.journal.add(p, mono());
        if (!r) {
            counts.copies += 1;
            return;
        }
        counts.records += 1;
        unit.version += 1;
        if (!r.hist) {
            unit.clock.tell(r.atMs, mono());
        }
        // A retained state may be dropped on a slow line, a record is not.
        const alert = r.type === 'alert' ? unit.alerts.get(r.alert) : null;
        if (alert && alert.seq < r.seq) {
            alertState(unit, r.alert, p);
        }
        onRecord(unit.key, r.era, p);
        trim();
    }

    /** Of all units together; those with the most give. */
    function trim() {
        let held = 0;
        let most = null;
        for (const unit of units.values()) {
            held += unit.journal.held;
            most = !most || unit.journal.held > most.journal.held ? unit : most;
        }
        if (held > LIMITS.records) {
            most.journal.evict(Math.ceil(LIMITS.records / 20));
            most.version += 1;
        }
    }

    function event(unit, kind, id, p) {
        const atMs = moment(p?.at);
        if (atMs === null) {
            return;
        }
        unit.clock.tell(atMs, mono());
        if (kind !== 'input' && kind !== 'sound' && kind !== 'edge') {
            unit.events = [...unit.events, { ...p, atMs }].slice(-LIMITS.events);
        }
    }

    const json = (payload) => {
        try {
            return object(JSON.parse(payload));
        } catch {
            return null;
        }
    };

    /** What is below BASE/SITE/UNIT/ : by its first levels. */
    function dispatch(unit, path, payload, retain) {
        const [first, id, last] = path;
        const p = payload === '' ? null : json(payload);
        const whole = payload === '' || p !== null;
        switch (path.length === 2 ? first : `${first}${path.length > 2 ? `/${last}` : ''}`) {
        case 'availability': return availability(unit, payload);
        case 'info': return whole && (unit.info = p, unit.version += 1);
        case 'metrics': return whole && unitMetrics(unit, p, retain);
        case 'station/state': return whole && stationState(unit, id, p);
        case 'station/metrics': return whole && stationMetrics(unit, id, p);
        case 'alert': return whole && alertState(unit, id, p);
        case 'input/state': return word(unit.inputs, id, 'state', payload);
        case 'input/health': return word(unit.inputs, id, 'health', payload);
        case 'output/state': return word(unit.outputs, id, 'state', payload);
        case 'journal': return record(unit, p, retain);
        case 'praise': return praise(unit, p);
        default: return first === 'event' && path.length === 3 && event(unit, id, last, p);
        }
    }

    function word(map, id, name, payload) {
        const thing = entry(map, id, () => ({ state: null, health: null }));
        if (thing) {
            thing[name] = payload === '' ? null : payload.slice(0, 20);
            if (thing.state === null && thing.health === null) {
                map.delete(id);
            }
        }
    }

    function praise(unit, p) {
        const atMs = moment(p?.at);
        const last = unit.praise.at(-1);
        if (atMs !== null && !(last && last.atMs === atMs && last.station === p.station)) {
            unit.praise = [...unit.praise, { station: text(p.station), streak: number(p.streak), atMs }]
                .slice(-LIMITS.praise);
        }
    }

    const decoder = new TextDecoder();

    /**
     * One message, as it came.
     * @param {string} topic
     * @param {Uint8Array|string} payload
     * @param {{retain?: boolean}} packet retain: it is what the broker kept, not news
     */
    function message(topic, payload, { retain = false } = {}) {
        counts.messages += 1;
        version += 1;
        const path = topic.startsWith(`${base}/`) ? topic.slice(base.length + 1).split('/') : [];
        const unit = path.length >= 3 && payload.length <= LIMITS.payload ? unitOf(path[0], path[1]) : null;
        if (!unit) {
            counts.refused += 1;
            return;
        }
        const rest = path.slice(2);
        dispatch(unit, rest, typeof payload === 'string' ? payload : decoder.decode(payload), retain);
        // Records of an outage may come from the broker's queue: no sign of life.
        const news = !retain && !['journal', 'praise', 'availability', 'rsp', 'commissioning'].includes(rest[0]);
        unit.heard = news ? now() : unit.heard;
        unit.session = news ? session : unit.session;
    }

    /** The connection to the broker came or went. */
    function link(isUp) {
        if (isUp && !up) {
            session += 1;
        } else if (!isUp && up) {
            for (const unit of units.values()) {
                unit.gap(unit.clock.now(mono(), wall()));
                unit.toldMs = null;
            }
        }
        up = isUp;
        version += 1;
    }

    /** Records of this browser's store, before anything is heard. */
    function restore(records) {
        const eras = new Map();
        for (const { key, era, p } of records) {
            const [site, name] = key.split('/');
            const unit = unitOf(site, name);
            if (!unit) {
                continue;
            }
            if (eras.has(key) && eras.get(key) !== era) {
                unit.journal.begin(-Infinity);
            }
            eras.set(key, era);
            unit.journal.era = Math.max(unit.journal.era, era);
            unit.journal.add(p, -Infinity);
            unit.version += 1;
        }
        trim();
        version += 1;
    }

    /** All records go, of memory too: whoever signs out leaves nothing. */
    function forget() {
        units.clear();
        version += 1;
    }

    // --- questions --------------------------------------------------------------------

    function unitFresh(unit) {
        if (!up) {
            return 'link';
        }
        if (unit.availability === 'offline' && unit.said === session) {
            return 'offline';
        }
        if (unit.session !== session) {
            return unit.said === session ? 'held' : 'unknown';
        }
        return age(unit.heard) > staleMs(unit) ? 'stale' : 'live';
    }

    const staleMs = (unit) => Math.max(10_000, 3000 * unit.intervalS());

    function stationFresh(unit, station) {
        const fresh = unitFresh(unit);
        if (fresh !== 'live' && fresh !== 'held') {
            return fresh;
        }
        if (!station || station.session !== session) {
            return 'unknown';
        }
        return age(station.heard) > staleMs(unit) ? 'stale' : fresh;
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

    function stationView(unit, id, about, alerts) {
        const station = unit.stations.get(id);
        const state = station?.state ?? null;
        const fresh = stationFresh(unit, station);
        const target = object(about.target);
        const ringS = number(target?.rings) > 0 && number(target.seconds) > 0 ? target.seconds / target.rings : 6;
        const ahead = fresh === 'live' && state?.waiting > 0
            ? Math.min(AHEAD_S, age(station.heard) / 1000) * unit.clock.rate : 0;
        const waiting = state?.waiting ?? null;
        const oldestS = number(state?.oldest_wait_s) === null ? null : state.oldest_wait_s + ahead;
        const threshold = number(state?.threshold_s);
        // A telephone's rings are heard, not reckoned; the next is not known.
        const heard = number(state?.oldest_rings);
        const rings = about.kind === 'phone' || heard === null || !(waiting > 0) ? heard
            : Math.max(heard, Math.floor(oldestS / ringS) + 1);
        return {
            id, name: text(about.name) || id, kind: text(about.kind), audience: text(about.audience),
            target, fresh, ageS: station?.heard ? age(station.heard) / 1000 : null, state,
            metrics: station?.metrics ?? null, waiting, oldestS, oldestRings: rings, ringS,
            share: oldestS !== null && threshold > 0 ? oldestS / threshold : null,
            word: wordOf(fresh, state),
            alerts: alerts.filter((alert) => alert.active && alert.station === id),
        };
    }

    function inputs(unit) {
        const known = named(unit.info?.sensors, LIMITS.things);
        return known.filter(({ id }) => unit.inputs.has(id) || known.length > 0).map(({ id, name, type }) => {
            const { state = null, health = null } = unit.inputs.get(id) ?? {};
            return { id, name: text(name) || id, type: text(type), state, health, ok: health === null || health === 'ok' };
        });
    }

    const outputs = (unit) => named(unit.info?.outputs, LIMITS.things).map(({ id, name, type }) =>
        ({ id, name: text(name) || id, type: text(type), state: unit.outputs.get(id)?.state ?? null }));

    function view(unit) {
        const { info } = unit;
        const nowMs = unit.clock.now(mono(), wall());
        const tz = text(info?.timezone) ?? 'UTC';
        const alerts = [...unit.alerts.values()].map((alert) => ({ ...alert }));
        const about = info ? named(info.stations, LIMITS.things)
            : [...unit.stations.keys()].map((id) => ({ id }));
        const ends = unit.journal.ends();
        const holes = unit.journal.gaps(mono());
        return {
            key: unit.key, base: unit.base, site: unit.site, unit: unit.unit,
            name: text(info?.name) || unit.site, timezone: tz, dayStart: text(info?.day_start) ?? '04:00',
            software: text(info?.version), configHash: text(info?.config_hash),
            fresh: unitFresh(unit), nowMs, ageS: unit.heard ? age(unit.heard) / 1000 : null,
            dayStartMs: dayStart(nowMs, tz, text(info?.day_start) ?? '04:00'), metrics: unit.metrics,
            stations: about.map((station) => stationView(unit, station.id, station, alerts)),
            alerts, inputs: inputs(unit), outputs: outputs(unit),
            records: {
                held: unit.journal.held, first: ends?.first.seq ?? null, last: ends?.last.seq ?? null,
                missing: holes.reduce((sum, hole) => sum + (hole.count ?? 0), 0),
                sinceMs: ends?.first.atMs ?? null,
            },
        };
    }

    /** Asked again and again by views, and changed by records only. */
    function remember(key, what, args, make) {
        const unit = units.get(key);
        if (!unit) {
            return [];
        }
        const name = `${what}${JSON.stringify(args)}`;
        const old = unit.cache.get(name);
        if (old?.version === unit.version) {
            return old.value;
        }
        const value = make(unit);
        unit.cache.delete(name);
        unit.cache.set(name, { version: unit.version, value });
        if (unit.cache.size > LIMITS.cache) {
            unit.cache.delete(unit.cache.keys().next().value);
        }
        return value;
    }

    const promised = (unit, station) => station === null || station === undefined
        || object(named(unit.info?.stations, LIMITS.things).find(({ id }) => id === station)?.target) !== null;

    const list = (type) => (key, range = {}) => remember(key, type, range, (unit) => unit.journal.list(type, range));

    function bucketsOf(key, { station = null, from, to, stepMs }) {
        return remember(key, 'buckets', { station, from, to, stepMs }, (unit) =>
            // Those that began before and those that ended after are in the line, too.
            buckets(unit.journal.list('wait', { station, from }).filter((r) => r.openedMs < to),
                { from, to, stepMs, promised: promised(unit, station) }));
    }

    function hours(key, { station, from = -Infinity, to = Infinity }) {
        return remember(key, 'hours', { station, from, to }, (unit) =>
            [...(unit.journal.hours.get(station)?.values() ?? [])]
                .filter((h) => h.t >= from && h.t < to).sort((a, b) => a.t - b.t));
    }

    function gaps(key, { from = -Infinity, to = Infinity } = {}) {
        const unit = units.get(key);
        if (!unit) {
            return [];
        }
        const nowMs = unit.clock.now(mono(), wall());
        const found = unit.journal.gaps(mono()).map((gap) => ({ ...gap, why: 'records' }));
        for (const span of alertSpans(unit.journal.list('alert'), { from, to })) {
            if (span.rule === 'offline') {
                found.push({ fromMs: span.fromMs, toMs: span.toMs ?? nowMs, why: 'unit', count: null });
            }
        }
        if (unit.offlineMs !== null) {
            found.push({ fromMs: unit.offlineMs, toMs: nowMs, why: 'unit', count: null });
        }
        // What was before the oldest that this browser knows; with no. 1 there was nothing.
        const ends = unit.journal.ends();
        const begun = ends && ends.first.seq <= 1 ? -Infinity : ends?.first.atMs ?? nowMs;
        if (from < begun) {
            found.push({ fromMs: from, toMs: Math.min(begun, to), why: 'before', count: null });
        }
        return found.filter((gap) => gap.fromMs < to && gap.toMs > from)
            .map((gap) => ({ ...gap, fromMs: Math.max(from, gap.fromMs), toMs: Math.min(to, gap.toMs) }))
            .sort((a, b) => a.fromMs - b.fromMs);
    }

    function series(key, id, name) {
        const station = units.get(key)?.stations.get(id);
        const of = name === 'coverage_pct' ? 'day_coverage_pct' : name;
        return station ? (STATE.includes(of) ? station.line : station.figures).get(of) : [[], []];
    }

    return {
        message, link, restore, forget,
        get version() { return version; },
        get counts() { return { ...counts }; },
        units: () => [...units.values()].map(view)
            .sort((a, b) => a.name.localeCompare(b.name) || a.key.localeCompare(b.key)),
        unit: (key) => (units.has(key) ? view(units.get(key)) : null),
        waits: list('wait'), votes: list('vote'), buckets: bucketsOf, hours, gaps, series,
        alertSpans: (key, { station = null, from = -Infinity, to = Infinity } = {}) =>
            remember(key, 'spans', { station, from, to }, (unit) => alertSpans(unit.journal.list('alert'), { from, to })
                .filter((span) => station === null || span.station === station)),
        praise: (key) => units.get(key)?.praise ?? [],
        events: (key) => units.get(key)?.events ?? [],
    };
}
