/**
 * The records this browser has seen, kept in its IndexedDB, so that a reload or a night
 * forgets nothing that the broker has already handed over. Some tens of thousands, the
 * newest; nothing else is kept, and signing out empties it. Where a browser keeps
 * nothing (a private window), all goes on without.
 *
 * The broker forgets a record as soon as the page has it, and a transaction begun while
 * the page is being left may not end. What is not surely written by then is left in
 * localStorage, which is written at once, and fetched from there by the next opening.
 */

export const KEEP = 50_000;
const NAME = 'thirdring';
const FLUSH_MS = 1000;
const PATIENCE_MS = 5000;
const PENDING_MAX = 5000;
const LEFT = 'thirdring.left.';

const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
});

/** Some browsers never answer; the page does not wait for them. */
const soon = (promise) => new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), PATIENCE_MS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
});

async function open(indexedDB) {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
        request.result.createObjectStore('records').createIndex('at', 'at');
    };
    return done(request);
}

/** What was left for this source: its names in localStorage, and the records. */
function found(local, source) {
    const names = [];
    const records = [];
    for (let i = 0; i < (local?.length ?? 0); i++) {
        const name = local.key(i);
        try {
            const left = name.startsWith(LEFT) ? JSON.parse(local.getItem(name)) : null;
            if (left?.source === source && Array.isArray(left.records)) {
                names.push(name);
                records.push(...left.records.filter((record) => record?.key && record.p?.id));
            }
        } catch {
            names.push(name);
        }
    }
    return { names, records };
}

const label = (p) => Date.parse(p.closed ?? p.at) || 0;

/**
 * @param {string} source whose records: the broker's address; each has its own
 * @returns {{load, put, flush, leave, clear, source}} none of which ever throws
 */
export async function openStore(source, { indexedDB = globalThis.indexedDB, local = null, keep = KEEP } = {}) {
    let db = null;
    let pending = [];
    let flying = []; // handed to the database, and not yet known to be in it
    let owed = [];   // names in localStorage of what is pending or flying
    let timer = null;
    let written = 0;
    try {
        db = await soon(open(indexedDB));
    } catch {
        return { source, load: async () => [], put() {}, flush: async () => {}, leave() {}, clear: async () => {} };
    }
    const mine = () => globalThis.IDBKeyRange.bound(`${source}|`, `${source}|\uffff`);
    const records = (mode) => db.transaction('records', mode).objectStore('records');
    const name = ({ key, era, p }) => `${source}|${key}|${era}|${p.type}:${p.id}`;

    async function quietly(what) {
        try {
            return await what();
        } catch (error) {
            console.warn('thirdring: the browser’s store', error);
            return undefined;
        }
    }

    /** The oldest beyond what is kept. */
    async function prune() {
        written = 0;
        const [keys, all] = await Promise.all([
            done(records('readonly').getAllKeys(mine())), done(records('readonly').getAll(mine()))]);
        if (all.length <= keep) {
            return;
        }
        const order = all.map((record, i) => [record.at, keys[i]]).sort((a, b) => a[0] - b[0]);
        const into = records('readwrite');
        for (const [, key] of order.slice(0, all.length - keep)) {
            into.delete(key);
        }
    }

    /** All that is kept, oldest first: [{key, era, p}]. */
    async function load() {
        const left = found(local, source);
        owed = left.names;
        pending.push(...left.records);
        await flush();
        const all = await quietly(() => soon(done(records('readonly').getAll(mine())))) ?? [];
        all.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.era - b.era || a.p.seq - b.p.seq));
        if (all.length > keep) {
            quietly(prune);
        }
        return all;
    }

    /** What is not surely in the database yet; the newest, where it takes nothing for long. */
    const unsure = () => [...flying, ...pending].slice(-PENDING_MAX);

    /** All of it is: nothing needs to lie in localStorage any more. */
    function settle() {
        if (flying.length === 0 && pending.length === 0) {
            owed.forEach((key) => local.removeItem(key));
            owed = [];
        }
    }

    async function flush() {
        clearTimeout(timer);
        timer = null;
        const batch = pending;
        pending = [];
        flying = [...flying, ...batch];
        const over = (again) => {
            const those = new Set(batch);
            const back = again ? flying.filter((record) => those.has(record)) : []; // none after clear()
            flying = flying.filter((record) => !those.has(record));
            pending = [...back, ...pending].slice(-PENDING_MAX);
            settle();
        };
        if (batch.length === 0) {
            settle();
            return;
        }
        try {
            const into = records('readwrite');
            into.transaction.oncomplete = () => over(false);
            into.transaction.onabort = () => over(true); // with the next ones, once more
            for (const record of batch) {
                into.put({ ...record, at: label(record.p) }, name(record));
            }
            // Said at once, a transaction still ends when the page is being left.
            into.transaction.commit?.();
        } catch (error) {
            console.warn('thirdring: the browser’s store', error);
            over(true);
            return;
        }
        written += batch.length;
        if (written > keep / 5) {
            await quietly(prune);
        }
    }

    function put(key, era, p) {
        pending.push({ key, era, p });
        if (pending.length === PENDING_MAX) { // beyond it the database is ill: asked once a second
            flush();
        }
        timer ??= setTimeout(flush, FLUSH_MS);
    }

    /** The page is being left, perhaps for good. */
    function leave() {
        const records = unsure();
        if (records.length > 0) {
            try {
                const key = LEFT + Math.random().toString(36).slice(2);
                local?.setItem(key, JSON.stringify({ source, records }));
                owed.forEach((old) => local?.removeItem(old));
                owed = local ? [key] : [];
            } catch {
                // full or forbidden: the transaction below usually still ends
            }
        }
        flush();
    }

    async function clear() {
        pending = [];
        flying = [];
        owed = [];
        found(local, source).names.forEach((key) => local.removeItem(key));
        await quietly(() => done(records('readwrite').delete(mine())));
    }

    return { source, load, put, flush, leave, clear };
}
