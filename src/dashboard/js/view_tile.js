/**
 * The tile of a station. Only what is live looks live: else the count and the ring are
 * empty, and a line says what was known last, and how long ago.
 */
import { clock, date, wait, span } from './time.js';
import { bar, dial } from './view_dial.js';
import { attr, h, renew, show, text } from './view_dom.js';
import { face, levelClass, people, sign, word } from './view_shapes.js';
import { button } from './view_command.js';
import { ENOUGH, bounds, dayOf, judge, known, ofToday, tally } from './view_sums.js';

/** '92 %', on one line; what is not quite 100, or not quite the target, does not look like it. */
function pct(app, p, goal = null) {
    if (p === null || p === undefined) return '–';
    const close = p >= 99.5 || (goal !== null && p < goal && Math.round(p) >= goal);
    return `${(close && p < 100 ? Math.floor(p * 10) / 10 : p).toLocaleString(app.locale, { maximumFractionDigits: close ? 1 : 0 })}\u00a0%`;
}
export const percent = pct;

/** A share with what it is of, where that is too little for per cent: '3 of 4'. */
export function share(app, kept, counted) {
    if (!counted) return '–';
    return counted < ENOUGH
        ? app.t('share.few', { kept, n: counted })
        : pct(app, (100 * kept) / counted);
}

/** The day of a station's figures, in a word or two. */
const dayName = (app, unit, st) => date(st.dayStartMs, unit.timezone, app.locale);

/** What is promised, in words: 'by the third ring', 'within 2:00'. */
export function promise(app, st) {
    const { t } = app,
        target = st.target;
    if (!target) return t('promise.none');
    if (target.rings)
        return target.rings <= 6
            ? t(`promise.ring${target.rings}`)
            : t('promise.rings', { n: target.rings });
    const s = st.state?.threshold_s ?? target.seconds;
    return t('promise.seconds', { wait: wait(s, app.locale) });
}

function freshWord(app, st) {
    return app.t(`fresh.${st.fresh}`, { span: st.ageS === null ? '–' : span(st.ageS, app.t) });
}

function headWord(app, st) {
    const { t } = app;
    if (st.fresh !== 'live') return word('none', freshWord(app, st));
    if (st.kind === 'feedback') return null;
    if (st.word === 'blind' || st.word === 'closed' || st.word === 'none')
        return word('none', t(`word.${st.word}`));
    return word(levelClass(st.word), t(`word.${st.word}`));
}

const DAY_S = 86_400;

/** When that was: how long ago, or on which day. */
function heard(app, st, unit) {
    const { t } = app;
    if (st.ageS === null) return t('was.some');
    if (st.ageS < DAY_S) return t('was.ago', { age: span(st.ageS, t) });
    return t('was.on', {
        date: date(st.saidMs, unit.timezone, app.locale),
        time: clock(st.saidMs, unit.timezone, app.locale),
    });
}

/** The sentence for what stood there when it was last heard. */
function was(app, st, unit) {
    const { t } = app;
    if (known(st.fresh)) return '';
    if (!st.state) return t('was.never');
    const when = heard(app, st, unit);
    if (!st.state.waiting) return t('was.nobody', { when });
    return t('was.waiting', {
        when,
        n: st.state.people,
        wait: wait(st.state.oldest_wait_s, app.locale),
    });
}

const VERDICT = { met: 'ok', below: 'late', unsure: 'risk', few: 'none' };

/** The verdict on a level in sign and words; nothing where there is none. */
export function verdict(app, b) {
    const says = judge(b);
    return says
        ? h(
              'span',
              { class: `verdict ${VERDICT[says]}` },
              sign(VERDICT[says]),
              ' ',
              app.t(`level.${says}`, { goal: pct(app, b.goal), n: b.n, kept: b.kept ?? '–' }),
          )
        : '';
}

/** The colour class of a bar of that level. */
export const levelTone = (b) => VERDICT[judge(b)] || 'none';

/** What a level is of: today, until it was last heard, or another day. */
export function levelLabel(app, unit, st, pctNow) {
    const { t } = app;
    const now = ofToday(st);
    if (st.today === false) {
        const day = dayName(app, unit, st);
        return t(pctNow === null ? 'level.nothing_on' : 'level.on', { date: day });
    }
    return t(
        pctNow === null
            ? now ? 'level.nothing' : 'level.unheard'
            : now ? 'level.kept' : 'level.then',
    );
}

