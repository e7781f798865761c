/**
 * One unit: what its messages have said. Pure; `env` (of model.js) says what time it is,
 * which connection this is, and counts. All that grows has a bound.
 */
import { UnitClock } from './clock.js';
import { Journal } from './journal.js';
import { Series } from './series.js';
import { moment } from './time.js';

export const LIMITS = {
    units: 256, things: 256, records: 60_000, events: 50, praise: 20, payload: 262_144, cache: 100, parts: 32,
};
export const ID = /^[a-z0-9_-]{1,31}$/;
const ALERT = /^[a-z0-9_-]{1,71}$/;
const MEASURING = ['full', 'degraded', 'blind'];
/** Until the unit says or shows how often it speaks: the configuration's default. */
const INTERVAL_S = 60;
const INTERVAL_MAX_S = 86_400;
const STALE_MIN_MS = 10_000;

/** Of a station's state and metrics: those that views ask for. */
const STATE_FIGURES = ['waiting', 'at_least', 'people', 'in_service', 'oldest_wait_s', 'oldest_rings', 'level', 'acked',
    'open', 'streak', 'threshold_s', 'service_level_pct', 'today_pct', 'today_arrivals', 'today_served', 'today_void',
    'coverage_pct', 'staffed'];
const DAY_FIGURES = ['day_counted', 'day_kept', 'day_unsure', 'day_pct', 'day_low_pct', 'day_high_pct', 'day_p50_s',
    'day_p90_s', 'votes', 'votes_discarded', 'day_votes', 'day_score_mean', 'vote_score_sum', 'week_votes', 'week_score_mean'];
const UNIT_FIGURES = ['outbox', 'lost', 'uptime_s', 'clock_synced'];

export const STATE = ['waiting', 'level', 'oldest_wait_s'];
export const METRICS = ['service_level_pct', 'service_level_low_pct', 'service_level_high_pct', 'window_counted',
    'day_pct', 'day_low_pct', 'day_high_pct', 'p50_s', 'p90_s', 'day_p50_s', 'day_p90_s', 'day_coverage_pct'];

export const object = (value) => (value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null);
export const number = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : null);
export const text = (value, max = 200) => (typeof value === 'string' ? value.slice(0, max) : null);
const FIGURE_MAX = 1e12;
/** A figure as a view may show it: a finite number of its kind, or null. */
function figure(name, value) {
    const share = name.endsWith('_pct') || name === 'pct';
    const [least, most] = share ? [0, 100] : [-FIGURE_MAX, FIGURE_MAX];
    return typeof value === 'number' && value >= least && value <= most ? value : null;
}

/** Of a flat payload its numbers; all of `names` are there. What is no number is null. */
function figures(p, names = []) {
    const made = Object.fromEntries(names.map((name) => [name, null]));
    for (const [name, value] of Object.entries(p).slice(0, LIMITS.things)) {
        made[name] = figure(name, value);
    }
    return made;
}

/** Parts of the day, by name. */
function dayparts(value) {
    const made = {};
    for (const [name, part] of Object.entries(object(value) ?? {}).slice(0, LIMITS.parts)) {
        if (object(part) && ID.test(name)) {
            made[name] = figures(part, ['counted', 'kept', 'pct']);
        }
    }
    return made;
}

function json(payload) {
    try {
        return object(JSON.parse(payload));
    } catch {
        return null;
    }
}

/** The entry of a map, made where there is still room; else null. */
function entry(map, id, make) {
    let found = map.get(id);
    if (!found && map.size < LIMITS.things) {
        map.set(id, found = make());
    }
    return found ?? null;
}

const newStation = () => ({
    state: null, metrics: null, heard: null, session: -1, live: false, told: null, toldLive: false,
    line: new Series(STATE, { stepMs: 10_000, keep: 'max' }),
    figures: new Series(METRICS, { stepMs: 60_000 }),
});

