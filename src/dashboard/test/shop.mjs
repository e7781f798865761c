/** A model with a clock of its own, and payloads as a unit makes them. */
import { createModel } from '../js/model.js';

export const BASE = 'thirdring/demo/main';
export const START = Date.parse('2026-03-02T09:00:00Z');

export const label = (ms) => new Date(ms).toISOString();

/** @returns a model at START, connected; pass(ms) lets time go by, say(path, payload) is a live message */
export function shop(options = {}) {
    const at = { mono: 0, wall: START };
    const stored = [];
    const model = createModel({
        mono: () => at.mono, wall: () => at.wall, onRecord: (...record) => stored.push(record), ...options,
    });
    const say = (path, payload, packet = {}) => model.message(`${BASE}/${path}`,
        typeof payload === 'string' ? payload : JSON.stringify(payload), packet);
    const pass = (ms) => {
        at.mono += ms;
        at.wall += ms;
    };
    model.link(true);
    return { model, say, pass, at, stored, unit: () => model.unit('demo/main'), key: 'demo/main' };
}

export const info = (stations) => ({
    v: 1, site: 'demo', unit: 'main', name: 'The Corner Shop', timezone: 'Europe/London', version: '1.0',
    config_hash: '9', stations, sensors: [{ id: 'greet', name: 'Greeted', type: 'button' }],
    outputs: [{ id: 'red', name: 'red', type: 'lamp' }],
});

export const door = {
    id: 'door', name: 'Front door', kind: 'greeting', audience: 'customer',
    target: { rings: 3, seconds: 18, percent: 80, window_min: 60 },
};

export const state = (change = {}) => ({
    v: 1, waiting: 0, at_least: 0, people: 0, in_service: 0, oldest_wait_s: 0, oldest_rings: 0, level: 0,
    acked: 0, open: 1, streak: 0, threshold_s: 18, service_level_pct: null, today_pct: null,
    today_arrivals: 0, today_served: 0, today_void: 0, measuring: 'full', coverage_pct: 100,
    staffed: null, ...change,
});

/** A closed wait of `waitS` that began so many ms after START. */
export const wait = (seq, openedMs, waitS, change = {}) => ({
    v: 1, type: 'wait', id: `main-${seq * 10}`, seq, site: 'demo', station: 'door', kind: 'greeting', party: 1,
    opened: label(START + openedMs), closed: label(START + openedMs + waitS * 1000), mono_ms: openedMs,
    wait_s: waitS, rings: 1, service_s: null, position: null, outcome: 'answered', in_target: waitS <= 18,
    by: 'sensor', accurate: true, order: 'assumed', clock: 'synced', daypart: null, reason: null, ...change,
});

export const alert = (seq, state, sinceMs, atMs, change = {}) => ({
    v: 1, type: 'alert', id: `main-a-${seq}`, seq, site: 'demo', alert: 'door-wait', rule: 'wait', station: 'door',
    sensor: null, state, acked: state === 'acked', level: 'late', since: label(START + sinceMs),
    at: label(START + atMs), mono_ms: atMs, clock: 'synced', ...change,
});
