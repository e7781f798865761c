/** Figures as a table: behind each group of charts, and for the stations side by side. */
import { h, renew, text } from './view_dom.js';

/** A table of HTML; the first cell of a row is its head. heads: [{t, num}]. */
export function table(caption, heads, rows) {
    return h(
        'table',
        {},
        h('caption', { class: 'sr' }, caption),
        h(
            'thead',
            {},
            h(
                'tr',
                {},
                heads.map((x) => h('th', { scope: 'col', class: x.num ? 'num' : null }, x.t)),
            ),
        ),
        h(
            'tbody',
            {},
            rows.map((row) =>
                h(
                    'tr',
                    {},
                    row.map((cell, i) =>
                        i === 0
                            ? h('th', { scope: 'row' }, cell)
                            : h(
                                  'td',
                                  { class: heads[i].num ? 'num' : null, 'data-head': heads[i].t },
                                  cell,
                              ),
                    ),
                ),
            ),
        ),
    );
}

/** The same folded away; its rows are only made while it is open. */
export function folded(title) {
    const sum = h('summary', {}, title),
        place = h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': title });
    const el = h('details', { class: 'figures' }, sum, place);
    let make = () => [],
        key = null;
    const fill = () => el.open && renew(place, key, make);
    el.addEventListener('toggle', fill);
    return {
        el,
        /** key: what the table is made of; make() the table. */
        set(nextKey, nextMake, nextTitle) {
            key = nextKey;
            make = nextMake;
            if (nextTitle) text(sum, nextTitle);
            fill();
        },
    };
}