/** Topics below BASE/SITE/UNIT/ whose payload is JSON, or empty: emptied. */
const SAYS = {
    __proto__: null, info: 'sayInfo', metrics: 'sayMetrics', alert: 'sayAlert', journal: 'sayRecord', praise: 'sayPraise',
    'station/state': 'sayState', 'station/metrics': 'sayFigures', event: 'sayEvent',
};
/** Those whose payload is a word. */
const WORDS = { __proto__: null, 'input/state': 'inputs', 'input/health': 'inputs', 'output/state': 'outputs' };
/** Of these a message may be as old as the broker's queue: no sign of life. */
const OLD = ['journal', 'praise', 'availability', 'rsp', 'commissioning'];

export class Unit {
    constructor(site, unit, env) {
        Object.assign(this, {
            site, unit, env, base: `${env.base}/${site}/${unit}`, key: `${site}/${unit}`,
            clock: new UnitClock(), journal: new Journal(), version: 0, cache: new Map(),
            availability: null, said: -1, session: -1, heard: null, offlineMs: null,
            info: null, metrics: null, atMs: null, told: [], toldMs: null, stations: new Map(), away: null,
            alerts: new Map(), inputs: new Map(), outputs: new Map(), praise: [], events: [],
        });
    }

    nowMs() {
        return this.clock.now(this.env.now(), this.speaks());
    }

    speaks() {
        return ['live', 'held'].includes(this.fresh());
    }

    /** One of README.md's words. */
    fresh() {
        const { env } = this;
        if (!env.up) {
            return 'link';
        }
        if (this.availability === 'offline' && this.said === env.session) {
            return 'offline';
        }
        if (this.session !== env.session) {
            return this.said !== env.session ? 'unknown' : env.age(env.since) > this.staleMs() ? 'stale' : 'held';
        }
        return env.age(this.heard) > this.staleMs() ? 'stale' : 'live';
    }

    /** Three intervals without a word. */
    staleMs() {
        return Math.max(STALE_MIN_MS, 3000 * this.intervalS());
    }

    /**
     * When that was said, by the unit's clock: heard as it was said, or kept by the broker,
     * which keeps beside it when the unit last said all of its figures; null: not known.
     */
    saidMs(heard, live) {
        if (!live) {
            return this.atMs === null ? null : Math.min(this.atMs, this.nowMs());
        }
        return this.clock.now(heard, this.speaks());
    }

    /** How often it says its figures: as it says, as it was seen to, or as is usual. */
    intervalS() {
        const said = number(this.info?.metrics_interval_s);
        return said > 0 ? Math.min(said, INTERVAL_MAX_S)
            : this.told.length > 0 ? Math.max(...this.told) : INTERVAL_S;
    }

    /** From now on nothing is heard. */
    gap() {
        this.clock.pause();
        for (const station of this.stations.values()) {
            station.line.gap(this.nowMs());
            station.figures.gap(this.nowMs());
        }
        this.toldMs = null;
    }

    /**
     * @param {string[]} path the levels below BASE/SITE/UNIT
     * @param {string} payload
     * @param {boolean} retain it is what the broker kept
     */
    hear(path, payload, retain) {
        const [first, id, last] = path;
        if (!OLD.includes(first) && !retain) {
            this.heard = this.env.now();
            this.session = this.env.session;
        }
        if (first === 'availability') {
            this.sayAvailability(payload, retain);
            return;
        }
        const name = path.length === 3 && first !== 'event' ? `${first}/${last}` : first;
        if (WORDS[name]) {
            this.sayWord(this[WORDS[name]], id, last, payload);
            return;
        }
        const p = payload === '' ? null : json(payload);
        if (SAYS[name] && (p || payload === '')) {
            this[SAYS[name]](p, { id, last, retain });
        } else if (SAYS[name]) {
            this.env.counts.refused += 1;
        }
    }

    sayAvailability(payload, retain) {
        if (payload === 'offline' && this.availability !== 'offline') {
            // What the broker kept does not say since when.
            this.offlineMs = retain ? null : this.nowMs();
            this.clock.slow(this.env.now());
            this.gap();
        } else if (payload === 'online') {
            this.offlineMs = null;
        }
        if (payload === 'online' || payload === 'offline') {
            this.availability = payload;
            this.said = this.env.session;
        }
    }

    sayInfo(p) {
        this.info = p;
        this.version += 1; // a promise may be another
    }

