/**
 * The records of one unit (journal/wait, journal/vote, journal/alert), each once, in
 * the order of their numbers; what is missing among them; and quarters of an hour, which
 * remain when the records themselves had to go. Pure: the caller says what time it is.
 *
 * A record is known by type and id. Numbers (seq) have no gap over the three types, so
 * the ones seen are kept as ranges: that says what is missing, and of a record that had
 * to go still that it was there. A unit with a new journal begins at 1 with the ids it
 * had before, one whose journal was restored begins at an older number; that is noticed
 * by a number that was seen with another record, or by a lower number that is news long
 * after a higher one; and begins a new era. Order is (era, seq).
 */

import { moment } from './time.js';

export const TYPES = ['wait', 'vote', 'alert'];
/** A hole that stays so long is one: a session's first copies may overtake each other. */
export const SETTLE_MS = 10_000;
/** After damage a journal numbers on from far beyond; nobody knows how many were lost. */
export const BEYOND = 100_000;
const RANGES_MAX = 2000;
/** Every zone's hours and days begin with one. */
const QUARTER_MS = 900_000;
const QUARTERS_MAX = 60_000;

const word = (value) => (typeof value === 'string' && value.length <= 64 ? value : null);
const within = (value, most) => (typeof value === 'number' && value >= 0 && value <= most ? value : null);
const number = (value) => within(value, 1e9);

const parse = {
    wait: (p) => ({
        kind: word(p.kind), party: number(p.party) ?? 1,
        openedMs: moment(p.opened), closedMs: moment(p.closed), atMs: moment(p.closed),
        waitS: number(p.wait_s), rings: number(p.rings), serviceS: number(p.service_s),
        position: word(p.position), outcome: word(p.outcome),
        inTarget: typeof p.in_target === 'boolean' ? p.in_target : null,
        by: word(p.by), accurate: p.accurate === true, daypart: word(p.daypart),
        reason: word(p.reason),
    }),
    vote: (p) => ({
        button: word(p.button), score: within(p.score, 100), presses: number(p.presses) ?? 1,
        atMs: moment(p.at), wait: word(p.wait), waitStation: word(p.wait_station),
        daypart: word(p.daypart),
    }),
    alert: (p) => ({
        alert: word(p.alert), rule: word(p.rule), sensor: word(p.sensor), state: word(p.state),
        acked: p.acked === true, level: word(p.level), sinceMs: moment(p.since),
        atMs: moment(p.at),
    }),
};

/** A payload as a record, or null where it is none that can be used. */
export function toRecord(p) {
    if (!p || !TYPES.includes(p.type) || !word(p.id) || !Number.isSafeInteger(p.seq) || p.seq < 0) {
        return null;
    }
    const r = {
        type: p.type, id: p.id, seq: p.seq, station: word(p.station), hist: p.hist === true,
        synced: p.clock === 'synced', era: 0, ...parse[p.type](p),
    };
    if (r.atMs === null || (r.type === 'wait' && (r.openedMs === null || r.waitS === null
        || r.station === null || r.outcome === null)) || (r.type === 'alert' && r.alert === null)) {
        return null;
    }
    return r;
}

/** Answered, but found waiting already, so that nobody knows for how long. */
const found = (r) => r.outcome === 'answered' && r.inTarget === null && !r.accurate;

/** What one wait adds to a bucket or a quarter of an hour, beside its arrival. */
export function tally(into, r) {
    const answered = r.outcome === 'answered' && !found(r);
    into.counted += r.inTarget !== null ? 1 : 0;
    into.kept += r.inTarget === true ? 1 : 0;
    into.unsure += r.outcome === 'unknown' || found(r) ? 1 : 0;
    into.void += r.outcome === 'void' ? 1 : 0;
    into.abandoned += r.outcome === 'abandoned' ? 1 : 0;
    into.expired += r.outcome === 'expired' ? 1 : 0;
    into.answered += answered ? 1 : 0;
    into.byStaff += answered && r.by === 'staff' ? 1 : 0;
    return answered;
}

