/**
 * Moments and durations, as people in the shop read them. Moments are milliseconds
 * since 1970; `tz` is the shop's zone as in its configuration ("Europe/London"), which
 * is seldom asked of a browser elsewhere; a zone that is not known is read as UTC.
 */

const DAY_MS = 86_400_000;
/** Zones change their offset at whole quarters of an hour only. */
const STEP_MS = 900_000;
const OFFSETS_MAX = 20_000;

/** What is beyond no calendar of a shop shows. */
const MOMENT_MAX = Date.UTC(2200, 0);

/** The moment of a payload's label, or null where it is none. */
export function moment(label) {
    const ms = typeof label === 'string' && label.length <= 40 ? Date.parse(label) : NaN;
    return ms >= 0 && ms < MOMENT_MAX ? ms : null;
}

const formats = new Map();
const offsets = new Map();

function format(locale, tz, options) {
    const key = `${locale}|${tz}|${Object.values(options).join()}`;
    let made = formats.get(key);
    if (!made) {
        try {
            made = new Intl.DateTimeFormat(locale, { ...options, timeZone: tz || 'UTC' });
        } catch {
            made = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' });
        }
        formats.set(key, made);
    }
    return made;
}

/** The zone where browsers know it, else UTC. */
export function zone(tz) {
    return typeof tz === 'string' && tz && format('en', tz, { hour: 'numeric' }).resolvedOptions().timeZone !== 'UTC'
        ? tz : 'UTC';
}

/** What to add to a moment to read the shop's clock off it as if it were UTC. */
export function offset(ms, tz) {
    if (!tz || tz === 'UTC') {
        return 0;
    }
    const key = `${tz}${Math.floor(ms / STEP_MS)}`;
    let found = offsets.get(key);
    if (found === undefined) {
        const part = {};
        const seconds = Math.floor(ms / 1000) * 1000;
        const parts = format('en-GB', tz, {
            hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric',
            hour: 'numeric', minute: 'numeric', second: 'numeric',
        }).formatToParts(seconds);
        for (const { type, value } of parts) {
            part[type] = Number(value);
        }
        found = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute,
            part.second) - seconds;
        if (offsets.size >= OFFSETS_MAX) {
            offsets.clear();
        }
        offsets.set(key, found);
    }
    return found;
}

/** The moment at which the shop's clock reads so; of two, the first; of none, the one after. */
function fromLocal(local, tz) {
    const before = local - offset(local - DAY_MS, tz);
    if (before + offset(before, tz) === local) {
        return before;
    }
    const after = local - offset(local + DAY_MS, tz);
    return after + offset(after, tz) === local ? after : Math.max(before, after);
}

function minutes(dayStart) {
    const [, h, m] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(dayStart ?? '') ?? [0, 4, 0];
    return (Number(h) * 60 + Number(m)) * 60_000;
}

/** When the business day of that moment began. */
export function dayStart(ms, tz, start = '04:00') {
    return dayAdd(ms, 0, tz, start);
}

/** When the business day n days after that of that moment began. */
export function dayAdd(ms, n, tz, start = '04:00') {
    const into = minutes(start);
    const day = Math.floor((ms + offset(ms, tz) - into) / DAY_MS) + n;
    const begun = fromLocal(day * DAY_MS + into, tz);
    // The hour that comes twice in autumn may hold the day's start: still of the day before.
    return n === 0 && begun > ms ? dayAdd(ms, -1, tz, start) : begun;
}

/** 0 to 23, by the shop's clock. */
export function hour(ms, tz) {
    return new Date(ms + offset(ms, tz)).getUTCHours();
}

/** 0 is Monday, by the shop's clock. */
export function weekday(ms, tz) {
    return (new Date(ms + offset(ms, tz)).getUTCDay() + 6) % 7;
}

/** '14:05' */
export function clock(ms, tz, locale = 'en') {
    return format(locale, tz, { hourCycle: 'h23', hour: '2-digit', minute: '2-digit' }).format(ms);
}

/** '14:05:09' */
export function clockS(ms, tz, locale = 'en') {
    return format(locale, tz, {
        hourCycle: 'h23', hour: '2-digit', minute: '2-digit', second: '2-digit',
    }).format(ms);
}

/** English says the day before the month, as in the shop's own zone. */
const region = (locale) => (locale === 'en' ? 'en-GB' : locale);

/** 'Mon 2 Mar' */
export function date(ms, tz, locale = 'en') {
    return format(region(locale), tz, { weekday: 'short', day: 'numeric', month: 'short' })
        .format(ms).replace(',', '');
}

/** 'Monday 2 March 2026' */
export function dateLong(ms, tz, locale = 'en') {
    const long = format(region(locale), tz, {
        weekday: 'long', day: 'numeric', month: 'long', year: 'numeric',
    }).format(ms);
    return locale === 'en' ? long.replace(',', '') : long; // browsers differ there
}

/** How long somebody waits: '0:45', '12:05', '1:02:03'. Seconds begun do not count. */
export function wait(s) {
    if (s === null || s === undefined || !Number.isFinite(s)) {
        return '–';
    }
    const whole = Math.max(0, Math.floor(s));
    const two = (n) => String(n).padStart(2, '0');
    const h = Math.floor(whole / 3600);
    const m = Math.floor(whole / 60) % 60;
    return h > 0 ? `${h}:${two(m)}:${two(whole % 60)}` : `${m}:${two(whole % 60)}`;
}

/** In words: '45 s', '3 min', '2 h 5 min', '3 days'. */
export function span(s, t) {
    const whole = Math.max(0, Math.round(s));
    if (whole < 120) {
        return t('unit.s', { n: whole });
    }
    const m = Math.round(whole / 60);
    if (m < 120) {
        return t('unit.min', { n: m });
    }
    const h = Math.floor(m / 60);
    if (h < 48) {
        return m % 60 === 0 ? t('unit.h', { n: h }) : t('unit.h_min', { h, m: m % 60 });
    }
    return t('unit.days', { n: Math.floor(h / 24) });
}