    sayMetrics(p, { retain }) {
        const at = this.env.mono();
        this.atMs = moment(p?.at);
        if (this.atMs !== null && retain) {
            this.clock.suppose(this.atMs, this.env.now());
        } else if (this.atMs !== null) {
            this.clock.tell(this.atMs, this.env.now(), true);
        }
        // Two in one second: a record was refused.
        if (!retain && this.toldMs !== null && at - this.toldMs >= 900) {
            this.told = [...this.told, Math.min(3600, (at - this.toldMs) / 1000)].slice(-5);
        }
        this.metrics = p && figures(p, UNIT_FIGURES);
        this.toldMs = retain ? null : at;
    }

    sayState(p, { id, retain }) {
        if (!p) {
            this.stations.delete(id);
            return;
        }
        const station = ID.test(id) && number(p.waiting) !== null && number(p.level) !== null
            ? entry(this.stations, id, newStation) : null;
        if (!station) {
            this.env.counts.refused += 1;
            return;
        }
        station.state = { ...figures(p, STATE_FIGURES), measuring: MEASURING.includes(p.measuring) ? p.measuring : 'full' };
        station.state.people ??= station.state.waiting;
        station.heard = this.env.now();
        station.live = !retain;
        station.session = this.env.session;
        this.draw(station.line, STATE, station.state, retain);
    }

    sayFigures(p, { id, retain }) {
        const station = p && ID.test(id) ? entry(this.stations, id, newStation) : this.stations.get(id);
        if (station) {
            station.metrics = p && { ...figures(p, DAY_FIGURES), dayparts: dayparts(p.dayparts) };
            station.told = this.env.now();
            station.toldLive = !retain;
        }
        if (station && p) {
            this.draw(station.figures, METRICS, station.metrics, retain);
        }
    }

    /** What the broker kept is not of now, unless the unit is there. */
    draw(series, names, figuresNow, retain) {
        if (!retain || this.fresh() === 'held') {
            series.add(this.nowMs(), names.map((name) => figuresNow[name] ?? null));
        }
    }

    sayAlert(p, { id }) {
        if (!p) {
            this.alerts.delete(id);
        } else if (ALERT.test(id) && text(p.state)) {
            const made = {
                id, rule: text(p.rule), station: text(p.station), sensor: text(p.sensor),
                state: p.state, acked: p.acked === true, level: text(p.level) ?? 'ok',
                sinceMs: moment(p.since), atMs: moment(p.at), seq: number(p.seq) ?? 0,
                active: p.state === 'raised' || p.state === 'acked', session: this.env.session,
            };
            Object.assign(entry(this.alerts, id, () => made) ?? {}, made);
            this.version += 1;
        }
    }

    sayRecord(p, { retain }) {
        const { counts } = this.env;
        const r = retain || !p ? null : this.journal.add(p, this.env.mono());
        if (!r) {
            counts.copies += 1;
            return;
        }
        counts.records += 1;
        this.version += 1;
        // A record may have waited at the broker: it does not set the clock. A retained state may be dropped on a slow line, a record is not.
        if (r.type === 'alert' && this.alerts.get(r.alert)?.seq < r.seq) {
            this.sayAlert(p, { id: r.alert });
        }
        this.env.onRecord(this.key, r.era, p);
    }

    sayPraise(p) {
        const atMs = moment(p?.at);
        const last = this.praise.at(-1);
        if (atMs !== null && !(last && last.atMs === atMs && last.station === p.station)) {
            this.praise = [...this.praise, { station: text(p.station), streak: number(p.streak), atMs }]
                .slice(-LIMITS.praise);
        }
    }

    sayEvent(p, { id }) {
        const atMs = moment(p?.at);
        if (atMs === null) {
            return;
        }
        this.clock.tell(atMs, this.env.now());
        if (id !== 'input' && id !== 'sound' && id !== 'edge') {
            this.events = [...this.events, { ...p, atMs }].slice(-LIMITS.events);
        }
    }

    sayWord(map, id, name, payload) {
        const thing = ID.test(id) ? entry(map, id, () => ({ state: null, health: null })) : null;
        if (thing) {
            thing[name] = payload === '' ? null : payload.slice(0, 20);
        }
        if (thing && thing.state === null && thing.health === null) {
            map.delete(id);
        }
    }
}