export const emptyTally = (t) => ({
    t, arrivals: 0, counted: 0, kept: 0, unsure: 0, void: 0, abandoned: 0, expired: 0,
    answered: 0, byStaff: 0,
});

export class Journal {
    constructor() {
        this.era = 0;
        this.keys = new Map();      // 'wait:ID' of this era -> record held
        this.lists = new Map();     // 'wait:STATION' -> records held, in order
        this.ranges = [];           // of this era: {first, last, atMs: when first was heard, label, labelLast}
        this.oldGaps = [];          // of eras before
        this.horizon = 0;           // of this era: numbers below are held no more
        this.newest = null;         // of this era: {seq, atMs, heardMs} of the highest number
        this.held = 0;
        this.quarters = new Map();  // STATION -> Map(quarter of an hour -> tally)
        this.quarterCount = 0;
    }

    /**
     * @param {object} p payload
     * @param {number} heardMs a monotonic clock's; -Infinity: from the store
     * @returns {object|null} the record where it is new
     */
    add(p, heardMs) {
        const r = toRecord(p);
        if (!r) {
            return null;
        }
        const key = `${r.type}:${r.id}`;
        const old = this.keys.get(key);
        const seen = this.has(r.seq);
        if (old ? old.seq === r.seq && old.atMs === r.atMs : seen && r.seq < this.horizon) {
            return null;
        }
        if (old || seen || this.restored(r, heardMs)) {
            this.begin();
        }
        if (r.seq > (this.newest?.seq ?? -1)) {
            this.newest = { seq: r.seq, atMs: r.atMs, heardMs };
        }
        r.era = this.era;
        this.keys.set(key, r);
        this.note(r, heardMs);
        this.insert(r);
        this.count(r);
        return r;
    }

    /** Made just now, later than the highest number, and yet a lower one. */
    restored(r, heardMs) {
        const { newest } = this;
        return newest !== null && !r.hist && r.seq < newest.seq && r.atMs > newest.atMs
            && heardMs - newest.heardMs > SETTLE_MS;
    }

    /** The numbers begin anew. */
    begin() {
        this.newest = null;
        this.oldGaps = this.gaps(Infinity).slice(-RANGES_MAX);
        this.era += 1;
        this.keys.clear();
        this.ranges = [];
        this.horizon = 0;
    }

    /** The index of the last range that begins at or before seq, or -1. */
    at(seq) {
        let lo = 0;
        let hi = this.ranges.length;
        while (lo < hi) {
            const mid = (lo + hi) >> 1;
            if (this.ranges[mid].first <= seq) {
                lo = mid + 1;
            } else {
                hi = mid;
            }
        }
        return lo - 1;
    }

    has(seq) {
        const i = this.at(seq);
        return i >= 0 && seq <= this.ranges[i].last;
    }

    note(r, heardMs) {
        const i = this.at(r.seq);
        const left = i >= 0 && this.ranges[i].last + 1 === r.seq ? this.ranges[i] : null;
        const right = this.ranges[i + 1]?.first === r.seq + 1 ? this.ranges[i + 1] : null;
        if (left && right) {
            left.last = right.last;
            left.labelLast = right.labelLast;
            this.ranges.splice(i + 1, 1);
        } else if (left) {
            left.last = r.seq;
            left.labelLast = r.atMs;
        } else if (right) {
            right.first = r.seq;
            right.label = r.atMs;
        } else {
            this.ranges.splice(i + 1, 0, {
                first: r.seq, last: r.seq, heardMs, label: r.atMs, labelLast: r.atMs,
            });
            if (this.ranges.length > RANGES_MAX) {
                // The oldest hole is forgotten.
                this.ranges[1].first = this.ranges[0].first;
                this.ranges[1].label = this.ranges[0].label;
                this.ranges.shift();
            }
        }
    }

    insert(r) {
        const name = `${r.type}:${r.station ?? ''}`;
        let list = this.lists.get(name);
        if (!list) {
            this.lists.set(name, list = []);
        }
        let i = list.length;
        while (i > 0 && list[i - 1].era === r.era && list[i - 1].seq > r.seq) {
            i -= 1;
        }
        list.splice(i, 0, r);
        this.held += 1;
    }

