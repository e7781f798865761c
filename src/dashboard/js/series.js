const BACK_MS = 3_600_000;

/**
 * What retained figures were since the page is open: at most so many samples, one for
 * each step of time; then two neighbours become one, so that the whole span stays, only
 * coarser. A sample of null is a gap. Pure.
 */
export class Series {
    /**
     * @param {string[]} names of the figures
     * @param {'last'|'max'} keep what stays of several in one step
     */
    constructor(names, { stepMs = 10_000, max = 1440, keep = 'last' } = {}) {
        this.names = names;
        this.stepMs = stepMs;
        this.max = max;
        this.keep = keep;
        this.t = [];
        this.columns = names.map(() => []);
    }

    /** @param {(number|null)[]} values one for each name */
    add(ms, values) {
        let t = Math.floor(ms / this.stepMs) * this.stepMs;
        if (this.t.length > 0 && ms < this.t.at(-1) - BACK_MS) {
            this.t = []; // another clock: what was before does not stand on the same axis
            this.columns = this.names.map(() => []);
        }
        const last = this.t.length - 1;
        if (last >= 0 && t <= this.t[last] && this.columns.every((column) => column[last] === null)) {
            t = this.t[last] + 1; // a gap stays one
        }
        if (last >= 0 && t <= this.t[last]) {
            this.columns.forEach((column, i) => {
                column[last] = this.merge(column[last], values[i]);
            });
            return;
        }
        this.t.push(t);
        this.columns.forEach((column, i) => column.push(values[i] ?? null));
        if (this.t.length > this.max) {
            this.halve();
        }
    }

    /** From here on nothing was heard. */
    gap(ms) {
        const last = this.t.length - 1;
        if (last >= 0 && this.columns.some((column) => column[last] !== null)) {
            this.t.push(Math.max(ms, this.t[last] + 1));
            this.columns.forEach((column) => column.push(null));
        }
    }

    merge(old, value) {
        const fresh = value ?? null;
        if (this.keep === 'last' || old === null || fresh === null) {
            return fresh;
        }
        return Math.max(old, fresh);
    }

    halve() {
        this.stepMs *= 2;
        const t = [];
        const columns = this.names.map(() => []);
        for (let i = 0; i < this.t.length; i += 1) {
            const step = Math.floor(this.t[i] / this.stepMs) * this.stepMs;
            const gap = this.columns.every((column) => column[i] === null);
            const before = t.length - 1;
            const joins = before >= 0 && !gap && step <= t[before]
                && !columns.every((column) => column[before] === null);
            if (joins) {
                this.columns.forEach((column, c) => {
                    columns[c][before] = this.merge(columns[c][before], column[i]);
                });
            } else if (!(gap && before >= 0 && columns.every((column) => column[before] === null))) {
                t.push(before >= 0 ? Math.max(step, t[before] + 1) : step);
                this.columns.forEach((column, c) => columns[c].push(column[i]));
            }
        }
        // Nothing but gaps between single samples: the oldest go.
        const over = Math.max(0, t.length - Math.floor(this.max * 0.75));
        this.t = t.slice(over);
        this.columns = columns.map((column) => column.slice(over));
    }

    /** [[ms…], [value…]] of one name. */
    get(name) {
        const i = this.names.indexOf(name);
        return i < 0 ? [[], []] : [[...this.t], [...this.columns[i]]];
    }
}
