/** Every word is in the table, in each language; moments by the shop's clock. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';
import { LANGUAGES, TABLE, createStrings, language } from '../js/strings.js';
import * as time from '../js/time.js';

const top = new URL('../', import.meta.url);
const sources = readdirSync(new URL('js/', top)).filter((name) => name.endsWith('.js') && name !== 'strings.js')
    .map((name) => [`js/${name}`, readFileSync(new URL(`js/${name}`, top), 'utf8')]);
const html = readFileSync(new URL('index.html', top), 'utf8');

/** Parts of keys that are put together, as t(`word.${x}`), stand for all that begin so. */
function* used() {
    for (const [name, text] of sources) {
        for (const [, key] of text.matchAll(/\bt\(\s*'([^'\n]+)'/g)) {
            yield [name, key, false];
        }
        for (const [, key] of text.matchAll(/\bt\(\s*`([^`\n]+)`/g)) {
            yield [name, key.split('${')[0], key.includes('${')];
        }
    }
    for (const [, key] of html.matchAll(/data-t="([^"]+)"/g)) {
        yield ['index.html', key, false];
    }
}

test('each row has a text in each language, with the same parameters', () => {
    const names = (text) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort().join();
    for (const [key, row] of Object.entries(TABLE)) {
        assert.equal(row.length, LANGUAGES.length, key);
        for (const text of row) {
            assert.ok(typeof text === 'string' && text.trim().length > 0, key);
            assert.equal(names(text), names(row[0]), key);
        }
    }
});

test('each word that the page uses is in the table', () => {
    const keys = Object.keys(TABLE);
    const missing = [...used()].filter(([, key, part]) =>
        (part ? !keys.some((known) => known.startsWith(key)) : !keys.includes(key)));
    assert.deepEqual(missing.map(([name, key]) => `${name}: ${key}`), []);
});

test('the words that payloads lead to are all there', () => {
    const all = {
        fresh: 'live held stale offline link unknown', word: 'ok at_risk late critical closed blind none',
        kind: 'greeting queue call phone feedback', outcome: 'answered abandoned expired void unknown',
        by: 'sensor staff rule', health: 'ok stuck_on stuck_off silent storm lost_edges',
        rule: 'wait length burning sensor offline', alert: 'raised acked cleared', gap: 'records unit before',
        cmd: 'no_link not_allowed nobody unanswered refused', link: 'connecting up down ask',
        'link.why': 'unreachable lost password not_allowed taken broker address',
    };
    for (const [group, words] of Object.entries(all)) {
        for (const word of words.split(' ')) {
            assert.ok(Object.hasOwn(TABLE, `${group}.${word}`), `${group}.${word}`);
        }
    }
});

test('parameters, plurals, numbers of the language; a missing key is seen', () => {
    const [en, de] = [createStrings('en'), createStrings('de')];
    assert.equal(en('gap.records', { n: 1 }), '1 record is missing');
    assert.equal(en('gap.records', { n: 1200 }), '1,200 records are missing');
    assert.equal(de('gap.records', { n: 1200 }), '1.200 Datensätze fehlen');
    assert.equal(en('cmd.refused', { text: '<b>{n}</b>' }), 'Refused: <b>{n}</b>.');
    assert.equal(en('no.such.key'), 'no.such.key');
    assert.equal(en('constructor'), 'constructor');
    assert.equal(language(['fr-CH', 'de-AT', 'en']), 'de');
    assert.equal(language([null, undefined, 'xx']), 'en');
});

test('moments are those of the shop’s clock, wherever the browser is', () => {
    const ms = Date.parse('2026-07-01T22:30:05Z');
    assert.equal(time.clock(ms, 'Europe/London'), '23:30');
    assert.equal(time.clockS(ms, 'Asia/Kolkata'), '04:00:05');
    assert.equal(time.date(ms, 'Europe/London'), 'Wed 1 Jul');
    assert.equal(time.dateLong(ms, 'Asia/Kolkata'), 'Thursday 2 July 2026');
    assert.equal(time.hour(ms, 'Asia/Kolkata'), 4);
    assert.equal(time.weekday(ms, 'Asia/Kolkata'), 3);
    assert.equal(time.clock(ms, 'Nowhere/Land'), '22:30');
});

test('a business day begins at its hour, on days of 23 and 25 hours, too', () => {
    const day = (iso, n = 0, start = '04:00') => new Date(time.dayAdd(Date.parse(iso), n, 'Europe/London', start)).toISOString();
    assert.equal(day('2026-03-02T03:59:59Z'), '2026-03-01T04:00:00.000Z');
    assert.equal(day('2026-03-02T04:00:00Z'), '2026-03-02T04:00:00.000Z');
    assert.equal(day('2026-03-28T12:00:00Z', 1), '2026-03-29T03:00:00.000Z');
    assert.equal(day('2026-10-24T12:00:00Z', 1), '2026-10-25T04:00:00.000Z');
    assert.equal(day('2026-03-28T12:00:00Z', 1, '01:30'), '2026-03-29T01:30:00.000Z', 'half past one does not come');
    assert.equal(day('2026-10-25T00:45:00Z', 0, '01:30'), '2026-10-25T00:30:00.000Z', 'it comes twice: the first');
    for (let ms = Date.parse('2026-03-28T00:00Z'); ms < Date.parse('2026-03-31T00:00Z'); ms += 600_000) {
        const start = time.dayStart(ms, 'Europe/London');
        assert.ok(start <= ms && ms - start <= 25 * 3_600_000);
    }
});

test('durations', () => {
    const t = createStrings('en');
    assert.deepEqual([0, 45.9, 725, 3723].map((s) => time.wait(s)), ['0:00', '0:45', '12:05', '1:02:03']);
    assert.equal(time.wait(null), '–');
    assert.deepEqual([45, 180, 7500, 7200, 300_000].map((s) => time.span(s, t)), ['45 s', '3 min', '2 h 5 min', '2 h', '3 days']);
});