/** Level of today with its verdict, for a tile and for the wall. */
function levelPart(app) {
    const { t } = app;
    const lab = h('span', { class: 'lab' }),
        figure = h('b', { 'data-figure': 'today' });
    const verdictAt = h('span', { class: 'verdictat' }),
        strip = bar();
    const el = h(
        'div',
        { class: 'level' },
        h('div', { class: 'says' }, h('span', {}, figure, ' ', lab), verdictAt),
        strip.el,
    );
    return {
        el,
        update(st, unit) {
            const b = bounds(st);
            text(figure, pct(app, b.pct, b.goal));
            const live = ofToday(st);
            text(lab, levelLabel(app, unit, st, b.pct));
            const says = live ? judge(b) : null;
            renew(verdictAt, [says, b.goal, b.n, b.kept], () =>
                b.goal === null
                    ? []
                    : says
                      ? verdict(app, b)
                      : t('level.goal', { goal: pct(app, b.goal) }),
            );
            attr(strip.el, 'class', `bullet ${VERDICT[says] || 'none'}`);
            strip.update(b);
        },
    };
}

function facts(app, st) {
    const { t } = app,
        z = st.state,
        m = st.day,
        out = [];
    const fact = (value, label, name) =>
        out.push(h('span', {}, h('b', { 'data-figure': name }, value), ' ', label));
    if (!z) return out;
    fact(z.today_arrivals ?? '–', t('fact.came'), 'arrivals');
    fact(z.today_served ?? '–', t('fact.served'), 'served');
    if (m && m.day_p50_s !== null && m.day_p50_s !== undefined) {
        fact(wait(m.day_p50_s, app.locale), t('fact.median'), 'p50');
        fact(wait(m.day_p90_s, app.locale), t('fact.p90'), 'p90');
    }
    if (z.staffed !== null && z.staffed !== undefined)
        fact(z.staffed, t('fact.staffed', { n: z.staffed }), 'staffed');
    if (z.streak >= 3) fact(z.streak, t('fact.streak'), 'streak');
    if (z.coverage_pct !== null && z.coverage_pct !== undefined) {
        const poor = z.coverage_pct < 99 || z.measuring !== 'full';
        out.push(
            h(
                'span',
                { class: poor ? 'warn late' : '' },
                poor ? [sign('risk'), ' '] : null,
                h('b', { 'data-figure': 'coverage' }, pct(app, z.coverage_pct)),
                ' ',
                t('fact.seen'),
                z.measuring !== 'full' ? ` · ${t(`measuring.${z.measuring}`)}` : '',
            ),
        );
    }
    return out;
}

/** A station with waits. part.update(station, unit). */
export function waitTile(app) {
    const { t } = app;
    const name = h('h3'),
        head = h('span'),
        ring = dial();
    const count = h('b', { 'data-figure': 'waiting' }),
        countWord = h('span');
    const rung = h('p', { class: 'sr' }); // the ring's word, which the picture has
    const crowd = h('div', { class: 'people', 'aria-hidden': 'true' }),
        line = h('p'),
        more = h('p');
    const who = h(
        'div',
        { class: 'who' },
        h('div', { class: 'count' }, count, countWord),
        crowd,
        line,
        rung,
        more,
    );
    const old = h('p', { class: 'was' }),
        level = levelPart(app),
        figures = h('div', { class: 'facts' });
    const ack = button(
        app,
        'ack',
        () => ({ station: el.dataset.station }),
        'act main',
        () => t('cmd.ack'),
    );
    const foot = h('footer', {}, ack.el);
    const el = h(
        'article',
        { class: 'card tile' },
        h('header', {}, name, head),
        ring.el,
        who,
        old,
        level.el,
        figures,
        foot,
    );
    function update(st, unit) {
        const live = known(st.fresh),
            z = st.state;
        const seen = live && z && st.word !== 'blind';
        const cls = !live ? 'old none' : levelClass(st.word);
        attr(el, 'class', `card tile ${cls}`);
        attr(el, 'data-station', st.id);
        attr(el, 'data-fresh', st.fresh);
        attr(el, 'data-level', st.word);
        text(name, st.name);
        renew(head, [st.fresh, st.word, freshWord(app, st)], () => headWord(app, st));
        const n = seen ? z.people : null;
        text(count, n === null ? '–' : n + (z.at_least ? '+' : ''));
        text(countWord, n === null ? '' : t('tile.waiting', { n }));
        renew(crowd, n, () => people(n || 0));
        const calm = seen && z.waiting === 0;
        const rings = st.target?.rings;
        ring.update({
            n: rings && rings <= 6 ? rings : st.target ? 12 : 1,
            share: seen && z.waiting > 0 ? st.share : 0,
            big: seen ? wait(st.oldestS, app.locale) : '–',
            sub: seen && z.waiting > 0 && st.oldestRings ? t('tile.ring', { n: st.oldestRings }) : '',
            calm,
        });
        text(rung, seen && z.waiting > 0 && st.oldestRings ? t('tile.ring', { n: st.oldestRings }) : '');
        attr(ring.el, 'data-oldest', seen ? st.oldestS : null);
        text(
            line,
            !seen
                ? ''
                : z.waiting > 0
                  ? t('tile.longest', { wait: wait(st.oldestS, app.locale) })
                  : '',
        );
        const also = [promise(app, st)];
        if (seen && z.in_service > 0) also.unshift(t('tile.served', { n: z.in_service }));
        if (seen && z.acked) also.unshift(t('tile.acked'));
        text(more, also.join(' · '));
        text(old, was(app, st, unit));
        show(old, !live);
        level.update(st, unit);
        renew(figures, [z, st.day, live], () => facts(app, st));
        ack.update(unit.key, live && st.alerts.some((a) => a.active && !a.acked));
    }
    return { el, update };
}