    quarter(station, ms) {
        const t = Math.floor(ms / QUARTER_MS) * QUARTER_MS;
        let quarters = this.quarters.get(station);
        if (!quarters) {
            this.quarters.set(station, quarters = new Map());
        }
        let q = quarters.get(t);
        if (!q) {
            q = { ...emptyTally(t), waitSumS: 0, maxS: null };
            quarters.set(t, q);
            this.quarterCount += 1;
            if (this.quarterCount > QUARTERS_MAX) {
                this.dropQuarter();
            }
        }
        return q;
    }

    dropQuarter() {
        let oldest = null;
        for (const [station, quarters] of this.quarters) {
            for (const t of quarters.keys()) {
                if (oldest === null || t < oldest.t) {
                    oldest = { station, t };
                }
            }
        }
        this.quarters.get(oldest.station).delete(oldest.t);
        this.quarterCount -= 1;
    }

    count(r) {
        if (r.type === 'wait') {
            this.quarter(r.station, r.openedMs).arrivals += 1;
            const q = this.quarter(r.station, r.closedMs);
            if (tally(q, r)) {
                q.waitSumS += r.waitS;
                q.maxS = Math.max(q.maxS ?? 0, r.waitS);
            }
        }
    }

    /** Lets the oldest `n` records go; their quarters of an hour stay. */
    evict(n) {
        const all = [...this.lists.values()].flat().sort((a, b) => a.era - b.era || a.seq - b.seq);
        const last = all[Math.min(n, all.length) - 1];
        if (!last) {
            return;
        }
        const gone = (r) => r.era < last.era || (r.era === last.era && r.seq <= last.seq);
        for (const [name, list] of this.lists) {
            const keep = list.filter((r) => !gone(r));
            this.held -= list.length - keep.length;
            this.lists.set(name, keep);
        }
        for (const [key, r] of this.keys) {
            if (gone(r)) {
                this.keys.delete(key);
            }
        }
        if (last.era === this.era) {
            this.horizon = last.seq + 1;
        }
    }

    /** Records held of a type, of a station or of all, whose label is in [from, to), in order. */
    list(type, { station = null, from = -Infinity, to = Infinity } = {}) {
        const within = (r) => r.atMs >= from && r.atMs < to;
        if (station !== null) {
            return (this.lists.get(`${type}:${station}`) ?? []).filter(within);
        }
        const found = [];
        for (const [name, list] of this.lists) {
            if (name.startsWith(`${type}:`)) {
                found.push(...list.filter(within));
            }
        }
        return found.sort((a, b) => a.era - b.era || a.seq - b.seq);
    }

    /** The first and the last record held, over all types; null without any. */
    ends() {
        let first = null;
        let last = null;
        const before = (a, b) => a.era < b.era || (a.era === b.era && a.seq < b.seq);
        for (const list of this.lists.values()) {
            if (list.length > 0) {
                first = first && before(first, list[0]) ? first : list[0];
                last = last && before(list.at(-1), last) ? last : list.at(-1);
            }
        }
        return first ? { first, last } : null;
    }

    /**
     * Holes between the numbers, settled ones only.
     * @returns {{fromMs: number, toMs: number, count: number|null}[]} labels of the records
     *     on either side; count null: a damaged journal, nobody knows
     */
    gaps(nowMs) {
        const gaps = [...this.oldGaps];
        for (let i = 1; i < this.ranges.length; i += 1) {
            const [a, b] = [this.ranges[i - 1], this.ranges[i]];
            if (nowMs - b.heardMs > SETTLE_MS) {
                const count = b.first - a.last - 1;
                gaps.push({
                    fromMs: Math.min(a.labelLast, b.label), toMs: Math.max(a.labelLast, b.label),
                    count: count > BEYOND ? null : count,
                });
            }
        }
        return gaps;
    }
}
