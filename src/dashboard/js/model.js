/**
 * What is known of the shops that a broker tells of: made from messages, asked by views
 * (README.md beside this folder lists what they get). Pure: it is told what time it is,
 * touches neither page nor network, and its memory has bounds whatever comes.
 */
import { alertSpans, buckets } from './figures.js';
import { named, snapshot } from './snapshot.js';
import { ID, LIMITS, STATE, Unit, object } from './unit.js';

const decoder = new TextDecoder();

export class Model {
    #units = new Map();
    #env;

    /**
     * @param {object} options
     * @param {() => number} options.mono milliseconds that never go back
     * @param {() => number} options.wall milliseconds since 1970
     * @param {string} [options.base] mqtt.base of the units
     * @param {(key: string, era: number, payload: object) => void} [options.onRecord] of each new record
     */
    constructor({ mono, wall, base = 'thirdring', onRecord = () => {} }) {
        this.version = 0;
        this.#env = {
            base, mono, wall, onRecord, up: false, session: 0, since: { mono: mono(), wall: wall() },
            counts: { messages: 0, refused: 0, records: 0, copies: 0 },
            now: () => ({ mono: mono(), wall: wall() }),
            // A computer that slept wakes with a monotonic clock that slept, too: the longer is true.
            age: (heard) => Math.max(mono() - heard.mono, wall() - heard.wall, 0),
        };
    }

    get counts() {
        return { ...this.#env.counts };
    }

    // --- what is heard ----------------------------------------------------------------

    #unit(site, name) {
        const key = `${site}/${name}`;
        if (!this.#units.has(key) && this.#units.size < LIMITS.units && ID.test(site) && ID.test(name)) {
            this.#units.set(key, new Unit(site, name, this.#env));
        }
        return this.#units.get(key) ?? null;
    }

    /**
     * One message, as it came.
     * @param {string} topic
     * @param {Uint8Array|string} payload
     * @param {{retain?: boolean}} packet retain: it is what the broker kept, not news
     */
    message(topic, payload, { retain = false } = {}) {
        const { base, counts } = this.#env;
        counts.messages += 1;
        this.version += 1;
        const [site, name, ...path] = topic.startsWith(`${base}/`) ? topic.slice(base.length + 1).split('/') : [];
        const gone = path[0] === 'availability' && payload.length === 0;
        if (gone) {
            this.#units.delete(`${site}/${name}`);
            return;
        }
        const fits = path.length > 0 && payload.length <= LIMITS.payload;
        const unit = fits ? this.#unit(site, name) : null;
        if (!unit) {
            counts.refused += 1;
            return;
        }
        unit.hear(path, typeof payload === 'string' ? payload : decoder.decode(payload), retain);
        if (path[0] === 'journal') {
            this.#trim();
        }
    }

    /**
     * The connection to the broker came or went.
     * @param {{resumed?: boolean}} how resumed: the broker hands over what was recorded meanwhile
     */
    link(up, { resumed = false } = {}) {
        const env = this.#env;
        if (up && !env.up) {
            env.session += 1;
            env.since = env.now();
            this.#units.forEach((unit) => {
                const last = resumed ? null : unit.journal.ends()?.last;
                unit.away = last ? { last, until: env.since } : unit.away;
            });
        } else if (!up && env.up) {
            this.#units.forEach((unit) => unit.gap());
        }
        env.up = up;
        this.version += 1;
    }

    /** Records of this browser's store, [{key, era, p}] in order, before anything is heard. */
    restore(records) {
        for (const { key, era, p } of records) {
            const unit = typeof key === 'string' && Number.isSafeInteger(era) ? this.#unit(...key.split('/')) : null;
            if (unit && era > unit.journal.era) {
                unit.journal.begin();
                unit.journal.era = era;
            }
            unit?.journal.add(p, -Infinity);
        }
        this.#units.forEach((unit) => { unit.version += 1; });
        this.#trim();
        this.version += 1;
    }

    /** All goes: whoever signs out leaves nothing. */
    forget() {
        this.#units.clear();
        this.version += 1;
    }

    /** Of all units together so many records; those with the most give. */
    #trim() {
        let held = 0;
        let most = null;
        for (const unit of this.#units.values()) {
            held += unit.journal.held;
            most = most && most.journal.held >= unit.journal.held ? most : unit;
        }
        if (held > LIMITS.records) {
            most.journal.evict(held - LIMITS.records + LIMITS.records / 20);
            most.version += 1;
        }
    }

    // --- what is asked ------------------------------------------------------------------

    units() {
        // A unit of which only this browser's store knows may be no more.
        const heard = [...this.#units.values()].filter((unit) => unit.info || unit.availability || unit.heard);
        return heard.map((unit) => snapshot(unit, this.#env))
            .sort((a, b) => a.name.localeCompare(b.name) || (a.key < b.key ? -1 : 1));
    }

    unit(key) {
        const unit = this.#units.get(key);
        return unit ? snapshot(unit, this.#env) : null;
    }

    /** Asked again and again by views, and changed by records only. */
    #remember(key, what, args, make) {
        const unit = this.#units.get(key);
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

    #list(type, key, { station = null, from = -Infinity, to = Infinity } = {}) {
        return this.#remember(key, type, [station, from, to],
            (unit) => unit.journal.list(type, { station, from, to }));
    }

    waits(key, range) {
        return this.#list('wait', key, range);
    }

    votes(key, range) {
        return this.#list('vote', key, range);
    }

    buckets(key, { station = null, from, to, stepMs }) {
        return this.#remember(key, 'buckets', [station, from, to, stepMs], (unit) => {
            const about = named(unit.info?.stations).find(({ id }) => id === station);
            // Those that began before and those that ended after are in the line, too.
            const waits = unit.journal.list('wait', { station, from }).filter((r) => r.openedMs < to);
            return buckets(waits, { from, to, stepMs, promised: station === null || object(about?.target) !== null });
        });
    }

    quarters(key, { station, from = -Infinity, to = Infinity }) {
        return this.#remember(key, 'quarters', [station, from, to], (unit) =>
            [...(unit.journal.quarters.get(station)?.values() ?? [])]
                .filter((q) => q.t >= from && q.t < to).sort((a, b) => a.t - b.t));
    }

    alertSpans(key, { station = null, from = -Infinity, to = Infinity } = {}) {
        return this.#remember(key, 'spans', [station, from, to], (unit) =>
            alertSpans(unit.journal.list('alert'), { from, to })
                .map((span) => (span.toMs === null ? this.#ended(unit, span) : span))
                .filter((span) => station === null || span.station === station));
    }

    /** The record of its end may be missing here: the unit's own word on the alert is not. */
    #ended(unit, span) {
        const said = unit.alerts.get(span.alert);
        return !said || said.active || said.session !== this.#env.session ? span
            : { ...span, toMs: Math.max(span.fromMs, said.atMs ?? span.fromMs) };
    }

    gaps(key, { from = -Infinity, to = Infinity } = {}) {
        const unit = this.#units.get(key);
        if (!unit) {
            return [];
        }
        const nowMs = unit.nowMs();
        const found = unit.journal.gaps(this.#env.mono()).map((gap) => ({ ...gap, why: 'records' }));
        const add = (fromMs, toMs, why) => found.push({ fromMs, toMs, why, count: null });
        for (const span of this.alertSpans(key)) {
            if (span.rule === 'offline') {
                add(span.fromMs, span.toMs ?? nowMs, 'unit');
            }
        }
        if (unit.availability === 'offline') {
            add(unit.offlineMs ?? unit.saidMs(null, false) ?? nowMs, nowMs, 'offline');
        }
        // Recorded while this page was away, and not kept for it: the next number will tell.
        const ends = unit.journal.ends();
        if (unit.away && unit.away.last === ends?.last) {
            add(unit.away.last.atMs, nowMs - this.#env.age(unit.away.until) * unit.clock.rate, 'away');
        }
        // What was before the oldest record here; before the first there was nothing.
        const first = ends?.first;
        if (!first || first.seq > 1) {
            add(-Infinity, first?.atMs ?? nowMs, 'before');
        }
        return found.map((gap) => ({ ...gap, fromMs: Math.max(from, gap.fromMs), toMs: Math.min(to, gap.toMs) }))
            .filter((gap) => gap.fromMs < gap.toMs).sort((a, b) => a.fromMs - b.fromMs);
    }

    /** Are all records of that time here? */
    whole(key, { from, to }) {
        return this.gaps(key, { from, to }).every(({ why }) => why === 'unit');
    }

    series(key, id, name) {
        const station = this.#units.get(key)?.stations.get(id);
        const of = name === 'coverage_pct' ? 'day_coverage_pct' : name;
        return station ? (STATE.includes(of) ? station.line : station.figures).get(of) : [[], []];
    }

    praise(key) {
        return this.#units.get(key)?.praise ?? [];
    }

    events(key) {
        return this.#units.get(key)?.events ?? [];
    }
}

export const createModel = (options) => new Model(options);
