/**
 * What the unit's clock says now. Payloads carry labels of the unit's own wall clock;
 * between them this computer's clocks carry on. A unit that replays a recorded day runs
 * faster than the wall (a demo: sixty times), which the labels show. Pure; a moment of
 * this computer is {mono, wall}: milliseconds that never go back, and since 1970.
 */

/** Labels nearer than this say nothing about the speed. */
const SPAN_MS = 2000;
/** A real clock runs at 1; drift, steps and late messages are not speed. */
const FAST = 2;
const RATE_MAX = 4000;
/** So far may two spans be apart that show the same speed. */
const ALIKE = 1.5;
/** So far may a clock of speed 1 be from the browser's before the unit's is believed. */
const NEAR_MS = 2000;
/** So far back a label is another clock, not a late message. */
const BACK_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** A faster clock is carried on so far beyond its last label: the day that it replays may be over. */
const LEAD_MS = 1_800_000;

const alike = (a, b) => Math.max(a, b) <= ALIKE * Math.min(a, b);

export class UnitClock {
    constructor() {
        this.anchor = null;   // newest: {mono, wall, labelMs}
        this.guess = null;    // the same of a label that is of unknown age
        this.mark = null;     // an older one, for the speed
        this.found = 1;       // what the last span showed: a speed is one that is shown twice
        this.rate = 1;
    }

    /**
     * A label of a message that was made just now.
     * @param {boolean} [exact] it says what the clock says; else what happened may have been
     *     some seconds ago, and an older label than the newest is ignored unless far back
     */
    tell(labelMs, at, exact = false) {
        const now = this.at(at);
        if (now !== null && labelMs < now - BACK_MS) {
            this.mark = null;
            this.found = 1;
            this.rate = 1;
        } else if (!exact && this.anchor && labelMs < this.anchor.labelMs) {
            return;
        }
        this.anchor = { ...at, labelMs };
        this.guess = null;
        if (!this.mark) {
            this.mark = this.anchor;
        } else if (at.mono - this.mark.mono >= SPAN_MS) {
            this.measure((labelMs - this.mark.labelMs) / (at.mono - this.mark.mono));
            this.mark = this.anchor;
        }
    }

    /** A step of the clock, or a message that was late, shows a speed once only. */
    measure(found) {
        const fast = found >= FAST && found <= RATE_MAX;
        this.rate = fast && (alike(found, this.found) || alike(found, this.rate)) ? found : 1;
        this.found = found;
    }

    /** A label that the broker kept: nobody knows for how long. */
    suppose(labelMs, at) {
        this.guess = this.anchor ? null : { ...at, labelMs };
    }

    /** What comes next may be late: it shows no speed together with what was. */
    pause() {
        this.mark = null;
    }

    /** The unit is off: when it is back, it may run at another speed. */
    slow(at) {
        if (this.anchor) {
            this.anchor = { ...at, labelMs: this.at(at) };
            this.mark = null;
            this.found = 1;
            this.rate = 1;
        }
    }

    /** The unit's moment, or null where no label was heard. */
    at(at) {
        return this.anchor && this.on(this.anchor, at);
    }

    /** A label carried on. A computer that slept wakes with a monotonic clock that slept, too. */
    on({ mono, wall, labelMs }, at) {
        if (this.rate === 1) {
            return labelMs + Math.max(at.mono - mono, at.wall - wall);
        }
        return labelMs + Math.min((at.mono - mono) * this.rate, LEAD_MS);
    }

    /**
     * The same, with the browser's own where the unit's is near it or not known.
     * @param {boolean} alive the unit speaks, so that what the broker kept is of this day;
     *     then a label more than a day away shows a clock that is not the browser's
     */
    now(at, alive = false) {
        const label = this.at(at);
        if (label !== null) {
            return this.rate === 1 && Math.abs(label - at.wall) < NEAR_MS ? at.wall : label;
        }
        const supposed = alive && this.guess ? this.on(this.guess, at) : at.wall;
        return Math.abs(supposed - at.wall) > DAY_MS ? supposed : at.wall;
    }
}
