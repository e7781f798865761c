/**
 * The records this browser has seen, kept in its IndexedDB, so that a reload or a night
 * forgets nothing that the broker has already handed over. Some tens of thousands, the
 * newest; nothing else is kept, and signing out empties it. Where a browser keeps
 * nothing (a private window), all goes on without.
 */

export const KEEP = 50_000;
const NAME = 'thirdring';
const FLUSH_MS = 1000;
const PATIENCE_MS = 5000;
const PENDING_MAX = 5000;

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

const label = (p) => Date.parse(p.closed ?? p.at) || 0;

/**
 * @param {string} source whose records: the broker's address; each has its own
 * @returns {{load, put, flush, clear, source}} none of which ever throws
 */
export async function openStore(source, { indexedDB = globalThis.indexedDB, keep = KEEP } = {}) {
    let db = null;
    let pending = [];
    let timer = null;
    let written = 0;
    try {
        db = await soon(open(indexedDB));
    } catch {
        return { source, load: async () => [], put() {}, flush: async () => {}, clear: async () => {} };
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
        const all = await quietly(() => soon(done(records('readonly').getAll(mine())))) ?? [];
        all.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.era - b.era || a.p.seq - b.p.seq));
        if (all.length > keep) {
            quietly(prune);
        }
        return all;
    }

    async function flush() {
        clearTimeout(timer);
        timer = null;
        const batch = pending;
        pending = [];
        if (batch.length === 0) {
            return;
        }
        await quietly(async () => {
            const into = records('readwrite');
            for (const record of batch) {
                into.put({ ...record, at: label(record.p) }, name(record));
            }
            // Said at once, a transaction still ends when the page is being left.
            into.transaction.commit?.();
            written += batch.length;
            if (written > keep / 5) {
                await prune();
            }
        });
    }

    function put(key, era, p) {
        pending.push({ key, era, p });
        if (pending.length >= PENDING_MAX) {
            flush();
        }
        timer ??= setTimeout(flush, FLUSH_MS);
    }

    async function clear() {
        pending = [];
        await quietly(() => done(records('readwrite').delete(mine())));
    }

    return { source, load, put, flush, clear };
}
