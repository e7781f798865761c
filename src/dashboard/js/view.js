/**
 * What is seen: the frame around the views, which of them is shown (by the address's
 * #…), theme, connection, signing in. start(app) is called once by main.js.
 */
import { clock, date, span } from './time.js';
import { attr, h, renew, show, text } from './view_dom.js';
import { icon, sign } from './view_shapes.js';
import { historyView } from './view_history.js';
import { nowView } from './view_now.js';
import { route } from './view_sums.js';
import { todayView } from './view_today.js';

const THEMES = ['auto', 'light', 'dark'];
const byId = (id) => document.getElementById(id);

function remembered(key) {
    try {
        return localStorage.getItem(key);
    } catch {
        return null; // a browser that keeps nothing still shows all
    }
}

function remember(key, value) {
    try {
        localStorage.setItem(key, value);
    } catch {
        /* as above */
    }
}

function themeSwitch(t) {
    let theme = THEMES.includes(remembered('tr.theme')) ? remembered('tr.theme') : 'auto';
    const press = byId('theme');
    function apply() {
        if (theme === 'auto') delete document.documentElement.dataset.theme;
        else document.documentElement.dataset.theme = theme;
        renew(press, theme, () => icon({ auto: 'auto', light: 'sun', dark: 'moon' }[theme]));
        attr(press, 'aria-label', t(`theme.${theme}`));
        attr(press, 'title', t(`theme.${theme}`));
        window.dispatchEvent(new Event('tr-theme')); // charts take their colours anew
    }
    press.addEventListener('click', () => {
        theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
        remember('tr.theme', theme);
        apply();
    });
    window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', apply);
    apply();
}

/** The words of index.html, and the two links to and from the wall. */
function words(t) {
    for (const el of document.querySelectorAll('[data-t]')) text(el, t(el.dataset.t));
    attr(byId('nav'), 'aria-label', t('nav.label'));
    for (const [id, key, shape] of [
        ['towall', 'nav.wall', 'wall'],
        ['fromwall', 'nav.unwall', 'back'],
    ]) {
        attr(byId(id), 'aria-label', t(key));
        attr(byId(id), 'title', t(key));
        byId(id).append(icon(shape));
    }
    byId('foot').append(h('span', {}, t('foot.text')));
}

/** User, password and broker, asked by the broker's wish only. */
function login(app) {
    const { t, connection } = app;
    const box = byId('login');
    const input = (name, type, auto) =>
        h('input', { name, type, autocomplete: auto, autocapitalize: 'none', spellcheck: 'false' });
    const user = input('user', 'text', 'username'),
        password = input('password', 'password', 'current-password');
    const broker = input('broker', 'text', 'off'),
        why = h('p', { class: 'answer bad', role: 'alert' });
    const clear = h('p', { class: 'soft' });
    const form = h(
        'form',
        { method: 'dialog' },
        why,
        h('label', {}, t('login.user'), user),
        h('label', {}, t('login.password'), password),
        h('label', {}, t('login.broker'), broker),
        h('p', { class: 'soft' }, t('login.kept')),
        clear,
        h(
            'div',
            { class: 'row' },
            h('button', { class: 'act main', type: 'submit' }, t('login.go')),
        ),
    );
    form.addEventListener('submit', (event) => {
        event.preventDefault();
        box.close();
        connection.login({ user: user.value, password: password.value, broker: broker.value });
        password.value = '';
    });
    // Whoever asked for it may go back; the broker that asked asks again.
    box.addEventListener('cancel', () => connection.retry());
    box.append(h('h2', { id: 'login-title' }, t('login.title')), form);
    attr(box, 'aria-labelledby', 'login-title');
    return (state) => {
        if (state.status === 'ask' && !box.open) {
            broker.value = state.broker || '';
            user.value = state.user || '';
            text(why, state.reason ? t(`link.why.${state.reason}`, state) : '');
            text(clear, /^wss:/.test(state.broker || '') ? '' : t('login.clear'));
            box.showModal();
            (user.value ? password : user).focus();
        } else if (state.status !== 'ask' && box.open) {
            box.close();
        }
    };
}