/** A panel of smileys: the day's votes; of a staff panel only its last whole week. */
export function voteTile(app) {
    const { t } = app;
    const name = h('h3'),
        head = h('span'),
        pic = h('div', { class: 'face' }),
        old = h('p', { class: 'was' });
    const count = h('b', { 'data-figure': 'votes' }),
        countWord = h('span'),
        list = h('ul', { class: 'votes' }),
        mean = h('p', { class: 'mean' });
    const who = h(
        'div',
        { class: 'who' },
        h('div', { class: 'count' }, count, countWord),
        mean,
        list,
    );
    const figures = h('div', { class: 'facts' });
    const el = h(
        'article',
        { class: 'card tile' },
        h('header', {}, name, head),
        pic,
        who,
        old,
        figures,
    );
    function update(st, unit) {
        const live = known(st.fresh),
            staff = st.audience === 'staff',
            found = staff ? week(st) : votesOf(app, unit, st);
        attr(el, 'class', `card tile ${live ? 'ok' : 'old none'}`);
        attr(el, 'data-station', st.id);
        attr(el, 'data-fresh', st.fresh);
        text(name, st.name);
        renew(head, [st.fresh, freshWord(app, st)], () => headWord(app, st));
        attr(pic, 'class', `face ${found.mean === null ? 'none' : ''}`);
        renew(pic, found.mean, () => face(found.mean));
        text(count, found.n ?? '–');
        text(
            countWord,
            found.n === null ? '' : t(found.of, { n: found.n, date: dayName(app, unit, st) }),
        );
        text(
            mean,
            found.mean === null
                ? t(staff ? 'votes.few' : found.n === null ? 'votes.unheard' : 'votes.none')
                : t('votes.mean', { mean: Math.round(found.mean) }),
        );
        renew(list, [found.rows, found.n], () =>
            found.rows.map((row) =>
                h(
                    'li',
                    {},
                    h('span', { class: 'ok' }, face(row.score)),
                    h(
                        'span',
                        { class: 'bar', role: 'img', 'aria-label': `${row.button}: ${row.n}` },
                        h('i', { style: `width:${(row.n / found.n) * 100}%` }),
                    ),
                    h('b', {}, row.n),
                ),
            ),
        );
        renew(figures, [st.metrics, found.n, found.mean, staff], () =>
            staff ? [] : votesEver(app, st.metrics, found),
        );
        text(
            old,
            live
                ? ''
                : st.state
                  ? t('was.heard', { when: heard(app, st, unit) })
                  : t('was.never'),
        );
        show(old, !live);
    }
    return { el, update };
}

/** Of a staff panel only its last whole week. */
const week = ({ metrics }) => ({
    rows: [],
    n: metrics?.week_votes ?? 0,
    mean: metrics?.week_votes ? metrics.week_score_mean : null,
    of: 'votes.week',
});

/** The day's votes: all that were heard here, or as the unit counted them, or as far as they were heard. */
function votesOf(app, unit, st) {
    const day = dayOf(unit, st);
    const found = tally(
        app.model.votes(unit.key, { station: st.id, from: day.from, to: day.end }),
    );
    const until = Math.min(day.end, day.today ? unit.nowMs : (st.saidMs ?? unit.nowMs));
    const lost = day.today && !known(st.fresh); // what came since then, nobody here knows
    const of = day.today ? 'votes.today' : 'votes.on';
    if (!lost && app.model.whole(unit.key, { from: day.from, to: until }))
        return { ...found, of };
    const n = st.metrics?.day_votes ?? null;
    if (n !== null)
        return { rows: found.n === n ? found.rows : [], n, mean: st.metrics.day_score_mean, of };
    return { ...found, n: found.n || null, of: 'votes.heard' };
}

/** Since counting began, where that is not the same once more. */
function votesEver(app, m, { n, mean }) {
    if (!m?.votes) return [];
    const ever = Math.round(m.vote_score_sum / m.votes);
    const { t } = app;
    return [
        m.votes === n && ever === Math.round(mean)
            ? null
            : h(
                  'span',
                  {},
                  h('b', {}, m.votes.toLocaleString(app.locale)),
                  ' ',
                  t('votes.ever', { mean: ever }),
              ),
        m.votes_discarded
            ? h('span', {}, h('b', {}, m.votes_discarded), ' ', t('votes.discarded'))
            : null,
    ];
}
