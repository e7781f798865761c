/** The parts, tied together and handed to the views. */
import mqtt from 'mqtt';
import { createConnection, usualBroker } from './connection.js';
import { createModel } from './model.js';
import { openStore } from './store.js';
import { createStrings, language } from './strings.js';
import { start } from './view.js';

const FRAME_MS = 250;
const AGES_MS = 1000;
const SLEPT_MS = 90_000;

const query = new URLSearchParams(location.search);
const base = query.get('base') || 'thirdring';
const locale = language([query.get('lang'), ...(navigator.languages ?? [navigator.language])]);

let store = null;
const model = createModel({
    base, mono: () => performance.now(), wall: () => Date.now(),
    onRecord: (key, era, p) => store?.put(key, era, p),
});

/** Storages throw already when they are asked for, where a browser forbids them. */
function storage(name) {
    try {
        return window[name];
    } catch {
        return null;
    }
}

const connection = createConnection({
    connect: (broker, options) => mqtt.connect(broker, options),
    model, base, site: query.get('site') || '+', unit: query.get('unit') || '+',
    broker: query.get('broker') || usualBroker(location),
    channel: window.BroadcastChannel ? new BroadcastChannel('thirdring') : null,
    local: storage('localStorage'), session: storage('sessionStorage'),
    async prepare(broker) {
        await store?.flush();
        model.forget();
        store = null; // what is restored is not stored again
        const opened = await openStore(`${broker} ${base}`, { local: storage('localStorage') });
        model.restore(await opened.load());
        store = opened;
    },
    async forget() {
        await store?.clear();
        model.forget();
    },
});

// --- frames: as many as there is something new, never more than an eye needs --------

const frames = new Set();
let drawn = { version: -1, at: -Infinity };

function frame(force = false) {
    const at = performance.now();
    const { version } = model;
    const due = version !== drawn.version ? FRAME_MS : AGES_MS;
    if (!force && (document.hidden || at - drawn.at < due - 20)) {
        return;
    }
    drawn = { version, at };
    for (const fn of frames) {
        try {
            fn({ at });
        } catch (error) {
            console.error(error); // one view's mistake is not the others'
        }
    }
}

const app = {
    model, connection, locale, t: createStrings(locale),
    onFrame(fn) {
        frames.add(fn);
        return () => frames.delete(fn);
    },
};

let ticked = Date.now();
setInterval(() => {
    if (Date.now() - ticked > SLEPT_MS) {
        connection.check(); // this computer was asleep, or its clock was set
    }
    ticked = Date.now();
    frame();
}, FRAME_MS);
connection.onState(({ status }) => {
    document.documentElement.dataset.link = status === 'up' ? 'live' : status;
    frame(true);
});
document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
        store?.flush(); // a telephone may end a page that nobody sees without another word
    } else {
        connection.check();
        frame(true);
    }
});
window.addEventListener('online', () => connection.retry());
window.addEventListener('pagehide', () => store?.leave());
// For tests, and for whoever opens the browser's console.
window.thirdring = app;

document.documentElement.dataset.link = 'connecting';
start(app);
connection.open();