const SILENT_MS = 15_000;

/** What the broker does not let us read, without base, site and unit. */
const refusedTopics = (topics, base) =>
    topics.map((x) => x.slice(base.length).split('/').slice(3).join('/')).join(', ');

/**
 * The line that says at once when what is shown is old, and why. Only its first sentence
 * is said to screen readers; the seconds to the next try are not.
 */
function notice(app) {
    const { t, connection } = app;
    const box = byId('notice'),
        says = h('span', { role: 'status' }),
        why = h('small');
    const retry = h(
        'button',
        { type: 'button', class: 'act', onclick: () => connection.retry() },
        t('link.retry'),
    );
    const other = h(
        'button',
        { type: 'button', class: 'act', onclick: () => connection.ask() },
        t('link.other'),
    );
    box.append(says, why, retry, other);
    return (state, units) => {
        const off =
            units.find((u) => u.fresh === 'offline') || units.find((u) => u.fresh === 'stale');
        const down =
            (state.status === 'down' || state.status === 'connecting') &&
            (units.length > 0 || state.reason !== null);
        const retryS = state.retryMs
            ? Math.max(0, Math.round((state.retryMs - Date.now()) / 1000))
            : null;
        const waits = state.status === 'down' && retryS !== null;
        const up = state.status === 'up';
        const refused = up && refusedTopics(state.refused, state.base);
        // Some brokers do not say what a user may not read.
        const silent = up && !units.length && Date.now() - state.sinceMs > SILENT_MS;
        if (down) {
            const reason = state.reason ? t(`link.why.${state.reason}`, state) : '';
            text(says, units.length ? t('notice.link') : t(`link.${state.status}`));
            text(why, waits ? `${reason} ${t('link.retry_in', { n: retryS })}` : reason);
        } else if (off) {
            const which = off.fresh === 'stale' && off.ageS === null ? 'unheard' : off.fresh;
            const names = units.filter((u) => u.fresh === off.fresh).map((u) => u.name);
            text(
                says,
                t(`notice.${which}`, {
                    name: names.join(', '),
                    span: off.ageS === null ? '–' : span(off.ageS, t),
                }),
            );
            text(why, '');
        } else if (refused) {
            text(says, t('link.refused', { topics: refused }));
            text(why, '');
        } else if (silent) {
            text(says, t('link.silent'));
            text(why, '');
        } else {
            text(says, '');
        }
        show(retry, down && waits);
        show(other, (down && waits) || refused || silent);
        show(box, down || off || refused || silent);
    };
}

/** Where somebody has signed in, a way out: it forgets the password and what was kept. */
function signOut(app) {
    const out = h(
        'button',
        { type: 'button', class: 'act', onclick: () => app.connection.logout() },
        app.t('login.out'),
    );
    byId('foot').append(out);
    return (state) => show(out, state.user && state.status !== 'ask');
}

/** Of several shops the one that is worst: only where all are live it says live. */
const WORST = ['offline', 'stale', 'unknown', 'held', 'live'];

function linkPill(app) {
    const { t } = app;
    const pill = byId('link');
    return (state, units) => {
        const fresh = WORST.find((word) => units.some((u) => u.fresh === word)) || 'unknown';
        const up = state.status === 'up';
        const ageS = Math.max(...units.map((u) => (u.fresh === fresh && u.ageS) || 0));
        const word = !up
            ? t(`link.${state.status}`)
            : fresh === 'stale'
              ? ageS > 0
                  ? t('fresh.stale', { span: span(ageS, t) })
                  : t('fresh.old')
              : t(`fresh.${fresh}`);
        const level = !up
            ? state.status === 'connecting'
                ? 'risk'
                : 'late'
            : { live: 'ok', held: 'none', unknown: 'none' }[fresh] || 'late';
        attr(pill, 'class', `pill ${level}`);
        attr(pill, 'data-link', state.status);
        attr(pill, 'data-fresh', fresh);
        renew(pill, [level, word], () => [sign(level), word]);
    };
}

