/**
 * What the unit's clock says now. Payloads carry labels of the unit's own wall clock;
 * between them the page's monotonic clock carries on. A unit that replays a recorded day
 * runs faster than the wall (a demo: sixty times), which the labels show. Pure.
 */

/** Labels nearer than this say nothing about the speed. */
const SPAN_MS = 1500;
/** A real clock runs at 1; drift, steps and late messages are not speed. */
const FAST = 2;
const RATE_MAX = 4000;
/** So far may a clock of speed 1 be from the browser's before the unit's is believed. */
const NEAR_MS = 2000;

export class UnitClock {
    constructor() {
        this.anchor = null;   // newest: {monoMs, labelMs}
        this.mark = null;     // an older one, for the speed
        this.rate = 1;
    }

    /** A label of a message that was made just now. An older label than the newest is ignored, unless far back. */
    tell(labelMs, monoMs) {
        const now = this.at(monoMs);
        if (now !== null && labelMs < now - 3_600_000) {
            this.mark = null;
            this.rate = 1;
        } else if (this.anchor && labelMs < this.anchor.labelMs) {
            return;
        }
        this.anchor = { monoMs, labelMs };
        if (!this.mark) {
            this.mark = this.anchor;
        } else if (monoMs - this.mark.monoMs >= SPAN_MS) {
            const rate = (labelMs - this.mark.labelMs) / (monoMs - this.mark.monoMs);
            this.rate = rate >= FAST && rate <= RATE_MAX ? rate : 1;
            this.mark = this.anchor;
        }
    }

    /** The unit is off: when it is back, it may run at another speed. */
    slow(monoMs) {
        if (this.anchor) {
            this.anchor = { monoMs, labelMs: this.at(monoMs) };
            this.mark = null;
            this.rate = 1;
        }
    }

    /** The unit's moment, or null where no label was heard. */
    at(monoMs) {
        if (!this.anchor) {
            return null;
        }
        return this.anchor.labelMs + (monoMs - this.anchor.monoMs) * this.rate;
    }

    /** The same, with the browser's own where the unit's is near it or not known. */
    now(monoMs, wallMs) {
        const at = this.at(monoMs);
        if (at === null || (this.rate === 1 && Math.abs(at - wallMs) < NEAR_MS)) {
            return wallMs;
        }
        return at;
    }
}