const ORBIT_MS = 60_000;
const ORBIT = [0, 1, 2, 3, 4, 3, 2, 1];

/**
 * A wall that shows the same for years: each minute all of it stands a pixel or so
 * elsewhere, so that no edge burns in; and the screen is kept awake where a browser lets us.
 */
function wallCare() {
    let lock = null;
    const wall = () => document.body.classList.contains('wall');
    async function awake() {
        if (!wall() || document.hidden || lock || !navigator.wakeLock) return;
        try {
            lock = await navigator.wakeLock.request('screen');
            lock.addEventListener('release', () => {
                lock = null;
            });
        } catch {
            lock = null; // not now, or not at all: the screen's own settings hold
        }
    }
    function step() {
        const n = Math.floor(Date.now() / ORBIT_MS),
            x = ORBIT[n % 8],
            y = ORBIT[(n + 2 + (n >> 3)) % 8];
        document.body.style.transform = wall() ? `translate(${x - 4}px, ${y - 4}px)` : '';
        awake();
    }
    setInterval(step, ORBIT_MS / 4);
    document.addEventListener('visibilitychange', awake);
    return () => {
        step();
        if (!wall()) lock?.release();
    };
}

export function start(app) {
    const { t, model, connection } = app;
    document.documentElement.lang = app.locale;
    words(t);
    themeSwitch(t);
    const ask = login(app),
        warn = notice(app),
        pill = linkPill(app),
        out = signOut(app),
        care = wallCare();
    const views = {
        now: nowView(app, byId('view-now')),
        today: todayView(app, byId('view-today')),
        history: historyView(app, byId('view-history')),
    };
    let at = null;
    function go() {
        const next = route(location.hash);
        const moved = at && at.name !== next.name;
        at = next;
        document.body.className = at.name === 'wall' ? 'wall' : '';
        care();
        const section = at.name === 'wall' ? 'now' : at.name;
        for (const name of ['now', 'today', 'history'])
            show(byId(`view-${name}`), name === section);
        for (const a of byId('nav').children)
            attr(a, 'aria-current', a.hash === `#${at.name}` ? 'page' : null);
        if (moved) {
            byId('main').focus({ preventScroll: true });
            window.scrollTo(0, 0);
        }
        frame();
    }
    function frame() {
        const units = model.units(),
            state = connection.state;
        const one = units.length === 1 ? units[0] : null;
        text(
            byId('shop'),
            one ? one.name : units.length ? t('top.all', { n: units.length }) : 'Third Ring',
        );
        document.title = one ? `${one.name} · Third Ring` : 'Third Ring';
        // Shops whose clocks differ have no time in common.
        const times = units
            .filter((u) => u.fresh === 'live')
            .map((u) => [
                clock(u.nowMs, u.timezone, app.locale),
                date(u.nowMs, u.timezone, app.locale),
            ]);
        const time = times.every((x) => x.join() === times[0].join()) ? times[0] : null;
        renew(byId('clock'), time, () => (time ? [time[0], ' ', h('small', {}, time[1])] : []));
        const view = views[at.name === 'wall' ? 'now' : at.name];
        const parts = [pill, warn, ask, out, views.now.speak];
        for (const part of [...parts.map((fn) => () => fn(state, units)), () => view.update(units, at)]) {
            try {
                part();
            } catch (error) {
                console.error(error); // one part's mistake is not the others'
            }
        }
    }
    window.addEventListener('hashchange', go);
    window.addEventListener('keydown', (event) => {
        if (event.key === 'Escape' && at.name === 'wall') location.hash = '#now';
    });
    connection.onState(frame);
    app.onFrame(frame);
    go();
}
